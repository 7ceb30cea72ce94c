import {Problem} from '../words/kinds.js';
import {argsortDescendingSteps} from './argsort.js';
import {checkLengths, checkWeights, type WeightOptions} from './labels.js';
import {drain, part} from './slices.js';

/**
 * Why a curve or its area is not defined: there are no examples (or all weigh 0), a score is NaN, or of one class there
 * are none.
 */
export type UndefinedReason = 'empty' | 'nan-scores' | 'no-positives' | 'no-negatives';

/**
 * Examples of two classes from the highest score to the lowest: all that a ROC or precision-recall curve, or the
 * numbers at a threshold, are made from. Equal scores are one entry. Counts are weights where those are given.
 */
export interface Ranking {
  /** Distinct scores, falling. */
  readonly thresholds: Float64Array;
  /** Positives with a score at or above each threshold. */
  readonly truePositives: Float64Array;
  /** Negatives with a score at or above each threshold. */
  readonly falsePositives: Float64Array;
  /** All of label 1. */
  readonly positives: number;
  /** All of label 0. */
  readonly negatives: number;
  /** Set where there are none of a class, no examples, or a score is NaN: then all is empty. */
  readonly reason?: UndefinedReason;
}

/** Values looked at between two yields. */
const CHUNK = 1 << 15;

/** The first `n` values, copied where that saves much memory. */
export const first = (values: Float64Array, n: number): Float64Array => (2 * n < values.length ? values.slice(0, n) : values.subarray(0, n));

/** A ranking of nothing. */
export const unranked = (reason: UndefinedReason): Ranking => ({
  thresholds: new Float64Array(0),
  truePositives: new Float64Array(0),
  falsePositives: new Float64Array(0),
  positives: 0,
  negatives: 0,
  reason,
});

/** Whether any is NaN. @yields share done */
export function* hasNanSteps(values: ArrayLike<number>): Generator<number, boolean> {
  for (let from = 0; from < values.length; from += 4 * CHUNK) {
    const to = Math.min(values.length, from + 4 * CHUNK);
    for (let i = from; i < to; i++) if (values[i] !== values[i]) return true;
    yield to / values.length;
  }
  return false;
}

/** As `rankExamples`, in steps. @yields share done */
export function* rankExamplesSteps(
  labels: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  {sampleWeight}: WeightOptions = {},
): Generator<number, Ranking> {
  const n = scores.length;
  checkLengths(labels.length, n);
  checkWeights(sampleWeight, n);
  if (yield* part(hasNanSteps(scores), 0, 0.05)) return unranked('nan-scores');
  const order = yield* part(argsortDescendingSteps(scores), 0.05, 0.7);
  const thresholds = new Float64Array(n);
  const truePositives = new Float64Array(n);
  const falsePositives = new Float64Array(n);
  let entries = 0;
  let positives = 0;
  let negatives = 0;
  let last = NaN;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const at = order[i]!;
      const weight = sampleWeight ? sampleWeight[at]! : 1;
      if (!weight) continue;
      const score = scores[at]!;
      if (score !== last) thresholds[entries++] = last = score;
      const label = labels[at];
      if (label === 1) positives += weight;
      else if (label === 0) negatives += weight;
      else throw new Problem('metricsLabelBinary', {label: Number(label), example: at, last: 1, classes: 2});
      truePositives[entries - 1] = positives;
      falsePositives[entries - 1] = negatives;
    }
    yield 0.7 + (0.3 * to) / n;
  }
  if (!entries) return unranked('empty');
  return {
    thresholds: first(thresholds, entries),
    truePositives: first(truePositives, entries),
    falsePositives: first(falsePositives, entries),
    positives,
    negatives,
    ...(positives ? negatives ? {} : {reason: 'no-negatives'} : {reason: 'no-positives'}),
  };
}

/**
 * Ranks examples of two classes by score, once for both curves and any number of thresholds.
 * @param labels 0 or 1
 * @param scores of class 1: probabilities, logits or any numbers; infinities are in their place, NaN makes it undefined
 * @throws Problem for another label, other lengths or a weight below 0
 */
export function rankExamples(labels: ArrayLike<number>, scores: Float32Array | Float64Array, options?: WeightOptions): Ranking {
  return drain(rankExamplesSteps(labels, scores, options));
}

/** What comes of calling positive every example with a score at or above a threshold. Counts are weights where given. */
export interface AtThreshold {
  readonly threshold: number;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
  /** tp / (tp + fp) */
  readonly precision: number;
  /** tp / (tp + fn), as is `tpr`. */
  readonly recall: number;
  readonly tpr: number;
  /** fp / (fp + tn) */
  readonly fpr: number;
  /** 2 tp / (2 tp + fp + fn) */
  readonly f1: number;
  readonly accuracy: number;
  /** Those of the above that are 0 / 0, and given as 0, as scikit-learn does. */
  readonly undefined: readonly ('precision' | 'recall' | 'tpr' | 'fpr' | 'f1' | 'accuracy')[];
}

/** How many thresholds are at or above `threshold`. */
function entriesAbove({thresholds}: Ranking, threshold: number): number {
  let lo = 0;
  let hi = thresholds.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (thresholds[mid]! >= threshold) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** The numbers at a threshold, in some 20 comparisons for a million examples. */
export function atThreshold(ranking: Ranking, threshold: number): AtThreshold {
  const entries = entriesAbove(ranking, threshold);
  const tp = entries ? ranking.truePositives[entries - 1]! : 0;
  const fp = entries ? ranking.falsePositives[entries - 1]! : 0;
  const fn = ranking.positives - tp;
  const tn = ranking.negatives - fp;
  const divided: AtThreshold['undefined'][number][] = [];
  const ratio = (name: AtThreshold['undefined'][number], part: number, whole: number): number => {
    if (whole) return part / whole;
    divided.push(name);
    return 0;
  };
  return {
    threshold,
    tp,
    fp,
    tn,
    fn,
    precision: ratio('precision', tp, tp + fp),
    recall: ratio('recall', tp, tp + fn),
    tpr: ratio('tpr', tp, tp + fn),
    fpr: ratio('fpr', fp, fp + tn),
    f1: ratio('f1', 2 * tp, 2 * tp + fp + fn),
    accuracy: ratio('accuracy', tp + tn, tp + tn + fp + fn),
    undefined: divided,
  };
}
