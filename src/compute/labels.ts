import {shapeText, sizeOf} from '../tensor/read-tensor.js';
import type {TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import {drain} from './slices.js';

/** Numbers with their shape, as of a tensor that has been read. */
export type Numbers = Pick<TensorValues, 'data' | 'shape'>;

/** What a model said of some examples, and what is true of them. */
export interface ExampleInput {
  /**
   * Shape [n] or [n, 1]: one score an example, of class 1 of two. Shape [n, c]: a score for each of c classes.
   * Probabilities or logits.
   */
  readonly predictions: Numbers;
  /**
   * Class numbers from 0, of shape [n] or [n, 1]; or one-hot rows, of shape [n, c]; or the names of classes.
   */
  readonly labels: Numbers | readonly string[];
  /** The names of the classes, in the order of the columns; needed where labels are names. */
  readonly classes?: readonly string[] | undefined;
}

/** Examples of a classifier, understood. */
export interface Examples {
  readonly n: number;
  /** How many classes there are: 2 where there is one score an example. */
  readonly classes: number;
  /** Scores an example: 1, or as many as classes. */
  readonly columns: number;
  /** The true class of each example, from 0. */
  readonly truth: Int32Array;
  /** Row-major, n × columns; the given array itself where that is of floats. */
  readonly scores: Float32Array | Float64Array;
  /** Whether there are two classes; the last column is then the score of class 1. */
  readonly binary: boolean;
}

/** Values looked at between two yields. */
const CHUNK = 1 << 16;

/** Floats as they are, other numbers as float64. */
const floats = (data: Values): Float32Array | Float64Array => (data instanceof Float32Array || data instanceof Float64Array ? data : new Float64Array(data));

/** @throws Problem where the shape holds another number of values */
function checkSize({data, shape}: Numbers): void {
  const expected = sizeOf(shape);
  if (data.length !== expected) throw new Problem('shapeMismatch', {shape: shapeText(shape), expected, got: data.length});
}

/** Examples and columns of predictions. @throws Problem for another rank, or where there are none */
function tableOf(predictions: Numbers): {readonly n: number; readonly columns: number} {
  checkSize(predictions);
  const {shape} = predictions;
  if (shape.length < 1 || shape.length > 2) throw new Problem('metricsPredictionShape', {shape: shapeText(shape)});
  if (!sizeOf(shape)) throw new Problem('metricsEmpty', {shape: shapeText(shape)});
  return {n: shape[0]!, columns: shape[1] ?? 1};
}

/** Class numbers, checked. */
function* readNumbers({data}: Numbers, classes: number, columns: number): Generator<number, Int32Array> {
  const truth = new Int32Array(data.length);
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const label = data[i]!;
      if (label >= 0 && label < classes && label === Math.floor(label)) {
        truth[i] = label;
        continue;
      }
      const params = {label, example: i, last: classes - 1, classes};
      if (!Number.isInteger(label)) throw new Problem('metricsLabelInteger', params);
      throw new Problem(columns === 1 ? 'metricsLabelBinary' : 'metricsLabelRange', params);
    }
    yield to / data.length;
  }
  return truth;
}

/** The classes of one-hot rows, of shape [n, c]. @yields share done @throws Problem for a row that is not one-hot */
export function* readOneHot({data, shape}: Numbers): Generator<number, Int32Array> {
  const [n, classes] = shape as [number, number];
  const truth = new Int32Array(n);
  const rows = Math.max(1, Math.floor(CHUNK / classes));
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    for (let i = from; i < to; i++) {
      let ones = 0;
      for (let k = 0; k < classes; k++) {
        const v = data[i * classes + k]!;
        if (v === 1) {
          ones++;
          truth[i] = k;
        } else if (v !== 0) throw new Problem('metricsNotOneHot', {example: i, value: v, shape: shapeText(shape), n});
      }
      if (ones !== 1) throw new Problem(ones ? 'metricsMultiLabel' : 'metricsNoLabel', {example: i, ones});
    }
    yield to / n;
  }
  return truth;
}

