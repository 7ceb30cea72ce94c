import {Problem} from '../words/learn.js';
import type {NodeDef} from '../tensor/graph-topology.js';
import {topologyOf} from '../tensor/live-model.js';
import {isGraphModel, type LiveGraphModel, type LiveLayer, type LiveLayersModel, type LiveModel, type Port, type Symbolic} from '../tensor/model-ports.js';
import type {Spot} from './scored-model.js';

/** Where whole numbers become vectors, and the input that they come from. */
export interface EmbeddingSpot {
  /** Among the model's inputs; of a shared layer, that of its first use. */
  readonly input: number;
  readonly spot: Spot;
}

/** The deepest that models and ops are followed. */
const DEEPEST = 200;

/** All layers of a model, those within models too, each with its address. */
export function* layersOf(model: LiveLayer, path = ''): Generator<{layer: LiveLayer; address: string}> {
  for (const layer of model.layers ?? []) {
    const address = path ? `${path}/${layer.name}` : layer.name;
    if (layer.layers) yield* layersOf(layer, address);
    else yield {layer, address};
  }
}

export function classOf(layer: LiveLayer): string {
  try {
    return layer.getClassName?.() ?? '';
  } catch {
    return '';
  }
}

/** A GraphDef's ops by name. */
export function nodesOf(model: LiveGraphModel): Map<string, NodeDef> {
  const topology = topologyOf(model) as {readonly node?: readonly NodeDef[]} | undefined;
  return new Map((topology?.node ?? []).map((node) => [node.name ?? '', node]));
}

/** The names of the ops that an op takes from. */
export const sourcesOf = (node: NodeDef | undefined): string[] => (node?.input ?? []).filter((name) => !name.startsWith('^')).map((name) => name.split(':', 1)[0]!);

/** The embeddings of a model, and the input that each looks up. */
export const embeddingsOf = (model: LiveModel, ports: readonly Port[]): EmbeddingSpot[] => (isGraphModel(model) ? graphEmbeddings(model, ports) : layerEmbeddings(model));

function layerEmbeddings(model: LiveLayersModel): EmbeddingSpot[] {
  return model.layers.flatMap((top) => {
    const inner = top.layers ? [...layersOf(top)].map(({layer}) => layer) : [top];
    const fed = top.inboundNodes?.[0]?.inputTensors[0];
    const input = fed ? model.inputs.indexOf(origin(fed)) : 0;
    return inner.filter((layer) => classOf(layer) === 'Embedding').map((spot) => ({input: Math.max(0, input), spot}));
  });
}

/** The model's input that a tensor comes from. */
function origin(tensor: Symbolic): Symbolic {
  let at = tensor;
  for (let step = 0; at.inputs?.length && step < DEEPEST; step++) at = at.inputs[0]!;
  return at;
}

function graphEmbeddings(model: LiveGraphModel, ports: readonly Port[]): EmbeddingSpot[] {
  const nodes = nodesOf(model);
  const held = (name: string): boolean => nodes.get(name)?.op === 'Const' || (/^(Identity|ReadVariableOp)$/.test(nodes.get(name)?.op ?? '') && held(sourcesOf(nodes.get(name))[0] ?? ''));
  const inputOf = (name: string, depth = 0): number => {
    const at = ports.findIndex((port) => port.aliases.includes(name) || port.aliases.includes(`${name}:0`) || port.name === name);
    if (at >= 0 || depth > DEEPEST) return at;
    const found = sourcesOf(nodes.get(name)).map((source) => (held(source) ? -1 : inputOf(source, depth + 1)));
    return found.find((index) => index >= 0) ?? -1;
  };
  return [...nodes.values()].flatMap((node) => {
    if (!/^(ResourceGather|Gather|GatherV2)$/.test(node.op ?? '')) return [];
    const [params = '', indices = ''] = sourcesOf(node);
    if (!held(params) || model.weights[params]?.[0]?.shape.length !== 2) return [];
    const input = inputOf(indices);
    return input < 0 || ports[input]!.dtype === 'bool' ? [] : [{input, spot: node.name ?? ''}];
  });
}

/** A layer or op that is asked for by its address, name or index. */
export function findSpot(model: LiveModel, wanted: string | number): {spot: Spot; address: string} {
  const text = String(wanted);
  if (isGraphModel(model)) {
    if (nodesOf(model).has(text)) return {spot: text, address: text};
    throw new Problem('attributionLayer', {name: text});
  }
  const all = [...layersOf(model)];
  const index = /^-?\d+$/.test(text) ? Number(text) : NaN;
  const top = model.layers.at(index);
  const found = all.find(({address}) => address === text) ?? all.find(({layer}) => layer.name === text) ?? (top && Number.isInteger(index) ? {layer: top, address: top.name} : undefined);
  if (!found) throw new Problem('attributionLayer', {name: text});
  return {spot: found.layer, address: found.address};
}
