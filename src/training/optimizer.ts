import {readModel} from '../tensor/live-model.js';
import type {LiveLayersModel} from '../tensor/model-ports.js';
import type {TfTensor} from '../tensor/tf.js';
import type {RunWeight} from './record.js';

/** A `tf.Optimizer`, as far as it is used. */
export interface LiveOptimizer {
  readonly learningRate?: number;
  minimize(f: () => TfTensor, returnCost?: boolean, varList?: readonly unknown[]): TfTensor | null;
  applyGradients(gradients: Gradients): void;
}

/** Gradients as `applyGradients` takes them. */
export type Gradients = Readonly<Record<string, TfTensor | null>> | readonly {readonly name: string; readonly tensor: TfTensor | null}[];

/** A `tf.LayersModel` that can be trained. */
export interface TrainableModel extends LiveLayersModel {
  readonly optimizer?: LiveOptimizer | null;
  /** A `tf.Sequential` trains through another model within. */
  readonly model?: TrainableModel | null;
  execute?(inputs: readonly TfTensor[], outputs: readonly string[]): readonly TfTensor[];
}

export const isOptimizer = (x: unknown): x is LiveOptimizer => ['minimize', 'applyGradients'].every((name) => typeof (x as Record<string, unknown> | null)?.[name] === 'function');

/** Gradients by the name of their variable, in the order in which they were given; those that are none are left out. */
export function namedGradients(gradients: Gradients): {name: string; tensor: TfTensor}[] {
  const list = Array.isArray(gradients) ? (gradients as {name: string; tensor: TfTensor | null}[]) : Object.entries(gradients).map(([name, tensor]) => ({name, tensor: tensor as TfTensor | null}));
  return list.filter((g): g is {name: string; tensor: TfTensor} => g.tensor !== null && g.tensor !== undefined);
}

/** The learning rate as the optimiser has it; NaN where it has none. Schedules of its own inside a step, such as Adamax's decay, are not seen. */
export const learningRateOf = ({learningRate}: LiveOptimizer): number => (typeof learningRate === 'number' ? learningRate : NaN);

interface WithWeights {
  readonly layers?: readonly WithWeights[];
  readonly weights?: readonly {readonly val?: {readonly name?: string}}[];
}

/** The weights of a model by the name of their variable, with their addresses. */
export function weightsByVariable(model: TrainableModel): Map<string, RunWeight> {
  const {weights} = readModel(model);
  const names: (string | undefined)[] = [];
  const seen = new Set<unknown>();
  // in the order of readModel
  const walk = (layers: readonly WithWeights[]): void => {
    for (const layer of layers) {
      if (Array.isArray(layer.layers)) walk(layer.layers);
      else for (const weight of layer.weights ?? []) if (!seen.has(weight)) names.push((seen.add(weight), weight.val?.name));
    }
  };
  walk(model.layers as readonly WithWeights[]);
  return new Map(
    weights.flatMap(({address, layer, weight, shape, layerType, activation}, i) => {
      const name = names[i];
      return name === undefined ? [] : [[name, {address, layer, weight, shape, layerType: layerType ?? null, activation: activation ?? null}]];
    }),
  );
}

/** A variable of no known model: its name is its address. */
export function weightOfVariable(name: string, shape: readonly number[]): RunWeight {
  const cut = name.lastIndexOf('/');
  return {address: name, layer: cut < 0 ? '' : name.slice(0, cut), weight: name.slice(cut + 1), shape: [...shape], layerType: null, activation: null};
}
