import type {ReactiveController, ReactiveElement} from 'lit';
import {formatCount} from '../color/format.js';
import {type NamedRun, trainingFigure, type TrainingMapSettings} from '../plot/training-map.js';
import type {Control, Figure, Note, Reading} from '../plot/types.js';
import {findWeights} from '../tensor/find-weight.js';
import type {ModelWeights} from '../tensor/types.js';
import type {RunData, RunSnapshot} from '../training/record.js';
import {useKindWords} from '../words/kinds.js';
import {useLearnWords} from '../words/learn.js';
import {followRuns} from './follow-runs.js';
import type {HeatmapStage} from './heatmap-stage.js';
import {readRunUrl, runsOf, stepsOfAll} from './plot-run.js';
import type {PlotView} from './plot-view.js';
import {RunPlayer} from './run-player.js';
import {snapshotWeights, weightsOfRun} from './run-weights.js';
import type {Status} from './status.js';

// Fetched with the first run.

/** What of its properties an element lets runs be drawn by. */
export interface RunLook {
  layer: string | number | null;
  weight: string | number | null;
  metric: 'gradient-rms' | 'update-ratio' | 'weight-rms' | null;
  step: number | null;
}

/** What of an element is needed. */
export interface RunsHost {
  readonly look: RunLook;
  readonly status: Status;
  /** Where the map of all steps is seen. */
  readonly view: PlotView;
  /** What draws weights; fetched with the first. */
  tiles(): Promise<HeatmapStage>;
  /** The map has to be drawn anew. */
  changed(): void;
  /** The user has chosen a weight, or (both `null`) gone back to all. */
  opened(layer: string | null, weight: string | null): void;
  readonly cancel: () => void;
}

/** A cell of the map. */
interface Place {
  readonly run: string;
  readonly address: string;
  readonly step: number;
}

/** A run whose gradients at one step are looked at in full. */
interface Opened {
  readonly named: NamedRun;
  /** Where it was opened, and the step that the page asked for then. */
  readonly from: Place;
  readonly before: number | null;
}

const gradientsOf = ({snapshots}: RunData): RunSnapshot[] => snapshots.filter(({gradients}) => gradients);

/** Runs as a map of weights × steps, walked over and played; what a step's gradients were, in full, where a cell is opened. */
export class GradientRuns implements ReactiveController {
  #runs: readonly NamedRun[] = [];
  /** Address of the weight whose histograms are drawn. */
  #ridges: string | null = null;
  #opened: Opened | null = null;
  #snapshot: {readonly at: RunSnapshot; readonly model: ModelWeights} | null = null;
  #tiles: HeatmapStage | null = null;
  #unfollow: (() => void) | undefined;
  /** The step that was gone to here, rather than by the page. */
  #gone: number | null = null;
  readonly #player: RunPlayer;
  readonly #host: ReactiveElement;
  readonly #on: RunsHost;

  constructor(host: ReactiveElement, on: RunsHost) {
    useLearnWords();
    useKindWords();
    this.#host = host;
    this.#on = on;
    this.#player = new RunPlayer(host, {steps: () => this.#steps, step: () => on.look.step, go: this.#go, lang: () => on.status.lang});
    host.addController(this);
  }

  hostConnected(): void {
    this.#follow();
  }

