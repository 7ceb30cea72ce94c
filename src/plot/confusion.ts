import {formatCount, formatShare} from '../color/format.js';
import {type ColorScale, resolveScale} from '../color/scale.js';
import {orderClassesSteps} from '../compute/class-order.js';
import {balancedAccuracy, type ClassificationReport, classificationReport, cohenKappa, logLossSteps, matthewsCorrelation} from '../compute/classification.js';
import {argmaxRowsSteps, type Confusion, confusionMatrixSteps, marginsOf, topConfusionsSteps} from '../compute/confusion.js';
import {atThreshold, type Ranking, rankExamplesSteps} from '../compute/ranking.js';
import {drain, part} from '../compute/slices.js';
import type {PlotData} from './data.js';
import type {Kind, PlotSettings} from './kind.js';
import {againstRest, className, classStamp, LISTED, positiveOf, rate, type Scored, scoredSteps, scoreNotes, thresholdControl, thresholdText} from './scored.js';
import type {Figure, Mark, Panel, Reading, Table} from './types.js';

/** Classes up to which all of the matrix is drawn. */
const ALL = 1024;
/** Of more classes, how many are drawn. */
const WORST = 100;
/** Classes from which those that are taken for each other stand side by side. */
const ORDERED = 31;
/** Classes up to which cells are written into. */
const WRITTEN = 40;
/** Confusions that are named. */
const NAMED = 5;
/** Examples looked at between two yields. */
const CHUNK = 1 << 17;

/** A confusion matrix with what is said of it. */
interface Judged {
  /** The class of each row and column. */
  readonly members: Int32Array;
  /** Row-major, over the members. */
  readonly matrix: Float64Array;
  /** Examples, and predictions, of each member: more than its row and column where some classes are left out. */
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  readonly total: number;
  readonly right: number;
  /** In which order members are drawn. */
  readonly order: Int32Array;
  /** Of all classes; `null` where some are left out. */
  readonly report: ClassificationReport | null;
  readonly balanced: number;
  readonly kappa: number;
  readonly mcc: number;
  /** The most frequent confusions; none of two classes. */
  readonly top: readonly Confusion[];
  /** What is drawn, by what it is normalised by. */
  readonly drawn: Map<PlotSettings['normalized'], Float64Array>;
}

interface Model {
  readonly scored: Scored;
  /** The class of the highest score, -1 where one is NaN; `null` of a single column. */
  readonly predicted: Int32Array | null;
  /** Of two classes: which is positive, its scores, and the examples ranked by them. */
  readonly two: {readonly positive: number; readonly column: Float32Array | Float64Array; readonly ranking: Ranking} | null;
  /** By the highest score. */
  readonly judged: Judged | null;
  readonly logLoss: number;
}

/** The examples without a NaN score. */
function* withoutNan({n, columns, truth, scores, nan}: Scored): Generator<number, {n: number; truth: Int32Array; scores: Float32Array | Float64Array}> {
  if (!nan) return {n, truth, scores};
  const kept = {n: 0, truth: new Int32Array(n - nan), scores: scores instanceof Float32Array ? new Float32Array((n - nan) * columns) : new Float64Array((n - nan) * columns)};
  for (let i = 0; i < n; i++) {
    const row = scores.subarray(i * columns, (i + 1) * columns);
    if (!row.includes(NaN)) {
      kept.truth[kept.n] = truth[i]!;
      kept.scores.set(row, columns * kept.n++);
    }
    if (i % 4096 === 4095) yield i / n;
  }
  return kept;
}

/** The classes with the most examples taken for others, or others for them, in their own order. */
function* mostConfused({truth, classes, n}: Scored, predicted: Int32Array): Generator<number, Int32Array> {
  const wrong = new Float64Array(classes);
  for (let i = 0; i < n; i++) {
    if (predicted[i]! >= 0 && predicted[i] !== truth[i]) {
      wrong[truth[i]!]!++;
      wrong[predicted[i]!]!++;
    }
    if (i % CHUNK === CHUNK - 1) yield i / n;
  }
  return Int32Array.from(wrong.keys()).sort((a, b) => wrong[b]! - wrong[a]! || a - b).slice(0, WORST).sort();
}

const identity = (n: number): Int32Array => Int32Array.from({length: n}, (_, i) => i);

