import {formatCount, formatShort} from '../color/format.js';
import {type ColorScale, resolveScale, type ScaleSettings} from '../color/scale.js';
import type {RunData, RunMetric} from '../training/record.js';
import {sayFinding} from '../training/rules.js';
import type {WordKey, WordParams} from '../words/gradient.js';
import {type NamedRun, RANGES, runRidges} from './run-ridges.js';
import type {Figure, LegendItem, Mark, Note, Panel, Reading} from './types.js';

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

const SETTINGS: ScaleSettings = {scheme: 'viridis', reverse: false, domain: 'auto', center: null, transform: 'linear'};

/** How far a map's colours reach at least, in decades: what differs by less is alike. */
const LEAST = 3;

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
    const found = findings.filter((f) => f.weight !== null && past(run, f.step));
    const columnOf = (step: number): number => {
      let at = 0;
      while (at < cols - 1 && steps[at + 1]! <= step) at++;
      return at;
    };
    const read = (i: number): Reading => {
      const [r, c] = [Math.floor(i / shown), i % shown];
      const v = 10 ** values[r * cols + c]!;
      const here = found.filter((f) => f.weight === r && f.step <= steps[c]! && steps[c]! <= f.last);
      return {
        value: `${what} ${formatShort(v, 3)}`,
        place: [`${weights[r]!.address} · ${say('axisStep')} ${formatCount(steps[c]!, lang)}`, ...here.map((f) => sayFinding(f, lang))].join('\n'),
        indices: null,
        series: name,
        datum: {weight: weights[r]!.address, layer: weights[r]!.layer, step: steps[c]!, [metric]: v},
      };
    };
    const marks: Mark[] = shown ? [{kind: 'cells', rows, cols: shown, values: shown < cols ? firstColumns(all[k]!, shown) : values, scale: scaleOf, read}] : [];
    if (found.length) {
      marks.push({kind: 'points', points: {x: Float64Array.from(found, (f) => columnOf(f.step) + 0.5), y: Float64Array.from(found, (f) => f.weight! + 0.5)}, radius: 4, shape: 'cross', color: '#fff'});
    }
    if (until !== null) marks.push({kind: 'rule', x: shown, dash: [], color: 'text'});
    const loss: Mark = {
      kind: 'line', color: k, points: {x: curve.steps, y: curve.loss, length: curve.steps.filter((step) => past(run, step)).length},
      read: (i) => ({value: `${say('runLoss')} ${formatShort(curve.loss[i]!, 4)}`, place: `${say('axisStep')} ${formatCount(curve.steps[i]!, lang)}`, indices: null, series: name, datum: {step: curve.steps[i]!, loss: curve.loss[i]!}}),
    };
    const finite = curve.loss.filter(Number.isFinite);
    const most = finite.reduce((a, b) => Math.max(a, b), -Infinity);
    const least = finite.reduce((a, b) => Math.min(a, b), Infinity);
    const room = (most - least) * 0.06 || 1;
    const last = Math.max(1, run.stepCount - 1);
    return [
      {
        key: `map ${name}`,
        title: [name, say('runMap', {what})].filter(Boolean).join(': '),
        x: {title: '', type: 'band', domain: [0, Math.max(1, cols)], labels: Array.from(steps, (s) => formatCount(s, lang))},
        y: {title: '', type: 'band', domain: [0, Math.max(1, rows)], labels: weights.map((w) => w.address), down: true},
        marks,
        weight: 1,
        colored: true,
      },
      {
        key: `loss ${name}`,
        x: {title: say('axisStep'), type: 'linear', domain: [0, last], whole: true},
        y: {title: say('runLoss'), type: 'linear', domain: finite.length ? [least - room, most + room] : [0, 1]},
        marks: [...(curve.steps.length ? [loss] : []), ...(until === null ? [] : [{kind: 'rule', x: until, dash: [], color: 'text'} as const])],
        hover: 'x',
        weight: 0.45,
      },
      ...(ridges?.panels[k] ?? []),
    ];
  });

  const notes: Note[] = runs.flatMap(({name, run}) => run.findings.filter((f) => past(run, f.step)).map((f) => ({text: [name, sayFinding(f, lang)].filter(Boolean).join(': '), alert: f.rule === 'not-finite' || f.rule === 'exploding' || f.rule === 'vanishing' || f.rule === 'dead'})));
  const drawn = runs.map(({run}, k) => firstColumns(all[k]!, shownOf(run)));
  if (drawn.some((values) => values.includes(-Infinity))) notes.push({text: say('runZero')});
  if (drawn.some((values) => values.includes(NaN))) notes.push({text: say('runNan')});
  notes.push(...(ridges?.notes ?? []));
  const legend: LegendItem[] = [];
  const flat = runs.flatMap(({name, run}, k) => Array.from(run.steps.subarray(0, shownOf(run)), (step, c) => ({name, k, step, c})));
  const widest = Math.max(0, ...runs.map(({run}) => run.weights.length));
  return {
    label: say('runTitle'),
    facts: runs.map(({name, run}) => [name, factsOf(run)].filter(Boolean).join(': ')).join(' · '),
    panels,
    stacked: true,
    legend,
    notes,
    bar: scaleOf,
    table: {
      columns: ['run', 'step', ...(runs[0]?.run.weights ?? []).map((w) => w.address), ...(ridges ? RANGES.map((name) => `${chosen} ${name}`) : [])],
      rows: flat.length,
      cell: (row, column) => {
        const {name, k, step, c} = flat[row]!;
        if (column < 2) return column ? step : name;
        const {cols, rows, values} = all[k]!;
        const beyond = column - 2 - (runs[0]?.run.weights.length ?? 0);
        if (beyond >= 0) return ridges?.range(k, step)?.[beyond] ?? '';
        return column - 2 < Math.min(rows, widest) ? 10 ** values[(column - 2) * cols + c]! : '';
      },
    },
    metrics: {runs: runs.map(({name, run}) => ({name, steps: run.stepCount, findings: run.findings, nonFinite: run.nonFinite}))},
  };
}
