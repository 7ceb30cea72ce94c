import {marginsOf} from './confusion.js';
import {drain, part} from './slices.js';

/** Pairs looked at between two yields. */
const CHUNK = 1 << 15;

/** How often two classes are taken for each other, either way, as shares of their examples; symmetric, 0 on the diagonal. */
function* likenessSteps(matrix: ArrayLike<number>, c: number): Generator<number, Float64Array> {
  const {rows} = marginsOf(matrix, c);
  const likeness = new Float64Array(c * c);
  for (let i = 0, work = 0; i < c; i++) {
    for (let k = 0; k < i; k++) {
      const share = (rows[i] ? matrix[i * c + k]! / rows[i]! : 0) + (rows[k] ? matrix[k * c + i]! / rows[k]! : 0);
      likeness[i * c + k] = likeness[k * c + i] = share;
    }
    work += i;
    if (work < CHUNK) continue;
    work = 0;
    yield i / c;
  }
  return likeness;
}

/** Joins two rows of classes at the ends that are most alike; either may be turned round. */
function join(a: number[], b: number[], alike: (i: number, k: number) => number): number[] {
  const ends = [
    alike(a.at(-1)!, b[0]!),
    alike(a.at(-1)!, b.at(-1)!),
    alike(a[0]!, b[0]!),
    alike(a[0]!, b.at(-1)!),
  ];
  const best = ends.indexOf(Math.max(...ends));
  const left = best < 2 ? a : a.toReversed();
  return left.concat(best % 2 ? b.toReversed() : b);
}

/** As `orderClasses`, in steps. @yields share done */
export function* orderClassesSteps(matrix: ArrayLike<number>, c: number): Generator<number, Int32Array> {
  const first = yield* part(likenessSteps(matrix, c), 0, 0.3);
  const alike = (i: number, k: number): number => first[i * c + k]!;
  // of clusters, each known by the lower of its two halves' numbers
  const likeness = first.slice();
  const members: (number[] | null)[] = Array.from({length: c}, (_, i) => [i]);
  const settled = new Uint8Array(c);
  const chain: number[] = [];
  let work = 0;
  let left = c;
  for (let seed = 0; ; ) {
    if (!chain.length) {
      while (seed < c && (!members[seed] || settled[seed])) seed++;
      if (seed === c) break;
      chain.push(seed);
    }
    // the chain goes to ever closer neighbours, until two are each other's closest
    const a = chain.at(-1)!;
    const before = chain.at(-2);
    let b = before ?? -1;
    let best = before === undefined ? 0 : likeness[a * c + before]!;
    for (let k = 0; k < c; k++) {
      if (members[k] && likeness[a * c + k]! > best) best = likeness[a * c + (b = k)]!;
    }
    work += c;
    if (work >= CHUNK) {
      work = 0;
      yield 1 - (0.7 * left) / c;
    }
    if (b < 0) {
      // never confused with what is left
      settled[a] = 1;
      chain.pop();
      left--;
    } else if (b !== before) chain.push(b);
    else {
      chain.length -= 2;
      left--;
      work += 4 * c;
      const [keep, gone] = a < b ? [a, b] : [b, a];
      const p = members[keep]!;
      const q = members[gone]!;
      for (let k = 0; k < c; k++) {
        const mean = (p.length * likeness[keep * c + k]! + q.length * likeness[gone * c + k]!) / (p.length + q.length);
        likeness[keep * c + k] = likeness[k * c + keep] = k === keep ? 0 : mean;
        likeness[gone * c + k] = likeness[k * c + gone] = 0;
      }
      members[keep] = join(p, q, alike);
      members[gone] = null;
    }
  }
  return Int32Array.from(members.flatMap((cluster) => cluster ?? []));
}

/**
 * An order of the classes in which those that are confused with each other stand side by side: clusters by average
 * linkage of how often two classes are taken for each other, found along nearest-neighbour chains (Murtagh 1983) in
 * O(c²), each pair joined at its most alike ends. Classes that are confused with none, and clusters that have nothing
 * to do with each other, keep their order.
 * @param matrix row-major, `[true × c + predicted]`
 * @returns class numbers, in order
 */
export function orderClasses(matrix: ArrayLike<number>, c: number): Int32Array {
  return drain(orderClassesSteps(matrix, c));
}
