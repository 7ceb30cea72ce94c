import {formatCount, formatShort} from '../color/format.js';
import {type Arrangement, arrangementOf, type AxisPart} from '../compute/arrange.js';
import {argsortDescendingSteps} from '../compute/argsort.js';
import {dendrogram, MOST_ROWS} from '../compute/cluster.js';
import {foldedOf} from '../compute/folded.js';
import {gapOf, indexAt, innerOf, nameIndices} from '../compute/plane.js';
import {runSliced, type SliceOptions} from '../compute/slices.js';
import {unitRowsSteps, type Units, unitsOf} from '../compute/units.js';
import {type Branches, paintBranches} from '../paint/dendrogram.js';
import type {Viewport} from '../compute/viewport.js';
import type {Context, Theme} from '../paint/theme.js';
import type {TensorValues, Values, WeightKind} from '../tensor/types.js';
import {JUDGE_WORDS, say, useJudgeWords, type WordKey} from '../words/judge.js';
import {compute} from './compute-worker.js';
import type {OrderName} from './heatmap-view.js';
import type {Work} from './work.js';

// Fetched when rows, columns or filters are put in order.

/** Room for a tree, in CSS px. */
const TREE = 46;
/** Values moved between two yields. */
const CHUNK = 1 << 18;
/** Runs of values longer than this are moved as one. */
const RUN = 32;
/** Work tells how far it is once it has taken so many ms, and from then on at most once in so many. */
const PATIENCE = 500;
const TELL = 200;
/** How many indices and how many merges of a tree are told in words. */
const TOLD = {indices: 60, merges: 3};

/** Values that are soon in order are not drawn before in their own, in ms. */
const SOON = 150;
/** The reason by which putting in order is given up: values stay as they are. */
const UNORDERED = new DOMException('Putting in order was cancelled', 'AbortError');

/** Values in another order. */
export interface Ordered {
  readonly by: OrderName;
  /** The values as they were. */
  readonly of: TensorValues;
  readonly values: TensorValues;
  /** In what order each axis stands. */
  readonly sequences: ReadonlyMap<number, Sequence>;
  /** Whether that is the order of older values. */
  readonly kept: boolean;
  /** Whether the user gave it up: then all stands as it was. */
  readonly cancelled: boolean;
  /** What was done, in words. */
  remark(lang: string): string;
  /** Trees in words, each after a space. */
  told(lang: string): string;
  /** What of a cell's place neither its row's nor its column's label tells: ` (out 5)`. */
  within(arrangement: Arrangement, row: number, col: number): string;
  /** The index that a slider shows at a place. */
  slid(part: AxisPart, at: number): string;
  /** CSS px that trees of what was clustered take beside the plane. */
  besides(arrangement: Arrangement): {top: number; right: number};
  /** Draws them, the plane's left top corner at the context's origin, in CSS px. */
  paint(ctx: Context, scene: {arrangement: Arrangement; columns: number; viewport: Viewport; dpr: number; theme: Theme}): void;
}

/** Keeps one tensor's values in the order asked for, through each refresh of them; the picture stands meanwhile. */
export class Orderer {
  /** How far it is, where it takes long, and what gives it up. */
  slow: {readonly share: number; readonly what: WordKey; readonly run: () => void} | null = null;
  /** How values are put in order; of which that is done or under way; and the newest. */
  #asked: readonly unknown[] = [];
  #of: TensorValues | null = null;
  #newest: TensorValues | null = null;
  /** What stands in order now. */
  #drawn: Ordered | null = null;
  #known: Ordered | null = null;
  #running: AbortController | undefined;
  #soon: Promise<unknown> | undefined;
  readonly #work: Work;
  readonly #adopt: (made: Ordered | null) => void;
  readonly #changed: (what: 'facts') => void;
  readonly #failed: (error: unknown) => void;

  /** @param adopt the newest values stand in order; `null`: as they are @param changed there is more to tell */
  constructor(work: Work, adopt: (made: Ordered | null) => void, changed: (what: 'facts') => void, failed: (error: unknown) => void) {
    this.#work = work;
    this.#adopt = adopt;
    this.#changed = changed;
    this.#failed = failed;
  }

