import {LitElement, type PropertyDeclaration, type PropertyValues} from 'lit';
import {property, query as find} from 'lit/decorators.js';
import {DataSource, type Loader} from '../controllers/data-source.js';
import {download} from '../controllers/download.js';
import {nearViewport} from '../controllers/near-viewport.js';
import {Status} from '../controllers/status.js';
import {Surface} from '../controllers/surface.js';
import {ThemeProbe} from '../controllers/theme-probe.js';
import type {OpenOptions} from '../tensor/read-source.js';
import {Problem} from '../words/strings.js';

/** What all elements share: where data come from, what is under way, the theme, the surface, the height. `D`: the data. */
export abstract class LensElement<D> extends LitElement {
  /** The height in CSS px that is kept free until the data are known. */
  protected static reserved = 360;

  protected readonly status = new Status(this, this.attachInternals());
  protected readonly theme = new ThemeProbe(this, () => this.requestUpdate());
  protected readonly surface = new Surface(this, () => this.surface.drawable && this.probeBox && this.paint(), () => this.requestUpdate(), () => this.status.work.hold('frame'));
  protected readonly source: DataSource<D> = new DataSource<D>(this, {
    begin: () => this.status.begin(this.cancel),
    progress: (loaded, total) => this.status.progress(loaded, total),
    data: (data, refreshed) => {
      if (!refreshed) this.announced = !data;
      this.take(data, refreshed);
    },
    failed: (error) => this.fail(error),
    ready: (signal) => (this.loading === 'lazy' || (this.loading !== 'eager' && this.runsModel) ? this.#near(signal) : null),
  });
  /** Whether `load` or `error` has been fired for the input. */
  protected announced = false;
  readonly #sheet = new CSSStyleSheet();
  #height = 0;
  #hold: (() => void) | undefined;
  /** Ends the wait for the viewport. */
  #hurry: (() => void) | undefined;

  @find('.probe') private readonly probeBox!: HTMLElement | null;

  /** Address of a TensorFlow.js `model.json` (layers or graph format), a weights manifest, or JSON data. */
  @property() src: string | null = null;

  /** A `tf.LayersModel`, `tf.GraphModel` or `tf.io.ModelArtifacts`; never changed, never disposed of. */
  @property({attribute: false}) model: object | null = null;

  /** `lazy` reads only near the viewport; `auto` and `eager` at once. */
  @property() loading: 'auto' | 'eager' | 'lazy' | null = 'auto';

  /** `greedy` takes the bare wheel and a single finger; by default the page scrolls. */
  @property() gestures: 'cooperative' | 'greedy' | null = 'cooperative';

  /** As for images: `use-credentials` sends cookies to other origins. */
  @property({attribute: 'crossorigin'}) crossOrigin: string | null = null;

  /** Used instead of `fetch`, for authorisation or signed addresses. */
  @property({attribute: false}) fetch: typeof fetch | null = null;

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang', 'aria-label'];
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (name === 'lang' || name === 'aria-label') this.requestUpdate();
  }

  override requestUpdate(name?: PropertyKey, oldValue?: unknown, options?: PropertyDeclaration): void {
    // LitElement's constructor calls this before the fields are there
    const status = this.status as Status | undefined;
    const before = status && this.isConnected && !this.#hold ? status.work.hold('update') : null;
    super.requestUpdate(name, oldValue, options);
    if (!before) return;
    // a property that was given its own value again makes no update
    if (this.isUpdatePending) this.#hold = before;
    else before();
  }

  /** Resolves when nothing is under way; a new promise for each piece of work. Never rejects. */
  get renderComplete(): Promise<void> {
    return this.status.work.complete;
  }

  /** Reads the data again, such as weights that training has changed in place. Resolves when they are drawn. */
  async refresh(): Promise<void> {
    this.source.refresh();
    await this.renderComplete;
  }

  /** Reads what an address names. */
  protected abstract readUrl(src: string, options: OpenOptions): Promise<D>;
  /** Reads a live model. */
  protected abstract readModel(model: object, signal: AbortSignal): Promise<D>;
  /** Takes new data; `null` where there are none. */
  protected abstract take(data: D | null, refreshed: boolean): void;
  /** Shows nothing, so that nothing old stands as if it were the new. */
  protected abstract lose(): void;
  /** Ends what is under way. */
  protected abstract stop(): void;
  /** Paints the canvases; called in an animation frame. */
  protected abstract paint(): void;

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot() as ShadowRoot;
    root.adoptedStyleSheets.push(this.#sheet);
    this.reserve((this.constructor as typeof LensElement).reserved);
    return root;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
    this.#hold = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('loading') && this.loading === 'eager') this.#hurry?.();
    if (changed.has('src')) this.offerSrc();
    if (changed.has('model')) this.offerModel();
  }

  /** Whether what is to be drawn needs a model to run: that waits until the element is near the viewport. */
  protected get runsModel(): boolean {
    return false;
  }

  /** Has the address read, as new input. @param same for something else of the same input */
  protected offerSrc(same = false): void {
    this.source.offer('src', this.loaderOf(this.src), same);
  }

  /** Has the live model read, as new input. @param same for something else of the same input */
  protected offerModel(same = false): void {
    const {model} = this;
    this.source.offer('model', model ? (signal) => this.readModel(model, signal) : null, same);
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.theme.observe(this.probeBox);
    this.surface.request('update');
    this.#hold?.();
    this.#hold = undefined;
  }

  /** Sets the default height in CSS px; what the page's own CSS says wins. */
  protected reserve(height: number): void {
    if (height === this.#height) return;
    this.#height = height;
    this.#sheet.replaceSync(`:host{height:clamp(160px,${Math.ceil(height)}px,80vh)}`);
    this.surface.measure();
  }

  /** Tells once per input that it has been read. */
  protected announce(): void {
    if (this.announced) return;
    this.announced = true;
    this.status.loaded();
  }

  /** Tells that the input cannot be shown. */
  protected fail(error: unknown): void {
    this.lose();
    this.announced = true;
    this.status.fail('input', error);
  }

  protected readonly cancel = (): void => {
    this.source.cancel();
    this.stop();
    this.fail(new Problem('cancelled'));
  };

  /** How everything of this element is fetched. */
  protected get fetching(): {fetch?: typeof fetch; credentials?: RequestCredentials} {
    return {...(this.fetch && {fetch: this.fetch}), ...(this.crossOrigin === 'use-credentials' && {credentials: 'include' as const})};
  }

  /** Hands a file to the user. */
  protected async save(content: Promise<BlobPart>, name: string, type: string): Promise<void> {
    this.status.clear('saving');
    try {
      download(await content, name.replace(/[^\w.-]+/g, '_'), type);
    } catch (error) {
      this.status.fail('saving', error);
    }
  }

  /** Waits until the element is near the viewport; that is work under way until it is known where it is. */
  #near(signal: AbortSignal): Promise<void> {
    const release = this.status.work.hold('near');
    const near = Promise.race([nearViewport(this, signal, release), new Promise<void>((resolve) => (this.#hurry = resolve))]);
    // a turn later reading has begun, and is the same piece of work
    const end = (): unknown => setTimeout(release);
    near.then(end, end);
    return near;
  }

  /** What reads an address; `null` where there is none. */
  protected loaderOf(src: string | null): Loader<D> | null {
    return src ? (signal, onProgress, fresh) => this.readUrl(src, {fresh, signal, onProgress, ...this.fetching}) : null;
  }
}
