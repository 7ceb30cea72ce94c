import {yieldToPage} from '../compute/slices.js';
import {readPart} from '../tensor/read-tensor.js';
import type {ModelWeights, WeightInfo} from '../tensor/types.js';
import {Facts} from './facts.js';
import {Latest} from './latest.js';
import {NONE, type Seen, union, widen} from './seen.js';

/** Ms between two reports of how far it has come. */
const REPORT = 100;

/** What a survey tells. */
export interface SurveyHandlers {
  /** All weights are about to be read: returns what to call when that has ended. */
  begin(): () => void;
  /** How many of all values have been looked at. */
  progress(done: number, total: number): void;
  /** A weight could not be read. */
  unread(info: WeightInfo, error: unknown): void;
  /** Every weight has been read. */
  surveyed(): void;
}

/** Looks at every value of a model once, for the range of all and the norm of each weight. */
export class Survey {
  /** By address, of the last survey that came to its end. */
  norms: ReadonlyMap<string, number> = new Map();
  /** By address, of differences: how large they are beside what they are from. */
  changes: ReadonlyMap<string, number> = new Map();
  /** What all weights together span; `null` until it is known, and where nothing is finite. */
  seen: Seen | null = null;
  #found = new Map<string, number>();
  #changed = new Map<string, number>();
  #span = NONE;
  /** Whether every weight has been read, whatever came of it. */
  #complete = false;
  readonly #latest = new Latest();
  readonly #on: SurveyHandlers;

  constructor(handlers: SurveyHandlers) {
    this.#on = handlers;
  }

  /** Values have changed. @param refreshed those of the same weights: what is known of them stands until the next survey, and their range only widens */
  reset(refreshed: boolean): void {
    this.stop();
    this.#found = new Map();
    this.#changed = new Map();
    this.#span = NONE;
    this.#complete = false;
    if (refreshed) return;
    this.norms = this.changes = new Map();
    this.seen = null;
  }

  /** Does nothing where there is nothing left to read; what was stopped goes on where it was. */
  start(model: ModelWeights, complex: 'magnitude' | 'phase'): void {
    if (this.#complete || this.#latest.running) return;
    const end = this.#on.begin();
    const weights = model.weights.filter((w) => !w.constant);
    void this.#latest
      .run((signal) => this.#read(weights, complex, signal))
      .then((done) => done && this.#on.surveyed())
      .finally(end);
  }

  stop(): void {
    this.#latest.abort();
  }

  async #read(weights: readonly WeightInfo[], complex: 'magnitude' | 'phase', signal: AbortSignal): Promise<boolean> {
    const total = weights.reduce((n, w) => n + w.size, 0);
    let done = 0;
    let told = performance.now();
    for (const info of weights) {
      done += info.size;
      if (this.#found.has(info.address)) continue;
      let norm = -1; // its tile tells why it cannot be read
      try {
        const values = await info.read(signal);
        if (values.change) this.#changed.set(info.address, values.change.relative);
        const facts = new Facts(await readPart(values, complex, signal));
        await facts.scan({signal});
        await facts.describe({signal});
        norm = facts.stats!.l2;
        this.#span = union(this.#span, facts.range!);
      } catch (error) {
        signal.throwIfAborted();
        this.#on.unread(info, error);
      }
      this.#found.set(info.address, norm);
      await yieldToPage();
      signal.throwIfAborted();
      if (performance.now() - told < REPORT) continue;
      told = performance.now();
      this.#on.progress(done, total);
    }
    this.norms = this.#found;
    this.changes = this.#changed;
    this.seen = widen(this.seen, this.#span);
    return (this.#complete = true);
  }
}
