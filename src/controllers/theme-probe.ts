import type {ReactiveController, ReactiveControllerHost} from 'lit';
import type {Theme} from '../paint/theme.js';

/**
 * Reads the resolved theme colours off the `.probe` element, and tells when they change: its 1 ms transition ends
 * whenever a custom property, the colour scheme or a class above the element has changed a colour.
 */
export class ThemeProbe implements ReactiveController {
  #theme: Theme | undefined;
  #probe: HTMLElement | undefined;
  readonly #changed: () => void;

  constructor(host: ReactiveControllerHost, changed: () => void) {
    this.#changed = changed;
    host.addController(this);
  }

  /** Names the probe; call it after each render. */
  observe(probe: HTMLElement | null | undefined): void {
    if (!probe || probe === this.#probe) return;
    this.#probe?.removeEventListener('transitionend', this.#again);
    this.#probe = probe;
    this.#theme = undefined;
    probe.addEventListener('transitionend', this.#again);
  }

  /** The theme as it stands; needs a probe in the page. */
  get theme(): Theme {
    return (this.#theme ??= read(this.#probe!));
  }

  hostDisconnected(): void {
    this.#probe?.removeEventListener('transitionend', this.#again);
    this.#probe = undefined;
    this.#theme = undefined;
  }

  #again = (): void => {
    this.#theme = undefined;
    this.#changed();
  };
}

function read(probe: HTMLElement): Theme {
  const style = getComputedStyle(probe);
  return {
    text: style.color,
    background: style.backgroundColor,
    accent: style.borderTopColor,
    grid: style.borderRightColor,
    nan: style.borderBottomColor,
    positiveInfinity: style.borderLeftColor,
    negativeInfinity: style.outlineColor,
    muted: style.textDecorationColor,
    font: style.fontFamily,
  };
}
