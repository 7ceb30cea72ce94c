import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {useTf} from '../../src/tensor/tf.js';
import type {RunFinding} from '../../src/training/rules.js';
import {sayFinding} from '../../src/training/rules.js';
import type {Run} from '../../src/training/run.js';
import {watch, type WatchOptions} from '../../src/training/watch.js';
import {LEARN_WORDS} from '../../src/words/run.js';
import {noise} from '../helpers.js';
import {bits, blobs, denseNet, type DenseSpec} from './nets.js';

interface Training {
  optimizer: tf.Optimizer | string;
  loss?: string;
  epochs?: number;
  batchSize?: number;
  options?: WatchOptions;
}

async function train(model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor, {optimizer, loss = 'categoricalCrossentropy', epochs = 10, batchSize = 32, options = {every: 1}}: Training): Promise<Run> {
  model.compile({optimizer, loss});
  const run = watch(model, options);
  await model.fit(xs, ys, {epochs, batchSize, verbose: 0, shuffle: false});
  run.stop();
  await run.settled();
  return run;
}

const of = (run: Run, rule: RunFinding['rule']): RunFinding[] => run.findings.filter((f) => f.rule === rule);
const relus = (n: number, units: number): DenseSpec[] => Array.from({length: n}, () => ({units, activation: 'relu' as const}));

