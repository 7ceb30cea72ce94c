import {expect} from 'chai';
import {argsortDescending, argsortDescendingSteps} from '../../src/compute/argsort.js';
import {noise, random} from '../helpers.js';

/** By comparison: what a stable sort of the language itself says. */
function compared(scores: Float32Array | Float64Array): number[] {
  return Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

describe('argsort', () => {
  it('orders as a stable sort by comparison, in float32 and float64', () => {
    const next = random(3);
    for (const n of [0, 1, 2, 3, 1000]) {
      for (const of of [() => next() - 0.5, () => Math.round(next() * 8) - 4, () => (next() - 0.5) * 10 ** (next() * 40 - 20), () => 1 + Math.round(next() * 8) * 2 ** -50]) {
        for (const scores of [Float32Array.from({length: n}, of), Float64Array.from({length: n}, of)]) {
          expect(Array.from(argsortDescending(scores)), `${scores.constructor.name} ${n}`).to.deep.equal(compared(scores));
        }
      }
    }
  });

  it('puts infinities at the ends, and takes 0 and -0 for equal', () => {
    for (const List of [Float32Array, Float64Array]) {
      expect(Array.from(argsortDescending(List.of(-0, 1, 0, -Infinity, -1, Infinity, -0)))).to.deep.equal([5, 1, 0, 2, 6, 4, 3]);
    }
  });

  it('tells float64 apart that are one float32', () => {
    expect(Array.from(argsortDescending(Float64Array.of(1, 1 + 2 ** -52, 1 - 2 ** -53, -1 - 2 ** -52, -1)))).to.deep.equal([1, 0, 2, 4, 3]);
  });

  it('orders a million, often letting others in, and writes into nothing', () => {
    const scores = noise(1_000_000);
    const copy = scores.slice();
    const steps = argsortDescendingSteps(scores);
    let yields = 0;
    let last = 0;
    for (;;) {
      const step = steps.next();
      if (step.done) {
        const order = step.value;
        for (let i = 1; i < order.length; i++) {
          const [a, b] = [order[i - 1]!, order[i]!];
          if (scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b)) throw new Error(`out of order at ${i}`);
        }
        break;
      }
      expect(step.value).to.be.within(last, 1);
      last = step.value;
      yields++;
    }
    expect(yields).to.be.at.least(50);
    expect(scores).to.deep.equal(copy);
  });
});
