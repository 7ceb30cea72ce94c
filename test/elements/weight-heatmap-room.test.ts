import {expect} from 'chai';
import '../../src/weight-heatmap.js';
import {noise} from '../helpers.js';
import {$, $$, add, gate, laidOut, page, serve, settled, text, tile, until, wait} from './page.js';

const many = (n: number): number[] => Array.from(noise(n, n));
const press = (target: Element, key: string): boolean => target.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, composed: true, cancelable: true}));
const bottom = (el: Element): number => el.getBoundingClientRect().bottom;

describe('<weight-heatmap>, what cannot be read', () => {
  afterEach(() => {
    page.replaceChildren();
    page.style.width = '600px';
  });

  it('keeps the model when one weight fails: the way back and the layer’s other weights', async () => {
    const model = serve({'a/kernel': null, 'a/bias': many(30), 'b/kernel': many(100)});
    const el = add({src: model.src, fetch: model.fetch, layer: 'a', weight: 'kernel'});
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(true);
    expect($(el, '[part=message]').textContent).to.contain('404');
    expect([el.errors.length, el.loads]).to.deep.equal([1, 0]);
    expect($(el, '[part=toolbar] .title').textContent).to.contain('a').and.contain('100');
    expect($$(el, '[part=toolbar] .tools').length, 'nothing to zoom into or to save').to.equal(0);
    const select = $<HTMLSelectElement>(el, '[part=toolbar] select');
    expect([...select.options].map((o) => o.value)).to.deep.equal(['kernel', 'bias']);
    select.selectedIndex = 1;
    select.dispatchEvent(new Event('change'));
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(false);
    expect(el.stats!.size).to.equal(30);
    el.weight = 'kernel';
    await settled(el);
    expect(el.stats).to.equal(null);
    $(el, '[part=toolbar] button').click();
    await settled(el);
    expect(el.matches(':state(error)')).to.equal(false);
    expect(tile(el, 'b/kernel').getAttribute('aria-label')).to.contain('from');
  });

  it('finds the way back from a name that is none, and from a read that was given up', async () => {
    const model = serve({'a/kernel': many(100), 'b/kernel': many(100)});
    const el = add({src: model.src, fetch: model.fetch, layer: 'nowhere'});
    await settled(el);
    expect($(el, '[part=message]').textContent).to.contain('nowhere');
    $(el, '[part=toolbar] button').click();
    await settled(el);
    expect($$(el, '[part=tile]').length).to.equal(2);
    const {promise} = gate();
    const slow = serve({'a/kernel': many(100), 'b/kernel': many(100)});
    slow.gate = promise;
    Object.assign(el, {src: slow.src, fetch: slow.fetch, layer: 'a'});
    await until(() => slow.asked.length && $(el, '[part=message] button'), 'a read that can be given up');
    $(el, '[part=message] button').click();
    await settled(el);
    expect($(el, '[part=message]').textContent).to.contain('Cancelled');
    slow.gate = Promise.resolve();
    $(el, '[part=toolbar] button').click();
    await settled(el);
    expect($$(el, '[part=tile]').length).to.equal(2);
  });

  it('asks once for a file that is missing, says in the toolbar how many tiles that costs, and asks again on refresh', async () => {
    const asked: string[] = [];
    let there = false;
    const weights = Array.from({length: 12}, (_, i) => ({name: `l${i}/kernel`, shape: [10, 10], dtype: 'float32'}));
    const manifest = [{paths: ['one.bin'], weights: weights.slice(0, 8)}, {paths: ['two.bin'], weights: weights.slice(8)}];
    const own: typeof fetch = async (input) => {
      const file = String(input as string).split('/').pop()!;
      if (file.endsWith('.json')) return Response.json({weightsManifest: manifest});
      asked.push(file);
      if (file === 'one.bin' && !there) return new Response('', {status: 404});
      return new Response(new Float32Array(file === 'one.bin' ? 800 : 400));
    };
    const el = add({src: 'https://models.test/missing/model.json', fetch: own}, {style: 'height:2000px'});
    await laidOut(el);
    expect(asked.filter((f) => f === 'one.bin').length).to.equal(1);
    expect($(el, '[part=toolbar]').textContent).to.contain('8 of 12 could not be read');
    expect([el.errors.length, el.loads]).to.deep.equal([0, 1]);
    el.layer = 'l3';
    await settled(el);
    el.layer = null;
    await settled(el);
    expect(asked.filter((f) => f === 'one.bin').length, 'opened, it is not asked for either').to.equal(1);
    there = true;
    await el.refresh();
    await laidOut(el);
    expect(asked.filter((f) => f === 'one.bin').length).to.equal(2);
    expect($(el, '[part=toolbar]').textContent).to.not.contain('could not be read');
  });

  it('remembers no failure of a fetch that was given up', async () => {
    const model = serve({'a/kernel': many(100)});
    const {promise, open} = gate();
    model.gate = promise;
    const el = add({src: model.src, fetch: model.fetch, layer: 'a'});
    await until(() => model.asked.length, 'the weight’s file is asked for');
    el.remove();
    open();
    await wait(30);
    page.append(el);
    await settled(el);
    expect(el.stats!.size).to.equal(100);
  });
});

