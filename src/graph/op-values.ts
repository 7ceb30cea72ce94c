import {add, axisOf, type Dim, type Dims, multiply, Unknown, unknownOf, type Values} from './dims.js';
import {dtype, int} from './graphdef.js';
import type {OpCall} from './op-call.js';
import {reducedAxes} from './op-shapes-reductions.js';
import {slicedAxes} from './strided-slice.js';

/** Tensors of more values than that are not sizes. */
const MOST = 64;

type Numbers = (a: number, b: number) => number;

const BINARY: Readonly<Record<string, Numbers>> = {
  Sub: (a, b) => a - b,
  RealDiv: (a, b) => a / b,
  FloorDiv: (a, b) => Math.floor(a / b),
  FloorMod: (a, b) => a - b * Math.floor(a / b),
  Maximum: Math.max,
  Minimum: Math.min,
  Equal: (a, b) => Number(a === b),
  NotEqual: (a, b) => Number(a !== b),
  Greater: (a, b) => Number(a > b),
  GreaterEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessEqual: (a, b) => Number(a <= b),
  LogicalAnd: (a, b) => a && b,
  LogicalOr: (a, b) => a || b,
};

const UNARY: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => -a,
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
  LogicalNot: (a) => Number(!a),
};

const PASSED = new Set(['Identity', 'Snapshot', 'StopGradient', 'Reshape', 'ExpandDims', 'Squeeze', 'EnsureShape', 'Enter']);

const isNumber = (d: Dim | undefined): d is number => typeof d === 'number';

/** Numbers as the op's dtype holds them. */
function held(c: OpCall, x: number): Dim {
  const type = dtype(c.node, 'T');
  return Number.isNaN(x) ? null : type === 'float32' ? Math.fround(x) : type?.includes('int') ? (Number.isInteger(x) ? x : null) : x;
}

function binary(c: OpCall, of: (a: Dim, b: Dim) => Dim): Values | null {
  const [a, b] = [c.values(0), c.values(1)];
  // one value stands beside each of the other's; anything else is no computing with sizes
  if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return null;
  return Array.from({length: a.length === 1 ? b.length : a.length}, (_, i) => of(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!));
}

const onNumbers =
  (c: OpCall, of: Numbers) =>
  (a: Dim, b: Dim): Dim =>
    isNumber(a) && isNumber(b) ? held(c, of(a, b)) : null;

/** n · 49 over 7 is n · 7, where n is unknown. */
function floorDivided(c: OpCall, a: Dim, b: Dim): Dim {
  if (a instanceof Unknown && isNumber(b) && b > 0 && a.times % b === 0) return new Unknown(a.origin, a.times / b);
  if (a instanceof Unknown && b instanceof Unknown && a.origin === b.origin && a.times % b.times === 0) return a.times / b.times;
  return onNumbers(c, BINARY.FloorDiv!)(a, b);
}

function strided(c: OpCall): Values | null {
  const values = c.values(0);
  const shape = c.shape(0);
  if (!values || shape?.length !== 1) return null;
  const axes = slicedAxes(c, shape);
  const axis = axes?.find((a) => a.from === 0);
  if (axis?.begin === undefined || axis.step === undefined) return null;
  const {begin, step, size} = axis;
  if (size === undefined) return [values[begin] ?? null];
  return isNumber(size) ? Array.from({length: size}, (_, i) => values[begin + i * step] ?? null) : null;
}

function ranged(c: OpCall): Values | null {
  const [start, limit, step] = [0, 1, 2].map((i) => c.values(i)?.[0]);
  if (!isNumber(start) || !isNumber(limit) || !isNumber(step) || !step) return null;
  const n = Math.ceil((limit - start) / step);
  return n >= 0 && n <= MOST ? Array.from({length: n}, (_, i) => start + i * step) : null;
}

function joined(c: OpCall, count: number, stacked: boolean): Values | null {
  const parts: Dim[] = [];
  for (let i = 0; i < count && parts.length <= MOST; i++) {
    const shape = c.shape(i);
    // what is stacked along its first axis stands one after another, as vectors that are put together do
    if (!shape || (!stacked && shape.length > 1)) return null;
    const length = shape.reduce<Dim>(multiply, 1);
    if (!isNumber(length) || length > MOST) return null;
    parts.push(...(c.values(i) ?? unknownOf(length)));
  }
  return parts;
}

