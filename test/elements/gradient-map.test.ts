import * as tf from '@tensorflow/tfjs';
import 'axe-core/axe.min.js';
import type axe from 'axe-core';
import {expect} from 'chai';
import '../../src/gradient-map.js';
import type {GradientMapElement} from '../../src/gradient-map.js';
import {useTf} from '../../src/tensor/tf.js';
import type {WeightGradients} from '../../src/attribution.js';
import {type Run, watch} from '../../src/training.js';
import {fixture, modelUrl, noise} from '../helpers.js';
import {$, $$, page, pixels, place, text, wait} from './page.js';

const add = (props: Partial<Record<keyof GradientMapElement, unknown>> = {}) => place<GradientMapElement>('gradient-map', props);

const drawn = (el: Element): number => new Set(pixels($<HTMLCanvasElement>(el, '.view canvas'))).size;
const linear = (): tf.Sequential => tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [3], weights: [tf.tensor2d([2, -1, 0.5], [3, 1]), tf.tensor1d([0.25])]})]});

/** A small net trained for 8 steps, whose weights were kept every so many. */
async function trained(snapshots: number): Promise<{model: tf.Sequential; run: Run}> {
  const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], name: 'dense', kernelInitializer: tf.initializers.glorotUniform({seed: 3})})]});
  model.compile({optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError'});
  const run = watch(model, {tf, every: 1, snapshots});
  const [xs, ys] = [tf.tensor2d(noise(48), [16, 3]), tf.tensor2d(noise(32, 7), [16, 2])];
  await model.fit(xs, ys, {epochs: 2, batchSize: 4, shuffle: false, verbose: 0});
  run.stop();
  tf.dispose([xs, ys]);
  return {model, run};
}

describe('<gradient-map>', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  afterEach(() => page.replaceChildren());

  it('shows what each feature adds to the score of a linear model, and the gap', async () => {
    const model = linear();
    const before = tf.memory().numTensors;
    const el = add({model, input: {data: [3, 4, -2], shape: [1, 3]}, tokens: ['a', 'b', 'c']});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    const {attribution} = el;
    // integrated gradients of w · x + b are w ⊙ x
    [6, -4, -1].forEach((v, i) => expect(attribution!.data[i]).to.be.closeTo(v, 1e-5));
    expect(attribution).to.include({method: 'integrated-gradients'});
    expect(text(el)).to.contain('completeness gap');
    expect(el.loads).to.equal(1);
    expect(drawn(el)).to.be.above(3);
    el.remove();
    await wait(50);
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });

  it('draws the map of a picture over it, by the method that suits, and switches method and class', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg'), inputSrc: fixture('images/cnn-explainer/bug_1.jpeg'), loading: 'eager'});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(el.attribution).to.include({method: 'grad-cam'});
    expect(text(el)).to.contain('0,1 assumed');
    el.method = 'gradient';
    el.target = 3;
    await el.renderComplete;
    expect(el.attribution!.method).to.equal('gradient');
    expect((el.attribution as {target: {index: number}}).target.index).to.equal(3);
    expect(Array.from(el.attribution!.shape as number[])).to.deep.equal([64, 64, 3]);
  });

  it('sets methods side by side, with how far they agree', async () => {
    const model = linear();
    const el = add({model, input: [[3, 4, -2]], method: 'gradient-x-input,integrated-gradients'});
    await el.renderComplete;
    // of a linear model they are the same
    expect(text(el)).to.contain('Rank correlation of gradient × input and integrated gradients: 1.');
    model.dispose();
  });

  it('draws a map that was made elsewhere', async () => {
    const el = add({attribution: {data: Float32Array.from({length: 64 * 64}, (_, i) => Math.sin(i / 90)), shape: [64, 64], method: 'grad-cam'}});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(drawn(el)).to.be.above(20);
    el.attribution = {data: new Float32Array(5), shape: [2, 2]};
    await el.renderComplete;
    expect(el.errors[0]!.message).to.contain('5').and.to.contain('4');
  });

  it('says what is wrong, and recovers', async () => {
    const model = linear();
    const el = add({model});
    await el.renderComplete;
    expect(el.errors[0]!.message).to.contain('input');
    el.input = [[1, 2, 3]];
    await el.renderComplete;
    expect($(el, '[role=alert]')).to.equal(null);
    el.method = 'magic';
    await el.renderComplete;
    expect(el.errors.at(-1)!.message).to.contain('magic');
    el.method = 'occlusion';
    await el.renderComplete;
    expect(el.attribution!.method).to.equal('occlusion');
    model.dispose();
  });

  it('draws a run as it goes on, and its record afterwards', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 4, activation: 'relu', inputShape: [3], kernelInitializer: tf.initializers.heNormal({seed: 1})}), tf.layers.dense({units: 1, kernelInitializer: tf.initializers.heNormal({seed: 2})})]});
    model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
    const run = watch(model, {tf, every: 1});
    const el = add({mode: 'training', run});
    const [x, y] = [tf.randomNormal([40, 3], 0, 1, 'float32', 1), tf.randomNormal([40, 1], 0, 1, 'float32', 2)];
    await model.fit(x, y, {epochs: 2, batchSize: 10, shuffle: false, yieldEvery: 'never', verbose: 0});
    run.stop();
    for (let i = 0; i < 500 && !text(el).includes('8 steps'); i++) await wait(10);
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(text(el)).to.contain('8 steps, 4 weights');
    const rows = (await el.toCSV()).trim().split('\n');
    expect(rows).to.have.length(9);
    const replay = add({mode: 'training', run: JSON.parse(JSON.stringify(run.record()))});
    await replay.renderComplete;
    expect((await replay.toCSV()).trim().split('\n').length).to.equal(9);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('shows the gradient of the loss by each weight, in full where it is opened', async () => {
    const model = linear();
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const before = tf.memory().numTensors;
    const el = add({mode: 'weights', model, input: {data: [1, 2, 3, 0, 1, -1], shape: [2, 3]}, labels: [[1], [2]]});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(el.loads).to.equal(1);
    expect($$(el, '[part=tile]').length).to.equal(2);
    // predictions 1.75 and -1.25, so errors 0.75 and -3.25: the mean of 2 · error · x
    expect(text(el)).to.contain('Loss 5.563 on 2 examples');
    const {gradients} = el.gradients as WeightGradients;
    expect(gradients[0]!.address).to.match(/kernel$/);
    [0.75, -1.75, 5.5].forEach((v, i) => expect(gradients[0]!.data[i]).to.be.closeTo(v, 1e-5));
    expect(gradients[1]!.data[0]).to.be.closeTo(-2.5, 1e-5);
    expect(gradients[0]!.ratio).to.be.closeTo(Math.hypot(0.75, 1.75, 5.5) / Math.hypot(2, 1, 0.5), 1e-5);
    const [, kernel] = (await el.toCSV()).split('\n').map((line) => line.split(','));
    expect(kernel![1]).to.equal('3x1');
    expect(Number(kernel![2])).to.be.closeTo(Math.hypot(0.75, 1.75, 5.5), 1e-5);
    $<HTMLElement>(el, '[part=tile]').click();
    await el.renderComplete;
    expect(await el.toCSV()).to.contain('5.5');
    expect($(el, 'canvas[part=canvas]')).to.not.equal(null);
    el.mode = 'input';
    await el.renderComplete;
    expect(el.attribution).to.include({method: 'integrated-gradients'});
    expect(drawn(el)).to.be.above(3);
    el.mode = 'weights';
    el.labels = null;
    await el.renderComplete;
    expect(text(el)).to.contain('needs .input and .labels');
    el.labels = {data: [1, 2], shape: [2, 1]};
    await el.renderComplete;
    expect(await el.toCSV()).to.contain('5.5');
    el.remove();
    await wait(50);
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });

  it('takes gradients that were made elsewhere', async () => {
    const el = add({mode: 'weights', gradients: {'a/kernel': [[1, -2], [3, 4]], 'a/bias': [0.5, 0]}});
    await el.renderComplete;
    expect($$(el, '[part=tile]').map((t) => t.title)).to.deep.equal(['a/kernel', 'a/bias']);
    el.gradients = 5 as never;
    await el.renderComplete;
    expect(text(el)).to.contain('Nothing to draw');
    el.gradients = [[[1, 2]]];
    await el.renderComplete;
    expect($$(el, '[part=tile]').length).to.equal(1);
  });

  it('walks over a run, opens the gradient of a weight at a step, and plays', async () => {
    const {model, run} = await trained(2);
    const el = add({mode: 'training', run: run.record()});
    await el.renderComplete;
    const range = (): HTMLInputElement => $<HTMLInputElement>(el, '.player input');
    expect([range().max, range().value]).to.deep.equal(['7', '7']);
    range().value = '3';
    range().dispatchEvent(new Event('input'));
    await el.renderComplete;
    expect(el.step).to.equal(3);
    expect(text(el)).to.contain('step 3 of 7');
    const opened: unknown[] = [];
    el.addEventListener('layer-select', (event) => opened.push([event.layer, event.weight]));
    const view = $(el, '.view');
    // the first key only shows where the cursor is
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter']) view.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    await el.renderComplete;
    expect(opened).to.deep.equal([['dense', 'kernel']]);
    expect(text(el)).to.contain('Gradients at step 2');
    const csv = async (): Promise<number[]> => (await el.toCSV()).trim().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map(Number));
    const at = (step: number): number[] => Array.from(run.snapshots.find((s) => s.step === step)!.gradients![0]!);
    (await csv()).forEach((v, i) => expect(v).to.be.closeTo(at(2)[i]!, 1e-6));
    el.step = 6;
    await el.renderComplete;
    (await csv()).forEach((v, i) => expect(v).to.be.closeTo(at(6)[i]!, 1e-6));
    $$<HTMLButtonElement>(el, '.controls button').find((b) => b.textContent.includes('Back'))!.click();
    await el.renderComplete;
    // the weight stays chosen: its histograms are drawn
    expect(text(el)).to.contain('gradient of dense/kernel');
    el.layer = 'nonsense';
    await el.renderComplete;
    expect(text(el)).to.contain('nonsense');
    [el.layer, el.weight] = [null, null];
    await el.renderComplete;
    $<HTMLButtonElement>(el, '.player button').click();
    const seen = new Set<number | null>();
    for (let i = 0; i < 600 && !(seen.size > 3 && el.step === null); i++) {
      seen.add(el.step);
      await wait(10);
    }
    expect([...seen].filter((step) => step !== null)).to.include.members([0, 3, 6]);
    expect(el.errors.length).to.equal(1);
    model.dispose();
  });

  it('passes axe', async () => {
    const model = linear();
    const el = add({model, input: [[1, 2, 3]]});
    add();
    await el.renderComplete;
    const {violations} = await (window as unknown as {axe: typeof axe}).axe.run(page);
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).to.deep.equal([]);
    expect($$(el, 'select').length).to.be.above(0);
    model.dispose();
  });
});
