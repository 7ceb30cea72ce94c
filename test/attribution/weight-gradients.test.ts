import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {type LabelValues, weightGradients, type WeightGradientOptions, type WeightGradients} from '../../src/attribution/weight-gradients.js';
import type {ModelValues} from '../../src/tensor/feeds.js';
import {useTf} from '../../src/tensor/tf.js';
import {failure, modelUrl, noise} from '../helpers.js';
import {close, graph, randomized, tidily, values} from './helpers.js';

const dense = (units: number, more: object = {}): tf.layers.Layer => tf.layers.dense({units, ...more});

const found = (model: unknown, x: ModelValues, y: LabelValues, options: WeightGradientOptions = {}): Promise<WeightGradients> => tidily(() => weightGradients(model, x, y, options));

/** One class each, in turn. */
const oneHot = (n: number, classes: number): Float32Array => Float32Array.from({length: n * classes}, (_, i) => (Math.floor(i / classes) % classes === i % classes ? 1 : 0));

/** What tf.variableGrads finds of a loss, by the order of the model's trainable weights. */
function truthOf(model: tf.LayersModel, loss: () => tf.Tensor): {loss: number; grads: Float32Array[]} {
  const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
  const {value, grads} = tf.variableGrads(() => loss() as tf.Scalar, variables);
  const out = {loss: value.dataSync()[0]!, grads: variables.map(({name}) => Float32Array.from(grads[name]!.dataSync<'float32'>()))};
  tf.dispose([value, grads]);
  return out;
}

function holds(got: WeightGradients, truth: {loss: number; grads: readonly ArrayLike<number>[]}, delta: number): void {
  expect(got.loss).to.be.closeTo(truth.loss, delta * Math.max(1, Math.abs(truth.loss)));
  expect(got.gradients).to.have.length(truth.grads.length);
  got.gradients.forEach(({data, address}, i) => {
    const most = Array.from(truth.grads[i]!).reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    close(data, truth.grads[i]!, delta * Math.max(most, 1e-3), address);
  });
}

const crossentropy = (y: tf.Tensor, p: tf.Tensor): tf.Tensor => tf.mean(tf.metrics.categoricalCrossentropy(y, p));
const bits = (model: tf.LayersModel): number[][] => model.weights.map((w) => Array.from(new Uint8Array(w.read().dataSync().slice().buffer)));

