import {expect} from 'chai';
import {rgba} from '../../src/color/palette.js';
import {HeatmapCursor} from '../../src/controllers/heatmap-cursor.js';
import {heatmapCSV, heatmapNPY} from '../../src/controllers/heatmap-files.js';
import {bar} from '../../src/controllers/heatmap-picture.js';
import {viewBlob} from '../../src/controllers/heatmap-export.js';
import type {HeatmapView, ViewSettings} from '../../src/controllers/heatmap-view.js';
import {axisName} from '../../src/paint/axes.js';
import {notesOf, twinOf} from '../../src/parts/heatmap-words.js';
import {statsRows} from '../../src/parts/stats-panel.js';
import {failure, random} from '../helpers.js';
import {complexPart} from '../../src/tensor/read-tensor.js';
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

describe('log', () => {
  it('spans all positive values, and counts the rest as below', async () => {
    const {view, draw} = makeView();
    view.show(tensor([8, 16], (i) => (i < 100 ? -1 - i : i - 99)), 'other', false);
    await draw({scale: {transform: 'log'}});
    expect(view.scale!.domain).to.deep.equal([1, 28]);
    expect(view.beyond).to.deep.equal({below: 100, above: 0});
    expect(notes(view, {scale: {transform: 'log'}})).to.include('log scale');
    view.show(tensor([4], (i) => [-1, 1e-9, 1, 8][i]!), 'other', false);
    await draw({scale: {transform: 'log'}});
    expect(notes(view, {scale: {transform: 'log'}}).join()).to.contain('millionth');
    expect(view.beyond.below).to.equal(2);
  });
});

describe('legend', () => {
  it('states the linear range of symlog, what is constant and that nothing is finite', async () => {
    const {view, draw} = makeView();
    view.show(tensor([4], (i) => 5 * i - 15), 'other', false);
    await draw({scale: {transform: 'symlog'}});
    expect(notes(view, {scale: {transform: 'symlog'}}).join()).to.contain('linear within ±0.015');
    view.show(tensor([4], () => 7), 'other', false);
    await draw();
    expect(notes(view, {})).to.include('all cells are 7');
    view.show(tensor([4], (i) => (i ? 7 : NaN)), 'other', false);
    await draw();
    expect(notes(view, {})).to.include('all finite cells are 7');
    view.show(tensor([4], () => NaN), 'other', false);
    await draw();
    expect(notes(view, {})).to.include('no finite value');
    const canvas = new OffscreenCanvas(100, 30);
    bar(canvas.getContext('2d')!, view, 100, theme);
    expect(pixelsOf(canvas).every((p) => p === 0), 'no bar').to.equal(true);
  });

  it('has two swatches for booleans', async () => {
    const {view, draw} = makeView();
    view.show({shape: [3], dtype: 'bool', data: Uint8Array.of(0, 1, 1)}, 'other', false);
    await draw();
    const canvas = new OffscreenCanvas(100, 40);
    bar(canvas.getContext('2d')!, view, 100, theme);
    const {table} = view.scale!.palette;
    const line = pixelsOf(canvas).subarray(600, 700);
    expect([...new Set(line)].filter((color) => table.includes(color))).to.deep.equal([table[0], table[1023]]);
  });

  it('and statistics tell which face of complex numbers they are of', async () => {
    const {view, draw} = makeView();
    const whole = {shape: [2], dtype: 'complex64', data: Float32Array.of(3, 4, -5, 12)} as const;
    view.show(complexPart(whole, 'magnitude'), 'other', false, whole);
    await draw();
    expect(view.facts!.stats).to.include({dtype: 'complex64', part: 'magnitude', size: 2, max: 13});
    expect(statsRows(view, 'en').find(([name]) => name === 'dtype')![1]).to.contain('complex64').and.contain('magnitude');
    view.show(tensor([2], () => 1), 'other', false);
    await draw();
    expect(view.facts!.stats).to.include({dtype: 'float32'}).and.not.have.property('part');
  });
});

describe('gaps', () => {
  it('show the page, in an outline', async () => {
    const {view, draw} = makeView();
    view.show(tensor([3, 3, 1, 4], (i) => i + 1), 'conv2d', false);
    await draw({arrange: 'h w i o -> h (o i w)'});
    const gap = view.plane!.colOffset.indexOf(-1);
    expect(colorAt(view, 1, gap)).to.equal(rgba(255, 255, 255));
    const {x, y, height} = view.rectOf({row: 1, col: gap})!;
    const row = screen(view).subarray(Math.floor(y + height / 2) * box.width);
    expect([-1, 0, 1].some((d) => row[Math.round(x) + d] === rgba(200, 210, 220)), 'its edge').to.equal(true);
  });
});

/** The texts that are written: centred in the cells and below, or to the right at the rows. */
function texts(view: HeatmapView, align: CanvasTextAlign = 'center'): string[] {
  const out: string[] = [];
  const ctx = new OffscreenCanvas(box.width, box.height).getContext('2d')!;
  ctx.fillText = (text) => {
    if (ctx.textAlign === align) out.push(text);
  };
  view.paint(ctx, null);
  return out;
}

