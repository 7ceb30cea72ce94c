import {paintColorBar} from '../paint/color-bar.js';
import type {Context, Theme} from '../paint/theme.js';
import type {HeatmapView} from './heatmap-view.js';
import {sized} from './sized.js';
import type {SurfaceSize} from './surface.js';

/** Thickness of the legend's colour bar, in CSS px. */
export const BAR = 12;
/** Paints one tensor onto the page's canvas. */
export function paintView(canvas: HTMLCanvasElement, view: HeatmapView, cursor: {row: number; col: number} | null, {widthPx, heightPx}: SurfaceSize): void {
  if (canvas.width !== widthPx || canvas.height !== heightPx) Object.assign(canvas, {width: widthPx, height: heightPx});
  const ctx = canvas.getContext('2d')!;
  ctx.clearRect(0, 0, widthPx, heightPx);
  view.paint(ctx, cursor);
}

/** Paints the colour bar of the legend. */
export function paintLegend(canvas: HTMLCanvasElement, view: HeatmapView, theme: Theme, dpr: number): void {
  const ctx = view.scale && sized(canvas, dpr);
  if (ctx) bar(ctx, view, canvas.clientWidth, theme);
}

/** Draws a tensor's colour bar at the context's origin. */
export function bar(ctx: Context, {scale, beyond}: HeatmapView, width: number, theme: Theme): void {
  paintColorBar(ctx, {scale: scale!, width, thickness: BAR, under: beyond.below > 0, over: beyond.above > 0, theme, fontPx: 11});
}
