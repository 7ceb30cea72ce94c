import {html, nothing, type ReactiveControllerHost, type TemplateResult} from 'lit';
import {formatCount, formatShare, formatShort} from '../color/format.js';
import {dimBeyond} from '../color/dim.js';
import {runSliced} from '../compute/slices.js';
import {countBeyond} from '../compute/stats.js';
import {paintHistogram} from '../paint/histogram.js';
import {rgbaOf, type Theme} from '../paint/theme.js';
import {rangeText} from '../parts/heatmap-words.js';
import {statsPanel, statsRows} from '../parts/stats-panel.js';
import {statsStyles} from '../parts/stats-styles.js';
import {JUDGE_WORDS, say} from '../words/judge.js';
import type {LegendNote} from '../parts/legend.js';
import type {BadgeOptions, Badges} from '../compute/badges.js';
import type {Spectrum} from '../compute/spectrum.js';
import type {InitialDistribution} from '../compute/initializer.js';
import {isWeight} from '../tensor/is-weight.js';
import type {TensorValues, WeightInfo} from '../tensor/types.js';
import {expectedCounts, initialOf, initialText} from './heatmap-initial.js';
import type * as SpectrumCode from './heatmap-spectrum.js';
import type * as UnitsCode from './heatmap-units.js';
import type {HeatmapView} from './heatmap-view.js';
import {Latest} from './latest.js';
import {sized} from './sized.js';
import type {Status} from './status.js';

// Fetched when statistics are first opened.

/** Pixels that hold so many cells or more are told of. */
const POOLED = 1.5;

/** When units are badged, in the panel and in an overview's tiles. */
export interface BadgeRule {
  now: BadgeOptions;
}

/** The panel of statistics of one tensor: numbers, and its distribution with a brush that highlights cells. */
export class HeatmapStats {
  #log = false;
  #inside: number | null = null;
  /** What was counted last. */
  #counted: readonly unknown[] = [];
  readonly #latest = new Latest();
  /** What units and singular values are of. */
  #judged: TensorValues | null = null;
  #address: string | undefined;
  #badges: Badges | null = null;
  #spectrum: Spectrum | null = null;
  /** Why there are none of these. */
  #failed: {units?: unknown; spectrum?: unknown} = {};
  /** Units that are listed beside the first few. */
  #listed: Record<UnitsCode.UnitList, number> = {dead: 0, twins: 0, odd: 0};
  readonly #rule: BadgeRule;
  #unitsCode: typeof UnitsCode | null = null;
  #spectrumCode: typeof SpectrumCode | null = null;
  readonly #judging = new Latest();
  readonly #latestSpectrum = new Latest();
  readonly #go: (index: readonly number[]) => void;
  readonly #info: () => WeightInfo | null;
  #initialOf: WeightInfo | null = null;
  #known: InitialDistribution | null = null;
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #view: HeatmapView;
  readonly #status: Status;

  /** @param go shows a place of the tensor @param info the weight that is shown, where it is one of a model @param rule set here */
  constructor(host: ReactiveControllerHost & HTMLElement, view: HeatmapView, status: Status, go: (index: readonly number[]) => void, info: () => WeightInfo | null, rule: BadgeRule) {
    this.#rule = rule;
    this.#go = go;
    this.#info = info;
    this.#host = host;
    this.#view = view;
    this.#status = status;
    status.addWords(JUDGE_WORDS);
    host.shadowRoot!.adoptedStyleSheets.push(statsStyles.styleSheet!);
  }

