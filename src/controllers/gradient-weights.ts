import {type WeightGradient, type WeightGradients, weightGradients, type LossInput} from '../attribution/weight-gradients.js';
import {formatShort} from '../color/format.js';
import {readModel} from '../tensor/live-model.js';
import type {InputRange} from '../tensor/input-range.js';
import type {OpenOptions} from '../tensor/read-source.js';
import {readTensor} from '../tensor/read-tensor.js';
import {readTensors} from '../tensor/tensor-list.js';

import type {ModelWeights, TensorInput, TensorValues, WeightInfo} from '../tensor/types.js';
import {kindOf} from '../tensor/weight-kind.js';
import {Problem} from '../words/gradient.js';
import {fetchInput, fitInput, type Taken} from './model-input.js';
import type {ModelRun} from './model-run.js';

// Fetched when gradients of weights are asked for.

/** What the loss is taken of. */
export interface LossRequest {
  readonly taken: Taken | null;
  readonly inputSrc: string | null;
  readonly labels: Promise<TensorValues | readonly TensorValues[] | Readonly<Record<string, TensorValues>>> | null;
  readonly loss: LossInput | null;
  readonly range: string | null;
  readonly resize: string | null;
}

/** Gradients of weights, as something heatmaps draw. */
export interface LossGradients {
  readonly model: ModelWeights;
  /** `null` where they were made elsewhere. */
  readonly found: WeightGradients | null;
  readonly range: InputRange | null;
}

/** Takes the gradient of a model's loss on a batch. @returns rejects with a Problem, or with the signal's reason */
export async function gradientsOfLoss(run: ModelRun, of: object | string, request: LossRequest, options: OpenOptions & {signal: AbortSignal}, tell: (loaded: number, total: number) => void): Promise<LossGradients> {
  const {signal} = options;
  if (!request.labels) throw new Problem('gradientLabels');
  const taken = request.taken ?? (request.inputSrc ? await fetchInput(request.inputSrc, options, signal, tell) : null);
  if (!taken) throw new Problem('gradientLabels');
  return run.use(of, {...options, onProgress: tell}, async (tf, model) => {
    const inputs = await fitInput(taken, model, {range: request.range, resize: request.resize, signal});
    const values = Object.fromEntries(inputs.map(({name, values: own}) => [name, own]));
    const found = await weightGradients(model, values, await request.labels!, {tf, ...(request.loss !== null && {loss: request.loss}), signal});
    return {model: asWeights(found.gradients, readModel(model)), found, range: inputs.find((i) => i.range)?.range ?? null};
  });
}

/** Each gradient in the place of its weight: with its kind, its layer, and how large it is beside the weight. */
function asWeights(gradients: readonly WeightGradient[], {weights}: ModelWeights): ModelWeights {
  const known = new Map(weights.map((w) => [w.address, w]));
  return {
    format: 'gradients',
    weights: gradients.map(({address, layer, weight, shape, data, ratio}): WeightInfo => ({
      ...(known.get(address) ?? {kind: kindOf(undefined, weight, shape)}),
      address, layer, weight, shape, dtype: 'float32', size: data.length, trainable: true, quantization: undefined, constant: false, gradient: true, config: undefined,
      remark: `|g|/|w| ${formatShort(ratio)}`,
      read: async () => ({shape, dtype: 'float32', data}),
    })),
  };
}

/** What a page may hand over instead: tensors by address, a list of them, or what `weightGradients` gave. */
export type GradientsInput = readonly TensorInput[] | Readonly<Record<string, TensorInput>> | WeightGradients;

/** Reads gradients that were made elsewhere. @param taken reads of tensors that have begun @throws Problem for what is none */
export function readGradients(given: GradientsInput, taken: ReadonlyMap<unknown, Promise<TensorValues>>): LossGradients {
  const list = (given as Partial<WeightGradients>).gradients;
  if (Array.isArray(list) && list.every((g: Partial<WeightGradient>) => g?.address && g.data && g.shape)) return {model: asWeights(list as WeightGradient[], {format: 'tensors', weights: []}), found: given as WeightGradients, range: null};
  const {weights, ...rest} = readTensors(given as readonly TensorInput[], (tensor) => taken.get(tensor) ?? readTensor(tensor));
  return {model: {...rest, weights: weights.map((w) => ({...w, gradient: true}))}, found: null, range: null};
}
