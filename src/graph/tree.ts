import type {GraphEdge, GraphGroup, GraphNode, GraphSpec} from './types.js';

/** A node or a group, in its place among the others. */
export interface GraphItem {
  /** The node's or group's own id; a group that shares its id with a node has a `/` behind it here. */
  readonly id: string;
  readonly kind: 'node' | 'group';
  readonly node?: GraphNode;
  readonly group?: GraphGroup;
  readonly parent: GraphItem | null;
  /** 0 at the top. */
  readonly depth: number;
  /** In topological order of their first nodes, empty groups last. */
  readonly children: readonly GraphItem[];
  /** Nodes below it at any depth; 1 for a node. */
  readonly count: number;
  /** Sum of what is known below it, `null` where nothing is. */
  readonly params: number | null;
  readonly macs: number | null;
  readonly activationBytes: number | null;
  /** Of some node below it, one of the three is unknown. */
  readonly partial: boolean;
  /** Nodes below it of which each is unknown. */
  readonly unknown: {readonly params: number; readonly macs: number; readonly activationBytes: number};
  /** Topological place of its first node, unique among nodes; the number of nodes for an empty group. */
  readonly order: number;
}

/** A GraphSpec indexed once, for everything that walks it. */
export interface GraphTree {
  readonly spec: GraphSpec;
  readonly roots: readonly GraphItem[];
  /** By item id, nodes first and as in the spec. A node's item always has the node's own id, so the ends of an edge are found here too. */
  readonly items: ReadonlyMap<string, GraphItem>;
  /** Nodes, in topological order: `nodes[item.order] === item`. */
  readonly nodes: readonly GraphItem[];
  /** Groups, outer ones before those in them. */
  readonly groups: readonly GraphItem[];
  /** Number of nodes. */
  readonly size: number;
  /** Those with both ends in the spec, each once; what `inputs` alone tell is added. */
  readonly edges: readonly GraphEdge[];
  /** Ends of `edges` as places in `nodes`. */
  readonly edgeFrom: Int32Array;
  readonly edgeTo: Int32Array;
  item(id: string): GraphItem | undefined;
  /** `null`: the top level. */
  childrenOf(id: string | null): readonly GraphItem[];
  parentOf(id: string): GraphItem | null;
  /** The nodes in a group in topological order; of a node, itself. */
  leaves(id: string): GraphItem[];
  /** Whether `inner` lies in `outer`, at any depth, or is it. */
  contains(outer: GraphItem, inner: GraphItem): boolean;
  /** Edges that leave a node, or that go from within a group to outside it. */
  outOf(id: string): readonly GraphEdge[];
  /** Edges that come into a node, or into a group from outside it. */
  into(id: string): readonly GraphEdge[];
}

type Building = {-readonly [K in keyof GraphItem]: K extends 'parent' ? Building | null : K extends 'children' ? Building[] : GraphItem[K]} & {
  unknown: {params: number; macs: number; activationBytes: number};
  /** Places in a walk through the tree, parents first: what lies in it has `enter` ≤ place < `exit`. */
  enter: number;
  exit: number;
};

const STEP = 5000;
const KINDS = ['data', 'control', 'loop', 'state'];
const NONE: readonly GraphEdge[] = [];

/**
 * Places of nodes in a topological order that stays near the given one: of what could come next, always the earliest.
 * Where a cycle leaves nothing that could come next, the earliest node left does: edges back to it are ignored.
 * @returns the nodes in order
 */
