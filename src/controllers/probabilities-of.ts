import {looksLikeProbabilities, softmax} from '../compute/probabilities.js';

/** The probabilities of a row of scores; `null` where they are none. */
export function probabilitiesOf(row: Float64Array, activation: 'softmax' | 'sigmoid' | 'linear' | null): Float64Array | null {
  if (activation === 'softmax' || activation === 'sigmoid') return row;
  if (activation === 'linear') return softmax(row, 1, row.length);
  return looksLikeProbabilities(row, 1, row.length) ? row : null;
}
