import {Problem} from '../words/strings.js';
import {ENTRIES, palette, type Palette, type Rgba} from './palette.js';

export type Transform = 'linear' | 'symlog' | 'log' | 'rank';

/** What the user wants of a colour scale; `null` where the choice is automatic. */
export interface ScaleSettings {
  readonly scheme: string | null;
  readonly reverse: boolean;
  readonly domain: 'auto' | 'robust' | 'shared' | readonly [number, number];
  /** Where a diverging scale turns; `null`: never diverging. */
  readonly center: number | null;
  readonly transform: Transform;
}

/** What is known of the values. */
export interface ScaleFacts {
  /** Finite extremes; NaN where no value is finite. */
  readonly min: number;
  readonly max: number;
  /** The least finite value above 0, where it is known; Infinity where there is none. */
  readonly leastPositive?: number | undefined;
  /** Whether the values are booleans, 0 and 1. */
  readonly binary?: boolean;
  quantile(p: number): number;
  rank(v: number): number;
}

/** From values to colours. */
export interface ColorScale {
  readonly palette: Palette;
  readonly diverging: boolean;
  readonly center: number | null;
  readonly domain: readonly [number, number];
  readonly transform: Transform;
  /** Half-width of the linear part of symlog. */
  readonly constant: number;
  /** Whether the domain is made up, since no value is finite and none was given. */
  readonly blank: boolean;
  /** Whether it is one of booleans: of all its colours, two are used. */
  readonly binary: boolean;
  /** 0 to 1 within the domain, below 0 and above 1 beyond it; NaN for NaN. */
  toUnit(v: number): number;
  /** The value at `t`, 0 to 1. */
  fromUnit(t: number): number;
  /** Where some values stand out: the colour of a finite value, dimmed unless it is one of them. */
  readonly dims?: (color: Rgba, v: number) => Rgba;
}

/**
 * Reads a `domain` attribute.
 * @throws Problem unless it is a keyword or two numbers, the lower first
 */
export function parseDomain(text: string | readonly [number, number] | null): ScaleSettings['domain'] {
  if (text === null || text === '' || text === 'auto' || text === 'robust' || text === 'shared') return text || 'auto';
  const parts = typeof text === 'string' ? text.split(',').map((part) => (part.trim() ? Number(part) : NaN)) : text;
  const [lo = NaN, hi = NaN] = parts;
  if (parts.length !== 2 || !Number.isFinite(lo) || !Number.isFinite(hi) || lo >= hi) throw new Problem('badDomain', {domain: String(text)});
  return [lo, hi];
}

/**
 * Resolves a colour scale. Diverging (`RdBu` reversed: blue below, red above) where finite values lie on both sides of
 * `center`, else sequential (`viridis`). Its domain is that of all finite values, of the 2nd to 98th percentile (all,
 * where these are one value), or as given; of a diverging scale symmetric about the centre unless given, when each side
 * has a slope of its own and the centre still has the middle colour. `symlog` is linear within a thousandth of the
 * greatest magnitude in the domain; `log` shows positive values, from the least of them or from a millionth of the
 * domain's upper end, whichever is more, and anything else lies below the domain; `rank` shows the share of all finite
 * values below, of those within the domain.
 * @throws Problem for a scheme that d3-scale-chromatic has not, or `log` where nothing is positive
 */
export function resolveScale(settings: ScaleSettings, facts: ScaleFacts): ColorScale {
  const {center, transform} = settings;
  let [lo, hi] = [facts.min, facts.max];
  const given = typeof settings.domain === 'object';
  if (given) [lo, hi] = settings.domain as [number, number];
  else if (settings.domain === 'robust' && hasSpread(facts)) [lo, hi] = [facts.quantile(0.02), facts.quantile(0.98)];
  const blank = !(lo <= hi); // no finite value at all
  if (blank) [lo, hi] = [0, 1];
  const bothSides = center !== null && (given ? lo < center && hi > center : facts.min < center && facts.max > center);
  const diverging = bothSides && transform !== 'log' && transform !== 'rank';
  if (diverging && !given) {
    // where percentiles fall on one side only, the domain still turns at the centre
    const reach = Math.max(hi - center, center - lo);
    [lo, hi] = Number.isFinite(reach) ? [center - reach, center + reach] : [-Number.MAX_VALUE, Number.MAX_VALUE];
  }
  if (transform === 'log') {
    if (hi <= 0) throw new Problem('logNothing', {min: facts.min, max: facts.max});
    if (lo <= 0) lo = Math.min(hi, Math.max(facts.leastPositive ?? 0, hi * LEAST));
  }
  if (lo === hi) [lo, hi] = around(lo, transform);
  const reverse = settings.scheme === null ? diverging !== settings.reverse : settings.reverse;
  const colors = palette(settings.scheme ?? (diverging ? 'RdBu' : 'viridis'), reverse);
  const constant = Math.max(Math.abs(lo - (center ?? 0)), Math.abs(hi - (center ?? 0))) / 1000 || Number.MIN_VALUE;
  const [toUnit, fromUnit] = mapping(lo, hi, diverging ? center : null, transform, constant, center ?? 0, facts);
  return {
    palette: colors,
    diverging,
    center,
    domain: [lo, hi],
    transform,
    constant,
    blank,
    binary: facts.binary ?? false,
    toUnit,
    fromUnit,
  };
}

