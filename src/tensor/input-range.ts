import {Problem} from '../words/run.js';
import {inputsOf, isGraphModel, type LiveGraphModel, type LiveLayer, type LiveLayersModel, type LiveModel, type LiveNode, type Port, type Symbolic} from './model-ports.js';

/** How the bytes of a picture become a model's values. */
export interface InputRange {
  /** As it may be set: `0,1`, `-1,1`, `0,255` or `mean=…;std=…`. */
  readonly text: string;
  /** Whether it was assumed, going by the model, and not given. */
  readonly assumed: boolean;
}

/** What a byte of each channel becomes, by channel. */
export type ByteTables = readonly Float32Array[];

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const numbers = (text: string): number[] | null => {
  const parts = text.split(',').map((part) => part.trim());
  return parts.every((part) => NUMBER.test(part)) ? parts.map(Number) : null;
};

/**
 * What each byte of a picture becomes. `lo,hi` spreads 0 to 255 evenly from `lo` to `hi`. `mean=…;std=…` is torchvision's
 * Normalize: bytes are divided by 255, then a channel's mean is taken away and the rest divided by its deviation; means
 * and deviations are of values from 0 to 1, one for all channels or one each.
 * @throws Problem for anything else
 */
export function byteTables(range: string, channels: number): ByteTables {
  const text = range.trim();
  const bad = (): Problem => new Problem('rangeBad', {range});
  const table = (f: (byte: number, channel: number) => number): ByteTables => Array.from({length: channels}, (_, c) => Float32Array.from({length: 256}, (__, byte) => f(byte, c)));
  if (!text.includes('=')) {
    const ends = numbers(text);
    if (ends?.length !== 2 || !(ends[0]! < ends[1]!)) throw bad();
    const [lo, hi] = ends as [number, number];
    return table((byte) => (hi - lo === 255 ? lo + byte : lo + ((hi - lo) * byte) / 255));
  }
  const parts = new Map(text.split(';').filter((part) => part.trim()).map((part) => part.split('=', 2).map((s) => s.trim().toLowerCase()) as [string, string]));
  const lists = (['mean', 'std'] as const).map((name) => numbers(parts.get(name) ?? (name === 'mean' ? '0' : '1')));
  const [mean, std] = lists;
  if ([...parts.keys()].some((name) => name !== 'mean' && name !== 'std') || !mean || !std) throw bad();
  for (const [name, list] of [['mean', mean], ['std', std]] as const) {
    if (list.length !== 1 && list.length !== channels) throw new Problem('rangeChannels', {name, got: list.length, channels});
    const odd = list.find((v) => (name === 'mean' ? v < 0 || v > 1 : v <= 0 || v > 1));
    if (odd !== undefined) throw new Problem('rangeUnit', {name, got: odd});
  }
  return table((byte, c) => (byte / 255 - (mean[c] ?? mean[0]!)) / (std[c] ?? std[0]!));
}

/**
 * The range that is meant, or, for `auto`, assumed: 0 to 255 where the model scales its input itself or takes integers,
 * else 0 to 1.
 * @returns rejects with a Problem for a range that is none
 */
export async function inputRange(range: string | null | undefined, model: LiveModel, port: Port): Promise<InputRange> {
  const text = range?.trim() || 'auto';
  if (text !== 'auto') return {text, assumed: false};
  return {text: port.dtype === 'int32' || (await scalesItself(model, port)) ? '0,255' : '0,1', assumed: true};
}

async function scalesItself(model: LiveModel, port: Port): Promise<boolean> {
  if (isGraphModel(model)) return graphScales(model, port);
  const at = inputsOf(model).findIndex((p) => p.key === port.key);
  return layersScale(model, model.inputs[at]!, 0);
}

/** Layers that stand before the scaling, and change no value's size. */
const BEFORE = /^(InputLayer|Resizing|CenterCrop|Random\w+|ZeroPadding2D|Cropping2D|Reshape|Permute|Dropout|GaussianNoise)$/;
/** By less than this a model multiplies what comes as bytes: 1/255 and 1/127.5 do, 2 does not. */
const SMALL = 0.05;
/** How far from an input its scaling may lie, in layers or ops. */
const FAR = 10;

function layersScale(model: LiveLayersModel | LiveLayer, input: Symbolic, depth: number): boolean {
  const layer = model.layers?.find((l) => l.inboundNodes?.some((node) => node.inputTensors.includes(input)));
  if (!layer || depth > FAR) return false;
  if (layer.layers) return layer.inputs?.length === 1 && layersScale(layer, layer.inputs[0]!, depth + 1);
  const type = layer.getClassName?.() ?? '';
  if (type === 'Normalization') return true;
  if (type === 'Rescaling') return Math.abs(Number(layer.getConfig?.().scale)) < SMALL;
  const next = BEFORE.test(type) ? layer.inboundNodes?.find((node) => node.inputTensors.includes(input))?.outputTensors?.[0] : undefined;
  return next !== undefined && layersScale(model, next, depth + 1);
}

const PASSED = /^(Identity|Cast|ExpandDims|Reshape|Squeeze|Transpose|Pad|PadV2|MirrorPad|ResizeBilinear|ResizeNearestNeighbor)$/;

async function graphScales({weights, executor}: LiveGraphModel, port: Port): Promise<boolean> {
  const nodes = executor?.graph?.nodes ?? {};
  const source = (name: string): string => name.split(':', 1)[0]!;
  let at: LiveNode | undefined = port.aliases.map((name) => nodes[source(name)]).find((node) => node !== undefined);
  for (let step = 0; at && step < FAR; step++) {
    const from: LiveNode = at;
    at = from.children.length === 1 ? from.children[0] : undefined;
    if (!at || PASSED.test(at.op)) continue;
    const other = at.inputNames.map(source).find((name) => name !== from.name) ?? '';
    const held = weights[other]?.[0] ?? weights[source(nodes[other]?.inputNames[0] ?? '')]?.[0];
    if (!held || held.shape.reduce((a, b) => a * b, 1) > 4) return false;
    const by = Math.max(...Array.from((await held.data()) as ArrayLike<number>, Math.abs));
    if (/^Mul(NoNan)?$/.test(at.op)) return by < SMALL;
    if (/^(RealDiv|Div|DivNoNan)$/.test(at.op)) return by > 1 / SMALL;
    // a mean in bytes: those of values from 0 to 1 are smaller
    return /^(Sub|Add|AddV2|BiasAdd)$/.test(at.op) && by > 2;
  }
  return false;
}
