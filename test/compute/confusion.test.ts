import {expect} from 'chai';
import {balancedAccuracy, classificationReport, type ClassScores, cohenKappa, matthewsCorrelation} from '../../src/compute/classification.js';
import {argmaxRows, confusionMatrix, confusionMatrixSteps, normalizeConfusion, topConfusions} from '../../src/compute/confusion.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json} from '../helpers.js';

type Row = Record<'precision' | 'recall' | 'f1-score' | 'support', number>;
type Report = Record<string, Row> & {accuracy: number};

function expectScores(own: ClassScores, ref: Row, what: string): void {
  for (const [key, refKey] of [['precision', 'precision'], ['recall', 'recall'], ['f1', 'f1-score'], ['support', 'support']] as const) {
    expect(own[key], `${what} ${key}`).to.be.closeTo(ref[refKey], 1e-12);
  }
}

function expectReport(matrix: Float64Array, c: number, ref: Report): void {
  const own = classificationReport(matrix, c);
  expect(own.accuracy).to.be.closeTo(ref.accuracy, 1e-12);
  expectScores(own.macro, ref['macro avg']!, 'macro');
  expectScores(own.weighted, ref['weighted avg']!, 'weighted');
  own.perClass.forEach((scores, k) => {
    // scikit-learn leaves out what occurs nowhere
    if (ref[k]) expectScores(scores, ref[k], `class ${k}`);
    else expect(scores).to.deep.equal({precision: 0, recall: 0, f1: 0, support: 0});
  });
  expect(own.micro).to.deep.equal({precision: own.accuracy, recall: own.accuracy, f1: own.accuracy, support: own.macro.support});
}

