import {formatCount} from '../color/format.js';
import {axisScale} from '../color/scale.js';
import {type BootstrapBand, bootstrapBandSteps} from '../compute/bootstrap.js';
import {type PrecisionRecallCurve, precisionRecallOfSteps, type RocCurve, rocOfSteps} from '../compute/curves.js';
import {type Averages, multiclassPrecisionRecallSteps, multiclassRocSteps} from '../compute/multiclass-curves.js';
import {atThreshold, type Ranking, rankExamplesSteps, type UndefinedReason} from '../compute/ranking.js';
import type {Series} from '../compute/series.js';
import {part} from '../compute/slices.js';
import type {WordKey} from '../words/kinds.js';
import type {PlotData} from './data.js';
import type {Kind, PlotSettings} from './kind.js';
import {againstRest, className, classStamp, LISTED, positiveControl, positiveNotes, positiveOf, rate, type Scored, scoredSteps, scoreNotes, thresholdControl, thresholdText} from './scored.js';
import type {Axis, Figure, Handle, LineMark, Mark, Note, Reading, Table} from './types.js';
import {diagonal, fewer, leastAbove0, longCurve, onAxes, unitAxis} from './unit-axis.js';

type Which = 'roc' | 'pr';

/** Classes whose curves are drawn; of more, those with the least area. */
const DRAWN = 12;
/** Colours that are told apart; curves beyond them are dashed. */
const COLORS = 8;
/** Classes that are named in a note. */
const NAMED = 5;
/** Examples up to which the bootstrap draws as often as it should. */
const FULL = 20_000;
/** Scores above which precision-recall curves keep no points that change nothing. */
const MANY = 1 << 22;

/** A curve, x rising. */
interface Curve {
  /** The class, or which average. */
  readonly of: number | 'macro' | 'micro';
  /** False positive rate, or recall. */
  readonly x: Float64Array;
  /** True positive rate, or precision. */
  readonly y: Float64Array;
  /** Falling; the first is infinite. `null` of an average that has none. */
  readonly thresholds: Float64Array | null;
  /** To draw a long one. */
  readonly long: Series | null;
  /** AUC, or average precision. */
  readonly area: number;
  readonly positives: number;
  readonly negatives: number;
  readonly reason?: UndefinedReason;
  /** As scikit-learn gives it. */
  readonly raw: RocCurve | PrecisionRecallCurve | Readonly<Record<string, unknown>>;
}

/** What is known where one class stands against the rest. */
interface Single {
  readonly ranking: Ranking;
  readonly column: Float32Array | Float64Array;
  readonly band: BootstrapBand | null;
  /** The threshold that brings the ROC closest to its corner. */
  readonly closest: number;
}

interface Model {
  readonly scored: Scored;
  readonly curves: readonly Curve[];
  readonly single: Single | null;
  readonly averages: Averages | null;
}

interface Numbers {
  readonly which: Which;
  readonly models: readonly Model[];
}

const falling = (thresholds: Float64Array): Float64Array => {
  const out = new Float64Array(thresholds.length + 1);
  out.set(thresholds);
  return (out[thresholds.length] = Infinity), out.reverse();
};

/** A curve of either kind as x and y. */
function* curveOf(of: Curve['of'], raw: RocCurve | PrecisionRecallCurve, positives: number, negatives: number): Generator<number, Curve> {
  const shared = {of, positives, negatives, raw, ...(raw.reason && {reason: raw.reason})};
  const curve =
    'fpr' in raw
      ? {...shared, x: raw.fpr, y: raw.tpr, thresholds: raw.thresholds, area: raw.auc}
      : {...shared, x: raw.recall.toReversed(), y: raw.precision.toReversed(), thresholds: raw.recall.length ? falling(raw.thresholds) : raw.thresholds, area: raw.averagePrecision};
  yield 0;
  return {...curve, long: raw.reason ? null : yield* longCurve(curve.x, curve.y)};
}

