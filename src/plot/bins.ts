import {type AxisScale, axisScale} from '../color/scale.js';
import {computeDistribution} from '../compute/distribution.js';
import {part} from '../compute/slices.js';
import {histogram} from '../compute/stats.js';
import type {Values} from '../tensor/types.js';
import {extentOf} from './extent.js';
import {areWhole} from './whole.js';

/** Bins that are chosen by themselves are no more, and those asked for. */
const MOST = 512;
const MOST_ASKED = 4096;
/** Values up to which they are sorted to find their quartiles. */
const FEW = 1 << 14;
/** Values mapped between two yields. */
const CHUNK = 1 << 15;

/** Bins of one width along an axis, and how many values of some lists lie in each. */
export interface Bins {
  /** One more than bins, ascending, in the values' unit. A bin holds its lower edge, the last its upper one too. */
  readonly edges: Float64Array;
  /** For each list. */
  readonly counts: readonly Float64Array[];
  /** Whole numbers that each bin holds, where all values are whole and bins fit them. */
  readonly whole: number | null;
  /** Finite values that a log axis has no place for. */
  readonly left: number;
  /** Where the values of a list that lie in a bin stand in it, no more than `most`. */
  readonly find: (list: number, bin: number, most: number) => number[];
}

/** Values as they lie along an axis that is not straight; NaN where they have no place. @yields share done */
function* mapped(values: Values, {toUnit}: AxisScale): Generator<number, Float64Array> {
  const out = new Float64Array(values.length);
  for (let from = 0; from < out.length; from += CHUNK) {
    const to = Math.min(out.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const t = toUnit(values[i]!);
      out[i] = Number.isFinite(values[i]) && t >= 0 && t <= 1 ? t : NaN;
    }
    yield to / out.length;
  }
  return out;
}

/** Quantiles of a few values, as numpy has them; sorting is quicker than tables for these. */
function sorted(values: Values): {count: number; quantile: (p: number) => number} {
  const order = Float64Array.from(values).filter(Number.isFinite).sort();
  const quantile = (p: number): number => {
    const at = p * (order.length - 1);
    const [a, b] = [order[Math.floor(at)]!, order[Math.ceil(at)]!];
    return a + (b - a) * (at - Math.floor(at));
  };
  return {count: order.length, quantile};
}

/**
 * How wide bins should be: as numpy's `auto`, the lesser of the rules of Freedman and Diaconis (1981), 2 · IQR / n^(1/3),
 * which is left out where it is 0, and Sturges (1926), range / (log2 n + 1). NaN where nothing is finite.
 * @yields share done
 */
export function* binWidth(values: Values): Generator<number, number> {
  const {min, max} = yield* part(extentOf(values), 0, 0.2);
  const {count, quantile} = values.length > FEW ? yield* part(computeDistribution(values), 0.2, 1) : sorted(values);
  if (!count) return NaN;
  const sturges = (max - min) / (Math.log2(count) + 1);
  const freedman = (2 * (quantile(0.75) - quantile(0.25))) / Math.cbrt(count);
  return freedman > 0 ? Math.min(sturges, freedman) : sturges;
}

/**
 * Puts lists of values into common bins over all that is finite of them. Without a number given, the narrowest of the
 * lists' own widths is taken, 512 bins at most; whole numbers get bins that hold equally many of them each.
 * @param type along which axis the bins are equally wide
 * @param span what the bins of a linear axis cover, where it is more than the values do
 * @yields share done
 */
export function* binsOf(lists: readonly Values[], type: 'linear' | 'log' | 'symlog', asked: number | null, span?: readonly [number, number]): Generator<number, Bins> {
  let [min, max, leastPositive] = [Infinity, -Infinity, Infinity];
  for (const values of lists) {
    const extent = yield* part(extentOf(values), 0, 0.1);
    [min, max, leastPositive] = [Math.min(min, extent.min), Math.max(max, extent.max), Math.min(leastPositive, extent.leastPositive)];
  }
  let lo = type === 'log' ? leastPositive : min;
  let hi = max;
  if (!(lo <= hi)) [lo, hi] = type === 'log' ? [1, 10] : [0, 1];
  if (span && type === 'linear') [lo, hi] = span;
  let whole = type === 'linear' && !span && min <= max && Number.isSafeInteger(min) && Number.isSafeInteger(max);
  for (const values of lists) whole &&= yield* part(areWhole(values), 0.1, 0.15);
  // one value alone stands in the middle
  const constant = lo === hi;
  if (constant && type === 'log') [lo, hi] = [lo / 2, hi * 2];
  else if (constant && !(whole && asked === null)) [lo, hi] = [lo - (Math.abs(lo) * 0.1 || 0.5), hi + (Math.abs(lo) * 0.1 || 0.5)];
  // ±1e308 are apart by more than float64 holds
  const scale = type !== 'linear' || !Number.isFinite(hi - lo) ? axisScale([lo, hi], type) : null;
  const placed: Values[] = [];
  for (const values of lists) placed.push(scale ? yield* part(mapped(values, scale), 0.15, 0.3) : values);
  let [from, to] = scale ? [0, 1] : [lo, hi];

  let bins = Math.min(MOST_ASKED, Math.max(1, Math.floor(asked ?? 1)));
  let step: number | null = null;
  if (asked === null && (whole || !constant)) {
    let width = Infinity;
    for (const [i, values] of placed.entries()) {
      const own = yield* part(binWidth(values), 0.3 + (0.5 * i) / placed.length, 0.3 + (0.5 * (i + 1)) / placed.length);
      if (own > 0 && own < width) width = own;
    }
    bins = Math.min(MOST, Math.max(1, Math.ceil((to - from) / width)));
    if (whole) {
      step = Math.max(1, Math.round((to - from) / bins), Math.ceil((to - from + 1) / MOST));
      bins = Math.ceil((to - from + 1) / step);
      [from, to] = [from - 0.5, from - 0.5 + bins * step];
    }
  }
  const counts: Float64Array[] = [];
  for (const values of placed) counts.push(yield* part(histogram(values, from, to, bins), 0.8, 1));
  // as `histogram` has them
  const edge = (k: number): number => from + (k / bins) * (to - from);
  const edges = Float64Array.from({length: bins + 1}, (_, k) => (k === bins ? to : edge(k)));
  return {
    edges: scale ? edges.map((t, k) => (k === 0 ? lo : k === bins ? hi : scale.fromUnit(t))) : edges,
    counts,
    whole: step,
    left: type === 'log' ? placed.reduce((n, values, i) => n + outside(values, lists[i]!), 0) : 0,
    find: (list, bin, most) => {
      const out: number[] = [];
      const values = placed[list]!;
      const [a, b] = [edge(bin), bin === bins - 1 ? Infinity : edge(bin + 1)];
      for (let i = 0; i < values.length && out.length < most; i++) if (values[i]! >= a && values[i]! < b && values[i]! <= to) out.push(i);
      return out;
    },
  };
}

/** Finite values without a place. */
function outside(placed: Values, values: Values): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (placed[i] !== placed[i] && Number.isFinite(values[i])) n++;
  return n;
}
