import {expect} from 'chai';
import {nearestNeighbors, nearestNeighborsSteps} from '../../src/compute/neighbors.js';
import {failure, noise} from '../helpers.js';
import {followed} from './pictures.js';

/** By sorting all distances of each row. */
function plainly(values: ArrayLike<number>, n: number, d: number, k: number, metric: 'euclidean' | 'cosine'): {indices: number[]; distances: number[]} {
  const indices: number[] = [];
  const distances: number[] = [];
  for (let i = 0; i < n; i++) {
    const all = Array.from({length: n}, (_, j) => {
      let [square, dot, own, other] = [0, 0, 0, 0];
      for (let c = 0; c < d; c++) {
        const [x, y] = [values[i * d + c]!, values[j * d + c]!];
        square += (x - y) ** 2;
        dot += x * y;
        own += x * x;
        other += y * y;
      }
      return {j, far: metric === 'euclidean' ? Math.sqrt(square) : 1 - dot / Math.sqrt(own * other)};
    }).filter(({j}) => j !== i);
    all.sort((a, b) => a.far - b.far || a.j - b.j);
    for (const {j, far} of all.slice(0, k)) {
      indices.push(j);
      distances.push(far);
    }
  }
  return {indices, distances};
}

describe('nearestNeighbors', () => {
  it('is worked by hand, equally near ones by their number', () => {
    // 0 1 2 3 in a line, 1 once more
    const line = nearestNeighbors(Float32Array.of(0, 1, 2, 3, 1), 5, 1, 3);
    expect([...line.indices]).to.deep.equal([1, 4, 2, 4, 0, 2, 1, 3, 4, 2, 1, 4, 1, 0, 2]);
    expect([...line.distances]).to.deep.equal([1, 1, 2, 0, 1, 1, 1, 1, 1, 1, 2, 2, 0, 1, 1]);
    // all in one place
    expect([...nearestNeighbors(new Float64Array(8).fill(3), 4, 2, 2).indices]).to.deep.equal([1, 2, 0, 2, 0, 1, 0, 1]);
    // right angles, the same way at another length, the other way; rows of zeros
    const turned = nearestNeighbors(Float32Array.of(1, 0, 0, 2, 3, 0, -1, 0, 0, 0, 0, 0), 6, 2, 5, 'cosine');
    expect([...turned.indices.subarray(0, 5)]).to.deep.equal([2, 1, 4, 5, 3]);
    [0, 1, 1, 1, 2].forEach((v, i) => expect(turned.distances[i]).to.be.closeTo(v, 1e-7));
    expect([...turned.indices.subarray(20, 25)]).to.deep.equal([5, 0, 1, 2, 3]);
    [0, 1, 1, 1, 1].forEach((v, i) => expect(turned.distances[20 + i]).to.be.closeTo(v, 1e-7));
  });

  it('is what sorting all distances gives, in tiles of any shape', () => {
    for (const [n, d] of [[2, 1], [5, 3], [64, 4], [67, 2], [130, 9], [90, 6000]] as const) {
      const values = noise(n * d, n);
      for (const metric of ['euclidean', 'cosine'] as const) {
        for (const k of new Set([1, Math.min(15, n - 1), n - 1])) {
          const {shares, result} = followed(nearestNeighborsSteps(values, n, d, k, metric));
          const wanted = plainly(values, n, d, k, metric);
          wanted.distances.forEach((v, i) => expect(result.distances[i]).to.be.closeTo(v, 2e-6 * (1 + v)));
          // one column has but two directions, all equally near
          if (d > 1) expect([...result.indices]).to.deep.equal(wanted.indices);
          if (d > 1000) expect(shares.length).to.be.above(5);
        }
      }
    }
  });

  it('tells apart what is far from the middle and close together', () => {
    const near = Float64Array.from({length: 40}, (_, i) => 1e6 + ((i * 7) % 40) * 1e-6);
    const {indices, distances} = nearestNeighbors(near, 40, 1, 1);
    indices.forEach((j, i) => expect(Math.abs(near[i]! - near[j]!)).to.be.closeTo(1e-6, 1e-9));
    distances.forEach((v) => expect(v).to.be.closeTo(1e-6, 1e-9));
  });

  it('says what is wrong', async () => {
    for (const k of [0, 4, 1.5, NaN]) {
      const error = await failure(() => nearestNeighbors(new Float32Array(8), 4, 2, k));
      expect(error).to.be.instanceOf(RangeError);
      expect(error.message).to.contain(`1 to 3 neighbours can be found; asked for ${k}`);
    }
    expect((await failure(() => nearestNeighbors(new Float32Array(7), 4, 2, 1))).message).to.contain('4 × 2 values are needed; got 7');
    expect((await failure(() => nearestNeighbors(Float32Array.of(1, 2, 3, Infinity, NaN, 1), 3, 2, 1))).message).to.contain('Row 1 holds NaN or an infinity').and.to.contain('2 of 3');
  });
});
