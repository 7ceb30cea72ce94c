import {isTensorLike} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';
import {alertAt, type Budget, isDue, newBudget, spend} from './budget.js';
import {RunAnomalyEvent, RunEndEvent, RunEpochEvent, type RunEventMap, RunStepEvent} from './events.js';
import {freeze, type Frozen, oddWeights, type Stepped, thaw} from './frozen.js';
import {disposeScratch, newScratch, readStep, type StepNumbers, type WatchTf} from './measurement.js';
import {type Gradients, learningRateOf, type LiveOptimizer, namedGradients, type TrainableModel, weightOfVariable, weightsByVariable} from './optimizer.js';
import {type Assignable, findOdd, type FirstOdd, probedLayers, readUnits} from './probe.js';
import {addEpoch, addNonFinite, addSnapshot, addStep, addUnits, newStore, type RunData, runData, type RunMetric, type RunRecord, type RunSnapshot, type RunWeight, snapshotBytes, SNAPSHOTS_BYTES} from './record.js';
import {isOdd, judgeStep, judgeUnits, newJudge, type RuleThresholds, type StepFacts} from './rules.js';
import {readSnapshot, readWeights} from './snapshot.js';

/** What a run is set up with. */
export interface RunSetup {
  readonly tf: WatchTf;
  readonly every: 'auto' | number;
  readonly snapshots: 'epoch' | number | false;
  readonly thresholds: Partial<RuleThresholds>;
  readonly model: TrainableModel | null;
  /** Kept; the run disposes of them. */
  readonly probe: readonly TfTensor[];
}

/** What was begun at a step and comes in later. */
interface Begun {
  readonly step: number;
  readonly learningRate: number;
  readonly at: readonly number[];
  readonly loss: boolean;
  readonly batchSeen: boolean;
  readonly numbers: Promise<() => StepNumbers>;
  readonly frozen: Frozen | null;
}

/** Steps frozen at once: on the CPU one is enough, elsewhere numbers come in later than steps. */
const FROZEN = 4;
/** A loss so many times its moving average has the next steps measured. */
const LEAP = 5;
/** How long `fit` waits at its end for numbers under way, in ms; a lost device would have it wait for ever. */
const WAIT = 2000;

const now = (): number => performance.now();

/**
 * A training run that is being watched: made by `watch`. What a picture needs is as in a recorded run (`RunData`); the
 * arrays are made anew by each call.
 */
export class Run extends EventTarget implements RunData {
  readonly #setup: RunSetup;
  readonly #store = newStore();
  readonly #data = runData(this.#store);
  readonly #judge;
  readonly #budget: Budget;
  readonly #scratch = newScratch();
  readonly #index = new Map<string, number>();
  #known: Map<string, RunWeight> | null = null;
  #untap: (() => void)[] = [];
  #pending: Promise<void> = Promise.resolve();
  #step = 0;
  #stopped = false;
  #epochBegun = true;
  #batch: {inputs: readonly TfTensor[]; all: readonly TfTensor[]} | null = null;
  #loss: TfTensor | null = null;
  #inMinimize = false;
  /** Time of ours since a `minimize` began, who it tells what a step has cost, and when the last step ended. */
  #own = 0;
  #spent: ((spent: {watching: number; measuring: number}) => void) | null = null;
  #ended = 0;
  #lossAverage = NaN;
  readonly #frozen = new Set<Frozen>();
  #sawOdd = false;
  #probeCredit = 0;
  /** Steps taken when the weights after the last were kept. */
  #lastKept = 0;
  /** Whether it was said that snapshots are large. */
  #warned = false;

  constructor(setup: RunSetup) {
    super();
    this.#setup = setup;
    this.#budget = newBudget(setup.every);
    this.#judge = newJudge(this.#store.weights, this.#store.findings, setup.thresholds);
    if (setup.probe.length) this.#store.layers = probedLayers(setup.model!);
  }

