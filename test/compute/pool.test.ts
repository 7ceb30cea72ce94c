import {expect} from 'chai';
import {parseArrange} from '../../src/compute/arrange.js';
import {makePlane, type Plane} from '../../src/compute/plane.js';
import {makePooler} from '../../src/compute/pool.js';
import {buildPyramid, rangeOfPyramid} from '../../src/compute/pyramid.js';
import {scanRange} from '../../src/compute/stats.js';
import {fitViewport, panBy, type Viewport, zoomAt} from '../../src/compute/viewport.js';
import {finish, noise, random} from '../helpers.js';

type Rule = {pool: 'extreme' | 'mean'; center: number};

/** The contract's rule for one pixel, word for word, with some room added around it in cells. */
function byRule(data: Float32Array, plane: Plane, v: Viewport, px: number, py: number, {pool, center}: Rule, room = 0): number | null {
  const range = (at: number, scale: number, p: number, n: number): [number, number] => {
    if (scale >= 1) {
      const c = Math.floor(at + (p + 0.5) / scale);
      return [c, c + 1];
    }
    return [Math.max(0, Math.floor(at + (p - room) / scale + 1e-7)), Math.min(n, Math.ceil(at + (p + 1 + room) / scale - 1e-7))];
  };
  const [c0, c1] = range(v.x, v.sx, px, plane.cols);
  const [r0, r1] = range(v.y, v.sy, py, plane.rows);
  const values: number[] = [];
  for (let r = r0; r < r1; r++) for (let c = c0; c < c1; c++) {
    if ((plane.rowOffset[r] ?? -1) >= 0 && (plane.colOffset[c] ?? -1) >= 0) values.push(data[plane.base + plane.rowOffset[r]! + plane.colOffset[c]!]!);
  }
  if (!values.length) return null;
  if (values.some((x) => x !== x)) return NaN;
  if (values.includes(Infinity)) return Infinity;
  if (values.includes(-Infinity)) return -Infinity;
  if (pool === 'mean') return values.reduce((a, b) => a + b) / values.length;
  return values.reduce((a, b) => (Math.abs(b - center) > Math.abs(a - center) || (Math.abs(b - center) === Math.abs(a - center) && b > a) ? b : a));
}

function pooled(data: Float32Array, plane: Plane, viewport: Viewport, rule: Rule, pyramid = false): {values: Float64Array; blank: (x: number, y: number) => boolean} {
  const levels = pyramid ? finish(buildPyramid(data, plane, rule.pool === 'mean')) : undefined;
  const pooler = makePooler({data, plane, pyramid: levels, viewport, pool: rule.pool, poolCenter: rule.center});
  const values = new Float64Array(viewport.width * viewport.height).fill(1234);
  // in uneven bands, as painting does it
  for (let y = 0, n = 1; y < viewport.height; y += n, n = (n % 5) + 1) {
    const to = Math.min(viewport.height, y + n);
    const band = new Float64Array(viewport.width * (to - y)).fill(1234);
    pooler.rows(band, y, to);
    values.set(band, y * viewport.width);
  }
  return {values, blank: (x, y) => pooler.blankCols[x] === 1 || pooler.blankRows[y] === 1};
}

const scenes: [string, string, number[], {width: number; height: number}][] = [
  ['cells wider than a pixel', 'a b -> a b', [9, 7], {width: 61, height: 53}],
  ['a matrix larger than the box', 'a b -> a b', [97, 131], {width: 40, height: 31}],
  ['a transposed matrix', 'a b -> b a', [97, 131], {width: 33, height: 40}],
  ['a grid with gaps', 'h w i o -> (o h) (i w)', [3, 3, 11, 17], {width: 45, height: 40}],
  ['a strip', 'a -> a', [1000], {width: 77, height: 30}],
];

