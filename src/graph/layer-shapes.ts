import {channelAxis, channelsFirst, type Dim, each, numbers, pairs, positive, product, size, spaceAxes, widened, windowed} from './layer-axes.js';
import {innerLayer, type Json, list, object, shapeOf, text, whole} from './layer-defs.js';
import {cellsOf} from './recurrent-cells.js';
import type {Shape} from './types.js';

/** `x` is the first input; a rule gives the shape of the output, or `null` where it cannot tell. */
type Rule = (config: Json, x: Shape, all: readonly (Shape | null)[]) => Shape | null;
/** Likewise, for layers that may have several outputs. */
type ManyRule = (config: Json, x: Shape) => readonly Shape[] | null;

const NOT_TOLD: readonly (Shape | null)[] = [null];

const paddingOf = (config: Json): string => text(config.padding)?.toLowerCase() ?? 'valid';

/** Convolutions over `n` axes; `out` gives the channels that come out for those that go in. */
const convolution =
  (n: number, out: (config: Json, channels: Dim) => Dim): Rule =>
  (config, x) => {
    const kernel = numbers(config.kernel_size, n);
    const strides = numbers(config.strides ?? 1, n);
    const dilation = numbers(config.dilation_rate ?? 1, n);
    if (x.length !== n + 2 || !kernel || !strides || !dilation) return null;
    const to = each(x, spaceAxes(config, x.length), (d, i) => windowed(d, kernel[i]!, strides[i]!, dilation[i]!, paddingOf(config)));
    to[channelAxis(config, x.length)] = out(config, x[channelAxis(config, x.length)]!);
    return to;
  };

const filters = (config: Json): Dim => size(config.filters);
/** Channels that come out of a depthwise convolution. */
export const multiplied = (config: Json, channels: Dim): Dim => product([channels, size(config.depth_multiplier ?? 1)]);

const transposed =
  (n: number): Rule =>
  (config, x) => {
    const kernel = numbers(config.kernel_size, n);
    const strides = numbers(config.strides ?? 1, n);
    const dilation = numbers(config.dilation_rate ?? 1, n);
    const extra = config.output_padding == null ? [] : numbers(config.output_padding, n);
    if (x.length !== n + 2 || !kernel || !strides || !dilation || !extra) return null;
    const to = each(x, spaceAxes(config, x.length), (d, i) => widened(d, kernel[i]!, strides[i]!, dilation[i]!, paddingOf(config), extra[i]));
    to[channelAxis(config, x.length)] = filters(config);
    return to;
  };

const pooling =
  (n: number): Rule =>
  (config, x) => {
    const pool = numbers(config.pool_size ?? 2, n);
    const strides = numbers(config.strides ?? config.pool_size ?? 2, n);
    if (x.length !== n + 2 || !pool || !strides) return null;
    return each(x, spaceAxes(config, x.length), (d, i) => windowed(d, pool[i]!, strides[i]!, 1, paddingOf(config)));
  };

const globalPooling =
  (n: number): Rule =>
  (config, x) => {
    if (x.length !== n + 2) return null;
    const space = spaceAxes(config, x.length);
    return config.keepdims === true ? x.map((d, i) => (space.includes(i) ? 1 : d)) : x.filter((_, i) => !space.includes(i));
  };

/** Padding (sign 1) and cropping (sign −1) over `n` axes. */
const padded =
  (n: number, key: string, sign: 1 | -1): Rule =>
  (config, x) => {
    const by = pairs(config[key] ?? 1, n);
    return x.length === n + 2 && by ? each(x, spaceAxes(config, x.length), (d, i) => positive(d + sign * (by[i]![0] + by[i]![1]))) : null;
  };

const upSampling =
  (n: number): Rule =>
  (config, x) => {
    const by = numbers(config.size ?? 2, n);
    return x.length === n + 2 && by ? each(x, spaceAxes(config, x.length), (d, i) => positive(d * by[i]!)) : null;
  };

const same: Rule = (_, x) => x;
const last = (x: Shape, dim: Dim): Shape | null => (x.length ? [...x.slice(0, -1), dim] : null);
const axisOf = (x: unknown, rank: number): number => (whole(x) ? (x < 0 ? rank + x : x) : -1);

/** The size to be found is −1 in Keras's files and `null` in tfjs's. */
const reshape: Rule = (config, x) => {
  const target = list(config.target_shape)?.map((d) => (d === null ? -1 : d));
  if (!target || !target.every(whole)) return null;
  const total = product(x.slice(1));
  const known = product(target.filter((d) => d >= 0));
  const rest = total !== null && known !== null && known > 0 && total % known === 0 ? total / known : null;
  return [x[0] ?? null, ...target.map((d) => (d < 0 ? rest : d))];
};

const permute: Rule = (config, x) => {
  const dims = list(config.dims);
  return dims && dims.every(whole) && dims.length === x.length - 1 ? [x[0]!, ...dims.map((d) => x[d] ?? null)] : null;
};

