import {expect} from 'chai';
import {arrangementOf} from '../../src/compute/arrange.js';
import {cellOf, indexAt, makePlane, nameIndices} from '../../src/compute/plane.js';
import {formatValue} from '../../src/color/format.js';
import {heatmapCSV} from '../../src/controllers/heatmap-files.js';
import {orderValues} from '../../src/controllers/heatmap-order.js';
import type {HeatmapView} from '../../src/controllers/heatmap-view.js';
import {setComputeWorker} from '../../src/controllers/worker-factory.js';
import {twinOf} from '../../src/parts/heatmap-words.js';
import type {TensorValues, WeightKind} from '../../src/tensor/types.js';
import {at, noise} from '../helpers.js';
import {makeView} from '../paint/scene.js';

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

/** Each cell's own index and value, as they are read, against what was given. */
function amiss(view: HeatmapView, given: readonly TensorValues[]): string[] {
  const {plane, values} = view;
  const out: string[] = [];
  for (let row = 0; row < plane!.rows; row++) {
    for (let col = 0; col < plane!.cols; col++) {
      const cell = view.read({row, col});
      if (cell && !given.some((g) => at(g, cell.index) === cell.value)) out.push(`${String(cell.index)} of ${String(values!.shape)}: ${cell.value}`);
    }
  }
  return out;
}

