import {Problem} from '../words/learn.js';
import {type Feed, type Feeds, feedTensors, sliceFeeds} from '../tensor/feeds.js';
import {type ActivationPlace, activationPlace} from '../tensor/last-activation.js';
import {withoutMasks} from '../tensor/masks.js';
import {findOutput, isGraphModel, type LiveGraphModel, type LiveLayer, type LiveLayersModel, type LiveModel, outputsOf} from '../tensor/model-ports.js';
import {holdStates, runPass} from '../tensor/run-pass.js';
import type {TfTensor} from '../tensor/tf.js';
import {type Swap, withSwaps} from './swap.js';
import type {TfMath} from './tf-math.js';

/** Where a model is looked into: a layer, or an op of a graph by its name. */
export type Spot = LiveLayer | string;

/**
 * What is done with the output of a spot, each time it is run: the tensor that is returned goes on in its place.
 * @param call how often it has been run before in this pass: a shared layer is run several times
 * @param input what the layer was given
 */
export type Tap = (own: TfTensor, call: number, input?: TfTensor) => TfTensor;
export type Taps = ReadonlyMap<Spot, Tap>;

/** A model, one of its outputs, and values for its inputs: one example. */
export interface ScoredModel {
  readonly tf: TfMath;
  readonly model: LiveModel;
  readonly feeds: Feeds;
  readonly output: number;
  /** How its values end: in a softmax or a sigmoid, which is left out for the logits. */
  readonly place: ActivationPlace;
  /** Weights that stand in for the model's own while it runs. */
  readonly swaps: readonly Swap[];
  /** Whether it is a graph that only `executeAsync` can run: it has scores, but no gradients. */
  readonly dynamic: boolean;
  /** Whether it takes one example at a time: its output has no axis of examples. */
  readonly single: boolean;
}

/** Readies a model. @param example which of the examples that the feeds hold */
export function scoredModel(tf: TfMath, model: LiveModel, feeds: Feeds, example: number, output?: string | number | null): ScoredModel {
  const index = findOutput(model, output);
  return {tf, model, feeds: sliceFeeds(feeds, example, example + 1), output: index, place: activationPlace(model, index), swaps: [], dynamic: false, single: false};
}

/**
 * Runs a model once, synchronously and never in training mode; to be called within a `tf.tidy`. Stateful layers remember
 * what they did before.
 * @param inputs by the order of the feeds
 * @param logits whether to leave out the last softmax or sigmoid
 * @returns the output, or its logits
 * @throws whatever tfjs throws
 */
export function forward(scored: ScoredModel, inputs: readonly TfTensor[], logits: boolean, taps: Taps = new Map()): TfTensor {
  const {model} = scored;
  return isGraphModel(model) ? graphForward(scored, model, inputs, logits, taps) : layersForward(scored, model, inputs, logits, taps);
}

function layersForward({tf, output, place, swaps}: ScoredModel, model: LiveLayersModel, inputs: readonly TfTensor[], logits: boolean, taps: Taps): TfTensor {
  const restore = holdStates(tf, model);
  try {
    const all = [...swaps, ...(logits && place.layer ? [withoutActivation(place.layer)] : []), ...[...taps].map(([spot, tap]) => tapped(spot as LiveLayer, tap))];
    const {call} = model as unknown as {call(inputs: readonly TfTensor[], kwargs: object): TfTensor | readonly TfTensor[]};
    const out = withoutMasks(model, () => withSwaps(all, () => call.call(model, inputs, {})));
    const one = 'dtype' in out ? out : out[output]!;
    // what is handed in must not be handed out: the caller disposes of both
    return inputs.includes(one) ? tf.clone(one) : one;
  } finally {
    restore();
  }
}

const IDENTITY = {apply: (x: TfTensor): TfTensor => x, getClassName: (): string => 'linear'};

/** A layer that is a softmax itself hands on its input; others have an activation. */
const withoutActivation = (layer: LiveLayer): Swap =>
  layer.getClassName?.() === 'Softmax' ? {of: layer, key: 'call', value: (inputs: TfTensor | readonly TfTensor[]) => ('dtype' in inputs ? inputs : inputs[0]!)} : {of: layer, key: 'activation', value: IDENTITY};

function tapped(layer: LiveLayer, tap: Tap): Swap {
  const {call} = layer as unknown as {call(...args: unknown[]): TfTensor | readonly TfTensor[]};
  let times = 0;
  const value = (...args: unknown[]): TfTensor | readonly TfTensor[] => {
    const out = call.apply(layer, args);
    const given = args[0] as TfTensor | readonly TfTensor[];
    const input = 'dtype' in given ? given : given[0];
    return 'dtype' in out ? tap(out, times++, input) : [tap(out[0]!, times++, input), ...out.slice(1)];
  };
  return {of: layer, key: 'call', value};
}

function graphForward({feeds, output, place, swaps}: ScoredModel, model: LiveGraphModel, inputs: readonly TfTensor[], logits: boolean, taps: Taps): TfTensor {
  const fed = Object.fromEntries(feeds.feeds.map(({port}, i) => [port.key, inputs[i]!]));
  const {key, name} = logits && place.logits ? {key: place.logits, name: place.logits} : outputsOf(model)[output]!;
  return withSwaps([...swaps, ...(logits && place.fused ? unfusedActivation(model, place.fused) : [])], () => {
    const spots = [...taps.keys()] as string[];
    if (spots.length) {
      const own = model.execute({...fed}, spots);
      spots.forEach((spot, i) => (fed[spot] = taps.get(spot)!('dtype' in own ? own : own[i]!, 0)));
    }
    if (fed[key]) return fed[key];
    const out = model.execute(fed, [key]);
    const one = 'dtype' in out ? out : out[0];
    if (!one) throw new Problem('runNothing', {name});
    return one;
  });
}

/** An op's list of what is fused into it, without the activation. */
function unfusedActivation(model: LiveGraphModel, name: string): Swap[] {
  const node = model.executor?.graph?.nodes?.[name] as {attrParams?: {fusedOps?: {value?: readonly string[]}}} | undefined;
  const ops = node?.attrParams?.fusedOps;
  return ops?.value ? [{of: ops, key: 'value', value: ops.value.slice(0, -1)}] : [];
}

/** Tensors of the inputs, with `n` times this example. */
export function inputTensors({tf, feeds}: ScoredModel, n: number): TfTensor[] {
  return feedTensors(tf, {...feeds, feeds: feeds.feeds.map((feed) => repeated(feed, n)), examples: n}, 0, n);
}

/** Values of an input, `n` times. */
export function repeated(feed: Feed, n: number): Feed {
  if (!feed.each || n === 1) return feed;
  const data = new (feed.data.constructor as Float32ArrayConstructor)(n * feed.data.length);
  for (let i = 0; i < n; i++) data.set(feed.data, i * feed.data.length);
  return {...feed, data};
}

/**
 * Runs a graph that only `executeAsync` can run, on feeds of `n` examples.
 * @returns the output, or its logits, to be disposed of by the caller
 */
export async function forwardAsync({tf, model, output, place, feeds}: ScoredModel, data: Feeds['feeds'], n: number, logits: boolean): Promise<TfTensor> {
  const all = {...feeds, feeds: data, examples: n};
  if (!logits || !place.logits) return runPass(tf, model, all, 0, n, output);
  // the same model, with another output
  const of = {name: place.logits};
  const view = Object.create(model, {outputs: {value: [of]}, outputNodes: {value: [of.name]}, modelStructuredOutputKeys: {value: undefined}}) as LiveModel;
  return runPass(tf, view, all, 0, n, 0);
}
