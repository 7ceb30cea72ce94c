import {expect} from 'chai';
import {hitFigure} from '../../src/paint/plot-hit.js';
import {layoutFigure, placeX, placeY} from '../../src/paint/plot-layout.js';
import {binWidth} from '../../src/plot/bins.js';
import {histogram} from '../../src/plot/histogram.js';
import type {PlotSettings} from '../../src/plot/kind.js';
import type {Figure} from '../../src/plot/types.js';
import {WHOLE} from '../../src/plot/window.js';
import {openSource} from '../../src/tensor/read-source.js';
import type {Values} from '../../src/tensor/types.js';
import {theme} from '../paint/scene.js';
import {failure, finish, json, modelUrl, noise} from '../helpers.js';
import {barsOf, draw, marksOf, notesOf, of, readAt, rowsOf} from './kinds.js';

const counts = (figure: Figure, mark = 0): number[] => [...(barsOf(figure)[mark]!.y1 as Float64Array)];
const edges = (figure: Figure): number[] => [...(barsOf(figure)[0]!.x0 as Float64Array), (barsOf(figure)[0]!.x1 as Float64Array).at(-1)!];
const plain = (values: readonly number[] | Values, more: Partial<PlotSettings> = {}): Figure => draw(histogram, {series: [{name: '', tensor: of([values.length], values)}]}, more);

