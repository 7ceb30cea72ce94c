import type {TensorValues, Values} from './types.js';

/** NumPy's name of a number format, and the values in it. */
function formatOf({dtype, data}: TensorValues): [string, Values] {
  if (dtype === 'bool') return ['|b1', Uint8Array.from(data)];
  const double = data instanceof Float64Array;
  if (dtype === 'complex64') return double ? ['<c16', data] : ['<c8', Float32Array.from(data)];
  if (double) return ['<f8', data];
  if (data instanceof Float32Array) return ['<f4', data];
  if (data instanceof Uint32Array) return ['<u4', data];
  return ['<i4', Int32Array.from(data)];
}

/**
 * A tensor as a NumPy file, format version 1.0: little-endian, C order; float64 stays float64 and uint32 uint32, bool
 * is `|b1`, complex64 `<c8` (given in float64 `<c16`), smaller integers become int32.
 */
export function toNPY(values: TensorValues): Uint8Array<ArrayBuffer> {
  const {shape} = values;
  const [code, body] = formatOf(values);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  let header = `{'descr': '${code}', 'fortran_order': False, 'shape': (${tuple}), }`;
  header = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n';
  const bytes = new Uint8Array(10 + header.length + body.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  for (let i = 0; i < header.length; i++) bytes[10 + i] = header.charCodeAt(i);
  bytes.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), 10 + header.length);
  return bytes;
}

/** One line of CSV (RFC 4180), with its line end. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((s) => (/[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s)).join(',') + '\r\n';
}
