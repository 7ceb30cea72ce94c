import {judgeEn} from './judge-en.js';
import {say as sayShared, setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words of overviews and of the statistics of weights. */
export function useJudgeWords(): void {
  if (!done) setStrings('en', judgeEn);
  done = true;
}

/** As `say` of strings.ts, knowing the words of the statistics of weights too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  useJudgeWords();
  return sayShared(lang, key, params);
}

/** These words in other languages, fetched when a page needs them. */
export const JUDGE_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('./judge-zh.js').then(({judgeZh}) => setStrings('zh', judgeZh)),
};
