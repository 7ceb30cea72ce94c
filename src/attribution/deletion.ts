import {argsortDescending} from '../compute/argsort.js';
import {feedsOf, type ModelValues} from '../tensor/feeds.js';
import {liveModel} from '../tensor/model-ports.js';
import {sizeOf} from '../tensor/read-tensor.js';
import {Problem} from '../words/learn.js';
import type {AttributeOptions} from './attribute.js';
import type {InputMap} from './attribution.js';
import {examine} from './examine.js';
import {inputPlaces} from './occlusion.js';
import {PassSize, scorePass} from './pass.js';
import {scoredModel} from './scored-model.js';
import {findTarget, type TargetInfo} from './target.js';
import {mathOf} from './tf-math.js';

export interface DeletionOptions extends Pick<AttributeOptions, 'tf' | 'target' | 'classes' | 'output' | 'example' | 'signal'> {
  /** `deletion` (default): the most important places go first; `insertion`: they come first, into the baseline. */
  readonly mode?: 'deletion' | 'insertion' | undefined;
  /** Points of the curve after the first; default 20, fewer where there are fewer places. */
  readonly points?: number | undefined;
  /** What stands where a place is missing: a number, or values of this input; default 0. */
  readonly baseline?: number | ArrayLike<number> | undefined;
  /** Told after each pass: the share done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** How the score goes as the most important places are removed or inserted. */
export interface DeletionCurve {
  readonly mode: 'deletion' | 'insertion';
  /** The share of places removed or inserted, from 0 to 1. */
  readonly shares: Float64Array;
  /** The model's output for the target: a probability where it ends in a softmax or a sigmoid. */
  readonly scores: Float64Array;
  /** Under the curve, by trapezoids: of a map that tells what matters, small for deletion and large for insertion. */
  readonly area: number;
  readonly target: TargetInfo;
}

/**
 * Deletion and insertion (Petsiuk et al. 2018): places of an input, all channels of each at once, are replaced by the
 * baseline or put back into it, the most important first: by the sum over channels of the map with its signs.
 * @param map as `attribute` gives it, of one of the model's inputs; one value for each of the input's values, or for each
 *   of its places
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function deletionCurve(model: unknown, input: ModelValues, map: Pick<InputMap, 'data' | 'shape' | 'inputName'>, options: DeletionOptions): Promise<DeletionCurve> {
  const {mode = 'deletion', points = 20, baseline = 0, target: wanted = 'predicted', example = 0, signal, onProgress} = options;
  const live = liveModel(model);
  const feeds = feedsOf(live, input);
  if (!(Number.isInteger(example) && example >= 0 && example < feeds.examples)) throw new Problem('attributionExample', {got: String(example), n: feeds.examples});
  if (!(Number.isInteger(points) && points >= 1)) throw new Problem('attributionOption', {name: 'points', expected: '1, 2, 3 …', got: String(points)});
  const {scored, values, shape} = await examine(scoredModel(mathOf(options.tf), live, feeds, example, options.output), signal);
  const target = {...findTarget(scored, wanted, values, shape, options.classes), logits: false};
  const inputs = inputPlaces(scored);
  const at = inputs.findIndex((place) => place.inputName === map.inputName);
  if (at < 0) throw new Problem('attributionInput', {name: map.inputName, names: inputs.map((place) => `“${place.inputName}”`).join(', ')});
  const {values: own, inputName} = inputs[at]!;
  const places = sizeOf(map.shape) === own.length && map.shape.length > 2 ? own.length / map.shape.at(-1)! : sizeOf(map.shape);
  if (map.data.length !== sizeOf(map.shape) || own.length % places) throw new Problem('attributionShape', {got: map.data.length, name: inputName, expected: own.length});
  const width = own.length / places;
  const base = typeof baseline === 'number' ? new Float32Array(own.length).fill(baseline) : Float32Array.from(baseline);
  if (base.length !== own.length) throw new Problem('attributionOption', {name: 'baseline', expected: String(own.length), got: String(base.length)});
  const order = ranked(map.data, places);
  const [from, to] = mode === 'deletion' ? [own, base] : [base, own];
  const count = Math.min(points, places);
  const ends = Array.from({length: count + 1}, (_, i) => Math.round((i * places) / count));
  const scores = new Float64Array(count + 1);
  const size = new PassSize(scored);
  for (let done = 0; done <= count; ) {
    const n = size.next(count + 1 - done);
    const rows = inputs.map((place, i) => {
      const all = new Float32Array(place.each ? n * place.values.length : place.values.length);
      for (let row = 0; row * place.values.length < all.length; row++) {
        all.set(i === at ? from : place.values, row * place.values.length);
        if (i === at) for (const p of order.subarray(0, ends[done + row])) all.set(to.subarray(p * width, (p + 1) * width), row * own.length + p * width);
      }
      return all;
    });
    scores.set(await scorePass(scored, target, inputs, rows, n, {signal, size}), done);
    done += n;
    onProgress?.(done / (count + 1));
  }
  const shares = Float64Array.from(ends, (end) => end / places);
  let area = 0;
  for (let i = 1; i <= count; i++) area += ((shares[i]! - shares[i - 1]!) * (scores[i]! + scores[i - 1]!)) / 2;
  return {mode, shares, scores, area, target: target.info};
}

/** Places from the most important to the least. */
function ranked(data: Float32Array, places: number): Uint32Array {
  const channels = data.length / places;
  const sums = new Float64Array(places);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / channels)]! += data[i]!;
  // what is not known matters least
  return argsortDescending(sums.map((v) => (Number.isNaN(v) ? -Infinity : v)));
}
