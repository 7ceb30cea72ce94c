import {adjacency, type GraphTree} from './tree.js';

/** Ids of all nodes whose data a node depends on; of a group, those that any of its nodes depends on. Without itself. */
export function ancestors(tree: GraphTree, id: string): Set<string> {
  return reach(tree, id, tree.edgeTo, tree.edgeFrom);
}

/** Ids of all nodes that depend on the data of a node, or of any node of a group. Without itself. */
export function descendants(tree: GraphTree, id: string): Set<string> {
  return reach(tree, id, tree.edgeFrom, tree.edgeTo);
}

/** Ids of all nodes on ways through a node or group: it, what it depends on, and what depends on it. */
export function traceBoth(tree: GraphTree, id: string): Set<string> {
  const ids = ancestors(tree, id);
  for (const item of tree.leaves(id)) ids.add(item.id);
  for (const other of descendants(tree, id)) ids.add(other);
  return ids;
}

/** Follows edges from `a` to `b`, all but those that order without data. */
function reach(tree: GraphTree, id: string, a: Int32Array, b: Int32Array): Set<string> {
  const starts = tree.leaves(id).map(({order}) => order);
  if (!starts.length) return new Set();
  const data = tree.edges.map((_, e) => e).filter((e) => tree.edges[e]!.kind !== 'control');
  const {start, list} = adjacency(tree.size, data.map((e) => a[e]!), data.map((e) => b[e]!));
  const seen = new Uint8Array(tree.size);
  for (const at of starts) seen[at] = 1;
  const queue = [...starts];
  for (let i = 0; i < queue.length; i++) {
    for (let k = start[queue[i]!]!; k < start[queue[i]! + 1]!; k++) {
      const next = list[k]!;
      if (seen[next]) continue;
      seen[next] = 1;
      queue.push(next);
    }
  }
  return new Set(queue.slice(starts.length).map((at) => tree.nodes[at]!.id));
}