describe('weightGradients', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  after(() => useTf(null));

  for (const loss of ['meanSquaredError', 'categoricalCrossentropy'] as const) {
    it(`is the slope of ${loss} and of regularisers, by finite differences in float64`, async () => {
      const l2 = 0.03;
      const model = randomized(tf.sequential({layers: [dense(5, {name: 'hidden', inputShape: [4], activation: 'tanh', kernelRegularizer: tf.regularizers.l2({l2})}), dense(3, {name: 'out', activation: 'softmax'})]}));
      model.compile({optimizer: 'sgd', loss});
      const n = 6;
      const x = values([n, 4]);
      const y = values([n, 3], oneHot(n, 3));
      const own = model.getWeights().map((w) => Array.from(w.dataSync()));
      const before = bits(model);
      /** By hand. */
      const lossOf = ([k1, b1, k2, b2]: readonly number[][]): number => {
        let sum = 0;
        for (let row = 0; row < n; row++) {
          const hidden = b1!.map((b, j) => Math.tanh(b + [0, 1, 2, 3].reduce((s, i) => s + x.data[row * 4 + i]! * k1![i * 5 + j]!, 0)));
          const logits = b2!.map((b, c) => b + hidden.reduce((s, h, j) => s + h * k2![j * 3 + c]!, 0));
          const exps = logits.map(Math.exp);
          const all = exps.reduce((a, b) => a + b);
          exps.forEach((e, c) => {
            const [p, truth] = [e / all, y.data[row * 3 + c]!];
            sum += loss === 'meanSquaredError' ? (p - truth) ** 2 / 3 : -truth * Math.log(p);
          });
        }
        return sum / n + l2 * k1!.reduce((s, v) => s + v * v, 0);
      };
      const h = 1e-5;
      const grads = own.map((list, w) => list.map((_, i) => {
        const at = (by: number): number => lossOf(own.map((other, k) => (k === w ? other.map((v, j) => (j === i ? v + by : v)) : other)));
        return (at(h) - at(-h)) / (2 * h);
      }));
      const got = await found(model, x, y);
      holds(got, {loss: lossOf(own), grads}, 1e-5);
      expect(got.examples).to.equal(n);
      expect(got.gradients.map(({address, layer, weight, shape}) => [address, layer, weight, shape])).to.deep.equal([
        ['hidden/kernel', 'hidden', 'kernel', [4, 5]], ['hidden/bias', 'hidden', 'bias', [5]], ['out/kernel', 'out', 'kernel', [5, 3]], ['out/bias', 'out', 'bias', [3]],
      ]);
      got.gradients.forEach(({norm, weightNorm, ratio, reached, dtype, layerType, activation}, i) => {
        expect(norm).to.be.closeTo(Math.hypot(...grads[i]!), 1e-5);
        expect(weightNorm).to.be.closeTo(Math.hypot(...own[i]!), 1e-5);
        expect(ratio).to.equal(norm / weightNorm);
        expect([reached, dtype, layerType, activation]).to.deep.equal([true, 'float32', 'Dense', i < 2 ? 'tanh' : 'softmax']);
      });
      expect([got.differsInTraining, got.frozen]).to.deep.equal([[], []]);
      expect(bits(model)).to.deep.equal(before);
      model.dispose();
    });
  }

  it('is what one step of plain SGD takes off the weights', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 3, kernelSize: 3, inputShape: [7, 7, 2], kernelRegularizer: 'l1l2', activation: 'relu'}), tf.layers.maxPooling2d({poolSize: 2}), tf.layers.flatten(), dense(1, {activation: 'sigmoid'})]}), 0.5);
    model.compile({optimizer: tf.train.sgd(1), loss: 'binaryCrossentropy'});
    const x = values([5, 7, 7, 2]);
    const y = [0, 1, 1, 0, 1];
    const got = await found(model, x, y);
    const own = model.getWeights().map((w) => Array.from(w.dataSync()));
    const loss = await model.trainOnBatch(tf.tensor(x.data, [5, 7, 7, 2]), tf.tensor2d(y, [5, 1]));
    const after = model.getWeights().map((w) => Array.from(w.dataSync()));
    holds(got, {loss: loss as number, grads: own.map((list, w) => list.map((v, i) => v - after[w]![i]!))}, 1e-5);
    model.dispose();
  });

  it('equals tf.variableGrads on a trained net, as it is given one-hot labels or indices', async () => {
    const model = await tf.loadLayersModel(modelUrl('cnn-explainer-tinyvgg'));
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    const data = noise(2 * 64 * 64 * 3).map((v) => v / 8 + 0.5);
    const hot = new Float32Array(20);
    hot[3] = hot[17] = 1;
    const truth = tf.tidy(() => {
      const [x, y] = [tf.tensor4d(data, [2, 64, 64, 3]), tf.tensor2d(hot, [2, 10])];
      return truthOf(model, () => crossentropy(y, model.apply(x) as tf.Tensor));
    });
    const x = values([2, 64, 64, 3], data);
    const before = bits(model);
    const got = await found(model, x, values([2, 10], hot));
    holds(got, truth, 1e-4);
    expect(bits(model)).to.deep.equal(before);
    expect((await found(model, x, Int32Array.of(3, 7))).gradients.map(({norm}) => norm)).to.deep.equal(got.gradients.map(({norm}) => norm));
    model.dispose();
  });

  it('takes class indices and one-hot rows for one another where there is no doubt, and refuses the rest in words', async () => {
    const model = randomized(tf.sequential({layers: [dense(3, {name: 'y', inputShape: [2], activation: 'softmax'})]}));
    const x = values([4, 2]);
    const hot = values([4, 3], oneHot(4, 3));
    const indices = [0, 1, 2, 0];
    const loss = async (name: string, y: LabelValues, input = x): Promise<number> => (await found(model, input, y, {loss: name})).loss;
    const wanted = await loss('categoricalCrossentropy', hot);
    for (const y of [hot, indices, values([4], indices), values([4, 1], indices), {y: Int32Array.from(indices)}, [values([4], Int32Array.from(indices))]]) {
      for (const name of ['categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'categorical_crossentropy']) expect(await loss(name, y)).to.be.closeTo(wanted, 1e-6);
    }
    const one = values([2], x.data.subarray(0, 2));
    const alone = await loss('categoricalCrossentropy', values([1, 3], [1, 0, 0]), values([1, 2], x.data.subarray(0, 2)));
    for (const y of [values([3], [1, 0, 0]), [0], values([], [0])]) expect(await loss('categoricalCrossentropy', y, one)).to.be.closeTo(alone, 1e-6);
    // smoothed labels are a distribution: fine for one, none for the other
    const smooth = values([4, 3], hot.data.map((v) => v * 0.7 + 0.1));
    expect(await loss('categoricalCrossentropy', smooth)).to.be.above(0);
    const said = async (name: string, y: LabelValues): Promise<string> => (await tidily(() => failure(weightGradients(model, x, y, {loss: name})))).message;
    expect(await said('sparseCategoricalCrossentropy', smooth)).to.match(/example 0 are not one 1 among zeros/);
    expect(await said('categoricalCrossentropy', [0, 1, 3, 0])).to.match(/0 to 2; one is 3/);
    expect(await said('sparseCategoricalCrossentropy', [0, 1.5, 1, 0])).to.match(/0 to 2; one is 1\.5/);
    expect(await said('categoricalCrossentropy', [0, 1, 2])).to.match(/“y” with labels of the shape \[4, 3\], \[4\]; got \[3\]/);
    expect(await said('meanSquaredError', indices)).to.match(/meanSquaredError .* \[4, 3\]; got \[4\]/);
    expect(await said('binaryCrossentropy', indices)).to.match(/\[4, 3\]; got \[4\]/);
    expect(await said('entropy', hot)).to.match(/No loss “entropy”.*meanSquaredError/);
    expect(await said('meanSquaredError', 'cat' as never)).to.match(/list of numbers.*"cat"/);
    model.dispose();
  });

  it('has every loss that tfjs has a name for, as it computes it', async () => {
    const names = ['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError', 'meanSquaredLogarithmicError', 'squaredHinge', 'hinge', 'categoricalHinge', 'logcosh', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'binaryCrossentropy', 'kullbackLeiblerDivergence', 'poisson', 'cosineProximity'];
    const x = values([5, 2]);
    const y = values([5, 3], oneHot(5, 3));
    for (const name of names) {
      const model = randomized(tf.sequential({layers: [dense(3, {inputShape: [2], activation: 'sigmoid'})]}));
      const mine = await found(model, x, y, {loss: name});
      model.compile({optimizer: 'sgd', loss: name});
      const theirs = await found(model, x, y);
      holds(mine, {loss: theirs.loss, grads: theirs.gradients.map(({data}) => data)}, 1e-5);
      expect(theirs.gradients[0]!.norm, name).to.be.above(0);
      model.dispose();
    }
    const model = randomized(tf.sequential({layers: [dense(3, {inputShape: [2]})]}));
    const mse = await found(model, x, y, {loss: 'mse'});
    for (const loss of [(a: tf.Tensor, b: tf.Tensor) => tf.losses.meanSquaredError(a, b), (a: tf.Tensor, b: tf.Tensor) => b.sub(a).square()]) expect((await found(model, x, y, {loss})).loss).to.be.closeTo(mse.loss, 1e-6);
    const softmax = await found(model, x, y, {loss: tf.losses.softmaxCrossEntropy});
    const truth = tf.tidy(() => truthOf(model, () => tf.losses.softmaxCrossEntropy(tf.tensor(y.data, [5, 3]), model.apply(tf.tensor(x.data, [5, 2])) as tf.Tensor)));
    holds(softmax, truth, 1e-5);
    expect((await tidily(() => failure(weightGradients(model, x, y, {loss: () => { throw new Error('no such thing'); }})))).message).to.match(/could not be computed: no such thing/);
    expect((await tidily(() => failure(weightGradients(model, x, y, {loss: () => 3})))).message).to.match(/number 3, no tensor/);
    model.dispose();
  });

  it('adds up several outputs, and leaves out those without a loss', async () => {
    const input = tf.input({shape: [3], name: 'x'});
    const hidden = dense(4, {name: 'h', activation: 'tanh'}).apply(input) as tf.SymbolicTensor;
    const [a, b] = [dense(2, {name: 'a', activation: 'softmax'}), dense(1, {name: 'b'})].map((layer) => layer.apply(hidden) as tf.SymbolicTensor);
    const model = randomized(tf.model({inputs: input, outputs: [a!, b!]}));
    model.compile({optimizer: 'sgd', loss: {a: 'categoricalCrossentropy', b: 'meanSquaredError'}});
    const [x, ya, yb] = [values([3, 3]), values([3, 2], oneHot(3, 2)), values([3, 1])];
    const truth = tf.tidy(() => {
      const outputs = (): tf.Tensor[] => model.apply(tf.tensor(x.data, [3, 3])) as tf.Tensor[];
      return truthOf(model, () => tf.add(crossentropy(tf.tensor(ya.data, [3, 2]), outputs()[0]!), tf.losses.meanSquaredError(tf.tensor(yb.data, [3, 1]), outputs()[1]!)));
    });
    for (const y of [{a: ya, b: yb}, [ya, yb], {b: yb.data, a: [0, 1, 0]}] as LabelValues[]) holds(await found(model, x, y), truth, 1e-5);
    const only = await found(model, x, ya, {loss: {a: 'categoricalCrossentropy'}});
    expect(only.gradients.filter(({reached}) => !reached).map(({address}) => address)).to.deep.equal(['b/kernel', 'b/bias']);
    const lost = only.gradients.at(-2)!;
    expect([Array.from(lost.data), lost.norm, lost.ratio]).to.deep.equal([[0, 0, 0, 0], 0, 0]);
    const said = async (y: LabelValues, loss?: WeightGradientOptions['loss']): Promise<string> => (await tidily(() => failure(weightGradients(model, x, y, {loss})))).message;
    expect(await said(ya)).to.match(/needed for 2 outputs \(“a”, “b”\); got 1/);
    expect(await said({a: ya})).to.match(/missing for the output “b”/);
    expect(await said({a: ya, c: yb} as never)).to.match(/No output “c”/);
    expect(await said({a: ya}, {z: 'mse'})).to.match(/No output “z”/);
    expect(await said([ya], ['mse'])).to.match(/2 losses are needed/);
    expect(await said(ya, 7 as never)).to.match(/got number 7/);
    model.dispose();
  });

  it('names weights in nested models as the rest of the library does, and leaves out those that are frozen', async () => {
    const inner = tf.sequential({name: 'inner', layers: [dense(4, {name: 'one', inputShape: [3], activation: 'tanh'}), dense(3, {name: 'two'})]});
    const model = randomized(tf.sequential({layers: [inner, dense(3, {name: 'bi', trainable: false}), tf.layers.reshape({name: 'r', targetShape: [3, 1]}), tf.layers.bidirectional({name: 'both', layer: tf.layers.gru({units: 2}) as tf.RNN, mergeMode: 'concat'}), dense(1, {name: 'y'})]}), 0.5);
    inner.layers[0]!.trainable = false;
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const [x, y] = [values([4, 3]), values([4, 1])];
    const got = await found(model, x, y);
    const truth = tf.tidy(() => truthOf(model, () => tf.losses.meanSquaredError(tf.tensor(y.data, [4, 1]), model.apply(tf.tensor(x.data, [4, 3])) as tf.Tensor)));
    holds(got, truth, 1e-5);
    expect(got.gradients.map(({address}) => address)).to.deep.equal([
      'inner/two/kernel', 'inner/two/bias',
      ...['forward_gru', 'backward_gru'].flatMap((name) => ['kernel', 'recurrent_kernel', 'bias'].map((w) => got.gradients.find((g) => g.layer.startsWith('both/' + name.slice(0, 7)) && g.weight === w)!.address)),
      'y/kernel', 'y/bias',
    ]);
    expect(got.frozen).to.deep.equal(['inner/one', 'bi']);
    inner.trainable = false;
    model.layers.forEach((layer) => (layer.trainable = false));
    expect((await tidily(() => failure(weightGradients(model, x, y)))).message).to.match(/no weight that is trained/);
    model.dispose();
  });

  it('never trains: dropout is off, batch normalisation goes by its statistics, states stay, and the layers are named', async () => {
    const model = randomized(tf.sequential({layers: [dense(4, {name: 'd', inputShape: [3]}), tf.layers.batchNormalization({name: 'bn'}), tf.layers.dropout({name: 'drop', rate: 0.5}), tf.layers.dropout({name: 'none', rate: 0}), tf.layers.reshape({name: 'r', targetShape: [2, 2]}), tf.layers.lstm({name: 'lstm', units: 2, dropout: 0.2}), dense(1, {name: 'y'})]}));
    model.getLayer('bn').setWeights([tf.tensor1d([1, 2, 0.5, 1]), tf.tensor1d([0, 1, 0, -1]), tf.tensor1d([0.1, 0.2, 0.3, 0.4]), tf.tensor1d([0.5, 1, 2, 1])]);
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const [x, y] = [values([4, 3]), values([4, 1])];
    const before = bits(model);
    const got = await found(model, x, y);
    holds(got, tf.tidy(() => truthOf(model, () => tf.losses.meanSquaredError(tf.tensor(y.data, [4, 1]), model.apply(tf.tensor(x.data, [4, 3])) as tf.Tensor))), 1e-5);
    expect(got.differsInTraining).to.deep.equal(['bn', 'drop', 'lstm']);
    expect(got.gradients.map(({address}) => address)).to.include.members(['bn/gamma', 'bn/beta']).and.not.include('bn/moving_mean');
    expect(bits(model)).to.deep.equal(before);
    model.dispose();

    const stateful = tf.sequential({layers: [tf.layers.lstm({units: 2, stateful: true, batchInputShape: [2, 3, 1]}), dense(1)]});
    stateful.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    tf.dispose(stateful.predict(tf.ones([2, 3, 1])));
    const states = (): number[][] => (stateful.layers[0] as unknown as {states: tf.Tensor[]}).states.map((t) => Array.from(t.dataSync()));
    const kept = states();
    await found(stateful, values([2, 3, 1]), [1, 2]);
    expect(states()).to.deep.equal(kept);
    expect((await failure(weightGradients(stateful, values([1, 3, 1]), [1]))).message).to.match(/batches of 2 examples; got 1/);
    stateful.dispose();
  });

  it('takes gradients of look-ups in embeddings, and names what has none', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.embedding({inputDim: 7, outputDim: 3, inputLength: 4}), tf.layers.globalAveragePooling1d({}), dense(1)]}));
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const got = await found(model, values([2, 4], Int32Array.of(1, 1, 2, 6, 0, 6, 6, 6)), [1, -1]);
    const rows = Array.from({length: 7}, (_, i) => got.gradients[0]!.data.subarray(3 * i, 3 * i + 3).some((v) => v !== 0));
    expect(rows).to.deep.equal([true, true, true, false, false, false, true]);
    model.dispose();

    const solid = randomized(tf.sequential({layers: [tf.layers.conv3d({filters: 1, kernelSize: 1, inputShape: [2, 2, 2, 1]}), tf.layers.conv3dTranspose({name: 'up', filters: 1, kernelSize: 2})]}));
    solid.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const said = await tidily(() => failure(weightGradients(solid, values([1, 2, 2, 2, 1]), values([1, 3, 3, 3, 1]))));
    expect(said.message).to.match(/no gradient of Conv3DBackpropInputV2.*“up”/);
    expect(said.message).not.to.match(/occlusion/);
    solid.dispose();
  });

  it('takes gradients of graph models by a loss that is given', async () => {
    const float = {T: {type: 'DT_FLOAT'}};
    const w = noise(15, 2);
    const model = graph(
      [
        {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '5'}]}}}},
        {name: 'net/w', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}}, {name: 'net/b', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}}, {name: 'scale', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
        {name: 'm', op: '_FusedMatMul', input: ['x', 'net/w', 'net/b'], attr: {...float, num_args: {i: '1'}, fused_ops: {list: {s: ['BiasAdd', 'Relu'].map(btoa)}}}},
        {name: 's', op: 'Mul', input: ['m', 'scale'], attr: float}, {name: 'y', op: 'Softmax', input: ['s'], attr: float},
      ],
      {'net/w': tf.tensor(w, [5, 3]), 'net/b': tf.tensor([0.1, 0.2, 0.3]), scale: tf.scalar(0.7)},
    );
    const twin = tf.sequential({layers: [dense(3, {inputShape: [5], activation: 'relu'})]});
    twin.setWeights([tf.tensor(w, [5, 3]), tf.tensor([0.1, 0.2, 0.3])]);
    const x = values([4, 5]);
    const truth = tf.tidy(() => truthOf(twin, () => crossentropy(tf.tensor(oneHot(4, 3), [4, 3]), tf.softmax((twin.apply(tf.tensor(x.data, [4, 5])) as tf.Tensor).mul(0.7)))));
    for (const y of [values([4, 3], oneHot(4, 3)), [0, 1, 2, 0]] as LabelValues[]) {
      const got = await found(model, x, y, {loss: 'categoricalCrossentropy', tf});
      holds(got, truth, 1e-5);
      expect(got.gradients.map(({address, layer, weight}) => [address, layer, weight])).to.deep.equal([['net/w', 'net', 'w'], ['net/b', 'net', 'b']]);
    }
    expect((await failure(weightGradients(model, x, [0, 1, 2, 0]))).message).to.match(/no loss of its own/);
    model.dispose();
    twin.dispose();
  });

  it('equals tfjs on a trained graph', async () => {
    const model = await tf.loadGraphModel(modelUrl('human-gender'));
    const shape = [1, ...model.inputs[0]!.shape!.slice(1)];
    const data = noise(shape.reduce((a, b) => a * b, 1)).map((v) => v / 8 + 0.5);
    const got = await found(model, values(shape, data), [1], {loss: 'categoricalCrossentropy'});
    const weights = got.gradients.map(({address}) => model.weights[address]![0]!);
    const {value, grads} = tf.tidy(() => {
      const [x, y] = [tf.tensor(data, shape), tf.tensor2d([0, 1], [1, 2])];
      const loss = (): tf.Tensor => crossentropy(y, model.execute(x) as tf.Tensor);
      return tf.valueAndGrads(loss)(weights) as {value: tf.Tensor; grads: tf.Tensor[]};
    });
    holds(got, {loss: (await value.data())[0]!, grads: await Promise.all(grads.map((grad) => grad.data()))}, 1e-4);
    tf.dispose([value, grads]);
    model.dispose();
  });

  it('leaves no tensor, over thirty runs that succeed, fail or are aborted, and says what is wrong', async () => {
    const model = randomized(tf.sequential({layers: [tf.layers.conv2d({filters: 2, kernelSize: 3, inputShape: [5, 5, 1], activation: 'relu'}), tf.layers.flatten(), dense(2, {activation: 'softmax'})]}));
    const [x, y] = [values([2, 5, 5, 1]), [0, 1]];
    expect((await failure(weightGradients(model, x, y))).message).to.match(/not compiled.*model\.compile.*\.loss/);
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    const before = tf.memory().numTensors;
    for (let i = 0; i < 30; i++) {
      const controller = new AbortController();
      if (i % 3 === 1) controller.abort();
      const run = weightGradients(model, x, i % 5 === 4 ? [0, 9] : y, {signal: controller.signal, onProgress: () => i % 3 === 2 && controller.abort()});
      if (i % 3 || i % 5 === 4) {
        const error = await failure(run);
        if (i % 5 !== 4) expect(error.name).to.equal('AbortError');
      } else await run;
    }
    expect(tf.memory().numTensors).to.equal(before);
    const told: number[] = [];
    await found(model, x, y, {onProgress: (share) => told.push(share)});
    expect(told).to.deep.equal([0.5, 0.625, 0.75, 0.875, 1]);
    expect((await failure(weightGradients({}, x, y))).message).to.match(/model/i);
    expect((await failure(weightGradients(model, values([2, 4, 4, 1]), y))).message).to.match(/\[null, 5, 5, 1\]/);
    model.dispose();
    expect((await failure(weightGradients(model, x, y))).message).to.match(/disposed/);
  });
});
