import {formatCount, shortCount} from '../color/format.js';
import {cssColor, luminance} from '../color/palette.js';
import {colorOf, type ColorScale, resolveScale} from '../color/scale.js';
import {colorOfKind, kindOfType, type TypeKind, TYPE_KINDS} from '../color/type-colors.js';
import type {GraphItem, GraphTree} from '../graph/tree.js';
import type {Shape} from '../graph/types.js';
import type {BoxLook, BoxText} from '../paint/graph-boxes.js';
import type {WordKey, WordParams} from '../words/strings.js';

type Say = (key: WordKey, params?: WordParams) => string;

/** What differs from a model compared with, by node id. */
export type Marks = ReadonlyMap<string, 'added' | 'removed' | 'changed' | 'same'>;

/** Bytes in few letters. */
export function bytesText(n: number, lang: string): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return `${formatCount(Math.round(n * (n < 10 && i ? 10 : 1)) / (n < 10 && i ? 10 : 1), lang)} ${units[i]}`;
}

/** A shape for one example: a leading axis that varies is the batch, and left out; `?` where an axis is not known. */
export function exampleShape(shape: Shape | null | undefined): string {
  if (!shape) return '?';
  const axes = shape.length > 1 && shape[0] === null ? shape.slice(1) : shape;
  return axes.length ? axes.map((n) => n ?? '?').join('×') : '1';
}

/** Whole, as in the model: `[?, 28, 28, 32]`. */
export const wholeShape = (shape: Shape | null | undefined): string => (shape ? `[${shape.map((n) => n ?? '?').join(', ')}]` : '?');

/** What is written on a box. */
export function boxText(item: GraphItem, say: Say, lang: string, marks: Marks | null): BoxText {
  const mark = markOf(item, marks);
  // a sum of which some is unknown is told in the details alone
  const right = item.params && !item.unknown.params ? shortCount(item.params, lang) : '';
  const foot = item.macs && !item.unknown.macs ? say('graphMacs', {n: shortCount(item.macs, lang)}) : '';
  if (item.kind === 'group') {
    const {group} = item;
    const what = [group?.type, say('graphTitleNodes', {n: formatCount(item.count, lang)})].filter(Boolean).join(' · ');
    return {title: cut(group?.label ?? item.id), badge: group?.repeat ? `×${group.repeat}` : '', right, lines: [what], foot, frozen: false, group: true, mark};
  }
  const node = item.node!;
  const {activation} = node.attributes;
  const filter = /conv/i.test(node.type) ? node.weights?.find(({shape}) => shape.length === 4)?.shape : undefined;
  const kernel = node.attributes.kernel ?? (filter && `${filter[0]}×${filter[1]}`);
  const title = `${node.type}${kernel !== undefined && /conv|pool/i.test(node.type) ? ` ${kernel}` : ''}`;
  const name = [node.label === node.type ? '' : node.label, activation].filter((x) => x !== undefined && x !== '').join(' · ');
  return {title: cut(title), badge: '', right, lines: [...(name ? [cut(name)] : []), exampleShape(node.outputShape)], foot, frozen: node.trainable === false, group: false, mark};
}

