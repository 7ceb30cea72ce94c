import {cssColor, luminance} from '../color/palette.js';
import {colorOf, type ColorScale} from '../color/scale.js';
import {formatShort, formatValue} from '../color/format.js';
import type {Plane} from '../compute/plane.js';
import type {Viewport} from '../compute/viewport.js';
import type {Values} from '../tensor/types.js';
import {type Context, rgbaOf, specialColors, type Theme} from './theme.js';

/** Cells large enough to be drawn one by one. */
export interface CellsScene {
  readonly data: Values;
  /** What is coloured: `data`, or the same made comparable by `domain-per`. */
  readonly colored: Values;
  readonly plane: Plane;
  readonly viewport: Viewport;
  readonly scale: ColorScale;
  readonly theme: Theme;
  readonly dpr: number;
}

/** CSS px of a cell from which squares are drawn, and from which values are written. */
export const SQUARE_CELL = 6;
export const TEXT_CELL = 26;

type Visit = (offset: number, x: number, y: number) => void;

/** Visits the cells in view that are no gaps, with their place in device px. */
function visit({plane, viewport: v}: CellsScene, each: Visit): void {
  const c0 = Math.max(0, Math.floor(v.x));
  const c1 = Math.min(plane.cols, Math.ceil(v.x + v.width / v.sx));
  const r0 = Math.max(0, Math.floor(v.y));
  const r1 = Math.min(plane.rows, Math.ceil(v.y + v.height / v.sy));
  for (let r = r0; r < r1; r++) {
    if (plane.rowOffset[r]! < 0) continue;
    for (let c = c0; c < c1; c++) {
      if (plane.colOffset[c]! < 0) continue;
      each(plane.base + plane.rowOffset[r]! + plane.colOffset[c]!, (c - v.x) * v.sx, (r - v.y) * v.sy);
    }
  }
}

/** A cell's colour, special values included. */
function colorAt(v: number, scene: CellsScene): number {
  const special = specialColors(scene.theme);
  if (v !== v) return special.nan;
  return v === Infinity ? special.positiveInfinity : v === -Infinity ? special.negativeInfinity : colorOf(v, scene.scale);
}

/**
 * A Hinton diagram: a square per cell, its area the value's distance from the centre as a share of the greatest in the
 * domain; filled above the centre, open below. Values beyond the domain fill their cell, with a cross.
 * @param ctx in device px, its origin at the box's corner
 */
export function paintSquares(ctx: Context, scene: CellsScene): void {
  const {viewport: v, scale, theme, dpr, colored} = scene;
  const center = scale.center ?? 0;
  const reach = Math.max(Math.abs(scale.domain[0] - center), Math.abs(scale.domain[1] - center)) || 1;
  const side = Math.min(v.sx, v.sy) * 0.94;
  const accent = rgbaOf(theme.accent);
  const tint = (value: number): string => {
    const color = scale.diverging ? scale.palette.table[value < center ? 140 : 884]! : accent;
    return cssColor(scale.dims?.(color, value) ?? color);
  };
  const line = Math.max(dpr, side / 14);
  ctx.save();
  ctx.lineWidth = line;
  visit(scene, (at, x, y) => {
    const value = colored[at]!;
    const [mx, my] = [x + v.sx / 2, y + v.sy / 2];
    if (!Number.isFinite(value)) {
      ctx.fillStyle = cssColor(colorAt(value, scene));
      ctx.fillRect(x, y, v.sx, v.sy);
      return;
    }
    const share = Math.abs(value - center) / reach;
    const a = side * Math.sqrt(Math.min(1, share));
    const low = value < center;
    ctx.fillStyle = ctx.strokeStyle = tint(value);
    // an open square needs room for its line; what is smaller than that is a dot either way
    if (low && a > 2.5 * line) ctx.strokeRect(mx - (a - line) / 2, my - (a - line) / 2, a - line, a - line);
    else if (a > 0.3) ctx.fillRect(mx - a / 2, my - a / 2, a, a);
    if (share > 1 + 1e-9) {
      ctx.strokeStyle = low ? tint(value) : theme.background;
      ctx.beginPath();
      ctx.moveTo(mx - a / 4, my - a / 4);
      ctx.lineTo(mx + a / 4, my + a / 4);
      ctx.moveTo(mx + a / 4, my - a / 4);
      ctx.lineTo(mx - a / 4, my + a / 4);
      ctx.stroke();
    }
  });
  ctx.restore();
}

