import {expect} from 'chai';
import {embedSteps, type Embedded, type EmbedOptions} from '../../src/compute/embed.js';
import {pca} from '../../src/compute/pca.js';
import {trustworthiness} from '../../src/compute/trustworthiness.js';
import {compute} from '../../src/controllers/compute-worker.js';
import {failure, finish, noise} from '../helpers.js';
import {followed, pictures} from './pictures.js';

const DEFAULTS: EmbedOptions = {method: 'pca', metric: 'euclidean', seed: 1, perplexity: 30, neighbors: 15, minDist: 0.1, iterations: null, reduce: null, most: null, components: 2};
const embed = (values: Float32Array | Float64Array, n: number, d: number, options: Partial<EmbedOptions>): Embedded => finish(embedSteps(values, n, d, {...DEFAULTS, ...options}));
const METHODS = ['pca', 'tsne', 'umap'] as const;

describe('embed', () => {
  it('lays pictures out by each method, and says how far it can be trusted', async () => {
    const values = await pictures(400);
    const {ratios} = pca(values, 400, 784, {components: 50});
    const kept = ratios.reduce((sum, v) => sum + v, 0);
    for (const method of METHODS) {
      const {shares, result} = followed(embedSteps(values, 400, 784, {...DEFAULTS, method}));
      expect(shares.length).to.be.above(50);
      expect(shares[0]).to.be.below(0.05);
      expect(shares.at(-1)).to.be.above(0.95);
      expect([result.width, result.points.length, result.odd, result.sampled]).to.deep.equal([2, 800, 0, 0]);
      expect([...result.rows]).to.deep.equal(Array.from({length: 400}, (_, i) => i));
      expect(result.trustworthiness).to.be.closeTo(trustworthiness(values, 400, 784, result.points, 12), 1e-12).and.above(method === 'pca' ? 0.85 : 0.93);
      expect(Number.isNaN(result.divergence)).to.equal(method !== 'tsne');
      if (method === 'pca') {
        expect([result.reduced, result.kept]).to.deep.equal([0, 1]);
        expect(result.ratios[0]).to.be.closeTo(ratios[0]!, 1e-6);
      } else {
        expect([result.reduced, result.ratios.length]).to.deep.equal([50, 0]);
        expect(result.kept).to.be.closeTo(kept, 1e-6);
      }
    }
  });

  it('is the same for a seed, and for another another', async () => {
    const values = await pictures(200);
    for (const method of ['tsne', 'umap'] as const) {
      const [a, b, c] = [1, 1, 2].map((seed) => embed(values, 200, 784, {method, seed, iterations: 300}));
      expect(a!.points).to.deep.equal(b!.points);
      expect(a!.points).not.to.deep.equal(c!.points);
      expect(a!.trustworthiness).to.equal(b!.trustworthiness);
    }
  });

  it('is the same in the worker, and tells there what is wrong', async () => {
    const values = await pictures(100);
    const shares: number[] = [];
    const args = [values, 100, 784, {...DEFAULTS, method: 'umap'}] as const;
    const result = await compute('embed', [...args], {onProgress: (share) => shares.push(share)});
    expect(result).to.deep.equal(finish(embedSteps(...args)));
    expect(values.length).to.equal(78400);
    const error = await failure(compute('embed', [values, 100, 784, {...DEFAULTS, method: 'tsne', perplexity: 40}]));
    expect(error).to.be.instanceOf(RangeError);
    expect(error.message).to.contain('Set it to 1 to 33');
  });

  it('leaves out what is not finite, and of too many draws a sample', () => {
    const n = 90;
    const values = noise(n * 4, 2);
    values[4 * 3 + 1] = NaN;
    values[4 * 50] = -Infinity;
    const good = Array.from({length: n}, (_, i) => i).filter((i) => i !== 3 && i !== 50);
    const bare = Float32Array.from(good.flatMap((i) => [...values.subarray(4 * i, 4 * i + 4)]));
    for (const method of METHODS) {
      const found = embed(values, n, 4, {method, perplexity: 10});
      expect([found.odd, found.sampled]).to.deep.equal([2, 0]);
      expect([...found.rows]).to.deep.equal(good);
      expect(found.points).to.deep.equal(embed(bare, n - 2, 4, {method, perplexity: 10}).points);
      const some = embed(values, n, 4, {method, perplexity: 5, most: 40});
      expect([some.rows.length, some.odd, some.sampled, some.points.length]).to.deep.equal([40, 2, 48, 80]);
      some.rows.forEach((row, i) => expect(good.includes(row) && (i === 0 || row > some.rows[i - 1]!)).to.equal(true));
      expect([...embed(values, n, 4, {method, perplexity: 5, most: 40, seed: 9}).rows]).not.to.deep.equal([...some.rows]);
      expect([...embed(values, n, 4, {method, perplexity: 5, most: 40}).rows]).to.deep.equal([...some.rows]);
    }
  });

  it('reduces as told', () => {
    const values = noise(80 * 12, 4);
    for (const method of ['tsne', 'umap'] as const) {
      const of = (reduce: number | null): readonly [number, number] => {
        const {reduced, kept} = embed(values, 80, 12, {method, perplexity: 5, iterations: 20, reduce});
        return [reduced, kept];
      };
      expect(of(null)).to.deep.equal([0, 1]);
      expect(of(0)).to.deep.equal([0, 1]);
      expect(of(12)).to.deep.equal([0, 1]);
      const {ratios} = pca(values, 80, 12, {components: 5});
      expect(of(5)[0]).to.equal(5);
      expect(of(5)[1]).to.be.closeTo(ratios.reduce((sum, v) => sum + v, 0), 1e-12);
    }
    // fewer rows than dimensions: nothing is lost
    const few = embed(noise(10 * 300, 5), 10, 300, {method: 'umap'});
    expect(few.reduced).to.equal(10);
    expect(few.kept).to.be.closeTo(1, 1e-9);
  });

  it('goes by angles also after it has reduced', () => {
    // three directions, lengths from 1 to 1000
    const [n, d] = [150, 60];
    const around = noise(n * d, 6);
    const values = Float32Array.from(around, (v, i) => (0.1 * v + (i % d === Math.floor(i / d) % 3 ? 2 : 0)) * 10 ** (Math.floor(i / d) % 4));
    values.fill(0, 0, d);
    for (const method of ['tsne', 'umap'] as const) {
      const {points, trustworthiness: found, reduced} = embed(values, n, d, {method, metric: 'cosine'});
      expect(reduced).to.equal(50);
      expect(found).to.be.above(0.75);
      for (let i = 1; i < n; i++) {
        let [nearest, least] = [-1, Infinity];
        for (let j = 1; j < n; j++) {
          const far = Math.hypot(points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!);
          if (j !== i && far < least) [nearest, least] = [j, far];
        }
        expect(nearest % 3, method).to.equal(i % 3);
      }
    }
  });

  it('works out as many components as asked for', () => {
    const {points, width, ratios, trustworthiness: found} = embed(noise(60, 1), 20, 3, {components: 5});
    expect([width, points.length, ratios.length]).to.deep.equal([5, 100, 5]);
    expect(ratios.reduce((sum, v) => sum + v, 0)).to.be.closeTo(1, 1e-12);
    expect([...ratios.subarray(3)]).to.deep.equal([0, 0]);
    expect(found).to.be.within(0, 1);
  });

  it('takes few rows, equal ones, and one column', () => {
    for (const method of METHODS) {
      for (const n of method === 'tsne' ? [4, 5, 30] : [1, 2, 3, 4, 30]) {
        for (const [values, d] of [[noise(3 * n, n), 3], [new Float64Array(3 * n).fill(7), 3], [new Float32Array(3 * n), 3], [noise(n, n), 1]] as const) {
          for (const metric of ['euclidean', 'cosine'] as const) {
            const found = embed(values, n, d, {method, metric, perplexity: 1.1, iterations: 260});
            expect(found.points.length).to.equal(2 * n);
            expect(found.points.every(Number.isFinite), `${method} ${n}`).to.equal(true);
            if (n < 3 || new Set(values).size === 1) expect(Number.isNaN(found.trustworthiness)).to.equal(true);
            else if (metric === 'euclidean') expect(found.trustworthiness).to.be.within(0, 1);
          }
        }
      }
    }
  });

  it('says what is wrong', async () => {
    const values = noise(60, 1);
    for (const [options, words] of [
      [{method: 'tsne', perplexity: 7}, 'Set it to 1 to 6'],
      [{method: 'tsne', most: 3}, 'at least 4 examples; got 3'],
      [{method: 'umap', neighbors: 1}, 'neighbors must be a whole number, at least 2; got 1'],
      [{method: 'umap', minDist: 2}, 'minDist must be from 0 to 1; got 2'],
      [{method: 'umap', reduce: -1}, 'reduce must be'],
      [{method: 'umap', iterations: 0}, 'iterations must be'],
      [{components: 1}, 'components must be a whole number, at least 2; got 1'],
      [{most: 0}, 'most must be'],
    ] as const) {
      const error = await failure(() => embed(values, 20, 3, options));
      expect(error, words).to.be.instanceOf(RangeError);
      expect(error.message).to.contain(words);
    }
    expect((await failure(() => embed(new Float32Array(6).fill(NaN), 2, 3, {}))).message).to.equal('None of the 2 rows can be laid out: each holds NaN or an infinity.');
    expect((await failure(() => embed(values, 20, 4, {}))).message).to.contain('20 × 4 values are needed; got 60');
    expect(await failure(() => embed(new Float32Array(0), 0, 3, {}))).to.be.instanceOf(RangeError);
  });
});
