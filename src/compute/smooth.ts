import type {Values} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import {drain} from './slices.js';

/** Where a smoothing stands: it goes on as values come in. */
export interface Smoothing {
  readonly weight: number;
  average: number;
  /** weight^t, t = finite values so far. */
  power: number;
  /** The first finite value; NaN before it. */
  first: number;
  /** Whether all finite values so far are equal. */
  constant: boolean;
}

/** Values smoothed between two yields. */
const STEP = 1 << 17;

/**
 * Begins a debiased exponential moving average.
 * @param weight share of the past, from 0 (nothing is smoothed) up to, but below, 1; TensorBoard's slider begins at 0.6
 * @throws Problem for another weight
 */
export function startSmoothing(weight: number): Smoothing {
  if (!(weight >= 0 && weight < 1)) throw new Problem('smoothWeight', {got: String(weight)});
  return {weight, average: 0, power: 1, first: NaN, constant: true};
}

/**
 * The next smoothed value, as TensorBoard's `classicSmoothing` (line_chart_v2/data_transformer.ts) has it:
 * a ← s·a + (1 − s)·y, and a / (1 − s^t) is returned, which takes the start at 0 out again. Values that are not finite
 * pass through and count for nothing; as long as all are equal they pass through too.
 */
export function smoothNext(state: Smoothing, y: number): number {
  if (y - y !== 0) return y;
  const {weight} = state;
  state.average = weight * state.average + (1 - weight) * y;
  // beside 1 it is nothing then, and numbers near 1e-308 are slow to reckon with
  state.power = state.power < 1e-20 ? 0 : state.power * weight;
  if (state.constant) {
    if (state.first !== state.first) state.first = y;
    if (y === state.first) return y;
    state.constant = false;
  }
  return state.average / (1 - state.power);
}

/**
 * Smooths a series.
 * @param weight as for `startSmoothing`
 * @returns as many values, in float64
 */
export const smooth = (values: Values, weight: number): Float64Array => drain(smoothSteps(values, weight));

/** `smooth` in steps. @yields share done */
export function* smoothSteps(values: Values, weight: number): Generator<number, Float64Array> {
  const out = new Float64Array(values.length);
  const state = startSmoothing(weight);
  for (let from = 0; from < out.length; from += STEP) {
    const to = Math.min(out.length, from + STEP);
    for (let i = from; i < to; i++) out[i] = smoothNext(state, values[i]!);
    yield to / out.length;
  }
  return out;
}
