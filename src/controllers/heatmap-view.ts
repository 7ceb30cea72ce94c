import {loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale, type ScaleSettings} from '../color/scale.js';
import type {Arrangement} from '../compute/arrange.js';
import {reachOf} from '../compute/pool.js';
import {buildPyramid, type Pyramid, rangeOfPyramid} from '../compute/pyramid.js';
import {runSliced, type SliceOptions, yieldToPage} from '../compute/slices.js';
import {countBeyond, histogram} from '../compute/stats.js';
import type {Viewport} from '../compute/viewport.js';
import {type Margins, paintAxes} from '../paint/axes.js';
import {type CellsScene, paintCursor, paintSquares, paintValues, SQUARE_CELL, TEXT_CELL} from '../paint/cells.js';
import {heatmapBands, paintGround, type PlaneScene, sampleHeatmap} from '../paint/heatmap.js';
import type {Context, Theme} from '../paint/theme.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';
import {Facts} from './facts.js';
import {Latest} from './latest.js';
import type {Ordered, Orderer} from './heatmap-order.js';
import {type Cell, PlaneView, type ViewBox} from './plane-view.js';
import {union} from './seen.js';
import type {Work} from './work.js';

/** How rows, columns or filters stand: as they are, by L2 or L1 norm, or by average linkage of euclidean or cosine distances. */
export type OrderName = 'none' | 'norm' | 'norm-l1' | 'cluster' | 'cluster-cosine';

/** How tensors are to be drawn. */
export interface ViewSettings {
  readonly arrange: string | null;
  readonly mark: 'cell' | 'square';
  readonly aspect: 'auto' | 'equal';
  readonly scale: ScaleSettings;
  readonly domainPer: 'all' | 'tile' | 'row' | 'column';
  readonly pool: 'extreme' | 'mean';
  readonly annotate: boolean;
  /** The range of all weights together, where `domain` is `shared` and it is known. */
  readonly sharedRange: {readonly min: number; readonly max: number} | null;
  readonly order: OrderName;
  /** What the tiles of an overview show. */
  readonly tiles: 'heatmaps' | 'distributions';
}

/** Up to so many cells are drawn exactly at once; above, samples stand first. */
const AT_ONCE = 1 << 18;
/** Samples at most in one frame, in pixels. */
const SAMPLE_PIXELS = 700_000;
/** A gesture has ended when nothing has moved for so many ms. */
const SETTLE = 80;
/** Work tells how far it is once it has taken so many ms, and from then on at most once in so many. */
const PATIENCE = 500;
const TELL = 200;
/** The steps whose share done is told. */
const STAGES = 6;
/** Within so many ms a picture that is done has reached the screen. */
const PAINTED = 40;
/** Bins of the histogram. */
const BINS = 64;

/** One tensor as a heatmap: facts, scale and a raster, computed in slices, newest request first. It neither listens nor lays out. */
export class HeatmapView extends PlaneView {
  facts: Facts | null = null;
  scale: ColorScale | null = null;
  /** Whether the raster comes from samples, not from every cell. */
  preview = false;
  /** Finite values outside the domain. */
  beyond = {below: 0, above: 0};
  bins: Float64Array | null = null;
  /** The share done of work that takes long, 0 to 1; else `null`. */
  progress: number | null = null;
  /** The tensor of which `values` are one face; files of all of it are written from this. */
  whole: TensorValues | null = null;

  #settings!: ViewSettings;
  #theme!: Theme;
  /** What is coloured: the values themselves, or the same made comparable by `domainPer`. */
  #shown: Facts | null = null;
  /** What `#shown` was made comparable for; empty where it is the values themselves. */
  #shownFor = '';
  #pyramid: Pyramid | undefined;
  #raster: {canvas: OffscreenCanvas; viewport: Viewport; of: Arrangement} | null = null;
  /** While a tensor is refreshed in place, its domain only widens and its scheme stays. */
  #kept: {domain: readonly [number, number]; diverging: boolean} | null = null;
  /** Values that stand out; all others are dimmed. */
  highlight: readonly [number, number] | null = null;
  #dim: ((scale: ColorScale, theme: Theme) => ColorScale) | null = null;
  #dimmed: {of: ColorScale; scale: ColorScale} | null = null;
  /** What was put in order, and is drawn; `null`: values stand as they are. */
  ordered: Ordered | null = null;
  /** Puts values in order; fetched when that is first asked for. */
  orderer: Orderer | null = null;
  /** The newest values and their whole, as they were given: while they are put in order, older ones may be drawn. */
  #given: readonly [TensorValues, TensorValues] | null = null;
  #told = 0;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #gesture: (() => void) | undefined;
  readonly #latest = new Latest();
  readonly #work: Work;
  readonly #changed: (what: 'picture' | 'facts') => void;
  readonly #failed: (error: unknown) => void;

