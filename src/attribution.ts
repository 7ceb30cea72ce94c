export type {FirstOdd, ActivationData as LayerActivations, LayerActivation} from './activations/read.js';
export {layerActivations, type LayerActivationOptions, layerVectors} from './activations/layer-activations.js';
export type {LayerVectors, VectorOptions} from './activations/vectors.js';
export {attribute, type AttributeOptions} from './attribution/attribute.js';
export {type Attribution, type AttributionMethod, type InputMap, METHODS} from './attribution/attribution.js';
export {deletionCurve, type DeletionCurve, type DeletionOptions} from './attribution/deletion.js';
export {
  meanAttribution,
  type MeanAttribution,
  type MeanAttributionOptions,
  permutationImportance,
  type PermutationImportance,
  type PermutationOptions,
} from './attribution/importance.js';
export {sanity, type Sanity, type SanityOptions, type SanityStep} from './attribution/sanity.js';
export {type TargetInfo, type TargetInput} from './attribution/target.js';
export {
  type LabelValues,
  type LossFunction,
  type LossInput,
  weightGradients,
  type WeightGradient,
  type WeightGradientOptions,
  type WeightGradients,
} from './attribution/weight-gradients.js';
export {rankCorrelation, rankCorrelationSteps} from './compute/rank-correlation.js';
export {runSliced, type SliceOptions} from './compute/slices.js';
export {ssim, type SsimOptions, ssimSteps} from './compute/ssim.js';
export type {ClassesInput} from './tensor/classes.js';
export type {ModelValues} from './tensor/feeds.js';
export type {Prediction} from './tensor/predict.js';
export {findTf, type Tf, useTf} from './tensor/tf.js';
