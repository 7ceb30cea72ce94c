import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {parseColor} from '../../src/color/palette.js';
import type {CellEvent, LayerEvent} from '../../src/elements/events.js';
import {WeightHeatmapElement} from '../../src/weight-heatmap.js';
import {failure, modelUrl, noise} from '../helpers.js';
import {$, $$, add, frame, page, pixel, print, settled, text, tile, until} from './page.js';

const key = (el: Element, name: string): boolean => $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true, composed: true}));

describe('<weight-heatmap>', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => page.replaceChildren());

  it('shows a tile for every weight of a model, read from its file', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')}, {style: 'height:2000px'});
    await settled(el);
    expect(el.loads).to.equal(1);
    expect(el.errors).to.deep.equal([]);
    const tiles = $$(el, '[part=tile]');
    expect(tiles.map((t) => t.title)).to.deep.equal(['conv_1_1', 'conv_1_2', 'conv_2_1', 'conv_2_2', 'output'].flatMap((l) => [`${l}/kernel`, `${l}/bias`]));
    expect(tiles.at(-2)!.getAttribute('aria-label')).to.contain('softmax').and.contain('1690×10');
    for (const tile of tiles) {
      const canvas = tile.querySelector('canvas')!;
      const {data} = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      expect(new Set(new Uint32Array(data.buffer)).size, tile.title).to.be.above(30);
    }
  });

  it('draws only the tiles in view, and finds one by its words', async () => {
    const asked: string[] = [];
    const own: typeof fetch = (input, init) => {
      asked.push(String(input as string).split('/').pop()!);
      return fetch(input, init);
    };
    const el = add({src: modelUrl('ml5-darknet-tiny'), fetch: own}, {style: 'height:300px'});
    await settled(el);
    expect($$(el, '[part=tile]').length).to.be.below(20);
    expect(asked.length, asked.join()).to.be.below(14);
    expect(el.loads).to.equal(1);
    el.query = 'batch 512';
    await settled(el);
    expect($$(el, '[part=tile]').map((t) => t.title).every((t) => t.includes('batch')), 'names').to.equal(true);
    el.query = 'no such weight';
    await settled(el);
    expect(text(el)).to.contain('no such weight');
    el.query = '';
    el.sort = 'size';
    await settled(el);
    expect($$(el, '[part=tile]')[0]!.getAttribute('aria-label')).to.contain('3×3×64×512');
  });

  it('opens a tile in full and goes back', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')}, {style: 'height:600px'});
    const events: (string | null)[][] = [];
    el.addEventListener('layer-select', (event: LayerEvent) => events.push([event.layer, event.weight]));
    await settled(el);
    $$(el, '[part=tile]')[2]!.click();
    await settled(el);
    expect([el.layer, el.weight]).to.deep.equal(['conv_1_2', 'kernel']);
    expect(el.stats).to.include({size: 900, dtype: 'float32'});
    expect($(el, '.view')).to.not.equal(null);
    $(el, '[part=toolbar] button').click();
    await settled(el);
    expect($$(el, '[part=tile]').length).to.be.above(2);
    expect(events).to.deep.equal([['conv_1_2', 'kernel'], [null, null]]);
    el.layer = 'output';
    await settled(el);
    expect(events.length, 'what a program changes fires none').to.equal(2);
  });

  it('shows a live model as it shows its file, and touches nothing', async () => {
    const model = await tf.loadLayersModel(modelUrl('tfjs-gru-embedding'));
    const values = await Promise.all(model.getWeights().map((w) => w.data()));
    const before = tf.memory().numTensors;
    const el = add({model}, {style: 'height:900px'});
    await settled(el);
    expect($$(el, '[part=tile]').map((t) => t.title)).to.deep.equal(['embedding_Embedding2/embeddings', 'gru_GRU1/kernel', 'gru_GRU1/recurrent_kernel', 'gru_GRU1/bias']);
    el.layer = 'gru_GRU1';
    await settled(el);
    expect(el.stats!.shape).to.deep.equal([20, 12]);
    el.remove();
    expect(tf.memory().numTensors).to.equal(before);
    const after = await Promise.all(model.getWeights().map((w) => w.data()));
    after.forEach((data, i) => expect(Array.from(data)).to.deep.equal(Array.from(values[i]!)));
    model.dispose();
  });

  it('reads a tensor inside the setter, so that a tidy may end right after', async () => {
    const el = add();
    tf.tidy(() => {
      el.tensor = tf.tensor2d([[1, 2], [3, -4]]);
    });
    await settled(el);
    expect(el.stats).to.include({min: -4, max: 3, size: 4, zeros: 0});
    expect(el.stats!.l2).to.be.closeTo(Math.sqrt(30), 1e-12);
  });

  it('draws each cell in the colour of its value', async () => {
    const el = add({tensor: [[-1, 0, 1], [0.5, NaN, Infinity]], domain: '-1,1', scheme: 'viridis'}, {style: 'height:400px;color-scheme:light'});
    await settled(el);
    const at = (index: number[]): number => {
      const r = el.cellRect(index)!;
      return pixel(el, r.x + r.width / 2, r.y + r.height / 2);
    };
    // viridis as published: first, middle and last colour
    expect(at([0, 0])).to.equal(parseColor('#440154'));
    expect(at([0, 2])).to.equal(parseColor('#fde725'));
    expect(at([1, 1])).to.equal(parseColor('#ff00d4'));
    expect(at([1, 2])).to.equal(parseColor('#00e03c'));
    expect(text(el)).to.contain('NaN 1').and.contain('+∞ 1');
  });

  it('shows a lone NaN of a million cells, two CSS pixels wide, and counts it', async () => {
    const data = noise(1024 * 1024);
    data[700 * 1024 + 333] = NaN;
    const el = add({tensor: {data, shape: [1024, 1024]}}, {style: 'height:420px'});
    await settled(el);
    const canvas = $<HTMLCanvasElement>(el, '.view canvas');
    const pixels = new Uint32Array(canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const loud = pixels.reduce((n, p) => n + (p === parseColor('#ff00d4') ? 1 : 0), 0);
    const least = Math.ceil(2 * devicePixelRatio) ** 2;
    expect(loud).to.be.within(least, least * 2.3);
    expect(text(el)).to.contain('NaN 1').and.contain('each pixel: farthest from 0');
    el.pool = 'mean';
    await settled(el);
    expect(text(el)).to.contain('each pixel: mean of');
  });

  it('takes the first source present, and null uncovers the next', async () => {
    const el = add({tensor: [[1, 2]], src: modelUrl('cnn-explainer-tinyvgg')}, {}, '[[1, 2, 3]]');
    await settled(el);
    expect(el.stats!.shape).to.deep.equal([1, 2]);
    el.tensor = null;
    await settled(el);
    expect(text(el)).to.contain('10 weights');
    el.src = null;
    await settled(el);
    expect(el.stats!.shape).to.deep.equal([1, 3]);
    el.replaceChildren();
    await frame(); // observed, not set
    await settled(el);
    expect(el.matches(':state(empty)')).to.equal(true);
    expect(text(el)).to.contain('set src, .model or .tensor');
  });

  it('lets the newest input win, whatever finishes first', async () => {
    let answer: (r: Response) => void = () => undefined;
    const el = add({fetch: (() => new Promise((resolve) => (answer = resolve))) as typeof fetch, src: 'https://models.test/late.json'});
    await frame();
    expect(el.matches(':state(loading)')).to.equal(true);
    el.fetch = null;
    el.src = modelUrl('tfjs-gru-embedding');
    await settled(el);
    answer(Response.json([[1, 2]]));
    await settled(el);
    expect(text(el)).to.contain('4 weights');
    expect(el.loads).to.equal(1);
  });

  it('tells what was wrong, never throws, and recovers', async () => {
    const el = add({tensor: 'nonsense'});
    await settled(el);
    expect(el.errors.length).to.equal(1);
    expect(el.errors[0]!.message).to.contain('Expected a tensor');
    expect(el.matches(':state(error)')).to.equal(true);
    expect(text(el)).to.contain('Expected a tensor');
    el.tensor = [[1, 2], [3, 4]];
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(false);
    expect(el.cellRect([0, 0])).to.not.equal(null);
    for (const [name, bad, good, words] of [
      ['arrange', 'a b c -> a b', 'a b -> b a', '2 axes'],
      ['domain', '3,1', '-1,1', 'domain'],
      ['scheme', 'jet', 'magma', 'jet'],
      ['transform', 'cubic', 'symlog', 'symlog'],
      ['center', 'left', 'none', 'center'],
    ] as const) {
      el.errors.length = 0;
      Object.assign(el, {[name]: bad});
      await settled(el);
      expect(el.errors.map((e) => e.message).join(), name).to.contain(words);
      expect(el.matches(':state(error)')).to.equal(true);
      Object.assign(el, {[name]: good});
      await settled(el);
      expect(el.matches(':state(error)'), `${name} again`).to.equal(false);
    }
    el.tensor = tf.tensor(['a']) as never;
    await settled(el);
    expect(text(el)).to.contain('strings');
    expect(el.cellAt(0, 0)).to.equal(null);
  });

  it('draws every rank, every dtype, and what is odd', async () => {
    const el = add({}, {style: 'height:200px'});
    const odd: unknown[] = [
      7, [5], [[[1, 2]]], tf.zeros([2, 2, 2, 2, 2, 2]), tf.tensor([true, false]), tf.complex([1, 2], [3, 4]), tf.zeros([3, 0, 2]), new Int8Array(5),
      [[NaN, NaN]], [Infinity, -Infinity], [1e-45, 2e-45], {data: Float64Array.of(1e308, -1e308), shape: [2]}, [3, 3, 3], {data: new Float32Array(40000), shape: [1, 40000]}, {data: new Float32Array(40000), shape: [40000, 1]},
    ];
    for (const tensor of odd) {
      for (const transform of ['linear', 'symlog', 'rank'] as const) {
        for (const domainPer of ['all', 'row'] as const) {
          Object.assign(el, {tensor, transform, domainPer});
          await settled(el);
          expect(el.errors.map((e) => e.message)).to.deep.equal([]);
          const {shape, size, nan} = el.stats!;
          const cell = size ? el.cellRect(shape.map(() => 0))! : null;
          const color = cell && pixel(el, cell.x + cell.width / 2, cell.y + cell.height / 2);
          const what = `${shape} ${transform} ${domainPer}`;
          if (size) expect(cell!.width * cell!.height, what).to.be.above(0);
          if (color !== null && cell!.width * cell!.height > 1) expect(color >>> 24, `${what}: the first cell is drawn`).to.equal(255);
          if (nan) expect(color, `${what}: NaN in its own colour`).to.equal(parseColor('#ff00d4'));
        }
      }
    }
  });

  it('finds cells from points and points from cells, in slices too', async () => {
    const data = noise(4 * 5 * 6);
    const el = add({tensor: {data, shape: [4, 5, 6]}, arrange: 't a b -> a b'}, {style: 'height:400px'});
    await settled(el);
    for (const index of [[0, 0, 0], [0, 4, 5], [0, 2, 3]]) {
      const rect = el.cellRect(index)!;
      expect(el.cellAt(rect.x + rect.width / 2, rect.y + rect.height / 2)).to.deep.equal({index, value: data[index[1]! * 6 + index[2]!]});
    }
    expect(el.cellRect([1, 0, 0])).to.equal(null);
    expect(el.cellRect([0, 9, 0])).to.equal(null);
    expect(el.cellAt(-5, -5)).to.equal(null);
    el.zoomTo([2, 1, 1]);
    await settled(el);
    const near = el.cellRect([2, 1, 1])!;
    const box = el.getBoundingClientRect();
    expect(near.width).to.be.at.least(39);
    expect(near.x > box.x && near.right < box.right).to.equal(true);
    expect($<HTMLInputElement>(el, '.slices input').value).to.equal('2');
    el.zoomTo('fit');
    await settled(el);
    expect(el.cellRect([2, 0, 0])!.width).to.equal(el.cellRect([2, 4, 5])!.width);
  });

  it('is walked with the keys, and speaks', async () => {
    const el = add({tensor: [[1, 2, 3], [4, 5, 6], [7, 8, 9]], arrange: 'h w -> h w'}, {style: 'height:300px'});
    await settled(el);
    const hovers: (string | null)[] = [];
    const selects: number[] = [];
    el.addEventListener('cell-hover', (event: CellEvent) => hovers.push(event.index && `${event.index} ${event.value}`));
    el.addEventListener('cell-select', (event: CellEvent) => selects.push(event.value!));
    expect(key(el, 'ArrowDown'), 'the page does not scroll').to.equal(false);
    for (const k of ['ArrowRight', 'ArrowDown', 'Home', 'Enter', 'Escape', 'Escape']) key(el, k);
    expect(hovers).to.deep.equal(['1,1 5', '1,2 6', '2,2 9', '2,0 7', null]);
    expect(selects).to.deep.equal([7]);
    key(el, 'End');
    await el.updateComplete;
    expect($(el, '[aria-live]').textContent).to.contain('h 1 · w 1');
    expect(key(el, 'x'), 'other keys are the page’s').to.equal(true);
    const before = el.cellRect([1, 1])!.width;
    key(el, '+');
    expect(el.cellRect([1, 1])!.width).to.be.closeTo(before * 1.5, 1);
    key(el, '0');
    key(el, 's');
    await settled(el);
    expect($(el, '[part=stats]').textContent).to.contain('median');
  });

  it('leaves the wheel to the page unless Ctrl is held or it is greedy', async () => {
    const el = add({tensor: {data: noise(10000), shape: [100, 100]}}, {style: 'height:300px'});
    await settled(el);
    const wheel = (ctrlKey: boolean): boolean => $(el, '.view').dispatchEvent(new WheelEvent('wheel', {deltaY: -100, ctrlKey, bubbles: true, cancelable: true, clientX: 300, clientY: 150}));
    const width = (): number => el.cellRect([50, 50])!.width;
    const before = width();
    expect(wheel(false)).to.equal(true);
    expect(width()).to.equal(before);
    expect(wheel(true)).to.equal(false);
    expect(width()).to.be.above(before);
    el.gestures = 'greedy';
    await el.updateComplete;
    expect(wheel(false)).to.equal(false);
  });

  it('fires hover once on leaving, and tells the place in the tensor’s own axes', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg'), layer: 'conv_1_2'}, {style: 'height:500px'});
    await settled(el);
    const seen: CellEvent[] = [];
    el.addEventListener('cell-hover', (event) => seen.push(event));
    const rect = el.cellRect([2, 1, 7, 4])!;
    const view = $(el, '.view');
    const move = (x: number, y: number): boolean => view.dispatchEvent(new PointerEvent('pointermove', {clientX: x, clientY: y, bubbles: true}));
    move(rect.x + 2, rect.y + 2);
    move(rect.x + 3, rect.y + 3);
    view.dispatchEvent(new PointerEvent('pointerleave'));
    expect(seen.map((e) => e.index)).to.deep.equal([[2, 1, 7, 4], null]);
    expect(seen[0]).to.include({layer: 'conv_1_2', weight: 'kernel', bubbles: true, composed: true});
    move(rect.x + 2, rect.y + 2);
    await el.updateComplete;
    expect($(el, '[part=tooltip]').textContent).to.contain('h 2 · w 1 · in 7 · out 4');
  });

  it('reads a variable again on refresh; its domain widens and never narrows', async () => {
    const variable = tf.variable(tf.tensor2d([[1, -2], [3, 4]]));
    const el = add({tensor: variable}, {style: 'height:300px'});
    await settled(el);
    variable.assign(tf.tensor2d([[1, -8], [0, 0]]));
    await el.refresh();
    expect(el.stats).to.include({min: -8, max: 1});
    variable.assign(tf.tensor2d([[0.1, -0.1], [0, 0]]));
    const rect = el.cellRect([0, 1])!;
    await el.refresh();
    expect(el.stats!.min).to.be.closeTo(-0.1, 1e-6);
    // −0.1 of ±8 is nearly the middle; of ±0.1 it would be the darkest blue
    const [r, g, b] = [0, 8, 16].map((s) => (pixel(el, rect.x + 5, rect.y + 5) >> s) & 255) as [number, number, number];
    expect(Math.min(r, g, b)).to.be.above(225);
    expect(el.loads).to.equal(1);
    variable.dispose();
  });

  it('gives pictures and values away', async () => {
    const el = add({tensor: [[1, 2.5], [NaN, -Infinity]], arrange: 'h w -> h w'}, {style: 'height:300px'});
    const blob = await el.toBlob({scale: 2});
    const image = await createImageBitmap(blob);
    expect(blob.type).to.equal('image/png');
    expect(image.width).to.equal(Math.round(2 * $(el, '.view').clientWidth));
    expect(await el.toCSV()).to.equal(',w=0,w=1\r\nh=0,1,2.5\r\nh=1,NaN,-Infinity\r\n');
    const npy = await el.toNPY();
    expect(new Float64Array(npy.slice(npy.length - 32).buffer)[1]).to.equal(2.5);
    const error = await failure(el.toBlob({scale: 1000}));
    expect(error).to.be.instanceOf(RangeError);
    const scale = Number(/is ([\d.]+)\./.exec(error.message)![1]);
    expect(scale).to.be.within(5, 100);
    const overview = add({src: modelUrl('tfjs-gru-embedding')}, {style: 'height:200px'});
    expect((await createImageBitmap(await overview.toBlob({scale: 1}))).height).to.be.above(250);
    expect(await failure(add().toBlob())).to.include({key: 'blobEmpty'});
  });

  it('is complete while hidden, without size, or removed', async () => {
    const hidden = add({tensor: noise(100)}, {hidden: ''});
    await hidden.renderComplete;
    const gone = add({src: modelUrl('ml5-darknet-tiny')});
    gone.remove();
    await gone.renderComplete;
    hidden.hidden = false;
    await frame();
    await frame(); // observed after layout, not set
    await settled(hidden);
    expect(hidden.cellRect([5])).to.not.equal(null);
    page.append(gone);
    await settled(gone);
    expect(text(gone)).to.contain('77 weights');
  });

  it('has a height of its own, which the page can overrule', async () => {
    const wide = add({tensor: noise(300)});
    await settled(wide);
    expect(wide.offsetHeight).to.be.within(160, 200);
    const square = add({tensor: {data: noise(900), shape: [30, 30]}});
    await settled(square);
    expect(square.offsetHeight).to.be.within(Math.min(500, 0.8 * innerHeight - 1), 0.8 * innerHeight + 1);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('weight-heatmap { height: 222px }');
    document.adoptedStyleSheets.push(sheet);
    expect(square.offsetHeight).to.equal(222);
    document.adoptedStyleSheets.pop();
  });

  it('speaks Chinese where the page does', async () => {
    const el = add({tensor: 'x'}, {lang: 'zh-CN'});
    await until(() => text(el).includes('应为张量'), 'its words, which are fetched');
  });

  it('shows text from a model as text', async () => {
    const el = add({tensors: {'<img src=x onerror=alert(1)>/kernel': [[1, 2]]}}, {style: 'height:400px'});
    await settled(el);
    expect($$(el, 'img').length).to.equal(0);
    expect($(el, '[part=tile]').title).to.contain('<img');
  });

  it('opens arrays of tensors as tiles, and tells in a tile what fails there', async () => {
    const el = add({tensors: {good: [[1, 2], [3, 4]], bad: [[1], [2, 3]] as never}}, {style: 'height:500px'});
    await settled(el);
    expect($$(el, '[part=tile]').length).to.equal(2);
    expect(tile(el, 'bad').getAttribute('aria-label')).to.contain('length 2');
    expect(tile(el, 'good').getAttribute('aria-label')).to.contain('from 1 to 4');
    const message = print(tile(el, 'bad').querySelector('canvas')!);
    el.tensors = {good: [[1, 2], [3, 4]], bad: [[1], [2]]};
    await settled(el);
    expect(tile(el, 'bad').getAttribute('aria-label')).to.contain('from 1 to 2').and.not.contain('length');
    expect(print(tile(el, 'bad').querySelector('canvas')!), 'the words have gone').to.not.equal(message);
    expect(el.errors.length).to.equal(0);
  });

  it('leaves no observer, listener, frame or tensor behind after 200 rounds', async () => {
    const before = tf.memory().numTensors;
    let observers = 0;
    const counted = ['ResizeObserver', 'MutationObserver', 'IntersectionObserver'] as const;
    const kept = counted.map((name) => window[name]);
    counted.forEach((name, i) => {
      const Old = kept[i] as typeof ResizeObserver;
      (window as unknown as Record<string, unknown>)[name] = class extends Old {
        #on = false;
        override observe(...args: Parameters<ResizeObserver['observe']>): void {
          if (!this.#on) observers++;
          this.#on = true;
          super.observe(...args);
        }
        override disconnect(): void {
          if (this.#on) observers--;
          this.#on = false;
          super.disconnect();
        }
      };
    });
    let listeners = 0;
    const {addEventListener, removeEventListener} = EventTarget.prototype;
    const outside = (target: unknown): boolean => target === window || target === document || target instanceof MediaQueryList;
    EventTarget.prototype.addEventListener = function (this: EventTarget, ...args: Parameters<EventTarget['addEventListener']>) {
      if (outside(this)) listeners++;
      addEventListener.apply(this, args);
    };
    EventTarget.prototype.removeEventListener = function (this: EventTarget, ...args: Parameters<EventTarget['removeEventListener']>) {
      if (outside(this)) listeners--;
      removeEventListener.apply(this, args);
    };
    const el = document.createElement('weight-heatmap');
    try {
      for (let i = 0; i < 200; i++) {
        if (i % 40 === 0) el.tensor = {data: noise(400), shape: [20, 20]};
        if (i % 3 === 0) el.src = modelUrl('tfjs-gru-embedding');
        page.append(el);
        if (i % 10 === 0) await frame();
        if (i % 50 === 0) await settled(el);
        el.remove();
      }
      await el.renderComplete;
    } finally {
      counted.forEach((name, i) => ((window as unknown as Record<string, unknown>)[name] = kept[i]));
      Object.assign(EventTarget.prototype, {addEventListener, removeEventListener});
    }
    expect(observers).to.equal(0);
    expect(listeners).to.equal(0);
    expect(tf.memory().numTensors).to.equal(before);
    let frames = 0;
    const {requestAnimationFrame: original} = window;
    window.requestAnimationFrame = (run) => {
      frames++;
      return original.call(window, run);
    };
    await new Promise((resolve) => setTimeout(resolve, 300));
    window.requestAnimationFrame = original;
    expect(frames, 'frames asked for by a removed element').to.equal(0);
  });

  it('plays the weights of a run, and what has changed', async () => {
    const weights = (values: readonly number[]): Float32Array[] => [Float32Array.from(values)];
    const run = {
      weights: [{address: 'd/kernel', layer: 'd', weight: 'kernel', shape: [2, 2], layerType: 'Dense', activation: null}],
      stepCount: 20, steps: new Float64Array(0), values: () => new Float32Array(0), curve: {}, epochs: [], findings: [], nonFinite: [], units: {},
      snapshots: [
        {step: 0, kept: false, weights: weights([1, 2, 2, 0]), gradients: weights([0, 0, 0, 1])},
        {step: 10, kept: false, weights: weights([1, 2, 2, 3]), gradients: weights([0, 0, 0, 1])},
        {step: 20, kept: false, weights: weights([1, 2, -2, 9]), gradients: null},
      ],
    };
    const el = add({run, layer: 'd'});
    await settled(el);
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    const values = async (): Promise<number[]> => (await el.toCSV()).trim().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map(Number));
    expect(await values()).to.deep.equal([1, 2, -2, 9]);
    expect(text(el)).to.contain('Weights after the last step');
    const colour = (index: number[]): number => {
      const {left, top, width, height} = el.cellRect(index)!;
      return pixel(el, left + width / 2, top + height / 2);
    };
    const two = colour([0, 1]);
    el.step = 12;
    await settled(el);
    expect(await values()).to.deep.equal([1, 2, 2, 3]);
    expect(text(el)).to.contain('step 10 of 20');
    expect(colour([0, 1]), 'a colour means the same at every step').to.equal(two);
    el.runView = 'since-first';
    await settled(el);
    expect(await values()).to.deep.equal([0, 0, 0, 3]);
    // |3| of |(1, 2, 2, 0)|
    expect(text(el)).to.contain('Most changed since step 0: d/kernel, by 100% of its size.');
    el.step = null;
    el.runView = 'since-previous';
    await settled(el);
    expect(await values()).to.deep.equal([0, 0, -4, 6]);
    el.runView = 'nonsense' as never;
    await settled(el);
    expect(text(el)).to.contain('expected weights, since-first, since-previous');
    el.runView = null;
    await settled(el);
    expect(await values()).to.deep.equal([1, 2, -2, 9]);
    el.layer = null;
    await settled(el);
    expect($$(el, '[part=tile]').length).to.equal(1);
    el.run = {...run, snapshots: []};
    await settled(el);
    expect(text(el)).to.contain('Record it with watch(model, {snapshots');
    el.run = null;
    el.tensor = [[1, 2]];
    await settled(el);
    expect($(el, '.player')).to.equal(null);
    expect(el.errors.length).to.equal(2);
  });

  it('is clean to axe: tiles, a tensor with statistics, an error', async () => {
    await import('axe-core/axe.min.js' as string);
    const {axe} = window as unknown as {axe: {run: (node: Element, options: object) => Promise<{violations: {id: string; nodes: {html: string}[]}[]}>}};
    const els = [
      add({src: modelUrl('cnn-explainer-tinyvgg')}, {style: 'height:400px', 'aria-label': 'weights of a small net'}),
      add({tensor: {data: noise(12), shape: [2, 2, 3]}, arrange: 'a b c -> b c'}, {style: 'height:400px'}),
      add({tensor: 'bad'}, {style: 'height:200px'}),
    ];
    for (const el of els) await settled(el);
    key(els[1]!, 's');
    key(els[1]!, 'ArrowDown');
    await settled(els[1]!);
    const {violations} = await axe.run(page, {resultTypes: ['violations']});
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).to.deep.equal([]);
  });

  it('is the class that the registry has, and is upgraded late', () => {
    expect(customElements.get('weight-heatmap')).to.equal(WeightHeatmapElement);
  });
});
