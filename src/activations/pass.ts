import {failedPass} from '../attribution/no-gradient.js';
import {forward, type ScoredModel, type Spot, type Tap} from '../attribution/scored-model.js';
import {nodesOf, sourcesOf} from '../attribution/spots.js';
import {type Swap, withSwaps} from '../attribution/swap.js';
import type {TfMath} from '../attribution/tf-math.js';
import {feedTensors} from '../tensor/feeds.js';
import {isGraphModel, type LiveGraphModel} from '../tensor/model-ports.js';
import type {TfTensor} from '../tensor/tf.js';
import type {LayerPlace} from './places.js';

/** What went through a place in one of its runs; the tensors belong to whoever asked. */
export interface Seen {
  readonly place: LayerPlace;
  /** Which of its runs: a shared layer is run several times. */
  readonly call: number;
  /** What it puts out, with the axis of examples; of a cell [steps, examples, units]. */
  readonly output: TfTensor;
  /** Whether `output` is that of all steps of a cell. */
  readonly steps: boolean;
  /** What entered its functions, in their order; `null` where it is not known. Of a wrapped layer or a cell with one axis more in front. */
  readonly entered: readonly (TfTensor | null)[];
}

export interface PassWishes {
  /** Whether what enters functions is wanted too. */
  readonly functions: boolean;
  /** After this place has run nothing more need. */
  readonly last?: LayerPlace | undefined;
  readonly lastCall?: number | undefined;
  /** Makes what is kept of an output, instead of the output itself; called within a `tf.tidy`. */
  readonly keep?: ((output: TfTensor, place: LayerPlace) => TfTensor) | undefined;
}

/** Thrown where all that was wanted has been seen. */
const ENOUGH = new Error('enough');

/**
 * Runs a model forward once, as it is and never in training mode, and keeps what the places put out.
 * @param rows how many examples go in: the first of the feeds
 * @returns in the order in which they ran; rejects with a Problem. Each tensor is to be disposed of by the caller.
 */
export async function seePass(scored: ScoredModel, places: readonly LayerPlace[], wishes: PassWishes): Promise<Seen[]> {
  const seen: Seen[] = [];
  try {
    if (isGraphModel(scored.model)) await graphPass(scored, scored.model, places, wishes, seen);
    else layersPass(scored, places, wishes, seen);
    return seen;
  } catch (error) {
    disposeSeen(seen);
    throw failedPass(scored, error);
  }
}

export function disposeSeen(seen: readonly Seen[]): void {
  for (const {output, entered} of seen) for (const tensor of [output, ...entered]) if (tensor && !tensor.isDisposed) tensor.dispose();
}

