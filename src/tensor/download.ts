import {Problem, type WordKey} from '../words/reading.js';
import type {Progress} from './flights.js';
import {yieldToPage} from './slices.js';

/** How to fetch: the element's `fetch` and `crossorigin`. */
export interface FetchOptions {
  readonly fetch?: typeof fetch | undefined;
  readonly credentials?: RequestCredentials | undefined;
}

/** One file to fetch. */
export interface Download extends FetchOptions {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Of the file's bytes, only `from-to`, both included; the server may answer with all of them. */
  readonly range?: string | null;
  /** Asks the server whether the browser's copy is still the newest. */
  readonly revalidate: boolean;
  /** What is said where there is no whole answer, and where it is not a good one. */
  readonly words: {readonly unreachable: WordKey; readonly status: WordKey};
  readonly tell: Progress;
}

/** Bytes that are taken in between two yields to the page. */
const TURN = 2 ** 20;

/** A number for each fetch function, so that what one may see is not handed to another. */
const fetchers = new WeakMap<object, number>();
let fetcherCount = 0;

/** Tells apart ways to fetch that may get different answers. */
export function fetcherId({fetch: own, credentials}: FetchOptions): string {
  const how = credentials ?? '';
  if (!own) return how;
  if (!fetchers.has(own)) fetchers.set(own, ++fetcherCount);
  return `${fetchers.get(own)}${how}`;
}

/**
 * Fetches a file, and hands over its bytes as they come.
 * @returns the status; rejects with a Problem, or with the signal's reason
 */
export async function download(file: Download, take: (chunk: Uint8Array<ArrayBuffer>) => void): Promise<number> {
  const {url, signal, range, revalidate, credentials, words, tell} = file;
  let response: Response;
  try {
    response = await (file.fetch ?? fetch)(url, {
      signal,
      ...(credentials && {credentials}),
      ...(revalidate && {cache: 'no-cache'}),
      ...(range && {headers: {Range: `bytes=${range}`}}),
    });
    if (response.ok) await readBody(response, take, tell);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(words.unreachable, {url, reason: String((error as Error).message)}, {cause: error});
  }
  if (!response.ok) throw new Problem(words.status, {url, status: response.status});
  return response.status;
}

async function readBody(response: Response, take: (chunk: Uint8Array<ArrayBuffer>) => void, tell: Progress): Promise<void> {
  const {headers, body} = response;
  // of an encoded body the header tells what travels, not what comes out of it
  const total = headers.get('content-encoding') ? 0 : Number(headers.get('content-length')) || 0;
  const reader = body?.getReader();
  if (!reader) return take(new Uint8Array(await response.arrayBuffer()));
  let loaded = 0;
  for (let turn = TURN; ; ) {
    const {done, value} = await reader.read();
    if (done) return;
    loaded += value.length;
    take(value);
    tell(loaded, total < loaded ? 0 : total);
    if (loaded < turn) continue;
    turn = loaded + TURN;
    await yieldToPage(); // what lies in the cache comes without a pause
  }
}
