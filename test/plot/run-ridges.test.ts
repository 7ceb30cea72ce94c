import {expect} from 'chai';
import {loadPalettes} from '../../src/color/palette.js';
import {PlotView} from '../../src/controllers/plot-view.js';
import {hitFigure} from '../../src/paint/plot-hit.js';
import {layoutFigure, placeX, placeY} from '../../src/paint/plot-layout.js';
import type {Theme} from '../../src/paint/theme.js';
import {densityTop, heightsOf, OVERLAP, ridgesOf, spreadSteps, valuesDomain} from '../../src/plot/run-ridges.js';
import {trainingFigure, type TrainingMapSettings} from '../../src/plot/training-map.js';
import type {Figure, Panel} from '../../src/plot/types.js';
import {WHOLE} from '../../src/plot/window.js';
import type {RunData} from '../../src/training/record.js';
import type {RunFinding} from '../../src/training/rules.js';
import {say} from '../../src/words/gradient.js';
import {marksOf, notesOf, readAt, rowsOf} from './kinds.js';

const BINS = 32;

/** Counts of one histogram, by bin. */
const counts = (at: Readonly<Record<number, number>>): number[] => Array.from({length: BINS}, (_, i) => at[i] ?? 0);

interface Given {
  readonly min: number;
  readonly max: number;
  readonly counts: readonly number[];
}

/** A run of two weights with the given histograms, a step each, for the gradient and for the weight alike. */
function runWith(histograms: readonly Given[], more: Partial<RunData> = {}): RunData {
  const steps = Float64Array.from(histograms, (_, i) => i);
  const n = steps.length;
  const of = {steps, min: Float32Array.from(histograms, (h) => h.min), max: Float32Array.from(histograms, (h) => h.max), counts: Uint16Array.from(histograms.flatMap((h) => [...h.counts]))};
  const weight = (address: string) => ({address, layer: 'd', weight: address.slice(2), shape: [4], layerType: null, activation: null});
  return {
    weights: [weight('d/kernel'), weight('d/bias')], stepCount: n, steps,
    values: () => Float32Array.from({length: 2 * n}, (_, i) => 10 ** -(i % 3)),
    histograms: () => of,
    curve: {steps, loss: steps.map((s) => 10 - s), learningRate: steps.map(() => 0.1)},
    epochs: [], findings: [], nonFinite: [], snapshots: [], units: {layers: [], steps: new Float64Array(0), shares: new Float32Array(0)},
    record: () => ({version: 1}), ...more,
  };
}

const figureOf = (run: RunData, more: Partial<TrainingMapSettings> = {}): Figure => trainingFigure([{name: '', run}], {metric: 'gradient-rms', lang: 'en', say: (key, params) => say('en', key, params), ...more});
const panelOf = (figure: Figure, key: string): Panel => figure.panels.find((p) => p.key.startsWith(key))!;
/** Bands that are read; before each lies one that hides what is behind. */
const bandsOf = (panel: Panel) => marksOf(panel, 'band').filter((mark) => mark.read);

// 4 values in bin 0, 12 in bin 31, of bins 1/16 wide
const TWO: Given = {min: -1, max: 1, counts: counts({0: 4, 31: 12})};
const SPIKE: Given = {min: 0.5, max: 0.5, counts: counts({0: 16})};
const NONE: Given = {min: NaN, max: NaN, counts: counts({})};

