import {formatCount, formatShort, formatValue} from '../color/format.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {part} from '../compute/slices.js';
import {type Range, scanRange} from '../compute/stats.js';
import {complexPart, shapeText, sizeOf} from '../tensor/read-tensor.js';
import type {DType, TensorValues, Values} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import type {PlotData} from './data.js';
import {checkExample, exampleControls} from './example.js';
import type {Kind, PlotSettings} from './kind.js';
import {oddWords} from './odd-words.js';
import type {Axis, Panel, Table} from './types.js';

/** Cells up to which lines part them. */
const PARTED = 1024;
/** A cell's longer side is at most so many times its shorter one where the matrix is drawn in its own shape. */
const STRETCHED = 4;
/** Columns up to which a table is as wide as its matrix. */
const WIDE = 256;

interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** How many there are, of which one is shown. */
  readonly count: number;
  readonly values: Values;
  readonly dtype: DType;
  /** Of complex numbers, what is shown of them. */
  readonly face: TensorValues['part'];
  /** Whether each row is an example and each column a class. */
  readonly scores: boolean;
}

interface Numbers {
  readonly matrices: readonly Matrix[];
  readonly range: Range;
  readonly scale: () => ColorScale;
}

/** The last two axes as rows and columns, one channel at the end left out; those before count the matrices. */
function matrixOf(name: string, {shape, data, dtype, part: face}: TensorValues, scores: boolean, example: number): Matrix {
  if (!data.length) throw new Problem('emptyTensor', {shape: shapeText(shape)});
  const sides = shape.length > 2 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  const [rows = 1, cols = 1] = sides.length === 1 ? [1, sides[0]] : sides.slice(-2);
  const count = sizeOf(sides.slice(0, -2));
  checkExample(example, count);
  const at = count > 1 ? example * rows * cols : 0;
  return {name, rows, cols, count, values: data.subarray(at, at + rows * cols), dtype, face, scores: scores && sides.length === 2};
}

