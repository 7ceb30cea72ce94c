import {formatCount, formatShort} from '../color/format.js';
import {type ColorScale, resolveScale, type ScaleSettings} from '../color/scale.js';
import type {RunData, RunMetric} from '../training/record.js';
import {type RunFinding, type RunRule, sayFinding} from '../training/rules.js';
import type {WordKey, WordParams} from '../words/gradient.js';
import {say as sayLearn} from '../words/learn.js';
import {type NamedRun, RANGES, runRidges} from './run-ridges.js';
import type {Figure, Mark, Note, Panel, PointsMark, Reading} from './types.js';

/** What a training map shows. */
export interface TrainingMapSettings {
  readonly metric: Extract<RunMetric, 'gradient-rms' | 'update-ratio' | 'weight-rms'>;
  /** Address of a weight whose distributions are drawn too. */
  readonly weight?: string | null;
  /** Runs are drawn as they were at this step, counted from 0; the last by default. */
  readonly step?: number | null;
  readonly lang: string;
  readonly say: (key: WordKey, params?: WordParams) => string;
}

export type {NamedRun} from './run-ridges.js';

/** Powers of ten of each run's measured steps × weights, kept until the run has grown. */
interface Decades {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
  readonly min: number;
  readonly max: number;
}

/** log10 of a metric as [weights, steps]: NaN stays, 0 is -Infinity. */
function decadesOf(run: RunData, metric: RunMetric): Decades {
  const [rows, cols] = [run.weights.length, run.steps.length];
  const given = run.values(metric);
  const values = new Float32Array(rows * cols);
  let [min, max] = [Infinity, -Infinity];
  for (let c = 0; c < cols; c++) {
    for (let r = 0; r < rows; r++) {
      const v = Math.log10(given[c * rows + r]!);
      values[r * cols + c] = v;
      if (Number.isFinite(v)) [min, max] = [Math.min(min, v), Math.max(max, v)];
    }
  }
  return {rows, cols, values, min, max};
}

/** The values of the first so many columns. */
function firstColumns({rows, cols, values}: Decades, n: number): Float32Array {
  const out = new Float32Array(rows * n);
  for (let r = 0; r < rows; r++) out.set(values.subarray(r * cols, r * cols + n), r * n);
  return out;
}

/** Columns of a map at most: of longer runs one holds several steps. */
const MOST = 4096;

/** A map's columns, equally many steps each: which measurement each shows, the last that is not later; what was measured holds until the next time. */
function columnsOfSteps(steps: Float64Array, stepCount: number): Int32Array {
  const n = Math.min(stepCount, MOST);
  const out = new Int32Array(n);
  for (let b = 0, m = 0; b < n; b++) {
    const last = Math.ceil(((b + 1) * stepCount) / n) - 1;
    while (m < steps.length - 1 && steps[m + 1]! <= last) m++;
    out[b] = m;
  }
  return out;
}

const SETTINGS: ScaleSettings = {scheme: 'viridis', reverse: false, domain: 'auto', center: null, transform: 'linear'};

/** How far a map's colours reach at least, in decades: what differs by less is alike. */
const LEAST = 3;

/** How each kind of finding is marked, in the map and in words. */
const SIGNS: Readonly<Record<RunRule, readonly [shape: PointsMark['shape'], sign: string, word: WordKey]>> = {
  'not-finite': ['cross', '✕', 'runMarkOdd'],
  vanishing: ['down', '▼', 'runMarkVanishing'],
  exploding: ['up', '▲', 'runMarkExploding'],
  dead: ['square', '■', 'runMarkDead'],
  saturated: ['diamond', '◆', 'runMarkSaturated'],
  'update-high': ['circle', '●', 'runMarkUpdate'],
  'update-low': ['circle', '●', 'runMarkUpdate'],
  unchanged: ['bar', '▬', 'runMarkUnchanged'],
};

/** The rows that a finding is about: its weight, those of its layer, or those that were not finite then. */
function rowsOf({weights, nonFinite}: RunData, {rule, weight, layer, step}: RunFinding): number[] {
  if (weight !== null) return [weight];
  if (layer !== null) return weights.flatMap((w, i) => (w.layer === layer ? [i] : []));
  const span = rule === 'not-finite' && nonFinite.find(({from, to}) => from <= step && step <= to);
  return span ? [...new Set([...span.gradients, ...span.weights])].sort((a, b) => a - b) : [];
}

/** A finding that is marked in a row. */
interface Sign {
  readonly row: number;
  readonly finding: RunFinding;
}

