import type {TfTensor} from '../tensor/tf.js';
import {alongs, numbers} from './convolution-gradients.js';
import type {Attributes, GradConfig, TfMath} from './tf-math.js';

/** What an op makes, along one axis, of each of its places: [places, places out]. */
interface AxisMatrix {
  readonly axis: number;
  readonly matrix: TfTensor;
}

/** What makes the matrices of a call of an op; `null` where tfjs's own gradient is right. */
type Matrices = (tf: TfMath, shape: readonly number[], out: readonly number[], attrs: Attributes) => (() => readonly AxisMatrix[]) | null;

/**
 * Gradients that stand in for tfjs's own where those are wrong (4.22), of ops that are linear along one axis after the
 * other: of resizing (with half-pixel centres; of nearest neighbours on the CPU in batches, and it refuses pictures that
 * are not square), of averages over windows that reach over the edge, whose values are fewer, and of mirrored edges, which
 * tfjs leaves out. The gradient goes back through the matrices of the op.
 */
export const axisGradients = (tf: TfMath): GradConfig[] =>
  Object.entries(MATRICES).flatMap(([kernel, {input, of}]) => {
    const own = tf.getGradient(kernel);
    const gradFunc: GradConfig['gradFunc'] = (dy, saved, attrs) => {
      const matrices = of(tf, saved[0]!.shape, (dy as TfTensor).shape, attrs);
      return matrices ? {[input]: () => tf.tidy(() => through(tf, dy as TfTensor, matrices()))} : own!.gradFunc(dy, saved, attrs);
    };
    return own ? [{...own, gradFunc}] : [];
  });

const resized = (kernel: string): Matrices => (tf, [, height, width], [, tall, wide], attrs) => {
  // as the backend does it, which says so of unit vectors
  const matrix = (size: number, out: number): TfTensor => {
    const units = new Float32Array(size * size);
    for (let i = 0; i < size; i++) units[i * (size + 1)] = 1;
    return tf.reshape(tf.engine().runKernel(kernel, {images: tf.tensor(units, [size, size, 1, 1], 'float32')}, {...attrs, size: [out, 1]}), [size, out]);
  };
  return () => [{axis: 1, matrix: matrix(height!, tall!)}, {axis: 2, matrix: matrix(width!, wide!)}];
};

const averaged: Matrices = (tf, shape, out, attrs) => {
  if (attrs.dataFormat === 'NCDHW') return null;
  const along = alongs(shape, out, numbers(attrs.filterSize, shape.length - 2), attrs);
  const reaches = ({size, kernel, stride, before}: (typeof along)[number], n: number): boolean => before > 0 || (n - 1) * stride - before + kernel > size;
  if (!along.some((one, i) => reaches(one, out[i + 1]!))) return null;
  return () =>
    along.map(({size, kernel, stride, before}, i) => {
      const n = out[i + 1]!;
      const matrix = new Float32Array(size * n);
      for (let o = 0; o < n; o++) {
        const from = o * stride - before;
        const [first, end] = [Math.max(0, from), Math.min(size, from + kernel)];
        for (let at = first; at < end; at++) matrix[at * n + o] = 1 / (end - first);
      }
      return {axis: i + 1, matrix: tf.tensor(matrix, [size, n], 'float32')};
    });
};

const mirrored: Matrices = (tf, shape, out, {paddings, mode}) => () =>
  (paddings as readonly (readonly [number, number])[]).flatMap(([before, after], axis) => {
    if (!before && !after) return [];
    const [size, n] = [shape[axis]!, out[axis]!];
    const matrix = new Float32Array(size * n);
    // a mirror stands on the last place, or behind it
    const behind = mode === 'symmetric' ? 1 : 0;
    for (let o = 0; o < n; o++) {
      const at = o - before;
      matrix[(at < 0 ? -at - behind : at < size ? at : 2 * (size - 1) - at + behind) * n + o] = 1;
    }
    return [{axis, matrix: tf.tensor(matrix, [size, n], 'float32')}];
  });

const MATRICES: Readonly<Record<string, {readonly input: string; readonly of: Matrices}>> = {
  ResizeBilinear: {input: 'images', of: resized('ResizeBilinear')},
  ResizeNearestNeighbor: {input: 'images', of: resized('ResizeNearestNeighbor')},
  AvgPool: {input: 'x', of: averaged},
  AvgPool3D: {input: 'x', of: averaged},
  MirrorPad: {input: 'x', of: mirrored},
};

function through(tf: TfMath, dy: TfTensor, matrices: readonly AxisMatrix[]): TfTensor {
  return matrices.reduce((x, {axis, matrix}) => {
    const {shape} = x;
    const others = shape.map((_, i) => i).filter((i) => i !== axis);
    const first = tf.reshape(tf.transpose(x, [axis, ...others]), [shape[axis]!, -1]);
    const back = tf.reshape(tf.matMul(matrix, first, false, false), [matrix.shape[0]!, ...others.map((i) => shape[i]!)]);
    return tf.transpose(back, shape.map((_, i) => (i === axis ? 0 : others.indexOf(i) + 1)));
  }, dy);
}
