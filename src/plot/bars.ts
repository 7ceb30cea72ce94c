import {formatCount, formatShort, formatValue} from '../color/format.js';
import {argsortDescendingSteps} from '../compute/argsort.js';
import {readExamplesSteps} from '../compute/labels.js';
import {sigmoid, softmax} from '../compute/probabilities.js';
import {part} from '../compute/slices.js';
import {shapeText} from '../tensor/read-tensor.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import type {LabelValues, PlotData, PlotSeries} from './data.js';
import {checkExample, exampleControls} from './example.js';
import type {Kind, PlotSettings} from './kind.js';
import {type Made, madeOf, MADE_WORDS} from './made.js';
import {className, classStamp} from './scored.js';
import type {Axis, Figure, Mark, Panel, Reading} from './types.js';

/** Share of a band that its bars take at most; of few bands less, where bars would be blocks. */
const FILLED = 0.8;
/** Classes that are NaN and shown although they are not among a model's highest. */
const NAN_SHOWN = 5;
/** Bars from which one zooms to tell them apart. */
const MANY = 40;

/** One model's scores of one example. */
interface Scored {
  readonly name: string;
  /** Of each class, what is drawn. */
  readonly values: Float64Array;
  /** As the model put them out. */
  readonly raw: Float64Array;
  /** Classes from the highest to the lowest, those that are NaN last. */
  readonly order: Uint32Array;
  /** The place of each class in that order, from 1. */
  readonly rank: Uint32Array;
  /** Classes without a score. */
  readonly nan: Uint32Array;
  readonly made: Made;
  /** The true class, where it is known. */
  readonly truth: number | null;
}

interface Numbers {
  readonly scored: readonly Scored[];
  /** Classes shown, the highest first. */
  readonly shown: readonly number[];
  readonly classes: number;
  /** Examples, of which one is shown. */
  readonly count: number;
  /** What the model was run on. */
  readonly picture: ImageData | null;
}

/** Examples and columns. @throws Problem where there are none */
function tableOf({shape, data}: TensorValues): {n: number; c: number} {
  if (!data.length) throw new Problem('emptyTensor', {shape: shapeText(shape)});
  const [n, c] = shape.length < 2 ? [1, data.length] : [shape[0]!, shape.at(-1)!];
  // [1, 1, 1, 1001] is a row too
  if (n * c !== data.length) throw new Problem('plotBarsShape', {shape: shapeText(shape)});
  return {n, c};
}

/** The true class of an example. A single example may have its label alone, or its one-hot row. @throws Problem for labels of other classes or number */
function* truthOf(labels: LabelValues | undefined, scores: TensorValues, at: number, n: number, c: number, classes: readonly string[] | null): Generator<number, number | null> {
  if (!labels) return null;
  let own: LabelValues = labels;
  if (n === 1 && 'data' in labels && labels.shape.length < 2) own = {...labels, shape: labels.data.length === c && c > 1 ? [1, c] : [labels.data.length]};
  const names = classes && !(c === 1 && classes.length === 1) ? classes : undefined;
  const {truth} = yield* readExamplesSteps({predictions: {shape: [n, c], data: scores.data}, labels: own, classes: names});
  return truth[at]!;
}

function* scoredOf({name, tensor, predictions, labels}: PlotSeries, {activation}: PlotData, {classes, example}: PlotSettings): Generator<number, Scored & {n: number; c: number}> {
  const given = predictions ?? tensor;
  if (!given) throw new Problem('plotNoNumbers', {kind: 'bars'});
  const {n, c} = tableOf(given);
  checkExample(example, n);
  const at = n > 1 ? example : 0;
  const made = yield* part(madeOf(given.data, n, c, activation), 0, 0.5);
  const row = Float64Array.from(given.data.subarray(at * c, (at + 1) * c));
  let values: Float64Array = row;
  if (made === 'softmax' || made === 'softmax-linear') values = softmax(row, 1, c);
  if (made === 'sigmoid' || made === 'sigmoid-linear') values = sigmoid(row);
  if (c === 1) values = Float64Array.of(1 - values[0]!, values[0]!);
  // a logit of class 1 is that of class 0 with the other sign
  const raw = c === 1 ? Float64Array.of(made === 'probabilities' ? 1 - row[0]! : -row[0]!, row[0]!) : row;
  // where the softmax of a row with one NaN is nothing but NaN, the scores still have an order
  const ranked = values.every(Number.isNaN) ? raw : values;
  const order = yield* part(argsortDescendingSteps(ranked.map((v) => (v === v ? v : -Infinity))), 0.5, 0.9);
  // a class of -Infinity is known to be the last, one that is NaN is not
  const sorted = new Uint32Array(order.length);
  const rank = new Uint32Array(order.length);
  let place = 0;
  for (const nan of [false, true]) {
    for (let i = 0; i < order.length; i++) {
      const k = order[i]!;
      if (Number.isNaN(ranked[k]) !== nan) continue;
      sorted[place++] = k;
      rank[k] = place;
    }
    yield 0.9;
  }
  const truth = yield* part(truthOf(labels, given, at, n, c, classes), 0.9, 1);
  const nan = sorted.filter((k) => Number.isNaN(raw[k]));
  return {name, values, raw, order: sorted, rank, nan, made, truth, n, c};
}

