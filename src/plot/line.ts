import {formatCount, formatShort} from '../color/format.js';
import {checkLengths, readNamesOrNone, readOneHot} from '../compute/labels.js';
import type {Values} from '../tensor/types.js';
import {shapeText} from '../tensor/read-tensor.js';
import {Problem} from '../words/kinds.js';
import type {LabelValues, PlotData} from './data.js';
import {domainOf, type Extent, extentOf, logNotes, NOTHING} from './extent.js';
import type {Kind, PlotSettings} from './kind.js';
import type {Axis, Columns, Ink, LineMark, Mark} from './types.js';
import {fewer, longCurve} from './unit-axis.js';

/** Columns that are drawn as a series each, and groups that have a colour each. */
const MOST = 24;
/** Points looked at between two yields. */
const CHUNK = 1 << 16;

interface Curve {
  readonly name: string;
  readonly points: Columns;
  /** Whether x is data, rather than an index. */
  readonly paired?: true;
  /** A class or a number for each point, of a scatter plot. */
  readonly groups?: Values;
  readonly reduce?: LineMark['reduce'];
}

/** What colours the points of a scatter plot. */
interface Grouping {
  /** Whole numbers, ascending. */
  readonly values: readonly number[];
  /** Of each curve, which of the values each point has; their number where it has none of them. */
  readonly members: readonly (Uint8Array | undefined)[];
  /** Points with none of the values. */
  readonly others: number;
}

interface Numbers {
  readonly curves: readonly Curve[];
  readonly x: Extent;
  readonly y: Extent;
  /** `null` where points are not told apart, `continuous` where there are too many values to be. */
  readonly grouping: Grouping | 'continuous' | null;
  /** Names of the groups, where labels are names. */
  readonly names: readonly string[] | null;
  /** Columns that are not drawn. */
  readonly left: number;
  /** Points whose x or y is not finite. */
  readonly odd: number;
}

const areNames = (labels: LabelValues): labels is readonly string[] => !('data' in labels);

/** Class numbers, or other numbers, of n points. @throws Problem where labels are not as many, or not one-hot where they have columns */
function* labelsOf(labels: LabelValues, n: number, names: readonly string[]): Generator<number, Values> {
  if (areNames(labels)) {
    checkLengths(labels.length, n);
    return yield* readNamesOrNone(labels, names);
  }
  const [rows = 1] = labels.shape;
  checkLengths(rows, n);
  return labels.data.length === n ? labels.data : yield* readOneHot({data: labels.data, shape: [n, labels.data.length / n]});
}

/** The numbers of a series as columns: rank 1 over its index; rank 2 [n, 2] as x and y, or each column over its index. */
function* curvesOf({series}: PlotData, scatter: boolean, names: readonly string[]): Generator<number, {curves: Curve[]; left: number}> {
  const curves: Curve[] = [];
  let left = 0;
  for (const {name, tensor, predictions, labels} of series) {
    const values = tensor ?? predictions;
    if (!values) throw new Problem('plotNoNumbers', {kind: scatter ? 'scatter' : 'line'});
    const {shape, data} = values;
    const plain = shape.filter((n) => n !== 1);
    const [rows = 1, cols = 1] = plain;
    if (plain.length > 2) throw new Problem('plotRank', {kind: scatter ? 'scatter' : 'line', shape: shapeText(shape)});
    const column = (c: number): Float64Array => {
      if (cols === 1) return data instanceof Float64Array ? data : new Float64Array(data);
      const out = new Float64Array(rows);
      for (let i = 0; i < rows; i++) out[i] = data[i * cols + c]!;
      return out;
    };
    yield 0;
    if (scatter && (cols === 2 || cols === 3)) {
      const groups = cols === 3 ? column(2) : labels && (yield* labelsOf(labels, rows, names));
      curves.push({name, paired: true, points: {x: column(0), y: column(1)}, ...(groups && {groups})});
      continue;
    }
    const index = new Float64Array(rows);
    for (let i = 0; i < rows; i++) index[i] = i;
    left += Math.max(0, cols - MOST);
    const columns: Float64Array[] = [];
    for (let c = 0; c < Math.min(cols, MOST); c++) {
      columns.push(column(c));
      yield c / cols;
    }
    const long = scatter ? null : yield* longCurve(index, ...columns);
    for (const [c, y] of columns.entries()) {
      curves.push({name: [name, cols > 1 ? String(c) : ''].filter(Boolean).join(' '), points: {x: index, y}, ...fewer(long, c)});
    }
  }
  return {curves, left};
}

