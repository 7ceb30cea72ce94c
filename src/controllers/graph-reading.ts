import type * as Reader from '../graph/read.js';
import type {Comparison} from '../graph/compare.js';
import type {GraphSpec} from '../graph/types.js';
import type {GraphTree} from '../graph/tree.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {ModelWeights} from '../tensor/types.js';

// The readers of structure are fetched when there is something to read.
const reader = async (): Promise<typeof Reader> => import('../graph/read.js');

/** A structure that has been read. */
export interface GraphData {
  /** As it was understood, without the groups that were found in it. */
  readonly spec: GraphSpec;
  /** Of the spec with its groups. */
  readonly tree: GraphTree;
  /** Of a live model: what its weights hold can be looked at. */
  readonly weights: ModelWeights | null;
}

/** Reads the structure that an address names; no weight is fetched. */
export const readGraphUrl = async (src: string, options: OpenOptions): Promise<GraphData> => (await reader()).openGraph(src, options);

/** Reads a live model's structure. */
export const readGraphModel = async (model: object, signal?: AbortSignal): Promise<GraphData> => (await reader()).graphOfModel(model, signal);

/** Reads a graph given as data. */
export const readGraphSpec = async (spec: unknown, signal?: AbortSignal): Promise<GraphData> => (await reader()).graphOfSpec(spec, signal);

/** Reads a graph (or a `model.json`) that stands inside a tag. */
export const readGraphText = async (text: string, signal?: AbortSignal): Promise<GraphData> => (await reader()).graphOfText(text, signal);

/** Sets two structures against each other: the union of both, and what differs. */
export const compareData = async (now: GraphData, before: GraphData, signal: AbortSignal): Promise<{data: GraphData; comparison: Comparison}> => (await reader()).compareWith(now, before, signal);
