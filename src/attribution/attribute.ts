import type {ClassesInput} from '../tensor/classes.js';
import {feedsOf, type ModelValues} from '../tensor/feeds.js';
import {liveModel} from '../tensor/model-ports.js';
import {sizeOf} from '../tensor/read-tensor.js';
import {Problem} from '../words/learn.js';
import {type Attribution, type AttributionMethod, type InputMap, mapsOf, METHODS} from './attribution.js';
import {camMap, type CamSpot, findCam, resizeCam} from './cam.js';
import {examine, type Examined} from './examine.js';
import {gradientMaps, type Growing, smoothMaps} from './gradients.js';
import {integratedMaps} from './integrated.js';
import {inputPlaces, occlusionMaps} from './occlusion.js';
import {type Place, scorePass} from './pass.js';
import {scoredModel, type ScoredModel} from './scored-model.js';
import type {Swap} from './swap.js';
import {findTarget, type Target, type TargetInput} from './target.js';
import {mathOf} from './tf-math.js';

export interface AttributeOptions {
  /** TensorFlow.js: all of what it exports, or tfjs-core with one backend. */
  readonly tf: object;
  /**
   * `auto`: Grad-CAM where the input is a picture and a convolution with more than one place remains, else integrated
   * gradients, else, where something has no gradient, occlusion. The result names it.
   */
  readonly method?: AttributionMethod | 'auto' | undefined;
  /** Default `predicted`. */
  readonly target?: TargetInput | undefined;
  /** The names of the output's classes. */
  readonly classes?: ClassesInput | undefined;
  /** Which output, by name or index; by default the first that nothing else in the model goes on from. */
  readonly output?: string | number | null | undefined;
  /** Which input's map is the result's own; by default the first that has one. Occlusion leaves the others out then. */
  readonly inputName?: string | undefined;
  /** Which of the examples in the input; default 0. */
  readonly example?: number | undefined;
  /** Where Grad-CAM looks, a layer by address, name or index or an op of a graph by name; default the last convolution. */
  readonly camLayer?: string | number | undefined;
  /**
   * x′ of integrated gradients, and what occlusion puts into a window: a number for all values, or values as of an input.
   * Default 0; integrated gradients of an embedding start from vectors of 0, unless tokens are given here.
   */
  readonly baseline?: number | ModelValues | undefined;
  /** Points that integrated gradients are taken at; by default as many as the tolerance needs, 16 to 256. */
  readonly steps?: number | undefined;
  /** Of integrated gradients: how far from complete the maps may be, as a share of F(x) − F(x′); default 0.05. */
  readonly tolerance?: number | undefined;
  /** Noisy copies of SmoothGrad; default 25. */
  readonly samples?: number | undefined;
  /** Their noise, as a share of the distance from the input's least value to its greatest; default 0.15. */
  readonly noise?: number | undefined;
  /**
   * Occlusion's window, in values: one size for all axes of places, or one for each axis of an example; default an eighth of
   * an axis, a value by itself of a vector.
   */
  readonly window?: number | readonly number[] | undefined;
  /** How far it moves, likewise; default half a window. */
  readonly stride?: number | readonly number[] | undefined;
  /** Of the noise; default 1. */
  readonly seed?: number | undefined;
  /** Heeded between passes. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Told after each pass of SmoothGrad, integrated gradients or occlusion: the share done, which falls again where
   * integrated gradients need more steps, the map as it is so far, and what it is a map of.
   */
  readonly onProgress?: ((share: number, partial: InputMap, of: Pick<Attribution, 'method' | 'target' | 'score'>) => void) | undefined;
}

/**
 * What each value of an input has to do with a score of a model. The score is the logit where the output ends in a softmax
 * or a sigmoid. One synchronous tfjs call a pass, the page going on between them; the model is never run in training mode
 * and left as it was, weights and states, as is `tf.memory().numTensors`, also where it fails or is aborted.
 *
 * `guided-backprop` has a rule for ReLU and ReLU6 alone: in a network without them it is the gradient.
 *
 * All maps are signed but those of `grad-cam` and `grad-cam++`, which are 0 or more, and of an input's places.
 * @param model a `tf.LayersModel` or `tf.GraphModel`
 * @param input for each input, with the axis of examples or, for one example, without
 * @returns rejects with a Problem, which names what tfjs cannot differentiate, or with the signal's reason
 */
