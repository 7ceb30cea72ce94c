import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {meanAttribution, permutationImportance} from '../../src/attribution/importance.js';
import {METHODS} from '../../src/attribution/attribution.js';
import {useTf} from '../../src/tensor/tf.js';
import {failure, modelUrl, noise} from '../helpers.js';
import {attributed, close, graph, lib, randomized, tidily, values} from './helpers.js';

const dense = (units: number, more: object = {}): tf.layers.Layer => tf.layers.dense({units, ...more});

/** All weights of a model, as bits. */
const bits = (model: tf.LayersModel | tf.GraphModel): Promise<Uint8Array[]> => {
  const weights = Array.isArray(model.weights) ? model.weights.map((w) => w.read()) : Object.values(model.weights as Record<string, tf.Tensor[]>).flat();
  return Promise.all(weights.map(async (w) => new Uint8Array(Float32Array.from(await w.data()).buffer)));
};

const float = {T: {type: 'DT_FLOAT'}};
const placeholder = (dim: number[], type = 'DT_FLOAT'): object => ({name: 'x', op: 'Placeholder', attr: {dtype: {type}, shape: {shape: {dim: dim.map((size) => ({size: String(size)}))}}}});
const constant = (name: string, type = 'DT_FLOAT'): object => ({name, op: 'Const', attr: {dtype: {type}}});

