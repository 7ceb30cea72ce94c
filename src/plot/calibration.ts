import {formatCount, formatShort} from '../color/format.js';
import {brierScoreSteps, logLossSteps} from '../compute/classification.js';
import {type CalibrationError, calibrationErrorSteps} from '../compute/calibration.js';
import {logitsOfSteps, sigmoidSteps} from '../compute/probabilities.js';
import {drain, part} from '../compute/slices.js';
import {applyTemperatureSteps, type TemperatureFit, fitTemperatureSteps} from '../compute/temperature.js';
import {wilsonInterval} from '../compute/wilson.js';
import type {WordKey} from '../words/kinds.js';
import type {PlotData} from './data.js';
import type {Kind, PlotSettings} from './kind.js';
import {className, classStamp, LISTED, positiveControl, positiveNotes, positiveOf, rate, type Scored, scoredSteps, scoreNotes} from './scored.js';
import type {Control, Figure, Mark, Note, Panel, Reading, Table} from './types.js';
import {diagonal, leastAbove0, unitAxis} from './unit-axis.js';

/** Bins unless told otherwise, as in Guo et al. (2017). */
const BINS = 15;
/** Probabilities up to which another temperature is worked out at once: some 20 ms. */
const QUICK = 50_000;
/** Probabilities up to which its fit, which looks at all of them a dozen times, waits for being asked for: as long. */
const FITTED = 8_000;
/** Probabilities looked at between two yields. */
const CHUNK = 1 << 17;
/** The slider's ends. */
const TEMPERATURES = [0.05, 10] as const;

type Floats = Float32Array | Float64Array;

/** A model's probabilities, and logits to divide. Once for the data. */
interface Model {
  readonly scored: Scored;
  /** Row-major, n × columns. */
  readonly probabilities: Floats;
  readonly logits: Floats;
  /** Rows don't sum to 1: each class is a question of its own. */
  readonly independent: boolean;
  fit: TemperatureFit | null;
  /** By class, bins and temperature. */
  readonly judged: Map<string, Judged>;
}

/** How probabilities come true. */
interface Judged {
  /** Of each example, the probability that is judged. */
  readonly confidence: Floats;
  readonly error: CalibrationError;
  readonly brier: number;
  readonly logLoss: number;
}

interface Numbers {
  readonly models: readonly Model[];
  /** The class that is judged against the rest; `null`: the one predicted. */
  readonly of: number | null;
  readonly bins: number;
}

/** What is done once for the data, and for the names that their labels are read by. */
const prepared = new WeakMap<PlotData, {readonly names: string; readonly models: readonly Model[]}>();

const sizeOf = ({series}: PlotData): number => series.reduce((n, {predictions}) => n + (predictions?.data.length ?? 0), 0);

function* modelOf(scored: Scored): Generator<number, Model> {
  const {columns, raw, scores, made} = scored;
  const model = {scored, fit: null, judged: new Map()};
  if (!scored.probabilities) return {...model, probabilities: yield* sigmoidSteps(raw), logits: raw, independent: false};
  const independent = made === 'independent' || made === 'scores';
  const logits = made === 'softmax' || made === 'softmax-linear' ? raw : yield* logitsOfSteps(scores, independent ? 1 : columns);
  return {...model, probabilities: scores, logits, independent};
}

/** Labels of every class of every example, 0 or 1. */
function oneHot({truth, n, columns}: Scored): Uint8Array {
  const out = new Uint8Array(n * columns);
  for (let i = 0; i < n; i++) out[i * columns + truth[i]!] = 1;
  return out;
}

function fitOf({scored, logits, independent}: Model): Generator<number, TemperatureFit> {
  const {truth, n, columns} = scored;
  return independent ? fitTemperatureSteps(logits, oneHot(scored), n * columns, 1) : fitTemperatureSteps(logits, truth, n, columns);
}

const keyOf = ({of, bins}: Pick<Numbers, 'of' | 'bins'>, temperature: number): string => `${of} ${bins} ${temperature}`;

