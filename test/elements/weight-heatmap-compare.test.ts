import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import '../../src/weight-heatmap.js';
import {modelUrl} from '../helpers.js';
import {$, $$, add, page, settled, text, tile} from './page.js';

const values = async (el: {toCSV(): Promise<string>}): Promise<number[]> => (await el.toCSV()).trim().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map(Number));
const dense = (units: number, weights: tf.Tensor[]): tf.Sequential => tf.sequential({layers: [tf.layers.dense({units, inputShape: [2], weights})]});

describe('<weight-heatmap> compared', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => page.replaceChildren());

  it('shows what two tensors differ by, and takes tensors that are disposed of at once', async () => {
    const [now, old] = [tf.tensor2d([[1, 2], [3, -4]]), tf.tensor2d([[1, 1], [3, 4]])];
    const el = add({tensor: now, compare: old});
    tf.dispose([now, old]);
    await settled(el);
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(el.loads).to.equal(1);
    expect(await values(el)).to.deep.equal([0, 1, 0, -8]);
    // √65 of √27
    expect(text(el)).to.contain(`${Math.round(100 * Math.sqrt(65 / 27))}% of |before|`).and.contain('25% of the signs');
    el.compareView = 'relative';
    await settled(el);
    expect(await values(el)).to.deep.equal([0, 1, 0, -2]);
    el.compareView = 'side-by-side';
    await settled(el);
    expect(el.cellAt(el.cellRect([1, 1])!.x + 3, el.cellRect([1, 1])!.y + 3), 'the state now').to.deep.equal({index: [1, 1], value: -4});
    expect(text(el)).to.contain('state');
    el.compareView = 'upside-down' as never;
    await settled(el);
    expect(text(el)).to.contain('difference, relative, side-by-side');
    el.compareView = null;
    await settled(el);
    expect(await values(el)).to.deep.equal([0, 1, 0, -8]);
    el.compare = [[1, 2, 3]];
    await settled(el);
    expect(text(el)).to.contain('2×2 now, 1×3 before');
    el.compare = null;
    await settled(el);
    expect(await values(el)).to.deep.equal([1, 2, 3, -4]);
    expect($(el, '.controls')).to.equal(null);
  });

  it('says of each weight how it changed, which model alone has it, and how they were matched', async () => {
    const before = dense(2, [tf.tensor2d([[3, 0], [0, 4]]), tf.tensor1d([0, 0])]);
    const after = dense(2, [tf.tensor2d([[3, 0], [0, -4]]), tf.tensor1d([1, 0])]);
    const el = add({model: after, compare: before}, {style: 'height:600px'});
    await settled(el);
    expect(text(el)).to.contain('share no names: 2 weights are compared');
    const kernel = $$(el, '[part=tile]').find((t) => t.title.endsWith('kernel'))!;
    // 8 of 5; (9 − 16) of 25; one sign of four
    expect(kernel.getAttribute('aria-label')).to.contain('|Δ|/|w| 1.6').and.contain('cos −0.28').and.contain('25% signs');
    // copies of one model have other names in TensorFlow.js, but the same layers
    const wider = dense(3, [tf.zeros([2, 3]), tf.zeros([3])]);
    el.compare = wider;
    await settled(el);
    expect($$(el, '[part=tile]').map((t) => t.getAttribute('aria-label')!).join()).to.contain('Only here').and.contain('Only before');
    expect(text(el)).to.contain('0 of another shape, 2 only here, 2 only before').and.not.contain('could not be read');
    for (const model of [before, after, wider]) model.dispose();
  });

  it('compares two checkpoints by their addresses, most changed first', async () => {
    const el = add({src: modelUrl('explornn-med_bs_20'), compareSrc: modelUrl('explornn-med_bs_10'), sort: 'change'}, {style: 'height:1200px'});
    await settled(el);
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(text(el)).to.contain('11 weights compared, matched by their addresses');
    const changes = $$(el, '[part=tile]').map((t) => Number(/\|w\| ([\d.]+)/.exec(t.getAttribute('aria-label')!)![1]));
    expect(changes).to.have.length(11);
    expect(changes).to.deep.equal([...changes].sort((a, b) => b - a));
    el.layer = 'lstm_LSTM1';
    el.weight = 'bias';
    await settled(el);
    const [now, old] = await Promise.all(['explornn-med_bs_20', 'explornn-med_bs_10'].map(async (name) => {
      const model = await tf.loadLayersModel(modelUrl(name));
      const bias = model.getLayer('lstm_LSTM1').weights[2]!.read();
      const data = Array.from(await bias.data());
      model.dispose();
      return data;
    }));
    const found = await values(el);
    now!.forEach((v, i) => expect(found[i]).to.be.closeTo(v - old![i]!, 1e-6));
    expect(tile(el, 'none')).to.equal(undefined);
  });

  it('does not draw the data by themselves where what they are compared with cannot be had', async () => {
    const el = add({tensor: [[1, 2]], compareSrc: '/nowhere/model.json'});
    await settled(el);
    expect(el.errors).to.have.length(1);
    expect(text(el)).to.contain('Nothing to draw');
    el.compareSrc = null;
    await settled(el);
    expect(await values(el)).to.deep.equal([1, 2]);
  });
});