/** Marks where findings begin, a mark for each kind; those of one cell stand below each other. */
function signMarks(signs: readonly Sign[], columnOf: (step: number) => number): Mark[] {
  const cells = new Map<string, Sign[]>();
  for (const sign of signs) {
    const key = `${sign.row} ${columnOf(sign.finding.step)}`;
    cells.set(key, [...(cells.get(key) ?? []), sign]);
  }
  const byShape = new Map<PointsMark['shape'], {x: number[]; y: number[]}>();
  for (const own of cells.values()) {
    for (const [k, {row, finding}] of own.entries()) {
      const [shape] = SIGNS[finding.rule];
      const {x, y} = byShape.get(shape) ?? {x: [], y: []};
      x.push(columnOf(finding.step) + 0.5);
      y.push(row + (k + 1) / (own.length + 1));
      byShape.set(shape, {x, y});
    }
  }
  return Array.from(byShape, ([shape, {x, y}]) => ({kind: 'points', points: {x: Float64Array.from(x), y: Float64Array.from(y)}, radius: 4, shape, color: '#fff', outline: '#000'}));
}

/** Layers × steps of one or more runs, as a live heatmap, each over its loss; findings are marked where they begin. */
export function trainingFigure(runs: readonly NamedRun[], {metric, weight: chosen = null, step: asked = null, lang, say}: TrainingMapSettings): Figure {
  // steps are whole, and those of the run
  const untilOf = ({stepCount}: RunData): number | null => (asked === null || !stepCount ? null : Math.min(stepCount - 1, Math.max(0, Math.floor(asked))));
  const past = (run: RunData, step: number): boolean => step <= (untilOf(run) ?? Infinity);
  const ridges = chosen === null ? null : runRidges(runs, {weight: chosen, step: asked === null ? null : Math.max(0, Math.floor(asked)), lang, say});
  const all = runs.map(({run}) => decadesOf(run, metric));
  // one scale for all, so that runs can be compared
  let [lo, hi] = [Math.min(...all.map((d) => d.min)), Math.max(...all.map((d) => d.max))];
  if (!(lo <= hi)) [lo, hi] = [-6, 0];
  if (hi - lo < LEAST) [lo, hi] = [(lo + hi - LEAST) / 2, (lo + hi + LEAST) / 2];
  let scale: ColorScale | null = null;
  const scaleOf = (): ColorScale => (scale ??= resolveScale({...SETTINGS, domain: [Math.floor(lo), Math.ceil(hi)]}, {min: lo, max: hi, quantile: () => lo, rank: () => 0}));
  const what = say(metric === 'gradient-rms' ? 'runGradient' : metric === 'update-ratio' ? 'runUpdate' : 'runWeights');

  /** Measured steps that are drawn. */
  const shownOf = (run: RunData): number => run.steps.filter((step) => past(run, step)).length;
  const factsOf = (run: RunData): string => {
    const until = untilOf(run);
    const at = until === null ? [] : [say('runAt', {step: formatCount(until, lang), last: formatCount(run.stepCount - 1, lang)})];
    return [...at, say('runFacts', {steps: formatCount(run.stepCount, lang), weights: formatCount(run.weights.length, lang), measured: formatCount(run.steps.length, lang)})].join(', ');
  };

  const panels = runs.flatMap(({name, run}, k): Panel[] => {
    const {rows, cols, values} = all[k]!;
    const {steps, weights, findings, curve} = run;
    const until = untilOf(run);
    const shown = shownOf(run);
    const signs = findings.filter((f) => past(run, f.step)).flatMap((finding) => rowsOf(run, finding).map((row): Sign => ({row, finding})));
    const measured = cols ? columnsOfSteps(steps, Math.max(run.stepCount, (steps.at(-1) ?? -1) + 1)) : new Int32Array(0);
    const columns = measured.length;
    const count = Math.max(1, run.stepCount, (steps.at(-1) ?? 0) + 1);
    const columnOf = (step: number): number => Math.min(columns - 1, Math.floor((step * columns) / count));
    /** Columns that are drawn. */
    const wide = !shown ? 0 : until === null ? columns : columnOf(until) + 1;
    const held = new Float32Array(rows * wide);
    for (let r = 0; r < rows; r++) for (let b = 0; b < wide; b++) held[r * wide + b] = values[r * cols + measured[b]!]!;
    const read = (i: number): Reading => {
      const [r, c] = [Math.floor(i / wide), measured[i % wide]!];
      const v = 10 ** values[r * cols + c]!;
      const here = signs.filter(({row, finding: f}) => row === r && (columnOf(f.step) === i % wide || (f.step <= steps[c]! && steps[c]! <= f.last)));
      return {
        value: `${what} ${formatShort(v, 3)}`,
        place: [`${weights[r]!.address} · ${say('axisStep')} ${formatCount(steps[c]!, lang)}`, ...here.map(({finding}) => sayFinding(finding, lang))].join('\n'),
        indices: null,
        series: name,
        datum: {weight: weights[r]!.address, layer: weights[r]!.layer, step: steps[c]!, [metric]: v},
      };
    };
    const marks: Mark[] = wide ? [{kind: 'cells', rows, cols: wide, values: held, scale: scaleOf, read}] : [];
    marks.push(...signMarks(signs, columnOf));
    if (until !== null) marks.push({kind: 'rule', x: wide, dash: [], color: 'text'});
    const loss: Mark = {
      kind: 'line', color: k, points: {x: curve.steps, y: curve.loss, length: curve.steps.filter((step) => past(run, step)).length},
      read: (i) => ({value: `${say('runLoss')} ${formatShort(curve.loss[i]!, 4)}`, place: `${say('axisStep')} ${formatCount(curve.steps[i]!, lang)}`, indices: null, series: name, datum: {step: curve.steps[i]!, loss: curve.loss[i]!}}),
    };
    const finite = curve.loss.filter(Number.isFinite);
    const most = finite.reduce((a, b) => Math.max(a, b), -Infinity);
    const least = finite.reduce((a, b) => Math.min(a, b), Infinity);
    const room = (most - least) * 0.06 || 1;
    return [
      {
        key: `map ${name}`,
        title: [name, say('runMap', {what})].filter(Boolean).join(': '),
        // the loss below has the ticks
        x: {title: '', type: 'band', domain: [0, Math.max(1, columns)], labels: [], bare: true},
        y: {title: '', type: 'band', domain: [0, Math.max(1, rows)], labels: weights.map((w) => w.address), down: true},
        marks,
        weight: 1,
        colored: true,
      },
      {
        key: `loss ${name}`,
        x: {title: say('axisStep'), type: 'linear', domain: [-0.5, count - 0.5], whole: true},
        // what has diverged leaves nothing to be read on a linear axis
        y: least > 0 && most / least > 1000 ? {title: say('runLoss'), type: 'log', domain: [least / 1.2, most * 1.2]} : {title: say('runLoss'), type: 'linear', domain: finite.length ? [least - room, most + room] : [0, 1]},
        marks: [...(curve.steps.length ? [loss] : []), ...(until === null ? [] : [{kind: 'rule', x: until, dash: [], color: 'text'} as const])],
        hover: 'x',
        weight: 0.45,
      },
      ...(ridges?.panels[k] ?? []),
    ];
  });

  const marked = new Set<string>();
  const notes: Note[] = runs.flatMap(({name, run}) =>
    run.findings
      .filter((f) => past(run, f.step))
      .map((f) => {
        const [, sign, word] = SIGNS[f.rule];
        const shown = run.steps.length > 0 && rowsOf(run, f).length > 0;
        if (shown) marked.add(`${sign} ${sayLearn(lang, word)}`);
        return {text: `${shown ? `${sign} ` : ''}${[name, sayFinding(f, lang)].filter(Boolean).join(': ')}`, alert: f.rule === 'not-finite' || f.rule === 'exploding' || f.rule === 'vanishing' || f.rule === 'dead'};
      }),
  );
  if (marked.size) notes.push({text: sayLearn(lang, 'runMarks', {marks: [...marked].join(', ')})});
  const drawn = runs.map(({run}, k) => firstColumns(all[k]!, shownOf(run)));
  if (drawn.some((values) => values.includes(-Infinity))) notes.push({text: say('runZero')});
  if (drawn.some((values) => values.includes(NaN))) {
    // of weights that are all 0, as biases are at first, an update has no ratio
    const zero = metric === 'update-ratio' && runs.every(({run}, k) => {
      const sizes = run.values('weight-rms');
      const {rows, cols, values} = all[k]!;
      return values.every((v, i) => !Number.isNaN(v) || sizes[(i % cols) * rows + Math.floor(i / cols)] === 0);
    });
    notes.push({text: zero ? sayLearn(lang, 'runNoRatio') : say('runNan')});
  }
  notes.push(...(ridges?.notes ?? []));
  const flat = runs.flatMap(({name, run}, k) => Array.from(run.steps.subarray(0, shownOf(run)), (step, c) => ({name, k, step, c})));
  // runs may be of other models
  const addresses = [...new Set(runs.flatMap(({run}) => run.weights.map((w) => w.address)))];
  const rowAt = runs.map(({run}) => new Map(run.weights.map((w, r) => [w.address, r])));
  return {
    label: say('runTitle'),
    facts: runs.map(({name, run}) => [name, factsOf(run)].filter(Boolean).join(': ')).join(' · '),
    panels,
    stacked: true,
    legend: [],
    notes,
    bar: scaleOf,
    table: {
      columns: ['run', 'step', ...addresses, ...(ridges ? RANGES.map((name) => `${chosen} ${name}`) : [])],
      rows: flat.length,
      cell: (row, column) => {
        const {name, k, step, c} = flat[row]!;
        if (column < 2) return column ? step : name;
        const {cols, values} = all[k]!;
        const beyond = column - 2 - addresses.length;
        if (beyond >= 0) return ridges?.range(k, step)?.[beyond] ?? '';
        const at = rowAt[k]!.get(addresses[column - 2]!);
        return at === undefined ? '' : 10 ** values[at * cols + c]!;
      },
    },
    metrics: {runs: runs.map(({name, run}) => ({name, steps: run.stepCount, findings: run.findings, nonFinite: run.nonFinite}))},
  };
}
