import {runSliced} from '../compute/slices.js';
import type {PlotSeries} from '../plot/data.js';
import {addLogs, newRun, type RunCurves} from '../plot/run-curves.js';
import {describe, unwrap} from '../tensor/read-tensor.js';
import {readRecord, readRecordSteps, type RunData} from '../training/record.js';
import type {Run} from '../training/run.js';
import {Problem} from '../words/kinds.js';

// Fetched when a run is drawn as curves.

/** A run of `watch()`, live or recorded, as it is shown. @throws Problem for what is none */
export function runDataOf(given: unknown): RunData {
  const run = unwrap(given) as Partial<RunData> | null;
  if (typeof run === 'string') return readRecord(run);
  if (typeof run !== 'object' || run === null) throw new Problem('plotRun', {got: describe(given)});
  return typeof run.values === 'function' && run.curve ? (run as RunData) : readRecord(run);
}

/** Fetches a recorded run. @param fresh asks the server whether there is a newer one @returns rejects with a Problem, or with the signal's reason */
export async function readRunUrl(src: string, {signal, fresh, tell, ...fetching}: {signal: AbortSignal; fresh: boolean; tell: (loaded: number, total: number) => void; fetch?: typeof fetch; credentials?: RequestCredentials}): Promise<RunData> {
  const [{download}, {parseJson}] = await Promise.all([import('../tensor/download.js'), import('../tensor/read-source.js')]);
  const url = new URL(src, document.baseURI).href;
  const decoder = new TextDecoder();
  let text = '';
  await download({url, signal, revalidate: fresh, words: {unreachable: 'srcUnreachable', status: 'srcStatus'}, tell, ...fetching}, (chunk) => (text += decoder.decode(chunk, {stream: true})));
  return runSliced(readRecordSteps(parseJson(text + decoder.decode(), url)), {signal});
}

/** Runs by name, which is one's own: one run, or a list of them or of `{name, run}`. @throws Problem for what is none, and for none at all */
export function runsOf(input: unknown): {name: string; run: RunData}[] {
  const given = unwrap(input);
  if (!Array.isArray(given)) return [{name: '', run: runDataOf(given)}];
  if (!given.length) throw new Problem('plotRun', {got: '[]'});
  const names = new Map<string, number>();
  return given.map((one: {name?: unknown; run?: unknown}, i) => {
    const name = String(one?.name ?? i + 1);
    const n = (names.get(name) ?? 0) + 1;
    names.set(name, n);
    return {name: n > 1 ? `${name} (${n})` : name, run: runDataOf(one && typeof one === 'object' && 'run' in one ? one.run : one)};
  });
}

/** Whether a run goes on that keeps weights now and then, and has kept none yet. */
export function isWaiting(run: RunData): boolean {
  const {takesSnapshots, stopped, snapshots} = run as RunData & Partial<Pick<Run, 'takesSnapshots' | 'stopped'>>;
  return !!takesSnapshots && !stopped && !snapshots.length;
}

/** All steps of several runs, ascending, each once. */
export function stepsOfAll(runs: readonly ArrayLike<number>[]): ArrayLike<number> {
  return runs.length === 1 ? runs[0]! : Float64Array.from(new Set(runs.flatMap((steps) => Array.from(steps)))).sort();
}

/** Runs as curves over their steps: the loss of each, and what was logged at the end of epochs. @param last the step up to which; `null`: all */
export const readRuns = (runs: readonly {name: string; run: RunData}[], last: number | null): PlotSeries[] => runs.map(({name, run}) => ({name, history: curvesOf(run, last ?? Infinity)}));

function curvesOf({curve: {steps, loss}, epochs}: RunData, last: number): RunCurves {
  const run = newRun(0, 'step');
  const rows: Record<string, number>[] = [];
  // where the loss was not seen there is nothing to draw, unless it was not finite
  steps.forEach((step, i) => step <= last && rows.push({step, loss: loss[i]!}));
  addLogs(run, rows);
  for (const {step, logs} of epochs) {
    const {loss: _, ...others} = logs;
    if (step <= last + 1) addLogs(run, {step, ...others});
  }
  run.rows = rows.length;
  return run;
}
