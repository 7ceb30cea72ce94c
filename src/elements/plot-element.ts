import {html, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property, query as find} from 'lit/decorators.js';
import type {BlobOptions} from '../controllers/blob.js';
import type {InlineData} from '../controllers/inline-data.js';
import {Latest} from '../controllers/latest.js';
import {type ModelInput, takeInput, type Taken} from '../controllers/take-input.js';
import {PlotStage} from '../controllers/plot-stage.js';
import type {PlotView} from '../controllers/plot-view.js';
import type {Control, Note, Reading} from '../plot/types.js';
import {type PlotBar, plotBar, type PlotBarHandlers, plotControls} from '../parts/plot-bar.js';
import {plotNotes, twinOfFigure} from '../parts/plot-frame.js';
import {message} from '../parts/message.js';
import {tooltip} from '../parts/tooltip.js';
import {twin} from '../parts/twin.js';
import type {ClassesInput} from '../tensor/classes.js';
import type {InputRange} from '../tensor/input-range.js';
import {isGone} from '../tensor/read-tensor.js';
import {Problem} from '../words/plot.js';
import {PointEvent} from './events.js';
import {LensElement} from './lens-element.js';

/** What the range of a picture's values is changed to, in turn. */
const RANGES: readonly string[] = ['0,1', '-1,1', '0,255'];
/** CSS px that each line of panels has by default, at least. */
const PANEL = 230;
/** The side of a picture that is as high as it is wide. */
const TALL = 420;

/** What an element has beside the figure itself. */
export interface PlotFrame extends Pick<PlotBar, 'kind' | 'kinds' | 'scales'> {
  readonly handlers: Pick<PlotBarHandlers, 'kind' | 'scale'>;
  /** What is said while there is nothing, and what the keys do. */
  readonly empty: string;
  readonly keys: string;
  readonly controls: readonly Control[];
  /** What leads out of an error. */
  readonly back?: readonly Control[];
  /** Beside those of the figure. */
  readonly notes: readonly Note[];
  /** Below the picture. */
  readonly below?: TemplateResult | typeof nothing;
  /** Of files. */
  readonly name: string;
}

/** What the elements share that draw figures, of what a model makes of an input among other things. */
export abstract class PlotElement<D> extends LensElement<D> {
  protected readonly stage = new PlotStage(this, this.status.work, {
    paint: () => this.surface.request('picture'),
    hovered: (reading) => this.dispatchEvent(new PointEvent('point-hover', {indices: reading?.indices ?? null, series: reading?.series ?? null, datum: reading?.datum ?? null})),
    selected: (reading) => {
      this.dispatchEvent(new PointEvent('point-select', {indices: reading.indices, series: reading.series, datum: reading.datum}));
      this.chosen(reading);
    },
    picked: (examples, toggle) => this.picked(examples, toggle),
    say: this.status.say,
    lang: () => this.status.lang,
    escaped: () => this.escaped(),
    greedy: () => this.gestures === 'greedy',
  });
  /** What stands in the tag, where that can be data. */
  protected inline: InlineData | null = null;
  /** What a model is run on; being read. */
  protected taken: Taken | null = null;
  #given: ModelInput | null = null;
  /** Changes with what a model is run on. */
  protected inputs = 0;
  /** Names of classes as `classes-src` has them. */
  protected fetchedClasses: string | null = null;
  readonly #names = new Latest();

  @find('.view') protected readonly viewBox!: HTMLElement | null;
  @find('.view canvas') private readonly canvas!: HTMLCanvasElement | null;
  @find('[part=tooltip]') private readonly tip!: HTMLElement | null;

