import {nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property, state} from 'lit/decorators.js';
import type {Attribution} from '../attribution/attribution.js';
import type {LossInput} from '../attribution/weight-gradients.js';
import {loadPalettes} from '../color/palette.js';
import type {BlobOptions} from '../controllers/blob.js';
import type {AttributionInput} from '../controllers/given-map.js';
import type {GradientMaps, GradientRequest} from '../controllers/gradient-input.js';
import type {GradientRuns} from '../controllers/gradient-runs.js';
import type {GradientsInput, LossGradients} from '../controllers/gradient-weights.js';
import type {HeatmapLook, HeatmapStage, SavedForm} from '../controllers/heatmap-stage.js';
import {oneOf, readSettings} from '../controllers/heatmap-settings.js';
import type {ModelRun} from '../controllers/model-run.js';
import type {NamedRun} from '../plot/training-map.js';
import type {Control, Figure, Note, Reading} from '../plot/types.js';
import type * as LossCode from '../parts/gradient-losses.js';
import type * as MapCode from '../parts/gradient-maps.js';
import {plotControls} from '../parts/plot-bar.js';
import {plotNotes} from '../parts/plot-frame.js';
import {controlStyles} from '../parts/control-styles.js';
import {plotStyles} from '../parts/plot-styles.js';
import {sharedStyles} from '../parts/styles.js';
import {isGone, isTensorLike, readTensor} from '../tensor/read-tensor.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {TensorInput, TensorValues} from '../tensor/types.js';
import {MORE_WORDS, Problem, useGradientWords} from '../words/gradient.js';
import {MORE_WORDS as PLOT_WORDS} from '../words/plot.js';
import {LEARN_WORDS, RUN_WORDS} from '../words/run.js';
import {wordsEdition} from '../words/strings.js';
import {CellEvent, type FailureEvent, LayerEvent, type LoadEvent, type LoadProgressEvent, type PointEvent} from './events.js';
import {PlotElement} from './plot-element.js';

export type {AttributionInput, GradientsInput, LossInput};

/** The events of `<gradient-map>`, by name. */
export interface GradientMapEventMap {
  load: LoadEvent;
  progress: LoadProgressEvent;
  error: FailureEvent;
  'point-hover': PointEvent;
  'point-select': PointEvent;
  'cell-hover': CellEvent;
  'cell-select': CellEvent;
  'layer-select': LayerEvent;
}

/** What is true of the examples in the input, for the loss: a tensor, or one for each output. */
export type LossLabels = TensorInput | Readonly<Record<string, TensorInput>>;

/** What stands for nothing in an input: a number, or values; for several inputs a record by their names. */
export type BaselineInput = number | TensorInput | Readonly<Record<string, TensorInput>>;

/** What is drawn: maps of an input, gradients of weights, or runs. */
type GradientData = {readonly maps: GradientMaps} | {readonly loss: LossGradients} | {readonly runs: readonly NamedRun[]};

