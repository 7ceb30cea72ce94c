import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import type {LayerEvent} from '../../src/elements/events.js';
import '../../src/output-plot.js';
import type {OutputPlotElement} from '../../src/output-plot.js';
import {useTf} from '../../src/tensor/tf.js';
import {fixture, modelUrl, noise} from '../helpers.js';
import {$, $$, frame, laidOut, page, pixels, place, text, until} from './page.js';

type Plot = ReturnType<typeof place<OutputPlotElement>>;
const add = (props: Partial<Record<keyof OutputPlotElement, unknown>>, attributes: Record<string, string> = {}): Plot => place<OutputPlotElement>('output-plot', {kind: 'activations', ...props}, attributes);

/** A small convolutional net, weights the same each time. */
function net(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({filters: 6, kernelSize: 3, activation: 'relu', inputShape: [16, 16, 1], name: 'first'}),
      tf.layers.conv2d({filters: 40, kernelSize: 3, activation: 'relu', name: 'second'}),
      tf.layers.globalAveragePooling2d({name: 'mean'} as never),
      tf.layers.dense({units: 30, activation: 'tanh', name: 'hidden'}),
      tf.layers.dense({units: 3, activation: 'softmax', name: 'out'}),
    ],
  });
  const weights = model.getWeights().map((w, i) => tf.tensor(noise(w.size, i + 1).map((v) => v * 0.6), w.shape));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

const input = (n: number): {data: Float32Array; shape: number[]} => ({data: noise(n * 256), shape: [n, 16, 16, 1]});
interface Layer {
  layer: string;
  silent: number[];
  dead: number[] | null;
  functions: {name: string; below: number}[];
}
const layers = (el: Plot): Layer[] => (el.metrics?.layers ?? []) as Layer[];

const pointer = (el: Plot, type: string, x: number, y: number): void => {
  const view = $(el, '.view');
  const box = view.getBoundingClientRect();
  view.dispatchEvent(new PointerEvent(type, {clientX: box.x + x, clientY: box.y + y, pointerId: 1, bubbles: true}));
};
/** A pointer that is not there cannot be captured. */
const click = (el: Plot, x: number, y: number): void => {
  $(el, '.view').setPointerCapture = () => undefined;
  pointer(el, 'pointermove', x, y);
  pointer(el, 'pointerdown', x, y);
  pointer(el, 'pointerup', x, y);
};

