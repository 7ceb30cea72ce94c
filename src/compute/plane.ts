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
  /** How many rows (columns) before each, and before the end, are no gaps; `null` where there are no gaps. */
  readonly rowsBefore: Int32Array | null;
  readonly colsBefore: Int32Array | null;
}

const count = (parts: readonly AxisPart[]): number => parts.reduce((n, p) => n * p.size, 1);

/** Cells of one item of a group's first name. */
export const innerOf = (parts: readonly AxisPart[]): number => (parts[0]?.side ? lengthOf(parts.slice(1)) : count(parts.slice(1)));

/** Cells of a group, gaps included. */
export function lengthOf(parts: readonly AxisPart[]): number {
  const items = parts[0]?.size ?? 1;
  return items * innerOf(parts) + gapOf(parts) * (items - 1);
}

/** Cells between two items of a group's first name: none where an item is one cell or the group has one name. */
export function gapOf(parts: readonly AxisPart[]): number {
  const inner = innerOf(parts);
  return parts.length > 1 && inner > 1 && parts[0]!.size > 1 ? Math.max(1, Math.min(8, Math.round(inner / 8))) : 0;
}

function offsets(parts: readonly AxisPart[]): Int32Array {
  const gap = gapOf(parts);
  if (parts[0]?.side) {
    const inner = offsets(parts.slice(1));
    const out = new Int32Array(lengthOf(parts)).fill(-1);
    for (let item = 0; item < parts[0].size; item++) for (let i = 0; i < inner.length; i++) if (inner[i]! >= 0) out[item * (inner.length + gap) + i] = item * parts[0].stride + inner[i]!;
    return out;
  }
  // from the last part to the first: the offsets of what lies within an item, once per item
  let out = new Int32Array(1);
  for (let p = parts.length - 1; p >= 0; p--) {
    const {size, stride} = parts[p]!;
    const inner = out;
    const n = inner.length;
    const pitch = n + (p ? 0 : gap);
    out = new Int32Array(Math.max(0, size * pitch - (p ? 0 : gap)));
    if (pitch > n) out.fill(-1);
    if (n === 1) for (let i = 0; i < size; i++) out[i] = i * stride;
    else for (let item = 0; item < size; item++) for (let i = 0; i < n; i++) out[item * pitch + i] = item * stride + inner[i]!;
  }
  return out;
}

function before(offset: Int32Array, gap: number): Int32Array | null {
  if (!gap) return null;
  const out = new Int32Array(offset.length + 1);
  for (let i = 0; i < offset.length; i++) out[i + 1] = out[i]! + (offset[i]! < 0 ? 0 : 1);
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
  const gaps = (parts: readonly AxisPart[]): number => gapOf(parts) || (parts[0]?.side ? gapOf(parts.slice(1)) : 0);
  const [rowGap, colGap] = [gaps(arrangement.rows), gaps(arrangement.cols)];
  let contiguous = !rowGap && !colGap;
  arrangement.cols.reduceRight((stride, part) => {
    contiguous &&= part.size === 1 || part.stride === stride;
    return stride * part.size;
  }, 1);
  const [rowsBefore, colsBefore] = [before(rowOffset, rowGap), before(colOffset, colGap)];
  return {rows: rowOffset.length, cols: colOffset.length, rowOffset, colOffset, base, cells, contiguous, rowsBefore, colsBefore};
}

/** The parts' indices at a position along rows or columns; `null` in a gap or outside. Major first. */
export function partsAt(parts: readonly AxisPart[], position: number): number[] | null {
  const items = parts[0]?.size ?? 1;
  const inner = innerOf(parts);
  const pitch = inner + gapOf(parts);
  const item = Math.floor(position / pitch);
  let rest = position - item * pitch;
  if (position < 0 || item >= items || rest >= inner) return null;
  if (parts[0]?.side) {
    const within = partsAt(parts.slice(1), rest);
    return within && [item, ...within];
  }
  const out: number[] = [];
  for (let p = parts.length - 1; p > 0; p--) {
    out.unshift(rest % parts[p]!.size);
    rest = Math.floor(rest / parts[p]!.size);
  }
  if (parts.length) out.unshift(item);
  return out;
}

/** A part's index under a name. */
export interface NamedIndex {
  readonly name: string;
  readonly index: string;
}

/**
 * What the indices of a side's parts say of the tensor's own axes. The halves of one axis that the automatic arrangement
 * has split (`out`, `out2`) are one index again where the side has both; where the other side has the second, the first
 * tells the index at which it begins, and the second what is added: `out 8` and `out +3`.
 * @param at an index per part
 * @param all the parts of both sides
 */
export function nameIndices(parts: readonly AxisPart[], at: readonly number[], all: readonly AxisPart[]): NamedIndex[] {
  const minor = (major: AxisPart): AxisPart | undefined => all.find((p) => p.axis === major.axis && p.name === `${major.name}2`);
  return parts.flatMap((part, i): NamedIndex[] => {
    const major = all.find((p) => minor(p) === part);
    if (major) return parts.includes(major) ? [] : [{name: part.order ? `${major.name} rank` : major.name, index: `+${at[i]!}`}];
    const half = minor(part);
    if (!half) {
      // of an axis in another order, what stands there; of one that is split, as into gates, its own part of that
      const own = part.order ? Math.floor(part.order[at[i]! * part.step!]! / part.step!) % part.size : at[i]!;
      return [{name: part.name, index: part.labels?.[own] ?? String(own)}];
    }
    const rest = parts.indexOf(half);
    const position = at[i]! * half.size + (rest < 0 ? 0 : at[rest]!);
    // where the other side has the second half, ranks are told: which indices stand there only both sides tell
    if (part.order && rest < 0 && half.size > 1) return [{name: `${part.name} rank`, index: String(position)}];
    return [{name: part.name, index: String(part.order ? part.order[position]! : position)}];
  });
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
  return arrangement.axes.map((parts) => {
    const position = parts.reduce((index, part) => index * part.size + at.get(part)!, 0);
    return parts[0]?.order ? parts[0].order[position]! : position;
  });
}

function position(parts: readonly AxisPart[], at: ReadonlyMap<AxisPart, number>): number {
  if (!parts.length) return 0;
  const inner = innerOf(parts);
  const within = parts[0]!.side ? position(parts.slice(1), at) : parts.slice(1).reduce((sum, part) => sum * part.size + at.get(part)!, 0);
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
    const order = parts[0]?.order;
    let rest = order ? order.indexOf(index[axis]!) : index[axis]!;
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
