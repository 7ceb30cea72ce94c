import {formatValue} from '../color/format.js';
import {loadPalettes} from '../color/palette.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {autoPattern, parseArrange} from '../compute/arrange.js';
import type {BadgeOptions} from '../compute/badges.js';
import {yieldToPage} from '../compute/slices.js';
import type {Range} from '../compute/stats.js';
import type {Context, Theme} from '../paint/theme.js';
import {paintTile, pictureBox, type TilePicture} from '../paint/tile.js';
import {layoutTiles, type TileBox, type TileLayout, tilesIn} from '../paint/tile-layout.js';
import {readPart, shapeText} from '../tensor/read-tensor.js';
import type {ModelWeights, TensorValues, WeightInfo} from '../tensor/types.js';
import {Problem} from '../words/strings.js';
import {useJudgeWords} from '../words/judge.js';
import type {Status} from './status.js';
import {Facts} from './facts.js';
import {badgeTexts} from './heatmap-units.js';
import type {ViewSettings} from './heatmap-view.js';
import {Judgements, type Odd, oddness} from './judgements.js';
import {type Seen, type Span, steady, widen} from './seen.js';
import {drawWeight} from './weight-picture.js';
import {Survey, type SurveyHandlers} from './survey.js';
import {sized} from './sized.js';
import type {Work} from './work.js';

export {JUDGE_WORDS} from '../words/judge.js';

/** How tiles can be sorted. */
export type TileSort = 'order' | 'size' | 'norm' | 'change' | 'badges';

/** What is known of one tile. */
interface Tile {
  readonly info: WeightInfo;
  picture: TilePicture | null;
  change: TensorValues['change'];
  scale: ColorScale | null;
  range: Range | null;
  error: unknown;
  /** What `picture` was drawn for, or what failed. */
  key: string;
  busy: boolean;
}

/** What an overview tells its element, and asks of it. */
export interface OverviewHandlers extends Omit<SurveyHandlers, 'surveyed' | 'unread'> {
  /** There is something new to paint or to tell. */
  changed(): void;
  /** The second line of a tile, the shape first. */
  describe(info: WeightInfo, change: TensorValues['change']): string;
  /** A range, and what is not finite, in words. */
  tell(range: Range): string;
  /** An error in words. */
  explain(error: unknown): string;
  say: Status['say'];
  lang(): string;
}

/** What the tiles are drawn with. */
export interface TileStyle {
  readonly settings: ViewSettings;
  readonly complex: 'magnitude' | 'phase';
  readonly theme: Theme;
  readonly dpr: number;
  /** When units are badged. */
  readonly rule?: BadgeOptions;
}

/** So many tiles' pictures are kept when they are scrolled out of view. */
const KEEP = 200;
/** Tiles drawn at a time: one computes while the other's bytes arrive. */
const LANES = 2;
/** CSS px above and below the view within which tiles are drawn ahead. */
const AHEAD = 200;
/** Why weights are not compared. */
const ALONE: ReadonlySet<string> = new Set(['compareOnlyNow', 'compareOnlyBefore', 'compareShapes']);

/** What all addresses begin with, up to and with a `/`. */
function sharedPrefix(weights: readonly WeightInfo[]): string {
  let prefix = weights.length > 1 ? weights[0]!.address : '';
  for (const {address} of weights) {
    let n = 0;
    while (n < prefix.length && prefix[n] === address[n]) n++;
    prefix = prefix.slice(0, prefix.slice(0, n).lastIndexOf('/') + 1);
  }
  return prefix;
}

/** Every weight of a model as a tile: laid out at once from the shapes, read and drawn when scrolled into view. */
export class Overview {
  model: ModelWeights | null = null;
  /** In the order shown, after `query` and `sort`. */
  tiles: readonly WeightInfo[] = [];
  /** Those that get no tile, after `query`. */
  constants: readonly WeightInfo[] = [];
  /** What all addresses begin with, up to a `/`: said once, and left out of the titles. */
  prefix = '';
  /** Addresses of tiles whose weights could not be read. */
  readonly unread = new Set<string>();
  layout: TileLayout | null = null;
  /** First tile in view, and the last, exclusive. */
  from = 0;
  to = 0;

  #known = new Map<string, Tile>();
  #queue: number[] = [];
  #lanes = 0;
  #abort = new AbortController();
  #style: TileStyle | null = null;
  /** Ranges by address, apart from the tiles, since a tile is forgotten when it is far out of view. */
  #seen = new Map<string, Seen>();
  #arranged = '';
  #release: (() => void) | undefined;
  readonly #work: Work;
  readonly #on: OverviewHandlers;
  readonly #survey: Survey;
  readonly #judgements: Judgements;

