import type {Values} from '../tensor/types.js';
import type {Plane} from './plane.js';

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
  const whole = contiguous ? plane.cols >> 2 : 0;
  let work = 0;
  for (let r = 0; r < plane.rows; r++) {
    if (rowOffset[r]! < 0) continue;
    const from = base + rowOffset[r]!;
    const to = (r >> 2) * cols;
    for (let b = 0, i = from; b < whole; b++, i += 4) {
      const v0 = data[i]!;
      const v1 = data[i + 1]!;
      const v2 = data[i + 2]!;
      const v3 = data[i + 3]!;
      const lo = v0 < v1 ? v0 : v1;
      const hi = v0 < v1 ? v1 : v0;
      const lo2 = v2 < v3 ? v2 : v3;
      const hi2 = v2 < v3 ? v3 : v2;
      const l = lo < lo2 ? lo : lo2;
      const h = hi > hi2 ? hi : hi2;
      const at = to + b;
      if (l < min[at]!) min[at] = l;
      if (h > max[at]!) max[at] = h;
      // a sum is NaN where a cell is NaN or where +Inf meets -Inf
      const s = v0 + v1 + v2 + v3;
      if (s !== s && (v0 !== v0 || v1 !== v1 || v2 !== v2 || v3 !== v3)) min[at] = max[at] = NaN;
      if (sum) sum[at]! += s;
    }
    for (let c = whole * 4; c < plane.cols; c++) {
      if (colOffset[c]! < 0) continue;
      const v = data[from + colOffset[c]!]!;
      const at = to + (c >> 2);
      if (v < min[at]!) min[at] = v;
      if (v > max[at]!) max[at] = v;
      if (v !== v) min[at] = max[at] = NaN;
      if (sum) sum[at]! += v;
    }
    work += plane.cols;
    if (work > CHUNK) {
      work = 0;
      yield (r + 1) / plane.rows;
    }
  }
  return {block: BASE, rows, cols, min, max, ...(sum && {sum})};
}

function* coarser(fine: Level): Generator<number, Level> {
  const rows = Math.ceil(fine.rows / 2);
  const cols = Math.ceil(fine.cols / 2);
  const Kind = fine.min.constructor as Float32ArrayConstructor;
  const min = new Kind(rows * cols).fill(Infinity);
  const max = new Kind(rows * cols).fill(-Infinity);
  const sum = fine.sum && new Float64Array(rows * cols);
  for (let r = 0; r < fine.rows; r++) {
    for (let c = 0, i = r * fine.cols; c < fine.cols; c++, i++) {
      const at = (r >> 1) * cols + (c >> 1);
      const hi = fine.max[i]!;
      if (fine.min[i]! < min[at]!) min[at] = fine.min[i]!;
      if (hi > max[at]!) max[at] = hi;
      if (hi !== hi) min[at] = max[at] = NaN;
      if (sum) sum[at]! += fine.sum![i]!;
    }
    if ((r & 255) === 255) yield 1;
  }
  return {block: fine.block * 2, rows, cols, min, max, ...(sum && {sum})};
}
