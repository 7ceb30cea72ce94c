import type {TensorValues, WeightInfo} from './types.js';

/** Whether values are a weight's own: of a difference or a gradient nothing is dead, and no initializer gave it. */
export const isWeight = ({change, sides}: Pick<TensorValues, 'change' | 'sides'>, info: WeightInfo | null): boolean => !change && !sides && info?.change === undefined && !info?.gradient;