/** As NumPy broadcasts, from the last axis on; an unknown size stays unknown. */
function broadcast(a: Shape, b: Shape): Shape | null {
  const [long, brief] = a.length >= b.length ? [a, b] : [b, a];
  const out = [...long];
  for (let i = 1; i <= brief.length; i++) {
    const l = long.at(-i)!;
    const s = brief.at(-i)!;
    if (l !== null && s !== null && l !== s && l !== 1 && s !== 1) return null;
    out[long.length - i] = l === null || s === null ? null : l === 1 ? s : l;
  }
  return out;
}

/** Add, Multiply and the like: the batch apart, the other axes broadcast. */
const merge: Rule = (_, x, all) => {
  if (all.some((s) => s === null || s.length === 0)) return null;
  const shapes = all as Shape[];
  const rest = shapes.slice(1).reduce<Shape | null>((a, s) => a && broadcast(a, s.slice(1)), x.slice(1));
  const batch = new Set(shapes.map((s) => s[0]).filter((d) => d !== null));
  return rest && [batch.size === 1 ? [...batch][0]! : null, ...rest];
};

const concatenate: Rule = (config, x, all) => {
  const axis = axisOf(config.axis ?? -1, x.length);
  if (axis < 0 || axis >= x.length || all.some((s) => s?.length !== x.length)) return null;
  const shapes = all as Shape[];
  return x.map((_, i) => {
    const dims = shapes.map((s) => s[i]!);
    return i === axis ? dims.reduce<Dim>((a, b) => (a === null || b === null ? null : a + b), 0) : dims[0]!;
  });
};

/** The axes along which Dot sums. */
export function dotAxes(config: Json, a: Shape, b: Shape): [number, number] | null {
  const given = whole(config.axes) ? [config.axes, config.axes] : numbers(config.axes, 2);
  if (!given) return null;
  const [i, j] = [axisOf(given[0], a.length), axisOf(given[1], b.length)];
  return i > 0 && j > 0 && i < a.length && j < b.length ? [i, j] : null;
}

const dot: Rule = (config, x, all) => {
  const y = all[1];
  const axes = y && dotAxes(config, x, y);
  if (!axes) return null;
  const out = [...x.filter((_, i) => i !== axes[0]), ...y.filter((_, i) => i !== axes[1] && i !== 0)];
  return out.length === 1 ? [...out, 1] : out;
};

const embedding: Rule = (config, x) => {
  const lengths = config.input_length == null ? [] : (list(config.input_length) ?? [config.input_length]);
  const from = lengths.length === x.length - 1 ? [x[0]!, ...x.slice(1).map((d, i) => d ?? size(lengths[i]))] : x;
  return [...from, size(config.output_dim)];
};

/** The last state's first entry is what comes out: the outermost cell of a stack gives its state first. */
const recurrent =
  (type: string): ManyRule =>
  (config, x) => {
    const cells = cellsOf(type, config);
    if (x.length !== 3 || !cells) return null;
    const states = cells.toReversed().flatMap((c) => Array.from({length: c.states}, (): Shape => [x[0]!, c.units]));
    const out: Shape = config.return_sequences === true ? [x[0]!, x[1]!, cells.at(-1)!.units] : [x[0]!, cells.at(-1)!.units];
    return config.return_state === true ? [out, ...states] : [out];
  };

const convRecurrent =
  (n: number): ManyRule =>
  (config, x) => {
    const step = convolution(n, filters)(config, [x[0] ?? null, ...x.slice(2)], []);
    if (!step || x.length !== n + 3) return null;
    const out = config.return_sequences === true ? [step[0]!, x[1]!, ...step.slice(1)] : step;
    return config.return_state === true ? [out, step, step] : [out];
  };

const bidirectional: ManyRule = (config, x) => {
  const inner = innerLayer(config);
  const [out, ...states] = (inner && MANY.get(inner.type)?.(inner.config, x)) ?? [];
  if (!out) return null;
  const mode = config.merge_mode === undefined ? 'concat' : config.merge_mode;
  const outs = mode === null ? [out, out] : [mode === 'concat' ? [...out.slice(0, -1), product([out.at(-1)!, 2])] : out];
  return [...outs, ...states, ...states];
};

const timeDistributed: Rule = (config, x) => {
  const inner = innerLayer(config);
  const [out] = inner && x.length > 2 ? outputShapes(inner.type, inner.config, [[x[0]!, ...x.slice(2)]]) : NOT_TOLD;
  return out ? overSteps(x, out) : null;
};

/** What one step gives, for all steps of `x`. */
export const overSteps = (x: Shape, step: Shape): Shape => [step[0] ?? null, x[1] ?? null, ...step.slice(1)];

/** Height and width as the config has them, for `… h w c`. */
const resized: Rule = (config, x) =>
  x.length < 3 ? null : channelsFirst(config) ? [...x.slice(0, -2), size(config.height), size(config.width)] : [...x.slice(0, -3), size(config.height), size(config.width), x.at(-1)!];

/** The factor is drawn anew each time. */
const varies =
  (back: number): Rule =>
  (config, x) =>
    x.length < 3 ? null : x.map((d, i) => (i === x.length - back + (channelsFirst(config) ? 1 : 0) ? null : d));