/** How numbers become places along an axis: a colour scale without its colours. */
export type AxisScale = Pick<ColorScale, 'domain' | 'transform' | 'constant' | 'toUnit' | 'fromUnit'>;

/**
 * An axis over a domain, the lower end first.
 * @param constant of symlog: half the width of its linear part; by default a thousandth of the greatest magnitude
 */
export function axisScale([lo, hi]: readonly [number, number], transform: Exclude<Transform, 'rank'>, constant = Math.max(Math.abs(lo), Math.abs(hi)) / 1000 || 1): AxisScale {
  const [toUnit, fromUnit] = mapping(lo, hi, null, transform, constant, 0, null);
  return {domain: [lo, hi], transform, constant, toUnit, fromUnit};
}

/** Where a log domain ends below, as a share of its upper end: one tiny value is not to use up the scale. */
const LEAST = 1e-6;

/** Whether the 2nd and the 98th percentile differ, so that a `robust` domain is one. */
export const hasSpread = (facts: Pick<ScaleFacts, 'quantile'>): boolean => facts.quantile(0.02) < facts.quantile(0.98);

/** A domain about a constant: it lies in the middle of it. */
function around(v: number, transform: Transform): [number, number] {
  if (transform === 'log') return [v / 2, v * 2];
  const reach = Math.abs(v) || 1;
  return Number.isFinite(v + reach) ? [v - reach, v + reach] : [v / 2, v];
}

type Mapping = [toUnit: (v: number) => number, fromUnit: (t: number) => number];

function mapping(lo: number, hi: number, turn: number | null, transform: Transform, constant: number, origin: number, facts: ScaleFacts | null): Mapping {
  if (transform === 'rank' && facts) {
    const rank = (v: number): number => (v < lo ? -1 : v > hi ? 2 : facts.rank(v));
    return [(v) => (v !== v ? NaN : rank(v)), (t) => Math.min(hi, Math.max(lo, t <= 0 ? facts.min : t >= 1 ? facts.max : facts.quantile(t)))];
  }
  let forward = (v: number): number => v;
  let backward = (u: number): number => u;
  if (transform === 'log') {
    forward = (v) => (v > 0 ? Math.log(v) : v <= 0 ? -Infinity : NaN);
    backward = Math.exp;
  } else if (transform === 'symlog') {
    forward = (v) => Math.sign(v - origin) * Math.log1p(Math.abs(v - origin) / constant);
    backward = (u) => origin + Math.sign(u) * Math.expm1(Math.abs(u)) * constant;
  } else if (!Number.isFinite(hi - lo)) {
    forward = (v) => v / 4; // ±1.7e308: their difference is not a number of float64
    backward = (u) => u * 4;
  }
  const [a, b] = [forward(lo), forward(hi)];
  if (turn === null) return [(v) => (forward(v) - a) / (b - a), (t) => (t >= 1 ? hi : backward(a + t * (b - a)))];
  const m = forward(turn);
  return [
    (v) => {
      const u = forward(v);
      return u < m ? (0.5 * (u - a)) / (m - a) : 0.5 + (0.5 * (u - m)) / (b - m);
    },
    (t) => (t >= 1 ? hi : backward(t < 0.5 ? a + 2 * t * (m - a) : m + (2 * t - 1) * (b - m))),
  ];
}

/** Colours of what has no place on a scale. */
export interface SpecialColors {
  readonly nan: number;
  readonly positiveInfinity: number;
  readonly negativeInfinity: number;
}

/** Whether a mapping is one straight line. */
const straight = (s: ColorScale): boolean =>
  s.transform === 'linear' && Number.isFinite(s.domain[1] - s.domain[0]) && (!s.diverging || Math.abs(s.domain[0] + s.domain[1] - 2 * s.center!) < 1e-12 * (s.domain[1] - s.domain[0]));

/**
 * Colours `n` values: the nearest of the palette's entries, its end colours beyond the domain.
 * @param out RGBA as in ImageData, from `at`
 */
export function colorize(values: Float32Array | Float64Array, from: number, n: number, scale: ColorScale, special: SpecialColors, out: Uint32Array, at: number): void {
  const {table, under, over} = scale.palette;
  const last = ENTRIES - 1;
  const {toUnit, dims} = scale;
  const [lo, hi] = scale.domain;
  const span = hi - lo;
  const line = straight(scale);
  for (let i = 0; i < n; i++) {
    const v = values[from + i]!;
    // one division rather than a product with a reciprocal, which overflows for denormal domains
    const t = line ? (v - lo) / span : toUnit(v);
    if (t >= 0 && t <= 1) out[at + i] = table[(t * last + 0.5) | 0]!;
    else if (v !== v) out[at + i] = special.nan;
    else if (v === Infinity) out[at + i] = special.positiveInfinity;
    else if (v === -Infinity) out[at + i] = special.negativeInfinity;
    else if (t < 0) out[at + i] = line && v >= lo ? table[0]! : under;
    else out[at + i] = line && v <= hi ? table[last]! : over;
    if (dims && Number.isFinite(v)) out[at + i] = dims(out[at + i]!, v);
  }
}

/** The colour of one finite value. */
export function colorOf(v: number, scale: ColorScale): number {
  const {table, under, over} = scale.palette;
  const t = scale.toUnit(v);
  const color = t < 0 ? under : t > 1 ? over : table[Math.round(t * (ENTRIES - 1))]!;
  return scale.dims?.(color, v) ?? color;
}
