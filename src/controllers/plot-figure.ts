import {loadPalettes} from '../color/palette.js';
import {runSliced} from '../compute/slices.js';
import type {PlotData, PlotKind} from '../plot/data.js';
import type {Kind, PlotSettings} from '../plot/kind.js';
import {chooseKind, kindsFor, loadKind} from '../plot/kinds.js';
import type {Figure} from '../plot/types.js';
import {Latest} from './latest.js';

/** What the element does with a figure. */
export interface FigureHandlers {
  /** Work begins: returns what ends it. @param giveUp ends it early, where there is something else to draw */
  begin(giveUp?: () => boolean): () => void;
  progress(share: number): void;
  /** A new figure. @param fresh of other data, or of another kind */
  ready(figure: Figure, fresh: boolean): void;
  failed(error: unknown): void;
}

/** Ms between two tidings of work that takes long. */
const TELL = 200;

/** Kinds that are coloured by a scale. */
const COLORED: readonly PlotKind[] = ['activations', 'confusion', 'heatmap'];

/** Changes with the numbers that a kind makes. */
const stampOf = (version: number, kind: Kind, settings: PlotSettings, data: PlotData): string => `${version} ${kind.name} ${kind.stamp(settings, data)}`;

/** Makes figures of data: the numbers in slices, once for the settings that they depend on; the figure whenever anything changes. */
export class PlotFigure {
  #data: PlotData | null = null;
  /** Changes with the data. */
  #version = 0;
  #kind: Kind | null = null;
  #numbers: unknown = null;
  /** Of which data they are. */
  #made = -1;
  #stamp = '';
  /** The numbers that are being made, and the kind that makes them. */
  #making = '';
  #begun: Kind | null = null;
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
      const known = [this.#begun, this.#kind].find((kind) => kind?.name === name);
      const stamp = known ? stampOf(this.#version, known, settings, data) : '';
      // what is known already is drawn in this turn: a threshold follows the hand
      if (stamp && this.#stamp === stamp) {
        this.#latest.abort();
        this.#draw(name);
        return;
      }
      // numbers under way are not begun anew with every log: they would never be there
      const going = stamp !== '' && this.#making === stamp;
      // what is there answers while another takes long
      if (known?.work && this.#kind === known && this.#made === this.#version) this.#draw(name);
      if (!going) await this.#work(data, name, settings, stamp);
    } catch (error) {
      this.#stamp = ''; // the error stays until something changes
      this.#made = -1;
      this.#on.failed(error);
    }
  }

  stop(): void {
    this.#latest.abort();
    this.#drawn = '';
  }

  async #work(data: PlotData, name: PlotKind, settings: PlotSettings, stamp: string): Promise<void> {
    this.#making = stamp;
    const version = this.#version;
    const release = this.#on.begin(() => this.#giveUp());
    try {
      const made = await this.#latest.run(async (signal) => {
        const [kind] = await Promise.all([loadKind(name), COLORED.includes(name) ? loadPalettes() : null]);
        signal.throwIfAborted();
        this.#begun = kind;
        this.#making = stampOf(version, kind, settings, data);
        // each makes the element paint anew
        let last = -Infinity;
        const onProgress = (share: number): void => {
          const now = performance.now();
          if (signal.aborted || (kind.work && now - last < TELL)) return;
          last = now;
          this.#on.progress(share);
        };
        const numbers = kind.work ? await kind.work(data, settings, {compute: (await import('./compute-worker.js')).compute, signal, onProgress}) : await runSliced(kind.numbers!(data, settings), {signal, onProgress});
        return {kind, numbers};
      });
      if (!made || version !== this.#version) return;
      this.#kind = made.kind;
      this.#numbers = made.numbers;
      this.#made = version;
      this.#stamp = stampOf(version, made.kind, settings, data);
      this.#draw(name);
    } finally {
      if (!this.#latest.running) {
        this.#making = '';
        this.#begun = null;
      }
      release();
    }
  }

  /** Asks for what a kind draws when its work has been given up. @returns whether there is such */
  #giveUp(): boolean {
    const kind = this.#begun;
    const settings = this.#settings!;
    const to = kind?.instead?.(kind === this.#kind && this.#made === this.#version ? this.#numbers : null, settings);
    if (!to) return false;
    this.stop();
    settings.change(to);
    return true;
  }

  #draw(name: PlotKind): void {
    const figure = this.#kind!.figure(this.#numbers, this.#settings!);
    const fresh = this.#seen !== name;
    this.#seen = name;
    this.#on.ready(figure, fresh);
  }
}
