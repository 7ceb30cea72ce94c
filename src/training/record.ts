import {describe, sizeOf, unwrap, validShape} from '../tensor/read-tensor.js';
import {drain} from '../tensor/slices.js';
import {Problem} from '../words/learn.js';
import {BINS, type Measured} from './measurement.js';
import {isPacked, type Packed, packedBytes, plain, unpack, unplain} from './plain.js';
import type {RunFinding} from './rules.js';
import {addRow, newThinned, type Row, type Thinned} from './thinned.js';

/** A weight that is trained. */
export interface RunWeight {
  /** `layer/weight`. */
  readonly address: string;
  readonly layer: string;
  readonly weight: string;
  readonly shape: readonly number[];
  /** The layer's class and activation function, where they are known. */
  readonly layerType: string | null;
  readonly activation: string | null;
}

/** An epoch that has ended. */
export interface RunEpoch {
  /** As TensorFlow.js counts it: from 0, anew in every `fit`. */
  readonly epoch: number;
  /** Steps taken up to its end. */
  readonly step: number;
  /** As logged: loss, metrics, val_loss … */
  readonly logs: Readonly<Record<string, number>>;
}

/** Steps in a row at which something was NaN or infinite. */
export interface NonFiniteSpan {
  /** First and last step, both included. */
  readonly from: number;
  readonly to: number;
  /** Indices of the weights whose gradients were, and that were themselves before the step. */
  readonly gradients: readonly number[];
  readonly weights: readonly number[];
  readonly loss: boolean;
  /** Whether inputs or targets were. */
  readonly batch: boolean;
}

/** All weights before a step, and its gradients. */
export interface RunSnapshot extends Row {
  /** One for each of the run's weights; `null` where it was not there. */
  readonly weights: readonly (Float32Array | null)[];
  /** `null` after the last step. */
  readonly gradients: readonly (Float32Array | null)[] | null;
}

/** Units of a layer on the probe batch. */
export interface ProbedLayer {
  readonly layer: string;
  /** `dead`: the share of units (channels) active on under 1 % of the batch. `saturated`: the share of outputs at their function's flat ends. */
  readonly kind: 'dead' | 'saturated';
  readonly activation: string;
}

/**
 * `gradient-rms` √ of the mean of squares; `gradient-norm` L2; `gradient-mean` mean of absolute values; `weight-rms` of
 * the weights before the step; `update-rms` of weights after − before; `update-ratio` ‖update‖ / ‖weights before‖, NaN
 * where those are all 0.
 */
export type RunMetric = 'gradient-rms' | 'gradient-norm' | 'gradient-mean' | 'weight-rms' | 'update-rms' | 'update-ratio';

/** What is to be shown of a run, live or recorded. Steps count from 0. Arrays are made anew by each call: ask once a picture. */
export interface RunData {
  readonly weights: readonly RunWeight[];
  /** Steps taken. */
  readonly stepCount: number;
  /** Steps at which weights were measured, ascending. */
  readonly steps: Float64Array;
  /** Of shape [steps, weights], row-major; NaN where a weight was not trained at a step. */
  values(metric: RunMetric): Float32Array;
  /** Histograms of one weight's gradients or values: `counts` of shape [steps, 32], equal bins from `min` to `max`, of up to 1024 values spread evenly. */
  histograms(of: 'gradient' | 'weight', weight: number): {steps: Float64Array; min: Float32Array; max: Float32Array; counts: Uint16Array};
  /** Step by step; of long runs thinned. Loss is NaN too where it was not seen. */
  readonly curve: {readonly steps: Float64Array; readonly loss: Float64Array; readonly learningRate: Float64Array};
  readonly epochs: readonly RunEpoch[];
  readonly findings: readonly RunFinding[];
  readonly nonFinite: readonly NonFiniteSpan[];
  readonly snapshots: readonly RunSnapshot[];
  /** Dead and saturated units on the probe batch: `shares` of shape [steps, layers]. */
  readonly units: {readonly layers: readonly ProbedLayer[]; readonly steps: Float64Array; readonly shares: Float32Array};
  /** The whole run as JSON. */
  record(): RunRecord;
}

