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

/** Lets the page work (input, frames, timers) before going on. Never waits for a frame: a hidden tab gets none. */
export function yieldToPage(): Promise<void> {
  return new Promise((resolve) => {
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
    waiting.push(resolve);
    channel.port2.postMessage(0);
  });
}

/**
 * Runs a generator to its end in slices, so that no task is longer than about the budget plus one of its own steps.
 * The first slice runs at once: what fits in the budget needs no turn of the event loop.
 * @returns what the generator returns
 * @throws the signal's reason when aborted
 */
export async function runSliced<T>(steps: Generator<number, T>, options: SliceOptions = {}): Promise<T> {
  const {signal, budgetMs = 8, onProgress} = options;
  for (;;) {
    signal?.throwIfAborted();
    const end = performance.now() + budgetMs;
    let share = 0;
    do {
      const step = steps.next();
      if (step.done) return step.value;
      share = step.value;
    } while (performance.now() < end);
    onProgress?.(share);
    await yieldToPage();
  }
}
