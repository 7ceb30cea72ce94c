import type * as tf from '@tensorflow/tfjs';
import {layersGraph} from '../../src/graph/read-layers.js';
import type {GraphNode, GraphSpec} from '../../src/graph/types.js';
import {layersModelWeights} from '../../src/tensor/model-json.js';
import type {ManifestGroup} from '../../src/tensor/shards.js';
import type {ModelWeights} from '../../src/tensor/types.js';
import {fixture} from '../helpers.js';

/** A model.json of layers, as far as the tests look at it. */
export interface LayersFile {
  readonly modelTopology: {model_config?: unknown};
  readonly weightsManifest?: readonly ManifestGroup[];
}

/** A fixture's JSON; `file` may be gzipped. */
export async function modelFile(file: string): Promise<LayersFile> {
  const response = await fetch(fixture(file));
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  const zipped = file.endsWith('.gz') && response.headers.get('content-encoding') !== 'gzip';
  const body = zipped ? response.body!.pipeThrough(new DecompressionStream('gzip')) : response.body;
  return (await new Response(body).json()) as LayersFile;
}

export const weightsOf = (file: LayersFile): ModelWeights =>
  layersModelWeights(file.modelTopology, file.weightsManifest!, () => Promise.reject(new Error('No weight is read for a graph.')));

/** What tfjs would write into a model.json. */
export const topologyOf = (model: tf.LayersModel): unknown => JSON.parse(model.toJSON(null, true) as string) as unknown;

/** The graph of a model's description. */
export const graphOf = (model: tf.LayersModel): GraphSpec => layersGraph(topologyOf(model));

export function nodeOf(graph: GraphSpec, id: string): GraphNode {
  const node = graph.nodes.find((n) => n.id === id);
  if (!node) throw new Error(`no node ${id} among ${graph.nodes.map((n) => n.id).join(', ')}`);
  return node;
}

/** `from → to` of each edge, with its kind where it has one. */
export const edgesOf = ({edges}: GraphSpec): string[] => edges.map(({from, to, kind}) => `${from} → ${to}${kind ? ` (${kind})` : ''}`);

/** The live layers by address. */
export function liveLayers(model: tf.LayersModel): Map<string, tf.layers.Layer> {
  const out = new Map<string, tf.layers.Layer>();
  const walk = (layers: readonly tf.layers.Layer[], path: string): void => {
    for (const layer of layers) {
      const address = path ? `${path}/${layer.name}` : layer.name;
      const inner = (layer as tf.LayersModel).layers;
      if (inner) walk(inner, address);
      else out.set(address, layer);
    }
  };
  walk(model.layers, '');
  return out;
}

/** `[total, trainable]` as `summary()` prints them. */
export function summaryTotals(model: tf.LayersModel): [number, number] {
  const lines: string[] = [];
  model.summary(120, undefined, (line: string) => lines.push(line));
  const find = (start: string): number => Number(lines.find((l) => l.startsWith(start))!.replace(/\D/g, ''));
  return [find('Total params'), find('Trainable params')];
}
