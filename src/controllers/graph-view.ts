import {between, fitGraph, firstView, type GraphViewport, LEGIBLE, panGraph, reveal, zoomGraph, zoomToRect} from '../compute/graph-viewport.js';
import type {LayoutFailure} from '../graph/elk.js';
import {ancestorsOf, autoExpand, expandTo} from '../graph/expand.js';
import type {Direction, PlacedBox, Scene} from '../graph/layout.js';
import type {LevelLayout} from '../graph/preview.js';
import {neighbour, type Way} from '../graph/walk.js';
import type {GraphItem, GraphTree} from '../graph/tree.js';
import type {Shape} from '../graph/types.js';
import {type GraphPicture, hitGraph, paintGraph} from '../paint/graph.js';
import {type BoxLook, type BoxText, measureBox, TextRuler} from '../paint/graph-boxes.js';
import type {Context, Theme} from '../paint/theme.js';
import {isLarge, LargePicture} from './large-picture.js';
import {Latest} from './latest.js';
import type {Work} from './work.js';

/** How a graph is to be drawn. */
export interface GraphSettings {
  readonly view: 'flow' | 'tree';
  readonly direction: Direction;
  readonly expand: 'auto' | 'all' | number;
  /** Changes whenever what is written on boxes, or their colours, do. */
  readonly stamp: string;
  readonly textOf: (item: GraphItem) => BoxText;
  readonly lookOf: (item: GraphItem) => BoxLook;
  readonly shapeText: (shape: Shape) => string;
  readonly theme: Theme;
  readonly calm: boolean;
}

/** Ms that moves take, and that the better layout may take. */
const MOVE = 260;
const DEADLINE = 5000;
/** Square CSS px that a box wants for itself at first. */
const PER_BOX = 8000;
/** A first view shows so many boxes, if it can; it begins at one of the first so many. */
const ENOUGH = 3;
const STARTS = 16;
/** More boxes than this jump to their places. */
const MOVED = 1500;

/** A drawing on its way to another. */
interface Move {
  readonly begun: number;
  readonly from: Scene | null;
  readonly start: GraphViewport;
}

/** One graph: which groups are open, the layout, the part in view. It neither listens nor renders. */
export class GraphView {
  tree: GraphTree | null = null;
  open: ReadonlySet<string> = new Set();
  scene: Scene | null = null;
  viewport: GraphViewport | null = null;
  /** Why the better layout is not there. */
  failure: LayoutFailure | null = null;
  selected: string | null = null;
  hovered: string | null = null;
  /** Ids of boxes that stand out. */
  lit: ReadonlySet<string> | null = null;

  #settings: GraphSettings | null = null;
  #box = {width: 0, height: 0, dpr: 1};
  #cache = new Map<string, LevelLayout>();
  #texts = new Map<GraphItem, BoxText>();
  #looks = new Map<GraphItem, BoxLook>();
  #sizes = new Map<GraphItem, {width: number; height: number}>();
  #ruler: TextRuler | undefined;
  #move: Move | null = null;
  #moving: (() => void) | undefined;
  /** What the drawing should fill, in steps: a drag of the window's edge does not make every layout anew. */
  #room: {width: number; height: number} | null = null;
  #touched = false;
  #worker: (() => void) | undefined;
  #warming: object | undefined;
  readonly #large: LargePicture;
  readonly #latest = new Latest();
  readonly #work: Work;
  readonly #changed: (what: 'picture' | 'facts') => void;
  readonly #failed: (error: unknown) => void;

  /**
   * @param changed called when there is more to paint (`picture`) or more to tell (`facts`)
   * @param failed a layout has failed; `null`: one has succeeded
   */
  constructor(work: Work, changed: (what: 'picture' | 'facts') => void, failed: (error: unknown) => void) {
    this.#work = work;
    this.#changed = changed;
    this.#failed = failed;
    this.#large = new LargePicture(work, () => changed('picture'), failed);
  }

