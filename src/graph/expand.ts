import type {GraphItem, GraphTree} from './tree.js';

/** How many boxes a first picture should have. */
export interface ExpandLimits {
  readonly min?: number;
  readonly max?: number;
}

const MIN = 20;
const MAX = 150;
/** Types of nodes that say nothing of an architecture. */
const TRIVIAL = /^(Identity|IdentityN|Placeholder|PlaceholderWithDefault|NoOp|Const|InputLayer|_Arg|_Retval)$/;

/** Whether what a group holds is already told by what stands beside it: the second of two equal blocks, a row of nodes. */
function isFolded({group, parent, order}: GraphItem): boolean {
  const kind = group?.kind;
  return kind === 'rest' || kind === 'part' || kind === 'chain' || (parent?.group?.kind === 'repeat' && order !== parent.order);
}

function isTrivial({node}: GraphItem): boolean {
  return node !== undefined && (node.role !== undefined || TRIVIAL.test(node.type));
}

/** Groups that open along with one, so that opening it shows something: the only group in it, the first of equal blocks. */
function opening(group: GraphItem): GraphItem[] {
  const opened = [group];
  for (let at: GraphItem | undefined = group; at;) {
    const groups: GraphItem[] = at.children.filter(({kind}) => kind === 'group');
    const alone: boolean = groups.length === 1 && at.children.every((child) => child.kind === 'group' || isTrivial(child));
    const inner: GraphItem | undefined = at.group?.kind === 'repeat' ? at.children[0] : alone ? groups[0] : undefined;
    at = inner?.kind === 'group' && inner.group?.kind !== 'rest' ? inner : undefined;
    if (at) opened.push(at);
  }
  return opened;
}

/** How many more boxes there are when these, each in the one before it, open. */
function added(opened: readonly GraphItem[]): number {
  return opened.reduce((sum, {children}) => sum + children.length - 1, 0);
}

/**
 * The groups to open for a first picture that tells the architecture, as ids of tree items.
 *
 * Wrappers are passed through: a group with nothing but trivial nodes beside it. Then groups open depth by depth, as long
 * as there are not more boxes than `max`. Where a depth would be too much, only those of its groups open which add the
 * fewest boxes for the most nodes, until a third of the way from `min` to `max`. What holds more than half of all nodes
 * opens even beyond `max`, up to 150 boxes. A repeat opens with its first block; its
 * other blocks, parts and rows of single nodes open only where there are fewer boxes than `min` without them. A graph of
 * fewer nodes than `min` opens altogether.
 */
export function autoExpand(tree: GraphTree, {min = MIN, max = MAX}: ExpandLimits = {}): Set<string> {
  if (tree.size < min) return expandTo(tree, 'all');
  const open = new Set<string>();
  const enough = min + (max - min) / 3;
  let visible = tree.roots.length;
  let waiting: GraphItem[] = tree.roots.filter(({kind, count}) => kind === 'group' && count > 0);
  const show = (opened: readonly GraphItem[], next: GraphItem[]): void => {
    visible += added(opened);
    for (const group of opened) open.add(group.id);
    for (const group of opened) for (const child of group.children) if (child.kind === 'group' && child.count > 0 && !open.has(child.id)) next.push(child);
  };
  const deferred: GraphItem[] = [];
  while (waiting.length) {
    const next: GraphItem[] = [];
    const level = waiting.filter((group) => !isFolded(group)).map((group) => {
      const opened = opening(group);
      return {group, opened, more: added(opened)};
    });
    level.sort((a, b) => a.more - b.more || b.group.count - a.group.count || a.group.order - b.group.order);
    // all of a level or, so that equals look equal, only as much of it as is needed
    const fits = visible + level.reduce((sum, {more}) => sum + more, 0) <= max;
    for (const {group, opened, more} of level) {
      // while one group holds most of the model, the rest is not what the model is
      const most = group.count * 2 > tree.size;
      if (visible + more <= (most ? Math.max(max, MAX) : max) && (fits || most || visible < enough)) show(opened, next);
    }
    deferred.push(...waiting.filter(isFolded));
    waiting = next;
  }
  // what was left folded, as long as the picture says little
  for (let i = 0; i < deferred.length && visible < min; i++) {
    const opened = opening(deferred[i]!);
    if (visible + added(opened) <= max) show(opened, deferred);
  }
  return open;
}

/** The groups to open so that everything down to a depth is seen; 0 opens none. */
export function expandTo(tree: GraphTree, depth: number | 'all'): Set<string> {
  const open = new Set<string>();
  for (const group of tree.groups) if (depth === 'all' || group.depth < depth) open.add(group.id);
  return open;
}

/** What stands there when these groups are open: closed groups, and nodes whose groups are all open; in order, those of a group together. */
export function visibleItems(tree: GraphTree, open: ReadonlySet<string>): GraphItem[] {
  const seen: GraphItem[] = [];
  const stack = tree.roots.toReversed();
  for (let item = stack.pop(); item; item = stack.pop()) {
    if (item.kind === 'node' || !open.has(item.id)) seen.push(item);
    else for (let i = item.children.length - 1; i >= 0; i--) stack.push(item.children[i]!);
  }
  return seen;
}

/** The groups around an item, the outermost first. */
export function ancestorsOf(item: GraphItem): GraphItem[] {
  const around: GraphItem[] = [];
  for (let at = item.parent; at; at = at.parent) around.push(at);
  return around.reverse();
}
