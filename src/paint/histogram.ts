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
  /** Heights go by log(1 + count). */
  readonly log?: boolean;
  /** What counts are compared with, bin by bin: a line. */
  readonly curve?: Float64Array | null;
  /** What is set off from the rest, in values. */
  readonly brush?: readonly [number, number] | null;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

const LABELS = 15;
/** Height of the colours below, their gap included. */
const STRIP = 7;

/** Draws bars in the colours of their values, and the range below, at the context's origin. */
export function paintHistogram(ctx: Context, {counts, min, max, scale, log = false, brush = null, curve = null, width, height, theme}: HistogramScene): void {
  const high = (n: number): number => (log ? Math.log1p(n) : n);
  let most = 0;
  for (const n of counts) if (n > most) most = n;
  // a spike of what was is cut off rather than flattening what is
  const top = most;
  for (const n of curve ?? []) if (n > most) most = Math.min(n, 2 * top);
  const floor = height - LABELS - (scale ? STRIP : 0);
  ctx.save();
  for (let i = 0; i < counts.length && most > 0; i++) {
    if (!counts[i]) continue;
    // what holds anything can be seen
    const bar = Math.max(1, (high(counts[i]!) / high(most)) * (floor - 2));
    const x = (i / counts.length) * width;
    ctx.fillStyle = scale ? cssColor(colorOf(min + ((i + 0.5) / counts.length) * (max - min), scale)) : theme.accent;
    ctx.fillRect(x, floor - bar, width / counts.length + 0.3, bar);
    ctx.fillStyle = theme.muted;
    ctx.fillRect(x, floor - bar - 0.5, width / counts.length + 0.3, 1);
  }
  const x = (v: number): number => (max > min ? Math.min(1, Math.max(0, (v - min) / (max - min))) * width : 0);
  // the colours that the values have
  if (scale && max > min) {
    for (let i = 0; i < width; i++) {
      ctx.fillStyle = cssColor(colorOf(min + ((i + 0.5) / width) * (max - min), scale));
      ctx.fillRect(i, floor + 2, Math.min(1.3, width - i), STRIP - 2);
    }
  }
  if (brush) {
    const [from, to] = [x(brush[0]), x(brush[1])];
    ctx.fillStyle = theme.background;
    ctx.globalAlpha = 0.72;
    ctx.fillRect(0, 0, from, floor);
    ctx.fillRect(to, 0, width - to, floor);
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.accent;
    for (const at of [from, to]) ctx.fillRect(Math.min(width - 1.5, Math.max(0, at - 0.75)), 0, 1.5, floor);
  }
  if (curve && most > 0) {
    ctx.beginPath();
    for (let i = 0; i < curve.length; i++) {
      const y = floor - Math.min(1, high(curve[i]!) / high(most)) * (floor - 2);
      ctx.lineTo((i / curve.length) * width, y);
      ctx.lineTo(((i + 1) / curve.length) * width, y);
    }
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.2;
    ctx.setLineDash([4, 2]);
    ctx.stroke();
    ctx.setLineDash([]);
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
