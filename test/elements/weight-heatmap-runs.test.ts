import * as tf from '@tensorflow/tfjs';
import {expect} from 'chai';
import '../../src/weight-heatmap.js';
import {watch} from '../../src/training.js';
import type {RunSnapshot} from '../../src/training/record.js';
import {$, $$, add, type Heatmap, page, settled, text, until, wait} from './page.js';

type Weights = Readonly<Record<string, readonly number[]>>;

/** A run as elements read it, of snapshots at every 10th step; each weight by address. */
function runOf(...snapshots: readonly Weights[]) {
  const addresses = [...new Set(snapshots.flatMap((s) => Object.keys(s)))];
  return {
    weights: addresses.map((address) => ({address, layer: address.split('/')[0]!, weight: address.split('/')[1]!, shape: [snapshots.find((s) => s[address])![address]!.length], layerType: 'Dense', activation: null})),
    stepCount: 10 * snapshots.length, steps: new Float64Array(0), values: () => new Float32Array(0), curve: {steps: new Float64Array(0), loss: new Float64Array(0)}, epochs: [], findings: [], nonFinite: [], units: {},
    snapshots: snapshots.map((s, i): RunSnapshot => ({step: 10 * i, kept: false, weights: addresses.map((a) => (s[a] ? Float32Array.from(s[a]) : null)), gradients: null})),
  };
}

/** A run that goes on: it fires as `watch()` has it. */
class Live extends EventTarget {
  takesSnapshots = true;
  stopped = false;
  snapshots: RunSnapshot[] = [];
  constructor(of: object) {
    super();
    Object.assign(this, of, {snapshots: []});
  }
  grow(snapshot: RunSnapshot | null): void {
    if (snapshot) this.snapshots.push(snapshot);
    this.dispatchEvent(new Event(snapshot ? 'step' : 'end'));
  }
}

const values = async (el: Heatmap): Promise<number[]> => (await el.toCSV()).trim().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map(Number));
const chooser = (el: Element, label: string): HTMLSelectElement => $$<HTMLLabelElement>(el, '.controls label').find((l) => l.textContent.includes(label))!.querySelector('select')!;
function choose(el: Element, label: string, value: string): void {
  const select = chooser(el, label);
  select.value = value;
  select.dispatchEvent(new Event('change'));
}
const failed = (el: Element): boolean => el.matches(':state(error)');

