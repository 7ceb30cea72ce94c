import {plainValue} from '../color/format.js';
import type {AxisPart} from '../compute/arrange.js';
import {partsAt} from '../compute/plane.js';
import {yieldToPage} from '../compute/slices.js';
import {csvLine, toNPY} from '../tensor/files.js';
import type {HeatmapView} from './heatmap-view.js';

/** A row's or a column's place: `in=3 out=5`. */
function name(parts: readonly AxisPart[], position: number): string {
  const at = partsAt(parts, position)!;
  return parts.map((p, i) => `${p.name}=${p.labels?.[at[i]!] ?? at[i]!}`).join(' ');
}

/** Cells between two yields to the page. */
const CHUNK = 20_000;
/** Characters that a string can hold, with room to spare. */
const LONGEST = 2 ** 28;

/**
 * The plane as a table, gaps left out: each row and column named by its place. A tensor with sliders gives the slice
 * that is shown.
 * @param view only the cells in view
 * @returns rejects with a RangeError where the text would be too long for a string
 */
export async function heatmapCSV({plane, arrangement, values, inView}: HeatmapView, view: boolean): Promise<string> {
  if (!plane || !arrangement || !values) return '';
  const {r0, r1, c0, c1} = view ? inView : {r0: 0, r1: plane.rows, c0: 0, c1: plane.cols};
  const cols: number[] = [];
  for (let c = c0; c < c1; c++) if (plane.colOffset[c]! >= 0) cols.push(c);
  const lines = [csvLine(['', ...cols.map((c) => name(arrangement.cols, c))])];
  let length = 0;
  for (let r = r0, work = 0; r < r1; r++) {
    const offset = plane.rowOffset[r]!;
    if (offset < 0) continue;
    const line = csvLine([name(arrangement.rows, r), ...cols.map((c) => plainValue(values.data[plane.base + offset + plane.colOffset[c]!]!, values.dtype))]);
    length += line.length;
    if (length > LONGEST) throw new RangeError(`A table of ${plane.cells} values is too long for one text; save them as .npy instead.`);
    lines.push(line);
    work += cols.length;
    if (work > CHUNK) {
      work = 0;
      await yieldToPage();
    }
  }
  return lines.join('');
}

/** The tensor in its own shape as a NumPy file; with `view` the cells in view, as a matrix. */
export function heatmapNPY({plane, values, inView}: HeatmapView, view: boolean): Uint8Array<ArrayBuffer> | null {
  if (!plane || !values) return null;
  if (!view) return toNPY(values);
  const pick = (offset: Int32Array, from: number, to: number): number[] => Array.from(offset.subarray(from, to)).filter((o) => o >= 0);
  const rows = pick(plane.rowOffset, inView.r0, inView.r1);
  const cols = pick(plane.colOffset, inView.c0, inView.c1);
  const data = new (values.data.constructor as Float32ArrayConstructor)(rows.length * cols.length);
  rows.forEach((r, i) => cols.forEach((c, j) => (data[i * cols.length + j] = values.data[plane.base + r + c]!)));
  return toNPY({shape: [rows.length, cols.length], dtype: values.dtype, data});
}
