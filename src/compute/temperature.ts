import {checkClasses} from './labels.js';
import {sigmoidSteps, softmaxSteps} from './probabilities.js';
import {hasNanSteps} from './ranking.js';
import {drain, part} from './slices.js';

/** Temperatures that a fit may end at. */
export const TEMPERATURE_RANGE = [1e-3, 1e3] as const;

/** A temperature fitted to logits. */
export interface TemperatureFit {
  /** What to divide logits by; NaN where it is undefined. */
  readonly temperature: number;
  /** Mean negative log-likelihood of the true classes in nats, at this temperature. */
  readonly nll: number;
  /** The same at temperature 1. */
  readonly nllBefore: number;
  /**
   * Why there is no minimum within the range. `separable`: every true class has the highest logit, so the lower the
   * temperature the better, and it is the least of the range. `worse-than-chance`: the higher the better, and it is the
   * greatest. `out-of-range`: the minimum lies beyond the range. `constant`: the logits of each example are all alike, and
   * no temperature changes anything; it is 1. `infinite`: a true class has the logit -Infinity, or another +Infinity;
   * undefined, as where it is `empty` or has `nan-scores`.
   */
  readonly reason?: 'separable' | 'worse-than-chance' | 'out-of-range' | 'constant' | 'infinite' | 'empty' | 'nan-scores';
}

/** Exponentials taken between two yields. */
const CHUNK = 1 << 15;
/** Newton's method with bisection halves the range at least every other time. */
const MOST = 200;

/** Mean NLL, and its first and second derivative by beta = 1 / T. */
interface Slope {
  readonly nll: number;
  readonly first: number;
  readonly second: number;
}

/**
 * NLL(beta) = mean of log Σ exp(beta z_k) − beta z_true. Its slope is the mean of E z − z_true, its curvature the mean
 * variance of z, both under the softmax: so it is convex. A single column z stands for the two logits 0 and z.
 */
function* slopeSteps(logits: ArrayLike<number>, truth: ArrayLike<number>, n: number, c: number, beta: number): Generator<number, Slope> {
  let nll = 0;
  let first = 0;
  let second = 0;
  const rows = Math.max(1, Math.floor(CHUNK / c));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      const single = c === 1;
      const own = single ? (truth[i] ? logits[i]! : 0) : logits[i * c + truth[i]!]!;
      let top = single ? Math.max(0, logits[i]!) : -Infinity;
      for (let k = i * c; !single && k < (i + 1) * c; k++) if (logits[k]! > top) top = logits[k]!;
      // relative to the greatest: neither overflow nor cancellation
      let sum = 0;
      let mean = 0;
      let square = 0;
      for (let k = single ? -1 : 0; k < c; k++) {
        const d = (k < 0 ? 0 : logits[i * c + k]!) - top;
        if (d === -Infinity) continue;
        const e = Math.exp(beta * d);
        sum += e;
        mean += e * d;
        square += e * d * d;
      }
      mean /= sum;
      nll += Math.log(sum) - beta * (own - top);
      first += mean - (own - top);
      second += square / sum - mean * mean;
    }
    yield to / n;
  }
  return {nll: nll / n, first: first / n, second: second / n};
}

/** Whether the true class has the highest logit in every example, and whether all logits of each example are alike. */
function* shapeSteps(logits: ArrayLike<number>, truth: ArrayLike<number>, n: number, c: number): Generator<number, {separable: boolean; constant: boolean}> {
  let separable = true;
  let constant = true;
  const rows = Math.max(1, Math.floor((4 * CHUNK) / c));
  for (let from = 0; from < n && (separable || constant); from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      const own = c === 1 ? (truth[i] ? logits[i]! : 0) : logits[i * c + truth[i]!]!;
      if (c === 1) {
        const other = truth[i] ? 0 : logits[i]!;
        if (other > own) separable = false;
        if (other !== own) constant = false;
      }
      for (let k = 0; c > 1 && k < c; k++) {
        const other = logits[i * c + k]!;
        if (other > own) separable = false;
        if (other !== own) constant = false;
      }
    }
    yield to / n;
  }
  return {separable, constant};
}

