import type {Values} from '../tensor/types.js';
import {type Arrangement, type AxisPart} from './arrange.js';
import {gapOf, type Plane} from './plane.js';

/** Which item of a group each position along it belongs to. */
function items(parts: readonly AxisPart[], length: number): Int32Array {
  const inner = parts.slice(1).reduce((n, p) => n * p.size, 1);
  const pitch = inner + gapOf(parts);
  // a plain axis is no grid: all of it is one tile
  return Int32Array.from({length}, (_, i) => (parts.length > 1 ? Math.floor(i / pitch) : 0));
}

/**
 * Makes the tiles, rows or columns of a plane comparable, for `domain-per`: each is mapped to [0, 1] by its own finite
 * range, or about `center` to [-1, 1] by its own greatest distance from it. NaN and infinities stay; what is constant
 * becomes 0.5, or 0.
 * @returns values in the data's own order, so that the same plane reads them
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
  const count = (length: number): Int32Array => Int32Array.from({length}, (_, i) => i);
  const zero = (length: number): Int32Array => new Int32Array(length);
  const rowGroup = per === 'row' ? count(rows) : per === 'column' ? zero(rows) : items(arrangement.rows, rows);
  const colGroup = per === 'column' ? count(cols) : per === 'row' ? zero(cols) : items(arrangement.cols, cols);
  const across = (colGroup.at(-1) ?? 0) + 1;
  const groups = ((rowGroup.at(-1) ?? 0) + 1) * across;
  const min = new Float64Array(groups).fill(Infinity);
  const max = new Float64Array(groups).fill(-Infinity);
  const out = new Float32Array(data.length);
  for (const pass of [0, 1]) {
    for (let r = 0; r < rows; r++) {
      if (rowOffset[r]! < 0) continue;
      for (let c = 0; c < cols; c++) {
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
      if ((r & 63) === 63) yield (pass + r / rows) / 2;
    }
  }
  return out;
}
