import {mulberry32} from './bootstrap.js';
import {type Eigen, symmetricEigenSteps} from './eigen.js';
import {products} from './gram.js';
import {part} from './slices.js';

/** Multiplies a symmetric matrix of n × n without negative eigenvalues with `count` vectors, one after another in `q`. */
export type Apply = (q: Float64Array, count: number, out: Float64Array) => Generator<number, void>;

/** Multiplications between two yields. */
const CHUNK = 1 << 20;
/** Places of vectors that are combined at a time. */
const COMBINED = 64;
/** Rounds at most; some ten are enough but for a spectrum that is all but flat. */
const MOST_ROUNDS = 40;
/** The highest degree of a filter. */
const MOST_DEGREE = 12;
/** How much more a filter may make of the largest than of the last that is wanted: beyond, rounding would drown it. */
const MOST_RATIO = 1e14;
/** What rounding leaves over, of the largest eigenvalue. */
const ROUNDING = 1e-13;

/** A normal number (Box & Muller 1958). */
export const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Makes vectors orthonormal, in their order, by Gram and Schmidt's way done twice; what depends on those before becomes 0. */
function* orthonormalSteps(y: Float64Array, count: number, n: number): Generator<number, void> {
  const dots = new Float64Array(count);
  for (let j = 0, work = 0; j < count; j++) {
    const own = y.subarray(j * n, (j + 1) * n);
    const before = Math.sqrt(own.reduce((sum, v) => sum + v * v, 0));
    let length = before;
    for (let pass = 0; pass < 2 && j; pass++) {
      products(own, 1, y, j, n, dots, 0, 1);
      for (let i = 0; i < j; i++) {
        const by = dots[i]!;
        if (by) for (let p = i * n, q = 0; q < n; p++, q++) own[q]! -= by * y[p]!;
      }
      length = Math.sqrt(own.reduce((sum, v) => sum + v * v, 0));
    }
    if (length > 1e-14 * before) for (let i = 0; i < n; i++) own[i]! /= length;
    else own.fill(0);
    work += 4 * (j + 2) * n;
    if (work < CHUNK) continue;
    work = 0;
    yield (j / count) ** 2;
  }
}

/** Replaces vectors by their combinations, given a row each. */
function* combineSteps(y: Float64Array, by: Float64Array, count: number, n: number): Generator<number, void> {
  const old = new Float64Array(COMBINED * count);
  for (let from = 0, work = 0; from < n; from += COMBINED) {
    const here = Math.min(COMBINED, n - from);
    for (let j = 0; j < count; j++) for (let i = 0; i < here; i++) old[i * count + j] = y[j * n + from + i]!;
    products(old, here, by, count, count, y.subarray(from), 1, n);
    work += here * count * count;
    if (work < CHUNK) continue;
    work = 0;
    yield from / n;
  }
}

/**
 * The k largest eigenvalues of a symmetric matrix and their vectors, without the others: randomised subspace iteration
 * (Halko, Martinsson & Tropp 2011) on some vectors more than asked for, each round by a Chebyshev polynomial that is
 * small where the rest of the spectrum lies (Zhou, Saad et al. 2006) in place of a plain power, until of each what is left
 * over, |Av − λv|, is at most `tolerance` times λ.
 * @param n rows of the matrix
 * @param k fewer than n
 * @yields share done, roughly
 */
export function* subspaceSteps(apply: Apply, n: number, k: number, seed: number, tolerance = 1e-6): Generator<number, Eigen> {
  const random = mulberry32(seed);
  const count = Math.min(n, k + Math.max(10, k >> 2));
  let q = new Float64Array(count * n);
  for (let i = 0; i < q.length; i++) q[i] = normal(random);
  let w = new Float64Array(count * n);
  const spare = new Float64Array(count * n);
  yield* part(apply(q, count, w), 0, 0.05);
  [q, w] = [w, q];
  let share = 0.05;
  for (let round = 1; ; round++) {
    const [from, to] = [share, share + (0.99 - share) * 0.3];
    share = to;
    const at = (f: number): number => from + f * (to - from);
    yield* part(orthonormalSteps(q, count, n), at(0), at(0.1));
    yield* part(apply(q, count, w), at(0.1), at(0.2));
    const small = new Float64Array(count * count);
    for (let i = 0; i < count; i += 8) {
      const rows = Math.min(8, count - i);
      products(q.subarray(i * n, (i + rows) * n), rows, w, count, n, small.subarray(i * count), count, 1);
      yield at(0.2);
    }
    for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) small[i * count + j] = small[j * count + i] = (small[i * count + j]! + small[j * count + i]!) / 2;
    const {values, vectors} = yield* part(symmetricEigenSteps(small, count), at(0.2), at(0.3));
    yield* part(combineSteps(q, vectors, count, n), at(0.3), at(0.35));
    yield* part(combineSteps(w, vectors, count, n), at(0.35), at(0.4));

    let settled = true;
    for (let j = 0; j < k && settled; j++) {
      let left = 0;
      for (let i = j * n, end = i + n; i < end; i++) left += (w[i]! - values[j]! * q[i]!) ** 2;
      settled = Math.sqrt(left) <= Math.max(tolerance * values[j]!, ROUNDING * values[0]!);
    }
    if (settled || round === MOST_ROUNDS) return {values: values.slice(0, k), vectors: q.slice(0, k * n)};

    // 0 … the last value found is where the rest lies: mapped to −1 … 1, beyond which the polynomial soon grows
    const half = Math.max(values[count - 1]!, 1e-12 * values[0]!) / 2;
    const far = (value: number): number => Math.acosh(Math.max(1, value / half - 1));
    const degree = Math.max(1, Math.min(MOST_DEGREE, Math.floor(Math.log(MOST_RATIO) / Math.max(1e-9, far(values[0]!) - far(values[k - 1]!)))));
    for (let i = 0; i < q.length; i++) w[i] = w[i]! / half - q[i]!;
    for (let power = 2; power <= degree; power++) {
      yield* part(apply(w, count, spare), at(0.4 + (0.6 * (power - 2)) / degree), at(0.4 + (0.6 * (power - 1)) / degree));
      for (let i = 0; i < q.length; i++) q[i] = 2 * (spare[i]! / half - w[i]!) - q[i]!;
      [q, w] = [w, q];
    }
    [q, w] = [w, q];
  }
}
