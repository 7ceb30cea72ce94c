import {expect} from 'chai';
import {nearestNeighbors} from '../../src/compute/neighbors.js';
import {Quadtree} from '../../src/compute/quadtree.js';
import {trustworthiness} from '../../src/compute/trustworthiness.js';
import {type Affinities, affinitiesSteps, divergenceOf, gradientSteps, tsne, tsneSteps} from '../../src/compute/tsne.js';
import {failure, finish, noise} from '../helpers.js';
import {congruential} from './congruential.js';
import {followed, pictures} from './pictures.js';

/** The affinities of a matrix's rows, all of them or the nearest. */
function affinities(values: Float32Array | Float64Array, n: number, d: number, perplexity: number, k = Math.floor(3 * perplexity)): Affinities {
  const {indices, distances} = nearestNeighbors(values, n, d, k);
  return finish(affinitiesSteps(indices, Float64Array.from(distances, (v) => v * v), n, k, perplexity));
}

/** All pairs: Σ 1 / (1 + |yᵢ − yⱼ|²), and the divergence. */
function exactly(p: Affinities, y: Float64Array): {total: number; divergence: number} {
  const n = y.length / 2;
  let total = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) total += 1 / (1 + (y[2 * i]! - y[2 * j]!) ** 2 + (y[2 * i + 1]! - y[2 * j + 1]!) ** 2);
  let divergence = 0;
  for (let i = 0; i < n; i++) {
    for (let at = p.starts[i]!; at < p.starts[i + 1]!; at++) {
      const j = p.others[at]!;
      divergence += p.shares[at]! * Math.log(p.shares[at]! / (1 / (1 + (y[2 * i]! - y[2 * j]!) ** 2 + (y[2 * i + 1]! - y[2 * j + 1]!) ** 2) / total));
    }
  }
  return {total, divergence};
}

