import {plotEn} from './plot-en.js';
import {Problem as SharedProblem, say as sayShared, setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words that only the plots, the metrics and what runs a model have; other elements do without their weight. */
export function usePlotWords(): void {
  if (!done) setStrings('en', plotEn);
  done = true;
}

/** As `say` of strings.ts, knowing the plots' words too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  usePlotWords();
  return sayShared(lang, key, params);
}

/** As `Problem` of strings.ts, knowing the plots' words too. */
export class Problem extends SharedProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    usePlotWords();
    super(key, params, options);
  }
}

/** The plots' words in other languages, fetched when a page needs them. */
export const MORE_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => Promise.all([import('./plot-zh.js'), import('./kinds-zh.js'), import('./embed-zh.js'), import('./activations-zh.js')]).then(([{plotZh}, {kindsZh}, {embedZh}, {activationsZh}]) => setStrings('zh', {...plotZh, ...kindsZh, ...embedZh, ...activationsZh})),
};
