import type {AxisScale} from '../color/scale.js';
import {ticksOf} from '../color/ticks.js';
import type {Axis, Figure, Panel} from '../plot/types.js';
import {seenScale, type Window} from '../plot/window.js';
import {type ChipLayout, layoutChips} from './chips.js';
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
  /** Of words in boxes: where each stands. */
  readonly chips: ChipLayout | null;
  /** Its title in lines. */
  readonly title: readonly string[];
}

/** Sizes of letters in CSS px. */
export const FONT = 11;
export const TITLE = 12;
/** Room of a colour bar below the panels, and between panels. */
export const BAR = 38;
const GAP = 14;
/** The least width of panels beside each other. */
const NARROW = 252;
/** The least width of pictures beside each other, which have no ticks to read, and what of it is not the picture. */
const [PICTURE, BESIDE_PICTURE] = [84, 22];
/** The least share of a figure's height that panels below pictures take. */
const BELOW_PICTURES = 0.36;
/** From one line of a title to the next. */
const TITLE_LINE = 15;
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

/** Whether panels have colour bars of their own. */
export const ownBars = ({panels}: Figure): boolean => panels.some(({bar}) => bar);

const isColored = ({colored, marks}: Panel): boolean => colored ?? marks.some(({kind}) => kind === 'cells' || kind === 'chips');

/** The panels side by side that a figure's colour bar stands below: of the last line that has any which it colours. */
export function barredRow(placed: readonly Placed[]): readonly Placed[] {
  const last = placed.findLast(({panel}) => isColored(panel)) ?? placed.at(-1)!;
  const row = placed.filter(({outer}) => outer.y === last.outer.y);
  const colored = row.filter(({panel}) => isColored(panel));
  return colored.length ? colored : row;
}

/** A figure's panels line by line: as many side by side as there is room for, or below each other. */
function rowsOf({panels, stacked}: Figure, width: number): {rows: Panel[][]; across: number} {
  const room = Math.max(1, Math.floor((width + GAP) / (NARROW + GAP)));
  const across = stacked ? 1 : Math.min(panels.length, room);
  const rows: Panel[][] = [];
  for (const panel of panels) {
    const row = rows.at(-1);
    if (row && row.length < (stacked && panel.beside ? room : across)) row.push(panel);
    else rows.push([panel]);
  }
  return {rows, across};
}

/** What a panel is laid out with beside its place. */
interface Around {
  /** How far from the figure's left edge its box begins, at least. */
  readonly least: number;
  /** Room below it that is not its own axis's. */
  readonly below: number;
  /** Lines of its title; 0: one, and a panel with a ratio stands in the middle of its place. */
  readonly lines?: number;
  /** A panel with a ratio stands at its left edge. */
  readonly start?: boolean | undefined;
}

const isPicture = ({ratio, x}: Panel): boolean => ratio !== undefined && x.bare === true;

/** Places a figure's panels in a picture of so many CSS px. @param ctx measures text */
export function layoutFigure(figure: Figure, windows: (panel: Panel) => Window, width: number, height: number, ctx: Context, theme: Theme): Placed[] {
  if (!figure.panels.length) return [];
  const pictures = !figure.stacked && figure.panels.length > 1 && figure.panels.some(isPicture);
  ctx.save();
  const boxes = figure.strip ? stripBoxes(figure, width).boxes : pictures ? pictureBoxes(figure, width, height, ctx, theme) : gridBoxes(figure, width, height);
  const placed = placeAll(figure, windows, width, boxes, ctx, theme);
  ctx.restore();
  return placed;
}

/** Places by panel, and how many lines its title takes. */
type Boxes = Map<Panel, Box & {readonly lines?: number}>;

