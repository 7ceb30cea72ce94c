import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import type {ModelValues} from '../../src/tensor/feeds.js';
import {type Prediction, predict, type PredictOptions} from '../../src/tensor/predict.js';
import {findTf, type Tf, useTf} from '../../src/tensor/tf.js';
import type {TensorValues} from '../../src/tensor/types.js';
import {failure, noise} from '../helpers.js';

const values = (shape: readonly number[], data: TensorValues['data'] = noise(shape.reduce((a, b) => a * b, 1))): TensorValues => ({shape, data, dtype: 'float32'});

let lib: Tf;
const run = (model: unknown, input: ModelValues, options: Partial<PredictOptions> = {}): Promise<Prediction> => predict(model, input, {tf: lib, ...options});

/** Runs something and checks that no tensor is left. */
async function tidily<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  try {
    return await work();
  } finally {
    expect(tf.memory().numTensors).to.equal(before);
  }
}

/** A graph model of a GraphDef and its constants. */
function graph(node: object[], weights: Record<string, tf.Tensor>): tf.GraphModel {
  const specs = Object.entries(weights).map(([name, w]) => ({name, shape: w.shape, dtype: w.dtype as 'float32'}));
  const data = Object.values(weights).map((w) => (w.dtype === 'bool' ? Uint8Array.from(w.dataSync()) : w.dataSync()));
  const bytes = new Uint8Array(data.reduce((n, d) => n + d.byteLength, 0));
  let offset = 0;
  for (const d of data) {
    bytes.set(new Uint8Array(d.buffer, d.byteOffset, d.byteLength), offset);
    offset += d.byteLength;
  }
  tf.dispose(weights);
  return tf.loadGraphModelSync({modelTopology: {node, versions: {producer: 1, minConsumer: 1}}, weightSpecs: specs, weightData: bytes.buffer} as tf.io.ModelArtifacts) as tf.GraphModel;
}

const placeholder = (dim: object[], name = 'x'): object => ({name, op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim}}}});
const float = {T: {type: 'DT_FLOAT'}};

