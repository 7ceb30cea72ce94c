import {graphDefGraph} from '../../src/graph/read-graphdef.js';
import {layersGraph} from '../../src/graph/read-layers.js';
import type {GraphTree} from '../../src/graph/tree.js';
import type {GraphGroup, GraphNode, GraphSpec} from '../../src/graph/types.js';
import type {ManifestGroup} from '../../src/tensor/shards.js';
import {fixture} from '../helpers.js';

/** Files of all models in the fixtures that tell a structure, by folder. */
export const files: Readonly<Record<string, string>> = {
  'attention-date-topology': 'topology_only.json',
  'basic-pitch': 'model.json.gz',
  'brainchop-model5': 'model.json',
  'cnn-explainer-tinyvgg': '',
  'efficientdet-5146-topology': 'model.json.gz',
  'explornn-med_bs_10': 'model.json',
  'handtrack-ssd320-int8': 'model.json.gz',
  'human-antispoof-f16': 'antispoof.json',
  'human-facemesh-attention': 'model.json.gz',
  'human-gender': 'gender.json',
  'magika-v3_3': 'model.json',
  'maxim-27809-topology': 'model.json.gz',
  'ml5-cvae': 'model.json',
  'ml5-darknet-tiny': 'model.json',
  'nnv-fashion-mnist': 'model.json',
  'nnv-imdb': 'model.json',
  'nsfwjs-mobilenetv2-uint8': 'model.json',
  'tensorspace-acgan': 'model.json',
  'tensorspace-inceptionv3-topology': 'model.json',
  'tensorspace-lenet': 'model.json',
  'tensorspace-resnet50-topology': 'model.json',
  'tfjs-gru-embedding': 'model.json',
  'tm-nested-27class': 'model.json',
  'upscaler-gans-uint8': 'model.json.gz',
  'use-lite-topology': 'model.json.gz',
  'vscode-langdetect': 'model.json',
};

interface ModelJson {
  readonly modelTopology: {readonly node?: unknown};
  readonly weightsManifest?: readonly ManifestGroup[];
  readonly signature?: unknown;
}

/** The structure of a model in the fixtures, as it is read, without groups that were found. */
export async function modelSpec(name: string): Promise<GraphSpec> {
  const file = files[name] || 'model.json';
  const response = await fetch(fixture(`models/${name}/${file}`));
  if (!response.ok) throw new Error(`${name}/${file}: ${response.status}`);
  const zipped = file.endsWith('.gz') && response.headers.get('content-encoding') !== 'gzip';
  const json = (await new Response(zipped ? response.body!.pipeThrough(new DecompressionStream('gzip')) : response.body).json()) as ModelJson;
  const {modelTopology, weightsManifest, signature} = json;
  return modelTopology.node ? graphDefGraph(modelTopology, {manifest: weightsManifest, signature}) : layersGraph(modelTopology);
}

/** A node of which nothing but its place is said; its label is the last part of its id. */
export function node(id: string, inputs: readonly string[] = [], more: Partial<GraphNode> = {}): GraphNode {
  return {id, type: 'Op', label: id.split('/').at(-1)!, inputs, outputShape: null, params: 0, trainable: null, macs: 0, activationBytes: 0, attributes: {}, ...more};
}

/** A graph of these nodes with the edges that their inputs tell. */
export function graph(nodes: readonly GraphNode[], groups: readonly GraphGroup[] = []): GraphSpec {
  return {nodes, groups, edges: nodes.flatMap(({id, inputs}) => inputs.map((from) => ({from, to: id})))};
}

/** `n` nodes, each after the one before. */
export function chain(n: number, more: (i: number) => Partial<GraphNode> = () => ({})): GraphSpec {
  return graph(Array.from({length: n}, (_, i) => node(`n${i}`, i ? [`n${i - 1}`] : [], more(i))));
}

/** The tree of groups as text: one line an item, `×n` for repeats. Nodes are left out below `depth`. */
export function outline(tree: GraphTree, open: (id: string) => boolean): string[] {
  const lines: string[] = [];
  const stack = tree.roots.toReversed();
  for (let item = stack.pop(); item; item = stack.pop()) {
    const {group} = item;
    lines.push(`${'  '.repeat(item.depth)}${group ? `[${group.label}]${group.repeat ? ` ×${group.repeat}` : ''}` : item.node!.label}`);
    if (group && open(item.id)) stack.push(...item.children.toReversed());
  }
  return lines;
}
