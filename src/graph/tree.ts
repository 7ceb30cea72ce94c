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
  /** By item id. A node's item always has the node's own id, so the ends of an edge are found here too. */
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
  const order = new Int32Array(size);
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

/** For each node, the ends `b` of its pairs (a, b): `list[start[a]] … list[start[a + 1] - 1]`; `which` are the pairs' places. */
export function adjacency(size: number, a: ArrayLike<number>, b: ArrayLike<number>): {start: Int32Array; list: Int32Array; which: Int32Array} {
  const start = new Int32Array(size + 1);
  for (let e = 0; e < a.length; e++) start[a[e]! + 1]!++;
  for (let i = 0; i < size; i++) start[i + 1]! += start[i]!;
  const next = start.slice(0, size);
  const list = new Int32Array(a.length);
  const which = new Int32Array(a.length);
  for (let e = 0; e < a.length; e++) {
    const at = next[a[e]!]!++;
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
  const byNode = new Map<string, number>();
  const nodes: GraphNode[] = [];
  for (const node of spec.nodes) {
    if (byNode.has(node.id)) continue;
    byNode.set(node.id, nodes.length);
    if (nodes.push(node) % STEP === 0) yield (0.1 * nodes.length) / spec.nodes.length;
  }
  const size = nodes.length;

  const edges: GraphEdge[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const known = new Set<number>();
  const pairs = new Set<number>();
  for (const edge of spec.edges) {
    const a = byNode.get(edge.from);
    const b = byNode.get(edge.to);
    if (a === undefined || b === undefined) continue;
    const pair = a * size + b;
    const key = pair * KINDS.length + Math.max(0, KINDS.indexOf(edge.kind ?? 'data'));
    if (known.has(key)) continue;
    known.add(key);
    pairs.add(pair);
    from.push(a);
    to.push(b);
    if (edges.push(edge) % STEP === 0) yield 0.1 + (0.2 * edges.length) / spec.edges.length;
  }
  for (let b = 0; b < size; b++) {
    for (const input of nodes[b]!.inputs) {
      const a = byNode.get(input);
      if (a === undefined || pairs.has(a * size + b)) continue;
      pairs.add(a * size + b);
      from.push(a);
      to.push(b);
      if (edges.push({from: input, to: nodes[b]!.id}) % STEP === 0) yield 0.3;
    }
    if (b % STEP === STEP - 1) yield 0.3 + (0.1 * b) / size;
  }
  const forward = edges.map((_, e) => e).filter((e) => edges[e]!.kind !== 'loop');
  yield 0.42;
  const order = topologicalOrder(size, forward.map((e) => from[e]!), forward.map((e) => to[e]!));
  const place = new Int32Array(size);
  for (let i = 0; i < size; i++) place[order[i]!] = i;
  yield 0.5;

  const items = new Map<string, Building>();
  const byGroup = new Map<string, Building>();
  const groups: Building[] = [];
  const leaves: Building[] = [];
  for (let i = 0; i < size; i++) {
    const node = nodes[order[i]!]!;
    const item = makeItem(node.id, size);
    Object.assign(item, {kind: 'node', node, count: 1, order: i});
    item.params = node.params;
    item.macs = node.macs;
    item.activationBytes = node.activationBytes;
    for (const key of ['params', 'macs', 'activationBytes'] as const) item.unknown[key] = item[key] === null ? 1 : 0;
    items.set(item.id, item);
    if (leaves.push(item) % STEP === 0) yield 0.5 + (0.2 * i) / size;
  }
  for (const group of spec.groups) {
    if (byGroup.has(group.id)) continue;
    let id = group.id;
    while (items.has(id)) id += '/';
    const item = makeItem(id, size);
    item.group = group;
    items.set(id, item);
    byGroup.set(group.id, item);
  }
  for (const item of byGroup.values()) item.parent = (item.group!.parent !== undefined && byGroup.get(item.group!.parent)) || null;
  openCycles([...byGroup.values()]);

  const roots: Building[] = [];
  const placed = new Set<Building>();
  /** Puts an item, and the groups around it that have no place yet, behind what its parent has so far. */
  const put = (item: Building, at: number): void => {
    for (let inner = item; ; inner = inner.parent) {
      placed.add(inner);
      inner.order = at;
      (inner.parent ? inner.parent.children : roots).push(inner);
      if (!inner.parent || placed.has(inner.parent)) return;
    }
  };
  for (const item of leaves) {
    const group = item.node!.group;
    item.parent = (group !== undefined && byGroup.get(group)) || null;
    put(item, item.order);
    if (item.order % STEP === STEP - 1) yield 0.7 + (0.1 * item.order) / size;
  }
  for (const item of byGroup.values()) if (!placed.has(item)) put(item, size);

  const walk: Building[] = [];
  const stack = roots.toReversed();
  for (let item = stack.pop(); item; item = stack.pop()) {
    item.depth = item.parent ? item.parent.depth + 1 : 0;
    item.enter = walk.length;
    for (let i = item.children.length - 1; i >= 0; i--) stack.push(item.children[i]!);
    if (item.kind === 'group') groups.push(item);
    if (walk.push(item) % STEP === 0) yield 0.8 + (0.1 * walk.length) / items.size;
  }
  for (let i = walk.length - 1; i >= 0; i--) {
    const item = walk[i]!;
    const {unknown, parent} = item;
    item.exit = Math.max(item.exit, i + 1);
    item.partial = unknown.params + unknown.macs + unknown.activationBytes > 0;
    if (parent) {
      parent.exit = Math.max(parent.exit, item.exit);
      parent.count += item.count;
      for (const key of ['params', 'macs', 'activationBytes'] as const) {
        if (item[key] !== null) parent[key] = (parent[key] ?? 0) + item[key];
        parent.unknown[key] += unknown[key];
      }
    }
    if (i % STEP === 0) yield 0.9 + (0.1 * (walk.length - i)) / walk.length;
  }

  const edgeFrom = Int32Array.from(from, (at) => place[at]!);
  const edgeTo = Int32Array.from(to, (at) => place[at]!);
  return new IndexedTree(spec, roots, items, leaves, groups, edges, edgeFrom, edgeTo, walk);
}

function makeItem(id: string, order: number): Building {
  return {
    id, kind: 'group', parent: null, depth: 0, children: [], count: 0, params: null, macs: null, activationBytes: null,
    partial: false, unknown: {params: 0, macs: 0, activationBytes: 0}, order, enter: 0, exit: 0,
  };
}

/** Takes the parent from one group of each ring of parents. */
function openCycles(groups: readonly Building[]): void {
  /** The walk that came by first. */
  const walkOf = new Map<Building, number>();
  groups.forEach((group, walk) => {
    let at: Building | null = group;
    for (; at && !walkOf.has(at); at = at.parent) walkOf.set(at, walk);
    if (at && walkOf.get(at) === walk) at.parent = null;
  });
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
