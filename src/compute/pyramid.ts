import type {Values} from '../tensor/types.js';
import type {Plane} from './plane.js';
import {type Range, scanRange} from './stats.js';

/** Extremes of square blocks of cells. NaN in `max` (and `min`) where a block holds NaN; infinities are kept. */
export interface Level {
  /** Cells per block side: 4, 8, 16 … */
  readonly block: number;
  readonly rows: number;
  readonly cols: number;
  /** rows × cols, row-major; `+Infinity` / `-Infinity` where a block is all gap. */
  readonly min: Float32Array | Float64Array;
  readonly max: Float32Array | Float64Array;
  /** Sums of the cells, for `pool="mean"`; present where asked for. */
  readonly sum?: Float64Array;
}

/** Levels from fine to coarse. */
export type Pyramid = readonly Level[];

const BASE = 4;
/** Cells looked at between two yields. */
const CHUNK = 1 << 20;

/**
 * Block extremes of a plane: level 0 from the cells, each coarser level from the one before. Takes about a sixth of
 * the tensor's memory.
 * @param withSums also sums each block, for means
 * @yields share done, 0 to 1
 */
export function* buildPyramid(data: Values, plane: Plane, withSums = false): Generator<number, Pyramid> {
  const levels = [yield* baseLevel(data, plane, withSums)];
  for (let fine = levels[0]!; fine.rows > 64 || fine.cols > 64; levels.push(fine)) fine = yield* coarser(fine);
  return levels;
}

function* baseLevel(data: Values, plane: Plane, withSums: boolean): Generator<number, Level> {
  const rows = Math.ceil(plane.rows / BASE);
  const cols = Math.ceil(plane.cols / BASE);
  const {rowOffset, colOffset, base, contiguous} = plane;
  // float32 holds int32 only roughly, and extremes must be values of the tensor
  const Kind = data instanceof Float32Array || data.BYTES_PER_ELEMENT < 4 ? Float32Array : Float64Array;
  const min = new Kind(rows * cols).fill(Infinity);
  const max = new Kind(rows * cols).fill(-Infinity);
  const sum = withSums ? new Float64Array(rows * cols) : undefined;
  let work = 0;
  for (let r = 0; r < rows; r++) {
    const first = r * BASE;
    const last = Math.min(plane.rows, first + BASE);
    // whole blocks of a matrix, four rows at once: the common case, and the one that must be quick
    const whole = contiguous && !sum && last - first === BASE ? plane.cols >> 2 : 0;
    if (whole) blockRow(data, base, rowOffset, first, whole, min, max, r * cols);
    for (let y = first; y < last; y++) {
      if (rowOffset[y]! < 0) continue;
      const from = base + rowOffset[y]!;
      for (let c0 = whole * BASE; c0 < plane.cols; c0 += CHUNK) {
        const c1 = Math.min(plane.cols, c0 + CHUNK);
        for (let c = c0; c < c1; c++) {
          if (colOffset[c]! < 0) continue;
          const v = data[from + colOffset[c]!]!;
          const at = r * cols + (c >> 2);
          // both are NaN where one of their arguments is
          min[at] = Math.min(min[at]!, v);
          max[at] = Math.max(max[at]!, v);
          if (sum) sum[at]! += v;
        }
        if (c1 < plane.cols) yield r / rows;
      }
    }
    work += BASE * plane.cols;
    if (work > CHUNK) {
      work = 0;
      yield (r + 1) / rows;
    }
  }
  return {block: BASE, rows, cols, min, max, ...(sum && {sum})};
}

/** Extremes of `n` whole blocks from row `first` on. */
function blockRow(data: Values, base: number, rowOffset: Int32Array, first: number, n: number, min: Level['min'], max: Level['max'], at: number): void {
  let a = base + rowOffset[first]!;
  let b = base + rowOffset[first + 1]!;
  let c = base + rowOffset[first + 2]!;
  let d = base + rowOffset[first + 3]!;
  for (let i = 0; i < n; i++, a += 4, b += 4, c += 4, d += 4) {
    let lo = data[a]!;
    let hi = lo;
    // NaN where a cell is, or where +Infinity meets -Infinity
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      const p = data[a + k]!;
      const q = data[b + k]!;
      const r = data[c + k]!;
      const s = data[d + k]!;
      if (p < lo) lo = p;
      else if (p > hi) hi = p;
      if (q < lo) lo = q;
      else if (q > hi) hi = q;
      if (r < lo) lo = r;
      else if (r > hi) hi = r;
      if (s < lo) lo = s;
      else if (s > hi) hi = s;
      sum += p + q + (r + s);
    }
    if (sum !== sum && hasNaN(data, [a, b, c, d])) lo = hi = NaN;
    min[at + i] = lo;
    max[at + i] = hi;
  }
}

