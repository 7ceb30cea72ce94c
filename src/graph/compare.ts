import {Interner} from './repeat.js';
import {adjacency, treeSteps} from './tree.js';
import type {GraphEdge, GraphGroup, GraphNode, GraphSpec} from './types.js';

/** One thing that is not as it was; `key` names the attribute. */
export interface NodeChange {
  readonly what: 'type' | 'attribute' | 'shape' | 'params' | 'inputs';
  readonly key?: string;
  /** Shapes as `?×3×64`, inputs as ids in a row; `null` where there was no such attribute. */
  readonly before: string | number | boolean | null;
  readonly now: string | number | boolean | null;
}

/** How a node relates to the other graph. */
export interface NodeDifference {
  /** Its id in the merged graph: its own, or with `before:` in front where it was removed and the id is in use. */
  readonly id: string;
  readonly state: 'same' | 'changed' | 'added' | 'removed';
  readonly now?: GraphNode;
  readonly before?: GraphNode;
  /** How the two were found to be one: by address, by the last part of the name, by what they are and where they stand. */
  readonly matchedBy?: 'address' | 'name' | 'structure';
  readonly changes: readonly NodeChange[];
}

/** A graph compared with what it was before. */
export interface Comparison {
  /** Of each node of the merged graph, by its id there. */
  readonly nodes: ReadonlyMap<string, NodeDifference>;
  /** Ids of what is one node in both: now, before. */
  readonly pairs: readonly (readonly [now: string, before: string])[];
  /** The graph as it is now and, in their places, the nodes that were removed, with their edges. */
  readonly merged: GraphSpec;
  /** All differences in topological order of the merged graph. */
  readonly summary: readonly NodeDifference[];
  readonly counts: {readonly same: number; readonly changed: number; readonly added: number; readonly removed: number};
}

/** How far around a node its neighbourhood counts. */
const ROUNDS = 3;
const STEP = 2000;

/** One of the two graphs: nodes in topological order. */
interface Side {
  readonly nodes: readonly GraphNode[];
  /** Numbers for the structure around each node: of itself, then one step further in each round. */
  readonly rounds: readonly Int32Array[];
  /** The node of the other side, −1 where none is known. */
  readonly match: Int32Array;
}

function* sideSteps(spec: GraphSpec, interner: Interner): Generator<number, Side> {
  const tree = yield* treeSteps(spec);
  const nodes = tree.nodes.map(({node}) => node!);
  const into = adjacency(tree.size, tree.edgeTo, tree.edgeFrom);
  const out = adjacency(tree.size, tree.edgeFrom, tree.edgeTo);
  const rounds = [new Int32Array(tree.size)];
  for (let i = 0; i < tree.size; i++) {
    rounds[0]![i] = interner.number(JSON.stringify([nodes[i]!.type, attributesOf(nodes[i]!).sort(([p], [q]) => (p < q ? -1 : 1)), shapeText(nodes[i]!)]));
    if (i % STEP === STEP - 1) yield 0;
  }
  for (let r = 0; r < ROUNDS; r++) {
    const last = rounds[r]!;
    const around = ({start, list}: typeof into, i: number): string => list.subarray(start[i]!, start[i + 1]!).map((k) => last[k]!).sort().join();
    const next = new Int32Array(tree.size);
    for (let i = 0; i < tree.size; i++) {
      next[i] = interner.number(`${last[i]}<${around(into, i)}>${around(out, i)}`);
      if (i % STEP === STEP - 1) yield 0;
    }
    rounds.push(next);
  }
  return {nodes, rounds, match: new Int32Array(tree.size).fill(-1)};
}

/** All that is set; a name is no setting. */
function attributesOf({attributes}: GraphNode): [string, string | number | boolean][] {
  return Object.entries(attributes).filter(([key]) => key !== 'name');
}

function shapeText({outputShape}: GraphNode): string {
  return outputShape ? outputShape.map((size) => size ?? '?').join('×') : '';
}

