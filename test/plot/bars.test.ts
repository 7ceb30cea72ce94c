import {expect} from 'chai';
import {bars} from '../../src/plot/bars.js';
import type {Axis, Figure} from '../../src/plot/types.js';
import {failure, json} from '../helpers.js';
import {barsOf, draw, notesOf, of, readAt, rowsOf} from './kinds.js';

const PETS = ['cat', 'dog', 'hen'];
const names = (figure: Figure): readonly string[] => figure.panels[0]!.y.labels!;
const x = (figure: Figure): Axis => figure.panels[0]!.x;

// softmax of 1, 2, 3 by hand: e^(z - 3) is 0.135335, 0.367879, 1, in all 1.503215
const LOGITS = of([1, 3], [1, 3, 2]);

describe('kind="bars"', () => {
  it('takes the softmax of logits, says so, and puts the highest first', () => {
    const figure = draw(bars, {series: [{name: '', predictions: LOGITS}], classes: PETS});
    expect(names(figure)).to.deep.equal(['dog', 'hen', 'cat']);
    const [mark] = barsOf(figure);
    [0.66524096, 0.24472847, 0.09003057].forEach((p, i) => expect(mark!.x1[i]).to.be.closeTo(p, 1e-8));
    expect(mark!.labels).to.deep.equal(['0.665', '0.245', '0.09']);
    expect(notesOf(figure)).to.deep.equal(['Softmax applied: the output’s rows do not sum to 1.']);
    expect(x(figure)).to.deep.include({title: 'probability', domain: [0, 1]});
    const {value, place, indices, datum} = readAt(mark!, 1);
    expect(value).to.equal('0.244728');
    expect(place).to.equal('hen · rank 2 of 3 · score 2');
    expect(indices).to.deep.equal([0]);
    expect(datum).to.include({class: 2, name: 'hen', score: 2, rank: 2});
  });

  it('leaves probabilities as they are', () => {
    const figure = draw(bars, {series: [{name: '', predictions: of([2, 3], [0.2, 0.5, 0.3, 1, 0, 0])}]});
    expect([...barsOf(figure)[0]!.x1 as number[]]).to.deep.equal([0.5, 0.3, 0.2]);
    expect(notesOf(figure)).to.deep.equal([]);
    expect(readAt(barsOf(figure)[0]!, 0).place).to.equal('1 · rank 1 of 3');
  });

  it('goes by the activation where it is known', () => {
    const whole = of([1, 2], [0.25, 0.75]);
    const given = (activation: 'softmax' | 'linear' | 'sigmoid', predictions = whole): Figure => draw(bars, {series: [{name: '', predictions}], activation});
    // logits that sum to 1 by chance: 1 / (1 + e^-0.5) = 0.622459
    expect(barsOf(given('linear'))[0]!.x1[0]).to.be.closeTo(0.62245933, 1e-8);
    expect(notesOf(given('linear'))).to.deep.equal(['Softmax applied: the model ends in a linear layer.']);
    expect(barsOf(given('softmax', of([1, 2], [0.4, 0.4])))[0]!.x1[0]).to.equal(0.4);
    expect(x(given('sigmoid')).title).to.equal('score');
    expect(notesOf(given('sigmoid'))).to.deep.equal([]);
  });

  it('takes no softmax of scores within 0 and 1 that do not exclude each other', () => {
    const figure = draw(bars, {series: [{name: '', predictions: of([2, 3], [0.9, 0.8, 0.1, 0, 0, 0.2])}]});
    expect([...barsOf(figure)[0]!.x1 as number[]]).to.deep.equal([0.9, 0.8, 0.1]);
    expect(x(figure).title).to.equal('score');
    expect(notesOf(figure)[0]).to.contain('No softmax applied');
  });

  it('draws one column as class 1 against class 0', () => {
    const spam = draw(bars, {series: [{name: '', predictions: of([2, 1], [0.125, 0.5]), labels: of([2], [1, 0])}], classes: ['legit', 'spam']});
    expect(names(spam)).to.deep.equal(['legit', 'spam (true)']);
    expect([...barsOf(spam)[0]!.x1 as number[]]).to.deep.equal([0.875, 0.125]);
    // 1 / (1 + e^-2) = 0.880797
    const logit = draw(bars, {series: [{name: '', predictions: of([1, 1], [2])}], classes: ['spam']});
    expect(names(logit)).to.deep.equal(['spam', 'not spam']);
    expect(barsOf(logit)[0]!.x1[0]).to.be.closeTo(0.88079708, 1e-8);
    expect(notesOf(logit)).to.deep.equal(['Sigmoid applied: the output is not within 0 and 1.']);
    expect(readAt(barsOf(logit)[0]!, 1).datum).to.deep.include({score: -2});
  });

  it('marks the true class in words, and shows it at its rank although it is not among the highest', () => {
    const scores = Array.from({length: 10}, (_, k) => (10 - k) / 55);
    for (const labels of [of([1], [7]), of([1, 10], Array.from({length: 10}, (_, k) => Number(k === 7))), of([10], Array.from({length: 10}, (_, k) => Number(k === 7))), ['7']]) {
      const figure = draw(bars, {series: [{name: '', predictions: of([1, 10], scores), labels}], classes: Array.from({length: 10}, (_, k) => String(k))}, {topK: 2});
      expect(names(figure)).to.deep.equal(['0', '1', '7 (true)']);
      expect(figure.facts).to.equal('3 of 10 classes · true: 7');
      expect(readAt(barsOf(figure)[0]!, 2).place).to.equal('7 · rank 8 of 10 · true class');
      expect(figure.metrics).to.deep.include({truth: 7, rankOfTruth: 8});
    }
  });

  it('never reads 1 where a probability is less', () => {
    expect(barsOf(draw(bars, {series: [{name: '', predictions: of([1, 2], [0.99999, 0.00001])}]}))[0]!.labels).to.deep.equal(['>0.999', '1e−5']);
    expect(barsOf(draw(bars, {series: [{name: '', predictions: of([1, 2], [1, 0])}]}))[0]!.labels).to.deep.equal(['1', '0']);
  });

  it('sets models side by side: what any scores highest, none over another', () => {
    const figure = draw(bars, {series: [{name: 'a', predictions: of([4], [0.6, 0.3, 0.1, 0])}, {name: 'b', predictions: of([4], [0, 0.1, 0.1, 0.8])}]}, {topK: 1});
    expect(names(figure)).to.deep.equal(['3', '0']);
    expect(figure.legend.map(({label}) => label)).to.deep.equal(['a', 'b']);
    const [a, b] = barsOf(figure);
    expect([...a!.x1 as number[], ...b!.x1 as number[]]).to.deep.equal([0, 0.6, 0.8, 0]);
    for (const i of [0, 1]) {
      expect(a!.y1[i]).to.be.at.most(b!.y0[i]! + 1e-12);
      expect(a!.y0[i]).to.be.above(i);
      expect(b!.y1[i]).to.be.below(i + 1);
    }
  });

  it('shows a NaN, says it, and still ranks the rest', () => {
    const figure = draw(bars, {series: [{name: '', predictions: of([1, 4], [5, NaN, 9, -1])}], classes: ['a', 'b', 'c', 'd']}, {topK: 1});
    // the softmax of a row with a NaN is NaN, but its scores have an order
    expect(names(figure)).to.deep.equal(['c', 'b']);
    expect(barsOf(figure)[0]!.labels).to.deep.equal(['NaN', 'NaN']);
    expect(rowsOf(figure).map((row) => row[1])).to.deep.equal(['c', 'a', 'd', 'b']);
    expect(notesOf(figure)).to.include('1 score is NaN: b.');
    // probabilities have no need of a softmax: one NaN hides no other
    const kept = draw(bars, {series: [{name: '', predictions: of([2, 3], [0.25, NaN, 0.75, 0.5, 0.5, 0])}]}, {topK: 1});
    expect(barsOf(kept)[0]!.labels).to.deep.equal(['0.75', 'NaN']);
    expect(notesOf(kept)).to.deep.equal(['1 score is NaN: 1.']);
  });

  it('lists all classes in their order, and names the example', () => {
    const figure = draw(bars, {series: [{name: '', predictions: of([2, 3], [1, 0, 0, 0.2, 0.5, 0.3]), labels: of([2], [0, 2])}], classes: PETS}, {example: 1, topK: 1});
    expect(figure.facts).to.equal('2 of 2 · 2 of 3 classes · true: hen');
    expect(rowsOf(figure)).to.deep.equal([['', 'dog', 0.5, 0.5, 1, 0], ['', 'hen', 0.3, 0.3, 2, 1], ['', 'cat', 0.2, 0.2, 3, 0]]);
    expect(readAt(barsOf(figure)[0]!, 0).indices).to.deep.equal([1]);
    expect(figure.controls).to.have.length(1);
    expect(figure.controls![0]).to.include({type: 'stepper', at: 1, n: 2});
  });

  it('draws what scikit-learn predicts for each of the 60 irises', async () => {
    const {y_score: scores, y_pred: predicted, y_true: truth} = await json<{y_score: number[][]; y_pred: number[]; y_true: number[]}>('refs/sklearn_metrics_iris.json');
    for (let example = 0; example < 60; example++) {
      const figure = draw(bars, {series: [{name: '', predictions: of([60, 3], scores.flat()), labels: of([60], truth)}]}, {example});
      expect(readAt(barsOf(figure)[0]!, 0).datum).to.include({class: predicted[example], probability: Math.max(...scores[example]!), true: predicted[example] === truth[example]});
    }
  });

  it('says what is wrong with its input', async () => {
    const fails = async (data: Parameters<typeof draw>[1], more?: Parameters<typeof draw>[2]): Promise<string> => (await failure(() => draw(bars, data, more))).message;
    expect(await fails({series: [{name: ''}]})).to.contain('needs numbers');
    expect(await fails({series: [{name: '', predictions: of([2, 3, 4], Array<number>(24).fill(0))}]})).to.contain('got 2×3×4');
    expect(await fails({series: [{name: '', predictions: of([2, 2], [1, 0, 0, 1])}]}, {example: 2})).to.equal('There is no example 2; the 2 examples are 0 to 1.');
    expect(await fails({series: [{name: '', predictions: LOGITS}], classes: ['a', 'b']})).to.contain('2 names');
    expect(await fails({series: [{name: 'a', predictions: LOGITS}, {name: 'b', predictions: of([1, 2], [0, 1])}]})).to.contain('“b” has 2 classes, the first 3');
    expect(await fails({series: [{name: '', predictions: LOGITS, labels: of([2], [0, 1])}]})).to.contain('2 labels');
  });
});
