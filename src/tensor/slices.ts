/** How a long computation is cut up. */
export interface SliceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Ms of work between two yields to the page; default 8. */
  readonly budgetMs?: number;
  /** Called between slices with the share done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;
/** When work began in the present turn of the event loop; `undefined` before there was any. */
let begun: number | undefined;

/** Lets the page work (input, frames, timers) before going on. Never waits for a frame: a hidden tab gets none. */
export function yieldToPage(): Promise<void> {
  return new Promise(nextTurn);
}

function nextTurn(run: () => void): void {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => {
      waiting.shift()?.();
      // in Node an open port would keep the process alive
      if (!waiting.length) {
        channel?.port1.close();
        channel = undefined;
      }
    };
  }
  waiting.push(run);
  channel.port2.postMessage(0);
}

/** When this turn's work began: several computations that follow each other share one budget. */
function turnBegun(): number {
  if (begun === undefined) {
    begun = performance.now();
    nextTurn(() => (begun = undefined));
  }
  return begun;
}

/**
 * Runs a generator to its end in slices, so that no task is longer than about the budget plus one of its own steps.
 * What fits in the budget, with all that ran before it in the same turn of the event loop, needs no turn of its own.
 * @returns what the generator returns
 * @throws the signal's reason when aborted
 */
export async function runSliced<T>(steps: Generator<number, T>, options: SliceOptions = {}): Promise<T> {
  const {signal, budgetMs = 8, onProgress} = options;
  for (;;) {
    signal?.throwIfAborted();
    const end = turnBegun() + budgetMs;
    while (performance.now() < end) {
      const step = steps.next();
      if (step.done) return step.value;
      onProgress?.(step.value);
    }
    await yieldToPage();
  }
}

/** Runs a generator to its end at once. */
export function drain<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
