import type {ReactiveController, ReactiveControllerHost} from 'lit';

/** What the pointer does, in CSS px from the box's left top corner. */
export interface GestureHandlers {
  /** Magnify by `factor` about a point. */
  zoom(factor: number, x: number, y: number): void;
  /** Move the picture by so much. @param x where it is moved */
  pan(dx: number, dy: number, x: number, y: number): void;
  /** A press on something that is dragged by itself, or that draws: returns what to tell where to. */
  grab?(x: number, y: number): Drag | null;
  /** The pointer stands here; `null` when it has left. */
  hover(point: {x: number; y: number} | null): void;
  /** A click or a tap that was no drag. */
  tap(x: number, y: number): void;
  /** Whether one finger and the bare wheel belong to the picture rather than to the page. */
  greedy(): boolean;
}

/** Told where the pointer is dragged to. */
export interface Drag {
  (x: number, y: number): void;
  /** It has been let go; `false` where it was taken away. */
  readonly end?: (kept: boolean) => void;
}

/** Movement in CSS px up to which a press is still a click. */
const SLOP = 4;

/** Turns mouse, pen, wheel and touch into pans, zooms, hovers and taps. It keeps no viewport: it only reports deltas. */
export class Gestures implements ReactiveController {
  #target: HTMLElement | undefined;
  #abort: AbortController | undefined;
  #pressed: {x: number; y: number; moved: boolean; drag?: Drag | null} | null = null;
  #touches: {x: number; y: number; spread: number} | null = null;
  readonly #on: GestureHandlers;

  constructor(host: ReactiveControllerHost, handlers: GestureHandlers) {
    this.#on = handlers;
    host.addController(this);
  }

  observe(target: HTMLElement | null | undefined): void {
    if (!target || target === this.#target) return;
    this.hostDisconnected();
    this.#target = target;
    this.#abort = new AbortController();
    const {signal} = this.#abort;
    target.addEventListener('wheel', this.#wheel, {signal, passive: false});
    target.addEventListener('pointerdown', this.#down, {signal});
    target.addEventListener('pointermove', this.#move, {signal});
    target.addEventListener('pointerup', this.#up, {signal});
    target.addEventListener('pointercancel', this.#cancel, {signal});
    target.addEventListener('pointerleave', this.#leave, {signal});
    for (const type of ['touchstart', 'touchmove', 'touchend', 'touchcancel'] as const) {
      target.addEventListener(type, this.#touch, {signal, passive: false});
    }
  }

  hostDisconnected(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#target = undefined;
    this.#pressed = this.#touches = null;
  }

  #at(event: {clientX: number; clientY: number}): {x: number; y: number} {
    const box = this.#target!.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  }

  #wheel = (event: WheelEvent): void => {
    // a pinch on a trackpad arrives as a wheel with ctrlKey
    if (!event.ctrlKey && !event.metaKey && !this.#on.greedy()) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const {x, y} = this.#at(event);
    const delta = Math.max(-200, Math.min(200, event.deltaY * lines));
    this.#on.zoom(Math.exp(-delta * (event.ctrlKey && Math.abs(delta) < 30 ? 0.01 : 0.003)), x, y);
  };

  #down = (event: PointerEvent): void => {
    if (event.pointerType === 'touch' || event.button !== 0) return;
    const point = this.#at(event);
    this.#pressed = {...point, moved: false, drag: this.#on.grab?.(point.x, point.y) ?? null};
    this.#target!.setPointerCapture(event.pointerId);
  };

  #move = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return;
    const point = this.#at(event);
    const pressed = this.#pressed;
    if (!pressed) {
      this.#on.hover(point);
      return;
    }
    if (!pressed.moved && Math.hypot(point.x - pressed.x, point.y - pressed.y) < SLOP) return;
    if (pressed.drag) pressed.drag(point.x, point.y);
    else this.#on.pan(point.x - pressed.x, point.y - pressed.y, point.x, point.y);
    this.#pressed = {...pressed, ...point, moved: true};
  };

  #up = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return;
    const pressed = this.#pressed;
    this.#pressed = null;
    if (pressed?.moved) pressed.drag?.end?.(true);
    else if (pressed) this.#on.tap(pressed.x, pressed.y);
  };

  #cancel = (): void => {
    this.#pressed?.drag?.end?.(false);
    this.#pressed = null;
  };

  #leave = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch' && !this.#pressed) this.#on.hover(null);
  };

  /** One finger scrolls the page (or pans, where greedy); two pan and zoom; a short touch is a tap. */
  #touch = (event: TouchEvent): void => {
    const fingers = Array.from(event.touches, (t) => this.#at(t));
    if (event.type === 'touchend' && !fingers.length && this.#pressed && !this.#pressed.moved) {
      this.#on.tap(this.#pressed.x, this.#pressed.y);
      event.preventDefault(); // no emulated mouse click on top of the tap
    }
    if (event.type !== 'touchmove') {
      const first = fingers[0];
      if (this.#pressed?.moved) this.#pressed.drag?.end?.(event.type === 'touchend' && !first);
      this.#pressed = event.type === 'touchstart' && first && fingers.length === 1 ? {...first, moved: false, drag: this.#on.grab?.(first.x, first.y) ?? null} : null;
      this.#touches = null;
    }
    if (event.type === 'touchmove' && this.#pressed?.drag && fingers.length === 1) {
      if (event.cancelable) event.preventDefault();
      this.#pressed.moved = true;
      this.#pressed.drag(fingers[0]!.x, fingers[0]!.y);
      return;
    }
    if (fingers.length < 2 && !this.#on.greedy()) {
      const first = fingers[0];
      if (first && this.#pressed && Math.hypot(first.x - this.#pressed.x, first.y - this.#pressed.y) > 2 * SLOP) this.#pressed.moved = true;
      return;
    }
    if (!fingers.length) return;
    if (event.cancelable && event.type === 'touchmove') event.preventDefault();
    const [a, b = a] = fingers as [{x: number; y: number}, {x: number; y: number}?];
    const now = {x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y)};
    const old = this.#touches;
    if (old && event.type === 'touchmove') {
      if (now.x !== old.x || now.y !== old.y) this.#on.pan(now.x - old.x, now.y - old.y, now.x, now.y);
      if (old.spread > 0 && now.spread > 0 && now.spread !== old.spread) this.#on.zoom(now.spread / old.spread, now.x, now.y);
      if (this.#pressed && Math.hypot(now.x - this.#pressed.x, now.y - this.#pressed.y) > SLOP) this.#pressed.moved = true;
    }
    this.#touches = now;
  };
}
