import type {LabelValues, PlotData, PlotSeries} from '../plot/data.js';
import {describe, isGone, readTensor} from '../tensor/read-tensor.js';
import type {TensorInput} from '../tensor/types.js';
import {Problem} from '../words/plot.js';
import type {RunCurves} from '../plot/run-curves.js';
import type {Loader} from './data-source.js';
import type {GrowingRuns, Logs} from './growing-runs.js';

/** What is true of examples: numbers (indices of classes, one-hot rows, values), or names of classes. */
export type LabelsInput = TensorInput | readonly string[];

/** One of several series, such as models that are compared. */
export interface SeriesInput {
  readonly name?: string;
  readonly tensor?: TensorInput;
  readonly predictions?: TensorInput;
  readonly labels?: LabelsInput;
  /** A `tf.History`, its `history` object, or the text of a log file. */
  readonly history?: unknown;
}

/** The element's data properties, in their order: the first that is set is drawn. */
const ORDER = ['tensor', 'predictions', 'series', 'history', 'history-src', 'run', 'run-src'] as const;
export type OwnKey = (typeof ORDER)[number];

/** Reads labels. @param input read before the first await: it may be disposed of right after */
export async function readLabels(input: LabelsInput): Promise<LabelValues> {
  // a missing name is an empty one: what colours points by labels leaves it without a class, what judges them says that there is none
  const names = Array.isArray(input) && input.some((v) => typeof v === 'string') && input.every((v) => typeof v === 'string' || v === null || v === undefined);
  return names ? (input as (string | null | undefined)[]).map((v) => v ?? '') : readTensor(input as TensorInput);
}

/** Reads a history, with the code for that. */
export async function readRun(input: unknown): Promise<object> {
  const [{readHistorySteps}, {runSliced}] = await Promise.all([import('../compute/history.js'), import('../compute/slices.js')]);
  return runSliced(readHistorySteps(input as object | string));
}

/** Reads one series. */
export async function readSeries(given: SeriesInput, i: number): Promise<PlotSeries> {
  if (typeof given !== 'object' || given === null) throw new Problem('plotSeries', {got: describe(given)});
  const name = String(given.name ?? (i ? i + 1 : ''));
  // all are begun before any is waited for: tensors may be disposed of after the setter
  const [tensor, predictions, labels, history] = await Promise.all([
    given.tensor == null ? undefined : readTensor(given.tensor),
    given.predictions == null ? undefined : readTensor(given.predictions),
    given.labels == null ? undefined : readLabels(given.labels),
    given.history == null ? undefined : readRun(given.history),
  ]);
  if (!tensor && !predictions && !history) throw new Problem('plotSeriesKeys', {name: name || '0'});
  return {name, ...(tensor && {tensor}), ...(predictions && {predictions}), ...(labels && {labels}), ...(history && {history})};
}

/** Reads what `history-src` names. */
export type HistoryReader = (signal: AbortSignal, onProgress: (loaded: number, total: number) => void) => Promise<object>;

/** Reads what an address holds as a run. */
export type RunReader = (signal: AbortSignal, progress: (loaded: number, total: number) => void, fresh: boolean) => Promise<unknown>;

/** Runs that grow, once there is the code for that, and the logs that wait for it. */
interface Growing {
  runs: GrowingRuns | null;
  readonly waiting: Logs[];
}

/** `.tensor`, `.predictions` with `.labels`, `.series`, `.history`, `history-src` of an element. */
export class OwnPlotData {
  readonly values: Partial<Record<OwnKey | 'labels', unknown>> = {};
  #reads: Partial<Record<OwnKey, Promise<readonly PlotSeries[]>>> = {};
  #labels: Promise<LabelValues> | null = null;
  /** Runs that grow log by log, where nothing else is set. */
  #growing: Growing | null = null;
  /** The step up to which runs are drawn; all of them where it is `null`. */
  step: number | null = null;
  /** The steps that runs can be drawn up to. */
  steps: ArrayLike<number> = [];
  /** What `run-src` holds, once it has been fetched, and whether to ask for a newer one. */
  #recorded: unknown = null;
  #stale = false;
  /** Whether they are what is drawn. */
  #offered = false;
  /** Labels that have been read again. */
  #fresh: Promise<LabelValues> | null = null;
  readonly #offer: (load: Loader<PlotData> | null) => void;

  constructor(offer: (load: Loader<PlotData> | null) => void) {
    this.#offer = offer;
  }

  /** What is true of the model's examples, or of the predictions'. */
  get labels(): Promise<LabelValues> | null {
    return this.#labels;
  }

