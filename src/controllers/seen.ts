import type {ScaleSettings} from '../color/scale.js';

/** Least and greatest of finite values. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

/** What values that are read again and again have spanned: at first, and in all. */
export interface Seen {
  readonly first: Span;
  readonly all: Span;
}

/** No value at all. */
export const NONE: Span = {min: Infinity, max: -Infinity};

/** The span of both; NaN, of what has no finite value, adds nothing. */
export const union = (a: Span, b: Span): Span => ({min: b.min < a.min ? b.min : a.min, max: b.max > a.max ? b.max : a.max});

/** Takes in what is spanned now; it begins with what spans anything, which a constant (a bias at its start) does not. */
export function widen(seen: Seen | null, now: Span): Seen | null {
  if (seen) return {first: seen.first, all: union(seen.all, now)};
  return now.min < now.max ? {first: union(NONE, now), all: union(NONE, now)} : null;
}

/** A scheme never switches while values change: what lay on one side of the centre at first stays sequential. */
export function steady(wanted: ScaleSettings, seen: Seen | null): ScaleSettings {
  const {center, domain} = wanted;
  const turns = ({min, max}: Span): boolean => center !== null && min < center && max > center;
  return seen && typeof domain !== 'object' && turns(seen.all) && !turns(seen.first) ? {...wanted, center: null} : wanted;
}
