import {html, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property, query as find, state} from 'lit/decorators.js';
import type {Attribution, AttributionMethod} from '../attribution/attribution.js';
import {METHODS} from '../attribution/attribution.js';
import {formatShort} from '../color/format.js';
import {loadPalettes} from '../color/palette.js';
import type {BlobOptions} from '../controllers/blob.js';
import type {GradientInput, GradientMaps} from '../controllers/gradient-input.js';
import {oneOf} from '../controllers/heatmap-settings.js';
import {Latest} from '../controllers/latest.js';
import {type ModelInput, takeInput, type Taken} from '../controllers/model-input.js';
import {PlotStage} from '../controllers/plot-stage.js';
import {attributionFigure, methodWord} from '../plot/attribution-map.js';
import {type NamedRun, trainingFigure} from '../plot/training-map.js';
import type {Control, Figure, Note} from '../plot/types.js';
import {plotBar, plotControls} from '../parts/plot-bar.js';
import {plotNotes, twinOfFigure} from '../parts/plot-frame.js';
import {plotStyles} from '../parts/plot-styles.js';
import {message} from '../parts/message.js';
import {sharedStyles} from '../parts/styles.js';
import {tooltip} from '../parts/tooltip.js';
import {twin} from '../parts/twin.js';
import type {ClassesInput} from '../tensor/classes.js';
import {describe, readTensor} from '../tensor/read-tensor.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {TensorInput} from '../tensor/types.js';
import {MORE_WORDS, Problem, useGradientWords} from '../words/gradient.js';
import {MORE_WORDS as PLOT_WORDS} from '../words/plot.js';
import {RUN_WORDS} from '../words/run.js';
import {wordsEdition} from '../words/strings.js';
import {type FailureEvent, type LoadEvent, type LoadProgressEvent, PointEvent} from './events.js';
import {LensElement} from './lens-element.js';

/** The events of `<gradient-map>`, by name. */
export interface GradientMapEventMap {
  load: LoadEvent;
  progress: LoadProgressEvent;
  error: FailureEvent;
  'point-hover': PointEvent;
  'point-select': PointEvent;
}

/** What is drawn: maps of an input, or runs. */
type GradientData = {readonly maps: GradientMaps} | {readonly runs: readonly NamedRun[]};

/** A map made elsewhere, such as in a worker or in Python. */
export type AttributionInput = Pick<Attribution, 'data' | 'shape'> & Partial<Attribution>;

/** What the range of a picture's values is changed to, in turn. */
const RANGES: readonly string[] = ['0,1', '-1,1', '0,255'];
/** CSS px that each line of panels has by default, at least. */
const PANEL = 230;
/** Ms between two pictures of a run that goes on. */
const LIVE = 200;

/**
 * Shows what drives an answer of a model, and whether a model is learning.
 *
 * @element gradient-map
 * @summary Gradients: of a score by the input, and over a training run.
 *
 * @fires {LoadEvent} load - The input has been read, the map made; once per input.
 * @fires {LoadProgressEvent} progress - Bytes have arrived, a pass has been made.
 * @fires {FailureEvent} error - The input cannot be shown; `message` says what to do. Once per input.
 * @fires {PointEvent} point-hover - The cursor stands on another place; all `null` once when it has left.
 * @fires {PointEvent} point-select - A place was clicked, tapped, or chosen with Enter.
 *
 * @attr {string} aria-label - The accessible name; written from the data where it is not given.
 * @attr {string} lang - The language of words and numbers; `en` and `zh` ship, `setStrings` adds others.
 *
 * @slot - What stands there until there are data.
 * @slot caption - A caption below the picture.
 *
 * @csspart toolbar - Title and buttons.
 * @csspart canvas - The picture.
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
 *
 * @cssState loading - A model is being run.
 * @cssState error - The input cannot be shown.
 * @cssState empty - There are no data.
 */
export class GradientMapElement extends LensElement<GradientData> {
  static override styles = [sharedStyles, plotStyles];
  protected static override reserved = 480;

