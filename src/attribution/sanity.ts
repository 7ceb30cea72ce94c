import {mulberry32} from '../compute/bootstrap.js';
import {rankCorrelationSteps} from '../compute/rank-correlation.js';
import {runSliced} from '../compute/slices.js';
import {ssimSteps} from '../compute/ssim.js';
import type {ModelValues} from '../tensor/feeds.js';
import {findOutput, isGraphModel, type LiveGraphModel, liveModel, type LiveLayersModel} from '../tensor/model-ports.js';
import {sizeOf} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import {type AttributeOptions, attributeWith} from './attribute.js';
import type {Attribution} from './attribution.js';
import {inPieces} from './pieces.js';
import {classOf, layersOf, nodesOf, sourcesOf} from './spots.js';
import type {Swap} from './swap.js';
import {mathOf} from './tf-math.js';

export interface SanityOptions extends Omit<AttributeOptions, 'onProgress'> {
  /** How much of the rank correlation may be left half-way down before a map is said not to depend; default 0.5. */
  readonly threshold?: number | undefined;
  /** How many stages at most, each of as many layers as needed; default a stage for each layer. */
  readonly stages?: number | undefined;
  /** Told after each stage: the share done, and the stages so far. */
  readonly onProgress?: ((share: number, steps: readonly SanityStep[]) => void) | undefined;
}

/** How like the map is to the original once a layer and all above it are random. */
export interface SanityStep {
  /** The address of the layer, the lowest of them that are random. */
  readonly layer: string;
  /** Spearman's rank correlation of the values with their signs; NaN where the map is constant. */
  readonly spearman: number;
  /** The same of their magnitudes. */
  readonly spearmanAbsolute: number;
  /** Structural similarity of the magnitudes, summed over channels and divided by their maximum; `null` where the map is no picture of 7 × 7 at least. */
  readonly ssim: number | null;
}

export interface Sanity {
  /** The map with the model's own weights. */
  readonly original: Attribution;
  /** From the output down. */
  readonly steps: readonly SanityStep[];
  /**
   * `does-not-depend` where, with the upper half of the layers random, the rank correlation with the original, of the values
   * or of their magnitudes, is still `threshold` or more: such a map shows the input, not what the model has learnt.
   * `unknown` where there is nothing to go by: no layer has weights to make random, or a map is constant.
   */
  readonly verdict: 'depends' | 'does-not-depend' | 'unknown';
  /** The stage that the verdict goes by, the one half-way down; `null` where there is none. */
  readonly decisive: SanityStep | null;
  /** The greater of its two rank correlations, which is compared with `threshold`; NaN where there is none. */
  readonly rho: number;
  readonly threshold: number;
}

/** A layer with the weights that are made random. */
interface Randomized {
  readonly layer: string;
  readonly weights: readonly {readonly swap: (tensor: TfTensor) => Swap; readonly shape: readonly number[]; read(): Promise<ArrayLike<number>>}[];
}

