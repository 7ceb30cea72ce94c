import type {Metric} from './cluster.js';
import {unitRowsSteps} from './rows.js';

/** Rows of a tile at most, and multiplications that one tile may take. */
const [SIDE, MOST] = [64, 1 << 23];
/** Multiplications between two yields. */
const CHUNK = 1 << 22;

/**
 * Is shown a tile of squared distances: of rows `i0 … i1 − 1` to rows `j0 … j1 − 1`, that of (i, j) at
 * `(i − i0) · stride + j − j0`. Each pair with i < j is in one tile; what else is there (i ≥ j) is to be passed over.
 */
export type SeeTile = (squares: Float64Array, stride: number, i0: number, i1: number, j0: number, j1: number) => void;

/** Copies rows, in groups of four whose values alternate; rows that are not there are left as they are. */
function pack(values: Float32Array | Float64Array, d: number, from: number, to: number, out: Float64Array): void {
  for (let r = from; r < to; r++) {
    const i = r - from;
    for (let at = r * d, end = at + d, o = 4 * d * (i >> 2) + (i & 3); at < end; at++, o += 4) out[o] = values[at]!;
  }
}

/** Squared distances of two packs; two rows to four at a time, so that eight sums are under way at once. */
function squaresOf(a: Float64Array, b: Float64Array, d: number, rows: number, columns: number, stride: number, out: Float64Array): void {
  for (let i = 0; i < rows; i += 2) {
    const first = 4 * d * (i >> 2) + (i & 3);
    for (let j = 0; j < columns; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let t0 = 0;
      let t1 = 0;
      let t2 = 0;
      let t3 = 0;
      for (let p = first, q = d * j, end = q + 4 * d; q < end; p += 4, q += 4) {
        const x = a[p]!;
        const y = a[p + 1]!;
        const b0 = b[q]!;
        const b1 = b[q + 1]!;
        const b2 = b[q + 2]!;
        const b3 = b[q + 3]!;
        let by = x - b0;
        s0 += by * by;
        by = x - b1;
        s1 += by * by;
        by = x - b2;
        s2 += by * by;
        by = x - b3;
        s3 += by * by;
        by = y - b0;
        t0 += by * by;
        by = y - b1;
        t1 += by * by;
        by = y - b2;
        t2 += by * by;
        by = y - b3;
        t3 += by * by;
      }
      const o = i * stride + j;
      out[o] = s0;
      out[o + 1] = s1;
      out[o + 2] = s2;
      out[o + 3] = s3;
      const u = o + stride;
      out[u] = t0;
      out[u + 1] = t1;
      out[u + 2] = t2;
      out[u + 3] = t3;
    }
  }
}

/**
 * Goes once over all pairs of rows, tile by tile. Differences are squared and summed in float64, in the order of the
 * columns: equal rows are 0 apart, and `squareOf` gives the very same number.
 * @param values row-major, `n × d`, finite
 * @yields share done
 */
export function* tilesSteps(values: Float32Array | Float64Array, n: number, d: number, see: SeeTile): Generator<number, void> {
  const side = Math.max(4, Math.min(SIDE, 4 * Math.floor(Math.sqrt(MOST / d) / 4)));
  const [a, b] = [new Float64Array(side * d), new Float64Array(side * d)];
  const squares = new Float64Array(side * side);
  const blocks = Math.ceil(n / side);
  let work = 0;
  let done = 0;
  for (let i0 = 0; i0 < n; i0 += side) {
    const i1 = Math.min(n, i0 + side);
    pack(values, d, i0, i1, a);
    for (let j0 = i0; j0 < n; j0 += side) {
      const j1 = Math.min(n, j0 + side);
      if (j0 > i0) pack(values, d, j0, j1, b);
      squaresOf(a, j0 > i0 ? b : a, d, i1 - i0, j1 - j0, side, squares);
      see(squares, side, i0, i1, j0, j1);
      done++;
      work += side * side * (d + 32);
      if (work < CHUNK) continue;
      work = 0;
      yield (2 * done) / (blocks * (blocks + 1));
    }
  }
}

/** The squared distance between two rows, as `tilesSteps` has it. */
export function squareOf(values: Float32Array | Float64Array, d: number, i: number, j: number): number {
  let sum = 0;
  for (let p = i * d, q = j * d, end = p + d; p < end; p++, q++) {
    const by = values[p]! - values[q]!;
    sum += by * by;
  }
  return sum;
}

/** Rows whose plain distances say what is asked: for cosines those of length 1. */
export function* rowsForSteps(values: Float32Array | Float64Array, n: number, d: number, metric: Metric): Generator<number, {values: Float32Array | Float64Array; width: number}> {
  return metric === 'cosine' ? yield* unitRowsSteps(values, n, d) : {values, width: d};
}
