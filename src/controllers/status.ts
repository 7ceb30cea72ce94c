import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {FailureEvent, LoadEvent, LoadProgressEvent} from './events.js';
import type {MessageModel} from '../parts/message.js';
import {hasStrings, Problem, say, setStrings, type WordKey, type WordParams} from '../words/strings.js';
import {Work} from './work.js';

/**
 * Where an error comes from: what was handed over, what of it was chosen, how it is to be drawn, or saving the picture.
 * The first ones are cleared by their own next good input, the last by the user.
 */
export type Trouble = 'input' | 'choice' | 'drawing' | 'layout' | 'view' | 'run' | 'query' | 'compare' | 'classes' | 'saving';

/** Troubles that no picture stands beside, in the order in which they are told. */
const HIDING = ['input', 'run', 'view', 'choice', 'drawing', 'layout'] as const;

/** What is being done. */
export type Phase = 'reading' | 'scanning' | 'computing' | 'running';

const PHASES: Readonly<Record<Phase, WordKey>> = {reading: 'loading', scanning: 'scanning', computing: 'plotComputing', running: 'plotPredicting'};

interface Task {
  phase: Phase;
  /** 0 to 1; `undefined` where unknown. */
  share: number | undefined;
  readonly cancel: () => void;
}

/** Languages whose words are fetched when a page needs them. */
const LAZY: Readonly<Record<string, () => Promise<unknown>>> = {
  zh: () => import('../words/zh.js').then(({zh}) => setStrings('zh', zh)),
};

/** What an element is at: loading, failed, empty; its words, its events `load`, `progress` and `error`, its CSS states. */
export class Status implements ReactiveController {
  readonly work = new Work();
  /** Words of the host's own by language, fetched with the shared ones. */
  readonly #words: Readonly<Record<string, () => Promise<unknown>>>[] = [LAZY];
  readonly #asked = new Set<() => Promise<unknown>>();
  #internals: ElementInternals;
  /** What is under way, the newest last: that one is told of. */
  #tasks: Task[] = [];
  #troubles = new Map<Trouble, unknown>();
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
      if (lang) return lang.replaceAll('_', '-'); // as some write it, and Intl does not
    }
    return 'en';
  }

  /** A word or a sentence in the host's language. */
  say = (key: WordKey, params?: WordParams): string => say(this.lang, key, params);

  /** Adds words of the host's own, by language, that are fetched with the shared ones. */
  addWords(...words: Readonly<Record<string, () => Promise<unknown>>>[]): void {
    this.#words.push(...words);
    this.#host.requestUpdate();
  }

  /** An error in the host's language. */
  explain = (error: unknown): string => {
    const known = error instanceof Error && error.cause instanceof Problem ? error.cause : error;
    if (known instanceof Problem) return this.say(known.key, known.params);
    if (error instanceof RangeError) return error.message; // ours, of a picture or a table too large: it says what to do
    return this.say('unexpected', {message: error instanceof Error ? error.message : String(error)});
  };

  /** Notes that reading has begun. @param cancel gives it up @returns what ends it */
  begin(cancel: () => void, phase: Phase = 'reading'): () => void {
    const release = this.work.hold(phase);
    const task: Task = {phase, share: undefined, cancel};
    this.#tasks.push(task);
    this.#host.requestUpdate();
    return () => {
      const i = this.#tasks.indexOf(task);
      if (i < 0) return;
      this.#tasks.splice(i, 1);
      this.#host.requestUpdate();
      release();
    };
  }

  get loading(): boolean {
    return this.#tasks.length > 0;
  }

  get failed(): boolean {
    return HIDING.some((trouble) => this.#troubles.has(trouble));
  }

  progress(loaded: number, total: number, phase: Phase = 'reading'): void {
    const task = this.#tasks.findLast((t) => t.phase === phase);
    if (task) task.share = total > loaded ? loaded / total : undefined;
    this.#host.dispatchEvent(new LoadProgressEvent(loaded, total, phase));
    this.#host.requestUpdate();
  }

  /** The input has been read. */
  loaded(): void {
    this.#host.dispatchEvent(new LoadEvent());
  }

  /** Shows an error and fires it; of how to draw, the same words once: each repaint may fail anew. */
  fail(trouble: Trouble, error: unknown): void {
    const text = this.explain(error);
    if (trouble !== 'input' && this.#troubles.has(trouble) && this.explain(this.#troubles.get(trouble)) === text) return;
    this.#troubles.set(trouble, error);
    this.#host.requestUpdate();
    this.#host.dispatchEvent(new FailureEvent(error, text));
  }

  clear(trouble: Trouble): void {
    if (this.#troubles.delete(trouble)) this.#host.requestUpdate();
  }

  /** What is wrong, in words, where it leaves the picture standing; `null` where nothing is. */
  told(trouble: 'query' | 'compare' | 'classes'): string | null {
    return this.#troubles.has(trouble) ? this.explain(this.#troubles.get(trouble)) : null;
  }

  /** What is to stand over the picture. @param empty says why there is none; `null` when there is one */
  message(empty: string | null): MessageModel | null {
    const task = this.#tasks.at(-1);
    if (task) return {kind: 'loading', text: this.say(PHASES[task.phase]), share: task.share, cancel: {label: this.say('cancel'), run: task.cancel}};
    for (const trouble of [...HIDING, 'saving'] as const) {
      if (!this.#troubles.has(trouble)) continue;
      const text = this.explain(this.#troubles.get(trouble));
      if (trouble !== 'saving') return {kind: 'error', heading: this.say('failed'), text};
      return {kind: 'error', heading: this.say('notSaved'), text, cancel: {label: this.say('close'), run: () => this.clear('saving')}};
    }
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
    for (const words of this.#words) {
      const load = words[base];
      if (!load || this.#asked.has(load) || (words === LAZY && hasStrings(base))) continue;
      this.#asked.add(load);
      void load().then(() => this.#host.requestUpdate());
    }
  }

  hostUpdate(): void {
    this.hostConnected();
  }

  hostDisconnected(): void {
    this.work.release();
  }
}
