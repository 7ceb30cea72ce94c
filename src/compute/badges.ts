import type {Values} from '../tensor/types.js';
import {drain, part} from './slices.js';
import {type Units, unitRowsSteps} from './units.js';

/** A unit whose weights point the same way as those of an earlier one, or the opposite way. */
export interface Twin {
  readonly unit: number;
  /** The first unit before it of which that is so. */
  readonly of: number;
  readonly cosine: number;
}

/** When a badge is given. */
export interface BadgeOptions {
  /**
   * A unit is dead when the root mean square of its weights is at most this share of the whole weight's; default 0.001.
   * A unit that weight decay has given up falls toward 0 by a factor a step and ends orders below the others; the
   * weakest of 6,000 live units of eleven published models have 0.017 of the whole.
   */
  readonly dead?: number;
  /** Units are duplicates when the cosine of the angle between their weights is above this; default 0.999 (2.6°). */
  readonly cosine?: number;
}

/** What is odd about the units of a weight. */
export interface Badges {
  readonly units: number;
  /** Values a unit has. */
  readonly length: number;
  readonly dead: Int32Array;
  /** By unit; dead ones are in no pair. */
  readonly duplicates: readonly Twin[];
  /** Cosine below −`cosine`; of units that are no duplicates. */
  readonly opposites: readonly Twin[];
  /** Units that hold NaN or an infinity: they are neither. */
  readonly odd: readonly number[];
  readonly rule: {
    readonly dead: number;
    readonly cosine: number;
    /** The L2 norm at or below which a unit is dead; NaN where that is not asked. */
    readonly norm: number;
    /** How many duplicates there would be among as many random directions. */
    readonly chance: number;
    /**
     * What was looked for. Dead units alone where they are so `short` that more than one duplicate is to be expected by
     * chance, and where they are too `many` to compare; `none` where a unit has a single value.
     */
    readonly looked: 'all' | 'short' | 'many' | 'none';
  };
}

/** More live units than these are not compared with each other: twice as many take four times as long. */
export const MOST_UNITS = 20_000;
/** Values looked at between two yields. */
const CHUNK = 1 << 18;
/** Places at which units are compared first: those where they differ most. */
const PLACES = 8;
/** Beside 2 − 2·cosine: what float32 rounds off. */
const SLACK = 1e-6;

/** The chance that the angle between two random directions has a cosine above this, in so many dimensions: ∫₀^θ sin^(d−2) / ∫₀^π sin^(d−2). */
export function chanceOf(cosine: number, dimensions: number): number {
  // Simpson's rule; the integrand is scaled by its greatest value, which may be below any float otherwise
  const integral = (to: number, top: number): number => {
    const n = 2000;
    let sum = 0;
    for (let i = 0; i <= n; i++) {
      const sin = Math.sin((i / n) * to) / top;
      const v = dimensions === 2 ? 1 : sin <= 0 ? 0 : Math.exp((dimensions - 2) * Math.log(sin));
      sum += v * (i === 0 || i === n ? 1 : i % 2 ? 4 : 2);
    }
    return (sum * to) / n / 3;
  };
  if (dimensions < 2) return 0.5;
  const angle = Math.acos(cosine);
  const top = Math.sin(angle);
  return (integral(angle, top) / integral(Math.PI, 1)) * top ** (dimensions - 2);
}

/** The places where rows differ most, best first; and where none do, the first ones. */
function* differing(rows: Float32Array, of: readonly number[], length: number): Generator<number, Int32Array> {
  const sums = new Float64Array(length);
  const squares = new Float64Array(length);
  for (let i = 0, work = 0; i < of.length; i++) {
    for (let k = 0, at = of[i]! * length; k < length; k++, at++) {
      sums[k]! += rows[at]!;
      squares[k]! += rows[at]! * rows[at]!;
    }
    work += length;
    if (work < CHUNK) continue;
    work = 0;
    yield i / of.length;
  }
  for (let k = 0; k < length; k++) squares[k]! -= (sums[k]! * sums[k]!) / Math.max(1, of.length);
  return Int32Array.from(squares.keys()).sort((a, b) => squares[b]! - squares[a]! || a - b).subarray(0, PLACES);
}

interface Twins {
  readonly duplicates: Twin[];
  readonly opposites: Twin[];
}

/**
 * Compares each row with those before it. Of unit vectors |a ∓ b|² = 2 ∓ 2 cos, and a part of that sum is no larger
 * than all of it: most pairs are told apart by a few of their places, and none that is alike is missed.
 * @param rows of length 1
 */
