import {mulberry32} from './bootstrap.js';
import type {Metric} from './cluster.js';
import {nearestNeighborsSteps, type Neighbors} from './neighbors.js';
import {pcaSteps} from './pca.js';
import {Quadtree} from './quadtree.js';
import {drain, part} from './slices.js';
import {normal} from './subspace.js';

/** How neighbours are laid out. */
export interface TsneLayoutOptions {
  /** How many neighbours weigh, about: 1 up to, but not, a third of the examples; default 30. */
  readonly perplexity?: number;
  /** Steps at most; default 1000. The first 250 are exaggerated. */
  readonly iterations?: number;
  /** How coarse far points are taken together, 0 (not at all) to 1; default 0.5. */
  readonly theta?: number;
  /** Of the noise that points begin with; default 1. */
  readonly seed?: number;
}

/** Options of a t-SNE. */
export interface TsneOptions extends TsneLayoutOptions {
  /** Default 'euclidean'; of 'cosine' squared distances are those between rows of length 1. */
  readonly metric?: Metric;
}

/** A t-SNE. */
export interface Tsne {
  /** `n × 2` */
  readonly points: Float32Array;
  /** Kullback–Leibler divergence of the embedding from the neighbourhoods, in nats; lower is better, of one data set. */
  readonly divergence: number;
  /** Steps that were taken. */
  readonly iterations: number;
}

type Values = Float32Array | Float64Array;

/** Probabilities of pairs, row by row; each pair is there both ways, and all sum up to 1. */
export interface Affinities {
  /** `n + 1`: where the pairs of each example begin. */
  readonly starts: Int32Array;
  readonly others: Int32Array;
  readonly shares: Float64Array;
}

/** Exaggeration of the first steps, how many these are, and momentum then and after. */
const [EXAGGERATION, EARLY, MOMENTUM] = [12, 250, [0.5, 0.8]] as const;
/** How coarse the last sum is. */
const FINE = 0.1;
/** The least gradient that is worth going on, looked at once in so many steps. */
const [LEAST, LOOK] = [1e-7, 50];
/** Examples looked at between two yields. */
const [ROWS, POINTS] = [64, 512];

/** Neighbours that a perplexity looks at. */
export const neighborsOf = (perplexity: number): number => Math.max(1, Math.floor(3 * perplexity));

/** @throws RangeError that says what perplexities n examples allow */
export function checkPerplexity(perplexity: number, n: number): void {
  if (n < 4) throw new RangeError(`t-SNE needs at least 4 examples; got ${n}. Give more, or use PCA.`);
  if (perplexity >= 1 && perplexity < n / 3) return;
  // the highest that is easily said, and below a third
  const most = Math.ceil(n / 3) - 1;
  const more = perplexity >= 1 && Number.isFinite(perplexity) ? `, or give more than ${Math.floor(3 * perplexity)} examples` : '';
  throw new RangeError(`A perplexity of ${perplexity} does not fit ${n} examples: it must be at least 1 and below a third of them. Set it to ${most > 1 ? `1 to ${most}` : '1'}${more}.`);
}

/**
 * The probabilities that neighbours stand for: of each row exp(−β d²), β found by bisection so that their perplexity
 * (exp of the entropy) is the one asked for, then the mean of both ways.
 * @param squares `n × k`
 */
