import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {layerActivations, type LayerActivationOptions, layerVectors} from '../../src/activations/layer-activations.js';
import type {ActivationData, LayerActivation} from '../../src/activations/read.js';
import type {ModelValues} from '../../src/tensor/feeds.js';
import {failure, modelUrl, noise} from '../helpers.js';
import {close, graph, lib, randomized, read, tidily, values} from '../attribution/helpers.js';

const seen = (model: unknown, input: ModelValues, options: Partial<LayerActivationOptions> = {}): Promise<ActivationData> => tidily(() => layerActivations(model, input, {tf: lib, ...options}));
const find = ({layers}: ActivationData, address: string): LayerActivation => layers.find((one) => one.address === address)!;

/** The maps of a layer as its output has them: rows, columns, channels. */
function interleaved({maps: {data, channels, rows, cols}}: LayerActivation): number[] {
  return Array.from({length: data.length}, (_, i) => data[(i % channels) * rows * cols + Math.floor(i / channels)]!);
}

/** What tfjs itself says that a layer puts out. */
async function output(model: tf.LayersModel, layer: tf.layers.Layer, input: tf.Tensor): Promise<Float32Array> {
  const part = tf.model({inputs: model.inputs, outputs: layer.output as tf.SymbolicTensor});
  const out = part.predict(input) as tf.Tensor;
  const data = await read(out);
  tf.dispose([out]);
  return data;
}

