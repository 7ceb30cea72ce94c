import {html, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property, query as find, state} from 'lit/decorators.js';
import {formatCount, formatValue} from '../color/format.js';
import type {TensorStats} from '../compute/stats.js';
import type {BlobOptions} from '../controllers/blob.js';
import {Gestures} from '../controllers/gestures.js';
import {HeatmapCursor} from '../controllers/heatmap-cursor.js';
import {paintBins, paintLegend, paintView} from '../controllers/heatmap-picture.js';
import {oneOf, readSettings} from '../controllers/heatmap-settings.js';
import {HeatmapView, type ViewSettings} from '../controllers/heatmap-view.js';
import {type Cell, defaultHeight} from '../controllers/plane-view.js';
import {InlineData} from '../controllers/inline-data.js';
import type {Overview, paintTiles} from '../controllers/overview.js';
import {readInline, readLive, readUrl} from '../controllers/lazy-reading.js';
import {OwnTensors, type TensorInputs} from '../controllers/own-tensors.js';
import {Target} from '../controllers/target.js';
import {heatmapBar, heatmapBox} from '../parts/heatmap-frame.js';
import {heatmapStyles} from '../parts/heatmap-styles.js';
import {cellText, type LegendActions, notesOf, rangeText, statsRows, swatchesOf, twinOf, weightText} from '../parts/heatmap-words.js';
import {legend} from '../parts/legend.js';
import {message, type MessageModel} from '../parts/message.js';
import type {OverviewActions, OverviewParts} from '../parts/overview.js';
import {statsPanel} from '../parts/stats-panel.js';
import {sharedStyles} from '../parts/styles.js';
import {sliceSliders} from '../parts/toolbar.js';
import {placeTooltip, tooltip} from '../parts/tooltip.js';
import {twin} from '../parts/twin.js';
import {shapeText} from '../tensor/read-tensor.js';
import type {TensorInput, WeightData, WeightInfo} from '../tensor/types.js';
import {CellEvent, type FailureEvent, LayerEvent, type LoadEvent, type LoadProgressEvent} from './events.js';
import {LensElement} from './lens-element.js';

/** The events of `<weight-heatmap>`, by name. */
export interface WeightHeatmapEventMap {
  load: LoadEvent;
  progress: LoadProgressEvent;
  error: FailureEvent;
  'cell-hover': CellEvent;
  'cell-select': CellEvent;
  'layer-select': LayerEvent;
}

/** CSS px around the panel of statistics, its border included. */
const PANEL_GAP = 10;

/**
 * Shows every weight of a TensorFlow.js model, or any tensor, truly.
 *
 * @element weight-heatmap
 * @summary The weights of a model, or any tensor, as a heatmap.
 *
 * @fires {LoadEvent} load - The input's structure or values have been read; once per input.
 * @fires {LoadProgressEvent} progress - Bytes have arrived.
 * @fires {FailureEvent} error - The input cannot be shown; `message` says what to do. Once per input.
 * @fires {CellEvent} cell-hover - The cursor stands on another cell; all `null` once when it has left.
 * @fires {CellEvent} cell-select - A cell was clicked, tapped, or chosen with Enter.
 * @fires {LayerEvent} layer-select - A tile was opened, or (both `null`) the overview.
 *
 * @attr {string} aria-label - The accessible name; written from the data where it is not given.
 * @attr {string} lang - The language of words and numbers; `en` and `zh` ship, `setStrings` adds others.
 *
 * @slot - What stands there until there are data; or the data themselves, as JSON.
 * @slot caption - A caption below the picture.
 *
 * @csspart toolbar - Title and buttons.
 * @csspart canvas - The picture of one tensor.
 * @csspart overview - The scrolled tiles.
 * @csspart tile - One weight of the overview.
 * @csspart legend - Colour bar, swatches and remarks.
 * @csspart stats - The panel of statistics.
 * @csspart tooltip - Place and value of the cell under the cursor.
 * @csspart message - Progress, an error, or why there is nothing.
 *
 * @cssprop [--tensorlens-background=light-dark(#ffffff, #14171c)] - Background.
 * @cssprop [--tensorlens-text=light-dark(#1d2430, #e6e9ee)] - Text.
 * @cssprop [--tensorlens-muted=light-dark(#5a6473, #a3adba)] - Lesser text.
 * @cssprop [--tensorlens-accent=light-dark(#0b62c4, #6cb2ff)] - Links, focus.
 * @cssprop [--tensorlens-grid=light-dark(#c9cfd8, #39404b)] - Lines.
 * @cssprop [--tensorlens-font=system-ui, sans-serif] - Font family.
 * @cssprop [--tensorlens-nan=#ff00d4] - NaN.
 * @cssprop [--tensorlens-positive-infinity=#00e03c] - +Infinity.
 * @cssprop [--tensorlens-negative-infinity=#00c8ff] - -Infinity.
 *
 * @cssState loading - Data are being read.
 * @cssState error - The input cannot be shown.
 * @cssState empty - There are no data.
 * @cssState preview - The picture comes from samples; the exact one follows.
 */
