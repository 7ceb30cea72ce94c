import {channels, type Rgba, rgba} from './palette.js';
import type {ColorScale} from './scale.js';

/** The share of a colour that is left of what is dimmed. */
const DIMMED = 0.14;

/** The same scale, whose colours of values outside of a range are nearly those of the background. */
export function dimBeyond(scale: ColorScale, [lo, hi]: readonly [number, number], background: Rgba): ColorScale {
  const back = channels(background);
  // a scale has a thousand colours, and a picture a million pixels
  const dimmed = new Map<Rgba, Rgba>();
  const dim = (color: Rgba): Rgba => {
    let to = dimmed.get(color);
    if (to === undefined) dimmed.set(color, (to = rgba(...(channels(color).map((c, i) => Math.round(c * DIMMED + back[i]! * (1 - DIMMED))) as [number, number, number]))));
    return to;
  };
  // by the value and not by its colour: all values beyond the domain have one, and neighbours share one
  return {...scale, dims: (color, v) => (v >= lo && v <= hi ? color : dim(color))};
}
