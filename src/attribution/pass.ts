import {Problem} from '../words/learn.js';
import {sizeOf} from '../tensor/read-tensor.js';
import {yieldToPage} from '../tensor/slices.js';
import {typed} from '../tensor/feeds.js';
import type {TfTensor} from '../tensor/tf.js';
import {convolutionGradients} from './convolution-gradients.js';
import {gatherGradients} from './gather-gradients.js';
import {failedPass} from './no-gradient.js';
import {axisGradients} from './axis-gradients.js';
import {forward, forwardAsync, inputTensors, repeated, type ScoredModel, type Spot, type Tap, type Taps} from './scored-model.js';
import {scoreRows, type Target} from './target.js';
import {guidedGradients, unfused, withGradients} from './unfused.js';

/** What a score is asked for: an input's values, or the vectors that an embedding turns them into. */
export interface Place {
  /** Which of the feeds. */
  readonly input: number;
  readonly inputName: string;
  /** Of one example. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** Of an embedding: the spot, and which of its runs in a pass. */
  readonly embedding?: {readonly spot: Spot; readonly call: number};
  /** Whether the first axis of the tensor is that of examples. */
  readonly each: boolean;
  /** Of the input; float32 where gradients are taken. */
  readonly dtype?: string;
}

export interface PassOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how long the pass took. */
  readonly size?: PassSize | undefined;
  /** Whether ReLUs pass on positive gradients alone. */
  readonly guide?: boolean | undefined;
}

/** Gradients of the scores of `n` examples. */
export interface Gradients {
  /** The score of each. */
  readonly scores: Float32Array;
  /** By place: `n` times its size. */
  readonly grads: readonly Float32Array[];
}

/** How long a pass should take, in ms, so that maps grow before the eyes: fewer examples where the model is slow. */
const AIM = 100;
/** How many bytes the tensors kept for the gradients of a pass may take. */
const ROOM = 2 ** 28;

/** Finds out how many examples to take in a pass: begins with one, and goes by time and memory. */
export class PassSize {
  #size = 1;
  #bytes = 0;
  readonly #tried = new Set<number>();
  readonly #fixed: number | null;

  constructor({feeds, single}: ScoredModel) {
    // an input that all examples of a pass share would get all their gradients
    this.#fixed = feeds.feeds.every((feed) => feed.each) && !single ? feeds.fixed : 1;
  }

