import {isTensorLike, isTyped, readTensor, unwrap} from '../tensor/read-tensor.js';
import type {TensorInput, TensorValues} from '../tensor/types.js';
import {Problem} from '../words/run.js';
import {newCanvas, type Picture} from './picture.js';

/** A picture. An `<img>` may still be loading; what else can change is taken as it is now. */
export type PictureInput = HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | ImageBitmap | ImageData | Blob;

/** What goes into one input of a model: one example, or a list or a tensor of several. */
export type OneInput = TensorInput | PictureInput | readonly PictureInput[] | readonly TensorInput[];

/** What a model is run on; for a model of several inputs a list in their order, or a record by their names. */
export type ModelInput = OneInput | readonly OneInput[] | Readonly<Record<string, OneInput>>;

/** Input that has been taken, for a model that may not be known yet. */
export type Taken =
  | {readonly kind: 'values'; readonly values: Promise<TensorValues>}
  | {readonly kind: 'picture'; readonly picture: Promise<Picture>}
  | {readonly kind: 'list'; readonly items: readonly Taken[]}
  | {readonly kind: 'record'; readonly items: Readonly<Record<string, Taken>>};

/** What an object is, of whatever frame. */
const tagOf = (x: unknown): string => Object.prototype.toString.call(x).slice(8, -1);
const PICTURES = /^(HTML(Image|Canvas|Video)Element|OffscreenCanvas|ImageBitmap|ImageData|Blob|File)$/;

/**
 * Takes what a model is to be run on. Reading begins before this returns: tensors may be disposed of, canvases drawn over
 * and bitmaps closed right after. Never throws: what is wrong is told when it is used.
 */
export function takeInput(given: ModelInput, depth = 0): Taken {
  let input: unknown = given;
  try {
    input = unwrap(given);
  } catch (error) {
    return {kind: 'values', values: quiet(Promise.reject(error as Error))};
  }
  if (PICTURES.test(tagOf(input))) return {kind: 'picture', picture: quiet(takePicture(input as PictureInput))};
  const plain = typeof input === 'object' && input !== null && !isTensorLike(input) && !isTyped(input);
  if (plain && Array.isArray(input)) {
    const first: unknown = input[0];
    // arrays of numbers are a tensor; anything else is one thing after another
    if (typeof first === 'object' && first !== null && !Array.isArray(first)) return {kind: 'list', items: (input as OneInput[]).map((item) => takeInput(item, depth + 1))};
  } else if (plain && depth < 2 && isRecord(input as object) && !('data' in (input as object) && 'shape' in (input as object))) {
    return {kind: 'record', items: Object.fromEntries(Object.entries(input as Record<string, OneInput>).map(([name, item]) => [name, takeInput(item, depth + 1)]))};
  }
  return {kind: 'values', values: quiet(readTensor(input as TensorInput))};
}

/** Whether it is an object that was written down as one, rather than of some class. */
const isRecord = (x: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(x) as object | null);

/** A failure is told when the input is used. */
function quiet<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined);
  return reading;
}

async function takePicture(input: PictureInput): Promise<Picture> {
  const tag = tagOf(input);
  if (tag === 'Blob' || tag === 'File') return decoded(input as Blob, (input as File).name || 'The file');
  if (tag === 'HTMLImageElement') {
    const image = input as HTMLImageElement;
    try {
      await image.decode();
    } catch (error) {
      throw new Problem('inputImage', {url: image.currentSrc || image.src || '<img>'}, {cause: error});
    }
    return sized(image, image.naturalWidth, image.naturalHeight);
  }
  if (tag === 'HTMLVideoElement') {
    const video = input as HTMLVideoElement;
    if (video.readyState < 2) throw new Problem('inputVideo');
    return copied(video, video.videoWidth, video.videoHeight);
  }
  const {width, height} = input as ImageData;
  return copied(input as Exclude<PictureInput, Blob>, width, height);
}

function sized(source: CanvasImageSource, width: number, height: number): Picture {
  if (!width || !height) throw new Problem('inputNoSize', {size: `${width} × ${height}`});
  return {source, width, height};
}

/** A picture as it is now. */
function copied(input: Exclude<PictureInput, Blob>, width: number, height: number): Picture {
  if (!width || !height) throw new Problem('inputNoSize', {size: `${width} × ${height}`});
  const [canvas, draw] = newCanvas(width, height);
  if ('data' in input) draw.putImageData(input, 0, 0);
  else draw.drawImage(input, 0, 0, width, height);
  return {source: canvas, width, height};
}

/** A picture of bytes. @param name what is told where they are none */
export async function decoded(blob: Blob, name: string): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch (error) {
    throw new Problem('inputImage', {url: name}, {cause: error});
  }
  return sized(bitmap, bitmap.width, bitmap.height);
}