describe('<weight-heatmap>, its room', () => {
  afterEach(() => {
    page.replaceChildren();
    page.style.width = '600px';
  });

  it('is high enough for the table of small tensors, opened or closed, and for a toolbar of several lines', async () => {
    const small = Object.fromEntries(Array.from({length: 6}, (_, i) => [`c${i}`, [i]]));
    for (const width of ['600px', '300px']) {
      page.style.width = width;
      const model = serve({'a/kernel': many(40), ...small});
      const el = add({src: model.src, fetch: model.fetch});
      await laidOut(el);
      expect(text(el)).to.contain('7 weights, 1 drawn');
      const details = $<HTMLDetailsElement>(el, 'details.constants');
      expect(details.open, 'few tiles').to.equal(true);
      expect($(el, 'summary').textContent).to.contain('Constants (6)');
      const scroller = $(el, '[part=overview]');
      const open = el.offsetHeight;
      expect(scroller.scrollHeight - scroller.clientHeight, `open at ${width}`).to.be.at.most(1);
      details.open = false;
      await laidOut(el);
      expect(el.offsetHeight).to.be.below(open);
      expect(scroller.scrollHeight - scroller.clientHeight, `closed at ${width}`).to.be.at.most(1);
      details.open = true;
      await laidOut(el);
      expect(el.offsetHeight).to.equal(open);
      el.remove();
    }
  });

  it('keeps as much room for a strip where toolbar and legend take several lines', async () => {
    const heights: number[] = [];
    for (const width of ['900px', '300px', '200px']) {
      page.style.width = width;
      const el = add({tensors: {'conv_1_1/bias': many(20), 'conv_1_1/kernel': [[1, 2], [3, 4]]}, layer: 'conv_1_1', weight: 'bias'});
      await laidOut(el);
      heights.push($(el, '.box').offsetHeight);
      expect(Math.abs(bottom($(el, '.below')) - bottom(el))).to.be.at.most(1);
      el.remove();
    }
    expect(Math.min(...heights.slice(1)), String(heights)).to.be.at.least(heights[0]! - 20);
    expect(Math.min(...heights)).to.be.above(70);
  });

  it('grows for its statistics, which Escape closes, and back', async () => {
    const el = add({tensor: noise(10)});
    await laidOut(el);
    const low = el.offsetHeight;
    for (const from of ['[part=stats]', '[part=toolbar] .tools button', '.view']) {
      $(el, '[aria-label^=Statistics]').click();
      await laidOut(el);
      const panel = $(el, '[part=stats]');
      expect(panel.scrollHeight - panel.clientHeight, 'nothing is cut off').to.be.at.most(0);
      expect(bottom(panel)).to.be.at.most(bottom($(el, '.box')));
      press($(el, from), 'Escape');
      await laidOut(el);
      expect($(el, '[part=stats]'), from).to.equal(null);
      expect(el.offsetHeight).to.equal(low);
    }
  });

  it('shows its statistics beside the cell that it was sent to', async () => {
    const el = add({tensor: {data: noise(400), shape: [20, 20]}}, {style: 'height:500px'});
    await laidOut(el);
    $(el, '[aria-label^=Statistics]').click();
    for (const index of [[5, 0], [5, 19], [5, 10]]) {
      el.zoomTo(index);
      await laidOut(el);
      const cell = el.cellRect(index)!;
      const panel = $(el, '[part=stats]').getBoundingClientRect();
      expect(cell.right <= panel.left || cell.left >= panel.right, String(index)).to.equal(true);
    }
  });

  it('opens its menu above all else, within the window', async () => {
    const el = add({tensor: noise(10)});
    await laidOut(el);
    const menu = $<HTMLDetailsElement>(el, '.menu');
    menu.open = true;
    const list = menu.querySelector<HTMLElement>('[popover]')!;
    await until(() => list.matches(':popover-open'), 'the list');
    const box = list.getBoundingClientRect();
    expect(box.left >= 0 && box.right <= innerWidth && box.height > 80).to.equal(true);
    const last = [...list.querySelectorAll('button')].at(-1)!.getBoundingClientRect();
    if (last.bottom < innerHeight) expect(el.shadowRoot!.elementFromPoint(last.x + 9, last.y + 9)!.textContent).to.contain('.npy');
    press(list.querySelector('button')!, 'Escape');
    await until(() => !menu.open && !list.matches(':popover-open'), 'both are closed');
  });

  it('needs little for an error or for nothing, whatever it showed before', async () => {
    const el = add({tensor: {data: noise(900), shape: [30, 30]}});
    await laidOut(el);
    expect(el.offsetHeight).to.be.above(300);
    el.tensor = null;
    await laidOut(el);
    expect(el.offsetHeight).to.equal(160);
    el.tensor = 'nonsense' as never;
    await laidOut(el);
    expect(el.offsetHeight).to.equal(160);
    el.tensor = {data: noise(900), shape: [30, 30]};
    await laidOut(el);
    expect(el.offsetHeight).to.be.above(300);
  });

  it('leaves the room to the picture where it is low', async () => {
    const el = add({tensor: {data: noise(900), shape: [30, 30]}}, {style: 'height:80px'});
    await laidOut(el);
    expect($(el, '[part=toolbar]').offsetHeight).to.equal(0);
    expect($(el, '.view').offsetHeight).to.be.above(60);
    el.style.height = '200px';
    await laidOut(el);
    expect($(el, '[part=toolbar]').offsetHeight).to.be.above(20);
  });

  it('has a width of its own where the parent asks for one, and fits into a narrow one', async () => {
    for (const [style, inner] of [['display:inline-block', ''], ['width:max-content', ''], ['display:flex', ''], ['display:grid', ''], ['display:table-cell', ''], ['float:left', ''], ['position:absolute', '']] as const) {
      const parent = document.createElement('div');
      parent.style.cssText = style;
      page.append(parent);
      const el = add({tensor: noise(10)}, {style: inner});
      parent.append(el);
      await laidOut(el);
      expect(el.offsetWidth, style).to.be.at.least(300);
      parent.remove();
    }
    for (const style of ['', 'display:flex', 'display:grid', 'display:grid;grid-template-columns:1fr']) {
      const parent = document.createElement('div');
      parent.style.cssText = `${style};width:120px`;
      page.append(parent);
      const el = add({tensor: noise(10)});
      parent.append(el);
      await laidOut(el);
      expect(el.offsetWidth, `${style} of 120 px`).to.equal(120);
      parent.remove();
    }
  });

  it('finds small tensors by their names too', async () => {
    const model = serve({'a/kernel': many(40), 'b/kernel': many(40), 'net/step': [7], 'net/axis': [1]});
    const el = add({src: model.src, fetch: model.fetch, query: 'step'});
    await laidOut(el);
    expect($$(el, '[part=tile]').length).to.equal(0);
    expect($(el, 'summary').textContent).to.contain('(1)');
    expect($<HTMLDetailsElement>(el, 'details.constants').open).to.equal(true);
    expect($$(el, '.constants tr').length).to.equal(1);
    expect(text(el)).to.contain('1 of 4').and.not.contain('No weight’s name');
    el.query = 'kernel';
    await laidOut(el);
    expect($(el, 'details.constants')).to.equal(null);
    el.query = '';
    await laidOut(el);
    expect($$(el, '.constants tr').length).to.equal(2);
  });

  it('gives its values away as soon as they are there', async () => {
    const el = add({tensor: [[1, 2]]});
    expect(await el.toCSV()).to.contain('2');
    el.tensor = [[1, 2, 3]];
    expect((await el.toNPY()).length).to.be.above(80);
  });

  it('counts one weight as one', async () => {
    const el = add({tensors: {only: [[1, 2], [3, 4]]}});
    await settled(el);
    expect(text(el)).to.contain('1 weight,').and.not.contain('1 weights');
  });
});
