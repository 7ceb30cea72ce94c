/** Values worked on between two looks at the clock. */
const PIECE = 1 << 14;

/**
 * Goes through arrays piece by piece, for `runSliced`.
 * @param work on the values of the `i`-th from one place up to another
 * @yields the share done
 */
export function* inPieces(arrays: readonly ArrayLike<unknown>[], work: (i: number, from: number, end: number) => void): Generator<number, void> {
  const total = arrays.reduce((sum, {length}) => sum + length, 0);
  let done = 0;
  for (const [i, {length}] of arrays.entries()) {
    for (let from = 0; from < length; from += PIECE) {
      const end = Math.min(length, from + PIECE);
      work(i, from, end);
      done += end - from;
      yield done / total;
    }
  }
}
