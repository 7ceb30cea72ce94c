/** A value of an attribute in a GraphDef as JSON (proto3: what is 0, false or empty may be left out). */
export interface RawAttr {
  readonly s?: unknown;
  readonly i?: unknown;
  readonly f?: unknown;
  readonly b?: unknown;
  readonly type?: unknown;
  readonly shape?: unknown;
  readonly tensor?: unknown;
  readonly func?: {readonly name?: unknown};
  readonly list?: Readonly<Partial<Record<'s' | 'i' | 'f' | 'b' | 'type' | 'shape', readonly unknown[]>>>;
}

/** A node of a GraphDef as JSON, of which nothing is sure. */
export interface RawNode {
  readonly name?: unknown;
  readonly op?: unknown;
  readonly input?: readonly unknown[];
  readonly attr?: Readonly<Record<string, RawAttr | undefined>>;
}

/** A function of a GraphDef's library. */
export interface RawFunction {
  readonly signature?: {
    readonly name?: unknown;
    readonly inputArg?: readonly {readonly name?: unknown; readonly type?: unknown}[];
    readonly outputArg?: readonly {readonly name?: unknown}[];
  };
  readonly nodeDef?: readonly RawNode[];
  readonly ret?: Readonly<Record<string, unknown>>;
}

/** A GraphDef as JSON. */
export interface RawGraph {
  readonly node: readonly RawNode[];
  readonly library?: {readonly function?: readonly RawFunction[]};
  readonly versions?: {readonly producer?: unknown};
}

/** TensorFlow's `types.proto`, by number, in the words of NumPy and tfjs. */
const DTYPES: Readonly<Record<number, string>> = {
  1: 'float32', 2: 'float64', 3: 'int32', 4: 'uint8', 5: 'int16', 6: 'int8', 7: 'string', 8: 'complex64', 9: 'int64', 10: 'bool',
  11: 'qint8', 12: 'quint8', 13: 'qint32', 14: 'bfloat16', 17: 'uint16', 18: 'complex128', 19: 'float16', 20: 'resource', 21: 'variant',
  22: 'uint32', 23: 'uint64',
};
/** As `DT_…` writes them. */
const WORDS = new Map([...Object.values(DTYPES).map((name): [string, string] => [`DT_${name.toUpperCase()}`, name]), ['DT_FLOAT', 'float32'], ['DT_DOUBLE', 'float64'], ['DT_HALF', 'float16']]);

/** `DT_FLOAT` or 1 → `float32`; nothing where it is no dtype. */
export function dtypeName(type: unknown): string | undefined {
  if (typeof type === 'number') return DTYPES[type];
  if (typeof type !== 'string' || !type.startsWith('DT_')) return undefined;
  return WORDS.get(type) ?? type.slice(3).toLowerCase();
}

const PLAIN = /^[\x20-\x7e]*$/;

/** The text of an attribute: the converter writes bytes in base64, older files a list of codes, hand-made ones the text itself. */
export function text(s: unknown): string | undefined {
  if (Array.isArray(s)) return String.fromCharCode(...(s as number[]).slice(0, 4096));
  if (typeof s !== 'string') return undefined;
  try {
    const decoded = atob(s);
    if (PLAIN.test(decoded)) return decoded;
  } catch {
    // not base64: the text itself
  }
  return s;
}

const attrOf = (node: RawNode, name: string): RawAttr | undefined =>
  typeof node.attr === 'object' && node.attr !== null && Object.hasOwn(node.attr, name) ? (node.attr[name] ?? undefined) : undefined;

const whole = (x: unknown): number => Math.trunc(Number(x));

/** An integer attribute. */
export function int(node: RawNode, name: string): number | undefined {
  const attr = attrOf(node, name);
  // proto3 leaves a 0 out
  const n = attr && whole(attr.i ?? 0);
  return n !== undefined && Number.isFinite(n) ? n : undefined;
}

