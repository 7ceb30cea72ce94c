import {runSliced, yieldToPage} from '../tensor/slices.js';
import {type Feeds, feedsOf, feedTensors, type ModelValues} from '../tensor/feeds.js';
import {readModel} from '../tensor/live-model.js';
import {innerLayers, withoutMasks} from '../tensor/masks.js';
import {isGraphModel, type LiveGraphModel, type LiveLayer, type LiveLayersModel, type LiveModel, liveModel} from '../tensor/model-ports.js';
import {unwrap} from '../tensor/read-tensor.js';
import {holdStates} from '../tensor/run-pass.js';
import {findTf, type TfTensor} from '../tensor/tf.js';
import type {WeightInfo} from '../tensor/types.js';
import {Problem, type WordKey} from '../words/learn.js';
import {type Compared, comparedOutputs, type LabelValues, lossOf, type LossInput} from './compared-outputs.js';
import {type LiveVariable, trainedOf} from './compiled-model.js';
import {differentiate} from './pass.js';
import {forwardAsync, type ScoredModel, scoredModel} from './scored-model.js';
import {classOf, layersOf} from './spots.js';
import {mathOf, type TfMath} from './tf-math.js';

export type {LabelValues, LossFunction, LossInput} from './compared-outputs.js';

export interface WeightGradientOptions {
  /** TensorFlow.js; else what `useTf` was given, else `globalThis.tf`. */
  readonly tf?: object | undefined;
  /** In place of the compiled one; a graph model has none of its own. A name as Keras has it, or a function. */
  readonly loss?: LossInput | undefined;
  /** Heeded before and after the pass, and while values are read. */
  readonly signal?: AbortSignal | undefined;
  /** Told the share done: half after the pass, the rest as values are read. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** The gradient of a loss with respect to a weight. */
export interface WeightGradient {
  /** As everywhere: the layer's names joined by `/`, and the weight's own name; a graph's name in its manifest. */
  readonly address: string;
  readonly layer: string;
  readonly weight: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
  /** Row-major, in the weight's shape; all 0 where the loss does not depend on the weight. */
  readonly data: Float32Array;
  /** Whether anything leads from the weight to the loss. */
  readonly reached: boolean;
  /** L2 norm of the gradient. */
  readonly norm: number;
  /** L2 norm of the weight. */
  readonly weightNorm: number;
  /** `norm / weightNorm`; NaN where the weight is 0. */
  readonly ratio: number;
  /** The class of the layer, or the op that uses the weight. */
  readonly layerType: string | null;
  readonly activation: string | null;
}

export interface WeightGradients {
  /** The loss of the batch, with what regularisers add. */
  readonly loss: number;
  readonly examples: number;
  /** In the model's order. */
  readonly gradients: readonly WeightGradient[];
  /** Addresses of layers that act otherwise while a model trains: a step of training has another gradient. */
  readonly differsInTraining: readonly string[];
  /** Addresses of layers with weights none of which is trained: their weights are left out. */
  readonly frozen: readonly string[];
}

/**
 * The gradient of the loss of one batch with respect to every weight that is trained. Of a layers model the loss is that of
 * `model.fit`: the mean over the batch of the losses of all outputs, and what regularisers add. In one synchronous pass
 * forward and back; the model is left as it was, bit by bit, as is `tf.memory().numTensors`, also where it fails or is
 * aborted.
 *
 * The model runs as it does in use, never in training mode: dropout is off, and batch normalisation goes by its moving
 * statistics, which stay as they are. Where a model has such layers, its gradient in a step of training is another;
 * `differsInTraining` names them. Of a graph, which doesn't tell what was trained, the gradient is that of all its
 * weights of real numbers, moving statistics too.
 *
 * Gradients of kernels that a backend lacks or has wrong are computed otherwise (WebAssembly: of filters, look-ups in
 * embeddings, max-pooling; everywhere: of averages over the edge, mirrored padding, resizing).
 * @param model a `tf.LayersModel` or `tf.GraphModel`
 * @param inputs for each input, with the axis of examples or, for one example, without
 * @returns rejects with a Problem, which names what tfjs cannot differentiate, or with the signal's reason
 */
export async function weightGradients(model: unknown, inputs: ModelValues, labels: LabelValues, options: WeightGradientOptions = {}): Promise<WeightGradients> {
  const {signal, onProgress} = options;
  const live = liveModel(model);
  const feeds = feedsOf(live, inputs);
  const {examples, fixed} = feeds;
  if (fixed !== null && fixed !== examples) throw new Problem('weightsBatch', {expected: fixed, got: examples});
  const given = unwrap(options.tf ?? null);
  const tf = mathOf(given ?? (await findTf()));
  const compared = comparedOutputs(tf, live, labels, options.loss);
  const weights = isGraphModel(live) ? graphWeights(live) : layerWeights(live);
  if (!weights.length) throw new Problem('weightsNone');
  await yieldToPage();
  signal?.throwIfAborted();
  const scored = scoredModel(tf, live, feeds, 0);
  if (isGraphModel(live) && live.initializer && !live.resourceIdToCapturedInput) {
    // what an initializer makes belongs to the model, and a tidy would free it
    (await forwardAsync(scored, feeds.feeds, examples, false)).dispose();
    signal?.throwIfAborted();
  }
  const {loss, grads} = backward(scored, feeds, compared, weights);
  try {
    onProgress?.(0.5);
    let read = 0;
    const values = weights.map(async ({info}, i) => {
      // begun at once: training may go on meanwhile
      const [weight, grad] = await Promise.all([info.read(), grads[i]?.data()]);
      onProgress?.(0.5 + (0.5 * ++read) / weights.length);
      return {weight: weight.data as Float32Array, grad: grad as Float32Array | undefined};
    });
    const [value, all] = await Promise.all([loss.data() as Promise<Float32Array>, Promise.all(values)]);
    signal?.throwIfAborted();
    const gradients: WeightGradient[] = [];
    for (const [i, {weight, grad}] of all.entries()) {
      const {info} = weights[i]!;
      const data = grad ? new Float32Array(grad) : new Float32Array(info.size);
      const norm = await runSliced(normSteps(data), {signal});
      const weightNorm = await runSliced(normSteps(weight), {signal});
      const {address, layer, weight: name, shape} = info;
      gradients.push({
        address, layer, weight: name, shape, dtype: 'float32', data, reached: grad !== undefined,
        norm, weightNorm, ratio: weightNorm ? norm / weightNorm : NaN,
        layerType: info.layerType ?? null, activation: info.activation ?? null,
      });
    }
    return {loss: value[0]!, examples, gradients, ...(isGraphModel(live) ? {differsInTraining: [], frozen: []} : layerRemarks(live))};
  } finally {
    for (const tensor of [loss, ...grads]) tensor?.dispose();
  }
}

/** A weight, and the tensor that the model computes with. */
interface LiveWeight {
  readonly info: WeightInfo;
  readonly tensor: TfTensor;
}

/** The variables of a layer. */
const variablesOf = (layer: LiveLayer): readonly LiveVariable[] => (layer as {weights?: readonly LiveVariable[]}).weights ?? [];

function layerWeights(model: LiveLayersModel): LiveWeight[] {
  const trained = new Set(trainedOf(model).trainableWeights);
  // each where it first stands, as in readModel
  const variables = [...new Set([...layersOf(model)].flatMap(({layer}) => variablesOf(layer)))];
  return readModel(model).weights.flatMap((info, i) => {
    const variable = variables[i]!;
    if (!trained.has(variable)) return [];
    try {
      return [{info, tensor: variable.read()}];
    } catch (error) {
      throw new Problem('weightsDisposed', {name: info.address}, {cause: error});
    }
  });
}

function graphWeights(model: LiveGraphModel): LiveWeight[] {
  return readModel(model).weights.flatMap((info) => {
    const tensor = model.weights[info.address]?.[0];
    if (tensor?.isDisposed) throw new Problem('weightsDisposed', {name: info.address});
    return tensor?.dtype === 'float32' && tensor.shape.length ? [{info, tensor}] : [];
  });
}

/** Which layers do something else while a model trains, and which are not trained. */
function layerRemarks(model: LiveLayersModel): Pick<WeightGradients, 'differsInTraining' | 'frozen'> {
  const trained = new Set(trainedOf(model).trainableWeights);
  const all = [...layersOf(model)];
  return {
    differsInTraining: all.filter(({layer}) => differs(layer)).map(({address}) => address),
    frozen: all.filter(({layer}) => variablesOf(layer).length && !variablesOf(layer).some((variable) => trained.has(variable))).map(({address}) => address),
  };
}

function differs(layer: LiveLayer): boolean {
  const type = classOf(layer);
  if (type === 'BatchNormalization' || type === 'GaussianNoise' || type.startsWith('Random')) return true;
  const {rate, dropout, recurrentDropout} = layer as {readonly rate?: number; readonly dropout?: number; readonly recurrentDropout?: number};
  if (/Dropout/.test(type)) return rate !== 0;
  return (dropout ?? 0) > 0 || (recurrentDropout ?? 0) > 0 || innerLayers(layer).some(differs);
}

/** One pass forward and back. @throws Problem */
function backward(scored: ScoredModel, feeds: Feeds, compared: readonly Compared[], weights: readonly LiveWeight[]): {loss: TfTensor; grads: readonly (TfTensor | undefined)[]} {
  const {tf, model} = scored;
  const reached: boolean[] = [];
  try {
    const [loss, ...grads] = differentiate(scored, false, () => {
      const inputs = feedTensors(tf, feeds, 0, feeds.examples);
      const total = (): TfTensor => totalLoss(tf, model, feeds, inputs, compared);
      const {value, grads: found} = tf.engine().gradients(total, weights.map(({tensor}) => tensor), null, true);
      weights.forEach((_, i) => reached.push(Boolean(found[i])));
      return [value, ...found.filter((grad) => grad !== null && grad !== undefined)];
    });
    let at = 0;
    return {loss: loss!, grads: reached.map((yes) => (yes ? grads[at++] : undefined))};
  } catch (error) {
    const key = error instanceof Problem ? SAID[error.key] : undefined;
    throw key ? new Problem(key, (error as Problem).params, {cause: (error as Problem).cause}) : error;
  }
}

/** What there is another way out of, where a map over the input is wanted. */
const SAID: Partial<Record<WordKey, WordKey>> = {
  attributionNoGradient: 'weightsNoGradient',
  attributionNoGradientAt: 'weightsNoGradientAt',
  attributionNoKernel: 'weightsNoKernel',
  attributionAsync: 'weightsAsync',
};

/** As `model.fit` adds it up. */
function totalLoss(tf: TfMath, model: LiveModel, feeds: Feeds, inputs: readonly TfTensor[], compared: readonly Compared[]): TfTensor {
  const outputs = isGraphModel(model) ? graphOutputs(model, feeds, inputs, compared) : layerOutputs(tf, model, inputs);
  const losses = compared.map((one, i) => lossOf(tf, one, outputs[isGraphModel(model) ? i : one.output]!));
  const mean = tf.mean(losses.reduce((sum, loss) => tf.add(sum, loss)));
  return isGraphModel(model) ? mean : trainedOf(model).calculateLosses().reduce((sum, loss) => tf.add(sum, loss), mean);
}

function layerOutputs(tf: TfMath, model: LiveLayersModel, inputs: readonly TfTensor[]): readonly TfTensor[] {
  const restore = holdStates(tf, model);
  try {
    const {call} = model as unknown as {call(inputs: readonly TfTensor[], kwargs: object): TfTensor | readonly TfTensor[]};
    const out = withoutMasks(model, () => call.call(model, inputs, {}));
    return 'dtype' in out ? [out] : out;
  } finally {
    restore();
  }
}

function graphOutputs(model: LiveGraphModel, feeds: Feeds, inputs: readonly TfTensor[], compared: readonly Compared[]): readonly TfTensor[] {
  const out = model.execute(Object.fromEntries(feeds.feeds.map(({port}, i) => [port.key, inputs[i]!])), compared.map(({port}) => port.key));
  const all = out && 'dtype' in out ? [out] : out;
  const missing = compared.find((_, i) => !all?.[i]);
  if (missing) throw new Problem('runNothing', {name: missing.port.name});
  return all;
}

/** Values between two looks at the clock. */
const STEP = 2 ** 16;

/** The L2 norm, in doubles. */
function* normSteps(data: ArrayLike<number>): Generator<number, number> {
  let sum = 0;
  for (let from = 0; from < data.length; from += STEP) {
    const to = Math.min(data.length, from + STEP);
    for (let i = from; i < to; i++) sum += data[i]! * data[i]!;
    yield to / data.length;
  }
  return Math.sqrt(sum);
}
