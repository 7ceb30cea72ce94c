import {Problem as ReadingProblem} from '../words/reading.js';
import {Problem} from '../words/run.js';
import {describe, unwrap} from './read-tensor.js';
import type {TfTensor} from './tf.js';

/** A layer of a live layers model, or a model, which is a layer with layers. */
export interface LiveLayer {
  readonly name: string;
  readonly layers?: readonly LiveLayer[];
  readonly inboundNodes?: readonly {readonly inputTensors: readonly Symbolic[]; readonly outputTensors?: readonly Symbolic[]}[];
  /** Of a model. */
  readonly inputs?: readonly Symbolic[];
  readonly outputs?: readonly Symbolic[];
  /** Within a wrapper. */
  readonly layer?: LiveLayer;
  readonly forwardLayer?: LiveLayer;
  readonly backwardLayer?: LiveLayer;
  readonly stateful?: boolean;
  /** Of a stateful recurrent layer: what it remembers. */
  states?: readonly (TfTensor | null)[];
  getClassName?(): string;
  getConfig?(): Readonly<Record<string, unknown>>;
}

/** A `tf.SymbolicTensor`: what goes from layer to layer. */
export interface Symbolic {
  readonly name: string;
  readonly shape: readonly (number | null)[];
  readonly dtype?: string;
  readonly sourceLayer?: LiveLayer;
  readonly inputs?: readonly Symbolic[];
}

/** A `tf.LayersModel`, as far as it is used. */
export interface LiveLayersModel extends LiveLayer {
  readonly layers: readonly LiveLayer[];
  readonly inputs: readonly Symbolic[];
  readonly outputs: readonly Symbolic[];
  predict(inputs: TfTensor | readonly TfTensor[], options: {batchSize: number}): TfTensor | readonly TfTensor[];
}

/** A node of a live graph model. */
export interface LiveNode {
  readonly name: string;
  readonly op: string;
  readonly inputNames: readonly string[];
  readonly children: readonly LiveNode[];
  readonly rawAttrs?: Readonly<Record<string, unknown>>;
}

/** What runs a graph. */
export interface LiveExecutor {
  readonly graph?: {readonly nodes?: Readonly<Record<string, LiveNode>>};
  readonly functionExecutorMap?: Readonly<Record<string, LiveExecutor>>;
  getFrozenTensorIds?(tensors: Readonly<Record<string, readonly TfTensor[]>>): Set<number>;
}

interface TensorInfo {
  readonly name?: string;
  readonly resourceId?: unknown;
  readonly tensorShape?: {readonly dim?: readonly {readonly size?: string | number}[]; readonly unknownRank?: boolean};
}

/** A `tf.GraphModel`, as far as it is used. */
export interface LiveGraphModel {
  readonly inputs: readonly {readonly name: string; readonly shape?: readonly number[] | null; readonly dtype?: string | null}[];
  readonly outputs: readonly {readonly name: string}[];
  readonly inputNodes: readonly string[];
  readonly outputNodes: readonly string[];
  readonly weights: Readonly<Record<string, readonly TfTensor[]>>;
  readonly modelSignature?: {readonly inputs?: Readonly<Record<string, TensorInfo>>; readonly outputs?: Readonly<Record<string, TensorInfo>>};
  readonly modelStructuredOutputKeys?: readonly string[];
  readonly executor?: LiveExecutor;
  readonly initializer?: object | null;
  resourceIdToCapturedInput?: object | null;
  execute(inputs: Readonly<Record<string, TfTensor>>, outputs: readonly string[]): TfTensor | readonly TfTensor[];
  executeAsync(inputs: Readonly<Record<string, TfTensor>>, outputs: readonly string[]): Promise<TfTensor | readonly TfTensor[]>;
}

export type LiveModel = LiveLayersModel | LiveGraphModel;

/** An input or an output of a live model. */
export interface Port {
  /** A layer's name, or a name of a graph's signature without its `:0`. */
  readonly name: string;
  /** What else it may be called by. */
  readonly aliases: readonly string[];
  /** With the axis of examples; `null` for a size that is free, or as a whole where the model does not tell. */
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string;
  /** What the model calls it when it runs. */
  readonly key: string;
  /** An input that has a value of its own. */
  readonly optional?: boolean;
}

