import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {Facts} from '../../src/controllers/facts.js';
import {distributionPicture, initialOf} from '../../src/controllers/heatmap-initial.js';
import {readModel} from '../../src/tensor/live-model.js';
import {readGradients} from '../../src/controllers/gradient-weights.js';
import {badgesOf} from '../../src/controllers/heatmap-units.js';
import {setComputeWorker} from '../../src/controllers/worker-factory.js';
import {isWeight} from '../../src/tensor/is-weight.js';
import type {Theme} from '../../src/paint/theme.js';
import {readTensors} from '../../src/tensor/tensor-list.js';
import type {TensorValues, WeightInfo} from '../../src/tensor/types.js';
import '../../src/weight-heatmap.js';
import {failure, modelUrl, noise} from '../helpers.js';
import {$, $$, add, type Heatmap, page, pixel, settled, text, tile, until} from './page.js';

const key = (el: Element, name: string): boolean => $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true, composed: true}));
const panel = (el: Element): string => $(el, '[part=stats]')?.textContent.replace(/\s+/g, ' ') ?? '';

const label = (el: Element, address: string): string => tile(el, address).getAttribute('aria-label')!;
const link = (el: Element, name: string): HTMLButtonElement => $$<HTMLButtonElement>(el, '[part=stats] .link, [part=legend] .link').find((b) => b.textContent === name)!;
const set = (field: HTMLInputElement, value: string): void => {
  field.value = value;
  field.dispatchEvent(new Event('change'));
};

