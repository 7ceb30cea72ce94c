import {sizeOf} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import type {GradConfig, TfMath} from './tf-math.js';

/**
 * The gradient of a look-up in a table, on backends without UnsortedSegmentSum, such as WebAssembly: each row's gradients
 * are added up where the row stands. Of other axes than the first tfjs's own is left.
 */
export function gatherGradients(tf: TfMath): GradConfig[] {
  const own = tf.getGradient('GatherV2');
  if (!own || tf.getKernel('UnsortedSegmentSum', tf.getBackend())) return [];
  const gradFunc: GradConfig['gradFunc'] = (dy, saved, attrs) => {
    const [x, indices] = saved as readonly [TfTensor, TfTensor];
    const given = own.gradFunc(dy, saved, attrs);
    if (attrs.axis !== 0 || (attrs.batchDims ?? 0) !== 0) return given;
    const [n, size] = [sizeOf(indices.shape), sizeOf(x.shape.slice(1))];
    const table = (): TfTensor => tf.scatterND(tf.reshape(indices, [n, 1]), tf.reshape(dy as TfTensor, [n, size]), [x.shape[0]!, size]);
    return {...given, x: () => tf.tidy(() => tf.reshape(table(), x.shape))};
  };
  return [{...own, gradFunc}];
}
