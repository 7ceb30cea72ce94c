import {expect} from 'chai';
import {computeDistribution, EXACT_QUANTILES} from '../../src/compute/distribution.js';
import {computeStats, countBeyond, histogram, scanRange} from '../../src/compute/stats.js';
import {openSource} from '../../src/tensor/read-source.js';
import {finish, hex256, json, modelUrl, noise, random} from '../helpers.js';

interface Reference {
  tensors: {name: string; n: number; min: number; max: number; mean: number; std: number; zeros: number; l2: number; quantiles: {q: number[]; v: number[]}; hist: Record<string, number[]>; sha256_f32le: string}[];
}

const stats = (data: Float32Array | Float64Array | Int32Array): ReturnType<typeof computeStats> extends Generator<unknown, infer T> ? T : never =>
  finish(computeStats(data, finish(scanRange(data)), [data.length], 'float32'));

describe('stats', () => {
  for (const [model, refs] of [['cnn-explainer-tinyvgg', 'weight_stats_cnn-explainer_tiny-vgg.json'], ['human-antispoof-f16', 'weight_stats_human_antispoof_float16.json']] as const) {
    it(`agree with numpy on every weight of ${model}`, async () => {
      const source = await openSource(modelUrl(model));
      if (!('model' in source)) throw new Error('no model');
      const {tensors} = await json<Reference>(`refs/${refs}`);
      for (const t of tensors) {
        const info = source.model.weights.find((w) => w.address === t.name)!;
        const {data} = await info.read();
        expect(await hex256(Float32Array.from(data)), t.name).to.equal(t.sha256_f32le);
        const own = stats(data as Float32Array);
        expect(own.size).to.equal(t.n);
        expect(own.min).to.equal(t.min);
        expect(own.max).to.equal(t.max);
        expect(own.zeros).to.equal(t.zeros);
        expect(own.mean).to.be.closeTo(t.mean, 1e-12);
        expect(own.std).to.be.closeTo(t.std, 1e-12 * Math.max(1, t.std));
        expect(own.l2 / t.l2).to.be.closeTo(1, 1e-12);
        for (const bins of [10, 30, 64]) {
          // numpy's edges are float32, ours float64: a value on an edge may fall on its other side
          const own = finish(histogram(data, t.min, t.max, bins));
          const off = own.reduce((sum, n, i) => sum + Math.abs(n - t.hist[bins]![i]!), 0);
          expect(off, `${t.name} ${bins}`).to.be.at.most(4);
          expect(own.reduce((a, b) => a + b)).to.equal(t.n);
        }
        const d = finish(computeDistribution(data));
        t.quantiles.q.forEach((q, i) => {
          const exact = (EXACT_QUANTILES as readonly number[]).includes(q);
          expect(d.quantile(q), `${t.name} q${q}`).to.be.closeTo(t.quantiles.v[i]!, exact ? 1e-9 : 0.01 * (t.max - t.min));
        });
      }
    });
  }

  it('count what is not finite, and leave it out of the rest', () => {
    const s = stats(Float32Array.of(1, NaN, 3, Infinity, -Infinity, 0, NaN));
    expect(s).to.include({nan: 2, positiveInfinity: 1, negativeInfinity: 1, min: 0, max: 3, zeros: 1});
    expect(s.mean).to.be.closeTo(4 / 3, 1e-15);
    expect(s.std).to.be.closeTo(Math.sqrt((1 + 9) / 3 - 16 / 9), 1e-12);
  });

  it('find extremes behind special values at the start', () => {
    expect(finish(scanRange(Float32Array.of(NaN, Infinity, 5)))).to.deep.equal({min: 5, max: 5, nan: 1, positiveInfinity: 1, negativeInfinity: 0});
    const none = finish(scanRange(Float32Array.of(NaN, NaN)));
    expect(none.min).to.satisfy(Number.isNaN);
    expect(none.max).to.satisfy(Number.isNaN);
  });

  it('hold for 1e38, for denormals and for doubles near the limit', () => {
    const big = stats(Float32Array.of(3e38, -3e38, 3e38, 3e38));
    expect(big.l2 / 6e38).to.be.closeTo(1, 1e-6);
    expect(big.std / (3e38 * Math.sqrt(0.75))).to.be.closeTo(1, 1e-6);
    const tiny = stats(Float64Array.of(4e-310, 0, 4e-310, 0));
    expect(tiny.std / 2e-310).to.be.closeTo(1, 1e-3);
    expect(tiny.l2).to.be.above(0);
    expect(stats(Float64Array.of(1.7e308, 1.7e308)).l2).to.equal(Infinity);
    expect(stats(Float64Array.of(1e308, 1e308)).mean).to.equal(1e308);
  });

  it('keep their digits where the mean is large', () => {
    const data = Float64Array.from({length: 100_001}, (_, i) => 1e9 + (i % 2));
    expect(stats(data).std).to.be.closeTo(0.5, 1e-6);
  });

  it('count as zeros only what is 0, beside 1e300 too', () => {
    expect(stats(Float64Array.of(1e300, 1e-50)).zeros).to.equal(0);
    expect(stats(Float64Array.of(1e300, 0, -0)).zeros).to.equal(2);
  });

  it('count values beyond a domain', () => {
    expect(finish(countBeyond(Float32Array.of(-2, -1, 0, 1, 2, Infinity, -Infinity, NaN), -1, 1))).to.deep.equal({below: 1, above: 1});
  });
});

