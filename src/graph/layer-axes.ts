import {type Json, list, text, whole} from './layer-defs.js';
import type {Shape} from './types.js';

export type Dim = number | null;

/** `n` whole numbers that a config gives as one number or a list; a list of one stands for all. */
export function numbers(x: unknown, n: number): number[] | null {
  const items = list(x) ?? [x];
  const all = items.length === 1 ? Array.from({length: n}, () => items[0]) : items;
  return all.length === n && all.every(whole) ? (all as number[]) : null;
}

export const channelsFirst = (config: Json): boolean => /^channels_?first$/i.test(text(config.data_format) ?? '');
/** The axis that holds channels. */
export const channelAxis = (config: Json, rank: number): number => (channelsFirst(config) ? 1 : rank - 1);
/** The axes between batch and channels. */
export const spaceAxes = (config: Json, rank: number): number[] => Array.from({length: rank - 2}, (_, i) => i + (channelsFirst(config) ? 2 : 1));

/** The product, `null` where a factor is. */
export const product = (dims: readonly Dim[]): Dim => dims.reduce<Dim>((a, b) => (a === null || b === null ? null : a * b), 1);
/** A computed size; one below 0 means that the input does not fit. */
export const positive = (n: number): Dim => (n >= 0 && Number.isFinite(n) ? n : null);
/** A size that a config gives. */
export const size = (x: unknown): Dim => (whole(x) && x >= 0 ? x : null);
/** A shape with some of its sizes replaced; unknown ones stay so. */
export const each = (x: Shape, axes: readonly number[], f: (dim: number, i: number) => Dim): Dim[] => {
  const out = [...x];
  axes.forEach((axis, i) => (out[axis] = x[axis] == null ? null : f(x[axis], i)));
  return out;
};

/**
 * Length of a convolution's or pooling's output (Dumoulin and Visin, "A guide to convolution arithmetic for deep
 * learning", 2016, relationships 5, 6 and 15; `same` and `causal` as TensorFlow pads).
 */
export function windowed(length: number, kernel: number, stride: number, dilation: number, padding: string): Dim {
  const reach = (kernel - 1) * dilation + 1;
  return stride < 1 ? null : positive(Math.ceil((padding === 'valid' ? length - reach + 1 : length) / stride));
}

/** Length of a transposed convolution's output, as Keras defines it, with or without output_padding. */
export function widened(length: number, kernel: number, stride: number, dilation: number, padding: string, extra: number | undefined): Dim {
  const reach = (kernel - 1) * dilation + 1;
  if (extra !== undefined) return positive((length - 1) * stride + reach - (padding === 'same' ? 2 * Math.floor(reach / 2) : 0) + extra);
  return positive(length * stride + (padding === 'valid' ? Math.max(reach - stride, 0) : 0));
}

/** Pairs before and after for each axis: a number for all, one number or a pair an axis. */
export function pairs(x: unknown, n: number): [number, number][] | null {
  const given = list(x);
  // over one axis, a plain pair is before and after
  const items = n === 1 && given?.length === 2 ? [given] : given?.length === n ? given : whole(x) ? Array.from({length: n}, () => x) : null;
  const out = items?.map((item) => numbers(item, 2));
  return out?.every((p) => p !== null) ? (out as [number, number][]) : null;
}
