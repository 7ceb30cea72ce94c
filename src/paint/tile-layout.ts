import type {WeightKind} from '../tensor/types.js';

/** A tile's place in the overview, in CSS px. */
export interface TileBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The title stands on two lines: the layer, and below it the weight's own name. */
  readonly tall: boolean;
}

/** Where all tiles stand. */
export interface TileLayout {
  /** In the order of the tiles; no box begins above the row of the one before. */
  readonly boxes: readonly TileBox[];
  /** The first tile of each row, and the row's top. */
  readonly rows: readonly {readonly first: number; readonly top: number}[];
  readonly height: number;
}

const GAP = 10;
/** A unit of width; a matrix is two wide, a vector one. */
const UNIT = 138;
const LARGE = 256;
const SMALL = 58;
/** CSS px that a second line of a title takes. */
export const LINE = 14;
/** CSS px that a character of a title takes, about: a layout knows no fonts. */
const CHARACTER = 6.6;
/** What a large tile needs besides its picture, and the least a picture is high. */
const CHROME = 66;
const PICTURE = 48;
/** Vectors in one stack, beside the matrices: those of a normalization. */
const STACK = 4;

/** What the layout must know of a weight. */
export interface TileShape {
  readonly kind: WeightKind;
  readonly shape: readonly number[];
  /** Characters of its title. */
  readonly length: number;
}

/** Whether a weight is drawn as a strip. */
export const isVector = ({shape}: TileShape): boolean => shape.slice(0, -1).every((n) => n === 1);

/** A wide matrix needs less height; how other shapes are arranged is not looked at, for thousands of tiles. */
function heightOf(tile: TileShape, width: number, tall: boolean): number {
  const more = tall ? LINE : 0;
  if (isVector(tile)) return SMALL + more;
  const [rows, cols] = tile.shape;
  return tile.shape.length === 2 ? Math.min(LARGE, CHROME + more + Math.max(PICTURE, width * Math.max(rows! / cols!, 1 / 4))) : LARGE;
}

/**
 * Places tiles in rows, in their order: matrices large, vectors small in stacks beside them. Linear in the tiles.
 * @param width of the whole, in CSS px
 */
export function layoutTiles(tiles: readonly TileShape[], width: number): TileLayout {
  const inner = Math.max(60, width - 2 * GAP);
  // a matrix with its vectors makes three units, so that they stay side by side
  const across = inner < 3 * 104 ? 2 : 3 * Math.max(1, Math.round((inner + GAP) / (3 * (UNIT + GAP))));
  const unit = (inner + GAP) / across - GAP;
  const boxes: TileBox[] = [];
  const rows: {first: number; top: number}[] = [];
  let column = across; // full: the first tile opens a row
  let stacked = 0;
  let top = 0;
  let bottom = 0;
  const open = (first: number): void => {
    top = bottom ? bottom + GAP : 4;
    rows.push({first, top});
    column = 0;
  };
  tiles.forEach((tile, i) => {
    const small = isVector(tile);
    const span = small ? 1 : 2;
    const boxWidth = unit * span + GAP * (span - 1);
    // a small tile has its shape beside the title
    const tall = CHARACTER * (tile.length + (small ? 1 + tile.shape.join('×').length : 0)) > boxWidth - 8;
    const boxHeight = heightOf(tile, boxWidth, tall);
    const above = boxes[i - 1];
    const below = above ? above.y + above.height + 8 : 0;
    if (small && stacked > 0 && stacked < STACK) {
      boxes.push({x: above!.x, y: below, width: boxWidth, height: boxHeight, tall});
      stacked++;
    } else {
      if (column + span > across) open(i);
      boxes.push({x: GAP + column * (unit + GAP), y: top, width: boxWidth, height: boxHeight, tall});
      column += span;
      stacked = small ? 1 : 0;
    }
    const box = boxes[i]!;
    bottom = Math.max(bottom, box.y + box.height);
  });
  return {boxes, rows, height: bottom + GAP};
}

/** The tiles that reach into a stretch: first, and last exclusive. */
export function tilesIn({boxes, rows}: TileLayout, top: number, bottom: number): [from: number, to: number] {
  const lastBefore = (y: number): number => {
    let [lo, hi] = [0, rows.length];
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (rows[mid]!.top <= y) lo = mid + 1;
      else hi = mid;
    }
    return lo - 1;
  };
  const from = rows[Math.max(0, lastBefore(top))]?.first ?? 0;
  const to = rows[lastBefore(bottom) + 1]?.first ?? boxes.length;
  return [from, Math.max(from, to)];
}
