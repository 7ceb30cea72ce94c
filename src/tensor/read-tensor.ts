import {Problem} from '../words/strings.js';
import {runSliced} from './slices.js';
import type {DType, NestedNumbers, PlainTensor, TensorInput, TensorLike, TensorValues, Values} from './types.js';

/** How many elements a shape holds; 1 for rank 0. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** A shape in words: `3×3×16×32`, or `scalar`. */
export const shapeText = (shape: readonly number[]): string => shape.join('×') || 'scalar';

export const isTyped = (x: unknown): x is Values => ArrayBuffer.isView(x) && !(x instanceof DataView);

/** Half floats, where JavaScript has them. */
const isHalf = (x: unknown): boolean => Object.prototype.toString.call(x) === '[object Float16Array]';

/** Whether something is a `tf.Tensor` or `tf.Variable`, of whatever copy of the library. */
export function isTensorLike(x: unknown): x is TensorLike {
  const t = x as Partial<TensorLike> | null;
  return typeof t === 'object' && t !== null && typeof t.data === 'function' && Array.isArray(t.shape) && typeof t.dtype === 'string';
}

/** Whether a tensor has been disposed of, or a bitmap closed, or one within a list or record: what was read of it before is all that there is. */
export function isGone(given: unknown, depth = 0): boolean {
  const x = depth > 2 || isTyped(given) ? null : ((given as {__v_raw?: unknown} | null)?.__v_raw ?? given);
  if (typeof x !== 'object' || x === null) return false;
  if (isTensorLike(x)) return !!x.isDisposed;
  if ('close' in x && 'width' in x) return x.width === 0;
  // a list of numbers holds no tensors
  return Array.isArray(x) ? typeof x[0] === 'object' && x.some((item) => isGone(item, depth + 1)) : Object.getPrototypeOf(x) === Object.prototype && Object.values(x).some((item) => isGone(item, depth + 1));
}

/**
 * The object behind a Vue proxy, which must not be read through: private fields and identities break.
 * @throws Problem for a proxy that does not give its object away
 */
export function unwrap<T>(input: T): T {
  if (typeof input !== 'object' || input === null) return input;
  const proxy = input as {__v_raw?: T; __v_isReactive?: boolean; __v_isReadonly?: boolean};
  const raw = proxy.__v_raw;
  if (raw) return unwrap(raw);
  if (proxy.__v_isReactive || proxy.__v_isReadonly) throw new Problem('proxy');
  return input;
}

/** What the values of a typed array are called. */
export function dtypeOf(data: Values): DType {
  if (data instanceof Float64Array) return 'float64';
  return data instanceof Float32Array || isHalf(data) ? 'float32' : 'int32';
}

/** Whether a shape can be one. */
export function validShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((n) => Number.isInteger(n) && (n as number) >= 0);
}

async function fromPlain({data, shape, dtype}: PlainTensor): Promise<TensorValues> {
  if (!validShape(shape)) throw new Problem('badShape', {shape: `[${(shape as unknown[]).map(String).join(', ')}]`});
  if (dtype === 'string') throw new Problem('stringTensor');
  if (!isTyped(data) && !Array.isArray(data)) throw new Problem('badInput', {got: describe(data)});
  const given = isTyped(data) ? await fromTyped(data) : await fromNested(data, dtype !== 'int32' && dtype !== 'bool');
  const values = given.data;
  const n = sizeOf(shape) * (dtype === 'complex64' ? 2 : 1);
  if (values.length !== n) throw new Problem('shapeMismatch', {shape: shapeText(shape), expected: n, got: values.length});
  return {shape: [...shape], dtype: (dtype as DType | undefined) ?? given.dtype, data: values};
}

/** The array itself, but for half floats, which are widened. */
async function fromTyped(data: Values): Promise<TensorValues> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) throw new Problem('bigint');
  return {shape: [data.length], dtype: dtypeOf(data), data: isHalf(data) ? await begin(widen(data)) : data};
}

/** Values between two looks at the clock. */
const STEP = 2 ** 14;

function* widen(data: Values): Generator<number, Float32Array> {
  const out = new Float32Array(data.length);
  for (let from = 0; from < out.length; from += STEP) {
    out.set(data.subarray(from, from + STEP), from);
    yield from / out.length;
  }
  return out;
}

/** Runs in slices, the first step at once: what is small is read before the page can change it. */
async function begin<T>(steps: Generator<number, T>): Promise<T> {
  const first = steps.next();
  return first.done ? first.value : runSliced(steps);
}

/** Arrays in arrays are followed no deeper; one that contains itself has no end. */
const DEEPEST = 16;

/** How long nested arrays are on each level, going by the first of each; cut where they are too deep. */
export function nestedShape(input: unknown): number[] {
  const shape: number[] = [];
  for (let at = input; Array.isArray(at) && shape.length <= DEEPEST; at = at[0]) shape.push(at.length);
  return shape;
}

