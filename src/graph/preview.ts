import type {Level, LevelBox} from './levels.js';

/** Where everything of a level stands, in CSS px from its left top corner; flow runs downwards. */
export interface LevelLayout {
  readonly width: number;
  readonly height: number;
  /** Left and top of each box in turn. */
  readonly boxes: Float64Array;
  /** Corners of each line, x and y in turn. */
  readonly lines: readonly Float64Array[];
  /** Lines are to be drawn as curves through their points rather than with corners. */
  readonly curved: boolean;
  /** Distances of the border's ports from the left. */
  readonly ins: readonly number[];
  readonly outs: readonly number[];
}

/** Room between layers, between boxes, and between lines, in CSS px. */
export const GAP = {layer: 34, box: 22, line: 12} as const;
/** Long lines bend around boxes as long as there are at most so many bends per box. */
const BENDS = 4;
/** Work between two yields. */
const CHUNK = 20_000;

/** What stands in a layer: a box, a bend of a long line, or a port of the border. */
interface Slots {
  readonly width: Float64Array;
  readonly height: Float64Array;
  readonly layer: Int32Array;
  readonly count: number;
}

/**
 * A layered drawing in about linear time: layers by the longest path, order by barycentres, places by the medians of
 * the neighbours (after Sugiyama, Tagawa and Toda, 1981). Used until the better layout comes, and where there is none.
 * @yields share done
 */
export function* previewSteps(level: Level, boxes: readonly LevelBox[]): Generator<number, LevelLayout> {
  const n = boxes.length;
  const layerOf = yield* layerBoxes(level, n);
  let last = 0;
  for (const l of layerOf) if (l > last) last = l;
  // ports of the border stand in layers of their own
  const first = level.ins ? 1 : 0;
  const layers = last + 1 + first + (level.outs ? 1 : 0);
  const ends = level.edges.map((e) => [e.from < 0 ? 0 : layerOf[e.from]! + first, e.to < 0 ? layers - 1 : layerOf[e.to]! + first] as const);
  let bends = 0;
  for (const [a, b] of ends) bends += Math.max(0, Math.abs(b - a) - 1);
  const bent = bends <= BENDS * (n + level.edges.length);
  const count = n + level.ins + level.outs + (bent ? bends : 0);
  const slots: Slots = {width: new Float64Array(count).fill(2), height: new Float64Array(count), layer: new Int32Array(count), count};
  boxes.forEach((box, i) => {
    slots.width[i] = box.width;
    slots.height[i] = box.height;
    slots.layer[i] = layerOf[i]! + first;
  });
  for (let i = 0; i < level.outs; i++) slots.layer[n + level.ins + i] = layers - 1;
  // each line as a chain of slots, from upper to lower
  let free = n + level.ins + level.outs;
  const chains: number[][] = [];
  const [up, down] = [neighbours(count), neighbours(count)];
  for (const [k, e] of level.edges.entries()) {
    if (k % 2000 === 1999) yield 0.3;
    const chain = [e.from < 0 ? n + e.fromPort : e.from];
    const [a, b] = ends[k]!;
    if (bent) {
      for (let l = a + Math.sign(b - a); a !== b && l !== b; l += Math.sign(b - a)) {
        slots.layer[free] = l;
        chain.push(free++);
      }
    }
    chain.push(e.to < 0 ? n + level.ins + e.toPort : e.to);
    for (let i = 1; i < chain.length; i++) {
      const [p, q] = [chain[i - 1]!, chain[i]!];
      if (slots.layer[p]! === slots.layer[q]!) continue;
      const [upper, lower] = slots.layer[p]! < slots.layer[q]! ? [p, q] : [q, p];
      down[upper]!.push(lower);
      up[lower]!.push(upper);
    }
    chains.push(chain);
  }
  yield 0.4;
  const rows: number[][] = Array.from({length: layers}, () => []);
  for (let i = 0; i < count; i++) rows[slots.layer[i]!]!.push(i);
  yield* orderRows(rows, up, down, count);
  const x = yield* placeAcross(rows, up, down, slots);
  const y = placeDown(rows, slots, n);
  let [left, right] = [Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    left = Math.min(left, x[i]! - slots.width[i]! / 2);
    right = Math.max(right, x[i]! + slots.width[i]! / 2);
  }
  if (!count) left = right = 0;
  const height = (y.at(-1) ?? 0) + 0;
  const places = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    places[2 * i] = x[i]! - left - slots.width[i]! / 2;
    places[2 * i + 1] = y[slots.layer[i]!]!;
  }
  const lines = level.edges.map((e, k) => lineOf(chains[k]!, e, boxes, slots, x, y, left, height, n));
  return {
    width: right - left,
    height,
    boxes: places,
    lines,
    curved: true,
    ins: Array.from({length: level.ins}, (_, i) => x[n + i]! - left),
    outs: Array.from({length: level.outs}, (_, i) => x[n + level.ins + i]! - left),
  };
}

