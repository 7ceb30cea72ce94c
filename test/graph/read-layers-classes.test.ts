import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {liveLayersGraph} from '../../src/graph/live-layers.js';
import {knownLayer} from '../../src/graph/layer-shapes.js';
import {layersGraph} from '../../src/graph/read-layers.js';
import {layerTotals} from '../../src/graph/layer-totals.js';
import {graphOf, summaryTotals, topologyOf} from './layers-helpers.js';

type Sizes = (number | null)[];
type Case = readonly [make: () => tf.layers.Layer, ...inputs: Sizes[]];

const L = tf.layers;
const first = 'channelsFirst' as const;
const lstm = (more: object = {}): tf.RNN => L.lstm({units: 5, ...more});

/** Each class of `exports_layers.d.ts`, with the settings that change its shape; inputs without their batch. */
const cases: Record<string, Case> = {
  elu: [() => L.elu(), [4]],
  reLU: [() => L.reLU({maxValue: 6}), [4, 3]],
  leakyReLU: [() => L.leakyReLU(), [4]],
  prelu: [() => L.prelu(), [4, 3]],
  'prelu shared': [() => L.prelu({sharedAxes: [1, 2]}), [4, 3, 5]],
  softmax: [() => L.softmax({axis: -1}), [4, 3]],
  thresholdedReLU: [() => L.thresholdedReLU(), [4]],
  conv1d: [() => L.conv1d({filters: 3, kernelSize: 5, strides: 2}), [20, 4]],
  'conv1d dilated': [() => L.conv1d({filters: 3, kernelSize: 5, dilationRate: 2, padding: 'same'}), [20, 4]],
  conv2d: [() => L.conv2d({filters: 3, kernelSize: [3, 2], strides: [2, 1]}), [11, 8, 4]],
  'conv2d same': [() => L.conv2d({filters: 3, kernelSize: 3, strides: 2, padding: 'same', useBias: false}), [11, 8, 4]],
  'conv2d dilated': [() => L.conv2d({filters: 3, kernelSize: 3, dilationRate: [2, 3]}), [11, 12, 4]],
  'conv2d of any size': [() => L.conv2d({filters: 3, kernelSize: 3}), [null, null, 4]],
  conv2dTranspose: [() => L.conv2dTranspose({filters: 3, kernelSize: 4, strides: 2}), [5, 6, 4]],
  'conv2dTranspose same': [() => L.conv2dTranspose({filters: 3, kernelSize: 3, strides: [2, 3], padding: 'same'}), [5, 6, 4]],
  'conv2dTranspose wide': [() => L.conv2dTranspose({filters: 3, kernelSize: 2, strides: 3}), [5, 6, 4]],
  conv3d: [() => L.conv3d({filters: 3, kernelSize: [3, 2, 1], strides: [2, 1, 1]}), [7, 8, 6, 2]],
  conv3dTranspose: [() => L.conv3dTranspose({filters: 3, kernelSize: 3, strides: 2}), [3, 4, 2, 2]],
  separableConv2d: [() => L.separableConv2d({filters: 3, kernelSize: 3, strides: 2}), [9, 8, 4]],
  cropping2D: [() => L.cropping2D({cropping: [[1, 2], [0, 3]]}), [9, 8, 4]],
  upSampling2d: [() => L.upSampling2d({size: [2, 3]}), [4, 5, 2]],
  depthwiseConv2d: [() => L.depthwiseConv2d({kernelSize: 3, strides: 2, depthMultiplier: 2}), [9, 8, 4]],
  activation: [() => L.activation({activation: 'relu6'}), [4]],
  dense: [() => L.dense({units: 7}), [4]],
  'dense over steps': [() => L.dense({units: 7, useBias: false}), [3, 4]],
  dropout: [() => L.dropout({rate: 0.3}), [4]],
  spatialDropout1d: [() => L.spatialDropout1d({rate: 0.3}), [4, 3]],
  flatten: [() => L.flatten(), [4, 3, 2]],
  'flatten channels first': [() => L.flatten({dataFormat: first}), [4, 3, 2]],
  repeatVector: [() => L.repeatVector({n: 3}), [4]],
  reshape: [() => L.reshape({targetShape: [2, -1, 3]}), [4, 6]],
  permute: [() => L.permute({dims: [3, 1, 2]}), [4, 5, 6]],
  embedding: [() => L.embedding({inputDim: 50, outputDim: 8}), [6]],
  'embedding of known length': [() => L.embedding({inputDim: 50, outputDim: 8, inputLength: 6, maskZero: true}), [6]],
  add: [() => L.add(), [4, 3], [4, 3], [4, 3]],
  'add broadcast': [() => L.add(), [4, 3], [1, 3]],
  'add of lower rank': [() => L.add(), [4, 3], [3]],
  average: [() => L.average(), [4], [4]],
  concatenate: [() => L.concatenate({axis: 1}), [4, 3], [2, 3]],
  'concatenate last': [() => L.concatenate(), [4, 3], [4, 5], [4, 1]],
  maximum: [() => L.maximum(), [4], [4]],
  minimum: [() => L.minimum(), [4], [4]],
  multiply: [() => L.multiply(), [4], [4]],
  dot: [() => L.dot({axes: -1}), [4], [4]],
  'dot of matrices': [() => L.dot({axes: [2, 1]}), [3, 4], [4, 5]],
  batchNormalization: [() => L.batchNormalization(), [4, 4, 3]],
  'batchNormalization plain': [() => L.batchNormalization({center: false, scale: false, axis: 1}), [4, 3]],
  layerNormalization: [() => L.layerNormalization({axis: [1, 2]}), [4, 3]],
  zeroPadding2d: [() => L.zeroPadding2d({padding: [[1, 2], [0, 3]]}), [4, 5, 2]],
  'zeroPadding2d even': [() => L.zeroPadding2d({padding: 2}), [4, 5, 2]],
  'zeroPadding2d channels first': [() => L.zeroPadding2d({padding: [1, 2], dataFormat: first}), [2, 4, 5]],
  averagePooling1d: [() => L.averagePooling1d({poolSize: 3}), [10, 4]],
  averagePooling2d: [() => L.averagePooling2d({poolSize: 3, strides: 2, padding: 'same'}), [10, 9, 4]],
  averagePooling3d: [() => L.averagePooling3d({poolSize: 2}), [6, 5, 4, 3]],
  globalAveragePooling1d: [() => L.globalAveragePooling1d(), [10, 4]],
  globalAveragePooling2d: [() => L.globalAveragePooling2d({}), [10, 9, 4]],
  globalMaxPooling1d: [() => L.globalMaxPooling1d(), [10, 4]],
  globalMaxPooling2d: [() => L.globalMaxPooling2d({dataFormat: first}), [10, 9, 4]],
  maxPooling1d: [() => L.maxPooling1d({poolSize: 2, strides: 3}), [10, 4]],
  maxPooling2d: [() => L.maxPooling2d({poolSize: [2, 3]}), [10, 9, 4]],
  maxPooling3d: [() => L.maxPooling3d({poolSize: 2, strides: 1}), [6, 5, 4, 3]],
  gru: [() => L.gru({units: 5, returnSequences: true}), [6, 3]],
  lstm: [() => lstm(), [6, 3]],
  'lstm with states': [() => lstm({returnState: true, returnSequences: true}), [6, 3]],
  'lstm fed with states': [() => lstm(), [6, 3], [5], [5]],
  simpleRNN: [() => L.simpleRNN({units: 5, useBias: false}), [6, 3]],
  convLstm2d: [() => L.convLstm2d({filters: 4, kernelSize: 3}), [5, 8, 7, 2]],
  'convLstm2d with states': [() => L.convLstm2d({filters: 4, kernelSize: 3, padding: 'same', returnSequences: true, returnState: true}), [5, 8, 7, 2]],
  rnn: [() => L.rnn({cell: L.lstmCell({units: 4})}), [6, 3]],
  stackedRNNCells: [() => L.rnn({cell: [L.lstmCell({units: 4}), L.gruCell({units: 7}), L.simpleRNNCell({units: 2})], returnState: true}), [6, 3]],
  bidirectional: [() => L.bidirectional({layer: lstm(), mergeMode: 'concat'}), [6, 3]],
  'bidirectional sum': [() => L.bidirectional({layer: lstm({returnSequences: true}), mergeMode: 'sum'}), [6, 3]],
  'bidirectional apart': [() => L.bidirectional({layer: lstm(), mergeMode: null as unknown as 'sum'}), [6, 3]],
  'bidirectional with states': [() => L.bidirectional({layer: L.gru({units: 5, returnState: true}) as unknown as tf.RNN, mergeMode: 'ave'}), [6, 3]],
  timeDistributed: [() => L.timeDistributed({layer: L.conv2d({filters: 3, kernelSize: 3})}), [5, 8, 7, 2]],
  gaussianNoise: [() => L.gaussianNoise({stddev: 0.1}), [4]],
  gaussianDropout: [() => L.gaussianDropout({rate: 0.1}), [4]],
  alphaDropout: [() => L.alphaDropout({rate: 0.1}), [4]],
  masking: [() => L.masking(), [6, 3]],
  rescaling: [() => L.rescaling({scale: 1 / 255, offset: -1}), [4, 4, 3]],
  centerCrop: [() => L.centerCrop({height: 4, width: 5}), [8, 9, 3]],
  resizing: [() => L.resizing({height: 4, width: 5}), [8, 9, 3]],
  categoryEncoding: [() => L.categoryEncoding({numTokens: 6, outputMode: 'multiHot'}), [4]],
  randomWidth: [() => L.randomWidth({factor: 0.2}), [8, 9, 3]],
};

