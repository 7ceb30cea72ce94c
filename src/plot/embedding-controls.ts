import {Problem} from '../words/embed.js';
import type {WordKey} from '../words/strings.js';
import {DEFAULTS, type EmbeddingDraft, type EmbeddingSettings, type PlotSettings} from './kind.js';
import type {Control} from './types.js';

export type Method = 'pca' | 'tsne' | 'umap';

export const METHOD_WORDS: Readonly<Record<Method, WordKey>> = {pca: 'embedPca', tsne: 'embedTsne', umap: 'embedUmap'};
export const METRIC_WORDS: Readonly<Record<EmbeddingSettings['metric'], WordKey>> = {euclidean: 'embedEuclidean', cosine: 'embedCosine'};

/** What a method is told: what is started, given up and begun anew. */
const PARAMETERS = ['method', 'metric', 'seed', 'perplexity', 'neighbors', 'minDist', 'standardize'] as const;
export type Parameters = Pick<EmbeddingSettings, (typeof PARAMETERS)[number]>;
export const parametersOf = (settings: EmbeddingSettings): Parameters => Object.fromEntries(PARAMETERS.map((name) => [name, settings[name]])) as unknown as Parameters;

/** Principal components that can be drawn. */
export const COMPONENTS = 6;
/** Examples that a method takes at most; of more a sample is drawn. As in compute/embed.ts, which runs elsewhere. */
export const MOST: Readonly<Record<Method, number>> = {pca: Infinity, tsne: 10_000, umap: 20_000};

/** Examples that t-SNE needs. */
const LEAST = 4;

export const methodOf = ({method}: Pick<EmbeddingSettings, 'method'>): Method => (method === 'auto' ? 'pca' : method);

/** What nobody has set, so that it suits the examples: of few, fewer are neighbours. */
export function suited<S extends Pick<EmbeddingSettings, 'perplexity' | 'neighbors'>>(settings: S, n: number): S {
  const {perplexity, neighbors} = settings;
  return {
    ...settings,
    perplexity: perplexity === DEFAULTS.perplexity ? Math.max(1, Math.min(perplexity, Math.floor((n - 1) / 3))) : perplexity,
    neighbors: neighbors === DEFAULTS.neighbors ? Math.max(2, Math.min(neighbors, n - 1)) : neighbors,
  };
}

/** @param n how many examples there are @throws Problem where parameters are out of range */
export function checkParameters(settings: EmbeddingSettings, n: number): void {
  const {perplexity, neighbors, minDist, seed} = settings;
  const method = methodOf(settings);
  const drawn = Math.min(n, MOST[method]);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) throw new Problem('embedSeed', {got: seed});
  if (method === 'tsne' && drawn < LEAST) throw new Problem('embedLeast', {least: LEAST, n: drawn});
  if (method === 'tsne' && !(perplexity >= 1 && perplexity < drawn / 3)) throw new Problem('embedPerplexity', {got: perplexity, most: Number((drawn / 3).toFixed(1)), n: drawn});
  if (method !== 'umap') return;
  if (!(Number.isInteger(neighbors) && neighbors >= 2 && neighbors < drawn)) throw new Problem('embedNeighbors', {got: neighbors, most: drawn - 1});
  if (!(minDist >= 0 && minDist <= 1)) throw new Problem('embedMinDist', {got: minDist});
}

/** Which two components are drawn, from 0. @throws Problem for others than there are */
export function componentsOf(text: string, most: number): [number, number] {
  const parts = text.split(/[\s,]+/).filter(Boolean).map(Number);
  const [x = NaN, y = NaN] = parts;
  if (parts.length !== 2 || x === y || ![x, y].every((c) => Number.isInteger(c) && c >= 1 && c <= most)) throw new Problem('embedComponents', {got: text, most});
  return [x - 1, y - 1];
}

