import {formatCount, formatShare, formatShort} from '../color/format.js';
import type {RunData} from '../training/record.js';
import type {WordKey, WordParams} from '../words/gradient.js';
import type {Ink, Mark, Note, Panel, Reading} from './types.js';

/** A run by its name. */
export interface NamedRun {
  readonly name: string;
  readonly run: RunData;
}

export interface RidgeSettings {
  /** Address of the weight. */
  readonly weight: string;
  /** The last step that is drawn, and stands out; `null`: all. */
  readonly step: number | null;
  readonly lang: string;
  readonly say: (key: WordKey, params?: WordParams) => string;
}

/** The distribution of a weight, or of its gradient, at one step. */
export interface Ridge {
  readonly step: number;
  /** Of the finite values; the same where all are equal. */
  readonly min: number;
  readonly max: number;
  /** Edges of its bins, one more than there are bins; two equal ones where all values are equal. */
  readonly edges: Float64Array;
  /** Each bin's share of the values. */
  readonly shares: Float64Array;
  /** The greatest share per unit of value; Infinity where all values are equal. */
  readonly peak: number;
}

/** Histograms drawn of a run, at most. */
const MOST = 20;
/** How many slots the highest ridge reaches up, its own included. */
export const OVERLAP = 2.6;
/** What reaches farther from 0 than so many times the median stays out of the domain. */
const FAR = 8;
/** Peaks beyond so many times the median are cut off: one narrow distribution would flatten all others. */
const HIGH = 2;

/** All steps at which a weight has a histogram, and those at which it has none, ascending. */
export function ridgesOf(run: RunData, of: 'gradient' | 'weight', weight: number): {ridges: Ridge[]; without: number[]} {
  const {steps, min, max, counts} = run.histograms(of, weight);
  const bins = steps.length ? counts.length / steps.length : 0;
  const ridges: Ridge[] = [];
  const without: number[] = [];
  for (let r = 0; r < steps.length; r++) {
    const [lo, hi, step] = [min[r]!, max[r]!, steps[r]!];
    const own = counts.subarray(r * bins, (r + 1) * bins);
    const total = own.reduce((sum, n) => sum + n, 0);
    if (!Number.isFinite(lo) || !Number.isFinite(hi) || !total) without.push(step);
    else if (lo === hi) ridges.push({step, min: lo, max: hi, edges: Float64Array.of(lo, lo), shares: Float64Array.of(1), peak: Infinity});
    else {
      const shares = Float64Array.from(own, (n) => n / total);
      ridges.push({step, min: lo, max: hi, edges: Float64Array.from({length: bins + 1}, (_, i) => lo + ((hi - lo) * i) / bins), shares, peak: (Math.max(...shares) * bins) / (hi - lo)});
    }
  }
  return {ridges, without};
}

/** Up to `most` of ascending steps, spread evenly, the first and the last among them; one that is asked for takes the place of its nearest between. */
export function spreadSteps(steps: readonly number[], most: number, asked: number | null): number[] {
  const n = steps.length;
  if (n <= most) return [...steps];
  const [first, last] = [steps[0]!, steps[n - 1]!];
  const picked: number[] = [];
  let at = 0;
  for (let k = 0; k < most; k++) {
    const wanted = first + ((last - first) * k) / (most - 1);
    while (at < n - 1 && Math.abs(steps[at + 1]! - wanted) <= Math.abs(steps[at]! - wanted)) at++;
    if (picked.at(-1) !== steps[at]) picked.push(steps[at]!);
  }
  if (asked !== null && !picked.includes(asked) && picked.length > 2) {
    let nearest = 1;
    for (let i = 2; i < picked.length - 1; i++) if (Math.abs(picked[i]! - asked) < Math.abs(picked[nearest]! - asked)) nearest = i;
    picked[nearest] = asked;
  }
  return picked;
}

const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  return n ? (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2 : NaN;
};

const reachOf = ({min, max}: Ridge): number => Math.max(Math.abs(min), Math.abs(max));

/** The values that are drawn: those of all steps, but for what lies `FAR` beyond most of them. */
export function valuesDomain(ridges: readonly Ridge[]): [number, number] {
  const most = FAR * median(ridges.map(reachOf).filter((v) => v > 0));
  const kept = ridges.filter((r) => !(reachOf(r) > most));
  const [lo, hi] = [Math.min(...kept.map((r) => r.min)), Math.max(...kept.map((r) => r.max))];
  if (lo < hi) return [lo - 0.03 * (hi - lo), hi + 0.03 * (hi - lo)];
  const room = Math.abs(lo) / 2 || 1;
  return lo <= hi ? [lo - room, hi + room] : [-1, 1];
}

