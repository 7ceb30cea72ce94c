import * as tf from '@tensorflow/tfjs';
import 'axe-core/axe.min.js';
import type axe from 'axe-core';
import {expect} from 'chai';
import type {HighlightEvent, PointEvent, ThresholdEvent} from '../../src/elements/events.js';
import '../../src/output-plot.js';
import type {OutputPlotElement} from '../../src/output-plot.js';
import {useTf} from '../../src/tensor/tf.js';
import {watch} from '../../src/training.js';
import {failure, fixture, modelUrl, random} from '../helpers.js';
import {$, $$, frame, page, pixels, place, text, until, wait} from './page.js';

const add = (props: Partial<Record<keyof OutputPlotElement, unknown>> = {}, attributes?: Record<string, string>, inside?: string) => place<OutputPlotElement>('output-plot', props, attributes, inside);

/** A number that stands for the picture. */
const print = (el: Element): number => pixels($<HTMLCanvasElement>(el, '.view canvas')).reduce((hash, p) => Math.imul(hash ^ p, 16777619) >>> 0, 2166136261);
const drawn = (el: Element): number => new Set(pixels($<HTMLCanvasElement>(el, '.view canvas'))).size;
/** The lines of its CSV once there are so many; fewer may be drawn before. */
async function csvLines(el: OutputPlotElement, n: number): Promise<string[]> {
  let lines: string[] = [];
  await until(async () => {
    lines = (await el.toCSV().catch(() => '')).trim().split('\n');
    return lines.length === n;
  }, `${n} lines of CSV`);
  return lines;
}

const shownKind = (el: Element): string => $<HTMLSelectElement>(el, '[part=toolbar] select')?.value ?? '';
const key = (el: Element, name: string): boolean => $(el, '.view').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true, composed: true}));

