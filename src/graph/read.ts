import {runSliced} from '../compute/slices.js';
import {readModel} from '../tensor/live-model.js';
import {isGraph} from '../tensor/model-json.js';
import {dataOf, type OpenOptions, openSource, parseJson} from '../tensor/read-source.js';
import {describe, unwrap} from '../tensor/read-tensor.js';
import type {Data, ModelStructure, ModelWeights} from '../tensor/types.js';
import {Problem} from '../words/graph.js';
import {compareSteps, type Comparison} from './compare.js';
import {groupedTreeSteps} from './group.js';
import {liveGraphModelGraph} from './live-graph.js';
import {liveLayersGraphSteps} from './live-layers.js';
import {graphDefSteps} from './read-graphdef.js';
import {layersGraphSteps} from './read-layers.js';
import {specSteps} from './spec.js';
import type {GraphTree} from './tree.js';
import type {GraphSpec} from './types.js';

interface Read {
  readonly spec: GraphSpec;
  readonly tree: GraphTree;
  readonly weights: ModelWeights | null;
}

/**
 * Reads the structure that a URL names: a `model.json` in layers or graph format, or a GraphSpec as JSON. Fetches no
 * weight.
 * @returns rejects with a Problem, or with the signal's reason
 */
export async function openGraph(src: string, options: OpenOptions = {}): Promise<Read> {
  return ofData(await openSource(src, options), options.signal);
}

/**
 * Reads a structure into a GraphSpec: of a URL, a live model (`tf.LayersModel`, `tf.GraphModel`, `tf.io.ModelArtifacts`),
 * or the parsed JSON of a `model.json`. No weight is read; groups are those that the model itself has (`groupGraph` finds
 * more).
 * @returns rejects with a Problem
 */
export async function readGraph(source: string | object, options: OpenOptions = {}): Promise<GraphSpec> {
  if (typeof source === 'string') return (await openGraph(source, options)).spec;
  const json = source as {modelTopology?: unknown; weightsManifest?: unknown; weightSpecs?: unknown; nodes?: unknown; execute?: unknown};
  const file = (json.modelTopology !== undefined && json.weightSpecs === undefined && json.execute === undefined) || Array.isArray(json.nodes);
  return (file ? await ofData(await dataOf(source, 'The object'), options.signal) : await graphOfModel(source, options.signal)).spec;
}

/** Reads JSON text as `openGraph` reads a file. */
export const graphOfText = async (text: string, signal?: AbortSignal): Promise<Read> => ofData(await dataOf(parseJson(text, 'The data inside the tag'), globalThis.document?.baseURI ?? 'data:'), signal);

async function ofData(data: Data, signal?: AbortSignal): Promise<Read> {
  if ('graph' in data) return graphOfSpec(data.graph, signal);
  if ('tensor' in data) throw new Problem('graphTensor');
  const {structure} = data.model;
  if (!structure?.topology) throw new Problem('graphNoTopology');
  return prepare(await structureSpec(structure, data.model, signal), null, signal);
}

/** The GraphSpec of a parsed `model.json`, without groups of our own finding. */
async function structureSpec({topology, manifest, signature}: ModelStructure, model: ModelWeights, signal?: AbortSignal): Promise<GraphSpec> {
  if (isGraph(topology)) return runSliced(graphDefSteps(topology, {manifest: manifest ?? [], signature}), {signal});
  return runSliced(layersGraphSteps(topology, model), {signal});
}

/** Reads a live model, or `tf.io.ModelArtifacts`; changes nothing and keeps no tensor. */
export async function graphOfModel(given: object, signal?: AbortSignal): Promise<Read> {
  const weights = readModel(given);
  if (weights.format === 'layers' && !weights.structure) return prepare(await runSliced(liveLayersGraphSteps(unwrap(given)), {signal}), weights, signal);
  if (weights.structure) {
    if (!weights.structure.topology) throw new Problem('graphNoTopology');
    return prepare(await structureSpec(weights.structure, weights, signal), weights, signal);
  }
  return prepare(await liveGraphModelGraph(unwrap(given), signal), weights, signal);
}

/** Takes a graph of the user's own. @returns rejects with a Problem that says what a graph is */
export async function graphOfSpec(given: unknown, signal?: AbortSignal): Promise<Read> {
  const spec = await runSliced(specSteps(unwrap(given)), {signal});
  if (!spec) throw new Problem('badGraph', {got: describe(given)});
  return prepare(spec, null, signal);
}

async function prepare(spec: GraphSpec, weights: ModelWeights | null, signal?: AbortSignal): Promise<Read> {
  if (!spec.nodes.length) throw new Problem('graphEmpty');
  return {spec, tree: await runSliced(groupedTreeSteps(spec), {signal}), weights};
}

/** Sets a structure against the one before. */
export async function compareWith(now: Read, before: Read, signal?: AbortSignal): Promise<{data: Read; comparison: Comparison}> {
  const comparison = await runSliced(compareSteps(now.spec, before.spec), {signal});
  return {data: {spec: now.spec, tree: await runSliced(groupedTreeSteps(comparison.merged), {signal}), weights: now.weights}, comparison};
}
