import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {lastActivation} from '../../src/tensor/last-activation.js';
import {liveModel} from '../../src/tensor/model-ports.js';
import {modelUrl} from '../helpers.js';

type Ends = readonly tf.layers.Layer[];
const of = (...ends: Ends): unknown => lastActivation(liveModel(tf.sequential({layers: [tf.layers.conv2d({filters: 3, kernelSize: 1, inputShape: [4, 4, 1]}), ...ends]})), 0);
const dense = (activation?: 'softmax' | 'sigmoid' | 'linear' | 'relu'): tf.layers.Layer => tf.layers.dense({units: 3, ...(activation && {activation})});

/** A graph whose ops follow one another. */
function graph(...ops: (string | object)[]): tf.GraphModel {
  const float = {T: {type: 'DT_FLOAT'}};
  const node = [
    {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '3'}]}}}},
    {name: 'w', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
    ...ops.map((op, i) => (typeof op === 'string' ? {name: `n${i}`, op, input: [i ? `n${i - 1}` : 'x', ...(/MatMul|Add/.test(op) ? ['w'] : [])], attr: float} : op)),
  ];
  const signature = {inputs: {x: {name: 'x:0'}}, outputs: {y: {name: `n${ops.length - 1}:0`}}};
  return tf.loadGraphModelSync({modelTopology: {node, versions: {producer: 1, minConsumer: 1}}, signature, weightSpecs: [{name: 'w', shape: [3, 3], dtype: 'float32'}], weightData: new Float32Array(9).buffer}) as tf.GraphModel;
}
const ofGraph = (...ops: (string | object)[]): unknown => lastActivation(liveModel(graph(...ops)), 0);

describe('lastActivation', () => {
  before(() => tf.setBackend('cpu'));

  it('knows the activation of a layer, and layers that are one', () => {
    expect(of(tf.layers.flatten(), dense('softmax'))).to.equal('softmax');
    expect(of(tf.layers.flatten(), dense('sigmoid'))).to.equal('sigmoid');
    expect(of(tf.layers.flatten(), dense())).to.equal('linear');
    expect(of(tf.layers.flatten(), dense('linear'))).to.equal('linear');
    expect(of(tf.layers.flatten(), dense('relu'))).to.equal(null);
    expect(of(tf.layers.flatten(), dense(), tf.layers.activation({activation: 'softmax'}))).to.equal('softmax');
    expect(of(tf.layers.flatten(), dense(), tf.layers.activation({activation: 'linear'}))).to.equal('linear');
    expect(of(tf.layers.flatten(), dense(), tf.layers.softmax())).to.equal('softmax');
    expect(of(tf.layers.flatten(), dense('softmax'), tf.layers.reLU())).to.equal(null);
    expect(of(tf.layers.batchNormalization())).to.equal(null);
  });

  it('looks through what changes no value, and into models', () => {
    expect(of(tf.layers.globalAveragePooling2d({}))).to.equal('linear');
    expect(of(tf.layers.activation({activation: 'softmax'}), tf.layers.globalAveragePooling2d({}))).to.equal('softmax');
    expect(of(tf.layers.activation({activation: 'sigmoid'}), tf.layers.flatten())).to.equal('sigmoid');
    // 16 softmaxes of 3 in a row of 48 do not sum to 1
    expect(of(tf.layers.activation({activation: 'softmax'}), tf.layers.flatten())).to.equal(null);
    expect(of(tf.layers.flatten(), dense('softmax'), tf.layers.reshape({targetShape: [1, 3]}), tf.layers.dropout({rate: 0.5}))).to.equal('softmax');
    expect(of(tf.layers.flatten(), tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [48]}), dense('softmax')]}))).to.equal('softmax');
    expect(of(tf.layers.reshape({targetShape: [16, 3]}), tf.layers.timeDistributed({layer: dense('sigmoid')}))).to.equal('sigmoid');
    expect(of(tf.layers.reshape({targetShape: [16, 3]}), tf.layers.gru({units: 2}))).to.equal(null);
  });

  it('knows the last op of a graph', async () => {
    expect(ofGraph('MatMul', 'Softmax', 'Identity')).to.equal('softmax');
    expect(ofGraph('MatMul', 'Sigmoid', 'Identity', 'Identity')).to.equal('sigmoid');
    expect(ofGraph('MatMul', 'Identity')).to.equal('linear');
    expect(ofGraph('MatMul', 'AddV2')).to.equal('linear');
    expect(ofGraph('MatMul', 'Relu')).to.equal(null);
    expect(ofGraph('Neg')).to.equal(null);
    const fused = (...names: string[]): object => ({name: 'n0', op: '_FusedMatMul', input: ['x', 'w', 'w'], attr: {T: {type: 'DT_FLOAT'}, fused_ops: {list: {s: names.map(btoa)}}}});
    expect(ofGraph(fused('BiasAdd'))).to.equal('linear');
    expect(ofGraph(fused('BiasAdd', 'Relu'))).to.equal(null);
    expect(ofGraph(fused('BiasAdd', 'Sigmoid'), 'Identity')).to.equal('sigmoid');
    const model = await tf.loadGraphModel(modelUrl('human-antispoof-f16'));
    expect(lastActivation(liveModel(model), 0)).to.equal('sigmoid');
    model.dispose();
  });

  it('knows a softmax that JAX wrote out', () => {
    const float = {T: {type: 'DT_FLOAT'}};
    const ops = [
      {name: 'exp', op: 'Exp', input: ['x'], attr: float},
      {name: 'sum', op: 'Sum', input: ['exp', 'w'], attr: float},
      {name: 'wide', op: 'Reshape', input: ['sum', 'w'], attr: float},
      {name: 'all', op: 'BroadcastTo', input: ['wide', 'w'], attr: float},
    ];
    expect(ofGraph(...ops, {name: 'n4', op: 'RealDiv', input: ['exp', 'all'], attr: float})).to.equal('softmax');
    expect(ofGraph(...ops, {name: 'n4', op: 'RealDiv', input: ['x', 'all'], attr: float})).to.equal(null);
  });
});