/** Names may be megabytes long. */
const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 60)}…${text.slice(-59)}` : text);

function markOf(item: GraphItem, marks: Marks | null): BoxText['mark'] {
  if (!marks) return '';
  const signs = {added: '+', removed: '−', changed: '≠', same: ''} as const;
  if (item.kind === 'node') return signs[marks.get(item.id) ?? 'same'];
  const all = new Set<string>();
  const stack = [...item.children];
  for (let next = stack.pop(); next && all.size < 2; next = stack.pop()) {
    if (next.kind === 'group') stack.push(...next.children);
    else all.add(marks.get(next.id) ?? 'same');
  }
  const [only] = all;
  return all.size === 1 ? signs[only as keyof typeof signs] : '≠';
}

/** Of what was added, removed, changed. */
export const MARK_COLORS = {'+': '#009e73', '−': '#d55e00', '≠': '#b8860b'} as const;

/** What the colours stand for. */
export interface Coloring {
  /** `type`, `params`, `macs`, `memory`, or an overlay's name. */
  readonly by: string;
  /** What the numbers are called, in the element's language. */
  readonly name: string;
  /** Numbers of the user's own. */
  readonly own: boolean;
  /** `null` for types. */
  readonly scale: ColorScale | null;
  readonly valueOf: (item: GraphItem) => number | null;
}

export interface Overlays {
  readonly names: readonly string[];
  get(name: string): ReadonlyMap<string, number>;
}

/** The name of numbers that were given without one. */
const OVERLAY = 'overlay';

/** Reads `.overlay`: numbers by node, or several such by name. */
export function overlaysOf(overlay: Readonly<Record<string, unknown>> | null): Overlays | null {
  if (!overlay || typeof overlay !== 'object') return null;
  const entries = Object.entries(overlay);
  const nested = entries.filter((e): e is [string, Record<string, number>] => typeof e[1] === 'object' && e[1] !== null);
  const all = new Map(nested.map(([name, values]) => [name, new Map(Object.entries(values))]));
  if (!nested.length) all.set(OVERLAY, new Map(entries as [string, number][]));
  return {names: [...all.keys()], get: (name) => all.get(name) ?? new Map()};
}

/** The mean over the nodes of a group that have a number. */
function meanOf(values: ReadonlyMap<string, number>): (item: GraphItem) => number | null {
  const known = new Map<GraphItem, {sum: number; n: number}>();
  const total = (item: GraphItem): {sum: number; n: number} => {
    const found = known.get(item);
    if (found) return found;
    const own = values.get(item.id);
    const out = {sum: 0, n: 0};
    if (typeof own === 'number') Object.assign(out, {sum: own, n: 1});
    else if (item.kind === 'group') {
      const stack = [...item.children];
      for (let next = stack.pop(); next; next = stack.pop()) {
        const v = values.get(next.id);
        if (typeof v === 'number') {
          out.sum += v;
          out.n++;
        } else if (next.kind === 'group') stack.push(...next.children);
      }
    }
    known.set(item, out);
    return out;
  };
  return (item) => {
    const {sum, n} = total(item);
    return n ? sum / n : null;
  };
}

/** From what colours are taken. @param shown the boxes in the drawing, over which a scale spans */
export function coloringOf(by: string, overlays: Overlays | null, shown: readonly GraphItem[], say: Say): Coloring {
  const own = overlays?.names.includes(by) ?? false;
  const name = own && by === OVERLAY ? say('ownNumbers') : own ? by : say(({params: 'byParams', macs: 'byMacs', memory: 'byMemory'} as const)[by as 'params'] ?? 'byType');
  if (by === 'type' && !own) return {by, name, own, scale: null, valueOf: () => null};
  const valueOf = own
    ? meanOf(overlays!.get(by))
    : (item: GraphItem): number | null => (by === 'params' ? item.params : by === 'macs' ? item.macs : item.activationBytes);
  const values = shown.map(valueOf).filter((v): v is number => v !== null && Number.isFinite(v)).sort((a, b) => a - b);
  const quantile = (p: number): number => values[Math.round(p * (values.length - 1))] ?? NaN;
  const facts = {min: own ? quantile(0) : Math.min(0, quantile(0)), max: quantile(1), quantile, rank: (v: number) => values.filter((x) => x < v).length / (values.length || 1)};
  const scale = values.length ? resolveScale({scheme: null, reverse: false, domain: 'auto', center: own ? 0 : null, transform: own ? 'linear' : 'symlog'}, facts) : null;
  return {by, name, own, scale, valueOf};
}

/** How a box looks. */
export function lookOf(item: GraphItem, {by, scale, valueOf}: Coloring, mark: BoxText['mark'], neutral: string): BoxLook {
  if (mark) return {color: MARK_COLORS[mark], filled: false, ink: '', unknown: mark === '−'};
  if (by === 'type') {
    const color = item.kind === 'node' ? colorOfKind(kindOfType(item.node!.type)) : neutral;
    return {color, filled: false, ink: '', unknown: false};
  }
  const v = valueOf(item);
  if (v === null || !Number.isFinite(v) || !scale) return {color: neutral, filled: false, ink: '', unknown: true};
  const color = colorOf(v, scale);
  return {color: cssColor(color), filled: true, ink: luminance(color) > 0.35 ? '#101418' : '#ffffff', unknown: false};
}

/** The kinds of type that a graph has, for its legend. */
export function kindsIn(tree: GraphTree): TypeKind[] {
  const known = kindsOf.get(tree);
  if (known) return known;
  const kinds = new Set(tree.nodes.map((item) => kindOfType(item.node!.type)));
  const found = TYPE_KINDS.filter((kind) => kinds.has(kind));
  kindsOf.set(tree, found);
  return found;
}

const kindsOf = new WeakMap<GraphTree, TypeKind[]>();

/** A number of the details: what is known, and how much is not. */
export function numberText(value: number | null, unknown: number, text: (n: number) => string, say: Say, lang: string): string {
  if (value === null) return say('unknown');
  if (!unknown) return text(value);
  return `${say('atLeast', {n: text(value)})} (${say('unknownOf', {n: formatCount(unknown, lang)})})`;
}
