import type {Arrangement, AxisPart} from './arrange.js';

/**
 * The part of the columns whose other half the automatic arrangement has put into the rows, of an axis in another order:
 * only row and column together tell which index stands there.
 */
export function foldedOf({rows, cols}: Arrangement): AxisPart | undefined {
  return cols.find((p) => p.order && rows.some((q) => q.axis === p.axis && (p.name === `${q.name}2` || q.name === `${p.name}2`)));
}
