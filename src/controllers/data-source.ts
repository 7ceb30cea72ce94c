import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {Latest} from './latest.js';

/** Where data can come from, first present wins. */
const ORDER = ['own', 'model', 'src', 'inline'] as const;
export type SourceName = (typeof ORDER)[number];

/** Reads a source's data; called again by `refresh`. */
export type Loader<T> = (signal: AbortSignal, progress: (loaded: number, total: number) => void) => Promise<T>;

export interface SourceHandlers<T> {
  /** A read begins: returns what to call when it has ended. */
  begin(): () => void;
  progress(loaded: number, total: number): void;
  /** New data, or `null` when no source has any. The data before stay until one of these is called. */
  data(data: T | null, refreshed: boolean): void;
  failed(error: unknown): void;
  /** Resolves when reading may begin (near the viewport, for `loading="lazy"`). */
  ready(signal: AbortSignal): Promise<void>;
}

interface Offer<T> {
  load: Loader<T>;
}

/**
 * Chooses among the sources of an element's data: own properties before `model`, before `src`, before what stands
 * inside the tag. Within one source the newest wins, whatever finishes first; `null` uncovers the next.
 */
export class DataSource<T> implements ReactiveController {
  readonly #offers = new Map<SourceName, Offer<T>>();
  readonly #latest = new Latest();
  readonly #on: SourceHandlers<T>;
  #current: Offer<T> | null = null;
  #scheduled: (() => void) | undefined;
  #connected = false;
  #settled = false;

  constructor(host: ReactiveControllerHost, handlers: SourceHandlers<T>) {
    this.#on = handlers;
    host.addController(this);
  }

  /** Whether a read is under way. */
  get loading(): boolean {
    return this.#latest.running;
  }

  /** Sets a source's data, or with `null` takes it away. */
  offer(name: SourceName, load: Loader<T> | null): void {
    if (load) this.#offers.set(name, {load});
    else if (!this.#offers.delete(name)) return;
    this.#schedule();
  }

  has(name: SourceName): boolean {
    return this.#offers.has(name);
  }

  /** Reads the present source again. Does nothing while its first read is under way or where there is none. */
  async refresh(): Promise<void> {
    if (this.#current && !this.#latest.running) await this.#run(this.#current, true);
  }

  /** Gives up the read under way. */
  cancel(): void {
    this.#latest.abort();
  }

  hostConnected(): void {
    this.#connected = true;
    if (!this.#settled) this.#schedule();
  }

  hostDisconnected(): void {
    this.#connected = false;
    // what was cut off is read anew when the element comes back
    if (this.#latest.running) this.#settled = false;
    this.#latest.abort();
    this.#scheduled?.();
    this.#scheduled = undefined;
  }

  /** Once per turn, so that several properties set together make one read. */
  #schedule(): void {
    this.#settled = false;
    if (this.#scheduled || !this.#connected) return;
    this.#scheduled = this.#on.begin();
    queueMicrotask(() => {
      const release = this.#scheduled;
      this.#scheduled = undefined;
      if (this.#connected) this.#pick();
      release?.();
    });
  }

  #pick(): void {
    const name = ORDER.find((n) => this.#offers.has(n));
    const offer = name ? this.#offers.get(name)! : null;
    this.#settled = true;
    if (offer === this.#current && (this.#latest.running || !offer)) return;
    this.#current = offer;
    if (offer) {
      void this.#run(offer, false);
    } else {
      this.#latest.abort();
      this.#on.data(null, false);
    }
  }

  async #run(offer: Offer<T>, refreshed: boolean): Promise<void> {
    const release = this.#on.begin();
    try {
      const data = await this.#latest.run(async (signal) => {
        await this.#on.ready(signal);
        return offer.load(signal, (loaded, total) => signal.aborted || this.#on.progress(loaded, total));
      });
      if (data !== undefined && offer === this.#current) this.#on.data(data, refreshed);
    } catch (error) {
      if (offer === this.#current) this.#on.failed(error);
    } finally {
      release();
    }
  }
}
