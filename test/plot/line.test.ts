import {expect} from 'chai';
import {line, scatter} from '../../src/plot/line.js';
import type {LabelValues} from '../../src/plot/data.js';
import type {Figure} from '../../src/plot/types.js';
import {failure} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt} from './kinds.js';

const third = (...rows: number[][]): Figure => draw(scatter, {series: [{name: '', tensor: of([rows.length, 3], rows.flat())}]});
const labelled = (n: number, labels: LabelValues, classes?: string[]): Figure =>
  draw(scatter, {series: [{name: '', tensor: of([n, 2], Array.from({length: 2 * n}, (_, i) => i)), labels}], ...(classes && {classes})});
const groupsOf = (figure: Figure): number[] => [...(marksOf(figure.panels[0], 'points')[0]!.groups as Uint8Array)];
const namesOf = (figure: Figure): string[] => figure.legend.map(({label}) => label);

describe('kind="scatter"', () => {
  it('colours points by whole numbers, and those that have none as others', () => {
    const figure = third([0, 0, 0], [1, 1, 1], [2, 2, 0.5], [3, 3, NaN]);
    expect(groupsOf(figure)).to.deep.equal([0, 1, 2, 2]);
    expect(marksOf(figure.panels[0], 'points')[0]!.colors).to.deep.equal([0, 1, 'muted']);
    expect(figure.legend).to.deep.equal([{series: '', label: '0', ink: 0}, {series: '', label: '1', ink: 1}, {series: '', label: 'other', ink: 'muted'}]);
    expect(notesOf(figure)).to.deep.equal(['2 points have no whole number as a group: shown as “other”.']);
    const [points] = marksOf(figure.panels[0], 'points');
    expect([1, 2, 3].map((k) => readAt(points!, k).place)).to.deep.equal(['1 · example 1', 'other (0.5) · example 2', 'other (NaN) · example 3']);
  });

  it('has points without a name stand apart', () => {
    const figure = labelled(4, ['cat', '', 'dog', 'cat']);
    expect([namesOf(figure), groupsOf(figure)]).to.deep.equal([['cat', 'dog', 'other'], [0, 2, 1, 0]]);
  });

  it('gives one colour where numbers are too many to be told apart, or mostly not whole', () => {
    for (const groups of [Array.from({length: 25}, (_, i) => i), [0.1, 0.2, 0.3], [0, 1, 0.3, 0.4, 0.5]]) {
      const figure = third(...groups.map((g, i) => [i, i, g]));
      expect(marksOf(figure.panels[0], 'points')[0]!.groups).to.equal(undefined);
      expect(figure.legend).to.deep.equal([]);
      expect(notesOf(figure)[0]).to.match(/^One colour for all points/);
    }
    const kept = third(...Array.from({length: 24}, (_, i) => [i, i, i]));
    expect(kept.legend).to.have.length(24);
    expect(notesOf(kept)).to.deep.equal([]);
  });

  it('reads labels as class numbers, one-hot rows or names', () => {
    const classes = ['cat', 'dog', 'cow'];
    const oneHot = of([3, 3], [0, 0, 1, 1, 0, 0, 0, 0, 1]);
    for (const labels of [of([3], [2, 0, 2]), of([3, 1], [2, 0, 2]), oneHot, ['cow', 'cat', 'cow']]) {
      const figure = labelled(3, labels, classes);
      expect(groupsOf(figure)).to.deep.equal([1, 0, 1]);
      expect(namesOf(figure)).to.deep.equal(['cat', 'cow']);
    }
    // names that nobody has listed are classes in the order in which they come
    expect(namesOf(labelled(3, ['b', 'a', 'b']))).to.deep.equal(['b', 'a']);
  });

  it('says what is wrong with labels', async () => {
    expect((await failure(() => labelled(3, of([2], [0, 1])))).message).to.contain('2 labels for 3 predictions');
    expect((await failure(() => labelled(3, of([6], [0, 1, 0, 1, 1, 0])))).message).to.contain('6 labels for 3 predictions');
    expect((await failure(() => labelled(3, ['a', 'b'])) ).message).to.contain('2 labels for 3 predictions');
    expect((await failure(() => labelled(2, ['a', 'b'], ['b', 'c']))).message).to.contain('“a” of example 0 is none of the classes');
    expect((await failure(() => labelled(2, of([2, 2], [0, 1, 1, 1])))).message).to.contain('multi-label');
  });

  it('counts points that have no place', () => {
    const figure = draw(scatter, {series: [{name: '', tensor: of([3, 2], [NaN, 1, 2, Infinity, NaN, NaN])}]});
    expect(notesOf(figure)).to.deep.equal(['3 points are not drawn: x or y is not finite.']);
  });

  it('lights what is highlighted, as an array of any type', () => {
    const figure = draw(scatter, {series: [{name: '', tensor: of([2, 2], [1, 2, 3, 4])}]}, {highlighted: Int32Array.of(1) as unknown as number[]});
    const cross = marksOf(figure.panels[0], 'points').find(({shape}) => shape === 'cross')!;
    expect([[...cross.points.x], [...cross.points.y]]).to.deep.equal([[3], [4]]);
  });
});

describe('kind="line"', () => {
  it('draws rank 1 over its index, and each column of rank 2', () => {
    const [one] = marksOf(draw(line, {series: [{name: '', tensor: of([3], [5, NaN, 7])}]}).panels[0], 'line');
    expect([[...one!.points.x], [...one!.points.y]]).to.deep.equal([[0, 1, 2], [5, NaN, 7]]);
    expect(one!.reduce).to.equal(undefined);
    const two = marksOf(draw(line, {series: [{name: 'a', tensor: of([2, 2], [1, 2, 3, 4])}]}).panels[0], 'line');
    expect(two.map(({series, points}) => [series, ...points.y])).to.deep.equal([['a 0', 1, 3], ['a 1', 2, 4]]);
  });

  it('draws many points from few: their extremes and what is not finite stay', () => {
    const n = 100_000;
    const data = new Float32Array(2 * n).fill(1);
    // column 0: a lone spike; column 1: NaN and both infinities, close together, and a point alone between gaps
    data[2 * 54_321] = 9;
    for (const [i, v] of [[10_000, NaN], [10_001, Infinity], [10_002, -Infinity], [70_000, NaN], [70_001, -5], [70_002, NaN]] as const) data[2 * i + 1] = v;
    const figure = draw(line, {series: [{name: '', tensor: of([n, 2], data)}]});
    expect(notesOf(figure)).to.deep.equal(['5 values are not finite: marked at the edge.']);
    const [first, second] = marksOf(figure.panels[0], 'line').map((mark) => mark.reduce!(0, n - 1, 500));
    for (const {x} of [first!, second!]) expect(x.length).to.be.within(500, 2002);
    const spike = first!.y.indexOf(9);
    expect(first!.x[spike]).to.equal(54_321);
    const alone = second!.y.indexOf(-5);
    expect([second!.x[alone], second!.breaks[alone], second!.breaks[alone + 1]]).to.deep.equal([70_001, 1, 1]);
    // the first three lie in pixel 50 of 500, the others in 350
    const pixel = (x: number): number => Math.floor((x / (n - 1)) * 500);
    expect(second!.odd.map(({x, value}) => [pixel(x), value])).to.have.deep.members([[50, NaN], [50, Infinity], [50, -Infinity], [350, NaN]]);
    expect(first!.odd).to.deep.equal([]);
  });
});
