import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import {alike} from '../../src/paint/cells.js';
import {heatmap} from '../../src/plot/heatmap.js';
import type {CellsMark, Figure} from '../../src/plot/types.js';
import {openSource} from '../../src/tensor/read-source.js';
import {failure, json, modelUrl} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt, rowsOf} from './kinds.js';

const cells = (figure: Figure, panel = 0): CellsMark => marksOf(figure.panels[panel], 'cells')[0]!;
const shapeOf = (figure: Figure): number[] => [cells(figure).rows, cells(figure).cols];
const count = (n: number): number[] => Array.from({length: n}, (_, i) => i);

describe('kind="heatmap"', () => {
  before(loadPalettes);

  it('draws a matrix as it stands, its first row on top', () => {
    const figure = draw(heatmap, {series: [{name: '', tensor: of([2, 3], [1, -2, 3, 4, 5, -6])}]});
    const {x, y} = figure.panels[0]!;
    expect([x.type, x.domain, y.type, y.domain, y.down]).to.deep.equal(['band', [0, 3], 'band', [0, 2], true]);
    expect([...cells(figure).values]).to.deep.equal([1, -2, 3, 4, 5, -6]);
    expect(readAt(cells(figure), 5)).to.deep.include({value: '−6', place: 'row 1, column 2', datum: {row: 1, column: 2, value: -6}});
    expect(figure.facts).to.equal('2 × 3 · from −6 to 5');
    expect(rowsOf(figure)).to.deep.equal([[0, 1, -2, 3], [1, 4, 5, -6]]);
  });

  it('takes a diverging scale about 0 where values lie on both sides, else viridis', () => {
    const both = draw(heatmap, {series: [{name: '', tensor: of([1, 2], [-2, 1])}]}).bar!();
    expect([both.palette.name, both.diverging, ...both.domain]).to.deep.equal(['rdbu', true, -2, 2]);
    const one = draw(heatmap, {series: [{name: '', tensor: of([1, 2], [1, 3])}]}).bar!();
    expect([one.palette.name, one.diverging, ...one.domain]).to.deep.equal(['viridis', false, 1, 3]);
    expect(draw(heatmap, {series: [{name: '', tensor: of([2, 1], Uint8Array.of(0, 1), 'bool')}]}).bar!().binary).to.equal(true);
  });

  it('shows one of several matrices, all by one scale', () => {
    for (const shape of [[3, 2, 2], [3, 2, 2, 1], [1, 3, 2, 2]]) {
      const figure = draw(heatmap, {series: [{name: '', tensor: of(shape, count(12))}]}, {example: 1});
      expect(shapeOf(figure), String(shape)).to.deep.equal([2, 2]);
      expect([...cells(figure).values]).to.deep.equal([4, 5, 6, 7]);
      expect(figure.panels[0]!.title).to.equal('2 of 3');
      expect(cells(figure).scale().domain).to.deep.equal([0, 11]);
      expect(readAt(cells(figure), 2)).to.deep.include({value: '6', place: '2 of 3 · row 1, column 0', indices: [1]});
      expect(figure.controls![0]).to.include({type: 'stepper', at: 1, n: 3});
    }
    expect(shapeOf(draw(heatmap, {series: [{name: '', tensor: of([4, 5, 1], count(20))}]}))).to.deep.equal([4, 5]);
    expect(shapeOf(draw(heatmap, {series: [{name: '', tensor: of([5], count(5))}]}))).to.deep.equal([1, 5]);
    expect(shapeOf(draw(heatmap, {series: [{name: '', tensor: of([], [5])}]}))).to.deep.equal([1, 1]);
  });

  it('names the classes of scores', async () => {
    const {y_score: scores} = await json<{y_score: number[][]}>('refs/sklearn_metrics_iris.json');
    const classes = ['setosa', 'versicolor', 'virginica'];
    const figure = draw(heatmap, {series: [{name: '', predictions: of([60, 3], scores.flat())}], classes});
    expect(figure.panels[0]!.x).to.deep.include({title: 'class', labels: classes});
    expect(readAt(cells(figure), 5)).to.deep.include({place: 'example 1 · virginica', indices: [1]});
    expect(rowsOf(figure)[1]).to.deep.equal([1, ...scores[1]!]);
  });

  it('draws a model’s weight', async () => {
    const source = await openSource(modelUrl('cnn-explainer-tinyvgg'));
    if (!('model' in source)) throw new Error('no model');
    const tensor = await source.model.weights.find((w) => w.address === 'output/kernel')!.read();
    const figure = draw(heatmap, {series: [{name: '', tensor}]});
    expect(shapeOf(figure)).to.deep.equal([1690, 10]);
    // 1690 : 10 is too slim to be drawn in its own shape
    expect(figure.panels[0]!.ratio).to.equal(undefined);
    expect(cells(figure).lines).to.equal(false);
    // so many columns are listed a cell a line
    const wide = draw(heatmap, {series: [{name: '', tensor: {...tensor, shape: [10, 1690]}}]});
    expect(wide.table.columns).to.deep.equal(['row', 'column', 'value']);
    expect(rowsOf(wide)[1691]).to.deep.equal([1, 1, tensor.data[1691]]);
  });

  it('sets matrices side by side, by one scale, and says what is not finite', () => {
    const figure = draw(heatmap, {series: [{name: 'a', tensor: of([1, 2], [NaN, 4])}, {name: 'b', tensor: of([2, 1], [9, Infinity])}]});
    expect(figure.panels.map(({title}) => title)).to.deep.equal(['a', 'b']);
    expect(cells(figure, 1).scale().domain).to.deep.equal([4, 9]);
    expect(notesOf(figure)).to.deep.equal(['Not finite, in colours of their own: 1 NaN, 1 +∞.']);
    expect(rowsOf(figure)).to.deep.equal([['a', 0, NaN, 4], ['b', 0, 9, ''], ['b', 1, Infinity, '']]);
    expect(draw(heatmap, {series: [{name: '', tensor: of([1, 1], [NaN])}]}).bar!().blank).to.equal(true);
  });

  it('draws the magnitude of complex numbers', () => {
    const figure = draw(heatmap, {series: [{name: '', tensor: {shape: [1, 2], dtype: 'complex64', data: Float32Array.of(3, 4, 0, 2)}}]});
    expect([...cells(figure).values]).to.deep.equal([5, 2]);
    expect(figure.panels[0]!.title).to.equal('magnitude');
  });

  it('writes values with equally many digits behind the point, or none at all', () => {
    const written = (values: number[], letters: number): string[] | undefined => {
      const write = alike(values, (text) => text.length <= letters);
      return write ? values.map(write) : undefined;
    };
    expect(written([1.234, -0.001, 0], 5)).to.deep.equal(['1.23', '−0.00', '0']);
    expect(written([1.234, -0.001, 0], 4)).to.deep.equal(['1.2', '−0.0', '0']);
    expect(written([1.234, -0.001, 0], 3)).to.equal(undefined);
    expect(written([12, -3, NaN], 3)).to.deep.equal(['12', '−3', 'NaN']);
    expect(written([0.0456, 0.5], 6)).to.deep.equal(['0.046', '0.500']);
    expect(written([1234.5, 1], 6)).to.deep.equal(['1235', '1']);
  });

  it('says what is wrong with its input', async () => {
    expect((await failure(() => draw(heatmap, {series: [{name: ''}]}))).message).to.contain('needs numbers');
    expect((await failure(() => draw(heatmap, {series: [{name: '', tensor: of([0, 3], [])}]}))).message).to.contain('holds no values');
    expect((await failure(() => draw(heatmap, {series: [{name: '', tensor: of([2, 1, 2], count(4))}]}, {example: 5}))).message).to.equal('There is no example 5; the 2 examples are 0 to 1.');
  });
});
