import {html, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property, state} from 'lit/decorators.js';
import {Chosen} from '../controllers/chosen.js';
import {followRuns} from '../controllers/follow-runs.js';
import {oneOf} from '../controllers/heatmap-settings.js';
import {InlineData} from '../controllers/inline-data.js';
import type {Taken} from '../controllers/take-input.js';
import {PlotEmbedding} from '../controllers/plot-embedding.js';
import type * as PlotFiles from '../controllers/plot-files.js';
import {PlotFigure} from '../controllers/plot-figure.js';
import {PlotInside} from '../controllers/plot-inside.js';
import {PlotModel} from '../controllers/plot-model.js';
import {type HistoryReader, type LabelsInput, OwnPlotData, type RunReader, type SeriesInput} from '../controllers/plot-reading.js';
import type {RunPlayer} from '../controllers/run-player.js';
import {inkOf} from '../paint/ink.js';
import type {PlotData} from '../plot/data.js';
import type {PlotSettings} from '../plot/kind.js';
import type {Control, Figure, Reading} from '../plot/types.js';
import type {PlotBarHandlers} from '../parts/plot-bar.js';
import {type ExampleView, plotExamples, plotLegend} from '../parts/plot-frame.js';
import {controlStyles} from '../parts/control-styles.js';
import {plotStyles} from '../parts/plot-styles.js';
import {sharedStyles} from '../parts/styles.js';
import {classCount, classNames} from '../tensor/classes.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {TensorInput} from '../tensor/types.js';
import {MORE_WORDS, Problem, usePlotWords} from '../words/plot.js';
import {LEARN_WORDS, RUN_WORDS} from '../words/run.js';
import {wordsEdition} from '../words/strings.js';
import {type FailureEvent, HighlightEvent, LayerEvent, type LoadEvent, type LoadProgressEvent, type PointEvent, ThresholdEvent} from './events.js';
import {PlotElement} from './plot-element.js';

/** The events of `<output-plot>`, by name. */
export interface OutputPlotEventMap {
  load: LoadEvent;
  progress: LoadProgressEvent;
  error: FailureEvent;
  'point-hover': PointEvent;
  'point-select': PointEvent;
  'threshold-change': ThresholdEvent;
  'highlight-change': HighlightEvent;
  'layer-select': LayerEvent;
}

/** The reader of files is fetched when there is one. */
const files = (): Promise<typeof PlotFiles> => import('../controllers/plot-files.js');

type AxisScaleName = 'linear' | 'log' | 'symlog';

/** CSS px of the width by which a picture is laid out anew. */
const STEP = 80;
/** A hidden tab gets no animation frames: after so many ms logs are drawn without one. */
const FRAME_DEADLINE = 200;
/**
 * Shows what a model puts out, and how good it is.
 *
 * @element output-plot
 * @summary A model's outputs and their quality: classes, curves, confusion, calibration, training history.
 *
 * @fires {LoadEvent} load - The input has been read; once per input.
 * @fires {LoadProgressEvent} progress - Bytes have arrived, a batch has been predicted.
 * @fires {FailureEvent} error - The input cannot be shown; `message` says what to do. Once per input.
 * @fires {PointEvent} point-hover - The cursor stands on another mark; all `null` once when it has left.
 * @fires {PointEvent} point-select - A mark was clicked, tapped, or chosen with Enter; `indices` are the examples behind it.
 * @fires {ThresholdEvent} threshold-change - The user has moved the threshold.
 * @fires {HighlightEvent} highlight-change - The user has chosen examples, or none.
 * @fires {LayerEvent} layer-select - The user has opened a layer of `activations`, or gone back to all of them (`layer` is `null`).
 *
 * @attr {string} aria-label - The accessible name; written from the data where it is not given.
 * @attr {string} lang - The language of words and numbers; `en` and `zh` ship, `setStrings` adds others.
 *
 * @slot - What stands there until there are data; or the data themselves, as JSON.
 * @slot caption - A caption below the picture.
 *
 * @csspart toolbar - Title, kind of plot, and buttons.
 * @csspart canvas - The picture.
 * @csspart legend - The series and their colours.
 * @csspart examples - The examples behind what was chosen.
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
 * @cssState loading - Data are being read, or a model is being run.
 * @cssState error - The input cannot be shown.
 * @cssState empty - There are no data.
 */
