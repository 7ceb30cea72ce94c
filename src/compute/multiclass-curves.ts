import {argsortDescendingSteps} from './argsort.js';
import {auc, type CurveOptions, type PrecisionRecallCurve, precisionRecallOfSteps, type RocCurve, rocOfSteps} from './curves.js';
import {checkClasses, checkWeights} from './labels.js';
import {first, hasNanSteps, type Ranking, rankExamplesSteps, unranked} from './ranking.js';
import {drain, part} from './slices.js';

/** One number for all classes. Classes whose own is undefined are left out of `macro` and `weighted`. */
export interface Averages {
  /** The mean over classes. */
  readonly macro: number;
  /** The mean over classes, each weighted by its examples. */
  readonly weighted: number;
  /** Of every score of every class as an example of its own. */
  readonly micro: number;
}

/** The ROC of each class against the rest, and of all. */
export interface MulticlassRoc {
  readonly perClass: readonly RocCurve[];
  readonly micro: RocCurve;
  /**
   * The mean over classes of tpr, linear between points, at every fpr that one of them has; where a class rises
   * straight up its top counts, so that the area is not less than the mean of areas. As in scikit-learn's example of
   * multiclass ROC.
   */
  readonly macro: {readonly fpr: Float64Array; readonly tpr: Float64Array; readonly auc: number};
  /** Of the areas; `macro` and `weighted` as roc_auc_score with multi_class="ovr" gives them. */
  readonly averages: Averages;
  /** Classes without positives or without negatives, or with NaN scores; scikit-learn's averages are NaN where there are any. */
  readonly undefinedClasses: readonly number[];
}

/** Precision against recall of each class against the rest, and of all. */
export interface MulticlassPrecisionRecall {
  readonly perClass: readonly PrecisionRecallCurve[];
  readonly micro: PrecisionRecallCurve;
  /**
   * The mean over classes of the precision that a recall costs, a step function whose area is the mean of average
   * precisions: for a recall above `recall[i + 1]` and up to `recall[i]` it is `precision[i]`. Recall falls to a last 0
   * with precision 1. scikit-learn has no such curve.
   */
  readonly macro: {readonly precision: Float64Array; readonly recall: Float64Array; readonly averagePrecision: number};
  /** Of the average precisions, as average_precision_score gives them. */
  readonly averages: Averages;
  /** Classes without positives, or with NaN scores. */
  readonly undefinedClasses: readonly number[];
}

/** Values looked at between two yields. */
const CHUNK = 1 << 15;
/** Scores of all classes that are sorted as one; of more, only those of the true classes are, and the rest counted between. */
const MOST_SORTED = 1 << 22;

/** The scores of one class, and whether it is the true one. */
function* columnSteps(
  truth: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  n: number,
  c: number,
  k: number,
): Generator<number, {labels: Uint8Array; column: Float32Array | Float64Array}> {
  const labels = new Uint8Array(n);
  const column = scores instanceof Float64Array ? new Float64Array(n) : new Float32Array(n);
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      if (truth[i] === k) labels[i] = 1;
      column[i] = scores[i * c + k]!;
    }
    yield to / n;
  }
  return {labels, column};
}

/** Every score as an example: positive where its class is the true one. */
function* flatSteps(truth: ArrayLike<number>, scores: Float32Array | Float64Array, n: number, c: number, options: CurveOptions): Generator<number, Ranking> {
  const labels = new Uint8Array(n * c);
  const {sampleWeight} = options;
  const weights = sampleWeight && new Float64Array(n * c);
  for (let i = 0; i < n; i++) {
    labels[i * c + truth[i]!] = 1;
    weights?.fill(sampleWeight![i]!, i * c, (i + 1) * c);
    if (i % CHUNK === 0) yield 0;
  }
  return yield* rankExamplesSteps(labels, scores, {sampleWeight: weights});
}

/**
 * As `flatSteps` in little memory, and without points between corners: sorts the scores of the true classes alone, and
 * counts each other score to the highest of them that it reaches, or to the gap above that. The counts at corners, and
 * so both areas, are exact.
 */
