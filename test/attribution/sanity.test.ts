import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {deletionCurve} from '../../src/attribution/deletion.js';
import {sanity} from '../../src/attribution/sanity.js';
import {failure, fixture, modelUrl, noise} from '../helpers.js';
import {attributed, close, lib, randomized, tidily, values} from './helpers.js';

const dense = (units: number, more: object = {}): tf.layers.Layer => tf.layers.dense({units, ...more});

describe('sanity', () => {
  before(() => tf.setBackend('cpu'));

  it('randomises copies from the output down: of a linear model the map is the shuffled weights', async () => {
    const model = randomized(tf.sequential({layers: [dense(1, {inputShape: [400]})]}));
    const w = model.getWeights()[0]!.dataSync().slice();
    const told: number[] = [];
    const result = await tidily(() => sanity(model, values([400]), {tf: lib, method: 'gradient', onProgress: (share) => told.push(share)}));
    expect(result.steps.map((s) => s.layer)).to.deep.equal([model.layers[0]!.name]);
    close(result.original.data, w, 1e-6);
    // 400 values at random: |ρ| is below 0.2 but for once in 10,000 times
    expect(Math.abs(result.steps[0]!.spearman)).to.be.below(0.2);
    expect(result.steps[0]!.ssim).to.equal(null);
    expect(result.verdict).to.equal('depends');
    expect(told).to.deep.equal([1]);
    expect(model.getWeights()[0]!.dataSync()).to.deep.equal(w);
    model.dispose();
  });

  it('goes through nested models, keeps what normalises, and is the same for the same seed', async () => {
    const inner = tf.sequential({name: 'inner', layers: [tf.layers.conv2d({name: 'c', filters: 3, kernelSize: 3, inputShape: [10, 10, 1]}), tf.layers.batchNormalization({name: 'bn'})]});
    const model = randomized(tf.sequential({layers: [inner, tf.layers.flatten({name: 'f'}), dense(2, {name: 'd', activation: 'softmax'})]}), 0.3);
    inner.layers[1]!.setWeights([tf.ones([3]), tf.zeros([3]), tf.zeros([3]), tf.ones([3])]);
    const before = model.getWeights().map((w) => Array.from(w.dataSync()));
    const run = (seed: number): ReturnType<typeof sanity> => tidily(() => sanity(model, values([10, 10, 1]), {tf: lib, method: 'gradient-x-input', seed}));
    const one = await run(3);
    expect(one.steps.map((s) => s.layer)).to.deep.equal(['d', 'inner/c']);
    for (const step of one.steps) {
      expect(step.spearman).to.be.within(-1, 1);
      expect(step.ssim).to.be.within(-1, 1);
    }
    expect((await run(3)).steps).to.deep.equal(one.steps);
    expect((await run(4)).steps).not.to.deep.equal(one.steps);
    expect(model.getWeights().map((w) => Array.from(w.dataSync()))).to.deep.equal(before);
    const controller = new AbortController();
    await tidily(() => failure(sanity(model, values([10, 10, 1]), {tf: lib, method: 'gradient', signal: controller.signal, onProgress: () => controller.abort()})));
    expect(model.getWeights().map((w) => Array.from(w.dataSync()))).to.deep.equal(before);
    model.dispose();
  });

  it('says so when a map does not depend on the model', async () => {
    // the score is the input itself, whatever the weights: they are multiplied by nothing
    class Pass extends tf.layers.Layer {
      static className = 'TestPass';
      override build(): void {
        this.addWeight('unused', [9], 'float32', tf.initializers.randomNormal({}));
        this.built = true;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.relu(Array.isArray(inputs) ? inputs[0]! : inputs);
      }
    }
    const model = tf.sequential({layers: [new Pass({inputShape: [6]} as object), new Pass({})]});
    const {verdict, steps} = await tidily(() => sanity(model, values([6]), {tf: lib, method: 'gradient-x-input', target: 2}));
    expect(verdict).to.equal('does-not-depend');
    expect(steps.map((s) => s.spearmanAbsolute)).to.deep.equal([1, 1]);
    model.dispose();
  });

  it('goes by the stage half-way down and by the greater of its correlations, and tells both', async () => {
    const model = randomized(tf.sequential({layers: [dense(40, {inputShape: [60], activation: 'relu'}), dense(30, {activation: 'relu'}), dense(20, {activation: 'relu'}), dense(1)]}));
    const x = values([60]);
    const result = await tidily(() => sanity(model, x, {tf: lib, method: 'gradient'}));
    expect(result.steps.length).to.equal(4);
    expect(result.decisive).to.equal(result.steps[1]);
    expect(result.rho).to.equal(Math.max(result.steps[1]!.spearman, result.steps[1]!.spearmanAbsolute));
    // the same numbers, asked more strictly and less
    const asked = async (threshold: number): Promise<string> => (await tidily(() => sanity(model, x, {tf: lib, method: 'gradient', threshold}))).verdict;
    expect(await asked(result.rho)).to.equal('does-not-depend');
    expect(await asked(result.rho + 1e-6)).to.equal('depends');
    model.dispose();
  });

  it('has no verdict where nothing can be randomised, or the map is constant', async () => {
    const bare = tf.sequential({layers: [tf.layers.activation({activation: 'relu', inputShape: [6]})]});
    const nothing = await tidily(() => sanity(bare, values([6]), {tf: lib, method: 'gradient', target: 1}));
    expect(nothing).to.include({verdict: 'unknown', decisive: null}).and.deep.include({steps: []});
    expect(Number.isNaN(nothing.rho)).to.equal(true);
    // dead, and alive where the shuffle puts 0.5 before the larger input: 0 everywhere against a map
    const dead = tf.sequential({layers: [dense(2, {inputShape: [2], activation: 'relu', useBias: false}), dense(1, {useBias: false})]});
    dead.setWeights([tf.tensor2d([[-1, -1], [-1, 0.5]]), tf.tensor2d([[1], [1]])]);
    const seeds: Awaited<ReturnType<typeof sanity>>[] = [];
    for (let seed = 1; seed <= 6; seed++) seeds.push(await tidily(() => sanity(dead, values([2], [1, 0.1]), {tf: lib, method: 'gradient', stages: 1, seed})));
    const apart = seeds.filter(({decisive}) => Number.isNaN(decisive!.spearman));
    expect(apart.length).to.be.within(1, 5);
    for (const {verdict, rho} of apart) expect([verdict, rho]).to.deep.equal(['unknown', NaN]);
    for (const model of [bare, dead]) model.dispose();
  });

  it('fails Guided Backprop and passes the gradient on a trained net, as Adebayo et al. found', async () => {
    const model = await tf.loadLayersModel(modelUrl('cnn-explainer-tinyvgg'));
    const picture = await createImageBitmap(await (await fetch(fixture('images/tfjs-cat.jpg'))).blob(), {resizeWidth: 64, resizeHeight: 64});
    const context = new OffscreenCanvas(64, 64).getContext('2d')!;
    context.drawImage(picture, 0, 0);
    const bytes = context.getImageData(0, 0, 64, 64).data;
    const x = values([64, 64, 3], Float32Array.from({length: 64 * 64 * 3}, (_, i) => bytes[Math.floor(i / 3) * 4 + (i % 3)]! / 255));
    const verdicts: Record<string, string> = {};
    for (const method of ['gradient', 'guided-backprop', 'grad-cam'] as const) verdicts[method] = (await tidily(() => sanity(model, x, {tf: lib, method, stages: 3}))).verdict;
    expect(verdicts).to.deep.equal({gradient: 'depends', 'guided-backprop': 'does-not-depend', 'grad-cam': 'depends'});
    model.dispose();
  });

  it('checks a graph model on its own weights', async () => {
    const model = await tf.loadGraphModel(modelUrl('human-antispoof-f16'));
    const shape = model.inputs[0]!.shape!.slice(1);
    const x = values(shape, noise(shape.reduce((a, b) => a * b, 1)).map((v) => v / 8 + 0.5));
    const before = (await attributed(model, x, {method: 'gradient'})).data;
    const {steps, verdict, decisive, rho} = await tidily(() => sanity(model, x, {tf: lib, method: 'gradient', stages: 3}));
    expect(steps.length).to.equal(3);
    expect(steps.at(-1)!.spearmanAbsolute).to.be.below(0.5);
    expect(decisive).to.equal(steps[1]);
    expect(verdict).to.equal(rho >= 0.5 ? 'does-not-depend' : 'depends');
    expect(rho).to.equal(Math.max(steps[1]!.spearman, steps[1]!.spearmanAbsolute));
    expect((await attributed(model, x, {method: 'gradient'})).data).to.deep.equal(before);
    model.dispose();
  });
});

