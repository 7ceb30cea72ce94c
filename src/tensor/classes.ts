import {Problem} from '../words/run.js';
import {download, type FetchOptions} from './download.js';
import {describe, unwrap} from './read-tensor.js';

/** The names of classes: in order, by index, or as `{labels}`; as text, JSON or one a line. */
export type ClassesInput = readonly (string | number)[] | Readonly<Record<string, unknown>> | string;

/**
 * The names of an output's classes.
 * @param given a list; `{index: name}`, where an index without a name stands for itself; `{labels: […]}`; the text of any
 *   of them as JSON, or of one name a line. Also what Keras writes: `{name: index}` and `{index: [id, name]}`
 * @param count how many classes the output has
 * @throws Problem where there are more or fewer
 */
export function classNames(given: ClassesInput, count: number): string[] {
  const input = typeof given === 'string' ? parseText(given) : unwrap(given);
  if (typeof input !== 'object' || input === null) throw new Problem('classesBad', {got: describe(input)});
  if (Array.isArray(input)) {
    const names = (input as unknown[]).map(nameOf);
    if (names.length !== count) throw new Problem('classesCount', {expected: count, got: names.length});
    return names;
  }
  const record = input as Readonly<Record<string, unknown>>;
  if (Array.isArray(record.labels)) return classNames(record.labels as string[], count);
  const entries = Object.entries(record);
  const isIndex = (x: unknown): boolean => /^\d+$/.test(String(x));
  const byName = entries.length > 0 && !entries.every(([key]) => isIndex(key)) && entries.every(([, value]) => isIndex(value));
  const pairs = byName ? entries.map(([name, index]) => [String(index), name] as const) : entries;
  const odd = pairs.find(([index]) => !isIndex(index));
  if (odd || !pairs.length) throw new Problem('classesBad', {got: odd ? `{${odd[0]}: …}` : '{}'});
  const largest = Math.max(...pairs.map(([index]) => Number(index)));
  if (largest >= count) throw new Problem('classesIndex', {expected: count, got: largest, last: count - 1});
  const names = Array.from({length: count}, (_, i) => String(i));
  for (const [index, name] of pairs) names[Number(index)] = nameOf(name);
  return names;
}

/** How many classes the names are of. @throws Problem where they are none */
export function classCount(given: ClassesInput): number {
  const input = typeof given === 'string' ? parseText(given) : unwrap(given);
  if (typeof input !== 'object' || input === null) throw new Problem('classesBad', {got: describe(input)});
  if (Array.isArray(input)) return input.length;
  const record = input as Readonly<Record<string, unknown>>;
  if (Array.isArray(record.labels)) return record.labels.length;
  const isIndex = (x: unknown): boolean => /^\d+$/.test(String(x));
  const [keys, values] = [Object.keys(record), Object.values(record)];
  return Math.max(0, ...(keys.every(isIndex) ? keys : values.filter(isIndex)).map(Number)) + 1;
}

function nameOf(x: unknown): string {
  // [id, name] of ImageNet's index
  const name: unknown = Array.isArray(x) ? x.at(-1) : x;
  if (typeof name !== 'string' && typeof name !== 'number') throw new Problem('classesName', {got: describe(name)});
  return String(name).trim();
}

function parseText(text: string): unknown {
  const whole = text.replace(/^\uFEFF/, '').trim();
  if (!whole) throw new Problem('classesEmpty');
  if (whole.startsWith('<')) throw new Problem('classesHtml');
  if (!/^[[{]/.test(whole)) return whole.split(/\r\n|\r|\n/);
  try {
    return JSON.parse(whole) as unknown;
  } catch (error) {
    throw new Problem('classesJson', {reason: (error as Error).message}, {cause: error});
  }
}

/**
 * Fetches a file with the names of classes, as text for `classNames`.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function fetchClasses(src: string, options: FetchOptions, signal: AbortSignal): Promise<string> {
  const url = URL.canParse(src, globalThis.document?.baseURI) ? new URL(src, globalThis.document?.baseURI).href : src;
  const decoder = new TextDecoder();
  let text = '';
  const words = {unreachable: url.startsWith('file:') ? 'srcFile' : 'srcUnreachable', status: 'srcStatus'} as const;
  await download({...options, url, signal, revalidate: false, words, tell: () => undefined}, (chunk) => (text += decoder.decode(chunk, {stream: true})));
  return text + decoder.decode();
}
