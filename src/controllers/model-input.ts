import {download, type FetchOptions} from '../tensor/download.js';
import {assignInputs, portShape} from '../tensor/feeds.js';
import {byteTables, type InputRange, inputRange} from '../tensor/input-range.js';
import {inputsOf, type LiveModel, type Port} from '../tensor/model-ports.js';
import {runSliced} from '../tensor/slices.js';
import type {TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/run.js';
import {fitPicture, type Picture, pictureShape, pictureValues, type Resize} from './picture.js';
import {decoded, type Taken} from './take-input.js';

// Fetched when a model is run.

export type {Taken};

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
