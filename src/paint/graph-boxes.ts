import {type Context, fitText, type Theme} from './theme.js';

/** What is written on a box. */
export interface BoxText {
  /** Type of a layer or op; name of a group. */
  readonly title: string;
  /** `×16`, beside the title of a group. */
  readonly badge: string;
  /** Parameters, at the title's end. */
  readonly right: string;
  /** Lines below: name, output shape. */
  readonly lines: readonly string[];
  /** MACs, at the last line's end. */
  readonly foot: string;
  /** Has weights that are not trained. */
  readonly frozen: boolean;
  readonly group: boolean;
  /** Difference to the model compared with. */
  readonly mark: '' | '+' | '−' | '≠';
}

/** Sizes in CSS px at scale 1. */
const LINE = 15;
const PAD = 9;
const STRIP = 5;
const MIN_WIDTH = 92;
const MAX_WIDTH = 236;
const GAP = 14;
/** Text smaller than so many px on screen is left out. */
const READABLE = 5.5;
/** At a distance the title alone is written, as large as is needed to be read, up to so many units. */
const FAR = {screen: 7, least: 5, most: 26} as const;

/** The size of a lone title, in units; 0 where it could not be read. */
function farFont(k: number): number {
  const size = FAR.screen / k;
  return size <= FAR.most ? size : 0;
}

/** Sums up widths of characters, each measured once per font: 50,000 boxes are measured in an instant. */
export class TextRuler {
  readonly #widths = new Map<string, number>();
  readonly #ctx: Context;
  readonly #font: string;

  /** @param font family */
  constructor(font: string) {
    this.#font = font;
    this.#ctx = new OffscreenCanvas(1, 1).getContext('2d')!;
  }

  /** CSS px of `text` at 11 px, or 12 px and bold. Kerning is left out: a hair too wide. */
  width(text: string, bold: boolean): number {
    let sum = 0;
    for (const char of text.length > 200 ? text.slice(0, 200) : text) {
      const key = bold ? `b${char}` : char;
      let w = this.#widths.get(key);
      if (w === undefined) {
        this.#ctx.font = bold ? `600 12px ${this.#font}` : `11px ${this.#font}`;
        w = this.#ctx.measureText(char).width;
        this.#widths.set(key, w);
      }
      sum += w;
    }
    return sum;
  }
}

/** How large a box must be for what is written on it. */
export function measureBox(text: BoxText, ruler: TextRuler): {width: number; height: number} {
  const rows = 1 + text.lines.length;
  let widest = ruler.width(text.title, true) + (text.badge ? ruler.width(text.badge, true) + 8 : 0) + (text.right ? GAP + ruler.width(text.right, false) : 0) + (text.frozen ? 12 : 0) + (text.mark ? 14 : 0);
  text.lines.forEach((line, i) => {
    const foot = i === text.lines.length - 1 && text.foot ? GAP + ruler.width(text.foot, false) : 0;
    widest = Math.max(widest, ruler.width(line, false) + foot);
  });
  const width = Math.ceil(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, widest + STRIP + 2 * PAD + (text.group ? 14 : 0))));
  return {width, height: rows * LINE + 13};
}

/** How a box is to look. */
export interface BoxLook {
  /** CSS colour of its strip, or of all of it. */
  readonly color: string;
  /** The colour fills the box: of a scale of numbers. */
  readonly filled: boolean;
  /** CSS colour of text on a filled box. */
  readonly ink: string;
  /** There is no number for it. */
  readonly unknown: boolean;
}

