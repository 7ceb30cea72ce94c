import type {ScoredModel} from '../attribution/scored-model.js';
import {yieldToPage} from '../compute/slices.js';
import {sliceFeeds} from '../tensor/feeds.js';
import {nextSize} from '../tensor/predict.js';
import type {TfTensor} from '../tensor/tf.js';
import {channelIn} from './layout.js';
import {disposeSeen, seePass} from './pass.js';
import type {LayerPlace} from './places.js';

/** Examples a pass at most. */
const MOST = 32;

/** TensorFlow.js, as far as it is asked for maxima. */
interface Maxima {
  max?(x: TfTensor, axes: readonly number[]): TfTensor;
  abs?(x: TfTensor): TfTensor;
}

/** What it may take, and who is told. */
interface MaximaOptions {
  /** That all outputs of one example take. */
  readonly bytes: number;
  /** Bytes that the outputs of a pass may take. */
  readonly room: number;
  /** After this place has run nothing more need. */
  readonly last?: LayerPlace | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * The greatest magnitude that each unit, or channel, of some layers has over all examples, places and steps: 0 means that
 * it was silent for all of them.
 * @param batch the model with all examples
 * @returns by address; `null` where this TensorFlow.js can't
 */
export async function unitMaxima(batch: ScoredModel, places: readonly LayerPlace[], {bytes, room, last, signal, onProgress}: MaximaOptions): Promise<Map<string, Float32Array> | null> {
  const {tf, feeds} = batch;
  const {max, abs} = tf as unknown as Maxima;
  if (!max || !abs) return null;
  const {examples} = feeds;
  const most = Math.max(1, Math.min(MOST, Math.floor(room / Math.max(1, bytes))));
  let size = feeds.fixed ?? 1;
  const tried = new Set<number>();
  const out = new Map<string, Float32Array>();
  for (let from = 0; from < examples; ) {
    await yieldToPage();
    signal?.throwIfAborted();
    const to = Math.min(examples, from + size);
    const begin = performance.now();
    const seen = await seePass({...batch, feeds: sliceFeeds(feeds, from, to)}, places, {
      functions: false,
      steps: true,
      last,
      keep: (output, {channelAxis}) => {
        const channel = channelIn(output.shape, channelAxis);
        return max(abs(output), output.shape.map((_, axis) => axis).filter((axis) => axis !== channel));
      },
    });
    try {
      for (const {place, call, output} of seen) {
        const address = call ? `${place.address}#${call}` : place.address;
        const own = (await output.data()) as Float32Array;
        const known = out.get(address);
        if (!known) out.set(address, Float32Array.from(own));
        else for (const [c, v] of own.entries()) if (v > known[c]! || v !== v) known[c] = v;
      }
    } finally {
      disposeSeen(seen);
    }
    if (feeds.fixed === null) size = nextSize(size, performance.now() - begin, tried.has(to - from), most);
    tried.add(to - from);
    from = to;
    onProgress?.(from / examples);
  }
  return out;
}
