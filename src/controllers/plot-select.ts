import {formatCount} from '../color/format.js';
import {isShown} from '../paint/plot.js';
import {panelAt} from '../paint/plot-hit.js';
import {type Placed, placeX, placeY, valueX, valueY} from '../paint/plot-layout.js';
import {cornersOf, isInside, type Outline, paintOutline} from '../paint/selection.js';
import {drain, runSliced} from '../compute/slices.js';
import type {Control} from '../plot/types.js';
import {useEmbedWords} from '../words/embed.js';
import type {Drag} from './gestures.js';
import {Latest} from './latest.js';
import type {PlotView} from './plot-view.js';
import type {Status} from './status.js';

// Fetched with the first figure whose points can be chosen.

/** What dragging does. */
export type Tool = 'move' | 'box' | 'lasso';

/** What is done with what is chosen. */
export interface SelectHandlers {
  readonly say: Status['say'];
  readonly lang: () => string;
  /** Work begins: returns what ends it. */
  readonly hold: () => () => void;
  paint(): void;
  /** Another tool, or words to be told of. */
  changed(spoken: string): void;
  /** @param toggle each is added to what was chosen, or taken from it where it is there */
  picked(examples: readonly number[], toggle: boolean): void;
}

/** CSS px between two corners of a lasso, and up to which a box or lasso is none. */
const STEP = 3;
const LEAST = 4;
/** Comparisons that are made at once, and points between two yields. */
const AT_ONCE = 1 << 21;
const CHUNK = 2048;

/** Chooses points of a plot with a box or a lasso, by pointer and keys. */
export class PlotSelect {
  tool: Tool = 'move';
  #outline: Outline | null = null;
  /** Whether the keys have set the first corner of a box. */
  #cornered = false;
  readonly #latest = new Latest();
  readonly #view: PlotView;
  readonly #on: SelectHandlers;

  constructor(view: PlotView, handlers: SelectHandlers) {
    useEmbedWords();
    this.#view = view;
    this.#on = handlers;
    view.overlay = (ctx, placed, theme) => {
      const outline = this.#shown();
      const panel = outline && placed.find((p) => p.panel.key === outline.panel);
      if (panel) paintOutline(ctx, outline, panel, theme);
    };
  }

