import type {ColorScale} from '../color/scale.js';
import {paintColorBar} from '../paint/color-bar.js';
import type {Scene} from '../graph/layout.js';
import {paintInView, paintMinimap} from '../paint/graph.js';
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

/** The small map without what is in view, of the scene last drawn on each canvas. */
const maps = new WeakMap<HTMLCanvasElement, {scene: Scene; key: string; picture: OffscreenCanvas}>();

/** Paints the small map; its boxes anew only when they look otherwise. @param key changes with their looks */
export function paintMap(canvas: HTMLCanvasElement, view: GraphView, dpr: number, key: string): void {
  const ctx = sized(canvas, dpr);
  const {scene, viewport} = view;
  if (!ctx || !scene || !viewport) return;
  const {clientWidth: width, clientHeight: height} = canvas;
  const stamp = `${key} ${canvas.width} ${canvas.height}`;
  let known = maps.get(canvas);
  if (known?.scene !== scene || known.key !== stamp) {
    const picture = new OffscreenCanvas(canvas.width, canvas.height);
    const own = picture.getContext('2d')!;
    own.scale(dpr, dpr);
    paintMinimap(own, view.picture(scene, viewport, dpr), width, height);
    known = {scene, key: stamp, picture};
    maps.set(canvas, known);
  }
  ctx.drawImage(known.picture, 0, 0, width, height);
  paintInView(ctx, view.picture(scene, viewport, dpr), width, height);
}

/** Paints the legend's colour bar. */
export function paintBar(canvas: HTMLCanvasElement, scale: ColorScale, theme: Theme, dpr: number): void {
  const ctx = sized(canvas, dpr);
  if (ctx) paintColorBar(ctx, {scale, width: canvas.clientWidth, thickness: 12, under: false, over: false, theme, fontPx: 11});
}
