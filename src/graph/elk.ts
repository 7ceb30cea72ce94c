import Imported, {type ElkExtendedEdge, type ElkNode} from 'elkjs/lib/elk-api.js';
import {onLayoutWorker, ownFactory} from './layout-worker.js';
import type {Level, LevelBox} from './levels.js';
import {GAP, type LevelLayout} from './preview.js';

/** Why the better layout is not there: no worker could be started, it took too long, or it failed. */
export class LayoutFailure extends Error {
  readonly reason: 'worker' | 'deadline' | 'failed';

  constructor(reason: LayoutFailure['reason'], options?: ErrorOptions) {
    super(`The layout is not to be had: ${reason}`, options);
    this.name = 'LayoutFailure';
    this.reason = reason;
  }
}

// an older kind of module, whose default some bundlers wrap once more
const ELK = (Imported as unknown as {default?: typeof Imported}).default ?? Imported;

type Elk = InstanceType<typeof Imported>;

interface Job {
  readonly graph: ElkNode;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly done: (graph: ElkNode) => void;
  readonly failed: (error: unknown) => void;
  /** Ends its timer and listener. */
  settle?: () => void;
}

/** Beyond so many boxes or lines ELK takes seconds (its cost follows the lines): such levels keep the preview. */
const MOST = {boxes: 400, lines: 900};

let elk: {layout: Elk; worker: Worker} | null = null;
/** Once no worker could be started, none is tried again until another factory is set. */
let dead = false;
let users = 0;
let running: Job | null = null;
const queue: Job[] = [];

onLayoutWorker(() => {
  stopWorker();
  dead = false;
  const job = running;
  if (!job) return;
  // what the old worker was at begins anew with the other one
  running = null;
  job.settle?.();
  queue.unshift(job);
  next();
});

/** Starts the worker ahead of its first layout: it takes as long as reading a model. */
export function warmLayoutWorker(): void {
  try {
    if (elk) return;
    // its first layout takes ten times as long as the next: let that be this one
    const ids = ['a', 'b', 'c', 'd'];
    const edges = [[0, 1], [0, 2], [1, 3], [2, 3]].map(([from, to], i) => ({id: `e${i}`, sources: [ids[from!]!], targets: [ids[to!]!]}));
    ensureWorker().layout({id: 'warm', layoutOptions: {...OPTIONS}, children: ids.map((id) => ({id, width: 10, height: 10})), edges}).catch(() => undefined);
  } catch {
    // told when there is something to lay out
  }
}

/** Tells that someone will lay graphs out; the worker lives as long as anyone does. @returns call it when done */
export function useLayoutWorker(): () => void {
  users++;
  let used = true;
  return () => {
    if (!used) return;
    used = false;
    if (!--users) stopWorker();
  };
}