export class OutputPlotElement extends PlotElement<PlotData> {
  static override styles = [sharedStyles, controlStyles, plotStyles];
  protected static override reserved = 480;

  readonly #own = new OwnPlotData((load) => this.source.offer('own', load));
  protected override readonly inline = new InlineData(this, (text) => {
    this.#sets++;
    this.source.offer('inline', text === null ? null : async () => (await files()).readPlotText(text));
  });
  readonly #model = new PlotModel(this);
  readonly #figure = new PlotFigure({
    begin: (giveUp) => this.status.begin(() => giveUp?.() || this.cancel(), 'computing'),
    progress: (share) => this.status.progress(share, 1, 'computing'),
    ready: (figure, fresh) => this.#ready(figure, fresh),
    failed: (error) => {
      // the data stay: another setting may be right for them
      this.view.show(null, true);
      this.status.fail('drawing', error);
    },
  });
  /** Changes with arrays that are too long to compare. */
  #lit = 0;
  /** Logs have come that are not drawn yet; whether there are other curves than before. */
  #growing: (() => void) | undefined;
  #anew = false;
  /** Ends listening to a run. */
  #unfollow: (() => void) | undefined;
  /** Changes with data that the page sets, and what all of them were last. */
  #sets = 0;
  #given = '';
  readonly #chosen = new Chosen<OutputPlotElement>(this);
  readonly #embedding = new PlotEmbedding(this, this.#chosen);
  readonly #inside = new PlotInside(this, this.#chosen, {
    places: () => this.source.data?.activations?.places ?? [],
    opened: (layer) => this.dispatchEvent(new LayerEvent(layer, null)),
  });
  /** Walks over a run; fetched with the first. */
  #player: RunPlayer | null = null;

  @state() private temperature: number | null = null;

  /** `auto` chooses by the data, or one of the kinds. */
  @property() kind: 'auto' | 'bars' | 'line' | 'scatter' | 'residuals' | 'histogram' | 'heatmap' | 'image' | 'history' | 'confusion' | 'roc' | 'pr' | 'calibration' | 'embedding' | 'activations' | null = 'auto';

  /** Any tensor: `tf.Tensor`, `{data, shape, dtype?}`, a typed array or nested arrays. Read at once. */
  @property({attribute: false})
  get tensor(): TensorInput | null {
    return (this.#own.values.tensor as TensorInput | undefined) ?? null;
  }
  set tensor(input: TensorInput | null) {
    this.#set('tensor', input);
  }

  /** What a model puts out for examples, its first axis the examples: scores `[n]`, `[n, 1]`, `[n, classes]`, or values. Read at once. */
  @property({attribute: false})
  get predictions(): TensorInput | null {
    return (this.#own.values.predictions as TensorInput | undefined) ?? null;
  }
  set predictions(input: TensorInput | null) {
    this.#set('predictions', input);
  }

  /** What is true of the same examples: indices of classes `[n]`, one-hot rows `[n, classes]`, names of classes, or values. Read at once. */
  @property({attribute: false})
  get labels(): LabelsInput | null {
    return (this.#own.values.labels as LabelsInput | undefined) ?? null;
  }
  set labels(input: LabelsInput | null) {
    this.#set('labels', input);
  }

  /** Several of them side by side, such as models that are compared: `[{name, predictions, labels}, …]`. Read at once. */
  @property({attribute: false})
  get series(): readonly SeriesInput[] | null {
    return (this.#own.values.series as readonly SeriesInput[] | undefined) ?? null;
  }
  set series(input: readonly SeriesInput[] | null) {
    this.#set('series', input);
  }

  /** A training history: a `tf.History`, its `history` object, `{loss: […], val_loss: […]}`, or the text of a Keras CSVLogger file. */
  @property({attribute: false})
  get history(): object | string | null {
    return (this.#own.values.history as object | undefined) ?? null;
  }
  set history(input: object | string | null) {
    this.#set('history', input);
  }

  /** A run of `watch()`, its record, or several as `[{name, run}, …]`: its curves, live. */
  @property({attribute: false})
  get run(): unknown {
    return this.#own.values.run ?? null;
  }
  set run(input: unknown) {
    this.#set('run', input);
    this.#follow();
  }

  /** Address of a recorded run. */
  @property({attribute: 'run-src'}) runSrc: string | null = null;

  /** The step of a run up to which its curves are drawn, from 0; all of it by default. */
  @property({type: Number}) step: number | null = null;

  /** Address of a training history: JSON, or a Keras CSVLogger file. */
  @property({attribute: 'history-src'}) historySrc: string | null = null;

  /** Scale of the horizontal axis: `linear`, `log` or `symlog`. */
  @property({attribute: 'x-scale'}) xScale: 'linear' | 'log' | 'symlog' | null = null;

  /** Scale of the vertical axis: `linear`, `log` or `symlog`. */
  @property({attribute: 'y-scale'}) yScale: 'linear' | 'log' | 'symlog' | null = null;

  /** How many classes `bars` shows. */
  @property({attribute: 'top-k', type: Number}) topK = 5;

  /** What of a model `activations` opens in full, or `embedding` takes: a layer's address, name or index; by default all layers, or the last hidden one. */
  @property() layer: string | number | null = null;

  /** Of `activations`: the example that stands beside the other, from 0. */
  @property({attribute: 'compare-example', type: Number}) compareExample: number | null = null;

  /** Which example of a batch `bars`, `image`, `heatmap` and `activations` show, from 0. */
  @property({type: Number}) example = 0;

  /** Weight of the past in the smoothed curves of `history`, 0 to below 1; by default by their length. */
  @property({type: Number}) smoothing: number | null = null;

  /** What `history` has along x: `epoch`, `step` or `time`. */
  @property({attribute: 'x-axis'}) xAxis: 'epoch' | 'step' | 'time' | null = null;

  /** What the cells of `confusion` are shares of: `none` (counts), `true`, `pred` or `all`. */
  @property() normalized: 'none' | 'true' | 'pred' | 'all' | null = 'none';

  /** The class that counts as positive, by index or name; by default of two the second, of more each in turn. */
  @property() positive: string | number | null = null;

  /** Scores from it on count as positive. */
  @property({type: Number}) threshold: number | null = null;

  /** Indices of examples that stand out. */
  @property({attribute: false}) highlighted: readonly number[] = [];

  /** Shows an example: a picture, or words. By default the pictures of `input`. */
  @property({attribute: false}) examples: ((index: number) => ExampleView) | null = null;

  /** How many bins `histogram` and `calibration` have; by default by the data. */
  @property({type: Number}) bins: number | null = null;

  /** How `embedding` makes points of vectors: `pca` (by default), `tsne` or `umap`. What the page sets starts at once. */
  @property() method: 'auto' | 'pca' | 'tsne' | 'umap' | null = 'auto';

  /** By which distance vectors of `embedding` are near: `euclidean` or `cosine`. */
  @property() metric: 'euclidean' | 'cosine' | null = 'euclidean';

  /** Gives each column of the vectors of `embedding` mean 0 and variance 1 first, so that all weigh the same. */
  @property({type: Boolean}) standardize = false;

  /** Of t-SNE: about how many neighbours each point keeps near; below a third of the examples. 30 is fewer where there are few examples. */
  @property({type: Number}) perplexity: number | null = 30;

  /** Of UMAP: how many neighbours each point is joined with; below the number of examples. 15 is fewer where there are few. */
  @property({type: Number}) neighbors: number | null = 15;

  /** Of UMAP: how near points may come to each other, 0 to 1. */
  @property({attribute: 'min-dist', type: Number}) minDist: number | null = 0.1;

  /** Of what is drawn by lot in `embedding`: the same seed gives the same picture. */
  @property({type: Number}) seed: number | null = 0;

  /** Which two principal components `embedding` draws, from 1: `1,2`. */
  @property() components: string | readonly [number, number] | null = '1,2';

  /** Draws the points of `embedding` as the pictures of their examples. */
  @property({type: Boolean}) pictures = false;

  /** A score that a model has to beat, such as the share of the largest class: `history` calls less underfitting. */
  @property({type: Number}) baseline: number | null = null;

  constructor() {
    super();
    usePlotWords();
    this.status.addWords(MORE_WORDS, RUN_WORDS, LEARN_WORDS);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#follow();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    const given = JSON.stringify([this.#sets, this.inputs, this.inputSrc, this.src, this.historySrc, this.runSrc]);
    if (given !== this.#given || changed.has('model')) this.#forget();
    this.#given = given;
    this.#rerun();
    if (changed.has('historySrc')) {
      const src = this.historySrc;
      this.#own.set('history-src', src ? ((async (signal, onProgress) => (await files()).readHistoryUrl(src, {signal, onProgress, ...this.fetching})) satisfies HistoryReader) : null);
    }
    if (changed.has('runSrc')) {
      const src = this.runSrc;
      this.#own.set('run-src', src ? ((async (signal, tell, fresh) => (await import('../controllers/plot-run.js')).readRunUrl(src, {signal, fresh, tell, ...this.fetching})) satisfies RunReader) : null);
    }
    if (changed.has('step')) {
      this.#own.step = this.step === null || Number.isNaN(this.step) ? null : this.step;
      const {used} = this.#own;
      if (used === 'run' || used === 'run-src') this.source.refresh();
    }
    if (changed.has('highlighted') || changed.has('classes') || changed.has('examples')) this.#lit++;
  }

  protected override render(): TemplateResult {
    const {say, lang} = this.status;
    const {figure} = this.view;
    return this.frame({
      kind: this.#figure.kind ?? 'heatmap',
      kinds: this.#figure.possible,
      scales: figure ? this.#scales(figure) : [],
      handlers: this.#handlers,
      empty: say('plotNothing'),
      keys: say('plotKeys'),
      controls: [...this.#outputControl(), ...(this.#player?.controls ?? []), ...(figure?.controls ?? [])],
      back: this.#inside.back(say),
      notes: this.rangeNotes(this.runsModel ? this.#model.range : null),
      name: this.#figure.kind ?? 'plot',
      // one that was removed meanwhile has no colours
      below: figure && this.isConnected
        ? html`${plotLegend(figure.legend, this.view.hidden, (item) => inkOf(item.ink, this.theme.theme), say, (series) => this.stage.toggle(series))}
            ${plotExamples(Array.from(this.highlighted ?? []), this.#exampleOf, figure.caption ?? String, say, lang, () => this.#highlight([]))}`
        : nothing,
    });
  }

  /**
   * The numbers behind the picture, as scikit-learn defines them; `null` until they are known. Of `confusion`: `accuracy`,
   * `balancedAccuracy`, `kappa`, `mcc`, `logLoss`, `matrix`, `report` (`perClass`, `macro`, `weighted`). Of `roc` and `pr`:
   * `auc` or `averagePrecision`, `perClass`, `averages`, `curves`, `atThreshold`. Of `calibration`: `ece`, `mce`, `brier`, `logLoss`, `bins`.
   * Of `activations`: `layers` (range, mean, std, share of zeros, `silent` and `dead` channels, shares at flat ends), `firstNonFinite`,
   * `judged`. Of `embedding`: `points`, `rows`, `ratios`, `trustworthiness`, `divergence` and the parameters.
   * Of `residuals`: `r2`, `rootMeanSquaredError`, `meanAbsoluteError` and more. Of `history`: `runs`, each with `best`, `gap`
   * and `findings`. Several series are keyed by their names.
   */
  get metrics(): Readonly<Record<string, unknown>> | null {
    return this.view.figure?.metrics ?? null;
  }

  /**
   * Adds to a training history, such as in callbacks: `onEpochEnd: (epoch, logs) => plot.appendLogs({epoch, ...logs})`.
   * Along x stands `step`, else `epoch`, else the number of logs before; with `x-axis="time"` the logs' `time`. Goes on
   * from a `history` that is set; setting one later begins anew.
   * @param logs values by metric, or a list of such records
   * @param run name of the run, where there are several
   */
  appendLogs(logs: Readonly<Record<string, number | null | undefined>> | readonly Readonly<Record<string, number | null | undefined>>[], run = ''): void {
    this.#own.append(
      logs,
      run,
      this.xAxis,
      (anew) => {
        this.#anew ||= anew || this.status.failed;
        this.status.clear('drawing');
        this.#grow();
      },
      (error) => this.status.fail('drawing', error),
    );
  }

  /** Reads the data again, labels and input too, and runs the model on them. Resolves when they are drawn. */
  override async refresh(): Promise<void> {
    this.#own.reread();
    this.#model.forget();
    return super.refresh();
  }

  protected override get runsModel(): boolean {
    return !this.#own.used && this.#model.has(this.inputSrc);
  }

  protected async readUrl(src: string, options: OpenOptions): Promise<PlotData> {
    const data = await (await files()).readPlotUrl(src, options);
    if (data) return data;
    return this.#run(src, {...options, signal: options.signal!});
  }

  protected readModel(model: object, signal: AbortSignal): Promise<PlotData> {
    return this.#run(model, {signal, ...this.fetching});
  }

  protected take(data: PlotData | null, refreshed: boolean): void {
    this.status.clear('input');
    this.status.clear('drawing');
    this.#abort();
    if (this.#own.steps.length) void this.#needPlayer();
    this.#figure.take(data, refreshed);
    if (!data) this.view.show(null, true);
    this.requestUpdate();
  }

  async #needPlayer(): Promise<void> {
    if (this.#player) return;
    const release = this.status.work.hold('player');
    try {
      const {RunPlayer} = await import('../controllers/run-player.js');
      this.#player ??= new RunPlayer(this, {steps: () => this.#own.steps, step: () => this.step, go: (step) => (this.step = step), lang: () => this.status.lang});
      this.requestUpdate();
    } finally {
      release();
    }
  }

  /** What the user chose belongs to the data before. */
  #forget(): void {
    const lit = this.#chosen.has('highlighted');
    this.#chosen.forget();
    if (lit) this.highlighted = [];
    this.temperature = this.#inside.plane = null;
    this.#embedding.forget();
  }

  /** Gives up what is being looked for among the points: they are no more. */
  #abort(): void {
    this.#embedding.abort();
    this.stage.abort();
  }

  protected lose(): void {
    this.#abort();
    this.#figure.take(null, false);
    this.view.show(null, true);
  }

  protected override stop(): void {
    super.stop();
    this.#figure.stop();
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  protected override took(taken: Taken | null): void {
    this.#model.take(taken);
  }

  protected override named(): void {
    this.#lit++;
  }

  protected override chosen(reading: Reading): void {
    const {figure} = this.view;
    const {indices, datum} = reading;
    // a layer of the strip is opened
    if (!this.#opened && 'layer' in datum && this.#inside.open(datum.layer)) return;
    if (figure?.chosen) void this.#embedding.choose(figure.chosen, reading, this.status.work.hold('choosing'));
    else if (indices) this.#highlight(indices);
  }

  /** The layer that is opened in full, if any. */
  get #opened(): string | null {
    return this.source.data?.activations?.opened ?? null;
  }

  protected override escaped(): boolean {
    if (this.#opened) return this.#inside.open(null);
    // what the page has lit is the page's
    if (!this.highlighted?.length || !this.#chosen.has('highlighted')) return false;
    this.#highlight([]);
    return true;
  }

  protected override picked(examples: readonly number[], toggle: boolean): void {
    const before = Array.from(this.highlighted ?? []);
    this.#highlight(toggle ? [...before.filter((i) => !examples.includes(i)), ...examples.filter((i) => !before.includes(i))] : examples);
  }

  /** Reads a run again as it goes on, now and then. */
  #follow(): void {
    this.#unfollow?.();
    this.#unfollow = this.isConnected && this.run !== null ? followRuns(this.run, () => this.source.refresh()) : undefined;
  }

  /** Draws what has been appended, once a frame. */
  #grow(): void {
    if (this.#growing) return;
    this.#growing = this.status.work.hold('logs');
    const run = (): void => {
      const release = this.#growing;
      if (!release) return;
      this.#growing = undefined;
      clearTimeout(timer);
      const {data} = this.source;
      if (data && data === this.#figure.data) {
        if (this.#anew) this.#figure.take(data, true);
        else this.#figure.grown();
        this.#anew = false;
      }
      this.requestUpdate();
      release();
    };
    const timer = setTimeout(run, FRAME_DEADLINE);
    requestAnimationFrame(run);
  }

  #set(key: Parameters<OwnPlotData['set']>[0], input: unknown): void {
    this.#own.set(key, input);
    this.#sets++;
    if (key === 'labels') this.inputs++;
    this.requestUpdate();
  }

  /** What a model is run on, or how, is new input where a model is what is drawn. */
  #rerun(): void {
    const due = this.#inside.due(JSON.stringify([this.inputs, this.inputSrc, this.inputRange, this.inputResize, this.output]));
    if (!due) return;
    if (this.model) this.offerModel(due === 'same');
    if (this.src) this.offerSrc(due === 'same');
    const {used} = this.#own;
    if (used && this.model && this.#model.has(this.inputSrc)) console.warn(new Problem('plotIgnored', {used: `.${used}`, ignored: '.model'}).message);
  }

  async #run(of: object | string, options: OpenOptions & {signal: AbortSignal}): Promise<PlotData> {
    const end = this.status.begin(this.cancel, 'running');
    const {inputSrc, output, inputRange: range, inputResize: resize} = this;
    try {
      return await this.#model.run(of, {inputSrc, output, range, resize, labels: this.#own.labels, inside: this.#inside.asked, same: this.#inside.takeSame()}, options, (loaded, total) => options.signal.aborted || this.status.progress(loaded, total, 'running'));
    } finally {
      end();
    }
  }

  /** The names of as many classes as the data have. */
  #classesOf({series: [first], classes, activations}: PlotData): readonly string[] | null {
    const given = this.classes ?? this.fetchedClasses;
    if (given && activations) return classNames(given, classCount(given));
    const shape = (first?.predictions ?? first?.tensor)?.shape;
    if (given === null || given === undefined || !shape) return classes;
    const columns = shape.length > 1 ? shape.at(-1)! : 1;
    // of pixels, points and single columns the numbers do not tell how many classes there are
    const told = first?.predictions && shape.length === 2 && columns > 1;
    return classNames(given, told ? columns : classCount(given));
  }

  protected apply(): void {
    const {data} = this.source;
    if (!data || data !== this.#figure.data || this.#waitsForNames(data)) return;
    try {
      const {settings, look} = this.#settings(data);
      this.view.resize(this.surface.size, this.theme.theme);
      void this.#figure.update(this.kind, settings, look);
    } catch (error) {
      this.#figure.grown(); // drawn again when it is right
      this.view.show(null, true);
      this.status.fail('drawing', error);
    }
  }

  /** Whether names of classes are on their way without which the data say nothing. */
  #waitsForNames({series}: PlotData): boolean {
    if (!this.classesSrc || this.classes || this.fetchedClasses !== null || this.status.told('classes') !== null) return false;
    return (typeof this.positive === 'string' && !/^\d*$/.test(this.positive)) || series.some(({labels}) => Array.isArray(labels));
  }

  /** What is asked for, and a text that changes with it. */
  #settings(data: PlotData): {settings: PlotSettings; look: string} {
    const {say, lang} = this.status;
    const scale = (name: string, value: AxisScaleName | null): AxisScaleName | null => (value ? oneOf<AxisScaleName>(name, value, ['linear', 'log', 'symlog']) : null);
    const plain = {
      xScale: scale('x-scale', this.xScale),
      yScale: scale('y-scale', this.yScale),
      topK: Math.max(1, Math.round(this.topK || 5)),
      example: Math.max(0, Math.round(this.example || 0)),
      compareExample: this.compareExample === null || Number.isNaN(this.compareExample) ? null : Math.round(this.compareExample),
      width: Math.round(this.surface.size.width / STEP) * STEP,
      smoothing: this.smoothing === null || Number.isNaN(this.smoothing) ? null : Math.min(0.999, Math.max(0, this.smoothing)),
      xAxis: this.xAxis ? oneOf('x-axis', this.xAxis, ['epoch', 'step', 'time']) : null,
      normalized: oneOf('normalized', this.normalized, ['none', 'true', 'pred', 'all']),
      positive: this.positive === '' ? null : this.positive,
      threshold: this.threshold === null || Number.isNaN(this.threshold) ? null : this.threshold,
      bins: this.bins && this.bins > 0 ? Math.min(4096, Math.round(this.bins)) : null,
      baseline: this.baseline,
      temperature: this.temperature,
      draft: this.#embedding.draft,
      embedding: this.#embedding.settings,
      lang,
    };
    const settings: PlotSettings = {...plain, highlighted: Array.from(this.highlighted ?? []), classes: this.#classesOf(data), near: this.#embedding.near, picture: this.#pictureOf, say, change: this.#change};
    return {settings, look: JSON.stringify([plain, this.#lit, wordsEdition()])};
  }

  readonly #change: PlotSettings['change'] = (to) => {
    if (to.threshold !== undefined && to.threshold !== this.threshold) {
      this.threshold = to.threshold;
      if (to.threshold !== null) this.dispatchEvent(new ThresholdEvent(to.threshold));
    }
    if (to.temperature !== undefined) this.temperature = to.temperature;
    if (to.chosen) {
      this.#embedding.near = to.near ?? null;
      this.#highlight(to.chosen);
    }
    const {example, compareExample, positive} = to;
    this.#chosen.set({example, compareExample, positive} as Partial<OutputPlotElement>);
    if (to.plane !== undefined) this.#inside.plane = to.plane;
    if (to.layer !== undefined) this.#inside.open(to.layer);
    this.#embedding.change(to);
    if (to.normalized !== undefined) this.normalized = to.normalized;
    if (to.smoothing !== undefined) this.smoothing = to.smoothing;
    if (to.xAxis !== undefined) this.xAxis = to.xAxis;
  };

  #ready(figure: Figure, fresh: boolean): void {
    this.status.clear('drawing');
    this.view.show(figure, fresh);
    this.announce();
    this.requestUpdate();
  }

  /** Axes that can have another scale. */
  #scales({panels}: Figure): ('x' | 'y')[] {
    return (['x', 'y'] as const).filter((side) => panels.some((p) => p[side].type !== 'band' && !p[side].bare && !p[side].fixed));
  }

  readonly #handlers: Pick<PlotBarHandlers, 'kind' | 'scale'> = {
    kind: (kind) => (this.kind = kind),
    scale: (axis, scale) => (axis === 'x' ? (this.xScale = scale) : (this.yScale = scale)),
  };

  #highlight(indices: readonly number[]): void {
    this.#chosen.set({highlighted: indices});
    this.dispatchEvent(new HighlightEvent(indices));
  }

  readonly #pictureOf = (i: number): ExampleView => {
    try {
      return this.examples ? this.examples(i) : (this.source.data?.pictures?.[i] ?? this.#model.pictureOf(i));
    } catch (error) {
      return String(error); // the page's own function
    }
  };

  readonly #exampleOf = (i: number): ExampleView => this.#pictureOf(i) ?? this.view.figure?.pictureOf?.(i) ?? null;

  protected get unnamed(): string {
    return this.status.say('plotKindLabel');
  }

  /** The examples behind a mark are no reason to move the mark. */
  protected override get strip(): number {
    return this.renderRoot.querySelector<HTMLElement>('[part=examples]')?.offsetHeight ?? 0;
  }

  /** Of a model with several outputs, which is drawn. */
  #outputControl(): Control[] {
    const {outputs, output} = this.#model;
    if (!this.runsModel || outputs.length < 2) return [];
    return [{type: 'choice', label: this.status.say('plotOutput2'), value: String(output), options: outputs.map((name, i) => [String(i), name] as const), set: (at) => (this.output = Number(at))}];
  }
}

/** Listeners know their events. */
export interface OutputPlotElement {
  addEventListener<K extends keyof OutputPlotEventMap>(type: K, listener: (this: OutputPlotElement, event: OutputPlotEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: OutputPlotElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof OutputPlotEventMap>(type: K, listener: (this: OutputPlotElement, event: OutputPlotEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: OutputPlotElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'output-plot': OutputPlotElement;
  }
}
