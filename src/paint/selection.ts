import {type Placed, placeX, placeY} from './plot-layout.js';
import type {Context, Theme} from './theme.js';

// Fetched with figures whose points can be chosen.

/** What is being drawn around points, in the axes' units. */
export interface Outline {
  /** Key of its panel. */
  readonly panel: string;
  /** Of a box its two corners, of a lasso its corners in turn. */
  readonly corners: readonly (readonly [x: number, y: number])[];
  readonly box: boolean;
}

/** An outline in CSS px. */
export const cornersOf = ({corners, box}: Outline, placed: Placed): [x: number, y: number][] => {
  const points = corners.map(([x, y]): [number, number] => [placeX(placed, x), placeY(placed, y)]);
  const [[a, b] = [0, 0], [c, d] = [a, b]] = points;
  return box ? [[a, b], [c, b], [c, d], [a, d]] : points;
};

/** Draws what is being drawn around points; the context is in CSS px. */
export function paintOutline(ctx: Context, outline: Outline, placed: Placed, theme: Theme): void {
  const {box} = placed;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.width, box.height);
  ctx.clip();
  ctx.beginPath();
  cornersOf(outline, placed).forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
  ctx.fillStyle = theme.accent;
  ctx.globalAlpha = 0.12;
  ctx.fill();
  ctx.globalAlpha = 1;
  // on any ground
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([5, 3]);
  ctx.stroke();
  ctx.restore();
}

/** Whether a point lies in a polygon, by how often a line from it to the right crosses its sides. */
export function isInside(polygon: readonly (readonly [x: number, y: number])[], px: number, py: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i]!, polygon[j]!];
    if (yi > py !== yj > py && px < ((xj - xi) * (py - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