describe('kind="histogram"', () => {
  it('counts as numpy does, a value on an edge in the bin above, the last in the last', () => {
    // numpy.histogram([0, 1, 2.5, 5, 7.5, 10], bins=4)
    const figure = plain([0, 1, 2.5, 5, 7.5, 10], {bins: 4});
    expect(edges(figure)).to.deep.equal([0, 2.5, 5, 7.5, 10]);
    expect(counts(figure)).to.deep.equal([2, 1, 1, 2]);
    expect(readAt(barsOf(figure)[0]!, 1)).to.deep.include({value: '1', place: '2.5 to below 5 · 17%', indices: [2]});
    expect(readAt(barsOf(figure)[0]!, 3)).to.deep.include({value: '2', place: '7.5 to 10 · 33%', indices: [4, 5]});
    expect(rowsOf(figure)[0]).to.deep.equal([0, 2.5, 2]);
  });

  it('chooses as many bins as numpy’s auto for every weight of a model', async () => {
    // len(numpy.histogram_bin_edges(x, 'auto')) - 1 of numpy 2.4.6, x as float64
    const auto: Record<string, number> = {'conv_1_1/kernel': 10, 'conv_1_1/bias': 5, 'conv_1_2/kernel': 17, 'conv_2_1/kernel': 15, 'conv_2_2/kernel': 15, 'output/kernel': 60, 'output/bias': 5};
    const source = await openSource(modelUrl('cnn-explainer-tinyvgg'));
    if (!('model' in source)) throw new Error('no model');
    for (const [address, bins] of Object.entries(auto)) {
      const tensor = await source.model.weights.find((w) => w.address === address)!.read();
      const figure = draw(histogram, {series: [{name: '', tensor}]});
      expect(counts(figure), address).to.have.length(bins);
      if (address === 'conv_1_1/kernel') expect(counts(figure)).to.deep.equal([4, 13, 30, 33, 39, 35, 52, 31, 20, 13]);
      expect(figure.facts).to.contain(address === 'conv_1_1/kernel' ? 'mean 0.007779 · std 0.1771' : 'mean');
      // a weight has no examples
      expect(readAt(barsOf(figure)[0]!, 0).indices === null, address).to.equal(tensor.shape.length > 1);
    }
  });

  it('finds one width by sorting and by tables', () => {
    // of 1 to 20,000: IQR 9,999.5, so 2 · 9,999.5 / 20,000^(1/3) = 736.77; Sturges 19,999 / (log2 20,000 + 1) = 1,308.2
    const many = Float64Array.from({length: 20_000}, (_, i) => i + 1);
    expect(finish(binWidth(many))).to.be.closeTo(736.769, 0.001);
    // of 1 to 5: IQR 2, 4 / 5^(1/3) = 2.339; Sturges 4 / (log2 5 + 1) = 1.204
    expect(finish(binWidth(Float64Array.of(5, 3, NaN, 1, 2, Infinity, 4)))).to.be.closeTo(1.20412, 1e-5);
    // no IQR: Sturges alone, 1 / (log2 8 + 1)
    expect(finish(binWidth(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 1)))).to.equal(0.25);
  });

  it('gives whole numbers bins of their own', () => {
    const figure = plain(Int32Array.of(0, 0, 1, 3, 3, 3));
    expect(edges(figure)).to.deep.equal([-0.5, 0.5, 1.5, 2.5, 3.5]);
    expect(counts(figure)).to.deep.equal([2, 1, 0, 3]);
    expect(readAt(barsOf(figure)[0]!, 3).place).to.equal('3 · 50%');
    const wide = plain(Int32Array.from({length: 4000}, (_, i) => i % 2000));
    // each bin holds as many of them as the next, but for the last
    const own = counts(wide);
    expect(new Set(own.slice(0, -1)).size).to.equal(1);
    expect(own.reduce((a, b) => a + b)).to.equal(4000);
    expect(readAt(barsOf(wide)[0]!, 0).place).to.match(/^0 to \d+ · /);
  });

  it('says what is not finite and leaves it out', () => {
    const figure = plain([NaN, 1, 2, 3, Infinity, NaN, -Infinity], {bins: 2});
    expect(counts(figure)).to.deep.equal([1, 2]);
    expect(notesOf(figure)).to.deep.equal(['Not in the bins: 2 NaN, 1 +∞, 1 −∞.']);
    expect(readAt(barsOf(figure)[0]!, 0).place).to.contain('33%');
    expect(counts(plain([NaN, NaN]))).to.deep.equal([0]);
    expect(counts(plain([7.25, 7.25]))).to.deep.equal([2]);
    expect(counts(plain([-1.7e308, 1.7e308], {bins: 2}))).to.deep.equal([1, 1]);
  });

  it('makes bins equally wide on a log axis, and says what has no place there', () => {
    const figure = plain([0, -1, 1, 5, 10, 50, 100, 1000], {xScale: 'log', bins: 3});
    edges(figure).forEach((v, i) => expect(v).to.be.closeTo([1, 10, 100, 1000][i]!, 1e-9));
    expect(counts(figure)).to.deep.equal([2, 2, 2]);
    expect(notesOf(figure)).to.deep.equal(['2 values are 0 or less: a log axis has no place for them.']);
    expect(readAt(barsOf(figure)[0]!, 1).indices).to.deep.equal([4, 5]);
    expect(plain([1, 2, 3], {yScale: 'log'}).panels[0]!.y.domain[0]).to.be.above(0);
    // symlog: the middle of −1000 to 1000 is 0
    expect(edges(plain([-1000, 0, 1000], {xScale: 'symlog', bins: 2}))[1]).to.be.closeTo(0, 1e-9);
  });

  it('lays series over each other in common bins', () => {
    const figure = draw(histogram, {series: [{name: 'a', tensor: of([3], [0, 1, 4])}, {name: 'b', tensor: of([2], [3, 8])}]}, {bins: 4});
    expect(edges(figure)).to.deep.equal([0, 2, 4, 6, 8]);
    expect(counts(figure, 0)).to.deep.equal([2, 0, 1, 0]);
    expect(counts(figure, 1)).to.deep.equal([0, 1, 0, 1]);
    expect(figure.legend.map(({label}) => label)).to.deep.equal(['a (3)', 'b (2)']);
    // their outlines go along the bins' ends
    expect([...marksOf(figure.panels[0], 'line')[1]!.points.y]).to.deep.equal([0, 0, 1, 0, 1, 0]);
  });

  it('parts the scores of two classes as numpy does, with a threshold to move', async () => {
    const {y_score: scores, y_true: labels} = await json<{y_score: number[][]; y_true: number[]}>('refs/sklearn_metrics_breast_cancer.json');
    const changes: unknown[] = [];
    const figure = draw(histogram, {series: [{name: '', predictions: of([228, 2], scores.flat()), labels: of([228], labels)}], classes: ['malignant', 'benign']}, {bins: 20, change: (to) => changes.push(to)});
    // numpy.histogram(scores of each class, bins=20, range=(0, 1))
    expect(counts(figure, 0)).to.deep.equal([37, 16, 5, 0, 10, 4, 1, 3, 1, 0, 2, 2, 1, 0, 0, 1, 2, 0, 0, 0]);
    expect(counts(figure, 1)).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 5, 0, 1, 7, 4, 9, 9, 19, 37, 49]);
    expect(figure.legend.map(({label}) => label)).to.deep.equal(['malignant (85)', 'benign (143)']);
    // 140 of 143 and 8 of 85 have 0.5 or more
    expect(figure.facts).to.equal('at 0.50 or above: 98% of benign, 9.4% of malignant');
    expect((figure.metrics.atThreshold as Record<string, number>)).to.deep.include({tp: 140, fp: 8, fn: 3, tn: 77, threshold: 0.5});
    const [handle] = figure.panels[0]!.handles!;
    expect(handle).to.deep.include({x: 0.5, along: 'x', label: 'threshold 0.50'});
    handle!.moved(0.75, 0);
    handle!.moved(1.5, 0);
    expect(changes).to.deep.equal([{threshold: 0.75}, {threshold: 1}]);
    // the keyboard moves it by a slider
    expect(figure.controls!.map(({type}) => type)).to.deep.equal(['choice', 'slider']);
    const {indices} = readAt(barsOf(figure)[1]!, 8);
    expect(indices).to.have.length(2);
    for (const i of indices!) expect(labels[i] === 1 && scores[i]![1]! >= 0.4 && scores[i]![1]! < 0.45).to.equal(true);
  });

  it('reads names, one column of logits, the other class, and the threshold asked for', () => {
    const predictions = of([4, 1], [-2, 3, 0.5, -0.5]);
    const logits = draw(histogram, {series: [{name: '', predictions, labels: ['ham', 'spam', 'spam', 'ham']}], classes: ['ham', 'spam']});
    expect(logits.panels[0]!.handles![0]!.x).to.equal(0);
    expect(logits.panels[0]!.x.title).to.equal('score');
    expect(logits.facts).to.equal('at 0 or above: 100% of spam, 0% of ham');
    const turned = draw(histogram, {series: [{name: '', predictions, labels: of([4], [0, 1, 1, 0])}], classes: ['ham', 'spam']}, {positive: 'ham', threshold: 1});
    expect(turned.facts).to.equal('at 1 or above: 50% of ham, 0% of spam');
  });

  it('sets one class of several against the others', () => {
    const data = {series: [{name: '', predictions: of([3, 3], [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.3, 0.3, 0.4]), labels: of([3], [0, 1, 2])}], classes: ['a', 'b', 'c']};
    const all = draw(histogram, data);
    expect(barsOf(all)).to.have.length(1);
    expect(all.controls!.map(({type}) => type)).to.deep.equal(['choice']);
    const one = draw(histogram, data, {positive: 'b', bins: 2});
    expect(one.legend.map(({label}) => label)).to.deep.equal(['not b (2)', 'b (1)']);
    expect([counts(one, 0), counts(one, 1)]).to.deep.equal([[2, 0], [0, 1]]);
  });

  it('names the examples that stand out, and lists none where there are too many', () => {
    const figure = plain([1, 2, 3, 4], {highlighted: [1, 9], bins: 2});
    expect([...marksOf(figure.panels[0], 'points')[0]!.points.x]).to.deep.equal([2]);
    const many = plain(noise(5000), {bins: 1});
    expect(readAt(barsOf(many)[0]!, 0)).to.deep.include({value: '5,000', indices: null});
    // an example with two scores in a bin is named once
    const rows = draw(histogram, {series: [{name: '', predictions: of([2, 2], [0.1, 0.2, 0.9, 0.8])}]}, {bins: 2});
    expect(readAt(barsOf(rows)[0]!, 0).indices).to.deep.equal([0]);
  });

  it('points at the smaller of two bars that lie over each other, where the pointer is in it', () => {
    const figure = draw(histogram, {series: [{name: 'low', tensor: of([3], [0, 0, 1])}, {name: 'high', tensor: of([9], [0, 0, 0, 0, 0, 0, 0, 0, 1])}]}, {bins: 2});
    const placed = layoutFigure(figure, () => WHOLE, 600, 400, new OffscreenCanvas(1, 1).getContext('2d')!, theme);
    const at = (count: number): string | undefined => hitFigure({placed, hidden: new Set()}, placeX(placed[0]!, 0), placeY(placed[0]!, count))?.mark.series;
    expect(at(1)).to.equal('low');
    expect(at(5)).to.equal('high');
    expect(at(8.3)).to.equal('high');
  });

  it('says what is wrong with its input', async () => {
    expect((await failure(() => draw(histogram, {series: [{name: ''}]}))).message).to.contain('needs numbers');
    expect((await failure(() => plain([]))).message).to.contain('holds no values');
    expect((await failure(() => draw(histogram, {series: [{name: '', predictions: of([2, 3], [1, 0, 0, 0, 1, 0]), labels: of([2], [0, 1])}]}, {positive: 'x'}))).message).to.contain('No class “x”');
  });
});
