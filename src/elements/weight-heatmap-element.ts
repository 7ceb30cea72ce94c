import {html, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property} from 'lit/decorators.js';
import type {TensorStats} from '../compute/stats.js';
import type {BlobOptions} from '../controllers/blob.js';
import type {Loader, SourceName} from '../controllers/data-source.js';
import type {CompareView, HeatmapCompare} from '../controllers/heatmap-compare.js';
import {HeatmapStage, type SavedForm} from '../controllers/heatmap-stage.js';
import type {OrderName} from '../controllers/heatmap-view.js';
import {InlineData} from '../controllers/inline-data.js';
import {readInline, readLive, readUrl} from '../controllers/lazy-reading.js';
import {OwnTensors, type TensorInputs} from '../controllers/own-tensors.js';
import type {RunHeatmap, RunView} from '../controllers/run-heatmap.js';
import {heatmapStyles} from '../parts/heatmap-styles.js';
import {sharedStyles} from '../parts/styles.js';
import {isTyped} from '../tensor/read-tensor.js';
import type {TensorInput, WeightData} from '../tensor/types.js';
import {CellEvent, type FailureEvent, LayerEvent, type LoadEvent, type LoadProgressEvent} from './events.js';
import {LensElement} from './lens-element.js';

/** What data are compared with: a live model, or tensors. */
export type CompareInput = TensorInput | TensorInputs | object;

/** What a page has handed over to compare with. */
function inputKind(input: CompareInput): 'tensor' | 'tensors' | 'model' {
  const given = input as {shape?: unknown; data?: unknown; layers?: unknown; weights?: unknown; modelTopology?: unknown; weightSpecs?: unknown};
  if (given.data && given.shape) return 'tensor';
  if (Array.isArray(input) || isTyped(input)) return typeof input[0] === 'object' && input[0] !== null && !Array.isArray(input[0]) ? 'tensors' : 'tensor';
  return given.layers || given.weights || given.modelTopology || given.weightSpecs ? 'model' : 'tensors';
}

