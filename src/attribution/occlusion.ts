import type {Growing, Maps} from './gradients.js';
import {type PassOptions, PassSize, type Place, scorePass} from './pass.js';
import type {ScoredModel} from './scored-model.js';
import type {Target} from './target.js';

/** A box of an input: where it begins and ends along each axis. */
type Box = readonly (readonly [from: number, to: number])[];

/**
 * The axes of an example that a window moves along: all but the last, which holds channels or features; both of a matrix
 * (a picture without channels) unless it has up to 4 columns (a signal with channels); the one of a vector.
 */
export const spatialAxes = (shape: readonly number[]): number[] => shape.map((_, i) => i).slice(0, shape.length > 2 || (shape.length === 2 && shape[1]! <= 4) ? -1 : undefined);

/** A window's size along each axis: an eighth of it, by default; a value of a vector by itself. */
export function windowOf(shape: readonly number[], window: number | readonly number[] | undefined, fallback: (size: number) => number): number[] {
  if (Array.isArray(window)) return shape.map((n, i) => Math.min(n, (window as number[])[i] ?? n));
  const axes = spatialAxes(shape);
  return shape.map((n, i) => (axes.includes(i) ? Math.min(n, (window as number | undefined) ?? fallback(n)) : n));
}

/** The boxes of a window that moves by its stride; the last along an axis may be cut off. */
function boxes(shape: readonly number[], window: readonly number[], stride: readonly number[]): Box[] {
  let all: Box[] = [[]];
  for (const [axis, n] of shape.entries()) {
    const count = Math.max(1, Math.ceil((n - window[axis]!) / stride[axis]!) + 1);
    const ranges = Array.from({length: count}, (_, i) => [i * stride[axis]!, Math.min(n, i * stride[axis]! + window[axis]!)] as const).filter(([from]) => from < n);
    all = all.flatMap((box) => ranges.map((range) => [...box, range]));
  }
  return all;
}

/** Visits the runs of adjacent values in a box. */
function runs(shape: readonly number[], box: Box, visit: (from: number, to: number) => void): void {
  const walk = (axis: number, at: number): void => {
    const [from, to] = box[axis]!;
    if (axis === shape.length - 1) return visit(at * shape[axis]! + from, at * shape[axis]! + to);
    for (let i = from; i < to; i++) walk(axis + 1, at * shape[axis]! + i);
  };
  if (shape.length) walk(0, 0);
  else visit(0, 1);
}

/**
 * Occlusion (Zeiler and Fergus 2014): how far the score falls where a window is replaced by the baseline, added up over
 * all windows that cover a value and divided by their number.
 * @param places inputs, whole, not embeddings: what they are made of need have no gradient
 * @param only the places that windows are laid on
 */
export async function occlusionMaps(
  scored: ScoredModel,
  target: Target,
  places: readonly Place[],
  baselines: readonly Float32Array[],
  only: ReadonlySet<number>,
  {window, stride, grow, ...options}: PassOptions & {window?: number | readonly number[] | undefined; stride?: number | readonly number[] | undefined; grow: Growing},
): Promise<Maps> {
  const size = new PassSize(scored);
  const work = [...only].flatMap((at) => {
    const {shape} = places[at]!;
    const wide = windowOf(shape, window, (n) => (shape.length === 1 ? 1 : Math.max(1, Math.round(n / 8))));
    const step = windowOf(shape, stride, (n) => (shape.length === 1 ? 1 : Math.max(1, Math.round(n / 16))));
    // a step over more than a window would leave values out
    return boxes(shape, wide, step.map((n, i) => Math.min(n, wide[i]!))).map((box) => ({at, box}));
  });
  const sums = places.map(({values}) => new Float64Array(values.length));
  const counts = places.map(({values}) => new Uint32Array(values.length));
  const means = (): Float64Array[] => sums.map((sum, i) => sum.map((v, k) => v / Math.max(1, counts[i]![k]!)));
  const [score] = await scorePass(scored, target, places, places.map(({values}) => values), 1, {...options, size});
  for (let done = 0; done < work.length; ) {
    const part = work.slice(done, done + size.next(work.length - done));
    const rows = places.map(({values, shape, each}, at) => {
      const all = new Float32Array(each ? part.length * values.length : values.length);
      for (let row = 0; row * values.length < all.length; row++) {
        all.set(values, row * values.length);
        if (part[row]!.at === at) runs(shape, part[row]!.box, (from, to) => all.set(baselines[at]!.subarray(from, to), row * values.length + from));
      }
      return all;
    });
    const scores = await scorePass(scored, target, places, rows, part.length, {...options, size});
    for (const [row, {at, box}] of part.entries()) {
      const drop = score! - scores[row]!;
      runs(places[at]!.shape, box, (from, to) => {
        for (let k = from; k < to; k++) {
          sums[at]![k]! += drop;
          counts[at]![k]!++;
        }
      });
    }
    done += part.length;
    grow(done / work.length, means(), score!);
  }
  return {score: score!, values: means().map((list) => Float32Array.from(list))};
}

/** The inputs of a model as places, also those of whole numbers. */
export const inputPlaces = ({feeds}: ScoredModel): Place[] =>
  feeds.feeds.map(({port, data, shape, each}, input) => ({input, inputName: port.name, shape, values: Float32Array.from(data), each, dtype: port.dtype}));
