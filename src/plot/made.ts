import type {Values} from '../tensor/types.js';
import type {WordKey} from '../words/kinds.js';
import type {PlotData} from './data.js';

/** What becomes of a classifier's numbers: they are probabilities, are made so, or are shown as they are. */
export type Made = 'probabilities' | 'softmax' | 'softmax-linear' | 'sigmoid' | 'sigmoid-linear' | 'scores' | 'independent';

/** How it is said. */
export const MADE_WORDS: Readonly<Record<Made, WordKey | null>> = {
  probabilities: null,
  scores: null,
  softmax: 'plotSoftmax',
  'softmax-linear': 'plotSoftmaxLinear',
  sigmoid: 'plotSigmoid',
  'sigmoid-linear': 'plotSigmoidLinear',
  independent: 'plotIndependent',
};

/** How far the sum of a row of probabilities may be from 1: half floats and rounded tables are. */
const SLACK = 1e-3;
/** Numbers looked at between two yields. */
const CHUNK = 1 << 17;

/**
 * Whether a classifier's numbers, n × c, are probabilities, or how they are made so. The model's activation tells, where
 * it is known. Else numbers within 0 and 1 whose rows sum to 1 are probabilities, NaN and its row aside; numbers within 0
 * and 1 whose rows do not are scores of classes that do not exclude each other, since logits are hardly ever so; others
 * are logits.
 * @yields share done
 */
export function* madeOf(data: Values, n: number, c: number, activation: PlotData['activation']): Generator<number, Made> {
  if (activation === 'softmax') return 'probabilities';
  if (activation === 'sigmoid') return c === 1 ? 'probabilities' : 'scores';
  if (activation === 'linear') return c === 1 ? 'sigmoid-linear' : 'softmax-linear';
  let summed = true;
  const step = Math.ceil(CHUNK / c);
  for (let from = 0; from < n; from += step) {
    const to = Math.min(n, from + step);
    for (let i = from; i < to; i++) {
      let sum = 0;
      for (let k = i * c; k < (i + 1) * c; k++) {
        if (data[k]! < 0 || data[k]! > 1) return c === 1 ? 'sigmoid' : 'softmax';
        sum += data[k]!;
      }
      if (Math.abs(sum - 1) > SLACK) summed = false;
    }
    yield to / n;
  }
  return summed || c === 1 ? 'probabilities' : 'independent';
}
