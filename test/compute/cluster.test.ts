import {expect} from 'chai';
import {cluster, clusterSteps, dendrogram, MOST_ROWS} from '../../src/compute/cluster.js';
import {runSliced} from '../../src/compute/slices.js';
import {failure, noise} from '../helpers.js';
import {congruential} from './congruential.js';

const float32 = (numbers: Float64Array, from = 0): Float32Array => Float32Array.from(numbers, (v) => v - from);

function closeTo(got: Float64Array, wanted: readonly number[], delta = 1e-12): void {
  expect(got.length).to.equal(wanted.length);
  wanted.forEach((v, i) => expect(got[i], `[${i}]`).to.be.closeTo(v, delta));
}

/** Σ vᵢ (i + 1): tells orders apart. */
const weigh = (values: Int32Array, by = 1): number => values.reduce((sum, v, i) => sum + v * (Math.floor(i / by) + 1), 0);

// the numbers of SciPy are of scipy.cluster.hierarchy.linkage(x, 'average', metric) and leaves_list, scipy 1.17.1, on
// the same congruential numbers, rounded to float32 and reshaped
describe('cluster', () => {
  it('is average linkage, worked by hand', () => {
    // 0 and 1 are 1 apart, 5 and 7 are 2; between the two pairs the mean of 5, 7, 4, 6 is 5.5
    const tree = cluster(Float32Array.of(0, 1, 5, 7), 4, 1);
    expect([...tree.merges]).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect([...tree.heights]).to.deep.equal([1, 2, 5.5]);
    expect([...tree.sizes]).to.deep.equal([2, 2, 4]);
    expect([...tree.order]).to.deep.equal([0, 1, 2, 3]);
    expect(tree.odd).to.deep.equal([]);
    expect([...dendrogram(tree)]).to.deep.equal([0.5, 0, 1.5, 0, 1, 2.5, 0, 3.5, 0, 2, 1, 1, 3, 2, 5.5]);
    // an unequal pair: (0, 1) to 10 is the mean over rows, not over clusters; then 4 rows to −20
    const chain = cluster(Float32Array.of(0, 1, 3, 10, -20), 5, 1);
    closeTo(chain.heights, [1, 2.5, 26 / 3, 23.5]);
    expect([...chain.merges]).to.deep.equal([0, 1, 2, 5, 3, 6, 4, 7]);
    expect([...chain.order]).to.deep.equal([4, 3, 2, 0, 1]);
  });

  it('is what SciPy gives, euclidean', () => {
    const tree = cluster(float32(congruential(24, 5)), 12, 2);
    expect([...tree.merges]).to.deep.equal([1, 7, 0, 12, 3, 8, 4, 13, 2, 11, 9, 10, 6, 16, 14, 18, 17, 19, 5, 15, 20, 21]);
    closeTo(tree.heights, [0.09500680645829765, 0.13265324009581647, 0.16879938498767377, 0.174603536931951, 0.24784985369414836, 0.2959029920188215, 0.3071556235721665, 0.3329395178631964, 0.4631316291610414, 0.6764977068734171, 0.6981197991526074]);
    expect([...tree.sizes]).to.deep.equal([2, 3, 2, 4, 2, 2, 3, 5, 7, 5, 12]);
    expect([...tree.order]).to.deep.equal([9, 10, 3, 8, 6, 2, 11, 5, 4, 0, 1, 7]);
    const large = cluster(float32(congruential(2100, 13)), 300, 7);
    expect(large.heights.reduce((a, b) => a + b)).to.be.closeTo(155.19081481779057, 1e-9);
    expect([weigh(large.order), weigh(large.merges, 2)]).to.deep.equal([6751823, 33154906]);
  });

  it('is what SciPy gives, cosine', () => {
    const tree = cluster(float32(congruential(36, 7), 0.5), 9, 4, 'cosine');
    expect([...tree.merges]).to.deep.equal([4, 6, 7, 8, 0, 3, 1, 10, 2, 11, 5, 9, 13, 14, 12, 15]);
    closeTo(tree.heights, [0.09535367688846219, 0.17079361655884262, 0.18894912609897596, 0.2025437384239513, 0.4323203766193174, 0.5602021801266994, 0.9797896919312402, 1.3327623927744947]);
    expect([...tree.order]).to.deep.equal([1, 7, 8, 2, 0, 3, 5, 4, 6]);
    const large = cluster(float32(congruential(2100, 13), 0.5), 300, 7, 'cosine');
    expect(large.heights.reduce((a, b) => a + b)).to.be.closeTo(76.92231458774613, 1e-4);
    expect([weigh(large.order), weigh(large.merges, 2)]).to.deep.equal([6639931, 33504267]);
  });

  it('treats equal distances as SciPy does', () => {
    const tree = cluster(Float32Array.from(congruential(40, 11), (v) => Math.floor(v * 3)), 20, 2);
    expect([...tree.merges]).to.deep.equal([0, 4, 1, 13, 2, 15, 3, 10, 12, 20, 5, 11, 6, 7, 8, 26, 16, 25, 18, 24, 19, 28, 14, 17, 9, 27, 21, 29, 23, 31, 22, 32, 34, 35, 30, 33, 36, 37]);
    closeTo(tree.heights, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1.3106601717798214, 1.4077435189160141, 5 / 3, 1.9463428998763366]);
    expect([...tree.order]).to.deep.equal([3, 10, 14, 17, 2, 15, 9, 8, 6, 7, 19, 16, 5, 11, 1, 13, 18, 12, 0, 4]);
  });

  it('puts rows with NaN or infinities last, in no merge', () => {
    const tree = cluster(Float32Array.of(NaN, 1, 0, 0, 5, Infinity, 7, 7, 1, 1), 5, 2);
    expect(tree.odd).to.deep.equal([0, 2]);
    // rows 1 and 4 first, then row 3
    expect([...tree.merges]).to.deep.equal([1, 4, 3, 5]);
    closeTo(tree.heights, [Math.SQRT2, 6.5 * Math.SQRT2]);
    expect([...tree.order]).to.deep.equal([3, 1, 4, 0, 2]);
    expect(dendrogram(tree)).to.have.length(10);
    const none = cluster(Float32Array.of(NaN, -Infinity), 2, 1);
    expect([none.odd, [...none.order], none.merges.length]).to.deep.equal([[0, 1], [0, 1], 0]);
    const one = cluster(Float32Array.of(NaN, 3), 2, 1, 'cosine');
    expect([one.odd, [...one.order], one.merges.length]).to.deep.equal([[0], [1, 0], 0]);
  });

  it('has a cosine distance for rows of zeros', () => {
    const tree = cluster(Float32Array.of(0, 0, 1, 0, 0, 0, 2, 0, -3, 0), 5, 2, 'cosine');
    // {0, 2} and {1, 3} are alike; zeros are 1 from all others; 4 is 2 from {1, 3}, 1 from {0, 2}
    expect([...tree.merges]).to.deep.equal([0, 2, 1, 3, 5, 6, 4, 7]);
    closeTo(tree.heights, [0, 0, 1, 1.5]);
  });

  it('does with little: no rows, one, two, no columns', () => {
    for (const [rows, columns] of [[0, 3], [1, 3], [0, 0]] as const) {
      const tree = cluster(new Float32Array(rows * columns), rows, columns);
      expect([tree.merges.length, tree.heights.length, tree.order.length]).to.deep.equal([0, 0, rows]);
      expect(dendrogram(tree)).to.have.length(0);
    }
    const two = cluster(Float32Array.of(3, 4, 0, 0), 2, 2);
    expect([[...two.merges], [...two.heights], [...two.order]]).to.deep.equal([[0, 1], [5], [0, 1]]);
    expect([...cluster(new Float32Array(0), 3, 0).heights]).to.deep.equal([0, 0]);
    expect(() => cluster(new Float32Array(5), 2, 2)).to.throw(RangeError);
    expect(() => cluster(new Float32Array(MOST_ROWS + 1), MOST_ROWS + 1, 1)).to.throw(RangeError);
  });

  it('keeps very large and very small values apart', () => {
    closeTo(cluster(Float32Array.of(3e38, 0, -3e38), 3, 1).heights, [Math.fround(3e38), 1.5 * Math.fround(3e38)], 1e24);
    const small = cluster(Float32Array.of(0, 0, 1e-40, 0, 0, 1e-40), 3, 2);
    expect(small.heights[0]).to.be.closeTo(1e-40, 1e-44);
    expect(cluster(Float32Array.of(1e-40, 1e-40, 1, 1, 1, -1), 3, 2, 'cosine').heights[0]).to.be.closeTo(0, 1e-12);
  });

  it('gives heights that never fall, and the same each time', () => {
    for (const metric of ['euclidean', 'cosine'] as const) {
      const values = noise(200 * 5, 3).map((v) => Math.round(4 * v) / 4);
      const tree = cluster(values, 200, 5, metric);
      for (let i = 1; i < tree.heights.length; i++) expect(tree.heights[i]).to.be.at.least(tree.heights[i - 1]!);
      expect([...tree.order].sort((a, b) => a - b)).to.deep.equal(Array.from({length: 200}, (_, i) => i));
      expect(cluster(values, 200, 5, metric)).to.deep.equal(tree);
    }
  });

  it('runs in short steps, tells how far it is, and can be stopped', async () => {
    const shares: number[] = [];
    for (const share of clusterSteps(noise(600 * 300), 600, 300)) shares.push(share);
    expect(shares.length).to.be.above(50);
    expect(shares.every((v, i) => v >= 0 && v <= 1 && v >= (shares[i - 1] ?? 0))).to.equal(true);
    const stop = new AbortController();
    const run = failure(runSliced(clusterSteps(noise(600 * 300), 600, 300), {signal: stop.signal, onProgress: () => stop.abort()}));
    expect((await run).name).to.equal('AbortError');
  });

  it('clusters as many rows as it says', () => {
    const run = clusterSteps(noise(MOST_ROWS * 64), MOST_ROWS, 64);
    let steps = 0;
    let step = run.next();
    for (; !step.done; step = run.next()) steps++;
    expect(step.value.heights).to.have.length(MOST_ROWS - 1);
    // of two million pairs each 64 products, a quarter of a million of them in one step
    expect(steps, 'in short steps').to.be.above(((MOST_ROWS * MOST_ROWS) / 2) * 64 * 0.9 / (1 << 18));
  });
});
