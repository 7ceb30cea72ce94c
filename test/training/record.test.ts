import {expect} from 'chai';
import {BINS, type Measured} from '../../src/training/measurement.js';
import {addEpoch, addNonFinite, addSnapshot, addStep, addUnits, newStore, readRecord, readRecordSteps, runData, type RunData, type Store} from '../../src/training/record.js';
import {judgeStep, newJudge} from '../../src/training/rules.js';
import {failure, finish, noise} from '../helpers.js';

const WEIGHTS = [
  {address: 'a/kernel', layer: 'a', weight: 'kernel', shape: [4, 3], layerType: 'Dense', activation: 'relu'},
  {address: 'a/bias', layer: 'a', weight: 'bias', shape: [3], layerType: 'Dense', activation: 'relu'},
] as const;

const histogram = {min: -1, max: 2, counts: Uint16Array.from({length: BINS}, (_, i) => i)};
const measuredAt = (step: number): Measured => ({
  gradientRms: Float32Array.of(step, 0.5),
  gradientMean: Float32Array.of(step / 2, 0.25),
  weightRms: Float32Array.of(2, 0),
  updateRms: Float32Array.of(0.5, 0),
  gradientHistogram: [histogram, histogram],
  weightHistogram: [{...histogram, min: -step}, histogram],
});

/** Steps as the watch would take them, NaN at some. */
function fake(steps: number, odd: ReadonlySet<number>): Store {
  const store = newStore();
  store.weights.push(...WEIGHTS);
  const judge = newJudge(store.weights, store.findings);
  for (let step = 0; step < steps; step++) {
    const bad = odd.has(step);
    const measured = bad ? null : measuredAt(1);
    const numbers = {loss: bad ? NaN : 1, gradientOdd: Uint8Array.of(Number(bad), 0), beforeOdd: Uint8Array.of(0, 0), lossOdd: bad, batchOdd: false, measured};
    const found = judgeStep(judge, {step, loss: numbers.loss, learningRate: 0.1, numbers, at: [0, 1], batchSeen: true, firstOdd: undefined});
    if (bad) addNonFinite(store, step, {gradients: [0], weights: [], loss: true, batch: false});
    addStep(store, {step, kept: bad || found.length > 0, loss: numbers.loss, learningRate: 0.1}, [0, 1], measuredAt(step));
  }
  return store;
}

/** All there is of a run. */
const whole = (run: RunData): unknown => ({
  ...run,
  steps: run.steps,
  stepCount: run.stepCount,
  curve: run.curve,
  units: run.units,
  snapshots: run.snapshots,
  values: (['gradient-rms', 'gradient-norm', 'gradient-mean', 'weight-rms', 'update-rms', 'update-ratio'] as const).map((metric) => run.values(metric)),
  histograms: [0, 1].flatMap((w) => [run.histograms('gradient', w), run.histograms('weight', w)]),
  record: null,
});

/** Runs something in a browser that lacks these methods of Uint8Array. */
function without<T>(names: readonly string[], run: () => T): T {
  const own = names.map((name) => Object.getOwnPropertyDescriptor(Uint8Array.prototype, name));
  for (const name of names) Reflect.deleteProperty(Uint8Array.prototype, name);
  try {
    return run();
  } finally {
    for (const [i, name] of names.entries()) if (own[i]) Object.defineProperty(Uint8Array.prototype, name, own[i]);
  }
}
const NATIVE = ['setFromBase64', 'toBase64'];