  /** How many of those that are left. */
  next(left: number): number {
    return Math.min(left, this.#fixed ?? this.#size);
  }

  /** A size that was run the first time may have been slow because its code was compiled. */
  done(rows: number, ms: number, bytes: number): void {
    this.#bytes = Math.max(this.#bytes, bytes / rows);
    if (rows === this.#size) {
      const factor = ms * 4 <= AIM ? 4 : ms * 2 <= AIM ? 2 : this.#tried.has(rows) && ms > 2 * AIM && rows > 1 ? 0.5 : 1;
      if (rows * factor * this.#bytes <= ROOM) this.#size = rows * factor;
    }
    this.#tried.add(rows);
  }
}

/** Tensors of the inputs with `n` rows, where places have values of their own, and what is put in at embeddings. */
function tensorsAt(scored: ScoredModel, places: readonly Place[], values: readonly Float32Array[], n: number): {inputs: TfTensor[]; xs: TfTensor[]; taps: Taps} {
  const rows = scored.feeds.fixed ?? n;
  const inputs = inputTensors(scored, n);
  const taps = new Map<Spot, Tap>();
  const xs = places.map((place, i) => {
    const x = scored.tf.tensor(typed(padded(values[i]!, rows * sizeOf(place.shape)), place.dtype), place.each ? [rows, ...place.shape] : place.shape, (place.dtype ?? 'float32') as 'float32');
    const {embedding} = place;
    if (embedding) {
      const others = taps.get(embedding.spot);
      taps.set(embedding.spot, (own, call, input) => (call === embedding.call ? x : (others?.(own, call, input) ?? own)));
    } else inputs[place.input] = x;
    return x;
  });
  return {inputs, xs, taps};
}

/** Values for a model that takes a fixed number of examples: the rest is 0. */
function padded(values: Float32Array, size: number): Float32Array {
  if (values.length === size) return values;
  const all = new Float32Array(size);
  all.set(values);
  return all;
}

/**
 * One pass forward and back: the gradient of the sum of `n` scores with respect to the values at each place, which is
 * that of each score, examples not knowing of one another. Waits for the page before it begins.
 * @param values by place, `n` times its size
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function gradientPass(scored: ScoredModel, target: Target, places: readonly Place[], values: readonly Float32Array[], n: number, {signal, size, guide}: PassOptions): Promise<Gradients> {
  await yieldToPage();
  signal?.throwIfAborted();
  const {tf} = scored;
  const begin = performance.now();
  let bytes = 0;
  const out = differentiate(scored, guide === true, () => {
    const {inputs, xs, taps} = tensorsAt(scored, places, values, n);
    const {state} = tf.engine();
    const before = state.numBytes;
    const score = (): TfTensor => {
      const scores = scoreRows(scored, target, forward(scored, inputs, target.logits, taps), n);
      bytes = state.numBytes - before;
      return scores;
    };
    const {value, grads} = tf.engine().gradients(score, xs, null, true);
    if (grads.every((grad) => !grad)) throw new Problem('attributionNoPath');
    return [value, ...xs.map((x, i) => grads[i] ?? tf.zeros(x.shape))];
  });
  const [scores, ...grads] = await readAll(out);
  signal?.throwIfAborted();
  size?.done(n, performance.now() - begin, bytes);
  return {scores: scores!.subarray(0, n), grads: grads.map((grad, i) => grad.subarray(0, n * sizeOf(places[i]!.shape)))};
}

/** What is learnt at a spot in one pass. */
export interface SpotGradient {
  readonly score: number;
  /** What the spot puts out for the example. */
  readonly activations: Float32Array;
  /** Of the score. */
  readonly grads: Float32Array;
  /** Of one example. */
  readonly shape: readonly number[];
}

/**
 * One pass forward and back: what a spot puts out, and the score's gradient with respect to it. Zeros are added to it, and
 * it is their gradient: what lies before is not differentiated.
 * @param call which of the spot's runs
 * @param shape of its output, with the axis of examples
 */
export async function spotPass(scored: ScoredModel, target: Target, spot: Spot, call: number, shape: readonly number[], {signal}: PassOptions): Promise<SpotGradient> {
  await yieldToPage();
  signal?.throwIfAborted();
  const {tf} = scored;
  const out = differentiate(scored, false, () => {
    const inputs = inputTensors(scored, 1);
    const delta = tf.zeros(shape);
    const own: TfTensor[] = [];
    const tap: Tap = (x, at) => {
      if (at !== call) return x;
      own.push(tf.engine().keep(tf.clone(x)));
      return tf.add(x, delta);
    };
    try {
      const {value, grads} = tf.engine().gradients(() => scoreRows(scored, target, forward(scored, inputs, target.logits, new Map([[spot, tap]])), 1), [delta], null, true);
      if (!grads[0] || !own[0]) throw new Problem('attributionNoPath');
      return [value, tf.clone(own[0]), grads[0]];
    } finally {
      for (const x of own) x.dispose();
    }
  });
  const [scores, activations, grads] = (await readAll(out)) as [Float32Array, Float32Array, Float32Array];
  signal?.throwIfAborted();
  const size = grads.length / shape[0]!;
  return {score: scores[0]!, activations: activations.subarray(0, size), grads: grads.subarray(0, size), shape: shape.slice(1)};
}

/** The scores of `n` examples, in one pass; as `gradientPass`, without going back. */
export async function scorePass(scored: ScoredModel, target: Target, places: readonly Place[], values: readonly Float32Array[], n: number, {signal, size}: PassOptions): Promise<Float32Array> {
  await yieldToPage();
  signal?.throwIfAborted();
  const begin = performance.now();
  const scores = scored.dynamic ? await scoreAsync() : scoreNow();
  const [all] = await readAll([await scores]);
  signal?.throwIfAborted();
  size?.done(n, performance.now() - begin, 0);
  return all!.subarray(0, n);

  function scoreNow(): TfTensor {
    return attempt(scored, () => {
      const {inputs, taps} = tensorsAt(scored, places, values, n);
      return scoreRows(scored, target, forward(scored, inputs, target.logits, taps), n);
    });
  }

  async function scoreAsync(): Promise<TfTensor> {
    const feeds = scored.feeds.feeds.map((feed, i) => {
      const at = places.findIndex((place) => place.input === i);
      return at < 0 ? repeated(feed, n) : {...feed, data: values[at]!};
    });
    const out = await forwardAsync(scored, feeds, n, target.logits);
    try {
      return attempt(scored, () => scoreRows(scored, target, out, n));
    } finally {
      out.dispose();
    }
  }
}

/** Runs something synchronous, and frees all that it made but what it gives back. @throws Problem */
function attempt<T>(scored: ScoredModel, run: () => T): T {
  try {
    return scored.tf.tidy(run);
  } catch (error) {
    throw failedPass(scored, error);
  }
}

/** As `attempt`, with gradients: what was kept for them is freed too where they fail. */
export function differentiate(scored: ScoredModel, guide: boolean, run: () => readonly TfTensor[]): readonly TfTensor[] {
  const {tf} = scored;
  return attempt(scored, () => {
    try {
      return withGradients(tf, [...convolutionGradients(tf), ...gatherGradients(tf), ...axisGradients(tf), ...(guide ? guidedGradients(tf) : [])], () => unfused(tf, run));
    } catch (error) {
      const {state} = tf.engine();
      if (state.gradientDepth === 0) {
        for (const {saved} of state.activeTape ?? []) for (const tensor of saved ?? []) if (!tensor.isDisposed) tensor.dispose();
        state.activeTape = null;
      }
      throw error;
    }
  });
}

/** The values of tensors, which are disposed of. */
async function readAll(tensors: readonly TfTensor[]): Promise<Float32Array[]> {
  try {
    return await Promise.all(tensors.map(async (tensor) => Float32Array.from((await tensor.data()) as ArrayLike<number>)));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
