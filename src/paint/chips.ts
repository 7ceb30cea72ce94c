import {cssColor} from '../color/palette.js';
import {colorOf} from '../color/scale.js';
import type {ChipsMark} from '../plot/types.js';
import {onColor} from './ink.js';
import type {Box, Placed} from './plot-layout.js';
import {type Context, fitText, type Theme} from './theme.js';

/** Words in boxes, one after the other, in lines as wide as a box. Lengths in CSS px, places from the text's left top corner. */
export interface ChipLayout {
  /** That the text was given: of a zoomed panel more than its box has. */
  readonly height: number;
  /** Size of the letters. */
  readonly font: number;
  readonly x: Float64Array;
  readonly widths: Float64Array;
  /** Which line each stands in. */
  readonly line: Int32Array;
  readonly lines: number;
  /** Height of the lines together. */
  readonly used: number;
}

/** Sizes of letters: as large as there is room for, and of what has no room on the page as small as it takes. */
const LARGEST = 15;
/** The size at which a text of any length can be read without zooming. */
export const READABLE = 11;
/** Of a chip, in sizes of its letters: its height, the room beside its word, and between neighbours. */
const [HIGH, PAD, GAP_X, GAP_Y] = [1.75, 0.5, 0.32, 0.36];
/** Letters that words are measured in; widths grow in proportion. */
const MEASURED = 20;

const measured = new WeakMap<readonly string[], {readonly font: string; readonly widths: Float64Array}>();

/** A word as it stands in its chip: breaks and tabs would show as nothing. */
const wordOf = (text: string): string => text.replace(/\s/g, '\u00a0');

/** Width of each word at `MEASURED`. */
function widthsOf(texts: readonly string[], ctx: Context, {font}: Theme): Float64Array {
  let known = measured.get(texts);
  if (known?.font !== font) {
    ctx.save();
    ctx.font = `${MEASURED}px ${font}`;
    known = {font, widths: Float64Array.from(texts, (text) => ctx.measureText(wordOf(text)).width)};
    ctx.restore();
    measured.set(texts, known);
  }
  return known.widths;
}

function flow(words: Float64Array, width: number, height: number, font: number): ChipLayout {
  const n = words.length;
  const [x, widths, line] = [new Float64Array(n), new Float64Array(n), new Int32Array(n)];
  let [at, row] = [0, 0];
  for (let i = 0; i < n; i++) {
    // a word longer than a line is cut
    const own = Math.min(width, Math.max((words[i]! * font) / MEASURED, font * 0.4) + 2 * PAD * font);
    if (at > 0 && at + own > width) [at, row] = [0, row + 1];
    [x[i], widths[i], line[i]] = [at, own, row];
    at += own + GAP_X * font;
  }
  const lines = n ? row + 1 : 0;
  return {height, font, x, widths, line, lines, used: lines * (HIGH + GAP_Y) * font - (lines ? GAP_Y * font : 0)};
}

/**
 * Places words in a box, in letters as large as all of them have room for. Where a part of the box's height is zoomed to,
 * the text is given as much more height, and flows anew.
 * @param seen share of the text's height that is in view
 * @param ctx measures text
 */
export function layoutChips({texts}: ChipsMark, width: number, boxHeight: number, seen: number, ctx: Context, theme: Theme): ChipLayout {
  const words = widthsOf(texts, ctx, theme);
  const height = boxHeight / seen;
  const largest = LARGEST / Math.sqrt(seen);
  let layout = flow(words, width, height, largest);
  for (let font = largest; layout.used > height && font > 0.5; ) layout = flow(words, width, height, (font = font > 6 ? font - 0.5 : font * 0.95));
  return layout;
}

/** Height that words need to be read in a box of a width. @param ctx measures text */
export const heightOfChips = ({texts}: ChipsMark, width: number, ctx: Context, theme: Theme): number => flow(widthsOf(texts, ctx, theme), width, 0, READABLE).used;

