import type {WeightKind} from '../tensor/types.js';
import {Problem, type WordKey} from '../words/strings.js';

/** A tensor axis, or a factor of one: `index = i₀·size₁·… + i₁·… + …` over the parts of its axis. */
export interface AxisPart {
  readonly name: string;
  readonly size: number;
  /** Elements of the data from one index to the next. */
  readonly stride: number;
  /** The tensor axis that it is, or is a factor of. */
  readonly axis: number;
  /** The whole axis in another order: which index stands at a position. */
  readonly order?: Int32Array | undefined;
  /** Beside `order`: how many positions of the axis lie between two indices of the part. */
  readonly step?: number;
  /** Two states of the whole, side by side: what lies in each is laid out as it is alone. */
  readonly side?: boolean;
  /** Names of its indices, such as the gates of an LSTM. */
  readonly labels?: readonly string[] | undefined;
}

/** How an N-D tensor becomes a plane with sliders. */
export interface Arrangement {
  readonly pattern: string;
  readonly shape: readonly number[];
  readonly rows: readonly AxisPart[];
  readonly cols: readonly AxisPart[];
  /** Parts that are neither in the rows nor in the columns. */
  readonly slices: readonly AxisPart[];
  /** The parts of each tensor axis, major first. */
  readonly axes: readonly (readonly AxisPart[])[];
}

/** Names for the indices of axes, by axis name. */
export type Labels = Readonly<Record<string, readonly string[]>>;

interface Token {
  readonly text: string;
  readonly at: number;
}

/** Points at a character: the pattern with a caret below it. */
function fail(pattern: string, at: number, key: WordKey, params: Record<string, string | number> = {}): never {
  throw new Problem(key, {...params, position: at + 1, pattern, caret: `${' '.repeat(at)}^`});
}

function tokens(pattern: string, from: number, to: number): Token[] {
  const out: Token[] = [];
  const token = /\s*(?:([A-Za-z_]\w*|1|[()])|(\S))/y;
  for (token.lastIndex = from; token.lastIndex < to; ) {
    const match = token.exec(pattern);
    if (!match || token.lastIndex > to) break;
    const at = token.lastIndex - (match[1] ?? match[2]!).length;
    if (match[2]) fail(pattern, at, 'arrangeCharacter', {found: match[2]});
    out.push({text: match[1]!, at});
  }
  return out;
}

/** Groups of names: `a (b c) 1` is [[a], [b, c], []]. */
function groups(pattern: string, from: number, to: number): {names: Token[]; at: number}[] {
  const out: {names: Token[]; at: number}[] = [];
  let open: {names: Token[]; at: number} | null = null;
  for (const t of tokens(pattern, from, to)) {
    if (t.text === '(') {
      if (open) fail(pattern, t.at, 'arrangeNested');
      open = {names: [], at: t.at};
    } else if (t.text === ')') {
      if (!open) fail(pattern, t.at, 'arrangeUnopened');
      out.push(open!);
      open = null;
    } else if (open) {
      if (t.text !== '1') open.names.push(t);
    } else {
      out.push({names: t.text === '1' ? [] : [t], at: t.at});
    }
  }
  if (open) fail(pattern, open.at, 'arrangeUnclosed');
  return out;
}

function givenSizes(pattern: string, from: number): Map<string, {size: number; at: number}> {
  const sizes = new Map<string, {size: number; at: number}>();
  for (const match of pattern.slice(from).matchAll(/[^\s,]+/g)) {
    const at = from + match.index;
    const parts = /^([A-Za-z_]\w*)=([1-9]\d*)$/.exec(match[0]);
    if (!parts) fail(pattern, at, 'arrangeSize', {found: match[0]});
    sizes.set(parts![1]!, {size: Number(parts![2]), at});
  }
  return sizes;
}

/**
 * Reads a pattern in the manner of einops: left the tensor's axes, right the rows and then the columns of the plane.
 * `"h w i o -> (o h) (i w)"`; a group on the left splits an axis, with sizes after a semicolon and one unknown per
 * group inferred: `"(h w) (a b) -> (a h) (b w); h=28 a=8"`. One item on the right is a single row. Axes left out of
 * the right become sliders. `1` and `()` stand for an axis of size 1.
 * @throws Problem that points at the character
 */
