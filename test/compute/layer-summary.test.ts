import {expect} from 'chai';
import {activationFunction} from '../../src/compute/activation-function.js';
import {poolMaps, summarizeFunction, summarizeLayer} from '../../src/compute/layer-summary.js';
import {finish} from '../helpers.js';

/** Channels last. */
const layout = (rows: number, cols: number, channels: number) => ({channels, rows, cols, base: 0, perChannel: 1, perRow: cols * channels, perColumn: channels});

describe('layer summaries', () => {
  it('pools to the value farthest from 0, a NaN before all, channel by channel', () => {
    // two channels of 3 × 4; the second is 100 times the first, with a NaN
    const first = [1, -2, 3, 4, 5, 6, -7, 8, 9, -10, 11, 0];
    const values = Float32Array.from(first.flatMap((v, i) => [v, i === 5 ? NaN : 100 * v]));
    const whole = finish(poolMaps(values, layout(3, 4, 2), 100));
    expect([whole.pooled, whole.rows, whole.cols]).to.deep.equal([1, 3, 4]);
    expect([...whole.data.subarray(0, 12)]).to.deep.equal(first);
    const pooled = finish(poolMaps(values, layout(3, 4, 2), 8));
    expect([pooled.pooled, pooled.rows, pooled.cols]).to.deep.equal([2, 2, 2]);
    // blocks: {1 −2 5 6}, {3 4 −7 8}, {9 −10}, {11 0}
    expect([...pooled.data]).to.deep.equal([6, 8, -10, 11, NaN, 800, -1000, 1100]);
  });

  it('knows each channel by itself, infinities and NaN too', () => {
    const values = Float32Array.of(1, NaN, 0, -2, NaN, 0, 3, NaN, 0, Infinity, NaN, 0);
    const s = finish(summarizeLayer(values, [2, 2, 3], layout(2, 2, 3), [1, 3], 100));
    expect([...s.least]).to.deep.equal([-2, NaN, 0]);
    expect([...s.most]).to.deep.equal([Infinity, NaN, 0]);
    expect([...s.odd]).to.deep.equal([1, 4, 0]);
    expect([s.nan, s.positiveInfinity, s.min, s.max, s.zeros, s.size]).to.deep.equal([4, 1, -2, 3, 4, 12]);
    // channels first: runs of a channel
    const runs = finish(summarizeLayer(Float32Array.of(1, 2, 3, -4, 5, 6), [2, 3], {channels: 2, rows: 1, cols: 3, base: 0, perChannel: 3, perRow: 3, perColumn: 1}, [3, 2], 100));
    expect([[...runs.least], [...runs.most]]).to.deep.equal([[1, -4], [3, 6]]);
  });

  it('knows how far magnitudes reach, whatever channel they are of', () => {
    const values = Float32Array.from({length: 128 * 128 * 32}, (_, i) => (i % 32 ? (i * 0.7548776662466927) % 1 : 0.01));
    expect(finish(summarizeLayer(values, [128, 128, 32], layout(128, 128, 32), [1, 32], 100)).reach).to.be.closeTo(0.995, 0.003);
  });

  it('counts what comes to the flat ends of a function', () => {
    const values = Float32Array.of(-3, -0.5, 0, 0.5, 2, 3, NaN, 7);
    const relu = finish(summarizeFunction('relu', activationFunction('relu'), values));
    expect([relu.below, relu.above]).to.deep.equal([3 / 8, 0]);
    expect(relu.counts.reduce((a, b) => a + b, 0)).to.equal(7);
    expect([relu.range.min, relu.range.max, relu.range.nan]).to.deep.equal([-3, 7, 1]);
    const tanh = finish(summarizeFunction('tanh', activationFunction('tanh'), values));
    // beyond ±2.092
    expect([tanh.below, tanh.above]).to.deep.equal([1 / 8, 2 / 8]);
  });
});
