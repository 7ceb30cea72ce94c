import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import '../../src/gradient-map.js';
import type {GradientMapElement} from '../../src/gradient-map.js';
import {trainingFigure} from '../../src/plot/training-map.js';
import type {Figure, PointsMark} from '../../src/plot/types.js';
import {useTf} from '../../src/tensor/tf.js';
import {type Run, watch} from '../../src/training.js';
import type {RunData} from '../../src/training/record.js';
import type {RunFinding} from '../../src/training/rules.js';
import {say} from '../../src/words/gradient.js';
import {noise} from '../helpers.js';
import {$, $$, page, place, text, until, wait} from './page.js';

const add = (props: Partial<Record<keyof GradientMapElement, unknown>> = {}, attributes?: Record<string, string>) => place<GradientMapElement>('gradient-map', props, attributes);
const failed = (el: Element): boolean => el.matches(':state(error)');
const button = (el: Element, label: string): HTMLButtonElement => $$<HTMLButtonElement>(el, '.controls button').find((b) => b.textContent.includes(label))!;
const values = async (el: GradientMapElement): Promise<number[]> => (await el.toCSV()).trim().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map(Number));
const near = (got: readonly number[], wanted: ArrayLike<number>): void => got.forEach((v, i) => expect(v).to.be.closeTo(wanted[i]!, 1e-6));

/** A small net trained for some steps, its gradients kept every second one. */
async function trained(steps = 8, name = 'dense'): Promise<{model: tf.Sequential; run: Run}> {
  const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], name, kernelInitializer: tf.initializers.glorotUniform({seed: 3})})]});
  model.compile({optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError'});
  const run = watch(model, {tf, every: 1, snapshots: 2});
  const [xs, ys] = [tf.tensor2d(noise(12 * steps), [4 * steps, 3]), tf.tensor2d(noise(8 * steps, 7), [4 * steps, 2])];
  await model.fit(xs, ys, {epochs: 1, batchSize: 4, shuffle: false, verbose: 0, yieldEvery: 'never'});
  run.stop();
  tf.dispose([xs, ys]);
  return {model, run};
}

/** Puts the cursor onto a cell of the first weight by keys, and chooses it. */
async function open(el: GradientMapElement, column: number): Promise<void> {
  const view = $(el, '.view');
  view.focus();
  // the first key only shows where the cursor is
  for (const key of [...Array.from({length: column + 1}, () => 'ArrowRight'), 'Enter']) view.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  await el.renderComplete;
  await until(() => el.shadowRoot!.activeElement, 'the focus on what was opened');
}

describe('<gradient-map mode="weights">, what is set wrong', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  afterEach(() => page.replaceChildren());

  it('recovers from a setting, and from a layer, that is none', async () => {
    const el = add({mode: 'weights', gradients: {'a/kernel': [[1, -2], [3, 4]], 'a/bias': [0.5, 0]}});
    await el.renderComplete;
    for (const [key, wrong, good] of [['transform', 'foo', 'linear'], ['layer', 'nonsense', null], ['layer', 'nonsense', 'a'], ['arrange', 'q -> z', null], ['transform', 'foo', 'linear'], ['weight', 'nonsense', 'bias'], ['domain', 'foo', null]] as const) {
      const before = el.errors.length;
      Object.assign(el, {[key]: wrong});
      await el.renderComplete;
      expect([failed(el), el.errors.length], `${key}="${wrong}"`).to.deep.equal([true, before + 1]);
      expect(text(el)).to.contain(wrong);
      Object.assign(el, {[key]: good});
      await el.renderComplete;
      expect(failed(el), `${key}="${good}"`).to.equal(false);
      expect($(el, el.layer === null ? '[part=tile]' : 'canvas[part=canvas]'), `${key}="${good}"`).to.not.equal(null);
    }
    expect(await values(el)).to.deep.equal([0.5, 0]);
  });

  it('takes tensors that are disposed of right after, and keeps them on refresh', async () => {
    const tensor = tf.tensor2d([1, -2, 3, 4], [2, 2]);
    const el = add({mode: 'weights', layer: 'a'});
    el.gradients = {'a/kernel': tensor as never};
    tensor.dispose();
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(await values(el)).to.deep.equal([1, -2, 3, 4]);
    await el.refresh();
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(await values(el)).to.deep.equal([1, -2, 3, 4]);
  });

  it('keeps an input and labels that were disposed of, on refresh', async () => {
    const {model} = await trained(1);
    const before = tf.memory().numTensors;
    const [input, labels] = [tf.ones([2, 3]), tf.zeros([2, 2])];
    const el = add({mode: 'weights', model, input, labels});
    tf.dispose([input, labels]);
    await el.renderComplete;
    await el.refresh();
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect($$(el, '[part=tile]').length).to.equal(2);
    // what is left is let go of
    el.mode = 'input';
    await el.renderComplete;
    expect($$(el, '[part=tile]').length).to.equal(0);
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    el.remove();
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });
});

