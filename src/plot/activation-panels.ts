import type {EnteredFunction, LayerActivation} from '../activations/read.js';
import type {FunctionSummary, Maps} from '../compute/layer-summary.js';
import {formatCount, formatShare, formatShort, formatValue} from '../color/format.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import type {Plane} from '../compute/plane.js';
import type {PlotSettings} from './kind.js';
import type {Axis, CellsMark, Mark, Panel, Reading} from './types.js';

/** Which layer, or which input, something belongs to: an input is no layer that could be opened. */
const ofLayer = ({type, address}: Pick<LayerActivation, 'type' | 'address'>): Record<string, string> => (type ? {layer: address} : {input: address});

// Panels of one layer: what it put out, and what entered its function.

/** Units of a vector up to which each has a bar, and classes of an output that are named. */
const [BARS, TOP] = [48, 10];
/** Units of a vector up to which each that is 0 is marked. */
const MARKED = 600;
/** Units of a sequence up to which each is a line. */
const LINES = 3;
/** CSS px below which panels do not stand beside each other. */
const NARROW = 520;
/** CSS px of the panel of a function beside others, and of a layer's, its title and its axis included. */
const [FUNCTION, HIGH] = [236, 176];

/** What there is room for. */
function roomFor({width}: PlotSettings, opened: boolean): {narrow: boolean; high: number; aspect: number} {
  const narrow = width < NARROW;
  const maps = Math.max(120, width - (narrow ? 16 : FUNCTION + 40));
  const high = opened && narrow ? Math.round(maps * 1.1) : narrow ? HIGH + 14 : HIGH;
  // opened it takes the height that there is
  return {narrow, high, aspect: maps / (opened && !narrow ? 400 : high - 40)};
}
/** Where the largest magnitude is so many times the 99.5th percentile, colours end at that. */
const CUT = 3;
/** Columns and rows of cells between two maps, as a share of a map. */
const GAP = 1 / 14;

/** The settings of one of two layers beside each other. */
export const halved = (settings: PlotSettings): PlotSettings => (settings.width < NARROW ? settings : {...settings, width: Math.max(NARROW, (settings.width - FUNCTION) / 2 + FUNCTION)});

/** A layer's colours. */
export interface Colors {
  readonly scale: () => ColorScale;
  readonly beyond: NonNullable<Panel['beyond']>;
  /** Least and greatest finite value, 0 among them. */
  readonly extent: readonly [number, number];
}

/** A layer's colour scale: over all its channels, as over all examples that stand beside each other. */
export function colorsOf(layers: readonly Pick<LayerActivation, 'min' | 'max' | 'reach'>[]): Colors {
  let made: ColorScale | undefined;
  const of = (key: 'min' | 'max', pick: (...all: number[]) => number): number => {
    const finite = layers.map((one) => one[key]).filter(Number.isFinite);
    return finite.length ? pick(...finite) : NaN;
  };
  const facts = {min: of('min', Math.min), max: of('max', Math.max), quantile: () => NaN, rank: () => NaN};
  // what is never below 0 begins at 0: then no colour is nothing
  const full = Math.max(Math.abs(facts.min), Math.abs(facts.max));
  const reach = layers.reduce((most, one) => (one.reach > most ? one.reach : most), 0);
  const end = reach > 0 && reach * CUT < full ? reach : full;
  const domain = facts.min >= 0 && facts.max > 0 ? ([0, Math.min(end, facts.max)] as const) : end < full && facts.max > 0 ? ([-end, end] as const) : 'auto';
  const scale = (): ColorScale => (made ??= resolveScale({scheme: null, reverse: false, domain, center: 0, transform: 'linear'}, facts));
  const [lo, hi] = domain === 'auto' ? [-Infinity, Infinity] : domain;
  const beyond = {under: facts.min < lo, over: facts.max > hi};
  return {scale, beyond, extent: [Math.min(0, facts.min || 0), Math.max(0, facts.max || 0)]};
}

