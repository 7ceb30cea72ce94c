/** Items of one level (nodes, and groups as a whole) in topological order, by place. */
export interface Level {
  readonly size: number;
  /** Equal for items of the same structure; see {@link Interner}. */
  readonly signature: ArrayLike<number>;
  /** Nodes in each item. */
  readonly weight: ArrayLike<number>;
  /** 1 for a group. */
  readonly group: ArrayLike<number>;
  /** How well a block begins with it: 0 for what usually follows (activation, normalisation, pooling), 2 for what has weights. */
  readonly begins: ArrayLike<number>;
  /** 1 for an activation of its own, which belongs to what comes before it. */
  readonly activation: ArrayLike<number>;
  /** Sources of each item, which are earlier ones: `list[start[i]] … list[start[i + 1] - 1]`. */
  readonly start: ArrayLike<number>;
  readonly list: ArrayLike<number>;
}

/** What folding makes of a level: items by place, equal blocks that follow one another, and single blocks. */
export type Fold = number | {readonly kind: 'repeat'; readonly blocks: readonly (readonly Fold[])[]} | {readonly kind: 'block'; readonly children: readonly Fold[]};

/** Numbers for texts: equal texts have equal numbers, and no others. */
export class Interner {
  readonly #known = new Map<string, number>();

  number(text: string): number {
    let id = this.#known.get(text);
    if (id === undefined) this.#known.set(text, (id = this.#known.size));
    return id;
  }
}

/** Nodes, or groups, from which on a segment is looked into for repeats of its own; an Inception block stays in one piece. */
const LOOK_INSIDE = 40;
const LOOK_GROUPS = 4;
/** Longest period of a repeat, in segments. */
const PERIOD = 64;
/** Items from which on a segment is a block of its own. */
const BLOCK = 4;
/** What goes to everything (a mask), or collects from everything, has so many edges that are too long for any block. */
const WIDE = 3;
const STEP = 5000;
/** Items of a level that are looked into between two yields. */
const CHUNK = 500;
/** Stands for what comes from outside a segment. */
const OUTSIDE = -1;

/** A run of items that are cut from the others, or what repeats of such runs became. */
interface Piece {
  readonly hash: number;
  readonly weight: number;
  readonly begins: number;
  readonly parts: readonly Fold[];
  /** Of more than a few items, so worth a box of its own. */
  readonly block: boolean;
}

/** Whether blocks of so many nodes are worth folding when so many follow one another. */
function worthFolding(nodes: number, times: number): boolean {
  return nodes >= 3 ? times >= 2 : nodes === 2 ? times >= 4 : times >= 6;
}

/**
 * Finds blocks of equal structure that follow one another.
 *
 * The level is cut wherever all edges across the cut come from one item: all flow passes through it. Each segment between
 * two cuts gets a number for its structure, from the signatures and the wiring of its items in the manner of Weisfeiler
 * and Lehman: an item's own signature with those of its inputs in the segment, in any order. Then runs of equal segments
 * are folded, the shortest period first, and runs of what that leaves.
 *
 * A large segment is one that a long edge holds together (a skip over the whole network). It is looked into again with
 * the edges left out that are longer than half of it: no block that is there twice can have such an edge inside. That
 * halves with every look, so the whole takes n log n.
 * @returns by steps with the share done
 */
export function* foldLevel(level: Level, interner: Interner): Generator<number, Fold[]> {
  return yield* foldRange(level, interner, 0, level.size, -1, Infinity);
}

/**
 * Folds items lo to hi − 1, which take what they take from outside mainly from item `via`.
 * Recursion is as deep as `longest` can be halved.
 */
