import {Problem} from '../words/kinds.js';
import {FINITE, firstFinite, flagOf, lastFinite, type LinePyramid, newLinePyramid, scanStretch, SPECIAL, type Stretch, updateLinePyramid} from './line-pyramid.js';
import {drain} from './slices.js';

/**
 * Points of one or more lines over a shared x, that more can be appended to. Made and changed by the functions here
 * alone. Takes 8 bytes a number, and 0.6 a point and column for the extremes; room grows by doubling.
 */
export interface Series {
  /** Points lie from `start` up to `end`; what else the arrays hold has no meaning. */
  x: Float64Array;
  readonly ys: Float64Array[];
  start: number;
  end: number;
  /** Whether no x was ever less than the one before. Where one was, nothing can be reduced: see `reduceSeries`. */
  ascending: boolean;
  /** Points that were thinned out or dropped so far. */
  removed: number;
  /** Where the thinned points end. */
  thinned: number;
  /** How many blocks' worth of points stay as one block's. */
  grain: number;
  readonly capacity: number;
  readonly limit: number | null;
  /** A pyramid a column. */
  readonly pyramids: LinePyramid[];
}

export interface SeriesOptions {
  /**
   * Points that there is room for; default 2^21 (34 MB with one column), the least 64 a column. Where more come, the
   * older half is thinned, evenly: of every 16 points a column (later 64, 256 …) the first, the last, each column's
   * extremes and the first and last of its NaN, +∞ and −∞ stay.
   */
  readonly capacity?: number;
  /** Keeps no more than so many of the newest points, and drops older ones, extremes and NaN among them. */
  readonly limit?: number;
  /** Points that are about to come: room is made for them at once. */
  readonly expected?: number;
}

const CAPACITY = 1 << 21;
/** Points and column that are thinned together: at most 10 stay. */
const BLOCK = 16;
/** Points appended between two yields. */
const STEP = 1 << 16;

/** An empty series. @param columns lines over the same x */
export function newSeries(columns = 1, {capacity = CAPACITY, limit, expected = 0}: SeriesOptions = {}): Series {
  const most = limit ? 2 * limit : Math.max(capacity, 64 * columns);
  const room = Math.max(1024, Math.min(most, expected));
  return {
    x: new Float64Array(room),
    ys: Array.from({length: columns}, () => new Float64Array(room)),
    start: 0,
    end: 0,
    ascending: true,
    removed: 0,
    thinned: 0,
    grain: 1,
    capacity: most,
    limit: limit ?? null,
    pyramids: Array.from({length: columns}, () => newLinePyramid(room)),
  };
}

/** A series of given points; arrays are copied. */
export const buildSeries = (x: ArrayLike<number>, ys: readonly ArrayLike<number>[], options?: SeriesOptions): Series => drain(buildSeriesSteps(x, ys, options));

/** `buildSeries` in steps. @yields share done */
export function* buildSeriesSteps(x: ArrayLike<number>, ys: readonly ArrayLike<number>[], options?: SeriesOptions): Generator<number, Series> {
  const series = newSeries(ys.length, {expected: x.length, ...options});
  for (let from = 0; from < x.length; from += STEP) {
    const to = Math.min(x.length, from + STEP);
    appendPoints(series, x, ys, from, to);
    yield to / x.length;
  }
  return series;
}

/**
 * A series of the given arrays themselves, which nobody may change from then on; nor does the series, but where so many
 * more points come that it thins. However long they are, they stay whole.
 * @yields share done
 * @throws Problem for an x that is not finite
 */
export function* adoptSeriesSteps(x: Float64Array, ys: readonly Float64Array[]): Generator<number, Series> {
  const series = newSeries(0, {capacity: Math.max(CAPACITY, x.length)});
  series.x = x;
  for (const y of ys) {
    series.ys.push(y);
    series.pyramids.push(newLinePyramid(x.length));
  }
  for (let from = 0; from < x.length; from += STEP) {
    const to = Math.min(x.length, from + STEP);
    checkX(series, x, from, to);
    series.end = to;
    for (const [c, y] of ys.entries()) {
      updateLinePyramid(series.pyramids[c]!, y, from, to);
      yield to / x.length;
    }
  }
  return series;
}

