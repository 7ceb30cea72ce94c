import type {Shape} from './types.js';
import type {GraphItem, GraphTree} from './tree.js';

/** A box of a level: a node, a closed group, or an open group, which has been laid out before and has ports. */
export interface LevelBox {
  readonly item: GraphItem;
  readonly open: boolean;
  readonly width: number;
  readonly height: number;
  /** Where edges enter and leave an open group, from its left; in the order of its level's `ins` and `outs`. */
  readonly ins: readonly number[];
  readonly outs: readonly number[];
}

/** One line of a level; it stands for all connections that run the same way. */
export interface LevelEdge {
  /** Place among the boxes; -1 is the level's own border. */
  readonly from: number;
  readonly to: number;
  /** Which port of an open group, or of the border: a place in its `outs` or `ins`. -1 for none. */
  readonly fromPort: number;
  readonly toPort: number;
  readonly kind: 'data' | 'control' | 'loop' | 'state';
  /** What it carries, where all connections carry the same. */
  shape: Shape | null;
  /** How many connections it stands for. */
  count: number;
  /** The visible boxes that it connects: source and target id in turn. */
  readonly ends: string[];
}

/** What is laid out at once: the inside of one open group, or (`group` null) the whole graph's top. */
export interface Level {
  readonly group: GraphItem | null;
  readonly children: readonly GraphItem[];
  readonly edges: readonly LevelEdge[];
  /** How many lines come in from outside, and go out. */
  readonly ins: number;
  readonly outs: number;
}

/** What is to be laid out. */
export interface Levels {
  /** Innermost first. */
  readonly levels: readonly Level[];
  /**
   * Source and target id of connections that are left out of the layout: small values (a size, a flag) that go to many
   * places. Their lines would cover the drawing and tell nothing of its structure; they are drawn when pointed at.
   */
  readonly quiet: readonly (readonly [from: string, to: string])[];
}

/** A value of at most so many elements that goes to at least so many boxes is quiet. */
const QUIET = {elements: 16, targets: 8} as const;

/** More ports than this on a side of an open group share one. */
const MAX_PORTS = 16;
/** Connections looked at between two yields. */
const CHUNK = 10_000;

interface Draft {
  readonly group: GraphItem | null;
  readonly children: readonly GraphItem[];
  readonly place: Map<GraphItem, number>;
  readonly edges: Map<string, LevelEdge>;
  readonly ins: Map<string, number>;
  readonly outs: Map<string, number>;
}

interface Connection {
  readonly from: GraphItem;
  readonly to: GraphItem;
  readonly kind: LevelEdge['kind'];
  shape: Shape | null;
  count: number;
}

/**
 * Splits what is visible into levels, one for each open group and one for the top, innermost first. A connection that
 * crosses the borders of open groups becomes a line in each level that it runs through, joined at ports.
 * @param open ids of the open groups
 * @yields share done
 */
export function* levelSteps(tree: GraphTree, open: ReadonlySet<string>): Generator<number, Levels> {
  const drafts = new Map<GraphItem | null, Draft>();
  /** By place of nodes. */
  const shownAs: GraphItem[] = [...tree.nodes];
  const stack: {item: GraphItem | null; closed: GraphItem | null}[] = [{item: null, closed: null}];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const {item, closed} = next;
    const children = item ? item.children : tree.roots;
    if (!closed) {
      drafts.set(item, {group: item, children, place: new Map(children.map((c, i) => [c, i])), edges: new Map(), ins: new Map(), outs: new Map()});
    }
    for (const child of children) {
      if (child.kind === 'node') shownAs[child.order] = closed ?? child;
      else stack.push({item: child, closed: closed ?? (open.has(child.id) ? null : child)});
    }
  }
  const connections = new Map<string, Connection>();
  let n = 0;
  for (; n < tree.edges.length; n++) {
    if (n % CHUNK === CHUNK - 1) yield n / tree.edges.length / 2;
    const edge = tree.edges[n]!;
    const from = shownAs[tree.edgeFrom[n]!]!;
    const to = shownAs[tree.edgeTo[n]!]!;
    if (from === to) continue;
    const kind = edge.kind ?? 'data';
    const key = `${kind} ${numberOf(from)} ${numberOf(to)}`;
    const known = connections.get(key);
    if (!known) {
      connections.set(key, {from, to, kind, shape: edge.shape ?? null, count: 1});
    } else {
      known.count++;
      if (String(known.shape) !== String(edge.shape ?? null)) known.shape = null;
    }
  }
  const quiet = quietOf(connections);
  for (const c of connections.values()) route(drafts, c, false);
  for (const draft of drafts.values()) {
    for (const side of [draft.ins, draft.outs]) if (side.size > MAX_PORTS) for (const key of side.keys()) side.set(key, 0);
  }
  for (const c of connections.values()) {
    if (++n % CHUNK === 0) yield 0.75;
    route(drafts, c, true);
  }
  const depth = (d: Draft): number => (d.group ? d.group.depth + 1 : 0);
  const levels = [...drafts.values()]
    .sort((a, b) => depth(b) - depth(a))
    .map(({group, children, edges, ins, outs}) => ({group, children, edges: [...edges.values()], ins: portsOf(ins), outs: portsOf(outs)}));
  return {levels, quiet};
}

