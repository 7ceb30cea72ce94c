/** What a stretch of points holds, as bits: NaN, +∞, −∞, finite values. */
export const NAN = 1;
export const POSITIVE_INFINITY = 2;
export const NEGATIVE_INFINITY = 4;
export const FINITE = 8;
export const SPECIAL = NAN | POSITIVE_INFINITY | NEGATIVE_INFINITY;

/** Blocks of 16, 256, 4096 … points of one column: where their extremes are, and what else they hold. */
export interface LineLevel {
  /** Indices of the first lowest and the first highest finite point; of no meaning where `flags` has no FINITE. */
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly flags: Uint8Array;
}

/** Levels from fine to coarse; the coarsest has at most 16 blocks. */
export type LinePyramid = readonly LineLevel[];

const BITS = 4;
const FAN = 1 << BITS;

/** A value's bit. */
export const flagOf = (v: number): number => (v - v === 0 ? FINITE : v !== v ? NAN : v > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);

/** An empty pyramid with room for so many points; takes about 0.6 bytes a point. */
export function newLinePyramid(capacity: number): LinePyramid {
  const levels: LineLevel[] = [];
  for (let n = capacity; n > FAN; ) {
    n = Math.ceil(n / FAN);
    levels.push({lo: new Uint32Array(n), hi: new Uint32Array(n), flags: new Uint8Array(n)});
  }
  return levels;
}

/** Brings a pyramid up to date with the points from `from` on, up to `to`, behind which there are none. */
export function updateLinePyramid(pyramid: LinePyramid, y: Float64Array, from: number, to: number): void {
  if (from >= to || !pyramid.length) return;
  const {lo, hi, flags} = pyramid[0]!;
  for (let i = from; i < to; ) {
    const block = i >> BITS;
    const end = Math.min(to, (block + 1) << BITS);
    let f = i & (FAN - 1) ? flags[block]! : 0;
    let l = lo[block]!;
    let h = hi[block]!;
    for (; i < end; i++) {
      const v = y[i]!;
      if (v - v !== 0) f |= flagOf(v);
      else if (!(f & FINITE)) {
        f |= FINITE;
        l = h = i;
      } else if (v < y[l]!) l = i;
      else if (v > y[h]!) h = i;
    }
    flags[block] = f;
    lo[block] = l;
    hi[block] = h;
  }
  for (let k = 1, n = to; k < pyramid.length; k++) {
    n = Math.ceil(n / FAN);
    updateLevel(pyramid[k]!, pyramid[k - 1]!, y, from >> (BITS * (k + 1)), (to - 1) >> (BITS * (k + 1)), n);
  }
}

/** Makes the blocks `from` to `to` (included) of a level from those of the finer one, of which there are `n`. */
function updateLevel(level: LineLevel, fine: LineLevel, y: Float64Array, from: number, to: number, n: number): void {
  for (let block = from; block <= to; block++) {
    let f = 0;
    let l = 0;
    let h = 0;
    for (let i = block << BITS; i < Math.min(n, (block + 1) << BITS); i++) {
      if (fine.flags[i]! & FINITE) {
        if (!(f & FINITE) || y[fine.lo[i]!]! < y[l]!) l = fine.lo[i]!;
        if (!(f & FINITE) || y[fine.hi[i]!]! > y[h]!) h = fine.hi[i]!;
      }
      f |= fine.flags[i]!;
    }
    level.flags[block] = f;
    level.lo[block] = l;
    level.hi[block] = h;
  }
}

/** What the points of a stretch are. */
export interface Stretch {
  /** Indices of the first lowest and the first highest finite point; -1 where none is finite. */
  lo: number;
  hi: number;
  flags: number;
}

/** Looks at the points from `from` up to `to`, in time that follows the logarithm of their number. Writes into `out`. */
export function scanStretch(pyramid: LinePyramid, y: Float64Array, from: number, to: number, out: Stretch): void {
  let lo = -1;
  let hi = -1;
  let flags = 0;
  for (let i = from; i < to; ) {
    let k = 0;
    // the largest whole block that begins here
    while (k < pyramid.length && !(i & ((1 << (BITS * (k + 1))) - 1)) && i + (1 << (BITS * (k + 1))) <= to) k++;
    if (k) {
      const level = pyramid[k - 1]!;
      const block = i >> (BITS * k);
      if (level.flags[block]! & FINITE) {
        if (lo < 0 || y[level.lo[block]!]! < y[lo]!) lo = level.lo[block]!;
        if (hi < 0 || y[level.hi[block]!]! > y[hi]!) hi = level.hi[block]!;
      }
      flags |= level.flags[block]!;
    } else {
      const flag = flagOf(y[i]!);
      if (flag === FINITE) {
        if (lo < 0 || y[i]! < y[lo]!) lo = i;
        if (hi < 0 || y[i]! > y[hi]!) hi = i;
      }
      flags |= flag;
    }
    i += 1 << (BITS * k);
  }
  out.lo = lo;
  out.hi = hi;
  out.flags = flags;
}

/** The first finite point from `from` up to `to`; `to` where there is none. */
export function firstFinite(pyramid: LinePyramid, y: Float64Array, from: number, to: number): number {
  for (let i = from; i < to; ) {
    if (flagOf(y[i]!) === FINITE) return i;
    // beyond the largest whole block that begins here and has none
    let k = 0;
    for (let size = FAN; k < pyramid.length && !(i & (size - 1)) && i + size <= to && !(pyramid[k]!.flags[i / size]! & FINITE); size *= FAN) k++;
    i += 1 << (BITS * k);
  }
  return to;
}

/** The last finite point before `to`, down to `from`; `from - 1` where there is none. */
export function lastFinite(pyramid: LinePyramid, y: Float64Array, from: number, to: number): number {
  for (let i = to; i > from; ) {
    if (flagOf(y[i - 1]!) === FINITE) return i - 1;
    let k = 0;
    for (let size = FAN; k < pyramid.length && !(i & (size - 1)) && i - size >= from && !(pyramid[k]!.flags[i / size - 1]! & FINITE); size *= FAN) k++;
    i -= 1 << (BITS * k);
  }
  return from - 1;
}
