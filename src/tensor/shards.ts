import {Problem} from '../words/strings.js';
import {byteLength, decode, type ManifestWeight, validShape} from './bytes.js';
import {sizeOf} from './read-tensor.js';
import type {TensorValues} from './types.js';

/** How to fetch: the element's `fetch` and `crossorigin`. */
export interface FetchOptions {
  readonly fetch?: typeof fetch | undefined;
  readonly credentials?: RequestCredentials | undefined;
}

/** A group of a weights manifest: its weights, one after another, cut into shards. */
export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

type Bytes = Uint8Array<ArrayBuffer>;

/** What the converter cuts shards to. */
const SHARD = 4 * 2 ** 20;
/** From this size on, a shard is asked for in ranges. */
const RANGED = 16 * 2 ** 20;
/** Bytes of shards that are kept. */
const KEPT = 64 * 2 ** 20;

const kept = new Map<string, Bytes>();
let keptBytes = 0;
const flying = new Map<string, {promise: Promise<Bytes>; waiting: number; abort: AbortController}>();

/** A number for each fetch function, so that what one may see is not handed to another. */
const fetchers = new WeakMap<object, number>();
let fetcherCount = 0;

export function fetcherId({fetch: own, credentials}: FetchOptions): string {
  const how = credentials ?? '';
  if (!own) return how;
  if (!fetchers.has(own)) fetchers.set(own, ++fetcherCount);
  return `${fetchers.get(own)}${how}`;
}

function keep(key: string, bytes: Bytes): void {
  kept.delete(key);
  kept.set(key, bytes);
  keptBytes += bytes.length;
  for (const [old, {length}] of kept) {
    if (keptBytes <= KEPT || old === key) break;
    kept.delete(old);
    keptBytes -= length;
  }
}

/** Empties the store of shards, as `refresh()` wants: the file may have changed. */
export function forgetShards(prefix: string): void {
  for (const [key, {length}] of kept) {
    if (!key.includes(prefix)) continue;
    kept.delete(key);
    keptBytes -= length;
  }
}