/** All that is said of a whole matrix. */
function* judge(matrix: Float64Array, classes: number): Generator<number, Judged> {
  const {rows, columns, total} = marginsOf(matrix, classes);
  yield 0.1;
  const report = classificationReport(matrix, classes);
  yield 0.2;
  const kappa = cohenKappa(matrix, classes);
  yield 0.3;
  const mcc = matthewsCorrelation(matrix, classes);
  yield 0.4;
  const balanced = balancedAccuracy(matrix, classes);
  const members = identity(classes);
  const order = classes < ORDERED ? members : yield* part(orderClassesSteps(matrix, classes), 0.4, 0.9);
  const top = classes > 2 ? yield* part(topConfusionsSteps(matrix, classes, NAMED), 0.9, 1) : [];
  let right = 0;
  for (let k = 0; k < classes; k++) right += matrix[k * classes + k]!;
  return {members, matrix, rows, columns, total, right, order, report, balanced, kappa, mcc, top, drawn: new Map()};
}

/** What can be said of more classes than a matrix is made of: its most confused part. */
function* judgePart(scored: Scored, predicted: Int32Array): Generator<number, Judged> {
  const {classes, n, truth} = scored;
  const members = yield* mostConfused(scored, predicted);
  const m = members.length;
  const place = new Int32Array(classes).fill(-1);
  members.forEach((k, i) => (place[k] = i));
  const [matrix, rows, columns] = [new Float64Array(m * m), new Float64Array(m), new Float64Array(m)];
  let [total, right] = [0, 0];
  for (let i = 0; i < n; i++) {
    const p = predicted[i]!;
    if (i % CHUNK === CHUNK - 1) yield i / n;
    if (p < 0) continue;
    total++;
    if (p === truth[i]) right++;
    const [r, c] = [place[truth[i]!]!, place[p]!];
    if (r >= 0) rows[r]!++;
    if (c >= 0) columns[c]!++;
    if (r >= 0 && c >= 0) matrix[r * m + c]!++;
  }
  const order = yield* orderClassesSteps(matrix, m);
  const top = yield* topConfusionsSteps(matrix, m, NAMED);
  return {members, matrix, rows, columns, total, right, order, report: null, balanced: NaN, kappa: NaN, mcc: NaN, top, drawn: new Map()};
}

function* modelOf(scored: Scored, settings: PlotSettings): Generator<number, Model> {
  const {columns, binary, classes, n} = scored;
  const kept = yield* part(withoutNan(scored), 0, 0.2);
  const logLoss = scored.probabilities && kept.n ? yield* part(logLossSteps(kept.truth, kept.scores, kept.n, columns), 0.2, 0.3) : NaN;
  const predicted = columns > 1 ? (yield* part(argmaxRowsSteps(scored.scores, n, columns), 0.3, 0.4)).predicted : null;
  let two: Model['two'] = null;
  if (binary) {
    const positive = positiveOf(settings, classes) ?? 1;
    const {labels, column} = yield* part(againstRest({...scored, ...kept}, positive), 0.4, 0.45);
    const ranking = yield* part(rankExamplesSteps(labels, column), 0.45, 0.8);
    const all = scored.nan ? (yield* part(againstRest(scored, positive), 0.8, 0.85)).column : column;
    two = {positive, column: all, ranking};
  }
  if (!predicted) return {scored, predicted, two, judged: null, logLoss};
  const whole = classes <= ALL;
  const steps = whole ? judge(yield* part(confusionMatrixSteps(scored.truth, predicted, classes), 0.5, 0.6), classes) : judgePart(scored, predicted);
  const judged = yield* part(steps, 0.6, 0.95);
  yield* part(drawnSteps(judged, settings.normalized), 0.95, 1);
  return {scored, predicted, two, judged, logLoss};
}

function* numbers(data: PlotData, settings: PlotSettings): Generator<number, readonly Model[]> {
  const scored = yield* part(scoredSteps(data, settings, 'confusion'), 0, 0.4);
  const models: Model[] = [];
  for (const [i, one] of scored.entries()) models.push(yield* part(modelOf(one, settings), 0.4 + (0.6 * i) / scored.length, 0.4 + (0.6 * (i + 1)) / scored.length));
  return models;
}