function* betweenSteps(
  truth: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  n: number,
  c: number,
  {sampleWeight}: CurveOptions,
): Generator<number, Ranking> {
  if (yield* part(hasNanSteps(scores), 0, 0.1)) return unranked('nan-scores');
  const own = scores instanceof Float64Array ? new Float64Array(n) : new Float32Array(n);
  for (let i = 0; i < n; i++) own[i] = scores[i * c + truth[i]!]!;
  const positives = yield* part(rankExamplesSteps(new Uint8Array(n).fill(1), own, {sampleWeight}), 0.1, 0.2);
  const {thresholds, truePositives} = positives;
  const m = thresholds.length;
  if (!m) return positives;
  const tied = new Float64Array(m);
  // gap i is above threshold i, the last one below all; of each, what it weighs and its lowest score
  const gap = new Float64Array(m + 1);
  const lowest = new Float64Array(m + 1).fill(Infinity);
  const rows = Math.max(1, Math.floor(CHUNK / 4 / c));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      const weight = sampleWeight ? sampleWeight[i]! : 1;
      if (!weight) continue;
      for (let k = 0; k < c; k++) {
        if (k === truth[i]) continue;
        const score = scores[i * c + k]!;
        let lo = 0;
        let hi = m;
        while (lo < hi) {
          const mid = (lo + hi) >> 1;
          if (thresholds[mid]! > score) lo = mid + 1;
          else hi = mid;
        }
        if (lo < m && thresholds[lo] === score) tied[lo]! += weight;
        else {
          gap[lo]! += weight;
          if (score < lowest[lo]!) lowest[lo] = score;
        }
      }
    }
    yield 0.2 + (0.8 * to) / n;
  }
  const all = {thresholds: new Float64Array(2 * m + 1), truePositives: new Float64Array(2 * m + 1), falsePositives: new Float64Array(2 * m + 1)};
  let entries = 0;
  let negatives = 0;
  const push = (threshold: number, tp: number): void => {
    all.thresholds[entries] = threshold;
    all.truePositives[entries] = tp;
    all.falsePositives[entries++] = negatives;
  };
  for (let i = 0; i <= m; i++) {
    negatives += gap[i]!;
    if (gap[i]) push(lowest[i]!, i ? truePositives[i - 1]! : 0);
    if (i === m) break;
    negatives += tied[i]!;
    push(thresholds[i]!, truePositives[i]!);
  }
  return {
    thresholds: first(all.thresholds, entries),
    truePositives: first(all.truePositives, entries),
    falsePositives: first(all.falsePositives, entries),
    positives: positives.positives,
    negatives,
    ...(!negatives && {reason: 'no-negatives' as const}),
  };
}

/** What both kinds of curve have in common: each class against the rest, and every score by itself. */
function* classesSteps<C>(
  truth: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  n: number,
  c: number,
  options: CurveOptions,
  curveOf: (ranking: Ranking) => Generator<number, C>,
): Generator<number, {perClass: C[]; micro: C; support: Float64Array}> {
  checkClasses(truth, n, c);
  checkWeights(options.sampleWeight, n);
  const perClass: C[] = [];
  const support = new Float64Array(c);
  for (let k = 0; k < c; k++) {
    const [a, b] = [(0.5 * k) / c, (0.5 * (k + 1)) / c];
    const {labels, column} = yield* part(columnSteps(truth, scores, n, c, k), a, a);
    const ranking = yield* part(rankExamplesSteps(labels, column, options), a, b);
    support[k] = ranking.positives;
    perClass.push(yield* part(curveOf(ranking), b, b));
  }
  const flat = n * c > MOST_SORTED ? betweenSteps : flatSteps;
  const micro = yield* part(curveOf(yield* part(flat(truth, scores, n, c, options), 0.5, 0.8)), 0.8, 0.8);
  return {perClass, micro, support};
}

/** Means over the classes whose number is one. */
function averagesOf(values: readonly number[], support: Float64Array, micro: number): {averages: Averages; undefinedClasses: number[]} {
  const undefinedClasses: number[] = [];
  let sum = 0;
  let weighted = 0;
  let weight = 0;
  for (const [k, v] of values.entries()) {
    if (v !== v) {
      undefinedClasses.push(k);
      continue;
    }
    sum += v;
    weighted += v * support[k]!;
    weight += support[k]!;
  }
  return {averages: {macro: sum / (values.length - undefinedClasses.length), weighted: weighted / weight, micro}, undefinedClasses};
}