const neighbours = (n: number): number[][] => Array.from({length: n}, () => []);

/** The longest path to each box; lines that run back (children stand in topological order) are turned round. */
function* layerBoxes(level: Level, n: number): Generator<number, Int32Array> {
  const layer = new Int32Array(n);
  const sorted = level.edges.filter((e) => e.from >= 0 && e.to >= 0 && e.from !== e.to && e.kind !== 'loop').map((e) => (e.from < e.to ? [e.from, e.to] : [e.to, e.from]) as [number, number]);
  sorted.sort((a, b) => a[0] - b[0]);
  yield 0.1;
  for (const [from, to] of sorted) layer[to] = Math.max(layer[to]!, layer[from]! + 1);
  yield 0.2;
  // a source stands right above what it feeds, not at the very top
  const fed = new Int32Array(n);
  for (const [, to] of sorted) fed[to] = 1;
  const lowest = new Int32Array(n).fill(-1);
  for (const [from, to] of sorted) if (!fed[from]) lowest[from] = lowest[from]! < 0 ? layer[to]! - 1 : Math.min(lowest[from]!, layer[to]! - 1);
  for (let i = 0; i < n; i++) if (lowest[i]! > 0) layer[i] = lowest[i]!;
  // what is connected to nothing stands below the rest, in rows
  const tied = new Uint8Array(n);
  for (const e of level.edges) for (const end of [e.from, e.to]) if (end >= 0) tied[end] = 1;
  const alone = Array.from({length: n}, (_, i) => i).filter((i) => !tied[i]);
  const below = alone.length === n ? 0 : layer.reduce((a, b) => Math.max(a, b), 0) + 1;
  const perRow = Math.max(6, Math.ceil(Math.sqrt(alone.length)));
  alone.forEach((i, k) => (layer[i] = below + Math.floor(k / perRow)));
  return layer;
}

/** Two sweeps by barycentres, down and up. */
function* orderRows(rows: number[][], up: number[][], down: number[][], count: number): Generator<number, void> {
  const place = new Float64Array(count);
  const number = (row: number[]): void => row.forEach((slot, i) => (place[slot] = i - row.length / 2));
  rows.forEach(number);
  const centre = new Float64Array(count);
  let work = 0;
  for (let sweep = 0; sweep < 4; sweep++) {
    const near = sweep % 2 ? down : up;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[sweep % 2 ? rows.length - 1 - k : k]!;
      for (const slot of row) {
        const all = near[slot]!;
        let sum = 0;
        for (const other of all) sum += place[other]!;
        centre[slot] = all.length ? sum / all.length : place[slot]!;
        work += all.length + 1;
      }
      row.sort((a, b) => centre[a]! - centre[b]! || place[a]! - place[b]!);
      number(row);
      if (work > CHUNK) {
        work = 0;
        yield 0.5;
      }
    }
  }
}

