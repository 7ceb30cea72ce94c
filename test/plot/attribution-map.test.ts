import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import type {AttributionMethod} from '../../src/attribution/attribution.js';
import {attributionFigure, type AttributionSettings} from '../../src/plot/attribution-map.js';
import {reachOf, type Shot} from '../../src/plot/map-places.js';
import type {Figure, Mark} from '../../src/plot/types.js';
import {say} from '../../src/words/gradient.js';
import {useKindWords} from '../../src/words/kinds.js';
import {noise} from '../helpers.js';

/** A map of a signal of as many values. */
function shot(data: readonly number[], method: AttributionMethod = 'gradient'): Shot {
  const map = {inputName: 'x', data: Float32Array.from(data), shape: [data.length], method, target: {index: 0, predicted: true, probability: null}, score: 1};
  return {map, looked: {values: {shape: [data.length], dtype: 'float32', data: new Float32Array(data.length)}, picture: null, tokens: null}};
}

/** A map of 16 × 16 pixels over an even grey. */
function picture(data: Float32Array): Shot {
  const pixels = new ImageData(16, 16);
  new Uint32Array(pixels.data.buffer).fill(0xff646464);
  return {map: {data, shape: [16, 16], method: 'gradient'}, looked: {values: {shape: [16, 16, 1], dtype: 'float32', data: new Float32Array(256)}, picture: pixels, tokens: null}};
}

/** The pixels of the last panel. */
const image = ({panels}: Figure): ImageData => (panels.at(-1)!.marks[0] as Mark & {kind: 'image'}).pixels;
const said = ({notes}: Figure): string => notes.map(({text}) => text).join('\n');

