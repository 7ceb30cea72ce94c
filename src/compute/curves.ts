import {Problem} from '../words/kinds.js';
import type {WeightOptions} from './labels.js';
import {first, type Ranking, rankExamplesSteps, type UndefinedReason} from './ranking.js';
import {drain, part} from './slices.js';

/** Options of a curve. */
export interface CurveOptions extends WeightOptions {
  /**
   * Leaves out points that change nothing in the picture or the area, as scikit-learn's option does. ROC, by default:
   * those where both rates rise as much as at the point before. Precision-recall, not by default: those between others
   * of the same recall.
   */
  readonly dropIntermediate?: boolean;
}

/** A receiver operating characteristic. */
export interface RocCurve {
  /** Share of the negatives with a score at or above each threshold, rising from 0 to 1. NaN where there are none. */
  readonly fpr: Float64Array;
  /** Share of the positives likewise. NaN where there are none. */
  readonly tpr: Float64Array;
  /** Falling; the first is +Infinity, where nothing is called positive. */
  readonly thresholds: Float64Array;
  /** Area under the curve by trapezoids, 0 to 1; NaN where undefined. */
  readonly auc: number;
  /** Why the area is undefined. */
  readonly reason?: UndefinedReason;
}

/** Precision against recall. */
export interface PrecisionRecallCurve {
  /** tp / (tp + fp) at each threshold, and a last 1 without threshold. */
  readonly precision: Float64Array;
  /** tp / positives at each threshold, falling, and a last 0 without threshold. 1 where there are no positives. */
  readonly recall: Float64Array;
  /** Rising; one fewer than the points. */
  readonly thresholds: Float64Array;
  /**
   * Σ (R_n − R_{n−1}) P_n, not interpolated. NaN where there are no positives; there scikit-learn warns and says 0.
   */
  readonly averagePrecision: number;
  /** Why the average precision is undefined. */
  readonly reason?: UndefinedReason;
}

/** Points looked at between two yields. */
const CHUNK = 1 << 16;

/**
 * The area under a curve by the trapezoid rule, as sklearn.metrics.auc.
 * @param x rising or falling throughout
 * @throws Problem for other lengths, fewer than two points, or an x that turns
 */
export function auc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2) throw new Problem('metricsAucPoints', {x: x.length, y: y.length});
  let area = 0;
  let rises = false;
  let falls = false;
  for (let i = 1; i < x.length; i++) {
    const step = x[i]! - x[i - 1]!;
    if (step > 0) rises = true;
    if (step < 0) falls = true;
    if (rises && falls) throw new Problem('metricsAucOrder', {at: i});
    area += (step * (y[i]! + y[i - 1]!)) / 2;
  }
  return falls ? -area : area;
}

/** As `rocOf`, in steps. @yields share done */
export function* rocOfSteps(ranking: Ranking, {dropIntermediate = true}: CurveOptions = {}): Generator<number, RocCurve> {
  const {thresholds, truePositives: tp, falsePositives: fp, positives, negatives, reason} = ranking;
  const n = thresholds.length;
  if (!n) return {fpr: thresholds, tpr: thresholds, thresholds, auc: NaN, ...(reason && {reason})};
  const all = new Float64Array(n + 1);
  const fpr = new Float64Array(n + 1);
  const tpr = new Float64Array(n + 1);
  all[0] = Infinity;
  if (!negatives) fpr[0] = NaN;
  if (!positives) tpr[0] = NaN;
  let points = 1;
  let area = 0;
  let beforeT = 0;
  let beforeF = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const t = tp[i]!;
      const f = fp[i]!;
      area += ((f - beforeF) * (t + beforeT)) / 2;
      // the corner test begins at the first threshold, not at (0, 0), as scikit-learn's does
      const corner = !i || i === n - 1 || fp[i + 1]! - f !== f - beforeF || tp[i + 1]! - t !== t - beforeT;
      beforeT = t;
      beforeF = f;
      if (dropIntermediate && !corner) continue;
      all[points] = thresholds[i]!;
      fpr[points] = f / negatives;
      tpr[points++] = t / positives;
    }
    yield to / n;
  }
  return {fpr: first(fpr, points), tpr: first(tpr, points), thresholds: first(all, points), auc: area / (positives * negatives), ...(reason && {reason})};
}

