import type {Picture, SpritesMark} from '../plot/types.js';
import {inkOf} from './ink.js';
import type {Spot} from './plot.js';
import {type Placed, placeX, placeY} from './plot-layout.js';
import {canvasOf, type MarksScene} from './plot-marks.js';
import type {Context} from './theme.js';

// Fetched when points are drawn as pictures.

/** CSS px of the border around a picture, and at least between two of them. */
const BORDER = 1.5;
const BETWEEN = 2;
/** The smallest picture in CSS px, and how many go side by side in a small box. */
const LEAST = 16;
const ACROSS = 20;
/** Opacity of what does not stand out where something does. */
const PALE = 0.45;

/** What can be drawn of a picture. */
export type Drawable = Exclude<Picture, ImageData | string | null | undefined>;

/** A picture with its place in CSS px. */
export interface Sprite {
  readonly picture: Drawable;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** An index into the mark's colours. */
  readonly group: number;
  readonly marked: boolean;
  /** Among the mark's points. */
  readonly index: number;
}

/** Who waits for a picture: each painter once. */
const waiting = new WeakMap<object, Set<() => void>>();
/** Changes when a picture has come: what was worked out before is out of date. */
let came = 0;

/** A picture as it can be drawn, with its size; `null` while there is none. @param changed told when it is there */
function drawableOf(picture: Picture, changed: () => void): {picture: Drawable; width: number; height: number} | null {
  if (!picture || typeof picture === 'string') return null;
  if (picture instanceof ImageData) return {picture: canvasOf(picture), width: picture.width, height: picture.height};
  const [width, height] = 'naturalWidth' in picture ? [picture.naturalWidth, picture.naturalHeight] : [picture.width, picture.height];
  if (width && height) return {picture, width, height};
  if (!('decode' in picture)) return null;
  const others = waiting.get(picture);
  if (others) {
    others.add(changed);
    return null;
  }
  const all = new Set([changed]);
  waiting.set(picture, all);
  // one that never comes stays a point
  picture.decode().then(() => {
    came++;
    waiting.delete(picture);
    for (const tell of all) tell();
  }, () => undefined);
  return null;
}

/**
 * Which points are drawn as pictures, and where: each in its turn where none of those before it is in the way. What is in
 * the way is decided for all points, whether or not they are in view, so that pictures come and go with the zoom alone.
 * @param changed told when a picture that was on its way is there
 */
export function spritesOf({points: {x, y, length = x.length}, pictureOf, groups, names, size: most, marked = 0}: SpritesMark, placed: Placed, hidden: ReadonlySet<string>, changed: () => void): Sprite[] {
  const {box} = placed;
  const size = Math.max(LEAST, Math.min(most, box.width / ACROSS));
  const cell = size + 2 * BORDER + BETWEEN;
  const [across, down] = [new Float64Array(length), new Float64Array(length)];
  let [left, top, bottom] = [Infinity, Infinity, -Infinity];
  for (let i = 0; i < length; i++) {
    const px = (across[i] = placeX(placed, x[i]!));
    const py = (down[i] = placeY(placed, y[i]!));
    if (!Number.isFinite(px + py)) continue;
    if (px < left) left = px;
    if (py < top) top = py;
    if (py > bottom) bottom = py;
  }
  // by square as large as a picture, numbered by columns with one more at each end: only those in the squares around a point can be in its way
  const taken = new Map<number, number>();
  const rows = Math.floor((bottom - top) / cell) + 3;
  const gone = names.map((name) => hidden.has(name));
  const out: Sprite[] = [];
  for (let i = 0; i < length; i++) {
    const [px, py] = [across[i]!, down[i]!];
    if (gone[groups[i]!] || !Number.isFinite(px + py)) continue;
    const square = (Math.floor((px - left) / cell) + 1) * rows + Math.floor((py - top) / cell) + 1;
    let free = true;
    for (let k = 0; k < 9 && free; k++) {
      const other = taken.get(square + ((k % 3) - 1) * rows + Math.floor(k / 3) - 1);
      free = other === undefined || Math.abs(across[other]! - px) >= cell || Math.abs(down[other]! - py) >= cell;
    }
    if (!free) continue;
    taken.set(square, i);
    const half = size / 2;
    if (px < box.x - half || px > box.x + box.width + half || py < box.y - half || py > box.y + box.height + half) continue;
    const found = drawableOf(pictureOf(i), changed);
    if (!found) continue;
    const scale = size / Math.max(found.width, found.height);
    const [width, height] = [found.width * scale, found.height * scale];
    out.push({picture: found.picture, x: px - width / 2, y: py - height / 2, width, height, group: groups[i]!, marked: i < marked, index: i});
  }
  return out;
}

/** What was worked out last of a mark: the cursor asks for it wherever it goes. */
const known = new WeakMap<SpritesMark, {readonly placed: Placed; readonly hidden: string; readonly came: number; readonly sprites: readonly Sprite[]}>();

/** As `spritesOf`, once for what is in view. */
function seenSprites(mark: SpritesMark, placed: Placed, hidden: ReadonlySet<string>, changed: () => void): readonly Sprite[] {
  const key = JSON.stringify([...hidden]);
  const last = known.get(mark);
  if (last?.placed === placed && last.hidden === key && last.came === came) return last.sprites;
  const sprites = spritesOf(mark, placed, hidden, changed);
  known.set(mark, {placed, hidden: key, came, sprites});
  return sprites;
}

/** The point whose picture lies at a place in CSS px. */
export function hitSprite(placed: Placed, hidden: ReadonlySet<string>, px: number, py: number, changed: () => void): Spot | null {
  const {marks, key} = placed.panel;
  for (const mark of marks) {
    if (mark.kind !== 'sprites') continue;
    const found = seenSprites(mark, placed, hidden, changed).find(({x, y, width, height}) => px >= x - BORDER && px <= x + width + BORDER && py >= y - BORDER && py <= y + height + BORDER);
    if (!found) continue;
    const example = mark.examples[found.index]!;
    for (const points of marks) {
      if (points.kind !== 'points' || !points.read || !points.examples || points.examples === 'same') continue;
      const index = Array.prototype.indexOf.call(points.examples, example);
      if (index >= 0) return {panel: key, mark: points, index};
    }
  }
  return null;
}

/** Draws points as pictures. @param changed the figure has to be painted anew */
export function paintSprites(ctx: Context, mark: SpritesMark, placed: Placed, {theme, hidden}: MarksScene, changed: () => void): void {
  ctx.imageSmoothingQuality = 'high';
  for (const {picture, x, y, width, height, group, marked} of seenSprites(mark, placed, hidden, changed)) {
    ctx.globalAlpha = marked || !mark.marked ? 1 : PALE;
    const around = (ink: string, from: number, thick: number): void => {
      ctx.strokeStyle = ink;
      ctx.lineWidth = thick;
      ctx.strokeRect(x - from - thick / 2, y - from - thick / 2, width + 2 * from + thick, height + 2 * from + thick);
    };
    around(inkOf(mark.colors[group], theme), 0, BORDER);
    if (marked) around(theme.text, BORDER, 2);
    // pixels are seen as such where they are enlarged
    ctx.imageSmoothingEnabled = width * 2 < ('naturalWidth' in picture ? picture.naturalWidth : picture.width) * 3;
    ctx.drawImage(picture, x, y, width, height);
  }
}
