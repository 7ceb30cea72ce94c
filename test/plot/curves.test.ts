import {expect} from 'chai';
import {bootstrapBand} from '../../src/compute/bootstrap.js';
import type {PlotSeries} from '../../src/plot/data.js';
import {pr, roc} from '../../src/plot/curves.js';
import type {BandMark, Control, Figure, Handle, LineMark, RuleMark} from '../../src/plot/types.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json, noise, random} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt, rowsOf} from './kinds.js';

interface Sklearn {
  y_true: number[];
  y_score: number[][];
  roc_auc_ovr_macro?: number;
  per_class: {
    cls: number;
    roc: {fpr: number[]; tpr: number[]};
    auc: number;
    pr: {precision: number[]; recall: number[]; thresholds: number[]};
    average_precision: number;
  }[];
}

const read = (name: string): Promise<Sklearn> => json(`refs/sklearn_metrics_${name}.json`);
const series = ({y_score, y_true}: Sklearn, name = ''): PlotSeries => ({name, predictions: of([y_score.length, y_score[0]!.length], y_score.flat()), labels: of([y_true.length], y_true)});
/** The example of scikit-learn's docstrings. */
const FOUR: PlotSeries = {name: '', predictions: of([4], [0.1, 0.4, 0.35, 0.8]), labels: of([4], [0, 0, 1, 1])};
const lines = (figure: Figure): LineMark[] => marksOf(figure.panels[0], 'line').filter((m) => m.series !== undefined);
const handle = (figure: Figure): Handle => figure.panels[0]!.handles![0]!;
const controls = (figure: Figure): string[] => figure.controls!.map(({type}) => type);
const alike = (own: ArrayLike<number>, expected: readonly number[], within = 1e-12): void => {
  expect(own).to.have.lengthOf(expected.length);
  expected.forEach((v, i) => expect(own[i]).to.be.closeTo(v, within));
};

/** The rates of every threshold, without points that change nothing. */
function corners(fpr: readonly number[], tpr: readonly number[]): [fpr: number[], tpr: number[]] {
  // scikit-learn's drop_intermediate, as its documentation has it: second differences are not both 0
  const n = fpr.length;
  const kept = fpr.map((_, i) => i === 0 || i === n - 1 || i === 1 || Math.abs(fpr[i + 1]! - 2 * fpr[i]! + fpr[i - 1]!) > 1e-12 || Math.abs(tpr[i + 1]! - 2 * tpr[i]! + tpr[i - 1]!) > 1e-12);
  return [fpr.filter((_, i) => kept[i]), tpr.filter((_, i) => kept[i])];
}