/**
 * Appends points; each costs about the same however many there are, but for one in a capacity's half, which thins.
 * @param ys a list a column, as long as `x`; may hold NaN and infinities
 * @param from the points of the lists from here up to `to` are appended
 * @throws Problem for an x that is not finite, and for lists that do not fit; then nothing is appended
 */
export function appendPoints(series: Series, x: ArrayLike<number>, ys: readonly ArrayLike<number>[], from = 0, to = x.length): void {
  if (ys.length !== series.ys.length || ys.some((y) => y.length !== x.length)) {
    throw new Problem('seriesColumns', {expected: series.ys.length, n: x.length, got: ys.map((y) => y.length).join(', ') || '0'});
  }
  checkX(series, x, from, to);
  for (let at = from; at < to; ) {
    if (series.end === series.capacity) {
      if (series.limit === null) thin(series);
      else settle(series, series.start, 0);
    }
    const n = Math.min(to - at, series.capacity - series.end);
    const {end} = series;
    makeRoom(series, end + n);
    copyInto(series.x, x, at, end, n);
    series.end = end + n;
    for (const [c, y] of series.ys.entries()) {
      copyInto(y, ys[c]!, at, end, n);
      updateLinePyramid(series.pyramids[c]!, y, end, end + n);
    }
    if (series.limit !== null && series.end - series.limit > series.start) {
      series.removed += series.end - series.limit - series.start;
      series.start = series.end - series.limit;
    }
    at += n;
  }
}

/** Looks at the x that are about to come. */
function checkX(series: Series, x: ArrayLike<number>, from: number, to: number): void {
  let last = series.end > series.start ? series.x[series.end - 1]! : -Infinity;
  let {ascending} = series;
  for (let i = from; i < to; i++) {
    const v = x[i]!;
    if (v - v !== 0) throw new Problem('seriesX', {at: i, got: String(v)});
    if (v < last) ascending = false;
    last = v;
  }
  series.ascending = ascending;
}

/** Copies `n` numbers from `from` on to `to`. */
function copyInto(out: Float64Array, given: ArrayLike<number>, from: number, to: number, n: number): void {
  if (given instanceof Float64Array) out.set(given.subarray(from, from + n), to);
  else for (let i = 0; i < n; i++) out[to + i] = given[from + i]!;
}

function makeRoom(series: Series, points: number): void {
  const had = series.x.length;
  if (points <= had) return;
  const room = Math.min(series.capacity, Math.max(points, 2 * had));
  const grow = (old: Float64Array): Float64Array => {
    const out = new Float64Array(room);
    out.set(old);
    return out;
  };
  series.x = grow(series.x);
  for (const [c, y] of series.ys.entries()) {
    series.ys[c] = grow(y);
    const old = series.pyramids[c]!;
    const pyramid = newLinePyramid(room);
    for (const [k, level] of old.entries()) {
      pyramid[k]!.lo.set(level.lo);
      pyramid[k]!.hi.set(level.hi);
      pyramid[k]!.flags.set(level.flags);
    }
    series.pyramids[c] = pyramid;
    // a level that the old one did not have; it has few blocks
    if (pyramid.length > old.length) updateLinePyramid(pyramid, series.ys[c]!, 0, series.end);
  }
}

/** Moves the points from `from` on to `to`, where the series then has its end; pyramids are made anew. */
function settle(series: Series, from: number, to: number): void {
  const {end, ys, pyramids} = series;
  series.x.copyWithin(to, from, end);
  series.start = 0;
  series.end = to + end - from;
  for (const [c, y] of ys.entries()) {
    y.copyWithin(to, from, end);
    updateLinePyramid(pyramids[c]!, y, 0, series.end);
  }
}

/**
 * Thins the older half, evenly: what was thinned before stays as it is until it fills a quarter of the room; then it is
 * thinned again, and what follows by four times as much at once.
 */