function* numbers({series}: PlotData, {example}: PlotSettings): Generator<number, Numbers> {
  const matrices: Matrix[] = [];
  const ranges: Range[] = [];
  for (const [i, {name, tensor, predictions}] of series.entries()) {
    const given = tensor ?? predictions;
    if (!given) throw new Problem('plotNoNumbers', {kind: 'heatmap'});
    const values = complexPart(given, 'magnitude');
    matrices.push(matrixOf(name, values, !tensor, example));
    // of all slices, so that a colour means the same value in each of them
    ranges.push(yield* part(scanRange(values.data), i / series.length, (i + 1) / series.length));
  }
  const least = ranges.reduce((min, r) => (r.min < min ? r.min : min), Infinity);
  const most = ranges.reduce((max, r) => (r.max > max ? r.max : max), -Infinity);
  const sum = (key: 'nan' | 'positiveInfinity' | 'negativeInfinity'): number => ranges.reduce((n, r) => n + r[key], 0);
  const range = {
    min: least <= most ? least : NaN,
    max: least <= most ? most : NaN,
    nan: sum('nan'),
    positiveInfinity: sum('positiveInfinity'),
    negativeInfinity: sum('negativeInfinity'),
  };
  // a linear scale over all values asks for neither quantiles nor ranks
  const facts = {...range, binary: matrices.every((m) => m.dtype === 'bool'), quantile: () => NaN, rank: () => NaN};
  let made: ColorScale | undefined;
  const scale = (): ColorScale => (made ??= resolveScale({scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear'}, facts));
  return {matrices, range, scale};
}

function figure({matrices, range, scale}: Numbers, settings: PlotSettings): ReturnType<Kind['figure']> {
  const {say, lang, classes, example} = settings;
  const named = (m: Matrix): boolean => m.scores && classes?.length === m.cols;
  const column = (m: Matrix, c: number): string => (named(m) ? classes![c]! : String(c));
  const panels = matrices.map((m, i): Panel => {
    const {name, rows, cols, count, values, dtype} = m;
    const axis = (title: string, n: number): Axis => ({title, type: 'band', domain: [0, n]});
    const ratio = cols / rows;
    const slice = count > 1 ? say('plotExampleOf', {at: formatCount(example + 1, lang), n: formatCount(count, lang)}) : '';
    const title = [name, slice, m.face ? say(m.face) : ''].filter(Boolean).join(' · ');
    return {
      key: `matrix ${i}`,
      ...(title && {title}),
      x: {...axis(say(m.scores ? 'plotClass' : 'plotColumn'), cols), ...(named(m) && {labels: classes!})},
      y: {...axis(say(m.scores ? 'plotExampleAxis' : 'plotRow'), rows), down: true},
      // names of classes need room
      ...(!named(m) && ratio <= STRETCHED && ratio >= 1 / STRETCHED && {ratio}),
      marks: [{
        kind: 'cells',
        rows,
        cols,
        values,
        scale,
        annotate: true,
        lines: rows * cols <= PARTED,
        read: (k) => {
          const [r, c] = [Math.floor(k / cols), k % cols];
          const place = m.scores ? `${say('plotPoint', {n: formatCount(r, lang)})} · ${column(m, c)}` : say('plotCellAt', {row: r, column: c});
          return {
            value: formatValue(values[k]!, dtype),
            place: [name, slice, place].filter(Boolean).join(' · '),
            indices: m.scores ? [r] : count > 1 ? [example] : null,
            series: name,
            datum: {row: r, column: c, value: values[k]!, ...(count > 1 && {example})},
          };
        },
      }],
    };
  });
  const odd = oddWords(range, settings);
  const shown = matrices.map((m) => `${m.rows} × ${m.cols}`).join(', ');
  const span = range.min <= range.max ? say('range', {min: formatShort(range.min), max: formatShort(range.max)}) : say('noFinite');
  return {
    label: say('plotHeatmap'),
    facts: `${shown} · ${span}`,
    panels,
    legend: [],
    controls: exampleControls(settings, Math.max(...matrices.map((m) => m.count))),
    bar: scale,
    notes: odd ? [{text: say('plotMapOdd', {what: odd})}] : [],
    table: tableOf(matrices, settings),
    metrics: {},
  };
}

/** As the matrix stands; a cell a line where that were too wide. */
function tableOf(matrices: readonly Matrix[], {say, classes}: PlotSettings): Table {
  const widest = Math.max(...matrices.map((m) => m.cols));
  const long = widest > WIDE;
  const many = matrices.length > 1;
  const [{scores, cols}] = matrices as [Matrix];
  const names = Array.from({length: long ? 0 : widest}, (_, c) => (scores && classes?.length === cols ? classes[c]! : String(c)));
  const lines = (m: Matrix): number => (long ? m.rows * m.cols : m.rows);
  const row = say(scores ? 'plotExampleAxis' : 'plotRow');
  return {
    columns: [...(many ? [say('plotSeriesColumn')] : []), row, ...(long ? [say(scores ? 'plotClass' : 'plotColumn'), say('plotValue')] : names)],
    rows: matrices.reduce((n, m) => n + lines(m), 0),
    cell: (line, at) => {
      const column = many ? at : at + 1;
      let i = 0;
      while (line >= lines(matrices[i]!)) line -= lines(matrices[i++]!);
      const m = matrices[i]!;
      if (!column) return m.name;
      if (long) return column === 1 ? Math.floor(line / m.cols) : column === 2 ? line % m.cols : m.values[line]!;
      return column === 1 ? line : column - 2 < m.cols ? m.values[line * m.cols + column - 2]! : '';
    },
  };
}

/** A matrix as coloured cells: [r, c], or one example of [n, r, c] or [n, r, c, 1]; of attention [heads, q, k] one head. */
export const heatmap: Kind<Numbers> = {name: 'heatmap', stamp: ({example}) => String(example), numbers, figure};