const bare = (n: number): Axis => ({title: '', type: 'band', domain: [0, n], bare: true});

/** Maps side by side, as large as a box of such an aspect lets them be. */
export function mosaicOf({channels, rows, cols}: Maps, aspect: number): {plane: Plane; blank: CellsMark['blank']; across: number; pitch: readonly [x: number, y: number]} {
  const gap = Math.max(1, Math.round(Math.min(rows, cols) * GAP));
  let [across, best] = [1, 0];
  for (let n = 1; n <= channels; n++) {
    const size = Math.min(aspect / (n * (cols + gap)), 1 / (Math.ceil(channels / n) * (rows + gap)));
    if (size > best * 1.0001) [across, best] = [n, size];
  }
  const down = Math.ceil(channels / across);
  const single = rows * cols;
  const line = (count: number, length: number, step: number, stride: number): Int32Array => {
    const out = new Int32Array(count * (length + gap) - gap).fill(-1);
    for (let item = 0; item < count; item++) for (let i = 0; i < length; i++) out[item * (length + gap) + i] = item * stride + i * step;
    return out;
  };
  const before = (offset: Int32Array): Int32Array => {
    const out = new Int32Array(offset.length + 1);
    for (let i = 0; i < offset.length; i++) out[i + 1] = out[i]! + (offset[i]! < 0 ? 0 : 1);
    return out;
  };
  const rowOffset = line(down, rows, cols, across * single);
  const colOffset = line(across, cols, 1, single);
  const left = across * down - channels;
  return {
    across,
    pitch: [cols + gap, rows + gap],
    blank: left ? {col: (across - left) * (cols + gap) - gap, row: (down - 1) * (rows + gap)} : undefined,
    plane: {rows: rowOffset.length, cols: colOffset.length, rowOffset, colOffset, base: 0, cells: across * down * single, contiguous: false, rowsBefore: before(rowOffset), colsBefore: before(colOffset)},
  };
}

/** Values of as many maps as a mosaic has room for. */
function filled({data}: Maps, length: number): Float32Array {
  if (data.length === length) return data;
  let known = longer.get(data);
  if (known?.length !== length) {
    known = new Float32Array(length);
    known.set(data);
    longer.set(data, known);
  }
  return known;
}
const longer = new WeakMap<Float32Array, Float32Array>();

/** What a layer put out, as a panel of a strip, or by itself. */
export function outputPanel(layer: LayerActivation, key: string, title: string, colors: Colors, names: readonly string[] | null, settings: PlotSettings): Panel {
  const {form, maps, shape, opened} = layer;
  const {scale, beyond} = colors;
  const {narrow, high, aspect} = roomFor(settings, opened);
  if (form === 'vector') {
    const n = shape.reduce((a, b) => a * b, 1);
    if (names && n > TOP) return topPanel(layer, key, title, names, settings);
    if (n <= BARS && maps.pooled === 1) return barPanel(layer, key, title, colors, names, settings);
    return stripPanel(layer, key, title, colors, narrow ? 4 : 10, settings);
  }
  if (form === 'sequence' && maps.rows <= LINES && maps.pooled === 1) return linePanel(layer, key, title, colors, settings);
  if (form === 'sequence') return sequencePanel(layer, key, title, colors, settings);
  const mosaic = mosaicOf(maps, aspect);
  const {plane, across, pitch, blank} = mosaic;
  const read = (i: number): Reading | null => {
    const [row, col] = [Math.floor(i / plane.cols), i % plane.cols];
    const [tile, y, x] = [Math.floor(row / pitch[1]) * across + Math.floor(col / pitch[0]), row % pitch[1], col % pitch[0]];
    if (tile >= maps.channels || y >= maps.rows || x >= maps.cols) return null;
    return mapReading(layer, tile, y, x, settings);
  };
  const ratio = plane.cols / plane.rows;
  return {
    key, title, x: bare(plane.cols), y: {...bare(plane.rows), down: true}, ratio, bar: scale, beyond, zoom: opened ? 'both' : 'none', high: Math.round(high + 44),
    marks: [{kind: 'cells', rows: plane.rows, cols: plane.cols, values: filled(maps, plane.cells), plane, ...(blank && {blank}), scale, read}, ...badges(layer, (c) => (c % across) * pitch[0] + maps.cols / 2, (c) => Math.floor(c / across) * pitch[1] + maps.rows / 2)],
  };
}

