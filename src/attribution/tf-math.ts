import {Problem} from '../words/learn.js';
import type {Tf, TfEngine, TfTensor} from '../tensor/tf.js';

/** What a kernel is called with. */
export type Attributes = Readonly<Record<string, unknown>>;
export type KernelInputs = Readonly<Record<string, TfTensor | undefined>>;

/** How the gradient of a kernel is computed. */
export interface GradConfig {
  readonly kernelName: string;
  readonly gradFunc: (dy: TfTensor | readonly TfTensor[], saved: readonly TfTensor[], attrs: Attributes) => Readonly<Record<string, () => TfTensor>>;
}

/** The function that `tf.customGrad` takes. */
export type CustomGrad = (...inputs: readonly unknown[]) => {value: TfTensor; gradFunc: unknown};

/** One step of a gradient's record. */
interface TapeNode {
  readonly kernelName: string;
  readonly saved?: readonly TfTensor[];
}

/** TensorFlow.js's engine, as far as gradients need it. */
export interface MathEngine extends TfEngine {
  readonly state: TfEngine['state'] & {readonly gradientDepth: number; readonly numBytes: number; activeTape: readonly TapeNode[] | null};
  runKernel(name: string, inputs: KernelInputs, attrs?: Attributes): TfTensor;
  customGrad(f: CustomGrad): (...inputs: readonly TfTensor[]) => TfTensor;
  keep(tensor: TfTensor): TfTensor;
  gradients(f: () => TfTensor, xs: readonly TfTensor[], dy: null, allowNoGradients: boolean): {value: TfTensor; grads: readonly (TfTensor | null | undefined)[]};
}

/** TensorFlow.js, as far as attribution uses it: all of it is in tfjs-core. */
export interface TfMath extends Tf {
  engine(): MathEngine;
  conv2d(x: TfTensor, filter: TfTensor, strides: unknown, pad: unknown, dataFormat: unknown, dilations: unknown, dimRoundingMode: unknown): TfTensor;
  depthwiseConv2d(x: TfTensor, filter: TfTensor, strides: unknown, pad: unknown, dataFormat: unknown, dilations: unknown, dimRoundingMode: unknown): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA: boolean, transposeB: boolean): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  mul(a: TfTensor, b: TfTensor): TfTensor;
  sum(x: TfTensor, axis?: number): TfTensor;
  relu(x: TfTensor): TfTensor;
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  slice(x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor;
  conv3d(x: TfTensor, filter: TfTensor, strides: unknown, pad: unknown, dataFormat: unknown, dilations: unknown): TfTensor;
  pad(x: TfTensor, paddings: readonly (readonly [number, number])[], value?: number): TfTensor;
  stridedSlice(x: TfTensor, begin: readonly number[], end: readonly number[], strides: readonly number[]): TfTensor;
  equal(a: TfTensor, b: TfTensor): TfTensor;
  logicalAnd(a: TfTensor, b: TfTensor): TfTensor;
  logicalOr(a: TfTensor, b: TfTensor): TfTensor;
  logicalNot(x: TfTensor): TfTensor;
  cast(x: TfTensor, dtype: 'float32'): TfTensor;
  reverse(x: TfTensor, axis: readonly number[]): TfTensor;
  transpose(x: TfTensor, perm: readonly number[]): TfTensor;
  stack(tensors: readonly TfTensor[], axis?: number): TfTensor;
  concat(tensors: readonly TfTensor[], axis?: number): TfTensor;
  zeros(shape: readonly number[]): TfTensor;
  scatterND(indices: TfTensor, updates: TfTensor, shape: readonly number[]): TfTensor;
  mean(x: TfTensor, axis?: number): TfTensor;
  getKernel(kernel: string, backend: string): unknown;
  getGradient(kernel: string): GradConfig | undefined;
  registerGradient(config: GradConfig): void;
  unregisterGradient(kernel: string): void;
}

const NEEDED = [
  'conv2d', 'conv3d', 'depthwiseConv2d', 'matMul', 'add', 'mul', 'sum', 'relu', 'reshape', 'slice', 'stridedSlice', 'pad', 'reverse', 'transpose', 'stack', 'concat', 'zeros',
  'scatterND', 'mean', 'equal', 'logicalAnd', 'logicalOr', 'logicalNot', 'cast', 'getKernel', 'getGradient', 'registerGradient', 'unregisterGradient',
] as const;

/**
 * TensorFlow.js with all that gradients need.
 * @throws Problem that names what is missing
 */
export function mathOf(tf: object): TfMath {
  const missing = NEEDED.find((name) => typeof (tf as Partial<TfMath>)[name] !== 'function');
  if (missing) throw new Problem('attributionTf', {name: missing});
  return tf as TfMath;
}
