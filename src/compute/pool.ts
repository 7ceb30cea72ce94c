import type {Values} from '../tensor/types.js';
import type {Plane} from './plane.js';
import type {Level, Pyramid} from './pyramid.js';
import type {Viewport} from './viewport.js';

/** What one pixel shows is decided from these. */
export interface PoolScene {
  readonly data: Values;
  readonly plane: Plane;
  /** Speeds up pictures in which a pixel holds many cells; what is shown does not depend on it. */
  readonly pyramid?: Pyramid | undefined;
  readonly viewport: Viewport;
  readonly pool: 'extreme' | 'mean';
  /** From where `extreme` takes the farthest: the scale's centre, or the median. */
  readonly poolCenter: number;
}

/** For each pixel along one direction: which cells (or blocks) it pools, `to` exclusive; `from === to` where blank. */
interface Spans {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** The cell at the pixel's centre, or the nearest of the span that is no gap; -1 where blank. */
  readonly center: Int32Array;
  /** Cells of the span that are no gaps. */
  readonly cells: Int32Array;
}

/** A cell counts as overlapped from this share of its side on: float64 keeps no exact edges. */
const EPSILON = 1e-7;

function spans(at: number, scale: number, pixels: number, offset: Int32Array, before: Int32Array | null, block: number): Spans {
  const cells = offset.length;
  const out: Spans = {
    from: new Int32Array(pixels),
    to: new Int32Array(pixels),
    center: new Int32Array(pixels).fill(-1),
    cells: new Int32Array(pixels),
  };
  for (let px = 0; px < pixels; px++) {
    const middle = Math.floor(at + (px + 0.5) / scale);
    let lo = middle;
    let hi = middle + 1;
    if (scale < 1) {
      lo = Math.floor(at + px / scale + EPSILON);
      hi = Math.ceil(at + (px + 1) / scale - EPSILON);
    }
    lo = Math.max(0, lo);
    hi = Math.min(cells, hi);
    if (hi <= lo || (before && before[hi] === before[lo])) continue;
    let center = Math.min(Math.max(middle, lo), hi - 1);
    if (offset[center]! < 0) for (center = lo; offset[center]! < 0; ) center++;
    out.center[px] = center;
    out.from[px] = Math.floor(lo / block);
    out.to[px] = Math.ceil(hi / block);
    const [first, end] = [out.from[px]! * block, Math.min(cells, out.to[px]! * block)];
    out.cells[px] = before ? before[end]! - before[first]! : end - first;
  }
  return out;
}

/** Pixels per cell in the direction in which blocks reach farthest: those of a lone row (or column) only along it. */
export function reachOf({rows, cols}: Plane, {sx, sy}: Viewport): number {
  return rows === 1 ? sx : cols === 1 ? sy : Math.max(sx, sy);
}

/** The coarsest level of which no block reaches more than one pixel beyond a pixel that it touches. */
function levelFor({pyramid, plane, viewport, pool}: PoolScene): Level | undefined {
  const scale = reachOf(plane, viewport);
  return pyramid?.findLast((level) => (level.block - 1) * scale <= 1 && (pool === 'extreme' || level.sum));
}

/** Pools device pixels of a picture, some rows at a time. */
export interface Pooler {
  /** 1 for each device row or column that shows nothing: outside the plane, or wholly in a gap. */
  readonly blankRows: Uint8Array;
  readonly blankCols: Uint8Array;
  /** Cells (or blocks) looked at per device row, for slicing work. */
  readonly cost: number;
  /**
   * Writes the values of device rows `y0` to `y1` (exclusive), row-major from `out[0]`; blank pixels are left as they
   * are. NaN and ±Infinity stand for themselves: NaN beats +Infinity beats -Infinity beats any finite value.
   */
  rows(out: Float32Array | Float64Array, y0: number, y1: number): void;
}

/**
 * Prepares pooling by the rule of the `pool` attribute: where a cell is a pixel wide or more, a pixel shows the cell at
 * its centre; otherwise the pooled value of all cells that it overlaps, and of none more than one device pixel away.
 * `extreme` is the value farthest from `poolCenter` (of two as far, the greater), `mean` the mean.
 * @param sample only looks at the cell at each pixel's centre: quick, not exact
 */
