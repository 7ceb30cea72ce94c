import {add, axisOf, both, bothDim, broadcast, type Dim, type Dims, multiply, rankFrom, remaining, sized, unknownOf, type Values} from './dims.js';
import {int, ints} from './graphdef.js';
import type {OpCall, ShapeRule} from './op-call.js';
import {slicedAxes} from './strided-slice.js';

/** The number in a scalar input, where known. */
export function scalarOf(c: OpCall, i: number): number | undefined {
  const value = c.values(i)?.[0];
  return typeof value === 'number' ? value : undefined;
}

/** A shape that is given as a tensor; its length tells the rank where its values are unknown. */
export function shapeFrom(c: OpCall, i: number): Dims | null {
  const values = c.values(i);
  if (values) return values.map((d) => (typeof d === 'number' ? sized(d) : d));
  const rank = c.shape(i)?.length === 1 ? rankFrom(c.shape(i)![0]) : undefined;
  return rank === undefined ? null : unknownOf(rank);
}

/** Reshape: one size may be −1, for all that remains. An unknown size might be that −1. */
function reshaped(from: Dims | null, to: Values): Dims {
  const open = to.indexOf(-1);
  if (open < 0) {
    // a single unknown size is what remains, whether it was written as −1 or not
    const unknown = to.filter((d) => d === null).length;
    return unknown === 1 && from ? to.map((d) => d ?? remaining(from, to.filter((x) => x !== null))) : to;
  }
  const rest = to.filter((_, i) => i !== open);
  return to.map((d, i) => (i === open ? (from ? remaining(from, rest) : null) : d));
}

function concatenated(c: OpCall, first: number, count: number, axisInput: number): readonly (Dims | null)[] {
  const shapes = Array.from({length: count}, (_, i) => c.shape(first + i));
  const rank = shapes.find((s) => s !== null)?.length;
  if (rank === undefined) return [null];
  let axis = axisOf(scalarOf(c, axisInput), rank);
  const known = shapes.filter((s): s is Dims => s?.length === rank);
  if (axis === undefined) {
    // sizes may differ along that axis alone
    const differs = (i: number): boolean => new Set(known.map((s) => s[i]).filter((d) => typeof d === 'number')).size > 1;
    axis = rank === 1 ? 0 : Array.from({length: rank}, (_, i) => i).find(differs);
  }
  if (axis === undefined) return [count === 1 ? shapes[0]! : unknownOf(rank)];
  return [
    Array.from({length: rank}, (_, i): Dim => {
      if (i !== axis) return known.reduce<Dim>((sum, s) => bothDim(sum, s[i]!), null);
      return known.length < shapes.length ? null : known.reduce<Dim>((sum, s) => add(sum, s[i]!), 0);
    }),
  ];
}

function split(c: OpCall, value: number, axisInput: number, parts: number, sizes: Values | null): readonly (Dims | null)[] {
  const shape = c.shape(value);
  const axis = shape && axisOf(scalarOf(c, axisInput) ?? (shape.length === 1 ? 0 : undefined), shape.length);
  return Array.from({length: Math.min(parts, 4096)}, (_, part) => {
    if (!shape) return null;
    if (axis === undefined || axis === null) return unknownOf(shape.length);
    return shape.map((d, i): Dim => {
      if (i !== axis) return d;
      if (!sizes) return typeof d === 'number' ? sized(d / parts) : null;
      const size = sizes[part] ?? null;
      if (size !== -1) return size;
      return sizes.reduce<Dim>((rest, s) => (s === -1 || typeof s !== 'number' || typeof rest !== 'number' ? (s === -1 ? rest : null) : rest - s), d);
    });
  });
}

/** Axes of an image (from the second on) folded into the batch, or out of it. */
const blocks =
  (out: boolean): ShapeRule =>
  (c) => {
    const shape = c.shape(0);
    const [block, pads] = [c.values(1), c.values(2)];
    if (!shape) return [null];
    const count = block?.length ?? c.shape(1)?.[0];
    if (typeof count !== 'number') return [unknownOf(shape.length)];
    const inner = shape.slice(1, 1 + count).map((d, i): Dim => {
      const [b, before, after] = [block?.[i], pads?.[2 * i], pads?.[2 * i + 1]];
      if (typeof d !== 'number' || typeof b !== 'number' || typeof before !== 'number' || typeof after !== 'number') return null;
      return out ? sized(d * b - before - after) : sized((d + before + after) / b);
    });
    const product = block?.reduce<Dim>((n, b) => multiply(n, b), 1) ?? null;
    const batch = out ? (product === null ? null : remaining([shape[0]!], [product])) : multiply(shape[0]!, product);
    return [[batch, ...inner, ...shape.slice(1 + count)]];
  };

const padded: ShapeRule = (c) => {
  const shape = c.shape(0);
  const pads = c.values(1);
  const rank = shape?.length ?? rankFrom(c.shape(1)?.[0]);
  if (rank === undefined) return [null];
  return [Array.from({length: rank}, (_, i) => (pads && shape ? add(shape[i]!, add(pads[2 * i] ?? null, pads[2 * i + 1] ?? null)) : null))];
};

