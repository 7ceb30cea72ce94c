import type {ScoredModel} from '../attribution/scored-model.js';
import {runSliced, yieldToPage} from '../compute/slices.js';
import {type FunctionSummary, type LayerSummary, type MapLayout, summarizeFunction, summarizeLayer} from '../compute/layer-summary.js';
import {isTyped, sizeOf} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import type {Values} from '../tensor/types.js';
import {disposeSeen, type Seen, seePass} from './pass.js';
import {findPlace, type LayerPlace, placesOf} from './places.js';
import {unitMaxima} from './units.js';

/** How the values of a layer are laid out: maps of rows and columns, a sequence of vectors, a volume of which one plane is drawn, or one vector. */
export type LayerForm = 'maps' | 'sequence' | 'volume' | 'vector';

/** What a layer put out for one example. */
export interface LayerActivation extends LayerSummary {
  /** The layer's address, with `#1`, `#2` … for further calls of a shared one; in a graph the op's name. */
  readonly address: string;
  /** Its class, or op. */
  readonly type: string;
  /** Without the axis of examples. */
  readonly shape: readonly number[];
  readonly form: LayerForm;
  /** Whether it is what a recurrent layer's cell put out at every step, though the layer hands on the last alone. */
  readonly steps: boolean;
  /** Whether it goes through time from the end; its steps are in the order of time all the same. */
  readonly backwards: boolean;
  /** Of a volume, which plane is drawn, and of how many. */
  readonly plane: {readonly at: number; readonly of: number} | null;
  readonly functions: readonly FunctionSummary[];
  /** Channels (units) that are 0 everywhere for this example, where a function of the layer's can die. */
  readonly silent: readonly number[];
  /** Of those, the ones that are 0 for all examples that were looked at; `null` where one alone was. */
  readonly dead: readonly number[] | null;
  /** Whether only a part of its channels' maps is shown, as there are too many values. */
  readonly opened: boolean;
}

/** The first layer that puts out something that is not finite. */
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
  /** The layer that is opened in full. */
  readonly opened: string | null;
  readonly first: FirstOdd | null;
  /** Where all layers together would take too much memory: what each takes, and all. */
  readonly large: {readonly bytes: number; readonly most: {readonly address: string; readonly bytes: number}} | null;
}

