import {expect} from 'chai';
import {auc, precisionRecallCurve, precisionRecallCurveSteps, rocCurve, rocCurveSteps, rocOf} from '../../src/compute/curves.js';
import {atThreshold, rankExamples} from '../../src/compute/ranking.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json, random} from '../helpers.js';

type Numbers = (number | string | null)[];
interface Case {
  name: string;
  labels: number[];
  scores: number[];
  weights: number[] | null;
  roc: Record<'fpr' | 'tpr' | 'thresholds', Numbers>;
  rocAll: Record<'fpr' | 'tpr' | 'thresholds', Numbers>;
  pr: Record<'precision' | 'recall' | 'thresholds', Numbers>;
  prFew: Record<'precision' | 'recall' | 'thresholds', Numbers>;
  auc: number | null;
  averagePrecision: number | null;
}

/** The numbers of a fixture: `null` is NaN. */
const numbers = (list: Numbers): number[] => list.map((v) => (v === null ? NaN : Number(v)));

function expectClose(got: ArrayLike<number>, expected: Numbers | Float64Array, what: string, tolerance = 1e-12): void {
  const list = numbers(Array.from(expected));
  expect(got.length, what).to.equal(list.length);
  list.forEach((v, i) => {
    if (Number.isFinite(v)) expect(got[i], `${what} ${i}`).to.be.closeTo(v, tolerance);
    else expect(got[i], `${what} ${i}`).to.deep.equal(v);
  });
}

