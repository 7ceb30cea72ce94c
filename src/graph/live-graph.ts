import {runSliced} from '../compute/slices.js';
import {topologyOf} from '../tensor/live-model.js';
import {describe, isTensorLike, sizeOf} from '../tensor/read-tensor.js';
import type {TensorLike} from '../tensor/types.js';
import {Problem} from '../words/graph.js';
import {graphDefSteps} from './read-graphdef.js';
import type {GraphSpec} from './types.js';

/** What is looked at of a live `tf.GraphModel`. */
interface LiveGraphModel {
  readonly weights?: Readonly<Record<string, readonly unknown[] | unknown>>;
  readonly modelSignature?: unknown;
  readonly signature?: unknown;
  readonly artifacts?: {readonly signature?: unknown; readonly userDefinedMetadata?: {readonly signature?: unknown}};
}

/** Integers of up to so many values may be sizes; numbers of up to so many are shown. */
const SIZES = 64;
const SHOWN = 16;

const small = ({shape, dtype}: TensorLike): boolean => {
  const n = sizeOf(shape);
  return dtype === 'int32' || dtype === 'bool' ? n <= SIZES : dtype === 'float32' && n <= SHOWN;
};

/**
 * The structure of a live `tf.GraphModel`, as `graphDefGraph` reads it, with the values of its small constants (integers
 * up to 64 of them, floats up to 16), so that shapes that depend on them are known. Nothing is run, made, changed or
 * disposed of.
 * @returns rejects with a Problem where the model shows no structure, or with the signal's reason
 */
export async function liveGraphModelGraph(given: unknown, signal?: AbortSignal): Promise<GraphSpec> {
  const model = given as LiveGraphModel | null;
  const topology = typeof model === 'object' && model !== null ? topologyOf(model) : undefined;
  if (!topology) throw new Problem('badModel', {got: describe(given)});
  const tensors = new Map<string, TensorLike>();
  for (const [name, value] of Object.entries(model!.weights ?? {})) {
    const tensor: unknown = Array.isArray(value) ? value[0] : value;
    if (isTensorLike(tensor)) tensors.set(name, tensor);
  }
  const weights = [...tensors].map(([name, {shape, dtype}]) => ({name, shape, dtype}));
  const constants = new Map<string, readonly number[]>();
  // asked for all at once, before anything can dispose of the model
  await Promise.all([...tensors].filter(([, tensor]) => small(tensor)).map(([name, tensor]) => valuesOf(tensor).then((values) => values && constants.set(name, values))));
  signal?.throwIfAborted();
  const signature = model!.modelSignature ?? model!.signature ?? model!.artifacts?.signature ?? model!.artifacts?.userDefinedMetadata?.signature;
  return runSliced(graphDefSteps(topology, {manifest: [{paths: [], weights}], signature, constants}), {signal});
}

/** Values of a tensor; nothing where it has been disposed of, which leaves them unknown. */
async function valuesOf(tensor: TensorLike): Promise<number[] | undefined> {
  try {
    return Array.from((await tensor.data()) as ArrayLike<number>, Number);
  } catch {
    return undefined;
  }
}
