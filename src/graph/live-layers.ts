import {readModel} from '../tensor/live-model.js';
import {describe, unwrap} from '../tensor/read-tensor.js';
import {Problem} from '../words/graph.js';
import {type CallDef, finish, type Json, type LayerDef, type ModelDef, object, OUTSIDE, type Ref, Remarks, shapeOf, stateInputs, text} from './layer-defs.js';
import {LayersGraph} from './layers-graph.js';
import type {GraphSpec, Shape} from './types.js';

/** A call of a live layer: tfjs's Node. */
interface LiveNode {
  readonly inboundLayers?: readonly LiveLayer[];
  readonly nodeIndices?: readonly number[];
  readonly tensorIndices?: readonly number[];
  readonly inputShapes?: readonly unknown[];
  readonly outputShapes?: unknown;
}

/** A live layer, or a model, which is a layer with layers. Only what is looked at. */
interface LiveLayer {
  readonly name?: unknown;
  readonly trainable?: boolean;
  readonly batchInputShape?: unknown;
  readonly depthMultiplier?: unknown;
  readonly inboundNodes?: readonly LiveNode[];
  readonly layers?: readonly LiveLayer[];
  readonly layer?: LiveLayer;
  readonly forwardLayer?: LiveLayer;
  /** Keys of the calls that make up a model: others may stem from other models that share the layer. */
  readonly containerNodes?: ReadonlySet<string>;
  readonly inputLayers?: readonly LiveLayer[];
  readonly inputLayersNodeIndices?: readonly number[];
  readonly inputLayersTensorIndices?: readonly number[];
  readonly outputLayers?: readonly LiveLayer[];
  readonly outputLayersNodeIndices?: readonly number[];
  readonly outputLayersTensorIndices?: readonly number[];
  getClassName?(): unknown;
  getConfig?(): unknown;
}

/**
 * The graph of a live `tf.LayersModel`, as `layersGraph` would read it from its file, with the shapes, weights and
 * trainability that its layers have now. It goes by the layers themselves, so custom layers need neither be known nor be
 * able to describe themselves. Nothing is built, called or read: a call of `toJSON` or `countParams` could build a model.
 * @throws Problem for anything that has no layers
 */
export const liveLayersGraph = (model: unknown): GraphSpec => finish(liveLayersGraphSteps(model));

/** {@link liveLayersGraph} in steps; the first looks at all layers. */
export function* liveLayersGraphSteps(model: unknown): Generator<number, GraphSpec> {
  const live = unwrap(model) as LiveLayer | null;
  if (typeof live !== 'object' || live === null || !Array.isArray(live.layers)) throw new Problem('badModel', {got: describe(model)});
  const remarks = new Remarks();
  const def = modelOf(live, [], new Set());
  return (yield* new LayersGraph({remarks, weights: readModel(live), live: true}).write(def)).spec;
}

/** A custom layer's own methods may throw. */
function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}

const nameOf = (layer: LiveLayer): string => text(layer.name) ?? '';

function classOf(layer: LiveLayer): string {
  const name = text(attempt(() => layer.getClassName?.())) ?? text((layer.constructor as {name?: unknown} | undefined)?.name);
  return name ?? '?';
}

const isModel = (layer: LiveLayer | undefined): layer is LiveLayer & {readonly layers: readonly LiveLayer[]} => Array.isArray(layer?.layers);
const isChain = (model: LiveLayer): boolean => classOf(model) === 'Sequential' || !model.outputLayers?.length;

/** Words of tfjs's own that a config spells in camelCase where a file has snake_case. */
const snake = (s: string): string => s.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();

/** A config as a file has it. What is called a name stays as it is. */
function asFile(x: unknown, key = '', depth = 0): unknown {
  if (depth > 8) return undefined;
  if (typeof x === 'string') return key === 'name' || key === 'className' || key === 'class_name' ? x : snake(x);
  if (Array.isArray(x)) return x.map((item) => asFile(item, key, depth + 1));
  const o = object(x);
  return o ? Object.fromEntries(Object.entries(o).map(([k, v]) => [snake(k), asFile(v, k, depth + 1)])) : x;
}

