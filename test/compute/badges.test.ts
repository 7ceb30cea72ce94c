import {expect} from 'chai';
import {badges, badgesSteps, chanceOf, MOST_UNITS} from '../../src/compute/badges.js';
import {type Units, unitRows, unitsOf} from '../../src/compute/units.js';
import {openSource} from '../../src/tensor/read-source.js';
import {modelUrl, noise} from '../helpers.js';

/** Units as rows. */
const rows = (...units: readonly (readonly number[])[]): [Float32Array, Units] => [Float32Array.from(units.flat()), {outer: 1, units: units.length, inner: units[0]!.length}];
const random = (n: number, seed: number): number[] => [...noise(n, seed)];

describe('badges', () => {
  it('finds units that are dead against the scale of the whole', () => {
    const found = badges(...rows(random(20, 1), random(20, 2).map((v) => v * 1e-4), random(20, 3), Array<number>(20).fill(0)));
    expect([...found.dead]).to.deep.equal([1, 3]);
    expect(found.duplicates).to.deep.equal([]);
    expect(found.rule).to.include({dead: 0.001, cosine: 0.999, looked: 'all'});
    // the norm of 3 and 4 is 5, of the other unit 0: √(25 / 2) is the scale
    expect(badges(...rows([3, 4], [0, 0])).rule.norm).to.be.closeTo(0.001 * Math.sqrt(12.5), 1e-12);
    // scaling all changes nothing
    expect([...badges(Float32Array.from([...random(20, 1), ...random(20, 2).map((v) => v * 1e-4)], (v) => v * 1e-30), {outer: 1, units: 2, inner: 20}).dead]).to.deep.equal([1]);
  });

  it('finds them where most are dead, and where one has grown large', () => {
    const most = badges(...rows(...Array.from({length: 20}, (_, i) => random(9, i + 1).map((v) => (i < 2 ? v : v * 1e-6)))));
    expect(most.dead).to.have.length(18);
    const grown = badges(...rows(...Array.from({length: 20}, (_, i) => random(9, i + 1).map((v) => (i ? v : v * 500)))));
    expect([...grown.dead]).to.deep.equal([]);
  });

  it('takes thresholds of one\'s own, and refuses what is none', () => {
    const weak = rows(random(9, 1), random(9, 2).map((v) => v / 50));
    expect([...badges(...weak).dead]).to.deep.equal([]);
    expect([...badges(...weak, {dead: 0.1}).dead]).to.deep.equal([1]);
    const near = rows([1, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0.1, 0, 0, 0, 0, 0, 0, 0]);
    expect(badges(...near).duplicates).to.deep.equal([]);
    const [twin] = badges(...near, {cosine: 0.99}).duplicates;
    expect(twin!.cosine).to.be.closeTo(1 / Math.sqrt(1.01), 1e-7);
    for (const options of [{dead: -1}, {dead: NaN}, {cosine: 1}, {cosine: 0}, {cosine: NaN}]) expect(() => badges(...near, options)).to.throw(RangeError);
  });

  it('finds duplicates and opposites, whatever their size', () => {
    const a = random(30, 5);
    const b = random(30, 6);
    const found = badges(...rows(a, b, a.map((v) => 3 * v), b.map((v) => -v), a.map((v, i) => v + 0.001 * b[i]!)));
    expect(found.duplicates.map(({unit, of}) => [unit, of])).to.deep.equal([[2, 0], [4, 0]]);
    expect(found.duplicates[0]!.cosine).to.be.closeTo(1, 1e-7);
    expect(found.opposites.map(({unit, of}) => [unit, of])).to.deep.equal([[3, 1]]);
    expect(found.opposites[0]!.cosine).to.be.closeTo(-1, 1e-7);
  });

  it('misses none and adds none: the same as comparing all with all', () => {
    // directions in bundles, so that many cosines lie near the threshold; places that are alike in all; units of zeros
    const [units, length] = [120, 40];
    const spread = noise(units * length, 9);
    const base = noise(12 * length, 10);
    const values = Float32Array.from({length: units * length}, (_, i) => {
      const [u, k] = [Math.floor(i / length), i % length];
      if (k < 5 || u % 37 === 0) return 0;
      return (u % 3 ? 1 : -1) * (base[(u % 12) * length + k]! + 0.05 * (u / units) * spread[i]!);
    });
    const layout = {outer: 1, units, inner: length};
    const cosine = (a: number, b: number): number => {
      let [dot, p, q] = [0, 0, 0];
      for (let k = 0; k < length; k++) {
        const [x, y] = [values[a * length + k]!, values[b * length + k]!];
        dot += x * y;
        p += x * x;
        q += y * y;
      }
      return dot / Math.sqrt(p * q);
    };
    for (const threshold of [0.9, 0.999, 0.9999]) {
      const wanted: number[][] = [];
      const opposite: number[][] = [];
      for (let u = 0; u < units; u++) {
        const before = Array.from({length: u}, (_, v) => v);
        const twin = before.find((v) => cosine(u, v) > threshold);
        const other = before.find((v) => cosine(u, v) < -threshold);
        if (twin !== undefined) wanted.push([u, twin]);
        else if (other !== undefined) opposite.push([u, other]);
      }
      const found = badges(values, layout, {cosine: threshold});
      expect(wanted.length).to.be.above(5);
      expect(found.duplicates.map(({unit, of}) => [unit, of]), String(threshold)).to.deep.equal(wanted);
      expect(found.opposites.map(({unit, of}) => [unit, of]), String(threshold)).to.deep.equal(opposite);
      expect([...found.dead]).to.deep.equal([0, 37, 74, 111]);
    }
  });

  it('does with weights that are all alike, and with few', () => {
    const zeros = badges(...rows([0, 0, 0], [0, 0, 0]));
    expect([...zeros.dead]).to.deep.equal([0, 1]);
    expect(zeros.duplicates).to.deep.equal([]);
    const ones = badges(new Float32Array(50).fill(0.5), {outer: 1, units: 5, inner: 10});
    expect([...ones.dead]).to.deep.equal([]);
    expect(ones.duplicates.map(({of}) => of)).to.deep.equal([0, 0, 0, 0]);
    // a single value a unit has no direction
    const bias = badges(Float32Array.of(1, 0, 1), {outer: 1, units: 3, inner: 1});
    expect([bias.dead.length, bias.duplicates.length, bias.rule.looked]).to.deep.equal([0, 0, 'none']);
    expect(badges(new Float32Array(0), {outer: 3, units: 0, inner: 1}).units).to.equal(0);
    expect(badges(...rows([1, 2, 3])).duplicates).to.deep.equal([]);
    expect(() => badges(new Float32Array(3), {outer: 1, units: 2, inner: 2})).to.throw(RangeError);
  });

  it('leaves units with NaN or infinities out', () => {
    const found = badges(...rows([1, NaN, 2], [1, 2, 3], [Infinity, 0, 0], [2, 4, 6], [0, 0, 0]));
    expect(found.odd).to.deep.equal([0, 2]);
    expect([...found.dead]).to.deep.equal([4]);
    expect(found.duplicates).to.have.length(1);
    expect(found.rule.norm).to.be.closeTo(0.001 * Math.sqrt((14 + 56) / 3), 1e-9);
  });

  it('compares no units so short that they are alike by chance', () => {
    // the share of a circle, and of a sphere, within 2.56°
    expect(chanceOf(0.999, 2)).to.be.closeTo(Math.acos(0.999) / Math.PI, 1e-9);
    expect(chanceOf(0.999, 3)).to.be.closeTo(0.0005, 1e-9);
    // scipy.special.betainc((d - 1) / 2, 0.5, 1 - c * c) / 2, scipy 1.17.1
    expect(chanceOf(0.999, 9) / 2.184876093593632e-12).to.be.closeTo(1, 1e-6);
    expect(chanceOf(0.5, 30) / 0.002090319257477297).to.be.closeTo(1, 1e-6);
    expect(chanceOf(0.999, 4608)).to.be.at.least(0).and.below(1e-300);
    const plane = badges(noise(2 * 64), {outer: 2, units: 64, inner: 1});
    expect([plane.rule.looked, plane.duplicates.length]).to.deep.equal(['short', 0]);
    expect(plane.rule.chance).to.be.closeTo(28.7, 0.1);
    expect(badges(noise(9 * 512), {outer: 9, units: 512, inner: 1}).rule.looked).to.equal('all');
    expect(badges(noise(9 * (MOST_UNITS + 1)), {outer: 9, units: MOST_UNITS + 1, inner: 1}).rule.looked).to.equal('many');
  });

  it('goes in short steps with many units', () => {
    for (const [units, length] of [[4096, 1152], [10000, 64]] as const) {
      const values = noise(units * length);
      let steps = 0;
      let share = 0;
      for (const s of badgesSteps(values, {outer: length, units, inner: 1})) {
        expect(s >= share && s <= 1).to.equal(true);
        share = s;
        steps++;
      }
      // every pair is looked at in eight places at least, and every value once
      expect(steps).to.be.above((units * units * 4 + units * length) / (1 << 18) / 2);
    }
  });

  it('finds little in healthy models', async () => {
    const few: Record<string, number> = {};
    let all = 0;
    for (const model of ['cnn-explainer-tinyvgg', 'ml5-darknet-tiny', 'nnv-fashion-mnist', 'explornn-med_bs_10', 'explornn-med_bs_20', 'tensorspace-lenet', 'tfjs-gru-embedding', 'human-gender', 'predictive-prefetch', 'brainchop-model5', 'ml5-cvae']) {
      const read = await openSource(modelUrl(model));
      if (!('model' in read)) throw new Error(`${model} is no model`);
      const counts = {units: 0, dead: 0, duplicates: 0, opposites: 0};
      let weakest = Infinity;
      for (const weight of read.model.weights) {
        const layout = weight.constant ? null : unitsOf(weight.kind, weight.shape);
        if (!layout) continue;
        const {data} = await weight.read();
        const found = badges(data, layout);
        counts.units += layout.units;
        counts.dead += found.dead.length;
        counts.duplicates += found.duplicates.length;
        counts.opposites += found.opposites.length;
        const length = layout.outer * layout.inner;
        if (length < 2) continue;
        const by = unitRows(data, layout);
        for (let u = 0; u < layout.units; u++) {
          const norm = Math.hypot(...by.subarray(u * length, (u + 1) * length));
          if (norm > found.rule.norm) weakest = Math.min(weakest, (norm / found.rule.norm) * 0.001);
        }
        if (found.dead.length + found.duplicates.length) console.log(`      ${model} ${weight.address} ${weight.shape.join('×')}: dead ${[...found.dead].join(' ')}; duplicates ${found.duplicates.map(({unit, of}) => `${unit}=${of}`).join(' ')}`);
      }
      console.log(`      ${model}: of ${counts.units} units ${counts.dead} dead, ${counts.duplicates} duplicates, ${counts.opposites} opposites; weakest live ${weakest.toFixed(4)}`);
      all += counts.units;
      few[model] = (counts.dead + counts.duplicates) / counts.units;
    }
    expect(all).to.be.above(3000);
    // human-gender has filters that are all but 0 in its first convolution
    for (const [model, share] of Object.entries(few)) expect(share, model).to.be.at.most(model === 'human-gender' ? 0.005 : 0);
  });
});