/** Where the ROC is closest to its corner, each example weighing alike. */
function closestOf({thresholds, truePositives, falsePositives, positives, negatives}: Ranking): number {
  let [best, least] = [NaN, Infinity];
  for (let i = 0; i < thresholds.length; i++) {
    const far = (1 - truePositives[i]! / positives) ** 2 + (falsePositives[i]! / negatives) ** 2;
    if (far < least) [best, least] = [thresholds[i]!, far];
  }
  return best;
}

/** One class against the rest. @param band whether to say how far it may be off */
function* singleOf(which: Which, scored: Scored, k: number, band: boolean): Generator<number, Model> {
  const {labels, column} = yield* part(againstRest(scored, k), 0, 0.1);
  const ranking = yield* part(rankExamplesSteps(labels, column), 0.1, 0.3);
  const {positives, negatives} = ranking;
  const raw = which === 'roc' ? yield* part(rocOfSteps(ranking), 0.3, 0.4) : yield* part(precisionRecallOfSteps(ranking), 0.3, 0.4);
  const kind = which === 'roc' ? 'roc' : 'precision-recall';
  const replicates = scored.n > FULL ? 400 : 1000;
  const single = {ranking, column, closest: closestOf(ranking), band: band && !raw.reason ? yield* part(bootstrapBandSteps(kind, labels, column, {replicates, points: 201}), 0.4, 1) : null};
  return {scored, curves: [yield* part(curveOf(k, raw, positives, negatives), 1, 1)], single, averages: null};
}

/** Each class against the rest, and their averages. */
function* severalOf(which: Which, scored: Scored): Generator<number, Model> {
  const {truth, scores, n, classes} = scored;
  const support = new Float64Array(classes);
  for (let i = 0; i < n; i++) support[truth[i]!]!++;
  yield 0;
  const average = {of: 'macro', thresholds: null, positives: NaN, negatives: NaN} as const;
  const long = (x: Float64Array, y: Float64Array): Generator<number, Series | null> => part(longCurve(x, y), 0.95, 0.95);
  const curves: Curve[] = [];
  let averages: Averages;
  let all: {perClass: readonly (RocCurve | PrecisionRecallCurve)[]; micro: RocCurve | PrecisionRecallCurve};
  if (which === 'roc') {
    const made = yield* part(multiclassRocSteps(truth, scores, n, classes), 0, 0.95);
    const {fpr, tpr} = made.macro;
    // the mean of areas, as roc_auc_score has it, which is less than the area below the mean
    curves.push({...average, x: fpr, y: tpr, long: yield* long(fpr, tpr), area: made.averages.macro, raw: made.macro});
    [all, averages] = [made, made.averages];
  } else {
    const made = yield* part(multiclassPrecisionRecallSteps(truth, scores, n, classes, {dropIntermediate: n * classes > MANY}), 0, 0.95);
    const [x, y] = [made.macro.recall.toReversed(), made.macro.precision.toReversed()];
    curves.push({...average, x, y, long: yield* long(x, y), area: made.macro.averagePrecision, raw: made.macro});
    [all, averages] = [made, made.averages];
  }
  curves.push(yield* part(curveOf('micro', all.micro, n, n * (classes - 1)), 0.95, 0.95));
  for (const [k, raw] of all.perClass.entries()) {
    const done = 0.95 + (0.05 * k) / classes;
    curves.push(yield* part(curveOf(k, raw, support[k]!, n - support[k]!), done, done));
  }
  return {scored, curves, single: null, averages};
}

function* numbers(which: Which, data: PlotData, settings: PlotSettings): Generator<number, Numbers> {
  const scored = yield* part(scoredSteps(data, settings, which), 0, 0.2);
  const models: Model[] = [];
  for (const [i, one] of scored.entries()) {
    const k = positiveOf(settings, one.classes) ?? (one.binary ? 1 : null);
    const steps = k === null ? severalOf(which, one) : singleOf(which, one, k, scored.length === 1);
    models.push(yield* part(steps, 0.2 + (0.8 * i) / scored.length, 0.2 + (0.8 * (i + 1)) / scored.length));
  }
  return {which, models};
}

