import type {ActivationData} from '../activations/read.js';
import type {TensorValues} from '../tensor/types.js';

/** The kinds of plot. */
export const KINDS = ['bars', 'line', 'scatter', 'residuals', 'histogram', 'heatmap', 'image', 'history', 'confusion', 'roc', 'pr', 'calibration', 'embedding', 'activations'] as const;
export type PlotKind = (typeof KINDS)[number];

/** Labels as they were handed over: numbers with their shape, or names of classes. */
export type LabelValues = TensorValues | readonly string[];

/** What one series of a plot holds; the keys are those that the element takes. */
export interface PlotSeries {
  /** Empty where there is one series alone. */
  readonly name: string;
  /** Any tensor. */
  readonly tensor?: TensorValues;
  /** What a model puts out, its first axis the examples. */
  readonly predictions?: TensorValues;
  /** What is true of the same examples. */
  readonly labels?: LabelValues;
  /** A training run, as `readHistory` understands it. */
  readonly history?: object;
}

/** All that a plot is drawn from. */
export interface PlotData {
  readonly series: readonly PlotSeries[];
  /** Names of classes by index. */
  readonly classes: readonly string[] | null;
  /** What the model's last activation is, where a model has been run: then it need not be guessed whether its numbers are probabilities. */
  readonly activation?: 'softmax' | 'sigmoid' | 'linear' | null;
  /** The pictures that the model was run on, one for each example. */
  readonly pictures?: readonly ImageData[];
  /** Whether a model has been run, which can be looked into. */
  readonly inside?: boolean;
  /** What a model's layers put out for an input. */
  readonly activations?: ActivationData;
  /** For another example, beside it. */
  readonly compared?: ActivationData;
  /** Of `kind="embedding"`: the layer whose activations `series[0].tensor` holds, and what was done to make vectors of them. */
  readonly vectorsOf?: {readonly layer: string; readonly shape: readonly number[]; readonly averaged: boolean};
}
