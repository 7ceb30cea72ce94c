import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {layerTotals} from '../../src/graph/layer-totals.js';
import {liveLayersGraph} from '../../src/graph/live-layers.js';
import {layersGraph} from '../../src/graph/read-layers.js';
import type {GraphSpec} from '../../src/graph/types.js';
import {edgesOf, graphOf, modelFile, nodeOf, summaryTotals} from './layers-helpers.js';

const L = tf.layers;
const ids = (graph: GraphSpec): string[] => graph.nodes.map((n) => n.id);
const sym = (x: unknown): tf.SymbolicTensor => x as tf.SymbolicTensor;

/** Both readings of a model, which have to agree. */
function both(model: tf.LayersModel): GraphSpec {
  const graph = graphOf(model);
  const {numTensors} = tf.memory();
  const live = liveLayersGraph(model);
  expect(tf.memory().numTensors).to.equal(numTensors);
  const plain = (g: GraphSpec): unknown => ({...g, nodes: g.nodes.map((n) => ({...n, weights: undefined}))});
  expect(plain(live)).to.deep.equal(plain(graph));
  expect([layerTotals(live).params, layerTotals(live).trainableParams]).to.deep.equal(summaryTotals(model));
  return graph;
}

const keras = (layers: readonly object[], inputs: unknown, outputs: unknown): object => ({class_name: 'Functional', config: {name: 'm', layers, input_layers: inputs, output_layers: outputs}});
const input = (name: string, ...shape: (number | null)[]): object => ({class_name: 'InputLayer', name, config: {name, batch_shape: [null, ...shape]}, inbound_nodes: []});
const layer = (class_name: string, name: string, config: object, inbound_nodes: unknown): object => ({class_name, name, config: {name, ...config}, inbound_nodes});

