import {formatCount, formatShort, formatValue} from '../color/format.js';
import {type Best, bestEpochsSteps, type Finding, findingsSteps, type Gap, gapOf, sayFinding} from '../compute/findings.js';
import type {TrainingHistory} from '../compute/history.js';
import {Problem} from '../words/kinds.js';
import {domainOf, type Extent, logNotes, NOTHING} from './extent.js';
import type {Kind, PlotSettings} from './kind.js';
import {columnsOf, curvesOfHistory, extentOfCurve, historyOfRun, indexAt, reduceCurve, type RunCurve, type RunCurves, smoothAgain, weightFor} from './run-curves.js';
import type {Axis, Control, Figure, LegendItem, Mark, Note, Panel, Reading} from './types.js';

/** Points from which a line is too dense for dashes. */
const DENSE = 2000;
/** Runs whose best is told by name at its line; of more, names would cover the curves. */
const LABELLED = 6;
/** Metrics that have a panel. */
const MOST = 12;
/** Rows beyond which each cannot be looked at anew whenever one comes. */
const MANY = 5000;
/** Ms of a figure in which a longer run is judged anew. */
const JUDGING = 2;

/** What the rules say of a run when it has so many rows. */
interface Judged {
  readonly rows: number;
  readonly findings: readonly Finding[];
  /** By each series, the first choice first. */
  readonly bests: readonly Best[];
  readonly gap: Gap | null;
  readonly unit: TrainingHistory['unit'];
}

interface Run {
  readonly name: string;
  readonly curves: RunCurves;
  readonly history: TrainingHistory | null;
  judged: Judged;
  /** Judges it anew while it grows, a little at every figure. */
  judging: Generator<number, Judged> | null;
}

interface Numbers {
  readonly runs: readonly Run[];
  readonly axes: readonly ('epoch' | 'step' | 'time')[];
  readonly remarks: readonly Note[];
}

const isCurves = (x: object): x is RunCurves => 'curves' in x;

function* numbers(data: Parameters<NonNullable<Kind['numbers']>>[0], settings: PlotSettings): Generator<number, Numbers> {
  const runs: Run[] = [];
  const remarks: Note[] = [];
  const axes = new Set<'epoch' | 'step' | 'time'>();
  // one for all: a curve smoothed beside one that is not compares nothing
  const weight = weightFor(settings.smoothing, data.series.reduce((most, {history}) => Math.max(most, (history as RunCurves | TrainingHistory | null | undefined)?.rows ?? 0), 0));
  for (const {name, history} of data.series) {
    if (!history) throw new Problem('plotNoHistory');
    if (isCurves(history)) {
      yield* smoothAgain(history, weight);
      runs.push({name, curves: history, history: null, judged: yield* judgeSteps(history, null, settings), judging: null});
      continue;
    }
    const read = history as TrainingHistory;
    for (const axis of [read.epochs && 'epoch', read.steps && 'step', read.time && 'time'] as const) if (axis) axes.add(axis);
    const curves = yield* curvesOfHistory(read, weight, settings.xAxis);
    runs.push({name, curves, history: read, judged: yield* judgeSteps(curves, read, settings), judging: null});
    remarks.push(...read.remarks.map(({key, params}) => ({text: [name, settings.say(key, params)].filter(Boolean).join(': ')})));
  }
  return {runs, axes: [...axes], remarks};
}

/** Judges a run by the rules. @param history as it was read; `null` of one that grows */
function* judgeSteps(curves: RunCurves, history: TrainingHistory | null, {baseline}: PlotSettings): Generator<number, Judged> {
  const {rows} = curves;
  const run = history ?? (yield* historyOfRun(curves));
  const findings = yield* findingsSteps(run, baseline === null ? {} : {baseline});
  const bests = yield* bestEpochsSteps(run);
  return {rows, findings, bests, gap: gapOf(run), unit: run.unit};
}

