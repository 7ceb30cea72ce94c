import {expect} from 'chai';
import {rankCorrelation} from '../../src/compute/rank-correlation.js';
import {congruential} from './congruential.js';

describe('rankCorrelation', () => {
  it('is scipy.stats.spearmanr (1.17.1), with ties and without', () => {
    const whole = (seed: number): Float64Array => congruential(40, seed).map((v) => Math.round(v * 10 - 5));
    expect(rankCorrelation(whole(1), whole(2))).to.be.closeTo(0.10115789712191303, 1e-14);
    expect(rankCorrelation(whole(1), whole(2), true)).to.be.closeTo(-0.04850028678311168, 1e-14);
    const [a, b] = [congruential(1000, 3), congruential(1000, 4)];
    expect(rankCorrelation(a, b.map((v, i) => v + a[i]!))).to.be.closeTo(0.7144012144012145, 1e-14);
  });

  it('is 1 and −1 of what rises and falls with it, and unknown where there is nothing to rank', () => {
    expect(rankCorrelation([1, 2, 3], [1, 10, 11])).to.equal(1);
    expect(rankCorrelation(Float32Array.of(-1, -2, 3), [5, 6, -7])).to.equal(-1);
    expect(rankCorrelation([-3, 2, 1], [9, 5, 1], true)).to.equal(1);
    expect(rankCorrelation([1, 2], [4, 4])).to.satisfy(Number.isNaN);
    expect(rankCorrelation([1, NaN], [1, 2])).to.satisfy(Number.isNaN);
    expect(rankCorrelation([1], [1])).to.satisfy(Number.isNaN);
    expect(() => rankCorrelation([1], [1, 2])).to.throw(RangeError);
  });
});
