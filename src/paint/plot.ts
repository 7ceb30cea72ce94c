import type {Figure, Handle, Mark} from '../plot/types.js';
import type {ColorScale} from '../color/scale.js';
import {chipRect} from './chips.js';
import {paintColorBar} from './color-bar.js';
import {inkOf} from './ink.js';
import {BAR, barredRow, type Box, FONT, line, ownBars, paintAround, paintFrame, type Placed, placeX, placeY} from './plot-layout.js';
import {CORNERS, type MarksScene, paintMark} from './plot-marks.js';
import {type Context, fitText, type Theme} from './theme.js';

/** What the cursor stands on. */
export interface Spot {
  readonly panel: string;
  readonly mark: Mark;
  readonly index: number;
}

/** A figure that has been laid out. */
export interface FigureScene extends MarksScene {
  readonly figure: Figure;
  readonly placed: readonly Placed[];
  readonly cursor: Spot | null;
  /** CSS px. */
  readonly width: number;
  readonly height: number;
}

/** Whether a mark is drawn. */
export const isShown = ({hidden}: Pick<FigureScene, 'hidden'>, {series}: Mark): boolean => series === undefined || !hidden.has(series);

/** Draws a figure; the context is in CSS px, its origin at the picture's left top corner. */
export function paintFigure(ctx: Context, scene: FigureScene): void {
  const {placed, theme, figure} = scene;
  for (const panel of placed) {
    paintAround(ctx, panel, theme);
    const {box} = panel;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
    ctx.clip();
    for (const mark of panel.panel.marks) if (isShown(scene, mark)) paintMark(ctx, mark, panel, scene);
    ctx.restore();
    paintFrame(ctx, panel, theme);
    for (const handle of panel.panel.handles ?? []) paintHandle(ctx, handle, panel, theme);
    if (scene.cursor?.panel === panel.panel.key) paintSpot(ctx, scene.cursor, panel, theme);
  }
  if (ownBars(figure)) for (const panel of placed) paintBar(ctx, panel.panel.bar?.(), [panel], scene, BAR, panel.panel.beyond);
  else if (figure.bar && placed.length) paintBar(ctx, figure.bar(), barredRow(placed), scene, 0);
}

/** The longest colour bar, in CSS px, and the shortest. */
const BARS: readonly [number, number] = [340, 120];

/** Draws a colour bar below panels that stand side by side. @param inside CSS px at the bottom of their outer boxes that are the bar's */
function paintBar(ctx: Context, scale: ColorScale | undefined, panels: readonly Placed[], scene: FigureScene, inside: number, {under, over} = {under: false, over: false}): void {
  if (!scale || !panels.length) return;
  const [from, to] = [Math.min(...panels.map(({box}) => box.x)), Math.max(...panels.map(({box}) => box.x + box.width))];
  const most = panels.length > 1 ? scene.width - 16 : Math.max(panels[0]!.outer.width - 8, panels[0]!.box.width);
  const width = Math.min(BARS[0], Math.max(BARS[1], to - from), most);
  // below one panel from its left edge on, as its title; below several in the middle
  const x = panels.length > 1 || to - from < width ? (from + to - width) / 2 : from;
  // what has no axis may end long before its outer box does
  const y = Math.max(...panels.map(({panel, box, outer, chips}) => (panel.x.bare ? box.y + Math.min(box.height, chips?.used ?? Infinity) + 4 : outer.y + outer.height - inside)));
  ctx.save();
  ctx.translate(Math.max(8, Math.min(x, scene.width - width - 8)), Math.round(y) + 6);
  paintColorBar(ctx, {scale, width, thickness: 12, under, over, theme: scene.theme, fontPx: FONT});
  ctx.restore();
}

/** Where a handle's knob is, in CSS px. */
export const knobOf = ({x, y, along}: Handle, placed: Placed): {x: number; y: number} => ({x: placeX(placed, x), y: along === 'x' ? placed.box.y + 8 : placeY(placed, y)});

function paintHandle(ctx: Context, handle: Handle, placed: Placed, theme: Theme): void {
  const {box} = placed;
  const knob = knobOf(handle, placed);
  if (knob.x < box.x - 1 || knob.x > box.x + box.width + 1 || knob.y < box.y - 1 || knob.y > box.y + box.height + 1) return;
  ctx.save();
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1.5;
  if (handle.along === 'x') {
    ctx.beginPath();
    line(ctx, knob.x, box.y, knob.x, box.y + box.height);
    ctx.stroke();
  }
  ctx.beginPath();
  ctx.moveTo(knob.x + 5.5, knob.y);
  ctx.arc(knob.x, knob.y, 5.5, 0, 2 * Math.PI);
  ctx.fillStyle = theme.background;
  ctx.fill();
  ctx.lineWidth = 2;
  ctx.stroke();
  ctx.font = `${FONT}px ${theme.font}`;
  ctx.textBaseline = 'middle';
  const room = ctx.measureText(handle.label).width;
  // beside the knob where there is room, else above or below it
  const [right, left] = [knob.x + 12 + room <= box.x + box.width, knob.x - 12 - room >= box.x];
  const beside = right || left;
  const x = right ? knob.x + 10 : left ? knob.x - 10 - room : Math.max(box.x + 2, Math.min(knob.x - room / 2, box.x + box.width - room - 2));
  const y = Math.min(Math.max(knob.y + (beside ? 0 : knob.y - box.y > 30 ? -18 : 18), box.y + 9), box.y + box.height - 9);
  ctx.textAlign = 'left';
  // a halo rather than a box: what lies below is data
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 3;
  ctx.lineJoin = 'round';
  ctx.strokeText(handle.label, x, y + 0.5);
  ctx.fillStyle = theme.text;
  ctx.fillText(handle.label, x, y + 0.5);
  ctx.restore();
}

