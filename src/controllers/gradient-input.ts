import {attribute, type AttributeOptions} from '../attribution/attribute.js';
import {type AttributionMethod, METHODS} from '../attribution/attribution.js';
import {deletionCurve} from '../attribution/deletion.js';
import {sanity, type Sanity} from '../attribution/sanity.js';
import {probabilitiesOf} from './probabilities-of.js';
import {rankCorrelationSteps} from '../compute/rank-correlation.js';
import {runSliced} from '../compute/slices.js';
import {type Faithfulness, lookSteps, magnitudesOf} from '../plot/attribution-map.js';
import type {KnownMap, Shot} from '../plot/map-places.js';
import {classNames, type ClassesInput} from '../tensor/classes.js';
import {lastActivation} from '../tensor/last-activation.js';
import type {InputRange} from '../tensor/input-range.js';
import {findOutput, inputsOf, outputsOf} from '../tensor/model-ports.js';
import {predict} from '../tensor/predict.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/gradient.js';
import {fetchInput, type FittedInput, fitInput, type Taken} from './model-input.js';
import type {ModelRun} from './model-run.js';

// Fetched when there is a model and something to run it on.

/** What is to be looked at, and how. */
export interface GradientRequest {
  readonly taken: Taken | null;
  readonly inputSrc: string | null;
  readonly output: string | number | null;
  readonly range: string | null;
  readonly resize: string | null;
  readonly classes: ClassesInput | null;
  /** Methods by name, one or several. */
  readonly methods: readonly string[];
  readonly example: number;
  readonly curves: boolean;
  readonly sanity: boolean;
  /** How the maps will be drawn first. */
  readonly signed: boolean;
  readonly clip: number;
  readonly options: Omit<AttributeOptions, 'tf' | 'method' | 'signal' | 'onProgress' | 'classes' | 'output' | 'example'>;
}

/** A class that the model thinks of. */
export interface TopClass {
  readonly index: number;
  readonly name: string;
  readonly probability: number | null;
  readonly score: number;
}

/** Maps of what drives an answer. */
export interface GradientMaps {
  readonly shots: readonly Shot[];
  readonly top: readonly TopClass[];
  readonly examples: number;
  /** The example that classes, curves and the sanity check are of. */
  readonly at: number;
  /** Whether all examples are drawn, beside each other. */
  readonly together: boolean;
  readonly range: InputRange | null;
  readonly curves: Faithfulness | null;
  readonly sanity: Sanity | null;
  /** Between methods on the same input, by rank of magnitudes. */
  readonly agreement: readonly {readonly a: string; readonly b: string; readonly rho: number}[];
  /** What the passes under way will take in all; `null` before one was timed, and afterwards. */
  readonly cost: PassCost | null;
}

/** What many passes take, by those that have been timed. */
export interface PassCost {
  readonly ms: number;
  readonly passes: number;
}

/** Ms between two pictures of a map that grows. */
const PAUSE = 150;
/** Ms from which it is told what passes will take. */
const TOLD = 2000;

/** Classes offered to switch between. */
const TOP = 5;
/** Inputs that are drawn beside each other where there are so few. */
const FEW = 4;

/** What is told on the way. */
export interface GradientProgress {
  progress(loaded: number, total: number): void;
  /** Maps as they are so far. */
  partial(maps: GradientMaps): void;
}

