import {expect} from 'chai';
import {ssim} from '../../src/compute/ssim.js';
import {congruential} from './congruential.js';

describe('ssim', () => {
  // scikit-image's formula on scipy.ndimage.uniform_filter (1.17.1), its borders cut off
  it('is the formula of scikit-image', () => {
    const x = congruential(120, 5);
    const more = congruential(120, 6);
    const y = x.map((v, i) => 0.5 * v + 0.5 * more[i]!);
    expect(ssim(x, y, [12, 10], {range: 1})).to.be.closeTo(0.6725025432873725, 1e-12);
    expect(ssim(x, y, [12, 10], {range: 2, window: 3})).to.be.closeTo(0.6530093887298903, 1e-12);
    expect(ssim(x, x.map((v) => 1 - v), [12, 10], {range: 1})).to.be.closeTo(-0.9746745727924931, 1e-12);
    // of 100 × 1 + 0 and the range it finds itself
    expect(ssim(x.map((v) => 100 * v), y.map((v) => 100 * v), [12, 10], {range: 100})).to.be.closeTo(0.6725025432873725, 1e-12);
  });

  it('is 1 of the same picture, and unknown where a value is', () => {
    const x = congruential(49, 1);
    expect(ssim(x, x, [7, 7])).to.be.closeTo(1, 1e-12);
    expect(ssim(new Float32Array(49), new Float32Array(49), [7, 7])).to.equal(1);
    expect(ssim(x, x.map((v, i) => (i ? v : NaN)), [7, 7])).to.satisfy(Number.isNaN);
    expect(() => ssim(x, x, [6, 8])).to.throw(RangeError);
    expect(() => ssim(x, x, [7, 7], {window: 9})).to.throw(RangeError);
  });
});
