import {formatCount} from '../color/format.js';
import type {Range} from '../compute/stats.js';
import type {PlotSettings} from './kind.js';

/** How many values are not finite, in words: `3 NaN, 1 +∞`; empty where all are. */
export function oddWords({nan, positiveInfinity, negativeInfinity}: Pick<Range, 'nan' | 'positiveInfinity' | 'negativeInfinity'>, {say, lang}: Pick<PlotSettings, 'say' | 'lang'>): string {
  const word = (n: number, key: 'nan' | 'positiveInfinity' | 'negativeInfinity'): string[] => (n ? [`${formatCount(n, lang)} ${say(key)}`] : []);
  return [...word(nan, 'nan'), ...word(positiveInfinity, 'positiveInfinity'), ...word(negativeInfinity, 'negativeInfinity')].join(', ');
}
