/** What part of a drawing is seen, immutable. Lengths in CSS px; `k` CSS px on screen per unit of the drawing. */
export interface GraphViewport {
  /** The drawing's point in the box's left top corner. */
  readonly x: number;
  readonly y: number;
  readonly k: number;
  /** The box. */
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** Free room around a drawing that fits, in CSS px. */
const MARGIN = 14;
const MAX = 3;
/** Names are read with ease from this scale on. */
export const LEGIBLE = 0.75;
/** Below this scale not even the titles can be read; all of a drawing is shown at once as long as they can. */
const LEAST = 0.34;
/** What shows a part shows it at least at this scale. */
const PART = 0.62;

/** All of a drawing, centred, never larger than life. */
export function fitGraph(scene: Size, box: Size): GraphViewport {
  const k = Math.max(1e-4, Math.min(1, (box.width - 2 * MARGIN) / (scene.width || 1), (box.height - 2 * MARGIN) / (scene.height || 1)));
  return {k, x: (scene.width - box.width / k) / 2, y: (scene.height - box.height / k) / 2, width: box.width, height: box.height};
}

/** The first view: all of it where that can be read; else, as large as can be read, from where the flow begins. */
export function firstView(scene: Size, box: Size, start: Rect | undefined): GraphViewport {
  const fit = fitGraph(scene, box);
  if (fit.k >= LEAST) return fit;
  const k = Math.max(PART, Math.min(LEGIBLE, (box.width - 2 * MARGIN) / (scene.width || 1)));
  const [w, h] = [box.width / k, box.height / k];
  const cx = start ? start.x + start.width / 2 : scene.width / 2;
  const cy = start ? start.y + start.height / 2 : 0;
  const side = (centre: number, seen: number, all: number): number => (all <= seen ? (all - seen) / 2 : Math.min(Math.max(centre - seen / 2, -MARGIN / k), all - seen + MARGIN / k));
  return {k, x: side(cx, w, scene.width), y: side(cy, h, scene.height), width: box.width, height: box.height};
}

/** Keeps some of the drawing in the box. */
function clamp(v: GraphViewport, scene: Size): GraphViewport {
  const side = (at: number, seen: number, all: number): number => Math.min(Math.max(at, -seen * 0.6), all - seen * 0.4);
  return {...v, x: side(v.x, v.width / v.k, scene.width), y: side(v.y, v.height / v.k, scene.height)};
}

/** Magnifies about a point of the box in CSS px; not beyond three times life, nor smaller than half the fit. */
export function zoomGraph(v: GraphViewport, scene: Size, factor: number, px: number, py: number): GraphViewport {
  const least = fitGraph(scene, v).k / 2;
  const k = Math.min(Math.max(v.k * factor, Math.min(least, v.k)), Math.max(MAX, v.k));
  return clamp({...v, k, x: v.x + px / v.k - px / k, y: v.y + py / v.k - py / k}, scene);
}

/** Moves the picture by CSS px. */
export const panGraph = (v: GraphViewport, scene: Size, dx: number, dy: number): GraphViewport => clamp({...v, x: v.x - dx / v.k, y: v.y - dy / v.k}, scene);

/** Shows a rectangle of the drawing: moved in by as little as needed, and magnified where it could not be read. */
export function reveal(v: GraphViewport, rect: Rect): GraphViewport {
  const most = Math.min((v.width - 2 * MARGIN) / rect.width, (v.height - 2 * MARGIN) / rect.height);
  const k = Math.min(v.k < LEAST ? PART : v.k, Math.max(most, 0.05));
  const magnified = k !== v.k;
  const [w, h] = [v.width / k, v.height / k];
  const margin = 2 * MARGIN / k;
  const side = (at: number, seen: number, from: number, size: number): number => (magnified || size + 2 * margin > seen ? from + size / 2 - seen / 2 : Math.min(Math.max(at, from + size + margin - seen), from - margin));
  return {...v, k, x: side(v.x, w, rect.x, rect.width), y: side(v.y, h, rect.y, rect.height)};
}

/** Puts a rectangle of the drawing in the middle, as large as fits, not over 1.2 times life. */
export function zoomToRect(v: GraphViewport, rect: Rect): GraphViewport {
  const k = Math.min(1.2, (v.width - 4 * MARGIN) / rect.width, (v.height - 4 * MARGIN) / rect.height);
  return {...v, k, x: rect.x + rect.width / 2 - v.width / k / 2, y: rect.y + rect.height / 2 - v.height / k / 2};
}

/** A viewport between two others, `t` from 0 to 1: the point that both show moves evenly. */
export function between(a: GraphViewport, b: GraphViewport, t: number): GraphViewport {
  const k = a.k * (b.k / a.k) ** t;
  const mid = (v: GraphViewport): [number, number] => [v.x + v.width / v.k / 2, v.y + v.height / v.k / 2];
  const [[ax, ay], [bx, by]] = [mid(a), mid(b)];
  return {...b, k, x: ax + (bx - ax) * t - b.width / k / 2, y: ay + (by - ay) * t - b.height / k / 2};
}
