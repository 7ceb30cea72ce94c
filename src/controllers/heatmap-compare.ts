import {nothing, type ReactiveElement, type TemplateResult} from 'lit';
import {formatCount, formatShare, formatShort} from '../color/format.js';
import {changeOf, changeSteps, differenceSteps, newSums} from '../compute/change.js';
import {runSliced} from '../compute/slices.js';
import {controlStyles} from '../parts/control-styles.js';
import {plotControls} from '../parts/plot-bar.js';
import {plotNotes} from '../parts/plot-frame.js';
import type {Note} from '../plot/types.js';
import {readPart, shapeText} from '../tensor/read-tensor.js';
import type {ModelWeights, TensorValues, Values, WeightData, WeightInfo} from '../tensor/types.js';
import {Problem, say} from '../words/learn.js';
import {LEARN_WORDS} from '../words/run.js';
import {DataSource} from './data-source.js';
import {oneOf} from './heatmap-settings.js';
import {Latest} from './latest.js';
import type {Status} from './status.js';

// Fetched when two models, or two tensors, are compared.

export type CompareView = 'difference' | 'relative' | 'side-by-side';

/** How the weights of two models were found to be the same. */
export interface Matching {
  readonly by: 'address' | 'order';
  readonly pairs: number;
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

/** What of an element a comparison needs. */
export interface CompareHost {
  readonly status: Status;
  /** What is compared; `null` until it has been read. */
  now(): WeightData | null;
  view(): string | null;
  complex(): string | null;
  look(view: CompareView): void;
  /** The change of the one weight that is drawn. */
  change(): TensorValues['change'];
  /** Data are to be drawn: what was compared, or those themselves. */
  drawn(data: WeightData | null, refreshed: boolean): void;
  readonly cancel: () => void;
}

/** Reads what data were before, and draws the two as one. */
export class HeatmapCompare {
  /** Where the data before come from. */
  readonly source: DataSource<WeightData>;
  #compared: Compared | null = null;
  /** Whether the data by themselves are kept back. */
  #holds = false;
  /** What was compared last, and how. */
  #of: readonly unknown[] = [];
  readonly #latest = new Latest();
  readonly #on: CompareHost;

  constructor(host: ReactiveElement, on: CompareHost) {
    const {status} = on;
    this.#on = on;
    this.source = new DataSource<WeightData>(host, {
      begin: () => status.begin(on.cancel),
      progress: (loaded, total) => status.progress(loaded, total),
      data: () => this.update(false),
      failed: (error) => status.fail('view', error),
      ready: () => null,
    });
    status.addWords(LEARN_WORDS);
    (host.renderRoot as ShadowRoot).adoptedStyleSheets.push(controlStyles.styleSheet!);
  }

