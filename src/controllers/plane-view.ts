import {type Arrangement, arrangementOf} from '../compute/arrange.js';
import {cellOf, indexAt, makePlane, type Plane} from '../compute/plane.js';
import {cellAtPixel, fitViewport, isFit, panBy, rectOfCell, type Viewport, zoomAt} from '../compute/viewport.js';
import {marginsFor, type Margins} from '../paint/axes.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';

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

/** Where a tensor's values stand: arrangement, slice and viewport, and which cell is where. It draws nothing. */
export abstract class PlaneView {
  values: TensorValues | null = null;
  arrangement: Arrangement | null = null;
  plane: Plane | null = null;
  slice: readonly number[] = [];
  viewport: Viewport | null = null;
  margins: Margins = {left: 0, right: 0, top: 0, bottom: 0};

  protected kind: WeightKind = 'other';
  protected box: ViewBox = {width: 0, height: 0, dpr: 1};
  protected aspect: 'auto' | 'equal' = 'auto';
  #untouched = true;

  /** CSS px that something above the plane and right of it takes. */
  protected get besides(): {top: number; right: number} {
    return {top: 0, right: 0};
  }

  /** What the weight is for. */
  get weightKind(): WeightKind {
    return this.kind;
  }

  /** Called after the arrangement or the slice has changed. */
  protected abstract replaned(): void;
  /** Called after the user has moved the viewport. */
  protected abstract moved(): void;
  /** Brings the picture up to date. */
  protected abstract refine(): void;

  /** Forgets the place, for another tensor. */
  protected unplace(): void {
    this.arrangement = this.plane = this.viewport = null;
    this.#untouched = true;
  }

  /**
   * Lays the values out; slice and viewport stay where they are laid out as before, in whatever order.
   * @throws Problem for a pattern that makes no sense
   */
  protected place(pattern: string | null): void {
    const {arrangement: old, viewport} = this;
    this.arrangement = this.viewport = null;
    const next = (this.arrangement = arrangementOf(this.values!, this.kind, pattern));
    if (old?.pattern === next.pattern) this.viewport = viewport;
    else this.slice = next.slices.map(() => 0);
    this.#replane();
  }

