import {say, type WordKey, type WordParams} from '../words/learn.js';
import type {StepNumbers} from './measurement.js';
import type {FirstOdd} from './probe.js';
import type {ProbedLayer, RunWeight} from './record.js';

export type RunRule = 'not-finite' | 'vanishing' | 'exploding' | 'update-high' | 'update-low' | 'unchanged' | 'dead' | 'saturated';

/** A sentence: `say(lang, key, params)`. */
export interface Said {
  readonly key: WordKey;
  readonly params: WordParams;
}

/** Something to know about a run. One for each rule and weight (or layer); it goes on where the rule fires again. */
export interface RunFinding extends Said {
  readonly rule: RunRule;
  /** The first step at which it was found, and the last so far; at how many it fired. */
  readonly step: number;
  readonly last: number;
  readonly count: number;
  /** Index of the weight that it is about. Of `not-finite`: only where it is proven that it came first. */
  readonly weight: number | null;
  readonly layer: string | null;
  /** Of `not-finite`: what was not finite first, in the order batch, weights, activations, loss, gradients; `forward`: activations or loss. */
  readonly origin: OddOrigin | null;
  /** The probable cause, and what else belongs to it. */
  readonly notes: readonly Said[];
}

export type OddOrigin = 'batch' | 'weights' | 'activations' | 'loss' | 'forward' | 'gradients';

/** What the rules go by. Patience counts measured steps in a row. */
export interface RuleThresholds {
  /** Vanishing: the mean of |gradient| lies below this; SageMaker's VanishingGradient. */
  readonly vanishingMean: number;
  /** Vanishing: and below this share of the largest among the weights, or training loss has not fallen to `learnedShare`. */
  readonly vanishingShare: number;
  readonly vanishingPatience: number;
  /**
   * Exploding: the gradient's RMS is so many times the median of its first 5 measured ones, and the loss, in its moving
   * average, is `explodingRise` times the largest of its first 5: from tiny weights gradients grow as well, but not the loss.
   */
  readonly explodingFactor: number;
  readonly explodingRise: number;
  readonly explodingPatience: number;
  /** Update ratio ‖update‖ / ‖weights‖: SageMaker's WeightUpdateRatio has 10 and 1e-8. About 1e-3 is usual (cs231n). */
  readonly ratioHigh: number;
  readonly ratioLow: number;
  readonly ratioPatience: number;
  /**
   * A leap, found at once: one update is so many times the size of the weights, or of what Glorot and Bengio's initializer
   * (2010; √(2 / (fan in + fan out)), the default here) would give them where they are smaller, so that weights that begin
   * at 0 or tiny may grow. At 1 it is as large as all that was there: a thousand times what is usual (cs231n).
   */
  readonly leapRatio: number;
  /** And the loss of the next step is so many times the loss before. Losses of batches differ by less where a net learns. */
  readonly leapRise: number;
  /** Unchanged: no bit of the weight has changed; SageMaker's UnchangedTensor. */
  readonly unchangedPatience: number;
  /** Dead: more than this share of a ReLU layer's units is active on under 1 % of the probe batch; SageMaker's DeadRelu. */
  readonly deadShare: number;
  /** Saturated: more than this share of a layer's outputs lies at a flat end: |tanh| beyond 0.97, a sigmoid as far. */
  readonly saturatedShare: number;
  /**
   * A learning rate is named as the probable cause where an update reached this, measured as a leap is, within the last 10
   * measured steps; or `leapRatio`, however long ago, if the loss has not fallen to `learnedShare` since.
   */
  readonly causeRatio: number;
  /** Training loss has fallen to this share of its first: small gradients and saturated units are then no sign of trouble. */
  readonly learnedShare: number;
}

export const RULE_DEFAULTS: RuleThresholds = {
  vanishingMean: 1e-7,
  vanishingShare: 1e-3,
  vanishingPatience: 10,
  explodingFactor: 100,
  explodingRise: 1.5,
  explodingPatience: 3,
  ratioHigh: 10,
  ratioLow: 1e-8,
  ratioPatience: 10,
  leapRatio: 1,
  leapRise: 1.5,
  unchangedPatience: 10,
  deadShare: 0.5,
  saturatedShare: 0.5,
  causeRatio: 0.1,
  learnedShare: 0.5,
};