function configOf(layer: LiveLayer): Json {
  const type = classOf(layer);
  const config = object(asFile(attempt(() => layer.getConfig?.()))) ?? {};
  // a wrapper that cannot describe itself still has its layer
  const wrapped = layer.layer ?? layer.forwardLayer;
  const inner = wrapped && object(config.layer) === undefined ? {layer: {class_name: classOf(wrapped), config: configOf(wrapped)}} : {};
  const input = type === 'InputLayer' && Array.isArray(layer.batchInputShape) ? {batch_input_shape: layer.batchInputShape as unknown[]} : {};
  // tfjs forgets it in the config of SeparableConv2D
  const multiplier = config.depth_multiplier === undefined && typeof layer.depthMultiplier === 'number' ? {depth_multiplier: layer.depthMultiplier} : {};
  return {...config, ...inner, ...input, ...multiplier};
}

const shapesOf = (x: unknown): (Shape | null)[] => {
  const items = Array.isArray(x) ? (x as unknown[]) : [];
  // one output's shape may stand alone
  return items.length > 0 && !items.some((s) => Array.isArray(s)) ? [shapeOf(items)] : items.map(shapeOf);
};

function saidOf(node: LiveNode | undefined): CallDef['said'] {
  const outputs = shapesOf(node?.outputShapes);
  return outputs.length ? {inputs: shapesOf(node?.inputShapes), outputs} : undefined;
}

/** The calls of a layer that belong to a model, by their place among all its calls. */
function callsIn(model: LiveLayer, layer: LiveLayer): number[] {
  const all = [...(layer.inboundNodes ?? []).keys()];
  const own = all.filter((i) => model.containerNodes?.has(`${nameOf(layer)}_ib-${i}`));
  return own.length ? own : all.slice(0, 1);
}

/** `around` are the models that hold this one: none can hold itself. */
function modelOf(model: LiveLayer, path: readonly string[], around: ReadonlySet<LiveLayer>): ModelDef {
  const layers = model.layers!;
  const inside = new Set([...around, model]);
  const place = new Map(layers.map((layer, i) => [layer, i]));
  const calls = layers.map((layer) => callsIn(model, layer));
  const chain = isChain(model);
  const look = (layer: LiveLayer | undefined, node: number | undefined, tensor: number | undefined): Ref | undefined => {
    const at = layer && place.get(layer);
    const call = at === undefined ? -1 : calls[at]!.indexOf(node ?? 0);
    return at === undefined || call < 0 ? undefined : {layer: at, call, tensor: tensor ?? 0};
  };
  const ends = (of: readonly LiveLayer[] = [], nodes: readonly number[] = [], tensors: readonly number[] = []): Ref[] =>
    of.map((layer, i) => look(layer, nodes[i], tensors[i])).filter((r) => r !== undefined);
  const defs = layers.map((layer, i): LayerDef => {
    const name = nameOf(layer);
    const here = name ? [...path, name] : path;
    const type = classOf(layer);
    const nested = isModel(layer) && !inside.has(layer);
    const config = nested ? {} : configOf(layer);
    const own: CallDef[] = calls[i]!.map((n) => {
      const node = layer.inboundNodes![n]!;
      const inputs = (node.inboundLayers ?? []).map((from, k) => look(from, node.nodeIndices?.[k], node.tensorIndices?.[k])).filter((r) => r !== undefined);
      const states = stateInputs(type, config, inputs.length);
      return {inputs: inputs.map((r, k) => (k > 0 && k <= states ? {...r, state: true} : r)), said: saidOf(node)};
    });
    const before: Ref = {layer: i === 0 ? OUTSIDE : i - 1, call: 0, tensor: 0};
    const wrapped = layer.layer;
    return {
      name,
      address: here.join('/'),
      type,
      config,
      trainable: attempt(() => layer.trainable) !== false,
      calls: chain ? [{inputs: [before], said: own[0]?.said}] : own.length ? own : [{inputs: []}],
      model: nested ? modelOf(layer, here, inside) : undefined,
      wraps: isModel(wrapped) && !inside.has(wrapped) ? modelOf(wrapped, here, inside) : undefined,
    };
  });
  const inputs = chain
    ? defs[0]?.type === 'InputLayer'
      ? [{layer: 0, call: 0, tensor: 0}]
      : []
    : ends(model.inputLayers, model.inputLayersNodeIndices, model.inputLayersTensorIndices);
  const outputs = chain
    ? defs.length
      ? [{layer: defs.length - 1, call: 0, tensor: 0}]
      : []
    : ends(model.outputLayers, model.outputLayersNodeIndices, model.outputLayersTensorIndices);
  return {name: text(model.name), type: classOf(model), layers: defs, inputs, outputs};
}
