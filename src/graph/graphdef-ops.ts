import {say, type WordKey, type WordParams} from '../words/graph.js';
import {func, type RawFunction, type RawGraph, type RawNode} from './graphdef.js';

/** One output of an op. */
export interface Ref {
  readonly op: Op;
  readonly output: number;
}

/** A node of the graph, or of a function's body at the place where it is called. */
export interface Op {
  readonly index: number;
  /** Unique among all. */
  readonly id: string;
  /** As the file has it: the name of a constant in the weights manifest. */
  readonly name: string;
  readonly type: string;
  readonly node: RawNode;
  /** The function group that it lies in, with a `/` at its end; empty at the top. */
  readonly prefix: string;
  /** Data inputs in order; a dangling one has nothing. For a body's argument, what the caller is given there. */
  inputs: readonly (Ref | undefined)[];
  controls: readonly Op[];
  /** What the functions that it calls return. */
  bodies?: {readonly kind: string; readonly args: readonly Op[]; returns: (Ref | undefined)[]}[];
  /** An argument that changes from round to round: what comes back at the end of each. */
  back?: Ref | undefined;
  /** An argument that is the same as another (a loop's condition is given what its body is given). */
  like?: Op;
  consumed: boolean;
}

/** A body of a function, as a group. */
export interface Body {
  /** With a `/` at its end. */
  readonly prefix: string;
  readonly label: string;
  readonly caller: Op;
}

/** All ops, those in functions at the end. */
export interface Ops {
  readonly list: Op[];
  readonly bodies: Body[];
  /** Ops at the top by their names. */
  readonly byName: ReadonlyMap<string, Op>;
}

/** What could not be understood, in words: not more of each kind than anyone would read. */
export class Remarks {
  readonly #said: string[] = [];
  readonly #counts = new Map<WordKey, number>();

  add(key: WordKey, params: WordParams = {}): void {
    const n = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, n);
    if (n > 20) return;
    const short = Object.fromEntries(Object.entries(params).map(([k, v]) => [k, typeof v === 'string' && v.length > 120 ? `${v.slice(0, 120)}…` : v]));
    this.#said.push(say('en', key, short));
  }

  all(): string[] {
    const left = [...this.#counts.values()].reduce((sum, n) => sum + Math.max(0, n - 20), 0);
    return left ? [...this.#said, say('en', 'remarkMore', {n: left})] : this.#said;
  }
}

/** Functions within functions, deeper than that, stay closed. */
const DEEPEST = 8;
/** So many nodes at most come out of functions: each call has nodes of its own. */
const MOST = 50_000;

/** The functions that ops call: attribute, name of the group, and the first of the caller's inputs that goes in. */
const CALLS: Readonly<Record<string, readonly (readonly [attr: string, kind: string, first: number])[]>> = {
  While: [['cond', 'cond', 0], ['body', 'body', 0]],
  StatelessWhile: [['cond', 'cond', 0], ['body', 'body', 0]],
  If: [['then_branch', 'then', 1], ['else_branch', 'else', 1]],
  StatelessIf: [['then_branch', 'then', 1], ['else_branch', 'else', 1]],
  PartitionedCall: [['f', 'body', 0]],
  StatefulPartitionedCall: [['f', 'body', 0]],
};

export const isLoop = (type: string): boolean => type === 'While' || type === 'StatelessWhile';

/** Names of the outputs of ops with several, as a function's body writes them (tensorflow/core/ops/*_ops.cc). */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  TopKV2: ['values', 'indices'],
  Switch: ['output_false', 'output_true'],
  Merge: ['output', 'value_index'],
  Unique: ['y', 'idx'],
  UniqueV2: ['y', 'idx'],
  ListDiff: ['out', 'idx'],
  MaxPoolWithArgmax: ['output', 'argmax'],
  NonMaxSuppressionV4: ['selected_indices', 'valid_outputs'],
  NonMaxSuppressionV5: ['selected_indices', 'selected_scores', 'valid_outputs'],
  StringSplit: ['indices', 'values', 'shape'],
  StringNGrams: ['ngrams', 'ngrams_splits'],
  SparseReshape: ['output_indices', 'output_shape'],
  SparseFillEmptyRows: ['output_indices', 'output_values', 'empty_row_indicator', 'reverse_index_map'],
  TensorListPopBack: ['output_handle', 'tensor'],
  FusedBatchNorm: ['y', 'batch_mean', 'batch_variance'],
  FusedBatchNormV2: ['y', 'batch_mean', 'batch_variance'],
  FusedBatchNormV3: ['y', 'batch_mean', 'batch_variance'],
};

