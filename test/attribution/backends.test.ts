import * as tf from '@tensorflow/tfjs';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import {expect} from 'chai';
import {type Attribution, METHODS} from '../../src/attribution/attribution.js';
import {weightGradients} from '../../src/attribution/weight-gradients.js';
import {useTf} from '../../src/tensor/tf.js';
import type {TensorValues} from '../../src/tensor/types.js';
import {watch} from '../../src/training/watch.js';
import {modelUrl, noise} from '../helpers.js';
import {blobs, denseNet} from '../training/nets.js';
import {attributed, close, randomized, tidily, values} from './helpers.js';

type Conv = Record<string, unknown>;

const dense = (units: number, more: object = {}): tf.layers.Layer => tf.layers.dense({units, ...more});
const conv = (filters: number, config: Conv): tf.layers.Layer => tf.layers.conv2d({filters, kernelSize: 3, ...config} as never);
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Goes on to a backend. @returns whether it can start here */
async function started(backend: string): Promise<boolean> {
  const yes = await tf.setBackend(backend).catch(() => false);
  if (!yes) console.log(`${backend} cannot start here: its tests are skipped.`);
  return yes;
}

/** By as much as the share of its largest value that `delta` is. */
function alike(got: ArrayLike<number>, wanted: ArrayLike<number>, delta: number, what: string): void {
  close(got, wanted, delta * Math.max(1e-3, ...Array.from(wanted, Math.abs)), what);
}

/** A convolution of each kind that is fused or pooled, of pictures of 9 × 9. */
function smallNet(): tf.LayersModel {
  const model = randomized(
    tf.sequential({
      layers: [
        conv(4, {inputShape: [9, 9, 2], activation: 'relu', padding: 'same'}),
        tf.layers.batchNormalization({name: 'bn'}),
        // of windows of which most hold nothing above 0
        tf.layers.maxPooling2d({poolSize: 2, strides: 1}),
        conv(3, {strides: 2}),
        tf.layers.reLU(),
        tf.layers.depthwiseConv2d({kernelSize: 2, depthMultiplier: 2}),
        tf.layers.averagePooling2d({poolSize: 2, strides: 1, padding: 'same'}),
        tf.layers.flatten(),
        dense(5, {activation: 'relu'}),
        dense(3, {activation: 'softmax'}),
      ],
    }),
    0.6,
  );
  const statistics = [[1, 2, 0.5, 1], [-2, -3, -2, -4], [0.3, 0.1, 0.2, 0.5], [0.5, 1, 2, 1]].map((list) => tf.tensor1d(list));
  model.getLayer('bn').setWeights(statistics);
  tf.dispose(statistics);
  return model;
}

/** A model whose first two layers are a reshaping and one under test, the third a product with noise. */
function netOf(shape: readonly number[], layer: tf.layers.Layer): tf.LayersModel {
  return randomized(tf.sequential({layers: [tf.layers.reshape({targetShape: [...shape], inputShape: [...shape]}), layer, tf.layers.flatten(), dense(1)]}), 0.5);
}