  hostDisconnected(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  /** Reads runs. @param given what a page has handed over, else what `src` names is fetched */
  async read(given: unknown, src: string | null, options: Parameters<typeof readRunUrl>[1]): Promise<NamedRun[]> {
    return given !== null ? runsOf(given) : [{name: '', run: await readRunUrl(src!, options)}];
  }

  /** Draws runs. @param refreshed they are the same, read again: what is opened of one stays so */
  take(runs: readonly NamedRun[], refreshed: boolean): void {
    this.#runs = runs;
    this.#follow();
    const opened = this.#opened;
    if (!opened) return;
    const named = refreshed ? runs.find(({name}) => name === opened.named.name) : undefined;
    if (named && gradientsOf(named.run).length) this.#opened = {...opened, named};
    else this.close();
  }

  /** Lets go of the runs. */
  clear(): void {
    this.close();
    this.#runs = [];
    this.#ridges = null;
    this.#player.stop();
    this.#follow();
  }

  /** Weights that are opened, and drawn in place of the map; `null` where none are. */
  get data(): {readonly model: ModelWeights} | null {
    return this.#opened && this.#snapshot;
  }

  /** Whether a step's gradients are looked at. */
  get open(): boolean {
    return this.#opened !== null;
  }

  /** Brings what is open to the step that is asked for. */
  update(): void {
    if (!this.#opened) return;
    const {run} = this.#opened.named;
    const at = gradientsOf(run)[this.#player.at];
    if (!at || at === this.#snapshot?.at) return;
    const refreshed = this.#snapshot !== null;
    this.#snapshot = {at, model: snapshotWeights(run, at, 'gradients')};
    this.#tiles!.take(this.#snapshot, refreshed);
  }

  /** The map, with the histograms of the weight that is chosen. @throws Problem where no run has that weight */
  figure(settings: Omit<TrainingMapSettings, 'weight' | 'lang' | 'say'>): Figure {
    const {look, status: {lang, say}} = this.#on;
    this.#ridges = null;
    this.#ridges = ridgesOf(this.#runs, look);
    return trainingFigure(this.#runs, {...settings, weight: this.#ridges, lang, say});
  }

  /** What can be set: what is coloured, and which weight's histograms are drawn; of what is open, the way back. */
  get controls(): Control[] {
    const {look, status: {say}} = this.#on;
    if (this.#opened) return [{type: 'button', label: say('gradientBack'), run: () => this.#back()}, ...this.#player.controls];
    const addresses = [...new Set(this.#runs.flatMap(({run}) => run.weights.map((w) => w.address)))];
    return [
      {type: 'choice', label: say('runMetric'), value: look.metric ?? 'gradient-rms', options: [['gradient-rms', say('runGradient')], ['update-ratio', say('runUpdate')], ['weight-rms', say('runWeights')]], set: (metric) => (look.metric = metric as 'gradient-rms')},
      {type: 'choice', label: say('gradientRidges'), value: this.#ridges ?? '', options: [['', '–'], ...addresses.map((a) => [a, a] as const)], set: (address) => ([look.layer, look.weight] = [null, address || null])},
      ...this.#player.controls,
    ];
  }

  /** What there is to say beside the figure's own notes. */
  get notes(): Note[] {
    const {say, lang} = this.#on.status;
    if (this.#opened) return this.#snapshot ? [{text: [this.#opened.named.name, say('runGradientAt', {step: formatCount(this.#snapshot.at.step, lang)})].filter(Boolean).join(': ')}] : [];
    return this.#ridges !== null && !this.#runs.some(({run}) => gradientsOf(run).length) ? [{text: say('runNoSnapshots')}] : [];
  }

  /** An item was chosen: its weight's histograms are drawn, or the gradient itself where the run holds it. */
  select({datum, series}: Reading): void {
    const named = this.#runs.find(({name}) => name === series);
    const found = named?.run.weights.find((w) => w.address === datum.weight);
    if (!named || !found) return;
    [this.#on.look.layer, this.#on.look.weight] = [found.layer || null, found.weight];
    this.#on.opened(found.layer, found.weight);
    if (gradientsOf(named.run).length) void this.#open({run: named.name, address: found.address, step: Number(datum.step)});
  }

  /** Shows the map of all steps again, as far as the page asked for. */
  close(): void {
    if (!this.#opened) return;
    const {before} = this.#opened;
    this.#opened = this.#snapshot = null;
    this.#player.stop();
    this.#go(before);
    this.#tiles!.clear();
    this.#on.changed();
  }

  async #open(from: Place): Promise<void> {
    const {look, status, cancel, tiles} = this.#on;
    const end = status.begin(cancel);
    try {
      this.#tiles = await tiles();
      const named = this.#runs.find(({name}) => name === from.run);
      if (!named) return; // others have come meanwhile
      this.#opened = {named, from, before: look.step === this.#gone ? null : look.step};
      this.#go(from.step);
      this.#host.requestUpdate();
    } catch (error) {
      status.fail('drawing', error);
      return;
    } finally {
      end();
    }
    await this.#host.updateComplete;
    await status.work.complete;
    // where the focus was is no more
    if (this.#opened) this.#tiles.focus();
  }

  /** The user goes back to the map, to the cell that was opened. */
  #back(): void {
    const {from} = this.#opened!;
    this.close();
    this.#on.opened(null, null);
    void this.#host.updateComplete.then(() => {
      if (this.#opened) return;
      this.#place(from);
      this.#host.shadowRoot!.querySelector<HTMLElement>('.view')?.focus({preventScroll: true});
    });
  }

  /** Puts the cursor onto a cell of the map. */
  #place({run: name, address, step}: Place): void {
    const {view} = this.#on;
    const run = this.#runs.find((r) => r.name === name)?.run;
    const panel = view.figure?.panels.find(({key}) => key === `map ${name}`);
    const mark = panel?.marks.find((m) => m.kind === 'cells');
    const row = run?.weights.findIndex((w) => w.address === address) ?? -1;
    if (!run || !panel || !mark || row < 0) return;
    const col = Math.max(0, run.steps.subarray(0, mark.cols).findLastIndex((s) => s <= step));
    view.place({panel: panel.key, mark, index: row * mark.cols + col});
    this.#host.requestUpdate();
  }

  readonly #go = (step: number | null): void => {
    this.#gone = this.#on.look.step = step;
  };

  /** Where there is something to see of the runs, or of the one that is open. */
  get #steps(): ArrayLike<number> {
    return this.#opened ? gradientsOf(this.#opened.named.run).map(({step}) => step) : stepsOfAll(this.#runs.map(({run}) => run.steps));
  }

  /** Draws runs again as they go on. */
  #follow(): void {
    this.#unfollow?.();
    this.#unfollow = this.#host.isConnected ? followRuns(this.#runs, () => this.#on.changed()) : undefined;
  }
}

/** The address of the weight whose histograms are drawn; `null` for none. @throws Problem where no run has it */
function ridgesOf(runs: readonly NamedRun[], {layer, weight}: RunLook): string | null {
  if ((layer === null || layer === '') && (weight === null || weight === '')) return null;
  const weights = runs.flatMap(({run}) => weightsOfRun(run).weights);
  return weights.length ? findWeights({format: 'run', weights}, layer, weight)[0]!.address : null;
}