/**
 * How all values are written alike: whole numbers in full, others in three significant digits, where this is too wide
 * for any of them in two, else in one.
 */
function notation(values: readonly number[], fits: (text: string) => boolean): (v: number) => string {
  const ways = [3, 2, 1].map((digits) => (v: number) => formatShort(v, digits));
  if (values.every((v) => Number.isInteger(v) || !Number.isFinite(v))) ways.unshift(formatValue);
  return ways.find((way) => values.every((v) => fits(way(v)))) ?? ways.at(-1)!;
}

/**
 * How the values of a plot's matrix are written alike: with equally many digits behind the point, three significant ones
 * of the greatest, two where these are too wide for any of them; `null` where both are. Greatest ones too small or too
 * large for that as above. What is not 0 never reads so, but “0.00”.
 */
export function alike(values: readonly number[], fits: (text: string) => boolean): ((v: number) => string) | null {
  const finite = values.filter(Number.isFinite);
  const greatest = finite.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const whole = finite.every(Number.isInteger);
  if (!whole && (greatest < 1e-3 || greatest >= 1e5)) return notation(values, fits);
  const power = Math.floor(Math.log10(greatest));
  const ways = whole ? [formatValue] : [2, 1].map((digits) => (v: number) => (v && Number.isFinite(v) ? v.toFixed(Math.max(0, digits - power)).replace('-', '\u2212') : formatValue(v)));
  return ways.find((way) => finite.every((v) => fits(way(v)))) ?? null;
}

/**
 * Writes values into cells, in black or white, whichever stands out from the cell; one that is too wide in the notation
 * of all of them is left out.
 * @param squares the cells show squares on the background
 */
export function paintValues(ctx: Context, scene: CellsScene, squares: boolean): void {
  const {viewport: v, theme, dpr, data, colored} = scene;
  const size = Math.min(12 * dpr, v.sy * 0.6);
  ctx.save();
  ctx.font = `${size}px ${theme.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const fits = (text: string): boolean => ctx.measureText(text).width <= v.sx - 4 * dpr;
  const seen: number[] = [];
  visit(scene, (at) => seen.push(data[at]!));
  const write = notation(seen, fits);
  visit(scene, (at, x, y) => {
    const text = write(data[at]!);
    if (!fits(text)) return;
    const light = luminance(colorAt(colored[at]!, scene));
    const [mx, my] = [x + v.sx / 2, y + v.sy / 2 + dpr / 2];
    if (squares) {
      ctx.strokeStyle = theme.background;
      ctx.lineWidth = 3 * dpr;
      ctx.lineJoin = 'round';
      ctx.strokeText(text, mx, my);
      ctx.fillStyle = theme.text;
    } else {
      ctx.fillStyle = light > 0.18 ? '#000' : '#fff';
    }
    ctx.fillText(text, mx, my);
  });
  ctx.restore();
}

/** Outlines one cell, at least 5 CSS px wide, in two colours that show on any ground. */
export function paintCursor(ctx: Context, v: Viewport, row: number, col: number, dpr: number): void {
  const grow = (size: number): number => Math.max(0, 5 * dpr - size) / 2;
  const x = (col - v.x) * v.sx - grow(v.sx);
  const y = (row - v.y) * v.sy - grow(v.sy);
  const w = v.sx + 2 * grow(v.sx);
  const h = v.sy + 2 * grow(v.sy);
  ctx.save();
  // its own two lines may stand outside the box, no more: there are the axes
  ctx.beginPath();
  ctx.rect(-2 * dpr, -2 * dpr, v.width + 4 * dpr, v.height + 4 * dpr);
  ctx.clip();
  ctx.lineWidth = dpr;
  ctx.strokeStyle = '#fff';
  ctx.strokeRect(x - dpr / 2, y - dpr / 2, w + dpr, h + dpr);
  ctx.strokeStyle = '#000';
  ctx.strokeRect(x - 1.5 * dpr, y - 1.5 * dpr, w + 3 * dpr, h + 3 * dpr);
  ctx.restore();
}