  /**
   * What `model` (or that at `src`) is run on: a tensor with or without the axis of examples, a picture, a canvas, an
   * `ImageData`, a list of them; for several inputs a record by their names. Read at once.
   */
  @property({attribute: false})
  get input(): ModelInput | null {
    return this.#given;
  }
  set input(input: ModelInput | null) {
    this.#given = input ?? null;
    this.inputs++;
    this.#take();
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

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.classesSrc && this.fetchedClasses === null && this.hasUpdated) void this.#fetchClasses();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    if (changed.has('classesSrc')) void this.#fetchClasses();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.isConnected) return; // removed while the update was pending
    super.updated(changed);
    this.settle();
  }

  /** Brings what is drawn up to what has been rendered. */
  protected settle(): void {
    this.surface.observe(this.viewBox);
    this.stage.observe(this.viewBox);
    this.surface.measure(); // what stands around it may have changed: no frame with the size before
    this.apply();
    this.#setHeight();
    const {viewBox} = this;
    // one that was left for a layer of it is where it was
    if (viewBox) this.view.restore((top) => (viewBox.scrollTop = top));
    this.stage.placeTip(this.tip, this.surface.size);
    this.status.describe(this.#label(), {empty: !this.view.figure && !this.source.pending && !this.status.loading});
  }

  /** All that stands in the element. */
  protected frame({kind, kinds, scales, handlers, empty, keys, controls, back = [], notes, below = nothing, name}: PlotFrame): TemplateResult {
    const {say, failed} = this.status;
    const {view} = this;
    const figure = failed ? null : view.figure;
    const over = this.status.message(figure || this.source.pending ? null : empty);
    const slot = !figure && !failed && (this.inline?.text ?? null) === null;
    const reading = figure && view.read();
    const full = figure ? view.full : null;
    const bar: PlotBarHandlers = {...handlers, zoom: (factor) => this.stage.zoom(factor), fit: () => this.fit(), save: (what) => this.#save(what, name)};
    return html`<div class="frame">
      <div class="probe"></div>
      ${figure ? plotBar({say, title: figure.label, facts: figure.facts, kind, kinds, fitted: view.fitted, zoomable: view.zoomable, scales}, bar) : nothing}
      ${plotControls(figure ? [...controls, ...this.stage.controls] : failed ? back : [], say)}
      <div class="box">
        <div
          class="view ${full === null && this.gestures === 'greedy' ? 'greedy' : ''} ${full === null ? '' : 'strip'}"
          tabindex=${figure ? 0 : nothing}
          role=${figure ? 'application' : nothing}
          aria-label=${figure ? this.#label() : nothing}
          aria-describedby=${figure ? 'keys' : nothing}
          @keydown=${this.stage.key}
          @scroll=${full === null ? nothing : this.#scrolled}
        >
          <canvas part="canvas" aria-hidden="true"></canvas>
          ${full === null ? nothing : html`<div class="tall" .style=${`height:${Math.max(0, full - this.surface.size.height)}px`}></div>`}
        </div>
        ${reading ? tooltip(reading.value, reading.place) : nothing}
        ${slot ? html`<slot>${over?.kind === 'empty' ? message(over) : nothing}</slot>` : nothing}
        ${slot && over?.kind === 'empty' ? nothing : message(over)}
      </div>
      ${figure ? below : nothing}
      ${figure ? plotNotes([...figure.notes, ...notes, ...this.#classNotes()]) : nothing}
      <slot name="caption"></slot>
      <p id="keys" class="visually-hidden">${keys} ${this.stage.keys}</p>
      <p class="visually-hidden" aria-live="polite">${this.stage.spoken}</p>
      ${figure ? twin(twinOfFigure(figure, say)) : nothing}
    </div>`;
  }

  /** Reads the data again, the input too, and runs the model on it. Resolves when they are drawn. */
  override async refresh(): Promise<void> {
    if (this.#given !== null && !isGone(this.#given)) this.#take();
    return super.refresh();
  }

  /** Shows all of the picture. */
  fit(): void {
    this.stage.fit();
  }

  /**
   * The picture with its title and legend.
   * @returns rejects with a RangeError that names the largest possible scale where a canvas cannot hold it
   */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    await this.renderComplete;
    const {plotBlob} = await import('../controllers/plot-export.js');
    return plotBlob(this.view, this.surface.size, this.theme.theme, options);
  }

  /** The picture as SVG: vectors, and text as text. */
  async toSVG(): Promise<string> {
    await this.renderComplete;
    const {plotSvg} = await import('../controllers/plot-export.js');
    return plotSvg(this.view, this.surface.size, this.theme.theme);
  }

  /** What is drawn, as comma-separated values. */
  async toCSV(): Promise<string> {
    await this.renderComplete;
    const {figure} = this.view;
    if (!figure) throw new Problem('blobEmpty');
    const [{csvSteps}, {runSliced}] = await Promise.all([import('../controllers/plot-export.js'), import('../compute/slices.js')]);
    return runSliced(csvSteps(figure));
  }

  /** Brings the figure up to what is asked for; called after each update. */
  protected abstract apply(): void;

  /** What the picture is called where there is none. */
  protected abstract get unnamed(): string;

  /** Escape was pressed. @returns whether something came of it */
  protected escaped(): boolean {
    return false;
  }

  /** A mark was chosen. */
  protected chosen(_reading: Reading): void {}

  /** Points were chosen. @param toggle each is added to what was chosen before, or taken from it */
  protected picked(_examples: readonly number[], _toggle: boolean): void {}

  /** What a model is run on has been given anew. */
  protected took(_taken: Taken | null): void {}

  /** Names of classes have come, or are on their way. */
  protected named(): void {}

  /** CSS px that the element keeps below the picture beside what is always there. */
  protected get strip(): number {
    return 0;
  }

  protected get view(): PlotView {
    return this.stage.view;
  }

  readonly #scrolled = (event: Event): void => {
    this.view.scrolled((event.target as HTMLElement).scrollTop);
    if (this.view.cursor) this.requestUpdate(); // its tooltip goes along
  };

  protected stop(): void {
    this.view.stop();
    this.#names.abort();
  }

  protected paint(): void {
    if (!this.canvas) return;
    this.view.resize(this.surface.size, this.theme.theme);
    this.view.paintOnto(this.canvas);
  }

  /** In which range pictures went in: a wrong one gives a confident wrong answer and no error. */
  protected rangeNotes(range: InputRange | null): Note[] {
    if (!range) return [];
    const {say} = this.status;
    const next = RANGES[(RANGES.indexOf(range.text) + 1) % RANGES.length]!;
    return [{text: say(range.assumed ? 'plotAssumed' : 'plotRange', {range: range.text}), action: {label: say('plotRangeChange', {range: next}), run: () => (this.inputRange = next)}}];
  }

  #take(): void {
    this.taken = this.#given === null ? null : takeInput(this.#given);
    this.took(this.taken);
  }

  async #fetchClasses(): Promise<void> {
    const src = this.classesSrc;
    this.fetchedClasses = null;
    this.status.clear('classes');
    this.named();
    if (!src) return this.#names.abort();
    const end = this.status.begin(this.cancel);
    try {
      const text = await this.#names.run(async (signal) => (await import('../tensor/classes.js')).fetchClasses(src, this.fetching, signal));
      if (text === undefined) return;
      this.fetchedClasses = text;
      this.named();
      this.requestUpdate();
    } catch (error) {
      this.status.fail('classes', error);
    } finally {
      end();
    }
  }

  #classNotes(): Note[] {
    const message = this.classes ? null : this.status.told('classes');
    return message === null ? [] : [{text: this.status.say('plotNoClasses', {message}), alert: true}];
  }

  #label(): string {
    const {figure} = this.view;
    return figure ? `${figure.label}, ${figure.facts}` : this.unnamed;
  }

  /** More height where panels stand below each other. */
  #setHeight(): void {
    const {viewBox} = this;
    if (!viewBox || !this.view.figure) return;
    const {reserved} = this.constructor as unknown as {reserved: number};
    const room = this.view.figure.tall ? Math.min(TALL, viewBox.clientWidth) : 0;
    this.reserve(Math.max(reserved + this.strip, this.clientHeight - viewBox.clientHeight + Math.max(room, PANEL * this.view.lines)));
  }

  #save(what: 'png' | 'svg' | 'csv', name: string): void {
    if (what === 'png') void this.save(this.toBlob({fitting: true}), `${name}.png`, 'image/png');
    else if (what === 'svg') void this.save(this.toSVG(), `${name}.svg`, 'image/svg+xml');
    else void this.save(this.toCSV(), `${name}.csv`, 'text/csv');
  }
}
