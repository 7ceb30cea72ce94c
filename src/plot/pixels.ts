import {rgba} from '../color/palette.js';
import {part} from '../compute/slices.js';
import {type Range, scanRange} from '../compute/stats.js';
import {shapeText, sizeOf} from '../tensor/read-tensor.js';
import type {TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import {areWhole} from './whole.js';

/** A batch of images, [n, h, w, c]. */
export interface Images {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Values;
}

/** What black and white, or none and all of a colour, stand for. */
export interface Tone {
  readonly lo: number;
  readonly hi: number;
  /** Which range the values were taken to have; `span`: none that is known, so from the least to the greatest. */
  readonly taken: 'unit' | 'signed' | 'bytes' | 'span';
}

/** The colour of what is not finite. */
export const ODD = rgba(255, 0, 212);
/** Pixels made between two yields. */
const CHUNK = 1 << 16;

/** Whether an axis of so many can be that of colours: grey, RGB, RGBA. */
export const areChannels = (n: number): boolean => n === 1 || n === 3 || n === 4;

/**
 * Images by their shape: [h, w]; [h, w, c] with 1, 3 or 4 channels, else [n, h, w]; [n, h, w, c].
 * @throws Problem for other ranks or channels
 */
export function imagesOf({shape, data}: TensorValues): Images {
  if (!data.length) throw new Problem('emptyTensor', {shape: shapeText(shape)});
  // a sixth axis of size 1 and the like
  const sides = shape.length > 4 ? [sizeOf(shape.slice(0, -3)), ...shape.slice(-3)] : shape;
  const of = (n: number, height: number, width: number, channels: number): Images => ({n, height, width, channels, data});
  const [a = 1, b = 1, c = 1, d = 1] = sides;
  if (sides.length === 2) return of(1, a, b, 1);
  if (sides.length === 3 && areChannels(c)) return of(1, a, b, c);
  // [28, 28, 16] has 16 channels, [16, 28, 28] 16 images
  if (sides.length === 3 && c !== 2 && (a !== b || b === c)) return of(a, b, c, 1);
  if (sides.length !== 4 || !areChannels(d)) throw new Problem('plotImageShape', {shape: shapeText(shape)});
  return of(a, b, c, d);
}

/**
 * Decides what the values of images run from and to, by all of the batch: bytes, or whole numbers and others up to 255,
 * are 0 to 255; what fills a good part of 0 to 1 or −1 to 1 is that; anything else from its least to its greatest.
 */
export function toneOf({min, max}: Pick<Range, 'min' | 'max'>, bytes: boolean): Tone {
  if (!(min <= max)) return {lo: 0, hi: 1, taken: 'unit'};
  if (bytes && max > 1) return {lo: 0, hi: 255, taken: 'bytes'};
  if (min >= 0 && max <= 1 && (max >= 0.25 || max === 0)) return {lo: 0, hi: 1, taken: 'unit'};
  if (min >= 0 && max > 64 && max <= 255) return {lo: 0, hi: 255, taken: 'bytes'};
  if (min >= -1 && max <= 1 && min <= -0.5 && max >= 0.25) return {lo: -1, hi: 1, taken: 'signed'};
  return {lo: min, hi: max > min ? max : min + 1, taken: 'span'};
}

/** The tone of a batch, and how much of it is not finite. @yields share done */
export function* lookAt({data}: Pick<Images, 'data'>): Generator<number, {tone: Tone; range: Range; whole: boolean}> {
  const range = yield* part(scanRange(data), 0, 0.8);
  const whole = yield* part(areWhole(data), 0.8, 1);
  return {tone: toneOf(range, data instanceof Uint8Array || data instanceof Uint8ClampedArray), range, whole};
}

/** One image as pixels. @yields share done */
export function* pixelsOf({height, width, channels, data}: Images, at: number, {lo, hi}: Tone): Generator<number, ImageData> {
  const image = new ImageData(width, height);
  const out = image.data;
  const whole = new Uint32Array(out.buffer);
  const first = at * height * width * channels;
  const by = 255 / (hi - lo);
  for (let from = 0; from < width * height; from += CHUNK) {
    const to = Math.min(width * height, from + CHUNK);
    for (let i = from; i < to; i++) {
      const p = first + i * channels;
      let odd = false;
      for (let c = 0; c < channels; c++) odd ||= !Number.isFinite(data[p + c]!);
      // rounded and held within 0 to 255 by the array itself
      if (odd) whole[i] = ODD;
      else {
        out[4 * i] = (data[p]! - lo) * by;
        out[4 * i + 1] = channels > 1 ? (data[p + 1]! - lo) * by : out[4 * i]!;
        out[4 * i + 2] = channels > 1 ? (data[p + 2]! - lo) * by : out[4 * i]!;
        out[4 * i + 3] = channels > 3 ? (data[p + 3]! - lo) * by : 255;
      }
    }
    yield to / (width * height);
  }
  return image;
}