  /** There will be something to lay out: what that needs is fetched and started meanwhile. */
  warm(): void {
    if (this.#warming) return;
    const token = (this.#warming = {});
    void import('../graph/layout.js').then(({useLayoutWorker, warmLayoutWorker}) => {
      if (this.#warming !== token) return;
      this.#worker ??= useLayoutWorker();
      warmLayoutWorker();
    });
  }

  /** Takes a graph, or `null`. `same`: its structure is as before; what is open, and where one looks, stays. */
  show(tree: GraphTree | null, same: boolean): void {
    this.stop();
    const kept = same && this.tree && tree ? this.open : null;
    this.tree = tree;
    this.#forgetTexts();
    this.hovered = null;
    this.lit = null;
    if (!kept) {
      this.scene = this.viewport = this.failure = null;
      this.#touched = false;
      this.#cache.clear();
    }
    if (!tree) {
      this.open = new Set();
      return;
    }
    if (kept) this.open = new Set([...kept].filter((id) => tree.items.has(id)));
    else if (this.#settings) this.open = this.#opening(this.#settings.expand);
    if (this.#settings) this.#relayout(null);
  }

  /** Sets how to draw and how large the box is; lays out anew where that matters. */
  update(settings: GraphSettings, box: {width: number; height: number; dpr: number}): void {
    const old = this.#settings;
    const resized = box.width !== this.#box.width || box.height !== this.#box.height;
    this.#settings = settings;
    this.#box = box;
    const step = (n: number): number => Math.max(1, Math.round(n / 80)) * 80;
    // scaled up: at this scale names can still be read
    const room = box.width && box.height ? {width: step(box.width / LEGIBLE), height: step(box.height / LEGIBLE)} : this.#room;
    const reshaped = room?.width !== this.#room?.width || room?.height !== this.#room?.height;
    this.#room = room;
    if (!this.tree) return;
    if (settings.stamp !== old?.stamp || settings.theme !== old.theme) this.#looks = new Map();
    const words = settings.theme.font !== old?.theme.font || settings.stamp !== old.stamp;
    if (words) this.#forgetTexts();
    if (!old || settings.expand !== old.expand) {
      this.open = this.#opening(settings.expand);
      this.#touched = false;
      this.#relayout(null);
    } else if (settings.view !== old.view || settings.direction !== old.direction) {
      this.#touched = false;
      this.#relayout(null);
    } else if (words || (reshaped && settings.view === 'flow')) {
      this.#relayout(this.#touched ? this.#anchor() : null);
    } else if (resized && this.scene && box.width && box.height) {
      if (!this.#touched || !this.viewport) this.#place(this.scene);
      else this.viewport = panGraph({...this.viewport, width: box.width, height: box.height}, this.scene, 0, 0);
      this.#changed('picture');
    }
  }

  /** Colours alone have changed. */
  recolor(): void {
    this.#looks = new Map();
    this.#changed('picture');
  }

  /** What is open at first: what is asked for, and what holds the selected one. */
  #opening(expand: GraphSettings['expand']): Set<string> {
    const item = this.selected === null ? undefined : this.tree!.item(this.selected);
    return new Set([...this.#expanded(expand), ...(item ? ancestorsOf(item).map((g) => g.id) : [])]);
  }

  #expanded(expand: GraphSettings['expand']): Set<string> {
    if (expand !== 'auto') return expandTo(this.tree!, expand);
    // as many boxes as can be read in the room that is there
    const {width, height} = this.#box;
    return autoExpand(this.tree!, {min: 20, max: Math.round(Math.min(150, Math.max(30, (width * height) / PER_BOX)))});
  }

  #forgetTexts(): void {
    this.#texts.clear();
    this.#looks = new Map();
    this.#sizes.clear();
    this.#ruler = undefined;
  }

  textOf = (item: GraphItem): BoxText => {
    let text = this.#texts.get(item);
    if (!text) this.#texts.set(item, (text = this.#settings!.textOf(item)));
    return text;
  };

  lookOf = (item: GraphItem): BoxLook => {
    let look = this.#looks.get(item);
    if (!look) this.#looks.set(item, (look = this.#settings!.lookOf(item)));
    return look;
  };

  #sizeOf = (item: GraphItem): {width: number; height: number} => {
    let size = this.#sizes.get(item);
    if (!size) this.#sizes.set(item, (size = measureBox(this.textOf(item), (this.#ruler ??= new TextRuler(this.#settings!.theme.font)))));
    return size;
  };

  /** Lays out what is open. @param anchor the box that stays where it is on screen */
  #relayout(anchor: string | null): void {
    const {tree} = this;
    const settings = this.#settings;
    if (!tree || !settings) return;
    const release = this.#work.hold('layout');
    this.#latest
      .run(async (signal) => {
        // fetched when there is something to lay out
        const {layoutGraph, layoutTree, useLayoutWorker} = await import('../graph/layout.js');
        signal.throwIfAborted();
        if (settings.view === 'tree') {
          const scene = await layoutTree(tree, this.open, this.#sizeOf, signal);
          this.failure = null;
          this.#take(scene, anchor);
          this.#failed(null);
          return;
        }
        this.#worker ??= useLayoutWorker();
        let stay = anchor;
        const {scene, failure} = await layoutGraph(tree, this.open, {
          direction: settings.direction,
          sizeOf: this.#sizeOf,
          signal,
          cache: this.#cache,
          deadlineMs: DEADLINE,
          room: this.#room,
          preview: (quick) => {
            this.#take(quick, stay);
            stay ??= this.#touched ? this.#anchor() : null;
          },
        });
        this.failure = failure;
        this.#take(scene, stay);
        this.#failed(null);
      })
      .catch(this.#failed)
      .finally(() => {
        release();
        this.#changed('facts');
      });
  }

  /** The box nearest to the middle of the view. */
  #anchor(): string | null {
    const v = this.viewport;
    if (!v || !this.scene) return null;
    if (this.selected && this.scene.byId.has(this.selected)) return this.selected;
    const [x, y] = [v.x + v.width / v.k / 2, v.y + v.height / v.k / 2];
    let best: string | null = null;
    let least = Infinity;
    for (const b of this.scene.boxes) {
      if (b.open) continue;
      const d = Math.hypot(b.x + b.width / 2 - x, b.y + b.height / 2 - y);
      if (d < least) [least, best] = [d, b.item.id];
    }
    return best;
  }

  /** Puts a new scene in the place of the old; the anchor's left top corner stays where it is on screen. */
  #take(scene: Scene, anchor: string | null): void {
    const old = this.scene;
    const before = this.#now();
    this.scene = scene;
    const v = this.viewport;
    if (!v || !this.#touched) {
      this.#place(scene);
    } else {
      const [a, b] = [anchor ? old?.byId.get(anchor) : undefined, anchor ? scene.byId.get(anchor) : undefined];
      if (a && b) this.viewport = {...v, x: v.x + b.x - a.x, y: v.y + b.y - a.y};
    }
    if (old && before && this.viewport) this.#animate(old, before);
    this.#changed('picture');
  }

  #place(scene: Scene): void {
    const {width, height} = this.#box;
    if (!width || !height) return;
    const boxes = scene.boxes.filter((b) => !b.open).sort((a, b) => a.item.order - b.item.order);
    const seen = (v: GraphViewport): number => boxes.reduce((n, b) => n + (b.x >= v.x && b.y >= v.y && b.x + b.width <= v.x + v.width / v.k && b.y + b.height <= v.y + v.height / v.k ? 1 : 0), 0);
    // where the flow begins; where little stands there, where more does
    let best: GraphViewport | null = null;
    let most = 0;
    for (const start of boxes.length ? boxes.slice(0, STARTS) : [undefined]) {
      const v = firstView(scene, this.#box, start);
      const n = seen(v);
      if (!best || n > 2 * most) [best, most] = [v, n];
      if (most >= ENOUGH || most === boxes.length) break;
    }
    const chosen = this.selected === null ? undefined : scene.byId.get(this.selected);
    this.viewport = best && chosen ? reveal(best, chosen) : best;
  }

  #animate(from: Scene | null, start: GraphViewport): void {
    this.#still();
    if (this.#settings?.calm || (this.scene!.boxes.length > MOVED && from)) return;
    this.#move = {begun: performance.now(), from, start};
    const release = this.#work.hold('move');
    // a hidden drawing is not painted to its end
    const timer = setTimeout(release, MOVE + 100);
    this.#moving = () => {
      clearTimeout(timer);
      release();
    };
  }

  /** Moves the view to another; at once where motion is not wanted. */
  #goTo(viewport: GraphViewport): void {
    const start = this.#now();
    this.viewport = viewport;
    this.#touched = true;
    if (start) this.#animate(null, start);
    this.#changed('picture');
  }

  /** What is seen at this moment. */
  #now(): GraphViewport | null {
    const move = this.#move;
    return move && this.viewport ? between(move.start, this.viewport, ease((performance.now() - move.begun) / MOVE)) : this.viewport;
  }

