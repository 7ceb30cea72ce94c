import type {embedEn} from './embed-en.js';
import {en} from './en.js';
import type {gradientEn} from './gradient-en.js';
import type {graphEn} from './graph-en.js';
import type {judgeEn} from './judge-en.js';
import type {kindsEn} from './kinds-en.js';
import type {learnEn} from './learn-en.js';
import type {plotEn} from './plot-en.js';
import type {readingEn} from './reading-en.js';
import type {activationsEn} from './activations-en.js';
import type {runEn} from './run-en.js';

/** The name of a word, sentence or message that the library shows. */
export type WordKey = keyof typeof activationsEn | keyof typeof en | keyof typeof embedEn | keyof typeof gradientEn | keyof typeof graphEn | keyof typeof judgeEn | keyof typeof kindsEn | keyof typeof learnEn | keyof typeof plotEn | keyof typeof readingEn | keyof typeof runEn;
/** One language's words; what is missing falls back to English. */
export type WordTable = Partial<Record<WordKey, string>>;
/** What stands for `{name}` in a sentence. */
export type WordParams = Readonly<Record<string, string | number>>;

const tables = new Map<string, WordTable>([['en', en]]);

let edition = 0;

/** Changes whenever words do. */
export const wordsEdition = (): number => edition;

/**
 * Adds or replaces words of a language, for every element on the page. Elements pick them up at their next render.
 * @param lang BCP 47 tag, such as `de` or `pt-BR`; words for `de` also serve `de-AT`
 */
export function setStrings(lang: string, table: WordTable): void {
  edition++;
  const key = lang.toLowerCase();
  tables.set(key, {...tables.get(key), ...table});
}

/** Whether words for exactly this language (or its base language) are present. */
export function hasStrings(lang: string): boolean {
  const key = lang.toLowerCase();
  return tables.has(key) || tables.has(key.split('-')[0]!);
}

/**
 * The words for `key` in `lang`, with `{name}` replaced from `params`, and `{name|one|many}` by its second word where
 * that is 1, else by its third. Text only: never markup.
 */
export function say(lang: string, key: WordKey, params: WordParams = {}): string {
  const tag = lang.toLowerCase();
  const text = tables.get(tag)?.[key] ?? tables.get(tag.split('-')[0]!)?.[key] ?? tables.get('en')![key] ?? key;
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    if (!Object.hasOwn(params, name)) return whole;
    const value = String(params[name]);
    return one === undefined ? value : value === '1' ? one : many!;
  });
}

/** An error in words: what was wrong, what was expected, what to do. `message` is English; elements say it in their own language. */
export class Problem extends Error {
  readonly key: WordKey;
  readonly params: WordParams;

  constructor(key: WordKey, params: WordParams = {}, options?: ErrorOptions) {
    super(say('en', key, params), options);
    this.name = 'Problem';
    this.key = key;
    this.params = params;
  }
}
