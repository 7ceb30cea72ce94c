import {expect} from 'chai';
import {readHistory} from '../../src/compute/history.js';
import {history} from '../../src/plot/history.js';
import type {PlotSettings} from '../../src/plot/kind.js';
import {addLogs, newRun, reduceCurve, smoothAgain} from '../../src/plot/run-curves.js';
import type {Figure, LineMark, Mark} from '../../src/plot/types.js';
import {failure, finish, random} from '../helpers.js';
import {settings} from './kinds.js';

const drawn = (histories: Record<string, object | string>, more: Partial<PlotSettings> = {}): Figure => {
  const asked = settings(more);
  const series = Object.entries(histories).map(([name, given]) => ({name, history: typeof given === 'object' && 'curves' in given ? given : readHistory(given)}));
  return history.figure(finish(history.numbers!({series, classes: null}, asked)), asked);
};

const lines = (figure: Figure, panel = 0): LineMark[] => figure.panels[panel]!.marks.filter((m): m is LineMark => m.kind === 'line');
const rules = (marks: readonly Mark[]): (string | undefined)[] => marks.flatMap((m) => (m.kind === 'rule' ? [m.label] : []));

describe('kind="history"', () => {
  it('draws a panel a metric, the loss first, training and validation paired', () => {
    const figure = drawn({'': {acc: [0.5, 0.7], loss: [1, 0.5], val_acc: [0.4, 0.6], val_loss: [1.1, 0.7]}});
    expect(figure.panels.map((p) => p.title)).to.deep.equal(['loss', 'acc']);
    expect(lines(figure).map((m) => m.dash?.length ?? 0)).to.deep.equal([0, 2]);
    expect(figure.legend.map((item) => item.label)).to.deep.equal(['training', 'validation']);
    expect(figure.panels.every((p) => p.link === figure.panels[0]!.link)).to.equal(true);
  });

  it('marks the best epoch by validation loss and tells the gap as a number', () => {
    const figure = drawn({'': {loss: [1, 0.6, 0.4], val_loss: [1.1, 0.7, 0.9]}});
    expect(rules(figure.panels[0]!.marks)).to.include('best 0.7');
    expect(figure.facts).to.equal('best val_loss 0.7 at epoch 1 · gap 0.5');
    expect(figure.notes).to.deep.equal([]);
  });

  it('keeps what was logged behind what is smoothed', () => {
    const loss = Array.from({length: 80}, (_, i) => (i % 2 ? 1 : 3));
    const [raw, smoothed] = lines(drawn({'': {loss}}));
    expect(Array.from(raw!.points.y.slice(0, 4))).to.deep.equal([3, 1, 3, 1]);
    // by hand: a1 = 3; (0.6·1.2 + 0.4·1) / (1 − 0.36) = 1.12 / 0.64
    expect(smoothed!.points.y[0]).to.be.closeTo(3, 1e-12);
    expect(smoothed!.points.y[1]).to.be.closeTo(1.75, 1e-12);
    expect(lines(drawn({'': {loss}}, {smoothing: 0}))).to.have.length(1);
  });

  it('does not smooth a run of few epochs unless asked', () => {
    expect(lines(drawn({'': {loss: [3, 2, 1]}}))).to.have.length(1);
    expect(lines(drawn({'': {loss: [3, 2, 1]}}, {smoothing: 0.5}))).to.have.length(2);
  });

  it('says what a rule has found, and where', () => {
    const n = 30;
    const val = Array.from({length: n}, (_, i) => 0.5 + ((i - 10) / 20) ** 2);
    const figure = drawn({'': {loss: Array.from({length: n}, (_, i) => Math.exp(-i / 5)), val_loss: val}});
    expect(figure.notes[0]).to.include({alert: true});
    expect(figure.notes[0]!.text).to.match(/^Overfitting: val_loss/);
    expect(rules(figure.panels[0]!.marks)).to.include('overfitting');
  });

  it('shows NaN and tells of it', () => {
    const figure = drawn({'': {loss: [1, 0.5, NaN, 0.4]}});
    expect(figure.notes[0]!.text).to.equal('loss is NaN at epoch 2; 1 value is not finite.');
    const {odd, breaks, x} = lines(figure)[0]!.reduce!(0, 3, 300);
    expect(odd.map((o) => o.value)).to.deep.equal([NaN]);
    expect(odd[0]!.x).to.be.closeTo(2, 0.02);
    // no line leads over the gap
    expect(Array.from(x)).to.deep.equal([0, 1, 3]);
    expect(Array.from(breaks)).to.deep.equal([1, 0, 1]);
  });

  it('leaves epochs out in which nothing was logged', () => {
    const figure = drawn({'': {loss: [4, 3, 2, 1], val_loss: [null, 3.5, null, 1.5]}});
    expect(Array.from(lines(figure)[1]!.points.x)).to.deep.equal([1, 3]);
    expect(figure.notes.some((n) => n.alert)).to.equal(false);
  });

  it('compares runs, a colour each, and reads all of them at one epoch', () => {
    const figure = drawn({adam: {loss: [1, 0.5], val_loss: [1, 0.6]}, sgd: {loss: [2, 1.5], val_loss: [2, 1.6]}});
    expect(lines(figure).map((m) => m.color)).to.deep.equal([0, 0, 1, 1]);
    const {value, place} = lines(figure)[0]!.read!(1)!;
    expect(value).to.equal('adam loss 0.5');
    expect(place.split('\n')).to.deep.equal(['epoch 1', 'adam val_loss 0.6', 'sgd loss 1.5', 'sgd val_loss 1.6']);
  });

  it('smooths runs drawn together alike, by the longest, and says so', () => {
    const falling = (n: number): number[] => Array.from({length: n}, (_, i) => Math.exp(-i / 20) + (i % 2) / 10);
    const slider = (figure: Figure): unknown => figure.controls!.find((c) => c.type === 'slider')!.value;
    for (const [a, b] of [[48, 54], [54, 48]] as const) {
      const figure = drawn({sgd: {loss: falling(a)}, adam: {loss: falling(b)}});
      expect(lines(figure).map((m) => [m.color, m.points.x.length])).to.deep.equal([[0, a], [0, a], [1, b], [1, b]]);
      expect(slider(figure)).to.equal(0.6);
      expect(figure.notes.at(-1)!.text).to.contain('weight 0.6');
    }
    const short = drawn({sgd: {loss: falling(48)}, adam: {loss: falling(30)}});
    expect(lines(short)).to.have.length(2);
    expect(slider(short)).to.equal(0);
    // runs that grow as well
    const [grown, other] = [newRun(), newRun()];
    addLogs(grown, falling(48).map((loss, epoch) => ({epoch, loss})));
    addLogs(other, falling(54).map((loss, epoch) => ({epoch, loss})));
    const growing = drawn({sgd: grown, adam: other});
    expect(lines(growing)).to.have.length(4);
    expect(slider(growing)).to.equal(0.6);
  });

  it('marks the best of runs by one series that all have, with the name of the run', () => {
    const [a, b] = [{loss: [1, 0.5, 0.4], val_loss: [1, 0.6, 0.7]}, {loss: [2, 1.5, 1.6], val_loss: [2, 1.7, 1.6]}];
    const best = (figure: Figure): unknown => (figure.metrics.runs as {best: {series: string; value: number}}[]).map((run) => [run.best.series, run.best.value]);
    const both = drawn({adam: a, sgd: b});
    expect(rules(both.panels[0]!.marks)).to.deep.equal(['adam: best 0.6', 'sgd: best 1.6']);
    expect(best(both)).to.deep.equal([['val_loss', 0.6], ['val_loss', 1.6]]);
    // one without validation: all by training
    for (const figure of [drawn({adam: a, sgd: {loss: b.loss}}), drawn({adam: {loss: a.loss}, sgd: b})]) {
      expect(rules(figure.panels[0]!.marks)).to.deep.equal(['adam: best 0.4', 'sgd: best 1.5']);
      expect(best(figure)).to.deep.equal([['loss', 0.4], ['loss', 1.5]]);
    }
    // nothing in common: each by its own
    expect(best(drawn({adam: {loss: [2, 1]}, sgd: {acc: [0.1, 0.3]}}))).to.deep.equal([['loss', 1], ['acc', 0.3]]);
    expect(rules(drawn(Object.fromEntries(Array.from({length: 7}, (_, i) => [`r${i}`, a]))).panels[0]!.marks).every((label) => label === undefined)).to.equal(true);
  });

  it('takes a Keras CSVLogger file, and what its axis can be', () => {
    const figure = drawn({'': 'epoch,time,loss\n0,1.5,0.9\n1,3,0.7\n2,4.5,0.6\n'}, {xAxis: 'time'});
    expect(Array.from(lines(figure)[0]!.points.x)).to.deep.equal([1.5, 3, 4.5]);
    expect(figure.panels[0]!.x.title).to.equal('time (s)');
    expect(figure.controls!.find((c) => c.type === 'choice')).to.include({value: 'time'});
  });

  it('gives its numbers as a table', () => {
    const {table} = drawn({a: {loss: [1, 2]}, b: {loss: [3]}});
    expect(table.rows).to.equal(3);
    expect(table.columns.map((_, c) => table.cell(2, c))).to.deep.equal(['b', 'loss', 0, 3, 3]);
  });
});