/** Tells points apart by their whole numbers, where these are few. @yields share done */
function* groupingOf(curves: readonly Curve[]): Generator<number, Numbers['grouping']> {
  const distinct = new Set<number>();
  let [finite, fractions, total] = [0, 0, 0];
  for (const {groups = []} of curves) {
    for (let from = 0; from < groups.length; from += CHUNK) {
      for (let i = from; i < Math.min(groups.length, from + CHUNK); i++) {
        const v = groups[i]!;
        if (!Number.isFinite(v)) continue;
        finite++;
        if (!Number.isInteger(v)) fractions++;
        if (distinct.size <= MOST) distinct.add(v);
      }
      yield 0.5;
    }
    total += groups.length;
  }
  const values = [...distinct].filter(Number.isInteger).sort((a, b) => a - b);
  if (distinct.size > MOST || fractions > finite / 2) return 'continuous';
  const places = new Map(values.map((v, g) => [v, g]));
  let others = 0;
  const members: (Uint8Array | undefined)[] = [];
  for (const {groups} of curves) {
    const own = groups && new Uint8Array(groups.length);
    members.push(own);
    for (let from = 0; own && from < own.length; from += CHUNK) {
      for (let i = from; i < Math.min(own.length, from + CHUNK); i++) {
        const g = places.get(groups[i]!) ?? values.length;
        if (g === values.length) others++;
        own[i] = g;
      }
      yield 1;
    }
  }
  return values.length > 1 || (others && others < total) ? {values, members, others} : null;
}

/** Points without a place. @yields share done */
function* oddOf(curves: readonly Curve[]): Generator<number, number> {
  let odd = 0;
  for (const {points: {x, y}} of curves) {
    for (let from = 0; from < x.length; from += CHUNK) {
      for (let i = from; i < Math.min(x.length, from + CHUNK); i++) if (!(Number.isFinite(x[i]!) && Number.isFinite(y[i]!))) odd++;
      yield from / x.length;
    }
  }
  return odd;
}

function* numbers(data: PlotData, scatter: boolean, classes: readonly string[] | null): Generator<number, Numbers> {
  const given = data.series.flatMap(({labels}) => (scatter && labels && areNames(labels) ? [labels] : []));
  const names = given.length ? (classes ?? [...new Set(given.flat())].filter((name) => name !== '')) : null;
  const {curves, left} = yield* curvesOf(data, scatter, names ?? []);
  let [x, y] = [NOTHING, NOTHING];
  for (const curve of curves) {
    x = yield* extentOf(curve.points.x, x);
    y = yield* extentOf(curve.points.y, y);
  }
  return {curves, x, y, left, names, grouping: yield* groupingOf(curves), odd: scatter ? yield* oddOf(curves) : y.odd};
}