/** A cross on each map or unit that is 0 everywhere: in a colour where it is so for all inputs. @param x, y the middle of a channel */
function badges({silent, dead}: LayerActivation, x: (channel: number) => number, y: (channel: number) => number, radius = 4): Mark[] {
  const cross = (channels: readonly number[], color: 'muted' | 1): Mark[] => (channels.length ? [{kind: 'points', shape: 'cross', radius, color, outline: 'background', points: {x: Float64Array.from(channels, x), y: Float64Array.from(channels, y)}}] : []);
  return [...cross(silent.filter((c) => !dead?.includes(c)), 'muted'), ...cross(dead ?? [], 1)];
}

/** What there is to say of a unit or channel that is 0 everywhere. */
function silentWords({dead, silent}: LayerActivation, channel: number, word: 'activationSilentOne' | 'activationZeroOne', {say}: PlotSettings): string[] {
  return dead?.includes(channel) ? [say('activationDeadOne')] : silent.includes(channel) ? [say(word)] : [];
}

function mapReading(layer: LayerActivation, channel: number, y: number, x: number, settings: PlotSettings): Reading {
  const {say} = settings;
  const {maps, address, plane} = layer;
  const value = maps.data[(channel * maps.rows + y) * maps.cols + x]!;
  const [row, column] = [y * maps.pooled, x * maps.pooled];
  const place = [say('activationChannel', {channel}), ...(plane ? [say('activationPlane', {at: plane.at})] : []), say(maps.pooled > 1 ? 'activationCells' : 'plotCellAt', {row, column, n: maps.pooled})];
  place.push(...silentWords(layer, channel, 'activationSilentOne', settings));
  return {value: formatValue(value), place: `${address} · ${place.join(', ')}`, indices: null, series: address, datum: {...ofLayer(layer), channel, row, column, value, ...(plane && {plane: plane.at})}};
}

/** Vectors over time: time along x, a unit each row. */
function sequencePanel(layer: LayerActivation, key: string, title: string, {scale, beyond}: Colors, settings: PlotSettings): Panel {
  const {say} = settings;
  const {maps, address, opened} = layer;
  const {rows, cols, pooled} = maps;
  const axis = (name: string, n: number): Axis => ({title: name, type: 'band', domain: [0, n], ...(pooled > 1 && {labels: Array.from({length: n}, (_, i) => String(i * pooled))})});
  return {
    key, title, bar: scale, beyond, high: roomFor(settings, opened).high + 66, zoom: opened ? 'both' : 'none',
    x: axis(say('activationStep'), cols), y: {...axis(say('activationUnit'), rows), down: true},
    marks: [{
      kind: 'cells', rows, cols, values: maps.data, scale,
      read: (i) => {
        const [unit, step] = [Math.floor(i / cols) * pooled, (i % cols) * pooled];
        const value = maps.data[i]!;
        const place = [say(pooled > 1 ? 'activationAtPooled' : 'activationAt', {unit, step, n: pooled}), ...(pooled > 1 ? [] : silentWords(layer, unit, 'activationSilentOne', settings))];
        return {value: formatValue(value), place: `${address} · ${place.join(', ')}`, indices: null, series: address, datum: {...ofLayer(layer), unit, step, value}};
      },
    }, ...(rows <= BARS && pooled === 1 ? badges(layer, () => cols / 2, (unit) => unit + 0.5, 3) : [])],
  };
}

