import {channelAxis, numbers, product, spaceAxes} from './layer-axes.js';
import {innerLayer, type Json, list, whole} from './layer-defs.js';
import {dotAxes, knownLayer, multiplied, outputShapes} from './layer-shapes.js';
import {cellsOf} from './recurrent-cells.js';
import type {Shape} from './types.js';

type Count = number | null;

/** Values in a layer's weights. */
export interface Params {
  readonly all: number;
  /** Those that training never changes: moving statistics. */
  readonly fixed: number;
}

interface Given {
  readonly config: Json;
  readonly x: Shape;
  readonly inputs: readonly (Shape | null)[];
  readonly outputs: readonly (Shape | null)[];
}

const times = (...factors: (number | null | undefined)[]): Count => product(factors.map((f) => f ?? null));
const plus = (...terms: (number | null | undefined)[]): Count => terms.reduce<Count>((a, b) => (a === null || b == null ? null : a + b), 0);
const count = (x: unknown): Count => (whole(x) && x >= 0 ? x : null);

/** Values in a tensor for one example: the batch axis counts as 1. */
export const elements = (shape: Shape | null | undefined): Count => (shape ? product(shape.slice(1)) : null);
const spatial = (type: string): number => Number(/([123])D/.exec(type)?.[1] ?? 0);
const kernelArea = (type: string, config: Json): Count => product(numbers(config.kernel_size, spatial(type)) ?? [null]);
const bias = (config: Json, n: Count): Count => (config.use_bias === false ? 0 : n);
const channels = (config: Json, shape: Shape): Count => shape[channelAxis(config, shape.length)] ?? null;
const positions = (config: Json, shape: Shape | null | undefined): Count => (shape ? product(spaceAxes(config, shape.length).map((a) => shape[a]!)) : null);

/** Sizes of the axes that a normalisation has weights for. */
function normalized(config: Json, x: Shape): Count {
  const axes = list(config.axis) ?? [config.axis ?? -1];
  return product(axes.map((a) => (whole(a) ? (x.at(a) ?? null) : null)));
}

type ParamRule = (given: Given, type: string) => Count | Params;

const convParams: ParamRule = ({config, x}, type) =>
  plus(times(kernelArea(type, config), channels(config, x), count(config.filters), 1 / (count(config.groups ?? 1) || 1)), bias(config, count(config.filters)));
const recurrentParams: ParamRule = ({config, x}, type) => {
  let from = x.at(-1) ?? null;
  let sum: Count = 0;
  for (const {units, gates, biases} of cellsOf(type, config) ?? []) {
    sum = plus(sum, times(gates, units, plus(from, units, biases)));
    from = units;
  }
  return cellsOf(type, config) && sum;
};
const heads = (config: Json): {n: Count; key: Count; value: Count} => ({n: count(config.num_heads), key: count(config.key_dim), value: count(config.value_dim ?? config.key_dim)});

