import type {nothing, ReactiveController, ReactiveElement, TemplateResult} from 'lit';
import {formatCount, formatShare} from '../color/format.js';
import {controlStyles} from '../parts/control-styles.js';
import {plotControls} from '../parts/plot-bar.js';
import {plotNotes} from '../parts/plot-frame.js';
import type {Control, Note} from '../plot/types.js';
import type {ModelWeights} from '../tensor/types.js';
import type {NamedRun} from '../plot/training-map.js';
import type {RunData, RunSnapshot} from '../training/record.js';
import {say} from '../words/learn.js';
import {LEARN_WORDS} from '../words/run.js';
import {followRuns} from './follow-runs.js';
import {oneOf} from './heatmap-settings.js';
import {Latest} from './latest.js';
import type {Status} from './status.js';
import {firstSnapshots, readRunUrl, runsOf} from './plot-run.js';
import {RunPlayer} from './run-player.js';
import {snapshotChanges, snapshotsOf, snapshotWeights} from './run-weights.js';

// Fetched when the weights of a run are drawn.

/** What of a run's snapshots a heatmap draws. */
export type RunView = 'weights' | 'since-first' | 'since-previous';

/** What of an element is needed. */
export interface RunHost {
  step(): number | null;
  view(): string | null;
  go(step: number | null): void;
  look(view: RunView): void;
  readonly status: Status;
  /** The run has gone on. */
  grown(): void;
  /** Other weights are to be drawn. @param refreshed of the same kind as before */
  drawn(model: ModelWeights, refreshed: boolean): void;
  fail(error: unknown): void;
  /** What is asked for cannot be shown of this run; `null`: it can. */
  trouble(error: unknown): void;
  readonly cancel: () => void;
}

/** The weights of a run at one of its snapshots, walked through by a slider or played. */
export class RunHeatmap implements ReactiveController {
  readonly #player: RunPlayer;
  readonly #on: RunHost;
  readonly #latest = new Latest();
  #unfollow: (() => void) | undefined;
  #runs: readonly NamedRun[] = [];
  #which = 0;
  #shown: {run: RunData; at: RunSnapshot; view: RunView} | null = null;
  #model: ModelWeights | null = null;

  constructor(host: ReactiveElement, on: RunHost) {
    this.#on = on;
    this.#player = new RunPlayer(host, {steps: () => this.#snapshots.map(({step}) => step), step: on.step, go: on.go, lang: () => on.status.lang});
    on.status.addWords(LEARN_WORDS);
    (host.renderRoot as ShadowRoot).adoptedStyleSheets.push(controlStyles.styleSheet!);
    host.addController(this);
  }

  hostConnected(): void {
    this.#follow();
  }

  hostDisconnected(): void {
    this.#unfollow?.();
  }

  /**
   * Reads runs, of which one is drawn at a time.
   * @param given what a page has handed over, else what `src` names is fetched
   * @returns its weights as they are to be drawn; rejects with a Problem where it holds none
   */
  async read(given: unknown, src: string | null, {signal, ...fetching}: Parameters<typeof readRunUrl>[1]): Promise<ModelWeights> {
    const runs = given !== null ? runsOf(given) : [{name: '', run: await readRunUrl(src!, {signal, ...fetching})}];
    await firstSnapshots(runs, signal);
    this.#runs = runs;
    this.#which = Math.max(0, Math.min(this.#which, runs.length - 1));
    this.#shown = this.#model = null;
    this.#follow();
    snapshotsOf(this.#run!, 'weights');
    const model = await this.#make();
    signal.throwIfAborted();
    return model!;
  }

  /** Lets go of the runs. */
  clear(): void {
    this.#runs = [];
    this.#shown = this.#model = null;
    this.#player.stop();
    this.#latest.abort();
    this.#follow();
    this.#on.trouble(null);
  }

  /** Brings what is drawn to the step and the view asked for. */
  update(): void {
    const old = this.#shown;
    let wanted: typeof old;
    try {
      wanted = this.#wanted;
      this.#on.trouble(null);
    } catch (error) {
      this.#on.trouble(error);
      return;
    }
    if (!wanted || (old && old.run === wanted.run && old.at === wanted.at && old.view === wanted.view)) return;
    const end = this.#on.status.begin(this.#on.cancel);
    this.#make()
      .then((model) => model && this.#on.drawn(model, old?.view === wanted.view))
      .catch((error: unknown) => this.#on.fail(error))
      .finally(end);
  }

  /** What can be set. */
  get controls(): TemplateResult | typeof nothing {
    return plotControls(this.#run ? this.#controls : [], this.#on.status.say);
  }

  /** What is drawn, and what has changed most. */
  get notes(): TemplateResult | typeof nothing {
    return plotNotes(this.#notes);
  }

  get #controls(): Control[] {
    const {lang} = this.#on.status;
    const views = [['weights', 'runViewWeights'], ['since-first', 'runViewFirst'], ['since-previous', 'runViewPrevious']] as const;
    return [
      ...(this.#runs.length > 1 ? [{type: 'choice', label: say(lang, 'runRun'), value: String(this.#which), options: this.#runs.map(({name}, i) => [String(i), name] as const), set: (which) => this.#choose(Number(which))} satisfies Control] : []),
      {type: 'choice', label: say(lang, 'runView'), value: this.#on.view() || 'weights', options: views.map(([view, word]) => [view, say(lang, word)] as const), set: (view) => this.#on.look(view as RunView)},
      ...this.#player.controls,
    ];
  }

  get #notes(): Note[] {
    const {lang} = this.#on.status;
    const shown = this.#shown;
    if (!shown || !this.#model) return [];
    if (shown.view === 'weights') return [{text: say(lang, shown.at.gradients ? 'runWeightsAt' : 'runWeightsEnd', {step: formatCount(shown.at.step, lang)})}];
    const all = this.#snapshots;
    const from = shown.view === 'since-first' ? all[0]! : all[Math.max(0, all.indexOf(shown.at) - 1)]!;
    const changed = this.#model.weights.filter(({change}) => change !== undefined && change > 0 && change < Infinity).sort((a, b) => b.change! - a.change!);
    const [most] = changed;
    return most ? [{text: say(lang, 'runChanged', {since: say(lang, 'runSinceFirst', {step: formatCount(from.step, lang)}), most: most.address, share: formatShare(most.change!, lang)})}] : [];
  }

  #follow(): void {
    this.#unfollow?.();
    this.#unfollow = followRuns(this.#runs, () => this.#on.grown());
  }

  #choose(which: number): void {
    this.#which = which;
    this.update();
  }

  get #run(): RunData | null {
    return this.#runs[this.#which]?.run ?? null;
  }

  get #snapshots(): readonly RunSnapshot[] {
    return this.#run?.snapshots ?? [];
  }

  get #wanted(): {run: RunData; at: RunSnapshot; view: RunView} | null {
    const at = this.#snapshots[this.#player.at];
    return this.#run && at ? {run: this.#run, at, view: oneOf('run-view', this.#on.view(), ['weights', 'since-first', 'since-previous'])} : null;
  }

  async #make(): Promise<ModelWeights | null> {
    const wanted = (this.#shown = this.#wanted);
    if (!wanted) return null;
    const {run, at, view} = wanted;
    const model = await this.#latest.run(async (signal) => (view === 'weights' ? snapshotWeights(run, at, 'weights') : snapshotChanges(run, at, view === 'since-first' ? 'first' : 'previous', signal)));
    return model ? (this.#model = model) : null;
  }
}