/** Few units over time, a line each. */
function linePanel(layer: LayerActivation, key: string, title: string, {extent: [lo, hi]}: Colors, settings: PlotSettings): Panel {
  const {say} = settings;
  const {maps: {data, rows, cols}, address, opened} = layer;
  const x = Float64Array.from({length: cols}, (_, i) => i);
  const room = (hi - lo) * 0.06 || 1;
  return {
    key, title, high: roomFor(settings, opened).high, zoom: 'none', hover: 'x',
    x: {title: say('activationStep'), type: 'linear', domain: [-0.5, cols - 0.5], whole: true},
    y: {title: say('plotValue'), type: 'linear', domain: [lo - room, hi + room]},
    marks: [{kind: 'rule', y: 0, dash: [], color: 'muted'}, ...Array.from({length: rows}, (_, unit): Mark => ({
      kind: 'line', color: unit, points: {x, y: data.subarray(unit * cols, (unit + 1) * cols)},
      read: (step) => {
        const value = data[unit * cols + step]!;
        const place = [say('activationAt', {unit, step}), ...silentWords(layer, unit, 'activationSilentOne', settings)];
        return {value: formatValue(value), place: `${address} · ${place.join(', ')}`, indices: null, series: address, datum: {...ofLayer(layer), unit, step, value}};
      },
    })), ...badges(layer, () => (cols - 1) / 2, () => 0, 3)],
  };
}

/** A long vector in lines of cells. */
function stripPanel(layer: LayerActivation, key: string, title: string, {scale, beyond}: Colors, aspect: number, settings: PlotSettings): Panel {
  const {maps, opened} = layer;
  const n = maps.cols;
  // about so many more columns than rows, and lines that can be told apart
  const cols = Math.ceil(n / Math.max(1, Math.min(opened ? Infinity : 10, Math.round(Math.sqrt(n / aspect)))));
  const rows = Math.ceil(n / cols);
  const gaps = rows * cols - n;
  const values = filled(maps, rows * cols);
  return {
    key, title, x: bare(cols), y: {...bare(rows), down: true}, bar: scale, beyond, zoom: opened ? 'both' : 'none', high: 22 + Math.min(130, 20 * rows) + 56,
    marks: [{
      kind: 'cells', rows, cols, values, scale, ...(gaps && {blank: {col: cols - gaps, row: rows - 1}}),
      read: (i) => (i < n ? unitReading(layer, i * maps.pooled, values[i]!, null, settings) : null),
    }, ...(n <= MARKED && maps.pooled === 1 ? badges(layer, (c) => (c % cols) + 0.5, (c) => Math.floor(c / cols) + 0.5, 2.5) : [])],
  };
}

function unitReading(layer: LayerActivation, unit: number, value: number, names: readonly string[] | null, settings: PlotSettings): Reading {
  const {say} = settings;
  const {address} = layer;
  const {pooled} = layer.maps;
  const place = [names?.[unit] ?? say(pooled > 1 ? 'activationUnitsOf' : 'activationUnitOf', {unit, to: unit + pooled - 1})];
  if (pooled === 1) place.push(...silentWords(layer, unit, 'activationZeroOne', settings));
  return {value: formatValue(value), place: `${address} · ${place.join(', ')}`, indices: null, series: address, datum: {...ofLayer(layer), unit, value}};
}

/** A short vector, a bar each unit. */
function barPanel(layer: LayerActivation, key: string, title: string, {extent: [lo, hi]}: Colors, names: readonly string[] | null, settings: PlotSettings): Panel {
  const {maps: {data}} = layer;
  const n = data.length;
  // a bar is no wall
  const ratio = n < 16 ? Math.max(0.5, n * 0.35) : 0;
  const at = Float64Array.from({length: n}, (_, i) => i);
  const room = (hi - lo) * 0.08 || 1;
  const ink = (v: number): string | number => (v - v === 0 ? (v < 0 ? 0 : 1) : v > 0 ? '#00e03c' : v < 0 ? '#00c8ff' : '#ff00d4');
  const finite = Float64Array.from(data, (v) => (v - v === 0 ? v : v < 0 ? lo : hi || 1));
  return {
    key, title, high: roomFor(settings, layer.opened).high, zoom: 'none', ...(ratio && {ratio}),
    x: {title: settings.say('activationUnit'), type: 'band', domain: [0, n], ...(names && {labels: names, title: ''})},
    y: {title: settings.say('plotValue'), type: 'linear', domain: [lo - (lo < 0 ? room : 0), hi + (hi > 0 ? room : 0) || 1]},
    marks: [
      {kind: 'bars', x0: at.map((v) => v + 0.08), x1: at.map((v) => v + 0.92), y0: new Float64Array(n), y1: finite, inks: Array.from(data, ink), read: (i) => unitReading(layer, i, data[i]!, names, settings)},
      {kind: 'rule', y: 0, dash: [], color: 'muted'},
      ...badges(layer, (c) => c + 0.5, () => 0, 3),
    ],
  };
}

