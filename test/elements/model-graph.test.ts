import * as tf from '@tensorflow/tfjs';
import 'axe-core/axe.min.js';
import type axe from 'axe-core';
import {expect} from 'chai';
import type {NodeEvent, FailureEvent} from '../../src/elements/events.js';
import {elkLayout} from '../../src/graph/elk.js';
import {setLayoutWorker} from '../../src/graph/layout-worker.js';
import type {GraphSpec} from '../../src/graph/types.js';
import '../../src/model-graph.js';
import type {ModelGraphElement} from '../../src/model-graph.js';
import {fixture, modelUrl} from '../helpers.js';
import {$, $$, frame, laidOut, page, pixels, text, until, wait} from './page.js';

type Graph = ModelGraphElement & {errors: FailureEvent[]; loads: number};

function add(props: Partial<Record<keyof ModelGraphElement, unknown>> = {}, style = 'height:480px'): Graph {
  const el = Object.assign(document.createElement('model-graph'), {errors: [] as FailureEvent[], loads: 0}) as Graph;
  el.addEventListener('error', (event) => el.errors.push(event));
  el.addEventListener('load', () => el.loads++);
  el.style.cssText = style;
  Object.assign(el, props);
  page.append(el);
  return el;
}

const key = (el: Element, name: string): boolean => $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true, composed: true}));
const rows = (el: Element): string[] => $$(el, '[role=treeitem]').map((row) => row.textContent!.replace(/\s+/g, ' ').trim());
const centre = (rect: DOMRect): {clientX: number; clientY: number} => ({clientX: rect.x + rect.width / 2, clientY: rect.y + rect.height / 2});

/** Presses and lets go of the mouse where a node lies. */
function click(el: Graph, at: {clientX: number; clientY: number}): void {
  const view = $(el, '.view');
  const canvas = view as HTMLElement & {setPointerCapture: unknown};
  canvas.setPointerCapture = () => undefined;
  for (const type of ['pointerdown', 'pointerup']) view.dispatchEvent(new PointerEvent(type, {...at, pointerType: 'mouse', bubbles: true}));
}

/** A double click, however slow the machine is: between its two clicks no time passes. */
function twice(el: Graph, at: {clientX: number; clientY: number}): void {
  const {now} = performance;
  const time = performance.now();
  performance.now = () => time;
  try {
    for (let i = 0; i < 2; i++) click(el, at);
  } finally {
    performance.now = now;
  }
}

/** Has the worker that lays graphs out started and answering, however long that takes: elements wait five seconds for it. */
async function startWorker(): Promise<void> {
  await elkLayout({group: null, children: [], edges: [], ins: 0, outs: 0}, [], new AbortController().signal, 20_000);
}

/** A file that is packed, as an address. */
async function unpacked(path: string): Promise<string> {
  const answer = await fetch(fixture(path));
  return URL.createObjectURL(await new Response(answer.body!.pipeThrough(new DecompressionStream('gzip'))).blob());
}

const chain = (n: number): GraphSpec => ({
  nodes: Array.from({length: n}, (_, i) => ({id: `n${i}`, type: i % 2 ? 'Relu' : 'Conv2D', label: `n${i}`, inputs: i ? [`n${i - 1}`] : [], outputShape: [null, 8], params: 3, trainable: true, macs: 10, activationBytes: 32, attributes: {}})),
  edges: Array.from({length: n - 1}, (_, i) => ({from: `n${i}`, to: `n${i + 1}`})),
  groups: [],
});

