import type {ScoredModel} from '../attribution/scored-model.js';
import {yieldToPage} from '../compute/slices.js';
import type {TfTensor} from '../tensor/tf.js';
import {disposeSeen, seePass} from './pass.js';
import type {LayerPlace} from './places.js';

/** Examples a pass at most. */
const BATCH = 32;

/** TensorFlow.js, as far as it is asked for maxima. */
interface Maxima {
  max?(x: TfTensor, axes: readonly number[]): TfTensor;
  abs?(x: TfTensor): TfTensor;
}

/**
 * The greatest magnitude that each unit, or channel, of some layers has over all examples and places: 0 means that it was
 * silent for all of them.
 * @param batch the model with all examples
 * @param bytes that all outputs of one example take
 * @param room bytes that the outputs of a pass may take
 * @returns by address; `null` where this TensorFlow.js can't
 */
export async function unitMaxima(batch: ScoredModel, places: readonly LayerPlace[], {bytes, room, signal}: {readonly bytes: number; readonly room: number; readonly signal?: AbortSignal | undefined}): Promise<Map<string, Float32Array> | null> {
  const {tf, feeds} = batch;
  const {max, abs} = tf as unknown as Maxima;
  if (!max || !abs) return null;
  const {examples} = feeds;
  const size = feeds.fixed ?? Math.max(1, Math.min(BATCH, Math.floor(room / 4 / Math.max(1, bytes))));
  const out = new Map<string, Float32Array>();
  for (let from = 0; from < examples; from += size) {
    await yieldToPage();
    signal?.throwIfAborted();
    const n = Math.min(size, examples - from);
    const part = feeds.feeds.map((feed) => {
      const each = feed.data.length / examples;
      return feed.each ? {...feed, data: feed.data.subarray(from * each, (from + n) * each)} : feed;
    });
    const seen = await seePass({...batch, feeds: {...feeds, feeds: part, examples: n}}, places, {
      functions: false,
      keep: (output, {channelsFirst}) => {
        const channel = channelsFirst ? 1 : output.shape.length - 1;
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
  }
  return out;
}
