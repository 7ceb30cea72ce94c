import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import type {AttributionMethod} from '../../src/attribution/attribution.js';
import {attributionFigure, type AttributionSettings} from '../../src/plot/attribution-map.js';
import {reachOf, type Shot} from '../../src/plot/map-places.js';
import {say} from '../../src/words/gradient.js';

/** A map of a signal of as many values. */
function shot(data: readonly number[], method: AttributionMethod = 'gradient'): Shot {
  const map = {inputName: 'x', data: Float32Array.from(data), shape: [data.length], method, target: {index: 0, predicted: true, probability: null}, score: 1};
  return {map, looked: {values: {shape: [data.length], dtype: 'float32', data: new Float32Array(data.length)}, picture: null, tokens: null}};
}

const values = Array.from({length: 64}, (_, i) => i - 32);
const settings: AttributionSettings = {opacity: 1, signed: true, clip: 0, lang: 'en', say: (key, params) => say('en', key, params)};
const color = {scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear'} as const;
const scaleOf = (shots: readonly Shot[], more: Partial<AttributionSettings> = {}) => attributionFigure(shots, null, {...settings, ...more}).bar!();

describe('maps of attribution', () => {
  before(() => loadPalettes());

  it('have full colour where the largest hold the share that is clipped', () => {
    // of 1 … 10, whose sum is 55, 10 holds 18 %, and 10 with 9 hold 35 %
    const ten = Float32Array.from({length: 10}, (_, i) => (i % 2 ? i + 1 : -i - 1));
    expect(reachOf(ten, 0)).to.equal(10);
    expect(reachOf(ten, 0.2)).to.equal(9);
    expect(reachOf(Float32Array.of(0, NaN, 0), 0.02)).to.equal(0);
  });

  it('are coloured about 0, or by how large they are', () => {
    expect(scaleOf([shot(values)])).to.include({diverging: true}).and.have.deep.property('domain', [-32, 32]);
    const absolute = scaleOf([shot(values)], {signed: false});
    expect(absolute.domain).to.deep.equal([0, 32]);
    expect(absolute.palette.name).to.contain('inferno');
  });

  it('are coloured as a heatmap is, where that is asked for', () => {
    expect(scaleOf([shot(values)], {color: {...color, domain: [-1, 4]}}).domain).to.deep.equal([-1, 4]);
    expect(scaleOf([shot(values)], {color: {...color, scheme: 'PuOr'}}).palette.name).to.contain('puor');
    expect(scaleOf([shot(values)], {color: {...color, center: null}}).diverging).to.equal(false);
    // the 2nd and the 98th percentile of −32 … 31 are −31 and 30: symmetric about 0
    expect(scaleOf([shot(values)], {color: {...color, domain: 'robust'}}).domain).to.deep.equal([-31, 31]);
    expect(scaleOf([shot(values)], {color: {...color, transform: 'rank'}}).toUnit(0)).to.be.closeTo(0.5, 0.02);
  });

  it('share a scale by method, or all of them', () => {
    const [small, large] = [shot(values.map((v) => v / 10)), shot(values, 'grad-cam')];
    expect(scaleOf([small, shot(values)]).domain[1]).to.equal(32);
    const figure = attributionFigure([small, large], null, settings);
    expect(figure.panels.map((p) => p.bar?.().domain[1])).to.deep.equal([Math.fround(3.2), 32]);
    expect(scaleOf([small, large], {color: {...color, domain: 'shared'}}).domain[1]).to.equal(32);
  });
});
