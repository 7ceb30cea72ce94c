import {loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale, type ScaleSettings} from '../color/scale.js';
import {type Arrangement, autoPattern, parseArrange} from '../compute/arrange.js';
import {normalise} from '../compute/normalise.js';
import {cellOf, indexAt, makePlane, type Plane} from '../compute/plane.js';
import {buildPyramid, type Pyramid, rangeOfPyramid} from '../compute/pyramid.js';
import {runSliced, yieldToPage} from '../compute/slices.js';
import {countBeyond, histogram} from '../compute/stats.js';
import {fitViewport, isFit, panBy, type Viewport, zoomAt} from '../compute/viewport.js';
import {marginsFor, type Margins, paintAxes} from '../paint/axes.js';
import {type CellsScene, paintCursor, paintSquares, paintValues, SQUARE_CELL, TEXT_CELL} from '../paint/cells.js';
import {heatmapBands, paintGround, type PlaneScene, sampleHeatmap} from '../paint/heatmap.js';
import type {Context, Theme} from '../paint/theme.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';
import {Facts} from './facts.js';
import {Latest} from './latest.js';
import type {Work} from './work.js';

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
}

/** A box in CSS px, and how many device px each of them has. */
export interface ViewBox {
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
}

/** A cell of the plane. */
export interface Cell {
  readonly row: number;
  readonly col: number;
}

/** Up to so many cells are drawn exactly at once; above, samples stand first. */
const AT_ONCE = 1 << 18;
/** Samples at most in one frame, in pixels. */
const SAMPLE_PIXELS = 700_000;
/** A gesture has ended when nothing has moved for so many ms. */
const SETTLE = 80;
/** Bins of the histogram. */
const BINS = 64;

/** One tensor as a heatmap: facts, scale and a raster, computed in slices, newest request first. It neither listens nor lays out. */
export class HeatmapView {
  values: TensorValues | null = null;
  facts: Facts | null = null;
  arrangement: Arrangement | null = null;
  plane: Plane | null = null;
  slice: readonly number[] = [];
  scale: ColorScale | null = null;
  viewport: Viewport | null = null;
  margins: Margins = {left: 0, right: 0, top: 0, bottom: 0};
  /** Whether the raster comes from samples, not from every cell. */
  preview = false;
  /** Finite values outside the domain. */
  beyond = {below: 0, above: 0};
  bins: Float64Array | null = null;

  #settings!: ViewSettings;
  #theme!: Theme;
  #box: ViewBox = {width: 0, height: 0, dpr: 1};
  #kind: WeightKind = 'other';
  /** What is coloured: the values themselves, or the same made comparable by `domainPer`. */
  #shown: Facts | null = null;
  #pyramid: Pyramid | undefined;
  #raster: {canvas: OffscreenCanvas; viewport: Viewport} | null = null;
  #fitted = true;
  /** While a tensor is refreshed in place, its domain only widens and its scheme stays. */
  #kept: {min: number; max: number; diverging: boolean} | null = null;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #gesture: (() => void) | undefined;
  readonly #latest = new Latest();
  readonly #work: Work;
  readonly #changed: (what: 'picture' | 'facts') => void;
  readonly #failed: (error: unknown) => void;

