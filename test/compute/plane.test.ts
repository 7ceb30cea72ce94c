import {expect} from 'chai';
import {parseArrange} from '../../src/compute/arrange.js';
import {makePlane} from '../../src/compute/plane.js';
import {makePooler} from '../../src/compute/pool.js';
import {buildPyramid} from '../../src/compute/pyramid.js';
import {fitViewport} from '../../src/compute/viewport.js';

describe('plane of a long vector', () => {
  const n = 8_000_000;
  const plane = makePlane(parseArrange('a -> a', [n]), []);

  it('is sampled, while a gesture runs, at the cost of its picture', () => {
    const scene = {data: new Float32Array(n), plane, viewport: fitViewport(plane, {width: 600, height: 50}, 'auto'), pool: 'extreme', poolCenter: 0} as const;
    expect(makePooler(scene, true).cost).to.equal(scene.viewport.width);
    expect(makePooler(scene, false).cost, 'all cells are dearer').to.be.above(scene.viewport.width);
  });

  it('is looked through in pieces', () => {
    const steps = buildPyramid(new Float32Array(n), plane);
    let pieces = 0;
    while (!steps.next().done) pieces++;
    expect(pieces).to.be.at.least(7);
  });

  it('knows where rows are runs of the data', () => {
    const of = (pattern: string, shape: number[]): boolean => makePlane(parseArrange(pattern, shape), []).contiguous;
    expect([of('a -> a', [5]), of('a b -> a b', [3, 4]), of('t a b -> a b', [2, 3, 4]), of('a b 1 -> a b', [3, 4, 1]), of('a b c -> a (b c)', [2, 1, 4])]).to.deep.equal([true, true, true, true, true]);
    expect([of('a b -> b a', [3, 4]), of('a b c -> (a b) c', [2, 3, 4]), of('a b c -> a (b c)', [2, 3, 4]), of('a b c -> a (c b)', [2, 3, 4])]).to.deep.equal([false, false, false, false]);
  });

  it('tells the cells before each place where there are gaps, and only there', () => {
    expect([plane.rowsBefore, plane.colsBefore]).to.deep.equal([null, null]);
    const grid = makePlane(parseArrange('h w i o -> (o h) (i w)', [2, 2, 1, 3]), []);
    expect([...grid.rowsBefore!]).to.deep.equal([0, 1, 2, 2, 3, 4, 4, 5, 6]);
    expect(grid.colsBefore).to.equal(null);
  });
});