/**
 * Shows what drives an answer of a model, and whether a model is learning.
 *
 * @element gradient-map
 * @summary Gradients: of a score by the input, of the loss by the weights, and over a training run.
 *
 * @fires {LoadEvent} load - The input has been read, the map made; once per input.
 * @fires {LoadProgressEvent} progress - Bytes have arrived, a pass has been made.
 * @fires {FailureEvent} error - The input cannot be shown; `message` says what to do. Once per input.
 * @fires {PointEvent} point-hover - The cursor stands on another place; all `null` once when it has left.
 * @fires {PointEvent} point-select - A place was clicked, tapped, or chosen with Enter.
 * @fires {CellEvent} cell-hover - Of `mode="weights"`: the cursor stands on another cell; all `null` once when it has left.
 * @fires {CellEvent} cell-select - Of `mode="weights"`: a cell was clicked, tapped, or chosen with Enter.
 * @fires {LayerEvent} layer-select - A weight was opened, or (both `null`) all of them.
 *
 * @attr {string} aria-label - The accessible name; written from the data where it is not given.
 * @attr {string} lang - The language of words and numbers; `en` and `zh` ship, `setStrings` adds others.
 *
 * @slot - What stands there until there are data.
 * @slot caption - A caption below the picture.
 *
 * @csspart toolbar - Title and buttons.
 * @csspart canvas - The picture.
 * @csspart overview - The scrolled tiles of `mode="weights"`.
 * @csspart tile - One weight of them.
 * @csspart legend - Colour bar, swatches and remarks of one weight.
 * @csspart stats - The panel of its statistics.
 * @csspart tooltip - What the cursor stands on.
 * @csspart message - Progress, an error, or why there is nothing.
 *
 * @cssprop [--tensorlens-background=light-dark(#ffffff, #14171c)] - Background.
 * @cssprop [--tensorlens-text=light-dark(#1d2430, #e6e9ee)] - Text.
 * @cssprop [--tensorlens-muted=light-dark(#5a6473, #a3adba)] - Lesser text, axes.
 * @cssprop [--tensorlens-accent=light-dark(#0b62c4, #6cb2ff)] - Links, focus.
 * @cssprop [--tensorlens-grid=light-dark(#c9cfd8, #39404b)] - Grid lines.
 * @cssprop [--tensorlens-font=system-ui, sans-serif] - Font family.
 * @cssprop [--tensorlens-nan=#ff00d4] - NaN.
 * @cssprop [--tensorlens-positive-infinity=#00e03c] - +Infinity.
 * @cssprop [--tensorlens-negative-infinity=#00c8ff] - -Infinity.
 *
 * @cssState loading - A model is being run.
 * @cssState error - The input cannot be shown.
 * @cssState empty - There are no data.
 * @cssState preview - The picture comes from samples; the exact one follows.
 */
export class GradientMapElement extends PlotElement<GradientData> {
  static override styles = [sharedStyles, controlStyles, plotStyles];
  protected static override reserved = 480;

  #run: ModelRun | null = null;
  #own: AttributionInput | null = null;
  /** What the map that was handed over was last laid over, and how. */
  #ownAsked = '';
  #baseline: BaselineInput | null = null;
  #baselineValues: Promise<TensorValues | Readonly<Record<string, TensorValues>>> | null = null;
  #baselines = 0;
  /** While names of classes are on their way. */
  #naming: {readonly ended: Promise<void>; readonly end: () => void} | null = null;
  /** Whether the next figure is of other data than the last, so that what was zoomed into is no more. */
  #fresh = true;
  #ownGradients: GradientsInput | null = null;
  #gradientTensors: ReadonlyMap<unknown, Promise<TensorValues>> = new Map();
  #ownRun: unknown = null;
  #labels: LossLabels | null = null;
  #labelValues: Promise<TensorValues | Readonly<Record<string, TensorValues>>> | null = null;
  /** Maps as they are while they grow. */
  #partial: GradientMaps | null = null;
  #data: GradientData | null = null;
  #version = 0;
  #asked = '';
  #drawn = '';
  /** Draws weights; fetched when there are some to draw. */
  #tiles: HeatmapStage | null = null;
  #tileStyles: CSSStyleSheet | null = null;
  /** What draws each kind of data; fetched with the first of it. */
  #mapCode: typeof MapCode | null = null;
  #lossCode: typeof LossCode | null = null;
  /** Draws runs; fetched with the first. */
  #runs: GradientRuns | null = null;

  @state() private palettes = false;

  /** `input`: what drives an answer; `weights`: what the loss asks of each weight; `training`: whether a model is learning. */
  @property() mode: 'input' | 'weights' | 'training' | null = 'input';

  /** What tokens, or features, are called, in the order of the input. */
  @property({attribute: false}) tokens: readonly string[] | null = null;

  /** `auto`, `gradient`, `gradient-x-input`, `smoothgrad`, `integrated-gradients`, `guided-backprop`, `grad-cam`, `grad-cam++`, `occlusion`; several with commas stand side by side. */
  @property() method: string | null = 'auto';

  /** The class whose score is explained: a name, an index, or `predicted`, text being a name first; as a property also a function of the output that gives a scalar. */
  @property() target: string | number | ((output: unknown) => unknown) | null = 'predicted';

  /** Where Grad-CAM looks: a layer by address, name or index; the last convolution by default. */
  @property({attribute: 'cam-layer'}) camLayer: string | number | null = null;

