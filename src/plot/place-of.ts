/** Where a number stands among ascending ones; -1 where it doesn't. */
export function placeOf(ascending: ArrayLike<number>, v: number): number {
  let [lo, hi] = [0, ascending.length - 1];
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (ascending[mid]! < v) lo = mid + 1;
    else hi = mid;
  }
  return ascending[lo] === v ? lo : -1;
}