/** The share per unit of value that the highest ridges stand for. */
export function densityTop(ridges: readonly Ridge[]): number {
  const peaks = ridges.map(({peak}) => peak).filter(Number.isFinite);
  return peaks.length ? Math.min(Math.max(...peaks), HIGH * median(peaks)) : 1;
}

/** A ridge's outline above its base, in slots: a height for each bin, which holds from its left edge; cut off at the top. */
export const heightsOf = ({edges, shares, min, max}: Ridge, top: number): Float64Array =>
  shares.map((share, i) => (min === max ? OVERLAP : Math.min(1, share / (edges[i + 1]! - edges[i]!) / top) * OVERLAP));

/** What there is to draw, and to say. */
export interface Ridges {
  /** Of each run, none where it lacks the weight. */
  readonly panels: readonly (readonly Panel[])[];
  readonly notes: readonly Note[];
  /** Least and greatest gradient, and weight, of a run at a step, for the table; as `RANGES` has them. */
  readonly range: (run: number, step: number) => readonly number[] | null;
}

/** Names of the columns of ranges. */
export const RANGES: readonly string[] = ['gradient min', 'gradient max', 'min', 'max'];

/** One kind of histogram of one run. */
interface Drawn {
  readonly of: 'gradient' | 'weight';
  readonly run: NamedRun;
  readonly index: number;
  readonly ridges: readonly Ridge[];
  readonly without: readonly number[];
}

/**
 * The distribution of a weight's gradient, and of the weight, over the steps of runs: histograms behind each other, the
 * latest in front, as TensorBoard's histogram view has them. All runs share one axis of values, and one scale of heights.
 * Steps after `step` leave their slots empty: what is drawn stays in its place.
 */
export function runRidges(runs: readonly NamedRun[], settings: RidgeSettings): Ridges {
  const {weight, step, lang, say} = settings;
  const having = runs.flatMap((run) => {
    const index = run.run.weights.findIndex(({address}) => address === weight);
    return index < 0 ? [] : [{run, index}];
  });
  const notes: Note[] = having.length ? [] : [{text: say('runRidgeWeight', {weight}), alert: true}];
  const byRun = new Map<NamedRun, Panel[]>(runs.map((run) => [run, []]));
  const ranges = runs.map(() => new Map<number, number[]>());
  for (const of of ['gradient', 'weight'] as const) {
    const all = having.map(({run, index}): Drawn => ({of, run, index, ...ridgesOf(run.run, of, index)}));
    const ridges = all.flatMap((d) => d.ridges);
    const [domain, top] = [valuesDomain(ridges), densityTop(ridges)];
    for (const drawn of all) {
      const shown = drawn.ridges.filter((r) => step === null || r.step <= step);
      const own = ranges[runs.indexOf(drawn.run)]!;
      for (const r of drawn.ridges) {
        const row = own.get(r.step) ?? RANGES.map(() => NaN);
        [row[of === 'gradient' ? 0 : 2], row[of === 'gradient' ? 1 : 3]] = [r.min, r.max];
        own.set(r.step, row);
      }
      byRun.get(drawn.run)!.push(panelOf(drawn, shown, domain, top, runs.indexOf(drawn.run), settings));
      notes.push(...notesOf(drawn, shown, domain, settings));
    }
    const seen = ridges.filter((r) => step === null || r.step <= step);
    const high = seen.filter((r) => Number.isFinite(r.peak) && r.peak > top * (1 + 1e-9)).length;
    const what = say(of === 'gradient' ? 'runRidgeGradients' : 'runRidgeValues', {weight});
    if (high) notes.push({text: say('runRidgeHigh', {what, n: formatCount(high, lang), of: formatCount(seen.length, lang)})});
    if (seen.some((r) => r.min === r.max)) notes.push({text: say('runRidgeConstant', {what})});
  }
  return {panels: runs.map((run) => byRun.get(run)!), notes, range: (run, at) => ranges[run]!.get(at) ?? null};
}

const titleOf = ({of, run: {name}}: Drawn, {weight, say}: RidgeSettings): string => [name, say(of === 'gradient' ? 'runRidgeGradients' : 'runRidgeValues', {weight})].filter(Boolean).join(': ');

