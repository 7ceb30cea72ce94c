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
import type {BadgeOptions, Badges} from '../compute/badges.js';
import type {Spectrum} from '../compute/spectrum.js';
import type {InitialDistribution} from '../compute/initializer.js';
import type {TensorValues, WeightInfo} from '../tensor/types.js';
import {expectedCounts, initialOf, initialText} from './heatmap-initial.js';
import type * as SpectrumCode from './heatmap-spectrum.js';
import type * as UnitsCode from './heatmap-units.js';
import type {HeatmapView} from './heatmap-view.js';
import {Latest} from './latest.js';
import {sized} from './sized.js';
import type {Status} from './status.js';

// Fetched when statistics are first opened.

/** The panel of statistics of one tensor: numbers, and its distribution with a brush that highlights cells. */
export class HeatmapStats {
  #log = false;
  #inside: number | null = null;
  /** What was counted last. */
  #counted: readonly unknown[] = [];
  readonly #latest = new Latest();
  /** What units and singular values are of. */
  #judged: TensorValues | null = null;
  #badges: Badges | null = null;
  #spectrum: Spectrum | null = null;
  #rule: BadgeOptions = {};
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

  /** @param go shows a place of the tensor @param info the weight that is shown, where it is one of a model */
  constructor(host: ReactiveControllerHost & HTMLElement, view: HeatmapView, status: Status, go: (index: readonly number[]) => void, info: () => WeightInfo | null) {
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
    return statsPanel(
      {
        label: words('statistics'), rows: statsRows(this.#view, lang), histogram: words('histogram', {range: rangeText(this.#view, lang)}),
        log: this.#log, brush: highlight, inside: normalised ? `${inside} ${say(lang, 'brushUnseen')}` : inside, more: this.#more(), lang,
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

  /** Units and singular values of what is shown, where it has any. */
  #more(): TemplateResult | typeof nothing {
    const {lang} = this.#status;
    const {whole, weightKind} = this.#view;
    if (!whole || whole.dtype === 'complex64' || whole.sides) return nothing;
    if (this.#judged !== whole) this.#forget(whole);
    const large = this.#spectrumCode?.hasSpectrum(weightKind, whole.shape);
    const ask = whole.shape.length >= 2 && !this.#spectrum && large !== 'no';
    const initial = whole.change || whole.span ? null : this.#initial();
    return html`${initial ? html`<p class="muted">${initialText(initial, this.#view.facts?.stats?.std, lang)}</p>` : nothing}
      ${this.#badges ? this.#unitsCode!.unitsSection(this.#badges, this.#rule, lang, (unit) => this.#go(this.#unitsCode!.indexOfUnit(weightKind, whole.shape, unit)), (rule) => ((this.#rule = rule), this.#judge())) : nothing}
      ${this.#spectrum ? this.#spectrumCode!.spectrumSection(this.#spectrum, lang) : nothing}
      ${ask ? (large === 'large' ? html`<p class="muted">${say(lang, 'spectrumLarge', {most: formatCount(1024, lang)})}</p>` : html`<p><button class="link" type="button" @click=${() => void this.#compute()}>${say(lang, 'spectrumAsk')}</button></p>`) : nothing}`;
  }

  #forget(whole: TensorValues): void {
    this.#judged = whole;
    this.#badges = this.#spectrum = null;
    this.#judging.abort();
    this.#judge();
  }

  /** Looks for dead and duplicate units. */
  #judge(): void {
    const {whole, weightKind} = this.#view;
    void this.#judging
      .run(async (signal) => {
        this.#unitsCode ??= await import('./heatmap-units.js');
        this.#spectrumCode ??= await import('./heatmap-spectrum.js');
        return this.#unitsCode.badgesOf(whole!, weightKind, this.#rule, {signal});
      })
      .then((found) => {
        this.#badges = found ?? null;
        this.#host.requestUpdate();
      })
      .catch((error: unknown) => this.#status.fail('saving', error));
  }

  async #compute(): Promise<void> {
    const {whole, weightKind} = this.#view;
    const end = this.#status.begin(() => this.#latestSpectrum.abort(), 'scanning');
    try {
      const {spectrumOf} = (this.#spectrumCode ??= await import('./heatmap-spectrum.js'));
      const found = await this.#latestSpectrum.run((signal) => spectrumOf(whole!, weightKind, {signal, onProgress: (share) => this.#status.progress(share, 1, 'scanning')}));
      if (found && this.#judged === whole) this.#spectrum = found;
    } catch (error) {
      this.#status.fail('saving', error);
    } finally {
      end();
    }
  }

  /** What the initializer would have given, bin by bin. */
  #expected(bins: number): Float64Array | null {
    const {facts, whole} = this.#view;
    const of = whole?.change || whole?.sides || whole?.span ? null : this.#initial();
    return of && facts?.range ? expectedCounts(of, facts.range.min, facts.range.max, bins, facts.data.length) : null;
  }

  #initial(): InitialDistribution | null {
    const info = this.#info();
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