describe('predict', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
    lib = await findTf();
  });
  after(() => useTf(null));

  it('gives what tfjs gives, in passes of whatever size', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 5, inputShape: [4], activation: 'tanh'}), tf.layers.dense({units: 3})]});
    const input = values([37, 4]);
    const x = tf.tensor(input.data, [37, 4]);
    const direct = model.predict(x) as tf.Tensor;
    const wanted = Array.from(await direct.data());
    tf.dispose([x, direct]);
    await tidily(async () => {
      for (const batchSize of [undefined, 1, 10, 64]) {
        const told: (number | null)[][] = [];
        const result = await run(model, input, {batchSize, onProgress: (loaded, total, msLeft) => told.push([loaded, total, msLeft])});
        expect(result.shape).to.deep.equal([37, 3]);
        expect(Array.from(result.data), String(batchSize)).to.deep.equal(wanted);
        expect(told.at(-1)).to.deep.equal([37, 37, 0]);
        expect(told[0]![0]).to.equal(Math.min(37, batchSize ?? 1));
        if (told.length > 1) expect(told[0]![2]).to.equal(null);
        // 0 where a pass is quicker than the clock ticks
        if (told.length > 2) expect(told[1]![2]).to.be.a('number').and.at.least(0);
      }
      // one example without its axis
      const one = await run(model, values([4], input.data.slice(0, 4)));
      expect(one.shape).to.deep.equal([1, 3]);
      expect(Array.from(one.data)).to.deep.equal(wanted.slice(0, 3));
    });
    model.dispose();
  });

  it('lets the page work between passes', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1]})]});
    let turns = 0;
    let on = true;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      turns++;
      if (on) channel.port2.postMessage(0);
    };
    channel.port2.postMessage(0);
    await run(model, values([6, 1]), {batchSize: 1});
    on = false;
    expect(turns).to.be.at.least(5);
    channel.port1.close();
    model.dispose();
  });

  it('takes a fixed number of examples at a time where the model does, and pads the last', async () => {
    const input = tf.input({batchShape: [4, 2]});
    const model = tf.model({inputs: input, outputs: tf.layers.dense({units: 2}).apply(input) as tf.SymbolicTensor});
    const given = values([6, 2]);
    const [kernel] = model.getWeights();
    const k = Array.from(await kernel!.data());
    const result = await tidily(() => run(model, given, {batchSize: 100}));
    expect(result.shape).to.deep.equal([6, 2]);
    for (let i = 0; i < 6; i++) for (let j = 0; j < 2; j++) expect(result.data[2 * i + j]).to.be.closeTo(given.data[2 * i]! * k[j]! + given.data[2 * i + 1]! * k[2 + j]!, 1e-6);
    model.dispose();
  });

  it('chooses among outputs: by name, by index, else the one that ends the model', async () => {
    const input = tf.input({shape: [2]});
    const first = tf.layers.dense({units: 3, name: 'first'}).apply(input) as tf.SymbolicTensor;
    const second = tf.layers.dense({units: 4, name: '1'}).apply(first) as tf.SymbolicTensor;
    const model = tf.model({inputs: input, outputs: [first, second]});
    await tidily(async () => {
      const of = async (output?: string | number): Promise<string> => (await run(model, values([2, 2]), output === undefined ? {} : {output})).name;
      expect(await of()).to.equal('1');
      expect(await of('first')).to.equal('first');
      expect(await of('0')).to.equal('first');
      expect(await of('1')).to.equal('1');
      expect(await of(-1)).to.equal('1');
      const error = await failure(of('third'));
      expect(error).to.include({key: 'runOutput'});
      expect(error.message).to.contain('“first”, “1”');
    });
    model.dispose();
  });

  it('takes several inputs in order or by name', async () => {
    const a = tf.input({shape: [2], name: 'a'});
    const b = tf.input({shape: [2], name: 'b', dtype: 'int32'});
    const model = tf.model({inputs: [a, b], outputs: tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor});
    const [x, y] = [values([2, 2], Float32Array.of(0.5, 1.5, 2.5, 3.5)), values([2, 2], Float32Array.of(1, 2, 3, 4))];
    const wanted = [0.5, 1.5, 1, 2, 2.5, 3.5, 3, 4];
    await tidily(async () => {
      expect(Array.from((await run(model, [x, y])).data)).to.deep.equal(wanted);
      expect(Array.from((await run(model, {b: y, a: x})).data)).to.deep.equal(wanted);
      expect(await failure(run(model, {a: x}))).to.include({key: 'inputMissing'});
      expect(await failure(run(model, {a: x, b: y, c: y}))).to.include({key: 'inputUnknown'});
      expect(await failure(run(model, x))).to.include({key: 'inputCount'});
      expect(await failure(run(model, [x, values([3, 2], new Float32Array(6))]))).to.include({key: 'inputExamples'});
      expect(await failure(run(model, [x, x]))).to.include({key: 'inputIntegers'});
      expect(await failure(run(model, [x, values([0, 2], new Float32Array(0))]))).to.include({key: 'inputExamples'});
      expect(await failure(run(model, [values([0, 2], new Float32Array(0)), values([0, 2], new Float32Array(0))]))).to.include({key: 'inputEmpty'});
    });
    model.dispose();
  });

  it('leaves what stateful layers remember', async () => {
    const model = tf.sequential({layers: [tf.layers.lstm({units: 3, stateful: true, batchInputShape: [1, 2, 1]})]});
    const x = tf.tensor([0.5, -0.2], [1, 2, 1]);
    (model.predict(x) as tf.Tensor).dispose();
    const states = (): number[][] => (model.layers[0] as unknown as {states: tf.Tensor[]}).states.map((s) => Array.from(s.dataSync()));
    const before = states();
    const result = await tidily(() => run(model, values([1, 2, 1], Float32Array.of(0.1, 0.9))));
    const again = await tidily(() => run(model, values([1, 2, 1], Float32Array.of(0.1, 0.9))));
    expect(Array.from(again.data)).to.deep.equal(Array.from(result.data));
    expect(states()).to.deep.equal(before);
    tf.dispose(x);
    model.resetStates();
    (model.predict(tf.tensor([0.5, -0.2], [1, 2, 1])) as tf.Tensor).dispose();
    expect(states()).to.deep.equal(before);
  });

  it('leaves no masks of recurrent layers with dropout behind, and theirs as they were', async () => {
    const cells = [tf.layers.lstmCell({units: 2, dropout: 0.3}), tf.layers.gruCell({units: 2, recurrentDropout: 0.3})];
    const layers = [
      tf.layers.lstm({units: 3, dropout: 0.5, recurrentDropout: 0.5, returnSequences: true, inputShape: [2, 1]}),
      tf.layers.bidirectional({layer: tf.layers.simpleRNN({units: 2, dropout: 0.5, returnSequences: true}) as never, mergeMode: 'concat'}),
      tf.layers.rnn({cell: cells as never}),
    ];
    const model = tf.sequential({layers});
    await tidily(() => run(model, values([1, 2, 1])));
    const own = tf.ones([1, 1]);
    const cell = (model.layers[0] as unknown as {cell: {dropoutMask: tf.Tensor | null}}).cell;
    cell.dropoutMask = own;
    await tidily(() => run(model, values([3, 2, 1])));
    expect(cell.dropoutMask).to.equal(own);
    expect(own.isDisposed).to.equal(false);
    own.dispose();
    model.dispose();
  });

  it('never trains: moving means stay, dropout does nothing', async () => {
    const model = tf.sequential({layers: [tf.layers.batchNormalization({inputShape: [3]}), tf.layers.dropout({rate: 0.9})]});
    const result = await tidily(() => run(model, values([5, 3])));
    const moving = model.getWeights()[2]!;
    expect(Array.from(await moving.data())).to.deep.equal([0, 0, 0]);
    // gamma 1, beta 0, mean 0, variance 1, epsilon 1e-3
    for (const [i, v] of values([5, 3]).data.entries()) expect(result.data[i]).to.be.closeTo(v / Math.sqrt(1.001), 1e-6);
    model.dispose();
  });

  it('says what fails within tfjs, and frees what was made', async () => {
    class Bad extends tf.layers.Layer {
      static className = 'Bad';
      override call(inputs: tf.Tensor[]): tf.Tensor {
        tf.add(inputs[0]!, 1);
        throw new Error('no such thing');
      }
    }
    const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [2]}), new Bad({}), tf.layers.dense({units: 2})]});
    const error = await tidily(() => failure(run(model, values([3, 2]))));
    expect(error).to.include({key: 'runFailed'});
    expect(error.message).to.contain('no such thing').and.contain('cpu');
    model.dispose();
    expect(await failure(run({predict: () => 0}, values([1])))).to.include({key: 'badModel'});
    expect(await failure(run(tf.sequential(), values([1])))).to.include({key: 'runUnbuilt'});
  });

  it('copies what comes out: a model that hands on its input does not hand out the user’s array', async () => {
    const model = tf.sequential({layers: [tf.layers.reshape({targetShape: [2, 2], inputShape: [4]})]});
    const given = values([1, 4], Float32Array.of(1, 2, 3, 4));
    const result = await run(model, given);
    given.data[0] = 9;
    expect(Array.from(result.data)).to.deep.equal([1, 2, 3, 4]);
    model.dispose();
  });

  describe('of graph models', () => {
    it('may hand out a weight or an input, which stays', async () => {
      const model = graph([placeholder([{size: '-1'}, {size: '2'}]), {name: 'w', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}}], {w: tf.tensor([[1, 2]])});
      await tidily(async () => {
        const outputs = model.outputs.map(({name}) => name);
        expect(outputs).to.have.members(['x', 'w']);
        expect(Array.from((await run(model, values([1, 2], Float32Array.of(5, 6)), {output: 'x'})).data)).to.deep.equal([5, 6]);
        for (let i = 0; i < 2; i++) expect(Array.from((await run(model, values([1, 2]), {output: 'w'})).data)).to.deep.equal([1, 2]);
      });
      model.dispose();
    });

    it('with control flow run asynchronously, and free what they made where they fail', async () => {
      const branches = (last: object): object[] => [
        placeholder([{size: '-1'}, {size: '2'}]),
        {name: 'p', op: 'Const', attr: {dtype: {type: 'DT_BOOL'}}},
        {name: 'twice', op: 'AddV2', input: ['x', 'x'], attr: float},
        {name: 'switch', op: 'Switch', input: ['twice', 'p'], attr: float},
        {name: 'no', op: 'Neg', input: ['switch'], attr: float},
        {name: 'yes', op: 'Square', input: ['switch:1'], attr: float},
        {name: 'merge', op: 'Merge', input: ['no', 'yes'], attr: float},
        last,
      ];
      for (const [p, wanted] of [[true, [16, 36]], [false, [-4, -6]]] as const) {
        const nodes = [...branches({name: 'out', op: 'Identity', input: ['merge'], attr: float}), {name: 'k', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}}];
        const model = graph(nodes, {p: tf.scalar(p, 'bool'), k: tf.tensor1d([7])});
        const result = await tidily(() => run(model, values([1, 2], Float32Array.of(2, 3)), {output: 'out'}));
        expect(Array.from(result.data)).to.deep.equal(wanted);
        // a weight that is put out stays
        for (let i = 0; i < 2; i++) expect(Array.from((await tidily(() => run(model, values([1, 2]), {output: 'k'}))).data)).to.deep.equal([7]);
        model.dispose();
      }
      const bad = graph(branches({name: 'out', op: 'NoSuchOp', input: ['merge'], attr: float}), {p: tf.scalar(true, 'bool')});
      const weights = Array.from(await (bad.weights.p as tf.Tensor[])[0]!.data());
      const error = await tidily(() => failure(run(bad, values([1, 2]))));
      expect(error).to.include({key: 'runFailed'});
      expect(Array.from(await (bad.weights.p as tf.Tensor[])[0]!.data())).to.deep.equal(weights);
      bad.dispose();
    });

    it('that fail on the way leave nothing either', async () => {
      const model = graph([placeholder([{size: '-1'}, {size: '2'}]), {name: 'a', op: 'Neg', input: ['x'], attr: float}, {name: 'out', op: 'NoSuchOp', input: ['a'], attr: float}], {});
      expect(await tidily(() => failure(run(model, values([1, 2]))))).to.include({key: 'runFailed'});
    });

    it('that run in a circle, or take text, are told in words', async () => {
      const model = graph([placeholder([{size: '-1'}, {size: '2'}]), {name: 'a', op: 'AddV2', input: ['x', 'b'], attr: float}, {name: 'b', op: 'Neg', input: ['a'], attr: float}, {name: 'out', op: 'Neg', input: ['b'], attr: float}], {});
      expect(await tidily(() => failure(run(model, values([1, 2]))))).to.be.an('error').and.property('key').that.matches(/^run(Nothing|Failed)$/);
      const text = graph([{name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_STRING'}, shape: {shape: {dim: [{size: '-1'}]}}}}, {name: 'out', op: 'Identity', input: ['x'], attr: float}], {});
      expect(await failure(run(text, values([1])))).to.include({key: 'inputDtype'});
    });

    it('without an axis of examples give what they give for one, and words for more', async () => {
      const node = [placeholder([{size: '-1'}, {size: '2'}]), {name: 'axes', op: 'Const', attr: {dtype: {type: 'DT_INT32'}}}, {name: 'sum', op: 'Sum', input: ['x', 'axes'], attr: {...float, keep_dims: {b: false}}}];
      const model = graph(node, {axes: tf.tensor1d([0, 1], 'int32')});
      await tidily(async () => {
        const one = await run(model, values([1, 2], Float32Array.of(5, 6)), {output: 'sum'});
        expect(one.shape).to.deep.equal([]);
        expect(Array.from(one.data)).to.deep.equal([11]);
        expect(await failure(run(model, values([3, 2]), {output: 'sum', batchSize: 2}))).to.include({key: 'runNoExamples'});
      });
      model.dispose();
    });
  });
});
