/** Values of each vector that are taken up at a time. */
export const STRETCH = 64;
/** Multiplications between two yields. */
const CHUNK = 1 << 20;

/**
 * Products of all pairs of vectors, `n × n`, as they are read stretch by stretch: nothing is kept but the sums.
 * @param read fills a stretch of values `from … to − 1` of all n vectors, each at a multiple of STRETCH, the rest of it 0
 * @param length of the vectors
 * @yields share done
 */
export function* gramSteps(read: (out: Float64Array, from: number, to: number) => void, n: number, length: number): Generator<number, Float64Array> {
  const out = new Float64Array(n * n);
  // one vector of zeros more, for what is left of a group
  const block = new Float64Array((n + 4) * STRETCH);
  for (let from = 0, work = 0; from < length; from += STRETCH) {
    read(block, from, Math.min(length, from + STRETCH));
    for (let i = 0; i < n; i += 2) {
      addProducts(block, n, i, out);
      work += 2 * (n - i) * STRETCH;
      if (work < CHUNK) continue;
      work = 0;
      yield Math.min(1, (from + (STRETCH * i) / n) / length);
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i]!;
  return out;
}

/** Adds the products of a stretch of vectors i and i + 1 with all from i on; eight sums are under way at once. */
function addProducts(block: Float64Array, n: number, i: number, out: Float64Array): void {
  const [row, next] = [i * n, (i + 1) * n];
  const second = i + 1 < n;
  for (let j = i; j < n; j += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let p = i * STRETCH, q = j * STRETCH, end = p + STRETCH; p < end; p++, q++) {
      const x = block[p]!;
      const y = block[p + STRETCH]!;
      const b0 = block[q]!;
      const b1 = block[q + STRETCH]!;
      const b2 = block[q + 2 * STRETCH]!;
      const b3 = block[q + 3 * STRETCH]!;
      s0 += x * b0;
      s1 += x * b1;
      s2 += x * b2;
      s3 += x * b3;
      t0 += y * b0;
      t1 += y * b1;
      t2 += y * b2;
      t3 += y * b3;
    }
    const count = Math.min(4, n - j);
    out[row + j]! += s0;
    if (count > 1) out[row + j + 1]! += s1;
    if (count > 2) out[row + j + 2]! += s2;
    if (count > 3) out[row + j + 3]! += s3;
    if (!second) continue;
    out[next + j]! += t0;
    if (count > 1) out[next + j + 1]! += t1;
    if (count > 2) out[next + j + 2]! += t2;
    if (count > 3) out[next + j + 3]! += t3;
  }
}

/**
 * Products of two sets of vectors of one length, `m × n`.
 * @param a m vectors, one after another
 * @param b n vectors
 * @param out is overwritten; where `(i, j)` goes is `i · alongA + j · alongB`
 */
export function products(a: Float64Array, m: number, b: Float64Array, n: number, length: number, out: Float64Array, alongA: number, alongB: number): void {
  for (let j = 0; j < n; j += 4) {
    // four that stay at hand; where fewer are left, the last is taken more than once
    const j1 = Math.min(j + 1, n - 1);
    const j2 = Math.min(j + 2, n - 1);
    const j3 = Math.min(j + 3, n - 1);
    for (let i = 0; i < m; i += 2) {
      const other = Math.min(i + 1, m - 1);
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let t0 = 0;
      let t1 = 0;
      let t2 = 0;
      let t3 = 0;
      let p = i * length;
      const end = p + length;
      for (let u = other * length, q = j * length, q1 = j1 * length, q2 = j2 * length, q3 = j3 * length; p < end; p++, u++, q++, q1++, q2++, q3++) {
        const x = a[p]!;
        const y = a[u]!;
        const b0 = b[q]!;
        const b1 = b[q1]!;
        const b2 = b[q2]!;
        const b3 = b[q3]!;
        s0 += x * b0;
        s1 += x * b1;
        s2 += x * b2;
        s3 += x * b3;
        t0 += y * b0;
        t1 += y * b1;
        t2 += y * b2;
        t3 += y * b3;
      }
      const o = i * alongA;
      out[o + j * alongB] = s0;
      out[o + j1 * alongB] = s1;
      out[o + j2 * alongB] = s2;
      out[o + j3 * alongB] = s3;
      const w = other * alongA;
      out[w + j * alongB] = t0;
      out[w + j1 * alongB] = t1;
      out[w + j2 * alongB] = t2;
      out[w + j3 * alongB] = t3;
    }
  }
}
