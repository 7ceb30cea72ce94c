import {formatShort} from '../color/format.js';
import type {GraphItem} from '../graph/tree.js';
import type {Theme} from '../paint/theme.js';
import type {PanelWeight} from '../parts/graph-panel.js';
import type {ModelWeights} from '../tensor/types.js';
import type {WordKey, WordParams} from '../words/strings.js';
import {Latest} from './latest.js';
import {sized} from './sized.js';
import type {pictureOf} from './weight-picture.js';
import type {Work} from './work.js';

/** The picture's size in the panel, in CSS px. */
const SIZE = {width: 242, height: 64} as const;
/** Weights of which pictures are drawn; a node has few. */
const MOST = 8;

/** The weights of the node that is looked at: of a live model with a small heatmap each and its statistics. */
export class NodeWeights {
  #item: GraphItem | null = null;
  #model: ModelWeights | null = null;
  #pictures: (Awaited<ReturnType<typeof pictureOf>> | null)[] = [];
  #theme = '';
  readonly #latest = new Latest();
  readonly #work: Work;
  readonly #changed: () => void;

  constructor(work: Work, changed: () => void) {
    this.#work = work;
    this.#changed = changed;
  }

  /** What the panel lists. */
  of(item: GraphItem, model: ModelWeights | null, say: (key: WordKey, params?: WordParams) => string): PanelWeight[] {
    const all = item.node?.weights ?? [];
    if (item !== this.#item || model !== this.#model) {
      this.#item = item;
      this.#model = model;
      this.#pictures = [];
      this.#theme = '';
    }
    return all.slice(0, MOST).map(({address, shape, dtype}, i): PanelWeight => {
      const own = {address: address.slice(address.lastIndexOf('/') + 1).slice(-120), facts: `${shape.join('×') || '1'} · ${dtype}`};
      if (!model || !this.#info(address)) return own;
      const stats = this.#pictures[i]?.stats;
      const text = stats && [say('statsOf', {min: formatShort(stats.min), max: formatShort(stats.max), mean: formatShort(stats.mean), std: formatShort(stats.std)}), ...(stats.nan ? [`NaN ${stats.nan}`] : []), ...(stats.positiveInfinity + stats.negativeInfinity ? [`±∞ ${stats.positiveInfinity + stats.negativeInfinity}`] : [])].join(' · ');
      return {...own, picture: i, ...(text && {stats: text})};
    });
  }

  #info(address: string): ModelWeights['weights'][number] | undefined {
    return this.#model?.weights.find((w) => w.address === address);
  }

  /** Puts the pictures onto the panel's canvases; draws them when the theme or the node is another. */
  paint(canvases: Iterable<HTMLCanvasElement>, theme: Theme, dpr: number): void {
    const all = [...canvases];
    if (!all.length) return;
    const key = JSON.stringify([theme, dpr]);
    if (key !== this.#theme) {
      this.#theme = key;
      this.#draw(theme, dpr);
    }
    for (const canvas of all) {
      const picture = this.#pictures[Number(canvas.dataset.weight)];
      const ctx = picture && sized(canvas, dpr);
      if (!ctx) continue;
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.drawImage(picture.canvas, 0, 0);
    }
  }

  #draw(theme: Theme, dpr: number): void {
    const item = this.#item;
    const model = this.#model;
    if (!item || !model) return;
    const release = this.#work.hold('weights');
    this.#latest
      .run(async (signal) => {
        const {pictureOf} = await import('./weight-picture.js');
        for (const [i, {address}] of (item.node?.weights ?? []).slice(0, MOST).entries()) {
          const info = this.#info(address);
          if (!info) continue;
          try {
            this.#pictures[i] = await pictureOf(await info.read(signal), info.kind, {width: Math.round(SIZE.width * dpr), height: Math.round(SIZE.height * dpr)}, dpr, theme, signal);
          } catch {
            signal.throwIfAborted();
            this.#pictures[i] = null; // disposed, or of strings: its line says what it is
          }
          this.#changed();
        }
      })
      .catch(() => undefined)
      .finally(release);
  }

  /** Reads anew when next asked. */
  forget(): void {
    this.stop();
    this.#item = this.#model = null;
  }

  stop(): void {
    this.#latest.abort();
    this.#theme = '';
  }
}
