import {html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult} from 'lit';
import {formatCount, formatValue} from '../color/format.js';
import {heatmapBar, heatmapBox} from '../parts/heatmap-frame.js';
import {cellText, type LegendActions, notesOf, rangeText, swatchesOf, twinOf, weightText} from '../parts/heatmap-words.js';
import {legend, type LegendNote} from '../parts/legend.js';
import {message, type MessageModel} from '../parts/message.js';
import type {OverviewActions, OverviewParts} from '../parts/overview.js';
import {sliceSliders} from '../parts/toolbar.js';
import {placeTooltip, tooltip} from '../parts/tooltip.js';
import {twin} from '../parts/twin.js';
import {shapeText} from '../tensor/read-tensor.js';
import type {WeightData, WeightInfo} from '../tensor/types.js';
import type {BlobOptions} from './blob.js';
import {Gestures} from './gestures.js';
import {HeatmapCursor} from './heatmap-cursor.js';
import {paintLegend, paintView} from './heatmap-picture.js';
import {type HeatmapOptions, oneOf, readSettings} from './heatmap-settings.js';
import {HeatmapView, type ViewSettings} from './heatmap-view.js';
import type {BadgeRule, HeatmapStats} from './heatmap-stats.js';
import type {Overview, paintTiles, TileSort} from './overview.js';
import {type Cell, defaultHeight} from './plane-view.js';
import type {Status} from './status.js';
import type {Surface} from './surface.js';
import {Target} from './target.js';
import type {ThemeProbe} from './theme-probe.js';

/** What of its properties an element lets heatmaps be chosen and drawn by. */
export interface HeatmapLook extends HeatmapOptions {
  readonly layer: string | number | null;
  readonly weight: string | number | null;
  readonly complex: string | null;
  readonly query: string;
  readonly sort: TileSort | null;
}

/** Where the cursor stands, or what was chosen; all `null` where nothing is. */
export interface CellPlace {
  readonly layer: string | null;
  readonly weight: string | null;
  readonly index: number[] | null;
  readonly value: number | null;
}

/** What can be saved: the picture, the values in view or all of them. */
export type SavedForm = 'png' | 'csv-view' | 'csv' | 'npy';

/** What of an element a stage needs. */
export interface StageHost {
  readonly status: Status;
  readonly theme: ThemeProbe;
  readonly surface: Surface;
  look(): HeatmapLook;
  /** The user has changed how it looks. */
  change(look: Partial<HeatmapLook>): void;
  /** What was read last. */
  data(): WeightData | null;
  /** Whether more is on its way. */
  pending(): boolean;
  greedy(): boolean;
  /** What is drawn has been read. */
  announce(): void;
  fail(error: unknown): void;
  readonly cancel: () => void;
  /** Sets the default height in CSS px. */
  reserve(height: number): void;
  /** The user wants a file of such a form, of such a name. */
  save(what: SavedForm, name: string): void;
  cell(type: 'cell-hover' | 'cell-select', place: CellPlace): void;
  /** The user has opened a weight, or with `null` the overview. */
  opened(info: WeightInfo | null): void;
}

/** What an element puts around the picture. */
export interface StageFrame {
  /** Whether what stands inside the tag is shown while there is nothing, and else the words in `empty`. */
  readonly slot: boolean;
  readonly empty: string;
  /** Below the toolbar. */
  readonly controls?: TemplateResult | typeof nothing;
  /** Below the picture. */
  readonly notes?: TemplateResult | typeof nothing;
}

/** CSS px around the panel of statistics, its border included. */
const PANEL_GAP = 12;

/** Weights as an overview of tiles, or one in full, with all that can be done to them: what several elements draw. */
export class HeatmapStage implements ReactiveController {
  readonly view: HeatmapView;
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #on: StageHost;
  readonly #gestures: Gestures;
  readonly #cursor: HeatmapCursor;
  readonly #target = new Target();
  /** The overview and its templates; fetched with the first model. */
  #overview: Overview | null = null;
  #parts: OverviewParts | null = null;
  #paintTiles: typeof paintTiles | null = null;
  #settings: ViewSettings | null = null;
  /** What was last drawn, and where. */
  #applied = '';
  #place = '';
  #scrolled = 0;
  #version = 0;
  #painted = new WeakMap<HTMLCanvasElement, string>();
  #statsOpen = false;
  /** What the panel of statistics shows; fetched when it is first opened. */
  #stats: HeatmapStats | null = null;
  readonly #rule: BadgeRule = {now: {}};
  #constantsShown = 200;
  /** What was last chosen of. */
  #data: WeightData | null = null;