/** From which score on an example counts as positive; `null`: the higher of two scores decides. */
function cutOf({scored: {columns, probabilities}, two}: Model, {threshold}: PlotSettings): number | null {
  if (!two) return null;
  return threshold ?? (columns === 1 ? (probabilities ? 0.5 : 0) : null);
}

/** What a threshold makes of two classes. */
function judgedAt({two, judged}: Model, cut: number | null): Judged {
  if (cut === null || !two) return judged!;
  const {tp, fp, tn, fn} = atThreshold(two.ranking, cut);
  return drain(judge(two.positive ? Float64Array.of(tn, fp, fn, tp) : Float64Array.of(tp, fn, fp, tn), 2));
}

/** What an example is taken for; -1 where a score of it is NaN. */
function predictor({predicted, two}: Model, cut: number | null): (i: number) => number {
  if (cut === null || !two) return (i) => predicted![i]!;
  const {positive, column} = two;
  return (i) => (predicted?.[i] === -1 || column[i] !== column[i] ? -1 : column[i]! >= cut ? positive : 1 - positive);
}

/** Counts, or shares of all examples of a class, in the order they are drawn in. 0 / 0 is 0. */
function* drawnSteps({members: {length: m}, matrix, rows, columns, total, order, drawn}: Judged, by: PlotSettings['normalized']): Generator<number, Float64Array> {
  const known = drawn.get(by);
  if (known) return known;
  const out = new Float64Array(m * m);
  const step = Math.ceil(CHUNK / m);
  for (let r = 0; r < m; r++) {
    if (r % step === step - 1) yield r / m;
    const row = order[r]!;
    for (let c = 0; c < m; c++) {
      const column = order[c]!;
      const whole = by === 'none' ? 1 : by === 'true' ? rows[row]! : by === 'pred' ? columns[column]! : total;
      out[r * m + c] = matrix[row * m + column]! / (whole || 1);
    }
  }
  drawn.set(by, out);
  return out;
}

/** One scale for all: of counts from 0, of shares of a class from 0 to 1. */
function scaleOf(all: readonly Float64Array[], by: PlotSettings['normalized']): () => ColorScale {
  let most = by === 'true' || by === 'pred' ? 1 : 0;
  if (!most) for (const values of all) for (let i = 0; i < values.length; i++) if (values[i]! > most) most = values[i]!;
  let made: ColorScale | undefined;
  return () => (made ??= resolveScale({scheme: null, reverse: false, domain: [0, most || 1], center: null, transform: 'linear'}, {min: 0, max: most, quantile: () => NaN, rank: () => NaN}));
}