export interface ActivationOptions {
  /** The example to look at among those of the feeds. */
  readonly example: number;
  readonly examples: number;
  /** One layer alone, in full. */
  readonly layer?: string | number | null | undefined;
  /** Examples as feeds, for dead units: the model with the first `judged` examples. */
  readonly batch?: ScoredModel | null | undefined;
  /** Whether what goes in is a picture that is shown as it is. */
  readonly pictured?: boolean | undefined;
  /** Of volumes, which plane is drawn; by default the middle one. */
  readonly plane?: number | null | undefined;
  /** Values that ops of a graph put out for one example, by name, where they are known. */
  readonly sizes?: ReadonlyMap<string, number> | undefined;
  /** Bytes that all outputs together may take. */
  readonly room?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Bytes that the outputs of all layers may take together, as they are kept until they have been read. */
const ROOM = 2 ** 28;
/** Values of a layer that are kept for a picture in a strip, and for one by itself. */
const [KEPT, OPENED] = [400_000, 2 ** 24];

/**
 * Runs a model on one example and sums up what each of its layers puts out. The model is left as it was, and nothing is
 * kept but what is drawn: of large outputs every value that is drawn stands for several, the farthest from 0.
 * @param scored the model with the one example
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function readActivations(scored: ScoredModel, {example, examples, layer, batch, pictured = false, plane = null, sizes, room = ROOM, signal, onProgress}: ActivationOptions): Promise<ActivationData> {
  // of a graph what an op puts out is told by who has read its structure
  const all = placesOf(scored.model).map((place) => (place.size === null && sizes?.has(place.address) ? {...place, size: sizes.get(place.address)!} : place));
  const asked = layer === null || layer === undefined || layer === '' ? null : String(layer);
  const call = asked === null ? 0 : Number(/#(\d+)$/.exec(asked)?.[1] ?? 0);
  const opened = asked === null ? null : findPlace(scored.model, all, all.some(({address}) => address === asked) ? asked : asked.replace(/#\d+$/, ''));
  const places = opened ? [opened] : all.filter(({passes}) => !passes);
  const bytes = all.reduce((sum, place) => sum + bytesOf(place), 0);
  const tooLarge = bytes > room;
  const large = tooLarge ? {bytes, most: all.reduce((most, place) => (4 * (place.size ?? 0) > most.bytes ? {address: place.address, bytes: 4 * place.size!} : most), {address: '', bytes: 0})} : null;
  const data = {places: all.map(({address}) => address), passing: all.filter(({passes}) => passes).map(({address}) => address), example, examples, opened: null, large};
  const inputs: LayerActivation[] = [];
  for (const feed of scored.feeds.feeds) if (!pictured && !opened) inputs.push(await readInput(feed, signal));
  if (tooLarge && !opened) return {...data, inputs, layers: [], unseen: 0, judged: 0, first: null};
  await yieldToPage();
  signal?.throwIfAborted();
  const seen = await seePass(scored, places, {functions: true, last: opened ?? undefined, lastCall: call});
  const layers: LayerActivation[] = [];
  try {
    const wanted = opened ? seen.filter((one) => one.call === call) : seen;
    for (const [i, one] of wanted.entries()) {
      const made = await readLayer(scored, one, opened ? OPENED : KEPT, !!opened, plane, signal);
      if (made) layers.push(made);
      disposeSeen([one]);
      onProgress?.((0.9 * (i + 1)) / wanted.length);
    }
  } finally {
    disposeSeen(seen);
  }
  // of a layer that is opened what the others do is not known
  const first = opened ? null : firstOdd(layers, scored);
  const judgeable = batch && !opened && layers.some(({functions}) => functions.some(({of}) => of?.dies));
  const most = judgeable ? await unitMaxima(batch, places.filter(({functions}) => functions.some(({of}) => of?.dies)), {bytes, room, signal}) : null;
  return {
    ...data,
    inputs,
    layers: most ? layers.map((one) => ({...one, dead: deadOf(one, most.get(one.address))})) : layers,
    unseen: places.length - new Set(layers.map(({address}) => address.replace(/#\d+$/, ''))).size,
    judged: most ? batch!.feeds.examples : 0,
    opened: opened ? (layers[0]?.address ?? opened.address) : null,
    first,
  };
}

/** What went in went through nothing. */
const LINEAR = {name: 'linear', at: null, flatBelow: null, flatAbove: null, dies: false};

async function readInput({port, data, shape}: ScoredModel['feeds']['feeds'][number], signal: AbortSignal | undefined): Promise<LayerActivation> {
  const {form, layout, channels, plane} = layoutOf(shape, false);
  const summary = await runSliced(summarizeLayer(data, shape, layout, channels, KEPT), {signal});
  const functions = [await runSliced(summarizeFunction('', LINEAR, data), {signal})];
  return {...summary, address: port.name, type: '', shape, form, steps: false, backwards: false, plane, functions, silent: [], dead: null, opened: false};
}

/** What an output takes, and what enters its functions. */
const bytesOf = ({size, functions, passes}: LayerPlace): number => (passes ? 0 : 4 * (size ?? 0) * (1 + functions.length));

const deadOf = (one: LayerActivation, most: Float32Array | undefined): readonly number[] | null => (most ? one.silent.filter((c) => most[c] === 0) : null);

async function readLayer(scored: ScoredModel, {place, call, output, steps, entered}: Seen, most: number, opened: boolean, at: number | null, signal: AbortSignal | undefined): Promise<LayerActivation | null> {
  const rows = scored.feeds.fixed ?? scored.feeds.examples;
  const given = await readOne(output, rows, steps);
  signal?.throwIfAborted();
  if (!given || !given.values.length) return null;
  const {shape} = given;
  const backwards = place.backwards && shape.length === 2;
  const values = backwards ? reversed(given.values, shape) : given.values;
  const {form, layout, channels, plane} = layoutOf(shape, place.channelsFirst, steps, at);
  const summary = await runSliced(summarizeLayer(values, shape, layout, channels, most), {signal});
  const functions: FunctionSummary[] = [];
  for (const [i, {name, of}] of place.functions.entries()) {
    const own = entered[i];
    const before = own ? await readOne(own, rows, own.shape.length > output.shape.length || steps) : null;
    signal?.throwIfAborted();
    if (before) functions.push(await runSliced(summarizeFunction(name, of, before.values), {signal}));
  }
  // without a function that is known, what the layer itself puts out
  if (!functions.length) functions.push(await runSliced(summarizeFunction('', null, values), {signal}));
  const dies = place.functions.some(({of}) => of?.dies);
  const silent = dies ? Array.from(summary.most.keys()).filter((c) => summary.most[c] === 0 && summary.least[c] === 0 && !summary.odd[c]) : [];
  return {...summary, address: call ? `${place.address}#${call}` : place.address, type: place.type, shape, form, steps, backwards, plane, functions, silent, dead: null, opened};
}

/** The values of the first example; `null` of texts. @param stacked whether an axis stands before that of examples, as of steps */
async function readOne(tensor: TfTensor, rows: number, stacked: boolean): Promise<{values: Values; shape: readonly number[]} | null> {
  if (tensor.dtype === 'string' || tensor.dtype === 'complex64') return null;
  const data = await tensor.data();
  if (!isTyped(data)) return null;
  const values = data as Values;
  const {shape} = tensor;
  if (stacked && shape.length > 1 && shape[1] === rows) {
    const [steps, each] = [shape[0]!, sizeOf(shape.slice(2))];
    const own = [steps, ...shape.slice(2)];
    if (rows === 1) return {values, shape: own};
    const out = new Float32Array(steps * each);
    for (let t = 0; t < steps; t++) for (let i = 0; i < each; i++) out[t * each + i] = values[t * rows * each + i]!;
    return {values: out, shape: own};
  }
  // an output that one example shares with all has no axis of examples
  if (shape[0] !== rows) return {values, shape};
  return {values: values.subarray(0, values.length / rows), shape: shape.slice(1)};
}

/** A sequence that was gone through from its end, in the order of time. */
function reversed(values: Values, [steps = 1, ...rest]: readonly number[]): Float32Array {
  const each = sizeOf(rest);
  const out = new Float32Array(steps * each);
  for (let t = 0; t < steps; t++) for (let i = 0; i < each; i++) out[t * each + i] = values[(steps - 1 - t) * each + i]!;
  return out;
}

interface Laid {
  readonly form: LayerForm;
  readonly layout: MapLayout;
  /** Stride and number of channels among all values. */
  readonly channels: readonly [stride: number, channels: number];
  readonly plane: LayerActivation['plane'];
}

/** How an output is drawn, by its shape without the axis of examples. @param steps whether it is a vector a step whatever else @param plane of a volume; by default the middle one */
export function layoutOf(shape: readonly number[], channelsFirst: boolean, steps = false, plane: number | null = null): Laid {
  const size = sizeOf(shape);
  if (shape.length < 2) {
    return {form: 'vector', channels: [1, size], plane: null, layout: {channels: 1, rows: 1, cols: size, base: 0, perChannel: 0, perRow: 0, perColumn: 1}};
  }
  if (shape.length === 2 || steps) {
    const [cols, rows] = channelsFirst ? [shape[1]!, shape[0]!] : [shape[0]!, size / shape[0]!];
    const [perRow, perColumn] = channelsFirst ? [cols, 1] : [1, rows];
    return {form: 'sequence', channels: [channelsFirst ? cols : 1, rows], plane: null, layout: {channels: 1, rows, cols, base: 0, perChannel: 0, perRow, perColumn}};
  }
  const places = channelsFirst ? shape.slice(1) : shape.slice(0, -1);
  const channels = channelsFirst ? shape[0]! : shape.at(-1)!;
  if (size === channels) return layoutOf([channels], false);
  const [rows, cols] = places.slice(-2) as [number, number];
  const of = sizeOf(places.slice(0, -2));
  const at = plane === null ? of >> 1 : Math.min(of - 1, Math.max(0, plane));
  const [perColumn, perChannel] = channelsFirst ? [1, of * rows * cols] : [channels, 1];
  return {
    form: places.length > 2 ? 'volume' : 'maps',
    channels: [channelsFirst ? perChannel : 1, channels],
    plane: places.length > 2 ? {at, of} : null,
    layout: {channels, rows, cols, base: at * rows * cols * perColumn, perChannel, perRow: cols * perColumn, perColumn},
  };
}

/** The first layer, in the order of the pass, that has something that is not finite. */
export function firstOdd(layers: readonly LayerActivation[], {feeds}: Pick<ScoredModel, 'feeds'>): FirstOdd | null {
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
