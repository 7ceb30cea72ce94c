import type {ManifestGroup} from '../tensor/shards.js';
import {both, type Dims, either, sameDims, Unknown, type Values} from './dims.js';
import {protoShape, shapeAttr, shapeList, tensorAttr} from './graphdef.js';
import {isLoop, type Op, type Ops, refTo} from './graphdef-ops.js';
import {isBack} from './graphdef-order.js';
import type {OpCall} from './op-call.js';
import {asGiven, opDtype, opShapes} from './op-shapes.js';
import {opValues} from './op-values.js';

/** A constant: an op whose values lie in the file's shards. */
export interface Constant {
  /** Name in the weights manifest. */
  readonly name: string;
  readonly shape: readonly number[] | null;
  readonly dtype: string;
  /** Whether it holds numbers that are stored as such or quantised, not sizes and places. */
  readonly weight: boolean;
  readonly values: Values | undefined;
}

/** What is known of the graph besides its ops. */
export interface Told {
  readonly manifest?: readonly ManifestGroup[] | undefined;
  /** `{inputs, outputs}` by name, as in `signature`. */
  readonly signature?: unknown;
  /** Values of small constants by name. */
  readonly constants?: ReadonlyMap<string, readonly number[]> | undefined;
}

interface SignatureEntry {
  readonly name?: unknown;
  readonly tensorShape?: unknown;
}

/** The ops that a signature names, with the shapes that it tells. */
export function signed(ops: Ops, signature: unknown, side: 'inputs' | 'outputs'): Map<Op, Dims | null> {
  const out = new Map<Op, Dims | null>();
  const entries = (signature as Partial<Record<typeof side, unknown>> | null | undefined)?.[side];
  if (typeof entries !== 'object' || entries === null) return out;
  for (const entry of Object.values(entries) as (SignatureEntry | null)[]) {
    const ref = typeof entry?.name === 'string' ? refTo(ops.byName, entry.name) : undefined;
    if (ref) out.set(ref.op, ref.output ? null : protoShape(entry!.tensorShape));
  }
  return out;
}

const PASSED = new Set(['Identity', 'ReadVariableOp', 'Cast', 'Snapshot', 'StopGradient']);
const STORED = new Set(['Const', 'VarHandleOp', 'Variable', 'VariableV2']);

/**
 * Finds the constants: ops whose values are stored, and those that only pass one on (Identity, ReadVariableOp, Cast).
 * @param ops in order
 * @yields the share done
 */
export function* constantSteps(ops: readonly Op[], {manifest, constants}: Told): Generator<number, (Constant | undefined)[]> {
  const stored = new Map<string, {shape: unknown; dtype: string; quantised: boolean}>();
  for (const group of manifest ?? []) {
    for (const {name, shape, dtype, quantization} of group?.weights ?? []) stored.set(name, {shape, dtype, quantised: quantization !== undefined});
  }
  const out: (Constant | undefined)[] = [];
  for (let i = 0; i < ops.length; i++) {
    if (i % 500 === 499) yield i / ops.length;
    const op = ops[i]!;
    let constant: Constant | undefined;
    if (op.type === 'Const' || (STORED.has(op.type) && stored.has(op.name))) {
      const own = tensorAttr(op.node);
      const entry = stored.get(op.name);
      const shape = Array.isArray(entry?.shape) ? (entry.shape as number[]) : (own.shape ?? shapeAttr(op.node, 'shape'));
      const dtype = entry?.dtype ?? own.dtype ?? '?';
      constant = {
        name: op.name,
        shape: shape?.every((n) => Number.isInteger(n) && n! >= 0) ? (shape as number[]) : null,
        dtype,
        weight: entry?.quantised === true || /^(float|complex|bfloat)/.test(dtype),
        values: constants?.get(op.name) ?? own.values,
      };
    } else if (PASSED.has(op.type) && op.inputs.length === 1) {
      constant = op.inputs[0] && out[op.inputs[0].op.index];
    }
    out[op.index] = constant;
  }
  return out;
}

/** Shapes, small values and dtypes of each op's outputs, by the op's index. */
export interface Inferred {
  readonly shapes: (readonly (Dims | null)[])[];
  readonly values: (readonly (Values | null)[])[];
  readonly dtypes: (string | undefined)[][];
}

/** Loops are gone through again where what comes back differs from what was assumed; so often at most. */
const ROUNDS = 3;

/**
 * Shapes of all ops, each from those before it. What goes round a loop is assumed to keep its shape, and that is checked:
 * with what is assumed at the start, what comes back must be the same; else what differs is unknown.
 * @param ops in order
 * @yields the share done
 */