  /** Whether a property of the element's own is drawn. */
  get used(): OwnKey | undefined {
    return ORDER.find((key) => this.#reads[key]);
  }

  /** Reads labels again, which may have changed in place, and with the next read a recorded run. */
  reread(): void {
    const {labels} = this.values;
    this.#stale = true;
    if (labels === undefined || isGone(labels)) return;
    this.#labels = quiet(readLabels(labels as LabelsInput));
    this.#fresh = this.#labels;
  }

  /**
   * Adds logs to the runs that grow; they are drawn where nothing else is set.
   * @param changed told when they are in: whether the curves are others than before, and not only longer
   * @param failed told why they are not
   */
  append(rows: unknown, name: string, asked: RunCurves['unit'] | null, changed: (anew: boolean) => void, failed: (error: unknown) => void): void {
    const growing = (this.#growing ??= {runs: null, waiting: []});
    const take = (): void => {
      try {
        growing.runs!.add(growing.waiting.splice(0), (anew) => {
          if (growing !== this.#growing) return;
          // what was set is part of the runs that grow
          delete this.#reads.history;
          if (!this.#offered) this.#offerBest();
          changed(anew);
        });
      } catch (error) {
        failed(error);
      }
    };
    growing.waiting.push([rows, name, asked]);
    if (growing.runs) take();
    else if (growing.waiting.length === 1) void this.#begin(growing).then(take, failed);
  }

  async #begin(growing: Growing): Promise<void> {
    const [{GrowingRuns}, before] = await Promise.all([import('./growing-runs.js'), this.used === 'history' ? this.#reads.history! : []]);
    growing.runs = new GrowingRuns(before);
  }

  /** @param input a value, or of an address what reads it */
  set(key: OwnKey | 'labels', input: unknown): void {
    this.values[key] = input ?? undefined;
    // a history that is set anew begins anew
    if (key === 'history') this.#growing = null;
    if (key === 'labels') this.#labels = input == null ? null : quiet(readLabels(input as LabelsInput));
    else if (input == null) delete this.#reads[key];
    else if (key !== 'history-src' && key !== 'run-src') this.#reads[key] = quiet(this.#read(key, input));
    else this.#reads[key] = quiet(Promise.resolve([])); // read with the loader's signal
    if (key === 'run' || key === 'run-src') [this.steps, this.#recorded, this.#stale] = [[], null, false];
    this.#fresh = null;
    this.#offerBest();
    const {used} = this;
    const ignored = ORDER.find((k) => k !== used && this.#reads[k]);
    if (used && ignored) console.warn(new Problem('plotIgnored', {used: named(used), ignored: named(ignored)}).message);
  }

  #offerBest(): void {
    const {used} = this;
    const labels = this.#labels;
    const growing = this.#growing?.runs?.series.length ? this.#growing.runs : null;
    this.#offered = !!growing && !used;
    this.#offer(
      used
        ? async (signal, progress, again) => {
            if (used === 'history-src') return {series: [{name: '', history: await (this.values[used] as HistoryReader)(signal, progress)}], classes: null};
            if (used === 'run-src') return {series: await this.#runs(await this.#record(signal, progress)), classes: null};
            if (again) this.#reads[used] = quiet(this.#read(used, this.values[used]));
            const series = await this.#reads[used]!;
            const truth = (used === 'predictions' || used === 'tensor') && labels ? await (this.#fresh ?? labels) : undefined;
            return {series: truth ? series.map((s) => ({...s, labels: truth})) : series, classes: null};
          }
        : growing && (async () => ({series: growing.series, classes: null})),
    );
  }

  /** What `run-src` names: fetched once, for all steps, and again where that is asked for. */
  async #record(signal: AbortSignal, progress: (loaded: number, total: number) => void): Promise<unknown> {
    if (this.#recorded === null || this.#stale) {
      const recorded = await (this.values['run-src'] as RunReader)(signal, progress, this.#stale);
      signal.throwIfAborted();
      this.#recorded = recorded;
      this.#stale = false;
    }
    return this.#recorded;
  }

  async #runs(given: unknown): Promise<readonly PlotSeries[]> {
    const {readRuns, runsOf, stepsOfAll} = await import('./plot-run.js');
    const runs = runsOf(given);
    this.steps = stepsOfAll(runs.map(({run: {curve}}) => curve.steps));
    return readRuns(runs, this.step);
  }

  async #read(key: OwnKey, input: unknown): Promise<readonly PlotSeries[]> {
    if (key === 'run') return this.#runs(input);
    if (key !== 'series') return [await readSeries({[key]: input}, 0)];
    if (!Array.isArray(input) || !input.length) throw new Problem('plotSeries', {got: describe(input)});
    return Promise.all(input.map(readSeries));
  }
}

const named = (key: OwnKey): string => (key === 'history-src' || key === 'run-src' ? key : `.${key}`);

/** A failure is told when the data are asked for. */
function quiet<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined);
  return reading;
}