  /** @param changed called when there is more to paint (`picture`) or more to tell (`facts`) */
  constructor(work: Work, changed: (what: 'picture' | 'facts') => void, failed: (error: unknown) => void) {
    super();
    this.#work = work;
    this.#changed = changed;
    this.#failed = failed;
  }

  /**
   * Takes a tensor, or `null`.
   * @param refreshed the same tensor, read again; place, slice and domain are kept
   * @param whole the tensor of which `values` are one face: the complex one
   */
  show(values: TensorValues | null, kind: WeightKind, refreshed: boolean, whole = values): void {
    const same = refreshed && values && this.values && kind === this.kind && String(values.shape) === String(this.values.shape);
    const range = this.facts?.range;
    // neither samples nor a constant (a bias at its start) tell a domain to keep
    const {scale} = this;
    if (!same) this.#kept = null;
    else if (scale && !this.preview && range && range.min < range.max) this.#kept = {domain: scale.domain, diverging: scale.diverging};
    this.#abort();
    // refreshed values may be the same object
    this.#given = values && [{...values}, whole!];
    this.kind = kind;
    if (!same) {
      this.orderer?.stop(true);
      this.ordered = this.highlight = this.#dim = null;
      this.unplace();
      this.scale = this.#raster = null;
    }
    // what stands in order stays until the new values do
    if (!this.ordered) this.#take(null);
    if (!values) this.stop();
  }

