export {argsortDescending, argsortDescendingSteps} from './compute/argsort.js';
export {bootstrapBand, type BootstrapBand, bootstrapBandSteps, type BootstrapOptions, mulberry32} from './compute/bootstrap.js';
export {
  calibrationCurve,
  type CalibrationCurve,
  calibrationCurveSteps,
  calibrationError,
  type CalibrationError,
  calibrationErrorSteps,
  type CalibrationOptions,
} from './compute/calibration.js';
export {orderClasses, orderClassesSteps} from './compute/class-order.js';
export {
  balancedAccuracy,
  brierScore,
  brierScoreSteps,
  classificationReport,
  type ClassificationReport,
  type ClassScores,
  cohenKappa,
  logLoss,
  logLossSteps,
  matthewsCorrelation,
  topKAccuracy,
  topKAccuracySteps,
} from './compute/classification.js';
export type {Metric} from './compute/cluster.js';
export {argmaxRows, argmaxRowsSteps, type Confusion, confusionMatrix, confusionMatrixSteps, normalizeConfusion, topConfusions} from './compute/confusion.js';
export {
  auc,
  type CurveOptions,
  precisionRecallCurve,
  type PrecisionRecallCurve,
  precisionRecallCurveSteps,
  precisionRecallOf,
  precisionRecallOfSteps,
  rocCurve,
  type RocCurve,
  rocCurveSteps,
  rocOf,
  rocOfSteps,
} from './compute/curves.js';
export {
  type ExampleInput,
  type Examples,
  type Numbers,
  readExamples,
  readExamplesSteps,
  readTargets,
  type Targets,
  taskOf,
  type WeightOptions,
} from './compute/labels.js';
export {
  type Averages,
  multiclassPrecisionRecall,
  type MulticlassPrecisionRecall,
  multiclassPrecisionRecallSteps,
  multiclassRoc,
  type MulticlassRoc,
  multiclassRocSteps,
} from './compute/multiclass-curves.js';
export {nearestNeighbors, nearestNeighborsSteps, type Neighbors} from './compute/neighbors.js';
export {pca, type Pca, type PcaOptions, pcaSteps} from './compute/pca.js';
export {
  logitsOf,
  logitsOfSteps,
  looksLikeProbabilities,
  looksLikeProbabilitiesSteps,
  sigmoid,
  sigmoidSteps,
  softmax,
  softmaxSteps,
} from './compute/probabilities.js';
export {type AtThreshold, atThreshold, rankExamples, rankExamplesSteps, type Ranking, type UndefinedReason} from './compute/ranking.js';
export {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  medianAbsoluteError,
  r2Score,
  regressionReport,
  type RegressionReport,
  regressionReportSteps,
  residuals,
  rootMeanSquaredError,
} from './compute/regression.js';
export {runSliced, type SliceOptions} from './compute/slices.js';
export {applyTemperature, applyTemperatureSteps, fitTemperature, fitTemperatureSteps, TEMPERATURE_RANGE, type TemperatureFit} from './compute/temperature.js';
export {trustworthiness, trustworthinessSteps} from './compute/trustworthiness.js';
export {tsne, type Tsne, type TsneLayoutOptions, type TsneOptions, tsneSteps} from './compute/tsne.js';
export {umap, type Umap, type UmapLayoutOptions, type UmapOptions, umapSteps} from './compute/umap.js';
