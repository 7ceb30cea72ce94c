import * as tf from '@tensorflow/tfjs';
import 'axe-core/axe.min.js';
import type axe from 'axe-core';
import {expect} from 'chai';
import '../../src/gradient-map.js';
import type {GradientMapElement} from '../../src/gradient-map.js';
import {useTf} from '../../src/tensor/tf.js';
import {watch} from '../../src/training.js';
import {fixture, modelUrl} from '../helpers.js';
import {$, $$, page, pixels, place, text, wait} from './page.js';

const add = (props: Partial<Record<keyof GradientMapElement, unknown>> = {}) => place<GradientMapElement>('gradient-map', props);

const drawn = (el: Element): number => new Set(pixels($<HTMLCanvasElement>(el, '.view canvas'))).size;
const linear = (): tf.Sequential => tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [3], weights: [tf.tensor2d([2, -1, 0.5], [3, 1]), tf.tensor1d([0.25])]})]});

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
    await wait(500);
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

  it('passes axe', async () => {
    const model = linear();
    add({model, input: [[1, 2, 3]]});
    add();
    await wait(300);
    const {violations} = await (window as unknown as {axe: typeof axe}).axe.run(page);
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).to.deep.equal([]);
    expect($$(page.firstElementChild!, 'select').length).to.be.above(0);
    model.dispose();
  });
});