/** Opens the panel of what is drawn and waits for a sentence. */
async function open(el: Heatmap, words: string): Promise<void> {
  await settled(el);
  key(el, 's');
  await until(() => panel(el).includes(words), words);
}

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
    expect(tile(el, 'a/kernel').getAttribute('aria-label')).to.contain('1 dead, 1 duplicate, 1 opposite');
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
    expect(link(el, '20').getAttribute('aria-label')).to.equal('unit 20');
    // thresholds that are none change nothing, and say so
    const cosine = $$<HTMLInputElement>(el, '.rule input')[1]!;
    for (const value of ['1.5', '0', '']) {
      set(cosine, value);
      expect(cosine.validationMessage, value).to.equal('A number between 0 and 1 is needed.');
    }
    set($$<HTMLInputElement>(el, '.rule input')[0]!, '-1');
    expect($$<HTMLInputElement>(el, '.rule input')[0]!.validationMessage).to.equal('A number of 0 or more is needed.');
    set(cosine, '0.999');
    expect(cosine.validity.valid).to.equal(true);
    await settled(el);
    expect(panel(el)).to.contain('Dead: 5');
    // a threshold that all units are below
    const field = $$<HTMLInputElement>(el, '.rule input')[0]!;
    field.value = '5';
    field.dispatchEvent(new Event('change'));
    await until(() => panel(el).includes('Dead: 0, 1, 2'), 'the new rule');
    // the rest is listed when asked for, and has the focus
    expect($$(el, '[data-list=dead] button')).to.have.length(12);
    $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent === '… 12 more')!.click();
    await until(() => $$(el, '[data-list=dead] button').length === 24, 'the rest');
    await until(() => el.shadowRoot!.activeElement?.textContent === '12', 'the focus');
    // the rule is that of the tiles too
    el.layer = null;
    await settled(el);
    expect(label(el, 'a/kernel')).to.contain('24 dead').and.not.match(/duplicate|opposite/);
    expect(label(el, 'b/kernel')).to.contain('16 dead');
    expect(text(el)).to.contain('40 dead in 2 of 2 weights');
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

  it('finds all odd units of a model, and sorts by them', async () => {
    const plain = (seed: number): {data: Float32Array; shape: number[]} => ({data: noise(64 * 64, seed), shape: [64, 64]});
    const el = add({tensors: {...Object.fromEntries(Array.from({length: 20}, (_, i) => [`l${i}/kernel`, plain(i + 1)])), 'l20/kernel': weak(), 'l20/bias': {data: new Float32Array(24), shape: [24]}}}, {style: 'height:160px'});
    await settled(el);
    expect(text(el), 'most are not judged yet').to.not.contain('dead in');
    el.sort = 'badges';
    await settled(el);
    await until(() => $(el, '[part=tile]').title === 'l20/kernel', 'the order');
    expect(text(el)).to.contain('1 dead, 1 duplicate, 1 opposite in 1 of 21 weights');
    await settled(el);
    expect(label(el, 'l20/kernel')).to.contain('1 dead, 1 duplicate, 1 opposite');
  });

  it('judges what an array holds now, as what it is', async () => {
    const {data, shape} = weak();
    const el = add({tensors: {'a/kernel': {data, shape}, 'b/embeddings': {data, shape}}}, {style: 'height:500px'});
    await settled(el);
    expect(label(el, 'a/kernel')).to.contain('1 dead');
    expect(label(el, 'b/embeddings'), 'its units are rows').to.not.match(/dead|duplicate/);
    for (let r = 0; r < 64; r++) data[r * 24 + 7] = 0;
    await el.refresh();
    await settled(el);
    expect(label(el, 'a/kernel')).to.contain('2 dead');
    // in the panel, whoever types goes on typing
    el.layer = 'a';
    await open(el, 'Dead: 5, 7');
    const field = $<HTMLInputElement>(el, '.rule input');
    field.focus();
    for (let r = 0; r < 64; r++) data[r * 24 + 8] = 0;
    await el.refresh();
    await until(() => panel(el).includes('Dead: 5, 7, 8'), 'the new units');
    expect(el.shadowRoot!.activeElement).to.equal(field);
    set(field, '0.5');
    set(field, '0.001');
    await until(() => panel(el).includes('Dead: 5, 7, 8'), 'the units by the last rule');
    expect($(el, '.rule input')).to.equal(field);
  });

  it('gives up no one else\'s look at the same values', async () => {
    const values = {data: noise(300 * 300), shape: [300, 300], dtype: 'float32'} as const;
    const stop = new AbortController();
    const first = failure(badgesOf(values, 'dense', {}, {signal: stop.signal}));
    const second = badgesOf(values, 'dense', {}, {signal: new AbortController().signal});
    stop.abort();
    expect((await first).name).to.equal('AbortError');
    expect((await second)!.units).to.equal(300);
  });

  it('judges no differences and no gradients', async () => {
    const before = {'a/kernel': {data: noise(64 * 24, 9), shape: [64, 24]}};
    const now = {'a/kernel': {data: before['a/kernel'].data.map((v, i) => (i % 24 < 3 ? v : v + 1)), shape: [64, 24]}};
    const el = add({tensors: now, compare: before}, {style: 'height:500px'});
    await settled(el);
    await until(() => tile(el, 'a/kernel'), 'the tile');
    await settled(el);
    expect(label(el, 'a/kernel')).to.not.match(/dead|duplicate/);
    expect($$(el, '[part=toolbar] option').map((o) => o.textContent)).to.not.include('dead or duplicate units first');
    el.layer = 'a';
    await open(el, 'Compute the singular values');
    expect(panel(el)).to.not.match(/dead/i);
    const given = readGradients({gradients: [{address: 'a/kernel', layer: 'a', weight: 'kernel', shape: [2, 2], data: new Float32Array(4), ratio: 0}]} as never, new Map());
    for (const {model} of [given, readGradients({'a/kernel': [[0, 0], [0, 0]]}, new Map())]) expect(model.weights.map((w) => isWeight({}, w))).to.deep.equal([false]);
  });

  it('says which units it does not judge', async () => {
    const el = add({tensors: {'a/kernel': {data: noise(24), shape: [1, 24]}, 'b/kernel': weak()}}, {style: 'height:500px', layer: 'a'});
    await open(el, 'Each has a single value: none is judged.');
    expect(panel(el)).to.not.contain('None is');
    const odd = weak();
    odd.data[3] = NaN;
    el.tensors = {'b/kernel': odd};
    el.layer = 'b';
    await until(() => panel(el).includes('Not judged, since some of their values are not finite: 3'), 'the odd unit');
  });

  it('tells in the panel what could not be computed', async () => {
    const script = URL.createObjectURL(new Blob(["postMessage({share: 0}); onmessage = () => { throw new Error('worn out'); };"], {type: 'text/javascript'}));
    setComputeWorker(() => new Worker(script));
    try {
      const el = add({tensors: {'a/kernel': {data: noise(300 * 300), shape: [300, 300]}}}, {style: 'height:500px'});
      await settled(el);
      expect(label(el, 'a/kernel'), 'the tile stands').to.contain('from');
      el.layer = 'a';
      await open(el, 'Units could not be judged:');
      $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent.includes('singular'))!.click();
      await until(() => panel(el).includes('The singular values could not be computed:'), 'the other');
      expect(panel(el)).to.contain('worn out');
      expect(text(el)).to.not.contain('Not saved');
    } finally {
      setComputeWorker(null);
      URL.revokeObjectURL(script);
    }
  });

  it('gives up the singular values of what is shown no more', async () => {
    const script = URL.createObjectURL(new Blob(['postMessage({share: 0});'], {type: 'text/javascript'}));
    let ended = 0;
    setComputeWorker(() => {
      const worker = new Worker(script);
      const end = worker.terminate.bind(worker);
      worker.terminate = () => {
        ended++;
        end();
      };
      return worker;
    });
    try {
      const el = add({tensor: weak()}, {style: 'height:500px'});
      await open(el, 'Compute the singular values');
      $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent.includes('singular'))!.click();
      await until(() => el.matches(':state(loading)'), 'the computation');
      el.tensor = [[3, 0], [0, 4]];
      await until(() => ended === 1, 'its end');
      await settled(el);
      expect(el.matches(':state(loading)')).to.equal(false);
      expect(panel(el)).to.not.match(/effective rank|could not/);
    } finally {
      setComputeWorker(null);
      URL.revokeObjectURL(script);
    }
  });

  it('keeps the focus where what had it goes, and the word of a brush beyond the panel', async () => {
    const el = add({tensor: weak()}, {style: 'height:500px'});
    await open(el, 'Compute the singular values');
    const root = el.shadowRoot!;
    const said = $(el, '[part=stats] [role=status]');
    expect(said.textContent).to.equal('');
    const ask = $$<HTMLButtonElement>(el, '[part=stats] .link').find((b) => b.textContent.includes('singular'))!;
    ask.focus();
    ask.click();
    await until(() => panel(el).includes('effective rank'), 'singular values');
    await until(() => root.activeElement === $(el, '[part=stats]'), 'the focus');
    const [from, to] = $$<HTMLInputElement>(el, '.brush input[type=number]') as [HTMLInputElement, HTMLInputElement];
    set(from, '0.5');
    await settled(el);
    set(to, '1');
    await until(() => said.textContent.includes('lie from 0.5 to 1'), 'the count, in the place that was there');
    link(el, 'Clear').focus();
    link(el, 'Clear').click();
    await until(() => root.activeElement === $(el, '[part=stats]'), 'the focus after clearing');
    expect(said.isConnected && said.textContent).to.equal('');
    set(from, '0.5');
    await settled(el);
    expect(text(el)).to.not.contain('stand out');
    $(el, '[part=stats]').dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true, cancelable: true}));
    await settled(el);
    expect($(el, '[part=stats]')).to.equal(null);
    expect($(el, '[part=legend]').textContent).to.contain('Values from 0.5 to 0.5 stand out.');
    link(el, 'Clear').focus();
    link(el, 'Clear').click();
    await until(() => root.activeElement === $(el, '.view'), 'the focus on the picture');
    expect($(el, '[part=legend]').textContent).to.not.contain('stand out');
  });

  it('says that a pixel may hold several cells', async () => {
    const el = add({tensor: {data: noise(900 * 1200), shape: [900, 1200]}}, {style: 'height:300px'});
    await open(el, 'mean');
    set($<HTMLInputElement>(el, '.brush input[type=number]'), '0.5');
    await until(() => /A pixel holds [\d.]+ cells/.test(panel(el)), 'what a pixel holds');
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

  it('sets no difference over what the initializer gave', async () => {
    const theme: Theme = {text: 'rgb(0, 0, 0)', background: 'rgb(255, 255, 255)', accent: 'rgb(0, 0, 255)', grid: 'rgb(200, 200, 200)', muted: 'rgb(90, 90, 90)', nan: 'rgb(255, 0, 212)', positiveInfinity: 'rgb(0, 224, 60)', negativeInfinity: 'rgb(0, 200, 255)', font: 'sans-serif'};
    const values = {shape: [30, 20], dtype: 'float32', data: noise(600)} as const;
    const draw = async (more: Partial<TensorValues>, own: Partial<WeightInfo>): Promise<string> => {
      const facts = new Facts({...values, ...more});
      await facts.scan({});
      const info = {...readTensors({'a/kernel': values}).weights[0]!, layerType: 'Dense', config: {kernel_initializer: 'glorot_uniform'}, ...own};
      const canvas = await distributionPicture(facts, info, {width: 120, height: 60}, 1, theme, {});
      return canvas.getContext('2d')!.getImageData(0, 0, 120, 60).data.join();
    };
    const plain = await draw({}, {config: undefined});
    expect(await draw({}, {}) === plain, 'a weight has a curve').to.equal(false);
    for (const [more, own] of [[{change: {relative: 1, cosine: 0, flips: 0}}, {}], [{sides: ['before', 'now']}, {}], [{}, {change: 0.5}], [{}, {gradient: true}]] as const) expect(await draw(more, own) === plain, JSON.stringify([more, own])).to.equal(true);
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