/** The place of a mark's item, in CSS px: a point has no size. */
export function rectOf(mark: Mark, i: number, placed: Placed): Box | null {
  const point = (x: number, y: number): Box => ({x: placeX(placed, x), y: placeY(placed, Number.isFinite(y) ? y : placed.y.domain[y > 0 ? 1 : 0]), width: 0, height: 0});
  const between = (x0: number, x1: number, y0: number, y1: number): Box => {
    const [a, b, c, d] = [placeX(placed, x0), placeX(placed, x1), placeY(placed, y0), placeY(placed, y1)];
    return {x: Math.min(a, b), y: Math.min(c, d), width: Math.abs(b - a), height: Math.abs(d - c)};
  };
  switch (mark.kind) {
    case 'line': case 'points': case 'sprites': return point(mark.points.x[i]!, mark.points.y[i]!);
    case 'bars': return between(mark.x0[i]!, mark.x1[i]!, mark.y0[i]!, mark.y1[i]!);
    case 'band': return mark.step && i < mark.x.length - 1 ? between(mark.x[i]!, mark.x[i + 1]!, mark.low[i]!, mark.high[i]!) : null;
    case 'cells': return between(i % mark.cols, (i % mark.cols) + 1, Math.floor(i / mark.cols), Math.floor(i / mark.cols) + 1);
    case 'image': return between(i % mark.pixels.width, (i % mark.pixels.width) + 1, Math.floor(i / mark.pixels.width), Math.floor(i / mark.pixels.width) + 1);
    case 'chips': return chipRect(placed, i);
    default: return null;
  }
}

function paintSpot(ctx: Context, {mark, index}: Spot, placed: Placed, theme: Theme): void {
  const rect = rectOf(mark, index, placed);
  const {box} = placed;
  if (!rect || !Number.isFinite(rect.x + rect.y + rect.width + rect.height)) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x - 6, box.y - 6, box.width + 12, box.height + 12);
  ctx.clip();
  if (rect.width || rect.height) {
    // two lines that show on any ground
    const [w, h] = [Math.max(3, rect.width), Math.max(3, rect.height)];
    ctx.lineWidth = 1;
    ctx.strokeStyle = '#fff';
    ctx.strokeRect(rect.x - 0.5, rect.y - 0.5, w + 1, h + 1);
    ctx.strokeStyle = '#000';
    ctx.strokeRect(rect.x - 1.5, rect.y - 1.5, w + 3, h + 3);
  } else {
    if (placed.panel.hover === 'x') {
      ctx.strokeStyle = theme.muted;
      ctx.lineWidth = 1;
      ctx.beginPath();
      line(ctx, Math.round(rect.x) + 0.5, box.y, Math.round(rect.x) + 0.5, box.y + box.height);
      ctx.stroke();
    }
    ctx.beginPath();
    ctx.arc(rect.x, rect.y, 4.5, 0, 2 * Math.PI);
    ctx.fillStyle = inkOf(mark.color, theme);
    ctx.strokeStyle = theme.background;
    ctx.lineWidth = 2;
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/** Height that a legend takes in a picture of so many CSS px, one row for each line of items. */
export function paintLegend(ctx: Context, {figure, hidden, theme}: FigureScene, width: number, paint: boolean): number {
  const items = figure.legend.filter((item) => !hidden.has(item.series));
  ctx.save();
  ctx.font = `${FONT}px ${theme.font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  let [x, y] = [10, 8];
  for (const {label, ink, dash, shape} of items) {
    const text = fitText(ctx, label, width - 40);
    const room = 22 + ctx.measureText(text).width + 14;
    if (x > 10 && x + room > width - 10) [x, y] = [10, y + 16];
    if (paint) {
      ctx.fillStyle = ctx.strokeStyle = inkOf(ink, theme);
      ctx.lineWidth = 3;
      ctx.setLineDash(dash ? [4, 3] : []);
      ctx.beginPath();
      if (!shape || shape === 'cross') line(ctx, x, y, x + 16, y);
      else if (shape === 'circle') ctx.arc(x + 8, y, 4.5, 0, 2 * Math.PI);
      else CORNERS[shape].forEach(([dx, dy], k) => (k ? ctx.lineTo(x + 8 + 5 * dx, y + 5 * dy) : ctx.moveTo(x + 8 + 5 * dx, y + 5 * dy)));
      if (shape) ctx.fill();
      else ctx.stroke();
      ctx.fillStyle = theme.text;
      ctx.fillText(text, x + 22, y + 0.5);
    }
    x += room;
  }
  ctx.setLineDash([]);
  ctx.restore();
  return items.length ? y + 10 : 0;
}