/** Makes the maps that are asked for. @returns rejects with a Problem, or with the signal's reason */
export async function mapsOf(run: ModelRun, of: object | string, request: GradientRequest, options: OpenOptions & {signal: AbortSignal}, tell: GradientProgress): Promise<GradientMaps> {
  const {signal} = options;
  const taken = request.taken ?? (request.inputSrc ? await fetchInput(request.inputSrc, options, signal, (loaded, total) => tell.progress(loaded, total)) : null);
  if (!taken) throw new Problem('plotModelAlone');
  return run.use(of, {...options, onProgress: (loaded, total) => tell.progress(loaded, total)}, async (tf, model) => {
    const inputs = await fitInput(taken, model, {range: request.range, resize: request.resize, signal});
    const values = Object.fromEntries(inputs.map(({name, values: own}) => [name, own]));
    const index = findOutput(model, request.output);
    const prediction = await predict(model, values, {tf, output: index, signal});
    const {examples} = prediction;
    const at = Math.min(request.example, examples - 1);
    const columns = prediction.shape.length > 1 ? prediction.shape.at(-1)! : prediction.data.length;
    const names = request.classes === null ? null : classNames(request.classes, columns === 1 ? 2 : columns);
    const top = topOf(prediction, at, columns, lastActivation(model, index), names);
    const common = {...request.options, tf, output: outputsOf(model)[index]!.name, ...(names && {classes: names}), signal};
    // few examples and one method: all of them, beside each other on one scale
    const several = request.methods.length === 1 && examples > 1 && examples <= FEW;
    const wanted = several ? Array.from({length: examples}, (_, example) => ({method: request.methods[0]!, example})) : request.methods.map((method) => ({method, example: at}));
    const shots: Shot[] = [];
    const portRanks = new Map(inputsOf(model).map(({name, shape}) => [name, shape?.length ?? null]));
    const numbered = (example: number): Pick<Shot, 'example'> => (several ? {example: {at: example, of: examples}} : {});
    const make = (map: KnownMap & {readonly inputName: string}, example: number): Shot => ({map, looked: lookedAt(inputs, map.inputName, example, examples, portRanks), ...numbered(example)});
    let rest: Partial<GradientMaps> = {};
    const state = (more: readonly Shot[] = [], cost: PassCost | null = null): GradientMaps => ({shots: [...shots, ...more], top, examples, at, together: several, range: inputs.find((i) => i.range)?.range ?? null, curves: null, sanity: null, agreement: [], ...rest, cost});
    const parts = wanted.length + (request.curves ? 2 : 0) + (request.sanity ? 1 : 0);
    let done = 0;
    // the first pass is shown at once, with what all will take
    let passes = 1;
    const watch = (times = 1, of = 1): ((share: number, growing?: () => Shot[]) => void) => {
      const timer = new PassTimer(times, of);
      let shown = -Infinity;
      return (share, growing) => {
        const cost = timer.passed(share);
        if (growing) passes = timer.passes;
        tell.progress(done + share, parts);
        const now = performance.now();
        if (now - shown < PAUSE || share >= 1) return;
        shown = now;
        tell.partial(state(growing?.(), cost));
      };
    };
    const maps: Awaited<ReturnType<typeof attribute>>[] = [];
    for (const {method, example} of wanted) {
      const told = watch();
      const map = await attribute(model, values, {...common, method: methodOf(method), example, onProgress: (share, partial, of) => told(share, () => [make({...partial, ...of}, example)])});
      maps.push(map);
      // of a model of several inputs a map for each
      const others = map.perInput.filter(({inputName}) => inputName !== map.inputName);
      for (const own of [map, ...others]) shots.push({...make({...map, ...own}, example), ...(others.length > 0 && {input: own.inputName})});
      tell.progress(++done, parts);
      if (wanted.length > 1) tell.partial(state());
    }
    const explained = maps[several ? at : 0];
    rest = {agreement: several ? [] : await agreements(shots, signal)};
    if (request.curves && explained) {
      const ask = {tf, output: common.output, classes: common.classes, signal, target: explained.target.index ?? request.options.target, example: at};
      const told = [watch(2), watch(1)] as const;
      const deletion = await deletionCurve(model, values, explained, {...ask, mode: 'deletion', onProgress: (share) => told[0](share)});
      done++;
      const insertion = await deletionCurve(model, values, explained, {...ask, mode: 'insertion', onProgress: (share) => told[1](share)});
      done++;
      const curves: Faithfulness = {share: deletion.shares, deletion: deletion.scores, insertion: insertion.scores, ...numbered(at)};
      rest = {...rest, curves};
    }
    if (request.sanity && explained) {
      tell.partial(state());
      const told = watch(1, passes);
      rest = {...rest, sanity: await sanity(model, values, {...common, method: explained.method, example: at, onProgress: (share: number) => told(share)})};
    }
    await runSliced(lookSteps(shots, request), {signal});
    return state();
  });
}

