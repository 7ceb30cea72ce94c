import {formatCount, formatShort} from '../color/format.js';
import type {Values} from '../tensor/types.js';
import {shapeText} from '../tensor/read-tensor.js';
import {Problem} from '../words/plot.js';
import type {PlotData} from './data.js';
import {domainOf, type Extent, extentOf, logNotes, NOTHING} from './extent.js';
import type {Kind, PlotSettings} from './kind.js';
import type {Axis, Columns, Mark} from './types.js';

/** Columns that are drawn as a series each. */
const MOST = 24;

interface Curve {
  readonly name: string;
  readonly points: Columns;
  /** Whether x is data, rather than an index. */
  readonly paired?: true;
  /** A class or a number for each point, of a scatter plot. */
  readonly groups?: Values;
}

interface Numbers {
  readonly curves: readonly Curve[];
  readonly x: Extent;
  readonly y: Extent;
  /** Names of the groups that occur. */
  readonly groups: readonly number[];
  readonly left: number;
}

/** The numbers of a series as columns: rank 1 over its index; rank 2 [n, 2] as x and y, or each column over its index. */
function* curvesOf({series}: PlotData, scatter: boolean): Generator<number, {curves: Curve[]; left: number}> {
  const curves: Curve[] = [];
  let left = 0;
  for (const {name, tensor, predictions, labels} of series) {
    const values = tensor ?? predictions;
    if (!values) throw new Problem('plotNoNumbers', {kind: scatter ? 'scatter' : 'line'});
    const {shape, data} = values;
    const plain = shape.filter((n) => n !== 1);
    const [rows = 1, cols = 1] = plain;
    if (plain.length > 2) throw new Problem('plotRank', {kind: scatter ? 'scatter' : 'line', shape: shapeText(shape)});
    const column = (c: number): Values => {
      if (cols === 1) return data;
      const out = new Float64Array(rows);
      for (let i = 0; i < rows; i++) out[i] = data[i * cols + c]!;
      return out;
    };
    const index = Float64Array.from({length: rows}, (_, i) => i);
    yield 0;
    if (scatter && (cols === 2 || cols === 3)) {
      const groups = cols === 3 ? column(2) : labels && 'data' in labels ? labels.data : undefined;
      curves.push({name, paired: true, points: {x: column(0), y: column(1)}, ...(groups && {groups})});
      continue;
    }
    left += Math.max(0, cols - MOST);
    for (let c = 0; c < Math.min(cols, MOST); c++) {
      curves.push({name: [name, cols > 1 ? String(c) : ''].filter(Boolean).join(' '), points: {x: index, y: column(c)}});
      yield c / cols;
    }
  }
  return {curves, left};
}

function* numbers(data: PlotData, scatter: boolean): Generator<number, Numbers> {
  const {curves, left} = yield* curvesOf(data, scatter);
  let [x, y] = [NOTHING, NOTHING];
  const groups = new Set<number>();
  for (const curve of curves) {
    x = yield* extentOf(curve.points.x, x);
    y = yield* extentOf(curve.points.y, y);
    const {groups: own} = curve;
    for (let i = 0; own && i < own.length && groups.size <= MOST; i++) if (Number.isInteger(own[i])) groups.add(own[i]!);
  }
  return {curves, x, y, left, groups: [...groups].sort((a, b) => a - b)};
}

function figure({curves, x, y, left, groups}: Numbers, settings: PlotSettings, scatter: boolean): ReturnType<Kind['figure']> {
  const {say, lang, classes, highlighted} = settings;
  const paired = curves.some((c) => c.paired);
  const axis = (title: string, extent: Extent, type: Axis['type'], whole = false): Axis => ({title, type, domain: domainOf(extent, type), whole});
  const grouped = scatter && groups.length > 1 && groups.length <= MOST;
  const group = (g: number): string => classes?.[g] ?? String(g);
  const lit = new Set(highlighted);
  const marks: Mark[] = curves.flatMap(({name, points, groups: own}, i): Mark[] => {
    const read = (k: number): ReturnType<NonNullable<Mark['read']>> => {
      const [px, py] = [points.x[k]!, points.y[k]!];
      const of = own && grouped ? group(own[k]!) : name;
      return {
        value: scatter ? `${formatShort(px, 6)}, ${formatShort(py, 6)}` : formatShort(py, 6),
        place: [of, scatter ? say('plotPoint', {n: formatCount(k, lang)}) : `${formatShort(px, 6)}`].filter(Boolean).join(' · '),
        indices: [k],
        series: name,
        datum: {x: px, y: py, index: k},
      };
    };
    const spots = highlighted.filter((k) => k < points.x.length);
    const ring: Mark[] = lit.size ? [{kind: 'points', series: name, points: {x: Float64Array.from(spots, (k) => points.x[k]!), y: Float64Array.from(spots, (k) => points.y[k]!)}, radius: 5, color: 'text', shape: 'cross'}] : [];
    if (!scatter) return [{kind: 'line', series: name, color: i, points, read}, ...ring];
    const radius = points.x.length > 2000 ? 1.5 : points.x.length > 300 ? 2.5 : 3.5;
    return [{kind: 'points', series: name, color: i, points, radius, alpha: 0.8, read, ...(own && grouped && {groups: Array.from(own, (g) => groups.indexOf(g)), colors: groups.map((_, g) => g)})}, ...ring];
  });
  const n = curves.reduce((sum, c) => sum + c.points.x.length, 0);
  const [xType, yType] = [settings.xScale ?? 'linear', settings.yScale ?? 'linear'];
  const notes = [
    ...(y.odd ? [{text: say('plotOdd', {n: formatCount(y.odd, lang)})}] : []),
    ...logNotes([[xType, curves.map((c) => c.points.x)], [yType, curves.map((c) => c.points.y)]], settings),
    ...(left ? [{text: say('plotColumnsLeft', {n: formatCount(left, lang)})}] : []),
  ];
  return {
    label: say(scatter ? 'plotScatter' : 'plotLine'),
    facts: say('plotPoints', {n: formatCount(n, lang)}),
    panels: [{key: 'main', x: axis(paired ? 'x' : say('plotIndex'), x, xType, !paired), y: axis(paired ? 'y' : say('plotValue'), y, yType), marks, ...(!scatter && {hover: 'x' as const})}],
    legend: grouped ? groups.map((g, i) => ({series: '', label: group(g), ink: i})) : curves.length > 1 ? curves.map(({name}, i) => ({series: name, label: name, ink: i})) : [],
    notes,
    table: {
      columns: ['series', 'x', 'y'],
      rows: n,
      cell: (row, column) => {
        let i = 0;
        while (row >= curves[i]!.points.x.length) row -= curves[i++]!.points.x.length;
        return column ? curves[i]!.points[column === 1 ? 'x' : 'y'][row]! : curves[i]!.name;
      },
    },
    metrics: {},
  };
}

/** Lines over an index: rank 1, or each column of rank 2. */
export const line: Kind<Numbers> = {name: 'line', stamp: () => '', numbers: (data) => numbers(data, false), figure: (n, settings) => figure(n, settings, false)};

/** Points: [n, 2] is x and y, a third column or labels colour them. */
export const scatter: Kind<Numbers> = {name: 'scatter', stamp: () => '', numbers: (data) => numbers(data, true), figure: (n, settings) => figure(n, settings, true)};
