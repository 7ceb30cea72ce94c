import type {ManifestGroup} from '../tensor/shards.js';
import {Problem} from '../words/graph.js';
import {describe} from '../tensor/read-tensor.js';
import {toShape} from './dims.js';
import type {RawGraph} from './graphdef.js';
import {callOf, type Constant, constantSteps, inferShapes, type Inferred, signed} from './graphdef-infer.js';
import {listOps, type Op, type Ref, Remarks} from './graphdef-ops.js';
import {isBack, orderOps} from './graphdef-order.js';
import {Scopes} from './graphdef-scopes.js';
import {constantText, inputName, plainAttributes} from './op-attributes.js';
import {opBytes, opMacs} from './op-costs.js';
import {slicedAxes} from './strided-slice.js';
import type {GraphEdge, GraphNode, GraphSpec, GraphWeight, Shape} from './types.js';

/** What a graph model's file (or a live model) tells besides its topology. */
export interface GraphDefOptions {
  /** `weightsManifest`: shapes and dtypes of the constants. */
  readonly manifest?: readonly ManifestGroup[] | undefined;
  /** `signature`, or `userDefinedMetadata.signature`: which ops are inputs and outputs, and the inputs' shapes. */
  readonly signature?: unknown;
  /** Values of small constants by name: a file's lie in its shards, which are not read. */
  readonly constants?: ReadonlyMap<string, readonly number[]> | undefined;
}

/** Constants of integers, truth values or text with so many values say how an op works; beyond that they are data. */
const FEW = 16;

/**
 * The structure of a graph model: every op is a node, but constants (and Identity, ReadVariableOp or Cast of one), which
 * belong to the ops that use them. Float and quantised constants are weights; the first op in the file's order that uses
 * one counts its values in `params`, others list it without counting. Small constants of integers are attributes.
 *
 * Shapes follow from the inputs' and weights' shapes, and from what the file says; what does not follow is unknown.
 * Bodies of functions (While, If, PartitionedCall) are groups beside their caller, which their arguments are fed by and
 * which their returns feed; each call has nodes of its own.
 * @param topology `modelTopology`: a GraphDef as JSON
 * @throws Problem where it is none
 */
export function graphDefGraph(topology: unknown, options: GraphDefOptions = {}): GraphSpec {
  const steps = graphDefSteps(topology, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** `graphDefGraph` in steps, for `runSliced`. @yields the share done */
export function* graphDefSteps(topology: unknown, options: GraphDefOptions = {}): Generator<number, GraphSpec> {
  const graph = topology as RawGraph | null;
  if (!Array.isArray(graph?.node)) throw new Problem('notGraphDef', {got: describe(topology)});
  const remarks = new Remarks();
  const told = {...options, signature: signatureOf(options.signature)};
  const all = yield* share(listOps(graph as RawGraph, remarks), 0, 0.2);
  const {ops, cycles} = yield* share(orderOps(all.list), 0.2, 0.3);
  for (const op of cycles) remarks.add('graphOpCycle', {name: op.id});
  const constants = yield* share(constantSteps(ops, told), 0.3, 0.35);
  const producer = Number((graph as RawGraph).versions?.producer ?? Infinity);
  const inferred = yield* share(inferShapes(ops, all, constants, told, producer), 0.35, 0.7);

  const outputs = signed(all, told.signature, 'outputs');
  const [folded, fed] = [new Uint8Array(ops.length), new Int32Array(ops.length)];
  // a constant that nothing uses, or that is put out, stands for itself
  for (const op of ops) if (constants[op.index] && op.consumed && !outputs.has(op)) folded[op.index] = 1;
  const scopes = new Scopes(all.bodies);
  const counted = new Set<string>();
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const sent: ((Shape | null)[] | undefined)[] = Array.from({length: ops.length});
  const shapesOf = ({index}: Op): readonly (Shape | null)[] => (sent[index] ??= inferred.shapes[index]!.map(toShape));
  const context = {folded, fed, shapesOf, constants, inferred, counted, scopes};
  for (const op of all.list) {
    if (op.index % 200 === 199) yield 0.7 + (0.3 * op.index) / all.list.length;
    if (folded[op.index]) continue;
    connect(op, context, edges);
    const isOutput = outputs.size ? outputs.has(op) : !op.prefix && !op.consumed && op.type !== 'NoOp';
    nodes.push(nodeOf(op, isOutput, context));
  }
  const said = remarks.all();
  return {nodes, edges, groups: scopes.all(), ...(said.length && {remarks: said})};
}

function* share<T>(steps: Generator<number, T>, from: number, to: number): Generator<number, T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield from + (to - from) * Math.min(1, step.value);
  }
}

/** `{inputs, outputs}`, itself or within what it is often wrapped in. */
function signatureOf(given: unknown): unknown {
  const x = given as {signature?: unknown; inputs?: unknown; outputs?: unknown} | null | undefined;
  return typeof x === 'object' && x !== null && x.inputs === undefined && x.outputs === undefined ? x.signature : given;
}

