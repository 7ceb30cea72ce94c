import {formatShort} from '../color/format.js';
import {densityAt, initialDistribution, type InitialDistribution} from '../compute/initializer.js';
import {histogram} from '../compute/stats.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {paintHistogram} from '../paint/histogram.js';
import {fitText, type Theme} from '../paint/theme.js';
import {isWeight} from '../tensor/is-weight.js';
import type {WeightInfo} from '../tensor/types.js';
import {say} from '../words/judge.js';
import type {Facts} from './facts.js';
import {union} from './seen.js';

// Fetched when distributions are drawn.

/** Bars of a tile. */
const BINS = 48;

const snake = (text: string): string => text.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** Keys, modes and distributions as a file has them: live layers tell of their config in camel case. */
function filed(x: unknown): unknown {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return x;
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [snake(key), typeof value === 'string' && (key === 'mode' || key === 'distribution') ? snake(value) : filed(value)]));
}

/** How a weight's initializer would have spread its values; `null` where that is not known. */
export function initialOf(info: WeightInfo | null): InitialDistribution | null {
  if (!info || info.config === undefined) return null;
  const found = initialDistribution(info, filed(info.config), info.tfjs);
  return found?.kind ? found : null;
}

/** How many values each bin would hold of `n` that are spread so. Spikes stand where they are. */
export function expectedCounts(of: InitialDistribution, min: number, max: number, bins: number, n: number): Float64Array {
  const width = (max - min) / bins || 1;
  const grid = Float64Array.from({length: bins}, (_, i) => min + (i + 0.5) * width);
  const out = densityAt(of, grid).map((d) => (Number.isFinite(d) ? d * width * n : n));
  for (const {value, share} of of.spikes) {
    const bin = Math.floor((value - min) / width);
    if (value >= min && value <= max) out[Math.min(bins - 1, bin)]! += share * n;
  }
  return out;
}

/** What the initializer gave, beside what is there now. */
export function initialText(of: InitialDistribution, std: number | undefined, lang: string): string {
  const more = std === undefined || !(of.std > 0) ? '' : say(lang, 'initialNow', {std: formatShort(std), times: formatShort(std / of.std)});
  return `${say(lang, 'initialWas', {name: of.name, std: formatShort(of.std)})} ${more}`.trim();
}

/** The distribution of a weight as a picture, over that of its initializer. @param facts scanned and described */
export async function distributionPicture(facts: Facts, info: WeightInfo, {width, height}: {width: number; height: number}, dpr: number, theme: Theme, options: SliceOptions): Promise<OffscreenCanvas> {
  // over a run the axis is that of all steps
  const {min, max} = facts.values.span ? union(facts.values.span, facts.range!) : facts.range!;
  const initial = isWeight(facts.values, info) ? initialOf(info) : null;
  const [lo, hi] = min < max ? [min, max] : [min - 1, min + 1];
  const counts = await runSliced(histogram(facts.data, lo, hi, BINS), options);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * dpr)), Math.max(1, Math.round(height * dpr)));
  const ctx = canvas.getContext('2d')!;
  ctx.scale(dpr, dpr);
  paintHistogram(ctx, {counts, min: lo, max: hi, scale: null, curve: initial && expectedCounts(initial, lo, hi, BINS, facts.data.length), width, height, theme});
  if (initial) {
    ctx.font = `10px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.textBaseline = 'top';
    ctx.fillText(fitText(ctx, `- - ${initial.name}`, width, 1), 0, 0);
  }
  return canvas;
}