/** {@link compareSteps} in one go. */
export function compareGraphs(now: GraphSpec, before: GraphSpec): Comparison {
  const steps = compareSteps(now, before);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Compares two graphs: which node of one is which of the other, what of it changed, what was added and removed.
 *
 * Two nodes are one if they have the same address and type; then if they agree in the last part of their name, in type
 * and in their order among such; then if what they are and what stands around them agrees, three steps far, then two,
 * one, none; then if they have the same type between two nodes that are matched; last if only the address is the same.
 * But where the two graphs are the same node by node but for names, as two builds of one model are, position alone counts:
 * automatic names (`dense_3`) that moved on by one would else match the wrong layers.
 * @returns by steps with the share done
 */
export function* compareSteps(now: GraphSpec, before: GraphSpec): Generator<number, Comparison> {
  const interner = new Interner();
  const a = yield* sideSteps(now, interner);
  yield 0.3;
  const b = yield* sideSteps(before, interner);
  yield 0.6;
  const how = yield* matchSteps(a, b);
  const beforeOf = new Map<string, string>();
  const nowOf = new Map<string, string>();
  const pairs: [string, string][] = [];
  const taken = new Set<string>();
  const inNow = new Set<string>();
  for (let i = 0; i < a.nodes.length; i++) {
    const {id} = a.nodes[i]!;
    inNow.add(id);
    taken.add(id);
    if (i % STEP === STEP - 1) yield 0.75;
    const k = a.match[i]!;
    if (k < 0) continue;
    if (pairs.push([id, b.nodes[k]!.id]) % STEP === 0) yield 0.75;
    beforeOf.set(id, b.nodes[k]!.id);
    nowOf.set(b.nodes[k]!.id, id);
  }
  for (const {id} of b.nodes) taken.add(id);
  yield 0.78;
  /** Ids of the nodes before as they are in the merged graph. */
  const mergedId = new Map<string, string>(nowOf);
  for (const {id} of b.nodes) {
    if (mergedId.has(id)) continue;
    let own = id;
    if (inNow.has(id)) for (own = `before:${id}`; taken.has(own);) own = `before:${own}`;
    taken.add(own);
    mergedId.set(id, own);
  }

  const nodes = new Map<string, NodeDifference>();
  for (let i = 0; i < a.nodes.length; i++) {
    const node = a.nodes[i]!;
    const k = a.match[i]!;
    if (i % STEP === STEP - 1) yield 0.8;
    if (k < 0) {
      nodes.set(node.id, {id: node.id, state: 'added', now: node, changes: []});
      continue;
    }
    const changes = changesOf(node, b.nodes[k]!, nowOf, beforeOf);
    nodes.set(node.id, {id: node.id, state: changes.length ? 'changed' : 'same', now: node, before: b.nodes[k]!, matchedBy: how[i]!, changes});
  }
  for (const node of b.nodes) {
    const id = mergedId.get(node.id)!;
    if (!nowOf.has(node.id)) nodes.set(id, {id, state: 'removed', before: node, changes: []});
  }
  yield 0.85;
  const merged = merge(now, before, a, b, nowOf, mergedId);
  yield 0.9;
  const counts = {same: 0, changed: 0, added: 0, removed: 0};
  const summary: NodeDifference[] = [];
  for (const {id, order} of (yield* treeSteps(merged)).nodes) {
    const difference = nodes.get(id)!;
    counts[difference.state]++;
    if (difference.state !== 'same') summary.push(difference);
    if (order % STEP === STEP - 1) yield 1;
  }
  return {nodes, pairs, merged, summary, counts};
}

/** Fills in `match` on both sides; tells how each node of `a` was matched. */
function* matchSteps(a: Side, b: Side): Generator<number, ('address' | 'name' | 'structure')[]> {
  const how: ('address' | 'name' | 'structure')[] = [];
  const pair = (i: number, k: number, by: 'address' | 'name' | 'structure'): void => {
    a.match[i] = k;
    b.match[k] = i;
    how[i] = a.nodes[i]!.id === b.nodes[k]!.id ? 'address' : by;
  };
  const last = a.rounds[ROUNDS]!;
  if (last.length === b.rounds[ROUNDS]!.length && last.every((hash, i) => hash === b.rounds[ROUNDS]![i])) {
    last.forEach((_, i) => pair(i, i, 'structure'));
    return how;
  }
  /** Pairs what is left and has the same key, in order; where `even`, only as many as there are on both sides. */
  const byKey = (keyA: (i: number) => string | number, keyB: (k: number) => string | number, by: 'address' | 'name' | 'structure', even = false): void => {
    const waiting = new Map<string | number, number[]>();
    for (let k = 0; k < b.nodes.length; k++) {
      if (b.match[k]! >= 0) continue;
      const key = keyB(k);
      const list = waiting.get(key);
      if (list) list.push(k);
      else waiting.set(key, [k]);
    }
    const mine = new Map<string | number, number[]>();
    for (let i = 0; i < a.nodes.length; i++) {
      if (a.match[i]! >= 0) continue;
      const key = keyA(i);
      const list = mine.get(key);
      if (list) list.push(i);
      else mine.set(key, [i]);
    }
    for (const [key, list] of mine) {
      const others = waiting.get(key) ?? [];
      if (even && others.length !== list.length) continue;
      for (let n = 0; n < Math.min(list.length, others.length); n++) pair(list[n]!, others[n]!, by);
    }
  };
  const text = (...parts: string[]): string => JSON.stringify(parts);
  byKey((i) => text(a.nodes[i]!.id, a.nodes[i]!.type), (k) => text(b.nodes[k]!.id, b.nodes[k]!.type), 'address');
  yield 0.7;
  byKey((i) => text(a.nodes[i]!.label, a.nodes[i]!.type), (k) => text(b.nodes[k]!.label, b.nodes[k]!.type), 'name');
  for (let r = ROUNDS; r >= 0; r--) {
    yield 0.7;
    byKey((i) => a.rounds[r]![i]!, (k) => b.rounds[r]![k]!, 'structure', r > 0);
  }
  yield 0.7;
  // between the same two matched nodes, nodes of the same type in their order
  const gapA = gaps(a.match, (i) => i);
  const gapB = gaps(b.match, (k) => b.match[k]!);
  byKey((i) => text(String(gapA[i]), a.nodes[i]!.type), (k) => text(String(gapB[k]), b.nodes[k]!.type), 'structure');
  yield 0.7;
  byKey((i) => a.nodes[i]!.id, (k) => b.nodes[k]!.id, 'address');
  return how;
}

/** For each node the last one before it that is matched, by its number on side a. */
function gaps(match: Int32Array, numberOf: (at: number) => number): Int32Array {
  let last = -1;
  return match.map((other, at) => {
    if (other >= 0) last = numberOf(at);
    return last;
  });
}

function changesOf(now: GraphNode, before: GraphNode, nowOf: ReadonlyMap<string, string>, beforeOf: ReadonlyMap<string, string>): NodeChange[] {
  const changes: NodeChange[] = [];
  if (now.type !== before.type) changes.push({what: 'type', before: before.type, now: now.type});
  const old = new Map(attributesOf(before));
  const attributes = new Map(attributesOf(now));
  for (const key of new Set([...attributes.keys(), ...old.keys()])) {
    const was = old.get(key) ?? null;
    const is = attributes.get(key) ?? null;
    if (was !== is) changes.push({what: 'attribute', key, before: was, now: is});
  }
  // what one of the two doesn't tell is no difference
  if (now.outputShape && before.outputShape && shapeText(now) !== shapeText(before)) changes.push({what: 'shape', before: shapeText(before), now: shapeText(now)});
  if (now.params !== null && before.params !== null && now.params !== before.params) changes.push({what: 'params', before: before.params, now: now.params});
  // beside an added or removed node the inputs differ as a matter of course
  const mapped = before.inputs.map((id) => nowOf.get(id));
  if (now.inputs.every((id) => beforeOf.has(id)) && mapped.every((id) => id !== undefined) && mapped.join('\n') !== now.inputs.join('\n')) {
    changes.push({what: 'inputs', before: mapped.join(', '), now: now.inputs.join(', ')});
  }
  return changes;
}

function merge(now: GraphSpec, before: GraphSpec, a: Side, b: Side, nowOf: ReadonlyMap<string, string>, mergedId: ReadonlyMap<string, string>): GraphSpec {
  const groups: GraphGroup[] = [...now.groups];
  const known = new Map(now.groups.map((group) => [group.id, group]));
  const old = new Map(before.groups.map((group) => [group.id, group]));
  /** Adds the groups before that a removed node needs and that are no more. */
  const need = (id: string | undefined): void => {
    for (let at = id; at !== undefined && !known.has(at);) {
      const group = old.get(at);
      if (!group) return;
      known.set(at, group);
      groups.push(group);
      at = group.parent;
    }
  };
  // a removed node follows the one before it that is still there
  const after = new Map<string | undefined, GraphNode[]>();
  let anchor: string | undefined;
  for (const node of b.nodes) {
    const own = nowOf.get(node.id);
    if (own !== undefined) {
      anchor = own;
      continue;
    }
    need(node.group);
    const removed = {...node, id: mergedId.get(node.id)!, inputs: node.inputs.map((id) => mergedId.get(id) ?? id)};
    const list = after.get(anchor);
    if (list) list.push(removed);
    else after.set(anchor, [removed]);
  }
  const nodes = [...(after.get(undefined) ?? [])];
  for (const node of a.nodes) {
    nodes.push(node);
    for (const removed of after.get(node.id) ?? []) nodes.push(removed);
  }
  const edges: GraphEdge[] = [...now.edges];
  for (const edge of before.edges) {
    const from = mergedId.get(edge.from);
    const to = mergedId.get(edge.to);
    if (from !== undefined && to !== undefined && !(nowOf.has(edge.from) && nowOf.has(edge.to))) edges.push({...edge, from, to});
  }
  return {...now, nodes, edges, groups};
}