/** Of an output whose units have names, the highest. */
function topPanel(layer: LayerActivation, key: string, title: string, names: readonly string[], settings: PlotSettings): Panel {
  const {maps: {data}} = layer;
  const top = Array.from(data.keys()).sort((a, b) => (data[b]! !== data[b]! ? 1 : data[a]! !== data[a]! ? -1 : data[b]! - data[a]!)).slice(0, TOP);
  const at = Float64Array.from(top.keys());
  const values = Float64Array.from(top, (i) => (Number.isFinite(data[i]!) ? data[i]! : 0));
  const hi = values.reduce((m, v) => Math.max(m, v), 0);
  const lo = values.reduce((m, v) => Math.min(m, v), 0);
  return {
    key, title: top.length < names.length ? `${title} · ${settings.say('plotBarsFacts', {k: top.length, n: names.length})}` : title, high: 60 + 17 * top.length, zoom: 'none',
    x: {title: settings.say('plotValue'), type: 'linear', domain: [lo < 0 ? lo * 1.15 : 0, hi * 1.15 || 1]},
    y: {title: '', type: 'band', domain: [0, top.length], labels: top.map((i) => names[i] ?? String(i)), down: true},
    marks: [{kind: 'bars', x0: new Float64Array(top.length), x1: values, y0: at.map((v) => v + 0.1), y1: at.map((v) => v + 0.9), labels: top.map((i) => formatShort(data[i]!, 4)), read: (i) => unitReading(layer, top[i]!, data[top[i]!]!, names, settings)}],
  };
}

/** Points along a curve. */
const STEPS = 120;