const categories: Rule = (config, x) => {
  const tokens = size(config.num_tokens);
  const mode = text(config.output_mode)?.replace('_', '').toLowerCase();
  return mode === 'onehot' && x.at(-1) !== 1 ? [...x, tokens] : last(x, tokens);
};

/** Keras's MultiHeadAttention(query, value, key) gives each query position a vector as long as the query's, or `output_shape`. */
const multiHead: Rule = (config, x) => {
  const out = config.output_shape == null ? [x.at(-1) ?? null] : (list(config.output_shape) ?? [config.output_shape]).map(size);
  return [...x.slice(0, -1), ...out];
};

const attention: Rule = (_, x, all) => last(x, all[1]?.at(-1) ?? null);

const SAME =
  'Activation ActivityRegularization AlphaDropout BatchNormalization BatchNormalizationV1 BatchNormalizationV2 Dropout ELU GaussianDropout ' +
  'GaussianNoise GroupNormalization Identity LayerNormalization LeakyReLU Masking Normalization PReLU RMSNormalization RandomBrightness ' +
  'RandomContrast RandomFlip RandomRotation RandomTranslation RandomZoom ReLU Rescaling Softmax SpatialDropout1D SpatialDropout2D ' +
  'SpatialDropout3D SyncBatchNormalization ThresholdedReLU UnitNormalization';

const RULES = new Map<string, Rule>([
  ...SAME.split(' ').map((type): [string, Rule] => [type, same]),
  ...[1, 2, 3].flatMap((n): [string, Rule][] => [
    [`Conv${n}D`, convolution(n, filters)],
    [`Convolution${n}D`, convolution(n, filters)],
    [`Conv${n}DTranspose`, transposed(n)],
    [`SeparableConv${n}D`, convolution(n, filters)],
    [`DepthwiseConv${n}D`, convolution(n, multiplied)],
    [`MaxPooling${n}D`, pooling(n)],
    [`AveragePooling${n}D`, pooling(n)],
    [`GlobalMaxPooling${n}D`, globalPooling(n)],
    [`GlobalAveragePooling${n}D`, globalPooling(n)],
    [`ZeroPadding${n}D`, padded(n, 'padding', 1)],
    [`Cropping${n}D`, padded(n, 'cropping', -1)],
    [`UpSampling${n}D`, upSampling(n)],
  ]),
  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'].map((type): [string, Rule] => [type, merge]),
  ['Dense', (c, x) => last(x, size(c.units))],
  ['Flatten', (_, x) => (x.length ? [x[0]!, product(x.slice(1))] : null)],
  ['Reshape', reshape],
  ['Permute', permute],
  ['RepeatVector', (c, x) => (x.length === 2 ? [x[0]!, size(c.n), x[1]!] : null)],
  ['Embedding', embedding],
  ['Concatenate', concatenate],
  ['Dot', dot],
  ['TimeDistributed', timeDistributed],
  ['Resizing', resized],
  ['CenterCrop', resized],
  ['RandomCrop', resized],
  ['RandomHeight', varies(3)],
  ['RandomWidth', varies(2)],
  ['CategoryEncoding', categories],
  ['MultiHeadAttention', multiHead],
  ['Attention', attention],
  ['AdditiveAttention', attention],
]);

const MANY = new Map<string, ManyRule>([
  ...['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'CuDNNLSTM', 'CuDNNGRU'].map((type): [string, ManyRule] => [type, recurrent(type)]),
  ...[1, 2, 3].map((n): [string, ManyRule] => [`ConvLSTM${n}D`, convRecurrent(n)]),
  ['Bidirectional', bidirectional],
]);

/** Whether a class's arithmetic is known here. */
export const knownLayer = (type: string): boolean => RULES.has(type) || MANY.has(type) || type === 'InputLayer';

/** What a config says of the shape that its layer takes, batch first. */
export function declaredInput(type: string, config: Json): Shape | null {
  const given = config.batch_input_shape ?? config.batch_shape;
  const plain = list(given) ? shapeOf(given) : null;
  if (plain) return plain;
  const rest = shapeOf(config.input_shape);
  if (rest) return [null, ...rest];
  if (type === 'Embedding') return [null, ...(list(config.input_length) ?? [config.input_length]).map(size)];
  if (type === 'Dense' && whole(config.input_dim)) return [null, config.input_dim];
  const inner = object(config.layer) && innerLayer(config);
  return inner && type === 'Bidirectional' ? declaredInput(inner.type, inner.config) : null;
}

/**
 * The shapes of a layer's outputs from those of its inputs, for every class of TensorFlow.js and the common ones that
 * Keras has besides. Axes of unknown size stay unknown; `[null]` where the class or a needed input is not known, or the
 * input does not fit.
 */
export function outputShapes(type: string, config: Json, inputs: readonly (Shape | null)[]): readonly (Shape | null)[] {
  const x = inputs[0];
  if (type === 'InputLayer') return [declaredInput(type, config)];
  if (!x) return NOT_TOLD;
  return MANY.get(type)?.(config, x) ?? [RULES.get(type)?.(config, x, inputs) ?? null];
}