/**
 * The cascading randomisation of Adebayo et al. (2018): layer by layer from the output down, the weights are replaced by
 * random ones, and the map of the same target is compared with the original. A random weight is a shuffled copy of the
 * layer's own: its values keep their distribution, and the network its scale. Scales, shifts and statistics of
 * normalisations stay as they are. The model's weights are not touched: it runs on the copies only while a pass runs.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function sanity(model: unknown, input: ModelValues, {threshold = 0.5, stages, onProgress, ...options}: SanityOptions): Promise<Sanity> {
  const {seed = 1, signal} = options;
  const tf = mathOf(options.tf);
  const live = liveModel(model);
  const original = await attributeWith([], live, input, options);
  const fixed = {...options, method: original.method, target: options.target !== undefined && typeof options.target === 'function' ? options.target : original.target.index!};
  const layers = isGraphModel(live) ? graphLayers(live, findOutput(live, options.output)) : liveLayers(live);
  const random = mulberry32(seed);
  const swaps: Swap[] = [];
  const made: TfTensor[] = [];
  const steps: SanityStep[] = [];
  const every = Math.ceil(layers.length / (stages ?? layers.length));
  try {
    for (const [i, {layer, weights}] of layers.entries()) {
      for (const {swap, shape, read} of weights) {
        const tensor = tf.tensor(await runSliced(shuffled(await read(), random), {signal}), shape, 'float32');
        made.push(tensor);
        swaps.push(swap(tensor));
      }
      if ((i + 1) % every && i + 1 < layers.length) continue;
      const map = await attributeWith(swaps, live, input, fixed);
      steps.push({layer, ...(await likeness(original, map, signal))});
      onProgress?.((i + 1) / layers.length, steps);
    }
  } finally {
    for (const tensor of made) tensor.dispose();
  }
  const decisive = steps[Math.max(0, Math.ceil(steps.length / 2) - 1)] ?? null;
  const known = [decisive?.spearman ?? NaN, decisive?.spearmanAbsolute ?? NaN].filter((rho) => !Number.isNaN(rho));
  const rho = known.length ? Math.max(...known) : NaN;
  return {original, steps, verdict: !known.length ? 'unknown' : rho >= threshold ? 'does-not-depend' : 'depends', decisive, rho, threshold};
}

/** A copy in random order (Fisher and Yates). */
function* shuffled(values: ArrayLike<number>, random: () => number): Generator<number, Float32Array> {
  const copy = new Float32Array(values);
  const last = copy.length - 1;
  yield* inPieces([copy], (_, from, end) => {
    for (let i = last - from; i > last - end && i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
  });
  return copy;
}

interface LiveVariable {
  readonly shape: readonly number[];
  readonly dtype: string;
  read(): TfTensor;
}

function liveLayers(model: LiveLayersModel): Randomized[] {
  const seen = new Set<LiveVariable>();
  const layers = [...layersOf(model)].map(({layer, address}): Randomized => {
    const own = classOf(layer).endsWith('Normalization') ? [] : ((layer as {weights?: readonly LiveVariable[]}).weights ?? []);
    const fresh = own.filter((variable) => variable.dtype === 'float32' && !seen.has(variable));
    for (const variable of fresh) seen.add(variable);
    return {
      layer: address,
      weights: fresh.map((variable) => ({shape: variable.shape, swap: (value) => ({of: variable, key: 'val', value}), read: async () => (await variable.read().data()) as ArrayLike<number>})),
    };
  });
  return layers.filter(({weights}) => weights.length).reverse();
}

/** The ops that lead to an output and have a matrix or kernel of weights, each with the vectors that are added after it. */
function graphLayers(model: LiveGraphModel, output: number): Randomized[] {
  const nodes = nodesOf(model);
  const order: string[] = [];
  const seen = new Set<string>();
  const stack = [{name: model.outputs[output]!.name.split(':', 1)[0]!, ready: false}];
  // what an op takes from stands before it
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.ready) order.push(top.name);
    else if (!seen.has(top.name)) {
      seen.add(top.name);
      stack.push({name: top.name, ready: true}, ...sourcesOf(nodes.get(top.name)).map((name) => ({name, ready: false})));
    }
  }
  const used = new Set<string>();
  const layers: Randomized[] = [];
  let after: Randomized['weights'][number][] = [];
  for (const layer of order.reverse()) {
    const node = nodes.get(layer);
    if (/BatchNorm/.test(node?.op ?? '')) continue;
    const weights = sourcesOf(node).flatMap((source) => {
      const tensor = model.weights[source]?.[0];
      if (!tensor || tensor.dtype !== 'float32' || sizeOf(tensor.shape) < 2 || used.has(source)) return [];
      used.add(source);
      const {shape} = tensor;
      return [{shape, swap: (value: TfTensor) => ({of: model.weights, key: source, value: [value]}), read: async () => (await tensor.data()) as ArrayLike<number>}];
    });
    after.push(...weights);
    if (!weights.some(({shape}) => shape.length > 1)) continue;
    layers.push({layer, weights: after});
    after = [];
  }
  return layers;
}

/** How like two maps are; Grad-CAM's before they are enlarged. */
async function likeness(a: Attribution, b: Attribution, signal?: AbortSignal): Promise<Omit<SanityStep, 'layer'>> {
  const [{data: x, shape}, {data: y}] = [a.raw ?? a, b.raw ?? b];
  // equal maps are alike even where they are constant
  const same = x.every((v, i) => v === y[i]);
  const correlation = async (absolute: boolean): Promise<number> => (same ? 1 : runSliced(rankCorrelationSteps(x, y, absolute), {signal}));
  const plane = shape.length === 2 || shape.length === 3 ? ([shape[0]!, shape[1]!] as const) : null;
  const picture = plane !== null && Math.min(...plane) >= 7;
  return {
    spearman: await correlation(false),
    spearmanAbsolute: await correlation(true),
    ssim: picture ? await runSliced(ssimSteps(magnitudes(x, sizeOf(plane)), magnitudes(y, sizeOf(plane)), plane, {range: 1}), {signal}) : null,
  };
}

/** Magnitudes of places, summed over channels, from 0 to 1. */
function magnitudes(values: Float32Array, places: number): Float64Array {
  const channels = values.length / places;
  const sums = new Float64Array(places);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / channels)]! += Math.abs(values[i]!);
  const most = sums.reduce((m, v) => (v > m ? v : m), 0);
  return most > 0 ? sums.map((v) => v / most) : sums;
}
