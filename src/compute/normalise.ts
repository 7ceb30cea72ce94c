import type {Values} from '../tensor/types.js';
import type {Arrangement, AxisPart} from './arrange.js';
import {gapOf, innerOf, type Plane} from './plane.js';

/** Cells looked at between two yields. */
const CHUNK = 1 << 18;

/** Numbers the groups along rows or columns: each position by itself, all as one, or by the items of a grid. Of states side by side all have the groups of the first, so that one can be told from the other. */
function groups(length: number, by: 'each' | 'one' | 'item', parts: readonly AxisPart[]): Int32Array {
  const out = new Int32Array(length);
  if (parts[0]?.side) {
    const one = groups(innerOf(parts), by, parts.slice(1));
    for (let from = 0; from < length; from += one.length + gapOf(parts)) out.set(one, from);
    return out;
  }
  if (by === 'each') for (let i = 0; i < length; i++) out[i] = i;
  // a plain axis is no grid: all of it is one tile
  else if (by === 'item' && parts.length > 1) {
    const pitch = innerOf(parts) + gapOf(parts);
    for (let item = 0; item * pitch < length; item++) out.fill(item, item * pitch, (item + 1) * pitch);
  }
  return out;
}

/**
 * Makes the tiles, rows or columns of a plane comparable, for `domain-per`: each is mapped to [0, 1] by its own finite
 * range, or about `center` to [-1, 1] by its own greatest distance from it. NaN and infinities stay; what is constant
 * becomes 0.5, or 0. States side by side have one range for both.
 * @returns values in the data's own order, so that the same plane reads them; NaN outside the plane
 * @yields share done
 */
export function* normalise(
  data: Values,
  plane: Plane,
  arrangement: Arrangement,
  per: 'tile' | 'row' | 'column',
  center: number | null,
): Generator<number, Float32Array> {
  const {rows, cols, rowOffset, colOffset, base} = plane;
  const rowGroup = groups(rows, per === 'row' ? 'each' : per === 'column' ? 'one' : 'item', arrangement.rows);
  const colGroup = groups(cols, per === 'column' ? 'each' : per === 'row' ? 'one' : 'item', arrangement.cols);
  const across = (colGroup.at(-1) ?? 0) + 1;
  const n = ((rowGroup.at(-1) ?? 0) + 1) * across;
  const min = new Float64Array(n).fill(Infinity);
  const max = new Float64Array(n).fill(-Infinity);
  const out = new Float32Array(data.length);
  // what lies in other slices is no part of the plane's range or median
  if (plane.cells < data.length) out.fill(NaN);
  for (const pass of [0, 1]) {
    for (let r = 0, work = 0; r < rows; r++) {
      if (rowOffset[r]! < 0) continue;
      for (let from = 0; from < cols; from += CHUNK) {
        const to = Math.min(cols, from + CHUNK);
        for (let c = from; c < to; c++) {
          if (colOffset[c]! < 0) continue;
          const at = base + rowOffset[r]! + colOffset[c]!;
          const v = data[at]!;
          const g = rowGroup[r]! * across + colGroup[c]!;
          if (!Number.isFinite(v)) out[at] = v;
          else if (!pass) {
            if (v < min[g]!) min[g] = v;
            if (v > max[g]!) max[g] = v;
          } else if (center === null) {
            out[at] = max[g]! > min[g]! ? (v - min[g]!) / (max[g]! - min[g]!) : 0.5;
          } else {
            const reach = Math.max(max[g]! - center, center - min[g]!);
            out[at] = reach > 0 ? (v - center) / reach : 0;
          }
        }
        work += to - from;
        if (work < CHUNK) continue;
        work = 0;
        yield (pass + r / rows) / 2;
      }
    }
  }
  return out;
}