/** The probabilities at a temperature, and how they come true. */
function* judge({scored, probabilities, logits, independent}: Model, {of, bins}: Pick<Numbers, 'of' | 'bins'>, temperature: number): Generator<number, Judged> {
  const {n, columns, truth} = scored;
  const [rows, cols] = independent ? [n * columns, 1] : [n, columns];
  const p = temperature === 1 ? probabilities : yield* part(applyTemperatureSteps(logits, rows, cols, temperature), 0, 0.5);
  const confidence = p instanceof Float32Array ? new Float32Array(n) : new Float64Array(n);
  const right = new Uint8Array(n);
  const step = Math.ceil(CHUNK / columns);
  for (let from = 0; from < n; from += step) {
    const to = Math.min(n, from + step);
    for (let i = from; i < to; i++) {
      if (of !== null) {
        confidence[i] = columns > 1 ? p[i * columns + of]! : of ? p[i]! : 1 - p[i]!;
        if (truth[i] === of) right[i] = 1;
        continue;
      }
      let best = 0;
      for (let k = 1; k < columns; k++) if (!(p[i * columns + k]! <= p[i * columns + best]!)) best = k;
      confidence[i] = p[i * columns + best]!;
      if (best === truth[i]) right[i] = 1;
    }
    yield 0.5 + (0.1 * to) / n;
  }
  const error = yield* part(calibrationErrorSteps(confidence, right, {bins}), 0.6, 0.7);
  const [labels, whole, c] = of === null ? [truth, p, columns] as const : [right, confidence, 1] as const;
  const brier = yield* part(brierScoreSteps(labels, whole, n, c), 0.7, 0.85);
  const logLoss = yield* part(logLossSteps(labels, whole, n, c), 0.85, 1);
  return {confidence, error, brier, logLoss};
}

/** As it is known, or worked out now. */
function judgedAt(model: Model, numbers: Numbers, temperature: number): Judged {
  const key = keyOf(numbers, temperature);
  let judged = model.judged.get(key);
  if (!judged) model.judged.set(key, (judged = drain(judge(model, numbers, temperature))));
  // of temperatures that were passed by, none is kept
  for (const old of model.judged.keys()) if (model.judged.size > 4 && old !== key && !old.endsWith(' 1')) model.judged.delete(old);
  return judged;
}

/** The temperature asked for: of several series none is changed. */
const temperatureOf = (models: readonly unknown[], {temperature}: PlotSettings): number => (models.length > 1 ? 1 : temperature ?? 1);

function* numbers(data: PlotData, settings: PlotSettings): Generator<number, Numbers> {
  const large = sizeOf(data) > QUICK;
  const names = classStamp({...settings, positive: null}, data);
  const known = prepared.get(data);
  let models = known?.names === names ? known.models : null;
  if (!models) {
    const scored = yield* part(scoredSteps(data, settings, 'calibration'), 0, 0.3);
    const made: Model[] = [];
    for (const [i, one] of scored.entries()) made.push(yield* part(modelOf(one), 0.3 + (0.1 * i) / scored.length, 0.3 + (0.1 * (i + 1)) / scored.length));
    if (sizeOf(data) > FITTED && made.length === 1) made[0]!.fit = yield* part(fitOf(made[0]!), 0.4, 0.8);
    prepared.set(data, {names, models: (models = made)});
  }
  const {classes, binary} = models[0]!.scored;
  const what = {of: positiveOf(settings, classes) ?? (binary ? 1 : null), bins: settings.bins ?? BINS};
  for (const model of models) {
    for (const temperature of new Set([1, large ? temperatureOf(models, settings) : 1])) {
      const key = keyOf(what, temperature);
      if (!model.judged.has(key)) model.judged.set(key, yield* part(judge(model, what, temperature), 0.8, 1));
    }
  }
  return {models, ...what};
}

/** A bin that holds any example. */
interface Bin {
  readonly at: number;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly predicted: number;
  readonly fraction: number;
  readonly interval: readonly [low: number, high: number];
}

const binsOf = ({error: {count, lower, upper, accuracy, confidence}}: Judged): Bin[] =>
  Array.from(count.keys()).filter((at) => count[at]).map((at) => ({
    at,
    lower: lower[at]!,
    upper: upper[at]!,
    count: count[at]!,
    predicted: confidence[at]!,
    fraction: accuracy[at]!,
    interval: wilsonInterval(Math.round(accuracy[at]! * count[at]!), count[at]!),
  }));

