import {type Rgba, rgba} from '../color/palette.js';
import type {SpecialColors} from '../color/scale.js';

/** Resolved CSS colours and the font family that the painters use. */
export interface Theme {
  readonly text: string;
  readonly background: string;
  readonly accent: string;
  readonly grid: string;
  readonly muted: string;
  readonly nan: string;
  readonly positiveInfinity: string;
  readonly negativeInfinity: string;
  readonly font: string;
}

/** Where painters draw: a canvas of the page or one off it. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const parsed = new Map<string, Rgba>();
let pen: OffscreenCanvasRenderingContext2D | null = null;

/** Any CSS colour as opaque RGBA; the canvas knows every notation. */
export function rgbaOf(css: string): Rgba {
  const known = parsed.get(css);
  if (known !== undefined) return known;
  // what getComputedStyle gives is mostly this; a canvas to read from takes long to be had
  const plain = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(css);
  if (plain) return rgba(Number(plain[1]), Number(plain[2]), Number(plain[3]));
  pen ??= new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true})!;
  pen.clearRect(0, 0, 1, 1); // what is not opaque would show the colour asked for before
  pen.fillStyle = '#000';
  pen.fillStyle = css;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  const color = rgba(r!, g!, b!);
  parsed.set(css, color);
  return color;
}

/** The theme's colours of what has no place on a scale. */
export const specialColors = (theme: Theme): SpecialColors => ({
  nan: rgbaOf(theme.nan),
  positiveInfinity: rgbaOf(theme.positiveInfinity),
  negativeInfinity: rgbaOf(theme.negativeInfinity),
});

/** `text`, cut with an ellipsis in its middle where wider than `width`: the ends of an address tell most. @param start share of it that is kept at its start */
export function fitText(ctx: Context, text: string, width: number, start = 0.5): string {
  if (ctx.measureText(text).width <= width) return text;
  let [lo, hi] = [0, text.length - 1];
  const cut = (n: number): string => `${text.slice(0, Math.floor(n * start))}…${text.slice(text.length - n + Math.floor(n * start))}`;
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if (ctx.measureText(cut(mid)).width <= width) lo = mid;
    else hi = mid - 1;
  }
  return lo > 0 ? cut(lo) : '';
}
