// What the graphs' benchmark runs in each page: one way to draw a graph per tool, timed to the painted frame.
import type {ElkNode} from 'elkjs/lib/elk-api.js';
import '../src/model-graph.js';
import type {ModelGraphElement} from '../src/elements/model-graph-element.js';
import type {GraphEdge, GraphNode, GraphSpec} from '../src/graph/types.js';

/** Ms from having the parsed data to the structure being read, the first painted picture, and the last one; what was drawn. */
interface Timing {
  readonly read: number;
  readonly first: number;
  readonly settled: number;
  readonly nodes: number;
  readonly edges: number;
  /** Of ELK's worker: when it was asked for and when it first answered, and what each layout took. */
  readonly worker?: {readonly asked: number; readonly ready: number; readonly layouts: readonly number[]};
}

const [WIDTH, HEIGHT] = [900, 600];

// Frames --------------------------------------------------------------------------------------------------------------

let inFrame = false;
const nextFrame = globalThis.requestAnimationFrame.bind(globalThis);
globalThis.requestAnimationFrame = (run) =>
  nextFrame((now) => {
    inFrame = true;
    try {
      run(now);
    } finally {
      inFrame = false;
    }
  });

/** Resolves after the next frame has been handed to the compositor: what was drawn before it is on screen. */
const painted = (): Promise<number> => new Promise((resolve) => nextFrame(() => afterFrame(resolve)));

function afterFrame(then: (now: number) => void): void {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = () => then(performance.now());
  port2.postMessage(0);
}

/** Calls back after each frame in which a drawing of ours has been painted. @returns what ends that */
function watchDrawings(seen: (now: number) => void): () => void {
  const proto = CanvasRenderingContext2D.prototype;
  const original = proto.restore;
  // the last call of a painted graph
  proto.restore = function (this: CanvasRenderingContext2D) {
    original.call(this);
    if (!this.canvas.isConnected || this.canvas.getAttribute('part') !== 'canvas') return;
    if (inFrame) afterFrame(seen);
    else void painted().then(seen);
  };
  return () => {
    proto.restore = original;
  };
}

/** What goes to ELK's worker and comes back, in ms. */
const talk = {asked: 0, ready: 0, sent: 0, ended: 0, layouts: [] as number[]};

globalThis.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    talk.asked ||= performance.now();
    this.addEventListener('message', () => {
      const now = performance.now();
      if (!talk.ready) {
        // to being registered; what was sent meanwhile waits until now
        talk.ready = now;
        return;
      }
      if (talk.sent) talk.layouts.push(now - Math.max(talk.sent, talk.ready));
      talk.sent = 0;
    });
  }

  override postMessage(message: {cmd?: string}, ...more: []): void {
    if (message.cmd === 'layout') talk.sent = performance.now();
    super.postMessage(message, ...more);
  }

  override terminate(): void {
    talk.ended = performance.now();
    super.terminate();
  }
};

// Graphs --------------------------------------------------------------------------------------------------------------

