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

/** Pictures that something waits for. */
const loading = new WeakSet<object>();

/** A picture as it can be drawn, with its size; `null` while there is none. @param came told when it is there */
function drawableOf(picture: Picture, came: () => void): {picture: Drawable; width: number; height: number} | null {
  if (!picture || typeof picture === 'string') return null;
  if (picture instanceof ImageData) return {picture: canvasOf(picture), width: picture.width, height: picture.height};
  const [width, height] = 'naturalWidth' in picture ? [picture.naturalWidth, picture.naturalHeight] : [picture.width, picture.height];
  if (width && height) return {picture, width, height};
  if ('decode' in picture && !loading.has(picture)) {
    loading.add(picture);
    // one that never comes stays a point
    picture.decode().then(came, () => undefined);
  }
  return null;
}

/**
 * Which points are drawn as pictures, and where: each in its turn where none of those before it is in the way. What is in
 * the way is decided for all points, whether or not they are in view, so that pictures come and go with the zoom alone.
 * @param came told when a picture that was on its way is there
 */
export function spritesOf({points: {x, y, length = x.length}, pictureOf, groups, names, size: most, marked = 0}: SpritesMark, placed: Placed, hidden: ReadonlySet<string>, came: () => void): Sprite[] {
  const {box} = placed;
  const size = Math.max(LEAST, Math.min(most, box.width / ACROSS));
  const cell = size + 2 * BORDER + BETWEEN;
  // by square as large as a picture: only those in the squares around a point can be in its way
  const taken = new Map<string, {readonly x: number; readonly y: number}>();
  const out: Sprite[] = [];
  for (let i = 0; i < length; i++) {
    if (hidden.has(names[groups[i]!]!)) continue;
    const [px, py] = [placeX(placed, x[i]!), placeY(placed, y[i]!)];
    if (!Number.isFinite(px + py)) continue;
    const [column, row] = [Math.floor(px / cell), Math.floor(py / cell)];
    let free = true;
    for (let k = 0; k < 9 && free; k++) {
      const other = taken.get(`${column - 1 + (k % 3)} ${row - 1 + Math.floor(k / 3)}`);
      free = !other || Math.abs(other.x - px) >= cell || Math.abs(other.y - py) >= cell;
    }
    if (!free) continue;
    taken.set(`${column} ${row}`, {x: px, y: py});
    const half = size / 2;
    if (px < box.x - half || px > box.x + box.width + half || py < box.y - half || py > box.y + box.height + half) continue;
    const found = drawableOf(pictureOf(i), came);
    if (!found) continue;
    const scale = size / Math.max(found.width, found.height);
    const [width, height] = [found.width * scale, found.height * scale];
    out.push({picture: found.picture, x: px - width / 2, y: py - height / 2, width, height, group: groups[i]!, marked: i < marked, index: i});
  }
  return out;
}

/** What was worked out last of a mark: the cursor asks for it wherever it goes. */
const known = new WeakMap<SpritesMark, {readonly placed: Placed; readonly hidden: string; readonly sprites: readonly Sprite[]}>();

/** As `spritesOf`, once for what is in view. */
function seenSprites(mark: SpritesMark, placed: Placed, hidden: ReadonlySet<string>, changed: () => void): readonly Sprite[] {
  const key = JSON.stringify([...hidden]);
  const last = known.get(mark);
  if (last?.placed === placed && last.hidden === key) return last.sprites;
  const sprites = spritesOf(mark, placed, hidden, () => {
    known.delete(mark);
    changed();
  });
  known.set(mark, {placed, hidden: key, sprites});
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
