import type {HistorySeries, TrainingHistory} from '../compute/history.js';
import {NAN, POSITIVE_INFINITY} from '../compute/line-pyramid.js';
import {appendPoints, extremesOf, newSeries, reduceSeries, type Series} from '../compute/series.js';
import {smoothNext, type Smoothing, startSmoothing} from '../compute/smooth.js';
import {Problem} from '../words/plot.js';
import type {Extent} from './extent.js';
import type {Columns, Reduced} from './types.js';

/** One metric of a run as a curve that can grow. */
export interface RunCurve {
  readonly name: string;
  readonly metric: string;
  readonly validation: boolean;
  /** As logged, and smoothed. */
  points: Series;
  state: Smoothing;
}

/** A training run as curves that can grow. */
export interface RunCurves {
  readonly curves: Map<string, RunCurve>;
  unit: 'epoch' | 'step' | 'time';
  /** Logs taken so far. */
  rows: number;
  /** Weight of the past in what is smoothed. */
  weight: number;
}

/** Columns of a curve's points. */
const [RAW, SMOOTHED] = [0, 1];
/** Rows up to which nothing is smoothed by default: each is looked at by itself. */
export const FEW_ROWS = 50;
/** Smoothing of longer runs by default, as TensorBoard's slider begins. */
const SMOOTHING = 0.6;
/** Points put in between two yields. */
const STEP = 1 << 15;

/** The weight that is asked for, or suits so many rows. */
export const weightFor = (asked: number | null, rows: number): number => asked ?? (rows < FEW_ROWS ? 0 : SMOOTHING);

export const newRun = (weight = 0, unit: RunCurves['unit'] = 'step'): RunCurves => ({curves: new Map(), unit, rows: 0, weight});

function curveOf(run: RunCurves, name: string, metric: string, validation: boolean): RunCurve {
  let curve = run.curves.get(name);
  if (!curve) run.curves.set(name, (curve = {name, metric, validation, points: newSeries(2), state: startSmoothing(run.weight)}));
  return curve;
}

function put(curve: RunCurve, x: ArrayLike<number>, y: ArrayLike<number>): void {
  const smoothed = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) smoothed[i] = smoothNext(curve.state, y[i]!);
  appendPoints(curve.points, x, [y, smoothed]);
}

/** The axis asked for, where the run has it, else the one that tells its rows apart. */
function axisFor(history: TrainingHistory, asked: 'epoch' | 'step' | 'time' | null): {x: Float64Array; unit: RunCurves['unit']} {
  const {x, unit, epochs, steps, time} = history;
  const wanted = asked === 'epoch' ? epochs : asked === 'step' ? steps : asked === 'time' ? time : null;
  return wanted ? {x: wanted, unit: asked!} : {x, unit};
}

/** Curves of a run that has been read. @yields share done */
export function* curvesOfHistory(history: TrainingHistory, weight: number, asked: 'epoch' | 'step' | 'time' | null): Generator<number, RunCurves> {
  const {x, unit} = axisFor(history, asked);
  const run = newRun(weight, unit);
  run.rows = history.rows;
  const n = history.series.length;
  for (const [k, {name, metric, validation, values, missing}] of history.series.entries()) {
    const curve = curveOf(run, name, metric, validation);
    for (let from = 0; from < values.length; from += STEP) {
      const rows: number[] = [];
      for (let row = from; row < Math.min(values.length, from + STEP); row++) if (!missing[row] && Number.isFinite(x[row])) rows.push(row);
      put(curve, Float64Array.from(rows, (row) => x[row]!), Float64Array.from(rows, (row) => values[row]!));
      yield (k + from / values.length) / n;
    }
  }
  return run;
}

/** The same run smoothed otherwise. @yields share done */
export function* smoothAgain(run: RunCurves, weight: number): Generator<number, void> {
  run.weight = weight;
  for (const curve of run.curves.values()) {
    const {x, ys, start, end} = curve.points;
    curve.points = newSeries(2);
    curve.state = startSmoothing(weight);
    for (let from = start; from < end; from += STEP) {
      const to = Math.min(end, from + STEP);
      put(curve, x.subarray(from, to), ys[RAW]!.subarray(from, to));
      yield from / end;
    }
  }
}

/** One log: values by metric, with `epoch`, `step` or `batch` telling where it belongs. */
export type Logs = Readonly<Record<string, number | null | undefined>>;

const AXES = ['step', 'epoch', 'batch'] as const;

/** A log as TensorFlow.js hands it to callbacks has more than metrics. */
const BESIDE: ReadonlySet<string> = new Set([...AXES, 'size', 'time']);

/**
 * Adds logs to a run, such as callbacks get them. Along x stands `step`, else `epoch`, else the number of logs before.
 * @throws Problem for values that are no numbers, before anything is added
 */
