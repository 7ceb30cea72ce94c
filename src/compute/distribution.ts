import type {Values} from '../tensor/types.js';

/** The finite values' distribution: exact quantiles, and a distribution function over at most 65,536 bins. */
export interface Distribution {
  /** Finite values. */
  readonly count: number;
  /** The least finite value above 0; Infinity where there is none. */
  readonly leastPositive: number;
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
/** Values looked at between two yields. */
const CHUNK = 1 << 17;

/**
 * The bits of floating-point values as whole numbers in the order of the values: of a float32 all 32, of a float64 the
 * upper 32, and the lower 32 beside them. -0 is 0.
 */
class Keys {
  readonly upper: Uint32Array;
  readonly lower: Uint32Array;
  /** Whether values are held as float64: float32 would lose digits of them. */
  readonly wide: boolean;
  readonly #values: Float32Array | Float64Array;
  readonly #words: Uint32Array;

  constructor(data: Values) {
    this.wide = !(data instanceof Float32Array) && data.BYTES_PER_ELEMENT > 2;
    const n = Math.max(1, Math.min(CHUNK, data.length));
    this.#values = this.wide ? new Float64Array(n) : new Float32Array(n);
    this.#words = new Uint32Array(this.#values.buffer);
    this.upper = new Uint32Array(n);
    this.lower = new Uint32Array(this.wide ? n : 0);
  }

  /** Takes at most `CHUNK` values. @returns how many of them are finite and have keys now */
  take(part: Values | readonly number[]): number {
    const {upper, lower} = this;
    const values = this.#values;
    const words = this.#words;
    values.set(part);
    let n = 0;
    if (!this.wide) {
      for (let i = 0; i < part.length; i++) {
        const u = words[i]!;
        if ((u & 0x7f800000) === 0x7f800000) continue; // NaN, ±Infinity
        upper[n++] = u > 0x80000000 ? ~u : u | 0x80000000;
      }
      return n;
    }
    for (let i = 0; i < part.length; i++) {
      const u = words[2 * i + 1]!;
      if ((u & 0x7ff00000) === 0x7ff00000) continue;
      const flip = u >>> 31 && values[i] !== 0 ? -1 : 0;
      lower[n] = words[2 * i]! ^ flip;
      upper[n++] = flip ? ~u : u | 0x80000000;
    }
    return n;
  }

