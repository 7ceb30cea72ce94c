import {nothing, type ReactiveController, type ReactiveElement, type TemplateResult} from 'lit';
import {formatCount, formatShare, formatShort} from '../color/format.js';
import {changeOf, changeSteps, differenceSteps, newSums} from '../compute/change.js';
import {runSliced} from '../compute/slices.js';
import {plotControls} from '../parts/plot-bar.js';
import {plotNotes} from '../parts/plot-frame.js';
import type {Note} from '../plot/types.js';
import {readPart, shapeText} from '../tensor/read-tensor.js';
import type {ModelWeights, TensorValues, Values, WeightData, WeightInfo} from '../tensor/types.js';
import {Problem, say, useLearnWords} from '../words/learn.js';
import {LEARN_WORDS} from '../words/run.js';
import {adoptControls} from './adopt-controls.js';
import {DataSource, type Loader, type SourceName} from './data-source.js';
import {oneOf} from './heatmap-settings.js';
import type {HeatmapStage} from './heatmap-stage.js';
import {Latest} from './latest.js';
import type {Status} from './status.js';

// Fetched when two models, or two tensors, are compared.

export type CompareView = 'difference' | 'relative' | 'side-by-side';

/** How the weights of two models were found to be the same. */
export interface Matching {
  /** By their addresses, and those left over by what they are, their shape and the models' own order. */
  readonly addresses: number;
  readonly order: number;
  /** Weights of another shape, and those that only one of the two has. */
  readonly shapes: number;
  readonly added: number;
  readonly removed: number;
}

/** What is compared, as something to draw. */
export interface Compared {
  readonly data: WeightData;
  /** `null` for two tensors. */
  readonly matching: Matching | null;
}

/** What of its properties an element lets comparisons be drawn by. */
export interface CompareLook {
  compareView: CompareView | null;
  readonly complex: string | null;
}

/** What of an element a comparison needs. */
export interface CompareHost {
  readonly look: CompareLook;
  readonly status: Status;
  /** What is compared; `null` until it has been read. */
  now(): WeightData | null;
  /** What it is compared with, by where that comes from; empty where it is compared with nothing. */
  readonly befores: ReadonlyMap<SourceName, Loader<WeightData>>;
  /** Where it is drawn. */
  readonly stage: HeatmapStage;
  /** Data are to be drawn: what was compared, or with `null` those by themselves. @param refreshed the same that is drawn, read again */
  drawn(data: WeightData | null, refreshed: boolean): void;
  /** There will be nothing to draw: the two cannot be compared. */
  lost(): void;
  readonly cancel: () => void;
}

/** Reads what data were before, and draws the two as one. */
export class HeatmapCompare implements ReactiveController {
  /** Where the data before come from. */
  readonly #source: DataSource<WeightData>;
  #compared: Compared | null = null;
  /** Whether the data by themselves are kept back. */
  #holds = true;
  /** What was compared last, and how; empty where that is to be done anew. */
  #of: readonly unknown[] = [];
  #refreshed = false;
  #connected = false;
  readonly #latest = new Latest();
  readonly #host: ReactiveElement;
  readonly #on: CompareHost;