/** What is to be judged of one step. */
export interface StepFacts {
  readonly step: number;
  /** `null` where it was not seen. */
  readonly loss: number | null;
  readonly learningRate: number;
  readonly numbers: StepNumbers;
  /** Indices in the run's weights of those in `numbers`. */
  readonly at: readonly number[];
  /** Whether inputs and targets were seen. */
  readonly batchSeen: boolean;
  /** Where the forward pass went wrong: see `findOdd`. */
  readonly firstOdd: FirstOdd;
}

/** What a step did to a weight. */
interface Update {
  readonly step: number;
  readonly weight: number;
  readonly rate: number;
  /** Times the size of the weights, or of what an initializer would give them where they are smaller. */
  readonly size: number;
  readonly updateRms: number;
  readonly weightRms: number;
}

type Open<T> = {-readonly [K in keyof T]: T[K]};

/** What judging a run has to remember. */
export interface Judge {
  readonly thresholds: RuleThresholds;
  readonly weights: readonly RunWeight[];
  readonly findings: RunFinding[];
  readonly streaks: Map<string, number>;
  /** The first measured RMS of each weight's gradient. */
  readonly firsts: Map<number, number[]>;
  /** The largest update of each of the last measured steps. */
  readonly tops: Update[];
  /** The largest update of the run that was a leap. */
  leap: Update | null;
  /** A leap of the step before, whose loss is still to be seen to rise. */
  pending: {readonly update: Update; readonly loss: number} | null;
  /** The weight by which leaps were told. */
  told: number | null;
  firstLoss: number | null;
  /** The largest of the first losses, and how many there were. */
  early: {most: number; n: number};
  smoothLoss: number;
  odd: boolean;
}

export const newJudge = (weights: readonly RunWeight[], findings: RunFinding[], thresholds: Partial<RuleThresholds> = {}): Judge => ({
  thresholds: {...RULE_DEFAULTS, ...thresholds},
  weights,
  findings,
  streaks: new Map(),
  firsts: new Map(),
  tops: [],
  leap: null,
  pending: null,
  told: null,
  firstLoss: null,
  early: {most: -Infinity, n: 0},
  smoothLoss: NaN,
  odd: false,
});

/** Measured steps whose updates may name the cause; those whose RMS, and the losses, that later ones are held against. */
const [RECENT, FIRST] = [10, 5];
/** The moving average of the loss that tells whether anything was learned. */
const SMOOTHING = 0.9;
/** Onsets of NaN told apart in one run. */
const ONSETS = 20;

type Made = Pick<RunFinding, 'rule' | 'key' | 'params'> & Partial<Pick<RunFinding, 'weight' | 'layer' | 'origin' | 'notes'>>;

/** Adds a finding, or has the one there is go on. @returns it where it is new */
function found(judge: Judge, step: number, make: Made, id: string): RunFinding[] {
  const known = judge.streaks.get(`found ${id}`);
  if (known !== undefined) {
    const finding = judge.findings[known] as Open<RunFinding>;
    finding.last = step;
    finding.count++;
    return [];
  }
  const finding: RunFinding = {step, last: step, count: 1, weight: null, layer: null, origin: null, notes: [], ...make};
  judge.streaks.set(`found ${id}`, judge.findings.length);
  judge.findings.push(finding);
  return [finding];
}

/** How often in a row something has held. */
function streak(judge: Judge, id: string, holds: boolean): number {
  const n = holds ? (judge.streaks.get(id) ?? 0) + 1 : 0;
  judge.streaks.set(id, n);
  return n;
}

/** An update beyond numbers is told of only where there is none that numbers tell more of. */
const rank = ({size}: Update): number => (Number.isFinite(size) ? size : 1);
const larger = (a: Update | null, b: Update | null): Update | null => (!a || (b && rank(b) > rank(a)) ? b : a);

/** The learning rate as the probable cause. @param leapsAlone whether updates that were no leap tell nothing here */
function rateNote({tops, leap, weights, thresholds, ...judge}: Judge, leapsAlone = false): Said[] {
  const recent = tops.reduce<Update | null>(larger, null);
  const top = larger(recent && recent.size >= thresholds[leapsAlone ? 'leapRatio' : 'causeRatio'] ? recent : null, hasLearned({...judge, thresholds}) ? null : leap);
  return top ? [{key: keyOf(top, 'watchCauseRate'), params: paramsOf(top, weights)}] : [];
}

