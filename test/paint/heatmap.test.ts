import {expect} from 'chai';
import {loadPalettes, rgba} from '../../src/color/palette.js';
import {type ColorScale, resolveScale} from '../../src/color/scale.js';
import {parseArrange} from '../../src/compute/arrange.js';
import {makePlane} from '../../src/compute/plane.js';
import {largestScale, paintBlob} from '../../src/controllers/blob.js';
import {heatmapBands} from '../../src/paint/heatmap.js';
import {paintHistogram} from '../../src/paint/histogram.js';
import {rgbaOf} from '../../src/paint/theme.js';
import {failure, finish} from '../helpers.js';
import {pixelsOf, theme} from './scene.js';

const facts = {min: -1, max: 1, quantile: (p: number) => 2 * p - 1, rank: (v: number) => (v + 1) / 2};
let scale: ColorScale;
before(async () => {
  await loadPalettes();
  scale = resolveScale({scheme: null, reverse: false, domain: 'auto', center: 0, transform: 'linear'}, facts);
});

describe('heatmap', () => {
  it('draws NaN over +∞ over −∞, each at least two CSS px wide', () => {
    const n = 40;
    const data = new Float32Array(n * n);
    const put = (row: number, col: number, ...values: number[]): void => data.set(values, row * n + col);
    put(20, 19, -Infinity, NaN, Infinity);
    put(5, 5, Infinity, -Infinity);
    const plane = makePlane(parseArrange('a b -> a b', [n, n]), []);
    const canvas = new OffscreenCanvas(n, n);
    const viewport = {x: 0, y: 0, sx: 1, sy: 1, width: n, height: n};
    finish(heatmapBands({data, plane, viewport, scale, pool: 'extreme', poolCenter: 0, theme, dpr: 2}, canvas.getContext('2d')!));
    const names = new Map([[rgbaOf(theme.nan), 'N'], [rgbaOf(theme.positiveInfinity), '+'], [rgbaOf(theme.negativeInfinity), '-']]);
    const rows = Array.from({length: n}, (_, y) => Array.from(pixelsOf(canvas).subarray(y * n, (y + 1) * n), (p) => names.get(p) ?? '.').join(''));
    const pad = (text: string, from: number): string => text.padStart(from + text.length, '.').padEnd(n, '.');
    for (const y of [19, 20, 21, 22]) expect(rows[y], `row ${y}`).to.equal(pad('-NNNN+', 18));
    for (const y of [4, 5, 6, 7]) expect(rows[y], `row ${y}`).to.equal(pad('++++-', 4));
    for (const y of [3, 8, 18, 23]) expect(rows[y], `row ${y}`).to.equal(pad('', 0));
  });
});

describe('histogram', () => {
  it('has bars of one colour where the scale is not one of its values', () => {
    const draw = (own: ColorScale | null): Set<number> => {
      const canvas = new OffscreenCanvas(60, 60);
      paintHistogram(canvas.getContext('2d')!, {counts: Float64Array.of(5, 5, 5), min: -1, max: 1, scale: own, width: 60, height: 60, theme});
      return new Set([10, 30, 50].map((x) => pixelsOf(canvas)[20 * 60 + x]!));
    };
    expect(draw(scale).size).to.equal(3);
    expect([...draw(null)]).to.deep.equal([rgbaOf(theme.accent)]);
  });
});

describe('theme', () => {
  it('reads a colour that is not opaque whatever was read before', () => {
    rgbaOf('rebeccapurple');
    expect(rgbaOf('rgba(0, 0, 0, 0)')).to.equal(rgba(0, 0, 0));
    expect(rgbaOf('rgba(255, 0, 0, 0.5)')).to.equal(rgba(255, 0, 0));
  });
});

describe('blob', () => {
  it('is transparent where the background is', async () => {
    const blob = await paintBlob(30, 20, {scale: 2}, 'rgba(0, 0, 0, 0)', (ctx) => {
      ctx.fillStyle = '#f00';
      ctx.fillRect(0, 0, 10, 10);
    });
    const image = await createImageBitmap(blob);
    expect([image.width, image.height]).to.deep.equal([60, 40]);
    const canvas = new OffscreenCanvas(60, 40);
    canvas.getContext('2d')!.drawImage(image, 0, 0);
    const pixels = pixelsOf(canvas);
    expect(pixels[0]).to.equal(rgba(255, 0, 0));
    expect(pixels[30]).to.equal(0);
    expect(pixels.at(-1)).to.equal(0);
  });

  it('is refused where no canvas holds it, with the scale that one holds', async () => {
    const error = await failure(() => paintBlob(1000, 500, {scale: 40}, '#fff', () => undefined));
    expect(error).to.be.instanceOf(RangeError);
    expect(error.message).to.contain(String(largestScale(1000, 500)));
  });
});
