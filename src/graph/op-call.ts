import type {Dims, Values} from './dims.js';
import type {RawNode} from './graphdef.js';

/** One op, with what is known of its inputs. */
export interface OpCall {
  readonly type: string;
  readonly node: RawNode;
  /** Number of its data inputs. */
  readonly count: number;
  /** Shape of input `i`; `null` where not even the rank is known, or there is no such input. */
  shape(i: number): Dims | null;
  /** Values of input `i` where they are known, all or some. */
  values(i: number): Values | null;
}

/**
 * The shapes of an op's outputs. All follow TensorFlow's shape functions
 * (tensorflow/core/ops/*_ops.cc, tensorflow/core/framework/common_shape_fns.cc): what does not follow is `null`.
 */
export type ShapeRule = (call: OpCall) => readonly (Dims | null)[];
