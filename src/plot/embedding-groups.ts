import {cssColor, loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {colorOf} from '../color/scale.js';
import {POINT_COLORS} from '../color/class-colors.js';
import {checkLengths, readNamesOrNone, readOneHot} from '../compute/labels.js';
import type {LabelValues} from './data.js';
import type {Ink, PointsMark} from './types.js';

/** Classes that are told apart by colour and shape. */
export const MOST_CLASSES = 24;
/** Colours of values. */
const SHADES = 48;
/** What stands for points: another shape where the colours begin anew. */
const SHAPES = ['circle', 'up', 'square', 'diamond'] as const;

/** One kind of points. */
export interface Group {
  /** The class, as a number; -1 of those that have none, and where all are alike. */
  readonly class: number;
  readonly ink: Ink;
  readonly shape: NonNullable<PointsMark['shape']>;
}

/** What points are told apart by. */
export interface Grouping {
  readonly groups: readonly Group[];
  /** Of each example its group. */
  readonly of: Uint8Array;
  /** Names of the classes, where labels are names. */
  readonly names: readonly string[] | null;
  /** The label of each example; `null` where there are none. */
  readonly values: ArrayLike<number> | null;
  /** Examples that have none of the classes, or no finite value. */
  readonly others: number;
  /** Of labels that are values. */
  readonly scale: (() => ColorScale) | null;
  readonly colors: readonly Ink[];
}

/** Labels looked at between two yields. */
const CHUNK = 1 << 16;

const areNames = (labels: LabelValues): labels is readonly string[] => !('data' in labels);

/** Labels of n examples as numbers. @throws Problem where they are not as many, or rows that are not one-hot */
function* labelNumbers(labels: LabelValues, n: number, names: readonly string[]): Generator<number, ArrayLike<number>> {
  if (areNames(labels)) {
    checkLengths(labels.length, n);
    return yield* readNamesOrNone(labels, names);
  }
  const {data, shape} = labels;
  checkLengths(shape[0] ?? 1, n);
  return data.length === n ? data : yield* readOneHot({data, shape: [n, data.length / n]});
}

const seenIn = (values: ArrayLike<number>): Set<number> => {
  const seen = new Set<number>();
  for (let i = 0; i < values.length && seen.size <= MOST_CLASSES; i++) if (Number.isFinite(values[i])) seen.add(values[i]!);
  return seen;
};

/** Whether labels are values rather than classes: then a palette colours them. */
function areValues(labels: LabelValues | undefined, n: number): boolean {
  if (!labels || areNames(labels) || labels.data.length !== n) return false;
  const seen = seenIn(labels.data);
  return seen.size > MOST_CLASSES || [...seen].some((v) => !Number.isInteger(v));
}

/** Fetches what colours labels that are values, or of more classes than have colours. */
export const loadColors = async (labels: LabelValues | undefined, n: number): Promise<void> => (labels && (areNames(labels) || labels.data.length !== n || areValues(labels, n)) ? loadPalettes() : undefined);

/** Tells examples apart by their labels. @yields share done @throws Problem for labels that do not fit */
export function* groupingSteps(labels: LabelValues | undefined, n: number, classes: readonly string[] | null): Generator<number, Grouping> {
  const one: Group = {class: -1, ink: 0, shape: 'circle'};
  const of = new Uint8Array(n);
  if (!labels) return {groups: [one], of, names: null, values: null, others: 0, scale: null, colors: [0]};
  const names = areNames(labels) ? (classes ?? [...new Set(labels)].filter((name) => name !== '')) : null;
  const values = yield* labelNumbers(labels, n, names ?? []);
  const seen = [...seenIn(values)].sort((a, b) => a - b);
  let others = 0;
  if (seen.length > MOST_CLASSES || seen.some((v) => !Number.isInteger(v))) {
    let [min, max] = [Infinity, -Infinity];
    for (let i = 0; i < n; i++) {
      const v = values[i]!;
      if (!Number.isFinite(v)) continue;
      if (v < min) min = v;
      if (v > max) max = v;
    }
    const scale = resolveScale({scheme: 'viridis', reverse: false, domain: [min, max > min ? max : min + 1], center: null, transform: 'linear'}, {min, max, quantile: () => NaN, rank: () => NaN});
    for (let i = 0; i < n; i++) {
      const t = scale.toUnit(values[i]!);
      of[i] = Number.isFinite(t) ? Math.min(SHADES - 1, Math.floor(t * SHADES)) : SHADES;
      if (!Number.isFinite(t)) others++;
      if (i % CHUNK === CHUNK - 1) yield i / n;
    }
    const colors: Ink[] = Array.from({length: SHADES}, (_, s) => cssColor(colorOf(scale.fromUnit((s + 0.5) / SHADES), scale)));
    return {groups: [one], of, names, values, others, scale: () => scale, colors: [...colors, 'muted']};
  }
  const places = new Map(seen.map((v, g) => [v, g]));
  // a class keeps its colour whichever others are there, as long as there are colours
  const fixed = seen.every((v) => v >= 0 && v < MOST_CLASSES);
  const groups = seen.map((v, g): Group => {
    const at = fixed ? v : g;
    return {class: v, ink: `point ${at}`, shape: SHAPES[Math.floor(at / POINT_COLORS) % SHAPES.length]!};
  });
  for (let i = 0; i < n; i++) {
    of[i] = places.get(values[i]!) ?? seen.length;
    if (of[i] === seen.length) others++;
    if (i % CHUNK === CHUNK - 1) yield i / n;
  }
  if (others) groups.push({class: -1, ink: 'muted', shape: 'circle'});
  return {groups, of, names, values, others, scale: null, colors: groups.map(({ink}) => ink)};
}