  /** Takes the newest values, in order or as they are. */
  #take(made: Ordered | null): void {
    const [given, whole] = this.#given ?? [null, null];
    // in whatever order, they are the same values
    const known = given === (this.ordered?.of ?? this.values) && this.facts;
    const values = (this.values = made?.values ?? given);
    this.ordered = made;
    this.whole = whole;
    this.facts = values && Object.assign(new Facts(values), known, {values});
    // what is made comparable follows
    this.#shown = made && this.#settings.domainPer === 'all' ? this.facts : null;
    this.#pyramid = undefined;
    if (!known) this.bins = null;
    this.beyond = {below: 0, above: 0};
  }

  /**
   * Sets how to draw and where, and starts the work that it needs.
   * @throws Problem for a pattern or a scheme that makes no sense
   */
  update(settings: ViewSettings, box: ViewBox, theme: Theme): void {
    const old = this.#settings as ViewSettings | undefined;
    const {values} = this;
    this.#settings = settings;
    if (theme !== this.#theme) this.#dimmed = null;
    this.#theme = theme;
    if (!values) return;
    const scaled = (s: ViewSettings | undefined): string => JSON.stringify([s?.scale, s?.domainPer]);
    if (scaled(settings) !== scaled(old)) this.#kept = null;
    if (settings.pool !== old?.pool) this.#pyramid = undefined;
    if (!this.arrangement || settings.arrange !== old?.arrange) {
      this.#abort();
      this.#raster = null;
      // it may split what stands in order
      if (this.ordered) this.#take(null);
      this.place(settings.arrange);
    }
    this.#outdate();
    this.resize(box, settings.aspect);
    this.refine();
  }

  /** Whether the scale is not one of the values, but of rows, columns or tiles made comparable. */
  get normalised(): boolean {
    return !!this.scale && this.#settings.domainPer !== 'all';
  }

  /** Whether cells are large enough for the squares asked for. */
  get squares(): boolean {
    return this.#settings.mark === 'square' && this.cellCss >= SQUARE_CELL;
  }

  /**
   * Draws what there is at once: axes, the last raster moved to today's viewport (samples where it does not reach), or
   * cells one by one where they are large.
   * @param ctx in device px, its origin at the canvas's corner
   */
  paint(ctx: Context, cursor: Cell | null): void {
    const v = this.viewport;
    if (!v || !this.scale || !this.arrangement) return;
    this.#paintOn(ctx, v, this.box.dpr, this.margins, cursor, () => {
      if (!this.squares) this.#paintRaster(ctx, v);
      else if (this.#shown) paintSquares(ctx, this.#cells(v, this.box.dpr));
      paintGround(ctx, this.plane!, v, this.#theme);
    });
  }

  /** The exact picture at another size, for export. */
  async render(ctx: Context, scale: number, signal?: AbortSignal): Promise<void> {
    const v = this.viewport;
    if (!v || !this.scale || !this.#shown) return;
    const k = scale / this.box.dpr;
    const viewport = {...v, sx: v.sx * k, sy: v.sy * k, width: Math.round(v.width * k), height: Math.round(v.height * k)};
    const canvas = new OffscreenCanvas(viewport.width, viewport.height);
    // on a canvas of its own: what lies behind the plane is found by its being transparent
    const under = canvas.getContext('2d')!;
    if (this.squares) paintSquares(under, this.#cells(viewport, scale));
    else await runSliced(heatmapBands({...this.#scene(viewport), dpr: scale}, under), {signal});
    paintGround(under, this.plane!, viewport, this.#theme);
    this.#paintOn(ctx, viewport, scale, this.margins, null, () => ctx.drawImage(canvas, 0, 0));
  }

  /** Sets off the values of a range. @param dim makes a scale that dims all others; `null`: none is dimmed */
  setHighlight(range: readonly [number, number] | null, dim: ((scale: ColorScale, theme: Theme) => ColorScale) | null): void {
    this.highlight = range;
    this.#dim = dim;
    this.#dimmed = null;
    this.refine();
  }

  /** The scale that cells are drawn with. */
  get #drawn(): ColorScale {
    const {scale, normalised} = this;
    if (!this.#dim || normalised) return scale!;
    if (this.#dimmed?.of !== scale) this.#dimmed = {of: scale!, scale: this.#dim(scale!, this.#theme)};
    return this.#dimmed!.scale;
  }

  /** Ends all work; the picture stays. */
  stop(): void {
    this.#abort();
    this.orderer?.stop();
    clearTimeout(this.#settle);
    this.#gesture?.();
    this.#gesture = undefined;
  }

  #abort(): void {
    this.#latest.abort();
    this.progress = null;
  }

  #cells(viewport: Viewport, dpr: number): CellsScene {
    return {data: this.values!.data, colored: this.#shown!.data, plane: this.plane!, viewport, scale: this.#drawn, theme: this.#theme, dpr};
  }

  #paintOn(ctx: Context, v: Viewport, dpr: number, {left, top}: Margins, cursor: Cell | null, picture: () => void): void {
    const {rows, cols} = this.arrangement!;
    ctx.save();
    ctx.translate(Math.round(left * dpr), Math.round(top * dpr));
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, v.width, v.height);
    ctx.clip();
    picture();
    if (this.#shown && this.#settings.annotate && this.cellCss >= TEXT_CELL / 2 && v.sx / dpr >= TEXT_CELL) paintValues(ctx, this.#cells(v, dpr), this.squares);
    ctx.restore();
    if (cursor) paintCursor(ctx, v, cursor.row, cursor.col, dpr);
    ctx.scale(dpr, dpr);
    paintAxes(ctx, {rows, cols, viewport: v, dpr, theme: this.#theme}, this.margins);
    this.ordered?.paint(ctx, {arrangement: this.arrangement!, columns: this.plane!.cols, viewport: v, dpr, theme: this.#theme});
    ctx.restore();
  }

  #paintRaster(ctx: Context, v: Viewport): void {
    const raster = this.#raster;
    if (raster?.of !== this.arrangement) {
      // one of another order must not stand under the labels of this
      if (this.#shown) this.#paintSamples(ctx, v, 2);
      return;
    }
    const o = raster.viewport;
    const [kx, ky] = [v.sx / o.sx, v.sy / o.sy];
    const [x, y] = [(o.x - v.x) * v.sx, (o.y - v.y) * v.sy];
    const [w, h] = [o.width * kx, o.height * ky];
    if (o === v || (kx === 1 && ky === 1 && !x && !y)) {
      ctx.drawImage(raster.canvas, 0, 0);
      return;
    }
    if (this.#shown && (x > 0 || y > 0 || x + w < v.width || y + h < v.height)) {
      this.#paintSamples(ctx, v, 3);
      ctx.clearRect(x, y, w, h);
    }
    ctx.imageSmoothingEnabled = kx < 1 || ky < 1;
    ctx.drawImage(raster.canvas, x, y, w, h);
  }

  /** Samples one pixel of `coarse` × `coarse`. */
  #paintSamples(ctx: Context, v: Viewport, coarse: number): void {
    const small = {...v, sx: v.sx / coarse, sy: v.sy / coarse, width: Math.ceil(v.width / coarse), height: Math.ceil(v.height / coarse)};
    const canvas = new OffscreenCanvas(small.width, small.height);
    sampleHeatmap(this.#scene(small), canvas.getContext('2d')!);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(canvas, 0, 0, small.width * coarse, small.height * coarse);
  }

  protected replaned(): void {
    this.#pyramid = undefined;
    this.#outdate();
  }

  /** Lets go of what was made comparable for another arrangement, slice, span or centre. */
  #outdate(): void {
    const {domainPer, scale} = this.#settings;
    const key = domainPer === 'all' ? '' : JSON.stringify([this.pattern, this.slice, domainPer, scale.center]);
    if (key === this.#shownFor) return;
    this.#shownFor = key;
    this.#shown = null;
    this.#pyramid = undefined;
  }

  protected moved(): void {
    this.#gesture ??= this.#work.hold('gesture');
    this.#abort();
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.refine(), SETTLE);
    this.#changed('picture');
  }

  #scene(viewport: Viewport): PlaneScene {
    const {diverging, center} = this.scale!;
    return {
      data: this.#shown!.data,
      plane: this.plane!,
      pyramid: this.#pyramid,
      viewport,
      scale: this.#drawn,
      pool: this.#settings.pool,
      poolCenter: diverging && center !== null ? center : this.#shown!.quantile(0.5),
      theme: this.#theme,
      dpr: this.box.dpr,
    };
  }

  /** Brings scale, raster and facts up to what is known and asked for. */
  protected refine(): void {
    if (!this.values || !this.plane) return;
    const release = this.#work.hold('view');
    clearTimeout(this.#settle);
    this.#gesture?.();
    this.#gesture = undefined;
    this.#latest
      .run((signal) => this.#steps(signal))
      .catch(this.#failed)
      .finally(release);
  }

  async #steps(signal: AbortSignal): Promise<void> {
    const options = {signal};
    const stage = (n: number): SliceOptions => ({signal, onProgress: (share) => this.#tell((n + share) / STAGES)});
    this.#told = performance.now() + PATIENCE - TELL;
    await loadPalettes();
    signal.throwIfAborted();
    await this.#order(signal);
    const facts = this.facts!;
    const {domainPer, scale} = this.#settings;
    if (domainPer !== 'all' && !this.#shown) {
      const {normalise} = await import('../compute/normalise.js');
      signal.throwIfAborted();
      const data = await runSliced(normalise(facts.data, this.plane!, this.arrangement!, domainPer, await this.#turn(options)), stage(0));
      this.#shown = new Facts({...facts.values, dtype: 'float32', data});
    }
    const shown = (this.#shown ??= facts);
    if (!shown.range && this.plane!.cells > AT_ONCE && this.viewport && !this.#raster && this.#sampleScale()) {
      this.preview = true;
      const {width, height} = this.viewport;
      const canvas = new OffscreenCanvas(width, height);
      this.#paintSamples(canvas.getContext('2d')!, this.viewport, Math.ceil(Math.sqrt((width * height) / SAMPLE_PIXELS)));
      this.#commit(canvas, this.viewport);
      this.#changed('facts');
      await new Promise((resolve) => setTimeout(resolve)); // lets the frame come first
      signal.throwIfAborted();
    }
    await this.#buildPyramid(stage(0));
    // the blocks' extremes tell the range, where the plane is the whole tensor: one pass for both
    const whole = this.#pyramid && this.plane!.cells === shown.data.length;
    if (whole) shown.range ??= await runSliced(rangeOfPyramid(shown.data, this.plane!, this.#pyramid!), stage(1));
    await shown.scan(stage(1));
    if (shown !== facts) await facts.scan(options);
    if (scale.domain === 'robust' || scale.transform === 'rank' || scale.transform === 'log') await shown.distribute(stage(2));
    this.#rescale();
    await this.#bands(signal);
    this.preview = false;
    this.#changed('facts');
    if (this.plane!.cells > AT_ONCE) {
      await new Promise((resolve) => setTimeout(resolve, PAINTED)); // lets the exact frame come first
      signal.throwIfAborted();
    }
    await facts.describe(stage(3));
    this.#changed('facts');
    await shown.distribute(stage(4));
    // the median, from which a sequential scale's pooling takes the farthest cell, is exact only now
    if (!this.scale!.diverging && this.#settings.pool === 'extreme' && this.cellsPerPixel > 1) await this.#bands(signal);
    await facts.distribute(stage(5));
    const [lo, hi] = this.scale!.domain;
    if (shown.range!.min < lo || shown.range!.max > hi) this.beyond = await runSliced(countBeyond(shown.data, lo, hi), options);
    else this.beyond = {below: 0, above: 0};
    this.bins ??= await runSliced(histogram(facts.data, facts.range!.min, facts.range!.max, BINS), options);
    await yieldToPage();
    this.progress = null;
    this.#changed('facts');
  }

  /** Draws the newest values, in order or as they are. */
  readonly #adopt = (made: Ordered | null): void => {
    this.#take(made);
    this.place(this.#settings.arrange);
    this.resize(this.box, this.aspect);
    this.#changed('facts');
    this.refine();
  };

  /** Sees to the order asked for. @returns resolves when it is there, or else soon */
  async #order(signal: AbortSignal): Promise<void> {
    if (this.#settings.order === 'none' && !this.orderer) return;
    const {Orderer} = await import('./heatmap-order.js');
    signal.throwIfAborted();
    this.orderer ??= new Orderer(this.#work, this.#adopt, this.#changed, this.#failed);
    await this.orderer.update(this.#given![0], this.kind, this.#settings, this.ordered);
    signal.throwIfAborted();
  }

  protected override get besides(): {top: number; right: number} {
    return this.ordered?.besides(this.arrangement!) ?? super.besides;
  }

  #tell(share: number): void {
    const now = performance.now();
    if (now - this.#told < TELL) return;
    this.#told = now;
    this.progress = Math.max(this.progress ?? 0, share);
    this.#changed('facts');
  }

  /** Resolves a scale from samples. @returns whether they allow it: among them may be no positive value for `log` */
  #sampleScale(): boolean {
    try {
      this.#rescale();
      return true;
    } catch {
      return false; // what is wrong with all values is found, and said, once all are known
    }
  }

  /** The centre about which rows are made comparable: `null` where all values lie on one side of it. */
  async #turn(options: {signal: AbortSignal}): Promise<number | null> {
    const {center} = this.#settings.scale;
    await this.facts!.scan(options);
    const {min, max} = this.facts!.range!;
    return center !== null && min < center && max > center ? center : null;
  }

  /** Where a pixel holds many cells, their blocks' extremes save looking at each again. */
  async #buildPyramid(options: SliceOptions): Promise<void> {
    const {viewport, plane} = this;
    if (!viewport || reachOf(plane!, viewport) > 1 / 3 || plane!.cells <= AT_ONCE) return;
    this.#pyramid ??= await runSliced(buildPyramid(this.#shown!.data, plane!, this.#settings.pool === 'mean'), options);
  }

  async #bands(signal: AbortSignal): Promise<void> {
    const {viewport} = this;
    if (!viewport) return;
    await this.#buildPyramid({signal});
    if (this.squares) {
      this.#changed('picture');
      return;
    }
    const canvas = new OffscreenCanvas(viewport.width, viewport.height);
    await runSliced(heatmapBands(this.#scene(viewport), canvas.getContext('2d')!), {signal});
    this.#commit(canvas, viewport);
  }

  #commit(canvas: OffscreenCanvas, viewport: Viewport): void {
    this.#raster = {canvas, viewport, of: this.arrangement!};
    this.#changed('picture');
  }

  #rescale(): void {
    const {scale, domainPer, sharedRange} = this.#settings;
    const own = this.#shown!.forScale;
    const span = this.values?.span;
    const facts = span && domainPer === 'all' ? {...own, ...union(span, own)} : own;
    const kept = this.#kept;
    if (domainPer !== 'all') {
      // made comparable: [0, 1], or [-1, 1] about the centre
      const around = facts.min < 0;
      this.scale = resolveScale({...scale, domain: around ? [-1, 1] : [0, 1], center: around ? 0 : null, transform: 'linear'}, facts);
    } else if (sharedRange) {
      // of all weights together only the range is known: no tile's own least value may tell its scale from the others'
      this.scale = resolveScale(scale, {...facts, ...sharedRange, leastPositive: undefined});
    } else if (kept && typeof scale.domain === 'string') {
      const wanted = kept.diverging ? scale : {...scale, center: null};
      const widened = (a: number, b: number): [number, number] => [min2(a, kept.domain[0]), -min2(-b, -kept.domain[1])];
      const [min, max] = widened(facts.min, facts.max);
      const {domain} = resolveScale(wanted, {...facts, min, max});
      this.scale = resolveScale({...wanted, domain: widened(...domain)}, facts);
    } else {
      this.scale = resolveScale(scale, facts);
    }
  }
}

/** The lesser of two, a NaN giving way. */
const min2 = (a: number, b: number): number => (a <= b || b !== b ? a : b);