const gathered: ShapeRule = (c) => {
  const [from, at] = [c.shape(0), c.shape(1)];
  if (!from || !at) return [null];
  const batch = axisOf(int(c.node, 'batch_dims') ?? 0, at.length + 1) ?? 0;
  const given = c.count > 2 ? scalarOf(c, 2) : 0;
  const axis = axisOf(given ?? (from.length === 1 ? 0 : undefined), from.length);
  if (axis === undefined) return [unknownOf(from.length + at.length - 1 - batch)];
  return [[...from.slice(0, axis), ...at.slice(batch), ...from.slice(axis + 1)]];
};

const tiled: ShapeRule = (c) => {
  const shape = c.shape(0);
  const times = c.values(1);
  return [shape && shape.map((d, i) => multiply(d, times?.[i] ?? null))];
};

export const MOVES: Readonly<Record<string, ShapeRule>> = {
  Reshape: (c) => {
    const to = c.values(1);
    return [to ? reshaped(c.shape(0), to) : shapeFrom(c, 1)];
  },
  Shape: (c) => [[c.shape(0)?.length ?? null]],
  ShapeN: (c) => Array.from({length: c.count}, (_, i) => [c.shape(i)?.length ?? null]),
  ExpandDims: (c) => {
    const shape = c.shape(0);
    if (!shape) return [null];
    const axis = axisOf(scalarOf(c, 1) ?? (shape.length ? undefined : 0), shape.length + 1);
    return [axis === undefined ? unknownOf(shape.length + 1) : shape.toSpliced(axis, 0, 1)];
  },
  Squeeze: (c) => {
    const shape = c.shape(0);
    if (!shape) return [null];
    const dims = ints(c.node, 'squeeze_dims') ?? ints(c.node, 'axis') ?? [];
    if (!dims.length) return [shape.every((d) => typeof d === 'number') ? shape.filter((d) => d !== 1) : null];
    const gone = new Set(dims.map((d) => axisOf(d, shape.length)));
    return [shape.filter((_, i) => !gone.has(i))];
  },
  Transpose: (c) => {
    const [shape, order] = [c.shape(0), c.values(1)];
    const rank = shape?.length ?? order?.length ?? rankFrom(c.shape(1)?.[0]);
    if (rank === undefined) return [null];
    if (!order || !shape) return [unknownOf(rank)];
    return [order.map((axis) => (typeof axis === 'number' ? (shape[axis] ?? null) : null))];
  },
  Pad: padded,
  PadV2: padded,
  MirrorPad: padded,
  ConcatV2: (c) => concatenated(c, 0, c.count - 1, c.count - 1),
  Concat: (c) => concatenated(c, 1, c.count - 1, 0),
  Split: (c) => split(c, 1, 0, int(c.node, 'num_split') ?? 1, null),
  SplitV: (c) => {
    const parts = c.values(1)?.length ?? int(c.node, 'num_split') ?? 1;
    return split(c, 0, 2, parts, c.values(1) ?? unknownOf(parts));
  },
  Pack: (c) => {
    let shape: Dims | null = null;
    for (let i = 0; i < c.count; i++) shape = both(shape, c.shape(i));
    const axis = shape && axisOf(int(c.node, 'axis') ?? 0, shape.length + 1);
    return [shape && typeof axis === 'number' ? shape.toSpliced(axis, 0, c.count) : null];
  },
  Unpack: (c) => {
    const shape = c.shape(0);
    const axis = shape && axisOf(int(c.node, 'axis') ?? 0, shape.length);
    const parts = int(c.node, 'num') ?? (typeof axis === 'number' ? shape![axis] : 1);
    const part = typeof axis === 'number' ? shape!.toSpliced(axis, 1) : null;
    return Array.from({length: typeof parts === 'number' ? Math.min(parts, 4096) : 1}, () => part);
  },
  Slice: (c) => {
    const [shape, begin, size] = [c.shape(0), c.values(1), c.values(2)];
    const rank = shape?.length ?? size?.length ?? rankFrom(c.shape(1)?.[0]);
    if (rank === undefined) return [null];
    return [
      Array.from({length: rank}, (_, i): Dim => {
        const n = size?.[i] ?? null;
        if (n !== -1) return n;
        const [d, from] = [shape?.[i] ?? null, begin?.[i] ?? null];
        return from === 0 ? d : typeof d === 'number' && typeof from === 'number' ? sized(d - from) : null;
      }),
    ];
  },
  StridedSlice: (c) => {
    const shape = c.shape(0);
    return [shape && (slicedAxes(c, shape)?.map((axis) => axis.size).filter((d) => d !== undefined) ?? null)];
  },
  Gather: gathered,
  GatherV2: gathered,
  ResourceGather: gathered,
  GatherNd: (c) => {
    const [from, at] = [c.shape(0), c.shape(1)];
    const depth = at?.at(-1);
    if (!from || !at || typeof depth !== 'number') return [null];
    return [[...at.slice(0, -1), ...from.slice(depth)]];
  },
  ScatterNd: (c) => [shapeFrom(c, 2)],
  SparseToDense: (c) => [shapeFrom(c, 1)],
  Tile: tiled,
  BroadcastTo: (c) => [shapeFrom(c, 1)],
  BroadcastArgs: (c) => [broadcast(c.shape(0), c.shape(1))],
  SpaceToBatchND: blocks(false),
  BatchToSpaceND: blocks(true),
};
