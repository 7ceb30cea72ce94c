import {Problem} from '../words/strings.js';
import {type Bytes, joinBytes} from './bytes.js';
import {download, fetcherId, type FetchOptions} from './download.js';
import {Flights, type Progress} from './flights.js';
import {runSliced} from './slices.js';

/** Bytes of shards that are kept. */
const KEPT = 64 * 2 ** 20;

/** How to fetch shards. */
export interface ShardOptions extends FetchOptions {
  /** Which reading of the model asks: `refresh()` begins a new one, for which nothing older counts. 0: the first. */
  readonly edition?: number;
}

/** What came of a shard: the range that was asked for, or all of it. */
interface Answer {
  readonly bytes: Bytes;
  readonly range: string | null;
}

/** Shards and ranges of them, the newest used last. */
const kept = new Map<string, Bytes>();
let keptBytes = 0;
/** Shards too big to keep, to be had as long as something that was read from them is in use. */
const lent = new Map<string, WeakRef<ArrayBuffer>>();
/** Shards whose server is known to answer ranges. */
const ranged = new Set<string>();
/** Why shards could not be had: they are not asked for again, tile by tile, before `refresh()`. */
const failures = new Map<string, Problem>();
const flights = new Flights<Answer>();

function keep(key: string, bytes: Bytes): void {
  drop(key);
  if (bytes.length > KEPT) {
    if (bytes.length === bytes.buffer.byteLength) lent.set(key, new WeakRef(bytes.buffer));
    return;
  }
  kept.set(key, bytes);
  keptBytes += bytes.length;
  for (const old of kept.keys()) {
    if (keptBytes <= KEPT) break;
    drop(old);
  }
}

function drop(key: string): void {
  keptBytes -= kept.get(key)?.length ?? 0;
  kept.delete(key);
}

function recall(key: string): Bytes | undefined {
  const bytes = kept.get(key);
  if (bytes) {
    kept.delete(key);
    kept.set(key, bytes); // the newest used
    return bytes;
  }
  const buffer = lent.get(key)?.deref();
  return buffer && new Uint8Array(buffer);
}

/**
 * A shard, fetched once however many ask, out of the store where it is still there; the fetch is aborted when nobody
 * waits any longer.
 * @param range `from-to`, both included, where that is enough; `null` for all
 * @returns `whole` tells whether it is all of the shard after all; rejects with a Problem, or with the signal's reason
 */
export async function shardBytes(url: string, range: string | null, options: ShardOptions, signal?: AbortSignal, onProgress?: Progress): Promise<{bytes: Bytes; whole: boolean}> {
  const all = `${fetcherId(options)} ${options.edition ?? 0} ${url}`;
  const part = `${all} ${range}`;
  for (;;) {
    const whole = recall(all);
    if (whole) return {bytes: whole, whole: true};
    const bytes = range && recall(part);
    if (bytes) return {bytes, whole: false};
    const failure = failures.get(all);
    if (failure) throw failure;
    // a server that knows no ranges sends all at each request: until one has been answered, there is no second
    const key = range && ranged.has(all) ? part : all;
    const start = (abort: AbortSignal, tell: Progress): Promise<Answer> =>
      fetchShard(all, {url, range, options, abort, tell}).catch((error: unknown) => {
        if (error instanceof Problem && !abort.aborted) failures.set(all, error);
        throw error;
      });
    const answer = await flights.join(key, start, signal, onProgress);
    if (answer.range === null || answer.range === range) return {bytes: answer.bytes, whole: answer.range === null};
  }
}

interface Request {
  readonly url: string;
  readonly range: string | null;
  readonly options: ShardOptions;
  readonly abort: AbortSignal;
  readonly tell: Progress;
}

async function fetchShard(all: string, {url, range, options, abort, tell}: Request): Promise<Answer> {
  const pieces: Bytes[] = [];
  const words = {unreachable: 'shardUnreachable', status: 'shardStatus'} as const;
  const status = await download({...options, url, range, signal: abort, revalidate: Boolean(options.edition), words, tell}, (chunk) => pieces.push(chunk));
  const bytes = await runSliced(joinBytes(pieces), {signal: abort});
  const start = String.fromCharCode(...bytes.subarray(0, 64)).trimStart().toLowerCase();
  if (start.startsWith('<!doctype') || start.startsWith('<html')) throw new Problem('shardHtml', {url});
  const got = status === 206 ? range : null;
  if (got) ranged.add(all);
  keep(got ? `${all} ${got}` : all, bytes);
  return {bytes, range: got};
}
