import {broadcast, type Dim, type Dims, sized, unknownOf} from './dims.js';
import {flag, int, ints, type RawNode, str} from './graphdef.js';
import type {OpCall, ShapeRule} from './op-call.js';

/** Where the axes of an image lie: first and last, or `NCHW`, `NCDHW`. */
const channelsFirst = (node: RawNode): boolean => (str(node, 'data_format') ?? '').startsWith('NC');

/** The axis of the channels, and of the first of the image's own. */
export function imageAxes(node: RawNode, rank: number): {channels: number; spatial: number} {
  return channelsFirst(node) ? {channels: 1, spatial: 2} : {channels: rank - 1, spatial: 1};
}

/** One number for each of an image's axes out of a list for all axes. */
export function spatialOf(node: RawNode, list: readonly number[] | undefined, rank: number): number[] | undefined {
  if (!list?.length) return undefined;
  const {spatial} = imageAxes(node, rank);
  return list.length === rank ? list.slice(spatial, spatial + rank - 2) : undefined;
}

interface Windows {
  readonly size: readonly Dim[];
  readonly strides: readonly number[] | undefined;
  readonly dilations: readonly number[] | undefined;
}

/**
 * Size of an axis after windows have slid along it (TensorFlow, `GetWindowedOutputSizeVerbose`):
 * SAME ⌈n / stride⌉, VALID ⌈(n − reach + 1) / stride⌉ with reach = (window − 1) · dilation + 1.
 */
function slid(n: Dim, window: Dim, stride: number, dilation: number, padding: string | undefined, explicit: readonly number[] | undefined): Dim {
  if (!(stride > 0)) return null;
  if (padding === 'SAME') return typeof n === 'number' ? sized(Math.ceil(n / stride)) : stride === 1 ? n : null;
  if (typeof window !== 'number') return null;
  const reach = (window - 1) * dilation + 1;
  const pads = padding === 'EXPLICIT' ? (explicit ? explicit[0]! + explicit[1]! : NaN) : padding === 'VALID' ? 0 : NaN;
  if (typeof n !== 'number') return stride === 1 && pads - reach + 1 === 0 ? n : null;
  return sized(Math.floor((n + pads - reach) / stride) + 1);
}

function windowed(c: OpCall, rank: number, channels: Dim, {size, strides, dilations}: Windows): Dims {
  const out: Dim[] = [...unknownOf(rank)];
  const axes = imageAxes(c.node, rank);
  const input = c.shape(0);
  out[axes.channels] = channels;
  if (input?.length !== rank || !strides) return out;
  out[0] = input[0]!;
  const padding = str(c.node, 'padding');
  const explicit = ints(c.node, 'explicit_paddings');
  for (let k = 0; k < rank - 2; k++) {
    const at = axes.spatial + k;
    const pads = explicit?.length === 2 * rank ? explicit.slice(2 * at, 2 * at + 2) : undefined;
    out[at] = slid(input[at]!, size[k] ?? null, strides[k]!, dilations?.[k] ?? 1, padding, pads);
  }
  return out;
}

/** A convolution with a filter of [window…, in / groups, out]. */
const convolution =
  (rank: number): ShapeRule =>
  (c) => {
    const filter = c.shape(1);
    const ok = filter?.length === rank;
    const strides = spatialOf(c.node, ints(c.node, 'strides'), rank);
    const dilations = spatialOf(c.node, ints(c.node, 'dilations'), rank);
    return [windowed(c, rank, ok ? filter[rank - 1]! : null, {size: ok ? filter.slice(0, -2) : [], strides, dilations})];
  };

/** A depthwise convolution with a filter of [h, w, in, multiplier]. */
const depthwise: ShapeRule = (c) => {
  const filter = c.shape(1);
  const ok = filter?.length === 4 && typeof filter[2] === 'number' && typeof filter[3] === 'number';
  const strides = spatialOf(c.node, ints(c.node, 'strides'), 4);
  const dilations = spatialOf(c.node, ints(c.node, 'dilations'), 4);
  return [windowed(c, 4, ok ? (filter[2] as number) * (filter[3] as number) : null, {size: filter?.slice(0, 2) ?? [], strides, dilations})];
};

/** The gradient of a convolution serves as its transpose: its output's shape is its first input. */
const transposed: ShapeRule = (c) => {
  const told = c.values(0);
  const filter = c.shape(1);
  const rank = filter?.length ?? c.shape(2)?.length ?? told?.length;
  if (!rank) return [null];
  const out: Dim[] = told?.length === rank ? [...told] : [...unknownOf(rank)];
  out[0] ??= c.shape(2)?.[0] ?? null;
  const {channels} = imageAxes(c.node, rank);
  out[channels] ??= filter?.[rank - 2] ?? null;
  return [out];
};

const pooling =
  (rank: number): ShapeRule =>
  (c) => {
    const size = spatialOf(c.node, ints(c.node, 'ksize'), rank) ?? [];
    const strides = spatialOf(c.node, ints(c.node, 'strides'), rank);
    const input = c.shape(0);
    const channels = input?.length === rank ? input[imageAxes(c.node, rank).channels]! : null;
    return [windowed(c, rank, channels, {size, strides, dilations: undefined})];
  };

