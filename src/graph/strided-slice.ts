import {type Dim, type Dims, rankFrom, sameDim, sized, Unknown} from './dims.js';
import {int} from './graphdef.js';
import type {OpCall} from './op-call.js';

/** What becomes of one axis. */
export interface SlicedAxis {
  /** Its size afterwards; nothing where the axis is taken away. */
  readonly size: Dim | undefined;
  /** Axis of the input; nothing for a new one. */
  readonly from: number | undefined;
  /** First index and step, where known. */
  readonly begin?: number | undefined;
  readonly step?: number | undefined;
  /** How Python writes it. */
  readonly written: string;
}

const bit = (mask: number, i: number): boolean => i < 31 && ((mask >> i) & 1) === 1;

/**
 * The axes of a StridedSlice (TensorFlow, `ValidateStridedSliceOp`): begin, end and strides by axis, with bits that open
 * an end, stand for all axes between (`...`), make a new axis or take one away.
 * @returns nothing where not even the number of axes is known
 */
export function slicedAxes(c: OpCall, shape: Dims): SlicedAxis[] | undefined {
  const [begin, end, strides] = [c.values(1), c.values(2), c.values(3)];
  const count = begin?.length ?? end?.length ?? strides?.length ?? rankFrom(c.shape(1)?.[0] ?? c.shape(2)?.[0] ?? c.shape(3)?.[0]);
  if (count === undefined) return undefined;
  const mask = (name: string): number => int(c.node, name) ?? 0;
  const [begins, ends, dots, added, gone] = [mask('begin_mask'), mask('end_mask'), mask('ellipsis_mask'), mask('new_axis_mask'), mask('shrink_axis_mask')];
  const out: SlicedAxis[] = [];
  const whole = (axis: number): void => void out.push({size: shape[axis]!, from: axis, begin: 0, step: 1, written: ':'});
  let axis = 0;
  for (let i = 0; i < count; i++) {
    if (bit(dots, i)) {
      // axes named behind the dots are counted from the end
      let behind = 0;
      for (let j = i + 1; j < count; j++) if (!bit(added, j)) behind++;
      while (axis < shape.length - behind) whole(axis++);
      continue;
    }
    if (bit(added, i)) {
      out.push({size: 1, from: undefined, written: 'newaxis'});
      continue;
    }
    if (axis >= shape.length) return undefined;
    const open: [boolean, boolean] = [bit(begins, i), bit(ends, i)];
    out.push(one(shape[axis]!, axis, begin?.[i] ?? null, end?.[i] ?? null, strides?.[i] ?? null, open, bit(gone, i)));
    axis++;
  }
  while (axis < shape.length) whole(axis++);
  return out;
}

function one(d: Dim, from: number, begin: Dim, end: Dim, stride: Dim, [openBegin, openEnd]: [boolean, boolean], gone: boolean): SlicedAxis {
  const told = (x: Dim): string => (typeof x === 'number' ? String(x) : '?');
  if (gone) {
    const n = typeof begin === 'number' && begin < 0 ? (typeof d === 'number' ? begin + d : undefined) : typeof begin === 'number' ? begin : undefined;
    return {size: undefined, from, begin: openBegin ? 0 : n, step: 1, written: told(openBegin ? 0 : begin)};
  }
  const step = typeof stride === 'number' ? stride : undefined;
  const written = `${openBegin ? '' : told(begin)}:${openEnd ? '' : told(end)}${step === 1 ? '' : `:${told(stride)}`}`;
  if (!step) return {size: null, from, written};
  // all of it, however long it is
  if (step === 1 && (openBegin || begin === 0) && (openEnd || (end instanceof Unknown && sameDim(d, end)))) return {size: d, from, begin: 0, step, written};
  const [lowest, highest] = typeof d === 'number' ? (step > 0 ? [0, d] : [-1, d - 1]) : [NaN, NaN];
  const at = (x: Dim, open: boolean, opened: number): number => {
    if (open) return opened;
    if (typeof x !== 'number') return NaN;
    if (typeof d !== 'number') return NaN;
    return Math.min(Math.max(x < 0 ? x + d : x, lowest), highest);
  };
  const first = at(begin, openBegin, step > 0 ? lowest : highest);
  const last = at(end, openEnd, step > 0 ? highest : lowest);
  const size = Math.max(0, Math.ceil((last - first) / step));
  return {size: sized(size), from, begin: Number.isNaN(first) ? undefined : first, step, written};
}
