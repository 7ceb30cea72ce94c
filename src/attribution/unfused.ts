import type {TfTensor} from '../tensor/tf.js';
import {type Swap, withSwaps} from './swap.js';
import type {Attributes, CustomGrad, GradConfig, KernelInputs, TfMath} from './tf-math.js';

/** A call of a fused kernel. */
interface FusedCall {
  readonly kernel: string;
  readonly inputs: KernelInputs;
  readonly attrs: Attributes;
  /** The shape that its result is given afterwards. */
  readonly reshaped: readonly number[] | null;
}

const FUSED = new Set(['FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul']);

/**
 * Runs something synchronous with linear fused convolutions and products taken apart. While gradients are recorded, tfjs
 * takes apart those with another activation itself, but one that is linear always computes the gradient of its filter
 * too: slow on the CPU, and WebAssembly has no kernel for it. Taken apart, the record leaves out what does not lead to
 * the input. What tfjs's `fused` ops run is known only once they call `customGrad`, so it is looked at there.
 */
export function unfused<T>(tf: TfMath, run: () => T): T {
  const engine = tf.engine();
  const customGrad = (f: CustomGrad): ((...inputs: readonly TfTensor[]) => TfTensor) => {
    const whole = Object.getPrototypeOf(engine).customGrad.call(engine, f) as (...inputs: readonly TfTensor[]) => TfTensor;
    return (...inputs) => {
      const call = fusedCall(tf, f, inputs);
      return call ? takeApart(tf, call, inputs) : whole(...inputs);
    };
  };
  return withSwaps([{of: engine, key: 'customGrad', value: customGrad}], run);
}

/** The fused kernel that a function with a gradient of its own runs first; neither it nor anything else is run. */
function fusedCall(tf: TfMath, f: CustomGrad, inputs: readonly TfTensor[]): FusedCall | null {
  const stop = new Error('seen');
  let call: FusedCall | null = null;
  const runKernel: Swap = {
    of: tf.engine(),
    key: 'runKernel',
    value: (kernel: string, kernelInputs: KernelInputs, attrs: Attributes) => {
      if (!call && FUSED.has(kernel) && (attrs.activation ?? 'linear') === 'linear') {
        call = {kernel, inputs: kernelInputs, attrs, reshaped: null};
        return inputs[0]!; // whatever comes next is not computed
      }
      if (call && kernel === 'Reshape') call = {...call, reshaped: attrs.shape as number[]};
      throw stop;
    },
  };
  try {
    withSwaps([runKernel], () => f(...inputs, () => undefined));
  } catch (error) {
    if (error !== stop) throw error;
  }
  return call;
}

/** @param given the tensors that the gradient is asked for: first those that are multiplied */
function takeApart(tf: TfMath, {kernel, inputs, attrs, reshaped}: FusedCall, given: readonly TfTensor[]): TfTensor {
  const [x, filter] = given as readonly [TfTensor, TfTensor];
  const {strides, pad, dataFormat, dilations, dimRoundingMode} = attrs;
  const product = kernel === '_FusedMatMul';
  const sum = product
    ? tf.matMul(x, filter, attrs.transposeA === true, attrs.transposeB === true)
    : tf[kernel === 'FusedConv2D' ? 'conv2d' : 'depthwiseConv2d'](x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
  const {bias} = inputs;
  const out = bias ? tf.add(sum, dataFormat === 'NCHW' && bias.shape.length === 1 ? tf.reshape(bias, [bias.shape[0]!, 1, 1]) : bias) : sum;
  // of an axis that the op itself had added in front
  return reshaped ? tf.reshape(out, product ? reshaped : out.shape.slice(1)) : out;
}

/** Runs something synchronous with other gradients for kernels, and puts tfjs's own back. */
export function withGradients<T>(tf: TfMath, configs: readonly GradConfig[], run: () => T): T {
  const own = configs.map(({kernelName}) => tf.getGradient(kernelName)).filter((config) => config !== undefined);
  const register = (all: readonly GradConfig[]): void => {
    for (const config of all) {
      tf.unregisterGradient(config.kernelName);
      tf.registerGradient(config);
    }
  };
  try {
    register(configs);
    return run();
  } finally {
    register(own);
  }
}

/**
 * Guided Backprop's rule: where the gradient goes back through a ReLU, what is negative of it becomes 0, beside what the
 * ReLU itself lets through (Springenberg et al. 2015). tfjs takes apart a fused `relu` while gradients are recorded, so
 * the rule reaches it too.
 */
export const guidedGradients = (tf: TfMath): GradConfig[] =>
  ['Relu', 'Relu6'].flatMap((kernel) => {
    const own = tf.getGradient(kernel);
    return own ? [{...own, gradFunc: (...args): ReturnType<GradConfig['gradFunc']> => ({x: () => tf.relu(own.gradFunc(...args).x!())})}] : [];
  });
