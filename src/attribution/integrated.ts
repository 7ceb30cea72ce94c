import {gaussLegendre} from '../compute/gauss-legendre.js';
import {runSliced} from '../tensor/slices.js';
import {addRows, type Growing, type Maps} from './gradients.js';
import {gradientPass, type PassOptions, PassSize, type Place, scorePass} from './pass.js';
import {inPieces} from './pieces.js';
import type {ScoredModel} from './scored-model.js';
import type {Target} from './target.js';

/** Points that the integral is first taken at, and at most. */
const FIRST = 16;
const MOST = 256;
/** What a change of the score is at least taken to be, so that a gap can be divided by it. */
const EPSILON = 1e-6;

export interface IntegratedMaps extends Maps {
  readonly baselineScore: number;
  readonly gap: number;
  readonly steps: number;
}

/**
 * Integrated gradients (Sundararajan et al. 2017): (x − x′) ⊙ ∫₀¹ ∇F(x′ + α(x − x′)) dα, by Gauss–Legendre nodes. Their
 * number doubles until the maps' sum is within `tolerance` of F(x) − F(x′), or it reaches 256.
 * @param baselines x′ by place
 * @param steps a number of nodes to keep to
 * @param grow gets a map that is an estimate from the nodes so far, spread over the whole way
 */
export async function integratedMaps(
  scored: ScoredModel,
  target: Target,
  places: readonly Place[],
  baselines: readonly Float32Array[],
  {steps, tolerance, grow, ...options}: PassOptions & {steps?: number | undefined; tolerance: number; grow: Growing},
): Promise<IntegratedMaps> {
  const {signal} = options;
  const slicing = {signal};
  const end = await scorePass(scored, target, places, places.map(({values}) => values), 1, {signal});
  const start = await scorePass(scored, target, places, baselines, 1, {signal});
  const change = end[0]! - start[0]!;
  const size = new PassSize(scored);
  let before = 0;
  for (let n = steps ?? FIRST; ; n *= 2) {
    const values = await integral(n, before);
    let sum = 0;
    const add = (i: number, from: number, end: number): void => {
      for (let k = from; k < end; k++) sum += values[i]![k]!;
    };
    await runSliced(inPieces(values, add), slicing);
    const gap = sum - change;
    const near = Math.abs(gap) <= tolerance * Math.max(Math.abs(change), EPSILON);
    if (steps !== undefined || near || n * 2 > MOST || !Number.isFinite(gap)) return {score: end[0]!, baselineScore: start[0]!, gap, steps: n, values};
    before += n;
  }

  async function integral(n: number, already: number): Promise<Float32Array[]> {
    const {nodes, weights} = gaussLegendre(n);
    const order = spread(n);
    const sums = places.map(({values}) => new Float64Array(values.length));
    let covered = 0;
    for (let done = 0; done < n; ) {
      const rows = order.slice(done, done + size.next(n - done));
      const between = await runSliced(betweenSteps(places, baselines, rows.map((node) => nodes[node]!)), slicing);
      const {grads} = await gradientPass(scored, target, places, between, rows.length, {...options, size});
      await runSliced(addRows(sums, grads, rows.map((node) => weights[node]!)), slicing);
      for (const node of rows) covered += weights[node]!;
      done += rows.length;
      grow((already + done) / (already + n), await runSliced(scaledSteps(places, baselines, sums, 1 / covered), slicing), end[0]!);
    }
    return runSliced(scaledSteps(places, baselines, sums, 1), slicing);
  }
}

/** Values by place at shares of the way from their baselines, one after the other. */
function* betweenSteps(places: readonly Place[], baselines: readonly Float32Array[], shares: readonly number[]): Generator<number, Float32Array[]> {
  const out = places.map(({values}) => new Float32Array(shares.length * values.length));
  for (const [row, share] of shares.entries()) {
    yield* inPieces(baselines, (i, from, end) => {
      const [{values}, baseline, to, at] = [places[i]!, baselines[i]!, out[i]!, row * baselines[i]!.length];
      for (let k = from; k < end; k++) to[at + k] = baseline[k]! + share * (values[k]! - baseline[k]!);
    });
  }
  return out;
}

/** Mean gradients by place, times the way from the baselines. */
function* scaledSteps(places: readonly Place[], baselines: readonly Float32Array[], sums: readonly Float64Array[], by: number): Generator<number, Float32Array[]> {
  const out = sums.map((sum) => new Float32Array(sum.length));
  yield* inPieces(sums, (i, from, end) => {
    const [{values}, baseline, sum, to] = [places[i]!, baselines[i]!, sums[i]!, out[i]!];
    for (let k = from; k < end; k++) to[k] = sum[k]! * by * (values[k]! - baseline[k]!);
  });
  return out;
}

/** Indices such that any first part of them is spread over the whole: their bits in reverse. */
function spread(n: number): number[] {
  const bits = Math.ceil(Math.log2(n));
  const reversed = (i: number): number => Array.from({length: bits}, (_, b) => ((i >> b) & 1) << (bits - 1 - b)).reduce((a, b) => a + b, 0);
  return Array.from({length: 2 ** bits}, (_, i) => reversed(i)).filter((i) => i < n);
}
