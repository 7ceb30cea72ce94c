import {Problem} from '../words/learn.js';
import {isGraphModel, type LiveLayer} from '../tensor/model-ports.js';
import {forward, inputTensors, type ScoredModel, type Tap} from './scored-model.js';
import {layersOf, nodesOf} from './spots.js';
import {type Swap, withSwaps} from './swap.js';
import type {Attributes, KernelInputs} from './tf-math.js';

/** How tfjs says that it has no gradient of a kernel, or a backend no kernel. */
const NO_GRADIENT = /gradient function not found for (\w+)|Error in gradient for op (\w+)|[Ee]rror in gradient of (?:fused )?([\w ]+?):|gradient of (?:fused )?(\w+)/;
const NO_KERNEL = /[Kk]ernel '(\w+)' (?:not registered )?for backend|Cannot find registered kernel '(\w+)'/;

/**
 * What to say of an error in a pass forward or back. What cannot be differentiated is read from tfjs's own words, and
 * named with the layer or op that it lies in.
 */
export function failedPass(scored: ScoredModel, error: unknown): Error {
  if (error instanceof Problem) return error;
  const {tf} = scored;
  const reason = error instanceof Error ? error.message : String(error);
  const backend = tf.getBackend();
  const options = {cause: error};
  if (/executeAsync/.test(reason)) return new Problem('attributionAsync', undefined, options);
  const kernel = NO_KERNEL.exec(reason)?.slice(1).find(Boolean);
  if (kernel) return new Problem('attributionNoKernel', {op: kernel, backend}, options);
  const op = NO_GRADIENT.exec(reason)?.slice(1).find(Boolean);
  if (!op) return new Problem('runFailed', {reason, backend}, options);
  const at = layerWith(scored, op);
  return at ? new Problem('attributionNoGradientAt', {op, layer: at, reason}, options) : new Problem('attributionNoGradient', {op, reason}, options);
}

/** The first layer that runs a kernel, or the first op of a graph that is one. */
function layerWith(scored: ScoredModel, kernel: string): string | null {
  const {tf, model} = scored;
  const plain = (name: string): string => name.toLowerCase().replace(/^_?(fused)?|v\d$/g, '').replaceAll(' ', '');
  if (isGraphModel(model)) return [...nodesOf(model).values()].find(({op}) => plain(op ?? '') === plain(kernel))?.name ?? null;
  const running: string[] = [];
  let found: string | null = null;
  const engine = tf.engine();
  const own = engine.runKernel;
  const watch: Swap = {
    of: engine,
    key: 'runKernel',
    value: (name: string, inputs: KernelInputs, attrs?: Attributes) => {
      if (plain(name) === plain(kernel)) found ??= running.at(-1) ?? null;
      return own.call(engine, name, inputs, attrs);
    },
  };
  const entered = ({layer, address}: {layer: LiveLayer; address: string}): Swap => {
    const {call} = layer as unknown as {call(...args: unknown[]): unknown};
    const value = (...args: unknown[]): unknown => {
      running.push(address);
      try {
        return call.apply(layer, args);
      } finally {
        running.pop();
      }
    };
    return {of: layer, key: 'call', value};
  };
  try {
    withSwaps([watch, ...[...layersOf(model)].map(entered)], () => tf.tidy(() => void forward(scored, inputTensors(scored, 1), true, new Map<LiveLayer, Tap>())));
  } catch {
    // it is only looked at where it gets to
  }
  return found;
}
