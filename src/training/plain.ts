/** Arrays that a record has, by the name that they go by in JSON. */
const ARRAYS = {float32: Float32Array, float64: Float64Array, uint16: Uint16Array} as const;
type Named = keyof typeof ARRAYS;

/** Whatever JSON can't hold, in what it can: typed arrays as `{type, base64}`, NaN and infinities as `{number: 'NaN'}`. */
export function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : {number: String(value)};
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const type = (Object.keys(ARRAYS) as Named[]).find((name) => value instanceof ARRAYS[name]);
  if (type) return {type, base64: base64Of(value as Float32Array)};
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v)]));
}

/** Back from `plain`. What is no array stays as it is, so that a check of the parts finds it. */
export function unplain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unplain);
  if (typeof value !== 'object' || value === null) return value;
  const {type, base64, number} = value as {type?: unknown; base64?: unknown; number?: unknown};
  if (typeof number === 'string') return Number(number);
  if (typeof base64 === 'string' && typeof type === 'string' && Object.hasOwn(ARRAYS, type)) return arrayOf(type as Named, base64) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, unplain(v)]));
}

/** Bytes that `String.fromCharCode` takes at once. */
const CHUNK = 1 << 13;

function base64Of(array: Float32Array | Float64Array | Uint16Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(text);
}

function arrayOf(type: Named, base64: string): Float32Array | Float64Array | Uint16Array | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return new ARRAYS[type](bytes.buffer);
  } catch {
    return null; // no base64, or no whole number of values
  }
}
