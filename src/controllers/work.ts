/**
 * Counts what is under way in an element, for `renderComplete`: a new promise per piece of work, which always resolves.
 */
export class Work {
  #held = new Set<symbol>();
  #done = Promise.resolve();
  #resolve: (() => void) | undefined;

  /** Resolves when nothing is under way; an idle element's is resolved already. */
  get complete(): Promise<void> {
    return this.#done;
  }

  /** Notes that work has begun; call the returned function (once or more) when it has ended, however it ended. */
  hold(what: string): () => void {
    const token = Symbol(what);
    if (!this.#held.size && !this.#resolve) this.#done = new Promise((resolve) => (this.#resolve = resolve));
    this.#held.add(token);
    return () => {
      if (!this.#held.delete(token) || this.#held.size) return;
      // one turn later, so that work which follows at once belongs to the same piece
      queueMicrotask(() => !this.#held.size && this.release());
    };
  }

  /** Ends the piece of work as it stands: the element was removed or hidden. */
  release(): void {
    this.#held.clear();
    this.#resolve?.();
    this.#resolve = undefined;
  }
}
