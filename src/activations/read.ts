import type {ScoredModel} from '../attribution/scored-model.js';
import {runSliced, yieldToPage} from '../compute/slices.js';
import {type FunctionSummary, type LayerSummary, summarizeFunction, summarizeLayer} from '../compute/layer-summary.js';
import {isTyped} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import type {Values} from '../tensor/types.js';
import {Problem} from '../words/learn.js';
import {type Laid, type LayerForm, layoutOf, reversed} from './layout.js';
import {disposeSeen, type Seen, seePass, TooLarge} from './pass.js';
import {findPlace, type FunctionRole, type LayerPlace, placesOf} from './places.js';
import {unitMaxima} from './units.js';

/** What entered a function of a layer, and what of the layer it makes. */
export interface EnteredFunction extends FunctionSummary {
  readonly role?: FunctionRole | undefined;
}

/** What a layer put out for one example. */
export interface LayerActivation extends LayerSummary {
  /** The layer's address, with `#1`, `#2` … for further calls of a shared one; in a graph the op's name; of an input its name. */
  readonly address: string;
  /** Its class, or op; empty of what went in. */
  readonly type: string;
  /** Without the axis of examples. */
  readonly shape: readonly number[];
  readonly form: LayerForm;
  /** Whether it is what a recurrent layer's cell put out at every step, though the layer hands on the last alone. */
  readonly steps: boolean;
  /** Whether it goes through time from the end; its steps are in the order of time all the same. */
  readonly backwards: boolean;
  readonly plane: Laid['plane'];
  /** By function of the layer; of a layer without any, what it puts out, under an empty name. */
  readonly functions: readonly EnteredFunction[];
  /** Channels that are 0 everywhere for this example: of maps and volumes; of vectors and sequences, units of layers with a function that can die. */
  readonly silent: readonly number[];
  /** Of those, the ones that are 0 for all examples that were looked at; `null` where one alone was. */
  readonly dead: readonly number[] | null;
  /** Whether it is opened in full, rather than one of a strip. */
  readonly opened: boolean;
}

/** The first layer, of those that are looked at, that puts out something that is not finite. */
export interface FirstOdd {
  readonly address: string;
  readonly type: string;
  /** The first channel that has any. */
  readonly channel: number;
  readonly channels: number;
  /** Shares of that channel's and of the layer's values that are not finite. */
  readonly channelShare: number;
  readonly share: number;
  readonly nan: number;
  readonly positiveInfinity: number;
  readonly negativeInfinity: number;
  /** Whether what went into the model was finite; if not, the fault lies there. */
  readonly inputFinite: boolean;
}

/** What a model's layers put out for an input. */
export interface ActivationData {
  readonly layers: readonly LayerActivation[];
  /** What went in, where that is no picture. */
  readonly inputs: readonly LayerActivation[];
  /** The addresses of all that can be opened. */
  readonly places: readonly string[];
  /** Layers that hand on what they are given, and are not drawn. */
  readonly passing: readonly string[];
  /** Ops or layers whose outputs are no numbers that could be drawn, or that did not run. */
  readonly unseen: number;
  readonly example: number;
  readonly examples: number;
  /** Over how many examples it was looked for dead units; 0: not at all. */
  readonly judged: number;
  /** By layer, the greatest magnitude of each unit over those; `null` where it was not looked for. */
  readonly maxima: ReadonlyMap<string, Float32Array> | null;
  /** The layer that is opened in full. */
  readonly opened: string | null;
  /** `null` where all is finite, and where one layer alone was looked at. */
  readonly first: FirstOdd | null;
  /** Where all layers together would take too much memory: what they take, at least, and which most. */
  readonly large: {readonly bytes: number; readonly most: {readonly address: string; readonly bytes: number}} | null;
}

