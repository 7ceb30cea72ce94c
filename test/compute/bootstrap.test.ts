import {expect} from 'chai';
import {bootstrapBand, bootstrapBandSteps, mulberry32} from '../../src/compute/bootstrap.js';
import {rocCurve} from '../../src/compute/curves.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json, random} from '../helpers.js';

interface Reference {
  labels: number[];
  scores: number[];
  auc: [number, number];
  ap: [number, number];
  tpr: [number, number][];
  precision: [number, number][];
}

/** A normal number, by Box and Muller. */
const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** Examples whose scores overlap. */
function examples(n: number, share = 0.3, seed = 1): {labels: Uint8Array; scores: Float32Array} {
  const next = random(seed);
  const labels = Uint8Array.from({length: n}, () => Number(next() < share));
  return {labels, scores: Float32Array.from(labels, (y) => normal(next) + y)};
}

/** The standard error of an AUC (DeLong 1988), from ranks. */
function deLong(labels: Uint8Array, scores: Float32Array): number {
  const of = (y: number): Float32Array => scores.filter((_, i) => labels[i] === y).sort();
  const [negatives, positives] = [of(0), of(1)];
  const variance = (own: Float32Array, other: Float32Array): number => {
    // share of the others below each, both sorted, without ties
    let at = 0;
    const shares = Float64Array.from(own, (v) => {
      while (at < other.length && other[at]! < v) at++;
      return at / other.length;
    });
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    return shares.reduce((sum, v) => sum + (v - mean) ** 2, 0) / shares.length / shares.length;
  };
  return Math.sqrt(variance(positives, negatives) + variance(negatives, positives));
}

