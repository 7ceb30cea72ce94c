import {layerActivations, layerVectors} from '../activations/layer-activations.js';
import type {PlotData} from '../plot/data.js';
import {isGraphModel} from '../tensor/model-ports.js';
import type {OpenOptions} from '../tensor/read-source.js';
import {Problem} from '../words/kinds.js';
import {type FittedInput, fitInput, type Taken} from './model-input.js';
import type {ModelRun} from './model-run.js';

// Fetched when a model is looked into.

/** What of a model's inside is asked for. */
export interface Inside {
  readonly kind: 'activations' | 'embedding';
  readonly layer: string | number | null;
  /** Of `activations`: the example, and the one beside it. */
  readonly example: number;
  readonly compare: number | null;
  /** Of a volume that is opened. */
  readonly plane: number | null;
}

/** A model, what goes into it, and what of it is asked for. */
interface InsideRequest {
  readonly of: object | string;
  readonly input: Taken;
  readonly range: string | null;
  readonly resize: string | null;
  readonly inside: Inside;
  /** Of another example of the same: dead units are not looked for again. */
  readonly maxima: ReadonlyMap<string, Float32Array> | null;
}

/** Values that the ops of a graph put out, as far as its structure tells. */
async function sizesOf(model: object, signal: AbortSignal): Promise<Map<string, number>> {
  try {
    const {nodes} = await (await import('../graph/live-graph.js')).liveGraphModelGraph(model, signal);
    return new Map(nodes.flatMap(({id, activationBytes}) => (activationBytes === null ? [] : [[id, activationBytes / 4] as const])));
  } catch (error) {
    if (signal.aborted) throw error;
    return new Map(); // it can run all the same
  }
}

/** Runs a model and looks into it. @param tell progress, 0 to 1 of 1, or examples of all */
export function readInside(run: ModelRun, {of, input, range, resize, inside, maxima}: InsideRequest, options: OpenOptions & {signal: AbortSignal}, tell: (loaded: number, total: number) => void): Promise<{data: PlotData; inputs: readonly FittedInput[]}> {
  const {signal} = options;
  return run.use(of, {...options, onProgress: tell}, async (tf, model) => {
    const inputs = await fitInput(input, model, {range, resize, signal});
    const values = Object.fromEntries(inputs.map((fitted) => [fitted.name, fitted.values]));
    const pictured = inputs.filter((one) => one.pictures.length);
    const pictures = pictured[0]?.pictures;
    const shared = {classes: null, inside: true, ...(pictures && {pictures})};
    const {layer, example, compare, plane} = inside;
    if (inside.kind === 'embedding') {
      const {tensor, layer: address, shape, averaged} = await layerVectors(model, values, {tf, layer, signal, onProgress: tell});
      return {data: {...shared, series: [{name: '', tensor}], vectorsOf: {layer: address, shape, averaged}}, inputs};
    }
    const sizes = isGraphModel(model) ? await sizesOf(model, signal) : undefined;
    const read = (at: number, known: typeof maxima, judged?: number) => layerActivations(model, values, {tf, layer, plane, sizes, example: at, judged, maxima: known, pictured: pictured.map(({name}) => name), signal, onProgress: (share) => tell(share, 1)});
    const activations = await read(example, maxima);
    const {examples} = activations;
    if (compare !== null && examples > 1 && !(compare >= 0 && compare < examples)) throw new Problem('plotNoExample', {example: compare, n: examples, last: examples - 1});
    const compared = compare === null || compare === example || examples < 2 ? null : await read(compare, activations.maxima, activations.maxima ? undefined : 0);
    return {data: {...shared, series: [{name: ''}], activations, ...(compared && {compared})}, inputs};
  });
}
