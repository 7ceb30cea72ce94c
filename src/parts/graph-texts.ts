import {formatCount, formatShort} from '../color/format.js';
import {colorOfKind, kindOfType} from '../color/type-colors.js';
import type {Drift} from '../controllers/graph-compare.js';
import type {Comparison} from '../graph/compare.js';
import type {GraphItem, GraphTree} from '../graph/tree.js';
import type {GraphEdge} from '../graph/types.js';
import type {BoxText} from '../paint/graph-boxes.js';
import type {WordKey, WordParams} from '../words/strings.js';
import type {PanelLink, PanelModel, PanelWeight} from './graph-panel.js';
import {bytesText, type Coloring, exampleShape, numberText, wholeShape} from './graph-words.js';
import type {OutlineRow} from './outline.js';

type Say = (key: WordKey, params?: WordParams) => string;

/** Text of one row of the details: attributes may be megabytes long. */
const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 299)}…` : text);

/** What the panel knows beside the graph. */
export interface PanelFacts {
  readonly overlay: Coloring;
  readonly comparison: Comparison | null;
  readonly drift: ReadonlyMap<string, Drift>;
  readonly weights: readonly PanelWeight[];
  readonly traced: boolean;
}

/** What is told of one node or group. */
export function panelOf(item: GraphItem, tree: GraphTree, open: ReadonlySet<string>, facts: PanelFacts, say: Say, lang: string): PanelModel {
  const {node, group} = item;
  const rows: [string, string][] = [];
  const count = (n: number): string => formatCount(n, lang);
  if (node) {
    if (node.outputShapes && node.outputShapes.length > 1) rows.push([say('detailsShapes'), node.outputShapes.slice(0, 20).map(wholeShape).join(' ')]);
    else rows.push([say('detailsShape'), node.outputShape ? wholeShape(node.outputShape) : say('unknown')]);
  } else {
    rows.push([say('detailsNodes'), say('graphTitleNodes', {n: count(item.count)})]);
    if (group?.repeat) rows.push([say('detailsRepeat'), `×${group.repeat}`]);
  }
  rows.push([say('detailsParams'), numberText(item.params, item.unknown.params, count, say, lang)]);
  if (node && node.trainable !== null) rows.push([say('detailsTrainable'), say(node.trainable ? 'yes' : 'no')]);
  rows.push([say('detailsMacs'), numberText(item.macs, item.unknown.macs, count, say, lang)]);
  rows.push([say('detailsMemory'), numberText(item.activationBytes, item.unknown.activationBytes, (n) => bytesText(n, lang), say, lang)]);
  const value = facts.overlay.by === 'type' ? null : facts.overlay.valueOf(item);
  if (facts.overlay.own && value !== null) rows.push([facts.overlay.name, formatShort(value, 4)]);
  for (const [key, v] of Object.entries(node?.attributes ?? {})) rows.push([cut(key), cut(typeof v === 'boolean' ? say(v ? 'yes' : 'no') : String(v))]);
  const difference = facts.comparison?.nodes.get(item.id);
  const differences = (difference?.changes ?? []).map((c) => cut(`${c.key ?? say(`change_${c.what}`)}: ${c.before ?? '–'} → ${c.now ?? '–'}`));
  if (difference?.state === 'added') differences.push(say('compareAdded'));
  if (difference?.state === 'removed') differences.push(say('compareRemoved'));
  const drift = facts.drift.get(item.id);
  if (drift) differences.push(driftText(drift, say));
  return {
    title: cut(node ? node.label : (group?.label ?? item.id)),
    subtitle: cut([node ? node.type : (group?.type ?? ''), item.id === node?.label ? '' : item.id].filter(Boolean).join(' · ')),
    rows,
    differences,
    inputs: linksOf(tree.into(item.id), 'from', tree, say),
    outputs: linksOf(tree.outOf(item.id), 'to', tree, say),
    weights: facts.weights,
    group: item.kind === 'group' ? (open.has(item.id) ? 'open' : 'closed') : null,
    traced: facts.traced,
  };
}

/** How far weights have moved, in words. */
function driftText({norm, relative, cosine}: Drift, say: Say): string {
  if (!Number.isFinite(norm)) return say('detailsNotFinite');
  if (relative === null) return say('detailsMoved', {norm: formatShort(norm)});
  return say('detailsDrift', {share: `${formatShort(100 * relative)} %`, cosine: cosine === null ? '–' : formatShort(cosine, 4)});
}

function linksOf(edges: readonly GraphEdge[], end: 'from' | 'to', tree: GraphTree, say: Say): PanelLink[] {
  const seen = new Set<string>();
  const out: PanelLink[] = [];
  for (const edge of edges) {
    const id = edge[end];
    if (seen.has(id)) continue;
    seen.add(id);
    const node = tree.item(id)?.node;
    const shape = edge.shape ?? (end === 'from' ? node?.outputShape : undefined);
    out.push({id, text: cut(node?.label ?? id).slice(0, 80), note: [node?.type.slice(0, 80), shape ? exampleShape(shape) : '', edge.kind === 'control' ? say('detailsControl') : ''].filter(Boolean).join(' · ')});
  }
  return out;
}

/** What a screen reader is told on coming to a box. */
export function spokenOf(item: GraphItem, tree: GraphTree, open: ReadonlySet<string>, say: Say, lang: string): string {
  if (item.kind === 'group') {
    const {group} = item;
    return say('spokenGroup', {label: (group?.label ?? item.id).slice(0, 120), repeat: group?.repeat ? ` ×${group.repeat}` : '', n: formatCount(item.count, lang), state: say(open.has(item.id) ? 'groupOpen' : 'groupClosed')});
  }
  const node = item.node!;
  return say('spokenNode', {
    type: node.type.slice(0, 80),
    label: node.label.slice(0, 120),
    shape: node.outputShape ? `, ${exampleShape(node.outputShape)}` : '',
    params: node.params ? `, ${say('graphParams', {n: formatCount(node.params, lang)})}` : '',
    ins: tree.into(item.id).length,
    outs: tree.outOf(item.id).length,
  });
}

/** The lines of the outline: what is visible, up to so many. @returns and how many there are beyond */
export function outlineRows(tree: GraphTree, open: ReadonlySet<string>, most: number, {selected, lit}: {selected: string | null; lit: ReadonlySet<string> | null}, textOf: (item: GraphItem) => BoxText): {rows: OutlineRow[]; rest: number} {
  const rows: OutlineRow[] = [];
  let rest = 0;
  const stack: {item: GraphItem; place: number; siblings: number}[] = [];
  const push = (children: readonly GraphItem[]): void => {
    for (let i = children.length - 1; i >= 0; i--) stack.push({item: children[i]!, place: i + 1, siblings: children.length});
  };
  push(tree.roots);
  for (let next = stack.pop(); next; next = stack.pop()) {
    const {item, place, siblings} = next;
    const isOpen = item.kind === 'group' ? open.has(item.id) : null;
    if (rows.length < most) {
      const text = textOf(item);
      rows.push({
        id: item.id,
        depth: item.depth,
        title: `${text.mark ? `${text.mark} ` : ''}${text.title}${text.badge ? ` ${text.badge}` : ''}`,
        note: [...text.lines, text.right, text.foot].filter(Boolean).join(' · '),
        open: isOpen,
        selected: item.id === selected,
        dim: lit !== null && item.kind === 'node' && !lit.has(item.id),
        color: item.node ? colorOfKind(kindOfType(item.node.type)) : 'transparent',
        place,
        siblings,
      });
    } else rest++;
    if (isOpen) push(item.children);
  }
  return {rows, rest};
}