export function* inferShapes(ops: readonly Op[], all: Ops, constants: readonly (Constant | undefined)[], told: Told, producer: number): Generator<number, Inferred> {
  const shapes: Inferred['shapes'] = [];
  const values: Inferred['values'] = [];
  const sofar = {shapes, values};
  const inputs = signed(all, told.signature, 'inputs');
  const outputs = signed(all, told.signature, 'outputs');
  const batches = new Map<Op, Dims | null>();
  const loops = ops.filter((op) => op.back !== undefined || loopsBack(op));
  const assumed = new Map<Op, Dims | null>();

  const shapeOf = (op: Op | undefined, output: number): Dims | null => (op ? (shapes[op.index]?.[output] ?? null) : null);
  const place = (op: Op): Dims | null => {
    if (!batches.has(op)) batches.set(op, placeholder(op, inputs.get(op) ?? null, producer));
    return batches.get(op)!;
  };
  /** What comes back to the start of a loop. */
  const returned = (op: Op): Dims | null => {
    const backs = op.back ? [op.back] : op.inputs.filter((_, i) => isBack(op, i));
    return backs.reduce<Dims | null>((shape, ref, i) => (i ? either(shape, shapeOf(ref!.op, ref!.output)) : shapeOf(ref!.op, ref!.output)), null);
  };
  const begun = (op: Op, shape: Dims | null): Dims | null => (assumed.has(op) ? either(assumed.get(op)!, shape) : shape);
  const start = (op: Op): Dims | null => {
    let shape: Dims | null | undefined;
    op.inputs.forEach((ref, i) => {
      if (isBack(op, i)) return;
      const from = shapeOf(ref?.op, ref?.output ?? 0);
      shape = shape === undefined ? from : either(shape, from);
    });
    return shape ?? null;
  };

  for (let round = 0; ; round++) {
    for (let i = 0; i < ops.length; i++) {
      if (i % 300 === 299) yield (0.9 * (round + i / ops.length)) / (loops.length ? ROUNDS + 1 : 1);
      const op = ops[i]!;
      const call = new InferredCall(op, sofar);
      const constant = constants[op.index];
      if (constant) {
        shapes[op.index] = [constant.shape];
        values[op.index] = [constant.values ?? null];
      } else if (op.type.startsWith('Placeholder')) {
        shapes[op.index] = [place(op)];
        values[op.index] = [];
      } else if (op.type === 'Arg' && op.prefix) {
        const [given] = op.inputs;
        const loop = op.like ?? (op.back && op);
        const changing = loop?.back !== undefined;
        shapes[op.index] = [op.like ? shapeOf(op.like, 0) : begun(op, shapeOf(given?.op, given?.output ?? 0))];
        values[op.index] = changing || op.like ? [] : [call.values(0)];
      } else if (loopsBack(op)) {
        shapes[op.index] = [begun(op, start(op)), []];
        values[op.index] = [];
      } else if (op.bodies?.length) {
        shapes[op.index] = called(op, shapeOf);
        values[op.index] = [];
      } else {
        const inferred = opShapes(call);
        const said = outputs.get(op);
        if (said) inferred[0] = both(inferred[0] ?? null, said);
        shapes[op.index] = inferred;
        values[op.index] = opValues(call, shapes[op.index]!);
      }
    }
    // what is assumed may say less than what comes back, not more
    const wrong = loops.filter((op) => !sameDims(shapeOf(op, 0), either(shapeOf(op, 0), returned(op))));
    if (!wrong.length) break;
    for (const op of round < ROUNDS - 1 ? wrong : loops) {
      const agreed = round < ROUNDS - 1 ? either(shapeOf(op, 0), returned(op)) : null;
      assumed.set(op, agreed);
    }
    if (round >= ROUNDS) break;
  }

  const dtypes: (string | undefined)[][] = [];
  for (let i = 0; i < ops.length; i++) {
    if (i % 1000 === 999) yield 0.9 + (0.1 * i) / ops.length;
    const op = ops[i]!;
    const constant = constants[op.index];
    const first = asGiven(op.type) ? op.inputs[0] : undefined;
    const given = first && dtypes[first.op.index]?.[first.output];
    dtypes[op.index] = shapes[op.index]!.map((_, output) => constant?.dtype ?? opDtype(op.node, op.type, output) ?? given);
  }
  return {shapes, values, dtypes};
}

const loopsBack = (op: Op): boolean => op.type === 'Merge' && op.inputs.some((_, i) => isBack(op, i));

/** An op with what has been inferred so far of its inputs. */
class InferredCall implements OpCall {
  constructor(
    readonly op: Op,
    readonly inferred: Pick<Inferred, 'shapes' | 'values'>,
  ) {}

  get type(): string {
    return this.op.type;
  }

  get node(): OpCall['node'] {
    return this.op.node;
  }

  get count(): number {
    return this.op.inputs.length;
  }

  shape(i: number): Dims | null {
    const ref = this.op.inputs[i];
    return ref ? (this.inferred.shapes[ref.op.index]?.[ref.output] ?? null) : null;
  }

  values(i: number): Values | null {
    const ref = this.op.inputs[i];
    return ref ? (this.inferred.values[ref.op.index]?.[ref.output] ?? null) : null;
  }
}

export const callOf = (op: Op, inferred: Pick<Inferred, 'shapes' | 'values'>): OpCall => new InferredCall(op, inferred);

/**
 * An input's shape, as its attribute and the signature tell it. Its unknown axes get an identity, the first as the batch.
 * In graphs up to version 21 no axes meant an unknown rank (tensorflow/core/ops/array_ops.cc, Placeholder).
 */
function placeholder(op: Op, told: Dims | null, producer: number): Dims | null {
  const own = shapeAttr(op.node, 'shape');
  const shape = both(own?.length || producer > 21 ? own : null, told);
  return shape && shape.map((d, axis) => d ?? new Unknown({batch: axis === 0}));
}

/** What an op puts out that calls functions. */
function called(op: Op, shapeOf: (op: Op | undefined, output: number) => Dims | null): (Dims | null)[] {
  const {bodies = []} = op;
  const given = shapeList(op.node, 'output_shapes');
  if (isLoop(op.type)) {
    const body = bodies.find(({kind}) => kind === 'body');
    return op.inputs.map((_, i) => (body?.args[i] ? shapeOf(body.args[i], 0) : null));
  }
  const [first, ...rest] = bodies.map(({returns}) => returns.map((ref) => shapeOf(ref?.op, ref?.output ?? 0)));
  const branches = op.type.endsWith('If') && bodies.length < 2;
  return (first ?? []).map((shape, i) => (branches ? null : rest.reduce<Dims | null>((a, other) => either(a, other[i] ?? null), shape)) ?? given[i] ?? null);
}
