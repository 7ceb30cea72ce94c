import {Problem} from '../words/kinds.js';

/**
 * The class that counts as positive: a name, else an index.
 * @throws Problem where there is none of so many
 */
export function positiveClass(positive: string | number, classes: readonly string[] | null, n: number): number {
  const named = classes?.indexOf(String(positive)) ?? -1;
  const at = named >= 0 ? named : String(positive).trim() === '' ? NaN : Number(positive);
  if (!(Number.isInteger(at) && at >= 0 && at < n)) throw new Problem('plotNoClass', {name: String(positive), names: (classes ?? [`0 – ${n - 1}`]).slice(0, 5).join(', ')});
  return at;
}