/** Panels in lines of equal ones; or all in one line, or all below each other, by their weights. */
function gridBoxes(figure: Figure, width: number, height: number): Boxes {
  const {rows, across} = rowsOf(figure, width);
  const barred = figure.bar && !ownBars(figure) ? rows.findLastIndex((row) => row.some(isColored)) : -2;
  // titles and axes take what they take; below each other, weights share what is left for the marks
  const around = rows.map((row) => (across > 1 ? 0 : Math.max(...row.map(aroundOf))));
  const room = Math.max(0, height - (barred > -2 ? BAR : 0) - GAP * (rows.length - 1) - around.reduce((sum, h) => sum + h, 0));
  // weights count among panels in one direction
  const weightOf = (panel: Panel): number => (across > 1 && rows.length > 1 ? 1 : (panel.weight ?? 1));
  const highs = rows.map((row) => (across > 1 ? 1 : Math.max(...row.map(weightOf))));
  const total = highs.reduce((sum, h) => sum + h, 0);
  const boxes: Boxes = new Map();
  let top = 0;
  rows.forEach((row, r) => {
    const high = around[r]! + (room * highs[r]!) / total;
    const columns = across > 1 ? across : row.length;
    const line = across > 1 && rows.length === 1;
    const shares = line ? row.reduce((sum, p) => sum + weightOf(p), 0) : columns;
    let left = 0;
    for (const panel of row) {
      const side = ((width - GAP * (columns - 1)) * (line ? weightOf(panel) : 1)) / shares;
      boxes.set(panel, {x: left, y: top, width: side, height: high, lines: 0});
      left += side + GAP;
    }
    top += high + GAP + (r === barred ? BAR : 0);
  });
  return boxes;
}

/** CSS px that a letter of a title takes, about. */
const LETTER = 6.4;
/** The least width of a strip in which panels stand beside each other. */
const STRIP = 520;

/** Panels below each other, each as high as it says; those beside others beside them, where there is room. */
function stripBoxes({panels}: Figure, width: number): {boxes: Boxes; height: number} {
  const boxes: Boxes = new Map();
  const rows: Panel[][] = [];
  for (const panel of panels) {
    if (panel.beside && width >= STRIP && rows.length) rows.at(-1)!.push(panel);
    else rows.push([panel]);
  }
  let top = 4;
  for (const row of rows) {
    const fixed = row.reduce((sum, {wide}) => sum + (row.length > 1 ? (wide ?? 0) : 0), 0);
    const free = row.filter(({wide}) => row.length === 1 || wide === undefined).length;
    const share = (width - fixed - GAP * (row.length - 1)) / Math.max(1, free);
    const high = Math.max(...row.map((panel) => panel.high ?? 160));
    let left = 0;
    // a title that is too long for its line has two
    const lines = row.some(({title = ''}, i) => !i && title.length * LETTER > share) ? 2 : 1;
    const more = (lines - 1) * TITLE_LINE;
    for (const panel of row) {
      const side = row.length > 1 ? (panel.wide ?? share) : share;
      boxes.set(panel, {x: left, y: top, width: side, height: (panel.high ?? high) + more, lines});
      left += side + GAP;
    }
    top += high + more + GAP;
  }
  return {boxes, height: top};
}

/** CSS px that a strip needs at a width; `null` of other figures, which take what there is. */
export const stripHeight = (figure: Figure, width: number): number | null => (figure.strip ? stripBoxes(figure, width).height : null);

/**
 * Pictures side by side, as many as makes them largest, all of one size where they have one ratio; other panels beside
 * them where there is room, else below.
 */
