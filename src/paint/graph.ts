import type {GraphViewport} from '../compute/graph-viewport.js';
import type {PlacedBox, PlacedLine, Scene} from '../graph/layout.js';
import type {GraphItem} from '../graph/tree.js';
import {type BoxLook, type BoxText, FRAME_TITLE, paintBox, paintFrame, paintFrameTitle} from './graph-boxes.js';
import type {Context, Theme} from './theme.js';

/** A drawing and how it looks now. */
export interface GraphPicture {
  readonly scene: Scene;
  readonly viewport: GraphViewport;
  readonly theme: Theme;
  readonly dpr: number;
  readonly textOf: (item: GraphItem) => BoxText;
  readonly lookOf: (item: GraphItem) => BoxLook;
  /** Ids of what stands out; the rest is dimmed. `null`: nothing is dimmed. */
  readonly lit: ReadonlySet<string> | null;
  readonly selected: string | null;
  readonly hovered: string | null;
  /** Long strokes are cut into pieces, so that `paintSteps` can be interrupted. */
  readonly pieces?: boolean;
  /** Everything is drawn in full detail, however much it is: for export. */
  readonly full?: boolean;
  /** Writes shapes along lines. */
  readonly shapeText: (line: PlacedLine) => string;
}

/** Below so many CSS px on screen a box is a block of its colour. */
const BLOCK = 0.2;
const DIM = 0.16;

/** Whether a line joins two boxes that both stand out. */
function isLit(line: PlacedLine, lit: ReadonlySet<string> | null): boolean {
  if (!lit) return true;
  const {ends} = line.edge;
  for (let i = 0; i < ends.length; i += 2) if (lit.has(ends[i]!) && lit.has(ends[i + 1]!)) return true;
  return false;
}

/** Whether a line leaves or enters one of the boxes. */
function touches({edge: {ends}}: PlacedLine, id: string | null): boolean {
  return id !== null && ends.includes(id);
}

/** Draws what is in view. The context's origin is the canvas's corner, in device px. */
export function paintGraph(ctx: Context, picture: GraphPicture): void {
  for (const _ of paintSteps(ctx, picture)) continue;
}

/** Boxes or lines drawn between two yields. */
const CHUNK = 400;

/** As `paintGraph`, in pieces. @yields share done */
export function* paintSteps(ctx: Context, picture: GraphPicture): Generator<number, void> {
  const {scene, viewport: v, theme, dpr, lit} = picture;
  const {k} = v;
  ctx.save();
  ctx.setTransform(k * dpr, 0, 0, k * dpr, -v.x * k * dpr, -v.y * k * dpr);
  const right = v.x + v.width / k;
  const bottom = v.y + v.height / k;
  const margin = 10;
  const boxes = scene.boxes.filter((b) => b.x < right + margin && b.x + b.width > v.x - margin && b.y < bottom + margin && b.y + b.height > v.y - margin);
  const lines = scene.lines.filter(({bounds}) => bounds[0] < right + margin && bounds[2] > v.x - margin && bounds[1] < bottom + margin && bounds[3] > v.y - margin);
  const alpha = (id: string): number => (!lit || lit.has(id) ? 1 : DIM);
  for (const b of boxes) {
    if (!b.open) continue;
    ctx.globalAlpha = Math.max(0.35, alpha(b.item.id));
    paintFrame(ctx, b.x, b.y, b.width, b.height, picture.lookOf(b.item).color, theme);
  }
  ctx.globalAlpha = 1;
  yield 0.1;
  yield* paintLines(ctx, lines, boxes, picture);
  if (k < BLOCK) paintBlocks(ctx, boxes, picture);
  else {
    for (const [i, b] of boxes.entries()) {
      if (b.open) continue;
      if (i % CHUNK === CHUNK - 1) yield 0.5 + (0.5 * i) / boxes.length;
      ctx.globalAlpha = alpha(b.item.id);
      paintBox(ctx, b.x, b.y, b.width, b.height, picture.textOf(b.item), picture.lookOf(b.item), theme, k);
    }
  }
  ctx.globalAlpha = 1;
  for (const b of boxes) if (b.open) paintFrameTitle(ctx, b.x, b.y, b.width, picture.textOf(b.item), theme, k);
  paintRings(ctx, picture);
  ctx.restore();
}