describe('attribution of models', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  after(() => useTf(null));

  it('is of the logit, wherever the softmax or sigmoid is', async () => {
    const head = (...ends: tf.layers.Layer[]): tf.Sequential => randomized(tf.sequential({layers: [dense(6, {inputShape: [5], activation: 'tanh'}), ...ends]}));
    const x = values([5]);
    const plain = head(dense(3));
    const wanted = await attributed(plain, x, {method: 'gradient', target: 1});
    const inner = tf.sequential({layers: [dense(3, {inputShape: [6]}), tf.layers.softmax()]});
    for (const ends of [[dense(3, {activation: 'softmax'})], [dense(3, {activation: 'sigmoid'})], [dense(3), tf.layers.activation({activation: 'softmax'})], [dense(3), tf.layers.softmax()], [inner], [dense(3, {activation: 'softmax'}), tf.layers.reshape({targetShape: [1, 3]})]]) {
      const model = head(...ends);
      const found = await tidily(() => attributed(model, x, {method: 'gradient', target: 1}));
      close(found.data, wanted.data, 1e-6);
      expect(found.score).to.be.closeTo(wanted.score, 1e-6);
      // the model is as it was: its softmax is still there
      const out = model.predict(tf.tensor2d(x.data as Float32Array, [1, 5])) as tf.Tensor;
      expect(found.target.probability).to.be.closeTo((await out.data())[1]!, 1e-6);
      out.dispose();
      model.dispose();
    }
    plain.dispose();
    // a graph: MatMul → Softmax, and MatMul with a sigmoid fused into it
    const w = noise(15, 2);
    const matmul = (op: object): tf.GraphModel => graph([placeholder([-1, 5]), constant('w'), constant('b'), op, {name: 'y', op: 'Identity', input: ['n'], attr: float}], {w: tf.tensor(w, [5, 3]), b: tf.tensor([0.1, 0.2, 0.3])});
    const softmax = graph([placeholder([-1, 5]), constant('w'), {name: 'm', op: 'MatMul', input: ['x', 'w'], attr: float}, {name: 'n', op: 'Softmax', input: ['m'], attr: float}, {name: 'y', op: 'Identity', input: ['n'], attr: float}], {w: tf.tensor(w, [5, 3])});
    const fused = matmul({name: 'n', op: '_FusedMatMul', input: ['x', 'w', 'b'], attr: {...float, num_args: {i: '1'}, fused_ops: {list: {s: ['BiasAdd', 'Sigmoid'].map(btoa)}}}});
    for (const model of [softmax, fused]) {
      const {data, target} = await tidily(() => attributed(model, x, {method: 'gradient', target: 2}));
      close(data, Array.from({length: 5}, (_, i) => w[i * 3 + 2]!), 1e-6);
      expect(target.probability).to.be.within(0, 1);
      model.dispose();
    }
  });

  it('explains trained picture models, of layers and graphs, and leaves every bit of them', async () => {
    for (const [name, shape] of [['cnn-explainer-tinyvgg', [64, 64, 3]], ['human-gender', null], ['human-antispoof-f16', null]] as const) {
      const model = name === 'cnn-explainer-tinyvgg' ? await tf.loadLayersModel(modelUrl(name)) : await tf.loadGraphModel(modelUrl(name));
      const own: readonly number[] = shape ?? (model.inputs[0]!.shape!.slice(1) as number[]);
      const x = values(own, noise(own.reduce((a, b) => a * b, 1)).map((v) => v / 8 + 0.5));
      const before = await bits(model);
      for (const method of ['auto', 'grad-cam++', 'guided-backprop', 'gradient-x-input'] as const) {
        const {data, shape: found, method: used, camLayer} = await tidily(() => attributed(model, x, {method}));
        expect(data.every(Number.isFinite), `${name} ${method}`).to.equal(true);
        expect(data.some((v) => v !== 0) || used.startsWith('grad-cam'), `${name} ${method}`).to.equal(true);
        expect(found).to.deep.equal(used.startsWith('grad-cam') ? own.slice(0, 2) : own);
        if (method === 'auto') expect(used, camLayer).to.equal('grad-cam');
      }
      const after = await bits(model);
      expect(after.every((w, i) => w.every((b, k) => b === before[i]![k])), name).to.equal(true);
      model.dispose();
    }
  });

  it('agrees with finite differences of a graph model', async () => {
    const model = await tf.loadGraphModel(modelUrl('human-gender'));
    const shape = model.inputs[0]!.shape!.slice(1);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = noise(size).map((v) => v / 8 + 0.5);
    // of the logit, along the gradient: F(x + h g) − F(x − h g) ≈ 2 h |g|²
    const {data: g, score} = await attributed(model, values(shape, data), {method: 'gradient', target: 1});
    const length = Math.sqrt(g.reduce((sum, v) => sum + v * v, 0));
    const h = 0.01;
    const at = async (by: number): Promise<number> => (await attributed(model, values(shape, data.map((v, i) => v + (by * g[i]!) / length)), {method: 'gradient', target: 1})).score;
    expect(((await at(h)) - (await at(-h))) / (2 * h)).to.be.closeTo(length, 0.03 * length);
    expect(Number.isFinite(score)).to.equal(true);
    model.dispose();
  });

  it('computes no gradient of a filter', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 3, kernelSize: 3, inputShape: [8, 8, 1]}), tf.layers.separableConv2d({filters: 3, kernelSize: 3}), tf.layers.flatten(), dense(2)]}));
    const engine = tf.engine() as unknown as {runKernel: (name: string, ...rest: unknown[]) => unknown};
    const run = engine.runKernel;
    const kernels: string[] = [];
    engine.runKernel = (name, ...rest) => {
      kernels.push(name);
      return run.call(engine, name, ...rest);
    };
    try {
      await attributed(model, values([8, 8, 1]), {method: 'gradient'});
    } finally {
      delete (engine as Partial<typeof engine>).runKernel;
    }
    expect(kernels).to.include('Conv2DBackpropInput');
    expect(kernels.filter((name) => /BackpropFilter|UnsortedSegmentSum|Gather/.test(name))).to.deep.equal([]);
    model.dispose();
  });

  it('explains recurrent models, also stateful ones, which remember what they did', async () => {
    const model = await tf.loadLayersModel(modelUrl('explornn-med_bs_10'));
    const x = values([12, 1]);
    const {data, shape, method, completenessGap, score, baselineScore} = await tidily(() => attributed(model, x));
    expect([method, shape]).to.deep.equal(['integrated-gradients', [12, 1]]);
    expect(data.reduce((a, b) => a + b, 0) - (score - baselineScore!)).to.be.closeTo(completenessGap!, 1e-5);
    expect(Math.abs(completenessGap!)).to.be.at.most(0.05 * Math.abs(score - baselineScore!) + 1e-6);
    model.dispose();

    const stateful = tf.sequential({layers: [tf.layers.lstm({units: 2, stateful: true, batchInputShape: [2, 3, 1]}), dense(1)]});
    const start = tf.ones([2, 3, 1]);
    tf.dispose(stateful.predict(start));
    const states = (): Promise<ArrayLike<number>[]> => Promise.all((stateful.layers[0] as unknown as {states: tf.Tensor[]}).states.map((t) => t.data()));
    const before = await states();
    for (const m of ['gradient', 'smoothgrad', 'integrated-gradients', 'occlusion'] as const) await tidily(() => attributed(stateful, values([2, 3, 1]), {method: m, samples: 3}));
    expect(await states()).to.deep.equal(before);
    stateful.dispose();
    start.dispose();
  });

  it('explains tokens at the embedding, and integrates from vectors of zero or from tokens', async () => {
    const model = await tf.loadLayersModel(modelUrl('tfjs-gru-embedding'));
    const before = await bits(model);
    const tokens = Int32Array.from({length: 10}, (_, i) => i);
    for (const method of METHODS.filter((m) => !m.startsWith('grad-cam'))) {
      const {data, shape, atEmbedding} = await tidily(() => attributed(model, values([10], tokens), {method, samples: 3, steps: 4}));
      expect(shape, method).to.deep.equal([10]);
      expect(data.every(Number.isFinite)).to.equal(true);
      expect(atEmbedding, method).to.equal(method === 'occlusion' ? undefined : true);
    }
    expect(await bits(model)).to.deep.equal(before);
    model.dispose();

    // of a mean of embeddings and a linear layer: a token's part is (E[t] − E[0]) · w / n
    const linear = randomized(tf.sequential({layers: [tf.layers.embedding({inputDim: 7, outputDim: 3, inputLength: 4}), tf.layers.globalAveragePooling1d({}), dense(1)]}));
    const [table, w] = linear.getWeights().map((t) => t.arraySync()) as [number[][], number[][]];
    const ids = [3, 1, 6, 0];
    const part = (id: number): number => table[id]!.reduce((sum, v, i) => sum + v * w[i]![0]!, 0) / 4;
    close((await attributed(linear, values([4], ids), {method: 'integrated-gradients'})).data, ids.map(part), 1e-6);
    close((await attributed(linear, values([4], ids), {method: 'integrated-gradients', baseline: 0})).data, ids.map((id) => part(id) - part(0)), 1e-6);
    close((await attributed(linear, values([4], ids), {method: 'occlusion'})).data, ids.map((id) => part(id) - part(0)), 1e-6);
    linear.dispose();

    // the same as a graph
    const e = noise(21, 5);
    const gather = graph(
      [placeholder([-1, 4], 'DT_INT32'), constant('e'), constant('axis', 'DT_INT32'), constant('mean', 'DT_INT32'), {name: 'g', op: 'GatherV2', input: ['e', 'x', 'axis'], attr: {batch_dims: {i: '0'}}}, {name: 'y', op: 'Mean', input: ['g', 'mean'], attr: {keep_dims: {b: false}}}],
      {e: tf.tensor(e, [7, 3]), axis: tf.scalar(0, 'int32'), mean: tf.tensor([1], [1], 'int32')},
    );
    const found = await tidily(() => attributed(gather, values([4], Int32Array.from(ids)), {method: 'integrated-gradients', target: 2}));
    close(found.data, ids.map((id) => e[id * 3 + 2]! / 4), 1e-6);
    expect(found.atEmbedding).to.equal(true);
    gather.dispose();
  });

  it('explains several inputs at once, and an output with places by its mean', async () => {
    const a = tf.input({shape: [3], name: 'a'});
    const b = tf.input({shape: [2, 2], name: 'b'});
    const joined = tf.layers.concatenate().apply([a, tf.layers.flatten().apply(b) as tf.SymbolicTensor]) as tf.SymbolicTensor;
    const model = randomized(tf.model({inputs: [a, b], outputs: dense(2, {name: 'y'}).apply(joined) as tf.SymbolicTensor}));
    const [w] = model.getWeights().map((t) => t.arraySync()) as [number[][]];
    const x = {a: values([3]), b: values([2, 2])};
    const both = await tidily(() => attributed(model, x, {method: 'gradient', target: 0}));
    expect(both.perInput.map((map) => [map.inputName, map.shape])).to.deep.equal([['a', [3]], ['b', [2, 2]]]);
    close([...both.perInput[0]!.data, ...both.perInput[1]!.data], w.map((row) => row[0]!), 1e-6);
    const named = await attributed(model, x, {method: 'gradient', target: 0, inputName: 'b'});
    expect(named.shape).to.deep.equal([2, 2]);
    close(named.data, w.slice(3).map((row) => row[0]!), 1e-6);
    const occluded = await tidily(() => attributed(model, x, {method: 'occlusion', target: 0, inputName: 'a'}));
    close(occluded.data, Array.from(x.a.data, (v, i) => v * w[i]![0]!), 1e-5);
    model.dispose();

    const pixels = tf.sequential({layers: [tf.layers.conv2d({filters: 2, kernelSize: 1, useBias: false, inputShape: [2, 2, 1], activation: 'softmax'})]});
    pixels.setWeights([tf.tensor4d([3, 5], [1, 1, 1, 2])]);
    close((await attributed(pixels, values([2, 2, 1]), {method: 'gradient', target: 1})).data, [1.25, 1.25, 1.25, 1.25], 1e-6);
    pixels.dispose();
  });

  it('takes names of classes and functions for a target', async () => {
    const model = tf.sequential({layers: [dense(3, {inputShape: [2], useBias: false, activation: 'softmax'})]});
    model.setWeights([tf.tensor2d([[1, 2, 3], [4, 5, 6]])]);
    const x = values([2], [1, -2]);
    const classes = ['cat', 'dog', 'owl'];
    const named = await attributed(model, x, {method: 'gradient', target: 'dog', classes});
    expect(named.target).to.deep.include({index: 1, name: 'dog', predicted: false});
    close(named.data, [2, 5], 1e-6);
    expect((await attributed(model, x, {method: 'gradient', classes})).target).to.deep.include({index: 0, name: 'cat', predicted: true});
    expect((await attributed(model, x, {method: 'gradient', target: '2'})).target.index).to.equal(2);
    // of the output as it is: that its three probabilities sum to 1 depends on nothing
    const own = await tidily(() => attributed(model, x, {method: 'gradient', target: (out) => tf.sum(out as tf.Tensor)}));
    close(own.data, [0, 0], 1e-6);
    expect(own.score).to.be.closeTo(1, 1e-6);
    expect(own.target.index).to.equal(null);
    expect((await failure(attributed(model, x, {target: 'cow', classes}))).message).to.match(/No class “cow”.*3 classes/);
    expect((await failure(attributed(model, x, {target: 3}))).message).to.match(/No class “3”/);
    expect((await failure(attributed(model, x, {method: 'magic' as 'gradient'}))).message).to.match(/No method “magic”.*occlusion/);
    expect((await failure(attributed(model, x, {method: 'grad-cam'}))).message).to.match(/needs a convolution/);
    model.dispose();
  });

  it('names what tfjs cannot differentiate, leaves nothing behind, and occludes instead where it may choose', async () => {
    class Einsum extends tf.layers.Layer {
      static className = 'TestEinsum';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const x = Array.isArray(inputs) ? inputs[0]! : inputs;
        return tf.einsum('ij,ij->ij', x, x);
      }
    }
    const model = tf.sequential({layers: [dense(4, {inputShape: [3], activation: 'relu'}), new Einsum({name: 'squared'}), dense(2)]});
    for (const method of ['gradient', 'smoothgrad', 'integrated-gradients', 'guided-backprop'] as const) {
      const {message} = await tidily(() => failure(attributed(model, values([3]), {method})));
      expect(message, method).to.match(/no gradient of Einsum.*“squared”.*occlusion/);
    }
    expect((await tidily(() => attributed(model, values([3])))).method).to.equal('occlusion');
    model.dispose();
    const gather = graph(
      [placeholder([-1, 3]), constant('i', 'DT_INT32'), {name: 'picked', op: 'GatherNd', input: ['x', 'i'], attr: float}, {name: 'y', op: 'Identity', input: ['picked'], attr: float}],
      {i: tf.tensor([0, 0], [1, 2], 'int32')},
    );
    const {message} = await tidily(() => failure(attributed(gather, values([1, 3]), {method: 'gradient'})));
    expect(message).to.match(/no gradient of GatherNd.*“picked”/);
    gather.dispose();
  });

  it('occludes graphs that only executeAsync can run', async () => {
    const where = graph([placeholder([-1]), {name: 'w', op: 'Where', input: ['x'], attr: {T: {type: 'DT_FLOAT'}}}, {name: 'y', op: 'Cast', input: ['w'], attr: {SrcT: {type: 'DT_INT64'}, DstT: {type: 'DT_FLOAT'}}}]);
    expect((await tidily(() => failure(attributed(where, values([3], [1, 0, 1]), {method: 'gradient'})))).message).to.match(/control flow|known only when it runs/);
    where.dispose();
    const merge = graph([
      placeholder([-1, 2]),
      constant('c', 'DT_BOOL'),
      {name: 's', op: 'Switch', input: ['x', 'c'], attr: float},
      {name: 'n', op: 'Neg', input: ['s:1'], attr: float},
      {name: 'm', op: 'Merge', input: ['s', 'n'], attr: float},
      {name: 'y', op: 'Identity', input: ['m'], attr: float},
    ], {c: tf.scalar(true, 'bool')});
    const found = await tidily(() => attributed(merge, values([2], [3, 5]), {target: 1}));
    expect(found.method).to.equal('occlusion');
    close(found.data, [0, -5], 1e-6);
    merge.dispose();
  });

  it('keeps memory flat over a hundred runs, aborted ones among them', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 2, kernelSize: 3, inputShape: [8, 8, 1], activation: 'relu'}), tf.layers.batchNormalization(), tf.layers.flatten(), dense(2, {activation: 'softmax'})]}), 0.3);
    model.layers[1]!.setWeights([tf.ones([2]), tf.zeros([2]), tf.tensor1d([0.1, 0.2]), tf.tensor1d([1, 2])]);
    const before = await bits(model);
    const tensors = tf.memory().numTensors;
    let aborted = 0;
    for (let i = 0; i < 100; i++) {
      const method = METHODS[i % METHODS.length]!;
      const controller = new AbortController();
      if (i % 3 === 1) controller.abort();
      const onProgress = i % 3 === 2 ? () => controller.abort() : undefined;
      await attributed(model, values([8, 8, 1]), {method, samples: 4, signal: controller.signal, onProgress}).catch((error: Error) => {
        expect(error.name).to.equal('AbortError');
        aborted++;
      });
      expect(tf.memory().numTensors, method).to.equal(tensors);
    }
    expect(aborted).to.be.above(33);
    expect(await bits(model)).to.deep.equal(before);
    model.dispose();
  });

  it('lays no hand on tfjs between passes, nor on the model', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 2, kernelSize: 3, inputShape: [8, 8, 1], activation: 'relu'}), tf.layers.flatten(), dense(2, {activation: 'softmax'})]}));
    const own = [model, ...model.layers, tf.engine()].map((x) => Object.keys(x).join());
    await attributed(model, values([8, 8, 1]), {method: 'smoothgrad', onProgress: () => expect([model, ...model.layers, tf.engine()].map((x) => Object.keys(x).join())).to.deep.equal(own)});
    await attributed(model, values([8, 8, 1]), {method: 'grad-cam'});
    expect([model, ...model.layers, tf.engine()].map((x) => Object.keys(x).join())).to.deep.equal(own);
    model.dispose();
  });

  it('finds what matters over a batch', async () => {
    const model = tf.sequential({layers: [dense(1, {inputShape: [3]})]});
    model.setWeights([tf.tensor2d([[2], [0], [-1]]), tf.tensor1d([0.5])]);
    const x = noise(150, 6);
    const {data, examples, method} = await tidily(() => meanAttribution(model, values([50, 3], x), {tf: lib, method: 'gradient-x-input'}));
    const mean = [2, 0, 1].map((w, i) => Array.from({length: 50}, (_, row) => Math.abs(w * x[row * 3 + i]!)).reduce((a, b) => a + b, 0) / 50);
    close(data, mean, 1e-6);
    expect([examples, method]).to.deep.equal([50, 'gradient-x-input']);
    const labels = Array.from({length: 50}, (_, row) => 2 * x[row * 3]! - x[row * 3 + 2]! + 0.5);
    const found = await tidily(() => permutationImportance(model, values([50, 3], x), {tf: lib, labels, repeats: 20}));
    expect(found.score).to.be.closeTo(1, 1e-6);
    expect(found.mean[1]).to.equal(0);
    expect(found.std[1]).to.equal(0);
    // shuffled, a feature of weight w adds 2 w² var(x) of error: R² falls by 2 w² var(x) / var(y), on average
    const variance = (list: readonly number[]): number => list.reduce((sum, v) => sum + (v - list.reduce((a, b) => a + b, 0) / list.length) ** 2, 0) / list.length;
    for (const [feature, w] of [[0, 2], [2, -1]] as const) {
      const column = Array.from({length: 50}, (_, row) => x[row * 3 + feature]!);
      const fall = (2 * w * w * variance(column)) / variance(labels);
      expect(found.mean[feature]).to.be.closeTo(fall, 0.2 * fall);
    }
    const shares = await permutationImportance(model, values([50, 3], x), {tf: lib, labels, repeats: 20});
    expect(shares.mean).to.deep.equal(found.mean);
    expect((await failure(permutationImportance(model, values([50, 3], x), {tf: lib, labels: [1]}))).message).to.match(/50 labels are needed/);
    model.dispose();
  });
});

