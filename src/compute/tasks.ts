import {badgesSteps} from './badges.js';
import {clusterSteps} from './cluster.js';
import {embedSteps} from './embed.js';
import {spectrumSteps} from './spectrum.js';

/** What takes long, by name: run in a worker where one can be started, else in slices. */
export const tasks = {badges: badgesSteps, cluster: clusterSteps, embed: embedSteps, spectrum: spectrumSteps};

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
export type TaskArgs<N extends TaskName> = Parameters<Tasks[N]>;
export type TaskResult<N extends TaskName> = Tasks[N] extends (...args: never[]) => Generator<number, infer R> ? R : never;

/** What the worker is asked, one at a time. */
export interface WorkerJob {
  readonly name: TaskName;
  readonly args: readonly unknown[];
}

/** What it answers: that it is there, how far it is, and how it ended. */
export type WorkerAnswer = {readonly ready: true} | {readonly share: number} | {readonly result: unknown} | {readonly error: {readonly name: string; readonly message: string}};

/** The steps of a job. */
export const stepsOf = ({name, args}: WorkerJob): Generator<number, object> => (tasks[name] as (...args: readonly unknown[]) => Generator<number, object>)(...args);
