/** Runs one task at a time, the newest: starting another, or `abort`, ends the one before through its signal. */
export class Latest {
  #controller: AbortController | undefined;

  /**
   * Starts `task` and aborts the one before it.
   * @returns the task's result, or `undefined` if a newer task took its place (even if this one failed)
   */
  async run<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    this.abort();
    const controller = (this.#controller = new AbortController());
    try {
      const result = await task(controller.signal);
      return controller.signal.aborted ? undefined : result;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    } finally {
      if (this.#controller === controller) this.#controller = undefined;
    }
  }

  get running(): boolean {
    return this.#controller !== undefined;
  }

  abort(): void {
    this.#controller?.abort(new DOMException('Superseded by newer input', 'AbortError'));
    this.#controller = undefined;
  }
}
