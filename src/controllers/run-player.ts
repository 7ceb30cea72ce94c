import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {formatCount} from '../color/format.js';
import type {Control} from '../plot/types.js';
import {say} from '../words/learn.js';

/** Ms that playing all of a run takes, and between two pictures at least and at most. */
const [WHOLE, LEAST, MOST] = [8000, 80, 500];

/** What is played. */
export interface PlayerHost {
  /** Where there is something to see, ascending. */
  steps(): ArrayLike<number>;
  /** The step that is shown; `null`: the last. */
  step(): number | null;
  /** The user, or time, has gone to another step. */
  go(step: number | null): void;
  lang(): string;
}

/** Walks over the steps of a run: by a slider with its keys, or by itself. */
export class RunPlayer implements ReactiveController {
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #host: ReactiveControllerHost;
  readonly #on: PlayerHost;

  constructor(host: ReactiveControllerHost, on: PlayerHost) {
    this.#host = host;
    this.#on = on;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.stop();
  }

  get playing(): boolean {
    return this.#timer !== undefined;
  }

  /** The place among the steps of the one shown: the last that is not later. */
  get at(): number {
    const [steps, step] = [this.#on.steps(), this.#on.step()];
    if (step === null || Number.isNaN(step)) return steps.length - 1;
    let at = 0;
    while (at < steps.length - 1 && steps[at + 1]! <= step) at++;
    return at;
  }

  /** The slider; none where there are not two steps to choose from. */
  get controls(): Control[] {
    const steps = this.#on.steps();
    const lang = this.#on.lang();
    const {at} = this;
    if (steps.length < 2) return [];
    return [{
      type: 'player', label: say(lang, 'runStep'), at, n: steps.length, playing: this.playing,
      text: say(lang, 'runStepOf', {step: formatCount(steps[at]!, lang), last: formatCount(steps[steps.length - 1]!, lang)}),
      set: (next) => {
        this.stop();
        this.#go(next);
      },
      toggle: () => (this.playing ? this.stop() : this.#play()),
      play: say(lang, this.playing ? 'runPause' : 'runPlay'),
    }];
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#host.requestUpdate();
  }

  #go(at: number): void {
    const steps = this.#on.steps();
    // at the end of a run that goes on, on with it
    this.#on.go(at >= steps.length - 1 ? null : steps[Math.max(0, at)]!);
  }

  #play(): void {
    const last = (): number => this.#on.steps().length - 1;
    if (this.at >= last()) this.#go(0);
    const next = (): void => {
      this.#timer = undefined;
      this.#go(this.at + 1);
      if (this.at < last()) this.#timer = setTimeout(next, this.#pause);
      else this.#host.requestUpdate();
    };
    this.#timer = setTimeout(next, this.#pause);
    this.#host.requestUpdate();
  }

  get #pause(): number {
    return Math.min(MOST, Math.max(LEAST, WHOLE / this.#on.steps().length));
  }
}