describe('confusion', () => {
  it('is that of scikit-learn 1.9.1, with all that follows from it', async () => {
    const {confusion} = await json<{
      confusion: {name: string; c: number; truth: number[]; predicted: number[]; weights: number[] | null; matrix: number[]; report: Report; balanced: number; mcc: number; kappa: number; normalized_true: number[]; normalized_pred: number[]; normalized_all: number[]}[];
    }>('refs/sklearn_metrics_cases.json');
    expect(confusion).to.have.length(3);
    for (const ref of confusion) {
      const {c} = ref;
      const matrix = confusionMatrix(ref.truth, ref.predicted, c, {sampleWeight: ref.weights ?? undefined});
      const same = (own: Float64Array, expected: number[]): void => own.forEach((v, at) => expect(v, `${ref.name} ${at}`).to.be.closeTo(expected[at]!, 1e-12));
      same(matrix, ref.matrix);
      for (const by of ['true', 'pred', 'all'] as const) same(normalizeConfusion(matrix, c, by), ref[`normalized_${by}`]);
      expectReport(matrix, c, ref.report);
      expect(balancedAccuracy(matrix, c)).to.be.closeTo(ref.balanced, 1e-12);
      expect(matthewsCorrelation(matrix, c)).to.be.closeTo(ref.mcc, 1e-12);
      expect(cohenKappa(matrix, c)).to.be.closeTo(ref.kappa, 1e-12);
    }
  });

  for (const file of ['iris', 'breast_cancer']) {
    it(`is that of scikit-learn 1.2.1 on ${file}`, async () => {
      const ref = await json<{y_true: number[]; y_score: number[][]; y_pred: number[]; confusion_matrix: number[][]; confusion_normalized_true: number[][]; classification_report: Report; mcc: number; cohen_kappa: number; balanced_accuracy: number}>(`refs/sklearn_metrics_${file}.json`);
      const c = ref.confusion_matrix.length;
      const {predicted, nan} = argmaxRows(ref.y_score.flat(), ref.y_true.length, c);
      expect(Array.from(predicted)).to.deep.equal(ref.y_pred);
      expect(nan).to.equal(0);
      const matrix = confusionMatrix(ref.y_true, predicted, c);
      expect(Array.from(matrix)).to.deep.equal(ref.confusion_matrix.flat());
      expect(Array.from(normalizeConfusion(matrix, c, 'true'))).to.deep.equal(ref.confusion_normalized_true.flat());
      expectReport(matrix, c, ref.classification_report);
      expect(matthewsCorrelation(matrix, c)).to.be.closeTo(ref.mcc, 1e-12);
      expect(cohenKappa(matrix, c)).to.be.closeTo(ref.cohen_kappa, 1e-12);
      expect(balancedAccuracy(matrix, c)).to.be.closeTo(ref.balanced_accuracy, 1e-12);
    });
  }

  it("is that of tfjs-vis, with its accuracy by class", async () => {
    const ref = await json<{confusionMatrix: {labels: number[]; predictions: number[]; weights?: number[]; expected: number[][]}[]; perClassAccuracy: {labels: number[]; predictions: number[]; accuracy: number[]; count: number[]}[]}>('refs/tfjs_vis_math.json');
    for (const {labels, predictions, weights, expected} of ref.confusionMatrix) {
      expect(Array.from(confusionMatrix(labels, predictions, expected.length, {sampleWeight: weights}))).to.deep.equal(expected.flat());
    }
    for (const {labels, predictions, accuracy, count} of ref.perClassAccuracy) {
      const {perClass} = classificationReport(confusionMatrix(labels, predictions, count.length), count.length);
      expect(perClass.map(({support}) => support)).to.deep.equal(count);
      perClass.forEach(({recall}, k) => expect(recall).to.be.closeTo(accuracy[k]!, 1e-12));
    }
  });

  it('gives the numbers of the docstrings of scikit-learn', () => {
    expect(Array.from(confusionMatrix([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2], 3))).to.deep.equal([2, 0, 0, 0, 0, 1, 1, 0, 2]);
    // classification_report
    const {perClass, accuracy, macro, weighted, undefined: divided} = classificationReport(confusionMatrix([0, 1, 2, 2, 2], [0, 0, 2, 2, 1], 3), 3);
    const rounded = (s: ClassScores): number[] => [s.precision, s.recall, s.f1].map((v) => Math.round(v * 100) / 100);
    expect(perClass.map(rounded)).to.deep.equal([[0.5, 1, 0.67], [0, 0, 0], [1, 0.67, 0.8]]);
    expect([accuracy, rounded(macro), rounded(weighted)]).to.deep.equal([0.6, [0.5, 0.56, 0.49], [0.7, 0.6, 0.61]]);
    expect(divided).to.deep.equal([]);
    // matthews_corrcoef of [+1, +1, +1, -1], [+1, -1, +1, +1]
    expect(matthewsCorrelation(confusionMatrix([1, 1, 1, 0], [1, 0, 1, 1], 2), 2)).to.be.closeTo(-1 / 3, 1e-15);
    // cohen_kappa_score of "negative", "positive", "neutral"
    const [negative, neutral, positive] = [0, 1, 2];
    const y1 = [negative, positive, negative, neutral, positive];
    expect(cohenKappa(confusionMatrix(y1, [negative, positive, negative, neutral, negative], 3), 3)).to.be.closeTo(0.6875, 1e-15);
    // balanced_accuracy_score
    expect(balancedAccuracy(confusionMatrix([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1], 2), 2)).to.equal(0.625);
  });

  it('marks what is 0 / 0', () => {
    // class 1 is never predicted, 2 is never true, 3 is neither
    const {perClass, macro, undefined: divided} = classificationReport(confusionMatrix([0, 1], [0, 2], 4), 4);
    expect(divided).to.deep.equal([{class: 1, metric: 'precision'}, {class: 2, metric: 'recall'}, {class: 3, metric: 'precision'}, {class: 3, metric: 'recall'}, {class: 3, metric: 'f1'}]);
    expect(perClass[1]).to.deep.equal({precision: 0, recall: 0, f1: 0, support: 1});
    expect(macro.recall).to.be.closeTo(1 / 3, 1e-15);
    const none = classificationReport(new Float64Array(4), 2);
    expect([none.accuracy, none.macro.f1, none.weighted.recall, balancedAccuracy(new Float64Array(4), 2), matthewsCorrelation(new Float64Array(4), 2), cohenKappa(new Float64Array(4), 2)].every(Number.isNaN)).to.equal(true);
    // all is one class, and foretold: scikit-learn says 0 and NaN
    expect(matthewsCorrelation([3, 0, 0, 0], 2)).to.equal(0);
    expect(cohenKappa([3, 0, 0, 0], 2)).to.satisfy(Number.isNaN);
    expect(Array.from(normalizeConfusion([0, 0, 1, 3], 2, 'true'))).to.deep.equal([0, 0, 0.25, 0.75]);
    expect(Array.from(normalizeConfusion([0, 0, 0, 0], 2, 'all'))).to.deep.equal([0, 0, 0, 0]);
  });

  it('takes the first of equal scores, and no class where a score is NaN', () => {
    expect(argmaxRows([1, 1, 0, NaN, 5, 9, 0, 5, NaN, -Infinity, -Infinity, -Infinity], 4, 3)).to.deep.equal({predicted: Int32Array.of(0, -1, -1, 0), nan: 2});
    expect(Array.from(confusionMatrix([0, 1, 1], [0, -1, 1], 2))).to.deep.equal([1, 0, 0, 1]);
  });

  it('refuses what is no class', async () => {
    const keyOf = async (run: () => unknown): Promise<string> => ((await failure(run)) as Problem).key;
    expect(await keyOf(() => confusionMatrix([0, 2], [0, 0], 2))).to.equal('metricsLabelRange');
    expect(await keyOf(() => confusionMatrix([0, 1], [0, 2], 2))).to.equal('metricsPredictedRange');
    expect(await keyOf(() => confusionMatrix([0, 1], [0, 0.5], 2))).to.equal('metricsPredictedRange');
    expect(await keyOf(() => confusionMatrix([0, 1], [0], 2))).to.equal('metricsLength');
    expect(await keyOf(() => confusionMatrix([0, 1], [0, 1], 2, {sampleWeight: [1, -1]}))).to.equal('metricsWeight');
  });

  it('lists the most frequent confusions', () => {
    const matrix = [5, 2, 0, 3, 4, 2, 0, 7, 1];
    expect(topConfusions(matrix, 3, 3)).to.deep.equal([
      {truth: 2, predicted: 1, count: 7, share: 7 / 8},
      {truth: 1, predicted: 0, count: 3, share: 3 / 9},
      {truth: 0, predicted: 1, count: 2, share: 2 / 7},
    ]);
    expect(topConfusions(matrix, 3, 99)).to.have.length(4);
    expect(topConfusions(matrix, 3, 0)).to.deep.equal([]);
  });

  it('counts a million examples, letting others in', () => {
    const n = 1_000_000;
    const truth = Int32Array.from({length: n}, (_, i) => i % 10);
    const steps = confusionMatrixSteps(truth, truth, 10);
    let yields = 0;
    for (let step = steps.next(); ; step = steps.next(), yields++) {
      if (!step.done) continue;
      expect(step.value[33]).to.equal(n / 10);
      break;
    }
    expect(yields).to.be.at.least(10);
  });
});
