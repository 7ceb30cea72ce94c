import {expect} from 'chai';
import {liveLayersGraph} from '../../src/graph/live-layers.js';
import {layersGraph, layersGraphSteps} from '../../src/graph/read-layers.js';
import type {GraphSpec} from '../../src/graph/types.js';
import {failure} from '../helpers.js';
import {edgesOf, type LayersFile, modelFile, nodeOf, weightsOf} from './layers-helpers.js';

const functional = (layers: readonly unknown[], inputs: unknown = [['in', 0, 0]], outputs: unknown = []): object => ({class_name: 'Model', config: {name: 'm', layers, input_layers: inputs, output_layers: outputs}});
const layer = (name: unknown, inbound: unknown = [], class_name = 'Dense', config: object = {units: 2}): object => ({class_name, name, config: {name, ...config}, inbound_nodes: inbound});
const input = layer('in', [], 'InputLayer', {batch_input_shape: [null, 4]});
const from = (...names: string[]): unknown => [names.map((n) => [n, 0, 0, {}])];

/** A graph that holds together: unique ids, edges and groups that lead somewhere, and that is plain JSON. */
function sound(graph: GraphSpec): GraphSpec {
  const ids = new Set(graph.nodes.map((n) => n.id));
  const groups = new Set(graph.groups.map((g) => g.id));
  expect(ids.size).to.equal(graph.nodes.length);
  expect(groups.size).to.equal(graph.groups.length);
  expect(ids.has('')).to.equal(false);
  for (const {from: a, to: b} of graph.edges) expect([ids.has(a), ids.has(b)], `${a} → ${b}`).to.deep.equal([true, true]);
  for (const n of graph.nodes) {
    for (const i of n.inputs) expect(ids.has(i), i).to.equal(true);
    if (n.group !== undefined) expect(groups.has(n.group), n.group).to.equal(true);
  }
  for (const g of graph.groups) if (g.parent !== undefined) expect(groups.has(g.parent), g.parent).to.equal(true);
  return graph;
}

