import {activationName} from '../tensor/layers-topology.js';
import {innerLayer, type Json, list, object, short, text} from './layer-defs.js';
import {knownLayer} from './layer-shapes.js';
import {cellsOf} from './recurrent-cells.js';
import type {Attributes} from './types.js';

type Word = string | number | boolean | undefined;
type Words = (value: unknown, config: Json, type: string) => Word;

const scalar = (x: unknown): Word => (typeof x === 'number' || typeof x === 'boolean' ? x : typeof x === 'string' ? short(x, 100) : undefined);
const items = (x: unknown): readonly unknown[] => list(x) ?? [x];
/** `3×3`; a lone number stays one. */
const sizes = (x: unknown): Word => (list(x) ? (list(x)!.length === 1 ? scalar(list(x)![0]) : list(x)!.map((v) => scalar(v) ?? '?').join('×')) : scalar(x));
const commas = (x: unknown): Word => (list(x) ? list(x)!.map((v) => scalar(v) ?? '?').join(', ') : scalar(x));
/** Sizes, unless all are 1. */
const notOnes: Words = (x) => (items(x).every((n) => n === 1) ? undefined : sizes(x));
const unless =
  (usual: unknown, words: Words = scalar): Words =>
  (x, config, type) =>
    x === usual ? undefined : words(x, config, type);
const yes: Words = (x) => (x === true ? true : undefined);
const no: Words = (x) => (x === false ? false : undefined);
const activation: Words = (x) => activationName(x);
const norm = (type: string): boolean => type.includes('Normalization');

/** `1` all around, else before and after for each axis: `0+1 × 0+1`. */
const around: Words = (x) => {
  const flat = items(x).flatMap(items);
  if (flat.every((n) => n === flat[0])) return scalar(flat[0]);
  return items(x)
    .map((pair) => items(pair).join('+'))
    .join(' × ');
};

/** A regulariser's or constraint's class and strengths: `L2 0.001`. */
const named: Words = (x) => {
  const o = object(x);
  const name = text(x) ?? text(o?.class_name);
  const strength = ['l1', 'l2', 'max_value', 'min_value']
    .map((k) => [k, object(o?.config)?.[k]] as const)
    .filter(([, v]) => typeof v === 'number' && v !== 0)
    .map(([k, v]) => `${k.replace('_value', '')} ${+(v as number).toPrecision(4)}`);
  return name && strength.length ? `${short(name)} ${strength.join(' ')}` : name && short(name);
};

const dtype: Words = (x) => {
  const name = text(x) ?? text(object(object(x)?.config)?.name);
  return name === 'float32' ? undefined : name;
};

const cells: Words = (x) => {
  const all = list(x) ?? list(object(object(x)?.config)?.cells) ?? [x];
  return all
    .map((cell) => {
      const type = text(object(cell)?.class_name) ?? '?';
      const known = cellsOf(type, object(object(cell)?.config) ?? {});
      return known?.length === 1 ? `${type} ${known[0]!.units}` : short(type);
    })
    .join(', ');
};