function reducedValue(c: OpCall, of: (a: Dim, b: Dim) => Dim): Values | null {
  const [values, shape] = [c.values(0), c.shape(0)];
  if (!values?.length || shape?.length !== 1 || !reducedAxes(c, 1)?.has(0)) return null;
  return [values.reduce(of)];
}

/** The values of an op's outputs where it computes with sizes; all others `null`. */
export function opValues(c: OpCall, shapes: readonly (Dims | null)[]): (Values | null)[] {
  const length = shapes[0]?.reduce<Dim>(multiply, 1) ?? null;
  if (c.type === 'Shape') return [c.shape(0)];
  if (c.type === 'ShapeN') return shapes.map((_, i) => c.shape(i));
  if (c.type === 'Unpack') {
    const values = c.shape(0)?.length === 1 ? c.values(0) : null;
    return shapes.map((_, i) => (values ? [values[i] ?? null] : null));
  }
  if (isNumber(length) && length > MOST) return [];
  return [valueOf(c, length, shapes[0] ?? null)];
}

function valueOf(c: OpCall, length: Dim, shape: Dims | null): Values | null {
  const {type} = c;
  if (PASSED.has(type)) return c.values(0);
  if (Object.hasOwn(UNARY, type)) return c.values(0)?.map((d) => (isNumber(d) ? held(c, UNARY[type]!(d)) : null)) ?? null;
  switch (type) {
    case 'Rank':
      return c.shape(0) ? [c.shape(0)!.length] : null;
    case 'Size':
      return c.shape(0) ? [c.shape(0)!.reduce<Dim>(multiply, 1)] : null;
    case 'Cast': {
      const cut = dtype(c.node, 'DstT')?.includes('int') === true;
      return c.values(0)?.map((d) => (isNumber(d) && cut ? Math.trunc(d) : d)) ?? null;
    }
    case 'Add':
    case 'AddV2':
      return binary(c, (a, b) => (isNumber(a) && isNumber(b) ? held(c, a + b) : add(a, b)));
    case 'Mul':
      return binary(c, (a, b) => (isNumber(a) && isNumber(b) ? held(c, a * b) : multiply(a, b)));
    case 'FloorDiv':
      return binary(c, (a, b) => floorDivided(c, a, b));
    case 'Prod':
      return reducedValue(c, multiply);
    case 'Sum':
      return reducedValue(c, add);
    case 'Max':
      return reducedValue(c, onNumbers(c, Math.max));
    case 'Min':
      return reducedValue(c, onNumbers(c, Math.min));
    case 'StridedSlice':
      return strided(c);
    case 'Slice': {
      const [values, begin] = [c.values(0), c.values(1)?.[0]];
      if (!values || shape?.length !== 1 || !isNumber(begin) || !isNumber(length)) return null;
      return values.slice(begin, begin + length);
    }
    case 'Pack':
      return shape && axisOf(int(c.node, 'axis') ?? 0, shape.length) === 0 ? joined(c, c.count, true) : null;
    case 'ConcatV2':
      return shape?.length === 1 ? joined(c, c.count - 1, false) : null;
    case 'Gather':
    case 'GatherV2': {
      const [values, at] = [c.values(0), c.values(1)];
      if (!values || !at || c.shape(0)?.length !== 1 || int(c.node, 'batch_dims')) return null;
      return at.map((i) => (isNumber(i) ? (values[i] ?? null) : null));
    }
    case 'Fill': {
      const value = c.values(1)?.[0];
      return isNumber(length) && value !== undefined ? Array.from({length}, () => value) : null;
    }
    case 'Range':
      return ranged(c);
    case 'Transpose':
      return shape && shape.length < 2 ? c.values(0) : null;
    case 'Select':
    case 'SelectV2': {
      const [which, yes, no] = [c.values(0), c.values(1), c.values(2)];
      if (!which || !yes || !no || yes.length !== no.length || (which.length !== 1 && which.length !== yes.length)) return null;
      return yes.map((d, i) => {
        const w = which[which.length === 1 ? 0 : i];
        return isNumber(w) ? (w ? d : no[i]!) : d === no[i] ? d : null;
      });
    }
    default:
      return Object.hasOwn(BINARY, type) ? binary(c, onNumbers(c, BINARY[type]!)) : null;
  }
}
