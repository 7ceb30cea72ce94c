import {graphEn} from './graph-en.js';
import {Problem as SharedProblem, say as sayShared, setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words that only the graph and the readers of structure have; other elements do without their weight. */
export function useGraphWords(): void {
  if (!done) setStrings('en', graphEn);
  done = true;
}

/** As `say` of strings.ts, knowing the graph's words too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  useGraphWords();
  return sayShared(lang, key, params);
}

/** As `Problem` of strings.ts, knowing the graph's words too. */
export class Problem extends SharedProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useGraphWords();
    super(key, params, options);
  }
}

/** The graph's words in other languages, fetched when a page needs them. */
export const MORE_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('./graph-zh.js').then(({graphZh}) => setStrings('zh', graphZh)),
};