  /** Whether there is anything to choose. */
  get #able(): boolean {
    return this.#view.figure?.panels.some((p) => p.selectable) ?? false;
  }

  /** What dragging does, to be set. */
  get controls(): Control[] {
    const {say} = this.#on;
    if (!this.#able) return [];
    return [{type: 'choice', label: say('selectDrag'), value: this.tool, options: [['move', say('selectMove')], ['box', say('selectBox')], ['lasso', say('selectLasso')]], set: (tool) => this.#take(tool as Tool)}];
  }

  /** What the keys do. */
  get keys(): string {
    return this.#able ? this.#on.say('selectKeys') : '';
  }

  /** A press at a point of the picture, in CSS px. */
  grab(x: number, y: number): Drag | null {
    if (this.tool === 'move') return null;
    const all = this.#view.placed;
    // what begins beside a panel that is alone begins at its edge
    const placed = panelAt(all, x, y) ?? (all.length === 1 ? all[0] : null);
    if (!placed?.panel.selectable) return null;
    const {key} = placed.panel;
    const box = this.tool === 'box';
    const within = (px: number, py: number): [number, number] => [Math.min(Math.max(px, placed.box.x), placed.box.x + placed.box.width), Math.min(Math.max(py, placed.box.y), placed.box.y + placed.box.height)];
    const valueAt = (px: number, py: number): [number, number] => [valueX(placed, px), valueY(placed, py)];
    let last = within(x, y);
    const first = valueAt(...last);
    let corners = [first];
    this.#drop();
    const move = (px: number, py: number): void => {
      const at = within(px, py);
      if (!box && Math.hypot(at[0] - last[0], at[1] - last[1]) < STEP) return;
      last = at;
      corners = box ? [first, valueAt(...at)] : [...corners, valueAt(...at)];
      this.#outline = {panel: key, corners, box};
      this.#on.paint();
    };
    const end = (kept: boolean): void => {
      const outline = this.#outline;
      this.#drop();
      if (kept && outline) void this.#choose(outline);
    };
    return Object.assign(move, {end});
  }

  /** Gives up what is being chosen: the points are no more. */
  abort(): void {
    this.#latest.abort();
    this.#drop();
  }

  /** @returns whether the key was one of its own */
  key(event: KeyboardEvent): boolean {
    if (!this.#able) return false;
    const name = event.key.toLowerCase();
    if (name === 'b' || name === 'l') this.#take(name === 'b' ? (this.tool === 'box' ? 'move' : 'box') : this.tool === 'lasso' ? 'move' : 'lasso');
    else if (name === 'escape' && (this.tool !== 'move' || this.#outline)) this.#take('move');
    else if (name === 'enter' && event.shiftKey) return this.#toggle();
    else if (name === 'enter' && this.tool === 'box') return this.#corner();
    else return false;
    return true;
  }

  #take(tool: Tool): void {
    this.tool = tool;
    this.#drop();
    this.#on.changed(this.#on.say(tool === 'move' ? 'selectMoves' : tool === 'box' ? 'selectBoxes' : 'selectLassos'));
  }

  #drop(): void {
    this.#outline = null;
    this.#cornered = false;
    this.#on.paint();
  }

  /** What is drawn: a box by keys reaches from its first corner to the cursor. */
  #shown(): Outline | null {
    const outline = this.#outline;
    if (!outline || !this.#cornered) return outline;
    const at = this.#cursor();
    return at?.panel === outline.panel ? {...outline, corners: [outline.corners[0]!, at.value]} : null;
  }

  /** Where the cursor is, in the axes' units; `null` where nothing can be chosen. */
  #cursor(): {panel: string; value: [number, number]} | null {
    const {cursor, placed} = this.#view;
    const panel = cursor && placed.find((p) => p.panel.key === cursor.panel);
    const rect = panel?.panel.selectable ? this.#view.rectOf(cursor!) : null;
    return rect ? {panel: panel!.panel.key, value: [valueX(panel!, rect.x), valueY(panel!, rect.y)]} : null;
  }

  #corner(): boolean {
    const at = this.#cursor();
    if (!at) return false;
    const outline = this.#cornered ? this.#shown() : null;
    if (outline) {
      this.#drop();
      void this.#choose(outline, true);
    } else {
      this.#outline = {panel: at.panel, corners: [at.value, at.value], box: true};
      this.#cornered = true;
      this.#on.paint();
      this.#on.changed(this.#on.say('selectCornered'));
    }
    return true;
  }

  #toggle(): boolean {
    const examples = this.#cursor() === null ? null : this.#view.read()?.indices;
    if (!examples) return false;
    this.#on.picked(examples, true);
    return true;
  }

  /** @param edged points on a box's edge count: keys put corners on points */
  async #choose(outline: Outline, edged = false): Promise<void> {
    const view = this.#view;
    const placed = view.placed.find((p) => p.panel.key === outline.panel);
    if (!placed) return;
    const polygon = cornersOf(outline, placed);
    const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
    const reach = edged ? 0.01 : 0;
    const [left, right, top, bottom] = [Math.min(...xs) - reach, Math.max(...xs) + reach, Math.min(...ys) - reach, Math.max(...ys) + reach];
    if (!edged && Math.max(right - left, bottom - top) < LEAST) return;
    const steps = pointsIn(placed, view.hidden, (px, py) => px >= left && px <= right && py >= top && py <= bottom && (outline.box || isInside(polygon, px, py)));
    const points = placed.panel.marks.reduce((n, mark) => n + (mark.kind === 'points' ? mark.points.x.length : 0), 0);
    const many = points * (outline.box ? 1 : polygon.length) > AT_ONCE;
    const release = this.#on.hold();
    try {
      const found = many ? await this.#latest.run((signal) => runSliced(steps, {signal})) : drain(steps);
      if (found) this.#picked(found);
    } finally {
      release();
    }
  }

  #picked(found: readonly number[]): void {
    this.#on.picked(found, false);
    this.#on.changed(this.#on.say('plotHighlighted', {n: formatCount(found.length, this.#on.lang())}));
  }
}

/** The examples of the points in view that are drawn, ascending. @yields share done */
function* pointsIn(placed: Placed, hidden: ReadonlySet<string>, inside: (px: number, py: number) => boolean): Generator<number, number[]> {
  const {box, panel} = placed;
  const found = new Set<number>();
  for (const mark of panel.marks) {
    if (mark.kind !== 'points' || !mark.read || !isShown({hidden}, mark)) continue;
    const {x, y, length = x.length} = mark.points;
    for (let i = 0; i < length; i++) {
      if (i % CHUNK === CHUNK - 1) yield i / length;
      const [px, py] = [placeX(placed, x[i]!), placeY(placed, y[i]!)];
      // what is zoomed away is not seen to be chosen
      if (!(px >= box.x - 0.5 && px <= box.x + box.width + 0.5 && py >= box.y - 0.5 && py <= box.y + box.height + 0.5) || !inside(px, py)) continue;
      if (mark.examples) found.add(mark.examples === 'same' ? i : mark.examples[i]!);
      else for (const example of mark.read(i)?.indices ?? []) found.add(example);
    }
  }
  return [...found].sort((a, b) => a - b);
}