function figure({curves, x, y, left, grouping, names, odd}: Numbers, settings: PlotSettings, scatter: boolean): ReturnType<Kind['figure']> {
  const {say, lang, highlighted} = settings;
  const classes = names ?? settings.classes;
  const paired = curves.some((c) => c.paired);
  const axis = (title: string, extent: Extent, type: Axis['type'], whole = false): Axis => ({title, type, domain: domainOf(extent, type), whole});
  const continuous = grouping === 'continuous';
  const grouped = continuous ? null : grouping;
  const group = (g: number): string => classes?.[g] ?? String(g);
  const colors: Ink[] = grouped ? [...grouped.values.keys(), ...(grouped.others ? ['muted'] : [])] : [];
  const groupAt = (v: number): string => (grouped?.values.includes(v) ? group(v) : grouped ? `${say('plotOther')} (${formatShort(v, 6)})` : continuous ? say('plotGroup', {value: formatShort(v, 6)}) : '');
  const marks: Mark[] = curves.flatMap(({name, points, groups: own, reduce}, i): Mark[] => {
    const read = (k: number): ReturnType<NonNullable<Mark['read']>> => {
      const [px, py] = [points.x[k]!, points.y[k]!];
      return {
        value: scatter ? `${formatShort(px, 6)}, ${formatShort(py, 6)}` : formatShort(py, 6),
        place: [(own && groupAt(own[k]!)) || name, scatter ? say('plotPoint', {n: formatCount(k, lang)}) : `${formatShort(px, 6)}`].filter(Boolean).join(' · '),
        indices: [k],
        series: name,
        datum: {x: px, y: py, index: k},
      };
    };
    const spots = Array.from(highlighted).filter((k) => k < points.x.length);
    const ring: Mark[] = spots.length ? [{kind: 'points', series: name, points: {x: Float64Array.from(spots, (k) => points.x[k]!), y: Float64Array.from(spots, (k) => points.y[k]!)}, radius: 5, color: 'text', shape: 'cross'}] : [];
    if (!scatter) return [{kind: 'line', series: name, color: i, points, read, ...(reduce && {reduce})}, ...ring];
    const radius = points.x.length > 2000 ? 1.5 : points.x.length > 300 ? 2.5 : 3.5;
    const members = grouped?.members[i];
    return [{kind: 'points', series: name, color: i, points, radius, alpha: 0.8, read, examples: 'same', ...(members && {groups: members, colors})}, ...ring];
  });
  const n = curves.reduce((sum, c) => sum + c.points.x.length, 0);
  const [xType, yType] = [settings.xScale ?? 'linear', settings.yScale ?? 'linear'];
  const notes = [
    ...(odd ? [{text: say(scatter ? 'plotPointsOdd' : 'plotOdd', {n: formatCount(odd, lang)})}] : []),
    ...(grouped?.others ? [{text: say('plotGroupOthers', {n: formatCount(grouped.others, lang)})}] : []),
    ...(continuous ? [{text: say('plotGroupsMany', {most: MOST})}] : []),
    ...logNotes([[xType, curves.map((c) => c.points.x)], [yType, curves.map((c) => c.points.y)]], settings),
    ...(left ? [{text: say('plotColumnsLeft', {n: formatCount(left, lang)})}] : []),
  ];
  return {
    label: say(scatter ? 'plotScatter' : 'plotLine'),
    facts: say('plotPoints', {n: formatCount(n, lang)}),
    panels: [{key: 'main', x: axis(paired ? 'x' : say('plotIndex'), x, xType, !paired), y: axis(paired ? 'y' : say('plotValue'), y, yType), marks, ...(scatter ? {selectable: true} : {hover: 'x' as const})}],
    legend: grouped ? colors.map((ink, i) => ({series: '', label: i < grouped.values.length ? group(grouped.values[i]!) : say('plotOther'), ink})) : curves.length > 1 ? curves.map(({name}, i) => ({series: name, label: name, ink: i})) : [],
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
export const line: Kind<Numbers> = {name: 'line', stamp: () => '', numbers: (data) => numbers(data, false, null), figure: (n, settings) => figure(n, settings, false)};

/** Points: [n, 2] is x and y, a third column or labels (class numbers, one-hot rows or names) colour them. */
export const scatter: Kind<Numbers> = {
  name: 'scatter',
  stamp: ({classes}, {series}) => (series.some(({labels}) => labels && areNames(labels)) ? JSON.stringify(classes) : ''),
  numbers: (data, {classes}) => numbers(data, true, classes),
  figure: (n, settings) => figure(n, settings, true),
};