describe('curves', () => {
  it('are those of scikit-learn 1.9.1: ties, weights, one class, one example', async () => {
    const {ranking} = await json<{ranking: Case[]}>('refs/sklearn_metrics_cases.json');
    expect(ranking).to.have.length(12);
    for (const c of ranking) {
      const scores = Float64Array.from(c.scores);
      const sampleWeight = c.weights ?? undefined;
      for (const [dropIntermediate, roc, pr] of [[true, c.roc, c.prFew], [false, c.rocAll, c.pr]] as const) {
        const own = rocCurve(c.labels, scores, {sampleWeight, dropIntermediate});
        for (const key of ['fpr', 'tpr', 'thresholds'] as const) expectClose(own[key], roc[key], `${c.name} ${key} ${dropIntermediate}`);
        expectClose([own.auc], [c.auc], `${c.name} auc`);
        const other = precisionRecallCurve(c.labels, scores, {sampleWeight, dropIntermediate});
        for (const key of ['precision', 'recall', 'thresholds'] as const) expectClose(other[key], pr[key], `${c.name} ${key} ${dropIntermediate}`);
        expectClose([other.averagePrecision], [c.averagePrecision], `${c.name} average precision`);
      }
    }
  });

  for (const file of ['iris', 'breast_cancer']) {
    it(`are those of scikit-learn 1.2.1 on ${file}`, async () => {
      const ref = await json<{y_true: number[]; y_score: number[][]; per_class: {cls: number; roc: Case['roc']; auc: number; pr: Case['pr']; average_precision: number}[]}>(`refs/sklearn_metrics_${file}.json`);
      for (const {cls, roc, auc: area, pr, average_precision} of ref.per_class) {
        const labels = ref.y_true.map((y) => Number(y === cls));
        const scores = Float64Array.from(ref.y_score, (row) => row[cls]!);
        const own = rocCurve(labels, scores, {dropIntermediate: false});
        expectClose(own.fpr, roc.fpr, 'fpr');
        expectClose(own.tpr, roc.tpr, 'tpr');
        // the first was the highest score + 1 before version 1.3
        expectClose(own.thresholds.subarray(1), roc.thresholds.slice(1), 'thresholds', 0);
        expect(own.thresholds[0]).to.equal(Infinity);
        expect(own.auc).to.be.closeTo(area, 1e-12);
        expect(rocCurve(labels, scores).auc).to.equal(own.auc);
        const other = precisionRecallCurve(labels, scores);
        expectClose(other.precision, pr.precision, 'precision');
        expectClose(other.recall, pr.recall, 'recall');
        expectClose(other.thresholds, pr.thresholds, 'pr thresholds', 0);
        expect(other.averagePrecision).to.be.closeTo(average_precision, 1e-12);
      }
    });
  }

  it('are those of the docstrings of scikit-learn', () => {
    const scores = Float64Array.of(0.1, 0.4, 0.35, 0.8);
    const roc = rocCurve([0, 0, 1, 1], scores);
    expect(roc).to.deep.equal({fpr: Float64Array.of(0, 0, 0.5, 0.5, 1), tpr: Float64Array.of(0, 0.5, 0.5, 1, 1), thresholds: Float64Array.of(Infinity, 0.8, 0.4, 0.35, 0.1), auc: 0.75});
    expect(auc(roc.fpr, roc.tpr)).to.equal(0.75);
    const pr = precisionRecallCurve([0, 0, 1, 1], scores);
    expectClose(pr.precision, [0.5, 2 / 3, 0.5, 1, 1], 'precision');
    expectClose(pr.recall, [1, 1, 0.5, 0.5, 0], 'recall');
    expect(pr.averagePrecision).to.be.closeTo(0.8333333333333333, 1e-15);
  });

  it('say why they are undefined', () => {
    expect(rocCurve([1, 1], Float64Array.of(1, 2))).to.include({reason: 'no-negatives'});
    expect(rocCurve([0, 0], Float64Array.of(1, 2))).to.include({reason: 'no-positives'});
    expect(rocCurve([], new Float64Array(0))).to.include({reason: 'empty'});
    expect(rocCurve([0, 1], Float64Array.of(NaN, 2))).to.include({reason: 'nan-scores'});
    expect(rocCurve([0, 1], Float64Array.of(1, 2), {sampleWeight: [0, 0]})).to.include({reason: 'empty'});
    expect(rocCurve([0, 1], Float64Array.of(1, 2), {sampleWeight: [0, 1]})).to.include({reason: 'no-negatives'});
    expect(rocCurve([0, 1], Float64Array.of(1, 2))).to.not.have.property('reason');
    for (const labels of [[1, 1], [0, 0], [], [NaN, 1]]) {
      const scores = Float64Array.from(labels, (v) => (v === 1 ? 1 : v));
      if (labels.length && scores.some(Number.isNaN)) expect(rocCurve([0, 1], scores).auc).to.satisfy(Number.isNaN);
      else expect(rocCurve(labels, scores).auc).to.satisfy(Number.isNaN);
    }
    expect(precisionRecallCurve([0, 0], Float64Array.of(1, 2))).to.include({reason: 'no-positives'});
    expect(precisionRecallCurve([1, 1], Float64Array.of(1, 2))).to.include({averagePrecision: 1}).and.not.have.property('reason');
    expect(precisionRecallCurve([0, 1], Float64Array.of(NaN, 2)).averagePrecision).to.satisfy(Number.isNaN);
  });

  it('keep infinite scores in their place', () => {
    expect(rocCurve([0, 1, 1, 0], Float64Array.of(-Infinity, Infinity, 3, 2)).auc).to.equal(1);
    expect(rocCurve([1, 0, 1, 0], Float64Array.of(-Infinity, Infinity, 3, 2)).auc).to.equal(0.25);
  });

  it('refuse what is none of theirs', async () => {
    const keyOf = async (run: () => unknown): Promise<string> => ((await failure(run)) as Problem).key;
    expect(await keyOf(() => rocCurve([0, 1], Float64Array.of(1)))).to.equal('metricsLength');
    expect(await keyOf(() => rocCurve([0, 2], Float64Array.of(1, 2)))).to.equal('metricsLabelBinary');
    expect(await keyOf(() => rocCurve([0, 1], Float64Array.of(1, 2), {sampleWeight: [1]}))).to.equal('metricsWeights');
    expect(await keyOf(() => rocCurve([0, 1], Float64Array.of(1, 2), {sampleWeight: [1, -1]}))).to.equal('metricsWeight');
    expect(await keyOf(() => rocCurve([0, 1], Float64Array.of(1, 2), {sampleWeight: [1, NaN]}))).to.equal('metricsWeight');
    expect(await keyOf(() => auc([0], [1]))).to.equal('metricsAucPoints');
    expect(await keyOf(() => auc([0, 1, 0.5], [1, 1, 1]))).to.equal('metricsAucOrder');
  });

  it('have areas under x that falls, and by hand', () => {
    expect(auc([0, 1, 3], [0, 2, 2])).to.equal(5);
    expect(auc([3, 1, 0], [2, 2, 0])).to.equal(5);
    expect(auc([1, 1], [0, 5])).to.equal(0);
  });

  it('are right for a million scores, and let others in', () => {
    const n = 1_000_000;
    const next = random(5);
    const labels = Uint8Array.from({length: n}, () => Number(next() < 0.3));
    // of 1000 distinct scores: the AUC can be counted from a table
    const scores = Float32Array.from(labels, (y) => Math.floor(next() * 900) + 100 * y);
    const table = [new Float64Array(1000), new Float64Array(1000)] as const;
    for (let i = 0; i < n; i++) table[labels[i] as 0 | 1][scores[i]!]!++;
    let pairs = 0;
    let below = 0;
    for (let s = 0; s < 1000; s++) {
      pairs += table[1][s]! * (below + table[0][s]! / 2);
      below += table[0][s]!;
    }
    for (const steps of [rocCurveSteps(labels, scores), precisionRecallCurveSteps(labels, scores)]) {
      let yields = 0;
      let last = 0;
      for (;;) {
        const step = steps.next();
        if (step.done) {
          if ('auc' in step.value) expect(step.value.auc).to.be.closeTo(pairs / below / (n - below), 1e-12);
          else expect(step.value.thresholds.length).to.equal(1000);
          break;
        }
        expect(step.value).to.be.within(last - 1e-12, 1);
        last = step.value;
        yields++;
      }
      expect(yields).to.be.at.least(50);
    }
  });
});

