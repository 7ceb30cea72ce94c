import type {TensorValues} from '../tensor/types.js';
import type {LabelValues} from './data.js';

/** Whether a single column of predictions holds classes rather than scores: whole numbers, as the labels are, and not 0 and 1 alone. */
export function holdsClasses({shape, data}: TensorValues, labels: LabelValues): boolean {
  if (shape.slice(1).some((n) => n !== 1) || !('data' in labels) || labels.data.length !== data.length) return false;
  const whole = (list: ArrayLike<number>): number => {
    let most = 0;
    for (let i = 0; i < list.length; i++) {
      if (!(Number.isInteger(list[i]) && list[i]! >= 0)) return -1;
      most = Math.max(most, list[i]!);
    }
    return most;
  };
  const [a, b] = [whole(data), whole(labels.data)];
  return a >= 0 && b >= 0 && Math.max(a, b) > 1;
}
