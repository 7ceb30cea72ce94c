import {mulberry32} from './bootstrap.js';
import type {Metric} from './cluster.js';
import {nearestNeighborsSteps} from './neighbors.js';
import {pcaSteps} from './pca.js';
import {checkRows, finiteRowsSteps, unitRowsSteps} from './rows.js';
import {part} from './slices.js';
import {trustworthinessSteps} from './trustworthiness.js';
import {checkPerplexity, neighborsOf, squared, tsneOfSteps} from './tsne.js';
import {umapOfSteps} from './umap.js';

/** How vectors are laid out in a plane. */
export interface EmbedOptions {
  readonly method: 'pca' | 'tsne' | 'umap';
  /** Of t-SNE, UMAP and of the trustworthiness; PCA itself has none. */
  readonly metric: Metric;
  readonly seed: number;
  /** Of t-SNE: 1 up to, but not, a third of the examples. */
  readonly perplexity: number;
  /** Of UMAP: how many are near each, itself among them, 2 and more; of fewer examples all. */
  readonly neighbors: number;
  /** Of UMAP: 0 to 1. */
  readonly minDist: number;
  /** Of t-SNE and UMAP (its epochs); `null`: the method's own. */
  readonly iterations: number | null;
  /** Dimensions that PCA reduces to before t-SNE and UMAP, 0: it does not; `null`: 50 of more than that. */
  readonly reduce: number | null;
  /** Examples at most, a seeded random sample of more; `null`: the method's own limit. */
  readonly most: number | null;
  /** Of PCA: how many are worked out, 2 and more. */
  readonly components: number;
}

/** Vectors laid out. */
export interface Embedded {
  /** `rows.length × width`; of PCA 0 beyond the rank of the data. */
  readonly points: Float32Array;
  /** 2 of t-SNE and UMAP, `components` of PCA. */
  readonly width: number;
  /** Which rows are laid out, ascending. */
  readonly rows: Int32Array;
  /** Rows left out as they hold NaN or infinities. */
  readonly odd: number;
  /** Rows left out by sampling. */
  readonly sampled: number;
  /** Dimensions that PCA reduced to first; 0: it did not. */
  readonly reduced: number;
  /** Share of variance that these keep, 0 to 1; 1 where nothing was reduced. Of cosines, that of rows of length 1. */
  readonly kept: number;
  /** Of PCA, share of variance by component; else empty. */
  readonly ratios: Float64Array;
  /** Of t-SNE, the Kullback–Leibler divergence in nats; else NaN. */
  readonly divergence: number;
  /** Of the (first two) coordinates, for up to 12 neighbours, of 1,500 examples at most; NaN of fewer than 3, or where all are equal. */
  readonly trustworthiness: number;
}

type Values = Float32Array | Float64Array;

/** Examples that methods lay out at most: 25 s of t-SNE, 10 s of UMAP. */
export const MOST_EXAMPLES = {pca: Infinity, tsne: 10_000, umap: 20_000} as const;
/** Dimensions that are enough to find neighbours by, and how well components have to be told apart for that. */
const [ENOUGH, ROUGH] = [50, 1e-3];
/** Examples that trustworthiness is worked out of, and their neighbours, at most. */
const [TRUSTED, TRUSTED_NEIGHBORS] = [1500, 12];

/** `count` of numbers below n at random, ascending (Fisher & Yates 1938). */
function sample(n: number, count: number, random: () => number): Int32Array {
  const all = Int32Array.from({length: n}, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (n - i));
    const other = all[j]!;
    all[j] = all[i]!;
    all[i] = other;
  }
  return all.slice(0, count).sort();
}

/** Some rows of a matrix. */
function pick(values: Values, d: number, rows: Int32Array): Values {
  const out = values instanceof Float32Array ? new Float32Array(rows.length * d) : new Float64Array(rows.length * d);
  rows.forEach((row, i) => out.set(values.subarray(row * d, (row + 1) * d), i * d));
  return out;
}

/** Whether all rows are the same. */
const allEqual = (values: Values, d: number): boolean => values.every((v, i) => v === values[i % d]!);

/** @throws RangeError for what no data would fit */
function checkOptions({method, neighbors, minDist, iterations, reduce, most, components}: EmbedOptions): void {
  const whole = (name: string, value: number, least: number): void => {
    if (!Number.isInteger(value) || value < least) throw new RangeError(`${name} must be a whole number, at least ${least}; got ${value}.`);
  };
  if (method === 'pca') whole('components', components, 2);
  else if (reduce !== null) whole('reduce', reduce, 0);
  if (method === 'umap') {
    whole('neighbors', neighbors, 2);
    if (!(minDist >= 0 && minDist <= 1)) throw new RangeError(`minDist must be from 0 to 1; got ${minDist}.`);
  }
  if (iterations !== null && method !== 'pca') whole('iterations', iterations, 1);
  if (most !== null) whole('most', most, 1);
}

/** Where in 0 … 1 each part of the work ends, given what each costs. */
function ends(costs: readonly number[]): number[] {
  const total = costs.reduce((sum, cost) => sum + cost, 0) || 1;
  let sum = 0;
  return costs.map((cost) => Math.min(1, (sum += cost) / total));
}

/** About how many multiplications components take. */
const costOfPca = (m: number, d: number, k: number): number => (Math.min(m, d) * m * d) / 2 + 40 * Math.min(m, d) ** 2 * Math.min(k + 10, m, d);

/** What a layout is, but for where it comes from. */
type Layout = Pick<Embedded, 'points' | 'width' | 'reduced' | 'kept' | 'ratios' | 'divergence'>;

