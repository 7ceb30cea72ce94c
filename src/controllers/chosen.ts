/** What the user has chosen of a host's properties, rather than the page. */
export class Chosen<H extends object> {
  readonly #host: H;
  /** Of each what stood there before, and what the user made of it. */
  readonly #made = new Map<keyof H, {readonly before: unknown; readonly now: unknown}>();

  constructor(host: H) {
    this.#host = host;
  }

  /** Whether it is the user's: what the page has set since is its own. */
  has(key: keyof H): boolean {
    const made = this.#made.get(key);
    return made !== undefined && Object.is(made.now, this.#host[key]);
  }

  /** Sets properties for the user; those that are `undefined` stay. */
  set(values: Partial<H>): void {
    for (const key of Object.keys(values) as (keyof H)[]) {
      const now = values[key];
      if (now === undefined) continue;
      this.#made.set(key, {before: this.has(key) ? this.#made.get(key)!.before : this.#host[key], now});
      this.#host[key] = now as H[keyof H];
    }
  }

  /** Puts back what the page had set: other data may have nothing of what was chosen. */
  forget(): void {
    for (const [key, {before}] of this.#made) if (this.has(key)) this.#host[key] = before as H[keyof H];
    this.#made.clear();
  }
}
