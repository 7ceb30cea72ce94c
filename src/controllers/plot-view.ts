import {chipBeside, heightOfChips} from '../paint/chips.js';
import {type FigureScene, paintFigure, rectOf, type Spot} from '../paint/plot.js';
import {hitFigure, hitHandle, panelAt} from '../paint/plot-hit.js';
import {type Box, layoutFigure, type Placed, stripHeight, valueX, valueY} from '../paint/plot-layout.js';
import type {MarksScene} from '../paint/plot-marks.js';
import type {Context, Theme} from '../paint/theme.js';
import type {CellsMark, Figure, Handle, Mark, Panel, Reading} from '../plot/types.js';
import {isWhole, panWindow, revealIn, WHOLE, type Window, zoomWindow} from '../plot/window.js';
import {PlotCells} from './plot-cells.js';
import type {SurfaceSize} from './surface.js';
import type {Work} from './work.js';

/** CSS px of a line of panels, about. */
const LINE = 230;

/** What is seen of a figure, where the cursor is, and what is hidden. */
export class PlotView {
  figure: Figure | null = null;
  cursor: Spot | null = null;
  /** Names of series that the user has hidden. */
  readonly hidden = new Set<string>();
  #windows = new Map<string, Window>();
  #placed: readonly Placed[] = [];
  /** Before anything is scrolled. */
  #whole: readonly Placed[] = [];
  /** CSS px that a strip is scrolled by. */
  #scroll = 0;
  #restored = true;
  readonly #scrolls = new Map<string, number>();
  /** Scrolls the box that the figure stands in. */
  scroller: ((top: number) => void) | null = null;
  #size: SurfaceSize | null = null;
  #theme: Theme | null = null;
  #laid = false;
  readonly #cells: PlotCells;
  /** What is drawn over the figure while something is being chosen. */
  overlay: ((ctx: Context, placed: readonly Placed[], theme: Theme) => void) | null = null;
  /** Draws pictures of points; fetched with the first. */
  #sprites: MarksScene['sprites'];
  #spriteAt: ((placed: Placed, x: number, y: number) => Spot | null) | undefined;
  readonly #work: Work;
  readonly #changed: () => void;

  /** @param changed the picture has to be painted anew */
  constructor(work: Work, changed: () => void) {
    this.#work = work;
    this.#changed = changed;
    this.#cells = new PlotCells(work, changed);
  }

  /** Takes a figure. @param fresh what was zoomed into belongs to other data */
  show(figure: Figure | null, fresh: boolean): void {
    // how far is kept for each of what is shown
    if (this.figure) this.#scrolls.set(this.figure.place ?? '', this.#scroll);
    this.#scroll = this.#scrolls.get(figure?.place ?? '') ?? 0;
    this.figure = figure;
    this.#restored = false;
    if (!this.#sprites && figure?.panels.some(({marks}) => marks.some(({kind}) => kind === 'sprites'))) void this.#needSprites();
    this.stop();
    if (fresh) {
      this.hidden.clear();
      this.#windows.clear();
      this.cursor = null;
      this.#scrolls.clear();
      this.#scroll = 0;
    } else if (this.cursor) {
      this.cursor = this.#again(this.cursor);
    }
    this.#relay();
  }

  async #needSprites(): Promise<void> {
    const release = this.#work.hold('sprites');
    try {
      const {paintSprites, hitSprite} = await import('../paint/sprites.js');
      this.#sprites = (ctx, mark, placed, scene) => paintSprites(ctx, mark, placed, scene, this.#changed);
      this.#spriteAt = (placed, x, y) => hitSprite(placed, this.hidden, x, y, this.#changed);
      this.#changed();
    } finally {
      release();
    }
  }

