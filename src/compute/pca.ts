import {symmetricEigenSteps, type Eigen} from './eigen.js';
import {gramSteps, products, STRETCH} from './gram.js';
import {checkFiniteSteps, checkRows} from './rows.js';
import {drain, part} from './slices.js';
import {type Apply, subspaceSteps} from './subspace.js';

/** Options of a principal component analysis. */
export interface PcaOptions {
  /** How many components, k; default 2. Beyond the rank of the data there are none: what stands for them is 0. */
  readonly components?: number;
  /** Of what a search in large matrices begins with; default 1. */
  readonly seed?: number;
  /** When such a search ends: where of each component no more is left over than so much of its variance; default 1e-6. */
  readonly tolerance?: number;
}

/** Principal components. */
export interface Pca {
  /** `n × k`: where each row lies along them. */
  readonly scores: Float64Array;
  /** `k × d`: a row a component, of length 1, those of the largest variance first; its largest |loading| is positive. */
  readonly components: Float64Array;
  /** Of each of the d columns. */
  readonly mean: Float64Array;
  /** Of the scores along each, with the divisor n − 1. */
  readonly variances: Float64Array;
  /** Share of each in the total variance, 0 to 1; 0 where nothing varies. */
  readonly ratios: Float64Array;
}

type Values = Float32Array | Float64Array;

/** Up to so many rows or columns, whichever are fewer, the whole spectrum is worked out. */
const MOST_EXACT = 128;
/** Up to so many, products of all pairs are kept: 32 MB. */
const MOST_GRAM = 2048;
/** Multiplications by a matrix that a search takes, about. */
const APPLIED = 30;
/** Multiplications between two yields. */
const CHUNK = 1 << 20;

/** Means of the columns, and the sum of their variances times n. */
function* momentsSteps(values: Values, n: number, d: number): Generator<number, {mean: Float64Array; total: number}> {
  const mean = new Float64Array(d);
  let total = 0;
  for (let pass = 0, work = 0; pass < 2; pass++) {
    for (let r = 0; r < n; r++) {
      if (pass) for (let i = 0, at = r * d; i < d; i++, at++) total += (values[at]! - mean[i]!) ** 2;
      else for (let i = 0, at = r * d; i < d; i++, at++) mean[i]! += values[at]!;
      work += 2 * d;
      if (work < CHUNK) continue;
      work = 0;
      yield 0.5 * (pass + r / n);
    }
    if (!pass) for (let i = 0; i < d; i++) mean[i]! /= n;
  }
  return {mean, total};
}

/** Reads rows `from … to − 1`, less the mean. */
function centred(values: Values, d: number, mean: Float64Array, from: number, to: number, out: Float64Array): void {
  for (let r = from, o = 0, at = from * d; r < to; r++) for (let i = 0; i < d; i++, o++, at++) out[o] = values[at]! - mean[i]!;
}

/** Rows that are read at a time: not so many that reading them takes long. */
const groupOf = (d: number): number => Math.max(4, Math.min(64, Math.floor((1 << 16) / d)));

/** Multiplies with a matrix that is at hand. */
const applyMatrix = (matrix: Float64Array, s: number): Apply =>
  function* (q, count, out) {
    const group = Math.max(2, 2 * Math.floor(CHUNK / (s * count)));
    for (let from = 0; from < s; from += group) {
      const rows = Math.min(group, s - from);
      products(matrix.subarray(from * s, (from + rows) * s), rows, q, count, s, out.subarray(from), 1, s);
      yield from / s;
    }
  };

/** Multiplies with the products of all pairs of columns, going over the rows instead. */
const applyRows = (values: Values, n: number, d: number, mean: Float64Array): Apply =>
  function* (q, count, out) {
    out.fill(0);
    for (const group = {size: groupOf(d), from: 0}, block = new Float64Array(group.size * d), dots = new Float64Array(group.size * count); group.from < n; group.from += group.size) {
      const rows = Math.min(group.size, n - group.from);
      centred(values, d, mean, group.from, group.from + rows, block);
      products(block, rows, q, count, d, dots, count, 1);
      for (let j = 0; j < count; j++) addRows(block, rows, d, dots, count, j, out);
      yield group.from / n;
    }
  };

/** Adds rows, each times a number of its own, to vector j; four at a time. */
function addRows(block: Float64Array, rows: number, d: number, dots: Float64Array, count: number, j: number, out: Float64Array): void {
  for (let r = 0; r < rows; r += 4) {
    // those that are not there are added 0 times
    const [r1, r2, r3] = [Math.min(r + 1, rows - 1), Math.min(r + 2, rows - 1), Math.min(r + 3, rows - 1)];
    const b0 = dots[r * count + j]!;
    const b1 = r + 1 < rows ? dots[r1 * count + j]! : 0;
    const b2 = r + 2 < rows ? dots[r2 * count + j]! : 0;
    const b3 = r + 3 < rows ? dots[r3 * count + j]! : 0;
    for (let o = j * d, end = o + d, p = r * d, p1 = r1 * d, p2 = r2 * d, p3 = r3 * d; o < end; o++, p++, p1++, p2++, p3++) {
      out[o]! += b0 * block[p]! + b1 * block[p1]! + b2 * block[p2]! + b3 * block[p3]!;
    }
  }
}

