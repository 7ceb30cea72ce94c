import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import '../../src/gradient-map.js';
import type {GradientMapElement} from '../../src/gradient-map.js';
import {deletionCurve, type Sanity} from '../../src/attribution.js';
import {attributionNotes} from '../../src/parts/gradient-maps.js';
import {type Tf, useTf} from '../../src/tensor/tf.js';
import {say} from '../../src/words/gradient.js';
import {fixture, noise} from '../helpers.js';
import {$, $$, gate, page, pixels, place, text, until, wait} from './page.js';

const add = (props: Partial<Record<keyof GradientMapElement, unknown>> = {}) => place<GradientMapElement>('gradient-map', props);
type Added = ReturnType<typeof add>;
const told = (el: Added): string[] => el.errors.map(({message}) => message);

/** A net of three classes on four features; each example has its own. */
function classes3(activation: 'softmax' | 'linear' = 'softmax'): tf.Sequential {
  return tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [4], activation, useBias: false, weights: [tf.tensor2d([[3, 0, 0], [0, 3, 0], [0, 0, 3], [1, 1, 1]])]})]});
}

/** A net of pictures of 16 × 16, two classes. */
function pictures(): tf.Sequential {
  const model = tf.sequential({layers: [tf.layers.conv2d({inputShape: [16, 16, 1], filters: 3, kernelSize: 3, activation: 'relu'}), tf.layers.flatten(), tf.layers.dense({units: 2})]});
  const weights = model.getWeights().map((w, i) => tf.tensor(noise(w.size, i + 1), w.shape));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** A model that says how often it was run. */
function counted(model: tf.Sequential): {runs: () => number} {
  let runs = 0;
  const layer = model.layers[0]!;
  const call = layer.call.bind(layer);
  layer.call = (...given) => {
    runs++;
    return call(...given);
  };
  return {runs: () => runs};
}

const select = (el: Added, label: string): HTMLSelectElement => $$<HTMLLabelElement>(el, '.controls label').find((l) => l.textContent.includes(label))!.querySelector('select')!;
const photo = (width: number, height: number): ImageData => {
  const pixels16 = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels16.data.set([(i * 7) % 256, (i * 3) % 256, 90, 255], 4 * i);
  return pixels16;
};

describe('<gradient-map mode="input">', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  afterEach(() => page.replaceChildren());

  it('draws the curves and classes of the example that is asked for, and all of a few examples', async () => {
    const model = classes3();
    const data = [1, 0, 0, 0, 0, 1, 0, 0.5];
    const el = add({model, input: {data, shape: [2, 4]}, method: 'gradient-x-input', example: 1, curves: true, sanity: true});
    await el.renderComplete;
    expect(told(el)).to.deep.equal([]);
    expect(text(el)).to.contain('example 2 of 2 · Sanity check');
    // as of the second example alone, whose map is another
    const x = {shape: [1, 4], dtype: 'float32', data: Float32Array.from(data.slice(4))} as const;
    const map = {inputName: model.inputNames[0]!, shape: [4], data: Float32Array.of(0, 3, 0, 0.5)};
    const {scores} = await deletionCurve(model, x, map, {tf: tf as unknown as Tf});
    const {deletion} = (el as unknown as {view: {figure: {metrics: {deletion: Float64Array}}}}).view.figure.metrics;
    deletion.forEach((v, i) => expect(v).to.be.closeTo(scores[i]!, 1e-6));
    // all examples are seen, so there is none to step to
    expect($(el, '.stepper')).to.equal(null);
    el.method = 'gradient-x-input,gradient';
    await el.renderComplete;
    expect($(el, '.stepper')!.textContent).to.contain('2 of 2');
    model.dispose();
  });

  it('takes the text of a target as a name first, then as an index', async () => {
    const model = classes3();
    const el = add({model, input: [[1, 2, 3, 0]], method: 'gradient', classes: ['2', '1', '0'], target: '2'});
    await el.renderComplete;
    const index = (): unknown => (el.attribution as {target: {index: number}}).target.index;
    expect(index()).to.equal(0);
    el.target = 2;
    await el.renderComplete;
    expect(index()).to.equal(2);
    // what is explained is what the list shows, wherever it came from
    expect(select(el, 'Target').value).to.equal('2');
    el.classes = null;
    el.target = '1';
    await el.renderComplete;
    expect(index()).to.equal(1);
    expect(select(el, 'Target').value).to.equal('1');
    el.target = (out: unknown) => tf.sum(out as tf.Tensor);
    await el.renderComplete;
    expect(select(el, 'Target').selectedOptions[0]!.textContent).to.contain('own target');
    expect(text(el)).not.to.contain('probability');
    model.dispose();
  });

  it('shows a class far down the list, with its probability on top', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 9, inputShape: [2], activation: 'softmax', weights: [tf.tensor2d(Array.from(noise(18)), [2, 9]), tf.zeros([9])]})]});
    const names = Array.from({length: 9}, (_, i) => `class ${'abcdefghi'[i]!}`);
    const el = add({model, input: [[1, 2]], method: 'gradient', classes: names});
    await el.renderComplete;
    const listed = [...select(el, 'Target').options].map((o) => o.textContent.trim());
    const other = names.find((name) => !listed.some((entry) => entry.startsWith(name)))!;
    el.target = other;
    await el.renderComplete;
    expect(select(el, 'Target').selectedOptions[0]!.textContent).to.contain(other);
    expect($(el, '.title')!.textContent).to.match(new RegExp(`${other} · probability .+ · score`));
    select(el, 'Target').value = listed.length > 1 ? select(el, 'Target').options[1]!.value : '';
    select(el, 'Target').dispatchEvent(new Event('change'));
    expect(el.target).to.be.a('number');
    await el.renderComplete;
    model.dispose();
  });

  it('awaits the names of classes, and runs once', async () => {
    const model = classes3();
    const {runs} = counted(model);
    const {promise, open} = gate();
    const fetchNames = async (): Promise<Response> => {
      await promise;
      return new Response('ant\nbee\ncat');
    };
    const el = add({model, input: [[1, 2, 3, 0]], method: 'gradient', target: 'bee', classesSrc: 'https://names.test/names.txt', fetch: fetchNames, loading: 'eager'});
    await wait(100);
    expect([runs(), ...told(el)]).to.deep.equal([0]);
    open();
    await el.renderComplete;
    expect(told(el)).to.deep.equal([]);
    expect(el.loads).to.equal(1);
    expect((el.attribution as {target: object}).target).to.include({index: 1, name: 'bee'});
    const once = runs();
    el.refresh();
    await el.renderComplete;
    expect(runs()).to.equal(2 * once);
    // names that don't come are no reason to wait
    const lost = add({model, input: [[1, 2, 3, 0]], method: 'gradient', target: '1', classesSrc: 'https://names.test/none.txt', fetch: async () => Promise.resolve(new Response('', {status: 404})), loading: 'eager'});
    await lost.renderComplete;
    expect((lost.attribution as {target: object}).target).to.include({index: 1});
    model.dispose();
  });

  it('draws a map as it grows, also in place of another, with what it is of, and keeps what was zoomed into', async () => {
    const model = pictures();
    const el = add({model, input: {data: noise(256), shape: [1, 16, 16, 1]}, method: 'gradient', target: 1});
    await el.renderComplete;
    const {view} = el as unknown as {view: {fitted: boolean; figure: {panels: {title: string}[]; facts: string}; zoom(by: number): void; show: (...given: unknown[]) => void}};
    const shown: {title: string; facts: string; fresh: unknown}[] = [];
    const show = view.show.bind(view);
    view.show = (figure: unknown, fresh: unknown) => {
      const {panels, facts} = (figure ?? {panels: []}) as typeof view.figure;
      shown.push({title: panels.at(-1)?.title ?? '', facts, fresh});
      if (shown.length === 1) queueMicrotask(() => view.zoom(2));
      show(figure, fresh);
    };
    el.stride = 1;
    el.window = 2;
    el.method = 'occlusion';
    await el.renderComplete;
    expect(told(el)).to.deep.equal([]);
    const growing = shown.filter(({title}) => title.startsWith('occlusion'));
    expect(growing.length).to.be.above(1);
    // the target that was asked for, from the first on, with its own score
    expect(new Set(growing.map(({title}) => title))).to.deep.equal(new Set(['occlusion: 1']));
    expect(new Set(growing.map(({facts}) => facts)).size).to.equal(1);
    expect(growing.map(({fresh}) => fresh)).to.deep.equal([true, ...growing.slice(1).map(() => false)]);
    expect(view.fitted).to.equal(false);
    model.dispose();
  });

  it('tells progress of curves, and what many passes will take', async () => {
    const model = classes3();
    const layer = model.layers[0]!;
    const call = layer.call.bind(layer);
    let slow = 0;
    layer.call = (...given) => {
      const end = performance.now() + slow;
      while (performance.now() < end) continue;
      return call(...given);
    };
    const shares: number[] = [];
    const el = add({model, input: [[1, 2, 3, 4]], method: 'gradient', curves: true});
    el.addEventListener('progress', ({loaded, total}) => shares.push(loaded / total));
    await el.renderComplete;
    expect(shares.filter((share) => share > 1 / 3 && share < 1).length).to.be.above(1);
    slow = 250;
    el.samples = 12;
    el.curves = false;
    el.method = 'smoothgrad';
    await until(() => /About [\d.]+ s for 12 passes/.test(text(el)), 'what the passes take');
    slow = 0;
    await el.renderComplete;
    expect(text(el)).not.to.contain('About');
    model.dispose();
  });

  it('takes a baseline of values, by identity', async () => {
    const model = classes3('linear');
    const baseline = {data: [0, 1, 0, 0], shape: [4]};
    const el = add({model, input: [[1, 2, 3, 0]], method: 'integrated-gradients', target: 1, baseline});
    await el.renderComplete;
    expect(told(el)).to.deep.equal([]);
    // 3 · (2 − 1)
    expect(el.attribution!.data[1]).to.be.closeTo(3, 1e-5);
    el.baseline = 1;
    await el.renderComplete;
    expect(el.attribution!.data[0]).to.equal(0);
    expect(el.attribution!.data[1]).to.be.closeTo(3, 1e-5);
    el.baseline = [0, 2, 0, 0];
    await el.renderComplete;
    expect(el.attribution!.data[1]).to.be.closeTo(0, 1e-5);
    const {attribution, baseline: same} = el;
    el.baseline = same;
    await el.renderComplete;
    expect(el.attribution).to.equal(attribution);
    model.dispose();
  });

  it('names tokens anew without running, and lays a map that was made elsewhere over an input that comes later', async () => {
    const model = classes3();
    const {runs} = counted(model);
    const el = add({model, input: [[1, 2, 3, 0]], method: 'gradient', tokens: ['a', 'b', 'c', 'd']});
    await el.renderComplete;
    const once = runs();
    el.tokens = ['red', 'green', 'blue', 'grey'];
    await el.renderComplete;
    expect(text(el)).to.contain('green').and.not.contain(' b ');
    expect(runs()).to.equal(once);
    const own = add({attribution: {data: Float32Array.from(noise(64)), shape: [8, 8], method: 'grad-cam'}});
    await own.renderComplete;
    const before = pixels($<HTMLCanvasElement>(own, '.view canvas')).slice();
    const titles = (): string[] => (own as unknown as {view: {figure: {panels: {title: string}[]}}}).view.figure.panels.map(({title}) => title);
    expect(titles()).to.deep.equal(['Grad-CAM']);
    own.inputSrc = fixture('images/cnn-explainer/bug_1.jpeg');
    await own.renderComplete;
    expect(titles()).to.deep.equal(['input', 'Grad-CAM']);
    expect(pixels($<HTMLCanvasElement>(own, '.view canvas'))).not.to.deep.equal(before);
    own.input = photo(40, 40);
    await own.renderComplete;
    expect(titles().length).to.equal(2);
    expect(own.attribution!.shape).to.deep.equal([8, 8]);
    model.dispose();
  });

  it('lays maps of other shapes over a picture, or says what does not fit', async () => {
    const el = add({input: photo(64, 48)});
    const figure = (): {panels: {marks: {pixels: ImageData; read(i: number): {datum: {attribution: number}}}[]}[]; notes: {text: string}[]} => (el as unknown as {view: {figure: ReturnType<typeof figure>}}).view.figure;
    const size = (): string => figure().panels.map(({marks}) => `${marks[0]!.pixels.width}×${marks[0]!.pixels.height}`).join();
    const give = async (shape: number[], at: (i: number) => number = (i) => i % 5): Promise<string[]> => {
      el.errors.length = 0;
      el.attribution = {data: Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => at(i)), shape};
      await el.renderComplete;
      return told(el);
    };
    const value = (i: number): number => figure().panels[1]!.marks[0]!.read(i).datum.attribution;
    expect(await give([1, 48, 64, 3])).to.deep.equal([]);
    expect(size()).to.equal('64×48,64×48');
    // 0 + 1 + 2, then 3 + 4 + 0
    expect([value(0), value(1)]).to.deep.equal([3, 7]);
    // channels first: planes of 1, 2 and 3
    expect(await give([3, 48, 64], (i) => 1 + Math.floor(i / (48 * 64)))).to.deep.equal([]);
    expect([size(), value(0), value(500)]).to.deep.equal(['64×48,64×48', 6, 6]);
    // a small map is enlarged to the picture, of which it is the middle
    expect(await give([7, 7], (i) => i % 7)).to.deep.equal([]);
    expect(size()).to.equal('48×48,48×48');
    expect([value(0), value(47)]).to.deep.equal([0, 6]);
    expect(figure().notes.map(({text: t}) => t).join()).to.contain('given as 7 × 7').and.contain('input-resize');
    el.inputResize = 'stretch';
    await el.renderComplete;
    expect(size()).to.equal('64×48,64×48');
    // never the picture made smaller than the map
    expect(await give([96, 128])).to.deep.equal([]);
    expect(size()).to.equal('128×96,128×96');
    for (const shape of [[4096], [2, 48, 64, 3], [48, 64, 7]]) expect((await give(shape)).join()).to.contain('[height, width]').and.contain(`[${shape.join(', ')}]`);
    el.input = {data: noise(30), shape: [1, 30]};
    expect((await give([4, 4])).join()).to.contain('does not fit').and.contain('[1, 30]');
    expect(await give([1, 30])).to.deep.equal([]);
  });

  it('says by which stage the sanity check was decided, or that it was not', () => {
    const step = {layer: 'conv_3', spearman: 0.7, spearmanAbsolute: 0.2, ssim: null};
    const maps = {shots: [], top: [], examples: 1, at: 0, together: false, range: null, curves: null, agreement: [], cost: null};
    const all = (found: Partial<Sanity>): string[] => attributionNotes({...maps, sanity: {original: null as never, steps: [step, {...step, layer: 'conv_1', spearmanAbsolute: 0.01}], threshold: 0.5, verdict: 'unknown', decisive: step, rho: 0.7, ...found}}, {say: (key, params) => say('en', key, params), lang: 'en'}).map((note) => `${note.alert ? '! ' : ''}${note.text}`);
    const words = (found: Partial<Sanity>): string => all(found)[0]!;
    // each stage with both of its correlations, of which the greater decides
    expect(all({})[1]).to.equal('conv_3: rank correlation 0.7, of magnitudes 0.2; SSIM –');
    expect(words({verdict: 'does-not-depend'})).to.match(/^! .*does NOT depend.*conv_3 and all above.*0\.7/);
    expect(words({verdict: 'depends', rho: 0.3})).to.match(/^Sanity check: the map depends.*conv_3 and all above.*0\.3/);
    expect(words({verdict: 'unknown', decisive: null, rho: NaN, steps: []})).to.match(/^! .*cannot be told/).and.not.contain('NaN');
  });

  it('says of a map that was made elsewhere what was given with it, and no more', async () => {
    const el = add({attribution: {data: [1, -2, 0.5], shape: [3], method: 'lime'}});
    await el.renderComplete;
    expect(told(el)).to.deep.equal([]);
    expect(text(el)).to.contain('lime').and.not.contain('NaN').and.not.contain('score').and.not.contain('= 0');
    el.attribution = {data: [NaN, 1, -2, Infinity], shape: [2, 2], target: 'bee', score: 2};
    await el.renderComplete;
    expect(text(el)).to.contain('bee · score 2').and.contain('1 NaN, 1 +∞').and.not.contain('gradient');
  });

  it('draws a map for each input of a model', async () => {
    const [a, b] = [tf.input({shape: [2], name: 'left'}), tf.input({shape: [3], name: 'right'})];
    const add2 = tf.layers.dense({units: 1, useBias: false, weights: [tf.tensor2d([1, 2, 3, 4, 5], [5, 1])]});
    const model = tf.model({inputs: [a, b], outputs: add2.apply(tf.layers.concatenate().apply([a, b])) as tf.SymbolicTensor});
    const el = add({model, input: {left: [[1, 1]], right: [[1, 1, 1]]}, method: 'gradient'});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    const rows = (await el.toCSV()).trim().split('\n');
    // the gradient of w · (left, right) is w
    expect(rows[0]!.split(',')).to.have.length(3);
    expect(rows.slice(1, 3).map((row) => row.split(',').slice(1).map(Number))).to.deep.equal([[1, 3], [2, 4]]);
    expect((el.attribution as {inputName: string}).inputName).to.equal('left');
    model.dispose();
  });
});
