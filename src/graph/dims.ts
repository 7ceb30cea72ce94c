import type {Shape} from './types.js';

/** What an unknown size comes from: an axis of an input, a number that only running tells. */
export interface Origin {
  /** The first axis of an input: one example where costs are counted. */
  readonly batch: boolean;
}

/** A size that is not told, but known to be `times` another: so `[n, 7, 7, 8]` reshaped to `[n, −1]` is `[n, 392]`. */
export class Unknown {
  constructor(
    readonly origin: Origin,
    readonly times = 1,
  ) {}
}

/** A size along an axis while shapes are inferred; `null` where nothing is known of it. */
export type Dim = number | Unknown | null;
export type Dims = readonly Dim[];
/** Values of a small tensor of integers, row by row: sizes that the graph computes with. */
export type Values = readonly Dim[];

export const sameDim = (a: Dim, b: Dim): boolean =>
  a === b || (a instanceof Unknown && b instanceof Unknown && a.origin === b.origin && a.times === b.times);

/** A size of its own that only running tells. */
export const fresh = (): Unknown => new Unknown({batch: false});

/** `rank` axes of which nothing is known. */
export const unknownOf = (rank: number): Dims => Array.from({length: rank}, () => null);

/** More axes no tensor has: what a file says beyond that is not believed. */
const MOST_AXES = 64;

/** A rank that a tensor's length tells. */
export const rankFrom = (length: Dim | undefined): number | undefined => (typeof length === 'number' && length <= MOST_AXES ? length : undefined);

/** What is sent out: unknown sizes are `null`. */
export const toShape = (dims: Dims | null): Shape | null => dims && dims.map((d) => (typeof d === 'number' ? d : null));

/** A computed size: none below 0 can be right. */
export const sized = (n: number): Dim => (Number.isInteger(n) && n >= 0 ? n : null);

/** Two statements about one size: what either knows. */
export const bothDim = (a: Dim, b: Dim): Dim => (typeof a === 'number' ? a : typeof b === 'number' ? b : (a ?? b));

/** Two statements about one shape. Where they contradict each other the first stands. */
export function both(a: Dims | null, b: Dims | null): Dims | null {
  if (!a || !b) return a ?? b;
  return a.length === b.length ? a.map((d, i) => bothDim(d, b[i]!)) : a;
}

/** One of two shapes: what they have in common. */
export function either(a: Dims | null, b: Dims | null): Dims | null {
  if (!a || !b || a.length !== b.length) return null;
  return a.map((d, i) => (sameDim(d, b[i]!) ? d : null));
}

export function sameDims(a: Dims | null, b: Dims | null): boolean {
  return a === b || (!!a && !!b && a.length === b.length && a.every((d, i) => sameDim(d, b[i]!)));
}

/** An unknown size beside a known one above 1 must be 1 or the same. */
function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1 || sameDim(a, b)) return a;
  if (typeof a === 'number') return typeof b === 'number' ? null : a;
  if (typeof b === 'number' || a === null || b === null) return b ?? a;
  return a.origin.batch && b.origin.batch ? a : null;
}

/** NumPy's broadcasting: axes are aligned at the end. */
export function broadcast(a: Dims | null, b: Dims | null): Dims | null {
  if (!a || !b) return null;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const skip = long.length - short.length;
  return long.map((d, i) => (i < skip ? d : broadcastDim(d, short[i - skip]!)));
}

/** Axis counted from the end where negative; nothing where there is none such. */
export function axisOf(axis: number | undefined | null, rank: number): number | undefined {
  if (axis === undefined || axis === null || axis < -rank || axis >= rank) return undefined;
  return axis < 0 ? axis + rank : axis;
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return a === 0 ? b : b === 0 ? a : null;
}

export function multiply(a: Dim, b: Dim): Dim {
  if (a === null || b === null) return a === 0 || b === 0 ? 0 : null;
  if (typeof a === 'number') return typeof b === 'number' ? a * b : a > 0 ? new Unknown(b.origin, a * b.times) : a === 0 ? 0 : null;
  return typeof b === 'number' ? multiply(b, a) : null;
}

/** The size that stands for −1 when `from` is reshaped to the other sizes `to`. */
export function remaining(from: Dims, to: Dims): Dim {
  let factor = 1;
  let divisor = 1;
  const origins: Origin[] = [];
  for (const d of from) {
    if (d === null) return null;
    if (typeof d !== 'number') origins.push(d.origin);
    factor *= typeof d === 'number' ? d : d.times;
  }
  for (const d of to) {
    if (d === null) return null;
    divisor *= typeof d === 'number' ? d : d.times;
    if (typeof d === 'number') continue;
    const at = origins.indexOf(d.origin);
    if (at < 0) return null;
    origins.splice(at, 1);
  }
  const times = factor / divisor;
  if (!Number.isSafeInteger(times) || origins.length > 1) return null;
  return origins.length ? new Unknown(origins[0]!, times) : times;
}

/**
 * Number of values for one example: the unknown first axis of an input counts as 1 wherever it has gone.
 * @returns `null` where another size is unknown
 */
export function countOf(dims: Dims | null): number | null {
  if (!dims) return null;
  let n = 1;
  for (const d of dims) {
    if (typeof d === 'number') n *= d;
    else if (d?.origin.batch) n *= d.times;
    else return null;
  }
  return n;
}
