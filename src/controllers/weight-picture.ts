import {loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {arrangementOf} from '../compute/arrange.js';
import {makePlane} from '../compute/plane.js';
import {runSliced} from '../compute/slices.js';
import type {TensorStats} from '../compute/stats.js';
import {fitViewport} from '../compute/viewport.js';
import {heatmapBands, paintGround} from '../paint/heatmap.js';
import type {Theme} from '../paint/theme.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';
import {Facts} from './facts.js';

/** How a small picture of a weight is to look; sizes in device px. */
export interface SmallPicture {
  readonly width: number;
  readonly height: number;
  readonly aspect: 'auto' | 'equal';
  readonly pool: 'extreme' | 'mean';
  readonly theme: Theme;
  readonly dpr: number;
}

/** Draws all of a weight, arranged by what it is, onto a canvas as large as the picture turns out to be. */
export async function drawWeight(facts: Facts, kind: WeightKind, scale: ColorScale, {width, height, aspect, pool, theme, dpr}: SmallPicture, signal: AbortSignal): Promise<OffscreenCanvas> {
  const plane = makePlane(arrangementOf(facts.values, kind, null), []);
  const fit = fitViewport(plane, {width, height}, aspect);
  const [wide, high] = [Math.min(width, Math.ceil(plane.cols * fit.sx)), Math.min(height, Math.ceil(plane.rows * fit.sy))];
  const viewport = {...fit, x: Math.max(0, fit.x), y: Math.max(0, fit.y), width: Math.max(1, wide), height: Math.max(1, high)};
  const canvas = new OffscreenCanvas(viewport.width, viewport.height);
  const ctx = canvas.getContext('2d')!;
  const poolCenter = scale.diverging && scale.center !== null ? scale.center : facts.quantile(0.5);
  await runSliced(heatmapBands({data: facts.data, plane, viewport, pool, poolCenter, scale, theme, dpr}, ctx), {signal});
  paintGround(ctx, plane, viewport, theme);
  return canvas;
}

/** A weight's picture on a scale of its own, and its statistics. */
export async function pictureOf(values: TensorValues, kind: WeightKind, size: {width: number; height: number}, dpr: number, theme: Theme, signal: AbortSignal): Promise<{canvas: OffscreenCanvas; stats: TensorStats}> {
  await loadPalettes();
  const facts = new Facts(values);
  await facts.scan({signal});
  await facts.describe({signal});
  const scale = resolveScale({scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear'}, facts.forScale);
  return {canvas: await drawWeight(facts, kind, scale, {...size, aspect: 'auto', pool: 'extreme', theme, dpr}, signal), stats: facts.stats!};
}