describe('<output-plot kind="activations">', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  after(() => useTf(null));
  afterEach(() => page.replaceChildren());

  it('shows every layer from input to output as a strip that is scrolled', async () => {
    const model = net();
    const before = tf.memory().numTensors;
    const el = add({model, input: input(1)});
    await laidOut(el);
    expect(el.errors).to.deep.equal([]);
    expect(layers(el).map(({layer}) => layer)).to.deep.equal(['first', 'second', 'mean', 'hidden', 'out']);
    const view = $(el, '.view');
    expect(view.scrollHeight).to.be.greaterThan(view.clientHeight + 300);
    const canvas = $<HTMLCanvasElement>(el, '.view canvas');
    const top = pixels(canvas).slice();
    view.scrollTop = view.scrollHeight;
    await until(async () => (await frame(), pixels(canvas).some((p, i) => p !== top[i])), 'another part is drawn');
    // the twin tells all of it
    expect($$(el, 'table tbody tr').map((row) => row.querySelector('th')!.textContent.trim())).to.deep.equal(['first', 'second', 'mean', 'hidden', 'out']);
    el.remove();
    await frame();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('opens a layer in full where it is clicked, tells so, and goes back to where it was', async () => {
    const el = add({model: net(), input: input(1)});
    const events: (string | null)[] = [];
    el.addEventListener('layer-select', (event: LayerEvent) => events.push(event.layer));
    await laidOut(el);
    const view = $(el, '.view');
    view.scrollTop = 200;
    await frame();
    await laidOut(el);
    // somewhere in the maps of the second layer that is no gap between them
    for (let y = 40; y < view.clientHeight && !events.length; y += 9) {
      click(el, 33, y);
      await frame();
    }
    await until(() => events.length, 'a layer is opened');
    await laidOut(el);
    expect(el.layer).to.equal(events[0]);
    expect(layers(el).map(({layer}) => layer)).to.deep.equal(events);
    expect(view.scrollHeight).to.equal(view.clientHeight);
    const button = $$(el, '.controls button').find((b) => /All layers/.test(b.textContent))!;
    button.click();
    await until(() => layers(el).length === 5, 'all layers are there again');
    await laidOut(el);
    expect([el.layer, events.at(-1), view.scrollTop]).to.deep.equal([null, null, 200]);
    expect([el.loads, el.errors.length]).to.deep.equal([1, 0]);
  });

  it('is walked over by keys, which scroll, and opens with Enter', async () => {
    const el = add({model: net(), input: input(1)});
    await laidOut(el);
    const view = $(el, '.view');
    const press = (key: string, shiftKey = false): unknown => view.dispatchEvent(new KeyboardEvent('keydown', {key, shiftKey, bubbles: true}));
    press('ArrowRight');
    await frame();
    expect($(el, '[aria-live]').textContent).to.match(/row 0, column 0|channel 0|unit 0/);
    for (let i = 0; i < 200 && view.scrollTop === 0; i++) press('ArrowDown', true);
    expect(view.scrollTop).to.be.greaterThan(0);
    for (let i = 0; i < 50 && !/·/.test($(el, '[aria-live]').textContent); i++) {
      press('ArrowRight');
      await frame();
    }
    press('Enter');
    await until(() => el.layer !== null, 'a layer is opened');
  });

  it('steps through inputs, sets one beside the other, and tells what is dead on all', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 4, activation: 'relu', inputShape: [2], name: 'a'}), tf.layers.dense({units: 1, name: 'b'})]});
    model.layers[0]!.setWeights([tf.tensor2d([[0, 1, -1, 0], [0, 0, 0, 0]]), tf.tensor1d([1, 0, 0, -1])]);
    const before = tf.memory().numTensors;
    const el = add({model, input: {data: Float32Array.of(2, 0, -1, 0, -3, 5), shape: [3, 2]}});
    await laidOut(el);
    expect(layers(el)[0]).to.deep.include({silent: [2, 3], dead: [3]});
    expect(text(el)).to.include('on all 3 that were looked through');
    el.example = 1;
    await laidOut(el);
    expect(layers(el)[0]).to.deep.include({silent: [1, 3], dead: [3]});
    el.compareExample = 2;
    await laidOut(el);
    expect(text(el)).to.include('Example 3 of 3, which stands beside');
    expect([el.loads, el.errors.length]).to.deep.equal([1, 0]);
    el.compareExample = 7;
    await laidOut(el);
    expect(el.errors[0]?.message).to.include('7');
    el.compareExample = null;
    await laidOut(el);
    expect(layers(el)).to.have.length(2);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('looks for dead units once, not with every example, and again when the model is read again', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 4, activation: 'relu', inputShape: [2], name: 'a'}), tf.layers.dense({units: 1, name: 'b'})]});
    model.layers[0]!.setWeights([tf.tensor2d([[0, 1, -1, 0], [0, 0, 0, 0]]), tf.tensor1d([1, 0, 0, -1])]);
    let rows = 0;
    const {call} = model.layers[0]! as unknown as {call: (...args: unknown[]) => tf.Tensor};
    Object.assign(model.layers[0]!, {call: (...args: unknown[]) => {
      const out = call.apply(model.layers[0], args);
      rows += out.shape[0]!;
      return out;
    }});
    const el = add({model, input: {data: Float32Array.of(2, 0, -1, 0, -3, 5), shape: [3, 2]}});
    await laidOut(el);
    expect([rows, layers(el)[0]!.dead]).to.deep.equal([1 + 3, [3]]);
    el.example = 1;
    await laidOut(el);
    expect([rows, layers(el)[0]!.dead]).to.deep.equal([5 + 0, [3]]);
    model.layers[0]!.setWeights([tf.tensor2d([[0, 1, -1, 0], [0, 0, 0, 0]]), tf.tensor1d([-1, 0, 0, -1])]);
    await el.refresh();
    await laidOut(el);
    expect([rows, layers(el)[0]!.dead]).to.deep.equal([5 + 1 + 3, [0, 3]]);
  });

  it('goes back to where it was on a narrow page too, and begins a layer at its top', async () => {
    page.style.width = '340px';
    try {
      const el = add({model: net(), input: input(3)});
      await laidOut(el);
      const view = $(el, '.view');
      view.scrollTop = 500;
      await frame();
      await laidOut(el);
      el.layer = 'second';
      await until(() => layers(el).length === 1, 'the layer is opened');
      await laidOut(el);
      expect(view.scrollTop).to.equal(0);
      view.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
      await until(() => layers(el).length === 5, 'all layers are there');
      await laidOut(el);
      expect([el.layer, view.scrollTop]).to.deep.equal([null, 500]);
    } finally {
      page.style.width = '600px';
    }
  });

  it('marks what is dead in both of two examples, and looks again after refresh()', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 4, activation: 'relu', inputShape: [2], name: 'a'}), tf.layers.dense({units: 1, name: 'b'})]});
    model.layers[0]!.setWeights([tf.tensor2d([[0, 1, -1, 0], [0, 0, 0, 0]]), tf.tensor1d([1, 0, 0, -1])]);
    const x = tf.tensor2d([[2, 0], [-1, 0], [-3, 5]]);
    const el = add({model, input: x, compareExample: 1});
    await laidOut(el);
    x.dispose();
    const crosses = (): string[] => (el as unknown as {stage: {view: {figure: {panels: {key: string; marks: {shape?: string; color?: unknown}[]}[]}}}}).stage.view.figure.panels.flatMap(({key, marks}) => marks.filter(({shape}) => shape === 'cross').map(({color}) => `${key} ${color}`));
    expect(crosses()).to.deep.equal(['a muted', 'a 1', 'a beside muted', 'a beside 1']);
    model.layers[0]!.setWeights([tf.tensor2d([[0, 1, -1, 0], [0, 0, 0, 0]]), tf.tensor1d([-1, 0, 0, 1])]);
    el.example = 2;
    await el.refresh();
    await laidOut(el);
    expect(layers(el)[0]!.dead).to.deep.equal([0]);
  });

  it('goes back with Escape, and marks what is 0 in a layer that is opened too', async () => {
    const el = add({model: net(), input: input(3), layer: 'second'});
    await laidOut(el);
    expect(layers(el)).to.have.length(1);
    expect(layers(el)[0]!.dead).to.not.equal(null);
    $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
    await until(() => layers(el).length === 5, 'all layers are there');
    expect(el.layer).to.equal(null);
  });

  it('says which activation is the first that is not finite', async () => {
    const model = net();
    model.getLayer('hidden').setWeights([model.getLayer('hidden').getWeights()[0]!, tf.tensor1d(Array.from({length: 30}, (_, i) => (i === 4 ? NaN : 0)))]);
    const el = add({model, input: input(1)});
    await laidOut(el);
    expect($(el, '.notes .alert').textContent).to.match(/“hidden” \(Dense\), channel 4.*1 NaN/s);
    expect(el.metrics!.firstNonFinite).to.deep.include({address: 'hidden', channel: 4});
  });

  it('goes from what a model puts out to its inside and back, and saves all of it', async () => {
    const el = add({kind: 'auto', model: net(), input: input(1), classes: ['x', 'y', 'z']});
    await laidOut(el);
    const select = (): HTMLSelectElement => $<HTMLSelectElement>(el, '[part=toolbar] select');
    expect([...select().options].map(({value}) => value)).to.include('activations');
    select().value = 'activations';
    select().dispatchEvent(new Event('change'));
    await until(() => layers(el).length === 5, 'the inside is drawn');
    await laidOut(el);
    const bitmap = await createImageBitmap(await el.toBlob());
    expect(bitmap.height).to.be.greaterThan($(el, '.view').scrollHeight);
    expect(await el.toSVG()).to.include('hidden');
    const csv = (await el.toCSV()).trim().split('\n');
    expect(csv).to.have.length(6);
    expect(csv[1]).to.match(/^first,Conv2D,14×14×6,/);
    el.kind = 'bars';
    await until(() => /Highest classes/.test(text(el)), 'the output is drawn again');
    expect(el.errors).to.deep.equal([]);
  });

  it('looks into a model and a picture behind addresses, and says what is missing', async () => {
    const el = add({}, {src: modelUrl('cnn-explainer-tinyvgg'), 'input-src': fixture('images/cnn-explainer/boat_1.jpeg')});
    await until(() => el.loads, 'it is read');
    await laidOut(el);
    expect(layers(el).map(({layer}) => layer)).to.include.members(['conv_1_1', 'relu_2_2', 'output']);
    el.layer = 'nowhere';
    await laidOut(el);
    expect(el.errors.at(-1)?.message).to.include('nowhere');
    el.layer = 'conv_2_1';
    await laidOut(el);
    expect(layers(el).map(({layer}) => layer)).to.deep.equal(['conv_2_1']);
    const bare = add({tensor: [[1, 2], [3, 4]]});
    await laidOut(bare);
    expect(bare.errors[0]?.message).to.include('.model');
  });

  it('opens what is a layer, and no more', async () => {
    const el = add({model: net(), input: input(1)});
    await laidOut(el);
    const opened: (string | null)[] = [];
    el.addEventListener('layer-select', (event: LayerEvent) => opened.push(event.layer));
    const select = (datum: object): void => (el as unknown as {chosen(reading: object): void}).chosen({value: '', place: '', indices: null, series: '', datum});
    for (const layer of ['first_input', 'nowhere', 3]) select({layer});
    await laidOut(el);
    expect([el.layer, opened, el.errors.length]).to.deep.equal([null, [], 0]);
    select({layer: 'second'});
    await laidOut(el);
    expect([el.layer, opened]).to.deep.equal(['second', ['second']]);
  });

  const step = async (el: Plot): Promise<void> => {
    $$<HTMLButtonElement>(el, '.stepper button').at(-1)!.click();
    await laidOut(el);
  };
  const openBy = async (el: Plot, layer: string): Promise<void> => {
    const select = $$<HTMLSelectElement>(el, '.controls select').find(({options}) => [...options].some(({value}) => value === layer))!;
    select.value = layer;
    select.dispatchEvent(new Event('change', {bubbles: true}));
    await laidOut(el);
  };

  it('forgets the example and the layer that the user has chosen where the page sets other data', async () => {
    const el = add({model: net(), input: input(8)});
    await laidOut(el);
    for (let i = 0; i < 5; i++) await step(el);
    expect(el.example).to.equal(5);
    await openBy(el, 'second');
    el.compareExample = 1;
    await laidOut(el);
    el.input = input(2);
    await laidOut(el);
    expect([el.example, el.layer, el.compareExample, el.errors.length]).to.deep.equal([0, null, 1, 0]);
    await openBy(el, 'first');
    el.model = tf.sequential({layers: [tf.layers.flatten({inputShape: [16, 16, 1]}), tf.layers.dense({units: 3, name: 'other'})]});
    await laidOut(el);
    expect([el.layer, el.errors.length, layers(el).map(({layer}) => layer)]).to.deep.equal([null, 0, ['other']]);
    // what the page sets is its own, also in the same turn
    await openBy(el, 'other');
    el.model = net();
    el.layer = 'hidden';
    await laidOut(el);
    expect([el.layer, el.errors.length, layers(el).map(({layer}) => layer)]).to.deep.equal(['hidden', 0, ['hidden']]);
  });

  it('leads back where a layer that the user has opened cannot be read', async () => {
    const model = net();
    const el = add({model, input: input(1)});
    await laidOut(el);
    const layer = model.getLayer('second');
    const {call} = layer;
    await openBy(el, 'second');
    layer.call = () => {
      throw new Error('no more');
    };
    await el.refresh();
    await laidOut(el);
    expect(el.errors).to.have.length(1);
    layer.call = call;
    const [back] = $$<HTMLButtonElement>(el, '.controls button');
    expect(back!.textContent.trim()).to.equal('All layers');
    back!.click();
    await laidOut(el);
    expect([el.layer, layers(el).length, el.matches(':state(error)')]).to.deep.equal([null, 5, false]);
  });

  it('tells of an input once, whatever of it is looked at', async () => {
    const el = add({model: net(), input: input(4)});
    await laidOut(el);
    // the next is asked for before the one before is there
    el.example = 1;
    await frame();
    el.layer = 'first';
    await frame();
    el.kind = 'embedding';
    await laidOut(el);
    el.kind = 'activations';
    await laidOut(el);
    expect(el.loads).to.equal(1);
    el.model = net();
    el.layer = null;
    await laidOut(el);
    expect([el.loads, el.errors.length]).to.deep.equal([2, 0]);
  });
});
