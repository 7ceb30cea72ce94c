import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {actionOf, moveCell} from './cursor.js';
import type {HeatmapView} from './heatmap-view.js';
import type {Cell} from './plane-view.js';

/** What the cursor's moves bring about. */
export interface CursorHandlers {
  /** It stands on another cell; `null` once when it has left. */
  hovered(cell: Cell | null): void;
  selected(cell: Cell): void;
  toggle(what: 'pool' | 'stats'): void;
  /** Escape, where there is no cursor to take away. */
  leave(): void;
}

/** The cell that pointer, touch or keys point at. */
export class HeatmapCursor implements ReactiveController {
  cell: Cell | null = null;
  /** Whether keys moved it: then it is spoken. */
  byKeys = false;
  /** Whether the pointer is on it: then nothing may jump about below that. */
  byPointer = false;
  readonly #host: ReactiveControllerHost;
  readonly #view: HeatmapView;
  readonly #on: CursorHandlers;

  constructor(host: ReactiveControllerHost, view: HeatmapView, handlers: CursorHandlers) {
    this.#host = host;
    this.#view = view;
    this.#on = handlers;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.cell = null;
  }

  /** Puts the cursor somewhere without an event: what a program does fires none. */
  place(cell: Cell | null): void {
    this.cell = cell;
    this.byKeys = this.byPointer = false;
    this.#host.requestUpdate();
  }

  hover(cell: Cell | null, byKeys = false): void {
    const old = this.cell;
    if (old?.row === cell?.row && old?.col === cell?.col) return;
    this.place(cell);
    this.byKeys = byKeys;
    this.byPointer = !byKeys;
    this.#on.hovered(cell);
  }

  select(cell: Cell | null): void {
    if (!cell) return;
    this.hover(cell);
    this.#on.selected(cell);
  }

  key = (event: KeyboardEvent): void => {
    const view = this.#view;
    const {viewport, plane} = view;
    if (!viewport || !plane || event.target !== event.currentTarget) return;
    const {r0, r1, c0, c1} = view.inView;
    const action = actionOf(event, Math.max(1, r1 - r0 - 1));
    if (!action) return;
    event.preventDefault();
    const start = this.cell ?? {row: (r0 + r1) >> 1, col: (c0 + c1) >> 1};
    if (action === 'fit') view.fit();
    else if (action === 'select') this.select(this.cell);
    else if (action === 'leave') {
      if (this.cell) this.hover(null);
      else this.#on.leave();
    } else if ('zoom' in action) this.zoom(action.zoom);
    else if ('toggle' in action) this.#on.toggle(action.toggle);
    else {
      // the first key only shows where the cursor is
      const cell = moveCell(plane, start, this.cell ? action.move : {rows: 0, cols: 0});
      view.reveal(cell);
      this.hover(view.read(cell) ? cell : moveCell(plane, cell, {rows: 1, cols: 1}), true);
    }
  };

  /** Magnifies about the cursor, whose cell stays wholly in view, else about the middle. */
  zoom(factor: number): void {
    const rect = this.cell && this.#view.rectOf(this.cell);
    const middle = this.#view.middle;
    const at = rect ? {x: rect.x + rect.width / 2, y: rect.y + rect.height / 2} : middle;
    this.#view.zoom(factor, at.x, at.y);
    if (this.cell) this.#view.reveal(this.cell);
  }
}
