import {Problem} from '../words/reading.js';
import {byteLength, type ManifestWeight} from './bytes.js';
import type {Progress} from './flights.js';
import {graphWeights} from './graph-topology.js';
import {isTfjs, type LayerConfig, layersOf} from './layers-topology.js';
import {sizeOf, validShape} from './read-tensor.js';
import type {ManifestGroup} from './shards.js';
import type {DType, ModelWeights, TensorValues, WeightInfo} from './types.js';
import {kindOf} from './weight-kind.js';

/** Reads weight `index` of manifest group `group`. */
export type ReadWeight = (group: number, index: number, signal?: AbortSignal, onProgress?: Progress) => Promise<TensorValues>;

interface Entry {
  readonly weight: ManifestWeight;
  readonly group: number;
  readonly index: number;
}

/** Weights of up to so many values are constants, in graph models and bare manifests. */
const FEW = 16;

/** Checks that something is a weights manifest. @throws Problem */
export function manifestOf(x: unknown): ManifestGroup[] {
  const ok =
    Array.isArray(x) &&
    x.every((g: Partial<ManifestGroup> | null) => Array.isArray(g?.paths) && Array.isArray(g.weights) && g.weights.every((w) => typeof w?.name === 'string'));
  if (!ok) throw new Problem('badManifest');
  return x as ManifestGroup[];
}

function entriesOf(manifest: readonly ManifestGroup[]): Entry[] {
  return manifest.flatMap(({weights}, group) => weights.map((weight, index) => ({weight, group, index})));
}

function infoOf(entry: Entry, read: ReadWeight, rest: Pick<WeightInfo, 'layer' | 'weight' | 'kind'> & Partial<WeightInfo>): WeightInfo {
  const {weight, group, index} = entry;
  const shape = validShape(weight.shape) ? weight.shape : [];
  return {
    address: rest.layer ? `${rest.layer}/${rest.weight}` : rest.weight,
    shape,
    size: sizeOf(shape),
    dtype: (weight.dtype === 'uint8' || weight.dtype === 'uint16' ? 'int32' : weight.dtype) as DType,
    quantization: weight.quantization?.dtype,
    constant: false,
    ...rest,
    read: (signal, onProgress) => read(group, index, signal, onProgress),
  };
}

/** Makes addresses unique: a later one of the same name gets ` (2)`. */
function unique(weights: readonly WeightInfo[]): WeightInfo[] {
  const seen = new Map<string, number>();
  return weights.map((w) => {
    const n = (seen.get(w.address) ?? 0) + 1;
    seen.set(w.address, n);
    return n === 1 ? w : {...w, address: `${w.address} (${n})`, weight: `${w.weight} (${n})`};
  });
}

/** The weights of a layers model: its layers say where each belongs, its manifest what there is. */
export function layersModelWeights(topology: unknown, manifest: readonly ManifestGroup[], read: ReadWeight): ModelWeights {
  const layers = layersOf(topology);
  const tfjs = isTfjs(topology);
  const placed = place(entriesOf(manifest), layers);
  // `kernel_1` is tfjs's name for a second kernel, unless the layer really has both
  const names = new Set(placed.map((p) => `${p.layer?.address}/${p.inner}/${p.last}`));
  const shared = new Map<string, number>();
  const named = placed.map((p) => {
    const weight = names.has(`${p.layer?.address}/${p.inner}/${p.plain}`) ? p.last : p.plain;
    const key = `${p.layer?.address ?? p.inner}/${weight}`;
    shared.set(key, (shared.get(key) ?? 0) + 1);
    return {...p, weight, key};
  });
  named.sort((a, b) => a.at - b.at || a.order - b.order);
  return {
    format: 'layers',
    layers,
    weights: unique(
      named.map(({entry, layer, inner, weight, key}) => {
        // the name within a wrapper (forward_lstm, backward_lstm) counts only where it tells two apart
        const address = layer ? (inner && shared.get(key)! > 1 ? `${layer.address}/${inner}` : layer.address) : inner;
        return infoOf(entry, read, {
          layer: address,
          weight,
          kind: kindOf(layer?.type, weight, entry.weight.shape),
          layerType: layer?.type,
          activation: layer?.activation,
          trainable: weight.startsWith('moving_') ? false : layer?.trainable,
          config: layer?.config,
          tfjs,
        });
      }),
    ),
  };
}

const KNOWN = /^(kernel|bias|gamma|beta|moving_mean|moving_variance|embeddings|recurrent_kernel|depthwise_kernel|pointwise_kernel|alpha)$/;

