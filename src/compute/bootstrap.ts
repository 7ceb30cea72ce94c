import {Problem} from '../words/kinds.js';
import {argsortDescendingSteps} from './argsort.js';
import {checkLengths, checkWeights, type WeightOptions} from './labels.js';
import {hasNanSteps, type UndefinedReason} from './ranking.js';
import {drain, part} from './slices.js';

/** Options of a bootstrap. */
export interface BootstrapOptions extends WeightOptions {
  /** Resamples; default 1000. */
  readonly replicates?: number;
  /** How much of them the band and the interval hold; default 0.95. */
  readonly level?: number;
  /** Points of the common grid, from 0 to 1; default 101. */
  readonly points?: number;
  /** The same seed gives the same numbers; default 1. */
  readonly seed?: number;
}

/** Where a curve and its area may as well have been. */
export interface BootstrapBand {
  /** False positive rate of a ROC, recall of a precision-recall curve: 0 to 1. */
  readonly grid: Float64Array;
  /** Bounds of tpr, or of precision, at each point of the grid, each point by itself. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Bounds of the AUC, or of the average precision. */
  readonly area: readonly [lower: number, upper: number];
  /** Resamples in which both classes (of precision-recall: any positives) were drawn; the rest say nothing. */
  readonly used: number;
  /** Why all is NaN. */
  readonly reason?: UndefinedReason;
}

/** Values looked at, or drawn, between two yields. */
const CHUNK = 1 << 14;
/** Groups of neighbours in the order of scores that are drawn as one. */
const MOST_GROUPS = 1 << 13;

/** A pseudo-random number generator of 32 bits of state (mulberry32). @returns numbers from 0 up to, but not, 1 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A Poisson number: by inversion, of a mean over 30 the normal one rounded. `floor` is exp(-mean). */
function poisson(random: () => number, mean: number, floor: number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const u = random();
  let k = 0;
  for (let p = floor, sum = floor; u > sum && k < 200; sum += p) p *= mean / ++k;
  return k;
}

/**
 * What is drawn together: examples of one class and score, or neighbours where there are very many. A sum of n Poisson
 * numbers of mean 1 is one of mean n. With weights w it is (Σw² / Σw) times one of mean (Σw)² / Σw², which has the same
 * mean and variance.
 */
interface Groups {
  readonly means: Float64Array;
  readonly floors: Float64Array;
  readonly scales: Float64Array;
}

function groupsOf(weights: Float64Array, squares: Float64Array): Groups {
  const scales = weights.map((w, i) => (w ? squares[i]! / w : 0));
  const means = weights.map((w, i) => (w ? w / scales[i]! : 0));
  return {means, floors: means.map((m) => Math.exp(-m)), scales};
}

/** Sorts the examples and puts them into groups, from the highest score. */
function* groupSteps(
  labels: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  {sampleWeight}: WeightOptions,
): Generator<number, {positive: Groups; negative: Groups; positives: number; negatives: number}> {
  const n = scores.length;
  const order = yield* argsortDescendingSteps(scores);
  const fewest = Math.ceil(n / MOST_GROUPS);
  const weights = [new Float64Array(Math.min(n, MOST_GROUPS)), new Float64Array(Math.min(n, MOST_GROUPS))] as const;
  const squares = [new Float64Array(Math.min(n, MOST_GROUPS)), new Float64Array(Math.min(n, MOST_GROUPS))] as const;
  const totals = [0, 0];
  let groups = 0;
  let size = Infinity;
  let last = NaN;
  for (let i = 0; i < n; i++) {
    const at = order[i]!;
    const weight = sampleWeight ? sampleWeight[at]! : 1;
    const label = labels[at]!;
    if (label !== 0 && label !== 1) throw new Problem('metricsLabelBinary', {label, example: at, last: 1, classes: 2});
    if (scores[at] !== last && size >= fewest) {
      groups++;
      size = 0;
    }
    last = scores[at]!;
    size++;
    weights[label][groups - 1]! += weight;
    squares[label][groups - 1]! += weight * weight;
    totals[label]! += weight;
    if (i % CHUNK === CHUNK - 1) yield 1;
  }
  const of = (label: 0 | 1): Groups => groupsOf(weights[label].slice(0, groups), squares[label].slice(0, groups));
  return {positive: of(1), negative: of(0), positives: totals[1]!, negatives: totals[0]!};
}

/** The `p` quantile of sorted numbers, linear between order statistics. */
function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const k = Math.floor(at);
  const next = sorted[Math.min(sorted.length - 1, k + 1)]!;
  return sorted[k]! + (next - sorted[k]!) * (at - k);
}