/** Whether one of the four cells from any of these places on is NaN. */
function hasNaN(data: Values, places: readonly number[]): boolean {
  return places.some((at) => [0, 1, 2, 3].some((k) => Number.isNaN(data[at + k])));
}

/**
 * The range of all cells of a plane that is the whole tensor, from the extremes of their blocks, the coarsest first; only blocks with special values are
 * looked into again, down to their cells.
 * @returns as `scanRange` over the plane's cells
 * @yields share done
 */
export function* rangeOfPyramid(data: Values, plane: Plane, pyramid: Pyramid): Generator<number, Range> {
  let lo = Infinity;
  let hi = -Infinity;
  const coarsest = pyramid.at(-1)!;
  let odd = Array.from({length: coarsest.min.length}, (_, i) => i);
  for (let k = pyramid.length - 1; k >= 0; k--) {
    const {min, max, cols} = pyramid[k]!;
    const finer = pyramid[k - 1];
    const next: number[] = [];
    for (let n = 0; n < odd.length; n++) {
      const i = odd[n]!;
      const l = min[i]!;
      const h = max[i]!;
      if (h - l < Infinity) {
        if (l < lo) lo = l;
        if (h > hi) hi = h;
      } else if (l <= h || l !== l) {
        // NaN or an infinity in it; l > h is a block of gaps
        if (finer) childrenOf(i, cols, finer, next);
        else next.push(i);
      }
      if ((n & (CHUNK - 1)) === CHUNK - 1) yield n / odd.length;
    }
    odd = next;
  }
  yield 0.5;
  const {cols, min} = pyramid[0]!;
  if (odd.length * 8 > min.length) return yield* scanRange(data);
  const few = new Float64Array(odd.length * BASE * BASE);
  let n = 0;
  for (const i of odd) {
    const [r0, c0] = [Math.floor(i / cols) * BASE, (i % cols) * BASE];
    for (let r = r0; r < Math.min(plane.rows, r0 + BASE); r++) {
      for (let c = c0; c < Math.min(plane.cols, c0 + BASE); c++) {
        if (plane.rowOffset[r]! >= 0 && plane.colOffset[c]! >= 0) few[n++] = data[plane.base + plane.rowOffset[r]! + plane.colOffset[c]!]!;
      }
    }
    if ((n & (CHUNK - 1)) < BASE * BASE) yield 0.5;
  }
  const rest = yield* scanRange(few.subarray(0, n));
  // a NaN in `rest` says that nothing there is finite
  const [a, b] = [Math.min(lo, rest.min === rest.min ? rest.min : Infinity), Math.max(hi, rest.max === rest.max ? rest.max : -Infinity)];
  return {...rest, min: a > b ? NaN : a, max: a > b ? NaN : b};
}

/** Adds the up to four blocks of the next finer level that make up block `i` of a level with so many columns. */
function childrenOf(i: number, cols: number, finer: Level, out: number[]): void {
  const [r, c] = [2 * Math.floor(i / cols), 2 * (i % cols)];
  for (let y = r; y < Math.min(finer.rows, r + 2); y++) for (let x = c; x < Math.min(finer.cols, c + 2); x++) out.push(y * finer.cols + x);
}

function* coarser(fine: Level): Generator<number, Level> {
  const rows = Math.ceil(fine.rows / 2);
  const cols = Math.ceil(fine.cols / 2);
  const Kind = fine.min.constructor as Float32ArrayConstructor;
  const min = new Kind(rows * cols).fill(Infinity);
  const max = new Kind(rows * cols).fill(-Infinity);
  const sum = fine.sum && new Float64Array(rows * cols);
  let work = 0;
  for (let r = 0; r < fine.rows; r++) {
    for (let c = 0, i = r * fine.cols; c < fine.cols; c++, i++) {
      const at = (r >> 1) * cols + (c >> 1);
      const hi = fine.max[i]!;
      if (fine.min[i]! < min[at]!) min[at] = fine.min[i]!;
      if (hi > max[at]!) max[at] = hi;
      if (hi !== hi) min[at] = max[at] = NaN;
      if (sum) sum[at]! += fine.sum![i]!;
    }
    work += fine.cols;
    if (work > CHUNK / 2) {
      work = 0;
      yield 1;
    }
  }
  return {block: fine.block * 2, rows, cols, min, max, ...(sum && {sum})};
}
