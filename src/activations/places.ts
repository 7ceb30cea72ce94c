import {classOf, layersOf, nodesOf, sourcesOf} from '../attribution/spots.js';
import {activationFunction, type ActivationFunction, type ActivationParameters} from '../compute/activation-function.js';
import type {NodeDef} from '../tensor/graph-topology.js';
import {isGraphModel, type LiveGraphModel, type LiveLayer, type LiveLayersModel, type LiveModel} from '../tensor/model-ports.js';
import {Problem} from '../words/learn.js';

/** What of a recurrent cell a function makes: the gates, the candidate for the state, or of an LSTM that and the state itself. */
export type FunctionRole = 'gates' | 'candidate' | 'state';

/** An activation function of a layer, and where what enters it is found. */
export interface FunctionPlace {
  /** As its layer calls it: `relu`, `hardSigmoid`. */
  readonly name: string;
  /** `null` where it is none that is known. */
  readonly of: ActivationFunction | null;
  readonly role?: FunctionRole;
  /**
   * `input`: what the layer is given. `property`: a function that the layer, or its cell, has under a name. `op`: what an
   * op of a graph puts out. `fused`: what a fused op would put out without it, of what `source` puts out.
   */
  readonly from: {readonly kind: 'input'} | {readonly kind: 'property'; readonly of: LiveLayer; readonly key: string} | {readonly kind: 'op' | 'fused'; readonly source: string};
}

/** A layer, or an op of a graph with what follows it alone, whose output is looked at. */
export interface LayerPlace {
  /** Of a layer its address; of a graph the name of the last op. */
  readonly address: string;
  /** The class of the layer; the op. */
  readonly type: string;
  /** The layer itself; `null` in a graph. */
  readonly layer: LiveLayer | null;
  /** Of a recurrent layer that hands on its last state alone: its cell, which puts out all of them. */
  readonly cell: LiveLayer | null;
  /** Whether it goes through time from the end. */
  readonly backwards: boolean;
  /** The axis of channels, from the end: −1 where they come last, of rows and columns after them −3. */
  readonly channelAxis: number;
  readonly functions: readonly FunctionPlace[];
  /** Values that it puts out for one example; `null` where that is not known before it has run. */
  readonly size: number | null;
  /** Whether it leaves values as they are, and is not looked at by itself. */
  readonly passes: boolean;
}

/** The layers of a model in the order in which they run, or a graph's ops. */
export const placesOf = (model: LiveModel): LayerPlace[] => (isGraphModel(model) ? graphPlaces(model) : layerPlaces(model));

/**
 * One of them, by its address, by its layer's name, or by its index among a model's own layers.
 * @throws Problem where there is none
 */
export function findPlace(model: LiveModel, places: readonly LayerPlace[], wanted: string | number): LayerPlace {
  const text = String(wanted);
  const named = places.find(({address}) => address === text) ?? places.find(({layer}) => layer?.name === text);
  if (named) return named;
  if (!isGraphModel(model) && /^-?\d+$/.test(text)) {
    const top = model.layers.at(Number(text));
    const found = top && (places.find(({layer}) => layer === top) ?? places.find(({address}) => address.startsWith(`${top.name}/`)));
    if (found) return found;
  }
  throw new Problem('attributionLayer', {name: text});
}

interface ActivationLayer extends LiveLayer {
  readonly activation?: {getClassName?(): string} | null;
  readonly recurrentActivation?: {getClassName?(): string} | null;
  readonly cell?: ActivationLayer;
  readonly returnSequences?: boolean;
  readonly goBackwards?: boolean;
  readonly dataFormat?: string;
  readonly axis?: number;
  readonly maskZero?: boolean;
}

/** Layers that are an activation function themselves, as such a function is called. */
const ACTIVATIONS: Readonly<Record<string, string>> = {ReLU: 'relu', LeakyReLU: 'leakyReLU', PReLU: 'PReLU', ELU: 'elu', Softmax: 'softmax', ThresholdedReLU: 'thresholdedReLU'};
/** Layers that do nothing but in training, or only say again what came before. */
const PASSING = /^(Dropout|SpatialDropout\dD|GaussianNoise|GaussianDropout|AlphaDropout|ActivityRegularization|Flatten|Reshape|RepeatVector)$/;
/** Layers that treat all values alike: channels are where they were. */
const ALIKE = /^(Activation|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU|BatchNormalization|Add|Subtract|Multiply|Average|Maximum|Minimum|Concatenate|Dropout|SpatialDropout\dD|GaussianNoise|GaussianDropout|AlphaDropout|ActivityRegularization)$/;