  constructor(work: Work, handlers: OverviewHandlers) {
    useJudgeWords();
    this.#work = work;
    this.#on = handlers;
    this.#survey = new Survey({
      begin: () => handlers.begin(),
      progress: (done, total) => handlers.progress(done, total),
      unread: (info, error) => this.#miss(info, error),
      surveyed: () => {
        this.#arranged = ''; // in their new order
        handlers.changed();
      },
    });
    this.#judgements = new Judgements({
      begin: () => handlers.begin(),
      progress: (done, total) => handlers.progress(done, total),
      read: (info, signal) => this.#read(info, signal),
      judged: () => {
        this.#arranged = '';
        handlers.changed();
      },
    });
  }

  /** What all weights together span, once it was needed and measured; `null` too where none has a finite value. */
  get seen(): Seen | null {
    return this.#survey.seen;
  }

  /** What is odd about the units of all weights; `null` until every one is judged. */
  get odd(): Odd | null {
    return this.#judgements.all;
  }

  /** Whether any weight has units that can be judged. */
  get judges(): boolean {
    return this.#judgements.any;
  }

  /** Takes a model, or `null`. Of one with the same weights (`refreshed`) the old pictures stay until new ones are drawn, and ranges only widen. */
  show(model: ModelWeights | null, refreshed: boolean): void {
    this.stop();
    this.model = model;
    this.#arranged = '';
    const known = this.#known;
    this.#known = new Map();
    if (refreshed) {
      for (const info of model?.weights ?? []) {
        const tile = known.get(info.address);
        if (tile) this.#known.set(info.address, {...tile, info, error: null, key: ''});
      }
    } else {
      this.#seen.clear();
    }
    this.#survey.reset(refreshed);
    this.#judgements.reset(model, refreshed);
    this.unread.clear();
    this.constants = model ? model.weights.filter((w) => w.constant) : [];
    this.prefix = sharedPrefix((model?.weights ?? []).filter((w) => !w.constant));
    this.tiles = [];
    this.layout = null;
  }

  /** Whether all values have to be looked at to sort the tiles so. */
  measures(sort: TileSort): boolean {
    return sort === 'norm' || sort === 'badges' || (sort === 'change' && this.model?.format === 'compared');
  }

  /** Chooses and places the tiles for a width in CSS px. @returns whether anything has changed */
  arrange(query: string, sort: TileSort, width: number): boolean {
    const {model} = this;
    const compared = model?.format === 'compared';
    if (sort === 'badges') this.#judgements.start();
    else if (this.measures(sort)) this.#measure();
    // distributions are equally large, whatever the weights
    const alike = this.#style?.settings.tiles === 'distributions' ? ({kind: 'dense', shape: [40, 80]} as const) : null;
    const wanted = JSON.stringify([query, sort, width, alike]);
    if (!model || width < 1 || this.#arranged === wanted) return false;
    this.#arranged = wanted;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = model.weights.filter((w) => {
      const text = `${w.address} ${w.layerType ?? ''} ${w.shape.join('×')} ${w.shape.join('x')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const tiles = found.filter((w) => !w.constant);
    this.constants = found.filter((w) => w.constant);
    const {norms, changes} = this.#survey;
    const changeOf = ({address, change}: WeightInfo): number => (compared ? changes.get(address) : change) ?? NaN;
    // what has not changed, or is no difference, comes last
    if (sort === 'change') tiles.sort((a, b) => (changeOf(b) || 0) - (changeOf(a) || 0));
    if (sort === 'size') tiles.sort((a, b) => b.size - a.size);
    if (sort === 'norm') tiles.sort((a, b) => (norms.get(b.address) ?? 0) - (norms.get(a.address) ?? 0));
    if (sort === 'badges') {
      const oddOf = ({address}: WeightInfo): number => oddness(this.#judgements.of(address));
      tiles.sort((a, b) => oddOf(b) - oddOf(a));
    }
    this.tiles = tiles;
    this.layout = layoutTiles(tiles.map(({kind, shape, address}) => ({kind, shape, ...alike, length: address.length - this.prefix.length})), width);
    return true;
  }

  /** Sets how tiles are drawn; those drawn otherwise are drawn again when in view. */
  update(style: TileStyle): void {
    if (this.#style && style.complex !== this.#style.complex) {
      this.stop();
      this.#seen.clear();
      this.#survey.reset(false);
      this.#judgements.reset(this.model, false);
    }
    this.#style = style;
    this.#judgements.judgeBy(style.rule ?? {});
    if (style.settings.scale.domain === 'shared') this.#measure();
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
      if (!tile.busy && tile.key !== this.#key(i)) this.#queue.push(i);
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
    const {picture, scale, range, error} = tile;
    const message = error ? this.#on.explain(error) : null;
    const title = info.address.slice(this.prefix.length);
    const name = title.endsWith(info.weight) ? info.weight : title.slice(title.lastIndexOf('/') + 1);
    const shape = shapeText(info.shape);
    const more = this.#describe(tile).slice(shape.length).replace(/^ · /, '');
    const one = range && range.min === range.max && !(range.nan || range.positiveInfinity || range.negativeInfinity);
    const note = one ? this.#on.say('allSame', {value: formatValue(range.min)}) : null;
    paintTile(ctx, {layer: title.slice(0, title.length - name.length), name, shape, more, picture, scale, range, badges: this.#badges(tile), note, message}, this.layout!.boxes[i]!, this.#style!.theme);
  }

  /** The second line; of more axes than a plane has room for, which of its slices the tile shows. */
  #describe({info, change}: Tile): string {
    const words = this.#on.describe(info, change);
    if (info.shape.length < 3) return words;
    const auto = autoPattern(info.kind, info.shape);
    const {slices} = parseArrange(auto.pattern, info.shape, auto.labels);
    const n = slices.reduce((product, {size}) => product * size, 1);
    return n > 1 ? `${words} · ${this.#on.say('sliceOf', {at: slices.map(() => 0).join(), n})}` : words;
  }

  #badges({info}: Tile): string[] {
    const odd = this.#judgements.of(info.address);
    return odd ? badgeTexts(odd, this.#on.lang()) : [];
  }

  /** Changes whenever tile `i` would look otherwise than it did. */
  stamp(i: number): string {
    const tile = this.#tile(i);
    return `${tile.key} ${this.label(i)} ${JSON.stringify(this.#style!.theme)}`;
  }

  /** What a screen reader is told of tile `i`. */
  label(i: number): string {
    const tile = this.#tile(i);
    const {info, range, error} = tile;
    return [info.address, this.#describe(tile), error ? this.#on.explain(error) : range && this.#on.tell(range), ...this.#badges(tile)].filter(Boolean).join(', ');
  }

  /** Draws every tile, for export, one after another. */
  async renderAll(dpr: number, paint: (i: number, box: TileBox) => void): Promise<void> {
    const {signal} = this.#abort;
    for (let i = 0; i < this.tiles.length; i++) {
      const old = this.#tile(i);
      const tile = {...old, key: ''};
      await this.#draw(tile, i, signal, dpr);
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
    this.#survey.stop();
    this.#judgements.stop();
    this.#lanes = 0;
    for (const tile of this.#known.values()) tile.busy = false;
  }

  #miss({address}: WeightInfo, error: unknown): void {
    // what is in one model alone is not there to be read
    if (!(error instanceof Problem && ALONE.has(error.key))) this.unread.add(address);
  }

  #tile(i: number): Tile {
    const info = this.tiles[i]!;
    let tile = this.#known.get(info.address);
    if (!tile) this.#known.set(info.address, (tile = {info, picture: null, change: undefined, scale: null, range: null, error: null, key: '', busy: false}));
    return tile;
  }

  /** What tile `i` would be drawn from now: another key means drawing it again. */
  #key(i: number): string {
    const {width, height} = this.layout!.boxes[i]!;
    const {settings, complex, theme, dpr, rule} = this.#style!;
    const {nan, positiveInfinity, negativeInfinity, grid} = theme;
    return JSON.stringify([width, height, dpr, settings.scale, settings.pool, settings.aspect, settings.tiles, complex, nan, positiveInfinity, negativeInfinity, grid, settings.sharedRange, rule]);
  }

  #pump(): void {
    const {signal} = this.#abort;
    while (this.#lanes < LANES && this.#queue.length) {
      const i = this.#queue.shift()!;
      const tile = this.#tile(i);
      this.#lanes++;
      tile.busy = true;
      const next = (): void => {
        if (signal.aborted) return;
        tile.busy = false;
        this.#lanes--;
        this.#on.changed();
        this.#pump();
      };
      this.#draw(tile, i, signal, this.#style!.dpr).then(next, next);
    }
    if (!this.#lanes && !this.#queue.length) {
      this.#release?.();
      this.#release = undefined;
    }
  }

  /** Reads a tile's values, draws them, and keeps the picture alone, or what failed. @returns rejects only when aborted */
  async #draw(tile: Tile, i: number, signal: AbortSignal, dpr: number): Promise<void> {
    const key = this.#key(i);
    try {
      Object.assign(tile, {error: null, key, ...(await this.#render(tile.info, this.layout!.boxes[i]!, signal, dpr))});
    } catch (error) {
      signal.throwIfAborted();
      Object.assign(tile, {error, key});
    }
  }

  async #read(info: WeightInfo, signal: AbortSignal): Promise<TensorValues> {
    try {
      const values = await readPart(await info.read(signal), this.#style!.complex, signal);
      this.unread.delete(info.address);
      return values;
    } catch (error) {
      signal.throwIfAborted();
      this.#miss(info, error);
      throw error;
    }
  }

  async #render(info: WeightInfo, tileBox: TileBox, signal: AbortSignal, dpr: number): Promise<Pick<Tile, 'picture' | 'scale' | 'range' | 'change'>> {
    const {settings, theme} = this.#style!;
    const box = pictureBox(tileBox);
    const values = await this.#read(info, signal);
    await loadPalettes();
    await yieldToPage(); // a turn for each tile, however small
    signal.throwIfAborted();
    const facts = new Facts(values);
    await facts.scan({signal});
    await this.#judgements.judge(info, values, signal);
    const {scale: wanted, pool, aspect, sharedRange, tiles} = settings;
    if (tiles === 'distributions') {
      const {distributionPicture} = await import('./heatmap-initial.js');
      const canvas = await distributionPicture(facts, info, box, dpr, theme, {signal});
      return {picture: {canvas, width: box.width, height: box.height}, scale: null, range: facts.range!, change: values.change};
    }
    if (wanted.domain === 'robust' || wanted.transform === 'rank' || wanted.transform === 'log') await facts.distribute({signal});
    if (values.span) this.#see(`all ${info.address}`, values.span);
    const seen = this.#see(`all ${info.address}`, facts.range!);
    const robust = wanted.domain === 'robust' ? this.#see(`robust ${info.address}`, {min: facts.quantile(0.02), max: facts.quantile(0.98)}) : null;
    const quantile = (p: number): number => (robust && p === 0.02 ? robust.all.min : robust && p === 0.98 ? robust.all.max : facts.quantile(p));
    const scale = resolveScale(steady(wanted, sharedRange ? this.#survey.seen : seen), {...facts.forScale, ...(sharedRange ? {...sharedRange, leastPositive: undefined} : seen?.all), quantile});
    const size = {width: Math.max(1, Math.round(box.width * dpr)), height: Math.max(1, Math.round(box.height * dpr))};
    const canvas = await drawWeight(facts, info.kind, scale, {...size, aspect, pool, theme, dpr}, signal);
    return {picture: {canvas, width: canvas.width / dpr, height: canvas.height / dpr}, scale, range: facts.range!, change: values.change};
  }

  #see(what: string, now: Span): Seen | null {
    const seen = widen(this.#seen.get(what) ?? null, now);
    if (seen) this.#seen.set(what, seen);
    return seen;
  }

  #measure(): void {
    if (this.model) this.#survey.start(this.model, this.#style!.complex);
  }

  /** Lets go of pictures that are far out of view. */
  #forget(): void {
    const near = new Set(this.tiles.slice(Math.max(0, this.from - KEEP / 2), this.to + KEEP / 2).map((w) => w.address));
    for (const [address, tile] of this.#known) if (!near.has(address) && !tile.busy) this.#known.delete(address);
  }
}

/** Paints those of the overview's canvases whose tiles have changed. @param painted what each canvas shows */
export function paintTiles(canvases: Iterable<HTMLCanvasElement>, overview: Overview, dpr: number, painted: WeakMap<HTMLCanvasElement, string>): void {
  for (const canvas of canvases) {
    const i = Number(canvas.dataset.tile);
    if (!(i < overview.tiles.length)) continue;
    const stamp = `${overview.stamp(i)} ${canvas.clientWidth} ${canvas.clientHeight} ${dpr}`;
    if (painted.get(canvas) === stamp) continue;
    const ctx = sized(canvas, dpr);
    if (!ctx) continue;
    overview.paint(ctx, i);
    painted.set(canvas, stamp);
  }
}