/** Tells from the passes so far what all of them will take. */
class PassTimer {
  readonly #times: number;
  #last = performance.now();
  #share = 0;
  /** Ms and share of the passes that were timed. */
  #ms = 0;
  #timed = 0;
  /** Of one series, as far as it is known. */
  passes = 0;
  readonly #of: number;

  /**
   * @param times how many series of such passes there will be
   * @param of how many passes each of them takes itself
   */
  constructor(times: number, of: number) {
    this.#times = times;
    this.#of = of;
  }

  /** @returns `null` where they take no time worth telling */
  passed(share: number): PassCost | null {
    const now = performance.now();
    if (share > this.#share) {
      this.passes ||= Math.max(1, Math.round(1 / share));
      // before the first came all that readies a run, and its code was compiled
      if (this.#share) {
        this.#ms += now - this.#last;
        this.#timed += share - this.#share;
      }
    }
    [this.#last, this.#share] = [now, share];
    const ms = (this.#times * this.#ms) / this.#timed;
    return this.passes > 1 && ms >= TOLD ? {ms, passes: this.#times * this.#of * this.passes} : null;
  }
}

/** @throws Problem for a word that is no method */
function methodOf(name: string): AttributionMethod | 'auto' {
  if (name === 'auto' || (METHODS as readonly string[]).includes(name)) return name as AttributionMethod;
  throw new Problem('attributionMethodName', {name, names: ['auto', ...METHODS].join(', ')});
}

/** The classes that an example scores highest. */
function topOf(prediction: TensorValues, at: number, columns: number, activation: ReturnType<typeof lastActivation>, names: readonly string[] | null): TopClass[] {
  const row = prediction.shape.length > 2 ? null : Float64Array.from(prediction.data.subarray(at * columns, (at + 1) * columns));
  if (!row || columns < 2) return [];
  const probabilities = probabilitiesOf(row, activation);
  return Array.from(row.keys())
    .sort((a, b) => row[b]! - row[a]!)
    .slice(0, TOP)
    .map((index) => ({index, name: names?.[index] ?? String(index), probability: probabilities?.[index] ?? null, score: row[index]!}));
}

/** One example of the input that a map is of. */
function lookedAt(inputs: readonly FittedInput[], name: string, example: number, examples: number, ranks: ReadonlyMap<string, number | null>): Shot['looked'] {
  const {values, pictures} = inputs.find((i) => i.name === name) ?? inputs[0]!;
  const rank = ranks.get(name);
  const batched = rank === null || rank === undefined ? values.shape[0] === examples : values.shape.length === rank;
  const shape = batched ? values.shape.slice(1) : values.shape;
  const size = shape.reduce((a, b) => a * b, 1);
  const data = batched ? values.data.subarray(example * size, (example + 1) * size) : values.data;
  return {values: {shape, dtype: values.dtype, data}, picture: pictures[example] ?? null, tokens: null};
}

/** How far methods agree: Spearman's rank correlation of the magnitudes at each place. */
async function agreements(shots: readonly Shot[], signal: AbortSignal): Promise<GradientMaps['agreement']> {
  const out: {a: string; b: string; rho: number}[] = [];
  const magnitudes = shots.map(magnitudesOf);
  for (let a = 0; a < shots.length; a++) {
    for (let b = a + 1; b < shots.length; b++) {
      if (magnitudes[a]!.length !== magnitudes[b]!.length || shots[a]!.input !== shots[b]!.input) continue;
      out.push({a: shots[a]!.map.method ?? '', b: shots[b]!.map.method ?? '', rho: await runSliced(rankCorrelationSteps(magnitudes[a]!, magnitudes[b]!, true), {signal})});
    }
  }
  return out;
}
