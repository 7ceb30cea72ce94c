import {typed} from '../tensor/feeds.js';
import {sizeOf} from '../tensor/read-tensor.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/learn.js';

/** Losses that compare with one class, given by its index. */
const SPARSE = new Set(['sparseCategoricalCrossentropy']);
/** Losses that compare with a distribution over classes: of one class it is one-hot. */
const ONE_HOT = new Set(['categoricalCrossentropy', 'categoricalHinge', 'kullbackLeiblerDivergence']);

/** A shape without an axis of one value at its end, beside that of examples. */
const bare = (shape: readonly number[]): readonly number[] => (shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape);
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** Labels that a tensor can be made of. */
export interface FittedLabels {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/**
 * Labels as a loss compares them with an output. Indices of classes become one-hot, and the other way round, where the
 * shapes leave no doubt which they are; the axis of examples may be left out for one example.
 * @param loss the full name of a loss; `null` for a function, which is given the labels as they are, in the output's shape
 * where they have as many values in the same order
 * @param output the output's shape
 * @throws Problem that names the shapes wanted
 */
export function fitLabels(name: string, loss: string | null, {shape: given, data, dtype}: TensorValues, output: readonly number[]): FittedLabels {
  const shapes = output[0] === 1 ? [given, [1, ...given]] : [given];
  const alike = shapes.some((shape) => same(bare(shape), bare(output)));
  if (loss === null) {
    const kind = dtype === 'int32' || dtype === 'bool' ? dtype : 'float32';
    return {data: typed(data, kind), shape: alike ? output : given, dtype: kind};
  }
  const float = (values: Float32Array, shape: readonly number[]): FittedLabels => ({data: values, shape, dtype: 'float32'});
  const classes = output.at(-1) ?? 1;
  const rows = output.slice(0, -1);
  const indexed = shapes.some((shape) => same(shape, rows) || same(shape, [...rows, 1]));
  const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const bad = (expected: string): Problem => new Problem('weightsLabels', {name, loss, expected, got: text(given)});
  if (SPARSE.has(loss)) {
    if (indexed) return float(indices(), [...rows, 1]);
    if (!(alike && classes > 1)) throw bad(`${text(rows)}, ${text([...rows, 1])}, ${text(output)}`);
    return float(argmaxes(), [...rows, 1]);
  }
  if (alike) return float(typed(data) as Float32Array, output);
  if (!ONE_HOT.has(loss)) throw bad(text(output));
  if (!(indexed && classes > 1)) throw bad(classes > 1 ? `${text(output)}, ${text(rows)}` : text(output));
  const hot = new Float32Array(sizeOf(output));
  indices().forEach((c, row) => (hot[row * classes + c] = 1));
  return float(hot, output);

  function indices(): Float32Array {
    const odd = (data as Float32Array).find((v) => !(Number.isInteger(v) && v >= 0 && v < classes));
    if (odd !== undefined) throw new Problem('weightsClass', {name, last: classes - 1, got: odd});
    return Float32Array.from(data);
  }

  /** Of rows that are each one 1 among zeros. */
  function argmaxes(): Float32Array {
    const odd = (row: number): Problem => new Problem('weightsOneHot', {name, loss: loss!, row});
    return Float32Array.from({length: sizeOf(rows)}, (_, row) => {
      let at = -1;
      for (let c = 0; c < classes; c++) {
        const v = data[row * classes + c]!;
        if (v !== 0 && (v !== 1 || at >= 0)) throw odd(row);
        if (v === 1) at = c;
      }
      if (at < 0) throw odd(row);
      return at;
    });
  }
}
