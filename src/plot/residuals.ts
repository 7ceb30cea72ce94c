import {formatCount, formatShort} from '../color/format.js';
import {argsortDescendingSteps} from '../compute/argsort.js';
import {readTargets} from '../compute/labels.js';
import {type RegressionReport, regressionReportSteps} from '../compute/regression.js';
import {part} from '../compute/slices.js';
import {Problem} from '../words/kinds.js';
import type {PlotData, PlotSeries} from './data.js';
import {domainOf, type Extent, extentOf, NOTHING} from './extent.js';
import type {Kind, PlotSettings} from './kind.js';
import {placeOf} from './place-of.js';
import type {Figure, Mark, Reading} from './types.js';

/** Pairs looked at between two yields. */
const CHUNK = 1 << 16;

/** Pairs of true and predicted numbers, those that are finite. */
interface Pairs {
  readonly name: string;
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  /** True − predicted, as residuals are. */
  readonly off: Float64Array;
  /** Which of the given pairs each is. */
  readonly index: Uint32Array;
  /** From the farthest off to the nearest. */
  readonly worst: Uint32Array;
  /** Numbers predicted of each example. */
  readonly outputs: number;
  /** Pairs that are not finite. */
  readonly left: number;
  /** Pairs that have no place on log axes. */
  readonly notPositive: number;
  readonly report: RegressionReport;
}

interface Numbers {
  readonly series: readonly Pairs[];
  /** Of true and predicted numbers together. */
  readonly values: Extent;
  readonly off: Extent;
}

function* pairsOf({name, predictions, labels}: PlotSeries): Generator<number, Pairs> {
  if (!predictions || !labels) throw new Problem('plotResidualsNeed');
  if (!('data' in labels)) throw new Problem('plotResidualsNames', {label: String(labels[0])});
  const {n, truth: given, predicted: said} = readTargets({predictions, labels});
  const [truth, predicted, off, far, index] = [new Float64Array(n), new Float64Array(n), new Float64Array(n), new Float64Array(n), new Uint32Array(n)];
  let [kept, notPositive] = [0, 0];
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      const [t, p] = [given[i]!, said[i]!];
      if (!Number.isFinite(t - p)) continue;
      if (!(t > 0 && p > 0)) notPositive++;
      truth[kept] = t;
      predicted[kept] = p;
      off[kept] = t - p;
      far[kept] = Math.abs(p - t);
      index[kept++] = i;
    }
    yield (0.1 * to) / n;
  }
  const finite = {truth: truth.subarray(0, kept), predicted: predicted.subarray(0, kept), off: off.subarray(0, kept), index: index.subarray(0, kept)};
  const report = yield* part(regressionReportSteps(finite.truth, finite.predicted), 0.1, 0.6);
  const worst = yield* part(argsortDescendingSteps(far.subarray(0, kept)), 0.6, 0.9);
  return {name, ...finite, worst, outputs: n / (predictions.shape[0] ?? n), left: n - kept, notPositive, report};
}

function* numbers({series: given}: PlotData): Generator<number, Numbers> {
  const series: Pairs[] = [];
  let [values, off] = [NOTHING, NOTHING];
  // models beside each other share their examples, and so what is true of them
  const labels = given.find((one) => one.labels)?.labels;
  for (const [i, one] of given.entries()) {
    const pairs = yield* part(pairsOf(labels ? {labels, ...one} : one), i / given.length, (i + 1) / given.length);
    series.push(pairs);
    for (const side of [pairs.truth, pairs.predicted]) values = yield* part(extentOf(side, values), 1, 1);
    off = yield* part(extentOf(pairs.off, off), 1, 1);
  }
  return {series, values, off};
}

/** Mean of the residuals, and two standard deviations. */
const bandOf = ({report: {residuals}}: Pairs): {mean: number; reach: number} => ({mean: residuals.mean, reach: 2 * residuals.std});