export function* affinitiesSteps(indices: Int32Array, squares: Float64Array, n: number, k: number, perplexity: number): Generator<number, Affinities> {
  const wanted = Math.log(perplexity);
  const own = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    const base = i * k;
    const least = squares[base]!;
    let mean = 0;
    for (let at = base; at < base + k; at++) mean += (squares[at]! - least) / k;
    // from where distances are about 1; where all are the same, β is of no account
    let [low, high, beta] = [0, Infinity, mean ? 1 / mean : 1];
    let sum = 1;
    for (let round = 0; round < 100; round++) {
      sum = 0;
      let weighted = 0;
      for (let at = base; at < base + k; at++) {
        const square = squares[at]! - least;
        const p = Math.exp(-beta * square);
        own[at] = p;
        sum += p;
        weighted += p * square;
      }
      const entropy = Math.log(sum) + (beta * weighted) / sum;
      if (Math.abs(entropy - wanted) < 1e-7) break;
      if (entropy > wanted) low = beta;
      else high = beta;
      beta = high < Infinity ? (low + high) / 2 : 2 * beta;
      // so many stand at the least distance that no β gives the perplexity
      if (beta === Infinity || beta === 0) break;
    }
    for (let at = base; at < base + k; at++) own[at]! /= sum;
    if (i % ROWS === ROWS - 1) yield (0.8 * i) / n;
  }

  // each pair twice, then those of both ways become one
  const starts = new Int32Array(n + 1);
  for (let at = 0; at < indices.length; at++) starts[indices[at]! + 1]!++;
  for (let i = 0; i < n; i++) starts[i + 1]! += starts[i]! + k;
  const others = new Int32Array(2 * n * k);
  const shares = new Float64Array(2 * n * k);
  const next = starts.slice(0, n);
  for (let i = 0; i < n; i++) {
    for (let at = i * k; at < (i + 1) * k; at++) {
      const j = indices[at]!;
      const share = own[at]! / (2 * n);
      others[next[i]!] = j;
      shares[next[i]!++] = share;
      others[next[j]!] = i;
      shares[next[j]!++] = share;
    }
    if (i % ROWS === ROWS - 1) yield 0.8 + (0.1 * i) / n;
  }
  const places = new Int32Array(n).fill(-1);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const first = kept;
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const j = others[at]!;
      if (places[j]! >= first) shares[places[j]!]! += shares[at]!;
      else {
        places[j] = kept;
        others[kept] = j;
        shares[kept++] = shares[at]!;
      }
    }
    starts[i] = first;
    if (i % ROWS === ROWS - 1) yield 0.9 + (0.1 * i) / n;
  }
  starts[n] = kept;
  return {starts, others: others.subarray(0, kept), shares: shares.subarray(0, kept)};
}

/** Adds what draws rows `from … to − 1` to their neighbours, 4 · by · p q (yᵢ − yⱼ), to what drives them apart, times `drive`. */
function attract({starts, others, shares}: Affinities, points: Float64Array, from: number, to: number, by: number, drive: number, gradient: Float64Array): void {
  for (let i = from; i < to; i++) {
    const x = points[2 * i]!;
    const y = points[2 * i + 1]!;
    let fx = 0;
    let fy = 0;
    for (let at = starts[i]!, end = starts[i + 1]!; at < end; at++) {
      const j = 2 * others[at]!;
      const dx = x - points[j]!;
      const dy = y - points[j + 1]!;
      const pull = shares[at]! / (1 + dx * dx + dy * dy);
      fx += pull * dx;
      fy += pull * dy;
    }
    gradient[2 * i] = 4 * (by * fx - drive * gradient[2 * i]!);
    gradient[2 * i + 1] = 4 * (by * fy - drive * gradient[2 * i + 1]!);
  }
}

/**
 * The gradient of the divergence, by Barnes & Hut's approximation (van der Maaten 2014).
 * @param gradient `n × 2`, overwritten
 * @param exaggeration times which the probabilities are taken
 * @returns the sum of 1 / (1 + |yᵢ − yⱼ|²) over all i ≠ j
 */
export function* gradientSteps(affinities: Affinities, points: Float64Array, tree: Quadtree, theta: number, exaggeration: number, gradient: Float64Array): Generator<number, number> {
  const n = points.length / 2;
  tree.build(points);
  let total = -n;
  for (let from = 0; from < n; from += POINTS) {
    if (from) yield (0.7 * from) / n;
    total += tree.repel(points, from, Math.min(n, from + POINTS), theta, gradient);
  }
  for (let from = 0; from < n; from += POINTS) {
    if (from) yield 0.7 + (0.3 * from) / n;
    attract(affinities, points, from, Math.min(n, from + POINTS), exaggeration, 1 / total, gradient);
  }
  return total;
}

/** Σ p log(p / q) over the pairs that have a p, of rows `from … to − 1`. @param total as `gradientSteps` returns it */
export function divergenceOf({starts, others, shares}: Affinities, points: Float64Array, total: number, from = 0, to = starts.length - 1): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const j = others[at]!;
      const p = shares[at]!;
      if (p) sum += p * Math.log(p * total * (1 + (points[2 * i]! - points[2 * j]!) ** 2 + (points[2 * i + 1]! - points[2 * j + 1]!) ** 2));
    }
  }
  return sum;
}

/** Where points begin: two columns of scores, scaled so that the first has a standard deviation of 1e-4; a hundredth of it as noise parts equal ones. */
function begin(scores: Values, n: number, width: number, seed: number): Float64Array {
  const random = mulberry32(seed);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    sum += scores[i * width]!;
    squares += scores[i * width]! ** 2;
  }
  const deviation = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  const points = new Float64Array(2 * n);
  for (let i = 0; i < points.length; i++) {
    const c = i % 2;
    const score = deviation && c < width ? (1e-4 * scores[(i >> 1) * width + c]!) / deviation : 0;
    points[i] = score + (deviation ? 1e-6 : 1e-4) * normal(random);
  }
  return points;
}

