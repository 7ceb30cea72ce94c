import type {Control} from '../plot/types.js';
import type {PlotSettings} from '../plot/kind.js';
import type {Chosen} from './chosen.js';
import type {Inside} from './model-inside.js';

/** What an element has of it. */
interface Asking {
  readonly kind: string | null;
  layer: string | number | null;
  readonly example: number;
  readonly compareExample: number | null;
}

/** What it needs of the element. */
interface InsideHandlers {
  /** Addresses of the layers that can be opened. */
  places(): readonly string[];
  /** The user has opened a layer, or gone back to all of them. */
  opened(layer: string | null): void;
}

/** What of a model's inside an element asks for, rather than what the model puts out. */
export class PlotInside {
  /** Of a layer that puts out volumes: the plane that is drawn. */
  plane: number | null = null;
  #ran = '';
  #same = false;
  #layer: string | number | null = null;
  readonly #of: Asking;
  readonly #chosen: Pick<Chosen<Asking>, 'has' | 'set'>;
  readonly #on: InsideHandlers;

  constructor(of: Asking, chosen: Pick<Chosen<Asking>, 'has' | 'set'>, handlers: InsideHandlers) {
    this.#of = of;
    this.#chosen = chosen;
    this.#on = handlers;
  }

  get asked(): Inside | null {
    const {kind, layer, example, compareExample: compare} = this.#of;
    if (kind === 'embedding') return {kind, layer, example: 0, compare: null, plane: null};
    return kind === 'activations' ? {kind, layer, example: Math.max(0, Math.round(example || 0)), compare: compare === null || Number.isNaN(compare) ? null : Math.round(compare), plane: this.plane} : null;
  }

  /** Whether a model has to be run anew. @param input changes with what it is run on, and how @returns `same`: for something else of the same input */
  due(input: string): 'new' | 'same' | null {
    // of another layer the plane is another
    if (this.#layer !== this.#of.layer) this.plane = null;
    this.#layer = this.#of.layer;
    const ran = `${input} ${JSON.stringify(this.asked)}`;
    if (ran === this.#ran) return null;
    const same = this.#ran.startsWith(`${input} `);
    this.#ran = ran;
    this.#same = same;
    return same ? 'same' : 'new';
  }

  /** Whether what is run next was asked for by another layer or example alone; not known of a run after that. */
  takeSame(): boolean {
    const same = this.#same;
    this.#same = false;
    return same;
  }

  /** The user opens a layer, or with `null` goes back to all of them. @returns whether there is such a layer */
  open(layer: unknown): boolean {
    if (layer !== null && (typeof layer !== 'string' || !this.#on.places().some((place) => place === layer || place === layer.replace(/#\d+$/, '')))) return false;
    if (layer === (this.#of.layer ?? null)) return true;
    this.#chosen.set({layer});
    this.plane = null;
    this.#on.opened(layer);
    return true;
  }

  /** What leads back where the layer that the user has opened cannot be read. */
  back(say: PlotSettings['say']): Control[] {
    return this.#chosen.has('layer') && this.#of.layer !== null ? [{type: 'button', label: say('activationBack'), run: () => this.open(null)}] : [];
  }
}
