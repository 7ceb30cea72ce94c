import {argsortDescendingSteps} from './argsort.js';
import {checkLengths, checkWeights, type WeightOptions} from './labels.js';
import {drain, part} from './slices.js';

/** How far predicted numbers are from true ones, with the definitions of sklearn.metrics. */
export interface RegressionReport {
  readonly n: number;
  /** Examples with a NaN or an infinity, predicted or true. Where there is a NaN, all below are NaN. */
  readonly notFinite: number;
  readonly meanSquaredError: number;
  readonly rootMeanSquaredError: number;
  readonly meanAbsoluteError: number;
  readonly medianAbsoluteError: number;
  /** Mean of |truth − predicted| / max(|truth|, 2^-52): 1 is 100 %. */
  readonly meanAbsolutePercentageError: number;
  readonly maxError: number;
  readonly r2: number;
  readonly explainedVariance: number;
  /** Of truth − predicted: mean, population standard deviation, least and greatest. */
  readonly residuals: {readonly mean: number; readonly std: number; readonly min: number; readonly max: number};
  /** `one-example`: r2 is NaN. `not-finite`: see there. */
  readonly reason?: 'empty' | 'one-example' | 'not-finite';
}

/** Values looked at between two yields. */
const CHUNK = 1 << 16;

/** All but the median. */
type Moments = Omit<RegressionReport, 'medianAbsoluteError'>;

/** scikit-learn's rule for what is not finite: where the truth is constant, 1 of perfect predictions, 0 of others. */
const explained = (unexplained: number, all: number): number => (unexplained === 0 ? 1 : unexplained > 0 && all === 0 ? 0 : 1 - unexplained / all);

/** Two passes: means, then squares about them. @yields share done */
function* momentSteps(truth: ArrayLike<number>, predicted: ArrayLike<number>, {sampleWeight}: WeightOptions): Generator<number, Moments> {
  const n = truth.length;
  checkLengths(n, predicted.length);
  checkWeights(sampleWeight, n);
  let weights = 0;
  let notFinite = 0;
  let squares = 0;
  let absolutes = 0;
  let ratios = 0;
  let residuals = 0;
  let truths = 0;
  let min = Infinity;
  let max = -Infinity;
  let least = Infinity;
  let most = -Infinity;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const y = truth[i]!;
      const r = y - predicted[i]!;
      if (!Number.isFinite(y) || !Number.isFinite(predicted[i])) notFinite++;
      // Math.min and max keep NaN
      min = Math.min(min, r);
      max = Math.max(max, r);
      const weight = sampleWeight ? sampleWeight[i]! : 1;
      if (!weight) continue;
      weights += weight;
      squares += weight * r * r;
      absolutes += weight * Math.abs(r);
      ratios += (weight * Math.abs(r)) / Math.max(Math.abs(y), 2 ** -52);
      residuals += weight * r;
      truths += weight * y;
      if (y < least) least = y;
      if (y > most) most = y;
    }
    yield to / n / 2;
  }
  // exactly, where all are one number: rounding would make a variance of nothing
  const residualMean = min === max ? min : residuals / weights;
  const truthMean = least === most ? least : truths / weights;
  let residualSquares = 0;
  let truthSquares = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const weight = sampleWeight ? sampleWeight[i]! : 1;
      if (!weight) continue;
      residualSquares += weight * (truth[i]! - predicted[i]! - residualMean) ** 2;
      truthSquares += weight * (truth[i]! - truthMean) ** 2;
    }
    yield (1 + to / n) / 2;
  }
  const reason = !n ? 'empty' : notFinite ? 'not-finite' : n < 2 ? 'one-example' : undefined;
  return {
    n,
    notFinite,
    meanSquaredError: squares / weights,
    rootMeanSquaredError: Math.sqrt(squares / weights),
    meanAbsoluteError: absolutes / weights,
    meanAbsolutePercentageError: ratios / weights,
    maxError: n ? Math.max(Math.abs(min), Math.abs(max)) : NaN,
    r2: n < 2 || !weights ? NaN : explained(squares, truthSquares),
    explainedVariance: weights ? explained(residualSquares, truthSquares) : NaN,
    residuals: {mean: residualMean, std: Math.sqrt(residualSquares / weights), min: n ? min : NaN, max: n ? max : NaN},
    ...(reason && {reason}),
  };
}

