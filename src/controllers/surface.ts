import type {ReactiveController, ReactiveControllerHost} from 'lit';

/** The canvas's box: CSS px, and its own backing store in device px. */
export interface SurfaceSize {
  readonly width: number;
  readonly height: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Device px per CSS px. */
  readonly dpr: number;
}

const EMPTY: SurfaceSize = {width: 0, height: 0, widthPx: 0, heightPx: 0, dpr: 1};
/** A hidden tab gets no animation frames; after this many ms the paint happens without one. */
const FRAME_DEADLINE = 100;

/**
 * Keeps the size of one box in CSS and device px, and makes any number of causes into one frame.
 * Sizes follow the box (ResizeObserver, device-pixel-content-box where the browser has it), never the other way round.
 */
export class Surface implements ReactiveController {
  size: SurfaceSize = EMPTY;
  #reasons = new Set<string>();
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #observer: ResizeObserver | undefined;
  #target: Element | undefined;
  #resizing: ReturnType<typeof setTimeout> | undefined;
  #media: MediaQueryList | undefined;
  /** Ends the work that a frame to come is. */
  #release: (() => void) | undefined;
  readonly #host: ReactiveControllerHost;
  readonly #hold: () => () => void;
  readonly #paint: (reasons: ReadonlySet<string>) => void;
  readonly #resized: () => void;

  /**
   * @param paint called once a frame, with why
   * @param resized called when the size has changed, before the paint
   * @param hold notes that there is something to paint; what it returns is called when it has been painted
   */
  constructor(host: ReactiveControllerHost, paint: (reasons: ReadonlySet<string>) => void, resized: () => void, hold: () => () => void) {
    this.#host = host;
    this.#hold = hold;
    this.#paint = paint;
    this.#resized = resized;
    host.addController(this);
  }

  /** Names the box to follow; call it after each render. */
  observe(target: Element | null | undefined): void {
    if (!target || target === this.#target) return;
    this.#observer?.disconnect();
    this.#target = target;
    this.#observer = new ResizeObserver((entries) => {
      // a turn later: what follows may change sizes again, which within this callback is an error of the page
      clearTimeout(this.#resizing);
      this.#resizing = setTimeout(() => this.measure(entries.at(-1)));
    });
    try {
      this.#observer.observe(target, {box: 'device-pixel-content-box'});
    } catch {
      this.#observer.observe(target); // Safari lacks that box
    }
    this.measure();
  }

  /** Asks for a frame, where there is anything to paint on. @param reason shown when debugging */
  request(reason: string): void {
    this.#reasons.add(reason);
    if (this.#release || !this.drawable) return;
    this.#release = this.#hold();
    this.#frame = requestAnimationFrame(this.#run);
    this.#timer = setTimeout(this.#run, FRAME_DEADLINE);
  }

  /** Whether there is anything to paint on. */
  get drawable(): boolean {
    return this.size.widthPx > 0 && this.size.heightPx > 0;
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    clearTimeout(this.#resizing);
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#target = undefined;
    this.#media?.removeEventListener('change', this.#zoomed);
    this.#media = undefined;
    this.#cancel();
    this.#reasons.clear();
    this.size = EMPTY;
  }

  #run = (): void => {
    const release = this.#release;
    this.#cancel();
    const reasons = this.#reasons;
    this.#reasons = new Set();
    try {
      this.#paint(reasons);
    } finally {
      release?.();
    }
  };

  #cancel(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#release = undefined;
  }

  #zoomed = (): void => this.measure();

  /** Looks at the size, where it may have changed. */
  measure(entry?: ResizeObserverEntry): void {
    const target = this.#target;
    if (!target) return;
    const dpr = devicePixelRatio || 1;
    if (!this.#media?.matches) {
      this.#media?.removeEventListener('change', this.#zoomed);
      this.#media = matchMedia(`(resolution: ${dpr}dppx)`);
      this.#media.addEventListener('change', this.#zoomed);
    }
    const width = target.clientWidth;
    const height = target.clientHeight;
    const box = entry?.devicePixelContentBoxSize?.[0];
    // the browser's own count differs by a rounding; where a density is emulated it knows nothing of it
    const near = (own: number | undefined, css: number): number => (own !== undefined && Math.abs(own - css * dpr) <= 1 ? own : Math.round(css * dpr));
    const widthPx = near(box?.inlineSize, width);
    const heightPx = near(box?.blockSize, height);
    const old = this.size;
    if (widthPx === old.widthPx && heightPx === old.heightPx && dpr === old.dpr) return;
    this.size = {width, height, widthPx, heightPx, dpr};
    this.#resized();
  }
}
