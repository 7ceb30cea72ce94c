import * as tf from '@tensorflow/tfjs';
import {fixture, json, random} from '../helpers.js';

/** Features by example, and a class (or, where `classes` is 0, a number) each. */
export interface Examples {
  readonly x: number[][];
  readonly y: number[];
  readonly classes: number;
}

export type Log = Record<string, number[]>;

/** Mean 0 and deviation 1 in each feature. */
function standardised(rows: number[][]): number[][] {
  return rows.map((row) =>
    row.map((v, j) => {
      const mean = rows.reduce((sum, r) => sum + r[j]!, 0) / rows.length;
      const variance = rows.reduce((sum, r) => sum + (r[j]! - mean) ** 2, 0) / rows.length;
      return (v - mean) / Math.sqrt(variance);
    }),
  );
}

export async function iris(): Promise<Examples> {
  const rows = (await (await fetch(fixture('data/iris.csv'))).text()).trim().split('\n').slice(1).map((line) => line.split(',').map(Number));
  return {x: standardised(rows.map((r) => r.slice(0, 4))), y: rows.map((r) => r[4]!), classes: 3};
}

/** Species from beak, flipper and body mass; and body mass from the first three. */
export async function penguins(): Promise<{species: Examples; mass: Examples}> {
  const rows = (await json<Record<string, number>[]>('data/penguins.json')).filter((r) => r['Body Mass (g)'] !== null && r['Beak Length (mm)'] !== null);
  const x = standardised(rows.map((r) => ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'].map((name) => r[name]!)));
  const names = ['Adelie', 'Chinstrap', 'Gentoo'];
  return {
    species: {x, y: rows.map((r) => names.indexOf(String(r.Species))), classes: 3},
    mass: {x: x.map((r) => r.slice(0, 3)), y: x.map((r) => r[3]!), classes: 0},
  };
}

/** The thousand pictures, 4 × 4 pixels pooled into one. */
export async function fashion(): Promise<Examples> {
  const bytes = async (part: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(fixture(`data/fashion_mnist_1000-${part}-ubyte`))).arrayBuffer());
  const pixels = (await bytes('images-idx3')).subarray(16);
  const x = Array.from({length: 1000}, (_, n) => {
    const out = Array.from({length: 49}, () => 0);
    for (let i = 0; i < 784; i++) out[7 * Math.floor(i / 112) + Math.floor((i % 28) / 4)]! += pixels[784 * n + i]! / (16 * 255);
    return out;
  });
  return {x, y: Array.from((await bytes('labels-idx1')).subarray(8)), classes: 10};
}

/** The four corners, a hundred times each. */
export const xor: Examples = {
  x: Array.from({length: 400}, (_, i) => [2 * (i & 1) - 1, (i & 2) - 1]),
  y: Array.from({length: 400}, (_, i) => (i & 1) ^ ((i >> 1) & 1)),
  classes: 2,
};

/** The share of the commonest class; of numbers with deviation 1, the mean squared error of their mean. */
export function baselineOf({y, classes}: Examples): number {
  return classes ? Math.max(...Array.from({length: classes}, (_, c) => y.filter((v) => v === c).length)) / y.length : 1;
}

export interface Plan {
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  readonly activation?: 'relu' | 'tanh';
  readonly dropout?: number;
  readonly optimizer: 'sgd' | 'momentum' | 'adam' | 'rmsprop';
  readonly rate: number;
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  /** Training examples; all that are not for validation by default. */
  readonly examples?: number;
}

/** Trains a small net and returns its history: 30 % of the examples, chosen by the seed, are for validation. */
export async function train({x, y, classes}: Examples, {hidden, activation = 'relu', dropout = 0, optimizer, rate, epochs, batch, seed, examples}: Plan): Promise<Log> {
  const next = random(seed);
  const order = x.map((_, i) => ({i, at: next()})).sort((a, b) => a.at - b.at).map(({i}) => i);
  const held = Math.floor(0.3 * x.length);
  const kernelInitializer = (k: number): ReturnType<typeof tf.initializers.glorotUniform> => tf.initializers.glorotUniform({seed: 100 * seed + k});
  const inputOf = (k: number): {inputShape?: number[]} => (k ? {} : {inputShape: [x[0]!.length]});
  const model = tf.sequential();
  for (const [k, units] of hidden.entries()) {
    model.add(tf.layers.dense({units, activation, ...inputOf(k), kernelInitializer: kernelInitializer(k)}));
    if (dropout) model.add(tf.layers.dropout({rate: dropout, seed: seed + k}));
  }
  model.add(tf.layers.dense({units: classes || 1, ...(classes ? {activation: 'softmax'} : {}), ...inputOf(hidden.length), kernelInitializer: kernelInitializer(hidden.length)}));
  const by = optimizer === 'momentum' ? tf.train.momentum(rate, 0.9) : tf.train[optimizer](rate);
  model.compile({optimizer: by, loss: classes ? 'categoricalCrossentropy' : 'meanSquaredError', metrics: [classes ? 'accuracy' : 'mae']});
  const tensors = [order.slice(held, examples ? held + examples : undefined), order.slice(0, held)].flatMap((rows) => [
    tf.tensor2d(rows.map((i) => x[i]!)),
    tf.tensor2d(rows.map((i) => (classes ? Array.from({length: classes}, (_, c) => Number(c === y[i])) : [y[i]!]))),
  ]);
  const {history} = await model.fit(tensors[0]!, tensors[1]!, {epochs, batchSize: batch, validationData: [tensors[2]!, tensors[3]!], shuffle: false, yieldEvery: 'never', verbose: 0});
  tf.dispose(tensors);
  model.dispose();
  by.dispose();
  return history as Log;
}