function* numbers(data: PlotData, settings: PlotSettings): Generator<number, Numbers> {
  const scored: (Scored & {n: number; c: number})[] = [];
  const {series} = data;
  // models beside each other share their examples, and so what is true of them
  const labels = series.find((one) => one.labels)?.labels;
  for (const [i, one] of series.entries()) scored.push(yield* part(scoredOf(labels ? {labels, ...one} : one, data, settings), i / series.length, (i + 1) / series.length));
  const [{c, n}] = scored as [Scored & {n: number; c: number}];
  const other = scored.find((s) => s.c !== c);
  if (other) throw new Problem('plotBarsClasses', {name: other.name, got: other.c, expected: c});
  const classes = Math.max(2, c);
  const names = settings.classes?.length;
  if (names !== undefined && names !== classes && !(c === 1 && names === 1)) throw new Problem('metricsClassCount', {got: names, classes});
  const union = new Set<number>();
  for (const {order, truth, nan} of scored) {
    for (const k of order.subarray(0, Math.max(1, settings.topK))) union.add(k);
    if (truth !== null) union.add(truth);
    for (const k of nan.subarray(0, NAN_SHOWN)) union.add(k);
  }
  const best = (k: number): number => scored.reduce((most, {values}) => (values[k]! > most ? values[k]! : most), -Infinity);
  const first = scored[0]!;
  const shown = [...union].sort((a, b) => best(b) - best(a) || first.rank[a]! - first.rank[b]!);
  return {scored, shown, classes, count: n, picture: data.pictures?.[n > 1 ? settings.example : 0] ?? null};
}

/** In three digits; what is not 1 never reads so. */
const probabilityText = (p: number): string => (p < 1 && p >= 0.9995 ? '>0.999' : formatShort(p));

function figure({scored, shown, classes: all, count, picture}: Numbers, settings: PlotSettings): Figure {
  const {say, lang, example, xScale} = settings;
  const name = (k: number): string => className(settings, k);
  const truths = new Set(scored.flatMap(({truth}) => (truth === null ? [] : [truth])));
  const marked = (k: number): string => (truths.has(k) ? say('plotBarTrue', {name: name(k)}) : name(k));
  const probable = scored.every(({made}) => made !== 'scores' && made !== 'independent');
  const text = (v: number): string => (Number.isFinite(v) && probable ? probabilityText(v) : formatShort(v));
  const finite = scored.flatMap(({values}) => shown.map((k) => values[k]!)).filter(Number.isFinite);
  const x = axisOf(finite, probable, settings);
  const filled = Math.min(FILLED, 0.2 * shown.length);
  const slot = filled / scored.length;
  const marks = scored.map((one, s): Mark => {
    const {values, raw, rank, name: series} = one;
    const place = (v: number): number => (v === v ? Math.min(Math.max(v, x.domain[0]), x.domain[1]) : 0);
    return {
      kind: 'bars',
      series,
      color: s,
      x0: shown.map(() => (xScale === 'log' ? x.domain[0] : 0)),
      x1: shown.map((k) => place(values[k]!)),
      y0: shown.map((_, i) => i + (1 - filled) / 2 + s * slot),
      y1: shown.map((_, i) => i + (1 - filled) / 2 + (s + 1) * slot),
      labels: shown.map((k) => text(values[k]!)),
      read: (i): Reading => {
        const k = shown[i]!;
        const words = [series, name(k), say('plotRankOf', {rank: formatCount(rank[k]!, lang), n: formatCount(all, lang)}), one.truth === k ? say('plotIsTrue') : '', raw[k] === values[k] ? '' : say('plotScoreOf', {score: formatValue(raw[k]!)})];
        return {
          value: formatShort(values[k]!, 6),
          place: words.filter(Boolean).join(' · '),
          indices: [count > 1 ? example : 0],
          series,
          datum: {class: k, name: name(k), ...(probable ? {probability: values[k]!, score: raw[k]!} : {score: raw[k]!}), rank: rank[k]!, true: one.truth === k},
        };
      },
    };
  });
  const many = scored.length > 1;
  const truth = [...truths].map(name).join(', ');
  const at = count > 1 ? say('plotExampleOf', {at: formatCount(example + 1, lang), n: formatCount(count, lang)}) : '';
  return {
    label: say('plotBars'),
    facts: [at, say('plotBarsFacts', {k: shown.length, n: formatCount(all, lang)}), truth && say('plotTrueIs', {name: truth})].filter(Boolean).join(' · '),
    panels: [...(picture ? [pictureOf(picture)] : []), {key: 'bars', x, y: {title: '', type: 'band', down: true, domain: [0, shown.length], labels: shown.map(marked)}, marks, zoom: shown.length > MANY ? 'both' : 'none'}],
    legend: many ? scored.map(({name: series}, s) => ({series, label: series, ink: s})) : [],
    controls: exampleControls(settings, count),
    notes: notesOf(scored, name, settings),
    table: {
      columns: [say('plotSeriesColumn'), say('plotClass'), say(probable ? 'plotProbability' : 'plotScore'), ...(probable ? [say('plotRawScore')] : []), say('plotRankColumn'), say('plotIsTrue')],
      rows: all * scored.length,
      cell: (row, column) => {
        const {name: series, order, values, raw, truth: own} = scored[Math.floor(row / all)]!;
        const k = order[row % all]!;
        const cells = [series, name(k), values[k]!, ...(probable ? [raw[k]!] : []), (row % all) + 1, own === k ? 1 : own === null ? '' : 0];
        return cells[column]!;
      },
    },
    metrics: many ? Object.fromEntries(scored.map((one) => [one.name, topOf(one, shown, name)])) : topOf(scored[0]!, shown, name),
  };
}