/** Writes tpr at each fpr of the grid (linear; where the curve rises straight up, its top). @returns the area */
function rocAt(tp: Float64Array, fp: Float64Array, points: number, out: Float64Array): number {
  const n = tp.length;
  const positives = tp[n - 1]!;
  const negatives = fp[n - 1]!;
  let area = 0;
  let g = 0;
  let t0 = 0;
  let f0 = 0;
  for (let i = 0; i < n; i++) {
    const t = tp[i]!;
    const f = fp[i]!;
    area += ((f - f0) * (t + t0)) / 2;
    for (; g < points && (g / (points - 1)) * negatives < f; g++) {
      out[g] = (t0 + ((t - t0) * ((g / (points - 1)) * negatives - f0)) / (f - f0)) / positives;
    }
    t0 = t;
    f0 = f;
  }
  out.fill(1, g);
  return area / (positives * negatives);
}

/** Writes the precision that each recall of the grid costs. @returns the average precision */
function precisionAt(tp: Float64Array, fp: Float64Array, points: number, out: Float64Array): number {
  const n = tp.length;
  const positives = tp[n - 1]!;
  let average = 0;
  let g = 0;
  for (let i = 0; i < n; i++) {
    const step = tp[i]! - (i ? tp[i - 1]! : 0);
    if (!step) continue;
    const precision = tp[i]! / (tp[i]! + fp[i]!);
    average += step * precision;
    for (; g < points && (g / (points - 1)) * positives <= tp[i]!; g++) out[g] = precision;
  }
  return average / positives;
}

/** As `bootstrapBand`, in steps. @yields share done */
export function* bootstrapBandSteps(
  kind: 'roc' | 'precision-recall',
  labels: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  {replicates = 1000, level = 0.95, points = 101, seed = 1, sampleWeight}: BootstrapOptions = {},
): Generator<number, BootstrapBand> {
  checkLengths(labels.length, scores.length);
  checkWeights(sampleWeight, scores.length);
  const grid = Float64Array.from({length: points}, (_, i) => i / (points - 1));
  const none = (reason: UndefinedReason): BootstrapBand => ({grid, lower: grid.map(() => NaN), upper: grid.map(() => NaN), area: [NaN, NaN], used: 0, reason});
  if (yield* part(hasNanSteps(scores), 0, 0.01)) return none('nan-scores');
  const {positive, negative, positives, negatives} = yield* part(groupSteps(labels, scores, {sampleWeight}), 0.01, 0.1);
  if (!positives && !negatives) return none('empty');
  if (!positives) return none('no-positives');
  if (!negatives && kind === 'roc') return none('no-negatives');

  const random = mulberry32(seed);
  const groups = positive.means.length;
  const tp = new Float64Array(groups);
  const fp = new Float64Array(groups);
  // point by point, for the quantiles
  const values = Array.from(grid, () => new Float64Array(replicates));
  const areas = new Float64Array(replicates);
  const curve = new Float64Array(points);
  let used = 0;
  let work = 0;
  for (let r = 0; r < replicates; r++) {
    let p = 0;
    let q = 0;
    for (let i = 0; i < groups; i++) {
      if (positive.means[i]) p += positive.scales[i]! * poisson(random, positive.means[i]!, positive.floors[i]!);
      if (negative.means[i]) q += negative.scales[i]! * poisson(random, negative.means[i]!, negative.floors[i]!);
      tp[i] = p;
      fp[i] = q;
    }
    work += 2 * groups + points;
    if (work >= CHUNK) {
      work = 0;
      yield 0.1 + (0.85 * r) / replicates;
    }
    if (!p || (!q && kind === 'roc')) continue;
    areas[used] = (kind === 'roc' ? rocAt : precisionAt)(tp, fp, points, curve);
    for (let g = 0; g < points; g++) values[g]![used] = curve[g]!;
    used++;
  }
  const [low, high] = [(1 - level) / 2, (1 + level) / 2];
  const lower = new Float64Array(points);
  const upper = new Float64Array(points);
  for (let g = 0; g < points; g++) {
    const sorted = values[g]!.subarray(0, used).sort();
    lower[g] = used ? quantile(sorted, low) : NaN;
    upper[g] = used ? quantile(sorted, high) : NaN;
    if (g % 10 === 9) yield 0.95 + (0.05 * g) / points;
  }
  const sorted = areas.subarray(0, used).sort();
  return {grid, lower, upper, area: used ? [quantile(sorted, low), quantile(sorted, high)] : [NaN, NaN], used};
}

/**
 * Percentile bootstrap (Efron 1979) of a ROC or precision-recall curve: pointwise bands on a common grid, and the
 * interval of the area. Examples are drawn by Poisson weights of mean 1 along the order of scores, which so is sorted
 * once; ties stay ties. Over 8192 examples, neighbours in that order are drawn as groups of n / 8192 and treated as
 * tied, which moves a curve by about 1 / 8192 of its width at most: a resample costs the same for any number of
 * examples.
 * @param labels 0 or 1
 * @param scores of class 1
 * @throws Problem for another label, other lengths or a weight below 0
 */
export function bootstrapBand(
  kind: 'roc' | 'precision-recall',
  labels: ArrayLike<number>,
  scores: Float32Array | Float64Array,
  options?: BootstrapOptions,
): BootstrapBand {
  return drain(bootstrapBandSteps(kind, labels, scores, options));
}
