import {describe, unwrap} from '../tensor/read-tensor.js';
import {presentTf, type TfTensor} from '../tensor/tf.js';
import {Problem} from '../words/learn.js';
import {withEpochHooks} from './epochs.js';
import type {WatchTf} from './measurement.js';
import {type Gradients, isOptimizer, type LiveOptimizer, type TrainableModel} from './optimizer.js';
import {nearest} from './nearest.js';
import {keepProbe, type ProbeInput} from './probe.js';
import {RULE_DEFAULTS, type RuleThresholds} from './rules.js';
import {Run} from './run.js';
import {tapMethod} from './tap.js';

/** How to watch. */
export interface WatchOptions {
  /** TensorFlow.js; else what `useTf` was given, else `globalThis.tf`. */
  readonly tf?: object;
  /**
   * Each so-manieth step is measured; `auto`: as often as keeps the cost under 5 % of training. Loss, and whether all is
   * finite, are seen at every step, which costs something even where nothing is measured: with `cpu`, and with `wasm` up to
   * 65,536 values, a clone and two reads of each weight and about 1 ns for each value; else a few kernels and one
   * read-back, which the 5 % do hold for only where a step takes many times as long. So steps of a millisecond or less
   * may cost 10 % and more with `auto`; `run.cost` tells what it was.
   */
  readonly every?: 'auto' | number;
  /** A batch to find dead and saturated units with: a tensor, or one for each input. It is cloned, and run through the model as it is, never in training mode. */
  readonly probe?: ProbeInput;
  /**
   * Weights and gradients in full: at the first step of each epoch, or each so-manieth step; and the weights after the
   * last. They take 8 bytes a weight each. Of all that come as many stay, spread evenly, as 64 MB hold, but never fewer
   * than two: of 25 million weights those take 400 MB. That they will take more than 64 MB is told on the console.
   */
  readonly snapshots?: 'epoch' | number | false;
  /** Thresholds of the rules other than `RULE_DEFAULTS`. */
  readonly rules?: Partial<RuleThresholds>;
}

const OPTIONS: Readonly<Record<keyof WatchOptions, true>> = {tf: true, every: true, probe: true, snapshots: true, rules: true};

/** @throws Problem for a name that is none of the names there are */
function refuseOthers(given: object, among: object, key: 'watchOption' | 'watchRule'): void {
  const names = Object.keys(among);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(among, name)) continue;
    const meant = nearest(name, names);
    throw meant === null ? new Problem(key, {name, names: names.join(', ')}) : new Problem(`${key}Near`, {name, nearest: meant, names: names.join(', ')});
  }
}

/**
 * Watches a model or an optimiser train, whatever trains it: `fit`, `fitDataset`, `trainOnBatch`, `optimizer.minimize` or
 * `applyGradients` in a loop of one's own. Training itself comes out bit by bit as without. Any number may watch at once;
 * `run.stop()`, in any order, leaves optimiser and model as they were.
 * @param target a compiled `tf.LayersModel`, or an optimiser: of that alone, weights go by the names of their variables
 * @throws Problem for anything else, for a model that is not compiled, for options there are not, and where there is no TensorFlow.js
 */
export function watch(target: object, options: WatchOptions = {}): Run {
  refuseOthers(options, OPTIONS, 'watchOption');
  const {every = 'auto', snapshots = false, rules = {}} = options;
  const tf = options.tf ? (unwrap(options.tf) as WatchTf) : (presentTf() as WatchTf | null);
  if (!tf) throw new Problem('tfMissing');
  if (!['tidy', 'engine', 'keep', 'concat', 'gather'].every((name) => typeof (tf as unknown as Record<string, unknown>)[name] === 'function')) throw new Problem('tfBad', {got: describe(tf)});
  const given: unknown = unwrap(target);
  const model = modelOf(given);
  const whole = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 1;
  if (every !== 'auto' && !whole(every)) throw new Problem('watchEvery', {got: describe(every)});
  if (snapshots !== false && snapshots !== 'epoch' && !whole(snapshots)) throw new Problem('watchSnapshots', {got: describe(snapshots)});
  refuseOthers(rules, RULE_DEFAULTS, 'watchRule');
  for (const [name, value] of Object.entries(rules)) {
    if (!(typeof value === 'number' && value >= 0)) throw new Problem('watchThreshold', {name, got: describe(value)});
  }
  if (options.probe && !model) throw new Problem('watchProbeModel');
  const probe = options.probe ? keepProbe(tf, model!, options.probe) : [];
  const run = new Run({tf, every, snapshots, thresholds: rules, model, probe});
  if (probe.length) {
    try {
      run.probe();
    } catch (error) {
      run.stop();
      throw new Problem('runFailed', {reason: (error as Error).message, backend: tf.getBackend()}, {cause: error});
    }
  }
  if (model) tapModel(run, model);
  else run.onStop(tapOptimizer(run, given as LiveOptimizer));
  return run;
}

