import {sizeOf} from '../tensor/read-tensor.js';
import type {Place} from './pass.js';
import type {TargetInfo} from './target.js';

/** The methods, by their names. */
export const METHODS = ['gradient', 'gradient-x-input', 'smoothgrad', 'integrated-gradients', 'guided-backprop', 'grad-cam', 'grad-cam++', 'occlusion'] as const;

export type AttributionMethod = (typeof METHODS)[number];

/** What each value of an input has to do with a score. */
export interface InputMap {
  readonly inputName: string;
  /** Row-major. */
  readonly data: Float32Array;
  /**
   * That of the input, without the axis of examples; of Grad-CAM that of its places, [height, width] for a picture; where
   * the input goes through an embedding, that of its tokens.
   */
  readonly shape: readonly number[];
  /** Set where the map is of an embedding's output, summed over each token's vector. */
  readonly atEmbedding?: true;
}

/** A map over an input, and what it is a map of. */
export interface Attribution extends InputMap {
  /** The method that was used. */
  readonly method: AttributionMethod;
  readonly target: TargetInfo;
  /** F(x): the logit of the target where the output is a softmax or a sigmoid, else what the model puts out. */
  readonly score: number;
  /** F(x′), of the baseline. Of integrated gradients. */
  readonly baselineScore?: number;
  /** The sum of the maps over all inputs, less F(x) − F(x′): 0 were the integral exact. Of integrated gradients. */
  readonly completenessGap?: number;
  /** Points that the integral was taken at. Of integrated gradients. */
  readonly steps?: number;
  /** The maps over all inputs; for Grad-CAM the one. */
  readonly perInput: readonly InputMap[];
  /** The layer, or op, whose map Grad-CAM drew, and the map before it was resized. */
  readonly camLayer?: string;
  readonly raw?: {readonly data: Float32Array; readonly shape: readonly number[]};
}

/** The map of a place, of its values' attributions: at an embedding summed over each token's vector. */
export function mapOf(place: Place, values: ArrayLike<number>): InputMap {
  const {inputName, shape, embedding} = place;
  if (!embedding) return {inputName, data: Float32Array.from(values), shape};
  const length = shape.at(-1)!;
  const tokens = shape.slice(0, -1);
  const data = Float32Array.from({length: sizeOf(tokens)}, (_, token) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[token * length + i]!;
    return sum;
  });
  return {inputName, data, shape: tokens, atEmbedding: true};
}

/** The maps of inputs, those of several embeddings of one input added up. */
export function mapsOf(places: readonly Place[], values: readonly ArrayLike<number>[]): InputMap[] {
  const maps = new Map<string, InputMap>();
  for (const [i, place] of places.entries()) {
    const map = mapOf(place, values[i]!);
    const before = maps.get(map.inputName);
    maps.set(map.inputName, before && before.data.length === map.data.length ? {...map, data: map.data.map((v, k) => v + before.data[k]!)} : (before ?? map));
  }
  return [...maps.values()];
}