describe('record of a training run', () => {
  const ODD = new Set([131, 4000, 4001, 9999, 12345, 19998]);

  it('stays within its bounds over 20,000 steps, and keeps every anomaly', () => {
    const store = fake(20000, ODD);
    const run = runData(store);
    expect(run.stepCount).to.equal(20000);
    expect(run.steps.length).to.be.lessThan(2050).and.greaterThan(1000);
    expect(run.curve.steps.length).to.be.lessThan(4100).and.greaterThan(2000);
    expect(run.histograms('gradient', 0).steps.length).to.be.lessThan(2050);
    for (const steps of [run.steps, run.curve.steps]) {
      for (const step of ODD) expect(steps.includes(step), String(step)).to.equal(true);
      expect(steps[0]).to.equal(0);
      expect(steps.at(-1)).to.equal(19999);
      expect(Array.from(steps)).to.deep.equal(Array.from(steps).toSorted((a, b) => a - b));
    }
    // thinned evenly
    expect(Math.max(...run.steps.slice(1).map((step, i) => step - run.steps[i]!))).to.be.at.most(16);
    expect(run.nonFinite.map(({from, to}) => [from, to])).to.deep.equal([[131, 131], [4000, 4001], [9999, 9999], [12345, 12345], [19998, 19998]]);
    expect(run.findings.map(({step, last}) => [step, last])).to.deep.equal([[131, 131], [4000, 4001], [9999, 9999], [12345, 12345], [19998, 19998]]);
    const at = run.steps.indexOf(4000);
    expect(run.values('gradient-rms')[at * 2]).to.equal(4000);
    expect(JSON.stringify(run.record()).length).to.be.lessThan(2e6);
  });

  it('survives JSON whole, NaN and infinities included', () => {
    const store = fake(300, new Set([10, 290]));
    addEpoch(store, {epoch: 0, step: 150, logs: {loss: NaN, val_loss: Infinity, acc: 0.1}});
    addSnapshot(store, {step: 3, kept: false, weights: [Float32Array.from({length: 12}, (_, i) => i / 7), Float32Array.of(NaN, -Infinity, 0)], gradients: [Float32Array.from({length: 12}, () => 1e-30), null]});
    addSnapshot(store, {step: 300, kept: false, weights: [null, Float32Array.of(1, 2, 3)], gradients: null});
    store.layers = [{layer: 'a', kind: 'dead', activation: 'relu'}];
    addUnits(store, 0, false, Float32Array.of(0.25));
    const run = runData(store);
    const text = JSON.stringify(run.record());
    expect(JSON.parse(text).version).to.equal(1);
    for (const given of [text, JSON.parse(text) as unknown, run.record()]) {
      for (const read of [readRecord(given), finish(readRecordSteps(given)), without(NATIVE, () => readRecord(given)), without(NATIVE, () => finish(readRecordSteps(given)))]) {
        expect(whole(read)).to.deep.equal(whole(run));
        expect(JSON.stringify(read.record())).to.equal(text);
        expect(JSON.stringify(without(NATIVE, () => read.record()))).to.equal(text);
      }
    }
    expect(run.values('update-ratio')[0]).to.equal(0.25);
    expect(run.values('update-ratio')[1]).to.satisfy(Number.isNaN);
    expect(run.values('gradient-norm')[3]).to.be.closeTo(0.5 * Math.sqrt(3), 1e-7);
    expect(run.histograms('weight', 0).min[5]).to.equal(-5);
  });

  it('decodes weights in full when they are asked for, or in small steps', () => {
    const store = newStore();
    const kernel = {...WEIGHTS[0], shape: [1024, 1024]};
    store.weights.push(kernel, WEIGHTS[1]);
    const large = noise(1 << 20);
    addSnapshot(store, {step: 0, kept: false, weights: [large, Float32Array.of(1, 2, 3)], gradients: [large.slice(), null]});
    const json = JSON.parse(JSON.stringify(runData(store).record())) as unknown;
    const [snapshot] = readRecord(json).snapshots;
    const decoded = (arrays: readonly (Float32Array | null)[]): boolean[] => Array.from(arrays.keys(), (i) => 'value' in Object.getOwnPropertyDescriptor(arrays, i)!);
    expect(decoded(snapshot!.weights)).to.deep.equal([false, false]);
    expect(snapshot!.weights[0]).to.deep.equal(large);
    expect(snapshot!.weights[0]).to.equal(snapshot!.weights[0]);
    expect(decoded(snapshot!.weights)).to.deep.equal([true, false]);
    expect(decoded(snapshot!.gradients!)).to.deep.equal([false, true]);
    for (const missing of [[], NATIVE]) {
      const read = without(missing, () => {
        const steps = readRecordSteps(json);
        let count = 0;
        for (;;) {
          const step = steps.next();
          // at most 192 KB each
          if (step.done) return {run: step.value, count};
          count++;
        }
      });
      expect(read.count).to.be.greaterThan(2 * (large.byteLength / 3 / 2 ** 16));
      expect(decoded(read.run.snapshots[0]!.weights)).to.deep.equal([true, true]);
      expect(read.run.snapshots[0]!.gradients![0]).to.deep.equal(large);
    }
  });

  it('has room for weights that come later', () => {
    const store = newStore();
    store.weights.push(WEIGHTS[0]);
    const one = (m: Measured): Measured => ({...m, gradientRms: m.gradientRms.subarray(0, 1)});
    addStep(store, {step: 0, kept: false, loss: 1, learningRate: 0.1}, [0], one(measuredAt(7)));
    store.weights.push(WEIGHTS[1]);
    addStep(store, {step: 1, kept: false, loss: 1, learningRate: 0.1}, [1, 0], measuredAt(8));
    for (const run of [runData(store), readRecord(runData(store).record())]) {
      expect(Array.from(run.values('gradient-rms'))).to.deep.equal([7, NaN, 0.5, 8]);
    }
  });

  it('is refused in words where it is none, or not whole', async () => {
    const good = runData(fake(20, new Set([3]))).record();
    const refused = (given: unknown): Promise<Error> => failure(() => readRecord(given));
    expect(await refused('{"version": 1')).to.include({key: 'recordJson'});
    expect(await refused([1])).to.include({key: 'recordKind'});
    expect(await refused({...good, version: 2})).to.include({key: 'recordVersion'});
    const parts: [string, unknown][] = [
      ['weights', undefined],
      ['weights', [{address: 'a'}]],
      ['measured', {...(good.measured as object), values: {type: 'float32', base64: 'AAAAAA=='}}],
      ['measured', {...(good.measured as object), values: {type: 'float32', base64: '!'}}],
      ['curve', {}],
      ['epochs', [1]],
      ['findings', 'x'],
      ['nonFinite', [{from: 0, to: 1, gradients: [7], weights: []}]],
      ['snapshots', [{step: 0, weights: [[1]], gradients: null}]],
      ['snapshots', [{step: 0, weights: [null, {type: 'float32', base64: 'AAAAAAAAAAAAAAA='}], gradients: null}]],
      ['snapshots', [{step: 0, weights: [null, {type: 'uint16', base64: 'AAAAAAAAAAAAAAAA'}], gradients: null}]],
      ['units', null],
      ['stepCount', '3'],
    ];
    for (const [part, value] of parts) {
      for (const error of [await refused({...good, [part]: value}), await failure(() => finish(readRecordSteps({...good, [part]: value})))]) {
        expect(error, part).to.include({key: 'recordPart'});
        expect(error.message).to.contain(part);
      }
    }
    const odd = (base64: string): object => ({...good, snapshots: [{step: 0, kept: false, weights: [null, {type: 'float32', base64}], gradients: null}]});
    expect(readRecord(odd('AAAAAAAAAAAAAAAA')).snapshots[0]!.weights).to.deep.equal([null, new Float32Array(3)]);
    for (const missing of [[], NATIVE]) {
      expect(await failure(() => without(missing, () => readRecord(odd('AAAAAAAAAAA!AAAA')).snapshots[0]!.weights[1]))).to.include({key: 'recordPart'});
      expect(await failure(() => without(missing, () => finish(readRecordSteps(odd('AAAAAAAAAAA!AAAA')))))).to.include({key: 'recordPart'});
    }
  });
});
