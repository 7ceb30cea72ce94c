import {say} from '../words/graph.js';
import {ALIKE, alikeFrom, blockName, type Named, rangeName, typesOf} from './block-name.js';
import {type Fold, foldLevel, Interner, type Level, structureOfLevel} from './repeat.js';
import {tidySteps} from './tidy-groups.js';
import {adjacency, type GraphItem, type GraphTree, regroupSteps, topologicalOrder, treeSteps} from './tree.js';
import type {GraphGroup, GraphNode, GraphSpec} from './types.js';

/** From so many nodes on, a row of them that no repeat explains is cut up. */
const CHAIN = 30;
const CHAIN_GROUP = 50;
/** Most children of a group before it is split; of those that a first picture has to open. */
const CHILDREN = 1000;
const FIRST = 150;
/** Fewest and most children of each part. */
const LEAST = 10;
const PART = 200;
const STEP = 5000;
/** Children of small levels between two yields. */
const CHUNK = 150;

/** What a layer does to its input, as far as two must agree to be called equal; widths and rates may differ. */
const TELLING = /kernel|stride|dilat|pad|pool|ksize|activation|fused|sequences|interpolation|^size$|^mode$|merge|equation/i;
const BESIDE = /init|regular|constraint/i;
const ACTIVATION = /relu|activation|sigmoid|tanh|^elu|selu|gelu|swish|silu|mish|softplus|softmax|clipbyvalue/i;
const FOLLOWS = /norm|pool|dropout|biasadd|^add|^identity|reshape|flatten/i;
const WEIGHTED = /conv|dense|matmul|einsum|lstm|gru|rnn|embedding|attention/i;

/** A group that was found, before it has an id. */
interface Found {
  readonly kind: 'repeat' | 'block' | 'rest' | 'chain' | 'part';
  readonly label: string;
  readonly repeat?: number;
  readonly entries: readonly Entry[];
}

/** Sources of each item: `list[start[i]] … list[start[i + 1] - 1]`. */
type Edges = Pick<Level, 'start' | 'list'>;

/** A child of a level, by its number, or a group that was found. */
type Entry = number | Found;

