import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {attribute} from '../../src/attribution/attribute.js';
import {sanity} from '../../src/attribution/sanity.js';
import {yieldToPage} from '../../src/tensor/slices.js';
import {noise} from '../helpers.js';

/** How many turns the page has while something runs. */
async function turns(work: Promise<unknown>): Promise<number> {
  let count = 0;
  let done = false;
  const stop = (): void => void (done = true);
  work.then(stop, stop);
  for (; !done; count++) await yieldToPage();
  await work;
  return count;
}

describe('large maps', () => {
  before(() => tf.setBackend('cpu'));

  // a turn every 8 ms of what takes 40 ms a pass, or 20 ms; each pass has one of its own
  for (const [method, samples, least] of [['smoothgrad', 6, 18], ['integrated-gradients', 6, 12]] as const) {
    it(`let the page work while ${method} makes its inputs and adds up its maps`, async () => {
      const model = tf.sequential({layers: [tf.layers.globalAveragePooling1d({inputShape: [2048, 512]}), tf.layers.dense({units: 2})]});
      const input = {shape: [1, 2048, 512], dtype: 'float32' as const, data: noise(1 << 20)};
      const found = await turns(attribute(model, input, {tf, method, samples, steps: samples, target: 0}));
      expect(found).to.be.greaterThan(least);
      model.dispose();
    });
  }

  it('let the page work while a sanity check shuffles a large kernel', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 1024, inputShape: [8192]})]});
    const input = {shape: [1, 8192], dtype: 'float32' as const, data: noise(8192)};
    const found = await turns(sanity(model, input, {tf, method: 'gradient', target: 0}));
    expect(found).to.be.greaterThan(8);
    model.dispose();
  });
});