describe('a layers model with faults', () => {
  it('is a clear message where it is none', async () => {
    for (const bad of [null, undefined, 5, 'model', [], {}, {node: []}, {class_name: 'Sequential'}, {model_config: {config: 3}}, {config: {layers: {}}}]) {
      const error = await failure(() => layersGraph(bad));
      expect(error.name).to.equal('Problem');
      expect(error.message).to.match(/topology of a layers model/);
    }
    for (const bad of [null, 5, {}, {layers: 3}]) expect((await failure(() => liveLayersGraph(bad))).name).to.equal('Problem');
  });

  it('may have a cycle', () => {
    const graph = sound(layersGraph(functional([input, layer('a', from('in', 'b')), layer('b', from('a')), layer('c', from('c'))], undefined, [['b', 0, 0]])));
    expect(edgesOf(graph)).to.have.members(['in → a', 'b → a', 'a → b (loop)', 'c → c (loop)']);
    expect(graph.remarks).to.have.length(2);
    const nested = {class_name: 'Sequential', name: 'n', config: {name: 'n', layers: [layer('d')]}, inbound_nodes: from('a')};
    const through = sound(layersGraph(functional([input, layer('a', from('in', 'n')), nested], undefined, [['n', 0, 0]])));
    expect(through.nodes.map((n) => n.id)).to.deep.equal(['in', 'n/d', 'a'].sort((x, y) => through.nodes.findIndex((n) => n.id === x) - through.nodes.findIndex((n) => n.id === y)));
    expect(through.remarks!.join()).to.contain('own output');
  });

  it('may refer to what is not there', () => {
    const graph = sound(layersGraph(functional([input, layer('a', from('in', 'gone')), layer('b', [[['a', 7, 0, {}]]]), layer('c', [[['a', 0, 5, {}]]])], [['nowhere', 0, 0]], [['b', 0, 0], ['x', 0, 0]])));
    expect(edgesOf(graph)).to.deep.equal(['in → a', 'a → c']);
    expect(graph.remarks!.filter((r) => r.includes('not there')).length).to.equal(4);
  });

  it('may have duplicate, empty, missing and hostile names', async () => {
    const proto = JSON.parse('{"class_name": "Dense", "config": {"name": "__proto__", "units": 3, "__proto__": {"units": 9}}}') as object;
    const chain = {class_name: 'Sequential', config: {name: '', layers: [input, proto, layer('constructor'), layer('toString'), layer('x'), layer('x'), layer('x (2)'), layer(''), layer(5), {class_name: '__proto__', config: {name: '<img src=x onerror=alert(1)>', ...JSON.parse('{"__proto__": 5}')}}]}};
    const graph = sound(layersGraph(chain));
    expect(graph.nodes.map((n) => n.id)).to.deep.equal(['in', '__proto__', 'constructor', 'toString', 'x', 'x (2)', 'x (2) (2)', 'Dense 7', 'layer8', '<img src=x onerror=alert(1)>']);
    expect(nodeOf(graph, '__proto__')).to.deep.include({outputShape: [null, 3], params: 15});
    expect(graph.edges.length).to.equal(9);
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
    for (const name of ['16_duplicate_layer_names', '17_hostile_layer_names']) {
      const file = await modelFile(`adversarial/${name}/model.json`);
      const read = sound(layersGraph(file.modelTopology, weightsOf(file)));
      expect(read.nodes.length).to.equal(12);
      expect(read.edges.length).to.equal(11);
      expect(read.nodes.reduce((sum, n) => sum + n.params!, 0)).to.equal(19920);
    }
  });

  it('may have names of 10 MB', () => {
    const long = 'ab/'.repeat(3_500_000);
    const graph = sound(layersGraph(functional([input, layer(long, from('in')), layer('b', from(long)), layer(long, from('in'))], undefined, [[long, 0, 0]])));
    expect(nodeOf(graph, 'b').inputs[0]!.length).to.equal(long.length);
    expect(graph.nodes.every((n) => n.label.length <= 200)).to.equal(true);
    expect(graph.remarks!.join().length).to.be.below(1000);
  });

  it('may have layers of unknown classes, and no layers where layers should be', async () => {
    const file = await modelFile('adversarial/15_unknown_layer_class/model.json');
    const graph = sound(layersGraph(file.modelTopology, weightsOf(file)));
    expect(nodeOf(graph, 'relu_1_1')).to.deep.include({type: 'MyCustomAttention', outputShape: null, attributes: {activation: 'relu'}});
    // what a manifest holds is known all the same
    expect(nodeOf(graph, 'conv_1_2')).to.deep.include({outputShape: null, params: 910, macs: null});
    const odd = sound(layersGraph({class_name: 'Sequential', config: {name: 's', layers: [null, 3, 'x', [], {}, {class_name: 'Dense'}, {class_name: 5, config: []}, layer('d', [], 'Dense', {units: 'many'})]}}));
    expect(odd.nodes.map((n) => n.type)).to.include.members(['?', 'Dense']);
    expect(odd.remarks!.length).to.be.above(3);
    expect(sound(layersGraph({class_name: 'Model', config: {layers: []}})).nodes).to.deep.equal([]);
  });

  it('may have configurations of the wrong kind', () => {
    const values = [null, -1, 0, 1.5, 1e300, NaN, 'x', '', [], [[]], [null], [1, 2, 3, 4, 5], {}, {a: [1]}, true, Array.from({length: 100}, () => 2)];
    const types = ['Conv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'SeparableConv2D', 'MaxPooling2D', 'ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'Reshape', 'Permute', 'Dense', 'Embedding', 'LSTM', 'RNN', 'ConvLSTM2D', 'Bidirectional', 'TimeDistributed', 'Concatenate', 'Dot', 'Add', 'BatchNormalization', 'PReLU', 'Flatten', 'MultiHeadAttention', 'Attention', 'CategoryEncoding', 'Resizing', 'InputLayer', 'GlobalAveragePooling2D', 'RepeatVector'];
    const keys = ['filters', 'kernel_size', 'strides', 'padding', 'pool_size', 'cropping', 'size', 'target_shape', 'dims', 'units', 'input_dim', 'output_dim', 'axis', 'axes', 'cell', 'layer', 'batch_input_shape', 'shared_axes', 'num_heads', 'dilation_rate', 'groups', 'n', 'data_format', 'height', 'num_tokens', 'depth_multiplier', 'activation', 'kernel_regularizer', 'dtype', 'scale', 'name', 'input_length', 'merge_mode'];
    for (const type of types) {
      for (const key of keys) {
        for (const value of values) {
          for (const shape of [[null, 8, 8, 3], [], null, [null], [null, 0, 0, 0]]) {
            const graph = layersGraph(functional([layer('in', [], 'InputLayer', {batch_input_shape: shape}), layer('l', from('in', 'in'), type, {filters: 2, kernel_size: 3, units: 2, [key]: value})]));
            for (const {outputShape, params, macs, activationBytes, attributes} of graph.nodes) {
              // an expectation for each would take longer than all else here
              const right =
                (outputShape ?? []).every((d) => d === null || (Number.isInteger(d) && d >= 0)) &&
                [params, macs, activationBytes].every((n) => n === null || (Number.isFinite(n) && n >= 0)) &&
                Object.values(attributes).every((v) => ['string', 'number', 'boolean'].includes(typeof v));
              if (!right) expect.fail(`${type} ${key} ${JSON.stringify(value)}: ${JSON.stringify({outputShape, params, macs, activationBytes, attributes})}`);
            }
          }
        }
      }
    }
  });

  it('may nest models without end, or call them without end', () => {
    let deep: object = layer('d');
    for (let i = 0; i < 3000; i++) deep = {class_name: 'Sequential', config: {name: `s${i}`, layers: [deep]}};
    const graph = sound(layersGraph({class_name: 'Sequential', config: {name: 'top', layers: [deep]}}));
    expect(graph.groups.length).to.be.below(100);
    expect(graph.remarks!.join()).to.contain('too many models within each other');

    // ten calls each, nine models deep: 10⁹ layer calls from 5 kB
    let many: object = layer('d', [[['i', 0, 0, {}]]]);
    for (let i = 0; i < 9; i++) {
      const inner = layer('i', [], 'InputLayer', {batch_input_shape: [null, 2]});
      const name = i === 0 ? 'd' : `m${i - 1}`;
      const calls = Array.from({length: 10}, (_, k) => [[k ? name : 'i', k ? k - (i === 0 ? 1 : 0) : 0, 0, {}]]);
      many = {class_name: 'Model', name: `m${i}`, config: {name: `m${i}`, layers: [inner, {...many, inbound_nodes: calls}], input_layers: [['i', 0, 0]], output_layers: [[name, i === 0 ? 9 : 10, 0]]}};
    }
    const wide = layersGraph(functional([layer('in', [], 'InputLayer', {batch_input_shape: [null, 2]}), {...many, inbound_nodes: from('in')}], undefined, [['m8', 1, 0]]));
    expect(wide.nodes.length).to.be.below(250_000);
    expect(wide.remarks!.join()).to.contain('more than 200000 layer calls');
  });

  it('is read in steps, so that a page stays alive', () => {
    const topology = functional([input, ...Array.from({length: 20_000}, (_, i) => layer(`d${i}`, from(i ? `d${i - 1}` : 'in')))]);
    const steps = layersGraphSteps(topology);
    let n = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) n++;
    expect(n).to.be.above(100);
    expect(step.value.nodes.length).to.equal(20_001);
  });

  it('may be a chain of 50,000, or a block where each feeds each', () => {
    const long = sound(layersGraph({class_name: 'Sequential', config: {layers: [input, ...Array.from({length: 50_000}, (_, i) => layer(`d${i}`))]}}));
    expect(long.edges.length).to.equal(50_000);
    // in a file that names the last first
    const names = Array.from({length: 20_000}, (_, i) => `d${i}`);
    const backwards = sound(layersGraph(functional([...names.map((n, i) => layer(n, from(names[i + 1] ?? 'in'))), input], undefined, [['d0', 0, 0]])));
    expect(backwards.nodes[0]!.id).to.equal('in');
    expect(backwards.nodes.at(-1)).to.include({id: 'd0', role: 'output'});
    expect(backwards.remarks).to.equal(undefined);
    const dense = sound(layersGraph(functional([input, ...names.slice(0, 200).map((n, i) => layer(n, from('in', ...names.slice(Math.max(0, i - 12), i)), 'Add', {}))])));
    expect(dense.edges.length).to.equal(200 + 12 * 188 + 66);
  });

  it('may contradict its manifest', async () => {
    const file: LayersFile = await modelFile('models/nnv-fashion-mnist/model.json');
    const manifest = file.weightsManifest!.map((g) => ({...g, weights: [...g.weights.slice(1), {name: 'stray/kernel', shape: [3], dtype: 'float32'}]}));
    const graph = layersGraph(file.modelTopology, weightsOf({...file, weightsManifest: manifest as typeof file.weightsManifest & object}));
    expect(graph.remarks!.join('\n')).to.match(/parameters by its configuration, 64 by the weights manifest/);
    // an empty manifest says nothing
    const none = layersGraph(file.modelTopology, weightsOf({...file, weightsManifest: []}));
    expect(none.remarks).to.equal(undefined);
    expect(none.nodes.reduce((sum, n) => sum + n.params!, 0)).to.equal(50890);
    expect(graph.remarks!.join('\n')).to.contain('1 weights belong to no layer, the first of them “stray/kernel”');
  });
});
