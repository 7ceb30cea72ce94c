import type {Op} from './graphdef-ops.js';

/** Whether input `i` of an op comes round a loop. */
export const isBack = (op: Op, i: number): boolean => op.type === 'Merge' && op.inputs[i]?.op.type === 'NextIteration';

/** Goes through what must be known before an op is: its inputs, but for those that come round a loop. */
function eachBefore(op: Op, visit: (source: Op) => void): void {
  for (let i = 0; i < op.inputs.length; i++) {
    const ref = op.inputs[i];
    if (ref && !isBack(op, i)) visit(ref.op);
  }
  if (op.like) visit(op.like);
  for (const {returns} of op.bodies ?? []) for (const ref of returns) if (ref) visit(ref.op);
}

/** Whether an op comes after all that it takes in, as in most files. */
const isPlaced = (op: Op): boolean => !op.bodies && !op.like && op.inputs.every((ref, i) => !ref || ref.op.index < op.index || isBack(op, i));

export interface Order {
  readonly ops: readonly Op[];
  /** Ops that feed themselves, one for each cycle. */
  readonly cycles: Op[];
}

/**
 * Orders ops so that each comes after what it takes in (Kahn 1962), in the file's order where that is free. A cycle is
 * cut open at one of its ops.
 * @yields the share done
 */
export function* orderOps(list: readonly Op[]): Generator<number, Order> {
  if (list.every(isPlaced)) return {ops: list, cycles: []};
  const open = new Int32Array(list.length);
  // users of op i stand from starts[i] to starts[i + 1]
  const starts = new Int32Array(list.length + 1);
  for (const op of list) {
    if (op.index % 1000 === 999) yield (0.3 * op.index) / list.length;
    eachBefore(op, (source) => {
      open[op.index]!++;
      starts[source.index + 1]!++;
    });
  }
  for (let i = 0; i < list.length; i++) starts[i + 1]! += starts[i]!;
  const users = new Int32Array(starts[list.length]!);
  const filled = starts.slice();
  for (const op of list) {
    if (op.index % 1000 === 999) yield 0.3 + (0.3 * op.index) / list.length;
    eachBefore(op, (source) => (users[filled[source.index]!++] = op.index));
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
    if (ops.length % 1000 === 0) yield 0.6 + (0.4 * ops.length) / list.length;
    for (let i = starts[at + 1]! - 1; i >= starts[at]!; i--) if (!--open[users[i]!]) ready.push(users[i]!);
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
      eachBefore(this.list[at]!, (source) => {
        if (!done[source.index]) next ??= source.index;
      });
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