/** A curve with its model, as it is drawn. */
interface Drawn {
  readonly model: Model;
  readonly curve: Curve;
  /** Its name in the legend; empty where there is one alone. */
  readonly name: string;
  readonly look: Pick<LineMark, 'color' | 'width' | 'dash'>;
}

/** The curves to draw, and how many classes have none of theirs drawn. */
function drawnOf(models: readonly Model[], settings: PlotSettings): {drawn: Drawn[]; left: number} {
  const dashes = (i: number): Pick<LineMark, 'dash'> => (i % (2 * COLORS) >= COLORS ? {dash: [5, 3]} : {});
  if (models.length > 1 || models[0]!.single) {
    const one = ({curves}: Model): Curve => curves.find((c) => c.of === 'macro') ?? curves[0]!;
    const drawn = models.map((model, i): Drawn => ({model, curve: one(model), name: model.scored.name, look: {color: i, width: 2, ...dashes(i)}}));
    return {drawn: drawn.filter(({curve}) => curve.x.length > 1 && !curve.reason), left: 0};
  }
  const [model] = models as [Model];
  const classes = model.curves.filter((c) => typeof c.of === 'number' && c.x.length > 1 && !c.reason);
  const shown = new Set(classes.length > DRAWN ? classes.toSorted((a, b) => a.area - b.area).slice(0, DRAWN) : classes);
  const {say} = settings;
  const drawn = classes.filter((c) => shown.has(c)).map((curve, i): Drawn => {
    const color = classes.length > DRAWN ? i : (curve.of as number);
    return {model, curve, name: className(settings, curve.of as number), look: {color, width: 1.5, ...dashes(color)}};
  });
  for (const of of ['micro', 'macro'] as const) {
    const curve = model.curves.find((c) => c.of === of)!;
    const look = {color: 'text', width: 2.5, ...(of === 'micro' && {dash: [6, 3]})};
    if (curve.x.length > 1 && !curve.reason) drawn.push({model, curve, name: say(of === 'micro' ? 'averageMicro' : 'averageMacro'), look});
  }
  return {drawn, left: classes.length - shown.size};
}

/** From which score on examples are positive, where nothing else is asked for. */
const thresholdOf = ({scored, single}: Model, {threshold}: PlotSettings): number => threshold ?? (scored.probabilities ? 0.5 : single!.closest);

