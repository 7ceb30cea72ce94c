import type {nothing, ReactiveController, ReactiveElement, TemplateResult} from 'lit';
import {formatCount, formatShare} from '../color/format.js';
import {plotControls} from '../parts/plot-bar.js';
import {plotNotes} from '../parts/plot-frame.js';
import type {Control, Note} from '../plot/types.js';
import type {ModelWeights, WeightData} from '../tensor/types.js';
import type {NamedRun} from '../plot/training-map.js';
import type {RunData, RunSnapshot} from '../training/record.js';
import {say} from '../words/learn.js';
import {LEARN_WORDS} from '../words/run.js';
import {adoptControls} from './adopt-controls.js';
import type {DataSource} from './data-source.js';
import {followRuns} from './follow-runs.js';
import {oneOf} from './heatmap-settings.js';
import type {HeatmapStage} from './heatmap-stage.js';
import {Latest} from './latest.js';
import type {Status} from './status.js';
import {isWaiting, readRunUrl, runsOf} from './plot-run.js';
import {RunPlayer} from './run-player.js';
import {type SnapshotChanges, snapshotChanges, snapshotsOf, snapshotWeights} from './run-weights.js';

// Fetched when the weights of a run are drawn.

/** What of a run's snapshots a heatmap draws. */
export type RunView = 'weights' | 'since-first' | 'since-previous';

/** What of its properties an element lets a run be walked by. */
export interface RunLook {
  step: number | null;
  runView: RunView | null;
}

/** What of an element is needed. */
export interface RunHost {
  readonly look: RunLook;
  readonly status: Status;
  /** Where the run comes from. */
  readonly source: DataSource<WeightData>;
  /** Where it is drawn. */
  readonly stage: HeatmapStage;
  /** What its weights are compared with; empty where they are drawn themselves. */
  readonly befores: {readonly size: number};
  /** Other weights are to be drawn; `null`: there are none yet. @param refreshed of the same kind as before */
  drawn(model: ModelWeights | null, refreshed: boolean): void;
  fail(error: unknown): void;
  readonly cancel: () => void;
}

/** What is drawn of a run. */
interface Wanted {
  readonly run: RunData;
  /** `null` until there is one. */
  readonly at: RunSnapshot | null;
  readonly view: RunView;
}

/** The weights of a run at one of its snapshots, walked through by a slider or played. */
export class RunHeatmap implements ReactiveController {
  readonly #player: RunPlayer;
  readonly #host: ReactiveElement;
  readonly #on: RunHost;
  readonly #latest = new Latest();
  #unfollow: (() => void) | undefined;
  #runs: readonly NamedRun[] = [];
  #which = 0;
  /** Whether the user has picked it. */
  #picked = false;
  #shown: Wanted | null = null;
  #made: SnapshotChanges | null = null;
  #making: Promise<ModelWeights | null> | null = null;
  /** The last snapshot of each run when they were read. */
  #last: readonly (RunSnapshot | undefined)[] = [];

