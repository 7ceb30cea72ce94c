import type {Arrangement, AxisPart} from './arrange.js';

/**
 * A tensor as rows × columns of cells. Because each axis lies in the rows, in the columns or in a slider, a cell's
 * place in the data is a sum: `data[base + rowOffset[r] + colOffset[c]]`.
 */
export interface Plane {
  /** Cells, gaps included. */
  readonly rows: number;
  readonly cols: number;
  /** Elements into the data; -1 in a gap. */
  readonly rowOffset: Int32Array;
  readonly colOffset: Int32Array;
  readonly base: number;
  /** Cells that are no gaps. */
  readonly cells: number;
  /** `colOffset[c] === c` and no gaps in the rows: rows are runs of the data. */
  readonly contiguous: boolean;
}

const count = (parts: readonly AxisPart[]): number => parts.reduce((n, p) => n * p.size, 1);

/** Cells between two items of a group's first name: none where an item is one cell or the group has one name. */
export function gapOf(parts: readonly AxisPart[]): number {
  const inner = count(parts.slice(1));
  return parts.length > 1 && inner > 1 && parts[0]!.size > 1 ? Math.max(1, Math.min(8, Math.round(inner / 8))) : 0;
}

function offsets(parts: readonly AxisPart[]): Int32Array {
  const items = parts[0]?.size ?? 1;
  const inner = count(parts.slice(1));
  const gap = gapOf(parts);
  const out = new Int32Array(Math.max(0, items * inner + gap * (items - 1))).fill(-1);
  for (let item = 0, at = 0; item < items; item++, at += gap) {
    for (let i = 0; i < inner; i++, at++) {
      let offset = item * (parts[0]?.stride ?? 0);
      for (let p = parts.length - 1, rest = i; p > 0; p--) {
        offset += (rest % parts[p]!.size) * parts[p]!.stride;
        rest = Math.floor(rest / parts[p]!.size);
      }
      out[at] = offset;
    }
  }
  return out;
}

/**
 * Lays an arrangement out.
 * @param slice where each slider stands, in the order of `arrangement.slices`
 */
export function makePlane(arrangement: Arrangement, slice: readonly number[]): Plane {
  const rowOffset = offsets(arrangement.rows);
  const colOffset = offsets(arrangement.cols);
  const base = arrangement.slices.reduce((sum, part, i) => sum + part.stride * (slice[i] ?? 0), 0);
  const cells = count(arrangement.rows) * count(arrangement.cols);
  let contiguous = !gapOf(arrangement.rows);
  for (let c = 0; contiguous && c < colOffset.length; c++) contiguous = colOffset[c] === c;
  return {rows: rowOffset.length, cols: colOffset.length, rowOffset, colOffset, base, cells, contiguous};
}

/** The parts' indices at a position along rows or columns; `null` in a gap or outside. Major first. */
export function partsAt(parts: readonly AxisPart[], position: number): number[] | null {
  const items = parts[0]?.size ?? 1;
  const inner = count(parts.slice(1));
  const pitch = inner + gapOf(parts);
  const item = Math.floor(position / pitch);
  let rest = position - item * pitch;
  if (position < 0 || item >= items || rest >= inner) return null;
  const out: number[] = [];
  for (let p = parts.length - 1; p > 0; p--) {
    out.unshift(rest % parts[p]!.size);
    rest = Math.floor(rest / parts[p]!.size);
  }
  if (parts.length) out.unshift(item);
  return out;
}

/** The tensor's own index of a cell; `null` in a gap or outside the plane. */
export function indexAt(arrangement: Arrangement, slice: readonly number[], row: number, col: number): number[] | null {
  const r = partsAt(arrangement.rows, row);
  const c = partsAt(arrangement.cols, col);
  if (!r || !c) return null;
  const at = new Map<AxisPart, number>();
  arrangement.rows.forEach((part, i) => at.set(part, r[i]!));
  arrangement.cols.forEach((part, i) => at.set(part, c[i]!));
  arrangement.slices.forEach((part, i) => at.set(part, slice[i] ?? 0));
  return arrangement.axes.map((parts) => parts.reduce((index, part) => index * part.size + at.get(part)!, 0));
}

function position(parts: readonly AxisPart[], at: ReadonlyMap<AxisPart, number>): number {
  if (!parts.length) return 0;
  const inner = count(parts.slice(1));
  const within = parts.slice(1).reduce((sum, part) => sum * part.size + at.get(part)!, 0);
  return at.get(parts[0]!)! * (inner + gapOf(parts)) + within;
}

/**
 * Where a tensor index lies.
 * @returns row and column in the plane, and where the sliders must stand to see it; `null` for an index out of range
 */
export function cellOf(arrangement: Arrangement, index: readonly number[]): {row: number; col: number; slice: number[]} | null {
  const {axes, shape} = arrangement;
  if (index.length !== shape.length) return null;
  if (!index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < shape[axis]!)) return null;
  const at = new Map<AxisPart, number>();
  axes.forEach((parts, axis) => {
    let rest = index[axis]!;
    for (const part of [...parts].reverse()) {
      at.set(part, rest % part.size);
      rest = Math.floor(rest / part.size);
    }
  });
  return {
    row: position(arrangement.rows, at),
    col: position(arrangement.cols, at),
    slice: arrangement.slices.map((part) => at.get(part)!),
  };
}
