import {Problem} from '../words/reading.js';
import {type Bytes, joinBytes} from './bytes.js';
import {download, fetcherId, type FetchOptions} from './download.js';
import {Flights, type Progress} from './flights.js';
import {graphModelWeights, isGraph, layersModelWeights, manifestOf, type ReadWeight} from './model-json.js';
import {describe, readTensor} from './read-tensor.js';
import {shardBytes, type ShardOptions} from './shard-store.js';
import {GroupReader, type ManifestGroup} from './shards.js';
import {runSliced} from './slices.js';
import type {Data, ModelStructure, ModelWeights, NestedNumbers, PlainTensor, WeightData} from './types.js';

/** How to open a URL. */
export interface OpenOptions extends FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the JSON read so far, of how many (0: unknown). */
  readonly onProgress?: Progress | undefined;
  /** Read anew, shards included, whatever is kept here or by the browser. */
  readonly fresh?: boolean;
}

const flights = new Flights<Data>();
/** What was read stays shared as long as someone uses it. */
const opened = new Map<string, WeakRef<Data>>();
/** URLs that were read anew: what is kept of an earlier edition, or still on its way, counts no longer. */
const editions = new Map<string, number>();
let lastEdition = 0;

/**
 * Reads what a URL holds: a `model.json` in layers or graph format, a weights manifest, or JSON data. Of a model only
 * the JSON is fetched; its weights fetch the shards that hold them when they are read. Elements with the same URL
 * share one fetch and one model; the fetch is aborted when the last of them gives up.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function openSource(src: string, {fetch: own, credentials, signal, onProgress, fresh}: OpenOptions = {}): Promise<Data> {
  const url = resolve(src);
  const who = fetcherId({fetch: own, credentials});
  const keyOf = (): string => `${who} ${editions.get(url) ?? 0} ${url}`;
  if (fresh) {
    opened.delete(keyOf());
    editions.set(url, ++lastEdition);
  }
  const key = keyOf();
  const known = opened.get(key)?.deref();
  if (known) return known;
  const options: ShardOptions = {fetch: own, credentials, edition: editions.get(url) ?? 0};
  const start = async (abort: AbortSignal, tell: Progress): Promise<Data> => {
    const data = await dataOf(await fetchJson(url, options, abort, tell), url, options);
    opened.set(key, new WeakRef(data));
    return data;
  };
  return flights.join(key, start, signal, onProgress);
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

async function fetchJson(url: string, options: ShardOptions, signal: AbortSignal, tell: Progress): Promise<unknown> {
  const words = {unreachable: url.startsWith('file:') ? 'srcFile' : 'srcUnreachable', status: 'srcStatus'} as const;
  const decoder = new TextDecoder();
  let text = '';
  await download({...options, url, signal, revalidate: Boolean(options.edition), words, tell}, (chunk) => (text += decoder.decode(chunk, {stream: true})));
  return parseJson(text + decoder.decode(), url);
}

/** Strings, and what Python writes for numbers that JSON has not. */
const BARE = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/**
 * Parses JSON, with words for what is none. A bare `NaN` or `Infinity`, as Python's json.dumps writes them, is read as
 * a string of that name.
 * @param where names the source in a message: its address, or words for it
 */
export function parseJson(source: string, where: string): unknown {
  const text = source.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const quoted = text.replace(BARE, (found) => (found[0] === '"' ? found : `"${found}"`));
    try {
      if (quoted !== text) return JSON.parse(quoted) as unknown;
    } catch {
      // the first error is of the text as it stands
    }
    if (/^\s*</.test(text)) throw new Problem('jsonHtml', {url: where});
    if (!text.trim()) throw new Problem('jsonEmpty', {url: where});
    throw new Problem(URL.canParse(where) ? 'jsonBroken' : 'jsonBrokenInside', {url: where, reason: (error as Error).message}, {cause: error});
  }
}

/**
 * What parsed JSON is: a model, a weights manifest, or a tensor.
 * @param url against which the shards' paths are resolved: its folder, and its query is theirs too
 * @throws Problem for anything else
 */
