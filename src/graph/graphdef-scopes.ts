import type {Body} from './graphdef-ops.js';
import type {GraphGroup} from './types.js';

/** Scopes deeper than that, and beyond so many characters of a name, lie in the last that counts. */
const DEEPEST = 64;
const LONGEST = 4096;

/**
 * The groups of a graph: name scopes, and bodies of functions. A group's id is its path with a `/` at its end, so that it
 * is never an op's: `block` may be an op and `block/` a scope.
 */
export class Scopes {
  readonly #groups = new Map<string, GraphGroup>();
  readonly #bodies: ReadonlyMap<string, Body>;
  /** The group of a caller, for the body of a function. */
  readonly #lastOf = new Map<string, string | undefined>();

  constructor(bodies: readonly Body[]) {
    this.#bodies = new Map(bodies.map((body) => [body.prefix, body]));
  }

  /** The innermost group of the op with this id; `prefix` is the function body that it lies in. */
  groupOf(id: string, prefix: string): string | undefined {
    const slash = id.lastIndexOf('/', Math.min(id.length, prefix.length + LONGEST));
    if (slash < 0) return undefined;
    const path = id.slice(0, slash + 1);
    const known = this.#lastOf.get(path);
    if (known !== undefined) return known;
    let parent = prefix ? this.#body(prefix) : undefined;
    let from = prefix.length;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const at = path.indexOf('/', from);
      if (at < 0) break;
      const scope = path.slice(0, at + 1);
      if (!this.#groups.has(scope)) this.#groups.set(scope, {id: scope, label: path.slice(from, at) || '/', kind: 'scope', ...(parent && {parent})});
      parent = scope;
      from = at + 1;
    }
    this.#lastOf.set(path, parent);
    return parent;
  }

  #body(prefix: string): string {
    if (!this.#groups.has(prefix)) {
      const {caller, label} = this.#bodies.get(prefix)!;
      const parent = this.groupOf(caller.id, caller.prefix);
      this.#groups.set(prefix, {id: prefix, label, kind: 'function', type: caller.type, ...(parent && {parent})});
    }
    return prefix;
  }

  all(): GraphGroup[] {
    return [...this.#groups.values()];
  }
}
