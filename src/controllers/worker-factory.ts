/** Makes the worker that runs `tensorlens/dist/controllers/compute.worker.js`. */
export type ComputeWorkerFactory = () => Worker;

const changed = new Set<() => void>();

/** What the page has set; `null`: the worker beside this library's own files. */
export let ownFactory: ComputeWorkerFactory | null = null;

/**
 * Sets how the worker of slow computations (clusters, singular values, duplicates) is made, for all elements on the page:
 * where a bundler emits no worker file (esbuild), or a policy asks for a URL of one's own.
 * `tensorlens/dist/controllers/compute.worker.js` is the script that it must run. `null` takes it back. Where no worker
 * can be started, the same is computed in the page, a little at a time.
 */
export function setComputeWorker(make: ComputeWorkerFactory | null): void {
  ownFactory = make;
  for (const tell of changed) tell();
}

/** Calls back whenever another factory has been set. */
export function onComputeWorker(tell: () => void): void {
  changed.add(tell);
}