/** The ROC of examples that have been ranked. */
export function rocOf(ranking: Ranking, options?: CurveOptions): RocCurve {
  return drain(rocOfSteps(ranking, options));
}

/** As `precisionRecallOf`, in steps. @yields share done */
export function* precisionRecallOfSteps(ranking: Ranking, {dropIntermediate = false}: CurveOptions = {}): Generator<number, PrecisionRecallCurve> {
  const {thresholds, truePositives: tp, falsePositives: fp, positives} = ranking;
  const n = thresholds.length;
  const reason = ranking.reason === 'no-negatives' ? undefined : ranking.reason;
  if (!n) return {precision: thresholds, recall: thresholds, thresholds, averagePrecision: NaN, ...(reason && {reason})};
  // from the lowest threshold, as recall falls
  const rising = new Float64Array(n);
  const precision = new Float64Array(n + 1);
  const recall = new Float64Array(n + 1);
  let points = 0;
  let average = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let done = from; done < to; done++) {
      const i = n - 1 - done;
      const called = tp[i]! + fp[i]!;
      const share = called ? tp[i]! / called : 0;
      const before = i ? tp[i - 1]! : 0;
      average += (tp[i]! - before) * share;
      if (dropIntermediate && i && i < n - 1 && tp[i] === before && tp[i + 1] === tp[i]) continue;
      rising[points] = thresholds[i]!;
      precision[points] = share;
      recall[points++] = positives ? tp[i]! / positives : 1;
    }
    yield to / n;
  }
  precision[points] = 1;
  return {
    precision: first(precision, points + 1),
    recall: first(recall, points + 1),
    thresholds: first(rising, points),
    averagePrecision: average / positives,
    ...(reason && {reason}),
  };
}

/** The precision-recall curve of examples that have been ranked. */
export function precisionRecallOf(ranking: Ranking, options?: CurveOptions): PrecisionRecallCurve {
  return drain(precisionRecallOfSteps(ranking, options));
}

/** As `rocCurve`, in steps. @yields share done */
export function* rocCurveSteps(labels: ArrayLike<number>, scores: Float32Array | Float64Array, options: CurveOptions = {}): Generator<number, RocCurve> {
  return yield* part(rocOfSteps(yield* part(rankExamplesSteps(labels, scores, options), 0, 0.9), options), 0.9, 1);
}

/**
 * The ROC of scores of two classes, as sklearn.metrics.roc_curve from version 1.3 on: thresholds are the scores
 * themselves, equal ones are one point, the first is +Infinity.
 * @param labels 0 or 1
 * @param scores of class 1; a NaN among them leaves the curve empty
 * @throws Problem for another label, other lengths or a weight below 0
 */
export function rocCurve(labels: ArrayLike<number>, scores: Float32Array | Float64Array, options?: CurveOptions): RocCurve {
  return drain(rocCurveSteps(labels, scores, options));
}

/** As `precisionRecallCurve`, in steps. @yields share done */
export function* precisionRecallCurveSteps(
  labels: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  options: CurveOptions = {},
): Generator<number, PrecisionRecallCurve> {
  return yield* part(precisionRecallOfSteps(yield* part(rankExamplesSteps(labels, scores, options), 0, 0.9), options), 0.9, 1);
}

/**
 * Precision and recall of scores of two classes, as sklearn.metrics.precision_recall_curve and average_precision_score.
 * @param labels 0 or 1
 * @param scores of class 1; a NaN among them leaves the curve empty
 * @throws Problem for another label, other lengths or a weight below 0
 */
export function precisionRecallCurve(labels: ArrayLike<number>, scores: Float32Array | Float64Array, options?: CurveOptions): PrecisionRecallCurve {
  return drain(precisionRecallCurveSteps(labels, scores, options));
}
