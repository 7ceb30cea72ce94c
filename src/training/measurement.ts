import {sizeOf} from '../tensor/read-tensor.js';
import type {Tf, TfTensor} from '../tensor/tf.js';

/** The ops of TensorFlow.js that watching needs; tfjs-core has them all. */
export interface WatchTf extends Tf {
  keep(tensor: TfTensor): TfTensor;
  zeros(shape: readonly number[]): TfTensor;
  reshape(tensor: TfTensor, shape: readonly number[]): TfTensor;
  concat(tensors: readonly TfTensor[]): TfTensor;
  sum(tensor: TfTensor, axis?: number): TfTensor;
  mean(tensor: TfTensor, axis?: number | readonly number[]): TfTensor;
  abs(tensor: TfTensor): TfTensor;
  square(tensor: TfTensor): TfTensor;
  sub(a: TfTensor, b: TfTensor | number): TfTensor;
  gather(tensor: TfTensor, indices: TfTensor): TfTensor;
  greater(a: TfTensor, b: TfTensor | number): TfTensor;
  less(a: TfTensor, b: TfTensor | number): TfTensor;
  cast(tensor: TfTensor, dtype: 'float32'): TfTensor;
}

/** What one step has on the device. All tensors stay their owners'. */
export interface StepTensors {
  readonly gradients: readonly TfTensor[];
  /** The weights before the step, one for each gradient. */
  readonly before: readonly TfTensor[];
  /** After it; `null`: see only whether all is finite. */
  readonly after: readonly TfTensor[] | null;
  readonly loss: TfTensor | null;
  /** Inputs and targets, where they are known. */
  readonly batch: readonly TfTensor[];
}

/** Numbers of one step. Where they are of weights there is one for each gradient. */
export interface StepNumbers {
  readonly loss: number;
  /** 1 where a value is NaN or infinite. */
  readonly gradientOdd: Uint8Array;
  readonly beforeOdd: Uint8Array;
  readonly lossOdd: boolean;
  readonly batchOdd: boolean;
  readonly measured: Measured | null;
}

/** In float32; NaN or infinite where a value is. */
export interface Measured {
  /** √ of the mean of squares. */
  readonly gradientRms: Float32Array;
  /** Mean of absolute values. */
  readonly gradientMean: Float32Array;
  readonly weightRms: Float32Array;
  /** Of weights after − before. */
  readonly updateRms: Float32Array;
  readonly gradientHistogram: readonly Histogram[];
  readonly weightHistogram: readonly Histogram[];
}

/** `BINS` equal bins from the least to the greatest of up to 1024 values, spread evenly over a tensor; finite ones alone. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly counts: Uint16Array;
}

export const BINS = 32;

/** Rows of the table that all values are laid out in have at least so many places; the more values, the wider. */
const WIDTH = 256;
const ROWS = 2048;
/** Values in a row that is short, and those from which on a tensor has many. */
const [SHORT, MANY] = [32, 2 ** 14];
/** Tensors of many values that are at most added up apart from all others. */
const ALONE = 8;
/** Values that histograms are made of, of a tensor and of all together. */
const [SAMPLE, SAMPLES] = [1024, 1 << 16];
/** Squares whose mean lies out of these have left what float32 can hold. */
const [SMALL, LARGE] = [1e-34, 1e36];

/** Tensors kept from step to step: they hold nothing but zeros and places. */
export interface Scratch {
  readonly zeros: Map<number, TfTensor>;
  places: {readonly key: string; readonly tensor: TfTensor; readonly from: readonly number[]} | null;
}

export const newScratch = (): Scratch => ({zeros: new Map(), places: null});

export function disposeScratch(scratch: Scratch): void {
  for (const tensor of scratch.zeros.values()) tensor.dispose();
  scratch.zeros.clear();
  scratch.places?.tensor.dispose();
  scratch.places = null;
}

/** Where a tensor's rows lie. */
interface Part {
  readonly row: number;
  readonly rows: number;
  readonly size: number;
}

/**
 * Reduces all tensors of a step on the device, in a number of kernels that does not grow with that of the weights (but
 * for one a weight where updates are measured), and begins one read-back. The tensors may be disposed of right after.
 * Values are laid out as a table in which each tensor begins a row of its own: a row's sum is finite if and only if its
 * values are, unless they are so large that it leaves float32 (beyond 1e35), which counts as infinite.
 * @returns what works the numbers out of what was read, which takes time that is the caller's to count
 */
