import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {type Changes, DEFAULTS, type EmbeddingDraft, type EmbeddingSettings} from '../plot/kind.js';
import type {Figure, Near, Reading} from '../plot/types.js';
import type {Chosen} from './chosen.js';
import {oneOf} from './heatmap-settings.js';
import {Latest} from './latest.js';

/** What an element asks of `embedding`. */
type Asking = {[K in Exclude<keyof EmbeddingSettings, 'components'>]: EmbeddingSettings[K] | null} & {components: string | readonly [number, number] | null; readonly highlighted: readonly number[]};

/** What is asked of an embedding, what the user has chosen of one and not started, and what is near to a point that was chosen. */
export class PlotEmbedding implements ReactiveController {
  /** A method that has been chosen and not started. */
  draft: EmbeddingDraft | null = null;
  /** What stands nearest to the example chosen last, and the looking for it. */
  near: Near | null = null;
  readonly #nearest = new Latest();
  readonly #host: ReactiveControllerHost & Asking;
  readonly #chosen: Pick<Chosen<Asking>, 'set'>;

  constructor(host: ReactiveControllerHost & Asking, chosen: Pick<Chosen<Asking>, 'set'>) {
    this.#host = host;
    this.#chosen = chosen;
    host.addController(this);
  }

  hostUpdate(): void {
    const {near} = this;
    if (near && String([near.of, ...near.examples]) !== String(this.#host.highlighted)) this.near = null;
  }

  hostDisconnected(): void {
    this.abort();
  }

  get settings(): EmbeddingSettings {
    const host = this.#host;
    const asked = Object.fromEntries(Object.entries(DEFAULTS).map(([key, own]) => [key, host[key as keyof EmbeddingSettings] ?? own])) as unknown as EmbeddingSettings;
    return {...asked, method: oneOf('method', host.method, ['auto', 'pca', 'tsne', 'umap']), metric: oneOf('metric', host.metric, ['euclidean', 'cosine']), components: String(asked.components || DEFAULTS.components)};
  }

  /** The user asks for something else. */
  change({draft, embed}: Changes): void {
    if (draft !== undefined) this.draft = draft;
    if (embed) this.#chosen.set(embed);
    this.#host.requestUpdate();
  }

  /** Does what a figure has done when a mark is chosen. */
  async choose(choose: NonNullable<Figure['chosen']>, reading: Reading, release: () => void): Promise<void> {
    try {
      await this.#nearest.run((signal) => choose(reading, signal));
    } finally {
      release();
    }
  }

  /** Gives up looking: the data are others. */
  abort(): void {
    this.#nearest.abort();
  }

  /** What was chosen belongs to the data before. */
  forget(): void {
    this.draft = this.near = null;
  }
}