function* twins(rows: Float32Array, of: readonly number[], length: number, cosine: number): Generator<number, Twins> {
  const found: Twins = {duplicates: [], opposites: []};
  const places = yield* part(differing(rows, of, length), 0, 0.02);
  // of each row the values at eight places, and half the sum of their squares
  const sketch = new Float32Array(of.length * 8);
  const halves = new Float64Array(of.length);
  of.forEach((unit, i) => {
    for (let k = 0; k < places.length; k++) {
      const v = (sketch[8 * i + k] = rows[unit * length + places[k]!]!);
      halves[i]! += (v * v) / 2;
    }
  });
  const limit = 2 - 2 * cosine + SLACK;
  for (let i = 1, work = 0; i < of.length; i++) {
    const a = of[i]! * length;
    const p = 8 * i;
    const a0 = sketch[p]!;
    const a1 = sketch[p + 1]!;
    const a2 = sketch[p + 2]!;
    const a3 = sketch[p + 3]!;
    const a4 = sketch[p + 4]!;
    const a5 = sketch[p + 5]!;
    const a6 = sketch[p + 6]!;
    const a7 = sketch[p + 7]!;
    const least = halves[i]! - limit / 2;
    let opposite: Twin | undefined;
    for (let j = 0, q = 0; j < i; j++, q += 8) {
      const dot = a0 * sketch[q]! + a1 * sketch[q + 1]! + a2 * sketch[q + 2]! + a3 * sketch[q + 3]! + a4 * sketch[q + 4]! + a5 * sketch[q + 5]! + a6 * sketch[q + 6]! + a7 * sketch[q + 7]!;
      work += 8;
      if (Math.abs(dot) >= least + halves[j]!) {
        let same = 0;
        let other = 0;
        const b = of[j]! * length;
        for (let k = 0; k < length && (same <= limit || other <= limit); ) {
          for (const end = Math.min(length, k + 64); k < end; k++) {
            const [x, y] = [rows[a + k]!, rows[b + k]!];
            same += (x - y) * (x - y);
            other += (x + y) * (x + y);
          }
          work += 64;
        }
        if (same <= limit || other <= limit) {
          work += length;
          const twin = {unit: of[i]!, of: of[j]!, cosine: cosineOf(rows, a, b, length)};
          if (twin.cosine > cosine) {
            found.duplicates.push(twin);
            opposite = undefined;
            break;
          }
          if (twin.cosine < -cosine) opposite ??= twin;
        }
      }
      if (work < CHUNK) continue;
      work = 0;
      yield 0.02 + (0.98 * (i * (i - 1) + 2 * j)) / (of.length * of.length);
    }
    if (opposite) found.opposites.push(opposite);
  }
  return found;
}

function cosineOf(rows: Float32Array, a: number, b: number, length: number): number {
  let [dot, p, q] = [0, 0, 0];
  for (let k = 0; k < length; k++) {
    const [x, y] = [rows[a + k]!, rows[b + k]!];
    dot += x * y;
    p += x * x;
    q += y * y;
  }
  return Math.max(-1, Math.min(1, dot / Math.sqrt(p * q)));
}

/** As `badges`, in steps. @yields share done */
export function* badgesSteps(data: Values, layout: Units, options: BadgeOptions = {}): Generator<number, Badges> {
  const {dead: share = 0.001, cosine = 0.999} = options;
  if (!(share >= 0 && share < Infinity)) throw new RangeError(`The threshold of dead units should be 0 or more; got ${share}.`);
  if (!(cosine > 0 && cosine < 1)) throw new RangeError(`The cosine should be between 0 and 1; got ${cosine}.`);
  const {units} = layout;
  const length = layout.outer * layout.inner;
  const result = {units, length, dead: new Int32Array(0), duplicates: [], opposites: [], odd: []};
  if (length < 2) return {...result, rule: {dead: share, cosine, norm: NaN, chance: NaN, looked: 'none'}};
  const rows = yield* part(unitRowsSteps(data, layout), 0, 0.1);

  const norms = new Float64Array(units);
  let total = 0;
  let finite = 0;
  for (let u = 0, work = 0; u < units; u++) {
    let sum = 0;
    for (let at = u * length, end = at + length; at < end; at++) sum += rows[at]! * rows[at]!;
    norms[u] = Math.sqrt(sum);
    if (sum < Infinity) {
      total += sum;
      finite++;
    }
    work += length;
    if (work < CHUNK) continue;
    work = 0;
    yield 0.1 + (0.05 * u) / units;
  }
  const norm = finite ? share * Math.sqrt(total / finite) : 0;
  const dead: number[] = [];
  const odd: number[] = [];
  const live: number[] = [];
  for (let u = 0; u < units; u++) (norms[u]! <= norm ? dead : norms[u]! < Infinity ? live : odd).push(u);

  const chance = ((live.length * (live.length - 1)) / 2) * chanceOf(cosine, length);
  const looked = chance > 1 ? 'short' : live.length > MOST_UNITS ? 'many' : 'all';
  let pairs: Twins = {duplicates: [], opposites: []};
  if (looked === 'all') {
    for (let i = 0, work = 0; i < live.length; i++) {
      const by = norms[live[i]!]!;
      for (let at = live[i]! * length, end = at + length; at < end; at++) rows[at]! /= by;
      work += length;
      if (work < CHUNK) continue;
      work = 0;
      yield 0.15 + (0.05 * i) / live.length;
    }
    pairs = yield* part(twins(rows, live, length, cosine), 0.2, 1);
  }
  return {...result, ...pairs, dead: Int32Array.from(dead), odd, rule: {dead: share, cosine, norm, chance, looked}};
}

/**
 * Finds the units of a weight that are dead, all ≈ 0 against the scale of the whole, and those that are duplicates.
 * Scale is the root mean square, not the largest unit, beside which one that has grown large would make others look
 * dead, nor the median, which is 0 itself where most are dead: of a weight that is all 0, every unit is dead. Norms
 * rank units in Li et al. 2017 (Pruning Filters for Efficient ConvNets), which gives no threshold.
 * @param layout as `unitsOf` gives it
 * @throws RangeError for a threshold that is none
 */
export const badges = (data: Values, layout: Units, options: BadgeOptions = {}): Badges => drain(badgesSteps(data, layout, options));