describe('distribution', () => {
  it('has exact quartiles and percentiles, and a rank function, of a million values', () => {
    const data = noise(1_000_003, 7);
    data[5] = NaN;
    data[6] = Infinity;
    const sorted = Float32Array.from(data).filter(Number.isFinite).sort();
    const d = finish(computeDistribution(data));
    expect(d.count).to.equal(sorted.length);
    for (const p of EXACT_QUANTILES) {
      const at = p * (sorted.length - 1);
      const k = Math.floor(at);
      expect(d.quantile(p)).to.equal(sorted[k]! + (sorted[k + 1]! - sorted[k]!) * (at - k));
    }
    for (const k of [0, 1000, 123_456, 999_999]) expect(d.rankOf(sorted[k]!)).to.be.closeTo(k / sorted.length, 1e-4);
  });

  it('is exact of float64 and of int32, however large, small or close they are', () => {
    const next = random(11);
    const cases: (Float64Array | Int32Array | Uint8Array)[] = [
      Float64Array.from({length: 20_001}, () => (next() - 0.5) * 10 ** (600 * next() - 300)),
      Float64Array.from({length: 20_001}, () => 1e9 + next() * 1e-3),
      Float64Array.from({length: 20_001}, () => (next() < 0.9 ? -0 : next() - 0.5)),
      Int32Array.from({length: 20_001}, () => (next() - 0.5) * 2 ** 32),
      Uint8Array.from({length: 20_001}, () => next() * 256),
    ];
    for (const data of cases) {
      const d = finish(computeDistribution(data));
      const sorted = Float64Array.from(data).sort();
      for (const p of EXACT_QUANTILES) expect(d.quantile(p), `${data.constructor.name} ${p}`).to.equal(sorted[p * 20_000]);
      const middle = sorted[10_000]!;
      const [below, to] = [sorted.filter((v) => v < middle).length, sorted.filter((v) => v <= middle).length];
      expect(d.rankOf(middle)).to.be.closeTo((below + to) / 2 / sorted.length, 1e-3);
    }
    expect(finish(computeDistribution(Int32Array.of(16_777_217))).quantile(0.5)).to.equal(16_777_217);
    expect(finish(computeDistribution(Float64Array.of(-1.7e308, 1e300, 1.7e308, NaN, Infinity))).quantile(0.5)).to.equal(1e300);
    expect(finish(computeDistribution(Float64Array.of(-1.7e308, 1.7e308))).quantile(0.5)).to.equal(0);
  });

  it('knows the least value above 0', () => {
    expect(finish(computeDistribution(Float32Array.of(-3, 0, NaN, 28, 1, Infinity))).leastPositive).to.equal(1);
    expect(finish(computeDistribution(Float64Array.of(-3, 5e-324, 1))).leastPositive).to.equal(5e-324);
    expect(finish(computeDistribution(Int32Array.of(-3, 0))).leastPositive).to.equal(Infinity);
  });

  it('is not thrown off by outliers, ties or a single value', () => {
    const data = noise(200_000, 4);
    data[0] = 3e38;
    data[1] = -3e38;
    const d = finish(computeDistribution(data));
    expect(d.rankOf(0)).to.be.closeTo(0.5, 0.01);
    const ties = finish(computeDistribution(Float32Array.of(2, 2, 2, 2)));
    expect(ties.quantile(0.5)).to.equal(2);
    expect(ties.rankOf(2)).to.equal(0.5);
    expect(finish(computeDistribution(Int32Array.of(-5, 7, 100))).quantile(0.5)).to.equal(7);
    expect(finish(computeDistribution(Float32Array.of(NaN))).quantile(0.5)).to.satisfy(Number.isNaN);
  });
});
