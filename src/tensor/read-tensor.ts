import {Problem} from '../words/strings.js';
import type {DType, NestedNumbers, PlainTensor, TensorInput, TensorLike, TensorValues, Values} from './types.js';

/** How many elements a shape holds; 1 for rank 0. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** A shape in words: `3×3×16×32`, or `scalar`. */
export const shapeText = (shape: readonly number[]): string => shape.join('×') || 'scalar';

const isTyped = (x: unknown): x is Values => ArrayBuffer.isView(x) && !(x instanceof DataView);

/** Whether something is a `tf.Tensor` or `tf.Variable`, of whatever copy of the library. */
export function isTensorLike(x: unknown): x is TensorLike {
  const t = x as Partial<TensorLike> | null;
  return typeof t === 'object' && t !== null && typeof t.data === 'function' && Array.isArray(t.shape) && typeof t.dtype === 'string';
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

function dtypeOf(data: Values): DType {
  if (data instanceof Float64Array) return 'float64';
  return data instanceof Float32Array ? 'float32' : 'int32';
}

function checkShape(shape: readonly unknown[]): asserts shape is readonly number[] {
  if (!shape.every((n) => Number.isInteger(n) && (n as number) >= 0)) {
    throw new Problem('badShape', {shape: `[${shape.map(String).join(', ')}]`});
  }
}

function fromPlain({data, shape, dtype}: PlainTensor): TensorValues {
  checkShape(shape);
  if (dtype === 'string') throw new Problem('stringTensor');
  if (ArrayBuffer.isView(data) && (data instanceof BigInt64Array || data instanceof BigUint64Array)) throw new Problem('bigint');
  let values: Values;
  if (isTyped(data)) values = data;
  else if (Array.isArray(data)) values = Float64Array.from(data as number[], (v, i) => numberAt(v, [i]));
  else throw new Problem('badInput', {got: describe(data)});
  const n = sizeOf(shape) * (dtype === 'complex64' ? 2 : 1);
  if (values.length !== n) throw new Problem('shapeMismatch', {shape: shapeText(shape), expected: n, got: values.length});
  return {shape: [...shape], dtype: (dtype as DType | undefined) ?? (isTyped(data) ? dtypeOf(values) : 'float32'), data: values};
}

function numberAt(v: unknown, place: readonly number[]): number {
  if (typeof v === 'number') return v;
  if (typeof v === 'boolean') return v ? 1 : 0;
  throw new Problem('notNumber', {got: describe(v), place: `[${place.join(', ')}]`});
}

function fromNested(input: NestedNumbers): TensorValues {
  const shape: number[] = [];
  for (let at: unknown = input; Array.isArray(at); at = at[0]) shape.push(at.length);
  const data = new Float64Array(sizeOf(shape));
  let next = 0;
  const walk = (at: unknown, place: number[]): void => {
    const depth = place.length;
    if (depth === shape.length) {
      data[next++] = numberAt(at, place);
      return;
    }
    if (!Array.isArray(at) || at.length !== shape[depth]) {
      throw new Problem('ragged', {
        place: `[${place.join(', ')}]`,
        got: Array.isArray(at) ? `${at.length}` : describe(at),
        expected: shape[depth]!,
      });
    }
    for (let i = 0; i < at.length; i++) walk(at[i], [...place, i]);
  };
  if (shape.length < 2 || !shape.includes(0)) walk(input, []);
  return {shape, dtype: 'float32', data};
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
 * numbers keep their float64 precision.
 * @returns rejects with a Problem where the input is no tensor
 */
export async function readTensor(given: TensorInput): Promise<TensorValues> {
  const input = unwrap(given);
  if (isTensorLike(input)) return fromTensor(input);
  if (input instanceof BigInt64Array || input instanceof BigUint64Array) throw new Problem('bigint');
  if (isTyped(input)) return {shape: [input.length], dtype: dtypeOf(input), data: input};
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
  const {data} = values;
  const out = new Float32Array(data.length / 2);
  for (let i = 0; i < out.length; i++) {
    const [re, im] = [data[2 * i]!, data[2 * i + 1]!];
    out[i] = part === 'phase' ? Math.atan2(im, re) : Math.hypot(re, im);
  }
  return {shape: values.shape, dtype: 'float32', data: out};
}