const values = Array.from({length: 64}, (_, i) => i - 32);
const settings: AttributionSettings = {opacity: 1, signed: true, clip: 0, lang: 'en', say: (key, params) => say('en', key, params)};
const color = {scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear'} as const;
const scaleOf = (shots: readonly Shot[], more: Partial<AttributionSettings> = {}) => attributionFigure(shots, null, {...settings, ...more}).bar!();

describe('maps of attribution', () => {
  before(() => {
    useKindWords();
    return loadPalettes();
  });

  it('have full colour where the largest hold the share that is clipped', () => {
    // of 1 … 10, whose sum is 55, 10 holds 18 %, and 10 with 9 hold 35 %
    const ten = Float32Array.from({length: 10}, (_, i) => (i % 2 ? i + 1 : -i - 1));
    expect(reachOf(ten, 0)).to.equal(10);
    expect(reachOf(ten, 0.2)).to.equal(9);
    expect(reachOf(Float32Array.of(0, NaN, 0), 0.02)).to.equal(0);
    // nothing to go by is not 0; a share that is none cuts nothing off
    expect(Number.isNaN(reachOf(Float32Array.of(NaN, Infinity), 0.02))).to.equal(true);
    expect(reachOf(ten, NaN)).to.equal(10);
  });

  it('find the value of full colour as sorting all of them would', () => {
    const sorted = (values: Float32Array, clip: number): number => {
      const all = values.map(Math.abs).filter(Number.isFinite).sort();
      const total = all.reduce((a, b) => a + b, 0);
      let held = 0;
      for (let i = all.length - 1; i >= 0; i--) if ((held += all[i]!) >= clip * total) return all[i]!;
      return 0;
    };
    for (const [n, spread] of [[7, 1], [5000, 1], [5000, 12]] as const) {
      const values = Float32Array.from(noise(n, n), (v, i) => v * Math.exp(spread * Math.sin(i)));
      for (const clip of [0, 0.02, 0.3, 0.999]) expect(reachOf(values.slice(), clip)).to.equal(sorted(values, clip));
    }
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

  it('have the colours of the theme where values are not finite, and say how many are', () => {
    const special = {nan: 0xff010203, positiveInfinity: 0xff040506, negativeInfinity: 0xff070809};
    const data = Float32Array.from({length: 256}, (_, i) => [NaN, Infinity, -Infinity, 0, 1, -1][i] ?? 0.01);
    const figure = attributionFigure([picture(data)], null, {...settings, opacity: 0.2, special});
    const pixels = new Uint32Array(image(figure).data.buffer);
    expect(Array.from(pixels.subarray(0, 3))).to.deep.equal([special.nan, special.positiveInfinity, special.negativeInfinity]);
    // where the map is 0, the picture is seen as it is
    expect(pixels[3]).to.equal(0xff646464);
    expect(said(figure)).to.contain('1 NaN, 1 +∞, 1 −∞');
    expect(figure.bar!().domain).to.deep.equal([-1, 1]);
    const nothing = attributionFigure([picture(new Float32Array(256).fill(NaN))], null, settings);
    expect(said(nothing)).to.contain('nothing in the map is finite').and.not.contain('0 everywhere');
    expect(said(attributionFigure([picture(new Float32Array(256))], null, settings))).to.contain('0 everywhere');
    // behind a signal too
    const band = attributionFigure([shot(values.map((v, i) => (i === 3 ? NaN : v)))], null, {...settings, special}).panels[0]!.marks[0]!;
    expect(band.kind === 'bars' && band.inks![3]).to.equal('rgb(3 2 1)');
  });

  it('are hatched where they lie below 0, which colour alone would tell', () => {
    // the left half is below 0
    const halves = picture(Float32Array.from({length: 256}, (_, i) => (i % 16 < 8 ? -1 : 1)));
    const hatches = (figure: Figure): Mark[] => figure.panels.at(-1)!.marks.filter(({kind, color: ink}) => kind === 'line' && ink !== 'text');
    const figure = attributionFigure([halves], null, settings);
    const [line] = hatches(figure);
    expect(line!.kind).to.equal('line');
    const {x, y} = (line as Mark & {kind: 'line'}).points;
    const at = Array.from(x).filter((v) => !Number.isNaN(v));
    expect(at.length).to.be.above(20);
    expect(Math.max(...at)).to.be.within(7.5, 8.3);
    // parted by x alone: a y that is no number would be drawn as one
    expect(Array.from(y).every(Number.isFinite)).to.equal(true);
    expect(said(figure)).to.contain('Hatched');
    const absolute = attributionFigure([halves], null, {...settings, signed: false});
    expect(hatches(absolute)).to.deep.equal([]);
    expect(said(absolute)).not.to.contain('Hatched');
    expect(said(attributionFigure([shot(values)], null, settings))).to.contain('Hatched');
    const words = {...shot([1, -1]), looked: {values: {shape: [2], dtype: 'int32', data: Int32Array.of(5, 6)}, picture: null, tokens: ['a', 'b']}} as const;
    expect(said(attributionFigure([words], null, settings))).to.contain('Underlined');
  });

  it('say of a map by itself only what is known of it', () => {
    const alone = (data: Float32Array, shape: number[], more: object = {}): Figure => attributionFigure([{map: {data, shape, ...more}, looked: {values: null, picture: null, tokens: null}}], null, settings);
    const features = alone(Float32Array.of(1, -2), [2]);
    expect(features.facts).to.equal('');
    expect(features.panels[0]).to.deep.include({title: 'Attribution'});
    expect(features.panels[0]!.y.labels).to.deep.equal(['0', '1']);
    expect(features.panels[0]!.marks[1]!.read!(1)!.place).to.equal('1');
    expect(said(alone(Float32Array.of(1, NaN), [2]))).to.contain('without a bar: 1 NaN');
    // a number alone would be hard to tell from its probability
    expect(alone(Float32Array.of(1), [1], {target: {index: 3, probability: 0.5}})).to.include({facts: 'class 3 · probability 50%'});
    expect(alone(Float32Array.of(1, -2), [2], {method: 'lime', target: {name: 'bee', probability: 0.25}, score: 3})).to.include({facts: 'bee · probability 25% · score 3'});
    expect(alone(Float32Array.of(1, -2), [2], {method: 'lime', target: {name: 'bee'}}).panels[0]!.title).to.equal('lime: bee');
    expect(said(alone(Float32Array.of(1, -2), [2], {method: 'lime', completenessGap: 0.5}))).to.contain('lime: completeness gap 0.5.').and.not.contain('steps');
    // a small matrix is one of cells
    expect(alone(new Float32Array(49).fill(1), [7, 7]).panels[0]!.marks[0]).to.include({kind: 'cells', rows: 7, cols: 7});
  });

  it('show one plane of a volume, and say which', () => {
    const data = Float32Array.from({length: 20 * 30 * 40}, (_, i) => (Math.floor(i / 1200) === 12 ? 1 : 0.01));
    const values3 = {shape: [20, 30, 40, 1], dtype: 'float32', data} as const;
    const figure = attributionFigure([{map: {data, shape: [20, 30, 40, 1], method: 'gradient'}, looked: {values: values3, picture: null, tokens: null}}], null, settings);
    const [mark] = figure.panels[0]!.marks;
    expect(mark).to.include({kind: 'cells', rows: 30, cols: 40});
    expect(figure.panels[0]!.title).to.contain('plane 13 of 20');
    expect(said(figure)).to.contain('Of 20 planes');
    // channels that are no colours are added up
    const many = attributionFigure([{map: {data, shape: [20, 30, 40]}, looked: {values: {...values3, shape: [20, 30, 40]}, picture: null, tokens: null}}], null, settings);
    expect(many.panels[0]!.marks[0]).to.include({kind: 'cells', rows: 20, cols: 30});
    expect(said(many)).to.contain('sum over 40 channels');
  });

  it('keep what does not depend on the opacity', () => {
    const one = picture(Float32Array.from(noise(256)));
    const at = (opacity: number): ReturnType<typeof attributionFigure> => attributionFigure([one], null, {...settings, opacity});
    const [a, b] = [at(1), at(0.5)];
    expect(a.bar!()).to.equal(b.bar!());
    const points = (f: Figure): unknown => (f.panels.at(-1)!.marks.find(({kind}) => kind === 'line') as Mark & {kind: 'line'}).points;
    expect(points(a)).to.equal(points(b));
    expect(image(a).data).not.to.deep.equal(image(b).data);
    // a half-way map is half-way between picture and full colour
    [0, 77, 200].forEach((i) => expect(image(b).data[4 * i]!).to.be.closeTo((image(a).data[4 * i]! + 100) / 2, 1.5));
  });

  it('name each of several examples, with its own picture and probability', () => {
    const shots = [0, 1].map((at): Shot => {
      const {map, looked} = picture(Float32Array.from(noise(256, at + 1)));
      return {map: {...map, target: {index: at, name: ['cat', 'dog'][at]!, predicted: true, probability: at ? 0.6 : 0.9}}, looked, example: {at, of: 2}};
    });
    const curves = {share: Float64Array.of(0, 1), deletion: Float64Array.of(1, 0), insertion: Float64Array.of(0, 1), example: {at: 1, of: 2}};
    const figure = attributionFigure(shots, curves, settings);
    expect(figure.panels.map(({title}) => title)).to.deep.equal(['example 1 of 2', 'example 1 of 2 · gradient: cat 90%', 'example 2 of 2', 'example 2 of 2 · gradient: dog 60%', 'example 2 of 2 · Deletion and insertion']);
    expect(figure.panels.slice(0, 4).map((panel) => image({...figure, panels: [panel]})).map((pixels) => pixels.width)).to.deep.equal([16, 16, 16, 16]);
    expect(figure.facts).to.equal('1: cat 90%, 2: dog 60%');
    expect(new Set(figure.table.columns).size).to.equal(3);
  });
});
