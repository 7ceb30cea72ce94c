import {expect} from 'chai';
import {layoutFigure} from '../../src/paint/plot-layout.js';
import type {Placed} from '../../src/paint/plot-layout.js';
import {hitSprite, spritesOf} from '../../src/paint/sprites.js';
import type {Figure, Mark, Picture, SpritesMark} from '../../src/plot/types.js';
import {theme} from './scene.js';

const NONE = new Set<string>();

/** A panel of points as pictures, over 0 to 1. */
function panelOf(mark: SpritesMark): Placed {
  const axis = {title: '', type: 'linear', domain: [0, 1]} as const;
  const points: Mark = {kind: 'points', points: mark.points, examples: mark.examples, read: () => null};
  const figure = {panels: [{key: 'main', x: axis, y: axis, marks: [points, mark]}], legend: [], notes: [], label: '', facts: '', table: {columns: [], rows: 0, cell: () => ''}, metrics: {}} satisfies Figure;
  return layoutFigure(figure, () => ({x: [0, 1], y: [0, 1]}), 400, 400, new OffscreenCanvas(1, 1).getContext('2d')!, theme)[0]!;
}

const markOf = (x: readonly number[], y: readonly number[], pictureOf: (i: number) => Picture): SpritesMark => ({
  kind: 'sprites', points: {x: Float64Array.from(x), y: Float64Array.from(y)}, pictureOf, examples: x.map((_, i) => i), groups: x.map(() => 0), names: [''], colors: [0], size: 30,
});

/** A picture that comes when it is told to. */
function late(): {picture: Picture; come: () => Promise<void>} {
  let there = (): void => undefined;
  const decoded = new Promise<void>((resolve) => (there = resolve));
  const picture = {naturalWidth: 0, naturalHeight: 0, decode: () => decoded};
  return {
    picture: picture as unknown as HTMLImageElement,
    come: async () => {
      Object.assign(picture, {naturalWidth: 10, naturalHeight: 10});
      there();
      await decoded;
    },
  };
}

describe('sprites', () => {
  it('stand where there is a picture as soon as it comes, also in a figure drawn since', async () => {
    const {picture, come} = late();
    const figures = [0, 1].map(() => panelOf(markOf([0.5], [0.5], () => picture)));
    let told = [0, 0];
    const seen = (): boolean[] => figures.map((placed, k) => {
      const {x, y, width, height} = placed.box;
      return hitSprite(placed, NONE, x + width / 2, y + height / 2, k ? second : first) !== null;
    });
    const first = (): unknown => (told[0]!++, undefined);
    const second = (): unknown => (told[1]!++, undefined);
    expect(seen()).to.deep.equal([false, false]);
    expect(seen()).to.deep.equal([false, false]);
    await come();
    // each painter is told once, and sees it
    expect(told).to.deep.equal([1, 1]);
    expect(seen()).to.deep.equal([true, true]);
    told = [0, 0];
  });

  it('do not lie on each other, and are the same wherever the picture is moved to', () => {
    const side = 40;
    const at = (i: number): [number, number] => [(i % side) / side, Math.floor(i / side) / side];
    const all = Array.from({length: side * side}, (_, i) => at(i));
    const picture = new ImageData(4, 4);
    const sprites = spritesOf(markOf(all.map(([x]) => x), all.map(([, y]) => y), () => picture), panelOf(markOf([0], [0], () => picture)), NONE, () => undefined);
    expect(sprites.length).to.be.above(50);
    for (const a of sprites) for (const b of sprites) if (a !== b) expect(Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y))).to.be.at.least(a.width);
  });
});