  /** Draws; asks for the next frame while something moves. @param ctx in device px */
  paint(ctx: Context): void {
    const {scene, viewport} = this;
    if (!scene || !viewport) return;
    if (isLarge(scene)) {
      this.#still();
      this.#large.paint(ctx, this.picture(scene, viewport, this.#box.dpr), this.#looks);
      return;
    }
    const move = this.#move;
    const t = move ? (performance.now() - move.begun) / MOVE : 1;
    if (!move || t >= 1) {
      this.#still();
      paintGraph(ctx, this.picture(scene, viewport, this.#box.dpr));
      return;
    }
    const s = ease(t);
    paintGraph(ctx, this.picture(move.from ? mix(move.from, scene, s) : scene, between(move.start, viewport, s), this.#box.dpr));
    this.#changed('picture');
  }

  /** All that a painter needs. */
  picture(scene: Scene, viewport: GraphViewport, dpr: number): GraphPicture {
    const {textOf, lookOf, lit, selected, hovered} = this;
    return {
      scene,
      viewport,
      theme: this.#settings!.theme,
      dpr,
      textOf,
      lookOf,
      lit,
      selected,
      hovered,
      shapeText: ({edge}) => (edge.shape?.some((n, i) => n !== null && (i || edge.shape!.length === 1)) ? this.#settings!.shapeText(edge.shape) : ''),
    };
  }

  /** The box at a point of the canvas, in CSS px. */
  at(px: number, py: number): ReturnType<typeof hitGraph> {
    const v = this.viewport;
    return v && this.scene && hitGraph(this.scene, v.x + px / v.k, v.y + py / v.k);
  }

  /** A box in CSS px from the canvas's corner. */
  rectOf(id: string): {x: number; y: number; width: number; height: number} | null {
    const b = this.scene?.byId.get(id);
    const v = this.viewport;
    return b && v ? {x: (b.x - v.x) * v.k, y: (b.y - v.y) * v.k, width: b.width * v.k, height: b.height * v.k} : null;
  }

  zoom(factor: number, px = this.#box.width / 2, py = this.#box.height / 2): void {
    if (!this.viewport || !this.scene) return;
    this.#still();
    this.#touched = true;
    this.viewport = zoomGraph(this.viewport, this.scene, factor, px, py);
    this.#changed('picture');
  }

  pan(dx: number, dy: number): void {
    if (!this.viewport || !this.scene) return;
    this.#still();
    this.#touched = true;
    this.viewport = panGraph(this.viewport, this.scene, dx, dy);
    this.#changed('picture');
  }

  /** Puts a point of the drawing in the middle, as the small map asks. */
  centre(x: number, y: number): void {
    const v = this.viewport;
    if (!v || !this.scene) return;
    this.#still();
    this.#touched = true;
    this.viewport = panGraph({...v, x: x - v.width / v.k / 2, y: y - v.height / v.k / 2}, this.scene, 0, 0);
    this.#changed('picture');
  }

  fit(): void {
    if (!this.scene) return;
    if (this.#box.width && this.#box.height) {
      this.#goTo(fitGraph(this.scene, this.#box));
      return;
    }
    // hidden: placed anew when it is shown
    this.viewport = null;
    this.#touched = false;
  }

  /** Whether all of the drawing is in view. */
  get fitted(): boolean {
    const v = this.viewport;
    return !v || !this.scene || (v.x <= 1 && v.y <= 1 && v.x + v.width / v.k >= this.scene.width - 1 && v.y + v.height / v.k >= this.scene.height - 1);
  }

  /** Moves a box into view, opening the groups that hold it. @param close as large as can be */
  bring(id: string, close = false): void {
    const item = this.tree?.item(id);
    if (!item) return;
    const hidden = ancestorsOf(item).filter((g) => !this.open.has(g.id));
    if (hidden.length) {
      this.open = new Set([...this.open, ...hidden.map((g) => g.id)]);
      this.#touched = true;
      this.#relayout(this.#anchor());
      const done = this.#work.complete;
      void done.then(() => this.scene?.byId.has(id) && this.bring(id, close));
      return;
    }
    const box = this.scene?.byId.get(id);
    if (!box && this.tree && !this.scene) void this.#work.complete.then(() => this.scene?.byId.has(id) && this.bring(id, close));
    if (box && this.viewport) this.#goTo(close ? zoomToRect(this.viewport, box) : reveal(this.viewport, box));
  }

  /** Opens or closes a group. @returns whether it has changed */
  setOpen(id: string, open: boolean): boolean {
    const item = this.tree?.item(id);
    if (!item || item.kind !== 'group' || this.open.has(id) === open) return false;
    const next = new Set(this.open);
    if (open) {
      next.add(id);
      // what is opened must be visible itself
      for (const g of ancestorsOf(item)) next.add(g.id);
      // a repeat shows its first block
      const [first] = item.children;
      if (item.group?.kind === 'repeat' && first?.kind === 'group') next.add(first.id);
    } else {
      next.delete(id);
    }
    this.open = next;
    this.#touched = true;
    this.#relayout(id);
    return true;
  }

  /** Opens all groups to a depth, or as at first. */
  expand(how: GraphSettings['expand']): void {
    if (!this.tree) return;
    this.open = this.#opening(how);
    this.#touched = false;
    this.#relayout(null);
  }

  /** The box that stands for a node: itself, or the closed group that holds it. */
  shownAs(id: string): string | null {
    const item = this.tree?.item(id);
    if (!item) return null;
    return (ancestorsOf(item).find((g) => !this.open.has(g.id)) ?? item).id;
  }

  /** Where an arrow key leads from a box. */
  neighbour(from: string | null, way: Way): string | null {
    const {scene} = this;
    return scene && neighbour(scene, from, way, this.#settings!.view === 'tree' ? 'right' : this.#settings!.direction);
  }

  /** Ends all work; the picture stays. */
  stop(): void {
    this.#latest.abort();
    this.#large.stop();
    this.#still();
  }

  /** Ends a move where it leads. */
  #still(): void {
    this.#move = null;
    this.#moving?.();
    this.#moving = undefined;
  }

  /** Lets the worker go. */
  release(): void {
    this.stop();
    this.#warming = undefined;
    this.#worker?.();
    this.#worker = undefined;
  }
}

const ease = (t: number): number => (t >= 1 ? 1 : t <= 0 ? 0 : 1 - (1 - t) ** 3);

/** A scene between two: boxes that both have move; lines are the new one's. */
function mix(from: Scene, to: Scene, t: number): Scene {
  const boxes = to.boxes.map((b): PlacedBox => {
    let a = from.byId.get(b.item.id);
    // what was hidden comes out of the group that held it
    for (let at = b.item.parent; !a && at; at = at.parent) a = from.byId.get(at.id);
    if (!a) return b;
    const inside = a.item.id !== b.item.id;
    const start = inside ? {x: a.x + a.width / 2 - b.width / 2, y: a.y + a.height / 2 - b.height / 2, width: b.width, height: b.height} : a;
    const lerp = (p: number, q: number): number => p + (q - p) * t;
    return {...b, x: lerp(start.x, b.x), y: lerp(start.y, b.y), width: lerp(start.width, b.width), height: lerp(start.height, b.height)};
  });
  // lines would cross the boxes that are still on their way
  return {...to, boxes, lines: t > 0.6 ? to.lines : [], byId: new Map(boxes.map((b) => [b.item.id, b]))};
}
