import {TICKS_HEIGHT} from '../paint/color-bar.js';
import {fitText, type Theme} from '../paint/theme.js';
import {type BlobOptions, paintBlob} from './blob.js';
import {BAR, bar} from './heatmap-picture.js';
import type {HeatmapView} from './heatmap-view.js';
import type {Overview} from './overview.js';

// Fetched when a picture is saved.

/** CSS px above and below an exported picture. */
const TITLE = 26;
const FOOT = 44;

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