describe('the structure of a layers model', () => {
  before(() => tf.setBackend('cpu'));

  it('has branches, several inputs and outputs, and the same input twice', () => {
    const a = tf.input({shape: [4], name: 'a'});
    const b = tf.input({shape: [4], name: 'b'});
    const x = sym(L.dense({units: 4, name: 'x'}).apply(a));
    const sum = sym(L.add({name: 'sum'}).apply([x, b, x]));
    const y = sym(L.dense({units: 2, name: 'y'}).apply(sum));
    const graph = both(tf.model({inputs: [a, b], outputs: [y, x], name: 'net'}));
    expect(graph.name).to.equal('net');
    expect(nodeOf(graph, 'sum').inputs).to.deep.equal(['x', 'b', 'x']);
    expect(edgesOf(graph)).to.have.members(['a → x', 'x → sum', 'b → sum', 'x → sum', 'sum → y']);
    expect(graph.edges[0]!.shape).to.deep.equal([null, 4]);
    expect(graph.nodes.filter((n) => n.role === 'output').map((n) => n.id)).to.have.members(['x', 'y']);
    expect(nodeOf(graph, 'x')).to.deep.include({macs: 16, activationBytes: 16, trainable: true});
    expect(nodeOf(graph, 'sum')).to.deep.include({macs: 0, params: 0, trainable: null});
  });

  it('counts a shared layer’s parameters once', () => {
    const [a, b] = [tf.input({shape: [4], name: 'a'}), tf.input({shape: [4], name: 'b'})];
    const shared = L.dense({units: 4, name: 'shared'});
    const out = sym(L.concatenate({name: 'out'}).apply([a, b, shared.apply(a)].map((x, i) => (i < 2 ? sym(shared.apply(sym(x))) : sym(x)))));
    const graph = both(tf.model({inputs: [a, b], outputs: out}));
    expect(ids(graph).filter((id) => id.startsWith('shared'))).to.have.members(['shared', 'shared#1', 'shared#2']);
    expect(graph.nodes.filter((n) => n.layer === 'shared').map((n) => n.params)).to.have.members([20, 0, 0]);
    expect(layerTotals(graph)).to.include({params: 20, macs: 3 * 16});
  });

  it('puts the layers of a model that is called twice into two groups', () => {
    const inside = tf.input({shape: [null, 4], name: 'inside'});
    const twice = L.dense({units: 4, name: 'twice'});
    const inner = tf.model({inputs: inside, outputs: sym(twice.apply(sym(twice.apply(inside)))), name: 'inner'});
    const tail = tf.sequential({layers: [L.dense({units: 3, name: 'd', inputShape: [null, 4]}), L.globalAveragePooling1d({name: 'g'})], name: 'tail'});
    const a = tf.input({shape: [7, 4], name: 'a'});
    const one = sym(inner.apply(a));
    const two = sym(inner.apply(one));
    const graph = both(tf.model({inputs: a, outputs: sym(tail.apply(two)), name: 'outer'}));
    expect(ids(graph)).to.deep.equal(['a', 'inner/twice', 'inner/twice#1', 'inner/twice#2', 'inner/twice#3', 'tail/d', 'tail/g']);
    expect(graph.groups.map((g) => [g.id, g.type, g.kind])).to.deep.equal([
      ['inner', inner.getClassName(), 'model'],
      ['inner#1', inner.getClassName(), 'model'],
      ['tail', 'Sequential', 'model'],
    ]);
    expect(edgesOf(graph)).to.deep.equal(['a → inner/twice', 'inner/twice → inner/twice#1', 'inner/twice#1 → inner/twice#2', 'inner/twice#2 → inner/twice#3', 'inner/twice#3 → tail/d', 'tail/d → tail/g']);
    expect(nodeOf(graph, 'inner/twice#2')).to.include({group: 'inner#1', params: 0, layer: 'inner/twice', label: 'twice'});
    // the length that only the outer model knows is known within
    expect(nodeOf(graph, 'inner/twice#3').outputShape).to.deep.equal([null, 7, 4]);
    expect(nodeOf(graph, 'tail/g')).to.deep.include({outputShape: [null, 3], role: 'output'});
    expect(graph.nodes.filter((n) => n.role === 'input').length).to.equal(1);
  });

  it('runs several values through a nested model, its input among its outputs', () => {
    const [p, q] = [tf.input({shape: [3], name: 'p'}), tf.input({shape: [5], name: 'q'})];
    const inner = tf.model({inputs: [p, q], outputs: [sym(L.dense({units: 2, name: 'd'}).apply(q)), p], name: 'inner'});
    const [a, b] = [tf.input({shape: [3], name: 'a'}), tf.input({shape: [5], name: 'b'})];
    const [d, same] = inner.apply([a, b]) as tf.SymbolicTensor[];
    const graph = both(tf.model({inputs: [a, b], outputs: sym(L.concatenate({name: 'c'}).apply([d!, same!]))}));
    expect(edgesOf(graph)).to.have.members(['b → inner/d', 'inner/d → c', 'a → c']);
    expect(nodeOf(graph, 'c').outputShape).to.deep.equal([null, 5]);
  });

  it('keeps wrappers as one node, a model within them too', () => {
    const step = tf.sequential({layers: [L.conv2d({filters: 2, kernelSize: 3, inputShape: [6, 6, 1]}), L.batchNormalization(), L.flatten()]});
    const model = tf.sequential({layers: [L.timeDistributed({layer: step, inputShape: [4, 6, 6, 1], name: 'steps'})]});
    const graph = graphOf(model);
    const expected = {type: 'TimeDistributed(Sequential)', outputShape: [null, 4, 32], params: 20 + 8, macs: 4 * (16 * 2 * 9 + 32), nonTrainableParams: 4};
    expect(nodeOf(graph, 'steps')).to.deep.include(expected);
    expect(nodeOf(liveLayersGraph(model), 'steps')).to.deep.include(expected);
    expect(layerTotals(graph).trainableParams).to.equal(summaryTotals(model)[1]);
    expect(graph.groups).to.deep.equal([]);
  });

  it('says what training leaves alone', () => {
    const frozen = L.dense({units: 4, name: 'frozen', trainable: false, inputShape: [3]});
    const base = tf.sequential({layers: [L.dense({units: 4, name: 'inner', inputShape: [4]})], name: 'base'});
    base.trainable = false;
    const model = tf.sequential({layers: [frozen, base, L.batchNormalization({name: 'bn'}), L.dense({units: 2, name: 'free'})]});
    const live = liveLayersGraph(model);
    expect(live.nodes.map((n) => [n.id, n.trainable, n.nonTrainableParams])).to.deep.equal([
      ['frozen', false, undefined],
      ['base/inner', false, undefined],
      ['bn', true, 8],
      ['free', true, undefined],
    ]);
    expect([layerTotals(live).params, layerTotals(live).trainableParams]).to.deep.equal(summaryTotals(model));
    expect(nodeOf(graphOf(model), 'frozen').trainable).to.equal(false);
  });

  it('may share layers with other models, which are not part of it', () => {
    const a = tf.input({shape: [4], name: 'a'});
    const x = L.dense({units: 4, name: 'x'});
    const y = L.dense({units: 4, name: 'y'});
    const whole = tf.model({inputs: a, outputs: sym(y.apply(sym(x.apply(a))))});
    const b = tf.input({shape: [4], name: 'b'});
    const part = tf.model({inputs: b, outputs: sym(x.apply(b))});
    expect(ids(both(whole))).to.deep.equal(['a', 'x', 'y']);
    expect(edgesOf(both(part))).to.deep.equal(['b → x']);
  });

  it('is read live though a layer cannot describe itself', () => {
    class Twice extends L.Layer {
      static className = 'Twice';
      override computeOutputShape(shape: tf.Shape): tf.Shape {
        return [...shape.slice(0, -1), 2 * shape.at(-1)!];
      }
      override call(x: tf.Tensor[]): tf.Tensor {
        return tf.concat([x[0]!, x[0]!], -1);
      }
      override getConfig(): tf.serialization.ConfigDict {
        throw new Error('not written');
      }
    }
    const model = tf.sequential({layers: [new Twice({name: 't', inputShape: [3]}), L.dense({units: 2, name: 'd'})]});
    const graph = liveLayersGraph(model);
    expect(nodeOf(graph, 't')).to.deep.include({type: 'Twice', outputShape: [null, 6], params: 0, macs: null, trainable: null});
    expect(nodeOf(graph, 'd')).to.deep.include({params: 14, macs: 12});
    expect(graph.remarks).to.equal(undefined);
  });

  it('gives states and constants of recurrent layers as inputs, in every way that files write them', () => {
    const states = (call: unknown, more: object = {}): string[] =>
      edgesOf(layersGraph(keras([input('x', 5, 3), input('h', 4), input('c', 4), layer('LSTM', 'l', {units: 4, ...more}, [call])], [['x', 0, 0]], [['l', 0, 0]])));
    const expected = ['x → l', 'h → l (state)', 'c → l (state)'];
    expect(states([['x', 0, 0, {}], ['h', 0, 0, {}], ['c', 0, 0, {}]])).to.deep.equal(expected);
    expect(states([['x', 0, 0, {initial_state: [['h', 0, 0], ['c', 0, 0]]}]])).to.deep.equal(expected);
    const both2 = {initial_state: [['h', 0, 0], ['c', 0, 0]]};
    expect(states([['x', 0, 0, both2], ['h', 0, 0, both2], ['c', 0, 0, both2]])).to.deep.equal(expected);
    const tensor = (name: string): object => ({class_name: '__keras_tensor__', config: {shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0]}});
    expect(states({args: [tensor('x')], kwargs: {initial_state: [tensor('h'), tensor('c')], training: false}})).to.deep.equal(expected);
    expect(states([['x', 0, 0, {}], ['h', 0, 0, {}], ['c', 0, 0, {}]], {num_constants: 1})).to.deep.equal(['x → l', 'h → l (state)', 'c → l']);
  });

  it('reads Keras 3’s and TensorFlow’s other ways to write calls', () => {
    const tensor = (name: string): object => ({class_name: '__keras_tensor__', config: {keras_history: [name, 0, 0]}});
    const three = layersGraph(
      keras(
        [
          input('a', 8, 16),
          input('b', 4, 16),
          layer('MultiHeadAttention', 'mha', {num_heads: 2, key_dim: 8}, [{args: [tensor('a'), tensor('b')], kwargs: {key: tensor('b'), use_causal_mask: false}}]),
          layer('Add', 'add', {}, [{args: [[tensor('a'), tensor('mha')]], kwargs: {}}]),
        ],
        [['a', 0, 0], ['b', 0, 0]],
        ['add', 0, 0],
      ),
    );
    expect(edgesOf(three)).to.deep.equal(['a → mha', 'b → mha', 'b → mha', 'a → add', 'mha → add']);
    expect(nodeOf(three, 'add')).to.deep.include({outputShape: [null, 8, 16], role: 'output'});
    const ops = layersGraph(
      keras(
        [input('a', 4), layer('TFOpLambda', 'plus', {function: 'math.add'}, [['a', 0, 0, {y: ['_CONSTANT_VALUE', -1, 1]}]]), layer('TFOpLambda', 'times', {function: 'math.multiply'}, [['plus', 0, 0, {y: ['a', 0, 0], name: null}]])],
        {a: ['a', 0, 0]},
        {out: ['times', 0, 0]},
      ),
    );
    expect(edgesOf(ops)).to.deep.equal(['a → plus', 'plus → times', 'a → times']);
    expect(nodeOf(ops, 'times')).to.deep.include({outputShape: null, role: 'output', attributes: {function: 'math.multiply'}});
  });

  it('finds the calls of nested models whether the file counts them from 0 or from 1', () => {
    const inner = (class_name: string): object => ({
      class_name,
      name: 'inner',
      config: {name: 'inner', layers: [input('i', 4), layer('Dense', 'd', {units: 4}, class_name === 'Sequential' ? undefined : [[['i', 0, 0, {}]]])], input_layers: [['i', 0, 0]], output_layers: [['d', 0, 0]]},
      inbound_nodes: [[['a', 0, 0, {}]]],
    });
    for (const [type, call] of [['Sequential', 0], ['Sequential', 1], ['Functional', 1]] as const) {
      const graph = layersGraph(keras([input('a', 4), inner(type), layer('ReLU', 'r', {}, [[['inner', call, 0, {}]]])], [['a', 0, 0]], [['r', 0, 0]]));
      expect(edgesOf(graph), `${type} ${call}`).to.deep.equal(['a → inner/d', 'inner/d → r']);
      expect(graph.remarks).to.equal(undefined);
    }
  });

  it('counts as many MACs as are published', async () => {
    const arithmetic = (graph: GraphSpec): number => graph.nodes.filter((n) => /Conv|Dense/.test(n.type)).reduce((sum, n) => sum + n.macs!, 0) / 1e6;
    let n = 0;
    const conv = (filters: number, kernel_size: number, strides = 1): object => ({class_name: 'Conv2D', config: {name: `c${n++}`, filters, kernel_size, strides, padding: 'same'}});
    const pool = (): object => ({class_name: 'MaxPooling2D', config: {name: `p${n++}`, pool_size: 2}});
    const dense = (units: number): object => ({class_name: 'Dense', config: {name: `d${n++}`, units}});
    const image = {class_name: 'InputLayer', config: {name: 'image', batch_input_shape: [null, 224, 224, 3]}};
    // Simonyan and Zisserman 2015, configuration D: 138 M parameters; 15.5 G in Keras Applications' table
    const vgg = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0].map((f) => (f ? conv(f, 3) : pool()));
    const vgg16 = layersGraph({class_name: 'Sequential', config: {layers: [image, ...vgg, {class_name: 'Flatten', config: {name: 'f'}}, dense(4096), dense(4096), dense(1000)]}});
    expect(layerTotals(vgg16).params).to.equal(138357544);
    expect(arithmetic(vgg16)).to.be.closeTo(15470, 1);
    // Howard et al. 2017, table 8: 569 M
    const blocks = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], ...Array.from({length: 5}, () => [512, 1]), [1024, 2], [1024, 1]].flatMap(([f, s]) => [
      {class_name: 'DepthwiseConv2D', config: {name: `w${n++}`, kernel_size: 3, strides: s, padding: 'same'}},
      conv(f!, 1),
    ]);
    const mobile = layersGraph({class_name: 'Sequential', config: {layers: [image, conv(32, 3, 2), ...blocks, {class_name: 'GlobalAveragePooling2D', config: {name: 'g'}}, dense(1000)]}});
    expect(arithmetic(mobile)).to.be.closeTo(569, 0.5);
    // He et al. 2016, table 1: 3.8 × 10⁹
    const resnet = layersGraph((await modelFile('models/tensorspace-resnet50-topology/model.json')).modelTopology);
    expect(arithmetic(resnet)).to.be.closeTo(3834, 1);
    // MobileNetV2 0.35 in Keras Applications: 59 M with its 1000 classes, of which this model has 27
    const v2 = layersGraph((await modelFile('models/tm-nested-27class/model.json')).modelTopology);
    expect(arithmetic(v2)).to.be.closeTo(58.1, 0.1);
    // Szegedy et al. 2016: 5 billion, 5.7 G in later tables
    const {modelTopology} = await modelFile('models/tensorspace-inceptionv3-topology/model.json');
    const sized = JSON.parse(JSON.stringify(modelTopology).replace('"batch_input_shape":[null,null,null,3]', '"batch_input_shape":[null,299,299,3]')) as unknown;
    expect(arithmetic(layersGraph(sized))).to.be.closeTo(5713, 1);
  });
});
