import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {byteTables, inputRange} from '../../src/tensor/input-range.js';
import {inputsOf, liveModel} from '../../src/tensor/model-ports.js';
import {failure, modelUrl} from '../helpers.js';

/** What a text makes of bytes. */
const of = (text: string, channels = 3): number[][] => byteTables(text, channels).map((table) => [0, 51, 255].map((byte) => table[byte]!));

describe('input-range', () => {
  it('spreads bytes between two numbers', () => {
    expect(of('0,1', 1)).to.deep.equal([[0, 0.2, 1].map(Math.fround)]);
    expect(of(' -1 , 1 ', 1)).to.deep.equal([[-1, -0.6, 1].map(Math.fround)]);
    expect(of('0,255', 1)).to.deep.equal([[0, 51, 255]]);
    expect(of('-127.5,127.5', 1)).to.deep.equal([[-127.5, -76.5, 127.5]]);
    expect(of('0,1', 4)).to.have.length(4);
  });

  it('normalizes as torchvision does', () => {
    const [r, g, b] = of('mean=0.485,0.456,0.406;std=0.229,0.224,0.225');
    // (51 / 255 − mean) / std by hand: −0.285/0.229, −0.256/0.224, −0.206/0.225
    expect(r![1]).to.be.closeTo(-1.2445415, 1e-6);
    expect(g![1]).to.be.closeTo(-1.1428571, 1e-6);
    expect(b![1]).to.be.closeTo(-0.9155556, 1e-6);
    expect(of('std=0.5; mean=0.5', 1)).to.deep.equal([[-1, -0.6, 1].map(Math.fround)]);
    expect(of('mean=.5', 1)[0]![2]).to.equal(0.5);
  });

  it('says what is wrong', async () => {
    for (const text of ['1,0', '0,0', '0', '0,1,2', 'a,b', '0,', 'mean=1;sd=2', 'mean=x', 'mean=', '0..1']) expect(await failure(() => of(text)), text).to.include({key: 'rangeBad'});
    const channels = await failure(() => of('mean=0.5,0.5,0.5', 1));
    expect(channels).to.include({key: 'rangeChannels'});
    expect(channels.message).to.contain('1 channel:');
    const bytes = await failure(() => of('mean=103.9,116.8,123.7'));
    expect(bytes).to.include({key: 'rangeUnit'});
    expect(bytes.message).to.contain('103.9').and.contain('255');
    expect(await failure(() => of('std=0'))).to.include({key: 'rangeUnit'});
    expect(await failure(() => of('std=58.4'))).to.include({key: 'rangeUnit'});
  });

  describe('auto', () => {
    before(() => tf.setBackend('cpu'));

    const assumed = async (model: unknown): Promise<string> => {
      const live = liveModel(model);
      const range = await inputRange('auto', live, inputsOf(live)[0]!);
      expect(range.assumed).to.equal(true);
      return range.text;
    };
    const rescaling = (args: object): tf.layers.Layer => (tf.layers as unknown as {rescaling(args: object): tf.layers.Layer}).rescaling(args);

    it('is what was given, where something was', async () => {
      const model = liveModel(tf.sequential({layers: [tf.layers.flatten({inputShape: [2, 2, 3]})]}));
      expect(await inputRange(' -1,1 ', model, inputsOf(model)[0]!)).to.deep.equal({text: '-1,1', assumed: false});
      expect(await assumed(model)).to.equal('0,1');
    });

    it('is 0 to 255 where a layer scales bytes, also within a model and behind others', async () => {
      expect(await assumed(tf.sequential({layers: [rescaling({scale: 1 / 255, inputShape: [4, 4, 3]}), tf.layers.flatten()]}))).to.equal('0,255');
      expect(await assumed(tf.sequential({layers: [rescaling({scale: 2, offset: -1, inputShape: [4, 4, 3]}), tf.layers.flatten()]}))).to.equal('0,1');
      const inner = tf.sequential({layers: [tf.layers.zeroPadding2d({inputShape: [4, 4, 3]}), rescaling({scale: 1 / 127.5, offset: -1}), tf.layers.flatten()]});
      expect(await assumed(tf.sequential({layers: [inner, tf.layers.dense({units: 2})]}))).to.equal('0,255');
    });

    it('is 0 to 255 where the model takes integers', async () => {
      const input = tf.input({shape: [4, 4, 3], dtype: 'int32'});
      expect(await assumed(tf.model({inputs: input, outputs: tf.layers.flatten().apply(input) as tf.SymbolicTensor}))).to.equal('0,255');
    });

    it('goes by the constants of graph models', async () => {
      const graph = (op: string, by: number): tf.GraphModel => {
        const float = {T: {type: 'DT_FLOAT'}};
        const node = [
          {name: 'x', op: 'Placeholder', attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '4'}, {size: '4'}, {size: '3'}]}}}},
          {name: 'same', op: 'Identity', input: ['x'], attr: float},
          {name: 'by', op: 'Const', attr: {dtype: {type: 'DT_FLOAT'}}},
          {name: 'scaled', op, input: ['same', 'by'], attr: float},
        ];
        return tf.loadGraphModelSync({modelTopology: {node, versions: {producer: 1, minConsumer: 1}}, weightSpecs: [{name: 'by', shape: [], dtype: 'float32'}], weightData: Float32Array.of(by).buffer}) as tf.GraphModel;
      };
      for (const [op, by, wanted] of [['Mul', 1 / 255, '0,255'], ['Mul', 2, '0,1'], ['RealDiv', 127.5, '0,255'], ['RealDiv', 0.5, '0,1'], ['Sub', 127.5, '0,255'], ['Sub', 0.5, '0,1'], ['AddV2', -103.9, '0,255']] as const) {
        const model = graph(op, by);
        expect(await assumed(model), `${op} ${by}`).to.equal(wanted);
        model.dispose();
      }
      const gender = await tf.loadGraphModel(modelUrl('human-gender'));
      expect(await assumed(gender)).to.equal('0,1');
      gender.dispose();
    });
  });
});
