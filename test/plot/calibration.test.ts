import {expect} from 'chai';
import {calibration} from '../../src/plot/calibration.js';
import type {PlotData, PlotSeries} from '../../src/plot/data.js';
import type {PlotSettings} from '../../src/plot/kind.js';
import type {BarsMark, Control, Figure, LineMark, PointsMark} from '../../src/plot/types.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, finish, json, random} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt, rowsOf, settings} from './kinds.js';

interface Cases {
  calibration: {
    labels: number[];
    probabilities: number[];
    curves: {bins: number; strategy: string; fraction: number[]; mean: number[]}[];
    ece: {ece: number; mce: number; count: number[]};
  };
  temperature: {name: string; n: number; c: number; truth: number[]; logits: number[]; temperature: number; nll: number; nllBefore: number}[];
  probabilities: {n: number; c: number; truth: number[]; probabilities: number[]; weights: null | number[]; logLoss: number; brier: number}[];
}

const cases = (): Promise<Cases> => json('refs/sklearn_metrics_cases.json');
const slider = (figure: Figure): Extract<Control, {type: 'slider'}> => figure.controls!.find((c) => c.type === 'slider')!;
const points = (figure: Figure): PointsMark => marksOf(figure.panels[0], 'points')[0]!;
const counts = (figure: Figure): BarsMark => marksOf(figure.panels[1], 'bars')[0]!;
const close = (own: unknown, expected: readonly number[], within = 1e-12): void => {
  const values = Array.from(own as ArrayLike<number>);
  expect(values).to.have.lengthOf(expected.length);
  expected.forEach((v, i) => expect(values[i]).to.be.closeTo(v, within));
};

/** Four examples of a bin from 0.2 to 0.4, and four from 0.8 to 1. */
const EIGHT: PlotSeries = {name: '', predictions: of([8], [0.25, 0.3, 0.35, 0.3, 0.9, 0.95, 0.85, 0.9]), labels: of([8], [0, 1, 0, 0, 1, 1, 1, 0])};