function pictureBoxes(figure: Figure, width: number, height: number, ctx: Context, theme: Theme): Boxes {
  const own = ownBars(figure);
  const pictures = figure.panels.filter(isPicture);
  const rest = figure.panels.filter((panel) => !isPicture(panel));
  const n = pictures.length;
  const ratio = Math.min(...pictures.map((p) => p.ratio!));
  const room = height - (figure.bar && !own ? BAR : 0);
  ctx.font = `600 ${TITLE}px ${theme.font}`;
  const longest = Math.max(...pictures.map(({title}) => (title ? ctx.measureText(title).width : 0))) + 10;
  const restAcross = Math.max(1, Math.min(rest.length, Math.floor((width + GAP) / (NARROW + GAP))));
  const restRows = Math.ceil(rest.length / restAcross);
  interface Way {
    readonly columns: number;
    readonly rows: number;
    readonly beside: boolean;
    readonly side: number;
    readonly lines: number;
  }
  const ways: Way[] = [];
  for (let columns = 1; columns <= n; columns++) {
    const most = (width - GAP * (columns - 1)) / columns;
    if (columns > 1 && most < PICTURE) break;
    const rows = Math.ceil(n / columns);
    for (const beside of rest.length && rows === 1 ? [true, false] : [false]) {
      const column = beside ? (width - rest.length * (NARROW + GAP) - GAP * (columns - 1)) / columns : most;
      if (beside && column < NARROW * 0.7) continue;
      const lines = longest > column ? 2 : 1;
      const around = 22 + (lines - 1) * TITLE_LINE + 8 + (own ? BAR : 0);
      const high = (beside || !rest.length ? room : room * (1 - Math.max(BELOW_PICTURES, restRows / (rows + restRows)) * (restRows ? 1 : 0)) - GAP) / rows - (GAP * (rows - 1)) / rows;
      ways.push({columns, rows, beside, lines, side: Math.min(column - BESIDE_PICTURE, (high - around) * ratio)});
    }
  }
  const best = ways.reduce((a, b) => (b.side > a.side ? b : a));
  const {columns, rows, beside, lines} = best;
  const side = Math.max(10, best.side);
  const column = Math.min((width - GAP * (columns - 1)) / columns, Math.max(side + BESIDE_PICTURE, lines > 1 ? 0 : longest));
  const high = side / ratio + 22 + (lines - 1) * TITLE_LINE + 8 + (own ? BAR : 0);
  const boxes: Boxes = new Map();
  pictures.forEach((panel, i) => boxes.set(panel, {x: (i % columns) * (column + GAP), y: Math.floor(i / columns) * (high + GAP), width: column, height: high, lines}));
  if (!rest.length) return boxes;
  const from = beside ? columns * (column + GAP) : 0;
  const top = beside ? 0 : rows * (high + GAP) + height - room;
  const across = beside ? rest.length : restAcross;
  const each = (width - from - GAP * (across - 1)) / across;
  const tall = beside ? room : (height - top - GAP * (restRows - 1)) / restRows;
  rest.forEach((panel, i) => boxes.set(panel, {x: from + (i % across) * (each + GAP), y: top + Math.floor(i / across) * (tall + GAP), width: each, height: Math.max(10, tall), lines: 1}));
  return boxes;
}

function placeAll(figure: Figure, windows: (panel: Panel) => Window, width: number, boxes: Boxes, ctx: Context, theme: Theme): Placed[] {
  const {panels} = figure;
  const own = ownBars(figure);
  const place = (panel: Panel, least = 0): Placed => {
    const {lines = 0, ...outer} = boxes.get(panel)!;
    return placePanel(panel, windows(panel), outer, ctx, theme, {least, below: own && (panel.bar || (panel.x.bare && !figure.strip)) ? BAR : 0, lines, start: figure.strip});
  };
  const placed = panels.map((panel) => place(panel));
  if (figure.strip) return placed;
  const {rows, across} = rowsOf(figure, width);
  // panels below each other have one left edge, so that what stands below each other belongs together
  if (across > 1 || rows.length < 2 || panels.some((p) => p.ratio || p.x.bare)) return placed;
  const first = new Set(rows.map(([panel]) => panel));
  const left = Math.max(...placed.filter(({panel}) => first.has(panel)).map((p) => p.box.x));
  for (const row of rows) {
    if (row.length < 2) continue;
    // and their boxes beside each other one width
    const lefts = row.map((panel, i) => (i ? placed[panels.indexOf(panel)]!.box.x - boxes.get(panel)!.x : left));
    const side = (width - GAP * (row.length - 1) - lefts.reduce((sum, l) => sum + l, 0)) / row.length;
    let at = 0;
    row.forEach((panel, i) => {
      boxes.set(panel, {...boxes.get(panel)!, x: at, width: side + lefts[i]!});
      at += side + lefts[i]! + GAP;
    });
  }
  return panels.map((panel) => place(panel, first.has(panel) ? left : 0));
}

