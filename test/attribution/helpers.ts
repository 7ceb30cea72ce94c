import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {attribute, type AttributeOptions} from '../../src/attribution/attribute.js';
import type {Attribution} from '../../src/attribution/attribution.js';
import type {ModelValues} from '../../src/tensor/feeds.js';
import type {Tf} from '../../src/tensor/tf.js';
import type {TensorValues} from '../../src/tensor/types.js';
import {noise} from '../helpers.js';

export const lib = tf as unknown as Tf;

export const values = (shape: readonly number[], data: TensorValues['data'] | readonly number[] = noise(shape.reduce((a, b) => a * b, 1))): TensorValues =>
  data instanceof Int32Array ? {shape, data, dtype: 'int32'} : {shape, data: Float32Array.from(data), dtype: 'float32'};

export const attributed = (model: unknown, input: ModelValues, options: Partial<AttributeOptions> = {}): Promise<Attribution> => attribute(model, input, {tf: lib, ...options});

/** Runs something and checks that no tensor is left. */
export async function tidily<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  try {
    return await work();
  } finally {
    expect(tf.memory().numTensors, 'tensors').to.equal(before);
  }
}

export function close(got: ArrayLike<number>, wanted: ArrayLike<number>, delta: number, what = ''): void {
  expect(got.length, what).to.equal(wanted.length);
  for (let i = 0; i < got.length; i++) expect(got[i], `${what} [${i}]`).to.be.closeTo(wanted[i]!, delta);
}

/** A model with weights that are noise, the same each time. */
export function randomized<T extends tf.LayersModel>(model: T, scale = 1, seed = 7): T {
  const weights = model.getWeights().map((w, i) => tf.tensor(noise(w.size, seed + i).map((v) => v * scale), w.shape));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** What a model's logits are, by tfjs itself. */
export async function read(tensor: tf.Tensor | tf.Tensor[]): Promise<Float32Array> {
  return Float32Array.from(await (tensor as tf.Tensor).data());
}

/** A graph of two or three ops over x. Its few weights are read at once, as the loader wants bytes, and the cpu backend has them. */
export function graph(node: object[], weights: Record<string, tf.Tensor> = {}): tf.GraphModel {
  const specs = Object.entries(weights).map(([name, w]) => ({name, shape: w.shape, dtype: w.dtype as 'float32'}));
  const bytes = Object.values(weights).flatMap((w) => Array.from(new Uint8Array(w.dataSync().slice().buffer)));
  tf.dispose(weights);
  return tf.loadGraphModelSync({modelTopology: {node, versions: {producer: 1, minConsumer: 1}}, weightSpecs: specs, weightData: Uint8Array.from(bytes).buffer} as tf.io.ModelArtifacts) as tf.GraphModel;
}
