import type {ManifestGroup} from './shards.js';

/** The dtypes of TensorFlow.js, and float64 for JavaScript numbers. */
export type DType = 'float32' | 'float64' | 'int32' | 'bool' | 'complex64' | 'string';

/** Typed arrays that values come in. */
export type Values =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** A tensor that has been read. `data` may be the user's own array: it is never written into. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Row-major. complex64: real and imaginary parts in turn, length 2n. bool: 0 and 1. */
  readonly data: Values;
  /** Set where the values are one real face of a complex64 tensor. */
  readonly part?: 'magnitude' | 'phase';
  /** Set where values stand in another order along some axes: at position k the index `positions[k]`. */
  readonly orders?: readonly {readonly axis: number; readonly positions: Int32Array}[];
  /** Set where the first axis is two states of one tensor, side by side: what each is called. */
  readonly sides?: readonly string[];
  /** Of a difference: how much of the tensor it is. */
  readonly change?: {readonly relative: number; readonly cosine: number; readonly flips: number};
  /** Of one step of a run: what the finite values span over all of it, by which they are coloured. */
  readonly span?: {readonly min: number; readonly max: number};
}

/** A `tf.Tensor` or `tf.Variable`, known by its shape. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed?: boolean;
  data(): Promise<unknown>;
}

/** Nested arrays of numbers or booleans, equally long on each level. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/** Values with their shape; `dtype` is float32 unless the data are an Int32Array (int32) or it is given. */
export interface PlainTensor {
  readonly data: Values | readonly (number | boolean)[];
  readonly shape: readonly number[];
  readonly dtype?: string;
}

/** Every way to hand over a tensor. */
export type TensorInput = TensorLike | PlainTensor | Values | NestedNumbers;

/**
 * What a weight is for, from which its automatic arrangement follows. `lstm` and `gru` are kernels whose last axis is
 * gates × units; `norm` is gamma, beta and the moving statistics.
 */
export type WeightKind =
  | 'dense'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'depthwise'
  | 'conv2d-transpose'
  | 'conv3d-transpose'
  | 'lstm'
  | 'gru'
  | 'rnn'
  | 'embedding'
  | 'norm'
  | 'bias'
  | 'lstm-bias'
  | 'gru-bias'
  | 'other';

/** One weight of a model; its values are read when asked for. */
export interface WeightInfo {
  /** `layer/weight`, unique in its model. */
  readonly address: string;
  /** Layer names joined by `/` through nested models; in graph models and manifests the name up to its last `/`. */
  readonly layer: string;
  /** Last part of the original name: `kernel`. */
  readonly weight: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  readonly kind: WeightKind;
  /** Class of the layer (`Conv2D`), or the op that uses the weight. */
  readonly layerType?: string | undefined;
  /** The layer's activation function: `relu`. */
  readonly activation?: string | undefined;
  readonly trainable?: boolean | undefined;
  /** The layer's config as Keras has it, and of a wrapper that of the layer in it: what initialised it, among other things. */
  readonly config?: unknown;
  /** Whether the layer is one of TensorFlow.js, whose initializers draw otherwise than Keras' own. */
  readonly tfjs?: boolean | undefined;
  /** Whether it is no weight but the gradient of one. */
  readonly gradient?: boolean | undefined;
  /** How it is stored, where not as `dtype`. */
  readonly quantization?: string | undefined;
  /** Of a difference: its L2 norm over that of what it is from; NaN where both are 0. */
  readonly change?: number | undefined;
  /** What else there is to say of it, in numbers and signs. */
  readonly remark?: string | undefined;
  /** Folded into the overview's table of constants. */
  readonly constant: boolean;
  /**
   * Reads the values, only their bytes. Rejects with a Problem.
   * @param onProgress told, while files are fetched, how many of their bytes are there, of how many (0: not known)
   */
  read(signal?: AbortSignal, onProgress?: (loaded: number, total: number) => void): Promise<TensorValues>;
}

/** What a model holds. */
export interface ModelWeights {
  readonly format: 'layers' | 'graph' | 'manifest' | 'tensors' | 'run' | 'compared' | 'gradients';
  /** In the model's own order: along its layers, or along the ops that use them. */
  readonly weights: readonly WeightInfo[];
  /** Of a layers model: all its layers, with or without weights, and which of the model's own each is or lies in. */
  readonly layers?: readonly {readonly address: string; readonly top: number}[];
  /** The parsed file that it was read from, for who draws its structure; live models have none. */
  readonly structure?: ModelStructure;
}

/** What a `model.json` says beside the bytes of its weights. */
export interface ModelStructure {
  /** A Keras config, or a GraphDef; `null` in a weights manifest. */
  readonly topology: unknown;
  /** `null` where the file has none. */
  readonly manifest: readonly ManifestGroup[] | null;
  /** Of a graph model: its inputs and outputs by name. */
  readonly signature?: unknown;
  /** What else the file says, such as its metadata. */
  readonly rest?: Readonly<Record<string, unknown>>;
  /**
   * Fetches all bytes of all weights, group by group, each as its shards hold it. Rejects with a Problem.
   * @param onProgress told how many bytes are there, of how many (0: not known)
   */
  readonly bytes?: (signal?: AbortSignal, onProgress?: (loaded: number, total: number) => void) => Promise<readonly Uint8Array<ArrayBuffer>[]>;
}

/** Tensors, or a model that lists its weights. */
export type WeightData = Exclude<Data, {readonly graph: object}>;

/** What a URL or a tag's inside turned out to be; `graph` is a GraphSpec, not looked into yet. */
export type Data = {readonly tensor: TensorValues} | {readonly model: ModelWeights} | {readonly graph: object};
