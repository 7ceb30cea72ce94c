import {expect} from 'chai';
import {runSliced} from '../../src/compute/slices.js';
import {MOST_SIDE, spectrum, spectrumSteps} from '../../src/compute/spectrum.js';
import {failure, noise} from '../helpers.js';
import {congruential} from './congruential.js';

const made = (n: number, seed: number): Float32Array => Float32Array.from(congruential(n, seed), (v) => v - 0.5);

function closeTo(got: ArrayLike<number>, wanted: readonly number[], delta: number): void {
  expect(got.length).to.equal(wanted.length);
  wanted.forEach((v, i) => expect(got[i], `[${i}]`).to.be.closeTo(v, delta));
}

// numbers of NumPy are of numpy.linalg.svd(x, compute_uv=False) 2.4.6 in float64, of the same float32 values
describe('spectrum', () => {
  it('is worked by hand', () => {
    // diag(3, −4), turned or not
    closeTo(spectrum(Float32Array.of(3, 0, 0, -4), 2, 2).values, [4, 3], 1e-15);
    closeTo(spectrum(Float32Array.of(0, 3, 4, 0), 2, 2).values, [4, 3], 1e-15);
    // [[1, 1], [0, 1]]: the golden ratio and its inverse
    const golden = (1 + Math.sqrt(5)) / 2;
    const shear = spectrum(Float32Array.of(1, 1, 0, 1), 2, 2);
    closeTo(shear.values, [golden, 1 / golden], 1e-15);
    expect(shear.stableRank).to.be.closeTo(3 / golden ** 2, 1e-14);
    expect(shear.condition).to.be.closeTo(golden ** 2, 1e-13);
    // σ = 2, 1, 1: p = ½, ¼, ¼, entropy 1.5 ln 2
    const three = spectrum(Float32Array.of(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0), 3, 4);
    closeTo(three.values, [2, 1, 1], 1e-15);
    expect(three.effectiveRank).to.be.closeTo(2 ** 1.5, 1e-14);
    expect(three.stableRank).to.be.closeTo(1.5, 1e-14);
    expect([three.condition, three.rank, three.odd]).to.deep.equal([2, 3, 0]);
  });

  it('is what NumPy gives', () => {
    const tall = spectrum(made(15, 3), 5, 3);
    closeTo(tall.values, [0.7851443763860999, 0.5928849803979482, 0.2823144584484345], 1e-14);
    expect(tall.effectiveRank).to.be.closeTo(2.7818727345950522, 1e-13);
    expect(tall.stableRank).to.be.closeTo(1.6995098872903953, 1e-13);
    expect(tall.condition).to.be.closeTo(2.7810987106404563, 1e-12);
    closeTo(spectrum(made(24, 4), 4, 6).values, [0.8249259937309472, 0.6154032027661591, 0.5494281581982341, 0.2607588320881205], 1e-14);
    const square = spectrum(made(2400, 6), 60, 40);
    closeTo([square.values[0]!, square.values[20]!, square.values[39]!, square.effectiveRank, square.stableRank], [3.7231358796214606, 2.010859780637296, 0.4436994831621008, 35.93473113324797, 14.921849857444824], 1e-12);
    // by way of a triangle, rows taken up in several blocks
    const wide = spectrum(made(15000, 8), 50, 300);
    closeTo([wide.values[0]!, wide.values[25]!, wide.values[49]!, wide.effectiveRank], [6.912143707294907, 4.8240009267379875, 3.0131180495523253, 48.8920756820932], 1e-12);
    const long = spectrum(made(15000, 8), 300, 50);
    closeTo([long.values[0]!, long.values[25]!, long.values[49]!, long.effectiveRank], [6.954624591281068, 4.859465854752678, 3.0390350175260514, 48.91312439548936], 1e-12);
  });

  it('keeps small values right: the Hilbert matrix, and one that is nearly singular', () => {
    const hilbert = Float32Array.from({length: 64}, (_, i) => 1 / (Math.floor(i / 8) + (i % 8) + 1));
    const found = spectrum(hilbert, 8, 8);
    closeTo(found.values, [1.6959390139951211, 0.29812521180116397, 0.026212847739411276, 0.001467691918138308, 5.437066972518639e-5, 1.2941966393850961e-6, 1.9529043051749924e-8, 1.1314211316416823e-9], 2e-15);
    expect(found.condition / 1498945853.6401281).to.be.closeTo(1, 1e-6);
    // below what float32 can tell apart: 1.7 · 8 · 2⁻²³ = 1.6e-6
    expect(found.rank).to.equal(5);
    // 1 on the diagonal, −1 above it: σ_min ≈ 2^−(n − 2), with nothing small in sight
    const n = 20;
    const triangle = spectrum(Float32Array.from({length: n * n}, (_, i) => Math.sign(Math.floor(i / n) - (i % n)) * (Math.floor(i / n) < i % n ? 1 : 0) + (i % (n + 1) ? 0 : 1)), n, n);
    closeTo([triangle.values[0]!, triangle.values[18]!], [11.870094637341069, 1.5005248359023546], 1e-13);
    expect(triangle.values[19]! / 2.8610229491273467e-6).to.be.closeTo(1, 1e-7);
  });

  it('knows matrices that lack rank', () => {
    const [a, b] = [made(300, 21), made(180, 22)].map((x) => x.map((v) => Math.round(8 * v))) as [Float32Array, Float32Array];
    const product = new Float32Array(100 * 60);
    for (let i = 0; i < 100; i++) for (let j = 0; j < 60; j++) for (let k = 0; k < 3; k++) product[i * 60 + j]! += a[i * 3 + k]! * b[k * 60 + j]!;
    const three = spectrum(product, 100, 60);
    closeTo(three.values.subarray(0, 3), [485.5936604854229, 471.726612816652, 335.374118943153], 1e-10);
    expect(three.values[3]).to.be.below(1e-12);
    expect([three.rank, three.condition]).to.deep.equal([3, Infinity]);
    // one that repeats a row; one with a column of zeros; one of ones
    const twice = made(40 * 30, 5);
    twice.copyWithin(30, 0, 30);
    expect(spectrum(twice, 40, 30).rank).to.equal(30);
    expect(spectrum(twice.subarray(0, 600), 20, 30).rank).to.equal(19);
    const hollow = made(900, 9).map((v, i) => (i % 30 === 7 ? 0 : v));
    expect([spectrum(hollow, 30, 30).rank, spectrum(hollow, 30, 30).condition]).to.deep.equal([29, Infinity]);
    const ones = spectrum(new Float32Array(35).fill(1), 5, 7);
    expect(ones.values[0]).to.be.closeTo(Math.sqrt(35), 1e-14);
    expect([ones.rank, ones.condition]).to.deep.equal([1, Infinity]);
    expect(ones.effectiveRank).to.be.closeTo(1, 1e-12);
    expect(ones.stableRank).to.be.closeTo(1, 1e-14);
  });

  it('keeps what orthogonal matrices keep, and the Frobenius norm', () => {
    // Hadamard: all values √n
    let hadamard = [1];
    for (let n = 1; n < 64; n *= 2) hadamard = Array.from({length: 4 * n * n}, (_, at) => hadamard[(Math.floor(at / (2 * n)) % n) * n + ((at % (2 * n)) % n)]! * (at >= 2 * n * n && at % (2 * n) >= n ? -1 : 1));
    const flat = spectrum(Float32Array.from(hadamard), 64, 64);
    closeTo(flat.values, Array<number>(64).fill(8), 1e-13);
    expect(flat.effectiveRank).to.be.closeTo(64, 1e-10);
    for (const [rows, columns] of [[1, 1], [1, 9], [9, 1], [2, 2], [2, 5], [7, 7], [33, 32], [64, 32], [65, 32], [129, 3], [128, 128], [257, 100]] as const) {
      const x = noise(rows * columns, rows + columns);
      const squares = x.reduce((sum, v) => sum + v * v, 0);
      const {values} = spectrum(x, rows, columns);
      expect(values.length).to.equal(Math.min(rows, columns));
      expect(values.reduce((sum, v) => sum + v * v, 0) / squares, `${rows}×${columns}`).to.be.closeTo(1, 1e-13);
      // transposed, they are the same; and so with signs turned in every other row
      const turned = Float32Array.from({length: x.length}, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]! * (i % rows & 1 ? -1 : 1));
      closeTo(spectrum(turned, columns, rows).values, [...values], 1e-13 * values[0]!);
    }
  });

  it('holds for very large and very small values', () => {
    for (const by of [1e37, 1e-40]) {
      const {values, condition, rank} = spectrum(Float32Array.of(3 * by, 0, 0, 4 * by), 2, 2);
      closeTo([...values].map((v) => v / by), [4, 3], 1e-4);
      expect([condition, rank]).to.deep.equal([values[0]! / values[1]!, 2]);
    }
  });

  it('does with zeros, with little, and with values that are no numbers', () => {
    const zeros = spectrum(new Float32Array(6), 2, 3);
    expect(zeros).to.deep.equal({values: new Float64Array(2), effectiveRank: 0, stableRank: 0, condition: Infinity, rank: 0, tolerance: 0, odd: 0});
    const none = spectrum(new Float32Array(0), 0, 3);
    expect([none.values.length, none.condition]).to.deep.equal([0, NaN]);
    expect(spectrum(Float32Array.of(-2), 1, 1)).to.deep.include({values: Float64Array.of(2), effectiveRank: 1, stableRank: 1, condition: 1, rank: 1});
    const odd = spectrum(Float32Array.of(1, NaN, Infinity, 2), 2, 2);
    expect([odd.odd, odd.values.length, odd.condition, odd.rank]).to.deep.equal([2, 0, NaN, NaN]);
    expect(() => spectrum(new Float32Array(5), 2, 3)).to.throw(RangeError);
    expect(() => spectrum(new Float32Array((MOST_SIDE + 1) ** 2), MOST_SIDE + 1, MOST_SIDE + 1)).to.throw(RangeError);
  });

  it('runs in short steps, tells how far it is, leaves its input alone, and can be stopped', async () => {
    for (const [rows, columns] of [[300, 300], [2000, 100]] as const) {
      const x = noise(rows * columns);
      const before = x.slice();
      let share = 0;
      let steps = 0;
      for (const s of spectrumSteps(x, rows, columns)) {
        expect(s >= share && s <= 1, `${share} to ${s}`).to.equal(true);
        share = s;
        steps++;
      }
      expect(steps).to.be.above(50);
      expect(x).to.deep.equal(before);
    }
    const stop = new AbortController();
    expect((await failure(runSliced(spectrumSteps(noise(250000), 500, 500), {signal: stop.signal, onProgress: () => stop.abort()}))).name).to.equal('AbortError');
  });

  it('goes in as many more steps as there is more to do', () => {
    const steps = (side: number): number => [...spectrumSteps(noise(side * side), side, side)].length;
    const [half, whole] = [steps(200), steps(400)];
    expect(whole / half).to.be.within(4, 9);
  });
});
