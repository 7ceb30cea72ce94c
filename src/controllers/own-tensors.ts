import {readTensor, unwrap} from '../tensor/read-tensor.js';
import type {TensorInput} from '../tensor/types.js';
import type {Loader} from './data-source.js';
import type {WeightData} from '../tensor/types.js';

/** A list or record of tensors. */
export type TensorInputs = readonly TensorInput[] | Readonly<Record<string, TensorInput>>;

/** The properties `tensor`, `tensors` and `run` of an element: the newest counts, and taking it away uncovers the one before. */
export class OwnTensors {
  tensor: TensorInput | null = null;
  tensors: TensorInputs | null = null;
  /** The newer last. */
  readonly #loaders = new Map<'tensor' | 'tensors' | 'run', Loader<WeightData>>();
  readonly #offer: (load: Loader<WeightData> | null) => void;

  constructor(offer: (load: Loader<WeightData> | null) => void) {
    this.#offer = offer;
  }

  /** Sets, or with `null` takes away, a run. */
  offerRun(load: Loader<WeightData> | null): void {
    this.#loaders.delete('run');
    if (load) this.#loaders.set('run', load);
    this.#offer([...this.#loaders.values()].at(-1) ?? null);
  }

  set(name: 'tensor' | 'tensors', input: TensorInput | TensorInputs | null | undefined): void {
    this.#loaders.delete(name);
    if (name === 'tensor') {
      const tensor = (this.tensor = (input ?? null) as TensorInput | null);
      if (tensor !== null) this.#loaders.set(name, eagerly(async () => ({tensor: await readTensor(tensor)})));
    } else {
      const tensors = (this.tensors = (input ?? null) as TensorInputs | null);
      if (tensors !== null) this.#loaders.set(name, eagerly(() => readAll(tensors)));
    }
    this.#offer([...this.#loaders.values()].at(-1) ?? null);
  }
}

/** Begins to read all at once; what lists them is fetched meanwhile. */
async function readAll(tensors: TensorInputs): Promise<WeightData> {
  const readings = new Map(
    Object.values(unwrap(tensors)).map((tensor: TensorInput) => {
      const reading = readTensor(tensor);
      reading.catch(() => undefined); // told where it is shown
      return [tensor, reading];
    }),
  );
  const {readTensors} = await import('../tensor/tensor-list.js');
  return {model: readTensors(tensors, (tensor) => readings.get(tensor) ?? readTensor(tensor))};
}

/** Begins the first read at once, within the setter: the tensor may be disposed of right after. It serves until a refresh. */
function eagerly(read: () => Promise<WeightData>): Loader<WeightData> {
  let reading = read();
  reading.catch(() => undefined); // told when it is asked for
  return (_signal, _progress, again) => (again ? (reading = read()) : reading);
}
