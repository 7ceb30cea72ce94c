import type {BadgeOptions, Badges} from '../compute/badges.js';
import {yieldToPage} from '../compute/slices.js';
import {isWeight} from '../tensor/is-weight.js';
import type {ModelWeights, TensorValues, WeightInfo} from '../tensor/types.js';
import {badgesOf, countsOf, hasUnits, type OddCounts} from './heatmap-units.js';
import {Latest} from './latest.js';

/** Ms between two reports of how far it has come. */
const REPORT = 100;

/** What of all weights is odd. */
export interface Odd extends OddCounts {
  /** Weights with such units, of all that were judged. */
  readonly weights: number;
  readonly judged: number;
}

/** What judging all weights tells. */
export interface JudgementsHandlers {
  /** All weights are about to be read: returns what to call when that has ended. */
  begin(): () => void;
  /** How many of all values have been looked at. */
  progress(done: number, total: number): void;
  read(info: WeightInfo, signal: AbortSignal): Promise<TensorValues>;
  /** Every weight has been judged. */
  judged(): void;
}

/** Which units of a model's weights are dead or alike: what its tiles have come to, or all where that is asked for. */
export class Judgements {
  /** By address; `null` of what could not be judged. */
  #found = new Map<string, OddCounts | null>();
  /** Of values before these, until these are judged. */
  #older: ReadonlyMap<string, OddCounts | null> = new Map();
  #rule: BadgeOptions = {};
  /** The weights that have units. */
  #weights: readonly WeightInfo[] = [];
  readonly #latest = new Latest();
  readonly #on: JudgementsHandlers;

  constructor(handlers: JudgementsHandlers) {
    this.#on = handlers;
  }

  /** Takes a model, or `null`. @param refreshed with the same weights: what was found of them stands until they are judged anew */
  reset(model: ModelWeights | null, refreshed: boolean): void {
    this.stop();
    this.#older = refreshed ? new Map([...this.#older, ...this.#found]) : new Map();
    this.#found = new Map();
    const compared = model?.format === 'compared';
    this.#weights = (model?.weights ?? []).filter((w) => !compared && !w.constant && isWeight({}, w) && hasUnits(w));
  }

  /** Sets when a unit is dead, or like another. */
  judgeBy(rule: BadgeOptions): void {
    if (JSON.stringify(rule) === JSON.stringify(this.#rule)) return;
    this.stop();
    this.#rule = rule;
    this.#older = new Map();
    this.#found = new Map();
  }

  /** Whether any weight has units that can be judged. */
  get any(): boolean {
    return this.#weights.length > 0;
  }

  /** What is known of a weight. */
  of(address: string): OddCounts | null {
    const known = this.#found.has(address) ? this.#found : this.#older;
    return known.get(address) ?? null;
  }

  /** What is odd in all weights; `null` until every one is known. */
  get all(): Odd | null {
    const [found, older] = [this.#found, this.#older];
    if (!this.any || !this.#weights.every(({address}) => found.has(address) || older.has(address))) return null;
    const all = {dead: 0, duplicates: 0, opposites: 0, weights: 0, judged: 0};
    for (const {address} of this.#weights) {
      const own = this.of(address);
      if (!own) continue;
      all.dead += own.dead;
      all.duplicates += own.duplicates;
      all.opposites += own.opposites;
      all.weights += oddness(own) ? 1 : 0;
      all.judged++;
    }
    return all;
  }

  /** Judges a weight that has been read. @returns rejects only with the signal's reason */
  async judge(info: WeightInfo, values: TensorValues, signal: AbortSignal): Promise<void> {
    const rule = this.#rule;
    if (this.#found.has(info.address) || !isWeight(values, info)) return;
    let badges: Badges | null = null;
    try {
      badges = await badgesOf(values, info.kind, rule, {signal});
    } catch {
      signal.throwIfAborted(); // its panel of statistics tells why it cannot be judged
    }
    signal.throwIfAborted();
    if (rule === this.#rule) this.#found.set(info.address, badges && countsOf(badges));
  }

  /** Judges all weights, unless that is done or under way; what was stopped goes on where it was. */
  start(): void {
    if (this.#latest.running || this.#weights.every(({address}) => this.#found.has(address))) return;
    const end = this.#on.begin();
    void this.#latest
      .run((signal) => this.#judgeAll(signal))
      .then((done) => done && this.#on.judged())
      .finally(end);
  }

  stop(): void {
    this.#latest.abort();
  }

  async #judgeAll(signal: AbortSignal): Promise<true> {
    const total = this.#weights.reduce((n, w) => n + w.size, 0);
    let done = 0;
    let told = performance.now();
    for (const info of this.#weights) {
      done += info.size;
      if (this.#found.has(info.address)) continue;
      try {
        await this.judge(info, await this.#on.read(info, signal), signal);
      } catch {
        signal.throwIfAborted(); // its tile tells why it cannot be read
      }
      if (!this.#found.has(info.address)) this.#found.set(info.address, null);
      await yieldToPage();
      signal.throwIfAborted();
      if (performance.now() - told < REPORT) continue;
      told = performance.now();
      this.#on.progress(done, total);
    }
    return true;
  }
}

/** How many units are odd; 0 where that is not known. */
export const oddness = (odd: OddCounts | null): number => (odd ? odd.dead + odd.duplicates + odd.opposites : 0);