describe('<model-graph>', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => page.replaceChildren());

  it('draws a model from its file, fetching no weight, with the better layout', async () => {
    const asked: string[] = [];
    const own: typeof fetch = (input, init) => {
      asked.push(String(input as string).split('/').pop()!);
      return fetch(input, init);
    };
    const el = add({src: modelUrl('cnn-explainer-tinyvgg'), fetch: own});
    await el.renderComplete;
    expect([el.loads, el.errors.length, asked.join()]).to.deep.equal([1, 0, 'model.json']);
    expect(el.matches(':state(preview)')).to.equal(false);
    expect(el.graph!.nodes.map((n) => n.type)).to.deep.equal(['Conv2D', 'Activation', 'Conv2D', 'Activation', 'MaxPooling2D', 'Conv2D', 'Activation', 'Conv2D', 'Activation', 'MaxPooling2D', 'Flatten', 'Dense']);
    // 10·(27+1) + 3·10·(90+1) + 1690·10 + 10
    expect(el.graph!.nodes.reduce((n, node) => n + node.params!, 0)).to.equal(280 + 3 * 910 + 16910);
    expect(rows(el)[0]).to.contain('Conv2D 3×3').and.contain('62×62×10');
    const rects = el.graph!.nodes.map((n) => el.nodeRect(n.id)!);
    for (const [i, a] of rects.entries()) for (const b of rects.slice(i + 1)) expect(a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top, 'boxes lie apart').to.equal(true);
    expect(new Set(pixels($<HTMLCanvasElement>(el, '.view canvas'))).size).to.be.above(20);
  });

  it('draws a live model as its file, and touches nothing', async () => {
    const model = await tf.loadLayersModel(modelUrl('tfjs-gru-embedding'));
    const values = await Promise.all(model.getWeights().map((w) => w.data()));
    const before = tf.memory().numTensors;
    const el = add({model});
    await el.renderComplete;
    const live = el.graph!.nodes.map((n) => [n.id, n.type, n.params, n.macs, n.outputShape]);
    el.selected = live[1]![0] as string;
    await el.updateComplete;
    await el.renderComplete;
    expect($$(el, '[part=details] canvas').length, 'pictures of its weights').to.equal(3);
    expect($(el, '[part=details]').textContent).to.contain('kernel').and.contain('std');
    expect(tf.memory().numTensors).to.equal(before);
    expect(await Promise.all(model.getWeights().map((w) => w.data()))).to.deep.equal(values);
    const file = add({src: modelUrl('tfjs-gru-embedding')});
    await file.renderComplete;
    expect(file.graph!.nodes.map((n) => [n.id, n.type, n.params, n.macs, n.outputShape])).to.deep.equal(live);
    model.dispose();
  });

  it('shows some 20 to 150 boxes of 2,576 ops, and opens and closes groups', async () => {
    const src = await unpacked('models/efficientdet-5146-topology/model.json.gz');
    const el = add({src}, 'height:600px;width:900px');
    await el.renderComplete;
    expect(el.graph!.nodes.length).to.equal(2576);
    expect(rows(el).length).to.be.within(20, 170);
    const toggled: NodeEvent[] = [];
    el.addEventListener('group-toggle', (event: NodeEvent) => toggled.push(event));
    const closed = $$(el, '[aria-expanded=false]')[0]!;
    const before = rows(el).length;
    closed.querySelector('.fold')?.dispatchEvent(new MouseEvent('click'));
    closed.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
    await el.renderComplete;
    expect(toggled.length).to.equal(1);
    expect(rows(el).length).to.be.above(before);
    el.collapseGroup(toggled[0]!.id!);
    await el.renderComplete;
    expect([rows(el).length, toggled.length], 'what a program changes fires none').to.deep.equal([before, 1]);
    const hidden = el.graph!.nodes.find((n) => n.type === 'NonMaxSuppressionV5')!;
    expect(el.nodeRect(hidden.id), 'of what is closed, the group').to.not.equal(null);
    el.zoomTo(hidden.id);
    await el.renderComplete;
    await until(() => {
      const [box, at] = [el.getBoundingClientRect(), el.nodeRect(hidden.id)!];
      return at.left >= box.left && at.right <= box.right && at.top >= box.top && at.bottom <= box.bottom;
    }, 'it is in view');
  });

  it('keeps what is toggled where it is on screen', async () => {
    const el = add({src: modelUrl('tm-nested-27class')}, 'height:600px;width:900px');
    await el.renderComplete;
    const node = el.graph!.nodes.find((n) => n.id.includes('block_3'))!.id;
    // the closed group that holds it
    const before = el.nodeRect(node)!;
    const toggled: NodeEvent[] = [];
    el.addEventListener('group-toggle', (event: NodeEvent) => toggled.push(event));
    twice(el, centre(before));
    await el.renderComplete;
    await laidOut(el);
    const after = el.nodeRect(toggled[0]!.id!)!;
    expect([after.x - before.x, after.y - before.y].map(Math.round)).to.deep.equal([0, 0]);
    expect(after.height, 'it is open').to.be.above(before.height * 2);
  });

  it('selects by click, walks by keys, and says where it is', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')});
    await el.renderComplete;
    const chosen: (string | null)[] = [];
    el.addEventListener('node-select', (event: NodeEvent) => chosen.push(event.id));
    click(el, centre(el.nodeRect('conv_1_1')!));
    await el.updateComplete;
    expect([el.selected, chosen.join()]).to.deep.equal(['conv_1_1', 'conv_1_1']);
    expect($(el, '[part=details]').textContent).to.contain('280').and.contain('[?, 62, 62, 10]');
    key(el, 'ArrowDown');
    key(el, 'ArrowDown');
    await el.updateComplete;
    expect(el.selected).to.equal('conv_1_2');
    expect($(el, '[aria-live]').textContent).to.contain('Conv2D conv_1_2').and.contain('910 parameters');
    key(el, 'ArrowUp');
    expect(el.selected).to.equal('relu_1_1');
    key(el, 'End');
    expect(el.selected).to.equal('output');
    key(el, 'Escape');
    expect(el.selected).to.equal(null);
    expect(chosen.at(-1)).to.equal(null);
    el.selected = 'flatten';
    await el.renderComplete;
    expect(chosen.at(-1), 'what a program changes fires none').to.equal(null);
  });

  it('fires hover once on leaving', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')});
    await el.renderComplete;
    const seen: (string | null)[] = [];
    el.addEventListener('node-hover', (event: NodeEvent) => seen.push(event.id));
    const view = $(el, '.view');
    const at = centre(el.nodeRect('conv_1_1')!);
    for (const shift of [0, 1]) view.dispatchEvent(new PointerEvent('pointermove', {clientX: at.clientX + shift, clientY: at.clientY, pointerType: 'mouse'}));
    for (let i = 0; i < 2; i++) view.dispatchEvent(new PointerEvent('pointerleave', {pointerType: 'mouse'}));
    expect(seen).to.deep.equal(['conv_1_1', null]);
  });

  it('finds nodes, steps through them, and dims the rest', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')});
    await el.renderComplete;
    const ink = (): number => pixels($<HTMLCanvasElement>(el, '.view canvas')).reduce((n, p) => n + (p >>> 24), 0);
    const bright = ink();
    el.query = 'type=Conv2D';
    await el.renderComplete;
    expect(text(el)).to.contain('4 found');
    expect(ink(), 'what does not fit is dimmed').to.be.below(0.8 * bright);
    $<HTMLInputElement>(el, '[type=search]').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    await el.renderComplete;
    expect([el.selected, text(el).includes('1 of 4')]).to.deep.equal(['conv_1_1', true]);
    el.query = '/^conv_(/';
    await el.renderComplete;
    expect(el.errors.length, 'a pattern that is none').to.equal(1);
    expect([el.matches(':state(error)'), text(el).includes('conv_(')], 'said beside the search').to.deep.equal([false, true]);
    el.query = 'max_pool';
    await el.renderComplete;
    expect(text(el)).to.contain('2 found');
    // the query stays with the next input
    el.src = modelUrl('tensorspace-lenet');
    await el.renderComplete;
    expect([el.loads, el.graph!.nodes.length]).to.deep.equal([2, 10]);
    expect(text(el)).to.contain('max_pool').and.not.contain('2 found');
  });

  it('rests when nothing happens, in an error too', async () => {
    const el = add({graph: chain(60), expand: 'all', overlay: {ms: {n0: 1, n1: 5}}, colorBy: 'ms'}, 'height:300px;width:600px');
    await el.renderComplete;
    el.overlay = {other: {n0: 1}};
    await el.renderComplete;
    expect(el.matches(':state(error)')).to.equal(true);
    let frames = 0;
    const original = window.requestAnimationFrame;
    window.requestAnimationFrame = (run) => {
      frames++;
      return original(run);
    };
    try {
      await until(async () => {
        frames = 0;
        await wait(300);
        return !frames;
      }, 'no frame is asked for');
    } finally {
      window.requestAnimationFrame = original;
    }
  });

  it('shows a selected node that lies in a closed group, and fits when it was hidden', async () => {
    const el = add({src: modelUrl('tm-nested-27class'), selected: 'sequential_89/model23/block_3_expand'}, 'height:500px;width:800px');
    await el.renderComplete;
    const seen = (id: string): boolean => {
      const [box, at] = [el.getBoundingClientRect(), el.nodeRect(id)!];
      return rows(el).some((row) => row.includes(id.split('/').at(-1)!)) && at.left >= box.left && at.right <= box.right && at.top >= box.top && at.bottom <= box.bottom;
    };
    expect(seen(el.selected!), 'at first').to.equal(true);
    el.selected = el.graph!.nodes.find((n) => n.id.includes('block_5'))!.id;
    await el.renderComplete;
    await until(() => seen(el.selected!), 'the other one is in view');
    await laidOut(el);
    el.style.display = 'none';
    await laidOut(el);
    el.fit();
    el.style.display = '';
    await laidOut(el);
    expect(el.nodeRect(el.graph!.nodes[0]!.id)!.width, 'still to be seen').to.be.above(8);
  });

  it('draws a graph of the user’s own, with numbers of their own', async () => {
    const el = add({graph: chain(6), overlay: {ms: {n0: 1, n1: 5, n2: 2}}});
    await el.renderComplete;
    expect(el.errors).to.deep.equal([]);
    expect(text(el)).to.contain('ms');
    expect($(el, '[part=legend] canvas')).to.not.equal(null);
    el.colorBy = 'params';
    await el.renderComplete;
    expect($(el, '[part=legend]').textContent).to.contain('parameters');
    el.colorBy = 'nonsense';
    await el.renderComplete;
    expect(el.errors.at(-1)!.message).to.contain('nonsense').and.contain('ms');
    el.colorBy = 'ms';
    await el.renderComplete;
    expect(el.matches(':state(error)')).to.equal(false);
    const again = add({graph: JSON.parse(JSON.stringify(el.graph))});
    await again.renderComplete;
    expect(again.graph).to.deep.equal(el.graph);
    again.setAttribute('view', 'flow');
    again.query = '';
    await again.renderComplete;
  });

  it('compares two models: by colour, mark and list', async () => {
    const before = chain(8);
    const now = {...before, nodes: before.nodes.map((n) => (n.id === 'n3' ? {...n, type: 'Sigmoid'} : n)).concat([{...before.nodes[0]!, id: 'extra', type: 'Dense', label: 'extra', inputs: ['n7']}]), edges: [...before.edges, {from: 'n7', to: 'extra'}]};
    const el = add({graph: now, compare: before});
    await el.renderComplete;
    await until(() => $(el, 'details.changes'), 'the list of changes');
    await el.renderComplete;
    const summary = $(el, 'details.changes').textContent!.replace(/\s+/g, ' ');
    expect(summary).to.contain('1 added').and.contain('extra').and.contain('Sigmoid');
    expect(rows(el).some((row) => row.startsWith('+'))).to.equal(true);
    el.compare = null;
    await el.renderComplete;
    expect($(el, 'details.changes')).to.equal(null);
  });

  it('tells how far trained weights have moved', async () => {
    const make = (): tf.Sequential => tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [2], name: 'a', kernelInitializer: 'ones'}), tf.layers.dense({units: 1, name: 'b', kernelInitializer: 'ones'})]});
    const [before, now] = [make(), make()];
    now.getLayer('a').setWeights([tf.fill([2, 3], 1.5), tf.zeros([3])]);
    const el = add({model: now, compare: before});
    await el.renderComplete;
    el.selected = 'a';
    await until(() => text(el).includes('cosine'), 'weights are compared');
    await el.renderComplete;
    // ‖0.5‖ / ‖1‖ over six ones
    expect($(el, '[part=details]').textContent).to.contain('50 %').and.contain('cosine 1');
    expect(rows(el).map((r) => r[0])).to.deep.equal(['≠', 'D']);
    expect($(el, '[part=legend]').textContent, 'counted').to.contain('changed 1');
    expect($(el, 'details.changes').textContent).to.contain('1 changed');
    // from zero there is no relative change, and no angle
    before.getLayer('a').setWeights([tf.zeros([2, 3]), tf.zeros([3])]);
    el.compare = {...before, layers: before.layers};
    await until(() => text(el).includes('3.67'), 'weights are compared anew');
    await el.renderComplete;
    expect($(el, '[part=details]').textContent).to.contain('3.67').and.not.contain('%');
    before.dispose();
    now.dispose();
  });

  it('tells what was wrong, never throws, and recovers', async () => {
    const el = add({src: fixture('adversarial/43_graph_empty/model.json')});
    await el.renderComplete;
    expect(el.errors.at(-1)!.message).to.contain('no nodes');
    const bad: [Partial<Record<keyof ModelGraphElement, unknown>>, string][] = [
      [{graph: {nodes: 3}}, 'no graph'],
      [{graph: null, src: fixture('models/dtype-pack/values.json')}, 'values.json'],
      [{src: modelUrl('faceapi-tiny-detector-uint8')}, 'no structure'],
      [{src: fixture('nowhere.json')}, '404'],
    ];
    for (const [props, words] of bad) {
      const n = el.errors.length;
      Object.assign(el, props);
      await el.renderComplete;
      expect(el.errors.length, words).to.equal(n + 1);
      expect(el.errors.at(-1)!.message).to.contain(words);
      expect(el.matches(':state(error)')).to.equal(true);
    }
    el.src = modelUrl('cnn-explainer-tinyvgg');
    await el.renderComplete;
    expect([el.matches(':state(error)'), el.graph!.nodes.length]).to.deep.equal([false, 12]);
    const n = el.errors.length;
    el.compareSrc = fixture('nowhere.json');
    await el.renderComplete;
    expect([el.errors.length - n, el.matches(':state(error)'), text(el).includes('404')], 'the picture stays').to.deep.equal([1, false, true]);
    el.compareSrc = null;
    await el.renderComplete;
    for (const [name, value] of [['direction', 'sideways'], ['view', '3d'], ['expand', 'some']] as const) {
      Object.assign(el, {[name]: value});
      await el.renderComplete;
      expect(el.errors.at(-1)!.message, name).to.contain(value);
      Object.assign(el, {[name]: null});
      await el.renderComplete;
      expect(el.matches(':state(error)'), name).to.equal(false);
    }
  });

  for (const name of ['40_graph_cycle', '41_graph_dangling_input', '42_graph_unknown_op', '44_graph_duplicate_node', '45_graph_control_edge', '46_graph_missing_attr', '48_graph_star', '49_graph_hostile_names', '15_unknown_layer_class', '16_duplicate_layer_names', '17_hostile_layer_names']) {
    it(`draws something right of ${name}`, async () => {
      const el = add({src: fixture(`adversarial/${name}/model.json`)});
      await el.renderComplete;
      expect(el.errors.map((e) => e.message)).to.deep.equal([]);
      expect(el.graph!.nodes.length).to.be.above(0);
      expect($$(el, 'script, img, b b').length, 'names are text').to.equal(0);
    });
  }

  it('gives pictures away: PNG, vectors with text, and the graph', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')});
    const png = await createImageBitmap(await el.toBlob({scale: 1}));
    expect(png.height).to.be.above(400);
    const svg = new DOMParser().parseFromString(await el.toSVG(), 'image/svg+xml');
    expect(svg.querySelector('parsererror')).to.equal(null);
    expect([...svg.querySelectorAll('text')].map((t) => t.textContent)).to.include('MaxPooling2D').and.include('conv_1_1');
    expect(svg.querySelectorAll('path').length).to.be.above(24);
    const error = await el.toBlob({scale: 1e4}).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RangeError);
    expect((error as Error).message).to.match(/\d/);
  });

  it('keeps the quick layout where no worker can be started, and says so', async () => {
    setLayoutWorker(() => {
      throw new Error('forbidden');
    });
    try {
      const el = add({src: modelUrl('tensorspace-acgan')});
      await el.renderComplete;
      expect(el.matches(':state(preview)')).to.equal(true);
      expect(text(el)).to.contain('Simple layout');
      expect(el.nodeRect(el.graph!.nodes[0]!.id)).to.not.equal(null);
    } finally {
      setLayoutWorker(null);
    }
    await startWorker();
    const el = add({src: modelUrl('tensorspace-acgan')});
    await el.renderComplete;
    expect(el.matches(':state(preview)')).to.equal(false);
  });

  it('draws 50,000 nodes, and says what it has of names of megabytes', async () => {
    const el = add({graph: chain(50_000)});
    await el.renderComplete;
    expect(el.errors).to.deep.equal([]);
    expect(el.nodeRect('n49999')).to.not.equal(null);
    const long = 'x<b>'.repeat(500_000);
    el.graph = {...chain(3), nodes: chain(3).nodes.map((n) => ({...n, type: long, label: long}))};
    await el.renderComplete;
    el.selected = 'n1';
    await el.renderComplete;
    expect(el.errors).to.deep.equal([]);
    expect(el.shadowRoot!.textContent.length).to.be.below(20_000);
    expect($$(el, 'b b').length).to.equal(0);
  });

  it('draws lines that run back, and hands lines through frames', async () => {
    const ids = ['in', 'body/a', 'body/b', 'out'];
    const el = add({
      graph: {
        nodes: ids.map((id) => ({id, type: 'Op', label: id, inputs: [], outputShape: [2], params: 0, trainable: null, macs: 0, activationBytes: 8, attributes: {}, ...(id.includes('/') && {group: 'body'})})),
        edges: [{from: 'in', to: 'body/a'}, {from: 'body/a', to: 'body/b'}, {from: 'body/b', to: 'body/a', kind: 'loop'}, {from: 'body/b', to: 'out'}],
        groups: [{id: 'body', label: 'body'}],
      },
    });
    await el.renderComplete;
    const top = (id: string): number => el.nodeRect(id)!.top;
    expect(ids.map(top)).to.deep.equal(ids.map(top).sort((a, b) => a - b));
    const svg = await el.toSVG();
    expect(svg.match(/stroke-dasharray/g)?.length, 'the loop is dashed').to.equal(1);
  });

  it('shows a tree and an outline, and every direction', async () => {
    const el = add({src: modelUrl('tm-nested-27class'), view: 'tree'});
    await el.renderComplete;
    expect(el.errors).to.deep.equal([]);
    el.view = 'outline';
    await el.renderComplete;
    expect($(el, '.outline').getBoundingClientRect().height).to.be.above(300);
    const first = $$(el, '[role=treeitem]')[0]!;
    first.click();
    await el.updateComplete;
    expect(first.getAttribute('aria-selected')).to.equal('true');
    el.view = 'flow';
    const seen = new Map<string, DOMRect[]>();
    for (const direction of ['down', 'right', 'up', 'left'] as const) {
      const own = add({src: modelUrl('tfjs-gru-embedding'), direction});
      await own.renderComplete;
      seen.set(direction, own.graph!.nodes.map((n) => own.nodeRect(n.id)!));
    }
    const order = (direction: string, side: 'left' | 'top'): number => Math.sign(seen.get(direction)!.at(-1)![side] - seen.get(direction)![0]![side]);
    expect([order('down', 'top'), order('right', 'left'), order('up', 'top'), order('left', 'left')]).to.deep.equal([1, 1, -1, -1]);
  });

  it('lets the newest input win, and comes back when it was taken away', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg')});
    el.src = modelUrl('tfjs-gru-embedding');
    await el.renderComplete;
    expect([el.loads, el.graph!.nodes.length <= 3]).to.deep.equal([1, true]);
    el.remove();
    await el.renderComplete;
    page.append(el);
    await el.renderComplete;
    expect(el.nodeRect(el.graph!.nodes[0]!.id)).to.not.equal(null);
    el.src = null;
    await el.renderComplete;
    expect(el.matches(':state(empty)')).to.equal(true);
  });

  it('leaves no worker, observer, listener or frame behind', async () => {
    const started: Worker[] = [];
    const ended = new Set<Worker>();
    setLayoutWorker(() => {
      const worker = new Worker(new URL('../../src/graph/elk-worker.js', import.meta.url), {type: 'module'});
      const end = worker.terminate.bind(worker);
      worker.terminate = () => {
        ended.add(worker);
        end();
      };
      started.push(worker);
      return worker;
    });
    for (let i = 0; i < 40; i++) {
      const el = add({src: modelUrl('cnn-explainer-tinyvgg')});
      if (i % 4 === 1) {
        // removed in the same turn
        el.remove();
        el.src = modelUrl('tensorspace-lenet');
        continue;
      }
      if (i % 4 === 0) await el.renderComplete;
      else await frame();
      el.remove();
    }
    try {
      expect(started.length).to.be.above(0);
      await until(() => ended.size === started.length, 'the end of every worker');
    } finally {
      setLayoutWorker(null);
    }
  });

  it('speaks Chinese where the page does', async () => {
    const el = add({src: modelUrl('cnn-explainer-tinyvgg'), lang: 'zh'});
    await until(() => text(el).includes('卷积'), 'its words, which are fetched');
    el.lang = 'en';
    await el.renderComplete;
    expect(await el.toSVG()).to.contain('MACs').and.not.contain('乘加');
    el.lang = 'zh';
    await el.renderComplete;
    expect(await el.toSVG(), 'on the canvas too').to.contain('乘加');
  });

  it('is clean to axe: flow with details, outline, an error', async () => {
    const el = add({src: modelUrl('tm-nested-27class')});
    await el.renderComplete;
    el.selected = el.graph!.nodes[3]!.id;
    const list = add({src: modelUrl('tm-nested-27class'), view: 'outline'});
    const broken = add({src: fixture('nowhere.json')});
    for (const e of [el, list, broken]) await e.renderComplete;
    const {violations} = await (globalThis as unknown as {axe: typeof axe}).axe.run(page, {resultTypes: ['violations']});
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 200)).join(' ')}`)).to.deep.equal([]);
  });
});
