import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import type {Run} from '../../src/training/run.js';
import {watch} from '../../src/training/watch.js';
import {useTf} from '../../src/tensor/tf.js';
import {failure, noise} from '../helpers.js';
import {bits, blobs, denseNet, rms} from './nets.js';

/** What tf.variableGrads finds, and the weights, before each step. */
interface Truth {
  grads: Map<string, Float32Array>;
  before: Map<string, Float32Array>;
  after: Map<string, Float32Array>;
  loss: number;
}

const variablesOf = (model: tf.LayersModel): tf.Variable[] => (model as unknown as {collectedTrainableWeights?: {val: tf.Variable}[]; trainableWeights: {val: tf.Variable}[]}).trainableWeights.map(({val}) => val);
const copies = (variables: tf.Variable[]): Map<string, Float32Array> => new Map(variables.map((v) => [v.name, Float32Array.from(v.dataSync<'float32'>())]));

function truthOf(loss: () => tf.Scalar, variables: tf.Variable[]): Omit<Truth, 'after'> {
  const {value, grads} = tf.variableGrads(loss, variables);
  const out = {grads: new Map(Object.entries(grads).map(([name, g]) => [name, Float32Array.from(g.dataSync<'float32'>())])), before: copies(variables), loss: value.dataSync()[0]!};
  tf.dispose([value, grads]);
  return out;
}

/** Holds a run against what was worked out step by step. */
function check(run: Run, truths: readonly Truth[], variables: tf.Variable[], lossSeen = true): void {
  const n = variables.length;
  expect(Array.from(run.steps)).to.deep.equal(truths.map((_, i) => i));
  expect(run.weights).to.have.length(n);
  const [g, norm, mean, w, u, ratio] = (['gradient-rms', 'gradient-norm', 'gradient-mean', 'weight-rms', 'update-rms', 'update-ratio'] as const).map((metric) => run.values(metric));
  truths.forEach((truth, step) => {
    if (lossSeen) expect(run.curve.loss[step]).to.be.closeTo(truth.loss, 1e-6 * Math.abs(truth.loss));
    else expect(run.curve.loss[step]).to.satisfy(Number.isNaN);
    variables.forEach(({name}, i) => {
      const at = step * n + i;
      const [grad, before, after] = [truth.grads.get(name)!, truth.before.get(name)!, truth.after.get(name)!];
      const near = (got: number, expected: number, what: string): void => void expect(got, `${name} ${what} ${step}`).to.be.closeTo(expected, 2e-5 * Math.abs(expected) + 1e-12);
      near(g![at]!, rms(grad), 'gradient');
      near(norm![at]!, Math.hypot(...grad), 'norm');
      near(mean![at]!, grad.reduce((sum, v) => sum + Math.abs(v), 0) / grad.length, 'mean');
      near(w![at]!, rms(before), 'weight');
      const update = after.map((v, k) => v - before[k]!);
      near(u![at]!, rms(update), 'update');
      if (rms(before) === 0) expect(ratio![at]).to.satisfy(Number.isNaN);
      else near(ratio![at]!, Math.hypot(...update) / Math.hypot(...before), 'ratio');
    });
  });
}

const LAYERS = [{units: 7, activation: 'tanh'}, {units: 5, activation: 'relu'}, {units: 3, activation: 'softmax'}] as const;
const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  rmsprop: () => tf.train.rmsprop(0.01),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
};
const NAMES = ['minimize', 'applyGradients', 'fit', 'fitDataset', 'trainOnBatch', 'compile', 'makeTrainFunction'];
/** Which of the methods an object has of its own. */
const owned = (x: object): string[] => NAMES.filter((name) => Object.hasOwn(x, name));
const innerOf = (model: tf.LayersModel): object => (model as unknown as {model?: object}).model ?? model;