/** The same each time. */
function random(): () => number {
  let seed = 7;
  return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const TYPES = ['Conv2D', 'BatchNorm', 'Relu', 'AddV2', 'MatMul', 'Mul', 'Concat'];

/** A graph without any groups. @param inputsOf the places of the nodes that feed one */
function synthetic(size: number, inputsOf: (i: number, next: () => number) => Iterable<number>): GraphSpec {
  const next = random();
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (let i = 0; i < size; i++) {
    const inputs = [...new Set(inputsOf(i, next))].filter((from) => from >= 0);
    const id = `node_${i}`;
    nodes.push({id, type: TYPES[Math.floor(next() * TYPES.length)]!, label: id, inputs: inputs.map((from) => `node_${from}`), outputShape: [null, 64], params: 0, trainable: null, macs: null, activationBytes: 256, attributes: {}});
    for (const from of inputs) edges.push({from: `node_${from}`, to: id, shape: [null, 64]});
  }
  return {nodes, edges, groups: []};
}

const withSkips = (size: number): GraphSpec => synthetic(size, (i, next) => (next() < 0.3 ? [i - 1, i - 2 - Math.floor(next() * 12)] : [i - 1]));
const layered = (size: number, wide: number): GraphSpec =>
  synthetic(size, (i, next) => {
    const layer = Math.floor(i / wide);
    return layer ? Array.from({length: 1 + Math.floor(next() * 2)}, () => Math.max(0, layer - 1 - Math.floor(next() ** 4 * 3)) * wide + Math.floor(next() * wide)) : [];
  });

const SYNTHETIC: Record<string, () => GraphSpec> = {
  // each node takes the twelve before it: 2,322 edges
  dense: () => synthetic(200, (i) => Array.from({length: 12}, (_, k) => i - 1 - k)),
  // as dense, and as large as ELK is given it
  denseSmall: () => synthetic(80, (i) => Array.from({length: 12}, (_, k) => i - 1 - k)),
  chain: () => synthetic(5000, (i) => [i - 1]),
  layers: () => layered(10_000, 100),
  skips: () => withSkips(50_000),
  skips20: () => withSkips(20_000),
  layers20: () => layered(20_000, 140),
};

interface File {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {readonly weights: readonly object[]}[];
  readonly signature?: object;
}

/** `model`: as tf.io.ModelArtifacts, which hold what a parsed `model.json` does. */
let given: {readonly model: object} | {readonly graph: GraphSpec} = {graph: {nodes: [], edges: [], groups: []}};

async function fetched(path: string): Promise<File> {
  const answer = await fetch(`/models/${path}`);
  const body = path.endsWith('.gz') ? new Response(answer.body!.pipeThrough(new DecompressionStream('gzip'))) : answer;
  return (await body.json()) as File;
}

// Ours ----------------------------------------------------------------------------------------------------------------

let shown: ModelGraphElement | undefined;

/** Fed and in the page, at this moment. */
function begin(expand: string): {el: ModelGraphElement; begun: number; read: Promise<number>} {
  shown?.remove();
  const begun = performance.now();
  performance.mark('bench-begin');
  const el = document.createElement('model-graph');
  Object.assign(el.style, {display: 'block', width: `${WIDTH}px`, height: `${HEIGHT}px`});
  el.expand = expand;
  const read = new Promise<number>((resolve, reject) => {
    el.addEventListener('load', () => resolve(performance.now() - begun));
    el.addEventListener('error', (event) => reject(new Error(event.message)));
  });
  Object.assign(el, given);
  document.body.append(el);
  shown = el;
  return {el, begun, read};
}

async function ours(expand: string): Promise<Timing> {
  let [first, last, paints] = [0, 0, 0];
  const {el, begun, read} = begin(expand);
  const stop = watchDrawings((now) => {
    paints++;
    last = now - begun;
    first ||= last;
  });
  const readAt = await read;
  // settled: nothing is under way, and some frames long nothing more was painted
  for (let [still, seen] = [0, -1]; still < 4 || !paints;) {
    const done = el.renderComplete;
    await done;
    await painted();
    still = done === el.renderComplete && paints === seen ? still + 1 : 0;
    seen = paints;
  }
  stop();
  performance.mark('bench-end');
  return {read: readAt, first, settled: last, nodes: el.graph!.nodes.length, edges: el.graph!.edges.length, worker: {asked: talk.asked - begun, ready: talk.ready - begun, layouts: talk.layouts}};
}

// Opponents -----------------------------------------------------------------------------------------------------------

/** What the opponents get, ready made: all nodes, as large as ours are, and all edges. Reading the model costs them nothing. */
interface Flat {
  readonly nodes: readonly {readonly id: string; readonly title: string; readonly width: number; readonly height: number}[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

let flat: Flat = {nodes: [], edges: []};

interface Placed {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly {readonly x: number; readonly y: number}[];
  readonly lines: readonly (readonly {readonly x: number; readonly y: number}[])[];
}

/** All of a drawing, as simply as can be. */
async function paintFlat({width, height, boxes, lines}: Placed): Promise<void> {
  const canvas = document.body.appendChild(Object.assign(document.createElement('canvas'), {width: WIDTH, height: HEIGHT}));
  const ctx = canvas.getContext('2d')!;
  const k = Math.min(1, WIDTH / width, HEIGHT / height);
  ctx.scale(k, k);
  ctx.beginPath();
  for (const points of lines) points.forEach(({x, y}, i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  boxes.forEach(({x, y}, i) => ctx.rect(x, y, flat.nodes[i]!.width, flat.nodes[i]!.height));
  ctx.stroke();
  if (k > 0.2) boxes.forEach(({x, y}, i) => ctx.fillText(flat.nodes[i]!.title, x + 9, y + 16));
  await painted();
}

async function flatElk(): Promise<Placed> {
  const {default: Elk} = await import('elkjs/lib/elk-api.js');
  begun = performance.now();
  const elk = new Elk({workerUrl: 'elk-worker.js'});
  const graph: ElkNode = {
    id: 'root',
    layoutOptions: {'elk.algorithm': 'layered', 'elk.direction': 'DOWN'},
    children: flat.nodes.map(({id, width, height}) => ({id, width, height})),
    edges: flat.edges.map(([from, to], i) => ({id: `e${i}`, sources: [from], targets: [to]})),
  };
  const done = await elk.layout(graph);
  return {
    width: done.width!,
    height: done.height!,
    boxes: done.children!.map(({x, y}) => ({x: x!, y: y!})),
    lines: (done.edges ?? []).flatMap(({sections = []}) => sections.map(({startPoint, bendPoints = [], endPoint}) => [startPoint, ...bendPoints, endPoint])),
  };
}

async function flatDagre(): Promise<Placed> {
  const dagre = await import('@dagrejs/dagre');
  begun = performance.now();
  const graph = new dagre.Graph();
  graph.setGraph({rankdir: 'TB'});
  graph.setDefaultEdgeLabel(() => ({}));
  for (const {id, width, height} of flat.nodes) graph.setNode(id, {width, height});
  for (const [from, to] of flat.edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const {width = 1, height = 1} = graph.graph();
  return {
    width,
    height,
    boxes: flat.nodes.map((node) => {
      const {x, y} = graph.node(node.id);
      return {x: x - node.width / 2, y: y - node.height / 2};
    }),
    lines: graph.edges().map((edge) => graph.edge(edge).points),
  };
}

/** When the opponent's work began: once its library was there. */
let begun = 0;

async function opponent(layout: () => Promise<Placed>): Promise<Timing> {
  await paintFlat(await layout());
  const ms = performance.now() - begun;
  return {read: 0, first: ms, settled: ms, nodes: flat.nodes.length, edges: flat.edges.length};
}

// Gestures ------------------------------------------------------------------------------------------------------------

/** What one stretch of gestures gave, in ms: from frame to frame, and of work in each. */
interface Gesture {
  readonly frames: readonly number[];
  readonly work: readonly number[];
}

let gesture: (() => Promise<Gesture>) | undefined;

const bench = {
  /** @param path of a model in the fixtures, or the name of a synthetic graph */
  async prepare(path: string): Promise<void> {
    const make = SYNTHETIC[path];
    if (make) given = {graph: make()};
    else {
      const {modelTopology, weightsManifest, signature} = await fetched(path);
      given = {model: {modelTopology, weightSpecs: weightsManifest.flatMap(({weights}) => weights), ...(signature && {signature})}};
    }
    await painted();
    await painted();
  },

  /** Makes what the opponents get. */
  async flatten(): Promise<void> {
    const [{readGraph}, {graphTree}, {measureBox, TextRuler}, {boxText}, {say}] = await Promise.all([
      import('../src/graph/read.js'),
      import('../src/graph/tree.js'),
      import('../src/paint/graph-boxes.js'),
      import('../src/parts/graph-words.js'),
      import('../src/words/graph.js'),
    ]);
    const tree = graphTree('graph' in given ? given.graph : await readGraph(given.model));
    const ruler = new TextRuler('system-ui, sans-serif');
    const nodes = tree.nodes.map((item) => {
      const text = boxText(item, (key, params) => say('en', key, params), 'en', null);
      return {id: item.id, title: text.title, ...measureBox(text, ruler)};
    });
    flat = {nodes, edges: tree.edges.filter(({from, to, kind}) => kind !== 'loop' && from !== to).map(({from, to}): [string, string] => [from, to])};
    await painted();
  },

  draw: (tool: string, expand = 'auto'): Promise<Timing> => (tool === 'elk' ? opponent(flatElk) : tool === 'dagre' ? opponent(flatDagre) : ours(expand)),

  /**
   * Begins to draw, and takes the element away `after` ms, counted from `begin`, from `load` or from the first painted
   * picture. @returns when that was, in ms since 1970, whether ELK was at work, and when the worker was told to end
   */
  async cancel(since: 'begin' | 'load' | 'first', after: number): Promise<{removed: number; working: boolean; told: number}> {
    let stop: (() => void) | undefined;
    const first = new Promise<unknown>((resolve) => (stop = watchDrawings(resolve)));
    const {el, read} = begin('auto');
    if (since === 'load') await read;
    if (since === 'first') await first;
    read.catch(() => {});
    if (after) await new Promise((resolve) => setTimeout(resolve, after));
    stop!();
    performance.mark('bench-removed');
    const [now, working] = [performance.now(), talk.sent > 0];
    el.remove();
    shown = undefined;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return {removed: performance.timeOrigin + now, working, told: talk.ended ? talk.ended - now : NaN};
  },

  fit(): Promise<number> {
    shown!.fit();
    return painted();
  },

  /** Follows frames until `rest`. */
  follow(): void {
    const frames: number[] = [];
    const work: number[] = [];
    let [last, on] = [0, true];
    const frame = (now: number): void => {
      if (!on) return;
      if (last) frames.push(now - last);
      last = now;
      const start = performance.now();
      nextFrame(frame);
      afterFrame((end) => work.push(end - start));
    };
    nextFrame(frame);
    gesture = async () => {
      on = false;
      await shown!.renderComplete;
      await painted();
      return {frames, work};
    };
  },

  rest: (): Promise<Gesture> => gesture!(),
};

Object.assign(globalThis, {bench});
