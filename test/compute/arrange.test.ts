import {expect} from 'chai';
import {autoPattern, parseArrange} from '../../src/compute/arrange.js';
import {cellOf, indexAt, makePlane} from '../../src/compute/plane.js';
import type {WeightKind} from '../../src/tensor/types.js';
import {failure} from '../helpers.js';

/** Values in the plane, gaps as null, read off one by one. */
function cells(pattern: string, shape: readonly number[], slice: number[] = []): (number | null)[][] {
  const plane = makePlane(parseArrange(pattern, shape), slice);
  return Array.from(plane.rowOffset, (r) => Array.from(plane.colOffset, (c) => (r < 0 || c < 0 ? null : plane.base + r + c)));
}

describe('arrange', () => {
  it('lays a matrix out as it is, and transposes it', () => {
    expect(cells('a b -> a b', [2, 3])).to.deep.equal([[0, 1, 2], [3, 4, 5]]);
    expect(cells('a b -> b a', [2, 3])).to.deep.equal([[0, 3], [1, 4], [2, 5]]);
  });

  it('makes a grid of conv filters with a gap between the items of the first name', () => {
    // h w i o = 2 2 1 2: element (h, w, 0, o) lies at ((h·2 + w)·1 + 0)·2 + o
    const grid = cells('h w i o -> (o h) (i w)', [2, 2, 1, 2]);
    expect(grid).to.deep.equal([[0, 2], [4, 6], [null, null], [1, 3], [5, 7]]);
  });

  it('splits axes, with one unknown of a group inferred', () => {
    // row index of the matrix = h·2 + w of a 2×2 image; 4 columns as a 2×2 mosaic
    const mosaic = cells('(h w) (a b) -> (a h) (b w); h=2 a=2', [4, 4]);
    expect(mosaic).to.deep.equal([
      [0, 4, null, 1, 5],
      [8, 12, null, 9, 13],
      [null, null, null, null, null],
      [2, 6, null, 3, 7],
      [10, 14, null, 11, 15],
    ]);
  });

  it('turns axes left out into sliders', () => {
    const arrangement = parseArrange('t a b -> a b', [3, 2, 2]);
    expect(arrangement.slices.map((p) => [p.name, p.size])).to.deep.equal([['t', 3]]);
    expect(cells('t a b -> a b', [3, 2, 2], [2])).to.deep.equal([[8, 9], [10, 11]]);
  });

  it('takes 1 and () for axes of size 1, and one item as a row', () => {
    expect(cells('1 a () -> a', [1, 3, 1])).to.deep.equal([[0, 1, 2]]);
    expect(cells(' -> 1 1', [])).to.deep.equal([[0]]);
  });

  it('finds a cell from its index and back, in every automatic arrangement', () => {
    const kinds: [WeightKind, number[]][] = [
      ['dense', [7, 5]], ['conv1d', [3, 4, 6]], ['conv2d', [3, 3, 3, 10]], ['conv2d', [5, 5, 16, 3]], ['conv2d', [1, 1, 8, 9]], ['conv2d', [3, 3, 1, 32]],
      ['conv3d', [3, 3, 3, 2, 4]], ['depthwise', [3, 3, 12, 1]], ['depthwise', [3, 3, 5, 2]], ['conv2d-transpose', [4, 4, 3, 8]], ['conv3d-transpose', [2, 2, 2, 3, 4]],
      ['lstm', [6, 12]], ['gru', [4, 9]], ['lstm-bias', [12]], ['gru-bias', [2, 9]], ['rnn', [3, 3]], ['embedding', [9, 4]], ['norm', [11]], ['bias', [1]],
      ['other', []], ['other', [4]], ['other', [2, 3, 4]], ['other', [2, 3, 4, 5]], ['other', [2, 2, 2, 2, 2]], ['other', [2, 2, 2, 2, 2, 2]], ['other', [70, 2, 3]],
    ];
    for (const [kind, shape] of kinds) {
      const {pattern, labels} = autoPattern(kind, shape);
      const arrangement = parseArrange(pattern, shape, labels);
      const size = shape.reduce((n, s) => n * s, 1);
      for (let flat = 0; flat < size; flat++) {
        const index: number[] = [];
        for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
          index.unshift(rest % shape[axis]!);
          rest = Math.floor(rest / shape[axis]!);
        }
        const cell = cellOf(arrangement, index)!;
        const plane = makePlane(arrangement, cell.slice);
        expect(plane.base + plane.rowOffset[cell.row]! + plane.colOffset[cell.col]!, `${kind} ${shape} ${index}`).to.equal(flat);
        expect(indexAt(arrangement, cell.slice, cell.row, cell.col)).to.deep.equal(index);
      }
    }
  });

  it('names the gates in the order of TensorFlow.js', () => {
    const lstm = autoPattern('lstm', [3, 8]);
    expect(parseArrange(lstm.pattern, [3, 8], lstm.labels).cols[0]!.labels).to.deep.equal(['i', 'f', 'c', 'o']);
    const gru = autoPattern('gru', [3, 6]);
    expect(parseArrange(gru.pattern, [3, 6], gru.labels).cols[0]!.labels).to.deep.equal(['z', 'r', 'h']);
  });

  it('survives axes of size 0', () => {
    for (const shape of [[0], [0, 5], [3, 0, 2], [3, 3, 0, 4], [0, 0, 0, 0, 0]]) {
      for (const kind of ['other', 'dense', 'conv1d', 'conv2d', 'conv3d', 'lstm'] as const) {
        const {pattern, labels} = autoPattern(kind, shape);
        expect(makePlane(parseArrange(pattern, shape, labels), []).cells, `${kind} ${shape}`).to.equal(0);
      }
    }
  });

  const errors: [string, number[], string, number][] = [
    ['a b', [2, 3], 'arrangeArrow', 4],
    ['a $ -> a', [2, 3], 'arrangeCharacter', 3],
    ['(a (b c)) -> a b', [6], 'arrangeNested', 4],
    ['a b) -> a b', [2, 3], 'arrangeUnopened', 4],
    ['(a b -> a b', [6], 'arrangeUnclosed', 1],
    ['a b c -> a b', [2, 3], 'arrangeRank', 5],
    ['a b -> a b c', [2, 3], 'arrangeTwo', 12],
    ['a 1 -> a', [2, 3], 'arrangeOne', 3],
    ['(a b) -> a b', [6], 'arrangeUnknown', 4],
    ['(a b) -> a b; a=4', [6], 'arrangeDivide', 1],
    ['a a -> a', [2, 3], 'arrangeTwice', 3],
    ['a b -> a a', [2, 3], 'arrangeTwice', 10],
    ['a b -> a x', [2, 3], 'arrangeName', 10],
    ['a b -> a b; x=3', [2, 3], 'arrangeName', 13],
    ['a b -> a b; a=two', [2, 3], 'arrangeSize', 13],
  ];
  for (const [pattern, shape, key, position] of errors) {
    it(`points at character ${position} of "${pattern}"`, async () => {
      const error = (await failure(() => parseArrange(pattern, shape))) as Error & {key: string; params: {position: number; caret: string}};
      expect(error.key).to.equal(key);
      expect(error.params.position).to.equal(position);
      expect(error.params.caret.length).to.equal(position);
    });
  }
});