export interface ActivationOptions {
  /** The example to look at among those of the feeds. */
  readonly example: number;
  readonly examples: number;
  /** One layer alone, in full: its address, name or index. */
  readonly layer?: string | number | null | undefined;
  /** For dead units: the model with the examples that are looked through. */
  readonly batch?: ScoredModel | null | undefined;
  /** `maxima` that were found for another example of the same model and values: all examples are not looked through again. */
  readonly maxima?: ReadonlyMap<string, Float32Array> | null | undefined;
  /** Names of inputs that are pictures, whose values are not summed up. */
  readonly pictured?: readonly string[] | undefined;
  /** Of volumes, which plane is drawn; by default the middle one. */
  readonly plane?: number | null | undefined;
  /** Values that ops of a graph put out for one example, by name, where they are known. */
  readonly sizes?: ReadonlyMap<string, number> | undefined;
  /** Bytes that all outputs of one pass may take together; 256 MiB by default. Beyond, one layer has to be asked for. What a graph's ops put out is known before it runs by `sizes` alone. */
  readonly room?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Bytes that the outputs of all layers may take together, as they are kept until they have been read. */
const ROOM = 2 ** 28;
/** Values of a layer that are kept for a picture in a strip, and for one by itself. */
const [KEPT, OPENED] = [400_000, 2 ** 24];
/** Where the progress of one example ends, and that of all begins. */
const ONE = 0.6;

/**
 * Runs a model on one example and sums up what each of its layers puts out. The model is left as it was, and nothing is
 * kept but what is drawn: of large outputs every value that is drawn stands for several, the farthest from 0.
 * @param scored the model with the one example
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function readActivations(scored: ScoredModel, {example, examples, layer, batch, maxima, pictured = [], plane = null, sizes, room = ROOM, signal, onProgress}: ActivationOptions): Promise<ActivationData> {
  // of a graph what an op puts out is told by who has read its structure
  const all = placesOf(scored.model).map((place) => (place.size === null && sizes?.has(place.address) ? {...place, size: sizes.get(place.address)!} : place));
  const asked = layer === null || layer === undefined || layer === '' ? null : String(layer);
  const call = asked === null ? 0 : Number(/#(\d+)$/.exec(asked)?.[1] ?? 0);
  const opened = asked === null ? null : findPlace(scored.model, all, all.some(({address}) => address === asked) ? asked : asked.replace(/#\d+$/, ''));
  const places = opened ? [opened] : all.filter(({passes}) => !passes);
  const bytes = all.reduce((sum, place) => sum + bytesOf(place), 0);
  const known = bytes > room ? largeOf(bytes, new Map(all.map((place) => [place.address, 4 * (place.size ?? 0)]))) : null;
  const inputs: LayerActivation[] = [];
  for (const feed of opened ? [] : scored.feeds.feeds) if (!pictured.includes(feed.port.name)) inputs.push(await readInput(feed, signal));
  const data = {inputs, places: all.map(({address}) => address), passing: all.filter(({passes}) => passes).map(({address}) => address), example, examples, opened: null, large: known, layers: [], unseen: 0, judged: 0, maxima: null, first: null};
  if (known && !opened) return data;
  await yieldToPage();
  signal?.throwIfAborted();
  let seen: Seen[];
  try {
    seen = await seePass(scored, places, {functions: true, last: opened ?? undefined, lastCall: call, room: opened ? undefined : room});
  } catch (error) {
    if (error instanceof TooLarge) return {...data, large: largeOf(error.bytes, error.sizes)};
    throw error;
  }
  const layers: LayerActivation[] = [];
  try {
    const wanted = opened ? seen.filter((one) => one.call === call) : seen;
    for (const [i, one] of wanted.entries()) {
      const made = await readLayer(one, opened ? OPENED : KEPT, !!opened, plane, signal);
      if (made) layers.push(made);
      disposeSeen([one]);
      onProgress?.(((batch ? ONE : 1) * (i + 1)) / wanted.length);
    }
  } finally {
    disposeSeen(seen);
  }
  if (opened && !layers.length) throw new Problem('attributionLayer', {name: asked!});
  // of an opened layer too: what the strip has found out holds
  const dying = places.filter(({functions}) => functions.some(({of}) => of?.dies));
  const measured = Math.max(bytes, layers.reduce((sum, one) => sum + 4 * one.size * (1 + one.functions.length), 0));
  const most = !batch || (opened && known && !maxima) || !dying.length ? null : (maxima ?? (await unitMaxima(batch, dying, {bytes: measured, room, last: opened ?? undefined, signal, onProgress: (share) => onProgress?.(ONE + (1 - ONE) * share)})));
  return {
    ...data,
    layers: most ? layers.map((one) => ({...one, dead: deadOf(one, most.get(one.address))})) : layers,
    unseen: places.length - new Set(layers.map(({address}) => address.replace(/#\d+$/, ''))).size,
    judged: most ? batch!.feeds.examples : 0,
    maxima: most,
    opened: opened ? layers[0]!.address : null,
    first: opened ? null : firstOdd(layers, scored),
  };
}

function largeOf(bytes: number, sizes: ReadonlyMap<string, number>): NonNullable<ActivationData['large']> {
  let most = {address: '', bytes: 0};
  for (const [address, size] of sizes) if (size > most.bytes) most = {address, bytes: size};
  return {bytes, most};
}

/** What an output takes, and what enters its functions. */
const bytesOf = ({size, functions, passes}: LayerPlace): number => (passes ? 0 : 4 * (size ?? 0) * (1 + functions.length));

const deadOf = (one: LayerActivation, most: Float32Array | undefined): readonly number[] | null => (most ? one.silent.filter((c) => most[c] === 0) : null);

/** What went in went through nothing. */
const NOTHING = {name: 'linear', at: null, flatBelow: null, flatAbove: null, dies: false};

async function readInput({port, data, shape}: ScoredModel['feeds']['feeds'][number], signal: AbortSignal | undefined): Promise<LayerActivation> {
  const {form, layout, channels, plane} = layoutOf(shape, -1);
  const summary = await runSliced(summarizeLayer(data, shape, layout, channels, KEPT), {signal});
  const functions = [await runSliced(summarizeFunction('', NOTHING, data), {signal})];
  return {...summary, address: port.name, type: '', shape, form, steps: false, backwards: false, plane, functions, silent: [], dead: null, opened: false};
}

async function readLayer({place, call, output, first, entered}: Seen, most: number, opened: boolean, at: number | null, signal: AbortSignal | undefined): Promise<LayerActivation | null> {
  const given = await valuesOf(output);
  signal?.throwIfAborted();
  if (!given?.length) return null;
  const shape = first === 'example' ? output.shape.slice(1) : output.shape;
  const backwards = place.backwards && shape.length === 2;
  const values = backwards ? reversed(given, shape) : given;
  const {form, layout, channels, plane} = layoutOf(shape, first === 'steps' ? -1 : place.channelAxis, at);
  const summary = await runSliced(summarizeLayer(values, shape, layout, channels, most), {signal});
  const functions: EnteredFunction[] = [];
  for (const [i, {name, of, role}] of place.functions.entries()) {
    const own = entered[i] ? await valuesOf(entered[i]) : null;
    signal?.throwIfAborted();
    if (own) functions.push({...(await runSliced(summarizeFunction(name, of, own), {signal})), role});
  }
  // without a function that is known, what the layer itself puts out
  if (!functions.length) functions.push(await runSliced(summarizeFunction('', null, values), {signal}));
  const dies = place.functions.some(({of}) => of?.dies);
  const silent = dies || form === 'maps' || form === 'volume' ? Array.from(summary.most.keys()).filter((c) => summary.most[c] === 0 && summary.least[c] === 0 && !summary.odd[c]) : [];
  return {...summary, address: call ? `${place.address}#${call}` : place.address, type: place.type, shape, form, steps: first === 'steps', backwards, plane, functions, silent, dead: null, opened};
}

/** `null` of texts, and of complex numbers. */
async function valuesOf(tensor: TfTensor): Promise<Values | null> {
  if (tensor.dtype === 'string' || tensor.dtype === 'complex64') return null;
  const data = await tensor.data();
  return isTyped(data) ? (data as Values) : null;
}

/** The first layer, in the order of the pass, that has something that is not finite. */
function firstOdd(layers: readonly LayerActivation[], {feeds}: Pick<ScoredModel, 'feeds'>): FirstOdd | null {
  const found = layers.find(({nan, positiveInfinity, negativeInfinity}) => nan + positiveInfinity + negativeInfinity > 0);
  if (!found) return null;
  const {address, type, odd, size, nan, positiveInfinity, negativeInfinity} = found;
  const channel = odd.findIndex((n) => n > 0);
  const channels = odd.length;
  return {
    address, type, channel, channels, nan, positiveInfinity, negativeInfinity,
    channelShare: odd[channel]! / (size / channels), share: (nan + positiveInfinity + negativeInfinity) / size,
    inputFinite: feeds.feeds.every(({data}) => (data as Float32Array).every(Number.isFinite)),
  };
}