/** Finds what `name`, `name:1` or `name:output:0` means among the ops of one body. */
export function refTo(names: ReadonlyMap<string, Op>, written: string): Ref | undefined {
  const whole = names.get(written);
  if (whole) return {op: whole, output: 0};
  const [name, a, b] = written.split(':', 3);
  const op = names.get(name!);
  if (!op || a === undefined) return op && {op, output: 0};
  const place = /^\d+$/.test(a) ? Number(a) : Object.hasOwn(OUTPUTS, op.type) ? Math.max(0, OUTPUTS[op.type]!.indexOf(a)) : 0;
  return {op, output: place + (b !== undefined && /^\d+$/.test(b) ? Number(b) : 0)};
}

/** What most ops have of inputs or controls. */
const NONE: readonly never[] = [];

interface Place {
  readonly nodes: readonly RawNode[];
  readonly prefix: string;
  readonly depth: number;
  /** Names of the functions that it lies in. */
  readonly within: readonly string[];
  readonly names: Map<string, Op>;
  /** Where it is the body of a function. */
  readonly call?: {readonly fn: RawFunction; readonly caller: Op; readonly kind: string; readonly first: number};
}

/**
 * Lists the ops of a graph, and those of the functions that it calls once for each call, and finds what each takes in.
 * Each call's arguments are ops of type `Arg`.
 * @yields the share done
 */
export function* listOps(graph: RawGraph, remarks: Remarks): Generator<number, Ops> {
  const list: Op[] = [];
  const bodies: Body[] = [];
  const ids = new Set<string>();
  const prefixes = new Set<string>();
  const functions = new Map<string, RawFunction>();
  const library = graph.library?.function;
  for (const fn of Array.isArray(library) ? (library as RawFunction[]) : []) {
    const name = fn?.signature?.name;
    if (typeof name === 'string' && !functions.has(name)) functions.set(name, fn);
  }

  const add = (place: Place, name: string, type: string, node: RawNode): Op => {
    let id = place.prefix + name;
    for (let n = 2; top.names.has(id) || ids.has(id); n++) id = `${place.prefix}${name} (${n})`;
    // most are a name at the top
    if (id !== name) ids.add(id);
    const op: Op = {index: list.length, id, name, type, node, prefix: place.prefix, inputs: NONE, controls: NONE, consumed: false};
    list.push(op);
    if (!place.names.has(name)) place.names.set(name, op);
    return op;
  };

  const top: Place = {nodes: graph.node, prefix: '', depth: 0, within: [], names: new Map()};
  const places: Place[] = [top];
  let total = graph.node.length;
  for (let place = places.shift(); place; place = places.shift()) {
    const {call, prefix} = place;
    const from = list.length;
    if (call) argumentsOf(place, add);
    const first = list.length;
    let at = 0;
    for (const node of place.nodes) {
      if (++at % 500 === 0) yield (0.5 * at) / total;
      if (typeof node !== 'object' || node === null) continue;
      let name = typeof node.name === 'string' ? node.name : '';
      if (!name) {
        name = `op_${at - 1}`;
        remarks.add('graphOpNoName', {name});
      } else if (place.names.has(name)) remarks.add('graphOpTwice', {name});
      add(place, name, typeof node.op === 'string' && node.op ? node.op : '?', node);
    }
    const end = list.length;
    for (let i = first; i < end; i++) {
      if (i % 500 === 499) yield 0.5 + (0.5 * i) / total;
      const op = list[i]!;
      resolve(op, place.names, remarks);
      for (const [attr, kind, start] of Object.hasOwn(CALLS, op.type) ? CALLS[op.type]! : []) {
        const name = func(op.node, attr);
        const fn = name === undefined ? undefined : functions.get(name);
        if (!fn || !Array.isArray(fn.nodeDef)) continue;
        if (place.depth >= DEEPEST || place.within.includes(name!)) remarks.add('graphOpDeep', {name: op.id});
        else if (total + fn.nodeDef.length > graph.node.length + MOST) remarks.add('graphOpTooMany', {name: op.id, n: MOST});
        else {
          let inner = `${op.id}/${kind}/`;
          for (let n = 2; prefixes.has(inner); n++) inner = `${op.id}/${kind} (${n})/`;
          prefixes.add(inner);
          bodies.push({prefix: inner, label: kind, caller: op});
          // a call costs something even where the body is empty
          total += fn.nodeDef.length + 1;
          places.push({
            nodes: fn.nodeDef as RawNode[],
            prefix: inner,
            depth: place.depth + 1,
            within: [...place.within, name!],
            names: new Map(),
            call: {fn, caller: op, kind, first: start},
          });
        }
      }
    }
    if (call) returnsOf(place, list.slice(from, first));
    if (prefix) yield 1;
  }
  return {list, bodies, byName: top.names};
}

