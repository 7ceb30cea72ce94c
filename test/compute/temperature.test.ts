import {expect} from 'chai';
import {logLoss} from '../../src/compute/classification.js';
import {logitsOf} from '../../src/compute/probabilities.js';
import {applyTemperature, fitTemperature, fitTemperatureSteps, TEMPERATURE_RANGE} from '../../src/compute/temperature.js';
import {json, random} from '../helpers.js';

describe('temperature', () => {
  it('is where the derivative of the likelihood is 0, as scipy.optimize.brentq finds it', async () => {
    const {temperature: cases} = await json<{temperature: {name: string; n: number; c: number; truth: number[]; logits: number[]; temperature: number; nll: number; nllBefore: number}[]}>('refs/sklearn_metrics_cases.json');
    expect(cases).to.have.length(4);
    for (const {name, n, c, truth, logits, ...ref} of cases) {
      const fit = fitTemperature(logits, truth, n, c);
      expect(fit, name).to.not.have.property('reason');
      expect(fit.temperature / ref.temperature, name).to.be.closeTo(1, 1e-10);
      expect(fit.nll, name).to.be.closeTo(ref.nll, 1e-12);
      expect(fit.nllBefore / ref.nllBefore, name).to.be.closeTo(1, 1e-12);
      const p = applyTemperature(logits, n, c, fit.temperature);
      expect(logLoss(truth, p, n, c), name).to.be.closeTo(ref.nll, 1e-9);
    }
  });

  it('undoes a temperature: logits times 7 need one 7 times as high', () => {
    const next = random(6);
    const [n, c] = [300, 3];
    const truth = Int32Array.from({length: n}, () => next() * c);
    const logits = Float64Array.from({length: n * c}, (_, at) => 3 * next() + Number(at % c === truth[Math.floor(at / c)]));
    const {temperature} = fitTemperature(logits, truth, n, c);
    expect(fitTemperature(logits.map((z) => 7 * z), truth, n, c).temperature / temperature).to.be.closeTo(7, 1e-8);
    // a constant added to a row changes nothing, however large; log p are logits as well
    expect(fitTemperature(logits.map((z, at) => z + 100 * Math.floor(at / c)), truth, n, c).temperature).to.be.closeTo(temperature, 1e-8);
    expect(fitTemperature(logitsOf(applyTemperature(logits, n, c, 1), c), truth, n, c).temperature).to.be.closeTo(temperature, 1e-8);
    // two columns and their difference are one
    const two = Float64Array.from({length: 2 * n}, () => 3 * next());
    const labels = truth.map((y) => Number(y > 0));
    const one = Float64Array.from({length: n}, (_, i) => two[2 * i + 1]! - two[2 * i]!);
    expect(fitTemperature(one, labels, n, 1).temperature).to.be.closeTo(fitTemperature(two, labels, n, 2).temperature, 1e-6);
  });

  it('says where there is no minimum', () => {
    const [least, greatest] = TEMPERATURE_RANGE;
    expect(fitTemperature([2, 1, 0, 3], [0, 1], 2, 2)).to.include({temperature: least, nll: 0, reason: 'separable'});
    expect(fitTemperature([-2, 3], [0, 1], 2, 1)).to.include({temperature: least, reason: 'separable'});
    const worse = fitTemperature([1, 2, 3, 0], [0, 1], 2, 2);
    expect(worse).to.include({temperature: greatest, reason: 'worse-than-chance'});
    expect(worse.nll).to.be.closeTo(Math.LN2, 0.01);
    expect(fitTemperature([4, 4, 4, 2, 2, 2], [0, 1], 2, 3)).to.include({temperature: 1, reason: 'constant'});
    // right two times in three by a million: T = 1e6 / log 2, beyond the range
    expect(fitTemperature([1e6, 0, 1e6, 0, 1e6, 0], [0, 0, 1], 3, 2)).to.include({temperature: greatest, reason: 'out-of-range'});
    expect(fitTemperature([1e-6, 0, 1e-6, 0, 1e-6, 0], [0, 0, 1], 3, 2)).to.include({temperature: least, reason: 'out-of-range'});
    // within it: log(2) is the logit that is right two times in three
    expect(fitTemperature([10, 0, 10, 0, 10, 0], [0, 0, 1], 3, 2).temperature).to.be.closeTo(10 / Math.LN2, 1e-8);
    expect(fitTemperature([], [], 0, 2)).to.deep.include({temperature: NaN, reason: 'empty'});
    expect(fitTemperature([0, NaN], [0], 1, 2)).to.deep.include({temperature: NaN, reason: 'nan-scores'});
    expect(fitTemperature([0, -Infinity], [1], 1, 2)).to.deep.include({temperature: NaN, reason: 'infinite'});
    // what can't be, and isn't, is no matter
    expect(fitTemperature([10, 0, -Infinity, 10, 0, -Infinity, 10, 0, -Infinity], [0, 0, 1], 3, 3).temperature).to.be.closeTo(10 / Math.LN2, 1e-8);
  });

  it('is fitted to a million logits, letting others in', () => {
    const [n, c] = [250_000, 4];
    const next = random(1);
    const truth = Int32Array.from({length: n}, () => next() * c);
    const logits = Float32Array.from({length: n * c}, (_, at) => 9 * next() + 3 * Number(at % c === truth[Math.floor(at / c)]));
    const steps = fitTemperatureSteps(logits, truth, n, c);
    let yields = 0;
    let last = 0;
    for (;;) {
      const step = steps.next();
      if (step.done) {
        expect(step.value.nll).to.be.below(step.value.nllBefore);
        break;
      }
      expect(step.value).to.be.within(last - 1e-12, 1);
      last = step.value;
      yields++;
    }
    expect(yields).to.be.at.least(100);
  });
});
