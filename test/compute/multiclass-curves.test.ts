import {expect} from 'chai';
import {multiclassPrecisionRecall, multiclassPrecisionRecallSteps, multiclassRoc, multiclassRocSteps} from '../../src/compute/multiclass-curves.js';
import {json, random} from '../helpers.js';

interface Case {
  name: string;
  n: number;
  c: number;
  truth: number[];
  scores: number[];
  weights: number[] | null;
  auc: Record<'macro' | 'weighted' | 'micro', number>;
  ap: Record<'macro' | 'weighted' | 'micro', number>;
  microRoc: Record<'fpr' | 'tpr', number[]>;
  microPr: Record<'precision' | 'recall', number[]>;
  macroRoc: {fpr: number[]; tpr: number[]; auc: number};
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(got.length, what).to.equal(expected.length);
  for (let i = 0; i < got.length; i++) expect(got[i], `${what} ${i}`).to.be.closeTo(expected[i]!, 1e-12);
}

describe('curves of many classes', () => {
  it('and their averages are those of scikit-learn 1.9.1', async () => {
    const {multiclass} = await json<{multiclass: Case[]}>('refs/sklearn_metrics_cases.json');
    for (const {name, n, c, truth, scores, weights, ...ref} of multiclass) {
      const options = {sampleWeight: weights ?? undefined};
      const roc = multiclassRoc(truth, Float64Array.from(scores), n, c, options);
      const pr = multiclassPrecisionRecall(truth, Float64Array.from(scores), n, c, options);
      for (const average of ['macro', 'weighted', 'micro'] as const) {
        expect(roc.averages[average], `${name} ${average}`).to.be.closeTo(ref.auc[average], 1e-12);
        expect(pr.averages[average], `${name} ${average}`).to.be.closeTo(ref.ap[average], 1e-12);
      }
      expectClose(roc.micro.fpr, ref.microRoc.fpr, name);
      expectClose(roc.micro.tpr, ref.microRoc.tpr, name);
      expectClose(pr.micro.precision, ref.microPr.precision, name);
      expectClose(pr.micro.recall, ref.microPr.recall, name);
      // rates of different classes that are equal but for rounding may be one point or two
      if (!weights) {
        expectClose(roc.macro.fpr, ref.macroRoc.fpr, name);
        expectClose(roc.macro.tpr, ref.macroRoc.tpr, name);
      }
      expect(roc.macro.auc).to.be.closeTo(ref.macroRoc.auc, 1e-12);
      expect(roc.perClass).to.have.length(c);
    }
  });

  it('give iris the areas that scikit-learn 1.2.1 gives it', async () => {
    const ref = await json<{y_true: number[]; y_score: number[][]; roc_auc_ovr_macro: number; per_class: {auc: number; average_precision: number}[]}>('refs/sklearn_metrics_iris.json');
    const roc = multiclassRoc(ref.y_true, Float64Array.from(ref.y_score.flat()), 60, 3);
    const pr = multiclassPrecisionRecall(ref.y_true, Float64Array.from(ref.y_score.flat()), 60, 3);
    expect(roc.averages.macro).to.be.closeTo(ref.roc_auc_ovr_macro, 1e-12);
    ref.per_class.forEach(({auc, average_precision}, k) => {
      expect(roc.perClass[k]!.auc).to.be.closeTo(auc, 1e-12);
      expect(pr.perClass[k]!.averagePrecision).to.be.closeTo(average_precision, 1e-12);
    });
  });

  it('have the average precision of the docstring, which cuts 7 / 9 short', () => {
    const scores = Float64Array.of(0.7, 0.2, 0.1, 0.4, 0.3, 0.3, 0.1, 0.8, 0.1, 0.2, 0.3, 0.5, 0.4, 0.4, 0.2, 0.1, 0.2, 0.7);
    expect(multiclassPrecisionRecall([0, 0, 1, 1, 2, 2], scores, 6, 3).averages.macro).to.be.closeTo(7 / 9, 1e-12);
  });

  it('have a macro precision-recall curve whose steps add up to the mean average precision', () => {
    const next = random(2);
    const [n, c] = [200, 5];
    const truth = Int32Array.from({length: n}, () => next() * c);
    const scores = Float32Array.from({length: n * c}, (_, at) => Math.round((next() + (at % c === truth[Math.floor(at / c)] ? 0.5 : 0)) * 20));
    for (const dropIntermediate of [false, true]) {
      const {macro, averages} = multiclassPrecisionRecall(truth, scores, n, c, {dropIntermediate});
      let area = 0;
      for (let i = 0; i + 1 < macro.recall.length; i++) area += (macro.recall[i]! - macro.recall[i + 1]!) * macro.precision[i]!;
      expect(area).to.be.closeTo(averages.macro, 1e-12);
      expect([macro.recall[0], macro.recall.at(-1), macro.precision.at(-1)]).to.deep.equal([1, 0, 1]);
    }
  });

  it('leave classes out of averages that no example is of, and name them', () => {
    const scores = Float64Array.of(0.6, 0.3, 0.1, 0.3, 0.6, 0.1, 0.5, 0.4, 0.1);
    const roc = multiclassRoc([0, 1, 0], scores, 3, 3);
    expect(roc.undefinedClasses).to.deep.equal([2]);
    expect(roc.averages).to.include({macro: 1, weighted: 1});
    expect(roc.perClass[2]).to.include({reason: 'no-positives'});
    expect(multiclassPrecisionRecall([0, 1, 0], scores, 3, 3)).to.deep.include({undefinedClasses: [2]}).and.nested.include({'averages.macro': 1, 'macro.averagePrecision': 1});
    const one = multiclassRoc([0], Float64Array.of(0.9, 0.1), 1, 2);
    expect(one.undefinedClasses).to.deep.equal([0, 1]);
    expect(one.averages.macro).to.satisfy(Number.isNaN);
    expect(one.macro.auc).to.satisfy(Number.isNaN);
    const nan = multiclassRoc([0, 1], Float64Array.of(0.9, NaN, 0.2, 0.8), 2, 2);
    expect(nan.perClass.map(({reason}) => reason)).to.deep.equal([undefined, 'nan-scores']);
    expect(nan.micro.reason).to.equal('nan-scores');
  });

  it('count micro averages of millions of scores without sorting them, to the same number', () => {
    const next = random(9);
    // just over the bound: 4,194,304 scores and a row more; 2000 distinct ones, whose AUC can be counted from a table
    const [n, c] = [2 ** 20 + 1, 4];
    const truth = Int32Array.from({length: n}, () => next() * c);
    const scores = new Float32Array(n * c);
    const weights = Float64Array.from({length: n}, () => Math.floor(next() * 3));
    const table = [new Float64Array(2000), new Float64Array(2000)] as const;
    for (let at = 0; at < n * c; at++) {
      const i = Math.floor(at / c);
      const own = Number(at % c === truth[i]);
      scores[at] = Math.floor(next() * 1500) + 500 * own;
      table[own as 0 | 1][scores[at]!]! += weights[i]!;
    }
    let pairs = 0;
    let below = 0;
    for (let s = 0; s < 2000; s++) {
      pairs += table[1][s]! * (below + table[0][s]! / 2);
      below += table[0][s]!;
    }
    let positives = 0;
    let called = 0;
    let average = 0;
    for (let s = 1999; s >= 0; s--) {
      positives += table[1][s]!;
      called += table[0][s]! + table[1][s]!;
      if (called) average += (table[1][s]! * positives) / called;
    }
    for (const steps of [multiclassRocSteps(truth, scores, n, c, {sampleWeight: weights}), multiclassPrecisionRecallSteps(truth, scores, n, c, {sampleWeight: weights})]) {
      let yields = 0;
      for (;;) {
        const step = steps.next();
        if (step.done) {
          const {micro} = step.value;
          if ('auc' in micro) expect(micro.auc).to.be.closeTo(pairs / below / positives, 1e-12);
          else expect(micro.averagePrecision).to.be.closeTo(average / positives, 1e-12);
          break;
        }
        expect(step.value).to.be.within(0, 1);
        yields++;
      }
      expect(yields).to.be.at.least(500);
    }
  });
});