describe('activations of layers', () => {
  before(() => tf.setBackend('cpu'));

  it('are what each layer of a convolutional net puts out, and what enters its functions', async () => {
    const model = randomized(
      tf.sequential({
        layers: [
          tf.layers.conv2d({filters: 5, kernelSize: 3, activation: 'relu', inputShape: [9, 8, 2], name: 'first'}),
          tf.layers.batchNormalization({name: 'norm'}),
          tf.layers.leakyReLU({alpha: 0.2, name: 'leaky'}),
          tf.layers.maxPooling2d({poolSize: 2, name: 'pool'}),
          tf.layers.dropout({rate: 0.5, name: 'drop'}),
          tf.layers.flatten({name: 'flat'}),
          tf.layers.dense({units: 6, activation: 'tanh', name: 'hidden'}),
          tf.layers.dense({units: 3, activation: 'softmax', name: 'out'}),
        ],
      }),
      0.4,
    );
    // a variance is above 0
    model.getLayer('norm').setWeights(model.getLayer('norm').getWeights().map((w) => w.abs().add(0.1)));
    const x = values([9, 8, 2]);
    const activations = model.layers.map((layer) => (layer as unknown as {activation?: unknown}).activation);
    const data = await seen(model, x);
    expect(data.layers.map(({address, type, form}) => `${address} ${type} ${form}`)).to.deep.equal(['first Conv2D maps', 'norm BatchNormalization maps', 'leaky LeakyReLU maps', 'pool MaxPooling2D maps', 'hidden Dense vector', 'out Dense vector']);
    expect(data.passing).to.deep.equal(['drop', 'flat']);
    expect(data.first).to.equal(null);
    // the functions are the layers' own again
    model.layers.forEach((layer, i) => expect((layer as unknown as {activation?: unknown}).activation).to.equal(activations[i]));
    const input = tf.tensor(x.data as Float32Array, [1, 9, 8, 2]);
    for (const layer of model.layers.filter(({name}) => !/drop|flat/.test(name))) {
      const wanted = await output(model, layer, input);
      const own = find(data, layer.name);
      expect(own.shape, layer.name).to.deep.equal((layer.outputShape as number[]).slice(1));
      close(interleaved(own), wanted, 1e-5, layer.name);
      expect(own.min).to.be.closeTo(Math.min(...wanted), 1e-5);
      expect(own.mean).to.be.closeTo(wanted.reduce((a, b) => a + b, 0) / wanted.length, 1e-5);
    }
    // what enters: the same weights without the function
    const linear = tf.sequential({layers: [tf.layers.conv2d({filters: 5, kernelSize: 3, inputShape: [9, 8, 2]})]});
    linear.setWeights(model.layers[0]!.getWeights());
    const before = await read(linear.predict(input) as tf.Tensor);
    const [relu] = find(data, 'first').functions;
    expect([relu!.name, relu!.size]).to.deep.equal(['relu', before.length]);
    expect(relu!.below).to.be.closeTo(before.filter((v) => v <= 0).length / before.length, 1e-9);
    expect(relu!.range.min).to.be.closeTo(Math.min(...before), 1e-5);
    expect(relu!.range.max).to.be.closeTo(Math.max(...before), 1e-5);
    const norm = await output(model, model.layers[1]!, input);
    expect(find(data, 'leaky').functions[0]!.range.min).to.be.closeTo(Math.min(...norm), 1e-5);
    input.dispose();
  });

  it('are those of a single layer in full, in every spelling of its name', async () => {
    const inner = tf.sequential({name: 'inner', layers: [tf.layers.dense({units: 4, inputShape: [3], activation: 'relu', name: 'a'}), tf.layers.dense({units: 2, name: 'b'})]});
    const model = randomized(tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [5], name: 'before'}), inner, tf.layers.dense({units: 2, activation: 'sigmoid', name: 'after'})]}));
    const all = await seen(model, values([5]));
    expect(all.layers.map(({address}) => address)).to.deep.equal(['before', 'inner/a', 'inner/b', 'after']);
    for (const layer of ['inner/a', 'a', 1]) {
      const one = await seen(model, values([5]), {layer});
      expect([one.opened, one.layers.length]).to.deep.equal(['inner/a', 1]);
      expect([...one.layers[0]!.maps.data]).to.deep.equal([...find(all, 'inner/a').maps.data]);
    }
    expect((await failure(seen(model, values([5]), {layer: 'nowhere'}))).message).to.include('nowhere');
  });

  it('are a recurrent layer’s states at every step, though it hands on the last alone', async () => {
    const made = (kind: 'lstm' | 'gru' | 'simpleRNN', returnSequences: boolean): tf.Sequential =>
      randomized(tf.sequential({layers: [tf.layers[kind]({units: 4, returnSequences, inputShape: [6, 3], name: 'cell'} as never), ...(returnSequences ? [] : [tf.layers.dense({units: 2, name: 'out'})])]}), 0.8);
    for (const kind of ['lstm', 'gru', 'simpleRNN'] as const) {
      const [last, all] = [made(kind, false), made(kind, true)];
      all.setWeights(last.layers[0]!.getWeights());
      const x = tf.tensor(noise(18), [1, 6, 3]);
      const wanted = await read(all.predict(x) as tf.Tensor);
      for (const model of [last, all]) {
        const own = find(await seen(model, values([6, 3])), 'cell');
        expect([own.form, own.steps, ...own.shape], kind).to.deep.equal(['sequence', model === last, 6, 4]);
        // drawn with a unit each row
        close(own.maps.data, Array.from({length: 24}, (_, i) => wanted[(i % 6) * 4 + Math.floor(i / 6)]!), 1e-6, kind);
        // an LSTM's tanh takes the candidate and the state at each step
        const [f, gates] = own.functions;
        expect(f!.name).to.equal('tanh');
        expect(f!.size).to.equal(6 * 4 * (kind === 'lstm' ? 2 : 1));
        expect(gates?.size ?? 0).to.equal(6 * 4 * {lstm: 3, gru: 2, simpleRNN: 0}[kind]);
      }
      x.dispose();
    }
  });

  it('are in the order of time where a layer goes through it from the end', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.bidirectional({layer: tf.layers.lstm({units: 3, returnSequences: false}) as never, mergeMode: 'concat', inputShape: [5, 2], name: 'both'} as never), tf.layers.dense({units: 1, name: 'out'})]}), 0.8);
    const data = await seen(model, values([5, 2]));
    const x = tf.tensor(noise(10), [1, 5, 2]);
    const ends = await output(model, model.layers[0]!, x);
    const [forward, backward] = data.layers as [LayerActivation, LayerActivation];
    expect([forward.address, backward.address].map((name) => /^both\/(forward|backward)_/.exec(name)?.[1])).to.deep.equal(['forward', 'backward']);
    const at = (one: LayerActivation, step: number): number[] => [0, 1, 2].map((unit) => one.maps.data[unit * 5 + step]!);
    // the one ends with the last step, the other with the first
    close(at(forward, 4), ends.subarray(0, 3), 1e-6);
    close(at(backward, 0), ends.subarray(3), 1e-6);
    x.dispose();
  });

  it('are told apart by call where a layer is shared', async () => {
    const shared = tf.layers.dense({units: 2, name: 'twice', activation: 'relu'});
    const [a, b] = [tf.input({shape: [2], name: 'a'}), tf.input({shape: [2], name: 'b'})];
    const sum = tf.layers.add({name: 'sum'}).apply([shared.apply(a) as tf.SymbolicTensor, shared.apply(b) as tf.SymbolicTensor]) as tf.SymbolicTensor;
    const model = randomized(tf.model({inputs: [a, b], outputs: sum}));
    const data = await seen(model, {a: values([2], [1, 2]), b: values([2], [-3, 0.5])});
    expect(data.layers.map(({address}) => address)).to.deep.equal(['twice', 'twice#1', 'sum']);
    const [first, second, both] = data.layers.map(({maps}) => [...maps.data]) as [number[], number[], number[]];
    close(both, first.map((v, i) => v + second[i]!), 1e-6);
    const one = await seen(model, {a: values([2], [1, 2]), b: values([2], [-3, 0.5])}, {layer: 'twice#1'});
    expect([...one.layers[0]!.maps.data]).to.deep.equal(second);
  });

  it('name the first that is not finite: layer, channel, shares', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 4, kernelSize: 1, inputShape: [3, 3, 1], name: 'a', useBias: true}), tf.layers.conv2d({filters: 4, kernelSize: 1, name: 'b'}), tf.layers.flatten(), tf.layers.dense({units: 2, name: 'c'})]}));
    const whole = (await seen(model, values([3, 3, 1]))).first;
    expect(whole).to.equal(null);
    model.getLayer('b').setWeights([model.getLayer('b').getWeights()[0]!, tf.tensor1d([0, 0, NaN, 0])]);
    const {first} = await seen(model, values([3, 3, 1]));
    expect(first).to.deep.include({address: 'b', type: 'Conv2D', channel: 2, channels: 4, channelShare: 1, share: 0.25, nan: 9, inputFinite: true});
    // one pixel of the input
    const x = noise(9);
    x[4] = Infinity;
    const odd = (await seen(model, values([3, 3, 1], x))).first!;
    expect([odd.address, odd.inputFinite]).to.deep.equal(['a', false]);
    expect(odd.channelShare).to.be.closeTo(1 / 9, 1e-9);
  });

  it('tell units that are silent on this input from those that are dead on all', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 4, activation: 'relu', inputShape: [2], name: 'a'}), tf.layers.dense({units: 1})]});
    // unit 0: always on; 1: on where x₀ > 0; 2: on where x₀ < 0; 3: never
    model.layers[0]!.setWeights([tf.tensor2d([[0, 1, -1, 0], [0, 0, 0, 0]]), tf.tensor1d([1, 0, 0, -1])]);
    const data = await seen(model, values([3, 2], [2, 0, -1, 0, -3, 5]), {example: 0});
    expect([data.judged, find(data, 'a').silent, find(data, 'a').dead]).to.deep.equal([3, [2, 3], [3]]);
    const second = await seen(model, values([3, 2], [2, 0, -1, 0, -3, 5]), {example: 1});
    expect([find(second, 'a').silent, find(second, 'a').dead]).to.deep.equal([[1, 3], [3]]);
    expect(find(await seen(model, values([2], [2, 0])), 'a').dead).to.equal(null);
  });

  it('of a graph are its ops’, with what is fused into them taken apart', async () => {
    const float = {T: {type: 'DT_FLOAT'}};
    const w = noise(12, 3);
    const b = Float32Array.of(0.3, -0.2, 0.1);
    const fused = (ops: string[]): object => ({...float, num_args: {i: '1'}, fused_ops: {list: {s: ops.map(btoa)}}});
    const model = graph(
      [
        {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '4'}]}}}},
        {name: 'w', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
        {name: 'b', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
        {name: 'one/fused', op: '_FusedMatMul', input: ['x', 'w', 'b'], attr: fused(['BiasAdd', 'Relu'])},
        {name: 'two/product', op: 'MatMul', input: ['x', 'w'], attr: float},
        {name: 'two/sum', op: 'BiasAdd', input: ['two/product', 'b'], attr: float},
        {name: 'two/tanh', op: 'Tanh', input: ['two/sum'], attr: float},
        {name: 'both', op: 'AddV2', input: ['one/fused', 'two/tanh'], attr: float},
        {name: 'y', op: 'Identity', input: ['both'], attr: float},
      ],
      {w: tf.tensor(w, [4, 3]), b: tf.tensor(b)},
    );
    const x = values([4]);
    const data = await seen(model, x);
    // by hand: x·w + b
    const sums = [0, 1, 2].map((j) => b[j]! + [0, 1, 2, 3].reduce((sum, i) => sum + x.data[i]! * w[i * 3 + j]!, 0));
    expect(data.layers.map(({address, type}) => `${address} ${type}`).sort()).to.deep.equal(['both AddV2', 'one/fused MatMul', 'two/tanh MatMul']);
    close(find(data, 'one/fused').maps.data, sums.map((v) => Math.max(0, v)), 1e-6);
    close(find(data, 'two/tanh').maps.data, sums.map(Math.tanh), 1e-6);
    for (const [name, f] of [['one/fused', 'relu'], ['two/tanh', 'tanh']] as const) {
      const [own] = find(data, name).functions;
      expect(own!.name).to.equal(f);
      expect(own!.range.min).to.be.closeTo(Math.min(...sums), 1e-6);
      expect(own!.range.max).to.be.closeTo(Math.max(...sums), 1e-6);
    }
    model.dispose();
  });

  it('of a graph whose signature calls its output something else are seen too', async () => {
    const float = {T: {type: 'DT_FLOAT'}};
    const node = [{name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '2'}]}}}}, {name: 'r', op: 'Relu', input: ['x'], attr: float}, {name: 'Identity', op: 'Identity', input: ['r'], attr: float}];
    const signature = {inputs: {x: {name: 'x:0', dtype: 'DT_FLOAT', tensorShape: {dim: [{size: '-1'}, {size: '2'}]}}}, outputs: {output_0: {name: 'Identity:0', dtype: 'DT_FLOAT', tensorShape: {dim: [{size: '-1'}, {size: '2'}]}}}};
    const model = tf.loadGraphModelSync({modelTopology: {node, versions: {producer: 1, minConsumer: 1}}, weightSpecs: [], weightData: new ArrayBuffer(0), signature} as unknown as tf.io.ModelArtifacts) as tf.GraphModel;
    const data = await seen(model, values([2], [1, -2]));
    expect(data.layers.map(({address}) => address)).to.deep.equal(['r']);
    model.dispose();
  });

  it('of published graphs are what they compute, op by op', async () => {
    const model = await tf.loadGraphModel(modelUrl('human-gender'));
    const shape = model.inputs[0]!.shape!.slice(1);
    const input = values(shape, noise(shape.reduce((a, b) => a * b, 1)).map(Math.abs));
    const data = await seen(model, input);
    expect(data.layers.length).to.be.greaterThan(15);
    const x = tf.tensor(input.data as Float32Array, [1, ...shape]);
    const names = data.layers.filter(({maps}) => maps.pooled === 1).map(({address}) => address);
    const out = model.execute(x, names) as tf.Tensor[];
    for (const [i, name] of names.entries()) {
      const wanted = await read(out[i]!);
      const own = find(data, name);
      expect([own.size, own.max, own.min], name).to.deep.equal([wanted.length, wanted.reduce((m, v) => Math.max(m, v), -Infinity), wanted.reduce((m, v) => Math.min(m, v), Infinity)]);
      // a ReLU lets through what is above 0 of what entered it
      for (const {name: f, below} of own.functions) if (f === 'relu') expect(below, name).to.be.closeTo(wanted.filter((v) => v === 0).length / wanted.length, 1e-9);
    }
    expect(data.layers.some(({functions}) => functions.some(({name}) => name === 'relu'))).to.equal(true);
    tf.dispose([x, ...out]);
    model.dispose();
  });

  it('judge a recurrent layer’s units by all of its steps', async () => {
    const model = tf.sequential({layers: [tf.layers.simpleRNN({units: 1, activation: 'relu', inputShape: [3, 1], name: 'cell'} as never), tf.layers.dense({units: 1})]});
    model.layers[0]!.setWeights([tf.tensor2d([[1]]), tf.tensor2d([[0]]), tf.tensor1d([0])]);
    // silent at every step of the first example; of the second at the last alone
    const data = await seen(model, values([2, 3, 1], [-1, -1, -1, 5, 5, -1]));
    expect([find(data, 'cell').silent, find(data, 'cell').dead]).to.deep.equal([[0], []]);
    expect(find(await seen(model, values([2, 3, 1], [-1, -1, -1, -5, -5, -1])), 'cell').dead).to.deep.equal([0]);
    // vectors are what the layer hands on
    const {tensor} = await layerVectors(model, values([2, 3, 1], [-1, -1, 4, 5, 5, -1]), {tf: lib, layer: 'cell'});
    expect([...tensor.data]).to.deep.equal([4, 0]);
  });

  it('know where channels are, in layers and ops that do not say so themselves', async () => {
    const model = tf.sequential({layers: [tf.layers.conv2d({filters: 3, kernelSize: 1, dataFormat: 'channelsFirst', inputShape: [1, 4, 5], name: 'conv'}), tf.layers.reLU({name: 'relu'} as never), tf.layers.batchNormalization({axis: 1, name: 'norm'})]});
    model.layers[0]!.setWeights([tf.tensor([1, 1, 1], [1, 1, 1, 3]), tf.tensor1d([0, -100, 0])]);
    const data = await seen(model, values([2, 1, 4, 5]));
    for (const name of ['conv', 'relu', 'norm']) expect([find(data, name).maps.channels, find(data, name).maps.rows, find(data, name).maps.cols], name).to.deep.equal([3, 4, 5]);
    expect([find(data, 'relu').silent, find(data, 'relu').dead]).to.deep.equal([[1], [1]]);
    const wanted = await read(tf.tidy(() => (model.predict(tf.tensor(noise(40).subarray(0, 20), [1, 1, 4, 5])) as tf.Tensor)));
    close(find(data, 'norm').maps.data, wanted, 1e-5);
    const float = {T: {type: 'DT_FLOAT'}};
    const list = (i: number[]): object => ({list: {i: i.map(String)}});
    const ops = graph(
      [
        {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [1, 1, 4, 5].map((size) => ({size: String(size)}))}}}},
        {name: 'w', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
        {name: 'c', op: 'Conv2D', input: ['x', 'w'], attr: {...float, data_format: {s: btoa('NCHW')}, strides: list([1, 1, 1, 1]), padding: {s: btoa('VALID')}, dilations: list([1, 1, 1, 1])}},
        {name: 'r', op: 'Relu', input: ['c'], attr: float},
        {name: 'y', op: 'Tanh', input: ['r'], attr: float},
      ],
      {w: tf.tensor([1, -1, 2], [1, 1, 1, 3])},
    );
    const graphed = await seen(ops, values([1, 4, 5]));
    expect(graphed.layers.map(({address, maps}) => [address, maps.channels, maps.rows, maps.cols])).to.deep.equal([['r', 3, 4, 5], ['y', 3, 4, 5]]);
    ops.dispose();
  });

  it('take from the output of an op that is meant, of several', async () => {
    const float = {T: {type: 'DT_FLOAT'}};
    const w = noise(6, 3);
    const ops = graph(
      [
        {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '4'}]}}}},
        {name: 'axis', op: 'Const', attr: {dtype: {type: 'DT_INT32'}}},
        {name: 'w', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
        {name: 'b', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
        {name: 'split', op: 'Split', input: ['axis', 'x'], attr: {...float, num_split: {i: '2'}}},
        {name: 'gate', op: 'Sigmoid', input: ['split:1'], attr: float},
        {name: 'glu', op: 'Mul', input: ['split', 'gate'], attr: float},
        {name: 'fused', op: '_FusedMatMul', input: ['split:1', 'w', 'b'], attr: {...float, num_args: {i: '1'}, fused_ops: {list: {s: ['BiasAdd', 'Relu'].map(btoa)}}}},
        {name: 'y', op: 'ConcatV2', input: ['glu', 'fused', 'axis'], attr: {...float, N: {i: '2'}}},
      ],
      {axis: tf.scalar(1, 'int32'), w: tf.tensor(w, [2, 3]), b: tf.tensor1d([0.5, 0, 0])},
    );
    const data = await seen(ops, values([4], [1, 2, -30, -40]));
    const [sigmoid] = find(data, 'gate').functions;
    expect([sigmoid!.name, sigmoid!.range.min, sigmoid!.range.max, sigmoid!.below]).to.deep.equal(['sigmoid', -40, -30, 1]);
    expect(find(data, 'glu').functions[0]!.name).to.equal('');
    const sums = [0, 1, 2].map((j) => (j ? 0 : 0.5) - 30 * w[j]! - 40 * w[3 + j]!);
    expect(find(data, 'fused').functions[0]!.range.max).to.be.closeTo(Math.max(...sums), 1e-4);
    ops.dispose();
  });

  it('leave out what lies in branches, and look at the rest', async () => {
    const float = {T: {type: 'DT_FLOAT'}};
    const ops = graph(
      [
        {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '1'}, {size: '2'}]}}}},
        {name: 'if', op: 'Const', attr: {dtype: {type: 'DT_BOOL'}}},
        {name: 'before', op: 'Tanh', input: ['x'], attr: float},
        {name: 'switch', op: 'Switch', input: ['before', 'if'], attr: float},
        {name: 'yes', op: 'Relu', input: ['switch:1'], attr: float},
        {name: 'no', op: 'Sigmoid', input: ['switch'], attr: float},
        {name: 'merge', op: 'Merge', input: ['no', 'yes'], attr: {...float, N: {i: '2'}}},
        {name: 'y', op: 'Exp', input: ['merge'], attr: float},
      ],
      {if: tf.scalar(true, 'bool')},
    );
    const data = await seen(ops, values([2], [0.5, -1]));
    expect(data.layers.map(({address}) => address)).to.deep.equal(['before', 'y']);
    close(find(data, 'y').maps.data, [0.5, -1].map((v) => Math.exp(Math.max(0, Math.tanh(v)))), 1e-6);
    ops.dispose();
  });

  it('are those of one example where a model takes several at once', async () => {
    const made = (batch: number | undefined): tf.Sequential =>
      randomized(tf.sequential({layers: [tf.layers.timeDistributed({layer: tf.layers.dense({units: 3, activation: 'tanh'}), name: 'each', ...(batch ? {batchInputShape: [batch, 4, 2]} : {inputShape: [4, 2]})} as never), tf.layers.lstm({units: 2, returnSequences: true, name: 'cell'} as never), tf.layers.lstm({units: 2, name: 'last'} as never)]}));
    const x = noise(16);
    const [single, several] = [made(undefined), made(4)];
    const one = await seen(single, values([2, 4, 2], x), {example: 1, judged: 0});
    const four = await seen(several, values([2, 4, 2], x), {example: 1, judged: 0});
    for (const {address, functions, maps} of one.layers) {
      const other = find(four, address);
      close(other.maps.data, maps.data, 1e-6, address);
      functions.forEach(({size, range, counts}, i) => {
        const {size: n, range: r, counts: c} = other.functions[i]!;
        expect(n, address).to.equal(size);
        expect(r.min, address).to.be.closeTo(range.min, 1e-6);
        expect(r.max, address).to.be.closeTo(range.max, 1e-6);
        expect(c.reduce((a, b) => a + b, 0)).to.equal(counts.reduce((a, b) => a + b, 0));
      });
    }
    expect(find(one, 'each').functions[0]!.size).to.equal(12);
  });

  it('keep apart what two wrappers of one layer hear', async () => {
    const inner = tf.layers.dense({units: 2, activation: 'relu'});
    const x = tf.input({shape: [3, 2], name: 'x'});
    const first = tf.layers.timeDistributed({layer: inner, name: 't1'}).apply(x) as tf.SymbolicTensor;
    const model = randomized(tf.model({inputs: x, outputs: tf.layers.timeDistributed({layer: inner, name: 't2'}).apply(first) as tf.SymbolicTensor}));
    const data = await seen(model, values([3, 2]));
    for (const name of ['t1', 't2']) expect(find(data, name).functions.map(({name: f, size}) => `${f} ${size}`), name).to.deep.equal(['relu 6']);
  });

  it('show what a Masking layer puts out, and free shapes that turn out too large', async () => {
    const model = tf.sequential({layers: [tf.layers.masking({maskValue: -1, inputShape: [3, 1], name: 'mask'} as never), tf.layers.simpleRNN({units: 1, name: 'cell'} as never)]});
    const data = await seen(model, values([3, 1], [-1, 2, -1]));
    close(find(data, 'mask').maps.data, [0, 2, 0], 0);
    // masked steps keep the state before: its own output is shown
    expect(find(data, 'cell').steps).to.equal(false);
    const free = tf.sequential({layers: [tf.layers.conv2d({filters: 8, kernelSize: 1, inputShape: [null, null, 1] as never, name: 'wide'})]});
    expect((await seen(free, values([10, 10, 1]), {room: 1000})).large).to.deep.include({most: {address: 'wide', bytes: 3200}});
  });

  it('take a custom layer as it is, whatever its function is given', async () => {
    class Odd extends tf.layers.Layer {
      static className = 'Odd';
      activation = {apply: (t: tf.Tensor) => tf.relu(t), getClassName: () => 'relu'};
      override computeOutputShape(shape: tf.Shape): tf.Shape {
        return shape;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const x = Array.isArray(inputs) ? inputs[0]! : inputs;
        return tf.tidy(() => tf.add(this.activation.apply(x), this.activation.apply(tf.sum(x, 1, true))));
      }
    }
    const model = tf.sequential({layers: [new Odd({inputShape: [3], name: 'odd'} as never)]});
    expect(find(await seen(model, values([3], [1, -2, 4])), 'odd').functions[0]).to.deep.include({name: 'relu', size: 4});
    expect((await failure(seen(model, values([3]), {layer: 'odd#7'}))).message).to.include('odd#7');
  });

  it('are read one layer at a time where all together would take too much', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 8, kernelSize: 3, inputShape: [20, 20, 1], name: 'large', padding: 'same'}), tf.layers.globalAveragePooling2d({name: 'mean'} as never)]}));
    const data = await seen(model, values([20, 20, 1]), {room: 4 * 20 * 20 * 4});
    expect(data.layers).to.deep.equal([]);
    expect(data.large).to.deep.include({most: {address: 'large', bytes: 4 * 20 * 20 * 8}});
    expect(data.places).to.deep.equal(['large', 'mean']);
    const one = await seen(model, values([20, 20, 1]), {room: 4 * 20 * 20 * 4, layer: 'large'});
    expect([one.opened, one.layers[0]!.size]).to.deep.equal(['large', 3200]);
    // of a graph, whose shapes only its structure tells
    const float = {T: {type: 'DT_FLOAT'}};
    const ops = graph([{name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '4'}]}}}}, {name: 'r', op: 'Relu', input: ['x'], attr: float}, {name: 'y', op: 'Tanh', input: ['r'], attr: float}]);
    const sizes = new Map([['r', 4], ['y', 4]]);
    expect((await seen(ops, values([4]), {sizes, room: 63})).large).to.deep.include({bytes: 64});
    expect((await seen(ops, values([4]), {sizes, room: 64})).layers.map(({address}) => address)).to.deep.equal(['r', 'y']);
    ops.dispose();
  });

  it('fail in words, and leave nothing behind', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], name: 'a', activation: 'relu'}), tf.layers.dense({units: 2, name: 'b', activation: 'relu'})]}));
    expect((await failure(seen(model, values([3]), {example: 0, layer: 'c'}))).message).to.include('c');
    expect((await failure(seen(model, values([2, 3]), {example: 2}))).message).to.include('2');
    const {call} = model.layers[1]! as unknown as {call: unknown};
    Object.assign(model.layers[1]!, {call: () => { throw new Error('broken on purpose'); }});
    expect((await failure(seen(model, values([3])))).message).to.include('broken on purpose');
    Object.assign(model.layers[1]!, {call});
    expect((await seen(model, values([3]))).layers).to.have.length(2);
    const aborted = AbortSignal.abort(new Error('given up'));
    expect((await failure(seen(model, values([3]), {signal: aborted}))).message).to.equal('given up');
  });
});

