import type {ReactiveController, ReactiveControllerHost} from 'lit';
import type {Spot} from '../paint/plot.js';
import type {Control, Reading} from '../plot/types.js';
import {placeTooltip} from '../parts/tooltip.js';
import {Gestures} from './gestures.js';
import type {PlotSelect, SelectHandlers} from './plot-select.js';
import {PlotView} from './plot-view.js';
import type {SurfaceSize} from './surface.js';
import type {Work} from './work.js';

/** What an element does where a plot is pointed at. */
export interface StageHandlers {
  /** The picture has to be painted anew. */
  paint(): void;
  /** The cursor stands on another item; `null` once when it has left. */
  hovered(reading: Reading | null): void;
  /** An item was clicked, tapped, or chosen with Enter. */
  selected(reading: Reading): void;
  /** Points were chosen, of a figure where they can be. */
  readonly picked: SelectHandlers['picked'];
  readonly say: SelectHandlers['say'];
  lang(): string;
  /** Escape was pressed where no cursor stood. @returns whether something came of it */
  escaped?(): boolean;
  /** Whether the bare wheel and a single finger belong to the plot. */
  greedy(): boolean;
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-Infinity, 0], End: [Infinity, 0]};

/** A plot that pointer, touch and keys walk over: what several elements have in common. */
export class PlotStage implements ReactiveController {
  readonly view: PlotView;
  /** What a screen reader is told of the cursor that keys have moved. */
  spoken = '';
  #told = false;
  /** Chooses points; fetched with the first figure where they can be chosen. */
  #picker: PlotSelect | null = null;
  #selecting = false;
  readonly #work: Work;
  readonly #gestures: Gestures;
  readonly #host: ReactiveControllerHost;
  readonly #on: StageHandlers;

  constructor(host: ReactiveControllerHost, work: Work, handlers: StageHandlers) {
    this.#host = host;
    this.#on = handlers;
    this.#work = work;
    this.view = new PlotView(work, handlers.paint);
    this.#gestures = new Gestures(host, {
      zoom: (factor, x, y) => this.#zoomed(() => this.view.zoom(factor, x, y)),
      pan: (dx, dy, x, y) => this.#zoomed(() => this.view.pan(dx, dy, x, y)),
      hover: (point) => this.#hover(point && this.view.hit(point.x, point.y)),
      tap: (x, y) => this.#select(this.view.hit(x, y)),
      grab: (x, y) => this.view.handleAt(x, y) ?? this.#picker?.grab(x, y) ?? null,
      // the wheel and a finger scroll a strip
      greedy: () => handlers.greedy() && this.view.full === null,
    });
    host.addController(this);
  }

  hostUpdate(): void {
    if (!this.#selecting && this.view.figure?.panels.some((p) => p.selectable)) void this.#needSelect();
  }

  hostDisconnected(): void {
    this.view.stop();
    this.view.cursor = null;
    this.abort();
  }

  /** Gives up choosing points: there are others now. */
  abort(): void {
    this.#picker?.abort();
  }

  observe(box: HTMLElement | null): void {
    this.view.scroller = box && ((top) => (box.scrollTop = top));
    this.#gestures.observe(box);
  }

  /** What dragging does, where that is not one thing alone. */
  get controls(): readonly Control[] {
    return this.#picker?.controls ?? [];
  }

  /** What keys do beside those of all plots. */
  get keys(): string {
    return this.#picker?.keys ?? '';
  }

  /** Magnifies about the cursor, else about the middle of each panel. */
  zoom(factor: number): void {
    const {cursor} = this.view;
    const rect = cursor && this.view.rectOf(cursor);
    this.#zoomed(() => (rect ? this.view.zoom(factor, rect.x + rect.width / 2, rect.y + rect.height / 2) : this.view.zoom(factor)));
  }

  fit(): void {
    this.#zoomed(() => this.view.fit());
  }

  /** Hides or shows a series. */
  toggle(series: string): void {
    const {hidden} = this.view;
    if (!hidden.delete(series)) hidden.add(series);
    this.#on.paint();
    this.#host.requestUpdate();
  }

  readonly key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    if (this.#picker?.key(event)) {
      event.preventDefault();
      return;
    }
    const by = event.shiftKey ? 10 : 1;
    const move = MOVES[event.key];
    if (move) this.#hover(this.view.step(move[0] * by, move[1] * by), true);
    else if (event.key === 'Enter' || event.key === ' ') this.#select(this.view.cursor);
    else if (event.key === '+' || event.key === '=') this.zoom(1.5);
    else if (event.key === '-') this.zoom(1 / 1.5);
    else if (event.key === '0') this.fit();
    else if (event.key === 'Escape' && this.view.cursor) this.#hover(null, true);
    else if (event.key === 'Escape' && this.#on.escaped?.()) void 0;
    else return;
    event.preventDefault();
  };

  /** Puts the tooltip beside the cursor's item. */
  placeTip(tip: HTMLElement | null, size: SurfaceSize): void {
    const {cursor} = this.view;
    const rect = cursor && this.view.rectOf(cursor);
    if (rect && tip) placeTooltip(tip, rect, size);
  }

  async #needSelect(): Promise<void> {
    this.#selecting = true;
    const release = this.#work.hold('select');
    try {
      const {PlotSelect} = await import('./plot-select.js');
      const {say, lang, paint, picked} = this.#on;
      this.#picker = new PlotSelect(this.view, {
        say,
        lang,
        paint,
        picked,
        hold: () => this.#work.hold('selecting'),
        changed: (spoken) => {
          this.spoken = spoken;
          this.#host.requestUpdate();
        },
      });
      this.#host.requestUpdate();
    } finally {
      // one that did not load is tried again
      this.#selecting = this.#picker !== null;
      release();
    }
  }

  #zoomed(change: () => void): void {
    const before = this.view.fitted;
    change();
    if (before !== this.view.fitted || this.view.cursor) this.#host.requestUpdate();
  }

  #hover(spot: Spot | null, byKeys = false): void {
    // a cursor that other data took away has been told of as long as nobody was told that it left
    if (!this.view.place(spot) && !(spot === null && this.#told)) return;
    const reading = this.view.read();
    this.#told = reading !== null;
    this.spoken = byKeys && reading ? `${reading.value}, ${reading.place}` : '';
    this.#on.hovered(reading);
    this.#host.requestUpdate();
  }

  #select(spot: Spot | null): void {
    this.#hover(spot);
    const reading = spot && this.view.read(spot);
    if (reading) this.#on.selected(reading);
  }
}