export const isGraphModel = (model: LiveModel): model is LiveGraphModel => !('layers' in model);

/**
 * A model that can be run, told apart by what it has and not by its class.
 * @throws Problem for anything else, and for a model that has no input yet
 */
export function liveModel(given: unknown): LiveModel {
  const model = unwrap(given) as Partial<LiveLayersModel & LiveGraphModel> | null;
  const layered = Array.isArray(model?.layers) && typeof model.predict === 'function';
  if (!layered && !(typeof model?.executeAsync === 'function' && Array.isArray(model.inputNodes))) throw new ReadingProblem('badModel', {got: describe(given)});
  if (layered && !model?.inputs?.length) throw new Problem('runUnbuilt');
  return model as LiveModel;
}

const plain = (name: string): string => name.replace(/:0$/, '');

/** The inputs of a model that something has to be fed to, in its order. */
export function inputsOf(model: LiveModel): Port[] {
  if (!isGraphModel(model)) return model.inputs.map(layerPort);
  const given = model.modelSignature?.inputs;
  const ports = model.inputs.map(({name, shape, dtype}, i): Port | null => {
    const key = model.inputNodes[i] ?? name;
    const info = given?.[key];
    if (info?.resourceId != null) return null; // the model feeds it itself
    const sizes = shape ?? (info?.tensorShape?.unknownRank ? null : info?.tensorShape?.dim?.map((d) => Number(d.size)));
    const optional = model.executor?.graph?.nodes?.[name]?.op === 'PlaceholderWithDefault';
    return {name: plain(key), aliases: [key, name], shape: sizes?.map((n) => (n < 0 ? null : n)) ?? null, dtype: dtype ?? 'float32', key, optional};
  });
  return ports.filter((port) => port !== null);
}

/** The outputs of a model, in its order. */
export function outputsOf(model: LiveModel): Port[] {
  if (!isGraphModel(model)) return model.outputs.map(layerPort);
  return model.outputs.map(({name}, i): Port => {
    const key = model.outputNodes[i] ?? name;
    const named = model.modelStructuredOutputKeys?.[i];
    const sizes = model.modelSignature?.outputs?.[key]?.tensorShape;
    const shape = sizes?.unknownRank ? null : sizes?.dim?.map((d) => (Number(d.size) < 0 ? null : Number(d.size)));
    return {name: named ?? plain(key), aliases: [key, plain(key), name], shape: shape ?? null, dtype: 'float32', key};
  });
}

function layerPort({name, shape, dtype, sourceLayer}: Symbolic): Port {
  return {name: sourceLayer?.name ?? name, aliases: [name], shape, dtype: dtype ?? 'float32', key: name};
}

/**
 * Which output is meant: by name, else by index (a negative one counts from the end). Without either, the first that
 * nothing in the model goes on from: models that hand out every layer end in what they are for.
 * @throws Problem that lists the names
 */
export function findOutput(model: LiveModel, wanted?: string | number | null): number {
  const ports = outputsOf(model);
  if (wanted === undefined || wanted === null || wanted === '') return lastOutput(model);
  const name = String(wanted);
  const named = typeof wanted === 'string' ? ports.findIndex((p) => p.name === name || p.aliases.includes(name)) : -1;
  const index = named < 0 && /^-?\d+$/.test(name) ? (Number(name) < 0 ? ports.length + Number(name) : Number(name)) : named;
  if (!ports[index]) throw new Problem('runOutput', {name, names: ports.map((p) => `“${p.name}”`).join(', ')});
  return index;
}

function lastOutput(model: LiveModel): number {
  if (isGraphModel(model)) return 0;
  const used = new Set(model.layers.flatMap((layer) => (layer.inboundNodes ?? []).flatMap((node) => node.inputTensors)));
  return Math.max(0, model.outputs.findIndex((output) => !used.has(output)));
}
