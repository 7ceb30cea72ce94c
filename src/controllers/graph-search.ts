import {runSliced} from '../compute/slices.js';
import {findSteps} from '../graph/query.js';
import type {GraphTree} from '../graph/tree.js';
import {Latest} from './latest.js';

/** What a query finds in a graph, and which of it one stands at. */
export class GraphSearch {
  /** Ids in topological order; `null` without a query. */
  found: readonly string[] | null = null;
  /** Place in `found`; -1 before the first. */
  at = -1;
  readonly #latest = new Latest();

  /**
   * Looks for a query in a graph.
   * @returns false where a newer query has taken its place; rejects with a Problem for a query that cannot be read
   */
  async find(tree: GraphTree | null, query: string): Promise<boolean> {
    this.clear();
    if (!tree || !query.trim()) return true;
    const found = await this.#latest.run((signal) => runSliced(findSteps(tree, query), {signal}));
    if (!found) return false;
    this.found = found;
    return true;
  }

  clear(): void {
    this.#latest.abort();
    this.found = null;
    this.at = -1;
  }

  /** The next one found, or the one before; round at the ends. */
  step(by: 1 | -1): string | null {
    const {found} = this;
    if (!found?.length) return null;
    this.at = this.at < 0 && by < 0 ? found.length - 1 : (this.at + by + found.length) % found.length;
    return found[this.at]!;
  }
}
