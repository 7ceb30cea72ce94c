import type {TaskArgs, TaskName, TaskResult} from '../compute/tasks.js';
import type {PlotKind, PlotData} from './data.js';
import type {Figure, Near, Picture} from './types.js';
import type {WordKey, WordParams} from '../words/kinds.js';

/** What is asked of `embedding`. */
export interface EmbeddingSettings {
  /** `auto`: `pca`. */
  readonly method: 'auto' | 'pca' | 'tsne' | 'umap';
  /** By which neighbours are near each other. */
  readonly metric: 'euclidean' | 'cosine';
  /** Of t-SNE: about how many neighbours each point keeps near. */
  readonly perplexity: number;
  /** Of UMAP: how many neighbours each point is joined with. */
  readonly neighbors: number;
  /** Of UMAP: how near points may come to each other, 0 to 1. */
  readonly minDist: number;
  readonly seed: number;
  /** Which two principal components are drawn, from 1: `1,2`. */
  readonly components: string;
  /** Each column is given mean 0 and variance 1 first. */
  readonly standardize: boolean;
  /** Points are drawn as the pictures of their examples. */
  readonly pictures: boolean;
}

/** What `embedding` does where nothing is asked for. */
export const DEFAULTS: EmbeddingSettings = {method: 'auto', metric: 'euclidean', perplexity: 30, neighbors: 15, minDist: 0.1, seed: 0, components: '1,2', standardize: false, pictures: false};

/** What the user has chosen of a method that takes long, and not started. */
export type EmbeddingDraft = Partial<EmbeddingSettings> & {
  /** It was started, and given up. */
  readonly cancelled?: boolean;
};

/** What a kind can ask the page for on the user's behalf. */
export interface Changes extends Partial<Pick<PlotSettings, 'threshold' | 'temperature' | 'example' | 'compareExample' | 'normalized' | 'positive' | 'smoothing' | 'xAxis' | 'draft' | 'near'>> {
  readonly embed?: Partial<EmbeddingSettings>;
  /** A layer to open, or `null` for all of them. */
  readonly layer?: string | null;
  /** Of a volume, the plane to draw. */
  readonly plane?: number;
  /** Examples that the user has chosen. */
  readonly chosen?: readonly number[];
}

/** What the page or the user asks of a plot; each kind reads what concerns it. */
export interface PlotSettings {
  readonly xScale: 'linear' | 'log' | 'symlog' | null;
  readonly yScale: 'linear' | 'log' | 'symlog' | null;
  /** How many classes `bars` shows. */
  readonly topK: number;
  /** Which example of a batch `bars` and `image` show. */
  readonly example: number;
  /** Of `activations`: the example beside it; `null`: none. */
  readonly compareExample: number | null;
  /** About how many CSS px wide the picture is, in steps. */
  readonly width: number;
  /** Weight of the past in the smoothed curves of `history`, 0 to 1 exclusive; `null`: by their length. */
  readonly smoothing: number | null;
  readonly xAxis: 'epoch' | 'step' | 'time' | null;
  /** What the cells of `confusion` are shares of. */
  readonly normalized: 'none' | 'true' | 'pred' | 'all';
  /** The class that counts as positive, by index or name; `null`: of two classes the second, of more all in turn. */
  readonly positive: string | number | null;
  readonly threshold: number | null;
  /** Indices of examples that stand out. */
  readonly highlighted: readonly number[];
  readonly bins: number | null;
  /** A score that a model has to beat, for `history`. */
  readonly baseline: number | null;
  /** Names of classes by index. */
  readonly classes: readonly string[] | null;
  /** Temperature by which logits are divided in `calibration`; `null`: 1. */
  readonly temperature: number | null;
  readonly embedding?: EmbeddingSettings;
  readonly draft?: EmbeddingDraft | null;
  /** The example chosen last, with those nearest to it, of which `highlighted` are the examples. */
  readonly near?: Near | null;
  /** The page's picture of an example, or words. */
  readonly picture?: (example: number) => Picture;
  readonly lang: string;
  readonly say: (key: WordKey, params?: WordParams) => string;
  /** The user asks for something else: a threshold that is dragged, a temperature that is fitted. */
  readonly change: (to: Changes) => void;
}

/** With what a kind works that is too slow for the page. */
export interface WorkTools {
  /** Runs one of the slow functions of `compute/` in the worker, where there can be one. */
  readonly compute: <N extends TaskName>(name: N, args: TaskArgs<N>, options?: {signal?: AbortSignal; onProgress?: (share: number) => void}) => Promise<TaskResult<N>>;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** One kind of plot: numbers from data, which may take long, and a figure from the numbers, which may not. */
export interface Kind<N = unknown> {
  readonly name: PlotKind;
  /** Changes with the settings that the numbers of such data depend on. */
  stamp(settings: PlotSettings, data: PlotData): string;
  /**
   * Works out what is drawn.
   * @yields share done
   * @throws Problem where the data are none for this kind
   */
  numbers?(data: PlotData, settings: PlotSettings): Generator<number, N>;
  /** The same, where it takes so long that it is done elsewhere: of a kind without `numbers`. */
  work?(data: PlotData, settings: PlotSettings, tools: WorkTools): Promise<N>;
  /** What is asked for instead when the user gives the work up. @param numbers that are drawn; `null` where there are none @returns `null` where there is nothing else to draw */
  instead?(numbers: N | null, settings: PlotSettings): Changes | null;
  /** Draws it up. Called whenever anything has changed, so it must be quick: what it needs of all examples belongs in the numbers. */
  figure(numbers: N, settings: PlotSettings): Figure;
}