/** The events of `<weight-heatmap>`, by name. */
export interface WeightHeatmapEventMap {
  load: LoadEvent;
  progress: LoadProgressEvent;
  error: FailureEvent;
  'cell-hover': CellEvent;
  'cell-select': CellEvent;
  'layer-select': LayerEvent;
}

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
  readonly #stage = new HeatmapStage(this, {
    status: this.status,
    theme: this.theme,
    surface: this.surface,
    look: () => this,
    change: (look) => Object.assign(this, look),
    data: () => (this.#drawn === undefined ? this.source.data : this.#drawn),
    pending: () => this.source.pending,
    greedy: () => this.gestures === 'greedy',
    announce: () => this.announce(),
    fail: (error) => this.fail(error),
    cancel: this.cancel,
    reserve: (height) => this.reserve(height),
    save: (what, name) => this.#save(what, name),
    cell: (type, place) => this.dispatchEvent(new CellEvent(type, place)),
    opened: (info) => this.dispatchEvent(new LayerEvent(info && info.layer, info && info.weight)),
  });

  #ownRun: unknown = null;
  /** Walks over a run; fetched with the first. */
  #runs: RunHeatmap | null = null;
  #compareInput: CompareInput | null = null;
  readonly #ownBefore = new OwnTensors((load) => this.#offerBefore('own', load));
  /** What data are compared with, by where that comes from. */
  readonly #befores = new Map<SourceName, Loader<WeightData>>();
  /** Reads what is compared with, and compares; fetched with the first. */
  #comparison: HeatmapCompare | null = null;
  #comparing: Promise<HeatmapCompare> | null = null;
  /** What there is to draw where that is not what was read: another step of a run. */
  #walked: WeightData | null | undefined;
  /** What is drawn where that is not what was read: such a step, or what has changed. */
  #drawn: WeightData | null | undefined;
  /** Whether what was read last was nothing yet. */
  #awaited = false;

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

  /** A run of `watch(model, {snapshots})`, its record, or several as `[{name, run}, …]`: the weights at each snapshot, live and played back. */
  @property({attribute: false})
  get run(): unknown {
    return this.#ownRun;
  }
  set run(run: unknown) {
    this.#ownRun = run ?? null;
    this.#offerRun();
    this.requestUpdate();
  }

  /** Address of a recorded run. */
  @property({attribute: 'run-src'}) runSrc: string | null = null;

  /** The step of a run whose weights are shown: those of the last snapshot that is not later; by default the last. */
  @property({type: Number}) step: number | null = null;

  /** What of a run is shown: its `weights`, or what has changed `since-first` or `since-previous` snapshot. */
  @property({attribute: 'run-view'}) runView: RunView | null = 'weights';

  /** What the data were before: a model, a tensor or tensors, as this element takes them itself. Then these data minus those are drawn, of a run each step. Weights are matched by address, then by name and shape in order. Tensors are read at once. */
  @property({attribute: false})
  get compare(): CompareInput | null {
    return this.#compareInput;
  }
  set compare(input: CompareInput | null) {
    this.#compareInput = input ??= null;
    const kind = input === null ? null : inputKind(input);
    for (const name of ['tensor', 'tensors'] as const) this.#ownBefore.set(name, kind === name ? (input as TensorInput | TensorInputs) : null);
    this.#offerBefore('model', kind === 'model' ? () => readLive(input as object) : null);
    this.requestUpdate();
  }

  /** Address of the model, or of the data, that these are compared with. */
  @property({attribute: 'compare-src'}) compareSrc: string | null = null;

  /** What of a comparison is shown: `difference`, `relative` (to the magnitude of each value before), or both `side-by-side`: then a cell's index is the same in both, and its value that of the one it lies in. */
  @property({attribute: 'compare-view'}) compareView: CompareView | null = 'difference';

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

  /** How rows and columns, or filters, stand: as they are (`none`), by their L2 or L1 norm (`norm`, `norm-l1`), or clustered by average linkage of euclidean or cosine distances (`cluster`, `cluster-cosine`). */
  @property() order: OrderName | null = 'none';

  /** Writes values into cells that are large enough. */
  @property({type: Boolean}) annotate = false;

  /** The face of complex tensors: `magnitude`, or `phase` in radians. */
  @property() complex: 'magnitude' | 'phase' | null = 'magnitude';

  /** Words that an overview's tiles must have in their address, layer type or shape. */
  @property() query = '';

  /** What the tiles of an overview show: `heatmaps`, or `distributions` over what each weight's initializer would have given. */
  @property() tiles: 'heatmaps' | 'distributions' | null = 'heatmaps';

  /** The order of an overview's tiles: `order`, `size`, `norm`, of differences `change`, or `badges`: most dead and duplicate units first. */
  @property() sort: 'order' | 'size' | 'norm' | 'change' | 'badges' | null = 'order';

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    if (changed.has('runSrc')) this.#offerRun();
    if (changed.has('compareSrc')) this.#offerBefore('src', this.loaderOf(this.compareSrc));
    if (changed.has('compareView') || changed.has('complex')) this.#comparison?.update(false);
    this.#runs?.update();
    // what is kept back until it is compared is not drawn by itself
    if (this.source.data && (this.#drawn || !this.#befores.size) && (changed.has('layer') || changed.has('weight') || changed.has('complex'))) this.#stage.choose(false);
    this.#stage.prepare();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.isConnected) return; // removed while the update was pending
    super.updated(changed);
    this.#stage.update(WeightHeatmapElement.reserved);
  }

  protected override render(): TemplateResult {
    const {say} = this.status;
    const [comparison, runs] = [this.#comparison, this.#runs];
    return this.#stage.render({
      slot: this.#inline.text === null,
      empty: runs?.empty ?? say('nothing'),
      controls: html`${comparison?.controls}${runs?.controls}`,
      notes: this.status.failed ? nothing : html`${comparison?.notes}${runs?.notes}`,
    });
  }

  /** The numbers of the tensor that is shown; `null` until they are known, and in an overview. */
  get stats(): TensorStats | null {
    return this.#stage.view.facts?.stats ?? null;
  }

  /**
   * Where a cell lies, in client coordinates.
   * @param index in the tensor's own axes
   * @returns `null` for an index out of range, one in another slice, or while no tensor is shown
   */
  cellRect(index: readonly number[]): DOMRect | null {
    return this.#stage.cellRect(index);
  }

  /** The cell at a point in client coordinates; `null` where there is none. */
  cellAt(clientX: number, clientY: number): {index: number[]; value: number} | null {
    return this.#stage.cellAt(clientX, clientY);
  }

  /** Puts the cell at `index` (in the tensor's own axes) in the middle, large enough to read; or `fit` all. */
  zoomTo(index: readonly number[] | 'fit'): void {
    this.#stage.zoomTo(index);
  }

  /**
   * The picture with its title and colour bar; of an overview all tiles.
   * @returns rejects with a RangeError that names the largest possible scale where a canvas cannot hold it
   */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    await this.renderComplete;
    return this.#stage.toBlob(options);
  }

  /** The values as a table: of the whole tensor (of its slice, where there are sliders), or those in view. */
  async toCSV({view = false}: {view?: boolean} = {}): Promise<string> {
    await this.renderComplete;
    return this.#stage.toCSV(view);
  }

  /** The values as a NumPy file: the tensor in its own shape, or those in view as a matrix. */
  async toNPY({view = false}: {view?: boolean} = {}): Promise<Uint8Array<ArrayBuffer>> {
    await this.renderComplete;
    return this.#stage.toNPY(view);
  }

  protected readonly readUrl = readUrl;
  protected readonly readModel = readLive;

  protected take(data: WeightData | null, refreshed: boolean): void {
    this.#walked = undefined;
    const run = data ? 'model' in data && data.model.format === 'run' : this.source.chosen && this.#runs?.waiting;
    if (!run) this.#runs?.clear();
    // what follows an empty read is read for the first time
    if (!data || this.#awaited) this.announced = !data;
    this.#awaited = !data;
    this.#draw(data, refreshed);
  }

  /** Draws data, beside what they were before where they are compared. */
  #draw(data: WeightData | null, refreshed: boolean): void {
    if (data && this.#befores.size) {
      this.#compare(refreshed);
      return;
    }
    this.#comparison?.clear();
    this.#drawn = this.#walked;
    this.#stage.take(data, refreshed);
  }

  protected lose(): void {
    // where one weight could not be read, the others can
    if (!this.source.data) {
      this.#walked = this.#drawn = undefined;
      this.#runs?.clear();
      this.#comparison?.clear();
    }
    this.#stage.lose();
  }

  protected stop(): void {
    this.#stage.stop();
    this.#comparison?.stop();
  }

  /** Sets what is compared with, or takes it away. */
  #offerBefore(name: 'own' | 'model' | 'src', load: Loader<WeightData> | null): void {
    if (load) this.#befores.set(name, load);
    else if (!this.#befores.delete(name)) return;
    this.#compare(false);
  }

  /** Compares what there is to draw. */
  #compare(refreshed: boolean): void {
    const release = this.status.work.hold('compare');
    this.#comparing ??= import('../controllers/heatmap-compare.js').then(
      ({HeatmapCompare}) =>
        (this.#comparison = new HeatmapCompare(this, {
          look: this,
          status: this.status,
          now: () => this.#now,
          befores: this.#befores,
          stage: this.#stage,
          drawn: (data, again) => {
            if (data) this.#stage.take((this.#drawn = data), again);
            else this.#draw(this.#now, again);
          },
          lost: () => {
            this.#drawn = null;
          },
          cancel: this.cancel,
        })),
    );
    void this.#comparing
      .then((comparison) => comparison.update(refreshed))
      .catch((error: unknown) => {
        this.#comparing = null;
        if (!this.#befores.size) this.#draw(this.#now, false);
        // once per input, however often it was asked for
        else if (!this.announced || !this.status.failed) this.fail(error);
      })
      .finally(release);
  }

  /** What there is to draw, or to compare. */
  get #now(): WeightData | null {
    return this.#walked === undefined ? this.source.data : this.#walked;
  }

  #offerRun(): void {
    const {runSrc: src} = this;
    const run = this.#ownRun;
    this.#own.offerRun(run !== null || src ? (signal, progress, again) => this.#readRun(run, src, signal, progress, again) : null);
  }

  async #readRun(run: unknown, src: string | null, signal: AbortSignal, tell: (loaded: number, total: number) => void, fresh: boolean): Promise<WeightData | null> {
    const {RunHeatmap} = await import('../controllers/run-heatmap.js');
    signal.throwIfAborted();
    this.#runs ??= new RunHeatmap(this, {
      look: this,
      status: this.status,
      source: this.source,
      drawn: (model, refreshed) => this.#draw((this.#walked = model && {model}), refreshed),
      fail: (error) => this.fail(error),
      befores: this.#befores,
      stage: this.#stage,
      cancel: this.cancel,
    });
    const model = await this.#runs.read(run, src, {signal, fresh, tell, ...this.fetching});
    return model && {model};
  }

  protected paint(): void {
    this.#stage.paint();
  }

  #save(what: SavedForm, name: string): void {
    if (what === 'png') void this.save(this.toBlob({fitting: true}), `${name}.png`, 'image/png');
    else if (what === 'npy') void this.save(this.toNPY(), `${name}.npy`, 'application/octet-stream');
    else void this.save(this.toCSV({view: what === 'csv-view'}), `${name}.csv`, 'text/csv');
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