function figure({series, values, off}: Numbers, settings: PlotSettings): Figure {
  const {say, lang, highlighted} = settings;
  const xType = settings.xScale ?? 'linear';
  // what is off is so in both directions: it has no logarithm
  const yType = settings.yScale === 'log' ? 'symlog' : settings.yScale ?? 'linear';
  const domain = domainOf(values, xType);
  const bands = series.map(bandOf).filter(({mean, reach}) => Number.isFinite(mean + reach));
  const reach: Extent = {
    ...off,
    min: Math.min(off.min, 0, ...bands.map((b) => b.mean - b.reach)),
    max: Math.max(off.max, 0, ...bands.map((b) => b.mean + b.reach)),
  };
  const ends = Float64Array.from(domain);
  const parity: Mark[] = [{kind: 'rule', from: [domain[0], domain[0]], to: [domain[1], domain[1]], color: 'muted', dash: [5, 4]}];
  const residual: Mark[] = series.flatMap((pairs, i): Mark[] => {
    const {mean, reach: two} = bandOf(pairs);
    return Number.isFinite(mean + two) ? [{kind: 'band', series: pairs.name, color: i, alpha: 0.14, x: ends, low: Float64Array.of(mean - two, mean - two), high: Float64Array.of(mean + two, mean + two)}] : [];
  });
  residual.push({kind: 'rule', y: 0, color: 'muted', dash: [5, 4]});
  for (const [i, pairs] of series.entries()) {
    const {name, truth, predicted, off: away, index, outputs} = pairs;
    const read = readingOf(pairs, settings);
    const radius = truth.length > 2000 ? 1.5 : truth.length > 300 ? 2.5 : 3.5;
    const lit = Array.from(highlighted).flatMap((example) => Array.from({length: outputs}, (_, o) => placeOf(index, example * outputs + o))).filter((k) => k >= 0);
    for (const [marks, x, y] of [[parity, truth, predicted], [residual, predicted, away]] as const) {
      marks.push({kind: 'points', series: name, color: i, points: {x, y}, radius, alpha: 0.75, read});
      if (lit.length) marks.push({kind: 'points', series: name, color: 'text', shape: 'cross', radius: 5, points: {x: Float64Array.from(lit, (k) => x[k]!), y: Float64Array.from(lit, (k) => y[k]!)}});
    }
  }
  const short = (v: number): string => formatShort(v, 4);
  const scores = ({report}: Pairs): string => say('plotResidualsFacts', {r2: short(report.r2), rmse: short(report.rootMeanSquaredError), mae: short(report.meanAbsoluteError), n: formatCount(report.n, lang)});
  const left = series.reduce((n, pairs) => n + pairs.left, 0);
  const notPositive = xType === 'log' ? series.reduce((n, pairs) => n + pairs.notPositive, 0) : 0;
  const many = series.length > 1;
  return {
    label: say('plotResidualsTitle'),
    facts: many ? '' : scores(series[0]!),
    panels: [
      {key: 'parity', title: say('plotParity'), x: {title: say('plotTrueValue'), type: xType, domain}, y: {title: say('plotPredicted'), type: xType, domain}, ratio: 1, marks: parity},
      {key: 'residuals', title: say('plotResiduals'), x: {title: say('plotPredicted'), type: xType, domain}, y: {title: say('plotResidual'), type: yType, domain: domainOf(reach, yType)}, marks: residual},
    ],
    legend: many ? series.map((pairs, i) => ({series: pairs.name, label: `${pairs.name}: ${scores(pairs)}`, ink: i})) : [],
    notes: [
      ...(bands.length ? [{text: say('plotResidualsBand', {mean: bands.map((b) => short(b.mean)).join(', '), sd: bands.map((b) => short(b.reach / 2)).join(', ')})}] : []),
      ...(left ? [{text: say('plotPairsLeft', {n: formatCount(left, lang)})}] : []),
      ...(notPositive ? [{text: say('plotPairsNotPositive', {n: formatCount(notPositive, lang)})}] : []),
    ],
    caption: (example) => captionOf(series, example, settings),
    table: tableOf(series, settings),
    metrics: many ? Object.fromEntries(series.map((pairs) => [pairs.name, metricsOf(pairs)])) : metricsOf(series[0]!),
  };
}

/** The report, with the pairs that are left out counted. */
const metricsOf = ({report, left}: Pairs): Readonly<Record<string, unknown>> => ({...report, notFinite: report.notFinite + left});

/** Which example a pair is of, and which of its numbers. */
const nameOf = ({index, outputs}: Pairs, k: number, {say, lang}: PlotSettings): string[] => [
  say('plotPoint', {n: formatCount(Math.floor(index[k]! / outputs), lang)}),
  ...(outputs > 1 ? [say('plotOutput', {n: index[k]! % outputs})] : []),
];

const pairText = (truth: number, predicted: number, {say}: PlotSettings): string => say('plotPair', {truth: formatShort(truth, 6), predicted: formatShort(predicted, 6)});

function readingOf(pairs: Pairs, settings: PlotSettings): (k: number) => Reading {
  const {name, truth, predicted, off, index, outputs} = pairs;
  return (k) => ({
    value: settings.say('plotOff', {off: `${off[k]! > 0 ? '+' : ''}${formatShort(off[k]!, 6)}`}),
    place: [name, pairText(truth[k]!, predicted[k]!, settings), ...nameOf(pairs, k, settings)].filter(Boolean).join(' · '),
    indices: [Math.floor(index[k]! / outputs)],
    series: name,
    datum: {truth: truth[k]!, predicted: predicted[k]!, residual: off[k]!, index: Math.floor(index[k]! / outputs), ...(outputs > 1 && {output: index[k]! % outputs})},
  });
}

function captionOf(series: readonly Pairs[], example: number, settings: PlotSettings): string {
  return series
    .map((pairs) => {
      const k = pairs.outputs === 1 ? placeOf(pairs.index, example) : -1;
      return k < 0 ? '' : [pairs.name, pairText(pairs.truth[k]!, pairs.predicted[k]!, settings)].filter(Boolean).join(': ');
    })
    .filter(Boolean)
    .join(' · ');
}

/** All pairs, the worst of each series first. */
function tableOf(series: readonly Pairs[], {say}: PlotSettings): Figure['table'] {
  const outputs = series.some((pairs) => pairs.outputs > 1);
  const columns = [say('plotSeriesColumn'), say('plotExampleAxis'), ...(outputs ? [say('plotOutputColumn')] : []), say('plotTrueValue'), say('plotPredicted'), say('plotResidual')];
  return {
    columns,
    rows: series.reduce((n, pairs) => n + pairs.index.length, 0),
    cell: (row, column) => {
      let i = 0;
      while (row >= series[i]!.index.length) row -= series[i++]!.index.length;
      const pairs = series[i]!;
      const k = pairs.worst[row]!;
      if (column === 0) return pairs.name;
      if (column === 1) return Math.floor(pairs.index[k]! / pairs.outputs);
      if (column === 2 && outputs) return pairs.index[k]! % pairs.outputs;
      return [pairs.truth, pairs.predicted, pairs.off][column - (outputs ? 3 : 2)]![k]!;
    },
  };
}

/**
 * How far predicted numbers are from true ones: predicted over true, and what they are off by over what was predicted,
 * with the band of two standard deviations about their mean.
 */
export const residuals: Kind<Numbers> = {name: 'residuals', stamp: () => '', numbers, figure};
