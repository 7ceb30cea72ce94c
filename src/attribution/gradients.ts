import {mulberry32} from '../compute/bootstrap.js';
import {sizeOf} from '../tensor/read-tensor.js';
import {gradientPass, type PassOptions, PassSize, type Place} from './pass.js';
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
  for (let done = 0; done < samples; ) {
    const n = size.next(samples - done);
    const noisy = places.map(({shape}) => new Float32Array(n * sizeOf(shape)));
    // example by example, so that the numbers are the same in passes of whatever size
    for (let row = 0; row < n; row++) {
      for (const [i, {values}] of places.entries()) {
        for (let k = 0; k < values.length; k++) noisy[i]![row * values.length + k] = values[k]! + deviations[i]! * normal();
      }
    }
    const {grads} = await gradientPass(scored, target, places, noisy, n, {...options, size});
    for (const [i, sum] of sums.entries()) for (let k = 0; k < grads[i]!.length; k++) sum[k % sum.length]! += grads[i]![k]!;
    done += n;
    grow(done / samples, sums.map((sum) => sum.map((v) => v / done)));
  }
  return sums.map((sum) => Float32Array.from(sum, (v) => v / samples));
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
