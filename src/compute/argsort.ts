import {drain, part} from './slices.js';

/** Values looked at between two yields. */
const CHUNK = 1 << 16;
/** A digit has 11 bits: three make 32. */
const RADIX = 2048;

/**
 * Turns scores into whole numbers that rise where the scores fall: the bits of a float, those above its sign flipped
 * where it is positive. A float64 has 64 bits, in two words. -0 is 0. `order` becomes 0, 1, 2 …
 */
function* fallingKeys(scores: Float32Array | Float64Array, upper: Uint32Array, lower: Uint32Array, order: Uint32Array): Generator<number, void> {
  const wide = scores instanceof Float64Array;
  const values = wide ? new Float64Array(Math.min(CHUNK, scores.length)) : new Float32Array(Math.min(CHUNK, scores.length));
  const words = new Uint32Array(values.buffer);
  for (let from = 0; from < scores.length; from += CHUNK) {
    const n = Math.min(CHUNK, scores.length - from);
    values.set(scores.subarray(from, from + n));
    for (let i = 0; i < n; i++) {
      const high = wide ? words[2 * i + 1]! : words[i]!;
      const low = wide ? words[2 * i]! : 0;
      const negative = high >>> 31 && values[i] !== 0;
      upper[from + i] = negative ? high : ~high & 0x7fffffff;
      if (wide) lower[from + i] = negative ? low : ~low;
      order[from + i] = from + i;
    }
    yield from / scores.length;
  }
}

/** As `argsortDescending`, in steps. @yields share done */
export function* argsortDescendingSteps(scores: Float32Array | Float64Array): Generator<number, Uint32Array> {
  const n = scores.length;
  const upper = new Uint32Array(n);
  const lower = scores instanceof Float64Array ? new Uint32Array(n) : upper;
  let order = new Uint32Array(n);
  let next = new Uint32Array(n);
  yield* part(fallingKeys(scores, upper, lower, order), 0, 0.1);

  // least digit first: each pass keeps the order of the one before
  const digits = lower === upper ? 3 : 6;
  const counts = new Uint32Array(RADIX);
  for (let digit = 0; digit < digits; digit++) {
    const keys = digit < digits - 3 ? lower : upper;
    const shift = (digit % 3) * 11;
    counts.fill(0);
    for (let from = 0; from < n; from += CHUNK) {
      const to = Math.min(n, from + CHUNK);
      for (let i = from; i < to; i++) counts[(keys[i]! >>> shift) & (RADIX - 1)]!++;
      yield 0.1 + (0.9 * digit) / digits;
    }
    // float32 numbers held as float64 have digits that are all alike
    if (counts.includes(n)) continue;
    for (let d = 0, sum = 0; d < RADIX; d++) {
      const count = counts[d]!;
      counts[d] = sum;
      sum += count;
    }
    for (let from = 0; from < n; from += CHUNK) {
      const to = Math.min(n, from + CHUNK);
      for (let i = from; i < to; i++) {
        const at = order[i]!;
        next[counts[(keys[at]! >>> shift) & (RADIX - 1)]!++] = at;
      }
      yield 0.1 + (0.9 * (digit + from / n)) / digits;
    }
    [order, next] = [next, order];
  }
  return order;
}

/**
 * The indices of scores from the highest to the lowest; equal ones in their own order, as are 0 and -0. Radix sort on
 * the bits of the floats: for 1e6 some 35 ms in float32, 80 ms in float64.
 * @param scores without NaN, which has no place in an order: the caller looks for it
 */
export function argsortDescending(scores: Float32Array | Float64Array): Uint32Array {
  return drain(argsortDescendingSteps(scores));
}
