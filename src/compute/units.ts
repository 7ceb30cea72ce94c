import type {Values, WeightKind} from '../tensor/types.js';
import {drain} from './slices.js';

/**
 * Where the units of a weight lie: its values as `[outer, units, inner]`, so that value i belongs to unit
 * ⌊i / inner⌋ mod units, which has outer × inner values.
 */
export interface Units {
  readonly outer: number;
  readonly units: number;
  readonly inner: number;
}

const GATES: Partial<Record<WeightKind, number>> = {lstm: 4, gru: 3};
/** Values moved between two yields. */
const CHUNK = 1 << 17;

/**
 * The units of a weight: what each puts out. Of dense layers and convolutions the last axis, of transposed ones the last
 * but one; of depthwise convolutions input × multiplier; of LSTMs and GRUs a unit with all its gates; of an embedding a
 * token.
 * @returns `null` of what has none, such as biases, and of unknown tensors
 */
export function unitsOf(kind: WeightKind, shape: readonly number[]): Units | null {
  const size = shape.reduce((n, s) => n * s, 1);
  const [before, last] = [shape.at(-2), shape.at(-1)];
  if (before === undefined || last === undefined || !size) return null;
  switch (kind) {
    case 'dense':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'rnn':
      return {outer: size / last, units: last, inner: 1};
    case 'depthwise':
      return {outer: size / last / before, units: before * last, inner: 1};
    case 'conv2d-transpose':
    case 'conv3d-transpose':
      return {outer: size / last / before, units: before, inner: last};
    case 'lstm':
    case 'gru': {
      const units = last / GATES[kind]!;
      return Number.isInteger(units) ? {outer: size / units, units, inner: 1} : null;
    }
    case 'embedding':
      return {outer: 1, units: size / last, inner: last};
    default:
      return null;
  }
}

/** As `unitRows`, in steps. @yields share done */
export function* unitRowsSteps(data: Values, {outer, units, inner}: Units): Generator<number, Float32Array> {
  if (data.length !== outer * units * inner) throw new RangeError(`${outer} × ${units} × ${inner} values are needed; got ${data.length}.`);
  const out = new Float32Array(data.length);
  const length = outer * inner;
  // some units at a time: what is read and what is written both stay near
  const block = 64;
  let work = 0;
  for (let first = 0; first < units; first += block) {
    const end = Math.min(units, first + block);
    for (let a = 0; a < outer; a++) {
      for (let u = first; u < end; u++) {
        const from = (a * units + u) * inner;
        const to = u * length + a * inner;
        for (let b = 0; b < inner; b++) out[to + b] = data[from + b]!;
      }
      work += (end - first) * inner;
      if (work < CHUNK) continue;
      work = 0;
      yield (first + ((end - first) * a) / outer) / units;
    }
  }
  return out;
}

/** The values of a weight with a row for each unit, `units × (outer · inner)`, in the order in which they lie. */
export const unitRows = (data: Values, layout: Units): Float32Array => drain(unitRowsSteps(data, layout));