/** The largest eigenvalues of the products of columns (`along` 'columns', d × d) or rows (n × n), with their vectors. */
function* eigenSteps(values: Values, n: number, d: number, mean: Float64Array, k: number, seed: number, tolerance: number): Generator<number, Eigen & {along: 'rows' | 'columns'}> {
  const along = n < d && n <= MOST_GRAM ? 'rows' : 'columns';
  const [s, length] = along === 'rows' ? [n, d] : [d, n];
  // what a search is spared where all products are at hand, against what they cost
  if (s > MOST_EXACT && along === 'columns' && (d > MOST_GRAM || d > 4 * (k + Math.max(10, k >> 2)) * APPLIED)) return {along, ...(yield* subspaceSteps(applyRows(values, n, d, mean), d, k, seed, tolerance))};
  const read = (out: Float64Array, from: number, to: number): void => {
    const outer = along === 'rows' ? n : to - from;
    if (to - from < STRETCH) out.fill(0);
    for (let r = 0; r < outer; r++) {
      if (along === 'rows') for (let i = from, o = r * STRETCH; i < to; i++, o++) out[o] = values[r * d + i]! - mean[i]!;
      else for (let i = 0, at = (from + r) * d, o = r; i < d; i++, at++, o += STRETCH) out[o] = values[at]! - mean[i]!;
    }
  };
  const share = (0.5 * length) / (0.5 * length + (s > MOST_EXACT ? APPLIED * 2 * k : 10 * s));
  const gram = yield* part(gramSteps(read, s, length), 0, share);
  if (s > MOST_EXACT) return {along, ...(yield* part(subspaceSteps(applyMatrix(gram, s), s, k, seed, tolerance), share, 1))};
  return {along, ...(yield* part(symmetricEigenSteps(gram, s), share, 1))};
}

/** As `pca`, in steps. @yields share done */
export function* pcaSteps(values: Values, n: number, d: number, {components: k = 2, seed = 1, tolerance = 1e-6}: PcaOptions = {}): Generator<number, Pca> {
  checkRows(values, n, d);
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`At least one component is needed; asked for ${k}.`);
  yield* part(checkFiniteSteps(values, n, d), 0, 0.02);
  const {mean, total} = yield* part(momentsSteps(values, n, d), 0.02, 0.06);
  const [scores, components, variances, ratios] = [new Float64Array(n * k), new Float64Array(k * d), new Float64Array(k), new Float64Array(k)];
  const found = Math.min(k, n, d);
  const {values: squares, vectors, along} = yield* part(eigenSteps(values, n, d, mean, found, seed, tolerance), 0.06, 0.9);

  // what is no more than rounding leaves has no direction
  const least = squares[0]! * Math.max(n, d) * 2 ** -52;
  let rank = 0;
  while (rank < found && squares[rank]! > least) rank++;
  const [group, at] = [groupOf(d), vectors.length && along === 'rows' ? n : d];
  const block = new Float64Array(group * d);
  if (along === 'columns') components.set(vectors.subarray(0, rank * at));
  else {
    const weights = new Float64Array(group * rank);
    for (let from = 0; from < n; from += group) {
      const rows = Math.min(group, n - from);
      centred(values, d, mean, from, from + rows, block);
      for (let j = 0; j < rank; j++) for (let r = 0; r < rows; r++) weights[r * rank + j] = vectors[j * n + from + r]! / Math.sqrt(squares[j]!);
      for (let j = 0; j < rank; j++) addRows(block, rows, d, weights, rank, j, components);
      yield 0.9 + (0.05 * from) / n;
    }
  }
  for (let j = 0; j < rank; j++) {
    const own = components.subarray(j * d, (j + 1) * d);
    let [largest, length] = [0, 0];
    for (const v of own) {
      if (Math.abs(v) > Math.abs(largest)) largest = v;
      length += v * v;
    }
    const by = Math.sign(largest) / Math.sqrt(length);
    for (let i = 0; i < d; i++) own[i]! *= by;
    variances[j] = squares[j]! / (n - 1);
    ratios[j] = Math.min(1, squares[j]! / total);
  }
  if (rank) {
    for (let from = 0; from < n; from += group) {
      const rows = Math.min(group, n - from);
      centred(values, d, mean, from, from + rows, block);
      products(block, rows, components, rank, d, scores.subarray(from * k), k, 1);
      yield 0.95 + (0.05 * from) / n;
    }
  }
  return {scores, components, mean, variances, ratios};
}

/**
 * Principal component analysis (Pearson 1901): columns centred, not scaled. With up to 128 rows or columns by all
 * eigenvalues of the covariance (or of the rows' products, whichever is smaller); with more, by a seeded subspace
 * iteration (Halko, Martinsson & Tropp 2011) that goes on until no more than `tolerance` is left over. Variances below
 * 1e-13 or so of the largest cannot be told from rounding: they and their components are 0.
 * @param values row-major, `n × d`, finite
 * @throws RangeError for another length, no component, or a row with NaN or an infinity
 */
export const pca = (values: Values, n: number, d: number, options?: PcaOptions): Pca => drain(pcaSteps(values, n, d, options));
