import {drain, part} from './slices.js';

/** The singular values of a matrix, and what they say of its rank. */
export interface Spectrum {
  /** min(rows, columns) of them, largest first; none where `odd` is above 0. */
  readonly values: Float64Array;
  /** exp of the entropy of σᵢ / Σσ (Roy & Vetterli 2007): 1 to min(rows, columns); 0 of a matrix of zeros. */
  readonly effectiveRank: number;
  /** Σσ² / σ₁² (Rudelson & Vershynin 2007); 0 of a matrix of zeros. */
  readonly stableRank: number;
  /** σ₁ / σ_min; Infinity where σ_min is no more than what rounding leaves (σ₁ · max(rows, columns) · 2⁻⁵²). */
  readonly condition: number;
  /** How many singular values are above `tolerance`. */
  readonly rank: number;
  /** σ₁ · max(rows, columns) · 2⁻²³, as NumPy's `matrix_rank` has it for float32. */
  readonly tolerance: number;
  /** NaN and infinities among the values: with any, there is no spectrum, and all numbers are NaN. */
  readonly odd: number;
}

/** With a shorter side beyond this there is no spectrum: 1,024 × 1,024 takes two seconds, and time grows with its cube. */
export const MOST_SIDE = 1024;

/** Multiplications between two yields. */
const CHUNK = 1 << 19;
/** Rows that are taken up at a time. */
const BLOCK = 128;

/**
 * Makes the vector `x[from … to)` into that of the reflection which turns it into (−sign·norm, 0, 0 …).
 * @returns what it turns into, and 2 / |v|² (0: nothing to turn)
 */
function reflect(x: Float64Array, from: number, to: number): [first: number, scale: number] {
  let rest = 0;
  for (let i = from + 1; i < to; i++) rest += x[i]! * x[i]!;
  const first = x[from]!;
  if (!rest) return [first, 0];
  const turned = first > 0 ? -Math.sqrt(first * first + rest) : Math.sqrt(first * first + rest);
  const head = (x[from] = first - turned);
  return [turned, 2 / (head * head + rest)];
}

/**
 * The R of a QR factorisation, by reflections, some rows at a time: it has the same singular values.
 * @param read fills rows into columns of `BLOCK`
 * @returns n × n; its rows are columns of R
 */
function* triangle(read: (to: Float64Array, first: number, count: number) => void, m: number, n: number): Generator<number, Float64Array> {
  const r = new Float64Array(n * n);
  const block = new Float64Array(n * BLOCK);
  const v = new Float64Array(BLOCK + 1);
  for (let first = 0; first < m; first += BLOCK) {
    const count = Math.min(BLOCK, m - first);
    read(block, first, count);
    for (let k = 0, work = 0; k < n; k++) {
      v[0] = r[k * n + k]!;
      v.set(block.subarray(k * BLOCK, k * BLOCK + count), 1);
      const [turned, scale] = reflect(v, 0, count + 1);
      r[k * n + k] = turned;
      if (!scale) continue;
      const head = v[0]!;
      for (let j = k + 1; j < n; j++) {
        const at = j * BLOCK;
        let dot = head * r[j * n + k]!;
        for (let i = 0; i < count; i++) dot += v[i + 1]! * block[at + i]!;
        dot *= scale;
        r[j * n + k]! -= dot * head;
        for (let i = 0; i < count; i++) block[at + i]! -= dot * v[i + 1]!;
      }
      work += 4 * count * (n - k);
      if (work < CHUNK) continue;
      work = 0;
      yield (first + (count * k) / n) / m;
    }
  }
  return r;
}

/**
 * Turns a matrix into a bidiagonal one with the same singular values, by reflections from both sides (Golub & Kahan
 * 1965). Each step goes over what is left twice: the reflection from the right is applied with the next from the left.
 * @param a n columns, each of m ≥ n values; overwritten
 * @returns diagonal and superdiagonal
 */
