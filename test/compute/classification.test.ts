import {expect} from 'chai';
import {brierScore, brierScoreSteps, logLoss, logLossSteps, topKAccuracy, topKAccuracySteps} from '../../src/compute/classification.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json} from '../helpers.js';

// the numbers that follow from a confusion matrix are tested in confusion.test.ts

interface Case {
  name: string;
  n: number;
  c: number;
  truth: number[];
  probabilities: number[];
  weights: number[] | null;
  logLoss: number;
  logLoss32: number;
  brier: number;
  topK: (number | null)[];
}

describe('scores of probabilities', () => {
  it('are those of scikit-learn 1.9.1', async () => {
    const {probabilities, topKTies} = await json<{probabilities: Case[]; topKTies: Pick<Case, 'truth' | 'n' | 'c'> & {scores: number[]; topK: number[]}}>('refs/sklearn_metrics_cases.json');
    for (const {name, n, c, truth, probabilities: p, weights, topK, ...ref} of probabilities) {
      const options = {sampleWeight: weights ?? undefined};
      // the first row is certain and wrong: what comes of that is the clipping
      expect(logLoss(truth, p, n, c, options), name).to.be.closeTo(ref.logLoss, 1e-12);
      expect(logLoss(truth, Float32Array.from(p), n, c, options), name).to.be.closeTo(ref.logLoss32, 1e-7);
      expect(brierScore(truth, p, n, c, options), name).to.be.closeTo(ref.brier, 1e-12);
      topK.forEach((v, i) => v !== null && expect(topKAccuracy(truth, p, n, c, i + 1, options), name).to.be.closeTo(v, 1e-12));
      if (c > 2) continue;
      const column = p.filter((_, i) => i % 2);
      expect(logLoss(truth, column, n, 1, options)).to.be.closeTo(ref.logLoss, 1e-12);
      expect(brierScore(truth, column, n, 1, options)).to.be.closeTo(ref.brier, 1e-12);
    }
    topKTies.topK.forEach((v, i) => expect(topKAccuracy(topKTies.truth, topKTies.scores, 3, 3, i + 1)).to.be.closeTo(v, 1e-12));
  });

  it('are those of scikit-learn 1.2.1 on iris and breast_cancer', async () => {
    for (const file of ['iris', 'breast_cancer']) {
      const ref = await json<{y_true: number[]; y_score: number[][]; log_loss: number; top2_accuracy?: number; accuracy: number; per_class: {cls: number; brier: number}[]}>(`refs/sklearn_metrics_${file}.json`);
      const n = ref.y_true.length;
      const c = ref.y_score[0]!.length;
      // rows that sum to 0.999999: that version made them sum to 1
      expect(logLoss(ref.y_true, ref.y_score.flat(), n, c)).to.be.closeTo(ref.log_loss, 1e-12);
      if (ref.top2_accuracy) expect(topKAccuracy(ref.y_true, ref.y_score.flat(), n, c, 2)).to.equal(ref.top2_accuracy);
      expect(topKAccuracy(ref.y_true, ref.y_score.flat(), n, c, 1)).to.be.closeTo(ref.accuracy, 1e-12);
      for (const {cls, brier} of ref.per_class) {
        const own = brierScore(ref.y_true.map((y) => Number(y === cls)), ref.y_score.map((row) => row[cls]!), n, 1);
        expect(own).to.be.closeTo(brier, 1e-12);
      }
    }
  });

  it('are those of the docstrings of scikit-learn', () => {
    expect(logLoss([1, 0, 0, 1], [0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65], 4, 2)).to.be.closeTo(0.21616, 5e-6);
    expect(brierScore([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3], 4, 1)).to.be.closeTo(0.0375, 1e-15);
    const scores = [0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1];
    expect(topKAccuracy([0, 1, 2, 2], scores, 4, 3, 2)).to.equal(0.75);
  });

  it('of more than two classes have a Brier score up to 2', () => {
    expect(brierScore([0], [0, 1, 0], 1, 3)).to.equal(2);
    expect(brierScore([0], [0, 1], 1, 2)).to.equal(1);
    expect(brierScore([2], [0.2, 0.3, 0.5], 1, 3)).to.be.closeTo(0.04 + 0.09 + 0.25, 1e-15);
  });

  it('are clipped by the precision of the numbers', () => {
    expect(logLoss([1], [0], 1, 1)).to.be.closeTo(52 * Math.LN2, 1e-12);
    expect(logLoss([1], Float32Array.of(0), 1, 1)).to.be.closeTo(23 * Math.LN2, 1e-12);
  });

  it('are NaN where a score is, or nothing weighs anything', () => {
    expect(logLoss([0, 1], [0.5, NaN], 2, 1)).to.satisfy(Number.isNaN);
    expect(brierScore([0, 1], [0.5, NaN], 2, 1)).to.satisfy(Number.isNaN);
    expect(topKAccuracy([0, 1], [0.5, 0.5, NaN, 1], 2, 2, 1)).to.satisfy(Number.isNaN);
    expect(topKAccuracy([0, 1], [0.5, 0.5, 1, NaN], 2, 2, 2)).to.satisfy(Number.isNaN);
    expect(logLoss([], [], 0, 2)).to.satisfy(Number.isNaN);
    expect(brierScore([1], [0.5], 1, 1, {sampleWeight: [0]})).to.satisfy(Number.isNaN);
  });

  it('refuse what is no probability or class', async () => {
    const keyOf = async (run: () => unknown): Promise<string> => ((await failure(run)) as Problem).key;
    expect(await keyOf(() => logLoss([0], [1.5, -0.5], 1, 2))).to.equal('metricsProbability');
    expect(await keyOf(() => brierScore([0], [1.5], 1, 1))).to.equal('metricsProbability');
    expect(await keyOf(() => logLoss([2], [0.5, 0.5], 1, 2))).to.equal('metricsLabelRange');
    expect(await keyOf(() => topKAccuracy([0, 1], [0.5, 0.5], 1, 2, 1))).to.equal('metricsLength');
  });

  it('are taken of a million numbers, letting others in', () => {
    const [n, c] = [100_000, 10];
    const truth = Int32Array.from({length: n}, (_, i) => i % c);
    const uniform = new Float64Array(n * c).fill(0.1);
    for (const [steps, expected] of [[logLossSteps(truth, uniform, n, c), Math.log(10)], [brierScoreSteps(truth, uniform, n, c), 0.9], [topKAccuracySteps(truth, uniform, n, c, 3), 0.3]] as const) {
      let yields = 0;
      for (let step = steps.next(); ; step = steps.next(), yields++) {
        if (!step.done) continue;
        expect(step.value).to.be.closeTo(expected, 1e-9);
        break;
      }
      expect(yields).to.be.at.least(20);
    }
  });
});