/**
 * As `tsne`, of neighbours that are known, in steps.
 * @param neighbors `neighborsOf(perplexity)` of each
 * @param squares of their distances
 * @param scores `n × width`, of which the first two columns are where points begin: principal components
 * @yields share done
 */
export function* tsneOfSteps(
  {indices}: Pick<Neighbors, 'indices'>,
  squares: Float64Array,
  n: number,
  scores: Values,
  width: number,
  {perplexity = 30, iterations = 1000, theta = 0.5, seed = 1}: TsneLayoutOptions = {},
): Generator<number, Tsne> {
  checkPerplexity(perplexity, n);
  if (!Number.isInteger(iterations) || iterations < 1) throw new RangeError(`At least one iteration is needed; got ${iterations}.`);
  if (!(theta >= 0 && theta <= 1)) throw new RangeError(`theta must be from 0 to 1; got ${theta}.`);
  const affinities = yield* part(affinitiesSteps(indices, squares, n, neighborsOf(perplexity), perplexity), 0, 0.04);
  const points = begin(scores, n, width, seed);
  const tree = new Quadtree(n);
  const rate = Math.max(n / EXAGGERATION / 4, 50);
  const gradient = new Float64Array(2 * n);
  const update = new Float64Array(2 * n);
  const gains = new Float64Array(2 * n).fill(1);
  let taken = 0;
  const at = (share: number): number => 0.04 + 0.95 * share;
  while (taken < iterations) {
    const early = taken < EARLY;
    yield* part(gradientSteps(affinities, points, tree, theta, early ? EXAGGERATION : 1, gradient), at(taken / iterations), at((taken + 1) / iterations));
    const norm = step(points, gradient, update, gains, rate, MOMENTUM[early ? 0 : 1]);
    taken++;
    yield at(taken / iterations);
    if (!early && taken % LOOK === 0 && norm <= LEAST) break;
  }
  // once and finely: what is left out of the sum would be told as a divergence
  const total = yield* part(gradientSteps(affinities, points, tree, Math.min(theta, FINE), 1, gradient), 0.99, 1);
  let divergence = 0;
  for (let from = 0; from < n; from += POINTS) {
    divergence += divergenceOf(affinities, points, total, from, Math.min(n, from + POINTS));
    yield 1;
  }
  return {points: new Float32Array(points), divergence, iterations: taken};
}

/** A step down the gradient, with momentum and gains (Jacobs 1988). @returns the length of the gradient */
function step(points: Float64Array, gradient: Float64Array, update: Float64Array, gains: Float64Array, rate: number, momentum: number): number {
  let norm = 0;
  for (let i = 0; i < points.length; i++) {
    const by = gradient[i]!;
    norm += by * by;
    const gain = (gains[i] = Math.max(0.01, update[i]! * by < 0 ? gains[i]! + 0.2 : gains[i]! * 0.8));
    update[i] = momentum * update[i]! - rate * gain * by;
    points[i]! += update[i]!;
  }
  return Math.sqrt(norm);
}

/** Squares of distances; of cosines those between rows of length 1. */
export function squared(distances: Float32Array, metric: Metric): Float64Array {
  const out = new Float64Array(distances);
  for (let i = 0; i < out.length; i++) out[i]! *= metric === 'cosine' ? 2 : out[i]!;
  return out;
}

/** As `tsne`, in steps. @yields share done */
export function* tsneSteps(values: Values, n: number, d: number, {metric = 'euclidean', ...options}: TsneOptions = {}): Generator<number, Tsne> {
  const perplexity = options.perplexity ?? 30;
  checkPerplexity(perplexity, n);
  const {scores} = yield* part(pcaSteps(values, n, d, {components: 2, seed: options.seed ?? 1}), 0, 0.02);
  const {indices, distances} = yield* part(nearestNeighborsSteps(values, n, d, neighborsOf(perplexity), metric), 0.02, 0.12);
  return yield* part(tsneOfSteps({indices}, squared(distances, metric), n, scores, 2, options), 0.12, 1);
}

/**
 * t-SNE (van der Maaten & Hinton 2008) in two dimensions by Barnes & Hut's approximation (van der Maaten 2014), with
 * exact neighbours. Points begin at the first two principal components, and the learning rate is n / 48, at least 50
 * (Belkina et al. 2019; Kobak & Berens 2019). The same seed gives the same points.
 * @param values row-major, `n × d`, finite
 * @throws RangeError for another length, a perplexity that is not below n / 3, or a row with NaN or an infinity
 */
export const tsne = (values: Values, n: number, d: number, options?: TsneOptions): Tsne => drain(tsneSteps(values, n, d, options));