/** Judges a run anew where it has grown: at once where it is short, else by a tenth and with every figure a little. */
function judgeGrown(run: Run, settings: PlotSettings): void {
  const {rows} = run.curves;
  if (run.history || (!run.judging && (rows === run.judged.rows || (rows > MANY && rows < run.judged.rows * 1.1)))) return;
  run.judging ??= judgeSteps(run.curves, null, settings);
  const end = performance.now() + JUDGING;
  do {
    const step = run.judging.next();
    if (!step.done) continue;
    run.judged = step.value;
    run.judging = null;
  } while (run.judging && (rows <= MANY || performance.now() < end));
}

/** The best of each run, of those drawn together by one series that all of them have where there is one: validation before training. */
function bestsOf(judged: readonly Judged[]): (Best | null)[] {
  const by = (bests: readonly Best[], name: string): Best | undefined => bests.find(({series}) => series === name);
  const shared = judged[0]?.bests.find(({series}) => judged.every(({bests}) => by(bests, series)))?.series;
  return judged.map(({bests}) => (shared === undefined ? bests[0] : by(bests, shared)) ?? null);
}

const join = (a: Extent, b: Extent): Extent => ({min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), leastPositive: Math.min(a.leastPositive, b.leastPositive), odd: a.odd + b.odd});

const RULES = {'not-finite': 'ruleNotFinite', divergence: 'ruleDivergence', overfitting: 'ruleOverfitting', underfitting: 'ruleUnderfitting', plateau: 'rulePlateau'} as const;

