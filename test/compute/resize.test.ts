import {expect} from 'chai';
import {resizeLinear} from '../../src/compute/resize.js';

describe('resizeLinear', () => {
  it('is bilinear as PyTorch without align_corners (the example of nn.Upsample)', () => {
    expect(Array.from(resizeLinear([1, 2, 3, 4], [2, 2], [4, 4]))).to.deep.equal([1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4]);
  });

  it('resizes any rank, and one axis alone', () => {
    expect(Array.from(resizeLinear([0, 1], [2], [4]))).to.deep.equal([0, 0.25, 0.75, 1]);
    expect(Array.from(resizeLinear([5], [1], [3]))).to.deep.equal([5, 5, 5]);
    expect(Array.from(resizeLinear([1, 2, 3, 4, 5, 6], [3, 2, 1], [3, 2, 1]))).to.deep.equal([1, 2, 3, 4, 5, 6]);
    // each plane by itself
    expect(Array.from(resizeLinear([0, 1, 10, 11], [2, 2, 1], [2, 4, 1]))).to.deep.equal([0, 0.25, 0.75, 1, 10, 10.25, 10.75, 11]);
  });
});
