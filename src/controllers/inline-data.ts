import type {ReactiveController, ReactiveElement} from 'lit';

/**
 * Reads the data that stand inside the tag: a `<script type="application/json">`, text that begins with a bracket or a
 * brace, or one number.
 * Anything else in there is what the page wants to stand until there are data.
 */
export class InlineData implements ReactiveController {
  /** The data's text, or `null`. */
  text: string | null = null;
  #observer: MutationObserver | undefined;
  readonly #host: ReactiveElement;
  readonly #changed: (text: string | null) => void;

  constructor(host: ReactiveElement, changed: (text: string | null) => void) {
    this.#host = host;
    this.#changed = changed;
    host.addController(this);
  }

  hostConnected(): void {
    this.#observer = new MutationObserver(() => this.#read());
    // the parser may still be adding what stands inside
    this.#observer.observe(this.#host, {childList: true, characterData: true, subtree: true});
    this.#read();
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  #read(): void {
    const script = this.#host.querySelector(':scope > script[type="application/json"]');
    const loose = Array.from(this.#host.childNodes, (n) => (n.nodeType === Node.TEXT_NODE ? n.textContent : '')).join('').trim();
    const text = script ? script.textContent : /^([[{]|-?\d+(\.\d+)?(e[+-]?\d+)?$)/i.test(loose) ? loose : null;
    if (text === this.text) return;
    this.text = text;
    this.#changed(text);
  }
}
