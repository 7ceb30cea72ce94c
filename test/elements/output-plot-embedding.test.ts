import * as tf from '@tensorflow/tfjs';
import 'axe-core/axe.min.js';
import type axe from 'axe-core';
import {expect} from 'chai';
import type {EmbedOptions} from '../../src/compute/embed.js';
import type {PlotView} from '../../src/controllers/plot-view.js';
import {setComputeWorker} from '../../src/controllers/worker-factory.js';
import type {HighlightEvent, PointEvent} from '../../src/elements/events.js';
import '../../src/output-plot.js';
import type {OutputPlotElement} from '../../src/output-plot.js';
import {placeX, placeY} from '../../src/paint/plot-layout.js';
import type {Theme} from '../../src/paint/theme.js';
import {useTf} from '../../src/tensor/tf.js';
import {random} from '../helpers.js';
import {$, $$, laidOut, page, pixels, place, text, until} from './page.js';

type Props = Partial<Record<keyof OutputPlotElement, unknown>>;
const add = (props: Props = {}, attributes?: Record<string, string>) => place<OutputPlotElement>('output-plot', {kind: 'embedding', ...props}, attributes);

interface Job {
  readonly values: Float32Array;
  readonly n: number;
  readonly d: number;
  readonly options: EmbedOptions;
  /** Answers it. */
  readonly answer: () => void;
}

/** A worker that makes points of the vectors' first numbers, when it is told to. */
class Stand extends EventTarget {
  readonly jobs: Job[] = [];
  /** Methods that wait to be told. */
  slow: string[] = [];

  postMessage({args: [values, n, d, options]}: {args: [Float32Array, number, number, EmbedOptions]}): void {
    const tell = (data: object): unknown => this.dispatchEvent(new MessageEvent('message', {data}));
    const answer = (): void => {
      const width = options.components;
      const rows = Int32Array.from({length: n}, (_, i) => i).filter((i) => values.subarray(i * d, (i + 1) * d).every(Number.isFinite));
      const points = Float32Array.from({length: rows.length * width}, (_, k) => values[rows[Math.floor(k / width)]! * d + (k % width)]!);
      tell({result: {points, width, rows, odd: n - rows.length, sampled: 0, reduced: 0, kept: 1, ratios: new Float64Array(width).fill(1 / width), divergence: NaN, trustworthiness: 0.9}});
    };
    this.jobs.push({values, n, d, options, answer});
    setTimeout(() => {
      tell({ready: true});
      if (this.slow.includes(options.method)) tell({share: 0.25});
      else answer();
    });
  }

  terminate(): void {}
}

/** Every worker from now on is this one. */
function stand(slow: string[] = []): Stand {
  const one = new Stand();
  one.slow = slow;
  setComputeWorker(() => one as unknown as Worker);
  return one;
}

/** A grid of 5 × 4 points one apart, each with a third number of its own. */
const GRID = {data: Float32Array.from({length: 60}, (_, k) => (k % 3 === 0 ? (k / 3) % 5 : k % 3 === 1 ? Math.floor(k / 15) : ((k * 7) % 11) / 10)), shape: [20, 3]};
/** Left and right half. */
const SIDES = Int32Array.from({length: 20}, (_, i) => Number(i % 5 > 2));

const viewOf = (el: OutputPlotElement): PlotView => (el as unknown as {stage: {view: PlotView}}).stage.view;
/** Where a point of the plane lies in the picture, in CSS px. */
function placeOf(el: OutputPlotElement, x: number, y: number): [x: number, y: number] {
  const [placed] = viewOf(el).placed;
  return [placeX(placed!, x), placeY(placed!, y)];
}

