import type {Attribution} from '../attribution/attribution.js';
import type {TargetInfo} from '../attribution/target.js';
import {resizeLinear} from '../compute/resize.js';
import {runSliced} from '../compute/slices.js';
import {lookSteps} from '../plot/attribution-map.js';
import {type KnownMap, pictureShape, type Shot} from '../plot/map-places.js';
import {describe} from '../tensor/read-tensor.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/gradient.js';
import type {GradientMaps} from './gradient-input.js';
import type {Taken} from './take-input.js';
import {fitPicture, type Picture, type Resize} from './picture.js';

/** A map made elsewhere, such as in a worker or in Python; of what is not known nothing need be said. */
export interface AttributionInput extends Partial<Omit<Attribution, 'data' | 'shape' | 'method' | 'target'>> {
  /** Row-major. */
  readonly data: ArrayLike<number>;
  /** That of one example of the input, of its places, or of fewer places along each axis. */
  readonly shape: readonly number[];
  /** One of ours, or whatever it is called. */
  readonly method?: string;
  /** The class: what is known of it, its name, or its index. */
  readonly target?: Partial<TargetInfo> | string | number;
}

/** How a given map lies over an input. */
export interface GivenOptions {
  /** Which of several examples the map is of. */
  readonly example: number;
  /** `input-resize`. */
  readonly resize: string | null;
  readonly signed: boolean;
  readonly clip: number;
  readonly signal: AbortSignal;
}

type Grid = {readonly data: Float32Array; readonly shape: readonly number[]};

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const isColors = (n: number | undefined): boolean => n === 1 || n === 3 || n === 4;

/** The longer side that a picture is drawn with at most, in px, where the map is not larger. */
const LARGEST = 1024;

/**
 * Takes a map that was made elsewhere, over the input where there is one: a first axis of 1 is left out, channels may come
 * first, and a map of fewer places is enlarged to those of the input.
 * @returns rejects with a Problem where it is none, or does not fit
 */
export async function readMap(own: AttributionInput, taken: Taken | null, options: GivenOptions): Promise<GradientMaps> {
  const {data, shape} = own;
  if (typeof data?.length !== 'number' || !Array.isArray(shape)) throw new Problem('attributionGiven', {got: describe(own)});
  const size = sizeOf(shape as number[]);
  if (size !== data.length || !size) throw new Problem('attributionGivenSize', {got: data.length, shape: shape.join(', '), expected: size});
  const {target, method, ...rest} = own;
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined)) as unknown as Pick<KnownMap, 'data' | 'shape'>;
  const about = typeof target === 'string' ? {name: target} : typeof target === 'number' ? {index: target} : target;
  const map: KnownMap = {...known, data: Float32Array.from(data), shape: shape as number[], ...(typeof method === 'string' && method && {method}), ...(about && {target: about})};
  const single = {data: map.data, shape: withoutBatch(map.shape)};
  const input = taken && chosen(taken, own.inputName, options.example);
  let shot: Shot = {map, laid: {...single, enlarged: false, cropped: false}, looked: {values: null, picture: null, tokens: null}};
  if (input?.kind === 'picture') shot = overPicture(map, single, await input.picture, options.resize);
  else if (input?.kind === 'values') shot = overValues(map, single, await input.values, options.example);
  options.signal.throwIfAborted();
  await runSliced(lookSteps([shot], options), {signal: options.signal});
  return {shots: [shot], top: [], examples: 1, at: 0, together: false, range: null, curves: null, sanity: null, agreement: [], cost: null};
}

/** Of several inputs, or of a list of examples, the one that the map is of. */
function chosen(taken: Taken, name: string | undefined, example: number): Taken {
  if (taken.kind === 'list') return taken.items.length ? chosen(taken.items[Math.min(example, taken.items.length - 1)]!, name, 0) : taken;
  if (taken.kind !== 'record') return taken;
  const item = taken.items[name ?? ''] ?? Object.values(taken.items)[0];
  return item ? chosen(item, name, example) : taken;
}

/** Without first axes of 1, as long as there is another. */
function withoutBatch(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((n) => n !== 1);
  return first < 0 ? shape.slice(-1) : shape.slice(first);
}

/** Channels last, as we have them. */
function channelsLast({data, shape: [c = 1, h = 1, w = 1]}: Grid): Grid {
  const out = new Float32Array(data.length);
  for (let k = 0; k < c; k++) for (let i = 0; i < h * w; i++) out[i * c + k] = data[k * h * w + i]!;
  return {data: out, shape: [h, w, c]};
}

