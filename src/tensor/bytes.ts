import {Problem} from '../words/reading.js';
import {sizeOf, validShape} from './read-tensor.js';
import {runSliced} from './slices.js';
import type {DType, TensorValues, Values} from './types.js';

export type Bytes = Uint8Array<ArrayBuffer>;

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

/** Bytes that are copied between two looks at the clock. */
const COPIED = 2 ** 20;
/** Values that are computed between two looks at the clock. */
const COMPUTED = 2 ** 16;

/** Bytes laid end to end in an array of their own. */
export function* joinBytes(pieces: readonly Bytes[]): Generator<number, Bytes> {
  const out = new Uint8Array(pieces.reduce((n, piece) => n + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += COPIED) {
      const part = piece.subarray(from, from + COPIED);
      out.set(part, at);
      at += part.length;
      yield at / out.length;
    }
  }
  return out;
}

/**
 * Decodes a weight's bytes as TensorFlow.js does: quantised = q · scale + min, rounded where the weight is int32;
 * little-endian.
 * @param bytes exactly the weight's own
 * @returns rejects with a Problem for a dtype that is not known, a string, a shape that cannot be
 */
export function decode(weight: ManifestWeight, bytes: Bytes, signal?: AbortSignal): Promise<TensorValues> {
  return runSliced(decodeSteps(weight, bytes), {signal});
}

function* decodeSteps(weight: ManifestWeight, bytes: Bytes): Generator<number, TensorValues> {
  const {shape, dtype, quantization, name} = weight;
  if (!validShape(shape)) throw new Problem('weightShape', {name, shape: JSON.stringify(shape)});
  if (dtype === 'string') throw new Problem('stringTensor');
  const stored = quantization?.dtype ?? dtype;
  const known = quantization ? QUANTIZED.has(stored) && (dtype === 'float32' || dtype === 'int32') : Object.hasOwn(SIZES, dtype) && stored !== 'float16';
  if (!known) throw new Problem('weightDtype', {name, dtype: quantization ? `${dtype} (${stored})` : dtype});
  // a typed array needs its bytes aligned
  const size = SIZES[stored]!;
  const {buffer, byteOffset, byteLength: length} = bytes.byteOffset % Math.min(4, size) ? yield* joinBytes([bytes]) : bytes;
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
  for (let from = 0; from < raw.length; from += COMPUTED) {
    dequantize(raw, quantization, out, from, Math.min(raw.length, from + COMPUTED));
    yield from / raw.length;
  }
  return {shape, dtype: dtype as DType, data: out};
}

function dequantize(raw: Values, {dtype, scale = 1, min = 0}: NonNullable<ManifestWeight['quantization']>, out: Int32Array | Float32Array, from: number, to: number): void {
  if (dtype === 'float16') {
    const table = float16Table();
    for (let i = from; i < to; i++) out[i] = table[raw[i]!]!;
  } else if (out instanceof Int32Array) for (let i = from; i < to; i++) out[i] = Math.round(raw[i]! * scale + min);
  else for (let i = from; i < to; i++) out[i] = raw[i]! * scale + min;
}