/** Sentences of an update, by what there is to say of its size. */
const UPDATES = {
  watchLeap: {zero: 'watchLeapZero', huge: 'watchLeapHuge'},
  watchCauseRate: {zero: 'watchCauseRateZero', huge: 'watchCauseRateHuge'},
} as const;

const keyOf = ({updateRms, weightRms}: Update, key: keyof typeof UPDATES): WordKey => (!Number.isFinite(updateRms) ? UPDATES[key].huge : weightRms === 0 ? UPDATES[key].zero : key);

const paramsOf = ({step, weight, rate, updateRms, weightRms}: Update, weights: readonly RunWeight[]): WordParams => ({step, weight: weights[weight]!.address, rate, rms: updateRms, ...(weightRms > 0 && {ratio: updateRms / weightRms})});

/** The RMS that Glorot and Bengio's initializer gives a weight; 1 for a vector, such as scales of a normalisation. */
function usualRms(shape: readonly number[]): number {
  if (shape.length < 2) return 1;
  const field = shape.slice(0, -2).reduce((n, d) => n * d, 1);
  return Math.sqrt(2 / (field * (shape.at(-2)! + shape.at(-1)!) || 1));
}

/** Whether a weight speaks for its layer: biases go with their kernel, and before a normalisation have no gradient anyway. */
const speaks = (weights: readonly RunWeight[], w: number): boolean => weights[w]!.shape.length > 1 || !weights.some((other) => other.layer === weights[w]!.layer && other.shape.length > 1);

/** Judges one step, in order. @returns the findings that are new */
export function judgeStep(judge: Judge, facts: StepFacts): RunFinding[] {
  const {loss, numbers} = facts;
  const out = [...leapFindings(judge, facts), ...notFinite(judge, facts)];
  if (loss !== null && Number.isFinite(loss)) {
    judge.firstLoss ??= loss;
    if (judge.early.n++ < FIRST) judge.early.most = Math.max(judge.early.most, loss);
    judge.smoothLoss = Number.isNaN(judge.smoothLoss) ? loss : SMOOTHING * judge.smoothLoss + (1 - SMOOTHING) * loss;
  }
  // beside NaN nothing else is worth a word
  if (numbers.measured && !isOdd(facts)) out.push(...measuredFindings(judge, facts, numbers.measured));
  return out;
}

/** Whether anything of a step is not finite. */
export const isOdd = ({numbers}: Pick<StepFacts, 'numbers'>): boolean => numbers.lossOdd || numbers.batchOdd || numbers.gradientOdd.includes(1) || numbers.beforeOdd.includes(1);

/** Whether a loss has risen to so many times what it was; of losses below 0, by as much. */
const rises = (from: number, to: number, times: number): boolean => to - from > (times - 1) * Math.abs(from);

/** A leap at the step before, where the loss has risen since. One finding, of the largest update, speaks for all weights. */
function leapFindings(judge: Judge, {step, loss}: StepFacts): RunFinding[] {
  const {pending, thresholds, weights} = judge;
  judge.pending = null;
  if (!pending || pending.update.step !== step - 1 || loss === null || !rises(pending.loss, loss, thresholds.leapRise)) return [];
  const {update} = pending;
  judge.told ??= update.weight;
  const params = {...paramsOf(update, weights), before: pending.loss, after: loss};
  // in step with what patience finds of the same weight
  return found(judge, update.step, {rule: 'update-high', key: keyOf(update, 'watchLeap'), params, weight: update.weight, layer: weights[update.weight]!.layer}, `update-high ${judge.told}`);
}

