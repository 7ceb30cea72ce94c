import {cssColor} from '../color/palette.js';
import {colorOf, type ColorScale} from '../color/scale.js';
import {formatShort} from '../color/format.js';
import type {Context, Theme} from './theme.js';

/** Counts in equal bins. Lengths in CSS px. */
export interface HistogramScene {
  readonly counts: Float64Array;
  readonly min: number;
  readonly max: number;
  /** `null` where it is not one of these values: all bars have one colour. */
  readonly scale: ColorScale | null;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

const LABELS = 15;

/** Draws bars in the colours of their values, and the range below, at the context's origin. */
export function paintHistogram(ctx: Context, {counts, min, max, scale, width, height, theme}: HistogramScene): void {
  let most = 0;
  for (const n of counts) if (n > most) most = n;
  const floor = height - LABELS;
  ctx.save();
  for (let i = 0; i < counts.length && most > 0; i++) {
    if (!counts[i]) continue;
    // what holds anything can be seen
    const bar = Math.max(1, (counts[i]! / most) * (floor - 2));
    const x = (i / counts.length) * width;
    ctx.fillStyle = scale ? cssColor(colorOf(min + ((i + 0.5) / counts.length) * (max - min), scale)) : theme.accent;
    ctx.fillRect(x, floor - bar, width / counts.length + 0.3, bar);
    ctx.fillStyle = theme.muted;
    ctx.fillRect(x, floor - bar - 0.5, width / counts.length + 0.3, 1);
  }
  ctx.fillStyle = theme.muted;
  ctx.fillRect(0, floor, width, 1);
  ctx.font = `10px ${theme.font}`;
  ctx.textBaseline = 'bottom';
  ctx.fillText(formatShort(min), 0, height);
  ctx.textAlign = 'right';
  ctx.fillText(formatShort(max), width, height);
  ctx.restore();
}
