import {formatCount, formatShort, formatShare} from '../color/format.js';
import {channels, cssColor} from '../color/palette.js';
import {colorOf, type ColorScale, resolveScale, type ScaleSettings} from '../color/scale.js';
import type {Attribution, AttributionMethod, InputMap} from '../attribution/attribution.js';
import type {TensorValues} from '../tensor/types.js';
import type {WordKey, WordParams} from '../words/gradient.js';
import type {Axis, Figure, Mark, Note, Panel, Reading} from './types.js';

/** What was looked at: one example of an input, without the axis of examples. */
export interface Looked {
  readonly values: TensorValues;
  /** As it went in, where it is a picture. */
  readonly picture: ImageData | null;
  /** What each token is called. */
  readonly tokens: readonly string[] | null;
}

/** One map with what it is of. */
export interface Shot {
  readonly looked: Looked;
  readonly map: Attribution;
}

export interface AttributionSettings {
  /** 0 to 1. */
  readonly opacity: number;
  /** Values below 0 are told from those above; else only how large they are. */
  readonly signed: boolean;
  /** Share of all that is attributed which the largest values hold that are drawn alike. */
  readonly clip: number;
  /** How values become colours; the domain `auto` goes by `clip`. By default that, signed about 0. */
  readonly color?: ScaleSettings;
  readonly lang: string;
  readonly say: (key: WordKey, params?: WordParams) => string;
}

/** Deletion or insertion: the score as more and more of the input is taken away, or put back. */
export interface Faithfulness {
  readonly share: Float64Array;
  readonly deletion: Float64Array;
  readonly insertion: Float64Array;
}

/** A picture's height, width and channels; `null` for what is none. */
export function pictureShape({shape}: Pick<TensorValues, 'shape'>): {h: number; w: number; c: number} | null {
  const [h = 0, w = 0, c = 1] = shape;
  return shape.length === 3 && h > 3 && w > 3 && (c === 1 || c === 3 || c === 4) ? {h, w, c} : shape.length === 2 && h > 12 && w > 12 ? {h, w, c: 1} : null;
}

/** A map with a value for each place: channels are summed, with their signs or without. */
export function placesOf({data, shape}: Pick<InputMap, 'data' | 'shape'>, places: number, signed: boolean): Float32Array {
  const per = Math.max(1, Math.round(data.length / places));
  const out = new Float32Array(places);
  for (let i = 0; i < places; i++) {
    let sum = 0;
    for (let k = 0; k < per; k++) sum += signed ? data[i * per + k]! : Math.abs(data[i * per + k]!);
    out[i] = sum;
  }
  void shape;
  return out;
}

/**
 * The magnitude that stands for full colour: the least of the largest values that together hold `clip` of the sum of
 * magnitudes, as Captum's visualize_image_attr has it (outlier_perc). 0 where all is 0.
 */
export function reachOf(values: Float32Array, clip: number): number {
  const sorted = Float32Array.from(values, Math.abs).filter(Number.isFinite).sort();
  const total = sorted.reduce((a, b) => a + b, 0);
  let held = 0;
  for (let i = sorted.length - 1; i >= 0; i--) {
    held += sorted[i]!;
    if (held >= clip * total) return sorted[i]!;
  }
  return 0;
}

/** The scale of some maps. @param reach the magnitude that stands for full colour */
function scaleFor(maps: readonly Float32Array[], reach: number, {signed, color}: AttributionSettings): ColorScale {
  const r = reach || 1;
  const {scheme = null, reverse = false, domain = 'auto', center = 0, transform = 'linear'} = color ?? {};
  let known: Float32Array | null = null;
  const sorted = (): Float32Array => (known ??= Float32Array.from(maps.flatMap((values) => Array.from(values.filter(Number.isFinite)))).sort());
  const below = (v: number): number => {
    let [lo, hi] = [0, sorted().length];
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (sorted()[mid]! < v) lo = mid + 1;
      else hi = mid;
    }
    return lo / Math.max(1, sorted().length);
  };
  const settings: ScaleSettings = {
    scheme: scheme ?? (signed ? null : 'inferno'), reverse, center: signed ? center : null, transform,
    domain: domain === 'auto' || domain === 'shared' ? (signed ? [-r, r] : [0, r]) : domain,
  };
  return resolveScale(settings, {
    min: signed ? -r : 0, max: r,
    quantile: (q) => sorted()[Math.round(q * (sorted().length - 1))] ?? 0,
    rank: below,
    ...(transform === 'log' && {leastPositive: sorted().find((v) => v > 0)}),
  });
}