describe('bootstrap', () => {
  it('has the published numbers of mulberry32', () => {
    const next = mulberry32(1);
    const own = random(1);
    for (let i = 0; i < 100; i++) expect(next()).to.equal(own());
  });

  it('has the bands of 20,000 resamples by numpy and scikit-learn, but for chance', async () => {
    const {bootstrap: ref} = await json<{bootstrap: Reference}>('refs/sklearn_metrics_cases.json');
    const scores = Float64Array.from(ref.scores);
    const roc = bootstrapBand('roc', ref.labels, scores, {replicates: 20_000, points: 11});
    // intervals are 0.16 and 0.3 wide; a percentile of 20,000 is known to about a hundredth of that
    roc.area.forEach((v, i) => expect(v).to.be.closeTo(ref.auc[i]!, 0.006));
    ref.tpr.forEach(([low, high], g) => {
      expect(roc.lower[g], `lower ${g}`).to.be.closeTo(low, 0.03);
      expect(roc.upper[g], `upper ${g}`).to.be.closeTo(high, 0.03);
    });
    const pr = bootstrapBand('precision-recall', ref.labels, scores, {replicates: 20_000, points: 11});
    pr.area.forEach((v, i) => expect(v).to.be.closeTo(ref.ap[i]!, 0.012));
    ref.precision.forEach(([low, high], g) => {
      // at a recall of 0 the reference takes the highest score's precision, ours the first positive's
      if (!g) return;
      expect(pr.lower[g], `lower ${g}`).to.be.closeTo(low, 0.03);
      expect(pr.upper[g], `upper ${g}`).to.be.closeTo(high, 0.03);
    });
  });

  it("has intervals as wide as DeLong's, below and above the number that is drawn in groups", () => {
    for (const [n, share] of [[2000, 0.3], [50_000, 0.3], [200_000, 0.002], [600_000, 0.5]] as const) {
      const {labels, scores} = examples(n, share);
      const {auc} = rocCurve(labels, scores);
      const [low, high] = bootstrapBand('roc', labels, scores, {replicates: 1000}).area;
      const error = deLong(labels, scores);
      expect((high - low) / (2 * 1.96 * error), `${n} width`).to.be.within(0.9, 1.1);
      expect(((low + high) / 2 - auc) / error, `${n} centre`).to.be.within(-0.25, 0.25);
    }
  });

  it('is the same for the same seed, and another for another', () => {
    const {labels, scores} = examples(200);
    const [a, b, c] = [1, 1, 2].map((seed) => bootstrapBand('roc', labels, scores, {seed, replicates: 50}));
    expect(a).to.deep.equal(b);
    expect(a!.area).to.not.deep.equal(c!.area);
  });

  it('takes whole weights as that many examples, drawn together', () => {
    const {labels, scores} = examples(400);
    const plain = bootstrapBand('roc', labels, scores, {replicates: 4000}).area;
    const doubled = bootstrapBand('roc', labels, scores, {replicates: 4000, sampleWeight: new Float64Array(400).fill(2)}).area;
    expect(doubled).to.deep.equal(plain);
    // half of the examples without weight: as if they were not there
    const weights = Float64Array.from({length: 400}, (_, i) => Number(i < 200));
    const half = bootstrapBand('roc', labels.subarray(0, 200), scores.subarray(0, 200), {replicates: 4000}).area;
    bootstrapBand('roc', labels, scores, {replicates: 4000, sampleWeight: weights}).area.forEach((v, i) => expect(v).to.be.closeTo(half[i]!, 0.01));
  });

  it('of perfect scores is 1, at its ends 0 and 1 else', () => {
    const perfect = bootstrapBand('roc', [0, 0, 1, 1], Float64Array.of(1, 2, 3, 4), {replicates: 200, points: 5});
    expect(perfect.area).to.deep.equal([1, 1]);
    expect(perfect).to.deep.include({grid: Float64Array.of(0, 0.25, 0.5, 0.75, 1), lower: new Float64Array(5).fill(1), upper: new Float64Array(5).fill(1)});
    expect(bootstrapBand('precision-recall', [0, 0, 1, 1], Float64Array.of(1, 2, 3, 4), {replicates: 200, points: 5})).to.deep.include({lower: new Float64Array(5).fill(1), area: [1, 1]});
    // of four examples a class is often not drawn at all
    expect(perfect.used).to.be.within(100, 190);
    const {labels, scores} = examples(500);
    const band = bootstrapBand('roc', labels, scores, {replicates: 100});
    expect([band.lower.at(-1), band.upper.at(-1)]).to.deep.equal([1, 1]);
    band.lower.forEach((v, g) => {
      expect(v).to.be.at.most(band.upper[g]!);
      if (g) expect(v).to.be.at.least(band.lower[g - 1]!);
    });
  });

  it('of scores that are all one is the diagonal, and the share of positives', () => {
    const labels = Uint8Array.from({length: 100}, (_, i) => Number(i < 30));
    const roc = bootstrapBand('roc', labels, new Float64Array(100), {replicates: 200});
    roc.grid.forEach((x, g) => [roc.lower[g], roc.upper[g]].forEach((y) => expect(y).to.be.closeTo(x, 1e-12)));
    expect(roc.area).to.deep.equal([0.5, 0.5]);
    const pr = bootstrapBand('precision-recall', labels, new Float64Array(100), {replicates: 4000});
    // 0.3 ± 1.96 √(0.3 · 0.7 / 100) = 0.21 and 0.39, at every recall
    expect(pr.area[0]).to.be.closeTo(0.21, 0.015);
    expect(pr.area[1]).to.be.closeTo(0.39, 0.015);
    pr.lower.forEach((y, g) => [y, pr.upper[g]!].forEach((v, i) => expect(v).to.be.closeTo(pr.area[i]!, 1e-12)));
  });

  it('says why it is undefined', async () => {
    for (const [labels, scores, reason] of [[[], [], 'empty'], [[1, 1], [1, 2], 'no-negatives'], [[0, 0], [1, 2], 'no-positives'], [[0, 1], [NaN, 2], 'nan-scores']] as const) {
      const band = bootstrapBand('roc', labels, Float64Array.from(scores), {replicates: 10});
      expect(band).to.deep.include({reason, area: [NaN, NaN], used: 0});
      expect(band.lower[50]).to.satisfy(Number.isNaN);
    }
    expect(bootstrapBand('precision-recall', [1, 1], Float64Array.of(1, 2), {replicates: 10})).to.deep.include({area: [1, 1]}).and.not.have.property('reason');
    expect(((await failure(() => bootstrapBand('roc', [0, 3], Float64Array.of(1, 2)))) as Problem).key).to.equal('metricsLabelBinary');
  });

  it('takes a million examples, letting others in', () => {
    const {labels, scores} = examples(1_000_000);
    const steps = bootstrapBandSteps('roc', labels, scores, {replicates: 100});
    let yields = 0;
    let last = 0;
    for (;;) {
      const step = steps.next();
      if (step.done) {
        const {auc} = rocCurve(labels, scores);
        expect(step.value.area[0]).to.be.within(auc - 0.003, auc);
        expect(step.value.area[1]).to.be.within(auc, auc + 0.003);
        break;
      }
      expect(step.value).to.be.within(last - 1e-12, 1);
      last = step.value;
      yields++;
    }
    expect(yields).to.be.at.least(100);
  });
});
