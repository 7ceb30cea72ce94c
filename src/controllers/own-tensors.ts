import {readTensor} from '../tensor/read-tensor.js';
import {readTensors} from '../tensor/tensor-list.js';
import type {Data, TensorInput} from '../tensor/types.js';
import type {Loader} from './data-source.js';

/** A list or record of tensors. */
export type TensorInputs = readonly TensorInput[] | Readonly<Record<string, TensorInput>>;

/** The properties `tensor` and `tensors` of an element: the newer counts, and taking it away uncovers the other. */
export class OwnTensors {
  tensor: TensorInput | null = null;
  tensors: TensorInputs | null = null;
  readonly #offer: (load: Loader<Data> | null) => void;

  constructor(offer: (load: Loader<Data> | null) => void) {
    this.#offer = offer;
  }

  set(name: 'tensor' | 'tensors', input: TensorInput | TensorInputs | null): void {
    if (name === 'tensor') this.tensor = (input ?? null) as TensorInput | null;
    else this.tensors = (input ?? null) as TensorInputs | null;
    const {tensor, tensors} = this;
    if (tensor !== null && (name === 'tensor' || tensors === null)) this.#offer(eagerly(async () => ({tensor: await readTensor(tensor)})));
    else if (tensors !== null) this.#offer(eagerly(async () => ({model: readTensors(tensors)})));
    else this.#offer(null);
  }
}

/** Begins the first read at once, within the setter: the tensor may be disposed of right after. */
function eagerly(read: () => Promise<Data>): Loader<Data> {
  let first: Promise<Data> | null = read();
  first.catch(() => undefined); // told when it is asked for
  return () => {
    const reading = first ?? read();
    first = null;
    return reading;
  };
}
