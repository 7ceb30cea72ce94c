import {classColor} from '../color/class-colors.js';
import {parseColor} from '../color/palette.js';
import {looksLikeProbabilitiesSteps} from '../compute/probabilities.js';
import {part} from '../compute/slices.js';
import {scanRange} from '../compute/stats.js';
import type {TensorValues} from '../tensor/types.js';
import {imagesOf, type Images, ODD} from './pixels.js';
import {areWhole} from './whole.js';

/** What a segmentation puts out for each pixel: the number of a class, a score for each class, or one share of 0 to 1. */
export interface Masks extends Images {
  readonly kind: 'ids' | 'scores' | 'share';
}

/** What a mask consists of: one class. */
export interface Part {
  /** `null` where the scores are NaN; `rest` for all classes beyond the most that are told apart. */
  readonly id: number | null | 'rest';
  /** How many of the mask's pixels. */
  readonly count: number;
}

/** One example's classes. */
export interface Mask {
  readonly parts: readonly Part[];
  /** A picture of each part; of a large mask one of all of them. */
  readonly layers: readonly ImageData[];
  /** Pixels of the mask, before it was resized. */
  readonly size: number;
  /** What stands at a pixel of the picture: the class, or NaN, and its score or share. */
  readonly at: (x: number, y: number) => {readonly id: number; readonly score: number | null};
}

/** Numbers looked at between two yields. */
const CHUNK = 1 << 17;
/** Classes that are told apart. */
const MOST = 32;
/** Pixels up to which each of them is a layer of its own, all layers together: 48 MB. */
const APART = 12 << 20;

/**
 * Whether predictions are masks, and of which kind: several columns are class scores, but three or four may be a picture
 * unless they are as many as the classes or look like probabilities; whole numbers are classes; what lies within 0 and 1
 * is a share.
 * @param ground how many pictures they lie over; 0 where none
 * @yields share done
 */
export function* masksOf(predictions: TensorValues, ground: number, classes: number, softmax: boolean): Generator<number, Masks | null> {
  const {shape, data} = predictions;
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  let of: Images;
  if (shape.length === 4) of = {n: a, height: b, width: c, channels: d, data};
  else if (shape.length === 3 && (ground !== 1 || a === 1)) of = {n: a, height: b, width: c, channels: 1, data};
  else if (shape.length === 3) of = {n: 1, height: a, width: b, channels: c, data};
  else of = imagesOf(predictions);
  const k = of.channels;
  if (k > 1) {
    const pictured = (k === 3 || k === 4) && k !== classes && !softmax;
    if (!pictured) return {...of, kind: 'scores'};
    return ground && (yield* looksLikeProbabilitiesSteps(data, data.length / k, k)) ? {...of, kind: 'scores'} : null;
  }
  if (!ground && !classes) return null;
  if (yield* part(areWhole(data), 0, 0.5)) return {...of, kind: 'ids'};
  const {min, max} = yield* part(scanRange(data), 0.5, 1);
  return ground && min >= 0 && max <= 1 ? {...of, kind: 'share'} : null;
}

/** The class of each pixel of one example: the highest score, the first of equals; NaN where one is NaN. */
function* classesOf({height, width, channels: k, data}: Masks, example: number): Generator<number, Float32Array> {
  const ids = new Float32Array(width * height);
  const first = example * ids.length * k;
  const step = Math.ceil(CHUNK / k);
  for (let from = 0; from < ids.length; from += step) {
    const to = Math.min(ids.length, from + step);
    for (let i = from; i < to; i++) {
      const p = first + i * k;
      let best = 0;
      for (let c = 0; c < k && best === best; c++) {
        if (data[p + c] !== data[p + c]) best = NaN;
        else if (data[p + c]! > data[p + best]!) best = c;
      }
      ids[i] = best;
    }
    yield to / ids.length;
  }
  return ids;
}

/** Draws one example's classes, resized to a picture by nearest neighbours. @yields share done */
export function* maskOf(masks: Masks, example: number, wide: number, high: number): Generator<number, Mask> {
  const {kind, height, width, channels: k, data} = masks;
  const size = width * height;
  const first = example * size * k;
  const share = kind === 'share';
  const ids = kind === 'scores' ? yield* part(classesOf(masks, example), 0, 0.5) : data.subarray(first, first + size);
  const idAt = (i: number): number => (share && ids[i] === ids[i] ? 1 : ids[i]!);
  const counts = new Map<number, {count: number}>();
  // neighbours are mostly of one class: it need not be looked up
  let [last, own] = [NaN, {count: 0}];
  for (let i = 0; i < size; i++) {
    const id = idAt(i);
    if (id !== last) {
      own = counts.get(id) ?? {count: 0};
      counts.set((last = id), own);
    }
    // of a share, what is likelier than not
    if (!share || id !== id || data[first + i]! >= 0.5) own.count++;
    if (i % CHUNK === CHUNK - 1) yield 0.5 + (0.1 * i) / size;
  }

  const order = [...counts].sort((a, b) => b[1].count - a[1].count);
  const kept = order.length > MOST + 1 ? order.slice(0, MOST) : order;
  const parts: Part[] = kept.map(([id, {count}]) => ({id: id === id ? id : null, count}));
  if (kept.length < order.length) parts.push({id: 'rest', count: order.slice(MOST).reduce((n, [, {count}]) => n + count, 0)});
  const layers: ImageData[] = [];
  for (let n = parts.length * wide * high > APART ? 1 : parts.length; n > 0; n--) {
    layers.push(new ImageData(wide, high));
    yield 0.6;
  }
  const arrays = layers.map((pixels) => new Uint32Array(pixels.data.buffer));
  const inks = new Map(order.map(([id], i) => [id, {array: arrays[Math.min(i, arrays.length - 1)]!, color: id === id ? parseColor(classColor(id)) : ODD}]));
  // where each column and row of the picture comes from
  const xs = Int32Array.from({length: wide}, (_, x) => Math.floor(((x + 0.5) * width) / wide));
  const ys = Int32Array.from({length: high}, (_, y) => Math.floor(((y + 0.5) * height) / high));
  let ink = inks.get(last)!;
  for (let y = 0, done = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const at = ys[y]! * width + xs[x]!;
      const id = idAt(at);
      if (id !== last) ink = inks.get((last = id))!;
      // in place of an opaque pixel's alpha, the share
      ink.array[y * wide + x] = share && id === id ? ((ink.color & 0xffffff) | (Math.round(255 * data[first + at]!) << 24)) >>> 0 : ink.color;
    }
    if ((done += wide) >= CHUNK) {
      done = 0;
      yield 0.6 + (0.4 * y) / high;
    }
  }
  return {
    parts,
    layers,
    size,
    at: (x, y) => {
      const at = ys[y]! * width + xs[x]!;
      const id = idAt(at);
      return {id, score: kind === 'ids' || id !== id ? null : data[first + at * k + (share ? 0 : id)]!};
    },
  };
}
