import {channels, ENTRIES} from '../color/palette.js';
import type {ColorScale, SpecialColors} from '../color/scale.js';
import type {Looked} from './map-places.js';

// A map over its picture, in steps that are kept: only the last depends on how opaque the map is.

const kept = new WeakMap<object, Uint8Array>();

/** What was looked at, in grey: 0 to 255 for each place. */
export function greyOf({picture, values}: Looked, places: number): Uint8Array {
  const of = picture && picture.width * picture.height === places ? picture : values?.data;
  const known = of && kept.get(of);
  if (known) return known;
  const grey = new Uint8Array(places).fill(127);
  if (of === picture && picture) {
    const {data} = picture;
    // Rec. 601
    for (let i = 0; i < places; i++) grey[i] = 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!;
  } else if (values?.data.length) {
    const {data} = values;
    const per = data.length / places;
    let [lo, hi] = [Infinity, -Infinity];
    for (let i = 0; i < data.length; i++) {
      const v = data[i]!;
      if (v < lo && v !== -Infinity) lo = v;
      if (v > hi && v !== Infinity) hi = v;
    }
    const scale = 255 / (hi - lo || 1);
    for (let i = 0; i < places; i++) {
      const at = i * per;
      const v = per >= 3 ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]! : data[at]!;
      grey[i] = Math.min(255, Math.max(0, (v - lo) * scale));
    }
  }
  if (of) kept.set(of, grey);
  return grey;
}

/** After the palette's entries: what has no colour, as it is the middle of the scale, and what is not finite. */
const [NONE, NAN, POSITIVE, NEGATIVE] = [ENTRIES, ENTRIES + 1, ENTRIES + 2, ENTRIES + 3] as const;

const indexed = new WeakMap<Float32Array, {readonly scale: ColorScale; readonly indices: Uint16Array}>();

/** Each value's entry in the palette. */
function indicesOf(values: Float32Array, scale: ColorScale, middle: number): Uint16Array {
  const known = indexed.get(values);
  if (known?.scale === scale) return known.indices;
  const indices = new Uint16Array(values.length);
  const {toUnit} = scale;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v - v !== 0) {
      indices[i] = v > 0 ? POSITIVE : v < 0 ? NEGATIVE : NAN;
      continue;
    }
    const t = toUnit(v);
    indices[i] = v === middle ? NONE : t > 0 ? Math.min(1, t) * (ENTRIES - 1) + 0.5 : 0;
  }
  indexed.set(values, {scale, indices});
  return indices;
}

/**
 * The picture in grey with the map's colour laid over it, the more the farther a value is from the middle of the scale.
 * Values that are not finite have colours of their own, which are opaque.
 */
export function mapPixels(values: Float32Array, grey: Uint8Array, [width, height]: readonly [number, number], scale: ColorScale, special: SpecialColors, opacity: number): ImageData {
  const middle = scale.diverging ? (scale.center ?? 0) : scale.domain[0];
  const reach = Math.max(Math.abs(scale.domain[0] - middle), Math.abs(scale.domain[1] - middle)) || 1;
  const indices = indicesOf(values, scale, middle);
  const [cover, red, green, blue] = [0, 1, 2, 3].map(() => new Float32Array(ENTRIES + 4)) as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let k = 0; k < ENTRIES + 4; k++) {
    const color = k < ENTRIES ? scale.palette.table[k]! : k === NAN ? special.nan : k === POSITIVE ? special.positiveInfinity : k === NEGATIVE ? special.negativeInfinity : 0;
    const a = k < ENTRIES ? opacity * Math.min(1, Math.abs(scale.fromUnit(k / (ENTRIES - 1)) - middle) / reach) ** 0.5 : k === NONE ? 0 : 1;
    const [r, g, b] = channels(color);
    [cover[k], red[k], green[k], blue[k]] = [1 - a, a * r, a * g, a * b];
  }
  const pixels = new ImageData(width, height);
  const out = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < out.length; i++) {
    const k = indices[i]!;
    const ground = cover[k]! * grey[i]! + 0.5;
    out[i] = (255 << 24) | ((ground + blue[k]!) << 16) | ((ground + green[k]!) << 8) | (ground + red[k]!);
  }
  return pixels;
}

/** How finely each line of hatching is looked at. */
const LOOKS = 420;

/** Lines as points, parted where x is NaN. */
export interface Hatching {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

const hatchings = new WeakMap<Float32Array, {readonly key: string; readonly lines: Hatching | null}>();

/**
 * Slanting lines over the cells of a map that lie below `-least`, from (x0, y0) to (x1, y1); `null` where none does.
 * @param aspect the panel's width over its height
 * @param count lines that meet the longer side
 */
export function hatchingOf(values: Float32Array, [cols, rows]: readonly [number, number], [x0, y0, x1, y1]: readonly [number, number, number, number], aspect: number, least: number, count: number): Hatching | null {
  const key = JSON.stringify([cols, rows, x0, y0, x1, y1, aspect, least, count]);
  const known = hatchings.get(values);
  if (known?.key === key) return known.lines;
  const [x, y]: [number[], number[]] = [[], []];
  const step = Math.max(1, aspect) / count;
  // along u + v = k, u going from 0 to the aspect and v from 0 to 1
  for (let k = step / 2; k < aspect + 1; k += step) {
    const [from, to] = [Math.max(0, k - 1), Math.min(aspect, k)];
    let begun = NaN;
    for (let i = 0; i <= LOOKS; i++) {
      const u = from + ((to - from) * (i + 0.5)) / LOOKS;
      const [col, row] = [Math.min(cols - 1, Math.floor((u / aspect) * cols)), Math.min(rows - 1, Math.max(0, Math.floor((k - u) * rows)))];
      const v = values[row * cols + col]!;
      const inside = i < LOOKS && v < -least && v !== -Infinity;
      const edge = from + ((to - from) * i) / LOOKS;
      if (inside && begun !== begun) begun = edge;
      else if (!inside && begun === begun) {
        for (const at of [begun, edge]) {
          x.push(x0 + (at / aspect) * (x1 - x0));
          y.push(y0 + (k - at) * (y1 - y0));
        }
        x.push(NaN);
        y.push(0);
        begun = NaN;
      }
    }
  }
  const lines = x.length ? {x: Float64Array.from(x), y: Float64Array.from(y)} : null;
  hatchings.set(values, {key, lines});
  return lines;
}
