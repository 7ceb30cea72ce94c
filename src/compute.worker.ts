import {stepsOf, type WorkerAnswer, type WorkerJob} from './compute/tasks.js';

// The worker of slow computations: a table of pure functions. One that is no longer wanted is ended with its worker.

/** Ms between two reports of how far it is. */
const REPORT = 50;

const scope = globalThis as unknown as {onmessage: ((event: MessageEvent<WorkerJob>) => void) | null; postMessage(answer: WorkerAnswer, transfer?: Transferable[]): void};

/** The buffers of a result's arrays. */
const buffers = (result: object): ArrayBuffer[] => [...new Set(Object.values(result).flatMap((v: unknown) => (ArrayBuffer.isView(v) && v.buffer instanceof ArrayBuffer ? [v.buffer] : [])))];

scope.onmessage = ({data}) => {
  try {
    const steps = stepsOf(data);
    for (let told = performance.now(); ; ) {
      const step = steps.next();
      if (step.done) {
        scope.postMessage({result: step.value}, buffers(step.value));
        return;
      }
      if (performance.now() - told < REPORT) continue;
      told = performance.now();
      scope.postMessage({share: step.value});
    }
  } catch (error) {
    const {name, message} = error as Error;
    scope.postMessage({error: {name, message}});
  }
};
scope.postMessage({ready: true});
