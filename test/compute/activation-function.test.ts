import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {activationFunction} from '../../src/compute/activation-function.js';

const XS = [-8, -3.6, -2.5, -1, -0.3, 0, 0.2, 1, 2.5, 4, 6.5, 12];

describe('activationFunction', () => {
  before(() => tf.setBackend('cpu'));

  it('is what TensorFlow.js computes', async () => {
    for (const name of ['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'tanh', 'hardSigmoid', 'softplus', 'softsign', 'swish', 'mish', 'gelu', 'gelu_new'] as const) {
      const layer = tf.layers.activation({activation: name as 'relu'});
      const x = tf.tensor1d(XS);
      const y = layer.apply(x) as tf.Tensor;
      const wanted = await y.data();
      const {at} = activationFunction(name)!;
      XS.forEach((v, i) => expect(at!(v), `${name}(${v})`).to.be.closeTo(wanted[i]!, 2e-6 * Math.max(1, Math.abs(wanted[i]!))));
      tf.dispose([x, y]);
    }
  });

  it('knows the parameters of layers, and the spelling of files', () => {
    expect(activationFunction('leakyReLU', {alpha: 0.1})!.at!(-3)).to.be.closeTo(-0.3, 1e-12);
    expect(activationFunction('LeakyReLU')!.at!(-1)).to.be.closeTo(-0.3, 1e-12);
    expect(activationFunction('thresholdedReLU', {theta: 2})!.at!(1.9)).to.equal(0);
    const capped = activationFunction('relu', {maxValue: 3})!;
    expect([capped.at!(5), capped.flatAbove]).to.deep.equal([3, 3]);
    expect(activationFunction('hard_sigmoid')!.at!(1)).to.be.closeTo(0.7, 1e-12);
    expect(activationFunction('softmax')!.at).to.equal(null);
    expect(activationFunction('something')).to.equal(null);
  });

  it('is flat where it says so', () => {
    for (const name of ['relu', 'relu6', 'thresholdedrelu', 'sigmoid', 'tanh', 'hardsigmoid', 'softsign', 'elu', 'selu']) {
      const f = activationFunction(name)!;
      const low = f.at!(-1e6);
      const high = f.flatAbove === null ? NaN : f.at!(1e6);
      // at the point itself 3 % of the way from one end are left, of a tanh 3 % of half of it
      if (f.flatBelow !== null) expect(Math.abs(f.at!(f.flatBelow) - low), name).to.be.at.most(0.03 * Math.max(1, Math.abs(low)) + 1e-9);
      if (f.flatAbove !== null) expect(Math.abs(f.at!(f.flatAbove) - high), name).to.be.at.most(0.03 + 1e-9);
      expect(f.dies, name).to.equal(/relu/.test(name));
    }
    // atanh(0.97)
    expect(activationFunction('tanh')!.flatAbove).to.be.closeTo(2.0922957, 1e-6);
  });
});
