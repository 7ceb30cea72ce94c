/** Levels of squares at most: each side is halved so often. */
const DEPTH = 16;
/** Numbers of a node: mean x and y of its points, how many, and the squared side of its square (0: a single place). */
const NODE = 4;
/** Bits that are sorted by at a time. */
const RADIX = 11;

/** Spreads 16 bits to every other one of 32. */
function spread(v: number): number {
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}

/**
 * Points in a plane, sorted along a Z-shaped curve (Morton 1966), and squares of squares over them (Barnes & Hut 1986),
 * each before all that it holds, with the place to go on at where it is taken as a whole. Squares with but one square in
 * them are left out. Built anew in place of the last, without new memory.
 */
export class Quadtree {
  /** Numbers of points, in the order of the curve. */
  readonly order: Uint32Array;
  readonly #codes: Uint32Array;
  readonly #spare: [Uint32Array, Uint32Array];
  readonly #counts = new Uint32Array(1 << RADIX);
  readonly #nodes: Float64Array;
  readonly #ends: Int32Array;
  /** Sums of x and of y of the points before each in the order. */
  readonly #sums: Float64Array;
  #count = 0;

  /** @param n points at most, 1 and more */
  constructor(readonly n: number) {
    this.order = Uint32Array.from({length: n}, (_, i) => i);
    this.#codes = new Uint32Array(n);
    this.#spare = [new Uint32Array(n), new Uint32Array(n)];
    this.#nodes = new Float64Array(2 * n * NODE);
    this.#ends = new Int32Array(2 * n);
    this.#sums = new Float64Array(2 * (n + 1));
  }

  /** Builds the tree over `n × 2` coordinates. */
  build(points: Float64Array): void {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < points.length; i += 2) {
      const x = points[i]!;
      const y = points[i + 1]!;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    const side = Math.max(right - left, bottom - top);
    this.#sort(points, left, top, side ? (2 ** DEPTH - 1) / side : 0);
    // sums up to each point: those of a square are a difference of two
    const {order} = this;
    const sums = this.#sums;
    for (let at = 0; at < order.length; at++) {
      sums[2 * at + 2] = sums[2 * at]! + (points[2 * order[at]!]! - left);
      sums[2 * at + 3] = sums[2 * at + 1]! + (points[2 * order[at]! + 1]! - top);
    }
    this.#count = 0;
    this.#square(points, 0, order.length, left, top, side);
  }

  #sort(points: Float64Array, left: number, top: number, scale: number): void {
    const [counts, n] = [this.#counts, this.n];
    let [order, codes]: [Uint32Array, Uint32Array] = [this.order, this.#codes];
    let [nextOrder, nextCodes] = this.#spare;
    for (let at = 0; at < n; at++) {
      const i = 2 * order[at]!;
      codes[at] = (spread((points[i]! - left) * scale) | (spread((points[i + 1]! - top) * scale) << 1)) >>> 0;
    }
    for (let shift = 0; shift < 32; shift += RADIX) {
      counts.fill(0);
      for (let at = 0; at < n; at++) counts[(codes[at]! >>> shift) & ((1 << RADIX) - 1)]!++;
      for (let c = 0, sum = 0; c < counts.length; c++) {
        const count = counts[c]!;
        counts[c] = sum;
        sum += count;
      }
      for (let at = 0; at < n; at++) {
        const to = counts[(codes[at]! >>> shift) & ((1 << RADIX) - 1)]!++;
        nextOrder[to] = order[at]!;
        nextCodes[to] = codes[at]!;
      }
      [order, nextOrder] = [nextOrder, order];
      [codes, nextCodes] = [nextCodes, codes];
    }
    // three rounds: what is sorted lies in the spare ones
    this.order.set(order);
    this.#codes.set(codes);
  }

  /** Adds the square of points `from … to − 1` of the order, and all that it holds. */
  #square(points: Float64Array, from: number, to: number, left: number, top: number, side: number): void {
    const nodes = this.#nodes;
    const codes = this.#codes;
    const node = this.#count++;
    const at = NODE * node;
    const differ = codes[from]! ^ codes[to - 1]!;
    if (!differ) {
      // in one place, as far as can be told
      let x = 0;
      let y = 0;
      for (let k = from; k < to; k++) {
        x += points[2 * this.order[k]!]!;
        y += points[2 * this.order[k]! + 1]!;
      }
      nodes[at] = x / (to - from);
      nodes[at + 1] = y / (to - from);
      nodes[at + 2] = to - from;
      nodes[at + 3] = 0;
    } else {
      const sums = this.#sums;
      const level = (31 - Math.clz32(differ)) >> 1;
      const own = side * 2 ** (level + 1 - DEPTH);
      nodes[at] = left + (sums[2 * to]! - sums[2 * from]!) / (to - from);
      nodes[at + 1] = top + (sums[2 * to + 1]! - sums[2 * from + 1]!) / (to - from);
      nodes[at + 2] = to - from;
      nodes[at + 3] = own * own;
      for (let first = from; first < to; ) {
        const quarter = codes[first]! >>> (2 * level);
        let next = first + 1;
        while (next < to && codes[next]! >>> (2 * level) === quarter) next++;
        this.#square(points, first, next, left, top, side);
        first = next;
      }
    }
    this.#ends[node] = this.#count;
  }

  /**
   * Adds up what drives points apart under Student's t of one degree (van der Maaten & Hinton 2008): Σ q² (y − yⱼ), with
   * q = 1 / (1 + |y − yⱼ|²), a square taken as one point at its mean where its side is less than `theta` times as long as
   * the way to it.
   * @param from place in the order to begin at
   * @param out `n × 2`: of each point, by its number
   * @returns Σ q of these points, each with itself (1) included
   */
  repel(points: Float64Array, from: number, to: number, theta: number, out: Float64Array): number {
    const nodes = this.#nodes;
    const ends = this.#ends;
    const count = this.#count;
    const near = theta * theta;
    let total = 0;
    for (let k = from; k < to; k++) {
      const i = 2 * this.order[k]!;
      const x = points[i]!;
      const y = points[i + 1]!;
      let fx = 0;
      let fy = 0;
      for (let node = 0; node < count; ) {
        const at = NODE * node;
        const dx = x - nodes[at]!;
        const dy = y - nodes[at + 1]!;
        const square = dx * dx + dy * dy;
        const side = nodes[at + 3]!;
        // a single place has none
        if (side && side >= near * square) {
          node++;
          continue;
        }
        const q = 1 / (1 + square);
        const many = nodes[at + 2]! * q;
        total += many;
        fx += many * q * dx;
        fy += many * q * dy;
        node = ends[node]!;
      }
      out[i] = fx;
      out[i + 1] = fy;
    }
    return total;
  }
}