describe('<gradient-map mode="training">', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  afterEach(() => page.replaceChildren());

  it('keeps the run where an opened step lacks the layer', async () => {
    const {model, run} = await trained();
    const el = add({mode: 'training', run: run.record()});
    await el.renderComplete;
    await open(el, 2);
    expect(text(el)).to.contain('Gradients at step 2');
    el.layer = 'nonsense';
    await el.renderComplete;
    expect([failed(el), el.errors.length]).to.deep.equal([true, 1]);
    expect(button(el, 'Back')).to.not.equal(undefined);
    [el.layer, el.weight] = [null, null];
    await el.renderComplete;
    expect(failed(el)).to.equal(false);
    expect($$(el, '[part=tile]').length).to.equal(2);
    button(el, 'Back').click();
    await el.renderComplete;
    expect(text(el)).to.contain('8 steps, 2 weights');
    model.dispose();
  });

  it('recovers from a setting that is none', async () => {
    const {model, run} = await trained(2);
    const el = add({mode: 'training', run: run.record()});
    await el.renderComplete;
    el.metric = 'foo' as never;
    await el.renderComplete;
    expect(failed(el)).to.equal(true);
    el.metric = null;
    await el.renderComplete;
    expect([failed(el), el.errors.length]).to.deep.equal([false, 1]);
    model.dispose();
  });

  it('leads the focus to what is opened and back to its cell, and says of which run it is', async () => {
    const [{model, run}, other] = [await trained(), await trained()];
    const el = add({mode: 'training', run: [{name: 'one', run: run.record()}, {name: 'one', run: other.run.record()}], step: 5});
    await el.renderComplete;
    const events: unknown[] = [];
    el.addEventListener('layer-select', (event) => events.push([event.layer, event.weight]));
    const hovered: unknown[] = [];
    el.addEventListener('point-select', ({series, datum}) => hovered.push([series, datum!.step]));
    await open(el, 3);
    expect(hovered).to.deep.equal([['one', 3]]);
    expect(text(el)).to.contain('one: Gradients at step 2');
    expect(el.shadowRoot!.activeElement).to.equal($(el, '.view'));
    near(await values(el), run.snapshots[1]!.gradients![0]!);
    await el.refresh();
    expect(text(el), 'read again, it stays open').to.contain('one: Gradients at step 2');
    Object.assign(el, {attribution: {data: new Float32Array(4), shape: [2, 2]}, gradients: [[[1, 2]]]});
    await el.renderComplete;
    expect(text(el), 'what other modes draw changes nothing').to.contain('one: Gradients at step 2');
    button(el, 'Back').click();
    await el.renderComplete;
    await until(() => el.shadowRoot!.activeElement, 'the focus on the map');
    expect(el.shadowRoot!.activeElement).to.equal($(el, '.view'));
    expect(events).to.deep.equal([['dense', 'kernel'], [null, null]]);
    expect(el.step, 'as the page asked').to.equal(5);
    expect($(el, '[part=tooltip]').textContent).to.contain('dense/kernel · step 3');
    model.dispose();
    other.model.dispose();
  });

  it('opens the second of two runs of one name, and reaches the end of the longer', async () => {
    const [{model, run}, other] = [await trained(4), await trained(9, 'other')];
    const thin = {...other.run, ...Object.fromEntries(['weights', 'stepCount', 'findings', 'nonFinite', 'epochs', 'snapshots', 'units', 'curve'].map((key) => [key, other.run[key as keyof Run]])), steps: Float64Array.of(0, 8), values: () => new Float32Array(4), histograms: other.run.histograms.bind(other.run)};
    const el = add({mode: 'training', run: [{name: 'a', run}, {name: 'a', run: thin}]});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    const range = $<HTMLInputElement>(el, '.player input');
    expect(range.max).to.equal('4');
    expect(text(el)).to.contain('step 8 of 8');
    const lines = (await el.toCSV()).trim().split('\n');
    expect(lines[0]).to.equal('run,step,dense/kernel,dense/bias,other/kernel,other/bias');
    expect(lines[1]!.split(',').slice(4)).to.deep.equal(['', '']);
    expect(lines.at(-1)!.split(',').slice(0, 4)).to.deep.equal(['a (2)', '8', '', '']);
    model.dispose();
    other.model.dispose();
  });

  it('asks once for a run, whatever is said of classes, and refuses a list of none', async () => {
    const {model} = await trained(1);
    const el = add({mode: 'training', model});
    await el.renderComplete;
    expect(el.errors.length).to.equal(1);
    Object.assign(el, {classes: ['a', 'b'], target: 1, input: [[1, 2, 3]]});
    await el.renderComplete;
    expect(el.errors.length).to.equal(1);
    el.run = [];
    await el.renderComplete;
    expect(el.errors.length).to.equal(2);
    expect(text(el)).to.contain('Expected a run');
    model.dispose();
  });

  it('says that a mode is none, with data or without', async () => {
    const el = add({}, {mode: 'nonsense'});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal(['mode="nonsense" is not known; expected input, weights, training.']);
    el.mode = null;
    await el.renderComplete;
    expect(failed(el)).to.equal(false);
    el.attribution = {data: new Float32Array(9).fill(1), shape: [3, 3]};
    await el.renderComplete;
    el.mode = 'foo' as never;
    await el.renderComplete;
    expect([failed(el), el.errors.length]).to.deep.equal([true, 2]);
    el.mode = 'input';
    await el.renderComplete;
    expect(failed(el)).to.equal(false);
  });

  it('runs no model far off-screen for a run that another mode draws', async () => {
    const {model, run} = await trained(1);
    page.style.paddingTop = '20000px';
    try {
      const el = add({model, input: [[1, 2, 3]], run});
      await el.renderComplete;
      await wait(100);
      expect([el.attribution, el.loads]).to.deep.equal([null, 0]);
    } finally {
      page.style.paddingTop = '';
    }
    model.dispose();
  });
});