async function fetchBytes(url: string, range: string | null, options: FetchOptions, signal: AbortSignal): Promise<{bytes: Bytes; whole: boolean}> {
  const get = options.fetch ?? fetch;
  let response: Response;
  try {
    response = await get(url, {
      signal,
      ...(options.credentials && {credentials: options.credentials}),
      ...(range && {headers: {Range: `bytes=${range}`}}),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem('shardUnreachable', {url, reason: String((error as Error).message)}, {cause: error});
  }
  if (!response.ok) throw new Problem('shardStatus', {url, status: response.status});
  const bytes = new Uint8Array(await response.arrayBuffer());
  const start = String.fromCharCode(...bytes.subarray(0, 64)).trimStart().toLowerCase();
  if (start.startsWith('<!doctype') || start.startsWith('<html')) throw new Problem('shardHtml', {url});
  return {bytes, whole: response.status !== 206};
}

/** One fetch per shard (and range) however many ask; aborted when nobody waits any longer. */
async function shardBytes(url: string, range: string | null, options: FetchOptions, signal?: AbortSignal): Promise<{bytes: Bytes; whole: boolean}> {
  const id = fetcherId(options);
  const wholeKey = `${id} ${url}`;
  const key = range ? `${wholeKey} ${range}` : wholeKey;
  for (const k of [wholeKey, key]) {
    const bytes = kept.get(k);
    if (!bytes) continue;
    kept.delete(k);
    kept.set(k, bytes); // the newest used
    return {bytes, whole: k === wholeKey};
  }
  let whole = !range;
  let flight = flying.get(key);
  if (!flight) {
    const abort = new AbortController();
    const promise = fetchBytes(url, range, options, abort.signal)
      .then((answer) => {
        keep(answer.whole ? wholeKey : key, answer.bytes);
        whole = answer.whole;
        return answer.bytes;
      })
      .finally(() => flying.delete(key));
    promise.catch(() => undefined); // those who wait see the error
    flight = {promise, waiting: 0, abort};
    flying.set(key, flight);
  }
  flight.waiting++;
  const mine = flight;
  try {
    const bytes = await new Promise<Bytes>((resolve, reject) => {
      mine.promise.then(resolve, reject);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
      if (signal?.aborted) reject(signal.reason as Error);
    });
    return {bytes, whole: whole || kept.get(wholeKey) === bytes};
  } finally {
    if (!--mine.waiting && signal?.aborted) {
      flying.delete(key);
      mine.abort.abort();
    }
  }
}

/** Reads weights of one group out of its shards, each shard when its bytes are needed. */
export class GroupReader {
  readonly #group: ManifestGroup;
  readonly #urls: readonly string[];
  readonly #options: FetchOptions;
  /** Where each weight begins; unknown behind a string until the bytes before it have been read. */
  readonly #starts: (number | undefined)[] = [];
  readonly #total: number | undefined;
  /** Size of each shard as far as it is known. */
  readonly #sizes: (number | undefined)[];
  /** Whether the sizes are still only what the converter's habit suggests. */
  #assumed: boolean;

  constructor(group: ManifestGroup, urls: readonly string[], options: FetchOptions) {
    this.#group = group;
    this.#urls = urls;
    this.#options = options;
    let at: number | undefined = 0;
    for (const weight of group.weights) {
      this.#starts.push(at);
      const length = byteLength(weight);
      at = at === undefined || length === null ? undefined : at + length;
    }
    this.#total = at;
    const n = urls.length;
    this.#assumed = n > 0 && at !== undefined && Math.ceil(at / SHARD) === n;
    this.#sizes = urls.map((_, i) => (this.#assumed ? Math.min(SHARD, at! - i * SHARD) : n === 1 ? at : undefined));
  }

  /** @throws Problem where the weight's bytes cannot be had or understood */
  async read(index: number, signal?: AbortSignal): Promise<TensorValues> {
    const weight = this.#group.weights[index]!;
    if (!validShape(weight.shape)) throw new Problem('weightShape', {name: weight.name, shape: JSON.stringify(weight.shape)});
    if (weight.dtype === 'string') throw new Problem('stringTensor');
    const length = byteLength(weight);
    if (length === null) throw new Problem('weightDtype', {name: weight.name, dtype: weight.dtype});
    const start = this.#starts[index] ?? (await this.#start(index, signal));
    return decode(weight, await this.#bytes(start, start + length, weight.name, signal));
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

  async #bytes(from: number, to: number, name: string, signal?: AbortSignal): Promise<Bytes> {
    if (from === to) return new Uint8Array(0);
    const pieces: Bytes[] = [];
    let begin = 0;
    for (let i = 0; i < this.#urls.length && begin < to; i++) {
      const size = this.#sizes[i];
      if (size !== undefined && begin + size <= from) {
        begin += size;
        continue;
      }
      const url = this.#urls[i]!;
      const a = Math.max(0, from - begin);
      const b = Math.min(size ?? Infinity, to - begin);
      const range = size !== undefined && size > RANGED && !this.#assumed ? `${a}-${b - 1}` : null;
      const {bytes, whole} = await shardBytes(url, range, this.#options, signal);
      if (!whole) {
        if (bytes.length < b - a) throw new Problem('shardShort', {url, name, got: bytes.length, expected: b - a});
        pieces.push(bytes.subarray(0, b - a));
        begin += size!;
        continue;
      }
      if (this.#assumed && bytes.length !== size) {
        // shards of another size than usual: forget what was assumed and go through them in order
        const last = i === this.#urls.length - 1;
        if (!last || bytes.length > size!) {
          this.#assumed = false;
          this.#sizes.fill(undefined);
          this.#sizes[i] = bytes.length;
          return this.#bytes(from, to, name, signal);
        }
      }
      const expected = this.#urls.length === 1 ? this.#total : size;
      if (expected === undefined || bytes.length >= expected || this.#urls.length > 1) this.#sizes[i] = bytes.length;
      const end = Math.min(bytes.length, to - begin);
      if (a < end) pieces.push(bytes.subarray(a, end));
      begin += bytes.length;
    }
    const got = pieces.reduce((n, p) => n + p.length, 0);
    if (got < to - from) {
      throw new Problem('shardShort', {url: this.#urls.at(-1) ?? '', name, got, expected: to - from});
    }
    if (pieces.length === 1) return pieces[0]!;
    const out = new Uint8Array(got);
    let at = 0;
    for (const piece of pieces) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }
}
