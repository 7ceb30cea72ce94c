import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {densityAt, fansOf, initialDistribution, type InitialDistribution} from '../../src/compute/initializer.js';

const of = (weight: string, shape: readonly number[], config: unknown = {}, layerType = '', tfjs = false): InitialDistribution => initialDistribution({weight, shape, layerType}, config, tfjs)!;
const kernel = (initializer: unknown, shape: readonly number[] = [30, 20], tfjs = false): InitialDistribution => of('kernel', shape, {kernel_initializer: initializer}, 'Dense', tfjs);
const named = (class_name: string, config: object = {}): object => ({class_name, config});

/** Mass, mean and standard deviation of what is drawn, by the midpoint rule. */
function moments(d: InitialDistribution): [number, number, number] {
  const reach = d.limit ?? 8 * d.sigma;
  const n = 20000;
  const grid = Float64Array.from({length: n}, (_, i) => d.center - reach + ((i + 0.5) / n) * 2 * reach);
  const density = densityAt(d, grid);
  const width = (2 * reach) / n;
  const mass = density.reduce((sum, v) => sum + v * width, 0);
  const mean = density.reduce((sum, v, i) => sum + v * width * grid[i]!, 0) / mass;
  return [mass, mean, Math.sqrt(density.reduce((sum, v, i) => sum + v * width * (grid[i]! - mean) ** 2, 0) / mass)];
}

