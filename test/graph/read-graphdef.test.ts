import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {liveGraphModelGraph} from '../../src/graph/live-graph.js';
import {graphDefGraph, graphDefSteps} from '../../src/graph/read-graphdef.js';
import type {GraphNode, GraphSpec} from '../../src/graph/types.js';
import type {ManifestGroup} from '../../src/tensor/shards.js';
import {fixture, modelUrl} from '../helpers.js';

interface ModelFile {
  readonly modelTopology: {readonly node: readonly {readonly name: string; readonly op: string}[]};
  readonly weightsManifest?: readonly ManifestGroup[];
  readonly signature?: unknown;
  readonly userDefinedMetadata?: {readonly signature?: unknown};
}

async function modelFile(path: string): Promise<ModelFile> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  if (!path.endsWith('.gz')) return (await response.json()) as ModelFile;
  return (await new Response(response.body!.pipeThrough(new DecompressionStream('gzip'))).json()) as ModelFile;
}

const read = (file: ModelFile): GraphSpec =>
  graphDefGraph(file.modelTopology, {manifest: file.weightsManifest, signature: file.signature ?? file.userDefinedMetadata?.signature});

const byId = (spec: GraphSpec): Map<string, GraphNode> => new Map(spec.nodes.map((node) => [node.id, node]));

/** Edges and inputs name nodes, groups name groups, ids are unique. */
function check({nodes, edges, groups}: GraphSpec): void {
  const ids = new Set(nodes.map(({id}) => id));
  const groupIds = new Set(groups.map(({id}) => id));
  expect(ids.size, 'nodes').to.equal(nodes.length);
  expect(groupIds.size, 'groups').to.equal(groups.length);
  for (const {id} of groups) expect(ids.has(id), id).to.equal(false);
  for (const {from, to} of edges) expect(ids.has(from) && ids.has(to), `${from} → ${to}`).to.equal(true);
  for (const {inputs, group} of nodes) {
    for (const input of inputs) expect(ids.has(input), input).to.equal(true);
    if (group !== undefined) expect(groupIds.has(group), group).to.equal(true);
  }
  for (const {parent} of groups) if (parent !== undefined) expect(groupIds.has(parent), parent).to.equal(true);
}

const MODELS: readonly (readonly [name: string, nodes: number])[] = [
  ['basic-pitch/model.json.gz', 255],
  ['efficientdet-5146-topology/model.json.gz', 2576],
  ['handtrack-ssd320-int8/model.json.gz', 566],
  ['human-antispoof-f16/antispoof.json', 15],
  ['human-facemesh-attention/model.json.gz', 1079],
  ['human-gender/gender.json', 35],
  ['magika-v3_3/model.json', 112],
  ['maxim-27809-topology/model.json.gz', 16219],
  ['use-lite-topology/model.json.gz', 256],
  // 79 ops, and in its loop 52 of the body, 3 of the condition, and 6 arguments of each
  ['vscode-langdetect/model.json', 140],
];

describe('Reading a graph model', () => {
  for (const [path, count] of MODELS) {
    it(`reads ${path.split('/')[0]}`, async () => {
      const file = await modelFile(fixture(`models/${path}`));
      const spec = read(file);
      check(spec);
      expect(spec.nodes.length).to.equal(count);
      const constants = file.modelTopology.node.filter(({op}) => op === 'Const').length;
      const own = spec.nodes.filter(({id}) => file.modelTopology.node.some(({name}) => name === id)).length;
      if (count < 5000) expect(own).to.equal(file.modelTopology.node.length - constants);
      expect(spec.nodes.some(({role}) => role === 'input')).to.equal(true);
      expect(spec.nodes.some(({role}) => role === 'output')).to.equal(true);
      expect(spec.remarks).to.equal(undefined);
    });
  }
});

describe('Inferred shapes of a graph model, against running it', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const name of ['human-gender', 'human-antispoof-f16']) {
    it(name, async () => {
      const file = await modelFile(modelUrl(name));
      const model = await tf.loadGraphModel(modelUrl(name));
      const tensors = tf.memory().numTensors;
      const live = await liveGraphModelGraph(model);
      expect(tf.memory().numTensors).to.equal(tensors);
      const ids = live.nodes.map(({id}) => id);
      const feed = tf.zeros(model.inputs[0]!.shape!.map((n) => (n < 0 ? 3 : n)));
      const outputs = model.execute(feed, ids) as tf.Tensor[];
      for (const [spec, all] of [[read(file), false], [live, true]] as const) {
        const nodes = byId(spec);
        outputs.forEach(({shape}, i) => {
          const claimed = nodes.get(ids[i]!)!.outputShape;
          if (all) expect(claimed!.slice(1), ids[i]).to.deep.equal(shape.slice(1));
          claimed?.forEach((n, axis) => expect(n ?? shape[axis], ids[i]).to.equal(shape[axis]));
          if (claimed) expect(claimed.length).to.equal(shape.length);
        });
      }
      tf.dispose([feed, outputs]);
      model.dispose();
    });
  }
});

describe('A graph model in slices', () => {
  it('reads 27,809 nodes in steps of less than 50 ms', async () => {
    const file = await modelFile(fixture('models/maxim-27809-topology/model.json.gz'));
    const steps = graphDefSteps(file.modelTopology, {manifest: file.weightsManifest, signature: file.signature});
    const began = performance.now();
    let longest = 0;
    for (let last = began, done = false; !done; last = performance.now()) {
      done = steps.next().done === true;
      longest = Math.max(longest, performance.now() - last);
    }
    expect(longest).to.be.below(50);
    expect(performance.now() - began).to.be.below(2000);
  });
});
