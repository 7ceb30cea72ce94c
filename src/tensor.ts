export {findWeights} from './tensor/find-weight.js';
export {toNPY} from './tensor/files.js';
export {readModel} from './tensor/live-model.js';
export {openSource, type OpenOptions} from './tensor/read-source.js';
export {complexPart, readTensor} from './tensor/read-tensor.js';
export {readTensors} from './tensor/tensor-list.js';
export type {Data, DType, ModelWeights, NestedNumbers, PlainTensor, TensorInput, TensorLike, TensorValues, Values, WeightInfo, WeightKind} from './tensor/types.js';
export {Problem} from './words/strings.js';
