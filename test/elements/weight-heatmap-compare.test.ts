import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import '../../src/weight-heatmap.js';
import {modelUrl} from '../helpers.js';
import {$, $$, add, gate, type Heatmap, page, pixel, serve, settled, text, tile, until, wait} from './page.js';

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

  it('takes what it compares with before it stands in the page, and goes on when it is put back', async () => {
    const el = document.createElement('weight-heatmap') as Heatmap;
    Object.assign(el, {compare: [[1, 1]], tensor: [[1, 3]]});
    await wait(20);
    page.append(el);
    await settled(el);
    expect(await values(el)).to.deep.equal([0, 2]);
    expect(el.shadowRoot!.adoptedStyleSheets.length).to.equal(new Set(el.shadowRoot!.adoptedStyleSheets).size);
    el.remove();
    page.append(el);
    await settled(el);
    expect(text(el)).to.contain('of |before|');
    expect(await values(el)).to.deep.equal([0, 2]);
    const large = (v: number): Float32Array => new Float32Array(1 << 21).fill(v);
    Object.assign(el, {tensor: large(3), compare: large(1)});
    await el.updateComplete;
    await wait(15);
    el.remove();
    await wait(20);
    page.append(el);
    await settled(el);
    await until(() => el.stats?.mean === 2, 'what was being compared when it was taken out');
  });

  it('forgets tensors it compared with for what it compares with now', async () => {
    const model = dense(2, [tf.zeros([2, 2]), tf.zeros([2])]);
    const now = dense(2, [tf.ones([2, 2]), tf.zeros([2])]);
    const el = add({tensors: {a: [1, 2]}, compare: {a: [1, 1]}});
    await settled(el);
    expect(text(el)).to.contain('1 weight compared');
    el.compare = null;
    await settled(el);
    expect(text(el)).to.not.contain('compared');
    expect($(el, '.controls')).to.equal(null);
    el.compare = {a: [1, 1]};
    el.compare = model;
    Object.assign(el, {tensors: null, model: now});
    await settled(el);
    expect(text(el)).to.contain('2 weights are compared');
    el.model = null;
    await settled(el);
    expect(text(el)).to.contain('Nothing to show').and.not.contain('compared');
    for (const m of [model, now]) m.dispose();
  });

  it('colours another view by its own values', async () => {
    const el = add({tensor: [[0, 110]], compare: [[1, 100]]});
    await settled(el);
    el.compareView = 'relative';
    await settled(el);
    const fresh = add({tensor: [[0, 110]], compare: [[1, 100]], compareView: 'relative'});
    await settled(fresh);
    expect(colours(el)).to.deep.equal(colours(fresh));
    expect(colours(el)[0]).to.not.equal(colours(el)[1]);
  });

  it('shows nothing of what was compared before where the two cannot be', async () => {
    const el = add({tensor: [[1, 2]], compare: [[1, 1]]});
    await settled(el);
    expect(el.stats!.max).to.equal(1);
    el.compare = [[1, 2, 3]];
    await settled(el);
    expect(el.stats).to.equal(null);
    expect(el.cellRect([0, 1])).to.equal(null);
    expect(el.matches(':state(error)')).to.equal(true);
    el.requestUpdate();
    await settled(el);
    expect(text(el), 'after another update').to.contain('1×2 now, 1×3 before');
    el.compare = [[0, 0]];
    await settled(el);
    expect(await values(el)).to.deep.equal([1, 2]);
    expect(el.errors).to.have.length(1);
  });

  it('matches what addresses leave over by name and shape, in order', async () => {
    const tensors = (...names: string[]): Record<string, number[]> => Object.fromEntries(names.map((name, i) => [name, [i, i]]));
    const el = add({tensors: tensors('a/kernel', 'bn/gamma', 'c/bias', 'd/bias'), compare: tensors('a/kernel', 'x/bias', 'bn2/gamma', 'y/bias')}, {style: 'height:900px'});
    await settled(el);
    const labels = $$(el, '[part=tile]').map((t) => t.getAttribute('aria-label')!).join('; ');
    // under half of them have one address: none is trusted
    expect(labels).to.contain('← bn2/gamma').and.contain('← x/bias').and.contain('← y/bias');
    expect(labels).to.match(/bn\/gamma[^;]*← bn2\/gamma/).and.match(/c\/bias[^;]*← x\/bias/);
    expect(text(el)).to.contain('4 weights are compared');
    el.compare = tensors('a/kernel', 'bn/gamma', 'x/bias', 'y/beta');
    await settled(el);
    expect(text(el)).to.contain('2 weights compared, matched by their addresses').and.contain('1 more is compared under another address').and.contain('1 only here, 1 only before');
  });

  it('knows the weights of a second copy, whose names have a number', async () => {
    const of = (v: number): tf.Sequential => tf.sequential({layers: [tf.layers.dense({name: 'same', units: 2, inputShape: [2], weights: [tf.fill([2, 2], v), tf.zeros([2])]})]});
    const [now, old] = [of(3), of(1)];
    expect(now.weights[0]!.name).to.not.equal(old.weights[0]!.name);
    const el = add({model: now, compare: old, layer: 'same'});
    await settled(el);
    expect(await values(el)).to.deep.equal([2, 2, 2, 2]);
    expect(text(el)).to.contain('2 weights compared, matched by their addresses');
    for (const m of [now, old]) m.dispose();
  });

  it('tells of what one model alone has in its place, with a way back, and counts none of it as unread', async () => {
    const el = add({tensors: {'a/kernel': [1, 2], 'n/kernel': [1, 2, 3]}, compare: {'a/kernel': [1, 1], 'o/kernel': [1, 2, 3, 4]}, sort: 'norm'}, {style: 'height:900px'});
    await settled(el);
    expect($$(el, '[part=tile]')).to.have.length(3);
    expect(text(el)).to.not.contain('could not be read');
    tile(el, 'n/kernel').click();
    await settled(el);
    expect(text(el)).to.contain('Only here');
    $<HTMLButtonElement>(el, '[part=toolbar] button').click();
    await settled(el);
    expect($$(el, '[part=tile]')).to.have.length(3);
    expect(el.matches(':state(error)')).to.equal(false);
    tile(el, 'o/kernel').click();
    await settled(el);
    expect(text(el)).to.contain('Only before');
  });

  it('opens what was there only before under a name that is another weight now', async () => {
    const el = add({tensors: {'a/kernel': [1, 2], 'b/kernel': [3, 4], 'c/bias': [0], 'd/bias': [1], 'e/bias': [2]}, compare: {'z/kernel': [0, 0], 'y/kernel': [0, 0], 'a/kernel': [1, 1, 1]}}, {style: 'height:900px'});
    await settled(el);
    tile(el, 'a/kernel ←').click();
    await settled(el);
    expect(text(el)).to.contain('Only before');
  });

  it('draws states side by side as they are: in their own dtype, with one range for both', async () => {
    const el = add({tensor: tf.tensor1d([16777217, 3], 'int32'), compare: tf.tensor1d([1, 2], 'int32'), compareView: 'side-by-side'});
    await settled(el);
    expect(el.stats!.dtype).to.equal('int32');
    expect(el.stats!.max).to.equal(16777217);
    const box = el.cellRect([0])!;
    expect(el.cellAt(box.x + 3, box.y + 3)!.value).to.equal(16777217);
    el.compare = tf.tensor1d([0, 2], 'int32');
    el.compareView = 'difference';
    await settled(el);
    expect(await values(el)).to.deep.equal([16777217, 1]);
  });

  it('tells phases apart the short way round', async () => {
    const phase = (...angles: number[]): tf.Tensor => tf.complex(angles.map(Math.cos), angles.map(Math.sin));
    const el = add({tensor: phase(-3, 1), compare: phase(3, 0.5), complex: 'phase'});
    await settled(el);
    const [turned, plain] = await values(el);
    expect(turned).to.be.closeTo(2 * Math.PI - 6, 1e-5);
    expect(plain).to.be.closeTo(0.5, 1e-5);
  });

  it('can be given up, while it reads what it compares with and while it sorts', async () => {
    const served = serve({'a/kernel': [1, 2], 'b/kernel': [5, 5]});
    const closed = gate();
    let aborted = false;
    const slow: typeof fetch = async (input, init) => {
      init?.signal?.addEventListener('abort', () => (aborted = true));
      await closed.promise;
      return served.fetch(input, init);
    };
    const el = add({tensors: {'a/kernel': [1, 1], 'b/kernel': [1, 1]}, fetch: slow, compareSrc: served.src});
    await until(() => $(el, '[part=message] button'), 'a button that cancels');
    $(el, '[part=message] button').click();
    closed.open();
    await settled(el);
    expect(aborted).to.equal(true);
    expect(text(el)).to.contain('Cancelled');
    await el.refresh();
    expect(text(el)).to.contain('2 weights compared');
    const later = serve({'a/kernel': [1, 2], 'b/kernel': [5, 5]});
    const hanging = gate();
    later.gate = hanging.promise;
    const sorted = add({tensors: {'a/kernel': [1, 1], 'b/kernel': [1, 1]}, fetch: later.fetch, compareSrc: later.src, sort: 'change'});
    await until(() => text(sorted).includes('Looking at every value'), 'a button that cancels sorting');
    $(sorted, '[part=message] button').click();
    hanging.open();
    await settled(sorted);
    expect(sorted.sort).to.equal('order');
    expect(sorted.errors).to.have.length(0);
  });
});

/** The colours of the two cells of a row. */
function colours(el: Heatmap): number[] {
  return [0, 1].map((column) => {
    const {x, y, width, height} = el.cellRect([0, column])!;
    return pixel(el, x + width / 2, y + height / 2);
  });
}