function* bidiagonal(a: Float64Array, m: number, n: number): Generator<number, [Float64Array, Float64Array]> {
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  /** From the left; from the right; what the right one subtracts from each row; what the left one does from each column. */
  const u = new Float64Array(m);
  const v = new Float64Array(n);
  const w = new Float64Array(m);
  const t = new Float64Array(n);
  let right = 0;
  const total = (4 / 3) * n * n * (3 * m - n) + 1;
  let done = 0;
  for (let k = 0, work = 0; k < n; k++) {
    if (right) {
      const by = right * v[k]!;
      for (let i = k; i < m; i++) a[k * m + i]! -= by * w[i]!;
    }
    for (let i = k; i < m; i++) u[i] = a[k * m + i]!;
    const [first, left] = reflect(u, k, m);
    d[k] = first;
    for (let j = k + 1; j < n; j++) {
      const at = j * m;
      const by = right * v[j]!;
      let dot = 0;
      if (by) {
        for (let i = k; i < m; i++) dot += u[i]! * (a[at + i]! -= by * w[i]!);
      } else if (left) for (let i = k; i < m; i++) dot += u[i]! * a[at + i]!;
      t[j] = left * dot;
      work += 4 * (m - k);
      if (work < CHUNK) continue;
      done += work;
      work = 0;
      yield Math.min(1, done / total);
    }
    right = 0;
    if (k + 1 < n) {
      // row k as the left reflection leaves it
      for (let j = k + 1; j < n; j++) v[j] = a[j * m + k]! - (left ? t[j]! * u[k]! : 0);
      [e[k + 1], right] = reflect(v, k + 1, n);
      w.fill(0, k + 1);
      for (let j = k + 1; j < n; j++) {
        const at = j * m;
        const by = left ? t[j]! : 0;
        const to = v[j]!;
        if (right) {
          for (let i = k + 1; i < m; i++) w[i]! += to * (a[at + i]! -= by * u[i]!);
        } else if (by) for (let i = k + 1; i < m; i++) a[at + i]! -= by * u[i]!;
        work += 4 * (m - k);
        if (work < CHUNK) continue;
        done += work;
        work = 0;
        yield Math.min(1, done / total);
      }
    }
  }
  return [d, e.subarray(1)];
}

/**
 * The singular values of a bidiagonal matrix, by implicit QR steps with a shift (Golub & Reinsch 1970, in the form of
 * LINPACK's `dsvdc`); overwrites both.
 */
function* diagonal(s: Float64Array, e: Float64Array): Generator<number, Float64Array> {
  const EPS = 2 ** -52;
  const n = s.length;
  let f: number;
  let g: number;
  let cos = 1;
  let sin = 0;
  /** The rotation that turns (f, g) into (its length, 0). */
  const rotate = (): number => {
    const length = Math.sqrt(f * f + g * g);
    [cos, sin] = length ? [f / length, g / length] : [1, 0];
    return length;
  };
  for (let p = n, steps = 0, work = 0; p > 0; ) {
    if (++steps > 100 * n) throw new Error('The singular values did not converge.');
    const last = p - 1;
    // the block of rows k … last that hangs together
    let k = last;
    while (k > 0) {
      if (Math.abs(e[k - 1]!) <= EPS * (Math.abs(s[k - 1]!) + Math.abs(s[k]!))) {
        e[k - 1] = 0;
        break;
      }
      k--;
    }
    work += 10 * (p - k);
    if (k === last) {
      s[last] = Math.abs(s[last]!);
      p--;
      continue;
    }
    let zero = last;
    while (zero >= k) {
      const near = (zero < last ? Math.abs(e[zero]!) : 0) + (zero > k ? Math.abs(e[zero - 1]!) : 0);
      if (Math.abs(s[zero]!) <= EPS * near) break;
      zero--;
    }
    if (zero === last) {
      // the last value is 0: what stands beside it is moved up and out
      s[last] = 0;
      f = e[last - 1]!;
      e[last - 1] = 0;
      for (let j = last - 1; j >= k; j--) {
        g = f;
        f = s[j]!;
        s[j] = rotate();
        if (j === k) break;
        f = -sin * e[j - 1]!;
        e[j - 1]! *= cos;
      }
    } else if (zero >= k) {
      // one in between is 0: what stands beside it is moved out to the right, and the block falls apart
      s[zero] = 0;
      f = e[zero]!;
      e[zero] = 0;
      for (let j = zero + 1; j <= last; j++) {
        g = f;
        f = s[j]!;
        s[j] = rotate();
        if (j === last) break;
        f = -sin * e[j]!;
        e[j]! *= cos;
      }
    } else {
      const scale = Math.max(Math.abs(s[last]!), Math.abs(s[last - 1]!), Math.abs(e[last - 1]!), Math.abs(s[k]!), Math.abs(e[k]!));
      const sp = s[last]! / scale;
      const before = s[last - 1]! / scale;
      const beside = e[last - 1]! / scale;
      const sk = s[k]! / scale;
      const b = ((before + sp) * (before - sp) + beside * beside) / 2;
      const c = sp * beside * (sp * beside);
      const root = Math.sqrt(b * b + c);
      const shift = c ? c / (b + (b < 0 ? -root : root)) : 0;
      f = (sk + sp) * (sk - sp) + shift;
      g = (sk * e[k]!) / scale;
      for (let j = k; j < last; j++) {
        let length = rotate();
        if (j > k) e[j - 1] = length;
        f = cos * s[j]! + sin * e[j]!;
        e[j] = cos * e[j]! - sin * s[j]!;
        g = sin * s[j + 1]!;
        s[j + 1]! *= cos;
        length = rotate();
        s[j] = length;
        f = cos * e[j]! + sin * s[j + 1]!;
        s[j + 1] = cos * s[j + 1]! - sin * e[j]!;
        if (j + 1 < last) {
          g = sin * e[j + 1]!;
          e[j + 1]! *= cos;
        }
      }
      e[last - 1] = f;
      work += 24 * (p - k);
    }
    if (work < CHUNK) continue;
    work = 0;
    yield 1 - p / n;
  }
  return s.sort().reverse();
}