const print = (el: Element): number => pixels($<HTMLCanvasElement>(el, '.view canvas')).reduce((hash, p) => Math.imul(hash ^ p, 16777619) >>> 0, 2166136261);
const key = (el: Element, name: string, more: KeyboardEventInit = {}): boolean => $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true, composed: true, ...more}));
const field = <T extends HTMLElement = HTMLSelectElement>(el: Element, label: string): T => {
  const found = $$(el, '.controls label').find((l) => l.textContent.trim().startsWith(label));
  return found?.querySelector('select, input') as T;
};
async function choose(el: OutputPlotElement, label: string, value: string): Promise<void> {
  const input = field(el, label);
  input.value = value;
  input.dispatchEvent(new Event('change'));
  await el.updateComplete;
}
const startButton = (el: Element): HTMLButtonElement => $$<HTMLButtonElement>(el, '.controls button').find((b) => b.textContent.trim() === 'Start')!;

/** A mouse's press, moves and release at points of the picture in CSS px. */
function mouse(el: Element, points: readonly (readonly [x: number, y: number])[], release = true): void {
  const view = $(el, '.view');
  view.setPointerCapture = () => undefined;
  const box = view.getBoundingClientRect();
  const fire = (type: string, [x, y]: readonly [number, number]): boolean => view.dispatchEvent(new PointerEvent(type, {clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse', bubbles: true}));
  fire('pointerdown', points[0]!);
  for (const point of points.slice(1)) fire('pointermove', point);
  if (release) fire('pointerup', points.at(-1)!);
}

describe('<output-plot kind="embedding">', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  afterEach(() => {
    page.replaceChildren();
    setComputeWorker(null);
  });

  it('draws principal components with their share of the variance', async () => {
    // variances 8/3 and 2/3: shares of 0.8 and 0.2
    const el = add({tensor: [[3, 1], [-1, 1], [1, 2], [1, 0]]});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    const {x, y} = viewOf(el).figure!.panels[0]!;
    expect([x.title, y.title]).to.deep.equal(['PC 1 (80% of variance)', 'PC 2 (20% of variance)']);
    const rows = (await el.toCSV()).trim().split('\n').slice(1).map((line) => line.split(',').map(Number));
    expect(rows.map(([example]) => example)).to.deep.equal([0, 1, 2, 3]);
    // signs are free
    expect(rows.map(([, a]) => Math.abs(a!).toFixed(5))).to.deep.equal(['2.00000', '2.00000', '0.00000', '0.00000']);
    expect(rows.map(([, , b]) => Math.abs(b!).toFixed(5))).to.deep.equal(['0.00000', '0.00000', '1.00000', '1.00000']);
    expect((el.metrics as {ratios: Float64Array}).ratios[0]).to.be.closeTo(0.8, 1e-6);
    expect(el.loads).to.equal(1);
  });

  it('is one of the kinds that vectors can be drawn as, never the first', async () => {
    const el = add({tensor: {data: new Float32Array(12), shape: [4, 3]}, kind: 'auto'});
    await el.renderComplete;
    const kinds = $$<HTMLOptionElement>(el, '[part=toolbar] option').map((o) => o.value);
    expect(kinds).to.include('embedding');
    expect(kinds[0]).to.equal('heatmap');
    el.tensor = {data: new Float32Array(8), shape: [4, 2]};
    await el.renderComplete;
    expect($$<HTMLOptionElement>(el, '[part=toolbar] option').map((o) => o.value)).to.not.include('embedding');
  });

  it('colours by labels, and hides the points of a class', async () => {
    stand();
    const el = add({tensor: GRID, labels: SIDES, classes: ['left', 'right']});
    await laidOut(el);
    const all = print(el);
    const [left] = $$(el, '[part=legend] button');
    expect(left!.textContent.trim()).to.equal('left');
    left!.click();
    await laidOut(el);
    expect(print(el)).to.not.equal(all);
    // what is hidden is not chosen
    await choose(el, 'Drag', 'box');
    mouse(el, [placeOf(el, -0.4, -0.4), placeOf(el, 3.4, 0.4)]);
    expect(el.highlighted).to.deep.equal([3]);
    left!.click();
    await laidOut(el);
    mouse(el, [placeOf(el, -0.4, -0.4), placeOf(el, 3.4, 0.4)]);
    expect(el.highlighted).to.deep.equal([0, 1, 2, 3]);
  });

  it('runs nothing that takes long before it is started', async () => {
    const worker = stand(['tsne']);
    const el = add({tensor: GRID});
    await laidOut(el);
    expect(worker.jobs.map(({options}) => options.method)).to.deep.equal(['pca']);
    await choose(el, 'Method', 'tsne');
    await choose(el, 'Perplexity', '4');
    await choose(el, 'Seed', '9');
    await laidOut(el);
    expect(worker.jobs).to.have.length(1);
    expect([el.method, el.perplexity]).to.deep.equal(['auto', 30]);
    expect(text(el)).to.contain('PCA · 20 points of 3 dimensions').and.to.contain('t-SNE has not been started.');
    startButton(el).click();
    await until(() => worker.jobs.length === 2, 'the job');
    expect(worker.jobs[1]!.options).to.include({method: 'tsne', perplexity: 4, seed: 9});
    expect([el.method, el.perplexity, el.seed]).to.deep.equal(['tsne', 4, 9]);
    // until it is there the picture stays, and answers
    el.highlighted = [3];
    await el.updateComplete;
    expect(text(el)).to.contain('PCA · 20 points').and.to.contain('1 example stands out');
    expect(worker.jobs).to.have.length(2);
    worker.jobs[1]!.answer();
    await el.renderComplete;
    expect(text(el)).to.contain('t-SNE · perplexity 4 · seed 9 · 20 points of 3 dimensions').and.to.contain('Perplexity 4, Euclidean distance, seed 9.');
    expect(el.highlighted).to.deep.equal([3]);
  });

  it('starts what the page sets', async () => {
    const worker = stand();
    const el = add({tensor: GRID}, {method: 'umap', neighbors: '5', 'min-dist': '0.3', seed: '2', metric: 'cosine'});
    await el.renderComplete;
    expect(worker.jobs.map(({options}) => options)).to.deep.include({method: 'umap', metric: 'cosine', seed: 2, perplexity: 6, neighbors: 5, minDist: 0.3, iterations: null, reduce: null, most: null, components: 2});
    expect(text(el)).to.match(/UMAP · \d neighbours · seed \d · 20 points/);
    el.neighbors = 6;
    await el.renderComplete;
    expect(worker.jobs.at(-1)!.options.neighbors).to.equal(6);
  });

  it('suits what nobody has set to few examples, and says what is too few', async () => {
    const worker = stand();
    const el = add({tensor: GRID}, {method: 'tsne'});
    await el.renderComplete;
    expect([el.errors.length, el.perplexity, worker.jobs[0]!.options.perplexity, worker.jobs[0]!.options.neighbors]).to.deep.equal([0, 30, 6, 15]);
    el.perplexity = 12;
    await el.renderComplete;
    expect(el.errors.at(-1)!.message).to.contain('12');
    el.perplexity = null;
    el.tensor = [[1, 2], [3, 4], [5, 7]];
    await el.renderComplete;
    expect(el.errors.at(-1)!.message).to.equal('t-SNE needs 4 examples at least; there are 3.');
    el.method = 'umap';
    await el.renderComplete;
    expect(worker.jobs.at(-1)!.options.neighbors).to.equal(2);
  });

  it('shows examples without a label apart, and standardises columns where that is chosen', async () => {
    const worker = stand();
    const el = add({tensor: GRID, labels: Array.from({length: 20}, (_, i) => (i % 4 ? (i % 2 ? 'odd' : 'even') : null))});
    await el.renderComplete;
    expect(el.errors).to.deep.equal([]);
    expect(text(el)).to.contain('5 examples have no label').and.to.contain('even').and.to.not.contain('of all variance');
    el.tensor = {data: GRID.data.map((v, i) => (i % 3 === 1 ? 100 * v : v)), shape: [20, 3]};
    await el.renderComplete;
    expect(text(el)).to.contain('1 column has').and.to.contain('column 1 the most');
    const switches = (): HTMLElement => $$(el, '.notes button').find((b) => /standardise|as they are/.test(b.textContent))!;
    switches().click();
    await until(() => worker.jobs.length === 3, 'it is made anew');
    await el.renderComplete;
    const {values} = worker.jobs.at(-1)!;
    for (let c = 0; c < 3; c++) {
      const column = Array.from({length: 20}, (_, i) => values[3 * i + c]!);
      expect(column.reduce((a, b) => a + b, 0) / 20).to.be.closeTo(0, 1e-12);
      expect(column.reduce((a, b) => a + b * b, 0) / 20).to.be.closeTo(1, 1e-12);
    }
    expect([el.standardize, /mean 0 and variance 1/.test(text(el))]).to.deep.equal([true, true]);
    switches().click();
    await until(() => worker.jobs.length === 4, 'it is made anew');
    await el.renderComplete;
    el.tensor = {data: new Float32Array(60).fill(2), shape: [20, 3]};
    await el.renderComplete;
    expect(text(el)).to.contain('All vectors are equal');
  });

  it('lets go of neighbours where the vectors are others', async () => {
    stand();
    const el = add({tensor: GRID});
    await laidOut(el);
    key(el, 'ArrowRight');
    key(el, 'Enter');
    await until(() => el.highlighted.length === 11, 'neighbours are found');
    await laidOut(el);
    const lines = (): number => viewOf(el).figure!.panels[0]!.marks.filter(({kind}) => kind === 'rule').length;
    expect(lines()).to.be.greaterThan(0);
    el.standardize = true;
    await laidOut(el);
    expect([lines(), el.errors.length]).to.deep.equal([0, 0]);
    key(el, 'Escape');
    key(el, 'Escape');
    expect(el.highlighted).to.deep.equal([]);
    el.highlighted = [2];
    await laidOut(el);
    key(el, 'Escape');
    expect(el.highlighted).to.deep.equal([2]);
  });

  it('draws the same picture for the same seed', async () => {
    const next = random(4);
    const tensor = {data: Float32Array.from({length: 40 * 6}, () => next()), shape: [40, 6]};
    const csvOf = async (seed: number): Promise<string> => {
      const el = add({tensor, method: 'umap', neighbors: 6, seed});
      await el.renderComplete;
      expect(el.errors.map((e) => e.message)).to.deep.equal([]);
      return el.toCSV();
    };
    const [a, b, c] = [await csvOf(3), await csvOf(3), await csvOf(4)];
    expect(a).to.equal(b);
    expect(a).to.not.equal(c);
  });

  it('keeps the picture where the user gives up what takes long', async () => {
    const worker = stand(['tsne']);
    const el = add({tensor: GRID});
    await laidOut(el);
    await choose(el, 'Method', 'tsne');
    await choose(el, 'Perplexity', '5');
    startButton(el).click();
    await until(() => $(el, '[part=message] progress'), 'progress');
    $(el, '[part=message] button').click();
    await el.renderComplete;
    await el.updateComplete;
    expect($(el, '[part=message]')).to.equal(null);
    expect(el.errors).to.have.length(0);
    expect(text(el)).to.contain('PCA · 20 points').and.to.contain('t-SNE was cancelled; this picture is the one before.');
    expect(el.method).to.equal('auto');
    expect(worker.jobs).to.have.length(2);
    // and can be started again, as it was chosen
    expect(field<HTMLInputElement>(el, 'Perplexity').value).to.equal('5');
    worker.slow = [];
    startButton(el).click();
    await until(() => worker.jobs.length === 3, 'the job');
    await el.renderComplete;
    expect(text(el)).to.match(/t-SNE · perplexity \d · seed \d · 20 points/);
  });

  it('draws PCA where what is given up was the first', async () => {
    stand(['umap']);
    const el = add({tensor: GRID, method: 'umap', neighbors: 5});
    await until(() => $(el, '[part=message] progress'), 'progress');
    $(el, '[part=message] button').click();
    await until(() => text(el).includes('PCA · 20 points'), 'PCA');
    expect(el.errors).to.have.length(0);
    expect(text(el)).to.contain('UMAP was cancelled');
  });

  it('selects what lies in a box', async () => {
    stand();
    const el = add({tensor: GRID});
    await laidOut(el);
    const told: (readonly number[])[] = [];
    el.addEventListener('highlight-change', (event: HighlightEvent) => told.push(event.highlighted));
    await choose(el, 'Drag', 'box');
    const before = print(el);
    mouse(el, [placeOf(el, 0.5, 0.5), placeOf(el, 2, 1), placeOf(el, 3.5, 2.5)], false);
    await laidOut(el);
    expect(print(el)).to.not.equal(before); // the outline
    expect(told).to.deep.equal([]);
    mouse(el, [placeOf(el, 0.5, 0.5), placeOf(el, 2, 1), placeOf(el, 3.5, 2.5)]);
    // columns 1 to 3 of rows 1 and 2
    expect(told).to.deep.equal([[6, 7, 8, 11, 12, 13]]);
    expect(el.highlighted).to.deep.equal([6, 7, 8, 11, 12, 13]);
    expect(viewOf(el).fitted).to.equal(true);
    // a click is no box
    mouse(el, [placeOf(el, 4, 3)]);
    await el.renderComplete;
    expect(told.at(-1)![0]).to.equal(19);
    // a box around nothing takes the choice away
    mouse(el, [placeOf(el, 0.2, 0.2), placeOf(el, 0.8, 0.8)]);
    expect(told.at(-1)).to.deep.equal([]);
  });

  it('selects what lies in a lasso, and moves the picture otherwise', async () => {
    stand();
    const el = add({tensor: GRID});
    await laidOut(el);
    key(el, 'l');
    await el.updateComplete;
    expect(field(el, 'Drag').value).to.equal('lasso');
    // a triangle over the lower left half
    const corners: [number, number][] = [[-0.3, -0.3], [3.4, -0.3], [-0.3, 3.4]];
    const path = corners.flatMap(([x, y], i) => {
      const [tx, ty] = corners[(i + 1) % 3]!;
      return Array.from({length: 12}, (_, k) => placeOf(el, x + ((tx - x) * k) / 12, y + ((ty - y) * k) / 12));
    });
    mouse(el, path);
    const inside = Array.from({length: 20}, (_, i) => i).filter((i) => (i % 5) + Math.floor(i / 5) < 3.1);
    expect(el.highlighted).to.deep.equal(inside);
    key(el, 'Escape');
    await el.updateComplete;
    expect(field(el, 'Drag').value).to.equal('move');
    key(el, '+');
    mouse(el, [placeOf(el, 2, 2), placeOf(el, 2.5, 1.5)]);
    expect(el.highlighted).to.deep.equal(inside);
    expect(viewOf(el).fitted).to.equal(false);
  });

  it('selects by keys alone', async () => {
    stand();
    const el = add({tensor: GRID});
    await laidOut(el);
    for (const name of ['ArrowRight', 'ArrowRight']) key(el, name); // the second point
    key(el, 'Enter', {shiftKey: true});
    expect(el.highlighted).to.deep.equal([1]);
    key(el, 'ArrowRight');
    key(el, 'Enter', {shiftKey: true});
    expect(el.highlighted).to.deep.equal([1, 2]);
    key(el, 'ArrowLeft');
    key(el, 'Enter', {shiftKey: true});
    expect(el.highlighted).to.deep.equal([2]);
    key(el, 'b');
    key(el, 'Enter');
    await el.updateComplete;
    expect($(el, '[aria-live=polite]').textContent).to.contain('First corner set');
    // from point 1, (1, 0), to point 12, (2, 2)
    key(el, 'ArrowRight', {shiftKey: true});
    key(el, 'ArrowRight');
    key(el, 'Enter');
    expect(el.highlighted).to.deep.equal([1, 2, 6, 7, 11, 12]);
    await el.updateComplete;
    expect($(el, '[aria-live=polite]').textContent).to.contain('6 examples stand out');
  });

  it('shows the nearest neighbours of a point in the vectors, not in the plane', async () => {
    stand();
    const next = random(8);
    const [n, d] = [50, 12];
    const data = Float32Array.from({length: n * d}, () => next());
    const el = add({tensor: {data, shape: [n, d]}, classes: ['a', 'b'], labels: Int32Array.from({length: n}, (_, i) => i % 2)});
    await laidOut(el);
    let told: readonly number[] = [];
    let selected: PointEvent | null = null;
    el.addEventListener('highlight-change', (event: HighlightEvent) => (told = event.highlighted));
    el.addEventListener('point-select', (event: PointEvent) => (selected = event));
    mouse(el, [placeOf(el, data[7 * d]!, data[7 * d + 1]!)]);
    await el.renderComplete;
    const far = (i: number): number => Math.hypot(...Array.from({length: d}, (_, c) => data[7 * d + c]! - data[i * d + c]!));
    const nearest = Array.from({length: n}, (_, i) => i).sort((a, b) => far(a) - far(b)).slice(0, 11);
    expect(selected!.indices).to.deep.equal([7]);
    expect(told).to.deep.equal(nearest);
    await el.updateComplete;
    const captions = $$(el, '[part=examples] li .muted').map((s) => s.textContent);
    expect(captions).to.have.length(11);
    expect(captions[0]).to.equal('b\nchosen');
    expect(captions[3]).to.equal(`${'ab'[nearest[3]! % 2]}\ndistance ${Number(far(nearest[3]!).toPrecision(3))}`);
    // Enter does the same
    key(el, 'Enter');
    await el.renderComplete;
    expect(told).to.deep.equal(nearest);
    // what the page chooses has no lines
    el.highlighted = [3, 4];
    await el.renderComplete;
    expect(viewOf(el).figure!.panels[0]!.marks.filter(({kind}) => kind === 'rule')).to.have.length(0);
  });

  it('says what it left out', async () => {
    const data = Float32Array.from(GRID.data);
    data[0] = NaN;
    data[10] = Infinity;
    const el = add({tensor: {data, shape: [20, 3]}});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(text(el)).to.contain('18 points').and.to.contain('2 examples are left out: they hold values that are not finite.');
    expect((el.metrics as {rows: Int32Array}).rows[0]).to.equal(1);
  });

  it('refuses parameters in words, and recovers', async () => {
    const worker = stand();
    const el = add({tensor: GRID, method: 'tsne', perplexity: 20});
    await el.renderComplete;
    await el.updateComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal(['perplexity is 20; expected a number from 1 up to, but below, 6.7: a third of the 20 points.']);
    expect($(el, '[role=alert]').textContent).to.contain('perplexity is 20');
    expect(worker.jobs).to.have.length(0);
    el.perplexity = 5;
    await el.renderComplete;
    await el.updateComplete;
    expect($(el, '[role=alert]')).to.equal(null);
    expect(text(el)).to.match(/t-SNE · perplexity \d · seed \d · 20 points/);
    for (const [name, bad, good] of [['components', '1,9', '1,2'], ['method', 'lda', 'pca'], ['metric', 'manhattan', 'cosine'], ['seed', -3, 1]] as const) {
      if (name === 'components') el.method = 'pca';
      Object.assign(el, {[name]: bad});
      await el.renderComplete;
      await el.updateComplete;
      expect($(el, '[role=alert]')?.textContent, name).to.contain(String(bad));
      Object.assign(el, {[name]: good});
      await el.renderComplete;
      await el.updateComplete;
      expect($(el, '[role=alert]'), name).to.equal(null);
    }
  });

  it('draws pictures of the examples, and saves them', async () => {
    stand();
    const next = random(2);
    const tensor = {data: Float32Array.from({length: 12 * 64}, () => next()), shape: [12, 8, 8, 1]};
    const el = add({tensor});
    await laidOut(el);
    const dots = print(el);
    await choose(el, 'Draw', 'pictures');
    await laidOut(el);
    expect(el.pictures).to.equal(true);
    expect(print(el)).to.not.equal(dots);
    // all of a picture stands for its example, whatever lies below
    const [sprites] = viewOf(el).figure!.panels[0]!.marks.filter((mark) => mark.kind === 'sprites');
    const [px, py] = placeOf(el, sprites!.points.x[0]!, sprites!.points.y[0]!);
    for (const [dx, dy] of [[0, 0], [9, 9], [-9, 9]] as const) {
      const spot = viewOf(el).hit(px + dx, py + dy)!;
      expect([spot.mark.kind, viewOf(el).read(spot)!.indices]).to.deep.equal(['points', [0]]);
    }
    expect(await el.toSVG()).to.contain('<image').and.to.not.contain('NaN');
    expect((await el.toBlob()).size).to.be.above(1000);
    el.highlighted = [2];
    await laidOut(el);
    expect($(el, '[part=examples] canvas')).to.be.an.instanceof(HTMLCanvasElement);
    expect(viewOf(el).figure!.panels[0]!.marks.find(({kind}) => kind === 'sprites')).to.include({marked: 1});
  });

  it('lets points of a scatter plot be chosen too', async () => {
    const el = add({tensor: {data: GRID.data.filter((_, k) => k % 3 < 2), shape: [20, 2]}, kind: 'scatter'});
    await laidOut(el);
    key(el, 'b');
    mouse(el, [placeOf(el, 3.5, 1.5), placeOf(el, 4.1, 3.1)]);
    expect(el.highlighted).to.deep.equal([14, 19]);
    expect($(el, '.controls select')).to.be.an.instanceof(HTMLSelectElement);
    // of what has no such points there is no such tool
    el.kind = 'line';
    await el.renderComplete;
    await el.updateComplete;
    expect($(el, '.controls select')).to.equal(null);
  });

  it('selects by touch, and leaves the choice where a second finger comes', async () => {
    stand();
    const el = add({tensor: GRID});
    await laidOut(el);
    key(el, 'b');
    const view = $(el, '.view');
    const box = view.getBoundingClientRect();
    const touch = (type: string, ...points: (readonly [number, number])[]): boolean => {
      const touches = points.map(([x, y], identifier) => new Touch({identifier, target: view, clientX: box.left + x, clientY: box.top + y}));
      return view.dispatchEvent(new TouchEvent(type, {touches, changedTouches: touches, bubbles: true, cancelable: true}));
    };
    const [from, to] = [placeOf(el, 0.5, 0.5), placeOf(el, 2.5, 1.5)];
    touch('touchstart', from);
    touch('touchmove', to);
    touch('touchend');
    expect(el.highlighted).to.deep.equal([6, 7]);
    touch('touchstart', from);
    touch('touchmove', placeOf(el, 4, 3));
    touch('touchstart', placeOf(el, 4, 3), from);
    touch('touchend');
    expect(el.highlighted).to.deep.equal([6, 7]);
  });

  it('forgets what the user has chosen where the page sets other data, and keeps what the page has set', async () => {
    const worker = stand();
    const el = add({tensor: GRID, seed: 3, perplexity: 6});
    await laidOut(el);
    await choose(el, 'Method', 'tsne');
    await choose(el, 'Perplexity', '5');
    startButton(el).click();
    await until(() => (el.metrics as {method: string} | null)?.method === 'tsne', 't-SNE');
    await choose(el, 'Distance', 'cosine');
    await laidOut(el);
    // of as few t-SNE with that perplexity would be an error, of many it would take long
    el.tensor = {data: GRID.data.slice(0, 30), shape: [10, 3]};
    await laidOut(el);
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect([el.method, el.perplexity, el.seed, el.metric]).to.deep.equal(['auto', 6, 3, 'euclidean']);
    expect(worker.jobs.at(-1)!.options.method).to.equal('pca');
    expect(text(el)).to.contain('PCA · 10 points').and.to.not.contain('has not been started');
    // the page's own begins at once
    el.method = 'umap';
    el.neighbors = 4;
    el.tensor = {...GRID};
    await laidOut(el);
    expect([el.method, el.neighbors]).to.deep.equal(['umap', 4]);
    expect(text(el)).to.match(/UMAP · \d neighbours · seed \d · 20 points/);
    // read again, it is the same
    await choose(el, 'Method', 'pca');
    await laidOut(el);
    await el.refresh();
    expect(el.method).to.equal('pca');
  });

  it('takes other data for new after another kind, and begins their picture anew', async () => {
    stand();
    const el = add({tensor: GRID, kind: 'heatmap'});
    await laidOut(el);
    el.kind = 'embedding';
    await laidOut(el);
    key(el, '+');
    expect(viewOf(el).fitted).to.equal(false);
    el.highlighted = [1];
    el.tensor = {data: GRID.data.slice(0, 45), shape: [15, 3]};
    await laidOut(el);
    expect(el.loads).to.equal(2);
    expect(viewOf(el).fitted).to.equal(true);
    expect(el.highlighted).to.deep.equal([1]);
  });

  it('highlights nothing of data that are no more', async () => {
    stand();
    const next = random(5);
    const [n, d] = [30_000, 100];
    const el = add({tensor: {data: Float32Array.from({length: n * d}, () => next()), shape: [n, d]}});
    await laidOut(el);
    const told: (readonly number[])[] = [];
    el.addEventListener('highlight-change', (event: HighlightEvent) => told.push(event.highlighted));
    // neighbours, and a lasso of so many corners that it is not done at once
    for (const begin of [
      () => {
        key(el, 'ArrowRight');
        key(el, 'Enter');
      },
      () => {
        key(el, 'l');
        const [x, y] = placeOf(el, 0.5, 0.5);
        mouse(el, Array.from({length: 600}, (_, i) => [x + 80 * Math.cos(i / 20), y + 80 * Math.sin(i / 20)] as const));
      },
    ]) {
      const {tensor} = el;
      begin();
      el.tensor = GRID;
      await laidOut(el);
      expect([told, el.highlighted]).to.deep.equal([[], []]);
      el.tensor = tensor;
      await laidOut(el);
    }
    key(el, 'Escape');
    key(el, 'ArrowRight');
    key(el, 'Enter');
    el.remove();
    await el.renderComplete;
    expect(told).to.deep.equal([]);
  });

  it('drops a corner that keys have set when a box is begun by hand', async () => {
    stand();
    const el = add({tensor: GRID});
    await laidOut(el);
    key(el, 'ArrowRight');
    key(el, 'b');
    await laidOut(el);
    key(el, 'Enter');
    key(el, 'ArrowRight', {shiftKey: true});
    await laidOut(el);
    mouse(el, [placeOf(el, 0, 0)], false);
    const {overlay, placed} = viewOf(el);
    const ctx = new OffscreenCanvas(600, 480).getContext('2d')!;
    let strokes = 0;
    ctx.stroke = () => void strokes++;
    overlay!(ctx, placed, {text: '#000', background: '#fff', accent: '#00f'} as Theme);
    expect(strokes).to.equal(0);
  });

  it('passes axe', async () => {
    stand();
    const el = add({tensor: GRID, labels: SIDES, highlighted: [1, 2]});
    await laidOut(el);
    await choose(el, 'Method', 'umap');
    const {violations} = await (window as unknown as {axe: typeof axe}).axe.run(page);
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).to.deep.equal([]);
  });

  it('leaves no tensor behind, and lets the page dispose of its own', async () => {
    const before = tf.memory().numTensors;
    const el = add();
    tf.tidy(() => {
      el.tensor = tf.randomUniform([12, 4], 0, 1, 'float32', 3);
      el.labels = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], 'int32');
    });
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect($$(el, '[part=legend] button')).to.have.length(3);
    el.method = 'umap';
    el.neighbors = 4;
    el.remove();
    expect(tf.memory().numTensors).to.equal(before);
  });
});