  /** Fits the viewport to a box; what the user has zoomed into stays. */
  protected resize(box: ViewBox, aspect: 'auto' | 'equal'): void {
    const {rows, cols} = this.arrangement!;
    const turned = aspect !== this.aspect;
    this.box = box;
    this.aspect = aspect;
    const {top, right, ...margins} = marginsFor(rows, cols, box.width, box.height);
    const {besides} = this;
    this.margins = {...margins, top: top + besides.top, right: right + besides.right};
    const width = Math.max(0, Math.round((box.width - this.margins.left - this.margins.right) * box.dpr));
    const height = Math.max(0, Math.round((box.height - this.margins.top - this.margins.bottom) * box.dpr));
    const v = this.viewport;
    if (width < 1 || height < 1) this.viewport = null;
    else if (!v || v.width !== width || v.height !== height || turned) {
      this.viewport = this.#untouched || !v ? fitViewport(this.plane!, {width, height}, aspect) : panBy({...v, width, height}, this.plane!, 0, 0);
    }
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

  get fitted(): boolean {
    return !this.viewport || isFit(this.viewport, this.plane!);
  }

  protected get cellCss(): number {
    const v = this.viewport;
    return v ? Math.min(v.sx, v.sy) / this.box.dpr : 0;
  }

  /** Moves a slice slider. */
  setSlice(axis: number, at: number): void {
    this.slice = this.slice.map((old, i) => (i === axis ? at : old));
    this.#replane();
    this.refine();
  }

  /** Magnifies about a point of the canvas, in CSS px. */
  zoom(factor: number, x: number, y: number): void {
    const {dpr} = this.box;
    if (this.viewport) this.#move(zoomAt(this.viewport, this.plane!, factor, (x - this.margins.left) * dpr, (y - this.margins.top) * dpr));
  }

  /** Moves the picture, in CSS px. */
  pan(dx: number, dy: number): void {
    if (this.viewport) this.#move(panBy(this.viewport, this.plane!, dx * this.box.dpr, dy * this.box.dpr));
  }

  fit(): void {
    if (!this.viewport) return;
    this.#move(fitViewport(this.plane!, this.viewport, this.aspect));
    this.#untouched = true;
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
    const v = fitViewport(plane!, viewport, this.aspect);
    const wanted = 40 * this.box.dpr;
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
    const {x, y} = rectOfCell(v, row, col);
    const dx = x < 0 ? -x : Math.min(0, v.width - x - v.sx);
    const dy = y < 0 ? -y : Math.min(0, v.height - y - v.sy);
    if (dx || dy) this.#move(panBy(v, this.plane!, dx, dy));
  }

  locate(index: readonly number[]): {row: number; col: number; slice: readonly number[]} | null {
    const own = this.values?.sides ? [this.values.sides.length - 1, ...index] : index;
    return this.arrangement && this.plane ? cellOf(this.arrangement, own) : null;
  }

  /** The cell at a point of the canvas in CSS px; `null` outside the plane and in a gap. */
  cellAt(x: number, y: number): Cell | null {
    const v = this.viewport;
    if (!v) return null;
    const px = (x - this.margins.left) * this.box.dpr;
    const py = (y - this.margins.top) * this.box.dpr;
    if (px < 0 || py < 0 || px >= v.width || py >= v.height) return null;
    const cell = cellAtPixel(v, px, py);
    return this.read(cell) && cell;
  }

  /** A cell's rectangle in CSS px from the canvas's corner. */
  rectOf({row, col}: Cell): {x: number; y: number; width: number; height: number} | null {
    const v = this.viewport;
    const {dpr} = this.box;
    if (!v) return null;
    const {x, y, width, height} = rectOfCell(v, row, col);
    return {x: this.margins.left + x / dpr, y: this.margins.top + y / dpr, width: width / dpr, height: height / dpr};
  }

  /** The tensor's own index and the value of a cell; `null` in a gap or outside. */
  read({row, col}: Cell): {index: number[]; value: number} | null {
    const {plane, arrangement, values} = this;
    if (!plane || !arrangement || !values) return null;
    const r = plane.rowOffset[row] ?? -1;
    const c = plane.colOffset[col] ?? -1;
    const index = r < 0 || c < 0 ? null : indexAt(arrangement, this.slice, row, col);
    return index && {index: values.sides ? index.slice(1) : index, value: values.data[plane.base + r + c]!};
  }

  /** The middle of the box, in CSS px of the canvas. */
  get middle(): {x: number; y: number} {
    const {width = 0, height = 0} = this.viewport ?? {};
    return {x: this.margins.left + width / 2 / this.box.dpr, y: this.margins.top + height / 2 / this.box.dpr};
  }

  /** Rows and columns in view, ends exclusive. */
  get inView(): {r0: number; r1: number; c0: number; c1: number} {
    const v = this.viewport;
    const {rows = 0, cols = 0} = this.plane ?? {};
    if (!v) return {r0: 0, r1: rows, c0: 0, c1: cols};
    return {r0: Math.max(0, Math.floor(v.y)), r1: Math.min(rows, Math.ceil(v.y + v.height / v.sy)), c0: Math.max(0, Math.floor(v.x)), c1: Math.min(cols, Math.ceil(v.x + v.width / v.sx))};
  }

  #replane(): void {
    this.plane = makePlane(this.arrangement!, this.slice);
    this.replaned();
  }

  #move(viewport: Viewport): void {
    this.viewport = viewport;
    this.#untouched = false;
    this.moved();
  }
}

/** Height of a strip of one row. */
const STRIP = 48;

/** The height that suits a plane at a width, in CSS px. @param chrome what toolbar, sliders, legend and caption take of it */
export function defaultHeight({rows, cols}: Arrangement, plane: Plane, width: number, chrome: number): number {
  const {left, right, top, bottom} = marginsFor(rows, cols, width, 1000);
  const ratio = Math.min(4, Math.max(1 / 4, plane.rows / Math.max(1, plane.cols)));
  const picture = plane.rows === 1 ? STRIP : (width - left - right) * ratio;
  return picture + top + bottom + chrome;
}
