import {formatCount, formatShare, formatShort, formatValue} from '../color/format.js';
import {taskOf} from '../compute/labels.js';
import {atThreshold, type Ranking, rankExamplesSteps} from '../compute/ranking.js';
import {part} from '../compute/slices.js';
import {computeStats, scanRange, type TensorStats} from '../compute/stats.js';
import {complexPart, shapeText} from '../tensor/read-tensor.js';
import type {TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import {type Bins, binsOf} from './bins.js';
import type {PlotData, PlotSeries} from './data.js';
import type {Kind, PlotSettings} from './kind.js';
import {oddWords} from './odd-words.js';
import {placeOf} from './place-of.js';
import {againstRest, className, classStamp, LISTED, positiveControl, positiveNotes, positiveOf, type Scored, scoredSteps, scoreNotes, thresholdControl, thresholdText} from './scored.js';
import type {Axis, Figure, Handle, Mark, Note, Reading} from './types.js';

/** Examples looked at between two yields. */
const CHUNK = 1 << 16;

/** Values that are counted together: a series, or one of its two classes. */
interface Group {
  readonly series: string;
  /** The class's number, of examples of two; -1 for all but the positive one. */
  readonly class: number | null;
  readonly values: Values;
  /** Which example each value is of. */
  readonly index?: Uint32Array;
  /** Values of each example; 0 where there are no examples. */
  readonly each: number;
  readonly stats: TensorStats;
}

/** The scores of two classes of a series. */
interface Judged {
  readonly scored: Scored;
  readonly ranking: Ranking;
  /** The class that the scores are of. */
  readonly positive: number;
}

interface Found {
  readonly groups: readonly Group[];
  readonly judged: Judged | null;
  /** What stands below the axis. */
  readonly what: 'plotValue' | 'plotScore' | 'plotProbability' | 'magnitude';
  /** More than two classes, from which one can be chosen; else 0. */
  readonly choice: number;
}

interface Numbers {
  readonly found: readonly Found[];
  readonly groups: readonly Group[];
  readonly judged: readonly Judged[];
  readonly bins: Bins;
}

function* groupOf(series: string, {data, shape, dtype}: TensorValues, each: number, rest: Pick<Group, 'class' | 'index'>): Generator<number, Group> {
  const range = yield* part(scanRange(data), 0, 0.5);
  return {series, values: data, each, ...rest, stats: yield* part(computeStats(data, range, shape, dtype), 0.5, 1)};
}

/** All values of a series. */
function* plainOf(name: string, given: TensorValues, predicted: boolean, choice: number): Generator<number, Found> {
  const values = complexPart(given, 'magnitude');
  if (!values.data.length) throw new Problem('emptyTensor', {shape: shapeText(values.shape)});
  const each = predicted || values.shape.length === 1 ? values.data.length / (values.shape[0] ?? 1) : 0;
  return {groups: [yield* groupOf(name, values, each, {class: null})], judged: null, what: values.part === 'magnitude' ? 'magnitude' : predicted ? 'plotScore' : 'plotValue', choice};
}

/** The scores of one class, of its examples and of the others. */
function* judgedOf(scored: Scored, positive: number): Generator<number, Found> {
  const {n, classes, name, probabilities} = scored;
  const {labels, column} = yield* part(againstRest(scored, positive), 0, 0.1);
  let positives = 0;
  for (let i = 0; i < n; i++) positives += labels[i]!;
  const sides = [n - positives, positives].map((count) => ({values: new Float64Array(count), index: new Uint32Array(count)}));
  const [label, ranked] = [new Uint8Array(n), new Float64Array(n)];
  const at = [0, 0];
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const [side, score] = [labels[i]!, column[i]!];
    sides[side]!.values[at[side]!] = score;
    sides[side]!.index[at[side]!++] = i;
    // NaN has no place in a ranking
    if (score === score) {
      label[kept] = side;
      ranked[kept++] = score;
    }
    if (i % CHUNK === 0) yield 0.1 + (0.2 * i) / n;
  }
  const groups: Group[] = [];
  for (const [side, {values, index}] of sides.entries()) {
    const given: TensorValues = {data: values, shape: [values.length], dtype: 'float64'};
    groups.push(yield* part(groupOf(name, given, 1, {class: side ? positive : classes === 2 ? 1 - positive : -1, index}), 0.3, 0.5));
  }
  const ranking = yield* part(rankExamplesSteps(label.subarray(0, kept), ranked.subarray(0, kept)), 0.5, 1);
  return {groups, judged: {scored, ranking, positive}, what: probabilities ? 'plotProbability' : 'plotScore', choice: classes > 2 ? classes : 0};
}