describe('gradients of convolutions that tfjs lacks', () => {
  before(() => tf.setBackend('cpu'));

  // the CPU, under the name of a backend that lacks some kernels and has some wrong
  const asWasm = {...tf, getBackend: () => 'wasm'};

  it('are those of max-pooling, also of windows with nothing above 0', async () => {
    const pool = (config: object): tf.layers.Layer => tf.layers.maxPooling2d({poolSize: 2, ...config} as never);
    const pools: [string, readonly number[], tf.layers.Layer][] = [
      ['plain', [6, 6, 2], pool({})],
      ['overlapping, padded', [6, 7, 2], pool({strides: 1, padding: 'same'})],
      ['of threes', [7, 8, 1], pool({poolSize: 3, strides: 2, padding: 'same'})],
      ['uneven', [7, 8, 3], pool({poolSize: [3, 2], strides: [1, 2]})],
      ['that leaves values over', [7, 7, 1], pool({})],
      ['of three dimensions', [4, 5, 4, 2], tf.layers.maxPooling3d({poolSize: 2, strides: 2, padding: 'same'} as never)],
    ];
    for (const [name, shape, layer] of pools) {
      const model = randomized(tf.sequential({layers: [tf.layers.reshape({targetShape: [...shape], inputShape: [...shape]}), layer, tf.layers.flatten(), dense(1)]}));
      const size = shape.reduce((a, b) => a * b, 1);
      // half the windows have no value above 0, and some values are equal (of which tfjs takes the last in three dimensions)
      const x = values(shape, noise(size).map((v) => (shape.length > 3 ? v : Math.round(v * 4) / 4) - 0.5));
      // tfjs's own kernel on the CPU
      close((await tidily(() => attributed(model, x, {method: 'gradient', tf: asWasm}))).data, (await attributed(model, x, {method: 'gradient'})).data, 1e-6, name);
      model.dispose();
    }
  });

  // of a linear model with one output the gradient is what it makes of unit vectors
  it('are those of the convolution, by its own values', async () => {
    type Conv = Record<string, unknown>;
    const conv = (config: Conv): tf.layers.Layer => tf.layers.conv2d({filters: 3, kernelSize: [3, 2], ...config} as never);
    const depthwise = (config: Conv): tf.layers.Layer => tf.layers.depthwiseConv2d({kernelSize: [2, 3], ...config} as never);
    const picture = [7, 8, 2];
    const solid = [4, 5, 3, 2];
    const cases: [string, readonly number[], tf.layers.Layer][] = [
      ['dilated', picture, conv({dilationRate: 2})],
      ['dilated, padded', picture, conv({dilationRate: [2, 3], padding: 'same'})],
      ['dilated depthwise', picture, depthwise({dilationRate: 2, padding: 'same'})],
      ['depthwise', picture, depthwise({})],
      ['depthwise, strided and padded', picture, depthwise({strides: 2, padding: 'same'})],
      ['depthwise, strided', picture, depthwise({strides: [2, 2], depthMultiplier: 3})],
      ['depthwise, strided by 3', picture, depthwise({kernelSize: 2, strides: 3, padding: 'same', depthMultiplier: 2})],
      ['separable', picture, tf.layers.separableConv2d({filters: 2, kernelSize: 3, strides: 2, depthMultiplier: 2, padding: 'same'})],
      ['of three dimensions', solid, tf.layers.conv3d({filters: 2, kernelSize: 2, strides: 2, padding: 'same'})],
      ['of three dimensions, dilated', solid, tf.layers.conv3d({filters: 3, kernelSize: [2, 3, 2], dilationRate: [2, 1, 2], padding: 'same'})],
    ];
    for (const [name, shape, layer] of cases) {
      const n = shape.reduce((a, b) => a * b, 1);
      const model = randomized(tf.sequential({layers: [tf.layers.reshape({targetShape: [...shape], inputShape: [...shape]}), layer, tf.layers.flatten(), dense(1, {useBias: false})]}));
      const unit = tf.tidy(() => (model.predict(tf.eye(n).reshape([n, ...shape])) as tf.Tensor).sub(model.predict(tf.zeros([1, ...shape])) as tf.Tensor).dataSync());
      close((await tidily(() => attributed(model, values(shape), {method: 'gradient', tf: asWasm}))).data, unit, 1e-5, name);
      model.dispose();
    }
    // signals: a dilated convolution of one dimension is one of two
    const model = randomized(tf.sequential({layers: [tf.layers.conv1d({filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same', inputShape: [9, 1]}), tf.layers.flatten(), dense(1, {useBias: false})]}));
    const unit = tf.tidy(() => (model.predict(tf.eye(9).reshape([9, 9, 1])) as tf.Tensor).sub(model.predict(tf.zeros([1, 9, 1])) as tf.Tensor).dataSync());
    close((await attributed(model, values([9, 1]), {method: 'gradient'})).data, unit, 1e-5);
    model.dispose();
  });
});
