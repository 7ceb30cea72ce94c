import type {TfTensor} from '../tensor/tf.js';
import type {Stepped} from './frozen.js';
import type {RunSnapshot} from './record.js';

/** Begins to read tensors; they may be disposed of right after. Copies: the CPU backend hands out arrays of its own. */
const read = (tensors: readonly TfTensor[]): Promise<Float32Array[]> => Promise.all(tensors.map(async (tensor) => Float32Array.from((await tensor.data()) as Float32Array)));

/** Values at the places of their weights among `n`. */
function placed(values: readonly Float32Array[], at: readonly number[], n: number): (Float32Array | null)[] {
  const out = Array.from({length: n}, (): Float32Array | null => null);
  for (const [i, w] of at.entries()) out[w] = values[i]!;
  return out;
}

/** The weights before a step and its gradients; `at` are their indices among the run's `n` weights. */
export async function readSnapshot(step: number, stepped: readonly Stepped[], at: readonly number[], n: number): Promise<RunSnapshot> {
  const [weights, gradients] = await Promise.all([read(stepped.map(({before}) => before)), read(stepped.map(({gradient}) => gradient))]);
  return {step, kept: false, weights: placed(weights, at, n), gradients: placed(gradients, at, n)};
}

/** The weights after the last step. */
export async function readWeights(step: number, variables: ReadonlyMap<number, TfTensor>, n: number): Promise<RunSnapshot> {
  return {step, kept: false, weights: placed(await read([...variables.values()]), [...variables.keys()], n), gradients: null};
}