describe('ridges of a run', () => {
  before(loadPalettes);

  it('have 32 bins from the least to the greatest value, each with its share', () => {
    const {ridges: [ridge], without} = ridgesOf(runWith([TWO]), 'gradient', 0);
    expect(without).to.deep.equal([]);
    expect(ridge!.edges).to.have.length(33);
    expect([ridge!.edges[0], ridge!.edges[1], ridge!.edges[32]]).to.deep.equal([-1, -0.9375, 1]);
    expect([ridge!.shares[0], ridge!.shares[1], ridge!.shares[31]]).to.deep.equal([0.25, 0, 0.75]);
    // 0.75 of the values on 1/16
    expect(ridge!.peak).to.equal(12);
  });

  it('are as high as their density, on one scale', () => {
    // the same shares on bins twice as wide: half the density
    const wide: Given = {min: -2, max: 2, counts: TWO.counts};
    const {ridges} = ridgesOf(runWith([TWO, wide]), 'weight', 0);
    expect(densityTop(ridges)).to.equal(12);
    const [a, b] = ridges.map((r) => heightsOf(r, 12)) as [Float64Array, Float64Array];
    expect(a[31]).to.equal(OVERLAP);
    expect(a[0]).to.be.closeTo(OVERLAP / 3, 1e-12);
    expect(b[31]).to.be.closeTo(OVERLAP / 2, 1e-12);
    expect(b[0]).to.be.closeTo(OVERLAP / 6, 1e-12);
    expect(b[16]).to.equal(0);
  });

  it('are cut off where one is far narrower than the others, which is said', () => {
    const narrow: Given = {min: -0.01, max: 0.01, counts: TWO.counts};
    const run = runWith([TWO, TWO, TWO, narrow]);
    const {ridges} = ridgesOf(run, 'gradient', 0);
    // twice the median of 12, 12, 12 and 1200
    expect(densityTop(ridges)).to.equal(24);
    expect(heightsOf(ridges[3]!, 24)[31]).to.equal(OVERLAP);
    expect(notesOf(figureOf(run, {weight: 'd/kernel'})).join()).to.include('1 of 4 measured steps');
  });

  it('share a domain that one step which explodes does not widen', () => {
    const far: Given = {min: -400, max: 900, counts: TWO.counts};
    const {ridges} = ridgesOf(runWith([TWO, TWO, TWO, far]), 'gradient', 0);
    const [lo, hi] = valuesDomain(ridges);
    expect([lo, hi].map((v) => Math.round(v * 100) / 100)).to.deep.equal([-1.06, 1.06]);
    const notes = notesOf(figureOf(runWith([TWO, TWO, TWO, far]), {weight: 'd/kernel'}));
    expect(notes.filter((text) => text.includes('beyond the axis'))).to.have.length(2);
    expect(notes.join()).to.include('1 of 4').and.to.include('step 3, −400 to 900');
    expect(valuesDomain([])).to.deep.equal([-1, 1]);
  });

  it('stand as an upright line where all values are equal', () => {
    const figure = figureOf(runWith([SPIKE, TWO]), {weight: 'd/kernel'});
    const [spike] = bandsOf(panelOf(figure, 'weight'));
    expect(Array.from(spike!.x)).to.deep.equal([0.5, 0.5]);
    expect(spike!.low[0]! - spike!.high[0]!).to.be.closeTo(OVERLAP, 1e-12);
    expect(readAt(spike!, 0).datum).to.deep.equal({weight: 'd/kernel', layer: 'd', step: 0, of: 'weight', from: 0.5, to: 0.5, share: 1});
    expect(notesOf(figure).filter((text) => text.includes('all values are equal'))).to.have.length(2);
    // of nothing but equal values there is an axis too
    const [lo, hi] = valuesDomain(ridgesOf(runWith([SPIKE]), 'weight', 0).ridges);
    expect(lo).to.be.below(0.5);
    expect(hi).to.be.above(0.5);
  });

  it('leave out steps without finite values, and say which', () => {
    const span = {from: 1, to: 2, gradients: [0], weights: [], loss: true, batch: false};
    const figure = figureOf(runWith([TWO, NONE, NONE, TWO], {nonFinite: [span]}), {weight: 'd/kernel'});
    const gradient = panelOf(figure, 'gradient');
    expect(gradient.y.labels).to.deep.equal(['0', '3']);
    expect(bandsOf(gradient).map((mark) => readAt(mark, 0).datum.step)).to.deep.equal([0, 3]);
    const notes = notesOf(figure);
    expect(notes.some((text) => text.includes('gradient of d/kernel: not finite at step 1–2'))).to.equal(true);
    // of the weight nothing is known to be infinite: it was not trained
    expect(notes.some((text) => text.includes('values of d/kernel: no ridge at 2 measured steps (1, 2)'))).to.equal(true);
  });

  it('are in the table as ranges', () => {
    const figure = figureOf(runWith([TWO, NONE]), {weight: 'd/bias'});
    expect(figure.table.columns.slice(2)).to.deep.equal(['d/kernel', 'd/bias', 'd/bias gradient min', 'd/bias gradient max', 'd/bias min', 'd/bias max']);
    expect(rowsOf(figure).map((row) => row.slice(4))).to.deep.equal([[-1, 1, -1, 1], ['', '', '', '']]);
  });

  it('say so where no run has the weight', () => {
    const figure = figureOf(runWith([TWO]), {weight: 'e/kernel'});
    expect(figure.panels).to.have.length(2);
    expect(notesOf(figure).join()).to.include('No run has a weight “e/kernel”');
  });

  it('are spread evenly over the steps, with the first, the last, and the one asked for', () => {
    const steps = Array.from({length: 101}, (_, i) => i);
    expect(spreadSteps(steps, 5, null)).to.deep.equal([0, 25, 50, 75, 100]);
    expect(spreadSteps(steps, 5, 60)).to.deep.equal([0, 25, 60, 75, 100]);
    expect(spreadSteps(steps, 5, 2)).to.deep.equal([0, 2, 50, 75, 100]);
    expect(spreadSteps(steps, 5, 100)).to.deep.equal([0, 25, 50, 75, 100]);
    expect(spreadSteps([3, 4], 5, null)).to.deep.equal([3, 4]);
    // unevenly measured: each once
    expect(spreadSteps([0, 1, 2, 3, 4, 5, 100], 4, null)).to.deep.equal([0, 5, 100]);
  });

  it('are read bin by bin where they are pointed at, the nearer one over the farther', () => {
    const theme: Theme = {text: '#000', background: '#fff', accent: '#00f', grid: '#ddd', muted: '#666', nan: '#f0f', positiveInfinity: '#0f0', negativeInfinity: '#0ff', font: 'sans-serif'};
    const figure = figureOf(runWith([TWO, TWO, TWO]), {weight: 'd/kernel'});
    const placed = layoutFigure(figure, () => WHOLE, 900, 700, new OffscreenCanvas(1, 1).getContext('2d')!, theme);
    const panel = placed.find((p) => p.panel.key.startsWith('gradient'))!;
    const scene = {placed, hidden: new Set<string>()};
    // the last bin's ridges overlap: a little above the base of the last is the last, above its top the one behind
    const at = (y: number) => hitFigure(scene, placeX(panel, 0.97), placeY(panel, y));
    expect(readAt(at(2.4)!.mark, at(2.4)!.index).datum).to.include({step: 2, from: 0.9375, to: 1, share: 0.75});
    expect(readAt(at(2.5 - OVERLAP - 0.5)!.mark, at(2.5 - OVERLAP - 0.5)!.index).datum).to.include({step: 1});
    expect(readAt(at(2.4)!.mark, at(2.4)!.index).value).to.equal('75% of the values');
  });
});