  /** The same place of the new figure. */
  #again({panel, mark, index}: Spot): Spot | null {
    const now = this.figure?.panels.find((p) => p.key === panel);
    const found = now?.marks.find((m) => m.kind === mark.kind && m.series === mark.series && m.read);
    return found && index < countOf(found) ? {panel, mark: found, index} : null;
  }

  resize(size: SurfaceSize, theme: Theme): void {
    if (size === this.#size && theme === this.#theme) return;
    this.#size = size;
    this.#theme = theme;
    this.#relay();
  }

  /** Whether nothing is zoomed into. */
  get fitted(): boolean {
    return [...this.#windows.values()].every(isWhole);
  }

  get zoomable(): boolean {
    return this.figure?.panels.some((p) => p.zoom !== 'none') ?? false;
  }

  /** Lines of panels below each other; a text takes as many of them as it needs to be read. */
  get lines(): number {
    if (!this.figure || !this.#size || !this.#theme) return 0;
    if (this.full !== null) return Math.ceil(this.full / LINE);
    ruler ??= new OffscreenCanvas(1, 1).getContext('2d')!;
    const lines = new Map<number, number>();
    // at one height, as the height that there is may follow from it
    for (const {outer, panel, box} of layoutFigure(this.figure, () => WHOLE, this.#size.width, 1.5 * LINE, ruler, this.#theme)) {
      const words = panel.marks.find((mark) => mark.kind === 'chips');
      const needed = words ? (heightOfChips(words, box.width, ruler, this.#theme) + 80) / LINE : 1;
      lines.set(outer.y, Math.max(lines.get(outer.y) ?? 1, needed));
    }
    return Math.ceil([...lines.values()].reduce((sum, n) => sum + n, 0));
  }

  /** CSS px that a strip takes in full; `null` of what takes the room that there is. */
  get full(): number | null {
    return this.figure && this.#size ? stripHeight(this.figure, this.#size.width) : null;
  }

  /** Scrolls a strip that is shown anew to where it was. */
  restore(to: (top: number) => void): void {
    if (!this.#restored && this.full !== null) {
      this.#restored = true;
      to(this.#scroll);
    }
  }

  /** A strip has been scrolled. */
  scrolled(top: number): void {
    if (top === this.#scroll || this.full === null) return;
    this.#scroll = top;
    this.#place();
    this.#changed();
  }

  fit(): void {
    this.#windows.clear();
    this.#relay();
  }

  /** Magnifies about a point of the picture, in CSS px; without one about the middle of each panel. */
  zoom(factor: number, x?: number, y?: number): void {
    const all = x === undefined || y === undefined;
    for (const placed of all ? this.#layout() : this.#layout().filter((p) => p === panelAt(this.#placed, x, y))) {
      const {box, panel} = placed;
      const [px, py] = all ? [0.5, 0.5] : [(x - box.x) / box.width, 1 - (y - box.y) / box.height];
      this.#set(panel, zoomWindow(this.#window(panel), factor, px, panel.y.down ? 1 - py : py, panel.zoom));
    }
    this.#relay();
  }

  /** Moves the panel at a point by CSS px. */
  pan(dx: number, dy: number, x: number, y: number): void {
    if (this.full !== null) {
      this.scroller?.(this.#scroll - dy);
      return;
    }
    const placed = panelAt(this.#layout(), x, y) ?? (this.#placed.length === 1 ? this.#placed[0] : undefined);
    if (!placed || placed.panel.zoom === 'none') return;
    const {box, panel} = placed;
    this.#set(panel, panWindow(this.#window(panel), dx / box.width, (panel.y.down ? dy : -dy) / box.height));
    this.#relay();
  }

  hit(x: number, y: number): Spot | null {
    if (!this.figure) return null;
    const placed = this.#layout();
    const panel = this.#spriteAt && panelAt(placed, x, y);
    return (panel && this.#spriteAt!(panel, x, y)) ?? hitFigure({placed, hidden: this.hidden}, x, y);
  }

  handleAt(x: number, y: number): ((x: number, y: number) => void) | null {
    const found = this.figure && hitHandle(this.#layout(), x, y);
    if (!found) return null;
    const {key} = found.placed.panel;
    const order = found.placed.panel.handles!.indexOf(found.handle);
    // the figure may be made anew while it is dragged
    return (px, py) => {
      const placed = this.#layout().find((p) => p.panel.key === key);
      const handle: Handle | undefined = placed?.panel.handles?.[order];
      if (placed && handle) handle.moved(valueX(placed, px), valueY(placed, py));
    };
  }

  /** Puts the cursor somewhere. @returns whether it has moved */
  place(spot: Spot | null): boolean {
    if (spot?.mark === this.cursor?.mark && spot?.index === this.cursor?.index) return false;
    this.cursor = spot;
    this.#changed();
    return true;
  }

  read(spot: Spot | null = this.cursor): Reading | null {
    return spot?.mark.read?.(spot.index) ?? null;
  }

  /** The figure's panels with their places. */
  get placed(): readonly Placed[] {
    return this.#layout();
  }

  /** Where the cursor's item lies, in CSS px. */
  rectOf(spot: Spot): Box | null {
    const placed = this.#layout().find((p) => p.panel.key === spot.panel);
    return placed ? rectOf(spot.mark, spot.index, placed) : null;
  }

  /** Moves the cursor by keys: along a mark, to another mark, or over the cells of a matrix. */
  step(dx: number, dy: number): Spot | null {
    const {cursor} = this;
    const readable = (this.figure?.panels ?? []).flatMap((panel) => panel.marks.filter((m) => m.read && countOf(m) && !(m.series !== undefined && this.hidden.has(m.series))).map((mark) => ({panel: panel.key, mark})));
    if (!readable.length) return null;
    let at = cursor ? readable.findIndex((r) => r.mark === cursor.mark) : -1;
    let index = cursor?.index ?? 0;
    if (at < 0) [at, index] = [0, 0];
    else {
      const {mark} = readable[at]!;
      const cols = mark.kind === 'cells' ? mark.cols : mark.kind === 'image' ? mark.pixels.width : 0;
      const upright = mark.kind === 'bars' && this.figure!.panels.some((p) => p.marks.includes(mark) && p.y.type === 'band');
      const chips = mark.kind === 'chips' ? this.#layout().find((p) => p.panel.key === readable[at]!.panel)?.chips : null;
      if (chips) {
        const next = chipBeside(chips, index, dx, dy);
        // from the first and the last line to the text before and after it
        const other = dy && chips.line[next] === chips.line[index] ? readable[within(at + Math.sign(dy), readable.length)]! : readable[at]!;
        [at, index] = other === readable[at] ? [at, next] : [readable.indexOf(other), within(index, countOf(other.mark))];
      } else if (cols) {
        const rows = countOf(mark) / cols;
        const [r, c] = [Math.floor(index / cols), index % cols];
        const row = within(r + dy, rows);
        // from its first and last row to what stands before and after it
        const next = dy && row === r ? readable[within(at + Math.sign(dy), readable.length)]! : readable[at]!;
        if (next === readable[at]) index = row * cols + within(c + dx, cols);
        else [at, index] = [readable.indexOf(next), within(next.mark.kind === mark.kind ? index : c, countOf(next.mark))];
      } else if (upright ? dy : dx) index = within(index + (upright ? dy : dx), countOf(mark));
      else if (upright ? dx : dy) {
        const next = readable[within(at + Math.sign(upright ? dx : dy), readable.length)]!;
        index = near(mark, index, next.mark);
        at = readable.indexOf(next);
      }
    }
    const spot = {...readable[at]!, index};
    this.#reveal(spot);
    return spot;
  }

  #reveal(spot: Spot): void {
    const placed = this.#layout().find((p) => p.panel.key === spot.panel);
    const rect = placed && rectOf(spot.mark, spot.index, placed);
    if (!placed || !rect) return;
    const {box, panel, outer} = placed;
    if (this.full !== null) {
      const {height} = this.#size!;
      const [from, to] = [Math.min(outer.y, rect.y), rect.y + rect.height + 24];
      if (from < 0) this.scroller?.(this.#scroll + from);
      else if (to > height) this.scroller?.(this.#scroll + Math.min(to - height, from));
      return;
    }
    const w = this.#window(panel);
    const [tx, ty] = [(rect.x + rect.width / 2 - box.x) / box.width, (rect.y + rect.height / 2 - box.y) / box.height];
    if (![tx, ty].every(Number.isFinite)) return;
    const next = revealIn(w, w.x[0] + tx * (w.x[1] - w.x[0]), w.y[0] + (panel.y.down ? ty : 1 - ty) * (w.y[1] - w.y[0]));
    this.#set(panel, next);
    this.#relay();
  }

  /** Paints what is in view onto the page's canvas. */
  paintOnto(canvas: HTMLCanvasElement): void {
    const size = this.#size!;
    const {widthPx, heightPx, dpr} = size;
    if (canvas.width !== widthPx || canvas.height !== heightPx) Object.assign(canvas, {width: widthPx, height: heightPx});
    const ctx = canvas.getContext('2d')!;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, widthPx, heightPx);
    if (!this.figure) return;
    ctx.scale(dpr, dpr);
    this.#cells.begin();
    paintFigure(ctx, this.scene(this.#inView(), size.width, size.height, dpr, this.#picture));
    this.overlay?.(ctx, this.#placed, this.#theme!);
  }

  /** The figure for a picture of its own. @param whole rather than what is zoomed into */
  sceneFor(width: number, height: number, dpr: number, vectors: boolean, cells: FigureScene['cells'], ctx: Context): FigureScene {
    const placed = layoutFigure(this.figure!, (panel) => this.#window(panel), width, height, ctx, this.#theme!);
    return {...this.scene(placed, width, height, dpr, cells), cursor: null, vectors};
  }

  private scene(placed: readonly Placed[], width: number, height: number, dpr: number, cells: FigureScene['cells']): FigureScene {
    return {figure: this.figure!, placed, hidden: this.hidden, cursor: this.cursor, width, height, theme: this.#theme!, dpr, vectors: false, cells, sprites: this.#sprites};
  }

  stop(): void {
    this.#cells.stop();
  }

  #window({link, key}: Panel): Window {
    const own = this.#windows.get(key);
    const shared = link === undefined ? undefined : this.#windows.get(`link ${link}`);
    if (!own && !shared) return WHOLE;
    return {x: (shared ?? own)!.x, y: own?.y ?? WHOLE.y};
  }

  #set({key, link}: Panel, window: Window): void {
    this.#windows.set(key, window);
    if (link !== undefined) this.#windows.set(`link ${link}`, {x: window.x, y: WHOLE.y});
  }

  #relay(): void {
    this.#laid = false;
    this.#changed();
  }

  #layout(): readonly Placed[] {
    if (this.#laid || !this.figure || !this.#size || !this.#theme) return this.#placed;
    ruler ??= new OffscreenCanvas(1, 1).getContext('2d')!;
    this.#whole = layoutFigure(this.figure, (panel) => this.#window(panel), this.#size.width, this.full ?? this.#size.height, ruler, this.#theme);
    this.#laid = true;
    this.#place();
    return this.#placed;
  }

  /** Moves what is laid out by what is scrolled. */
  #place(): void {
    const by = this.full === null ? 0 : this.#scroll;
    this.#placed = by ? this.#whole.map((placed) => ({...placed, outer: {...placed.outer, y: placed.outer.y - by}, box: {...placed.box, y: placed.box.y - by}})) : this.#whole;
  }

  /** The panels that can be seen. Of a strip, the pictures of others are given up. */
  #inView(): readonly Placed[] {
    const placed = this.#layout();
    if (this.full === null) return placed;
    const {height} = this.#size!;
    const seen = placed.filter(({outer}) => outer.y + outer.height > -40 && outer.y < height);
    this.#cells.keep(new Set(seen.map(({panel}) => panel.key)));
    return seen;
  }

  readonly #picture = (mark: CellsMark, placed: Placed): CanvasImageSource => this.#cells.picture(mark, placed, {theme: this.#theme!, dpr: this.#size!.dpr});
}

let ruler: OffscreenCanvasRenderingContext2D | null = null;

const within = (i: number, n: number): number => Math.min(Math.max(i, 0), n - 1);

/** How many items a mark has. */
export function countOf(mark: Mark): number {
  switch (mark.kind) {
    case 'line': case 'points': case 'sprites': return mark.points.length ?? mark.points.x.length;
    case 'bars': return mark.x0.length;
    case 'band': return mark.step ? Math.max(0, mark.x.length - 1) : 0;
    case 'cells': return mark.rows * mark.cols;
    case 'chips': return mark.texts.length;
    case 'image': return mark.pixels.width * mark.pixels.height;
    default: return 0;
  }
}

/** Where a mark's items lie along x; `null` where that is no one place. */
const alongX = (mark: Mark): ((i: number) => number) | null =>
  'points' in mark ? (i) => mark.points.x[i]! : mark.kind === 'band' ? (i) => (mark.x[i]! + (mark.x[i + 1] ?? mark.x[i]!)) / 2 : null;

/** The item of another mark that is nearest along x; the same place where it has no x. */
function near(from: Mark, index: number, to: Mark): number {
  const n = countOf(to);
  const [ours, theirs] = [alongX(from), alongX(to)];
  if (!ours || !theirs) return within(index, n);
  const x = ours(index);
  let [best, least] = [0, Infinity];
  for (let i = 0; i < n; i++) {
    const d = Math.abs(theirs(i) - x);
    if (d < least) [best, least] = [i, d];
  }
  return best;
}
