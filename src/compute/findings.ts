import {Problem, say, type WordKey} from '../words/kinds.js';
import {directionOf} from './direction.js';
import type {HistorySeries, TrainingHistory} from './history.js';
import {drain} from './slices.js';
import {smooth} from './smooth.js';

export type FindingRule = 'not-finite' | 'divergence' | 'overfitting' | 'underfitting' | 'plateau';

/** Something to know about a run, and the numbers that it was found by. */
export interface Finding {
  readonly rule: FindingRule;
  /** The series that shows it. */
  readonly series: string;
  /** Rows of the history, both included. */
  readonly from: number;
  readonly to: number;
  /** `from` and `to` on the history's `x`. */
  readonly fromX: number;
  readonly toX: number;
  /** What the sentence needs, by name. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Names of other series or metrics that the sentence needs. */
  readonly names: Readonly<Record<string, string>>;
}

/** What the rules go by. Where there are only steps, or over 1000 epochs, a hundredth of them counts as an epoch. */
export interface FindingOptions {
  /** Weight of the debiased moving average that overfitting, plateau and underfitting look at; as TensorBoard's slider begins. */
  readonly smoothing?: number;
  /** Overfitting: epochs since the best validation loss, and over how many of the last its rise is measured. */
  readonly overfitPatience?: number;
  /** Overfitting: how far validation loss has risen at least, as a share of its best. */
  readonly overfitRise?: number;
  /** Overfitting: the same in standard deviations of its own noise from epoch to epoch. */
  readonly overfitNoise?: number;
  /** Underfitting: what a model that has learned nothing scores (the share of the largest class). Without it the rule claims nothing. */
  readonly baseline?: number;
  /** Underfitting: the training metric that `baseline` is a score of; by default the first that is better when higher, else the loss. */
  readonly baselineMetric?: string;
  /** Underfitting: the share of the way from the baseline to a perfect score (1, of losses 0) that is still as good as nothing. */
  readonly margin?: number;
  /** Underfitting: epochs over which both losses change by no more than `flatChange` of themselves. */
  readonly flatPatience?: number;
  readonly flatChange?: number;
  /** Plateau: epochs without a new best, at least; SageMaker's LossNotDecreasing and Keras's ReduceLROnPlateau have 10. */
  readonly plateauPatience?: number;
  /** Plateau: the same as a share of the run, so that a run that converged and ended is none. */
  readonly plateauShare?: number;
  /** Plateau: what counts as a new best, as a share of the best; PyTorch's ReduceLROnPlateau has 1e-4, relative. */
  readonly plateauChange?: number;
  /** Divergence: the loss lies above its start and above so many times its best. */
  readonly divergenceFactor?: number;
  /** Divergence: for so many epochs, up to the last. */
  readonly divergencePatience?: number;
}

/** The rules' thresholds where none are given. */
export const FINDING_DEFAULTS: Required<Omit<FindingOptions, 'baseline' | 'baselineMetric'>> = {
  smoothing: 0.6,
  overfitPatience: 5,
  overfitRise: 0.02,
  overfitNoise: 4,
  margin: 0.1,
  flatPatience: 5,
  flatChange: 0.01,
  plateauPatience: 10,
  plateauShare: 1 / 3,
  plateauChange: 1e-4,
  divergenceFactor: 3,
  divergencePatience: 3,
};

/** A series epoch by epoch, only those in which it was logged. */
interface Observed {
  readonly name: string;
  readonly y: Float64Array;
  /** The last row of each. */
  readonly rows: Int32Array;
}

/** Steps without whole epochs, and epochs in their thousands, are judged in so many groups. */
const GROUPS = 100;
const MOST_EPOCHS = 1000;

/** The row at which each observation ends (excluded). */
function groupEnds({epochs, rows}: TrainingHistory): Int32Array {
  const ends: number[] = [];
  let whole = epochs !== null;
  for (let i = 1; whole && i <= rows; i++) {
    if (i === rows || epochs![i] !== epochs![i - 1]) ends.push(i);
    whole = Number.isInteger(epochs![i - 1]) && ends.length <= MOST_EPOCHS;
  }
  if (whole && ends.length) return Int32Array.from(ends);
  const n = Math.min(rows, GROUPS);
  return Int32Array.from({length: n}, (_, i) => Math.round(((i + 1) * rows) / n));
}

