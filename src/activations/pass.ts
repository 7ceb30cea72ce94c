import {forward, type ScoredModel, type Spot, type Tap} from '../attribution/scored-model.js';
import {type Swap, withSwaps} from '../attribution/swap.js';
import type {TfMath} from '../attribution/tf-math.js';
import {feedTensors} from '../tensor/feeds.js';
import {isGraphModel, type LiveGraphModel} from '../tensor/model-ports.js';
import {sizeOf} from '../tensor/read-tensor.js';
import type {TfTensor} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';
import type {LayerPlace} from './places.js';

/** What went through a place in one of its runs; the tensors belong to whoever asked. */
export interface Seen {
  readonly place: LayerPlace;
  /** Which of its runs: a shared layer is run several times. */
  readonly call: number;
  /** What it puts out for the first example, or what was made of it for all. */
  readonly output: TfTensor;
  /** The first axis of `output`: the one example, the steps of a cell, or an axis of its own. */
  readonly first: 'example' | 'steps' | 'own';
  /** What entered its functions for the first example, in their order, flat; `null` where it is not known. */
  readonly entered: readonly (TfTensor | null)[];
}

export interface PassWishes {
  /** Whether what enters functions is wanted too. */
  readonly functions: boolean;
  /** After this place has run nothing more need. */
  readonly last?: LayerPlace | undefined;
  readonly lastCall?: number | undefined;
  /** Makes what is kept of an output for all examples, instead of the output itself; called within a `tf.tidy`. */
  readonly keep?: ((output: TfTensor, place: LayerPlace) => TfTensor) | undefined;
  /** Of a recurrent layer that hands on its last state alone, whether `keep` is to make what is kept of each step, and of all that. */
  readonly steps?: boolean | undefined;
  /** Bytes that may be kept: beyond, the pass is given up. */
  readonly room?: number | undefined;
}

/** More would have to be kept than there is room for. */
export class TooLarge extends Error {
  readonly bytes: number;
  /** What was seen so far, by address. */
  readonly sizes: ReadonlyMap<string, number>;

  constructor(bytes: number, sizes: ReadonlyMap<string, number>) {
    super('too large');
    this.bytes = bytes;
    this.sizes = sizes;
  }
}

/** Thrown where all that was wanted has been seen. */
const ENOUGH = new Error('enough');

/**
 * Runs a model forward once, as it is and never in training mode, and keeps what the places put out.
 * @param scored with as many examples as its feeds hold
 * @returns in the order in which they ran; rejects with a Problem, or a TooLarge. Each tensor is to be disposed of by the caller.
 */
export async function seePass(scored: ScoredModel, places: readonly LayerPlace[], wishes: PassWishes): Promise<Seen[]> {
  const seen: Seen[] = [];
  const kept = new Kept(scored, wishes);
  try {
    if (isGraphModel(scored.model)) await graphPass(scored, scored.model, places, wishes, kept, seen);
    else layersPass(scored, places, wishes, kept, seen);
    return seen;
  } catch (error) {
    disposeSeen(seen);
    if (error instanceof TooLarge || error instanceof Problem) throw error;
    throw new Problem('runFailed', {reason: error instanceof Error ? error.message : String(error), backend: scored.tf.getBackend()}, {cause: error});
  }
}

export function disposeSeen(seen: readonly Seen[]): void {
  for (const {output, entered} of seen) for (const tensor of [output, ...entered]) if (tensor && !tensor.isDisposed) tensor.dispose();
}

/** What is kept of a pass: the first example alone, and no more than there is room for. */
class Kept {
  readonly tf: TfMath;
  /** Rows of a batch. */
  readonly rows: number;
  readonly #room: number;
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor({tf, feeds}: ScoredModel, {room = Infinity}: PassWishes) {
    this.tf = tf;
    this.rows = feeds.fixed ?? feeds.examples;
    this.#room = room;
  }

  /** Whether the first axis of a tensor is that of examples. */
  batched({shape}: TfTensor): boolean {
    return shape.length > 0 && shape[0] === this.rows;
  }

