import {checkRows} from './rows.js';

type Reals = Float32Array | Float64Array;

/** Values looked at between two yields. */
const CHUNK = 1 << 17;

/** What the columns of a matrix hold, of some of its rows. */
export interface Columns {
  readonly mean: Float64Array;
  /** Population variance. */
  readonly variance: Float64Array;
}

/**
 * Mean and variance of each column (Welford 1962).
 * @param values row-major, `n × d`
 * @param rows which rows count; none of them may hold NaN or an infinity
 * @yields share done
 */
export function* columnsSteps(values: Reals, n: number, d: number, rows: ArrayLike<number>): Generator<number, Columns> {
  checkRows(values, n, d);
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  for (let i = 0, work = 0; i < rows.length; i++) {
    const from = rows[i]! * d;
    for (let c = 0; c < d; c++) {
      const off = values[from + c]! - mean[c]!;
      mean[c]! += off / (i + 1);
      variance[c]! += off * (values[from + c]! - mean[c]!);
    }
    work += d;
    if (work < CHUNK) continue;
    work = 0;
    yield i / rows.length;
  }
  for (let c = 0; c < d; c++) variance[c]! /= rows.length || 1;
  return {mean, variance};
}

/**
 * Columns of mean 0 and variance 1, as scikit-learn's StandardScaler has them: one that does not vary is 0.
 * @param values row-major, `n × d`
 * @yields share done
 */
export function* standardizedSteps(values: Reals, n: number, d: number, {mean, variance}: Columns): Generator<number, Float64Array> {
  const out = new Float64Array(n * d);
  const scale = variance.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 0));
  for (let r = 0, work = 0; r < n; r++) {
    for (let c = 0, at = r * d; c < d; c++, at++) {
      const off = values[at]! - mean[c]!;
      // what is not finite stays so
      out[at] = scale[c] || off - off !== 0 ? off * (scale[c] || 1) : 0;
    }
    work += d;
    if (work < CHUNK) continue;
    work = 0;
    yield r / n;
  }
  return out;
}