/** Means over each group; NaN where one of its values is. */
function observe(series: HistorySeries, ends: Int32Array): Observed {
  const y: number[] = [];
  const rows: number[] = [];
  let from = 0;
  for (const end of ends) {
    let sum = 0;
    let n = 0;
    let last = -1;
    for (let row = from; row < end; row++) {
      if (series.missing[row]) continue;
      sum += series.values[row]!;
      n++;
      last = row;
    }
    from = end;
    if (!n) continue;
    y.push(sum / n);
    rows.push(last);
  }
  return {name: series.name, y: Float64Array.from(y), rows: Int32Array.from(rows)};
}

function finiteOnly({name, y, rows}: Observed): Observed {
  const keep = (_: number, i: number): boolean => Number.isFinite(y[i]);
  return {name, y: y.filter(keep), rows: rows.filter(keep)};
}

/** Training and validation of one metric that is better when lower: the loss, where there is one. */
interface Losses {
  readonly training: HistorySeries | undefined;
  readonly validation: HistorySeries | undefined;
}

function lossesOf({series}: TrainingHistory): Losses {
  const lower = series.filter((s) => directionOf(s.metric) === 'lower');
  const paired = lower.find((s) => lower.some((o) => o.metric === s.metric && o.validation !== s.validation));
  const metric = (lower.find((s) => s.metric === 'loss') ?? paired ?? lower[0])?.metric;
  const of = lower.filter((s) => s.metric === metric);
  return {training: of.find((s) => !s.validation), validation: of.find((s) => s.validation)};
}

/**
 * Judges one run by rules; the order is that of gravity. The gap between training and validation is no finding: see
 * `gapOf`.
 * - not-finite: a series logged NaN or an infinity. One finding a series, the earliest first.
 * - divergence: training loss stands above its first value and above `divergenceFactor` times its best for the last
 *   `divergencePatience` epochs; NaN after such an epoch goes on with it.
 * - overfitting: `overfitPatience` epochs after its best, smoothed validation loss has risen by more than `overfitRise`
 *   of it and more than its noise, while smoothed training loss fell.
 * - underfitting: both losses are flat, and training is about as good as `baseline`.
 * - plateau: smoothed training loss has had no new best for `plateauPatience` epochs and `plateauShare` of the run, and
 *   does not diverge.
 * @throws Problem for a smoothing out of range, and for a `baselineMetric` that the run has not
 */
export const findingsOf = (run: TrainingHistory, options?: FindingOptions): Finding[] => drain(findingsSteps(run, options));

/** `findingsOf` in steps: one looks through all rows of a series, which for a million takes some ms. @yields share done */
export function* findingsSteps(run: TrainingHistory, options: FindingOptions = {}): Generator<number, Finding[]> {
  const set = {...FINDING_DEFAULTS, ...options};
  const ends = groupEnds(run);
  const {training, validation} = lossesOf(run);
  const t = training && observe(training, ends);
  yield 0.2;
  const v = validation && observe(validation, ends);
  yield 0.4;
  const odd: Finding[] = [];
  for (const [k, series] of run.series.entries()) {
    odd.push(...notFinite(run, series));
    yield 0.4 + (0.5 * k) / run.series.length;
  }
  const main = t ?? v;
  const diverged = main ? divergence(run, main, set) : [];
  return [
    ...odd.sort((a, b) => a.from - b.from),
    ...diverged,
    ...(t && v ? overfitting(run, finiteOnly(t), finiteOnly(v), set) : []),
    ...(t ? underfitting(run, t, v, ends, set) : []),
    ...(main && !diverged.length ? plateau(run, finiteOnly(main), set) : []),
  ];
}

type Settings = typeof FINDING_DEFAULTS & FindingOptions;

type Told<T> = Readonly<Record<string, T>>;

function finding(run: TrainingHistory, rule: FindingRule, series: string, from: number, to: number, numbers: Told<number>, names: Told<string> = {}): Finding[] {
  return [{rule, series, from, to, fromX: run.x[from]!, toX: run.x[to]!, numbers, names}];
}

function notFinite(run: TrainingHistory, {name, values, missing}: HistorySeries): Finding[] {
  let [n, first, last] = [0, 0, 0];
  for (let row = 0; row < values.length; row++) {
    const v = values[row]!;
    if (v - v === 0 || missing[row]) continue;
    if (!n++) first = row;
    last = row;
  }
  return n ? finding(run, 'not-finite', name, first, last, {value: values[first]!, n}) : [];
}

