import type {Op} from './graphdef-ops.js';

/** Whether input `i` of an op comes round a loop. */
export const isBack = (op: Op, i: number): boolean => op.type === 'Merge' && op.inputs[i]?.op.type === 'NextIteration';

/** What must be known before an op is: its inputs, but for those that come round a loop. */
function* before(op: Op): Generator<Op> {
  for (let i = 0; i < op.inputs.length; i++) {
    const ref = op.inputs[i];
    if (ref && !isBack(op, i)) yield ref.op;
  }
  if (op.like) yield op.like;
  for (const {returns} of op.bodies ?? []) for (const ref of returns) if (ref) yield ref.op;
}

export interface Order {
  readonly ops: Op[];
  /** Ops that feed themselves, one for each cycle. */
  readonly cycles: Op[];
}

/**
 * Orders ops so that each comes after what it takes in (Kahn 1962), in the file's order where that is free. A cycle is
 * cut open at one of its ops.
 * @yields the share done
 */
export function* orderOps(list: readonly Op[]): Generator<number, Order> {
  const open = new Int32Array(list.length);
  const after: number[][] = list.map(() => []);
  for (const op of list) {
    if (op.index % 1000 === 999) yield (0.5 * op.index) / list.length;
    for (const source of before(op)) {
      open[op.index]!++;
      after[source.index]!.push(op.index);
    }
  }
  const ops: Op[] = [];
  const cycles: Op[] = [];
  const done = new Uint8Array(list.length);
  const ready: number[] = [];
  for (let i = list.length - 1; i >= 0; i--) if (!open[i]) ready.push(i);
  const walk = new Walk(list, done);
  let next = 0;
  while (ops.length < list.length) {
    let at = ready.pop();
    if (at === undefined) {
      while (done[next]) next++;
      at = walk.cycle(next);
      cycles.push(list[at]!);
    }
    if (done[at]) continue;
    done[at] = 1;
    ops.push(list[at]!);
    if (ops.length % 1000 === 0) yield 0.5 + (0.5 * ops.length) / list.length;
    const users = after[at]!;
    for (let i = users.length - 1; i >= 0; i--) if (!--open[users[i]!]) ready.push(users[i]!);
  }
  return {ops, cycles};
}

/** Walks against the edges until it comes to where it has been: that op lies on a cycle. Goes on where it stood last. */
class Walk {
  readonly #path: number[] = [];
  readonly #on: Uint8Array;

  constructor(
    readonly list: readonly Op[],
    readonly done: Uint8Array,
  ) {
    this.#on = new Uint8Array(list.length);
  }

  cycle(from: number): number {
    const {done} = this;
    const path = this.#path;
    while (path.length && done[path.at(-1)!]) this.#on[path.pop()!] = 0;
    let at = path.at(-1) ?? this.#push(from);
    for (;;) {
      let next: number | undefined;
      for (const source of before(this.list[at]!)) {
        if (done[source.index]) continue;
        next = source.index;
        break;
      }
      // what is not done waits for something that is not done
      if (next === undefined || this.#on[next]) return next ?? at;
      at = this.#push(next);
    }
  }

  #push(at: number): number {
    this.#path.push(at);
    this.#on[at] = 1;
    return at;
  }
}