function figure({which, models}: Numbers, settings: PlotSettings): Figure {
  const {say, xScale, yScale} = settings;
  const roc = which === 'roc';
  const {drawn, left} = drawnOf(models, settings);
  const leastOf = (side: 'x' | 'y', scale: string | null): number => (scale === 'log' ? drawn.reduce((least, {curve}) => leastAbove0(curve[side], least), 1) : 1);
  const x = unitAxis(say(roc ? 'curveFpr' : 'curveRecall'), xScale ?? 'linear', leastOf('x', xScale));
  const y = unitAxis(say(roc ? 'curveTpr' : 'curvePrecision'), yScale ?? 'linear', leastOf('y', yScale));
  const alone = models.length === 1 ? models[0]!.single : null;
  const [first] = models as [Model];
  const threshold = alone ? thresholdOf(first, settings) : NaN;
  const marks: Mark[] = [];
  if (roc) marks.push(diagonal(x, y));
  else {
    const shares = new Set(models.flatMap(({single}) => (single ? [single.ranking.positives / (single.ranking.positives + single.ranking.negatives)] : [])));
    for (const share of shares) if (share > 0) marks.push({kind: 'rule', y: share, color: 'muted', label: say('curvePrevalence', {share: rate(share)})});
  }
  if (alone?.band) marks.push({kind: 'band', x: alone.band.grid, low: alone.band.lower, high: alone.band.upper, color: 0, alpha: 0.16});
  for (const one of drawn) {
    const points = onAxes(one.curve, x, y);
    marks.push({kind: 'line', series: one.name, points, ...one.look, ...(!roc && {step: 'before' as const}), ...fewer(one.curve.long), read: readingOf(one, which, settings)});
  }
  if (alone && drawn.length) marks.push(...crosses(settings.highlighted, alone, x, y, which));
  const many = models.length > 1;
  const area = (c: Curve): string => say(roc ? 'curveAuc' : 'curveAp', {area: rate(c.area)});
  const handle = alone && alone.ranking.thresholds.length && drawn.length ? [handleOf(drawn[0]!, alone, threshold, x, y, which, settings)] : [];
  const {thresholds} = alone?.ranking ?? {thresholds: new Float64Array(0)};
  return {
    label: say(roc ? 'curveRocTitle' : 'curvePrTitle'),
    facts: factsOf(models, area, settings),
    panels: [{key: 'curve', x, y, ratio: 1, marks, handles: handle}],
    // averages first: they are what a narrow page still shows
    legend: drawn.length > 1 || many ? drawn.toSorted((a, b) => Number(typeof a.curve.of === 'number') - Number(typeof b.curve.of === 'number')).map(({name, curve, look}) => ({series: name, label: `${name} ${area(curve)}`, ink: look.color!, ...(look.dash && {dash: true})})) : [],
    controls: [
      positiveControl(settings, first.scored.classes),
      ...(alone ? [thresholdControl(settings, threshold, first.scored.probabilities, [thresholds.at(-1)!, thresholds[0]!])] : []),
    ],
    caption: (i) => models.map((model) => captionOf(model, i, settings)).filter(Boolean).join(' · '),
    notes: notesOf(models, left, settings),
    table: tableOf(models, which, settings),
    metrics: many ? Object.fromEntries(models.map((model) => [model.scored.name, metricsOf(model, settings)])) : metricsOf(first, settings),
  };
}

/** The areas, of what, and of how many. */
function factsOf(models: readonly Model[], area: (c: Curve) => string, {say, lang, ...settings}: PlotSettings): string {
  const [first] = models as [Model];
  const positive = first.single && className({...settings, say}, first.curves[0]!.of as number);
  const n = say('plotExamplesCount', {n: formatCount(first.scored.n, lang)});
  const words: string[] = [];
  if (models.length === 1) {
    const {band} = first.single ?? {};
    if (first.single) words.push([area(first.curves[0]!), band && !band.reason ? say('curveInterval', {low: rate(band.area[0]), high: rate(band.area[1])}) : ''].filter(Boolean).join(' '));
    else for (const of of ['macro', 'micro'] as const) words.push(`${say(of === 'macro' ? 'averageMacro' : 'averageMicro')} ${area(first.curves.find((c) => c.of === of)!)}`);
  } else if (!first.single) words.push(say('averageMacro'));
  return [...words, positive === null ? '' : say('curvePositive', {name: positive}), n].filter(Boolean).join(' · ');
}

function readingOf({curve, name, model}: Drawn, which: Which, settings: PlotSettings): (i: number) => Reading {
  const {say, lang} = settings;
  const {x, y, thresholds, positives, negatives, of} = curve;
  return (i) => {
    const [px, py] = [x[i]!, y[i]!];
    const threshold = thresholds?.[i] ?? null;
    const tp = Math.round((which === 'roc' ? py : px) * positives);
    const fp = which === 'roc' ? Math.round(px * negatives) : tp ? Math.round(tp / py) - tp : NaN;
    const counted = threshold !== null && Number.isFinite(tp + fp);
    return {
      value: which === 'roc' ? say('curveRocPoint', {tpr: rate(py), fpr: rate(px)}) : say('curvePrPoint', {precision: rate(py), recall: rate(px)}),
      place: [name, threshold === null ? '' : say('plotThresholdAt', {threshold: thresholdText(threshold)}), counted ? say('curveCounts', {tp: formatCount(tp, lang), fp: formatCount(fp, lang)}) : ''].filter(Boolean).join(' · '),
      indices: typeof of === 'number' && threshold !== null && i > 0 ? scoredAt(model, of, threshold) : null,
      series: name,
      datum: {
        ...(which === 'roc' ? {fpr: px, tpr: py} : {recall: px, precision: py}),
        threshold,
        ...(counted && {tp, fp, fn: positives - tp, tn: negatives - fp}),
      },
    };
  };
}

