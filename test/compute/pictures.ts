import {fixture} from '../helpers.js';

/** The first pictures of Fashion-MNIST, `count × 784`, 0 to 1. */
export async function pictures(count: number): Promise<Float32Array> {
  const bytes = new Uint8Array(await (await fetch(fixture('data/fashion_mnist_1000-images-idx3-ubyte'))).arrayBuffer());
  return Float32Array.from(bytes.subarray(16, 16 + 784 * count), (v) => v / 255);
}

/** The shares that steps tell, which must rise from 0 to 1, and the result. */
export function followed<T>(steps: Generator<number, T>): {shares: number[]; result: T} {
  const shares: number[] = [];
  for (;;) {
    const step = steps.next();
    if (step.done) return {shares, result: step.value};
    if (!(step.value >= (shares.at(-1) ?? 0) && step.value <= 1)) throw new Error(`Share ${step.value} after ${shares.at(-1)}.`);
    shares.push(step.value);
  }
}
