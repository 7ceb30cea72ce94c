import {formatCount} from '../color/format.js';
import type {Arrangement, AxisPart} from '../compute/arrange.js';
import {dendrogram, MOST_ROWS} from '../compute/cluster.js';
import {gapOf, innerOf} from '../compute/plane.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {unitRowsSteps, type Units, unitsOf} from '../compute/units.js';
import {type Branches, paintBranches} from '../paint/dendrogram.js';
import type {TensorValues, Values, WeightKind} from '../tensor/types.js';
import {say} from '../words/judge.js';
import {compute} from './compute-worker.js';
import type {Ordered, OrderName} from './heatmap-view.js';

// Fetched when rows, columns or filters are put in order.

/** Room for a tree, in CSS px. */
const TREE = 46;
/** Values moved between two yields. */
const CHUNK = 1 << 18;

/** One axis, or the units along it, to be ordered. */
interface Target {
  readonly axis: number;
  readonly layout: Units;
  /** Items along the axis that each unit has: the gates of a recurrent kernel. */
  readonly copies: number;
}

/** What of a tensor can stand in another order: rows and columns of a matrix, the filters of a convolution. */
function targetsOf(kind: WeightKind, shape: readonly number[]): Target[] {
  const units = unitsOf(kind, shape);
  const last = shape.length - 1;
  if (kind === 'lstm' || kind === 'gru') {
    const gates = kind === 'lstm' ? 4 : 3;
    if (shape.length !== 2 || !units) return [];
    return [{axis: 0, layout: {outer: 1, units: shape[0]!, inner: shape[1]!}, copies: 1}, {axis: 1, layout: units, copies: gates}];
  }
  if (shape.length === 2) return [{axis: 0, layout: {outer: 1, units: shape[0]!, inner: shape[1]!}, copies: 1}, {axis: 1, layout: {outer: shape[0]!, units: shape[1]!, inner: 1}, copies: 1}];
  if (!units || shape.length < 3) return [];
  if (kind === 'depthwise') return shape[last] === 1 ? [{axis: last - 1, layout: units, copies: 1}] : [];
  return [{axis: kind.endsWith('transpose') ? last - 1 : last, layout: units, copies: 1}];
}

/** Puts a tensor in order. @returns rejects only with the signal's reason */
export async function orderValues(values: TensorValues, kind: WeightKind, order: OrderName, options: SliceOptions): Promise<Ordered> {
  const shape = values.sides ? values.shape.slice(1) : values.shape;
  const targets = values.sides ? [] : targetsOf(kind, shape);
  const remarks: ((lang: string) => string)[] = [];
  const orders: {axis: number; positions: Int32Array}[] = [];
  const trees: {axis: number; branches: Branches}[] = [];
  let odd = 0;
  let clustered = false;
  for (const {axis, layout, copies} of targets) {
    const {units} = layout;
    const rows = await runSliced(unitRowsSteps(values.data, layout), options);
    const length = rows.length / Math.max(1, units);
    let sequence: Int32Array;
    if (order.startsWith('cluster') && units <= MOST_ROWS) {
      const linkage = await compute('cluster', [rows, units, length, order === 'cluster-cosine' ? 'cosine' : 'euclidean'], options);
      sequence = linkage.order;
      odd += linkage.odd.length;
      clustered = true;
      if (copies === 1) trees.push({axis, branches: {lines: dendrogram(linkage), top: linkage.heights.at(-1) ?? 0}});
    } else {
      if (order.startsWith('cluster')) remarks.push((lang) => say(lang, 'orderMany', {n: formatCount(units, lang), most: formatCount(MOST_ROWS, lang)}));
      sequence = await runSliced(normSteps(rows, units, order === 'norm-l1'), options);
    }
    const positions = new Int32Array(copies * units);
    for (let c = 0; c < copies; c++) for (let k = 0; k < units; k++) positions[c * units + k] = c * units + sequence[k]!;
    orders.push({axis, positions});
  }
  if (!orders.length) remarks.push((lang) => say(lang, values.sides ? 'orderSides' : 'orderNothing'));
  else {
    const many = shape.length === 2;
    remarks.unshift((lang) => say(lang, clustered ? (many ? 'orderClusterBoth' : 'orderClusterUnits') : many ? 'orderNormBoth' : 'orderNormUnits', {by: say(lang, order === 'cluster-cosine' ? 'orderCosine' : order === 'norm-l1' ? 'orderL1' : clustered ? 'orderEuclidean' : 'orderL2')}));
  }
  if (odd) remarks.push((lang) => say(lang, 'orderOdd', {n: formatCount(odd, lang)}));
  const data = await runSliced(permuteSteps(values.data, shape, orders), options);
  return {
    values: orders.length ? {...values, data, orders} : values,
    remark: (lang) => remarks.map((remark) => remark(lang)).join(' '),
    besides: (arrangement) => {
      const has = (side: 'top' | 'right'): number => (treesOf(arrangement, trees).some((t) => t.side === side) ? TREE : 0);
      return {top: has('top'), right: has('right')};
    },
    paint: (ctx, {arrangement, columns, viewport: v, dpr, theme}) => {
      for (const {side, parts, branches} of treesOf(arrangement, trees)) {
        const top = side === 'top';
        const [s, at, length] = top ? [v.sx, v.x, v.width] : [v.sy, v.y, v.height];
        const inner = innerOf(parts);
        const pitch = inner + gapOf(parts);
        ctx.save();
        // at the picture's own edge, where it does not fill the box
        if (top) ctx.translate(0, Math.max(0, -v.y * v.sy) / dpr - 3);
        else ctx.translate(Math.min(v.width, (columns - v.x) * v.sx) / dpr + 3, 0);
        paintBranches(ctx, {branches, side, start: ((inner / 2 - pitch / 2 - at) * s) / dpr, pitch: (pitch * s) / dpr, length: length / dpr, height: TREE - 6, theme});
        ctx.restore();
      }
    },
  };
}

