import {activationName} from '../tensor/layers-topology.js';
import {withoutMasks} from '../tensor/masks.js';
import type {LiveLayer, LiveLayersModel} from '../tensor/model-ports.js';
import {describe, isTensorLike, unwrap} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';
import type {WatchTf} from './measurement.js';
import type {ProbedLayer} from './record.js';

/** A `tf.LayersModel`, as far as looking into it needs. */
export interface ExecutableModel extends LiveLayersModel {
  execute?(inputs: readonly TfTensor[], outputs: readonly string[]): readonly TfTensor[];
}

/** A batch to look into layers with: one tensor with its axis of examples, or one for each input, in order or by name. */
export type ProbeInput = object | readonly object[];

/** A unit is dead that is active on less than this share of the batch: SageMaker's DeadRelu. */
const ACTIVE = 0.01;
/** A tanh is at a flat end beyond this, a sigmoid as far from its middle: Karpathy's makemore, part 3. */
const FLAT = 0.97;
/** Layers that do something else in training. */
const TRAINING = /Dropout|BatchNormalization|GaussianNoise/;

const outputName = (layer: LiveLayer): string | undefined => layer.inboundNodes?.[0]?.outputTensors?.[0]?.name;

/** The layers of a model whose outputs can be asked for, in order; those within nested models can't. */
const visible = (model: ExecutableModel): readonly LiveLayer[] => model.layers.filter((layer) => outputName(layer) && layer.getClassName?.() !== 'InputLayer');

function activationOf(layer: LiveLayer): string | undefined {
  const type = layer.getClassName?.();
  if (type === 'ReLU') return 'relu';
  try {
    // a recurrent layer's activation is another inside it
    return /^(Dense|Activation|(Depthwise|Separable)?Conv\dD(Transpose)?)$/.test(type ?? '') ? activationName(layer.getConfig?.().activation) : undefined;
  } catch {
    return undefined; // a custom layer's getConfig may throw
  }
}

/** Layers that can die or saturate, without those that the model ends in: a sure answer is no fault. */
export function probedLayers(model: ExecutableModel): ProbedLayer[] {
  const ends = new Set(model.outputs.map(({name}) => name));
  return visible(model).flatMap((layer) => {
    const activation = activationOf(layer)?.toLowerCase();
    const kind = activation && /^relu6?$/.test(activation) ? 'dead' : activation && /^(sigmoid|tanh)$/.test(activation) ? 'saturated' : null;
    return kind && !ends.has(outputName(layer)!) ? [{layer: layer.name, kind, activation: activation!}] : [];
  });
}

/**
 * The tensors of a probe batch, cloned and kept.
 * @throws Problem for anything else
 */
export function keepProbe(tf: WatchTf, model: ExecutableModel, given: ProbeInput): TfTensor[] {
  const probe: unknown = unwrap(given);
  const named = probe as Readonly<Record<string, unknown>>;
  const list: readonly unknown[] = isTensorLike(probe) ? [probe] : Array.isArray(probe) ? probe : model.inputs.map(({name, sourceLayer}) => named[name] ?? named[sourceLayer?.name ?? '']);
  const odd = list.find((tensor) => !isTensorLike(unwrap(tensor)) || (unwrap(tensor) as TfTensor).isDisposed);
  if (list.length !== model.inputs.length || list.some((tensor) => tensor === odd && (odd !== undefined || !tensor))) {
    throw new Problem('watchProbe', {n: model.inputs.length, got: list.length === model.inputs.length ? describe(odd) : describe(probe)});
  }
  if (model.stateful === true) throw new Problem('watchProbeStateful');
  if (typeof model.execute !== 'function') throw new Problem('watchProbe', {n: model.inputs.length, got: describe(probe)});
  return list.map((tensor) => tf.keep(tf.clone(unwrap(tensor) as TfTensor)));
}

/**
 * Runs the probe batch through the model as it is, never in training mode, and begins to read a share for each layer.
 * @throws what TensorFlow.js throws where the batch doesn't fit
 */
export function readUnits(tf: WatchTf, model: ExecutableModel, layers: readonly ProbedLayer[], inputs: readonly TfTensor[]): Promise<Float32Array> {
  if (!layers.length) return Promise.resolve(new Float32Array(0));
  const names = new Map(model.layers.map((layer) => [layer.name, outputName(layer)!]));
  const out = tf.tidy(() => {
    const outputs = withoutMasks(model, () => model.execute!(inputs, layers.map(({layer}) => names.get(layer)!)));
    const shares = layers.map(({kind, activation}, i) => {
      const share = kind === 'dead' ? deadShare(tf, outputs[i]!) : saturatedShare(tf, outputs[i]!, activation);
      // NaN is neither dead nor alive: it makes the share NaN
      const sum = tf.sum(outputs[i]!);
      return tf.reshape(tf.sub(share, tf.sub(sum, sum)), [1]);
    });
    return tf.concat(shares);
  });
  const data = out.data() as Promise<Float32Array>;
  out.dispose();
  return data;
}

function deadShare(tf: WatchTf, output: TfTensor): TfTensor {
  const axes = output.shape.slice(0, -1).map((_, axis) => axis);
  const active = tf.mean(tf.cast(tf.greater(output, 0), 'float32'), axes);
  return tf.mean(tf.cast(tf.less(active, ACTIVE), 'float32'));
}

function saturatedShare(tf: WatchTf, output: TfTensor, activation: string): TfTensor {
  const [middle, half] = activation === 'sigmoid' ? [0.5, 0.5] : [0, 1];
  const distance = tf.abs(middle ? tf.sub(output, middle) : output);
  return tf.mean(tf.cast(tf.greater(distance, FLAT * half), 'float32'));
}

/** What a forward pass had first that was not finite. `null`: nothing; `undefined`: not known. */
export type FirstOdd = string | null | undefined;

/**
 * Runs a batch through the model once more with the weights of then, and finds the first layer with an output that is
 * not finite. The weights of now are back before this returns, bit by bit; nothing runs in training mode, so where a
 * layer does something else in training, a pass without NaN says nothing.
 */
export async function findOdd(tf: WatchTf, model: ExecutableModel, inputs: readonly TfTensor[], variables: readonly Assignable[], then: readonly TfTensor[]): Promise<FirstOdd> {
  if (model.stateful === true || typeof model.execute !== 'function') return undefined;
  const layers = visible(model);
  const now = variables.map((variable) => tf.clone(variable));
  let out: TfTensor | null = null;
  try {
    for (const [i, variable] of variables.entries()) variable.assign(then[i]!);
    const outputs = (): readonly TfTensor[] => withoutMasks(model, () => model.execute!(inputs, layers.map((layer) => outputName(layer)!)));
    out = tf.tidy(() => tf.concat(outputs().map((output) => tf.reshape(tf.sum(output), [1]))));
  } catch {
    return undefined; // shared layers, outputs that are no numbers: they can't be asked for
  } finally {
    for (const [i, variable] of variables.entries()) variable.assign(now[i]!);
    for (const tensor of now) tensor.dispose();
  }
  const data = out.data() as Promise<Float32Array>;
  out.dispose();
  const at = (await data).findIndex((v) => !Number.isFinite(v));
  if (at >= 0) return layers[at]!.name;
  return layers.some((layer) => TRAINING.test(layer.getClassName?.() ?? '') || layer.layers) ? undefined : null;
}

/** A `tf.Variable`. */
export interface Assignable extends TfTensor {
  assign(value: TfTensor): void;
}
