import {Problem} from '../words/reading.js';
import type {ManifestWeight} from './bytes.js';
import {graphModelWeights, isGraph, layersModelWeights, type ReadWeight} from './model-json.js';
import {activationName} from './layers-topology.js';
import {describe, isTensorLike, readTensor, sizeOf, unwrap} from './read-tensor.js';
import {GroupReader} from './shards.js';
import {drain} from './slices.js';
import type {DType, ModelWeights, TensorLike, WeightInfo} from './types.js';
import {kindOf} from './weight-kind.js';

/** A weight of a live layer: tfjs's LayerVariable. */
interface LiveVariable {
  readonly originalName?: string;
  readonly name?: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly trainable?: boolean;
  read(): TensorLike;
  /** The `tf.Variable` behind it. */
  readonly val?: {readonly isDisposed?: boolean};
}

/** A live layer, or a model, which is a layer with layers. */
interface LiveLayer {
  readonly name: string;
  readonly weights?: readonly LiveVariable[];
  readonly layers?: readonly LiveLayer[];
  readonly trainable?: boolean;
  readonly layer?: LiveLayer;
  readonly forwardLayer?: LiveLayer;
  getClassName?(): string;
  getConfig?(): {activation?: unknown; layer?: {config?: {activation?: unknown}}};
}

/** A live graph model: its structure lies in `artifacts`, or in the executor's graph. */
interface LiveGraph {
  readonly weights: Readonly<Record<string, readonly TensorLike[] | TensorLike>>;
  readonly artifacts?: {readonly modelTopology?: unknown};
  readonly modelTopology?: unknown;
  readonly executor?: {readonly graph?: {readonly nodes?: Readonly<Record<string, LiveNode>>}};
}

interface LiveNode {
  readonly name: string;
  readonly op: string;
  readonly inputNames?: readonly string[];
  readonly rawAttrs?: unknown;
}

