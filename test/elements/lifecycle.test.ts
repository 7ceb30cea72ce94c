import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import '../../src/weight-heatmap.js';
import {modelUrl, noise} from '../helpers.js';
import {$, add, frame, gate, page, pixel, serve, settled, text, until} from './page.js';

const many = (n: number): number[] => Array.from(noise(n));

describe('<weight-heatmap>, its sources and its life', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => page.replaceChildren());

  it('draws a weight that was being read when it was removed and put back', async () => {
    const model = serve({'a/kernel': many(100), 'b/kernel': many(50)});
    const el = add({src: model.src, fetch: model.fetch, layer: 'a'});
    await settled(el);
    const {promise, open} = gate();
    model.gate = promise;
    el.layer = 'b';
    await until(() => model.asked.at(-1) === 'b/kernel', 'b is read');
    el.remove();
    await settled(el);
    open();
    page.append(el);
    await settled(el);
    expect(el.stats!.size).to.equal(50);
    expect(el.cellRect([0])).to.not.equal(null);
    expect([el.loads, el.errors.length]).to.deep.equal([1, 0]);
  });

  it('does not answer for a new source with the data of the old', async () => {
    const el = add({src: modelUrl('tfjs-gru-embedding')});
    await settled(el);
    el.src = '/missing.json';
    await settled(el);
    expect(el.errors.length).to.equal(1);
    el.layer = 'gru_GRU1';
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(true);
    expect(text(el)).to.contain('missing.json');
    expect(el.stats).to.equal(null);
    el.src = modelUrl('cnn-explainer-tinyvgg');
    el.layer = 'conv_1_2';
    await settled(el);
    expect(el.stats!.size).to.equal(900);
    // a layer that only the new source has is no mistake
    el.src = modelUrl('tfjs-gru-embedding');
    el.layer = 'gru_GRU1';
    await settled(el);
    expect(el.stats!.shape.at(-1)).to.equal(12);
    expect(el.errors.length, el.errors.map((e) => e.message).join()).to.equal(1);
    // a mistaken layer does not take the data away
    el.layer = 'nothing like it';
    await settled(el);
    expect(el.errors.length).to.equal(2);
    el.layer = 'gru_GRU1';
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(false);
    expect(el.stats).to.not.equal(null);
  });

  it('leaves the data of a source that failed alone', async () => {
    const model = serve(Object.fromEntries(Array.from({length: 60}, (_, i) => [`l${i}/kernel`, many(400)])), [20, 20]);
    const el = add({src: model.src, fetch: model.fetch}, {style: 'height:160px'});
    await settled(el);
    const asked = model.asked.length;
    Object.assign(el, {src: 'https://models.test/none/none.json', fetch: () => Promise.resolve(new Response('', {status: 404}))});
    await settled(el);
    Object.assign(el, {domain: 'shared', sort: 'norm'});
    await settled(el);
    expect(model.asked.length - asked).to.equal(0);
    expect(el.errors.length).to.equal(1);
  });

  it('leaves a tensor that is shown alone when a lesser source comes or goes', async () => {
    const el = add({}, {style: 'height:300px'});
    const tensor = tf.tensor2d(many(100), [10, 10]);
    el.tensor = tensor;
    tensor.dispose();
    await settled(el);
    el.zoomTo([5, 5]);
    await settled(el);
    const zoomed = el.cellRect([5, 5])!.width;
    const model = await tf.loadLayersModel(modelUrl('tfjs-gru-embedding'));
    el.model = model;
    await settled(el);
    el.src = modelUrl('cnn-explainer-tinyvgg');
    await settled(el);
    el.tensors = null;
    await settled(el);
    el.model = null;
    await settled(el);
    expect([el.loads, el.errors.length]).to.deep.equal([1, 0]);
    expect(el.cellRect([5, 5])!.width).to.equal(zoomed);
    model.dispose();
  });

  it('shows a tensor that was disposed of though it is moved in the page during its first read', async () => {
    const el = add({}, {style: 'height:300px'});
    const other = document.createElement('div');
    page.append(other);
    const tensor = tf.tensor2d([[1, 2], [3, 4]]);
    el.tensor = tensor;
    tensor.dispose();
    other.append(el);
    await Promise.resolve();
    page.append(el);
    await settled(el);
    expect(el.stats!.max).to.equal(4);
    expect([el.loads, el.errors.length]).to.deep.equal([1, 0]);
  });

  it('uncovers the tensor below when the tensors above are taken away', async () => {
    const el = add({tensor: [[1, 2, 3]]});
    el.tensors = {a: [[1, 2]]};
    await settled(el);
    expect(text(el)).to.contain('1 weight,');
    el.tensors = null;
    await settled(el);
    expect(el.stats!.shape).to.deep.equal([1, 3]);
  });

  it('shows the last values when refreshed while a refresh runs', async () => {
    const gates: (() => void)[] = [];
    let value = 1;
    let reads = 0;
    const slow = {
      shape: [2],
      dtype: 'float32',
      data: async () => {
        const now = value; // read when asked, told late
        reads++;
        await new Promise<void>((resolve) => gates.push(resolve));
        return Float32Array.of(0, now);
      },
    };
    const el = add({tensor: slow});
    gates.shift()!();
    await settled(el);
    expect(el.stats!.max).to.equal(1);
    value = 2;
    const first = el.refresh();
    await until(() => reads === 2, 'it reads');
    value = 3;
    const second = el.refresh();
    value = 4;
    const third = el.refresh();
    let done = false;
    void Promise.all([first, second, third]).then(() => (done = true));
    await until(() => {
      gates.shift()?.();
      return done;
    }, 'the end of all refreshes');
    expect(el.stats!.max).to.equal(4);
    expect([reads, gates.length], 'three refreshes, two reads').to.deep.equal([3, 0]);
    expect(el.loads).to.equal(1);
  });

  it('takes back what was good before a mistake', async () => {
    const el = add({tensor: [[-1, 0.5], [0.25, 1]]}, {style: 'height:300px'});
    for (const [name, good, bad] of [['domain', '-1,1', '3,1'], ['scheme', 'magma', 'jet'], ['transform', 'symlog', 'cubic'], ['center', 'none', 'left'], ['pool', 'mean', 'most'], ['arrange', 'a b -> b a', 'a b c -> a b']] as const) {
      el.errors.length = 0;
      for (const value of [good, bad, good]) {
        Object.assign(el, {[name]: value});
        await settled(el);
        expect(el.matches(':state(error)'), `${name}=${value}`).to.equal(value === bad);
      }
      expect(el.errors.length, name).to.equal(1);
      const at = el.cellRect([0, 0])!;
      expect(pixel(el, at.x + at.width / 2, at.y + at.height / 2) >>> 24, name).to.equal(255);
    }
  });

  it('takes undefined for the default, as frameworks set it', async () => {
    const el = add({src: modelUrl('tfjs-gru-embedding'), layer: 'gru_GRU1'}, {style: 'height:300px'});
    await settled(el);
    for (const name of ['layer', 'weight', 'arrange', 'mark', 'aspect', 'scheme', 'reverse', 'domain', 'center', 'transform', 'domainPer', 'pool', 'annotate', 'complex', 'query', 'sort', 'loading', 'gestures', 'tensor', 'tensors', 'model', 'crossOrigin', 'fetch'] as const) {
      Object.assign(el, {[name]: undefined});
      await settled(el);
      expect(el.errors.map((e) => e.message), name).to.deep.equal([]);
    }
    expect(text(el)).to.contain('4 weights');
    el.tensor = [[-1, 1]];
    await settled(el);
    expect(el.cellRect([0, 0])).to.not.equal(null);
    expect(el.errors).to.deep.equal([]);
  });

  it('draws whatever the page’s language is called', async () => {
    for (const lang of ['en_US', 'zh_CN', 'c', 'x-y_z']) {
      const el = add({tensors: {a: [[1, NaN], [3, 4]]}}, {lang, style: 'height:300px'});
      await settled(el);
      expect($(el, '[part=tile]').getAttribute('aria-label'), lang).to.contain('2×2').and.contain('NaN 1');
    }
  });

  it('takes a placeholder for what it is', async () => {
    for (const words of ['3 MB model…', '- loading -', '+ one', '1.5 seconds', '…']) {
      const el = add({}, {}, words);
      await settled(el);
      expect(el.errors.map((e) => e.message), words).to.deep.equal([]);
      expect(el.matches(':state(empty)')).to.equal(true);
    }
    for (const [data, max] of [['-2.5e1', -25], ['7', 7], ['[[1, 2]]', 2], ['{"shape": [1], "data": [9]}', 9]] as const) {
      const el = add({}, {}, data);
      await settled(el);
      expect(el.stats!.max, data).to.equal(max);
    }
  });

  it('reads at once when a lazy one is no longer to wait', async () => {
    const spacer = document.createElement('div');
    spacer.style.height = '5000px';
    page.append(spacer);
    const el = add({loading: 'lazy', src: modelUrl('tfjs-gru-embedding')});
    await settled(el);
    expect(el.loads).to.equal(0);
    el.loading = 'eager';
    await until(() => el.loads === 1, 'it is read');
  });

  it('is complete, and not loading, while a lazy one waits off-screen', async () => {
    const far = document.createElement('div');
    far.style.height = '5000px';
    page.append(far);
    const el = add({loading: 'lazy', src: modelUrl('tfjs-gru-embedding')});
    await settled(el);
    await el.refresh();
    expect(el.matches(':state(loading)')).to.equal(false);
    expect(el.matches(':state(empty)'), 'there are data, not read yet').to.equal(false);
    expect(el.loads).to.equal(0);
    el.scrollIntoView();
    await until(() => el.loads, 'it has come near, and has been read');
    await settled(el);
    expect(text(el)).to.contain('4 weights');
    scrollTo(0, 0);
  });

  it('does not wait for what was superseded', async () => {
    const el = add({fetch: () => new Promise<Response>(() => undefined), src: 'https://models.test/never.json'});
    await frame();
    Object.assign(el, {fetch: null, src: null, tensor: [[1, 2]]});
    await settled(el);
    expect(el.stats!.max).to.equal(2);
    el.tensor = {shape: [1], dtype: 'float32', data: () => new Promise(() => undefined)};
    await frame();
    el.tensor = [[5]];
    await settled(el);
    expect(el.stats!.max).to.equal(5);
  });

  it('has its pixels when it says that it is complete', async () => {
    const el = add({tensor: [[0, 1]], scheme: 'viridis', domain: '0,1'}, {style: 'height:200px'});
    await el.renderComplete;
    const color = (): string => {
      const at = el.cellRect([0, 1])!;
      return pixel(el, at.x + at.width / 2, at.y + at.height / 2).toString(16);
    };
    expect(color()).to.equal('ff25e7fd');
    el.tensor = [[1, 0]];
    await el.renderComplete;
    expect(color()).to.equal('ff540144');
    el.scheme = 'greys';
    await el.renderComplete;
    expect(color()).to.equal('ffffffff');
    // the height that follows from the data has been taken into account, too
    const own = add({tensor: {data: noise(900), shape: [30, 30]}});
    await own.renderComplete;
    const canvas = $<HTMLCanvasElement>(own, '.view canvas');
    expect(canvas.height).to.equal(Math.round(canvas.clientHeight * devicePixelRatio));
  });

  it('is complete in a tab that gets no frames', async () => {
    const {requestAnimationFrame: own} = window;
    window.requestAnimationFrame = () => 0;
    try {
      const el = add({tensor: [[0, 1]]}, {style: 'height:200px'});
      await el.renderComplete;
      const at = el.cellRect([0, 1])!;
      expect(pixel(el, at.x + 5, at.y + 5) >>> 24).to.equal(255);
    } finally {
      window.requestAnimationFrame = own;
    }
  });
});
