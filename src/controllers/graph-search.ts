import {findAll} from '../graph/query.js';
import type {GraphTree} from '../graph/tree.js';

/** What a query finds in a graph, and which of it one stands at. */
export class GraphSearch {
  tree: GraphTree | null = null;
  /** Ids in topological order; `null` without a query. */
  found: readonly string[] | null = null;
  /** Place in `found`; -1 before the first. */
  at = -1;

  /** @throws Problem for a query that cannot be read */
  find(tree: GraphTree | null, query: string): void {
    this.tree = tree;
    this.found = null;
    this.at = -1;
    if (tree && query.trim()) this.found = findAll(tree, query);
  }

  /** The next one found, or the one before; round at the ends. */
  step(by: 1 | -1): string | null {
    const {found} = this;
    if (!found?.length) return null;
    this.at = this.at < 0 && by < 0 ? found.length - 1 : (this.at + by + found.length) % found.length;
    return found[this.at]!;
  }
}