function thin(series: Series): void {
  const half = series.end >> 1;
  const block = BLOCK * series.ys.length;
  let kept = series.thinned;
  if (kept > series.capacity / 4) {
    kept = thinPart(series, 0, kept, block, 0);
    series.grain *= 4;
  }
  kept = thinPart(series, series.thinned, half, block * series.grain, kept);
  series.removed += half - kept;
  series.thinned = kept;
  settle(series, half, kept);
}

/** Thins the points from `from` up to `to` block by block and moves what stays to `out` on. @returns where that ends */
function thinPart({x, ys}: Series, from: number, to: number, block: number, out: number): number {
  const keep = new Uint8Array(Math.min(block, to - from));
  for (let at = from; at < to; at += keep.length) {
    const n = Math.min(keep.length, to - at);
    keep.fill(0);
    keep[0] = keep[n - 1] = 1;
    for (const y of ys) keepOf(y, at, n, keep);
    for (let i = 0; i < n; i++) {
      if (!keep[i]) continue;
      x[out] = x[at + i]!;
      for (const y of ys) y[out] = y[at + i]!;
      out++;
    }
  }
  return out;
}

/** Marks a block's extremes and the first and last of each kind of special value. */
function keepOf(y: Float64Array, from: number, n: number, keep: Uint8Array): void {
  let [lo, hi] = [-1, -1];
  let seen = 0;
  for (let i = 0; i < n; i++) {
    const v = y[from + i]!;
    if (v - v === 0) {
      if (lo < 0 || v < y[from + lo]!) lo = i;
      if (hi < 0 || v > y[from + hi]!) hi = i;
    } else if (!(seen & flagOf(v))) {
      seen |= flagOf(v);
      keep[i] = 1;
    }
  }
  if (lo >= 0) keep[lo] = keep[hi] = 1;
  for (let i = n - 1; seen; i--) {
    const flag = flagOf(y[from + i]!);
    if (!(seen & flag)) continue;
    seen &= ~flag;
    keep[i] = 1;
  }
}

/** A line reduced to what can be seen of it. */
export interface Reduction {
  /** Indices of finite points, in the line's order. */
  readonly points: Uint32Array;
  /** 1 where no line leads to a point from the one before it: at the first, and behind what is not finite. */
  readonly breaks: Uint8Array;
  /** What a pixel column holds beside finite values: NAN | POSITIVE_INFINITY | NEGATIVE_INFINITY. */
  readonly special: Uint8Array;
  /** False where x was not ascending: then `points` is the plain list of all in view, however many. */
  readonly reduced: boolean;
}

/**
 * The points that draw a line as all of its points would: of each pixel column the first, the lowest, the highest and
 * the last (M4; Jugel, Jerzak, Hackenbroich and Markl, 2014), and the neighbours on either side of the view. Takes
 * time that follows `width`, not the number of points. Pixel column c is x0 + (x1 − x0)·c / width up to, but without,
 * that of c + 1; the last holds x1 too.
 * Where x is not ascending every point in view is listed, and every line's end that crosses it.
 * @param width pixel columns, 1 or more
 */
export function reduceSeries(series: Series, column: number, x0: number, x1: number, width: number): Reduction {
  return series.ascending ? reduceAscending(series, column, x0, x1, width) : listPoints(series, column, x0, x1, width);
}

