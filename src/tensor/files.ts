import type {TensorValues} from './types.js';

/**
 * A tensor as a NumPy file, format version 1.0: little-endian, C order; float64 stays float64, bool is `|b1`,
 * complex64 `<c8`, unsigned and small integers become int32.
 */
export function toNPY({shape, dtype, data}: TensorValues): Uint8Array<ArrayBuffer> {
  const float = dtype === 'float32' && data instanceof Float32Array;
  const [code, body] =
    dtype === 'complex64'
      ? ['<c8', data]
      : dtype === 'bool'
        ? ['|b1', Uint8Array.from(data)]
        : float
          ? ['<f4', data]
          : data instanceof Float64Array
            ? ['<f8', data]
            : ['<i4', data instanceof Int32Array ? data : Int32Array.from(data)];
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