describe('rules of a training run', () => {
  before(() => tf.setBackend('cpu'));
  beforeEach(() => useTf(tf));
  afterEach(() => {
    useTf(null);
    tf.disposeVariables();
  });

  it('name the learning rate where a run explodes', async () => {
    const {xs, ys} = blobs(256, 8, 3);
    const run = await train(denseNet(8, [...relus(2, 16), {units: 3}]), xs, ys, {optimizer: tf.train.sgd(20), loss: 'meanSquaredError', epochs: 4});
    const [finding, ...more] = of(run, 'not-finite');
    expect(more).to.deep.equal([]);
    expect(finding!.params.n).to.be.greaterThan(1);
    expect(finding!.notes.map(({key}) => key)).to.deep.equal(['watchCauseRate']);
    expect(sayFinding(finding!)).to.match(/of 6 weights were NaN or infinite/).and.to.match(/learning rate \(20\) is probably too high/);
    // from its first step to the last all is NaN
    expect(finding!.last).to.equal(run.stepCount - 1);
    expect(run.nonFinite.at(-1)!.to).to.equal(run.stepCount - 1);
    expect(run.nonFinite[0]!.from).to.equal(finding!.step);
  });

  it('find gradients that explode before anything is infinite', async () => {
    const {xs, ys} = blobs(256, 8, 3);
    const run = await train(denseNet(8, [{units: 3}]), xs, ys, {optimizer: tf.train.sgd(0.6), loss: 'meanSquaredError', epochs: 4, batchSize: 16});
    const [finding] = of(run, 'exploding');
    expect(finding).to.include({weight: 0, layer: 'd0', key: 'watchExploding'});
    expect(finding!.params.factor).to.be.greaterThan(100);
    expect(sayFinding(finding!)).to.contain('d0/kernel explodes').and.contain('learning rate (0.6) is probably too high');
  });

  it('find gradients that vanish in a deep sigmoid net, and why', async () => {
    const {xs, ys} = blobs(128, 8, 3);
    const deep = Array.from({length: 12}, (): DenseSpec => ({units: 10, activation: 'sigmoid'}));
    const run = await train(denseNet(8, [...deep, {units: 3, activation: 'softmax'}]), xs, ys, {optimizer: tf.train.sgd(0.1), epochs: 5});
    const found = of(run, 'vanishing');
    expect(found.map(({layer}) => layer)).to.include('d0').and.not.include('d12').and.not.include('d11');
    const first = found.find(({layer}) => layer === 'd0')!;
    expect(first.params.mean).to.be.greaterThan(0).and.lessThan(1e-7);
    expect(sayFinding(first)).to.contain('d0/kernel vanishes').and.contain('12 layers are sigmoid');
    expect(first.step).to.equal(9);
    const lenient = await train(denseNet(8, [...deep, {units: 3, activation: 'softmax'}]), xs, ys, {optimizer: tf.train.sgd(0.1), epochs: 5, options: {every: 1, rules: {vanishingMean: 1e-20}}});
    expect(of(lenient, 'vanishing')).to.deep.equal([]);
  });

  it('find dead units with a probe, before the first step and after a learning rate killed them', async () => {
    const {xs, ys} = blobs(128, 8, 3);
    const born = denseNet(8, [{units: 16, activation: 'relu'}, {units: 3, activation: 'softmax'}]);
    born.layers[0]!.setWeights([born.layers[0]!.getWeights()[0]!, tf.fill([16], -100)]);
    const dead = await train(born, xs, ys, {optimizer: 'sgd', epochs: 4, options: {every: 1, probe: xs}});
    expect(of(dead, 'dead').map(({layer, step, params}) => [layer, step, params.share])).to.deep.equal([['d0', -1, 100]]);
    expect(sayFinding(of(dead, 'dead')[0]!)).to.equal('100 % of the units of “d0” (relu) are dead: active on under 1 % of the probe batch; the limit is 50 %. So it was before the first step: look at the initializer and the scale of the inputs.');
    expect(new Set(dead.units.shares)).to.deep.equal(new Set([1]));
    // what no unit passes on leaves the weights below as they are
    expect(of(dead, 'unchanged').map(({layer, key}) => [layer, key])).to.deep.include(['d0', 'watchUnchangedZero']);

    const killed = await train(denseNet(8, [...relus(2, 16), {units: 3}]), xs, ys, {optimizer: tf.train.sgd(1), loss: 'meanSquaredError', epochs: 6, options: {every: 1, probe: xs}});
    const found = of(killed, 'dead');
    expect(found.length).to.be.greaterThan(0);
    expect(found[0]!.step).to.be.greaterThan(-1);
    expect(found[0]!.notes.map(({key}) => key)).to.deep.equal(['watchCauseRate']);
    // of NaN nothing is dead
    const gone = await train(denseNet(8, [...relus(2, 16), {units: 3}]), xs, ys, {optimizer: tf.train.sgd(5), loss: 'meanSquaredError', epochs: 6, options: {every: 1, probe: xs}});
    const [odd] = of(gone, 'not-finite');
    expect(gone.units.steps.at(-1)).to.be.greaterThan(odd!.step);
    expect(of(gone, 'dead').filter(({last}) => last > odd!.step)).to.deep.equal([]);
    expect(gone.units.shares.at(-1)).to.satisfy(Number.isNaN);
  });

  it('count dead and saturated units as worked out by hand', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({units: 4, activation: 'relu', inputShape: [1], name: 'r'}));
    model.add(tf.layers.dense({units: 2, activation: 'tanh', name: 't'}));
    model.add(tf.layers.dense({units: 1, activation: 'sigmoid', name: 'end'}));
    // on inputs of 1 to 4: units that are always, never, on one of four, never active
    model.layers[0]!.setWeights([tf.tensor2d([[1, -1, 1, 0]]), tf.tensor1d([0, 0, -3, 0])]);
    // 2.5, 5, 7.5, 11 → |tanh| 0.987 and more; 0.1 … 0.44 → none
    model.layers[1]!.setWeights([tf.tensor2d([[2.5, 0.1], [0, 0], [1, 0.04], [0, 0]]), tf.zeros([2])]);
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const run = watch(model, {probe: tf.tensor2d([[1], [2], [3], [4]])});
    await run.settled();
    expect(run.units.layers).to.deep.equal([{layer: 'r', kind: 'dead', activation: 'relu'}, {layer: 't', kind: 'saturated', activation: 'tanh'}]);
    expect(Array.from(run.units.shares)).to.deep.equal([0.5, 0.5]);
    // no more than the limits
    expect(run.findings).to.deep.equal([]);
    run.stop();
  });

  it('find updates too large and too small, and weights that nothing changes', async () => {
    const {xs, ys} = blobs(128, 8, 3);
    const net = (): tf.Sequential => denseNet(8, [{units: 6, activation: 'tanh'}, {units: 3, activation: 'softmax'}]);
    expect(of(await train(net(), xs, ys, {optimizer: tf.train.sgd(0)}), 'unchanged').map(({key}) => key)).to.deep.equal(['watchUnchangedRate', 'watchUnchangedRate']);
    expect(of(await train(net(), xs, ys, {optimizer: tf.train.sgd(1e-12)}), 'unchanged').map(({key}) => key)).to.deep.equal(['watchUnchangedTiny', 'watchUnchangedTiny']);
    const low = await train(net(), xs, ys, {optimizer: tf.train.sgd(1e-3), options: {every: 1, rules: {ratioLow: 1}}});
    expect(of(low, 'update-low').map(({weight, step}) => [weight, step])).to.deep.equal([[0, 9], [2, 9]]);
    const high = await train(net(), xs, ys, {optimizer: tf.train.sgd(1e-3), options: {every: 1, rules: {ratioHigh: 1e-7, ratioPatience: 3}}});
    expect(of(high, 'update-high').map(({weight, step, count}) => [weight, step, count])).to.deep.equal([[0, 2, 38], [2, 2, 38]]);
  });

  /** A small convolutional net on pictures of 8×8. */
  const convNet = (normal = false): tf.Sequential => {
    const model = tf.sequential();
    model.add(tf.layers.conv2d({filters: 6, kernelSize: 3, inputShape: [8, 8, 1], activation: normal ? 'linear' : 'relu', kernelInitializer: tf.initializers.heNormal({seed: 3})}));
    if (normal) model.add(tf.layers.batchNormalization());
    if (normal) model.add(tf.layers.reLU());
    model.add(tf.layers.maxPooling2d({poolSize: 2}));
    model.add(tf.layers.flatten());
    model.add(tf.layers.dropout({rate: 0.2, seed: 1}));
    model.add(tf.layers.dense({units: 3, activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 4})}));
    return model;
  };

  it('find a learning rate far too high by the first step that leaps, and name it for all that comes of it', async () => {
    const {xs, ys} = blobs(320, 4, 3);
    const pictures = blobs(320, 64, 3, 5);
    for (const [name, net, inputs, labels] of [
      ['dense', () => denseNet(4, [{units: 8, activation: 'relu'}, {units: 3, activation: 'softmax'}]), xs, ys],
      ['conv', convNet, tf.reshape(pictures.xs, [320, 8, 8, 1]), pictures.ys],
    ] as const) {
      for (const make of [() => tf.train.sgd(30), () => tf.train.sgd(100), () => tf.train.adam(10)]) {
        const optimizer = make();
        const {learningRate} = optimizer as unknown as {learningRate: number};
        const run = await train(net(), inputs, labels, {optimizer, epochs: 3});
        const label = `${name} ${optimizer.getClassName()} ${learningRate}`;
        const [leap, ...more] = of(run, 'update-high');
        expect(more, label).to.deep.equal([]);
        expect(leap, label).to.include({step: 0, key: 'watchLeap'});
        const {loss} = run.curve;
        const ratios = run.values('update-ratio').slice(0, run.weights.length).filter((_, w) => run.weights[w]!.shape.length > 1);
        expect(leap!.params, label).to.include({rate: learningRate, before: loss[0], after: loss[1]});
        expect(leap!.params.ratio, label).to.be.closeTo(Math.max(...ratios), 1e-6 * Math.max(...ratios));
        expect(sayFinding(leap!), label).to.contain(`The learning rate (${learningRate}) is probably too high`);
        // long after, whatever else is found goes back to it
        for (const finding of of(run, 'unchanged')) {
          expect(finding.step, label).to.be.greaterThan(9);
          expect(finding.notes.map(({key, params}) => [key, params.rate]), label).to.deep.equal([['watchCauseRate', learningRate]]);
        }
      }
    }
    // not a leap where thresholds say so
    const lenient = await train(denseNet(4, [{units: 8, activation: 'relu'}, {units: 3, activation: 'softmax'}]), xs, ys, {optimizer: tf.train.sgd(30), epochs: 3, options: {every: 1, rules: {leapRatio: 1e6, ratioHigh: 1e6}}});
    expect(of(lenient, 'update-high')).to.deep.equal([]);
  });

  it('name the learning rate for gradients that are 0 more than ten steps after', async () => {
    const {xs, ys} = blobs(960, 4, 3);
    const run = await train(denseNet(4, [{units: 8, activation: 'relu'}, {units: 3, activation: 'softmax'}]), xs, ys, {optimizer: tf.train.sgd(50), epochs: 2});
    const [unchanged] = of(run, 'unchanged');
    expect(unchanged!.step - 10).to.be.greaterThan(of(run, 'update-high')[0]!.step);
    expect(sayFinding(unchanged!)).to.match(/its gradient is 0.*The updates of d\d\/kernel had reached [\d.]+ times the size of the weights \(step \d\): the learning rate \(50\) is probably too high\./);
  });

  it('put what has no ratio in words', async () => {
    const {xs} = blobs(64, 4, 3);
    const fit = (rate: number): Promise<Run> => train(tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [4], kernelInitializer: 'zeros', name: 'd0'})]}), xs, tf.fill([64, 1], 3), {optimizer: tf.train.sgd(rate), loss: 'meanSquaredError', epochs: 40, batchSize: 64});
    const run = await fit(3);
    const [leap] = of(run, 'update-high');
    expect(leap).to.include({step: 0, key: 'watchLeapZero'});
    expect(sayFinding(leap!)).to.match(/^Step 0: the weights of d0\/kernel were 0, their update was [\d.]+ \(RMS\), and the loss went from 9 to /);
    const beyond = await fit(1e20);
    expect(of(beyond, 'not-finite')[0]!.notes.map(({key}) => key)).to.deep.equal(['watchCauseRateHuge']);
    for (const finding of [...run.findings, ...beyond.findings]) expect(sayFinding(finding)).not.to.match(/∞ times|∞ \(RMS\)|\{/);
  });

  it('say nothing of the learning rate where the gradient vanishes', async () => {
    const {xs, ys} = blobs(128, 8, 3);
    const deep = Array.from({length: 12}, (): DenseSpec => ({units: 10, activation: 'sigmoid'}));
    const run = await train(denseNet(8, [...deep, {units: 3, activation: 'softmax'}]), xs, ys, {optimizer: tf.train.sgd(0.1), epochs: 15});
    const n = run.weights.length;
    const ratios = run.values('update-ratio');
    // the updates of the first layer are small enough to be told of
    expect(run.steps.every((_, s) => s < 20 || ratios[s * n]! < 1e-8)).to.equal(true);
    expect(of(run, 'vanishing').map(({weight}) => weight)).to.include(0);
    expect(of(run, 'update-low')).to.deep.equal([]);
    for (const finding of run.findings) expect(sayFinding(finding)).not.to.contain('learning rate');
  });

  describe('of what is not finite', () => {
    const start = (every: WatchOptions['every'] = 1000): {model: tf.Sequential; run: Run; xs: tf.Tensor2D; ys: tf.Tensor2D; good: () => Promise<unknown>} => {
      const model = denseNet(4, [{units: 5, activation: 'tanh'}, {units: 5, activation: 'relu'}, {units: 3}]);
      model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
      const {xs, ys} = blobs(8, 4, 3);
      return {model, run: watch(model, {every}), xs, ys, good: () => model.trainOnBatch(xs, ys)};
    };
    const only = async (run: Run): Promise<RunFinding> => {
      await run.settled();
      expect(run.findings).to.have.length(1);
      return run.findings[0]!;
    };

    it('the batch comes first', async () => {
      const {model, run, xs, ys, good} = start();
      await good();
      const values = Array.from(xs.dataSync());
      values[9] = NaN;
      await model.trainOnBatch(tf.tensor2d(values, [8, 4]), ys);
      const found = await only(run);
      expect(found).to.deep.include({origin: 'batch', step: 1, weight: null});
      expect(sayFinding(found)).to.equal('Step 1: loss NaN; the gradients of 6 of 6 weights were NaN or infinite. The batch itself held such values: look at the data.');
      run.stop();
    });

    it('then the weights, of which one alone is named', async () => {
      const {model, run, good} = start();
      await good();
      const [kernel, bias] = model.layers[1]!.getWeights();
      const poisoned = Array.from(bias!.dataSync());
      poisoned[2] = Infinity;
      model.layers[1]!.setWeights([kernel!, tf.tensor1d(poisoned)]);
      await good();
      const found = await only(run);
      expect(found).to.deep.include({origin: 'weights', step: 1, weight: 3, layer: 'd1', key: 'watchOddWeight'});
      expect(sayFinding(found)).to.contain('d1/bias alone held such values before the step');
      run.stop();
    });

    it('several weights are counted, not named', async () => {
      const {model, run, good} = start();
      for (const layer of [model.layers[0]!, model.layers[2]!]) layer.setWeights([tf.mul(layer.getWeights()[0]!, NaN), layer.getWeights()[1]!]);
      await good();
      const found = await only(run);
      expect(found).to.deep.include({origin: 'weights', weight: null});
      expect(sayFinding(found)).to.contain('So were 2 of 6 weights before the step');
      run.stop();
    });

    it('then what the layers put out, found with the weights of then', async () => {
      const {model, run, xs, ys} = start();
      const huge = model.layers[1]!.getWeights();
      model.layers[1]!.setWeights([tf.fill([5, 5], 3e38), huge[1]!]);
      model.layers[0]!.setWeights([model.layers[0]!.getWeights()[0]!, tf.fill([5], 50)]);
      await model.trainOnBatch(xs, ys);
      const after = bits(model);
      const found = await only(run);
      expect(found).to.deep.include({origin: 'activations', layer: 'd1', weight: null});
      expect(sayFinding(found)).to.contain('the layer “d1” was the first');
      expect(bits(model)).to.deep.equal(after);
      run.stop();
    });

    it('then the loss', async () => {
      const {model, run, xs} = start();
      model.compile({optimizer: tf.train.sgd(0.01), loss: (y, p) => tf.mean(tf.log(tf.mul(0, tf.add(y, p))), -1)});
      await model.trainOnBatch(xs, tf.zeros([8, 3]));
      expect(await only(run)).to.deep.include({origin: 'loss', key: 'watchOddLoss'});
      run.stop();
    });

    it('then the gradients, of which one alone is named', async () => {
      const {model, run, xs, ys} = start();
      // √0 is finite, its slope is not
      model.compile({optimizer: tf.train.sgd(0.01), loss: (y, p) => tf.mean(tf.sqrt(tf.abs(tf.mul(p, tf.zerosLike(y)))), -1)});
      await model.trainOnBatch(xs, ys);
      const found = await only(run);
      expect(found).to.deep.include({origin: 'gradients', weight: null});
      expect(sayFinding(found)).to.contain('The loss was 0 still');
      run.stop();

      const optimizer = tf.train.sgd(0.1);
      const [a, b] = ['a', 'b'].map((name) => tf.variable(tf.tensor1d([0, 1]), true, `lone/${name}`)) as [tf.Variable, tf.Variable];
      const bare = watch(optimizer, {every: 1000});
      optimizer.minimize(() => tf.add(tf.sum(tf.sqrt(a)), tf.sum(tf.square(b))) as tf.Scalar, false, [a, b]);
      const lone = await only(bare);
      expect(lone).to.deep.include({origin: 'gradients', weight: 0, layer: 'lone', key: 'watchOddGradient'});
      expect(lone.notes.map(({key}) => key)).to.deep.equal(['watchBatchUnseen']);
      bare.stop();
    });

    it('is flagged at every step, whatever is measured, and told once for each time it comes up', async () => {
      const {model, run, xs, ys, good} = start(1000);
      const whole = model.getWeights().map((w) => tf.clone(w));
      const bad = tf.mul(xs, Infinity);
      const anomalies: number[] = [];
      run.addEventListener('anomaly', ({finding}) => anomalies.push(finding.step));
      for (let step = 0; step < 40; step++) {
        if (step === 7 || step === 8 || step === 31) {
          await model.trainOnBatch(bad, ys);
          model.setWeights(whole);
        } else await good();
      }
      await run.settled();
      expect(Array.from(run.steps)).to.deep.equal([0]);
      expect(run.nonFinite.map(({from, to, gradients, weights, loss, batch}) => [from, to, gradients.length, weights.length, loss, batch])).to.deep.equal([[7, 8, 6, 0, true, true], [31, 31, 6, 0, true, true]]);
      expect(anomalies).to.deep.equal([7, 31]);
      run.stop();
    });
  });

  it('have Chinese words', async () => {
    await LEARN_WORDS.zh!();
    const finding = {key: 'watchDead', params: {layer: 'x', activation: 'relu', share: 75, limit: 50}, notes: [{key: 'watchCauseStart', params: {}}]} as const;
    expect(sayFinding(finding, 'zh')).to.equal('“x”（relu）有 75 % 的单元已死：在 probe 批次中激活不足 1 %；界限为 50 %。 第一步之前即已如此：请检查初始化和输入的尺度。');
  });

  it('raise no false alarm on healthy runs', async function () {
    this.timeout(240000);
    const alarms: string[] = [];
    let runs = 0;
    const judge = async (name: string, model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor, training: Training): Promise<void> => {
      const run = await train(model, xs, ys, {epochs: 12, ...training, options: {every: 1, probe: xs}});
      const losses = run.epochs.map(({logs}) => logs.loss!);
      // healthy: it learned
      expect(losses.at(-1), name).to.be.lessThan(0.9 * losses[0]!);
      runs++;
      alarms.push(...run.findings.map((f) => `${name}: ${sayFinding(f)}`));
      model.dispose();
    };
    const optimizers: [string, () => tf.Optimizer][] = [
      ['sgd', () => tf.train.sgd(0.1)],
      ['momentum', () => tf.train.momentum(0.02, 0.9)],
      ['adam', () => tf.train.adam(0.01)],
      ['rmsprop', () => tf.train.rmsprop(0.005)],
    ];
    for (const [optimizer, make] of optimizers) {
      for (const seed of [1, 2]) {
        const {xs, ys} = blobs(192, 8, 3, seed);
        await judge(`relu ${optimizer} ${seed}`, denseNet(8, [...relus(2, 24), {units: 3, activation: 'softmax'}], seed), xs, ys, {optimizer: make()});
        await judge(`tanh ${optimizer} ${seed}`, denseNet(8, [{units: 16, activation: 'tanh'}, {units: 3, activation: 'softmax'}], seed), xs, ys, {optimizer: make()});
      }
      const {xs} = blobs(192, 6, 3, 9);
      const target = tf.tidy(() => tf.add(tf.sum(tf.sin(xs), 1, true), tf.mul(0.1, tf.tensor2d(noise(192, 8), [192, 1]))));
      await judge(`regression ${optimizer}`, denseNet(6, [...relus(2, 24), {units: 1}], 4), xs, target, {optimizer: make(), loss: 'meanSquaredError'});
    }
    const classes = blobs(96, 64, 3, 5);
    const images = tf.reshape(classes.xs, [96, 8, 8, 1]);
    for (const [name, normal] of [['conv', false], ['conv with BatchNorm', true]] as const) {
      for (const optimizer of [tf.train.adam(0.005), tf.train.momentum(0.02, 0.9)]) {
        await judge(`${name} ${optimizer.getClassName()}`, convNet(normal), images, classes.ys, {optimizer, epochs: 6});
      }
    }
    const words = tf.tensor2d(Array.from({length: 96 * 6}, (_, i) => (i * 7 + Math.floor(i / 6)) % 50), [96, 6]);
    const parity = tf.oneHot(tf.cast(tf.mod(tf.slice(words, [0, 0], [96, 1]).reshape([96]), 2), 'int32'), 2);
    for (const recurrent of ['lstm', 'gru'] as const) {
      const model = tf.sequential();
      model.add(tf.layers.embedding({inputDim: 50, outputDim: 8, inputLength: 6, embeddingsInitializer: tf.initializers.randomUniform({minval: -0.5, maxval: 0.5, seed: 1})}));
      model.add(tf.layers[recurrent]({units: 8, kernelInitializer: tf.initializers.glorotUniform({seed: 2}), recurrentInitializer: tf.initializers.glorotUniform({seed: 3})}));
      model.add(tf.layers.dense({units: 2, activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 4})}));
      await judge(recurrent, model, words, parity, {optimizer: tf.train.adam(0.02), epochs: 12});
    }
    // long after they have learned all there is, their gradients nearly gone
    for (const seed of [1, 2, 3]) {
      const {xs, ys} = blobs(64, 4, 2, seed);
      await judge(`converged ${seed}`, denseNet(4, [{units: 8, activation: 'tanh'}, {units: 2, activation: 'softmax'}], seed), xs, ys, {optimizer: tf.train.adam(0.1), epochs: 200, batchSize: 64});
    }
    // weights that begin at 0 or tiny may grow by many times their size, and so may what they pass on
    for (const [optimizer, make] of optimizers) {
      const {xs, ys} = blobs(192, 8, 3, 3);
      const logistic = tf.sequential({layers: [tf.layers.dense({units: 3, activation: 'softmax', inputShape: [8], kernelInitializer: 'zeros'})]});
      await judge(`from zeros ${optimizer}`, logistic, xs, ys, {optimizer: make()});
      const rise = optimizer === 'momentum' || optimizer === 'sgd';
      await judge(`tiny weights ${optimizer}`, denseNet(8, [{units: 16, activation: 'relu'}, {units: 3, activation: 'softmax'}], 3, 1e-4), xs, ys, {optimizer: make(), epochs: rise ? 8 : 6, batchSize: rise ? 1 : 8});
      const normal = tf.sequential();
      normal.add(tf.layers.dense({units: 12, inputShape: [8], useBias: false, kernelInitializer: tf.initializers.glorotUniform({seed: 2})}));
      normal.add(tf.layers.batchNormalization());
      normal.add(tf.layers.reLU());
      normal.add(tf.layers.dense({units: 3, activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 5})}));
      await judge(`BatchNorm ${optimizer}`, normal, xs, ys, {optimizer: make(), epochs: 6});
      const bag = tf.sequential();
      bag.add(tf.layers.embedding({inputDim: 50, outputDim: 8, inputLength: 6, embeddingsInitializer: tf.initializers.randomUniform({minval: -0.05, maxval: 0.05, seed: 1})}));
      bag.add(tf.layers.flatten());
      bag.add(tf.layers.dense({units: 2, activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 4})}));
      await judge(`embedding ${optimizer}`, bag, words, parity, {optimizer: optimizer === 'sgd' ? tf.train.sgd(1) : make(), batchSize: 8});
    }
    // a rate that warms up from 0.0001 over the first steps
    const warm = tf.train.adam(1e-4);
    const {xs: inputs, ys: labels} = blobs(192, 8, 3, 4);
    const warmed = denseNet(8, [...relus(2, 24), {units: 3, activation: 'softmax'}], 4);
    const watched = watch(warmed.compile({optimizer: warm, loss: 'categoricalCrossentropy'}) ?? warmed, {every: 1, probe: inputs});
    await warmed.fit(inputs, labels, {epochs: 12, verbose: 0, shuffle: false, callbacks: {onBatchEnd: () => void ((warm as unknown as {learningRate: number}).learningRate = Math.min(0.01, (warm as unknown as {learningRate: number}).learningRate * 1.3))}});
    watched.stop();
    alarms.push(...watched.findings.map((f) => `warm-up: ${sayFinding(f)}`));
    runs++;
    console.log(`${runs} healthy runs, ${alarms.length} false alarms`);
    expect(runs).to.be.at.least(45);
    expect(alarms).to.deep.equal([]);
  });
});
