import {TICKS_HEIGHT, paintColorBar} from '../paint/color-bar.js';
import {paintHistogram} from '../paint/histogram.js';
import {type Context, fitText, type Theme} from '../paint/theme.js';
import {type BlobOptions, paintBlob} from './blob.js';
import type {HeatmapView} from './heatmap-view.js';
import type {Overview} from './overview.js';
import {sized} from './sized.js';
import type {SurfaceSize} from './surface.js';

/** Thickness of the legend's colour bar, in CSS px. */
const BAR = 12;
/** CSS px above and below an exported picture. */
const TITLE = 26;
const FOOT = 44;

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

function bar(ctx: Context, {scale, beyond}: HeatmapView, width: number, theme: Theme): void {
  paintColorBar(ctx, {scale: scale!, width, thickness: BAR, under: beyond.below > 0, over: beyond.above > 0, theme, fontPx: 11});
}

/** Paints the histogram of the statistics. */
export function paintBins(canvas: HTMLCanvasElement, {bins, facts, scale, normalised}: HeatmapView, theme: Theme, dpr: number): void {
  const range = facts?.range;
  const ctx = bins && scale && range && range.min === range.min && sized(canvas, dpr);
  if (ctx) paintHistogram(ctx, {counts: bins, min: range.min, max: range.max, scale: normalised ? null : scale, width: canvas.clientWidth, height: canvas.clientHeight, theme});
}

/** Paints those of the overview's canvases whose tiles have changed. @param painted what each canvas shows */
export function paintTiles(canvases: Iterable<HTMLCanvasElement>, overview: Overview, dpr: number, painted: WeakMap<HTMLCanvasElement, string>): void {
  for (const canvas of canvases) {
    const i = Number(canvas.dataset.tile);
    if (!(i < overview.tiles.length)) continue;
    const stamp = `${overview.stamp(i)} ${canvas.clientWidth} ${canvas.clientHeight} ${dpr}`;
    if (painted.get(canvas) === stamp) continue;
    const ctx = sized(canvas, dpr);
    if (!ctx) continue;
    overview.paint(ctx, i);
    painted.set(canvas, stamp);
  }
}

/** A picture of one tensor: its title, the picture, its colour bar and what the legend says. */
export function viewBlob(view: HeatmapView, size: {width: number; height: number}, title: string, remarks: string, theme: Theme, options: BlobOptions): Promise<Blob> {
  return paintBlob(size.width, view.scale ? size.height + TITLE + FOOT : 0, options, theme.background, async (ctx, scale) => {
    ctx.save();
    ctx.translate(0, Math.round(TITLE * scale));
    await view.render(ctx, scale);
    ctx.restore();
    ctx.scale(scale, scale);
    ctx.fillStyle = theme.text;
    ctx.textBaseline = 'middle';
    ctx.font = `600 12px ${theme.font}`;
    ctx.fillText(fitText(ctx, title, size.width - 20), 10, TITLE / 2);
    const width = Math.min(340, size.width - 20);
    ctx.translate(10, TITLE + size.height + 4);
    bar(ctx, view, width, theme);
    ctx.font = `11px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.textBaseline = 'top';
    const beside = size.width - width - 36;
    if (beside > 120) ctx.fillText(fitText(ctx, remarks, beside), width + 16, 0);
    else ctx.fillText(fitText(ctx, remarks, size.width - 20), 0, BAR + TICKS_HEIGHT);
  });
}

/** A picture of all tiles of an overview. */
export function overviewBlob(overview: Overview, width: number, theme: Theme, options: BlobOptions): Promise<Blob> {
  return paintBlob(width, overview.layout?.height ?? 0, options, theme.background, (ctx, scale) =>
    overview.renderAll(scale, (i, box) => {
      ctx.save();
      ctx.scale(scale, scale);
      ctx.translate(box.x, box.y);
      overview.paint(ctx, i);
      ctx.restore();
    }),
  );
}
