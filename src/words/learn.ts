import {learnEn} from './learn-en.js';
import {Problem as RunProblem, say as sayRun} from './run.js';
import {setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words of gradients and of watched training. */
export function useLearnWords(): void {
  if (!done) setStrings('en', learnEn);
  done = true;
}

/** As `say` of run.ts, knowing the words of gradients and of watched training too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  useLearnWords();
  return sayRun(lang, key, params);
}

/** As `Problem` of run.ts, knowing the words of gradients and of watched training too: who only runs a model does without them. */
export class Problem extends RunProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useLearnWords();
    super(key, params, options);
  }
}
