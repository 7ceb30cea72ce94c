import {runEn} from './run-en.js';
import {Problem as SharedProblem, say as sayShared, setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

function useRunWords(): void {
  if (!done) setStrings('en', runEn);
  done = true;
}

/** As `say` of strings.ts, knowing the words of running a model too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  useRunWords();
  return sayShared(lang, key, params);
}

/** As `Problem` of strings.ts, knowing the words of running a model too: who only computes does without them. */
export class Problem extends SharedProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useRunWords();
    super(key, params, options);
  }
}

/** These words in other languages, fetched when a page needs them. */
export const RUN_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('./run-zh.js').then(({runZh}) => setStrings('zh', runZh)),
};

/** The words of learn.ts in other languages, for elements that fetch its own when they draw what it is about. */
export const LEARN_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('./learn-zh.js').then(({learnZh}) => setStrings('zh', learnZh)),
};
