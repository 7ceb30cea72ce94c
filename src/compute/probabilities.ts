import {drain} from './slices.js';

/** Exponentials and the like taken between two yields. */
const CHUNK = 1 << 15;
/** How far the sum of a row of probabilities may be from 1: half floats and rounded tables are. */
const SLACK = 1e-3;

/** As `looksLikeProbabilities`, in steps. @yields share done */
export function* looksLikeProbabilitiesSteps(scores: ArrayLike<number>, n: number, c: number): Generator<number, boolean> {
  const rows = Math.max(1, Math.floor(CHUNK / c));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      let sum = 0;
      for (let k = i * c; k < (i + 1) * c; k++) {
        const p = scores[k]!;
        if (!(p >= 0 && p <= 1)) return false;
        sum += p;
      }
      if (c > 1 && !(Math.abs(sum - 1) <= SLACK)) return false;
    }
    yield to / n;
  }
  return true;
}

/**
 * Whether scores may be probabilities: all within [0, 1] and, where there are several columns, each row's sum within
 * 0.001 of 1. NaN is none.
 * @param scores row-major, n × c
 */
export function looksLikeProbabilities(scores: ArrayLike<number>, n: number, c: number): boolean {
  return drain(looksLikeProbabilitiesSteps(scores, n, c));
}

/** As `softmax`, in steps. @yields share done */
export function* softmaxSteps(logits: ArrayLike<number>, n: number, c: number, temperature = 1): Generator<number, Float64Array> {
  const out = new Float64Array(n * c);
  const rows = Math.max(1, Math.floor(CHUNK / c));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      let top = -Infinity;
      for (let k = i * c; k < (i + 1) * c; k++) if (logits[k]! > top) top = logits[k]!;
      let sum = 0;
      for (let k = i * c; k < (i + 1) * c; k++) sum += out[k] = Math.exp((logits[k]! - top) / temperature);
      for (let k = i * c; k < (i + 1) * c; k++) out[k]! /= sum;
    }
    yield to / n;
  }
  return out;
}

/**
 * exp(z / T) over its sum, for each row, in float64; the row's greatest is taken off first, so that nothing overflows.
 * A row with NaN, with +Infinity or of nothing but -Infinity becomes NaN.
 * @param logits row-major, n × c
 */
export function softmax(logits: ArrayLike<number>, n: number, c: number, temperature = 1): Float64Array {
  return drain(softmaxSteps(logits, n, c, temperature));
}

/** As `sigmoid`, in steps. @yields share done */
export function* sigmoidSteps(logits: ArrayLike<number>, temperature = 1): Generator<number, Float64Array> {
  const out = new Float64Array(logits.length);
  for (let from = 0; from < out.length; from += CHUNK) {
    const to = Math.min(out.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const z = logits[i]! / temperature;
      // of the exponential that cannot overflow
      const e = Math.exp(-Math.abs(z));
      out[i] = z < 0 ? e / (1 + e) : 1 / (1 + e);
    }
    yield to / out.length;
  }
  return out;
}

/** 1 / (1 + exp(-z / T)) of each, in float64. NaN stays. */
export function sigmoid(logits: ArrayLike<number>, temperature = 1): Float64Array {
  return drain(sigmoidSteps(logits, temperature));
}

/** What scikit-learn keeps probabilities away from 0 and 1 by: the precision of their own type. */
export const epsilonOf = (probabilities: ArrayLike<number>): number => (probabilities instanceof Float32Array ? 2 ** -23 : 2 ** -52);

/** As `logitsOf`, in steps. @yields share done */
export function* logitsOfSteps(probabilities: ArrayLike<number>, c: number): Generator<number, Float64Array> {
  const out = new Float64Array(probabilities.length);
  const epsilon = epsilonOf(probabilities);
  for (let from = 0; from < out.length; from += CHUNK) {
    const to = Math.min(out.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const p = Math.min(1 - epsilon, Math.max(epsilon, probabilities[i]!));
      out[i] = c === 1 ? Math.log(p / (1 - p)) : Math.log(p);
    }
    yield to / out.length;
  }
  return out;
}

/**
 * Logits that make these probabilities: log p where there are several columns, log(p / (1 − p)) where there is one.
 * A p nearer to 0 or 1 than its type's precision is taken to be that far from it.
 * @param probabilities row-major, c columns
 */
export function logitsOf(probabilities: ArrayLike<number>, c: number): Float64Array {
  return drain(logitsOfSteps(probabilities, c));
}
