import type {ColorScale} from '../color/scale.js';
import type {Range} from '../compute/stats.js';
import {luminance} from '../color/palette.js';
import {paintColorBar, TICKS_HEIGHT} from './color-bar.js';
import {type TileBox} from './tile-layout.js';
import {type Context, fitText, rgbaOf, type Theme} from './theme.js';

/** One weight of an overview. */
export interface TileModel {
  readonly title: string;
  readonly subtitle: string;
  /** Beside the title of a small tile, which has no room for a subtitle. */
  readonly shape: string;
  readonly picture: OffscreenCanvas | null;
  readonly scale: ColorScale | null;
  readonly range: Range | null;
  readonly message: string | null;
}

/** CSS px around and between the parts of a tile. */
const PAD = 4;
const TEXT = 14;

/** The picture's place within a tile, in CSS px. */
export function pictureBox({width, height}: TileBox): TileBox {
  const small = height < 100;
  const top = small ? TEXT + 2 : 2 * TEXT + 6;
  const bottom = small ? TICKS_HEIGHT + 7 : TICKS_HEIGHT + 14;
  return {x: PAD, y: top, width: width - 2 * PAD, height: height - top - bottom};
}

/**
 * Draws a tile: name, shape and activation, the picture, its own colour bar; a sign on its own colour for each kind of
 * value that is not finite.
 * @param ctx in CSS px, its origin at the tile's corner
 */
export function paintTile(ctx: Context, model: TileModel, box: TileBox, theme: Theme): void {
  const {picture, scale, range, message} = model;
  const at = pictureBox(box);
  const small = box.height < 100;
  ctx.save();
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  const marks = range ? ([['NaN', range.nan, theme.nan], ['+∞', range.positiveInfinity, theme.positiveInfinity], ['−∞', range.negativeInfinity, theme.negativeInfinity]] as const).filter(([, n]) => n > 0) : [];
  const shape = small && !marks.length ? model.shape : '';
  let right = box.width - PAD;
  for (const [sign, , color] of marks) {
    ctx.font = `600 10px ${theme.font}`;
    const width = ctx.measureText(sign).width + 6;
    ctx.fillStyle = color;
    ctx.fillRect(right - width, 2, width, 12);
    ctx.fillStyle = luminance(rgbaOf(color)) > 0.18 ? '#000' : '#fff'; // where both contrast alike
    ctx.fillText(sign, right - width + 3, 3);
    right -= width + 3;
  }
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  if (shape) {
    right -= ctx.measureText(shape).width;
    ctx.fillText(shape, right, 2);
    right -= 6;
  }
  ctx.font = `600 ${small ? 11 : 12}px ${theme.font}`;
  ctx.fillStyle = theme.text;
  ctx.fillText(fitText(ctx, model.title, right - PAD), PAD, 2);
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  if (!small) ctx.fillText(fitText(ctx, model.subtitle, at.width), PAD, TEXT + 3);
  if (message) {
    ctx.fillStyle = theme.text;
    wrap(ctx, `⚠ ${message}`, at.width, Math.max(1, Math.floor((box.height - at.y) / TEXT))).forEach((line, i) => ctx.fillText(line, at.x, at.y + i * TEXT));
  } else if (picture) {
    ctx.drawImage(picture, at.x, at.y, at.width, at.height);
  } else {
    ctx.fillStyle = theme.grid;
    ctx.globalAlpha = 0.35;
    ctx.fillRect(at.x, at.y, at.width, at.height);
    ctx.globalAlpha = 1;
  }
  if (scale && !message) {
    const thickness = small ? 5 : 8;
    ctx.translate(at.x, box.height - TICKS_HEIGHT - thickness);
    paintColorBar(ctx, {
      scale,
      width: at.width,
      thickness,
      under: !!range && range.min < scale.domain[0],
      over: !!range && range.max > scale.domain[1],
      theme,
      fontPx: 10,
    });
  }
  ctx.restore();
}

/** Breaks a sentence into lines; what does not fit ends in an ellipsis. */
function wrap(ctx: Context, text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (line && ctx.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return lines.slice(0, most).map((l, i) => fitText(ctx, i === most - 1 && lines.length > most ? `${l} …` : l, width));
}
