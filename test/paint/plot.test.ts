import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import {resolveScale} from '../../src/color/scale.js';
import {chipBeside, chipRect, heightOfChips} from '../../src/paint/chips.js';
import {hitFigure, hitHandle} from '../../src/paint/plot-hit.js';
import {type Box, layoutFigure, placeX, placeY, valueX, valueY} from '../../src/paint/plot-layout.js';
import {type FigureScene, paintFigure, rectOf} from '../../src/paint/plot.js';
import {SvgContext} from '../../src/paint/svg-context.js';
import type {Theme} from '../../src/paint/theme.js';
import type {Axis, ChipsMark, Figure, Mark, Panel} from '../../src/plot/types.js';
import {WHOLE, type Window} from '../../src/plot/window.js';

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

describe('pictures beside each other', () => {
  const bare = (length: number, down = false): Axis => axis([0, length], {title: '', bare: true, down});
  const picture = (key: string, more: Partial<Panel> = {}): Panel => ({key, title: `integrated gradients: ${key}`, x: bare(64), y: bare(64, true), ratio: 1, marks: [{kind: 'image', pixels: new ImageData(64, 64)}], ...more});
  const curves = panel([], {key: 'curves', title: 'curves'});
  const bar = () => resolveScale({scheme: 'viridis', reverse: false, domain: [0, 1], center: null, transform: 'linear'}, {min: 0, max: 1, quantile: () => 0, rank: () => 0});
  before(loadPalettes);

  for (const maps of [1, 2, 4, 8]) {
    for (const [width, height] of [[320, 280], [320, 560], [900, 330], [900, 560]] as const) {
      for (const rest of [[], [curves]]) {
        it(`are of one size and apart, ${maps} maps${rest.length ? ' and curves' : ''} at ${width} × ${height}`, () => {
          const own = maps > 1;
          const f = {...figure(picture('input'), ...Array.from({length: maps}, (_, i) => picture(`map ${i}`, {colored: true, ...(own && {bar})})), ...rest), bar};
          const placed = place(f, width, height);
          const boxes = placed.filter((p) => p.panel.ratio).map((p) => p.box);
          expect(new Set(boxes.map((b) => `${b.width} ${b.height}`)).size).to.equal(1);
          expect(boxes[0]!.width).to.be.at.least(height < 300 || maps > 4 ? 10 : 48);
          for (const [i, {outer, box}] of placed.entries()) {
            expect(outer.x + outer.width).to.be.at.most(width + 1e-6);
            if (height > 300 || maps < 4) expect(outer.y + outer.height).to.be.at.most(height + 1e-6);
            expect(box.x).to.be.at.least(outer.x);
            for (const other of placed.slice(i + 1)) {
              const apart = outer.x + outer.width <= other.outer.x + 1e-6 || other.outer.x + other.outer.width <= outer.x + 1e-6 || outer.y + outer.height <= other.outer.y + 1e-6 || other.outer.y + other.outer.height <= outer.y + 1e-6;
              expect(apart, `${placed[i]!.panel.key} and ${other.panel.key}`).to.equal(true);
            }
          }
        });
      }
    }
  }

  it('have titles that are broken rather than cut', () => {
    const f = figure(picture('input'), picture('a'), picture('b'));
    for (const {title} of place(f, 320, 280)) {
      expect(title.join(' ')).to.match(/^integrated gradients: \w+$/);
      expect(title.length).to.equal(2);
    }
    expect(place(f, 900, 330)[1]!.title).to.deep.equal(['integrated gradients: a']);
  });

  it('have the colour bar below what it colours, wherever that stands', () => {
    for (const [width, height] of [[320, 480], [900, 400]] as const) {
      const f = {...figure(picture('input'), picture('map', {colored: true}), curves), bar};
      const scene = sceneOf(f, {}, width, height);
      const at = painted(scene);
      const [input, map] = scene.placed.map((p) => p.box) as [Box, Box];
      // viridis begins and ends in these
      const y = map.y + map.height + 16;
      expect(at(map.x + 3, y)).to.match(/^rgb\((6|7)\d,\d\d?,/);
      expect(at(map.x + map.width - 4, y)).to.match(/^rgb\(2\d\d,2\d\d,\d\d\)/);
      if (input.y === map.y) expect(at(input.x + 3, y)).to.equal('rgb(255,255,255)');
    }
  });
});

describe('panels below each other', () => {
  it('share what titles and axes leave by their weights, and stand side by side where they may', () => {
    const stacked = {...figure(panel([], {title: 'a'}), panel([], {key: 'b', weight: 0.5}), panel([], {key: 'c'}), panel([], {key: 'd', beside: true})), stacked: true};
    const [a, b, c, d] = place(stacked, 900, 600).map((p) => p.box) as [Box, Box, Box, Box];
    expect(a.height / b.height).to.be.closeTo(2, 0.1);
    expect(c.y).to.equal(d.y);
    expect(c.width).to.be.closeTo(d.width, 1);
    expect(new Set([a.x, b.x, c.x]).size).to.equal(1);
    expect(d.x + d.width).to.be.closeTo(a.x + a.width, 1.5);
    const narrow = place(stacked, 320, 900).map((p) => p.box) as [Box, Box, Box, Box];
    expect(new Set(narrow.map((box) => box.x)).size).to.equal(1);
    expect(narrow[3].y).to.be.above(narrow[2].y + narrow[2].height);
  });
});

describe('words in boxes', () => {
  const scale = () => resolveScale({scheme: 'RdBu', reverse: true, domain: [-1, 1], center: 0, transform: 'linear'}, {min: -1, max: 1, quantile: () => 0, rank: () => 0});
  const side: Axis = axis([0, 1], {title: '', bare: true});
  const chips = (texts: readonly string[], values: readonly number[] = texts.map(() => 0)): {mark: ChipsMark; f: Figure} => {
    const mark: ChipsMark = {kind: 'chips', texts, values: Float32Array.from(values), scale, read};
    return {mark, f: figure({key: 'a', title: 't', x: side, y: {...side, down: true}, marks: [mark]})};
  };
  const sentence = 'a film that is , against all odds , not half as bad as its soundtrack makes one fear'.split(' ');
  const many = Array.from({length: 500}, (_, i) => sentence[i % sentence.length]!);
  before(loadPalettes);

  for (const [name, texts] of [['a sentence', sentence], ['500 words', many], ['one word longer than its line', ['x'.repeat(400), 'y']], ['an empty word', ['', 'a']]] as const) {
    for (const width of [320, 900]) {
      it(`stand in order, apart and within the box: ${name}, ${width} px`, () => {
        const {mark, f} = chips(texts);
        const [placed] = place(f, width, 380);
        const {box} = placed!;
        let before: Box | null = null;
        texts.forEach((_, i) => {
          const rect = rectOf(mark, i, placed!)!;
          expect(rect.x).to.be.at.least(box.x - 1e-6);
          expect(rect.x + rect.width).to.be.at.most(box.x + box.width + 1e-6);
          expect(rect.y + rect.height).to.be.at.most(box.y + box.height + 1e-6);
          if (before) expect(rect.y > before.y ? rect.y >= before.y + before.height : rect.x > before.x + before.width).to.equal(true);
          before = rect;
          expect(hitFigure({placed: [placed!], hidden: new Set()}, rect.x + rect.width / 2, rect.y + rect.height / 2)?.index).to.equal(i);
        });
      });
    }
  }

  it('are as wide as their words, in lines as full as may be', () => {
    const {f} = chips(sentence);
    const [placed] = place(f, 320, 380);
    const {x, widths, line, font} = placed!.chips!;
    const [film, a] = [widths[1]!, widths[0]!];
    ctx.font = `${font}px sans-serif`;
    expect(film - a).to.be.closeTo(ctx.measureText('film').width - ctx.measureText('a').width, 0.5);
    // the first of each line had no room in the line before
    for (let i = 1; i < x.length; i++) if (line[i]! > line[i - 1]!) expect(x[i - 1]! + widths[i - 1]! + widths[i]!).to.be.above(placed!.box.width - font);
  });

  it('are small where many have to fit, and larger in a part that is zoomed to, in lines anew', () => {
    const {mark, f} = chips(many);
    const part: Window = {x: WHOLE.x, y: [0.5, 0.75]};
    const [all] = place(f, 320, 380);
    const [seen] = layoutFigure(f, () => part, 320, 380, ctx, theme);
    expect(all!.chips!.font).to.be.below(7);
    expect(seen!.chips!.font).to.be.above(1.6 * all!.chips!.font);
    // about a quarter of the words is in view, about the middle
    const inView = many.flatMap((_, i) => {
      const {y, height} = chipRect(seen!, i)!;
      return y >= seen!.box.y - 1 && y + height <= seen!.box.y + seen!.box.height + 1 ? [i] : [];
    });
    expect(inView.length).to.be.within(90, 140);
    expect(inView[0]).to.be.within(220, 290);
    for (const i of inView) {
      const rect = rectOf(mark, i, seen!)!;
      expect(hitFigure({placed: [seen!], hidden: new Set()}, rect.x + 2, rect.y + 2)?.index).to.equal(i);
    }
    expect(heightOfChips(mark, 300, ctx, theme)).to.be.above(1000);
  });

  it('have the colour of their values, with words that stand out', () => {
    const {f} = chips(['a', 'b', 'c', 'd'], [1, 0, NaN, -5]);
    const scene = sceneOf(f);
    const at = painted(scene);
    const corner = (i: number): string => {
      const {x, y, width} = chipRect(scene.placed[0]!, i)!;
      return at(x + width / 2, y + 3);
    };
    expect(corner(0)).to.equal('rgb(103,0,31)');
    expect(corner(2)).to.equal('rgb(255,0,255)');
    // beyond the domain as its end
    expect(corner(3)).to.equal('rgb(5,48,97)');
    const svg = new SvgContext();
    const withoutBar = sceneOf(f, {vectors: true});
    paintFigure(svg.context, withoutBar);
    const texts = Array.from(new DOMParser().parseFromString(svg.document(600, 400, 'x', '#fff'), 'image/svg+xml').querySelectorAll('text'));
    expect(texts.map((t) => [t.textContent, t.getAttribute('fill')])).to.deep.include.members([['a', '#fff'], ['b', '#000']]);
  });

  it('are underlined where their values are below 0, and have the colours of what is not finite', () => {
    const {f} = chips(['aaaa', 'bbbb', 'cccc', 'dddd'], [0.5, -0.5, Infinity, -Infinity]);
    const scene = sceneOf(f);
    const at = painted(scene);
    const {font} = scene.placed[0]!.chips!;
    const along = (i: number): Set<string> => {
      const {x, y, width, height} = chipRect(scene.placed[0]!, i)!;
      return new Set(Array.from({length: Math.floor(width - font)}, (_, dx) => at(x + font / 2 + dx, y + height - font * 0.22 + 0.5)));
    };
    expect(along(0).size).to.equal(1);
    expect(along(1).size).to.be.above(1);
    expect([...along(2)]).to.deep.equal(['rgb(0,255,0)']);
    expect(along(3)).to.include('rgb(0,255,255)');
  });

  it('are walked along, and from line to line', () => {
    const [{chips: layout}] = place(chips(sentence).f, 320, 380) as [ReturnType<typeof place>[0]];
    const {line, lines, x, widths} = layout!;
    expect(lines).to.be.above(2);
    expect(chipBeside(layout!, 0, 1, 0)).to.equal(1);
    expect(chipBeside(layout!, 0, -1, 0)).to.equal(0);
    expect(chipBeside(layout!, 0, Infinity, 0)).to.equal(sentence.length - 1);
    const below = chipBeside(layout!, 1, 0, 1);
    expect(line[below]).to.equal(1);
    expect(Math.abs(x[below]! + widths[below]! / 2 - x[1]! - widths[1]! / 2)).to.be.below(60);
    expect(line[chipBeside(layout!, 0, 0, 99)]).to.equal(lines - 1);
  });
});

describe('marks', () => {
  it('of steps between two curves are rectangles, of which each is pointed at', () => {
    const mark: Mark = {kind: 'band', step: 'after', x: Float64Array.of(2, 4, 8), low: new Float64Array(3), high: Float64Array.of(50, 20, 20), color: '#f00', read};
    const scene = sceneOf(figure(panel([mark])));
    const [placed] = scene.placed;
    const at = painted(scene);
    expect(at(placeX(placed!, 3.9), placeY(placed!, 40))).to.equal('rgb(255,0,0)');
    expect(at(placeX(placed!, 4.1), placeY(placed!, 40))).to.not.equal('rgb(255,0,0)');
    expect(at(placeX(placed!, 7.9), placeY(placed!, 18))).to.equal('rgb(255,0,0)');
    expect(hitFigure(scene, placeX(placed!, 3), placeY(placed!, 25))?.index).to.equal(0);
    expect(hitFigure(scene, placeX(placed!, 5), placeY(placed!, 20) - 5)?.index).to.equal(1);
    expect(hitFigure(scene, placeX(placed!, 6), placeY(placed!, 80))).to.equal(null);
    const rect = rectOf(mark, 1, placed!)!;
    expect(rect.width).to.be.closeTo(placeX(placed!, 8) - placeX(placed!, 4), 1e-9);
  });

  it('of fewer cells than their axis has leave the rest free', () => {
    const mark: Mark = {kind: 'cells', rows: 1, cols: 2, values: new Float64Array(2), scale: () => { throw new Error('not drawn'); }, read};
    const scene = sceneOf(figure(panel([mark], {x: axis([0, 4], {type: 'band'}), y: axis([0, 1], {type: 'band', down: true})})));
    const [placed] = scene.placed;
    expect(hitFigure(scene, placeX(placed!, 1.5), placeY(placed!, 0.5))?.index).to.equal(1);
    expect(hitFigure(scene, placeX(placed!, 2.5), placeY(placed!, 0.5))).to.equal(null);
  });

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
