import {type LiveModel, isGraphModel, outputsOf, type Port} from '../tensor/model-ports.js';
import {describe, isTyped, unwrap} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/learn.js';
import {trainedOf} from './compiled-model.js';
import {fitLabels} from './labels.js';
import {lossName, namedLoss} from './losses.js';
import type {TfMath} from './tf-math.js';

/** A loss as `model.compile` takes it: what is true and what the model puts out, as tensors, to a tensor. */
export type LossFunction = (yTrue: never, yPred: never) => unknown;

/** One loss for all outputs, or one for each, in order or by the outputs' names; an output without one is left out. */
export type LossInput = string | LossFunction | readonly (string | LossFunction | null)[] | Readonly<Record<string, string | LossFunction | null>>;

/**
 * Labels of a batch, for the one output that has a loss, or in order or by name for several: values in the output's
 * shape or, of classes, their indices. A list of numbers is one of `[n]`.
 */
export type LabelValues = ArrayLike<number> | TensorValues | readonly (TensorValues | ArrayLike<number>)[] | Readonly<Record<string, TensorValues | ArrayLike<number>>>;

/** An output with a loss. */
export interface Compared {
  readonly output: number;
  readonly port: Port;
  readonly loss: (yTrue: TfTensor, yPred: TfTensor) => unknown;
  /** Its full name; `null` for a function. */
  readonly lossName: string | null;
  readonly labels: TensorValues;
}

/** The outputs that have a loss, with their labels. @throws Problem */
export function comparedOutputs(tf: object, model: LiveModel, labels: LabelValues, given: LossInput | undefined): Compared[] {
  const ports = outputsOf(model);
  const trained = isGraphModel(model) ? null : trainedOf(model);
  if (given === undefined && !trained?.lossFunctions?.length) throw new Problem(trained ? 'weightsUncompiled' : 'weightsNoLoss');
  const losses = lossPerPort(ports, given ?? (trained!.loss as LossInput));
  const found = ports.flatMap((port, output) => {
    const loss = losses[output];
    if (loss === null || loss === undefined) return [];
    const name = typeof loss === 'string' ? lossName(loss) : null;
    // what was compiled is what fit() goes by
    const run = given === undefined ? trained!.lossFunctions![output]! : name === null ? (loss as Compared['loss']) : namedLoss(tf, name);
    return [{output, port, loss: run, lossName: name}];
  });
  if (!found.length) throw new Problem(trained ? 'weightsUncompiled' : 'weightsNoLoss');
  const all = labelsPerPort(found.map(({port}) => port), labels);
  return found.map((one, i) => ({...one, labels: all[i]!}));
}

/** The loss of an output; to be called where a gradient may be recorded. @throws Problem */
export function lossOf(tf: TfMath, {port: {name}, loss, lossName: called, labels}: Compared, output: TfTensor): TfTensor {
  const {data, shape, dtype} = fitLabels(name, called, labels, output.shape);
  const truth = tf.tensor(data, shape, dtype);
  let found: unknown;
  try {
    found = loss(truth, output);
  } catch (error) {
    if (called !== null) throw error;
    throw new Problem('weightsLossFailed', {name, reason: error instanceof Error ? error.message : String(error)}, {cause: error});
  }
  if (typeof (found as TfTensor | null)?.dtype !== 'string') throw new Problem('weightsLossFailed', {name, reason: `${describe(found)}, no tensor`});
  return found as TfTensor;
}

const called = (port: Port, record: object): string | undefined => [port.name, ...port.aliases].find((name) => Object.hasOwn(record, name));
const namesOf = (ports: readonly Port[]): string => ports.map(({name}) => `“${name}”`).join(', ');

function lossPerPort(ports: readonly Port[], given: LossInput): readonly (string | LossFunction | null | undefined)[] {
  const loss: unknown = unwrap(given);
  const one = (x: unknown): x is string | LossFunction => typeof x === 'string' || typeof x === 'function';
  if (one(loss)) return ports.map(() => loss);
  const names = namesOf(ports);
  const bad = (x: unknown): boolean => !(one(x) || x === null || x === undefined);
  if (typeof loss !== 'object' || loss === null) throw new Problem('weightsLossKind', {got: describe(loss)});
  const odd = Object.values(loss).find(bad);
  if (odd !== undefined) throw new Problem('weightsLossKind', {got: describe(odd)});
  if (Array.isArray(loss)) {
    if (loss.length !== ports.length) throw new Problem('weightsLossCount', {expected: ports.length, got: loss.length, names});
    return loss as (string | LossFunction | null)[];
  }
  const record = loss as Readonly<Record<string, string | LossFunction | null>>;
  const known = ports.map((port) => called(port, record));
  const strange = Object.keys(record).find((name) => !known.includes(name));
  if (strange !== undefined) throw new Problem('weightsOutput', {name: strange, names});
  return known.map((name) => (name === undefined ? null : record[name]));
}

function labelsPerPort(ports: readonly Port[], given: LabelValues): TensorValues[] {
  const labels: unknown = unwrap(given);
  const names = namesOf(ports);
  const listed = (x: unknown): boolean => isTyped(x) || (Array.isArray(x) && (typeof x[0] === 'number' || typeof x[0] === 'boolean'));
  const values = (x: unknown): TensorValues => {
    if (listed(x)) return {shape: [(x as ArrayLike<number>).length], data: isTyped(x) ? x : Float32Array.from(x as number[]), dtype: x instanceof Int32Array ? 'int32' : 'float32'};
    const {shape, data} = (x ?? {}) as Partial<TensorValues>;
    if (!(Array.isArray(shape) && isTyped(data))) throw new Problem('weightsLabelKind', {got: describe(x)});
    return x as TensorValues;
  };
  if (listed(labels) || (typeof labels === 'object' && labels !== null && 'shape' in labels && 'data' in labels)) {
    if (ports.length > 1) throw new Problem('weightsLabelCount', {expected: ports.length, got: 1, names});
    return [values(labels)];
  }
  if (typeof labels !== 'object' || labels === null) throw new Problem('weightsLabelKind', {got: describe(labels)});
  if (Array.isArray(labels)) {
    if (labels.length !== ports.length) throw new Problem('weightsLabelCount', {expected: ports.length, got: labels.length, names});
    return labels.map(values);
  }
  const known = ports.map((port) => called(port, labels));
  const strange = Object.keys(labels).find((name) => !known.includes(name));
  if (strange !== undefined) throw new Problem('weightsOutput', {name: strange, names});
  return ports.map((port, i) => {
    const name = known[i];
    if (name === undefined) throw new Problem('weightsLabelMissing', {name: port.name});
    return values((labels as Readonly<Record<string, unknown>>)[name]);
  });
}
