import {axisOf, type Dims, fresh, unknownOf} from './dims.js';
import {flag, int} from './graphdef.js';
import type {OpCall, ShapeRule} from './op-call.js';
import {scalarOf} from './op-shapes-moves.js';

/** The axes that a reduction takes away, where known. */
export function reducedAxes(c: OpCall, rank: number): Set<number> | undefined {
  const values = c.values(1);
  if (!values) return undefined;
  const axes = values.map((v) => (typeof v === 'number' ? axisOf(v, rank) : undefined));
  return axes.includes(undefined) ? undefined : new Set(axes as number[]);
}

const reduced: ShapeRule = (c) => {
  const shape = c.shape(0);
  if (!shape) return [null];
  const keep = flag(c.node, 'keep_dims') || flag(c.node, 'keepdims');
  const axes = reducedAxes(c, shape.length);
  if (axes) return [keep ? shape.map((d, i) => (axes.has(i) ? 1 : d)) : shape.filter((_, i) => !axes.has(i))];
  if (keep) return [unknownOf(shape.length)];
  // no axis may stand twice: their number tells the rank
  const given = c.shape(1);
  const count = given?.length === 0 ? 1 : given?.length === 1 ? given[0] : null;
  return [typeof count === 'number' && count <= shape.length ? unknownOf(shape.length - count) : null];
};

const best: ShapeRule = (c) => {
  const shape = c.shape(0);
  if (!shape?.length) return [null];
  const axis = axisOf(scalarOf(c, 1) ?? int(c.node, 'dimension') ?? (shape.length === 1 ? 0 : undefined), shape.length);
  return [axis === undefined ? unknownOf(shape.length - 1) : shape.toSpliced(axis, 1)];
};

const top: ShapeRule = (c) => {
  const shape = c.shape(0);
  const out: Dims | null = shape && [...shape.slice(0, -1), c.values(1)?.[0] ?? null];
  return [out, out];
};

export const REDUCTIONS: Readonly<Record<string, ShapeRule>> = {
  All: reduced,
  Any: reduced,
  EuclideanNorm: reduced,
  Max: reduced,
  Mean: reduced,
  Min: reduced,
  Prod: reduced,
  Sum: reduced,
  ArgMax: best,
  ArgMin: best,
  TopKV2: top,
  Bincount: (c) => [[c.values(1)?.[0] ?? null]],
  DenseBincount: (c) => {
    const shape = c.shape(0);
    return [shape && [...shape.slice(0, -1), c.values(1)?.[0] ?? null]];
  },
  Unique: (c) => [[fresh()], c.shape(0)],
  UniqueV2: (c) => [c.shape(0)?.length === 1 ? [fresh()] : c.shape(0) && unknownOf(c.shape(0)!.length), [null]],
  ListDiff: () => {
    const left = fresh();
    return [[left], [left]];
  },
  LowerBound: (c) => [c.shape(1)],
  UpperBound: (c) => [c.shape(1)],
  RFFT: (c) => [frequencies(c, (n) => Math.floor(n / 2) + 1)],
  IRFFT: (c) => [frequencies(c, (n) => n)],
};

/** The last axis of a Fourier transform of real numbers; its length is the second input. */
function frequencies(c: OpCall, size: (n: number) => number): Dims | null {
  const shape = c.shape(0);
  const length = scalarOf(c, 1);
  return shape && [...shape.slice(0, -1), length === undefined ? null : size(length)];
}
