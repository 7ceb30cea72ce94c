import type {GraphSpec} from './types.js';

/** Sums over the calls of a layers model. */
export interface LayerTotals {
  readonly nodes: number;
  /** What is known of each; `unknown` says of how many nodes it is not. */
  readonly params: number;
  /** `null` where some node has parameters, or may have, and doesn't tell whether they are trained. */
  readonly trainableParams: number | null;
  readonly macs: number;
  readonly activationBytes: number;
  readonly unknown: {readonly params: number; readonly macs: number; readonly activationBytes: number};
}

/** Parameters as `countParams()` and `summary()` of TensorFlow.js count them: a shared layer's once, moving statistics as not trained. */
export function layerTotals({nodes}: GraphSpec): LayerTotals {
  const sum = {params: 0, macs: 0, activationBytes: 0};
  const unknown = {params: 0, macs: 0, activationBytes: 0};
  let trainable: number | null = 0;
  for (const node of nodes) {
    for (const key of ['params', 'macs', 'activationBytes'] as const) {
      if (node[key] === null) unknown[key]++;
      else sum[key] += node[key];
    }
    if (node.params === null || (node.params > 0 && node.trainable === null)) trainable = null;
    else if (trainable !== null && node.trainable) trainable += node.params - (node.nonTrainableParams ?? 0);
  }
  return {nodes: nodes.length, ...sum, trainableParams: trainable, unknown};
}
