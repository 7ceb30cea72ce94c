import {Problem} from '../words/learn.js';
import {classCount, type ClassesInput, classNames} from '../tensor/classes.js';
import {outputsOf} from '../tensor/model-ports.js';
import {sizeOf} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import type {ScoredModel} from './scored-model.js';

/**
 * What is explained: a class by index or name, the class that the model predicts, or a scalar that a function computes of
 * the output as the model gives it, with one example (shape [1, …]), by tfjs ops that have a gradient.
 */
export type TargetInput<T = unknown> = number | string | ((output: T) => unknown);

/** What was explained. */
export interface TargetInfo {
  /** The class: an index along the output's last axis; `null` where a function says what the score is. */
  readonly index: number | null;
  /** Of one sigmoid alone, that of the class that it is the probability of: the second of two, `1` where they have no names. */
  readonly name?: string;
  /** Whether it is the class that the model predicts: of one sigmoid, whether that is 0.5 or more. */
  readonly predicted: boolean;
  /** What the model puts out for it, where its output is a softmax or a sigmoid. */
  readonly probability: number | null;
}

/** A target, ready to be scored. */
export interface Target {
  readonly info: TargetInfo;
  /** Whether the score is of the logits: the last softmax or sigmoid is left out. */
  readonly logits: boolean;
  readonly classes: number;
  readonly scalar?: (output: TfTensor) => TfTensor;
}

/**
 * Finds the target. Where the output has more axes than that of classes (positions of a sequence, pixels), a class's
 * score is its mean over them, and the class with the largest mean is the predicted one.
 * @param values of the model's output for one example
 * @param shape with the axis of examples
 * @throws Problem
 */
export function findTarget(scored: ScoredModel, wanted: TargetInput, values: ArrayLike<number>, shape: readonly number[], names?: ClassesInput): Target {
  const classes = shape.length > 1 ? shape.at(-1)! : 1;
  const positions = values.length / classes;
  const means = new Float64Array(classes);
  for (let i = 0; i < values.length; i++) means[i % classes]! += values[i]! / positions;
  const best = means.reduce((at, v, i) => (v > means[at]! ? i : at), 0);
  if (typeof wanted === 'function') return {info: {index: null, predicted: false, probability: null}, logits: false, classes, scalar: wanted as (output: TfTensor) => TfTensor};
  const {activation} = scored.place;
  // one number that tells two classes apart: it stands for the second
  const single = classes === 1 && activation === 'sigmoid';
  const two = classes === 1 && names !== undefined && classCount(names) === 2;
  const known = two ? classNames(names, 2).slice(1) : names === undefined ? undefined : classNames(names, classes);
  const index = indexOf(wanted, best, classes, known);
  const probable = activation === 'softmax' || activation === 'sigmoid';
  const name = known?.[index] ?? (single ? '1' : undefined);
  return {info: {index, ...(name !== undefined && {name}), predicted: single ? means[0]! >= 0.5 : index === best, probability: probable ? means[index]! : null}, logits: true, classes};

  function indexOf(text: string | number, predicted: number, count: number, all?: readonly string[]): number {
    const named = all && typeof text === 'string' ? all.indexOf(text) : -1;
    if (named >= 0) return named;
    if (text === 'predicted') return predicted;
    const number = /^\d+$/.test(String(text)) ? Number(text) : NaN;
    if (number < count) return number;
    throw new Problem('attributionTarget', {name: String(text), output: outputsOf(scored.model)[scored.output]!.name, classes: count});
  }
}

/**
 * The score of each example; to be called where a gradient may be recorded. A class is picked by a product with a one-hot
 * vector: the gradient of `gather` needs kernels that not every backend has.
 * @param out the output, or its logits
 * @returns [rows]
 */
export function scoreRows({tf, feeds, model, output}: ScoredModel, {scalar, classes, info}: Target, out: TfTensor, n: number): TfTensor {
  const rows = feeds.feeds.some((feed) => feed.each) ? (feeds.fixed ?? n) : 1;
  if (scalar) {
    const [, ...rest] = out.shape;
    const each = Array.from({length: n}, (_, i) => (rows === 1 ? out : tf.slice(out, [i, ...rest.map(() => 0)], [1, ...rest])));
    return tf.stack(each.map((one) => tf.reshape(scalar(one), [])));
  }
  if (rows > 1 && out.shape[0] !== rows) throw new Problem('runNoExamples', {name: outputsOf(model)[output]!.name, shape: `[${out.shape.join(', ')}]`, n: rows});
  const size = sizeOf(out.shape) / rows;
  const places = Math.max(1, size / classes);
  const weights = new Float32Array(size);
  for (let i = info.index!; i < size; i += classes) weights[i] = 1 / places;
  return tf.sum(tf.mul(tf.reshape(out, [rows, size]), tf.tensor(weights, [1, size], 'float32')), 1);
}

/** The score of each of `n` examples, of values that were read. */
export function scoresOf({classes, info}: Target, values: ArrayLike<number>, n: number): Float32Array {
  const size = values.length / n;
  return Float32Array.from({length: n}, (_, row) => {
    let sum = 0;
    for (let i = info.index!; i < size; i += classes) sum += values[row * size + i]!;
    return sum / Math.max(1, size / classes);
  });
}