/** Marks what is selected and what is pointed at. The context is scaled to the drawing. */
function paintRings(ctx: Context, {scene, selected, hovered, theme, viewport: {k}}: GraphPicture): void {
  const ring = (id: string | null, width: number): void => {
    const b = id === null ? undefined : scene.byId.get(id);
    if (!b) return;
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = width / Math.min(1, k);
    ctx.beginPath();
    ctx.roundRect(b.x - 2, b.y - 2, b.width + 4, b.height + 4, 8);
    ctx.stroke();
  };
  if (hovered !== selected) ring(hovered, 1.4);
  ring(selected, 2.6);
}

/** Draws a picture of the same scene, moved and scaled to today's viewport, and the marks upon it. */
export function paintMoved(ctx: Context, old: {readonly canvas: OffscreenCanvas; readonly viewport: GraphViewport}, picture: GraphPicture): void {
  const {viewport: v, dpr} = picture;
  const o = old.viewport;
  const s = v.k / o.k;
  ctx.imageSmoothingEnabled = s < 1;
  ctx.drawImage(old.canvas, (o.x - v.x) * v.k * dpr, (o.y - v.y) * v.k * dpr, old.canvas.width * s, old.canvas.height * s);
  ctx.save();
  ctx.setTransform(v.k * dpr, 0, 0, v.k * dpr, -v.x * v.k * dpr, -v.y * v.k * dpr);
  paintRings(ctx, picture);
  ctx.restore();
}

/** Far away: one colour at a time, no text. */
function paintBlocks(ctx: Context, boxes: readonly PlacedBox[], {lookOf, lit}: GraphPicture): void {
  const byColor = new Map<string, PlacedBox[]>();
  for (const b of boxes) {
    if (b.open) continue;
    const {color} = lookOf(b.item);
    const dim = lit && !lit.has(b.item.id) ? 'd' : 'l';
    const key = dim + color;
    const list = byColor.get(key);
    if (list) list.push(b);
    else byColor.set(key, [b]);
  }
  for (const [key, list] of byColor) {
    ctx.globalAlpha = key[0] === 'd' ? DIM : 0.9;
    ctx.fillStyle = key.slice(1);
    ctx.beginPath();
    for (const b of list) ctx.rect(b.x, b.y, b.width, b.height);
    ctx.fill();
  }
}

/** Shapes are written along so many lines. */
const LABELS = 300;
/** So many lines are drawn with arrowheads and shapes; more are drawn plainly. */
const DETAILED = 1500;