export function addLogs(run: RunCurves, logs: Logs | readonly Logs[]): void {
  const list = (Array.isArray(logs) ? logs : [logs]) as readonly Logs[];
  for (const [i, log] of list.entries()) {
    if (typeof log !== 'object' || log === null) throw new Problem('historyLog', {at: i, got: String(log)});
    for (const [name, v] of Object.entries(log)) if (typeof v !== 'number' && v !== null && v !== undefined) throw new Problem('historyNumber', {name, got: typeof v, row: i});
  }
  const columns = new Map<string, {x: number[]; y: number[]}>();
  for (const log of list) {
    const axis = typeof log.step === 'number' ? 'step' : typeof log.epoch === 'number' ? 'epoch' : null;
    if (!run.rows && axis) run.unit = axis;
    const x = axis ? log[axis]! : run.rows;
    for (const [name, v] of Object.entries(log)) {
      if (BESIDE.has(name) || typeof v !== 'number') continue;
      let column = columns.get(name);
      if (!column) columns.set(name, (column = {x: [], y: []}));
      column.x.push(x);
      column.y.push(v);
    }
    run.rows++;
  }
  for (const [name, {x, y}] of columns) {
    const validation = name.startsWith('val_');
    put(curveOf(run, name, validation ? name.slice(4) : name, validation), x, y);
  }
}

/** A run that has grown as one that was read, for the rules that judge it. */
export function historyOfRun({curves, unit}: RunCurves): TrainingHistory {
  const places = new Set<number>();
  for (const {points: {x, start, end}} of curves.values()) for (let i = start; i < end; i++) places.add(x[i]!);
  const x = Float64Array.from(places).sort();
  const rowOf = new Map(Array.from(x, (v, row) => [v, row] as const));
  const series = Array.from(curves.values(), ({name, metric, validation, points}): HistorySeries => {
    const values = new Float64Array(x.length).fill(NaN);
    const missing = new Uint8Array(x.length).fill(1);
    for (let i = points.start; i < points.end; i++) {
      const row = rowOf.get(points.x[i]!)!;
      values[row] = points.ys[RAW]![i]!;
      missing[row] = 0;
    }
    return {name, metric, validation, values, missing};
  });
  const epochs = unit === 'epoch' ? x : null;
  return {series, rows: x.length, x, unit: unit === 'epoch' ? 'epoch' : 'step', epochs, steps: epochs ? null : x, time: null, restarts: [], remarks: []};
}

/** What a curve spans along y, and along x. */
export function extentOfCurve({points}: RunCurve): {x: Extent; y: Extent} {
  const {x, start, end} = points;
  const {min, max, special} = extremesOf(points, RAW, -Infinity, Infinity);
  let leastPositive = Infinity;
  // a log axis needs it, and only where some values are not positive has it to be looked for
  if (min > 0) leastPositive = min;
  else for (let i = start; i < end; i++) if (points.ys[RAW]![i]! > 0 && points.ys[RAW]![i]! < leastPositive) leastPositive = points.ys[RAW]![i]!;
  const none = end === start;
  const [x0, x1] = none ? [Infinity, -Infinity] : [x[start]!, x[end - 1]!];
  return {x: {min: x0, max: x1, leastPositive: x0 > 0 ? x0 : x1 > 0 ? Math.min(1, x1) : Infinity, odd: 0}, y: {min: Number.isNaN(min) ? Infinity : min, max: Number.isNaN(max) ? -Infinity : max, leastPositive, odd: special ? 1 : 0}};
}

/** A curve's points, as logged or smoothed. */
export function columnsOf({points: {x, ys, start, end}}: RunCurve, smoothed: boolean): Columns {
  return {x: x.subarray(start, end), y: ys[smoothed ? SMOOTHED : RAW]!.subarray(start, end)};
}

/** The points that draw a curve between two x as all of them would. */
export function reduceCurve({points}: RunCurve, smoothed: boolean, from: number, to: number, pixels: number): Reduced {
  const column = smoothed ? SMOOTHED : RAW;
  const {points: kept, breaks, special} = reduceSeries(points, column, from, to, pixels);
  const x = new Float64Array(kept.length);
  const y = new Float64Array(kept.length);
  for (let i = 0; i < kept.length; i++) {
    x[i] = points.x[kept[i]!]!;
    y[i] = points.ys[column]![kept[i]!]!;
  }
  const odd: {x: number; value: number}[] = [];
  special.forEach((flags, c) => {
    if (flags) odd.push({x: from + ((to - from) * (c + 0.5)) / pixels, value: flags & NAN ? NaN : flags & POSITIVE_INFINITY ? Infinity : -Infinity});
  });
  return {x, y, breaks, odd};
}