describe('keys on a run', () => {
  before(loadPalettes);

  it('walk over the map, and on to the loss and from ridge to ridge', () => {
    const theme: Theme = {text: '#000', background: '#fff', accent: '#00f', grid: '#ddd', muted: '#666', nan: '#f0f', positiveInfinity: '#0f0', negativeInfinity: '#0ff', font: 'sans-serif'};
    const view = new PlotView({hold: () => () => undefined} as unknown as ConstructorParameters<typeof PlotView>[0], () => undefined);
    view.resize({width: 900, height: 700, widthPx: 900, heightPx: 700, dpr: 1} as Parameters<PlotView['resize']>[0], theme);
    view.show(figureOf(runWith([TWO, TWO, TWO]), {weight: 'd/bias'}), true);
    const step = (dx: number, dy: number) => {
      view.place(view.step(dx, dy));
      return view.read()!.datum;
    };
    expect(step(1, 0)).to.include({weight: 'd/kernel', step: 0});
    expect(step(1, 0)).to.include({weight: 'd/kernel', step: 1});
    expect(step(0, 1)).to.include({weight: 'd/bias', step: 1});
    expect(step(0, 1)).to.include({step: 1, loss: 9});
    expect(step(0, 1)).to.include({weight: 'd/bias', of: 'gradient', step: 0});
    const bin = step(1, 0);
    expect(step(0, 1)).to.include({of: 'gradient', step: 1, from: bin.from});
    expect([step(0, 1), step(0, 1)].map((d) => [d.of, d.step])).to.deep.equal([['gradient', 2], ['weight', 0]]);
    // the same ridge of a figure drawn anew
    view.show(figureOf(runWith([TWO, TWO, TWO, TWO]), {weight: 'd/bias'}), false);
    expect(view.read()!.datum).to.include({of: 'weight', step: 0, from: bin.from});
    // the lines that the figure takes beside and below each other
    expect(view.lines).to.equal(3);
  });
});