function* paintLines(ctx: Context, lines: readonly PlacedLine[], boxes: readonly PlacedBox[], picture: GraphPicture): Generator<number, void> {
  const {theme, viewport: {k}, selected, hovered, lit, full = false, pieces = full} = picture;
  const thin = 1.1 / Math.max(0.35, Math.min(1, k));
  const plain: PlacedLine[] = [];
  const bold: PlacedLine[] = [];
  const dim: PlacedLine[] = [];
  for (const line of lines) (touches(line, selected) || touches(line, hovered) ? bold : isLit(line, lit) ? plain : dim).push(line);
  ctx.lineJoin = 'round';
  ctx.lineCap = 'butt';
  // some at a time, or in one stroke, which is quickest
  const stroke = function* (all: readonly PlacedLine[], color: string, width: number, alpha: number): Generator<number, void> {
    const size = pieces ? CHUNK : Math.max(1, all.length);
    for (let from = 0; from < all.length; from += size) {
      strokeSome(all.slice(from, from + size), color, width, alpha);
      yield (0.5 * from) / all.length;
    }
  };
  const strokeSome = (list: readonly PlacedLine[], color: string, width: number, alpha: number): void => {
    ctx.globalAlpha = alpha;
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.lineWidth = width;
    for (const kind of ['data', 'control', 'loop', 'state'] as const) {
      const some = list.filter((l) => l.edge.kind === kind);
      if (!some.length) continue;
      ctx.setLineDash(kind === 'data' ? [] : kind === 'control' ? [2, 4] : [7, 4]);
      ctx.beginPath();
      for (const line of some) trace(ctx, line);
      ctx.stroke();
    }
    ctx.setLineDash([]);
    if (k < 0.12 || (!full && list.length > DETAILED)) return;
    ctx.beginPath();
    for (const line of list) if (line.arrow) arrow(ctx, line.points, 6 + width);
    ctx.fill();
  };
  yield* stroke(dim, theme.muted, thin, 0.12);
  yield* stroke(plain, theme.muted, thin, k < BLOCK ? 0.45 : 0.8);
  yield* stroke(bold, theme.accent, thin * 1.8, 1);
  paintQuiet(ctx, picture, thin);
  ctx.globalAlpha = 1;
  if (k < 0.62 || (!full && lines.length > DETAILED)) return;
  ctx.font = `9.5px ${theme.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const taken: Taken = new Map();
  for (const b of boxes) if (!b.open) for (let y = b.y; y < b.y + b.height + ROW; y += ROW) occupy(taken, [b.x, y, b.x + b.width, Math.min(y + ROW, b.y + b.height)]);
  const named = [...bold, ...plain];
  for (const [i, line] of (full ? named : named.slice(0, LABELS)).entries()) {
    label(ctx, line, picture, taken);
    if (i % CHUNK === CHUNK - 1) yield 0.5;
  }
}

/** The lines that are drawn only for what is pointed at: straight ones. */
function paintQuiet(ctx: Context, {scene, selected, hovered, theme}: GraphPicture, width: number): void {
  const some = scene.quiet.filter(([from, to]) => [from, to].some((id) => id === selected || id === hovered));
  if (!some.length) return;
  ctx.globalAlpha = 0.7;
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = width;
  ctx.setLineDash([1, 3]);
  ctx.beginPath();
  for (const [from, to] of some) {
    const [a, b] = [scene.byId.get(from), scene.byId.get(to)];
    if (!a || !b) continue;
    ctx.moveTo(a.x + a.width / 2, a.y + a.height / 2);
    ctx.lineTo(b.x + b.width / 2, b.y + b.height / 2);
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** A line's path: with rounded corners, or as a curve. */
function trace(ctx: Context, {points: p, curved}: PlacedLine): void {
  const n = p.length;
  ctx.moveTo(p[0]!, p[1]!);
  if (curved) {
    // control points above and below each other: leaves and arrives upright
    const across = Math.abs(p[n - 2]! - p[0]!) > Math.abs(p[n - 1]! - p[1]!) * 4 && n === 4;
    for (let i = 2; i < n; i += 2) {
      const [x0, y0, x1, y1] = [p[i - 2]!, p[i - 1]!, p[i]!, p[i + 1]!];
      if (x0 === x1 || y0 === y1) ctx.lineTo(x1, y1);
      else if (across) ctx.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
      else ctx.bezierCurveTo(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1);
    }
    return;
  }
  for (let i = 2; i < n - 2; i += 2) {
    const [x, y] = [p[i]!, p[i + 1]!];
    const [before, after] = [Math.hypot(x - p[i - 2]!, y - p[i - 1]!), Math.hypot(p[i + 2]! - x, p[i + 3]! - y)];
    const reach = Math.min(6, before / 2, after / 2);
    if (!(reach > 0)) continue;
    ctx.lineTo(x + ((p[i - 2]! - x) * reach) / before, y + ((p[i - 1]! - y) * reach) / before);
    ctx.quadraticCurveTo(x, y, x + ((p[i + 2]! - x) * reach) / after, y + ((p[i + 3]! - y) * reach) / after);
  }
  ctx.lineTo(p[n - 2]!, p[n - 1]!);
}

function arrow(ctx: Context, p: Float64Array, size: number): void {
  const n = p.length;
  const [x, y] = [p[n - 2]!, p[n - 1]!];
  let i = n - 4;
  while (i > 0 && p[i] === x && p[i + 1] === y) i -= 2;
  const length = Math.hypot(x - p[i]!, y - p[i + 1]!) || 1;
  const [ux, uy] = [(x - p[i]!) / length, (y - p[i + 1]!) / length];
  // a curve arrives along the flow
  ctx.moveTo(x, y);
  ctx.lineTo(x - size * ux - size * 0.42 * uy, y - size * uy + size * 0.42 * ux);
  ctx.lineTo(x - size * ux + size * 0.42 * uy, y - size * uy - size * 0.42 * ux);
  ctx.closePath();
}

/** Where words stand already, by rows of `ROW` px: no two are written over each other. */
type Taken = Map<number, [left: number, top: number, right: number, bottom: number][]>;
const ROW = 12;

/** Takes a place of words. @returns false where another is in the way */
function take(taken: Taken, box: [left: number, top: number, right: number, bottom: number]): boolean {
  const row = Math.floor(box[1] / ROW);
  for (let r = row - 1; r <= row + 1; r++) {
    if (taken.get(r)?.some((t) => t[0] < box[2] && box[0] < t[2] && t[1] < box[3] && box[1] < t[3])) return false;
  }
  occupy(taken, box);
  return true;
}

function occupy(taken: Taken, box: [left: number, top: number, right: number, bottom: number]): void {
  const row = Math.floor(box[1] / ROW);
  const list = taken.get(row);
  if (list) list.push(box);
  else taken.set(row, [box]);
}

/** The shape that flows, beside the longest upright piece of its line, else above the longest level one. */
function label(ctx: Context, line: PlacedLine, {theme, shapeText}: GraphPicture, taken: Taken): void {
  if (line.edge.from < 0) return; // written where the line begins
  const text = shapeText(line);
  if (!text) return;
  const {points: p} = line;
  const width = ctx.measureText(text).width;
  let best = -1;
  let longest = 17;
  let upright = true;
  for (let i = 2; i < p.length; i += 2) {
    const [dx, dy] = [Math.abs(p[i]! - p[i - 2]!), Math.abs(p[i + 1]! - p[i - 1]!)];
    if (dx < 1 && dy > longest) [longest, best, upright] = [dy, i, true];
    // along a level piece there must be room for all of it
    if (dy < 1 && dx > width + 14 && dx - width > longest) [longest, best, upright] = [dx - width, i, false];
  }
  if (best < 0) return;
  const [mx, my] = [(p[best]! + p[best - 2]!) / 2, (p[best + 1]! + p[best - 1]!) / 2];
  // beside the line, on its other side where something stands on this one
  const places: [number, number][] = upright ? [[mx + 4, my], [mx - width - 4, my]] : [[mx - width / 2 - 3, my - 7], [mx - width / 2 - 3, my + 7]];
  const place = places.find(([px, py]) => take(taken, [px - 1, py - 6, px + width + 1, py + 6]));
  if (!place) return;
  const [x, y] = place;
  ctx.fillStyle = theme.background;
  ctx.globalAlpha = 0.85;
  ctx.fillRect(x - 1, y - 6, width + 2, 12);
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.muted;
  ctx.fillText(text, x, y + 0.5);
}

/** What lies at a point of the drawing: the innermost box. A frame counts by its title and its edge. */
export function hitGraph(scene: Scene, x: number, y: number): {box: PlacedBox; part: 'body' | 'sign' | 'frame'} | null {
  for (let i = scene.boxes.length - 1; i >= 0; i--) {
    const b = scene.boxes[i]!;
    if (x < b.x || y < b.y || x > b.x + b.width || y > b.y + b.height) continue;
    if (!b.open) return {box: b, part: b.item.kind === 'group' && x > b.x + b.width - 20 && y < b.y + 22 ? 'sign' : 'body'};
    if (y < b.y + FRAME_TITLE) return {box: b, part: x < b.x + 24 ? 'sign' : 'frame'};
  }
  return null;
}

/** How large, and where, everything is on a small map of so many CSS px. */
function mapOf({width, height}: Scene, w: number, h: number): {k: number; x: number; y: number} {
  const k = Math.min(w / (width || 1), h / (height || 1));
  return {k, x: (w - width * k) / 2, y: (h - height * k) / 2};
}

/** The small map: everything in a box of so many CSS px. */
export function paintMinimap(ctx: Context, {scene, theme, lookOf, lit}: GraphPicture, width: number, height: number): void {
  const {k, x, y} = mapOf(scene, width, height);
  for (const b of scene.boxes) {
    ctx.fillStyle = b.open ? theme.grid : lookOf(b.item).color;
    ctx.globalAlpha = b.open ? 0.35 : lit && !lit.has(b.item.id) ? DIM : 0.9;
    ctx.fillRect(x + b.x * k, y + b.y * k, Math.max(1, b.width * k), Math.max(1, b.height * k));
  }
  ctx.globalAlpha = 1;
}

/** What of a small map is in view. */
export function paintInView(ctx: Context, {scene, viewport: v, theme}: GraphPicture, width: number, height: number): void {
  const {k, x, y} = mapOf(scene, width, height);
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = 1.5;
  ctx.strokeRect(x + v.x * k, y + v.y * k, (v.width / v.k) * k, (v.height / v.k) * k);
}
