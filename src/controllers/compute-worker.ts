import {runSliced} from '../compute/slices.js';
import type {TaskArgs, TaskName, TaskResult, WorkerAnswer, WorkerJob} from '../compute/tasks.js';
import {onComputeWorker, ownFactory} from './worker-factory.js';

// Fetched when something slow is to be computed.

/** How a computation is followed and ended. */
export interface ComputeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the share done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

interface Job extends WorkerJob {
  readonly onProgress: ((share: number) => void) | undefined;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
  /** Ends what this run of it has set up. */
  settle?: () => void;
}

/** Values copied between two looks at the clock. */
const CHUNK = 1 << 19;
/** Ms that a worker may take to say that it is there, and that it is kept when there is nothing to do. */
const WAIT = {start: 10_000, idle: 2000};

let worker: Worker | null = null;
/** Whether it has said that it is there. */
let alive = false;
/** Once no worker could be started, none is tried again until another factory is set. */
let dead = false;
let running: Job | null = null;
let idle: ReturnType<typeof setTimeout> | undefined;
const queue: Job[] = [];

onComputeWorker(() => {
  stop();
  dead = false;
  // what the old worker was at begins anew with the other one
  again();
});

function start(): Worker {
  try {
    return new Worker(new URL('./compute.worker.js', import.meta.url), {type: 'module'});
  } catch {
    // from another origin a worker must not be started, but may load its script from there
    const url = import.meta.url.replace(/[^/]*$/, 'compute.worker.js');
    const blob = URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(url)})`], {type: 'text/javascript'}));
    try {
      return new Worker(blob);
    } finally {
      setTimeout(() => URL.revokeObjectURL(blob), WAIT.start);
    }
  }
}

function stop(): void {
  clearTimeout(idle);
  worker?.terminate();
  worker = null;
  alive = false;
}

/** Puts the running job back, to be begun once more. */
function again(): void {
  const job = running;
  running = null;
  job?.settle?.();
  if (job) queue.unshift(job);
  next();
}

/** The worker; `null` where none can be had. */
function ensure(): Worker | null {
  if (worker || dead) return worker;
  let own: Worker;
  try {
    own = worker = (ownFactory ?? start)();
  } catch {
    dead = true;
    return null;
  }
  own.addEventListener('message', ({data}: MessageEvent<WorkerAnswer>) => own === worker && answer(data));
  // a policy that forbids the worker tells so only here
  for (const type of ['error', 'messageerror'] as const) {
    own.addEventListener(type, (event) => {
      event.preventDefault();
      if (own !== worker) return;
      const started = alive;
      stop();
      if (started) end((job) => job.failed(new Error(`The computation failed: ${(event as ErrorEvent).message || type}`)));
      else {
        dead = true;
        again();
      }
    });
  }
  return own;
}

function answer(told: WorkerAnswer): void {
  alive = true;
  if ('share' in told) running?.onProgress?.(told.share);
  else if ('result' in told) end((job) => job.done(told.result));
  else if ('error' in told) end((job) => job.failed(revive(told.error)));
}

function revive({name, message}: {readonly name: string; readonly message: string}): Error {
  return name === 'RangeError' ? new RangeError(message) : Object.assign(new Error(message), {name});
}

function end(tell: (job: Job) => void): void {
  const job = running;
  running = null;
  job?.settle?.();
  if (job) tell(job);
  next();
}

/** One computation at a time; a worker at work hears nothing, so one that is given up takes its worker with it. */
function next(): void {
  clearTimeout(idle);
  if (running) return;
  const job = queue.shift();
  if (!job) {
    // a moment, for there may be more to do
    if (worker) idle = setTimeout(stop, WAIT.idle);
    return;
  }
  running = job;
  const own = ensure();
  if (!own) {
    void inPage(job);
    return;
  }
  // one that neither starts nor fails, such as another script's
  const timer = setTimeout(() => {
    if (alive || own !== worker) return;
    stop();
    dead = true;
    again();
  }, WAIT.start);
  const ended = new AbortController();
  job.settle = () => {
    clearTimeout(timer);
    ended.abort();
  };
  void send(job, own, ended.signal);
}

/** Copies arrays, of what is seen of their buffers alone: the caller keeps its own. */
function* copiesOf(args: readonly unknown[]): Generator<number, unknown[]> {
  const out: unknown[] = [];
  for (const arg of args) {
    if (!ArrayBuffer.isView(arg)) {
      out.push(arg);
      continue;
    }
    const values = arg as Float32Array;
    const copy = new (values.constructor as Float32ArrayConstructor)(values.length);
    out.push(copy);
    for (let at = 0; at < values.length; at += CHUNK) {
      copy.set(values.subarray(at, at + CHUNK), at);
      yield at / values.length;
    }
  }
  return out;
}

/** Hands a job to the worker; large arrays are copied in slices. @param ended aborted when this run of the job is over */
async function send({name, args}: Job, own: Worker, ended: AbortSignal): Promise<void> {
  try {
    const copies = await runSliced(copiesOf(args), {signal: ended});
    if (ended.aborted) return;
    own.postMessage({name, args: copies} satisfies WorkerJob, copies.flatMap((copy) => (ArrayBuffer.isView(copy) ? [copy.buffer as ArrayBuffer] : [])));
  } catch (error) {
    if (!ended.aborted) end((job) => job.failed(error));
  }
}

/** The same functions, in slices. */
async function inPage(job: Job): Promise<void> {
  const ended = new AbortController();
  const {signal} = ended;
  job.settle = () => ended.abort();
  try {
    const {stepsOf} = await import('../compute/tasks.js');
    const result = await runSliced(stepsOf(job), {signal, onProgress: (share) => signal.aborted || job.onProgress?.(share)});
    if (!signal.aborted) end(() => job.done(result));
  } catch (error) {
    if (!signal.aborted) end(() => job.failed(error));
  }
}

/**
 * Runs one of the slow functions of `compute/`, in the worker where one can be started, else in the page in slices. One
 * runs at a time, in the order asked for. Arrays among the arguments are copied, not handed over.
 * @returns what the function returns; rejects with what it throws, or with the signal's reason
 */
export function compute<N extends TaskName>(name: N, args: TaskArgs<N>, {signal, onProgress}: ComputeOptions = {}): Promise<TaskResult<N>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const aborted = (): void => {
      const at = queue.indexOf(job);
      if (at >= 0) {
        queue.splice(at, 1);
        job.failed(signal!.reason);
      } else if (running === job) {
        stop();
        end(() => job.failed(signal!.reason));
      }
    };
    const settled = (tell: () => void): void => {
      signal?.removeEventListener('abort', aborted);
      tell();
    };
    const job: Job = {name, args, onProgress, done: (result) => settled(() => resolve(result as TaskResult<N>)), failed: (error) => settled(() => reject(error))};
    signal?.addEventListener('abort', aborted, {once: true});
    queue.push(job);
    next();
  });
}