  /**
   * x′ of integrated gradients and what occlusion puts into its window: a number, or values as of the input, for several
   * inputs a record by their names. Read at once.
   */
  @property({attribute: false})
  get baseline(): BaselineInput | null {
    return this.#baseline;
  }
  set baseline(given: BaselineInput | null) {
    if ((given ?? null) === this.#baseline) return;
    this.#baseline = given ?? null;
    this.#baselines++;
    this.#baselineValues = given === null || given === undefined || typeof given === 'number' ? null : readLabels(given);
    this.#baselineValues?.catch(() => undefined); // told when they are used
    this.requestUpdate();
  }

  /** Points that integrated gradients are taken at; by default as many as completeness needs. */
  @property({type: Number}) steps: number | null = null;

  /** Noisy copies of SmoothGrad. */
  @property({type: Number}) samples: number | null = null;

  /** SmoothGrad's noise, as a share of the input's range. */
  @property({type: Number}) noise: number | null = null;

  /** Occlusion's window, in values along each axis of places. */
  @property({type: Number}) window: number | null = null;

  /** How far the window moves. */
  @property({type: Number}) stride: number | null = null;

  /** Of the noise. */
  @property({type: Number}) seed: number | null = null;

  /** Which example of a batch, from 0. */
  @property({type: Number}) example = 0;

  /** How much of the map lies over its picture, 0 to 1. */
  @property({type: Number}) opacity = 0.85;

  /** `signed` tells what speaks for the target from what speaks against it, `absolute` only how much. */
  @property() values: 'signed' | 'absolute' | null = 'signed';

  /** Share of all attribution that the largest values hold which are drawn in full colour. */
  @property({type: Number}) clip = 0.02;

  /** Draws how the score falls as the most important places are taken away, and rises as they are put back. */
  @property({type: Boolean}) curves = false;

  /** Checks whether the map depends on the model: its weights are randomised, on copies, from the top down. */
  @property({type: Boolean}) sanity = false;

  /** Of `training`: `gradient-rms`, `update-ratio` or `weight-rms`. */
  @property() metric: 'gradient-rms' | 'update-ratio' | 'weight-rms' | null = 'gradient-rms';

  /** What is true of the examples in `input`, with `mode="weights"`: a tensor, for several outputs a record by their names. Read at once. */
  @property({attribute: false})
  get labels(): LossLabels | null {
    return this.#labels;
  }
  set labels(labels: LossLabels | null) {
    this.#labels = labels ?? null;
    this.inputs++;
    this.#readLabels();
    this.requestUpdate();
  }

  /** With `mode="weights"`: the loss, by name as Keras has it or as a function of labels and outputs; by default that of `compile()`. */
  @property({attribute: false}) loss: LossInput | null = null;

  /** Read: the gradients that are drawn, as `weightGradients` gives them. Set: some that were made elsewhere, by address; they come before `model`. */
  @property({attribute: false})
  get gradients(): GradientsInput | null {
    const data = this.#data;
    return (data && 'loss' in data ? data.loss.found : null) ?? this.#ownGradients;
  }
  set gradients(given: GradientsInput | null) {
    this.#ownGradients = given ?? null;
    this.#gradientTensors = takeTensors(given);
    this.#offerOwn('weights');
    this.requestUpdate();
  }

  /** The layer to show in full, by address or index: of `weights` its gradient, of `training` its histograms. */
  @property() layer: string | number | null = null;

  /** The weight of the layer, by name or index; the first by default. */
  @property() weight: string | number | null = null;

  /** Of `weights`: an einops-like pattern such as `"h w i o -> (o h) (i w)"`; automatic by default. */
  @property() arrange: string | null = null;

  /** An interpolator of d3-scale-chromatic by name; automatic by default. */
  @property() scheme: string | null = null;

  /** Turns the scheme round. */
  @property({type: Boolean}) reverse = false;

  /** `auto`, `robust` (2nd–98th percentile), `shared` (one for all weights) or two numbers: `"-1,1"`. */
  @property() domain: string | readonly [number, number] | null = 'auto';

  /** Where a diverging scale turns: a number, or `none`. */
  @property() center: number | string | null = 0;

  /** `linear`, `symlog`, `log` or `rank`. */
  @property() transform: 'linear' | 'symlog' | 'log' | 'rank' | null = 'linear';

  /** Of `weights`: what a pixel shows that holds several cells, the `extreme` one or their `mean`. */
  @property() pool: 'extreme' | 'mean' | null = 'extreme';

  /** Of `weights`: words that a tile must have in its address, layer type or shape. */
  @property() query = '';

  /** Of `weights`: the order of the tiles, `order`, `size` or `norm`. */
  @property() sort: 'order' | 'size' | 'norm' | null = 'order';

  /** Of `training`: the step up to which a run is shown, from 0; all of it by default. */
  @property({type: Number}) step: number | null = null;

  /**
   * Read: the first map that is drawn. Set: one that was made elsewhere, `{data, shape}` at least; it comes before `model`,
   * and lies over `input` or `input-src`. A first axis of 1 is left out, a picture's channels may come first, and a map of
   * fewer places is enlarged.
   */
  @property({attribute: false})
  get attribution(): Attribution | AttributionInput | null {
    const data = this.#data;
    return data && 'maps' in data ? ((data.maps.shots[0]?.map as AttributionInput | undefined) ?? null) : this.#own;
  }
  set attribution(given: AttributionInput | null) {
    this.#own = given ?? null;
    this.#offerOwn('input');
    this.requestUpdate();
  }

  /** A run of `watch()`, its record, or several: `[{name, run}, …]`. Drawn with `mode="training"`. */
  @property({attribute: false})
  get run(): unknown {
    return this.#ownRun;
  }
  set run(run: unknown) {
    this.#ownRun = run ?? null;
    this.#offerOwn('training');
    this.requestUpdate();
  }

  /** Address of a recorded run. */
  @property({attribute: 'run-src'}) runSrc: string | null = null;

  constructor() {
    super();
    useGradientWords();
    this.status.addWords(MORE_WORDS, PLOT_WORDS, RUN_WORDS, LEARN_WORDS);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    if (this.status.told('classes') !== null) this.#naming?.end();
    if (changed.has('tokens')) this.#version++;
    if (changed.has('mode')) this.#offerOwn();
    else if (changed.has('runSrc')) this.#offerOwn('training');
    this.#reask(changed);
    if (changed.has('mode')) this.#checkMode();
    if (!this.#heatmaps) return;
    this.#runs?.update();
    if (changed.has('layer') || changed.has('weight')) this.#tiles!.choose(false);
    this.#tiles!.prepare();
  }

  protected override settle(): void {
    const heatmaps = this.#heatmaps;
    this.#style(heatmaps);
    if (heatmaps) this.#tiles!.update(GradientMapElement.reserved);
    else super.settle();
  }

  protected override render(): TemplateResult {
    const {say} = this.status;
    const {mode} = this;
    if (this.#heatmaps) {
      const data = this.#data!;
      const notes = 'loss' in data ? [...this.#lossCode!.lossNotes(data.loss.found, this.status), ...this.rangeNotes(data.loss.range)] : this.#runs!.notes;
      return this.#tiles!.render({slot: true, empty: say('gradientNothing'), controls: plotControls(this.#controls(), say), notes: plotNotes(notes)});
    }
    return this.frame({
      kind: 'heatmap',
      kinds: [],
      scales: [],
      handlers: {kind: () => undefined, scale: () => undefined},
      empty: say(mode === 'weights' ? 'gradientNothingWeights' : mode === 'training' ? 'gradientNothingTraining' : 'gradientNothing'),
      keys: say('gradientKeys'),
      controls: this.#controls(),
      notes: this.#notes(),
      below: nothing,
      name: 'gradient-map',
    });
  }

  /** Reads the data again: the input, the labels, the weights as they are now. Resolves when they are drawn. */
  override async refresh(): Promise<void> {
    if (!isGone(this.#labels)) this.#readLabels();
    return super.refresh();
  }

  override async toBlob(options: BlobOptions = {}): Promise<Blob> {
    await this.renderComplete;
    return this.#heatmaps ? this.#tiles!.toBlob(options) : super.toBlob(options);
  }

  /** The numbers of the picture, as comma-separated values; of all gradients their norms, of one weight the whole tensor. */
  override async toCSV(): Promise<string> {
    await this.renderComplete;
    const data = this.#data;
    if (data && 'loss' in data && data.loss.found && !this.layer && !this.weight) return this.#lossCode!.lossCsv(data.loss.found);
    return this.#heatmaps ? this.#tiles!.toCSV(false) : super.toCSV();
  }

  protected override get runsModel(): boolean {
    const {mode} = this;
    return mode !== 'training' && !(mode === 'weights' ? this.#ownGradients : this.#own);
  }

  protected readUrl(src: string, options: OpenOptions): Promise<GradientData> {
    return this.#ask(src, {...options, signal: options.signal!});
  }

  protected readModel(model: object, signal: AbortSignal): Promise<GradientData> {
    return this.#ask(model, {signal, ...this.fetching});
  }

  protected take(data: GradientData | null, refreshed: boolean): void {
    this.status.clear('input');
    this.status.clear('drawing');
    this.#fresh ||= !refreshed && this.#partial === null;
    this.#partial = null;
    this.#data = data;
    this.#version++;
    if (data && 'runs' in data) this.#runs!.take(data.runs, refreshed);
    else this.#runs?.clear();
    if (data && 'loss' in data) this.#tiles!.take({model: data.loss.model}, refreshed);
    else if (!this.#runs?.open) this.#tiles?.clear();
    if (!data || 'loss' in data) this.view.show(null, true);
    this.requestUpdate();
  }

  protected lose(): void {
    // where one weight could not be read, the others can
    if (this.source.data && this.#heatmaps) return this.#tiles!.lose();
    this.#data = this.#partial = null;
    this.#version++;
    this.#runs?.clear();
    this.view.show(null, true);
    this.#tiles?.clear();
  }

  protected override stop(): void {
    super.stop();
    this.#naming?.end();
    this.#tiles?.stop();
  }

  protected override paint(): void {
    if (this.#heatmaps) this.#tiles!.paint();
    else super.paint();
  }

  protected get unnamed(): string {
    return this.status.say('gradientInputTitle');
  }

  /** A cell of a training map opens its weight. */
  protected override chosen(reading: Reading): void {
    this.#runs?.select(reading);
  }

  /** Whether weights are drawn rather than a figure. */
  get #heatmaps(): boolean {
    const data = this.#data;
    return !!data && ('loss' in data || !!this.#runs?.open);
  }

  /** Another mode begins with the whole of its picture; one that is none is told of. */
  #checkMode(): void {
    this.#runs?.close();
    try {
      oneOf('mode', this.mode, ['input', 'weights', 'training']);
      this.status.clear('view');
    } catch (error) {
      this.status.fail('view', error);
    }
  }

  /** What the page has handed over itself: runs, gradients or a map, as the mode asks. */
  #offerOwn(changed?: 'input' | 'weights' | 'training'): void {
    const {mode, runSrc} = this;
    const [run, gradients, own] = [this.#ownRun, this.#ownGradients, this.#own];
    const key = mode === 'training' ? 'training' : mode === 'weights' ? 'weights' : 'input';
    if (changed && changed !== key) return; // nothing of this mode
    if (key === 'training' && (run !== null || runSrc)) this.source.offer('own', (signal, _progress, again) => this.#readRuns(run, runSrc, signal, again));
    else if (key === 'weights' && gradients) this.source.offer('own', async (_signal, _progress, again) => {
      if (again && !isGone(gradients)) this.#gradientTensors = takeTensors(gradients);
      const tensors = this.#gradientTensors;
      const [{readGradients}] = await Promise.all([import('../controllers/gradient-weights.js'), this.#needLosses()]);
      return {loss: readGradients(gradients, tensors)};
    });
    else if (key === 'input' && own) {
      this.#ownAsked = this.#ownKey;
      this.source.offer('own', async (signal) => {
        const [{readMap}] = await Promise.all([import('../controllers/given-map.js'), this.#needMaps()]);
        const taken = this.taken ?? (this.inputSrc ? await (await import('../controllers/model-input.js')).fetchInput(this.inputSrc, this.fetching, signal) : null);
        return {maps: await readMap(own, taken, {example: this.#example, resize: this.inputResize, ...this.#share, signal})};
      });
    } else this.source.offer('own', null);
  }

  async #readRuns(given: unknown, src: string | null, signal: AbortSignal, fresh: boolean): Promise<GradientData> {
    const {GradientRuns} = await import('../controllers/gradient-runs.js');
    signal.throwIfAborted();
    this.#runs ??= new GradientRuns(this, {
      look: this,
      status: this.status,
      view: this.view,
      tiles: () => this.#needTiles(),
      changed: () => {
        this.#version++;
        this.requestUpdate();
      },
      opened: (layer, weight) => this.dispatchEvent(new LayerEvent(layer, weight)),
      cancel: this.cancel,
    });
    return {runs: await this.#runs.read(given, src, {signal, fresh, tell: (loaded, total) => this.status.progress(loaded, total), ...this.fetching})};
  }

  /** What a map that was handed over lies over. */
  get #ownKey(): string {
    return JSON.stringify([this.inputs, this.inputSrc, this.inputResize, this.#example]);
  }

  get #example(): number {
    return Math.max(0, Math.round(this.example || 0));
  }

  /** How maps are summed and cut off. */
  get #share(): {signed: boolean; clip: number} {
    return {signed: this.values !== 'absolute', clip: Number.isNaN(this.clip) ? 0.02 : Math.min(1, Math.max(0, this.clip))};
  }

  protected override named(): void {
    super.named();
    this.#naming?.end();
    this.#naming = null;
    if (!this.classesSrc || this.fetchedClasses !== null) return;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#naming = {ended, end};
  }

  /** Waits for the names of classes: a target may be one of them. */
  async #namesKnown(signal: AbortSignal): Promise<void> {
    if (!this.#naming || this.classes) return;
    await Promise.race([this.#naming.ended, new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true}))]);
  }

  /** What a model is run on, or how, is new input. */
  #reask(changed: PropertyValues<this>): void {
    const {mode, inputSrc, inputRange, inputResize, output, method, target, camLayer, steps, samples, noise, window: size, stride, seed, example, curves, sanity} = this;
    if (this.#own && mode !== 'weights' && mode !== 'training' && this.#ownAsked !== this.#ownKey) this.#offerOwn();
    const own = mode === 'weights' ? [typeof this.loss === 'function' ? 'own' : this.loss] : [output, method, typeof target === 'function' ? 'own' : target, camLayer, this.#baselines, steps, samples, noise, size, stride, seed, example, curves, sanity, this.classesSrc];
    // a run is drawn without running anything
    const training = mode === 'training';
    const asked = JSON.stringify(training ? [mode] : [mode, this.inputs, inputSrc, inputRange, inputResize, own]);
    const same = training || (mode === 'weights' ? !changed.has('loss') : !changed.has('classes') && !changed.has('target'));
    if (asked === this.#asked && same) return;
    this.#asked = asked;
    if (this.model) this.offerModel();
    if (this.src) this.offerSrc();
  }

  async #ask(of: object | string, options: OpenOptions & {signal: AbortSignal}): Promise<GradientData> {
    if (this.mode === 'training') throw new Problem('gradientNoRun');
    const {signal} = options;
    const end = this.status.begin(this.cancel, 'running');
    const progress = (loaded: number, total: number): void => void (signal.aborted || this.status.progress(loaded, total, 'running'));
    try {
      const {ModelRun} = await import('../controllers/model-run.js');
      const run = (this.#run ??= new ModelRun(this));
      if (this.mode === 'weights') {
        const [{gradientsOfLoss}] = await Promise.all([import('../controllers/gradient-weights.js'), this.#needLosses()]);
        signal.throwIfAborted();
        return {loss: await gradientsOfLoss(run, of, {taken: this.taken, inputSrc: this.inputSrc, labels: this.#labelValues, loss: this.loss, range: this.inputRange, resize: this.inputResize}, options, progress)};
      }
      this.#partial = null;
      const [{mapsOf}] = await Promise.all([import('../controllers/gradient-input.js'), this.#needMaps(), this.#namesKnown(signal)]);
      signal.throwIfAborted();
      const partial = (maps: GradientMaps): void => {
        if (signal.aborted) return;
        this.#fresh ||= this.#partial === null;
        this.#partial = maps;
        this.#version++;
        this.requestUpdate();
      };
      return {maps: await mapsOf(run, of, await this.#request(), options, {progress, partial})};
    } finally {
      end();
    }
  }

  /** What maps are asked for. */
  async #request(): Promise<GradientRequest> {
    const optional = <T>(name: string, value: T | null): Record<string, T> => (value === null || value === '' || Number.isNaN(value) ? {} : {[name]: value});
    const baseline = this.#baselineValues ? await this.#baselineValues : typeof this.#baseline === 'number' ? this.#baseline : null;
    return {
      taken: this.taken,
      inputSrc: this.inputSrc,
      output: this.output,
      range: this.inputRange,
      resize: this.inputResize,
      classes: this.classes ?? this.fetchedClasses,
      methods: (this.method || 'auto').split(',').map((m) => m.trim()).filter(Boolean),
      example: this.#example,
      curves: this.curves,
      sanity: this.sanity,
      ...this.#share,
      options: {
        ...optional('target', this.target as string | number | null),
        ...optional('camLayer', this.camLayer), ...optional('baseline', baseline), ...optional('steps', this.steps), ...optional('samples', this.samples),
        ...optional('noise', this.noise), ...optional('window', this.window), ...optional('stride', this.stride), ...optional('seed', this.seed),
      },
    };
  }

  #readLabels(): void {
    const labels = this.#labels;
    this.#labelValues = labels === null ? null : readLabels(labels);
    this.#labelValues?.catch(() => undefined); // told when they are used
  }

  async #needMaps(): Promise<void> {
    this.#mapCode ??= await import('../parts/gradient-maps.js');
    this.#mapCode.useKindWords();
  }

  async #needLosses(): Promise<void> {
    [this.#lossCode] = await Promise.all([import('../parts/gradient-losses.js'), this.#needTiles()]);
  }

  async #needTiles(): Promise<HeatmapStage> {
    if (this.#tiles) return this.#tiles;
    const [{HeatmapStage}, {heatmapStyles}] = await Promise.all([import('../controllers/heatmap-stage.js'), import('../parts/heatmap-styles.js'), loadPalettes()]);
    this.#tileStyles ??= heatmapStyles.styleSheet!;
    return (this.#tiles ??= new HeatmapStage(this, {
      status: this.status,
      theme: this.theme,
      surface: this.surface,
      look: () => this.#look,
      change: (look) => Object.assign(this, look),
      data: () => this.#runs?.data ?? (this.#data && 'loss' in this.#data ? {model: this.#data.loss.model} : null),
      pending: () => this.source.pending,
      greedy: () => this.gestures === 'greedy',
      announce: () => this.announce(),
      fail: (error) => this.fail(error),
      cancel: this.cancel,
      reserve: (height) => this.reserve(height),
      save: (what, name) => this.#save(what, name),
      cell: (type, place) => this.dispatchEvent(new CellEvent(type, place)),
      opened: (info) => this.dispatchEvent(new LayerEvent(info && info.layer, info && info.weight)),
    }));
  }

  /** Heatmaps have styles of their own. */
  #style(heatmaps: boolean): void {
    const sheet = this.#tileStyles;
    const root = this.renderRoot as ShadowRoot;
    if (!sheet || root.adoptedStyleSheets.includes(sheet) === heatmaps) return;
    if (heatmaps) root.adoptedStyleSheets.push(sheet);
    else root.adoptedStyleSheets = root.adoptedStyleSheets.filter((s) => s !== sheet);
    this.surface.measure();
  }

  get #look(): HeatmapLook {
    const {layer, weight, arrange, scheme, reverse, domain, center, transform, pool, query, sort} = this;
    return {layer, weight, arrange, scheme, reverse, domain, center, transform, pool, query, sort, complex: null, mark: null, aspect: null, domainPer: null, annotate: false};
  }

  #save(what: SavedForm, name: string): void {
    const {renderComplete} = this;
    if (what === 'png') void this.save(this.toBlob({fitting: true}), `${name}.png`, 'image/png');
    else if (what === 'npy') void this.save(renderComplete.then(() => this.#tiles!.toNPY(false)), `${name}.npy`, 'application/octet-stream');
    else void this.save(renderComplete.then(() => this.#tiles!.toCSV(what === 'csv-view')), `${name}.csv`, 'text/csv');
  }

  /** What is drawn: maps as they grow before those that were there. */
  get #shown(): GradientData | null {
    return this.#partial ? {maps: this.#partial} : this.#data;
  }

  protected apply(): void {
    const data = this.#shown;
    if (!data || 'loss' in data) return;
    try {
      if (!this.palettes) {
        const release = this.status.work.hold('palettes');
        void loadPalettes()
          .then(() => (this.palettes = true))
          .catch((error: unknown) => this.status.fail('drawing', error))
          .finally(release);
        return;
      }
      const {say, lang} = this.status;
      const metric = oneOf('metric', this.metric, ['gradient-rms', 'update-ratio', 'weight-rms']);
      const signed = oneOf('values', this.values, ['signed', 'absolute']) === 'signed';
      const {scale: color} = readSettings(this.#look, null, true);
      const step = this.step === null || Number.isNaN(this.step) ? null : this.step;
      const look = JSON.stringify([this.#version, metric, signed, this.opacity, this.clip, step, this.layer, this.weight, color, lang, wordsEdition(), this.#mapCode?.specialColors(this.theme.theme)]);
      if (look === this.#drawn) return;
      const fresh = this.#fresh && !('runs' in data);
      this.#drawn = look;
      const figure: Figure = 'runs' in data ? this.#runs!.figure({metric, step}) : this.#mapCode!.attributionFigure(data.maps.shots, data.maps.curves, {opacity: Number.isNaN(this.opacity) ? 0.85 : Math.min(1, Math.max(0, this.opacity)), ...this.#share, color, special: this.#mapCode!.specialColors(this.theme.theme), tokens: this.tokens, lang, say});
      this.status.clear('drawing');
      this.view.resize(this.surface.size, this.theme.theme);
      this.view.show(figure, fresh);
      this.#fresh = false;
      if (this.#data) this.announce();
      this.requestUpdate();
    } catch (error) {
      // drawn again when it is right, though it is what was drawn before
      if (this.#drawn.startsWith(`[${this.#version},`)) this.#drawn = `[${this.#version},`;
      this.status.fail('drawing', error);
    }
  }

  #controls(): Control[] {
    const {say} = this.status;
    const data = this.#shown;
    if (!data || 'loss' in data) return [];
    if (!('runs' in data)) return this.#mapCode!.attributionControls(data.maps, this, !!(this.model || this.src) && !this.#own, say);
    return this.#runs!.controls;
  }

  #notes(): Note[] {
    const data = this.#shown;
    if (data && 'maps' in data) return [...this.#mapCode!.attributionNotes(data.maps, this.status), ...this.rangeNotes(data.maps.range)];
    return data && 'runs' in data ? this.#runs!.notes : [];
  }
}

/** Begins to read gradients within the setter, where they are tensors: they may be disposed of right after. Others are read when they are drawn. */
function takeTensors(given: GradientsInput | null | undefined): ReadonlyMap<unknown, Promise<TensorValues>> {
  return new Map(
    Object.values(given ?? {})
      .filter(isTensorLike)
      .map((tensor) => {
        const reading = readTensor(tensor);
        reading.catch(() => undefined); // told where it is shown
        return [tensor, reading];
      }),
  );
}

/** Reads labels within the setter: tensors may be disposed of right after. */
function readLabels(labels: LossLabels): Promise<TensorValues | Readonly<Record<string, TensorValues>>> {
  const plain = typeof labels === 'object' && !Array.isArray(labels) && Object.getPrototypeOf(labels) === Object.prototype && !('data' in labels && 'shape' in labels);
  if (!plain) return readTensor(labels as TensorInput);
  const names = Object.keys(labels);
  return Promise.all(names.map((name) => readTensor((labels as Record<string, TensorInput>)[name]!))).then((all) => Object.fromEntries(names.map((name, i) => [name, all[i]!])));
}

/** Listeners know their events. */
export interface GradientMapElement {
  addEventListener<K extends keyof GradientMapEventMap>(type: K, listener: (this: GradientMapElement, event: GradientMapEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: GradientMapElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof GradientMapEventMap>(type: K, listener: (this: GradientMapElement, event: GradientMapEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: GradientMapElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'gradient-map': GradientMapElement;
  }
}
