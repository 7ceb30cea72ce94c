import type {DType, Values} from '../tensor/types.js';

/** Extremes of the finite values, and what is not finite. */
export interface Range {
  /** NaN where no value is finite. */
  readonly min: number;
  readonly max: number;
  readonly nan: number;
  readonly positiveInfinity: number;
  readonly negativeInfinity: number;
}

/** The numbers of a tensor. Those of `Range` aside, all are over its finite values, in float64. */
export interface TensorStats extends Range {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Of a complex64 tensor: which face of its values the numbers are of. */
  readonly part?: 'magnitude' | 'phase';
  /** Elements. */
  readonly size: number;
  /** Arithmetic mean; NaN where no value is finite. */
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  /** Euclidean norm. */
  readonly l2: number;
  /** How many values are 0 (or -0). */
  readonly zeros: number;
}

/** Values looked at between two yields. */
const CHUNK = 1 << 19;

/** Finds the finite extremes and counts NaN and infinities, in one pass. @yields share done */
export function* scanRange(data: Values): Generator<number, Range> {
  let min = Infinity;
  let max = -Infinity;
  let nan = 0;
  let positiveInfinity = 0;
  let negativeInfinity = 0;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const v = data[i]!;
      if (v >= min && v <= max) continue;
      if (v !== v) nan++;
      else if (v === Infinity) positiveInfinity++;
      else if (v === -Infinity) negativeInfinity++;
      else {
        if (v < min) min = v;
        if (v > max) max = v;
      }
    }
    yield to / data.length;
  }
  if (min > max) min = max = NaN;
  return {min, max, nan, positiveInfinity, negativeInfinity};
}

/** Power-sums over one chunk, shifted and scaled so that neither 1e30s nor denormals leave float64's range. */
interface Moments {
  n: number;
  mean: number;
  m2: number;
}

/**
 * Mean, deviation, norm and zeros of the finite values. Deviations are merged chunk by chunk (Chan, Golub and LeVeque,
 * 1979), each about its own mean. Values are scaled by a power of two first, so that squares do not overflow.
 * @param range of the same data
 * @yields share done
 */
export function* computeStats(data: Values, range: Range, shape: readonly number[], dtype: DType): Generator<number, TensorStats> {
  const largest = Math.max(Math.abs(range.min), Math.abs(range.max));
  const unit = largest > 0 && (largest > 1e100 || largest < 1e-100) ? 2 ** Math.floor(Math.log2(largest)) : 1;
  const all: Moments = {n: 0, mean: 0, m2: 0};
  let squares = 0;
  let zeros = 0;
  const clean = !range.nan && !range.positiveInfinity && !range.negativeInfinity;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    let n = 0;
    let sum = 0;
    let chunkSquares = 0;
    for (let i = from; i < to; i++) {
      const raw = data[i]!;
      if (!clean && (raw !== raw || raw === Infinity || raw === -Infinity)) continue;
      const v = raw / unit;
      n++;
      sum += v;
      chunkSquares += v * v;
      if (raw === 0) zeros++; // of `v`, the smallest are 0 beside 1e300
    }
    if (n) {
      const mean = sum / n;
      let m2 = 0;
      for (let i = from; i < to; i++) {
        const d = data[i]! / unit - mean;
        if (clean || (d === d && d !== Infinity && d !== -Infinity)) m2 += d * d;
      }
      const delta = mean - all.mean;
      const total = all.n + n;
      all.m2 += m2 + (delta * delta * all.n * n) / total;
      all.mean += (delta * n) / total;
      all.n = total;
      squares += chunkSquares;
    }
    yield to / data.length;
  }
  return {
    ...range,
    shape,
    dtype,
    size: data.length,
    mean: all.n ? all.mean * unit : NaN,
    std: all.n ? Math.sqrt(all.m2 / all.n) * unit : NaN,
    l2: Math.sqrt(squares) * unit,
    zeros,
  };
}

/**
 * Counts of values in equal bins from `lo` to `hi`; the last bin holds `hi` itself, as numpy.histogram has it.
 * Values outside and NaN are not counted.
 * @yields share done
 */
export function* histogram(data: Values, lo: number, hi: number, bins: number): Generator<number, Float64Array> {
  const counts = new Float64Array(bins);
  const span = hi - lo;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const v = data[i]!;
      if (v >= lo && v <= hi) {
        let bin = span > 0 ? Math.min(bins - 1, Math.floor(((v - lo) / span) * bins)) : bins >> 1;
        // as numpy: a value on an edge that rounding put into the wrong bin goes to the bin whose edges hold it
        if (span > 0 && v < lo + (bin / bins) * span) bin--;
        else if (span > 0 && bin < bins - 1 && v >= lo + ((bin + 1) / bins) * span) bin++;
        counts[bin]!++;
      }
    }
    yield to / data.length;
  }
  return counts;
}

/**
 * Counts the finite values on either side of an interval.
 * @yields share done
 */
export function* countBeyond(data: Values, lo: number, hi: number): Generator<number, {readonly below: number; readonly above: number}> {
  let below = 0;
  let above = 0;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const v = data[i]!;
      if (v < lo) below += v === -Infinity ? 0 : 1;
      else if (v > hi) above += v === Infinity ? 0 : 1;
    }
    yield to / data.length;
  }
  return {below, above};
}
