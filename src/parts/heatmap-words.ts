import {formatCount, formatShare, formatShort, formatValue} from '../color/format.js';
import {cssColor} from '../color/palette.js';
import {hasSpread} from '../color/scale.js';
import type {AxisPart} from '../compute/arrange.js';
import {nameIndices, partsAt} from '../compute/plane.js';
import type {HeatmapView, ViewSettings} from '../controllers/heatmap-view.js';
import type {Cell} from '../controllers/plane-view.js';
import {shapeText} from '../tensor/read-tensor.js';
import type {TensorValues, WeightInfo} from '../tensor/types.js';
import {say, type WordKey} from '../words/strings.js';
import type {LegendNote, LegendSwatch} from './legend.js';
import type {TwinModel} from './twin.js';

/** Cells that the table for screen readers holds at most, and its sides. */
const TWIN_ROWS = 15;
const TWIN_COLS = 20;
/** A domain of which 99 % of the cells fill less is called narrow. */
const NARROW = 0.1;

/** What is shown of a model's weight, in a few words: `3×3×16×32 · Conv2D · relu`. @param brief for a tile */
export function weightText(info: WeightInfo, lang: string, brief = false, change?: TensorValues['change']): string {
  const words: (string | undefined)[] = [shapeText(info.shape)];
  if (change) words.push(say(lang, 'compareTile', {relative: formatShort(change.relative), cosine: formatShort(change.cosine, 3), flips: formatShare(change.flips, lang)}));
  if (!change || !brief) words.push(info.layerType, info.activation === 'linear' ? undefined : info.activation);
  if (info.quantization) words.push(brief ? info.quantization : say(lang, 'quantized', {dtype: info.quantization}));
  if (info.trainable === false) words.push(say(lang, 'frozen'));
  if (info.change !== undefined) words.push(`|Δ|/|w| ${formatShort(info.change)}`);
  words.push(info.remark);
  return words.filter(Boolean).join(' · ');
}

/** An index for each of the parts, by name. */
const placeText = (parts: readonly AxisPart[], at: readonly number[], all: readonly AxisPart[]): string[] =>
  nameIndices(parts, at, all).map(({name, index}) => `${name} ${index}`);

/** A cell's place by named axes, in the tensor's own order: `h 1 · w 2 · in 31 · out 5`. */
export function cellText({arrangement, slice}: HeatmapView, {row, col}: Cell): string {
  if (!arrangement) return '';
  const at = new Map<AxisPart, number>();
  partsAt(arrangement.rows, row)?.forEach((n, i) => at.set(arrangement.rows[i]!, n));
  partsAt(arrangement.cols, col)?.forEach((n, i) => at.set(arrangement.cols[i]!, n));
  arrangement.slices.forEach((part, i) => at.set(part, slice[i]!));
  return arrangement.axes.flatMap((parts) => placeText(parts, parts.map((p) => at.get(p)!), parts)).join(' · ');
}

/** A row's or a column's place. */
function sideText(parts: readonly AxisPart[], position: number, all: readonly AxisPart[]): string {
  const at = partsAt(parts, position);
  return at ? placeText(parts, at, all).join(' · ') : '';
}

/** Colours that are not on the bar, with their counts. */
export function swatchesOf({facts, scale, beyond}: HeatmapView, lang: string): LegendSwatch[] {
  const range = facts?.range;
  if (!range || !scale) return [];
  const out: LegendSwatch[] = [];
  const add = (name: LegendSwatch['name'], key: WordKey, n: number): void => {
    if (n) out.push({name, text: `${say(lang, key)} ${formatCount(n, lang)}`});
  };
  add('nan', 'nan', range.nan);
  add('positive-infinity', 'positiveInfinity', range.positiveInfinity);
  add('negative-infinity', 'negativeInfinity', range.negativeInfinity);
  const title = say(lang, 'beyondTitle');
  if (beyond.below) out.push({name: 'under', color: cssColor(scale.palette.under), text: say(lang, 'below', {n: formatCount(beyond.below, lang)}), title});
  if (beyond.above) out.push({name: 'over', color: cssColor(scale.palette.over), text: say(lang, 'above', {n: formatCount(beyond.above, lang)}), title});
  return out;
}

/** What the reader of a legend can do from there. */
export interface LegendActions {
  togglePool(): void;
  setDomain(domain: 'auto' | 'robust'): void;
}

