import type {Metric} from './cluster.js';
import {rowsForSteps, tilesSteps} from './distances.js';
import {checkFiniteSteps, checkRows} from './rows.js';
import {drain, part} from './slices.js';

/** The nearest rows of each row. */
export interface Neighbors {
  /** `n × k`: numbers of rows, nearest first; equally near ones by number. The row itself is not among them. */
  readonly indices: Int32Array;
  /** `n × k`: how far these are. */
  readonly distances: Float32Array;
}

/** Rows sorted between two yields. */
const CHUNK = 256;

/**
 * Lets the top of a heap sink to its place: the farthest is on top; of equally far ones the one with the highest number.
 * @param base where the heap begins
 */
function sink(squares: Float64Array, indices: Int32Array, base: number, size: number): void {
  const square = squares[base]!;
  const index = indices[base]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (right < size) {
      const s = squares[base + child]!;
      const t = squares[base + right]!;
      if (t > s || (t === s && indices[base + right]! > indices[base + child]!)) child = right;
    }
    const other = squares[base + child]!;
    if (other < square || (other === square && indices[base + child]! < index)) break;
    squares[base + at] = other;
    indices[base + at] = indices[base + child]!;
    at = child;
  }
  squares[base + at] = square;
  indices[base + at] = index;
}

/** As `nearestNeighbors`, in steps. @yields share done */
export function* nearestNeighborsSteps(values: Float32Array | Float64Array, n: number, d: number, k: number, metric: Metric = 'euclidean'): Generator<number, Neighbors> {
  checkRows(values, n, d);
  if (!Number.isInteger(k) || k < 1 || k >= n) throw new RangeError(`Of ${n} rows each has ${n - 1} others: 1 to ${n - 1} neighbours can be found; asked for ${k}.`);
  yield* part(checkFiniteSteps(values, n, d), 0, 0.01);
  const rows = yield* part(rowsForSteps(values, n, d, metric), 0.01, 0.02);

  const squares = new Float64Array(n * k).fill(Infinity);
  // what is not a row yet gives way to any
  const indices = new Int32Array(n * k).fill(2 ** 31 - 1);
  const offer = (i: number, j: number, square: number): void => {
    const base = i * k;
    if (square === squares[base] && j > indices[base]!) return;
    squares[base] = square;
    indices[base] = j;
    sink(squares, indices, base, k);
  };
  yield* part(
    tilesSteps(rows.values, n, rows.width, (tile, stride, i0, i1, j0, j1) => {
      for (let i = i0; i < i1; i++) {
        const row = (i - i0) * stride - j0;
        for (let j = Math.max(j0, i + 1); j < j1; j++) {
          const square = tile[row + j]!;
          if (square <= squares[i * k]!) offer(i, j, square);
          if (square <= squares[j * k]!) offer(j, i, square);
        }
      }
    }),
    0.02,
    0.97,
  );

  const distances = new Float32Array(n * k);
  for (let i = 0; i < n; i++) {
    const base = i * k;
    // the top is the last of what is left
    for (let last = k - 1; last > 0; last--) {
      const square = squares[base]!;
      const index = indices[base]!;
      squares[base] = squares[base + last]!;
      indices[base] = indices[base + last]!;
      squares[base + last] = square;
      indices[base + last] = index;
      sink(squares, indices, base, last);
    }
    for (let at = base; at < base + k; at++) distances[at] = metric === 'cosine' ? Math.min(2, squares[at]! / 2) : Math.sqrt(squares[at]!);
    if (i % CHUNK === CHUNK - 1) yield 0.97 + (0.03 * i) / n;
  }
  return {indices, distances};
}

/**
 * The k nearest rows of each row, by comparing all pairs: exact, in O(n² d). Cosine distance is 1 − the cosine, 0 to 2; a
 * row of zeros is 0 from another such row and 1 from all others.
 * @param values row-major, `n × d`
 * @param k 1 to n − 1
 * @throws RangeError for another k, another length, or a row with NaN or an infinity
 */
export const nearestNeighbors = (values: Float32Array | Float64Array, n: number, d: number, k: number, metric: Metric = 'euclidean'): Neighbors => drain(nearestNeighborsSteps(values, n, d, k, metric));