describe('<weight-heatmap run>', () => {
  afterEach(() => page.replaceChildren());

  it('keeps the run where what is chosen of it cannot be had', async () => {
    const el = add({run: runOf({'d/kernel': [1, 2]}, {'d/kernel': [3, 4]}), layer: 'nonsense'});
    await settled(el);
    expect(failed(el)).to.equal(true);
    expect(text(el)).to.contain('nonsense');
    expect(el.errors.length).to.equal(1);
    expect($(el, '.player')).to.not.equal(null);
    el.step = 0;
    await settled(el);
    expect(el.errors.length, 'the same error at another step').to.equal(1);
    el.layer = 'd';
    await settled(el);
    expect(failed(el)).to.equal(false);
    expect(await values(el)).to.deep.equal([1, 2]);
    [el.layer, el.complex] = [null, 'nonsense' as never];
    await settled(el);
    expect(text(el)).to.contain('complex="nonsense"');
    el.complex = null;
    await settled(el);
    expect($$(el, '[part=tile]').length).to.equal(1);
    expect($(el, '.player')).to.not.equal(null);
    expect(el.errors.length).to.equal(2);
  });

  it('keeps the choice of runs where the one that is picked lacks the layer, or has kept nothing', async () => {
    const run = [{name: 'a', run: runOf({'dense/kernel': [1, 2]})}, {name: 'b', run: runOf({'other/kernel': [5, 6]})}, {name: 'c', run: {...runOf({'dense/kernel': [0]}), snapshots: []}}];
    const el = add({run, layer: 'dense'});
    await settled(el);
    expect(await values(el)).to.deep.equal([1, 2]);
    choose(el, 'Run', '1');
    await settled(el);
    expect(text(el)).to.contain('dense');
    expect(failed(el)).to.equal(true);
    choose(el, 'Run', '2');
    await settled(el);
    expect(text(el)).to.contain('Record it with watch(model, {snapshots');
    choose(el, 'Run', '0');
    await settled(el);
    expect(failed(el)).to.equal(false);
    expect(await values(el)).to.deep.equal([1, 2]);
  });

  it('gives way when another step is asked for while it reads', async () => {
    const large = (v: number): number[] => Array.from({length: 1 << 20}, (_, i) => v + i);
    const el = add({run: runOf({'d/kernel': large(0)}, {'d/kernel': large(1)}, {'d/kernel': large(3)}), runView: 'since-previous', layer: 'd'});
    for (const step of [10, 20, 10, null, 10]) {
      el.step = step;
      void el.refresh();
      await wait(3);
    }
    await until(async () => (await settled(el), el.stats), 'a picture');
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    expect(el.stats!.mean).to.equal(1);
    expect(text(el)).to.contain('since step 0');
  });

  it('draws on when it was taken out of the page while a step was read', async () => {
    const large = (v: number): number[] => Array.from({length: 1 << 20}, (_, i) => v + i);
    const el = add({run: runOf({'d/kernel': large(0)}, {'d/kernel': large(1)}, {'d/kernel': large(3)}), runView: 'since-first', layer: 'd'});
    await settled(el);
    expect(el.stats!.mean).to.equal(3);
    el.step = 10;
    await el.updateComplete;
    el.remove();
    await wait(20);
    page.append(el);
    await settled(el);
    await until(() => el.stats?.mean === 1, 'the step that was asked for');
  });

  it('says what changes are told from, though that snapshot is thinned away meanwhile', async () => {
    const run = runOf({'d/kernel': [1, 0]}, {'d/kernel': [1, 1]}, {'d/kernel': [1, 3]});
    const el = add({run, runView: 'since-previous', step: 20});
    await settled(el);
    expect(text(el)).to.contain('since step 10');
    run.snapshots.splice(1, 1);
    el.requestUpdate();
    await settled(el);
    expect(text(el)).to.contain('since step 10');
    await el.refresh();
    expect(text(el)).to.contain('Most changed since step 0');
  });

  it('waits in words for the first snapshot, and hides no other run for it', async () => {
    const of = runOf({'d/kernel': [1, 2]}, {'d/kernel': [3, 4]});
    const live = new Live(of);
    const el = add({run: live, layer: 'd'});
    await settled(el);
    expect(text(el)).to.contain('Waiting for the first snapshot of the run.');
    expect([failed(el), el.matches(':state(empty)'), el.errors.length, el.loads]).to.deep.equal([false, true, 0, 0]);
    live.grow(of.snapshots[0]!);
    await until(() => el.stats, 'the first snapshot');
    expect([el.loads, el.errors.length]).to.deep.equal([1, 0]);
    live.grow(of.snapshots[1]!);
    await until(() => el.stats?.max === 4, 'the second snapshot');
    expect(el.loads).to.equal(1);
    const never = new Live(of);
    el.run = [{name: 'never', run: never}, {name: 'done', run: of}];
    await settled(el);
    expect(chooser(el, 'Run').value).to.equal('1');
    expect(await values(el)).to.deep.equal([3, 4]);
    choose(el, 'Run', '0');
    await settled(el);
    expect(text(el)).to.contain('Waiting for the first snapshot');
    never.grow(of.snapshots[0]!);
    await until(() => el.stats?.max === 2, 'what the other run has kept');
    expect(chooser(el, 'Run').value).to.equal('0');
    const ended = new Live(of);
    el.run = ended;
    await settled(el);
    ended.stopped = true;
    ended.grow(null);
    await until(() => el.errors.length, 'an error: it has kept nothing');
    await settled(el);
    expect(el.errors).to.have.length(1);
    expect(text(el)).to.contain('Record it with watch(model, {snapshots');
    el.run = null;
    await settled(el);
    expect(text(el)).to.not.contain('Waiting');
  });

  it('is done before training begins', async () => {
    await tf.setBackend('cpu');
    const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], name: 'dense'})]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const run = watch(model, {tf, every: 1, snapshots: 1});
    const el = add({run});
    await settled(el);
    const [xs, ys] = [tf.ones([8, 3]), tf.ones([8, 2])];
    await model.fit(xs, ys, {epochs: 2, batchSize: 4, verbose: 0, yieldEvery: 'never'});
    run.stop();
    await until(() => $$(el, '[part=tile]').length === 2, 'tiles');
    expect(el.errors.map((e) => e.message)).to.deep.equal([]);
    tf.dispose([xs, ys]);
    model.dispose();
  });

  it('compares each step with what it is compared with, under both sets of controls', async () => {
    const el = add({run: runOf({'d/kernel': [1, 2]}, {'d/kernel': [3, 4]}), compare: {'d/kernel': [1, 1]}, layer: 'd'});
    await settled(el);
    expect(await values(el)).to.deep.equal([2, 3]);
    expect($(el, '.player')).to.not.equal(null);
    expect($$(el, '.controls select')).to.have.length(2);
    el.step = 0;
    await settled(el);
    expect(await values(el)).to.deep.equal([0, 1]);
    expect(text(el)).to.contain('1 weight compared').and.not.contain('colours span all steps');
    el.compare = null;
    await settled(el);
    expect(await values(el)).to.deep.equal([1, 2]);
    expect(text(el)).to.contain('colours span all steps').and.not.contain('compared');
    expect(el.errors).to.have.length(0);
  });

  it('tells what is wrong with a comparison at every update, and shows nothing of a view that is none', async () => {
    const el = add({run: runOf({'d/kernel': [1, 2]}, {'d/kernel': [3, 4]}), compare: [[1]], layer: 'd'});
    await settled(el);
    expect(text(el)).to.contain('Cannot compare');
    el.step = 0;
    await settled(el);
    el.requestUpdate();
    await settled(el);
    expect(text(el)).to.contain('Cannot compare');
    el.compare = null;
    await settled(el);
    expect(await values(el)).to.deep.equal([1, 2]);
    el.runView = 'nonsense' as never;
    await settled(el);
    expect(text(el)).to.contain('since-first, since-previous');
    expect(el.stats).to.equal(null);
    el.runView = 'since-first';
    el.step = 10;
    await settled(el);
    expect(await values(el)).to.deep.equal([2, 2]);
    expect(el.errors).to.have.length(2);
  });

  it('asks for a newer record on refresh, and refuses a list of none', async () => {
    const {record} = await recorded();
    const asked: (string | undefined)[] = [];
    const own: typeof fetch = async (_input, init) => {
      asked.push(init?.cache);
      return new Response(record);
    };
    const el = add({fetch: own, runSrc: 'https://runs.test/run.json'});
    await settled(el);
    await el.refresh();
    expect(asked).to.deep.equal([undefined, 'no-cache']);
    el.run = [];
    await settled(el);
    expect(text(el)).to.contain('Expected a run');
  });
});

/** A short run as JSON. */
async function recorded(): Promise<{record: string}> {
  await tf.setBackend('cpu');
  const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], name: 'dense'})]});
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  const run = watch(model, {tf, every: 1, snapshots: 1});
  const [xs, ys] = [tf.ones([8, 3]), tf.ones([8, 2])];
  await model.fit(xs, ys, {epochs: 1, batchSize: 4, verbose: 0});
  run.stop();
  tf.dispose([xs, ys]);
  model.dispose();
  return {record: JSON.stringify(run.record())};
}