/** The classes of names. @yields share done @throws Problem for a name that is none of the classes, and where two of them are alike */
export function* readNames(labels: readonly string[], names: readonly string[]): Generator<number, Int32Array> {
  const numbers = new Map(names.map((name, k) => [name, k]));
  if (numbers.size < names.length) throw new Problem('metricsClassTwice', {label: names.find((name, k) => numbers.get(name) !== k)!});
  const truth = new Int32Array(labels.length);
  for (let from = 0; from < labels.length; from += CHUNK) {
    const to = Math.min(labels.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const k = numbers.get(labels[i]!);
      if (k === undefined) {
        throw new Problem('metricsClassName', {label: String(labels[i]), example: i, names: names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')});
      }
      truth[i] = k;
    }
    yield to / labels.length;
  }
  return truth;
}

/** As `readNames`; an empty name is no class, and NaN. @yields share done */
export function* readNamesOrNone(labels: readonly string[], names: readonly string[]): Generator<number, Int32Array | Float64Array> {
  if (!labels.includes('')) return yield* readNames(labels, names);
  const [any] = names;
  if (any === undefined) return new Float64Array(labels.length).fill(NaN);
  const numbers = yield* readNames(labels.map((name) => name || any), names);
  return Float64Array.from(numbers, (k, i) => (labels[i] === '' ? NaN : k));
}

const areNames = (labels: Numbers | readonly string[]): labels is readonly string[] => Array.isArray(labels);

/** As `readExamples`, in steps. @yields share done */
export function* readExamplesSteps({predictions, labels, classes: names}: ExampleInput): Generator<number, Examples> {
  const {n, columns} = tableOf(predictions);
  const classes = Math.max(2, columns);
  if (names && names.length !== classes) throw new Problem('metricsClassCount', {got: names.length, classes});
  const scores = floats(predictions.data);
  const done = (truth: Int32Array): Examples => ({n, classes, columns, truth, scores, binary: classes === 2});

  const lengths = {predictions: n, labels: areNames(labels) ? labels.length : (labels.shape[0] ?? 1)};
  if (areNames(labels)) {
    if (labels.length !== n) throw new Problem('metricsLength', lengths);
    if (!names) throw new Problem('metricsNoClassNames', {label: labels[0]!});
    return done(yield* readNames(labels, names));
  }
  checkSize(labels);
  const {shape} = labels;
  const flat = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (flat && shape[0] === n * classes && n * classes > n) throw new Problem('metricsFlatOneHot', {got: shape[0], n, classes});
  if (!flat && shape.length !== 2) throw new Problem('metricsLabelShape', {shape: shapeText(shape), n, classes});
  if (shape[0] !== n) throw new Problem('metricsLength', lengths);
  if (flat) return done(yield* readNumbers(labels, classes, columns));
  if (shape[1] !== classes) throw new Problem('metricsLabelShape', {shape: shapeText(shape), n, classes});
  return done(yield* readOneHot(labels));
}

/**
 * Understands the predictions and labels of a classifier.
 * @throws Problem where their numbers differ, a label is no class (which, and of which example), one-hot rows are not
 * one-hot, or there are no examples
 */
export function readExamples(input: ExampleInput): Examples {
  return drain(readExamplesSteps(input));
}

/** Numbers that a model foretold, and the true ones. */
export interface Targets {
  readonly n: number;
  readonly truth: Float32Array | Float64Array;
  readonly predicted: Float32Array | Float64Array;
}

/**
 * Understands the predictions and labels of a regression: as many numbers, in the same order; [n] and [n, 1] are alike,
 * and of several outputs each is an example of its own. NaN is left in place.
 * @throws Problem where their numbers differ or there are none
 */
export function readTargets({predictions, labels}: {readonly predictions: Numbers; readonly labels: Numbers}): Targets {
  checkSize(predictions);
  checkSize(labels);
  const n = sizeOf(predictions.shape);
  if (!n) throw new Problem('metricsEmpty', {shape: shapeText(predictions.shape)});
  if (sizeOf(labels.shape) !== n) throw new Problem('metricsLength', {predictions: n, labels: sizeOf(labels.shape)});
  return {n, truth: floats(labels.data), predicted: floats(predictions.data)};
}

/** Labels that `taskOf` looks at. */
const LOOK = 100_000;

/**
 * What a model is likely to be asked: labels that are not whole numbers make a regression, as does one score an example
 * where labels are other than 0 and 1; else it is a classifier. Only the first 100,000 labels are looked at.
 */
export function taskOf({predictions, labels}: ExampleInput): 'binary' | 'multiclass' | 'regression' {
  const {columns} = tableOf(predictions);
  const classes = columns > 2 ? 'multiclass' : 'binary';
  if (areNames(labels)) return classes;
  const seen = labels.data.subarray(0, LOOK);
  const whole = columns === 1 ? (v: number) => v === 0 || v === 1 : Number.isInteger;
  return seen.every(whole) ? classes : 'regression';
}

/** Options of what may count some examples more than others. */
export interface WeightOptions {
  /** A weight of 0 or more for each example; those of weight 0 count as not there. Default: 1 each. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
}

/**
 * Checks sample weights.
 * @throws Problem where there are not as many as examples, or one is negative or not finite
 */
export function checkWeights(weights: ArrayLike<number> | undefined, n: number): void {
  if (!weights) return;
  if (weights.length !== n) throw new Problem('metricsWeights', {got: weights.length, n});
  for (let i = 0; i < n; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity)) throw new Problem('metricsWeight', {weight, example: i});
  }
}

/** @throws Problem where two lists that belong together differ in length */
export function checkLengths(labels: number, predictions: number): void {
  if (labels !== predictions) throw new Problem('metricsLength', {labels, predictions});
}

/** @throws Problem where a class is not one of 0 to c − 1 */
export function checkClasses(truth: ArrayLike<number>, n: number, classes: number): void {
  checkLengths(truth.length, n);
  for (let i = 0; i < n; i++) {
    const label = truth[i]!;
    if (!(label >= 0 && label < classes && label === Math.floor(label))) throw new Problem('metricsLabelRange', {label, example: i, last: classes - 1, classes});
  }
}
