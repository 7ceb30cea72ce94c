import {expect} from 'chai';
import {hitFigure, hitHandle} from '../../src/paint/plot-hit.js';
import {layoutFigure, placeX, placeY, valueX, valueY} from '../../src/paint/plot-layout.js';
import {type FigureScene, paintFigure} from '../../src/paint/plot.js';
import {SvgContext} from '../../src/paint/svg-context.js';
import type {Theme} from '../../src/paint/theme.js';
import type {Axis, Figure, Mark, Panel} from '../../src/plot/types.js';
import {WHOLE} from '../../src/plot/window.js';

const theme: Theme = {text: '#000', background: '#fff', accent: '#00f', grid: '#ddd', muted: '#666', nan: '#f0f', positiveInfinity: '#0f0', negativeInfinity: '#0ff', font: 'sans-serif'};
const axis = (domain: [number, number], more: Partial<Axis> = {}): Axis => ({title: 't', type: 'linear', domain, ...more});
const read = (i: number) => ({value: String(i), place: '', indices: [i], series: '', datum: {}});
const panel = (marks: readonly Mark[], more: Partial<Panel> = {}): Panel => ({key: 'a', x: axis([0, 10]), y: axis([0, 100]), marks, ...more});
const figure = (...panels: Panel[]): Figure => ({label: 'f', facts: '', panels, legend: [], notes: [], table: {columns: [], rows: 0, cell: () => ''}, metrics: {}});
const ctx = new OffscreenCanvas(1, 1).getContext('2d')!;
const place = (f: Figure, width = 600, height = 400) => layoutFigure(f, () => WHOLE, width, height, ctx, theme);
const sceneOf = (f: Figure, more: Partial<FigureScene> = {}, width = 600, height = 400): FigureScene => ({figure: f, placed: place(f, width, height), hidden: new Set(), cursor: null, width, height, theme, dpr: 1, vectors: false, cells: () => null, ...more});

/** Paints, and reads the colour at a place in CSS px. */
function painted(scene: FigureScene): (x: number, y: number) => string {
  const canvas = new OffscreenCanvas(scene.width, scene.height);
  const own = canvas.getContext('2d', {willReadFrequently: true})!;
  own.fillStyle = '#fff';
  own.fillRect(0, 0, scene.width, scene.height);
  paintFigure(own, scene);
  return (x, y) => `rgb(${Array.from(own.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3)).join()})`;
}

describe('the layout of panels', () => {
  it('puts numbers into places and back', () => {
    const [placed] = place(figure(panel([])));
    for (const v of [0, 2.5, 10]) expect(valueX(placed!, placeX(placed!, v))).to.be.closeTo(v, 1e-9);
    for (const v of [0, 40, 100]) expect(valueY(placed!, placeY(placed!, v))).to.be.closeTo(v, 1e-9);
    // up is more
    expect(placeY(placed!, 100)).to.be.below(placeY(placed!, 0));
  });

  it('keeps every panel within the picture, beside each other where there is room, else below', () => {
    const f = figure(panel([]), panel([], {key: 'b'}), panel([], {key: 'c'}));
    for (const [width, rows] of [[900, 1], [600, 2], [240, 3]] as const) {
      const placed = place(f, width, 480);
      expect(new Set(placed.map((p) => p.outer.y)).size).to.equal(rows);
      for (const {outer, box} of placed) {
        expect(outer.x + outer.width).to.be.at.most(width + 1e-6);
        expect(box.x).to.be.at.least(outer.x);
        expect(box.x + box.width).to.be.at.most(outer.x + outer.width + 1e-6);
        expect(box.y + box.height).to.be.at.most(outer.y + outer.height + 1e-6);
      }
    }
  });

  it('keeps a ratio', () => {
    for (const [w, h] of [[800, 300], [300, 800]] as const) {
      const [{box}] = place(figure(panel([], {ratio: 1})), w, h) as [ReturnType<typeof place>[0]];
      expect(Math.abs(box.width - box.height)).to.be.at.most(1);
    }
  });

  it('writes no two ticks over each other, at any size', () => {
    for (const [w, h] of [[120, 90], [320, 200], [1600, 900]] as const) {
      const [{xTicks, yTicks}] = place(figure(panel([], {x: axis([0, 123456]), y: axis([-0.001, 0.002])})), w, h) as [ReturnType<typeof place>[0]];
      ctx.font = '11px sans-serif';
      xTicks.slice(1).forEach((tick, i) => expect(tick.at - xTicks[i]!.at).to.be.above((ctx.measureText(tick.label).width + ctx.measureText(xTicks[i]!.label).width) / 2));
      yTicks.slice(1).forEach((tick, i) => expect(Math.abs(tick.at - yTicks[i]!.at)).to.be.above(10));
    }
  });

  it('ticks whole numbers alone where the axis has no others', () => {
    const [{xTicks}] = place(figure(panel([], {x: axis([0, 3], {whole: true})}))) as [ReturnType<typeof place>[0]];
    expect(xTicks.map((t) => t.label)).to.deep.equal(['0', '1', '2', '3']);
  });

  it('writes large ticks in one unit', () => {
    const [{xTicks}] = place(figure(panel([], {x: axis([0, 200_000])}))) as [ReturnType<typeof place>[0]];
    expect(xTicks.map((t) => t.label)).to.include('0').and.to.include('100k');
    for (const {label} of xTicks) expect(label).to.match(/^(0|\d+k)$/);
  });
});

