import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {type HistoryInput, readHistory, type TrainingHistory} from '../../src/compute/history.js';
import type {Problem} from '../../src/words/kinds.js';

/** A run's series by name, what was not logged as null. */
const seriesOf = (run: TrainingHistory): Record<string, (number | null)[]> =>
  Object.fromEntries(run.series.map((s) => [s.name, Array.from(s.values, (v, i) => (s.missing[i] ? null : v))]));
const remarksOf = (run: TrainingHistory): string[] => run.remarks.map((r) => r.key);

function refused(input: unknown): Problem {
  try {
    readHistory(input as HistoryInput);
  } catch (error) {
    return error as Problem;
  }
  throw new Error(`${JSON.stringify(input)} should have been refused.`);
}

// written by Python's csv.DictWriter and json.dumps as Keras's CSVLogger calls them
const KERAS = 'epoch,accuracy,loss,per_class,val_loss\r\n0,0.5,1.25,"""[0.1, 0.2]""",1.5\r\n1,0.625,nan,"""[0.3, 0.4]""",NA\r\n2,0.75,inf,"""[0.5, 0.6]""",0.001\r\n';
const PYTHON = '{"loss": [0.5, NaN, Infinity], "val_loss": [1, -Infinity, null]}';

describe('history', () => {
  it('is what fit() returns', async () => {
    await tf.setBackend('cpu');
    const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1], kernelInitializer: 'ones'})]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae']});
    const [x, y] = [tf.tensor2d([[1], [2], [3], [4]]), tf.tensor2d([[2], [4], [6], [8]])];
    const history = await model.fit(x, y, {epochs: 3, validationData: [x, y], yieldEvery: 'never', shuffle: false});
    const run = readHistory(history);
    expect(run.rows).to.equal(3);
    expect(run.unit).to.equal('epoch');
    expect([...run.x]).to.deep.equal([0, 1, 2]);
    expect(run.series.map(({name, metric, validation}) => [name, metric, validation])).to.deep.equal([
      ['val_loss', 'loss', true],
      ['val_mae', 'mae', true],
      ['loss', 'loss', false],
      ['mae', 'mae', false],
    ]);
    expect(seriesOf(run)).to.deep.equal(history.history);
    // before any step w = 1 and b = 0: the mean of (x − 2x)² over 1, 2, 3, 4
    expect(run.series[2]!.values[0]).to.be.closeTo(7.5, 1e-6);
    expect(seriesOf(readHistory(history.history))).to.deep.equal(history.history);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('refuses tensors, as a history holds before syncData()', () => {
    const scalar = tf.scalar(1);
    const problem = refused({epoch: [0], history: {loss: [scalar]}});
    expect(problem.key).to.equal('historyTensors');
    expect(problem.message).to.include('syncData');
    expect(refused({loss: scalar}).key).to.equal('historyTensors');
    expect(refused(scalar).key).to.equal('historyKind');
    scalar.dispose();
  });

  it('is the file of a CSVLogger, with lists left out and NA as a gap', () => {
    const run = readHistory(KERAS);
    expect(seriesOf(run)).to.deep.equal({accuracy: [0.5, 0.625, 0.75], loss: [1.25, NaN, Infinity], val_loss: [1.5, null, 0.001]});
    expect([...run.epochs!]).to.deep.equal([0, 1, 2]);
    expect(run.remarks).to.deep.equal([{key: 'historyLeftOut', params: {n: 1, names: 'per_class'}}]);
    const numpy = readHistory('epoch,loss,f1\n0,1,"[0.1 0.2\n 0.3]"\n1,0.5,"[0.2 0.3\n 0.4]"\n');
    expect(seriesOf(numpy)).to.deep.equal({loss: [1, 0.5]});
    expect(remarksOf(numpy)).to.deep.equal(['historyLeftOut']);
  });

  it('may be parted by semicolons or tabs, begin with a mark, and lack its last line end', () => {
    for (const text of ['epoch;loss\r\n0;0.5\r\n1;0.25\r\n', '\ufeffepoch\tloss\n0\t0.5\n\n1\t0.25', 'epoch,loss,\n0,0.5,\n1,0.25,\n']) expect(seriesOf(readHistory(text)), text).to.deep.equal({loss: [0.5, 0.25]});
  });

  it('of a resumed run is counted on, header or not', () => {
    for (const text of ['epoch,loss\n0,5\n1,4\nepoch,loss\n0,3\n1,2\n', 'epoch,loss\n0,5\n1,4\n0,3\n1,2\n', 'epoch,loss\n0,5\n1,4\nloss,epoch\n3,0\n2,1\n']) {
      const run = readHistory(text);
      expect(seriesOf(run), text).to.deep.equal({loss: [5, 4, 3, 2]});
      expect([...run.x]).to.deep.equal([0, 1, 2, 3]);
      expect(run.restarts).to.deep.equal([2]);
      expect(run.remarks).to.deep.equal([{key: 'historyRestarts', params: {n: 1, name: 'epoch'}}]);
    }
    // resumed where it stood: nothing begins anew
    const on = readHistory('epoch,loss\n0,5\n1,4\nepoch,loss,val_loss\n2,3,7\n');
    expect(on.restarts).to.deep.equal([]);
    expect(seriesOf(on)).to.deep.equal({loss: [5, 4, 3], val_loss: [null, null, 7]});
  });

  it('drops a last line that is still being written', () => {
    const run = readHistory('epoch,loss,val_loss\n0,0.5,0.6\n1,0.2');
    expect(seriesOf(run)).to.deep.equal({loss: [0.5], val_loss: [0.6]});
    expect(remarksOf(run)).to.deep.equal(['historyCut']);
    expect(seriesOf(readHistory('{"epoch":0,"loss":0.5}\n{"epoch":1,"lo'))).to.deep.equal({loss: [0.5]});
  });

  it('is JSON, with the bare NaN of Python too', () => {
    expect(seriesOf(readHistory(PYTHON))).to.deep.equal({loss: [0.5, NaN, Infinity], val_loss: [1, -Infinity, null]});
    expect(seriesOf(readHistory('{"a NaN, b": [1], "loss": [NaN]}'))).to.deep.equal({'a NaN, b': [1], loss: [NaN]});
    expect(seriesOf(readHistory('{"epoch": [3, 4], "params": {"epochs": 2}, "history": {"loss": ["nan", "-inf"]}}'))).to.deep.equal({loss: [NaN, -Infinity]});
    // pandas: DataFrame.to_json() and .to_csv()
    expect(seriesOf(readHistory('{"loss":{"0":0.5,"1":0.25,"10":0.1},"acc":{"0":0.1,"1":0.2,"10":0.3}}'))).to.deep.equal({loss: [0.5, 0.25, 0.1], acc: [0.1, 0.2, 0.3]});
    expect(seriesOf(readHistory(',loss\n0,0.5\n1,0.25\n'))).to.deep.equal({loss: [0.5, 0.25]});
    expect(seriesOf(readHistory(',epoch,loss\n0,7,0.5\n1,8,0.25\n'))).to.deep.equal({loss: [0.5, 0.25]});
  });

  it('is a list of logs, or one log a line', () => {
    const logs = [{epoch: 1, loss: 0.5}, {epoch: 2, loss: 0.25, val_loss: 0.5}, {epoch: 3, loss: null, note: 'slow'}];
    for (const input of [logs, JSON.stringify(logs), logs.map((l) => JSON.stringify(l)).join('\n')]) {
      const run = readHistory(input);
      expect(seriesOf(run)).to.deep.equal({loss: [0.5, 0.25, null], val_loss: [null, 0.5, null]});
      expect([...run.x]).to.deep.equal([1, 2, 3]);
      expect(remarksOf(run)).to.deep.equal(['historyNulls', 'historyLeftOut']);
    }
    expect(seriesOf(readHistory({epoch: 0, loss: 0.5}))).to.deep.equal({loss: [0.5]});
  });

  it('joins training and validation logged one after the other', () => {
    // as Lightning's CSVLogger and the log_history of transformers' Trainer have them
    const run = readHistory('epoch,step,train_loss,val_loss\n0,49,,0.9\n0,49,1.0,\n1,99,,0.7\n1,99,0.8,\n');
    expect(seriesOf(run)).to.deep.equal({train_loss: [1, 0.8], val_loss: [0.9, 0.7]});
    expect(run.series.map((s) => [s.metric, s.validation])).to.deep.equal([['loss', false], ['loss', true]]);
    expect([...run.epochs!]).to.deep.equal([0, 1]);
    expect([...run.steps!]).to.deep.equal([49, 99]);
    const trainer = readHistory([{loss: 1, epoch: 0.5, step: 10}, {loss: 0.8, epoch: 1, step: 20}, {eval_loss: 0.9, epoch: 1, step: 20}]);
    expect(seriesOf(trainer)).to.deep.equal({loss: [1, 0.8], eval_loss: [null, 0.9]});
    expect([...trainer.x]).to.deep.equal([0.5, 1]);
    // a metric that comes again is another row
    expect(readHistory([{epoch: 0, loss: 2}, {epoch: 0, loss: 1}]).rows).to.equal(2);
  });

  it('goes by steps where rows share an epoch', () => {
    const batches = readHistory([0, 1].flatMap((epoch) => [0, 1, 2].map((batch) => ({epoch, batch, loss: 1}))));
    expect(batches.unit).to.equal('step');
    expect([...batches.x]).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect([...batches.epochs!]).to.deep.equal([0, 0, 0, 1, 1, 1]);
    expect(batches.restarts).to.deep.equal([]);
    // TensorBoard's download of a scalar
    const board = readHistory('Wall time,Step,Value\n1600000000.5,0,1\n1600000001.5,100,0.5\n1600000009.5,0,0.4\n');
    expect(board.unit).to.equal('step');
    expect([...board.x]).to.deep.equal([0, 100, 200]);
    expect([...board.time!]).to.deep.equal([1600000000.5, 1600000001.5, 1600000009.5]);
    expect(seriesOf(board)).to.deep.equal({Value: [1, 0.5, 0.4]});
  });

  it('takes time that goes back and forth as seconds an epoch', () => {
    const run = readHistory({loss: [3, 2, 1], time: [5.1, 4.9, 5]});
    expect(run.time).to.equal(null);
    expect(seriesOf(run)).to.deep.equal({loss: [3, 2, 1], time: [5.1, 4.9, 5]});
  });

  it('allows series of unequal length, and spreads a sparse validation as validation_freq does', () => {
    const sparse = readHistory({loss: [6, 5, 4, 3, 2, 1, 0], val_loss: [5, 3, 1]});
    expect(seriesOf(sparse).val_loss).to.deep.equal([null, 5, null, 3, null, 1, null]);
    expect(sparse.remarks).to.deep.equal([{key: 'historySpread', params: {name: 'val_loss', n: 3, rows: 7, k: 2}}]);
    // Keras counts epochs from 1: at validation_freq=2 those with index 3, 5 and 7
    const later = readHistory({epoch: [2, 3, 4, 5, 6, 7], history: {loss: [6, 5, 4, 3, 2, 1], val_loss: [5, 3, 1]}});
    expect(seriesOf(later).val_loss).to.deep.equal([null, 5, null, 3, null, 1]);
    // live: the last epoch's validation is to come
    const live = readHistory({loss: [3, 2, 1], val_loss: [3, 2]});
    expect(seriesOf(live)).to.deep.equal({loss: [3, 2, 1], val_loss: [3, 2, null]});
    expect(live.remarks).to.deep.equal([]);
    const odd = readHistory({loss: [5, 4, 3, 2, 1], val_loss: [4, 3, 2]});
    expect(seriesOf(odd).val_loss).to.deep.equal([4, 3, 2, null, null]);
    expect(remarksOf(odd)).to.deep.equal(['historyUneven']);
    const gaps = readHistory({loss: [3, 2, 1], val_loss: [null, 2, undefined]});
    expect(seriesOf(gaps).val_loss).to.deep.equal([null, 2, null]);
    expect(gaps.series[1]!.values[0]).to.satisfy(Number.isNaN);
  });

  it('leaves what it was given as it was, and copies it', () => {
    const loss = Float32Array.of(0.5, NaN);
    const run = readHistory({loss});
    run.series[0]!.values[0] = 9;
    expect([...loss]).to.deep.equal([0.5, NaN]);
  });

  it('says what is wrong with everything else', () => {
    const keys: [unknown, string][] = [
      [null, 'historyKind'], [3, 'historyKind'], [Float32Array.of(1), 'historyKind'],
      ['', 'historyEmpty'], ['epoch,loss\n', 'historyEmpty'], [[], 'historyEmpty'], [{}, 'historyEmpty'], [{epoch: [], history: {}}, 'historyEmpty'], [{loss: []}, 'historyEmpty'],
      ['<!DOCTYPE html><html>', 'historyText'], ['{"loss": [1, 2', 'historyJson'], ['{"loss":1}\n{"loss":\n{"loss":2}', 'historyJsonLine'],
      ['0,1.5\n1,1.2\n', 'historyHeader'], ['epoch,loss,loss\n0,1,2\n', 'historyTwice'], ['epoch,loss\n0,1\n1,1,2\n', 'historyWide'],
      [[1, 2, 3], 'historyLog'], [[{loss: 1}, null], 'historyLog'],
      [{epoch: [0, 1], loss: [3, 2, 1]}, 'historyAxisLength'], [{epoch: [0, NaN], loss: [2, 1]}, 'historyNumber'],
      [{loss: [1, 'two']}, 'historyNumber'], [{loss: [1, {}]}, 'historyNumber'], ['epoch,loss\n0,1\n1,"0,5"\n', 'historyNumber'], ['epoch,loss\nx,1\n1,2\n', 'historyNumber'],
      [{model: 'net'}, 'historyNoMetric'], [{loss: [[1, 2], [3, 4]]}, 'historyNoMetric'], [[{}], 'historyNoMetric'], [{loss: [null, null]}, 'historyNoMetric'], ['just text', 'historyText'],
    ];
    for (const [input, key] of keys) {
      const problem = refused(input);
      expect(problem.key, JSON.stringify(input)).to.equal(key);
      expect(problem.message).not.to.match(/[{]\w+[}|]/);
    }
    expect(refused('epoch,loss\n0,1\n1,1,2\n').params).to.deep.equal({line: 3, got: 3, expected: 2});
    expect(refused({loss: [1, 'two']}).params).to.deep.equal({name: 'loss', row: 2, got: '"two"'});
  });

  it('may have names that objects have', () => {
    const run = readHistory('{"__proto__": [1, 2], "constructor": [3, 4]}');
    expect(run.series.map((s) => s.name)).to.deep.equal(['__proto__', 'constructor']);
  });
});