function* foldRange(level: Level, interner: Interner, lo: number, hi: number, via: number, longest: number): Generator<number, Fold[]> {
  let cuts = cutsOf(level, lo, hi, via, longest);
  if (hi - lo > CHUNK) yield lo / level.size;
  while (cuts.length === 2 && longest > BLOCK && hi - lo > BLOCK && worthLooking(level, lo, hi)) {
    longest = Math.min(longest, hi - lo) / 2;
    cuts = cutsOf(level, lo, hi, via, longest);
    if (hi - lo > CHUNK) yield lo / level.size;
  }
  const pieces: Piece[] = [];
  const hashes = new Int32Array(hi - lo);
  for (let c = 0; c + 1 < cuts.length; c++) {
    const a = cuts[c]!;
    const b = cuts[c + 1]!;
    if (b - a > STEP) yield* structureSteps(level, interner, a, b, hashes, lo);
    else numberItems(level, interner, a, a, b, hashes, lo);
    let hash = structureOf(interner, hashes, a - lo, b - lo);
    let weight = sum(level.weight, a, b);
    let parts: Fold[] = [];
    const whole = b - a === hi - lo;
    if (b - a > BLOCK && !whole && longest > BLOCK && worthLooking(level, a, b)) {
      parts = yield* foldRange(level, interner, a, b, nearestSource(level, a, b), Math.min(longest, b - a) / 2);
    } else {
      for (let i = a; i < b; i++) parts.push(i);
    }
    let items = b - a;
    // what is activated after the branches have met belongs to them: all flow passes through both
    const next = cuts[c + 2];
    if (items > 1 && next === b + 1 && level.activation[b]) {
      hash = interner.number(`${hash}+${level.signature[b]}`);
      weight += level.weight[b]!;
      parts.push(b);
      items++;
      c++;
    }
    // a block that is nearly all there is tells nothing; nor does one more box around groups that have names of their own
    const block = items >= BLOCK && items < 0.7 * (hi - lo) && sum(level.group, a, b) < 2;
    pieces.push({hash, weight, begins: items > 1 ? 3 : level.begins[a]!, parts, block});
    if (Math.floor(a / CHUNK) !== Math.floor(b / CHUNK)) yield b / level.size;
  }
  return (yield* foldRuns(pieces, interner)).flatMap((piece) => (piece.block ? {kind: 'block', children: piece.parts} : [...piece.parts]));
}

/**
 * Places at which a part of the level is cut, its ends among them. Of edges from outside only those from `via` count, and
 * no edge that is too long.
 */
function cutsOf({start, list}: Level, lo: number, hi: number, via: number, longest: number): number[] {
  const size = hi - lo;
  // `via` has place 0 here
  const reach = new Int32Array(size + 1);
  const far = longest < size ? new Int32Array(size + 1) : undefined;
  for (let i = lo; i < hi; i++) {
    const at = i - lo + 1;
    let long = 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let k = start[i]!; k < start[i + 1]!; k++) {
        const source = list[k]! >= lo ? list[k]! - lo + 1 : list[k] === via ? 0 : -1;
        if (source < 0) continue;
        const short = at - source <= longest;
        if (pass === 0 && !short) {
          long++;
          if (far && source) far[source]!++;
        }
        if (pass === 1 && short) reach[source] = at;
      }
      // what collects from everywhere holds nothing together
      if (long >= WIDE) break;
    }
  }
  const open = new Int32Array(size + 2);
  for (let i = 0; i <= size; i++) {
    if (reach[i]! <= i || (far && far[i]! >= WIDE)) continue;
    open[i + 1]!++;
    open[reach[i]! + 1]!--;
  }
  const cuts = [lo];
  for (let at = 1, sources = 0; at <= size; at++) {
    sources += open[at]!;
    if (at > 1 && sources <= 1) cuts.push(lo + at - 1);
  }
  cuts.push(hi);
  return cuts;
}

/** The last item before place a that some of items a to b − 1 take from; −1 if none do. */
function nearestSource({start, list}: Level, a: number, b: number): number {
  let nearest = -1;
  for (let k = start[a]!; k < start[b]!; k++) if (list[k]! < a && list[k]! > nearest) nearest = list[k]!;
  return nearest;
}

/** Numbers for items `from` to `to` − 1, each with what it takes from items of its segment, which begins at place `a`. `base` is the place of the first number. */
function numberItems({signature, start, list}: Level, interner: Interner, a: number, from: number, to: number, numbers: Int32Array, base: number): void {
  for (let i = from; i < to; i++) {
    const inputs: number[] = [];
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const source = list[k]!;
      inputs.push(source >= a ? numbers[source - base]! : OUTSIDE);
    }
    if (inputs.length > 1) inputs.sort((p, q) => p - q);
    let text = `${signature[i]}<`;
    for (const input of inputs) text += `${input},`;
    numbers[i - base] = interner.number(text);
  }
}

