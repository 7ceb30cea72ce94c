import {drain, part} from './slices.js';

/** How far apart two rows are: the length of their difference, or 1 − the cosine of the angle between them. */
export type Metric = 'euclidean' | 'cosine';

/** More rows than these are not clustered: n² distances are kept, at 2,000 rows 32 MB. */
export const MOST_ROWS = 2000;

/** A tree of clusters as SciPy's `linkage` gives it. */
export interface Linkage {
  /** Rows of the matrix, n. */
  readonly rows: number;
  /** Two numbers a merge, lower first: below n a row, from n on the cluster of merge `number − n`. */
  readonly merges: Int32Array;
  /** The mean distance between the rows of the two, for each merge; it never falls. */
  readonly heights: Float64Array;
  /** How many rows each merge holds. */
  readonly sizes: Int32Array;
  /** All rows in the order of the leaves (SciPy's `leaves_list`), then the odd ones. */
  readonly order: Int32Array;
  /** Rows that hold NaN or an infinity: they have no distance, are in no merge, and come last. */
  readonly odd: readonly number[];
}

/** Multiplications between two yields. */
const CHUNK = 1 << 18;

/** Which rows have distances, and which have not. */
function tellApart(data: Float32Array, rows: number, columns: number): {good: Int32Array; odd: number[]} {
  const odd: number[] = [];
  const good: number[] = [];
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let at = r * columns, end = at + columns; at < end; at++) sum += data[at]! - data[at]!;
    (sum === 0 ? good : odd).push(r);
  }
  return {good: Int32Array.from(good), odd};
}

/** Distances between all pairs, symmetric; four rows at a time, so that four sums are under way at once. */
function* distances(data: Float32Array, columns: number, rows: Int32Array, metric: Metric): Generator<number, Float64Array> {
  const n = rows.length;
  const out = new Float64Array(n * n);
  const cosine = metric === 'cosine';
  const squares = new Float64Array(cosine ? n : 0);
  for (let i = 0; i < squares.length; i++) {
    for (let at = rows[i]! * columns, end = at + columns; at < end; at++) squares[i]! += data[at]! * data[at]!;
  }
  const sums = new Float64Array(4);
  for (let i = 1, work = 0; i < n; i++) {
    const a = rows[i]! * columns;
    for (let from = 0; from < i; from += 4) {
      const last = i - 1;
      const b = rows[from]! * columns;
      const c = rows[Math.min(last, from + 1)]! * columns;
      const d = rows[Math.min(last, from + 2)]! * columns;
      const e = rows[Math.min(last, from + 3)]! * columns;
      let s = 0;
      let t = 0;
      let u = 0;
      let v = 0;
      for (let k = 0; k < columns; k++) {
        const x = data[a + k]!;
        if (cosine) {
          s += x * data[b + k]!;
          t += x * data[c + k]!;
          u += x * data[d + k]!;
          v += x * data[e + k]!;
        } else {
          const p = x - data[b + k]!;
          const q = x - data[c + k]!;
          const r = x - data[d + k]!;
          const w = x - data[e + k]!;
          s += p * p;
          t += q * q;
          u += r * r;
          v += w * w;
        }
      }
      sums[0] = s;
      sums[1] = t;
      sums[2] = u;
      sums[3] = v;
      for (let j = from; j < Math.min(i, from + 4); j++) {
        let distance: number;
        if (cosine) {
          const scale = Math.sqrt(squares[i]! * squares[j]!);
          // the direction of a row of zeros is unknown: it is like another such row, and like nothing else
          distance = scale ? Math.min(2, Math.max(0, 1 - sums[j - from]! / scale)) : squares[i] === squares[j] ? 0 : 1;
        } else distance = Math.sqrt(sums[j - from]!);
        out[i * n + j] = out[j * n + i] = distance;
      }
      work += 4 * columns + 16;
      if (work < CHUNK) continue;
      work = 0;
      yield (i * (i - 1) + 2 * from) / (n * (n - 1));
    }
  }
  return out;
}

/** Merges as they are found along chains of nearest neighbours: by the lowest row of each cluster's slot, unsorted. */
interface Found {
  readonly pairs: Int32Array;
  readonly heights: Float64Array;
}

/**
 * Follows chains of nearest neighbours. A cluster keeps the slot of its second half, the one before in a chain is
 * preferred and then the lowest slot: equal distances are treated as SciPy treats them.
 */
