import {scoredModel} from '../attribution/scored-model.js';
import {mathOf} from '../attribution/tf-math.js';
import {feedsOf, type ModelValues, sliceFeeds} from '../tensor/feeds.js';
import {liveModel} from '../tensor/model-ports.js';
import type {Tf} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';
import {type ActivationData, type ActivationOptions, readActivations} from './read.js';
import {type LayerVectors, readVectors, type VectorOptions} from './vectors.js';

/** How to look into a model. */
export interface LayerActivationOptions extends Omit<ActivationOptions, 'example' | 'examples' | 'batch'> {
  readonly tf: Tf;
  /** Which of the examples, from 0. */
  readonly example?: number | undefined;
  /** How many of the examples are looked through for dead units, at most; 128 by default, 0: none. */
  readonly judged?: number | undefined;
}

/**
 * What each layer of a live model puts out for one example, and what enters its activation function: ranges, shares at
 * flat ends, channels that are 0 everywhere, the first value that is not finite, and maps small enough to draw. One pass
 * forward, never in training mode, and where there are several examples further ones over the first `judged` of them, for
 * units that are dead on all. The model is left as it was.
 * @param model a `tf.LayersModel` or `tf.GraphModel`
 * @param values for its inputs, with the axis of examples or, for one example, without
 * @returns rejects with a Problem where something does not fit or run, or with the signal's reason
 */
export async function layerActivations(model: unknown, values: ModelValues, {tf, example = 0, judged = 128, ...options}: LayerActivationOptions): Promise<ActivationData> {
  const [math, live] = [mathOf(tf), liveModel(model)];
  const whole = feedsOf(live, values);
  const {examples} = whole;
  // of one alone, any number shows it
  const at = examples > 1 ? example : 0;
  if (!(Number.isInteger(at) && at >= 0 && at < examples)) throw new Problem('attributionExample', {got: example, n: examples});
  const scored = scoredModel(math, live, whole, at);
  const batch = examples > 1 && judged > 0 ? {...scored, feeds: sliceFeeds(whole, 0, Math.min(judged, examples))} : null;
  return readActivations(scored, {...options, example: at, examples, batch});
}

/**
 * What one layer of a live model makes of each of many examples, a vector each. Of outputs of more than 4,096 values
 * channels are averaged over all places.
 * @param values for its inputs, with the axis of examples
 * @returns float32 [examples, values]; rejects with a Problem, or with the signal's reason
 */
export async function layerVectors(model: unknown, values: ModelValues, {tf, ...options}: VectorOptions & {readonly tf: Tf}): Promise<LayerVectors> {
  const live = liveModel(model);
  const whole = feedsOf(live, values);
  return readVectors({...scoredModel(mathOf(tf), live, whole, 0), feeds: whole}, options);
}