function overPicture(map: KnownMap, single: Grid, picture: Picture, resize: string | null): Shot {
  const wanted = resize?.trim() || 'crop';
  if (!/^(crop|stretch|pad)$/.test(wanted)) throw new Problem('badOption', {name: 'input-resize', value: wanted, expected: 'crop, stretch, pad'});
  const [a, b = 0, c] = single.shape;
  const first = single.shape.length === 3 && isColors(a) && !isColors(c) && b > 4;
  const grid = first ? channelsLast(single) : single;
  const [mh = 0, mw = 0, channels] = grid.shape;
  if (grid.shape.length < 2 || grid.shape.length > 3 || (channels !== undefined && !isColors(channels))) throw new Problem('attributionGivenPicture', {shape: map.shape.join(', ')});
  const {width: pw, height: ph} = picture;
  // the part of the picture that the map is of, in its own pixels
  const fit = wanted === 'pad' ? Math.max : Math.min;
  const [rw, rh] = wanted === 'stretch' ? [pw, ph] : [fit(pw, (ph * mw) / mh), fit(ph, (pw * mh) / mw)];
  const shrink = Math.min(1, LARGEST / Math.max(rw, rh));
  let [w, h] = [Math.max(mw, Math.round(rw * shrink)), Math.max(mh, Math.round(rh * shrink))];
  if (wanted !== 'stretch') [w, h] = w * mh > h * mw ? [w, Math.max(mh, Math.round((w * mh) / mw))] : [Math.max(mw, Math.round((h * mw) / mh)), h];
  const pixels = fitPicture(picture, {width: w, height: h, channels: 3, layout: 'nhwc'}, wanted as Resize);
  const enlarged = w !== mw || h !== mh;
  const laid = enlarged ? {data: resizeLinear(grid.data, grid.shape, [h, w, ...grid.shape.slice(2)]), shape: [h, w, ...grid.shape.slice(2)]} : grid;
  const cropped = resize === null && Math.abs(Math.log((pw * mh) / (ph * mw))) > 0.03;
  return {map, laid: {...laid, enlarged, cropped}, looked: {values: null, picture: pixels, tokens: null}};
}

function overValues(map: KnownMap, single: Grid, values: TensorValues, example: number): Shot {
  const [n = 1, ...rest] = values.shape;
  const size = sizeOf(rest);
  const at = Math.min(example, n - 1) * size;
  // as it was given, or one example of it
  const candidates: TensorValues[] = [values, ...(values.shape.length > 1 && n > 0 ? [{...values, shape: rest, data: values.data.subarray(at, at + size)}] : [])];
  for (const candidate of candidates) {
    const laid = fitted(single, candidate);
    if (laid) return {map, laid: {...laid, enlarged: laid.data.length !== single.data.length, cropped: false}, looked: {values: candidate, picture: null, tokens: null}};
  }
  throw new Problem('attributionGivenFit', {shape: map.shape.join(', '), input: values.shape.join(', ')});
}

/** A map as it lies over values; `null` where it does not. */
function fitted(grid: Grid, values: TensorValues): Grid | null {
  const {shape} = grid;
  const to = values.shape;
  const begins = (long: readonly number[], short: readonly number[]): boolean => short.every((n, i) => n === long[i]);
  // a value for each value; or one, or several, for each place
  if (Math.abs(shape.length - to.length) <= 1 && (shape.length <= to.length ? begins(to, shape) : begins(shape, to))) return grid;
  if (shape.length === 1 && shape[0] === values.data.length) return {...grid, shape: to};
  const picture = pictureShape(values);
  if (picture && shape.length === 3 && shape[0] === picture.c && shape[1] === picture.h && shape[2] === picture.w) return channelsLast(grid);
  if (!picture && !(to.length <= 2 && (to[0] ?? 0) > 40)) return null;
  const places = shape.length === to.length ? to : shape.length === to.length - 1 ? to.slice(0, -1) : null;
  const channels = picture !== null && shape.length === 3;
  if (!places?.every((m, i) => (channels && i === 2 ? isColors(shape[i]) : shape[i]! <= m))) return null;
  const target = channels ? [places[0]!, places[1]!, shape[2]!] : places;
  return {data: resizeLinear(grid.data, shape, target), shape: target};
}
