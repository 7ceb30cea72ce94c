import {activationsEn} from './activations-en.js';
import {Problem as KindProblem, useKindWords} from './kinds.js';
import {setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words of what is inside a model. */
export function useActivationWords(): void {
  useKindWords();
  if (!done) setStrings('en', activationsEn);
  done = true;
}

/** As `Problem` of kinds.ts, knowing these words too. */
export class Problem extends KindProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useActivationWords();
    super(key, params, options);
  }
}
