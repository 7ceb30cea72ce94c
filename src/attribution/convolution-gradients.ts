import {sizeOf} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import type {Attributes, GradConfig, TfMath} from './tf-math.js';

/** How a kernel moves along one axis of places. */
interface Along {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Places that are made up before the first. */
  readonly before: number;
}

const CONVOLUTIONS = ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D'] as const;

/** The kernels that tfjs computes a convolution's gradients with: of the input, and of the filter. */
const BACK: Readonly<Record<(typeof CONVOLUTIONS)[number], readonly [string, string]>> = {
  Conv2D: ['Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  DepthwiseConv2dNative: ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
  Conv3D: ['Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
};

/**
 * Gradients that stand in for tfjs's own: of dilated convolutions, where it has none; where a backend lacks the kernel, as
 * WebAssembly lacks those of filters and of depthwise convolutions; and, on WebAssembly, of max-pooling and of convolutions
 * of three dimensions, where its kernels are wrong (4.22: the gradient is lost of windows that hold nothing above 0); and of
 * filters on the CPU, where products of matrices are six times as fast as its kernel. The gradient of a convolution by its input is one itself: of the output's gradient, spread by the stride, with the kernel
 * turned round; by its filter it is, for each place of the kernel, the product of what it saw with the output's gradient.
 */
export function convolutionGradients(tf: TfMath): GradConfig[] {
  const backend = tf.getBackend();
  const lacks = (kernel: string): boolean => !tf.getKernel(kernel, backend) || (backend === 'wasm' && kernel.startsWith('Conv3D')) || (backend === 'cpu' && kernel === 'Conv2DBackpropFilter');
  const configs = CONVOLUTIONS.map((kernel): GradConfig | undefined => {
    const own = tf.getGradient(kernel);
    const gradFunc: GradConfig['gradFunc'] = (dy, saved, attrs) => {
      const [x, filter] = saved as readonly [TfTensor, TfTensor];
      const dilated = numbers(attrs.dilations, filter.shape.length - 2).some((d) => d > 1);
      const [ofInput, ofFilter] = BACK[kernel].map((back) => attrs.dataFormat !== 'NCHW' && (dilated || lacks(back)));
      return {
        ...(ofInput && ofFilter ? {} : own!.gradFunc(dy, saved, attrs)),
        ...(ofInput && {x: () => tf.tidy(() => inputGradient(tf, dy as TfTensor, x.shape, filter, attrs, kernel))}),
        ...(ofFilter && {filter: () => tf.tidy(() => filterGradient(tf, x, dy as TfTensor, filter.shape, attrs, kernel))}),
      };
    };
    return own && {...own, gradFunc};
  });
  return [...configs, transposed(tf, lacks), ...(backend === 'wasm' ? ['MaxPool', 'MaxPool3D'] : []).map((kernel) => pooled(tf, kernel)), backend === 'wasm' ? refused(tf) : undefined].filter((config) => config !== undefined);
}

/** Of morphological dilation, which WebAssembly has wrong (4.22) and nothing stands in for. */
function refused(tf: TfMath): GradConfig | undefined {
  const own = tf.getGradient('Dilation2D');
  const gradFunc = (): never => {
    throw new Error('WebAssembly computes a wrong gradient of Dilation2D');
  };
  return own && {...own, gradFunc};
}

/** Of a transposed convolution, which is the gradient of one by its input. */
function transposed(tf: TfMath, lacks: (kernel: string) => boolean): GradConfig | undefined {
  const own = tf.getGradient('Conv2DBackpropInput');
  const gradFunc: GradConfig['gradFunc'] = (ddx, saved, attrs) => {
    const [dy, filter] = saved as readonly [TfTensor, TfTensor];
    const lacking = attrs.dataFormat !== 'NCHW' && lacks('Conv2DBackpropFilter');
    return {...own!.gradFunc(ddx, saved, attrs), ...(lacking && {filter: () => tf.tidy(() => filterGradient(tf, ddx as TfTensor, dy, filter.shape, attrs, 'Conv2D'))})};
  };
  return own && {...own, gradFunc};
}

function pooled(tf: TfMath, kernel: string): GradConfig | undefined {
  const own = tf.getGradient(kernel);
  const gradFunc: GradConfig['gradFunc'] = (dy, saved, attrs) => {
    const [x, y] = saved as readonly [TfTensor, TfTensor];
    if (attrs.dataFormat === 'NCDHW') return own!.gradFunc(dy, saved, attrs);
    const grad = (): TfTensor => {
      const hits = kernel === 'MaxPool' ? hitsOf(tf, x, y, attrs) : null;
      return hits ? own!.gradFunc(dy, [hits, y], attrs).x!() : poolGradient(tf, dy as TfTensor, x, y, attrs);
    };
    return {x: () => tf.tidy(grad)};
  };
  return own && {...own, gradFunc};
}

/**
 * 1 where a value is the greatest of its window, else 0: with these in place of the values tfjs's own kernel, which is
 * several times as fast as what stands in for it, is right too.
 * @returns `null` where windows do not lie side by side from the first value on
 */
function hitsOf(tf: TfMath, x: TfTensor, y: TfTensor, attrs: Attributes): TfTensor | null {
  const [tall, wide] = numbers(attrs.filterSize, 2) as [number, number];
  if (alongs(x.shape, y.shape, [tall, wide], attrs).some(({kernel, stride, before}) => stride !== kernel || before !== 0)) return null;
  const [n, height, width, channels] = y.shape as readonly [number, number, number, number];
  const times = (of: TfTensor, count: number, axis: number): TfTensor => tf.stack(Array<TfTensor>(count).fill(of), axis);
  const rows = tf.reshape(times(y, wide, 3), [n, height, width * wide * channels]);
  const greatest = tf.reshape(times(rows, tall, 2), [n, height * tall, width * wide, channels]);
  return tf.cast(tf.equal(x, placed(tf, greatest, [0, 0], x.shape.slice(1, 3))), 'float32');
}

/** A number for each axis of places; tfjs gives one for all, or one each. */
export const numbers = (given: unknown, axes: number): number[] => Array.from({length: axes}, (_, i) => (Array.isArray(given) ? ((given as number[])[i] ?? (given[0] as number)) : ((given as number | undefined) ?? 1)));

export function alongs(shape: readonly number[], out: readonly number[], kernels: readonly number[], attrs: Attributes): Along[] {
  const [strides, dilations] = [numbers(attrs.strides, kernels.length), numbers(attrs.dilations, kernels.length)];
  return kernels.map((kernel, i) => {
    const [size, stride, dilation] = [shape[i + 1]!, strides[i]!, dilations[i]!];
    const {pad} = attrs;
    const reach = (kernel - 1) * dilation + 1;
    const same = (): number => Math.floor(Math.max(0, (out[i + 1]! - 1) * stride + reach - size) / 2);
    const before = pad === 'valid' ? 0 : pad === 'same' ? same() : Array.isArray(pad) ? (pad as number[][])[i + 1]![0]! : (pad as number);
    return {size, kernel, stride, dilation, before};
  });
}

/** @param dy [n, …places, channels out] */
function inputGradient(tf: TfMath, dy: TfTensor, shape: readonly number[], filter: TfTensor, attrs: Attributes, kernel: (typeof CONVOLUTIONS)[number]): TfTensor {
  const axes = filter.shape.length - 2;
  const along = alongs(shape, dy.shape, filter.shape.slice(0, axes), attrs);
  const dilations = along.map(({dilation}) => dilation);
  const turned = tf.reverse(filter, along.map((_, i) => i));
  const wide = (part: TfTensor): TfTensor => {
    const spread = stretched(tf, part, along);
    // as far out as the kernel reaches over the first and the last place
    return placed(tf, spread, along.map(({kernel: k, dilation, before}) => (k - 1) * dilation - before), along.map(({size, kernel: k, dilation}) => size + (k - 1) * dilation));
  };
  if (kernel !== 'DepthwiseConv2dNative') {
    const swapped = tf.transpose(turned, [...along.map((_, i) => i), axes + 1, axes]);
    return kernel === 'Conv2D' ? tf.conv2d(wide(dy), swapped, 1, 'valid', 'NHWC', dilations, undefined) : tf.conv3d(wide(dy), swapped, 1, 'valid', 'NDHWC', dilations);
  }
  const [channels, factor] = filter.shape.slice(2) as [number, number];
  const places = sizeOf(dy.shape) / channels / factor;
  const parts = Array.from({length: factor}, (_, m) => {
    const own = tf.reshape(tf.slice(tf.reshape(dy, [places, channels, factor]), [0, 0, m], [places, channels, 1]), [...dy.shape.slice(0, 3), channels]);
    return tf.depthwiseConv2d(wide(own), tf.slice(turned, [0, 0, 0, m], [...filter.shape.slice(0, 3), 1]), 1, 'valid', 'NHWC', dilations, undefined);
  });
  return parts.reduce((a, b) => tf.add(a, b));
}

/**
 * @param dy [n, …places, channels out]
 * @param filter the shape of the filter
 */
function filterGradient(tf: TfMath, x: TfTensor, dy: TfTensor, filter: readonly number[], attrs: Attributes, kernel: (typeof CONVOLUTIONS)[number]): TfTensor {
  const kernels = filter.slice(0, -2);
  const along = alongs(x.shape, dy.shape, kernels, attrs);
  const outs = dy.shape.slice(1, -1);
  const [n, channels] = [x.shape[0]!, x.shape.at(-1)!];
  const places = n * sizeOf(outs);
  const depthwise = kernel === 'DepthwiseConv2dNative';
  // as far as the kernel went
  const whole = along.map(({kernel: k, stride, dilation}, i) => (outs[i]! - 1) * stride + (k - 1) * dilation + 1);
  const seen = placed(tf, x, along.map(({before}) => before), whole);
  const back = tf.reshape(dy, depthwise ? [places, channels, filter.at(-1)!] : [places, filter.at(-1)!]);
  const parts = Array.from({length: sizeOf(kernels)}, (_, i) =>
    tf.tidy(() => {
      const at = kernels.map((k, axis) => (Math.floor(i / sizeOf(kernels.slice(axis + 1))) % k) * along[axis]!.dilation);
      const end = at.map((from, axis) => from + (outs[axis]! - 1) * along[axis]!.stride + 1);
      const part = tf.stridedSlice(seen, [0, ...at, 0], [n, ...end, channels], [1, ...along.map(({stride}) => stride), 1]);
      return depthwise ? tf.sum(tf.mul(tf.reshape(part, [places, channels, 1]), back), 0) : tf.matMul(tf.reshape(part, [places, channels]), back, true, false);
    }),
  );
  return tf.reshape(tf.stack(parts), filter);
}

/** Each window's gradient goes to the first of its values that is the greatest. */
function poolGradient(tf: TfMath, dy: TfTensor, x: TfTensor, y: TfTensor, attrs: Attributes): TfTensor {
  const kernels = numbers(attrs.filterSize, x.shape.length - 2);
  const along = alongs(x.shape, y.shape, kernels, attrs);
  const outs = y.shape.slice(1, -1);
  // places that the windows go over: those of the input, and made-up ones around them
  const whole = along.map(({size, before, stride, kernel}, i) => Math.max(size + before, (outs[i]! - 1) * stride + kernel));
  const values = placed(tf, x, along.map(({before}) => before), whole, -3.4e38);
  const [n, channels] = [x.shape[0]!, x.shape.at(-1)!];
  let taken: TfTensor | undefined;
  let sum: TfTensor | undefined;
  for (let i = 0; i < sizeOf(kernels); i++) {
    const at = kernels.map((kernel, axis) => Math.floor(i / sizeOf(kernels.slice(axis + 1))) % kernel);
    const end = at.map((from, axis) => from + (outs[axis]! - 1) * along[axis]!.stride + 1);
    const same = tf.equal(tf.stridedSlice(values, [0, ...at, 0], [n, ...end, channels], [1, ...along.map(({stride}) => stride), 1]), y);
    const hit: TfTensor = taken ? tf.logicalAnd(same, tf.logicalNot(taken)) : same;
    taken = taken ? tf.logicalOr(taken, same) : same;
    const part = placed(tf, stretched(tf, tf.mul(dy, tf.cast(hit, 'float32')), along), at, whole);
    sum = sum ? tf.add(sum, part) : part;
  }
  return placed(tf, sum!, along.map(({before}) => -before), along.map(({size}) => size));
}

/** Puts zeros between the values, so that they are as far apart as the kernel moved. */
function stretched(tf: TfMath, given: TfTensor, along: readonly Along[]): TfTensor {
  let x = given;
  for (const [i, {stride}] of along.entries()) {
    if (stride === 1) continue;
    const {shape} = x;
    const [outer, inner] = [sizeOf(shape.slice(0, i + 2)), sizeOf(shape.slice(i + 2))];
    const next = shape.map((n, axis) => (axis === i + 1 ? n * stride : n));
    const end = next.map((n, axis) => (axis === i + 1 ? n - stride + 1 : n));
    const all = tf.pad(tf.reshape(x, [outer, 1, inner]), [[0, 0], [0, stride - 1], [0, 0]]);
    x = tf.slice(tf.reshape(all, next), next.map(() => 0), end);
  }
  return x;
}

/** Lays places into others, as many as `sizes`, `before` after their first; what lies outside is cut off. */
function placed(tf: TfMath, x: TfTensor, before: readonly number[], sizes: readonly number[], fill = 0): TfTensor {
  const begin = before.map((b) => Math.max(0, -b));
  const kept = before.map((b, i) => Math.min(x.shape[i + 1]! - begin[i]!, sizes[i]! - Math.max(0, b)));
  const [n, channels] = [x.shape[0]!, x.shape.at(-1)!];
  const inner = tf.slice(x, [0, ...begin, 0], [n, ...kept, channels]);
  const around = before.map((b, i): [number, number] => [Math.max(0, b), sizes[i]! - Math.max(0, b) - kept[i]!]);
  return tf.pad(inner, [[0, 0], ...around, [0, 0]], fill);
}
