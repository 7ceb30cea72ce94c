import {plainValue} from '../color/format.js';
import type {Arrangement, AxisPart} from '../compute/arrange.js';
import {foldedOf} from '../compute/folded.js';
import {nameIndices, partsAt, type Plane} from '../compute/plane.js';
import {runSliced} from '../compute/slices.js';
import {csvLine, toNPY} from '../tensor/files.js';
import type {TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/reading.js';
import type {HeatmapView} from './heatmap-view.js';

/** A place: `in=3 out=5`. */
const placeName = (parts: readonly AxisPart[], at: readonly number[], {rows, cols}: Arrangement): string =>
  nameIndices(parts, at, [...rows, ...cols]).map(({name, index}) => `${name}=${index}`).join(' ');

/** Cells written between two yields to the page. */
const CHUNK = 4000;
/** Characters that a string can hold, with room to spare. */
const LONGEST = 2 ** 28;

/** The positions from `from` to `to` that are no gaps. */
function filled(offset: Int32Array, from: number, to: number): number[] {
  const out: number[] = [];
  for (let i = from; i < to; i++) if (offset[i]! >= 0) out.push(i);
  return out;
}

/** One line, in pieces: a row may hold millions of cells. */
function* csvRow(first: string, n: number, cell: (i: number) => string): Generator<number, string> {
  const pieces = [csvLine([first]).slice(0, -2)];
  for (let from = 0; from < n; from += CHUNK) {
    const cells = Array.from({length: Math.min(CHUNK, n - from)}, (_, i) => cell(from + i));
    pieces.push(csvLine(cells).slice(0, -2));
    yield 0;
  }
  return `${pieces.join(',')}\r\n`;
}

/** Lines of a table, and its columns: where each column lies in the plane for each of the lines of a row. */
interface Lines {
  readonly count: number;
  readonly name: (i: number) => string;
  readonly blocks: readonly {readonly at: number | null; readonly cols: readonly (number | undefined)[]}[];
}

/**
 * A row of the plane is a line. Where filters in another order are folded into a grid, only row and column together tell
 * which stands in a tile: there each tile has lines of its own, one below the other.
 */
function linesOf(arrangement: Arrangement, fold: AxisPart | undefined, cols: readonly number[]): Lines {
  const parts = arrangement.cols.filter((part) => part !== fold);
  const name = (at: readonly number[]): string => placeName(parts, at, arrangement);
  if (!fold) return {count: cols.length, name: (i) => name(partsAt(parts, cols[i]!)!), blocks: [{at: null, cols}]};
  const where = arrangement.cols.indexOf(fold);
  const names = new Map<number, string>();
  const blocks: (number | undefined)[][] = [];
  for (const col of cols) {
    const at = partsAt(arrangement.cols, col)!;
    const rest = at.filter((_, i) => i !== where);
    const place = rest.reduce((n, i, k) => n * parts[k]!.size + i, 0);
    names.set(place, name(rest));
    (blocks[at[where]!] ??= [])[place] = col;
  }
  const places = [...names.keys()].sort((a, b) => a - b);
  return {count: places.length, name: (i) => names.get(places[i]!)!, blocks: [...blocks.keys()].filter((at) => at in blocks).map((at) => ({at, cols: places.map((place) => blocks[at]![place])}))};
}

/** Where a place of values in another order lies in the tensor itself. */
function ownPlace({shape, orders = []}: TensorValues): (at: number) => number {
  const axes = orders.map(({axis, positions}) => ({positions, inner: shape.slice(axis + 1).reduce((n, size) => n * size, 1)}));
  return (flat) =>
    axes.reduce((at, {positions, inner}) => {
      const k = Math.floor(at / inner) % positions.length;
      return at + (positions[k]! - k) * inner;
    }, flat);
}

function* csvRows({plane, arrangement, slice, values, whole, inView}: HeatmapView, view: boolean): Generator<number, string> {
  if (!plane || !arrangement || !values) throw new Problem('valuesNone');
  const pair = whole?.dtype === 'complex64';
  const {data, dtype} = pair ? whole : values;
  const faces = pair ? [' re', ' im'] : [''];
  const {r0, r1, c0, c1} = view ? inView : {r0: 0, r1: plane.rows, c0: 0, c1: plane.cols};
  const cols = filled(plane.colOffset, c0, c1);
  const n = faces.length;
  const {rows} = arrangement;
  const fold = foldedOf(arrangement);
  const {count, name, blocks} = linesOf(arrangement, fold, cols);
  // the whole of a complex tensor stays as it is
  const own = pair ? ownPlace(values) : (at: number): number => at;
  // the corner has room for what all cells have in common
  const corner = placeName(arrangement.slices, slice, arrangement);
  const lines = [yield* csvRow(corner, n * count, (i) => name(Math.floor(i / n)) + faces[i % n]!)];
  let length = 0;
  for (let r = r0; r < r1; r++) {
    const offset = plane.rowOffset[r]!;
    if (offset < 0) continue;
    const from = plane.base + offset;
    const at = partsAt(rows, r)!;
    for (const block of blocks) {
      const first = block.at === null ? placeName(rows, at, arrangement) : placeName([...rows, fold!], [...at, block.at], arrangement);
      const line = yield* csvRow(first, n * count, (i) => {
        const col = block.cols[Math.floor(i / n)];
        return col === undefined ? '' : plainValue(data[n * own(from + plane.colOffset[col]!) + (i % n)]!, pair ? 'float32' : dtype);
      });
      length += line.length;
      if (length > LONGEST) throw new Problem('csvTooLong', {n: plane.cells});
      lines.push(line);
    }
  }
  return lines.join('');
}

/**
 * The plane as a table, gaps left out: each row and column named by its place. A tensor with sliders gives the slice
 * that is shown, named in the first cell: `i=0 o=3`. Complex numbers stand in two columns, `re` and `im`. A grid of
 * filters that stand in another order is unfolded, so that each row names its filter.
 * @param inView only the cells in view
 * @returns rejects with a Problem where there is no tensor, or the text would be too long for a string
 */
export const heatmapCSV = (view: HeatmapView, inView: boolean): Promise<string> => runSliced(csvRows(view, inView));

function* pickRows(plane: Plane, {data}: TensorValues, rows: readonly number[], cols: readonly number[]): Generator<number, Values> {
  const out = new (data.constructor as Float32ArrayConstructor)(rows.length * cols.length);
  let at = 0;
  for (const r of rows) {
    const from = plane.base + plane.rowOffset[r]!;
    for (let c = 0; c < cols.length; c++) {
      out[at++] = data[from + plane.colOffset[cols[c]!]!]!;
      if (!(at & 0xffff)) yield at / out.length;
    }
  }
  return out;
}

/**
 * The tensor in its own shape and dtype as a NumPy file; with `view` the cells in view, as a matrix.
 * @returns rejects with a Problem where there is no tensor
 */
export async function heatmapNPY({plane, values, whole, inView}: HeatmapView, view: boolean): Promise<Uint8Array<ArrayBuffer>> {
  if (!plane || !values) throw new Problem('valuesNone');
  if (!view) return toNPY(whole ?? values);
  const rows = filled(plane.rowOffset, inView.r0, inView.r1);
  const cols = filled(plane.colOffset, inView.c0, inView.c1);
  return toNPY({shape: [rows.length, cols.length], dtype: values.dtype, data: await runSliced(pickRows(plane, values, rows, cols))});
}
