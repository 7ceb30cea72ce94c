import {formatCount, formatShort} from '../color/format.js';
import {type Examples, readExamplesSteps} from '../compute/labels.js';
import {softmaxSteps} from '../compute/probabilities.js';
import {part} from '../compute/slices.js';
import type {TensorValues} from '../tensor/types.js';
import {Problem} from '../words/kinds.js';
import type {LabelValues, PlotData} from './data.js';
import {holdsClasses} from './holds-classes.js';
import type {PlotSettings} from './kind.js';
import {type Made, MADE_WORDS, madeOf} from './made.js';
import {positiveClass} from './positive.js';
import type {Control, Note} from './types.js';

/** Values looked at between two yields. */
const CHUNK = 1 << 17;
/** How far beyond 0 and 1 probabilities may be: a graphics card divides that roughly. */
const SLACK = 1e-6;
/** Classes to choose from. */
const OFFERED = 200;
/** Examples behind a mark that are listed. */
export const LISTED = 1000;

/** A classifier's examples, as `confusion`, `roc`, `pr` and `calibration` judge them. */
export interface Scored extends Examples {
  readonly name: string;
  /** As they were given. */
  readonly raw: Float32Array | Float64Array;
  /** What was done with them: of logits of several classes the softmax was taken, of a single column nothing. */
  readonly made: Made;
  /** Whether all scores, but those that are NaN, lie within [0, 1]. */
  readonly probabilities: boolean;
  /** Examples with a NaN among their scores. */
  readonly nan: number;
}

/** How far beyond 0 and 1 all but NaN lie at most. */
function* beyondUnit(scores: Float32Array | Float64Array): Generator<number, number> {
  let beyond = 0;
  for (let from = 0; from < scores.length; from += CHUNK) {
    const to = Math.min(scores.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const v = scores[i]!;
      if (v > 1 + beyond) beyond = v - 1;
      else if (v < -beyond) beyond = -v;
    }
    yield to / scores.length;
  }
  return beyond;
}

/** How many rows hold a NaN. */
function* nanRows(scores: Float32Array | Float64Array, columns: number): Generator<number, number> {
  let rows = 0;
  let last = -1;
  for (let from = 0; from < scores.length; from += CHUNK) {
    const to = Math.min(scores.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      if (scores[i] === scores[i]) continue;
      const row = Math.floor(i / columns);
      if (row !== last) rows++;
      last = row;
    }
    yield to / scores.length;
  }
  return rows;
}

/** Cells of one-hot rows that are made at most. */
const MOST_CELLS = 1 << 26;

/** Predicted classes as one-hot rows, which is what scores are; anything else as it is. */
function asScores(predictions: TensorValues, labels: LabelValues, names: readonly string[] | null): TensorValues {
  if (!holdsClasses(predictions, labels)) return predictions;
  const {data} = predictions;
  const truth = (labels as TensorValues).data;
  let most = 1;
  for (let i = 0; i < data.length; i++) most = Math.max(most, data[i]!, truth[i]!);
  const columns = Math.max(most + 1, names?.length ?? 0);
  if (columns * data.length > MOST_CELLS) return predictions;
  const rows = new Float32Array(columns * data.length);
  for (let i = 0; i < data.length; i++) rows[i * columns + data[i]!] = 1;
  return {shape: [data.length, columns], dtype: 'float32', data: rows};
}

/**
 * Reads what is to be judged. Scores of several classes that are logits become probabilities; a single column stays as
 * it is. A series without labels of its own has those of the first that has any.
 * @yields share done
 * @throws Problem where predictions or labels are missing or don't fit
 */
export function* scoredSteps({series, activation}: PlotData, {classes}: PlotSettings, kind: string): Generator<number, Scored[]> {
  const all: Scored[] = [];
  const shared = series.find(({labels}) => labels)?.labels;
  for (const [s, {name, predictions, labels = shared}] of series.entries()) {
    if (!predictions || !labels) throw new Problem('plotJudgeNeeds', {kind});
    const [from, to] = [s / series.length, (s + 1) / series.length];
    const at = (share: number): number => from + share * (to - from);
    // of one column, a single name is that of class 1
    const names = classes && !(classes.length === 1 && (predictions.shape[1] ?? 1) === 1) ? classes : undefined;
    const examples = yield* part(readExamplesSteps({predictions: asScores(predictions, labels, classes), labels, classes: names}), at(0), at(0.3));
    const {n, columns} = examples;
    const beyond = yield* part(beyondUnit(examples.scores), at(0.3), at(0.4));
    const given = beyond && beyond <= SLACK ? examples.scores.map((p) => Math.min(1, Math.max(0, p))) : examples.scores;
    const made = yield* part(madeOf(given, n, columns, activation), at(0.4), at(0.5));
    const softmaxed = made === 'softmax' || made === 'softmax-linear';
    const scores = softmaxed ? yield* part(softmaxSteps(examples.scores, n, columns), at(0.5), at(0.9)) : given;
    const nan = yield* part(nanRows(scores, columns), at(0.9), at(1));
    all.push({...examples, name, scores, raw: examples.scores, nan, made, probabilities: made !== 'sigmoid' && made !== 'sigmoid-linear'});
  }
  return all;
}

