import type {Comparison, NodeDifference} from '../graph/compare.js';
import {changeOf, changeSteps, newSums} from '../compute/change.js';
import {runSliced} from '../compute/slices.js';
import type {OpenOptions} from '../tensor/read-source.js';
import type {ModelWeights, WeightInfo} from '../tensor/types.js';
import {type compareData, type GraphData, readGraphModel, readGraphSpec, readGraphUrl} from './graph-reading.js';
import {Latest} from './latest.js';
import type {Work} from './work.js';

/** How far the weights of one node have moved; NaN where one of the two is not finite. */
export interface Drift {
  /** ‖now − before‖ over all its weights. */
  readonly norm: number;
  /** The same / ‖before‖; `null` where that is 0. */
  readonly relative: number | null;
  /** Of the angle between them; `null` where one of them is 0. */
  readonly cosine: number | null;
}

/** A drift up to this is rounding, not training. */
const STILL = 1e-6;

/** The model that another is compared with: read, matched, and, where both are live, how far each weight has moved. */
export class GraphCompare {
  comparison: Comparison | null = null;
  /** By id of the node as it is now. */
  drift: ReadonlyMap<string, Drift> = new Map();
  /** What stands on each box; `null` where nothing is compared. */
  marks: ReadonlyMap<string, 'added' | 'removed' | 'changed' | 'same'> | null = null;
  /** What differs, in topological order, drift included. */
  summary: readonly NodeDifference[] = [];
  /** How many nodes have each mark; `null` where nothing is compared. */
  counts: Comparison['counts'] | null = null;
  /** Changes with `marks`. */
  version = 0;
  #load: ((signal: AbortSignal) => Promise<GraphData>) | null = null;
  #before: GraphData | null = null;
  #cut = false;
  readonly #reading = new Latest();
  readonly #matching = new Latest();
  readonly #work: Work;
  readonly #changed: () => void;
  readonly #measured: () => void;
  readonly #failed: (error: unknown) => void;

  /**
   * @param changed there is another model to compare with, or none
   * @param measured `drift` is known
   * @param failed the other model cannot be read; `null`: it can, or there is none
   */
  constructor(work: Work, changed: () => void, measured: () => void, failed: (error: unknown) => void) {
    this.#work = work;
    this.#changed = changed;
    this.#measured = measured;
    this.#failed = failed;
  }

  /** Takes what to compare with: an object (a live model, or a GraphSpec) before an address. */
  set(object: object | null, src: string | null, options: OpenOptions, connected: boolean): void {
    this.#load = object ? (signal) => ('nodes' in object ? readGraphSpec(object, signal) : readGraphModel(object, signal)) : src ? (signal) => readGraphUrl(src, {...options, signal}) : null;
    this.#cut = true;
    if (connected) this.#read();
  }

  #read(): void {
    const load = this.#load;
    this.#reading.abort();
    this.#failed(null);
    if (!load) {
      this.#cut = false;
      if (!this.#before) return;
      this.#before = null;
      this.#changed();
      return;
    }
    const release = this.#work.hold('compare');
    this.#reading
      .run(load)
      .then(
        (before) => {
          if (!before) return;
          this.#before = before;
          this.#cut = false;
          this.#changed();
        },
        (error: unknown) => {
          this.#before = null;
          this.#cut = false;
          this.#failed(error);
          this.#changed();
        },
      )
      .finally(release);
  }

  /** The union of a structure with the one before; `null` where there is none to compare with. */
  async with(now: GraphData, compare: typeof compareData): Promise<GraphData | null> {
    const before = this.#before;
    if (!before) {
      this.#clear();
      return null;
    }
    const release = this.#work.hold('matching');
    try {
      const both = await this.#matching.run((signal) => compare(now, before, signal));
      if (!both) return null;
      this.comparison = both.comparison;
      this.drift = new Map();
      this.#mark();
      if (now.weights && before.weights) void this.#measure(now.weights, before.weights, both.comparison);
      return both.data;
    } finally {
      release();
    }
  }

  #clear(): void {
    this.#matching.abort();
    if (this.marks) this.version++;
    this.comparison = this.marks = this.counts = null;
    this.summary = [];
    this.drift = new Map();
  }

  #mark(): void {
    const marks = new Map<string, NodeDifference['state']>();
    const counts = {same: 0, changed: 0, added: 0, removed: 0};
    const {nodes, summary} = this.comparison!;
    for (const [id, {state}] of nodes) {
      const mark = state === 'same' && this.#moved(id) ? 'changed' : state;
      marks.set(id, mark);
      counts[mark]++;
    }
    this.marks = marks;
    this.counts = counts;
    this.summary = this.drift.size ? [...nodes.values()].filter((d) => marks.get(d.id) !== 'same') : summary;
    this.version++;
  }

  /** Whether a node's weights are others than before; what is not finite is not the same. */
  #moved(id: string): boolean {
    const drift = this.drift.get(id);
    return drift !== undefined && !((drift.relative ?? drift.norm) <= STILL);
  }

  async #measure(now: ModelWeights, before: ModelWeights, comparison: Comparison): Promise<void> {
    const release = this.#work.hold('drift');
    const [own, other] = [now, before].map(({weights}) => new Map(weights.map((w) => [w.address, w]))) as [Map<string, WeightInfo>, Map<string, WeightInfo>];
    const drift = new Map<string, Drift>();
    try {
      await this.#matching.run(async (signal) => {
        for (const {id, now: a, before: b} of comparison.nodes.values()) {
          if (!a?.weights?.length || a.weights.length !== b?.weights?.length) continue;
          const sums = newSums();
          let whole = true;
          for (const [i, {address}] of a.weights.entries()) {
            const [x, y] = [own.get(address), other.get(b.weights[i]!.address)];
            if (!x || !y || x.size !== y.size) {
              whole = false;
              break;
            }
            const [p, q] = await Promise.all([x.read(signal), y.read(signal)]);
            await runSliced(changeSteps(p.data, q.data, sums), {signal});
          }
          if (!whole) continue;
          const {norm, relative, cosine} = changeOf(sums);
          drift.set(id, {norm, relative: sums.before === 0 ? null : relative, cosine: sums.before === 0 || sums.now === 0 ? null : cosine});
        }
        this.drift = drift;
        this.#mark();
        this.#measured();
      });
    } catch {
      // disposed meanwhile: the structures are compared all the same
    } finally {
      release();
    }
  }

  start(): void {
    if (this.#cut) this.#read();
  }

  stop(): void {
    this.#reading.abort();
    this.#matching.abort();
  }
}