describe('a view in another order', () => {
  const first = values([5, 4], noise(20, 3));
  const second = values([5, 4], noise(20, 4));

  it('reads every cell rightly while values are refreshed, and keeps its place', async () => {
    let seen: string[] = [];
    let given: readonly TensorValues[] = [first];
    const {view, draw, errors} = makeView((now) => now.plane && seen.push(...amiss(now, given)));
    view.show(first, 'dense', false);
    await draw({order: 'norm'});
    expect(view.ordered, 'an order').to.not.equal(null);
    view.zoom(2, 150, 100);
    await draw({order: 'norm'});
    const {viewport} = view;
    given = [first, second];
    view.show(second, 'dense', true);
    expect(amiss(view, [first]), 'what stood stays').to.deep.equal([]);
    await draw({order: 'norm'});
    expect(seen).to.deep.equal([]);
    expect(amiss(view, [second])).to.deep.equal([]);
    expect(view.facts!.range!.max).to.equal(Math.max(...second.data));
    expect(view.viewport).to.deep.equal(viewport);
    // and out of order again
    given = [second];
    seen = [];
    await draw();
    expect(seen).to.deep.equal([]);
    expect(view.ordered).to.equal(null);
    expect(view.read({row: 1, col: 2})!.index).to.deep.equal([1, 2]);
    expect(view.viewport).to.deep.equal(viewport);
    expect(errors).to.deep.equal([]);
  });

  it('keeps clusters while values are refreshed, and says so', async () => {
    const {view, draw} = makeView();
    view.show(first, 'dense', false);
    await draw({order: 'cluster'});
    const before = view.ordered!;
    expect(before.remark('en')).to.not.contain('kept');
    view.show(second, 'dense', true);
    await draw({order: 'cluster'});
    expect(view.ordered!.sequences.get(0)).to.equal(before.sequences.get(0));
    expect(view.ordered!.remark('en')).to.contain('kept while values change');
    expect(amiss(view, [second])).to.deep.equal([]);
    // another order, and this one anew
    await draw();
    await draw({order: 'cluster'});
    expect(view.ordered!.kept).to.equal(false);
    expect(view.ordered!.of.data).to.equal(second.data);
    // another tensor
    view.show(first, 'dense', false);
    await draw({order: 'cluster'});
    expect(view.ordered!.kept).to.equal(false);
  });

  it('is drawn as it is until it is clustered, once, whatever moves meanwhile', async () => {
    let started = 0;
    setComputeWorker(() => {
      started++;
      return new Worker(URL.createObjectURL(new Blob(['']))); // never answers
    });
    try {
      const [large, newer] = [1, 2].map((seed) => values([300, 200], noise(60_000, seed))) as [TensorValues, TensorValues];
      const {view, draw, errors} = makeView();
      view.show(large, 'dense', false);
      const done = draw({order: 'cluster'});
      while (!view.scale || !view.facts?.stats) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(view.ordered).to.equal(null);
      expect(view.read({row: 7, col: 3})!.index).to.deep.equal([7, 3]);
      view.zoom(2, 150, 100);
      view.setHighlight([0, 1], null);
      await new Promise((resolve) => setTimeout(resolve, 200));
      view.show(newer, 'dense', true);
      void draw({order: 'cluster'});
      expect(amiss(view, [newer]), 'newer values are drawn at once').to.deep.equal([]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(started).to.equal(1);
      view.orderer!.giveUp();
      await done;
      expect(errors).to.deep.equal([]);
      expect(view.ordered!.remark('en')).to.contain('cancelled');
      expect(amiss(view, [newer])).to.deep.equal([]);
      // it stays given up until an order is asked for anew
      view.show(large, 'dense', true);
      await draw({order: 'cluster'});
      expect(started).to.equal(1);
    } finally {
      setComputeWorker(null);
    }
  });

  it('puts the newest values into clusters of older ones that were under way', async () => {
    const [a, b, c] = [1, 2, 3].map((seed) => values([150, 100], noise(15_000, seed))) as [TensorValues, TensorValues, TensorValues];
    const seen: string[] = [];
    const {view, draw, errors} = makeView((now) => now.plane && seen.push(...amiss(now, [a, b, c])));
    view.show(a, 'dense', false);
    void draw({order: 'cluster'});
    while (!view.orderer) await new Promise((resolve) => setTimeout(resolve));
    view.show(b, 'dense', true);
    void draw({order: 'cluster'});
    await new Promise((resolve) => setTimeout(resolve));
    view.show(c, 'dense', true);
    await draw({order: 'cluster'});
    expect(view.ordered!.kept).to.equal(true);
    expect(amiss(view, [c])).to.deep.equal([]);
    const {values: made} = await orderValues(a, 'dense', 'cluster', {});
    expect(Array.from(view.ordered!.sequences.get(0)!.order), 'the first values’ order').to.deep.equal(positions(made, 0));
    // values that come faster than they are put in order follow each other all the same
    const shown = new Set<unknown>();
    for (const next of [a, b, c, a, b, c]) {
      view.show(next, 'dense', true);
      void draw({order: 'cluster'});
      await new Promise((resolve) => setTimeout(resolve, 5));
      shown.add(view.ordered!.of.data);
    }
    await draw({order: 'cluster'});
    expect(shown.size).to.be.above(1);
    expect(view.ordered!.of.data).to.equal(c.data);
    expect(seen).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
  });

  it('tells what a slider shows, and leaves an axis as it is that the pattern splits', async () => {
    const filters = values([3, 3, 2, 6], noise(108));
    const {view, draw} = makeView();
    view.show(filters, 'conv2d', false);
    await draw({order: 'norm', arrange: 'h w i o -> h (i w)'});
    const {order} = view.ordered!.sequences.get(3)!;
    expect(order[2]).to.not.equal(2);
    view.setSlice(0, 2);
    await draw({order: 'norm', arrange: 'h w i o -> h (i w)'});
    expect(amiss(view, [filters])).to.deep.equal([]);
    expect((await heatmapCSV(view, false)).split(',')[0]).to.equal(`o=${order[2]}`);
    // refreshed, the slider stays
    view.show({...filters}, 'conv2d', true);
    await draw({order: 'norm', arrange: 'h w i o -> h (i w)'});
    expect(view.slice).to.deep.equal([2]);

    const matrix = values([6, 4], noise(24));
    view.show(matrix, 'dense', false);
    await draw({order: 'norm', arrange: '(h w) o -> (o h) w; h=3'});
    expect([...view.ordered!.sequences.keys()]).to.deep.equal([1]);
    expect(view.ordered!.remark('en')).to.contain('along h w stays as it is').and.contain('Along o they stand');
    expect(amiss(view, [matrix])).to.deep.equal([]);
    const lines = (await heatmapCSV(view, false)).trim().split('\r\n');
    expect(lines[1]!.split(',')[0]).to.equal(`o=${view.ordered!.sequences.get(1)!.order[0]} h=0`);
    // another pattern, the same order
    await draw({order: 'norm', arrange: 'a b -> b a'});
    expect([...view.ordered!.sequences.keys()].sort()).to.deep.equal([0, 1]);
    expect(amiss(view, [matrix])).to.deep.equal([]);
    expect(view.ordered!.remark('en')).to.not.contain('splits');
  });

  it('names every filter of a grid by its own index, in tables too', async () => {
    const filters = values([3, 3, 1, 12], noise(108));
    const {view, draw} = makeView();
    view.show(filters, 'conv2d', false);
    await draw({order: 'norm'});
    const lines = (await heatmapCSV(view, false)).trim().split('\r\n').map((line) => line.split(','));
    expect(lines[0]).to.deep.equal(['', 'w=0', 'w=1', 'w=2']);
    expect(lines).to.have.length(37);
    for (const [name, ...cells] of lines.slice(1)) {
      const [, out, h] = /^out=(\d+) h=(\d+)$/.exec(name!)!.map(Number);
      cells.forEach((cell, w) => expect(Number(cell)).to.be.closeTo(at(filters, [h!, w, 0, out!]), 1e-6));
    }
    expect(new Set(lines.slice(1).map(([name]) => name)).size).to.equal(36);
    const twin = twinOf(view, '', null, 'en')!;
    const {index, value} = view.read({row: 0, col: 0})!;
    expect(twin.rows[0]!.values[0]).to.equal(`${formatValue(value, 'float32')} (out ${index[3]})`);
    // what is in view
    view.zoom(3, 150, 100);
    await draw({order: 'norm'});
    for (const [name, ...cells] of (await heatmapCSV(view, true)).trim().split('\r\n').slice(1).map((line) => line.split(','))) {
      const [, out, h] = /^out=(\d+) h=(\d+)$/.exec(name!)!.map(Number);
      cells.forEach((cell, w) => cell && cells.length === 3 && expect(Number(cell)).to.be.closeTo(at(filters, [h!, w, 0, out!]), 1e-6));
    }
  });

  it('writes complex numbers at their own places', async () => {
    const whole: TensorValues = {shape: [3, 2], dtype: 'complex64', data: Float32Array.from([1, 0, 2, 1, 9, 2, 8, 3, 5, 4, 4, 5])};
    const face: TensorValues = {shape: [3, 2], dtype: 'float32', part: 'magnitude', data: Float32Array.from({length: 6}, (_, i) => Math.hypot(whole.data[2 * i]!, whole.data[2 * i + 1]!))};
    const {view, draw} = makeView();
    view.show(face, 'dense', false, whole);
    await draw({order: 'norm'});
    const lines = (await heatmapCSV(view, false)).trim().split('\r\n').map((line) => line.split(','));
    expect(lines[0]).to.deep.equal(['', 'out=0 re', 'out=0 im', 'out=1 re', 'out=1 im']);
    expect(lines.slice(1)).to.deep.equal([['in=1', '9', '2', '8', '3'], ['in=2', '5', '4', '4', '5'], ['in=0', '1', '0', '2', '1']]);
  });
});

describe('what is said of an order', () => {
  it('is said axis by axis where that differs, with what is not finite of norms too', async () => {
    const many = await orderValues(values([2001, 2], noise(4002)), 'dense', 'cluster', {});
    expect(many.remark('en')).to.equal('Along in, 2,001 are more than the 2,000 that are clustered: they stand by their L2 norm instead, the greatest first. Along out they are clustered by average linkage (Euclidean distance); labels are their own indices.');
    const odd = await orderValues(values([3, 2], [NaN, 1, 5, 5, 9, 9]), 'dense', 'norm', {});
    expect(odd.remark('en')).to.contain('2 with values that are not finite stand last');
  });

  it('tells trees in words', async () => {
    // rows 0 and 2 are 1 apart, row 1 is far from both
    const {told} = await orderValues(values([3, 2], [0, 0, 9, 9, 0, 1]), 'dense', 'cluster', {});
    expect(told('en')).to.match(/Clustered along in, first to last: (0, 2, 1|1, 0, 2)\. Distances of the last merges: 12\.\d+, 1\./);
    const norm = await orderValues(values([3, 2], [0, 0, 9, 9, 0, 1]), 'dense', 'norm', {});
    expect(norm.told('en')).to.equal('');
  });

  it('tells how far it is, and of what, only where that takes long', async () => {
    const told: [number, string][] = [];
    await orderValues(values([400, 300], noise(120_000)), 'dense', 'cluster', {onSlow: (share, what) => told.push([share, what])});
    for (const [share, what] of told) {
      expect(share).to.be.within(0, 1);
      expect(what).to.be.oneOf(['orderClustering', 'orderWorking']);
    }
    const shares = told.filter(([, what]) => what === 'orderClustering').map(([share]) => share);
    expect(shares).to.deep.equal(shares.slice().sort((a, b) => a - b));
  });

  it('sorts many rows, equal ones in their own order', async () => {
    const n = 100_000;
    const {values: made} = await orderValues(values([n, 1], Float32Array.from({length: n}, (_, i) => i % 7)), 'dense', 'norm', {});
    const order = positions(made, 0);
    expect(order.every((row, k) => k === 0 || order[k - 1]! % 7 > row % 7 || (order[k - 1]! % 7 === row % 7 && order[k - 1]! < row))).to.equal(true);
    expect(made.data.every((v, k) => v === order[k]! % 7)).to.equal(true);
  });
});