  render(): TemplateResult {
    const {lang, say: words} = this.#status;
    const {highlight, facts, normalised} = this.#view;
    this.#count();
    const n = facts?.stats?.size ?? 0;
    const inside = this.#inside === null ? '…' : say(lang, 'brushInside', {n: formatCount(this.#inside, lang), all: formatCount(n, lang), share: formatShare(this.#inside / Math.max(1, n), lang), from: formatShort(highlight?.[0] ?? 0), to: formatShort(highlight?.[1] ?? 0)});
    const pooled = this.#view.cellsPerPixel;
    const cells = formatCount(pooled < 10 ? Math.round(pooled * 10) / 10 : Math.round(pooled), lang);
    const unseen = normalised ? say(lang, 'brushUnseen') : pooled >= POOLED && !this.#view.squares ? say(lang, 'brushPooled', {n: cells}) : '';
    return statsPanel(
      {
        label: words('statistics'), rows: statsRows(this.#view, lang), histogram: words('histogram', {range: rangeText(this.#view, lang)}),
        log: this.#log, brush: highlight, inside: `${inside} ${unseen}`.trim(), more: this.#more(), lang,
      },
      {
        toggleLog: () => {
          this.#log = !this.#log;
          this.#host.requestUpdate();
        },
        brush: (range) => this.#brush(range),
        grab: this.#grab,
      },
    );
  }

  paint(canvas: HTMLCanvasElement, theme: Theme, dpr: number): void {
    const {bins, facts, scale, normalised, highlight} = this.#view;
    const range = facts?.range;
    const ctx = bins && scale && range && range.min === range.min && sized(canvas, dpr);
    if (ctx) paintHistogram(ctx, {counts: bins, min: range.min, max: range.max, scale: normalised ? null : scale, log: this.#log, brush: highlight, curve: this.#expected(bins.length), width: canvas.clientWidth, height: canvas.clientHeight, theme});
  }

  /** What a legend says of cells that are dimmed. */
  get notes(): LegendNote[] {
    const {highlight, normalised} = this.#view;
    const {lang} = this.#status;
    if (!highlight || normalised) return [];
    return [{text: say(lang, 'brushNote', {from: formatShort(highlight[0]), to: formatShort(highlight[1])}), action: {label: say(lang, 'brushClear'), run: () => this.#brush(null)}}];
  }

  /** Units and singular values of what is shown, where it has any. */
  #more(): TemplateResult | typeof nothing {
    const {lang, explain} = this.#status;
    const {whole, weightKind} = this.#view;
    if (!whole || whole.dtype === 'complex64' || whole.sides) return nothing;
    if (this.#judged !== whole) this.#forget(whole);
    const initial = this.#initial();
    const {units, spectrum} = this.#failed;
    return html`${initial ? html`<p class="muted">${initialText(initial, this.#view.facts?.stats?.std, lang)}</p>` : nothing}
      ${units ? html`<p>${say(lang, 'unitsFailed', {message: explain(units)})}</p>` : nothing}
      ${this.#badges ? this.#unitsCode!.unitsSection(this.#badges, {options: this.#rule.now, more: this.#listed, lang}, {go: this.#show, set: this.#judgeBy, more: this.#list}) : nothing}
      ${spectrum ? html`<p>${say(lang, 'spectrumFailed', {message: explain(spectrum)})}</p>` : nothing}
      ${this.#spectrum ? this.#spectrumCode!.spectrumSection(this.#spectrum, lang) : (this.#spectrumCode?.spectrumOffer(weightKind, whole.shape, lang, () => void this.#compute()) ?? nothing)}`;
  }

  #forget(whole: TensorValues): void {
    // the same weight, read again: its units stand until they are judged anew, and whoever types goes on
    const same = this.#judged && String(this.#judged.shape) === String(whole.shape) && this.#info()?.address === this.#address;
    this.#judged = whole;
    this.#address = this.#info()?.address;
    this.#latestSpectrum.abort();
    this.#spectrum = null;
    this.#failed = {};
    if (!same) {
      this.#badges = null;
      this.#listed = {dead: 0, twins: 0, odd: 0};
    }
    void this.#keepFocus();
    this.#judge();
  }

  readonly #show = (unit: number): void => {
    const {whole, weightKind} = this.#view;
    if (whole) this.#go(this.#unitsCode!.indexOfUnit(weightKind, whole.shape, unit));
  };

  readonly #judgeBy = (rule: BadgeOptions): void => {
    this.#rule.now = rule;
    this.#judge();
  };

  readonly #list = (which: UnitsCode.UnitList): void => {
    const first = this.#find(`[data-list=${which}]`)!.childElementCount;
    this.#listed[which] += this.#unitsCode!.MORE;
    this.#host.requestUpdate();
    // the button may go, and what it brought is what is wanted
    void this.#host.updateComplete.then(() => this.#find(`[data-list=${which}] > :nth-child(${first + 1}) button`)?.focus());
  };

  /** Looks for dead and duplicate units. */
  #judge(): void {
    const {whole, weightKind} = this.#view;
    const weight = isWeight(whole!, this.#info());
    void this.#judging
      .run(async (signal) => {
        const [units, spectrum] = await Promise.all([import('./heatmap-units.js'), import('./heatmap-spectrum.js')]);
        this.#unitsCode = units;
        this.#spectrumCode = spectrum;
        this.#host.requestUpdate();
        return weight ? units.badgesOf(whole!, weightKind, this.#rule.now, {signal}) : null;
      })
      .then((found) => {
        if (found === undefined) return; // a newer call goes on
        this.#failed = {...this.#failed, units: undefined};
        this.#badges = found;
      })
      .catch((error: unknown) => {
        this.#badges = null;
        this.#failed = {...this.#failed, units: error};
      })
      .finally(() => {
        this.#host.requestUpdate();
        void this.#keepFocus();
      });
  }

  async #compute(): Promise<void> {
    const {whole, weightKind} = this.#view;
    const end = this.#status.begin(() => this.#latestSpectrum.abort(), 'scanning');
    this.#failed = {...this.#failed, spectrum: undefined};
    try {
      const {spectrumOf} = this.#spectrumCode!;
      const found = await this.#latestSpectrum.run((signal) => spectrumOf(whole!, weightKind, {signal, onProgress: (share) => this.#status.progress(share, 1, 'scanning')}));
      if (found && this.#judged === whole) this.#spectrum = found;
    } catch (error) {
      this.#failed = {...this.#failed, spectrum: error};
    } finally {
      end();
      void this.#keepFocus();
    }
  }

  /** Where what had the focus in the panel goes, the panel takes it: from there Escape closes it. */
  async #keepFocus(from = '[part=stats]', to = from): Promise<void> {
    const root = this.#host.shadowRoot!;
    if (!root.activeElement?.closest(from)) return;
    await this.#host.updateComplete;
    if (!root.activeElement) this.#find(to)?.focus({preventScroll: true});
  }

  #find(selector: string): HTMLElement | null {
    return this.#host.shadowRoot!.querySelector<HTMLElement>(selector);
  }

  /** What the initializer would have given, bin by bin. */
  #expected(bins: number): Float64Array | null {
    const {facts} = this.#view;
    const of = this.#initial();
    return of && facts?.range ? expectedCounts(of, facts.range.min, facts.range.max, bins, facts.data.length) : null;
  }

  #initial(): InitialDistribution | null {
    const info = this.#info();
    const {whole} = this.#view;
    if (!whole || !isWeight(whole, info)) return null;
    if (info !== this.#initialOf) [this.#initialOf, this.#known] = [info, initialOf(info)];
    return this.#known;
  }

  stop(): void {
    this.#judging.abort();
    this.#latestSpectrum.abort();
    this.#judged = null;
    this.#latest.abort();
    this.#counted = [];
  }

  #brush(range: readonly [number, number] | null): void {
    this.#view.setHighlight(range, range && ((scale, {background}) => dimBeyond(scale, range, rgbaOf(background))));
    this.#host.requestUpdate();
    void this.#keepFocus();
    void this.#keepFocus('[part=legend]', '.view');
  }

  /** Counts what lies in the brush, where that is not known. */
  #count(): void {
    const {highlight, facts} = this.#view;
    const range = facts?.range;
    const of = [facts, highlight?.[0], highlight?.[1]];
    if (!highlight || !range || of.every((x, i) => x === this.#counted[i])) return;
    this.#counted = of;
    this.#inside = null;
    const [lo, hi] = highlight;
    const finite = facts.data.length - range.nan - range.positiveInfinity - range.negativeInfinity;
    void this.#latest
      .run((signal) => runSliced(countBeyond(facts.data, lo, hi), {signal}))
      .then((beyond) => {
        if (!beyond) return;
        this.#inside = finite - beyond.below - beyond.above;
        this.#host.requestUpdate();
      });
  }

  /** Draws the brush from where the pointer goes down; a click takes it away. */
  readonly #grab = (event: PointerEvent): void => {
    const canvas = event.currentTarget as HTMLCanvasElement;
    const range = this.#view.facts?.range;
    if (event.button !== 0 || !range || !(range.min < range.max)) return;
    event.preventDefault();
    const {left, width} = canvas.getBoundingClientRect();
    const at = (e: PointerEvent): number => range.min + Math.min(1, Math.max(0, (e.clientX - left) / width)) * (range.max - range.min);
    const start = at(event);
    const x = event.clientX;
    let moved = false;
    canvas.setPointerCapture(event.pointerId);
    const listening = new AbortController();
    const {signal} = listening;
    canvas.addEventListener('pointermove', (e) => {
      moved ||= Math.abs(e.clientX - x) > 2;
      if (moved) this.#brush(start < at(e) ? [start, at(e)] : [at(e), start]);
    }, {signal});
    const end = (): void => {
      listening.abort();
      if (!moved) this.#brush(null);
    };
    canvas.addEventListener('pointerup', end, {signal});
    canvas.addEventListener('pointercancel', end, {signal});
  };
}