function divergence(run: TrainingHistory, {name, y, rows}: Observed, {divergenceFactor, divergencePatience}: Settings): Finding[] {
  const first = y.find(Number.isFinite);
  if (first === undefined) return [];
  let best = first;
  let bestAt = y.indexOf(first);
  /** Where the present run of high values began. */
  let since = -1;
  let last = NaN;
  for (let i = bestAt; i < y.length; i++) {
    const v = y[i]!;
    if (!Number.isFinite(v)) continue;
    last = v;
    if (v < best) [best, bestAt] = [v, i];
    // for losses below 0 the same distance from the best
    const high = v > Math.max(first, best + (divergenceFactor - 1) * Math.abs(best));
    if (!high) since = -1;
    else if (since < 0) since = i;
  }
  if (since < 0 || y.length - since < divergencePatience) return [];
  return finding(run, 'divergence', name, rows[since]!, rows.at(-1)!, {best, bestX: run.x[rows[bestAt]!]!, last});
}

/** Standard deviation of what a series has from epoch to epoch beside its trend, from its second differences. */
function noiseOf(y: Float64Array): number {
  const d = new Float64Array(Math.max(0, y.length - 2));
  for (let i = 0; i < d.length; i++) d[i] = Math.abs(y[i]! - 2 * y[i + 1]! + y[i + 2]!);
  d.sort();
  // of white noise they have 6 times its variance; 0.6745 is the normal distribution's median deviation
  return d.length ? d[d.length >> 1]! / (0.6745 * Math.sqrt(6)) : 0;
}

const mean = (y: Float64Array): number => y.reduce((sum, v) => sum + v, 0) / y.length;

/** The last smoothed value up to a row. */
function valueAt(smoothed: Float64Array, rows: Int32Array, row: number): number {
  let i = rows.length - 1;
  while (i > 0 && rows[i]! > row) i--;
  return smoothed[i]!;
}

function overfitting(run: TrainingHistory, t: Observed, v: Observed, set: Settings): Finding[] {
  const smoothed = smooth(v.y, set.smoothing);
  const end = smoothed.length - 1;
  const best = smoothed.indexOf(smoothed.reduce((low, v) => Math.min(low, v), Infinity));
  if (!t.y.length || end - best < set.overfitPatience) return [];
  const low = smoothed[best]!;
  // by the raw values, so that no single one does it, and by where the smoothed ones have got to
  const recent = Math.min(mean(v.y.subarray(-set.overfitPatience)), smoothed[end]!);
  const noise = noiseOf(v.y.subarray(Math.max(0, best - set.overfitPatience)));
  if (!(recent - low > Math.max(set.overfitRise * Math.abs(low), set.overfitNoise * noise))) return [];
  const train = smooth(t.y, set.smoothing);
  const [trainBest, trainLast] = [valueAt(train, t.rows, v.rows[best]!), valueAt(train, t.rows, v.rows[end]!)];
  if (!(trainLast < trainBest)) return [];
  return finding(run, 'overfitting', v.name, v.rows[best]!, v.rows[end]!, {best: low, last: smoothed[end]!, trainBest, trainLast}, {train: t.name});
}

/** How many of the last observations lie within `change` of the last smoothed one, as a share of it. */
function flatFor({y}: Observed, smoothing: number, change: number): number {
  const smoothed = smooth(y, smoothing);
  const last = smoothed.at(-1)!;
  let n = 0;
  while (n < smoothed.length && Math.abs(smoothed.at(-1 - n)! - last) <= change * Math.abs(last)) n++;
  return n;
}

function underfitting(run: TrainingHistory, t: Observed, v: Observed | undefined, ends: Int32Array, set: Settings): Finding[] {
  const {baseline, baselineMetric, margin, flatPatience, flatChange} = set;
  if (baselineMetric !== undefined && !run.series.some((s) => !s.validation && s.name === baselineMetric)) {
    throw new Problem('findBaselineMetric', {name: baselineMetric, names: run.series.filter((s) => !s.validation).map((s) => s.name).join(', ')});
  }
  if (baseline === undefined) return [];
  const flat = Math.min(...[t, v].flatMap((o) => (o ? [flatFor(finiteOnly(o), set.smoothing, flatChange)] : [])));
  if (flat <= flatPatience) return [];
  const isScore = (s: HistorySeries): boolean => (baselineMetric === undefined ? directionOf(s.metric) === 'higher' : s.name === baselineMetric);
  const scored = run.series.find((s) => !s.validation && isScore(s)) ?? run.series.find((s) => s.name === t.name)!;
  const direction = directionOf(scored.metric);
  const score = smooth(finiteOnly(observe(scored, ends)).y, set.smoothing).at(-1);
  if (direction === null || score === undefined) return [];
  const perfect = direction === 'higher' ? 1 : 0;
  // the skill score: 0 as the baseline, 1 perfect
  const skill = (score - baseline) / (perfect - baseline);
  if (!(skill < margin) || (direction === 'higher' ? baseline >= perfect : baseline <= perfect)) return [];
  const from = t.rows.at(-flat) ?? 0;
  return finding(run, 'underfitting', t.name, from, t.rows.at(-1)!, {score, baseline}, {metric: scored.name});
}

