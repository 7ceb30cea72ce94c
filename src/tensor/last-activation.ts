import {activationName} from './layers-topology.js';
import {topologyOf} from './live-model.js';
import {isGraphModel, type LiveGraphModel, type LiveLayer, type LiveModel, type Symbolic} from './model-ports.js';
import type {NodeDef} from './graph-topology.js';

/** What an output's values are, by the last function they went through; `null`: another one, or not known. */
export type LastActivation = 'softmax' | 'sigmoid' | 'linear' | null;

/** An output's last function, and where the values that went into it, the logits, are found. */
export interface ActivationPlace {
  readonly activation: LastActivation;
  /** Of a layers model, with softmax or sigmoid: the layer that has it, which may lie within a wrapper. */
  readonly layer?: LiveLayer;
  /** Of a graph model: the op whose output the logits are. */
  readonly logits?: string;
  /** Of a graph model: the op that the function is fused into. */
  readonly fused?: string;
}

/**
 * Whether an output is a softmax or a sigmoid, so that its numbers are probabilities, or linear, so that they are logits
 * (or values of a regression). What changes no value, or takes means over places, is looked through.
 * @param output its index
 */
export const lastActivation = (model: LiveModel, output: number): LastActivation => activationPlace(model, output).activation;

/** As `lastActivation`, and where it is. */
export function activationPlace(model: LiveModel, output: number): ActivationPlace {
  if (isGraphModel(model)) return graphActivation(model, output);
  const end = model.outputs[output];
  return end ? layerActivation(end, 0) : NONE;
}

const NONE: ActivationPlace = {activation: null};

/** Layers that leave values as they are, or average them: probabilities stay probabilities, logits logits. */
const PASSING = /^(Flatten|Reshape|Permute|RepeatVector|Dropout|SpatialDropout\dD|GaussianNoise|GaussianDropout|AlphaDropout|Cropping\dD|(Global)?AveragePooling\dD|ActivityRegularization|Activation)$/;
/** Layers that have no activation, and whose values are unbounded. */
const LINEAR = /^(Dense|(Depthwise|Separable)?Conv\dD(Transpose)?)$/;
/** How deep models lie in models at most. */
const DEEPEST = 100;

function layerActivation(end: Symbolic, depth: number): ActivationPlace {
  const layer = end.sourceLayer;
  if (!layer || depth > DEEPEST) return NONE;
  if (layer.outputs?.length) return layer.outputs.length === 1 ? layerActivation(layer.outputs[0]!, depth + 1) : NONE;
  const inner = layer.layer ?? layer; // TimeDistributed
  const type = classOf(inner);
  if (type === 'Softmax') return {activation: 'softmax', layer: inner};
  const given = activationName(configOf(inner).activation);
  if (given !== undefined) return (LINEAR.test(type) || type === 'Activation') && (given === 'softmax' || given === 'sigmoid') ? {activation: given, layer: inner} : NONE;
  if (LINEAR.test(type)) return {activation: 'linear'};
  const before = end.inputs;
  if (!PASSING.test(type) || before?.length !== 1) return NONE;
  const found = layerActivation(before[0]!, depth + 1);
  // a softmax holds along its last axis: cut otherwise, its values no longer sum to 1
  return found.activation === 'softmax' && before[0]!.shape.at(-1) !== end.shape.at(-1) ? NONE : found;
}

function classOf(layer: LiveLayer): string {
  try {
    return layer.getClassName?.() ?? '';
  } catch {
    return '';
  }
}

/** A custom layer's getConfig may throw. */
function configOf(layer: LiveLayer): Readonly<Record<string, unknown>> {
  try {
    return layer.getConfig?.() ?? {};
  } catch {
    return {};
  }
}

const SAME = new Set(['Identity', 'Reshape', 'Squeeze', 'ExpandDims', 'Mean', 'StopGradient', 'PreventGradient', 'EnsureShape', 'Snapshot', 'BroadcastTo']);
const SUMS = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2', '_FusedMatMul', 'Conv2D', '_FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative', 'BiasAdd']);
const ADDS = new Set(['Add', 'AddV2']);

function graphActivation(model: LiveGraphModel, output: number): ActivationPlace {
  const topology = topologyOf(model) as {readonly node?: readonly NodeDef[]} | undefined;
  const nodes = new Map((topology?.node ?? []).map((node) => [node.name, node]));
  const before = (node: NodeDef | undefined, i: number): NodeDef | undefined => nodes.get(node?.input?.[i]?.replace(/^\^/, '').split(':', 1)[0] ?? '');
  const skip = (node: NodeDef | undefined): NodeDef | undefined => {
    let at = node;
    for (let step = 0; at && SAME.has(at.op ?? '') && step < DEEPEST; step++) at = before(at, 0);
    return at;
  };
  const from = (activation: LastActivation, node: NodeDef | undefined): ActivationPlace => {
    const logits = node?.input?.[0]?.replace(/^\^/, '').replace(/:0$/, '');
    return logits === undefined ? {activation} : {activation, logits};
  };
  const node = skip(nodes.get(model.outputs[output]?.name));
  const op = node?.op ?? '';
  if (op === 'Softmax') return from('softmax', node);
  if (op === 'Sigmoid') return from('sigmoid', node);
  // exp(x) / sum(exp(x)), as JAX writes a softmax, of x less its maximum
  if (op === 'RealDiv') {
    const exp = skip(before(node, 0));
    const sum = skip(before(node, 1));
    if (exp?.op !== 'Exp' || sum?.op !== 'Sum' || skip(before(sum, 0)) !== exp) return NONE;
    const shifted = skip(before(exp, 0));
    return from('softmax', shifted?.op === 'Sub' && skip(before(shifted, 1))?.op === 'Max' ? shifted : exp);
  }
  if (ADDS.has(op)) return {activation: SUMS.has(before(node, 0)?.op ?? '') && before(node, 1)?.op === 'Const' ? 'linear' : null};
  if (!SUMS.has(op)) return NONE;
  const fused = fusedOps(node!).filter((name) => !/^(BiasAdd|FusedBatchNorm|)$/.test(name));
  if (fused.length) return fused.at(-1) === 'Sigmoid' ? {activation: 'sigmoid', fused: node!.name} : NONE;
  return {activation: 'linear'};
}

/** What is fused into an op; names stand in base64. */
function fusedOps(node: NodeDef): string[] {
  const names = node.attr?.fused_ops?.list?.s ?? [];
  return names.map((name: unknown) => {
    try {
      return typeof name === 'string' ? atob(name) : '';
    } catch {
      return '?';
    }
  });
}