  /** @param changed called when there is more to paint (`picture`) or more to tell (`facts`) */
  constructor(work: Work, changed: (what: 'picture' | 'facts') => void, failed: (error: unknown) => void) {
    this.#work = work;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Takes a tensor, or `null`. `refreshed`: the same tensor, read again; place, slice and domain are kept. */
  show(values: TensorValues | null, kind: WeightKind, refreshed: boolean): void {
    const same = refreshed && values && this.values && kind === this.#kind && String(values.shape) === String(this.values.shape);
    const range = this.facts?.range;
    this.#kept = same && range && this.scale ? {min: Math.min(range.min, this.#kept?.min ?? range.min), max: Math.max(range.max, this.#kept?.max ?? range.max), diverging: this.scale.diverging} : null;
    this.#latest.abort();
    this.values = values;
    this.#kind = kind;
    this.facts = values && new Facts(values);
    this.#shown = null;
    this.#pyramid = undefined;
    this.bins = null;
    this.beyond = {below: 0, above: 0};
    if (!same) {
      this.arrangement = this.plane = this.viewport = this.scale = this.#raster = null;
      this.#fitted = true;
    }
    if (!values) this.stop();
  }

  /**
   * Sets how to draw and where, and starts the work that it needs.
   * @throws Problem for a pattern or a scheme that makes no sense
   */
  update(settings: ViewSettings, box: ViewBox, theme: Theme): void {
    const old = this.#settings as ViewSettings | undefined;
    const {values} = this;
    this.#settings = settings;
    this.#theme = theme;
    if (!values) return;
    if (!this.arrangement || settings.arrange !== old?.arrange) {
      const auto = autoPattern(this.#kind, values.shape);
      this.arrangement = null;
      this.#latest.abort();
      this.arrangement = settings.arrange ? parseArrange(settings.arrange, values.shape) : parseArrange(auto.pattern, values.shape, auto.labels);
      this.slice = this.arrangement.slices.map(() => 0);
      this.#replane();
      this.viewport = this.#raster = null;
    } else if (settings.domainPer !== old?.domainPer) {
      this.#shown = null;
      this.#pyramid = undefined;
    } else if (settings.pool !== old.pool) {
      this.#pyramid = undefined;
    }
    const {rows, cols} = this.arrangement;
    this.#box = box;
    this.margins = marginsFor(rows, cols, box.width, box.height);
    const width = Math.max(0, Math.round((box.width - this.margins.left - this.margins.right) * box.dpr));
    const height = Math.max(0, Math.round((box.height - this.margins.top - this.margins.bottom) * box.dpr));
    const v = this.viewport;
    if (width < 1 || height < 1) this.viewport = null;
    else if (!v || v.width !== width || v.height !== height || settings.aspect !== old?.aspect) {
      this.viewport = this.#fitted || !v ? fitViewport(this.plane!, {width, height}, settings.aspect) : panBy({...v, width, height}, this.plane!, 0, 0);
    }
    this.#refine();
  }

  /** What the automatic arrangement is, or the one asked for. */
  get pattern(): string {
    return this.arrangement?.pattern ?? '';
  }

  /** Where cells are smaller than a pixel: how many cells one pixel stands for. */
  get cellsPerPixel(): number {
    const v = this.viewport;
    return v ? Math.max(1, 1 / v.sx) * Math.max(1, 1 / v.sy) : 1;
  }

  /** Whether cells are large enough for the squares asked for. */
  get squares(): boolean {
    return this.#settings.mark === 'square' && this.#cellCss >= SQUARE_CELL;
  }

  get fitted(): boolean {
    return !this.viewport || isFit(this.viewport, this.plane!);
  }

  get #cellCss(): number {
    const v = this.viewport;
    return v ? Math.min(v.sx, v.sy) / this.#box.dpr : 0;
  }

  /** Moves a slice slider. */
  setSlice(axis: number, at: number): void {
    this.slice = this.slice.map((old, i) => (i === axis ? at : old));
    this.#replane();
    this.#refine();
  }

  /** Magnifies about a point of the canvas, in CSS px. */
  zoom(factor: number, x: number, y: number): void {
    const {dpr} = this.#box;
    if (this.viewport) this.#move(zoomAt(this.viewport, this.plane!, factor, (x - this.margins.left) * dpr, (y - this.margins.top) * dpr));
  }

  /** Moves the picture, in CSS px. */
  pan(dx: number, dy: number): void {
    if (this.viewport) this.#move(panBy(this.viewport, this.plane!, dx * this.#box.dpr, dy * this.#box.dpr));
  }

  fit(): void {
    if (!this.viewport) return;
    this.#move(fitViewport(this.plane!, this.viewport, this.#settings.aspect));
    this.#fitted = true;
  }

  /** Makes the cell at `index` the centre, large enough to read its value; opens the slice that it lies in. */
  zoomTo(index: readonly number[]): Cell | null {
    const at = this.locate(index);
    const {viewport, plane} = this;
    if (!at || !viewport) return null;
    if (String(at.slice) !== String(this.slice)) {
      this.slice = at.slice;
      this.#replane();
    }
    const v = fitViewport(plane!, viewport, this.#settings.aspect);
    const wanted = 40 * this.#box.dpr;
    const grown = zoomAt(v, plane!, Math.max(1, wanted / Math.min(v.sx, v.sy)), v.width / 2, v.height / 2);
    const dx = grown.width / 2 - (at.col + 0.5 - grown.x) * grown.sx;
    const dy = grown.height / 2 - (at.row + 0.5 - grown.y) * grown.sy;
    this.#move(panBy(grown, plane!, dx, dy));
    return at;
  }

  /** Scrolls so far that a cell is in view. */
  reveal({row, col}: Cell): void {
    const v = this.viewport;
    if (!v) return;
    const x = (col - v.x) * v.sx;
    const y = (row - v.y) * v.sy;
    const dx = x < 0 ? -x : Math.min(0, v.width - x - v.sx);
    const dy = y < 0 ? -y : Math.min(0, v.height - y - v.sy);
    if (dx || dy) this.#move(panBy(v, this.plane!, dx, dy));
  }

  locate(index: readonly number[]): {row: number; col: number; slice: readonly number[]} | null {
    return this.arrangement && this.plane ? cellOf(this.arrangement, index) : null;
  }

  /** The cell at a point of the canvas in CSS px; `null` outside the plane and in a gap. */
  cellAt(x: number, y: number): Cell | null {
    const v = this.viewport;
    if (!v) return null;
    const px = (x - this.margins.left) * this.#box.dpr;
    const py = (y - this.margins.top) * this.#box.dpr;
    if (px < 0 || py < 0 || px >= v.width || py >= v.height) return null;
    const cell = {row: Math.floor(v.y + py / v.sy), col: Math.floor(v.x + px / v.sx)};
    return this.read(cell) && cell;
  }

  /** A cell's rectangle in CSS px from the canvas's corner. */
  rectOf({row, col}: Cell): {x: number; y: number; width: number; height: number} | null {
    const v = this.viewport;
    const {dpr} = this.#box;
    return v && {x: this.margins.left + ((col - v.x) * v.sx) / dpr, y: this.margins.top + ((row - v.y) * v.sy) / dpr, width: v.sx / dpr, height: v.sy / dpr};
  }

  /** The tensor's own index and the value of a cell; `null` in a gap or outside. */
  read({row, col}: Cell): {index: number[]; value: number} | null {
    const {plane, arrangement, values} = this;
    if (!plane || !arrangement || !values) return null;
    const r = plane.rowOffset[row] ?? -1;
    const c = plane.colOffset[col] ?? -1;
    const index = r < 0 || c < 0 ? null : indexAt(arrangement, this.slice, row, col);
    return index && {index, value: values.data[plane.base + r + c]!};
  }

  /** The middle of the box, in CSS px of the canvas. */
  get middle(): {x: number; y: number} {
    const {width = 0, height = 0} = this.viewport ?? {};
    return {x: this.margins.left + width / 2 / this.#box.dpr, y: this.margins.top + height / 2 / this.#box.dpr};
  }

  /** Rows and columns in view, ends exclusive. */
  get inView(): {r0: number; r1: number; c0: number; c1: number} {
    const v = this.viewport;
    const {rows = 0, cols = 0} = this.plane ?? {};
    if (!v) return {r0: 0, r1: rows, c0: 0, c1: cols};
    return {r0: Math.max(0, Math.floor(v.y)), r1: Math.min(rows, Math.ceil(v.y + v.height / v.sy)), c0: Math.max(0, Math.floor(v.x)), c1: Math.min(cols, Math.ceil(v.x + v.width / v.sx))};
  }

  /**
   * Draws what there is at once: axes, the last raster moved to today's viewport (samples where it does not reach), or
   * cells one by one where they are large.
   * @param ctx in device px, its origin at the canvas's corner
   */
  paint(ctx: Context, cursor: Cell | null): void {
    const v = this.viewport;
    if (!v || !this.scale || !this.#shown || !this.arrangement) return;
    this.#paintOn(ctx, v, this.#box.dpr, this.margins, cursor, () => this.#paintRaster(ctx, v));
  }

  /** The exact picture at another size, for export. */
  async render(ctx: Context, scale: number, signal?: AbortSignal): Promise<void> {
    const v = this.viewport;
    if (!v || !this.scale || !this.#shown) return;
    const k = scale / this.#box.dpr;
    const viewport = {...v, sx: v.sx * k, sy: v.sy * k, width: Math.round(v.width * k), height: Math.round(v.height * k)};
    const canvas = new OffscreenCanvas(viewport.width, viewport.height);
    if (!this.squares) await runSliced(heatmapBands({...this.#scene(viewport), dpr: scale}, canvas.getContext('2d')!), {signal});
    this.#paintOn(ctx, viewport, scale, this.margins, null, () => ctx.drawImage(canvas, 0, 0));
  }

  /** Ends all work; the picture stays. */
  stop(): void {
    this.#latest.abort();
    clearTimeout(this.#settle);
    this.#gesture?.();
    this.#gesture = undefined;
  }

  #paintOn(ctx: Context, v: Viewport, dpr: number, {left, top}: Margins, cursor: Cell | null, raster: () => void): void {
    const {rows, cols} = this.arrangement!;
    ctx.save();
    ctx.translate(Math.round(left * dpr), Math.round(top * dpr));
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, v.width, v.height);
    ctx.clip();
    const cells: CellsScene = {data: this.values!.data, colored: this.#shown!.data, plane: this.plane!, viewport: v, scale: this.scale!, theme: this.#theme, dpr};
    if (this.squares) paintSquares(ctx, cells);
    else raster();
    paintGround(ctx, this.plane!, v, this.#theme);
    if (this.#settings.annotate && this.#cellCss >= TEXT_CELL / 2 && v.sx / dpr >= TEXT_CELL) paintValues(ctx, cells, this.squares);
    ctx.restore();
    if (cursor) paintCursor(ctx, v, cursor.row, cursor.col, dpr);
    ctx.scale(dpr, dpr);
    paintAxes(ctx, {rows, cols, viewport: v, dpr, theme: this.#theme}, this.margins);
    ctx.restore();
  }

  #paintRaster(ctx: Context, v: Viewport): void {
    const raster = this.#raster;
    if (!raster) return;
    const o = raster.viewport;
    const [kx, ky] = [v.sx / o.sx, v.sy / o.sy];
    const [x, y] = [(o.x - v.x) * v.sx, (o.y - v.y) * v.sy];
    const [w, h] = [o.width * kx, o.height * ky];
    if (o === v || (kx === 1 && ky === 1 && !x && !y)) {
      ctx.drawImage(raster.canvas, 0, 0);
      return;
    }
    if (x > 0 || y > 0 || x + w < v.width || y + h < v.height) {
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

  #replane(): void {
    this.plane = makePlane(this.arrangement!, this.slice);
    this.#pyramid = undefined;
    if (this.#settings.domainPer !== 'all') this.#shown = null;
  }

  #move(viewport: Viewport): void {
    this.viewport = viewport;
    this.#fitted = false;
    this.#gesture ??= this.#work.hold('gesture');
    this.#latest.abort();
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#refine(), SETTLE);
    this.#changed('picture');
  }

  #scene(viewport: Viewport): PlaneScene {
    const {diverging, center} = this.scale!;
    return {
      data: this.#shown!.data,
      plane: this.plane!,
      pyramid: this.#pyramid,
      viewport,
      scale: this.scale!,
      pool: this.#settings.pool,
      poolCenter: diverging && center !== null ? center : this.#shown!.quantile(0.5),
      theme: this.#theme,
      dpr: this.#box.dpr,
    };
  }

  /** Brings scale, raster and facts up to what is known and asked for. */
  #refine(): void {
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
    const facts = this.facts!;
    const options = {signal};
    await loadPalettes();
    signal.throwIfAborted();
    const {domainPer, scale} = this.#settings;
    if (domainPer !== 'all' && !this.#shown) {
      const data = await runSliced(normalise(facts.data, this.plane!, this.arrangement!, domainPer, await this.#turn(options)), options);
      this.#shown = new Facts({...facts.values, dtype: 'float32', data});
    }
    const shown = (this.#shown ??= facts);
    if (!shown.range && this.plane!.cells > AT_ONCE && this.viewport && !this.#raster) {
      this.#rescale();
      this.preview = true;
      const {width, height} = this.viewport;
      const canvas = new OffscreenCanvas(width, height);
      this.#paintSamples(canvas.getContext('2d')!, this.viewport, Math.ceil(Math.sqrt((width * height) / SAMPLE_PIXELS)));
      this.#commit(canvas, this.viewport);
      this.#changed('facts');
      await new Promise((resolve) => setTimeout(resolve)); // lets the frame come first
      signal.throwIfAborted();
    }
    await this.#buildPyramid(signal);
    // the blocks' extremes tell the range, where the plane is the whole tensor: one pass for both
    const whole = this.#pyramid && this.plane!.cells === shown.data.length;
    if (whole) shown.range ??= await runSliced(rangeOfPyramid(shown.data, this.plane!, this.#pyramid!), options);
    await shown.scan(options);
    if (shown !== facts) await facts.scan(options);
    if (scale.domain === 'robust' || scale.transform === 'rank' || scale.transform === 'log') await shown.distribute(options);
    this.#rescale();
    await this.#bands(signal);
    this.preview = false;
    this.#changed('facts');
    await facts.describe(options);
    this.#changed('facts');
    await shown.distribute(options);
    // the median, from which a sequential scale's pooling takes the farthest cell, is exact only now
    if (!this.scale!.diverging && this.#settings.pool === 'extreme' && this.cellsPerPixel > 1) await this.#bands(signal);
    await facts.distribute(options);
    const [lo, hi] = this.scale!.domain;
    if (shown.range!.min < lo || shown.range!.max > hi) this.beyond = await runSliced(countBeyond(shown.data, lo, hi), options);
    else this.beyond = {below: 0, above: 0};
    this.bins ??= await runSliced(histogram(facts.data, facts.range!.min, facts.range!.max, BINS), options);
    await yieldToPage();
    this.#changed('facts');
  }

  /** The centre about which rows are made comparable: `null` where all values lie on one side of it. */
  async #turn(options: {signal: AbortSignal}): Promise<number | null> {
    const {center} = this.#settings.scale;
    await this.facts!.scan(options);
    const {min, max} = this.facts!.range!;
    return center !== null && min < center && max > center ? center : null;
  }

  /** Where a pixel holds many cells, their blocks' extremes save looking at each again. */
  async #buildPyramid(signal: AbortSignal): Promise<void> {
    const {viewport, plane} = this;
    if (!viewport || Math.max(viewport.sx, viewport.sy) > 1 / 3 || plane!.cells <= AT_ONCE) return;
    this.#pyramid ??= await runSliced(buildPyramid(this.#shown!.data, plane!, this.#settings.pool === 'mean'), {signal});
  }

  async #bands(signal: AbortSignal): Promise<void> {
    const {viewport} = this;
    if (!viewport) return;
    await this.#buildPyramid(signal);
    if (this.squares) {
      this.#changed('picture');
      return;
    }
    const canvas = new OffscreenCanvas(viewport.width, viewport.height);
    await runSliced(heatmapBands(this.#scene(viewport), canvas.getContext('2d')!), {signal});
    this.#commit(canvas, viewport);
  }

  #commit(canvas: OffscreenCanvas, viewport: Viewport): void {
    this.#raster = {canvas, viewport};
    this.#changed('picture');
  }

  #rescale(): void {
    const {scale, domainPer, sharedRange} = this.#settings;
    const facts = this.#shown!.forScale;
    const kept = this.#kept;
    if (domainPer !== 'all') {
      // made comparable: [0, 1], or [-1, 1] about the centre
      const around = facts.min < 0;
      this.scale = resolveScale({...scale, domain: around ? [-1, 1] : [0, 1], center: around ? 0 : null, transform: 'linear'}, facts);
    } else if (sharedRange) {
      this.scale = resolveScale(scale, {...facts, ...sharedRange});
    } else if (kept) {
      const wide = {...facts, min: min2(facts.min, kept.min), max: -min2(-facts.max, -kept.max)};
      this.scale = resolveScale(kept.diverging ? scale : {...scale, center: null}, wide);
    } else {
      this.scale = resolveScale(scale, facts);
    }
  }
}

/** The lesser of two, a NaN giving way. */
const min2 = (a: number, b: number): number => (a <= b || b !== b ? a : b);

/** Room that toolbar and legend take, in CSS px. */
const CHROME = 92;
/** Height of a strip of one row. */
const STRIP = 48;

/** The height that suits a plane at a width, in CSS px, toolbar and legend included. */
export function defaultHeight({rows, cols, slices}: Arrangement, plane: Plane, width: number): number {
  const {left, right, top, bottom} = marginsFor(rows, cols, width, 1000);
  const ratio = Math.min(4, Math.max(1 / 4, plane.rows / Math.max(1, plane.cols)));
  const picture = plane.rows === 1 ? STRIP : (width - left - right) * ratio;
  return picture + top + bottom + CHROME + 24 * slices.length;
}
