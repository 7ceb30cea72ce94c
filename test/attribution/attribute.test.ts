import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {json, noise} from '../helpers.js';
import {attributed, close, randomized, tidily, values} from './helpers.js';

/** Row by column. */
type Matrix = readonly (readonly number[])[];

const dense = (units: number, more: object = {}): tf.layers.Layer => tf.layers.dense({units, ...more});

describe('attribute', () => {
  before(() => tf.setBackend('cpu'));

  it('gives the gradient of a small net, by finite differences in float64', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.dense({units: 5, inputShape: [4], activation: 'tanh'}), dense(3, {activation: 'softmax'})]}));
    const [k1, b1, k2, b2] = model.getWeights().map((w) => w.arraySync()) as [Matrix, number[], Matrix, number[]];
    const logit = (x: readonly number[], c: number): number => {
      const hidden = b1.map((b, j) => Math.tanh(x.reduce((sum, v, i) => sum + v * k1[i]![j]!, b)));
      return hidden.reduce((sum, h, j) => sum + h * k2[j]![c]!, b2[c]!);
    };
    const x = Array.from(noise(4, 3));
    for (const target of [0, 2]) {
      const {data, score, shape, target: info} = await tidily(() => attributed(model, values([4], x), {method: 'gradient', target}));
      const h = 1e-5;
      const wanted = x.map((_, i) => (logit(x.map((v, k) => (k === i ? v + h : v)), target) - logit(x.map((v, k) => (k === i ? v - h : v)), target)) / (2 * h));
      close(data, wanted, 1e-5);
      expect(shape).to.deep.equal([4]);
      expect(score).to.be.closeTo(logit(x, target), 1e-5);
      const all = [0, 1, 2].map((c) => Math.exp(logit(x, c)));
      expect(info.index).to.equal(target);
      expect(info.probability).to.be.closeTo(all[target]! / (all[0]! + all[1]! + all[2]!), 1e-6);
    }
    model.dispose();
  });

  it('is complete: integrated gradients of a linear model are w ⊙ (x − x′), at any number of steps', async () => {
    const model = randomized(tf.sequential({layers: [dense(2, {inputShape: [6]})]}));
    const w = model.getWeights()[0]!.arraySync() as number[][];
    const x = noise(6, 4);
    for (const baseline of [undefined, 0.5, values([6], noise(6, 9))]) {
      for (const steps of [1, 3, undefined]) {
        const result = await tidily(() => attributed(model, values([6], x), {method: 'integrated-gradients', target: 1, baseline, steps}));
        const base = typeof baseline === 'object' ? baseline.data : new Float32Array(6).fill(baseline ?? 0);
        close(result.data, Array.from(x, (v, i) => w[i]![1]! * (v - base[i]!)), 1e-6);
        expect(result.completenessGap).to.be.closeTo(0, 1e-5);
        expect(result.steps).to.equal(steps ?? 16);
        const sum = result.data.reduce((a, b) => a + b, 0);
        expect(result.score - result.baselineScore!).to.be.closeTo(sum, 1e-5);
      }
    }
    model.dispose();
  });

  it('doubles the steps until the gap is small, and says what is left of it', async () => {
    const model = randomized(tf.sequential({layers: [dense(30, {inputShape: [8], activation: 'relu'}), dense(30, {activation: 'relu'}), dense(1)]}), 1);
    const x = values([8], noise(8, 5));
    const rough = await attributed(model, x, {method: 'integrated-gradients', steps: 1, baseline: -1});
    const fine = await attributed(model, x, {method: 'integrated-gradients', tolerance: 1e-3, baseline: -1});
    expect(fine.steps).to.be.above(16);
    const change = fine.score - fine.baselineScore!;
    expect(Math.abs(fine.completenessGap!)).to.be.below(Math.abs(rough.completenessGap!));
    expect(fine.data.reduce((a, b) => a + b, 0) - change).to.be.closeTo(fine.completenessGap!, 1e-4);
    if (fine.steps! < 256) expect(Math.abs(fine.completenessGap!)).to.be.at.most(1e-3 * Math.abs(change));
    // smooth nets need few: 16 nodes are exact to rounding
    const smooth = randomized(tf.sequential({layers: [dense(20, {inputShape: [8], activation: 'tanh'}), dense(1)]}), 0.3);
    expect((await attributed(smooth, x, {method: 'integrated-gradients'})).completenessGap).to.be.closeTo(0, 1e-5);
    model.dispose();
    smooth.dispose();
  });

  it('sums gradient × input of a bias-free ReLU net to its score, through convolutions, pools and fused layers', async () => {
    const model = randomized(
      tf.sequential({
        layers: [
          tf.layers.conv2d({filters: 4, kernelSize: 3, inputShape: [8, 8, 2], activation: 'relu', useBias: false}),
          tf.layers.conv2d({filters: 3, kernelSize: 3, useBias: false, padding: 'same'}),
          tf.layers.depthwiseConv2d({kernelSize: 3, useBias: false, activation: 'relu'}),
          tf.layers.maxPooling2d({poolSize: 2}),
          tf.layers.flatten(),
          dense(7, {useBias: false, activation: 'relu'}),
          dense(4, {useBias: false, activation: 'softmax'}),
        ],
      }),
    );
    for (const target of [0, 3]) {
      const {data, score, shape} = await tidily(() => attributed(model, values([8, 8, 2]), {method: 'gradient-x-input', target}));
      expect(shape).to.deep.equal([8, 8, 2]);
      expect(Math.abs(score)).to.be.above(0.01);
      expect(data.reduce((a, b) => a + b, 0)).to.be.closeTo(score, 1e-4 * Math.max(1, Math.abs(score)));
    }
    model.dispose();
  });

  it('agrees with captum on Grad-CAM and Guided Backprop', async () => {
    const {input, expected} = await json<{input: number[]; expected: Record<string, Matrix>}>('refs/captum_one_conv/expected.json');
    const model = await tf.loadLayersModel(new URL('/test/fixtures/refs/captum_one_conv/model.json', location.href).href);
    const names = model.layers.map((l) => l.name);
    const conv = names.find((name) => /conv/.test(name))!;
    const relu = names.find((name) => /relu/i.test(name))!;
    const x = values([4, 4, 1], input);
    const guided = await tidily(() => attributed(model, x, {method: 'guided-backprop', target: 0}));
    close(guided.data, expected.guided_backprop!.flat(), 0.01, 'guided');
    for (const [layer, wanted] of [[conv, expected.gradcam_conv1!], [relu, expected.gradcam_relu1!]] as const) {
      const {raw, camLayer, shape, data} = await tidily(() => attributed(model, x, {method: 'grad-cam', target: 0, camLayer: layer}));
      close(raw!.data, wanted.flat(), 0.01, layer);
      expect(camLayer).to.equal(layer);
      expect(raw!.shape).to.deep.equal([2, 2]);
      expect(shape).to.deep.equal([4, 4]);
      // the corner's value reaches to its centre, and the middle is between the four
      expect(data[0]).to.be.closeTo(wanted[0]![0]!, 0.01);
      expect(data[15]).to.be.closeTo(wanted[1]![1]!, 0.01);
    }
    model.dispose();
  });

  it('makes Guided Backprop the gradient where there is no ReLU, and leaves the gradient of ReLU as it was', async () => {
    const registered = ['Relu', 'Relu6'].map((name) => tf.getGradient(name)!.gradFunc);
    const linear = randomized(tf.sequential({layers: [tf.layers.conv1d({filters: 3, kernelSize: 3, inputShape: [9, 2]}), tf.layers.flatten(), dense(2, {activation: 'tanh'}), dense(2)]}));
    const x = values([9, 2]);
    const guided = await attributed(linear, x, {method: 'guided-backprop', target: 1});
    close(guided.data, (await attributed(linear, x, {method: 'gradient', target: 1})).data, 0);
    // one unit, worked by hand: relu(2x) · −3 has the gradient −6; the rule stops what is negative
    for (const activation of ['relu', 'relu6'] as const) {
      const unit = tf.sequential({layers: [dense(1, {inputShape: [1], useBias: false, activation}), dense(1, {useBias: false})]});
      unit.setWeights([tf.tensor2d([[2]]), tf.tensor2d([[-3]])]);
      expect((await attributed(unit, values([1], [1]), {method: 'gradient'})).data[0]).to.equal(-6);
      expect((await attributed(unit, values([1], [1]), {method: 'guided-backprop'})).data[0], activation).to.equal(0);
      unit.setWeights([tf.tensor2d([[2]]), tf.tensor2d([[3]])]);
      expect((await attributed(unit, values([1], [1]), {method: 'guided-backprop'})).data[0], activation).to.equal(6);
    }
    expect(['Relu', 'Relu6'].map((name) => tf.getGradient(name)!.gradFunc)).to.deep.equal(registered);
    linear.dispose();
  });

  it('makes Grad-CAM the class activation map where a mean over places leads to the classes', async () => {
    const model = randomized(
      tf.sequential({layers: [tf.layers.conv2d({filters: 3, kernelSize: 3, inputShape: [8, 6, 1], activation: 'relu'}), tf.layers.globalAveragePooling2d({}), dense(2, {activation: 'softmax'})]}),
    );
    const x = values([8, 6, 1]);
    const maps = tf.tidy(() => model.layers[0]!.apply(tf.tensor4d(x.data as Float32Array, [1, 8, 6, 1])) as tf.Tensor);
    const features = await maps.data();
    maps.dispose();
    const w = model.layers[2]!.getWeights()[0]!.arraySync() as number[][];
    // Zhou et al. 2016: the features weighted by the row of the class; Grad-CAM has it divided by the number of places
    const cam = Array.from({length: 24}, (_, p) => Math.max(0, [0, 1, 2].reduce((sum, k) => sum + w[k]![1]! * features[p * 3 + k]!, 0) / 24));
    const {raw, data, shape} = await tidily(() => attributed(model, x, {method: 'grad-cam', target: 1}));
    expect(raw!.shape).to.deep.equal([6, 4]);
    close(raw!.data, cam, 1e-6);
    expect(shape).to.deep.equal([8, 6]);
    expect(data.length).to.equal(48);
    model.dispose();
  });

  it('weighs Grad-CAM++ as pytorch-grad-cam does', async () => {
    // one channel of two places: A = (1, 2), g = (3, −1): α = 9 / (18 + 3 · 27) and 1 / (2 − 3); only the first g counts
    const model = tf.sequential({layers: [tf.layers.conv1d({filters: 1, kernelSize: 1, useBias: false, inputShape: [2, 1]}), tf.layers.flatten(), dense(1, {useBias: false})]});
    model.setWeights([tf.tensor3d([[[1]]]), tf.tensor2d([[3], [-1]])]);
    const {raw, data} = await attributed(model, values([2, 1], [1, 2]), {method: 'grad-cam++'});
    const w = (9 / (18 + 3 * 27)) * 3;
    close(raw!.data, [w, 2 * w], 1e-6);
    close(data, [w, 2 * w], 1e-6);
    // Grad-CAM: the mean of g is 1
    close((await attributed(model, values([2, 1], [1, 2]), {method: 'grad-cam'})).data, [1, 2], 1e-6);
    model.dispose();
  });

  it('occludes: of a model that reads one pixel, only the windows over it matter', async () => {
    const model = tf.sequential({layers: [tf.layers.flatten({inputShape: [6, 6, 1]}), dense(1, {useBias: false})]});
    const kernel = new Float32Array(36);
    kernel[2 * 6 + 3] = 5; // row 2, column 3
    model.setWeights([tf.tensor2d(kernel, [36, 1])]);
    const x = values([6, 6, 1], new Float32Array(36).fill(2));
    const told: number[] = [];
    const {data, score} = await tidily(() => attributed(model, x, {method: 'occlusion', window: 2, stride: 1, onProgress: (share) => told.push(share)}));
    expect(score).to.equal(10);
    // of the windows of 2 × 2 over a value, the share that covers the pixel, times the fall of 10
    const along = (i: number, at: number): readonly [number, number] => {
      const starts = [i - 1, i].filter((s) => s >= 0 && s + 2 <= 6);
      return [starts.filter((s) => s === at - 1 || s === at).length, starts.length];
    };
    const wanted = Array.from({length: 36}, (_, p) => {
      const [a, n] = along(Math.floor(p / 6), 2);
      const [b, m] = along(p % 6, 3);
      return (10 * a * b) / (n * m);
    });
    close(data, wanted, 1e-5);
    expect(told.at(-1)).to.equal(1);
    // filled with what stands there, nothing changes
    close((await attributed(model, x, {method: 'occlusion', baseline: 2})).data, new Float32Array(36), 0);
    model.dispose();
  });

  it('smooths with noise of a share of the range, the same for the same seed', async () => {
    // of F = x², the gradient is 2x: the mean over noisy copies is 2x + twice the mean of the noise
    class Square extends tf.layers.Layer {
      static className = 'TestSquare';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.square(Array.isArray(inputs) ? inputs[0]! : inputs);
      }
    }
    const model = tf.sequential({layers: [new Square({inputShape: [2000]} as object), dense(1, {useBias: false})]});
    model.setWeights([tf.ones([2000, 1])]);
    const x = values([2000], Float32Array.from({length: 2000}, (_, i) => i / 1999));
    const partial: number[] = [];
    const told: unknown[] = [];
    const one = await tidily(() =>
      attributed(model, x, {
        method: 'smoothgrad',
        samples: 10,
        onProgress: (_, map, of) => {
          partial.push(map.data.length);
          told.push(of);
        },
      }),
    );
    for (const of of told) expect(of).to.deep.equal({method: 'smoothgrad', target: one.target, score: one.score});
    const spread = one.data.map((v, i) => v / 2 - x.data[i]!);
    const deviation = Math.sqrt(spread.reduce((sum, v) => sum + v * v, 0) / 2000);
    // 0.15 of the range of 1, over √10
    expect(deviation).to.be.closeTo(0.15 / Math.sqrt(10), 0.003);
    expect(Math.abs(spread.reduce((a, b) => a + b, 0) / 2000)).to.be.below(0.004);
    expect(partial.every((n) => n === 2000)).to.equal(true);
    expect((await attributed(model, x, {method: 'smoothgrad', samples: 10})).data).to.deep.equal(one.data);
    expect((await attributed(model, x, {method: 'smoothgrad', samples: 10, seed: 2})).data).not.to.deep.equal(one.data);
    close((await attributed(model, x, {method: 'smoothgrad', samples: 3, noise: 0})).data, x.data.map((v) => 2 * v), 1e-6);
    model.dispose();
  });

  it('tells what it is a map of while it grows, also where the method is automatic', async () => {
    const model = randomized(tf.sequential({layers: [dense(3, {inputShape: [4], activation: 'softmax'})]}));
    for (const method of ['auto', 'occlusion'] as const) {
      const told: unknown[] = [];
      const done = await tidily(() => attributed(model, values([4]), {method, target: 'b', classes: ['a', 'b', 'c'], onProgress: (_share, _map, of) => told.push(of)}));
      expect(told).to.have.length.above(0);
      expect(done.target).to.include({index: 1, name: 'b'});
      for (const of of told) expect(of).to.deep.equal({method: done.method, target: done.target, score: done.score});
    }
    model.dispose();
  });

  it('says of one sigmoid which class it stands for, and whether that is the predicted one', async () => {
    const model = tf.sequential({layers: [dense(1, {inputShape: [2], activation: 'sigmoid'})]});
    model.setWeights([tf.tensor2d([[1], [2]]), tf.tensor1d([0])]);
    const target = async (x: number, classes?: string[], wanted: string | number = 'predicted'): Promise<object> =>
      (await tidily(() => attributed(model, values([2], [x, x]), {method: 'gradient', target: wanted, ...(classes && {classes})}))).target;
    const p = (x: number): number => 1 / (1 + Math.exp(-3 * x));
    const close1 = ({probability, ...rest}: {probability?: number}, wanted: number): object => {
      expect(probability).to.be.closeTo(wanted, 1e-6);
      return rest;
    };
    expect(close1(await target(-1.5, ['ham', 'spam']), p(-1.5))).to.deep.equal({index: 0, name: 'spam', predicted: false});
    expect(close1(await target(1.5, ['ham', 'spam'], 'spam'), p(1.5))).to.deep.equal({index: 0, name: 'spam', predicted: true});
    expect(close1(await target(-1), p(-1))).to.deep.equal({index: 0, name: '1', predicted: false});
    // what is differentiated is the logit, whatever is predicted
    close((await attributed(model, values([2], [-1, -1]), {method: 'gradient'})).data, [1, 2], 1e-6);
    model.dispose();
  });
});
