import {readingEn} from './reading-en.js';
import {Problem as SharedProblem, setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey} from './strings.js';

let done = false;

/** As `Problem` of strings.ts, knowing the words of reading too. */
export class Problem extends SharedProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    if (!done) setStrings('en', readingEn);
    done = true;
    super(key, params, options);
  }
}
