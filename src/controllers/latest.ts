/** Runs one task at a time, the newest: starting another, or `abort`, ends the one before through its signal. */
export class Latest {
  #controller: AbortController | undefined;

  /**
   * Starts `task` and aborts the one before it.
   * @returns the task's result, or `undefined` as soon as it is aborted (even if it goes on or fails)
   */
  async run<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    this.abort();
    const controller = (this.#controller = new AbortController());
    const {signal} = controller;
    try {
      // a task may not heed its signal, or late: nobody waits for it then
      const result = await Promise.race([task(signal), new Promise<undefined>((end) => signal.addEventListener('abort', () => end(undefined)))]);
      return signal.aborted ? undefined : result;
    } catch (error) {
      if (signal.aborted) return undefined;
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
