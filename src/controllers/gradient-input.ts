import {attribute, type AttributeOptions} from '../attribution/attribute.js';
import {type Attribution, type AttributionMethod, METHODS} from '../attribution/attribution.js';
import {deletionCurve} from '../attribution/deletion.js';
import {sanity, type Sanity} from '../attribution/sanity.js';
import {probabilitiesOf} from './probabilities-of.js';
import {rankCorrelationSteps} from '../compute/rank-correlation.js';
import {runSliced} from '../compute/slices.js';
import {type Faithfulness, pictureShape, placesOf, type Shot} from '../plot/attribution-map.js';
import {classNames, type ClassesInput} from '../tensor/classes.js';
import {lastActivation} from '../tensor/last-activation.js';
import type {InputRange} from '../tensor/input-range.js';
import {findOutput, inputsOf, outputsOf} from '../tensor/model-ports.js';
import {predict} from '../tensor/predict.js';
import {describe} from '../tensor/read-tensor.js';
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
  readonly tokens: readonly string[] | null;
  readonly curves: boolean;
  readonly sanity: boolean;
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
  readonly range: InputRange | null;
  readonly curves: Faithfulness | null;
  readonly sanity: Sanity | null;
  /** Between methods on the same input, by rank of magnitudes. */
  readonly agreement: readonly {readonly a: AttributionMethod; readonly b: AttributionMethod; readonly rho: number}[];
}

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
    const common = {...request.options, tf, output: outputsOf(model)[index]!.name, ...(names && columns > 1 && {classes: names}), signal};
    // few examples and one method: beside each other on one scale
    const several = request.methods.length === 1 && examples > 1 && examples <= FEW;
    const wanted = several ? Array.from({length: examples}, (_, example) => ({method: request.methods[0]!, example})) : request.methods.map((method) => ({method, example: at}));
    const shots: Shot[] = [];
    const portRanks = new Map(inputsOf(model).map(({name, shape}) => [name, shape?.length ?? null]));
    const make = (map: Attribution, example: number): Shot => ({map, looked: lookedAt(inputs, map.inputName, example, examples, portRanks, request.tokens)});
    const state = (more: readonly Shot[] = [], rest: Partial<GradientMaps> = {}): GradientMaps => ({shots: [...shots, ...more], top, examples, range: inputs.find((i) => i.range)?.range ?? null, curves: null, sanity: null, agreement: [], ...rest});
    for (const [k, {method, example}] of wanted.entries()) {
      const map = await attribute(model, values, {
        ...common,
        method: methodOf(method),
        example,
        onProgress: (share, partial) => {
          tell.progress(k + share, wanted.length);
          if (method !== 'auto') tell.partial(state([make({...partial, method: methodOf(method) as AttributionMethod, target: {index: top[0]?.index ?? null, predicted: true, probability: null}, score: top[0]?.score ?? NaN, perInput: [partial]}, example)]));
        },
      });
      shots.push(make(map, example));
      tell.progress(k + 1, wanted.length);
      if (wanted.length > 1) tell.partial(state());
    }
    const [first] = shots;
    const agreement = several ? [] : await agreements(shots, signal);
    let curves: Faithfulness | null = null;
    if (request.curves && first) {
      const ask = {tf, output: common.output, classes: common.classes, signal, target: first.map.target.index ?? request.options.target, example: at};
      const deletion = await deletionCurve(model, values, first.map, {...ask, mode: 'deletion'});
      const insertion = await deletionCurve(model, values, first.map, {...ask, mode: 'insertion'});
      curves = {share: deletion.shares, deletion: deletion.scores, insertion: insertion.scores};
    }
    let checked: Sanity | null = null;
    if (request.sanity && first) {
      tell.partial(state([], {curves, agreement}));
      checked = await sanity(model, values, {...common, method: first.map.method, example: at, onProgress: (share: number) => tell.progress(share, 1)});
    }
    return state([], {curves, agreement, sanity: checked});
  });
}

/** A map made elsewhere, such as in a worker or in Python. */
export type AttributionInput = Pick<Attribution, 'data' | 'shape'> & Partial<Attribution>;

/**
 * Takes a map that was made elsewhere, over the input where there is one.
 * @returns rejects with a Problem where it is none
 */
export async function readMap(own: AttributionInput, taken: Taken | null, tokens: readonly string[] | null): Promise<GradientMaps> {
  const {data, shape} = own;
  if (!data || !Array.isArray(shape)) throw new Problem('attributionGiven', {got: describe(own)});
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  if (size !== data.length) throw new Problem('attributionGivenSize', {got: data.length, shape: shape.join(', '), expected: size});
  let picture: ImageData | null = null;
  let values: TensorValues = {shape: shape as number[], dtype: 'float32', data: new Float32Array(size)};
  if (taken?.kind === 'picture') {
    const {source, width, height} = await taken.picture;
    const canvas = new OffscreenCanvas(shape[1] ?? width, shape[0] ?? height);
    const pen = canvas.getContext('2d')!;
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    values = {...values, shape: [canvas.height, canvas.width, 1], data: new Float32Array(canvas.width * canvas.height)};
  } else if (taken?.kind === 'values') {
    const read = await taken.values;
    if (read.data.length === size) values = {...values, data: Float32Array.from(read.data)};
  }
  const map: Attribution = {inputName: '', method: 'gradient', target: {index: null, predicted: false, probability: null}, score: NaN, ...own, data: Float32Array.from(data), shape: shape as number[], perInput: []};
  return {shots: [{map: {...map, perInput: [map]}, looked: {values, picture, tokens}}], top: [], examples: 1, range: null, curves: null, sanity: null, agreement: []};
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
function lookedAt(inputs: readonly FittedInput[], name: string, example: number, examples: number, ranks: ReadonlyMap<string, number | null>, tokens: readonly string[] | null): Shot['looked'] {
  const {values, pictures} = inputs.find((i) => i.name === name) ?? inputs[0]!;
  const rank = ranks.get(name);
  const batched = rank === null || rank === undefined ? values.shape[0] === examples : values.shape.length === rank;
  const shape = batched ? values.shape.slice(1) : values.shape;
  const size = shape.reduce((a, b) => a * b, 1);
  const data = batched ? values.data.subarray(example * size, (example + 1) * size) : values.data;
  return {values: {shape, dtype: values.dtype, data}, picture: pictures[example] ?? null, tokens};
}

/** How far methods agree: Spearman's rank correlation of the magnitudes at each place. */
async function agreements(shots: readonly Shot[], signal: AbortSignal): Promise<GradientMaps['agreement']> {
  const out: {a: AttributionMethod; b: AttributionMethod; rho: number}[] = [];
  const magnitudes = shots.map(({map, looked}) => {
    const shape = pictureShape(looked.values);
    return placesOf(map, shape ? shape.h * shape.w : map.data.length, false);
  });
  for (let a = 0; a < shots.length; a++) {
    for (let b = a + 1; b < shots.length; b++) {
      if (magnitudes[a]!.length !== magnitudes[b]!.length) continue;
      out.push({a: shots[a]!.map.method, b: shots[b]!.map.method, rho: await runSliced(rankCorrelationSteps(magnitudes[a]!, magnitudes[b]!, true), {signal})});
    }
  }
  return out;
}
