import {channels, ENTRIES, type Rgba, rgba} from './palette.js';
import type {ColorScale} from './scale.js';

/** The share of a colour that is left of what is dimmed. */
const DIMMED = 0.14;

/** The same scale, whose colours of values outside of a range are nearly those of the background. */
export function dimBeyond(scale: ColorScale, [lo, hi]: readonly [number, number], background: Rgba): ColorScale {
  const {palette: whole, domain} = scale;
  const back = channels(background);
  const dim = (color: Rgba): Rgba => rgba(...(channels(color).map((c, i) => Math.round(c * DIMMED + back[i]! * (1 - DIMMED))) as [number, number, number]));
  const at = (v: number): number => scale.toUnit(v) * (ENTRIES - 1);
  // an entry stands for the values nearest to it: those at the ends are in
  const [from, to] = [Math.round(at(Math.max(lo, domain[0]))), Math.round(at(Math.min(hi, domain[1])))];
  const table = whole.table.map((color, i) => (lo <= domain[1] && hi >= domain[0] && i >= from && i <= to ? color : dim(color)));
  return {...scale, palette: {...whole, table, under: lo < domain[0] ? whole.under : dim(whole.under), over: hi > domain[1] ? whole.over : dim(whole.over)}};
}
