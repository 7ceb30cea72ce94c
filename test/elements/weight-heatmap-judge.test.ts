import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {initialOf} from '../../src/controllers/heatmap-initial.js';
import {readModel} from '../../src/tensor/live-model.js';
import type {WeightInfo} from '../../src/tensor/types.js';
import '../../src/weight-heatmap.js';
import {modelUrl, noise} from '../helpers.js';
import {$, $$, add, page, pixel, settled, tile, until} from './page.js';

const key = (el: Element, name: string): boolean => $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true, composed: true}));
const panel = (el: Element): string => $(el, '[part=stats]')?.textContent.replace(/\s+/g, ' ') ?? '';

/** 64 × 24, of whose columns 5 is 0, 9 is half of 2, and 20 is the opposite of 3. */
function weak(): {data: Float32Array; shape: number[]} {
  const data = noise(64 * 24);
  for (let r = 0; r < 64; r++) {
    data[r * 24 + 5] = 0;
    data[r * 24 + 9] = data[r * 24 + 2]! / 2;
    data[r * 24 + 20] = -data[r * 24 + 3]!;
  }
  return {data, shape: [64, 24]};
}

describe('<weight-heatmap>, judged', () => {
  afterEach(() => page.replaceChildren());

  it('badges dead and duplicate units, lists them, and leads to each', async () => {
    const el = add({tensors: {'a/kernel': weak(), 'b/kernel': {data: noise(9 * 8 * 16), shape: [3, 3, 8, 16]}}}, {style: 'height:500px'});
    await settled(el);
    expect(tile(el, 'a/kernel').getAttribute('aria-label')).to.contain('1 dead').and.contain('2 duplicates');
    expect(tile(el, 'b/kernel').getAttribute('aria-label')).to.not.match(/dead|duplicate/);
    el.layer = 'a';
    await settled(el);
    key(el, 's');
    await until(() => panel(el).includes('24 units'), 'the units');
    expect(panel(el)).to.contain('Dead: 5').and.contain('9 ≈ 2 (1)').and.contain('20 ≈ − 3 (−1)');
    $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent === '20')!.click();
    await settled(el);
    const rect = el.cellRect([0, 20])!;
    const view = $(el, '.view').getBoundingClientRect();
    expect(rect.left, 'in view').to.be.within(view.left, view.right);
    expect($(el, '[part=tooltip]').textContent).to.contain('out 20');
    // a threshold that all units are below
    const field = $$<HTMLInputElement>(el, '.rule input')[0]!;
    field.value = '5';
    field.dispatchEvent(new Event('change'));
    await until(() => panel(el).includes('Dead: 0, 1, 2'), 'the new rule');
  });

  it('computes singular values where that is asked for', async () => {
    const el = add({tensor: weak()}, {style: 'height:500px'});
    await settled(el);
    key(el, 's');
    await until(() => panel(el).includes('Compute the singular values'), 'the offer');
    $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent.includes('singular'))!.click();
    await until(() => panel(el).includes('effective rank'), 'singular values');
    // three columns are 0 or multiples of others
    expect(panel(el)).to.contain('rank21 / 24').and.contain('condition number∞');
    // diag(3, 4): 4 and 3
    el.tensor = [[3, 0], [0, 4]];
    await settled(el);
    await until(() => panel(el).includes('Compute the singular values'), 'the offer for the next');
    expect(panel(el)).to.not.contain('effective rank');
    $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent.includes('singular'))!.click();
    await until(() => panel(el).includes('effective rank'), 'singular values');
    expect(panel(el)).to.contain('largest4').and.contain('smallest3').and.contain('stable rank1.563').and.contain('condition number1.333');
  });

  it('dims the cells beyond a brush, and counts those within', async () => {
    const el = add({tensor: [[0, 1, 2], [3, 4, NaN]], center: 'none'}, {style: 'height:400px'});
    await settled(el);
    const colour = (index: number[]): number => {
      const {left, top, width, height} = el.cellRect(index)!;
      return pixel(el, left + width / 2, top + height / 2);
    };
    const [zero, three, odd] = [colour([0, 0]), colour([1, 0]), colour([1, 2])];
    key(el, 's');
    await until(() => !!$(el, '.brush'), 'the panel');
    const [from, to] = $$<HTMLInputElement>(el, '.brush input[type=number]') as [HTMLInputElement, HTMLInputElement];
    from.value = '2.5';
    from.dispatchEvent(new Event('change'));
    await settled(el);
    to.value = '9';
    to.dispatchEvent(new Event('change'));
    await until(() => panel(el).includes('2 of 6 values (33%) lie from 2.5 to 9'), 'the count');
    await settled(el);
    expect(colour([1, 0])).to.equal(three);
    expect(colour([0, 0])).to.not.equal(zero);
    expect(colour([1, 2]), 'NaN stays loud').to.equal(odd);
    $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent === 'Clear')!.click();
    await settled(el);
    expect(colour([0, 0])).to.equal(zero);
  });

  it('dims by the value and not by its colour', async () => {
    // 2.5 and 1.5 have the one colour of all that is above the domain; 0.5001 the one of 0.5
    const row = [0.5, 0.5001, 1.5, 2.5];
    for (const mark of ['cell', 'square'] as const) {
      const el = add({tensor: [row, row.map((v) => -v)], domain: '-1,1', mark}, {style: 'height:400px;color-scheme:light'});
      await settled(el);
      const colours = (): number[] => row.map((_, i) => {
        const {left, top, width, height} = el.cellRect([0, i])!;
        return pixel(el, left + width / 2, top + height / 2 + (mark === 'square' ? 0.15 * Math.min(width, height) : 0));
      });
      const before = colours();
      key(el, 's');
      await until(() => !!$(el, '.brush'), 'the panel');
      for (const [i, value] of [[1, '3'], [0, '2'], [1, '3']] as const) {
        const field = $$<HTMLInputElement>(el, '.brush input[type=number]')[i]!;
        field.value = value;
        field.dispatchEvent(new Event('change'));
        await settled(el);
      }
      await until(() => panel(el).includes('1 of 8 values (13%) lie from 2 to 3'), 'the count');
      expect(colours().map((c, i) => c === before[i]), `${mark}, beyond the domain`).to.deep.equal([false, false, false, true]);
      for (const [i, value] of [[0, '0.5'], [1, '0.5']] as const) {
        const field = $$<HTMLInputElement>(el, '.brush input[type=number]')[i]!;
        field.value = value;
        field.dispatchEvent(new Event('change'));
        await settled(el);
      }
      expect(colours().map((c, i) => c === before[i]), `${mark}, of one colour`).to.deep.equal([true, false, false, false]);
      el.remove();
    }
  });

  it('gives few badges to healthy models', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')}, {style: 'height:2000px'});
    await settled(el);
    expect($$(el, '[part=tile]').filter((t) => /dead|duplicate/.test(t.getAttribute('aria-label')!)).length).to.equal(0);
  });

  it('puts rows and columns in order, and reads each cell by its own index', async () => {
    const data = Float32Array.from({length: 12}, (_, i) => [3, 1, 2][Math.floor(i / 4)]! * (1 + (i % 4)));
    const el = add({tensor: {data, shape: [3, 4]}, order: 'norm'}, {style: 'height:400px'});
    await settled(el);
    expect(el.errors).to.deep.equal([]);
    const at = (index: number[]): DOMRect => el.cellRect(index)!;
    expect(at([0, 0]).top, 'row 0 is the strongest').to.be.below(at([2, 0]).top);
    expect(at([2, 0]).top).to.be.below(at([1, 0]).top);
    expect(at([0, 3]).left, 'column 3 is the strongest').to.be.below(at([0, 0]).left);
    expect(el.cellAt(at([1, 2]).left + 2, at([1, 2]).top + 2)).to.deep.equal({index: [1, 2], value: 3});
    // files have the tensor as it is
    expect(new Float32Array((await el.toNPY()).slice(128).buffer)).to.deep.equal(data);
    expect((await el.toCSV()).split('\n')[1]!.split(',').slice(1).map(Number)).to.deep.equal([12, 9, 6, 3]);
    el.order = 'upside-down' as never;
    await settled(el);
    expect($(el, '[part=message]').textContent).to.contain('none, norm, norm-l1, cluster, cluster-cosine');
    el.order = null;
    await settled(el);
    expect(at([0, 0]).left).to.be.below(at([0, 3]).left);
  });

  it('names the initializers of a live model as its file does', () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 20, inputShape: [30], kernelInitializer: 'glorotUniform', name: 'a'}), tf.layers.dense({units: 4, kernelInitializer: 'heNormal', name: 'b'})]});
    const named = (weights: readonly WeightInfo[]): string[] => weights.filter(({weight}) => weight === 'kernel').map((info) => `${initialOf(info)!.name} ${initialOf(info)!.std.toFixed(6)}`);
    const live = named(readModel(model).weights);
    expect(live).to.deep.equal([`GlorotUniform ${Math.sqrt(2 / 50).toFixed(6)}`, `HeNormal ${(Math.sqrt(2 / 20) * 0.8796256610342398).toFixed(6)}`]);
    const topology: unknown = model.toJSON(null, false);
    expect(named(readModel({modelTopology: topology, weightSpecs: model.weights.map(({originalName, shape}) => ({name: originalName, shape, dtype: 'float32'}))}).weights)).to.deep.equal(live);
    model.dispose();
  });

  it('draws distributions over what the initializer gave', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg'), tiles: 'distributions'}, {style: 'height:900px'});
    await settled(el);
    expect(el.errors).to.deep.equal([]);
    const sizes = new Set($$(el, '[part=tile] canvas').map((c) => `${c.clientWidth} ${c.clientHeight}`));
    expect(sizes.size, 'all tiles are equally large').to.equal(1);
    $<HTMLButtonElement>(el, '[part=toolbar] .tools button[aria-pressed=true]').click();
    await settled(el);
    expect(el.tiles).to.equal('heatmaps');
    el.layer = 'conv_1_2';
    await settled(el);
    key(el, 's');
    // fan in 90, fan out 90: √(2 / 180)
    await until(() => panel(el).includes('GlorotUniform gave, std 0.105'), 'the initializer');
    // of a file of TensorFlow.js, whose normal distributions are cut off and no wider for it: √(2 / 848) · 0.88
    el.src = modelUrl('nnv-fashion-mnist');
    el.layer = 'nnv_Dense_1';
    await until(() => panel(el).includes('GlorotNormal gave, std 0.0427.'), 'that of another library');
  });
});
