import {mulberry32} from '../compute/bootstrap.js';
import {runSliced} from '../tensor/slices.js';
import {gradientPass, type PassOptions, PassSize, type Place} from './pass.js';
import {inPieces} from './pieces.js';
import type {ScoredModel} from './scored-model.js';
import type {Target} from './target.js';

/** Called as a map grows: the share done, 0 to 1, the map by place as it is so far, and the score where the caller does not know it. */
export type Growing = (share: number, values: readonly ArrayLike<number>[], score?: number) => void;

/** Maps by place, and the score. */
export interface Maps {
  readonly score: number;
  readonly values: readonly Float32Array[];
}

/**
 * The gradient of the score with respect to each value; times the value where `times` is set, whose sum is the score in a
 * network of ReLUs without biases. With `guide`, by Guided Backprop's rule.
 */
export async function gradientMaps(scored: ScoredModel, target: Target, places: readonly Place[], options: PassOptions & {times?: boolean}): Promise<Maps> {
  const {scores, grads} = await gradientPass(scored, target, places, places.map(({values}) => values), 1, options);
  return {score: scores[0]!, values: options.times ? grads.map((grad, i) => grad.map((g, k) => g * places[i]!.values[k]!)) : grads};
}

/**
 * SmoothGrad (Smilkov et al. 2017): the plain mean of the gradients of noisy copies. As in PAIR's saliency library, the
 * noise is normal, its deviation a share of the distance from the input's least value to its greatest.
 * @returns the score is that of the input without noise, which the caller knows
 */
export async function smoothMaps(
  scored: ScoredModel,
  target: Target,
  places: readonly Place[],
  {samples, noise, seed, grow, ...options}: PassOptions & {samples: number; noise: number; seed: number; grow: Growing},
): Promise<Float32Array[]> {
  const normal = normals(seed);
  const deviations = places.map(({values}) => noise * spanOf(values));
  const sums = places.map(({values}) => new Float64Array(values.length));
  const size = new PassSize(scored);
  const slicing = {signal: options.signal};
  for (let done = 0; done < samples; ) {
    const n = size.next(samples - done);
    const noisy = await runSliced(noisyCopies(places, deviations, n, normal), slicing);
    const {grads} = await gradientPass(scored, target, places, noisy, n, {...options, size});
    await runSliced(addRows(sums, grads, Array.from({length: n}, () => 1)), slicing);
    done += n;
    grow(done / samples, await runSliced(divided(sums, done), slicing));
  }
  return runSliced(divided(sums, samples), slicing);
}

/** Copies of the values at each place, one after the other, with noise. */
function* noisyCopies(places: readonly Place[], deviations: readonly number[], n: number, normal: () => number): Generator<number, Float32Array[]> {
  const noisy = places.map(({values}) => new Float32Array(n * values.length));
  const all = places.map(({values}) => values);
  // example by example, so that the numbers are the same in passes of whatever size
  for (let row = 0; row < n; row++) {
    yield* inPieces(all, (i, from, end) => {
      const [values, to, at] = [all[i]!, noisy[i]!, row * all[i]!.length];
      for (let k = from; k < end; k++) to[at + k] = values[k]! + deviations[i]! * normal();
    });
  }
  return noisy;
}

/** Adds rows of values by place, each times its factor, to their sums. */
export function* addRows(sums: readonly Float64Array[], rows: readonly Float32Array[], factors: readonly number[]): Generator<number, void> {
  for (const [row, factor] of factors.entries()) {
    yield* inPieces(sums, (i, from, end) => {
      const [sum, values, at] = [sums[i]!, rows[i]!, row * sums[i]!.length];
      for (let k = from; k < end; k++) sum[k]! += factor * values[at + k]!;
    });
  }
}

function* divided(sums: readonly Float64Array[], by: number): Generator<number, Float32Array[]> {
  const out = sums.map((sum) => new Float32Array(sum.length));
  yield* inPieces(sums, (i, from, end) => {
    for (let k = from; k < end; k++) out[i]![k] = sums[i]![k]! / by;
  });
  return out;
}

/** Normal numbers, as Box and Muller make them. */
function normals(seed: number): () => number {
  const random = mulberry32(seed);
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

function spanOf(values: Float32Array): number {
  let min = Infinity;
  let max = -Infinity;
  for (const v of values) {
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return max > min ? max - min : 0;
}