/** A list of integers; nothing where the attribute is not there. */
export function ints(node: RawNode, name: string): number[] | undefined {
  const attr = attrOf(node, name);
  if (!attr) return undefined;
  const list = attr.list?.i;
  return Array.isArray(list) ? list.map(whole) : [];
}

export function flag(node: RawNode, name: string): boolean {
  return attrOf(node, name)?.b === true;
}

export function str(node: RawNode, name: string): string | undefined {
  return text(attrOf(node, name)?.s);
}

/** A list of texts, such as `fused_ops`. */
export function strs(node: RawNode, name: string): string[] {
  const list = attrOf(node, name)?.list?.s;
  return Array.isArray(list) ? list.map((s) => text(s) ?? '') : [];
}

export function dtype(node: RawNode, name: string): string | undefined {
  return dtypeName(attrOf(node, name)?.type);
}

/** Name of the function that an attribute calls. */
export function func(node: RawNode, name: string): string | undefined {
  const called = attrOf(node, name)?.func?.name;
  return typeof called === 'string' ? called : undefined;
}

/**
 * A TensorShapeProto as JSON: a size of −1 (or below) is unknown, a size left out is 0.
 * @returns `null` where the rank is unknown or it is no shape
 */
export function protoShape(shape: unknown): (number | null)[] | null {
  if (typeof shape !== 'object' || shape === null) return null;
  const {dim = [], unknownRank} = shape as {dim?: unknown; unknownRank?: unknown};
  if (unknownRank === true || !Array.isArray(dim)) return null;
  return dim.map((d: {size?: unknown} | null) => {
    const size = whole(d?.size ?? 0);
    return size >= 0 ? size : null;
  });
}

/** The attribute `name` as a shape. */
export function shapeAttr(node: RawNode, name: string): (number | null)[] | null {
  return protoShape(attrOf(node, name)?.shape);
}

/** The attribute `name` as a list of shapes. */
export function shapeList(node: RawNode, name: string): ((number | null)[] | null)[] {
  const list = attrOf(node, name)?.list?.shape;
  return Array.isArray(list) ? list.map(protoShape) : [];
}

/** The shape, dtype and (where the file has them) values of a Const's `value`. */
export function tensorAttr(node: RawNode): {shape: number[] | null; dtype: string | undefined; values: number[] | undefined} {
  const tensor = attrOf(node, 'value')?.tensor as Readonly<Record<string, unknown>> | undefined;
  const type = dtypeName(tensor?.dtype) ?? dtype(node, 'dtype');
  const shape = protoShape(tensor?.tensorShape);
  const known = shape?.every((n) => n !== null) ? (shape as number[]) : null;
  return {shape: known, dtype: type, values: known && tensor ? valuesOf(tensor, type, known.reduce((a, b) => a * b, 1)) : undefined};
}

/** Values beyond so many are of no use to shapes. */
const MOST = 64;

function valuesOf(tensor: Readonly<Record<string, unknown>>, type: string | undefined, size: number): number[] | undefined {
  if (size > MOST) return undefined;
  for (const key of ['intVal', 'int64Val', 'floatVal', 'doubleVal', 'boolVal']) {
    const list = tensor[key];
    if (!Array.isArray(list) || !list.length) continue;
    // the last value stands for all that follow (TensorProto)
    return Array.from({length: size}, (_, i) => Number(list[Math.min(i, list.length - 1)]));
  }
  if (typeof tensor.tensorContent !== 'string') return undefined;
  try {
    const bytes = Uint8Array.from(atob(tensor.tensorContent), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const width = type === 'int64' || type === 'float64' ? 8 : type === 'bool' || type === 'uint8' ? 1 : 4;
    if (bytes.length !== size * width) return undefined;
    return Array.from({length: size}, (_, i) => {
      if (type === 'float32') return view.getFloat32(i * 4, true);
      if (type === 'float64') return view.getFloat64(i * 8, true);
      if (type === 'int64') return Number(view.getBigInt64(i * 8, true));
      return width === 1 ? view.getUint8(i) : view.getInt32(i * 4, true);
    });
  } catch {
    return undefined;
  }
}
