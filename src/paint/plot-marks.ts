import {cssColor} from '../color/palette.js';
import {colorOf} from '../color/scale.js';
import type {Plane} from '../compute/plane.js';
import type {Viewport} from '../compute/viewport.js';
import type {BandMark, BarsMark, CellsMark, Columns, ImageMark, LineMark, Mark, PointsMark, Reduced, RuleMark, SpritesMark} from '../plot/types.js';
import {alike, TEXT_CELL} from './cells.js';
import {paintChips} from './chips.js';
import type {PlaneScene} from './heatmap.js';
import {inkOf, onColor} from './ink.js';
import {FONT, line, type Placed, placeX, placeY} from './plot-layout.js';
import {type Context, rgbaOf, type Theme} from './theme.js';

/** How marks are drawn. */
export interface MarksScene {
  readonly theme: Theme;
  readonly dpr: number;
  /** A matrix in its box, in device px; `null` while it is being made. */
  readonly cells: (mark: CellsMark, placed: Placed) => CanvasImageSource | null;
  /** As vectors: nothing is drawn as pixels that can be drawn as shapes. */
  readonly vectors: boolean;
  /** Names of series that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  /** Draws points as pictures, once it has been fetched; until then they are points alone. */
  readonly sprites?: ((ctx: Context, mark: SpritesMark, placed: Placed, scene: MarksScene) => void) | undefined;
}

/** Points from which they are drawn as pixels. */
const MANY = 20_000;
/** The smallest letters in cells, in CSS px. */
const LEAST_FONT = 8;
/** Length of the marks of values that are not finite, in CSS px. */
const TICK = 7;

/** Draws a mark; the context is in CSS px and clipped to the panel's box. */
export function paintMark(ctx: Context, mark: Mark, placed: Placed, scene: MarksScene): void {
  ctx.save();
  ctx.globalAlpha = mark.alpha ?? 1;
  ctx.fillStyle = ctx.strokeStyle = inkOf(mark.color, scene.theme);
  switch (mark.kind) {
    case 'line': paintLine(ctx, mark, placed, scene.theme); break;
    case 'points': paintPoints(ctx, mark, placed, scene); break;
    case 'bars': paintBars(ctx, mark, placed, scene.theme); break;
    case 'band': paintBand(ctx, mark, placed); break;
    case 'rule': paintRule(ctx, mark, placed, scene.theme); break;
    case 'cells': paintMatrix(ctx, mark, placed, scene); break;
    case 'image': paintImage(ctx, mark, placed); break;
    case 'chips': paintChips(ctx, mark, placed, scene.theme); break;
    case 'sprites': scene.sprites?.(ctx, mark, placed, scene); break;
  }
  ctx.restore();
}

/** Pixels of an axis that is not linear which are reduced as if it were. */
const STRETCH = 24;

/** A line's points in view, reduced where it knows how to. */
function* pointsOf({points, reduce}: LineMark, {x: scale, box}: Placed): Generator<Columns & Partial<Reduced>> {
  if (!reduce) {
    yield points;
    return;
  }
  // of each stretch its pixels are about equally wide
  const n = scale.transform === 'linear' ? 1 : Math.ceil(box.width / STRETCH);
  for (let i = 0; i < n; i++) yield reduce(scale.fromUnit(i / n), scale.fromUnit((i + 1) / n), Math.max(1, Math.ceil(box.width / n)));
}

