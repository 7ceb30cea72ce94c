export {drain, runSliced, type SliceOptions, yieldToPage} from '../tensor/slices.js';

/** Runs a generator as part of a longer one, so that its shares done run from `from` to `to`. */
export function* part<T>(steps: Generator<number, T>, from: number, to: number): Generator<number, T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield from + step.value * (to - from);
  }
}