/** Median of |truth − predicted|: of two in the middle their mean, by weight likewise. @yields share done */
function* medianSteps(truth: ArrayLike<number>, predicted: ArrayLike<number>, {sampleWeight}: WeightOptions): Generator<number, number> {
  const n = truth.length;
  checkLengths(n, predicted.length);
  checkWeights(sampleWeight, n);
  const errors = new Float64Array(n);
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const error = (errors[i] = Math.abs(truth[i]! - predicted[i]!));
      if (error !== error) return NaN;
    }
    yield (0.1 * to) / n;
  }
  const order = yield* part(argsortDescendingSteps(errors), 0.1, 0.9);
  let total = 0;
  for (let i = n - 1; i >= 0; i--) {
    total += sampleWeight ? sampleWeight[order[i]!]! : 1;
    if (i % CHUNK === 0) yield 0.9;
  }
  // from the least: the first error by which half of the weight is reached, and the next if it is reached exactly
  let sum = 0;
  let lower = NaN;
  for (let i = n - 1; i >= 0; i--) {
    const at = order[i]!;
    const weight = sampleWeight ? sampleWeight[at]! : 1;
    if (!weight) continue;
    if (lower === lower) return (lower + errors[at]!) / 2;
    sum += weight;
    if (sum - total / 2 > 2 ** -52) return errors[at]!;
    if (sum >= total / 2) lower = errors[at]!;
    if (i % CHUNK === 0) yield 0.95;
  }
  return lower;
}

/** As `regressionReport`, in steps. @yields share done */
export function* regressionReportSteps(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: WeightOptions = {},
): Generator<number, RegressionReport> {
  const moments = yield* part(momentSteps(truth, predicted, options), 0, 0.3);
  return {...moments, medianAbsoluteError: yield* part(medianSteps(truth, predicted, options), 0.3, 1)};
}

/**
 * All of the numbers below at once.
 * @throws Problem for other lengths or a weight below 0
 */
export function regressionReport(truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): RegressionReport {
  return drain(regressionReportSteps(truth, predicted, options));
}

const momentsOf = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options: WeightOptions = {}): Moments => drain(momentSteps(truth, predicted, options));

/** What is left of the truth: truth − predicted. */
export function residuals(truth: ArrayLike<number>, predicted: ArrayLike<number>): Float64Array {
  checkLengths(truth.length, predicted.length);
  return Float64Array.from({length: truth.length}, (_, i) => truth[i]! - predicted[i]!);
}

/** Mean of squared residuals. NaN where there are none or one is NaN, as in all below. */
export const meanSquaredError = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): number =>
  momentsOf(truth, predicted, options).meanSquaredError;

/** Square root of the mean of squared residuals. */
export const rootMeanSquaredError = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): number =>
  momentsOf(truth, predicted, options).rootMeanSquaredError;

/** Mean of absolute residuals. */
export const meanAbsoluteError = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): number =>
  momentsOf(truth, predicted, options).meanAbsoluteError;

/** Median of absolute residuals; weighted as scikit-learn has it from version 1.8 on, where weights of 1 change nothing. */
export const medianAbsoluteError = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options: WeightOptions = {}): number =>
  drain(medianSteps(truth, predicted, options));

/** Mean of |truth − predicted| / max(|truth|, 2^-52): 1 is 100 %. */
export const meanAbsolutePercentageError = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): number =>
  momentsOf(truth, predicted, options).meanAbsolutePercentageError;

/** The greatest absolute residual. */
export const maxError = (truth: ArrayLike<number>, predicted: ArrayLike<number>): number => momentsOf(truth, predicted).maxError;

/**
 * Coefficient of determination, 1 − Σ r² / Σ (truth − mean)². Of a constant truth 1 where predictions are perfect, else
 * 0. NaN for fewer than two examples.
 */
export const r2Score = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): number => momentsOf(truth, predicted, options).r2;

/** 1 − variance of residuals / variance of truth. Of a constant truth 1 where residuals are constant, else 0. */
export const explainedVariance = (truth: ArrayLike<number>, predicted: ArrayLike<number>, options?: WeightOptions): number =>
  momentsOf(truth, predicted, options).explainedVariance;