  constructor(host: ReactiveElement, on: RunHost) {
    this.#on = on;
    this.#player = new RunPlayer(host, {steps: () => this.#snapshots.map(({step}) => step), step: () => on.look.step, go: (step) => (on.look.step = step), lang: () => on.status.lang});
    on.status.addWords(LEARN_WORDS);
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    adoptControls(this.#host);
    this.#follow();
  }

  hostDisconnected(): void {
    this.#unfollow?.();
    // what was cut off is made anew when the element comes back
    if (this.#latest.running) this.#shown = null;
    this.#latest.abort();
  }

  /**
   * Reads runs, of which one is drawn at a time.
   * @param given what a page has handed over, else what `src` names is fetched
   * @returns its weights as they are to be drawn, `null` while there are none yet; rejects with a Problem where it holds none
   */
  async read(given: unknown, src: string | null, {signal, ...fetching}: Parameters<typeof readRunUrl>[1]): Promise<ModelWeights | null> {
    const runs = given !== null ? runsOf(given) : [{name: '', run: await readRunUrl(src!, {signal, ...fetching})}];
    // one that has not begun hides no other
    if (!(this.#picked && runs[this.#which]) && !runs[this.#which]?.run.snapshots.length) this.#which = Math.max(0, runs.findIndex(({run}) => run.snapshots.length));
    this.#runs = runs;
    this.#last = runs.map(({run}) => run.snapshots.at(-1));
    this.#follow();
    if (!this.waiting) snapshotsOf(this.#run!, 'weights');
    this.#shown = this.#made = null;
    const model = await this.#make();
    signal.throwIfAborted();
    return model;
  }

  /** Whether the run that is shown goes on and has kept no weights yet. */
  get waiting(): boolean {
    return !!this.#run && isWaiting(this.#run);
  }

  /** What to say while there is nothing to draw; `null` where that is not for want of snapshots. */
  get empty(): string | null {
    return this.waiting ? say(this.#on.status.lang, 'runWaiting') : null;
  }

  /** Lets go of the runs. */
  clear(): void {
    this.#runs = [];
    this.#which = 0;
    this.#picked = false;
    this.#shown = this.#made = null;
    this.#player.stop();
    this.#latest.abort();
    this.#follow();
    this.#on.status.clear('run');
  }

  /** Brings what is drawn to the step and the view asked for. */
  update(): void {
    if (!this.#run) return;
    const old = this.#shown;
    let wanted: typeof old;
    try {
      wanted = this.#wanted(this.#view);
      this.#on.status.clear('run');
    } catch (error) {
      // one that has ended while it was waited for is being read again, which tells of it
      if (old?.run === this.#run && !old.at) return;
      // drawn anew once it can be: nothing is meanwhile
      this.#shown = this.#making = null;
      this.#on.stage.lose();
      this.#on.status.fail('run', error);
      return;
    }
    if (!wanted || (old && old.run === wanted.run && old.at === wanted.at && old.view === wanted.view)) return;
    const end = this.#on.status.begin(this.#on.cancel);
    const making = this.#make();
    making
      // what was made by another call is drawn by it
      .then((model) => making === this.#making && (model || this.waiting) && this.#on.drawn(model, old?.view === wanted.view && !!old.at))
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
      {type: 'choice', label: say(lang, 'runView'), value: this.#on.look.runView || 'weights', options: views.map(([view, word]) => [view, say(lang, word)] as const), set: (view) => (this.#on.look.runView = view as RunView)},
      ...this.#player.controls,
    ];
  }

  get #notes(): Note[] {
    const {lang} = this.#on.status;
    const at = this.#shown?.at;
    if (!at || !this.#made) return [];
    const {model, from} = this.#made;
    if (!from && this.#on.befores.size) return [];
    if (!from) return [{text: say(lang, at.gradients ? 'runWeightsAt' : 'runWeightsEnd', {step: formatCount(at.step, lang)})}];
    const changed = model.weights.filter(({change}) => change !== undefined && change > 0 && change < Infinity).sort((a, b) => b.change! - a.change!);
    const [most] = changed;
    return most ? [{text: say(lang, 'runChanged', {since: say(lang, 'runSinceFirst', {step: formatCount(from.step, lang)}), most: most.address, share: formatShare(most.change!, lang)})}] : [];
  }

  #follow(): void {
    this.#unfollow?.();
    this.#unfollow = followRuns(this.#runs, () => {
      // between two snapshots there is nothing new; one that ends without any is told of
      if (this.#runs.some(({run}, i) => run.snapshots.at(-1) !== this.#last[i]) || (this.#shown && !this.#shown.at && !this.waiting)) this.#on.source.refresh();
    });
  }

  #choose(which: number): void {
    this.#which = which;
    this.#picked = true;
    this.update();
  }

  get #run(): RunData | null {
    return this.#runs[this.#which]?.run ?? null;
  }

  get #snapshots(): readonly RunSnapshot[] {
    return this.#run?.snapshots ?? [];
  }

  /** @throws Problem for a view that is none */
  get #view(): RunView {
    return oneOf('run-view', this.#on.look.runView, ['weights', 'since-first', 'since-previous']);
  }

  /** @throws Problem where the run holds no weights, nor will */
  #wanted(view: RunView): Wanted | null {
    const run = this.#run;
    return run && {run, at: this.waiting ? null : snapshotsOf(run, 'weights')[this.#player.at]!, view};
  }

  /** Makes what is wanted now. @returns what a newer call makes, where there is one; `null` where nothing is to be drawn, or all was let go of */
  #make(): Promise<ModelWeights | null> {
    const making: Promise<ModelWeights | null> = this.#begin().then((model) => model ?? (this.#making === making ? null : this.#making));
    this.#making = making;
    return making;
  }

  async #begin(): Promise<ModelWeights | null> {
    let asked: RunView = 'weights';
    try {
      asked = this.#view;
    } catch {
      // told by `update`, and made when it is right
    }
    const {run, at, view} = (this.#shown = this.#wanted(asked)) ?? {};
    if (!run || !at) {
      this.#latest.abort();
      this.#made = null;
      return null;
    }
    const made = await this.#latest.run(async (signal): Promise<SnapshotChanges> => (view === 'weights' ? {model: snapshotWeights(run, at, 'weights'), from: null} : snapshotChanges(run, at, view === 'since-first' ? 'first' : 'previous', signal)));
    if (!made) return null;
    this.#made = made;
    return made.model;
  }
}
