import type {ColorScale} from '../color/scale.js';
import type {Range} from '../compute/stats.js';
import {formatShort} from '../color/format.js';
import {luminance} from '../color/palette.js';
import {paintColorBar, TICKS_HEIGHT} from './color-bar.js';
import {LINE, type TileBox} from './tile-layout.js';
import {type Context, fitText, rgbaOf, type Theme} from './theme.js';

/** A picture and its size in CSS px. */
export interface TilePicture {
  readonly canvas: OffscreenCanvas;
  readonly width: number;
  readonly height: number;
}

/** One weight of an overview. */
export interface TileModel {
  /** The title: the layer, up to and with its last `/`, and the weight's own name. */
  readonly layer: string;
  readonly name: string;
  /** Below the title; of a small tile, which has no room for more, beside it. */
  readonly shape: string;
  /** What follows the shape. */
  readonly more: string;
  readonly picture: TilePicture | null;
  readonly scale: ColorScale | null;
  readonly range: Range | null;
  /** What is odd about it, in a word or two each. */
  readonly badges: readonly string[];
  /** In place of the colour bar, where that would say nothing. */
  readonly note: string | null;
  readonly message: string | null;
}

/** CSS px around and between the parts of a tile. */
const PAD = 4;
/** A colour bar is no narrower, however narrow the picture. */
const BAR = 90;

const isSmall = ({height}: TileBox): boolean => height < 100;

/** The room for the picture within a tile, in CSS px. */
export function pictureBox(box: TileBox): {x: number; y: number; width: number; height: number} {
  const small = isSmall(box);
  const top = (small ? LINE + 2 : 2 * LINE + 6) + (box.tall ? LINE : 0);
  const bottom = small ? TICKS_HEIGHT + 7 : TICKS_HEIGHT + 14;
  return {x: PAD, y: top, width: box.width - 2 * PAD, height: box.height - top - bottom};
}

/**
 * Draws a tile: name, shape and activation, the picture, its own colour bar; a sign on its own colour for each kind of
 * value that is not finite.
 * @param ctx in CSS px, its origin at the tile's corner
 */