export const attribute = (model: unknown, input: ModelValues, options: AttributeOptions): Promise<Attribution> => attributeWith([], model, input, options);

/** As `attribute`, with other weights. */
export async function attributeWith(swaps: readonly Swap[], given: unknown, input: ModelValues, options: AttributeOptions): Promise<Attribution> {
  checkOptions(options);
  const model = liveModel(given);
  const feeds = feedsOf(model, input);
  const {example = 0, signal, target: wanted = 'predicted', inputName} = options;
  if (!(Number.isInteger(example) && example >= 0 && example < feeds.examples)) throw new Problem('attributionExample', {got: String(example), n: feeds.examples});
  const {feeds: ports} = feeds;
  if (inputName !== undefined && !ports.some(({port}) => port.name === inputName)) throw new Problem('attributionInput', {name: inputName, names: ports.map(({port}) => `“${port.name}”`).join(', ')});
  signal?.throwIfAborted();
  const examined = await examine({...scoredModel(mathOf(options.tf), model, feeds, example, options.output), swaps}, signal);
  const {scored} = examined;
  const target = findTarget(scored, wanted, examined.values, examined.shape, options.classes);
  const work: Work = {...examined, target, options};
  const {method = 'auto'} = options;
  if (method !== 'auto') return run(work, method);
  try {
    const cam = await pictureCam(work);
    return cam ? await run(work, 'grad-cam', cam) : await run(work, 'integrated-gradients');
  } catch (error) {
    if (!(error instanceof Problem && /^attributionNo|^attribution(Async|Whole)/.test(error.key))) throw error;
    return run(work, 'occlusion');
  }
}

interface Work extends Examined {
  readonly target: Target;
  readonly options: AttributeOptions;
}

function checkOptions(options: AttributeOptions): void {
  const {method = 'auto'} = options;
  if (method !== 'auto' && !METHODS.includes(method)) throw new Problem('attributionMethod', {name: String(method), names: ['auto', ...METHODS].join(', ')});
  const check = (name: string, value: unknown, whole: boolean, least: number): void => {
    if (value === undefined || (typeof value === 'number' && value >= least && Number.isFinite(value) && (!whole || Number.isInteger(value)))) return;
    throw new Problem('attributionOption', {name, expected: whole ? `${least}, ${least + 1}, ${least + 2} …` : `≥ ${least}`, got: String(value)});
  };
  check('steps', options.steps, true, 1);
  check('samples', options.samples, true, 1);
  check('noise', options.noise, false, 0);
  check('tolerance', options.tolerance, false, 0);
  for (const name of ['window', 'stride'] as const) for (const value of [options[name] ?? []].flat()) check(name, value, true, 1);
}

/** Whether the input is a picture, and where Grad-CAM would look at it. */
async function pictureCam({scored, options}: Work): Promise<CamSpot | null> {
  if (scored.dynamic) throw new Problem('attributionAsync');
  const picture = camInput(scored, options.inputName).shape;
  if (picture.length !== 3 || ![1, 3, 4].includes(picture[2]!) || picture[0]! < 2 || picture[1]! < 2) return null;
  try {
    return await findCam(scored, options.camLayer);
  } catch (error) {
    if (error instanceof Problem && error.key === 'attributionNoConvolution') return null;
    throw error;
  }
}

/** The input that Grad-CAM's map is laid over: the one with most axes. */
function camInput({feeds}: ScoredModel, name?: string): {readonly inputName: string; readonly shape: readonly number[]} {
  const all = feeds.feeds.map(({port, shape}) => ({inputName: port.name, shape}));
  return all.find((input) => input.inputName === name) ?? all.reduce((a, b) => (b.shape.length > a.shape.length ? b : a));
}

