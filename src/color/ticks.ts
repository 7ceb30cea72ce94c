import {formatShort} from './format.js';
import type {AxisScale} from './scale.js';

/** A mark on a colour bar or an axis. */
export interface Tick {
  readonly value: number;
  /** Place on it, 0 to 1. */
  readonly t: number;
  readonly label: string;
}

/** Powers of ten and zero, as far as they lie in a domain. */
function decades([lo, hi]: readonly [number, number], smallest: number): number[] {
  const out = lo <= 0 && hi >= 0 ? [0] : [];
  for (let e = Math.ceil(Math.log10(smallest)); 10 ** e <= Math.max(-lo, hi); e++) {
    if (10 ** e >= lo && 10 ** e <= hi) out.push(10 ** e);
    if (-(10 ** e) >= lo && -(10 ** e) <= hi) out.push(-(10 ** e));
  }
  return out;
}

/**
 * About `count` values between `lo` and `hi`, multiples of 1, 2 or 5 times a power of ten (Heckbert, “Nice numbers for
 * graph labels”, 1990). Steps below 1 are divided by, so that 0.3 is 3 / 10 and not 3 · 0.1.
 */
function niceTicks(lo: number, hi: number, count: number): number[] {
  const rough = (hi - lo) / count;
  const power = Math.floor(Math.log10(rough));
  const ratio = rough / 10 ** power;
  const factor = ratio < Math.SQRT2 ? 1 : ratio < Math.sqrt(10) ? 2 : ratio < Math.sqrt(50) ? 5 : 10;
  const value = power < 0 ? (i: number) => i / (10 ** -power / factor) : (i: number) => i * factor * 10 ** power;
  const step = value(1);
  const out: number[] = [];
  for (let i = Math.floor(lo / step) - 1; value(i) <= hi && out.length < 1000; i++) if (value(i) >= lo) out.push(value(i));
  return out;
}

function candidates({domain, transform, constant, fromUnit}: AxisScale, count: number): number[] {
  const [lo, hi] = domain;
  if (transform === 'rank') return [0, 0.25, 0.5, 0.75, 1].map(fromUnit);
  if (transform === 'symlog') return decades(domain, constant);
  if (transform === 'log') {
    const powers = decades(domain, lo);
    // within a decade or two, steps of the values themselves tell more
    if (powers.length > 2) return powers;
    return hi > 20 * lo ? [1, 2, 5].flatMap((k) => decades([lo / k, hi / k], lo / k).map((v) => v * k)) : niceTicks(lo, hi, count);
  }
  const span = hi - lo;
  // steps need a span within float64's comfortable range
  if (!Number.isFinite(span)) return [lo, 0, hi];
  const unit = span < 1e-290 ? 2 ** 300 : 1;
  const ticks = niceTicks(lo * unit, hi * unit, count).map((v) => v / unit);
  return ticks.length ? ticks : [lo, hi];
}

/** One precision for all labels: `0.00`, `0.25`, `0.50`. */
function labels(values: readonly number[], linear: boolean): string[] {
  const largest = Math.max(...values.map(Math.abs));
  const steps = values.slice(1).map((v, i) => Math.abs(v - values[i]!));
  const step = Math.min(...steps);
  if (!linear || largest >= 1e5 || largest < 1e-3 || values.length < 2) return values.map((v) => formatShort(v, linear && step > 0 && step < Infinity ? Math.min(15, Math.max(2, 2 + Math.ceil(Math.log10(largest / step)))) : 3));
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  const fits = values.every((v) => Math.abs(Number(v.toFixed(decimals)) - v) < step * 1e-6);
  return values.map((v) => (v === 0 ? '0' : v.toFixed(fits ? decimals : decimals + 1).replace('-', '\u2212')));
}

/**
 * Readable ticks along a colour bar or an axis, no two of them colliding.
 * @param length of it, in the units of `width`
 * @param width of a label
 */
export function ticksOf(scale: AxisScale, length: number, width: (label: string) => number): Tick[] {
  const linear = scale.transform === 'linear';
  let best: Tick[] = [];
  for (let count = Math.max(5, Math.min(8, Math.floor(length / 40))); count > 0; count--) {
    const values = [...new Set(candidates(scale, count))].sort((a, b) => a - b);
    const texts = labels(values, linear);
    const ticks = values.map((value, i) => ({value, t: scale.toUnit(value), label: texts[i]!}));
    const inside = ticks.filter(({t}) => t >= -1e-9 && t <= 1 + 1e-9);
    if (!linear) return thin(inside, length, width);
    // every second one where all are too many; zero stays
    const zero = Math.max(0, inside.findIndex((tick) => tick.value === 0));
    for (const even of [inside, inside.filter((_, i) => (i - zero) % 2 === 0)]) {
      const apart = thin(even, length, width);
      if (apart.length === even.length && apart.length > 1) return apart;
      if (apart.length > best.length) best = apart; // one tick alone tells no step
    }
  }
  return best;
}

/** Drops ticks whose labels would touch, the middle and the ends last. */
function thin(ticks: readonly Tick[], length: number, width: (label: string) => number): Tick[] {
  const taken: {from: number; to: number}[] = [];
  const middle = Math.floor(ticks.length / 2);
  const rank = (i: number): number => (i === middle ? 0 : i === 0 || i === ticks.length - 1 ? 1 : 2 + (Math.abs(i - middle) % 2));
  const kept = new Set<number>();
  for (const i of ticks.map((_, n) => n).sort((a, b) => rank(a) - rank(b) || a - b)) {
    const half = width(ticks[i]!.label) / 2 + 4;
    const at = Math.min(Math.max(ticks[i]!.t * length, half - 4), length - half + 4);
    if (taken.some(({from, to}) => at + half > from && at - half < to)) continue;
    taken.push({from: at - half, to: at + half});
    kept.add(i);
  }
  return ticks.filter((_, i) => kept.has(i));
}
