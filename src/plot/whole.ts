import type {Values} from '../tensor/types.js';

/** Values looked at between two yields. */
const CHUNK = 1 << 18;

/** Whether all numbers are whole, those that are not finite aside. Ends at the first that is not. @yields share done */
export function* areWhole(values: Values): Generator<number, boolean> {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return true;
  for (let from = 0; from < values.length; from += CHUNK) {
    const to = Math.min(values.length, from + CHUNK);
    for (let i = from; i < to; i++) if (values[i] !== Math.floor(values[i]!) && values[i] === values[i]) return false;
    yield to / values.length;
  }
  return true;
}