describe('vectors of a layer', () => {
  before(() => tf.setBackend('cpu'));

  it('are the last hidden layer’s for every example, however many go into a pass', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.dense({units: 5, inputShape: [3], activation: 'relu', name: 'a'}), tf.layers.dropout({rate: 0.5}), tf.layers.dense({units: 2, name: 'b'}), tf.layers.softmax()]}));
    const x = noise(300);
    const {tensor, layer, shape, averaged} = await tidily(() => layerVectors(model, values([100, 3], x), {tf: lib}));
    expect([layer, shape, averaged, tensor.shape]).to.deep.equal(['a', [5], false, [100, 5]]);
    const input = tf.tensor2d(x, [100, 3]);
    close(tensor.data, await output(model, model.layers[0]!, input), 1e-6);
    input.dispose();
  });

  it('are averaged over places where there are too many values', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 6, kernelSize: 1, inputShape: [30, 30, 1], name: 'maps'}), tf.layers.globalAveragePooling2d({name: 'mean'} as never), tf.layers.dense({units: 2})]}));
    const [maps, mean] = await Promise.all(['maps', undefined].map((layer) => layerVectors(model, values([4, 30, 30, 1]), {tf: lib, layer})));
    expect([maps!.averaged, maps!.shape, mean!.layer]).to.deep.equal([true, [30, 30, 6], 'mean']);
    close(maps!.tensor.data, mean!.tensor.data, 1e-5);
  });
});