function figure(models: readonly Model[], settings: PlotSettings): Figure {
  const {say, lang, normalized, highlighted, change} = settings;
  const cuts = models.map((model) => cutOf(model, settings));
  const all = models.map((model, i) => judgedAt(model, cuts[i]!));
  const values = all.map((judged) => drain(drawnSteps(judged, normalized)));
  const scale = scaleOf(values, normalized);
  const name = (k: number): string => className(settings, k);
  const many = models.length > 1;
  const panels = models.map((model, i): Panel => {
    const {members, matrix, rows, order} = all[i]!;
    const m = members.length;
    const series = model.scored.name;
    const labels = Array.from(order, (at) => name(members[at]!));
    const predictedAs = predictor(model, cuts[i]!);
    const read = (cell: number): Reading => {
      const [r, c] = [order[Math.floor(cell / m)]!, order[cell % m]!];
      const [truth, predicted] = [members[r]!, members[c]!];
      const count = matrix[r * m + c]!;
      const share = rows[r] ? count / rows[r]! : 0;
      return {
        value: say('plotExamplesCount', {n: formatCount(count, lang)}),
        place: [series, say('confusionCell', {share: formatShare(share, lang), truth: name(truth), predicted: name(predicted)})].filter(Boolean).join(' · '),
        indices: count ? examplesIn(model, predictedAs, truth, predicted) : null,
        series,
        datum: {true: truth, predicted, trueName: name(truth), predictedName: name(predicted), count, shareOfTrue: share},
      };
    };
    return {
      key: `matrix ${i}`,
      ...(series && {title: series}),
      x: {title: say('confusionPredicted'), type: 'band', domain: [0, m], labels},
      y: {title: say('confusionTrue'), type: 'band', domain: [0, m], labels, down: true},
      ratio: 1,
      marks: [
        {kind: 'cells', rows: m, cols: m, values: values[i]!, scale, annotate: m <= WRITTEN, lines: m <= WRITTEN, text: cellText(values[i]!, settings), read},
        ...outlines(highlighted, model, predictedAs, all[i]!),
      ],
    };
  });
  const [first] = models as [Model];
  const probable = models.every(({scored}) => scored.probabilities);
  const {thresholds = new Float64Array(0)} = first.two?.ranking ?? {};
  const facts = models.map(({scored}, i) => {
    const {right, total} = all[i]!;
    return [scored.name, say('confusionAccuracy', {accuracy: rate(right / total)})].filter(Boolean).join(' ');
  });
  const cut = cuts[0]!;
  return {
    label: say('confusionTitle'),
    facts: [...facts, say('plotExamplesCount', {n: formatCount(all[0]!.total, lang)}), cut === null ? '' : say('plotThresholdAt', {threshold: thresholdText(cut)})].filter(Boolean).join(' · '),
    panels,
    legend: [],
    controls: [
      {type: 'choice', label: say('plotNormalized'), value: normalized, options: [['none', say('normalizedNone')], ['true', say('normalizedTrue')], ['pred', say('normalizedPred')], ['all', say('normalizedAll')]], set: (value) => change({normalized: value as PlotSettings['normalized']})},
      ...(first.two ? [thresholdControl(settings, cut ?? 0.5, probable, [thresholds.at(-1)!, thresholds[0]!])] : []),
    ],
    caption: (i) => models.map((model, k) => captionOf(model, predictor(model, cuts[k]!), i, settings)).filter(Boolean).join(' · '),
    bar: scale,
    notes: [...models.flatMap((model, i) => notesOf(model, all[i]!, settings)), ...scoreNotes(models.map(({scored}) => scored), settings)],
    table: tableOf(models, all, settings),
    metrics: many ? Object.fromEntries(models.map((model, i) => [model.scored.name, metricsOf(model, all[i]!, cuts[i]!, settings)])) : metricsOf(first, all[0]!, cut, settings),
  };
}

/** Counts as they are; shares in two digits, nothing where there is nothing. */
function cellText(values: Float64Array, {normalized, lang}: PlotSettings): (i: number) => string {
  if (normalized === 'none') return (i) => formatCount(values[i]!, lang);
  return (i) => (values[i] ? rate(values[i]!, 2) : '0');
}

/** The first examples of a cell. */
function examplesIn({scored: {truth, n}}: Model, predictedAs: (i: number) => number, row: number, column: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < n && found.length < LISTED; i++) if (truth[i] === row && predictedAs(i) === column) found.push(i);
  return found;
}

/** Lines around the cells that hold highlighted examples: dark and light, to be seen on any colour. */
function outlines(highlighted: readonly number[], {scored: {truth}}: Model, predictedAs: (i: number) => number, {members, order}: Judged): Mark[] {
  const m = members.length;
  const place = new Map(Array.from(order, (at, i) => [members[at]!, i]));
  const cells = new Set<number>();
  for (const i of highlighted) {
    if (!(i >= 0 && i < truth.length)) continue;
    const [r, c] = [place.get(truth[i]!), place.get(predictedAs(i))];
    if (r !== undefined && c !== undefined) cells.add(r * m + c);
  }
  if (!cells.size) return [];
  // a place that is none parts one cell from the next
  const [x, y] = [new Float64Array(6 * cells.size).fill(NaN), new Float64Array(6 * cells.size)];
  let at = 0;
  for (const cell of cells) {
    const [r, c] = [Math.floor(cell / m), cell % m];
    x.set([c, c + 1, c + 1, c, c], at);
    y.set([r, r, r + 1, r + 1, r], at);
    at += 6;
  }
  const points = {x, y};
  return [{kind: 'line', points, color: '#000', width: 5}, {kind: 'line', points, color: '#fff', width: 2}];
}

function captionOf({scored: {name, truth}}: Model, predictedAs: (i: number) => number, i: number, settings: PlotSettings): string {
  if (!(i >= 0 && i < truth.length)) return '';
  const predicted = predictedAs(i);
  const words = {truth: className(settings, truth[i]!), predicted: predicted < 0 ? settings.say('nan') : className(settings, predicted)};
  return [name, settings.say('confusionCaption', words)].filter(Boolean).join(': ');
}

