import {expect} from 'chai';
import * as chromatic from 'd3-scale-chromatic';
import {formatCount, formatShare, formatShort, formatValue} from '../../src/color/format.js';
import {channels, ENTRIES, loadPalettes, palette, parseColor, type Rgba} from '../../src/color/palette.js';
import {colorize, type ColorScale, parseDomain, resolveScale, type ScaleFacts, type ScaleSettings} from '../../src/color/scale.js';
import {oklab} from '../../src/color/schemes.js';
import {ticksOf} from '../../src/color/ticks.js';
import {computeDistribution} from '../../src/compute/distribution.js';
import {failure, finish} from '../helpers.js';

const settings = (part: Partial<ScaleSettings> = {}): ScaleSettings => ({scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear', ...part});
const facts = (min: number, max: number): ScaleFacts => ({min, max, quantile: (p) => min + p * (max - min), rank: (v) => (max > min ? (v - min) / (max - min) : 0.5)});
const special = {nan: 1, positiveInfinity: 2, negativeInfinity: 3};
const paint = (v: number, scale: ColorScale): number => {
  const out = new Uint32Array(1);
  colorize(Float64Array.of(v), 0, 1, scale, special, out, 0);
  return out[0]!;
};

before(loadPalettes);

describe('scale', () => {
  it('diverges about the centre where values lie on both sides, red above', () => {
    const scale = resolveScale(settings(), facts(-1, 3));
    expect(scale.diverging).to.equal(true);
    expect(scale.domain).to.deep.equal([-3, 3]);
    expect(scale.palette.name).to.equal('rdbu');
    const [r, , b] = channels(paint(2.5, scale));
    expect(r).to.be.above(b);
    expect(paint(0, scale)).to.equal(scale.palette.table[512]);
  });

  it('is sequential where they do not, or where there is no centre', () => {
    for (const scale of [resolveScale(settings(), facts(0, 3)), resolveScale(settings({center: null}), facts(-1, 3)), resolveScale(settings({center: 5}), facts(0, 3))]) {
      expect(scale.diverging).to.equal(false);
      expect(scale.palette.name).to.equal('viridis');
    }
    expect(resolveScale(settings(), facts(-4, 3)).domain).to.deep.equal([-4, 4]);
    expect(resolveScale(settings({center: null}), facts(-4, 3)).domain).to.deep.equal([-4, 3]);
  });

  it('colours with the nearest of 1,024 entries of the d3 scheme', () => {
    const scale = resolveScale(settings({scheme: 'plasma', domain: [0, 1]}), facts(0, 1));
    for (let i = 0; i <= 5000; i++) {
      const v = i / 5000;
      const wanted = parseColor(chromatic.interpolatePlasma(Math.round(v * (ENTRIES - 1)) / (ENTRIES - 1)));
      expect(paint(v, scale), `${v}`).to.equal(wanted);
    }
  });

  it('marks what lies beyond a given domain, and special values', () => {
    const scale = resolveScale(settings({domain: [-1, 1]}), facts(-9, 9));
    expect(paint(-1.01, scale)).to.equal(scale.palette.under);
    expect(paint(1.01, scale)).to.equal(scale.palette.over);
    expect(paint(-1, scale)).to.equal(scale.palette.table[0]);
    expect(paint(1, scale)).to.equal(scale.palette.table[1023]);
    expect([NaN, Infinity, -Infinity].map((v) => paint(v, scale))).to.deep.equal([1, 2, 3]);
    const {table, under, over} = scale.palette;
    expect(under).to.not.equal(over);
    for (const color of [under, over]) expect([...table]).to.not.include(color);
  });

  it('tells below, above, special values, the page and every colour of every scheme apart', () => {
    const distance = (a: Rgba, b: Rgba): number => Math.hypot(...oklab(channels(a)).map((v, i) => v - oklab(channels(b))[i]!));
    const others = ['#ff00d4', '#00e03c', '#00c8ff', '#ffffff', '#14171c'].map(parseColor);
    for (const key of Object.keys(chromatic).filter((k) => k.startsWith('interpolate'))) {
      const {table, under, over} = palette(key, false);
      expect(distance(under, over), key).to.be.above(0.2);
      for (const beyond of [under, over]) {
        for (const color of table) expect(distance(beyond, color), `${key} ${channels(beyond)} ${channels(color)}`).to.be.above(0.09);
        for (const color of others) expect(distance(beyond, color), `${key} ${channels(beyond)}`).to.be.above(0.17);
      }
    }
  });

  it('begins a log domain at the least positive value, or at a millionth of the greatest', () => {
    const of = (leastPositive: number | undefined): number => resolveScale(settings({transform: 'log'}), {...facts(-100, 28), quantile: (p) => p * 28, leastPositive}).domain[0];
    expect(of(1)).to.equal(1);
    expect(of(1e-30)).to.be.closeTo(28e-6, 1e-12);
    expect(of(undefined)).to.be.closeTo(28e-6, 1e-12);
  });

  it('has no bar of its own where nothing is finite', () => {
    expect(resolveScale(settings(), facts(NaN, NaN)).blank).to.equal(true);
    expect(resolveScale(settings({domain: [0, 1]}), facts(NaN, NaN)).blank).to.equal(false);
    expect(resolveScale(settings(), facts(2, 2)).blank).to.equal(false);
  });

  it('gives each side of a lopsided domain its own slope, the centre the middle', () => {
    const scale = resolveScale(settings({domain: [-1, 4]}), facts(-1, 4));
    expect(scale.toUnit(-0.5)).to.equal(0.25);
    expect(scale.toUnit(0)).to.equal(0.5);
    expect(scale.toUnit(2)).to.equal(0.75);
    for (const t of [0, 0.2, 0.5, 0.9, 1]) expect(scale.toUnit(scale.fromUnit(t))).to.be.closeTo(t, 1e-12);
  });

  it('draws constants, denormals, 1e38 and nothing finite at all', () => {
    for (const v of [0, 7, -3, 1e-45, 3e38, -1e300, Number.MAX_VALUE]) {
      for (const transform of ['linear', 'symlog', 'rank'] as const) {
        const scale = resolveScale(settings({transform}), facts(v, v));
        const t = scale.toUnit(v);
        expect(t >= 0 && t <= 1, `${v} ${transform} ${t}`).to.equal(true);
      }
    }
    for (const [lo, hi] of [[-4e-45, 4e-45], [0, 1e-310], [-3e38, 3e38], [-1.7e308, 1.7e308], [1e30, 1.00001e30]] as const) {
      const scale = resolveScale(settings(), facts(lo, hi));
      expect(paint(lo, scale)).to.not.equal(scale.palette.under);
      expect(paint(hi, scale)).to.equal(scale.palette.table[1023]);
      expect(ticksOf(scale, 300, (l) => l.length * 6).length).to.be.above(1);
    }
    expect(paint(NaN, resolveScale(settings(), facts(NaN, NaN)))).to.equal(special.nan);
  });

  it('maps log and symlog as their formulas', async () => {
    const log = resolveScale(settings({transform: 'log', center: null}), facts(0.01, 100));
    expect(log.toUnit(1)).to.be.closeTo(0.5, 1e-12);
    expect(log.toUnit(-1)).to.be.below(0);
    const symlog = resolveScale(settings({transform: 'symlog'}), facts(-1000, 1000));
    expect(symlog.toUnit(1)).to.be.closeTo(0.5 + (0.5 * Math.log1p(1)) / Math.log1p(1000), 1e-12);
    expect(symlog.toUnit(-1)).to.be.closeTo(1 - symlog.toUnit(1), 1e-12);
    expect((await failure(() => resolveScale(settings({transform: 'log'}), facts(-2, -1)))).message).to.contain('positive');
  });

  it('takes the full range where the 2nd and the 98th percentile are one value', () => {
    const sparse = {...facts(-0.02, 0.02), quantile: () => 0};
    expect(resolveScale(settings({domain: 'robust'}), sparse).domain).to.deep.equal([-0.02, 0.02]);
    expect(resolveScale(settings({domain: 'robust', center: null}), {...sparse, min: -0.01}).domain).to.deep.equal([-0.01, 0.02]);
    expect(resolveScale(settings({domain: 'robust'}), facts(0, 1)).domain).to.deep.equal([0.02, 0.98]);
  });

  it('ranks within a given domain, and marks what lies beyond it', () => {
    for (const domain of [[-0.2, 0.2], 'robust'] as const) {
      const scale = resolveScale(settings({transform: 'rank', domain}), facts(-1, 1));
      expect(paint(-0.99, scale)).to.equal(scale.palette.under);
      expect(paint(0.99, scale)).to.equal(scale.palette.over);
      expect(paint(0.1, scale), 'share of cells below').to.equal(scale.palette.table[Math.round(0.55 * (ENTRIES - 1))]);
    }
    const whole = resolveScale(settings({transform: 'rank'}), facts(-1, 1));
    for (const v of [-1, 1]) expect(whole.toUnit(v)).to.be.within(0, 1);
  });

  it('reads domains and refuses what is none', async () => {
    expect(parseDomain('-1, 1')).to.deep.equal([-1, 1]);
    expect(parseDomain([0, 2])).to.deep.equal([0, 2]);
    expect(parseDomain('')).to.equal('auto');
    for (const bad of ['1,-1', '1', 'a,b', '0,0', '1,2,3', 'NaN,1', ',']) expect((await failure(() => parseDomain(bad))).message).to.contain('domain');
    expect((await failure(() => palette('jet', false))).message).to.contain('viridis');
  });
});

describe('ticks', () => {
  it('are short, even and apart, without floating point litter', () => {
    for (const [lo, hi] of [[0, 0.7], [-0.3, 0.3], [0, 1], [-1e-7, 1e-7], [0, 123456], [-3e38, 3e38], [0.001, 0.0017], [-2, 5], [1e9, 1.0001e9]] as const) {
      for (const transform of ['linear', 'symlog'] as const) {
        for (const length of [90, 160, 340]) {
          const ticks = ticksOf(resolveScale(settings({transform, center: null, domain: [lo, hi]}), facts(lo, hi)), length, (l) => l.length * 6);
          expect(ticks.length).to.be.within(transform === 'linear' ? 2 : 1, 12);
          for (const tick of ticks) {
            expect(tick.label.length, tick.label).to.be.at.most(10);
            expect(tick.t).to.be.within(-1e-9, 1 + 1e-9);
          }
          expect(new Set(ticks.map((t) => t.label)).size, ticks.map((t) => t.label).join(' ')).to.equal(ticks.length);
        }
      }
    }
  });
});

describe('ticks', () => {
  it('stand where the scale has their colours, for rank and log', () => {
    // as after a ReLU: half of the values are 0
    const relu = Float32Array.from({length: 4000}, (_, i) => (i % 2 ? 0 : i / 4000));
    const d = finish(computeDistribution(relu));
    const of = {min: 0, max: 3998 / 4000, quantile: (p: number) => d.quantile(p), rank: (v: number) => d.rankOf(v)};
    const cases = [settings({transform: 'rank'}), settings({transform: 'rank', domain: [0.1, 0.6]}), settings({transform: 'log', domain: [1e-3, 50]}), settings({transform: 'log', domain: [0.1, 0.9]})];
    for (const wanted of cases) {
      const scale = resolveScale(wanted, of);
      const ticks = ticksOf(scale, 600, () => 4);
      expect(ticks.length).to.be.above(2);
      for (const {value, t} of ticks) expect(t, `${wanted.transform} ${value}`).to.be.closeTo(scale.toUnit(value), 1e-12).and.within(0, 1);
    }
    const coarse = {...of, quantile: (p: number) => Math.min(0.99, d.quantile(p))};
    expect(ticksOf(resolveScale(settings({transform: 'rank'}), coarse), 600, () => 4).at(-1)!.value, 'the maximum').to.equal(of.max);
    const upper = ticksOf(resolveScale(settings({transform: 'rank'}), of), 600, () => 4).find(({value}) => value > 0)!; // not the maximum
    expect(upper.t).to.be.closeTo(0.75, 0.01);
  });
});

describe('format', () => {
  it('reads en_US as en-US, and what is no language as English', () => {
    expect(formatCount(1234.5, 'en_US')).to.equal('1,234.5');
    expect(formatCount(1234.5, 'de_DE')).to.equal(formatCount(1234.5, 'de-DE'));
    for (const lang of ['', 'not a tag', 'x']) expect(formatShare(0.5, lang)).to.equal('50%');
  });

  it('names a float32 in the fewest digits that round to it', () => {
    for (const [v, text] of [[Math.fround(0.1), '0.1'], [Math.fround(-2.7182817), '−2.7182817'], [0, '0'], [3, '3'], [Math.fround(1e-20), '1e−20'], [NaN, 'NaN'], [Infinity, '∞'], [-Infinity, '−∞'], [Math.fround(16777217), '16777216']] as const) {
      expect(formatValue(v)).to.equal(text);
    }
    for (let i = 1; i < 3000; i++) {
      const v = Math.fround(Math.sin(i) * 10 ** ((i % 60) - 30));
      expect(Math.fround(Number(formatValue(v).replaceAll('−', '-')))).to.equal(v);
    }
    expect(formatValue(0.1, 'float64')).to.equal('0.1');
    expect(formatValue(1 / 3, 'float64')).to.equal('0.3333333333333333');
  });

  it('shortens, and never says 0 % or 100 % of what is not', () => {
    expect(formatShort(0.000012345)).to.equal('1.23e−5');
    expect(formatShort(-1234.5)).to.equal('−1230');
    expect(formatShare(0.9999999, 'en')).to.equal('99.9%');
    expect(formatShare(1e-9, 'en')).to.equal('< 0.01%');
    expect(formatShare(1, 'en')).to.equal('100%');
  });
});