function* foundOf(one: PlotSeries, data: PlotData, settings: PlotSettings): Generator<number, Found> {
  const {name, tensor, predictions, labels} = one;
  const given = tensor ?? predictions;
  if (!given) throw new Problem('plotNoNumbers', {kind: 'histogram'});
  if (tensor || !predictions || !labels || predictions.shape.length > 2) return yield* plainOf(name, given, !tensor, 0);
  const task = taskOf({predictions, labels});
  // of more than two classes, one that is asked for against the others
  if (task === 'binary' || (task === 'multiclass' && settings.positive !== null)) {
    const [scored] = (yield* part(scoredSteps({...data, series: [one]}, settings, 'histogram'), 0, 0.4)) as [Scored];
    return yield* part(judgedOf(scored, positiveOf(settings, scored.classes) ?? 1), 0.4, 1);
  }
  return yield* plainOf(name, given, true, task === 'multiclass' ? predictions.shape[1]! : 0);
}

function* numbers(data: PlotData, settings: PlotSettings): Generator<number, Numbers> {
  const found: Found[] = [];
  const {series} = data;
  const labels = series.find((one) => one.labels)?.labels;
  for (const [i, one] of series.entries()) found.push(yield* part(foundOf(labels ? {labels, ...one} : one, data, settings), (0.5 * i) / series.length, (0.5 * (i + 1)) / series.length));
  const groups = found.flatMap((f) => f.groups);
  // models are compared over all that probabilities can be
  const span = found.every((f) => f.what === 'plotProbability') ? ([0, 1] as const) : undefined;
  const bins = yield* part(binsOf(groups.map((g) => g.values), settings.xScale ?? 'linear', settings.bins, span), 0.5, 1);
  return {found, groups, judged: found.flatMap((f) => f.judged ?? []), bins};
}

function figure(given: Numbers, settings: PlotSettings): Figure {
  const {found, groups, judged, bins} = given;
  const {say, lang, xScale, yScale} = settings;
  const {edges, counts} = bins;
  const log = yScale === 'log';
  const most = counts.reduce((top, own) => own.reduce((a, b) => Math.max(a, b), top), 0);
  const floor = log ? 0.5 : 0;
  const whats = new Set(found.map((f) => f.what));
  const x: Axis = {title: say(whats.size > 1 ? 'plotValue' : found[0]!.what), type: xScale ?? 'linear', domain: [edges[0]!, edges.at(-1)!], whole: bins.whole !== null};
  const y: Axis = {title: say('plotCount'), type: yScale ?? 'linear', whole: true, domain: [floor, log ? Math.max(2, most * 1.6) : Math.max(1, most * 1.06)]};
  const names = groups.map((group) => nameOf(group, given, settings));
  const many = groups.length > 1;
  const [x0, x1] = [edges.subarray(0, -1), edges.subarray(1)];
  const marks = groups.map((_, g): Mark => ({
    kind: 'bars',
    series: names[g]!,
    color: g,
    alpha: many ? 0.4 : 1,
    x0,
    x1,
    y0: new Float64Array(x0.length).fill(floor),
    y1: counts[g]!,
    gap: many ? 0 : 1,
    read: (bin) => readingOf(given, g, bin, names[g]!, settings),
  }));
  // where they lie over each other, their outlines tell them apart
  if (many) for (const [g] of groups.entries()) marks.push({kind: 'line', series: names[g]!, color: g, step: 'after', points: outlineOf(edges, counts[g]!, floor)});
  marks.push(...highlightsOf(given, names, log ? floor * 1.4 : y.domain[1] * 0.03, settings));
  const first = judged[0]?.scored;
  // a logit of 0 is a probability of a half
  const threshold = first ? settings.threshold ?? (first.columns === 1 && !first.probabilities ? 0 : 0.5) : null;
  const within = (v: number): number => Math.min(Math.max(v, edges[0]!), edges.at(-1)!);
  const handles: Handle[] = threshold === null ? [] : [{x: within(threshold), y: 0, along: 'x', label: say('plotThresholdAt', {threshold: thresholdText(threshold)}), moved: (to) => settings.change({threshold: within(to)})}];
  const choice = Math.max(...found.map((f) => f.choice));
  return {
    label: say('plotHistogram'),
    facts: threshold === null ? factsOf(groups, settings) : judged.map((one) => ratesText(one, threshold, given, settings)).join(' · '),
    panels: [{key: 'bins', x, y, marks, handles, zoom: 'x'}],
    legend: many ? names.map((label, g) => ({series: label, label: `${label} (${formatCount(groups[g]!.stats.size, lang)})`, ink: g})) : [],
    controls: [
      ...(choice || first ? [positiveControl(settings, choice || 2)] : []),
      ...(threshold !== null && first ? [thresholdControl(settings, within(threshold), first.probabilities, [edges[0]!, edges.at(-1)!])] : []),
    ],
    notes: [...notesOf(given, names, settings), ...positiveNotes(choice, settings)],
    table: tableOf(given, names, settings),
    metrics: metricsOf(given, names, threshold),
  };
}