describe('pool', () => {
  for (const [name, pattern, shape, box] of scenes) {
    for (const pool of ['extreme', 'mean'] as const) {
      it(`shows ${pool} values by the rule: ${name}`, () => {
        const size = shape.reduce((n, s) => n * s, 1);
        const data = noise(size, 3);
        const next = random(9);
        for (const special of [NaN, Infinity, -Infinity, NaN]) data[Math.floor(next() * size)] = special;
        const plane = makePlane(parseArrange(pattern, shape), []);
        const fit = fitViewport(plane, box, 'auto');
        const views = [fit, zoomAt(fit, plane, 1.7, 11, 13), panBy(zoomAt(fit, plane, 3.1, 20, 9), plane, -7.3, 4.9)];
        for (const viewport of views) {
          const rule = {pool, center: 0.1};
          const {values, blank} = pooled(data, plane, viewport, rule);
          for (let y = 0; y < viewport.height; y++) for (let x = 0; x < viewport.width; x++) {
            const wanted = byRule(data, plane, viewport, x, y, rule);
            const at = `pixel ${x},${y}`;
            if (wanted === null) expect(blank(x, y), `${at} blank`).to.equal(true);
            else if (pool === 'mean' && Number.isFinite(wanted)) expect(values[y * viewport.width + x]).to.be.closeTo(wanted, 1e-6);
            else expect(Object.is(values[y * viewport.width + x], wanted), `${at}: ${values[y * viewport.width + x]} is not ${wanted}`).to.equal(true);
          }
        }
      });
    }
  }

  for (const pool of ['extreme', 'mean'] as const) {
    it(`with a pyramid loses no ${pool} and shows none more than a pixel away`, () => {
      const shape = [400, 640];
      const data = noise(400 * 640, 5);
      const next = random(21);
      for (let i = 0; i < 12; i++) data[Math.floor(next() * data.length)] = [NaN, Infinity, -Infinity, 50 + i, -50 - i][i % 5]!;
      const plane = makePlane(parseArrange('a b -> a b', shape), []);
      const fit = fitViewport(plane, {width: 64, height: 40}, 'auto');
      for (const viewport of [fit, zoomAt(fit, plane, 1.4, 30, 20)]) {
        const rule = {pool, center: 0};
        const {values} = pooled(data, plane, viewport, rule, true);
        const reach = (v: number): number => (v !== v ? 4e9 : v === Infinity ? 3e9 : v === -Infinity ? 2e9 : Math.abs(v));
        for (let y = 0; y < viewport.height; y++) for (let x = 0; x < viewport.width; x++) {
          const got = values[y * viewport.width + x]!;
          const own = byRule(data, plane, viewport, x, y, rule)!;
          const wide = byRule(data, plane, viewport, x, y, rule, 1)!;
          if (pool === 'extreme') {
            expect(reach(got), `${x},${y}`).to.be.at.least(reach(own));
            expect(reach(got), `${x},${y}`).to.be.at.most(reach(wide));
          } else if (!Number.isFinite(own)) {
            expect(reach(got)).to.be.at.least(reach(own));
          }
        }
      }
    });
  }

  it('takes blocks along a lone row or column, however wide its cells are across', () => {
    const data = noise(100_000, 6);
    for (const [i, special] of [[40_000, NaN], [70_000, 99]] as const) data[i] = special;
    for (const [pattern, width, height] of [['a -> a', 90, 40], ['a -> a 1', 40, 90]] as const) {
      const plane = makePlane(parseArrange(pattern, [100_000]), []);
      const viewport = fitViewport(plane, {width, height}, 'auto');
      const pyramid = finish(buildPyramid(data, plane));
      const pooler = makePooler({data, plane, pyramid, viewport, pool: 'extreme', poolCenter: 0});
      expect(pooler.cost, 'looks at blocks').to.be.below(5000);
      const {values, blank} = pooled(data, plane, viewport, {pool: 'extreme', center: 0}, true);
      const reach = (v: number): number => (v !== v ? Infinity : Math.abs(v));
      for (let y = 0; y < viewport.height; y++) for (let x = 0; x < viewport.width; x++) {
        if (blank(x, y)) continue;
        const got = reach(values[y * viewport.width + x]!);
        expect(got).to.be.at.least(reach(byRule(data, plane, viewport, x, y, {pool: 'extreme', center: 0})!));
        expect(got).to.be.at.most(reach(byRule(data, plane, viewport, x, y, {pool: 'extreme', center: 0}, 1)!));
      }
    }
  });

  it('tells the range of all cells from the blocks, as a scan of them does', () => {
    for (const [pattern, shape] of [['a b -> a b', [37, 53]], ['a b -> b a', [37, 53]], ['h w i o -> (o h) (i w)', [3, 3, 5, 7]]] as const) {
      for (const specials of [[], [NaN], [Infinity, -Infinity], [NaN, Infinity, -Infinity, NaN]]) {
        const data = noise(shape.reduce<number>((n, s) => n * s, 1), 8);
        specials.forEach((v, i) => (data[17 + 40 * i] = v));
        const plane = makePlane(parseArrange(pattern, shape), []);
        expect(finish(rangeOfPyramid(data, plane, finish(buildPyramid(data, plane))))).to.deep.equal(finish(scanRange(data)));
      }
    }
    const none = new Float32Array(100).fill(NaN);
    const plane = makePlane(parseArrange('a b -> a b', [10, 10]), []);
    expect(finish(rangeOfPyramid(none, plane, finish(buildPyramid(none, plane)))).nan).to.equal(100);
  });

  it('keeps a lone NaN and a lone spike of 4 million cells', () => {
    const n = 2048;
    const data = new Float32Array(n * n);
    data[1234 * n + 777] = NaN;
    data[99 * n + 1999] = 1e-3;
    const plane = makePlane(parseArrange('a b -> a b', [n, n]), []);
    const {values} = pooled(data, plane, fitViewport(plane, {width: 200, height: 200}, 'auto'), {pool: 'extreme', center: 0}, true);
    expect(values.filter((v) => v !== v).length).to.be.within(1, 4);
    expect(values.filter((v) => v > 0).length).to.be.within(1, 4);
  });
});
