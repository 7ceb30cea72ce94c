import {expect} from 'chai';
import {rgba} from '../../src/color/palette.js';
import {heatmapCSV, heatmapNPY} from '../../src/controllers/heatmap-files.js';
import {viewBlob} from '../../src/controllers/heatmap-export.js';
import type {HeatmapView, ViewSettings} from '../../src/controllers/heatmap-view.js';
import {notesOf, twinOf} from '../../src/parts/heatmap-words.js';
import {random} from '../helpers.js';
import {box, makeView, type Part, pixelsOf, tensor, theme} from './scene.js';

/** What the canvas shows on the page's background. */
function screen(view: HeatmapView): Uint32Array {
  const canvas = new OffscreenCanvas(box.width, box.height);
  view.paint(canvas.getContext('2d')!, null);
  const page = new OffscreenCanvas(box.width, box.height);
  const ctx = page.getContext('2d')!;
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, box.width, box.height);
  ctx.drawImage(canvas, 0, 0);
  return pixelsOf(page);
}

/** The colour in the middle of a cell. */
function colorAt(view: HeatmapView, row: number, col: number): number {
  const {x, y, width, height} = view.rectOf({row, col})!;
  return screen(view)[Math.floor(y + height / 2) * box.width + Math.floor(x + width / 2)]!;
}

const notes = (view: HeatmapView, {scale, ...part}: Part): string[] =>
  notesOf(view, {domainPer: 'all', pool: 'extreme', sharedRange: null, mark: 'cell', ...part, scale: {center: 0, domain: 'auto', transform: 'linear', ...scale}} as ViewSettings, 'en', {togglePool: () => undefined, setDomain: () => undefined}).map((n) => n.text);

describe('domain-per', () => {
  const values = tensor([3, 4], (i) => (i + 1) * 10 ** Math.floor(i / 4));

  it('gives way to one domain, whatever else changes with it', async () => {
    const {view, draw} = makeView();
    view.show(values, 'other', false);
    await draw({domainPer: 'row'});
    expect(view.scale!.domain).to.deep.equal([0, 1]);
    await draw({arrange: 'a b -> b a'});
    expect(view.scale!.domain).to.deep.equal([1, 1200]);
    await draw({domainPer: 'row', arrange: 'a b -> b a'});
    await draw();
    expect(view.scale!.domain).to.deep.equal([1, 1200]);
    const {table} = view.scale!.palette;
    expect(colorAt(view, 2, 3)).to.equal(table[1023]);
    expect(colorAt(view, 0, 3)).to.equal(table[Math.round((3 / 1199) * 1023)]);
  });

  it('follows the arrangement, the slice and the centre', async () => {
    const {view, draw} = makeView();
    view.show(values, 'other', false);
    await draw({domainPer: 'row'});
    const ends = (): boolean[] => [0, 1, 2].map((r) => colorAt(view, r, 3) === view.scale!.palette.table[1023]);
    expect(ends()).to.deep.equal([true, true, true]);
    await draw({domainPer: 'row', arrange: 'a b -> b a'});
    expect([0, 1, 2, 3].map((r) => colorAt(view, r, 2) === view.scale!.palette.table[1023])).to.deep.equal([true, true, true, true]);

    view.show(tensor([2, 2, 3], (i) => (i < 6 ? i - 3 : 100 * i)), 'other', false);
    const part = {domainPer: 'row', arrange: 't a b -> a b'} as const;
    await draw(part);
    expect(view.scale!.diverging).to.equal(true);
    await draw({...part, scale: {center: null}});
    expect(view.scale!.diverging).to.equal(false);
    expect(colorAt(view, 0, 0)).to.equal(view.scale!.palette.table[0]);
    view.setSlice(0, 1);
    await draw({...part, scale: {center: null}});
    for (const r of [0, 1]) expect([0, 2].map((c) => colorAt(view, r, c))).to.deep.equal([0, 1023].map((i) => view.scale!.palette.table[i]));
  });

  it('says what it leaves out, and tells bars of values from its own scale', async () => {
    const {view, draw} = makeView();
    view.show(values, 'other', false);
    await draw({domainPer: 'row', scale: {transform: 'symlog', domain: 'robust'}});
    const [first] = notes(view, {domainPer: 'row', scale: {transform: 'symlog', domain: 'robust'}});
    expect(first).to.contain('each row').and.contain('transform').and.contain('domain');
    expect(view.normalised).to.equal(true);
    expect(notes(view, {domainPer: 'row'})[0]).to.equal('each row has a scale of its own');
  });
});