describe('kind="calibration"', () => {
  it('has the bins of scikit-learn', async () => {
    const {calibration: {labels, probabilities, curves}} = await cases();
    const uniform = curves.filter((c) => c.strategy === 'uniform');
    expect(uniform).to.have.lengthOf(2);
    for (const {bins, fraction, mean} of uniform) {
      const figure = draw(calibration, {series: [{name: '', predictions: of([labels.length], probabilities), labels: of([labels.length], labels)}]}, {bins});
      const {fractionOfPositives, meanPredicted} = figure.metrics['curve'] as Record<string, Float64Array>;
      close(fractionOfPositives, fraction);
      close(meanPredicted, mean);
      close(points(figure).points.x, mean);
      close(points(figure).points.y, fraction);
    }
  });

  it('has the scores of scikit-learn, and the errors', async () => {
    const all = await cases();
    for (const {n, c, truth, probabilities, logLoss, brier} of all.probabilities.filter((p) => !p.weights)) {
      const {metrics} = draw(calibration, {series: [{name: '', predictions: of([n, c], probabilities), labels: of([n], truth)}]});
      expect(metrics['logLoss']).to.be.closeTo(logLoss, 1e-9);
      expect(metrics['brier']).to.be.closeTo(brier, 1e-9);
    }
    const sk = await json<{y_true: number[]; y_score: number[][]; per_class: {cls: number; brier: number; calibration_uniform10: {prob_true: number[]; prob_pred: number[]}}[]}>('refs/sklearn_metrics_breast_cancer.json');
    for (const {cls, brier, calibration_uniform10: {prob_true, prob_pred}} of sk.per_class) {
      const {metrics} = draw(calibration, {series: [{name: '', predictions: of([228, 2], sk.y_score.flat()), labels: of([228], sk.y_true)}]}, {positive: cls, bins: 10});
      expect(metrics['brier']).to.be.closeTo(brier, 1e-9);
      const {fractionOfPositives, meanPredicted} = metrics['curve'] as Record<string, Float64Array>;
      close(fractionOfPositives, prob_true, 1e-9);
      close(meanPredicted, prob_pred, 1e-9);
    }
  });

  it('draws bins, their gaps and intervals, and how many are in each', () => {
    const figure = draw(calibration, {series: [EIGHT]}, {bins: 5});
    const [curve, below] = figure.panels as [Figure['panels'][number], Figure['panels'][number]];
    expect(figure.stacked).to.equal(true);
    expect(curve.link).to.equal(below.link);
    expect(curve.x.domain).to.deep.equal(below.x.domain);
    // by hand: 1 of 4 at 0.3, 3 of 4 at 0.9
    close(points(figure).points.x, [0.3, 0.9]);
    close(points(figure).points.y, [0.25, 0.75]);
    const [gap] = marksOf(curve, 'bars') as [BarsMark];
    close(gap.y0, [0.3, 0.9]);
    close(gap.y1, [0.25, 0.75]);
    close(gap.x0, [0.2, 0.8]);
    close(gap.x1, [0.4, 1]);
    expect([...counts(figure).y1 as number[]]).to.deep.equal([4, 4]);
    // Wilson's intervals of 1 of 4 and 3 of 4 (statsmodels' proportion_confint, method wilson)
    const interval = marksOf(curve, 'line').find((m) => m.width === 1 && Number.isNaN(m.points.x[2]))!;
    close(interval.points.y.slice(0, 2), [0.04558726, 0.69935815], 1e-7);
    close(interval.points.y.slice(3, 5), [0.30064185, 0.95441274], 1e-7);
    // (0.05 + 0.15) / 2, and the greater
    expect(figure.metrics['ece']).to.be.closeTo(0.1, 1e-12);
    expect(figure.metrics['mce']).to.be.closeTo(0.15, 1e-12);
    expect(figure.facts).to.match(/^ECE 0\.100 · MCE 0\.150 · Brier 0\.\d{3} · log loss 0\.\d{3} · positive: 1 · 8 examples$/);
  });

  it('reads a bin with its examples', () => {
    const figure = draw(calibration, {series: [EIGHT]}, {bins: 5});
    for (const mark of [points(figure), counts(figure)]) {
      const {value, place, indices, datum} = readAt(mark, 1);
      expect(value).to.equal('0.750 observed, 0.900 predicted');
      expect(place).to.equal('from 0.8 to 1 · 4 examples · 95 %: 0.30–0.95');
      expect(indices).to.deep.equal([4, 5, 6, 7]);
      expect(datum).to.include({lower: 0.8, upper: 1, count: 4, fractionOfPositives: 0.75});
    }
    expect(figure.caption!(1)).to.equal('true 1; 1 0.30');
    expect(rowsOf(figure)).to.have.lengthOf(2);
    // 0 is in the first bin
    expect(readAt(points(draw(calibration, {series: [{name: '', predictions: of([2], [0, 1]), labels: of([2], [0, 1])}]})), 0).indices).to.deep.equal([0]);
  });

  it('judges the class predicted, or one that is asked for', () => {
    const data: Partial<PlotData> & {series: PlotSeries[]} = {series: [{name: '', predictions: of([4, 3], [0.7, 0.2, 0.1, 0.7, 0.1, 0.2, 0.1, 0.6, 0.3, 0.3, 0.1, 0.6]), labels: of([4], [0, 1, 1, 2])}], classes: ['a', 'b', 'c']};
    const all = draw(calibration, data, {bins: 10});
    // confidence 0.6 (twice, both right) and 0.7 (twice, one right)
    close(points(all).points.x, [0.6, 0.7]);
    close(points(all).points.y, [1, 0.5]);
    expect(all.panels[0]!.y.title).to.equal('accuracy');
    expect(all.panels[1]!.x.title).to.equal('confidence');
    const b = draw(calibration, data, {bins: 10, positive: 'b'});
    // of b: 0.2 no, 0.1 yes, 0.6 yes, 0.1 no
    close(points(b).points.x, [0.1, 0.2, 0.6]);
    close(points(b).points.y, [0.5, 0, 1]);
    expect(b.panels[0]!.y.title).to.equal('fraction of positives');
    // ((0.2)² + (0.9)² + (0.4)² + (0.1)²) / 4
    expect(b.metrics['brier']).to.be.closeTo(0.255, 1e-12);
  });

  it('fits a temperature, and compares', async () => {
    for (const {name, n, c, truth, logits, temperature, nll, nllBefore} of (await cases()).temperature) {
      // log_loss keeps probabilities 2^-52 away from 0, which matters to very large logits
      const clipped = name === 'large logits';
      let asked: Partial<PlotSettings> = {};
      const data: PlotData = {series: [{name: '', predictions: of([n, c], logits), labels: of([n], truth)}], classes: null, activation: 'linear'};
      const told = settings({change: (to) => (asked = to)});
      const known = finish(calibration.numbers!(data, told));
      const before = calibration.figure(known, told);
      if (!clipped) expect(before.metrics['logLoss']).to.be.closeTo(nllBefore, 1e-6);
      slider(before).action!.run();
      expect(asked.temperature).to.be.closeTo(temperature, 1e-6 * temperature);
      // without the numbers made anew
      expect(calibration.stamp({...told, ...asked}, data)).to.equal(calibration.stamp(told, data));
      const after = calibration.figure(known, {...told, ...asked});
      expect(after.metrics['logLoss']).to.be.closeTo(nll, 1e-6);
      if (!clipped) expect((after.metrics['before'] as Record<string, number>)['logLoss']).to.be.closeTo(nllBefore, 1e-6);
      expect(after.facts).to.match(/^ECE 0\.\d{3} \(T = [\d.]+; 0\.\d{3} before\)/);
      expect(after.legend.map((item) => item.ink)).to.deep.equal([0, 'muted']);
      const old = marksOf(after.panels[0], 'line').find((m) => m.color === 'muted' && !m.dash) as LineMark;
      close(old.points.x, [...points(before).points.x]);
    }
  });

  it('divides logits of probabilities', () => {
    // p = 0.8 is a logit of ln 4; at T = 2 it is ln 2, which is 2/3
    const data = {series: [{name: '', predictions: of([2], [0.8, 0.2]), labels: of([2], [1, 0])}]};
    close(points(draw(calibration, data, {temperature: 2})).points.x, [1 / 3, 2 / 3]);
    const two = {series: [{name: '', predictions: of([2, 2], [0.2, 0.8, 0.8, 0.2]), labels: of([2], [1, 0])}]};
    close(points(draw(calibration, two, {temperature: 2})).points.x, [1 / 3, 2 / 3]);
    expect(slider(draw(calibration, data, {temperature: 2}))).to.deep.include({value: 2, min: 0.05, max: 10});
  });

  it('says where a temperature has no best', () => {
    let asked: Partial<PlotSettings> = {};
    const data: PlotData = {series: [{name: '', predictions: of([2], [0.9, 0.3]), labels: of([2], [1, 0])}], classes: null};
    const told = settings({change: (to) => (asked = to)});
    const known = finish(calibration.numbers!(data, told));
    slider(calibration.figure(known, told)).action!.run();
    expect(notesOf(calibration.figure(known, {...told, ...asked}))).to.deep.equal(['Every example is right: the lower the temperature, the better the likelihood, without end.']);
    expect(notesOf(calibration.figure(known, told))).to.deep.equal([]);
  });

  it('puts large data through the temperature in steps', () => {
    const [n, c] = [20_000, 10];
    const next = random(1);
    const truth = Uint8Array.from({length: n}, () => Math.floor(next() * c));
    const logits = Float32Array.from({length: n * c}, (_, i) => 6 * next() + (i % c === truth[Math.floor(i / c)] ? 2 : 0));
    const data: PlotData = {series: [{name: '', predictions: of([n, c], logits), labels: of([n], truth)}], classes: null};
    let asked: Partial<PlotSettings> = {};
    const told = settings({change: (to) => (asked = to)});
    const warm = {...told, temperature: 2};
    expect(calibration.stamp(warm, data)).not.to.equal(calibration.stamp(told, data));
    const figure = calibration.figure(finish(calibration.numbers!(data, told)), told);
    slider(figure).action!.run();
    expect(asked.temperature).to.be.above(1);
    // once more: only what the temperature changes
    let steps = 0;
    const again = calibration.numbers!(data, warm);
    for (let step = again.next(); ; step = again.next(), steps++) {
      if (!step.done) continue;
      expect(calibration.figure(step.value, warm).metrics['temperature']).to.equal(2);
      break;
    }
    expect(steps).to.be.above(5);
  });

  it('fits the temperature of more than a few examples before it is asked for', () => {
    // a NaN, of which a fit says that there is none
    const noted = (n: number): string[] => {
      const p = Float32Array.from({length: n}, (_, i) => (i ? 0.25 : NaN));
      return notesOf(draw(calibration, {series: [{name: '', predictions: of([n], p), labels: of([n], new Uint8Array(n))}]}));
    };
    expect(noted(8001)).to.include('No temperature can be fitted: a score is NaN.');
    expect(noted(8000)).not.to.include('No temperature can be fitted: a score is NaN.');
  });

  it('draws one line for each model', () => {
    const figure = draw(calibration, {series: [{...EIGHT, name: 'a'}, {...EIGHT, name: 'b', predictions: of([8], [0.1, 0.9, 0.1, 0.1, 0.9, 0.9, 0.9, 0.1])}]}, {bins: 5, temperature: 3});
    expect(marksOf(figure.panels[0], 'points').map((m) => m.series)).to.deep.equal(['a', 'b']);
    expect(figure.legend.map((item) => item.label)).to.deep.equal(['a ECE 0.100', 'b ECE 0.100']);
    // side by side in a bin, and no temperature
    const [a, b] = marksOf(figure.panels[1], 'bars') as [BarsMark, BarsMark];
    expect(a.x1[1]).to.equal(b.x0[1]);
    expect(figure.controls!.map(({type}) => type)).to.deep.equal(['choice']);
    expect((figure.metrics['b'] as Record<string, unknown>)['temperature']).to.equal(1);
  });

  it('takes the sigmoid of single logits, and says so', () => {
    const figure = draw(calibration, {series: [{name: '', predictions: of([2], [Math.log(4), -3]), labels: of([2], [1, 0])}]});
    expect(points(figure).points.x[1]).to.be.closeTo(0.8, 1e-12);
    expect(notesOf(figure)).to.deep.equal(['Sigmoid applied: the output is not within 0 and 1.']);
  });

  it('has each class by itself where classes do not exclude each other', () => {
    // logits of 0.8 and 0.9 halve to 2/3 and 0.75; a softmax would bring both down
    const figure = draw(calibration, {series: [{name: '', predictions: of([2, 3], [0.8, 0.1, 0.1, 0.9, 0.8, 0.1]), labels: of([2], [0, 1])}]}, {temperature: 2});
    close(points(figure).points.x, [2 / 3, 0.75]);
    expect(notesOf(figure)[0]).to.contain('No softmax applied');
  });

  it('draws nothing of NaN, and says why', () => {
    const figure = draw(calibration, {series: [{name: '', predictions: of([3], [0.2, NaN, 0.6]), labels: of([3], [0, 1, 1])}]});
    expect(points(figure).points.x).to.have.lengthOf(0);
    expect(notesOf(figure)).to.deep.equal(['1 example has a NaN score: nothing can be said of calibration.']);
    expect([figure.metrics['ece'], figure.metrics['mce'], figure.metrics['brier'], figure.metrics['logLoss']].every(Number.isNaN)).to.equal(true);
    let asked: unknown = 'nothing';
    const known = draw(calibration, {series: [{name: '', predictions: of([1], [NaN]), labels: of([1], [0])}]}, {change: (to) => (asked = to)});
    slider(known).action!.run();
    expect(asked).to.equal('nothing');
  });

  it('takes one example, one class, and probabilities a little beyond 1', () => {
    const one = draw(calibration, {series: [{name: '', predictions: of([1], [0.7]), labels: of([1], [1])}]});
    expect(one.metrics['ece']).to.be.closeTo(0.3, 1e-12);
    const over = draw(calibration, {series: [{name: '', predictions: of([2, 2], Float32Array.of(1.0000001, 0, 0, 1)), labels: of([2], [0, 1])}]});
    expect(over.metrics['ece']).to.equal(0);
    expect(notesOf(over)).to.deep.equal([]);
  });

  it('says what is missing', async () => {
    const problem = (await failure(() => draw(calibration, {series: [{name: '', labels: of([1], [0])}]}))) as Problem;
    expect(problem.key).to.equal('plotJudgeNeeds');
  });
});
