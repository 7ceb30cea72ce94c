import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {Latest} from './latest.js';

/** Where data can come from, first present wins. */
const ORDER = ['own', 'model', 'src', 'inline'] as const;
export type SourceName = (typeof ORDER)[number];

/** Reads a source's data, `null` where there are none yet. @param again `refresh` asks for what is there now, whatever was read before */
export type Loader<T> = (signal: AbortSignal, progress: (loaded: number, total: number) => void, again: boolean) => Promise<T | null>;

export interface SourceHandlers<T> {
  /** A read begins: returns what to call when it has ended. */
  begin(): () => void;
  progress(loaded: number, total: number): void;
  /** New data, or `null` when no source has any. The data before stay until one of these is called. */
  data(data: T | null, refreshed: boolean): void;
  failed(error: unknown): void;
  /** Resolves when reading may begin (near the viewport, for `loading="lazy"`); `null`: at once. */
  ready(signal: AbortSignal): Promise<void> | null;
}

interface Offer<T> {
  readonly load: Loader<T>;
  /** Whether it has been read since it was chosen, well or badly. */
  read: boolean;
  /** Whether it is to be read once more. */
  again: boolean;
  /** That which it takes the place of, of the same input: what comes is no new input. */
  same: Offer<T> | null;
}

/**
 * Chooses among the sources of an element's data: own properties before `model`, before `src`, before what stands
 * inside the tag. Within one source the newest wins, whatever finishes first; `null` uncovers the next.
 */
export class DataSource<T> implements ReactiveController {
  readonly #offers = new Map<SourceName, Offer<T>>();
  readonly #latest = new Latest();
  readonly #on: SourceHandlers<T>;
  /** The source chosen last, and its data once they have been read. */
  #current: Offer<T> | null = null;
  #data: T | null = null;
  #scheduled: (() => void) | undefined;
  #connected = false;

  constructor(host: ReactiveControllerHost, handlers: SourceHandlers<T>) {
    this.#on = handlers;
    host.addController(this);
  }

  /** The data of the source that counts now; `null` until they have been read, and where that failed. */
  get data(): T | null {
    return this.#best === this.#current ? this.#data : null;
  }

  /** Whether there is any source. */
  get chosen(): boolean {
    return this.#best !== null;
  }

  /** Whether there is a source that has not been read yet. */
  get pending(): boolean {
    const best = this.#best;
    return best !== null && !(best === this.#current && best.read);
  }

  /** Sets a source's data, or with `null` takes it away. The loader that stands there already is nothing new. @param same what is read is something else of the same input */
  offer(name: SourceName, load: Loader<T> | null, same = false): void {
    const before = this.#offers.get(name);
    if (load === (before?.load ?? null)) return;
    if (load) this.#offers.set(name, {load, read: false, again: false, same: same && before ? this.#standing(before) : null});
    else this.#offers.delete(name);
    this.#schedule();
  }

  /** Reads the present source again; where a read is under way, after it, so that the last picture shows the last values. */
  refresh(): void {
    const offer = this.#best;
    if (!offer) return;
    offer.again = true;
    if (this.#connected && !this.#scheduled) this.#pick();
  }

  /** Gives up the read under way. */
  cancel(): void {
    if (this.#current) Object.assign(this.#current, {read: true, again: false});
    this.#latest.abort();
  }

  hostConnected(): void {
    this.#connected = true;
    if (this.#best !== this.#current || this.#due) this.#schedule();
  }

  hostDisconnected(): void {
    this.#connected = false;
    // what was cut off is read anew when the element comes back
    if (this.#latest.running && this.#current) this.#current.again ||= this.#current.read;
    this.#latest.abort();
    this.#scheduled?.();
    this.#scheduled = undefined;
  }

  get #best(): Offer<T> | null {
    const name = ORDER.find((n) => this.#offers.has(n));
    return name ? this.#offers.get(name)! : null;
  }

  /** The offer whose data, or whose predecessor's, are shown until others come in its place; `null` where none are. */
  #standing(offer: Offer<T>): Offer<T> | null {
    if (offer !== this.#current) return offer.same;
    return (offer.read ? this.#data !== null : offer.same !== null) ? offer : null;
  }

  get #due(): boolean {
    const offer = this.#current;
    return offer !== null && (!offer.read || offer.again);
  }

  /** Once per turn, so that several properties set together make one read. */
  #schedule(): void {
    if (this.#scheduled || !this.#connected) return;
    this.#scheduled = this.#on.begin();
    queueMicrotask(() => {
      const release = this.#scheduled;
      this.#scheduled = undefined;
      if (this.#connected) this.#pick();
      release?.();
    });
  }

  /** Begins what there is to do; nothing where the present source has been read, or is being read. */
  #pick(): void {
    const offer = this.#best;
    if (offer !== this.#current) {
      this.#latest.abort();
      if (offer?.same !== this.#current && offer) offer.same = null; // another source was shown meanwhile
      this.#current = offer;
      this.#data = null;
      if (offer) offer.read = false;
      else this.#on.data(null, false);
    }
    if (this.#due && !this.#latest.running) void this.#run(offer!);
  }

  async #run(offer: Offer<T>): Promise<void> {
    const again = offer.read;
    if (again) offer.again = false;
    let release: (() => void) | undefined;
    try {
      const data = await this.#latest.run(async (signal) => {
        const ready = this.#on.ready(signal);
        if (ready) await ready;
        release = this.#on.begin();
        return offer.load(signal, (loaded, total) => signal.aborted || this.#on.progress(loaded, total), again);
      });
      if (data === undefined || offer !== this.#best) return;
      offer.read = true;
      this.#data = data;
      const refreshed = again || offer.same !== null;
      offer.same = null;
      this.#on.data(data, refreshed);
    } catch (error) {
      if (offer !== this.#best) return;
      offer.read = true;
      this.#data = null;
      this.#on.failed(error);
    } finally {
      if (this.#connected && !this.#scheduled) this.#pick();
      release?.();
    }
  }
}