describe('deletionCurve', () => {
  it('removes and inserts the most important places first', async () => {
    const model = tf.sequential({layers: [dense(1, {inputShape: [4], useBias: false})]});
    model.setWeights([tf.tensor2d([[1], [8], [-2], [4]])]);
    const x = values([4], [1, 1, 1, 1]);
    const map = await attributed(model, x, {method: 'gradient-x-input'});
    const down = await tidily(() => deletionCurve(model, x, map, {tf: lib}));
    // 11 in all; 8, 4, 1, −2 go in turn
    expect(Array.from(down.shares)).to.deep.equal([0, 0.25, 0.5, 0.75, 1]);
    expect(Array.from(down.scores)).to.deep.equal([11, 3, -1, -2, 0]);
    expect(down.area).to.equal((11 / 2 + 3 - 1 - 2) / 4);
    const up = await tidily(() => deletionCurve(model, x, map, {tf: lib, mode: 'insertion', points: 2, baseline: [0, 0, 0, 1]}));
    expect(Array.from(up.shares)).to.deep.equal([0, 0.5, 1]);
    expect(Array.from(up.scores)).to.deep.equal([4, 12, 11]);
    expect((await failure(deletionCurve(model, x, {...map, shape: [3], data: map.data.slice(1)}, {tf: lib}))).message).to.match(/3 values.*4/);
    model.dispose();
  });

  it('takes all channels of a place at once, of maps with channels or without', async () => {
    const model = tf.sequential({layers: [tf.layers.flatten({inputShape: [2, 2, 2]}), dense(2, {activation: 'softmax', useBias: false})]});
    model.setWeights([tf.tensor2d(new Float32Array(16).map((_, i) => (i % 2 ? i / 4 : 0)), [8, 2])]);
    const x = values([2, 2, 2], new Float32Array(8).fill(1));
    const whole = await attributed(model, x, {method: 'gradient-x-input', target: 1});
    const a = await deletionCurve(model, x, whole, {tf: lib, target: 1});
    // F₁ − F₀ of what is left, row by row of two channels
    const rows = [0, 1, 2, 3].map((p) => (4 * p + 1) / 4 + (4 * p + 3) / 4);
    const left = [4, 3, 2, 1, 0].map((n) => 1 / (1 + Math.exp(-rows.slice(0, n).reduce((s, v) => s + v, 0))));
    close(a.scores, left, 1e-6);
    const plane = {inputName: whole.inputName, shape: [2, 2], data: Float32Array.from([1, 2, 3, 4])};
    close((await deletionCurve(model, x, plane, {tf: lib, target: 1})).scores, left, 1e-6);
    model.dispose();
  });
});