function layerPlaces(model: LiveLayersModel): LayerPlace[] {
  const all = [...layersOf(model)];
  // a masked step keeps the state before, which its cell does not know of
  const masked = all.some(({layer}) => classOf(layer) === 'Masking' || (layer as ActivationLayer).maskZero === true);
  return all.flatMap(({layer, address}) => {
    const type = classOf(layer);
    if (type === 'InputLayer') return [];
    const {forwardLayer, backwardLayer} = layer;
    const ways = [forwardLayer, backwardLayer].flatMap((way) => (way ? [layerPlace(way, `${address}/${way.name}`, masked)] : []));
    return [...ways, layerPlace(layer, address, masked)];
  });
}

function layerPlace(layer: LiveLayer, address: string, masked: boolean): LayerPlace {
  const type = classOf(layer);
  const own = layer as ActivationLayer;
  const shape = layer.inboundNodes?.[0]?.outputTensors?.[0]?.shape.slice(1);
  // a wrapped layer runs once for each step
  const inner = (layer.layer ?? layer) as ActivationLayer;
  return {
    address, type, layer,
    cell: own.cell && own.returnSequences === false && !masked && !/ConvLSTM/.test(type) ? own.cell : null,
    backwards: own.goBackwards === true,
    channelAxis: channelAxisOf(layer),
    functions: layer.forwardLayer ? [] : functionsOf(inner, classOf(inner)),
    size: shape?.every((n) => n !== null) ? shape.reduce<number>((a, b) => a * b!, 1) : null,
    passes: PASSING.test(type),
  };
}

/** Where a layer has its channels: as it says itself, or where they come from. */
function channelAxisOf(layer: LiveLayer, depth = 0): number {
  const own = layer as ActivationLayer;
  const type = classOf(layer);
  const format = own.dataFormat ?? (own.cell as ActivationLayer | undefined)?.dataFormat ?? (own.layer as ActivationLayer | undefined)?.dataFormat;
  const node = layer.inboundNodes?.[0];
  if (format !== undefined) return format !== 'channelsFirst' ? -1 : -1 - Number(/(\d)D/.exec(own.layer ? classOf(own.layer) : type)?.[1] ?? 2);
  const rank = node?.outputTensors?.[0]?.shape.length;
  if (type === 'BatchNormalization' && typeof own.axis === 'number' && own.axis > 0 && rank !== undefined) return own.axis - rank;
  const source = node?.inputTensors[0]?.sourceLayer;
  return ALIKE.test(type) && source && depth < DEEPEST ? channelAxisOf(source, depth + 1) : -1;
}

/** How far layers and ops are followed back. */
const DEEPEST = 100;

function functionsOf(layer: ActivationLayer, type: string): FunctionPlace[] {
  const numbers = layer as unknown as ActivationParameters;
  const named = ACTIVATIONS[type];
  if (named) return [{name: named, of: activationFunction(named, {alpha: numbers.alpha, maxValue: numbers.maxValue, theta: numbers.theta}), from: {kind: 'input'}}];
  const at = layer.cell ?? layer;
  return (['activation', 'recurrentActivation'] as const).flatMap((key): FunctionPlace[] => {
    const name = at[key]?.getClassName?.();
    const role = layer.cell ? (key === 'recurrentActivation' ? 'gates' : /LSTM/.test(type) ? 'state' : /GRU/.test(type) ? 'candidate' : undefined) : undefined;
    return name && name !== 'linear' ? [{name, of: activationFunction(name), ...(role && {role}), from: {kind: 'property', of: at, key}}] : [];
  });
}

