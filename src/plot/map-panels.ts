import {formatCount, formatShort} from '../color/format.js';
import {cssColor} from '../color/palette.js';
import {colorOf, type ColorScale, type SpecialColors} from '../color/scale.js';
import type {WordKey} from '../words/gradient.js';
import type {AttributionSettings, Drawn, Faithfulness} from './attribution-map.js';
import {greyOf, hatchingOf, mapPixels} from './map-pixels.js';
import type {Form} from './map-places.js';
import type {Axis, Mark, Panel, Reading} from './types.js';

// A panel for each form that a map is drawn in.

/** --tensorlens-nan and its like, as 0xAABBGGRR. */
const SPECIAL: SpecialColors = {nan: 0xffd400ff, positiveInfinity: 0xff3ce000, negativeInfinity: 0xffffc800};
/** Of full colour, what a value below 0 has at least that is hatched. */
export const HATCHED = 0.12;

const bare = (length: number, down = false): Axis => ({title: '', type: 'linear', domain: [0, length], bare: true, down});

export function picturePanel(key: string, pixels: ImageData): Panel {
  const {width, height} = pixels;
  return {key, x: bare(width), y: bare(height, true), marks: [{kind: 'image', pixels, crisp: width < 100}], ratio: width / height, zoom: 'none'};
}

type Content = Omit<Panel, 'key' | 'title'>;

/** Light lines with dark edges, which show on any colour, over what lies below 0: its colour is not to be all that tells. */
function hatching({values, lines}: Drawn, grid: readonly [number, number], box: readonly [number, number, number, number], aspect: number, scale: ColorScale, {signed}: AttributionSettings): Mark[] {
  const points = signed ? hatchingOf(values, grid, box, aspect, HATCHED * scale.domain[1], lines) : null;
  if (!points) return [];
  return [{kind: 'line', points, color: '#000', alpha: 0.3, width: 1.7}, {kind: 'line', points, color: '#fff', alpha: 0.7, width: 0.7}];
}

function pixelReading({shot, values}: Drawn, w: number, {say}: AttributionSettings): (i: number) => Reading {
  const {method = ''} = shot.map;
  return (i) => ({value: formatShort(values[i]!, 4), place: say('attributionPixel', {x: i % w, y: Math.floor(i / w)}), indices: null, series: method, datum: {x: i % w, y: Math.floor(i / w), attribution: values[i]!}});
}

/** The picture in grey with the map's colour laid over it, the more the larger a value is. */
export function imagePanel(drawn: Drawn, scale: ColorScale, settings: AttributionSettings): Content {
  const {form, looked, values} = drawn;
  const {h, w} = form as Form & {kind: 'picture'};
  const pixels = mapPixels(values, greyOf(looked, h * w), [w, h], scale, settings.special ?? SPECIAL, settings.opacity);
  return {
    x: bare(w), y: bare(h, true), ratio: w / h,
    marks: [{kind: 'image', pixels, crisp: w < 100, read: pixelReading(drawn, w, settings)}, ...hatching(drawn, [w, h], [0, 0, w, h], w / h, scale, settings)],
  };
}

/** The cells of a map whose input is no picture, or not known. */
export function planePanel(drawn: Drawn, scale: ColorScale, settings: AttributionSettings): Content {
  const {form, values} = drawn;
  const {rows, cols} = form as Form & {kind: 'plane'};
  const ratio = cols / rows;
  const [lo, hi] = scale.domain;
  // cut off as over a picture: what is beyond is no mistake
  const clamped = values.map((v) => (v - v === 0 ? Math.max(lo, Math.min(hi, v)) : v));
  const side = (n: number): Axis => ({title: '', type: 'band', domain: [0, n], bare: true});
  return {
    x: side(cols), y: {...side(rows), down: true}, ...(ratio <= 8 && ratio >= 1 / 8 && {ratio}),
    marks: [{kind: 'cells', rows, cols, values: clamped, scale: () => scale, read: pixelReading(drawn, cols, settings)}, ...hatching(drawn, [cols, rows], [0, 0, cols, rows], ratio, scale, settings)],
  };
}

