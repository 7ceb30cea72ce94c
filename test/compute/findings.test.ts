import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {directionOf} from '../../src/compute/direction.js';
import {bestEpoch, type Finding, type FindingOptions, type FindingRule, findingsOf, gapOf, sayFinding} from '../../src/compute/findings.js';
import {readHistory} from '../../src/compute/history.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, random} from '../helpers.js';
import {baselineOf, type Examples, fashion, iris, type Log, penguins, type Plan, train, xor} from './training-runs.js';

const judge = (log: Log, options?: FindingOptions): Finding[] => findingsOf(readHistory(log), options);
const rulesOf = (log: Log, options?: FindingOptions): FindingRule[] => judge(log, options).map((f) => f.rule);
const mean = (y: readonly number[]): number => y.reduce((sum, v) => sum + v, 0) / y.length;
/** Means of three epochs in a row. */
const threes = (y: readonly number[]): number[] => y.slice(2).map((_, i) => mean(y.slice(i, i + 3)));

/** How far validation loss ends above its lowest, as a share of it: by means of three raw values, not by what the rules look at. */
const riseOf = ({val_loss: y}: Log): number => threes(y!).at(-1)! / Math.min(...threes(y!)) - 1;

interface Run {
  readonly name: string;
  readonly log: Log;
  /** Of the training accuracy, or of the loss. */
  readonly baseline: number;
}

async function trained(sets: Record<string, Examples>, plans: readonly (Plan & {readonly set: string})[]): Promise<Run[]> {
  const out: Run[] = [];
  for (const plan of plans) out.push({name: JSON.stringify(plan), log: await train(sets[plan.set]!, plan), baseline: baselineOf(sets[plan.set]!)});
  return out;
}

/** Exponential decays with noise that does not fade. */
function decays(count: number): Run[] {
  return Array.from({length: count}, (_, k) => {
    const next = random(k + 1);
    const noise = (): number => next() + next() + next() + next() - 2;
    const n = 20 + Math.floor(100 * next());
    const [pace, height, floor, gap] = [n / (2 + 3 * next()), 0.5 + 2 * next(), 0.02 + 0.5 * next(), 0.3 * next()];
    const [shake, shakeValidation] = [0.05 * next() * height, 0.1 * next() * height];
    const log: Log = {loss: [], val_loss: []};
    for (let t = 0; t < n; t++) {
      const v = height * (Math.exp(-t / pace) + floor);
      log.loss!.push(v + shake * noise());
      log.val_loss!.push(v * (1 + gap) + shakeValidation * noise());
    }
    return {name: `decay ${k}`, log, baseline: height * (1 + floor)};
  });
}

/** How many runs each rule fires on. */
function alarms(runs: readonly Run[]): Partial<Record<FindingRule, number>> {
  const out: Partial<Record<FindingRule, number>> = {};
  for (const {log, baseline} of runs) for (const rule of new Set(rulesOf(log, {baseline}))) out[rule] = (out[rule] ?? 0) + 1;
  return out;
}

/** Those of a rule, once a run. */
const hits = (runs: readonly Run[], rule: FindingRule): number => alarms(runs)[rule] ?? 0;
const short = (v: number): string => String(Number(v.toPrecision(3)));