/** A method's name in words. */
const METHOD_WORDS: Readonly<Record<AttributionMethod, WordKey>> = {
  gradient: 'methodGradient', 'gradient-x-input': 'methodTimesInput', smoothgrad: 'methodSmoothgrad', 'integrated-gradients': 'methodIntegrated', 'guided-backprop': 'methodGuided', 'grad-cam': 'methodGradCam', 'grad-cam++': 'methodGradCamPlus', occlusion: 'methodOcclusion',
};
export const methodWord = (method: AttributionMethod): WordKey => METHOD_WORDS[method];

/** The map of a shot's first input at the places of what was looked at, and what stands for full colour. */
function drawn({map, looked}: Shot, {signed, clip}: AttributionSettings): {values: Float32Array; reach: number; places: number} {
  const shape = pictureShape(looked.values);
  const places = shape ? shape.h * shape.w : map.atEmbedding ? map.data.length : signalShape(looked.values)?.n ?? looked.values.data.length;
  const values = placesOf(map, places, signed);
  return {values, reach: reachOf(values, clip), places};
}

/** A signal's length and channels; `null` for what is no sequence. */
function signalShape({shape}: Pick<TensorValues, 'shape'>): {n: number; c: number} | null {
  const [n = 0, c = 1] = shape;
  return shape.length <= 2 && n > 40 ? {n, c} : shape.length === 2 ? {n, c} : null;
}

/**
 * Draws maps over what they are of: pictures, signals, features, tokens. Maps of one method share the magnitude of full
 * colour, so that several inputs can be compared; those of different methods have other units, and each its own.
 */
export function attributionFigure(shots: readonly Shot[], curves: Faithfulness | null, settings: AttributionSettings): Figure {
  const {say, lang} = settings;
  const all = shots.map((shot) => drawn(shot, settings));
  const reachFor = (i: number): number => Math.max(...shots.flatMap((s, k) => (s.map.method === shots[i]!.map.method ? [all[k]!.reach] : [])));
  const scales = new Map<string, ColorScale>();
  // maps of one method share a scale; `shared` is one for all
  const shared = settings.color?.domain === 'shared';
  const scaleOf = (i: number): ColorScale => {
    const key = shared ? '' : shots[i]!.map.method;
    const own = shots.flatMap((s, k) => (shared || s.map.method === key ? [all[k]!] : []));
    let scale = scales.get(key);
    if (!scale) scales.set(key, (scale = scaleFor(own.map(({values}) => values), Math.max(...own.map(({reach}) => reach)), settings)));
    return scale;
  };
  // those of several methods have a colour bar each
  const several = !shared && new Set(shots.map(({map}) => map.method)).size > 1;
  const panels: Panel[] = [];
  const notes: Note[] = [];
  shots.forEach((shot, i) => {
    const {map, looked} = shot;
    const shape = pictureShape(looked.values);
    const reach = reachFor(i);
    const title = `${say(methodWord(map.method))}: ${map.target.name ?? map.target.index ?? say('attributionOwn')}`;
    const key = `map ${i}`;
    if (shape && looked.picture && i === 0) panels.push({...picturePanel('input', looked.picture), title: say('mapInput')});
    const values = all[i]!.values;
    const colored = {colored: true, ...(several && {bar: () => scaleOf(i)})};
    if (shape) panels.push({...imagePanel(key, title, shot, values, scaleOf(i), settings), ...colored});
    else if (map.atEmbedding || (looked.tokens && looked.values.dtype === 'int32')) panels.push({...tokenPanel(key, title, shot, values, scaleOf(i), settings), ...colored});
    else if (signalShape(looked.values) && looked.values.data.length > 40) panels.push({...signalPanel(key, title, shot, values, scaleOf(i), settings), ...colored});
    else panels.push(featurePanel(key, title, shot, values, settings));
    if (map.completenessGap !== undefined) {
      const change = map.score - (map.baselineScore ?? 0);
      notes.push({
        text: say('attributionGap', {method: say(methodWord(map.method)), gap: formatShort(map.completenessGap), share: change ? formatShare(Math.abs(map.completenessGap / change), lang) : '–', change: formatShort(change, 4), steps: formatCount(map.steps ?? 0, lang)}),
        alert: Math.abs(map.completenessGap) > 0.05 * Math.abs(change),
      });
    }
    if (reach === 0) notes.push({text: say('attributionZero', {method: say(methodWord(map.method))}), alert: true});
    if (map.camLayer !== undefined) notes.push({text: say('mapLayer', {layer: map.camLayer})});
  });
  if (curves) panels.push(curvePanel(curves, settings));
  const [first] = shots;
  const rows = first ? all[0]!.values.length : 0;
  return {
    label: say('attributionTitle'),
    facts: first ? say('attributionFacts', {target: first.map.target.name ?? String(first.map.target.index ?? ''), score: formatShort(first.map.score, 4)}) : '',
    panels,
    legend: [],
    notes,
    ...(panels.some(({colored}) => colored) && {bar: () => scaleOf(0)}),
    table: {
      columns: ['place', ...shots.map((s) => s.map.method)],
      rows,
      cell: (row, column) => (column ? (all[column - 1]!.values[row] ?? '') : (first!.looked.tokens?.[row] ?? row)),
    },
    metrics: {maps: shots.map(({map}) => map), ...(curves && {deletion: curves.deletion, insertion: curves.insertion})},
  };
}