function reduceAscending({x, ys, pyramids, start, end}: Series, column: number, x0: number, x1: number, width: number): Reduction {
  const y = ys[column]!;
  const pyramid = pyramids[column]!;
  const points = new Uint32Array(4 * width + 2);
  const breaks = new Uint8Array(4 * width + 2);
  const special = new Uint8Array(width);
  const stretch: Stretch = {lo: -1, hi: -1, flags: 0};
  let n = 0;
  let before = -2;
  const put = (i: number, gap: boolean): void => {
    if (i === before) return;
    points[n] = i;
    breaks[n++] = gap || before < 0 ? 1 : 0;
    before = i;
  };
  const from = firstAt(x, x0, start, end);
  const to = firstBeyond(x, x1, from, end);
  if (from > start && flagOf(y[from - 1]!) === FINITE) put(from - 1, false);
  for (let c = 0, a = from; c < width && a < to; c++) {
    const b = c === width - 1 ? to : firstAt(x, x0 + ((x1 - x0) * (c + 1)) / width, a, to);
    if (b === a) continue;
    scanStretch(pyramid, y, a, b, stretch);
    const {lo, hi} = stretch;
    const odd = (special[c] = stretch.flags & SPECIAL);
    if (lo >= 0) {
      const first = odd ? firstFinite(pyramid, y, a, b) : a;
      const last = odd ? lastFinite(pyramid, y, a, b) : b - 1;
      // between the columns' last and first finite points lie only others
      put(first, first > before + 1);
      for (const i of [Math.min(lo, hi), Math.max(lo, hi), last]) {
        if (odd) scanStretch(pyramid, y, before + 1, i, stretch);
        put(i, odd > 0 && (stretch.flags & SPECIAL) > 0);
      }
    }
    a = b;
  }
  if (to < end && flagOf(y[to]!) === FINITE) put(to, to > before + 1);
  return {points: points.slice(0, n), breaks: breaks.slice(0, n), special, reduced: true};
}

function listPoints({x, ys, start, end}: Series, column: number, x0: number, x1: number, width: number): Reduction {
  const y = ys[column]!;
  const special = new Uint8Array(width);
  const points: number[] = [];
  const crosses = (i: number): boolean => i >= start && i + 1 < end && Math.max(x[i]!, x[i + 1]!) >= x0 && Math.min(x[i]!, x[i + 1]!) <= x1;
  for (let i = start; i < end; i++) {
    const inside = x[i]! >= x0 && x[i]! <= x1;
    const flag = flagOf(y[i]!);
    if (flag === FINITE) {
      if (inside || crosses(i - 1) || crosses(i)) points.push(i);
    } else if (inside) special[Math.min(width - 1, Math.floor(((x[i]! - x0) / (x1 - x0 || 1)) * width))]! |= flag;
  }
  return {points: Uint32Array.from(points), breaks: Uint8Array.from(points, (i, k) => (k && i === points[k - 1]! + 1 ? 0 : 1)), special, reduced: false};
}

/** The first point from `from` up to `to` whose x is `v` or more; `to` where there is none. Looks near `from` first. */
function firstAt(x: Float64Array, v: number, from: number, to: number): number {
  let step = 1;
  let lo = from;
  while (lo + step < to && x[lo + step - 1]! < v) {
    lo += step;
    step *= 2;
  }
  let hi = Math.min(to, lo + step);
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (x[mid]! < v) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** The first point whose x is more than `v`. */
function firstBeyond(x: Float64Array, v: number, from: number, to: number): number {
  let lo = from;
  let hi = to;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (x[mid]! <= v) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** The extremes of a line between two x, both included; NaN where none is finite there. */
export function extremesOf(series: Series, column: number, x0: number, x1: number): {min: number; max: number; special: number} {
  const {x, start, end, ascending} = series;
  const y = series.ys[column]!;
  let {min, max, special} = {min: Infinity, max: -Infinity, special: 0};
  if (ascending) {
    const from = firstAt(x, x0, start, end);
    const stretch: Stretch = {lo: -1, hi: -1, flags: 0};
    scanStretch(series.pyramids[column]!, y, from, firstBeyond(x, x1, from, end), stretch);
    if (stretch.lo >= 0) [min, max] = [y[stretch.lo]!, y[stretch.hi]!];
    special = stretch.flags & SPECIAL;
  } else {
    for (let i = start; i < end; i++) {
      if (!(x[i]! >= x0 && x[i]! <= x1)) continue;
      const flag = flagOf(y[i]!);
      if (flag === FINITE) [min, max] = [Math.min(min, y[i]!), Math.max(max, y[i]!)];
      else special |= flag;
    }
  }
  return min > max ? {min: NaN, max: NaN, special} : {min, max, special};
}