/** As `fitTemperature`, in steps. @yields share done */
export function* fitTemperatureSteps(logits: ArrayLike<number>, truth: ArrayLike<number>, n: number, c: number): Generator<number, TemperatureFit> {
  checkClasses(truth, n, Math.max(2, c));
  const none = {temperature: NaN, nll: NaN, nllBefore: NaN};
  if (!n) return {...none, reason: 'empty'};
  if (yield* part(hasNanSteps(logits), 0, 0.02)) return {...none, reason: 'nan-scores'};
  const {separable, constant} = yield* part(shapeSteps(logits, truth, n, c), 0.02, 0.04);
  const at = (beta: number, share: number): Generator<number, Slope> => part(slopeSteps(logits, truth, n, c, beta), share, share);
  const nllBefore = (yield* at(1, 0.04)).nll;
  if (!Number.isFinite(nllBefore)) return {...none, nllBefore, reason: 'infinite'};
  if (constant) return {temperature: 1, nll: nllBefore, nllBefore, reason: 'constant'};
  const [least, greatest] = TEMPERATURE_RANGE;
  if (separable) return {temperature: least, nll: (yield* at(1 / least, 0.1)).nll, nllBefore, reason: 'separable'};
  let lo = 1 / greatest;
  let hi = 1 / least;
  const flattest = yield* at(lo, 0.1);
  if (!(flattest.first < 0)) {
    const hopeless = (yield* at(0, 0.15)).first >= 0;
    return {temperature: greatest, nll: flattest.nll, nllBefore, reason: hopeless ? 'worse-than-chance' : 'out-of-range'};
  }
  const sharpest = yield* at(hi, 0.15);
  if (sharpest.first < 0) return {temperature: least, nll: sharpest.nll, nllBefore, reason: 'out-of-range'};

  let beta = 1;
  let slope = yield* at(beta, 0.2);
  for (let round = 0; round < MOST; round++) {
    if (slope.first < 0) lo = beta;
    else hi = beta;
    // Newton's step where it stays between the bounds, else the middle of their logarithms
    const step = beta - slope.first / slope.second;
    if (slope.first === 0 || Math.abs(step - beta) <= 1e-11 * beta) break;
    const next = step > lo && step < hi ? step : Math.sqrt(lo * hi);
    if (next === beta) break;
    beta = next;
    slope = yield* at(beta, Math.min(0.95, 0.2 + round / 15));
  }
  const {nll} = yield* at(beta, 0.97);
  return {temperature: 1 / beta, nll, nllBefore};
}

/**
 * Fits one temperature to logits, so that softmax(z / T) is as likely as can be (Guo et al. 2017): the mean negative
 * log-likelihood is convex in 1 / T, whose minimum Newton's method, kept in bounds by bisection, finds to 1e-10.
 * @param logits row-major, n × c; of two classes also n × 1, of class 1. Of probabilities: `logitsOf`
 * @param truth classes, from 0
 * @throws Problem for a class out of range or other lengths
 */
export function fitTemperature(logits: ArrayLike<number>, truth: ArrayLike<number>, n: number, c: number): TemperatureFit {
  return drain(fitTemperatureSteps(logits, truth, n, c));
}

/** As `applyTemperature`, in steps. @yields share done */
export function applyTemperatureSteps(logits: ArrayLike<number>, n: number, c: number, temperature: number): Generator<number, Float64Array> {
  return c === 1 ? sigmoidSteps(logits, temperature) : softmaxSteps(logits, n, c, temperature);
}

/** The probabilities of logits at a temperature: softmax(z / T) of each row, or the sigmoid of one column. */
export function applyTemperature(logits: ArrayLike<number>, n: number, c: number, temperature: number): Float64Array {
  return drain(applyTemperatureSteps(logits, n, c, temperature));
}
