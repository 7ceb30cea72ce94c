import {Problem} from '../words/run.js';
import {type Feeds, feedTensors} from './feeds.js';
import {withoutMasks} from './masks.js';
import {isGraphModel, type LiveExecutor, type LiveGraphModel, type LiveLayer, type LiveLayersModel, type LiveModel, outputsOf} from './model-ports.js';
import type {Tf, TfTensor} from './tf.js';

/** Graphs that have turned out to need `executeAsync`. */
const dynamic = new WeakSet<LiveGraphModel>();

/**
 * Runs a model once, on the examples from `from` to `to`, as it is and never in training mode. Nothing is left behind: what
 * was made on the way is freed, also where it fails, and stateful layers remember what they did before.
 * @returns the output, to be disposed of by the caller; rejects with a Problem
 */
export async function runPass(tf: Tf, model: LiveModel, feeds: Feeds, from: number, to: number, output: number): Promise<TfTensor> {
  try {
    return isGraphModel(model) ? await graphPass(tf, model, feeds, from, to, output) : layersPass(tf, model, feeds, from, to, output);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('runFailed', {reason: error instanceof Error ? error.message : String(error), backend: tf.getBackend()}, {cause: error});
  }
}

function layersPass(tf: Tf, model: LiveLayersModel, feeds: Feeds, from: number, to: number, output: number): TfTensor {
  const restore = holdStates(tf, model);
  try {
    return tf.tidy(() => {
      const inputs = feedTensors(tf, feeds, from, to);
      const out = withoutMasks(model, () => model.predict(inputs.length === 1 ? inputs[0]! : inputs, {batchSize: Math.max(to - from, feeds.fixed ?? 0)}));
      return tf.clone('dtype' in out ? out : out[output]!);
    });
  } finally {
    restore();
  }
}

/** Lets the stateful layers of a model run on copies of their states. @returns what puts their own back */
export function holdStates(tf: Tf, model: LiveLayersModel): () => void {
  const restore = [...recurrent(model, new Set())].map((layer) => holdLayer(tf, layer));
  return () => restore.forEach((back) => back());
}

/** The stateful layers of a model, wherever they are. */
function* recurrent(layer: LiveLayer, seen: Set<LiveLayer>): Generator<LiveLayer> {
  if (seen.has(layer)) return;
  seen.add(layer);
  if (layer.stateful === true && Array.isArray(layer.states)) yield layer;
  for (const inner of [...(layer.layers ?? []), layer.layer, layer.forwardLayer, layer.backwardLayer]) if (inner) yield* recurrent(inner, seen);
}

/** Lets a layer run on copies of its states, which it disposes of for newer ones. @returns what puts its own back */
function holdLayer(tf: Tf, layer: LiveLayer): () => void {
  const own = layer.states!;
  layer.states = own.map((state) => state && tf.clone(state));
  return () => {
    for (const state of layer.states!) state?.dispose();
    layer.states = own;
  };
}

async function graphPass(tf: Tf, model: LiveGraphModel, feeds: Feeds, from: number, to: number, output: number): Promise<TfTensor> {
  const {key, name} = outputsOf(model)[output]!;
  const fed = (): Record<string, TfTensor> => {
    const tensors = feedTensors(tf, feeds, from, to);
    return Object.fromEntries(feeds.feeds.map(({port}, i) => [port.key, tensors[i]!]));
  };
  // what an initializer makes belongs to the model, and a tidy would free it
  if (!dynamic.has(model) && !model.initializer) {
    try {
      return tf.tidy(() => tf.clone(single(model.execute(fed(), [key]), name)));
    } catch (error) {
      if (!/executeAsync/.test(String((error as Error).message))) throw error;
      dynamic.add(model);
    }
  }
  const inputs = fed();
  try {
    const out = single(await executeAsync(model, inputs, key), name);
    const mine = tf.clone(out);
    // a graph may hand out a weight as it is
    if (!Object.values(model.weights).some((tensors) => tensors.includes(out))) out.dispose();
    return mine;
  } finally {
    for (const tensor of Object.values(inputs)) tensor.dispose();
  }
}

function single(out: TfTensor | readonly TfTensor[] | undefined, name: string): TfTensor {
  const one = out && 'dtype' in out ? out : out?.[0];
  if (!one) throw new Problem('runNothing', {name});
  return one;
}

/**
 * `executeAsync` frees what it made only where it succeeds. Here the executor is asked through an object of its own kind
 * that notes its tables of tensors, so that they can be freed where it fails; the model itself is not touched.
 */
async function executeAsync(model: LiveGraphModel, inputs: Record<string, TfTensor>, key: string): Promise<TfTensor | readonly TfTensor[]> {
  const tables: Readonly<Record<string, readonly TfTensor[]>>[] = [];
  const watched = (executor: LiveExecutor, more: PropertyDescriptorMap = {}): LiveExecutor =>
    Object.create(executor, {
      ...more,
      getFrozenTensorIds: {
        value: (table: Readonly<Record<string, readonly TfTensor[]>>) => {
          tables.push(table);
          return executor.getFrozenTensorIds!(table);
        },
      },
    }) as LiveExecutor;
  let runner = model;
  const {executor} = model;
  if (typeof executor?.getFrozenTensorIds === 'function') {
    const functions = Object.fromEntries(Object.entries(executor.functionExecutorMap ?? {}).map(([name, inner]) => [name, watched(inner)]));
    runner = Object.create(model, {executor: {value: watched(executor, {functionExecutorMap: {value: functions}})}}) as LiveGraphModel;
  }
  try {
    return await runner.executeAsync(inputs, [key]);
  } catch (error) {
    const kept = new Set([...Object.values(model.weights).flat(), ...Object.values(inputs)]);
    for (const tensor of tables.flatMap((table) => Object.values(table)).flat()) if (tensor && !kept.has(tensor) && !tensor.isDisposed) tensor.dispose();
    throw error;
  } finally {
    // set up once, by whoever runs it first
    if (runner !== model) model.resourceIdToCapturedInput ??= runner.resourceIdToCapturedInput ?? null;
  }
}