/** The first examples with exactly such a score of a class. */
function scoredAt({scored: {scores, n, columns}, single}: Model, k: number, score: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < n && found.length < LISTED; i++) if ((single ? single.column[i] : scores[i * columns + k]) === score) found.push(i);
  return found;
}

/** Where the curve is at the scores of highlighted examples. */
function crosses(highlighted: readonly number[], {ranking, column}: Single, xAxis: Axis, yAxis: Axis, which: Which): Mark[] {
  const at = highlighted.filter((i) => i in column).map((i) => atThreshold(ranking, column[i]!));
  if (!at.length) return [];
  const points = onAxes({x: Float64Array.from(at, (a) => (which === 'roc' ? a.fpr : a.recall)), y: Float64Array.from(at, (a) => (which === 'roc' ? a.tpr : a.precision))}, xAxis, yAxis);
  return [{kind: 'points', points, color: 'text', shape: 'cross', radius: 5}];
}

/** The threshold, on the curve; dragged to the nearest of its points. */
function handleOf({curve: {x, y, thresholds}}: Drawn, {ranking}: Single, threshold: number, xAxis: Axis, yAxis: Axis, which: Which, {say, change}: PlotSettings): Handle {
  const at = atThreshold(ranking, threshold);
  const seen = (v: number, {type, domain}: Axis): number => (type === 'log' ? Math.max(v, domain[0]) : v);
  const none = at.undefined.includes('precision');
  const words = {threshold: thresholdText(threshold), tpr: rate(at.tpr, 2), fpr: rate(at.fpr, 2), precision: none ? say('nan') : rate(at.precision, 2), recall: rate(at.recall, 2)};
  return {
    x: seen(which === 'roc' ? at.fpr : at.recall, xAxis),
    y: seen(which === 'roc' ? at.tpr : none ? 1 : at.precision, yAxis),
    along: 'both',
    label: say(which === 'roc' ? 'curveRocHandle' : 'curvePrHandle', words),
    moved: (px, py) => {
      // as far as it looks; both axes are as long
      const placeOn = (axis: Axis): ((v: number) => number) => {
        if (axis.type === 'linear') return (v) => v;
        const scale = axisScale(axis.domain, axis.type as 'log');
        return (v) => scale.toUnit(seen(v, axis));
      };
      const [sx, sy] = [placeOn(xAxis), placeOn(yAxis)];
      const [ux, uy] = [sx(px), sy(py)];
      let best = 0;
      let least = Infinity;
      // the first, where nothing is positive, has no threshold that one could set
      for (let i = 1; i < x.length; i++) {
        const far = (sx(x[i]!) - ux) ** 2 + (sy(y[i]!) - uy) ** 2;
        if (far >= least) continue;
        best = i;
        least = far;
      }
      if (best) change({threshold: thresholds![best]!});
    },
  };
}

function captionOf({scored: {name, truth, scores, columns}, curves, single}: Model, i: number, settings: PlotSettings): string {
  if (!(i >= 0 && i < truth.length)) return '';
  const k = single ? (curves[0]!.of as number) : truth[i]!;
  const score = single ? single.column[i]! : scores[i * columns + k]!;
  return [name, settings.say('curveCaption', {truth: className(settings, truth[i]!), name: className(settings, k), score: thresholdText(score)})].filter(Boolean).join(': ');
}