function* chains(distance: Float64Array, n: number): Generator<number, Found> {
  const pairs = new Int32Array(2 * Math.max(0, n - 1));
  const heights = new Float64Array(Math.max(0, n - 1));
  const size = new Int32Array(n).fill(1);
  const top = new Float64Array(n);
  const chain = new Int32Array(n);
  let length = 0;
  let first = 0;
  for (let merge = 0, work = 0; merge < n - 1; merge++) {
    if (!length) {
      while (!size[first]) first++;
      chain[length++] = first;
    }
    let x: number;
    let y: number;
    let least: number;
    for (;;) {
      x = chain[length - 1]!;
      const row = x * n;
      const before = length > 1 ? chain[length - 2]! : -1;
      y = before;
      least = before < 0 ? Infinity : distance[row + before]!;
      for (let i = 0; i < n; i++) {
        if (size[i] && distance[row + i]! < least && i !== x) least = distance[row + (y = i)]!;
      }
      work += n;
      if (y === before) break;
      chain[length++] = y;
    }
    length -= 2;
    if (x > y) [x, y] = [y, x];
    const [p, q] = [size[x]!, size[y]!];
    pairs[2 * merge] = x;
    pairs[2 * merge + 1] = y;
    // rounding must not put a cluster below what it is made of
    heights[merge] = top[y] = Math.max(least, top[x]!, top[y]!);
    size[x] = 0;
    size[y] = p + q;
    for (let i = 0; i < n; i++) {
      if (!size[i] || i === y) continue;
      distance[y * n + i] = distance[i * n + y] = (p * distance[x * n + i]! + q * distance[y * n + i]!) / (p + q);
    }
    work += 4 * n;
    if (work < CHUNK) continue;
    work = 0;
    yield merge / n;
  }
  return {pairs, heights};
}

/** The leaves under a cluster, first halves first. */
function leaves(merges: Int32Array, rows: number): Int32Array {
  const count = merges.length / 2;
  const out = new Int32Array(count + 1);
  const open = [rows + count - 1];
  for (let at = 0; open.length; ) {
    const cluster = open.pop()!;
    if (cluster < rows) out[at++] = cluster;
    else open.push(merges[2 * (cluster - rows) + 1]!, merges[2 * (cluster - rows)]!);
  }
  return out;
}

/** As `cluster`, in steps. @yields share done */
export function* clusterSteps(data: Float32Array, rows: number, columns: number, metric: Metric = 'euclidean'): Generator<number, Linkage> {
  if (data.length !== rows * columns) throw new RangeError(`${rows} × ${columns} values are needed; got ${data.length}.`);
  if (rows > MOST_ROWS) throw new RangeError(`At most ${MOST_ROWS} rows are clustered; got ${rows}.`);
  const {good, odd} = tellApart(data, rows, columns);
  const n = good.length;
  const share = columns / (columns + 24);
  const distance = yield* part(distances(data, columns, good, metric), 0, share);
  const {pairs, heights: found} = yield* part(chains(distance, n), share, 1);

  // chains find merges in an order of their own; by height (a stable sort) they are numbered
  const byHeight = Int32Array.from(found.keys()).sort((a, b) => found[a]! - found[b]! || a - b);
  const merges = new Int32Array(pairs.length);
  const heights = new Float64Array(found.length);
  const sizes = new Int32Array(found.length);
  // the cluster in each slot
  const now = good.slice();
  byHeight.forEach((merge, i) => {
    const [x, y] = [pairs[2 * merge]!, pairs[2 * merge + 1]!];
    const [a, b] = [Math.min(now[x]!, now[y]!), Math.max(now[x]!, now[y]!)];
    merges[2 * i] = a;
    merges[2 * i + 1] = b;
    heights[i] = found[merge]!;
    sizes[i] = (a < rows ? 1 : sizes[a - rows]!) + (b < rows ? 1 : sizes[b - rows]!);
    now[y] = rows + i;
  });
  const order = new Int32Array(rows);
  if (n) order.set(n > 1 ? leaves(merges, rows) : good);
  order.set(odd, n);
  return {rows, merges, heights, sizes, order, odd};
}

/**
 * Clusters the rows of a matrix: agglomerative, by average linkage (UPGMA, Sokal & Michener 1958), found along chains of
 * nearest neighbours (Murtagh 1983) in O(n²) after the n²/2 distances. The same as
 * `scipy.cluster.hierarchy.linkage(data, 'average', metric)`, equal distances included, up to rounding.
 * Cosine distance is 0 to 2; a row of zeros is 0 from another such row and 1 from all others (SciPy gives NaN).
 * @param data row-major, `rows × columns`
 * @throws RangeError for more than MOST_ROWS rows
 */
export function cluster(data: Float32Array, rows: number, columns: number, metric: Metric = 'euclidean'): Linkage {
  return drain(clusterSteps(data, rows, columns, metric));
}

/**
 * The lines of a dendrogram, five numbers a merge, `x₀ y₀ x₁ y₁ y`: up from (x₀, y₀) to y, across, and down to
 * (x₁, y₁). Along x leaf k of the order is centred at k + 0.5; along y are heights, leaves at 0.
 */
export function dendrogram({rows, merges, heights, order}: Pick<Linkage, 'rows' | 'merges' | 'heights' | 'order'>): Float64Array {
  const n = heights.length;
  const centers = new Float64Array(rows + n);
  order.forEach((row, k) => (centers[row] = k + 0.5));
  const out = new Float64Array(5 * n);
  for (let i = 0; i < n; i++) {
    const [a, b] = [merges[2 * i]!, merges[2 * i + 1]!];
    centers[rows + i] = (centers[a]! + centers[b]!) / 2;
    out.set([centers[a]!, a < rows ? 0 : heights[a - rows]!, centers[b]!, b < rows ? 0 : heights[b - rows]!, heights[i]!], 5 * i);
  }
  return out;
}