function* principal(values: Values, m: number, d: number, {components, seed}: EmbedOptions): Generator<number, Layout> {
  const {scores, ratios} = yield* pcaSteps(values, m, d, {components, seed});
  return {points: new Float32Array(scores), width: components, reduced: 0, kept: 1, ratios, divergence: NaN};
}

/** t-SNE or UMAP. @param base rows whose plain distances say what is asked */
function* neighborly(base: Values, m: number, width: number, options: EmbedOptions): Generator<number, Layout> {
  const {method, metric, seed, perplexity, minDist} = options;
  const wanted = options.reduce ?? (width > ENOUGH ? ENOUGH : 0);
  const reduced = wanted && wanted < width ? Math.min(wanted, m) : 0;
  const iterations = options.iterations ?? undefined;
  const k = method === 'tsne' ? neighborsOf(perplexity) : Math.min(m, options.neighbors) - 1;
  const layout = method === 'tsne' ? 4000 * (iterations ?? 1000) * m : 90 * (iterations ?? (m > 10_000 ? 200 : 500)) * m * k;
  const [first, second] = ends([costOfPca(m, width, reduced || 2), (m * m * ((reduced || width) + 20)) / 2, layout]) as [number, number];
  const {scores, ratios} = yield* part(pcaSteps(base, m, width, {components: reduced || 2, seed, tolerance: ROUGH}), 0, first);
  const [near, columns] = reduced ? [scores, reduced] : [base, width];
  const none = {width: 2, reduced, kept: 1, ratios: new Float64Array(0), divergence: NaN};
  if (m === 1) return {...none, points: new Float32Array(2)};
  const {indices, distances} = yield* part(nearestNeighborsSteps(near, m, columns, k), first, second);
  // all that varies may vary in fewer dimensions, or not at all
  const kept = reduced && ratios[0] ? Math.min(1, ratios.reduce((sum, v) => sum + v, 0)) : 1;
  if (method === 'tsne') {
    const {points, divergence} = yield* part(tsneOfSteps({indices}, squared(distances, 'euclidean'), m, scores, reduced || 2, {perplexity, seed, iterations}), second, 1);
    return {...none, points, kept, divergence};
  }
  // of rows of length 1, half the square is 1 − the cosine
  if (metric === 'cosine') for (let i = 0; i < distances.length; i++) distances[i] = Math.min(2, distances[i]! ** 2 / 2);
  const {points} = yield* part(umapOfSteps({indices, distances}, m, k, scores, reduced || 2, {minDist, seed, epochs: iterations}), second, 1);
  return {...none, points, kept};
}

/** How far the first two coordinates can be trusted, by some of the rows. */
function* trust(base: Values, m: number, width: number, {points, width: columns}: Layout, seed: number): Generator<number, number> {
  if (m < 3 || allEqual(base, width)) return NaN;
  // of a seed of its own: rows that begin alike are no better known
  const some = m > TRUSTED ? sample(m, TRUSTED, mulberry32(seed ^ 0x5bd1e995)) : Int32Array.from({length: m}, (_, i) => i);
  const values = some.length < m ? pick(base, width, some) : base;
  const plane = new Float32Array(2 * some.length);
  some.forEach((row, i) => {
    plane[2 * i] = points[row * columns]!;
    plane[2 * i + 1] = points[row * columns + 1]!;
  });
  return yield* trustworthinessSteps(values, some.length, width, plane, Math.min(TRUSTED_NEIGHBORS, Math.floor((some.length - 1) / 2)));
}

/**
 * Lays vectors out by PCA, t-SNE or UMAP: rows that are not finite are left out, of too many a sample is drawn, many
 * dimensions are reduced by PCA, and what comes of it is judged by its trustworthiness. The same seed gives the same
 * points.
 * @param values row-major, `n × d`
 * @yields share done, by what each part costs
 * @throws RangeError for another length, no finite row, or options that do not fit
 */
export function* embedSteps(values: Values, n: number, d: number, options: EmbedOptions): Generator<number, Embedded> {
  const {method, metric, seed, perplexity} = options;
  checkRows(values, n, d);
  checkOptions(options);
  const good = yield* part(finiteRowsSteps(values, n, d), 0, 0.01);
  if (!good.length) throw new RangeError(`None of the ${n} rows can be laid out: each holds NaN or an infinity.`);
  const m = Math.min(good.length, options.most ?? MOST_EXAMPLES[method]);
  if (method === 'tsne') checkPerplexity(perplexity, m);
  const rows = m < good.length ? sample(good.length, m, mulberry32(seed)).map((i) => good[i]!) : good;
  const own = m < n ? pick(values, d, rows) : values;
  yield 0.01;
  const base = metric === 'cosine' ? yield* part(unitRowsSteps(own, m, d), 0.01, 0.02) : {values: own, width: d};

  const trusted = Math.min(m, TRUSTED);
  const cost = costOfPca(m, d, method === 'pca' ? options.components : ENOUGH);
  const layout = method === 'pca' ? cost : cost + (m * m * (ENOUGH + 20)) / 2 + (method === 'tsne' ? 4000 * (options.iterations ?? 1000) * m : 90 * (options.iterations ?? 500) * m * options.neighbors);
  const [end] = ends([layout, (trusted * trusted * (d + 50)) / 2]) as [number];
  const at = (share: number): number => 0.02 + 0.98 * share;
  const laid = yield* part(method === 'pca' ? principal(own, m, d, options) : neighborly(base.values, m, base.width, options), 0.02, at(end));
  const trustworthiness = yield* part(trust(base.values, m, base.width, laid, seed), at(end), 1);
  return {...laid, rows, odd: n - good.length, sampled: good.length - m, trustworthiness};
}