/** Draws a node or a closed group. @param k CSS px on screen per unit */
export function paintBox(ctx: Context, x: number, y: number, width: number, height: number, text: BoxText, look: BoxLook, theme: Theme, k: number): void {
  const radius = text.group ? 7 : 5;
  if (text.group) {
    // cards below each other: there is more inside
    for (const off of [6, 3]) {
      ctx.beginPath();
      ctx.roundRect(x + off, y + off, width - 3, height - 3, radius);
      ctx.fillStyle = theme.background;
      ctx.fill();
      ctx.strokeStyle = theme.muted;
      ctx.lineWidth = 0.8;
      ctx.stroke();
    }
  }
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
  ctx.fillStyle = theme.background;
  ctx.fill();
  ctx.fillStyle = look.color;
  if (look.filled) {
    ctx.fill();
  } else {
    const tint = text.group ? 0.1 : 0.14;
    ctx.globalAlpha *= tint;
    ctx.fill();
    ctx.globalAlpha /= tint;
    ctx.beginPath();
    ctx.roundRect(x, y, STRIP, height, [radius, 0, 0, radius]);
    ctx.fill();
    ctx.beginPath();
    ctx.roundRect(x, y, width, height, radius);
  }
  ctx.strokeStyle = look.filled ? theme.muted : look.color;
  ctx.lineWidth = text.group ? 1.3 : 1;
  if (look.unknown) ctx.setLineDash([3, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
  const ink = look.filled ? look.ink : theme.text;
  const soft = look.filled ? look.ink : theme.muted;
  if (11 * k >= READABLE) paintText(ctx, x, y, width, text, ink, soft, theme);
  else if (farFont(k)) {
    farTitle(ctx, text, x + STRIP + 4, y + height / 2, width - STRIP - 8, ink, theme, k);
  }
}

/** A lone title: smaller where it would not fit, and cut only where it could not be read then. */
function farTitle(ctx: Context, text: BoxText, x: number, y: number, room: number, ink: string, theme: Theme, k: number): void {
  const title = text.badge ? `${text.title} ${text.badge}` : text.title;
  const size = farFont(k);
  ctx.font = `600 ${size}px ${theme.font}`;
  const wide = ctx.measureText(title).width;
  if (wide > room) ctx.font = `600 ${Math.max(FAR.least / k, (size * room) / wide)}px ${theme.font}`;
  ctx.fillStyle = ink;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.fillText(fitText(ctx, title, room), x, y);
}

function paintText(ctx: Context, x: number, y: number, width: number, text: BoxText, ink: string, soft: string, theme: Theme): void {
  const left = x + STRIP + PAD - 2;
  const right = x + width - PAD + 1 - (text.group ? 12 : 0);
  let base = y + 16.5;
  let from = left;
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  if (text.mark) {
    ctx.font = `700 13px ${theme.font}`;
    ctx.fillStyle = ink;
    ctx.fillText(text.mark, from, base);
    from += 14;
  }
  let end = right;
  ctx.font = `11px ${theme.font}`;
  if (text.right) {
    ctx.textAlign = 'right';
    ctx.fillStyle = soft;
    ctx.fillText(text.right, end, base);
    end -= ctx.measureText(text.right).width + 6;
    ctx.textAlign = 'left';
  }
  if (text.frozen) {
    lock(ctx, end - 8, base - 9, soft);
    end -= 13;
  }
  ctx.font = `600 12px ${theme.font}`;
  ctx.fillStyle = ink;
  const badge = text.badge ? ctx.measureText(text.badge).width + 8 : 0;
  const title = fitText(ctx, text.title, end - from - badge);
  ctx.fillText(title, from, base);
  if (badge) {
    const at = from + ctx.measureText(title).width + 6;
    if (ink === theme.text) ctx.fillStyle = theme.accent; // on a filled box it might not be seen
    ctx.fillText(text.badge, at, base);
  }
  ctx.font = `11px ${theme.font}`;
  text.lines.forEach((line, i) => {
    base += LINE;
    let stop = right + (text.group ? 12 : 0);
    if (i === text.lines.length - 1 && text.foot) {
      ctx.textAlign = 'right';
      ctx.fillStyle = soft;
      ctx.fillText(text.foot, stop, base);
      stop -= ctx.measureText(text.foot).width + 8;
      ctx.textAlign = 'left';
    }
    ctx.fillStyle = soft;
    ctx.fillText(fitText(ctx, line, stop - left), left, base);
  });
  if (text.group) sign(ctx, x + width - 14, y + 8, '+', soft);
}

/** A small padlock. */
function lock(ctx: Context, x: number, y: number, color: string): void {
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.1;
  ctx.fillRect(x, y + 4, 7, 5.5);
  ctx.beginPath();
  ctx.arc(x + 3.5, y + 4, 2.3, Math.PI, 0);
  ctx.stroke();
}

/** A small square with a plus (closed) or a minus (open). */
export function sign(ctx: Context, x: number, y: number, what: '+' | '−', color: string): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  ctx.moveTo(x + 0.5, y + 5);
  ctx.lineTo(x + 9.5, y + 5);
  if (what === '+') {
    ctx.moveTo(x + 5, y + 0.5);
    ctx.lineTo(x + 5, y + 9.5);
  }
  ctx.stroke();
}

/** Draws the frame of an open group; its title is drawn after the lines, by `paintFrameTitle`. */
export function paintFrame(ctx: Context, x: number, y: number, width: number, height: number, color: string, theme: Theme): void {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, 9);
  ctx.fillStyle = theme.text;
  ctx.globalAlpha *= 0.035;
  ctx.fill();
  ctx.globalAlpha /= 0.035;
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.1;
  ctx.stroke();
}

/** Height of a frame's title, in units: where a click closes it. */
export const FRAME_TITLE = 24;

/** Writes the title of an open group into its frame's upper left corner. */
export function paintFrameTitle(ctx: Context, x: number, y: number, width: number, text: BoxText, theme: Theme, k: number): void {
  if (11 * k < READABLE) {
    if (!farFont(k)) return;
    farTitle(ctx, text, x + 8, y + FRAME_TITLE / 2 + 2, width - 16, theme.muted, theme, k);
    return;
  }
  ctx.font = `600 12px ${theme.font}`;
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  const badge = text.badge ? ctx.measureText(text.badge).width + 6 : 0;
  const title = fitText(ctx, text.title, width - 34 - badge);
  const wide = ctx.measureText(title).width;
  ctx.fillStyle = theme.background;
  ctx.globalAlpha *= 0.82;
  ctx.beginPath();
  ctx.roundRect(x + 6, y + 4, wide + badge + 24, 18, 5);
  ctx.fill();
  ctx.globalAlpha /= 0.82;
  sign(ctx, x + 10, y + 8, '−', theme.muted);
  ctx.fillStyle = theme.text;
  ctx.fillText(title, x + 25, y + 17);
  ctx.fillStyle = theme.accent;
  if (badge) ctx.fillText(text.badge, x + 25 + wide + 6, y + 17);
}