/** Every value that one of the lists has, rising. */
function* unionSteps(lists: readonly Float64Array[]): Generator<number, Float64Array> {
  const all = new Float64Array(lists.reduce((n, list) => n + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  const order = yield* argsortDescendingSteps(all);
  const out = new Float64Array(all.length);
  let n = 0;
  for (let i = order.length - 1; i >= 0; i--) {
    const v = all[order[i]!]!;
    if (!n || v !== out[n - 1]) out[n++] = v;
    if (i % CHUNK === 0) yield 1;
  }
  return first(out, n);
}

/** As `multiclassRoc`, in steps. @yields share done */
export function* multiclassRocSteps(
  truth: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  n: number,
  c: number,
  options: CurveOptions = {},
): Generator<number, MulticlassRoc> {
  const {perClass, micro, support} = yield* classesSteps(truth, scores, n, c, options, (ranking) => rocOfSteps(ranking, options));
  const defined = perClass.filter(({reason}) => !reason);
  const fpr = yield* part(unionSteps(defined.map((curve) => curve.fpr)), 0.8, 0.85);
  const tpr = new Float64Array(fpr.length);
  for (const [k, {fpr: x, tpr: y}] of defined.entries()) {
    for (let i = 0, j = 0; i < fpr.length; i++) {
      const at = fpr[i]!;
      // the last point at or before: the top of where it rises straight up
      while (j + 1 < x.length && x[j + 1]! <= at) j++;
      const share = j + 1 < x.length ? (at - x[j]!) / (x[j + 1]! - x[j]!) : 0;
      tpr[i]! += (y[j]! + (share ? share * (y[j + 1]! - y[j]!) : 0)) / defined.length;
      if (i % CHUNK === CHUNK - 1) yield 0.85 + (0.15 * (k + i / fpr.length)) / defined.length;
    }
    yield 0.85 + (0.15 * (k + 1)) / defined.length;
  }
  return {
    perClass,
    micro,
    macro: {fpr, tpr, auc: fpr.length > 1 ? auc(fpr, tpr) : NaN},
    ...averagesOf(perClass.map((curve) => curve.auc), support, micro.auc),
  };
}

/**
 * The ROC of each class against the rest, their micro and macro averages. Micro averages of over 4 million scores
 * (n × c) leave out points between corners, whatever `dropIntermediate` says.
 * @param truth the class of each example, 0 to c − 1
 * @param scores row-major, n × c, c ≥ 2
 * @throws Problem for a class out of range, other lengths or a weight below 0
 */
export function multiclassRoc(truth: ArrayLike<number>, scores: Float32Array | Float64Array, n: number, c: number, options?: CurveOptions): MulticlassRoc {
  return drain(multiclassRocSteps(truth, scores, n, c, options));
}

/** As `multiclassPrecisionRecall`, in steps. @yields share done */
export function* multiclassPrecisionRecallSteps(
  truth: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  n: number,
  c: number,
  options: CurveOptions = {},
): Generator<number, MulticlassPrecisionRecall> {
  const {perClass, micro, support} = yield* classesSteps(truth, scores, n, c, options, (ranking) => precisionRecallOfSteps(ranking, options));
  const defined = perClass.filter(({reason}) => !reason);
  const rising = yield* part(unionSteps(defined.map((curve) => curve.recall)), 0.8, 0.85);
  const recall = rising.reverse();
  const precision = new Float64Array(recall.length);
  for (const [k, {precision: p, recall: r}] of defined.entries()) {
    for (let i = 0, j = 0; i < recall.length; i++) {
      // the highest threshold that still reaches the recall
      while (j + 1 < r.length && r[j + 1]! >= recall[i]!) j++;
      precision[i]! += p[j]! / defined.length;
      if (i % CHUNK === CHUNK - 1) yield 0.85 + (0.15 * (k + i / recall.length)) / defined.length;
    }
    yield 0.85 + (0.15 * (k + 1)) / defined.length;
  }
  // of nothing recalled: 1, as of each class, and not a mean that rounding put beside it
  if (precision.length) precision[precision.length - 1] = 1;
  const {averages, undefinedClasses} = averagesOf(perClass.map((curve) => curve.averagePrecision), support, micro.averagePrecision);
  return {perClass, micro, macro: {precision, recall, averagePrecision: averages.macro}, averages, undefinedClasses};
}

/**
 * Precision against recall of each class against the rest, their micro and macro averages. Micro averages of over 4
 * million scores (n × c) leave out points between corners. With many classes `dropIntermediate` saves memory: without
 * it the curves hold up to 3 numbers for each score.
 * @param truth the class of each example, 0 to c − 1
 * @param scores row-major, n × c, c ≥ 2
 * @throws Problem for a class out of range, other lengths or a weight below 0
 */
export function multiclassPrecisionRecall(
  truth: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  n: number,
  c: number,
  options?: CurveOptions,
): MulticlassPrecisionRecall {
  return drain(multiclassPrecisionRecallSteps(truth, scores, n, c, options));
}
