import {expect} from 'chai';
import {residuals} from '../../src/plot/residuals.js';
import type {Figure} from '../../src/plot/types.js';
import {failure, json} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt, rowsOf} from './kinds.js';

interface Case {
  name: string;
  truth: number[];
  predicted: number[];
  weights: number[] | null;
  r2: number | null;
  rmse: number;
  mae: number;
  residualMean: number;
  residualStd: number;
}

const plain = (truth: number[], predicted: number[], more = {}): Figure => draw(residuals, {series: [{name: '', predictions: of([predicted.length, 1], predicted), labels: of([truth.length], truth)}]}, more);

describe('kind="residuals"', () => {
  it('draws predicted over true about the identity, and what is off over what was predicted', () => {
    // off by 1, -1, 3, so their mean is 1, their variance (0 + 4 + 4) / 3
    const figure = plain([1, 2, 3], [2, 1, 6]);
    const [parity, off] = figure.panels;
    expect(parity).to.deep.include({ratio: 1});
    expect(parity!.x.domain).to.deep.equal(parity!.y.domain);
    expect(parity!.x.domain[0]).to.be.below(1);
    expect(parity!.x.domain[1]).to.be.above(6);
    const [rule] = marksOf(parity, 'rule');
    expect([rule!.from, rule!.to]).to.deep.equal([[parity!.x.domain[0], parity!.x.domain[0]], [parity!.x.domain[1], parity!.x.domain[1]]]);
    const [points] = marksOf(parity, 'points');
    expect([[...points!.points.x], [...points!.points.y]]).to.deep.equal([[1, 2, 3], [2, 1, 6]]);
    const [away] = marksOf(off, 'points');
    expect([[...away!.points.x], [...away!.points.y]]).to.deep.equal([[2, 1, 6], [-1, 1, -3]]);
    const [band] = marksOf(off, 'band');
    const two = 2 * Math.sqrt(8 / 3);
    expect(band!.low[0]).to.be.closeTo(-1 - two, 1e-12);
    expect(band!.high[1]).to.be.closeTo(-1 + two, 1e-12);
    expect(off!.y.domain[0]).to.be.below(-1 - two);
    expect(marksOf(off, 'rule')[0]!.y).to.equal(0);
    expect(readAt(away!, 2)).to.deep.include({value: 'off by −3', place: 'true 3, predicted 6 · example 2', indices: [2]});
    expect(figure.caption!(1)).to.equal('true 2, predicted 1');
    // the worst first
    expect(rowsOf(figure)).to.deep.equal([['', 2, 3, 6, -3], ['', 0, 1, 2, -1], ['', 1, 2, 1, 1]]);
  });

  it('has scikit-learn’s numbers', async () => {
    const {regression} = await json<{regression: Case[]}>('refs/sklearn_metrics_cases.json');
    for (const {name, truth, predicted, r2, rmse, mae, residualMean, residualStd} of regression.filter((c) => !c.weights)) {
      const figure = plain(truth, predicted);
      const {metrics} = figure as unknown as {metrics: {r2: number; rootMeanSquaredError: number; meanAbsoluteError: number; n: number}};
      if (r2 === null) expect(metrics.r2, name).to.satisfy(Number.isNaN);
      else expect(metrics.r2, name).to.be.closeTo(r2, 1e-9);
      expect(metrics.rootMeanSquaredError, name).to.be.closeTo(rmse, 1e-9);
      expect(metrics.meanAbsoluteError, name).to.be.closeTo(mae, 1e-9);
      const band = marksOf(figure.panels[1], 'band')[0]!;
      expect(band.high[0]! + band.low[0]!, name).to.be.closeTo(2 * residualMean, 1e-9);
      expect(band.high[0]! - band.low[0]!, name).to.be.closeTo(4 * residualStd, 1e-9);
    }
    const {truth, predicted} = regression.find(({name}) => name === 'odd')!;
    expect(plain(truth, predicted).facts).to.equal('R² 0.9709 · RMSE 0.8812 · MAE 0.7582 · n = 31');
  });

  it('leaves out pairs that are not finite, counts them, and keeps the others’ numbers', () => {
    const figure = plain([1, NaN, 3, 4, 5], [1, 2, Infinity, 6, 5]);
    expect(notesOf(figure)).to.include('2 pairs are left out: predicted or true, a number is not finite.');
    expect(figure.metrics).to.include({n: 3, maxError: 2, notFinite: 2});
    const [points] = marksOf(figure.panels[0], 'points');
    expect([0, 1, 2].map((k) => readAt(points!, k).indices)).to.deep.equal([[0], [3], [4]]);
    const lit = plain([1, NaN, 3, 4, 5], [1, 2, Infinity, 6, 5], {highlighted: [1, 3]});
    const cross = marksOf(lit.panels[1], 'points').find(({shape}) => shape === 'cross')!;
    expect([[...cross.points.x], [...cross.points.y]]).to.deep.equal([[6], [-2]]);
    // as the element hands them over
    const typed = plain([1, 2, 3], [1, 2, 4], {highlighted: Int32Array.of(2)});
    expect([...marksOf(typed.panels[1], 'points').find(({shape}) => shape === 'cross')!.points.y]).to.deep.equal([-1]);
    const none = plain([NaN], [1]);
    expect(marksOf(none.panels[1], 'band')).to.have.length(0);
    expect(none.metrics.n).to.equal(0);
  });

  it('sets models side by side, which share what is true', () => {
    const figure = draw(residuals, {series: [{name: 'a', predictions: of([2], [1, 2]), labels: of([2], [1, 4])}, {name: 'b', predictions: of([2], [1, 4])}]});
    expect(figure.legend.map(({series, ink}) => [series, ink])).to.deep.equal([['a', 0], ['b', 1]]);
    expect(figure.legend[1]!.label).to.equal('b: R² 1 · RMSE 0 · MAE 0 · n = 2');
    expect((figure.metrics.b as {r2: number}).r2).to.equal(1);
    expect(marksOf(figure.panels[1], 'points').map(({color}) => color)).to.deep.equal([0, 1]);
    expect(rowsOf(figure).map((row) => row[0])).to.deep.equal(['a', 'a', 'b', 'b']);
  });

  it('reads several numbers an example', () => {
    const figure = draw(residuals, {series: [{name: '', predictions: of([2, 2], [1, 2, 3, 7]), labels: of([2, 2], [1, 2, 3, 4])}]});
    expect(readAt(marksOf(figure.panels[0], 'points')[0]!, 3)).to.deep.include({place: 'true 4, predicted 7 · example 1 · output 1', indices: [1]});
    expect(figure.table.columns).to.include('output');
    expect(rowsOf(figure)[0]).to.deep.equal(['', 1, 1, 4, 7, -3]);
  });

  it('draws both directions of predicted over true on log axes', () => {
    const figure = plain([-1, 10, 100], [1, 20, 50], {xScale: 'log', yScale: 'log'});
    expect(figure.panels.map(({x, y}) => [x.type, y.type])).to.deep.equal([['log', 'log'], ['log', 'symlog']]);
    expect(notesOf(figure)).to.include('1 pair has a number of 0 or less: log axes have no place for it.');
  });

  it('says what is wrong with its input', async () => {
    expect((await failure(() => draw(residuals, {series: [{name: '', predictions: of([1], [1])}]}))).message).to.contain('needs .predictions and .labels');
    expect((await failure(() => draw(residuals, {series: [{name: '', predictions: of([1], [1]), labels: ['cat']}]}))).message).to.contain('“cat” is the name of a class');
    expect((await failure(() => plain([1, 2], [1]))).message).to.contain('2 labels');
  });
});