describe('robust', () => {
  it('is neither offered nor claimed where both percentiles are one value', async () => {
    const {view, draw} = makeView();
    view.show(tensor([100, 100], (i) => (i % 997 ? 0 : i % 2 ? 0.02 : -0.02)), 'other', false);
    await draw();
    expect(notes(view, {}).join()).to.not.contain('99 %');
    await draw({scale: {domain: 'robust'}});
    expect(view.scale!.domain.map(Math.fround)).to.deep.equal([-0.02, 0.02].map(Math.fround));
    expect(notes(view, {scale: {domain: 'robust'}})[0]).to.contain('one value');
  });
});

describe('refresh', () => {
  const spread = (k: number, center = 0) => tensor([20, 20], (i) => center + k * (i / 200 - 1));

  for (const domain of ['auto', 'robust'] as const) {
    it(`only widens an ${domain} domain and keeps the scheme`, async () => {
      const {view, draw} = makeView();
      view.show(spread(2), 'other', false);
      await draw({scale: {domain}});
      const [lo, hi] = view.scale!.domain;
      for (const next of [spread(0.5), spread(0.5, 1), spread(0.1, -1)]) {
        view.show(next, 'other', true);
        await draw({scale: {domain}});
        expect(view.scale!.domain).to.deep.equal([lo, hi]);
        expect(view.scale!.diverging).to.equal(true);
      }
      view.show(spread(4), 'other', true);
      await draw({scale: {domain}});
      expect(view.scale!.domain[1]).to.be.closeTo(2 * hi, 0.02);
      expect(view.scale!.domain[0]).to.equal(-view.scale!.domain[1]);
      await draw({scale: {domain: [-9, 9]}});
      expect(view.scale!.domain).to.deep.equal([-9, 9]);
      view.show(spread(1), 'other', false);
      await draw({scale: {domain}});
      expect(view.scale!.domain[1]).to.be.at.most(1);
    });
  }

  it('keeps nothing of a constant, such as a bias at its start', async () => {
    const {view, draw} = makeView();
    view.show(spread(0), 'other', false);
    await draw();
    view.show(spread(0.01), 'other', true);
    await draw();
    expect(view.scale!.domain[1]).to.be.closeTo(0.01, 1e-3);
    expect(view.scale!.diverging).to.equal(true);
  });
});

describe('preview', () => {
  it('that finds no scale among its samples does not stop the exact picture', async () => {
    const {view, errors, draw} = makeView();
    view.show(tensor([700, 700], (i) => (i === 333_333 ? 5 : -1)), 'other', false);
    await draw({scale: {transform: 'log', center: null}});
    expect(errors).to.deep.equal([]);
    expect(view.facts!.stats!.max).to.equal(5);
    expect(view.scale!.domain[1]).to.equal(5);
  });

  it('of work that takes long is followed by the share done', async () => {
    const shares: (number | null)[] = [];
    const {view, draw} = makeView((v) => shares.push(v.progress));
    view.show(tensor([2048, 2048], (i) => Math.sin(i)), 'other', false);
    const real = performance.now;
    // a hundred times as slow a machine
    performance.now = () => 100 * real.call(performance);
    try {
      await draw();
    } finally {
      performance.now = real;
    }
    const told = shares.filter((share) => share !== null);
    expect(told.length).to.be.above(5);
    expect(told).to.deep.equal([...told].sort((a, b) => a - b));
    expect(told.every((share) => share > 0 && share <= 1)).to.equal(true);
    expect(view.progress).to.equal(null);
    shares.length = 0;
    view.show(tensor([20, 20], (i) => i), 'other', false);
    await draw();
    expect(shares.every((share) => share === null)).to.equal(true);
  });
});