/** A mouse's press, moves and release at points of the picture in CSS px. */
function mouse(el: Element, ...points: [x: number, y: number][]): void {
  const view = $(el, '.view');
  view.setPointerCapture = () => undefined;
  const box = view.getBoundingClientRect();
  const fire = (type: string, [x, y]: [number, number]): boolean => view.dispatchEvent(new PointerEvent(type, {clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse', bubbles: true}));
  fire('pointerdown', points[0]!);
  for (const point of points.slice(1)) fire('pointermove', point);
  fire('pointerup', points.at(-1)!);
}

/** Scores of three classes, mostly right. */
function three(n = 120): {predictions: {data: Float32Array; shape: number[]}; labels: Int32Array} {
  const next = random(5);
  const data = new Float32Array(n * 3);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    labels[i] = i % 3;
    const raw = [0, 1, 2].map((c) => Math.exp(3 * next() + (c === labels[i] ? 1.5 : 0)));
    const sum = raw.reduce((a, b) => a + b);
    raw.forEach((v, c) => (data[i * 3 + c] = v / sum));
  }
  return {predictions: {data, shape: [n, 3]}, labels};
}

/** Scores of two classes. */
function two(n = 200): {predictions: Float32Array; labels: Int32Array} {
  const next = random(9);
  const labels = Int32Array.from({length: n}, () => Number(next() < 0.4));
  return {predictions: Float32Array.from(labels, (y) => Math.min(1, Math.max(0, 0.3 * y + 0.7 * next()))), labels};
}

describe('<output-plot>', () => {
  before(async () => {
    await tf.setBackend('cpu');
    useTf(tf);
  });
  afterEach(() => page.replaceChildren());

  describe('chooses the kind by the data', () => {
    const image = {data: Float32Array.from({length: 8 * 8 * 3}, (_, i) => i / 192), shape: [8, 8, 3]};
    const values = Float32Array.from({length: 40}, (_, i) => Math.sin(i));
    const cases: [string, string, Partial<Record<keyof OutputPlotElement, unknown>>][] = [
      ['labels of three classes', 'confusion', three()],
      ['labels of two classes', 'roc', two()],
      ['labels that are values', 'residuals', {predictions: values, labels: values.map((v) => v + 0.1)}],
      ['one example with class scores', 'bars', {predictions: {data: [0.1, 0.7, 0.2], shape: [1, 3]}}],
      ['rank 3 with 3 channels', 'image', {tensor: image}],
      ['rank 2', 'heatmap', {tensor: {data: values, shape: [5, 8]}}],
      ['rank 1', 'line', {tensor: values}],
    ];
    for (const [what, kind, props] of cases) {
      it(`${what}: ${kind}`, async () => {
        const el = add(props);
        await el.renderComplete;
        expect(el.errors.map((e) => e.message)).to.deep.equal([]);
        expect(shownKind(el)).to.equal(kind);
        expect(drawn(el)).to.be.above(3);
        expect(el.loads).to.equal(1);
      });
    }

    it('draws a recorded run by its address, up to a step', async () => {
    const el = add({runSrc: fixture('runs/fashion-mnist.json')});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    const last = async (): Promise<number> => Math.max(...(await el.toCSV()).trim().split('\n').slice(1).map((line) => Number(line.split(',')[2])));
    expect(await last()).to.equal(160);
    expect($(el, '.player output').textContent).to.equal('step 159 of 159');
    el.step = 60;
    await el.renderComplete;
    expect(await last()).to.equal(60);
    expect(el.loads).to.equal(1);
    el.step = null;
    await el.renderComplete;
    expect(await last()).to.equal(160);
  });

  it('a history: history', async () => {
      const el = add({history: {loss: [1, 0.5, 0.3], val_loss: [1, 0.7, 0.8]}});
      await el.renderComplete;
      expect(text(el)).to.contain('Training history');
      expect(el.metrics!.runs).to.have.length(1);
    });
  });

  it('gives the numbers behind the picture', async () => {
    const el = add({predictions: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1], kind: 'roc'});
    await el.renderComplete;
    // scikit-learn's example of roc_auc_score
    expect((el.metrics as {auc: number}).auc).to.be.closeTo(0.75, 1e-9);
  });

  it('draws numbers that stand inside the tag', async () => {
    const el = add({}, {}, '[0, 1, 4, 9, 16]');
    await el.renderComplete;
    expect(shownKind(el)).to.equal('line');
  });

  it('draws predictions, series and histories that stand inside the tag, or in a file', async () => {
    const cases: [string, string][] = [
      ['{"predictions": [[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0, 0.1, 0.9]], "labels": [0, 1, 2], "classes": ["a", "b", "c"]}', 'Confusion matrix'],
      ['{"loss": [1, 0.5], "val_loss": [1, 0.7]}', 'Training history'],
      ['[{"epoch": 0, "loss": 1}, {"epoch": 1, "loss": 0.5}]', 'Training history'],
      ['{"labels": [0, 1], "series": [{"name": "x", "predictions": [0.1, 0.9]}, {"name": "y", "predictions": [0.2, 0.4]}]}', 'ROC curve'],
    ];
    for (const [json, title] of cases) {
      for (const el of [add({}, {}, json), add({src: URL.createObjectURL(new Blob([json]))})]) {
        await el.renderComplete;
        expect(el.errors.map((e) => e.message)).to.deep.equal([]);
        expect($(el, '.title b').textContent).to.equal(title);
        el.remove();
      }
    }
    const other = add({src: URL.createObjectURL(new Blob(['{"what": 1}']))});
    await other.renderComplete;
    expect(other.errors).to.have.length(1);
  });

  it('draws what a URL names', async () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify([[1, 2], [3, 4]])]));
    const el = add({src: url});
    await el.renderComplete;
    expect(shownKind(el)).to.equal('heatmap');
  });

  it('reads a tensor in the setter: it may be disposed of right after', async () => {
    const before = tf.memory().numTensors;
    const el = add({kind: 'histogram'});
    tf.tidy(() => {
      el.tensor = tf.linspace(0, 1, 50);
    });
    await el.renderComplete;
    expect(el.errors).to.have.length(0);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('prefers its own data to a model, and falls back when they are taken away', async () => {
    const el = add({tensor: [1, 2, 3], predictions: [3, 2, 1]});
    await el.renderComplete;
    expect((await el.toCSV()).split('\n')[1]).to.equal(',0,1');
    el.tensor = null;
    await el.renderComplete;
    expect((await el.toCSV()).split('\n')[1]).to.equal(',0,3');
  });

  describe('bad input', () => {
    const ok = three();
    const bad: [string, Partial<Record<keyof OutputPlotElement, unknown>>, RegExp][] = [
      ['labels of another length', {predictions: ok.predictions, labels: [0, 1]}, /120/],
      ['a label out of range', {predictions: ok.predictions, labels: ok.labels.map((v, i) => (i === 7 ? 9 : v))}, /9/],
      ['a kind that is none', {tensor: [1, 2], kind: 'pie'}, /pie/],
      ['an empty tensor', {tensor: []}, /no values|holds no/],
      ['a history that is none', {history: {loss: 'low'}}, /loss/],
      ['series that are none', {series: [{name: 'a'}]}, /“a”/],
      ['a scale that is none', {tensor: [1, 2], xScale: 'cubic'}, /cubic/],
      ['a model without input', {model: {predict() {}, layers: []}}, /input/],
    ];
    for (const [what, props, words] of bad) {
      it(`${what}: says so, and recovers`, async () => {
        const el = add(props);
        await el.renderComplete;
        await frame();
        expect(el.errors).to.have.length(1);
        expect(el.errors[0]!.message).to.match(words);
        expect($(el, '[role=alert]').textContent).to.contain(el.errors[0]!.message.split('\n')[0]);
        Object.assign(el, {...Object.fromEntries(Object.keys(props).map((name) => [name, null])), tensor: [1, 2, 3]});
        await el.renderComplete;
        await frame();
        expect($(el, '[role=alert]')).to.equal(null);
        expect(shownKind(el)).to.equal('line');
      });
    }

    it('a setting that is wrong for the data: another one is right for them', async () => {
      const el = add({tensor: [1, 2, 3], kind: 'roc'});
      await el.renderComplete;
      expect(el.errors).to.have.length(1);
      el.kind = 'line';
      await el.renderComplete;
      await frame();
      expect($(el, '[role=alert]')).to.equal(null);
      expect(el.loads).to.equal(1);
      el.example = 7;
      el.kind = 'bars';
      el.predictions = [[0.1, 0.9], [0.8, 0.2]];
      el.tensor = null;
      await el.renderComplete;
      expect(el.errors.length).to.be.above(1);
      el.example = 1;
      await el.renderComplete;
      await frame();
      expect($(el, '[role=alert]')).to.equal(null);
      expect(el.metrics).to.have.property('top');
    });

    it('a wrong setting leaves no old picture standing', async () => {
      const el = add({tensor: [1, 2, 3]});
      await el.renderComplete;
      el.xScale = 'cubic' as 'log';
      await el.renderComplete;
      await frame();
      expect(el.metrics).to.equal(null);
      el.xScale = null;
      await el.renderComplete;
      await frame();
      expect(el.metrics).to.not.equal(null);
    });

    it('a log that is none: the others count, and the next good one draws again', async () => {
      const el = add();
      el.appendLogs({epoch: 0, loss: 1});
      el.appendLogs({epoch: 1, loss: 'x' as unknown as number});
      el.appendLogs({epoch: NaN, loss: 2});
      await until(() => el.errors.length, 'the error');
      el.appendLogs({epoch: 2, loss: 0.5});
      expect((await csvLines(el, 3)).slice(1)).to.deep.equal([',loss,0,1,1', ',loss,2,0.5,0.5']);
      await until(() => !$(el, '[role=alert]'), 'the error goes');
    });

    it('an input that is none: refused, not thrown', async () => {
      const circle: Record<string, unknown> = {};
      circle.a = circle;
      const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [4]})]});
      for (const input of [model, circle]) {
        const el = add({model, input});
        await el.renderComplete;
        expect(el.errors).to.have.length(1);
      }
      model.dispose();
    });

    it('NaN scores are told, not hidden', async () => {
      const {predictions, labels} = two();
      predictions[3] = NaN;
      const el = add({predictions, labels});
      await el.renderComplete;
      expect(text(el)).to.match(/NaN/);
      expect(Number.isNaN((el.metrics as {auc: number}).auc)).to.equal(true);
    });

    it('one class alone has no ROC curve, and says why', async () => {
      const el = add({predictions: [0.1, 0.9], labels: [1, 1], kind: 'roc'});
      await el.renderComplete;
      expect(el.errors).to.have.length(0);
      expect(Number.isNaN((el.metrics as {auc: number}).auc)).to.equal(true);
      expect($$(el, '.notes li').length).to.be.above(0);
    });
  });

  describe('is wired', () => {
    it('moves the threshold by its handle, tells of it, and follows what the page sets without an event', async () => {
      const el = add({...two(), kind: 'histogram', style: 'height:420px'});
      await el.renderComplete;
      const told: number[] = [];
      el.addEventListener('threshold-change', (event: ThresholdEvent) => told.push(event.threshold));
      el.threshold = 0.25;
      await el.renderComplete;
      expect(told).to.deep.equal([]);
      const view = $(el, '.view').getBoundingClientRect();
      // the handle's line crosses the whole height: it is where the pointer says so
      let at = -1;
      for (let x = 0; x < view.width && at < 0; x++) {
        mouse(el, [x, 120], [x + 40, 120]);
        if (told.length) at = x;
      }
      expect(at).to.be.above(0);
      expect(el.threshold).to.equal(told.at(-1)).and.to.be.above(0.25);
    });

    it('tells which examples lie behind a mark, and shows them', async () => {
      const {predictions, labels} = three();
      const el = add({predictions, labels, examples: (i: number) => `example no. ${i}`});
      await el.renderComplete;
      let selected: PointEvent | undefined;
      let lit: HighlightEvent | undefined;
      el.addEventListener('point-select', (event) => (selected = event));
      el.addEventListener('highlight-change', (event) => (lit = event));
      key(el, 'ArrowRight'); // the first key shows where the cursor is
      key(el, 'Enter');
      await el.updateComplete;
      const predicted = Array.from({length: 120}, (_, i) => {
        const row = Array.from(predictions.data.slice(3 * i, 3 * i + 3));
        return row.indexOf(Math.max(...row));
      });
      const expected = predicted.flatMap((p, i) => (p === 0 && labels[i] === 0 ? [i] : []));
      expect(selected!.indices).to.deep.equal(expected);
      expect(lit!.highlighted).to.deep.equal(expected);
      expect(el.highlighted).to.deep.equal(expected);
      expect($(el, '[part=examples]').textContent).to.contain(`example no. ${expected[0]}`);
      $<HTMLButtonElement>(el, '[part=examples] button').click();
      await el.updateComplete;
      expect(el.highlighted).to.deep.equal([]);
    });

    it('fires no event for what a program changes', async () => {
      const el = add({...two()});
      const fired: string[] = [];
      for (const type of ['threshold-change', 'highlight-change', 'point-select', 'point-hover']) el.addEventListener(type, () => fired.push(type));
      await el.renderComplete;
      Object.assign(el, {threshold: 0.4, highlighted: [1, 2], kind: 'pr'});
      await el.renderComplete;
      expect(fired).to.deep.equal([]);
    });
  });

  it('takes predicted classes as well as scores', async () => {
    const el = add({predictions: [0, 1, 2, 1, 0, 2, 1], labels: [0, 1, 2, 2, 0, 1, 1], classes: ['a', 'b', 'c']});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(shownKind(el)).to.equal('confusion');
    expect(el.metrics!.matrix).to.deep.equal([[2, 0, 0], [0, 2, 1], [0, 1, 1]]);
  });

  it('says for as long as it is so that the names of classes could not be read', async () => {
    const el = add({...three(), classesSrc: 'nowhere.txt'});
    await el.renderComplete;
    await until(() => el.errors.length, 'the names are asked for in vain');
    await el.renderComplete;
    expect(el.errors).to.have.length(1);
    expect($(el, '.notes .alert').textContent).to.contain('nowhere.txt');
    el.classesSrc = null;
    await el.renderComplete;
    expect($(el, '.notes .alert')).to.equal(null);
  });

  it('closes its menus on Escape and on a press elsewhere', async () => {
    const el = add({tensor: [1, 2, 3]});
    await el.renderComplete;
    const menu = (): HTMLDetailsElement => $<HTMLDetailsElement>(el, 'details.menu');
    for (const close of [() => document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'})), () => document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true, composed: true}))]) {
      menu().open = true;
      await until(() => menu().querySelector(':popover-open'), 'the list');
      close();
      await until(() => !menu().open && !menu().querySelector(':popover-open'), 'both are closed');
    }
  });

  it('draws what is asked for last, whatever is ready first', async () => {
    const next = random(4);
    const predictions = Float32Array.from({length: 200_000}, () => next());
    const el = add({predictions, labels: Int32Array.from(predictions, (p) => Number(next() < p)), kind: 'histogram'});
    await el.renderComplete;
    el.kind = 'roc';
    await new Promise((resolve) => setTimeout(resolve, 5));
    el.kind = 'histogram';
    await el.renderComplete;
    await wait(300); // no other comes after it
    expect($(el, '.title b').textContent).to.equal('Histogram');
  });

  it('shows a series that another figure had hidden', async () => {
    const {predictions, labels} = two();
    const el = add({series: [{name: 'a', predictions, labels}, {name: 'b', predictions, labels}], kind: 'roc'});
    await el.renderComplete;
    $$<HTMLButtonElement>(el, '[part=legend] button')[0]!.click();
    el.series = [{name: 'a', predictions, labels}];
    await el.renderComplete;
    const whole = drawn(el);
    expect(whole).to.be.above(20);
  });

  it('keeps drawing when the page’s own examples fail', async () => {
    const el = add({...three(), highlighted: [0], examples: () => { throw new Error('mine'); }});
    await el.renderComplete;
    expect($(el, '[part=examples]').textContent).to.contain('mine');
  });

  it('names the classes of what has no column for each', async () => {
    const el = add({tensor: {data: new Float32Array(16).map((_, i) => i % 3), shape: [1, 4, 4]}, kind: 'image', classes: {labels: ['a', 'b', 'c']}});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    el.tensor = [0.1, 0.2, 0.3, 0.4];
    el.kind = 'bars';
    el.classes = ['a', 'b', 'c', 'd'];
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
  });

  it('reads labels that have changed in place', async () => {
    const labels = [0, 1, 2];
    const el = add({predictions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], labels});
    await el.renderComplete;
    expect(el.metrics!.accuracy).to.equal(1);
    labels[0] = 1;
    await el.refresh();
    expect(el.metrics!.accuracy).to.be.closeTo(2 / 3, 1e-12);
  });

  it('tells once that the cursor has left, other data or not', async () => {
    const el = add({tensor: [1, 2, 3]});
    const told: unknown[] = [];
    el.addEventListener('point-hover', (event) => told.push(event.indices));
    await el.renderComplete;
    key(el, 'ArrowRight');
    el.tensor = [4, 5, 6];
    await el.renderComplete;
    $(el, '.view').dispatchEvent(new PointerEvent('pointerleave', {pointerType: 'mouse'}));
    expect(told).to.deep.equal([[0], null]);
  });

  it('is walked with the keys, and speaks', async () => {
    const el = add({tensor: [5, 6, 7]});
    await el.renderComplete;
    key(el, 'ArrowRight');
    key(el, 'ArrowRight');
    await el.updateComplete;
    expect($(el, '[aria-live=polite]').textContent).to.match(/^6, /);
    expect($(el, '[part=tooltip]').textContent).to.contain('6');
    key(el, 'Escape');
    await el.updateComplete;
    expect($(el, '[part=tooltip]')).to.equal(null);
  });

  it('zooms with its buttons and by dragging, and fits again', async () => {
    const el = add({tensor: Float32Array.from({length: 200}, (_, i) => i)});
    await el.renderComplete;
    const fit = () => $<HTMLButtonElement>(el, '.tools button[title="Fit"], .tools button[aria-label^="Fit"]') ?? $$<HTMLButtonElement>(el, '.tools button')[2]!;
    expect(fit().disabled).to.equal(true);
    // a canvas that is read is drawn in software from then on, where letters look a little different
    for (let i = 0; i < 3; i++) {
      print(el);
      el.fit();
      await el.renderComplete;
    }
    const whole = print(el);
    key(el, '+');
    await el.renderComplete;
    expect(fit().disabled).to.equal(false);
    expect(print(el)).to.not.equal(whole);
    el.fit();
    await el.renderComplete;
    expect(print(el)).to.equal(whole);
  });

  it('hides and shows a series', async () => {
    const el = add({history: {loss: [3, 2, 1], val_loss: [3, 2.5, 2]}});
    await el.renderComplete;
    const whole = print(el);
    const button = () => $$<HTMLButtonElement>(el, '[part=legend] button')[1]!;
    button().click();
    await el.renderComplete;
    await frame();
    expect(button().getAttribute('aria-pressed')).to.equal('false');
    expect(print(el)).to.not.equal(whole);
  });

  describe('a history that grows', () => {
    it('is drawn as logs come in', async () => {
      const el = add();
      for (let epoch = 0; epoch < 5; epoch++) el.appendLogs({epoch, loss: 1 / (epoch + 1), val_loss: 1});
      await csvLines(el, 11);
      expect(el.errors).to.have.length(0);
      el.appendLogs({epoch: 5, loss: 0.1});
      await csvLines(el, 12);
      el.history = {loss: [9, 8]};
      await el.renderComplete;
      expect((await el.toCSV()).trim().split('\n')).to.have.length(3);
    });

    it('goes on from a history that is set', async () => {
      const el = add({history: {loss: [3, 2, 1], val_loss: [3, 2.5, 2]}});
      el.appendLogs({epoch: 3, loss: 0.5, val_loss: 1.8});
      expect(await csvLines(el, 9)).to.deep.equal(['run,series,epoch,value,smoothed', ',loss,0,3,3', ',loss,1,2,2', ',loss,2,1,1', ',loss,3,0.5,0.5', ',val_loss,0,3,3', ',val_loss,1,2.5,2.5', ',val_loss,2,2,2', ',val_loss,3,1.8,1.8']);
    });

    it('goes by the time of its logs where that is asked for', async () => {
      const el = add({xAxis: 'time'});
      for (const time of [1.5, 3, 4.5]) el.appendLogs({time, loss: 1 / time});
      expect((await csvLines(el, 4))[0]).to.equal('run,series,time,value,smoothed');
    });

    it('takes what fit() hands to its callbacks', async () => {
      const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'})]});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      const el = add();
      const [xs, ys] = [tf.ones([8, 2]), tf.ones([8, 1])];
      await model.fit(xs, ys, {epochs: 3, verbose: 0, yieldEvery: 'never', callbacks: {onEpochEnd: async (epoch, logs) => el.appendLogs({epoch, ...logs})}});
      await until(() => (el.metrics as {runs?: {rows: number}[]} | null)?.runs?.[0]?.rows === 3, 'three epochs');
      tf.dispose([xs, ys]);
      model.dispose();
    });
  });

  it('draws a run that is watched, as it goes on', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'})]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const run = watch(model, {tf});
    const el = add({run});
    const [xs, ys] = [tf.ones([20, 2]), tf.ones([20, 1])];
    await model.fit(xs, ys, {epochs: 2, batchSize: 5, shuffle: false, verbose: 0, yieldEvery: 'never', validationData: [xs, ys]});
    run.stop();
    const rows = (await csvLines(el, 11)).slice(1);
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(rows.filter((row) => row.startsWith(',loss'))).to.have.length(8);
    expect(rows.filter((row) => row.startsWith(',val_loss'))).to.have.length(2);
    tf.dispose([xs, ys]);
    model.dispose();
  });

  it('walks to the end of the longest of several runs, fetches a recorded one once for all steps, and a newer one on refresh', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'})]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const [xs, ys] = [tf.ones([20, 2]), tf.ones([20, 1])];
    const records: object[] = [];
    for (const batchSize of [10, 4]) {
      const run = watch(model, {tf});
      await model.fit(xs, ys, {batchSize, shuffle: false, verbose: 0, yieldEvery: 'never'});
      run.stop();
      records.push(run.record());
    }
    const el = add({run: records});
    await el.renderComplete;
    await until(() => $(el, '.player input'), 'the slider');
    expect(text(el)).to.contain('step 4 of 4');
    const asked: (string | undefined)[] = [];
    const own: typeof fetch = async (_input, init) => {
      asked.push(init?.cache);
      return new Response(JSON.stringify(records[0]));
    };
    Object.assign(el, {run: null, fetch: own, runSrc: 'https://runs.test/run.json'});
    await el.renderComplete;
    el.step = 0;
    await el.renderComplete;
    expect(asked).to.deep.equal([undefined]);
    await el.refresh();
    el.step = 1;
    await el.renderComplete;
    expect(asked).to.deep.equal([undefined, 'no-cache']);
    el.run = [];
    await el.renderComplete;
    expect(text(el)).to.contain('Expected a run');
    tf.dispose([xs, ys]);
    model.dispose();
  });

  it('keeps labels and an input that have been disposed of, on refresh', async () => {
    const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [2], activation: 'softmax', kernelInitializer: 'ones'})]});
    const [input, labels] = [tf.ones([4, 2]), tf.tensor1d([0, 1, 0, 1], 'int32')];
    const el = add({model, input, labels, loading: 'eager'});
    tf.dispose([input, labels]);
    await el.renderComplete;
    await el.refresh();
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(shownKind(el)).to.equal('roc');
    model.dispose();
  });

  it('reads a history from its address', async () => {
    const url = URL.createObjectURL(new Blob(['epoch,loss,val_loss\n0,1,1.2\n1,0.5,0.9\n']));
    const el = add({historySrc: url});
    await el.renderComplete;
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(text(el)).to.contain('best val_loss 0.9');
  });

  describe('runs a model', () => {
    it('at an address, on a picture, with the names of its classes', async () => {
      const before = tf.memory().numTensors;
      const el = add({src: modelUrl('ml5-darknet-tiny'), inputSrc: fixture('images/tfjs-cat.jpg'), classesSrc: fixture('models/ml5-darknet-tiny/labels.json'), loading: 'eager'});
      await el.renderComplete;
      expect(el.errors.map((e) => e.message)).to.deep.equal([]);
      expect(shownKind(el)).to.equal('bars');
      expect((await el.toCSV()).toLowerCase()).to.contain('tabby');
      // the range was assumed, and says so
      expect(text(el)).to.contain('0,1 assumed');
      el.remove();
      await until(() => tf.memory().numTensors === before, 'the model is freed');
    });

    it('that is live, on a batch with labels, leaving it as it was', async () => {
      const model = tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [4], activation: 'softmax', kernelInitializer: tf.initializers.glorotUniform({seed: 1})})]});
      const kernel = Array.from(await model.getWeights()[0]!.data());
      const before = tf.memory().numTensors;
      const next = random(2);
      const input = {data: Float32Array.from({length: 400}, () => next()), shape: [100, 4]};
      const el = add({model, input, labels: Int32Array.from({length: 100}, (_, i) => i % 3)});
      await el.renderComplete;
      expect(el.errors.map((e) => e.message)).to.deep.equal([]);
      expect(shownKind(el)).to.equal('confusion');
      // another batch is new input
      el.input = {data: input.data.slice(0, 40), shape: [10, 4]};
      el.labels = Int32Array.from({length: 10}, (_, i) => i % 3);
      await el.renderComplete;
      expect(el.loads).to.equal(2);
      expect(tf.memory().numTensors).to.equal(before);
      expect(Array.from(await model.getWeights()[0]!.data())).to.deep.equal(kernel);
      model.dispose();
    });

    it('and says which input it needs', async () => {
      const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [4]})]});
      const el = add({model, input: tf.ones([2, 5])});
      await el.renderComplete;
      expect(el.errors).to.have.length(1);
      expect(el.errors[0]!.message).to.contain('4').and.to.contain('5');
      model.dispose();
    });
  });

  describe('is taken away', () => {
    it('as a picture, at the scale asked for', async () => {
      const el = add({tensor: [1, 4, 9]});
      await el.renderComplete;
      const blob = await el.toBlob({scale: 2});
      const {width} = await createImageBitmap(blob);
      expect(width).to.equal(2 * $(el, '.view').clientWidth);
      expect(await failure(el.toBlob({scale: 1000}))).to.be.instanceOf(RangeError);
    });

    it('as SVG: vectors, and text as text', async () => {
      for (const props of [{tensor: [1, 4, 9]}, three(), {...two(), kind: 'roc'}, {tensor: {data: new Float32Array(48).fill(0.2), shape: [4, 4, 3]}}]) {
        const el = add(props);
        await el.renderComplete;
        const svg = await el.toSVG();
        const doc = new DOMParser().parseFromString(svg, 'image/svg+xml');
        expect(doc.querySelector('parsererror'), svg.slice(0, 400)).to.equal(null);
        expect(doc.querySelectorAll('text').length).to.be.above(0);
        expect(doc.querySelectorAll('path, rect, image').length).to.be.above(1);
        el.remove();
      }
    });
  });

  it('passes axe in every state', async () => {
    const run = (window as unknown as {axe: typeof axe}).axe;
    const els = [add(three(30)), add({history: {loss: [1, 2], val_loss: [2, 1]}}), add(), add({tensor: [1, 2], kind: 'pie'})];
    for (const el of els) await el.renderComplete;
    await until(() => $(els[3]!, '[role=alert]'), 'the error');
    const {violations} = await run.run(page);
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).to.deep.equal([]);
  });

  it('draws again when it is put back, and shows the newest of several inputs', async () => {
    const el = add({tensor: [1, 2, 3]});
    await el.renderComplete;
    el.remove();
    el.tensor = [4, 5];
    page.append(el);
    el.tensor = [7, 8, 9, 10];
    await el.renderComplete;
    await frame();
    expect(await el.toCSV()).to.contain(',3,10');
    expect(drawn(el)).to.be.above(3);
  });

  it('follows its language', async () => {
    const el = add({tensor: [1, 2, 3], lang: 'zh'});
    await el.renderComplete;
    // its words are fetched
    await until(() => /[\u4e00-\u9fff]/.test(text(el)), 'Chinese');
  });
});
