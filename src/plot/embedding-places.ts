import type {Embedded} from '../compute/embed.js';
import type {PlotSeries} from './data.js';
import type {Grouping} from './embedding-groups.js';

/** Examples looked at between two yields. */
const CHUNK = 1 << 16;

/** Points of one colour and shape. */
export interface Member {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly examples: Int32Array;
  /** Of labels that are values, the colour of each. */
  readonly shades: Uint8Array;
}

/** Where points lie. */
export interface Places {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Of each example where it stands among those drawn; -1 where it does not. */
  readonly at: Int32Array;
  /** Of both axes the middle, and half the span that they share. */
  readonly middle: readonly [number, number];
  readonly reach: number;
  /** By group. */
  readonly members: readonly Member[];
}

/** Where points lie in two of their coordinates. @param n how many examples there are, drawn or not @yields share done */
export function* placesSteps({points, width, rows}: Embedded, n: number, [cx, cy]: readonly [number, number], {of, groups}: Grouping): Generator<number, Places> {
  const drawn = rows.length;
  const [x, y] = [new Float64Array(drawn), new Float64Array(drawn)];
  const at = new Int32Array(n).fill(-1);
  const counts = new Int32Array(groups.length);
  // of values the numbers are colours, and all are one group
  const groupOf = (row: number): number => (groups.length === 1 ? 0 : of[row]!);
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < drawn; i++) {
    const [px, py] = [points[i * width + cx]!, points[i * width + cy]!];
    x[i] = px;
    y[i] = py;
    if (px < x0) x0 = px;
    if (px > x1) x1 = px;
    if (py < y0) y0 = py;
    if (py > y1) y1 = py;
    at[rows[i]!] = i;
    counts[groupOf(rows[i]!)]!++;
    if (i % CHUNK === CHUNK - 1) yield (0.5 * i) / drawn;
  }
  const members = Array.from(counts, (count): Member => ({x: new Float64Array(count), y: new Float64Array(count), examples: new Int32Array(count), shades: new Uint8Array(count)}));
  const next = new Int32Array(groups.length);
  for (let i = 0; i < drawn; i++) {
    const row = rows[i]!;
    const g = groupOf(row);
    const member = members[g]!;
    const to = next[g]!++;
    member.x[to] = x[i]!;
    member.y[to] = y[i]!;
    member.examples[to] = row;
    member.shades[to] = of[row]!;
    if (i % CHUNK === CHUNK - 1) yield 0.5 + (0.5 * i) / drawn;
  }
  return {x, y, at, middle: [(x0 + x1) / 2, (y0 + y1) / 2], reach: (Math.max(x1 - x0, y1 - y0) / 2) * 1.06 || 1, members};
}

/** Of predictions beside the vectors, the class of the highest score of each example; `null` where there are none. @yields share done */
export function* predictedSteps({tensor, predictions}: PlotSeries, n: number): Generator<number, Int32Array | null> {
  if (!tensor || predictions?.shape.length !== 2 || predictions.shape[0] !== n || predictions.shape[1]! < 2) return null;
  const {data} = predictions;
  const c = predictions.shape[1]!;
  const out = new Int32Array(n);
  const step = Math.max(1, Math.floor(CHUNK / c));
  for (let i = 0; i < n; i++) {
    let best = 0;
    for (let k = 1; k < c; k++) if (data[i * c + k]! > data[i * c + best]!) best = k;
    out[i] = best;
    if (i % step === step - 1) yield i / n;
  }
  return out;
}
