import {mulberry32} from './bootstrap.js';
import type {Metric} from './cluster.js';
import {type FuzzyGraph, fuzzyGraphSteps} from './fuzzy-graph.js';
import {nearestNeighborsSteps, type Neighbors} from './neighbors.js';
import {pcaSteps} from './pca.js';
import {drain, part} from './slices.js';
import {normal} from './subspace.js';

/** How neighbours are laid out. */
export interface UmapLayoutOptions {
  /** How close points may come, 0 to `spread`; default 0.1. */
  readonly minDist?: number;
  /** The scale of distances in the plane; default 1. */
  readonly spread?: number;
  /** How often each edge may be followed; default 500, for more than 10,000 examples 200. */
  readonly epochs?: number;
  /** Of noise and of random examples; default 1. */
  readonly seed?: number;
}

/** Options of a UMAP. */
export interface UmapOptions extends UmapLayoutOptions {
  /** The examples that are taken as near each, itself among them; default 15, and n at most. */
  readonly neighbors?: number;
  /** Default 'euclidean'. */
  readonly metric?: Metric;
}

/** A UMAP. */
export interface Umap {
  /** `n × 2` */
  readonly points: Float32Array;
  /** Of the curve 1 / (1 + a x²ᵇ) that stands for `minDist` and `spread`. */
  readonly a: number;
  readonly b: number;
}

type Values = Float32Array | Float64Array;

/** Examples that each end of an edge is driven from, when it is followed. */
const NEGATIVES = 5;
/** No coordinate is pulled by more than that at once. */
const CLIP = 4;
/** Examples over which fewer epochs are enough. */
const MANY = 10_000;
/** Edges followed between two yields. */
const CHUNK = 1 << 13;

/**
 * a and b of 1 / (1 + a x²ᵇ), fitted by least squares to 1 up to minDist and exp(−(x − minDist) / spread) beyond it, at
 * 300 places from 0 to 3 spread, as in `umap-learn`; by Gauss and Newton's steps, damped (Levenberg 1944, Marquardt 1963).
 */
export function fitCurve(minDist: number, spread: number): {a: number; b: number} {
  const x = Float64Array.from({length: 300}, (_, i) => (3 * spread * i) / 299);
  const y = x.map((v) => (v < minDist ? 1 : Math.exp(-(v - minDist) / spread)));
  let [a, b] = [1, 1];
  const miss = (p: number, q: number): number => x.reduce((sum, v, i) => sum + (1 / (1 + p * v ** (2 * q)) - y[i]!) ** 2, 0);
  let error = miss(a, b);
  for (let round = 0, damp = 1e-3; round < 200 && damp < 1e12; round++) {
    let [aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0];
    for (let i = 1; i < x.length; i++) {
      const power = x[i]! ** (2 * b);
      const value = 1 / (1 + a * power);
      const da = -power * value * value;
      const db = -2 * a * power * Math.log(x[i]!) * value * value;
      const left = y[i]! - value;
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ga += da * left;
      gb += db * left;
    }
    const [p, q] = [aa * (1 + damp), bb * (1 + damp)];
    const by = p * q - ab * ab;
    const [na, nb] = [a + (q * ga - ab * gb) / by, b + (p * gb - ab * ga) / by];
    const next = na > 0 && nb > 0 ? miss(na, nb) : Infinity;
    if (!(next <= error)) damp *= 10;
    else {
      const done = Math.abs(na - a) <= 1e-12 * a && Math.abs(nb - b) <= 1e-12 * b;
      [a, b, error, damp] = [na, nb, next, damp / 10];
      if (done) break;
    }
  }
  return {a, b};
}

/** The bits of a float32 that are an index: all of its exponent, and six of its mantissa. */
const SHIFT = 17;
/** From 2⁻²⁴ to 2²⁴ in steps of 1/64 of a power of two: 24 KB, which stay at hand. */
const [LEAST, CELLS] = [((127 - 24) << 23) >> SHIFT, 48 << (23 - SHIFT)];
/** What the bits below are to be multiplied with to be the way to the next index. */
const [REST, STEP] = [(1 << SHIFT) - 1, 2 ** -SHIFT];

