import type {GraphSpec} from './types.js';

/** A sum of what is known, and of how many nodes it is unknown. */
export interface Total {
  readonly sum: number;
  readonly unknown: number;
}

/** What the nodes of one type come to. */
export interface TypeTotals {
  readonly type: string;
  readonly nodes: number;
  readonly params: Total;
  readonly macs: Total;
  readonly activationBytes: Total;
}

/** What a graph comes to. */
export interface Totals extends Omit<TypeTotals, 'type'> {
  /** Parameters that training changes, and those that it doesn't, of nodes that tell. */
  readonly trainableParams: number;
  readonly frozenParams: number;
  /** The most frequent first, equally frequent ones by name. */
  readonly types: readonly TypeTotals[];
}

const KEYS = ['params', 'macs', 'activationBytes'] as const;

type Sum = {sum: number; unknown: number};

function zero(): {nodes: number; params: Sum; macs: Sum; activationBytes: Sum} {
  return {nodes: 0, params: {sum: 0, unknown: 0}, macs: {sum: 0, unknown: 0}, activationBytes: {sum: 0, unknown: 0}};
}

/** Adds up a graph's nodes. Shared weights count once, as further calls of a layer have none of their own. */
export function totalsOf(spec: GraphSpec): Totals {
  const all = zero();
  const byType = new Map<string, ReturnType<typeof zero>>();
  let trainableParams = 0;
  let frozenParams = 0;
  for (const node of spec.nodes) {
    let ofType = byType.get(node.type);
    if (!ofType) byType.set(node.type, (ofType = zero()));
    for (const total of [all, ofType]) {
      total.nodes++;
      for (const key of KEYS) {
        if (node[key] === null) total[key].unknown++;
        else total[key].sum += node[key];
      }
    }
    if (node.trainable === null || node.params === null) continue;
    // moving statistics of a layer that is trained
    const fixed = node.trainable ? node.nonTrainableParams ?? 0 : node.params;
    frozenParams += fixed;
    trainableParams += node.params - fixed;
  }
  const types = [...byType].map(([type, total]) => ({type, ...total}));
  types.sort((a, b) => b.nodes - a.nodes || (a.type < b.type ? -1 : 1));
  return {...all, trainableParams, frozenParams, types};
}
