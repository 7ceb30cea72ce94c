/** Makes the worker that runs ELK's `elk-worker.min.js`; for bundlers that emit no workers, and for strict policies. */
export type LayoutWorkerFactory = () => Worker;

const changed = new Set<() => void>();

/** What the page has set; `null`: the worker beside this library's own files. */
export let ownFactory: LayoutWorkerFactory | null = null;

/**
 * Sets how the layout worker is made, for all graphs on the page: where a bundler emits no worker file (esbuild), or a
 * policy asks for a URL of one's own. `elkjs/lib/elk-worker.min.js` (or `tensorlens/dist/graph/elk-worker.js`, the same)
 * is the script that it must run. `null` takes it back.
 */
export function setLayoutWorker(make: LayoutWorkerFactory | null): void {
  ownFactory = make;
  for (const tell of changed) tell();
}

/** Calls back whenever another factory has been set. */
export function onLayoutWorker(tell: () => void): void {
  changed.add(tell);
}