/** Centres from the left: each slot near the median of its neighbours, in order and apart. */
function* placeAcross(rows: readonly number[][], up: readonly number[][], down: readonly number[][], {width, count}: Slots): Generator<number, Float64Array> {
  const x = new Float64Array(count);
  const apart = (a: number, b: number): number => (width[a]! + width[b]!) / 2 + (width[a]! > 2 && width[b]! > 2 ? GAP.box : GAP.line);
  for (const row of rows) {
    for (let i = 1; i < row.length; i++) x[row[i]!] = x[row[i - 1]!]! + apart(row[i - 1]!, row[i]!);
    const shift = row.length ? x[row.at(-1)!]! / 2 : 0;
    for (const slot of row) x[slot]! -= shift;
  }
  const wanted = new Float64Array(count);
  let work = 0;
  for (let sweep = 0; sweep < 6; sweep++) {
    for (let k = 0; k < rows.length; k++) {
      const row = rows[sweep % 2 ? rows.length - 1 - k : k]!;
      for (const slot of row) {
        const near = sweep % 2 ? down[slot]! : up[slot]!;
        work += near.length + 1;
        const places = near.map((other) => x[other]!).sort((a, b) => a - b);
        const mid = places.length >> 1;
        wanted[slot] = !places.length ? x[slot]! : places.length % 2 ? places[mid]! : (places[mid - 1]! + places[mid]!) / 2;
      }
      settle(row, wanted, x, apart);
      if (work > CHUNK) {
        work = 0;
        yield 0.8;
      }
    }
  }
  return x;
}

/** The places nearest to what is wanted (least squares) that keep order and distance: pools of slots that touch share their mean. */
function settle(row: readonly number[], wanted: Float64Array, x: Float64Array, apart: (a: number, b: number) => number): void {
  const pools: {sum: number; n: number; from: number}[] = [];
  const offset = new Float64Array(row.length);
  for (let i = 0; i < row.length; i++) {
    if (i) offset[i] = offset[i - 1]! + apart(row[i - 1]!, row[i]!);
    pools.push({sum: wanted[row[i]!]! - offset[i]!, n: 1, from: i});
    for (;;) {
      const [b, a] = [pools.at(-1)!, pools.at(-2)];
      if (!a || a.sum / a.n <= b.sum / b.n) break;
      a.sum += b.sum;
      a.n += b.n;
      pools.pop();
    }
  }
  for (const pool of pools) for (let i = pool.from; i < pool.from + pool.n; i++) x[row[i]!] = pool.sum / pool.n + offset[i]!;
}

/** The top of each layer, and last the height of all. */
function placeDown(rows: readonly number[][], {height}: Slots, boxes: number): number[] {
  const tops: number[] = [];
  let y = 0;
  for (const row of rows) {
    tops.push(y);
    let tallest = 0;
    let any = false;
    for (const slot of row) {
      tallest = Math.max(tallest, height[slot]!);
      any ||= slot < boxes;
    }
    // ports take no room
    y += any ? tallest + GAP.layer : 0;
  }
  tops.push(Math.max(0, y - GAP.layer));
  return tops;
}

function lineOf(chain: readonly number[], e: Level['edges'][number], boxes: readonly LevelBox[], {layer}: Slots, x: Float64Array, y: readonly number[], left: number, height: number, n: number): Float64Array {
  const points: number[] = [];
  chain.forEach((slot, i) => {
    const px = x[slot]! - left;
    const box = slot < n ? boxes[slot]! : undefined;
    if (i === 0) {
      const port = box ? (e.fromPort >= 0 ? box.outs[e.fromPort]! - box.width / 2 : 0) : 0;
      points.push(px + port, box ? y[layer[slot]!]! + box.height : 0);
    } else if (i === chain.length - 1) {
      const port = box ? (e.toPort >= 0 ? box.ins[e.toPort]! - box.width / 2 : 0) : 0;
      points.push(px + port, box ? y[layer[slot]!]! : height);
    } else {
      // past the whole layer, on one side of its boxes, the way the line runs
      const [top, bottom] = [y[layer[slot]!]!, y[layer[slot]! + 1]! - (layer[slot]! + 1 < y.length - 1 ? GAP.layer : 0)];
      const up = layer[chain[i - 1]!]! > layer[slot]!;
      points.push(px, up ? bottom : top, px, up ? top : bottom);
    }
  });
  return Float64Array.from(points);
}
