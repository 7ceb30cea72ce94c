import type {ColorScale} from '../color/scale.js';
import {paintColorBar} from '../paint/color-bar.js';
import {paintMinimap} from '../paint/graph.js';
import type {Theme} from '../paint/theme.js';
import type {GraphView} from './graph-view.js';
import {sized} from './sized.js';
import type {SurfaceSize} from './surface.js';

/** Paints what is in view onto the page's canvas. */
export function paintOnto(canvas: HTMLCanvasElement, view: GraphView, {widthPx, heightPx}: SurfaceSize): void {
  if (canvas.width !== widthPx || canvas.height !== heightPx) Object.assign(canvas, {width: widthPx, height: heightPx});
  const ctx = canvas.getContext('2d')!;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, widthPx, heightPx);
  view.paint(ctx);
}

/** Paints the small map. */
export function paintMap(canvas: HTMLCanvasElement, view: GraphView, dpr: number): void {
  const ctx = sized(canvas, dpr);
  if (ctx) paintMinimap(ctx, view.picture(view.scene!, view.viewport!, dpr), canvas.clientWidth, canvas.clientHeight);
}

/** Paints the legend's colour bar. */
export function paintBar(canvas: HTMLCanvasElement, scale: ColorScale, theme: Theme, dpr: number): void {
  const ctx = sized(canvas, dpr);
  if (ctx) paintColorBar(ctx, {scale, width: canvas.clientWidth, thickness: 12, under: false, over: false, theme, fontPx: 11});
}