export function parseArrange(pattern: string, shape: readonly number[], labels: Labels = {}): Arrangement {
  const semicolon = pattern.indexOf(';');
  const end = semicolon < 0 ? pattern.length : semicolon;
  const arrow = pattern.indexOf('->');
  if (arrow < 0 || arrow > end) fail(pattern, end, 'arrangeArrow');
  const left = groups(pattern, 0, arrow);
  const right = groups(pattern, arrow + 2, end);
  const sizes = givenSizes(pattern, semicolon < 0 ? pattern.length : semicolon + 1);
  if (left.length !== shape.length) {
    fail(pattern, left.at(shape.length)?.at ?? Math.max(0, arrow - 1), 'arrangeRank', {
      shape: shape.join('×') || '()',
      axes: shape.length,
      named: left.length,
    });
  }
  if (right.length > 2 || !right.length) fail(pattern, right[2]?.at ?? arrow, 'arrangeTwo', {found: right.length});

  const parts = new Map<string, AxisPart>();
  let stride = shape.reduce((n, size) => n * size, 1);
  const axes = left.map(({names, at}, axis) => {
    const size = shape[axis]!;
    stride = size ? stride / size : 0;
    if (!names.length && size !== 1) fail(pattern, at, 'arrangeOne', {size});
    const unknown = names.filter((n) => !sizes.has(n.text));
    const known = names.reduce((n, t) => n * (sizes.get(t.text)?.size ?? 1), 1);
    if (unknown.length > 1) fail(pattern, unknown[1]!.at, 'arrangeUnknown', {first: unknown[0]!.text, second: unknown[1]!.text});
    if (unknown.length ? size % known : size !== known) {
      fail(pattern, at, 'arrangeDivide', {size, known, names: names.map((n) => n.text).join(' × ')});
    }
    let inner = stride;
    const own = [...names].reverse().map((name) => {
      if (parts.has(name.text)) fail(pattern, name.at, 'arrangeTwice', {name: name.text});
      const part: AxisPart = {
        name: name.text,
        size: sizes.get(name.text)?.size ?? size / known,
        stride: inner,
        axis,
        labels: Object.hasOwn(labels, name.text) ? labels[name.text] : undefined,
      };
      inner *= part.size;
      parts.set(name.text, part);
      return part;
    });
    return own.reverse();
  });
  for (const [name, {at}] of sizes) if (!parts.has(name)) fail(pattern, at, 'arrangeName', {name, names: [...parts.keys()].join(', ')});

  const used = new Set<string>();
  const sides = right.map(({names}) =>
    names.map((name) => {
      const part = parts.get(name.text);
      if (!part) return fail(pattern, name.at, 'arrangeName', {name: name.text, names: [...parts.keys()].join(', ')});
      if (used.has(name.text)) fail(pattern, name.at, 'arrangeTwice', {name: name.text});
      used.add(name.text);
      return part;
    }),
  );
  const [rows, cols] = sides.length === 2 ? (sides as [AxisPart[], AxisPart[]]) : [[], sides[0]!];
  return {pattern, shape, rows, cols, slices: axes.flat().filter((p) => !used.has(p.name)), axes};
}

/** An arrangement with other parts in their places. */
function withParts(one: Arrangement, change: (part: AxisPart) => AxisPart): Arrangement {
  const changed = new Map<AxisPart, AxisPart>(one.axes.flat().map((part) => [part, change(part)]));
  const all = (parts: readonly AxisPart[]): AxisPart[] => parts.map((part) => changed.get(part)!);
  return {...one, rows: all(one.rows), cols: all(one.cols), slices: all(one.slices), axes: one.axes.map(all)};
}

/** An arrangement that knows in which order some axes stand. */
const inOrder = (one: Arrangement, orders: readonly {readonly axis: number; readonly positions: Int32Array}[]): Arrangement =>
  withParts(one, (part) => ({...part, order: orders.find(({axis}) => axis === part.axis)?.positions, step: part.stride / one.axes[part.axis]!.at(-1)!.stride}));

/** An arrangement of one tensor for several states of it, stacked along a new first axis: side by side. */
export function sideBySide(one: Arrangement, sides: readonly string[]): Arrangement {
  const moved = withParts(one, (part) => ({...part, axis: part.axis + 1}));
  const side: AxisPart = {name: 'state', size: sides.length, stride: one.shape.reduce((n, size) => n * size, 1), axis: 0, side: true, labels: sides};
  return {...moved, shape: [sides.length, ...one.shape], cols: [side, ...moved.cols], axes: [[side], ...moved.axes]};
}

/** The divisor `a` of `n` for which `a` rows of `height` by `n / a` columns of `width` is nearest to a square. */
function nearSquare(n: number, height: number, width: number): number {
  let best = 1;
  let off = Infinity;
  for (let a = 1; a <= n; a++) {
    if (n % a) continue;
    const ratio = Math.abs(Math.log((a * height) / ((n / a) * width)));
    if (ratio < off) [best, off] = [a, ratio];
  }
  return best;
}

const GATES: Partial<Record<WeightKind, readonly string[]>> = {
  lstm: ['i', 'f', 'c', 'o'],
  gru: ['z', 'r', 'h'],
  'lstm-bias': ['i', 'f', 'c', 'o'],
  'gru-bias': ['z', 'r', 'h'],
};
/** Above so many planes of an unknown tensor, the outer axes become sliders. */
const MAX_GRID = 64;
/** A grid longer than this, in its shorter side, is folded into several columns. */
const FOLD = 2.5;

/** How values are arranged: as asked for, else as suits a kind of weight. @throws Problem for a pattern that makes no sense */
export function arrangementOf({shape, sides, orders}: {readonly shape: readonly number[]; readonly sides?: readonly string[]; readonly orders?: readonly {readonly axis: number; readonly positions: Int32Array}[]}, kind: WeightKind, pattern: string | null): Arrangement {
  const own = sides ? shape.slice(1) : shape;
  const auto = autoPattern(kind, own);
  const one = parseArrange(pattern || auto.pattern, own, pattern ? {} : auto.labels);
  return sides ? sideBySide(one, sides) : orders ? inOrder(one, orders) : one;
}