function figure({runs, axes, remarks}: Numbers, settings: PlotSettings): Figure {
  const {say, lang} = settings;
  const metrics = [...new Set(runs.flatMap(({curves}) => [...curves.curves.values()].map((c) => c.metric)))].sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  const shown = metrics.slice(0, MOST);
  for (const run of runs) judgeGrown(run, settings);
  const judged = runs.map((run) => run.judged);
  const bests = bestsOf(judged);
  const unit = runs[0]?.curves.unit ?? 'epoch';
  const axisName = say(unit === 'epoch' ? 'axisEpoch' : unit === 'step' ? 'axisStep' : 'axisTimeSeconds');
  const seriesOf = (run: Run, curve: RunCurve): string => [run.name, runs.length > 1 && shown.length > 1 ? say(curve.validation ? 'plotValidation' : 'plotTraining') : curve.name].filter(Boolean).join(' ');
  // runs have a colour each; of a single run training and validation do, paired by their dash as well
  const inkOf = (r: number, curve: RunCurve): number => (runs.length > 1 ? r : curve.validation ? 1 : 0);
  const several = runs.length > 1;
  const nameOf = (run: Run, curve: RunCurve): string => (several ? seriesOf(run, curve) : say(curve.validation ? 'plotValidation' : 'plotTraining'));
  const labelled = (run: Run, text: string): string => [run.name, text].filter(Boolean).join(': ');
  const legend = new Map<string, LegendItem>();
  const [xType, yType] = [settings.xScale ?? 'linear', settings.yScale ?? 'linear'];
  const extents = new Map(runs.flatMap(({curves}) => Array.from(curves.curves.values(), (curve) => [curve, extentOfCurve(curve, yType === 'log')] as const)));
  let all = NOTHING;
  for (const {x} of extents.values()) all = join(all, x);

  const panels = shown.map((metric): Panel => {
    let y = NOTHING;
    const marks: Mark[] = [];
    const curves = runs.flatMap((run, r) => [...run.curves.curves.values()].filter((c) => c.metric === metric).sort((a, b) => Number(a.validation) - Number(b.validation)).map((curve) => ({run, r, curve})));
    for (const {curve} of curves) y = join(y, extents.get(curve)!.y);
    const domain = domainOf(y, yType);
    for (const {run, r, curve} of curves) {
      const series = nameOf(run, curve);
      const ink = inkOf(r, curve);
      if (!legend.has(series)) legend.set(series, {series, label: series, ink, dash: curve.validation});
      const smoothed = run.curves.weight > 0;
      // dashes of a dense line are dear, and no dashes to see
      const dash = curve.validation && columnsOf(curve, false).x.length < DENSE ? {dash: [6, 3]} : {};
      if (smoothed) marks.push({kind: 'line', series, color: ink, alpha: 0.3, width: 1, points: columnsOf(curve, false), reduce: (from, to, pixels) => reduceCurve(curve, false, from, to, pixels)});
      const points = columnsOf(curve, smoothed);
      marks.push({kind: 'line', series, color: ink, width: 1.8, ...dash, points, reduce: (from, to, pixels) => reduceCurve(curve, smoothed, from, to, pixels), read: (i) => readingAt(curves, run, curve, i)});
      // so few that each stands by itself
      if (points.x.length <= 40) marks.push({kind: 'points', series, color: ink, radius: 2.2, points: columnsOf(curve, smoothed)});
    }
    runs.forEach((run, r) => {
      const {findings} = judged[r]!;
      const best = bests[r];
      const own = (name: string): RunCurve | undefined => [...run.curves.curves.values()].find((c) => c.name === name && c.metric === metric);
      const curve = best && own(best.series);
      // the rows of the judged history are epochs or steps, whatever stands along x
      const place = (row: number): number => run.history?.[unit === 'time' ? 'time' : unit === 'step' ? 'steps' : 'epochs']?.[row] ?? run.history?.x[row] ?? NaN;
      const at = (row: number, x: number): number => (run.history ? place(row) : x);
      if (curve && best) {
        const x = at(best.row, best.x);
        marks.push({kind: 'points', series: nameOf(run, curve), color: inkOf(r, curve), radius: 4.5, points: {x: Float64Array.of(x), y: Float64Array.of(best.value)}});
        marks.push({kind: 'rule', series: nameOf(run, curve), color: several ? inkOf(r, curve) : 'muted', x, row: several ? r : 0, ...(runs.length <= LABELLED && {label: labelled(run, say('plotBestAt', {value: formatShort(best.value)}))})});
      }
      for (const {rule, series, from, to, fromX, toX} of findings) {
        const found = own(series);
        if (!found) continue;
        const [x0, x1] = [at(from, fromX), at(to, toX)];
        const color = several ? inkOf(r, found) : 'text';
        marks.unshift({kind: 'bars', series: nameOf(run, found), color, alpha: 0.07, x0: [x0], x1: [x1], y0: [domain[0]], y1: [domain[1]], gap: 0});
        if (!several) marks.push({kind: 'rule', series: nameOf(run, found), color: 'muted', x: x0, label: say(RULES[rule]), row: 1 + findings.findIndex((f) => f.rule === rule), dash: [1, 3]});
      }
    });
    const axis = (title: string, domain: readonly [number, number], type: Axis['type'], whole = false): Axis => ({title, type, domain, whole});
    return {key: `metric ${metric}`, title: metric, x: axis(axisName, domainOf(all, xType, 0.02), xType, unit !== 'time'), y: axis('', domain, yType), marks, hover: 'x', link: 'run'};
  });

  function readingAt(curves: readonly {run: Run; curve: RunCurve}[], run: Run, curve: RunCurve, i: number): Reading {
    const {x, y} = columnsOf(curve, false);
    const at = x[i]!;
    const same = curves.flatMap((other) => {
      if (other.curve === curve) return [];
      const own = columnsOf(other.curve, false);
      const k = indexAt(own.x, at);
      return k < 0 ? [] : [`${nameOf(other.run, other.curve)} ${formatShort(own.y[k]!, 4)}`];
    });
    const smooth = run.curves.weight > 0 ? [say('plotSmoothed', {value: formatShort(columnsOf(curve, true).y[i]!, 4)})] : [];
    return {
      value: `${nameOf(run, curve)} ${formatShort(y[i]!, 4)}`,
      place: [`${axisName} ${unit === 'time' ? formatShort(at, 5) : formatValue(at, 'float64')}`, ...smooth, ...same.slice(0, 8)].join('\n'),
      indices: null,
      series: run.name || curve.name,
      datum: {metric: curve.name, x: at, value: y[i]!},
    };
  }

  const notes: Note[] = runs.flatMap((run, r) => judged[r]!.findings.map((f) => ({text: labelled(run, sayFinding(lang, f, judged[r]!.unit, (v) => (Number.isInteger(v) && Math.abs(v) < 1e9 ? formatCount(v, lang) : formatShort(v, 4)))), alert: f.rule !== 'plateau'})));
  notes.push(...logNotes([[settings.yScale ?? 'linear', runs.flatMap(({curves}) => [...curves.curves.values()].map((c) => columnsOf(c, false).y))], [settings.xScale ?? 'linear', runs.flatMap(({curves}) => [...curves.curves.values()].map((c) => columnsOf(c, false).x))]], settings));
  if (settings.xAxis && unit !== settings.xAxis) notes.push({text: say('plotNoAxis', {axis: say(settings.xAxis === 'epoch' ? 'axisEpoch' : settings.xAxis === 'step' ? 'axisStep' : 'axisTime')})});
  if (metrics.length > shown.length) notes.push({text: say('plotMetricsLeft', {names: metrics.slice(MOST).join(', ')})});
  const weight = runs[0]?.curves.weight ?? 0;
  if (weight > 0) notes.push({text: say('plotSmoothedBy', {weight: formatShort(weight)})});
  const [first] = judged;
  const [best] = bests;
  const facts = several
    ? say('plotRuns', {n: formatCount(runs.length, lang)})
    : [first && best ? say('plotBest', {name: best.series, value: formatShort(best.value, 4), at: `${say(first.unit === 'epoch' ? 'axisEpoch' : 'axisStep')} ${formatCount(best.x, lang)}`}) : '', first?.gap ? say('plotGap', {value: formatShort(first.gap.last.gap)}) : ''].filter(Boolean).join(' · ');
  const controls: Control[] = [
    {type: 'slider', label: say('plotSmoothing'), value: weight, min: 0, max: 0.99, step: 0.01, set: (smoothing) => settings.change({smoothing})},
    ...(axes.length > 1
      ? [{type: 'choice' as const, label: say('plotXAxis'), value: unit, options: axes.map((axis) => [axis, say(axis === 'epoch' ? 'axisEpoch' : axis === 'step' ? 'axisStep' : 'axisTime')] as const), set: (xAxis: string) => settings.change({xAxis: xAxis as 'epoch'})}]
      : []),
  ];
  const flat = runs.flatMap((run) => [...run.curves.curves.values()].map((curve) => ({run, curve, raw: columnsOf(curve, false), smoothed: columnsOf(curve, true)})));
  return {
    label: say('plotHistory'),
    facts,
    panels,
    legend: [...legend.values()],
    notes: [...notes, ...remarks],
    controls,
    table: {
      columns: ['run', 'series', unit, 'value', 'smoothed'],
      rows: flat.reduce((n, {raw}) => n + raw.x.length, 0),
      cell: (row, column) => {
        let k = 0;
        while (row >= flat[k]!.raw.x.length) row -= flat[k++]!.raw.x.length;
        const {run, curve, raw, smoothed} = flat[k]!;
        return [run.name, curve.name, raw.x[row]!, raw.y[row]!, smoothed.y[row]!][column]!;
      },
    },
    metrics: {runs: runs.map((run, r) => ({name: run.name, rows: run.curves.rows, best: bests[r]!, gap: judged[r]!.gap, findings: judged[r]!.findings}))},
  };
}

/** Training curves: a panel for each metric, training and validation paired, runs compared. */
export const history: Kind<Numbers> = {name: 'history', stamp: ({smoothing, xAxis, baseline}) => JSON.stringify([smoothing, xAxis, baseline]), numbers, figure};
