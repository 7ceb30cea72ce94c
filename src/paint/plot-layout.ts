import type {AxisScale} from '../color/scale.js';
import {ticksOf} from '../color/ticks.js';
import type {Axis, Figure, Panel} from '../plot/types.js';
import {seenScale, type Window} from '../plot/window.js';
import {type Context, fitText, type Theme} from './theme.js';

/** A rectangle in CSS px. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A tick of a placed axis, in CSS px along it. */
export interface PlacedTick {
  readonly at: number;
  readonly label: string;
}

/** A panel with its place, and what of it is seen. */
export interface Placed {
  readonly panel: Panel;
  /** With axes and title. */
  readonly outer: Box;
  /** Where the marks are. */
  readonly box: Box;
  readonly x: AxisScale;
  readonly y: AxisScale;
  readonly xTicks: readonly PlacedTick[];
  readonly yTicks: readonly PlacedTick[];
  /** Band labels stand upright below each other's heads: there was no room beside each other. */
  readonly tilted: boolean;
}

/** Sizes of letters in CSS px. */
export const FONT = 11;
export const TITLE = 12;
/** Room of a colour bar below the panels, and between panels. */
export const BAR = 38;
const GAP = 14;
/** The least width of panels beside each other. */
const NARROW = 252;
/** The longest share of a panel that band labels may take. */
const LABELS = 0.34;

/** Where a panel's numbers lie, in CSS px. */
export const placeX = ({box, x}: Placed, v: number): number => box.x + x.toUnit(v) * box.width;
export function placeY({box, y, panel}: Placed, v: number): number {
  const t = y.toUnit(v);
  return box.y + (panel.y.down ? t : 1 - t) * box.height;
}
/** The numbers at a place. */
export const valueX = ({box, x}: Placed, px: number): number => x.fromUnit((px - box.x) / box.width);
export function valueY({box, y, panel}: Placed, py: number): number {
  const t = (py - box.y) / box.height;
  return y.fromUnit(panel.y.down ? t : 1 - t);
}

/** Places a figure's panels in a picture of so many CSS px. @param ctx measures text */
export function layoutFigure(figure: Figure, windows: (panel: Panel) => Window, width: number, height: number, ctx: Context, theme: Theme): Placed[] {
  const {panels} = figure;
  const room = height - (figure.bar ? BAR : 0);
  const across = figure.stacked ? 1 : Math.max(1, Math.min(panels.length, Math.floor((width + GAP) / (NARROW + GAP))));
  const stacked = across === 1;
  const lines = Math.ceil(panels.length / across);
  ctx.save();
  // weights count where all panels stand in one line
  const even = across > 1 && lines > 1;
  const weight = (panel: Panel): number => (even ? 1 : (panel.weight ?? 1));
  const total = even ? across : panels.reduce((sum, p) => sum + weight(p), 0);
  const whole = stacked ? room - GAP * (lines - 1) : width - GAP * (across - 1);
  const high = stacked ? 0 : (room - GAP * (lines - 1)) / lines;
  let at = 0;
  const boxes = panels.map((panel, i) => {
    if (i % across === 0 && !stacked) at = 0;
    const side = (whole * weight(panel)) / total;
    const outer = stacked ? {x: 0, y: at, width, height: side} : {x: at, y: Math.floor(i / across) * (high + GAP), width: side, height: high};
    at += side + GAP;
    return outer;
  });
  const placed = panels.map((panel, i) => placePanel(panel, windows(panel), boxes[i]!, ctx, theme));
  ctx.restore();
  // panels below each other have one left edge, so that what stands below each other belongs together
  if (stacked && panels.length > 1 && !panels.some((p) => p.ratio || p.x.bare)) {
    const left = Math.max(...placed.map((p) => p.box.x));
    return panels.map((panel, i) => placePanel(panel, windows(panel), boxes[i]!, ctx, theme, left));
  }
  return placed;
}

