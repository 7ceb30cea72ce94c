import type {PlotData} from '../../src/plot/data.js';
import type {Kind, PlotSettings} from '../../src/plot/kind.js';
import type {BarsMark, Figure, Mark, Panel, Reading} from '../../src/plot/types.js';
import type {DType, TensorValues, Values} from '../../src/tensor/types.js';
import {say} from '../../src/words/kinds.js';
import {finish} from '../helpers.js';

/** What a page asks of a plot; by default nothing. */
export const settings = (more: Partial<PlotSettings> = {}): PlotSettings => ({
  xScale: null, yScale: null, topK: 5, example: 0, compareExample: null, width: 900, smoothing: null, xAxis: null, normalized: 'none', positive: null, threshold: null, highlighted: [], bins: null, baseline: null, classes: null, temperature: null,
  lang: 'en', say: (key, params) => say('en', key, params), change: () => undefined, ...more,
});

/** A tensor from plain numbers, float64 so that nothing is rounded, or of an array as it is. */
export const of = (shape: readonly number[], data: readonly number[] | Values, dtype: DType = 'float32'): TensorValues => ({shape, dtype, data: Array.isArray(data) ? Float64Array.from(data) : (data as Values)});

/** A figure of one kind; names of classes reach it among the settings, as in the element. */
export function draw<N>(kind: Kind<N>, data: Partial<PlotData> & Pick<PlotData, 'series'>, more: Partial<PlotSettings> = {}): Figure {
  const asked = settings({classes: data.classes ?? null, ...more});
  return kind.figure(finish(kind.numbers!({...data, classes: null}, asked)), asked);
}

export const marksOf = <K extends Mark['kind']>(panel: Panel | undefined, kind: K): Extract<Mark, {kind: K}>[] => panel!.marks.filter((mark): mark is Extract<Mark, {kind: K}> => mark.kind === kind);
export const barsOf = (figure: Figure): BarsMark[] => marksOf(figure.panels[0], 'bars');
export const notesOf = (figure: Figure): string[] => figure.notes.map(({text}) => text);
export const readAt = (mark: Mark, i: number): Reading => mark.read!(i)!;
/** A table's rows. */
export const rowsOf = ({table}: Figure): (string | number)[][] => Array.from({length: table.rows}, (_, row) => table.columns.map((__, column) => table.cell(row, column)));
