import {download, type FetchOptions} from '../tensor/download.js';
import {assignInputs, portShape} from '../tensor/feeds.js';
import {byteTables, type InputRange, inputRange} from '../tensor/input-range.js';
import {inputsOf, type LiveModel, type Port} from '../tensor/model-ports.js';
import {isTensorLike, isTyped, readTensor, unwrap} from '../tensor/read-tensor.js';
import {runSliced} from '../tensor/slices.js';
import type {TensorInput, TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/run.js';
import {fitPicture, newCanvas, type Picture, pictureShape, pictureValues, type Resize} from './picture.js';

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

/** What goes into one input of a model, as it goes in. */
export interface FittedInput {
  /** The input's name. */
  readonly name: string;
  /** With the axis of examples, but for tensors that were given without. */
  readonly values: TensorValues;
  /** Of pictures; `null` for tensors, which go in as they are. */
  readonly range: InputRange | null;
  /** The pictures as they go in: in the model's size, grey where it takes grey. Empty for tensors. */
  readonly pictures: readonly ImageData[];
}

/** How pictures are fitted to a model. */
export interface FitOptions {
  /** `input-range`. */
  readonly range?: string | null | undefined;
  /** `input-resize`. */
  readonly resize?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

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

async function decoded(blob: Blob, name: string): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch (error) {
    throw new Problem('inputImage', {url: name}, {cause: error});
  }
  return sized(bitmap, bitmap.width, bitmap.height);
}

/**
 * Fetches the picture behind an address.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function fetchInput(src: string, options: FetchOptions, signal: AbortSignal, onProgress: (loaded: number, total: number) => void = () => undefined): Promise<Taken> {
  const url = URL.canParse(src, document.baseURI) ? new URL(src, document.baseURI).href : src;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const words = {unreachable: url.startsWith('file:') ? 'srcFile' : 'srcUnreachable', status: 'srcStatus'} as const;
  await download({...options, url, signal, revalidate: false, words, tell: onProgress}, (piece) => pieces.push(piece));
  const start = new TextDecoder().decode(pieces[0]?.subarray(0, 64)).trimStart().toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) throw new Problem('inputHtml', {url});
  const picture = await decoded(new Blob(pieces), url);
  signal.throwIfAborted();
  return {kind: 'picture', picture: Promise.resolve(picture)};
}

/**
 * Fits what was taken to a model's inputs, in their order. Pictures are resized and their bytes scaled; tensors go in as
 * they are.
 * @returns rejects with a Problem where something does not fit, or with the signal's reason
 */
export async function fitInput(taken: Taken, model: LiveModel, options: FitOptions = {}): Promise<FittedInput[]> {
  const ports = inputsOf(model);
  const several = ports.filter((port) => !port.optional).length > 1;
  const given = taken.kind === 'record' ? taken.items : taken.kind === 'list' && several ? taken.items : [taken];
  const fitted: FittedInput[] = [];
  for (const {port, item} of assignInputs<Taken>(ports, given)) {
    fitted.push(await fitOne(item, model, port, options));
    options.signal?.throwIfAborted();
  }
  return fitted;
}

async function fitOne(taken: Taken, model: LiveModel, port: Port, options: FitOptions): Promise<FittedInput> {
  const {name} = port;
  if (taken.kind === 'values') return {name, values: await taken.values, range: null, pictures: []};
  if (taken.kind === 'record') throw new Problem('inputNested', {name});
  const items = taken.kind === 'list' ? taken.items : [taken];
  const kinds = new Set(items.map(({kind}) => kind));
  if (kinds.size !== 1 || kinds.has('list') || kinds.has('record')) throw new Problem('inputNested', {name});
  if (kinds.has('values')) {
    const all = await Promise.all(items.map((item) => (item as Taken & {kind: 'values'}).values));
    return {name, values: all.length === 1 ? all[0]! : stacked(name, all), range: null, pictures: []};
  }
  return fitPictures(await Promise.all(items.map((item) => (item as Taken & {kind: 'picture'}).picture)), model, port, options);
}

async function fitPictures(taken: readonly Picture[], model: LiveModel, port: Port, {range: wanted, resize: given, signal}: FitOptions): Promise<FittedInput> {
  const {name} = port;
  const shape = pictureShape(port.shape);
  if (!shape) throw new Problem('inputNoPicture', {name, expected: portShape(port)});
  const resize = given?.trim() || 'crop';
  if (!/^(crop|stretch|pad)$/.test(resize)) throw new Problem('badOption', {name: 'input-resize', value: resize, expected: 'crop, stretch, pad'});
  const range = await inputRange(wanted, model, port);
  const tables = byteTables(range.text, shape.channels);
  const odd = taken.find((p) => (shape.width ?? p.width) !== (shape.width ?? taken[0]!.width) || (shape.height ?? p.height) !== (shape.height ?? taken[0]!.height));
  if (odd) throw new Problem('inputSizes', {one: `${taken[0]!.width} × ${taken[0]!.height}`, other: `${odd.width} × ${odd.height}`});
  function* steps(): Generator<number, {values: TensorValues; pictures: ImageData[]}> {
    const pictures: ImageData[] = [];
    for (const [i, picture] of taken.entries()) {
      pictures.push(fitPicture(picture, shape!, resize as Resize));
      yield i / taken.length;
    }
    return {values: yield* pictureValues(pictures, shape!, tables), pictures};
  }
  return {name, range, ...(await runSliced(steps(), {signal}))};
}

/** Tensors of one example each, as one of all. */
function stacked(name: string, all: readonly TensorValues[]): TensorValues {
  const [first] = all as [TensorValues];
  const shape = first.shape.join(', ');
  const odd = all.find((v) => v.shape.join(', ') !== shape || v.dtype !== first.dtype);
  if (odd) throw new Problem('inputRagged', {name, one: `${first.dtype} [${shape}]`, other: `${odd.dtype} [${odd.shape.join(', ')}]`});
  const data = new (first.data.constructor as Float32ArrayConstructor)(first.data.length * all.length) as Values;
  for (const [i, {data: own}] of all.entries()) data.set(own, i * first.data.length);
  return {shape: [all.length, ...first.shape], dtype: first.dtype, data};
}