  /**
   * Starts what is needed. What is under way goes on while values are refreshed, however fast: they follow it.
   * @param drawn what stands in order now
   * @returns resolves when it is done, or else soon
   */
  update(values: TensorValues, kind: WeightKind, {order, arrange}: {readonly order: OrderName; readonly arrange: string | null}, drawn: Ordered | null): Promise<unknown> | undefined {
    const asked = [kind, order, arrange];
    const other = asked.some((x, i) => x !== this.#asked[i]);
    if (other) this.stop();
    this.#asked = asked;
    this.#newest = values;
    this.#drawn = drawn;
    if (order === 'none') {
      this.#known = null;
      if (drawn) this.#adopt(null);
      return undefined;
    }
    if (!this.#running && values !== this.#of) this.#start(kind, order, arrange);
    return this.#soon;
  }

  #start(kind: WeightKind, order: OrderName, arrange: string | null): void {
    const running = (this.#running = new AbortController());
    const values = (this.#of = this.#newest!);
    const current = (then: () => void): void => void (running === this.#running && then());
    const changed = (): void => this.#changed('facts');
    const onSlow = (share: number, what: WordKey): void =>
      current(() => {
        this.slow = {share, what, run: this.giveUp};
        changed();
      });
    const end = (): void => {
      this.#running = undefined;
      this.slow = null;
    };
    const done = orderValues(values, kind, order, {signal: running.signal, arrange, known: this.#known, onSlow, changed})
      .then((made) =>
        current(() => {
          end();
          this.#known = made;
          // newer values that are drawn already must not give way to older ones
          if (values !== this.#newest && !this.#drawn) this.#start(kind, order, arrange);
          else this.#adopt(made);
        }),
      )
      .catch((error: unknown) =>
        current(() => {
          end();
          this.#failed(error);
        }),
      )
      .finally(this.#work.hold('order'));
    this.#soon = Promise.race([done, new Promise((resolve) => setTimeout(resolve, SOON))]);
  }

  /** The user gives it up: values stay as they are, which is said. */
  readonly giveUp = (): void => this.#running?.abort(UNORDERED);

  /** Ends what is under way; it begins anew with the next update. @param forget another tensor follows */
  stop(forget = false): void {
    if (forget) this.#known = null;
    this.#running?.abort();
    this.#running = this.#soon = undefined;
    this.#asked = [];
    this.#of = this.slow = null;
  }
}

/** One axis, or the units along it, to be ordered. */
interface Target {
  readonly axis: number;
  readonly layout: Units;
  /** Items along the axis that each unit has: the gates of a recurrent kernel. */
  readonly copies: number;
}

/** In what order units stand, and why. */
export interface Sequence {
  readonly order: Int32Array;
  readonly by: 'norm' | 'cluster';
  /** More than are clustered, where that was asked for. */
  readonly many: boolean;
  /** How many hold values that are not finite. */
  readonly odd: number;
  readonly branches?: Branches;
  /** How far apart what was merged last is, the greatest first. */
  readonly heights?: readonly number[];
}

/** How a tensor is to be put in order. */
export interface OrderOptions extends SliceOptions {
  /** The pattern that it is arranged by; `null`: the automatic one. */
  readonly arrange?: string | null;
  /** What was made of it last, perhaps of older values. */
  readonly known?: Ordered | null;
  /** Told of the share done only where it takes long, 0 to 1, and of what is done. */
  readonly onSlow?: (share: number, what: WordKey) => void;
  /** Words of another language have come. */
  readonly changed?: () => void;
}

/** What of a tensor can stand in another order: rows and columns of a matrix, the filters of a convolution. */
function targetsOf(kind: WeightKind, shape: readonly number[]): Target[] {
  const units = unitsOf(kind, shape);
  const last = shape.length - 1;
  if (kind === 'lstm' || kind === 'gru') {
    const gates = kind === 'lstm' ? 4 : 3;
    if (shape.length !== 2 || !units) return [];
    return [{axis: 0, layout: {outer: 1, units: shape[0]!, inner: shape[1]!}, copies: 1}, {axis: 1, layout: units, copies: gates}];
  }
  if (shape.length === 2) return [{axis: 0, layout: {outer: 1, units: shape[0]!, inner: shape[1]!}, copies: 1}, {axis: 1, layout: {outer: shape[0]!, units: shape[1]!, inner: 1}, copies: 1}];
  if (!units || shape.length < 3) return [];
  if (kind === 'depthwise') return shape[last] === 1 ? [{axis: last - 1, layout: units, copies: 1}] : [];
  return [{axis: kind.endsWith('transpose') ? last - 1 : last, layout: units, copies: 1}];
}

/**
 * Whether each part of an axis in another order still has indices to tell: the axis stands whole, or in its gates, or
 * folded into a grid as the automatic arrangement does.
 */
function tellable({axes, rows, cols}: Arrangement, {axis, copies}: Target): boolean {
  const [major, minor, more] = axes[axis]!.filter((part) => part.size > 1);
  if (!minor) return true;
  if (more) return false;
  if (copies > 1) return major!.size === copies;
  return minor.name === `${major!.name}2` && [major, minor].every((part) => rows.includes(part!) || cols.includes(part!));
}

/**
 * Puts a tensor in order; clusters of the same tensor with other values (`known`) stay as they were.
 * @returns values as they were, and words that say so, where the signal's reason is UNORDERED; rejects only with any other reason
 */
export async function orderValues(values: TensorValues, kind: WeightKind, order: OrderName, options: OrderOptions): Promise<Ordered> {
  useJudgeWords();
  try {
    options.signal?.throwIfAborted();
    const given = options.known?.by === order ? options.known : null;
    return given?.cancelled ? asItIs(values, order, options) : await inOrder(values, kind, order, options, given);
  } catch (error) {
    if (error !== UNORDERED) throw error;
    return asItIs(values, order, options);
  }
}

/** Work that was given up. */
const asItIs = (values: TensorValues, by: OrderName, {changed}: OrderOptions): Ordered => ({
  by, of: values, values, kept: false, cancelled: true, sequences: new Map(), remark: (lang) => speak(lang, 'orderCancelled', changed), told: () => '', within: () => '', slid: (_, at) => String(at), besides: () => ({top: 0, right: 0}), paint: () => undefined,
});

async function inOrder(values: TensorValues, kind: WeightKind, by: OrderName, {signal, onSlow, ...options}: OrderOptions, known: Ordered | null): Promise<Ordered> {
  const shape = values.sides ? values.shape.slice(1) : values.shape;
  const arrangement = arrangementOf({shape: values.shape, ...(values.sides && {sides: values.sides})}, kind, options.arrange ?? null);
  const all = values.sides ? [] : targetsOf(kind, shape);
  const targets = all.filter((target) => tellable(arrangement, target));
  const clusters = by.startsWith('cluster');
  // norms are soon known; clusters that leap from step to step could not be followed
  const reused = known && (known.of === values || clusters) ? known : null;
  const kept = !!reused && clusters && (reused.kept || reused.of !== values);

  // what each has to do: distances of pairs, or one look at all values
  const work = targets.map(({layout: {units}}) => (clusters && units <= MOST_ROWS ? units : 1));
  const total = work.reduce((a, b) => a + b, 0);
  const sequences = new Map<number, Sequence>();
  const orders: {axis: number; positions: Int32Array}[] = [];
  const tell = slowly(onSlow);
  let before = 0;
  for (const [i, {axis, layout, copies}] of targets.entries()) {
    const from = before;
    before += work[i]!;
    const clustering = clusters && layout.units <= MOST_ROWS;
    const onProgress = (share: number): void => tell((from + share * work[i]!) / total, clustering ? 'orderClustering' : 'orderWorking');
    const sequence = reused?.sequences.get(axis) ?? (await sequenceOf(values, layout, by, copies === 1, {signal, onProgress}));
    sequences.set(axis, sequence);
    const {units} = layout;
    const positions = new Int32Array(copies * units);
    for (let c = 0; c < copies; c++) for (let k = 0; k < units; k++) positions[c * units + k] = c * units + sequence.order[k]!;
    orders.push({axis, positions});
  }
  const data = await runSliced(permuteSteps(values.data, shape, orders), {signal, onProgress: (share) => tell(share, 'orderWorking')});
  const trees = [...sequences].flatMap(([axis, {branches}]) => (branches ? [{axis, branches}] : []));
  const name = (axis: number): string => nameOf(arrangement, all.find((t) => t.axis === axis)!);
  return {
    by, of: values, kept, sequences, cancelled: false,
    values: orders.length ? {...values, data, orders} : values,
    remark: (lang) => {
      const told = (key: WordKey, params = {}): string => speak(lang, key, options.changed, params);
      if (!all.length) return told(values.sides ? 'orderSides' : 'orderNothing');
      const split = all.filter((t) => !targets.includes(t)).map(({axis}) => told('orderSplit', {axis: name(axis)}));
      return [...sentences(sequences, shape.length === 2 ? 2 : 1, by, name, lang, told), ...split, ...(kept ? [told('orderKept')] : [])].join(' ');
    },
    told: (lang) =>
      trees
        .map(({axis}) => {
          const {order, heights = []} = sequences.get(axis)!;
          const list = Array.from(order.subarray(0, TOLD.indices)).join(', ') + (order.length > TOLD.indices ? ' …' : '');
          return ` ${speak(lang, 'orderTree', options.changed, {axis: name(axis), order: list, heights: heights.map((h) => formatShort(h)).join(', ') || '–'})}`;
        })
        .join(''),
    within: (now, row, col) => {
      const fold = foldedOf(now);
      const index = fold && indexAt(now, now.slices.map(() => 0), row, col);
      return index ? ` (${nameOf(now, targets.find((t) => t.axis === fold.axis)!)} ${index[fold.axis]!})` : '';
    },
    slid: (part, at) => nameIndices([part], [at], [part])[0]!.index,
    besides: (now) => {
      const has = (side: 'top' | 'right'): number => (treesOf(now, trees).some((t) => t.side === side) ? TREE : 0);
      return {top: has('top'), right: has('right')};
    },
    paint: (ctx, {arrangement: now, columns, viewport: v, dpr, theme}) => {
      for (const {side, parts, branches} of treesOf(now, trees)) {
        const top = side === 'top';
        const [s, at, length] = top ? [v.sx, v.x, v.width] : [v.sy, v.y, v.height];
        const inner = innerOf(parts);
        const pitch = inner + gapOf(parts);
        ctx.save();
        // at the picture's own edge, where it does not fill the box
        if (top) ctx.translate(0, Math.max(0, -v.y * v.sy) / dpr - 3);
        else ctx.translate(Math.min(v.width, (columns - v.x) * v.sx) / dpr + 3, 0);
        paintBranches(ctx, {branches, side, start: ((inner / 2 - pitch / 2 - at) * s) / dpr, pitch: (pitch * s) / dpr, length: length / dpr, height: TREE - 6, theme});
        ctx.restore();
      }
    },
  };
}

/** The order of units along one axis. */
async function sequenceOf(values: TensorValues, layout: Units, by: OrderName, tree: boolean, options: SliceOptions): Promise<Sequence> {
  const {outer, units} = layout;
  const many = by.startsWith('cluster') && units > MOST_ROWS;
  const {signal} = options;
  // where they lie one after another already, they are read from there
  const rows = outer === 1 && values.data instanceof Float32Array ? values.data : await runSliced(unitRowsSteps(values.data, layout), {signal});
  const length = rows.length / Math.max(1, units);
  if (!by.startsWith('cluster') || many) return {by: 'norm', many, ...(await runSliced(normSteps(rows, units, by === 'norm-l1'), options))};
  const linkage = await compute('cluster', [rows, units, length, by === 'cluster-cosine' ? 'cosine' : 'euclidean'], options);
  const {order, odd, heights} = linkage;
  const branches = {lines: dendrogram(linkage), top: heights.at(-1) ?? 0};
  return {by: 'cluster', many, order, odd: odd.length, ...(tree && {branches, heights: Array.from(heights.slice(-TOLD.merges)).reverse()})};
}

/** What was done, axis by axis where that differs. */
function sentences(sequences: ReadonlyMap<number, Sequence>, most: number, by: OrderName, name: (axis: number) => string, lang: string, told: (key: WordKey, params?: Record<string, string | number>) => string): string[] {
  const known = [...sequences];
  const alike = known.length === most && known.every(([, s]) => s.by === known[0]![1].by && !s.many);
  const distance = told(by === 'cluster-cosine' ? 'orderCosine' : 'orderEuclidean');
  const norm = told(by === 'norm-l1' ? 'orderL1' : 'orderL2');
  const odd = (of: readonly (readonly [number, Sequence])[]): string => {
    const n = of.reduce((sum, [, s]) => sum + s.odd, 0);
    return n ? ` ${told('orderOdd', {n: formatCount(n, lang)})}` : '';
  };
  if (alike) {
    const cluster = known[0]![1].by === 'cluster';
    const key = cluster ? (most === 2 ? 'orderClusterBoth' : 'orderClusterUnits') : most === 2 ? 'orderNormBoth' : 'orderNormUnits';
    return [told(key, {by: cluster ? distance : norm}) + odd(known)];
  }
  return known.map(([axis, s]) => {
    const n = formatCount(s.order.length, lang);
    const text = s.many ? told('orderMany', {axis: name(axis), n, most: formatCount(MOST_ROWS, lang)}) : told(s.by === 'cluster' ? 'orderClusterAxis' : 'orderNormAxis', {axis: name(axis), by: s.by === 'cluster' ? distance : norm});
    return text + odd([[axis, s]]);
  });
}

/** What an axis is called: its own name where it is folded, that of its units where they have gates. */
function nameOf({axes}: Arrangement, {axis, copies}: Target): string {
  const parts = axes[axis]!;
  const [major, minor] = parts;
  if (copies > 1) return parts.at(-1)?.name ?? '';
  return minor?.name === `${major?.name}2` ? major!.name : parts.map((part) => part.name).join(' ');
}

const asked = new Set<string>();

/** A sentence in a language, whose words are fetched when it is first spoken. */
function speak(lang: string, key: WordKey, changed?: () => void, params?: Record<string, string | number>): string {
  const base = lang.toLowerCase().split('-')[0]!;
  if (JUDGE_WORDS[base] && !asked.has(base)) {
    asked.add(base);
    void JUDGE_WORDS[base]().then(changed);
  }
  return say(lang, key, params);
}

/** Tells only of what takes long, and not too often. */
function slowly(tell: OrderOptions['onSlow']): (share: number, what: WordKey) => void {
  let told = performance.now() + PATIENCE - TELL;
  return (share, what) => {
    const now = performance.now();
    if (now - told < TELL) return;
    told = now;
    tell?.(share, what);
  };
}

/** Trees whose leaves are the items of a side. */
function treesOf({rows, cols}: Arrangement, trees: readonly {axis: number; branches: Branches}[]): {side: 'top' | 'right'; parts: readonly AxisPart[]; branches: Branches}[] {
  return trees.flatMap(({axis, branches}) => {
    const whole = [...rows, ...cols].filter((p) => p.axis === axis).length === 1;
    const side = whole && cols[0]?.axis === axis ? 'top' : whole && rows[0]?.axis === axis ? 'right' : null;
    return side ? [{side, parts: side === 'top' ? cols : rows, branches}] : [];
  });
}

/** Units by their norm, the greatest first; those that are not finite last. @yields share done */
function* normSteps(rows: Float32Array, units: number, l1: boolean): Generator<number, {order: Int32Array; odd: number}> {
  const length = rows.length / Math.max(1, units);
  const norms = new Float64Array(units);
  let odd = 0;
  let work = 0;
  for (let u = 0; u < units; u++) {
    let sum = 0;
    for (let i = u * length; i < (u + 1) * length; i++) sum += l1 ? Math.abs(rows[i]!) : rows[i]! * rows[i]!;
    if (!Number.isFinite(sum)) odd++;
    norms[u] = Number.isFinite(sum) ? sum : -1;
    work += length;
    if (work < CHUNK) continue;
    work = 0;
    yield u / units;
  }
  return {order: new Int32Array((yield* argsortDescendingSteps(norms)).buffer), odd};
}

/** Values in other places along one or two axes: at position k of an axis stands what had index `positions[k]`. @yields share done */
function* permuteSteps(data: Values, shape: readonly number[], orders: readonly {axis: number; positions: Int32Array}[]): Generator<number, Values> {
  let current = data as Float32Array;
  for (const {axis, positions} of orders) {
    const inner = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
    const n = shape[axis]!;
    const runs = inner ? data.length / inner : 0;
    const out = new (data.constructor as Float32ArrayConstructor)(data.length);
    let work = 0;
    for (let run = 0, k = 0; run < runs; run++, k = k + 1 === n ? 0 : k + 1) {
      const from = (run - k + positions[k]!) * inner;
      if (inner > RUN) out.set(current.subarray(from, from + inner), run * inner);
      else for (let i = 0; i < inner; i++) out[run * inner + i] = current[from + i]!;
      work += inner;
      if (work < CHUNK) continue;
      work = 0;
      yield run / runs;
    }
    current = out;
  }
  return current;
}
