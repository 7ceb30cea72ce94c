import {isGraphModel} from '../tensor/model-ports.js';
import {isTyped, sizeOf} from '../tensor/read-tensor.js';
import {yieldToPage} from '../tensor/slices.js';
import type {TfTensor} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';
import {failedPass} from './no-gradient.js';
import type {Place} from './pass.js';
import {forward, forwardAsync, inputTensors, type ScoredModel, type Spot, type Tap} from './scored-model.js';
import {embeddingsOf} from './spots.js';

/** What one pass forward told of a model and its input. */
export interface Examined {
  /** The model, now known to be runnable at once or not. */
  readonly scored: ScoredModel;
  /** What the model puts out. */
  readonly values: Float32Array;
  /** Of the output, with the axis of examples. */
  readonly shape: readonly number[];
  /** Where gradients can be taken. */
  readonly places: readonly Place[];
}

/** Runs a model once on its example, and looks at its embeddings. @returns rejects with a Problem, or with the signal's reason */
export async function examine(given: ScoredModel, signal?: AbortSignal): Promise<Examined> {
  await yieldToPage();
  signal?.throwIfAborted();
  const {tf, model, feeds} = given;
  const looked = embeddingsOf(model, feeds.feeds.map((feed) => feed.port));
  const seen: {spot: Spot; call: number; input: number; shape: readonly number[]; tensor: TfTensor}[] = [];
  let scored = given;
  let tensors: readonly TfTensor[];
  // what an initializer makes belongs to the model, and a tidy would free it
  const initial = isGraphModel(model) && model.initializer && !model.resourceIdToCapturedInput;
  try {
    if (initial) throw new Error('executeAsync');
    tensors = tf.tidy(() => {
      const inputs = inputTensors(given, 1);
      const taps = new Map<Spot, Tap>(
        looked.map(({spot, input: guess}) => [
          spot,
          (own, call, fed) => {
            const at = fed ? inputs.indexOf(fed) : -1;
            // the model may free its own before it ends
            seen.push({spot, call, input: at < 0 ? guess : at, shape: own.shape, tensor: tf.engine().keep(tf.clone(own))});
            return own;
          },
        ]),
      );
      return [forward(given, inputs, false, taps), ...seen.map(({tensor}) => tf.clone(tensor))];
    });
  } catch (error) {
    if (!/executeAsync/.test(String((error as Error).message))) throw failedPass(given, error);
    const out = await forwardAsync(given, feeds.feeds, 1, false);
    // once the initializer has run, the graph may turn out to be an ordinary one
    if (initial) {
      out.dispose();
      signal?.throwIfAborted();
      if (model.resourceIdToCapturedInput) return examine(given, signal);
    }
    scored = {...given, dynamic: true};
    tensors = [out];
  } finally {
    for (const {tensor} of seen) tensor.dispose();
  }
  const [values, ...vectors] = await read(tensors, given);
  signal?.throwIfAborted();
  const {shape} = tensors[0]!;
  scored = {...scored, single: shape[0] !== (feeds.fixed ?? 1)};
  return {scored, values: values!, shape, places: placesOf(scored, seen, vectors)};
}

async function read(tensors: readonly TfTensor[], {output}: ScoredModel): Promise<Float32Array[]> {
  try {
    return await Promise.all(
      tensors.map(async (tensor) => {
        const data = await tensor.data();
        if (!isTyped(data)) throw new Problem('runText', {name: String(output)});
        return Float32Array.from(data as Float32Array);
      }),
    );
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** The embeddings that were seen, and the inputs of real numbers that go through none. */
function placesOf({feeds}: ScoredModel, seen: readonly {spot: Spot; call: number; input: number; shape: readonly number[]}[], vectors: readonly Float32Array[]): Place[] {
  return feeds.feeds.flatMap(({port, data, shape, each}, input): Place[] => {
    const inputName = port.name;
    const embedded = seen.flatMap((one, i): Place[] => {
      if (one.input !== input) return [];
      const own = one.shape.slice(1);
      return [{input, inputName, shape: own, values: vectors[i]!.subarray(0, sizeOf(own)), embedding: {spot: one.spot, call: one.call}, each: true}];
    });
    if (embedded.length || port.dtype !== 'float32') return embedded;
    return [{input, inputName, shape, values: data instanceof Float32Array ? data : Float32Array.from(data), each}];
  });
}