describe('annotations', () => {
  it('have one number of digits in the whole picture', async () => {
    const {view, draw} = makeView();
    const values = [3.16, 4.472136, 1.5, 1 / 3];
    view.show(tensor([2, 2], (i) => values[i]!), 'other', false);
    await draw({annotate: true, arrange: 'a b -> a b'});
    expect(texts(view)).to.include.members(['3.16', '4.47', '1.5', '0.333']);
    view.show(tensor([2, 2], (i) => 1234567 + i), 'other', false);
    await draw({annotate: true, arrange: 'a b -> a b'});
    expect(texts(view), 'whole numbers in full').to.include.members(['1234567', '1234570']);
    view.show(tensor([2, 8], (i) => (i ? 1.234 : -1.234e-7)), 'other', false);
    await draw({annotate: true, arrange: 'a b -> a b'});
    expect(texts(view), 'fewer where one does not fit').to.include('1').and.not.include('1.23');
  });
});

describe('cursor', () => {
  it('keeps off the axes, and its cell in view when zooming', async () => {
    const {view, draw} = makeView();
    view.show(tensor([12, 12], (i) => i), 'other', false);
    await draw();
    const host = {addController: () => undefined, removeController: () => undefined, requestUpdate: () => undefined, updateComplete: Promise.resolve(true)};
    const cursor = new HeatmapCursor(host, view, {hovered: () => undefined, selected: () => undefined, toggle: () => undefined, leave: () => undefined});
    cursor.place({row: 0, col: 0});
    for (let i = 0; i < 4; i++) cursor.zoom(1.7);
    const {x, y} = view.rectOf({row: 0, col: 0})!;
    expect(x).to.be.at.least(view.margins.left - 1e-6);
    expect(y).to.be.at.least(view.margins.top - 1e-6);
    const cell = {row: 3, col: 3};
    view.zoomTo([3, 3]);
    const size = view.rectOf(cell)!.width;
    view.pan(-(view.rectOf(cell)!.x + size / 2 - view.margins.left), 0);
    expect(view.rectOf(cell)!.x, 'half of it is out of view').to.be.below(view.margins.left - 5);
    cursor.place(cell);
    cursor.zoom(1.01);
    expect(view.rectOf(cell)!.x).to.be.closeTo(view.margins.left, 1e-6);
    view.pan(-size / 2, 0);
    const paint = (at: {row: number; col: number} | null): Uint32Array => {
      const canvas = new OffscreenCanvas(box.width, box.height);
      view.paint(canvas.getContext('2d')!, at);
      return pixelsOf(canvas);
    };
    const [without, within] = [paint(null), paint(cell)];
    const changed = Array.from(within, (p, i) => (p === without[i] ? -1 : i % box.width)).filter((at) => at >= 0);
    expect(changed.length).to.be.above(0);
    expect(Math.min(...changed)).to.be.at.least(view.margins.left - 2);
  });
});

describe('axes', () => {
  it('say which half of a split axis they show', async () => {
    const {view, draw} = makeView();
    view.show(tensor([6, 2], (i) => i), 'other', false);
    await draw({arrange: '(a a2) b -> a (a2 b); a=2'});
    const {rows, cols} = view.arrangement!;
    expect([axisName(rows, [...rows, ...cols]), axisName(cols, [...rows, ...cols])]).to.deep.equal(['a', '+ a · b']);
    expect(twinOf(view, 'w', null, 'en')!.rows.map((r) => r.name)).to.deep.equal(['a 0', 'a 3']);
    expect(texts(view, 'right')).to.include.members(['0', '3']);
    expect(texts(view, 'center')).to.include.members(['+0', '+2', '+ a · b']);
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
    expect(view.scale!.domain, 'about the one positive value').to.deep.equal([2.5, 10]);
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
      expect(colorAt(view, gap, 0), 'the gap is the page').to.equal(rgba(255, 255, 255));
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
    expect((await heatmapCSV(view, false)).split('\r\n')).to.deep.equal([',i=0 re,i=0 im,i=1 re,i=1 im', ',3,4,-5,12', '']);
  });

  it('say which slice they hold', async () => {
    const {view, draw} = makeView();
    view.show(tensor([2, 3, 4], (i) => i), 'other', false);
    await draw({arrange: 'a b c -> b 1'});
    view.setSlice(0, 1);
    view.setSlice(1, 2);
    expect((await heatmapCSV(view, false)).split('\r\n').slice(0, 2)).to.deep.equal(['a=1 c=2,', 'b=0,14']);
  });

  it('name the true index of an axis that is split in two', async () => {
    const {view, draw} = makeView();
    view.show(tensor([6, 1, 2], (i) => i), 'other', false);
    await draw({arrange: '(a a2) 1 b -> (a a2) b; a=2'});
    expect((await heatmapCSV(view, false)).split('\r\n').slice(3, 6)).to.deep.equal(['a=2,4,5', 'a=3,6,7', 'a=4,8,9']);
    await draw({arrange: '(a a2) 1 b -> a (a2 b); a=2'});
    expect((await heatmapCSV(view, false)).split('\r\n').slice(0, 3)).to.deep.equal([
      ',a=+0 b=0,a=+0 b=1,a=+1 b=0,a=+1 b=1,a=+2 b=0,a=+2 b=1',
      'a=0,0,1,2,3,4,5',
      'a=3,6,7,8,9,10,11',
    ]);
  });

  it('are refused where no tensor is shown', async () => {
    const {view} = makeView();
    for (const making of [heatmapCSV(view, false), heatmapNPY(view, false)]) expect((await failure(making)).message).to.contain('open a weight first');
  });
});