/** `tf.io.ModelArtifacts`. */
interface Artifacts {
  readonly modelTopology?: unknown;
  readonly weightSpecs?: readonly ManifestWeight[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
  readonly signature?: unknown;
}

/**
 * The weights of a live model, told apart by what it has and not by its class: a LayersModel, a GraphModel, or
 * ModelArtifacts. Nothing is read yet, and nothing is ever changed or disposed of.
 * @throws Problem for anything else
 */
export function readModel(given: unknown): ModelWeights {
  const model = unwrap(given) as Partial<LiveLayer & LiveGraph & Artifacts> | null;
  if (typeof model !== 'object' || model === null) throw new Problem('badModel', {got: describe(given)});
  if (Array.isArray(model.layers)) return layersModel(model as LiveLayer);
  if ('execute' in model && typeof model.weights === 'object') return graphModel(model as LiveGraph);
  if (Array.isArray(model.weightSpecs)) return artifacts(model as Artifacts);
  throw new Problem('badModel', {got: describe(given)});
}

function layersModel(model: LiveLayer): ModelWeights {
  const seen = new Set<LiveVariable>();
  const found: {variable: LiveVariable; layer: LiveLayer; path: string; parts: string[]}[] = [];
  const places: {address: string; top: number}[] = [];
  const walk = (layers: readonly LiveLayer[], path: string, top?: number): void => {
    for (const [i, layer] of layers.entries()) {
      const here = path ? `${path}/${layer.name}` : layer.name;
      if (Array.isArray(layer.layers)) {
        walk(layer.layers, here, top ?? i);
        continue;
      }
      places.push({address: here, top: top ?? i});
      for (const variable of layer.weights ?? []) {
        if (seen.has(variable)) continue; // a shared layer is listed where it first stands
        seen.add(variable);
        found.push({variable, layer, path: here, parts: (variable.originalName ?? variable.name ?? 'weight').split('/')});
      }
    }
  };
  walk(model.layers!, '');
  const times = new Map<string, number>();
  const keyOf = (f: (typeof found)[number]): string => `${f.path}/${f.parts.at(-1)}`;
  for (const f of found) times.set(keyOf(f), (times.get(keyOf(f)) ?? 0) + 1);
  const used = new Map<string, number>();
  const weights = found.map((f): WeightInfo => {
    const {variable, layer, parts} = f;
    // forward_lstm, backward_lstm: within a wrapper, where the last name alone would stand twice
    const inner = times.get(keyOf(f))! > 1 && parts.length > 2 ? parts.slice(1, -1).join('/') : '';
    const address = inner ? `${f.path}/${inner}` : f.path;
    let weight = parts.at(-1)!;
    const n = (used.get(`${address}/${weight}`) ?? 0) + 1;
    used.set(`${address}/${weight}`, n);
    if (n > 1) weight = `${weight} (${n})`;
    const config = configOf(layer);
    const wrapped = layer.layer ?? layer.forwardLayer;
    const type = (wrapped ?? layer).getClassName?.();
    return {
      address: `${address}/${weight}`,
      layer: address,
      weight,
      shape: [...variable.shape],
      dtype: variable.dtype as DType,
      size: sizeOf(variable.shape),
      kind: kindOf(type, weight, variable.shape),
      layerType: type,
      activation: activationName(config?.layer?.config?.activation ?? config?.activation),
      trainable: variable.trainable !== false && layer.trainable !== false,
      config,
      tfjs: true,
      constant: false,
      // asynchronous, so that a disposed weight rejects instead of throwing
      read: async () => {
        // LayerVariable's own error tells of its class, not of what to do
        if (variable.val?.isDisposed) throw new Problem('disposed');
        return readTensor(variable.read());
      },
    };
  });
  return {format: 'layers', layers: places, weights};
}

/** A custom layer's getConfig may throw. */
function configOf(layer: LiveLayer): ReturnType<NonNullable<LiveLayer['getConfig']>> | undefined {
  try {
    return layer.getConfig?.();
  } catch {
    return undefined;
  }
}

function graphModel(model: LiveGraph): ModelWeights {
  const tensors = new Map<string, TensorLike>();
  for (const [name, value] of Object.entries(model.weights)) {
    const tensor = Array.isArray(value) ? (value as TensorLike[])[0] : (value as TensorLike);
    if (isTensorLike(tensor)) tensors.set(name, tensor);
  }
  const entries = [...tensors];
  const manifest = [{paths: [], weights: entries.map(([name, {shape, dtype}]) => ({name, shape, dtype}))}];
  return drain(graphModelWeights(topologyOf(model), manifest, async (_group, index) => readTensor(entries[index]![1])));
}

/** The GraphDef of a live graph model, or one rebuilt from the executor's nodes. */
export function topologyOf(given: object): unknown {
  const model = given as Partial<LiveGraph>;
  const topology = model.artifacts?.modelTopology ?? model.modelTopology;
  if (isGraph(topology)) return topology;
  const nodes = model.executor?.graph?.nodes;
  return nodes && {node: Object.values(nodes).map(({name, op, inputNames, rawAttrs}) => ({name, op, input: inputNames ?? [], attr: rawAttrs ?? {}}))};
}

function artifacts({modelTopology, weightSpecs, weightData, signature}: Artifacts): ModelWeights {
  const buffers = weightData === undefined ? [] : Array.isArray(weightData) ? (weightData as ArrayBuffer[]) : [weightData as ArrayBuffer];
  const group = {paths: buffers.map((_, i) => `weightData ${i}`), weights: weightSpecs!};
  // each buffer is as good as a shard, and all of it is there
  const reader = new GroupReader(group, group.paths, async (i) => ({bytes: new Uint8Array(buffers[i]!), whole: true}));
  const read: ReadWeight = (_group, index, signal, onProgress) => reader.read(index, signal, onProgress);
  const structure = {topology: modelTopology ?? null, manifest: [group], signature};
  if (modelTopology && !isGraph(modelTopology)) return {...layersModelWeights(modelTopology, [group], read), structure};
  // of thousands of ops it takes a while, and who draws the structure may never ask
  let weights: ModelWeights['weights'] | undefined;
  return {
    format: modelTopology ? 'graph' : 'manifest',
    get weights() {
      return (weights ??= drain(graphModelWeights(modelTopology ?? null, [group], read)).weights);
    },
    structure,
  };
}