  readonly #stage = new PlotStage(this, this.status.work, {
    paint: () => this.surface.request('picture'),
    hovered: (reading) => this.dispatchEvent(new PointEvent('point-hover', {indices: null, series: reading?.series ?? null, datum: reading?.datum ?? null})),
    selected: ({series, datum}) => this.dispatchEvent(new PointEvent('point-select', {indices: null, series, datum})),
    greedy: () => this.gestures === 'greedy',
  });
  readonly #view = this.#stage.view;
  #runner: GradientInput | null = null;
  #given: ModelInput | null = null;
  #taken: Taken | null = null;
  #own: AttributionInput | null = null;
  #ownRun: unknown = null;
  /** Maps as they are while they grow. */
  #partial: GradientMaps | null = null;
  #data: GradientData | null = null;
  #version = 0;
  #asked = '';
  #drawn = '';
  #inputs = 0;
  #fetched: string | null = null;
  readonly #names = new Latest();
  /** Ends listening to a run. */
  #listening: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  @find('.view') private readonly viewBox!: HTMLElement | null;
  @find('.view canvas') private readonly canvas!: HTMLCanvasElement | null;
  @find('[part=tooltip]') private readonly tip!: HTMLElement | null;

  @state() private palettes = false;

  /** `input`: what drives an answer; `training`: whether a model is learning. */
  @property() mode: 'input' | 'training' | null = 'input';

  /** What the model is run on: a tensor with or without the axis of examples, a picture, a canvas; for several inputs a record by their names. Read at once. */
  @property({attribute: false})
  get input(): ModelInput | null {
    return this.#given;
  }
  set input(input: ModelInput | null) {
    this.#given = input ?? null;
    this.#taken = input === null || input === undefined ? null : takeInput(input);
    this.#inputs++;
    this.requestUpdate();
  }

  /** Address of a picture that the model is run on. */
  @property({attribute: 'input-src'}) inputSrc: string | null = null;

  /** What the bytes of a picture become: `auto`, `0,1`, `-1,1`, `0,255`, or `mean=…;std=…` in shares of 255. */
  @property({attribute: 'input-range'}) inputRange: string | null = null;

  /** How a picture of another shape is fitted: `crop`, `stretch` or `pad`. */
  @property({attribute: 'input-resize'}) inputResize: 'crop' | 'stretch' | 'pad' | null = null;

  /** Which output of a model that has several: its name or index. */
  @property() output: string | number | null = null;

  /** Names of classes: a list, `{index: name}`, or `{labels: […]}`. */
  @property({attribute: false}) classes: ClassesInput | null = null;

  /** Address of the names of classes: JSON of that kind, or one name a line. */
  @property({attribute: 'classes-src'}) classesSrc: string | null = null;

  /** What tokens, or features, are called, in the order of the input. */
  @property({attribute: false}) tokens: readonly string[] | null = null;

  /** `auto`, `gradient`, `gradient-x-input`, `smoothgrad`, `integrated-gradients`, `guided-backprop`, `grad-cam`, `grad-cam++`, `occlusion`; several with commas stand side by side. */
  @property() method: string | null = 'auto';

  /** The class whose score is explained: an index, a name, or `predicted`; as a property also a function of the output that gives a scalar. */
  @property() target: string | number | ((output: unknown) => unknown) | null = 'predicted';

  /** Where Grad-CAM looks: a layer by address, name or index; the last convolution by default. */
  @property({attribute: 'cam-layer'}) camLayer: string | number | null = null;

  /** x′ of integrated gradients and what occlusion puts into its window: a number, or values as of the input. */
  @property({attribute: false}) baseline: number | null = null;

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

  /** Read: the first map that is drawn. Set: one that was made elsewhere, `{data, shape}` at least; it comes before `model`. */
  @property({attribute: false})
  get attribution(): Attribution | AttributionInput | null {
    const data = this.#data;
    return data && 'maps' in data ? (data.maps.shots[0]?.map ?? null) : this.#own;
  }
  set attribution(given: AttributionInput | null) {
    this.#own = given ?? null;
    this.#offerOwn();
    this.requestUpdate();
  }

  /** A run of `watch()`, its record, or several: `[{name, run}, …]`. Drawn with `mode="training"`. */
  @property({attribute: false})
  get run(): unknown {
    return this.#ownRun;
  }
  set run(run: unknown) {
    this.#ownRun = run ?? null;
    this.#offerOwn();
    this.requestUpdate();
  }

  /** Address of a recorded run. */
  @property({attribute: 'run-src'}) runSrc: string | null = null;

  constructor() {
    super();
    useGradientWords();
    this.status.moreWords = {zh: () => Promise.all([MORE_WORDS.zh!(), PLOT_WORDS.zh!(), RUN_WORDS.zh!()])};
  }

  protected override get runsModel(): boolean {
    return this.mode !== 'training' && !this.#own && !this.#ownRun;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    if (changed.has('classesSrc')) void this.#fetchClasses();
    if (changed.has('runSrc') || changed.has('mode')) this.#offerOwn();
    const {inputSrc, inputRange, inputResize, output, method, target, camLayer, baseline, steps, samples, noise, window: size, stride, seed, example, curves, sanity} = this;
    const asked = JSON.stringify([this.#inputs, inputSrc, inputRange, inputResize, output, method, typeof target === 'function' ? this.#inputs : target, camLayer, baseline, steps, samples, noise, size, stride, seed, example, curves, sanity, this.classes !== null, this.#fetched?.length]);
    if (asked === this.#asked && !changed.has('classes') && !changed.has('target')) return;
    this.#asked = asked;
    if (this.model) this.offerModel();
    if (this.src) this.offerSrc();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.isConnected) return;
    super.updated(changed);
    this.surface.observe(this.viewBox);
    this.#stage.observe(this.viewBox);
    this.surface.measure();
    this.#apply();
    this.#setHeight();
    this.#stage.placeTip(this.tip, this.surface.size);
    this.status.describe(this.#label(), {empty: !this.#view.figure && !this.source.pending && !this.status.loading});
  }

  protected override render(): TemplateResult {
    const {say, failed} = this.status;
    const view = this.#view;
    const figure = failed ? null : view.figure;
    const over = this.status.message(figure || this.source.pending ? null : say('gradientNothing'));
    const reading = figure && view.read();
    const slot = !figure && !failed;
    return html`<div class="frame">
      <div class="probe"></div>
      ${figure ? plotBar({say, title: figure.label, facts: figure.facts, kind: 'heatmap', kinds: [], fitted: view.fitted, zoomable: view.zoomable, scales: []}, this.#handlers) : nothing}
      ${figure ? plotControls(this.#controls(), say) : nothing}
      <div class="box">
        <div
          class="view ${this.gestures === 'greedy' ? 'greedy' : ''}"
          tabindex=${figure ? 0 : nothing}
          role=${figure ? 'application' : nothing}
          aria-label=${figure ? this.#label() : nothing}
          aria-describedby=${figure ? 'keys' : nothing}
          @keydown=${this.#stage.key}
        >
          <canvas part="canvas" aria-hidden="true"></canvas>
        </div>
        ${reading ? tooltip(reading.value, reading.place) : nothing}
        ${slot ? html`<slot>${over?.kind === 'empty' ? message(over) : nothing}</slot>` : nothing}
        ${slot && over?.kind === 'empty' ? nothing : message(over)}
      </div>
      ${figure ? plotNotes([...figure.notes, ...this.#notes()]) : nothing}
      <slot name="caption"></slot>
      <p id="keys" class="visually-hidden">${say('gradientKeys')}</p>
      <p class="visually-hidden" aria-live="polite">${this.#stage.spoken}</p>
      ${figure ? twin(twinOfFigure(figure, say)) : nothing}
    </div>`;
  }

  /** Shows all of the picture. */
  fit(): void {
    this.#stage.fit();
  }

  /**
   * The picture with its title.
   * @returns rejects with a RangeError that names the largest possible scale where a canvas cannot hold it
   */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    await this.renderComplete;
    const {plotBlob} = await import('../controllers/plot-export.js');
    return plotBlob(this.#view, this.surface.size, this.theme.theme, options);
  }

  /** The numbers of the picture, as comma-separated values. */
  async toCSV(): Promise<string> {
    await this.renderComplete;
    const {figure} = this.#view;
    if (!figure) throw new Problem('blobEmpty');
    const [{csvSteps}, {runSliced}] = await Promise.all([import('../controllers/plot-export.js'), import('../compute/slices.js')]);
    return runSliced(csvSteps(figure));
  }

  protected readUrl(src: string, options: OpenOptions): Promise<GradientData> {
    return this.#maps(src, {...options, signal: options.signal!});
  }

  protected readModel(model: object, signal: AbortSignal): Promise<GradientData> {
    return this.#maps(model, {signal, ...this.#fetching});
  }

  protected take(data: GradientData | null, refreshed: boolean): void {
    this.status.clear('input');
    this.status.clear('drawing');
    this.#partial = null;
    this.#data = data;
    this.#version++;
    this.#listen();
    if (!data) this.#view.show(null, true);
    void refreshed;
    this.requestUpdate();
  }

  protected lose(): void {
    this.#data = this.#partial = null;
    this.#version++;
    this.#listen();
    this.#view.show(null, true);
  }

  protected stop(): void {
    this.#listening?.abort();
    this.#listening = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listen();
  }

  protected paint(): void {
    if (!this.canvas) return;
    this.#view.resize(this.surface.size, this.theme.theme);
    this.#view.paintOnto(this.canvas);
  }

  get #fetching(): {fetch?: typeof fetch; credentials?: RequestCredentials} {
    return {...(this.fetch && {fetch: this.fetch}), ...(this.crossOrigin === 'use-credentials' && {credentials: 'include' as const})};
  }

  /** What the page has handed over itself: runs where those are asked for, else a map. */
  #offerOwn(): void {
    const {mode, runSrc} = this;
    const given = this.#ownRun;
    const own = this.#own;
    if (mode === 'training' && (given !== null || runSrc)) this.source.offer('own', (signal) => this.#readRuns(given, runSrc, signal));
    else if (mode !== 'training' && own) this.source.offer('own', async () => ({maps: await this.#readMap(own)}));
    else this.source.offer('own', null);
  }

  async #readRuns(given: unknown, src: string | null, signal: AbortSignal): Promise<GradientData> {
    const {runDataOf, runsOf} = await import('../controllers/plot-run.js');
    if (given === null) {
      const [{download}, {parseJson}] = await Promise.all([import('../tensor/download.js'), import('../tensor/read-source.js')]);
      const url = new URL(src!, document.baseURI).href;
      const decoder = new TextDecoder();
      let text = '';
      await download({url, signal, revalidate: false, words: {unreachable: 'srcUnreachable', status: 'srcStatus'}, tell: (loaded, total) => this.status.progress(loaded, total), ...this.#fetching}, (chunk) => (text += decoder.decode(chunk, {stream: true})));
      return {runs: [{name: '', run: runDataOf(parseJson(text + decoder.decode(), url))}]};
    }
    return {runs: runsOf(given)};
  }

  /** A map that was made elsewhere, over the input where there is one. */
  async #readMap(own: AttributionInput): Promise<GradientMaps> {
    const {data, shape} = own;
    if (!data || !Array.isArray(shape)) throw new Problem('attributionGiven', {got: describe(own)});
    const size = (shape as number[]).reduce((a, b) => a * b, 1);
    if (size !== data.length) throw new Problem('attributionGivenSize', {got: data.length, shape: shape.join(', '), expected: size});
    let picture: ImageData | null = null;
    let values = {shape: shape as number[], dtype: 'float32' as const, data: new Float32Array(size) as Float32Array};
    const taken = this.#taken;
    if (taken?.kind === 'picture') {
      const {source, width, height} = await taken.picture;
      const canvas = new OffscreenCanvas(shape[1] ?? width, shape[0] ?? height);
      const pen = canvas.getContext('2d')!;
      pen.drawImage(source, 0, 0, canvas.width, canvas.height);
      picture = pen.getImageData(0, 0, canvas.width, canvas.height);
      values = {...values, shape: [canvas.height, canvas.width, 1], data: new Float32Array(canvas.width * canvas.height)};
    } else if (taken?.kind === 'values') {
      const read = await readTensor(this.#given as TensorInput);
      values = {...values, ...(read.data.length === size ? {data: Float32Array.from(read.data), shape: shape as number[]} : {})};
    }
    const map: Attribution = {inputName: '', method: 'gradient', target: {index: null, predicted: false, probability: null}, score: NaN, ...own, data: Float32Array.from(data), shape: shape as number[], perInput: []};
    return {shots: [{map: {...map, perInput: [map]}, looked: {values, picture, tokens: this.tokens}}], top: [], examples: 1, range: null, curves: null, sanity: null, agreement: []};
  }

  async #maps(of: object | string, options: OpenOptions & {signal: AbortSignal}): Promise<GradientData> {
    const end = this.status.begin(this.cancel, 'running');
    try {
      const {GradientInput} = await import('../controllers/gradient-input.js');
      options.signal.throwIfAborted();
      this.#runner ??= new GradientInput(this);
      const optional = <T>(name: string, value: T | null): Record<string, T> => (value === null || value === '' || Number.isNaN(value) ? {} : {[name]: value});
      const target = typeof this.target === 'string' && /^\d+$/.test(this.target) ? Number(this.target) : this.target;
      const maps = await this.#runner.maps(
        of,
        {
          taken: this.#taken,
          inputSrc: this.inputSrc,
          output: this.output,
          range: this.inputRange,
          resize: this.inputResize,
          classes: this.classes ?? this.#fetched,
          methods: (this.method || 'auto').split(',').map((m) => m.trim()).filter(Boolean),
          example: Math.max(0, Math.round(this.example || 0)),
          tokens: this.tokens,
          curves: this.curves,
          sanity: this.sanity,
          options: {
            ...optional('target', target as string | number | null),
            ...optional('camLayer', this.camLayer), ...optional('baseline', this.baseline), ...optional('steps', this.steps), ...optional('samples', this.samples),
            ...optional('noise', this.noise), ...optional('window', this.window), ...optional('stride', this.stride), ...optional('seed', this.seed),
          },
        },
        options,
        {
          progress: (loaded, total) => options.signal.aborted || this.status.progress(loaded, total, 'running'),
          partial: (partial) => {
            if (options.signal.aborted) return;
            this.#partial = partial;
            this.#version++;
            this.requestUpdate();
          },
        },
      );
      return {maps};
    } finally {
      end();
    }
  }

  async #fetchClasses(): Promise<void> {
    const src = this.classesSrc;
    this.#fetched = null;
    if (!src) return this.#names.abort();
    const end = this.status.begin(this.cancel);
    try {
      const text = await this.#names.run(async (signal) => (await import('../tensor/classes.js')).fetchClasses(src, this.#fetching, signal));
      if (text === undefined) return;
      this.#fetched = text;
      this.requestUpdate();
    } catch (error) {
      this.status.fail('drawing', error);
    } finally {
      end();
    }
  }

  /** Draws a run again as it goes on. */
  #listen(): void {
    this.stop();
    const data = this.#data;
    if (!data || !('runs' in data) || !this.isConnected) return;
    const {signal} = (this.#listening = new AbortController());
    for (const {run} of data.runs) {
      if (!(run instanceof EventTarget)) continue;
      for (const type of ['step', 'epoch', 'anomaly', 'end']) run.addEventListener(type, this.#grown, {signal});
    }
  }

  readonly #grown = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#version++;
      this.requestUpdate();
    }, LIVE);
  };

  /** Brings the figure up to what is asked for. */
  #apply(): void {
    const data = this.#data ?? (this.#partial && {maps: this.#partial});
    if (!data) return;
    try {
      const mode = this.mode === 'training' ? 'training' : 'input';
      if (this.mode && this.mode !== 'training' && this.mode !== 'input') throw new Problem('gradientMode', {mode: String(this.mode)});
      if (!this.palettes) {
        const release = this.status.work.hold('palettes');
        void loadPalettes().then(() => (this.palettes = true)).finally(release);
        return;
      }
      const {say, lang} = this.status;
      const metric = oneOf('metric', this.metric, ['gradient-rms', 'update-ratio', 'weight-rms']);
      const signed = oneOf('values', this.values, ['signed', 'absolute']) === 'signed';
      const look = JSON.stringify([this.#version, mode, metric, signed, this.opacity, this.clip, lang, wordsEdition()]);
      if (look === this.#drawn) return;
      const fresh = !this.#drawn.startsWith(`[${this.#version},`) && !('runs' in data);
      this.#drawn = look;
      const figure: Figure = 'runs' in data ? trainingFigure(data.runs, {metric, lang, say}) : attributionFigure(data.maps.shots, data.maps.curves, {opacity: Math.min(1, Math.max(0, this.opacity)), signed, clip: Math.min(1, Math.max(0, this.clip)), lang, say});
      this.status.clear('drawing');
      this.#view.resize(this.surface.size, this.theme.theme);
      this.#view.show(figure, fresh);
      if (this.#data) this.announce();
      this.requestUpdate();
    } catch (error) {
      this.status.fail('drawing', error);
    }
  }

  /** More height where panels stand below each other. */
  #setHeight(): void {
    const {viewBox} = this;
    if (!viewBox || !this.#view.figure) return;
    this.reserve(Math.max(GradientMapElement.reserved, this.clientHeight - viewBox.clientHeight + PANEL * this.#view.lines));
  }

  #controls(): Control[] {
    const {say} = this.status;
    const data = this.#data ?? (this.#partial && {maps: this.#partial});
    if (!data) return [];
    if ('runs' in data) {
      return [{type: 'choice', label: say('runMetric'), value: this.metric ?? 'gradient-rms', options: [['gradient-rms', say('runGradient')], ['update-ratio', say('runUpdate')], ['weight-rms', say('runWeights')]], set: (metric) => (this.metric = metric as 'gradient-rms')}];
    }
    const {top, examples} = data.maps;
    const out: Control[] = [];
    if (this.model || this.src) {
      const methods = (this.method ?? 'auto').includes(',') ? [[this.method!, this.method!] as const] : [];
      out.push({type: 'choice', label: say('attributionMethod'), value: this.method ?? 'auto', options: [['auto', say('attributionAuto')], ...METHODS.map((m) => [m, say(methodWord(m))] as const), ...methods], set: (method) => (this.method = method)});
      if (top.length > 1) {
        out.push({
          type: 'choice', label: say('attributionClasses'), value: String(this.target ?? 'predicted'),
          options: [['predicted', say('attributionPredicted')], ...top.map(({index, name, probability, score}) => [String(index), `${name} ${formatShort(probability ?? score)}`] as const)],
          set: (target) => (this.target = target),
        });
      }
      if (examples > 1) out.push({type: 'stepper', label: say('plotExample'), at: Math.min(this.example, examples - 1), n: examples, set: (example) => (this.example = example)});
    }
    out.push({type: 'slider', label: say('attributionOpacity'), value: this.opacity, min: 0, max: 1, step: 0.05, set: (opacity) => (this.opacity = opacity)});
    out.push({type: 'choice', label: say('attributionSigned'), value: this.values ?? 'signed', options: [['signed', say('attributionSignedYes')], ['absolute', say('attributionSignedNo')]], set: (values) => (this.values = values as 'signed')});
    return out;
  }

  /** What there is to say beside the figure's own: agreement, the sanity check, the input's range. */
  #notes(): Note[] {
    const data = this.#data;
    if (!data || 'runs' in data) return [];
    const {say} = this.status;
    const {agreement, sanity, range} = data.maps;
    const word = (m: AttributionMethod): string => say(methodWord(m));
    const notes: Note[] = agreement.map(({a, b, rho}) => ({text: say('attributionAgreement', {a: word(a), b: word(b), rho: formatShort(rho)})}));
    if (sanity) {
      const last = sanity.steps.at(-1);
      const rho = formatShort(last?.spearmanAbsolute ?? NaN);
      notes.push(sanity.verdict === 'depends' ? {text: say('sanityDepends', {layer: last?.layer ?? '', rho})} : {text: say('sanityFails', {rho}), alert: true});
      for (const step of sanity.steps) notes.push({text: say('sanityStep', {layer: step.layer, rho: formatShort(step.spearmanAbsolute), ssim: step.ssim === null ? '–' : formatShort(step.ssim)})});
    }
    if (range) {
      const next = RANGES[(RANGES.indexOf(range.text) + 1) % RANGES.length]!;
      notes.push({text: say(range.assumed ? 'plotAssumed' : 'plotRange', {range: range.text}), action: {label: say('plotRangeChange', {range: next}), run: () => (this.inputRange = next)}});
    }
    return notes;
  }

  readonly #handlers = {
    kind: (): void => undefined,
    zoom: (factor: number): void => this.#stage.zoom(factor),
    fit: (): void => this.fit(),
    scale: (): void => undefined,
    save: (what: 'png' | 'svg' | 'csv'): void => {
      if (what === 'csv') void this.save(this.toCSV(), 'gradient-map.csv', 'text/csv');
      else if (what === 'png') void this.save(this.toBlob({fitting: true}), 'gradient-map.png', 'image/png');
      else void this.save(import('../controllers/plot-export.js').then(({plotSvg}) => plotSvg(this.#view, this.surface.size, this.theme.theme)), 'gradient-map.svg', 'image/svg+xml');
    },
  };

  #label(): string {
    const {figure} = this.#view;
    return figure ? `${figure.label}, ${figure.facts}` : this.status.say('gradientInputTitle');
  }
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
