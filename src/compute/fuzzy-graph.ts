import type {Neighbors} from './neighbors.js';
import {part} from './slices.js';

/** Edges, as `from → to` and back again; of each how strong it is, 0 to 1. */
export interface FuzzyGraph {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
}

/** The least width of a neighbourhood, of the mean distance to neighbours. */
const LEAST_WIDTH = 1e-3;
/** Examples looked at between two yields. */
const ROWS = 128;

/**
 * How near each neighbour is, 0 to 1: exp(−(d − ρ) / σ), with ρ the distance to the nearest one that is not in the same
 * place, and σ such that they sum up to log₂(k + 1) (algorithm 3 of the paper).
 */
export function* strengthsSteps(distances: Float32Array, n: number, k: number): Generator<number, Float64Array> {
  const out = new Float64Array(n * k);
  const target = Math.log2(k + 1);
  const mean = distances.reduce((sum, v) => sum + v, 0) / distances.length;
  for (let i = 0; i < n; i++) {
    const own = distances.subarray(i * k, (i + 1) * k);
    const rho = own.find((v) => v > 0) ?? 0;
    let [low, high, sigma] = [0, Infinity, 1];
    for (let round = 0; round < 64; round++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += own[j]! > rho ? Math.exp(-(own[j]! - rho) / sigma) : 1;
      if (Math.abs(sum - target) < 1e-5) break;
      if (sum > target) high = sigma;
      else low = sigma;
      sigma = high < Infinity ? (low + high) / 2 : 2 * sigma;
    }
    sigma = Math.max(sigma, LEAST_WIDTH * (rho ? own.reduce((sum, v) => sum + v, 0) / k : mean));
    for (let j = 0; j < k; j++) out[i * k + j] = own[j]! > rho && sigma ? Math.exp(-(own[j]! - rho) / sigma) : 1;
    if (i % ROWS === ROWS - 1) yield i / n;
  }
  return out;
}

/**
 * The fuzzy union of what each sees of the other: p + q − p q; the strongest is set to 1.
 * @param k neighbours of each
 * @param epochs edges too weak to be followed once in so many are left out
 * @yields share done
 */
export function* fuzzyGraphSteps({indices, distances}: Neighbors, n: number, k: number, epochs: number): Generator<number, FuzzyGraph> {
  const strengths = yield* part(strengthsSteps(distances, n, k), 0, 0.6);
  // who has a row among its neighbours, and where
  const starts = new Int32Array(n + 1);
  for (const j of indices) starts[j + 1]!++;
  for (let i = 0; i < n; i++) starts[i + 1]! += starts[i]!;
  const seen = new Int32Array(indices.length);
  const next = starts.slice(0, n);
  for (let at = 0; at < indices.length; at++) seen[next[indices[at]!]!++] = at;
  yield 0.65;

  const from = new Int32Array(2 * indices.length);
  const to = new Int32Array(2 * indices.length);
  const weights = new Float64Array(2 * indices.length);
  const own = new Float64Array(n);
  const back = new Int32Array(n).fill(-1);
  let count = 0;
  let most = 0;
  const add = (i: number, j: number, weight: number): void => {
    from[count] = i;
    to[count] = j;
    weights[count++] = weight;
    if (weight > most) most = weight;
  };
  for (let i = 0; i < n; i++) {
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const j = Math.floor(seen[at]! / k);
      own[j] = strengths[seen[at]!]!;
      back[j] = i;
    }
    for (let at = i * k; at < (i + 1) * k; at++) {
      const j = indices[at]!;
      const p = strengths[at]!;
      const q = back[j] === i ? own[j]! : 0;
      add(i, j, p + q - p * q);
      back[j] = -1;
    }
    // those that see it, and that it does not see
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const j = Math.floor(seen[at]! / k);
      if (back[j] === i) add(i, j, own[j]!);
    }
    if (i % ROWS === ROWS - 1) yield 0.65 + (0.3 * i) / n;
  }
  yield 0.95;
  let kept = 0;
  for (let e = 0; e < count; e++) {
    if (weights[e]! < most / epochs) continue;
    from[kept] = from[e]!;
    to[kept] = to[e]!;
    weights[kept++] = weights[e]! / most;
  }
  return {from: from.subarray(0, kept), to: to.subarray(0, kept), weights: weights.subarray(0, kept)};
}