/** Ops that are an activation function, as it is called. */
const OPS: Readonly<Record<string, string>> = {Relu: 'relu', Relu6: 'relu6', Elu: 'elu', Selu: 'selu', LeakyRelu: 'leakyReLU', Prelu: 'PReLU', Sigmoid: 'sigmoid', Tanh: 'tanh', Softmax: 'softmax', LogSoftmax: 'logSoftmax', Softplus: 'softplus'};
/** What is fused into an op, in small letters. */
const FUSED: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(OPS).map(([op, name]) => [op.toLowerCase(), name]));
/** Ops that make no values of their own. */
const SILENT = new Set([
  'Const', 'Placeholder', 'PlaceholderWithDefault', 'Identity', 'IdentityN', 'NoOp', 'Reshape', 'Squeeze', 'ExpandDims', 'StopGradient', 'PreventGradient', 'EnsureShape', 'Snapshot', 'Shape', 'Size', 'Rank', 'Pack', 'Range', 'Fill', 'ZerosLike', 'OnesLike',
  'Cast', 'VarHandleOp', 'ReadVariableOp', 'Pad', 'PadV2', 'MirrorPad', 'HashTableV2', 'LookupTableFindV2',
]);
/** Ops with weights. */
export const WEIGHTED = /MatMul|Conv|Einsum/;
/** Ops that are shown with what they follow, where they follow it alone and have a constant beside it. */
const ADDED = /^(BiasAdd|Add|AddV2|Sub|Mul|FusedBatchNorm(V\d)?)$/;
/** Flow of control: what lies within runs any number of times. */
const CONTROL = /^(Enter|Exit|NextIteration|LoopCond|Switch|Merge|While|StatelessWhile|If|StatelessIf|TensorList.*|TensorArray.*)$/;
/** Ops whose outputs belong to a branch or a loop. */
const INTO = /^(Enter|NextIteration|LoopCond|Switch)$/;
/** Ops that treat all values alike: channels are where they were. */
const SAME_CHANNELS = /^(Relu|Relu6|Elu|Selu|LeakyRelu|Prelu|Sigmoid|Tanh|Softplus|BiasAdd|Add|AddV2|AddN|Sub|Mul|Maximum|Minimum|Pad|PadV2|MirrorPad|Identity|FusedBatchNorm(V\d)?|ConcatV2)$/;
/** TensorFlow's names of dtypes of real numbers. */
const REAL = new Set(['DT_FLOAT', 'DT_HALF', 1, 19]);

type Attributes = NonNullable<NodeDef['attr']> & Readonly<Record<string, {readonly type?: string | number; readonly f?: number; readonly s?: string; readonly list?: {readonly s?: readonly string[]}}>>;
const attributesOf = (node: NodeDef): Attributes => (node.attr ?? {}) as Attributes;

function graphPlaces(model: LiveGraphModel): LayerPlace[] {
  const nodes = nodesOf(model);
  const held = (name: string, depth = 0): boolean => {
    const node = nodes.get(name);
    return node?.op === 'Const' || model.weights[name] !== undefined || (/^(Identity|ReadVariableOp|Cast)$/.test(node?.op ?? '') && depth < 10 && held(sourcesOf(node)[0] ?? '', depth + 1));
  };
  // by its nodes: what a signature calls an output is no name of one
  const last = model.outputs.map(({name}) => name.split(':', 1)[0]!);
  const order = inOrder(nodes, last);
  const users = new Map<string, string[]>();
  for (const name of order) for (const source of sourcesOf(nodes.get(name))) users.set(source, [...(users.get(source) ?? []), name]);
  const ends = new Set(last);
  /** What alone goes on from an op, looking through what only hands it on. */
  const follower = (name: string): NodeDef | undefined => {
    const all = users.get(name) ?? [];
    const node = all.length === 1 && !ends.has(name) ? nodes.get(all[0]!) : undefined;
    return node?.op === 'Identity' && !ends.has(node.name ?? '') ? follower(node.name ?? '') : node;
  };
  const within = inBranches(nodes, order);
  const format = (name: string, depth = 0): number => {
    const node = nodes.get(name);
    const data = attributesOf(node ?? {}).data_format?.s;
    if (typeof data === 'string') return /^NCHW$/.test(data) || decoded(data) === 'NCHW' ? -3 : -1;
    const source = sourcesOf(node).find((one) => !held(one));
    return node && source && depth < DEEPEST && SAME_CHANNELS.test(node.op ?? '') ? format(source, depth + 1) : -1;
  };
  const folded = new Set<string>();
  const heads = new Map<string, string>();
  for (const name of order) {
    const node = nodes.get(name)!;
    if (folded.has(name) && !heads.has(name)) continue;
    const next = follower(name);
    const main = heads.get(name) ?? node.op ?? '';
    const sources = sourcesOf(next).filter((source) => !held(source));
    const after = next?.op ?? '';
    if (!next?.name || sources.length !== 1 || SILENT.has(node.op ?? '')) continue;
    // what follows anything else is a layer of its own
    if (!WEIGHTED.test(main) || !(ADDED.test(after) || OPS[after]) || OPS[node.op ?? '']) continue;
    folded.add(name);
    heads.set(next.name, main);
  }
  return order.flatMap((name): LayerPlace[] => {
    const node = nodes.get(name)!;
    const op = node.op ?? '';
    const {T} = attributesOf(node);
    if (folded.has(name) || SILENT.has(op) || CONTROL.test(op) || within.has(name) || held(name) || (T?.type !== undefined && !REAL.has(T.type))) return [];
    if (sourcesOf(node).every((source) => held(source))) return [];
    return [{
      address: name, type: (heads.get(name) ?? op).replace(/^_?Fused/, ''), layer: null, cell: null, backwards: false,
      channelAxis: format(name),
      functions: functionOfOp(node, nodes), size: null, passes: false,
    }];
  });
}

