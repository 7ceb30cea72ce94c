import {expect} from 'chai';
import {NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY} from '../../src/compute/line-pyramid.js';
import {adoptSeriesSteps, appendPoints, buildSeries, extremesOf, newSeries, type Reduction, reduceSeries, type Series} from '../../src/compute/series.js';
import type {Problem} from '../../src/words/kinds.js';
import {failure, finish, random} from '../helpers.js';

const finite = Number.isFinite;
const bitOf = (v: number): number => (Number.isNaN(v) ? NAN : v > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);

/** The same reduction, point by point. */
function bruteForce(x: number[], y: number[], x0: number, x1: number, width: number): {points: number[]; breaks: number[]; special: number[]} {
  const columns: number[][] = Array.from({length: width}, () => []);
  const edge = (c: number): number => x0 + ((x1 - x0) * c) / width;
  x.forEach((v, i) => {
    for (let c = 0; c < width; c++) if (v <= x1 && v >= (c ? edge(c) : x0) && (c === width - 1 || v < edge(c + 1))) columns[c]!.push(i);
  });
  const special = columns.map((rows) => rows.reduce((bits, i) => (finite(y[i]) ? bits : bits | bitOf(y[i]!)), 0));
  const chosen = columns.flatMap((rows) => {
    const good = rows.filter((i) => finite(y[i]));
    if (!good.length) return [];
    const low = Math.min(...good.map((i) => y[i]!));
    const high = Math.max(...good.map((i) => y[i]!));
    return [good[0]!, good.find((i) => y[i] === low)!, good.find((i) => y[i] === high)!, good.at(-1)!];
  });
  const inside = x.flatMap((v, i) => (v >= x0 && v <= x1 ? [i] : []));
  const left = inside.length ? inside[0]! - 1 : x.filter((v) => v < x0).length - 1;
  const right = inside.length ? inside.at(-1)! + 1 : x.filter((v) => v <= x1).length;
  const points = [...new Set([left, ...chosen, right])].filter((i) => finite(y[i])).sort((a, b) => a - b);
  const breaks = points.map((i, k) => (k === 0 || y.slice(points[k - 1]! + 1, i).some((v) => !finite(v)) ? 1 : 0));
  return {points, breaks, special};
}

const plain = ({points, breaks, special}: Reduction): {points: number[]; breaks: number[]; special: number[]} => ({points: [...points], breaks: [...breaks], special: [...special]});
const contents = (s: Series): unknown => ({x: [...s.x.subarray(s.start, s.end)], ys: s.ys.map((y) => [...y.subarray(s.start, s.end)]), removed: s.removed});

/** Values with ties, and special ones alone and in runs. */
function wild(n: number, seed: number): {x: number[]; y: number[]} {
  const next = random(seed);
  const x: number[] = [];
  const y: number[] = [];
  let at = -5;
  let special: number | null = null;
  for (let i = 0; i < n; i++) {
    at += next() < 0.2 ? 0 : next() < 0.02 ? 50 * next() : next();
    if (special === null && next() < 0.05) special = [NaN, Infinity, -Infinity][Math.floor(3 * next())]!;
    else if (special !== null && next() < 0.2) special = null;
    x.push(at);
    y.push(special ?? Math.round(10 * next()));
  }
  return {x, y};
}