  constructor(host: ReactiveElement, on: CompareHost) {
    const {status} = on;
    this.#host = host;
    this.#on = on;
    this.#source = new DataSource<WeightData>(host, {
      begin: () => status.begin(on.cancel),
      progress: (loaded, total) => status.progress(loaded, total),
      data: () => this.update(false),
      failed: (error) => this.#fail(error),
      ready: () => null,
    });
    useLearnWords();
    status.addWords(LEARN_WORDS);
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = true;
    adoptControls(this.#host);
    this.update(false);
  }

  hostDisconnected(): void {
    this.#connected = false;
    // what was cut off is compared anew when the element comes back
    if (this.#latest.running) this.#of = [];
    this.#latest.abort();
  }

  /** Ends what is under way; where the element stands in the page still, the user has given it up. */
  stop(): void {
    if (!this.#connected) return;
    this.#source.cancel();
    this.#latest.abort();
    this.#of = [];
  }

  /**
   * Draws the data beside what they were before, as soon as both are there; by themselves where they are compared with
   * nothing.
   * @param refreshed they have been read again
   */
  update(refreshed: boolean): void {
    const {look, status, now: nowOf, befores, drawn, cancel} = this.#on;
    for (const name of ['own', 'model', 'src'] as const) this.#source.offer(name, befores.get(name) ?? null);
    if (!befores.size) {
      status.clear('view');
      this.clear();
      if (this.#holds) {
        this.#holds = false;
        drawn(null, false);
      }
      return;
    }
    this.#holds = true;
    if (!this.#connected) return;
    const now = nowOf();
    const before = this.#source.data;
    // what was given up, or could not be had, is tried again
    if (refreshed && !before && !this.#source.pending) this.#source.refresh();
    const {compareView: view, complex} = look;
    const of = [before, view || 'difference', complex || 'magnitude', now];
    if (!now || !before || of.every((x, i) => x === this.#of[i])) return;
    // of another kind, or not drawn yet: nothing that was found of what is drawn holds for it
    this.#refreshed = refreshed && (this.#refreshed || !this.#latest.running) && of.every((x, i) => x === this.#of[i] || x === now);
    this.#of = of;
    const end = status.begin(cancel);
    void this.#latest
      .run((signal) => compareData(now, before, view, complex === 'phase' ? 'phase' : 'magnitude', status.lang, signal))
      .then((compared) => {
        if (!compared) return;
        status.clear('view');
        this.#compared = compared;
        drawn(compared.data, this.#refreshed);
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(end);
  }

  /** Lets go of what was compared: there is nothing now. */
  clear(): void {
    this.#latest.abort();
    this.#compared = null;
    this.#of = [];
  }

  #fail(error: unknown): void {
    this.#compared = null;
    this.#on.lost();
    this.#on.stage.lose();
    this.#on.status.fail('view', error);
  }

  get controls(): TemplateResult | typeof nothing {
    if (!this.#on.befores.size) return nothing;
    const {look, status: {say: words}} = this.#on;
    const views = [['difference', 'compareDifference'], ['relative', 'compareRelative'], ['side-by-side', 'compareSides']] as const;
    return plotControls([{type: 'choice', label: words('compareView'), value: look.compareView || 'difference', options: views.map(([value, word]) => [value, words(word)] as const), set: (to) => (look.compareView = to as CompareView)}], words);
  }

  get notes(): TemplateResult | typeof nothing {
    const {say: words, lang} = this.#on.status;
    const notes: Note[] = [];
    const {matching, data} = this.#compared ?? {};
    if (matching) {
      const {addresses, order, shapes, added, removed} = matching;
      const n = (count: number): {n: string} => ({n: formatCount(count, lang)});
      if (addresses || !order) notes.push({text: words('compareByAddress', n(addresses))});
      if (order) notes.push({text: words(addresses ? 'compareRest' : 'compareByOrder', n(order))});
      if (shapes || added || removed) notes.push({text: words('compareAlone', {shapes: formatCount(shapes, lang), added: formatCount(added, lang), removed: formatCount(removed, lang)})});
    }
    const change = this.#on.stage.view.whole?.change;
    if (change && data && 'tensor' in data) notes.push({text: words('compareWhole', {relative: formatShare(change.relative, lang), cosine: formatShort(change.cosine, 4), flips: formatShare(change.flips, lang)})});
    return plotNotes(notes);
  }
}

/** Where fewer than this share of their addresses, two models share none but by chance: layers that were numbered as they were made. */
const KNOWN = 0.5;

/**
 * Compares data with what they were before.
 * @returns rejects with a Problem where one is a tensor and the other a model, or two tensors have other shapes
 */
async function compareData(now: WeightData, before: WeightData, asked: string | null, complex: 'magnitude' | 'phase', lang: string, signal: AbortSignal): Promise<Compared> {
  const view = oneOf('compare-view', asked, ['difference', 'relative', 'side-by-side']);
  const sides = [say(lang, 'compareBefore'), say(lang, 'compareNow')];
  if ('tensor' in now !== 'tensor' in before) throw new Problem('compareKinds', {now: say(lang, 'tensor' in now ? 'compareTensor' : 'compareModel'), before: say(lang, 'tensor' in before ? 'compareTensor' : 'compareModel')});
  if ('tensor' in now && 'tensor' in before) {
    const [a, b] = [now.tensor, before.tensor];
    if (String(a.shape) !== String(b.shape)) throw new Problem('compareShapes', {now: shapeText(a.shape), before: shapeText(b.shape)});
    return {data: {tensor: await pairOf(a, b, view, complex, sides, signal)}, matching: null};
  }
  return compareModels((now as {model: ModelWeights}).model, (before as {model: ModelWeights}).model, view, complex, sides);
}

function compareModels(now: ModelWeights, before: ModelWeights, view: CompareView, complex: 'magnitude' | 'phase', sides: readonly string[]): Compared {
  const known = new Set(before.weights.map(({address}) => address));
  const shared = now.weights.filter(({address}) => known.has(address)).length;
  const trusted = shared >= KNOWN * Math.min(now.weights.length, before.weights.length);
  const partner = partnersOf(now, before, trusted);
  const taken = new Set(partner.values());
  const counts = {addresses: 0, order: 0, shapes: 0, added: 0};
  const weights = now.weights.map((w): WeightInfo => {
    const other = partner.get(w);
    if (!other) {
      counts.added++;
      return {...w, constant: false, read: () => Promise.reject(new Problem('compareOnlyNow'))};
    }
    if (String(other.shape) !== String(w.shape)) {
      counts.shapes++;
      return {...w, constant: false, read: () => Promise.reject(new Problem('compareShapes', {now: shapeText(w.shape), before: shapeText(other.shape)}))};
    }
    const same = other.address === w.address;
    counts[same && trusted ? 'addresses' : 'order']++;
    const read: WeightInfo['read'] = async (signal, onProgress) => {
      const [a, b] = await Promise.all([w.read(signal, onProgress), other.read(signal)]);
      return pairOf(a, b, view, complex, sides, signal);
    };
    return {...w, dtype: view === 'side-by-side' && w.dtype === other.dtype ? w.dtype : 'float32', quantization: undefined, read, ...(!same && {remark: `← ${other.address}`})};
  });
  const removed = before.weights.filter((w) => !taken.has(w) && !w.constant);
  const own = new Set(weights.map(({address}) => address));
  for (const w of removed) {
    // what is there now has the name: a mark tells the two apart, for who opens one, too
    const [address, weight] = own.has(w.address) ? [`${w.address} ←`, `${w.weight} ←`] : [w.address, w.weight];
    weights.push({...w, address, weight, read: () => Promise.reject(new Problem('compareOnlyBefore'))});
  }
  return {data: {model: {...now, format: 'compared', weights}}, matching: {...counts, removed: removed.length}};
}

/** The last name of a weight, without the number that TensorFlow.js adds to a second copy. */
const nameOf = ({weight}: WeightInfo): string => weight.slice(weight.lastIndexOf('/') + 1).replace(/_\d+$/, '');

/** Which weight each was before: that of its address, where those are trusted; of those left over the next of the same name and shape, in the models' own order. */
function partnersOf(now: ModelWeights, before: ModelWeights, trusted: boolean): Map<WeightInfo, WeightInfo> {
  const found = new Map<WeightInfo, WeightInfo>();
  let rest = before.weights;
  const match = (key: (w: WeightInfo) => string): void => {
    const byKey = new Map<string, WeightInfo[]>();
    for (const w of rest) {
      const list = byKey.get(key(w));
      if (list) list.push(w);
      else byKey.set(key(w), [w]);
    }
    for (const w of now.weights) {
      const next = found.has(w) ? undefined : byKey.get(key(w))?.shift();
      if (next) found.set(w, next);
    }
    const taken = new Set(found.values());
    rest = rest.filter((w) => !taken.has(w));
  };
  if (trusted) match(({address}) => address);
  match((w) => `${nameOf(w)} ${String(w.shape)}`);
  // layers name their weights by what they are; other models and tensors by whatever a page likes
  if (!LAYERS.has(now.format) || !LAYERS.has(before.format)) match((w) => `${w.kind} ${String(w.shape)}`);
  return found;
}

const LAYERS: ReadonlySet<string> = new Set(['layers', 'run']);

/** Two tensors of one shape as one that is drawn: their difference, or both side by side; with how they relate. */
async function pairOf(a: TensorValues, b: TensorValues, view: CompareView, complex: 'magnitude' | 'phase', sides: readonly string[], signal?: AbortSignal): Promise<TensorValues> {
  const [one, other] = await Promise.all([readPart(a, complex, signal), readPart(b, complex, signal)]);
  const before = other.data;
  const options = {signal};
  // a phase that has gone on beyond π has not gone back by nearly a whole turn
  const turned = one.part === 'phase' && other.part === 'phase';
  const now = turned && view !== 'side-by-side' ? await runSliced(nearSteps(one.data, before), options) : one.data;
  const sums = newSums();
  await runSliced(changeSteps(now, before, sums), options);
  const change = changeOf(sums);
  // whole numbers and doubles differ by what float32 may not hold
  if (view !== 'side-by-side') return {shape: a.shape, dtype: one.dtype === 'float32' && other.dtype === 'float32' ? 'float32' : 'float64', data: await runSliced(differenceSteps(now, before, view === 'relative'), options), change};
  // of one class where both are: others are exact in doubles
  const data = now.constructor === before.constructor ? new (now.constructor as new (length: number) => Values)(2 * now.length) : new Float64Array(2 * now.length);
  data.set(before);
  data.set(now, now.length);
  return {shape: [2, ...a.shape], dtype: one.dtype === other.dtype ? one.dtype : 'float64', data, change, sides};
}

/** Values between two looks at the clock. */
const CHUNK = 1 << 16;

/** Angles as those within half a turn of others: above −π of them, up to π. @yields share done */
function* nearSteps(now: Values, before: Values): Generator<number, Float64Array> {
  const out = new Float64Array(now.length);
  const turn = 2 * Math.PI;
  for (let from = 0; from < out.length; from += CHUNK) {
    for (let i = from; i < Math.min(out.length, from + CHUNK); i++) {
      const d = now[i]! - before[i]!;
      out[i] = before[i]! + d - turn * Math.ceil(d / turn - 0.5);
    }
    yield from / out.length;
  }
  return out;
}