/** {@link groupSteps} in one go. */
export function groupGraph(spec: GraphSpec): GraphSpec {
  const steps = groupSteps(spec);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Adds to a spec, which may have groups of nested models or name scopes, the groups that its structure tells, so that no
 * level has more than 1,000 children. Order and ids of nodes stay; so do all groups but the idle ones (see tidySteps).
 *
 * - Equal blocks that follow one another become a group of kind `repeat`. In it: the first block, and a group `rest` with
 *   the others, or just two blocks. A block is a group of kind `block`, or the group or node itself where it is only one.
 * - A single part between two points that all flow passes through becomes a `block` if it has four items or more.
 * - A row of 30 nodes and more with one input and one output each becomes a row of groups of kind `chain`.
 * - Levels with more children than 1,000 are split into groups of kind `part`; those that hold half of the graph and more,
 *   which any first picture opens, from 150 on.
 *
 * Blocks are *equal* if their nodes have the same types and are wired in the same way, and agree in what a layer does to
 * its input: kernel, stride, dilation, padding, pool size, activation. Widths (filters, units, shapes) may differ, and so
 * may rates of dropout: a stage of a network that doubles its filters is still the same block over again.
 * @returns by steps with the share done
 */
export function* groupSteps(spec: GraphSpec): Generator<number, GraphSpec> {
  return (yield* groupedTreeSteps(spec)).spec;
}

/** The tree of what {@link groupSteps} makes of a spec. @returns by steps with the share done */
export function* groupedTreeSteps(spec: GraphSpec): Generator<number, GraphTree> {
  const tidy = yield* tidySteps(spec);
  yield 0.1;
  const tree = yield* treeSteps(tidy);
  yield 0.3;
  return yield* regroupSteps(yield* new Grouping(tidy, tree).run(), tree);
}

/** The items of a tree by number: nodes by their place, then groups, then the top. */
class Grouping {
  readonly #interner = new Interner();
  readonly #items: GraphItem[];
  readonly #groups = new Map<GraphItem, number>();
  readonly #top: number;
  readonly #signature: Int32Array;
  /** Place of an item among the children of its level, for the level at work. */
  readonly #local: Int32Array;
  /** Groups that were found around an item; the innermost. */
  readonly #home: (string | undefined)[] = [];
  readonly #found: GraphGroup[] = [];
  readonly #taken = new Set<string>();
  /** Of each type: how well a block begins with it, and whether it is an activation. */
  readonly #types = new Map<string, {readonly begins: number; readonly activation: number}>();
  /** Of each attribute: whether it tells what a layer does to its input. */
  readonly #telling = new Map<string, boolean>();
  /** Of the level at work: the only item before and after each, by number; −1 where there are none or several. */
  readonly #before: Int32Array;
  readonly #after: Int32Array;

  constructor(readonly spec: GraphSpec, readonly tree: GraphTree) {
    this.#items = [...tree.nodes, ...tree.groups];
    tree.groups.forEach((item, i) => this.#groups.set(item, tree.size + i));
    this.#top = this.#items.length;
    this.#signature = new Int32Array(this.#top);
    this.#local = new Int32Array(this.#top);
    this.#before = new Int32Array(this.#top).fill(-1);
    this.#after = new Int32Array(this.#top).fill(-1);
    this.#home.length = this.#top;
  }

  #number(item: GraphItem): number {
    return item.kind === 'node' ? item.order : this.#groups.get(item)!;
  }

  *run(): Generator<number, GraphSpec> {
    const {tree, spec} = this;
    for (const {order, node} of tree.nodes) {
      this.#signature[order] = this.#interner.number(this.#signatureOf(node!));
      if (order % STEP === STEP - 1) yield 0.3 + (0.1 * order) / tree.size;
    }
    const edges = yield* this.#edgesWithin();
    // inner levels first: a group is an item of the level around it, by what is in it
    let work = 0;
    const levels = [...tree.groups.toReversed(), null];
    for (const group of levels) {
      const number = group ? this.#number(group) : this.#top;
      yield* this.#level(group, number, edges);
      work += (group ? group.children : tree.roots).length;
      if (work > CHUNK) {
        work = 0;
        yield 0.8;
      }
    }
    const homeOf = (item: GraphItem, own: string | undefined): string | undefined => this.#home[this.#number(item)] ?? own;
    const nodes: GraphNode[] = [];
    // nodes stand there first, as in the spec
    for (const item of tree.items.values()) {
      const {node} = item;
      if (!node) break;
      const group = homeOf(item, node.group);
      nodes.push(group === node.group ? node : {...node, group});
      if (nodes.length % STEP === 0) yield 0.9;
    }
    const groups = tree.groups.map((item) => {
      const parent = homeOf(item, item.group!.parent);
      return parent === item.group!.parent ? item.group! : {...item.group!, parent};
    });
    return {...spec, nodes, groups: [...groups, ...this.#found]};
  }

  /** Where each item's edges come from, as children of its own level. */
  *#edgesWithin(): Generator<number, Edges> {
    const {tree} = this;
    const top = this.#top;
    const parent = new Int32Array(top + 1).fill(top);
    const depth = new Int32Array(top + 1);
    // a shortcut up from each item, so that the way to where two meet takes log of their depth
    const jump = new Int32Array(top + 1).fill(top);
    const link = (number: number): void => {
      const item = this.#items[number]!;
      const up = item.parent ? this.#number(item.parent) : top;
      parent[number] = up;
      depth[number] = item.depth + 1;
      const far = jump[up]!;
      jump[number] = depth[up]! - depth[far]! === depth[far]! - depth[jump[far]!]! ? jump[far]! : up;
    };
    // outer groups come first, and nodes after all groups
    for (let i = tree.size; i < top; i++) link(i);
    for (let i = 0; i < tree.size; i++) link(i);
    const raise = (from: number, to: number): number => {
      let at = from;
      while (depth[at]! > to) at = depth[jump[at]!]! >= to ? jump[at]! : parent[at]!;
      return at;
    };
    const a: number[] = [];
    const b: number[] = [];
    for (let e = 0; e < tree.edges.length; e++) {
      if (tree.edges[e]!.kind === 'loop' || tree.edgeFrom[e] === tree.edgeTo[e]) continue;
      let p = raise(tree.edgeFrom[e]!, depth[tree.edgeTo[e]!]!);
      let q = raise(tree.edgeTo[e]!, depth[p]!);
      while (parent[p] !== parent[q]) {
        const jumps = jump[p] !== jump[q];
        p = jumps ? jump[p]! : parent[p]!;
        q = jumps ? jump[q]! : parent[q]!;
      }
      a.push(p);
      b.push(q);
      if (e % STEP === STEP - 1) yield 0.4 + (0.1 * e) / tree.edges.length;
    }
    return adjacency(top, b, a);
  }

  *#level(group: GraphItem | null, number: number, edges: Edges): Generator<number, void> {
    const children = (group ? group.children : this.tree.roots).map((item) => this.#number(item));
    if (!children.length) return;
    const local = this.#local;
    for (let i = 0; i < children.length; i++) local[children[i]!] = i;
    const starts = [0];
    const from: number[] = [];
    const to: number[] = [];
    for (let i = 0; i < children.length; i++) {
      for (let k = edges.start[children[i]!]!; k < edges.start[children[i]! + 1]!; k++) {
        from.push(local[edges.list[k]!]!);
        to.push(i);
      }
      starts.push(from.length);
    }
    const large = children.length > STEP;
    if (large) yield 0.5;
    const sequence = topologicalOrder(children.length, from, to);
    if (large) yield 0.5;
    const order = sourcesLate(sequence, {start: starts, list: from});
    if (large) yield 0.5;
    const sorted = order.map((child) => children[child]!);
    for (let i = 0; i < sorted.length; i++) local[sorted[i]!] = i;
    const start = [0];
    const list: number[] = [];
    for (let i = 0; i < sorted.length; i++) {
      const target = sorted[i]!;
      for (let k = edges.start[target]!; k < edges.start[target + 1]!; k++) {
        const source = edges.list[k]!;
        if (local[source]! >= i) continue;
        list.push(local[source]!);
        // the same two may be connected more than once
        this.#after[source] = this.#after[source] === -1 || this.#after[source] === target ? target : -2;
        this.#before[target] = this.#before[target] === -1 || this.#before[target] === source ? source : -2;
      }
      start.push(list.length);
    }
    const items = sorted.map((child) => this.#items[child]!);
    const level: Level = {
      size: sorted.length,
      signature: sorted.map((child) => this.#signature[child]!),
      weight: items.map(({count}) => count),
      group: items.map(({kind}) => (kind === 'group' ? 1 : 0)),
      begins: items.map(({node}) => (node ? this.#ofType(node.type).begins : 3)),
      activation: items.map(({node}) => (node ? this.#ofType(node.type).activation : 0)),
      start,
      list,
    };
    if (large) yield 0.5;
    if (group) this.#signature[number] = this.#interner.number(`${group.group!.type ?? ''}${yield* structureOfLevel(level, this.#interner)}`);
    const folds = yield* foldLevel(level, this.#interner);
    const name = (fold: Fold): Entry => this.#entry(fold, sorted);
    const named = folds.map(name);
    if (large) yield 0.7;
    const alike = this.#alike(named);
    if (large) yield 0.7;
    const rows = this.#chains(alike);
    if (large) yield 0.7;
    // what holds most of the graph is opened in a first picture
    const most = 2 * (group ?? {count: this.tree.size}).count >= this.tree.size ? FIRST : CHILDREN;
    yield* this.#emit(this.#split(rows, most), group?.group!.id);
  }

  #entry(fold: Fold, sorted: readonly number[]): Entry {
    if (typeof fold === 'number') return sorted[fold]!;
    const many = (folds: readonly Fold[]): Entry[] => [...this.#split(this.#chains(folds.map((part) => this.#entry(part, sorted))))];
    if (fold.kind === 'block') {
      const entries = many(fold.children);
      return {kind: 'block', label: blockName(this.#named(entries)), entries};
    }
    const blocks = fold.blocks.map((parts): Entry => {
      if (parts.length === 1) return this.#entry(parts[0]!, sorted);
      const entries = many(parts);
      return entries.length === 1 ? entries[0]! : {kind: 'block', label: blockName(this.#named(entries)), entries};
    });
    const first = blocks[0]!;
    const single = typeof first === 'number' && this.#items[first]!.kind === 'node';
    const label = single ? typesOf(this.#named([first])) : rangeName(this.#labelOf(first), this.#labelOf(blocks.at(-1)!));
    const entries = blocks.length === 2 ? blocks
      : [first, {kind: 'rest' as const, label: say('en', 'graphMore', {count: blocks.length - 1}), entries: this.#split(blocks.slice(1))}];
    return {kind: 'repeat', label, repeat: blocks.length, entries};
  }

  #labelOf(entry: Entry): string {
    if (typeof entry !== 'number') return entry.label;
    const {node, group} = this.#items[entry]!;
    return (node ?? group!).label;
  }

  /** The items of these entries, those in found groups among them, as far as names need them. */
  #named(entries: readonly Entry[]): Named[] {
    return entries.flatMap((entry) => {
      if (typeof entry !== 'number') return this.#named(entry.entries);
      const {node, group} = this.#items[entry]!;
      if (!node) return [{label: group!.label, type: group!.type ?? group!.label}];
      // an op of a scope that dissolved is better known by that scope: `p_re_lu_1/Relu`
      const from = node.group === undefined ? 0 : node.id.startsWith(node.group) && node.id[node.group.length] === '/' ? node.group.length + 1 : -1;
      return [{label: from >= 0 && node.id.endsWith(node.label) ? node.id.slice(from) : node.label, type: node.type}];
    });
  }

  /** Makes blocks of nodes that follow one another and have their names' beginning in common: `block_1_expand`, `block_1_pad`. */
  #alike(entries: readonly Entry[]): Entry[] {
    if (entries.length < ALIKE) return [...entries];
    const result: Entry[] = [];
    for (let i = 0; i < entries.length;) {
      let end = i;
      while (end < entries.length && typeof entries[end] === 'number' && this.#items[entries[end] as number]!.kind === 'node') end++;
      if (end === i) {
        result.push(entries[i++]!);
        continue;
      }
      const row = entries.slice(i, end);
      const named = this.#named(row);
      for (let at = 0; at < row.length;) {
        const count = alikeFrom(named, at);
        // a name that all have tells nothing
        if (count && count < 0.7 * entries.length) {
          const members = row.slice(at, at + count);
          result.push({kind: 'block', label: blockName(named.slice(at, at + count)), entries: members});
        } else result.push(...row.slice(at, at + Math.max(1, count)));
        at += Math.max(1, count);
      }
      i = end;
    }
    return result;
  }

  /** Cuts long rows of nodes, each the only one after the one before it, into groups. */
  #chains(entries: readonly Entry[]): Entry[] {
    if (entries.length < CHAIN) return [...entries];
    const here = new Set(entries);
    const isNode = (entry: Entry | undefined): entry is number => typeof entry === 'number' && entry < this.tree.size && here.has(entry);
    const next = (entry: number): number | undefined => {
      const after = this.#after[entry]!;
      return isNode(after) && this.#before[after] === entry ? after : undefined;
    };
    const groups = new Map<Entry, Found>();
    const inside = new Set<Entry>();
    for (const entry of entries) {
      if (!isNode(entry)) continue;
      const before = this.#before[entry]!;
      if (isNode(before) && next(before) === entry) continue;
      const row: number[] = [];
      for (let at: number | undefined = entry; at !== undefined; at = next(at)) row.push(at);
      if (row.length < CHAIN) continue;
      const size = Math.min(CHAIN_GROUP, Math.ceil(Math.sqrt(row.length)));
      for (let i = 0; i < row.length; i += size) {
        const part = row.slice(i, i + size);
        groups.set(part[0]!, {kind: 'chain', label: this.#span(part), entries: part});
        for (const member of part) inside.add(member);
      }
    }
    return entries.flatMap((entry) => groups.get(entry) ?? (inside.has(entry) ? [] : [entry]));
  }

  /** Splits a list that is too long, at places where names change if there are some. */
  #split(entries: readonly Entry[], most = CHILDREN): readonly Entry[] {
    let list = entries;
    while (list.length > most) {
      const parts: Entry[] = [];
      const size = Math.min(PART, Math.max(LEAST, Math.ceil(Math.sqrt(list.length))));
      for (let i = 0; i < list.length;) {
        let end = Math.min(list.length, i + size);
        if (end < list.length) {
          let least = Infinity;
          for (let at = end; at > i + size / 2; at--) {
            const same = shared(this.#labelOf(list[at - 1]!), this.#labelOf(list[at]!));
            if (same < least) {
              least = same;
              end = at;
            }
          }
        }
        const part = list.slice(i, end);
        parts.push(part.length === 1 ? part[0]! : {kind: 'part', label: this.#span(part), entries: part});
        i = end;
      }
      list = parts;
    }
    return list;
  }

  #span(entries: readonly Entry[]): string {
    return rangeName(this.#labelOf(entries[0]!), this.#labelOf(entries.at(-1)!));
  }

  /** Gives found groups their ids, and items the groups they lie in. */
  *#emit(all: readonly Entry[], parent: string | undefined): Generator<number, void> {
    const queue: [readonly Entry[], string | undefined][] = [[all, parent]];
    let done = 0;
    for (const [entries, id] of queue) {
      for (const entry of entries) {
        if (++done % STEP === 0) yield 0.8;
        if (typeof entry === 'number') {
          if (id !== undefined) this.#home[entry] = id;
          continue;
        }
        const {kind, label, repeat} = entry;
        const own = this.#newId(`${kind}:${this.#firstId(entry)}`);
        this.#found.push({id: own, label, kind, ...(id === undefined ? {} : {parent: id}), ...(repeat === undefined ? {} : {repeat})});
        queue.push([entry.entries, own]);
      }
    }
  }

  /** Type and what a layer does to its input, as a text. */
  #signatureOf({type, attributes, role}: GraphNode): string {
    const told: string[] = [];
    for (const key of Object.keys(attributes)) {
      let telling = this.#telling.get(key);
      if (telling === undefined) this.#telling.set(key, (telling = TELLING.test(key) && !BESIDE.test(key)));
      if (telling) told.push(key);
    }
    if (!told.length) return `${role ?? ''} ${type}`;
    return JSON.stringify([type, role ?? '', told.sort().map((key) => [key, attributes[key]])]);
  }

  #ofType(type: string): {readonly begins: number; readonly activation: number} {
    let known = this.#types.get(type);
    if (!known) {
      const activation = ACTIVATION.test(type) ? 1 : 0;
      this.#types.set(type, (known = {begins: WEIGHTED.test(type) ? 2 : activation || FOLLOWS.test(type) ? 0 : 1, activation}));
    }
    return known;
  }

  #firstId(found: Found): string {
    let at: Entry = found;
    while (typeof at !== 'number') at = at.entries[0]!;
    return this.#items[at]!.id;
  }

  #newId(wanted: string): string {
    let id = wanted;
    for (let n = 2; this.#taken.has(id) || this.tree.item(id); n++) id = `${wanted}~${n}`;
    this.#taken.add(id);
    return id;
  }
}

/** How many characters two texts begin with in common. */
function shared(a: string, b: string): number {
  let n = 0;
  while (n < 100 && n < a.length && a[n] === b[n]) n++;
  return n;
}

/** The same order with nodes that have no input put right before the first one that needs them. */
function sourcesLate(order: Int32Array, {start, list}: Edges): number[] {
  const feeds = new Uint8Array(order.length);
  for (let k = 0; k < list.length; k++) feeds[list[k]!] = 1;
  const isSource = (i: number): boolean => start[i] === start[i + 1] && feeds[i] === 1;
  const placed = new Uint8Array(order.length);
  const result: number[] = [];
  const put = (i: number): void => {
    if (placed[i]) return;
    placed[i] = 1;
    result.push(i);
  };
  for (const i of order) {
    if (isSource(i)) continue;
    for (let k = start[i]!; k < start[i + 1]!; k++) if (isSource(list[k]!)) put(list[k]!);
    put(i);
  }
  return result;
}
