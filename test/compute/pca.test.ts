import {expect} from 'chai';
import {symmetricEigen} from '../../src/compute/eigen.js';
import {products} from '../../src/compute/gram.js';
import {pca, pcaSteps} from '../../src/compute/pca.js';
import {subspaceSteps} from '../../src/compute/subspace.js';
import {failure, finish, fixture, json, noise} from '../helpers.js';
import {congruential} from './congruential.js';
import {followed, pictures} from './pictures.js';

interface Reference {
  mean: number[];
  components: number[][];
  explained_variance: number[];
  explained_variance_ratio: number[];
  scores_first20: number[][];
}

async function table(name: string): Promise<{values: Float64Array; n: number; d: number}> {
  const rows = (await (await fetch(fixture(`data/${name}.csv`))).text()).trim().split('\n').slice(1).map((line) => line.split(',').map(Number).slice(0, -1));
  return {values: Float64Array.from(rows.flat()), n: rows.length, d: rows[0]!.length};
}

function closeTo(got: ArrayLike<number>, wanted: ArrayLike<number>, delta: number): void {
  expect(got.length).to.equal(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(got[i], `[${i}]`).to.be.closeTo(wanted[i]!, delta);
}

/** n × d of cosines (DCT-II), orthonormal and but for the first without mean: column j of them. */
const wave = (n: number, j: number): Float64Array => Float64Array.from({length: n}, (_, i) => Math.sqrt((j ? 2 : 1) / n) * Math.cos((Math.PI * j * (2 * i + 1)) / (2 * n)));

/** Σ sⱼ uⱼ vⱼᵀ of waves u (from the second) and v, whose variances are sⱼ² / (n − 1) and whose components v. */
function made(n: number, d: number, sizes: readonly number[]): Float64Array {
  const out = new Float64Array(n * d);
  sizes.forEach((size, s) => {
    const [u, v] = [wave(n, s + 1), wave(d, s)];
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) out[i * d + j]! += size * u[i]! * v[j]!;
  });
  return out;
}