/** A signal with each point's attribution as a coloured band behind it; where it is not known, the attribution as a line. */
export function signalPanel(drawn: Drawn, scale: ColorScale, settings: AttributionSettings): Content {
  const {shot, form, looked, values} = drawn;
  const {say, lang, opacity, special = SPECIAL} = settings;
  const {n, c} = form as Form & {kind: 'signal'};
  const {method = ''} = shot.map;
  const x = Float64Array.from({length: n}, (_, i) => i);
  const along: Axis = {title: say('plotIndex'), type: 'linear', domain: [-0.5, n - 0.5], whole: true};
  const at = (i: number): string => `${say('plotIndex')} ${formatCount(i, lang)}`;
  const data = looked.values?.data ?? values;
  let [lo, hi] = [Infinity, -Infinity];
  for (const v of data) if (Number.isFinite(v)) [lo, hi] = [Math.min(lo, v), Math.max(hi, v)];
  if (!(lo <= hi)) [lo, hi] = [0, 1];
  const room = (hi - lo) * 0.08 || 1;
  if (!looked.values) {
    const read = (i: number): Reading => ({value: formatShort(values[i]!, 4), place: at(i), indices: null, series: method, datum: {index: i, attribution: values[i]!}});
    return {x: along, y: {title: say('attributionAxis'), type: 'linear', domain: [Math.min(0, lo) - room, Math.max(0, hi) + room]}, marks: [{kind: 'rule', y: 0, dash: []}, {kind: 'line', points: {x, y: Float64Array.from(values)}, read}], hover: 'x'};
  }
  const inks = new Map<number, string>();
  const inkOf = (v: number): string => {
    const color = v - v === 0 ? colorOf(Math.max(scale.domain[0], Math.min(scale.domain[1], v)), scale) : v > 0 ? special.positiveInfinity : v < 0 ? special.negativeInfinity : special.nan;
    let ink = inks.get(color);
    if (!ink) inks.set(color, (ink = cssColor(color)));
    return ink;
  };
  const band: Mark = {
    kind: 'bars', alpha: opacity, gap: 0,
    x0: x.map((v) => v - 0.5), x1: x.map((v) => v + 0.5), y0: new Float64Array(n).fill(lo - room), y1: new Float64Array(n).fill(hi + room),
    inks: Array.from(values, inkOf),
  };
  const lines = Array.from({length: Math.min(c, 8)}, (_, k): Mark => ({
    kind: 'line', color: 'text', width: 1.2, points: {x, y: Float64Array.from(x, (_v, i) => data[i * c + k]!)},
    read: (i) => ({value: formatShort(values[i]!, 4), place: `${at(i)} · ${say('plotValue')} ${formatShort(data[i * c + k]!, 4)}`, indices: null, series: method, datum: {index: i, value: data[i * c + k]!, attribution: values[i]!}}),
  }));
  return {x: along, y: {title: say('plotValue'), type: 'linear', domain: [lo - room, hi + room]}, marks: [band, ...hatching(drawn, [n, 1], [-0.5, hi + room, n - 0.5, lo - room], 2, scale, settings), ...lines], hover: 'x'};
}

/** A bar for each feature. */
export function featurePanel({shot, looked, values}: Drawn, {say, lang, signed}: AttributionSettings): Content {
  const n = values.length;
  const data = looked.values?.data;
  const {method = ''} = shot.map;
  const finite = values.map((v) => (Number.isFinite(v) ? v : 0));
  const most = finite.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
  const slots = Float64Array.from({length: n}, (_, i) => i);
  const name = (i: number): string => looked.tokens?.[i] ?? (data ? String(i) : formatCount(i, lang));
  const bars: Mark = {
    kind: 'bars', x0: new Float64Array(n), x1: finite, y0: slots.map((v) => v + 0.1), y1: slots.map((v) => v + 0.9), inks: Array.from(values, (v) => (v < 0 ? 0 : 1)), labels: Array.from(values, (v) => formatShort(v)),
    read: (i) => ({value: formatShort(values[i]!, 4), place: data ? `${name(i)} · ${say('plotValue')} ${formatShort(data[i]!, 4)}` : name(i), indices: null, series: method, datum: {feature: i, ...(data && {value: data[i]!}), attribution: values[i]!}}),
  };
  return {x: {title: say('attributionAxis'), type: 'linear', domain: [signed ? -most * 1.2 : 0, most * 1.2]}, y: {title: '', type: 'band', domain: [0, n], labels: Array.from(slots, (_, i) => (data ? `${name(i)} = ${formatShort(data[i]!)}` : name(i))), down: true}, marks: [{kind: 'rule', x: 0, dash: []}, bars], zoom: n > 40 ? 'both' : 'none'};
}

/** The input as a text, each token on the colour of its attribution. */
export function tokenPanel({shot, looked, values}: Drawn, scale: ColorScale, {say}: AttributionSettings): Content {
  const texts = Array.from(values, (_, i) => looked.tokens?.[i] ?? String(looked.values?.data[i] ?? i));
  const {method = ''} = shot.map;
  const mark: Mark = {
    kind: 'chips', texts, values, scale: () => scale,
    read: (i) => ({value: formatShort(values[i]!, 4), place: say('attributionToken', {token: texts[i]!, at: i}), indices: null, series: method, datum: {token: i, attribution: values[i]!}}),
  };
  const side: Axis = {title: '', type: 'linear', domain: [0, 1], bare: true};
  return {x: side, y: {...side, down: true}, marks: [mark]};
}

export function curvePanel({share, deletion, insertion}: Faithfulness, title: string, {say}: AttributionSettings): Panel {
  const all = [...deletion, ...insertion].filter(Number.isFinite);
  const [lo, hi] = [Math.min(0, ...all), Math.max(...all, 0)];
  const read = (ys: Float64Array, word: WordKey) => (i: number): Reading => ({value: `${say(word)} ${formatShort(ys[i]!, 4)}`, place: say('attributionShare', {share: formatShort(100 * share[i]!)}), indices: null, series: word, datum: {share: share[i]!, score: ys[i]!}});
  return {
    key: 'curves', title, hover: 'x',
    x: {title: say('attributionShareAxis'), type: 'linear', domain: [0, 1]},
    y: {title: say('plotScore'), type: 'linear', domain: [lo, hi + (hi - lo) * 0.05 || 1]},
    marks: [
      {kind: 'line', color: 1, points: {x: share, y: deletion}, read: read(deletion, 'attributionDeletion')},
      {kind: 'line', color: 0, dash: [6, 3], points: {x: share, y: insertion}, read: read(insertion, 'attributionInsertion')},
    ],
  };
}