export function paintTile(ctx: Context, model: TileModel, box: TileBox, theme: Theme): void {
  const {picture, scale, range, note, message} = model;
  const at = pictureBox(box);
  const small = isSmall(box);
  ctx.save();
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  paintTitle(ctx, model, box, theme);
  if (message) {
    paintFailure(ctx, message, {...at, height: box.height - at.y}, theme);
    ctx.restore();
    return;
  }
  // an older picture may be larger than the room there is now
  const k = picture ? Math.min(1, at.width / picture.width, at.height / picture.height) : 1;
  if (picture) {
    ctx.drawImage(picture.canvas, at.x, at.y, picture.width * k, picture.height * k);
  } else {
    ctx.fillStyle = theme.grid;
    ctx.globalAlpha = 0.35;
    ctx.fillRect(at.x, at.y, at.width, at.height);
    ctx.globalAlpha = 1;
  }
  if (picture && scale) {
    ctx.translate(at.x, at.y + picture.height * k + (small ? 2 : 5));
    ctx.font = `11px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    if (note) ctx.fillText(fitText(ctx, note, at.width, 1), 0, 2);
    else {
      paintColorBar(ctx, {
        scale,
        width: Math.min(at.width, Math.max(BAR, picture.width * k)),
        thickness: small ? 5 : 8,
        under: !!range && range.min < scale.domain[0],
        over: !!range && range.max > scale.domain[1],
        theme,
        fontPx: 10,
      });
    }
  }
  ctx.restore();
}

/** Its own name stays whole as long as there is room for it: of a layer's weights it alone differs. */
function paintTitle(ctx: Context, {layer, name, shape, more, range, badges}: TileModel, box: TileBox, theme: Theme): void {
  const small = isSmall(box);
  const all = range ? ([['NaN', range.nan, theme.nan], ['+∞', range.positiveInfinity, theme.positiveInfinity], ['−∞', range.negativeInfinity, theme.negativeInfinity]] as const) : [];
  const marks = all.filter(([, n]) => n > 0);
  const muted = `11px ${theme.font}`;
  const own = `600 ${small ? 11 : 12}px ${theme.font}`;
  const write = (font: string, color: string, text: string, x: number, y: number): number => {
    ctx.font = font;
    ctx.fillStyle = color;
    ctx.fillText(text, x, y);
    return ctx.measureText(text).width;
  };
  const fit = (font: string, text: string, width: number, start?: number): string => {
    ctx.font = font;
    return fitText(ctx, text, width, start);
  };
  let right = box.width - PAD;
  for (const [sign, n, color] of marks) {
    const text = `${sign} ${formatShort(n)}`;
    ctx.font = `600 10px ${theme.font}`;
    const width = ctx.measureText(text).width + 6;
    ctx.fillStyle = color;
    ctx.fillRect(right - width, 2, width, 12);
    ctx.fillStyle = luminance(rgbaOf(color)) > 0.18 ? '#000' : '#fff'; // where both contrast alike
    ctx.fillText(text, right - width + 3, 3);
    right -= width + 3;
  }
  for (const text of badges) {
    ctx.font = `600 10px ${theme.font}`;
    const width = ctx.measureText(text).width + 8;
    if (right - width < PAD) break; // the tile's label has them all
    ctx.strokeStyle = theme.text;
    ctx.strokeRect(right - width + 0.5, 2.5, width - 1, 12);
    ctx.fillStyle = theme.text;
    ctx.fillText(text, right - width + 4, 4);
    right -= width + 3;
  }
  let y = 2;
  if (box.tall) {
    write(muted, theme.muted, fit(muted, layer.replace(/\/$/, ''), right - PAD), PAD, y);
    right = box.width - PAD;
    y += LINE;
  }
  if (small && shape && (box.tall || !marks.length)) {
    ctx.font = muted;
    right -= ctx.measureText(shape).width;
    write(muted, theme.muted, shape, right, y);
    right -= 6;
  }
  const title = fit(own, name, right - PAD);
  const rest = right - PAD - ctx.measureText(title).width;
  const before = box.tall || !layer ? 0 : write(muted, theme.muted, fit(muted, layer, rest), PAD, y);
  write(own, theme.text, title, PAD + before, y);
  if (small) return;
  const width = write(muted, theme.muted, shape, PAD, y + LINE + 1);
  if (more) write(muted, theme.muted, fit(muted, ` · ${more}`, box.width - 2 * PAD - width, 1), PAD + width, y + LINE + 1);
}

/** What went wrong, behind a sign that needs no font. */
function paintFailure(ctx: Context, message: string, at: {x: number; y: number; width: number; height: number}, theme: Theme): void {
  ctx.save();
  ctx.translate(at.x, at.y);
  ctx.fillStyle = theme.accent;
  ctx.beginPath();
  ctx.moveTo(6, 1);
  ctx.lineTo(12, 11);
  ctx.lineTo(0, 11);
  ctx.closePath();
  ctx.fill();
  ctx.fillStyle = theme.background;
  ctx.fillRect(5.25, 4, 1.5, 3.5);
  ctx.fillRect(5.25, 8.5, 1.5, 1.5);
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.text;
  wrap(ctx, message, at.width - 16, Math.max(1, Math.floor(at.height / LINE))).forEach((line, i) => ctx.fillText(line, 16, i * LINE));
  ctx.restore();
}

/** Breaks a sentence into lines; a word longer than a line, such as an address, wherever it must. What does not fit ends in an ellipsis. */
function wrap(ctx: Context, text: string, width: number, most: number): string[] {
  const fits = (line: string): boolean => ctx.measureText(line).width <= width;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (!fits(line) && line.length > 1 && lines.length <= most) {
      let n = line.length - 1;
      while (n > 1 && !fits(line.slice(0, n))) n--;
      lines.push(line.slice(0, n));
      line = line.slice(n);
    }
  }
  lines.push(line);
  return lines.slice(0, most).map((l, i) => (i === most - 1 && lines.length > most ? fitText(ctx, `${l} …`, width, 1) : l));
}
