import {Problem} from '../words/strings.js';
import {sizeOf} from './read-tensor.js';
import type {DType, TensorValues, Values} from './types.js';

/** One entry of a weights manifest. */
export interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: {readonly dtype: string; readonly scale?: number; readonly min?: number; readonly original_dtype?: string};
}

const SIZES: Readonly<Record<string, number>> = {float32: 4, int32: 4, bool: 1, complex64: 8, uint8: 1, uint16: 2, float16: 2};
const QUANTIZED = new Set(['uint8', 'uint16', 'float16']);

/** Bytes that a weight takes in its group; `null` for strings and unknown types, whose length only their bytes tell. */
export function byteLength({shape, dtype, quantization}: ManifestWeight): number | null {
  const size = Object.hasOwn(SIZES, quantization?.dtype ?? dtype) ? SIZES[quantization?.dtype ?? dtype]! : null;
  return dtype === 'string' || size === null || !validShape(shape) ? null : size * sizeOf(shape);
}

/** Whether a shape can be one. */
export function validShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((n) => Number.isInteger(n) && (n as number) >= 0);
}

let halves: Float32Array | undefined;

/** Every float16 as float32, by its bits (IEEE 754 binary16). */
function float16Table(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) halves[bits] = fraction ? NaN : sign * Infinity;
    else if (exponent === 0) halves[bits] = sign * fraction * 2 ** -24;
    else halves[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}

/**
 * Decodes a weight's bytes as TensorFlow.js does: quantised = q · scale + min, rounded where the weight is int32;
 * little-endian.
 * @param bytes exactly the weight's own
 * @throws Problem for a dtype that is not known, a string, a shape that cannot be
 */
export function decode(weight: ManifestWeight, bytes: Uint8Array<ArrayBuffer>): TensorValues {
  const {shape, dtype, quantization, name} = weight;
  if (!validShape(shape)) throw new Problem('weightShape', {name, shape: JSON.stringify(shape)});
  if (dtype === 'string') throw new Problem('stringTensor');
  const stored = quantization?.dtype ?? dtype;
  const known = quantization ? QUANTIZED.has(stored) && (dtype === 'float32' || dtype === 'int32') : Object.hasOwn(SIZES, dtype) && stored !== 'float16';
  if (!known) throw new Problem('weightDtype', {name, dtype: quantization ? `${dtype} (${stored})` : dtype});
  // a typed array needs its bytes aligned
  const size = SIZES[stored]!;
  const {buffer, byteOffset, byteLength: length} = bytes.byteOffset % Math.min(4, size) ? bytes.slice() : bytes;
  const raw: Values =
    stored === 'float32' || stored === 'complex64'
      ? new Float32Array(buffer, byteOffset, length / 4)
      : stored === 'int32'
        ? new Int32Array(buffer, byteOffset, length / 4)
        : size === 2
          ? new Uint16Array(buffer, byteOffset, length / 2)
          : new Uint8Array(buffer, byteOffset, length);
  if (!quantization) return {shape, dtype: (dtype === 'uint8' || dtype === 'uint16' ? 'int32' : dtype) as DType, data: raw};
  const out = dtype === 'int32' ? new Int32Array(raw.length) : new Float32Array(raw.length);
  if (stored === 'float16') {
    const table = float16Table();
    for (let i = 0; i < raw.length; i++) out[i] = table[raw[i]!]!;
  } else {
    const {scale = 1, min = 0} = quantization;
    if (dtype === 'int32') for (let i = 0; i < raw.length; i++) out[i] = Math.round(raw[i]! * scale + min);
    else for (let i = 0; i < raw.length; i++) out[i] = raw[i]! * scale + min;
  }
  return {shape, dtype: dtype as DType, data: out};
}
