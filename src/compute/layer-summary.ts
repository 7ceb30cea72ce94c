import type {Values} from '../tensor/types.js';
import type {ActivationFunction} from './activation-function.js';
import {part} from './slices.js';
import {computeStats, histogram, type Range, scanRange} from './stats.js';

/** Where the values of a layer's output lie: of channel c at row y, column x at `base + c·perChannel + y·perRow + x·perColumn`. */
export interface MapLayout {
  readonly channels: number;
  readonly rows: number;
  readonly cols: number;
  readonly base: number;
  readonly perChannel: number;
  readonly perRow: number;
  readonly perColumn: number;
}

/** The maps of a layer, channel by channel, row-major: `channels × rows × cols`. */
export interface Maps {
  readonly data: Float32Array;
  readonly channels: number;
  readonly rows: number;
  readonly cols: number;
  /** Values that one of them stands for, along each side. */
  readonly pooled: number;
}

/** What is known of all that a layer put out for one example. */
export interface LayerSummary extends Range {
  readonly size: number;
  /** Of the finite values. */
  readonly mean: number;
  readonly std: number;
  /** How many are 0. */
  readonly zeros: number;
  /** The 99.5th percentile of the finite magnitudes, of a sample of some thousand. */
  readonly reach: number;
  /** By channel: the least and the greatest value, infinities included; NaN where all are NaN. */
  readonly least: Float32Array;
  readonly most: Float32Array;
  /** By channel, how many values are not finite. */
  readonly odd: Float64Array;
  readonly maps: Maps;
}

/** Values looked at between two yields. */
const CHUNK = 1 << 17;

/**
 * Sums a layer's output up.
 * @param values of one example
 * @param channelOf stride and number of channels among all values, those outside `layout` included: value i belongs to ⌊i / stride⌋ mod channels
 * @param most values that maps may have: beyond, each stands for a square of values, the farthest from 0, NaN before all
 * @yields share done
 */
export function* summarizeLayer(values: Values, shape: readonly number[], layout: MapLayout, [stride, channels]: readonly [number, number], most: number): Generator<number, LayerSummary> {
  const exact = yield* part(scanRange(values), 0, 0.3);
  // maps are float32, as is all that a model computes with: none of them is to lie beyond the range
  const range = {...exact, min: Math.fround(exact.min), max: Math.fround(exact.max)};
  const {mean, std, zeros} = yield* part(computeStats(values, range, shape, 'float32'), 0.3, 0.6);
  const least = new Float32Array(channels).fill(NaN);
  const greatest = new Float32Array(channels).fill(NaN);
  const odd = new Float64Array(channels);
  let [c, within] = [0, 0];
  for (let from = 0; from < values.length; from += CHUNK) {
    const to = Math.min(values.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const v = values[i]!;
      if (v - v !== 0) odd[c]!++;
      // NaN compares with nothing, and a first value takes its place
      if (v < least[c]! || (least[c]! !== least[c]! && v === v)) least[c] = v;
      if (v > greatest[c]! || (greatest[c]! !== greatest[c]! && v === v)) greatest[c] = v;
      if (++within === stride) {
        within = 0;
        if (++c === channels) c = 0;
      }
    }
    yield 0.6 + (0.2 * to) / values.length;
  }
  const maps = yield* part(poolMaps(values, layout, most), 0.8, 1);
  return {...range, size: values.length, mean, std, zeros, reach: reachOf(values), least, most: greatest, odd, maps};
}

/** How many values a percentile is taken of. */
const SAMPLE = 8192;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

function reachOf(values: Values): number {
  const few = values.length <= SAMPLE;
  const sample: number[] = [];
  for (let k = 0; k < Math.min(SAMPLE, values.length); k++) {
    // multiples of the golden ratio fall evenly, and into no step with the sides: each channel has its share
    const v = Math.abs(values[few ? k : Math.floor(((k * GOLDEN) % 1) * values.length)]!);
    if (v - v === 0) sample.push(v);
  }
  return sample.length ? Float64Array.from(sample).sort()[Math.min(sample.length - 1, Math.floor(sample.length * 0.995))]! : NaN;
}

/** Maps of at most so many values. @yields share done */
export function* poolMaps(values: Values, {channels, rows, cols, base, perChannel, perRow, perColumn}: MapLayout, most: number): Generator<number, Maps> {
  let pooled = 1;
  while (channels * Math.ceil(rows / pooled) * Math.ceil(cols / pooled) > most && pooled < Math.max(rows, cols)) pooled++;
  const [h, w] = [Math.ceil(rows / pooled), Math.ceil(cols / pooled)];
  const data = new Float32Array(channels * h * w);
  let at = 0;
  let work = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < h; y++) {
      const [y0, y1] = [y * pooled, Math.min(rows, (y + 1) * pooled)];
      for (let x = 0; x < w; x++) {
        const [x0, x1] = [x * pooled, Math.min(cols, (x + 1) * pooled)];
        let best = values[base + c * perChannel + y0 * perRow + x0 * perColumn]!;
        for (let j = y0; pooled > 1 && j < y1; j++) {
          for (let i = x0, from = base + c * perChannel + j * perRow + x0 * perColumn; i < x1; i++, from += perColumn) {
            const v = values[from]!;
            // NaN stays: no comparison with it holds
            if (v !== v || Math.abs(v) > Math.abs(best)) best = v;
          }
        }
        data[at++] = best;
      }
      work += w * pooled * pooled;
      if (work > CHUNK) {
        work = 0;
        yield at / data.length;
      }
    }
  }
  return {data, channels, rows: h, cols: w, pooled};
}

/** What an activation function was given, and how much of it came to its flat ends. */
export interface FunctionSummary {
  readonly name: string;
  readonly of: ActivationFunction | null;
  readonly size: number;
  readonly range: Range;
  /** Counts of the finite values in equal bins from `range.min` to `range.max`. */
  readonly counts: Float64Array;
  /** Shares of all values at or below `flatBelow`, and at or above `flatAbove`; 0 where there is no such end. */
  readonly below: number;
  readonly above: number;
}

/** Bins of a histogram. */
const BINS = 48;

/** Sums up what went into an activation function. @yields share done */
export function* summarizeFunction(name: string, of: ActivationFunction | null, values: Values): Generator<number, FunctionSummary> {
  const range = yield* part(scanRange(values), 0, 0.3);
  const counts = range.min <= range.max ? yield* part(histogram(values, range.min, range.max, BINS), 0.3, 0.7) : new Float64Array(BINS);
  let [below, above] = [0, 0];
  const [lo, hi] = [of?.flatBelow ?? -Infinity, of?.flatAbove ?? Infinity];
  const [hasLow, hasHigh] = [of?.flatBelow != null, of?.flatAbove != null];
  for (let from = 0; from < values.length; from += CHUNK) {
    const to = Math.min(values.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      if (hasLow && values[i]! <= lo) below++;
      if (hasHigh && values[i]! >= hi) above++;
    }
    yield 0.7 + (0.3 * to) / values.length;
  }
  return {name, of, size: values.length, range, counts, below: below / (values.length || 1), above: above / (values.length || 1)};
}
