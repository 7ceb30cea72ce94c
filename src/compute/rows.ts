/** Values looked at between two yields. */
const CHUNK = 1 << 17;

/** @throws RangeError where there are not `n × d` values, or no rows or columns */
export function checkRows(values: ArrayLike<number>, n: number, d: number): void {
  if (!Number.isInteger(n) || !Number.isInteger(d) || n < 1 || d < 1) throw new RangeError(`At least one row and one column are needed; got ${n} × ${d}.`);
  if (values.length !== n * d) throw new RangeError(`${n} × ${d} values are needed; got ${values.length}.`);
}

/**
 * Which rows hold neither NaN nor an infinity, ascending.
 * @param values row-major, `n × d`
 */
export function* finiteRowsSteps(values: Float32Array | Float64Array, n: number, d: number): Generator<number, Int32Array> {
  const out = new Int32Array(n);
  let count = 0;
  for (let r = 0, work = 0; r < n; r++) {
    let sum = 0;
    // 0 of a finite value, NaN of any other
    for (let at = r * d, end = at + d; at < end; at++) sum += values[at]! - values[at]!;
    if (sum === 0) out[count++] = r;
    work += d;
    if (work < CHUNK) continue;
    work = 0;
    yield r / n;
  }
  return out.slice(0, count);
}

/** @throws RangeError that names the first row with a NaN or an infinity */
export function* checkFiniteSteps(values: Float32Array | Float64Array, n: number, d: number): Generator<number, void> {
  const rows = yield* finiteRowsSteps(values, n, d);
  if (rows.length === n) return;
  const odd = rows.findIndex((row, i) => row !== i);
  throw new RangeError(`Row ${odd < 0 ? rows.length : odd} holds NaN or an infinity, and so has no distance to others: leave such rows out (${n - rows.length} of ${n}).`);
}

/**
 * The rows at length 1: half the square of the distance between two of them is 1 − the cosine of the angle between them.
 * A row of zeros has no direction: it gets a column of its own, so that it is 0 from another such row and 1 from all
 * others.
 * @param values row-major, `n × d`, finite
 * @returns `width` is d, or d + 1 where there is a row of zeros
 */
export function* unitRowsSteps(values: Float32Array | Float64Array, n: number, d: number): Generator<number, {values: Float64Array; width: number}> {
  const scales = new Float64Array(n);
  let zeros = false;
  for (let r = 0, work = 0; r < n; r++) {
    let most = 0;
    for (let at = r * d, end = at + d; at < end; at++) most = Math.max(most, Math.abs(values[at]!));
    let squares = 0;
    // relative to the largest: squares stay within the range of floats
    if (most) for (let at = r * d, end = at + d; at < end; at++) squares += (values[at]! / most) * (values[at]! / most);
    else zeros = true;
    scales[r] = most && Math.sqrt(squares);
    work += 4 * d;
    if (work < CHUNK) continue;
    work = 0;
    yield (0.5 * r) / n;
  }
  const width = zeros ? d + 1 : d;
  const out = new Float64Array(n * width);
  for (let r = 0, work = 0; r < n; r++) {
    const [from, to] = [r * d, r * width];
    let most = 0;
    for (let i = 0; i < d; i++) most = Math.max(most, Math.abs(values[from + i]!));
    if (most) for (let i = 0; i < d; i++) out[to + i] = values[from + i]! / most / scales[r]!;
    else out[to + d] = 1;
    work += 4 * d;
    if (work < CHUNK) continue;
    work = 0;
    yield 0.5 + (0.5 * r) / n;
  }
  return {values: out, width};
}