describe('kind="roc"', () => {
  it('has the numbers of scikit-learn, of either class', async () => {
    const sk = await read('breast_cancer');
    for (const {cls, roc: expected, auc} of sk.per_class) {
      const {metrics} = draw(roc, {series: [series(sk)]}, {positive: cls});
      expect(metrics['auc']).to.be.closeTo(auc, 1e-9);
      const [fpr, tpr] = corners(expected.fpr, expected.tpr);
      alike(metrics['fpr'] as Float64Array, fpr);
      alike(metrics['tpr'] as Float64Array, tpr);
      expect((metrics['thresholds'] as Float64Array)[0]).to.equal(Infinity);
    }
    expect(draw(roc, {series: [series(sk)]}).metrics['auc']).to.be.closeTo(sk.per_class[1]!.auc, 1e-9);
  });

  it('has the numbers of scikit-learn, of several classes', async () => {
    const sk = await read('iris');
    const {metrics} = draw(roc, {series: [series(sk)]});
    expect(metrics['macro']).to.be.closeTo(sk.roc_auc_ovr_macro!, 1e-9);
    (metrics['perClass'] as {auc: number}[]).forEach(({auc}, k) => expect(auc).to.be.closeTo(sk.per_class[k]!.auc, 1e-9));
    const [four] = (await json<{multiclass: {n: number; c: number; truth: number[]; scores: number[]; auc: Record<string, number>; ap: Record<string, number>}[]}>('refs/sklearn_metrics_cases.json')).multiclass;
    const data = {series: [{name: '', predictions: of([four!.n, four!.c], four!.scores), labels: of([four!.n], four!.truth)}]};
    for (const average of ['macro', 'weighted', 'micro']) {
      expect(draw(roc, data).metrics[average]).to.be.closeTo(four!.auc[average]!, 1e-9);
      expect(draw(pr, data).metrics[average]).to.be.closeTo(four!.ap[average]!, 1e-9);
    }
  });

  it('draws the curve in a square, over the diagonal', () => {
    const figure = draw(roc, {series: [FOUR]});
    const [panel] = figure.panels as [Figure['panels'][number]];
    expect(panel.ratio).to.equal(1);
    expect(panel.x.domain[0]).to.be.within(-0.05, -0.001);
    expect(panel.x.domain[1]).to.be.within(1.001, 1.05);
    const [diagonal] = marksOf(panel, 'line') as [LineMark];
    expect([...diagonal.points.x, ...diagonal.points.y]).to.deep.equal([0, 1, 0, 1]);
    expect(diagonal.read).to.equal(undefined);
    // by hand: from the highest score, + - + -
    const [{points}] = lines(figure) as [LineMark];
    expect([...points.x]).to.deep.equal([0, 0, 0.5, 0.5, 1]);
    expect([...points.y]).to.deep.equal([0, 0.5, 0.5, 1, 1]);
    expect(figure.metrics).to.include({auc: 0.75, positives: 2, negatives: 2});
    expect(figure.facts).to.match(/^AUC 0\.750 \(95 %: 0\.\d{3}–1\.000\) · positive: 1 · 4 examples$/);
    expect(figure.legend).to.deep.equal([]);
    expect(rowsOf(figure)).to.deep.equal([[0, 0, Infinity], [0, 0.5, 0.8], [0.5, 0.5, 0.4], [0.5, 1, 0.35], [1, 1, 0.1]]);
  });

  it('reads a point with its counts and examples', () => {
    const [line] = lines(draw(roc, {series: [FOUR]})) as [LineMark];
    const {value, place, indices, datum} = readAt(line, 2);
    expect(value).to.equal('TPR 0.500 · FPR 0.500');
    expect(place).to.equal('threshold 0.40 · 1 true, 1 false positives');
    expect(indices).to.deep.equal([1]);
    expect(datum).to.deep.equal({fpr: 0.5, tpr: 0.5, threshold: 0.4, tp: 1, fp: 1, fn: 1, tn: 1});
    expect(readAt(line, 0)).to.deep.include({indices: null, place: 'threshold ∞ · 0 true, 0 false positives'});
  });

  it('shows the threshold on the curve, to be dragged along it', () => {
    let asked: unknown;
    const figure = draw(roc, {series: [FOUR]}, {threshold: 0.38, change: (to) => (asked = to)});
    expect(handle(figure)).to.deep.include({x: 0.5, y: 0.5, along: 'both', label: '0.38 · TPR 0.50 · FPR 0.50'});
    expect(figure.metrics['atThreshold']).to.include({tp: 1, fp: 1, tn: 1, fn: 1, precision: 0.5, recall: 0.5, f1: 0.5, accuracy: 0.5});
    handle(figure).moved(0.52, 0.93);
    expect(asked).to.deep.equal({threshold: 0.35});
    // never to where nothing has a threshold
    handle(figure).moved(0, 0);
    expect(asked).to.deep.equal({threshold: 0.8});
    expect(handle(draw(roc, {series: [FOUR]})).label).to.equal('0.50 · TPR 0.50 · FPR 0.00');
  });

  it('marks highlighted examples where the curve is at their scores', () => {
    const [mark] = marksOf(draw(roc, {series: [FOUR]}, {highlighted: [1, 3, 17]}).panels[0], 'points');
    expect(mark!.shape).to.equal('cross');
    expect([...mark!.points.x, ...mark!.points.y]).to.deep.equal([0.5, 0, 0.5, 0.5]);
  });

  it('begins nearest the corner where scores are no probabilities', () => {
    const figure = draw(roc, {series: [{...FOUR, predictions: of([4], [-10, 4, 3.5, 80])}]});
    // by hand: 80 is (0, 0.5), 4 is (0.5, 0.5), 3.5 is (0.5, 1): the first of the two that are 0.5 away
    expect(handle(figure)).to.deep.include({x: 0, y: 0.5});
    const {min, max, value} = figure.controls!.find((c) => c.type === 'slider') as Extract<Control, {type: 'slider'}>;
    expect([min, max, value]).to.deep.equal([-10, 80, 80]);
  });

  it('shades the bootstrap band of one curve, and says its interval', () => {
    const next = random(4);
    const labels = Uint8Array.from({length: 300}, () => Number(next() < 0.4));
    const scores = noise(300, 5).map((v, i) => v + labels[i]!);
    const one: PlotSeries = {name: '', predictions: of([300], scores), labels: of([300], labels)};
    const figure = draw(roc, {series: [one]});
    const [band] = marksOf(figure.panels[0], 'band') as [BandMark];
    const expected = bootstrapBand('roc', labels, scores, {points: 201});
    expect([...band.low]).to.deep.equal([...expected.lower]);
    expect(figure.metrics['interval']).to.deep.equal(expected.area);
    expect(notesOf(figure)).to.include('Shaded: where the curve is in 95 % of 1,000 bootstrap samples, point by point.');
    expect(marksOf(draw(roc, {series: [one, {...one, name: 'again'}]}).panels[0], 'band')).to.deep.equal([]);
  });

  it('draws each class and the averages, and one class that is asked for', async () => {
    const sk = await read('iris');
    const classes = ['setosa', 'versicolor', 'virginica'];
    let asked: unknown;
    const figure = draw(roc, {series: [series(sk)], classes}, {change: (to) => (asked = to)});
    expect(lines(figure).map((m) => m.series)).to.deep.equal([...classes, 'micro average', 'macro average']);
    expect(lines(figure)[3]).to.deep.include({color: 'text', dash: [6, 3]});
    expect(lines(figure)[4]).to.deep.include({color: 'text', width: 2.5});
    expect(figure.legend.map((item) => item.label)).to.include(`versicolor AUC ${sk.per_class[1]!.auc.toFixed(3)}`).and.include('macro average AUC 0.955');
    expect(controls(figure)).to.deep.equal(['choice']);
    expect(figure.panels[0]!.handles).to.deep.equal([]);
    const choice = figure.controls![0] as Extract<Control, {type: 'choice'}>;
    expect(choice.options).to.deep.equal([['', 'all classes'], ['0', 'setosa'], ['1', 'versicolor'], ['2', 'virginica']]);
    choice.set('2');
    expect(asked).to.deep.equal({positive: 2});
    choice.set('');
    expect(asked).to.deep.equal({positive: null});
    const one = draw(roc, {series: [series(sk)], classes}, {positive: 'versicolor'});
    expect(one.metrics['auc']).to.be.closeTo(sk.per_class[1]!.auc, 1e-9);
    expect(one.facts).to.contain('positive: versicolor');
    expect(lines(one)).to.have.lengthOf(1);
    expect(controls(one)).to.deep.equal(['choice', 'slider']);
    // what is behind a point of a class's curve
    const {datum, indices} = readAt(lines(figure)[1]!, 1);
    expect(datum['tp']).to.equal(Math.round((datum['tpr'] as number) * 20));
    expect(indices!.every((i) => sk.y_score[i]![1] === datum['threshold'])).to.equal(true);
    expect(readAt(lines(figure)[4]!, 3)).to.deep.include({indices: null, series: 'macro average'});
  });

  it('offers the first of very many classes, and the one that is chosen', () => {
    const n = 250;
    const many = {series: [{name: '', predictions: of([n, n], Float32Array.from(noise(n * n), (v) => v + 4)), labels: of([n], Int32Array.from({length: n}, (_, i) => i))}]};
    const values = (figure: Figure): string[] => (figure.controls![0] as Extract<Control, {type: 'choice'}>).options.map(([value]) => value);
    const all = draw(roc, many);
    expect(values(all)).to.deep.equal(['', ...Array.from({length: 200}, (_, k) => String(k))]);
    expect(notesOf(all)).to.include('Of 250 classes the first 200 can be chosen here; set positive for another.');
    const one = draw(roc, many, {positive: 249});
    expect(values(one).slice(-2)).to.deep.equal(['199', '249']);
    expect((one.controls![0] as Extract<Control, {type: 'choice'}>).value).to.equal('249');
  });

  it('draws the twelve worst of many classes, and has the rest in its table', () => {
    const [n, c] = [300, 20];
    const next = random(8);
    const labels = Uint8Array.from({length: n}, (_, i) => i % c);
    // the higher the class, the better it is known
    const scores = Float32Array.from({length: n * c}, (_, i) => 0.04 * next() + (i % c === labels[Math.floor(i / c)] ? 0.002 * (i % c) : 0));
    const figure = draw(roc, {series: [{name: '', predictions: of([n, c], scores), labels: of([n], labels)}]});
    const drawn = lines(figure).map((m) => m.series!);
    expect(drawn).to.have.lengthOf(14);
    const areas = (figure.metrics['perClass'] as {auc: number}[]).map(({auc}) => auc);
    const worst = [...areas.keys()].sort((a, b) => areas[a]! - areas[b]!).slice(0, 12).map(String);
    expect(drawn.slice(0, 12)).to.have.members(worst);
    expect(notesOf(figure)).to.include('The 12 classes with the least area are drawn; 8 more are in the table.');
    expect(new Set(rowsOf(figure).map(([name]) => name)).size).to.equal(22);
  });

  it('compares models, one curve each', async () => {
    const sk = await read('breast_cancer');
    const figure = draw(roc, {series: [series(sk, 'forest'), {...series(sk, 'guess'), predictions: of([228], new Float32Array(228).fill(0.5))}]});
    expect(lines(figure).map((m) => m.series)).to.deep.equal(['forest', 'guess']);
    // all alike: from corner to corner
    expect([...lines(figure)[1]!.points.x]).to.deep.equal([0, 1]);
    expect(figure.legend.map((item) => item.label)).to.deep.equal(['forest AUC 0.990', 'guess AUC 0.500']);
    expect((figure.metrics['guess'] as Record<string, unknown>)['auc']).to.equal(0.5);
    const iris = await read('iris');
    const macro = draw(roc, {series: [series(iris, 'a'), series(iris, 'b')]});
    expect(macro.legend[1]!.label).to.equal('b AUC 0.955');
    expect(macro.facts).to.equal('macro average · 60 examples');
  });

  it('says in words why there is no curve', () => {
    const labels = of([3], [1, 1, 1]);
    const alone = draw(roc, {series: [{name: '', predictions: of([3], [0.2, 0.4, 0.6]), labels}]});
    expect(lines(alone)).to.deep.equal([]);
    expect(alone.panels[0]!.handles).to.deep.equal([]);
    expect(notesOf(alone)).to.deep.equal(['No curve for 1: no examples of another class.']);
    expect(alone.metrics['auc']).to.satisfy(Number.isNaN);
    const nan = draw(roc, {series: [{name: '', predictions: of([3], [0.2, NaN, 0.6]), labels: of([3], [0, 1, 1])}]});
    expect(notesOf(nan)).to.deep.equal(['No curve for 1: a score is NaN, and has no place in an order.']);
    expect(nan.metrics['auc']).to.satisfy(Number.isNaN);
    expect(lines(nan)).to.deep.equal([]);
    const absent = draw(roc, {series: [{name: '', predictions: of([4, 3], [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.6, 0.2, 0.2, 0.3, 0.5, 0.2]), labels: of([4], [0, 1, 0, 1])}], classes: ['a', 'b', 'c']});
    expect(lines(absent).map((m) => m.series)).to.deep.equal(['a', 'b', 'micro average', 'macro average']);
    expect(notesOf(absent)).to.deep.equal(['No curve for c: no examples of the class.']);
    expect(absent.metrics['macro']).to.equal(1);
  });

  it('has log axes', () => {
    const n = 2000;
    const next = random(6);
    const labels = Uint8Array.from({length: n}, () => Number(next() < 0.5));
    const figure = draw(roc, {series: [{name: '', predictions: of([n], noise(n).map((v, i) => v + labels[i]!)), labels: of([n], labels)}]}, {xScale: 'log'});
    const {x, y, marks} = figure.panels[0]!;
    const negatives = labels.filter((v) => !v).length;
    expect(x.type).to.equal('log');
    expect(x.domain[0]).to.be.within(0.5 / negatives, 1 / negatives);
    expect(y.type).to.equal('linear');
    // what is 0 lies at the edge, and chance is no straight line
    expect(lines(figure)[0]!.points.x[0]).to.equal(x.domain[0]);
    const chance = marks[0] as LineMark;
    expect(chance.points.x.length).to.be.above(50);
    expect([...chance.points.x]).to.deep.equal([...chance.points.y]);
  });

  it('draws a long curve from few points, and keeps all its numbers', () => {
    const n = 100_000;
    const next = random(2);
    const labels = Uint8Array.from({length: n}, () => Number(next() < 0.5));
    const figure = draw(roc, {series: [{name: '', predictions: of([n], Float64Array.from(labels, (l) => next() + 0.3 * l)), labels: of([n], labels)}]});
    const [{points, reduce}] = lines(figure) as [LineMark];
    expect(points.x.length).to.be.above(20_000);
    const {x, y} = reduce!(-0.015, 1.015, 500);
    expect(x.length).to.be.within(100, 2002);
    // no point lies farther than a pixel from what is drawn
    let at = 0;
    for (let i = 0; i < points.x.length; i++) {
      while (x[at + 1]! < points.x[i]!) at++;
      const [lo, hi] = [y[at]!, Math.max(...Array.from(y.subarray(at, at + 8)))];
      expect(points.y[i]).to.be.within(lo - 1 / 500, hi + 1 / 500);
    }
    expect((figure.metrics['fpr'] as Float64Array).length).to.equal(points.x.length);
  });
});

