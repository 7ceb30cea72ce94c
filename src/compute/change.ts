import type {Values} from '../tensor/types.js';

/** How a weight relates to what it was before. What is not finite makes all but `flips` NaN. */
export interface Change {
  /** ‖now − before‖₂. */
  readonly norm: number;
  /** The same / ‖before‖₂; NaN where both are 0, infinite where only that is. */
  readonly relative: number;
  /** Of the angle between them; NaN where one of them is 0. */
  readonly cosine: number;
  /** The share of values whose sign is another; 0 has none. */
  readonly flips: number;
}

/** Sums over one weight, or over several that count as one. */
export interface ChangeSums {
  difference: number;
  before: number;
  now: number;
  product: number;
  flipped: number;
  n: number;
}

export const newSums = (): ChangeSums => ({difference: 0, before: 0, now: 0, product: 0, flipped: 0, n: 0});

/** Values looked at between two yields. */
const CHUNK = 1 << 18;

/** Adds what two arrays of one length differ in. @yields share done */
export function* changeSteps(now: Values, before: Values, sums: ChangeSums): Generator<number, void> {
  for (let from = 0; from < now.length; from += CHUNK) {
    const to = Math.min(now.length, from + CHUNK);
    let [difference, b, a, product, flipped] = [0, 0, 0, 0, 0];
    for (let i = from; i < to; i++) {
      const [x, y] = [now[i]!, before[i]!];
      difference += (x - y) * (x - y);
      b += y * y;
      a += x * x;
      product += x * y;
      if ((x > 0 && y < 0) || (x < 0 && y > 0)) flipped++;
    }
    sums.difference += difference;
    sums.before += b;
    sums.now += a;
    sums.product += product;
    sums.flipped += flipped;
    sums.n += to - from;
    yield to / now.length;
  }
}

export function changeOf({difference, before, now, product, flipped, n}: ChangeSums): Change {
  const both = Math.sqrt(before) * Math.sqrt(now);
  return {norm: Math.sqrt(difference), relative: Math.sqrt(difference) / Math.sqrt(before), cosine: both === 0 ? NaN : product / both, flips: n ? flipped / n : 0};
}

/**
 * What two arrays of one length differ by: now − before; `relative`, that over |before|: 0 where nothing changed, infinite
 * where a 0 did. In doubles, unless both are float32.
 * @yields share done
 */
export function* differenceSteps(now: Values, before: Values, relative: boolean): Generator<number, Float32Array | Float64Array> {
  const out = now instanceof Float32Array && before instanceof Float32Array ? new Float32Array(now.length) : new Float64Array(now.length);
  for (let from = 0; from < now.length; from += CHUNK) {
    const to = Math.min(now.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const d = now[i]! - before[i]!;
      out[i] = relative && d !== 0 ? d / Math.abs(before[i]!) : d;
    }
    yield to / now.length;
  }
  return out;
}
