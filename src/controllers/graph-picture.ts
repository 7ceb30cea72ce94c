import type {ColorScale} from '../color/scale.js';
import {paintColorBar} from '../paint/color-bar.js';
import {paintGraph, paintMinimap} from '../paint/graph.js';
import {SvgContext} from '../paint/svg-context.js';
import type {Theme} from '../paint/theme.js';
import {Problem} from '../words/strings.js';
import {type BlobOptions, paintBlob} from './blob.js';
import type {GraphView} from './graph-view.js';
import {sized} from './sized.js';
import type {SurfaceSize} from './surface.js';

/** CSS px around an exported drawing. */
const MARGIN = 16;

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

/** The whole drawing, at scale 1. */
function whole(view: GraphView): {width: number; height: number; picture: (dpr: number) => ReturnType<GraphView['picture']>} {
  const {scene} = view;
  if (!scene) throw new Problem('blobEmpty');
  const [width, height] = [scene.width + 2 * MARGIN + 8, scene.height + 2 * MARGIN + 8];
  const viewport = {x: -MARGIN, y: -MARGIN, k: 1, width, height};
  return {width, height, picture: (dpr) => ({...view.picture(scene, viewport, dpr), hovered: null})};
}

export async function graphBlob(view: GraphView, theme: Theme, options: BlobOptions): Promise<Blob> {
  const {width, height, picture} = whole(view);
  return paintBlob(width, height, options, theme.background, (ctx, scale) => paintGraph(ctx, picture(scale)));
}

export function graphSvg(view: GraphView, theme: Theme, title: string): string {
  const {width, height, picture} = whole(view);
  const svg = new SvgContext();
  paintGraph(svg.context, picture(1));
  return svg.document(width, height, title, theme.background);
}
