import {expect} from 'chai';
import {orderClasses, orderClassesSteps} from '../../src/compute/class-order.js';
import {random} from '../helpers.js';

/** A matrix of 10 right answers a class, and the confusions given as [true, predicted, count]. */
function matrixOf(c: number, confusions: [number, number, number][]): Float64Array {
  const matrix = new Float64Array(c * c);
  for (let k = 0; k < c; k++) matrix[k * c + k] = 10;
  for (const [i, k, n] of confusions) matrix[i * c + k] = n;
  return matrix;
}

describe('class order', () => {
  it('puts side by side what is confused, either way', () => {
    const order = Array.from(orderClasses(matrixOf(6, [[0, 4, 3], [5, 2, 4]]), 6));
    expect(order).to.deep.equal([0, 4, 1, 2, 5, 3]);
  });

  it('joins groups at the ends that are alike', () => {
    // 0–3 and 1–4 are closest; one of each pair has to do with one of the other
    for (const [a, b, expected] of [[3, 1, [0, 3, 1, 4, 2]], [3, 4, [0, 3, 4, 1, 2]], [0, 1, [3, 0, 1, 4, 2]], [0, 4, [3, 0, 4, 1, 2]]] as const) {
      expect(Array.from(orderClasses(matrixOf(5, [[0, 3, 8], [1, 4, 8], [a, b, 2]]), 5))).to.deep.equal(expected);
    }
  });

  it('leaves alone what is confused with nothing, and lists every class once', () => {
    expect(Array.from(orderClasses(new Float64Array(16), 4))).to.deep.equal([0, 1, 2, 3]);
    expect(Array.from(orderClasses([1], 1))).to.deep.equal([0]);
    expect(Array.from(orderClasses([], 0))).to.deep.equal([]);
  });

  it('finds hidden blocks among a thousand classes, letting others in', () => {
    const next = random(4);
    const [c, size] = [1000, 8];
    // classes of a block are strewn about, and often taken for each other
    const place = Array.from({length: c}, (_, i) => i).sort(() => next() - 0.5);
    const block = new Int32Array(c);
    place.forEach((k, at) => (block[k] = Math.floor(at / size)));
    const matrix = new Float64Array(c * c);
    for (let i = 0; i < c; i++) {
      matrix[i * c + i] = 50;
      for (let k = 0; k < c; k++) if (i !== k && block[i] === block[k]) matrix[i * c + k] = 3 + next() * 3;
      for (let stray = 0; stray < 5; stray++) matrix[i * c + Math.floor(next() * c)]! += 1;
    }
    const steps = orderClassesSteps(matrix, c);
    let yields = 0;
    let last = 0;
    for (;;) {
      const step = steps.next();
      if (step.done) {
        const order = Array.from(step.value);
        expect(order.toSorted((a, b) => a - b)).to.deep.equal(Array.from({length: c}, (_, i) => i));
        let breaks = 0;
        for (let i = 1; i < c; i++) if (block[order[i]!] !== block[order[i - 1]!]) breaks++;
        expect(breaks).to.equal(c / size - 1);
        break;
      }
      expect(step.value).to.be.within(last, 1);
      last = step.value;
      yields++;
    }
    expect(yields).to.be.at.least(20);
  });
});
