import {Problem} from '../words/run.js';
import {inputsOf, type LiveModel, type Port} from './model-ports.js';
import {sizeOf} from './read-tensor.js';
import type {Tf, TfTensor} from './tf.js';
import type {TensorValues, Values} from './types.js';

/** Values for a model's inputs: for its one input, in the inputs' order, or by name. */
export type ModelValues = TensorValues | readonly TensorValues[] | Readonly<Record<string, TensorValues>>;

/** Values that go into one input. */
export interface Feed {
  readonly port: Port;
  readonly data: Values;
  /** Of one example; of all where `each` is not set. */
  readonly shape: readonly number[];
  /** Whether the first axis is that of examples. */
  readonly each: boolean;
}

/** Values for all inputs of a model. */
export interface Feeds {
  readonly feeds: readonly Feed[];
  readonly examples: number;
  /** The number of examples that the model was built to take at once; `null`: any. */
  readonly fixed: number | null;
}

/** A shape as the model has it, in words: `[null, 28, 28, 1]`. */
export const portShape = ({shape}: Port): string => (shape ? `[${shape.map((n) => n ?? 'null').join(', ')}]` : '[…]');

/** Whether something holds values by the names of inputs. */
const named = (values: ModelValues): values is Readonly<Record<string, TensorValues>> => !Array.isArray(values) && !('shape' in values && 'data' in values);

/**
 * Which of the things that were handed over goes into which input.
 * @returns in the order of the inputs, without optional ones that nothing was given for
 * @throws Problem that names the inputs
 */
export function assignInputs<T>(ports: readonly Port[], given: readonly T[] | Readonly<Record<string, T>>): {port: Port; item: T}[] {
  const names = ports.map((p) => `“${p.name}”`).join(', ');
  if (Array.isArray(given)) {
    const items = given as readonly T[];
    const needed = ports.filter((p) => !p.optional || items.length === ports.length);
    if (items.length !== needed.length) throw new Problem('inputCount', {expected: needed.length, got: items.length, names});
    return needed.map((port, i) => ({port, item: items[i]!}));
  }
  const record = given as Readonly<Record<string, T>>;
  const called = (port: Port): string | undefined => [port.name, ...port.aliases].find((name) => Object.hasOwn(record, name));
  const known = new Set(ports.map(called));
  const strange = Object.keys(record).find((name) => !known.has(name));
  if (strange !== undefined) throw new Problem('inputUnknown', {name: strange, names});
  return ports.flatMap((port) => {
    const name = called(port);
    if (name !== undefined) return [{port, item: record[name]!}];
    if (port.optional) return [];
    throw new Problem('inputMissing', {name: port.name, names});
  });
}

/**
 * Fits values to a model's inputs: with the axis of examples or, for one example, without.
 * @throws Problem where a shape, a dtype or the number of examples does not fit
 */
export function feedsOf(model: LiveModel, values: ModelValues): Feeds {
  const ports = inputsOf(model);
  const given = Array.isArray(values) || named(values) ? values : [values as TensorValues];
  const assigned = assignInputs<TensorValues>(ports, given as readonly TensorValues[]);
  const first = assigned.find(({port}) => port.shape?.length !== 0);
  const fixed = first?.port.shape?.[0] ?? null;
  const feeds = assigned.map(({port, item}) => feedOf(port, item, fixed));
  const counts = feeds.filter((f) => f.each).map((f) => ({name: f.port.name, n: countOf(f)}));
  const examples = counts[0]?.n ?? 1;
  const odd = counts.find(({n}) => n !== examples);
  if (odd) throw new Problem('inputExamples', {name: counts[0]!.name, n: examples, other: odd.name, m: odd.n});
  if (!examples) throw new Problem('inputEmpty');
  return {feeds, examples, fixed: counts.length ? fixed : examples};
}

const countOf = ({data, shape}: Feed): number => (sizeOf(shape) ? data.length / sizeOf(shape) : 0);

function feedOf(port: Port, {data, shape, dtype}: TensorValues, fixed: number | null): Feed {
  const {name} = port;
  if (!/^(float32|int32|bool)$/.test(port.dtype) || dtype === 'complex64') throw new Problem('inputDtype', {name, expected: port.dtype, got: dtype});
  if (port.dtype === 'int32') {
    const odd = (data as Float64Array).find((v) => v !== (v | 0));
    if (odd !== undefined) throw new Problem('inputIntegers', {name, got: odd});
  }
  const wanted = port.shape;
  const each = wanted === null ? shape.length > 0 : wanted.length > 0 && (wanted[0] === null || wanted[0] === fixed);
  const fits = (own: readonly number[], sizes: readonly (number | null)[]): boolean => own.length === sizes.length && own.every((n, i) => sizes[i] === null || sizes[i] === n);
  if (wanted === null) return {port, data, shape: each ? shape.slice(1) : shape, each};
  if (!each && fits(shape, wanted)) return {port, data, shape, each};
  if (each && fits(shape.slice(1), wanted.slice(1)) && shape.length === wanted.length) return {port, data, shape: shape.slice(1), each};
  if (each && fits(shape, wanted.slice(1))) return {port, data, shape, each};
  throw new Problem('inputShape', {name, expected: portShape(port), got: `[${shape.join(', ')}]`});
}

/** Feeds with the examples from `from` to `to` alone. */
export function sliceFeeds(feeds: Feeds, from: number, to: number): Feeds {
  const each = (feed: Feed): number => feed.data.length / feeds.examples;
  return {...feeds, feeds: feeds.feeds.map((feed) => (feed.each ? {...feed, data: feed.data.subarray(from * each(feed), to * each(feed))} : feed)), examples: to - from};
}

/**
 * Tensors of the examples from `from` to `to`, by the order of `feeds`. Where the model takes a fixed number, the last
 * example is repeated.
 */
export function feedTensors(tf: Tf, {feeds, fixed}: Feeds, from: number, to: number): TfTensor[] {
  const n = Math.max(to - from, fixed ?? 0);
  return feeds.map(({port, data, shape, each}) => {
    if (!each) return tf.tensor(typed(data, port.dtype), shape, port.dtype as 'float32');
    const size = sizeOf(shape);
    let part = typed(data.subarray(from * size, to * size), port.dtype);
    if (n > to - from) {
      const whole = new (part.constructor as Float32ArrayConstructor)(n * size);
      whole.set(part);
      for (let i = to - from; i < n; i++) whole.copyWithin(i * size, (to - from - 1) * size, (to - from) * size);
      part = whole;
    }
    return tf.tensor(part, [n, ...shape], port.dtype as 'float32');
  });
}

/** Values in the kind of array that a dtype has in TensorFlow.js. */
export function typed(data: Values, dtype = 'float32'): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'int32') return data instanceof Int32Array ? data : Int32Array.from(data);
  if (dtype === 'bool') return Uint8Array.from(data, (v) => (v ? 1 : 0));
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