const bare = (length: number, down = false): Axis => ({title: '', type: 'linear', domain: [0, length], bare: true, down});

function picturePanel(key: string, pixels: ImageData): Panel {
  const {width, height} = pixels;
  return {key, x: bare(width), y: bare(height, true), marks: [{kind: 'image', pixels, crisp: width < 100}], ratio: width / height, zoom: 'none'};
}

/** The picture in grey with the map's colour laid over it, the more the larger a value is. */
function imagePanel(key: string, title: string, {map, looked}: Shot, values: Float32Array, scale: ColorScale, settings: AttributionSettings): Panel {
  const {h, w} = pictureShape(looked.values)!;
  const {opacity, say} = settings;
  // the farther from the middle of the scale, the more it covers
  const middle = scale.diverging ? (scale.center ?? 0) : scale.domain[0];
  const reach = Math.max(Math.abs(scale.domain[0] - middle), Math.abs(scale.domain[1] - middle)) || 1;
  const pixels = new ImageData(w, h);
  const under = looked.picture && looked.picture.width === w && looked.picture.height === h ? looked.picture.data : null;
  const {data, length} = looked.values.data.length ? {data: looked.values.data, length: looked.values.data.length / (h * w)} : {data: new Float32Array(h * w), length: 1};
  let [lo, hi] = [Infinity, -Infinity];
  if (!under) for (const v of data) [lo, hi] = [Math.min(lo, v), Math.max(hi, v)];
  for (let i = 0; i < h * w; i++) {
    // Rec. 601
    const grey = under ? 0.299 * under[4 * i]! + 0.587 * under[4 * i + 1]! + 0.114 * under[4 * i + 2]! : (255 * (data[i * length]! - lo)) / (hi - lo || 1);
    const v = values[i]!;
    const [r, g, b] = channels(colorOf(Math.max(scale.domain[0], Math.min(scale.domain[1], v)), scale));
    const a = Number.isFinite(v) ? opacity * Math.min(1, Math.abs(v - middle) / reach) ** 0.5 : 1;
    pixels.data[4 * i] = grey * (1 - a) + a * r;
    pixels.data[4 * i + 1] = grey * (1 - a) + a * g;
    pixels.data[4 * i + 2] = grey * (1 - a) + a * b;
    pixels.data[4 * i + 3] = 255;
  }
  const read = (i: number): Reading => ({value: formatShort(values[i]!, 4), place: say('attributionPixel', {x: i % w, y: Math.floor(i / w)}), indices: null, series: map.method, datum: {x: i % w, y: Math.floor(i / w), attribution: values[i]!}});
  return {key, title, x: bare(w), y: bare(h, true), marks: [{kind: 'image', pixels, crisp: w < 100, read}], ratio: w / h};
}