export class WeightHeatmapElement extends LensElement<WeightData> {
  static override styles = [sharedStyles, heatmapStyles];

  readonly #own = new OwnTensors((load) => this.source.offer('own', load));
  readonly #inline = new InlineData(this, (text) => this.source.offer('inline', text === null ? null : () => readInline(text)));
  readonly #gestures = new Gestures(this, {
    zoom: (factor, x, y) => this.#view.zoom(factor, x, y),
    pan: (dx, dy) => this.#view.pan(dx, dy),
    hover: (point) => this.#cursor.hover(point && this.#view.cellAt(point.x, point.y)),
    tap: (x, y) => this.#cursor.select(this.#view.cellAt(x, y)),
    greedy: () => this.gestures === 'greedy',
  });
  readonly #target = new Target();
  readonly #view = new HeatmapView(
    this.status.work,
    (what) => (what === 'picture' ? this.surface.request('picture') : this.requestUpdate()),
    (error) => this.status.fail('drawing', error),
  );
  readonly #cursor = new HeatmapCursor(this, this.#view, {
    hovered: (cell) => this.#tell('cell-hover', cell),
    selected: (cell) => this.#tell('cell-select', cell),
    toggle: (what) => (what === 'stats' ? (this.statsOpen = !this.statsOpen) : this.#togglePool()),
    leave: () => (this.statsOpen ? (this.statsOpen = false) : this.#target.info && this.#open(null)),
  });
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

  @find('.box') private readonly box!: HTMLElement | null;
  @find('.below') private readonly below!: HTMLElement | null;
  @find('.view') private readonly viewBox!: HTMLElement | null;
  @find('.view canvas') private readonly canvas!: HTMLCanvasElement | null;
  @find('[part=overview]') private readonly scroller!: HTMLElement | null;
  @find('[part=message]') private readonly messageBox!: HTMLElement | null;
  @find('[part=stats]') private readonly panel!: HTMLElement | null;
  @find('[part=tooltip]') private readonly tip!: HTMLElement | null;

  @state() private statsOpen = false;
  @state() private constantsShown = 200;

  /** Any tensor: `tf.Tensor`, `tf.Variable`, `{data, shape, dtype?}`, a typed array or nested arrays. Read at once. */
  @property({attribute: false})
  get tensor(): TensorInput | null {
    return this.#own.tensor;
  }
  set tensor(input: TensorInput | null) {
    this.#own.set('tensor', input);
    this.requestUpdate();
  }

  /** A list or record of tensors, such as `model.getWeights()`, drawn as an overview. */
  @property({attribute: false})
  get tensors(): TensorInputs | null {
    return this.#own.tensors;
  }
  set tensors(inputs: TensorInputs | null) {
    this.#own.set('tensors', inputs);
    this.requestUpdate();
  }

  /** The layer to show in full, by address or index; without it (and `weight`), an overview of all. */
  @property() layer: string | number | null = null;

  /** The weight of the layer, by name or index; the first by default. */
  @property() weight: string | number | null = null;

  /** An einops-like pattern such as `"h w i o -> (o h) (i w)"`; automatic by default. */
  @property() arrange: string | null = null;

  /** `cell`, or `square` for a Hinton diagram. */
  @property() mark: 'cell' | 'square' | null = 'cell';

  /** `auto` stretches cells where a side would exceed 4 : 1; `equal` never does. */
  @property() aspect: 'auto' | 'equal' | null = 'auto';

  /** An interpolator of d3-scale-chromatic by name; automatic by default: `RdBu` reversed, or `viridis`. */
  @property() scheme: string | null = null;

  /** Turns the scheme round. */
  @property({type: Boolean}) reverse = false;

  /** `auto`, `robust` (2nd–98th percentile), `shared` (one for all tiles) or two numbers: `"-1,1"`. */
  @property() domain: string | readonly [number, number] | null = 'auto';

  /** Where a diverging scale turns: a number, or `none`. */
  @property() center: number | string | null = 0;

  /** `linear`, `symlog`, `log` or `rank`. */
  @property() transform: 'linear' | 'symlog' | 'log' | 'rank' | null = 'linear';

  /** What one domain spans: `all`, or each `tile`, `row` or `column` by itself. */
  @property({attribute: 'domain-per'}) domainPer: 'all' | 'tile' | 'row' | 'column' | null = 'all';

  /** What a pixel shows that holds several cells: the `extreme` one, or their `mean`. */
  @property() pool: 'extreme' | 'mean' | null = 'extreme';

  /** Writes values into cells that are large enough. */
  @property({type: Boolean}) annotate = false;

  /** The face of complex tensors: `magnitude`, or `phase` in radians. */
  @property() complex: 'magnitude' | 'phase' | null = 'magnitude';

  /** Words that an overview's tiles must have in their address, layer type or shape. */
  @property() query = '';

  /** The order of an overview's tiles: `order`, `size` or `norm`. */
  @property() sort: 'order' | 'size' | 'norm' | null = 'order';

  override connectedCallback(): void {
    super.connectedCallback();
    const {data} = this.source;
    if (data && this.#target.due) void this.#choose(data, false);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    const {data} = this.source;
    if (data && (changed.has('layer') || changed.has('weight') || changed.has('complex'))) void this.#choose(data, false);
    try {
      this.#settings = readSettings(this, this.#overview?.seen ?? null, this.#target.shown.kind !== 'nothing');
    } catch (error) {
      this.#settings = null;
      this.#applied = ''; // what was drawn before is drawn again, and the error goes
      this.status.fail('drawing', error);
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.isConnected) return; // removed while the update was pending
    super.updated(changed);
    this.surface.observe(this.scroller ?? this.viewBox);
    this.#gestures.observe(this.viewBox);
    this.#apply();
    this.#setHeight();
    this.#placeTip();
    const {shown} = this.#target;
    this.status.describe(this.#label(), {empty: shown.kind === 'nothing' && !this.source.pending, preview: this.#view.preview});
  }

  protected override render(): TemplateResult {
    const {shown} = this.#target;
    const view = this.#view;
    const {say, lang, failed} = this.status;
    const over = this.status.message(this.#emptyText()) ?? this.#slowText();
    const tensor = shown.kind === 'tensor' && !failed;
    const cursor = tensor ? this.#cursor.cell : null;
    const slot = shown.kind === 'nothing' && !failed && this.#inline.text === null;
    return html`<div class="frame" @keydown=${this.#escape}>
      <div class="probe"></div>
      ${shown.kind === 'nothing' ? nothing : this.#toolbar()}
      ${tensor && view.arrangement ? sliceSliders(view.arrangement.slices.map((p, i) => ({name: p.name, size: p.size, at: view.slice[i]!})), this.#slide) : nothing}
      <div class="box">
        ${shown.kind === 'overview'
          ? this.#parts!.overviewTiles(this.#overview!, this.query ?? '', this.constantsShown, this.status, this.#handlers)
          : heatmapBox(tensor ? this.#label() : null, this.gestures === 'greedy', this.#cursor.key)}
        ${cursor ? tooltip(this.#valueText(cursor), cellText(view, cursor)) : nothing}
        ${tensor && this.statsOpen ? statsPanel(statsRows(view, lang), say('statistics'), say('histogram', {range: rangeText(view, lang)})) : nothing}
        ${slot ? html`<slot>${over?.kind === 'empty' ? message(over) : nothing}</slot>` : nothing}
        ${slot && over?.kind === 'empty' ? nothing : message(over)}
      </div>
      <div class="below">
        ${tensor ? legend(swatchesOf(view, lang), this.#settings ? notesOf(view, this.#settings, lang, this.#actions) : [], say('legend')) : nothing}
        <slot name="caption"></slot>
      </div>
      <p id="keys" class="visually-hidden">${say('keys')}</p>
      <p class="visually-hidden" aria-live="polite">${cursor && this.#cursor.byKeys ? `${this.#valueText(cursor)}, ${cellText(view, cursor)}` : ''}</p>
      ${tensor ? twin(twinOf(view, this.#name, cursor, lang)) : nothing}
    </div>`;
  }

  /** The numbers of the tensor that is shown; `null` until they are known, and in an overview. */
  get stats(): TensorStats | null {
    return this.#view.facts?.stats ?? null;
  }

  /**
   * Where a cell lies, in client coordinates.
   * @param index in the tensor's own axes
   * @returns `null` for an index out of range, one in another slice, or while no tensor is shown
   */
  cellRect(index: readonly number[]): DOMRect | null {
    const at = this.#view.locate(index);
    const rect = at && String(at.slice) === String(this.#view.slice) ? this.#view.rectOf(at) : null;
    const box = rect && this.viewBox?.getBoundingClientRect();
    return rect && box ? new DOMRect(box.left + rect.x, box.top + rect.y, rect.width, rect.height) : null;
  }

  /** The cell at a point in client coordinates; `null` where there is none. */
  cellAt(clientX: number, clientY: number): {index: number[]; value: number} | null {
    const box = this.viewBox?.getBoundingClientRect();
    const cell = box && this.#view.cellAt(clientX - box.left, clientY - box.top);
    return cell ? this.#view.read(cell) : null;
  }

  /** Puts the cell at `index` (in the tensor's own axes) in the middle, large enough to read; or `fit` all. */
  zoomTo(index: readonly number[] | 'fit'): void {
    if (!this.#view.viewport && this.status.loading) void this.renderComplete.then(() => this.#view.viewport && this.zoomTo(index));
    else if (index === 'fit') this.#view.fit();
    else this.#cursor.place(this.#view.zoomTo(index) ?? this.#cursor.cell);
  }

  /**
   * The picture with its title and colour bar; of an overview all tiles.
   * @returns rejects with a RangeError that names the largest possible scale where a canvas cannot hold it
   */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    await this.renderComplete;
    const {overviewBlob, viewBlob} = await import('../controllers/heatmap-export.js');
    const {size} = this.surface;
    const theme = this.theme.theme;
    if (this.#target.shown.kind === 'overview') return overviewBlob(this.#overview!, size.width, theme, options);
    const {lang} = this.status;
    const remarks = [...swatchesOf(this.#view, lang), ...(this.#settings ? notesOf(this.#view, this.#settings, lang, this.#actions) : [])];
    return viewBlob(this.#view, size, this.#title, remarks.map((r) => r.text).join(' · '), theme, options);
  }

  /** The values as a table: of the whole tensor (of its slice, where there are sliders), or those in view. */
  async toCSV({view = false}: {view?: boolean} = {}): Promise<string> {
    await this.renderComplete;
    const {heatmapCSV} = await import('../controllers/heatmap-files.js');
    return heatmapCSV(this.#view, view);
  }

  /** The values as a NumPy file: the tensor in its own shape, or those in view as a matrix. */
  async toNPY({view = false}: {view?: boolean} = {}): Promise<Uint8Array<ArrayBuffer>> {
    await this.renderComplete;
    const {heatmapNPY} = await import('../controllers/heatmap-files.js');
    return heatmapNPY(this.#view, view);
  }

  protected readonly readUrl = readUrl;
  protected readonly readModel = readLive;

  protected take(data: WeightData | null, refreshed: boolean): void {
    void this.#choose(data, refreshed);
  }

  protected lose(): void {
    this.#overview?.stop();
    this.#view.show(null, 'other', false);
    const {data} = this.source;
    this.#target.clear(!!data && 'model' in data);
  }

  protected stop(): void {
    this.#target.stop();
    this.#view.stop();
    this.#overview?.stop();
    this.#applied = '';
  }

  async #choose(data: WeightData | null, refreshed: boolean): Promise<void> {
    const end = this.status.begin(this.cancel);
    const {info: old} = this.#target;
    try {
      const complex = oneOf('complex', this.complex, ['magnitude', 'phase']);
      const model = data && 'model' in data ? data.model : null;
      if (model) await this.#needOverview();
      const shown = await this.#target.choose(data, {layer: this.layer, weight: this.weight, complex}, (loaded, total) => this.status.progress(loaded, total));
      if (!shown) return;
      this.status.clear('input');
      if (this.#overview && model !== this.#overview.model) this.#overview.show(model, refreshed);
      if (shown.kind === 'tensor') {
        this.#overview?.stop();
        this.#view.show(shown.values, shown.info?.kind ?? 'other', refreshed && shown.info?.address === old?.address, shown.whole);
      } else {
        this.#view.show(null, 'other', false);
      }
      if (!refreshed) this.#cursor.place(null);
      this.#version++;
      this.announce();
    } catch (error) {
      this.fail(error);
    } finally {
      end();
    }
  }

  async #needOverview(): Promise<void> {
    if (this.#overview) return;
    const [{Overview, paintTiles}, parts] = await Promise.all([import('../controllers/overview.js'), import('../parts/overview.js')]);
    this.#parts = parts;
    this.#paintTiles = paintTiles;
    this.#overview ??= new Overview(this.status.work, {
      changed: () => this.requestUpdate(),
      begin: () => this.status.begin(this.#unsurvey, 'scanning'),
      progress: (done, total) => this.status.progress(done, total, 'scanning'),
      describe: (info) => weightText(info, this.status.lang, true),
      tell: (range) => parts.rangeWords(range, this.status.lang),
      explain: this.status.explain,
      say: this.status.say,
    });
  }

  /** Brings what is drawn up to what is asked for; does nothing where both are the same. */
  #apply(): void {
    const {size} = this.surface;
    const settings = this.#settings;
    if (!settings) return;
    const theme = this.theme.theme;
    const overview = this.#overview;
    const {kind} = this.#target.shown;
    // an opened tensor may need the range of all
    if (kind === 'overview' || kind === 'tensor') overview?.update({settings, complex: this.complex || 'magnitude', theme, dpr: size.dpr});
    if (overview && kind === 'overview') {
      const moved = overview.arrange(this.query ?? '', this.sort ?? 'order', size.width);
      if (overview.scroll(this.scroller?.scrollTop ?? 0, size.height) || moved) this.requestUpdate();
      this.status.clear('drawing');
      return;
    }
    const wanted = JSON.stringify([this.#version, settings, theme]);
    const place = JSON.stringify(size);
    if (wanted === this.#applied && (place === this.#place || this.status.failed)) return;
    if (wanted !== this.#applied) this.status.clear('drawing');
    this.#applied = wanted;
    this.#place = place;
    try {
      this.#view.update(settings, size, theme);
    } catch (error) {
      this.status.fail('drawing', error);
    }
  }

  protected paint(): void {
    const {size} = this.surface;
    const theme = this.theme.theme;
    const find = (selector: string): HTMLCanvasElement | null => this.renderRoot.querySelector(selector);
    if (this.canvas) paintView(this.canvas, this.#view, this.#cursor.cell, size);
    const [bar, bins] = [find('[part=legend] canvas'), find('canvas.histogram')];
    if (bar) paintLegend(bar, this.#view, theme, size.dpr);
    if (bins) paintBins(bins, this.#view, theme, size.dpr);
    if (this.scroller && this.#overview) this.#paintTiles!(this.scroller.querySelectorAll('canvas'), this.#overview, size.dpr, this.#painted);
  }

  /** The default height, from the data; what the page's own CSS says wins. */
  #setHeight(): void {
    const {kind} = this.#target.shown;
    const {arrangement, plane} = this.#view;
    const {box, below, scroller} = this;
    if (!this.clientWidth || !box || !below) return;
    const chrome = box.offsetTop + below.offsetHeight;
    if (kind === 'overview') {
      const {layout} = this.#overview!;
      const [list, rest] = scroller?.children ?? [];
      if (layout && list && rest) this.reserve(chrome + layout.height + (rest as HTMLElement).offsetHeight);
    } else if (kind === 'tensor' && arrangement && plane) {
      const {panel} = this;
      const content = defaultHeight(arrangement, plane, this.surface.size.width || this.clientWidth, chrome);
      this.reserve(panel ? Math.max(content, chrome + panel.scrollHeight + PANEL_GAP) : content);
    } else if (!this.source.pending && !this.status.loading) {
      const own = this.renderRoot.querySelector<HTMLSlotElement>('slot:not([name])')?.assignedElements().length;
      this.reserve(own ? WeightHeatmapElement.reserved : 0); // a sentence needs no more than the least
    }
  }

  #toolbar(): TemplateResult {
    const {shown} = this.#target;
    const {say, lang} = this.status;
    if (shown.kind === 'overview') {
      return this.#parts!.overviewBar(this.#overview!, this.query ?? '', this.sort ?? 'order', this.status, this.#handlers, () => this.#save('png'));
    }
    const {info} = this.#target;
    const facts = info ? weightText(info, lang) : shown.kind === 'tensor' ? `${shapeText(shown.values.shape)} · ${shown.values.dtype}` : '';
    return heatmapBar(
      {say, title: this.#name, facts, siblings: 'siblings' in shown ? shown.siblings : [], info, drawn: shown.kind === 'tensor', fitted: this.#view.fitted, statsOpen: this.statsOpen, sliced: (this.#view.arrangement?.slices.length ?? 0) > 0},
      {open: (next) => this.#open(next), zoom: (factor) => this.#cursor.zoom(factor), fit: () => this.#view.fit(), stats: () => (this.statsOpen = !this.statsOpen), save: (what) => this.#save(what)},
    );
  }

  readonly #handlers: OverviewActions = {
    open: (info) => this.#open(info),
    query: (text) => (this.query = text),
    sort: (by) => (this.sort = by),
    scrolled: () => this.#overview?.scroll(this.scroller!.scrollTop, this.surface.size.height) && this.requestUpdate(),
    more: () => (this.constantsShown += 200),
    toggled: () => this.requestUpdate(),
  };

  readonly #actions: LegendActions = {
    togglePool: () => this.#togglePool(),
    setDomain: (domain) => (this.domain = domain),
  };

  readonly #slide = (axis: number, at: number): void => {
    this.#view.setSlice(axis, at);
    this.#cursor.place(null);
  };

  /** The user gives up the look at all values, and with it what needs them. */
  readonly #unsurvey = (): void => {
    this.#overview?.stop();
    if (this.sort === 'norm') this.sort = 'order';
    if (this.domain === 'shared') this.domain = 'auto';
  };

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented || !this.statsOpen) return;
    event.preventDefault();
    this.statsOpen = false;
    this.viewBox?.focus({preventScroll: true});
  };

  #togglePool(): void {
    this.pool = this.pool === 'mean' ? 'extreme' : 'mean';
  }

  /** The user opens a weight, or goes back to the overview. */
  #open(info: WeightInfo | null): void {
    const before = this.scroller?.scrollTop;
    if (before !== undefined) this.#scrolled = before;
    this.layer = info ? info.layer || null : null;
    this.weight = info ? info.weight : null;
    // what was given up is tried again though it is named as it was
    if (this.#target.shown.kind === 'lost') void this.#choose(this.source.data, false);
    this.dispatchEvent(new LayerEvent(info && info.layer, info && info.weight));
    const back = this.#scrolled;
    void this.updateComplete.then(() => this.renderComplete).then(() => {
      if (info) (this.viewBox?.hasAttribute('tabindex') ? this.viewBox : this.messageBox)?.focus({preventScroll: true});
      else if (this.scroller) this.scroller.scrollTop = back;
    });
  }

  #save(what: 'png' | 'csv-view' | 'csv' | 'npy'): void {
    const name = this.#name || 'tensor';
    if (what === 'png') void this.save(this.toBlob({fitting: true}), `${name}.png`, 'image/png');
    else if (what === 'npy') void this.save(this.toNPY(), `${name}.npy`, 'application/octet-stream');
    else void this.save(this.toCSV({view: what === 'csv-view'}), `${name}.csv`, 'text/csv');
  }

  #tell(type: 'cell-hover' | 'cell-select', cell: Cell | null): void {
    const info = this.#target.info;
    const read = cell && this.#view.read(cell);
    this.dispatchEvent(new CellEvent(type, {layer: (read && info?.layer) ?? null, weight: (read && info?.weight) ?? null, index: read?.index ?? null, value: read?.value ?? null}));
  }

  get #name(): string {
    return this.#target.info?.address ?? '';
  }

  get #title(): string {
    const {shown} = this.#target;
    return shown.kind !== 'tensor' ? '' : shown.info ? `${shown.info.address}  ${weightText(shown.info, this.status.lang)}` : shapeText(shown.values.shape);
  }

  #valueText(cell: Cell): string {
    const read = this.#view.read(cell);
    return read ? formatValue(read.value, this.#view.values!.dtype) : '';
  }

  /** What a screen reader is told the picture is. */
  #label(): string {
    const {shown} = this.#target;
    const {say, lang} = this.status;
    if (shown.kind === 'overview') return say('overviewOf', {n: formatCount(shown.model.weights.length, lang)});
    if (shown.kind !== 'tensor') return say('heatmap');
    const {shape, dtype} = shown.values;
    return say('heatmapOf', {name: this.#name || say('tensor'), shape: shapeText(shape), dtype, range: rangeText(this.#view, lang)});
  }

  #emptyText(): string | null {
    const {shown} = this.#target;
    const {say} = this.status;
    if (shown.kind === 'nothing') return this.source.pending ? null : say('nothing');
    if (shown.kind === 'overview') return shown.model.weights.length ? null : say('noWeights');
    if (shown.kind === 'lost') return null;
    return shown.values.data.length ? null : say('emptyTensor', {shape: shapeText(shown.values.shape)});
  }

  /** What takes long to draw. */
  #slowText(): MessageModel | null {
    const {say} = this.status;
    const share = this.#view.progress;
    return share === null ? null : {kind: 'loading', text: say('scanning'), share, cancel: {label: say('cancel'), run: this.cancel}};
  }

  #placeTip(): void {
    const {cell} = this.#cursor;
    const rect = cell && this.#view.rectOf(cell);
    if (!rect) return;
    if (this.tip) placeTooltip(this.tip, rect, this.surface.size);
    // what was brought into view is not to lie below the panel
    if (this.panel && !this.#cursor.byPointer) this.panel.dataset.side = rect.x + rect.width / 2 > this.surface.size.width / 2 ? 'left' : 'right';
  }
}

/** Listeners know their events. */
export interface WeightHeatmapElement {
  addEventListener<K extends keyof WeightHeatmapEventMap>(type: K, listener: (this: WeightHeatmapElement, event: WeightHeatmapEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: WeightHeatmapElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof WeightHeatmapEventMap>(type: K, listener: (this: WeightHeatmapElement, event: WeightHeatmapEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: WeightHeatmapElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'weight-heatmap': WeightHeatmapElement;
  }
}