/** What an op takes from: names of ops, with the number of the output where it is not the first. */
const portsOf = (node: NodeDef): string[] => (node.input ?? []).filter((name) => !name.startsWith('^')).map((name) => name.replace(/:0$/, ''));

/** Ops of branches and loops, which may not run, or run any number of times. */
function inBranches(nodes: ReadonlyMap<string, NodeDef>, order: readonly string[]): Set<string> {
  const within = new Set<string>();
  for (const name of order) {
    const own = nodes.get(name)?.op ?? '';
    const sources = sourcesOf(nodes.get(name));
    const loop = own === 'Merge' && sources.some((source) => /^(Enter|NextIteration)$/.test(nodes.get(source)?.op ?? ''));
    // what a branch ends in runs whichever is taken, and what a loop ends in once
    if (own === 'Exit' || (own === 'Merge' && !loop)) continue;
    if (loop || sources.some((source) => within.has(source) || INTO.test(nodes.get(source)?.op ?? ''))) within.add(name);
  }
  return within;
}

function functionOfOp(node: NodeDef, nodes: ReadonlyMap<string, NodeDef>): FunctionPlace[] {
  const attributes = attributesOf(node);
  const own = OPS[node.op ?? ''];
  const alpha = attributes.alpha?.f ?? 0.2;
  const [source] = portsOf(node);
  if (own && source !== undefined) return [{name: own, of: activationFunction(own, {alpha}), from: {kind: 'op', source}}];
  // x · sigmoid(x)
  if (node.op === 'Mul') {
    const [a = '', b = ''] = portsOf(node);
    for (const [x, y] of [[a, b], [b, a]] as const) if (nodes.get(y)?.op === 'Sigmoid' && portsOf(nodes.get(y)!)[0] === x) return [{name: 'swish', of: activationFunction('swish'), from: {kind: 'op', source: x}}];
  }
  const fused = (attributes.fused_ops?.list?.s ?? []).map((text) => FUSED[decoded(text).toLowerCase()]).find(Boolean);
  if (!fused || source === undefined) return [];
  return [{name: fused, of: activationFunction(fused, {alpha: attributes.leakyrelu_alpha?.f ?? 0.2}), from: {kind: 'fused', source}}];
}

/** Texts of a GraphDef stand in base64. */
function decoded(text: unknown): string {
  try {
    return typeof text === 'string' ? atob(text) : '';
  } catch {
    return String(text);
  }
}

/** Ops that lead to the outputs, each after what it takes from. */
function inOrder(nodes: ReadonlyMap<string, NodeDef>, outputs: readonly string[]): string[] {
  const done = new Set<string>();
  const seen = new Set<string>();
  for (const output of outputs) {
    const stack = [output];
    while (stack.length) {
      const name = stack.at(-1)!;
      if (done.has(name) || !nodes.has(name)) {
        stack.pop();
        continue;
      }
      const left = seen.has(name) ? [] : sourcesOf(nodes.get(name)).filter((source) => !seen.has(source) && nodes.has(source));
      seen.add(name);
      if (left.length) stack.push(...left.reverse());
      else {
        done.add(name);
        stack.pop();
      }
    }
  }
  return [...done];
}
