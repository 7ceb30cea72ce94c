import {squareOf, tilesSteps} from './distances.js';
import {nearestNeighborsSteps} from './neighbors.js';
import {checkFiniteSteps, checkRows} from './rows.js';
import {drain, part} from './slices.js';

type Values = Float32Array | Float64Array;

/** As `trustworthiness`, in steps. @yields share done */
export function* trustworthinessSteps(values: Values, n: number, d: number, embedding: Values, k = 5): Generator<number, number> {
  checkRows(values, n, d);
  if (embedding.length !== 2 * n) throw new RangeError(`${n} × 2 values of the embedding are needed; got ${embedding.length}.`);
  if (!Number.isInteger(k) || k < 1 || k >= n / 2) throw new RangeError(`k must be at least 1 and below half of the ${n} examples; got ${k}.`);
  yield* part(checkFiniteSteps(values, n, d), 0, 0.02);
  const share = 8 / (8 + d);
  const {indices} = yield* part(nearestNeighborsSteps(embedding, n, 2, k), 0.02, 0.02 + 0.9 * share);

  // how far those are that the embedding shows near, the farthest first: most pairs are farther still
  const limits = new Float64Array(n * k);
  const far = new Int32Array(n * k);
  for (let i = 0, work = 0; i < n; i++) {
    const own = Array.from(indices.subarray(i * k, (i + 1) * k), (j) => ({j, square: squareOf(values, d, i, j)})).sort((p, q) => q.square - p.square || q.j - p.j);
    own.forEach(({j, square}, at) => {
      limits[i * k + at] = square;
      far[i * k + at] = j;
    });
    work += k * (d + 32);
    if (work < 1 << 20) continue;
    work = 0;
    yield 0.02 + 0.9 * share;
  }
  // rank of each: one more than there are nearer ones, of equally near ones those with a lower number
  const nearer = new Int32Array(n * k);
  const count = (i: number, j: number, square: number): void => {
    for (let at = i * k, end = at + k; at < end && square <= limits[at]!; at++) if (square < limits[at]! || j < far[at]!) nearer[at]!++;
  };
  yield* part(
    tilesSteps(values, n, d, (tile, stride, i0, i1, j0, j1) => {
      for (let i = i0; i < i1; i++) {
        const row = (i - i0) * stride - j0;
        for (let j = Math.max(j0, i + 1); j < j1; j++) {
          const square = tile[row + j]!;
          if (square <= limits[i * k]!) count(i, j, square);
          if (square <= limits[j * k]!) count(j, i, square);
        }
      }
    }),
    0.02 + 0.9 * share,
    1,
  );
  let sum = 0;
  for (const before of nearer) sum += Math.max(0, before + 1 - k);
  return 1 - (2 * sum) / (n * k * (2 * n - 3 * k - 1));
}

/**
 * How far neighbours in an embedding can be trusted to be neighbours (Venna & Kaski 2001):
 * 1 − 2 / (n k (2n − 3k − 1)) · Σ max(0, r(i, j) − k) over the k nearest j of each i in the embedding, r(i, j) being the
 * rank of j by the distance from i among the values. Of equally near ones the lower number comes first. The same as
 * `sklearn.manifold.trustworthiness`.
 * @param values row-major, `n × d`, finite
 * @param embedding `n × 2`
 * @param k below n / 2
 * @returns 0 to 1
 * @throws RangeError for another length, another k, or a row with NaN or an infinity
 */
export const trustworthiness = (values: Values, n: number, d: number, embedding: Values, k = 5): number => drain(trustworthinessSteps(values, n, d, embedding, k));
