import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import {parseColor} from '../../src/color/palette.js';
import type {LoadProgressEvent} from '../../src/elements/events.js';
import '../../src/weight-heatmap.js';
import {failure, noise} from '../helpers.js';
import {$, $$, add, gate, page, pixels, print, serve, settled, text, tile, until, wait} from './page.js';

const many = (n: number, times = 1, seed = 1): number[] => Array.from(noise(n, seed), (v) => v * times);
const canvasOf = (el: Element, address: string): HTMLCanvasElement => tile(el, address).querySelector('canvas')!;
const order = (el: Element): string[] => $$(el, '[part=tile]').map((t) => t.title);
const has = (el: Element, address: string, color: string): boolean => pixels(canvasOf(el, address)).includes(parseColor(color));
const HIGH = {style: 'height:900px;color-scheme:light'};

describe('<weight-heatmap>, its overview', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => page.replaceChildren());

  it('sorts by norm without touching the scales, and shares one only where asked to', async () => {
    const model = serve({'small/kernel': many(100, 0.01), 'great/kernel': many(100, 10)}, [10, 10]);
    const el = add({src: model.src, fetch: model.fetch}, HIGH);
    await settled(el);
    const own = print(canvasOf(el, 'small/kernel'));
    el.sort = 'norm';
    await settled(el);
    expect(order(el)).to.deep.equal(['great/kernel', 'small/kernel']);
    expect(print(canvasOf(el, 'small/kernel'))).to.equal(own);
    el.domain = 'shared';
    await settled(el);
    expect(print(canvasOf(el, 'small/kernel')), 'nearly white on the scale of all').to.not.equal(own);
    el.domain = 'auto';
    await settled(el);
    expect(print(canvasOf(el, 'small/kernel'))).to.equal(own);
  });

  it('measures once, whatever comes of it', async () => {
    const gone = serve({'a/kernel': null, 'b/kernel': null});
    const nan = serve({'a/kernel': Array<number>(100).fill(NaN)});
    const constants = serve({'a/step': [1], 'b/shape': [1, 2]});
    for (const model of [gone, nan, constants]) {
      const el = add({src: model.src, fetch: model.fetch, domain: 'shared', sort: 'norm'}, HIGH);
      await settled(el);
      const asked = model.asked.length;
      expect(el.matches(':state(loading)')).to.equal(false);
      for (let i = 0; i < 5; i++) {
        el.requestUpdate();
        await settled(el);
        await wait(10);
      }
      expect(model.asked.length - asked).to.equal(0);
    }
    expect(tile(page.children[0]!, 'a/kernel').getAttribute('aria-label')).to.contain('404');
  });

  it('tells how far measuring is, and gives it up when asked to', async () => {
    const model = serve(Object.fromEntries(Array.from({length: 6}, (_, i) => [`l${i}/kernel`, many(100, i + 1)])));
    const el = add({src: model.src, fetch: model.fetch}, {style: 'height:160px'});
    await settled(el);
    const phases: LoadProgressEvent[] = [];
    el.addEventListener('progress', (event) => phases.push(event));
    const {promise, open} = gate();
    const slow = serve(Object.fromEntries(Array.from({length: 60}, (_, i) => [`l${i}/kernel`, many(400, i + 1)])), [20, 20]);
    Object.assign(el, {src: slow.src, fetch: slow.fetch});
    await settled(el);
    slow.gate = promise;
    el.sort = 'norm';
    await until(() => el.matches(':state(loading)') && $(el, '[part=message] button'), 'it measures, and says so');
    expect($(el, '[part=message]').textContent).to.contain('every value');
    $(el, '[part=message] button').click();
    await settled(el);
    expect(el.sort).to.equal('order');
    expect(el.matches(':state(loading)') || el.matches(':state(error)')).to.equal(false);
    expect(order(el)[0]).to.equal('l0/kernel');
    open();
    const asked = slow.asked.length;
    // longer than it measures before it tells for the first time
    slow.gate = until(() => slow.asked.length > asked, 'measuring goes on').then(() => wait(150));
    el.sort = 'norm';
    await settled(el);
    expect(order(el)[0]).to.equal('l59/kernel');
    const scanned = phases.filter((e) => e.phase === 'scanning');
    expect(scanned.length).to.be.above(0);
    expect(scanned.at(-1)!.total).to.equal(60 * 400);
  });

  it('goes on measuring after a tile was open', async () => {
    const model = serve({'a/kernel': many(100), 'b/kernel': many(100, 2), 'c/kernel': many(100, 3)});
    const el = add({src: model.src, fetch: model.fetch}, {style: 'height:600px'});
    await settled(el);
    const again = serve({'a/kernel': many(100), 'b/kernel': many(100, 2), 'c/kernel': many(100, 3)});
    const {promise, open} = gate();
    again.gate = promise;
    Object.assign(el, {src: again.src, fetch: again.fetch, sort: 'norm'});
    await until(() => again.asked.length, 'it measures');
    el.layer = 'a';
    await wait(20);
    open();
    await settled(el);
    expect(el.stats!.size).to.equal(100);
    el.layer = null;
    await settled(el);
    expect(order(el)).to.deep.equal(['c/kernel', 'b/kernel', 'a/kernel']);
  });

  it('keeps the scale of all for a tensor that is opened, and opened at once', async () => {
    const model = serve({'a/kernel': many(100), 'b/kernel': many(100, 50)}, [10, 10]);
    const el = add({src: model.src, fetch: model.fetch, domain: 'shared'}, {style: 'height:600px'});
    await settled(el);
    el.layer = 'a';
    await settled(el);
    expect(text(el)).to.contain('one scale for all tiles');
    await el.refresh();
    expect(text(el)).to.contain('one scale for all tiles');
    const direct = add({src: model.src, fetch: model.fetch, domain: 'shared', layer: 'a'}, {style: 'height:600px'});
    await settled(direct);
    expect(text(direct)).to.contain('one scale for all tiles');
  });

  it('fires a bad scheme once, draws a tile again that failed otherwise', async () => {
    const el = add({tensors: {a: [[-1, -2], [-3, -4]], b: [[1, 2], [3, 4]]}, scheme: 'jet'}, HIGH);
    await settled(el);
    expect(el.errors.map((e) => e.message).join()).to.contain('jet');
    expect(el.errors.length).to.equal(1);
    expect(el.matches(':state(error)')).to.equal(true);
    el.query = 'a';
    await settled(el);
    expect(el.errors.length).to.equal(1);
    Object.assign(el, {scheme: 'viridis', query: ''});
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(false);
    expect(has(el, 'a', '#440154')).to.equal(true);
    el.transform = 'log';
    await settled(el);
    expect(tile(el, 'a').getAttribute('aria-label')).to.contain('positive values');
    expect(has(el, 'a', '#440154')).to.equal(false);
    expect(has(el, 'b', '#440154')).to.equal(true);
    el.transform = 'linear';
    await settled(el);
    expect(tile(el, 'a').getAttribute('aria-label')).to.contain('from −4 to −1');
    expect(has(el, 'a', '#440154')).to.equal(true);
    el.domain = '3,1';
    await settled(el);
    el.domain = 'auto';
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(false);
  });

  it('only widens a tile’s domain when it is refreshed, and keeps its scheme', async () => {
    const both = tf.variable(tf.tensor2d([[-1, 1], [0.5, 0.25]]));
    const positive = tf.variable(tf.tensor2d([[0, 1], [0.5, 0.25]]));
    for (const domain of ['auto', 'shared'] as const) {
      both.assign(tf.tensor2d([[-1, 1], [0.5, 0.25]]));
      positive.assign(tf.tensor2d([[0, 1], [0.5, 0.25]]));
      const el = add({tensors: {positive, ...(domain === 'auto' && {both})}, domain}, HIGH);
      await settled(el);
      expect(has(el, 'positive', '#440154'), 'viridis').to.equal(true);
      const old = domain === 'auto' && print(canvasOf(el, 'both'));
      both.assign(tf.tensor2d([[-0.1, 0.1], [0.05, 0.025]]));
      positive.assign(tf.tensor2d([[-0.5, 1], [0.5, 0.25]]));
      await el.refresh();
      expect(has(el, 'positive', '#440154'), `${domain}: still viridis`).to.equal(true);
      if (old) expect(print(canvasOf(el, 'both')), 'paler by ten times').to.not.equal(old);
      positive.assign(tf.tensor2d([[0, 0.1], [0.05, 0.025]]));
      await el.refresh();
      expect(has(el, 'positive', '#fde725'), 'a tenth of the domain is not yellow').to.equal(false);
      el.remove();
    }
    both.dispose();
    positive.dispose();
  });

  it('paints gaps in the theme’s colour after it has changed', async () => {
    const tensors = {kernel: {data: noise(3 * 3 * 4 * 4), shape: [3, 3, 4, 4]}};
    const dark = add({tensors}, {style: 'height:400px;color-scheme:dark'});
    const turned = add({tensors}, {style: 'height:400px;color-scheme:light'});
    await settled(dark);
    await settled(turned);
    turned.style.colorScheme = 'dark';
    // the probe's transition tells of it, in time
    await until(() => print(canvasOf(turned, 'kernel')) === print(canvasOf(dark, 'kernel')), 'the picture of a dark page');
  });

  it('saves a picture of an overview that is too tall for the screen’s scale', async () => {
    const el = add({tensors: Array.from({length: 130}, () => [[1, 2], [3, 4]])}, HIGH);
    await settled(el);
    const error = await failure(el.toBlob());
    expect(error).to.be.instanceOf(RangeError);
    const saved: HTMLAnchorElement[] = [];
    const {click} = HTMLAnchorElement.prototype;
    HTMLAnchorElement.prototype.click = function () {
      saved.push(this);
    };
    const save = async (): Promise<void> => {
      $(el, '[part=toolbar] .tools button:last-of-type').click();
      await until(() => saved.length || text(el).includes('Not saved'), 'the picture, or why there is none');
    };
    try {
      await save();
      const image = await createImageBitmap(await (await fetch(saved[0]!.href)).blob());
      expect(image.height).to.be.within(15000, 16384);
      saved.length = 0;
      el.toBlob = () => Promise.reject(new RangeError('Too large a picture.'));
      await save();
    } finally {
      HTMLAnchorElement.prototype.click = click;
    }
    expect($(el, '[part=message]').textContent).to.contain('Not saved').and.contain('Too large a picture.').and.not.contain('unexpected');
    expect(el.errors.at(-1)!.message).to.equal('Too large a picture.');
    $(el, '[part=message] button').click();
    await settled(el);
    expect(text(el)).to.not.contain('Not saved');
    expect(el.matches(':state(error)')).to.equal(false);
  });

  it('says in words what a tile shows, and its place among all', async () => {
    const el = add({tensors: {odd: [[1, NaN, Infinity], [NaN, -Infinity, 4]], plain: [[1, 2], [3, 4]], none: [[NaN, NaN], [NaN, NaN]]}}, HIGH);
    await settled(el);
    expect(tile(el, 'odd').getAttribute('aria-label')).to.equal('odd, 2×3, from 1 to 4, NaN 2, +∞ 1, −∞ 1');
    expect(tile(el, 'plain').getAttribute('aria-label')).to.equal('plain, 2×2, from 1 to 4');
    expect(tile(el, 'none').getAttribute('aria-label')).to.contain('no finite value, NaN 4');
    const item = tile(el, 'plain').parentElement!;
    expect([item.ariaSetSize, item.ariaPosInSet]).to.deep.equal(['3', '2']);
    // a sign in black or white on the mark's colour, in the corner beside the title
    const canvas = canvasOf(el, 'none');
    const corner = canvas.getContext('2d')!.getImageData(canvas.width - 40, 2, 36, 12).data;
    const colors = new Set(new Uint32Array(corner.buffer));
    expect(colors.has(parseColor('#ff00d4')), 'the mark').to.equal(true);
    expect(colors.size, 'the sign on it').to.be.above(5);
  });
});
