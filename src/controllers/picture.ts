import type {ByteTables} from '../tensor/input-range.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/run.js';

/** Something that has been taken as a picture, and is ready to be drawn. */
export interface Picture {
  readonly source: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/** How a picture of other proportions than the model's input is made to fit. */
export type Resize = 'crop' | 'stretch' | 'pad';

/** The form of a model's input that takes pictures; `null` where a size is free. */
export interface PictureShape {
  readonly width: number | null;
  readonly height: number | null;
  /** 1: grey, 3: red, green, blue, 4: and alpha. */
  readonly channels: number;
  /** `nchw` has channels before rows; `nhw` has no axis for them. */
  readonly layout: 'nhwc' | 'nchw' | 'nhw';
}

/** The form of an input that takes pictures; `null` where it takes none. @param shape with the axis of examples */
export function pictureShape(shape: readonly (number | null)[] | null): PictureShape | null {
  if (!shape) return {width: null, height: null, channels: 3, layout: 'nhwc'};
  const [, a, b, c] = shape as (number | null)[];
  const colors = (n: number | null | undefined): n is number => n === 1 || n === 3 || n === 4;
  if (shape.length === 3) return {height: a!, width: b!, channels: 1, layout: 'nhw'};
  if (shape.length !== 4) return null;
  if (colors(c)) return {height: a!, width: b!, channels: c, layout: 'nhwc'};
  // channels first, unless that is a picture of few rows and odd channels
  if ((a === 1 || a === 3) && Math.min(b ?? Infinity, c ?? Infinity) > 4) return {height: b!, width: c!, channels: a, layout: 'nchw'};
  return c === null ? {height: a!, width: b!, channels: 3, layout: 'nhwc'} : null;
}

const context = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => canvas.getContext('2d', {willReadFrequently: true})!;

export function newCanvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return [canvas, context(canvas)];
}

/**
 * A picture in the size that a model takes. Shrinking is antialiased, as the browser does it at high quality. What is
 * transparent stands on white, as on a page, but for models that take alpha; the margins of `pad` are black.
 * @throws Problem where the page may not read the picture
 */
export function fitPicture({source, width, height}: Picture, shape: PictureShape, resize: Resize): ImageData {
  const w = shape.width ?? width;
  const h = shape.height ?? height;
  const [, draw] = newCanvas(w, h);
  draw.imageSmoothingQuality = 'high';
  const scale = resize === 'pad' ? Math.min(w / width, h / height) : Math.max(w / width, h / height);
  // whole pixels, so that no edge is half margin
  const dw = resize === 'stretch' ? w : Math.round(width * scale);
  const dh = resize === 'stretch' ? h : Math.round(height * scale);
  const x = Math.floor((w - dw) / 2);
  const y = Math.floor((h - dh) / 2);
  if (resize === 'pad') {
    draw.fillStyle = '#000';
    draw.fillRect(0, 0, w, h);
  }
  if (shape.channels < 4) {
    draw.fillStyle = '#fff';
    draw.fillRect(x, y, dw, dh);
  }
  draw.drawImage(source, x, y, dw, dh);
  try {
    return draw.getImageData(0, 0, w, h);
  } catch (error) {
    throw new Problem('inputTainted', {}, {cause: error});
  }
}

/** Pixels between two looks at the clock. */
const CHUNK = 2 ** 16;

/**
 * The values of pictures of one size, as a model takes them: red, green, blue(, alpha), or grey as luminance by Rec. 601
 * (0.299 R + 0.587 G + 0.114 B), rounded to a byte, which is written back into the pictures.
 * @param tables what a byte of each channel becomes
 * @yields share done
 */
export function* pictureValues(pictures: readonly ImageData[], {channels, layout}: PictureShape, tables: ByteTables): Generator<number, TensorValues> {
  const {width, height} = pictures[0]!;
  const pixels = width * height;
  const data = new Float32Array(pictures.length * pixels * channels);
  const step = layout === 'nchw' ? 1 : channels;
  const plane = layout === 'nchw' ? pixels : 1;
  for (const [n, {data: bytes}] of pictures.entries()) {
    const base = n * pixels * channels;
    for (let from = 0; from < pixels; from += CHUNK) {
      const to = Math.min(pixels, from + CHUNK);
      for (let i = from; i < to; i++) {
        const at = base + i * step;
        if (channels === 1) {
          const grey = Math.round(0.299 * bytes[4 * i]! + 0.587 * bytes[4 * i + 1]! + 0.114 * bytes[4 * i + 2]!);
          bytes[4 * i] = bytes[4 * i + 1] = bytes[4 * i + 2] = grey;
          data[at] = tables[0]![grey]!;
        } else for (let c = 0; c < channels; c++) data[at + c * plane] = tables[c]![bytes[4 * i + c]!]!;
      }
      yield (n + to / pixels) / pictures.length;
    }
  }
  const size = layout === 'nhw' ? [height, width] : layout === 'nchw' ? [channels, height, width] : [height, width, channels];
  return {shape: [pictures.length, ...size], dtype: 'float32', data};
}