/** What the model saw, beside what it says. */
function pictureOf(pixels: ImageData): Panel {
  const {width, height} = pixels;
  const axis = (length: number): Axis => ({title: '', type: 'linear', domain: [0, length], bare: true, down: true});
  return {key: 'picture', x: axis(width), y: axis(height), marks: [{kind: 'image', pixels, crisp: width < 100}], ratio: width / height, weight: 0.4, zoom: 'none'};
}

/** From 0, to 1 where probabilities come near it. */
function axisOf(values: readonly number[], probable: boolean, {say, xScale}: PlotSettings): Axis {
  const title = say(probable ? 'plotProbability' : 'plotScore');
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  if (xScale === 'log' && most > 0) {
    const positive = Math.min(...values.filter((v) => v > 0));
    return {title, type: 'log', domain: [positive / 3, Math.max(probable ? 1 : 0, most * 1.5)]};
  }
  const type = xScale === 'symlog' ? xScale : 'linear';
  if (probable) return {title, type, domain: [0, most > 0.25 ? 1 : most * 1.25 || 1]};
  // room for the numbers at the bars' ends
  return {title, type, domain: [least * 1.15, most > least ? Math.max(most, -least / 4) * 1.2 : 1]};
}

/** What was done with the numbers, and what of them is no number; once where it holds for all. */
function notesOf(scored: readonly Scored[], name: (k: number) => string, {say, lang}: PlotSettings): Figure['notes'] {
  const texts = scored.map(({made, nan}) => {
    const word = MADE_WORDS[made];
    const named = Array.from(nan.subarray(0, 3), name).join(', ') + (nan.length > 3 ? ', …' : '');
    return [...(word ? [say(word)] : []), ...(nan.length ? [say('plotNanScores', {n: formatCount(nan.length, lang), names: named})] : [])];
  });
  const shared = texts[0]!.filter((text) => texts.every((own) => own.includes(text)));
  return [...shared, ...scored.flatMap(({name: series}, s) => texts[s]!.filter((text) => !shared.includes(text)).map((text) => `${series}: ${text}`))].map((text) => ({text}));
}

const topOf = ({values, raw, rank, truth}: Scored, shown: readonly number[], name: (k: number) => string): Record<string, unknown> => ({
  top: shown.map((k) => ({class: k, name: name(k), value: values[k]!, score: raw[k]!, rank: rank[k]!})),
  ...(truth !== null && {truth, rankOfTruth: rank[truth]!}),
});

/** The classes that a model scores highest, of one example of [n, c] or of [c]; models beside each other. */
export const bars: Kind<Numbers> = {name: 'bars', stamp: (settings, data) => `${settings.topK} ${settings.example} ${settings.classes?.length} ${classStamp(settings, data)}`, numbers, figure};