/** What must be said for the picture to be read rightly. */
export function notesOf(view: HeatmapView, settings: ViewSettings, lang: string, act: LegendActions): LegendNote[] {
  const {facts, scale} = view;
  const range = facts?.range;
  if (!scale || !range || view.preview) return [];
  const notes: LegendNote[] = [];
  const {domain, transform} = settings.scale;
  const per = ({tile: 'perTile', row: 'perRow', column: 'perColumn'} as const)[settings.domainPer as 'tile'];
  if (per) {
    const idle = [transform !== 'linear' && 'transform', domain !== 'auto' && 'domain'].filter(Boolean);
    notes.push({text: [say(lang, per), ...idle.map((name) => say(lang, 'perIgnores', {name: String(name)}))].join('; ')});
  } else if (transform === 'rank') notes.push({text: say(lang, 'rankScale')});
  else if (transform === 'symlog') {
    const reach = formatShort(scale.constant);
    notes.push({text: scale.center ? say(lang, 'symlogScaleAbout', {reach, center: formatShort(scale.center)}) : say(lang, 'symlogScale', {reach})});
  } else if (transform === 'log' && (domain === 'auto' || domain === 'shared') && (facts.distribution?.leastPositive ?? scale.domain[0]) < scale.domain[0]) notes.push({text: say(lang, 'logFloor')});
  else if (transform !== 'linear') notes.push({text: say(lang, 'ofScale', {transform})});
  if (domain === 'robust' && !per) notes.push({text: say(lang, hasSpread(facts) ? 'robust' : 'robustSame'), action: {label: say(lang, 'useAuto'), run: () => act.setDomain('auto')}});
  if (settings.sharedRange && !per) notes.push({text: say(lang, 'shared')});
  if (range.min !== range.min) notes.push({text: say(lang, 'noFinite')});
  if (range.min === range.max) {
    const finite = !range.nan && !range.positiveInfinity && !range.negativeInfinity;
    notes.push({text: say(lang, finite ? 'allSame' : 'finiteSame', {value: formatValue(range.min, facts.values.dtype)})});
  }
  const n = view.cellsPerPixel;
  if (n >= 1.5 && !view.squares) {
    const extreme = settings.pool === 'extreme';
    const center = formatShort((per ? settings.scale.center : scale.center) ?? 0);
    const cells = formatCount(n < 10 ? Math.round(n * 10) / 10 : Math.round(n), lang);
    const text = say(lang, extreme ? (scale.diverging ? 'poolExtremeDiverging' : 'poolExtreme') : 'poolMean', {n: cells, center});
    const zeros = facts.stats && facts.stats.zeros / Math.max(1, facts.stats.size);
    notes.push({
      text: zeros && zeros > 0.005 ? `${text}; ${say(lang, 'poolZeros', {share: formatShare(zeros, lang)})}` : text,
      action: {label: say(lang, extreme ? 'poolToMean' : 'poolToExtreme'), run: () => act.togglePool()},
    });
  }
  const d = facts.distribution;
  if (d && domain === 'auto' && transform === 'linear' && !per) {
    const share = (d.quantile(0.995) - d.quantile(0.005)) / (scale.domain[1] - scale.domain[0]);
    if (share < NARROW && range.min < range.max && hasSpread(d)) {
      notes.push({text: say(lang, 'narrow', {share: formatShare(share, lang)}), action: {label: say(lang, 'useRobust'), run: () => act.setDomain('robust')}});
    }
  }
  if (settings.mark === 'square' && !view.squares) notes.push({text: say(lang, 'markTooSmall')});
  return notes;
}

/** The range of the values in a sentence. */
export function rangeText({facts}: HeatmapView, lang: string): string {
  const range = facts?.range;
  if (!range) return '';
  if (range.min !== range.min) return say(lang, 'noFinite');
  return say(lang, 'range', {min: formatShort(range.min), max: formatShort(range.max)});
}

/** What is in view as a table; around the cursor (or the middle) where that is too much. */
export function twinOf(view: HeatmapView, name: string, cursor: Cell | null, lang: string): TwinModel | null {
  const {plane, arrangement, values, ordered} = view;
  if (!plane || !arrangement || !values || !plane.cells) return null;
  const {r0, r1, c0, c1} = view.inView;
  let whole = true;
  const window = (from: number, to: number, most: number, at = (from + to) >> 1, offset: Int32Array): number[] => {
    const all: number[] = [];
    // gaps are far fewer than cells: so far to either side there are enough
    const [lo, hi] = [Math.max(from, Math.min(at, to) - 2 * most), Math.min(to, Math.max(at, from) + 2 * most)];
    for (let i = lo; i < hi; i++) if (offset[i]! >= 0) all.push(i);
    if (all.length <= most && lo === from && hi === to) return all;
    whole = false;
    const before = all.filter((i) => i < at).length;
    const start = Math.max(0, Math.min(before - (most >> 1), all.length - most));
    return all.slice(start, start + most);
  };
  const rows = window(r0, r1, TWIN_ROWS, cursor?.row, plane.rowOffset);
  const cols = window(c0, c1, TWIN_COLS, cursor?.col, plane.colOffset);
  const all = [...arrangement.rows, ...arrangement.cols];
  return {
    caption: `${whole ? say(lang, 'inView', {name, rows: rows.length, columns: cols.length}) : say(lang, 'aroundCursor', {name})}${ordered?.told(lang) ?? ''}`,
    columns: cols.map((c) => sideText(arrangement.cols, c, all)),
    rows: rows.map((r) => ({
      name: sideText(arrangement.rows, r, all),
      values: cols.map((c) => formatValue(values.data[plane.base + plane.rowOffset[r]! + plane.colOffset[c]!]!, values.dtype) + (ordered?.within(arrangement, r, c) ?? '')),
    })),
  };
}