  constructor(host: ReactiveControllerHost & HTMLElement, on: StageHost) {
    this.#host = host;
    this.#on = on;
    this.view = new HeatmapView(
      on.status.work,
      (what) => (what === 'picture' ? on.surface.request('picture') : host.requestUpdate()),
      (error) => on.status.fail('drawing', error),
    );
    this.#gestures = new Gestures(host, {
      zoom: (factor, x, y) => this.view.zoom(factor, x, y),
      pan: (dx, dy) => this.view.pan(dx, dy),
      hover: (point) => this.#cursor.hover(point && this.view.cellAt(point.x, point.y)),
      tap: (x, y) => this.#cursor.select(this.view.cellAt(x, y)),
      greedy: () => on.greedy(),
    });
    this.#cursor = new HeatmapCursor(host, this.view, {
      hovered: (cell) => this.#tell('cell-hover', cell),
      selected: (cell) => this.#tell('cell-select', cell),
      toggle: (what) => (what === 'stats' ? this.#toggleStats() : this.#togglePool()),
      leave: () => (this.#statsOpen ? this.#toggleStats() : this.#target.info && this.#open(null)),
    });
    host.addController(this);
  }

  hostConnected(): void {
    if (this.#target.due && this.#on.data()) this.choose(false);
  }

  /** Whether there is neither a picture nor a list of them. */
  get empty(): boolean {
    return this.#target.shown.kind === 'nothing';
  }

  /** Reads the settings; call it before an element renders. */
  prepare(): void {
    try {
      this.#settings = readSettings(this.#on.look(), this.#overview?.seen ?? null, this.#target.shown.kind !== 'nothing');
    } catch (error) {
      this.#settings = null;
      this.#applied = ''; // what was drawn before is drawn again, and the error goes
      this.#on.status.fail('drawing', error);
    }
  }

  /** Brings what is drawn up to what is asked for; call it when an element has rendered. @param reserved height in CSS px of one that holds something else */
  update(reserved: number): void {
    const {surface, status} = this.#on;
    surface.observe(this.#scroller ?? this.#viewBox);
    this.#gestures.observe(this.#viewBox);
    this.#apply();
    this.#setHeight(reserved);
    this.#placeTip();
    status.describe(this.#label(), {empty: this.empty && !this.#on.pending(), preview: this.view.preview});
  }

  /** All that stands in the element. */
  render({slot: held, empty, controls = nothing, notes = nothing}: StageFrame): TemplateResult {
    const {shown} = this.#target;
    const {view} = this;
    const {say, lang, failed} = this.#on.status;
    const over = this.#on.status.message(this.#emptyText(empty)) ?? this.#slowText();
    const tensor = shown.kind === 'tensor' && !failed;
    const cursor = tensor ? this.#cursor.cell : null;
    const slot = shown.kind === 'nothing' && !failed && held;
    return html`<div class="frame" @keydown=${this.#escape}>
      <div class="probe"></div>
      ${shown.kind === 'nothing' ? nothing : this.#toolbar()}
      ${controls}
      ${tensor && view.arrangement ? sliceSliders(view.arrangement.slices.map((p, i) => ({name: p.name, size: p.size, at: view.slice[i]!, index: view.ordered?.slid(p, view.slice[i]!)})), this.#slide) : nothing}
      <div class="box">
        ${shown.kind === 'overview'
          ? this.#parts!.overviewTiles(this.#overview!, this.#query, this.#constantsShown, this.#on.status, this.#handlers)
          : heatmapBox(tensor ? this.#label() : null, this.#on.greedy(), this.#cursor.key)}
        ${cursor ? tooltip(this.#valueText(cursor), cellText(view, cursor)) : nothing}
        ${(tensor && this.#statsOpen && this.#stats?.render()) || nothing}
        ${slot ? html`<slot>${over?.kind === 'empty' ? message(over) : nothing}</slot>` : nothing}
        ${slot && over?.kind === 'empty' ? nothing : message(over)}
      </div>
      <div class="below">
        ${tensor ? legend(swatchesOf(view, lang), this.#notes(lang), say('legend')) : nothing}
        ${notes}
        <slot name="caption"></slot>
      </div>
      <p id="keys" class="visually-hidden">${say('keys')}</p>
      <p class="visually-hidden" aria-live="polite">${cursor && this.#cursor.byKeys ? `${this.#valueText(cursor)}, ${cellText(view, cursor)}` : ''}</p>
      ${tensor ? twin(twinOf(view, this.#name, cursor, lang)) : nothing}
    </div>`;
  }

  /** Paints the canvases; call it in an animation frame. */
  paint(): void {
    const {size} = this.#on.surface;
    const theme = this.#on.theme.theme;
    const canvas = this.#find<HTMLCanvasElement>('.view canvas');
    if (canvas) paintView(canvas, this.view, this.#cursor.cell, size);
    const [bar, bins] = [this.#find<HTMLCanvasElement>('[part=legend] canvas'), this.#find<HTMLCanvasElement>('canvas.histogram')];
    if (bar) paintLegend(bar, this.view, theme, size.dpr);
    if (bins) this.#stats?.paint(bins, theme, size.dpr);
    const scroller = this.#scroller;
    if (scroller && this.#overview) this.#paintTiles!(scroller.querySelectorAll('canvas'), this.#overview, size.dpr, this.#painted);
  }

  /** Where a cell lies, in client coordinates; `null` out of range, in another slice, or where no tensor is shown. */
  cellRect(index: readonly number[]): DOMRect | null {
    const at = this.view.locate(index);
    const rect = at && String(at.slice) === String(this.view.slice) ? this.view.rectOf(at) : null;
    const box = rect && this.#viewBox?.getBoundingClientRect();
    return rect && box ? new DOMRect(box.left + rect.x, box.top + rect.y, rect.width, rect.height) : null;
  }

  /** The cell at a point in client coordinates. */
  cellAt(clientX: number, clientY: number): {index: number[]; value: number} | null {
    const box = this.#viewBox?.getBoundingClientRect();
    const cell = box && this.view.cellAt(clientX - box.left, clientY - box.top);
    return cell ? this.view.read(cell) : null;
  }

  /** Puts a cell in the middle, large enough to read; or fits all. */
  zoomTo(index: readonly number[] | 'fit'): void {
    const {status} = this.#on;
    if (!this.view.viewport && status.loading) void status.work.complete.then(() => this.view.viewport && this.zoomTo(index));
    else if (index === 'fit') this.view.fit();
    else this.#cursor.place(this.view.zoomTo(index) ?? this.#cursor.cell);
  }

  /** The picture with its title and colour bar; of an overview all tiles. */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    const {overviewBlob, viewBlob} = await import('./heatmap-export.js');
    const {size} = this.#on.surface;
    const theme = this.#on.theme.theme;
    if (this.#target.shown.kind === 'overview') return overviewBlob(this.#overview!, size.width, theme, options);
    const {lang} = this.#on.status;
    const remarks = [...swatchesOf(this.view, lang), ...this.#notes(lang, false)];
    return viewBlob(this.view, size, this.#title, remarks.map((r) => r.text).join(' · '), theme, options);
  }

  async toCSV(view: boolean): Promise<string> {
    return (await import('./heatmap-files.js')).heatmapCSV(this.view, view);
  }

  async toNPY(view: boolean): Promise<Uint8Array<ArrayBuffer>> {
    return (await import('./heatmap-files.js')).heatmapNPY(this.view, view);
  }

  /** Shows nothing, so that nothing old stands as if it were the new. */
  lose(): void {
    this.#target.stop();
    this.#overview?.stop();
    this.view.show(null, 'other', false);
    const data = this.#on.data();
    this.#target.clear(!!data && 'model' in data);
  }

  /** Puts the focus onto the picture, or what stands in its place. */
  focus(): void {
    (this.#viewBox?.hasAttribute('tabindex') ? this.#viewBox : this.#find<HTMLElement>('[part=message]'))?.focus({preventScroll: true});
  }

  /** Lets go of the data: an element draws something else. */
  clear(): void {
    this.stop();
    this.#data = null;
    this.#target.clear(false);
    this.#overview?.show(null, false);
    this.view.show(null, 'other', false);
    this.#on.status.clear('choice');
  }

  /** Ends what is under way. */
  stop(): void {
    this.#target.stop();
    this.#stats?.stop();
    this.view.stop();
    this.#overview?.stop();
    this.#applied = '';
  }

  /** Finds and draws what `layer` and `weight` name in the data now. @param refreshed the same weights have been read again */
  choose(refreshed: boolean): void {
    void this.#choose(this.#on.data(), refreshed);
  }

  /** Draws new data, or nothing. */
  take(data: WeightData | null, refreshed: boolean): void {
    void this.#choose(data, refreshed);
  }

  async #choose(data: WeightData | null, refreshed: boolean): Promise<void> {
    const {status, cancel} = this.#on;
    const end = status.begin(cancel);
    const {info: old} = this.#target;
    // new data are told of anew
    if (data !== this.#data && !refreshed) status.clear('choice');
    this.#data = data;
    let bad = true;
    try {
      const {layer, weight, complex: face} = this.#on.look();
      const complex = oneOf('complex', data && face, ['magnitude', 'phase']);
      bad = false;
      const model = data && 'model' in data ? data.model : null;
      if (model) await this.#needOverview();
      const shown = await this.#target.choose(data, {layer, weight, complex}, (loaded, total) => status.progress(loaded, total));
      if (!shown) return;
      status.clear('input');
      status.clear('choice');
      if (this.#overview && model !== this.#overview.model) this.#overview.show(model, refreshed);
      if (shown.kind === 'tensor') {
        this.#overview?.stop();
        this.view.show(shown.values, shown.info?.kind ?? 'other', refreshed && shown.info?.address === old?.address, shown.whole);
      } else {
        this.view.show(null, 'other', false);
      }
      if (!refreshed) this.#cursor.place(null);
      this.#version++;
      this.#on.announce();
    } catch (error) {
      if (bad || this.#target.missed) {
        // the data stay: another choice may be right for them
        this.lose();
        status.clear('input');
        status.fail('choice', error);
      } else {
        status.clear('choice');
        this.#on.fail(error);
      }
    } finally {
      end();
    }
  }

  async #needOverview(): Promise<void> {
    if (this.#overview) return;
    const {status} = this.#on;
    const [{JUDGE_WORDS, Overview, paintTiles}, parts] = await Promise.all([import('./overview.js'), import('../parts/overview.js')]);
    this.#parts = parts;
    this.#paintTiles = paintTiles;
    status.addWords(JUDGE_WORDS);
    this.#overview ??= new Overview(status.work, {
      changed: () => this.#host.requestUpdate(),
      begin: () => status.begin(this.#unsurvey, 'scanning'),
      progress: (done, total) => status.progress(done, total, 'scanning'),
      describe: (info, change) => weightText(info, status.lang, true, change),
      tell: (range) => parts.rangeWords(range, status.lang),
      explain: status.explain,
      say: status.say,
      lang: () => status.lang,
    });
  }

  #apply(): void {
    const {surface, theme: probe, status} = this.#on;
    const {size} = surface;
    const settings = this.#settings;
    if (!settings) return;
    const {theme} = probe;
    const overview = this.#overview;
    const {kind} = this.#target.shown;
    const {complex, sort} = this.#on.look();
    // an opened tensor may need the range of all
    if (kind === 'overview' || kind === 'tensor') overview?.update({settings, complex: (complex as 'magnitude' | '') || 'magnitude', theme, dpr: size.dpr, rule: this.#rule.now});
    if (overview && kind === 'overview') {
      const moved = overview.arrange(this.#query, sort ?? 'order', size.width);
      if (overview.scroll(this.#scroller?.scrollTop ?? 0, size.height) || moved) this.#host.requestUpdate();
      status.clear('drawing');
      return;
    }
    const wanted = JSON.stringify([this.#version, settings, theme]);
    const place = JSON.stringify(size);
    if (wanted === this.#applied && (place === this.#place || status.failed)) return;
    if (wanted !== this.#applied) status.clear('drawing');
    this.#applied = wanted;
    this.#place = place;
    try {
      this.view.update(settings, size, theme);
    } catch (error) {
      status.fail('drawing', error);
    }
  }

  /** The default height, from the data; what the page's own CSS says wins. */
  #setHeight(reserved: number): void {
    const {kind} = this.#target.shown;
    const {arrangement, plane} = this.view;
    const [box, below, scroller] = [this.#find<HTMLElement>('.box'), this.#find<HTMLElement>('.below'), this.#scroller];
    const host = this.#host;
    if (!host.clientWidth || !box || !below) return;
    const chrome = box.offsetTop + below.offsetHeight;
    if (kind === 'overview') {
      const {layout} = this.#overview!;
      const [list, rest] = scroller?.children ?? [];
      if (layout && list && rest) this.#on.reserve(chrome + layout.height + (rest as HTMLElement).offsetHeight);
    } else if (kind === 'tensor' && arrangement && plane) {
      const panel = this.#panel;
      const content = defaultHeight(arrangement, plane, this.#on.surface.size.width || host.clientWidth, chrome);
      this.#on.reserve(panel ? Math.max(content, chrome + panel.scrollHeight + PANEL_GAP) : content);
    } else if (!this.#on.pending() && !this.#on.status.loading) {
      const own = this.#find<HTMLSlotElement>('slot:not([name])')?.assignedElements().length;
      this.#on.reserve(own ? reserved : 0); // a sentence needs no more than the least
    }
  }

  #toolbar(): TemplateResult {
    const {shown} = this.#target;
    const {status} = this.#on;
    if (shown.kind === 'overview') {
      return this.#parts!.overviewBar(this.#overview!, this.#query, this.#on.look().sort ?? 'order', this.#on.look().tiles ?? 'heatmaps', status, this.#handlers, () => this.#save('png'));
    }
    const {info} = this.#target;
    const facts = info ? weightText(info, status.lang, false, this.view.whole?.change) : shown.kind === 'tensor' ? `${shapeText(shown.values.shape)} · ${shown.values.dtype}` : '';
    return heatmapBar(
      {say: status.say, title: this.#name, facts, siblings: 'siblings' in shown ? shown.siblings : [], info, drawn: shown.kind === 'tensor', fitted: this.view.fitted, statsOpen: this.#statsOpen, sliced: (this.view.arrangement?.slices.length ?? 0) > 0},
      {open: (next) => this.#open(next), zoom: (factor) => this.#cursor.zoom(factor), fit: () => this.view.fit(), stats: () => this.#toggleStats(), save: (what) => this.#save(what)},
    );
  }

  readonly #handlers: OverviewActions = {
    open: (info) => this.#open(info),
    query: (query) => this.#on.change({query}),
    sort: (sort) => this.#on.change({sort}),
    tiles: (tiles) => this.#on.change({tiles}),
    scrolled: () => this.#overview?.scroll(this.#scroller!.scrollTop, this.#on.surface.size.height) && this.#host.requestUpdate(),
    more: () => {
      this.#constantsShown += 200;
      this.#host.requestUpdate();
    },
    toggled: () => this.#host.requestUpdate(),
  };

  readonly #actions: LegendActions = {
    togglePool: () => this.#togglePool(),
    setDomain: (domain) => this.#on.change({domain}),
  };

  readonly #slide = (axis: number, at: number): void => {
    this.view.setSlice(axis, at);
    this.#cursor.place(null);
  };

  /** The user gives up the look at all values, and with it what needs them. */
  readonly #unsurvey = (): void => {
    this.#overview?.stop();
    const {sort, domain} = this.#on.look();
    if (sort && this.#overview?.measures(sort)) this.#on.change({sort: 'order'});
    if (domain === 'shared') this.#on.change({domain: 'auto'});
  };

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented || !this.#statsOpen) return;
    event.preventDefault();
    this.#toggleStats();
    this.#viewBox?.focus({preventScroll: true});
  };

  #toggleStats(): void {
    this.#statsOpen = !this.#statsOpen;
    this.#host.requestUpdate();
    if (this.#stats || !this.#statsOpen) return;
    const release = this.#on.status.work.hold('stats');
    void import('./heatmap-stats.js')
      .then(({HeatmapStats}) => {
        this.#stats ??= new HeatmapStats(this.#host, this.view, this.#on.status, (index) => this.zoomTo(index), () => this.#target.info, this.#rule);
        this.#host.requestUpdate();
      })
      .finally(release);
  }

  #togglePool(): void {
    this.#on.change({pool: this.#on.look().pool === 'mean' ? 'extreme' : 'mean'});
  }

  /** The user opens a weight, or goes back to the overview. */
  #open(info: WeightInfo | null): void {
    const before = this.#scroller?.scrollTop;
    if (before !== undefined) this.#scrolled = before;
    this.#on.change({layer: info ? info.layer || null : null, weight: info ? info.weight : null});
    // what was given up is tried again though it is named as it was
    if (this.#target.shown.kind === 'lost') this.choose(false);
    this.#on.opened(info);
    const back = this.#scrolled;
    void this.#host.updateComplete.then(() => this.#on.status.work.complete).then(() => {
      if (info) this.focus();
      else if (this.#scroller) this.#scroller.scrollTop = back;
    });
  }

  #save(what: SavedForm): void {
    this.#on.save(what, this.#name || 'tensor');
  }

  #tell(type: 'cell-hover' | 'cell-select', cell: Cell | null): void {
    const info = this.#target.info;
    const read = cell && this.view.read(cell);
    this.#on.cell(type, {layer: (read && info?.layer) ?? null, weight: (read && info?.weight) ?? null, index: read?.index ?? null, value: read?.value ?? null});
  }

  #find<E extends Element>(selector: string): E | null {
    return this.#host.shadowRoot!.querySelector<E>(selector);
  }

  get #viewBox(): HTMLElement | null {
    return this.#find('.view');
  }

  get #scroller(): HTMLElement | null {
    return this.#find('[part=overview]');
  }

  get #panel(): HTMLElement | null {
    return this.#find('[part=stats]');
  }

  get #query(): string {
    return this.#on.look().query ?? '';
  }

  get #name(): string {
    return this.#target.info?.address ?? '';
  }

  get #title(): string {
    const {shown} = this.#target;
    return shown.kind !== 'tensor' ? '' : shown.info ? `${shown.info.address}  ${weightText(shown.info, this.#on.status.lang)}` : shapeText(shown.values.shape);
  }

  #valueText(cell: Cell): string {
    const read = this.view.read(cell);
    return read ? formatValue(read.value, this.view.values!.dtype) : '';
  }

  /** What a screen reader is told the picture is. */
  #label(): string {
    const {shown} = this.#target;
    const {say, lang} = this.#on.status;
    if (shown.kind === 'overview') return say('overviewOf', {n: formatCount(shown.model.weights.length, lang)});
    if (shown.kind !== 'tensor') return say('heatmap');
    const {shape, dtype} = shown.values;
    return say('heatmapOf', {name: this.#name || say('tensor'), shape: shapeText(shape), dtype, range: rangeText(this.view, lang)});
  }

  #emptyText(empty: string): string | null {
    const {shown} = this.#target;
    const {say} = this.#on.status;
    if (shown.kind === 'nothing') return this.#on.pending() ? null : empty;
    if (shown.kind === 'overview') return shown.model.weights.length ? null : say('noWeights');
    if (shown.kind === 'lost') return null;
    return shown.values.data.length ? null : say('emptyTensor', {shape: shapeText(shown.values.shape)});
  }

  /** What must be said for the picture to be read rightly. */
  #notes(lang: string, told = this.#statsOpen): LegendNote[] {
    const {view} = this;
    return this.#settings ? [...notesOf(view, this.#settings, lang, this.#actions), ...(view.ordered ? [{text: view.ordered.remark(lang)}] : []), ...((!told && this.#stats?.notes) || [])] : [];
  }

  /** What takes long to draw. */
  #slowText(): MessageModel | null {
    const {say} = this.#on.status;
    const {progress, orderer} = this.view;
    const {share, what, run} = orderer?.slow ?? {share: progress, what: 'scanning' as const, run: this.#on.cancel};
    return share === null ? null : {kind: 'loading', text: say(what), share, cancel: {label: say('cancel'), run}};
  }

  #placeTip(): void {
    const {cell} = this.#cursor;
    const rect = cell && this.view.rectOf(cell);
    if (!rect) return;
    const {size} = this.#on.surface;
    const [tip, panel] = [this.#find<HTMLElement>('[part=tooltip]'), this.#panel];
    if (tip) placeTooltip(tip, rect, size);
    // what was brought into view is not to lie below the panel
    if (panel && !this.#cursor.byPointer) panel.dataset.side = rect.x + rect.width / 2 > size.width / 2 ? 'left' : 'right';
  }
}
