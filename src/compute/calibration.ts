import {Problem} from '../words/kinds.js';
import {argsortDescendingSteps} from './argsort.js';
import {checkLengths} from './labels.js';
import {hasNanSteps} from './ranking.js';
import {drain, part} from './slices.js';

/** The bins of a calibration curve that hold any example. */
export interface CalibrationCurve {
  /** Share of each bin's examples that are positive. */
  readonly fractionOfPositives: Float64Array;
  /** Mean probability of each bin's examples. */
  readonly meanPredicted: Float64Array;
  /** Examples of each bin. */
  readonly count: Float64Array;
  /** Bounds of each bin: over `lower`, to `upper` itself; the first holds its lower bound too. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Set where all is empty: there are no examples, or a probability is NaN. */
  readonly reason?: 'empty' | 'nan-scores';
}

/** Options of a calibration curve. */
export interface CalibrationOptions {
  /** Default 5. */
  readonly bins?: number;
  /** Bins equally wide (default), or of as many examples each. */
  readonly strategy?: 'uniform' | 'quantile';
}

/** Values looked at between two yields. */
const CHUNK = 1 << 16;

/** 0 to 1 in equal parts, as numpy.linspace rounds them. */
const uniformEdges = (bins: number): Float64Array => Float64Array.from({length: bins + 1}, (_, i) => (i === bins ? 1 : i * (1 / bins)));

/** @throws Problem for what is no number of bins */
function checkBins(bins: number): void {
  if (!Number.isInteger(bins) || bins < 1) throw new Problem('metricsBins', {bins});
}

/** @throws Problem for what is no probability */
function checkProbability(value: number, example: number): void {
  if (!(value >= 0 && value <= 1)) throw new Problem('metricsProbability', {value, example});
}

/** How many of the inner edges lie below a value: the bin whose (lower, upper] holds it. */
function binOf(edges: Float64Array, value: number): number {
  let lo = 1;
  let hi = edges.length - 1;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (edges[mid]! < value) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}

/** The quantiles 0, 1 / bins, … 1, linear between order statistics as numpy.percentile has them. */
function* quantileEdges(values: ArrayLike<number>, bins: number): Generator<number, Float64Array> {
  const data = Float64Array.from(values);
  const order = yield* argsortDescendingSteps(data);
  const last = data.length - 1;
  return uniformEdges(bins).map((q) => {
    // by way of per cent, as scikit-learn goes: a rounding may decide on which side of an edge ties lie
    const at = ((q * 100) / 100) * last;
    const k = Math.floor(at);
    const share = at - k;
    const a = data[order[last - k]!]!;
    const b = data[order[last - Math.min(last, k + 1)]!]!;
    return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
  });
}

/** As `calibrationCurve`, in steps. @yields share done */
export function* calibrationCurveSteps(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  {bins = 5, strategy = 'uniform'}: CalibrationOptions = {},
): Generator<number, CalibrationCurve> {
  const n = probabilities.length;
  checkLengths(labels.length, n);
  checkBins(bins);
  const none = new Float64Array(0);
  const empty = {fractionOfPositives: none, meanPredicted: none, count: none, lower: none, upper: none};
  if (!n) return {...empty, reason: 'empty'};
  if (yield* part(hasNanSteps(probabilities), 0, 0.1)) return {...empty, reason: 'nan-scores'};
  const edges = strategy === 'quantile' ? yield* part(quantileEdges(probabilities, bins), 0.1, 0.7) : uniformEdges(bins);
  const positive = new Float64Array(bins);
  const sum = new Float64Array(bins);
  const count = new Float64Array(bins);
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const p = probabilities[i]!;
      checkProbability(p, i);
      const bin = binOf(edges, p);
      count[bin]!++;
      sum[bin]! += p;
      if (labels[i] === 1) positive[bin]!++;
      else if (labels[i] !== 0) throw new Problem('metricsLabelBinary', {label: labels[i]!, example: i, last: 1, classes: 2});
    }
    yield 0.7 + (0.3 * to) / n;
  }
  const filled = Array.from(count.keys()).filter((bin) => count[bin]);
  const take = (of: (bin: number) => number): Float64Array => Float64Array.from(filled, of);
  return {
    fractionOfPositives: take((bin) => positive[bin]! / count[bin]!),
    meanPredicted: take((bin) => sum[bin]! / count[bin]!),
    count: take((bin) => count[bin]!),
    lower: take((bin) => edges[bin]!),
    upper: take((bin) => edges[bin + 1]!),
  };
}