describe('series', () => {
  it('reduces as going point by point does, at any zoom', () => {
    let reduced = 0;
    for (const [n, seed] of [[0, 1], [1, 2], [2, 3], [15, 4], [16, 5], [17, 6], [257, 7], [900, 8], [5000, 9]] as const) {
      const {x, y} = wild(n, seed);
      const series = buildSeries(x, [y]);
      const next = random(seed + 100);
      const reach = (x.at(-1) ?? 0) + 5;
      const views: [number, number, number][] = [[-5, reach, 7], [-5, reach, 100], [-1e9, 1e9, 3], [x[0] ?? 0, x.at(-1) ?? 1, 40], [reach + 1, reach + 2, 5], [-20, -10, 5]];
      for (let k = 0; k < 25; k++) {
        const a = -10 + next() * reach;
        views.push([a, a + next() ** 4 * reach, 1 + Math.floor(60 * next())]);
      }
      for (const [x0, x1, width] of views) {
        const own = reduceSeries(series, 0, x0, x1, width);
        expect(plain(own), `${n} points, ${x0} to ${x1} in ${width}`).to.deep.equal(bruteForce(x, y, x0, x1, width));
        expect(own.points.length).to.be.at.most(4 * width + 2);
        reduced += own.points.length;
        const seen = y.filter((_, i) => x[i]! >= x0 && x[i]! <= x1);
        const {min, max, special} = extremesOf(series, 0, x0, x1);
        const good = seen.filter(finite);
        expect([min, max]).to.deep.equal(good.length ? [Math.min(...good), Math.max(...good)] : [NaN, NaN]);
        expect(special).to.equal(seen.reduce((bits, v) => (finite(v) ? bits : bits | bitOf(v)), 0));
      }
    }
    expect(reduced).to.be.above(1000);
  });

  it('keeps a lone spike, a lone NaN and a lone −∞ in a million points in sight', () => {
    const n = 1_000_000;
    const next = random(5);
    const x = Float64Array.from({length: n}, (_, i) => i);
    const y = Float64Array.from({length: n}, () => next());
    const [spike, dip, hole, pit] = [654_321, 222_222, 345_678, 999_983];
    y[spike] = 50;
    y[dip] = -50;
    y[hole] = NaN;
    y[pit] = -Infinity;
    const series = buildSeries(x, [y]);
    for (const width of [1, 3, 100, 1000]) {
      for (const [x0, x1] of [[0, n], [200_000, 700_000], [222_000, 655_000]] as const) {
        const own = reduceSeries(series, 0, x0, x1, width);
        expect([...own.points]).to.include.members([spike, dip]);
        const column = Math.floor(((hole - x0) / (x1 - x0)) * width);
        expect(own.special[column]).to.equal(width === 1 && x1 === n ? NAN | NEGATIVE_INFINITY : NAN | (x1 === n && column === width - 1 ? NEGATIVE_INFINITY : 0));
        expect(own.special.reduce((sum, bits) => sum + (bits & NAN ? 1 : 0), 0)).to.equal(1);
        // the line is broken once at the NaN, whatever is drawn on its two sides
        const behind = own.points.findIndex((i) => i > hole);
        expect(own.breaks[behind]).to.equal(1);
      }
    }
    for (const at of [spike, dip, hole, pit]) {
      for (const half of [1, 10, 1000, 100_000]) {
        const own = reduceSeries(series, 0, at - half, at + half, 800);
        if (at === hole || at === pit) expect(own.special.some((bits) => bits === bitOf(y[at]!)), `${at} ± ${half}`).to.equal(true);
        else expect([...own.points]).to.include(at);
      }
    }
    expect(extremesOf(series, 0, 0, n)).to.deep.equal({min: -50, max: 50, special: NAN | NEGATIVE_INFINITY});
  });

  it('is the same when points come one at a time, in bursts and all at once', () => {
    const {x, y} = wild(6000, 21);
    const z = y.map((v, i) => (i % 7 ? -v : NaN));
    for (const options of [{}, {capacity: 2048}, {capacity: 1500}, {limit: 700}, {limit: 1}]) {
      const whole = buildSeries(x, [y, z], options);
      const single = newSeries(2, options);
      x.forEach((v, i) => appendPoints(single, [v], [[y[i]!], [z[i]!]]));
      const bursts = newSeries(2, options);
      for (let from = 0, k = 1; from < x.length; from += k, k = (k * 5) % 997) appendPoints(bursts, x, [y, z], from, Math.min(x.length, from + k));
      for (const other of [single, bursts]) {
        expect(contents(other), JSON.stringify(options)).to.deep.equal(contents(whole));
        expect(other.ascending).to.equal(true);
        for (const column of [0, 1]) {
          // the first holds a whole block of 4096
          for (const [x0, x1, width] of [[x[0]!, x.at(-1)!, 1], [x[0]!, x.at(-1)!, 90], [x[4000]!, x[5990]!, 90], [x[5500]!, x[5600]!, 90]] as const) {
            const own = plain(reduceSeries(other, column, x0, x1, width));
            expect(own).to.deep.equal(plain(reduceSeries(whole, column, x0, x1, width)));
            const [kept, first] = [[...other.x.subarray(other.start, other.end)], other.start];
            const brute = bruteForce(kept, [...other.ys[column]!.subarray(other.start, other.end)], x0, x1, width);
            expect(own).to.deep.equal({...brute, points: brute.points.map((i) => i + first)});
          }
        }
      }
    }
  });

  it('thins what is older when full, but no extremes, NaN or infinities', () => {
    const n = 100_000;
    const next = random(9);
    const y = Float64Array.from({length: n}, () => next());
    const holes = [5, 6, 40_000, 99_999];
    for (const i of holes) y[i] = NaN;
    y[777] = Infinity;
    y[778] = -Infinity;
    y[1234] = 9;
    y[60_000] = -9;
    const series = buildSeries(Float64Array.from(y.keys()), [y], {capacity: 4096});
    expect(series.end).to.be.at.most(4096);
    expect(series.removed).to.equal(n - series.end);
    const kept = [...series.x.subarray(0, series.end)];
    expect(kept).to.include.members([0, ...holes, 777, 778, 1234, 60_000, n - 1]);
    expect([...kept].sort((a, b) => a - b)).to.deep.equal(kept);
    kept.forEach((x, i) => expect(series.ys[0]![i]).to.deep.equal(y[x]));
    // evenly: a sixty-fourth of the run at most between two
    expect(Math.max(...kept.slice(1).map((x, i) => x - kept[i]!))).to.be.at.most(n / 64);
    // the newest are all there
    expect(kept.slice(-1500)).to.deep.equal(Array.from({length: 1500}, (_, i) => n - 1500 + i));
    expect(extremesOf(series, 0, 0, n)).to.deep.equal({min: -9, max: 9, special: NAN | POSITIVE_INFINITY | NEGATIVE_INFINITY});
  });

  it('thins even where nothing is finite', () => {
    const n = 20_000;
    const odd = [NaN, Infinity, -Infinity];
    const series = buildSeries(Float64Array.from({length: n}, (_, i) => i), [Float64Array.from({length: n}, (_, i) => odd[i % 3]!)], {capacity: 1024});
    expect(series.end).to.be.at.most(1024);
    expect([...reduceSeries(series, 0, 0, n, 4).special]).to.deep.equal([7, 7, 7, 7]);
    expect(reduceSeries(series, 0, 0, n, 4).points.length).to.equal(0);
  });

  it('takes arrays over as they are, and leaves them so when more points come', () => {
    const {x, y} = wild(5000, 12);
    const given = [Float64Array.from(x), Float64Array.from(y)] as const;
    const series = finish(adoptSeriesSteps(given[0], [given[1]]));
    expect(series.x).to.equal(given[0]);
    appendPoints(series, [x.at(-1)! + 1], [[99]]);
    const all = {x: [...x, x.at(-1)! + 1], y: [...y, 99]};
    expect(plain(reduceSeries(series, 0, 10, 2000, 150))).to.deep.equal(bruteForce(all.x, all.y, 10, 2000, 150));
    expect(extremesOf(series, 0, -Infinity, Infinity).max).to.equal(99);
    expect([...given[1]]).to.deep.equal(y);
  });

  it('drops what is older where there is a limit', () => {
    const y = Float64Array.from({length: 5000}, (_, i) => (i === 3 ? 99 : i % 10));
    const series = buildSeries(Float64Array.from(y.keys()), [y], {limit: 300});
    expect(series.end - series.start).to.equal(300);
    expect([...series.x.subarray(series.start, series.end)]).to.deep.equal(Array.from({length: 300}, (_, i) => 4700 + i));
    expect(series.removed).to.equal(4700);
    expect(extremesOf(series, 0, 0, 5000).max).to.equal(9);
  });

  it('lists all points where x goes back', () => {
    const series = buildSeries([0, 1, 2, 1, 0, 10], [[5, 6, NaN, 7, 8, 9]]);
    expect(series.ascending).to.equal(false);
    const all = reduceSeries(series, 0, 0, 10, 2);
    expect(plain(all)).to.deep.equal({points: [0, 1, 3, 4, 5], breaks: [1, 0, 1, 0, 0], special: [NAN, 0]});
    expect(all.reduced).to.equal(false);
    // both ends of a line that crosses the view
    expect([...reduceSeries(series, 0, 4, 6, 100).points]).to.deep.equal([4, 5]);
    expect(extremesOf(series, 0, 1, 2)).to.deep.equal({min: 6, max: 7, special: NAN});
    const later = buildSeries([0, 1], [[1, 2]]);
    appendPoints(later, [0.5], [[3]]);
    expect(reduceSeries(later, 0, 0, 1, 10).reduced).to.equal(false);
  });

  it('refuses an x that is not finite and lists that do not fit, and is as it was then', async () => {
    const series = buildSeries([0, 1], [[1, 2]]);
    const before = contents(series);
    expect(((await failure(() => appendPoints(series, [2, NaN], [[1, 2]]))) as Problem).params).to.deep.equal({at: 1, got: 'NaN'});
    for (const ys of [[[1]], [[1, 2], [3, 4]], []]) expect(((await failure(() => appendPoints(series, [2, 3], ys))) as Problem).key).to.equal('seriesColumns');
    expect(contents(series)).to.deep.equal(before);
  });
});
