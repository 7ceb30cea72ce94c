import {expect} from 'chai';
import {parseArrange, sideBySide} from '../../src/compute/arrange.js';
import {normalise} from '../../src/compute/normalise.js';
import {makePlane} from '../../src/compute/plane.js';
import {finish, noise} from '../helpers.js';

describe('normalise', () => {
  it('maps each row, column or tile to its own range', () => {
    const arrangement = parseArrange('a b -> a b', [2, 3]);
    const plane = makePlane(arrangement, []);
    const data = Float32Array.of(0, 5, 10, -4, 0, 4);
    const of = (per: 'tile' | 'row' | 'column', center: number | null): number[] => [...finish(normalise(data, plane, arrangement, per, center))];
    expect(of('row', null)).to.deep.equal([0, 0.5, 1, 0, 0.5, 1]);
    expect(of('row', 0)).to.deep.equal([0, 0.5, 1, -1, 0, 1]);
    expect(of('column', null)).to.deep.equal([1, 1, 1, 0, 0, 0]);
    expect(of('tile', 0)).to.deep.equal([0, 0.5, 1, Math.fround(-0.4), 0, Math.fround(0.4)]);
  });

  it('keeps the items of a grid apart', () => {
    // two rows of two tiles, two by two cells each
    const arrangement = parseArrange('(a h) (b w) -> (a h) (b w); a=2 b=2', [4, 4]);
    const data = Float32Array.from({length: 16}, (_, i) => i * 10 ** (Math.floor(i / 8) * 2 + (Math.floor(i / 2) % 2)));
    const out = finish(normalise(data, makePlane(arrangement, []), arrangement, 'tile', null));
    for (const [r, c] of [[0, 0], [0, 2], [2, 0], [2, 2]] as const) {
      const tile = [0, 1, 4, 5].map((i) => out[r * 4 + c + i]!);
      expect([Math.min(...tile), Math.max(...tile)], `${r} ${c}`).to.deep.equal([0, 1]);
    }
  });

  it('gives two states side by side one range for each row, column and tile of both', () => {
    const one = parseArrange('a b -> a b', [2, 2]);
    const arrangement = sideBySide(one, ['before', 'now']);
    const data = Float32Array.of(0, 1, 2, 3, 10, 5, 0, 3);
    const of = (per: 'tile' | 'row' | 'column'): number[] => [...finish(normalise(data, makePlane(arrangement, []), arrangement, per, null))];
    expect(of('tile')).to.deep.equal([...data].map((v) => Math.fround(v / 10)));
    expect(of('row')).to.deep.equal([0, 0.1, 2 / 3, 1, 1, 0.5, 0, 1].map(Math.fround));
    expect(of('column')).to.deep.equal([0, 0, 0.2, 0.5, 1, 1, 0, 0.5].map(Math.fround));
  });

  it('leaves what lies in other slices out', () => {
    const arrangement = parseArrange('t a b -> a b', [3, 2, 2]);
    const out = finish(normalise(noise(12), makePlane(arrangement, [1]), arrangement, 'row', null));
    expect(Array.from(out, Number.isNaN)).to.deep.equal(Array.from({length: 12}, (_, i) => i < 4 || i > 7));
  });

  it('lets the page work however long its rows are', () => {
    const arrangement = parseArrange('a b -> a b', [3, 1 << 20]);
    const steps = normalise(new Float32Array(3 << 20), makePlane(arrangement, []), arrangement, 'row', null);
    let n = 0;
    while (!steps.next().done) n++;
    expect(n).to.be.at.least(2 * 3 * 4);
  });
});
