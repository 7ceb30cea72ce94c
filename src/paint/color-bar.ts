import {cssColor, ENTRIES, type Palette} from '../color/palette.js';
import {colorOf, type ColorScale} from '../color/scale.js';
import {ticksOf} from '../color/ticks.js';
import type {Context, Theme} from './theme.js';

/** A horizontal colour bar with its ticks below. Lengths in CSS px. */
export interface ColorBarScene {
  readonly scale: ColorScale;
  readonly width: number;
  /** Of the coloured bar; ticks take 16 more. */
  readonly thickness: number;
  /** Draws the triangles of values beyond the domain. */
  readonly under: boolean;
  readonly over: boolean;
  readonly theme: Theme;
  readonly fontPx: number;
}

/** Room that the ticks take below the bar. */
export const TICKS_HEIGHT = 17;

const strips = new WeakMap<Palette, OffscreenCanvas>();

/** A palette's colours side by side. */
export function stripOf(palette: Palette): OffscreenCanvas {
  let strip = strips.get(palette);
  if (strip) return strip;
  strip = new OffscreenCanvas(ENTRIES, 1);
  const image = new ImageData(ENTRIES, 1);
  new Uint32Array(image.data.buffer).set(palette.table);
  strip.getContext('2d')!.putImageData(image, 0, 0);
  strips.set(palette, strip);
  return strip;
}

/** Draws a colour bar at the context's origin: of booleans two swatches, nothing where no value has a place on it. */
export function paintColorBar(ctx: Context, scene: ColorBarScene): void {
  const {scale, width, thickness, under, over, theme, fontPx} = scene;
  if (scale.blank) return;
  if (scale.binary) {
    paintSwatches(ctx, scene);
    return;
  }
  const tip = Math.round(thickness * 0.8);
  const x0 = under ? tip : 0;
  const x1 = width - (over ? tip : 0);
  ctx.save();
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(stripOf(scale.palette), x0, 0, x1 - x0, thickness);
  const triangle = (from: number, to: number, color: number): void => {
    ctx.beginPath();
    ctx.moveTo(from, 0);
    ctx.lineTo(to, thickness / 2);
    ctx.lineTo(from, thickness);
    ctx.closePath();
    ctx.fillStyle = cssColor(color);
    ctx.fill();
  };
  if (under) triangle(x0, 0, scale.palette.under);
  if (over) triangle(x1, width, scale.palette.over);
  // an outline, since a scale's light end may be the background's colour
  ctx.strokeStyle = theme.text;
  ctx.globalAlpha = 0.35;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x0, 0.5);
  ctx.lineTo(x1, 0.5);
  if (over) ctx.lineTo(width - 0.5, thickness / 2);
  else ctx.lineTo(x1 - 0.5, 0.5);
  ctx.lineTo(over ? x1 : x1 - 0.5, thickness - 0.5);
  ctx.lineTo(x0 || 0.5, thickness - 0.5);
  if (under) ctx.lineTo(0.5, thickness / 2);
  else ctx.lineTo(0.5, 0.5);
  ctx.closePath();
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.font = `${fontPx}px ${theme.font}`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  for (const tick of ticksOf(scale, x1 - x0, (label) => ctx.measureText(label).width)) {
    const x = x0 + tick.t * (x1 - x0);
    ctx.fillStyle = theme.muted;
    ctx.fillRect(Math.min(Math.max(Math.round(x) - 0.5, x0), x1 - 1), thickness, 1, 3);
    const half = ctx.measureText(tick.label).width / 2;
    ctx.fillStyle = theme.text;
    ctx.fillText(tick.label, Math.min(Math.max(x - half, 0), width - 2 * half), thickness + 4);
  }
  ctx.restore();
}

/** The colours of false and true, each with its name below. */
function paintSwatches(ctx: Context, {scale, width, thickness, theme, fontPx}: ColorBarScene): void {
  ctx.save();
  ctx.font = `${fontPx}px ${theme.font}`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  for (const v of [0, 1]) {
    const [x, w] = [(v * width) / 2, width / 2 - 4];
    ctx.fillStyle = cssColor(colorOf(v, scale));
    ctx.fillRect(x, 0, w, thickness);
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 1;
    ctx.strokeRect(x + 0.5, 0.5, w - 1, thickness - 1);
    ctx.fillStyle = theme.text;
    ctx.fillText(v ? '1 true' : '0 false', x, thickness + 4);
  }
  ctx.restore();
}
