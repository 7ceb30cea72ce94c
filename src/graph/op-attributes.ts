import type {Values} from './dims.js';
import {dtype, dtypeName, flag, func, int, ints, protoShape, type RawAttr, type RawNode, str, strs, text} from './graphdef.js';
import {spatialOf} from './op-shapes-windows.js';

type Written = Record<string, string | number | boolean>;

/** Attributes that say nothing beyond what the node shows, or nothing of what it does. */
const DROPPED = new Set([
  'N', 'num_args', 'Tidx', 'Tdim', 'Taxis', 'Tshape', 'Tperm', 'Tpaddings', 'Tindices', 'Tmultiples', 'Tlen', 'TI', 'Index', 'Tsegmentids', 'Tblock_shape',
  'Tcrops', 'index_type', 'shape_type', 'use_cudnn_on_gpu', 'use_cudnn', 'incompatible_shape_error', 'parallel_iterations', 'is_constant', 'value', 'SrcT',
  'Truncate', 'validate_shape', 'validate_indices', 'output_shapes', 'Tin', 'Tout', 'config', 'config_proto', 'executor_type', 'num_split', 'num',
]);
/** Numbers that a fused op carries whether it uses them or not. */
const FUSED_ONLY: Readonly<Record<string, string>> = {epsilon: 'BatchNorm', leakyrelu_alpha: 'LeakyRelu'};

const cross = (list: readonly number[]): string => list.join('×');

/** `[null, 3]` → `?×3`; a scalar is `scalar`. */
export const shapeText = (shape: readonly (number | null)[]): string => (shape.length ? shape.map((n) => n ?? '?').join('×') : 'scalar');

/**
 * What a node's attributes say in plain words: `strides: '2×2'`, `padding: 'same'`, `fused: 'BiasAdd, Relu6'`. What is
 * internal, or as always, is left out.
 */
export function plainAttributes(node: RawNode, type: string): Written {
  const out: Written = {};
  const attr = typeof node.attr === 'object' && node.attr !== null ? node.attr : {};
  for (const [name, value] of Object.entries(attr)) {
    if (name.startsWith('_') || DROPPED.has(name) || typeof value !== 'object' || value === null) continue;
    const written = one(node, type, name, value);
    if (!written) continue;
    // a name such as __proto__ must become a key, not a prototype
    if (written[0] in out) Object.defineProperty(out, written[0], {value: written[1], enumerable: true, configurable: true, writable: true});
    else out[written[0]] = written[1];
  }
  return out;
}

function one(node: RawNode, type: string, name: string, value: RawAttr): [string, string | number | boolean] | undefined {
  switch (name) {
    case 'strides':
    case 'dilations':
    case 'rates':
    case 'ksize': {
      const list = ints(node, name) ?? [];
      const across = spatialOf(node, list, list.length) ?? list;
      const isOne = across.every((n) => n === 1);
      if (!list.length || (name !== 'strides' && name !== 'ksize' && isOne)) return undefined;
      return [{strides: 'strides', dilations: 'dilation', rates: 'dilation', ksize: 'window'}[name], cross(across)];
    }
    case 'padding':
      return [name, (str(node, name) ?? '').toLowerCase()];
    case 'explicit_paddings': {
      const list = ints(node, name) ?? [];
      return list.length ? ['paddings', list.join(', ')] : undefined;
    }
    case 'data_format': {
      const format = str(node, name) ?? '';
      return format.startsWith('NC') ? ['data format', format] : undefined;
    }
    case 'fused_ops': {
      const list = strs(node, name);
      return list.length ? ['fused', list.join(', ')] : undefined;
    }
    case 'T':
    case 'dtype':
    case 'DstT':
    case 'out_type':
    case 'output_type':
    case 'Tparams': {
      const told = dtype(node, name);
      return told ? ['dtype', told] : list(value) ? ['dtypes', list(value)!] : undefined;
    }
    case 'squeeze_dims':
      return ints(node, name)?.length ? ['axis', ints(node, name)!.join(', ')] : undefined;
    case 'batch_dims':
    case 'begin_mask':
    case 'end_mask':
    case 'ellipsis_mask':
    case 'new_axis_mask':
    case 'shrink_axis_mask': {
      const n = int(node, name) ?? 0;
      return n ? [spaced(name), n] : undefined;
    }
    case 'mode':
      return [name, (str(node, name) ?? '').toLowerCase()];
    default:
      if (type.startsWith('_Fused') && Object.hasOwn(FUSED_ONLY, name) && !strs(node, 'fused_ops').some((op) => op.includes(FUSED_ONLY[name]!))) return undefined;
      return general(node, type, name, value);
  }
}

const spaced = (name: string): string => name.replaceAll('_', ' ').trim() || name;

/** Text that a model brings is shown, but not megabytes of it. */
const short = (s: string): string => (s.length > 200 ? `${s.slice(0, 200)}…` : s);