function layersPass(scored: ScoredModel, places: readonly LayerPlace[], {functions, last, lastCall = 0, keep}: PassWishes, seen: Seen[]): void {
  const {tf} = scored;
  const taken = (tensor: TfTensor): TfTensor => tf.engine().keep(tf.clone(tensor));
  const pending = new Map<LayerPlace, TfTensor[][]>(places.map((place) => [place, place.functions.map(() => [])]));
  const states = new Map<LayerPlace, TfTensor[]>();
  const swaps: Swap[] = [];
  const taps = new Map<Spot, Tap>();
  /** A layer that stands in several places of its own, as in two wrappers, tells all of them. */
  const tapped = (spot: Spot, tap: Tap): void => {
    const before = taps.get(spot);
    taps.set(spot, before ? (own, call, input) => tap(before(own, call, input), call, input) : tap);
  };
  for (const place of places) {
    if (functions) {
      place.functions.forEach(({from}, i) => {
        if (from.kind === 'property') swaps.push(listening(from.of, from.key, (x) => pending.get(place)![i]!.push(taken(x))));
      });
    }
    if (place.cell && !keep) tapped(place.cell, (own) => {
      states.set(place, [...(states.get(place) ?? []), taken(own)]);
      return own;
    });
    tapped(place.layer!, (own, call, input) => {
      const [kept, before] = [states.get(place), pending.get(place)!];
      states.delete(place);
      pending.set(place, place.functions.map(() => []));
      const entered = place.functions.map(({from}, i) => (!functions ? null : from.kind === 'input' && input ? taken(input) : before[i]!.length ? joined(tf, before[i]!) : null));
      const output = keep ? tf.engine().keep(tf.tidy(() => tf.clone(keep(own, place)))) : kept?.length ? joined(tf, kept) : taken(own);
      seen.push({place, call, output, steps: !keep && !!kept?.length, entered});
      if (place === last && call === lastCall) throw ENOUGH;
      return own;
    });
  }
  try {
    tf.tidy(() => {
      forward({...scored, swaps: [...scored.swaps, ...swaps]}, feedTensors(tf, scored.feeds, 0, scored.feeds.examples), false, taps);
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  } finally {
    for (const tensor of [...states.values(), ...[...pending.values()].flat()].flat()) if (!tensor.isDisposed) tensor.dispose();
  }
}

/** Tensors of one shape as one with an axis more in front, where there are several; they are disposed of. */
function joined(tf: TfMath, tensors: readonly TfTensor[]): TfTensor {
  const out = tf.engine().keep(tf.tidy(() => tf.stack(tensors)));
  for (const tensor of tensors) tensor.dispose();
  return out;
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

/** What ops put out, in one run; of a fused op what it would put out without its function in one more, of that op alone. */
async function graphPass(scored: ScoredModel, model: LiveGraphModel, places: readonly LayerPlace[], {functions, keep}: PassWishes, seen: Seen[]): Promise<void> {
  const {tf} = scored;
  const nodes = nodesOf(model);
  const wanted = new Set<string>();
  for (const {address, functions: all} of places) {
    wanted.add(address);
    for (const {from} of functions ? all : []) {
      if (from.kind === 'op') wanted.add(from.name);
      else if (from.kind === 'fused') wanted.add(sourcesOf(nodes.get(from.name))[0]!);
    }
  }
  const names = [...wanted];
  const fed = (): Record<string, TfTensor> => {
    const inputs = feedTensors(tf, scored.feeds, 0, scored.feeds.examples);
    return Object.fromEntries(scored.feeds.feeds.map(({port}, i) => [port.key, inputs[i]!]));
  };
  const take = (run: Readonly<Record<string, TfTensor>>): void => {
    const kept = (tensor: TfTensor): TfTensor => tf.engine().keep(tf.clone(tensor));
    for (const place of places) {
      const own = run[place.address];
      if (!own || own.dtype === 'string') continue;
      const entered = place.functions.map(({from}): TfTensor | null => {
        if (!functions || from.kind === 'input' || from.kind === 'property') return null;
        if (from.kind === 'op') return run[from.name] ? kept(run[from.name]!) : null;
        const source = sourcesOf(nodes.get(from.name))[0]!;
        return run[source] ? unfusedOutput(tf, model, from.name, {[source]: run[source]!}) : null;
      });
      seen.push({place, call: 0, output: keep ? tf.engine().keep(tf.tidy(() => tf.clone(keep(own, place)))) : kept(own), steps: false, entered});
    }
  };
  const named = (out: TfTensor | readonly TfTensor[]): Record<string, TfTensor> => {
    const list = 'dtype' in out ? [out] : out;
    return Object.fromEntries(names.map((name, i) => [name, list[i]!]));
  };
  const dynamic = model.initializer && !model.resourceIdToCapturedInput;
  try {
    if (dynamic) throw new Error('executeAsync');
    tf.tidy(() => take(named(model.execute(fed(), names))));
  } catch (error) {
    if (!/executeAsync/.test(String((error as Error).message))) throw error;
    disposeSeen(seen.splice(0));
    const inputs = fed();
    let out: readonly TfTensor[] = [];
    try {
      const run = await model.executeAsync(inputs, names);
      out = 'dtype' in run ? [run] : run;
      tf.tidy(() => take(named(out)));
    } finally {
      const weights = new Set(Object.values(model.weights).flat());
      for (const tensor of [...Object.values(inputs), ...new Set(out)]) if (!weights.has(tensor) && !tensor.isDisposed) tensor.dispose();
    }
  }
}

/** What a fused op puts out without the function at its end. */
function unfusedOutput(tf: TfMath, model: LiveGraphModel, name: string, fed: Record<string, TfTensor>): TfTensor | null {
  const node = model.executor?.graph?.nodes?.[name] as {attrParams?: {fusedOps?: {value?: readonly string[]}}} | undefined;
  const ops = node?.attrParams?.fusedOps;
  // a PReLU has slopes beside it, which the op would take for something else
  if (!ops?.value?.length || ops.value.some((op) => /prelu/i.test(op))) return null;
  const linear: Swap = {of: ops, key: 'value', value: ops.value.filter((op) => !/relu|elu|sigmoid|tanh/i.test(op))};
  return tf.engine().keep(tf.tidy(() => withSwaps([linear], () => {
    const out = model.execute(fed, [name]);
    return tf.clone('dtype' in out ? out : out[0]!);
  })));
}
