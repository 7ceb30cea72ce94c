import {embedEn} from './embed-en.js';
import {Problem as KindProblem, useKindWords} from './kinds.js';
import {setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words of embeddings, and of choosing points. */
export function useEmbedWords(): void {
  useKindWords();
  if (!done) setStrings('en', embedEn);
  done = true;
}

/** As `Problem` of kinds.ts, knowing these words too. */
export class Problem extends KindProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useEmbedWords();
    super(key, params, options);
  }
}