/** What entered a layer's function as a histogram, and over it the function's curve; of a layer without one what it put out. */
export function functionPanel({name, of, role, range, counts, size, below, above}: EnteredFunction, key: string, layer: Pick<LayerActivation, 'address' | 'type'>, other: FunctionSummary | null, settings: PlotSettings): Panel {
  const {say, lang} = settings;
  const {narrow} = roomFor(settings, false);
  const share = (v: number): string => formatShare(v, lang);
  const {address} = layer;
  const parts = [name ? functionName(name) : say(of ? 'activationValues' : 'activationOut')];
  if (role) parts.push(say(({gates: 'activationGates', candidate: 'activationCandidate', state: 'activationState'} as const)[role]));
  if (below && of?.dies) parts.push(say('activationZeroed', {share: share(below)}));
  const ends = above + (of?.dies ? 0 : below);
  if (ends) parts.push(say('activationSaturated', {share: share(ends)}));
  const odd = range.nan + range.positiveInfinity + range.negativeInfinity;
  if (odd) parts.push(say('activationOdd', {share: share(odd / size)}));
  const some = range.min <= range.max;
  let [lo, hi] = some ? [range.min, range.max] : [-1, 1];
  if (other && other.range.min <= other.range.max) [lo, hi] = [Math.min(lo, other.range.min), Math.max(hi, other.range.max)];
  if (lo === hi) [lo, hi] = [lo - (Math.abs(lo) || 1), hi + (Math.abs(hi) || 1)];
  const room = (hi - lo) * 0.03;
  [lo, hi] = [lo - room, hi + room];
  const curve = of?.at ?? null;
  const x = Float64Array.from({length: STEPS + 1}, (_, i) => lo + ((hi - lo) * i) / STEPS);
  const y = curve && x.map(curve);
  const [bottom, top] = y ? [Math.min(...y), Math.max(...y)] : [0, 1];
  const margin = (top - bottom) * 0.06 || 1;
  const floor = y ? bottom - margin : 0;
  const most = Math.max(...counts, 1);
  // beside the curve, counts have no axis of their own: the highest bar fills most of the box
  const reach = y ? (top + margin - floor) * 0.92 : most / size;
  const bins = counts.length;
  const width = (range.max - range.min) / bins;
  const edges = Float64Array.from({length: bins + 1}, (_, i) => range.min + width * i);
  const flat = (i: number): 'low' | 'high' | null => {
    const middle = (edges[i]! + edges[i + 1]!) / 2;
    return of?.flatBelow != null && middle <= of.flatBelow ? 'low' : of?.flatAbove != null && middle >= of.flatAbove ? 'high' : null;
  };
  const one = width === 0;
  const marks: Mark[] = some
    ? [{
        kind: 'bars', gap: narrow ? 0 : 0.5, alpha: 0.75,
        x0: one ? [range.min - room] : edges.subarray(0, bins), x1: one ? [range.min + room] : edges.subarray(1),
        y0: new Float64Array(one ? 1 : bins).fill(floor), y1: one ? [floor + reach] : counts.map((n) => floor + (n / most) * reach),
        inks: Array.from({length: one ? 1 : bins}, (_, i) => (flat(i) === 'low' ? 'muted' : flat(i) === 'high' ? 1 : 0)),
        read: (i) => ({
          value: say('activationBin', {n: formatCount(one ? size - odd : counts[i]!, lang), share: share((one ? size - odd : counts[i]!) / size)}),
          place: `${address} · ${say('activationFrom', {lo: formatShort(one ? range.min : edges[i]!), hi: formatShort(one ? range.max : edges[i + 1]!)})}`,
          indices: null, series: address, datum: {...ofLayer(layer), from: edges[i]!, to: edges[i + 1]!, count: counts[i]!},
        }),
      }]
    : [];
  if (other?.counts.some(Boolean)) {
    const wide = (other.range.max - other.range.min) / other.counts.length || room;
    const peak = Math.max(...other.counts);
    marks.push({kind: 'line', color: 'text', width: 1, dash: [2, 2], step: 'after', points: {x: Float64Array.from({length: other.counts.length + 1}, (_, i) => other.range.min + wide * i), y: Float64Array.from([...other.counts, 0], (n) => floor + (n / peak) * reach)}});
  }
  for (const at of [of?.flatBelow, of?.flatAbove]) if (at != null && at > lo && at < hi) marks.push({kind: 'rule', x: at, color: 'muted', dash: [3, 3]});
  if (y) {
    marks.push({kind: 'line', points: {x, y}, color: 'background', width: 4}, {kind: 'line', points: {x, y}, color: 'text', width: 2});
  }
  return {
    key, title: parts.join(' · '), beside: true, wide: FUNCTION, high: HIGH, zoom: 'none',
    x: {title: say(name ? 'activationIn' : 'plotValue'), type: 'linear', domain: [lo, hi]},
    y: {title: y ? say('activationCurve') : say('plotShare'), type: 'linear', domain: y ? [floor, top + margin] : [0, reach * 1.08]},
    marks,
  };
}

const NAMES: Readonly<Record<string, string>> = {relu: 'ReLU', relu6: 'ReLU6', elu: 'ELU', selu: 'SELU', leakyReLU: 'leaky ReLU', thresholdedReLU: 'thresholded ReLU', hardSigmoid: 'hard sigmoid', logSoftmax: 'log softmax', gelu: 'GELU', gelu_new: 'GELU'};
const functionName = (name: string): string => NAMES[name] ?? name;
