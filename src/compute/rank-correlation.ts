import {argsortDescendingSteps} from './argsort.js';
import {drain, part} from './slices.js';

/** Ranks from 1, that of the highest; equal values share the mean of theirs. */
function* ranksOf(values: Float64Array): Generator<number, Float64Array> {
  const order = yield* argsortDescendingSteps(values);
  const ranks = new Float64Array(order.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** As `rankCorrelation`, in steps. @yields share done */
export function* rankCorrelationSteps(a: ArrayLike<number>, b: ArrayLike<number>, absolute = false): Generator<number, number> {
  const n = a.length;
  if (n !== b.length) throw new RangeError(`${n} and ${b.length} values cannot be compared.`);
  const [x, y] = [a, b].map((list) => Float64Array.from(list, (v) => (absolute ? Math.abs(v) : v))) as [Float64Array, Float64Array];
  if (x.some(Number.isNaN) || y.some(Number.isNaN)) return NaN;
  const p = yield* part(ranksOf(x), 0, 0.45);
  const q = yield* part(ranksOf(y), 0.45, 0.9);
  const mean = (n + 1) / 2;
  let pp = 0;
  let qq = 0;
  let pq = 0;
  for (let i = 0; i < n; i++) {
    const u = p[i]! - mean;
    const v = q[i]! - mean;
    pp += u * u;
    qq += v * v;
    pq += u * v;
  }
  return pq / Math.sqrt(pp * qq);
}

/**
 * Spearman's rank correlation of two lists, ties sharing the mean of their ranks (as scipy.stats.spearmanr).
 * @param absolute whether the magnitudes are ranked, without their signs
 * @returns −1 to 1; NaN where one of them is constant, holds a NaN, or has fewer than 2 values
 * @throws RangeError where the lengths differ
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>, absolute = false): number {
  return drain(rankCorrelationSteps(a, b, absolute));
}
