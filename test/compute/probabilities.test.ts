import {expect} from 'chai';
import {logitsOf, looksLikeProbabilities, sigmoid, softmax, softmaxSteps} from '../../src/compute/probabilities.js';

describe('probabilities', () => {
  it('are known by their range and sums', () => {
    expect(looksLikeProbabilities([0.2, 0.8, 1, 0], 2, 2)).to.equal(true);
    expect(looksLikeProbabilities([0.2, 0.8009, 1, 0], 2, 2)).to.equal(true);
    expect(looksLikeProbabilities([0.2, 0.802, 1, 0], 2, 2)).to.equal(false);
    expect(looksLikeProbabilities([0.2, 0.8, 1.5, -0.5], 2, 2)).to.equal(false);
    expect(looksLikeProbabilities([0.2, 1, 0], 3, 1)).to.equal(true);
    expect(looksLikeProbabilities([0.2, 1.01, 0], 3, 1)).to.equal(false);
    expect(looksLikeProbabilities([0.2, NaN], 2, 1)).to.equal(false);
    expect(looksLikeProbabilities([0.5, NaN], 1, 2)).to.equal(false);
  });

  it('come of logits, by hand, without overflow', () => {
    // e^0 : e^ln 3 = 1 : 3
    const close = (own: Float64Array, expected: number[]): void => expected.forEach((p, at) => expect(own[at]).to.be.closeTo(p, 1e-15));
    close(softmax([0, Math.log(3), 1000, 1000, -1000, 0], 3, 2), [0.25, 0.75, 0.5, 0.5, 0, 1]);
    close(softmax([0, 2 * Math.log(3)], 1, 2, 2), [0.25, 0.75]);
    expect(Array.from(softmax([0, -Infinity], 1, 2))).to.deep.equal([1, 0]);
    expect(Array.from(softmax([0, NaN, 0, 0], 2, 2))).to.deep.equal([NaN, NaN, 0.5, 0.5]);
    expect(Array.from(softmax([0, Infinity, -Infinity, -Infinity], 2, 2)).every(Number.isNaN)).to.equal(true);
    close(sigmoid([0, Math.log(3), -Math.log(3), 1000, -1000, -Infinity]), [0.5, 0.75, 0.25, 1, 0, 0]);
    // not 0: e^-700 itself
    expect(sigmoid([-700])[0]! / Math.exp(-700)).to.be.closeTo(1, 1e-12);
    expect(sigmoid([NaN])[0]).to.satisfy(Number.isNaN);
  });

  it('become logits and come back', () => {
    const p = [0.2, 0.3, 0.5, 0, 1, 0];
    expect(Array.from(logitsOf(p, 3)).slice(0, 3)).to.deep.equal([Math.log(0.2), Math.log(0.3), Math.log(0.5)]);
    expect(logitsOf(p, 3)[3]).to.equal(-52 * Math.LN2);
    softmax(logitsOf(p, 3), 2, 3).forEach((v, at) => expect(v).to.be.closeTo(p[at]!, 1e-15));
    sigmoid(logitsOf([0.1, 0.9, 0], 1)).forEach((v, at) => expect(v).to.be.closeTo([0.1, 0.9, 0][at]!, 1e-15));
    expect(logitsOf([NaN], 1)[0]).to.satisfy(Number.isNaN);
  });

  it('are taken of a million logits, letting others in, and nothing is written into', () => {
    const logits = new Float32Array(1_000_000).fill(3);
    const steps = softmaxSteps(logits, 100_000, 10);
    let yields = 0;
    for (let step = steps.next(); ; step = steps.next(), yields++) {
      if (!step.done) continue;
      expect(step.value.every((p) => p === 0.1)).to.equal(true);
      break;
    }
    expect(yields).to.be.at.least(20);
    expect(logits.every((z) => z === 3)).to.equal(true);
  });
});
