import type {HistorySeries, TrainingHistory} from '../compute/history.js';
import {NAN, POSITIVE_INFINITY} from '../compute/line-pyramid.js';
import {adoptSeriesSteps, appendPoints, extremesOf, newSeries, reduceSeries, type Series} from '../compute/series.js';
import {drain, part} from '../compute/slices.js';
import {smoothNext, type Smoothing, startSmoothing} from '../compute/smooth.js';
import {Problem} from '../words/kinds.js';
import type {Extent} from './extent.js';
import type {Columns, Reduced} from './types.js';

/** One metric of a run as a curve that can grow. */
export interface RunCurve {
  readonly name: string;
  readonly metric: string;
  readonly validation: boolean;
  /** As logged, and smoothed where that is asked for. */
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

/** The weight that is asked for, or suits so many rows, of the longest run where several are drawn together. */
export const weightFor = (asked: number | null, rows: number): number => asked ?? (rows < FEW_ROWS ? 0 : SMOOTHING);

export const newRun = (weight = 0, unit: RunCurves['unit'] = 'step'): RunCurves => ({curves: new Map(), unit, rows: 0, weight});

/** An empty curve's points. @param expected how many are about to come */
const noPoints = (weight: number, expected = 0): Series => newSeries(weight > 0 ? 2 : 1, {expected});

function curveOf(run: RunCurves, name: string, metric: string, validation: boolean): RunCurve {
  let curve = run.curves.get(name);
  if (!curve) run.curves.set(name, (curve = {name, metric, validation, points: noPoints(run.weight), state: startSmoothing(run.weight)}));
  return curve;
}

/** Smooths on from where that stands. @yields share done */
function* smoothOn(state: Smoothing, y: ArrayLike<number>): Generator<number, Float64Array> {
  const out = new Float64Array(y.length);
  for (let from = 0; from < out.length; from += STEP) {
    const to = Math.min(out.length, from + STEP);
    for (let i = from; i < to; i++) out[i] = smoothNext(state, y[i]!);
    yield to / out.length;
  }
  return out;
}

const put = ({points, state}: RunCurve, x: ArrayLike<number>, y: ArrayLike<number>): void => appendPoints(points, x, state.weight > 0 ? [y, drain(smoothOn(state, y))] : [y]);

/** A curve's numbers: smoothed, or as logged, which is the same where nothing is smoothed. */
const columnOf = ({ys}: Series, smoothed: boolean): number => (smoothed && ys.length > 1 ? SMOOTHED : RAW);

/** The axis asked for, where the run has it, else the one that tells its rows apart. */
function axisFor(history: TrainingHistory, asked: 'epoch' | 'step' | 'time' | null): {x: Float64Array; unit: RunCurves['unit']} {
  const {x, unit, epochs, steps, time} = history;
  const wanted = asked === 'epoch' ? epochs : asked === 'step' ? steps : asked === 'time' ? time : null;
  return wanted ? {x: wanted, unit: asked!} : {x, unit};
}

/** The rows in which something was logged; where that is all of them, the given arrays themselves. @yields share done */
function* logged(x: Float64Array, values: Float64Array, missing: Uint8Array): Generator<number, {xs: Float64Array; ys: Float64Array}> {
  if (!missing.includes(1)) return {xs: x, ys: values};
  const rows = values.length;
  const [xs, ys] = [new Float64Array(rows), new Float64Array(rows)];
  let n = 0;
  for (let from = 0; from < rows; from += STEP) {
    for (let row = from; row < Math.min(rows, from + STEP); row++) {
      if (missing[row]) continue;
      xs[n] = x[row]!;
      ys[n++] = values[row]!;
    }
    yield from / rows;
  }
  return {xs: xs.slice(0, n), ys: ys.slice(0, n)};
}

/** Curves of a run that has been read; they hold its arrays. @yields share done */
export function* curvesOfHistory(history: TrainingHistory, weight: number, asked: 'epoch' | 'step' | 'time' | null): Generator<number, RunCurves> {
  const {x, unit} = axisFor(history, asked);
  const run = newRun(weight, unit);
  run.rows = history.rows;
  const n = history.series.length;
  for (const [k, {name, metric, validation, values, missing}] of history.series.entries()) {
    const {xs, ys} = yield* part(logged(x, values, missing), k / n, (k + 0.2) / n);
    const state = startSmoothing(weight);
    const columns = [ys];
    if (weight > 0) columns.push(yield* part(smoothOn(state, ys), (k + 0.2) / n, (k + 0.4) / n));
    run.curves.set(name, {name, metric, validation, points: yield* part(adoptSeriesSteps(xs, columns), (k + 0.4) / n, (k + 1) / n), state});
  }
  return run;
}

/** The same run smoothed otherwise. It stays whole where this is given up half-way, and may grow meanwhile. @yields share done */
export function* smoothAgain(run: RunCurves, weight: number): Generator<number, void> {
  for (const curve of run.curves.values()) {
    if (curve.state.weight === weight) continue;
    const old = curve.points;
    let next = curve;
    let [from, removed] = [0, -1];
    while (from < old.end || old.removed !== removed) {
      // points that were thinned out meanwhile have moved all others
      if (old.removed !== removed) {
        next = {...curve, points: noPoints(weight, old.end - old.start), state: startSmoothing(weight)};
        removed = old.removed;
        from = old.start;
      }
      const to = Math.min(old.end, from + STEP);
      put(next, old.x.subarray(from, to), old.ys[RAW]!.subarray(from, to));
      from = to;
      yield to / Math.max(1, old.end);
    }
    Object.assign(curve, next);
  }
  run.weight = weight;
}

/** One log: values by metric, with `epoch`, `step` or `batch` telling where it belongs. */
export type Logs = Readonly<Record<string, number | null | undefined>>;

const AXES = ['step', 'epoch', 'batch'] as const;

/** A log as TensorFlow.js hands it to callbacks has more than metrics. */
const BESIDE: ReadonlySet<string> = new Set([...AXES, 'size', 'time', 'wall_time']);

/**
 * Adds logs to a run, such as callbacks get them. Along x stands `step`, else `epoch`, else the number of logs before.
 * @param asked which of them the first log is to go by, where it has it; later ones go by the same
 * @throws Problem for values that are no numbers, before anything is added
 */
export function addLogs(run: RunCurves, logs: Logs | readonly Logs[], asked: RunCurves['unit'] | null = null): void {
  const list = (Array.isArray(logs) ? logs : [logs]) as readonly Logs[];
  for (const [i, log] of list.entries()) {
    if (typeof log !== 'object' || log === null) throw new Problem('historyLog', {at: i, got: String(log)});
    for (const [name, v] of Object.entries(log)) if ((typeof v !== 'number' && v !== null && v !== undefined) || (BESIDE.has(name) && typeof v === 'number' && !Number.isFinite(v))) throw new Problem('historyNumber', {name, got: typeof v, row: i});
  }
  const columns = new Map<string, {x: number[]; y: number[]}>();
  for (const log of list) {
    const time = log.time ?? log.wall_time;
    const own = !run.rows ? asked : run.unit;
    const axis = own === 'time' && typeof time === 'number' ? 'time' : own === 'epoch' && typeof log.epoch === 'number' ? 'epoch' : typeof log.step === 'number' ? 'step' : typeof log.epoch === 'number' ? 'epoch' : null;
    if (!run.rows && axis) run.unit = axis;
    const x = axis === 'time' ? time! : axis ? log[axis]! : run.rows;
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

/** Ascending numbers of two lists, each once. */
function union(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  let n = 0;
  for (let [i, k] = [0, 0]; i < a.length || k < b.length; ) {
    const v = i < a.length && !(a[i]! > b[k]!) ? a[i++]! : b[k++]!;
    if (!n || v !== out[n - 1]) out[n++] = v;
  }
  return out.subarray(0, n);
}

/** The place of a number in ascending ones; -1 where it is not among them. */
export function indexAt(xs: ArrayLike<number>, v: number): number {
  let [lo, hi] = [0, xs.length];
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (xs[mid]! < v) lo = mid + 1;
    else hi = mid;
  }
  return xs[lo] === v ? lo : -1;
}

/** A run that has grown as one that was read, for the rules that judge it. It may grow meanwhile. @yields once a curve, and share done */
export function* historyOfRun({curves, unit}: RunCurves): Generator<number, TrainingHistory> {
  const copies: {curve: RunCurve; xs: Float64Array; ys: Float64Array}[] = [];
  let x: Float64Array = new Float64Array(0);
  for (const curve of curves.values()) {
    const {x: all, ys, start, end, ascending} = curve.points;
    const xs = all.slice(start, end);
    copies.push({curve, xs, ys: ys[RAW]!.slice(start, end)});
    x = union(x, ascending ? xs : xs.slice().sort());
    yield 0;
  }
  const series: HistorySeries[] = [];
  for (const {curve: {name, metric, validation}, xs, ys} of copies) {
    const values = new Float64Array(x.length).fill(NaN);
    const missing = new Uint8Array(x.length).fill(1);
    let row = -1;
    for (let i = 0; i < xs.length; i++) {
      const at = xs[i]!;
      if (x[row + 1] === at) row++;
      else if (x[row] !== at) row = indexAt(x, at);
      values[row] = ys[i]!;
      missing[row] = 0;
    }
    series.push({name, metric, validation, values, missing});
    yield series.length / copies.length;
  }
  const epochs = unit === 'epoch' ? x : null;
  return {series, rows: x.length, x, unit: unit === 'epoch' ? 'epoch' : 'step', epochs, steps: epochs ? null : x, time: null, restarts: [], remarks: []};
}

/** What a curve spans along y, and along x. @param positive whether the least value above 0 is to be looked for, which takes long */
export function extentOfCurve({points}: RunCurve, positive: boolean): {x: Extent; y: Extent} {
  const {x, ys, start, end, ascending} = points;
  const {min, max, special} = extremesOf(points, RAW, -Infinity, Infinity);
  let leastPositive = Infinity;
  if (min > 0) leastPositive = min;
  else if (positive) for (let i = start; i < end; i++) if (ys[RAW]![i]! > 0 && ys[RAW]![i]! < leastPositive) leastPositive = ys[RAW]![i]!;
  let [x0, x1] = end === start ? [Infinity, -Infinity] : [x[start]!, x[end - 1]!];
  if (!ascending) for (let i = start; i < end; i++) [x0, x1] = [Math.min(x0, x[i]!), Math.max(x1, x[i]!)];
  return {x: {min: x0, max: x1, leastPositive: x0 > 0 ? x0 : x1 > 0 ? Math.min(1, x1) : Infinity, odd: 0}, y: {min: Number.isNaN(min) ? Infinity : min, max: Number.isNaN(max) ? -Infinity : max, leastPositive, odd: special ? 1 : 0}};
}

/** A curve's points, as logged or smoothed. */
export function columnsOf({points}: RunCurve, smoothed: boolean): Columns {
  const {ys, start, end} = points;
  return {x: points.x.subarray(start, end), y: ys[columnOf(points, smoothed)]!.subarray(start, end)};
}

/** The points that draw a curve between two x as all of them would. */
export function reduceCurve({points}: RunCurve, smoothed: boolean, from: number, to: number, pixels: number): Reduced {
  const column = columnOf(points, smoothed);
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