/** tfjs gives these a shape that their output does not have. */
const misstated = ['resizing', 'randomWidth', 'reshape'];

describe('shapes and parameters of every class of tfjs', () => {
  before(() => tf.setBackend('cpu'));

  it('which are all here', () => {
    const tried = new Set(Object.keys(cases).map((name) => name.split(' ')[0]!));
    const aliases = /^(avg|max|average|globalMax)Pool(ing)?[123]D$|^(globalMaxPool|maxPool|avgPool|avgPooling)[123]d$|Cell$|^input$|^inputLayer$|^Layer$|^RNN|^rnn$/;
    const cells = ['stackedRNNCells', 'rnn'];
    for (const name of Object.keys(L)) {
      if (!/^[a-z]/.test(name) || aliases.test(name) || cells.includes(name)) continue;
      expect(tried.has(name), name).to.equal(true);
    }
  });

  for (const [name, [make, ...shapes]] of Object.entries(cases)) {
    it(name, () => {
      const {numTensors} = tf.memory();
      const inputs = shapes.map((shape, i) => tf.input({shape, name: `in${i}`, dtype: /embedding|category/.test(name) ? 'int32' : 'float32'}));
      const layer = make();
      const fed = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor | tf.SymbolicTensor[];
      const model = tf.model({inputs, outputs: fed});
      const graph = graphOf(model);
      const node = graph.nodes.find((n) => n.layer === layer.name)!;
      expect(knownLayer(layer.getClassName()), layer.getClassName()).to.equal(true);
      const own = node.outputShapes ?? [node.outputShape];
      if (!misstated.includes(name)) expect(own).to.deep.equal(layer.inboundNodes[0]!.outputShapes);
      expect(node.params).to.equal(layer.countParams());
      expect([layerTotals(graph).params, layerTotals(graph).trainableParams]).to.deep.equal(summaryTotals(model));
      if (name !== 'randomWidth') expect(node.macs === null, 'MACs').to.equal(shapes.some((s) => s.includes(null)));
      expect(graph.remarks).to.equal(undefined);

      const live = liveLayersGraph(model);
      expect(live.nodes.map((n) => n.outputShapes ?? n.outputShape)).to.deep.equal(graph.nodes.map((n) => n.outputShapes ?? n.outputShape));
      const attributes = live.nodes.find((n) => n.layer === layer.name)!.attributes;
      expect(attributes).to.deep.equal(node.attributes);

      tf.tidy(() => {
        const zeros = shapes.map((s) => tf.zeros([2, ...s.map((d) => d ?? 9)], inputs[0]!.dtype));
        // asked for their output's shape, these change their input's, so that the model takes no such input any more
        const run = (x: tf.Tensor | tf.Tensor[]) => (/^resizing|^random|^center|^category/.test(name) ? layer.call(x, {}) : (model.predict(x) as tf.Tensor | tf.Tensor[]));
        [run(zeros.length === 1 ? zeros[0]! : zeros)].flat().forEach((tensor, i) => {
          expect(tensor.rank).to.equal(own[i]!.length);
          own[i]!.forEach((d, axis) => d !== null && expect(tensor.shape[axis], `output ${i}, axis ${axis}`).to.equal(d));
        });
      });
      model.dispose();
      expect(tf.memory().numTensors).to.equal(numTensors);
    });
  }

  it('and of those that only Keras has', () => {
    const read = (class_name: string, config: object, ...shapes: (number | null)[][]) => {
      const layers = [
        ...shapes.map((s, i) => ({class_name: 'InputLayer', name: `in${i}`, config: {name: `in${i}`, batch_input_shape: [null, ...s]}, inbound_nodes: []})),
        {class_name, name: 'it', config: {name: 'it', ...config}, inbound_nodes: [shapes.map((_, i) => [`in${i}`, 0, 0, {}])]},
      ];
      const {nodes} = layersGraph({class_name: 'Model', config: {name: 'm', layers, input_layers: shapes.map((_, i) => [`in${i}`, 0, 0]), output_layers: [['it', 0, 0]]}});
      const {outputShape, params, macs, attributes} = nodes.at(-1)!;
      return {outputShape, params, macs, attributes};
    };
    // numbers from keras.io's API pages and from count_params of Keras 2
    expect(read('SeparableConv1D', {filters: 8, kernel_size: [3], padding: 'same'}, [10, 4])).to.deep.include({outputShape: [null, 10, 8], params: 3 * 4 + 4 * 8 + 8, macs: 10 * 4 * (3 + 8)});
    expect(read('Conv1DTranspose', {filters: 8, kernel_size: [3], strides: [2]}, [10, 4])).to.deep.include({outputShape: [null, 21, 8], params: 3 * 4 * 8 + 8, macs: 10 * 4 * 3 * 8});
    expect(read('Conv2DTranspose', {filters: 1, kernel_size: 3, strides: 2, padding: 'same', output_padding: 1}, [7, 7, 1]).outputShape).to.deep.equal([null, 14, 14, 1]);
    expect(read('Conv1D', {filters: 8, kernel_size: [3], padding: 'causal', dilation_rate: [4]}, [10, 4]).outputShape).to.deep.equal([null, 10, 8]);
    expect(read('Conv2D', {filters: 8, kernel_size: [3, 3], groups: 2}, [6, 6, 4])).to.deep.equal({
      outputShape: [null, 4, 4, 8],
      params: 3 * 3 * 2 * 8 + 8,
      macs: 16 * 8 * 9 * 2,
      attributes: {filters: 8, kernel: '3×3', groups: 2},
    });
    expect(read('Conv2D', {filters: 8, kernel_size: [3, 3], data_format: 'channels_first'}, [4, 6, 5])).to.deep.include({outputShape: [null, 8, 4, 3], params: 296, macs: 12 * 8 * 9 * 4});
    expect(read('ZeroPadding1D', {padding: [1, 2]}, [10, 4]).outputShape).to.deep.equal([null, 13, 4]);
    expect(read('ZeroPadding3D', {padding: [1, 2, 3]}, [4, 4, 4, 1]).outputShape).to.deep.equal([null, 6, 8, 10, 1]);
    expect(read('Cropping1D', {cropping: [1, 2]}, [10, 4]).outputShape).to.deep.equal([null, 7, 4]);
    expect(read('GlobalAveragePooling2D', {keepdims: true}, [7, 7, 32])).to.deep.include({outputShape: [null, 1, 1, 32], macs: 7 * 7 * 32});
    expect(read('GRU', {units: 5, reset_after: true}, [6, 3]).params).to.equal(3 * 5 * (3 + 5 + 2));
    expect(read('CuDNNLSTM', {units: 5}, [6, 3]).params).to.equal(4 * 5 * (3 + 5 + 2));
    expect(read('MultiHeadAttention', {num_heads: 2, key_dim: 2}, [8, 16], [4, 16])).to.deep.include({outputShape: [null, 8, 16], params: 3 * (16 * 4 + 4) + 4 * 16 + 16});
    expect(read('MultiHeadAttention', {num_heads: 2, key_dim: 2}, [8, 16], [4, 16]).macs).to.equal(8 * 16 * 4 + 2 * (4 * 16 * 4) + 8 * 4 * 16 + 2 * (8 * 4 * (2 + 2)));
    expect(read('Attention', {use_scale: true}, [8, 16], [4, 20])).to.deep.include({outputShape: [null, 8, 20], params: 1});
    expect(read('SyncBatchNormalization', {axis: [3]}, [8, 8, 16]).params).to.equal(64);
    expect(read('Reshape', {target_shape: [-1, 4]}, [null, 8]).outputShape).to.deep.equal([null, null, 4]);
    expect(read('CategoryEncoding', {num_tokens: 6, output_mode: 'one_hot'}, [4]).outputShape).to.deep.equal([null, 4, 6]);
    expect(read('CategoryEncoding', {num_tokens: 6, output_mode: 'one_hot'}, [1]).outputShape).to.deep.equal([null, 6]);
    expect(read('Normalization', {}, [4])).to.deep.include({outputShape: [null, 4], params: null});
    expect(read('Lambda', {function_type: 'lambda', output_shape: null}, [4])).to.deep.equal({outputShape: null, params: null, macs: null, attributes: {'function type': 'lambda'}});
  });

  it('keeps a live model as it is: nothing is built', () => {
    const model = tf.sequential({layers: [L.dense({units: 3, inputShape: [4]})]});
    const before = JSON.stringify(topologyOf(model));
    expect(model.built).to.equal(false);
    const {numTensors} = tf.memory();
    expect(layerTotals(liveLayersGraph(model)).params).to.equal(15);
    expect(model.built).to.equal(false);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(JSON.stringify(topologyOf(model))).to.equal(before);
    model.dispose();
  });
});