export async function dataOf(json: unknown, url: string, options: ShardOptions = {}): Promise<Data> {
  if (typeof json === 'number' || (Array.isArray(json) && !isManifest(json))) return {tensor: await readTensor(json as NestedNumbers)};
  if (typeof json !== 'object' || json === null) throw new Problem('jsonUnknown', {url, got: describe(json)});
  if (isManifest(json)) return {model: await modelOf(null, json, url, options)};
  if ('shape' in json && 'data' in json) return {tensor: await readTensor(json as PlainTensor)};
  if ('nodes' in json && 'edges' in json) return {graph: json};
  if ('modelTopology' in json || 'weightsManifest' in json) {
    const {modelTopology, weightsManifest, ...rest} = json as {modelTopology?: unknown; weightsManifest?: unknown} & Rest;
    return {model: await modelOf(modelTopology ?? null, weightsManifest, url, options, rest)};
  }
  throw new Problem('jsonUnknown', {url, got: `{${Object.keys(json).slice(0, 5).join(', ')}}`});
}

/**
 * The tensors or weights in data.
 * @param url names the source in a message
 * @throws Problem for what holds structure alone
 */
export function weightsOf(data: Data, url: string): WeightData {
  if ('graph' in data) throw new Problem('jsonGraphSpec', {url});
  if ('model' in data && data.model.structure?.manifest === null) throw new Problem('noManifest', {url});
  return data;
}

const isManifest = (json: unknown): boolean => Array.isArray(json) && typeof json[0] === 'object' && json[0] !== null && 'weights' in json[0];

/** What a `model.json` says beside its topology and its weights. */
interface Rest {
  readonly signature?: unknown;
  readonly userDefinedMetadata?: {readonly signature?: unknown};
}

async function modelOf(topology: unknown, manifest: unknown, url: string, options: ShardOptions, rest: Rest = {}): Promise<ModelWeights> {
  const groups = manifest === undefined ? [] : manifestOf(manifest);
  const readers = groups.map((group: ManifestGroup) => {
    const urls = group.paths.map((path) => shardUrl(path, url));
    return new GroupReader(group, urls, (i, range, signal, onProgress) => shardBytes(urls[i]!, range, options, signal, onProgress));
  });
  const read: ReadWeight = (group, index, signal, onProgress) => readers[group]!.read(index, signal, onProgress);
  const model = topology && !isGraph(topology) ? layersModelWeights(topology, groups, read) : await runSliced(graphModelWeights(topology, groups, read));
  const structure: ModelStructure = {
    topology,
    manifest: manifest === undefined ? null : groups,
    signature: rest.signature ?? rest.userDefinedMetadata?.signature,
    rest: {...rest},
    bytes: (signal, onProgress) => allBytes(groups.map(({paths}) => paths.map((path) => shardUrl(path, url))), options, signal, onProgress),
  };
  return {...model, structure};
}

/** The shards of all groups, each group's laid end to end. */
async function allBytes(groups: readonly (readonly string[])[], options: ShardOptions, signal?: AbortSignal, onProgress?: Progress): Promise<Bytes[]> {
  const loaded = groups.map((urls) => urls.map(() => 0));
  const shards = groups.map((urls, g) =>
    urls.map(async (url, i) => {
      const {bytes} = await shardBytes(url, null, options, signal, (n) => {
        loaded[g]![i] = n;
        onProgress?.(loaded.flat().reduce((a, b) => a + b, 0), 0);
      });
      return bytes;
    }),
  );
  return Promise.all(shards.map(async (group) => runSliced(joinBytes(await Promise.all(group)), {signal})));
}

/** The folder of the model's URL, the path, and the model's query (which may hold a signature). */
function shardUrl(path: string, url: string): string {
  // a blob has no folder: its structure can be read, its shards can't be found
  if (!URL.canParse(path, url)) return path;
  const shard = new URL(path, url);
  if (!shard.search) shard.search = new URL(url).search;
  return shard.href;
}
