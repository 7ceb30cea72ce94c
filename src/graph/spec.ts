import {say} from '../words/graph.js';
import type {Attributes, GraphEdge, GraphGroup, GraphNode, GraphSpec, Shape} from './types.js';

/** Nodes looked at between two yields. */
const CHUNK = 2000;

type Json = Readonly<Record<string, unknown>>;

const isObject = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x);
const text = (x: unknown): string | undefined => (typeof x === 'string' ? x : typeof x === 'number' ? String(x) : undefined);
const count = (x: unknown): number | null => (typeof x === 'number' && Number.isFinite(x) ? x : null);

function shapeOf(x: unknown): Shape | null {
  return Array.isArray(x) ? x.map((n) => (typeof n === 'number' && n >= 0 ? n : null)) : null;
}

/**
 * Reads a graph that someone else has made: nodes need an `id`, edges `from` and `to`; all else may be missing.
 * Edges are taken from `inputs` where there are none.
 * @returns `null` for what is no graph
 * @yields share done
 */
export function* specSteps(given: unknown): Generator<number, GraphSpec | null> {
  if (!isObject(given) || !Array.isArray(given.nodes)) return null;
  const seen = new Set<string>();
  const remarks: string[] = Array.isArray(given.remarks) ? given.remarks.filter((r) => typeof r === 'string') : [];
  const nodes: GraphNode[] = [];
  for (const [i, item] of (given.nodes as unknown[]).entries()) {
    if (i % CHUNK === CHUNK - 1) yield 0.4;
    if (!isObject(item)) continue;
    const wanted = text(item.id) || text(item.label) || `node ${i}`;
    let id = wanted;
    for (let n = 2; seen.has(id); n++) id = `${wanted} (${n})`;
    seen.add(id);
    if (id !== wanted) remarks.push(say('en', 'graphNodeRenamed', {name: wanted.slice(0, 80), other: id.slice(0, 90)}));
    nodes.push({
      id,
      type: text(item.type) ?? '',
      label: text(item.label) ?? id.slice(id.lastIndexOf('/') + 1),
      ...(text(item.group) !== undefined && {group: text(item.group)}),
      inputs: Array.isArray(item.inputs) ? item.inputs.map(text).filter((x): x is string => x !== undefined) : [],
      outputShape: shapeOf(item.outputShape),
      ...(Array.isArray(item.outputShapes) && {outputShapes: item.outputShapes.map(shapeOf)}),
      params: count(item.params),
      ...(typeof item.nonTrainableParams === 'number' && {nonTrainableParams: item.nonTrainableParams}),
      trainable: typeof item.trainable === 'boolean' ? item.trainable : null,
      macs: count(item.macs),
      activationBytes: count(item.activationBytes),
      attributes: attributesOf(item.attributes),
      ...(text(item.layer) !== undefined && {layer: text(item.layer)}),
      ...(Array.isArray(item.weights) && {weights: item.weights.filter(isObject).map((w) => ({address: text(w.address) ?? '', shape: (shapeOf(w.shape) ?? []).map((n) => n ?? 0), dtype: text(w.dtype) ?? 'float32'}))}),
      ...((item.role === 'input' || item.role === 'output') && {role: item.role}),
    });
  }
  const kinds = new Set(['data', 'control', 'loop', 'state']);
  yield 0.6;
  const edges: GraphEdge[] = (Array.isArray(given.edges) ? (given.edges as unknown[]) : []).filter(isObject).map((e) => ({
    from: text(e.from) ?? '',
    to: text(e.to) ?? '',
    ...(e.shape !== undefined && {shape: shapeOf(e.shape)}),
    ...(kinds.has(e.kind as string) && {kind: e.kind as GraphEdge['kind']}),
  }));
  yield 0.8;
  const lost = edges.filter((e) => !seen.has(e.from) || !seen.has(e.to)).length;
  if (lost) remarks.push(say('en', 'graphEdgesLost', {n: lost}));
  const groups: GraphGroup[] = (Array.isArray(given.groups) ? (given.groups as unknown[]) : []).filter(isObject).map((g, i) => ({
    id: text(g.id) ?? `group ${i}`,
    label: text(g.label) ?? text(g.id) ?? `group ${i}`,
    ...(text(g.parent) !== undefined && {parent: text(g.parent)}),
    ...(typeof g.repeat === 'number' && {repeat: g.repeat}),
    ...(text(g.kind) !== undefined && {kind: text(g.kind) as GraphGroup['kind']}),
    ...(text(g.type) !== undefined && {type: text(g.type)}),
  }));
  return {nodes, edges, groups, ...(text(given.name) !== undefined && {name: text(given.name)}), ...(remarks.length && {remarks})};
}

function attributesOf(x: unknown): Attributes {
  const entries = isObject(x) ? Object.entries(x) : [];
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : JSON.stringify(value) ?? '']));
}