function* structureSteps(level: Level, interner: Interner, a: number, b: number, numbers: Int32Array, base: number): Generator<number, void> {
  for (let from = a; from < b; from += STEP) {
    numberItems(level, interner, a, from, Math.min(b, from + STEP), numbers, base);
    if (from + STEP < b) yield a / level.size;
  }
}

/** A number for the structure of a segment whose items have the numbers at places `from` to `to` − 1. */
function structureOf(interner: Interner, numbers: Int32Array, from: number, to: number): number {
  return to - from === 1 ? numbers[from]! : interner.number(`{${numbers.slice(from, to).sort().join()}}`);
}

/** A number for the structure of a whole level. */
export function* structureOfLevel(level: Level, interner: Interner): Generator<number, number> {
  const numbers = new Int32Array(level.size);
  yield* structureSteps(level, interner, 0, level.size, numbers, 0);
  // a group of one item is not that item
  return interner.number(`[${structureOf(interner, numbers, 0, level.size)}]`);
}

/** Folds periods of equal pieces, the shortest first, until nothing more folds. */
function* foldRuns(pieces: Piece[], interner: Interner): Generator<number, Piece[]> {
  for (let again = true; again;) {
    again = false;
    for (let period = 1; period <= PERIOD && 2 * period <= pieces.length; period++) {
      const folded = foldPeriod(pieces, period, interner);
      if (folded) {
        pieces = folded;
        again = true;
      }
      if (pieces.length > STEP) yield 0;
    }
  }
  return pieces;
}

/** Folds all runs of one period; nothing where there is none. */
function foldPeriod(pieces: readonly Piece[], period: number, interner: Interner): Piece[] | undefined {
  let result: Piece[] | undefined;
  let kept = 0;
  for (let i = 0; i + period < pieces.length; i++) {
    const begin = i;
    while (i + period < pieces.length && pieces[i]!.hash === pieces[i + period]!.hash) i++;
    const total = i - begin + period;
    const times = Math.floor(total / period);
    if (times < 2) continue;
    let nodes = 0;
    for (let at = begin; at < begin + period; at++) nodes += pieces[at]!.weight;
    if (!worthFolding(nodes, times)) continue;
    // "normalise, activate, convolve" twice is rather the tail of one such row and the head of the next
    if (times === 2 && pieces[begin]!.begins === 0 && total === 2 * period && pieces[begin + period - 1]!.begins === 2) continue;
    // a run may be longer than its blocks: of the places where it can begin, the one that suits a block most
    let first = begin;
    for (let at = begin + 1; at <= begin + total - times * period; at++) {
      if (pieces[at]!.begins > pieces[first]!.begins) first = at;
    }
    result ??= [];
    for (let at = kept; at < first; at++) result.push(pieces[at]!);
    const blocks = Array.from({length: times}, (_, n) => blockOf(pieces.slice(first + n * period, first + (n + 1) * period)));
    const key = pieces.slice(first, first + period).map(({hash}) => hash);
    result.push({hash: interner.number(`(${key.join()})×${times}`), weight: nodes * times, begins: 3, parts: [{kind: 'repeat', blocks}], block: false});
    kept = first + times * period;
    // the loop's own step leads to the piece after the last block
    i = kept - 1;
  }
  return result?.concat(pieces.slice(kept));
}

function worthLooking({weight, group}: Level, a: number, b: number): boolean {
  return sum(weight, a, b) >= LOOK_INSIDE || sum(group, a, b) >= LOOK_GROUPS;
}

function sum(values: ArrayLike<number>, from: number, to: number): number {
  let all = 0;
  for (let i = from; i < to; i++) all += values[i]!;
  return all;
}

/** What one block of a repeat holds: boxes within it only where there are several to tell apart. */
function blockOf(pieces: readonly Piece[]): readonly Fold[] {
  if (pieces.length === 1) return pieces[0]!.parts;
  const several = pieces.filter((piece) => piece.block || piece.parts.some((part) => typeof part === 'object')).length > 1;
  return pieces.flatMap((piece): Fold[] => (several && piece.block ? [{kind: 'block', children: piece.parts}] : [...piece.parts]));
}