/** What is wrong with what the user has chosen; `null` where it can be started. */
export function draftProblem(settings: EmbeddingSettings, draft: EmbeddingDraft, n: number): Problem | null {
  try {
    checkParameters({...settings, ...draft}, n);
    return null;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** What suits few examples, where that which is set would not: it is seen before it is started. */
function fitting({perplexity, neighbors}: EmbeddingSettings, n: number): EmbeddingDraft {
  return {
    ...(perplexity >= n / 3 && n > 3 && {perplexity: Math.floor((n - 1) / 3)}),
    ...(neighbors >= n && {neighbors: n - 1}),
  };
}

/** What is drawn of an embedding. */
export interface Drawn {
  readonly method: Method;
  /** Examples that it could be of. */
  readonly n: number;
  /** Components that there are. */
  readonly width: number;
  /** Whether there are pictures. */
  readonly pictured: boolean;
}

/** What can be set: what takes long is started by hand. */
export function embeddingControls({say, change, draft, embedding = DEFAULTS}: PlotSettings, {method, n, width, pictured}: Drawn): Control[] {
  const shown = {...embedding, ...draft};
  const asked = methodOf(shown);
  const set = (to: EmbeddingDraft): void => change({draft: {...draft, method: asked, cancelled: false, ...to}});
  const number = (key: 'perplexity' | 'neighbors' | 'minDist' | 'seed', label: WordKey, step: number | 'any' = 1): Control => ({
    type: 'number',
    label: say(label),
    value: shown[key],
    min: key === 'neighbors' ? 2 : key === 'perplexity' ? 1 : 0,
    step,
    set: (value) => set({[key]: value}),
  });
  const metrics = (['euclidean', 'cosine'] as const).map((name) => [name, say(METRIC_WORDS[name])] as const);
  const controls: Control[] = [{
    type: 'choice',
    label: say('embedMethod'),
    value: asked,
    options: (['pca', 'tsne', 'umap'] as const).map((name) => [name, say(METHOD_WORDS[name])] as const),
    // what is quick needs no button
    set: (to) => (to === 'pca' ? change({embed: {method: 'pca'}, draft: null}) : set({method: to as Method, ...fitting(shown, n)})),
  }];
  if (asked === 'tsne') controls.push(number('perplexity', 'embedPerplexityName', 'any'));
  if (asked === 'umap') controls.push(number('neighbors', 'embedNeighborsName'), number('minDist', 'embedMinDistName', 'any'));
  controls.push({
    type: 'choice',
    label: say('embedMetric'),
    value: shown.metric,
    options: metrics,
    set: (metric) => (asked === 'pca' ? change({embed: {metric: metric as 'cosine'}}) : set({metric: metric as 'cosine'})),
  });
  if (asked !== 'pca') {
    controls.push(number('seed', 'embedSeedName'), {
      type: 'button',
      label: say('embedStart'),
      disabled: !draft || draftProblem(embedding, draft, n) !== null,
      run: () => change({embed: parametersOf({...shown, method: asked}), draft: null}),
    });
  } else if (method === 'pca' && width > 2) {
    const [x, y] = componentsOf(embedding.components, width);
    const options = Array.from({length: width}, (_, c) => [String(c), say('embedComponent', {at: c + 1})] as const);
    const axis = (label: WordKey, at: number, other: number, to: (c: number) => [number, number]): Control => ({
      type: 'choice',
      label: say(label),
      value: String(at),
      options,
      // the other axis's own: they change places
      set: (c) => change({embed: {components: (Number(c) === other ? [y, x] : to(Number(c))).map((v) => v + 1).join(',')}}),
    });
    controls.push(axis('embedHorizontal', x, y, (c) => [c, y]), axis('embedVertical', y, x, (c) => [x, c]));
  }
  if (pictured) {
    controls.push({
      type: 'choice',
      label: say('embedDrawn'),
      value: embedding.pictures ? 'pictures' : 'points',
      options: [['points', say('embedDots')], ['pictures', say('embedPictures')]],
      set: (as) => change({embed: {pictures: as === 'pictures'}}),
    });
  }
  return controls;
}
