import {gradientEn} from './gradient-en.js';
import {usePlotWords} from './plot.js';
import {Problem as SharedProblem, say as sayShared, setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words that only the gradient map has; other elements do without their weight. */
export function useGradientWords(): void {
  usePlotWords();
  if (!done) setStrings('en', gradientEn);
  done = true;
}

/** As `say` of strings.ts, knowing the gradient map's words too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  useGradientWords();
  return sayShared(lang, key, params);
}

/** As `Problem` of strings.ts, knowing the gradient map's words too. */
export class Problem extends SharedProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useGradientWords();
    super(key, params, options);
  }
}

/** The gradient map's words in other languages, fetched when a page needs them. */
export const MORE_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('./gradient-zh.js').then(({gradientZh}) => setStrings('zh', gradientZh)),
};
