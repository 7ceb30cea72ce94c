import {both, broadcast, type Dims, either} from './dims.js';
import {dtype, type RawNode, shapeAttr, shapeList} from './graphdef.js';
import type {OpCall, ShapeRule} from './op-call.js';
import {MOVES} from './op-shapes-moves.js';
import {REDUCTIONS} from './op-shapes-reductions.js';
import {SETS} from './op-shapes-sets.js';
import {WINDOWS} from './op-shapes-windows.js';

const same: ShapeRule = (c) => [c.shape(0)];
const broadcasting: ShapeRule = (c) => {
  let out = c.shape(0);
  for (let i = 1; i < c.count; i++) out = broadcast(out, c.shape(i));
  return [out];
};
const scalar: ShapeRule = () => [[]];

/** Ops of one value to one value. */
const UNARY =
  'Abs Acos Acosh Asin Asinh Atan Atanh Ceil ClipByValue ComplexAbs Cos Cosh Elu Erf Exp Expm1 Floor Imag Invert IsFinite IsInf IsNan LeakyRelu Log Log1p ' +
  'LogicalNot LogSoftmax LRN Neg Prelu Real Reciprocal Relu Relu6 Rint Round Rsqrt Selu Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Square Tan Tanh ' +
  'BiasAdd Cast CheckNumerics Cumprod Cumsum Identity Snapshot StopGradient PreventGradient Print FakeQuantWithMinMaxVars OnesLike ZerosLike ' +
  'Reverse ReverseV2 MatrixBandPart FFT IFFT StaticRegexReplace StringToHashBucketFast StringLower StringUpper TensorScatterUpdate Bitcast Conj ' +
  'Enter Exit NextIteration LoopCond DebugIdentity Gelu HardSwish Mish Swish';

/** Ops of two or three values to one. */
const BINARY =
  'Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv FloorMod Mod TruncateDiv TruncateMod MulNoNan Xdivy Xlogy Maximum Minimum Pow SquaredDifference Atan2 Complex ' +
  'Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr BitwiseAnd BitwiseOr BitwiseXor LeftShift RightShift ApproximateEqual SelectV2';

const OTHERS: Readonly<Record<string, ShapeRule>> = {
  AddN: merged,
  // TensorFlow wants branches of one shape, but lets the condition be a vector; tfjs broadcasts all three
  Select: (c) => [broadcast(c.shape(1), c.shape(2))],
  EnsureShape: (c) => [both(c.shape(0), shapeAttr(c.node, 'shape'))],
  IdentityN: (c) => Array.from({length: c.count}, (_, i) => c.shape(i)),
  Switch: (c) => [c.shape(0), c.shape(0)],
  Merge: (c) => {
    let out = c.shape(0);
    for (let i = 1; i < c.count; i++) out = either(out, c.shape(i));
    return [out, []];
  },
  FusedBatchNorm: same,
  FusedBatchNormV2: same,
  FusedBatchNormV3: same,
  Rank: scalar,
  Size: scalar,
  NoOp: () => [],
  Assert: () => [],
};

function merged(c: OpCall): readonly (Dims | null)[] {
  let out: Dims | null = null;
  for (let i = 0; i < c.count; i++) out = both(out, c.shape(i));
  return [out];
}

const RULES = new Map<string, ShapeRule>([
  ...UNARY.split(' ').map((type) => [type, same] as const),
  ...BINARY.split(' ').map((type) => [type, broadcasting] as const),
  ...[OTHERS, WINDOWS, MOVES, REDUCTIONS, SETS].flatMap((rules) => Object.entries(rules)),
]);

/** Whether the library knows what an op does. */
export const knowsOp = (type: string): boolean => RULES.has(type) || type === 'Const' || type.startsWith('Placeholder');

/**
 * Shapes of an op's outputs, from those of its inputs and its attributes, and from what the file itself says of them
 * (`_output_shapes`). Unknown sizes and ranks stay unknown.
 */
export function opShapes(call: OpCall): (Dims | null)[] {
  const out = [...(RULES.get(call.type)?.(call) ?? [null])];
  shapeList(call.node, '_output_shapes').forEach((told, i) => (out[i] = both(out[i] ?? null, told)));
  return out;
}

const BOOLEAN = new Set('Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalNot IsNan IsInf IsFinite All Any LoopCond ApproximateEqual'.split(' '));
/** Attributes that tell the dtype of what an op puts out, the surest first. */
const TOLD = ['DstT', 'T', 'dtype', 'Tparams', 'out_type', 'output_type', 'Tvalues', 'element_dtype'];
/** Ops whose second output, or whose all, are numbers of places. */
const INDICES: Readonly<Record<string, readonly string[]>> = {
  NonMaxSuppression: ['int32'],
  NonMaxSuppressionV2: ['int32'],
  NonMaxSuppressionV3: ['int32'],
  NonMaxSuppressionV4: ['int32', 'int32'],
  NonMaxSuppressionV5: ['int32', 'float32', 'int32'],
  Where: ['int64'],
  Rank: ['int32'],
  StringToHashBucketFast: ['int64'],
};

const OWN_DTYPE = new Set(['Cast', 'SelectV2', 'Complex', 'StringToHashBucketFast', 'Bitcast', 'ResizeBilinear', 'CropAndResize']);
const AS_GIVEN = new Set([
  ...UNARY.split(' '),
  ...BINARY.split(' '),
  ...Object.keys(WINDOWS),
  ...'AddN EnsureShape Switch Merge Arg FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Reshape ExpandDims Squeeze Transpose Pad PadV2 MirrorPad'.split(' '),
  ...'ConcatV2 Slice StridedSlice Tile Pack Unpack Gather GatherV2 GatherNd BroadcastTo SpaceToBatchND BatchToSpaceND Sum Mean Max Min Prod TopKV2'.split(' '),
]);

/** Whether an op that does not name its dtype puts out what its first input is. */
export const asGiven = (type: string): boolean => AS_GIVEN.has(type) && !OWN_DTYPE.has(type);

/** The dtype of an op's output `i`, where the file tells it. */
export function opDtype(node: RawNode, type: string, i: number): string | undefined {
  if (BOOLEAN.has(type)) return 'bool';
  if (Object.hasOwn(INDICES, type)) return INDICES[type]![i];
  if (type === 'TopKV2' && i === 1) return 'int32';
  if ((type === 'Unique' || type === 'UniqueV2' || type === 'ListDiff') && i > 0) return dtype(node, 'out_idx') ?? 'int32';
  if (type === 'Merge' && i === 1) return 'int32';
  if (type === 'ComplexAbs' || type === 'Real' || type === 'Imag') return dtype(node, 'Tout') ?? 'float32';
  if (type === 'ArgMax' || type === 'ArgMin') return dtype(node, 'output_type') ?? 'int64';
  if (type === 'Shape' || type === 'ShapeN' || type === 'Size') return dtype(node, 'out_type') ?? 'int32';
  if (type === 'Range') return dtype(node, 'Tidx');
  if (type === 'ResizeBilinear' || type === 'CropAndResize') return 'float32';
  if (type.startsWith('TensorList')) return /^TensorList(GetItem|Stack|Gather|Concat.*)$/.test(type) ? dtype(node, 'element_dtype') : 'variant';
  if (type.startsWith('EmptyTensorList')) return 'variant';
  for (const name of TOLD) {
    const told = dtype(node, name);
    if (told) return told;
  }
  return undefined;
}
