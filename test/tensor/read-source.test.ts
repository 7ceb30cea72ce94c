import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {findWeights} from '../../src/tensor/find-weight.js';
import {readModel} from '../../src/tensor/live-model.js';
import {dataOf, parseJson} from '../../src/tensor/read-source.js';
import type {ModelWeights} from '../../src/tensor/types.js';
import {failure} from '../helpers.js';

describe('parseJson', () => {
  it('reads what Python writes for NaN and the infinities, and leaves texts alone', async () => {
    const data = await dataOf(parseJson('[[1, NaN],[-Infinity,Infinity]]', 'here'), 'https://x.test/');
    expect('tensor' in data && Array.from(data.tensor.data)).to.deep.equal([1, NaN, -Infinity, Infinity]);
    expect(parseJson('{"a": "is NaN, \\"Infinity\\"", "b": NaN}', 'here')).to.deep.equal({a: 'is NaN, "Infinity"', b: 'NaN'});
  });

  it('asks whether a file is cut off, not what stands in a tag', async () => {
    expect((await failure(() => parseJson('[1, 2', 'https://x.test/a.json'))).message).to.contain('cut off');
    for (const text of ['[1, 2', '[NaN, "', '[NaN, x]']) expect((await failure(() => parseJson(text, 'The data inside the tag'))).message, text).to.contain('brackets').and.not.contain('cut off');
  });
});

describe('findWeights', () => {
  it('names the nearest weights where a manifest has no layers', async () => {
    const weights = ['kernel', 'bias'].map((name) => ({address: name, layer: '', weight: name, shape: [1], dtype: 'float32', size: 1, kind: 'other', constant: false, read: () => Promise.reject(new Error())}));
    expect((await failure(() => findWeights({format: 'manifest', weights} as unknown as ModelWeights, 'kernl', null))).message).to.contain('“kernel”');
  });
});

describe('a live model', () => {
  it('that has been disposed of is refused in the words for tensors', async () => {
    await tf.setBackend('cpu');
    const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3]})]});
    const {weights} = readModel(model);
    expect(Array.from((await weights[1]!.read()).data)).to.deep.equal([0, 0]);
    model.dispose();
    expect(await failure(weights[0]!.read())).to.include({key: 'disposed'});
  });
});