async function run(work: Work, method: AttributionMethod, cam?: CamSpot): Promise<Attribution> {
  const {scored, places, target, options} = work;
  const {signal, inputName, seed = 1, samples = 25, noise = 0.15, tolerance = 0.05, steps, window, stride} = options;
  if (method === 'occlusion') return occlude(work);
  if (scored.dynamic) throw new Problem('attributionAsync');
  if (method === 'grad-cam' || method === 'grad-cam++') return drawCam(work, method, cam ?? (await findCam(scored, options.camLayer)));
  if (!places.length) throw new Problem('attributionWhole');
  const grow = growing(places, work, method);
  const made = (score: number, values: readonly Float32Array[], more: Partial<Attribution> = {}): Attribution => result(mapsOf(places, values), inputName, {method, target: target.info, score, ...more});
  switch (method) {
    case 'smoothgrad': {
      const [score] = await scorePass(scored, target, places, places.map(({values}) => values), 1, {signal});
      return made(score!, await smoothMaps(scored, target, places, {signal, samples, noise, seed, grow: (share, all) => grow(share, all, score)}));
    }
    case 'integrated-gradients': {
      const baselines = await baselinesOf(work, places, true);
      const {score, baselineScore, gap: completenessGap, steps: used, values} = await integratedMaps(scored, target, places, baselines, {signal, steps, tolerance, grow});
      return made(score, values, {baselineScore, completenessGap, steps: used});
    }
    default: {
      const {score, values} = await gradientMaps(scored, target, places, {signal, times: method === 'gradient-x-input', guide: method === 'guided-backprop'});
      return made(score, values);
    }
  }

  async function occlude({target: of}: Work): Promise<Attribution> {
    const inputs = inputPlaces(scored);
    const only = new Set(inputs.map((_, i) => i).filter((i) => inputName === undefined || inputs[i]!.inputName === inputName));
    const chosen = inputs.filter((_, i) => only.has(i));
    const pick = <T>(lists: readonly T[]): T[] => lists.filter((_, i) => only.has(i));
    const told = growing(chosen, work, method);
    const baselines = await baselinesOf(work, inputs, false);
    const {score, values} = await occlusionMaps(scored, of, inputs, baselines, only, {signal, window, stride, grow: (share, all, so) => told(share, pick(all), so)});
    return result(mapsOf(chosen, pick(values)), inputName, {method, target: of.info, score});
  }
}

async function drawCam({scored, target, options}: Work, method: 'grad-cam' | 'grad-cam++', cam: CamSpot): Promise<Attribution> {
  const map = await camMap(scored, target, cam, method === 'grad-cam++', {signal: options.signal});
  const input = camInput(scored, options.inputName);
  const raw = {data: map.data, shape: map.shape};
  const shown: InputMap = {inputName: input.inputName, ...(resizeCam(map, input.shape) ?? raw)};
  return result([shown], undefined, {method, target: target.info, score: map.score, camLayer: cam.address, raw});
}

/** Puts a result together, with the input that is asked for, or else the first, as its own. */
function result(perInput: readonly InputMap[], name: string | undefined, rest: Omit<Attribution, keyof InputMap | 'perInput'>): Attribution {
  const own = perInput.find((map) => map.inputName === name);
  if (name !== undefined && !own) throw new Problem('attributionWhole');
  return {...(own ?? perInput[0]!), ...rest, perInput};
}

function growing(places: readonly Place[], {target, options: {onProgress, inputName}}: Work, method: AttributionMethod): Growing {
  return (share, values, score = NaN) => {
    if (!onProgress) return;
    const maps = mapsOf(places, values);
    onProgress(share, maps.find((map) => map.inputName === inputName) ?? maps[0]!, {method, target: target.info, score});
  };
}

/**
 * The baseline of each place.
 * @param vectors whether places at embeddings have vectors of 0 where no tokens are given
 */
async function baselinesOf({scored, options}: Work, places: readonly Place[], vectors: boolean): Promise<Float32Array[]> {
  const {baseline, signal} = options;
  const embedded = vectors && places.some((place) => place.embedding);
  if (baseline === undefined || (typeof baseline === 'number' && !embedded)) return places.map(({shape}) => new Float32Array(sizeOf(shape)).fill(baseline ?? 0));
  const {feeds, model} = scored;
  const filled = typeof baseline === 'number' ? feeds : feedsOf(model, baseline);
  const values = filled.feeds.map((feed) => ({...feed, data: typeof baseline === 'number' ? new Float32Array(feed.data.length).fill(baseline) : feed.data.subarray(0, sizeOf(feed.shape))}));
  const other: ScoredModel = {...scored, feeds: {...feeds, feeds: values}};
  const found = embedded ? (await examine(other, signal)).places : inputPlaces(other);
  return places.map((place, i) => {
    const base = found.find((one) => one.inputName === place.inputName && one.embedding?.spot === place.embedding?.spot && one.embedding?.call === place.embedding?.call) ?? found[i];
    if (base?.values.length === place.values.length) return base.values;
    throw new Problem('attributionOption', {name: 'baseline', expected: `[${place.shape.join(', ')}]`, got: `[${(base?.shape ?? []).join(', ')}]`});
  });
}