/** What a group is called: its series, its class, or both. */
function nameOf({series, class: own}: Group, {groups, judged}: Numbers, settings: PlotSettings): string {
  if (own === null) return series;
  const named = own < 0 ? settings.say('plotNot', {name: className(settings, judged[0]!.positive)}) : className(settings, own);
  return groups.some((g) => g.series !== series) ? `${series} · ${named}` : named;
}

/** The steps along the bins' ends. */
function outlineOf(edges: Float64Array, counts: Float64Array, floor: number): {x: Float64Array; y: Float64Array} {
  const [x, y] = [new Float64Array(edges.length + 1), new Float64Array(edges.length + 1)];
  x[0] = edges[0]!;
  y[0] = floor;
  for (let k = 0; k < counts.length; k++) {
    x[k + 1] = edges[k]!;
    y[k + 1] = Math.max(floor, counts[k]!);
  }
  x[edges.length] = edges.at(-1)!;
  y[edges.length] = floor;
  return {x, y};
}

/** The examples that stand out, as crosses at a height. */
function highlightsOf({groups}: Numbers, names: readonly string[], height: number, {highlighted}: PlotSettings): Mark[] {
  return groups.flatMap(({values, index, each}, g): Mark[] => {
    if (each !== 1) return [];
    const x = highlighted.map((k) => (index ? placeOf(index, k) : k)).filter((k) => k >= 0 && k < values.length).map((k) => values[k]!);
    return x.length ? [{kind: 'points', series: names[g]!, color: 'text', shape: 'cross', radius: 5, points: {x: Float64Array.from(x), y: new Float64Array(x.length).fill(height)}}] : [];
  });
}

/** Mean and deviation of each series. */
function factsOf(groups: readonly Group[], {say, lang}: PlotSettings): string {
  if (groups.length > 1) return '';
  const {size, mean, std} = groups[0]!.stats;
  return say('plotHistogramFacts', {n: formatCount(size, lang), mean: formatShort(mean, 4), std: formatShort(std, 4)});
}

/** Which shares of both classes lie at or above the threshold. */
function ratesText({scored: {name}, ranking}: Judged, threshold: number, given: Numbers, settings: PlotSettings): string {
  const {tpr, fpr, undefined: none} = atThreshold(ranking, threshold);
  const [negative, positive] = given.groups.filter((g) => g.series === name).map((g) => nameOf(g, given, settings)) as [string, string];
  const share = (v: number, key: 'tpr' | 'fpr'): string => (none.includes(key) ? '–' : formatShare(v, settings.lang));
  return settings.say('plotAtThreshold', {value: thresholdText(threshold), tpr: share(tpr, 'tpr'), positive, fpr: share(fpr, 'fpr'), negative});
}