/** A title in up to two lines that fit a width. */
function titleLines(ctx: Context, title: string, width: number, lines: number): string[] {
  if (lines < 2 || ctx.measureText(title).width <= width) return [fitText(ctx, title, width)];
  const words = title.split(' ');
  let n = 1;
  while (n < words.length - 1 && ctx.measureText(words.slice(0, n + 1).join(' ')).width <= width) n++;
  return [words.slice(0, n).join(' '), words.slice(n).join(' ')].filter(Boolean).map((text) => fitText(ctx, text, width));
}

/** Height of a panel's title and axis along x, about: labels may stand upright. */
const aroundOf = ({title, x}: Panel): number => (title ? 22 : 10) + (x.bare ? 8 : x.title ? 38 : 22);

function placePanel(panel: Panel, seen: Window, outer: Box, ctx: Context, theme: Theme, {least, below, lines = 0, start}: Around): Placed {
  const [x, y] = [seenScale(panel.x, seen.x), seenScale(panel.y, seen.y)];
  const top = panel.title ? 22 + (Math.max(1, lines) - 1) * TITLE_LINE : 10;
  let bottom = (panel.x.bare ? 8 : (panel.x.title ? 36 : 20) + 2) + below;
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
    // a single panel stands in the middle, pictures beside each other below their titles
    box = {x: outer.x + left + (start ? 0 : (width - side) / 2), y: outer.y + top + (lines ? 0 : (height - high) / 2), width: side, height: high};
    [width, height] = [side, high];
    if (!tilted) xTicks = ticksAlong(panel.x, x, width, (label) => wide(label) + 12, wide);
    else xTicks = bandTicks(panel.x, x, width, 14);
    yTicks = ticksAlong(panel.y, y, height, () => 16, wide);
  }
  // device pixels are whole: lines are crisp
  box = {x: Math.round(box.x), y: Math.round(box.y), width: Math.round(box.width), height: Math.round(box.height)};
  const words = panel.marks.find((mark) => mark.kind === 'chips');
  const chips = words ? layoutChips(words, box.width, box.height, y.domain[1] - y.domain[0], ctx, theme) : null;
  ctx.font = `600 ${TITLE}px ${theme.font}`;
  const title = panel.title ? titleLines(ctx, panel.title, outer.width - (panel.x.bare ? 8 : 2), lines) : [];
  return {panel, outer, box, x, y, xTicks, chips, title, yTicks: panel.y.down ? yTicks : yTicks.map(({at, label}) => ({at: height - at, label})), tilted};
}

function ticksAlong(axis: Axis, scale: AxisScale, length: number, room: (label: string) => number, width: (label: string) => number): PlacedTick[] {
  if (axis.bare || axis.plain) return [];
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
  const {panel, box, outer, xTicks, yTicks, tilted, title} = placed;
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
    const y = panel.ratio ? box.y + box.height + (tilted ? Math.min(longest, outer.height * LABELS) + 25 : panel.x.plain ? 22 : 36) : outer.y + outer.height - 1;
    ctx.fillText(fitText(ctx, panel.x.title, box.width + 40), box.x + box.width / 2, Math.min(y, outer.y + outer.height - 1) - (panel.bar && !panel.ratio ? BAR : 0));
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
  if (title.length) {
    ctx.fillStyle = theme.text;
    ctx.font = `600 ${TITLE}px ${theme.font}`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    // from the box's left edge on; farther left where it is long
    const wide = Math.max(...title.map((text) => ctx.measureText(text).width));
    const at = Math.max(Math.min(outer.x + 4, box.x), Math.min(box.x, outer.x + outer.width - wide - 2));
    title.forEach((text, i) => ctx.fillText(text, at, box.y - 6 - (title.length - 1 - i) * TITLE_LINE));
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

