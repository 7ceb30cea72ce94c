/** Told while bytes come in: so many, of how many (0: not known). */
export type Progress = (loaded: number, total: number) => void;

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  readonly listeners: Set<Progress>;
  waiting: number;
}

/** Work that is done once for all who ask for it at the same time, and aborted when the last of them gives up. */
export class Flights<T> {
  readonly #flying = new Map<string, Flight<T>>();

  /**
   * Waits for the work of a key; where none is under way, it is started.
   * @returns rejects with the work's error, or with the signal's reason as soon as that aborts
   */
  async join(key: string, start: (signal: AbortSignal, tell: Progress) => Promise<T>, signal?: AbortSignal, onProgress?: Progress): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flying.get(key) ?? this.#begin(key, start);
    const listener: Progress = (loaded, total) => onProgress?.(loaded, total);
    flight.listeners.add(listener);
    flight.waiting++;
    try {
      return await unlessAborted(flight.promise, signal);
    } finally {
      flight.listeners.delete(listener);
      if (!--flight.waiting && signal?.aborted) {
        this.#end(key, flight);
        flight.abort.abort();
      }
    }
  }

  #begin(key: string, start: (signal: AbortSignal, tell: Progress) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const listeners: Flight<T>['listeners'] = new Set();
    const promise = start(abort.signal, (loaded, total) => listeners.forEach((listener) => listener(loaded, total))).finally(() => this.#end(key, flight));
    promise.catch(() => undefined); // those who wait see the error
    const flight: Flight<T> = {promise, abort, listeners, waiting: 0};
    this.#flying.set(key, flight);
    return flight;
  }

  /** A later flight of the same key stays. */
  #end(key: string, flight: Flight<T>): void {
    if (this.#flying.get(key) === flight) this.#flying.delete(key);
  }
}

/** A promise that a signal cuts short. Nothing stays on the signal, which may live as long as the page. */
export function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, {once: true});
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