describe('initialDistribution', () => {
  it('counts inputs and outputs as Keras does', () => {
    expect(fansOf([30, 20])).to.deep.equal({in: 30, out: 20});
    expect(fansOf([3, 3, 16, 32])).to.deep.equal({in: 144, out: 288});
    expect(fansOf([5, 8, 4])).to.deep.equal({in: 40, out: 20});
    expect(fansOf([3, 3, 64, 1])).to.deep.equal({in: 576, out: 9});
    expect(fansOf([9])).to.deep.equal({in: 9, out: 9});
    expect(fansOf([9], true)).to.deep.equal({in: 3, out: 3});
  });

  it('knows the formulas of Keras, worked by hand', () => {
    // √(6 / (30 + 20)) and √(2 / 50)
    expect(kernel(named('GlorotUniform')).limit).to.be.closeTo(Math.sqrt(6 / 50), 1e-15);
    expect(kernel(named('GlorotUniform')).std).to.be.closeTo(0.2, 1e-15);
    expect(kernel(named('GlorotNormal'))).to.deep.include({kind: 'truncated-normal', mean: 0});
    expect(kernel(named('GlorotNormal')).std).to.be.closeTo(0.2, 1e-15);
    expect(kernel(named('GlorotNormal')).limit).to.be.closeTo(0.4 / 0.8796256610342398, 1e-14);
    expect(kernel(named('HeNormal')).std).to.be.closeTo(Math.sqrt(2 / 30), 1e-15);
    expect(kernel(named('HeUniform')).limit).to.be.closeTo(Math.sqrt(6 / 30), 1e-15);
    expect(kernel(named('LecunNormal')).std).to.be.closeTo(Math.sqrt(1 / 30), 1e-15);
    expect(kernel('lecun_uniform').limit).to.be.closeTo(Math.sqrt(3 / 30), 1e-15);
    expect(kernel(named('HeUniform'), [3, 3, 16, 32]).limit).to.be.closeTo(Math.sqrt(6 / 144), 1e-15);
    expect(kernel(named('VarianceScaling', {scale: 3, mode: 'fan_out', distribution: 'untruncated_normal'}))).to.deep.include({kind: 'normal', std: Math.sqrt(3 / 20)});
    expect(kernel(named('RandomNormal', {mean: 1, stddev: 0.2}))).to.deep.include({kind: 'normal', mean: 1, std: 0.2});
    expect(kernel(named('RandomUniform', {minval: -1, maxval: 3}))).to.deep.include({kind: 'uniform', mean: 1, limit: 2});
    expect(kernel('truncated_normal').std).to.be.closeTo(0.05 * 0.8796256610342398, 1e-15);
    expect(kernel(named('Orthogonal', {gain: 2}), [16, 64])).to.deep.include({kind: 'orthogonal', std: 2 / 8, limit: 2, dimensions: 64});
    expect(kernel(named('Constant', {value: 0.3}))).to.deep.include({kind: 'constant', mean: 0.3, std: 0, spikes: [{value: 0.3, share: 1}]});
    expect(kernel(named('Identity'), [4, 4])).to.deep.include({kind: 'identity', mean: 0.25, spikes: [{value: 0, share: 0.75}, {value: 1, share: 0.25}]});
  });

  it('reads every way of writing it', () => {
    const wanted = kernel(named('GlorotUniform', {seed: null}));
    for (const written of ['glorot_uniform', 'GlorotUniform', 'glorotUniform', {module: 'keras.initializers', class_name: 'GlorotUniform', config: {seed: null}, registered_name: null}, named('VarianceScaling', {scale: 1, mode: 'fan_avg', distribution: 'uniform'})]) expect(kernel(written)).to.deep.equal(wanted);
    expect(wanted.name).to.equal('GlorotUniform');
    expect(kernel(named('VarianceScaling', {scale: 2, mode: 'fan_in', distribution: 'normal'})).name).to.equal('HeNormal');
    expect(kernel(named('VarianceScaling', {scale: 0.5, mode: 'fan_in', distribution: 'normal'})).name).to.equal('VarianceScaling');
    expect(kernel('uniform').name).to.equal('RandomUniform');
    expect(kernel('he_normal').name).to.equal('HeNormal');
  });

  it('knows what layers do by default', () => {
    const by: [string, readonly number[], string, string][] = [
      ['kernel', [4, 8], 'Dense', 'GlorotUniform'],
      ['recurrent_kernel', [8, 32], 'LSTM', 'Orthogonal'],
      ['depthwise_kernel', [3, 3, 4, 1], 'DepthwiseConv2D', 'GlorotUniform'],
      ['bias', [8], 'Dense', 'Zeros'],
      ['embeddings', [100, 8], 'Embedding', 'RandomUniform'],
      ['gamma', [8], 'BatchNormalization', 'Ones'],
      ['beta', [8], 'BatchNormalization', 'Zeros'],
      ['moving_variance', [8], 'BatchNormalization', 'Ones'],
      ['alpha', [8], 'PReLU', 'Zeros'],
    ];
    for (const [weight, shape, layer, name] of by) expect(of(weight, shape, {}, layer).name, weight).to.equal(name);
    expect(of('embeddings', [100, 8])).to.deep.include({kind: 'uniform', limit: 0.05});
    expect(initialDistribution({weight: 'StatefulPartitionedCall', shape: [3]}, undefined)).to.equal(null);
    expect(of('position', [3, 3], {position_initializer: 'zeros'}).kind).to.equal('zeros');
    // newer files call a depthwise kernel a kernel
    expect(of('kernel', [3, 3, 4, 1], {depthwise_initializer: 'he_normal', kernel_initializer: 'ones'}, 'DepthwiseConv2D').name).to.equal('HeNormal');
    // of wrappers the layer within
    expect(of('kernel', [4, 8], {layer: named('LSTM', {kernel_initializer: 'he_uniform'})}, 'LSTM').name).to.equal('HeUniform');
  });

  it('remembers that the forget gates of an LSTM begin at 1', () => {
    const bias = of('bias', [32], {}, 'LSTM');
    expect(bias).to.deep.include({kind: 'zeros', mean: 0.25, std: Math.sqrt(3) / 4, spikes: [{value: 0, share: 0.75}, {value: 1, share: 0.25}]});
    expect(of('bias', [32], {unit_forget_bias: false}, 'LSTM').spikes).to.deep.equal([{value: 0, share: 1}]);
    // TensorFlow.js writes null where it was not asked for, and begins at 0
    expect(of('bias', [32], {unit_forget_bias: null}, 'LSTM', true).spikes).to.deep.equal([{value: 0, share: 1}]);
    expect(of('bias', [32], {unit_forget_bias: true}, 'LSTM', true).spikes).to.have.length(2);
    expect(of('bias', [24], {}, 'GRU').spikes).to.have.length(1);
    const spread = of('bias', [32], {bias_initializer: 'uniform'}, 'LSTM');
    expect(spread.mean).to.equal(0.25);
    expect(densityAt(spread, [0, 0.06])).to.deep.equal(Float64Array.of(7.5, 0));
  });

  it('says nothing of an initializer of one\'s own', () => {
    const own = kernel(named('Custom>MyInit', {scale: 2}));
    expect(own).to.deep.include({name: 'MyInit', kind: null, mean: NaN, std: NaN});
    expect([...densityAt(own, [0, 1])]).to.deep.equal([0, 0]);
    for (const odd of [42, [], {class_name: 7}]) expect(kernel(odd).kind).to.equal(null);
    expect(kernel(null).name).to.equal('GlorotUniform');
    expect(kernel('constructor').kind).to.equal(null);
  });

  it('has densities that come to 1, with the mean and the deviation that it tells', () => {
    for (const name of ['GlorotUniform', 'GlorotNormal', 'HeNormal', 'RandomNormal', 'TruncatedNormal', 'Orthogonal']) {
      const d = kernel(named(name));
      const [mass, mean, std] = moments(d);
      expect(mass, name).to.be.closeTo(1, 1e-4);
      expect(mean, name).to.be.closeTo(0, 1e-9);
      expect(std / d.std, name).to.be.closeTo(1, 1e-4);
    }
    // scipy.stats.truncnorm(-2, 2).pdf, and beta.pdf((x + 1) / 2, (n - 1) / 2, (n - 1) / 2) / 2 (1.17.1)
    const cut = kernel(named('TruncatedNormal', {mean: 3, stddev: 1}));
    const [at, beside, beyond] = densityAt(cut, [3, 3.5, 0.9]);
    expect(at).to.be.closeTo(0.4179595502351346, 1e-12);
    expect(beside).to.be.closeTo(0.36884800848815685, 1e-12);
    expect(beyond).to.equal(0);
    for (const [n, x, wanted] of [[16, 0.1, 1.4234805986788461], [7, -0.5, 0.52734375], [2, 0.3, 0.33367942706514736], [3, 0.9, 0.5]] as const) expect(densityAt(kernel('orthogonal', [n, 1]), [x])[0]! / wanted, `${n}`).to.be.closeTo(1, 1e-12);
    expect(densityAt(kernel('orthogonal', [4096, 1024]), [0])[0]! / (64 / Math.sqrt(2 * Math.PI))).to.be.closeTo(1, 1e-3);
    expect([...densityAt(kernel('zeros'), [0])]).to.deep.equal([0]);
  });

  it('is what TensorFlow.js draws', () => {
    const cases: [string, InstanceType<typeof tf.serialization.Serializable>, number[]][] = [
      ['kernel', tf.initializers.glorotUniform({seed: 1}), [120, 200]],
      ['kernel', tf.initializers.glorotNormal({seed: 1}), [3, 3, 40, 60]],
      ['kernel', tf.initializers.heNormal({seed: 1}), [3, 3, 40, 60]],
      ['kernel', tf.initializers.heUniform({seed: 1}), [5, 40, 80]],
      ['kernel', tf.initializers.leCunNormal({seed: 1}), [200, 100]],
      ['kernel', tf.initializers.truncatedNormal({mean: 1, stddev: 0.3, seed: 1}), [200, 100]],
      ['kernel', tf.initializers.randomUniform({minval: -0.2, maxval: 0.4, seed: 1}), [200, 100]],
      ['recurrent_kernel', tf.initializers.orthogonal({gain: 1.5, seed: 1}), [12, 40]],
    ];
    for (const [weight, initializer, shape] of cases) {
      const name = initializer.getClassName();
      const config = Object.fromEntries(Object.entries(initializer.getConfig()).map(([key, v]) => [key, typeof v === 'string' ? v.replace(/[A-Z]/g, (l) => `_${l.toLowerCase()}`) : v]));
      const d = of(weight, shape, {[weight === 'kernel' ? 'kernel_initializer' : 'recurrent_initializer']: named(name, config)}, '', true);
      const tensor = (initializer as unknown as {apply(shape: number[]): tf.Tensor}).apply(shape);
      const values = tensor.dataSync() as Float32Array;
      tensor.dispose();
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      const reach = values.reduce((a, b) => Math.max(a, Math.abs(b - d.center)), 0);
      const label = `${name} ${d.name}`;
      expect(std / d.std, label).to.be.closeTo(1, 0.03);
      expect(Math.abs(mean - d.mean), label).to.be.below((5 * d.std) / Math.sqrt(values.length));
      if (d.limit) expect(reach / d.limit, label).to.be.at.most(1.0001);
      if (d.limit && d.kind !== 'orthogonal') expect(reach / d.limit, label).to.be.above(0.97);
    }
  });
});
