import {plainValue} from '../color/format.js';
import type {Arrangement, AxisPart} from '../compute/arrange.js';
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

function* csvRows({plane, arrangement, slice, values, whole, inView}: HeatmapView, view: boolean): Generator<number, string> {
  if (!plane || !arrangement || !values) throw new Problem('valuesNone');
  const pair = whole?.dtype === 'complex64';
  const {data, dtype} = pair ? whole : values;
  const faces = pair ? [' re', ' im'] : [''];
  const {r0, r1, c0, c1} = view ? inView : {r0: 0, r1: plane.rows, c0: 0, c1: plane.cols};
  const cols = filled(plane.colOffset, c0, c1);
  const n = faces.length;
  const name = (parts: readonly AxisPart[], position: number): string => placeName(parts, partsAt(parts, position)!, arrangement);
  // the corner has room for what all cells have in common
  const corner = placeName(arrangement.slices, slice, arrangement);
  const lines = [yield* csvRow(corner, n * cols.length, (i) => name(arrangement.cols, cols[Math.floor(i / n)]!) + faces[i % n]!)];
  let length = 0;
  for (let r = r0; r < r1; r++) {
    const offset = plane.rowOffset[r]!;
    if (offset < 0) continue;
    const from = plane.base + offset;
    const line = yield* csvRow(name(arrangement.rows, r), n * cols.length, (i) => plainValue(data[n * (from + plane.colOffset[cols[Math.floor(i / n)]!]!) + (i % n)]!, pair ? 'float32' : dtype));
    length += line.length;
    if (length > LONGEST) throw new Problem('csvTooLong', {n: plane.cells});
    lines.push(line);
  }
  return lines.join('');
}

/**
 * The plane as a table, gaps left out: each row and column named by its place. A tensor with sliders gives the slice
 * that is shown, named in the first cell: `i=0 o=3`. Complex numbers stand in two columns, `re` and `im`.
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