function general(node: RawNode, type: string, name: string, value: RawAttr): [string, string | number | boolean] | undefined {
  const key = short(spaced(name));
  if (value.b !== undefined) return flag(node, name) ? [key, true] : undefined;
  if (value.i !== undefined) return [key, int(node, name) ?? '?'];
  if (value.f !== undefined) return [key, number(value.f)];
  if (value.s !== undefined) return [key, short(text(value.s) ?? '')];
  if (value.type !== undefined) return [key, dtypeName(value.type) ?? short(String(value.type))];
  if (value.func !== undefined) return [key, short(func(node, name) ?? '')];
  if (value.shape !== undefined) {
    // an input's shape stands on it anyway
    const shape = type.startsWith('Placeholder') ? null : protoShape(value.shape);
    return shape ? [key, shapeText(shape)] : undefined;
  }
  const written = list(value);
  return written ? [key, written] : undefined;
}

/** 0.0010000000474974513, a float32 written out, is meant as 0.001. */
const number = (f: unknown): number => Number(Math.fround(Number(f)).toPrecision(7));

function list({list: lists}: RawAttr): string | undefined {
  if (typeof lists !== 'object' || lists === null) return undefined;
  const parts = [
    ...(lists.i ?? []).map(String),
    ...(lists.f ?? []).map((f) => String(number(f))),
    ...(lists.b ?? []).map(String),
    ...(lists.s ?? []).map((s) => text(s) ?? ''),
    ...(lists.type ?? []).map((t) => dtypeName(t) ?? String(t)),
  ];
  return parts.length ? short(parts.slice(0, 64).join(', ')) : undefined;
}

/** What the inputs of an op are called, where a constant may stand: by place, `-1` for the last. */
const INPUTS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Reshape: {1: 'shape'},
  Transpose: {1: 'perm'},
  Pad: {1: 'paddings'},
  PadV2: {1: 'paddings', 2: 'value'},
  MirrorPad: {1: 'paddings'},
  ConcatV2: {[-1]: 'axis'},
  Concat: {0: 'axis'},
  Split: {0: 'axis'},
  SplitV: {1: 'sizes', 2: 'axis'},
  ExpandDims: {1: 'axis'},
  Gather: {1: 'indices'},
  GatherV2: {1: 'indices', 2: 'axis'},
  GatherNd: {1: 'indices'},
  StridedSlice: {1: 'begin', 2: 'end', 3: 'strides'},
  Slice: {1: 'begin', 2: 'size'},
  Tile: {1: 'multiples'},
  BroadcastTo: {1: 'shape'},
  ResizeBilinear: {1: 'size'},
  ResizeNearestNeighbor: {1: 'size'},
  CropAndResize: {3: 'crop size'},
  ArgMax: {1: 'axis'},
  ArgMin: {1: 'axis'},
  TopKV2: {1: 'k'},
  Cumsum: {1: 'axis'},
  Cumprod: {1: 'axis'},
  ReverseV2: {1: 'axis'},
  Conv2DBackpropInput: {0: 'output shape'},
  Conv3DBackpropInputV2: {0: 'output shape'},
  SpaceToBatchND: {1: 'block shape', 2: 'paddings'},
  BatchToSpaceND: {1: 'block shape', 2: 'crops'},
  OneHot: {1: 'depth', 2: 'on', 3: 'off'},
  Range: {0: 'start', 1: 'limit', 2: 'step'},
  LinSpace: {0: 'start', 1: 'stop', 2: 'count'},
  Fill: {0: 'shape', 1: 'value'},
  ScatterNd: {2: 'shape'},
  SparseToDense: {1: 'shape', 3: 'default'},
  ClipByValue: {1: 'min', 2: 'max'},
  Bincount: {1: 'size'},
  DenseBincount: {1: 'size'},
  TensorListReserve: {0: 'element shape', 1: 'count'},
  TensorListStack: {1: 'element shape'},
  TensorListFromTensor: {1: 'element shape'},
  TensorListGetItem: {2: 'element shape'},
};
const SUPPRESSION = {2: 'most boxes', 3: 'overlap threshold', 4: 'score threshold', 5: 'soft sigma'};

/** What the constant at input `i` of `count` is called. */
export function inputName(type: string, i: number, count: number): string {
  const names = Object.hasOwn(INPUTS, type) ? INPUTS[type]! : type.startsWith('NonMaxSuppression') ? SUPPRESSION : undefined;
  const name = names?.[i as keyof typeof names] ?? (i === count - 1 ? names?.[-1 as keyof typeof names] : undefined);
  if (name) return name;
  if (/^(Mean|Sum|Max|Min|Prod|All|Any|EuclideanNorm)$/.test(type) && i === 1) return 'axis';
  return count === 2 ? (i ? 'y' : 'x') : `input ${i}`;
}

/** A small constant in words: its values, or how many of what it holds where they are not known. */
export function constantText(shape: readonly number[] | null, type: string, values: Values | undefined): string | number | boolean {
  if (!values) return shape?.length === 0 ? type : `${type} [${shape ? shape.join(', ') : '?'}]`;
  const written = values.map((v) => (typeof v !== 'number' ? '?' : type === 'bool' ? String(v !== 0) : Number(v.toPrecision(7))));
  if (written.length === 1 && shape?.length === 0) return type === 'bool' ? values[0] !== 0 : written[0]!;
  if (shape?.length === 2) {
    const columns = shape[1]!;
    return Array.from({length: shape[0]!}, (_, r) => `(${written.slice(r * columns, (r + 1) * columns).join(', ')})`).join(' ');
  }
  return written.join(', ');
}