  /** A tensor that outlives the pass; of a batch its first row. */
  take(tensor: TfTensor, address: string): TfTensor {
    const one = this.rows > 1 && this.batched(tensor) ? this.tf.slice(tensor, tensor.shape.map(() => 0), [1, ...tensor.shape.slice(1)]) : this.tf.clone(tensor);
    this.tf.engine().keep(one);
    const bytes = 4 * sizeOf(one.shape);
    this.#bytes += bytes;
    this.#sizes.set(address, (this.#sizes.get(address) ?? 0) + bytes);
    if (this.#bytes > this.#room) {
      one.dispose();
      throw new TooLarge(this.#bytes, this.#sizes);
    }
    return one;
  }

  /** What is made of a tensor, to outlive the pass. */
  make(make: () => TfTensor): TfTensor {
    return this.tf.engine().keep(this.tf.tidy(() => this.tf.clone(make())));
  }

  /** Tensors of any shapes, one after the other, flat; they are disposed of. */
  flat(tensors: readonly TfTensor[]): TfTensor {
    const {tf} = this;
    try {
      return this.make(() => tf.concat(tensors.map((tensor) => tf.reshape(tensor, [sizeOf(tensor.shape)]))));
    } finally {
      for (const tensor of tensors) tensor.dispose();
    }
  }
}

function layersPass(scored: ScoredModel, places: readonly LayerPlace[], {functions, last, lastCall = 0, keep, steps: all}: PassWishes, kept: Kept, seen: Seen[]): void {
  const {tf, feeds} = scored;
  // what a function hears belongs to whichever place is done next: a layer may stand in several wrappers
  const heard = new Map<object, Map<string, TfTensor[]>>();
  const states = new Map<LayerPlace, TfTensor[]>();
  const swaps: Swap[] = [];
  const taps = new Map<Spot, Tap>();
  const tapped = (spot: Spot, tap: Tap): void => {
    const before = taps.get(spot);
    taps.set(spot, before ? (own, call, input) => tap(before(own, call, input), call, input) : tap);
  };
  for (const place of places) {
    for (const {from} of functions ? place.functions : []) {
      if (from.kind !== 'property') continue;
      const own = heard.get(from.of) ?? new Map<string, TfTensor[]>();
      heard.set(from.of, own);
      if (own.has(from.key)) continue;
      own.set(from.key, []);
      swaps.push(listening(from.of, from.key, (x) => own.get(from.key)!.push(kept.take(x, place.address))));
    }
    if (place.cell && (!keep || all)) {
      tapped(place.cell, (own) => {
        states.set(place, [...(states.get(place) ?? []), keep ? kept.make(() => keep(own, place)) : kept.take(own, place.address)]);
        return own;
      });
    }
    tapped(place.layer!, (own, call, input) => {
      const steps = states.get(place) ?? [];
      states.delete(place);
      const entered: (TfTensor | null)[] = [];
      try {
        for (const {from} of place.functions) {
          const told = functions && from.kind === 'property' ? (heard.get(from.of)?.get(from.key)?.splice(0) ?? []) : [];
          entered.push(functions && from.kind === 'input' && input ? kept.take(input, place.address) : told.length ? kept.flat(told) : null);
        }
        seen.push({place, call, entered, ...outputOf(own, steps)});
      } catch (error) {
        for (const tensor of entered) tensor?.dispose();
        throw error;
      } finally {
        for (const tensor of steps) tensor.dispose();
      }
      if (place === last && call === lastCall) throw ENOUGH;
      return own;
    });

    function outputOf(own: TfTensor, steps: readonly TfTensor[]): Pick<Seen, 'output' | 'first'> {
      if (keep) return {output: kept.make(() => keep(steps.length ? tf.stack(steps) : own, place)), first: 'own'};
      if (steps.length) return {output: kept.make(() => tf.reshape(tf.stack(steps), [steps.length, ...steps[0]!.shape.slice(1)])), first: 'steps'};
      return {output: kept.take(own, place.address), first: kept.batched(own) ? 'example' : 'own'};
    }
  }
  try {
    tf.tidy(() => {
      forward({...scored, swaps: [...scored.swaps, ...swaps]}, feedTensors(tf, feeds, 0, feeds.examples), false, taps);
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  } finally {
    for (const tensor of [...states.values(), ...[...heard.values()].flatMap((own) => [...own.values()])].flat()) if (!tensor.isDisposed) tensor.dispose();
  }
}

/** Has an activation function tell what enters it. It goes by another name, so that no kernel is chosen that does its work. */
function listening(of: object, key: string, tell: (x: TfTensor) => void): Swap {
  const own = (of as Readonly<Record<string, {apply(x: TfTensor, ...more: unknown[]): TfTensor}>>)[key]!;
  return {
    of,
    key,
    value: {
      apply: (x: TfTensor, ...more: unknown[]) => {
        tell(x);
        return own.apply(x, ...more);
      },
      getClassName: () => 'listening',
    },
  };
}

/** How tfjs says that it has run an op in no way: one of a branch that was not taken, or within a loop. */
const UNREACHED = /Cannot compute the outputs \[([^\]]*)\]/;

/** What ops put out, in one run; of a fused op what it would put out without its function in one more, of that op alone. */
async function graphPass(scored: ScoredModel, model: LiveGraphModel, places: readonly LayerPlace[], wishes: PassWishes, kept: Kept, seen: Seen[]): Promise<void> {
  const {functions, keep} = wishes;
  const {tf, feeds} = scored;
  const wanted = new Set<string>();
  for (const {address, functions: all} of places) {
    wanted.add(address);
    for (const {from} of functions ? all : []) if (from.kind === 'op' || from.kind === 'fused') wanted.add(from.source);
  }
  const names = [...wanted];
  const fed = (): Record<string, TfTensor> => {
    const inputs = feedTensors(tf, feeds, 0, feeds.examples);
    return Object.fromEntries(feeds.feeds.map(({port}, i) => [port.key, inputs[i]!]));
  };
  const take = (out: TfTensor | readonly TfTensor[]): void => {
    const list = 'dtype' in out ? [out] : out;
    const run = new Map(names.map((name, i) => [name, list[i]]));
    for (const place of places) {
      const own = run.get(place.address);
      if (!own || own.dtype === 'string') continue;
      const entered: (TfTensor | null)[] = [];
      seen.push({place, call: 0, entered, output: keep ? kept.make(() => keep(own, place)) : kept.take(own, place.address), first: kept.batched(own) ? 'example' : 'own'});
      for (const {from} of place.functions) {
        const source = functions && (from.kind === 'op' || from.kind === 'fused') ? run.get(from.source) : undefined;
        if (!source) entered.push(null);
        else if (from.kind === 'op') entered.push(kept.take(source, place.address));
        else entered.push(unfusedOutput(kept, model, place.address, {[(from as {source: string}).source]: source}));
      }
    }
  };
  try {
    if (model.initializer && !model.resourceIdToCapturedInput) throw new Error('executeAsync');
    tf.tidy(() => take(model.execute(fed(), names)));
  } catch (error) {
    disposeSeen(seen.splice(0));
    const reason = String((error as Error).message);
    const unreached = UNREACHED.exec(reason)?.[1]?.split(/,\s*/).map((name) => name.replace(/^["']|["']$/g, ''));
    if (unreached?.length) return graphPass(scored, model, without(places, unreached), wishes, kept, seen);
    if (!/executeAsync/.test(reason)) throw error;
    const inputs = fed();
    let out: readonly TfTensor[] = [];
    try {
      const run = await model.executeAsync(inputs, names);
      out = 'dtype' in run ? [run] : run;
      tf.tidy(() => take(out));
    } finally {
      const weights = new Set(Object.values(model.weights).flat());
      for (const tensor of [...Object.values(inputs), ...new Set(out)]) if (tensor && !weights.has(tensor) && !tensor.isDisposed) tensor.dispose();
    }
  }
}

/** Places without those that could not be had, or that are looked at by way of them. @throws where that changes nothing */
function without(places: readonly LayerPlace[], names: readonly string[]): LayerPlace[] {
  const gone = new Set(names);
  const left = places.filter(({address, functions}) => !gone.has(address) && !functions.some(({from}) => 'source' in from && gone.has(from.source)));
  if (left.length === places.length || !left.length) throw new Error(`Cannot compute ${names.join(', ')}`);
  return left;
}

/** What a fused op puts out without the function at its end; `null` where that cannot be had. */
function unfusedOutput(kept: Kept, model: LiveGraphModel, name: string, fed: Record<string, TfTensor>): TfTensor | null {
  const node = model.executor?.graph?.nodes?.[name] as {attrParams?: {fusedOps?: {value?: readonly string[]}}} | undefined;
  const ops = node?.attrParams?.fusedOps;
  // a PReLU has slopes beside it, which the op would take for something else
  if (!ops?.value?.length || ops.value.some((op) => /prelu/i.test(op))) return null;
  const linear: Swap = {of: ops, key: 'value', value: ops.value.filter((op) => !/relu|elu|sigmoid|tanh/i.test(op))};
  let out: TfTensor | readonly TfTensor[];
  try {
    out = withSwaps([linear], () => model.execute(fed, [name]));
  } catch {
    return null; // such as an op that takes from others too
  }
  return kept.take('dtype' in out ? out : out[0]!, name);
}
