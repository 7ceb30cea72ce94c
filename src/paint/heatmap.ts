import {colorize, type ColorScale} from '../color/scale.js';
import type {Plane} from '../compute/plane.js';
import {makePooler, type PoolScene} from '../compute/pool.js';
import type {Viewport} from '../compute/viewport.js';
import {type Context, specialColors, type Theme} from './theme.js';

/** A plane of values and how it is coloured. */
export interface PlaneScene extends PoolScene {
  readonly scale: ColorScale;
  readonly theme: Theme;
  /** Device px per CSS px: a special value is drawn at least two of the latter wide. */
  readonly dpr: number;
}

/** Cells looked at, or pixels coloured, between two yields: a few ms. */
const WORK = 1 << 18;

/** −Infinity, +Infinity and NaN by their rank; 0 for finite values. */
const rankOf = (v: number): number => (v !== v ? 3 : v === Infinity ? 2 : v === -Infinity ? 1 : 0);

/** A buffer for values that keeps what the tensor holds. */
const bufferFor = (scene: PoolScene, length: number): Float32Array | Float64Array =>
  scene.data instanceof Float32Array && scene.pool === 'extreme' ? new Float32Array(length) : new Float64Array(length);

/**
 * Draws a plane exactly, by the rules of `pool`, into the context's left top corner; what holds no cell is transparent.
 * @yields share done
 */
export function* heatmapBands(scene: PlaneScene, ctx: Context): Generator<number, void> {
  const {width, height, sx, sy} = scene.viewport;
  const pooler = makePooler(scene);
  const special = specialColors(scene.theme);
  const band = Math.max(1, Math.min(height, Math.floor(WORK / Math.max(width, pooler.cost))));
  const values = bufferFor(scene, width * band);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const wide = Math.ceil(2 * scene.dpr);
  const watch = Math.min(sx, sy) < wide;
  let marks: Uint8Array | null = null;
  for (let y = 0; y < height; y += band) {
    const rows = Math.min(band, height - y);
    pooler.rows(values, y, y + rows);
    colorize(values, 0, rows * width, scene.scale, special, pixels, y * width);
    for (let i = 0; i < rows; i++) {
      const from = (y + i) * width;
      if (pooler.blankRows[y + i]) {
        pixels.fill(0, from, from + width);
        continue;
      }
      for (let x = 0; x < width; x++) {
        if (pooler.blankCols[x]) pixels[from + x] = 0;
        else if (watch && !Number.isFinite(values[i * width + x]!)) {
          marks ??= new Uint8Array(width * height);
          marks[from + x] = rankOf(values[i * width + x]!);
        }
      }
    }
    yield (y + rows) / height;
  }
  if (marks) {
    widen(marks, width, height, wide);
    yield 1;
    const colors = [0, special.negativeInfinity, special.positiveInfinity, special.nan];
    for (let i = 0; i < marks.length; i++) if (marks[i]) pixels[i] = colors[marks[i]!]!;
  }
  ctx.putImageData(image, 0, 0);
}

/** Widens what is narrower than `wide` pixels, in both directions; a higher rank covers a lower one. */
function widen(marks: Uint8Array, width: number, height: number, wide: number): void {
  const line = (start: number, step: number, length: number): void => {
    const old = new Uint8Array(length);
    let any = false;
    for (let i = 0; i < length; i++) any = (old[i] = marks[start + i * step]!) > 0 || any;
    if (!any) return;
    for (let rank = 1; rank <= 3; rank++) {
      for (let i = 0; i < length; i++) {
        if (old[i] !== rank) continue;
        let end = i + 1;
        while (end < length && old[end] === rank) end++;
        const missing = Math.max(0, wide - (end - i));
        const from = Math.max(0, Math.min(i - (missing >> 1), length - wide));
        for (let k = from; k < Math.min(length, from + Math.max(wide, end - i)); k++) {
          const at = start + k * step;
          if (marks[at]! < rank) marks[at] = rank;
        }
        i = end;
      }
    }
  };
  for (let y = 0; y < height; y++) line(y * width, 1, width);
  for (let x = 0; x < width; x++) line(x, width, height);
}

/** Draws only the cell at each pixel's centre: quick at any size, and not exact. */
export function sampleHeatmap(scene: PlaneScene, ctx: Context): void {
  const {width, height} = scene.viewport;
  const pooler = makePooler(scene, true);
  const values = bufferFor(scene, width * height);
  pooler.rows(values, 0, height);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  colorize(values, 0, values.length, scene.scale, specialColors(scene.theme), pixels, 0);
  for (let y = 0; y < height; y++) if (pooler.blankRows[y]) pixels.fill(0, y * width, (y + 1) * width);
  for (let x = 0; x < width; x++) if (pooler.blankCols[x]) for (let i = x; i < pixels.length; i += width) pixels[i] = 0;
  ctx.putImageData(image, 0, 0);
}

/** Items are outlined where the gap between them is at least so many px wide: a line on either side, and the page between. */
const OUTLINED = 4;

/** First and last cell, exclusive, of each run of cells without a gap that is in view. */
function runs(offset: Int32Array, at: number, scale: number, length: number): [from: number, to: number][] {
  const out: [number, number][] = [];
  const end = Math.min(offset.length, Math.ceil(at + length / scale));
  for (let i = Math.max(0, Math.floor(at)); i < end; i++) {
    if (offset[i]! < 0) continue;
    let from = i;
    while (from > 0 && offset[from - 1]! >= 0) from--;
    while (i < offset.length && offset[i]! >= 0) i++;
    out.push([from, i]);
  }
  return out;
}

/** The width of a gap in px; 0 where there is none. */
function gapPx(offset: Int32Array, scale: number): number {
  const from = offset.indexOf(-1);
  let to = from;
  while (offset[to]! < 0) to++;
  return from < 0 ? 0 : (to - from) * scale;
}

/**
 * Outlines what stands on the page, the plane and the items of its grid, since their cells may have the page's colour.
 * Gaps stay transparent: in any colour of their own they would look like data.
 */
export function paintGround(ctx: Context, plane: Plane, v: Viewport, theme: Theme): void {
  const split = (offset: Int32Array, gaps: boolean, at: number, scale: number, length: number): [number, number][] =>
    gaps && gapPx(offset, scale) >= OUTLINED ? runs(offset, at, scale, length) : [[0, offset.length]];
  const rows = split(plane.rowOffset, !!plane.rowsBefore, v.y, v.sy, v.height);
  const cols = split(plane.colOffset, !!plane.colsBefore, v.x, v.sx, v.width);
  ctx.save();
  ctx.globalCompositeOperation = 'destination-over';
  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  // a pixel shows the cell at its centre: the line is the next pixel
  const edge = (cell: number, at: number, scale: number): number => Math.round((cell - at) * scale);
  for (const [r0, r1] of rows) {
    const [y0, y1] = [edge(r0, v.y, v.sy), edge(r1, v.y, v.sy)];
    for (const [c0, c1] of cols) {
      const [x0, x1] = [edge(c0, v.x, v.sx), edge(c1, v.x, v.sx)];
      ctx.rect(x0 - 0.5, y0 - 0.5, x1 - x0 + 1, y1 - y0 + 1);
    }
  }
  ctx.stroke();
  ctx.restore();
}