function paintLine(ctx: Context, mark: LineMark, placed: Placed, theme: Theme): void {
  const {width = 1.5, dash, step} = mark;
  const {box} = placed;
  const odd: [px: number, value: number][] = [];
  ctx.lineWidth = width;
  ctx.lineJoin = 'round';
  if (dash) ctx.setLineDash([...dash]);
  ctx.beginPath();
  let [open, alone, lastX, lastY] = [false, false, 0, 0];
  const lone: [x: number, y: number][] = [];
  const close = (): void => {
    // one point between gaps is a dot
    if (open && alone) lone.push([lastX, lastY]);
    open = false;
  };
  for (const {x, y, length = x.length, breaks, odd: more = []} of pointsOf(mark, placed)) {
    for (let i = 0; i < length; i++) {
      const v = y[i]!;
      const px = placeX(placed, x[i]!);
      const py = placeY(placed, v);
      if (breaks?.[i] && i) close();
      if (Number.isFinite(py) && Number.isFinite(px)) {
        // a stretch begins with a point of the one before it, which has been drawn
        if (breaks && !i && open && px < lastX) continue;
        if (!open) ctx.moveTo(px, py);
        else if (step === 'after') {
          ctx.lineTo(px, lastY);
          ctx.lineTo(px, py);
        } else if (step === 'before') {
          ctx.lineTo(lastX, py);
          ctx.lineTo(px, py);
        } else ctx.lineTo(px, py);
        alone = !open;
        open = true;
        [lastX, lastY] = [px, py];
      } else {
        close();
        if (!Number.isFinite(v)) odd.push([px, v]);
      }
    }
    for (const {x: at, value} of more) odd.push([placeX(placed, at), value]);
  }
  close();
  ctx.stroke();
  ctx.setLineDash([]);
  if (lone.length) {
    ctx.beginPath();
    for (const [x, y] of lone) {
      ctx.moveTo(x + width + 0.5, y);
      ctx.arc(x, y, width + 0.5, 0, 2 * Math.PI);
    }
    ctx.fill();
  }
  ctx.globalAlpha = 1;
  // what is not finite stands at the edge that it would leave by
  for (const [px, v] of odd) {
    if (!(px >= box.x - 1 && px <= box.x + box.width + 1)) continue;
    ctx.fillStyle = v !== v ? theme.nan : v > 0 ? theme.positiveInfinity : theme.negativeInfinity;
    ctx.fillRect(px - 1, v === Infinity ? box.y : box.y + box.height - TICK, 2, TICK);
  }
}

/** Corners of what stands for a point, in radii from its middle. */
export const CORNERS: Readonly<Record<Exclude<PointsMark['shape'], 'circle' | 'cross' | undefined>, readonly (readonly [dx: number, dy: number])[]>> = {
  up: [[0, -1.1], [1.1, 0.9], [-1.1, 0.9]],
  down: [[0, 1.1], [1.1, -0.9], [-1.1, -0.9]],
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  diamond: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
  bar: [[-1.1, -0.4], [1.1, -0.4], [1.1, 0.4], [-1.1, 0.4]],
};