/** A signal with each point's attribution as a coloured band behind it. */
function signalPanel(key: string, title: string, {map, looked}: Shot, values: Float32Array, scale: ColorScale, {say, lang, opacity}: AttributionSettings): Panel {
  const {n, c} = signalShape(looked.values)!;
  const {data} = looked.values;
  let [lo, hi] = [Infinity, -Infinity];
  for (const v of data) if (Number.isFinite(v)) [lo, hi] = [Math.min(lo, v), Math.max(hi, v)];
  if (!(lo <= hi)) [lo, hi] = [0, 1];
  const room = (hi - lo) * 0.08 || 1;
  const x = Float64Array.from({length: n}, (_, i) => i);
  const clamp = (v: number): number => Math.max(scale.domain[0], Math.min(scale.domain[1], v));
  const band: Mark = {
    kind: 'bars', alpha: opacity, gap: 0,
    x0: x.map((v) => v - 0.5), x1: x.map((v) => v + 0.5), y0: new Float64Array(n).fill(lo - room), y1: new Float64Array(n).fill(hi + room),
    inks: Array.from(values.subarray(0, n), (v) => cssColor(colorOf(clamp(v), scale))),
  };
  const lines = Array.from({length: Math.min(c, 8)}, (_, k): Mark => ({
    kind: 'line', color: 'text', width: 1.2, points: {x, y: Float64Array.from(x, (_v, i) => data[i * c + k]!)},
    read: (i) => ({value: formatShort(values[i]!, 4), place: `${say('plotIndex')} ${formatCount(i, lang)} · ${say('plotValue')} ${formatShort(data[i * c + k]!, 4)}`, indices: null, series: map.method, datum: {index: i, value: data[i * c + k]!, attribution: values[i]!}}),
  }));
  return {key, title, x: {title: say('plotIndex'), type: 'linear', domain: [-0.5, n - 0.5], whole: true}, y: {title: say('plotValue'), type: 'linear', domain: [lo - room, hi + room]}, marks: [band, ...lines], hover: 'x'};
}

/** A bar for each feature. */
function featurePanel(key: string, title: string, {map, looked}: Shot, values: Float32Array, {say, signed}: AttributionSettings): Panel {
  const n = values.length;
  const {data} = looked.values;
  const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
  const slots = Float64Array.from({length: n}, (_, i) => i);
  const name = (i: number): string => looked.tokens?.[i] ?? String(i);
  const bars: Mark = {
    kind: 'bars', x0: new Float64Array(n), x1: values, y0: slots.map((v) => v + 0.1), y1: slots.map((v) => v + 0.9), inks: Array.from(values, (v) => (v < 0 ? 0 : 1)), labels: Array.from(values, (v) => formatShort(v)),
    read: (i) => ({value: formatShort(values[i]!, 4), place: `${name(i)} · ${say('plotValue')} ${formatShort(data[i]!, 4)}`, indices: null, series: map.method, datum: {feature: i, value: data[i]!, attribution: values[i]!}}),
  };
  return {key, title, x: {title: say('attributionAxis'), type: 'linear', domain: [signed ? -most * 1.2 : 0, most * 1.2]}, y: {title: '', type: 'band', domain: [0, n], labels: slots.length ? Array.from(slots, (_, i) => `${name(i)} = ${formatShort(data[i]!)}`) : [], down: true}, marks: [{kind: 'rule', x: 0, dash: []}, bars], zoom: n > 40 ? 'both' : 'none'};
}

/** The input as a text, each token on the colour of its attribution. */
function tokenPanel(key: string, title: string, {map, looked}: Shot, values: Float32Array, scale: ColorScale, {say}: AttributionSettings): Panel {
  const texts = Array.from(values, (_, i) => looked.tokens?.[i] ?? String(looked.values.data[i] ?? i));
  const mark: Mark = {
    kind: 'chips', texts, values, scale: () => scale,
    read: (i) => ({value: formatShort(values[i]!, 4), place: say('attributionToken', {token: texts[i]!, at: i}), indices: null, series: map.method, datum: {token: i, attribution: values[i]!}}),
  };
  const side: Axis = {title: '', type: 'linear', domain: [0, 1], bare: true};
  return {key, title, x: side, y: {...side, down: true}, marks: [mark]};
}

function curvePanel({share, deletion, insertion}: Faithfulness, {say}: AttributionSettings): Panel {
  const all = [...deletion, ...insertion].filter(Number.isFinite);
  const [lo, hi] = [Math.min(0, ...all), Math.max(...all, 0)];
  const read = (ys: Float64Array, word: WordKey) => (i: number): Reading => ({value: `${say(word)} ${formatShort(ys[i]!, 4)}`, place: say('attributionShare', {share: formatShort(100 * share[i]!)}), indices: null, series: word, datum: {share: share[i]!, score: ys[i]!}});
  return {
    key: 'curves', title: say('attributionCurves'), hover: 'x',
    x: {title: say('attributionShareAxis'), type: 'linear', domain: [0, 1]},
    y: {title: say('plotScore'), type: 'linear', domain: [lo, hi + (hi - lo) * 0.05 || 1]},
    marks: [
      {kind: 'line', color: 1, points: {x: share, y: deletion}, read: read(deletion, 'attributionDeletion')},
      {kind: 'line', color: 0, dash: [6, 3], points: {x: share, y: insertion}, read: read(insertion, 'attributionInsertion')},
    ],
  };
}