const REASONS: Readonly<Record<UndefinedReason, WordKey>> = {empty: 'curveEmpty', 'nan-scores': 'curveNan', 'no-positives': 'curveNoPositives', 'no-negatives': 'curveNoNegatives'};

function notesOf(models: readonly Model[], left: number, settings: PlotSettings): Note[] {
  const {say, lang} = settings;
  const notes: string[] = [];
  for (const {scored, curves} of models) {
    const of = scored.name ? `${scored.name}: ` : '';
    for (const [reason, word] of Object.entries(REASONS)) {
      const names = curves.filter((c) => c.reason === reason).map((c) => (typeof c.of === 'number' ? className(settings, c.of) : say('averageMicro')));
      if (names.length) notes.push(`${of}${say(word, {names: `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`})}`);
    }
  }
  if (left) notes.push(say('curveLeft', {n: formatCount(left, lang), shown: DRAWN}));
  const band = models[0]!.single?.band;
  if (band && !band.reason) notes.push(say('curveBand', {n: formatCount(band.used, lang)}));
  return [...notes.map((text) => ({text})), ...positiveNotes(models[0]!.scored.classes, settings), ...scoreNotes(models.map(({scored}) => scored), settings)];
}

/** Every point of every curve. */
function tableOf(models: readonly Model[], which: Which, settings: PlotSettings): Table {
  const {say} = settings;
  const all = models.flatMap(({scored, curves}) =>
    curves.map((curve) => ({curve, name: [scored.name, typeof curve.of === 'number' ? className(settings, curve.of) : say(curve.of === 'macro' ? 'averageMacro' : 'averageMicro')].filter(Boolean).join(' ')})),
  );
  const ends: number[] = [];
  for (const {curve} of all) ends.push((ends.at(-1) ?? 0) + curve.x.length);
  const columns = which === 'roc' ? ['fpr', 'tpr', 'threshold'] : ['recall', 'precision', 'threshold'];
  const many = all.length > 1;
  let last = 0;
  return {
    columns: [...(many ? [say('plotSeriesColumn')] : []), ...columns],
    rows: ends.at(-1) ?? 0,
    cell: (row, at) => {
      // rows are asked for in turn
      if (row < (ends[last - 1] ?? 0)) last = 0;
      while (row >= ends[last]!) last++;
      const {curve, name} = all[last]!;
      const i = row - (ends[last - 1] ?? 0);
      const column = many ? at - 1 : at;
      if (column < 0) return name;
      return column === 0 ? curve.x[i]! : column === 1 ? curve.y[i]! : curve.thresholds?.[i] ?? '';
    },
  };
}

function metricsOf(model: Model, settings: PlotSettings): Readonly<Record<string, unknown>> {
  const {scored, curves, single, averages} = model;
  const one = ({of, raw, positives, negatives, reason}: Curve): Record<string, unknown> => ({
    ...(typeof of === 'number' && {class: of, name: className(settings, of)}),
    ...raw,
    ...(Number.isFinite(positives) && {positives, negatives}),
    ...(reason && {reason}),
  });
  if (!single) {
    const average = (of: 'macro' | 'micro'): Record<string, unknown> => one(curves.find((c) => c.of === of)!);
    return {n: scored.n, ...averages, perClass: curves.filter((c) => typeof c.of === 'number').map(one), curves: {macro: average('macro'), micro: average('micro')}};
  }
  const [curve] = curves as [Curve];
  return {
    n: scored.n,
    ...(single.band && {interval: single.band.area}),
    ...one(curve),
    atThreshold: atThreshold(single.ranking, thresholdOf(model, settings)),
  };
}

const kindOf = (which: Which): Kind<Numbers> => ({name: which, stamp: classStamp, numbers: (data, settings) => numbers(which, data, settings), figure});

/** True positives against false ones at every threshold: of two classes, of one against the rest, or of each in turn with their averages. */
export const roc = kindOf('roc');

/** Precision against recall at every threshold, likewise. */
export const pr = kindOf('pr');