  override addEventListener<K extends keyof RunEventMap>(type: K, listener: (this: Run, event: RunEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  override removeEventListener<K extends keyof RunEventMap>(type: K, listener: (this: Run, event: RunEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  override removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
  override removeEventListener(type: string, listener: unknown, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, listener as EventListener, options);
  }

  get weights(): RunData['weights'] {
    return this.#data.weights;
  }

  get stepCount(): number {
    return this.#data.stepCount;
  }

  get steps(): Float64Array {
    return this.#data.steps;
  }

  get curve(): RunData['curve'] {
    return this.#data.curve;
  }

  get epochs(): RunData['epochs'] {
    return this.#data.epochs;
  }

  get findings(): RunData['findings'] {
    return this.#data.findings;
  }

  get nonFinite(): RunData['nonFinite'] {
    return this.#data.nonFinite;
  }

  get snapshots(): RunData['snapshots'] {
    return this.#data.snapshots;
  }

  get units(): RunData['units'] {
    return this.#data.units;
  }

  values(metric: RunMetric): Float32Array {
    return this.#data.values(metric);
  }

  histograms(of: 'gradient' | 'weight', weight: number): ReturnType<RunData['histograms']> {
    return this.#data.histograms(of, weight);
  }

  record(): RunRecord {
    return this.#data.record();
  }

  /** What watching has cost so far, as a share of the time of training without it; of the main thread, not of a GPU. The first steps cost most: code is compiled, and one is measured. */
  get cost(): number {
    return this.#budget.trained ? this.#budget.own / this.#budget.trained : 0;
  }

  /** Whether weights are kept now and then. */
  get takesSnapshots(): boolean {
    return this.#setup.snapshots !== false;
  }

  /** Whether `stop` was called. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when the numbers of all steps so far are in. */
  async settled(): Promise<void> {
    let seen;
    do await (seen = this.#pending);
    while (seen !== this.#pending);
  }

  /** Ends the watch: optimiser and model are as they were. What is under way still comes in, and so do the last weights: see `settled`. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#attempt(() => this.#lastSnapshot());
    for (const untap of this.#untap) untap();
    this.#untap = [];
    disposeScratch(this.#scratch);
    for (const frozen of this.#frozen) this.#thaw(frozen);
    for (const tensor of this.#setup.probe) tensor.dispose();
    this.#queue(async () => void this.dispatchEvent(new RunEndEvent('stop', this.#step)));
  }

  /** @internal Has `stop` call it. */
  onStop(untap: () => void): void {
    this.#untap.push(untap);
  }

  /** @internal Around `minimize`: its loss is seen, and its time counted. */
  minimize(args: readonly unknown[], next: (args: readonly unknown[]) => unknown): unknown {
    const [f, ...rest] = args as [() => TfTensor, ...unknown[]];
    if (this.#inMinimize || typeof f !== 'function') return next(args);
    this.#inMinimize = true;
    this.#own = 0;
    const start = now();
    let watching: {watching: number; measuring: number} | null = null;
    this.#spent = (spent) => (watching = spent);
    try {
      return next([() => (this.#loss = f()), ...rest]);
    } finally {
      this.#inMinimize = false;
      this.#loss = null;
      this.#spent = null;
      const spent = watching as {watching: number; measuring: number} | null;
      if (spent) spend(this.#budget, spent.watching, spent.measuring, now() - start - this.#own);
      this.#ended = now();
    }
  }

  /** @internal Around `applyGradients`: one step. What goes wrong in here is told on the console: the optimiser's step is taken all the same. */
  applyGradients(optimizer: LiveOptimizer, gradients: Gradients, next: () => unknown): unknown {
    const start = now();
    const measured = isDue(this.#budget, this.#step);
    const before = this.#attempt(() => this.#before(gradients));
    const from = now();
    let result: unknown;
    try {
      result = next();
    } catch (error) {
      for (const {before: tensor} of before ?? []) tensor.dispose();
      throw error;
    }
    const to = now();
    if (before) this.#attempt(() => this.#after(optimizer, before, measured));
    const took = now() - to;
    const between = from - start;
    const spent = {watching: between + (measured ? 0 : took), measuring: measured ? took : 0};
    this.#own += between + took;
    if (this.#spent) this.#spent(spent);
    // without minimize what lies between the steps is training
    else spend(this.#budget, spent.watching, spent.measuring, this.#ended ? start - this.#ended + to - from : to - from);
    this.#ended = now();
    return result;
  }

  #attempt<T>(run: () => T): T | null {
    try {
      return run();
    } catch (error) {
      console.warn('tensorlens: a step could not be watched.', error);
      return null;
    }
  }

  /** The weights that gradients are of, as they are: clones share their values, so they cost next to nothing. */
  #before(gradients: Gradients): Stepped[] {
    const {tf} = this.#setup;
    const variables = tf.engine().registeredVariables as Readonly<Record<string, Assignable>>;
    const stepped: Stepped[] = [];
    try {
      for (const {name, tensor} of namedGradients(gradients)) {
        const variable = variables[name];
        if (variable) stepped.push({name, gradient: tensor, variable, before: tf.clone(variable)});
      }
    } catch (error) {
      for (const {before} of stepped) before.dispose();
      throw error;
    }
    return stepped;
  }

  #after(optimizer: LiveOptimizer, stepped: readonly Stepped[], measured: boolean): void {
    let frozen: Frozen | null = null;
    try {
      if (this.#takesSnapshot()) {
        const at = this.#indices(stepped);
        this.#keepSnapshot(readSnapshot(this.#step, stepped, at, this.#store.weights.length));
      }
      frozen = this.#freeze(stepped);
      this.#begin(optimizer, stepped, measured, frozen);
    } catch (error) {
      if (frozen) this.#thaw(frozen);
      throw error;
    } finally {
      if (!frozen) for (const {before} of stepped) before.dispose();
    }
  }

  #takesSnapshot(): boolean {
    const {snapshots} = this.#setup;
    return snapshots === 'epoch' ? this.#epochBegun : snapshots !== false && this.#step % snapshots === 0;
  }

  /** The indices of variables in the run's weights. */
  #indices(stepped: readonly Stepped[]): number[] {
    const {model} = this.#setup;
    return stepped.map(({name, gradient}) => {
      let at = this.#index.get(name);
      if (at === undefined) {
        if (model && !this.#known?.has(name)) this.#known = weightsByVariable(model);
        at = this.#store.weights.push(this.#known?.get(name) ?? weightOfVariable(name, gradient.shape)) - 1;
        this.#index.set(name, at);
      }
      return at;
    });
  }

  #freeze(stepped: readonly Stepped[]): Frozen | null {
    const {tf, model} = this.#setup;
    if (!model || !this.#batch || this.#sawOdd || this.#frozen.size >= FROZEN) return null;
    const frozen = freeze(tf, this.#batch.inputs, stepped);
    this.#frozen.add(frozen);
    return frozen;
  }

  #thaw(frozen: Frozen): void {
    if (this.#frozen.delete(frozen)) thaw(frozen);
  }

  /** Begins to read a step's numbers, and to probe. */
  #begin(optimizer: LiveOptimizer, stepped: readonly Stepped[], measured: boolean, frozen: Frozen | null): void {
    const {tf, model, probe} = this.#setup;
    const step = this.#step++;
    this.#epochBegun = false;
    const batch = (this.#batch?.all ?? []).filter(({dtype}) => dtype === 'float32');
    const after = measured ? stepped.map(({variable}) => variable) : null;
    const numbers = readStep(tf, this.#scratch, {gradients: stepped.map(({gradient}) => gradient), before: stepped.map((s) => s.before), after, loss: this.#loss, batch});
    const learningRate = learningRateOf(optimizer);
    const begun: Begun = {step, learningRate, at: this.#indices(stepped), loss: this.#loss !== null, batchSeen: this.#batch !== null, numbers, frozen};
    numbers.catch(() => undefined);
    this.#queue(() => this.#take(begun));
    if (!measured || !probe.length || !model) return;
    if (this.#setup.every === 'auto' && this.#probeCredit > this.#budget.trained) return;
    const start = now();
    const shares = readUnits(tf, model, this.#store.layers, probe);
    // at most a hundredth of the time
    this.#probeCredit = this.#budget.trained + 100 * (now() - start);
    shares.catch(() => undefined);
    this.#queue(async () => this.#takeUnits(step, await shares));
  }

  /** Takes what comes in, in the order of the steps; what fails to come in leaves a gap. */
  #queue(take: () => Promise<void>): void {
    this.#pending = this.#pending.then(take).catch((error: unknown) => {
      // a device that was lost, not a fault of the page
      console.warn('tensorlens: a step could not be read.', error);
    });
  }

  async #take({step, learningRate, at, loss, batchSeen, numbers: coming, frozen}: Begun): Promise<void> {
    let numbers: StepNumbers;
    let firstOdd: FirstOdd;
    let read = 0;
    try {
      const numbersOf = await coming;
      const start = now();
      numbers = numbersOf();
      read = now() - start;
      const odd = isOdd({numbers});
      const held = odd && !this.#sawOdd && frozen && this.#frozen.has(frozen);
      if (held && numbers.beforeOdd.includes(1)) numbers = {...numbers, beforeOdd: await oddWeights(frozen, numbers.beforeOdd)};
      if (held && this.#frozen.has(frozen) && !numbers.batchOdd && !numbers.beforeOdd.includes(1) && numbers.lossOdd) {
        firstOdd = await findOdd(this.#setup.tf, this.#setup.model!, frozen.inputs, frozen.variables, frozen.before);
      }
      this.#sawOdd ||= odd;
    } finally {
      if (frozen) this.#thaw(frozen);
    }
    const start = now();
    const first = numbers.measured !== null && !this.#store.measured;
    const facts: StepFacts = {step, loss: loss ? numbers.loss : null, learningRate, numbers, at, batchSeen, firstOdd};
    const found = judgeStep(this.#judge, facts);
    const odd = isOdd(facts);
    const turned = odd !== (this.#store.nonFinite.at(-1)?.to === step - 1);
    if (odd) {
      const those = (flags: Uint8Array): number[] => at.filter((_, i) => flags[i]);
      addNonFinite(this.#store, step, {gradients: those(numbers.gradientOdd), weights: those(numbers.beforeOdd), loss: numbers.lossOdd, batch: numbers.batchOdd});
    }
    addStep(this.#store, {step, kept: found.length > 0 || turned, loss: numbers.loss, learningRate}, at, numbers.measured);
    if (loss && Math.abs(numbers.loss) > LEAP * this.#lossAverage) alertAt(this.#budget, this.#step);
    if (loss && Number.isFinite(numbers.loss)) this.#lossAverage = Number.isNaN(this.#lossAverage) ? Math.abs(numbers.loss) : 0.9 * this.#lossAverage + 0.1 * Math.abs(numbers.loss);
    const took = read + now() - start;
    this.#budget.own += took;
    if (!first) this.#budget.credit -= took;
    for (const finding of found) this.dispatchEvent(new RunAnomalyEvent(finding));
    this.dispatchEvent(new RunStepEvent(step, numbers.loss, loss, numbers.measured !== null));
  }

  #takeUnits(step: number, shares: Float32Array): void {
    const found = judgeUnits(this.#judge, step, this.#store.layers, shares);
    addUnits(this.#store, step, found.length > 0, shares);
    for (const finding of found) this.dispatchEvent(new RunAnomalyEvent(finding));
  }

  /** @internal Probes once before the first step. @throws what TensorFlow.js throws where the batch doesn't fit */
  probe(): void {
    const {tf, model, probe} = this.#setup;
    const shares = readUnits(tf, model!, this.#store.layers, probe);
    this.#queue(async () => this.#takeUnits(-1, await shares));
  }

  #keepSnapshot(reading: Promise<RunSnapshot>): void {
    const bytes = snapshotBytes(this.#store);
    if (2 * bytes > SNAPSHOTS_BYTES && !this.#warned) {
      this.#warned = true;
      console.warn(new Problem('watchSnapshotsLarge', {size: Math.ceil((2 * bytes) / 2 ** 20), limit: SNAPSHOTS_BYTES / 2 ** 20}).message);
    }
    reading.catch(() => undefined);
    this.#queue(async () => addSnapshot(this.#store, await reading));
  }

  /** The weights as they are now, without gradients, once for as many steps; those that have been disposed of are left out. */
  #lastSnapshot(): void {
    const {tf, snapshots} = this.#setup;
    if (snapshots === false || this.#lastKept === this.#step) return;
    const {registeredVariables} = tf.engine();
    const variables = new Map([...this.#index].flatMap(([name, w]) => (registeredVariables[name] ? [[w, registeredVariables[name]] as const] : [])));
    if (!variables.size) return;
    this.#lastKept = this.#step;
    this.#keepSnapshot(readWeights(this.#step, variables, this.#store.weights.length));
  }

  /** @internal Around the function that trains on one batch: inputs, targets and weights of examples. */
  trainOn(data: readonly (TfTensor | null)[], train: () => unknown): unknown {
    const all = data.filter((tensor): tensor is TfTensor => isTensorLike(tensor));
    this.#batch = {inputs: all.slice(0, this.#setup.model!.inputs.length), all};
    try {
      return train();
    } finally {
      this.#batch = null;
    }
  }

  /** @internal */
  beginEpoch(): void {
    this.#epochBegun = true;
  }

  /** @internal Scalars in the logs are read before this returns to who disposes of them. */
  endEpoch(epoch: number, logs: Readonly<Record<string, unknown>>): void {
    if (this.#stopped) return;
    const step = this.#step;
    const reads = Object.entries(logs).map(async ([name, value]) => [name, typeof value === 'number' ? value : isTensorLike(value) ? ((await value.data()) as ArrayLike<number>)[0]! : NaN] as const);
    this.#queue(async () => {
      const made = {epoch, step, logs: Object.fromEntries(await Promise.all(reads))};
      addEpoch(this.#store, made);
      this.dispatchEvent(new RunEpochEvent(made));
    });
  }

  /** @internal The end of `fit` or `fitDataset`; resolves when its numbers are in, or after two seconds. */
  async end(reason: 'fit' | 'error'): Promise<void> {
    if (this.#stopped) return;
    this.#lastSnapshot();
    this.#queue(async () => void this.dispatchEvent(new RunEndEvent(reason, this.#step)));
    await Promise.race([this.settled(), new Promise((resolve) => setTimeout(resolve, WAIT))]);
  }
}
