import {say, type WordKey, type WordParams} from '../words/graph.js';
import type {Shape} from './types.js';

/** What came out of a JSON file: any key may be missing or of the wrong type. */
export type Json = Readonly<Record<string, unknown>>;

export const object = (x: unknown): Json | undefined => (typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Json) : undefined);
export const list = (x: unknown): readonly unknown[] | undefined => (Array.isArray(x) ? (x as readonly unknown[]) : undefined);
export const text = (x: unknown): string | undefined => (typeof x === 'string' ? x : undefined);
export const whole = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x);

/** More axes than this are taken for a broken file. */
const MOST_AXES = 32;

/** A shape as files write it: an axis that is no size is unknown, `-1` among them. */
export function shapeOf(x: unknown): Shape | null {
  const sizes = list(x);
  return sizes && sizes.length <= MOST_AXES ? sizes.map((n) => (whole(n) && n >= 0 ? n : null)) : null;
}

/** Where an input comes from: output `tensor` of call `call` of layer `layer`. */
export interface Ref {
  /** Place in the model's list; `OUTSIDE` stands for what the model itself is fed. */
  readonly layer: number;
  readonly call: number;
  readonly tensor: number;
  /** It is the initial state of a recurrent layer. */
  readonly state?: boolean;
}

export const OUTSIDE = -1;

/** One call of a layer. */
export interface CallDef {
  readonly inputs: readonly Ref[];
  /** What a live layer says of this call. */
  readonly said?: {readonly inputs: readonly (Shape | null)[]; readonly outputs: readonly (Shape | null)[]} | undefined;
}

/** A layer as its model describes it, in a file or live. */
export interface LayerDef {
  readonly name: string;
  /** Names joined by `/` through nested models, as the weights have it. */
  readonly address: string;
  readonly type: string;
  /** In the file's own words, snake_case. */
  readonly config: Json;
  /** Its own flag; a model around it may overrule it. */
  readonly trainable: boolean;
  readonly calls: readonly CallDef[];
  /** It is a model itself. */
  readonly model?: ModelDef | undefined;
  /** It wraps a model: TimeDistributed(Sequential). */
  readonly wraps?: ModelDef | undefined;
}

export interface ModelDef {
  readonly name?: string | undefined;
  readonly type: string;
  readonly layers: readonly LayerDef[];
  /** Which layers' outputs are replaced by what the model is fed; empty where its first layer takes that itself. */
  readonly inputs: readonly Ref[];
  readonly outputs: readonly Ref[];
}

/** Text from a model, short enough for a sentence or a label. */
export const short = (s: string, most = 60): string => (s.length > most ? `${s.slice(0, most - 1)}…` : s);

/** Runs steps to their end in one go. */
export function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Collects what has to be said of a model; the same thing once, and not without end. */
export class Remarks {
  readonly #said = new Set<string>();
  #more = 0;

  add(key: WordKey, params: WordParams = {}): void {
    const cut = Object.fromEntries(Object.entries(params).map(([k, v]) => [k, typeof v === 'string' ? short(v) : v]));
    const sentence = say('en', key, cut);
    if (this.#said.has(sentence)) return;
    if (this.#said.size < 50) this.#said.add(sentence);
    else this.#more++;
  }

  all(): string[] {
    return this.#more ? [...this.#said, say('en', 'remarkMore', {n: this.#more})] : [...this.#said];
  }
}

/** The layer inside a wrapper (Bidirectional, TimeDistributed). */
export function innerLayer(config: Json): {type: string; config: Json} | undefined {
  const inner = object(config.layer);
  const type = text(inner?.class_name);
  return inner && type !== undefined ? {type, config: object(inner.config) ?? {}} : undefined;
}

/** Names of layers that take initial states, then constants, after their first input. */
const RECURRENT = new Set(['RNN', 'LSTM', 'GRU', 'SimpleRNN', 'ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D', 'CuDNNLSTM', 'CuDNNGRU', 'Bidirectional']);

/** How many of a layer's inputs, from the second on, are initial states. */
export function stateInputs(type: string, config: Json, inputs: number): number {
  if (!RECURRENT.has(type)) return 0;
  const constants = config.num_constants ?? innerLayer(config)?.config.num_constants;
  return Math.max(0, inputs - 1 - (whole(constants) ? constants : 0));
}