describe('findings', () => {
  let sets: Record<string, Examples>;
  before(async () => {
    await tf.setBackend('cpu');
    const {species, mass} = await penguins();
    sets = {iris: await iris(), species, mass, fashion: await fashion(), xor};
  });

  it('raise no alarm on 30 nets that trained well, at no epoch of their training', async () => {
    const plans = [1, 2, 3].flatMap((seed): (Plan & {set: string})[] => [
      {set: 'iris', hidden: [], optimizer: 'sgd', rate: 0.2, epochs: 40, batch: 32, seed},
      {set: 'iris', hidden: [8], optimizer: 'adam', rate: 0.02, epochs: 25, batch: 32, seed},
      {set: 'iris', hidden: [16], activation: 'tanh', dropout: 0.2, optimizer: 'momentum', rate: 0.03, epochs: 20, batch: 32, seed},
      {set: 'species', hidden: [], optimizer: 'adam', rate: 0.03, epochs: 30, batch: 32, seed},
      {set: 'species', hidden: [8], optimizer: 'rmsprop', rate: 0.003, epochs: 25, batch: 32, seed},
      {set: 'species', hidden: [16], dropout: 0.3, optimizer: 'sgd', rate: 0.1, epochs: 25, batch: 32, seed},
      {set: 'mass', hidden: [8], activation: 'tanh', optimizer: 'adam', rate: 0.005, epochs: 25, batch: 32, seed},
      {set: 'mass', hidden: [], optimizer: 'sgd', rate: 0.01, epochs: 25, batch: 32, seed},
      {set: 'fashion', hidden: [16], optimizer: 'adam', rate: 0.005, epochs: 12, batch: 64, seed, examples: 400},
      {set: 'fashion', hidden: [16], dropout: 0.2, optimizer: 'momentum', rate: 0.03, epochs: 12, batch: 64, seed, examples: 400},
    ]);
    const runs = await trained(sets, plans);
    expect(runs.length).to.equal(30);
    for (const {name, log} of runs) {
      expect(riseOf(log), name).to.be.below(0.02);
      expect(log.loss!.at(-1), name).to.be.below(0.7 * log.loss![0]!);
    }
    // allowed: none
    expect(alarms(runs)).to.deep.equal({});
    const prefixes = runs.flatMap(({name, log, baseline}) =>
      log.loss!.map((_, n) => ({name: `${name} up to ${n}`, baseline, log: Object.fromEntries(Object.entries(log).map(([k, v]) => [k, v.slice(0, n + 1)]))})),
    );
    expect(alarms(prefixes)).to.deep.equal({});
  });

  it('raise next to no alarm on 400 noisy decays', () => {
    const found = alarms(decays(400));
    // allowed: 1 % of plateaus and of overfitting, nothing else
    for (const rule of ['plateau', 'overfitting'] as const) expect(found[rule] ?? 0, rule).to.be.at.most(4);
    for (const rule of ['not-finite', 'divergence', 'underfitting'] as const) expect(found[rule] ?? 0, rule).to.equal(0);
  });

  it('find every net that overfits', async () => {
    const plans = [1, 2, 3].flatMap((seed): (Plan & {set: string})[] => [
      {set: 'fashion', hidden: [64], optimizer: 'adam', rate: 0.01, epochs: 60, batch: 32, seed, examples: 60},
      {set: 'fashion', hidden: [32, 32], activation: 'tanh', optimizer: 'rmsprop', rate: 0.005, epochs: 50, batch: 20, seed, examples: 40},
      {set: 'mass', hidden: [64], optimizer: 'adam', rate: 0.02, epochs: 80, batch: 8, seed, examples: 16},
      {set: 'iris', hidden: [64], optimizer: 'adam', rate: 0.02, epochs: 80, batch: 12, seed, examples: 12},
    ]);
    const runs = (await trained(sets, plans)).filter(({log}) => riseOf(log) > 0.05);
    expect(runs.length).to.be.at.least(10);
    for (const {name, log} of runs) {
      const found = judge(log).find((f) => f.rule === 'overfitting');
      expect(found?.series, name).to.equal('val_loss');
      expect(log.val_loss![found!.from], name).to.be.below(1.1 * Math.min(...threes(log.val_loss!)));
      expect(found!.to).to.equal(log.val_loss!.length - 1);
      expect(found!.numbers.last).to.be.above(found!.numbers.best!);
      expect(found!.numbers.trainLast).to.be.below(found!.numbers.trainBest!);
    }
    expect(runs.filter(({log}) => rulesOf(log).some((rule) => rule !== 'overfitting')).length).to.equal(0);
  });

  it('find every net that diverges, and the epoch at which it is no number any more', async () => {
    const plans = [1, 2].flatMap((seed): (Plan & {set: string})[] => [
      {set: 'mass', hidden: [], optimizer: 'sgd', rate: 0.6, epochs: 20, batch: 240, seed},
      {set: 'mass', hidden: [], optimizer: 'sgd', rate: 1.2, epochs: 12, batch: 32, seed},
      {set: 'mass', hidden: [16], activation: 'tanh', optimizer: 'sgd', rate: 3, epochs: 20, batch: 64, seed},
      {set: 'mass', hidden: [16], optimizer: 'sgd', rate: 1, epochs: 10, batch: 64, seed},
    ]);
    const runs = await trained(sets, plans);
    for (const {name, log} of runs) {
      const rules = rulesOf(log);
      const broken = log.loss!.findIndex((v) => !Number.isFinite(v));
      // one finite epoch shows no rise
      expect(rules.includes('divergence'), name).to.equal(broken !== 1);
      expect(rules).not.to.include('overfitting');
      const lost = judge(log).find((f) => f.rule === 'not-finite' && f.series === 'loss');
      expect(lost?.from ?? -1, name).to.equal(broken);
    }
    expect(hits(runs, 'divergence')).to.equal(6);
    expect(hits(runs, 'not-finite')).to.equal(6);
  });

  it('find every net that learns nothing, where they know what nothing is', async () => {
    const plans = [1, 2, 3].flatMap((seed): (Plan & {set: string})[] => [
      {set: 'iris', hidden: [16], optimizer: 'adam', rate: 1e-6, epochs: 12, batch: 32, seed},
      {set: 'species', hidden: [16], optimizer: 'adam', rate: 1e-6, epochs: 12, batch: 32, seed},
      {set: 'mass', hidden: [16], optimizer: 'sgd', rate: 1e-6, epochs: 12, batch: 32, seed},
      {set: 'fashion', hidden: [16], optimizer: 'sgd', rate: 1e-6, epochs: 8, batch: 64, seed},
      {set: 'xor', hidden: [], optimizer: 'sgd', rate: 0.5, epochs: 40, batch: 280, seed},
    ]);
    const runs = await trained(sets, plans);
    // by chance an untrained net may do better than that
    const none = runs.filter(({log, baseline}) => (log.acc ? log.acc.at(-1)! < baseline + 0.1 * (1 - baseline) : log.loss!.at(-1)! > 0.9 * baseline));
    expect(none.length).to.be.at.least(13);
    expect(hits(none, 'underfitting')).to.equal(none.length);
    expect(runs.filter(({log}) => rulesOf(log).includes('underfitting')).length, 'without a baseline').to.equal(0);
  });

  it('say since when a loss has been flat', () => {
    const loss = Array.from({length: 40}, (_, i) => (i < 20 ? 1 - 0.04 * i : 0.2));
    const [found, ...others] = judge({loss}, {smoothing: 0});
    expect(others).to.deep.equal([]);
    expect(found).to.deep.include({rule: 'plateau', series: 'loss', from: 20, to: 39, fromX: 20, toX: 39});
    expect(found!.numbers).to.deep.equal({value: 0.2});
    expect(sayFinding('en', found!, 'epoch', short)).to.equal('Plateau: from epoch 20 to epoch 39, loss became no better than 0.2 (smoothed).');
    // not long enough: 10 epochs, and a third of the run
    expect(rulesOf({loss: loss.slice(0, 31)}, {smoothing: 0})).to.deep.equal([]);
    expect(rulesOf({loss: loss.slice(0, 32)}, {smoothing: 0})).to.deep.equal(['plateau']);
    expect(rulesOf({loss}, {smoothing: 0, plateauShare: 0.5})).to.deep.equal([]);
    expect(rulesOf({loss}, {smoothing: 0, plateauPatience: 20})).to.deep.equal([]);
    // 1e-3 an epoch is an improvement, 1e-5 is none
    const slow = (rate: number): number[] => loss.map((v, i) => v * (1 - rate) ** i);
    expect(rulesOf({loss: slow(1e-3)}, {smoothing: 0})).to.deep.equal([]);
    expect(rulesOf({loss: slow(1e-6)}, {smoothing: 0})).to.deep.equal(['plateau']);
  });

  it('tell overfitting by their own numbers', () => {
    // validation is lowest at 4 and rises by 2 % an epoch; training falls by a tenth each
    const log = {loss: Array.from({length: 10}, (_, i) => 0.9 ** i), val_loss: [2, 1.7, 1.4, 1.2, 1, 1.02, 1.04, 1.06, 1.08, 1.1]};
    const [found, ...others] = judge(log, {smoothing: 0});
    expect(others).to.deep.equal([]);
    expect(found).to.deep.include({rule: 'overfitting', series: 'val_loss', from: 4, to: 9});
    expect(found!.numbers).to.deep.equal({best: 1, last: 1.1, trainBest: 0.9 ** 4, trainLast: 0.9 ** 9});
    expect(sayFinding('en', found!, 'epoch', short)).to.equal('Overfitting: val_loss was lowest at epoch 4 (1) and had risen to 1.1 by epoch 9, while loss fell from 0.656 to 0.387 (all smoothed).');
    const four = Object.fromEntries(Object.entries(log).map(([k, v]) => [k, v.slice(0, 9)]));
    expect(rulesOf(four, {smoothing: 0}), 'four epochs').to.deep.equal([]);
    expect(rulesOf(four, {smoothing: 0, overfitPatience: 4})).to.deep.equal(['overfitting']);
    // the mean of the last five is 6 % above
    expect(rulesOf(log, {smoothing: 0, overfitRise: 0.05})).to.deep.equal(['overfitting']);
    expect(rulesOf(log, {smoothing: 0, overfitRise: 0.07})).to.deep.equal([]);
    expect(rulesOf({...log, loss: log.loss.map((_, i) => 1 + i)}, {smoothing: 0}), 'training rises too').not.to.include('overfitting');
    expect(rulesOf({val_loss: log.val_loss}, {smoothing: 0}), 'no training loss').not.to.include('overfitting');
  });

  it('count evaluations where validation is not logged in every epoch', () => {
    const sparse = [2, 1.5, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7].flatMap((v) => [null, null, v]);
    const run = readHistory({loss: sparse.map((_, i) => 0.9 ** i), val_loss: sparse});
    expect(findingsOf(run).map((f) => f.rule)).to.deep.equal(['overfitting']);
    expect(findingsOf(run, {smoothing: 0})[0]).to.deep.include({from: 8, to: 29});
    expect(bestEpoch(run)).to.deep.equal({series: 'val_loss', row: 8, x: 8, value: 1});
  });

  it('tell divergence by its start and its best', () => {
    const log = {loss: [2, 1, 0.5, 0.6, 2.5, 3, 4]};
    const [found, ...others] = judge(log);
    expect(others).to.deep.equal([]);
    expect(found).to.deep.include({rule: 'divergence', series: 'loss', from: 4, to: 6, numbers: {best: 0.5, bestX: 2, last: 4}});
    expect(sayFinding('en', found!, 'step', short)).to.equal('Training diverges: loss was 0.5 at step 2 and is 4 now, above its start since step 4.');
    expect(rulesOf({loss: log.loss.slice(0, 6)}), 'two epochs').to.deep.equal([]);
    expect(rulesOf({loss: [...log.loss, 0.4]}), 'back again').to.deep.equal([]);
    expect(rulesOf({loss: [2, 1, 0.5, 0.6, 1.9, 1.9, 1.9]}), 'not above its start').to.deep.equal([]);
    expect(rulesOf({loss: [2, 1, 1, 1, 2.5, 2.6, 2.7]}), 'not thrice its best').to.deep.equal([]);
    expect(rulesOf({loss: [2, 1, 0.5, 0.6, 2.5, NaN, NaN]})).to.deep.equal(['not-finite', 'divergence']);
    expect(rulesOf({loss: [-1, -5, -10, 11, 12, 13]}), 'below 0, as far above').to.deep.equal(['divergence']);
    expect(rulesOf({loss: [-1, -5, -10, 9, 9, 9]})).to.deep.equal([]);
  });

  it('name the first epoch at which each series is not finite, and no gap', () => {
    const run = readHistory({epoch: [5, 6, 7, 8], history: {loss: [1, 0.5, NaN, Infinity], val_loss: [null, -Infinity, null, NaN], acc: [0.1, 0.2, 0.3, null]}});
    const found = findingsOf(run);
    expect(found.map(({series, fromX, toX, numbers}) => [series, fromX, toX, numbers.value, numbers.n])).to.deep.equal([['val_loss', 6, 8, -Infinity, 2], ['loss', 7, 8, NaN, 2]]);
    expect(sayFinding('en', found[1]!, 'epoch', String)).to.equal('loss is NaN at epoch 7; 2 values are not finite.');
    expect(rulesOf({loss: [NaN]})).to.deep.equal(['not-finite']);
  });

  it('go by the epoch where rows are batches, and by a hundredth where there are only steps', () => {
    const next = random(3);
    const logs = Array.from({length: 2000}, (_, i) => ({epoch: Math.floor(i / 100), batch: i % 100, loss: Math.exp(-i / 800) + 0.5 * next()}));
    expect(findingsOf(readHistory(logs))).to.deep.equal([]);
    expect(findingsOf(readHistory(logs.map(({loss}, step) => ({step, loss}))))).to.deep.equal([]);
    const flat = findingsOf(readHistory(logs.map((l, i) => ({...l, loss: i < 500 ? l.loss : 3 + 0.01 * l.batch}))));
    // from epoch 5 on, whose last row is 599, the mean is 3.5: above three times epoch 4's
    expect(flat.map(({rule, from, to}) => [rule, from, to])).to.deep.equal([['divergence', 599, 1999]]);
  });

  it('claim underfitting by the metric that the baseline is of', async () => {
    const always = (v: number): number[] => Array.from({length: 10}, () => v);
    const log = {loss: always(0.69), acc: always(0.53), val_loss: always(0.7)};
    const [found] = judge(log, {baseline: 0.5}).filter((f) => f.rule === 'underfitting');
    expect(found).to.deep.include({series: 'loss', from: 0, to: 9, names: {metric: 'acc'}});
    expect(found!.numbers.score).to.be.closeTo(0.53, 1e-12);
    expect(sayFinding('en', found!, 'epoch', short)).to.equal('Underfitting: loss is flat since epoch 0, and acc is 0.53; a model that has learned nothing has 0.5.');
    const claims = (options: FindingOptions, more = {}): boolean => rulesOf({...log, ...more}, options).includes('underfitting');
    // 0.53 is 6 % of the way from 0.5 to 1; 0.69 is 0.4 % of that from ln 2 to 0
    expect(claims({baseline: 0.5, margin: 0.05})).to.equal(false);
    expect(claims({baseline: Math.LN2, baselineMetric: 'loss'})).to.equal(true);
    expect(claims({baseline: 0.8, baselineMetric: 'loss'})).to.equal(false);
    expect(claims({baseline: 0.5}, {val_loss: [...log.val_loss.slice(0, 8), 0.6, 0.5]}), 'validation still falls').to.equal(false);
    expect(claims({baseline: 0.5, flatPatience: 10})).to.equal(false);
    expect(claims({baseline: 1})).to.equal(false);
    const problem = (await failure(() => judge(log, {baseline: 0.5, baselineMetric: 'auc'}))) as Problem;
    expect(problem.params).to.deep.equal({name: 'auc', names: 'loss, acc'});
  });

  it('give the best epoch and the gap', () => {
    const run = readHistory({loss: [3, 2, 1, 0.5], val_loss: [4, 2.5, NaN, 2.5], acc: [0.1, 0.9, 0.2, 0.9]});
    expect(bestEpoch(run)).to.deep.equal({series: 'val_loss', row: 1, x: 1, value: 2.5});
    expect(gapOf(run)).to.deep.equal({
      training: 'loss',
      validation: 'val_loss',
      best: {row: 1, x: 1, training: 2, validation: 2.5, gap: 0.5},
      last: {row: 3, x: 3, training: 0.5, validation: 2.5, gap: 2},
    });
    expect(bestEpoch(readHistory({acc: [0.1, 0.9, 0.2, 0.9], lr: [1, 1, 1, 1]}))).to.deep.equal({series: 'acc', row: 1, x: 1, value: 0.9});
    expect(bestEpoch(readHistory({lr: [3, 2, 1]}))).to.equal(null);
    expect(bestEpoch(readHistory({loss: [NaN, NaN]}))).to.equal(null);
    expect(gapOf(readHistory({loss: [3, 2]}))).to.equal(null);
    expect(gapOf(readHistory({mse: [3, 2], val_mse: [4, 4]}))!.last.gap).to.equal(2);
  });
});

describe('direction of a metric', () => {
  it('is known by the end of its name', () => {
    const names: Record<string, string> = {
      lower:
        'loss val_loss train/loss dense_1_loss dice_loss mse val_mae meanSquaredError mean_absolute_error root_mean_squared_error categorical_crossentropy sparseCategoricalCrossentropy binary_cross_entropy kullback_leibler_divergence perplexity top_5_error logcosh hinge train_loss_epoch acc_loss',
      higher:
        'acc accuracy val_acc binaryAccuracy categorical_accuracy top_k_categorical_accuracy out1_accuracy acc_1 auc AUC val_auc_2 precision recall precision_at_recall f1 f1_score fbeta_score r2 r2_score mean_io_u meanIoU iou val_dice_coefficient dice_coef cosine_similarity loss_accuracy eval_accuracy macro_f1',
      unknown: 'lr learning_rate true_positives grad_norm time Value cosine_proximity accuracy_std loss_scale x 7',
    };
    for (const [direction, list] of Object.entries(names)) for (const name of list.split(' ')) expect(directionOf(name) ?? 'unknown', name).to.equal(direction);
  });
});
