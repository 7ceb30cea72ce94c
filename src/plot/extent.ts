import type {Values} from '../tensor/types.js';
import {formatCount} from '../color/format.js';
import type {PlotSettings} from './kind.js';
import type {Axis, Note} from './types.js';

/** Finite extremes of some numbers, the least that is above 0, and how many are not finite. */
export interface Extent {
  /** Infinity and -Infinity where no number is finite. */
  readonly min: number;
  readonly max: number;
  readonly leastPositive: number;
  readonly odd: number;
}

export const NOTHING: Extent = {min: Infinity, max: -Infinity, leastPositive: Infinity, odd: 0};

/** Numbers looked at between two yields. */
const CHUNK = 1 << 18;

/** The extent of numbers, and of what is known already. @yields share done */
export function* extentOf(values: Values, before: Extent = NOTHING, length = values.length): Generator<number, Extent> {
  let {min, max, leastPositive, odd} = before;
  for (let from = 0; from < length; from += CHUNK) {
    const to = Math.min(length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const v = values[i]!;
      if (!Number.isFinite(v)) {
        odd++;
        continue;
      }
      if (v < min) min = v;
      if (v > max) max = v;
      if (v > 0 && v < leastPositive) leastPositive = v;
    }
    yield to / length;
  }
  return {min, max, leastPositive, odd};
}

/**
 * The domain of an axis that shows an extent: with a little room at its ends, on a log axis from the least positive
 * number. [0, 1] where nothing is finite.
 */
export function domainOf({min, max, leastPositive}: Extent, type: Axis['type'], room = 0.04): [number, number] {
  if (type === 'log') {
    if (!(leastPositive < Infinity)) return [0.1, 1];
    const by = (max / leastPositive) ** room || 1;
    return [leastPositive / Math.max(by, 1.02), max * Math.max(by, 1.02)];
  }
  if (!(min <= max)) return [0, 1];
  if (type === 'symlog') return [min < 0 ? min * 1.5 : min, max > 0 ? max * 1.5 : max];
  const by = (max - min) * room || Math.abs(min) * 0.1 || 1;
  return Number.isFinite(max - min) ? [min - by, max + by] : [min, max];
}

/** What log axes leave out. @param sides an axis's type with the numbers along it */
export function logNotes(sides: readonly (readonly [type: Axis['type'], lists: readonly ArrayLike<number>[]])[], {say, lang}: PlotSettings): Note[] {
  let n = 0;
  for (const [type, lists] of sides) {
    if (type !== 'log') continue;
    for (const list of lists) for (let i = 0; i < list.length; i++) if (list[i]! <= 0) n++;
  }
  return n ? [{text: say('plotLogLeft', {n: formatCount(n, lang)})}] : [];
}
