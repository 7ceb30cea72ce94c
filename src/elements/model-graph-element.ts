import {html, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {property, query as find, state} from 'lit/decorators.js';
import {formatCount, shortCount} from '../color/format.js';
import {loadPalettes} from '../color/palette.js';
import type {BlobOptions} from '../controllers/blob.js';
import {Gestures} from '../controllers/gestures.js';
import {GraphCompare} from '../controllers/graph-compare.js';
import {paintBar, paintMap, paintOnto} from '../controllers/graph-picture.js';
import {compareData, type GraphData, readGraphModel, readGraphSpec, readGraphText, readGraphUrl} from '../controllers/graph-reading.js';
import {GraphSearch} from '../controllers/graph-search.js';
import {GraphView, type GraphSettings} from '../controllers/graph-view.js';
import {NodeWeights} from '../controllers/node-weights.js';
import {oneOf} from '../controllers/heatmap-settings.js';
import {InlineData} from '../controllers/inline-data.js';
import {ancestorsOf, visibleItems} from '../graph/expand.js';
import {ancestors, descendants} from '../graph/trace.js';
import type {GraphItem} from '../graph/tree.js';
import type {GraphSpec} from '../graph/types.js';
import {graphBar, type GraphBarHandlers} from '../parts/graph-bar.js';
import {graphLegend, graphNotes, pathOf} from '../parts/graph-frame.js';
import {graphPanel, type PanelHandlers} from '../parts/graph-panel.js';
import {outlineRows, panelOf, spokenOf} from '../parts/graph-texts.js';
import {graphStyles} from '../parts/graph-styles.js';
import {boxText, type Coloring, coloringOf, exampleShape, lookOf, numberText, overlaysOf} from '../parts/graph-words.js';
import {message} from '../parts/message.js';
import {outline} from '../parts/outline.js';
import {sharedStyles} from '../parts/styles.js';
import {MORE_WORDS, useGraphWords} from '../words/graph.js';
import {Problem, wordsEdition} from '../words/strings.js';
import {type FailureEvent, type LoadEvent, type LoadProgressEvent, NodeEvent} from './events.js';
import {LensElement} from './lens-element.js';

/** The events of `<model-graph>`, by name. */
export interface ModelGraphEventMap {
  load: LoadEvent;
  progress: LoadProgressEvent;
  error: FailureEvent;
  'node-hover': NodeEvent;
  'node-select': NodeEvent;
  'group-toggle': NodeEvent;
}

/** Lines of the outline that are there at first. */
const LINES = 300;
/** Ms within which a second click opens. */
const DOUBLE = 400;

/**
 * Draws the structure of a model, from three layers to tens of thousands of ops.
 *
 * @element model-graph
 * @summary The structure of a model as a flow chart, a tree, or an outline.
 *
 * @fires {LoadEvent} load - The structure has been read; once per input.
 * @fires {LoadProgressEvent} progress - Bytes have arrived.
 * @fires {FailureEvent} error - The input cannot be shown; `message` says what to do. Once per input.
 * @fires {NodeEvent} node-hover - The pointer stands on another node or group; all `null` once when it has left.
 * @fires {NodeEvent} node-select - A node or group was clicked, tapped, or walked to with the keys; all `null` when the choice was given up.
 * @fires {NodeEvent} group-toggle - The user opened or closed a group.
 *
 * @attr {string} aria-label - The accessible name; written from the data where it is not given.
 * @attr {string} lang - The language of words and numbers; `en` and `zh` ship, `setStrings` adds others.
 *
 * @slot - What stands there until there are data; or the data themselves, as JSON.
 * @slot caption - A caption below the picture.
 *
 * @csspart toolbar - Title, search, and buttons.
 * @csspart canvas - The drawing.
 * @csspart minimap - The small map.
 * @csspart path - The groups that hold what is selected.
 * @csspart details - The panel of details.
 * @csspart legend - What the colours stand for, and remarks.
 * @csspart message - Progress, an error, or why there is nothing.
 *
 * @cssprop [--tensorlens-background=light-dark(#ffffff, #14171c)] - Background.
 * @cssprop [--tensorlens-text=light-dark(#1d2430, #e6e9ee)] - Text.
 * @cssprop [--tensorlens-muted=light-dark(#5a6473, #a3adba)] - Lesser text, lines.
 * @cssprop [--tensorlens-accent=light-dark(#0b62c4, #6cb2ff)] - Links, focus, what is selected.
 * @cssprop [--tensorlens-grid=light-dark(#c9cfd8, #39404b)] - Frames.
 * @cssprop [--tensorlens-font=system-ui, sans-serif] - Font family.
 *
 * @cssState loading - Data are being read.
 * @cssState error - The input cannot be shown.
 * @cssState empty - There are no data.
 * @cssState preview - The drawing is the quick one; the better one follows, or is not to be had.
 */
export class ModelGraphElement extends LensElement<GraphData> {
  static override styles = [sharedStyles, graphStyles];
  protected static override reserved = 480;

  readonly #inline = new InlineData(this, (text) => this.source.offer('inline', text === null ? null : (signal) => readGraphText(text, signal)));
  readonly #view = new GraphView(
    this.status.work,
    (what) => (what === 'picture' ? this.surface.request('picture') : this.requestUpdate()),
    (error) => (error === null ? this.status.clear('layout') : this.status.fail('layout', error)),
  );
  readonly #gestures = new Gestures(this, {
    zoom: (factor, x, y) => this.#view.zoom(factor, x, y),
    pan: (dx, dy) => this.#view.pan(dx, dy),
    hover: (point) => this.#hover(point && this.#view.at(point.x, point.y)),
    tap: (x, y) => this.#tap(x, y),
    greedy: () => this.gestures === 'greedy',
  });
  readonly #search = new GraphSearch();
  readonly #compare = new GraphCompare(
    this.status.work,
    () => void this.#combine(true),
    () => this.requestUpdate(),
    (error) => (error === null ? this.status.clear('compare') : this.status.fail('compare', error)),
  );
  readonly #weights = new NodeWeights(this.status.work, () => this.requestUpdate());
  #data: GraphData | null = null;
  /** What is drawn: the data, or their union with what they are compared with. */
  #drawn: GraphData | null = null;
  #coloring: Coloring = {by: 'type', name: '', own: false, scale: null, valueOf: () => null};
  #colored = '';
  #last = {id: '', at: 0};
  #overlays: ReturnType<typeof overlaysOf> = null;
  #overlayCount = 0;
  /** Changes with what stands out. */
  #lights = 0;
  /** What the user has just selected. */
  #chosen: string | null = null;
  #version = 0;

  @find('.view') private readonly viewBox!: HTMLElement | null;
  @find('.view canvas') private readonly canvas!: HTMLCanvasElement | null;
  @find('[part=minimap]') private readonly map!: HTMLCanvasElement | null;

  @state() private palettes = false;
  @state() private spoken = '';
  @state() private traced = false;
  @state() private lines = LINES;

  /**
   * Read: what was understood of the model, without the groups that were found in it. Set: any graph of that form; it
   * comes before `model` and `src`, and `null` uncovers them.
   */
  @property({attribute: false})
  get graph(): GraphSpec | null {
    return this.#data?.spec ?? null;
  }
  set graph(spec: GraphSpec | null) {
    this.source.offer('own', spec ? (signal) => readGraphSpec(spec, signal) : null);
    if (spec && this.isConnected) this.#view.warm();
    this.requestUpdate();
  }

  /** `flow`: a flow chart; `tree`: groups and what they hold; `outline`: the same as text. */
  @property() view: 'flow' | 'tree' | 'outline' | null = 'flow';

  /** Where the flow goes. */
  @property() direction: 'down' | 'right' | 'up' | 'left' | null = 'down';

  /** Which groups are open at first: `auto` until 20 to 150 boxes stand there, a depth, or `all`. */
  @property() expand: string | number | null = 'auto';

  /** `type`, `params`, `macs`, `memory`, or a key of `.overlay`; by default `type`, or the first overlay. */
  @property({attribute: 'color-by'}) colorBy: string | null = null;

  /** Numbers of your own by node id, or several such records by name; a group shows the mean of its nodes. */
  @property({attribute: false}) overlay: Record<string, number> | Record<string, Record<string, number>> | null = null;

  /** Finds nodes: words, `/regex/`, `key=value`; the rest is dimmed. */
  @property() query = '';

  /** The id of the node or group that is selected. */
  @property() selected: string | null = null;

  /** A second model or graph, the one *before*: added is what is here and not there. */
  @property({attribute: false}) compare: object | null = null;

  /** The address of a second model, the one *before*. */
  @property({attribute: 'compare-src'}) compareSrc: string | null = null;

  constructor() {
    super();
    useGraphWords();
    this.status.addWords(MORE_WORDS);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    if (changed.has('compare') || changed.has('compareSrc')) {
      const options = {...(this.fetch && {fetch: this.fetch}), ...(this.crossOrigin === 'use-credentials' && {credentials: 'include' as const})};
      this.#compare.set(this.compare, this.compareSrc, options, this.isConnected);
    }
    if (this.isConnected && ((changed.has('src') && this.src) || (changed.has('model') && this.model))) this.#view.warm();
    if (changed.has('overlay')) {
      this.#overlayCount++;
      this.#overlays = overlaysOf(this.overlay);
    }
    if (changed.has('selected')) this.#show(this.selected);
    if (this.#drawn && changed.has('query')) void this.#find();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.isConnected) return;
    super.updated(changed);
    this.surface.observe(this.viewBox);
    this.#gestures.observe(this.viewBox);
    this.#apply();
    // what the user chose is in view, or has been brought there
    if (changed.has('selected') && changed.get('selected') !== undefined && this.selected && this.selected !== this.#chosen) this.#view.bring(this.selected);
    this.#chosen = null;
    this.status.describe(this.#label(), {empty: !this.#drawn, preview: this.#view.scene?.preview ?? false});
  }

  protected override render(): TemplateResult {
    const {say, failed, lang} = this.status;
    const drawn = failed ? null : this.#drawn;
    const over = this.status.message(drawn ? null : say('graphNothing'));
    const slot = !this.#drawn && !failed && this.#inline.text === null;
    const outlined = this.view === 'outline';
    const view = this.#view;
    const selected = drawn && this.selected !== null ? drawn.tree.item(this.selected) : undefined;
    // the picture comes first
    const rows = drawn && (outlined || view.scene) ? outlineRows(drawn.tree, view.open, this.lines, {selected: this.selected, lit: view.lit}, this.#text) : null;
    return html`<div class="frame">
      <div class="probe"></div>
      ${drawn ? graphBar(this.#bar(drawn), this.#barHandlers) : nothing}
      <div class="box">
        <div
          class="view ${this.gestures === 'greedy' ? 'greedy' : ''}"
          ?hidden=${outlined}
          tabindex=${drawn && !outlined ? 0 : nothing}
          role=${drawn ? 'application' : nothing}
          aria-label=${drawn ? this.#label() : nothing}
          aria-describedby=${drawn ? 'keys' : nothing}
          @keydown=${this.#key}
        >
          <canvas part="canvas" aria-hidden="true"></canvas>
        </div>
        ${selected?.parent ? pathOf(ancestorsOf(selected), selected, say, (id) => this.#choose(id, true)) : nothing}
        ${this.#mapShown ? html`<canvas part="minimap" title=${say('graphMap')} aria-hidden="true" @pointerdown=${this.#mapped} @pointermove=${this.#mapped}></canvas>` : nothing}
        ${rows ? outline(rows.rows, rows.rest ? say('more', {n: formatCount(rows.rest, lang)}) : null, say('outlineLabel'), outlined, this.#outlineHandlers) : nothing}
        ${selected ? graphPanel(panelOf(selected, drawn!.tree, view.open, {overlay: this.#coloring, comparison: this.#compare.comparison, drift: this.#compare.drift, weights: this.#weights.of(selected, drawn!.weights, say), traced: this.traced}, say, lang), say, this.#panelHandlers) : nothing}
        ${slot ? html`<slot>${over?.kind === 'empty' ? message(over) : nothing}</slot>` : nothing}
        ${slot && over?.kind === 'empty' ? nothing : message(over)}
      </div>
      ${drawn ? graphLegend(drawn.tree, this.#coloring, this.#compare.counts, say, lang) : nothing}
      ${drawn ? graphNotes(view.failure, view.scene?.quiet.length ?? 0, this.#compare, this.status.told('compare'), drawn.spec.remarks ?? [], say, lang, (id) => this.#choose(id, true)) : nothing}
      <slot name="caption"></slot>
      <p id="keys" class="visually-hidden">${say('graphKeys')}</p>
      <p class="visually-hidden" aria-live="polite">${this.spoken}</p>
    </div>`;
  }

  /** Where a node or group lies, in client coordinates; `null` where it is not drawn. Of what a closed group holds, the group's. */
  nodeRect(id: string): DOMRect | null {
    const shown = this.#view.shownAs(id);
    const rect = shown === null ? null : this.#view.rectOf(shown);
    const box = rect && this.viewBox?.getBoundingClientRect();
    return rect && box ? new DOMRect(box.left + rect.x, box.top + rect.y, rect.width, rect.height) : null;
  }

  /** Opens a group, and those that hold it. */
  expandGroup(id: string): void {
    if (this.#view.setOpen(id, true)) this.requestUpdate();
  }

  /** Closes a group. */
  collapseGroup(id: string): void {
    if (this.#view.setOpen(id, false)) this.requestUpdate();
  }

  /** Shows all of the drawing. */
  fit(): void {
    this.#view.fit();
  }

  /** Puts a node or group in the middle, opening what holds it. */
  zoomTo(id: string): void {
    this.#view.bring(id, true);
  }

  /**
   * The whole drawing as a picture, whatever is in view.
   * @returns rejects with a RangeError that names the largest possible scale where a canvas cannot hold it
   */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    await this.renderComplete;
    const {graphBlob} = await import('../controllers/graph-export.js');
    return graphBlob(this.#view, this.theme.theme, options);
  }

  /** The whole drawing as SVG: vectors, and text as text. */
  async toSVG(): Promise<string> {
    await this.renderComplete;
    const {graphSvg} = await import('../controllers/graph-export.js');
    return graphSvg(this.#view, this.theme.theme, this.#label());
  }

  protected readUrl(src: string, options: Parameters<typeof readGraphUrl>[1]): Promise<GraphData> {
    return readGraphUrl(src, options);
  }

  protected readModel(model: object, signal: AbortSignal): Promise<GraphData> {
    return readGraphModel(model, signal);
  }

  protected take(data: GraphData | null, refreshed: boolean): void {
    const same = refreshed && this.#data !== null && data !== null;
    this.#data = data;
    this.status.clear('input');
    this.status.clear('drawing');
    this.#weights.forget();
    if (!same) this.lines = LINES;
    void this.#combine(same);
  }

  protected lose(): void {
    this.#version++;
    this.#data = this.#drawn = null;
    this.#view.show(null, false);
    this.#search.clear();
  }

  protected stop(): void {
    this.#version++;
    this.#view.release();
    this.#weights.stop();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#compare.start();
    // what was being matched or laid out when the element was taken away
    if (this.#data) void this.#combine(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#compare.stop();
  }

  /** Draws the data, or their union with those before. */
  async #combine(same = false): Promise<void> {
    const data = this.#data;
    const version = ++this.#version;
    const release = this.status.work.hold('combine');
    try {
      const combined = data && (await this.#compare.with(data, compareData));
      if (version !== this.#version) return;
      const drawn = combined ?? data;
      this.#drawn = drawn;
      if (this.#view.hovered !== null && !drawn?.tree.item(this.#view.hovered)) this.#hover(null);
      this.#view.selected = this.selected;
      this.#view.show(drawn?.tree ?? null, same);
      this.#colored = '';
      this.#search.clear();
      this.#show(this.selected);
      if (drawn && this.query) void this.#find();
      if (drawn) this.announce();
      this.requestUpdate();
    } catch (error) {
      if (version === this.#version) this.fail(error);
    } finally {
      release();
    }
  }

  readonly #text = (item: GraphItem): ReturnType<typeof boxText> => boxText(item, this.status.say, this.status.lang, this.#compare.marks);

  /** Brings the drawing up to what is asked for. */
  #apply(): void {
    const {size} = this.surface;
    const drawn = this.#drawn;
    if (!drawn) return;
    try {
      const view = this.#view;
      const theme = this.theme.theme;
      const lang = `${this.status.lang} ${wordsEdition()}`;
      const overlays = this.#overlays;
      const by = this.#by(overlays?.names ?? []);
      const expand = this.#expand();
      const key = JSON.stringify([by, this.#overlayCount, view.scene?.boxes.length, theme.muted, this.#compare.version, lang]);
      const settings: GraphSettings = {
        view: this.view === 'tree' ? 'tree' : 'flow',
        direction: oneOf('direction', this.direction, ['down', 'right', 'up', 'left']),
        expand,
        stamp: `${lang} ${this.#compare.version}`,
        textOf: this.#text,
        shapeText: exampleShape,
        lookOf: (item) => lookOf(item, this.#coloring, view.textOf(item).mark, theme.muted),
        theme,
        calm: matchMedia('(prefers-reduced-motion: reduce)').matches,
      };
      oneOf('view', this.view, ['flow', 'tree', 'outline']);
      view.update(settings, size);
      if (by !== 'type' && !this.palettes) {
        const release = this.status.work.hold('palettes');
        void loadPalettes().then(() => (this.palettes = true)).finally(release);
      } else if (key !== this.#colored) {
        this.#colored = key;
        this.#coloring = coloringOf(by, overlays, by === 'type' ? [] : visibleItems(drawn.tree, view.open), this.status.say);
        view.recolor();
        this.requestUpdate();
      }
      this.status.clear('drawing');
    } catch (error) {
      this.status.fail('drawing', error);
    }
  }

  /** @throws Problem for what is neither known nor an overlay */
  #by(names: readonly string[]): string {
    const by = this.colorBy;
    if (!by) return names[0] ?? 'type';
    if (names.includes(by) || ['type', 'params', 'macs', 'memory'].includes(by)) return by;
    if (names.length) throw new Problem('badOverlayKey', {name: by, names: names.map((n) => `“${n}”`).join(', ')});
    return oneOf('color-by', by, ['type', 'params', 'macs', 'memory']);
  }

  /** @throws Problem */
  #expand(): GraphSettings['expand'] {
    const {expand} = this;
    if (expand === null || expand === undefined || expand === '' || expand === 'auto') return 'auto';
    const depth = Number(expand);
    if (Number.isInteger(depth) && depth >= 0) return depth;
    return oneOf('expand', String(expand), ['auto', 'all']) as 'auto' | 'all';
  }

  protected paint(): void {
    const {size} = this.surface;
    const view = this.#view;
    if (this.canvas) paintOnto(this.canvas, view, size);
    if (this.map && view.scene && view.viewport) paintMap(this.map, view, size.dpr, `${this.#colored} ${this.#lights}`);
    if (Boolean(this.map) !== this.#mapShown) this.requestUpdate(); // the map comes or goes
    const bar = this.renderRoot.querySelector<HTMLCanvasElement>('[part=legend] .bar canvas');
    if (bar && this.#coloring.scale) paintBar(bar, this.#coloring.scale, this.theme.theme, size.dpr);
    this.#weights.paint(this.renderRoot.querySelectorAll<HTMLCanvasElement>('[data-weight]'), this.theme.theme, size.dpr);
  }

  /** Whether the small map stands there: some of the drawing is out of view, and there is room for it. */
  get #mapShown(): boolean {
    const {width, height} = this.surface.size;
    return this.#drawn !== null && !this.status.failed && this.view !== 'outline' && !this.#view.fitted && width >= 420 && height >= 260;
  }

  #bar(drawn: GraphData): Parameters<typeof graphBar>[0] {
    const {say, lang} = this.status;
    const {tree} = drawn;
    const sum = (key: 'params' | 'macs'): {value: number; unknown: number} =>
      tree.roots.reduce((a, item) => ({value: a.value + (item[key] ?? 0), unknown: a.unknown + item.unknown[key]}), {value: 0, unknown: 0});
    const [params, macs] = [sum('params'), sum('macs')];
    const about = (n: {value: number; unknown: number}): string => (n.unknown ? say('atLeast', {n: shortCount(n.value, lang)}) : shortCount(n.value, lang));
    // a sum of which most is unknown would say nothing
    const told = (n: {value: number; unknown: number}): boolean => n.value > 0 && (!n.unknown || (n.value >= 1e5 && n.unknown < 0.1 * tree.size));
    const facts = [params.value || !params.unknown ? say('graphParams', {n: about(params)}) : '', told(macs) ? say('graphMacs', {n: about(macs)}) : ''].filter(Boolean).join(' · ');
    return {
      say,
      title: say('graphTitleNodes', {n: formatCount(tree.size, lang)}),
      facts,
      query: this.query ?? '',
      at: this.#search.at + 1,
      found: this.#search.found?.length ?? null,
      colorBy: this.#coloring.by,
      overlays: this.#overlays?.names ?? [],
      problem: this.status.told('query'),
      view: this.view ?? 'flow',
      fitted: this.#view.fitted,
    };
  }

  readonly #barHandlers: GraphBarHandlers = {
    query: (text) => (this.query = text),
    step: (by) => {
      const id = this.#search.step(by);
      if (id !== null) this.#choose(id, true);
    },
    color: (by) => (this.colorBy = by),
    view: (view) => (this.view = view),
    expand: (how) => {
      this.#view.expand(how);
      this.requestUpdate();
    },
    zoom: (factor) => this.#view.zoom(factor),
    fit: () => this.#view.fit(),
    save: (what) => this.#save(what),
  };

  readonly #panelHandlers: PanelHandlers = {
    go: (id) => this.#choose(id, true),
    toggle: () => this.selected !== null && this.#toggle(this.selected),
    trace: () => this.#trace(),
    zoom: () => this.selected !== null && this.#view.bring(this.selected, true),
    close: () => this.#choose(null, false),
  };

  readonly #outlineHandlers = {
    select: (id: string) => this.#choose(id, false),
    toggle: (id: string, open: boolean) => this.#toggle(id, open),
    more: () => (this.lines += LINES),
  };

  #hover(hit: ReturnType<GraphView['at']>): void {
    const id = hit?.box.item.id ?? null;
    if (id === this.#view.hovered) return;
    this.#view.hovered = id;
    this.#tell('node-hover', id);
    this.surface.request('hover');
    this.viewBox?.classList.toggle('over', id !== null);
  }

  #tap(x: number, y: number): void {
    this.viewBox?.focus({preventScroll: true});
    const hit = this.#view.at(x, y);
    const id = hit?.box.item.id ?? null;
    if (hit && id !== null) {
      const now = performance.now();
      const twice = this.#last.id === id && now - this.#last.at < DOUBLE;
      this.#last = {id, at: twice ? 0 : now};
      if (hit.part === 'sign' || (twice && hit.box.item.kind === 'group')) {
        this.#toggle(id);
        return;
      }
    }
    if (id !== this.selected) this.#choose(id, false);
  }

  /** What the user chooses. @param bring moves it into view */
  #choose(id: string | null, bring: boolean): void {
    if (id !== this.selected) {
      this.selected = this.#chosen = id;
      this.#tell('node-select', id);
    }
    if (id !== null && bring) this.#view.bring(id);
    const item = id === null ? undefined : this.#drawn?.tree.item(id);
    this.spoken = item ? spokenOf(item, this.#drawn!.tree, this.#view.open, this.status.say, this.status.lang) : '';
  }

  /** Marks what is selected, and ends the trace of what was. */
  #show(id: string | null): void {
    this.#view.selected = id;
    this.traced = false;
    this.#light();
    this.surface.request('selected');
  }

  #toggle(id: string, open = !this.#view.open.has(id)): void {
    if (!this.#view.setOpen(id, open)) return;
    this.#tell('group-toggle', id);
    const item = this.#drawn?.tree.item(id);
    if (item) this.spoken = spokenOf(item, this.#drawn!.tree, this.#view.open, this.status.say, this.status.lang);
    this.requestUpdate();
  }

  #trace(): void {
    if (this.selected === null) return;
    this.traced = !this.traced;
    this.#light();
  }

  async #find(): Promise<void> {
    const release = this.status.work.hold('search');
    try {
      if (await this.#search.find(this.#drawn?.tree ?? null, this.query ?? '')) this.status.clear('query');
      else return;
    } catch (error) {
      this.status.fail('query', error);
    } finally {
      release();
    }
    this.#light();
    this.requestUpdate();
  }

  /** Which boxes stand out: what was found, or the way through what is selected. */
  #light(): void {
    const tree = this.#drawn?.tree;
    const ids = !tree ? null : this.traced && this.selected !== null && tree.item(this.selected) ? [this.selected, ...ancestors(tree, this.selected), ...descendants(tree, this.selected)] : this.#search.found;
    if (!tree || !ids) this.#view.lit = null;
    else {
      const lit = new Set<string>(ids);
      // a group once lit has lit those around it
      for (const id of ids) for (let g = tree.item(id)?.parent; g && !lit.has(g.id); g = g.parent) lit.add(g.id);
      this.#view.lit = lit;
    }
    this.#lights++;
    this.surface.request('lit');
  }

  #tell(type: 'node-hover' | 'node-select' | 'group-toggle', id: string | null): void {
    const item = id === null ? undefined : this.#drawn?.tree.item(id);
    this.dispatchEvent(new NodeEvent(type, id, item?.node?.layer ?? (item?.group?.kind === 'model' ? item.id : null)));
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.viewBox) return;
    const view = this.#view;
    const ways = {ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right'} as const;
    const {key} = event;
    if (Object.hasOwn(ways, key) && event.shiftKey) {
      // moves the picture, as a drag does
      const [dx, dy] = {ArrowUp: [0, 80], ArrowDown: [0, -80], ArrowLeft: [80, 0], ArrowRight: [-80, 0]}[key as keyof typeof ways] as [number, number];
      view.pan(dx, dy);
    } else if (Object.hasOwn(ways, key)) {
      const next = view.neighbour(this.selected === null ? null : view.shownAs(this.selected), ways[key as keyof typeof ways]);
      if (next !== null) this.#choose(next, true);
    } else if (key === 'Enter' || key === ' ') {
      const item = this.selected === null ? undefined : this.#drawn?.tree.item(this.selected);
      if (!item) this.#choose(view.neighbour(null, 'down'), true);
      else if (item.kind === 'group') this.#toggle(item.id);
      else this.#choose(item.id, true);
    } else if (key === 'Escape' || key === 'Backspace') {
      const item = this.selected === null ? undefined : this.#drawn?.tree.item(this.selected);
      if (!item) return;
      this.#choose(item.parent?.id ?? null, true);
    } else if (key === 'Home' || key === 'End') {
      const shown = visibleItems(this.#drawn!.tree, view.open);
      const item = key === 'Home' ? shown[0] : shown.at(-1);
      if (item) this.#choose(item.id, true);
    } else if (key === '+' || key === '=') view.zoom(1.4);
    else if (key === '-' || key === '_') view.zoom(1 / 1.4);
    else if (key === '0') view.fit();
    else if (key === 't') this.#trace();
    else if (key === 'f' || key === '/') this.renderRoot.querySelector<HTMLInputElement>('[type=search]')?.focus();
    else if (key === 'n') this.#barHandlers.step(1);
    else if (key === 'N') this.#barHandlers.step(-1);
    else return;
    event.preventDefault();
  };

  readonly #mapped = (event: PointerEvent): void => {
    if (event.type === 'pointermove' && !event.buttons) return;
    const {scene} = this.#view;
    const map = this.map;
    if (!scene || !map) return;
    const box = map.getBoundingClientRect();
    const k = Math.min(box.width / scene.width, box.height / scene.height);
    this.#view.centre((event.clientX - box.left - (box.width - scene.width * k) / 2) / k, (event.clientY - box.top - (box.height - scene.height * k) / 2) / k);
  };

  #save(what: 'png' | 'svg' | 'json'): void {
    if (what === 'png') void this.save(this.toBlob({fitting: true}), 'graph.png', 'image/png');
    else if (what === 'svg') void this.save(this.toSVG(), 'graph.svg', 'image/svg+xml');
    else void this.save(Promise.resolve(JSON.stringify(this.graph)), 'graph.json', 'application/json');
  }

  #label(): string {
    const drawn = this.#drawn;
    const {say, lang} = this.status;
    if (!drawn) return say('graphNothing');
    const sums = drawn.tree.roots.reduce((a, item) => ({params: a.params + (item.params ?? 0), unknown: a.unknown + item.unknown.params}), {params: 0, unknown: 0});
    const params = numberText(sums.params || !sums.unknown ? sums.params : null, sums.unknown, (n) => formatCount(n, lang), say, lang);
    return say('graphLabel', {name: drawn.spec.name?.slice(0, 80) || say('theModel'), nodes: say('graphTitleNodes', {n: formatCount(drawn.tree.size, lang)}), params});
  }
}

export interface ModelGraphElement {
  addEventListener<K extends keyof ModelGraphEventMap>(type: K, listener: (this: ModelGraphElement, event: ModelGraphEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: ModelGraphElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof ModelGraphEventMap>(type: K, listener: (this: ModelGraphElement, event: ModelGraphEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: ModelGraphElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'model-graph': ModelGraphElement;
  }
}