describe('marks', () => {
  it('draw what is not finite at the edge that it would leave by', () => {
    const points = {x: Float64Array.of(2, 4, 6, 8), y: Float64Array.of(50, NaN, Infinity, -Infinity)};
    const scene = sceneOf(figure(panel([{kind: 'line', points}])));
    const at = painted(scene);
    const {box} = scene.placed[0]!;
    expect(at(placeX(scene.placed[0]!, 4), box.y + box.height - 3)).to.equal('rgb(255,0,255)');
    expect(at(placeX(scene.placed[0]!, 6), box.y + 3)).to.equal('rgb(0,255,0)');
    expect(at(placeX(scene.placed[0]!, 8), box.y + box.height - 3)).to.equal('rgb(0,255,255)');
  });

  it('show a bar that is too low to be seen, and none where there is nothing', () => {
    const scene = sceneOf(figure(panel([{kind: 'bars', x0: [0, 4], x1: [2, 6], y0: [0, 0], y1: [1e-9, 0], color: '#f00'}], {x: axis([0, 10], {bare: true}), y: axis([0, 100], {bare: true})})));
    const at = painted(scene);
    const [placed] = scene.placed;
    const bottom = placed!.box.y + placed!.box.height - 1;
    expect(at(placeX(placed!, 1), bottom)).to.equal('rgb(255,0,0)');
    expect(at(placeX(placed!, 5), bottom)).to.equal('rgb(255,255,255)');
  });

  it('stay within their box', () => {
    const scene = sceneOf(figure(panel([{kind: 'line', points: {x: Float64Array.of(-50, 50), y: Float64Array.of(-500, 600)}, color: '#f00', width: 9}])));
    const at = painted(scene);
    const {box} = scene.placed[0]!;
    for (let y = 0; y < box.y - 2; y++) for (let x = 0; x < scene.width; x += 3) expect(at(x, y)).to.not.equal('rgb(255,0,0)');
  });

  it('of many points are the same picture as of few, but for their number', () => {
    const n = 30_000;
    const x = Float64Array.from({length: n}, () => 5);
    const scene = sceneOf(figure(panel([{kind: 'points', points: {x, y: x.map(() => 50)}, color: '#f00'}])));
    const [placed] = scene.placed;
    expect(painted(scene)(placeX(placed!, 5), placeY(placed!, 50))).to.equal('rgb(255,0,0)');
  });

  it('of many points let the last lie on top, and grow to the same squares', () => {
    // the same 2 places, 15,000 points each, in turn; the last there are of group 1 and of group 0
    const n = 30_000;
    const x = Float64Array.from({length: n}, (_, i) => (i % 2 ? 5 : 8));
    const groups = Uint8Array.from({length: n}, (_, i) => (i === n - 2 ? 1 : 0));
    const mark: Mark = {kind: 'points', points: {x, y: x.map(() => 50)}, groups, colors: ['#f00', '#00f'], radius: 3};
    const scene = sceneOf(figure(panel([mark])));
    const [placed] = scene.placed;
    const at = painted(scene);
    const y = Math.floor(placeY(placed!, 50));
    const [red, blue] = [5, 8].map((v) => Math.floor(placeX(placed!, v))) as [number, number];
    // squares of 3 px
    for (const [dx, dy] of [[0, 0], [-1, -1], [1, 1], [1, -1]] as const) {
      expect(at(red + dx, y + dy)).to.equal('rgb(255,0,0)');
      expect(at(blue + dx, y + dy)).to.equal('rgb(0,0,255)');
    }
    for (const [dx, dy] of [[-2, 0], [2, 0], [0, -2], [0, 2]] as const) expect(at(blue + dx, y + dy)).to.not.equal('rgb(0,0,255)');
  });

  it('of many points follow the domain, the colours and the groups, although their picture is kept', () => {
    const n = 30_000;
    const points = {x: new Float64Array(n).fill(5), y: new Float64Array(n).fill(50)};
    const zero = new Uint8Array(n);
    const shown = (x: readonly [number, number], colors: string[], groups: Uint8Array): string => {
      const scene = sceneOf(figure(panel([{kind: 'points', points, groups, colors}], {x: axis([...x])})));
      return painted(scene)(placeX(scene.placed[0]!, 5), placeY(scene.placed[0]!, 50));
    };
    expect(shown([0, 10], ['#f00', '#00f'], zero)).to.equal('rgb(255,0,0)');
    expect(shown([4, 24], ['#f00', '#00f'], zero)).to.equal('rgb(255,0,0)');
    expect(shown([4, 24], ['#0f0', '#00f'], zero)).to.equal('rgb(0,255,0)');
    expect(shown([4, 24], ['#0f0', '#00f'], new Uint8Array(n).fill(1))).to.equal('rgb(0,0,255)');
  });
});