function figure(numbers: Numbers, settings: PlotSettings): Figure {
  const {models, of, bins} = numbers;
  const {say, lang, xScale, yScale} = settings;
  const temperature = temperatureOf(models, settings);
  const judged = models.map((model) => judgedAt(model, numbers, temperature));
  const before = temperature === 1 ? null : judgedAt(models[0]!, numbers, 1);
  const filled = judged.map((one) => (one.error.reason ? [] : binsOf(one)));
  const all = filled.flat();
  const leastOf = (of: (bin: Bin) => number): number => leastAbove0(Float64Array.from(all, of));
  const x = unitAxis('', xScale ?? 'linear', leastOf((bin) => bin.predicted));
  const y = unitAxis(say(of === null ? 'calibrationAccuracy' : 'calibrationFraction'), yScale ?? 'linear', leastOf((bin) => bin.fraction));
  const many = models.length > 1;
  const curve: Mark[] = [diagonal(x, y)];
  const counts: Mark[] = [];
  const slot = 1 / models.length;
  if (before && !before.error.reason) {
    curve.push({kind: 'line', series: say('calibrationBefore'), points: columns(binsOf(before)), color: 'muted', width: 1});
  }
  for (const [i, own] of filled.entries()) {
    const series = models[i]!.scored.name;
    const read = readingOf(models[i]!, judged[i]!, own, settings);
    const [x0, x1] = [own.map((b) => b.lower + (b.upper - b.lower) * i * slot), own.map((b) => b.lower + (b.upper - b.lower) * (i + 1) * slot)];
    // how far from what was predicted
    if (!many) curve.push({kind: 'bars', series, x0, x1, y0: own.map((b) => b.predicted), y1: own.map((b) => b.fraction), color: 1, alpha: 0.22, gap: 0});
    curve.push({kind: 'line', series, points: intervals(own), color: i, width: 1, alpha: 0.7});
    curve.push({kind: 'line', series, points: columns(own), color: i, width: 2}, {kind: 'points', series, points: columns(own), color: i, radius: 3.5, read});
    counts.push({kind: 'bars', series, x0, x1, y0: own.map(() => 0), y1: own.map((b) => b.count), color: i, alpha: 0.75, read});
  }
  const most = Math.max(1, ...all.map((b) => b.count));
  const linked = {link: 'probability', zoom: 'x'} as const;
  const panels: Panel[] = [
    {key: 'curve', x, y, marks: curve, ...linked},
    {key: 'counts', x: {...x, title: say(of === null ? 'calibrationConfidence' : 'calibrationPredicted')}, y: {title: say('calibrationExamples'), type: 'linear', domain: [0, most * 1.06], whole: true}, marks: counts, weight: 0.4, ...linked},
  ];
  const [first] = models as [Model];
  return {
    label: say('calibrationTitle'),
    facts: many ? say('plotExamplesCount', {n: formatCount(first.scored.n, lang)}) : factsOf(judged[0]!, before, temperature, first, of, settings),
    panels,
    stacked: true,
    legend: many
      ? models.map(({scored}, i) => ({series: scored.name, label: `${scored.name} ${say('calibrationEce', {ece: rate(judged[i]!.error.ece)})}`, ink: i}))
      : before ? [{series: first.scored.name, label: say('calibrationAt', {temperature: formatShort(temperature)}), ink: 0}, {series: say('calibrationBefore'), label: say('calibrationBefore'), ink: 'muted'}] : [],
    controls: [positiveControl(settings, first.scored.classes), ...(many ? [] : [temperatureControl(first, temperature, settings)])],
    caption: (i) => models.map((model, k) => captionOf(model, judged[k]!, of, i, settings)).filter(Boolean).join(' · '),
    notes: notesOf(numbers, temperature, settings),
    table: tableOf(models, filled, settings),
    metrics: many ? Object.fromEntries(models.map(({scored}, i) => [scored.name, metricsOf(judged[i]!, 1, bins, null)])) : metricsOf(judged[0]!, temperature, bins, before),
  };
}

/** Bins as points. */
const columns = (bins: readonly Bin[]): {x: Float64Array; y: Float64Array} => ({x: Float64Array.from(bins, (b) => b.predicted), y: Float64Array.from(bins, (b) => b.fraction)});

/** The bins' intervals as upright lines, parted by places that are none. */
function intervals(bins: readonly Bin[]): {x: Float64Array; y: Float64Array} {
  const [x, y] = [new Float64Array(3 * bins.length).fill(NaN), new Float64Array(3 * bins.length)];
  for (const [i, {predicted, interval}] of bins.entries()) {
    x.fill(predicted, 3 * i, 3 * i + 2);
    y.set(interval, 3 * i);
  }
  return {x, y};
}

function temperatureControl(model: Model, value: number, {say, change}: PlotSettings): Control {
  const [min, max] = TEMPERATURES;
  const fit = (): void => {
    const {temperature} = (model.fit ??= drain(fitOf(model)));
    if (Number.isFinite(temperature)) change({temperature});
  };
  return {type: 'slider', label: say('plotTemperature'), value, min, max, step: 0.01, set: (temperature) => change({temperature}), action: {label: say('plotFitTemperature'), run: fit}};
}

function factsOf({error, brier, logLoss}: Judged, before: Judged | null, temperature: number, {scored}: Model, of: number | null, settings: PlotSettings): string {
  const {say, lang} = settings;
  const ece = rate(error.ece);
  return [
    before ? say('calibrationEceTo', {before: rate(before.error.ece), ece, temperature: formatShort(temperature)}) : say('calibrationEce', {ece}),
    say('calibrationMce', {mce: rate(error.mce)}),
    say('calibrationBrier', {brier: rate(brier)}),
    say('calibrationLogLoss', {loss: rate(logLoss)}),
    of === null ? '' : say('curvePositive', {name: className(settings, of)}),
    say('plotExamplesCount', {n: formatCount(scored.n, lang)}),
  ].filter(Boolean).join(' · ');
}

