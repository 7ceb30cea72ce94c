import {kindsEn} from './kinds-en.js';
import {Problem as PlotProblem, say as sayPlot} from './plot.js';
import {setStrings, type WordKey, type WordParams} from './strings.js';

export type {WordKey, WordParams} from './strings.js';

let done = false;

/** Adds the words of the kinds of plot. */
export function useKindWords(): void {
  if (!done) setStrings('en', kindsEn);
  done = true;
}

/** As `say` of plot.ts, knowing the words of the kinds too. */
export function say(lang: string, key: WordKey, params?: WordParams): string {
  useKindWords();
  return sayPlot(lang, key, params);
}

/** As `Problem` of plot.ts, knowing the words of the kinds too. */
export class Problem extends PlotProblem {
  constructor(key: WordKey, params?: WordParams, options?: ErrorOptions) {
    useKindWords();
    super(key, params, options);
  }
}
