import {expect} from 'chai';
import {arrangementOf} from '../../src/compute/arrange.js';
import {cellOf, indexAt, makePlane, nameIndices} from '../../src/compute/plane.js';
import {orderValues} from '../../src/controllers/heatmap-order.js';
import type {TensorValues, WeightKind} from '../../src/tensor/types.js';
import {noise} from '../helpers.js';

const values = (shape: readonly number[], data: ArrayLike<number>): TensorValues => ({shape, dtype: 'float32', data: Float32Array.from(data)});
const positions = ({orders}: TensorValues, axis: number): number[] => Array.from(orders!.find((o) => o.axis === axis)!.positions);

describe('order of rows, columns and filters', () => {
  it('is by norm, the greatest first, L1 or L2', async () => {
    // rows: L1 3, 2.5, 0, 4; L2 √5, 2.5, 0, √8; columns: L1 6.5, 3, L2 √15.25, √5
    const given = values([4, 2], [2, 1, 2.5, 0, 0, 0, 2, -2]);
    const l2 = await orderValues(given, 'dense', 'norm', {});
    expect(positions(l2.values, 0)).to.deep.equal([3, 1, 0, 2]);
    expect(positions(l2.values, 1)).to.deep.equal([0, 1]);
    expect(Array.from(l2.values.data)).to.deep.equal([2, -2, 2.5, 0, 2, 1, 0, 0]);
    const l1 = await orderValues(given, 'dense', 'norm-l1', {});
    expect(positions(l1.values, 0)).to.deep.equal([3, 0, 1, 2]);
    expect(Array.from(given.data), 'what was given is left alone').to.deep.equal([2, 1, 2.5, 0, 0, 0, 2, -2]);
    expect(l2.remark('en')).to.contain('L2 norm');
  });

  it('is by clusters, whose tree has a side of its own', async () => {
    // two kinds of rows in turn, two kinds of columns in turn
    const given = values([6, 4], Array.from({length: 24}, (_, i) => ((Math.floor(i / 4) % 2) === (i % 2) ? 5 : 0) + i / 100));
    const {values: made, besides, remark} = await orderValues(given, 'dense', 'cluster', {});
    const [rows, cols] = [positions(made, 0), positions(made, 1)];
    expect(new Set(rows.slice(0, 3).map((r) => r % 2)).size, rows.join()).to.equal(1);
    expect(new Set(cols.slice(0, 2).map((c) => c % 2)).size, cols.join()).to.equal(1);
    const sides = besides(arrangementOf(made, 'dense', null));
    expect(sides.top).to.be.above(20);
    expect(sides.right).to.equal(sides.top);
    expect(besides(arrangementOf({...made}, 'dense', '(a b) c -> a (b c); a=2')).right, 'of rows that are split').to.equal(0);
    expect(remark('en')).to.contain('Euclidean');
  });

  it('says what it does with more rows than are clustered, with what is not finite, and with what has no order', async () => {
    const many = await orderValues(values([2001, 2], noise(4002)), 'dense', 'cluster', {});
    expect(many.remark('en')).to.contain('2,001 are more than the 2,000');
    expect(many.values.orders).to.have.length(2);
    const odd = await orderValues(values([3, 2], [NaN, 1, 5, 5, 9, 9]), 'dense', 'norm', {});
    expect(positions(odd.values, 0)).to.deep.equal([2, 1, 0]);
    const clustered = await orderValues(values([3, 2], [NaN, 1, 5, 5, 9, 9]), 'dense', 'cluster', {});
    expect(positions(clustered.values, 0).at(-1)).to.equal(0);
    expect(clustered.remark('en')).to.contain('not finite');
    const bias = values([5], [1, 2, 3, 4, 5]);
    const none = await orderValues(bias, 'bias', 'cluster', {});
    expect(none.values).to.equal(bias);
    expect(none.remark('en')).to.contain('Nothing here');
  });

  const kinds: readonly [WeightKind, readonly number[], number][] = [['dense', [5, 7], 1], ['conv2d', [3, 3, 2, 6], 3], ['conv2d', [3, 3, 20, 6], 3], ['conv2d', [3, 3, 1, 12], 3], ['conv1d', [3, 4, 8], 2], ['depthwise', [3, 3, 6, 1], 2], ['conv2d-transpose', [3, 3, 5, 2], 2], ['lstm', [4, 12], 1], ['gru', [4, 9], 1], ['embedding', [9, 4], 0]];
  for (const [kind, shape, axis] of kinds) {
    for (const order of ['norm', 'cluster'] as const) {
      it(`keeps every value at its own index: ${kind} ${shape.join('×')}, ${order}`, async () => {
        const size = shape.reduce((a, b) => a * b, 1);
        const given = values(shape, noise(size));
        const {values: made} = await orderValues(given, kind, order, {});
        expect(positions(made, axis).slice().sort((a, b) => a - b)).to.deep.equal(Array.from({length: shape[axis]!}, (_, i) => i));
        const arrangement = arrangementOf(made, kind, null);
        const slice = arrangement.slices.map(() => 0);
        const plane = makePlane(arrangement, slice);
        const all = [...arrangement.rows, ...arrangement.cols];
        let seen = 0;
        for (let r = 0; r < plane.rows; r++) {
          for (let c = 0; c < plane.cols; c++) {
            const index = indexAt(arrangement, slice, r, c);
            if (!index) continue;
            seen++;
            const flat = index.reduce((at, i, a) => at * shape[a]! + i, 0);
            expect(made.data[plane.base + plane.rowOffset[r]! + plane.colOffset[c]!]).to.equal(given.data[flat]);
            expect(cellOf(arrangement, index)).to.deep.include({row: r, col: c});
          }
        }
        expect(seen).to.equal(plane.cells);
        // an axis that stands whole on a side is labelled by its own indices
        for (const parts of [arrangement.rows, arrangement.cols]) {
          const [first] = parts;
          if (!first?.order || all.filter((p) => p.axis === first.axis).length > 1) continue;
          for (let i = 0; i < first.size; i++) expect(nameIndices([first], [i], all)[0]!.index).to.equal(String(first.order[i]));
        }
      });
    }
  }

  it('tells a recurrent unit with its gate', async () => {
    const given = values([1, 8], [1, 9, 0, 0, 0, 0, 0, 0]);
    const {values: made} = await orderValues(given, 'lstm', 'norm', {});
    // unit 1 is the stronger: it stands first in each of the four gates
    expect(positions(made, 1)).to.deep.equal([1, 0, 3, 2, 5, 4, 7, 6]);
    const {cols, rows} = arrangementOf(made, 'lstm', null);
    expect(nameIndices(cols, [2, 0], [...rows, ...cols])).to.deep.equal([{name: 'gate', index: 'c'}, {name: 'unit', index: '1'}]);
  });
});