/** Takes the quiet ones out of the connections. */
function quietOf(connections: Map<string, Connection>): [string, string][] {
  const bySource = new Map<GraphItem, string[]>();
  for (const [key, {from, shape, kind}] of connections) {
    if (kind !== 'data' || !shape || shape.reduce<number>((n, size) => n * (size ?? Infinity), 1) > QUIET.elements) continue;
    const keys = bySource.get(from);
    if (keys) keys.push(key);
    else bySource.set(from, [key]);
  }
  const quiet: [string, string][] = [];
  for (const keys of bySource.values()) {
    if (keys.length < QUIET.targets) continue;
    for (const key of keys) {
      const {from, to} = connections.get(key)!;
      quiet.push([from.id, to.id]);
      connections.delete(key);
    }
  }
  return quiet;
}

const portsOf = (side: ReadonlyMap<string, number>): number => new Set(side.values()).size;

const numbers = new WeakMap<GraphItem, number>();
let count = 0;

/** A short name for an item, where its id may be megabytes long. */
export function numberOf(item: GraphItem): number {
  let n = numbers.get(item);
  if (n === undefined) numbers.set(item, (n = ++count));
  return n;
}

/** Follows a connection through the levels: first to name the ports, then to draw its lines. */
function route(drafts: ReadonlyMap<GraphItem | null, Draft>, c: Connection, draw: boolean): void {
  const port = (side: Map<string, number>): number => {
    // all lines of one source share a port: they carry the same
    const key = `${c.kind} ${numberOf(c.from)}`;
    if (!side.has(key)) side.set(key, side.size);
    return side.get(key)!;
  };
  const add = (draft: Draft, from: GraphItem | null, to: GraphItem | null): void => {
    const fromPort = from ? (drafts.has(from) ? port(drafts.get(from)!.outs) : -1) : port(draft.ins);
    const toPort = to ? (drafts.has(to) ? port(drafts.get(to)!.ins) : -1) : port(draft.outs);
    if (!draw) return;
    const [a, b] = [from ? draft.place.get(from)! : -1, to ? draft.place.get(to)! : -1];
    const key = `${a} ${fromPort} ${b} ${toPort} ${c.kind}`;
    const known = draft.edges.get(key);
    if (known) {
      known.count += c.count;
      if (String(known.shape) !== String(c.shape)) known.shape = null;
      known.ends.push(c.from.id, c.to.id);
    } else {
      draft.edges.set(key, {from: a, to: b, fromPort, toPort, kind: c.kind, shape: c.shape, count: c.count, ends: [c.from.id, c.to.id]});
    }
  };
  let x = c.from;
  let y = c.to;
  while (x.parent !== y.parent) {
    if (x.depth >= y.depth) {
      add(drafts.get(x.parent)!, x, null);
      x = x.parent!;
    } else {
      add(drafts.get(y.parent)!, null, y);
      y = y.parent!;
    }
  }
  if (x !== y) add(drafts.get(x.parent)!, x, y);
}
