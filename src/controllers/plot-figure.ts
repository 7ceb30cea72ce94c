import {loadPalettes} from '../color/palette.js';
import {runSliced} from '../compute/slices.js';
import type {PlotData, PlotKind} from '../plot/data.js';
import type {Kind, PlotSettings} from '../plot/kind.js';
import {chooseKind, kindsFor, loadKind} from '../plot/kinds.js';
import type {Figure} from '../plot/types.js';
import {Latest} from './latest.js';

/** What the element does with a figure. */
export interface FigureHandlers {
  /** Work begins: returns what ends it. */
  begin(): () => void;
  progress(share: number): void;
  /** A new figure. @param fresh of other data, or of another kind */
  ready(figure: Figure, fresh: boolean): void;
  failed(error: unknown): void;
}

/** Kinds that are coloured by a scale. */
const COLORED: readonly PlotKind[] = ['confusion', 'heatmap'];

/** Makes figures of data: the numbers in slices, once for the settings that they depend on; the figure whenever anything changes. */
export class PlotFigure {
  #data: PlotData | null = null;
  /** Changes with the data. */
  #version = 0;
  #kind: Kind | null = null;
  #numbers: unknown = null;
  #stamp = '';
  /** The numbers that are being made. */
  #making = '';
  #drawn = '';
  #seen = '';
  /** As asked for last. */
  #settings: PlotSettings | null = null;
  #latest = new Latest();
  readonly #on: FigureHandlers;

  constructor(handlers: FigureHandlers) {
    this.#on = handlers;
  }

  get data(): PlotData | null {
    return this.#data;
  }

  /** The kind that is drawn. */
  get kind(): PlotKind | null {
    return this.#kind?.name ?? null;
  }

  /** What else the data can be drawn as. */
  possible: readonly PlotKind[] = [];

  /** @param same the same data read again, or grown: what is zoomed into stays */
  take(data: PlotData | null, same: boolean): void {
    this.#data = data;
    this.#version++;
    this.#stamp = this.#drawn = '';
    if (!same) this.#seen = '';
    if (!data) {
      this.stop();
      this.#kind = null;
      this.possible = [];
    }
  }

  /** The data have grown: the figure is drawn up again, the numbers stay. */
  grown(): void {
    this.#drawn = '';
  }

  /**
   * Brings the figure up to what is asked for.
   * @param look changes with all settings
   */
  async update(asked: string | null, settings: PlotSettings, look: string): Promise<void> {
    const data = this.#data;
    if (!data) return;
    const wanted = `${this.#version} ${asked} ${look}`;
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#settings = settings;
    try {
      this.possible = kindsFor(data);
      const name = chooseKind(asked, this.possible);
      const stamp = this.#kind?.name === name ? `${this.#version} ${name} ${this.#kind.stamp(settings, data)}` : '';
      // what is known already is drawn in this turn: a threshold follows the hand
      if (stamp && this.#stamp === stamp) {
        this.#latest.abort();
        this.#draw(name);
        return;
      }
      // numbers under way are not begun anew with every log: they would never be there
      if (!stamp || this.#making !== stamp) await this.#work(data, name, settings, stamp);
    } catch (error) {
      this.#stamp = ''; // the error stays until something changes
      this.#on.failed(error);
    }
  }

  stop(): void {
    this.#latest.abort();
    this.#drawn = '';
  }

  async #work(data: PlotData, name: PlotKind, settings: PlotSettings, stamp: string): Promise<void> {
    this.#making = stamp;
    const release = this.#on.begin();
    const version = this.#version;
    try {
      const made = await this.#latest.run(async (signal) => {
        const [kind] = await Promise.all([loadKind(name), COLORED.includes(name) ? loadPalettes() : null]);
        signal.throwIfAborted();
        const numbers = await runSliced(kind.numbers(data, settings), {signal, onProgress: (share) => this.#on.progress(share)});
        return {kind, numbers};
      });
      if (!made || version !== this.#version) return;
      this.#kind = made.kind;
      this.#numbers = made.numbers;
      this.#stamp = `${version} ${name} ${made.kind.stamp(settings, data)}`;
      this.#draw(name);
    } finally {
      if (!this.#latest.running) this.#making = '';
      release();
    }
  }

  #draw(name: PlotKind): void {
    const figure = this.#kind!.figure(this.#numbers, this.#settings!);
    const fresh = this.#seen !== name;
    this.#seen = name;
    this.#on.ready(figure, fresh);
  }
}