describe('export', () => {
  for (const part of [{}, {mark: 'square'}] as const) {
    it(`looks like the screen, gaps included: ${JSON.stringify(part)}`, async () => {
      const {view, draw} = makeView();
      const next = random(5);
      view.show(tensor([3, 3, 2, 6], () => next() - 0.5), 'conv2d', false);
      await draw(part);
      const shown = screen(view);
      const blob = await viewBlob(view, box, '', '', theme, {scale: 1});
      const image = await createImageBitmap(blob);
      const canvas = new OffscreenCanvas(box.width, box.height);
      canvas.getContext('2d')!.drawImage(image, 0, -26);
      const saved = pixelsOf(canvas);
      // labels are smoothed otherwise on an opaque ground: only where the plane is
      const {margins, plane} = view;
      const {x: left, width} = view.rectOf({row: 0, col: 0})!;
      const right = Math.floor(left + plane!.cols * width);
      let off = 0;
      for (let y = margins.top; y < box.height - margins.bottom; y++) {
        for (let x = Math.ceil(left); x < right; x++) {
          const [a, b] = [shown, saved].map((pixels) => pixels[y * box.width + x]!) as [number, number];
          for (const shift of [0, 8, 16]) off = Math.max(off, Math.abs(((a >> shift) & 255) - ((b >> shift) & 255)));
        }
      }
      expect(off).to.be.at.most(1);
      expect(new Set(saved).size).to.be.above(20);
      const gap = view.plane!.rowOffset.indexOf(-1);
      expect(colorAt(view, gap, 0), 'the gap is tinted').to.not.equal(rgba(255, 255, 255));
    });
  }
});

describe('twin', () => {
  it('stands around the cursor', async () => {
    const {view, draw} = makeView();
    view.show(tensor([24, 33], (i) => i), 'other', false);
    await draw();
    const names = (row: number, col: number): [string[], string[]] => {
      const twin = twinOf(view, 'w', {row, col}, 'en')!;
      expect(twin.caption).to.contain('around');
      return [twin.rows.map((r) => r.name), [...twin.columns]];
    };
    const [rows, cols] = names(12, 20);
    expect([rows.length, cols.length]).to.deep.equal([15, 20]);
    expect([rows[7], cols[10]]).to.deep.equal(['row 12', 'column 20']);
    expect(names(23, 0).map((side) => side.length)).to.deep.equal([15, 20]);
    expect(names(23, 0)[0].at(-1)).to.equal('row 23');
    expect(names(0, 32)[0][0]).to.equal('row 0');
    expect(names(0, 32)[1].at(-1)).to.equal('column 32');
  });

  it('holds all of what fits, gaps left out', async () => {
    const {view, draw} = makeView();
    view.show(tensor([3, 3, 1, 3], (i) => i), 'conv2d', false);
    await draw({arrange: 'h w i o -> (o h) (i w)'});
    const twin = twinOf(view, 'w', null, 'en')!;
    expect(twin.caption).to.contain('9 rows and 3 columns');
    expect(twin.rows.length).to.equal(9);
  });
});

describe('files', () => {
  it('of a long vector let the page work while they are written', async () => {
    const n = 300_000;
    const {view, draw} = makeView();
    view.show(tensor([n], (i) => i / 7), 'other', false);
    await draw();
    let turns = 0;
    let running = true;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      turns++;
      if (running) channel.port2.postMessage(0);
    };
    channel.port2.postMessage(0);
    const text = await heatmapCSV(view, false);
    running = false;
    expect(turns).to.be.above(6);
    const [head, line] = text.split('\r\n');
    expect(head!.split(',').length).to.equal(n + 1);
    expect(head!.endsWith(',i=299999')).to.equal(true);
    expect(line!.split(',').map(Number).every((v, i) => i === 0 || Math.fround(v) === Math.fround((i - 1) / 7))).to.equal(true);
  });

  it('hold the cells in view, in the tensor’s dtype', async () => {
    const {view, draw} = makeView();
    view.show({shape: [3, 2, 2], dtype: 'int32', data: Int32Array.from({length: 12}, (_, i) => i)}, 'other', false);
    await draw({arrange: '(a b) h w -> (a h) (b w); a=1'});
    const bytes = await heatmapNPY(view, true);
    expect(new TextDecoder('latin1').decode(bytes)).to.contain("'descr': '<i4'").and.contain('(2, 6)');
    expect([...new Int32Array(bytes.slice(-48).buffer)]).to.deep.equal([0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11]);
  });

  it('hold the whole of a tensor of which one face is shown', async () => {
    const {view, draw} = makeView();
    const whole = {shape: [2], dtype: 'complex64', data: Float32Array.of(3, 4, -5, 12)} as const;
    view.show({shape: [2], dtype: 'float32', data: Float32Array.of(5, 13)}, 'other', false, whole);
    await draw();
    const bytes = await heatmapNPY(view, false);
    expect(new TextDecoder('latin1').decode(bytes)).to.contain("'descr': '<c8'").and.contain('(2,)');
    expect([...new Float32Array(bytes.slice(-16).buffer)]).to.deep.equal([3, 4, -5, 12]);
    expect(await heatmapCSV(view, false)).to.contain('5,13');
  });
});