/**
 * A function of a squared distance, by table: a power takes far longer. Between its points it is drawn straight, off by
 * some 1e-5 of its value; outside it is that of its ends.
 */
function tabled(f: (square: number) => number): Float64Array {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  return Float64Array.from({length: CELLS + 2}, (_, i) => {
    bits[0] = (LEAST + i) << SHIFT;
    return f(value[0]!);
  });
}

/** What edges are followed with; the state of the random numbers and the place reached are left in `state`. */
interface Descent {
  readonly points: Float64Array;
  readonly graph: FuzzyGraph;
  /** The epoch in which each edge is followed next. */
  readonly due: Float64Array;
  /** By how much of the difference two points are moved: by an edge, and from any other example. */
  readonly pull: Float64Array;
  readonly push: Float64Array;
  /** Beyond this square no push is so strong that it is clipped. */
  readonly near: number;
  readonly state: Int32Array;
}

/** Reads a table. @param bits of what is in `float` */
function look(table: Float64Array, float: Float32Array, bits: Uint32Array, value: number): number {
  float[0] = value;
  const now = bits[0]!;
  const index = (now >>> SHIFT) - LEAST;
  if (index < 0) return table[0]!;
  if (index >= CELLS) return table[CELLS]!;
  const low = table[index]!;
  return low + (table[index + 1]! - low) * ((now & REST) * STEP);
}

const clip = (v: number): number => (v > CLIP ? CLIP : v < -CLIP ? -CLIP : v);

/** Follows up to CHUNK edges that are due, from `state[1]` on. */
function follow({points, graph: {from, to, weights}, due, pull, push, near, state}: Descent, epoch: number, alpha: number): void {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const scale = points.length / 2 / 2 ** 32;
  const [count, negatives] = [weights.length, NEGATIVES];
  let random = state[0]!;
  let left = CHUNK;
  let e = state[1]!;
  for (; e < count && left > 0; e++) {
    if (due[e]! > epoch) continue;
    due[e]! += 1 / weights[e]!;
    left--;
    const i = 2 * from[e]!;
    const j = 2 * to[e]!;
    let x = points[i]!;
    let y = points[i + 1]!;
    const dx = x - points[j]!;
    const dy = y - points[j + 1]!;
    const by = look(pull, float, bits, dx * dx + dy * dy);
    const mx = alpha * clip(by * dx);
    const my = alpha * clip(by * dy);
    x += mx;
    y += my;
    points[j]! -= mx;
    points[j + 1]! -= my;
    let px = 0;
    let py = 0;
    // all from one place: none waits for another
    for (let s = 0; s < negatives; s++) {
      // mulberry32, its state at hand
      random = (random + 0x6d2b79f5) | 0;
      let t = Math.imul(random ^ (random >>> 15), random | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      const other = 2 * ((((t ^ (t >>> 14)) >>> 0) * scale) | 0);
      if (other === i) continue;
      const ox = x - points[other]!;
      const oy = y - points[other + 1]!;
      const square = ox * ox + oy * oy;
      const off = look(push, float, bits, square);
      if (square > near) {
        px += off * ox;
        py += off * oy;
      } else {
        px += clip(off * ox);
        py += clip(off * oy);
      }
    }
    points[i] = x + alpha * px;
    points[i + 1] = y + alpha * py;
  }
  state[0] = random;
  state[1] = e;
}

/**
 * Moves points by stochastic gradient descent (algorithm 5): along an edge both its ends, and its first end away from
 * five examples at random.
 */
function* descendSteps(points: Float64Array, graph: FuzzyGraph, a: number, b: number, epochs: number, seed: number): Generator<number, void> {
  const count = graph.weights.length;
  const descent: Descent = {
    points,
    graph,
    due: graph.weights.map((w) => 1 / w),
    pull: tabled((v) => (-2 * a * b * v ** (b - 1)) / (1 + a * v ** b)),
    push: tabled((v) => (2 * b) / ((0.001 + v) * (1 + a * v ** b))),
    // it is less than 2b / distance
    near: ((2 * b) / CLIP) ** 2,
    state: Int32Array.of(seed, 0),
  };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    descent.state[1] = 0;
    while (descent.state[1]! < count) {
      follow(descent, epoch, 1 - (epoch - 1) / epochs);
      yield (epoch - 1 + descent.state[1]! / count) / epochs;
    }
  }
}