  value(upper: number, lower: number): number {
    const flip = upper & 0x80000000 ? 0 : -1;
    const u = upper ^ (flip | 0x80000000);
    if (this.wide) this.#words.set([lower ^ flip, u]);
    else this.#words[0] = u;
    return this.#values[0]!;
  }
}

/** An order statistic, and what is known of its key: which it is among the values whose keys begin so. */
interface Sought {
  readonly k: number;
  upper: number;
  lower: number;
  rest: number;
}

/** Walks a table of counts to the entry that holds the value sought. */
function walk(table: Uint32Array, sought: Sought): number {
  let digit = 0;
  while (sought.rest >= table[digit]!) sought.rest -= table[digit++]!;
  return digit;
}

/**
 * Distributes values over the 65,536 upper quarters or halves of their float64's or float32's bits, then refines: bins
 * that hold much are cut into as many as their share of a second 65,536, so that outliers cannot use up the resolution;
 * the bins in which the exact quantiles lie are resolved to single values.
 * @yields share done
 */
export function* computeDistribution(data: Values): Generator<number, Distribution> {
  const keys = new Keys(data);
  const {upper: uppers, lower: lowers} = keys;
  const passes = keys.wide ? 4 : 2;
  const bins = new Uint32Array(BINS);
  let count = 0;
  let leastPositive = Infinity;
  for (let from = 0; from < data.length; from += CHUNK) {
    const part = data.subarray(from, from + CHUNK);
    for (let i = 0; i < part.length; i++) if (part[i]! > 0 && part[i]! < leastPositive) leastPositive = part[i]!;
    const n = keys.take(part);
    for (let i = 0; i < n; i++) bins[uppers[i]! >>> 16]!++;
    count += n;
    yield from / data.length / passes;
  }

  // each bin gets a power of two of sub-bins, by its share; all in all at most 65,536 of them
  const shift = new Uint8Array(BINS).fill(16);
  const start = new Uint32Array(BINS + 1);
  for (let b = 0; b < BINS; b++) {
    const sub = bins[b]! ? Math.max(1, Math.floor((bins[b]! / count) * (BINS / 2))) : 0;
    const log = Math.min(16, Math.floor(Math.log2(Math.max(1, sub))));
    shift[b] = 16 - log;
    start[b + 1] = start[b]! + (sub ? 1 << log : 0);
  }
  const fine = new Float64Array(start[BINS]!);

  const below = new Float64Array(BINS + 1);
  for (let b = 0; b < BINS; b++) below[b + 1] = below[b]! + bins[b]!;
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
  // order statistics k and k + 1 of each exact quantile, and the bins that hold them
  const sought = new Map<number, Sought>();
  const resolve = Array.from<Uint32Array | undefined>({length: BINS});
  for (const p of count ? EXACT_QUANTILES : []) {
    const first = Math.floor(p * (count - 1));
    for (const k of [first, Math.min(count - 1, first + 1)]) {
      const upper = binOf(k);
      sought.set(k, {k, upper, lower: 0, rest: k - below[upper]!});
      resolve[upper] ??= new Uint32Array(BINS);
    }
  }
  for (let from = 0; from < data.length; from += CHUNK) {
    const n = keys.take(data.subarray(from, from + CHUNK));
    for (let i = 0; i < n; i++) {
      const key = uppers[i]!;
      const b = key >>> 16;
      const low = key & 0xffff;
      fine[start[b]! + (low >>> shift[b]!)]!++;
      const table = resolve[b];
      if (table) table[low]!++;
    }
    yield (1 + from / data.length) / passes;
  }
  for (const s of sought.values()) s.upper = s.upper * BINS + walk(resolve[s.upper]!, s);

  // a float64 has 32 bits more: two more digits, of the values sought alone
  for (const digit of keys.wide ? [16, 0] : []) {
    const prefix = (upper: number, lower: number): number => (digit ? upper : upper * BINS + lower);
    const tables = new Map<number, Uint32Array>();
    for (const {upper, lower} of sought.values()) tables.set(prefix(upper, lower), new Uint32Array(BINS));
    for (let from = 0; from < data.length; from += CHUNK) {
      const n = keys.take(data.subarray(from, from + CHUNK));
      for (let i = 0; i < n; i++) {
        const upper = uppers[i]!;
        if (!resolve[upper >>> 16]) continue;
        const lower = lowers[i]!;
        const table = tables.get(prefix(upper, lower >>> 16));
        if (table) table[(lower >>> digit) & 0xffff]!++;
      }
      yield ((digit ? 2 : 3) + from / data.length) / passes;
    }
    for (const s of sought.values()) s.lower = s.lower * BINS + walk(tables.get(prefix(s.upper, s.lower))!, s);
  }

  const cumulative = new Float64Array(fine.length + 1);
  for (let i = 0; i < fine.length; i++) cumulative[i + 1] = cumulative[i]! + fine[i]!;
  /** The k-th smallest value, exact where it was sought, else the edge of its sub-bin. */
  const order = (k: number): number => {
    const exact = sought.get(k);
    if (exact) return keys.value(exact.upper, exact.lower);
    const b = binOf(k);
    let rest = k - below[b]!;
    let sub = 0;
    while (rest >= fine[start[b]! + sub]!) rest -= fine[start[b]! + sub++]!;
    return keys.value(b * BINS + (sub << shift[b]!), 0);
  };
  return {
    count,
    leastPositive,
    quantile(p) {
      if (!count) return NaN;
      const at = p * (count - 1);
      const k = Math.floor(at);
      const a = order(k);
      const b = order(Math.min(count - 1, k + 1));
      // apart by more than float64 holds: weighed one by one
      return b - a < Infinity ? a + (b - a) * (at - k) : a * (1 - at + k) + b * (at - k);
    },
    rankOf(v) {
      if (!count || v !== v) return 0;
      if (!keys.take([v])) return v > 0 ? 1 : 0;
      const key = uppers[0]!;
      const b = key >>> 16;
      if (start[b + 1] === start[b]) return below[b]! / count;
      const at = start[b]! + ((key & 0xffff) >>> shift[b]!);
      return (cumulative[at]! + fine[at]! / 2) / count;
    },
  };
}
