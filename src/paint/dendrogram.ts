import type {Context, Theme} from './theme.js';

/** A tree over leaves: five numbers a merge, as `dendrogram` of compute/cluster.ts gives them, and its greatest height. */
export interface Branches {
  readonly lines: Float64Array;
  readonly top: number;
}

/** Where a tree stands. Lengths in CSS px. */
export interface BranchesScene {
  readonly branches: Branches;
  /** Leaves lie along x and the tree grows up, or along y and it grows to the right. */
  readonly side: 'top' | 'right';
  /** Where leaf position 0 lies, and how far apart leaves are. */
  readonly start: number;
  readonly pitch: number;
  /** How far leaves reach, and how high the tree is. */
  readonly length: number;
  readonly height: number;
  readonly theme: Theme;
}

/** Draws a tree, its leaves at the context's origin. */
export function paintBranches(ctx: Context, {branches: {lines, top}, side, start, pitch, length, height, theme}: BranchesScene): void {
  const along = (leaf: number): number => start + leaf * pitch;
  const away = (h: number): number => (top > 0 ? (h / top) * (height - 2) : 0);
  ctx.save();
  ctx.beginPath();
  if (side === 'top') ctx.rect(0, -height, length, height);
  else ctx.rect(0, 0, height, length);
  ctx.clip();
  ctx.beginPath();
  const move = (p: number, q: number, first: boolean): void => {
    const [x, y] = side === 'top' ? [p, -q] : [q, p];
    if (first) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  };
  for (let i = 0; i < lines.length; i += 5) {
    const [x0, y0, x1, y1, y] = lines.subarray(i, i + 5) as unknown as [number, number, number, number, number];
    const [a, b] = [along(Math.min(x0, x1)), along(Math.max(x0, x1))];
    if (b < 0 || a > length) continue;
    move(along(x0), away(y0), true);
    move(along(x0), away(y), false);
    move(along(x1), away(y), false);
    move(along(x1), away(y1), false);
  }
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  ctx.stroke();
  ctx.restore();
}
