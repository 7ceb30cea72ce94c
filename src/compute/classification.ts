import {Problem} from '../words/kinds.js';
import {marginsOf} from './confusion.js';
import {checkClasses, checkWeights, type WeightOptions} from './labels.js';
import {epsilonOf} from './probabilities.js';
import {drain} from './slices.js';

/** How well one class, or the average of all, was found. */
export interface ClassScores {
  /** Of what was taken for the class, the share that is. */
  readonly precision: number;
  /** Of what is of the class, the share that was found. */
  readonly recall: number;
  /** Harmonic mean of the two. */
  readonly f1: number;
  /** Examples of the class, or their weight. */
  readonly support: number;
}

/** The numbers of sklearn.metrics.classification_report. */
export interface ClassificationReport {
  readonly perClass: readonly ClassScores[];
  readonly accuracy: number;
  /** Mean over the classes that occur in truth or predictions, as scikit-learn takes it unless told the labels. */
  readonly macro: ClassScores;
  /** Mean weighted by support. */
  readonly weighted: ClassScores;
  /** From the sums over classes: where each example has one class, all three are the accuracy. */
  readonly micro: ClassScores;
  /** What is 0 / 0 and given as 0: the precision of a class never predicted, the recall of one without examples. */
  readonly undefined: readonly {readonly class: number; readonly metric: 'precision' | 'recall' | 'f1'}[];
}

/** Precision, recall and F1 of each class and on average, from a confusion matrix `[true × c + predicted]`. NaN on average where it is empty. */
export function classificationReport(matrix: ArrayLike<number>, c: number): ClassificationReport {
  const {rows, columns, total} = marginsOf(matrix, c);
  const divided: ClassificationReport['undefined'][number][] = [];
  const perClass: ClassScores[] = [];
  let right = 0;
  let present = 0;
  const macro = {precision: 0, recall: 0, f1: 0, support: total};
  const weighted = {precision: 0, recall: 0, f1: 0, support: total};
  for (let k = 0; k < c; k++) {
    const hit = matrix[k * c + k]!;
    const ratio = (metric: 'precision' | 'recall' | 'f1', part: number, whole: number): number => {
      if (whole) return part / whole;
      divided.push({class: k, metric});
      return 0;
    };
    const support = rows[k]!;
    const precision = ratio('precision', hit, columns[k]!);
    const recall = ratio('recall', hit, support);
    const scores = {precision, recall, f1: ratio('f1', 2 * hit, support + columns[k]!), support};
    perClass.push(scores);
    right += hit;
    if (support || columns[k]) present++;
    for (const metric of ['precision', 'recall', 'f1'] as const) {
      macro[metric] += scores[metric];
      weighted[metric] += scores[metric] * support;
    }
  }
  for (const metric of ['precision', 'recall', 'f1'] as const) {
    macro[metric] /= present;
    weighted[metric] /= total;
  }
  const accuracy = right / total;
  return {perClass, accuracy, macro, weighted, micro: {precision: accuracy, recall: accuracy, f1: accuracy, support: total}, undefined: divided};
}

/** Mean recall of the classes that have examples, as sklearn.metrics.balanced_accuracy_score. NaN where none has. */
export function balancedAccuracy(matrix: ArrayLike<number>, c: number): number {
  const {rows} = marginsOf(matrix, c);
  let sum = 0;
  let present = 0;
  for (let k = 0; k < c; k++) {
    if (!rows[k]) continue;
    sum += matrix[k * c + k]! / rows[k]!;
    present++;
  }
  return sum / present;
}

/**
 * Matthews' correlation of truth and predictions, -1 to 1, for any number of classes (Gorodkin 2004), as
 * sklearn.metrics.matthews_corrcoef: 0 where either is all of one class. NaN where there are no examples.
 */
export function matthewsCorrelation(matrix: ArrayLike<number>, c: number): number {
  const {rows, columns, total} = marginsOf(matrix, c);
  if (!total) return NaN;
  let right = 0;
  let both = 0;
  let truths = 0;
  let predictions = 0;
  for (let k = 0; k < c; k++) {
    right += matrix[k * c + k]!;
    both += rows[k]! * columns[k]!;
    truths += rows[k]! * rows[k]!;
    predictions += columns[k]! * columns[k]!;
  }
  const spread = (total * total - truths) * (total * total - predictions);
  return spread ? (right * total - both) / Math.sqrt(spread) : 0;
}

/**
 * Cohen's kappa of truth and predictions: agreement beyond that of chance, at most 1, as
 * sklearn.metrics.cohen_kappa_score. NaN where chance agrees wholly (all is of one class) or there are no examples.
 */
export function cohenKappa(matrix: ArrayLike<number>, c: number): number {
  const {rows, columns, total} = marginsOf(matrix, c);
  let wrong = 0;
  let expected = 0;
  for (let i = 0; i < c; i++) {
    for (let k = 0; k < c; k++) {
      if (i === k) continue;
      wrong += matrix[i * c + k]!;
      expected += rows[i]! * columns[k]!;
    }
  }
  return 1 - (wrong * total) / expected;
}