/** A node for each argument of a body, fed with what the caller is given. */
function argumentsOf(place: Place, add: (place: Place, name: string, type: string, node: RawNode) => Op): void {
  const {fn, caller, first} = place.call!;
  const args = fn.signature?.inputArg;
  if (!Array.isArray(args)) return;
  (args as {name?: unknown; type?: unknown}[]).forEach((arg, i) => {
    const name = typeof arg?.name === 'string' && arg.name ? arg.name : `arg_${i}`;
    const op = add(place, name, 'Arg', {op: 'Arg', attr: {T: {type: arg?.type}}});
    const given = caller.inputs[first + i];
    op.inputs = [given];
  });
}

function returnsOf({call, names}: Place, args: readonly Op[]): void {
  const {fn, caller, kind} = call!;
  const outs = Array.isArray(fn.signature?.outputArg) ? (fn.signature.outputArg as {name?: unknown}[]) : [];
  const returns = outs.map(({name}) => {
    const written = typeof name === 'string' && fn.ret && Object.hasOwn(fn.ret, name) ? fn.ret[name] : undefined;
    return typeof written === 'string' ? refTo(names, written) : undefined;
  });
  for (const ref of returns) if (ref) ref.op.consumed = true;
  (caller.bodies ??= []).push({kind, args, returns});
  if (!isLoop(caller.type)) return;
  if (kind === 'body') args.forEach((arg, i) => (arg.back = returns[i]));
  const [cond, body] = ['cond', 'body'].map((k) => caller.bodies!.find((b) => b.kind === k));
  if (cond && body) cond.args.forEach((arg, i) => body.args[i] && (arg.like = body.args[i]));
}

const isControl = (written: unknown): written is string => typeof written === 'string' && written[0] === '^';

function resolve(op: Op, names: ReadonlyMap<string, Op>, remarks: Remarks): void {
  const {input} = op.node;
  if (!Array.isArray(input) || !input.length) return;
  const find = (written: unknown): Ref | undefined => {
    const ref = typeof written === 'string' ? refTo(names, isControl(written) ? written.slice(1) : written) : undefined;
    if (!ref) remarks.add('remarkDangling', {name: op.id, from: String(written)});
    return ref;
  };
  const inputs = input as readonly unknown[];
  const controls = inputs.filter(isControl);
  op.inputs = (controls.length ? inputs.filter((written) => !isControl(written)) : inputs).map(find);
  for (const ref of op.inputs) if (ref) ref.op.consumed = true;
  if (controls.length) op.controls = controls.map(find).flatMap((ref) => (ref ? [ref.op] : []));
}
