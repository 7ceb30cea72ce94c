import {Problem} from '../words/strings.js';
import {describe, isTensorLike, readTensor, sizeOf, unwrap} from './read-tensor.js';
import type {DType, ModelWeights, TensorInput, WeightInfo} from './types.js';
import {kindOf} from './weight-kind.js';

/**
 * A list or record of tensors, such as `model.getWeights()`, as something to draw an overview of. All are read at
 * once, since the tensors may be disposed of right after.
 */
export function readTensors(given: readonly TensorInput[] | Readonly<Record<string, TensorInput>>): ModelWeights {
  const input = unwrap(given);
  if (typeof input !== 'object' || input === null) throw new Problem('badTensors', {got: describe(given)});
  const entries: [string, TensorInput][] = Array.isArray(input)
    ? (input as TensorInput[]).map((tensor, i) => [(isTensorLike(tensor) && (tensor as {name?: string}).name) || String(i), tensor])
    : Object.entries(input);
  const names = new Map<string, number>();
  const weights = entries.map(([name, tensor]): WeightInfo => {
    const reading = readTensor(tensor);
    reading.catch(() => undefined); // told where it is shown
    const shape = isTensorLike(tensor) ? tensor.shape : shapeOf(tensor);
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
      dtype: isTensorLike(tensor) ? (tensor.dtype as DType) : 'float32',
      size: sizeOf(shape),
      kind: kindOf(undefined, weight.replace(/_\d+$/, ''), shape),
      constant: false,
      read: () => reading,
    };
  });
  return {format: 'tensors', weights};
}

/** The shape of plain input, as far as it can be told without checking it. */
function shapeOf(input: TensorInput): number[] {
  if (ArrayBuffer.isView(input)) return [(input as Float32Array).length];
  if (typeof input === 'object' && 'shape' in input) return [...(input as {shape: readonly number[]}).shape];
  const shape: number[] = [];
  for (let at: unknown = input; Array.isArray(at); at = at[0]) shape.push(at.length);
  return shape;
}
