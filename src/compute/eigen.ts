import {drain} from './slices.js';

/** The eigenvalues of a symmetric matrix, and their vectors. */
export interface Eigen {
  /** n of them, largest first. */
  readonly values: Float64Array;
  /** `n × n`: a row a vector, of length 1, in the order of the values. */
  readonly vectors: Float64Array;
}

/** Multiplications between two yields. */
const CHUNK = 1 << 18;
/** Turns over all pairs; some seven are enough. */
const MOST_SWEEPS = 60;

/** Turns two rows into each other. */
function turn(a: Float64Array, row: number, other: number, n: number, cos: number, sin: number): void {
  for (let i = row, j = other, end = row + n; i < end; i++, j++) {
    const u = a[i]!;
    const v = a[j]!;
    a[i] = cos * u - sin * v;
    a[j] = sin * u + cos * v;
  }
}

/** Makes two columns what their rows are. */
function mirror(a: Float64Array, p: number, q: number, n: number): void {
  for (let i = 0, row = p * n, other = q * n, at = 0; i < n; i++, at += n) {
    a[at + p] = a[row + i]!;
    a[at + q] = a[other + i]!;
  }
}

/** As `symmetricEigen`, in steps. @yields share done, roughly */
export function* symmetricEigenSteps(a: Float64Array, n: number): Generator<number, Eigen> {
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * (n + 1)] = 1;
  for (let sweep = 0, work = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const row = p * n;
        const other = q * n;
        const beside = a[row + q]!;
        const x = a[row + p]!;
        const y = a[other + q]!;
        // too small to tell in either: no turn would change them
        if (!beside || Math.abs(beside) <= 2 ** -54 * Math.sqrt(Math.abs(x * y))) {
          a[row + q] = a[other + p] = 0;
          continue;
        }
        turned = true;
        const half = (y - x) / (2 * beside);
        const tan = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(half * half + 1));
        const cos = 1 / Math.sqrt(tan * tan + 1);
        const sin = tan * cos;
        turn(a, row, other, n, cos, sin);
        mirror(a, p, q, n);
        a[row + p] = x - tan * beside;
        a[other + q] = y + tan * beside;
        a[row + q] = a[other + p] = 0;
        turn(vectors, row, other, n, cos, sin);
        work += 12 * n;
        if (work < CHUNK) continue;
        work = 0;
        yield Math.min(0.99, (sweep + p / n) / 8);
      }
    }
    if (!turned) break;
  }
  const order = Int32Array.from({length: n}, (_, i) => i).sort((i, j) => a[j * (n + 1)]! - a[i * (n + 1)]! || i - j);
  const sorted = new Float64Array(n * n);
  order.forEach((i, to) => sorted.set(vectors.subarray(i * n, (i + 1) * n), to * n));
  return {values: Float64Array.from(order, (i) => a[i * (n + 1)]!), vectors: sorted};
}

/**
 * Eigenvalues and vectors of a symmetric matrix by Jacobi's rotations (Jacobi 1846; cyclic, as in Golub & Van Loan), in
 * O(n³) a turn: for some hundreds of rows at most.
 * @param a `n × n`, symmetric; overwritten
 */
export const symmetricEigen = (a: Float64Array, n: number): Eigen => drain(symmetricEigenSteps(a, n));
