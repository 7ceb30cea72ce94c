/** Arrays that a record has, by the name that they go by in JSON. */
const ARRAYS = {float32: Float32Array, float64: Float64Array, uint16: Uint16Array} as const;
type Named = keyof typeof ARRAYS;
type Packable = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** An array as JSON has it. */
export interface Packed {
  readonly type: Named;
  readonly base64: string;
}

/** Whatever JSON can't hold, in what it can: typed arrays as `{type, base64}`, NaN and infinities as `{number: 'NaN'}`. */
export function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : {number: String(value)};
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const type = (Object.keys(ARRAYS) as Named[]).find((name) => value instanceof ARRAYS[name]);
  if (type) return {type, base64: base64Of(value as Packable)};
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v)]));
}

/** Back from `plain`, in steps. What is no array is `undefined` then, which a check of the parts finds. @yields nothing of use */
export function* unplain(value: unknown): Generator<number, unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (isPacked(value)) return (yield* unpack(value)) ?? undefined;
  const {number} = value as {number?: unknown};
  if (typeof number === 'string') return Number(number);
  const entries: [string, unknown][] = [];
  for (const [key, v] of Object.entries(value)) entries.push([key, typeof v === 'object' && v !== null ? yield* unplain(v) : v]);
  yield 0;
  return Array.isArray(value) ? entries.map(([, v]) => v) : Object.fromEntries(entries);
}

export function isPacked(value: unknown): value is Packed {
  const {type, base64} = (value ?? {}) as Partial<Record<keyof Packed, unknown>>;
  return typeof base64 === 'string' && typeof type === 'string' && Object.hasOwn(ARRAYS, type);
}

/** How many bytes base64 stands for, by its length alone: whether it is any shows when it is decoded. */
export const packedBytes = ({base64}: Packed): number => Math.floor(((base64.length - (base64.endsWith('==') ? 2 : Number(base64.endsWith('=')))) * 3) / 4);

/** What newer browsers have for base64. */
interface Native {
  setFromBase64?(base64: string): {readonly written: number};
  toBase64?(): string;
}

/** Characters decoded at once, and bytes encoded; whole groups of both. */
const [DECODED, ENCODED] = [1 << 18, 3 * (1 << 11)];

function base64Of(array: Packable): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const native = bytes as Native;
  if (native.toBase64) return native.toBase64();
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += ENCODED) parts.push(btoa(String.fromCharCode.apply(null, bytes.subarray(i, i + ENCODED) as unknown as number[])));
  return parts.join('');
}

/** The array, or `null` where it is no base64 or no whole number of values. @yields the share done */
export function* unpack({type, base64}: Packed): Generator<number, Packable | null> {
  const Type = ARRAYS[type];
  const size = packedBytes({type, base64});
  if (size % Type.BYTES_PER_ELEMENT) return null;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let from = 0; from < base64.length; from += DECODED) {
    const text = base64.slice(from, from + DECODED);
    const room = Math.min(size - at, (DECODED * 3) / 4);
    if (decode(text, bytes.subarray(at, at + room)) !== room) return null;
    at += room;
    yield at / size;
  }
  return new Type(bytes.buffer);
}

/** Decodes as much as there is room for. @returns how many bytes that were; NaN where it is no base64 */
function decode(text: string, to: Uint8Array): number {
  try {
    const native = to as Native;
    if (native.setFromBase64) return native.setFromBase64(text).written;
    const binary = atob(text);
    for (let i = 0; i < to.length; i++) to[i] = binary.charCodeAt(i);
    return binary.length;
  } catch {
    return NaN;
  }
}
