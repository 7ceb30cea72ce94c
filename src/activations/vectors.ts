import type {ScoredModel} from '../attribution/scored-model.js';
import {yieldToPage} from '../compute/slices.js';
import {sliceFeeds} from '../tensor/feeds.js';
import {nextSize} from '../tensor/predict.js';
import {isTyped, sizeOf} from '../tensor/read-tensor.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/learn.js';
import {channelIn} from './layout.js';
import {disposeSeen, seePass} from './pass.js';
import {findPlace, type LayerPlace, placesOf, WEIGHTED} from './places.js';

/** A layer's activations for many examples, a vector each. */
export interface LayerVectors {
  /** float32 [examples, values]. */
  readonly tensor: TensorValues;
  readonly layer: string;
  /** What the layer puts out for one example. */
  readonly shape: readonly number[];
  /** Whether each channel was averaged over all places, as there were too many values. */
  readonly averaged: boolean;
}

export interface VectorOptions {
  /** By default the last hidden layer: what the last layer with weights is given. */
  readonly layer?: string | number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

/** Values of one example beyond which channels are averaged over places. */
const MOST = 4096;
/** Values and examples that a pass may hold. */
const [VALUES, EXAMPLES] = [2 ** 22, 512];
/** Layers that are the same as what came before them. */
const SAME = /^(Dropout|SpatialDropout\dD|GaussianNoise|GaussianDropout|AlphaDropout|ActivityRegularization|Masking)$/;

/**
 * What a layer makes of each of many examples.
 * @param batch the model with all examples
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function readVectors(batch: ScoredModel, {layer, signal, onProgress}: VectorOptions): Promise<LayerVectors> {
  const places = placesOf(batch.model);
  const place = layer === null || layer === undefined || layer === '' ? await lastHidden(batch, places, signal) : findPlace(batch.model, places, layer);
  const {feeds} = batch;
  const {examples} = feeds;
  const most = Math.max(1, Math.min(EXAMPLES, Math.floor(VALUES / Math.max(1, place.size ?? 0, ...feeds.feeds.map((feed) => (feed.each ? sizeOf(feed.shape) : 0))))));
  let size = feeds.fixed ?? 1;
  const tried = new Set<number>();
  let out: {data: Float32Array; each: number; shape: readonly number[]; averaged: boolean} | null = null;
  for (let from = 0; from < examples; ) {
    await yieldToPage();
    signal?.throwIfAborted();
    const n = Math.min(size, examples - from);
    const begin = performance.now();
    const {data, shape, averaged} = await passOf(batch, place, from, n);
    signal?.throwIfAborted();
    const each = data.length / (feeds.fixed ?? n);
    out ??= {data: new Float32Array(examples * each), each, shape, averaged};
    if (each !== out.each) throw new Problem('runFailed', {reason: `${place.address}: ${shape.join(' × ')} ≠ ${out.shape.join(' × ')}`, backend: batch.tf.getBackend()});
    out.data.set(data.subarray(0, n * each), from * each);
    if (feeds.fixed === null) size = nextSize(size, performance.now() - begin, tried.has(n), most);
    tried.add(n);
    from += n;
    onProgress?.(from, examples);
  }
  return {tensor: {data: out!.data, shape: [examples, out!.each], dtype: 'float32'}, layer: place.address, shape: out!.shape, averaged: out!.averaged};
}

/** One pass, of `n` examples. */
async function passOf(batch: ScoredModel, place: LayerPlace, from: number, n: number): Promise<{data: Float32Array; shape: readonly number[]; averaged: boolean}> {
  const {tf, feeds} = batch;
  let shape: readonly number[] = [];
  let averaged = false;
  const seen = await seePass({...batch, feeds: sliceFeeds(feeds, from, from + n)}, [place], {
    functions: false,
    last: place,
    keep: (output, {channelAxis}) => {
      shape = output.shape.slice(1);
      averaged = shape.length > 1 && sizeOf(shape) > MOST;
      if (!averaged) return output;
      const channel = channelIn(output.shape, channelAxis);
      let mean = output;
      for (let axis = output.shape.length - 1; axis > 0; axis--) if (axis !== channel) mean = tf.mean(mean, axis);
      return mean;
    },
  });
  try {
    const [own] = seen;
    const data = own && own.output.dtype !== 'string' ? await own.output.data() : null;
    if (!isTyped(data) || !shape.length) throw new Problem('attributionLayer', {name: place.address});
    return {data: data instanceof Float32Array ? data : Float32Array.from(data as Int32Array), shape, averaged};
  } finally {
    disposeSeen(seen);
  }
}

/** What the last layer with weights is given, as far as that is a vector; else the last that is one. */
async function lastHidden(batch: ScoredModel, places: readonly LayerPlace[], signal: AbortSignal | undefined): Promise<LayerPlace> {
  const weighted = (place: LayerPlace): boolean => (place.layer ? ((place.layer as {weights?: readonly unknown[]}).weights?.length ?? 0) > 0 : WEIGHTED.test(place.type));
  const end = places.findLastIndex(weighted);
  const before = places.slice(0, end < 0 ? -1 : end).filter(({type}) => !SAME.test(type)).reverse();
  for (const place of before.slice(0, 12)) {
    await yieldToPage();
    signal?.throwIfAborted();
    const shape = place.layer ? place.layer.inboundNodes?.[0]?.outputTensors?.[0]?.shape.slice(1) : (await passOf(batch, place, 0, 1).catch(() => null))?.shape;
    if (shape?.length === 1 && shape[0] !== 1) return place;
  }
  const found = before[0] ?? places.at(-1);
  if (!found) throw new Problem('attributionLayer', {name: '?'});
  return found;
}
