/** What part of a plane is seen, immutable: all pan and zoom is arithmetic on it. Lengths in device px and cells. */
export interface Viewport {
  /** Cells at the box's left and top edge. */
  readonly x: number;
  readonly y: number;
  /** Device px per cell. */
  readonly sx: number;
  readonly sy: number;
  /** The box in device px. */
  readonly width: number;
  readonly height: number;
}

/** What a viewport looks at. */
export interface Extent {
  readonly rows: number;
  readonly cols: number;
}

/** A picture's longer side, in shorter sides, above which `aspect="auto"` stretches its cells. */
const MAX_RATIO = 4;
/** Device px a cell can grow to, as a share of the box's shorter side. */
const MAX_CELL = 0.5;

/**
 * The whole plane, centred. `auto`: cells are square unless one side would exceed 4 : 1, then stretched to it; a single
 * row or column fills the length of the box. `equal`: always square.
 */
export function fitViewport({rows, cols}: Extent, box: {width: number; height: number}, aspect: 'auto' | 'equal'): Viewport {
  const {width, height} = box;
  let ratio = Math.max(1, cols) / Math.max(1, rows);
  let w = Math.min(width, height * ratio);
  let h = w / ratio;
  if (aspect === 'auto' && (ratio > MAX_RATIO || ratio < 1 / MAX_RATIO)) {
    ratio = ratio > 1 ? MAX_RATIO : 1 / MAX_RATIO;
    w = Math.min(width, height * ratio);
    h = w / ratio;
    if (rows === 1) [w, h] = [width, Math.min(height, Math.max(h / 2, 24))];
    if (cols === 1) [w, h] = [Math.min(width, Math.max(w / 2, 24)), height];
  }
  const sx = w / Math.max(1, cols);
  const sy = h / Math.max(1, rows);
  return {x: -(width - w) / 2 / sx, y: -(height - h) / 2 / sy, sx, sy, width, height};
}

/** Whether everything is in view. */
export function isFit(v: Viewport, {rows, cols}: Extent): boolean {
  return v.x <= 1e-9 && v.y <= 1e-9 && (cols - v.x) * v.sx <= v.width + 1e-6 && (rows - v.y) * v.sy <= v.height + 1e-6;
}

/** Keeps the picture in the box: centred in a direction where it is smaller, without a margin where it is larger. */
function clamp(v: Viewport, {rows, cols}: Extent): Viewport {
  const side = (at: number, cells: number, scale: number, box: number): number => {
    const seen = box / scale;
    return cells <= seen ? (cells - seen) / 2 : Math.min(Math.max(at, 0), cells - seen);
  };
  return {...v, x: side(v.x, cols, v.sx, v.width), y: side(v.y, rows, v.sy, v.height)};
}

/**
 * Magnifies about a point, which stays where it is unless the picture would leave the box. Never smaller than the fit
 * of the whole plane at this ratio of cells, never larger than half the box a cell.
 * @param factor over 1 grows
 * @param px device px from the box's left
 */
export function zoomAt(v: Viewport, extent: Extent, factor: number, px: number, py: number): Viewport {
  const fit = Math.min(v.width / (extent.cols * v.sx), v.height / (extent.rows * v.sy), 1);
  const most = (MAX_CELL * Math.min(v.width, v.height)) / Math.max(v.sx, v.sy);
  const k = Math.min(Math.max(factor, fit), Math.max(most, 1));
  const [sx, sy] = [v.sx * k, v.sy * k];
  return clamp({...v, sx, sy, x: v.x + px / v.sx - px / sx, y: v.y + py / v.sy - py / sy}, extent);
}

/** Moves the picture by device px; `panBy(v, extent, 0, 0)` only clamps. */
export function panBy(v: Viewport, extent: Extent, dx: number, dy: number): Viewport {
  return clamp({...v, x: v.x - dx / v.sx, y: v.y - dy / v.sy}, extent);
}

/** The cell under a point of the box, in device px; it may lie outside the plane. */
export function cellAtPixel(v: Viewport, px: number, py: number): {row: number; col: number} {
  return {row: Math.floor(v.y + py / v.sy), col: Math.floor(v.x + px / v.sx)};
}

/** A cell's rectangle in device px from the box's left top corner. */
export function rectOfCell(v: Viewport, row: number, col: number): {x: number; y: number; width: number; height: number} {
  return {x: (col - v.x) * v.sx, y: (row - v.y) * v.sy, width: v.sx, height: v.sy};
}