const picture = [7, 8, 2];
const solid = [4, 5, 3, 2];
/** Something that tfjs has as a function, and in graphs, but not as a layer. */
class Through extends tf.layers.Layer {
  static className = 'TestThrough';
  constructor(
    private readonly f: (x: tf.Tensor4D) => tf.Tensor,
    private readonly shape: readonly number[],
  ) {
    super({});
  }
  override computeOutputShape(): tf.Shape {
    return [null, ...this.shape];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.f((Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D);
  }
}

/** A convolution that mixes channels alone, and a layer after it. */
const mixedBefore = (shape: readonly number[], layer: tf.layers.Layer): tf.layers.Layer => tf.sequential({layers: [tf.layers[shape.length === 4 ? 'conv3d' : 'conv2d']({filters: 2, kernelSize: 1, inputShape: [...shape]} as never), layer]});

/** Linear layers after a convolution, whose gradients tfjs has wrong on some backend, or on all. */
const AFTER: readonly [string, readonly number[], () => tf.layers.Layer][] = [
  ['resized to nearest neighbours', picture, () => tf.layers.upSampling2d({size: [2, 3], interpolation: 'nearest'})],
  ['resized', picture, () => tf.layers.upSampling2d({size: [3, 2], interpolation: 'bilinear'})],
  ['resized by pixels’ centres', picture, () => new Through((x) => tf.image.resizeBilinear(x, [10, 5], false, true), [10, 5, 2])],
  ['mean of windows over the edge', picture, () => tf.layers.averagePooling2d({poolSize: 3, strides: 1, padding: 'same'})],
  ['mean of windows, strided', picture, () => tf.layers.averagePooling2d({poolSize: [3, 2], strides: [2, 3], padding: 'same'})],
  ['mean of windows within', picture, () => tf.layers.averagePooling2d({poolSize: 2})],
  ['mean of solid windows', solid, () => tf.layers.averagePooling3d({poolSize: 2, strides: 2, padding: 'same'} as never)],
  ['mirrored', picture, () => new Through((x) => tf.mirrorPad(x, [[0, 0], [2, 1], [0, 3], [0, 0]], 'reflect'), [10, 11, 2])],
  ['mirrored with its edge', picture, () => new Through((x) => tf.mirrorPad(x, [[0, 0], [2, 1], [0, 3], [0, 0]], 'symmetric'), [10, 11, 2])],
];

/** Linear layers with kernels, each in the ways in which backends differ. */
const CONVOLUTIONS: readonly [string, readonly number[], () => tf.layers.Layer][] = [
  ['plain', picture, () => conv(3, {kernelSize: [3, 2]})],
  ['padded', picture, () => conv(3, {padding: 'same'})],
  ['strided', picture, () => conv(2, {kernelSize: 2, strides: [2, 3]})],
  ['strided and padded', picture, () => conv(2, {kernelSize: [3, 4], strides: [3, 2], padding: 'same'})],
  ['wider strides than kernel', picture, () => conv(2, {kernelSize: 1, strides: 3})],
  ['dilated', picture, () => conv(2, {dilationRate: [2, 3]})],
  ['dilated and padded', picture, () => conv(2, {dilationRate: 2, padding: 'same'})],
  ['of signals', [9, 2], () => tf.layers.conv1d({filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same'})],
  ['depthwise', picture, () => tf.layers.depthwiseConv2d({kernelSize: [2, 3], depthMultiplier: 3})],
  ['depthwise, strided and padded', picture, () => tf.layers.depthwiseConv2d({kernelSize: 3, strides: 2, padding: 'same'} as never)],
  ['depthwise, dilated', picture, () => tf.layers.depthwiseConv2d({kernelSize: 2, dilationRate: 2} as never)],
  ['separable', picture, () => tf.layers.separableConv2d({filters: 2, kernelSize: 3, strides: 2, depthMultiplier: 2, padding: 'same'})],
  ['transposed', picture, () => tf.layers.conv2dTranspose({filters: 2, kernelSize: 3, strides: 2})],
  ['transposed and padded', picture, () => tf.layers.conv2dTranspose({filters: 2, kernelSize: [2, 3], strides: [2, 1], padding: 'same'})],
  ['of three dimensions', solid, () => tf.layers.conv3d({filters: 2, kernelSize: 2, strides: 2, padding: 'same'})],
  ['of three dimensions, plain', solid, () => tf.layers.conv3d({filters: 2, kernelSize: [2, 3, 2]})],
];

/** Of a function that is linear in the weights of one layer, what it makes of each unit vector. */
async function byUnits(model: tf.LayersModel, layer: tf.layers.Layer, x: TensorValues, of: (out: tf.Tensor) => tf.Tensor): Promise<Float32Array[]> {
  const own = layer.getWeights().map((w) => w.clone());
  const input = tf.tensor(x.data, [...x.shape]);
  const out: Float32Array[] = [];
  for (const [i, weight] of own.entries()) {
    const results = Array.from({length: weight.size + 1}, (_, k) =>
      tf.tidy(() => {
        const unit = Float32Array.from({length: weight.size}, (_v, j) => (j === k ? 1 : 0));
        layer.setWeights(own.map((w, other) => (other === i ? tf.tensor(unit, w.shape) : w)));
        return of(model.predict(input) as tf.Tensor);
      }),
    );
    const all = tf.tidy(() => tf.stack(results));
    const values = await all.data<'float32'>();
    out.push(values.slice(0, -1).map((v) => v - values.at(-1)!));
    tf.dispose([all, results]);
  }
  layer.setWeights(own);
  tf.dispose([own, input]);
  return out;
}

describe('backends', () => {
  before(() => {
    setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
    useTf(tf);
  });
  after(async () => {
    useTf(null);
    await tf.setBackend('cpu');
  });

  describe('gradients of what is linear, worked out from unit vectors', () => {
    for (const backend of ['cpu', 'wasm', 'webgl']) {
      it(`are right on ${backend}`, async function () {
        if (!(await started(backend))) this.skip();
        const after = AFTER.map(([name, shape, make]) => [name, shape, () => mixedBefore(shape, make())] as const);
        // shaders take a while to compile, and tfjs's own kernels are held against the CPU's below
        for (const [name, shape, make] of backend === 'webgl' ? after.filter((_, i) => i % 2 === 0) : [...CONVOLUTIONS, ...after]) {
          await tf.setBackend('cpu');
          const layer = make();
          const model = netOf(shape, layer);
          const x = values([2, ...shape]);
          const toward = tf.tensor2d([0.7, -1.3], [2, 1]);
          const wanted = await byUnits(model, layer, x, (out) => tf.mean(tf.mul(out, toward)));
          // some kernels have no part in it
          expect(wanted[0]!.some((v) => v !== 0), name).to.equal(true);
          await tf.setBackend(backend);
          // both at once would be no linear function
          const only = layer.getWeights().length;
          const {gradients} = await tidily(() => weightGradients(model, x, values([2, 1], [0.7, -1.3]), {loss: (y: tf.Tensor, p: tf.Tensor) => tf.mean(tf.mul(y, p))}));
          wanted.forEach((list, i) => i < only && alike(gradients[i]!.data, list, 1e-5, `${name}: ${gradients[i]!.address}`));
          toward.dispose();
          model.dispose();
        }
      });
    }
  });

  /** What the CPU gives, worked out once. */
  const known = new Map<string, Attribution>();

  for (const backend of ['wasm', 'webgl']) {
    describe(`on ${backend}`, () => {
      before(async function () {
        if (!(await started(backend))) this.skip();
      });

      /** A map as this backend and as the CPU gives it. */
      const both = async (name: string, model: tf.LayersModel, x: TensorValues, options: Parameters<typeof attributed>[2]): Promise<readonly [Attribution, Attribution]> => {
        await tf.setBackend('cpu');
        const wanted = known.get(name) ?? (await attributed(model, x, options));
        known.set(name, wanted);
        await tf.setBackend(backend);
        return [await tidily(() => attributed(model, x, options)), wanted];
      };

      it('every method gives what the CPU gives', async () => {
        const model = smallNet();
        const x = values([9, 9, 2]);
        for (const method of METHODS) {
          const [got, wanted] = await both(`small ${method}`, model, x, {method, target: 1, samples: 3, steps: 4});
          alike(got.data, wanted.data, 1e-4, method);
          expect(got.score, method).to.be.closeTo(wanted.score, 1e-4);
          expect(wanted.data.some((v) => v !== 0) || method.startsWith('grad-cam'), method).to.equal(true);
        }
        model.dispose();
      });

      it('every method gives what the CPU gives, of a trained net', async () => {
        const model = await tf.loadLayersModel(modelUrl('cnn-explainer-tinyvgg'));
        const x = values([64, 64, 3], noise(64 * 64 * 3).map((v) => v / 8 + 0.5));
        for (const method of METHODS) {
          const [got, wanted] = await both(`trained ${method}`, model, x, {method, target: 3, samples: 2, steps: 2, window: 32, stride: 32});
          alike(got.data, wanted.data, 1e-3, method);
        }
        model.dispose();
      });

      it('max-pooling and convolutions of three dimensions have the gradient that they have on the CPU', async () => {
        type Case = readonly [name: string, shape: readonly number[], make: () => tf.layers.Layer, sign: 1 | -1];
        const layers: readonly Case[] = [
          ['max-pooling', [6, 7, 2], () => tf.layers.maxPooling2d({poolSize: 2}), -1],
          ['overlapping and padded', [6, 7, 2], () => tf.layers.maxPooling2d({poolSize: 3, strides: 2, padding: 'same'}), -1],
          ['of signals', [9, 2], () => tf.layers.maxPooling1d({poolSize: 2}), -1],
          // forward, wasm itself makes 0 of windows with nothing above it
          ['of three dimensions', [4, 5, 4, 2], () => tf.layers.maxPooling3d({poolSize: 2, strides: 2} as never), 1],
          ['convolution', solid, () => tf.layers.conv3d({filters: 2, kernelSize: 2, strides: 2, padding: 'same'}), -1],
        ];
        for (const [name, shape, make, sign] of layers) {
          const model = netOf(shape, make());
          // far from 0, on one side of it
          const x = values(shape, noise(sizeOf(shape)).map((v) => sign * (1 + Math.abs(v))));
          const [got, wanted] = await both(name, model, x, {method: 'gradient'});
          alike(got.data, wanted.data, 1e-5, name);
          expect(wanted.data.some((v) => v !== 0), name).to.equal(true);
          model.dispose();
        }
      });

      it('weights have the gradients that tf.variableGrads finds on the CPU', async () => {
        const spread = (): tf.LayersModel => {
          const tokens = tf.input({shape: [4], dtype: 'int32', name: 'tokens'});
          const image = tf.input({shape: [8, 8, 2], name: 'image'});
          let a = tf.layers.embedding({name: 'embed', inputDim: 6, outputDim: 3}).apply(tokens) as tf.SymbolicTensor;
          for (const layer of [tf.layers.gru({name: 'gru', units: 3, returnSequences: true}), tf.layers.layerNormalization({name: 'norm'}), tf.layers.lstm({name: 'lstm', units: 2})]) a = layer.apply(a) as tf.SymbolicTensor;
          let b = image;
          for (const layer of [conv(3, {name: 'c', activation: 'relu'}), tf.layers.batchNormalization({name: 'bn'}), tf.layers.prelu({name: 'prelu'}), tf.layers.maxPooling2d({poolSize: 2}), tf.layers.separableConv2d({name: 'sep', filters: 2, kernelSize: 2}), tf.layers.averagePooling2d({poolSize: 2}), tf.layers.flatten()]) b = layer.apply(b) as tf.SymbolicTensor;
          const joined = tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
          const model = randomized(tf.model({inputs: [tokens, image], outputs: dense(3, {name: 'y', activation: 'softmax'}).apply(joined) as tf.SymbolicTensor}), 0.7);
          const statistics = [[1, 2, 0.5], [-2, 0.5, -1], [0.3, 0.1, 0.2], [0.5, 1, 2]].map((list) => tf.tensor1d(list));
          model.getLayer('bn').setWeights(statistics);
          tf.dispose(statistics);
          return model;
        };
        const ids = Int32Array.of(0, 1, 1, 5, 2, 2, 2, 3);
        const data = noise(2 * 8 * 8 * 2);
        const hot = [0, 1, 0, 0, 0, 1];
        await tf.setBackend('cpu');
        const model = spread();
        model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
        const truth = tf.tidy(() => {
          const [x, y] = [[tf.tensor2d(ids, [2, 4], 'int32'), tf.tensor4d(data, [2, 8, 8, 2])], tf.tensor2d(hot, [2, 3])];
          const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
          const {grads} = tf.variableGrads(() => tf.mean(tf.metrics.categoricalCrossentropy(y, model.apply(x) as tf.Tensor)), variables);
          return variables.map(({name}) => grads[name]!);
        });
        const wanted = await Promise.all(truth.map((grad) => grad.data()));
        tf.dispose(truth);
        await tf.setBackend(backend);
        const {gradients} = await tidily(() => weightGradients(model, {tokens: values([2, 4], ids), image: values([2, 8, 8, 2], data)}, [1, 2]));
        expect(gradients).to.have.length(wanted.length);
        gradients.forEach(({data: got, address, norm}, i) => {
          alike(got, wanted[i]!, 1e-4, address);
          expect(norm, address).to.be.above(0);
        });
        model.dispose();
      });
    });
  }

  it('watch() sees on wasm what tf.variableGrads finds', async function () {
    if (!(await started('wasm'))) this.skip();
    const model = denseNet(6, [{units: 7, activation: 'tanh'}, {units: 5, activation: 'relu'}, {units: 3, activation: 'softmax'}]);
    model.compile({optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(24, 6, 3);
    const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
    const run = watch(model, {every: 1, tf});
    const wanted: number[] = [];
    for (let step = 0; step < 3; step++) {
      const {value, grads} = tf.variableGrads(() => tf.mean(tf.metrics.categoricalCrossentropy(ys, model.apply(xs) as tf.Tensor)) as tf.Scalar, variables);
      for (const {name} of variables) wanted.push(Math.hypot(...(await grads[name]!.data<'float32'>())));
      tf.dispose([value, grads]);
      await model.trainOnBatch(xs, ys);
    }
    await run.settled();
    alike(run.values('gradient-norm'), wanted, 1e-5, 'norm');
    expect(run.nonFinite).to.have.length(0);
    expect(run.findings).to.deep.equal([]);
    run.stop();
    tf.dispose([xs, ys]);
    model.dispose();
  });
});