/** A weight of the manifest and the layer it belongs to. */
interface Placed {
  readonly entry: Entry;
  readonly order: number;
  /** Its own name, and that without the `_1` of a second copy. */
  readonly last: string;
  readonly plain: string;
  readonly layer?: LayerConfig | undefined;
  /** What stands in its name between the layer and its own. */
  readonly inner: string;
  /** The layer's place. */
  readonly at: number;
}

/**
 * Finds each weight's layer. Layers of nested models may share a name, and a manifest may name weights with or without
 * the models around them: a weight whose name leads to one layer alone gets that one; those whose names fit several
 * share out what is left, in order.
 */
function place(entries: readonly Entry[], layers: readonly LayerConfig[]): Placed[] {
  const ends = layerEnds(layers);
  const named = entries.map((entry, order) => {
    const parts = entry.weight.name.replace(/:\d+$/, '').split('/');
    const last = parts.pop()!;
    const bare = last.replace(/_\d+$/, '');
    return {entry, order, last, plain: KNOWN.test(bare) ? bare : last, ...match(parts, ends)};
  });
  const taken = new Set<string>();
  const placed = [...named]
    .sort((a, b) => a.fitting.length - b.fitting.length)
    .map(({fitting, ...rest}): Placed => {
      const key = (at: number): string => `${at} ${rest.inner}/${rest.plain}`;
      const at = fitting.find((i) => !taken.has(key(i))) ?? fitting[0] ?? Infinity;
      taken.add(key(at));
      return {...rest, at, layer: layers[at]};
    });
  return placed.sort((a, b) => a.order - b.order);
}

/** The layers, by every end of their address: `gen/dense` is found as that and as `dense`. */
function layerEnds(layers: readonly LayerConfig[]): Map<string, number[]> {
  const ends = new Map<string, number[]>();
  for (const [i, {address, name}] of layers.entries()) {
    const around = address.slice(0, -name.length).split('/').slice(0, -1);
    for (let from = 0; from <= around.length; from++) {
      const end = [...around.slice(from), name].join('/');
      const list = ends.get(end);
      if (list) list.push(i);
      else ends.set(end, [i]);
    }
  }
  return ends;
}

/** The layers that the parts of a weight's name lead to, the longest name first; what stands between them and the weight. */
function match(parts: readonly string[], ends: ReadonlyMap<string, readonly number[]>): {fitting: readonly number[]; inner: string} {
  for (let from = 0; from < parts.length; from++) {
    for (let to = parts.length; to > from; to--) {
      const fitting = ends.get(parts.slice(from, to).join('/'));
      if (fitting) return {fitting, inner: parts.slice(to).join('/')};
    }
  }
  return {fitting: [], inner: parts.join('/')};
}

/** The weights of a graph model or of a bare manifest (no topology). @yields share done */
export function* graphModelWeights(topology: unknown, manifest: readonly ManifestGroup[], read: ReadWeight): Generator<number, ModelWeights> {
  const entries = entriesOf(manifest);
  yield 0.2;
  const uses = yield* graphWeights(
    topology,
    entries.map(({weight}) => [weight.name, Array.isArray(weight.shape) ? weight.shape.length : 0] as const),
  );
  yield 0.8;
  const weights = entries.map((entry, order) => {
    const {name, shape, dtype, quantization} = entry.weight;
    const slash = name.lastIndexOf('/');
    const weight = name.slice(slash + 1);
    const use = uses.get(name)!;
    const byName = topology ? use.kind : kindOf(undefined, weight, shape);
    const length = byteLength(entry.weight);
    const floating = dtype === 'float32' || dtype === 'complex64' || quantization !== undefined;
    return {
      order: use.order,
      at: order,
      info: infoOf(entry, read, {
        layer: name.slice(0, Math.max(0, slash)),
        weight,
        kind: byName === 'other' && !use.op ? use.kind : byName,
        layerType: use.op || undefined,
        activation: use.activation,
        constant: !floating || (length !== null && sizeOf(shape) <= FEW),
      }),
    };
  });
  yield 0.9;
  weights.sort((a, b) => (a.order === b.order ? 0 : a.order - b.order) || a.at - b.at);
  return {format: topology ? 'graph' : 'manifest', weights: unique(weights.map((w) => w.info))};
}

/** Whether a topology is a GraphDef. */
export const isGraph = (topology: unknown): boolean => Array.isArray((topology as {node?: unknown} | null)?.node);