function notFinite(judge: Judge, facts: StepFacts): RunFinding[] {
  const {step, loss, numbers, at, batchSeen, firstOdd} = facts;
  const odd = isOdd(facts);
  const goesOn = judge.odd;
  judge.odd = odd;
  if (!odd) return [];
  const onsets = judge.streaks.get('onsets') ?? 0;
  const onset = goesOn || onsets >= ONSETS ? Math.max(0, onsets - 1) : onsets;
  if (onset === onsets) judge.streaks.set('onsets', onsets + 1);
  const gradients = at.filter((_, i) => numbers.gradientOdd[i]);
  const before = at.filter((_, i) => numbers.beforeOdd[i]);
  const origin: OddOrigin = numbers.batchOdd
    ? 'batch'
    : before.length
      ? 'weights'
      : !numbers.lossOdd
        ? 'gradients'
        : typeof firstOdd === 'string'
          ? 'activations'
          : firstOdd === null && batchSeen
            ? 'loss'
            : 'forward';
  // proven: nothing that comes before it in the order was odd, and nothing beside it
  const only = origin === 'weights' && batchSeen && before.length === 1 ? before[0]! : origin === 'gradients' && loss !== null && gradients.length === 1 ? gradients[0]! : null;
  const key: WordKey = ({
    batch: 'watchOddBatch',
    weights: only === null ? 'watchOddWeights' : 'watchOddWeight',
    activations: 'watchOddActivations',
    loss: 'watchOddLoss',
    forward: 'watchOddForward',
    gradients: loss === null ? 'watchOddApplied' : only === null ? 'watchOddGradients' : 'watchOddGradient',
  } as const)[origin];
  const layer = origin === 'activations' ? (firstOdd as string) : only === null ? null : judge.weights[only]!.layer;
  const params = {step, loss: loss ?? '–', n: gradients.length, total: at.length, before: before.length, layer: layer ?? '', weight: only === null ? '' : judge.weights[only]!.address};
  const notes: Said[] = [...(origin === 'batch' ? [] : rateNote(judge)), ...(batchSeen ? [] : [{key: 'watchBatchUnseen' as const, params: {}}])];
  return found(judge, step, {rule: 'not-finite', key, params, weight: only, layer, origin, notes}, `not-finite ${onset}`);
}

function measuredFindings(judge: Judge, {step, loss, learningRate, at}: StepFacts, measured: NonNullable<StepNumbers['measured']>): RunFinding[] {
  const {thresholds: set, weights} = judge;
  const out: RunFinding[] = [];
  const judged = at.map((w, i) => ({w, i, address: weights[w]!.address, layer: weights[w]!.layer})).filter(({w}) => speaks(weights, w));
  let top: Update | null = null;
  for (const {w, i} of judged) {
    const [updateRms, weightRms] = [measured.updateRms[i]!, measured.weightRms[i]!];
    top = larger(top, {step, weight: w, rate: learningRate, size: updateRms / Math.max(weightRms, usualRms(weights[w]!.shape)), updateRms, weightRms});
  }
  if (top) judge.tops.push(top);
  if (judge.tops.length > RECENT) judge.tops.shift();
  if (top && top.size >= set.leapRatio) {
    judge.leap = larger(judge.leap, top);
    if (loss !== null) judge.pending = {update: top, loss};
  }
  const learned = hasLearned(judge);
  const largest = judged.reduce((max, {i}) => (measured.gradientMean[i]! > measured.gradientMean[max]! ? i : max), judged[0]?.i ?? 0);
  const still = judged.every(({i}) => measured.gradientMean[i] === 0);
  for (const {w, i, address, layer} of judged) {
    const mean = measured.gradientMean[i]!;
    const tell = (rule: RunRule, key: WordKey, params: WordParams, notes: readonly Said[] = []): void => {
      out.push(...found(judge, step, {rule, key, params: {weight: address, step, ...params}, weight: w, layer, notes}, `${rule} ${w}`));
    };
    const times = (rule: RunRule, holds: boolean): number => streak(judge, `${rule} ${w}`, holds);

    // an embedding's gradient is 0 but for the few rows looked up
    const small = mean > 0 && mean < set.vanishingMean && weights[w]!.layerType !== 'Embedding';
    const far = mean < set.vanishingShare * measured.gradientMean[largest]!;
    const vanishes = times('vanishing', small && (far || !learned)) >= set.vanishingPatience;
    if (vanishes) {
      tell('vanishing', 'watchVanishing', {mean, limit: set.vanishingMean, largest: measured.gradientMean[largest]!, other: weights[at[largest]!]!.address}, [...rateNote(judge, true), ...flatNote(weights, w)]);
    }

    const rms = measured.gradientRms[i]!;
    const firsts = judge.firsts.get(w) ?? [];
    if (firsts.length < FIRST) judge.firsts.set(w, [...firsts, rms]);
    const usual = firsts.length === FIRST ? [...firsts].sort((a, b) => a - b)[FIRST >> 1]! : Infinity;
    const worse = loss === null || rises(judge.early.most, judge.smoothLoss, set.explodingRise);
    if (times('exploding', usual > 0 && rms > set.explodingFactor * usual && worse) >= set.explodingPatience) {
      tell('exploding', 'watchExploding', {rms, usual, factor: rms / usual, limit: set.explodingFactor}, rateNote(judge));
    }

    const ratio = measured.updateRms[i]! / measured.weightRms[i]!;
    const whole = measured.weightRms[i]! > 0;
    if (times('update-high', whole && ratio > set.ratioHigh) >= set.ratioPatience) tell('update-high', 'watchRatioHigh', {ratio, limit: set.ratioHigh, rate: learningRate});
    // of a gradient that vanishes no learning rate makes a good update
    if (times('update-low', whole && ratio > 0 && ratio < set.ratioLow && mean >= set.vanishingMean && !learned) >= set.ratioPatience) tell('update-low', 'watchRatioLow', {ratio, limit: set.ratioLow, rate: learningRate});

    // all gradients 0 after learning is having arrived; that one vanishes is told already
    if (times('unchanged', measured.updateRms[i] === 0 && !(still && learned) && !vanishes) >= set.unchangedPatience) {
      const key = mean === 0 ? 'watchUnchangedZero' : learningRate === 0 ? 'watchUnchangedRate' : 'watchUnchangedTiny';
      tell('unchanged', key, {n: set.unchangedPatience, mean, rate: learningRate}, mean === 0 ? rateNote(judge, true) : []);
    }
  }
  return out;
}

