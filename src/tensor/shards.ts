import {Problem} from '../words/reading.js';
import {byteLength, type Bytes, decode, joinBytes, type ManifestWeight} from './bytes.js';
import type {Progress} from './flights.js';
import {sizeOf, validShape} from './read-tensor.js';
import {runSliced, yieldToPage} from './slices.js';
import type {TensorValues} from './types.js';

/** A group of a weights manifest: its weights, one after another, cut into shards. */
export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

/**
 * Gets shard `i`: all of it (`whole`), or, where a range of its bytes is asked for (`from-to`, both included), perhaps
 * that alone.
 */
export type ReadShard = (i: number, range: string | null, signal?: AbortSignal, onProgress?: Progress) => Promise<{bytes: Bytes; whole: boolean}>;

/** What the converter cuts shards to. */
const SHARD = 4 * 2 ** 20;
/** From this size on, a shard is asked for in ranges. */
const RANGED = 16 * 2 ** 20;
/** Strings that are passed between two yields to the page. */
const STRINGS = 500;

/** Reads weights of one group out of its shards, each shard when its bytes are needed. */
export class GroupReader {
  readonly #group: ManifestGroup;
  readonly #urls: readonly string[];
  readonly #shard: ReadShard;
  /** Where each weight begins; unknown behind a string until the bytes before it have been read. */
  readonly #starts: (number | undefined)[] = [];
  readonly #total: number | undefined;
  /** Size of each shard as far as it is known. */
  readonly #sizes: (number | undefined)[];
  /** Whether sizes that are not known are taken to be what the converter's habit suggests. */
  #assumed: boolean;

  /** @param urls names the shards in messages */
  constructor(group: ManifestGroup, urls: readonly string[], shard: ReadShard) {
    this.#group = group;
    this.#urls = urls;
    this.#shard = shard;
    let at: number | undefined = 0;
    for (const weight of group.weights) {
      this.#starts.push(at);
      const length = byteLength(weight);
      at = at === undefined || length === null ? undefined : at + length;
    }
    this.#total = at;
    const n = urls.length;
    this.#sizes = urls.map(() => (n === 1 ? at : undefined));
    this.#assumed = n > 1 && at !== undefined && Math.ceil(at / SHARD) === n;
  }

  /** @throws Problem where the weight's bytes cannot be had or understood */
  async read(index: number, signal?: AbortSignal, onProgress?: Progress): Promise<TensorValues> {
    const weight = this.#group.weights[index]!;
    if (!validShape(weight.shape)) throw new Problem('weightShape', {name: weight.name, shape: JSON.stringify(weight.shape)});
    if (weight.dtype === 'string') throw new Problem('stringTensor');
    const length = byteLength(weight);
    if (length === null) throw new Problem('weightDtype', {name: weight.name, dtype: weight.dtype});
    const start = this.#starts[index] ?? (await this.#start(index, signal));
    return decode(weight, await this.#bytes(start, start + length, weight.name, signal, onProgress), signal);
  }

  /** Finds where a weight begins behind strings: each string is its length (uint32) and its bytes. */
  async #start(index: number, signal?: AbortSignal): Promise<number> {
    let known = this.#starts.findLastIndex((start, i) => start !== undefined && i <= index);
    for (; known < index; known++) {
      const weight = this.#group.weights[known]!;
      let at = this.#starts[known]!;
      if (weight.dtype === 'string') {
        for (let n = sizeOf(weight.shape); n > 0; n--) {
          const head = await this.#bytes(at, at + 4, weight.name, signal);
          at += 4 + new DataView(head.buffer, head.byteOffset).getUint32(0, true);
          if (n % STRINGS === 0) await yieldToPage();
        }
      } else {
        const length = byteLength(weight);
        if (length === null) throw new Problem('weightBehind', {name: this.#group.weights[index]!.name, before: weight.name, dtype: weight.dtype});
        at += length;
      }
      this.#starts[known + 1] = at;
    }
    return this.#starts[index]!;
  }

  async #bytes(from: number, to: number, name: string, signal?: AbortSignal, onProgress?: Progress): Promise<Bytes> {
    if (from === to) return new Uint8Array(0);
    const assumed = this.#assumed;
    const pieces: Bytes[] = [];
    let begin = 0;
    let loaded = 0;
    let i = 0;
    for (; i < this.#urls.length && begin < to; i++) {
      const size = this.#sizes[i] ?? (assumed ? Math.min(SHARD, this.#total! - i * SHARD) : undefined);
      if (size !== undefined && begin + size <= from) {
        begin += size;
        continue;
      }
      const a = Math.max(0, from - begin);
      const b = Math.min(size ?? Infinity, to - begin);
      const range = size !== undefined && size > RANGED ? `${a}-${b - 1}` : null;
      const [start, before] = [begin, loaded];
      const tell: Progress | undefined =
        onProgress &&
        ((n, told) => {
          const own = told || (range ? b - a : size) || 0;
          onProgress(before + n, own < n ? 0 : before + own + Math.max(0, to - start - (size ?? own)));
        });
      const {bytes, whole} = await this.#shard(i, range, signal, tell);
      loaded += bytes.length;
      if (whole) {
        this.#sizes[i] = bytes.length;
        if (bytes.length !== size) this.#assumed = false;
      }
      // what was passed over had been measured by a habit that this or another reader has found broken: in order, then
      if (this.#assumed !== assumed) return this.#bytes(from, to, name, signal, onProgress);
      if (!whole && bytes.length < b - a) throw new Problem('shardShort', {url: this.#urls[i]!, name, got: bytes.length, expected: b - a});
      if (whole) pieces.push(bytes.subarray(a, Math.min(bytes.length, to - begin)));
      else pieces.push(bytes.subarray(0, b - a));
      begin += whole ? bytes.length : size!;
    }
    const missing = assumed ? undefined : await this.#missing(i - 1, signal);
    if (missing) throw new Problem('shardShort', {...missing, name, got: Math.max(0, to - from - missing.bytes), expected: to - from});
    const got = pieces.reduce((n, p) => n + p.length, 0);
    if (got < to - from) {
      throw new Problem('shardShort', {url: this.#urls[Math.max(0, i - 1)] ?? '', name, got, expected: to - from});
    }
    return pieces.length === 1 ? pieces[0]! : runSliced(joinBytes(pieces), {signal});
  }

  /**
   * A shard that was cut off shifts all that follows. The converter cuts all but the last alike; where one differs
   * before `last`, only the sum of all tells whether something is missing, and then their sizes, where.
   */
  async #missing(last: number, signal?: AbortSignal): Promise<{url: string; bytes: number} | undefined> {
    const sizes = this.#sizes;
    if (this.#total === undefined || sizes.slice(0, last).every((size) => size === sizes[0])) return undefined;
    let bytes = this.#total;
    for (const i of sizes.keys()) {
      sizes[i] ??= (await this.#shard(i, null, signal)).bytes.length;
      bytes -= sizes[i];
    }
    const largest = Math.max(...(sizes as number[]));
    return bytes > 0 ? {url: this.#urls[sizes.findIndex((size) => size! < largest)] ?? '', bytes} : undefined;
  }
}