/** Where a chip lies in the picture, in CSS px, zoom included. */
export function chipRect({chips, box, y}: Placed, i: number): Box | null {
  if (!chips || !(i < chips.x.length)) return null;
  const {height, font} = chips;
  const top = chips.line[i]! * (HIGH + GAP_Y) * font;
  const [y0, y1] = [y.toUnit(top / height), y.toUnit((top + HIGH * font) / height)];
  return {x: box.x + chips.x[i]!, y: box.y + y0 * box.height, width: chips.widths[i]!, height: (y1 - y0) * box.height};
}

/** Draws words in boxes of their values' colours; those of values below 0 have a dashed line under them. */
export function paintChips(ctx: Context, {texts, values, scale: scaleOf}: ChipsMark, placed: Placed, theme: Theme): void {
  const {chips, box} = placed;
  if (!chips) return;
  const scale = scaleOf();
  const size = chips.font;
  const clamp = (v: number): number => Math.max(scale.domain[0], Math.min(scale.domain[1], v));
  const paint = (v: number): string => (Number.isFinite(v) ? cssColor(colorOf(clamp(v), scale)) : v > 0 ? theme.positiveInfinity : v < 0 ? theme.negativeInfinity : theme.nan);
  ctx.font = `${size}px ${theme.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = 1;
  for (let i = 0; i < texts.length; i++) {
    const rect = chipRect(placed, i)!;
    if (rect.y + rect.height < box.y || rect.y > box.y + box.height) continue;
    const color = paint(values[i]!);
    ctx.beginPath();
    ctx.roundRect(rect.x, rect.y, rect.width, rect.height, Math.min(size * 0.4, rect.height / 2));
    ctx.fillStyle = color;
    ctx.fill();
    // of a value about 0 the colour may be the page's
    if (size > 4) {
      ctx.globalAlpha = 0.35;
      ctx.strokeStyle = theme.muted;
      ctx.stroke();
      ctx.globalAlpha = 1;
    }
    if (size < 3) continue;
    ctx.fillStyle = onColor(color);
    // colour is not all that tells what is below 0
    if (values[i]! < 0) {
      const height = Math.max(1, size / 11);
      for (let x = rect.x + PAD * size, step = size * 0.35; x < rect.x + rect.width - PAD * size; x += step) ctx.fillRect(x, rect.y + rect.height - size * 0.22, step * 0.6, height);
    }
    ctx.fillText(fitText(ctx, wordOf(texts[i]!), rect.width - PAD * size), rect.x + rect.width / 2, rect.y + rect.height / 2 + size * 0.05);
  }
}

/** The chip at a point of the picture, or beside it; −1 where there is none. */
export function chipAt(placed: Placed, px: number, py: number): number {
  const {chips, y, box} = placed;
  if (!chips?.lines) return -1;
  const pitch = (HIGH + GAP_Y) * chips.font;
  const line = Math.floor((y.fromUnit((py - box.y) / box.height) * chips.height) / pitch);
  for (let i = 0; i < chips.x.length; i++) {
    if (chips.line[i] !== line) continue;
    const rect = chipRect(placed, i)!;
    const slack = (GAP_X * rect.height) / HIGH / 2 + 0.5;
    if (px >= rect.x - slack && px <= rect.x + rect.width + slack) return i;
  }
  return -1;
}

/** The chip so many further on, or in a line so many further down: there the one that stands nearest below or above. */
export function chipBeside({x, widths, line, lines}: ChipLayout, from: number, dx: number, dy: number): number {
  const n = x.length;
  if (dx) return Math.min(Math.max(from + dx, 0), n - 1);
  const row = Math.min(Math.max(line[from]! + dy, 0), lines - 1);
  const middle = (i: number): number => x[i]! + widths[i]! / 2;
  let [best, least] = [from, Infinity];
  for (let i = 0; i < n; i++) {
    const far = Math.abs(middle(i) - middle(from));
    if (line[i] === row && far < least) [best, least] = [i, far];
  }
  return best;
}