/** Rules for the classes that have weights; each is the sum of what Keras's `build` adds. */
const PARAMS = new Map<string, ParamRule>([
  ...[1, 2, 3].flatMap((n): [string, ParamRule][] => [
    [`Conv${n}D`, convParams],
    [`Convolution${n}D`, convParams],
    [`Conv${n}DTranspose`, convParams],
    [
      `SeparableConv${n}D`,
      ({config, x}, type) => {
        const middle = multiplied(config, channels(config, x));
        return plus(times(kernelArea(type, config), middle), times(middle, count(config.filters)), bias(config, count(config.filters)));
      },
    ],
    [`DepthwiseConv${n}D`, ({config, x}, type) => times(multiplied(config, channels(config, x)), plus(kernelArea(type, config), bias(config, 1)))],
    [
      `ConvLSTM${n}D`,
      ({config, x}, type) => {
        const f = count(config.filters);
        const c = x[channelAxis(config, x.length - 1) + 1] ?? null;
        return times(4, f, plus(times(kernelArea(type, config), plus(c, f)), bias(config, 1)));
      },
    ],
  ]),
  ['Dense', ({config, x}) => times(count(config.units), plus(x.at(-1), bias(config, 1)))],
  ['Embedding', ({config}) => times(count(config.input_dim), count(config.output_dim))],
  ...['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'CuDNNLSTM', 'CuDNNGRU'].map((type): [string, ParamRule] => [type, recurrentParams]),
  ...['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'].map((type): [string, ParamRule] => [
    type,
    ({config, x}) => {
      const n = normalized(config, x);
      return n === null ? null : {all: n * (2 + Number(config.scale !== false) + Number(config.center !== false)), fixed: 2 * n};
    },
  ]),
  ...['LayerNormalization', 'GroupNormalization'].map((type): [string, ParamRule] => [
    type,
    ({config, x}) => times(normalized(config, x), Number(config.scale !== false) + Number(config.center !== false)),
  ]),
  ['RMSNormalization', ({config, x}) => normalized(config, x)],
  // its statistics are weights in some versions and constants in others
  ['Normalization', () => null],
  [
    'PReLU',
    ({config, x}) => {
      const shared = list(config.shared_axes) ?? [];
      return product(x.slice(1).map((d, i) => (shared.includes(i + 1) ? 1 : d)));
    },
  ],
  [
    'MultiHeadAttention',
    ({config, x, inputs, outputs}) => {
      const {n, key, value} = heads(config);
      const b = bias(config, 1);
      const v = inputs[1]?.at(-1);
      const k = (inputs[2] ?? inputs[1])?.at(-1);
      // a mask may stand where the keys would
      if (inputs.length > 2 && inputs[2]?.length !== x.length) return null;
      return plus(times(n, key, plus(x.at(-1), b)), times(n, key, plus(k, b)), times(n, value, plus(v, b)), times(product(outputs[0]?.slice(x.length - 1) ?? [null]), plus(times(n, value), b)));
    },
  ],
  ['Attention', ({config}) => Number(config.use_scale === true) + Number(config.score_mode === 'concat')],
  ['AdditiveAttention', ({config, x}) => (config.use_scale === false ? 0 : (x.at(-1) ?? null))],
]);

/** What a layer's config and inputs say of its weights; `null` where the class or a needed size is not known. */
export function layerParams(type: string, config: Json, inputs: readonly (Shape | null)[], outputs: readonly (Shape | null)[]): Params | null {
  const x = inputs[0];
  const inner = innerLayer(config);
  if (type === 'TimeDistributed') return inner && x ? layerParams(inner.type, inner.config, [[x[0] ?? null, ...x.slice(2)]], [null]) : null;
  if (type === 'Bidirectional') {
    const one = inner && layerParams(inner.type, inner.config, inputs.slice(0, 1), [null]);
    return one ? {all: 2 * one.all, fixed: 2 * one.fixed} : null;
  }
  const rule = PARAMS.get(type);
  if (!rule) return knownLayer(type) ? {all: 0, fixed: 0} : null;
  const n = x || type === 'Embedding' ? rule({config, x: x ?? [], inputs, outputs}, type) : null;
  return typeof n === 'number' ? {all: n, fixed: 0} : n;
}

type MacRule = (given: Given, type: string) => Count;

const convMacs: MacRule = ({config, x, outputs}, type) => times(elements(outputs[0]), kernelArea(type, config), channels(config, x), 1 / (count(config.groups ?? 1) || 1));
const perElement =
  (n: number): MacRule =>
  ({outputs}) =>
    times(n, elements(outputs[0]));
const recurrentMacs: MacRule = ({config, x}, type) => {
  const cells = cellsOf(type, config);
  let from = x.at(-1) ?? null;
  let sum: Count = 0;
  for (const {units, gates} of cells ?? []) {
    sum = plus(sum, times(gates, units, plus(from, units)));
    from = units;
  }
  return cells && times(x[1], sum);
};

/** The rules of `layerMacs`, for the classes that count anything. */
const MACS = new Map<string, MacRule>([
  ...[1, 2, 3].flatMap((n): [string, MacRule][] => [
    [`Conv${n}D`, convMacs],
    [`Convolution${n}D`, convMacs],
    [`Conv${n}DTranspose`, ({config, x}, type) => times(elements(x), kernelArea(type, config), count(config.filters))],
    [`DepthwiseConv${n}D`, ({config, outputs}, type) => times(elements(outputs[0]), kernelArea(type, config))],
    [
      `SeparableConv${n}D`,
      ({config, x, outputs}, type) => times(positions(config, outputs[0]), multiplied(config, channels(config, x)), plus(kernelArea(type, config), count(config.filters))),
    ],
    [`AveragePooling${n}D`, ({config, outputs}) => times(elements(outputs[0]), ...(numbers(config.pool_size ?? 2, n) ?? [null]))],
    [`GlobalAveragePooling${n}D`, ({x}) => elements(x)],
    [`UpSampling${n}D`, ({config, outputs}) => (config.interpolation === undefined || config.interpolation === 'nearest' ? 0 : config.interpolation === 'bilinear' ? times(4, elements(outputs[0])) : null)],
    [
      `ConvLSTM${n}D`,
      ({config, x}, type) => {
        const inside = [x[0] ?? null, ...x.slice(2)];
        const step = outputShapes(`Conv${n}D`, config, [inside])[0];
        const f = count(config.filters);
        return times(x[1], positions(config, step), kernelArea(type, config), 4, f, plus(channels(config, inside), f));
      },
    ],
  ]),
  ['Dense', ({x, outputs}) => times(elements(outputs[0]), x.at(-1))],
  ...['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'CuDNNLSTM', 'CuDNNGRU'].map((type): [string, MacRule] => [type, recurrentMacs]),
  ...'BatchNormalization BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization LayerNormalization GroupNormalization RMSNormalization UnitNormalization Normalization Rescaling Average'
    .split(' ')
    .map((type): [string, MacRule] => [type, perElement(1)]),
  ['Multiply', ({inputs, outputs}) => times(Math.max(0, inputs.length - 1), elements(outputs[0]))],
  ['Resizing', ({config, outputs}) => (config.interpolation === 'nearest' ? 0 : (config.interpolation ?? 'bilinear') === 'bilinear' ? times(4, elements(outputs[0])) : null)],
  [
    'Dot',
    ({config, x, inputs, outputs}) => {
      const axes = inputs[1] && dotAxes(config, x, inputs[1]);
      return axes ? times(elements(outputs[0]), x[axes[0]]) : null;
    },
  ],
  [
    'MultiHeadAttention',
    ({config, x, inputs, outputs}) => {
      const {n, key, value} = heads(config);
      const v = inputs[1];
      const k = inputs[2] ?? v;
      if (!v || !k || x.length !== 3 || v.length !== 3 || k.length !== 3) return null;
      const [queries, keys] = [x[1], k[1]];
      const projections = plus(times(elements(x), n, key), times(elements(k), n, key), times(elements(v), n, value), times(elements(outputs[0]), n, value));
      return plus(projections, times(queries, keys, n, plus(key, value)));
    },
  ],
  [
    'Attention',
    ({config, x, inputs}) => {
      const v = inputs[1];
      return config.score_mode === 'concat' || x.length !== 3 || v?.length !== 3 ? null : times(x[1], v[1], plus(x[2], v[2]));
    },
  ],
  ['AdditiveAttention', ({x, inputs}) => (x.length === 3 && inputs[1]?.length === 3 ? times(x[1], inputs[1][1], plus(x[2], inputs[1][2])) : null)],
  // which of its parts are in use is drawn, or told by the example
  ['RandomRotation', () => null],
  ['RandomTranslation', () => null],
  ['RandomZoom', () => null],
  ['RandomHeight', () => null],
  ['RandomWidth', () => null],
]);

/**
 * Multiply-accumulate operations of one call for one example, at inference. A product that is added to a sum counts 1;
 * additions alone, comparisons, look-ups, moving of data and activation functions count 0, and so does a bias.
 *
 * - convolution: output values × kernel area × input channels / groups (Howard et al. 2017, "MobileNets", §3.1)
 * - depthwise: output values × kernel area; separable: that of its depthwise part + positions × channels × filters (same)
 * - transposed: *input* values × kernel area × filters: each input value is spread over the kernel (Dumoulin and Visin
 *   2016, §4: the same products as the convolution that it transposes)
 * - dense: input length × units, for each position; Dot: output values × length of the summed axis
 * - recurrent, for each step: gates × units × (input length + units), with 4 gates in an LSTM (Hochreiter and Schmidhuber
 *   1997; Gers et al. 2000), 3 in a GRU (Cho et al. 2014), 1 in a SimpleRNN; the elementwise products of gates are left
 *   out. ConvLSTM: positions × kernel area × 4 × filters × (channels + filters) (Shi et al. 2015)
 * - Bidirectional: twice its layer; TimeDistributed: its layer × steps
 * - attention: queries × keys × (length of keys + length of values); MultiHeadAttention: heads × that, and its four
 *   projections as dense layers (Vaswani et al. 2017, §3.2)
 * - normalisation: 1 a value (scale and shift; statistics are left out), as Rescaling
 * - average pooling: output values × window; global: input values. Max pooling: 0
 * - Multiply: 1 a value for each input after the first; Average: 1 a value; Add, Subtract, Maximum, Minimum,
 *   Concatenate: 0
 * - bilinear resizing: 4 a value, nearest 0; Embedding (a look-up): 0
 *
 * `null` where the class or a needed size is not known.
 */
export function layerMacs(type: string, config: Json, inputs: readonly (Shape | null)[], outputs: readonly (Shape | null)[]): Count {
  const x = inputs[0];
  const inner = innerLayer(config);
  if (type === 'TimeDistributed') {
    const step = inner && x ? [[x[0] ?? null, ...x.slice(2)]] : null;
    return step ? times(x![1], layerMacs(inner!.type, inner!.config, step, outputShapes(inner!.type, inner!.config, step))) : null;
  }
  if (type === 'Bidirectional') return inner ? times(2, layerMacs(inner.type, inner.config, inputs.slice(0, 1), [null])) : null;
  const rule = MACS.get(type);
  if (!rule) return knownLayer(type) ? 0 : null;
  return x ? rule({config, x, inputs, outputs}, type) : null;
}