export function readStep(tf: WatchTf, scratch: Scratch, tensors: StepTensors): Promise<() => StepNumbers> {
  const {gradients, before, after, loss, batch} = tensors;
  if (!after && liesAtHand(tf, [...gradients, ...before, ...batch])) return readFinite(tensors);
  const n = gradients.length;
  const total = gradients.reduce((sum, {shape}) => sum + sizeOf(shape), 0);
  const width = Math.max(WIDTH, 2 ** Math.ceil(Math.log2(total / ROWS || 1)));
  const parts: Part[] = [];
  let rows = 0;
  let pieces: TfTensor[] = [];
  const put = (tensor: TfTensor, at = parts.length): void => {
    const size = sizeOf(tensor.shape);
    const part = {row: rows, rows: Math.ceil(size / width), size};
    parts[at] = part;
    rows += part.rows;
    if (!size) return;
    pieces.push(tf.reshape(tensor, [size]));
    const short = part.rows * width - size;
    if (short) pieces.push(zerosOf(tf, scratch, short));
  };
  /** What was put in since the last, as a table. */
  const table = (): TfTensor | null => {
    const out = pieces.length ? tf.reshape(pieces.length > 1 ? tf.concat(pieces) : pieces[0]!, [-1, width]) : null;
    pieces = [];
    return out;
  };
  let measuredRows = 0;
  let from: readonly number[] = [];
  const out = tf.tidy(() => {
    const results: TfTensor[] = [];
    const sums = (of: TfTensor | null): void => void (of && results.push(tf.sum(of, 1)));
    const all = [...gradients, ...before, ...(loss ? [loss] : []), ...batch];
    if (!after && tf.getBackend() === 'wasm') {
      // where a kernel costs next to nothing to call, a copy of all values is what costs: a row each, as it lies
      for (const tensor of all) {
        const size = sizeOf(tensor.shape);
        // WebAssembly adds one value after the other, but those of short rows side by side
        const cut = size >= MANY && size % SHORT === 0;
        results.push(tf.reshape(tf.sum(cut ? tf.sum(tf.reshape(tensor, [-1, SHORT]), 1) : tensor), [1]));
        parts.push({row: rows++, rows: 1, size});
      }
      return results.length ? tf.concat(results) : null;
    }
    if (!after) {
      // elsewhere too a copy of many values costs more than some more kernels
      const alone = largest(all, width);
      for (const i of alone) {
        put(all[i]!, i);
        sums(table());
      }
      all.forEach((tensor, i) => alone.has(i) || put(tensor, i));
      sums(table());
      return results.length > 1 ? tf.concat(results) : (results[0] ?? null);
    }
    for (const tensor of [...gradients, ...before]) put(tensor);
    for (let i = 0; i < n; i++) put(tf.sub(after[i]!, before[i]!));
    const main = table();
    measuredRows = rows;
    sums(main);
    for (const tensor of loss ? [loss, ...batch] : batch) put(tensor);
    sums(table());
    if (main) {
      const places = placesOf(tf, scratch, parts.slice(0, 2 * n), width);
      from = places.from;
      results.push(tf.sum(tf.square(main), 1), tf.sum(tf.abs(main), 1), tf.gather(tf.reshape(main, [-1]), places.tensor));
    }
    return results.length > 1 ? tf.concat(results) : (results[0] ?? null);
  });
  // begun at once: a hidden tab or a step that follows at once changes nothing
  const data = out ? (out.data() as Promise<Float32Array>) : Promise.resolve(new Float32Array(0));
  out?.dispose();
  return data.then((values) => () => numbersOf(values, {parts, rows, measuredRows, from, n, loss: loss !== null, measured: after !== null}));
}

/** Values that are copied out of WebAssembly's memory before kernels that leave them there are cheaper. */
const COPIED = 2 ** 16;

/** Whether values can be read without waiting for a device: what is in the CPU's own memory, and a few of WebAssembly's. */
function liesAtHand(tf: WatchTf, tensors: readonly TfTensor[]): boolean {
  const backend = tf.getBackend();
  return backend === 'cpu' || (backend === 'wasm' && tensors.reduce((sum, {shape}) => sum + sizeOf(shape), 0) <= COPIED);
}

/** As `readStep` where nothing is measured: no kernel is run and no tensor made, which is what costs with small weights. */
async function readFinite({gradients, before, loss, batch}: StepTensors): Promise<() => StepNumbers> {
  // all reads are begun at once: the tensors may be disposed of before the first comes in
  const read = (tensors: readonly TfTensor[]): Promise<ArrayLike<number>[]> => Promise.all(tensors.map((t) => t.data() as Promise<ArrayLike<number>>));
  const [gradientValues, beforeValues, lossValues, batchValues] = await Promise.all([read(gradients), read(before), read(loss ? [loss] : []), read(batch)]);
  return () => ({
    loss: lossValues[0]?.[0] ?? NaN,
    gradientOdd: Uint8Array.from(gradientValues, odd),
    beforeOdd: Uint8Array.from(beforeValues, odd),
    lossOdd: lossValues.some(odd),
    batchOdd: batchValues.some(odd),
    measured: null,
  });
}

/** Whether one of the values is NaN or infinite: a sum of float32 in float64 is finite otherwise. */
function odd(values: ArrayLike<number>): 0 | 1 {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isFinite(sum) ? 0 : 1;
}

