import {say} from '../words/strings.js';
import type {GraphGroup, GraphNode, GraphSpec} from './types.js';

/** Groups that say something of the model by themselves, however little is in them. */
const KEPT = new Set<GraphGroup['kind']>(['model', 'wrapper', 'function']);
/** Longest row of names that a merged label spells out. */
const NAMES = 4;

interface Work {
  readonly group: GraphGroup;
  parent: Work | null;
  names: string[];
  nodes: number;
  /** Groups in it that are left, and the last of them to be added. */
  groups: Set<Work>;
  alive: boolean;
}

/**
 * Mends and thins out a spec's groups: parents that are unknown or in a ring, nodes' groups that are unknown, and second
 * nodes and groups of the same id are mended with a remark; empty groups go, a group with nothing but one group in it
 * becomes one with that, and a group of one node dissolves. Nested models, wrappers and function bodies stay.
 */
export function tidyGroups(spec: GraphSpec): GraphSpec {
  const remarks = [...(spec.remarks ?? [])];
  const works = new Map<string, Work>();
  for (const group of spec.groups) {
    if (works.has(group.id)) remarks.push(say('en', 'graphGroupTwice', {name: brief(group.id)}));
    else works.set(group.id, {group, parent: null, names: [group.label], nodes: 0, groups: new Set(), alive: true});
  }
  let lost = 0;
  for (const work of works.values()) {
    const {parent} = work.group;
    work.parent = (parent !== undefined && works.get(parent)) || null;
    if (parent !== undefined && !work.parent) lost++;
  }
  const rings = openRings([...works.values()]);
  if (rings) remarks.push(say('en', 'graphGroupRing', {count: rings}));

  const seen = new Set<string>();
  const nodes: GraphNode[] = [];
  for (const node of spec.nodes) {
    if (seen.has(node.id)) {
      remarks.push(say('en', 'graphNodeTwice', {name: brief(node.id)}));
      continue;
    }
    seen.add(node.id);
    nodes.push(node);
    if (node.group === undefined) continue;
    const work = works.get(node.group);
    if (work) work.nodes++;
    else lost++;
  }
  if (lost) remarks.push(say('en', 'graphGroupLost', {count: lost}));

  for (const work of works.values()) work.parent?.groups.add(work);
  // from the innermost outwards
  const order = [...works.values()].filter(({groups}) => !groups.size);
  const left = new Map([...works.values()].map((work) => [work, work.groups.size]));
  for (let i = 0; i < order.length; i++) {
    const {parent} = order[i]!;
    if (!parent) continue;
    left.set(parent, left.get(parent)! - 1);
    if (!left.get(parent)) order.push(parent);
  }
  for (const work of order) {
    const {parent, groups} = work;
    const only = groups.size === 1 ? [...groups][0]! : undefined;
    const kept = KEPT.has(work.group.kind);
    if (work.nodes + groups.size === 0 || (work.nodes === 1 && !groups.size && !kept)) {
      work.alive = false;
      if (parent) {
        parent.groups.delete(work);
        parent.nodes += work.nodes;
      }
    } else if (only && !work.nodes && !kept && !KEPT.has(only.group.kind)) {
      work.alive = false;
      only.parent = parent;
      only.names.push(...work.names);
      parent?.groups.delete(work);
      parent?.groups.add(only);
    }
  }
  // a node's group that is gone: the next one out that is not
  const home = new Map<Work, Work | null>();
  for (const work of order.toReversed()) {
    const {parent} = work;
    home.set(work, work.alive ? work : parent && (parent.alive ? parent : home.get(parent) ?? null));
  }
  return {
    ...spec,
    nodes: nodes.map((node) => {
      if (node.group === undefined) return node;
      const work = works.get(node.group);
      const group = work && home.get(work)?.group.id;
      return group === node.group ? node : {...node, group};
    }),
    groups: [...works.values()].filter(({alive}) => alive).map(({group, parent, names}) => {
      const outer = parent?.group.id;
      return outer === group.parent && names.length === 1 ? group : {...group, label: labelOf(names.toReversed()), parent: outer};
    }),
    ...(remarks.length ? {remarks} : {}),
  };
}

function labelOf(names: readonly string[]): string {
  return names.length > NAMES ? `${names[0]}/…/${names.at(-1)}` : names.join('/');
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Takes the parent from one group of each ring of parents. */
function openRings(works: readonly Work[]): number {
  const walkOf = new Map<Work, number>();
  let rings = 0;
  works.forEach((work, walk) => {
    let at: Work | null = work;
    for (; at && !walkOf.has(at); at = at.parent) walkOf.set(at, walk);
    if (at && walkOf.get(at) === walk) {
      at.parent = null;
      rings++;
    }
  });
  return rings;
}
