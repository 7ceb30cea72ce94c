import {drain} from './slices.js';

/** How likeness is measured. */
export interface SsimOptions {
  /** Side of the square windows in cells, odd; default 7. */
  readonly window?: number;
  /** The distance from the least possible value to the greatest; default that of all values of both pictures. */
  readonly range?: number;
}

/** As `ssim`, in steps. @yields share done */
export function* ssimSteps(a: ArrayLike<number>, b: ArrayLike<number>, [height, width]: readonly [number, number], {window = 7, range}: SsimOptions = {}): Generator<number, number> {
  if (a.length !== height * width || b.length !== height * width) throw new RangeError(`${a.length} and ${b.length} values are no two pictures of ${height} × ${width}.`);
  if (window % 2 !== 1 || window > Math.min(height, width)) throw new RangeError(`A window of ${window} does not fit into ${height} × ${width}.`);
  const span = range ?? spanOf(a, b);
  const c1 = (0.01 * span) ** 2;
  const c2 = (0.03 * span) ** 2;
  const sums: Float64Array[] = [];
  for (const f of [(i: number) => a[i]!, (i: number) => b[i]!, (i: number) => a[i]! ** 2, (i: number) => b[i]! ** 2, (i: number) => a[i]! * b[i]!]) {
    sums.push(summedArea(f, height, width));
    yield sums.length / 10;
  }
  const n = window * window;
  const unbiased = n / Math.max(1, n - 1);
  let total = 0;
  for (let y = 0; y + window <= height; y++) {
    for (let x = 0; x + window <= width; x++) {
      const [ma, mb, aa, bb, ab] = sums.map((table) => areaOf(table, width, y, x, window) / n) as [number, number, number, number, number];
      const va = unbiased * (aa - ma * ma);
      const vb = unbiased * (bb - mb * mb);
      const vab = unbiased * (ab - ma * mb);
      const below = (ma * ma + mb * mb + c1) * (va + vb + c2);
      total += below === 0 ? 1 : ((2 * ma * mb + c1) * (2 * vab + c2)) / below;
    }
    yield 0.5 + y / height / 2;
  }
  return total / ((height - window + 1) * (width - window + 1));
}

/**
 * The structural similarity of two pictures (Wang et al. 2004), with square windows of equal weights, sample variances
 * (n − 1), K₁ = 0.01 and K₂ = 0.03, averaged over the windows that lie wholly inside, as scikit-image does by default.
 * @param a row-major
 * @param shape height and width, neither less than the window
 * @returns up to 1, which is the same picture; NaN where a value is NaN; 1 where both are the same constant
 * @throws RangeError for sizes that do not fit
 */
export function ssim(a: ArrayLike<number>, b: ArrayLike<number>, shape: readonly [height: number, width: number], options?: SsimOptions): number {
  return drain(ssimSteps(a, b, shape, options));
}

function spanOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let min = Infinity;
  let max = -Infinity;
  for (const list of [a, b]) {
    for (let i = 0; i < list.length; i++) {
      min = Math.min(min, list[i]!);
      max = Math.max(max, list[i]!);
    }
  }
  return max - min;
}

/** Sums of all values above and left of each corner. */
function summedArea(f: (i: number) => number, height: number, width: number): Float64Array {
  const table = new Float64Array((height + 1) * (width + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += f(y * width + x);
      table[(y + 1) * (width + 1) + x + 1] = table[y * (width + 1) + x + 1]! + row;
    }
  }
  return table;
}

function areaOf(table: Float64Array, width: number, y: number, x: number, side: number): number {
  const at = (i: number, j: number): number => table[i * (width + 1) + j]!;
  return at(y + side, x + side) - at(y, x + side) - at(y + side, x) + at(y, x);
}