describe('a run that grows', () => {
  it('is the same, log by log, as a history read at once', () => {
    const next = random(3);
    const loss = Array.from({length: 300}, (_, i) => Math.exp(-i / 60) + 0.1 * next());
    const run = newRun(0.6);
    for (const [epoch, value] of loss.entries()) addLogs(run, {epoch, loss: value});
    const [grown, read] = [drawn({'': run}), drawn({'': {loss}})];
    expect(Array.from(lines(grown)[1]!.points.y)).to.deep.equal(Array.from(lines(read)[1]!.points.y));
    expect(grown.facts).to.equal(read.facts);
    expect(grown.metrics).to.deep.equal(read.metrics);
  });

  it('puts validation at the epoch of its log, and counts logs that tell no epoch', () => {
    const run = newRun();
    addLogs(run, [{epoch: 0, loss: 1}, {epoch: 1, loss: 0.5, val_loss: 0.7}]);
    expect(Array.from(run.curves.get('val_loss')!.points.x.slice(0, 1))).to.deep.equal([1]);
    const counted = newRun();
    addLogs(counted, {batch: 0, size: 32, loss: 1});
    addLogs(counted, {batch: 0, size: 32, loss: 2});
    expect(Array.from(counted.curves.get('loss')!.points.x.slice(0, 2))).to.deep.equal([0, 1]);
    expect([...counted.curves.keys()]).to.deep.equal(['loss']);
  });

  it('keeps a lone spike and a lone NaN among 200,000 points, however few pixels there are', () => {
    const run = newRun();
    addLogs(run, Array.from({length: 200_000}, (_, step) => ({step, loss: step === 123_456 ? 9 : step === 77_777 ? NaN : 1})));
    const {y, odd} = reduceCurve(run.curves.get('loss')!, false, 0, 199_999, 200);
    expect(Math.max(...y)).to.equal(9);
    expect(odd).to.have.length(1);
    expect(odd[0]!.x).to.be.closeTo(77_777, 1000);
  });

  it('loses nothing where smoothing anew is given up, and takes what is logged meanwhile', () => {
    const run = newRun();
    const value = (step: number): number => Math.sin(step);
    const log = (from: number, to: number): void => addLogs(run, Array.from({length: to - from}, (_, i) => ({step: from + i, loss: value(from + i)})));
    const steps = (): number[] => Array.from(lines(drawn({'': run}, {smoothing: run.weight}))[0]!.points.x);
    log(0, 100_000);
    const given = smoothAgain(run, 0.5);
    given.next();
    given.return();
    expect(steps()).to.have.length(100_000);
    const other = smoothAgain(run, 0.9);
    other.next();
    log(100_000, 100_010);
    finish(other);
    expect(steps()).to.deep.equal(Array.from({length: 100_010}, (_, i) => i));
    const whole = newRun(0.9);
    addLogs(whole, Array.from({length: 100_010}, (_, step) => ({step, loss: value(step)})));
    const last = (of: typeof run): number => lines(drawn({'': of}, {smoothing: 0.9}))[1]!.points.y[100_009]!;
    expect(last(run)).to.equal(last(whole));
  });

  it('is judged where its metrics were logged at different steps', () => {
    const run = newRun();
    addLogs(run, [{step: 0, loss: 3}, {step: 5, val_loss: 2.5}, {step: 10, loss: 2, val_loss: 1.5}, {step: 20, loss: 1}]);
    // by hand: the only step with both is 10
    const [{rows, best, gap}] = drawn({'': run}).metrics.runs as [{rows: number; best: object; gap: {best: object; last: object}}];
    expect(rows).to.equal(4);
    expect(best).to.deep.equal({series: 'val_loss', row: 2, x: 10, value: 1.5});
    expect(gap.last).to.deep.equal({row: 2, x: 10, training: 2, validation: 1.5, gap: -0.5});
  });

  it('shows all of a run whose steps begin anew', () => {
    const run = newRun();
    for (const step of [0, 1, 2, 3, 0, 1]) addLogs(run, {step, loss: 1});
    const [from, to] = drawn({'': run}).panels[0]!.x.domain;
    expect(from).to.be.at.most(0);
    expect(to).to.be.at.least(3);
  });

  it('refuses what is no number before anything of it is added', async () => {
    const run = newRun();
    const error = await failure(() => addLogs(run, [{loss: 1}, {loss: 'low' as unknown as number}]));
    expect(error.message).to.contain('loss');
    expect(run.rows).to.equal(0);
  });
});