describe('watch', () => {
  before(() => tf.setBackend('cpu'));
  beforeEach(() => useTf(tf));
  afterEach(() => useTf(null));

  const crossentropy = (model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor): tf.Scalar => tf.tidy(() => tf.mean(tf.metrics.categoricalCrossentropy(y, model.apply(x, {training: true}) as tf.Tensor)) as tf.Scalar);

  /** Batches in the order of an unshuffled fit, with what variableGrads finds on each. */
  function callbacksFor(model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor, size: number, truths: Truth[]): object {
    const variables = variablesOf(model);
    let open: Omit<Truth, 'after'> | null = null;
    return {
      onBatchBegin: (batch: number) => {
        const rows = Math.min(size, xs.shape[0]! - batch * size);
        const [x, y] = [xs, ys].map((t) => tf.slice(t, [batch * size, 0], [rows, -1])) as [tf.Tensor, tf.Tensor];
        open = truthOf(() => crossentropy(model, x, y), variables);
        tf.dispose([x, y]);
      },
      onBatchEnd: () => {
        truths.push({...open!, after: copies(variables)});
      },
    };
  }

  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    it(`finds in fit() what tf.variableGrads finds, and the update that ${name} made`, async () => {
      const model = denseNet(6, LAYERS);
      model.compile({optimizer: make(), loss: 'categoricalCrossentropy'});
      const {xs, ys} = blobs(22, 6, 3);
      const truths: Truth[] = [];
      const run = watch(model, {every: 1});
      await model.fit(xs, ys, {epochs: 3, batchSize: 8, shuffle: false, verbose: 0, callbacks: callbacksFor(model, xs, ys, 8, truths)});
      expect(truths).to.have.length(9);
      check(run, truths, variablesOf(model));
      expect(run.weights.map(({address}) => address)).to.deep.equal(['d0/kernel', 'd0/bias', 'd1/kernel', 'd1/bias', 'd2/kernel', 'd2/bias']);
      expect(run.weights.map(({activation}) => activation)).to.deep.equal(['tanh', 'tanh', 'relu', 'relu', 'softmax', 'softmax']);
      expect(run.curve.learningRate[0]).to.equal((make() as unknown as {learningRate: number}).learningRate);
      expect(run.findings).to.deep.equal([]);
      run.stop();
    });
  }

  it('does so in fitDataset, trainOnBatch and loops with minimize', async () => {
    const {xs, ys} = blobs(24, 6, 3);
    const model = denseNet(6, LAYERS);
    model.compile({optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy'});
    const truths: Truth[] = [];
    const run = watch(model, {every: 1});
    const data = tf.data.zip({xs: tf.data.array((await xs.array()).map((row) => tf.tensor1d(row))), ys: tf.data.array((await ys.array()).map((row) => tf.tensor1d(row)))} as never).batch(8);
    await model.fitDataset(data as never, {epochs: 2, verbose: 0, callbacks: callbacksFor(model, xs, ys, 8, truths) as tf.CustomCallbackArgs});
    expect(truths).to.have.length(6);
    const variables = variablesOf(model);
    for (let i = 0; i < 3; i++) {
      const truth = truthOf(() => crossentropy(model, xs, ys), variables);
      await model.trainOnBatch(xs, ys);
      truths.push({...truth, after: copies(variables)});
    }
    for (let i = 0; i < 3; i++) {
      const truth = truthOf(() => crossentropy(model, xs, ys), variables);
      const cost = model.optimizer.minimize(() => crossentropy(model, xs, ys), i % 2 === 0, variables);
      expect(cost === null).to.equal(i % 2 === 1);
      cost?.dispose();
      truths.push({...truth, after: copies(variables)});
    }
    await run.settled();
    check(run, truths, variables);
    expect(run.epochs).to.have.length(2);
    run.stop();
  });

  for (const form of ['map', 'array'] as const) {
    it(`does so for applyGradients with ${form === 'map' ? 'a map' : 'an array'}, of an optimizer alone`, async () => {
      const optimizer = tf.train.rmsprop(0.01);
      const a = tf.variable(tf.tensor2d(noise(12, 3), [4, 3]), true, `layer/${form}/kernel`);
      const b = tf.variable(tf.tensor1d(noise(3, 4)), true, `${form}bias`);
      const {xs, ys} = blobs(10, 4, 3);
      const loss = (): tf.Scalar => tf.losses.softmaxCrossEntropy(ys, tf.add(tf.matMul(xs, a as tf.Tensor2D), b));
      const truths: Truth[] = [];
      const run = watch(optimizer, {every: 1});
      for (let i = 0; i < 4; i++) {
        const truth = truthOf(loss, [a, b]);
        const {value, grads} = tf.variableGrads(loss, [a, b]);
        optimizer.applyGradients(form === 'map' ? grads : [a, b].map(({name}) => ({name, tensor: grads[name]!})));
        tf.dispose([value, grads]);
        truths.push({...truth, after: copies([a, b])});
      }
      await run.settled();
      check(run, truths, [a, b], false);
      expect(run.weights.map(({layer, weight}) => [layer, weight])).to.deep.equal([[`layer/${form}`, 'kernel'], ['', `${form}bias`]]);
      run.stop();
      tf.dispose([a, b, xs, ys]);
    });
  }

  it('leaves what fit() comes to bit by bit as it is, and all tensors freed', async () => {
    const train = async (watched: boolean): Promise<[number[][], unknown]> => {
      const model = denseNet(6, LAYERS);
      model.compile({optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy']});
      const {xs, ys} = blobs(40, 6, 3);
      const before = tf.memory().numTensors;
      const runs = watched ? [watch(model, {every: 1, snapshots: 3, probe: xs}), watch(model), watch(model.optimizer)] : [];
      const {history} = await model.fit(xs, ys, {epochs: 4, batchSize: 16, shuffle: false, verbose: 0, validationData: [xs, ys]});
      for (const run of runs) run.stop();
      await Promise.all(runs.map((run) => run.settled()));
      const made = tf.memory().numTensors - before;
      const out: [number[][], unknown] = [bits(model), history];
      tf.dispose([xs, ys]);
      model.dispose();
      return [out[0], {history: out[1], made}];
    };
    expect(await train(true)).to.deep.equal(await train(false));
  });

  it('runs no kernel but clones at a step that is not measured, and keeps the loss', async () => {
    const engine = tf.engine() as unknown as {runKernel: (...args: unknown[]) => unknown};
    const {xs, ys} = blobs(16, 6, 3);
    const count = async (watched: boolean): Promise<[number, number[]]> => {
      const model = denseNet(6, LAYERS);
      model.compile({optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy'});
      const run = watched ? watch(model, {every: 1000}) : null;
      const losses: number[] = [];
      for (let i = 0; i < 2; i++) losses.push((await model.trainOnBatch(xs, ys)) as number);
      await run?.settled();
      let kernels = 0;
      const own = engine.runKernel;
      engine.runKernel = (...args) => ((kernels += Number(args[0] !== 'Identity')), own.apply(engine, args));
      try {
        for (let i = 0; i < 5; i++) losses.push((await model.trainOnBatch(xs, ys)) as number);
      } finally {
        delete (engine as {runKernel?: unknown}).runKernel;
      }
      run?.stop();
      await run?.settled();
      if (run) {
        expect(Array.from(run.steps)).to.deep.equal([0]);
        expect(Array.from(run.curve.loss)).to.deep.equal(losses);
      }
      model.dispose();
      return [kernels, losses];
    };
    const [bare, watched] = [await count(false), await count(true)];
    expect(watched).to.deep.equal(bare);
  });

  it('holds no more tensors the longer it runs', async () => {
    const model = denseNet(6, LAYERS);
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(30, 6, 3);
    const run = watch(model, {every: 1, snapshots: 'epoch', probe: xs});
    const counts: number[] = [];
    for (let i = 0; i < 30; i++) {
      await model.fit(xs, ys, {epochs: 1, batchSize: 8, verbose: 0});
      await model.trainOnBatch(xs, ys);
      await run.settled();
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts.slice(1))).to.have.property('size', 1);
    run.stop();
  });

  it('leaves optimizer and model as they were, in whatever order the watchers stop', async () => {
    for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1]]) {
      const model = denseNet(6, LAYERS);
      model.compile({optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy'});
      const optimizer = model.optimizer as object;
      const own = (): void => undefined;
      Object.defineProperty(optimizer, 'applyGradients', {value: own, configurable: true, enumerable: true, writable: false});
      const was = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients');
      const names = [optimizer, model, innerOf(model)].map((x) => Object.getOwnPropertyNames(x));
      const runs = [watch(model), watch(model), watch(optimizer)];
      expect(owned(model)).to.deep.equal(['fit', 'fitDataset', 'trainOnBatch', 'compile']);
      expect(owned(optimizer)).to.deep.equal(['minimize', 'applyGradients']);
      for (const i of order) runs[i]!.stop();
      expect([optimizer, model, innerOf(model)].map((x) => Object.getOwnPropertyNames(x))).to.deep.equal(names);
      expect(Object.getOwnPropertyDescriptor(optimizer, 'applyGradients')).to.deep.equal(was);
      expect(model.fit).to.equal(tf.Sequential.prototype.fit);
    }
  });

  it('steps aside for a method that someone put over its own', () => {
    const optimizer = tf.train.sgd(0.1);
    const run = watch(optimizer);
    const ours = optimizer.applyGradients;
    let called = 0;
    optimizer.applyGradients = function (gradients) {
      called++;
      ours.call(this, gradients);
    };
    const theirs = optimizer.applyGradients;
    const v = tf.variable(tf.scalar(1), true, 'lone');
    run.stop();
    expect(optimizer.applyGradients).to.equal(theirs);
    const again = watch(optimizer);
    optimizer.applyGradients({lone: tf.scalar(1)});
    expect(called).to.equal(1);
    expect(v.dataSync()[0]).to.be.closeTo(0.9, 1e-6);
    again.stop();
    expect(optimizer.applyGradients).to.equal(theirs);
    v.dispose();
  });

  it('goes on with a new optimizer, through compile() and by assignment', async () => {
    const model = denseNet(6, LAYERS);
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(8, 6, 3);
    const run = watch(model, {every: 1});
    const first = model.optimizer as object;
    await model.trainOnBatch(xs, ys);
    model.compile({optimizer: tf.train.adam(0.02), loss: 'meanSquaredError'});
    expect(owned(first)).to.deep.equal([]);
    const second = model.optimizer as object;
    expect(owned(second)).to.deep.equal(['minimize', 'applyGradients']);
    await model.trainOnBatch(xs, ys);
    model.optimizer = tf.train.sgd(0.5);
    await model.fit(xs, ys, {epochs: 1, verbose: 0});
    expect(owned(second)).to.deep.equal([]);
    await run.settled();
    expect(Array.from(run.curve.learningRate)).to.deep.equal([0.01, 0.02, 0.5]);
    run.stop();
    expect([...owned(model.optimizer), ...owned(model), ...owned(innerOf(model))]).to.deep.equal([]);
  });

  it('stays clean where the loss throws, or training fails', async () => {
    const model = denseNet(6, LAYERS);
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(8, 6, 3);
    await model.trainOnBatch(xs, ys);
    const run = watch(model, {every: 1});
    await model.trainOnBatch(xs, ys);
    await run.settled();
    const odd = tf.ones([1, 2, 3]);
    const held = tf.memory().numTensors;
    const boom = new Error('boom');
    const thrown = await failure(() => tf.tidy(() => void model.optimizer.minimize(() => { throw boom; })));
    expect(thrown).to.equal(boom);
    const applied = await failure(() => tf.tidy(() => void model.optimizer.applyGradients([{name: variablesOf(model)[0]!.name, tensor: odd}] as never)));
    expect(applied.message).to.contain('shape');
    expect(tf.memory().numTensors).to.equal(held);
    odd.dispose();
    const reasons: string[] = [];
    run.addEventListener('end', ({reason}) => reasons.push(reason));
    const failed = await failure(model.fit(xs, ys, {epochs: 3, verbose: 0, callbacks: {onEpochEnd: () => { throw boom; }}}));
    expect(failed).to.equal(boom);
    await run.settled();
    // what fit() itself leaves behind of an epoch that fails is found without a watch
    expect(run.stepCount).to.equal(2);
    await model.trainOnBatch(xs, ys);
    await run.settled();
    expect(run.stepCount).to.equal(3);
    expect(Number.isFinite(run.curve.loss.at(-1))).to.equal(true);
    expect(reasons).to.deep.equal(['error']);
    run.stop();
    expect([...owned(model), ...owned(model.optimizer)]).to.deep.equal([]);
  });

  it('leaves nothing behind of a step that it can not watch, which is taken all the same', async () => {
    const {xs, ys} = blobs(8, 6, 3);
    const {warn} = console;
    for (const call of ['clone', 'keep', 'concat']) {
      const model = denseNet(6, LAYERS);
      model.compile({optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy'});
      const counted = {left: Infinity};
      const broken = Object.create(tf, {
        [call]: {
          value: (...args: unknown[]): unknown => {
            if (counted.left-- <= 0) throw new Error('boom');
            return (tf as unknown as Record<string, (...given: unknown[]) => unknown>)[call]!(...args);
          },
        },
      }) as object;
      const run = watch(model, {tf: broken, every: 1});
      await model.trainOnBatch(xs, ys);
      await run.settled();
      const held = tf.memory().numTensors;
      let told = 0;
      console.warn = () => told++;
      try {
        // from the first call to the last that a step makes
        for (let left = 0; left < 12; left++) {
          counted.left = left;
          const before = bits(model);
          const loss = await model.trainOnBatch(xs, ys);
          tf.dispose(loss as never);
          await run.settled();
          expect(tf.memory().numTensors, `${call} ${left}`).to.equal(held);
          expect(bits(model)).not.to.deep.equal(before);
        }
      } finally {
        console.warn = warn;
      }
      expect(told, call).to.be.greaterThan(0);
      run.stop();
      model.dispose();
    }
    tf.dispose([xs, ys]);
  });

  it('says once where two snapshots alone are larger than all should be', async () => {
    const {warn} = console;
    const told: string[] = [];
    console.warn = (text: string) => told.push(text);
    try {
      for (const [units, times] of [[2, 0], [2100, 1]] as const) {
        const model = denseNet(2000, [{units}]);
        model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
        const [xs, ys] = [tf.ones([1, 2000]), tf.ones([1, units])];
        const run = watch(model, {snapshots: 1});
        for (let i = 0; i < 3; i++) await model.trainOnBatch(xs, ys);
        await run.settled();
        expect(run.snapshots.length).to.equal(times ? 2 : 3);
        run.stop();
        expect(told.length).to.equal(times);
        tf.dispose([xs, ys]);
        model.dispose();
      }
    } finally {
      console.warn = warn;
    }
    expect(told[0]).to.contain('take 65 MB').and.contain('64 MB').and.contain('snapshots: false');
  });

  it('tells of steps, epochs with their logs, and the end, whatever kind of callbacks there are', async () => {
    const {xs, ys} = blobs(20, 6, 3);
    class Counter extends tf.Callback {
      ended: number[] = [];
      override async onEpochEnd(epoch: number): Promise<void> {
        this.ended.push(epoch);
      }
    }
    for (const kind of ['none', 'object', 'objects', 'instance', 'instances'] as const) {
      const seen: number[] = [];
      const plain = {onEpochEnd: (epoch: number) => void seen.push(epoch), onBatchEnd: () => void seen.push(-1)};
      const counter = new Counter();
      const callbacks = {none: undefined, object: plain, objects: [plain, {}], instance: counter, instances: [counter]}[kind];
      const model = denseNet(6, LAYERS);
      model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy']});
      const run = watch(model);
      const told: unknown[] = [];
      run.addEventListener('step', ({type, step}) => told.push([type, step]));
      run.addEventListener('epoch', ({type, epoch}) => told.push([type, epoch.epoch, epoch.step]));
      run.addEventListener('end', ({type, reason, steps}) => told.push([type, reason, steps]));
      const args = {epochs: 2, batchSize: 10, verbose: 0 as const, validationData: [xs, ys] as [tf.Tensor, tf.Tensor], callbacks: callbacks as never};
      const {history} = await model.fit(xs, ys, args);
      expect(args.callbacks, kind).to.equal(callbacks);
      expect(told, kind).to.deep.equal([['step', 0], ['step', 1], ['epoch', 0, 2], ['step', 2], ['step', 3], ['epoch', 1, 4], ['end', 'fit', 4]]);
      expect(run.epochs.map(({logs}) => logs), kind).to.deep.equal([0, 1].map((i) => Object.fromEntries(['val_loss', 'val_acc', 'loss', 'acc'].map((name) => [name, history[name]![i]]))));
      if (kind.startsWith('object')) expect(seen).to.deep.equal([-1, -1, 0, -1, -1, 1]);
      if (kind.startsWith('instance')) expect(counter.ended).to.deep.equal([0, 1]);
      run.stop();
      await run.settled();
      expect(told.at(-1)).to.deep.equal(['end', 'stop', 4]);
    }
  });

  it('keeps weights and gradients in full where asked to', async () => {
    const model = denseNet(6, LAYERS);
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(16, 6, 3);
    const first = bits(model);
    const run = watch(model, {snapshots: 'epoch'});
    await model.fit(xs, ys, {epochs: 3, batchSize: 8, verbose: 0});
    expect(run.snapshots.map(({step, gradients}) => [step, gradients !== null])).to.deep.equal([[0, true], [2, true], [4, true], [6, false]]);
    expect(run.snapshots[0]!.weights.map((w) => Array.from(w!))).to.deep.equal(first);
    expect(run.snapshots[3]!.weights.map((w) => Array.from(w!))).to.deep.equal(bits(model));
    run.stop();
  });

  it('keeps the weights after the last step of a loop of one’s own, once, when the watch ends', async () => {
    const optimizer = tf.train.sgd(0.1);
    const [a, b] = [tf.variable(tf.tensor1d([1, 2]), true, 'loop/a'), tf.variable(tf.tensor1d([3]), true, 'loop/b')];
    const loss = (): tf.Scalar => tf.add(tf.sum(tf.square(a)), tf.sum(tf.square(b)));
    const held = tf.memory().numTensors;
    const run = watch(optimizer, {snapshots: 2, every: 1});
    let ended = -1;
    run.addEventListener('end', () => (ended = run.snapshots.length));
    for (let i = 0; i < 5; i++) optimizer.minimize(loss, false, [a, b]);
    await run.settled();
    expect(run.snapshots.map(({step}) => step)).to.deep.equal([0, 2, 4]);
    const last = [a, b].map((v) => Array.from(v.dataSync()));
    run.stop();
    // read by then: what becomes of them later is no matter
    tf.dispose([a, b]);
    await run.settled();
    expect(run.snapshots.map(({step, gradients}) => [step, gradients !== null])).to.deep.equal([[0, true], [2, true], [4, true], [5, false]]);
    expect(run.snapshots[3]!.weights.map((w) => Array.from(w!))).to.deep.equal(last);
    expect(ended).to.equal(4);
    expect(tf.memory().numTensors).to.equal(held - 2);

    // nothing after nothing, and nothing of weights that are gone
    const idle = watch(optimizer, {snapshots: 1});
    idle.stop();
    await idle.settled();
    expect(idle.snapshots).to.have.length(0);
    const c = tf.variable(tf.scalar(1), true, 'loop/c');
    const late = watch(optimizer, {snapshots: 1});
    optimizer.minimize(() => tf.square(c), false, [c]);
    c.dispose();
    late.stop();
    await late.settled();
    expect(late.snapshots.map(({step}) => step)).to.deep.equal([0]);

    // fit has kept them already
    const model = denseNet(6, LAYERS);
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(16, 6, 3);
    const fitted = watch(model, {snapshots: 'epoch'});
    await model.fit(xs, ys, {epochs: 1, batchSize: 8, verbose: 0});
    fitted.stop();
    await fitted.settled();
    expect(fitted.snapshots.map(({step}) => step)).to.deep.equal([0, 2]);
  });

  it('names weights within nested models, and functional ones', async () => {
    const inner = denseNet(6, [{units: 4, activation: 'relu'}]);
    inner.name = 'body';
    const input = tf.input({shape: [6]});
    const out = tf.layers.dense({units: 3, activation: 'softmax', name: 'head'}).apply(inner.apply(input)) as tf.SymbolicTensor;
    const model = tf.model({inputs: input, outputs: out});
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    const {xs, ys} = blobs(16, 6, 3);
    const run = watch(model, {every: 1});
    await model.fit(xs, ys, {verbose: 0});
    expect(run.weights.map(({address}) => address)).to.deep.equal(['body/d0/kernel', 'body/d0/bias', 'head/kernel', 'head/bias']);
    run.stop();
  });

  it('refuses in words what it can not watch', async () => {
    const model = denseNet(6, LAYERS);
    const refused = (target: unknown, options: object = {}): Promise<Error> => failure(() => watch(target as object, options));
    expect(await refused(model)).to.include({key: 'watchUncompiled'});
    expect((await refused(model)).message).to.contain('model.compile(');
    expect(await refused(null)).to.include({key: 'watchKind'});
    expect(await refused({execute: () => null, weights: {}})).to.include({key: 'watchGraph'});
    model.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
    expect(await refused(model, {every: 0})).to.include({key: 'watchEvery'});
    expect(await refused(model, {snapshots: 'step'})).to.include({key: 'watchSnapshots'});
    expect(await refused(model, {rules: {vanish: 1}})).to.include({key: 'watchRule'});
    expect((await refused(model, {rules: {ratiohihg: 1}})).message).to.contain('Did you mean ratioHigh?');
    expect((await refused(model, {evry: 1})).message).to.equal('No option “evry” of watch. Did you mean every? There are tf, every, probe, snapshots, rules.');
    expect((await refused(model, {snapshot: 'epoch'})).message).to.contain('Did you mean snapshots?');
    expect((await refused(model, {interval: 1})).message).to.equal('No option “interval” of watch; there are tf, every, probe, snapshots, rules.');
    expect(await refused(model, {rules: {deadShare: NaN}})).to.include({key: 'watchThreshold'});
    expect(await refused(tf.train.sgd(0.1), {probe: tf.ones([2, 6])})).to.include({key: 'watchProbeModel'});
    expect(await refused(model, {probe: [1, 2]})).to.include({key: 'watchProbe'});
    expect(await refused(model, {probe: tf.ones([2, 5])})).to.include({key: 'runFailed'});
    useTf(null);
    expect(await refused(model)).to.include({key: 'tfMissing'});
    expect([...owned(model), ...owned(model.optimizer), ...owned(innerOf(model))]).to.deep.equal([]);
  });
});