function notesOf({groups, judged, bins}: Numbers, names: readonly string[], settings: PlotSettings): Note[] {
  const {say, lang} = settings;
  return [
    ...scoreNotes(judged.map(({scored}) => scored), settings),
    ...groups.flatMap(({stats}, g) => {
      const odd = oddWords(stats, settings);
      const text = say('plotNotCounted', {what: odd});
      return odd ? [{text: groups.length > 1 ? `${names[g]!}: ${text}` : text}] : [];
    }),
    ...(bins.left ? [{text: say('plotNotOnLog', {n: formatCount(bins.left, lang)})}] : []),
  ];
}

/** The edges of a bin in so many digits that neighbours differ. */
function rangeText({edges, whole}: Bins, bin: number, {say}: PlotSettings): string {
  const [lo, hi] = [edges[bin]!, edges[bin + 1]!];
  if (whole === 1) return formatValue(lo + 0.5);
  if (whole) return say('plotBinWhole', {lo: formatValue(lo + 0.5), hi: formatValue(hi - 0.5)});
  const digits = Math.min(15, Math.max(3, 2 + Math.ceil(Math.log10(Math.max(Math.abs(lo), Math.abs(hi)) / (hi - lo)))));
  return say(bin === edges.length - 2 ? 'plotBinLast' : 'plotBin', {lo: formatShort(lo, digits), hi: formatShort(hi, digits)});
}

/** Values of a group that have been counted. */
const counted = ({stats}: Group): number => stats.size - stats.nan - stats.positiveInfinity - stats.negativeInfinity;

function readingOf({groups, bins}: Numbers, g: number, bin: number, name: string, settings: PlotSettings): Reading {
  const group = groups[g]!;
  const {lang} = settings;
  const count = bins.counts[g]![bin]!;
  const share = count / counted(group);
  return {
    value: formatCount(count, lang),
    place: [name, rangeText(bins, bin, settings), Number.isFinite(share) ? formatShare(share, lang) : ''].filter(Boolean).join(' · '),
    indices: examplesIn(group, bins, g, bin, count),
    series: name,
    datum: {from: bins.edges[bin]!, to: bins.edges[bin + 1]!, count, share},
  };
}

/** The examples that have a value in a bin. */
function examplesIn({index, each}: Group, bins: Bins, g: number, bin: number, count: number): number[] | null {
  if (!each || count > LISTED * each) return null;
  const at = new Set(bins.find(g, bin, count).map((i) => (index ? index[i]! : Math.floor(i / each))));
  return at.size > LISTED ? null : [...at];
}

function tableOf({groups, bins: {edges, counts}}: Numbers, names: readonly string[], {say}: PlotSettings): Figure['table'] {
  return {
    columns: [say('plotBinFrom'), say('plotBinTo'), ...(groups.length > 1 ? names : [say('plotCount')])],
    rows: edges.length - 1,
    cell: (bin, column) => (column < 2 ? edges[bin + column]! : counts[column - 2]![bin]!),
  };
}

function metricsOf({groups, judged, bins}: Numbers, names: readonly string[], threshold: number | null): Figure['metrics'] {
  const edges = [...bins.edges];
  const own = groups.map(({stats}, g) => ({...stats, counts: [...bins.counts[g]!]}));
  if (own.length === 1) return {edges, ...own[0]!};
  const at = judged.map(({scored: {name}, ranking}) => [name, threshold === null ? {} : atThreshold(ranking, threshold)] as const);
  return {edges, groups: Object.fromEntries(names.map((name, g) => [name, own[g]!])), ...(at.length === 1 ? {atThreshold: at[0]![1]} : at.length ? {atThreshold: Object.fromEntries(at)} : {})};
}

/** How often values occur: of any tensor, of the predictions' scores, or of those of two classes, which a threshold parts. */
export const histogram: Kind<Numbers> = {name: 'histogram', stamp: (settings, data) => `${settings.xScale} ${settings.bins} ${classStamp(settings, data)}`, numbers, figure};
