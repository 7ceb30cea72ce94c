import {runEn} from './run-en.js';
import {Problem as SharedProblem, setStrings, type WordKey, type WordParams} from './strings.js';

let done = false;

/** As `Problem` of strings.ts, knowing the words of running a model too: who only computes does without them. */
export class Problem extends SharedProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    if (!done) setStrings('en', runEn);
    done = true;
    super(key, params, options);
  }
}

/** These words in other languages, fetched when a page needs them. */
export const RUN_WORDS: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('./run-zh.js').then(({runZh}) => setStrings('zh', runZh)),
};