describe('pointing', () => {
  const points = {x: Float64Array.of(1, 5, 9), y: Float64Array.of(10, 50, 90)};

  it('meets the nearest point, and nothing where none is near', () => {
    const scene = sceneOf(figure(panel([{kind: 'points', points, read}])));
    const [placed] = scene.placed;
    expect(hitFigure(scene, placeX(placed!, 5) + 8, placeY(placed!, 50) - 8)?.index).to.equal(1);
    expect(hitFigure(scene, placeX(placed!, 5), placeY(placed!, 90))).to.equal(null);
  });

  it('meets the nearest along x where the panel says so', () => {
    const scene = sceneOf(figure(panel([{kind: 'line', points, read}], {hover: 'x'})));
    const [placed] = scene.placed;
    expect(hitFigure(scene, placeX(placed!, 8), placeY(placed!, 5))?.index).to.equal(2);
  });

  it('passes over a series that is hidden', () => {
    const scene = sceneOf(figure(panel([{kind: 'points', series: 's', points, read}])));
    const [placed] = scene.placed;
    expect(hitFigure({...scene, hidden: new Set(['s'])}, placeX(placed!, 5), placeY(placed!, 50))).to.equal(null);
  });

  it('meets cells from the top down', () => {
    const mark: Mark = {kind: 'cells', rows: 2, cols: 3, values: new Float64Array(6), scale: () => { throw new Error('not drawn'); }, read};
    const scene = sceneOf(figure(panel([mark], {x: axis([0, 3], {type: 'band'}), y: axis([0, 2], {type: 'band', down: true})})));
    const [placed] = scene.placed;
    expect(hitFigure(scene, placeX(placed!, 2.5), placeY(placed!, 0.5))?.index).to.equal(2);
    expect(hitFigure(scene, placeX(placed!, 0.5), placeY(placed!, 1.5))?.index).to.equal(3);
  });

  it('meets a handle by its line and by its knob', () => {
    const moved: number[] = [];
    const handles = [{x: 4, y: 0, along: 'x' as const, label: '', moved: (x: number) => moved.push(x)}];
    const {placed} = sceneOf(figure(panel([], {handles})));
    const x = placeX(placed[0]!, 4);
    expect(hitHandle(placed, x + 2, placed[0]!.box.y + 200)?.handle).to.equal(handles[0]);
    expect(hitHandle(placed, x + 40, placed[0]!.box.y + 200)).to.equal(null);
  });
});

describe('as SVG', () => {
  it('draws the same marks as vectors, clips them and turns text', () => {
    const svg = new SvgContext();
    const f = figure(panel([{kind: 'line', points: {x: Float64Array.of(0, 10), y: Float64Array.of(0, 200)}}], {title: 'A & B <c>'}));
    paintFigure(svg.context, sceneOf(f, {vectors: true}));
    const doc = new DOMParser().parseFromString(svg.document(600, 400, 'x', '#fff'), 'image/svg+xml');
    expect(doc.querySelector('parsererror')).to.equal(null);
    expect(Array.from(doc.querySelectorAll('text'), (t) => t.textContent)).to.include('A & B <c>');
    expect(doc.querySelectorAll('text[transform^=rotate]')).to.have.length(1);
    // the line leaves its box, and a document of the box's size cuts it off
    const line = doc.querySelector('svg svg path')!;
    const inner = line.closest('svg')!;
    const {box} = sceneOf(f).placed[0]!;
    expect(Number(inner.getAttribute('width'))).to.be.closeTo(box.width + 1, 0.5);
    expect(doc.querySelectorAll('[id]')).to.have.length(0);
  });
});