/** Changes with what the numbers depend on: which class is positive, and the classes where these are given by name. */
export function classStamp({positive, classes}: PlotSettings, {series}: PlotData): string {
  const named = typeof positive === 'string' || series.some(({labels}) => Array.isArray(labels));
  return JSON.stringify([positive, named ? classes : null]);
}

/** The scores of one class, and whether it is the true one. Of a single column, class 0 has what class 1 lacks. */
export function* againstRest({n, columns, scores, truth, probabilities}: Scored, k: number): Generator<number, {labels: Uint8Array; column: Float32Array | Float64Array}> {
  const labels = new Uint8Array(n);
  const given = columns === 1 && k === 1;
  const column = given ? scores : columns > 1 && scores instanceof Float32Array ? new Float32Array(n) : new Float64Array(n);
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(n, from + CHUNK);
    for (let i = from; i < to; i++) {
      if (truth[i] === k) labels[i] = 1;
      if (given) continue;
      column[i] = columns > 1 ? scores[i * columns + k]! : probabilities ? 1 - scores[i]! : -scores[i]!;
    }
    yield to / n;
  }
  return {labels, column};
}

/** What a class is called. */
export function className({classes, say}: Pick<PlotSettings, 'classes' | 'say'>, k: number): string {
  if (classes?.length === 1) return k ? classes[0]! : say('plotNot', {name: classes[0]!});
  return classes?.[k] ?? String(k);
}

/** The class that is asked for as positive; `null` where none is. @throws Problem for a class that is not there */
export function positiveOf({positive, classes}: Pick<PlotSettings, 'positive' | 'classes'>, count: number): number | null {
  if (positive === null) return null;
  return classes?.length === 1 ? (positive === classes[0] ? 1 : positiveClass(positive, null, count)) : positiveClass(positive, classes, count);
}

/** Chooses the class that is positive; of two there is no “all”. Of very many, the first and the one that is chosen. */
export function positiveControl(settings: PlotSettings, count: number): Control {
  const {say, change} = settings;
  const chosen = positiveOf(settings, count) ?? (count === 2 ? 1 : null);
  const listed = Array.from({length: Math.min(count, OFFERED)}, (_, k) => k);
  if (chosen !== null && chosen >= OFFERED) listed.push(chosen);
  const classes = listed.map((k) => [String(k), className(settings, k)] as const);
  return {
    type: 'choice',
    label: say('plotPositive'),
    value: chosen === null ? '' : String(chosen),
    options: count === 2 ? classes : [['', say('plotEveryClass')], ...classes],
    set: (value) => change({positive: value === '' ? null : Number(value)}),
  };
}

/** Says that not all classes are offered. */
export const positiveNotes = (count: number, {say, lang}: PlotSettings): Note[] =>
  count > OFFERED ? [{text: say('plotPositiveFirst', {shown: OFFERED, n: formatCount(count, lang)})}] : [];

/** Moves the threshold: from 0 to 1 for probabilities, else from the least score to the greatest. */
export function thresholdControl({say, change}: PlotSettings, value: number, probabilities: boolean, scores: readonly [least: number, greatest: number]): Control {
  const [min, max] = probabilities || !Number.isFinite(scores[0]) || !Number.isFinite(scores[1]) ? [0, 1] : scores;
  const step = probabilities ? 0.01 : 10 ** Math.floor(Math.log10((max - min || 1) / 100));
  return {type: 'slider', label: say('plotThreshold'), value, min: Math.floor(min / step) * step, max: Math.ceil(max / step) * step, step, set: (threshold) => change({threshold})};
}

/** What was done with the scores, and has to be said. @param sigmoid whether that is taken of a single column too */
export function scoreNotes(scored: readonly Scored[], {say}: PlotSettings, sigmoid = false): Note[] {
  const words = new Set(scored.filter(({probabilities}) => probabilities || sigmoid).map(({made}) => MADE_WORDS[made]));
  return [...words].flatMap((word) => (word ? [{text: say(word)}] : []));
}

/** A rate in so many digits behind the point; what is neither 0 nor 1 never reads so. */
export function rate(v: number, digits = 3): string {
  const text = v.toFixed(digits).replace('-', '\u2212');
  if (v > 0 && Number(text) === 0) return `<${(10 ** -digits).toFixed(digits)}`;
  return v < 1 && Number(text) === 1 ? `>${(1 - 10 ** -digits).toFixed(digits)}` : text;
}

/** A threshold: of probabilities in two digits behind the point, where that tells them from 0 and 1. */
export const thresholdText = (t: number): string => (t >= 0.01 && t <= 0.99 ? t.toFixed(2) : formatShort(t, 3));