describe('trainingFigure', () => {
  const weights = ['a/kernel', 'a/bias', 'b/kernel'].map((address) => ({address, layer: address[0]!, weight: address.slice(2), shape: [2], layerType: 'Dense', activation: null}));
  const finding = (rule: RunFinding['rule'], more: Partial<RunFinding>): RunFinding => ({rule, step: 1, last: 2, count: 1, weight: null, layer: null, origin: null, notes: [], key: 'watchDead', params: {share: 60, layer: 'a', activation: 'relu', limit: 50}, ...more});
  const runWith = (findings: readonly RunFinding[], more: Partial<RunData> = {}): RunData => ({
    weights, findings, stepCount: 3, steps: Float64Array.of(0, 1, 2), values: () => new Float32Array(9).fill(1), curve: {steps: new Float64Array(0), loss: new Float64Array(0), learningRate: new Float64Array(0)},
    epochs: [], nonFinite: [], snapshots: [], units: {layers: [], steps: new Float64Array(0), shares: new Float32Array(0)}, histograms: () => ({steps: new Float64Array(0), min: new Float32Array(0), max: new Float32Array(0), counts: new Uint16Array(0)}), record: () => ({version: 1}), ...more,
  });
  const figureOf = (run: RunData): Figure => trainingFigure([{name: '', run}], {metric: 'gradient-rms', lang: 'en', say: (key, params) => say('en', key, params)});
  const marks = (figure: Figure): [PointsMark['shape'], [number, number][]][] =>
    figure.panels[0]!.marks.filter((m) => m.kind === 'points').map((m) => [m.shape, Array.from(m.points.x, (x, i) => [x, m.points.y[i]!] as [number, number])]);

  it('marks what is dead or saturated on all rows of its layer, each rule in a shape of its own that is explained', () => {
    const figure = figureOf(runWith([finding('dead', {layer: 'a'}), finding('vanishing', {weight: 2}), finding('exploding', {weight: 1})]));
    // two in one cell stand below each other
    expect(marks(figure)).to.deep.equal([['square', [[1.5, 0.5], [1.5, 1 + 1 / 3]]], ['up', [[1.5, 1 + 2 / 3]]], ['down', [[1.5, 2.5]]]]);
    expect(figure.panels[0]!.marks.filter((m) => m.kind === 'points').every((m) => m.outline === '#000')).to.equal(true);
    const notes = figure.notes.map((n) => n.text);
    expect(notes[0]).to.match(/^■ 60 % of the units of “a”/);
    expect(notes).to.include('Marked where it begins: ■ dead units, ▼ vanishing gradient, ▲ exploding gradient.');
    const cells = figure.panels[0]!.marks.find((m) => m.kind === 'cells')!;
    expect(cells.read!(1)!.place).to.contain('60 % of the units');
    expect(cells.read!(0)!.place).to.not.contain('60 % of the units');
  });

  it('marks where it is not known what was not finite first on all that was', () => {
    const figure = figureOf(runWith([finding('not-finite', {})], {nonFinite: [{from: 1, to: 2, gradients: [0, 2], weights: [], loss: true, batch: false}]}));
    expect(marks(figure)).to.deep.equal([['cross', [[1.5, 0.5], [1.5, 2.5]]]]);
  });
});