describe('kind="pr"', () => {
  it('has the numbers of scikit-learn', async () => {
    const sk = await read('breast_cancer');
    for (const {cls, pr: expected, average_precision: ap} of sk.per_class) {
      const {metrics} = draw(pr, {series: [series(sk)]}, {positive: cls});
      expect(metrics['averagePrecision']).to.be.closeTo(ap, 1e-9);
      alike(metrics['precision'] as Float64Array, expected.precision);
      alike(metrics['recall'] as Float64Array, expected.recall);
      alike(metrics['thresholds'] as Float64Array, expected.thresholds);
    }
  });

  it('steps so that the area below is the average precision', () => {
    const figure = draw(pr, {series: [FOUR]});
    const [{points, step}] = lines(figure) as [LineMark];
    // P = .5, .667, .5, 1, 1 and R = 1, 1, .5, .5, 0, as scikit-learn's docstring has them
    expect([...points.x]).to.deep.equal([0, 0.5, 0.5, 1, 1]);
    alike(points.y, [1, 1, 0.5, 2 / 3, 0.5]);
    expect(step).to.equal('before');
    // each y holds from the x before to its own
    let area = 0;
    for (let i = 1; i < points.x.length; i++) area += (points.x[i]! - points.x[i - 1]!) * points.y[i]!;
    expect(area).to.be.closeTo(0.8333333, 1e-6);
    expect(figure.metrics['averagePrecision']).to.be.closeTo(area, 1e-12);
    const [rule] = marksOf(figure.panels[0], 'rule') as [RuleMark];
    expect(rule).to.include({y: 0.5, label: 'prevalence 0.500'});
    expect(figure.facts).to.match(/^AP 0\.833 /);
    expect(figure.table.columns).to.deep.equal(['recall', 'precision', 'threshold']);
  });

  it('reads points, and moves the threshold', () => {
    let asked: unknown;
    const figure = draw(pr, {series: [FOUR]}, {threshold: 0.4, change: (to) => (asked = to)});
    expect(handle(figure)).to.deep.include({x: 0.5, y: 0.5, label: '0.40 · precision 0.50 · recall 0.50'});
    handle(figure).moved(0.98, 0.7);
    expect(asked).to.deep.equal({threshold: 0.35});
    const {value, datum, indices} = readAt(lines(figure)[0]!, 3);
    expect(value).to.equal('precision 0.667 · recall 1.000');
    expect(datum).to.deep.include({threshold: 0.35, tp: 2, fp: 1, fn: 0, tn: 1});
    expect(indices).to.deep.equal([2]);
    // above every score nothing is called positive: precision is 0 / 0
    expect(handle(draw(pr, {series: [FOUR]}, {threshold: 0.9}))).to.deep.include({x: 0, y: 1, label: '0.90 · precision NaN · recall 0.00'});
  });

  it('has no curve without positives', () => {
    const figure = draw(pr, {series: [{...FOUR, labels: of([4], [0, 0, 0, 0])}]});
    expect(lines(figure)).to.deep.equal([]);
    expect(notesOf(figure)).to.deep.equal(['No curve for 1: no examples of the class.']);
    expect(figure.metrics['averagePrecision']).to.satisfy(Number.isNaN);
  });

  it('says what is missing', async () => {
    const {predictions} = FOUR;
    const missing = (await failure(() => draw(pr, {series: [{name: '', predictions: predictions!}]}))) as Problem;
    expect(missing.key).to.equal('plotJudgeNeeds');
    expect(missing.message).to.contain('kind="pr"');
    const labels = (await failure(() => draw(pr, {series: [{...FOUR, labels: of([4], [0, 0.5, 1, 1])}]}))) as Problem;
    expect(labels.key).to.equal('metricsLabelInteger');
  });
});
