import type {LiveLayersModel} from '../tensor/model-ports.js';
import type {TfTensor} from '../tensor/tf.js';

/** What is learnt of a layers model when it is compiled, and its regularisers. */
export interface CompiledModel extends LiveLayersModel {
  readonly loss?: unknown;
  readonly lossFunctions?: readonly ((yTrue: TfTensor, yPred: TfTensor) => TfTensor)[];
  readonly trainableWeights: readonly LiveVariable[];
  /** A `tf.Sequential` trains through another model within. */
  readonly model?: CompiledModel | null;
  calculateLosses(): readonly TfTensor[];
}

/** A weight of a layer: tfjs's LayerVariable. */
export interface LiveVariable {
  read(): TfTensor;
}

/** The model that fit() trains. */
export const trainedOf = (model: LiveLayersModel): CompiledModel => (model as CompiledModel).model ?? (model as CompiledModel);
