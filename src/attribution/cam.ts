import {resizeLinear} from '../compute/resize.js';
import {isGraphModel, type LiveGraphModel, type LiveLayer, type LiveLayersModel} from '../tensor/model-ports.js';
import {sizeOf} from '../tensor/read-tensor.js';
import {yieldToPage} from '../tensor/slices.js';
import {Problem} from '../words/learn.js';
import {failedPass} from './no-gradient.js';
import {type PassOptions, spotPass, type SpotGradient} from './pass.js';
import {forward, inputTensors, type ScoredModel, type Spot, type Tap} from './scored-model.js';
import {classOf, findSpot, layersOf, nodesOf, sourcesOf} from './spots.js';
import type {Target} from './target.js';

/** What Grad-CAM looks at. */
export interface CamSpot {
  readonly spot: Spot;
  readonly address: string;
  /** Which of the spot's runs: the last. */
  readonly call: number;
  /** Of its output, with the axis of examples. */
  readonly shape: readonly number[];
  /** Whether channels come first. */
  readonly channelsFirst: boolean;
}

/** A map of places. */
export interface CamMap {
  readonly score: number;
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

const CONVOLUTION = /^(Conv\dD(Transpose)?|(Depthwise|Separable)Conv\dD)$/;
/** What belongs to a convolution: its normalisation and its activation. */
const AFTER = /^(BatchNormalization|LayerNormalization|Activation|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU|Dropout|SpatialDropout\dD)$/;
const CONVOLUTION_OP = /^(_Fused)?(Conv[23]D|DepthwiseConv2dNative)$|^FusedDepthwiseConv2dNative$/;
const AFTER_OP = /^(BiasAdd|FusedBatchNorm(V\d)?|Relu6?|LeakyRelu|Prelu|Elu|Selu|Sigmoid|Tanh|Identity|Add(V2)?|Mul)$/;
/** How many of a graph's last convolutions are looked at. */
const LOOKED = 16;

/**
 * The spot that Grad-CAM looks at: the one that is asked for; else the last convolution whose output has more than one
 * place, after its normalisation and activation.
 * @returns rejects with a Problem where there is none
 */
export async function findCam(scored: ScoredModel, wanted?: string | number): Promise<CamSpot> {
  const {model} = scored;
  if (wanted !== undefined) {
    const {spot, address} = findSpot(model, wanted);
    const [found] = await runsOf(scored, [{spot, address}]);
    if (!found) throw new Problem('attributionNoPath');
    if (placesIn(found).length < 1 || areaOf(found) < 2) throw new Problem('attributionSpatial', {name: address, shape: `[${found.shape.join(', ')}]`});
    return found;
  }
  const candidates = isGraphModel(model) ? graphConvolutions(scored, model) : layerConvolutions(model);
  const found = candidates.length ? (await runsOf(scored, candidates)).find((spot) => areaOf(spot) > 1) : undefined;
  if (!found) throw new Problem('attributionNoConvolution');
  return found;
}

/** The sizes of the axes of places. */
const placesIn = ({shape, channelsFirst}: CamSpot): readonly number[] => (channelsFirst ? shape.slice(2) : shape.slice(1, -1));
const areaOf = (spot: CamSpot): number => sizeOf(placesIn(spot));

/** Runs the model forward, and keeps those spots that were run, in the order given, with what they put out. */
async function runsOf(scored: ScoredModel, spots: readonly {readonly spot: Spot; readonly address: string}[]): Promise<CamSpot[]> {
  await yieldToPage();
  const {tf, model} = scored;
  const found = new Map<Spot, {call: number; shape: readonly number[]}>();
  const taps = new Map<Spot, Tap>(
    spots.map(({spot}) => [
      spot,
      (own, call) => {
        found.set(spot, {call, shape: own.shape});
        return own;
      },
    ]),
  );
  try {
    tf.tidy(() => void forward(scored, inputTensors(scored, 1), true, taps));
  } catch (error) {
    throw failedPass(scored, error);
  }
  return spots.flatMap(({spot, address}) => {
    const run = found.get(spot);
    return run ? [{spot, address, ...run, channelsFirst: isGraphModel(model) ? nchw(model, spot as string) : channelsFirst(spot as LiveLayer)}] : [];
  });
}

function channelsFirst(layer: LiveLayer): boolean {
  try {
    return /^channels_?first$/i.test(String(layer.getConfig?.().dataFormat));
  } catch {
    return false;
  }
}

/** A model's convolutions, the last first, each followed to the end of what belongs to it. */
function layerConvolutions(model: LiveLayersModel): {spot: LiveLayer; address: string}[] {
  const all = [...layersOf(model)];
  const users = new Map<string, LiveLayer[]>();
  for (const {layer} of all) for (const node of layer.inboundNodes ?? []) for (const {name} of node.inputTensors) users.set(name, [...(users.get(name) ?? []), layer]);
  return all.filter(({layer}) => CONVOLUTION.test(classOf(layer))).reverse().map((conv) => {
    let at = conv;
    for (;;) {
      // a layer that is used in several places has no one that follows
      const outputs = at.layer.inboundNodes?.length === 1 ? at.layer.inboundNodes[0]!.outputTensors : undefined;
      const next = outputs?.length === 1 ? users.get(outputs[0]!.name) : undefined;
      const found = next?.length === 1 && AFTER.test(classOf(next[0]!)) ? all.find(({layer}) => layer === next[0]) : undefined;
      if (!found) return {spot: at.layer, address: at.address};
      at = found;
    }
  });
}

/** A graph's convolutions that lead to the output, the nearest first, each followed to the end of what belongs to it. */
function graphConvolutions({output, place}: ScoredModel, model: LiveGraphModel): {spot: string; address: string}[] {
  const nodes = nodesOf(model);
  const users = new Map<string, string[]>();
  for (const [name, node] of nodes) for (const source of sourcesOf(node)) users.set(source, [...(users.get(source) ?? []), name]);
  const end = place.logits ?? model.outputs[output]!.name;
  const queue = [end.split(':', 1)[0]!];
  const seen = new Set(queue);
  const found: string[] = [];
  for (let i = 0; i < queue.length && found.length < LOOKED; i++) {
    const name = queue[i]!;
    if (CONVOLUTION_OP.test(nodes.get(name)?.op ?? '')) found.push(name);
    for (const source of sourcesOf(nodes.get(name))) {
      if (seen.has(source)) continue;
      seen.add(source);
      queue.push(source);
    }
  }
  const constant = (name: string): boolean => nodes.get(name)?.op === 'Const';
  return found.map((conv) => {
    let at = conv;
    for (;;) {
      const next: readonly string[] = users.get(at) ?? [];
      const [only] = next;
      const node = only === undefined ? undefined : nodes.get(only);
      // a sum or product with another branch is no part of the convolution
      if (next.length !== 1 || only === end || !AFTER_OP.test(node?.op ?? '') || !sourcesOf(node).every((source) => source === at || constant(source))) return {spot: at, address: at};
      at = only!;
    }
  });
}

function nchw(model: LiveGraphModel, name: string): boolean {
  const nodes = nodesOf(model);
  let at = nodes.get(name);
  for (let step = 0; at && step < 10; step++) {
    const format = (at.attr as Readonly<Record<string, {readonly s?: string}>> | undefined)?.data_format?.s;
    if (format !== undefined) return /^(NCHW|TkNIVw==)/.test(format);
    at = nodes.get(sourcesOf(at)[0] ?? '');
  }
  return false;
}

/**
 * Grad-CAM (Selvaraju et al. 2017): ReLU(Σₖ wₖ Aᵏ), wₖ being the mean over places of ∂F/∂Aᵏ, Aᵏ a channel of the spot.
 *
 * Grad-CAM++ (Chattopadhay et al. 2018) with `plus`: wₖ = Σ α ReLU(g), where g = ∂F/∂Aᵏ, α = g² / (2g² + g³ Σ Aᵏ + 10⁻⁶) and
 * 0 where g is 0: the variant of pytorch-grad-cam. The authors' own code also multiplies g by exp(F), and scales α so that
 * it sums to 1 over the places where g is above 0.
 */
export async function camMap(scored: ScoredModel, target: Target, cam: CamSpot, plus: boolean, options: PassOptions): Promise<CamMap> {
  const pass = await spotPass(scored, target, cam.spot, cam.call, cam.shape, options);
  const shape = placesIn(cam);
  return {score: pass.score, data: weighted(pass, sizeOf(shape), cam.channelsFirst, plus), shape};
}

function weighted({activations, grads}: SpotGradient, places: number, channelsFirst: boolean, plus: boolean): Float32Array {
  const channels = activations.length / places;
  const at = (place: number, channel: number): number => (channelsFirst ? channel * places + place : place * channels + channel);
  const sums = new Float64Array(places);
  for (let k = 0; k < channels; k++) {
    let total = 0;
    if (plus) for (let p = 0; p < places; p++) total += activations[at(p, k)]!;
    let weight = 0;
    for (let p = 0; p < places; p++) {
      const g = grads[at(p, k)]!;
      if (!plus) weight += g / places;
      else if (g !== 0) weight += ((g * g) / (2 * g * g + total * g ** 3 + 1e-6)) * Math.max(0, g);
    }
    for (let p = 0; p < places; p++) sums[p]! += weight * activations[at(p, k)]!;
  }
  // so that NaN stays NaN
  return Float32Array.from(sums, (v) => (v < 0 ? 0 : v));
}

/**
 * A map resized to an input's places, bilinearly for a picture. Axes of size 1 are left out where there are more than the
 * input has (a signal whose convolution is a picture of height 1).
 * @returns `null` where the axes cannot be matched
 */
export function resizeCam({data, shape}: CamMap, input: readonly number[]): {data: Float32Array; shape: readonly number[]} | null {
  const to = input.length > 1 ? input.slice(0, -1) : input;
  const from = shape.length > to.length ? shape.filter((n) => n > 1) : shape;
  // a picture without channels
  const match = from.length === to.length ? to : from.length === input.length ? input : null;
  return match && {data: resizeLinear(data, from, match), shape: match};
}
