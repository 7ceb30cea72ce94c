import type {MapLayout} from '../compute/layer-summary.js';
import {sizeOf} from '../tensor/read-tensor.js';
import type {Values} from '../tensor/types.js';

/** How the values of a layer are laid out: maps of rows and columns, a sequence of vectors, a volume of which one plane is drawn, or one vector. */
export type LayerForm = 'maps' | 'sequence' | 'volume' | 'vector';

/** A layer's output as it is drawn. */
export interface Laid {
  readonly form: LayerForm;
  readonly layout: MapLayout;
  /** Stride and number of channels among all values. */
  readonly channels: readonly [stride: number, channels: number];
  /** Of a volume, which plane is drawn, and of how many. */
  readonly plane: {readonly at: number; readonly of: number} | null;
}

const vector = (size: number): Laid => ({form: 'vector', channels: [1, size], plane: null, layout: {channels: 1, rows: 1, cols: size, base: 0, perChannel: 0, perRow: 0, perColumn: 1}});

/** Which axis is that of channels, of a shape with the axis of examples, which it never is. @param channelAxis counted from the end */
export const channelIn = ({length}: readonly number[], channelAxis: number): number => (length + channelAxis > 0 ? length + channelAxis : length - 1);

/**
 * How an output is drawn, by its shape without the axis of examples.
 * @param channelAxis counted from the end: −1 is the last
 * @param plane of a volume; by default the middle one
 */
export function layoutOf(shape: readonly number[], channelAxis: number, plane: number | null = null): Laid {
  const size = sizeOf(shape);
  const rank = shape.length;
  if (rank < 2) return vector(size);
  const axis = rank + channelAxis >= 0 ? rank + channelAxis : rank - 1;
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const channels = shape[axis]!;
  const others = [...shape.keys()].filter((i) => i !== axis);
  if (size === channels) return vector(size);
  // rows of one place, or columns, are a sequence too
  const long = others.filter((i) => shape[i]! > 1);
  if (long.length === 1) {
    const [time] = long as [number];
    return {form: 'sequence', channels: [strides[axis]!, channels], plane: null, layout: {channels: 1, rows: channels, cols: shape[time]!, base: 0, perChannel: 0, perRow: strides[axis]!, perColumn: strides[time]!}};
  }
  const [row, column] = others.slice(-2) as [number, number];
  const planes = others.slice(0, -2);
  const of = planes.reduce((n, i) => n * shape[i]!, 1);
  const at = plane === null ? of >> 1 : Math.min(of - 1, Math.max(0, plane));
  let [base, rest] = [0, at];
  for (const i of [...planes].reverse()) {
    base += (rest % shape[i]!) * strides[i]!;
    rest = Math.floor(rest / shape[i]!);
  }
  return {
    form: planes.length ? 'volume' : 'maps',
    channels: [strides[axis]!, channels],
    plane: planes.length ? {at, of} : null,
    layout: {channels, rows: shape[row]!, cols: shape[column]!, base, perChannel: strides[axis]!, perRow: strides[row]!, perColumn: strides[column]!},
  };
}

/** A sequence that was gone through from its end, in the order of time. @param shape [steps, …] */
export function reversed(values: Values, [steps = 1, ...rest]: readonly number[]): Float32Array {
  const each = sizeOf(rest);
  const out = new Float32Array(steps * each);
  for (let t = 0; t < steps; t++) for (let i = 0; i < each; i++) out[t * each + i] = values[(steps - 1 - t) * each + i]!;
  return out;
}
