import {axisOf, type Dim, type Dims, fresh, sized, unknownOf} from './dims.js';
import {flag, int, ints} from './graphdef.js';
import type {OpCall, ShapeRule} from './op-call.js';
import {scalarOf, shapeFrom} from './op-shapes-moves.js';

const filled: ShapeRule = (c) => [shapeFrom(c, 0)];
/** A list of tensors, a table, a resource: a handle without axes. */
const handle: ShapeRule = () => [[]];
const unknown: ShapeRule = () => [null];

/** The shape that elements of a list have, as an input tells it; −1 is unknown. */
function elementShape(c: OpCall, i: number): Dims | null {
  const values = c.values(i);
  // a scalar −1 says that even the rank is unknown
  if (!values || c.shape(i)?.length !== 1) return null;
  return values.map((d) => (typeof d === 'number' && d < 0 ? null : d));
}

/** Boxes that are left over: only running tells how many. */
const suppressed =
  (outputs: number): ShapeRule =>
  (c) => {
    const most = flag(c.node, 'pad_to_max_output_size') ? scalarOf(c, 2) : undefined;
    const left: Dim = most ?? fresh();
    return Array.from({length: outputs}, (_, i) => (i === outputs - 1 && outputs > 1 ? [] : [left]));
  };

export const SETS: Readonly<Record<string, ShapeRule>> = {
  Fill: filled,
  Ones: filled,
  Zeros: filled,
  RandomStandardNormal: filled,
  RandomUniform: filled,
  RandomUniformInt: filled,
  TruncatedNormal: filled,
  Empty: filled,
  LinSpace: (c) => [[c.values(2)?.[0] ?? null]],
  Multinomial: (c) => [[c.shape(0)?.[0] ?? null, c.values(1)?.[0] ?? null]],
  OneHot: (c) => {
    const shape = c.shape(0);
    if (!shape) return [null];
    const axis = axisOf(int(c.node, 'axis') ?? -1, shape.length + 1);
    return [axis === undefined ? unknownOf(shape.length + 1) : shape.toSpliced(axis, 0, c.values(1)?.[0] ?? null)];
  },
  Range: (c) => {
    const [start, limit, step] = [scalarOf(c, 0), c.values(1)?.[0], scalarOf(c, 2)];
    if (start === 0 && step === 1 && limit && typeof limit !== 'number') return [[limit]];
    if (start === undefined || typeof limit !== 'number' || !step) return [[null]];
    return [[sized(Math.max(0, Math.ceil((limit - start) / step)))]];
  },
  Where: (c) => [[fresh(), c.shape(0)?.length ?? null]],
  NonMaxSuppression: suppressed(1),
  NonMaxSuppressionV2: suppressed(1),
  NonMaxSuppressionV3: suppressed(1),
  NonMaxSuppressionV4: suppressed(2),
  NonMaxSuppressionV5: suppressed(3),
  HashTable: handle,
  HashTableV2: handle,
  LookupTableFind: (c) => [c.shape(1)],
  LookupTableFindV2: (c) => [c.shape(1)],
  LookupTableSize: handle,
  LookupTableSizeV2: handle,
  EmptyTensorList: handle,
  TensorListReserve: handle,
  TensorListFromTensor: handle,
  TensorListSetItem: handle,
  TensorListPushBack: handle,
  TensorListScatter: handle,
  TensorListScatterV2: handle,
  TensorListSplit: handle,
  TensorListResize: handle,
  TensorListLength: handle,
  TensorListGetItem: (c) => [elementShape(c, 2)],
  TensorListPopBack: (c) => [[], elementShape(c, 1)],
  TensorListStack: (c) => {
    const [element, n] = [elementShape(c, 1), int(c.node, 'num_elements') ?? -1];
    return [element && [n >= 0 ? n : null, ...element]];
  },
  TensorListGather: (c) => {
    const element = elementShape(c, 2);
    return [element && [c.shape(1)?.[0] ?? null, ...element]];
  },
  TensorListConcat: unknown,
  TensorListConcatV2: unknown,
  TensorArrayV3: handle,
  TensorArraySizeV3: handle,
  TensorArrayReadV3: unknown,
  TensorArrayGatherV3: unknown,
  TensorArrayConcatV3: unknown,
  TensorArrayWriteV3: handle,
  TensorArrayScatterV3: handle,
  TensorArraySplitV3: handle,
  TensorArrayCloseV3: () => [],
  RaggedGather: unknown,
  RaggedRange: unknown,
  RaggedTensorToTensor: unknown,
  StringSplit: () => {
    const parts = fresh();
    return [[parts, 2], [parts], [2]];
  },
  StringNGrams: () => [[fresh()], [null]],
  SparseFillEmptyRows: (c) => {
    const filledRows = fresh();
    return [[filledRows, c.shape(0)?.[1] ?? null], [filledRows], [c.values(2)?.[0] ?? null], [c.shape(0)?.[0] ?? null]];
  },
  SparseReshape: (c) => {
    const rank = c.shape(2)?.[0] ?? null;
    return [[c.shape(0)?.[0] ?? null, rank], [rank]];
  },
  SparseSegmentMean: segments,
  SparseSegmentSum: segments,
  // what tfjs leaves out, but a file may hold
  VarHandleOp: handle,
  StatelessRandomUniform: filled,
  ExtractImagePatches: (c) => {
    const [image, sizes] = [c.shape(0), ints(c.node, 'ksizes')];
    const depth = image?.[3];
    return [[image?.[0] ?? null, null, null, sizes?.length === 4 && typeof depth === 'number' ? sizes[1]! * sizes[2]! * depth : null]];
  },
};

function segments(c: OpCall): readonly (Dims | null)[] {
  const shape = c.shape(0);
  return [shape && [fresh(), ...shape.slice(1)]];
}