/** The model, or `null` for an optimiser. */
function modelOf(given: unknown): TrainableModel | null {
  if (isOptimizer(given)) return null;
  const model = given as (Partial<TrainableModel> & {execute?: unknown}) | null;
  if (typeof model !== 'object' || model === null) throw new Problem('watchKind', {got: describe(given)});
  if (Array.isArray(model.layers)) {
    if (!model.optimizer) throw new Problem('watchUncompiled');
    return model as TrainableModel;
  }
  throw new Problem(typeof model.execute === 'function' ? 'watchGraph' : 'watchKind', {got: describe(given)});
}

function tapOptimizer(run: Run, optimizer: LiveOptimizer): () => void {
  const untap = [
    tapMethod(optimizer, 'minimize', (_self, args, next) => run.minimize(args, next)),
    tapMethod(optimizer, 'applyGradients', (_self, args, next) => run.applyGradients(optimizer, args[0] as Gradients, () => next(args))),
  ];
  return () => untap.forEach((stop) => stop());
}

function tapModel(run: Run, model: TrainableModel): void {
  let optimizer: LiveOptimizer | null = null;
  let inner: TrainableModel | null = null;
  let untapOptimizer: (() => void) | null = null;
  let untapInner: (() => void) | null = null;
  /** Goes on to the optimiser, and to the model within a tf.Sequential, that the model has now: both change when it is compiled. */
  const follow = (): void => {
    const now = model.optimizer ?? null;
    if (now !== optimizer) {
      untapOptimizer?.();
      untapOptimizer = now && tapOptimizer(run, now);
      optimizer = now;
    }
    const trained = model.model ?? model;
    if (trained === inner) return;
    untapInner?.();
    inner = trained;
    untapInner = tapMethod(trained, 'makeTrainFunction', (_self, args, next) => {
      const train = next(args) as (data: readonly (TfTensor | null)[]) => unknown;
      return (data: readonly (TfTensor | null)[]) => run.trainOn(data, () => train(data));
    });
  };
  const hooks = {begin: () => run.beginEpoch(), end: (epoch: number, logs: Readonly<Record<string, unknown>>) => run.endEpoch(epoch, logs)};
  /** `fit` and `fitDataset`, whose settings stand at `at`. */
  const fitting = (name: 'fit' | 'fitDataset', at: number): void => {
    run.onStop(
      tapMethod(model, name, async (_self, args, next) => {
        follow();
        const settings = args[at] as {callbacks?: unknown} | null | undefined;
        const given = [...args];
        // without settings fitDataset has something to say of its own
        if (settings || name === 'fit') given[at] = {...settings, callbacks: withEpochHooks(settings?.callbacks, hooks)};
        let done = false;
        try {
          const history = await next(given);
          done = true;
          return history;
        } finally {
          await run.end(done ? 'fit' : 'error');
        }
      }),
    );
  };
  fitting('fit', 2);
  fitting('fitDataset', 1);
  run.onStop(
    tapMethod(model, 'trainOnBatch', (_self, args, next) => {
      follow();
      return next(args);
    }),
  );
  run.onStop(
    tapMethod(model, 'compile', (_self, args, next) => {
      try {
        return next(args);
      } finally {
        follow();
      }
    }),
  );
  run.onStop(() => {
    untapOptimizer?.();
    untapInner?.();
  });
  follow();
}