/** Which of the tensors, a few at most, have so many values, in whole rows, that they are best not copied. */
function largest(tensors: readonly TfTensor[], width: number): Set<number> {
  const sizes = tensors.map(({shape}) => sizeOf(shape));
  const many = [...sizes.keys()].filter((i) => sizes[i]! >= MANY && sizes[i]! % width === 0);
  return new Set(many.sort((a, b) => sizes[b]! - sizes[a]!).slice(0, ALONE));
}

function zerosOf(tf: WatchTf, {zeros}: Scratch, size: number): TfTensor {
  let tensor = zeros.get(size);
  // batches of many sizes would leave many
  if (!tensor && zeros.size >= 256) return tf.zeros([size]);
  if (!tensor) zeros.set(size, (tensor = tf.keep(tf.zeros([size]))));
  return tensor;
}

/** Places of the values that histograms are made of: one in each of equal stretches, so that no period of rows shows. */
function placesOf(tf: WatchTf, scratch: Scratch, parts: readonly Part[], width: number): NonNullable<Scratch['places']> {
  const key = parts.map(({size}) => size).join();
  if (scratch.places?.key === key) return scratch.places;
  scratch.places?.tensor.dispose();
  const most = Math.max(32, Math.min(SAMPLE, Math.floor(SAMPLES / parts.length)));
  const places: number[] = [];
  const from = parts.map(({row, size}) => {
    const first = places.length;
    const count = Math.min(size, most);
    for (let i = 0; i < count; i++) {
      const shift = count < size ? (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32 : 0;
      places.push(row * width + Math.min(size - 1, Math.floor(((i + shift) * size) / count)));
    }
    return first;
  });
  from.push(places.length);
  const tensor = tf.keep(tf.tensor(Int32Array.from(places), [places.length], 'int32'));
  return (scratch.places = {key, tensor, from});
}

interface Reading {
  readonly parts: readonly Part[];
  readonly rows: number;
  readonly measuredRows: number;
  readonly from: readonly number[];
  readonly n: number;
  readonly loss: boolean;
  readonly measured: boolean;
}

function numbersOf(values: Float32Array, {parts, rows, measuredRows, from, n, loss, measured}: Reading): StepNumbers {
  const odd = ({row, rows}: Part): boolean => {
    for (let r = row; r < row + rows; r++) if (!Number.isFinite(values[r])) return true;
    return false;
  };
  const rest = parts.slice((measured ? 3 : 2) * n);
  const lossPart = loss ? rest.shift()! : null;
  return {
    loss: lossPart ? values[lossPart.row]! : NaN,
    gradientOdd: Uint8Array.from(parts.slice(0, n), (p) => Number(odd(p))),
    beforeOdd: Uint8Array.from(parts.slice(n, 2 * n), (p) => Number(odd(p))),
    lossOdd: lossPart !== null && odd(lossPart),
    batchOdd: rest.some(odd),
    measured: measured ? measuredOf(values, parts.slice(0, 3 * n), rows, measuredRows, from, n) : null,
  };
}

function measuredOf(values: Float32Array, parts: readonly Part[], rows: number, measuredRows: number, from: readonly number[], n: number): Measured {
  const squares = values.subarray(rows, rows + measuredRows);
  const sizes = values.subarray(rows + measuredRows, rows + 2 * measuredRows);
  const samples = values.subarray(rows + 2 * measuredRows);
  const sample = (k: number): Float32Array => samples.subarray(from[k], from[k + 1]);
  const total = (of: Float32Array, {row, rows}: Part): number => of.subarray(row, row + rows).reduce((sum, v) => sum + v, 0);
  const mean = (k: number): number => total(sizes, parts[k]!) / parts[k]!.size;
  const rms = (k: number): number => {
    const square = total(squares, parts[k]!) / parts[k]!.size;
    if ((square > SMALL && square < LARGE) || k >= 2 * n || !Number.isFinite(total(values, parts[k]!))) return Math.sqrt(square);
    // what float32's squares can't hold is worked out from the sample, in float64
    const some = sample(k);
    return Math.sqrt(some.reduce((sum, v) => sum + v * v, 0) / some.length);
  };
  const weights = Array.from({length: n}, (_, i) => i);
  return {
    gradientRms: Float32Array.from(weights, (i) => rms(i)),
    gradientMean: Float32Array.from(weights, (i) => mean(i)),
    weightRms: Float32Array.from(weights, (i) => rms(n + i)),
    updateRms: Float32Array.from(weights, (i) => rms(2 * n + i)),
    gradientHistogram: weights.map((i) => histogramOf(sample(i))),
    weightHistogram: weights.map((i) => histogramOf(sample(n + i))),
  };
}

function histogramOf(sample: Float32Array): Histogram {
  const counts = new Uint16Array(BINS);
  let [min, max] = [Infinity, -Infinity];
  for (const v of sample) if (Number.isFinite(v)) [min, max] = [Math.min(min, v), Math.max(max, v)];
  if (min > max) return {min: NaN, max: NaN, counts};
  for (const v of sample) if (Number.isFinite(v)) counts[max > min ? Math.min(BINS - 1, Math.floor(((v - min) / (max - min)) * BINS)) : 0]!++;
  return {min, max, counts};
}
