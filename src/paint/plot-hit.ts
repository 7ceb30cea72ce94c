import type {BandMark, Handle, LineMark, PointsMark} from '../plot/types.js';
import {chipAt} from './chips.js';
import type {FigureScene, Spot} from './plot.js';
import {isShown, knobOf} from './plot.js';
import {type Placed, placeX, placeY, valueX, valueY} from './plot-layout.js';

/** CSS px from a point or line within which it is pointed at. */
const NEAR = 24;
/** From a handle. */
const GRIP = 12;

/** The panel at a point of the picture in CSS px; a little beside it still counts. */
export const panelAt = (placed: readonly Placed[], px: number, py: number): Placed | undefined =>
  placed.find(({box}) => px >= box.x - 6 && px <= box.x + box.width + 6 && py >= box.y - 6 && py <= box.y + box.height + 6);

/** What lies at a point of the picture in CSS px: a cell, a bar, or the nearest point. */
export function hitFigure(scene: Pick<FigureScene, 'placed' | 'hidden'>, px: number, py: number): Spot | null {
  const placed = panelAt(scene.placed, px, py);
  if (!placed) return null;
  const {panel, box} = placed;
  const [x, y] = [valueX(placed, Math.min(Math.max(px, box.x), box.x + box.width)), valueY(placed, Math.min(Math.max(py, box.y), box.y + box.height))];
  let best: Spot | null = null;
  let least = panel.hover === 'x' ? Infinity : NEAR ** 2;
  let shortest = Infinity;
  // what is drawn last lies on top
  for (const mark of [...panel.marks].reverse()) {
    if (!mark.read || !isShown(scene, mark)) continue;
    if (mark.kind === 'chips') {
      const index = chipAt(placed, px, py);
      if (index >= 0) return {panel: panel.key, mark, index};
    } else if (mark.kind === 'band') {
      const found = inBand(mark, placed, px, py);
      if (!found || found.far >= least) continue;
      best = {panel: panel.key, mark, index: found.index};
      if (!found.far) return best;
      least = found.far;
    } else if (mark.kind === 'cells' || mark.kind === 'image') {
      const [rows, cols] = mark.kind === 'cells' ? [mark.rows, mark.cols] : [mark.pixels.height, mark.pixels.width];
      if (x > cols || y > rows) continue;
      const [r, c] = [Math.min(rows - 1, Math.floor(y)), Math.min(cols - 1, Math.floor(x))];
      if (r >= 0 && c >= 0 && !best) return {panel: panel.key, mark, index: r * cols + c};
    } else if (mark.kind === 'bars') {
      const across = panel.y.type === 'band';
      for (let i = 0; i < mark.x0.length && (!best || best.mark.kind === 'bars'); i++) {
        const inX = x >= Math.min(mark.x0[i]!, mark.x1[i]!) && x <= Math.max(mark.x0[i]!, mark.x1[i]!);
        const inY = y >= Math.min(mark.y0[i]!, mark.y1[i]!) && y <= Math.max(mark.y0[i]!, mark.y1[i]!);
        // all along its band: a small bar could hardly be met
        if (!(across ? inY : inX)) continue;
        // of bars over each other, one that reaches here, and of these the one that ends nearest
        const end = Math.abs(across ? px - placeX(placed, mark.x1[i]!) : py - placeY(placed, mark.y1[i]!));
        const far = inX && inY ? end : 1e6 + end;
        if (far >= shortest) continue;
        shortest = far;
        best = {panel: panel.key, mark, index: i};
      }
    } else if (mark.kind === 'line' || mark.kind === 'points') {
      const found = panel.hover === 'x' ? nearestAlong(mark, placed, px, py) : nearest(mark, placed, px, py, least);
      if (found && found.far < least) {
        least = found.far;
        best = {panel: panel.key, mark, index: found.index};
      }
    }
  }
  return best;
}

/** How far beside a step of a band, in CSS px, it is still pointed at. */
const BESIDE = 8;

/** The step of a band that a point lies in, or that is nearest; far is 0 within. */
function inBand(mark: BandMark, placed: Placed, px: number, py: number): Found | null {
  const {x, low, high, step} = mark;
  if (!step) return null;
  let [index, far] = [-1, BESIDE ** 2 + 1];
  for (let i = 0; i < x.length - 1; i++) {
    const [a, b, c, d] = [placeX(placed, x[i]!), placeX(placed, x[i + 1]!), placeY(placed, low[i]!), placeY(placed, high[i]!)];
    const out = (at: number, from: number, to: number): number => Math.max(0, Math.min(from, to) - at, at - Math.max(from, to));
    const d2 = out(px, a, b) ** 2 + out(py, c, d) ** 2;
    if (d2 < far) [index, far] = [i, d2];
  }
  return index < 0 ? null : {index, far};
}

interface Found {
  readonly index: number;
  /** Squared distance, or what ranks it. */
  readonly far: number;
}

function nearest({points}: LineMark | PointsMark, placed: Placed, px: number, py: number, within: number): Found | null {
  const {x, y, length = x.length} = points;
  let [index, far] = [-1, within];
  const [lo, hi] = [valueX(placed, px - NEAR), valueX(placed, px + NEAR)];
  for (let i = 0; i < length; i++) {
    if (!(x[i]! >= lo && x[i]! <= hi)) continue;
    const d = (placeX(placed, x[i]!) - px) ** 2 + (placeY(placed, y[i]!) - py) ** 2;
    if (d < far) [index, far] = [i, d];
  }
  return index < 0 ? null : {index, far};
}

/** The point nearest along x, in ascending x; among series, that which is also nearest along y. */
function nearestAlong({points}: LineMark | PointsMark, placed: Placed, px: number, py: number): Found | null {
  const {x, y, length = x.length} = points;
  if (!length) return null;
  const at = valueX(placed, px);
  const i = lowerBound(x, at, length);
  const index = i > 0 && (i === length || at - x[i - 1]! < x[i]! - at) ? i - 1 : i;
  const dx = Math.abs(placeX(placed, x[index]!) - px);
  const dy = Math.abs(placeY(placed, y[index]!) - py);
  return {index, far: Math.round(dx) * 1e4 + (Number.isFinite(dy) ? Math.min(dy, 5000) : 5000)};
}

/** The first of ascending numbers that is not below `v`. */
export function lowerBound(xs: ArrayLike<number>, v: number, length = xs.length): number {
  let [lo, hi] = [0, length];
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (xs[mid]! < v) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** The handle at a point of the picture. */
export function hitHandle(placed: readonly Placed[], px: number, py: number): {handle: Handle; placed: Placed} | null {
  for (const panel of placed) {
    for (const handle of panel.panel.handles ?? []) {
      const knob = knobOf(handle, panel);
      const {box} = panel;
      if (knob.x < box.x - 1 || knob.x > box.x + box.width + 1) continue;
      const onLine = handle.along === 'x' && Math.abs(px - knob.x) < GRIP / 2 && py >= box.y && py <= box.y + box.height;
      if (onLine || Math.hypot(px - knob.x, py - knob.y) < GRIP) return {handle, placed: panel};
    }
  }
  return null;
}
