import {expect} from 'chai';
import {parseArrange, sideBySide} from '../../src/compute/arrange.js';
import {changeOf, changeSteps, differenceSteps, newSums} from '../../src/compute/change.js';
import {cellOf, indexAt, makePlane} from '../../src/compute/plane.js';
import {drain} from '../../src/compute/slices.js';

const change = (now: readonly number[], before: readonly number[]) => {
  const sums = newSums();
  drain(changeSteps(Float32Array.from(now), Float32Array.from(before), sums));
  return changeOf(sums);
};

describe('change of a weight', () => {
  it('has the numbers worked by hand', () => {
    // (3, 4) → (4, 3): the difference is (1, −1), the product 24
    const {norm, relative, cosine, flips} = change([4, 3], [3, 4]);
    expect(norm).to.be.closeTo(Math.SQRT2, 1e-12);
    expect(relative).to.be.closeTo(Math.SQRT2 / 5, 1e-12);
    expect(cosine).to.be.closeTo(24 / 25, 1e-12);
    expect(flips).to.equal(0);
    // signs: + → −, − → −, 0 → +, − → +
    expect(change([-1, -2, 3, 1], [1, -1, 0, -1]).flips).to.equal(0.5);
    expect(change([-1, -2], [1, 2])).to.deep.include({relative: 2, flips: 1}).and.have.property('cosine').closeTo(-1, 1e-12);
  });

  it('is told apart where there was nothing before, or nothing ever', () => {
    expect(change([1, 2], [0, 0])).to.deep.include({relative: Infinity, cosine: NaN});
    expect(change([0, 0], [0, 0])).to.deep.include({norm: 0, relative: NaN, cosine: NaN, flips: 0});
    expect(Number.isNaN(change([NaN, 2], [1, 2]).relative)).to.equal(true);
  });

  it('is drawn as it is, or beside each value before', () => {
    const [now, before] = [Float32Array.of(3, -1, 0, 2, NaN), Float32Array.of(1, -2, 0, 0, 1)];
    expect(Array.from(drain(differenceSteps(now, before, false)))).to.deep.equal([2, 1, 0, 2, NaN]);
    expect(Array.from(drain(differenceSteps(now, before, true)))).to.deep.equal([2, 0.5, 0, Infinity, NaN]);
  });
});

describe('two states side by side', () => {
  for (const [pattern, shape] of [['a b -> a b', [3, 4]], ['h w i o -> (o h) (i w)', [3, 3, 2, 4]], ['i -> i', [5]], ['a b c -> b c', [2, 3, 4]]] as const) {
    it(`each as it is alone: ${pattern}`, () => {
      const alone = parseArrange(pattern, shape);
      const both = sideBySide(alone, ['before', 'now']);
      const [one, plane] = [makePlane(alone, alone.slices.map(() => 0)), makePlane(both, both.slices.map(() => 0))];
      expect(plane.rows).to.equal(one.rows);
      expect(plane.cols).to.be.above(2 * one.cols);
      expect(plane.cells).to.equal(2 * one.cells);
      const size = shape.reduce((n: number, s) => n * s, 1);
      const second = plane.cols - one.cols;
      for (let r = 0; r < one.rows; r++) {
        for (let c = 0; c < one.cols; c++) {
          const at = one.rowOffset[r]! < 0 || one.colOffset[c]! < 0 ? null : one.base + one.rowOffset[r]! + one.colOffset[c]!;
          for (const [state, left] of [[0, 0], [1, second]] as const) {
            const found = plane.rowOffset[r]! < 0 || plane.colOffset[left + c]! < 0 ? null : plane.base + plane.rowOffset[r]! + plane.colOffset[left + c]!;
            expect(found, `${r}, ${c} of ${state}`).to.equal(at === null ? null : at + state * size);
            if (at === null) continue;
            const index = indexAt(both, both.slices.map(() => 0), r, left + c)!;
            expect(index).to.deep.equal([state, ...indexAt(alone, alone.slices.map(() => 0), r, c)!]);
            expect(cellOf(both, index)).to.deep.include({row: r, col: left + c});
          }
        }
      }
      for (let c = one.cols; c < second; c++) expect(plane.colOffset[c]).to.equal(-1);
    });
  }
});