export function makePooler(scene: PoolScene, sample = false): Pooler {
  const {data, plane, viewport, pool, poolCenter} = scene;
  const level = sample ? undefined : levelFor(scene);
  const block = level?.block ?? 1;
  const xs = spans(viewport.x, viewport.sx, viewport.width, plane.colOffset, plane.colsBefore, block);
  const ys = spans(viewport.y, viewport.sy, viewport.height, plane.rowOffset, plane.rowsBefore, block);
  const width = viewport.width;
  const {rowOffset, colOffset, base, contiguous} = plane;
  const inX = xs.from.findIndex((from, i) => xs.to[i]! > from);
  const outX = xs.from.findLastIndex((from, i) => xs.to[i]! > from);
  const c0 = inX < 0 ? 0 : xs.from[inX]!;
  const c1 = inX < 0 ? 0 : xs.to[outX]!;
  const single = sample || viewport.sx >= 1;
  // one line of source cells, folded over the rows of a pixel; long where nothing is zoomed, so only where it is needed
  const line = sample || (level && pool === 'extreme') ? 0 : c1 - c0;
  const low = new Float64Array(line);
  const high = new Float64Array(line);
  const sums = new Float64Array(pool === 'mean' ? line : 0);
  const gather = new Int32Array(width).fill(-1);
  for (let px = 0; px < width; px++) if (xs.center[px]! >= 0) gather[px] = colOffset[xs.center[px]!]!;

  // Math.min and Math.max are NaN where one of their arguments is, and mispredict no branch
  const fold = (r0: number, r1: number): void => {
    low.fill(Infinity);
    high.fill(-Infinity);
    if (pool === 'mean') sums.fill(0);
    for (let r = r0; r < r1; r++) {
      if (level) {
        const {min, max, sum, cols} = level;
        for (let c = 0, i = r * cols + c0; c < low.length; c++, i++) {
          low[c] = Math.min(low[c]!, min[i]!);
          high[c] = Math.max(high[c]!, max[i]!);
          sums[c]! += sum![i]!;
        }
        continue;
      }
      if (rowOffset[r]! < 0) continue;
      const from = base + rowOffset[r]!;
      if (contiguous) {
        for (let c = 0, i = from + c0; c < low.length; c++, i++) {
          const v = data[i]!;
          low[c] = Math.min(low[c]!, v);
          high[c] = Math.max(high[c]!, v);
        }
      } else {
        for (let c = 0; c < low.length; c++) {
          const o = colOffset[c0 + c]!;
          if (o < 0) continue;
          const v = data[from + o]!;
          low[c] = Math.min(low[c]!, v);
          high[c] = Math.max(high[c]!, v);
        }
      }
      if (pool === 'mean') {
        for (let c = 0; c < low.length; c++) {
          const o = colOffset[c0 + c]!;
          if (o >= 0) sums[c]! += data[from + o]!;
        }
      }
    }
  };

  const spread = (out: Float32Array | Float64Array, to: number, rowCells: number): void => {
    for (let px = 0; px < width; px++) {
      const end = xs.to[px]! - c0;
      let c = xs.from[px]! - c0;
      if (c >= end) continue;
      let lo = low[c]!;
      let hi = high[c]!;
      let sum = pool === 'mean' ? sums[c]! : 0;
      for (c++; c < end; c++) {
        lo = Math.min(lo, low[c]!);
        hi = Math.max(hi, high[c]!);
        if (pool === 'mean') sum += sums[c]!;
      }
      // a comparison with NaN is false, so NaN in `hi` stays there
      if (pool === 'mean' && Number.isFinite(hi) && lo > -Infinity) out[to + px] = sum / (rowCells * xs.cells[px]!);
      else out[to + px] = farthest(lo, hi);
    }
  };

  const farthest = (lo: number, hi: number): number => (hi !== hi || hi === Infinity ? hi : lo === -Infinity || poolCenter - lo > hi - poolCenter ? lo : hi);

  /** Straight from the level's blocks, of which a pixel touches few. */
  const pickBlocks = ({min, max, cols}: Level, out: Float32Array | Float64Array, to: number, r0: number, r1: number): void => {
    for (let px = 0; px < width; px++) {
      const from = xs.from[px]!;
      const n = xs.to[px]! - from;
      if (n <= 0) continue;
      let lo = Infinity;
      let hi = -Infinity;
      for (let r = r0; r < r1; r++) {
        const start = r * cols + from;
        for (let i = start; i < start + n; i++) {
          const l = min[i]!;
          const h = max[i]!;
          if (l < lo) lo = l;
          if (h > hi) hi = h;
          else if (h !== h) hi = h;
        }
      }
      out[to + px] = farthest(lo, hi);
    }
  };

  const same = (a: number, b: number): boolean => ys.center[a] === ys.center[b] && ys.from[a] === ys.from[b] && ys.to[a] === ys.to[b];
  // the last row of the band before: the next may show the same cells, and these may be many
  let lastY = -1;
  let last = new Float64Array();

  return {
    blankRows: Uint8Array.from(ys.center, (c) => (c < 0 ? 1 : 0)),
    blankCols: Uint8Array.from(xs.center, (c) => (c < 0 ? 1 : 0)),
    cost: single && (sample || viewport.sy >= 1) ? width : Math.max(width, (c1 - c0) * Math.max(1, 1 / viewport.sy / block + 1)),
    rows(out, y0, y1) {
      for (let y = y0; y < y1; y++) {
        const to = (y - y0) * width;
        const row = ys.center[y]!;
        if (row < 0) continue;
        if (y > y0 && same(y - 1, y)) {
          out.copyWithin(to, to - width, to);
        } else if (y === y0 && y === lastY + 1 && y && same(lastY, y)) {
          out.set(last, to);
        } else if (single && (sample || ys.to[y]! - ys.from[y]! === 1) && !level) {
          const from = base + rowOffset[row]!;
          for (let px = 0; px < width; px++) if (gather[px]! >= 0) out[to + px] = data[from + gather[px]!]!;
        } else if (level && pool === 'extreme') {
          pickBlocks(level, out, to, ys.from[y]!, ys.to[y]!);
        } else {
          fold(ys.from[y]!, ys.to[y]!);
          spread(out, to, ys.cells[y]!);
        }
      }
      lastY = y1 - 1;
      last = Float64Array.from(out.subarray((lastY - y0) * width, (y1 - y0) * width));
    },
  };
}