function panelOf(drawn: Drawn, shown: readonly Ridge[], domain: readonly [number, number], top: number, ink: Ink, settings: RidgeSettings): Panel {
  const {of, run: {name}, ridges} = drawn;
  const {weight, step, lang, say} = settings;
  const current = step === null ? null : (shown.at(-1)?.step ?? null);
  const steps = spreadSteps(ridges.map((r) => r.step), MOST, current);
  const byStep = new Map(shown.map((r) => [r.step, r]));
  const layer = drawn.run.run.weights[drawn.index]!.layer;
  const marks = steps.flatMap((at, slot): Mark[] => {
    const ridge = byStep.get(at);
    if (!ridge) return [];
    const {edges, shares} = ridge;
    const base = slot + 0.5;
    const heights = heightsOf(ridge, top);
    const bins = shares.length;
    // what holds from edge to edge: the last edge ends it
    const high = Float64Array.from(edges, (_, i) => base - heights[Math.min(i, bins - 1)]!);
    const low = new Float64Array(edges.length).fill(base);
    const read = (i: number): Reading => ({
      value: say('runRidgeShare', {share: formatShare(shares[i]!, lang)}),
      place: `${say(of === 'gradient' ? 'methodGradient' : 'plotValue')} ${say('runRidgeRange', {from: formatShort(edges[i]!, 3), to: formatShort(edges[i + 1]!, 3)})} · ${say('axisStep')} ${formatCount(at, lang)}\n${weight}`,
      indices: null,
      series: name,
      datum: {weight, layer, step: at, of, from: edges[i]!, to: edges[i + 1]!, share: shares[i]!},
    });
    const whole = at === current;
    const outline = {x: Float64Array.of(edges[0]!, ...edges), y: Float64Array.of(base, ...high.subarray(0, bins), base)};
    return [
      // hides what lies behind
      {kind: 'band', step: 'after', x: edges, low, high, color: 'background'},
      {kind: 'band', step: 'after', series: `${of} ${at}`, x: edges, low, high, color: ink, alpha: whole ? 0.85 : 0.22 + (0.38 * slot) / Math.max(1, steps.length - 1), read},
      {kind: 'line', step: 'after', points: outline, color: whole ? 'text' : ink, width: whole ? 1.8 : 1},
    ];
  });
  return {
    key: `${of} ${name}`,
    title: titleOf(drawn, settings),
    x: {title: say(of === 'gradient' ? 'methodGradient' : 'plotValue'), type: 'linear', domain},
    y: {title: say('axisStep'), type: 'band', domain: [0.5 - OVERLAP, Math.max(1, steps.length)], labels: steps.map((at) => formatCount(at, lang)), down: true},
    marks,
    weight: 1.25,
    beside: of === 'weight',
  };
}

/** Spans of steps named one by one. */
const NAMED = 3;

function notesOf(drawn: Drawn, shown: readonly Ridge[], [lo, hi]: readonly [number, number], settings: RidgeSettings): Note[] {
  const {of, run: {run}, index, without} = drawn;
  const {step, lang, say} = settings;
  const what = titleOf(drawn, settings);
  const notes: Note[] = [];
  const past = (at: number): boolean => step === null || at <= step;
  const odd = run.nonFinite.filter((span) => span[of === 'gradient' ? 'gradients' : 'weights'].includes(index) && past(span.from)).map(({from, to}) => ({from, to: step === null ? to : Math.min(to, step)}));
  if (odd.length) {
    const spans = odd.slice(0, NAMED).map(({from, to}) => (from === to ? formatCount(from, lang) : `${formatCount(from, lang)}–${formatCount(to, lang)}`));
    notes.push({text: say('runRidgeOdd', {what, steps: [...spans, ...(odd.length > NAMED ? ['…'] : [])].join(', ')}), alert: true});
  }
  const bare = without.filter((at) => past(at) && !odd.some(({from, to}) => at >= from && at <= to));
  if (bare.length) notes.push({text: say('runRidgeNone', {what, n: formatCount(bare.length, lang), steps: [...bare.slice(0, NAMED).map((at) => formatCount(at, lang)), ...(bare.length > NAMED ? ['…'] : [])].join(', ')})});
  const far = shown.filter((r) => r.min < lo || r.max > hi);
  if (far.length) {
    const worst = far.reduce((a, b) => (reachOf(b) > reachOf(a) ? b : a));
    notes.push({text: say('runRidgeFar', {what, n: formatCount(far.length, lang), of: formatCount(shown.length, lang), min: formatShort(worst.min, 3), max: formatShort(worst.max, 3), step: formatCount(worst.step, lang)})});
  }
  return notes;
}
