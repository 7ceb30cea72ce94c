import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {FailureEvent, LoadEvent, LoadProgressEvent} from './events.js';
import type {MessageModel} from '../parts/message.js';
import {hasStrings, Problem, say, setStrings, type WordKey, type WordParams} from '../words/strings.js';
import {Work} from './work.js';

/** Where an error comes from: what was handed over, or how it is to be drawn. Each is cleared by its own next good input. */
export type Trouble = 'input' | 'drawing';

/** Languages whose words are fetched when a page needs them. */
const LAZY: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('../words/zh.js').then(({zh}) => setStrings('zh', zh)),
};

/** What an element is at: loading, failed, empty; its words, its events `load`, `progress` and `error`, its CSS states. */
export class Status implements ReactiveController {
  readonly work = new Work();
  /** 0 to 1 while bytes arrive; `undefined` where unknown. */
  share: number | undefined;
  #internals: ElementInternals;
  #loading = 0;
  #troubles = new Map<Trouble, unknown>();
  #cancel: (() => void) | undefined;
  readonly #host: ReactiveControllerHost & HTMLElement;

  /** @param internals of the host; its role is set here, its label by `describe` */
  constructor(host: ReactiveControllerHost & HTMLElement, internals: ElementInternals) {
    this.#host = host;
    this.#internals = internals;
    internals.role = 'figure';
    host.addController(this);
  }

  /** The language of the host: its own `lang`, that of an ancestor, else English. */
  get lang(): string {
    for (let at: Node | null = this.#host; at; at = at instanceof ShadowRoot ? at.host : at.parentNode) {
      const lang = (at as Partial<HTMLElement>).lang;
      if (lang) return lang;
    }
    return 'en';
  }

  /** A word or a sentence in the host's language. */
  say = (key: WordKey, params?: WordParams): string => say(this.lang, key, params);

  /** An error in the host's language. */
  explain = (error: unknown): string =>
    error instanceof Problem ? this.say(error.key, error.params) : this.say('unexpected', {message: error instanceof Error ? error.message : String(error)});

  /** Notes that reading has begun. @param cancel gives it up @returns what ends it */
  begin(cancel: () => void): () => void {
    const release = this.work.hold('reading');
    this.#loading++;
    this.#cancel = cancel;
    this.share = undefined;
    this.#host.requestUpdate();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#loading--;
      this.#host.requestUpdate();
      release();
    };
  }

  get loading(): boolean {
    return this.#loading > 0;
  }

  get failed(): boolean {
    return this.#troubles.size > 0;
  }

  progress(loaded: number, total: number): void {
    this.share = total > loaded ? loaded / total : undefined;
    this.#host.dispatchEvent(new LoadProgressEvent(loaded, total, 'reading'));
    this.#host.requestUpdate();
  }

  /** The input has been read. */
  loaded(): void {
    this.#host.dispatchEvent(new LoadEvent());
  }

  /** Shows an error and fires it; of how to draw, the same words once: each repaint may fail anew. */
  fail(trouble: Trouble, error: unknown): void {
    const text = this.explain(error);
    if (trouble === 'drawing' && this.#troubles.has(trouble) && this.explain(this.#troubles.get(trouble)) === text) return;
    this.#troubles.set(trouble, error);
    this.#host.requestUpdate();
    this.#host.dispatchEvent(new FailureEvent(error, text));
  }

  clear(trouble: Trouble): void {
    if (this.#troubles.delete(trouble)) this.#host.requestUpdate();
  }

  /** What is to stand over the picture. @param empty says why there is none; `null` when there is one */
  message(empty: string | null): MessageModel | null {
    if (this.loading) {
      const cancel = this.#cancel && {label: this.say('cancel'), run: this.#cancel};
      return {kind: 'loading', text: this.say('loading'), share: this.share, ...(cancel && {cancel})};
    }
    const [trouble] = this.#troubles.has('input') ? [this.#troubles.get('input')] : this.#troubles.values();
    if (this.failed) return {kind: 'error', heading: this.say('failed'), text: this.explain(trouble)};
    return empty === null ? null : {kind: 'empty', text: empty};
  }

  /** Sets CSS states and the accessible name, unless the page gives one. */
  describe(label: string, states: Readonly<Record<string, boolean>>): void {
    this.#internals.ariaLabel = this.#host.hasAttribute('aria-label') ? null : label;
    for (const [name, on] of Object.entries({loading: this.loading, error: this.failed, ...states})) {
      if (on) this.#internals.states.add(name);
      else this.#internals.states.delete(name);
    }
  }

  hostConnected(): void {
    const base = this.lang.toLowerCase().split('-')[0]!;
    if (!hasStrings(base)) void LAZY[base]?.().then(() => this.#host.requestUpdate());
  }

  hostUpdate(): void {
    this.hostConnected();
  }

  hostDisconnected(): void {
    this.work.release();
  }
}
