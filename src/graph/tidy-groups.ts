import {say} from '../words/graph.js';
import type {GraphGroup, GraphNode, GraphSpec} from './types.js';

/** Groups that say something of the model by themselves, however little is in them. */
const KEPT = new Set<GraphGroup['kind']>(['model', 'wrapper', 'function']);
/** Longest row of names that a merged label spells out. */
const NAMES = 4;
const STEP = 5000;
/** Remarks on single names, before they are only counted. */
const NAMED = 5;

/**
 * Mends and thins out a spec's groups: parents that are unknown or in a ring, nodes' groups that are unknown, and second
 * nodes and groups of the same id are mended with a remark; empty groups go, a group with nothing but one group in it
 * becomes one with that, and a group of one node dissolves. Nested models, wrappers and function bodies stay.
 * @returns by steps with the share done
 */
export function* tidySteps(spec: GraphSpec): Generator<number, GraphSpec> {
  const remarks = [...(spec.remarks ?? [])];
  let twice = 0;
  const remarkTwice = (key: 'graphGroupTwice' | 'graphNodeTwice', id: string): void => {
    if (twice++ < NAMED) remarks.push(say('en', key, {name: id.length > 60 ? `${id.slice(0, 59)}…` : id}));
    else if (twice === NAMED + 1) remarks.push('…');
  };
  const numbers = new Map<string, number>();
  const groups: GraphGroup[] = [];
  for (const group of spec.groups) {
    if (numbers.has(group.id)) remarkTwice('graphGroupTwice', group.id);
    else numbers.set(group.id, groups.push(group) - 1);
  }
  const size = groups.length;
  const parent = new Int32Array(size);
  let lost = 0;
  groups.forEach((group, g) => {
    parent[g] = group.parent === undefined ? -1 : numbers.get(group.parent) ?? -1;
    if (group.parent !== undefined && parent[g] < 0) lost++;
  });
  const rings = openRings(parent);
  if (rings) remarks.push(say('en', 'graphGroupRing', {count: rings}));
  if (size > STEP) yield 0.02;

  const seen = new Set<string>();
  const nodes: GraphNode[] = [];
  const nodesIn = new Int32Array(size);
  /** Of each node; −1 at the top. */
  const own: number[] = [];
  for (const node of spec.nodes) {
    // it grows by what is new
    if (seen.size === seen.add(node.id).size) {
      remarkTwice('graphNodeTwice', node.id);
      continue;
    }
    const g = node.group === undefined ? -1 : numbers.get(node.group) ?? -1;
    if (g >= 0) nodesIn[g]!++;
    else if (node.group !== undefined) lost++;
    own.push(g);
    if (nodes.push(node) % STEP === 0) yield 0.04;
  }
  if (lost) remarks.push(say('en', 'graphGroupLost', {count: lost}));

  const groupsIn = new Int32Array(size);
  /** Exclusive or of the groups in each: of the only one, its number. */
  const mixed = new Int32Array(size);
  for (let g = 0; g < size; g++) {
    const p = parent[g]!;
    if (p < 0) continue;
    groupsIn[p]!++;
    mixed[p]! ^= g;
  }
  // from the innermost outwards
  const order: number[] = [];
  const left = groupsIn.slice();
  for (let g = 0; g < size; g++) if (!left[g]) order.push(g);
  for (let i = 0; i < order.length; i++) {
    const p = parent[order[i]!]!;
    if (p >= 0 && --left[p]! === 0) order.push(p);
  }
  if (size > STEP) yield 0.06;
  const gone = new Uint8Array(size);
  /** Labels of the groups around a group that became one with it, the innermost first. */
  const around = new Map<number, string[]>();
  const leave = (g: number): void => {
    const p = parent[g]!;
    gone[g] = 1;
    if (p < 0) return;
    groupsIn[p]!--;
    mixed[p]! ^= g;
  };
  for (const g of order) {
    const kept = KEPT.has(groups[g]!.kind);
    const p = parent[g]!;
    if (nodesIn[g]! + groupsIn[g]! === 0 || (nodesIn[g] === 1 && !groupsIn[g] && !kept)) {
      leave(g);
      if (p >= 0) nodesIn[p]! += nodesIn[g]!;
      continue;
    }
    const only = mixed[g]!;
    if (groupsIn[g] !== 1 || nodesIn[g] || kept || KEPT.has(groups[only]!.kind)) continue;
    leave(g);
    parent[only] = p;
    if (p >= 0) {
      groupsIn[p]!++;
      mixed[p]! ^= only;
    }
    const names = around.get(only);
    if (names) names.push(groups[g]!.label);
    else around.set(only, [groups[g]!.label]);
  }
  // a node's group that is gone: the next one out that is not
  const home = new Int32Array(size);
  for (let i = order.length - 1; i >= 0; i--) {
    const g = order[i]!;
    home[g] = gone[g] ? (parent[g]! < 0 ? -1 : home[parent[g]!]!) : g;
  }
  if (size > STEP) yield 0.08;
  const moved: GraphNode[] = [];
  for (const node of nodes) {
    const id = groups[home[own[moved.length]!]!]?.id;
    if (moved.push(id === node.group ? node : {...node, group: id}) % STEP === 0) yield 0.1;
  }
  const stay = groups.flatMap((group, g): GraphGroup[] => {
    if (gone[g]) return [];
    const outer = groups[parent[g]!]?.id;
    const names = around.get(g);
    return [outer === group.parent && !names ? group : {...group, label: labelOf([...(names ?? []).toReversed(), group.label]), parent: outer}];
  });
  return {...spec, nodes: moved, groups: stay, ...(remarks.length ? {remarks} : {})};
}

function labelOf(names: readonly string[]): string {
  return names.length > NAMES ? `${names[0]}/…/${names.at(-1)}` : names.join('/');
}

/** Takes the parent from one group of each ring of parents; tells how many rings there were. */
function openRings(parent: Int32Array): number {
  const walkOf = new Int32Array(parent.length).fill(-1);
  let rings = 0;
  for (let walk = 0; walk < parent.length; walk++) {
    let at = walk;
    for (; at >= 0 && walkOf[at]! < 0; at = parent[at]!) walkOf[at] = walk;
    if (at >= 0 && walkOf[at] === walk) {
      parent[at] = -1;
      rings++;
    }
  }
  return rings;
}
