import type {TfTensor} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';

type X = TfTensor;

/** TensorFlow.js, as far as losses use it: all of it is in tfjs-core. */
interface LossTf {
  abs(x: X): X;
  add(a: X | number, b: X | number): X;
  backend(): {epsilon(): number};
  cast(x: X, dtype: 'float32' | 'int32'): X;
  clipByValue(x: X, least: number, most: number): X;
  div(a: X, b: X): X;
  exp(x: X): X;
  log(x: X): X;
  log1p(x: X): X;
  max(x: X, axis: number): X;
  maximum(a: X | number, b: X | number): X;
  mean(x: X, axis?: number): X;
  mul(a: X | number, b: X | number): X;
  neg(x: X): X;
  oneHot(indices: X, depth: number): X;
  relu(x: X): X;
  reshape(x: X, shape: readonly number[]): X;
  softplus(x: X): X;
  sqrt(x: X): X;
  square(x: X): X;
  sub(a: X | number, b: X | number): X;
  sum(x: X, axis: number, keepDims?: boolean): X;
}

const NEEDED = [
  'abs', 'add', 'backend', 'cast', 'clipByValue', 'div', 'exp', 'log', 'log1p', 'max', 'maximum', 'mean', 'mul', 'neg', 'oneHot', 'relu', 'reshape', 'softplus', 'sqrt', 'square', 'sub', 'sum',
] as const satisfies readonly (keyof LossTf)[];

/** A loss of each example: of what is true and of what the model puts out. */
export type Loss = (yTrue: X, yPred: X) => X;

/** What is true, what the model puts out, and how near to 0 a divisor may come: 1e-7, or 1e-4 of half floats. */
type NamedLoss = (tf: LossTf, y: X, p: X, tiny: number) => X;

const crossentropy: NamedLoss = (tf, y, p, tiny) => tf.neg(tf.sum(tf.mul(y, tf.log(tf.clipByValue(tf.div(p, tf.sum(p, -1, true)), tiny, 1 - tiny))), -1));
const hinges = (tf: LossTf, y: X, p: X): X => tf.maximum(0, tf.sub(1, tf.mul(y, p)));
const unit = (tf: LossTf, x: X, tiny: number): X => tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), -1, true), tiny)));

/** The losses that Keras has names for, as tfjs-layers computes them: each the mean, or sum, over the last axis. */
const LOSSES: Readonly<Record<string, NamedLoss>> = {
  meanSquaredError: (tf, y, p) => tf.mean(tf.square(tf.sub(p, y)), -1),
  meanAbsoluteError: (tf, y, p) => tf.mean(tf.abs(tf.sub(p, y)), -1),
  meanAbsolutePercentageError: (tf, y, p, tiny) => tf.mul(100, tf.mean(tf.abs(tf.div(tf.sub(y, p), tf.clipByValue(tf.abs(y), tiny, Number.MAX_VALUE))), -1)),
  meanSquaredLogarithmicError: (tf, y, p, tiny) => {
    const log = (x: X): X => tf.log(tf.add(1, tf.clipByValue(x, tiny, Number.MAX_VALUE)));
    return tf.mean(tf.square(tf.sub(log(p), log(y))), -1);
  },
  squaredHinge: (tf, y, p) => tf.mean(tf.square(hinges(tf, y, p)), -1),
  hinge: (tf, y, p) => tf.mean(hinges(tf, y, p), -1),
  categoricalHinge: (tf, y, p) => tf.maximum(0, tf.add(1, tf.sub(tf.max(tf.mul(tf.sub(1, y), p), -1), tf.sum(tf.mul(y, p), -1)))),
  logcosh: (tf, y, p) => {
    const by = tf.sub(p, y);
    return tf.mean(tf.sub(tf.add(by, tf.softplus(tf.mul(-2, by))), Math.LN2), -1);
  },
  categoricalCrossentropy: crossentropy,
  sparseCategoricalCrossentropy: (tf, y, p, tiny) => {
    const indices = tf.cast(tf.reshape(y, [-1]), 'int32');
    const truth = tf.cast(tf.reshape(tf.oneHot(indices, p.shape.at(-1)!), p.shape), 'float32');
    return crossentropy(tf, truth, tf.clipByValue(p, tiny, 1 - tiny), tiny);
  },
  binaryCrossentropy: (tf, y, p, tiny) => {
    const sure = tf.clipByValue(p, tiny, 1 - tiny);
    const logit = tf.log(tf.div(sure, tf.sub(1, sure)));
    return tf.mean(tf.add(tf.sub(tf.relu(logit), tf.mul(logit, y)), tf.log1p(tf.exp(tf.neg(tf.abs(logit))))), -1);
  },
  kullbackLeiblerDivergence: (tf, y, p, tiny) => tf.sum(tf.mul(y, tf.log(tf.div(tf.clipByValue(y, tiny, 1), tf.clipByValue(p, tiny, 1)))), -1),
  poisson: (tf, y, p, tiny) => tf.mean(tf.sub(p, tf.mul(y, tf.log(tf.add(tiny, p)))), -1),
  cosineProximity: (tf, y, p, tiny) => tf.neg(tf.sum(tf.mul(unit(tf, y, tiny), unit(tf, p, tiny)), -1)),
};

const SHORT: Readonly<Record<string, string>> = {mse: 'meanSquaredError', mae: 'meanAbsoluteError', mape: 'meanAbsolutePercentageError', msle: 'meanSquaredLogarithmicError', kld: 'kullbackLeiblerDivergence', cosine: 'cosineProximity'};

/** The full name of a loss, whose short name or name in Python may be given; as it is where it is none. */
export function lossName(given: string): string {
  const name = given.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return SHORT[name.toLowerCase()] ?? name;
}

/**
 * A loss by its full name.
 * @throws Problem for a name that is none, or where TensorFlow.js lacks something
 */
export function namedLoss(given: object, name: string): Loss {
  const loss = Object.hasOwn(LOSSES, name) ? LOSSES[name]! : null;
  if (!loss) throw new Problem('weightsLossName', {name, names: Object.keys(LOSSES).join(', ')});
  const tf = given as LossTf;
  const missing = NEEDED.find((op) => typeof (tf as Partial<LossTf>)[op] !== 'function');
  if (missing) throw new Problem('attributionTf', {name: missing});
  return (y, p) => loss(tf, y, p, tf.backend().epsilon());
}