/** What becomes of NaN and the infinities in JSON, which has no numbers for them: `null` or their names. */
const NAMED = new Map<unknown, number>([[null, NaN], ['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]]);

/** @param float whether the values may be other than finite */
const fromNested = (input: NestedNumbers, float = true): Promise<TensorValues> => begin(nested(input, float));

function* nested(input: NestedNumbers, float: boolean): Generator<number, TensorValues> {
  const shape = nestedShape(input);
  if (shape.length > DEEPEST) throw new Problem('tooDeep', {depth: DEEPEST});
  let work = 0;
  // level by level: what stands in the arrays of one is the next; the last are rows of numbers
  let rows: readonly unknown[] = shape.length ? [input] : [[input]];
  for (const [depth, size] of shape.entries()) {
    for (const [i, row] of rows.entries()) {
      if (!Array.isArray(row) || row.length !== size) {
        throw new Problem('ragged', {place: placeOf(i, shape.slice(0, depth)), got: Array.isArray(row) ? row.length : describe(row), expected: size});
      }
      if (++work % STEP === 0) yield 0;
    }
    if (depth === shape.length - 1) break;
    const next: unknown[] = [];
    for (const row of rows as unknown[][]) {
      for (const item of row) {
        next.push(item);
        if (++work % STEP === 0) yield 0;
      }
    }
    rows = next;
  }
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (const row of rows as unknown[][]) {
    for (const v of row) {
      const plain = typeof v === 'number' || typeof v === 'boolean';
      if (!plain && !(float && NAMED.has(v))) throw new Problem('notNumber', {got: describe(v), place: placeOf(at, shape)});
      data[at++] = plain ? Number(v) : NAMED.get(v)!;
      if (at % STEP === 0) yield at / data.length;
    }
  }
  return {shape, dtype: 'float32', data};
}

/** The index of the `i`-th of a shape, in words. */
function placeOf(i: number, shape: readonly number[]): string {
  const index = shape.map((size, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % size);
  return `[${index.join(', ')}]`;
}

/** What something is, for a message. */
export function describe(x: unknown): string {
  if (x === null) return 'null';
  if (Array.isArray(x)) return 'array';
  if (typeof x === 'object') return (x.constructor as {name?: string} | undefined)?.name ?? 'object';
  return typeof x === 'string' ? `"${x.slice(0, 40)}"` : `${typeof x} ${String(x as number).slice(0, 40)}`;
}

async function fromTensor(tensor: TensorLike): Promise<TensorValues> {
  if (tensor.isDisposed) throw new Problem('disposed');
  if (tensor.dtype === 'string') throw new Problem('stringTensor');
  const {dtype} = tensor;
  const shape = [...tensor.shape];
  // called before anything is awaited: a tidy around the setter may dispose of the tensor in the next microtask
  const data = await tensor.data();
  if (!isTyped(data)) throw new Problem('badInput', {got: describe(data)});
  return {shape, dtype: dtype as DType, data};
}

/**
 * Reads a tensor of any rank and dtype; reading begins before this returns. Typed arrays are kept, not copied; plain
 * numbers keep their float64 precision. In arrays of floats `null` and "NaN" are NaN, "Infinity" and "-Infinity" the
 * infinities, as JSON has them.
 * @returns rejects with a Problem where the input is no tensor
 */
export async function readTensor(given: TensorInput): Promise<TensorValues> {
  const input = unwrap(given);
  if (isTensorLike(input)) return fromTensor(input);
  if (isTyped(input)) return fromTyped(input);
  if (Array.isArray(input) || typeof input === 'number' || typeof input === 'boolean') return fromNested(input);
  if (typeof input === 'object' && input !== null && 'data' in input && 'shape' in input && Array.isArray(input.shape)) {
    return fromPlain(input as PlainTensor);
  }
  throw new Problem('badInput', {got: describe(input)});
}

/**
 * One real face of a complex tensor, in float32: magnitude, or phase in radians from -π to π. Other dtypes pass.
 */
export function complexPart(values: TensorValues, part: 'magnitude' | 'phase'): TensorValues {
  if (values.dtype !== 'complex64') return values;
  const steps = partSteps(values, part);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** `complexPart` in slices, for tensors that are large. */
export async function readPart(values: TensorValues, part: 'magnitude' | 'phase', signal?: AbortSignal): Promise<TensorValues> {
  return values.dtype === 'complex64' ? runSliced(partSteps(values, part), {signal}) : values;
}

function* partSteps({shape, data}: TensorValues, part: 'magnitude' | 'phase'): Generator<number, TensorValues> {
  const out = new Float32Array(data.length / 2);
  for (let i = 0; i < out.length; i++) {
    const re = data[2 * i]!;
    const im = data[2 * i + 1]!;
    // squares of float32 neither overflow nor vanish in a double: the slower hypot is not needed
    out[i] = part === 'phase' ? Math.atan2(im, re) : Math.sqrt(re * re + im * im);
    if (i % STEP === STEP - 1) yield i / out.length;
  }
  return {shape, dtype: 'float32', data: out, part};
}