/** A run as JSON. Arrays are the bytes of little-endian values in base64; NaN and infinities among plain numbers are `{number: 'NaN'}`. */
export interface RunRecord {
  readonly version: 1;
  readonly [part: string]: unknown;
}

/** What is kept of a measured weight: gradient's RMS and mean, weight's and update's RMS. */
const KEPT = 4;
const [GRADIENT_RMS, GRADIENT_MEAN, WEIGHT_RMS, UPDATE_RMS] = [0, 1, 2, 3];

interface MeasuredRow extends Row {
  /** [weights, 4] */
  readonly values: Float32Array;
}

interface HistogramRow extends Row {
  /** [gradients and weights in turn, min and max] */
  readonly ranges: Float32Array;
  /** [gradients and weights in turn, bins] */
  readonly counts: Uint16Array;
}

interface CurveRow extends Row {
  readonly loss: number;
  readonly learningRate: number;
}

interface UnitsRow extends Row {
  readonly shares: Float32Array;
}

/** A run in memory. */
export interface Store {
  readonly weights: RunWeight[];
  stepCount: number;
  measured: Thinned<MeasuredRow> | null;
  histograms: Thinned<HistogramRow> | null;
  readonly curve: Thinned<CurveRow>;
  readonly epochs: RunEpoch[];
  readonly findings: RunFinding[];
  readonly nonFinite: NonFiniteSpan[];
  snapshots: Thinned<RunSnapshot> | null;
  layers: readonly ProbedLayer[];
  readonly units: Thinned<UnitsRow>;
}

/** Limits: measured weights and histograms (times weights), steps of curves, spans, epochs. */
const [MEASURED, HISTOGRAMS, CURVE, SPANS, EPOCHS] = [1 << 17, 1 << 13, 1 << 12, 1000, 10_000];
/** What all snapshots of a run should take at most. Two are kept even where they take more: the first and the last. */
export const SNAPSHOTS_BYTES = 1 << 26;

export const newStore = (): Store => ({
  weights: [],
  stepCount: 0,
  measured: null,
  histograms: null,
  curve: newThinned<CurveRow>(CURVE),
  epochs: [],
  findings: [],
  nonFinite: [],
  snapshots: null,
  layers: [],
  units: newThinned<UnitsRow>(CURVE),
});

/** Rows that fit, between 64 and 2048. */
const fitting = (cells: number, weights: number): number => Math.max(64, Math.min(2048, Math.floor(cells / (weights || 1))));