function placePanel(panel: Panel, seen: Window, outer: Box, ctx: Context, theme: Theme, least = 0): Placed {
  const [x, y] = [seenScale(panel.x, seen.x), seenScale(panel.y, seen.y)];
  const top = panel.title ? 22 : 10;
  let bottom = panel.x.bare ? 8 : (panel.x.title ? 36 : 20) + 2;
  ctx.font = `${FONT}px ${theme.font}`;
  const wide = (text: string): number => ctx.measureText(text).width;
  // how high the box is decides which ticks there are, and these how wide it is
  let height = Math.max(10, outer.height - top - bottom);
  let yTicks = ticksAlong(panel.y, y, height, () => 16, wide);
  const labels = yTicks.reduce((most, tick) => Math.max(most, wide(tick.label)), 0);
  const left = panel.y.bare ? 8 : Math.max(least - outer.x, Math.min(labels, outer.width * LABELS) + (panel.y.title ? 30 : 14));
  let width = Math.max(10, outer.width - left - 14);
  // a panel with sides of its own may be narrower
  const along = panel.ratio ? Math.min(width, height * panel.ratio) : width;
  let xTicks = ticksAlong(panel.x, x, along, (label) => wide(label) + 12, wide);
  let tilted = false;
  if (panel.x.type === 'band' && panel.x.labels && !panel.x.bare) {
    // upright where that shows more of them; of plain numbers some are enough
    const all = bandTicks(panel.x, x, along, 14);
    if (all.length > xTicks.length * 1.5) {
      tilted = true;
      xTicks = all;
      const longest = Math.min(outer.height * LABELS, all.reduce((most, tick) => Math.max(most, wide(tick.label)), 0));
      bottom += longest - 10;
      height = Math.max(10, outer.height - top - bottom);
      yTicks = ticksAlong(panel.y, y, height, () => 16, wide);
    }
  }
  let box = {x: outer.x + left, y: outer.y + top, width, height};
  if (panel.ratio) {
    const side = Math.min(width, height * panel.ratio);
    const high = side / panel.ratio;
    // a single panel stands in the middle
    box = {x: outer.x + left + (width - side) / 2, y: outer.y + top + (height - high) / 2, width: side, height: high};
    [width, height] = [side, high];
    if (!tilted) xTicks = ticksAlong(panel.x, x, width, (label) => wide(label) + 12, wide);
    else xTicks = bandTicks(panel.x, x, width, 14);
    yTicks = ticksAlong(panel.y, y, height, () => 16, wide);
  }
  // device pixels are whole: lines are crisp
  box = {x: Math.round(box.x), y: Math.round(box.y), width: Math.round(box.width), height: Math.round(box.height)};
  return {panel, outer, box, x, y, xTicks, yTicks: panel.y.down ? yTicks : yTicks.map(({at, label}) => ({at: height - at, label})), tilted};
}

function ticksAlong(axis: Axis, scale: AxisScale, length: number, room: (label: string) => number, width: (label: string) => number): PlacedTick[] {
  if (axis.bare) return [];
  if (axis.type === 'band') {
    const every = axis.labels?.reduce((most, label) => Math.max(most, room(label)), 0) ?? room(String(axis.domain[1]));
    return bandTicks(axis, scale, length, every);
  }
  const vertical = room('') === room('wide');
  const ticks = ticksOf(scale, length, vertical ? () => 12 : width);
  const kept = axis.whole ? ticks.filter((tick) => Number.isInteger(tick.value)) : ticks;
  const large = axis.type === 'linear' ? sharedUnit(kept.map((tick) => tick.value)) : null;
  return kept.map(({t, label, value}) => ({at: t * length, label: large?.(value) ?? (axis.whole && label.includes('.') ? String(value) : label)}));
}

const UNITS: readonly (readonly [number, string])[] = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** Large ticks in one unit, `80k` and `120k` rather than `80000` and `1.2e5`; `null` where they are not large. */
function sharedUnit(values: readonly number[]): ((v: number) => string) | null {
  const most = Math.max(...values.map(Math.abs));
  const unit = most >= 1e4 && most < 1e12 ? UNITS.find(([size]) => most >= size) : undefined;
  if (!unit || !values.every((v) => Number.isInteger(v / (unit[0] / 1000)))) return null;
  return (v) => (v === 0 ? '0' : `${String(v / unit[0]).replace('-', '\u2212')}${unit[1]}`);
}

/** Labels in the middle of bands, every second or fifth or … where they would touch. */
function bandTicks({labels, domain}: Axis, scale: AxisScale, length: number, room: number): PlacedTick[] {
  const [lo, hi] = scale.domain;
  const step = stepFor(room / (length / (hi - lo)));
  const out: PlacedTick[] = [];
  for (let i = Math.max(0, Math.ceil((lo - 0.5) / step) * step); i < Math.min(hi, domain[1]); i += step) {
    const at = scale.toUnit(i + 0.5) * length;
    if (at >= 0 && at <= length) out.push({at, label: labels?.[i] ?? String(i)});
  }
  return out;
}

