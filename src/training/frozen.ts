import type {TfTensor} from '../tensor/tf.js';
import type {WatchTf} from './measurement.js';
import type {Assignable} from './probe.js';

/** A weight that takes a step. */
export interface Stepped {
  readonly name: string;
  readonly gradient: TfTensor;
  readonly variable: Assignable;
  /** A clone of the weight as it was before, which shares its values. */
  readonly before: TfTensor;
}

/** A step as it was, kept until it is known whether all was finite. */
export interface Frozen {
  readonly inputs: readonly TfTensor[];
  readonly variables: readonly Assignable[];
  readonly before: readonly TfTensor[];
}

/** Keeps a step: its clones are now the frozen one's to dispose of. */
export function freeze(tf: WatchTf, inputs: readonly TfTensor[], stepped: readonly Stepped[]): Frozen {
  const clones: TfTensor[] = [];
  try {
    for (const tensor of inputs) clones.push(tf.clone(tensor));
    for (const tensor of clones) tf.keep(tensor);
    return {inputs: clones, variables: stepped.map(({variable}) => variable), before: stepped.map(({before}) => tf.keep(before))};
  } catch (error) {
    for (const tensor of clones) tensor.dispose();
    throw error;
  }
}

export function thaw({inputs, before}: Frozen): void {
  for (const tensor of [...inputs, ...before]) tensor.dispose();
}

/** Which of the weights flagged were in truth not finite: some may have left float32 only in their sum. */
export async function oddWeights({before}: Frozen, flags: Uint8Array): Promise<Uint8Array> {
  const odd = await Promise.all(before.map(async (tensor, i) => flags[i] === 1 && ((await tensor.data()) as Float32Array).some((v) => !Number.isFinite(v))));
  return Uint8Array.from(odd, Number);
}