/**
 * How often a predicted probability comes true, bin by bin, as sklearn.calibration.calibration_curve; bins without
 * examples are left out.
 * @param labels 0 or 1
 * @param probabilities of class 1, 0 to 1
 * @throws Problem for other labels, probabilities or lengths
 */
export function calibrationCurve(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options?: CalibrationOptions): CalibrationCurve {
  return drain(calibrationCurveSteps(labels, probabilities, options));
}

/** How far confidence is from accuracy, bin by bin. */
export interface CalibrationError {
  /** Bounds of each bin: over `lower`, to `upper` itself; the first holds 0 too. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly count: Float64Array;
  /** Share of each bin's examples that are right; NaN in an empty bin. */
  readonly accuracy: Float64Array;
  /** Mean confidence of each bin's examples; NaN in an empty bin. */
  readonly confidence: Float64Array;
  /** Expected calibration error: Σ (count / n) |accuracy − confidence|, 0 to 1. */
  readonly ece: number;
  /** Maximum calibration error: the greatest |accuracy − confidence|, 0 to 1. */
  readonly mce: number;
  /** Why the errors are NaN. */
  readonly reason?: 'empty' | 'nan-scores';
}

/** As `calibrationError`, in steps. @yields share done */
export function* calibrationErrorSteps(
  confidence: ArrayLike<number>,
  correct: ArrayLike<number | boolean>,
  {bins = 15}: {readonly bins?: number} = {},
): Generator<number, CalibrationError> {
  const n = confidence.length;
  checkLengths(correct.length, n);
  checkBins(bins);
  const edges = uniformEdges(bins);
  const count = new Float64Array(bins);
  const right = new Float64Array(bins);
  const sum = new Float64Array(bins);
  let nan = 0;
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const p = confidence[i]!;
      if (p !== p) {
        nan++;
        continue;
      }
      checkProbability(p, i);
      const bin = binOf(edges, p);
      count[bin]!++;
      sum[bin]! += p;
      if (correct[i]) right[bin]!++;
    }
    yield to / n;
  }
  const unsaid = nan > 0 || !n;
  const accuracy = right.map((k, bin) => k / count[bin]!);
  const mean = sum.map((s, bin) => s / count[bin]!);
  let ece = 0;
  let mce = 0;
  for (let bin = 0; bin < bins; bin++) {
    if (!count[bin]) continue;
    const gap = Math.abs(accuracy[bin]! - mean[bin]!);
    ece += (count[bin]! / n) * gap;
    mce = Math.max(mce, gap);
  }
  return {
    lower: edges.slice(0, -1),
    upper: edges.slice(1),
    count,
    accuracy,
    confidence: mean,
    ece: unsaid ? NaN : ece,
    mce: unsaid ? NaN : mce,
    ...(unsaid && {reason: n ? ('nan-scores' as const) : ('empty' as const)}),
  };
}

/**
 * Expected and maximum calibration error (Naeini et al. 2015; Guo et al. 2017), over bins of equal width. Bins are open
 * below: a confidence of exactly 0, which Guo's code puts into no bin, belongs to the first here.
 * @param confidence the probability of the predicted class, 0 to 1
 * @param correct whether the prediction is right
 * @throws Problem for a confidence outside [0, 1] or other lengths
 */
export function calibrationError(confidence: ArrayLike<number>, correct: ArrayLike<number | boolean>, options?: {readonly bins?: number}): CalibrationError {
  return drain(calibrationErrorSteps(confidence, correct, options));
}