/** Takes a step's loss, and what was measured: `at` has the index in the run's weights of each weight that was. */
export function addStep(store: Store, step: {step: number; kept: boolean; loss: number; learningRate: number}, at: readonly number[], measured: Measured | null): void {
  const n = store.weights.length;
  store.stepCount = Math.max(store.stepCount, step.step + 1);
  addRow(store.curve, step);
  if (!measured) return;
  const values = new Float32Array(n * KEPT).fill(NaN);
  const ranges = new Float32Array(4 * n).fill(NaN);
  const counts = new Uint16Array(2 * n * BINS);
  for (const [i, w] of at.entries()) {
    values.set([measured.gradientRms[i]!, measured.gradientMean[i]!, measured.weightRms[i]!, measured.updateRms[i]!], w * KEPT);
    for (const [k, {min, max, counts: own}] of [measured.gradientHistogram[i]!, measured.weightHistogram[i]!].entries()) {
      ranges.set([min, max], 4 * w + 2 * k);
      counts.set(own, (2 * w + k) * BINS);
    }
  }
  addRow((store.measured ??= newThinned<MeasuredRow>(fitting(MEASURED, n))), {step: step.step, kept: step.kept, values});
  addRow((store.histograms ??= newThinned<HistogramRow>(fitting(HISTOGRAMS, n))), {step: step.step, kept: step.kept, ranges, counts});
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

/** Takes what was not finite at a step; steps in a row that have the same become one span. */
export function addNonFinite({nonFinite}: Store, step: number, found: Omit<NonFiniteSpan, 'from' | 'to'>): void {
  const last = nonFinite.at(-1);
  const goesOn = last?.to === step - 1 && last.loss === found.loss && last.batch === found.batch && same(last.gradients, found.gradients) && same(last.weights, found.weights);
  if (last && (goesOn || nonFinite.length >= SPANS)) nonFinite[nonFinite.length - 1] = {...last, to: step};
  else nonFinite.push({from: step, to: step, ...found});
}

export function addEpoch({epochs}: Store, epoch: RunEpoch): void {
  if (epochs.length >= EPOCHS) epochs.splice(1, 1);
  epochs.push(epoch);
}

/** What a snapshot of all weights and their gradients takes. */
export const snapshotBytes = ({weights}: Store): number => 8 * weights.reduce((sum, {shape}) => sum + sizeOf(shape), 0);

export function addSnapshot(store: Store, snapshot: RunSnapshot): void {
  addRow((store.snapshots ??= newThinned<RunSnapshot>(Math.max(2, Math.min(256, Math.floor(SNAPSHOTS_BYTES / (snapshotBytes(store) || 1)))))), snapshot);
}

export function addUnits(store: Store, step: number, kept: boolean, shares: Float32Array): void {
  addRow(store.units, {step, kept, shares});
}

const stepsOf = (series: Thinned<Row> | null): Float64Array => Float64Array.from(series?.rows ?? [], ({step}) => step);

function valuesOf({measured, weights}: Store, metric: RunMetric): Float32Array {
  const n = weights.length;
  const rows = measured?.rows ?? [];
  const roots = weights.map(({shape}) => Math.sqrt(sizeOf(shape)));
  const out = new Float32Array(rows.length * n).fill(NaN);
  for (const [r, {values}] of rows.entries()) {
    for (let w = 0; w * KEPT < values.length; w++) {
      const of = (k: number): number => values[w * KEPT + k]!;
      out[r * n + w] = {
        'gradient-rms': of(GRADIENT_RMS),
        'gradient-norm': of(GRADIENT_RMS) * roots[w]!,
        'gradient-mean': of(GRADIENT_MEAN),
        'weight-rms': of(WEIGHT_RMS),
        'update-rms': of(UPDATE_RMS),
        'update-ratio': of(WEIGHT_RMS) === 0 ? NaN : of(UPDATE_RMS) / of(WEIGHT_RMS),
      }[metric];
    }
  }
  return out;
}

function histogramsOf({histograms}: Store, of: 'gradient' | 'weight', weight: number): ReturnType<RunData['histograms']> {
  const rows = (histograms?.rows ?? []).filter(({ranges}) => ranges.length > 4 * weight);
  const k = 2 * weight + Number(of === 'weight');
  const counts = new Uint16Array(rows.length * BINS);
  for (const [r, row] of rows.entries()) counts.set(row.counts.subarray(k * BINS, (k + 1) * BINS), r * BINS);
  return {steps: Float64Array.from(rows, ({step}) => step), min: Float32Array.from(rows, ({ranges}) => ranges[2 * k]!), max: Float32Array.from(rows, ({ranges}) => ranges[2 * k + 1]!), counts};
}

function sharesOf({units, layers}: Store): Float32Array {
  const out = new Float32Array(units.rows.length * layers.length);
  for (const [r, {shares}] of units.rows.entries()) out.set(shares, r * layers.length);
  return out;
}

/** A run in memory, as it is shown: what is added to it later is seen too. */
export const runData = (store: Store): RunData => ({
  weights: store.weights,
  epochs: store.epochs,
  findings: store.findings,
  nonFinite: store.nonFinite,
  get stepCount() {
    return store.stepCount;
  },
  get steps() {
    return stepsOf(store.measured);
  },
  get curve() {
    const {rows} = store.curve;
    return {steps: stepsOf(store.curve), loss: Float64Array.from(rows, ({loss}) => loss), learningRate: Float64Array.from(rows, (row) => row.learningRate)};
  },
  get snapshots() {
    return store.snapshots?.rows ?? [];
  },
  get units() {
    return {layers: store.layers, steps: stepsOf(store.units), shares: sharesOf(store)};
  },
  values: (metric) => valuesOf(store, metric),
  histograms: (of, weight) => histogramsOf(store, of, weight),
  record: () => recordOf(store),
});

/** Arrays of rows, each as long as there are weights now, one after the other. */
function stacked<A extends Float32Array | Uint16Array>(rows: readonly A[], length: number, out: A): A {
  for (const [r, row] of rows.entries()) out.set(row, r * length);
  return out;
}

function recordOf(store: Store): RunRecord {
  const n = store.weights.length;
  const measured = store.measured?.rows ?? [];
  const histograms = store.histograms?.rows ?? [];
  const {curve, units} = runData(store);
  const {weights, stepCount, epochs, findings, nonFinite} = store;
  return plain({
    version: 1,
    weights,
    stepCount,
    measured: {steps: stepsOf(store.measured), values: stacked(measured.map((row) => row.values), n * KEPT, new Float32Array(measured.length * n * KEPT).fill(NaN))},
    histograms: {
      steps: stepsOf(store.histograms),
      ranges: stacked(histograms.map(({ranges}) => ranges), 4 * n, new Float32Array(histograms.length * 4 * n).fill(NaN)),
      counts: stacked(histograms.map(({counts}) => counts), 2 * n * BINS, new Uint16Array(histograms.length * 2 * n * BINS)),
    },
    curve,
    epochs,
    findings,
    nonFinite,
    snapshots: store.snapshots?.rows ?? [],
    units,
  }) as RunRecord;
}

type Parts = Readonly<Record<string, unknown>>;

const isParts = (x: unknown): x is Parts => typeof x === 'object' && x !== null && !Array.isArray(x);

/**
 * Reads what `run.record()` gave, as it was or as JSON text. Weights and gradients in full are decoded when they are first
 * asked for: those that are no base64 throw a Problem then.
 * @throws Problem for anything else, naming the part that is wrong
 */
export function readRecord(given: unknown): RunData {
  const json = recordJson(given);
  return checked({...(drain(unplain({...json, snapshots: null})) as Parts), snapshots: json.snapshots});
}

/** As `readRecord`, in steps, for `runSliced`; weights and gradients in full are decoded too, so that nothing is left to do. @yields nothing of use */
export function* readRecordSteps(given: unknown): Generator<number, RunData> {
  return checked((yield* unplain(recordJson(given))) as Parts);
}

function recordJson(given: unknown): Parts {
  let json: unknown = unwrap(given);
  if (typeof json === 'string') {
    try {
      json = JSON.parse(json);
    } catch (error) {
      throw new Problem('recordJson', {reason: (error as Error).message});
    }
  }
  if (!isParts(json) || !('version' in json)) throw new Problem('recordKind', {got: describe(json)});
  if (json.version !== 1) throw new Problem('recordVersion', {got: String(json.version)});
  return json;
}

/** Values that may not have been decoded yet. */
type Lazy = Float32Array | Packed | null;

const lengthOf = (values: unknown): number => (values instanceof Float32Array ? values.length : isPacked(values) && values.type === 'float32' ? packedBytes(values) / 4 : NaN);

/** Arrays that are decoded when they are first asked for. */
function lazily(values: readonly Lazy[]): (Float32Array | null)[] {
  const out: (Float32Array | null)[] = Array.from({length: values.length}, () => null);
  for (const [i, value] of values.entries()) {
    if (isPacked(value)) decodedAt(out, i, value);
    else out[i] = value;
  }
  return out;
}

function decodedAt(out: (Float32Array | null)[], i: number, packed: Packed): void {
  const set = (value: Float32Array): Float32Array => {
    Object.defineProperty(out, i, {value, enumerable: true, configurable: true, writable: true});
    return value;
  };
  const get = (): Float32Array => {
    const values = drain(unpack(packed));
    if (!values) throw new Problem('recordPart', {part: 'snapshots'});
    return set(values as Float32Array);
  };
  Object.defineProperty(out, i, {get, set, enumerable: true, configurable: true});
}

/** @throws Problem naming the part of a record that is wrong */
function checked(record: Parts): RunData {
  const bad = (part: string): never => {
    throw new Problem('recordPart', {part});
  };
  const list = (part: string, good: (item: Parts) => boolean): Parts[] => {
    const items = record[part];
    return Array.isArray(items) && items.every((item) => isParts(item) && good(item)) ? (items as Parts[]) : bad(part);
  };
  const isWeight = (w: Parts): boolean => [w.address, w.layer, w.weight].every((x) => typeof x === 'string') && validShape(w.shape);
  const isIndex = (x: unknown): boolean => Array.isArray(x) && x.every((i) => Number.isInteger(i) && i >= 0 && i < weights.length);
  const weights = list('weights', isWeight) as unknown as RunWeight[];
  const n = weights.length;
  /** Steps of a part, and its arrays, each of so many values a step. */
  const arrays = <K extends string>(part: string, widths: Readonly<Record<K, number>>): {steps: Float64Array} & Record<K, Float64Array> => {
    const of = record[part];
    if (!isParts(of) || !(of.steps instanceof Float64Array)) return bad(part);
    const {steps} = of;
    if (steps.some((step, i) => !Number.isInteger(step) || (i > 0 && step <= steps[i - 1]!))) bad(`${part}.steps`);
    for (const [name, width] of Object.entries<number>(widths)) {
      const values = of[name];
      if (!ArrayBuffer.isView(values) || (values as Float64Array).length !== steps.length * width) bad(`${part}.${name}`);
    }
    return of as {steps: Float64Array} & Record<K, Float64Array>;
  };
  const rowsOf = <T>(steps: Float64Array, row: (r: number) => T): (T & Row)[] => Array.from(steps, (step, r) => ({step, kept: false, ...row(r)}));
  const measured = arrays('measured', {values: n * KEPT});
  const histograms = arrays('histograms', {ranges: 4 * n, counts: 2 * n * BINS});
  const curve = arrays('curve', {loss: 1, learningRate: 1});
  const layers = isParts(record.units) && Array.isArray(record.units.layers) ? (record.units.layers as ProbedLayer[]) : bad('units.layers');
  const units = arrays('units', {shares: layers.length});
  const cut = <A>(values: Float64Array, r: number, width: number): A => values.subarray(r * width, (r + 1) * width) as unknown as A;
  const isValues = (x: unknown): x is readonly Lazy[] => Array.isArray(x) && x.length <= n && x.every((v, i) => v === null || lengthOf(v) === sizeOf(weights[i]!.shape));
  const snapshots = list('snapshots', (s) => Number.isInteger(s.step) && isValues(s.weights) && (s.gradients === null || isValues(s.gradients))).map(
    (s) => ({...s, weights: lazily(s.weights as Lazy[]), gradients: s.gradients && lazily(s.gradients as Lazy[])}) as unknown as RunSnapshot,
  );
  return runData({
    weights,
    stepCount: Number.isInteger(record.stepCount) ? (record.stepCount as number) : bad('stepCount'),
    measured: newThinned(Infinity, rowsOf(measured.steps, (r) => ({values: cut<Float32Array>(measured.values, r, n * KEPT)}))),
    histograms: newThinned(Infinity, rowsOf(histograms.steps, (r) => ({ranges: cut<Float32Array>(histograms.ranges, r, 4 * n), counts: cut<Uint16Array>(histograms.counts, r, 2 * n * BINS)}))),
    curve: newThinned(Infinity, rowsOf(curve.steps, (r) => ({loss: curve.loss[r]!, learningRate: curve.learningRate[r]!}))),
    epochs: list('epochs', (e) => typeof e.epoch === 'number' && typeof e.step === 'number' && isParts(e.logs)) as unknown as RunEpoch[],
    findings: list('findings', (f) => typeof f.rule === 'string' && typeof f.key === 'string' && isParts(f.params) && typeof f.step === 'number') as unknown as RunFinding[],
    nonFinite: list('nonFinite', (s) => typeof s.from === 'number' && typeof s.to === 'number' && isIndex(s.gradients) && isIndex(s.weights)) as unknown as NonFiniteSpan[],
    snapshots: newThinned(Infinity, snapshots),
    layers,
    units: newThinned(Infinity, rowsOf(units.steps, (r) => ({shares: cut<Float32Array>(units.shares, r, layers.length)}))),
  });
}
