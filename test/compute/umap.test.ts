import {expect} from 'chai';
import {fuzzyGraphSteps, strengthsSteps} from '../../src/compute/fuzzy-graph.js';
import {nearestNeighbors} from '../../src/compute/neighbors.js';
import {trustworthiness} from '../../src/compute/trustworthiness.js';
import {fitCurve, umap, umapSteps} from '../../src/compute/umap.js';
import {failure, finish, noise} from '../helpers.js';
import {followed, pictures} from './pictures.js';

describe('umap', () => {
  it('fits the curve as SciPy does', () => {
    // scipy.optimize.curve_fit 1.17.1, ftol = xtol = 1e-15, of what umap-learn fits; the first is a = 1.577, b = 0.895 there
    for (const [minDist, spread, a, b] of [[0.1, 1, 1.5769436134456798, 0.8950607194372566], [0.5, 1, 0.5830298055312382, 1.3341673830015464], [0, 1, 1.9328090880855, 0.7904946611253174], [0.25, 2, 0.41627352217945, 0.9218551188175891]] as const) {
      const found = fitCurve(minDist, spread);
      expect(found.a).to.be.closeTo(a, 1e-7);
      expect(found.b).to.be.closeTo(b, 1e-7);
    }
  });

  it('takes neighbours as near as sums up to the logarithm of their number', () => {
    const [n, k] = [120, 14];
    const {distances} = nearestNeighbors(noise(n * 5, 4), n, 5, k);
    const strengths = finish(strengthsSteps(distances, n, k));
    for (let i = 0; i < n; i++) {
      const own = strengths.subarray(i * k, (i + 1) * k);
      expect(own[0]).to.equal(1);
      expect(own.reduce((sum, v) => sum + v, 0)).to.be.closeTo(Math.log2(k + 1), 1e-4);
      for (let j = 1; j < k; j++) expect(own[j]).to.be.at.most(own[j - 1]!).and.above(0);
    }
    // in one place, and others: those are as near as can be
    expect([...finish(strengthsSteps(Float32Array.of(0, 0, 0, 0, 1, 3), 2, 3))].slice(0, 5)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('unites what both ends see: by hand', () => {
    // 0 sees 1 and 2 (1, q), 1 sees 0 and 2, 2 sees 1 and 0, at distances of 1, 2 of three in a line at 0 1 3
    const near = nearestNeighbors(Float32Array.of(0, 1, 3), 3, 1, 2);
    const strengths = finish(strengthsSteps(near.distances, 3, 2));
    const q = Math.log2(3) - 1;
    [1, q, 1, q, 1, q].forEach((v, i) => expect(strengths[i]).to.be.closeTo(v, 1e-4));
    const {from, to, weights} = finish(fuzzyGraphSteps(near, 3, 2, 500));
    const found = new Map(Array.from(weights, (w, e) => [`${from[e]}-${to[e]}`, w]));
    expect(found.size).to.equal(6);
    // 0–1: 1 and 1; 1–2: q and 1; 0–2: q and q
    for (const [pair, v] of [['0-1', 1], ['1-2', 1], ['0-2', 2 * q - q * q]] as const) {
      expect(found.get(pair)).to.be.closeTo(v, 1e-4);
      expect(found.get([...pair].reverse().join(''))).to.equal(found.get(pair));
    }
    // each sees but its nearest: 2 sees 1, and not the other way
    const one = finish(fuzzyGraphSteps(nearestNeighbors(Float32Array.of(0, 1, 3), 3, 1, 1), 3, 1, 500));
    expect(Array.from(one.weights, (_, e) => `${one.from[e]}-${one.to[e]}`).sort()).to.deep.equal(['0-1', '1-0', '1-2', '2-1']);
    expect([...one.weights]).to.deep.equal([1, 1, 1, 1]);
  });

  it('keeps neighbours of pictures together, the same for a seed', async () => {
    const values = await pictures(500);
    const {shares, result} = followed(umapSteps(values, 500, 784));
    expect(shares.length).to.be.above(100);
    expect(result.points.length).to.equal(1000);
    for (const k of [5, 12]) expect(trustworthiness(values, 500, 784, result.points, k)).to.be.above(0.95);
    expect(umap(values, 500, 784).points).to.deep.equal(result.points);
    const other = umap(values, 500, 784, {seed: 2});
    expect(other.points).not.to.deep.equal(result.points);
    expect(trustworthiness(values, 500, 784, other.points)).to.be.above(0.95);
  });

  it('keeps groups apart, by angles too', () => {
    // three groups about three axes; by angles also where some are a hundred times as long
    const [n, d] = [240, 6];
    const around = noise(n * d, 8);
    for (const metric of ['euclidean', 'cosine'] as const) {
      const values = Float32Array.from({length: n * d}, (_, i) => {
        const row = Math.floor(i / d);
        const value = 0.2 * around[i]! + (i % d === row % 3 ? 3 : 0);
        return metric === 'cosine' && row % 2 ? 100 * value : value;
      });
      const {points} = umap(values, n, d, {metric, neighbors: 10});
      for (let i = 0; i < n; i++) {
        let [nearest, least] = [-1, Infinity];
        for (let j = 0; j < n; j++) {
          const far = Math.hypot(points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!);
          if (j !== i && far < least) [nearest, least] = [j, far];
        }
        expect(nearest % 3, metric).to.equal(i % 3);
      }
    }
  });

  it('keeps points farther apart where it is told to', () => {
    const values = noise(200 * 4, 3);
    const [tight, loose] = [0, 0.9].map((minDist) => {
      const {points} = umap(values, 200, 4, {minDist});
      const {distances} = nearestNeighbors(points, 200, 2, 1);
      return distances.slice().sort()[100]!;
    });
    expect(loose).to.be.above(2 * tight!);
  });

  it('takes few rows, equal rows and one column', () => {
    for (const n of [1, 2, 3, 5, 40]) {
      for (const values of [noise(n * 3, n), new Float32Array(n * 3).fill(2)]) {
        const {points} = umap(values, n, 3);
        expect(points.length).to.equal(2 * n);
        for (const v of points) expect(Math.abs(v)).to.be.below(1000);
      }
      expect(umap(noise(n, n), n, 1).points.every(Number.isFinite)).to.equal(true);
    }
  });

  it('says what is wrong', async () => {
    const values = noise(30, 1);
    for (const [options, words] of [[{neighbors: 1}, 'At least 2 neighbours'], [{minDist: 2}, 'minDist must be from 0 to spread'], [{minDist: -1}, 'minDist'], [{epochs: 0}, 'At least one epoch']] as const) {
      const error = await failure(() => umap(values, 10, 3, options));
      expect(error).to.be.instanceOf(RangeError);
      expect(error.message).to.contain(words);
    }
    expect((await failure(() => umap(values, 10, 4))).message).to.contain('10 × 4 values');
  });
});
