import {Problem as ReadingProblem} from '../words/reading.js';
import {Problem} from '../words/run.js';
import {byteLength, type ManifestWeight} from './bytes.js';
import {fetcherId} from './download.js';
import {type Progress, unlessAborted} from './flights.js';
import {isGraph} from './model-json.js';
import {type LiveModel, liveModel} from './model-ports.js';
import {openSource, type OpenOptions} from './read-source.js';
import type {ManifestGroup} from './shards.js';
import type {Tf, TfTensor} from './tf.js';
import type {ModelStructure} from './types.js';

/** `tf.io.ModelArtifacts`. */
export interface Artifacts {
  readonly modelTopology?: unknown;
  readonly weightSpecs?: readonly ManifestWeight[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
}

/** A model that was built here, and what frees it. */
interface Built {
  readonly model: LiveModel;
  dispose(): void;
}

/** A model on loan: it is disposed of when all who have it have given it back. */
export interface Borrowed {
  readonly model: LiveModel;
  /** Lends it on, to be given back by itself. */
  share(): Borrowed;
  /** Gives it back; once is enough, more do no harm. */
  release(): void;
}

interface Shared {
  readonly key: string | Artifacts;
  readonly built: Promise<Built>;
  readonly abort: AbortController;
  readonly listeners: Set<Progress>;
  users: number;
}

/** By address and way to fetch, or by the artifacts: those who ask for the same get the same. */
const shared = new Map<string | Artifacts, Shared>();

/**
 * Borrows the model behind an address, or made of artifacts: loaded and built once for all who want it at the same time.
 * @param of the address of a `model.json`, layers or graph format, or `tf.io.ModelArtifacts`
 * @param options `fresh` loads it anew; `signal` gives up waiting, and the loading with it where nobody else waits
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function borrowModel(tf: Tf, of: string | Artifacts, options: OpenOptions = {}): Promise<Borrowed> {
  const {signal, onProgress, fresh} = options;
  signal?.throwIfAborted();
  const key = typeof of === 'string' ? `${fetcherId(options)} ${addressOf(of)}` : of;
  if (fresh) shared.delete(key); // those who have it keep it
  const entry = shared.get(key) ?? begin(key, tf, of, options);
  const listener: Progress = (loaded, total) => onProgress?.(loaded, total);
  entry.listeners.add(listener);
  const release = use(entry);
  try {
    return loan(entry, (await unlessAborted(entry.built, signal)).model, release);
  } catch (error) {
    release();
    throw error;
  } finally {
    entry.listeners.delete(listener);
  }
}

const addressOf = (src: string): string => {
  const base = globalThis.document?.baseURI;
  return URL.canParse(src, base) ? new URL(src, base).href : src;
};

const loan = (entry: Shared, model: LiveModel, release: () => void): Borrowed => ({model, release, share: () => loan(entry, model, use(entry))});

/** Counts one more who uses it. @returns what counts that one no longer; the last frees it */
function use(entry: Shared): () => void {
  let mine = true;
  entry.users++;
  return () => {
    if (!mine) return;
    mine = false;
    if (--entry.users) return;
    if (shared.get(entry.key) === entry) shared.delete(entry.key);
    entry.abort.abort();
    entry.built.then(
      ({dispose}) => dispose(),
      () => undefined,
    );
  };
}

function begin(key: string | Artifacts, tf: Tf, of: string | Artifacts, options: OpenOptions): Shared {
  const abort = new AbortController();
  const listeners = new Set<Progress>();
  const tell: Progress = (loaded, total) => listeners.forEach((listener) => listener(loaded, total));
  const built = typeof of === 'string' ? load(tf, of, {...options, signal: abort.signal, onProgress: tell}) : buildModel(tf, of, '.model');
  const entry: Shared = {key, built, abort, listeners, users: 0};
  shared.set(key, entry);
  built.catch(() => shared.get(key) === entry && shared.delete(key)); // the next that asks tries again
  return entry;
}

async function load(tf: Tf, src: string, options: OpenOptions & {readonly signal: AbortSignal; readonly onProgress: Progress}): Promise<Built> {
  const data = await openSource(src, options);
  const structure = 'model' in data ? data.model.structure : undefined;
  if (!structure?.topology) throw new Problem('runNoModel', {url: src});
  if (!structure.manifest) throw new Problem('runNoWeights', {url: src});
  const artifacts = await artifactsOf(structure, src, options.signal, options.onProgress);
  options.signal.throwIfAborted();
  return buildModel(tf, artifacts, src);
}

/** What TensorFlow.js builds a model from. */
async function artifactsOf({topology, manifest, rest, bytes}: ModelStructure, url: string, signal: AbortSignal, tell: Progress): Promise<Artifacts> {
  const expected = manifest!.map(groupLength);
  const total = expected.some((n) => n === null) ? 0 : (expected as number[]).reduce((a, b) => a + b, 0);
  const groups = await bytes!(signal, (loaded) => tell(loaded, total < loaded ? 0 : total));
  const weightData = groups.map((group, i) => {
    const n = expected[i] ?? group.length;
    if (group.length < n) throw new ReadingProblem('shardShort', {url: manifest![i]!.paths.at(-1) ?? url, name: cutWeight(manifest![i]!, group.length), got: group.length, expected: n});
    // a shard may be longer than its weights
    return group.buffer.slice(group.byteOffset, group.byteOffset + n);
  });
  return {...rest, modelTopology: topology, weightSpecs: manifest!.flatMap(({weights}) => weights), weightData};
}

/** Bytes of a group; `null` where strings are in it. */
function groupLength({weights}: ManifestGroup): number | null {
  let sum = 0;
  for (const weight of weights) {
    const n = byteLength(weight);
    if (n === null) return null;
    sum += n;
  }
  return sum;
}

/** The first weight of a group that does not fit into so many bytes. */
function cutWeight({weights}: ManifestGroup, bytes: number): string {
  let end = 0;
  return weights.find((weight) => (end += byteLength(weight)!) > bytes)!.name;
}

/**
 * Builds a live model. A model that cannot be built leaves no tensor behind.
 * @param artifacts `tf.io.ModelArtifacts`; the configuration of its training is left aside: it is not needed to run it
 * @param url names it in a message
 * @returns rejects with a Problem
 */
export async function buildModel(tf: Tf, artifacts: Artifacts, url: string): Promise<Built> {
  const {trainingConfig: _, ...needed} = artifacts as Artifacts & {trainingConfig?: unknown};
  const graph = isGraph(artifacts.modelTopology);
  const name = graph ? 'loadGraphModelSync' : 'loadLayersModel';
  if (!tf[name]) throw new Problem('tfPart', {name, url});
  try {
    return await (graph ? buildGraph(tf, needed) : buildLayers(tf, needed));
  } catch (error) {
    throw new Problem('runBuild', {url, reason: error instanceof Error ? error.message : String(error)}, {cause: error});
  }
}

function buildGraph(tf: Tf, artifacts: Artifacts): Built {
  const {engine, made} = scope(tf);
  engine.startScope();
  try {
    const model = tf.loadGraphModelSync!(artifacts) as object;
    engine.endScope(made());
    return {model: liveModel(model), dispose: () => (model as {dispose(): void}).dispose()};
  } catch (error) {
    engine.endScope([]);
    throw error;
  }
}

/** The engine, and what it has made in the scope that is open. */
function scope(tf: Tf): {engine: ReturnType<Tf['engine']>; made: () => TfTensor[]} {
  const engine = tf.engine();
  return {engine, made: () => [...(engine.state.activeScope?.track ?? [])]};
}

async function buildLayers(tf: Tf, artifacts: Artifacts): Promise<Built> {
  const {engine, made} = scope(tf);
  let before = new Set<TfTensor>();
  let variables: TfTensor[] = [];
  let tensors: TfTensor[] = [];
  // tfjs builds the model in one go, in the microtask after its handler has answered: between these two
  queueMicrotask(() => {
    before = new Set(Object.values(engine.registeredVariables));
    engine.startScope();
  });
  const loading = tf.loadLayersModel!({load: () => artifacts});
  queueMicrotask(() => {
    tensors = made();
    engine.endScope(tensors);
    variables = Object.values(engine.registeredVariables).filter((v) => !before.has(v));
  });
  const free = (all: readonly TfTensor[]): void => {
    for (const tensor of all) if (!tensor.isDisposed) tensor.dispose();
  };
  try {
    const model = liveModel(await loading);
    const dispose = (): void => {
      (model as unknown as {dispose(): void}).dispose();
      free(variables); // of models within models, tfjs forgets some
    };
    return {model, dispose};
  } catch (error) {
    free([...variables, ...tensors]);
    throw error;
  }
}