function notesOf({scored}: Model, {members, order, report, columns, total, top}: Judged, settings: PlotSettings): Figure['notes'] {
  const {say, lang} = settings;
  const name = (i: number): string => className(settings, members[i]!);
  const of = scored.name ? `${scored.name}: ` : '';
  const notes: string[] = [];
  if (top.length) notes.push(say('confusionTop', {pairs: top.map(({truth, predicted, count}) => say('confusionPair', {truth: name(truth), predicted: name(predicted), n: formatCount(count, lang)})).join(', ')}));
  if (!report) notes.push(say('confusionPart', {n: formatCount(scored.classes, lang), shown: members.length}));
  if (order !== members && order.some((at, i) => at !== i)) notes.push(say('confusionOrdered'));
  const never = report && total ? Array.from(columns.keys()).filter((k) => !columns[k]) : [];
  if (never.length) notes.push(say('confusionNever', {n: formatCount(never.length, lang), names: `${never.slice(0, NAMED).map(name).join(', ')}${never.length > NAMED ? ', …' : ''}`}));
  if (scored.nan) notes.push(say('confusionNan', {n: formatCount(scored.nan, lang)}));
  return notes.map((text) => ({text: `${of}${text}`}));
}

/** Scores of the `i`th member: of one class all is known from its own counts. */
function scoresOf({report, matrix, members, rows, columns, total}: Judged, i: number): ClassificationReport['perClass'][number] {
  if (report) return report.perClass[i]!;
  const hit = matrix[i * members.length + i]!;
  return classificationReport([total - rows[i]! - columns[i]! + hit, columns[i]! - hit, rows[i]! - hit, hit], 2).perClass[1]!;
}

/** The matrix with the scores of each class, then their averages. */
function tableOf(models: readonly Model[], all: readonly Judged[], settings: PlotSettings): Table {
  const {say} = settings;
  const many = models.length > 1;
  const extra = (j: Judged): number => (j.report ? 2 : 0);
  // of models side by side all have the same classes, but where some are left out
  const across = all[0]!.members;
  const wide = all.every((j) => j.members.length === across.length && j.members.every((k, i) => k === across[i])) ? across.length : 0;
  return {
    columns: [...(many ? [say('plotSeriesColumn')] : []), say('confusionTrue'), ...Array.from(across.subarray(0, wide), (k) => say('confusionAs', {name: className(settings, k)})), say('metricPrecision'), say('metricRecall'), 'F1', say('metricSupport')],
    rows: all.reduce((sum, j) => sum + j.members.length + extra(j), 0),
    cell: (row, at) => {
      let i = 0;
      while (row >= all[i]!.members.length + extra(all[i]!)) row -= all[i]!.members.length + extra(all[i++]!);
      const judged = all[i]!;
      const column = many ? at - 1 : at;
      if (column < 0) return models[i]!.scored.name;
      const m = judged.members.length;
      if (!column) return row < m ? className(settings, judged.members[row]!) : say(row === m ? 'averageMacro' : 'averageWeighted');
      if (column <= wide) return row < m ? judged.matrix[row * m + column - 1]! : '';
      const scores = row < m ? scoresOf(judged, row) : judged.report![row === m ? 'macro' : 'weighted'];
      return [scores.precision, scores.recall, scores.f1, scores.support][column - wide - 1]!;
    },
  };
}

function metricsOf({scored, logLoss}: Model, judged: Judged, cut: number | null, settings: PlotSettings): Readonly<Record<string, unknown>> {
  const {matrix, members, report, right, total, balanced, kappa, mcc} = judged;
  const m = members.length;
  const names = (): string[] => Array.from(members, (k) => className(settings, k));
  return {
    n: total,
    nan: scored.nan,
    accuracy: right / total,
    logLoss,
    ...(cut !== null && {threshold: cut}),
    ...(report && {balancedAccuracy: balanced, kappa, mcc, report}),
    // made when asked for: of a thousand classes it is long
    get classes() {
      return names();
    },
    get matrix() {
      return Array.from({length: m}, (_, r) => Array.from(matrix.subarray(r * m, (r + 1) * m)));
    },
  };
}

/**
 * How often each class was taken for each: rows are true, columns predicted. Of a single column the threshold decides,
 * as of two where one is set; else the highest score.
 */
export const confusion: Kind<readonly Model[]> = {name: 'confusion', stamp: classStamp, numbers, figure};
