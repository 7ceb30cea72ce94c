import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import {confusion} from '../../src/plot/confusion.js';
import type {CellsMark, Control, Figure} from '../../src/plot/types.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, json, random} from '../helpers.js';
import {draw, marksOf, notesOf, of, readAt, rowsOf} from './kinds.js';

interface Sklearn {
  y_true: number[];
  y_score: number[][];
  confusion_matrix: number[][];
  classification_report: Record<string, Record<string, number> | number>;
  confusion_normalized_true: number[][];
  accuracy: number;
  mcc: number;
  cohen_kappa: number;
  balanced_accuracy: number;
  log_loss: number;
}

interface Case {
  name: string;
  c: number;
  truth: number[];
  predicted: number[];
  weights: number[] | null;
  matrix: number[];
  normalized_pred: number[];
  normalized_all: number[];
}

const IRIS = ['setosa', 'versicolor', 'virginica'];
const read = (name: string): Promise<Sklearn> => json(`refs/sklearn_metrics_${name}.json`);
const scores = ({y_score, y_true}: Sklearn) => ({name: '', predictions: of([y_score.length, y_score[0]!.length], y_score.flat()), labels: of([y_true.length], y_true)});
const cells = (figure: Figure, i = 0): CellsMark => marksOf(figure.panels[i], 'cells')[0]!;
const matrix = (figure: Figure): unknown => figure.metrics['matrix'];
const slider = (figure: Figure): Extract<Control, {type: 'slider'}> => figure.controls!.find((c) => c.type === 'slider')!;

/** Scores that say of each example what it is taken for. */
const oneHot = (predicted: readonly number[], c: number) => of([predicted.length, c], predicted.flatMap((p) => Array.from({length: c}, (_, k) => Number(k === p))));

// taken for: cat, dog, dog, hen, cat, dog
const PETS = {series: [{name: '', predictions: oneHot([0, 1, 1, 2, 0, 1], 3), labels: of([6], [0, 0, 1, 2, 2, 0])}], classes: ['cat', 'dog', 'hen']};