function startWorker(): Worker {
  try {
    return new Worker(new URL('./elk-worker.js', import.meta.url), {type: 'module'});
  } catch {
    // from another origin a worker must not be started, but may load its script from there
    const url = import.meta.url.replace(/[^/]*$/, 'elk-worker.js');
    const blob = URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(url)})`], {type: 'text/javascript'}));
    try {
      return new Worker(blob);
    } finally {
      setTimeout(() => URL.revokeObjectURL(blob), 10_000);
    }
  }
}

function stopWorker(): void {
  elk?.worker.terminate();
  elk = null;
}

function ensureWorker(): Elk {
  if (dead) throw new LayoutFailure('worker');
  if (!elk) {
    try {
      const worker = (ownFactory ?? startWorker)();
      const fail = (error: unknown): void => {
        if (elk?.worker !== worker) return;
        dead = true;
        stopWorker();
        end((job) => job.failed(new LayoutFailure('worker', {cause: error})));
      };
      // a policy that forbids the worker tells so only here
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        fail(event);
      });
      elk = {layout: new ELK({workerFactory: () => worker}), worker};
    } catch (error) {
      dead = true;
      throw new LayoutFailure('worker', {cause: error});
    }
  }
  return elk.layout;
}

function end(tell: (job: Job) => void): void {
  const job = running;
  running = null;
  if (job) tell(job);
  next();
}

/** One layout at a time; ELK has no cancel, so one that is given up takes its worker with it. */
function next(): void {
  if (running) return;
  const job = queue.shift();
  if (!job) return;
  if (job.signal.aborted) {
    job.failed(job.signal.reason);
    next();
    return;
  }
  running = job;
  const giveUp = (error: unknown): void => {
    if (running !== job) return;
    stopWorker();
    end(() => job.failed(error));
  };
  const timer = setTimeout(() => giveUp(new LayoutFailure('deadline')), job.deadlineMs);
  const aborted = (): void => giveUp(job.signal.reason);
  job.signal.addEventListener('abort', aborted, {once: true});
  const settle = (job.settle = (): void => {
    clearTimeout(timer);
    job.signal.removeEventListener('abort', aborted);
  });
  let layout: Promise<ElkNode>;
  try {
    layout = ensureWorker().layout(job.graph) as Promise<ElkNode>;
  } catch (error) {
    settle();
    end(() => job.failed(error));
    return;
  }
  layout.then(
    (graph) => {
      settle();
      if (running === job) end(() => job.done(graph));
    },
    (error: unknown) => {
      settle();
      if (running === job) end(() => job.failed(new LayoutFailure('failed', {cause: error})));
    },
  );
}

/** Whether a level is one that ELK lays out in reasonable time. */
export const suitsElk = (level: Level): boolean => level.children.length <= MOST.boxes && level.edges.length <= MOST.lines;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(GAP.layer),
  'elk.layered.spacing.edgeNodeBetweenLayers': String(GAP.line),
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
  'elk.spacing.nodeNode': String(GAP.box),
  'elk.spacing.edgeNode': String(GAP.line + 2),
  'elk.spacing.edgeEdge': '9',
  'elk.spacing.componentComponent': '36',
  'elk.layered.feedbackEdges': 'true',
  'elk.layered.considerModelOrder.strategy': 'PREFER_EDGES',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
} as const;

/**
 * Lays a level out with ELK's layered algorithm, in its worker.
 * @returns rejects with a LayoutFailure, or with the signal's reason; the worker is ended then
 */
export async function elkLayout(level: Level, boxes: readonly LevelBox[], signal: AbortSignal, deadlineMs: number): Promise<LevelLayout> {
  const graph = await new Promise<ElkNode>((done, failed) => {
    queue.push({graph: toElk(level, boxes), signal, deadlineMs, done, failed});
    next();
  });
  return fromElk(graph, level, boxes);
}

function toElk(level: Level, boxes: readonly LevelBox[]): ElkNode {
  const children: ElkNode[] = boxes.map(({width, height, ins, outs}, i) => ({
    id: `b${i}`,
    width,
    height,
    ...((ins.length || outs.length) && {
      layoutOptions: {'elk.portConstraints': 'FIXED_POS'},
      ports: [
        ...ins.map((x, k) => ({id: `b${i}i${k}`, x, y: 0, width: 0, height: 0, layoutOptions: {'elk.port.side': 'NORTH'}})),
        ...outs.map((x, k) => ({id: `b${i}o${k}`, x, y: height, width: 0, height: 0, layoutOptions: {'elk.port.side': 'SOUTH'}})),
      ],
    }),
  }));
  const border = (id: string, constraint: string): ElkNode => ({id, width: 1, height: 1, layoutOptions: {'elk.layered.layering.layerConstraint': constraint}});
  for (let i = 0; i < level.ins; i++) children.push(border(`i${i}`, 'FIRST_SEPARATE'));
  for (let i = 0; i < level.outs; i++) children.push(border(`o${i}`, 'LAST_SEPARATE'));
  const edges: ElkExtendedEdge[] = level.edges.map((e, k) => ({
    id: `e${k}`,
    sources: [e.from < 0 ? `i${e.fromPort}` : e.fromPort < 0 ? `b${e.from}` : `b${e.from}o${e.fromPort}`],
    // where there is a cycle, the line that is known to go back is the one to turn round
    ...(e.kind !== 'loop' && {layoutOptions: {'elk.layered.priority.direction': '10'}}),
    targets: [e.to < 0 ? `o${e.toPort}` : e.toPort < 0 ? `b${e.to}` : `b${e.to}i${e.toPort}`],
  }));
  return {id: 'level', layoutOptions: {...OPTIONS}, children, edges};
}

function fromElk(graph: ElkNode, level: Level, boxes: readonly LevelBox[]): LevelLayout {
  const placed = graph.children!;
  const places = new Float64Array(2 * boxes.length);
  for (let i = 0; i < boxes.length; i++) {
    places[2 * i] = placed[i]!.x!;
    places[2 * i + 1] = placed[i]!.y!;
  }
  const lines = (graph.edges ?? []).map(({sections = []}) => Float64Array.from(sections.flatMap(({startPoint, bendPoints = [], endPoint}) => [startPoint, ...bendPoints, endPoint].flatMap(({x, y}) => [x, y]))));
  const ports = (from: number, n: number): number[] => Array.from({length: n}, (_, i) => placed[from + i]!.x! + 0.5);
  return {width: graph.width ?? 0, height: graph.height ?? 0, boxes: places, lines, curved: false, ins: ports(boxes.length, level.ins), outs: ports(boxes.length + level.ins, level.outs)};
}
