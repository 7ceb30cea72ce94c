import {expect} from 'chai';
import {trustworthiness, trustworthinessSteps} from '../../src/compute/trustworthiness.js';
import {failure, noise} from '../helpers.js';
import {congruential} from './congruential.js';
import {followed} from './pictures.js';

const flat = (places: readonly number[]): Float32Array => Float32Array.from(places.flatMap((x) => [x, 0]));

describe('trustworthiness', () => {
  it('is 1 of what was not moved', () => {
    const plane = noise(400, 1);
    for (const k of [1, 5, 99]) expect(trustworthiness(plane, 200, 2, plane, k)).to.equal(1);
    // turned and scaled, ranks stay
    const turned = plane.map((_, i) => (i % 2 ? -3 * plane[i - 1]! : 3 * plane[i + 1]!));
    expect(trustworthiness(plane, 200, 2, turned, 7)).to.equal(1);
  });

  it('is worked by hand: two in a line change places', () => {
    const line = Float32Array.of(0, 1, 3, 7, 15);
    const swapped = flat([0, 3, 1, 7, 15]);
    // Ranks by the values      shown nearest   its rank, less k = 1
    // 0: 1 2 3 4 of rows 1 2 3 4     2         2 → 1
    // 1: 0 2 3 4 are nearest first   2         2 → 1
    // 2: 1 0 3 4                     0         2 → 1
    // 3: 2 1 0 4                     1         2 → 1
    // 4: 3 2 1 0                     3         1 → 0     sum 4; 5 · 1 · (10 − 3 − 1) = 30
    expect(trustworthiness(line, 5, 1, swapped, 1)).to.be.closeTo(1 - (2 * 4) / 30, 1e-15);
    // of two, ranks are 2 and 1 for all but row 4, which is shown 3 and 1, of ranks 1 and 3: sum 1; 5 · 2 · (10 − 6 − 1) = 30
    expect(trustworthiness(line, 5, 1, swapped, 2)).to.be.closeTo(1 - 2 / 30, 1e-15);
    // the least there is: 0 1 3, shown 0 3 1: 0 sees 2 (rank 2), 1 sees 2 (2), 2 sees 0 (2): 1 − 2 · 3 / (3 · 1 · 2)
    expect(trustworthiness(line.subarray(0, 3), 3, 1, flat([0, 3, 1.2]), 1)).to.be.closeTo(0, 1e-15);
  });

  it('is what scikit-learn gives', () => {
    // sklearn.manifold.trustworthiness 1.9.1 of the same numbers
    const values = congruential(360, 1);
    const other = congruential(120, 2);
    [[1, 0.5660919540229885], [5, 0.5098076923076923], [12, 0.5513386880856761], [29, 0.5375]].forEach(([k, wanted]) => expect(trustworthiness(values, 60, 6, other, k)).to.be.closeTo(wanted!, 1e-14));
    const first = Float64Array.from({length: 120}, (_, i) => values[6 * (i >> 1) + (i % 2)]!);
    expect(trustworthiness(values, 60, 6, first)).to.be.closeTo(0.7680769230769231, 1e-14);
    expect(trustworthiness(values, 60, 6, first, 12)).to.be.closeTo(0.7820615796519411, 1e-14);
  });

  it('is what its formula says, of equal rows too', () => {
    // whole numbers: many stand equally far, and some in one place
    const n = 150;
    const values = Float32Array.from(congruential(3 * n, 5), (v) => Math.floor(4 * v));
    const plane = Float32Array.from(congruential(2 * n, 6), (v) => Math.floor(9 * v));
    const order = (x: Float32Array, d: number, i: number): number[] => {
      const square = (j: number): number => Array.from({length: d}, (_, c) => (x[i * d + c]! - x[j * d + c]!) ** 2).reduce((a, b) => a + b);
      return Array.from({length: n}, (_, j) => j).filter((j) => j !== i).sort((a, b) => square(a) - square(b) || a - b);
    };
    for (const k of [1, 6, 40]) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const ranks = order(values, 3, i);
        for (const j of order(plane, 2, i).slice(0, k)) sum += Math.max(0, ranks.indexOf(j) + 1 - k);
      }
      const {result} = followed(trustworthinessSteps(values, n, 3, plane, k));
      expect(result).to.be.closeTo(1 - (2 * sum) / (n * k * (2 * n - 3 * k - 1)), 1e-14);
    }
  });

  it('says what is wrong', async () => {
    for (const k of [0, 2, 1.5]) {
      const error = await failure(() => trustworthiness(new Float32Array(8), 4, 2, new Float32Array(8), k));
      expect(error).to.be.instanceOf(RangeError);
      expect(error.message).to.contain(`below half of the 4 examples; got ${k}`);
    }
    expect((await failure(() => trustworthiness(new Float32Array(8), 4, 2, new Float32Array(6), 1))).message).to.contain('got 6');
    expect((await failure(() => trustworthiness(Float32Array.of(1, NaN, 2, 3), 4, 1, new Float32Array(8), 1))).message).to.contain('Row 1');
    expect((await failure(() => trustworthiness(new Float32Array(4), 4, 1, new Float32Array(8).fill(NaN), 1))).message).to.contain('Row 0');
  });
});