/** As `spectrum`, in steps. @yields share done */
export function* spectrumSteps(data: Float32Array, rows: number, columns: number): Generator<number, Spectrum> {
  const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)];
  if (data.length !== rows * columns) throw new RangeError(`${rows} × ${columns} values are needed; got ${data.length}.`);
  if (n > MOST_SIDE) throw new RangeError(`The shorter side may have ${MOST_SIDE} at most; got ${rows} × ${columns}.`);
  let odd = 0;
  let largest = 0;
  for (let from = 0; from < data.length; from += CHUNK) {
    const to = Math.min(data.length, from + CHUNK);
    for (let i = from; i < to; i++) {
      const size = Math.abs(data[i]!);
      if (!(size < Infinity)) odd++;
      else if (size > largest) largest = size;
    }
    yield (0.01 * to) / data.length;
  }
  if (odd) return {values: new Float64Array(0), effectiveRank: NaN, stableRank: NaN, condition: NaN, rank: NaN, tolerance: NaN, odd};
  if (!largest) return {values: new Float64Array(n), effectiveRank: 0, stableRank: 0, condition: n ? Infinity : NaN, rank: 0, tolerance: 0, odd};

  // squares stay within the range of floats
  const unit = 2 ** Math.floor(Math.log2(largest));
  const [alongRow, alongColumn] = rows >= columns ? [columns, 1] : [1, columns];
  const read = (to: Float64Array, first: number, count: number, stride: number): void => {
    for (let j = 0; j < n; j++) {
      let at = first * alongRow + j * alongColumn;
      for (let i = 0; i < count; i++, at += alongRow) to[j * stride + i] = data[at]! / unit;
    }
  };
  // much longer than wide, a triangle is made first: it is cheaper, and takes no memory for the whole
  const tall = m >= 2 * n;
  const share = tall ? m / (m + (4 / 3) * n) : 0.01;
  let matrix: Float64Array;
  if (tall) matrix = yield* part(triangle((to, first, count) => read(to, first, count, BLOCK), m, n), 0.01, share);
  else read((matrix = new Float64Array(m * n)), 0, m, m);
  const [d, e] = yield* part(bidiagonal(matrix, tall ? n : m, n), share, 0.97);
  const values = yield* part(diagonal(d, e), 0.97, 1);
  for (let i = 0; i < n; i++) values[i]! *= unit;
  return {values, ...ranks(values, m), odd};
}

/** What singular values say of the rank. @param side the longer one */
function ranks(values: Float64Array, side: number): Omit<Spectrum, 'values' | 'odd'> {
  const first = values[0]!;
  const sum = values.reduce((a, b) => a + b, 0);
  let entropy = 0;
  let squares = 0;
  for (const v of values) {
    if (v) entropy -= (v / sum) * Math.log(v / sum);
    squares += (v / first) ** 2;
  }
  const least = values.at(-1)!;
  const tolerance = first * side * 2 ** -23;
  return {
    effectiveRank: Math.exp(entropy),
    stableRank: squares,
    condition: least <= first * side * 2 ** -52 ? Infinity : first / least,
    rank: values.reduce((count, v) => count + (v > tolerance ? 1 : 0), 0),
    tolerance,
  };
}

/**
 * The singular values of a matrix: reflections to bidiagonal form, then implicit QR, in float64; off by about 1e-15 of
 * the largest. The Gram matrix, whose eigenvalues are their squares, would leave 1e-8.
 * @param data row-major, `rows × columns`
 * @throws RangeError where both sides are longer than MOST_SIDE
 */
export const spectrum = (data: Float32Array, rows: number, columns: number): Spectrum => drain(spectrumSteps(data, rows, columns));