/**
 * Where points begin: the first two columns of scores, the largest of them at 10, with a little noise, so that no two
 * stay in one place; where nothing differs, at random.
 * @param width columns of the scores
 */
function begin(scores: Values, n: number, width: number, random: () => number): Float64Array {
  const points = new Float64Array(2 * n);
  let most = 0;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 2; c++) most = Math.max(most, Math.abs((points[2 * i + c] = c < width ? scores[i * width + c]! : 0)));
  }
  for (let i = 0; i < points.length; i++) points[i] = most ? (10 * points[i]!) / most + 1e-4 * normal(random) : 20 * random() - 10;
  return points;
}

/**
 * As `umap`, of neighbours that are known, in steps.
 * @param k neighbours of each, 1 to n − 1
 * @param scores `n × width`, of which the first two columns are where points begin: principal components
 * @yields share done
 */
export function* umapOfSteps(neighbors: Neighbors, n: number, k: number, scores: Values, width: number, {minDist = 0.1, spread = 1, epochs = n > MANY ? 200 : 500, seed = 1}: UmapLayoutOptions = {}): Generator<number, Umap> {
  if (!(spread > 0 && minDist >= 0 && minDist <= spread)) throw new RangeError(`minDist must be from 0 to spread, and spread above 0; got ${minDist} and ${spread}.`);
  if (!Number.isInteger(epochs) || epochs < 1) throw new RangeError(`At least one epoch is needed; got ${epochs}.`);
  const random = mulberry32(seed);
  const {a, b} = fitCurve(minDist, spread);
  yield 0;
  const graph = yield* part(fuzzyGraphSteps(neighbors, n, k, epochs), 0, 0.05);
  const points = begin(scores, n, width, random);
  yield 0.05;
  yield* part(descendSteps(points, graph, a, b, epochs, seed), 0.05, 1);
  return {points: new Float32Array(points), a, b};
}

/** As `umap`, in steps. @yields share done */
export function* umapSteps(values: Values, n: number, d: number, {neighbors = 15, metric = 'euclidean', ...options}: UmapOptions = {}): Generator<number, Umap> {
  if (!Number.isInteger(neighbors) || neighbors < 2) throw new RangeError(`At least 2 neighbours are needed, an example itself among them; got ${neighbors}.`);
  const {scores} = yield* part(pcaSteps(values, n, d, {components: 2, seed: options.seed ?? 1}), 0, 0.05);
  if (n === 1) return {points: new Float32Array(2), ...fitCurve(options.minDist ?? 0.1, options.spread ?? 1)};
  const k = Math.min(n, neighbors) - 1;
  const near = yield* part(nearestNeighborsSteps(values, n, d, k, metric), 0.05, 0.4);
  return yield* part(umapOfSteps(near, n, k, scores, 2, options), 0.4, 1);
}

/**
 * UMAP (McInnes, Healy & Melville 2018) in two dimensions, with exact neighbours. What differs from `umap-learn`: points
 * begin at the first two principal components in place of a spectral embedding, and forces are read from a table. The
 * same seed gives the same points.
 * @param values row-major, `n × d`, finite
 * @throws RangeError for another length, options out of range, or a row with NaN or an infinity
 */
export const umap = (values: Values, n: number, d: number, options?: UmapOptions): Umap => drain(umapSteps(values, n, d, options));
