import {mulberry32} from '../compute/bootstrap.js';
import {argmaxRows} from '../compute/confusion.js';
import {r2Score} from '../compute/regression.js';
import {feedsOf, type ModelValues} from '../tensor/feeds.js';
import {lastActivation} from '../tensor/last-activation.js';
import {findOutput, liveModel} from '../tensor/model-ports.js';
import {predict, type Prediction} from '../tensor/predict.js';
import {sizeOf} from '../tensor/read-tensor.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/learn.js';
import {attribute, type AttributeOptions} from './attribute.js';
import type {AttributionMethod, InputMap} from './attribution.js';
import {mathOf} from './tf-math.js';

export interface MeanAttributionOptions extends Omit<AttributeOptions, 'onProgress' | 'example'> {
  /** Told after each example: the share done, and the mean so far. */
  readonly onProgress?: ((share: number, partial: InputMap) => void) | undefined;
}

/** What each value of an input has to do with a score, on average. */
export interface MeanAttribution extends InputMap {
  readonly method: AttributionMethod;
  readonly examples: number;
}

/**
 * The mean over a batch of the magnitudes of each value's attribution, each example with its own target where that is what
 * the model predicts.
 * @returns `data` of one example's shape; rejects with a Problem, or with the signal's reason
 */
export async function meanAttribution(model: unknown, input: ModelValues, {onProgress, ...options}: MeanAttributionOptions): Promise<MeanAttribution> {
  const {examples} = feedsOf(liveModel(model), input);
  let mean: Float64Array | undefined;
  let first: {map: InputMap; method: AttributionMethod} | undefined;
  for (let example = 0; example < examples; example++) {
    const found = await attribute(model, input, {...options, example, method: first?.method ?? options.method});
    first ??= {map: found, method: found.method};
    mean ??= new Float64Array(found.data.length);
    for (let i = 0; i < mean.length; i++) mean[i]! += (Math.abs(found.data[i]!) - mean[i]!) / (example + 1);
    onProgress?.((example + 1) / examples, shown(first.map, mean));
  }
  return {...shown(first!.map, mean!), method: first!.method, examples};
}

const shown = ({inputName, shape, atEmbedding}: InputMap, mean: Float64Array): InputMap => ({inputName, shape, data: Float32Array.from(mean), ...(atEmbedding && {atEmbedding})});

export interface PermutationOptions {
  /** TensorFlow.js: all of what it exports. */
  readonly tf: object;
  /** What is true of each example: a class's index, or, for regression, the output's values in a row. */
  readonly labels?: ArrayLike<number> | undefined;
  /**
   * How good a prediction is, more being better; by default, with labels, the accuracy where the output has classes, R²
   * where it is a value.
   */
  readonly metric?: ((prediction: Prediction) => number) | undefined;
  readonly output?: string | number | null | undefined;
  /** Whose features are shuffled; by default the first input's. */
  readonly inputName?: string | undefined;
  /** The axis of features in an example; default the last. */
  readonly axis?: number | undefined;
  /** How often each feature is shuffled; default 5. */
  readonly repeats?: number | undefined;
  /** Of the shuffling; default 1. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after each prediction: the share done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface PermutationImportance {
  readonly inputName: string;
  /** How good the prediction is as it stands. */
  readonly score: number;
  /** By feature: how far the score falls, on average over the repeats. */
  readonly mean: Float64Array;
  /** The standard deviation over the repeats (n). */
  readonly std: Float64Array;
}

/**
 * Permutation importance (Breiman 2001, as sklearn.inspection.permutation_importance): how far the score of a batch falls
 * where one feature's values are shuffled among the examples.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function permutationImportance(model: unknown, input: ModelValues, options: PermutationOptions): Promise<PermutationImportance> {
  const {output, axis = -1, repeats = 5, seed = 1, signal, onProgress} = options;
  const live = liveModel(model);
  const {feeds, examples} = feedsOf(live, input);
  const feed = options.inputName === undefined ? feeds[0]! : feeds.find(({port}) => port.name === options.inputName);
  if (!feed?.each) throw new Problem('attributionInput', {name: options.inputName ?? '', names: feeds.map(({port}) => `“${port.name}”`).join(', ')});
  const {shape, port} = feed;
  const along = axis < 0 ? shape.length + axis : axis;
  const features = shape[along];
  if (!features) throw new Problem('attributionFeatures', {got: axis, name: port.name, shape: `[${shape.join(', ')}]`});
  const inner = sizeOf(shape.slice(along + 1));
  const outer = sizeOf(shape.slice(0, along));
  const each = sizeOf(shape);
  const metric = options.metric ?? standardMetric(options.labels, examples, lastActivation(live, findOutput(live, output)) === 'softmax');
  const given = Object.fromEntries(feeds.map((one): [string, TensorValues] => [one.port.name, {data: one.data, shape: one.each ? [examples, ...one.shape] : one.shape, dtype: one.port.dtype as 'float32'}]));
  const scoreOf = async (data: typeof feed.data): Promise<number> => metric(await predict(live, {...given, [port.name]: {...given[port.name]!, data}}, {tf: mathOf(options.tf), output, signal}));
  const score = await scoreOf(feed.data);
  const random = mulberry32(seed);
  const mean = new Float64Array(features);
  const std = new Float64Array(features);
  for (let feature = 0; feature < features; feature++) {
    const falls = new Float64Array(repeats);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const order = Uint32Array.from({length: examples}, (_, i) => i);
      for (let i = examples - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      const data = feed.data.slice();
      for (let i = 0; i < examples; i++) {
        for (let o = 0; o < outer; o++) {
          const at = (o * features + feature) * inner;
          data.set(feed.data.subarray(order[i]! * each + at, order[i]! * each + at + inner), i * each + at);
        }
      }
      falls[repeat] = score - (await scoreOf(data));
      onProgress?.((feature * repeats + repeat + 1) / (features * repeats));
    }
    mean[feature] = falls.reduce((a, b) => a + b, 0) / repeats;
    std[feature] = Math.sqrt(falls.reduce((sum, v) => sum + (v - mean[feature]!) ** 2, 0) / repeats);
  }
  return {inputName: port.name, score, mean, std};
}

/** Accuracy of classes, R² of values. */
function standardMetric(labels: ArrayLike<number> | undefined, examples: number, softmax: boolean): (prediction: Prediction) => number {
  return ({data, shape}) => {
    const classes = data.length / examples;
    const scored = softmax || (shape.length === 2 && classes > 1 && labels?.length === examples);
    const expected = scored ? examples : data.length;
    if (labels?.length !== expected) throw new Problem('attributionLabels', {expected, got: labels?.length ?? 0});
    if (!scored) return r2Score(labels, data);
    const {predicted} = argmaxRows(data as Float32Array, examples, classes);
    let right = 0;
    for (let i = 0; i < examples; i++) if (predicted[i] === labels[i]) right++;
    return right / examples;
  };
}
