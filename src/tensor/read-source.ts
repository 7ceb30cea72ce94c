import {Problem} from '../words/strings.js';
import {graphModelWeights, isGraph, layersModelWeights, manifestOf} from './model-json.js';
import {describe, readTensor} from './read-tensor.js';
import {type FetchOptions, fetcherId, forgetShards, GroupReader, type ManifestGroup} from './shards.js';
import type {Data, ModelWeights, NestedNumbers, PlainTensor} from './types.js';

/** How to open a URL. */
export interface OpenOptions extends FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the JSON read so far, of how many (0: unknown). */
  readonly onProgress?: ((loaded: number, total: number) => void) | undefined;
  /** Read anew, whatever is kept. */
  readonly fresh?: boolean;
}

interface Flight {
  readonly promise: Promise<Data>;
  readonly abort: AbortController;
  readonly listeners: Set<(loaded: number, total: number) => void>;
  waiting: number;
}

const flying = new Map<string, Flight>();
/** What was read stays shared as long as someone uses it. */
const opened = new Map<string, WeakRef<Data>>();

/**
 * Reads what a URL holds: a `model.json` in layers or graph format, a weights manifest, or JSON data. Of a model only
 * the JSON is fetched; its weights fetch the shards that hold them when they are read. Elements with the same URL
 * share one fetch and one model; the fetch is aborted when the last of them gives up.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function openSource(src: string, options: OpenOptions = {}): Promise<Data> {
  const url = resolve(src);
  const key = `${fetcherId(options)} ${url}`;
  if (options.fresh) {
    opened.delete(key);
    forgetShards(url.slice(0, url.search(/[^/]*(\?|#|$)/)));
  }
  const known = opened.get(key)?.deref();
  if (known) return known;
  const {signal, onProgress} = options;
  let flight = flying.get(key);
  if (!flight) {
    const abort = new AbortController();
    const listeners: Flight['listeners'] = new Set();
    const tell = (loaded: number, total: number): void => listeners.forEach((listener) => listener(loaded, total));
    const promise = fetchJson(url, options, abort.signal, tell)
      .then((json) => dataOf(json, url, options))
      .finally(() => flying.get(key) === flight && flying.delete(key));
    promise.then(
      (data) => opened.set(key, new WeakRef(data)),
      () => undefined,
    );
    flight = {promise, abort, listeners, waiting: 0};
    flying.set(key, flight);
  }
  const mine = flight;
  mine.waiting++;
  if (onProgress) mine.listeners.add(onProgress);
  try {
    return await new Promise<Data>((done, reject) => {
      mine.promise.then(done, reject);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
      if (signal?.aborted) reject(signal.reason as Error);
    });
  } finally {
    if (onProgress) mine.listeners.delete(onProgress);
    if (!--mine.waiting && signal?.aborted) {
      if (flying.get(key) === mine) flying.delete(key);
      mine.abort.abort();
    }
  }
}

/** @throws Problem for an address that cannot be fetched */
function resolve(src: string): string {
  if (/^(indexeddb|localstorage):/i.test(src)) throw new Problem('srcStore', {url: src});
  try {
    return new URL(src, globalThis.document?.baseURI).href;
  } catch (error) {
    throw new Problem('srcUrl', {url: src}, {cause: error});
  }
}

async function fetchJson(url: string, options: FetchOptions, signal: AbortSignal, tell: (loaded: number, total: number) => void): Promise<unknown> {
  let response: Response;
  try {
    response = await (options.fetch ?? fetch)(url, {signal, ...(options.credentials && {credentials: options.credentials})});
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(url.startsWith('file:') ? 'srcFile' : 'srcUnreachable', {url, reason: String((error as Error).message)}, {cause: error});
  }
  if (!response.ok) throw new Problem('srcStatus', {url, status: response.status});
  return parseJson(await textOf(response, tell), url);
}

async function textOf(response: Response, tell: (loaded: number, total: number) => void): Promise<string> {
  const total = Number(response.headers.get('content-length')) || 0;
  const reader = response.body?.getReader();
  if (!reader) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  let loaded = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return text + decoder.decode();
    loaded += value.length;
    text += decoder.decode(value, {stream: true});
    tell(loaded, Math.max(total, loaded));
  }
}

/**
 * Parses JSON, with words for what is none.
 * @param where names the source in a message
 */
export function parseJson(source: string, where: string): unknown {
  const text = source.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (/^\s*</.test(text)) throw new Problem('jsonHtml', {url: where});
    if (!text.trim()) throw new Problem('jsonEmpty', {url: where});
    throw new Problem('jsonBroken', {url: where, reason: (error as Error).message}, {cause: error});
  }
}

/**
 * What parsed JSON is: a model, a weights manifest, or a tensor.
 * @param url against which the shards' paths are resolved: its folder, and its query is theirs too
 * @throws Problem for anything else
 */
export async function dataOf(json: unknown, url: string, options: FetchOptions = {}): Promise<Data> {
  if (typeof json === 'number' || (Array.isArray(json) && !isManifest(json))) return {tensor: await readTensor(json as NestedNumbers)};
  if (typeof json !== 'object' || json === null) throw new Problem('jsonUnknown', {url, got: describe(json)});
  if (isManifest(json)) return {model: modelOf(null, json, url, options)};
  if ('shape' in json && 'data' in json) return {tensor: await readTensor(plain(json as PlainTensor))};
  if ('nodes' in json && 'edges' in json) throw new Problem('jsonGraphSpec', {url});
  if ('modelTopology' in json || 'weightsManifest' in json) {
    const {modelTopology, weightsManifest} = json as {modelTopology?: unknown; weightsManifest?: unknown};
    if (weightsManifest === undefined) throw new Problem('noManifest', {url});
    return {model: modelOf(modelTopology ?? null, weightsManifest, url, options)};
  }
  throw new Problem('jsonUnknown', {url, got: `{${Object.keys(json).slice(0, 5).join(', ')}}`});
}

const isManifest = (json: unknown): boolean => Array.isArray(json) && typeof json[0] === 'object' && json[0] !== null && 'weights' in json[0];

/** Nested arrays as `data` are laid flat; their shape must agree. */
function plain(input: PlainTensor): PlainTensor {
  return Array.isArray(input.data) ? {...input, data: input.data.flat(Infinity) as number[]} : input;
}

function modelOf(topology: unknown, manifest: unknown, url: string, options: FetchOptions): ModelWeights {
  const groups = manifestOf(manifest);
  const readers = groups.map((group: ManifestGroup) => new GroupReader(group, group.paths.map((path) => shardUrl(path, url)), options));
  const read: Parameters<typeof layersModelWeights>[2] = (group, index, signal) => readers[group]!.read(index, signal);
  return topology && !isGraph(topology) ? layersModelWeights(topology, groups, read) : graphModelWeights(topology, groups, read);
}

/** The folder of the model's URL, the path, and the model's query (which may hold a signature). */
function shardUrl(path: string, url: string): string {
  const shard = new URL(path, url);
  if (!shard.search) shard.search = new URL(url).search;
  return shard.href;
}