/** In the order in which they are shown: the key of the config, that of the attribute, its words. */
const WORDS: readonly (readonly [key: string, name: string, words: Words])[] = [
  ['filters', 'filters', scalar],
  ['units', 'units', scalar],
  ['cell', 'cells', cells],
  ['num_heads', 'heads', scalar],
  ['key_dim', 'key size', scalar],
  ['value_dim', 'value size', (x, c) => (x === c.key_dim ? undefined : scalar(x))],
  ['input_dim', 'vocabulary', (x, _, type) => (type === 'Embedding' ? scalar(x) : undefined)],
  ['output_dim', 'size', scalar],
  ['kernel_size', 'kernel', sizes],
  ['pool_size', 'pool', sizes],
  ['strides', 'stride', (x, c, t) => (x == null || (c.pool_size !== undefined && sizes(x) === sizes(c.pool_size)) ? undefined : notOnes(x, c, t))],
  ['padding', 'padding', (x, c, t) => (typeof x === 'string' ? unless('valid')(x, c, t) : around(x, c, t))],
  ['output_padding', 'output padding', sizes],
  ['dilation_rate', 'dilation', notOnes],
  ['depth_multiplier', 'depth multiplier', notOnes],
  ['groups', 'groups', notOnes],
  ['cropping', 'cropping', around],
  ['size', 'scale', sizes],
  ['height', 'height', scalar],
  ['width', 'width', scalar],
  ['interpolation', 'interpolation', (x, _, type) => (type.startsWith('UpSampling') && x === 'nearest' ? undefined : scalar(x))],
  ['crop_to_aspect_ratio', 'crop to aspect ratio', yes],
  ['target_shape', 'shape', sizes],
  ['dims', 'order', commas],
  ['n', 'times', scalar],
  ['num_tokens', 'categories', scalar],
  ['output_mode', 'output', scalar],
  ['axis', 'axis', (x, _, type) => (norm(type) && items(x).length === 1 && items(x)[0] === -1 ? undefined : commas(x))],
  ['axes', 'axes', commas],
  ['shared_axes', 'shared axes', commas],
  ['normalize', 'normalise', yes],
  ['activation', 'activation', activation],
  ['recurrent_activation', 'recurrent activation', activation],
  ['max_value', 'maximum', scalar],
  ['negative_slope', 'slope', unless(0)],
  ['alpha', 'alpha', scalar],
  ['theta', 'threshold', scalar],
  ['threshold', 'threshold', unless(0)],
  ['rate', 'rate', scalar],
  ['stddev', 'standard deviation', scalar],
  ['dropout', 'dropout', unless(0)],
  ['recurrent_dropout', 'recurrent dropout', unless(0)],
  ['factor', 'factor', commas],
  ['scale', 'scale', (x, c, type) => (norm(type) ? no(x, c, type) : commas(x))],
  ['offset', 'offset', commas],
  ['center', 'centre', no],
  ['epsilon', 'epsilon', scalar],
  ['momentum', 'momentum', scalar],
  ['mask_value', 'mask value', scalar],
  ['mask_zero', 'mask zero', yes],
  ['score_mode', 'score', unless('dot')],
  ['use_scale', 'learned scale', yes],
  ['return_sequences', 'return sequences', yes],
  ['return_state', 'return state', yes],
  ['go_backwards', 'backwards', yes],
  ['stateful', 'stateful', yes],
  ['reset_after', 'reset after', yes],
  ['merge_mode', 'merge', (x) => (x === null ? 'none' : scalar(x))],
  ['keepdims', 'keep axes', yes],
  ['use_bias', 'bias', no],
  ['data_format', 'channels', (x) => (/^channels_?first$/i.test(text(x) ?? '') ? 'first' : undefined)],
  ['kernel_regularizer', 'kernel regulariser', named],
  ['depthwise_regularizer', 'depthwise regulariser', named],
  ['pointwise_regularizer', 'pointwise regulariser', named],
  ['recurrent_regularizer', 'recurrent regulariser', named],
  ['embeddings_regularizer', 'embeddings regulariser', named],
  ['alpha_regularizer', 'alpha regulariser', named],
  ['beta_regularizer', 'beta regulariser', named],
  ['gamma_regularizer', 'gamma regulariser', named],
  ['bias_regularizer', 'bias regulariser', named],
  ['activity_regularizer', 'activity regulariser', named],
  ['kernel_constraint', 'kernel constraint', named],
  ['recurrent_constraint', 'recurrent constraint', named],
  ['bias_constraint', 'bias constraint', named],
  ['dtype', 'dtype', dtype],
];

const HIDDEN = new Set(['name', 'trainable', 'batch_input_shape', 'input_shape', 'dtype']);

/**
 * A layer's config in plain words. What is as usual is left out: a stride of 1, `valid` padding, a bias, linear
 * activation, float32; initialisers always. Of a wrapper, its own and its layer's. Of a class that is not known, its
 * single values as they are.
 */
export function attributesOf(type: string, config: Json): Attributes {
  const inner = innerLayer(config);
  if (inner) {
    const own = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'layer'));
    return {...attributesOf(inner.type, inner.config), ...words(type, own)};
  }
  if (knownLayer(type)) return words(type, config);
  const rest = Object.entries(config).filter(([key, value]) => !HIDDEN.has(key) && scalar(value) !== undefined);
  // fromEntries, so that a key `__proto__` is one like any other
  return Object.fromEntries(rest.slice(0, 50).map(([key, value]) => [short(key).replaceAll('_', ' '), scalar(value)!]));
}

function words(type: string, config: Json): Attributes {
  const out: Record<string, string | number | boolean> = {};
  for (const [key, name, say] of WORDS) {
    if (!Object.hasOwn(config, key) || (config[key] === null && key !== 'merge_mode')) continue;
    const word = say(config[key], config, type);
    if (word !== undefined && word !== '') out[name] = word;
  }
  return out;
}