const hasLearned = ({firstLoss, smoothLoss, thresholds}: Pick<Judge, 'firstLoss' | 'smoothLoss' | 'thresholds'>): boolean => firstLoss !== null && smoothLoss < thresholds.learnedShare * firstLoss;

/** Flat functions on the way of the gradient, as the probable cause. */
function flatNote(weights: readonly RunWeight[], from: number): Said[] {
  const flat = new Map<string, string>();
  for (const {layer, activation} of weights.slice(from)) if (activation && /^(sigmoid|tanh|hard_?sigmoid)$/i.test(activation)) flat.set(layer, activation);
  return flat.size > 1 ? [{key: 'watchCauseFlat', params: {n: flat.size, activation: [...new Set(flat.values())].join(', ')}}] : [];
}

/** Judges what the probe batch showed at a step; `step` −1 is before the first. @returns the findings that are new */
export function judgeUnits(judge: Judge, step: number, layers: readonly ProbedLayer[], shares: Float32Array): RunFinding[] {
  return layers.flatMap(({layer, kind, activation}, i) => {
    const limit = judge.thresholds[kind === 'dead' ? 'deadShare' : 'saturatedShare'];
    const share = shares[i]!;
    // what has learned with saturated units may have found its answer there
    if (!(share > limit) || (kind === 'saturated' && hasLearned(judge))) return [];
    const notes = step < 0 ? [{key: 'watchCauseStart' as const, params: {}}] : rateNote(judge);
    return found(judge, step, {rule: kind, key: kind === 'dead' ? 'watchDead' : 'watchSaturated', params: {layer, activation, step, share: 100 * share, limit: 100 * limit}, layer, notes}, `${kind} ${layer}`);
  });
}

/** A finding in words, its notes included; numbers to three digits as the language writes them. */
export function sayFinding(finding: Pick<RunFinding, 'key' | 'params' | 'notes'>, lang = 'en'): string {
  return [finding, ...finding.notes].map(({key, params}) => say(lang, key, Object.fromEntries(Object.entries(params).map(([name, v]) => [name, typeof v === 'number' ? numberText(v, lang) : v])))).join(' ');
}

function numberText(v: number, lang: string): string {
  if (!Number.isFinite(v)) return String(v).replace('Infinity', '∞');
  const far = v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6);
  if (Number.isInteger(v) && !far) return v.toLocaleString(lang, {useGrouping: false});
  return far ? v.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e') : v.toLocaleString(lang, {maximumSignificantDigits: 3, useGrouping: false});
}
