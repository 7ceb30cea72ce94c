import {expect} from 'chai';
import {smooth, smoothNext, startSmoothing} from '../../src/compute/smooth.js';
import {failure} from '../helpers.js';

describe('smoothing', () => {
  const y = Float64Array.of(3, 1, NaN, 4, 1, Infinity, -5, 9);

  it('is a mean of the finite values so far with weights s^(t−k), which numpy gives so', () => {
    const numpy: [number, number[]][] = [
      [0.6, [3, 1.7499999999999998, NaN, 2.8979591836734695, 2.0257352941176467, Infinity, -1.0215128383067313, 3.1832706766917296]],
      [0.9, [3, 1.9473684210526319, NaN, 2.7047970479704797, 2.209072404768828, Infinity, 0.4486581524260703, 2.273688052091626]],
      [0, [3, 1, NaN, 4, 1, Infinity, -5, 9]],
    ];
    for (const [weight, expected] of numpy) {
      [...smooth(y, weight)].forEach((v, i) => {
        if (Number.isFinite(expected[i])) expect(v).to.be.closeTo(expected[i]!, 1e-12);
        else expect(v).to.deep.equal(expected[i]);
      });
    }
    expect([...y]).to.deep.equal([3, 1, NaN, 4, 1, Infinity, -5, 9]);
  });

  it('leaves a constant as it is to the last digit, and goes on from a start of equal values', () => {
    expect([...smooth(Float32Array.of(0.1, NaN, 0.1, 0.1), 0.97)]).to.deep.equal([...Float32Array.of(0.1, NaN, 0.1, 0.1)]);
    // weights .25, .5, 1 of 2, 2, 4
    expect(smooth(Float64Array.of(2, 2, 4), 0.5)[2]).to.be.closeTo((0.25 * 2 + 0.5 * 2 + 4) / 1.75, 1e-14);
  });

  it('goes on value by value as over all at once', () => {
    const state = startSmoothing(0.8);
    expect(Array.from(y, (v) => smoothNext(state, v))).to.deep.equal([...smooth(y, 0.8)]);
    expect([...smooth(new Float32Array(0), 0.5)]).to.deep.equal([]);
    expect([...smooth(Float32Array.of(NaN, Infinity), 0.5)]).to.deep.equal([NaN, Infinity]);
  });

  it('is still right after very many values', () => {
    const wave = Float64Array.from({length: 300_000}, (_, i) => i % 2);
    // of 0, 1, 0, 1 … ending in 1 the sum is Σ s^(2k) / Σ s^k = 1 / (1 + s)
    expect(smooth(wave, 0.6).at(-1)).to.be.closeTo(1 / 1.6, 1e-12);
  });

  it('has a weight from 0 to below 1', async () => {
    for (const weight of [1, -0.1, NaN, Infinity]) expect((await failure(() => smooth(y, weight))).message).to.include(String(weight));
  });
});