function readingOf({scored: {name}}: Model, {confidence}: Judged, bins: readonly Bin[], {say, lang}: PlotSettings): (i: number) => Reading {
  return (i) => {
    const {lower, upper, count, predicted, fraction, interval} = bins[i]!;
    const words = [name, say('range', {min: formatShort(lower), max: formatShort(upper)}), say('plotExamplesCount', {n: formatCount(count, lang)}), say('calibrationInterval', {low: rate(interval[0], 2), high: rate(interval[1], 2)})];
    return {
      value: say('calibrationBin', {fraction: rate(fraction), predicted: rate(predicted)}),
      place: words.filter(Boolean).join(' · '),
      indices: within(confidence, lower, upper),
      series: name,
      datum: {lower, upper, count, meanPredicted: predicted, fractionOfPositives: fraction, interval: [...interval]},
    };
  };
}

/** The first examples of a bin, which is open below but for 0. */
function within(confidence: Floats, lower: number, upper: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < confidence.length && found.length < LISTED; i++) if (confidence[i]! <= upper && (confidence[i]! > lower || lower === 0)) found.push(i);
  return found;
}

function captionOf({scored: {name, truth}}: Model, {confidence}: Judged, of: number | null, i: number, settings: PlotSettings): string {
  if (!(i >= 0 && i < truth.length)) return '';
  const said = of === null ? settings.say('calibrationConfidence') : className(settings, of);
  return [name, settings.say('curveCaption', {truth: className(settings, truth[i]!), name: said, score: rate(confidence[i]!, 2)})].filter(Boolean).join(': ');
}

const REASONS: Readonly<Record<NonNullable<TemperatureFit['reason']>, WordKey>> = {
  separable: 'temperatureSeparable',
  'worse-than-chance': 'temperatureHopeless',
  'out-of-range': 'temperatureBeyond',
  constant: 'temperatureConstant',
  infinite: 'temperatureInfinite',
  empty: 'temperatureUndefined',
  'nan-scores': 'temperatureUndefined',
};

function notesOf({models}: Numbers, temperature: number, settings: PlotSettings): Note[] {
  const {say, lang} = settings;
  const notes: string[] = [];
  for (const {scored: {name, nan}} of models) {
    if (nan) notes.push(`${name ? `${name}: ` : ''}${say('calibrationNan', {n: formatCount(nan, lang)})}`);
  }
  const {fit} = models[0]!;
  // of nothing but NaN there is a reason without a temperature
  if (fit?.reason && (fit.temperature === temperature || Number.isNaN(fit.temperature))) notes.push(say(REASONS[fit.reason]));
  return [...notes.map((text) => ({text})), ...positiveNotes(models[0]!.scored.classes, settings), ...scoreNotes(models.map(({scored}) => scored), settings, true)];
}

/** The bins that hold any example. */
function tableOf(models: readonly Model[], filled: readonly (readonly Bin[])[], {say}: PlotSettings): Table {
  const rows = filled.flatMap((bins, i) => bins.map((bin) => ({bin, name: models[i]!.scored.name})));
  const many = models.length > 1;
  return {
    columns: [...(many ? [say('plotSeriesColumn')] : []), 'lower', 'upper', 'count', 'mean predicted', 'fraction of positives', '2.5 %', '97.5 %'],
    rows: rows.length,
    cell: (row, column) => {
      const {bin, name} = rows[row]!;
      const cells = [...(many ? [name] : []), bin.lower, bin.upper, bin.count, bin.predicted, bin.fraction, ...bin.interval];
      return cells[column]!;
    },
  };
}

function metricsOf(judged: Judged, temperature: number, bins: number, before: Judged | null): Readonly<Record<string, unknown>> {
  const {error, brier, logLoss} = judged;
  const filled = error.reason ? [] : binsOf(judged);
  const take = (of: (bin: Bin) => number): Float64Array => Float64Array.from(filled, of);
  return {
    n: judged.confidence.length,
    ece: error.ece,
    mce: error.mce,
    brier,
    logLoss,
    temperature,
    bins,
    curve: {lower: take((b) => b.lower), upper: take((b) => b.upper), count: take((b) => b.count), meanPredicted: take((b) => b.predicted), fractionOfPositives: take((b) => b.fraction)},
    ...(error.reason && {reason: error.reason}),
    ...(before && {before: {ece: before.error.ece, mce: before.error.mce, brier: before.brier, logLoss: before.logLoss}}),
  };
}

/**
 * How often probabilities come true: of two classes those of the positive one, of more those of the class predicted,
 * or of one against the rest. A temperature divides the logits.
 */
export const calibration: Kind<Numbers> = {
  name: 'calibration',
  stamp: (settings, data) => `${classStamp(settings, data)} ${settings.bins} ${sizeOf(data) > QUICK ? settings.temperature : ''}`,
  numbers,
  figure,
};