function paintPoints(ctx: Context, mark: PointsMark, placed: Placed, scene: MarksScene): void {
  const {points: {x, y, length = x.length}, groups, colors = [], radius = 2.5, shape = 'circle', outline} = mark;
  const inks = (colors.length ? colors : [mark.color]).map((ink) => inkOf(ink, scene.theme));
  const {box} = placed;
  const inside = (px: number, py: number): boolean => px >= box.x - radius && px <= box.x + box.width + radius && py >= box.y - radius && py <= box.y + box.height + radius;
  if (length > MANY && !scene.vectors) {
    paintManyPoints(ctx, mark, inks, placed, scene);
    return;
  }
  // one path for each colour; as vectors, none on top of one that looks the same
  const seen = scene.vectors && length > MANY ? new Set<number>() : null;
  for (let g = 0; g < inks.length; g++) {
    ctx.beginPath();
    for (let i = 0; i < length; i++) {
      if (inks.length > 1 && (groups?.[i] ?? 0) % inks.length !== g) continue;
      const [px, py] = [placeX(placed, x[i]!), placeY(placed, y[i]!)];
      if (!inside(px, py)) continue;
      if (seen) {
        const key = (Math.round(px * 2) * 1e5 + Math.round(py * 2)) * inks.length + g;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      if (shape === 'circle') {
        ctx.moveTo(px + radius, py);
        ctx.arc(px, py, radius, 0, 2 * Math.PI);
      } else if (shape === 'cross') {
        line(ctx, px - radius, py - radius, px + radius, py + radius);
        line(ctx, px - radius, py + radius, px + radius, py - radius);
      } else {
        CORNERS[shape].forEach(([dx, dy], k) => (k ? ctx.lineTo(px + dx * radius, py + dy * radius) : ctx.moveTo(px + dx * radius, py + dy * radius)));
        ctx.closePath();
      }
    }
    const thin = shape === 'cross' ? 1.5 : 0;
    if (outline !== undefined) {
      ctx.strokeStyle = inkOf(outline, scene.theme);
      ctx.lineWidth = thin + 2;
      ctx.stroke();
    }
    ctx.fillStyle = ctx.strokeStyle = inks[g]!;
    ctx.lineWidth = 1.5;
    if (thin) ctx.stroke();
    else ctx.fill();
  }
}

/** Pictures of many points by their y, with what they are pictures of: numbers outlast the marks that are drawn of them. */
const pictures = new WeakMap<object, {readonly x: object; readonly groups: object | undefined; readonly key: string; readonly canvas: OffscreenCanvas}>();

/** Each point is a square of pixels; darker where many lie on each other. Kept until it would be another picture. */
function paintManyPoints(ctx: Context, mark: PointsMark, inks: readonly string[], placed: Placed, {dpr}: MarksScene): void {
  const {points: {x, y, length = x.length}, groups, radius = 2.5} = mark;
  const {box} = placed;
  const key = JSON.stringify([length, radius, inks, dpr, box.width, box.height, placed.x.transform, placed.x.domain, placed.y.transform, placed.y.domain, placed.panel.y.down]);
  let known = pictures.get(y);
  if (known?.key !== key || known.x !== x || known.groups !== groups) {
    known = {x, groups, key, canvas: binPoints(mark, inks, placed, dpr)};
    pictures.set(y, known);
  }
  ctx.drawImage(known.canvas, box.x, box.y, box.width, box.height);
}

/** Opacity of so many points on each other. */
const OPACITY = Uint32Array.from({length: 16}, (_, n) => Math.round(255 * (1 - 0.55 ** n)));

function binPoints({points: {x, y, length = x.length}, groups, radius = 2.5}: PointsMark, inks: readonly string[], placed: Placed, dpr: number): OffscreenCanvas {
  const {box, panel} = placed;
  const [w, h] = [Math.max(1, Math.round(box.width * dpr)), Math.max(1, Math.round(box.height * dpr))];
  const half = Math.max(0, Math.round((radius * dpr) / 2 - 0.5));
  // of each pixel how many points lie in it, and which is the last: pixels are fewer than points, so they grow afterwards
  const counts = new Int32Array(w * h);
  const last = groups && inks.length > 1 ? new Int32Array(w * h) : null;
  const [ux, uy] = [unitOf(placed.x), unitOf(placed.y)];
  const [x0, y0] = [placed.x.domain[0], placed.y.domain[0]];
  const [kx, ky] = [w / (placed.x.domain[1] - x0), h / (placed.y.domain[1] - y0)];
  for (let i = 0; i < length; i++) {
    const px = ux ? ux(x[i]!) * w : (x[i]! - x0) * kx;
    let py = uy ? uy(y[i]!) * h : (y[i]! - y0) * ky;
    if (!panel.y.down) py = h - py;
    if (!(px >= 0 && px < w && py >= 0 && py < h)) continue;
    const at = (py | 0) * w + (px | 0);
    counts[at]!++;
    if (last) last[at] = i + 1;
  }
  const n = spread(counts, w, h, half, false);
  const top = last && spread(last, w, h, half, true);
  const image = new ImageData(w, h);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = Uint32Array.from(inks, (ink) => rgbaOf(ink) & 0xffffff);
  for (let i = 0; i < pixels.length; i++) {
    if (!n[i]) continue;
    const color = colors[top ? groups![top[i]! - 1]! % colors.length : 0]!;
    pixels[i] = (OPACITY[Math.min(n[i]!, OPACITY.length - 1)]! << 24) | color;
  }
  const canvas = new OffscreenCanvas(w, h);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

/** An axis's way from numbers to 0 to 1; `null` where that is a plain factor. */
const unitOf = ({transform, domain, toUnit}: Placed['x']): ((v: number) => number) | null => (transform === 'linear' && Number.isFinite(domain[1] - domain[0]) ? null : toUnit);

/** Of each pixel the sum, or the greatest, of the square about it. @param half pixels from its middle to its ends */
function spread(cells: Int32Array, w: number, h: number, half: number, greatest: boolean): Int32Array {
  if (!half) return cells;
  let from = cells;
  // along the rows, then along the columns
  for (const step of [1, w]) {
    const to = from.slice();
    for (let row = 0; row < h; row++) {
      for (let d = -half; d <= half; d++) {
        if (!d || (step === w && (row + d < 0 || row + d >= h))) continue;
        const end = row * w + (step === w ? w : Math.min(w, w - d));
        const off = d * step;
        for (let i = row * w + (step === w ? 0 : Math.max(0, -d)); i < end; i++) {
          if (!greatest) to[i]! += from[i + off]!;
          else {
            // without a branch, which could not be foretold: half the time
            const more = (from[i + off]! - to[i]!) | 0;
            to[i]! += more & ~(more >> 31);
          }
        }
      }
    }
    from = to;
  }
  return from;
}

function paintBars(ctx: Context, {x0, x1, y0, y1, inks, color, labels, gap = 1}: BarsMark, placed: Placed, theme: Theme): void {
  const {box} = placed;
  const own = inkOf(color, theme);
  ctx.font = `${FONT}px ${theme.font}`;
  const across = placed.panel.y.type === 'band';
  for (let i = 0; i < x0.length; i++) {
    const [a, b] = [placeX(placed, x0[i]!), placeX(placed, x1[i]!)].map((v) => clampTo(v, box.x, box.width)) as [number, number];
    const [c, d] = [placeY(placed, y0[i]!), placeY(placed, y1[i]!)].map((v) => clampTo(v, box.y, box.height)) as [number, number];
    let [left, right, top, bottom] = [Math.min(a, b), Math.max(a, b), Math.min(c, d), Math.max(c, d)];
    if (right < box.x || left > box.x + box.width || bottom < box.y || top > box.y + box.height || Number.isNaN(left + right + top + bottom)) continue;
    if (across && bottom - top > 2 * gap) [top, bottom] = [top + gap / 2, bottom - gap / 2];
    else if (!across && right - left > 2 * gap) [left, right] = [left + gap / 2, right - gap / 2];
    ctx.fillStyle = inks ? inkOf(inks[i], theme) : own;
    // what holds anything can be seen
    const filled = across ? x1[i] !== x0[i] : y1[i] !== y0[i];
    const [w, h] = [right - left, bottom - top];
    ctx.fillRect(across || !filled ? left : left + Math.min(0, w - 1) / 2, !across && filled && h < 1 ? bottom - 1 : top, filled && across ? Math.max(1, w) : across ? w : Math.max(0.5, w), filled && !across ? Math.max(1, h) : h);
    const label = labels?.[i];
    // of bars thinner than letters, they would lie on each other
    if (!label || (across && bottom - top < FONT - 2)) continue;
    const room = ctx.measureText(label).width;
    ctx.textBaseline = across ? 'middle' : 'bottom';
    if (across) {
      const outside = right + 5 + room <= box.x + box.width;
      if (!outside && w < room + 8) continue;
      ctx.textAlign = outside ? 'left' : 'right';
      ctx.fillStyle = outside ? theme.text : onColor(ctx.fillStyle as string);
      ctx.fillText(label, outside ? right + 5 : right - 5, (top + bottom) / 2 + 0.5);
    } else if (room <= w + 8) {
      const outside = top - 14 >= box.y;
      ctx.textAlign = 'center';
      ctx.fillStyle = outside ? theme.text : onColor(ctx.fillStyle as string);
      ctx.fillText(label, (left + right) / 2, outside ? top - 2 : top + 14);
    }
  }
}

/** Infinite places, of an axis that has no zero, end a little beyond the box. */
const clampTo = (v: number, from: number, length: number): number => Math.min(Math.max(v, from - length), from + 2 * length);

function paintBand(ctx: Context, {x, low, high, step}: BandMark, placed: Placed): void {
  // gaps part it
  for (let from = 0; from < x.length; ) {
    const ok = (i: number): boolean => Number.isFinite(placeX(placed, x[i]!)) && Number.isFinite(placeY(placed, low[i]!)) && Number.isFinite(placeY(placed, high[i]!));
    while (from < x.length && !ok(from)) from++;
    let to = from;
    while (to < x.length && ok(to)) to++;
    if (to > from) {
      ctx.beginPath();
      for (let i = from; i < to; i++) {
        if (i === from) ctx.moveTo(placeX(placed, x[i]!), placeY(placed, high[i]!));
        else {
          if (step) ctx.lineTo(placeX(placed, x[i]!), placeY(placed, high[i - 1]!));
          ctx.lineTo(placeX(placed, x[i]!), placeY(placed, high[i]!));
        }
      }
      for (let i = to - 1; i >= from; i--) {
        ctx.lineTo(placeX(placed, x[i]!), placeY(placed, low[i]!));
        if (step && i > from) ctx.lineTo(placeX(placed, x[i]!), placeY(placed, low[i - 1]!));
      }
      ctx.closePath();
      ctx.fill();
    }
    from = to;
  }
}

function paintRule(ctx: Context, {x, y, from, to, dash = [4, 3], label, row = 0}: RuleMark, placed: Placed, theme: Theme): void {
  const {box} = placed;
  ctx.lineWidth = 1;
  ctx.setLineDash([...dash]);
  ctx.beginPath();
  let at: [x: number, y: number] | null = null;
  if (x !== undefined) {
    const px = Math.round(placeX(placed, x)) + 0.5;
    line(ctx, px, box.y, px, box.y + box.height);
    at = [px + 4, box.y + 4 + 15 * row];
  } else if (y !== undefined) {
    const py = Math.round(placeY(placed, y)) + 0.5;
    line(ctx, box.x, py, box.x + box.width, py);
    at = [box.x + 4, py - 15];
  } else if (from && to) {
    line(ctx, placeX(placed, from[0]), placeY(placed, from[1]), placeX(placed, to[0]), placeY(placed, to[1]));
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (!label || !at) return;
  ctx.font = `${FONT}px ${theme.font}`;
  ctx.textBaseline = 'top';
  const room = ctx.measureText(label).width;
  const left = x !== undefined && at[0] + room > box.x + box.width - 2;
  ctx.textAlign = left ? 'right' : 'left';
  if (left) at[0] -= 8;
  // over what lies below it
  ctx.fillStyle = theme.background;
  ctx.globalAlpha = 0.8;
  ctx.fillRect(left ? at[0] - room - 2 : at[0] - 2, at[1] - 1, room + 4, FONT + 4);
  ctx.globalAlpha = 1;
  ctx.fillStyle = inkOf('text', theme);
  ctx.fillText(label, at[0], at[1]);
}

/** A matrix as a plane. */
export function planeOf({rows, cols, plane}: CellsMark): Plane {
  if (plane) return plane;
  const rowOffset = Int32Array.from({length: rows}, (_, i) => i * cols);
  const colOffset = Int32Array.from({length: cols}, (_, i) => i);
  return {rows, cols, rowOffset, colOffset, base: 0, cells: rows * cols, contiguous: true, rowsBefore: null, colsBefore: null};
}

/** What of a matrix is in view, in device px. */
export function viewportOf({box, x, y}: Placed, dpr: number): Viewport {
  const [width, height] = [Math.max(1, Math.round(box.width * dpr)), Math.max(1, Math.round(box.height * dpr))];
  return {x: x.domain[0], y: y.domain[0], sx: width / (x.domain[1] - x.domain[0]), sy: height / (y.domain[1] - y.domain[0]), width, height};
}

/** A matrix as the heatmap's painter takes it. */
export const planeScene = (mark: CellsMark, placed: Placed, {theme, dpr}: Pick<MarksScene, 'theme' | 'dpr'>): PlaneScene => {
  const scale = mark.scale();
  return {data: mark.values, plane: planeOf(mark), viewport: viewportOf(placed, dpr), pool: 'extreme', poolCenter: scale.center ?? scale.domain[0], scale, theme, dpr};
};

/** Makes transparent what holds nothing, in a picture of a matrix. */
export function clearBlank(ctx: Context, {blank, rows, cols}: CellsMark, {x, y, sx, sy}: Viewport): void {
  if (blank) ctx.clearRect((blank.col - x) * sx, (blank.row - y) * sy, (cols - blank.col) * sx + 1, (rows - blank.row) * sy + 1);
}

function paintMatrix(ctx: Context, mark: CellsMark, placed: Placed, scene: MarksScene): void {
  const {box} = placed;
  const {rows, cols, values, annotate, lines, text} = mark;
  const [w, h] = [box.width / (placed.x.domain[1] - placed.x.domain[0]), box.height / (placed.y.domain[1] - placed.y.domain[0])];
  const scale = mark.scale();
  const paint = (v: number): string => (Number.isFinite(v) ? cssColor(colorOf(v, scale)) : v !== v ? scene.theme.nan : v > 0 ? scene.theme.positiveInfinity : scene.theme.negativeInfinity);
  const picture = scene.vectors ? null : scene.cells(mark, placed);
  if (picture) {
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(picture, box.x, box.y, box.width, box.height);
  }
  const [r0, r1] = [Math.max(0, Math.floor(placed.y.domain[0])), Math.min(rows, Math.ceil(placed.y.domain[1]))];
  const [c0, c1] = [Math.max(0, Math.floor(placed.x.domain[0])), Math.min(cols, Math.ceil(placed.x.domain[1]))];
  const written = annotate && w >= TEXT_CELL * 0.8 && h >= 15;
  if (!scene.vectors && !written && !lines) return;
  ctx.font = `${Math.min(12, h * 0.6)}px ${scene.theme.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  if (written && text) {
    // smaller where the longest would not fit
    let longest = 0;
    for (let r = r0; r < r1; r++) for (let c = c0; c < c1; c++) longest = Math.max(longest, ctx.measureText(text(r * cols + c)).width);
    if (longest > w - 4) ctx.font = `${Math.max(LEAST_FONT, Math.floor((Math.min(12, h * 0.6) * (w - 4)) / longest))}px ${scene.theme.font}`;
  }
  const fits = (label: string): boolean => ctx.measureText(label).width <= w - 4;
  const seen: number[] = [];
  for (let r = r0; written && !text && r < r1; r++) for (let c = c0; c < c1; c++) seen.push(values[r * cols + c]!);
  const write = text ?? alike(seen, fits);
  for (let r = r0; r < r1; r++) {
    for (let c = c0; c < c1; c++) {
      const v = values[r * cols + c]!;
      const [x, y] = [placeX(placed, c), placeY(placed, r)];
      if (scene.vectors) {
        ctx.fillStyle = paint(v);
        ctx.fillRect(x, y, w, h);
      }
      if (lines && w > 8 && h > 8) {
        ctx.strokeStyle = scene.theme.background;
        ctx.lineWidth = 1;
        ctx.strokeRect(x, y, w, h);
      }
      if (!written || !write) continue;
      const label = write(text ? r * cols + c : v);
      if (!fits(label)) continue;
      ctx.fillStyle = onColor(paint(v));
      ctx.fillText(label, x + w / 2, y + h / 2 + 0.5);
    }
  }
}

/** Pictures of pixels, which are drawn again and again. */
const drawn = new WeakMap<ImageData, OffscreenCanvas>();

/** An image as something to draw. */
export function canvasOf(pixels: ImageData): OffscreenCanvas {
  let canvas = drawn.get(pixels);
  if (!canvas) {
    canvas = new OffscreenCanvas(Math.max(1, pixels.width), Math.max(1, pixels.height));
    canvas.getContext('2d')!.putImageData(pixels, 0, 0);
    drawn.set(pixels, canvas);
  }
  return canvas;
}

function paintImage(ctx: Context, {pixels, crisp}: ImageMark, placed: Placed): void {
  const [x, y] = [placeX(placed, 0), placeY(placed, 0)];
  const width = placeX(placed, pixels.width) - x;
  // what is made smaller is averaged: crisp, it would lose lines
  ctx.imageSmoothingEnabled = !crisp || width < pixels.width;
  ctx.imageSmoothingQuality = 'high';
  ctx.drawImage(canvasOf(pixels), x, y, width, placeY(placed, pixels.height) - y);
}
