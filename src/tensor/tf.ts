import {Problem} from '../words/run.js';
import {describe, unwrap} from './read-tensor.js';

// What runs a model needs TensorFlow.js. This is the one place that finds it; nothing here imports it.

/** A `tf.Tensor`, as far as it is used. */
export interface TfTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  data(): Promise<unknown>;
  dispose(): void;
}

/** TensorFlow.js, as far as it is used. The loaders are missing where an app has tfjs-core and a backend alone. */
export interface Tf {
  tensor(values: Float32Array | Int32Array | Uint8Array, shape: readonly number[], dtype: 'float32' | 'int32' | 'bool'): TfTensor;
  clone(tensor: TfTensor): TfTensor;
  tidy<T>(run: () => T): T;
  ready(): Promise<void>;
  getBackend(): string;
  engine(): TfEngine;
  loadLayersModel?(handler: {load(): object}): Promise<object>;
  loadGraphModelSync?(artifacts: object): object;
}

/** What keeps account of tensors. */
export interface TfEngine {
  readonly registeredVariables: Readonly<Record<string, TfTensor>>;
  readonly state: {readonly activeScope: {readonly track: readonly TfTensor[]} | null};
  startScope(): void;
  endScope(keep: readonly TfTensor[]): void;
}

let used: Tf | null = null;
let load: (() => Promise<unknown>) | null = null;
let loading: Promise<Tf> | null = null;

/** Whether something is TensorFlow.js: a page's `id="tf"` is a global of that name too. */
const isTf = (x: unknown): x is Tf => ['tensor', 'tidy', 'clone', 'ready', 'engine'].every((name) => typeof (x as Record<string, unknown> | null | undefined)?.[name] === 'function');

/**
 * Gives the library the app's own TensorFlow.js, for all that runs a model; `null` takes it away.
 * @param tf all of what @tensorflow/tfjs exports (`import * as tf`), or tfjs-core with one backend
 * @throws Problem for anything else
 */
export function useTf(tf: object | null): void {
  const given: unknown = tf === null ? null : unwrap(tf);
  const inner = (given as {default?: unknown} | null)?.default;
  if (given !== null && !isTf(given) && !isTf(inner)) throw new Problem('tfBad', {got: describe(given)});
  used = given === null || isTf(given) ? given : (inner as Tf);
}

/** Says how to fetch TensorFlow.js where the page has none; the files for plain pages do. */
export function setTfLoader(loader: (() => Promise<unknown>) | null): void {
  load = loader;
  loading = null;
}

/** TensorFlow.js where it is there already: given by `useTf`, or `globalThis.tf`. */
export function presentTf(): Tf | null {
  const {tf} = globalThis as {tf?: unknown};
  return used ?? (isTf(tf) ? tf : null);
}

/**
 * TensorFlow.js, ready to run: what `useTf` was given, else `globalThis.tf`, else fetched where the build brings it along.
 * @returns rejects with a Problem that names the ways to give it
 */
export async function findTf(): Promise<Tf> {
  const tf = presentTf() ?? (await (loading ??= fetchTf()));
  try {
    await tf.ready();
  } catch (error) {
    throw new Problem('tfBackend', {reason: (error as Error).message}, {cause: error});
  }
  return tf;
}

async function fetchTf(): Promise<Tf> {
  try {
    if (!load) throw new Problem('tfMissing');
    const tf: unknown = await load();
    if (!isTf(tf)) throw new Problem('tfBad', {got: describe(tf)});
    return tf;
  } catch (error) {
    loading = null; // the next that asks tries again
    if (error instanceof Problem) throw error;
    throw new Problem('tfFile', {reason: (error as Error).message}, {cause: error});
  }
}