function stepFor(least: number): number {
  for (let ten = 1; ; ten *= 10) for (const s of [1, 2, 5]) if (s * ten >= least || ten > 1e9) return s * ten;
}

/** Draws what stands around a panel's marks: grid, ticks, names. */
export function paintAround(ctx: Context, placed: Placed, theme: Theme): void {
  const {panel, box, outer, xTicks, yTicks, tilted} = placed;
  const cells = panel.marks.some((mark) => mark.kind === 'cells' || mark.kind === 'image');
  ctx.save();
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.grid;
  ctx.font = `${FONT}px ${theme.font}`;
  ctx.beginPath();
  if (!cells) {
    if (panel.x.type !== 'band') for (const {at} of xTicks) line(ctx, Math.round(box.x + at) + 0.5, box.y, Math.round(box.x + at) + 0.5, box.y + box.height);
    if (panel.y.type !== 'band') for (const {at} of yTicks) line(ctx, box.x, Math.round(box.y + at) + 0.5, box.x + box.width, Math.round(box.y + at) + 0.5);
    ctx.globalAlpha = 0.6;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }
  ctx.fillStyle = theme.text;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  const left = box.x - outer.x;
  for (const {at, label} of yTicks) ctx.fillText(fitText(ctx, label, Math.max(10, left - (panel.y.title ? 26 : 10)), 0.7), box.x - 7, box.y + at + 0.5);
  if (tilted) {
    const room = Math.min(outer.height * LABELS, outer.y + outer.height - box.y - box.height - (panel.x.title ? 24 : 8));
    for (const {at, label} of xTicks) {
      ctx.save();
      ctx.translate(box.x + at, box.y + box.height + 7);
      ctx.rotate(-Math.PI / 2);
      ctx.fillText(fitText(ctx, label, room, 0.7), 0, 0.5);
      ctx.restore();
    }
  } else {
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    for (const {at, label} of xTicks) {
      const half = ctx.measureText(label).width / 2;
      // the last label stays within the picture
      const x = Math.min(box.x + at, outer.x + outer.width - half - 1);
      ctx.fillText(label, x, box.y + box.height + 6);
    }
  }
  ctx.fillStyle = theme.muted;
  if (panel.x.title && !panel.x.bare) {
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    // below its labels, however much room there is
    const longest = tilted ? xTicks.reduce((most, {label}) => Math.max(most, ctx.measureText(label).width), 0) : 0;
    const y = panel.ratio ? box.y + box.height + (tilted ? Math.min(longest, outer.height * LABELS) + 25 : 36) : outer.y + outer.height - 1;
    ctx.fillText(fitText(ctx, panel.x.title, box.width + 40), box.x + box.width / 2, Math.min(y, outer.y + outer.height - 1));
  }
  if (panel.y.title && !panel.y.bare) {
    const widest = yTicks.reduce((most, {label}) => Math.max(most, ctx.measureText(label).width), 0);
    ctx.save();
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.translate(Math.max(outer.x + 8, box.x - Math.min(widest, left - 26) - 19), box.y + box.height / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(fitText(ctx, panel.y.title, Math.max(box.height, 40)), 0, 0);
    ctx.restore();
  }
  if (panel.title) {
    ctx.fillStyle = theme.text;
    ctx.font = `600 ${TITLE}px ${theme.font}`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    ctx.fillText(fitText(ctx, panel.title, outer.x + outer.width - box.x - 2), box.x, box.y - 6);
  }
  ctx.restore();
}

/** The line around a panel's marks, over them. */
export function paintFrame(ctx: Context, {panel, box}: Placed, theme: Theme): void {
  if (panel.x.bare && panel.y.bare) return;
  ctx.save();
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  ctx.beginPath();
  if (panel.marks.some((mark) => mark.kind === 'cells')) ctx.rect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  else {
    line(ctx, box.x - 0.5, box.y, box.x - 0.5, box.y + box.height + 0.5);
    line(ctx, box.x - 0.5, box.y + box.height + 0.5, box.x + box.width, box.y + box.height + 0.5);
  }
  ctx.stroke();
  ctx.restore();
}

export function line(ctx: Context, x0: number, y0: number, x1: number, y1: number): void {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}

