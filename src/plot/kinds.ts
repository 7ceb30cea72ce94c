import {shapeText} from '../tensor/read-tensor.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/plot.js';
import {KINDS, type PlotData, type PlotKind, type PlotSeries} from './data.js';
import {holdsClasses} from './holds-classes.js';
import type {Kind} from './kind.js';

/** Each kind is fetched when it is drawn. */
const LOADERS: Readonly<Record<PlotKind, () => Promise<Kind>>> = {
  bars: async () => (await import('./bars.js')).bars as Kind,
  line: async () => (await import('./line.js')).line as Kind,
  scatter: async () => (await import('./line.js')).scatter as Kind,
  residuals: async () => (await import('./residuals.js')).residuals as Kind,
  histogram: async () => (await import('./histogram.js')).histogram as Kind,
  heatmap: async () => (await import('./heatmap.js')).heatmap as Kind,
  image: async () => (await import('./image.js')).image as Kind,
  history: async () => (await import('./history.js')).history as Kind,
  confusion: async () => (await import('./confusion.js')).confusion as Kind,
  roc: async () => (await import('./curves.js')).roc as Kind,
  pr: async () => (await import('./curves.js')).pr as Kind,
  calibration: async () => (await import('./calibration.js')).calibration as Kind,
  embedding: async () => (await import('./embedding.js')).embedding as Kind,
  activations: async () => (await import('./activations.js')).activations as Kind,
};

/** Fetches a kind, and the words of all kinds. */
export async function loadKind(kind: PlotKind): Promise<Kind> {
  const [loaded, {useKindWords}] = await Promise.all([LOADERS[kind](), import('../words/kinds.js')]);
  useKindWords();
  return loaded;
}

/** What the data can be drawn as, the kind that suits them best first. @throws Problem where they are nothing that can be drawn */
export function kindsFor(data: PlotData): PlotKind[] {
  const {activations, inside, vectorsOf, series} = data;
  if (activations) return ['activations', ...insideKinds(activations.examples), ...(series[0]?.labels ? (['confusion'] as const) : []), 'bars', 'heatmap', 'histogram'];
  const kinds = plainKinds(data);
  // what is drawn of a layer's activations is no output of the model
  if (vectorsOf) return ['embedding', 'activations', ...(series[0]?.labels ? (['confusion'] as const) : []), 'bars', 'heatmap', 'histogram'];
  if (!inside) return kinds;
  const examples = (series[0]?.predictions ?? series[0]?.tensor)?.shape[0] ?? 1;
  return [...new Set<PlotKind>([...kinds, 'activations', ...insideKinds(examples)])];
}

/** Of as many examples there may be a plane. */
const insideKinds = (examples: number): PlotKind[] => (examples > 2 ? ['embedding'] : []);

function plainKinds({series}: PlotData): PlotKind[] {
  const first = series[0];
  if (!first) throw new Problem('plotNothing');
  if (first.history) return ['history'];
  const {labels} = first;
  const values = first.predictions ?? first.tensor;
  if (!values) throw new Problem('plotNoPredictions');
  const kinds = labels && first.predictions ? judged(first.predictions, labels) : shaped(values);
  return areVectors(values) ? [...kinds, 'embedding'] : kinds;
}

/** Whether there are vectors enough, one for each example, to show which of them are near each other. */
const areVectors = ({shape: [n = 0, ...rest]}: TensorValues): boolean => n > 2 && rest.length > 0 && rest.reduce((a, b) => a * b, 1) > 2;

/** Of predictions with what is true. */
function judged(predictions: TensorValues, labels: NonNullable<PlotSeries['labels']>): PlotKind[] {
  const [n = 1, ...rest] = predictions.shape;
  const columns = rest.reduce((a, b) => a * b, 1);
  if (n === 1 && columns > 1 && rest.length === 1) return ['bars', ...examined(columns)];
  if (rest.length > 1) return shaped(predictions);
  if (columns > 1) return 'data' in labels && isRegression(predictions, labels) ? ['residuals', 'histogram', 'heatmap'] : examined(columns);
  const numbers = 'data' in labels ? labels.data : null;
  const binary = !numbers || numbers.every((v) => v === 0 || v === 1);
  if (!binary && holdsClasses(predictions, labels)) return ['confusion', 'residuals', 'scatter', 'histogram'];
  return binary ? ['roc', 'pr', 'calibration', 'confusion', 'histogram'] : ['residuals', 'scatter', 'histogram'];
}

/** Whether there are as many true numbers as predicted ones, and they are no one-hot rows. */
function isRegression(predictions: TensorValues, labels: TensorValues): boolean {
  return labels.data.length === predictions.data.length && labels.data.some((v) => v !== 0 && v !== 1);
}

const examined = (classes: number): PlotKind[] => (classes > 2 ? ['confusion', 'roc', 'pr', 'calibration', 'bars', 'histogram', 'heatmap'] : ['roc', 'pr', 'calibration', 'confusion', 'histogram', 'bars']);

/** Of numbers alone, by their shape. */
function shaped({shape, data}: TensorValues): PlotKind[] {
  if (!data.length) throw new Problem('emptyTensor', {shape: shapeText(shape)});
  const channels = shape.at(-1)!;
  const rank = shape.length;
  if (rank < 2) return ['line', 'bars', 'histogram'];
  if (rank === 2) return shape[0] === 1 ? ['bars', 'line', 'histogram', 'heatmap'] : channels === 1 ? ['line', 'histogram', 'heatmap'] : ['heatmap', 'line', 'bars', 'histogram', 'image', ...(channels === 2 || channels === 3 ? ['scatter' as const] : [])];
  if (rank === 3 || rank === 4) return channels === 1 || channels === 3 || channels === 4 ? ['image', 'heatmap', 'histogram'] : ['heatmap', 'image', 'histogram'];
  return ['histogram'];
}

/** The kind to draw. @throws Problem for a word that is none */
export function chooseKind(asked: string | null | undefined, possible: readonly PlotKind[]): PlotKind {
  if (!asked || asked === 'auto') return possible[0]!;
  if (!(KINDS as readonly string[]).includes(asked)) throw new Problem('plotKind', {kind: asked, kinds: ['auto', ...KINDS].join(', ')});
  return asked as PlotKind;
}
