import {Problem} from '../words/run.js';
import {feedsOf, type ModelValues} from './feeds.js';
import {findOutput, liveModel, outputsOf} from './model-ports.js';
import {isTyped, sizeOf} from './read-tensor.js';
import {runPass} from './run-pass.js';
import {yieldToPage} from './slices.js';
import type {Tf} from './tf.js';
import type {DType, TensorValues, Values} from './types.js';

export interface PredictOptions {
  readonly tf: Tf;
  /** Examples a pass; by default as many as take some 40 ms, found out beginning with one. */
  readonly batchSize?: number | undefined;
  /** Which output, by name or index; by default the first that nothing else in the model goes on from. */
  readonly output?: string | number | null | undefined;
  /** Heeded between passes. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Told after each pass: examples done, of how many, and how many ms the rest will take, going by the cheapest pass; `null`
   * after the first, in which code is compiled.
   */
  readonly onProgress?: ((loaded: number, total: number, msLeft: number | null) => void) | undefined;
}

/** What a model put out. */
export interface Prediction extends TensorValues {
  /** The output's name. */
  readonly name: string;
  /** How many examples went in. The first axis is theirs, unless one example gave an output without such an axis. */
  readonly examples: number;
}

/** How long a pass should take, in ms: long enough to be worth it, short enough for the page to go on. */
const AIM = 40;
/** Values that go into a pass at most, and examples. */
const VALUES = 2 ** 22;
const EXAMPLES = 1024;

/**
 * Runs a live model on values, in passes between which the page goes on. The model is left as it was: weights, states and
 * `tf.memory().numTensors`.
 * @param model a `tf.LayersModel` or `tf.GraphModel`
 * @param values for each input, with the axis of examples or, for one example, without
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function predict(model: unknown, values: ModelValues, {tf, batchSize, output, signal, onProgress}: PredictOptions): Promise<Prediction> {
  const live = liveModel(model);
  const index = findOutput(live, output);
  const {name} = outputsOf(live)[index]!;
  const feeds = feedsOf(live, values);
  const {examples, fixed} = feeds;
  const most = Math.max(1, Math.min(EXAMPLES, Math.floor(VALUES / Math.max(1, ...feeds.feeds.map((f) => (f.each ? sizeOf(f.shape) : 0))))));
  let size = fixed ?? batchSize ?? 1;
  let cost = Infinity;
  const tried = new Set<number>();
  let whole: {data: Values; shape: readonly number[]; dtype: DType} | undefined;
  for (let from = 0; from < examples; ) {
    await yieldToPage();
    signal?.throwIfAborted();
    const to = Math.min(examples, from + size);
    const begin = performance.now();
    const out = await runPass(tf, live, feeds, from, to, index);
    let data: unknown;
    const {shape, dtype} = out;
    try {
      data = await out.data();
    } finally {
      out.dispose();
    }
    signal?.throwIfAborted();
    if (dtype === 'string' || !isTyped(data)) throw new Problem('runText', {name});
    const took = performance.now() - begin;
    const rows = to - from;
    const one = shape.slice(1);
    const grouped = shape.length > 0 && shape[0] === Math.max(rows, fixed ?? 0);
    if (!grouped && examples > 1) throw new Problem('runNoExamples', {name, shape: `[${shape.join(', ')}]`, n: rows});
    if (whole && (one.length !== whole.shape.length - 1 || one.some((n, i) => n !== whole!.shape[i + 1]))) throw new Problem('runShapes', {name, shape: `[${one.join(', ')}]`, other: `[${whole.shape.slice(1).join(', ')}]`});
    // complex numbers are pairs
    const each = grouped ? data.length / shape[0]! : data.length;
    whole ??= {data: new (data.constructor as Float32ArrayConstructor)(examples * each), shape: grouped ? [examples, ...one] : shape, dtype: dtype as DType};
    // a copy: on some backends the array is an input's or a weight's own
    whole.data.set(data.subarray(0, rows * each), from * each);
    if (from) cost = Math.min(cost, took / rows);
    from = to;
    onProgress?.(from, examples, from === examples ? 0 : cost < Infinity ? cost * (examples - from) : null);
    if (fixed === null && batchSize === undefined) size = nextSize(size, took, tried.has(size), most);
    tried.add(rows);
  }
  return {...whole!, name, examples};
}

/**
 * How many examples to take next, in powers of two: a GPU compiles its programs for each other size.
 * @param again whether this size had been run before: what took long the first time may have been that
 */
export function nextSize(size: number, took: number, again: boolean, most: number): number {
  const factor = took * 4 <= AIM ? 4 : took * 2 <= AIM ? 2 : again && took > 2 * AIM && size > 1 ? 0.5 : 1;
  return size * factor <= most ? size * factor : size;
}
