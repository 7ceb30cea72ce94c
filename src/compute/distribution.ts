import type {Values} from '../tensor/types.js';

/** The finite values' distribution: exact quantiles, and a distribution function over at most 65,536 bins. */
export interface Distribution {
  /** Finite values. */
  readonly count: number;
  /**
   * The `p` quantile, 0 to 1, linear between order statistics as numpy has it; exact for p = 0.02, 0.25, 0.5, 0.75
   * and 0.98, to a bin elsewhere. NaN where no value is finite.
   */
  quantile(p: number): number;
  /** Share of the finite values below `v`, plus half of those in its bin; 0 to 1. */
  rankOf(v: number): number;
}

/** Quantiles computed exactly. */
export const EXACT_QUANTILES = [0.02, 0.25, 0.5, 0.75, 0.98] as const;

const BINS = 65536;
const CHUNK = 1 << 19;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** A float32's bits, rearranged so that keys are in the order of the values. */
const keyOf = (u: number): number => (u & 0x80000000 ? ~u : u | 0x80000000) >>> 0;

function valueOf(key: number): number {
  bits[0] = key & 0x80000000 ? key & 0x7fffffff : ~key;
  return float[0]!;
}

/**
 * Distributes values over the 65,536 upper halves of their float32 keys, then refines: bins that hold much are cut
 * into as many as their share of a second 65,536, so that outliers cannot use up the resolution; the bins in which
 * the exact quantiles lie are resolved to single float32 values. Values of other dtypes are rounded to float32 (int32
 * up to 2^24 is exact).
 * @yields share done
 */
export function* computeDistribution(data: Values): Generator<number, Distribution> {
  const upper = new Uint32Array(BINS);
  // the bits of a float32 tensor are read in place; others are rounded first
  const raw = data instanceof Float32Array ? new Uint32Array(data.buffer, data.byteOffset, data.length) : null;
  let count = 0;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      let u: number;
      if (raw) u = raw[i]!;
      else {
        float[0] = data[i]!;
        u = bits[0]!;
      }
      if ((u & 0x7f800000) === 0x7f800000) continue; // NaN, ±Infinity
      if (u === 0x80000000) u = 0; // -0 is 0
      upper[keyOf(u) >>> 16]!++;
      count++;
    }
    yield to / data.length / 2;
  }

  // each upper bin gets a power of two of sub-bins, by its share; all in all at most 65,536 of them
  const shift = new Uint8Array(BINS).fill(16);
  const start = new Uint32Array(BINS + 1);
  for (let b = 0; b < BINS; b++) {
    const sub = upper[b]! ? Math.max(1, Math.floor((upper[b]! / count) * (BINS / 2))) : 0;
    const log = Math.min(16, Math.floor(Math.log2(Math.max(1, sub))));
    shift[b] = 16 - log;
    start[b + 1] = start[b]! + (sub ? 1 << log : 0);
  }
  const fine = new Float64Array(start[BINS]!);

  // order statistics k and k + 1 of each exact quantile, and the upper bins that hold them
  const below = new Float64Array(BINS + 1);
  for (let b = 0; b < BINS; b++) below[b + 1] = below[b]! + upper[b]!;
  const binOf = (k: number): number => {
    let lo = 0;
    let hi = BINS - 1;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (below[mid + 1]! > k) hi = mid;
      else lo = mid + 1;
    }
    return lo;
  };
  const wanted = new Map<number, Uint32Array>();
  if (count) {
    for (const p of EXACT_QUANTILES) {
      const k = Math.floor(p * (count - 1));
      for (const at of [k, Math.min(count - 1, k + 1)]) if (!wanted.has(binOf(at))) wanted.set(binOf(at), new Uint32Array(BINS));
    }
  }
  const resolve = Array.from<Uint32Array | undefined>({length: BINS});
  for (const [bin, table] of wanted) resolve[bin] = table;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      let u: number;
      if (raw) u = raw[i]!;
      else {
        float[0] = data[i]!;
        u = bits[0]!;
      }
      if ((u & 0x7f800000) === 0x7f800000) continue;
      if (u === 0x80000000) u = 0;
      const key = keyOf(u);
      const b = key >>> 16;
      const low = key & 0xffff;
      fine[start[b]! + (low >>> shift[b]!)]!++;
      const table = resolve[b];
      if (table) table[low]!++;
    }
    yield 0.5 + to / data.length / 2;
  }

  const cumulative = new Float64Array(fine.length + 1);
  for (let i = 0; i < fine.length; i++) cumulative[i + 1] = cumulative[i]! + fine[i]!;
  /** The k-th smallest value, exact in a resolved bin, else the lower edge of its sub-bin. */
  const order = (k: number): number => {
    const b = binOf(k);
    let rest = k - below[b]!;
    const table = wanted.get(b);
    if (table) {
      let low = 0;
      while (rest >= table[low]!) rest -= table[low++]!;
      return valueOf(((b << 16) | low) >>> 0);
    }
    let sub = 0;
    while (rest >= fine[start[b]! + sub]!) rest -= fine[start[b]! + sub++]!;
    return valueOf(((b << 16) | (sub << shift[b]!)) >>> 0);
  };
  return {
    count,
    quantile(p) {
      if (!count) return NaN;
      const at = p * (count - 1);
      const k = Math.floor(at);
      const a = order(k);
      const b = order(Math.min(count - 1, k + 1));
      return a + (b - a) * (at - k);
    },
    rankOf(v) {
      if (!count || v !== v) return 0;
      float[0] = v;
      if (float[0] === Infinity || float[0] === -Infinity) return v > 0 ? 1 : 0;
      const key = keyOf(bits[0] === 0x80000000 ? 0 : bits[0]!);
      const b = key >>> 16;
      if (start[b + 1] === start[b]) return below[b]! / count;
      const at = start[b]! + ((key & 0xffff) >>> shift[b]!);
      return (cumulative[at]! + fine[at]! / 2) / count;
    },
  };
}