export function topologicalOrder(size: number, from: ArrayLike<number>, to: ArrayLike<number>): Int32Array {
  const order = new Int32Array(size).map((_, i) => i);
  // as it is in most files
  if (isSorted(from, to)) return order;
  const {start, list} = adjacency(size, from, to);
  const waits = new Int32Array(size);
  for (let e = 0; e < to.length; e++) if (from[e] !== to[e]) waits[to[e]!]!++;
  // a binary heap of places: lists of nodes are nearly sorted, so it stays shallow
  const heap = new Int32Array(size);
  let held = 0;
  const push = (value: number): void => {
    let at = held++;
    while (at > 0 && heap[(at - 1) >> 1]! > value) {
      heap[at] = heap[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    heap[at] = value;
  };
  const pop = (): number => {
    const top = heap[0]!;
    const last = heap[--held]!;
    let at = 0;
    for (let child = 1; child < held; child = 2 * at + 1) {
      if (child + 1 < held && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= last) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  };
  const seen = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    if (waits[i] === 0) {
      seen[i] = 1;
      push(i);
    }
  }
  let first = 0;
  for (let done = 0; done < size; done++) {
    if (!held) {
      while (seen[first]) first++;
      seen[first] = 1;
      push(first);
    }
    const node = pop();
    order[done] = node;
    for (let k = start[node]!; k < start[node + 1]!; k++) {
      const next = list[k]!;
      if (next !== node && --waits[next]! === 0 && !seen[next]) {
        seen[next] = 1;
        push(next);
      }
    }
  }
  return order;
}

function isSorted(from: ArrayLike<number>, to: ArrayLike<number>): boolean {
  for (let e = 0; e < to.length; e++) if (from[e]! > to[e]!) return false;
  return true;
}

/** For each node, the ends `b` of its pairs (a, b): `list[start[a]] … list[start[a + 1] - 1]`; `which` are the pairs' places. */
export function adjacency(size: number, a: ArrayLike<number>, b: ArrayLike<number>): {start: Int32Array; list: Int32Array; which: Int32Array} {
  // one further on until they are filled in
  const start = new Int32Array(size + 2);
  for (let e = 0; e < a.length; e++) start[a[e]! + 2]!++;
  for (let i = 2; i <= size; i++) start[i]! += start[i - 1]!;
  const list = new Int32Array(a.length);
  const which = new Int32Array(a.length);
  for (let e = 0; e < a.length; e++) {
    const at = start[a[e]! + 1]!++;
    list[at] = b[e]!;
    which[at] = e;
  }
  return {start, list, which};
}

/** {@link treeSteps} in one go. */
export function graphTree(spec: GraphSpec): GraphTree {
  const steps = treeSteps(spec);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Indexes a spec, in linear time. Of nodes or groups with the same id the first counts; a group that is unknown counts as
 * none, and a group that lies in itself lies at the top.
 * @returns by steps with the share done
 */
export function* treeSteps(spec: GraphSpec): Generator<number, GraphTree> {
  const items = new Map<string, Building>();
  const given: Building[] = [];
  for (const node of spec.nodes) {
    if (items.has(node.id)) continue;
    const leaf = leafOf(node, given.length);
    items.set(node.id, leaf);
    if (given.push(leaf) % STEP === 0) yield (0.2 * given.length) / spec.nodes.length;
  }
  const flow = yield* flowSteps(spec, items, given);
  yield 0.5;
  const leaves = given.slice();
  for (const leaf of given) leaves[leaf.order] = leaf;
  return yield* hangSteps(spec, items, leaves, flow);
}

/**
 * The tree of a spec that differs from another tree's in groups alone. That other tree is used up: its nodes' items move.
 * @returns by steps with the share done
 */
export function* regroupSteps(spec: GraphSpec, {items: given, nodes, edges, edgeFrom, edgeTo}: GraphTree): Generator<number, GraphTree> {
  const items = given as Map<string, Building>;
  let n = 0;
  // nodes stand there first, as in the spec
  for (const item of items.values()) {
    if (item.kind === 'node') item.node = spec.nodes[n++]!;
    else items.delete(item.id);
  }
  yield 0.5;
  return yield* hangSteps(spec, items, nodes as readonly Building[], {edges, edgeFrom, edgeTo});
}

/** Ends of edges are places of nodes. */
type Flow = Pick<GraphTree, 'edges' | 'edgeFrom' | 'edgeTo'>;

/** Puts nodes into groups. @param items of the nodes; those of groups are added */
function* hangSteps(spec: GraphSpec, items: Map<string, Building>, leaves: readonly Building[], {edges, edgeFrom, edgeTo}: Flow): Generator<number, GraphTree> {
  const size = leaves.length;
  const byGroup = new Map<string, Building>();
  const groups: Building[] = [];
  for (const group of spec.groups) {
    if (byGroup.has(group.id)) continue;
    let id = group.id;
    while (items.has(id)) id += '/';
    const item = makeItem(id, 'group', size);
    item.group = group;
    items.set(id, item);
    byGroup.set(group.id, item);
  }
  for (const item of byGroup.values()) item.parent = (item.group!.parent !== undefined && byGroup.get(item.group!.parent)) || null;
  openRings(byGroup.values());
  yield 0.6;

  const roots: Building[] = [];
  /** Puts an item, and the groups around it that have no place yet, behind what its parent has so far. */
  const put = (item: Building, at: number): void => {
    for (let inner = item; ; inner = inner.parent) {
      inner.enter = 0;
      inner.order = at;
      (inner.parent ? inner.parent.children : roots).push(inner);
      if (!inner.parent || inner.parent.enter >= 0) return;
    }
  };
  for (const item of leaves) {
    const group = item.node!.group;
    item.parent = (group !== undefined && byGroup.get(group)) || null;
    put(item, item.order);
    if (item.order % STEP === STEP - 1) yield 0.6 + (0.2 * item.order) / size;
  }
  for (const item of byGroup.values()) if (item.enter < 0) put(item, size);

  const walk: Building[] = [];
  const stack = roots.toReversed();
  for (let item = stack.pop(); item; item = stack.pop()) {
    item.depth = item.parent ? item.parent.depth + 1 : 0;
    item.enter = walk.length;
    item.exit = walk.length + 1;
    for (let i = item.children.length - 1; i >= 0; i--) stack.push(item.children[i]!);
    if (item.kind === 'group') groups.push(item);
    if (walk.push(item) % STEP === 0) yield 0.8 + (0.1 * walk.length) / items.size;
  }
  for (let i = walk.length - 1; i >= 0; i--) {
    close(walk[i]!);
    if (i % STEP === 0) yield 0.9 + (0.1 * (walk.length - i)) / walk.length;
  }
  return new IndexedTree(spec, roots, items, leaves, groups, edges, edgeFrom, edgeTo, walk);
}

/** Finds what flows where, and puts the nodes in order. @param leaves with their places in the spec, which are replaced */
function* flowSteps(spec: GraphSpec, items: ReadonlyMap<string, Building>, leaves: readonly Building[]): Generator<number, Flow> {
  const size = leaves.length;
  const edges: GraphEdge[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const known = new Set<number>();
  for (const edge of spec.edges) {
    const a = items.get(edge.from)?.order;
    const b = items.get(edge.to)?.order;
    if (a === undefined || b === undefined) continue;
    const key = (a * size + b) * KINDS.length + Math.max(0, KINDS.indexOf(edge.kind ?? 'data'));
    if (known.size === known.add(key).size) continue;
    from.push(a);
    to.push(b);
    if (edges.push(edge) % STEP === 0) yield 0.2 + (0.1 * edges.length) / spec.edges.length;
  }
  for (let b = 0; b < size; b++) {
    for (const input of leaves[b]!.node!.inputs) {
      const a = items.get(input)?.order;
      if (a === undefined || KINDS.some((_, kind) => known.has((a * size + b) * KINDS.length + kind))) continue;
      known.add((a * size + b) * KINDS.length);
      from.push(a);
      to.push(b);
      if (edges.push({from: input, to: leaves[b]!.id}) % STEP === 0) yield 0.3;
    }
    if (b % STEP === STEP - 1) yield 0.3 + (0.1 * b) / size;
  }
  // one that goes back counts as one from a node to itself
  const order = topologicalOrder(size, from, to.map((b, e) => (edges[e]!.kind === 'loop' ? from[e]! : b)));
  yield 0.45;
  const place = new Int32Array(size);
  for (let i = 0; i < size; i++) place[order[i]!] = leaves[order[i]!]!.order = i;
  return {edges, edgeFrom: new Int32Array(from).map((a) => place[a]!), edgeTo: new Int32Array(to).map((b) => place[b]!)};
}

function makeItem(id: string, kind: GraphItem['kind'], order: number): Building {
  return {
    id, kind, parent: null, depth: 0, children: [], count: 0, params: null, macs: null, activationBytes: null,
    partial: false, unknown: {params: 0, macs: 0, activationBytes: 0}, order, enter: -1, exit: 0,
  };
}

function leafOf(node: GraphNode, order: number): Building {
  const item = makeItem(node.id, 'node', order);
  item.node = node;
  item.count = 1;
  item.params = node.params;
  item.macs = node.macs;
  item.activationBytes = node.activationBytes;
  if (node.params === null) item.unknown.params = 1;
  if (node.macs === null) item.unknown.macs = 1;
  if (node.activationBytes === null) item.unknown.activationBytes = 1;
  return item;
}

const plus = (sum: number | null, more: number | null): number | null => (more === null ? sum : (sum ?? 0) + more);

/** Adds an item, of which all is known that lies in it, to its parent. */
function close(item: Building): void {
  const {unknown, parent} = item;
  item.partial = unknown.params + unknown.macs + unknown.activationBytes > 0;
  if (!parent) return;
  parent.exit = Math.max(parent.exit, item.exit);
  parent.count += item.count;
  parent.params = plus(parent.params, item.params);
  parent.macs = plus(parent.macs, item.macs);
  parent.activationBytes = plus(parent.activationBytes, item.activationBytes);
  parent.unknown.params += unknown.params;
  parent.unknown.macs += unknown.macs;
  parent.unknown.activationBytes += unknown.activationBytes;
}

/** Takes the parent from one group of each ring of parents. `depth` is, until it is known, the walk that came by first. */
function openRings(groups: Iterable<Building>): void {
  let walk = 0;
  for (const group of groups) {
    walk++;
    let at: Building | null = group;
    for (; at && !at.depth; at = at.parent) at.depth = walk;
    if (at?.depth === walk) at.parent = null;
  }
}

class IndexedTree implements GraphTree {
  readonly size: number;
  #out: ReturnType<typeof adjacency> | undefined;
  #into: ReturnType<typeof adjacency> | undefined;

  constructor(
    readonly spec: GraphSpec,
    readonly roots: readonly GraphItem[],
    readonly items: ReadonlyMap<string, GraphItem>,
    readonly nodes: readonly GraphItem[],
    readonly groups: readonly GraphItem[],
    readonly edges: readonly GraphEdge[],
    readonly edgeFrom: Int32Array,
    readonly edgeTo: Int32Array,
    private readonly walk: readonly Building[],
  ) {
    this.size = nodes.length;
  }

  item(id: string): GraphItem | undefined {
    return this.items.get(id);
  }

  childrenOf(id: string | null): readonly GraphItem[] {
    return id === null ? this.roots : this.items.get(id)?.children ?? [];
  }

  parentOf(id: string): GraphItem | null {
    return this.items.get(id)?.parent ?? null;
  }

  leaves(id: string): GraphItem[] {
    const item = this.items.get(id) as Building | undefined;
    if (!item) return [];
    const found = this.walk.slice(item.enter, item.exit).filter(({kind}) => kind === 'node');
    return found.sort((a, b) => a.order - b.order);
  }

  contains(outer: GraphItem, inner: GraphItem): boolean {
    const {enter, exit} = outer as Building;
    const at = (inner as Building).enter;
    return at >= enter && at < exit;
  }

  outOf(id: string): readonly GraphEdge[] {
    this.#out ??= adjacency(this.size, this.edgeFrom, this.edgeTo);
    return this.#across(id, this.#out);
  }

  into(id: string): readonly GraphEdge[] {
    this.#into ??= adjacency(this.size, this.edgeTo, this.edgeFrom);
    return this.#across(id, this.#into);
  }

  #across(id: string, {start, list, which}: ReturnType<typeof adjacency>): readonly GraphEdge[] {
    const item = this.items.get(id);
    if (!item) return NONE;
    const found: GraphEdge[] = [];
    for (const {order} of item.kind === 'node' ? [item] : this.leaves(id)) {
      for (let k = start[order]!; k < start[order + 1]!; k++) {
        if (item.kind === 'node' || !this.contains(item, this.nodes[list[k]!]!)) found.push(this.edges[which[k]!]!);
      }
    }
    return found;
  }
}
