/** Numbers looked at between two yields. */
const CHUNK = 1 << 19;

/**
 * The vectors that are nearest to one of them, the nearest first; of equally near ones the first. Cosine distance is
 * 1 − cos; of a vector without length it is 0 to another such and 1 to all others, as in the worker.
 * @param vectors row-major, n × d
 * @param among rows that are looked at
 * @yields share done
 */
export function* nearestSteps(vectors: ArrayLike<number>, d: number, row: number, among: ArrayLike<number>, k: number, metric: 'euclidean' | 'cosine'): Generator<number, {rows: number[]; distances: number[]}> {
  const own = row * d;
  const lengthOf = (from: number): number => {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += vectors[from + c]! ** 2;
    return Math.sqrt(sum);
  };
  const length = lengthOf(own);
  const rows: number[] = [];
  const distances: number[] = [];
  const step = Math.max(1, Math.floor(CHUNK / d));
  for (let from = 0; from < among.length; from += step) {
    for (let a = from; a < Math.min(among.length, from + step); a++) {
      const other = among[a]!;
      if (other === row) continue;
      const at = other * d;
      let distance = 0;
      if (metric === 'cosine') {
        let dot = 0;
        for (let c = 0; c < d; c++) dot += vectors[own + c]! * vectors[at + c]!;
        const its = lengthOf(at);
        const cosine = dot / (length * its);
        // what rounding takes beyond 1 is no distance
        distance = Number.isNaN(cosine) ? Number(length > 0 || its > 0) : Math.max(0, 1 - cosine);
      } else {
        for (let c = 0; c < d; c++) distance += (vectors[own + c]! - vectors[at + c]!) ** 2;
        distance = Math.sqrt(distance);
      }
      if (rows.length === k && distance >= distances[k - 1]!) continue;
      let place = rows.length;
      while (place && distances[place - 1]! > distance) place--;
      rows.splice(place, 0, other);
      distances.splice(place, 0, distance);
      rows.length = distances.length = Math.min(k, rows.length);
    }
    yield Math.min(1, (from + step) / among.length);
  }
  return {rows, distances};
}