/** Batches of matrices: the axes before the last two are broadcast. */
const matrices: ShapeRule = (c) => {
  const [a, b] = [c.shape(0), c.shape(1)];
  if (!a || !b || a.length < 2 || b.length < 2) return [c.type.startsWith('Batch') ? null : unknownOf(2)];
  const [ta, tb] = transposes(c.node);
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2))!;
  return [[...batch, a.at(ta ? -1 : -2)!, b.at(tb ? -2 : -1)!]];
};

/** Whether the left and the right matrix are turned. */
export const transposes = (node: RawNode): [boolean, boolean] => [flag(node, 'transpose_a') || flag(node, 'adj_x'), flag(node, 'transpose_b') || flag(node, 'adj_y')];

/** The names of the axes of an Einsum: of each input, and of the output. Nothing for an ellipsis. */
export function einsumAxes(node: RawNode): {inputs: string[]; output: string} | undefined {
  const equation = str(node, 'equation')?.replaceAll(' ', '');
  const [left, output] = equation?.split('->') ?? [];
  if (!left || output === undefined || equation!.includes('.')) return undefined;
  return {inputs: left.split(','), output};
}

/** The size that each letter of an Einsum stands for. */
export function einsumSizes(c: OpCall): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  einsumAxes(c.node)?.inputs.forEach((letters, i) => {
    const shape = c.shape(i)?.length === letters.length ? c.shape(i) : null;
    [...letters].forEach((letter, axis) => {
      const known = sizes.get(letter);
      if (typeof known !== 'number') sizes.set(letter, shape?.[axis] ?? known ?? null);
    });
  });
  return sizes;
}

const einsum: ShapeRule = (c) => {
  const axes = einsumAxes(c.node);
  if (!axes) return [null];
  const sizes = einsumSizes(c);
  return [[...axes.output].map((letter) => sizes.get(letter) ?? null)];
};

/** An image scaled to the size in input `at`. */
const resized =
  (at: number): ShapeRule =>
  (c) => {
    const image = c.shape(0);
    const size = c.values(at);
    return [[image?.[0] ?? null, size?.[0] ?? null, size?.[1] ?? null, image?.[3] ?? null]];
  };

const conv2d = convolution(4);
const pool2d = pooling(4);

export const WINDOWS: Readonly<Record<string, ShapeRule>> = {
  Conv2D: conv2d,
  _FusedConv2D: conv2d,
  Conv3D: convolution(5),
  // the one op of three axes has one stride
  Conv1D: (c) => {
    const filter = c.shape(1);
    const windows = {size: filter?.slice(0, 1) ?? [], strides: [int(c.node, 'stride') ?? 1], dilations: [int(c.node, 'dilation') ?? 1]};
    return [windowed(c, 3, filter?.[2] ?? null, windows)];
  },
  DepthwiseConv2d: depthwise,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  Conv3DBackpropInputV2: transposed,
  Dilation2D: (c) => {
    const windows = {size: c.shape(1)?.slice(0, 2) ?? [], strides: spatialOf(c.node, ints(c.node, 'strides'), 4), dilations: spatialOf(c.node, ints(c.node, 'rates'), 4)};
    return [windowed(c, 4, c.shape(0)?.[3] ?? null, windows)];
  },
  AvgPool: pool2d,
  MaxPool: pool2d,
  MaxPoolWithArgmax: (c) => [pool2d(c)[0]!, pool2d(c)[0]!],
  AvgPool3D: pooling(5),
  MaxPool3D: pooling(5),
  MatMul: matrices,
  _FusedMatMul: matrices,
  BatchMatMul: matrices,
  BatchMatMulV2: matrices,
  BatchMatMulV3: matrices,
  Einsum: einsum,
  ResizeBilinear: resized(1),
  ResizeBicubic: resized(1),
  ResizeNearestNeighbor: resized(1),
  ImageProjectiveTransformV3: resized(2),
  CropAndResize: (c) => [[c.shape(1)?.[0] ?? null, c.values(3)?.[0] ?? null, c.values(3)?.[1] ?? null, c.shape(0)?.[3] ?? null]],
  DepthToSpace: (c) => {
    const [image, block] = [c.shape(0), int(c.node, 'block_size')];
    if (image?.length !== 4 || !block) return [unknownOf(4)];
    const {channels} = imageAxes(c.node, 4);
    return [image.map((d, axis) => (axis === 0 ? d : typeof d !== 'number' ? null : axis === channels ? sized(d / block / block) : d * block))];
  },
  SpaceToDepth: (c) => {
    const [image, block] = [c.shape(0), int(c.node, 'block_size')];
    if (image?.length !== 4 || !block) return [unknownOf(4)];
    const {channels} = imageAxes(c.node, 4);
    return [image.map((d, axis) => (axis === 0 ? d : typeof d !== 'number' ? null : axis === channels ? d * block * block : sized(d / block)))];
  },
};