/** Values looked at between two yields. */
const CHUNK = 1 << 15;

/**
 * The weighted mean over examples of what `of` says of each.
 * @yields share done
 */
function* meanSteps(n: number, c: number, sampleWeight: ArrayLike<number> | undefined, of: (example: number) => number): Generator<number, number> {
  let sum = 0;
  let weights = 0;
  const rows = Math.max(1, Math.floor(CHUNK / c));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      const weight = sampleWeight ? sampleWeight[i]! : 1;
      sum += weight * of(i);
      weights += weight;
    }
    yield to / n;
  }
  return sum / weights;
}

/** As `topKAccuracy`, in steps. @yields share done */
export function* topKAccuracySteps(
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
  n: number,
  c: number,
  k: number,
  {sampleWeight}: WeightOptions = {},
): Generator<number, number> {
  checkClasses(truth, n, c);
  checkWeights(sampleWeight, n);
  return yield* meanSteps(n, c, sampleWeight, (i) => {
    const own = scores[i * c + truth[i]!]!;
    let ahead = 0;
    for (let j = 0; j < c; j++) {
      const other = scores[i * c + j]!;
      if (other !== other) return NaN;
      if (other > own || (other === own && j > truth[i]!)) ahead++;
    }
    return ahead < k ? 1 : 0;
  });
}

/**
 * The share of examples whose true class is among the k highest scores, as sklearn.metrics.top_k_accuracy_score; of
 * equal scores that of the later class is the higher, as there (and unlike `argmaxRows`). NaN where a score is.
 * @param scores row-major, n × c, c ≥ 2
 * @throws Problem for a class out of range, other lengths or a weight below 0
 */
export function topKAccuracy(truth: ArrayLike<number>, scores: ArrayLike<number>, n: number, c: number, k: number, options?: WeightOptions): number {
  return drain(topKAccuracySteps(truth, scores, n, c, k, options));
}

/** @throws Problem for what is no probability; NaN passes */
function probability(value: number, example: number): number {
  if (value < 0 || value > 1) throw new Problem('metricsProbability', {value, example});
  return value;
}

/** As `logLoss`, in steps. @yields share done */
export function* logLossSteps(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  n: number,
  c: number,
  {sampleWeight}: WeightOptions = {},
): Generator<number, number> {
  checkClasses(truth, n, Math.max(2, c));
  checkWeights(sampleWeight, n);
  const epsilon = epsilonOf(probabilities);
  const clip = (p: number): number => Math.min(1 - epsilon, Math.max(epsilon, p));
  return yield* meanSteps(n, c, sampleWeight, (i) => {
    if (c === 1) {
      const p = clip(probability(probabilities[i]!, i));
      return -Math.log(truth[i] ? p : 1 - p);
    }
    let sum = 0;
    for (let k = i * c; k < (i + 1) * c; k++) sum += clip(probability(probabilities[k]!, i));
    return -Math.log(clip(probabilities[i * c + truth[i]!]!) / sum);
  });
}

/**
 * Mean cross-entropy in nats, as sklearn.metrics.log_loss: probabilities are clipped by the precision of their type
 * (2^-23 of a Float32Array, else 2^-52), and rows then made to sum to 1, which newer versions leave to the caller.
 * @param probabilities row-major, n × c; of two classes also n × 1, of class 1
 * @throws Problem for a value outside [0, 1], a class out of range, other lengths or a weight below 0
 */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, n: number, c: number, options?: WeightOptions): number {
  return drain(logLossSteps(truth, probabilities, n, c, options));
}

/** As `brierScore`, in steps. @yields share done */
export function* brierScoreSteps(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  n: number,
  c: number,
  {sampleWeight}: WeightOptions = {},
): Generator<number, number> {
  checkClasses(truth, n, Math.max(2, c));
  checkWeights(sampleWeight, n);
  return yield* meanSteps(n, c, sampleWeight, (i) => {
    if (c === 1) return (probability(probabilities[i]!, i) - (truth[i] ? 1 : 0)) ** 2;
    let sum = 0;
    for (let k = 0; k < c; k++) sum += (probability(probabilities[i * c + k]!, i) - (k === truth[i] ? 1 : 0)) ** 2;
    return c === 2 ? sum / 2 : sum;
  });
}

/**
 * Brier score, as sklearn.metrics.brier_score_loss. Two classes: mean (p − y)² of class 1, 0 to 1. More: mean over
 * examples of Σ (p − y)² over classes, 0 to 2.
 * @param probabilities row-major, n × c; of two classes also n × 1, of class 1
 * @throws Problem for a value outside [0, 1], a class out of range, other lengths or a weight below 0
 */
export function brierScore(truth: ArrayLike<number>, probabilities: ArrayLike<number>, n: number, c: number, options?: WeightOptions): number {
  return drain(brierScoreSteps(truth, probabilities, n, c, options));
}
