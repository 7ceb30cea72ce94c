import {countOf, type Dims, Unknown} from './dims.js';
import {ints, type RawNode, str, strs} from './graphdef.js';
import type {OpCall} from './op-call.js';
import {knowsOp} from './op-shapes.js';
import {einsumAxes, einsumSizes, spatialOf, transposes} from './op-shapes-windows.js';

/** One multiplication for each value that comes out. */
const PRODUCTS = new Set(['Mul', 'Square', 'SquaredDifference', 'MulNoNan', 'FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']);
/** Arithmetic whose cost is not told in multiply-accumulates here. */
const UNTOLD = /^(I?R?FFT|IRFFT|LRN|ImageProjectiveTransformV3|SimpleML.*)$/;

/** Product of known numbers; `null` where one is unknown. */
function times(...factors: readonly (number | null | undefined)[]): number | null {
  let n = 1;
  for (const f of factors) {
    if (f === null || f === undefined) return null;
    n *= f;
  }
  return n;
}

const size = (d: Dims[number] | undefined): number | null => (typeof d === 'number' ? d : d instanceof Unknown && d.origin.batch ? d.times : null);

/** Normalising or scaling that is fused into an op: one for each of its outputs. */
const fused = (node: RawNode, out: number | null): number | null => (strs(node, 'fused_ops').some((op) => op.includes('BatchNorm')) ? out : 0);

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/**
 * Multiply-accumulate operations of an op for one example: an unknown first axis of an input counts as 1.
 *
 * - convolution: output values × window area × input channels / groups (Howard et al. 2017, MobileNets, §3.1)
 * - depthwise: output values × window area (the same)
 * - transposed convolution: input values × window area × output channels (Dumoulin & Visin 2016, a convolution's gradient)
 * - matrix product m·k·n for each of the batch; Einsum: the product of the sizes of all its letters
 * - batch normalisation, a product of elements, a square: 1 for each value, as scale and offset fold into one
 * - average pooling, a mean: 1 for each value of each window; padding is counted as if it were values
 * - bilinear resizing: 4 for each value, nearest 0
 * - max pooling, sums, activations, biases, moving and choosing: 0
 *
 * Loops count as run once.
 * @returns `null` where a size or the op is unknown
 */
export function opMacs(c: OpCall, shapes: readonly (Dims | null)[]): number | null {
  const {type, node} = c;
  const out = countOf(shapes[0] ?? null);
  switch (type) {
    case 'Conv1D':
    case 'Conv2D':
    case '_FusedConv2D':
    case 'Conv3D': {
      // window…, input channels of a group
      const window = c.shape(1)?.slice(0, -1).map(size);
      return plus(window ? times(out, ...window) : null, fused(node, out));
    }
    case 'DepthwiseConv2d':
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2dNative':
      return plus(times(out, size(c.shape(1)?.[0]), size(c.shape(1)?.[1])), fused(node, out));
    case 'Conv2DBackpropInput':
    case 'Conv3DBackpropInputV2': {
      const window = c.shape(1)?.slice(0, -1).map(size);
      return window ? times(countOf(c.shape(2)), ...window) : null;
    }
    case 'MatMul':
    case '_FusedMatMul':
    case 'BatchMatMul':
    case 'BatchMatMulV2':
    case 'BatchMatMulV3': {
      const [left, right] = transposes(node);
      const inner = size(c.shape(0)?.at(left ? -2 : -1)) ?? size(c.shape(1)?.at(right ? -1 : -2));
      return plus(times(out, inner), fused(node, out));
    }
    case 'Einsum':
      return einsumAxes(node) ? times(...[...einsumSizes(c).values()].map(size)) : null;
    case 'AvgPool':
    case 'AvgPool3D': {
      const rank = type === 'AvgPool' ? 4 : 5;
      return times(out, ...(spatialOf(node, ints(node, 'ksize'), rank) ?? [null]));
    }
    case 'Mean':
      return countOf(c.shape(0));
    case 'ResizeBilinear':
    case 'CropAndResize':
      return type === 'ResizeBilinear' || str(node, 'method') !== 'nearest' ? times(4, out) : 0;
    default:
      if (PRODUCTS.has(type)) return out;
      return knowsOp(type) && !UNTOLD.test(type) ? 0 : null;
  }
}

/** Bytes of a value as tfjs holds it: integers of any width in 32 bits. */
const BYTES: ReadonlyMap<string | undefined, number> = new Map(Object.entries({
  float32: 4, int32: 4, bool: 1, float16: 2, bfloat16: 2, complex64: 8, int64: 4, uint8: 4, int8: 4, int16: 4, uint16: 4, uint32: 4, uint64: 4, float64: 4,
}));

/**
 * Bytes of an op's outputs for one example.
 * @returns `null` where a size or a dtype is unknown, or it has no numbers
 */
export function opBytes(shapes: readonly (Dims | null)[], dtypes: readonly (string | undefined)[]): number | null {
  let sum = 0;
  for (let i = 0; i < shapes.length; i++) {
    const count = countOf(shapes[i]!);
    const bytes = BYTES.get(dtypes[i]);
    if (count === null || bytes === undefined) return null;
    sum += count * bytes;
  }
  return sum;
}
