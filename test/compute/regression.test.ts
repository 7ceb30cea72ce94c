import {expect} from 'chai';
import {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  medianAbsoluteError,
  r2Score,
  regressionReport,
  regressionReportSteps,
  residuals,
  rootMeanSquaredError,
} from '../../src/compute/regression.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json} from '../helpers.js';

interface Case {
  name: string;
  truth: number[];
  predicted: number[];
  weights: number[] | null;
  mse: number;
  rmse: number;
  mae: number;
  medae: number;
  mape: number;
  max: number;
  r2: number | null;
  ev: number;
  residualMean: number;
  residualStd: number;
}

describe('regression', () => {
  it('has the numbers of scikit-learn 1.9.1: weights, a constant truth, one example', async () => {
    const {regression} = await json<{regression: Case[]}>('refs/sklearn_metrics_cases.json');
    expect(regression).to.have.length(10);
    for (const {name, truth, predicted, weights, ...ref} of regression) {
      const options = {sampleWeight: weights ?? undefined};
      const report = regressionReport(truth, predicted, options);
      const same = (own: number, expected: number | null, what: string): void => {
        if (expected === null) expect(own, `${name} ${what}`).to.satisfy(Number.isNaN);
        else expect(Math.abs(own - expected), `${name} ${what} ${own}`).to.be.at.most(1e-12 * Math.max(1, Math.abs(expected)));
      };
      same(report.meanSquaredError, ref.mse, 'mse');
      same(report.rootMeanSquaredError, ref.rmse, 'rmse');
      same(report.meanAbsoluteError, ref.mae, 'mae');
      same(report.medianAbsoluteError, ref.medae, 'medae');
      same(report.meanAbsolutePercentageError, ref.mape, 'mape');
      same(report.maxError, ref.max, 'max');
      same(report.r2, ref.r2, 'r2');
      same(report.explainedVariance, ref.ev, 'explained variance');
      same(report.residuals.mean, ref.residualMean, 'residual mean');
      same(report.residuals.std, ref.residualStd, 'residual std');
      expect(report.n).to.equal(truth.length);
      expect(report.notFinite).to.equal(0);
    }
  });

  it('has the numbers of the docstrings of scikit-learn', () => {
    const [truth, predicted] = [[3, -0.5, 2, 7], [2.5, 0, 2, 8]];
    expect(meanSquaredError(truth, predicted)).to.equal(0.375);
    expect(rootMeanSquaredError(truth, predicted)).to.be.closeTo(0.612, 0.0005);
    expect(meanAbsoluteError(truth, predicted)).to.equal(0.5);
    expect(medianAbsoluteError(truth, predicted)).to.equal(0.5);
    expect(meanAbsolutePercentageError(truth, predicted)).to.be.closeTo((0.5 / 3 + 1 + 1 / 7) / 4, 1e-15);
    expect(r2Score(truth, predicted)).to.be.closeTo(0.9486, 0.00005);
    expect(explainedVariance(truth, predicted)).to.be.closeTo(0.9572, 0.00005);
    expect(maxError([3, 2, 7, 1], [4, 2, 7, 1])).to.equal(1);
    expect(r2Score([1, 2, 3], [1, 2, 3])).to.equal(1);
    expect(r2Score([1, 2, 3], [2, 2, 2])).to.equal(0);
    expect(r2Score([1, 2, 3], [3, 2, 1])).to.equal(-3);
    expect(r2Score([-2, -2, -2], [-2, -2, -2])).to.equal(1);
    expect(r2Score([-2, -2, -2], [-2, -2, -2 + 1e-8])).to.equal(0);
    expect(explainedVariance([-2, -2, -2], [-2, -2, -2 + 1e-8])).to.equal(0);
  });

  it('takes a constant truth for one, though its mean is rounded', () => {
    // 0.1 + 0.1 + 0.1 is no 0.3
    expect(r2Score([0.1, 0.1, 0.1], [0.1, 0.2, 0.1])).to.equal(0);
    expect(explainedVariance([0.1, 0.1, 0.1], [0.3, 0.3, 0.3])).to.equal(1);
  });

  it('has residuals of truth − predicted', () => {
    expect(Array.from(residuals([3, 1], [1, 2]))).to.deep.equal([2, -1]);
    expect(regressionReport([3, 1], [1, 2]).residuals).to.deep.equal({mean: 0.5, std: 1.5, min: -1, max: 2});
  });

  it('says how many are not finite, and hides no NaN', () => {
    const {residuals: left, ...report} = regressionReport([1, 2, 3, NaN], [1, NaN, 3, 4]);
    expect(report).to.include({n: 4, notFinite: 2, reason: 'not-finite'});
    const {n: _n, notFinite: _notFinite, reason: _reason, ...rest} = report;
    for (const v of [...Object.values(rest), ...Object.values(left)]) expect(v).to.satisfy(Number.isNaN);
    expect(regressionReport([2, 2, 2], [2, 2, NaN]).r2).to.satisfy(Number.isNaN);
    const infinite = regressionReport([1, 2, 3], [1, Infinity, 3]);
    expect(infinite).to.include({notFinite: 1, reason: 'not-finite', meanSquaredError: Infinity, maxError: Infinity, r2: -Infinity});
  });

  it('of nothing, or of one, is undefined as far as it is', () => {
    const none = regressionReport([], []);
    expect(none).to.include({n: 0, reason: 'empty'});
    expect([none.meanSquaredError, none.medianAbsoluteError, none.maxError, none.r2, none.explainedVariance, none.residuals.min].every(Number.isNaN)).to.equal(true);
    expect(regressionReport([3], [2])).to.include({reason: 'one-example', meanSquaredError: 1, medianAbsoluteError: 1});
    expect(regressionReport([3, 4], [2, 2], {sampleWeight: [0, 0]}).meanSquaredError).to.satisfy(Number.isNaN);
  });

  it('refuses other lengths and weights', async () => {
    const keyOf = async (run: () => unknown): Promise<string> => ((await failure(run)) as Problem).key;
    expect(await keyOf(() => meanSquaredError([1], [1, 2]))).to.equal('metricsLength');
    expect(await keyOf(() => medianAbsoluteError([1, 2], [1, 2], {sampleWeight: [1, -1]}))).to.equal('metricsWeight');
  });

  it('takes a million, letting others in', () => {
    const n = 1_000_000;
    const truth = Float64Array.from({length: n}, (_, i) => i);
    const predicted = Float64Array.from({length: n}, (_, i) => i + (i % 2 ? 3 : -1));
    const steps = regressionReportSteps(truth, predicted);
    let yields = 0;
    for (let step = steps.next(); ; step = steps.next(), yields++) {
      if (!step.done) continue;
      expect(step.value).to.include({meanSquaredError: 5, meanAbsoluteError: 2, medianAbsoluteError: 2, maxError: 3});
      break;
    }
    expect(yields).to.be.at.least(50);
  });
});