describe('tsne', () => {
  it('has the affinities that scikit-learn has', () => {
    // sklearn.manifold._t_sne._joint_probabilities 1.9.1 of 20 × 6 numbers, perplexity 5; float32 distances there
    const p = affinities(congruential(120, 1), 20, 6, 5, 19);
    const of = (i: number, j: number): number => {
      for (let at = p.starts[i]!; at < p.starts[i + 1]!; at++) if (p.others[at] === j) return p.shares[at]!;
      return 0;
    };
    for (const [i, j, v] of [[0, 1, 0.0027267111259962158], [0, 2, 0.0001246864791005636], [0, 3, 0.0018170367548775296], [7, 9, 0.003758110290374511]] as const) {
      expect(of(i, j) / v, `${i}, ${j}`).to.be.closeTo(1, 1e-3);
      expect(of(j, i)).to.be.closeTo(of(i, j), 1e-18);
    }
    expect(p.shares.reduce((sum, v) => sum + v, 0)).to.be.closeTo(1, 1e-12);
    expect(p.starts[20]).to.equal(380);
  });

  it('has affinities of neighbours that sum up to 1, each pair once a way, equal rows too', () => {
    const [n, perplexity] = [200, 9];
    for (const values of [noise(n * 4, 2), Float32Array.from(noise(n * 4, 2), Math.round), new Float32Array(n * 4)]) {
      const {starts, others, shares} = affinities(values, n, 4, perplexity);
      expect(shares.reduce((sum, v) => sum + v, 0)).to.be.closeTo(1, 1e-9);
      for (let i = 0; i < n; i++) {
        const own = [...others.subarray(starts[i], starts[i + 1])];
        expect(new Set(own).size).to.equal(own.length);
        expect(own).not.to.include(i);
        for (const j of own) expect([...others.subarray(starts[j], starts[j + 1])]).to.include(i);
      }
    }
  });

  it('drives points apart as all pairs do, with squares taken whole nearly so', () => {
    const n = 400;
    const points = Float64Array.from(noise(2 * n, 3), (v) => 5 * v);
    // two in one place, and two all but so
    points.set([points[0]!, points[1]!], 2);
    points.set([points[4]! + 1e-9, points[5]!], 6);
    const wanted = new Float64Array(2 * n);
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const [dx, dy] = [points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!];
        const q = 1 / (1 + dx * dx + dy * dy);
        total += q;
        wanted[2 * i]! += q * q * dx;
        wanted[2 * i + 1]! += q * q * dy;
      }
    }
    const tree = new Quadtree(n);
    const found = new Float64Array(2 * n);
    const length = Math.sqrt(wanted.reduce((sum, v) => sum + v * v, 0));
    for (const [theta, delta] of [[0, 1e-9], [0.1, 2e-3], [0.5, 3e-2], [1, 0.1]] as const) {
      // built anew over itself
      tree.build(Float64Array.from(noise(2 * n, 9)));
      tree.build(points);
      expect([...tree.order].sort((a, b) => a - b)).to.deep.equal(Array.from({length: n}, (_, i) => i));
      const sum = tree.repel(points, 0, 150, theta, found) + tree.repel(points, 150, n, theta, found);
      expect(sum / total).to.be.closeTo(1, delta);
      expect(Math.sqrt(found.reduce((s, v, i) => s + (v - wanted[i]!) ** 2, 0)) / length).to.be.below(delta);
    }
    for (const few of [1, 2]) {
      const small = new Quadtree(few);
      small.build(new Float64Array(2 * few).fill(3));
      expect(small.repel(new Float64Array(2 * few).fill(3), 0, few, 0.5, new Float64Array(2 * few))).to.equal(few * few);
    }
  });

  it('goes down the gradient: as finite differences have it', () => {
    const n = 60;
    const p = affinities(noise(n * 5, 6), n, 5, 8);
    const points = Float64Array.from(noise(2 * n, 7));
    const gradient = new Float64Array(2 * n);
    const tree = new Quadtree(n);
    const total = finish(gradientSteps(p, points, tree, 0, 1, gradient));
    const exact = exactly(p, points);
    expect(total).to.be.closeTo(exact.total, 1e-9);
    expect(divergenceOf(p, points, total)).to.be.closeTo(exact.divergence, 1e-12);
    const h = 1e-5;
    for (let i = 0; i < 2 * n; i++) {
      const [plus, minus] = [h, -h].map((by) => exactly(p, points.map((v, at) => (at === i ? v + by : v))).divergence);
      expect((plus! - minus!) / (2 * h)).to.be.closeTo(gradient[i]!, 1e-8);
    }
    const near = new Float64Array(2 * n);
    finish(gradientSteps(p, points, tree, 0.5, 1, near));
    const length = Math.sqrt(gradient.reduce((sum, v) => sum + v * v, 0));
    expect(Math.sqrt(near.reduce((sum, v, i) => sum + (v - gradient[i]!) ** 2, 0)) / length).to.be.below(0.02);
  });

  it('keeps neighbours of pictures together, the same for a seed', async () => {
    const values = await pictures(500);
    const {shares, result} = followed(tsneSteps(values, 500, 784));
    expect(shares.length).to.be.above(1000);
    expect(result.iterations).to.be.at.most(1000);
    for (const k of [5, 12]) expect(trustworthiness(values, 500, 784, result.points, k)).to.be.above(0.95);
    // what it says of itself, of all pairs
    const {divergence} = exactly(affinities(values, 500, 784, 30), Float64Array.from(result.points));
    expect(result.divergence / divergence).to.be.closeTo(1, 0.001);
    const again = tsne(values, 500, 784);
    expect(again.points).to.deep.equal(result.points);
    expect(again.divergence).to.equal(result.divergence);
    const other = tsne(values, 500, 784, {seed: 2});
    expect(other.points).not.to.deep.equal(result.points);
    expect(other.divergence / result.divergence).to.be.closeTo(1, 0.1);
  });

  it('comes lower the longer it goes on, and stops where it no longer moves', () => {
    const values = noise(90 * 4, 5);
    const [short, long] = [260, 1000].map((iterations) => tsne(values, 90, 4, {perplexity: 10, iterations}));
    expect(short!.iterations).to.equal(260);
    expect(long!.divergence).to.be.below(short!.divergence);
    // four corners come to rest
    const still = tsne(Float32Array.of(0, 0, 1, 0, 0, 1, 1, 1), 4, 2, {perplexity: 1.3, iterations: 20_000});
    expect(still.iterations).to.be.below(20_000).and.above(250);
  });

  it('goes by angles where told so', () => {
    const [n, d] = [120, 5];
    const values = noise(n * d, 8);
    // lengths are of no account
    const longer = values.map((v, i) => v * 2 ** (Math.floor(i / d) % 7));
    const [a, b] = [values, longer].map((x) => nearestNeighbors(x, n, d, 30, 'cosine'));
    expect(a!.indices).to.deep.equal(b!.indices);
    const {points} = tsne(longer, n, d, {perplexity: 10, metric: 'cosine'});
    const unit = values.map((v, i) => v / Math.hypot(...values.subarray(d * Math.floor(i / d), d * Math.floor(i / d) + d)));
    expect(trustworthiness(unit, n, d, points)).to.be.above(0.9);
  });

  it('takes equal rows and one column', () => {
    for (const n of [4, 7, 40]) {
      for (const [values, d] of [[new Float32Array(n * 3).fill(2), 3], [noise(n, n), 1]] as const) {
        const {points, divergence} = tsne(values, n, d, {perplexity: 1.2});
        expect(points.every(Number.isFinite) && Number.isFinite(divergence)).to.equal(true);
      }
    }
  });

  it('says what perplexities there are', async () => {
    for (const [n, perplexity, words] of [
      [80, 30, 'A perplexity of 30 does not fit 80 examples: it must be at least 1 and below a third of them. Set it to 1 to 26, or give more than 90 examples.'],
      [90, 30, 'Set it to 1 to 29, or give more than 90'],
      [100, 0.5, 'Set it to 1 to 33.'],
      [100, NaN, 'Set it to 1 to 33.'],
      [4, 2, 'Set it to 1, or give more than 6'],
      [3, 1, 'at least 4 examples; got 3'],
    ] as const) {
      const error = await failure(() => tsne(noise(n * 2, 1), n, 2, {perplexity}));
      expect(error).to.be.instanceOf(RangeError);
      expect(error.message).to.contain(words);
    }
    expect(tsne(noise(182, 1), 91, 2, {iterations: 2}).points.length).to.equal(182);
    for (const [options, words] of [[{iterations: 0}, 'At least one iteration'], [{theta: 2}, 'theta must be from 0 to 1']] as const) expect((await failure(() => tsne(noise(200, 1), 100, 2, options))).message).to.contain(words);
  });
});