/** Trees whose leaves are the items of a side. */
function treesOf({rows, cols}: Arrangement, trees: readonly {axis: number; branches: Branches}[]): {side: 'top' | 'right'; parts: readonly AxisPart[]; branches: Branches}[] {
  return trees.flatMap(({axis, branches}) => {
    const whole = [...rows, ...cols].filter((p) => p.axis === axis).length === 1;
    const side = whole && cols[0]?.axis === axis ? 'top' : whole && rows[0]?.axis === axis ? 'right' : null;
    return side ? [{side, parts: side === 'top' ? cols : rows, branches}] : [];
  });
}

/** Units by their norm, the greatest first; those that are not finite last. @yields share done */
function* normSteps(rows: Float32Array, units: number, l1: boolean): Generator<number, Int32Array> {
  const length = rows.length / Math.max(1, units);
  const norms = new Float64Array(units);
  let work = 0;
  for (let u = 0; u < units; u++) {
    let sum = 0;
    for (let i = u * length; i < (u + 1) * length; i++) sum += l1 ? Math.abs(rows[i]!) : rows[i]! * rows[i]!;
    norms[u] = Number.isFinite(sum) ? sum : -1;
    work += length;
    if (work < CHUNK) continue;
    work = 0;
    yield u / units;
  }
  return Int32Array.from(norms.keys()).sort((a, b) => norms[b]! - norms[a]! || a - b);
}

/** Values in other places along one or two axes: at position k of an axis stands what had index `positions[k]`. @yields share done */
function* permuteSteps(data: Values, shape: readonly number[], orders: readonly {axis: number; positions: Int32Array}[]): Generator<number, Values> {
  let current = data;
  for (const {axis, positions} of orders) {
    const inner = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
    const n = shape[axis]!;
    const outer = data.length / (inner * n || 1);
    const out = current.slice();
    let work = 0;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < n; k++) {
        const [to, from] = [(o * n + k) * inner, (o * n + positions[k]!) * inner];
        for (let i = 0; i < inner; i++) out[to + i] = current[from + i]!;
      }
      work += n * inner;
      if (work < CHUNK) continue;
      work = 0;
      yield o / outer;
    }
    current = out;
  }
  return current;
}
