import type {AxisPart} from '../compute/arrange.js';
import {gapOf, innerOf, lengthOf, nameIndices} from '../compute/plane.js';
import type {Viewport} from '../compute/viewport.js';
import {type Context, fitText, type Theme} from './theme.js';

/** A plane's rows or columns as an axis. */
interface AxisModel {
  readonly parts: readonly AxisPart[];
  /** The parts of both axes. */
  readonly all: readonly AxisPart[];
  /** First cell at the box's edge, and px per cell, in CSS px. */
  readonly at: number;
  readonly scale: number;
  readonly length: number;
}

/** A label along an axis. */
interface AxisTick {
  /** CSS px from the axis's start. */
  readonly at: number;
  readonly label: string;
}

/** What stands around the plane. */
export interface AxesScene {
  readonly rows: readonly AxisPart[];
  readonly cols: readonly AxisPart[];
  readonly viewport: Viewport;
  readonly dpr: number;
  readonly theme: Theme;
}

/** Room around the plane, in CSS px. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const FONT = 11;

/** Names of an axis's parts: the halves of one split axis go by its own name, that which is added to the other side's with a plus. */
export const axisName = (parts: readonly AxisPart[], all: readonly AxisPart[]): string =>
  nameIndices(parts, parts.map(() => 0), all).map(({name, index}) => (index[0] === '+' ? `+ ${name}` : name)).join(' · ');

/** Characters of the longest tick. */
function characters(parts: readonly AxisPart[], all: readonly AxisPart[]): number {
  const first = parts[0];
  if (!first) return 1;
  return first.labels ? Math.max(...first.labels.map((l) => l.length)) : nameIndices([first], [Math.max(0, first.size - 1)], all)[0]!.index.length;
}

/** Room for ticks and names; narrow boxes get less. */
export function marginsFor(rows: readonly AxisPart[], cols: readonly AxisPart[], width: number, height: number): Margins {
  const named = (parts: readonly AxisPart[]): boolean => parts.some((p) => p.size > 1);
  const left = named(rows) && width > 120 ? 26 + 6.5 * characters(rows, [...rows, ...cols]) : 8;
  const bottom = named(cols) && height > 80 ? 32 : 6;
  return {left: Math.round(left), right: 10, top: 6, bottom};
}

const STEPS = [1, 2, 5];
const nice = (least: number): number => {
  for (let ten = 1; ; ten *= 10) for (const s of STEPS) if (s * ten >= least) return s * ten;
};

/** Labels of the items of an axis's first part, in view and apart. @param room CSS px that a label takes along the axis */
function ticks({parts, all, at, scale, length}: AxisModel, room: number): AxisTick[] {
  const first = parts[0];
  if (!first || (parts.length === 1 && first.size < 2)) return [];
  const inner = innerOf(parts);
  const pitch = inner + gapOf(parts);
  const step = first.labels ? 1 : nice(room / (pitch * scale));
  const from = Math.max(0, Math.floor(at / pitch));
  const to = Math.min(first.size - 1, Math.floor((at + length / scale) / pitch));
  const out: AxisTick[] = [];
  for (let item = Math.ceil(from / step) * step; item <= to; item += step) {
    // the middle of what is in view of the item
    const lo = Math.max(0, (item * pitch - at) * scale);
    const hi = Math.min(length, (item * pitch + inner - at) * scale);
    if (hi <= lo) continue;
    out.push({at: (lo + hi) / 2, label: nameIndices([first], [item], all)[0]!.index});
  }
  return out;
}

/**
 * Draws ticks and names left of and below the plane's box.
 * @param ctx in CSS px, its origin at the box's left top corner
 */
export function paintAxes(ctx: Context, {rows, cols, viewport: v, dpr, theme}: AxesScene, {left, bottom}: Margins): void {
  const width = v.width / dpr;
  const height = v.height / dpr;
  const all = [...rows, ...cols];
  ctx.save();
  ctx.font = `${FONT}px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  // the picture's own edges, where it does not fill the box
  const x0 = Math.max(0, (-v.x * v.sx) / dpr);
  const below = Math.min(height, yEnd(v, rows, dpr));
  if (left > 10) {
    const model = {parts: rows, all, at: v.y, scale: v.sy / dpr, length: height};
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    for (const tick of ticks(model, 15)) {
      ctx.fillRect(x0 - 4, Math.round(tick.at) - 0.5, 3, 1);
      ctx.fillText(tick.label, x0 - 6, tick.at + 0.5);
    }
    ctx.save();
    const from = Math.max(0, (-v.y * v.sy) / dpr);
    ctx.translate(x0 - left + 9, (from + below) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.textAlign = 'center';
    ctx.fillText(fitText(ctx, axisName(rows, all), height), 0, 0);
    ctx.restore();
  }
  if (bottom > 10) {
    const digits = cols[0]?.labels ? 1 : characters(cols, all);
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    for (const tick of ticks({parts: cols, all, at: v.x, scale: v.sx / dpr, length: width}, 10 + 7 * digits)) {
      ctx.fillRect(Math.round(tick.at) - 0.5, below + 1, 1, 3);
      ctx.fillText(tick.label, tick.at, below + 5);
    }
    const right = Math.min(width, xEnd(v, cols, dpr));
    ctx.fillText(fitText(ctx, axisName(cols, all), width), (x0 + right) / 2, below + 18);
  }
  ctx.restore();
}

const yEnd = (v: Viewport, rows: readonly AxisPart[], dpr: number): number => ((lengthOf(rows) - v.y) * v.sy) / dpr;
const xEnd = (v: Viewport, cols: readonly AxisPart[], dpr: number): number => ((lengthOf(cols) - v.x) * v.sx) / dpr;