/**
 * The automatic arrangement: the pattern that suits a kind of weight. Axis order is that of tfjs: dense `in out`,
 * convolutions `h w in out`, transposed `h w out in`, depthwise `h w in multiplier`, recurrent `in gate·unit` with the
 * gates in the order i f c o (LSTM) and z r h (GRU).
 */
export function autoPattern(kind: WeightKind, shape: readonly number[]): {pattern: string; labels?: Labels} {
  const rank = shape.length;
  const last = shape.at(-1) ?? 1;
  const gates = GATES[kind];
  if (gates && rank && last % gates.length === 0 && last) {
    const sizes = `gate=${gates.length}`;
    const labels = {gate: gates};
    if (rank === 1) return {pattern: `(gate unit) -> (gate unit); ${sizes}`, labels};
    // a GRU with reset_after has two biases, of the input and of the recurrent product
    const rows = kind.endsWith('bias') ? 'of' : 'in';
    if (rank === 2) return {pattern: `${rows} (gate unit) -> ${rows} (gate unit); ${sizes}`, labels};
  }
  if (rank === 0) return {pattern: ' -> 1 1'};
  if (rank === 1) return {pattern: kind === 'bias' || kind === 'norm' ? 'channel -> channel' : 'i -> i'};
  if (rank === 2) {
    const [a, b] = kind === 'embedding' ? ['token', 'dim'] : kind === 'other' ? ['row', 'column'] : ['in', 'out'];
    return {pattern: `${a} ${b} -> ${a} ${b}`};
  }
  if (shape.includes(0)) return {pattern: `${shape.map((_, i) => `a${i}`).join(' ')} -> a${rank - 2} a${rank - 1}`};
  const transposed = kind === 'conv2d-transpose' || kind === 'conv3d-transpose';
  const conv = {conv1d: 3, conv2d: 4, conv3d: 5, depthwise: 4, 'conv2d-transpose': 4, 'conv3d-transpose': 5}[kind as string];
  if (conv === rank) {
    const space = ['d', 'h', 'w'].slice(5 - rank);
    const [n, m] = [shape.at(-2)!, shape.at(-1)!];
    const [first, second] = transposed ? ['out', 'in'] : kind === 'depthwise' ? ['in', 'mult'] : ['in', 'out'];
    const head = `${space.join(' ')} ${first} ${second} ->`;
    if (shape.slice(0, -2).every((s) => s === 1)) {
      return kind === 'depthwise' ? {pattern: `${head} (${first} ${space.join(' ')}) ${second}`} : {pattern: `${head} (${space.join(' ')} ${first}) ${second}`};
    }
    const height = rank > 3 ? shape[rank - 4]! : 1;
    const width = shape[rank - 3]! * (rank === 5 ? shape[0]! : 1);
    const [v, u] = [rank > 3 ? ' h' : '', rank === 5 ? 'd w' : 'w'];
    // a filter per tile: the axis of outputs (depthwise: of inputs) runs over the grid, the other within the filter
    const [grid, within, across, other] = first === 'out' || kind === 'depthwise' ? [n, m, first, second] : [m, n, second, first];
    if (other !== 'mult' || within > 1) {
      const [h, w] = [grid * height, within * width];
      if (h / w <= FOLD && w / h <= FOLD) return {pattern: `${head} (${across}${v}) (${other} ${u})`};
    }
    const a = nearSquare(grid, height, within * width);
    const split = `${space.join(' ')} ${first} ${second}`.replace(new RegExp(`\\b${across}\\b`), `(${across} ${across}2)`);
    const inner = within > 1 ? `${other} ${u}` : u;
    // the lone input or multiplier of each filter stays on the left as an axis of size 1
    const lone = within > 1 ? split : split.replace(new RegExp(`\\b${other}\\b`), '1');
    return {pattern: `${lone} -> (${across}${v}) (${across}2 ${inner}); ${across}=${a}`};
  }
  // any other tensor: its last two axes as planes, stacked where few, else behind sliders
  const names = shape.map((_, i) => 'abcdefghijklmnopqrstuvwxyz'[i] ?? `a${i}`);
  const [row, column] = names.slice(-2);
  const outer = names.slice(0, -2);
  const planes = shape.slice(0, -2).reduce((n, s) => n * s, 1);
  if (rank === 3 && planes <= MAX_GRID) {
    const [h, w] = [shape[1]!, shape[2]!];
    const a = nearSquare(planes, h, w);
    return {pattern: `(${outer[0]} ${outer[0]}2) ${row} ${column} -> (${outer[0]} ${row}) (${outer[0]}2 ${column}); ${outer[0]}=${a}`};
  }
  if (rank === 4 && planes <= MAX_GRID) return {pattern: `${names.join(' ')} -> (${outer[0]} ${row}) (${outer[1]} ${column})`};
  return {pattern: `${names.join(' ')} -> ${row} ${column}`};
}