describe('a run as it was at a step', () => {
  before(loadPalettes);
  const finding = (step: number): RunFinding => ({rule: 'exploding', key: 'watchExploding', params: {}, step, last: 3, count: 1, weight: 0, layer: 'd', origin: null, notes: []}) as unknown as RunFinding;
  const run = runWith([TWO, TWO, TWO, TWO], {findings: [finding(1), finding(3)]});

  it('has no cells, losses, findings and ridges of later steps, on the axes of the whole run', () => {
    const [whole, cut] = [figureOf(run, {weight: 'd/kernel'}), figureOf(run, {weight: 'd/kernel', step: 2})];
    const [cells] = marksOf(cut.panels[0], 'cells');
    expect(cells!.cols).to.equal(3);
    expect(Array.from(cells!.values)).to.deep.equal([0, 1, 2, 3, 4, 5].map((i) => marksOf(whole.panels[0], 'cells')[0]!.values[i < 3 ? i : i + 1]));
    expect(readAt(cells!, 4).datum).to.include({weight: 'd/bias', step: 1});
    expect(readAt(cells!, 4).datum['gradient-rms']).to.be.closeTo(10 ** -(3 % 3), 1e-6);
    for (const i of [0, 1, 2, 3]) for (const axis of ['x', 'y'] as const) expect(cut.panels[i]![axis].domain).to.deep.equal(whole.panels[i]![axis].domain);
    expect(cut.bar!().domain).to.deep.equal(whole.bar!().domain);
    expect(marksOf(cut.panels[0], 'points')[0]!.points.x).to.have.length(1);
    expect(marksOf(cut.panels[1], 'line')[0]!.points.length).to.equal(3);
    expect(marksOf(cut.panels[0], 'rule')[0]!.x).to.equal(3);
    expect(marksOf(cut.panels[1], 'rule')[0]!.x).to.equal(2);
    expect(cut.notes.filter(({alert}) => alert)).to.have.length(1);
    expect(cut.facts).to.match(/^step 2 of 3/);
    expect(rowsOf(cut)).to.have.length(3);
    const gradient = panelOf(cut, 'gradient');
    expect(gradient.y.labels).to.have.length(4);
    expect(bandsOf(gradient).map((mark) => readAt(mark, 0).datum.step)).to.deep.equal([0, 1, 2]);
    // the last stands out
    expect(marksOf(gradient, 'line').map(({color}) => color)).to.deep.equal([0, 0, 'text']);
  });

  it('stays within the run, whatever is asked for', () => {
    expect(figureOf(run, {step: 99}).facts).to.match(/^step 3 of 3/);
    expect(figureOf(run, {step: -4}).facts).to.match(/^step 0 of 3/);
    expect(figureOf(run).facts).to.not.include('step 3 of');
    expect(figureOf(runWith([]), {step: 4}).panels).to.have.length(2);
  });
});