  /** Draws the data beside what they were before, as soon as both are there; by themselves where they are compared with nothing. */
  update(refreshed: boolean): void {
    const {status, now: nowOf, view, complex, drawn, cancel} = this.#on;
    const [now, before] = [nowOf(), this.source.data];
    if (!this.source.chosen) {
      status.clear('view');
      if (this.#holds) drawn(now, false);
      this.#holds = false;
      this.clear();
      return;
    }
    this.#holds = true;
    const of = [now, before, view() || 'difference', complex() || 'magnitude'];
    if (!now || !before || of.every((x, i) => x === this.#of[i])) return;
    this.#of = of;
    const end = status.begin(cancel);
    void this.#latest
      .run((signal) => compareData(now, before, view(), complex() === 'phase' ? 'phase' : 'magnitude', status.lang, signal))
      .then((compared) => {
        if (!compared) return;
        status.clear('view');
        this.#compared = compared;
        drawn(compared.data, refreshed);
      })
      .catch((error: unknown) => {
        this.#compared = null;
        status.fail('view', error);
      })
      .finally(end);
  }

  clear(): void {
    this.#latest.abort();
    this.#compared = null;
    this.#of = [];
  }

  get controls(): TemplateResult | typeof nothing {
    if (!this.source.chosen) return nothing;
    const {say: words} = this.#on.status;
    const views = [['difference', 'compareDifference'], ['relative', 'compareRelative'], ['side-by-side', 'compareSides']] as const;
    return plotControls([{type: 'choice', label: words('compareView'), value: this.#on.view() || 'difference', options: views.map(([value, word]) => [value, words(word)] as const), set: (to) => this.#on.look(to as CompareView)}], words);
  }

  get notes(): TemplateResult | typeof nothing {
    const {say: words, lang} = this.#on.status;
    const notes: Note[] = [];
    const {matching, data} = this.#compared ?? {};
    if (matching) {
      const {by, pairs, shapes, added, removed} = matching;
      notes.push({text: words(by === 'address' ? 'compareByAddress' : 'compareByOrder', {n: formatCount(pairs, lang)})});
      if (shapes || added || removed) notes.push({text: words('compareAlone', {shapes: formatCount(shapes, lang), added: formatCount(added, lang), removed: formatCount(removed, lang)})});
    }
    const change = this.#on.change();
    if (change && data && 'tensor' in data) notes.push({text: words('compareWhole', {relative: formatShare(change.relative, lang), cosine: formatShort(change.cosine, 4), flips: formatShare(change.flips, lang)})});
    return plotNotes(notes);
  }
}

/** Above it, weights are matched by their addresses; below by their order. */
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
  const byAddress = new Map(before.weights.map((w) => [w.address, w]));
  const shared = now.weights.filter((w) => byAddress.has(w.address)).length;
  const by = shared >= KNOWN * Math.min(now.weights.length, before.weights.length) ? 'address' : 'order';
  const partner = by === 'address' ? byAddress : new Map(inOrder(now.weights, before.weights));
  const taken = new Set<WeightInfo>();
  const counts = {pairs: 0, shapes: 0, added: 0};
  const weights = now.weights.map((w): WeightInfo => {
    const other = partner.get(w.address);
    if (!other) {
      counts.added++;
      return {...w, constant: false, read: () => Promise.reject(new Problem('compareOnlyNow'))};
    }
    taken.add(other);
    if (String(other.shape) !== String(w.shape)) {
      counts.shapes++;
      return {...w, constant: false, read: () => Promise.reject(new Problem('compareShapes', {now: shapeText(w.shape), before: shapeText(other.shape)}))};
    }
    counts.pairs++;
    const read: WeightInfo['read'] = async (signal, onProgress) => {
      const [a, b] = await Promise.all([w.read(signal, onProgress), other.read(signal)]);
      return pairOf(a, b, view, complex, sides, signal);
    };
    return {...w, dtype: 'float32', quantization: undefined, read, ...(other.address !== w.address && {remark: `← ${other.address}`})};
  });
  const removed = before.weights.filter((w) => !taken.has(w) && !w.constant);
  const own = new Set(weights.map(({address}) => address));
  for (const w of removed) weights.push({...w, address: own.has(w.address) ? `${w.address} ←` : w.address, read: () => Promise.reject(new Problem('compareOnlyBefore'))});
  return {data: {model: {...now, format: 'compared', weights}}, matching: {by, ...counts, removed: removed.length}};
}

/** Weights matched where addresses tell nothing: the next of the same shape, in the models' own order. */
function inOrder(now: readonly WeightInfo[], before: readonly WeightInfo[]): [string, WeightInfo][] {
  const byShape = new Map<string, WeightInfo[]>();
  for (const w of before) {
    const key = String(w.shape);
    const list = byShape.get(key);
    if (list) list.push(w);
    else byShape.set(key, [w]);
  }
  return now.flatMap((w) => {
    const next = byShape.get(String(w.shape))?.shift();
    return next ? [[w.address, next] as [string, WeightInfo]] : [];
  });
}

/** Two tensors of one shape as one that is drawn: their difference, or both side by side; with how they relate. */
async function pairOf(a: TensorValues, b: TensorValues, view: CompareView, complex: 'magnitude' | 'phase', sides: readonly string[], signal?: AbortSignal): Promise<TensorValues> {
  const [{data: now}, {data: before}] = await Promise.all([readPart(a, complex, signal), readPart(b, complex, signal)]);
  const options = {signal};
  const sums = newSums();
  await runSliced(changeSteps(now, before, sums), options);
  const change = changeOf(sums);
  if (view !== 'side-by-side') return {shape: a.shape, dtype: 'float32', data: await runSliced(differenceSteps(now, before, view === 'relative'), options), change};
  const data: Values = new Float32Array(2 * now.length);
  data.set(before);
  data.set(now, now.length);
  return {shape: [2, ...a.shape], dtype: 'float32', data, change, sides};
}
