import type {PlacedBox, PlacedLine, Scene, SizeOf} from './layout.js';
import type {LevelEdge} from './levels.js';
import {GAP} from './preview.js';
import type {GraphItem, GraphTree} from './tree.js';

/** A tree of levels: what holds stands left of what it holds. @yields share done */
export function* treeLayoutSteps(tree: GraphTree, open: ReadonlySet<string>, sizeOf: SizeOf): Generator<number, Scene> {
  const boxes: PlacedBox[] = [];
  const lines: PlacedLine[] = [];
  const columns: number[] = [];
  const order: {item: GraphItem; depth: number; from: number; to: number}[] = [];
  const stack: {item: GraphItem; depth: number}[] = [...tree.roots].reverse().map((item) => ({item, depth: 0}));
  for (let next = stack.pop(); next; next = stack.pop()) {
    const {item, depth} = next;
    columns[depth] = Math.max(columns[depth] ?? 0, sizeOf(item).width);
    order.push({item, depth, from: 0, to: 0});
    if (item.kind === 'group' && open.has(item.id)) for (const child of [...item.children].reverse()) stack.push({item: child, depth: depth + 1});
    if (order.length % 5000 === 0) yield 0.3;
  }
  const left: number[] = [0];
  columns.forEach((wide, i) => (left[i + 1] = left[i]! + wide + 2 * GAP.layer));
  // leaves stand below each other; what holds stands at the middle of what it holds
  let y = 0;
  const middle = new Map<GraphItem, number>();
  const spans = new Map<GraphItem, {first: number; last: number}>();
  for (const {item} of order) {
    const parent = item.parent;
    if (item.kind === 'group' && open.has(item.id) && item.children.length) continue;
    const {height} = sizeOf(item);
    middle.set(item, y + height / 2);
    y += height + GAP.line;
    if (parent) touch(spans, parent, middle.get(item)!);
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const {item} = order[i]!;
    const span = spans.get(item);
    if (span) middle.set(item, (span.first + span.last) / 2);
    if (item.parent) touch(spans, item.parent, middle.get(item)!);
  }
  yield 0.7;
  let bottom = 0;
  for (const {item, depth} of order) {
    const {width, height} = sizeOf(item);
    const box: PlacedBox = {item, open: false, x: left[depth]!, y: middle.get(item)! - height / 2, width, height};
    bottom = Math.max(bottom, box.y + height);
    boxes.push(box);
    if (!item.parent || depth === 0) continue;
    const from = {x: left[depth - 1]! + sizeOf(item.parent).width, y: middle.get(item.parent)!};
    const bend = left[depth]! - GAP.layer;
    const points = Float64Array.of(from.x, from.y, bend, from.y, bend, middle.get(item)!, box.x, middle.get(item)!);
    const edge: LevelEdge = {from: 0, to: 0, fromPort: -1, toPort: -1, kind: 'data', shape: null, count: 1, ends: [item.parent.id, item.id]};
    lines.push({points, curved: false, edge, arrow: false, bounds: [from.x, Math.min(from.y, points[7]!), box.x, Math.max(from.y, points[7]!)]});
  }
  const width = columns.length ? left[columns.length]! - 2 * GAP.layer : 0;
  return {boxes, lines, byId: new Map(boxes.map((b) => [b.item.id, b])), width, height: bottom, quiet: [], preview: false};
}

function touch(spans: Map<GraphItem, {first: number; last: number}>, item: GraphItem, at: number): void {
  const span = spans.get(item);
  if (!span) spans.set(item, {first: at, last: at});
  else {
    span.first = Math.min(span.first, at);
    span.last = Math.max(span.last, at);
  }
}