function plateau(run: TrainingHistory, {name, y, rows}: Observed, set: Settings): Finding[] {
  const smoothed = smooth(y, set.smoothing);
  let best = 0;
  for (let i = 1; i < smoothed.length; i++) if (smoothed[i]! < smoothed[best]! - set.plateauChange * Math.abs(smoothed[best]!)) best = i;
  if (smoothed.length - 1 - best < Math.max(set.plateauPatience, set.plateauShare * smoothed.length)) return [];
  return finding(run, 'plateau', name, rows[best]!, rows.at(-1)!, {value: smoothed[best]!});
}

/** Where a run was best. */
export interface Best {
  readonly series: string;
  readonly row: number;
  /** On the history's `x`. */
  readonly x: number;
  readonly value: number;
}

/**
 * The row of the lowest validation loss, else training loss, else of the best of the first metric whose direction is
 * known, validation first; the first of equals. Values as logged, not smoothed. `null` where nothing finite was logged.
 */
export const bestEpoch = (run: TrainingHistory): Best | null => drain(bestEpochsSteps(run))[0] ?? null;

/** The best by each series that a run can be best by, in the order in which `bestEpoch` chooses. @yields share done */
export function* bestEpochsSteps(run: TrainingHistory): Generator<number, Best[]> {
  const {training, validation} = lossesOf(run);
  const known = run.series.filter((s) => directionOf(s.metric));
  const all = [...new Set([validation, training, ...known.filter((s) => s.validation), ...known])].filter((s) => s !== undefined);
  const out: Best[] = [];
  for (const [k, series] of all.entries()) {
    const sign = directionOf(series.metric) === 'higher' ? -1 : 1;
    let row = -1;
    let best = Infinity;
    for (let i = 0; i < series.values.length; i++) {
      const v = sign * series.values[i]!;
      if (v - v === 0 && v < best) [row, best] = [i, v];
    }
    if (row >= 0) out.push({series: series.name, row, x: run.x[row]!, value: series.values[row]!});
    yield (k + 1) / all.length;
  }
  return out;
}

/** Training and validation at one row. */
export interface GapAt {
  readonly row: number;
  readonly x: number;
  readonly training: number;
  readonly validation: number;
  /** validation − training. */
  readonly gap: number;
}

/** How far validation loss lies above training loss. */
export interface Gap {
  readonly training: string;
  readonly validation: string;
  /** At the lowest validation loss. */
  readonly best: GapAt;
  /** At the last row that has both. */
  readonly last: GapAt;
}

/**
 * The gap at the best and at the last epoch, of the values as logged. Training loss is a mean over an epoch's batches,
 * with dropout and before the last updates: a gap, of either sign, is no fault. `null` where no row has both.
 */
export function gapOf(run: TrainingHistory): Gap | null {
  const {training, validation} = lossesOf(run);
  if (!training || !validation) return null;
  let [best, last] = [-1, -1];
  for (let row = 0; row < run.rows; row++) {
    if (!Number.isFinite(training.values[row]) || !Number.isFinite(validation.values[row])) continue;
    if (best < 0 || validation.values[row]! < validation.values[best]!) best = row;
    last = row;
  }
  if (best < 0) return null;
  const at = (row: number): GapAt => {
    const [a, b] = [training.values[row]!, validation.values[row]!];
    return {row, x: run.x[row]!, training: a, validation: b, gap: b - a};
  };
  return {training: training.name, validation: validation.name, best: at(best), last: at(last)};
}

const SENTENCES: Record<FindingRule, WordKey> = {
  'not-finite': 'findNotFinite',
  divergence: 'findDivergence',
  overfitting: 'findOverfitting',
  underfitting: 'findUnderfitting',
  plateau: 'findPlateau',
};

/**
 * A finding as a sentence, with the numbers that it was found by.
 * @param format writes a number in few digits
 */
export function sayFinding(lang: string, {rule, series, fromX, toX, numbers, names}: Finding, unit: TrainingHistory['unit'], format: (v: number) => string): string {
  const place = (n: number): string => say(lang, unit === 'epoch' ? 'findAtEpoch' : 'findAtStep', {n: format(n)});
  const told = Object.fromEntries(Object.entries(numbers).map(([name, v]) => [name, name.endsWith('X') ? place(v) : name === 'n' ? v : format(v)]));
  return say(lang, SENTENCES[rule], {...told, ...names, series, at: place(fromX), to: place(toX)});
}