describe('numbers at a threshold', () => {
  it("are TensorBoard's", async () => {
    const {cases} = await json<{cases: {name: string; labels: boolean[]; predictions: number[]; weights?: number[]; num_thresholds: number; expected: number[][]}[]}>('refs/tensorboard_pr_curve.json');
    for (const {name, labels, predictions, weights, num_thresholds, expected} of cases) {
      const ranking = rankExamples(labels.map(Number), Float64Array.from(predictions), {sampleWeight: weights});
      for (let t = 0; t < num_thresholds; t++) {
        const at = atThreshold(ranking, t / (num_thresholds - 1));
        const own = [at.tp, at.fp, at.tn, at.fn, at.precision, at.recall];
        own.forEach((v, row) => expect(v, `${name} ${t} ${row}`).to.be.closeTo(expected[row]![t]!, 1e-7));
      }
    }
  });

  it('are those of every curve point, and of what lies between', () => {
    const labels = [1, 0, 1, 1, 0, 0];
    const scores = Float64Array.of(0.9, 0.8, 0.8, 0.4, 0.3, 0.1);
    const ranking = rankExamples(labels, scores);
    const roc = rocOf(ranking, {dropIntermediate: false});
    roc.thresholds.forEach((t, i) => {
      const at = atThreshold(ranking, t);
      expect([at.fpr, at.tpr]).to.deep.equal([roc.fpr[i], roc.tpr[i]]);
    });
    // two of the three called are right, one of the positives is missed, two negatives are not called
    expect(atThreshold(ranking, 0.5)).to.deep.equal({threshold: 0.5, tp: 2, fp: 1, tn: 2, fn: 1, precision: 2 / 3, recall: 2 / 3, tpr: 2 / 3, fpr: 1 / 3, f1: 2 / 3, accuracy: 2 / 3, undefined: []});
    expect(atThreshold(ranking, 0.95)).to.include({tp: 0, fp: 0, tn: 3, fn: 3, precision: 0, f1: 0, accuracy: 0.5}).and.deep.include({undefined: ['precision']});
    expect(atThreshold(ranking, -1)).to.include({tp: 3, fp: 3, tn: 0, fn: 0, precision: 0.5, recall: 1, fpr: 1, accuracy: 0.5});
    expect(atThreshold(rankExamples([0], Float64Array.of(0.2)), 0.5).undefined).to.deep.equal(['precision', 'recall', 'tpr', 'f1']);
  });
});
