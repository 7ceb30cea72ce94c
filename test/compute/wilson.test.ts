import {expect} from 'chai';
import {wilsonInterval} from '../../src/compute/wilson.js';

describe('wilson', () => {
  it('is as published', () => {
    // Newcombe 1998, table I, method 3
    for (const [k, n, low, high] of [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718]] as const) {
      const [a, b] = wilsonInterval(k, n);
      expect(a).to.be.closeTo(low, 5e-5);
      expect(b).to.be.closeTo(high, 5e-5);
    }
  });

  it('mirrors at its ends, and is none of nothing', () => {
    const [low, high] = wilsonInterval(20, 20);
    expect(high).to.equal(1);
    expect(low).to.be.closeTo(1 - 0.1611, 5e-5);
    expect(wilsonInterval(0, 0).every(Number.isNaN)).to.equal(true);
  });
});
