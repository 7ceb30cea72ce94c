import {expect} from 'chai';
import {calibrationCurve, calibrationCurveSteps, calibrationError, calibrationErrorSteps} from '../../src/compute/calibration.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json, random} from '../helpers.js';

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(got.length, what).to.equal(expected.length);
  for (let i = 0; i < got.length; i++) expect(got[i], `${what} ${i}`).to.be.closeTo(expected[i]!, 1e-12);
}

describe('calibration', () => {
  it('curve is that of scikit-learn 1.9.1, uniform and by quantiles', async () => {
    const {calibration: ref} = await json<{calibration: {labels: number[]; probabilities: number[]; curves: {bins: number; strategy: 'uniform' | 'quantile'; fraction: number[]; mean: number[]}[]}}>('refs/sklearn_metrics_cases.json');
    for (const {bins, strategy, fraction, mean} of ref.curves) {
      const curve = calibrationCurve(ref.labels, ref.probabilities, {bins, strategy});
      expectClose(curve.fractionOfPositives, fraction, `${strategy} ${bins}`);
      expectClose(curve.meanPredicted, mean, `${strategy} ${bins}`);
      expect(curve.count.reduce((a, b) => a + b)).to.equal(ref.labels.length);
      curve.count.forEach((n, i) => {
        const inside = ref.probabilities.filter((p) => (p > curve.lower[i]! || (i === 0 && p === curve.lower[0])) && p <= curve.upper[i]!);
        expect(inside.length).to.equal(n);
      });
    }
  });

  it('curve is that of scikit-learn 1.2.1 on iris and breast_cancer', async () => {
    for (const file of ['iris', 'breast_cancer']) {
      const ref = await json<{y_true: number[]; y_score: number[][]; per_class: {cls: number; calibration_uniform10: {prob_true: number[]; prob_pred: number[]}}[]}>(`refs/sklearn_metrics_${file}.json`);
      for (const {cls, calibration_uniform10: {prob_true, prob_pred}} of ref.per_class) {
        const curve = calibrationCurve(ref.y_true.map((y) => Number(y === cls)), ref.y_score.map((row) => row[cls]!), {bins: 10});
        expectClose(curve.fractionOfPositives, prob_true, `${file} ${cls}`);
        expectClose(curve.meanPredicted, prob_pred, `${file} ${cls}`);
      }
    }
  });

  it('curve is that of the docstring', () => {
    const curve = calibrationCurve([0, 0, 0, 0, 1, 1, 1, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1], {bins: 3});
    expectClose(curve.fractionOfPositives, [0, 0.5, 1], 'positives');
    expectClose(curve.meanPredicted, [0.2, 0.525, 0.85], 'predicted');
    expect(Array.from(curve.count)).to.deep.equal([3, 2, 4]);
    expectClose(curve.upper, [1 / 3, 2 / 3, 1], 'edges');
  });

  it('curve leaves out empty bins, and says why it has none', () => {
    expect(calibrationCurve([1, 0], [0.1, 0.9], {bins: 4})).to.deep.equal({fractionOfPositives: Float64Array.of(1, 0), meanPredicted: Float64Array.of(0.1, 0.9), count: Float64Array.of(1, 1), lower: Float64Array.of(0, 0.75), upper: Float64Array.of(0.25, 1)});
    expect(calibrationCurve([], [])).to.include({reason: 'empty'});
    expect(calibrationCurve([1, 0], [0.1, NaN])).to.include({reason: 'nan-scores'});
    // 2 / 3 by way of per cent is a little less, so that 0.5 lies over that quantile; scikit-learn 1.9.1 says means 0, 0.25 and 0.75
    expect(Array.from(calibrationCurve([0, 1, 0, 1], [0, 0.25, 0.5, 1], {bins: 3, strategy: 'quantile'}).meanPredicted)).to.deep.equal([0, 0.25, 0.75]);
    // all of one probability: the quantiles are one value
    expect(Array.from(calibrationCurve([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], {strategy: 'quantile'}).count)).to.deep.equal([4]);
  });

  it('error is Σ share · |accuracy − confidence|, by hand and by numpy', async () => {
    // bins (0, 0.5] and (0.5, 1]: of the first, 1 of 2 is right at 0.4; of the second, 1 of 2 at 0.75
    const {ece, mce, ...bins} = calibrationError([0.3, 0.5, 0.6, 0.9], [true, false, true, false], {bins: 2});
    expect(ece).to.be.closeTo(0.5 * 0.1 + 0.5 * 0.25, 1e-15);
    expect(mce).to.be.closeTo(0.25, 1e-15);
    expect(bins).to.deep.equal({lower: Float64Array.of(0, 0.5), upper: Float64Array.of(0.5, 1), count: Float64Array.of(2, 2), accuracy: Float64Array.of(0.5, 0.5), confidence: Float64Array.of(0.4, 0.75)});
    const {calibration: ref} = await json<{calibration: {labels: number[]; probabilities: number[]; ece: {ece: number; mce: number; count: number[]}}}>('refs/sklearn_metrics_cases.json');
    const own = calibrationError(ref.probabilities, ref.labels);
    expect(own.ece).to.be.closeTo(ref.ece.ece, 1e-12);
    expect(own.mce).to.be.closeTo(ref.ece.mce, 1e-12);
    expect(Array.from(own.count)).to.deep.equal(ref.ece.count);
  });

  it('error counts a confidence of 0 in the first bin, and one on an edge in the bin below it', () => {
    const {count, ece, accuracy} = calibrationError([0, 0.2, 0.4, 1], [1, 0, 0, 1], {bins: 5});
    expect(Array.from(count)).to.deep.equal([2, 1, 0, 0, 1]);
    expect(accuracy[3]).to.satisfy(Number.isNaN);
    expect(ece).to.be.closeTo(0.5 * 0.4 + 0.25 * 0.4, 1e-15);
  });

  it('error is undefined of nothing and of NaN', () => {
    const {ece, mce, reason} = calibrationError([0.5, NaN], [1, 1]);
    expect([ece, mce, reason]).to.deep.equal([NaN, NaN, 'nan-scores']);
    expect(calibrationError([], [])).to.deep.include({ece: NaN, reason: 'empty'});
  });

  it('refuses what is no probability, label or number of bins', async () => {
    const keyOf = async (run: () => unknown): Promise<string> => ((await failure(run)) as Problem).key;
    expect(await keyOf(() => calibrationCurve([1], [1.2]))).to.equal('metricsProbability');
    expect(await keyOf(() => calibrationCurve([2], [1]))).to.equal('metricsLabelBinary');
    expect(await keyOf(() => calibrationCurve([1], [1], {bins: 0}))).to.equal('metricsBins');
    expect(await keyOf(() => calibrationError([-0.1], [1]))).to.equal('metricsProbability');
    expect(await keyOf(() => calibrationError([0.1], [1], {bins: 2.5}))).to.equal('metricsBins');
    expect(await keyOf(() => calibrationError([0.1], []))).to.equal('metricsLength');
  });

  it('takes a million, letting others in', () => {
    const n = 1_000_000;
    const next = random(8);
    const p = Float64Array.from({length: n}, next);
    const labels = Uint8Array.from(p, (v) => Number(next() < v));
    for (const steps of [calibrationCurveSteps(labels, p, {strategy: 'quantile'}), calibrationErrorSteps(p, labels)]) {
      let yields = 0;
      for (let step = steps.next(); ; step = steps.next(), yields++) {
        if (!step.done) continue;
        // drawn to be calibrated
        if ('ece' in step.value) expect(step.value.ece).to.be.below(0.01);
        else expect(Array.from(step.value.count)).to.deep.equal([n / 5, n / 5, n / 5, n / 5, n / 5]);
        break;
      }
      expect(yields).to.be.at.least(15);
    }
  });
});