describe('kind="confusion"', () => {
  before(loadPalettes);

  it('has the numbers of scikit-learn', async () => {
    for (const name of ['iris', 'breast_cancer']) {
      const sk = await read(name);
      const {metrics} = draw(confusion, {series: [scores(sk)]});
      expect(metrics['matrix']).to.deep.equal(sk.confusion_matrix);
      for (const [own, theirs] of [['accuracy', 'accuracy'], ['mcc', 'mcc'], ['kappa', 'cohen_kappa'], ['balancedAccuracy', 'balanced_accuracy'], ['logLoss', 'log_loss']] as const) {
        expect(metrics[own], own).to.be.closeTo(sk[theirs], 1e-9);
      }
      const {perClass} = metrics['report'] as {perClass: {precision: number; recall: number; f1: number; support: number}[]};
      perClass.forEach((scored, k) => {
        const expected = sk.classification_report[k] as Record<string, number>;
        expect(scored.precision).to.be.closeTo(expected['precision']!, 1e-9);
        expect(scored.recall).to.be.closeTo(expected['recall']!, 1e-9);
        expect(scored.f1).to.be.closeTo(expected['f1-score']!, 1e-9);
        expect(scored.support).to.equal(expected['support']);
      });
    }
  });

  it('normalises as scikit-learn does', async () => {
    const sk = await read('iris');
    const shares = cells(draw(confusion, {series: [scores(sk)]}, {normalized: 'true'})).values;
    sk.confusion_normalized_true.flat().forEach((v, i) => expect(shares[i]).to.be.closeTo(v, 1e-12));
    const cases = (await json<{confusion: Case[]}>('refs/sklearn_metrics_cases.json')).confusion.filter((c) => !c.weights);
    expect(cases).to.have.lengthOf(2);
    for (const {c, truth, predicted, matrix: counts, normalized_pred: pred, normalized_all: all} of cases) {
      const data = {series: [{name: '', predictions: oneHot(predicted, c), labels: of([truth.length], truth)}]};
      expect([...cells(draw(confusion, data)).values]).to.deep.equal(counts);
      [...cells(draw(confusion, data, {normalized: 'pred'})).values].forEach((v, i) => expect(v).to.be.closeTo(pred[i]!, 1e-12));
      [...cells(draw(confusion, data, {normalized: 'all'})).values].forEach((v, i) => expect(v).to.be.closeTo(all[i]!, 1e-12));
    }
  });

  it('writes counts, or shares in two digits, from the top left', () => {
    const figure = draw(confusion, PETS);
    const [{x, y, ratio}] = figure.panels as [Figure['panels'][number]];
    expect(x.labels).to.deep.equal(PETS.classes);
    expect(y).to.deep.include({labels: PETS.classes, down: true, title: 'true class'});
    expect(ratio).to.equal(1);
    expect([...cells(figure).values]).to.deep.equal([1, 2, 0, 0, 1, 0, 1, 0, 1]);
    expect(figure.bar!().domain).to.deep.equal([0, 2]);
    expect(cells(figure).text!(1)).to.equal('2');
    const shares = draw(confusion, PETS, {normalized: 'true'});
    expect(cells(shares).text!(1)).to.equal('0.67');
    expect(cells(shares).text!(2)).to.equal('0');
    expect(shares.bar!().domain).to.deep.equal([0, 1]);
    expect(figure.facts).to.equal('accuracy 0.500 · 6 examples');
    expect(notesOf(figure)).to.deep.equal(['Most confused: cat taken for dog (2), hen taken for cat (1).']);
  });

  it('reads a cell with the examples in it', () => {
    const {value, place, indices, datum} = readAt(cells(draw(confusion, PETS)), 1);
    expect(value).to.equal('2 examples');
    expect(place).to.equal('67% of cat predicted as dog');
    expect(indices).to.deep.equal([1, 5]);
    expect(datum).to.include({true: 0, predicted: 1, trueName: 'cat', predictedName: 'dog', count: 2});
    expect(readAt(cells(draw(confusion, PETS)), 2).indices).to.equal(null);
    expect(draw(confusion, PETS).caption!(4)).to.equal('true hen, predicted cat');
  });

  it('lists a thousand examples at most', () => {
    const n = 3000;
    const figure = draw(confusion, {series: [{name: '', predictions: of([n], new Float32Array(n)), labels: of([n], new Uint8Array(n), 'bool')}]});
    expect(readAt(cells(figure), 0)).to.deep.include({value: '3,000 examples'});
    expect(readAt(cells(figure), 0).indices).to.deep.equal(Array.from({length: 1000}, (_, i) => i));
  });

  it('outlines the cells of highlighted examples', () => {
    const lines = marksOf(draw(confusion, PETS, {highlighted: [1, 5, 0, 99]}).panels[0], 'line');
    expect(lines).to.have.lengthOf(2);
    const {x, y} = lines[0]!.points;
    // examples 1 and 5 are in the cell of row 0, column 1; example 0 in that of row 0, column 0
    expect([...x]).to.deep.equal([1, 2, 2, 1, 1, NaN, 0, 1, 1, 0, 0, NaN]);
    expect([...y].filter((_, i) => i % 6 < 5)).to.deep.equal([0, 0, 1, 1, 0, 0, 0, 1, 1, 0]);
    expect(marksOf(draw(confusion, PETS).panels[0], 'line')).to.deep.equal([]);
  });

  it('takes one-hot rows, and names of classes', () => {
    const truth = [0, 0, 1, 2, 2, 0];
    const whole = matrix(draw(confusion, PETS));
    const {predictions} = PETS.series[0]!;
    expect(matrix(draw(confusion, {...PETS, series: [{name: '', predictions, labels: oneHot(truth, 3)}]}))).to.deep.equal(whole);
    expect(matrix(draw(confusion, {...PETS, series: [{name: '', predictions, labels: truth.map((k) => PETS.classes[k]!)}]}))).to.deep.equal(whole);
  });

  it('calls a single score positive from the threshold on', () => {
    const data = {series: [{name: '', predictions: of([4, 1], [0.2, 0.5, 0.6, 0.9]), labels: of([4], [0, 1, 0, 1])}]};
    expect(matrix(draw(confusion, data))).to.deep.equal([[1, 1], [0, 2]]);
    expect(draw(confusion, data).facts).to.equal('accuracy 0.750 · 4 examples · threshold 0.50');
    expect(matrix(draw(confusion, data, {threshold: 0.7}))).to.deep.equal([[2, 0], [1, 1]]);
    expect(readAt(cells(draw(confusion, data, {threshold: 0.7})), 2).indices).to.deep.equal([1]);
    // of class 0, whose scores are 0.8, 0.5, 0.4, 0.1
    expect(matrix(draw(confusion, data, {threshold: 0.45, positive: 0}))).to.deep.equal([[1, 1], [1, 1]]);
    let asked: unknown;
    const {min, max, step, set, value} = slider(draw(confusion, data, {threshold: 0.7, change: (to) => (asked = to)}));
    expect([min, max, step, value]).to.deep.equal([0, 1, 0.01, 0.7]);
    set(0.3);
    expect(asked).to.deep.equal({threshold: 0.3});
  });

  it('takes the higher of two scores, or the threshold where one is set', () => {
    const data = {series: [{name: '', predictions: of([4, 2], [0.8, 0.2, 0.4, 0.6, 0.3, 0.7, 0.1, 0.9]), labels: of([4], [0, 1, 0, 1])}]};
    expect(matrix(draw(confusion, data))).to.deep.equal([[1, 1], [0, 2]]);
    expect(matrix(draw(confusion, data, {threshold: 0.65}))).to.deep.equal([[1, 1], [1, 1]]);
    expect(slider(draw(confusion, data)).value).to.equal(0.5);
  });

  it('cuts single logits at 0', () => {
    const figure = draw(confusion, {series: [{name: '', predictions: of([4], [-2, 0.25, -0.25, 3]), labels: of([4], [0, 0, 1, 1])}]});
    expect(matrix(figure)).to.deep.equal([[1, 1], [1, 1]]);
    const {min, max} = slider(figure);
    expect([min, max]).to.deep.equal([-2, 3]);
  });

  it('leaves out and counts examples with a NaN', () => {
    const data = {series: [{name: '', predictions: of([4, 2], [0.8, 0.2, NaN, 0.6, 0.3, 0.7, 0.1, NaN]), labels: of([4], [0, 1, 0, 1])}]};
    const figure = draw(confusion, data);
    expect(matrix(figure)).to.deep.equal([[1, 1], [0, 0]]);
    expect(figure.metrics).to.include({n: 2, nan: 2, accuracy: 0.5});
    // -(ln 0.8 + ln 0.3) / 2
    expect(figure.metrics['logLoss']).to.be.closeTo(0.713558, 1e-6);
    expect(notesOf(figure)).to.deep.equal(['2 examples have a NaN score and are left out.']);
    expect(matrix(draw(confusion, data, {threshold: 0.1}))).to.deep.equal([[0, 2], [0, 0]]);
    expect(figure.caption!(1)).to.equal('true 1, predicted NaN');
    const none = draw(confusion, {series: [{name: '', predictions: of([1], [NaN]), labels: of([1], [0])}]});
    expect(none.metrics['accuracy']).to.satisfy(Number.isNaN);
    expect([...cells(none).values]).to.deep.equal([0, 0, 0, 0]);
  });

  it('says what was never predicted', () => {
    const figure = draw(confusion, {...PETS, series: [{name: '', predictions: oneHot([0, 0, 0, 0, 0, 1], 3), labels: of([6], [0, 0, 1, 2, 2, 0])}]});
    expect(notesOf(figure)).to.include('Never predicted: hen (1 class).');
  });

  it('draws models beside each other, in the same colours', async () => {
    const sk = await read('iris');
    const worse = {...scores(sk), name: 'worse', predictions: of([60, 3], new Float32Array(180).fill(1 / 3))};
    const figure = draw(confusion, {series: [{...scores(sk), name: 'forest'}, worse], classes: IRIS});
    expect(figure.panels.map((p) => p.title)).to.deep.equal(['forest', 'worse']);
    // everything is taken for the first class, 20 examples of each
    expect([...cells(figure, 1).values]).to.deep.equal([20, 0, 0, 20, 0, 0, 20, 0, 0]);
    expect(cells(figure, 0).scale()).to.equal(cells(figure, 1).scale());
    expect(figure.facts).to.equal('forest accuracy 0.850 · worse accuracy 0.333 · 60 examples');
    expect((figure.metrics['forest'] as Record<string, unknown>)['accuracy']).to.equal(0.85);
    expect(readAt(cells(figure, 1), 3)).to.deep.include({series: 'worse', place: 'worse · 100% of versicolor predicted as setosa'});
    expect(rowsOf(figure)[5]).to.deep.equal(['worse', 'setosa', 20, 0, 0, 1 / 3, 1, 0.5, 20]);
  });

  it('has a row for each class, and its averages', async () => {
    const figure = draw(confusion, {series: [scores(await read('iris'))], classes: IRIS});
    expect(figure.table.columns.filter((c) => !c.startsWith('as '))).to.deep.equal(['true class', 'precision', 'recall', 'F1', 'support']);
    const rows = rowsOf(figure);
    expect(rows.map((row) => row[0])).to.deep.equal([...IRIS, 'macro average', 'weighted average']);
    // the matrix, then precision, recall, F1 and support
    expect(rows[1]!.slice(1, 4)).to.deep.equal((figure.metrics.matrix as number[][])[1]);
    expect(rows[1]![5]).to.be.closeTo(0.65, 1e-12);
    expect(rows[3]![6]).to.be.closeTo(0.8476190476, 1e-9);
  });

  it('puts classes that are confused side by side, where there are many', () => {
    // of 40 classes, k and k + 20 are taken for each other now and then
    const truth: number[] = [];
    const predicted: number[] = [];
    for (let k = 0; k < 40; k++) for (let i = 0; i < 10; i++) {
      truth.push(k);
      predicted.push(i < 3 ? (k + 20) % 40 : k);
    }
    const figure = draw(confusion, {series: [{name: '', predictions: oneHot(predicted, 40), labels: of([400], truth)}]});
    const labels = figure.panels[0]!.x.labels!.map(Number);
    expect([...labels].sort((a, b) => a - b)).to.deep.equal(Array.from({length: 40}, (_, k) => k));
    for (let k = 0; k < 20; k++) expect(Math.abs(labels.indexOf(k) - labels.indexOf(k + 20))).to.equal(1);
    expect(notesOf(figure)).to.include('Classes that are taken for each other stand side by side.');
    // what is drawn, read and counted is of the same classes
    const [r, c] = [labels.indexOf(5), labels.indexOf(25)];
    expect(cells(figure).values[r * 40 + c]).to.equal(3);
    expect(readAt(cells(figure), r * 40 + c)).to.deep.include({value: '3 examples', indices: [50, 51, 52]});
    expect((matrix(figure) as number[][])[5]![25]).to.equal(3);
  });

  it('draws the most confused of very many classes', () => {
    const c = 2000;
    const next = random(3);
    const n = 400;
    const truth = Array.from({length: n}, () => Math.floor(next() * c));
    // 7 is taken for 1999 fifty times
    const predicted = truth.map((k, i) => (i < 50 ? 1999 : k));
    truth.fill(7, 0, 50);
    const data = new Float32Array(n * c);
    predicted.forEach((k, i) => (data[i * c + k] = 1));
    const figure = draw(confusion, {series: [{name: '', predictions: of([n, c], data), labels: of([n], truth)}]}, {normalized: 'true'});
    const labels = figure.panels[0]!.x.labels!;
    expect(labels).to.have.lengthOf(100);
    const at = labels.indexOf('7') * 100 + labels.indexOf('1999');
    expect(readAt(cells(figure), at).value).to.equal('50 examples');
    // as a share of all examples of the class
    expect(cells(figure).values[at]).to.equal(50 / truth.filter((k) => k === 7).length);
    expect(figure.metrics['accuracy']).to.equal(350 / 400);
    expect(notesOf(figure)).to.include('Of 2,000 classes the 100 most confused are drawn; shares and accuracy are of all examples.');
    const row = rowsOf(figure).find(([name]) => name === '1999')!;
    // precision: what of it is right
    const right = truth.filter((k, i) => k === 1999 && predicted[i] === 1999).length;
    expect(row.slice(-4)).to.deep.equal([right / (right + 50), right ? 1 : 0, right ? (2 * right) / (2 * right + 50) : 0, right]);
  });

  it('takes the softmax of logits, which changes no class', () => {
    const figure = draw(confusion, {series: [{name: '', predictions: of([3, 3], [5, 1, 1, 0, 4, -3, 2, 1, 9]), labels: of([3], [0, 1, 1])}]});
    expect(matrix(figure)).to.deep.equal([[1, 0, 0], [0, 1, 1], [0, 0, 0]]);
    // (0.035976 + 0.019045 + 8.001247) / 3: log Σ e^z − z of the true class
    expect(figure.metrics['logLoss']).to.be.closeTo(2.685423, 1e-6);
    expect(notesOf(figure)).to.include('Softmax applied: the output’s rows do not sum to 1.');
  });

  it('says what is wrong', async () => {
    const predictions = of([3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const fails = async (data: Parameters<typeof draw>[1], more = {}): Promise<string> => ((await failure(() => draw(confusion, data, more))) as Problem).key;
    expect(await fails({series: [{name: '', predictions}]})).to.equal('plotJudgeNeeds');
    expect(await fails({series: [{name: '', predictions, labels: of([2], [0, 1])}]})).to.equal('metricsLength');
    expect(await fails({series: [{name: '', predictions, labels: of([3], [0, 1, 3])}]})).to.equal('metricsLabelRange');
    expect(await fails({series: [{name: '', predictions, labels: of([9], [1, 0, 0, 0, 1, 0, 0, 0, 1])}]})).to.equal('metricsFlatOneHot');
    expect(await fails({series: [{name: '', predictions: of([0, 3], []), labels: of([0], [])}]})).to.equal('metricsEmpty');
    expect(await fails({series: [{name: '', predictions, labels: of([3], [0, 1, 2])}], classes: ['a', 'b']})).to.equal('metricsClassCount');
    expect(await fails({series: [{name: '', predictions: of([2], [0, 1]), labels: of([2], [0, 1])}]}, {positive: 'x'})).to.equal('plotNoClass');
  });

  it('draws one example', () => {
    const figure = draw(confusion, {series: [{name: '', predictions: of([1, 3], [0.1, 0.7, 0.2]), labels: of([1], [2])}]});
    expect(matrix(figure)).to.deep.equal([[0, 0, 0], [0, 0, 0], [0, 1, 0]]);
    expect(figure.facts).to.equal('accuracy 0.000 · 1 example');
  });
});
