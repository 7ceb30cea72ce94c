import * as tf from '@tensorflow/tfjs';
import {noise, random} from '../helpers.js';

export interface DenseSpec {
  units: number;
  activation?: 'relu' | 'sigmoid' | 'tanh' | 'linear' | 'softmax';
}

/** A small dense net whose weights are the same each time. */
export function denseNet(inputs: number, layers: readonly DenseSpec[], seed = 1, scale = 1): tf.Sequential {
  const model = tf.sequential();
  layers.forEach(({units, activation = 'linear'}, i) => {
    const kernelInitializer = scale === 1 ? tf.initializers.glorotUniform({seed: seed + i}) : tf.initializers.randomNormal({stddev: scale, seed: seed + i});
    model.add(tf.layers.dense({units, activation, name: `d${i}`, kernelInitializer, ...(i ? {} : {inputShape: [inputs]})}));
  });
  return model;
}

/** Points about one centre for each class, one-hot. */
export function blobs(n: number, features: number, classes: number, seed = 1): {xs: tf.Tensor2D; ys: tf.Tensor2D} {
  const next = random(seed);
  const centres = noise(classes * features, seed + 1).map((v) => 2 * v);
  const spread = noise(n * features, seed + 2);
  const labels = Array.from({length: n}, () => Math.floor(next() * classes));
  const xs = Float32Array.from({length: n * features}, (_, i) => centres[labels[Math.floor(i / features)]! * features + (i % features)]! + 0.7 * spread[i]!);
  const ys = new Float32Array(n * classes);
  labels.forEach((label, i) => (ys[i * classes + label] = 1));
  return {xs: tf.tensor2d(xs, [n, features]), ys: tf.tensor2d(ys, [n, classes])};
}

export const rms = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0) / values.length);

/** All weights of a model, bit by bit. */
export const bits = (model: tf.LayersModel): number[][] => model.getWeights().map((w) => Array.from(w.dataSync()));
