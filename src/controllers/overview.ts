import {loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {autoPattern, parseArrange} from '../compute/arrange.js';
import {makePlane} from '../compute/plane.js';
import {runSliced, yieldToPage} from '../compute/slices.js';
import type {Range} from '../compute/stats.js';
import {fitViewport} from '../compute/viewport.js';
import {heatmapBands, paintGround} from '../paint/heatmap.js';
import type {Context, Theme} from '../paint/theme.js';
import {paintTile, pictureBox} from '../paint/tile.js';
import {layoutTiles, type TileBox, type TileLayout, tilesIn} from '../paint/tile-layout.js';
import {complexPart, shapeText} from '../tensor/read-tensor.js';
import type {ModelWeights, WeightInfo} from '../tensor/types.js';
import {Facts} from './facts.js';
import type {ViewSettings} from './heatmap-view.js';
import type {Work} from './work.js';

/** How tiles can be sorted. */
export type TileSort = 'order' | 'size' | 'norm';

/** What is known of one tile. */
interface Tile {
  readonly info: WeightInfo;
  picture: OffscreenCanvas | null;
  scale: ColorScale | null;
  range: Range | null;
  error: unknown;
  /** What `picture` was drawn for. */
  key: string;
  busy: boolean;
}

/** What the tiles are drawn with. */
export interface TileStyle {
  readonly settings: ViewSettings;
  readonly complex: 'magnitude' | 'phase';
  readonly theme: Theme;
  readonly dpr: number;
}

/** So many tiles' pictures are kept when they are scrolled out of view. */
const KEEP = 200;
/** Tiles drawn at a time: one computes while the other's bytes arrive. */
const LANES = 2;
/** CSS px above and below the view within which tiles are drawn ahead. */
const AHEAD = 200;

/** Every weight of a model as a tile: laid out at once from the shapes, read and drawn when scrolled into view. */
export class Overview {
  model: ModelWeights | null = null;
  /** In the order shown, after `query` and `sort`. */
  tiles: readonly WeightInfo[] = [];
  constants: readonly WeightInfo[] = [];
  layout: TileLayout | null = null;
  /** First tile in view, and the last, exclusive. */
  from = 0;
  to = 0;
  /** The range of all weights together, once it was needed and measured. */
  sharedRange: {readonly min: number; readonly max: number} | null = null;

  #known = new Map<string, Tile>();
  #queue: number[] = [];
  #lanes = 0;
  #abort = new AbortController();
  #style!: TileStyle;
  #norms: ReadonlyMap<string, number> | null = null;
  #arranged = '';
  #measuring = false;
  #release: (() => void) | undefined;
  readonly #work: Work;
  readonly #changed: (address: string | null) => void;
  readonly #describe: (info: WeightInfo) => string;
  readonly #explain: (error: unknown) => string;

  /**
   * @param changed a tile has something new to paint; with `null`: a fact about all of them has changed
   * @param describe the second line of a tile
   * @param explain an error in words
   */
  constructor(work: Work, changed: (address: string | null) => void, describe: (info: WeightInfo) => string, explain: (error: unknown) => string) {
    this.#work = work;
    this.#changed = changed;
    this.#describe = describe;
    this.#explain = explain;
  }

  /** Takes a model, or `null`. Of one with the same weights (`refreshed`) the old pictures stay until new ones are drawn. */
  show(model: ModelWeights | null, refreshed: boolean): void {
    this.stop();
    this.model = model;
    this.#arranged = '';
    this.#norms = this.sharedRange = null;
    if (refreshed) for (const tile of this.#known.values()) tile.key = '';
    if (!refreshed) this.#known = new Map();
    else this.#known = new Map(model?.weights.flatMap((info) => (this.#known.has(info.address) ? [[info.address, {...this.#known.get(info.address)!, info, error: null}] as const] : [])));
    this.constants = model ? model.weights.filter((w) => w.constant) : [];
    this.tiles = [];
    this.layout = null;
  }

  /** Chooses and places the tiles for a width in CSS px. @returns whether anything has changed */
  arrange(query: string, sort: TileSort, width: number): boolean {
    const {model} = this;
    const wanted = JSON.stringify([query, sort, width, this.#norms !== null]);
    if (!model || width < 1 || this.#arranged === wanted) return false;
    this.#arranged = wanted;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const tiles = model.weights.filter((w) => {
      if (w.constant) return false;
      const text = `${w.address} ${w.layerType ?? ''} ${w.shape.join('×')} ${w.shape.join('x')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const norms = this.#norms;
    if (sort === 'size') tiles.sort((a, b) => b.size - a.size);
    if (sort === 'norm' && norms) tiles.sort((a, b) => norms.get(b.address)! - norms.get(a.address)!);
    if (sort === 'norm' && !norms) this.#measure();
    this.tiles = tiles;
    this.layout = layoutTiles(tiles, width);
    return true;
  }

  /** Sets how tiles are drawn; those drawn otherwise are drawn again when in view. */
  update(style: TileStyle): void {
    this.#style = style;
    if (style.settings.scale.domain === 'shared' && !this.sharedRange) this.#measure();
  }

  /** Tells what is in view, in CSS px from the top; draws what is not. @returns whether other tiles are in view */
  scroll(top: number, height: number): boolean {
    if (!this.layout) return false;
    const [from, to] = tilesIn(this.layout, top - AHEAD, top + height + AHEAD);
    const moved = from !== this.from || to !== this.to;
    [this.from, this.to] = [from, to];
    this.#queue = [];
    for (let i = from; i < to; i++) {
      const tile = this.#tile(i);
      if (!tile.busy && !tile.error && tile.key !== this.#key(i)) this.#queue.push(i);
    }
    if (this.#queue.length) this.#release ??= this.#work.hold('tiles');
    this.#pump();
    if (this.#known.size > 2 * KEEP) this.#forget();
    return moved;
  }

  /** Paints tile `i` at the context's origin, in CSS px. */
  paint(ctx: Context, i: number): void {
    const info = this.tiles[i]!;
    const tile = this.#tile(i);
    const message = tile.error ? this.#explain(tile.error) : null;
    paintTile(ctx, {title: info.address, subtitle: this.#describe(info), shape: shapeText(info.shape), picture: tile.picture, scale: tile.scale, range: tile.range, message}, this.layout!.boxes[i]!, this.#style.theme);
  }

  /** Changes whenever tile `i` would look otherwise than it did. */
  stamp(i: number): string {
    const tile = this.#tile(i);
    return `${tile.key} ${tile.error ? 'failed' : ''} ${this.label(i)} ${JSON.stringify(this.#style.theme)}`;
  }

  /** What a screen reader is told of tile `i`. */
  label(i: number): string {
    const info = this.tiles[i]!;
    return `${info.address}, ${this.#describe(info)}`;
  }

  /** Draws every tile, for export, one after another. */
  async renderAll(dpr: number, paint: (i: number, box: TileBox) => void): Promise<void> {
    const {signal} = this.#abort;
    for (let i = 0; i < this.tiles.length; i++) {
      const old = this.#tile(i);
      const tile = {...old, key: ''};
      await this.#draw(tile, i, signal, dpr).catch((error: unknown) => {
        signal.throwIfAborted();
        tile.error = error;
      });
      this.#known.set(tile.info.address, tile);
      paint(i, this.layout!.boxes[i]!);
      this.#known.set(tile.info.address, old);
    }
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#queue = [];
    this.#release?.();
    this.#release = undefined;
    this.#measuring = false;
    this.#lanes = 0;
    for (const tile of this.#known.values()) tile.busy = false;
  }

  #tile(i: number): Tile {
    const info = this.tiles[i]!;
    let tile = this.#known.get(info.address);
    if (!tile) this.#known.set(info.address, (tile = {info, picture: null, scale: null, range: null, error: null, key: '', busy: false}));
    return tile;
  }

  /** What tile `i` would be drawn from now: another key means drawing it again. */
  #key(i: number): string {
    const {width, height} = this.layout!.boxes[i]!;
    const {settings, complex, theme, dpr} = this.#style;
    const {nan, positiveInfinity, negativeInfinity} = theme;
    return JSON.stringify([width, height, dpr, settings.scale, settings.pool, settings.aspect, complex, nan, positiveInfinity, negativeInfinity, this.sharedRange]);
  }

  #pump(): void {
    const {signal} = this.#abort;
    while (this.#lanes < LANES && this.#queue.length) {
      const i = this.#queue.shift()!;
      const tile = this.#tile(i);
      this.#lanes++;
      tile.busy = true;
      this.#draw(tile, i, signal, this.#style.dpr)
        .catch((error: unknown) => {
          if (!signal.aborted) tile.error = error;
        })
        .finally(() => {
          if (signal.aborted) return;
          tile.busy = false;
          this.#lanes--;
          this.#changed(tile.info.address);
          this.#pump();
        });
    }
    if (!this.#lanes && !this.#queue.length) {
      this.#release?.();
      this.#release = undefined;
    }
  }

  /** Reads a tile's values, draws them, and keeps the picture alone. */
  async #draw(tile: Tile, i: number, signal: AbortSignal, dpr: number): Promise<void> {
    const {settings, complex, theme} = this.#style;
    const key = this.#key(i);
    const box = pictureBox(this.layout!.boxes[i]!);
    const {info} = tile;
    const values = complexPart(await info.read(signal), complex);
    await loadPalettes();
    signal.throwIfAborted();
    const facts = new Facts(values);
    await facts.scan({signal});
    const {scale: wanted, pool, aspect} = settings;
    if (wanted.domain === 'robust' || wanted.transform === 'rank' || wanted.transform === 'log') await facts.distribute({signal});
    const scale = resolveScale(wanted, {...facts.forScale, ...this.sharedRange});
    const auto = autoPattern(info.kind, values.shape);
    const arrangement = parseArrange(auto.pattern, values.shape, auto.labels);
    const plane = makePlane(arrangement, []);
    const width = Math.max(1, Math.round(box.width * dpr));
    const height = Math.max(1, Math.round(box.height * dpr));
    const fit = fitViewport(plane, {width, height}, aspect);
    const viewport = {...fit, x: Math.max(0, fit.x), y: Math.max(0, fit.y)}; // flush with the title
    const picture = new OffscreenCanvas(width, height);
    const poolCenter = scale.diverging && scale.center !== null ? scale.center : facts.quantile(0.5);
    const ctx = picture.getContext('2d')!;
    await runSliced(heatmapBands({data: values.data, plane, viewport, pool, poolCenter, scale, theme, dpr}, ctx), {signal});
    paintGround(ctx, plane, viewport, theme);
    Object.assign(tile, {picture, scale, range: facts.range!, key});
  }

  /** Reads every weight once, for the range of all and the norm of each. */
  #measure(): void {
    if (this.#measuring || !this.model) return;
    this.#measuring = true;
    const {signal} = this.#abort;
    const release = this.#work.hold('measure');
    const norms = new Map<string, number>();
    const all = {min: Infinity, max: -Infinity};
    const run = async (): Promise<void> => {
      for (const info of this.model!.weights) {
        if (info.constant) continue;
        try {
          const facts = new Facts(complexPart(await info.read(signal), this.#style?.complex ?? 'magnitude'));
          await facts.scan({signal});
          await facts.describe({signal});
          norms.set(info.address, facts.stats!.l2);
          all.min = Math.min(all.min, facts.range!.min === facts.range!.min ? facts.range!.min : Infinity);
          all.max = Math.max(all.max, facts.range!.max === facts.range!.max ? facts.range!.max : -Infinity);
        } catch {
          signal.throwIfAborted();
          norms.set(info.address, -1); // its tile tells why it cannot be read
        }
        await yieldToPage();
      }
      this.#norms = norms;
      if (all.min <= all.max) this.sharedRange = all;
      this.#measuring = false;
      this.#changed(null);
    };
    run().catch(() => undefined).finally(release);
  }

  /** Lets go of pictures that are far out of view. */
  #forget(): void {
    const near = new Set(this.tiles.slice(Math.max(0, this.from - KEEP / 2), this.to + KEEP / 2).map((w) => w.address));
    for (const [address, tile] of this.#known) if (!near.has(address) && !tile.busy) this.#known.delete(address);
  }
}