/** Edges into an op: from its inputs, from what must run before, and from what its functions return. */
function connect(op: Op, {folded, fed, shapesOf}: Context, edges: GraphEdge[]): void {
  const keys: number[] = [];
  const add = ({op: source, output}: Ref, kind?: 'control' | 'loop'): void => {
    const key = source.index * 4096 + (kind === 'control' ? 4095 : Math.min(output, 4094));
    // x · x takes one line
    if (fed[source.index] === op.index + 1 && keys.includes(key)) return;
    fed[source.index] = op.index + 1;
    keys.push(key);
    const [from, to] = [source.id, op.id];
    if (kind === 'control') edges.push({from, to, kind});
    else {
      const shape = shapesOf(source)[output] ?? null;
      edges.push(kind ? {from, to, shape, kind} : {from, to, shape});
    }
  };
  const controls = [...op.controls];
  for (let i = 0; i < op.inputs.length; i++) {
    const ref = op.inputs[i];
    if (!ref) continue;
    if (folded[ref.op.index]) waited(ref.op, controls);
    else add(ref, isBack(op, i) ? 'loop' : undefined);
  }
  for (const {returns} of op.bodies ?? []) for (const ref of returns) if (ref && !folded[ref.op.index]) add(ref);
  for (const source of controls) {
    for (const real of folded[source.index] ? waited(source, []) : [source]) if (!folded[real.index]) add({op: real, output: 0}, 'control');
  }
}

/** Adds what a constant, or one that passes it on, waits for: its user does in its place. */
function waited(op: Op, out: Op[]): Op[] {
  let at: Op | undefined = op;
  for (let depth = 0; at && depth < 16; depth++) {
    for (const control of at.controls) out.push(control);
    at = at.inputs[0]?.op;
  }
  return out;
}

/** What belongs to an op stands at its index. */
interface Context {
  /** 1 for a constant that belongs to those that use it. */
  readonly folded: Uint8Array;
  /** The last op that it has been seen to feed, counted from 1. */
  readonly fed: Int32Array;
  /** What is told of its outputs. */
  readonly shapesOf: (op: Op) => readonly (Shape | null)[];
  readonly constants: readonly (Constant | undefined)[];
  readonly inferred: Inferred;
  /** Names of weights that have been counted. */
  readonly counted: Set<string>;
  readonly scopes: Scopes;
}

function nodeOf(op: Op, isOutput: boolean, {folded, shapesOf, constants, inferred, counted, scopes}: Context): GraphNode {
  const {shapes, dtypes} = inferred;
  const attributes = plainAttributes(op.node, op.type);
  const weights: GraphWeight[] = [];
  let params: number | null = 0;
  const use = (constant: Constant, name: string): void => {
    const {shape, dtype} = constant;
    const size = shape?.reduce((a, b) => a * b, 1) ?? null;
    const few = size !== null && size <= FEW;
    if (few && (!constant.weight || constant.values)) attributes[Object.hasOwn(attributes, name) ? `${name} ` : name] = constantText(shape, dtype, constant.values);
    if (few && !constant.weight) return;
    weights.push({address: constant.name, shape: shape ?? [], dtype});
    if (!constant.weight || counted.has(constant.name)) return;
    counted.add(constant.name);
    params = size === null || params === null ? null : params + size;
  };
  op.inputs.forEach((ref, i) => {
    if (!ref) return;
    const constant = folded[ref.op.index] ? constants[ref.op.index] : undefined;
    if (constant && (op.type !== 'Arg' || !op.prefix)) use(constant, inputName(op.type, i, op.inputs.length));
  });
  const own = constants[op.index];
  // one that passes a folded constant on has it as its input
  if (own && op.inputs.length === 0) use(own, 'value');
  const call = callOf(op, inferred);
  if (op.type === 'StridedSlice') sliceOf(call, attributes);

  const outs = shapes[op.index]!;
  const cut = op.id.lastIndexOf('/');
  const node: {-readonly [K in keyof GraphNode]: GraphNode[K]} = {
    id: op.id,
    type: op.type,
    label: op.id.slice(cut + 1) || op.id,
    inputs: op.inputs.filter((ref) => ref && !folded[ref.op.index]).map((ref) => ref!.op.id),
    outputShape: shapesOf(op)[0] ?? null,
    params,
    trainable: null,
    macs: own || op.type === 'Arg' || op.bodies ? 0 : opMacs(call, outs),
    activationBytes: opBytes(outs, dtypes[op.index]!),
    attributes,
    layer: op.id.slice(0, Math.max(0, cut)),
  };
  const group = scopes.groupOf(op.id, op.prefix);
  const role = op.prefix ? undefined : op.type.startsWith('Placeholder') ? 'input' : isOutput ? 'output' : undefined;
  if (group !== undefined) node.group = group;
  if (outs.length > 1) node.outputShapes = shapesOf(op);
  if (weights.length) node.weights = weights;
  if (role) node.role = role;
  return node;
}

/** What a StridedSlice cuts out, as NumPy writes it. */
function sliceOf(call: ReturnType<typeof callOf>, attributes: Record<string, string | number | boolean>): void {
  const shape = call.shape(0);
  const axes = shape && call.values(1) && call.values(2) ? slicedAxes(call, shape) : undefined;
  if (!axes) return;
  for (const name of ['begin', 'end', 'strides', 'begin mask', 'end mask', 'ellipsis mask', 'new axis mask', 'shrink axis mask']) delete attributes[name];
  attributes.slice = `[${axes.map((axis) => axis.written).join(', ')}]`;
}
