import type {PlotKind, PlotData} from './data.js';
import type {Figure} from './types.js';
import type {WordKey, WordParams} from '../words/kinds.js';

/** What the page or the user asks of a plot; each kind reads what concerns it. */
export interface PlotSettings {
  readonly xScale: 'linear' | 'log' | 'symlog' | null;
  readonly yScale: 'linear' | 'log' | 'symlog' | null;
  /** How many classes `bars` shows. */
  readonly topK: number;
  /** Which example of a batch `bars` and `image` show. */
  readonly example: number;
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
  readonly lang: string;
  readonly say: (key: WordKey, params?: WordParams) => string;
  /** The user asks for something else: a threshold that is dragged, a temperature that is fitted. */
  readonly change: (to: Partial<Pick<PlotSettings, 'threshold' | 'temperature' | 'example' | 'normalized' | 'positive' | 'smoothing' | 'xAxis'>>) => void;
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
  numbers(data: PlotData, settings: PlotSettings): Generator<number, N>;
  /** Draws it up. Called whenever anything has changed, so it must be quick: what it needs of all examples belongs in the numbers. */
  figure(numbers: N, settings: PlotSettings): Figure;
}
