import {loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {autoPattern, parseArrange} from '../compute/arrange.js';
import {makePlane} from '../compute/plane.js';
import {runSliced} from '../compute/slices.js';
import type {TensorStats} from '../compute/stats.js';
import {fitViewport} from '../compute/viewport.js';
import {heatmapBands, paintGround} from '../paint/heatmap.js';
import type {Theme} from '../paint/theme.js';
import type {TensorValues, WeightKind} from '../tensor/types.js';
import {Facts} from './facts.js';

/** A weight, small, with its statistics. */
export interface WeightPicture {
  readonly canvas: OffscreenCanvas;
  readonly scale: ColorScale;
  readonly stats: TensorStats;
}

/** Draws a weight as a heatmap of so many device px, as it would stand among the tiles of an overview. */
export async function pictureOf(values: TensorValues, kind: WeightKind, width: number, height: number, dpr: number, theme: Theme, signal: AbortSignal): Promise<WeightPicture> {
  await loadPalettes();
  const facts = new Facts(values);
  await facts.scan({signal});
  await facts.describe({signal});
  const scale = resolveScale({scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear'}, facts.forScale);
  const auto = autoPattern(kind, values.shape);
  const plane = makePlane(parseArrange(auto.pattern, values.shape, auto.labels), []);
  const fit = fitViewport(plane, {width, height}, 'auto');
  const viewport = {...fit, x: Math.max(0, fit.x), y: Math.max(0, fit.y)};
  const canvas = new OffscreenCanvas(width, height);
  const ctx = canvas.getContext('2d')!;
  const poolCenter = scale.diverging && scale.center !== null ? scale.center : facts.quantile(0.5);
  await runSliced(heatmapBands({data: values.data, plane, viewport, pool: 'extreme', poolCenter, scale, theme, dpr}, ctx), {signal});
  paintGround(ctx, plane, viewport, theme);
  return {canvas, scale, stats: facts.stats!};
}
