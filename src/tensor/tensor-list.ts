import {Problem} from '../words/strings.js';
import {describe, dtypeOf, isTensorLike, isTyped, nestedShape, readTensor, sizeOf, unwrap, validShape} from './read-tensor.js';
import type {DType, ModelWeights, PlainTensor, TensorInput, TensorValues, WeightInfo} from './types.js';
import {kindOf} from './weight-kind.js';

/**
 * A list or record of tensors, such as `model.getWeights()`, as something to draw an overview of. All are read at
 * once, since the tensors may be disposed of right after.
 * @param read for those whose reading has begun before
 */
export function readTensors(given: readonly TensorInput[] | Readonly<Record<string, TensorInput>>, read: (tensor: TensorInput) => Promise<TensorValues> = readTensor): ModelWeights {
  const input = unwrap(given);
  if (typeof input !== 'object' || input === null) throw new Problem('badTensors', {got: describe(given)});
  const entries: [string, TensorInput][] = Array.isArray(input)
    ? (input as TensorInput[]).map((tensor, i) => [(isTensorLike(tensor) && (tensor as {name?: string}).name) || String(i), tensor])
    : Object.entries(input);
  const names = new Map<string, number>();
  const weights = entries.map(([name, tensor]): WeightInfo => {
    const reading = read(tensor);
    reading.catch(() => undefined); // told where it is shown
    const {shape, dtype} = look(tensor);
    const n = (names.get(name) ?? 0) + 1;
    names.set(name, n);
    const address = n > 1 ? `${name} (${n})` : name;
    const slash = address.lastIndexOf('/');
    const weight = address.slice(slash + 1);
    return {
      address,
      layer: address.slice(0, Math.max(0, slash)),
      weight,
      shape,
      dtype,
      size: sizeOf(shape),
      kind: kindOf(undefined, weight.replace(/_\d+$/, ''), shape),
      constant: false,
      read: () => reading,
    };
  });
  return {format: 'tensors', weights};
}

/** What input says of itself; what is none, or not what it says, is told when it is read. */
function look(input: TensorInput): {shape: readonly number[]; dtype: DType} {
  if (isTyped(input)) return {shape: [input.length], dtype: dtypeOf(input)};
  const {shape, dtype, data} = (input ?? {}) as Partial<PlainTensor>;
  if (!validShape(shape)) return {shape: nestedShape(input), dtype: 'float32'};
  return {shape, dtype: (dtype as DType | undefined) ?? (isTyped(data) ? dtypeOf(data) : 'float32')};
}
