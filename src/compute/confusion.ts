import {Problem} from '../words/kinds.js';
import {checkClasses, checkLengths, checkWeights, type WeightOptions} from './labels.js';
import {drain} from './slices.js';

/** Values looked at between two yields. */
const CHUNK = 1 << 16;

/** As `argmaxRows`, in steps. @yields share done */
export function* argmaxRowsSteps(scores: ArrayLike<number>, n: number, c: number): Generator<number, {readonly predicted: Int32Array; readonly nan: number}> {
  const predicted = new Int32Array(n);
  let nan = 0;
  const rows = Math.max(1, Math.floor(CHUNK / c));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      let best = 0;
      let top = scores[i * c]!;
      for (let k = 0; k < c; k++) {
        const v = scores[i * c + k]!;
        if (v > top) {
          top = v;
          best = k;
        } else if (v !== v) {
          best = -1;
          break;
        }
      }
      predicted[i] = best;
      if (best < 0) nan++;
    }
    yield to / n;
  }
  return {predicted, nan};
}

/**
 * The class with the highest score of each example; of equal ones the first. A row with a NaN has none: -1, counted in
 * `nan`.
 * @param scores row-major, n × c
 */
export function argmaxRows(scores: ArrayLike<number>, n: number, c: number): {readonly predicted: Int32Array; readonly nan: number} {
  return drain(argmaxRowsSteps(scores, n, c));
}

/** As `confusionMatrix`, in steps. @yields share done */
export function* confusionMatrixSteps(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  {sampleWeight}: WeightOptions = {},
): Generator<number, Float64Array> {
  const n = truth.length;
  checkLengths(n, predicted.length);
  checkWeights(sampleWeight, n);
  checkClasses(truth, n, classes);
  const matrix = new Float64Array(classes * classes);
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const k = predicted[i]!;
      if (k === -1) continue;
      if (!(k >= 0 && k < classes && k === Math.floor(k))) throw new Problem('metricsPredictedRange', {label: k, example: i, last: classes - 1});
      matrix[truth[i]! * classes + k]! += sampleWeight ? sampleWeight[i]! : 1;
    }
    yield to / n;
  }
  return matrix;
}

/**
 * How many examples (or what weight) of each class were taken for each: row-major, `[true × classes + predicted]`, as
 * sklearn.metrics.confusion_matrix. An example whose prediction is -1, as `argmaxRows` says of NaN, is in no cell.
 * @throws Problem for a class out of range, other lengths or a weight below 0
 */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number, options?: WeightOptions): Float64Array {
  return drain(confusionMatrixSteps(truth, predicted, classes, options));
}

/** Sums of the rows (what is true) and columns (what was predicted) of a confusion matrix, and of all. */
export function marginsOf(matrix: ArrayLike<number>, c: number): {readonly rows: Float64Array; readonly columns: Float64Array; readonly total: number} {
  const rows = new Float64Array(c);
  const columns = new Float64Array(c);
  let total = 0;
  for (let i = 0; i < c; i++) {
    for (let k = 0; k < c; k++) {
      const v = matrix[i * c + k]!;
      rows[i]! += v;
      columns[k]! += v;
      total += v;
    }
  }
  return {rows, columns, total};
}

/**
 * Shares in place of counts: of the true class (`true`, rows sum to 1), of the predicted one (`pred`, columns do) or of
 * all. 0 / 0 is 0, as in scikit-learn.
 */
export function normalizeConfusion(matrix: ArrayLike<number>, c: number, by: 'true' | 'pred' | 'all'): Float64Array {
  const {rows, columns, total} = marginsOf(matrix, c);
  return Float64Array.from({length: c * c}, (_, at) => {
    const whole = by === 'true' ? rows[Math.floor(at / c)]! : by === 'pred' ? columns[at % c]! : total;
    return whole ? matrix[at]! / whole : 0;
  });
}

/** One class taken for another. */
export interface Confusion {
  readonly truth: number;
  readonly predicted: number;
  /** Examples, or their weight. */
  readonly count: number;
  /** Of the examples of the true class, 0 to 1. */
  readonly share: number;
}

/** As `topConfusions`, in steps. @yields share done */
export function* topConfusionsSteps(matrix: ArrayLike<number>, c: number, k: number): Generator<number, Confusion[]> {
  const {rows} = marginsOf(matrix, c);
  const top: Confusion[] = [];
  if (k < 1) return top;
  const end = c * c;
  for (let from = 0; from < end; from += CHUNK) {
    const to = Math.min(end, from + CHUNK);
    for (let at = from; at < to; at++) {
      const count = matrix[at]!;
      if (!(count > 0) || (top.length >= k && count <= top[k - 1]!.count)) continue;
      const truth = Math.floor(at / c);
      if (at === truth * c + truth) continue;
      let place = top.length;
      while (place && top[place - 1]!.count < count) place--;
      top.splice(place, 0, {truth, predicted: at % c, count, share: count / rows[truth]!});
      if (top.length > k) top.pop();
    }
    yield to / end;
  }
  return top;
}

/** The k most frequent confusions, the most frequent first; of equal ones those of the first classes. None is 0. */
export function topConfusions(matrix: ArrayLike<number>, c: number, k: number): Confusion[] {
  return drain(topConfusionsSteps(matrix, c, k));
}