describe('pca', () => {
  for (const name of ['iris', 'breast_cancer']) {
    it(`is what scikit-learn gives: ${name}`, async () => {
      const {values, n, d} = await table(name);
      const wanted = await json<Reference>(`refs/sklearn_pca_${name}.json`);
      const found = pca(values, n, d, {components: 3});
      closeTo(found.mean, wanted.mean, 1e-10);
      wanted.components.forEach((component, j) => {
        // signs are arbitrary there, here the largest is positive
        const largest = component.reduce((a, v) => (Math.abs(v) > Math.abs(a) ? v : a), 0);
        const sign = Math.sign(largest);
        closeTo(found.components.subarray(j * d, (j + 1) * d), component.map((v) => sign * v), 1e-11);
        expect(found.variances[j]! / wanted.explained_variance[j]!).to.be.closeTo(1, 1e-11);
        expect(found.ratios[j]).to.be.closeTo(wanted.explained_variance_ratio[j]!, 1e-12);
        wanted.scores_first20.forEach((row, i) => expect(found.scores[3 * i + j]).to.be.closeTo(sign * row[j]!, 1e-9 * Math.max(1, Math.abs(row[j]!))));
      });
    });
  }

  it('is worked by hand', () => {
    // along (1, 1): −√2, 0, √2
    const diagonal = pca(Float32Array.of(1, 1, 2, 2, 3, 3), 3, 2);
    closeTo(diagonal.scores, [-Math.SQRT2, 0, 0, 0, Math.SQRT2, 0], 1e-12);
    closeTo(diagonal.components, [Math.SQRT1_2, Math.SQRT1_2, 0, 0], 1e-12);
    closeTo(diagonal.mean, [2, 2], 0);
    closeTo(diagonal.variances, [2, 0], 1e-12);
    closeTo(diagonal.ratios, [1, 0], 1e-12);
    // a constant column has no part in anything; the other two by their spread
    const constant = pca(Float32Array.of(-1, 7, 0, 1, 7, 0, 0, 7, -3, 0, 7, 3), 4, 3, {components: 3});
    closeTo(constant.components, [0, 0, 1, 1, 0, 0, 0, 0, 0], 1e-12);
    closeTo(constant.variances, [6, 2 / 3, 0], 1e-12);
    closeTo(constant.ratios, [0.9, 0.1, 0], 1e-12);
  });

  it('takes what is hardly a matrix', async () => {
    for (const [n, d] of [[1, 1], [1, 5], [2, 1], [3, 2], [2, 300], [300, 1]] as const) {
      const found = pca(noise(n * d, 3), n, d, {components: 4});
      expect([found.scores.length, found.components.length, found.mean.length, found.variances.length, found.ratios.length]).to.deep.equal([4 * n, 4 * d, d, 4, 4]);
      expect(found.ratios.reduce((a, v) => a + v, 0)).to.be.closeTo(n > 1 ? 1 : 0, 1e-12);
      found.ratios.forEach((v, j) => j >= Math.min(n - 1, d) && expect(v).to.equal(0));
      for (const v of [...found.scores, ...found.components]) expect(v).to.satisfy(Number.isFinite);
    }
    closeTo(pca(new Float32Array(60).fill(0.1), 20, 3).scores, new Float64Array(40), 0);
    expect((await failure(() => pca(new Float32Array(5), 2, 3))).message).to.contain('2 × 3 values are needed; got 5');
    expect((await failure(() => pca(new Float32Array(6), 2, 3, {components: 0}))).message).to.contain('asked for 0');
    expect((await failure(() => pca(Float32Array.of(1, 2, NaN, 3), 2, 2))).message).to.contain('Row 1 holds NaN');
    expect(await failure(() => pca(new Float32Array(0), 0, 3))).to.be.instanceOf(RangeError);
  });

  it('gives back the rows from all components, whichever way is shorter', () => {
    for (const [n, d] of [[40, 7], [7, 40]] as const) {
      const values = noise(n * d, 5);
      const k = Math.min(n - 1, d);
      const {scores, components, mean, variances} = pca(values, n, d, {components: k});
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < d; c++) {
          let sum = mean[c]!;
          for (let j = 0; j < k; j++) sum += scores[i * k + j]! * components[j * d + c]!;
          expect(sum).to.be.closeTo(values[i * d + c]!, 1e-12);
        }
      }
      const squares = new Float64Array(k * k);
      products(components, k, components, k, d, squares, k, 1);
      for (let i = 0; i < k * k; i++) expect(squares[i]).to.be.closeTo(i % (k + 1) ? 0 : 1, 1e-12);
      expect([...variances]).to.deep.equal([...variances].sort((a, b) => b - a));
    }
  });

  it('finds a spectrum that is known, searching: tall, wide, and with rows gone over', () => {
    const sizes = Array.from({length: 150}, (_, s) => 50 / (1 + s) ** 0.7);
    for (const [n, d, k] of [[600, 200, 20], [200, 600, 20], [600, 2100, 3]] as const) {
      const found = pca(made(n, d, sizes), n, d, {components: k, seed: 3});
      const total = sizes.reduce((sum, v) => sum + v * v, 0);
      for (let j = 0; j < k; j++) {
        expect((found.variances[j]! * (n - 1)) / sizes[j]! ** 2, `variance ${j}`).to.be.closeTo(1, 1e-9);
        expect(found.ratios[j]).to.be.closeTo(sizes[j]! ** 2 / total, 1e-9);
        const v = wave(d, j);
        const dot = found.components.subarray(j * d, (j + 1) * d).reduce((sum, c, i) => sum + c * v[i]!, 0);
        expect(Math.abs(dot), `component ${j}`).to.be.closeTo(1, 1e-8);
      }
    }
    // more rows and columns than products are kept of
    const long = pca(made(2300, 2200, sizes.slice(0, 40)), 2300, 2200, {components: 2});
    for (let j = 0; j < 2; j++) expect((long.variances[j]! * 2299) / sizes[j]! ** 2).to.be.closeTo(1, 1e-9);
  });

  it('finds what all eigenvalues give, of a spectrum that is all but flat and of one of low rank', () => {
    const n = 90;
    for (const [length, seed] of [[4000, 1], [20, 2]] as const) {
      const x = Float64Array.from(congruential(n * length, seed), (v) => v - 0.5);
      const matrix = new Float64Array(n * n);
      products(x, n, x, n, length, matrix, n, 1);
      const wanted = symmetricEigen(matrix.slice(), n);
      const k = 12;
      const found = finish(
        subspaceSteps(
          function* (q, count, out) {
            products(matrix, n, q, count, n, out, 1, n);
            yield 1;
          },
          n,
          k,
          7,
        ),
      );
      for (let j = 0; j < k; j++) {
        expect(found.values[j]! / wanted.values[j]!).to.be.closeTo(1, 1e-9);
        let dot = 0;
        for (let i = 0; i < n; i++) dot += found.vectors[j * n + i]! * wanted.vectors[j * n + i]!;
        expect(Math.abs(dot)).to.be.closeTo(1, 1e-7);
      }
    }
  });

  it('finds 50 components of pictures as scikit-learn does from all', async () => {
    // scikit-learn 1.9.1, PCA(50, svd_solver='full'), signs set by the largest loading
    const {shares, result} = followed(pcaSteps(await pictures(1000), 1000, 784, {components: 50}));
    [[0, 19.549150171350664], [1, 12.61531421438257], [2, 4.299118816787287], [9, 0.9015419128781448], [24, 0.26836156051864346], [49, 0.11427015036364627]].forEach(([j, v]) => expect(result.variances[j!]! / v!).to.be.closeTo(1, 1e-6));
    expect(result.ratios.reduce((sum, v) => sum + v, 0)).to.be.closeTo(0.8729511157820067, 1e-7);
    closeTo(result.components.subarray(400, 403), [0.03182252079515909, 0.03831516432281635, 0.04035201392635572], 1e-6);
    closeTo(result.components.subarray(49 * 784 + 400, 49 * 784 + 403), [-0.1013435118160294, 0.0037888953937488907, -0.08260837643307091], 1e-5);
    expect(shares.length).to.be.above(50);
  });

  it('is the same for a seed', async () => {
    const values = await pictures(300);
    const [a, b] = [1, 1].map((seed) => pca(values, 300, 784, {components: 5, seed}));
    expect(a!.scores).to.deep.equal(b!.scores);
  });
});

describe('symmetricEigen', () => {
  it('is worked by hand', () => {
    const {values, vectors} = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    closeTo(values, [3, 1], 1e-15);
    closeTo(vectors.map(Math.abs), [Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2], 1e-15);
    closeTo(symmetricEigen(Float64Array.of(5), 1).values, [5], 0);
    // 2 on the diagonal, −1 beside it: 2 − 2 cos(jπ / (n + 1))
    const n = 30;
    const chain = Float64Array.from({length: n * n}, (_, i) => [2, -1][Math.abs(Math.floor(i / n) - (i % n))] ?? 0);
    closeTo(symmetricEigen(chain, n).values, Array.from({length: n}, (_, j) => 2 - 2 * Math.cos(((n - j) * Math.PI) / (n + 1))), 1e-13);
  });
});
