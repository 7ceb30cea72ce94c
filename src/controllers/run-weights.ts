import {changeOf, changeSteps, differenceSteps, newSums} from '../compute/change.js';
import {runSliced} from '../compute/slices.js';
import type {ModelWeights, TensorValues, WeightInfo} from '../tensor/types.js';
import {sizeOf} from '../tensor/read-tensor.js';
import {kindOf} from '../tensor/weight-kind.js';
import type {RunData, RunSnapshot} from '../training/record.js';
import {Problem} from '../words/learn.js';
import {NONE, type Span, union} from './seen.js';

/** What of a run's snapshots is drawn. */
export type SnapshotOf = 'weights' | 'gradients';

/** Values scanned between two looks at the clock. */
const PIECE = 1 << 16;
/** What each array of a snapshot spans; arrays of snapshots never change. */
const spans = new WeakMap<Float32Array, Span>();

/** The snapshots that hold what is asked for. @throws Problem where the run holds none */
export function snapshotsOf({snapshots}: RunData, of: SnapshotOf): readonly RunSnapshot[] {
  const found = snapshots.filter((s) => s[of] !== null);
  if (!found.length) throw new Problem('runNoSnapshots');
  return found;
}

/** The weights of a run, without values: to find one by what a page calls it. */
export const weightsOfRun = ({weights}: RunData): ModelWeights => listed(weights.map((w) => ({...w, read: () => Promise.reject(new Problem('runNoSnapshots'))})));

/**
 * All weights of a run at one of its snapshots, or their gradients; each with what it spans over the whole run, so that
 * colours keep their meaning.
 */
export function snapshotWeights(run: RunData, at: RunSnapshot, of: SnapshotOf): ModelWeights {
  const all = snapshotsOf(run, of);
  return listed(
    run.weights.flatMap((w, i) => {
      const data = at[of]?.[i];
      return data ? [{...w, gradient: of === 'gradients', read: async (signal?: AbortSignal) => ({shape: w.shape, dtype: 'float32', data, span: await runSliced(spanSteps(all.map((s) => [s[of]![i], null])), {signal})})}] : [];
    }),
  );
}

/** How weights have changed over a run: since its first snapshot, or since the one before. */
export type SnapshotSince = 'first' | 'previous';

/** What is drawn of a snapshot, and the one before that it is told from; `null` for its own weights. */
export interface SnapshotChanges {
  readonly model: ModelWeights;
  readonly from: RunSnapshot | null;
}

/**
 * What of all weights has changed up to a snapshot: its values minus those before, with how large that is beside them.
 * @returns rejects only with the signal's reason
 */
export async function snapshotChanges(run: RunData, at: RunSnapshot, since: SnapshotSince, signal?: AbortSignal): Promise<SnapshotChanges> {
  // a run that goes on may thin them meanwhile, this one included
  const all = [...snapshotsOf(run, 'weights')];
  const before = (of: RunSnapshot): RunSnapshot => (since === 'first' ? undefined : all.findLast(({step}) => step < of.step)) ?? all[0]!;
  const from = before(at);
  const found: (RunData['weights'][number] & Pick<WeightInfo, 'read' | 'change'>)[] = [];
  for (const [i, w] of run.weights.entries()) {
    const [now, then] = [at.weights[i], from.weights[i]];
    if (!now || !then) continue;
    const sums = newSums();
    await runSliced(changeSteps(now, then, sums), {signal});
    const read = async (more?: AbortSignal): Promise<TensorValues> => {
      const span = await runSliced(spanSteps(all.map((s) => [s.weights[i], before(s).weights[i]])), {signal: more});
      return {shape: w.shape, dtype: 'float32', data: await runSliced(differenceSteps(now, then, false), {signal: more}), span};
    };
    found.push({...w, read, change: changeOf(sums).relative});
  }
  return {model: listed(found), from};
}

function listed(weights: readonly (RunData['weights'][number] & Pick<WeightInfo, 'read' | 'change' | 'gradient'>)[]): ModelWeights {
  return {
    format: 'run',
    weights: weights.map(({address, layer, weight, shape, layerType, activation, read, change, gradient}) => ({
      address, layer, weight, shape, dtype: 'float32', size: sizeOf(shape), kind: kindOf(layerType ?? undefined, weight, shape), layerType: layerType ?? undefined, activation: activation ?? undefined, constant: false, read, change, gradient,
    })),
  };
}

/** What the finite values of some arrays, or of what they are above others, span together. @yields share done */
function* spanSteps(pairs: readonly (readonly [Float32Array | null | undefined, Float32Array | null | undefined])[]): Generator<number, Span> {
  let all = NONE;
  for (const [k, [array, less]] of pairs.entries()) {
    if (!array) continue;
    const known = less ? undefined : spans.get(array);
    let [min, max] = known ? [known.min, known.max] : [Infinity, -Infinity];
    for (let from = 0; !known && from < array.length; from += PIECE) {
      const end = Math.min(array.length, from + PIECE);
      for (let i = from; i < end; i++) {
        const v = less ? array[i]! - less[i]! : array[i]!;
        if (v < min && v !== -Infinity) min = v;
        if (v > max && v !== Infinity) max = v;
      }
      yield k / pairs.length;
    }
    if (!known && !less) spans.set(array, {min, max});
    all = union(all, {min, max});
  }
  return all;
}
