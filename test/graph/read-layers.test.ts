import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {liveLayersGraph} from '../../src/graph/live-layers.js';
import {layersGraph} from '../../src/graph/read-layers.js';
import {layerTotals} from '../../src/graph/layer-totals.js';
import type {GraphSpec} from '../../src/graph/types.js';
import {edgesOf, liveLayers, modelFile, nodeOf, summaryTotals, weightsOf} from './layers-helpers.js';

const models = [
  'attention-date-topology/topology_only.json',
  'brainchop-model5/model.json',
  'explornn-med_bs_10/model.json',
  'explornn-med_bs_20/model.json',
  'ml5-cvae/model.json',
  'ml5-darknet-tiny/model.json',
  'nnv-fashion-mnist/model.json',
  'tensorspace-acgan/model.json',
  'tensorspace-lenet/model.json',
  'tensorspace-resnet50-topology/model.json',
  'tfjs-gru-embedding/model.json',
  'tm-nested-27class/model.json',
];

/** Without what a file leaves to its reader: attributes at their default, the name of a model without one. */
const comparable = ({nodes, edges, groups}: GraphSpec): unknown => ({
  nodes: nodes.map((node) => ({...node, attributes: undefined, weights: node.weights?.map((w) => w.address)})),
  edges,
  groups,
});

describe('a layers model is read into a graph', () => {
  before(() => tf.setBackend('cpu'));

  for (const name of models) {
    it(`${name}: shapes, parameters and totals as tfjs has them, live and from the file`, async () => {
      const file = await modelFile(`models/${name}`);
      const weights = weightsOf(file);
      const graph = layersGraph(file.modelTopology, weights);
      expect(graph.remarks).to.equal(undefined);
      expect(layerTotals(graph).params).to.equal(weights.weights.reduce((n, w) => n + w.size, 0));
      // the rules alone count the same
      expect(layersGraph(file.modelTopology).nodes.map((n) => n.params)).to.deep.equal(graph.nodes.map((n) => n.params));

      const model = await tf.models.modelFromJSON(structuredClone(file.modelTopology) as Parameters<typeof tf.models.modelFromJSON>[0]);
      const layers = liveLayers(model);
      for (const node of graph.nodes) {
        const layer = layers.get(node.layer!)!;
        const call = Number(node.id.slice(node.layer!.length + 1) || 0);
        expect(node.outputShapes ?? [node.outputShape], node.id).to.deep.equal(layer.inboundNodes[call]!.outputShapes);
        expect(node.params, node.id).to.equal(call ? 0 : layer.countParams());
        expect(layer.inboundNodes[call]!.inputShapes.length, node.id).to.be.at.least(node.inputs.length);
      }
      expect([layerTotals(graph).params, layerTotals(graph).trainableParams]).to.deep.equal(summaryTotals(model));
      expect(layerTotals(graph).params).to.equal(model.countParams());

      const {numTensors} = tf.memory();
      const live = liveLayersGraph(model);
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(comparable(live)).to.deep.equal(comparable(graph));
      model.dispose();
    });
  }

  it('though tfjs does not know its layers', async () => {
    const file = await modelFile('models/upscaler-gans-uint8/model.json.gz');
    const graph = layersGraph(file.modelTopology, weightsOf(file));
    expect(graph.nodes.length).to.equal(477);
    expect(layerTotals(graph).params).to.equal(4176100);
    expect(graph.remarks).to.have.length(2);
    expect(graph.remarks![0]).to.contain('MultiplyBeta');
    const custom = graph.nodes.find((n) => n.type === 'MultiplyBeta')!;
    expect(custom).to.deep.include({outputShape: null, macs: null, activationBytes: null});
    // InceptionV3 takes images of any size: channels are known, the rest is not
    const inception = layersGraph((await modelFile('models/tensorspace-inceptionv3-topology/model.json')).modelTopology);
    expect(inception.nodes.length).to.equal(313);
    expect(inception.nodes.find((n) => n.type === 'Concatenate')!.outputShape).to.deep.equal([null, null, null, 256]);
    expect(layerTotals(inception).params).to.equal(23851784);
  });

  it('with layers called ten times, their states handed on', async () => {
    const graph = layersGraph((await modelFile('models/attention-date-topology/topology_only.json')).modelTopology);
    expect(graph.nodes.length).to.equal(3 + 1 + 8 * 10);
    expect(graph.nodes.filter((n) => n.role === 'input').map((n) => n.id)).to.have.members(['input_1', 's0', 'c0']);
    expect(graph.nodes.filter((n) => n.role === 'output').map((n) => n.id)).to.have.members(['dense_3', ...Array.from({length: 9}, (_, i) => `dense_3#${i + 1}`)]);
    expect(nodeOf(graph, 'lstm_1').inputs).to.deep.equal(['dot_1', 's0', 'c0']);
    expect(nodeOf(graph, 'lstm_1#9')).to.deep.include({inputs: ['dot_1#9', 'lstm_1#8', 'lstm_1#8'], layer: 'lstm_1', params: 0, label: 'lstm_1'});
    expect(edgesOf(graph)).to.include.members(['dot_1 → lstm_1', 's0 → lstm_1 (state)', 'c0 → lstm_1 (state)', 'lstm_1#8 → lstm_1#9 (state)', 'lstm_1 → repeat_vector_1#1']);
    expect(nodeOf(graph, 'bidirectional_1')).to.deep.include({
      type: 'Bidirectional(LSTM)',
      outputShape: [null, 30, 64],
      attributes: {units: 32, activation: 'tanh', 'recurrent activation': 'hard_sigmoid', 'return sequences': true, merge: 'concat'},
    });
    // a layer is named before the calls that need it: no node stands before those it takes from
    const place = new Map(graph.nodes.map((n, i) => [n.id, i]));
    for (const {from, to} of graph.edges) expect(place.get(from)!, `${from} → ${to}`).to.be.below(place.get(to)!);
  });

  it('with models in models as groups', async () => {
    const graph = layersGraph((await modelFile('models/tm-nested-27class/model.json')).modelTopology);
    expect(graph.groups).to.deep.equal([
      {id: 'sequential_89', label: 'sequential_89', kind: 'model', type: 'Sequential'},
      {id: 'sequential_89/model23', label: 'model23', parent: 'sequential_89', kind: 'model', type: 'Model'},
      {id: 'sequential_91', label: 'sequential_91', kind: 'model', type: 'Sequential'},
    ]);
    expect(nodeOf(graph, 'sequential_89/model23/input_1')).to.include({role: 'input', group: 'sequential_89/model23'});
    expect(edgesOf(graph)).to.include('sequential_89/model23/out_relu → sequential_89/global_average_pooling2d_GlobalAveragePooling2D23');
    expect(edgesOf(graph)).to.include('sequential_89/global_average_pooling2d_GlobalAveragePooling2D23 → sequential_91/dense_Dense45');
    expect(nodeOf(graph, 'sequential_91/dense_Dense46')).to.deep.include({role: 'output', group: 'sequential_91', attributes: {units: 27, activation: 'softmax', bias: false}});
    expect(nodeOf(graph, 'sequential_89/model23/Conv1').attributes).to.deep.equal({filters: 16, kernel: '3×3', stride: '2×2', bias: false});
    expect(nodeOf(graph, 'sequential_89/model23/Conv1_pad').attributes).to.deep.equal({padding: '0+1 × 0+1'});
  });
});
