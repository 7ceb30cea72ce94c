import {drain} from '../compute/slices.js';
import type {PlotSeries} from '../plot/data.js';
import {addLogs, curvesOfHistory, FEW_ROWS, newRun, type RunCurves} from '../plot/run-curves.js';

// Fetched with the first log.

/** Runs that grow log by log. */
export class GrowingRuns {
  readonly series: {name: string; history: RunCurves}[];

  /** @param before a history that has been set, which the logs go on from */
  constructor(before: readonly PlotSeries[]) {
    this.series = before.flatMap(({name, history}) => (history ? [{name, history: drain(curvesOfHistory(history as Parameters<typeof curvesOfHistory>[0], 0, null))}] : []));
  }

  /**
   * Adds logs to the run of a name; of several lists all that are right count.
   * @param changed told when any are in: whether the curves are others than before, and not only longer
   * @throws the last problem, once the others are in
   */
  add(logs: readonly Logs[], changed: (anew: boolean) => void): void {
    let [anew, any] = [false, false];
    let problem: unknown;
    for (const [rows, name, asked] of logs) {
      let run = this.series.find((s) => s.name === name);
      if (!run) this.series.push((run = {name, history: newRun()}));
      const before = run.history.rows;
      try {
        addLogs(run.history, rows as Parameters<typeof addLogs>[1], asked);
        any = true;
        anew ||= before === 0 || (before < FEW_ROWS && run.history.rows >= FEW_ROWS);
      } catch (error) {
        problem = error; // the others count
      }
    }
    if (any) changed(anew);
    if (problem !== undefined) throw problem;
  }
}

/** Logs, the name of their run, and what stands along x. */
export type Logs = readonly [rows: unknown, name: string, asked: RunCurves['unit'] | null];
