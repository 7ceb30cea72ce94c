import type {TensorValues} from '../src/tensor/types.js';

/** Pseudo-random numbers, the same each time (mulberry32). */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `n` numbers spread about 0. */
export function noise(n: number, seed = 1): Float32Array {
  const next = random(seed);
  return Float32Array.from({length: n}, () => next() + next() + next() + next() - 2);
}

/** Runs a generator to its end. */
export function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export const fixture = (path: string): string => new URL(`/test/fixtures/${path}`, location.href).href;

export async function json<T>(path: string): Promise<T> {
  return (await (await fetch(fixture(path))).json()) as T;
}

/** The error that a promise rejects with, or that a function throws. */
export async function failure(run: (() => unknown) | Promise<unknown>): Promise<Error> {
  try {
    await (typeof run === 'function' ? run() : run);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It should have failed.');
}

/** The value at an index. */
export function at({shape, data}: TensorValues, index: readonly number[]): number {
  return data[index.reduce((sum, i, axis) => sum * shape[axis]! + i, 0)]!;
}

export async function hex256(data: ArrayBufferView<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', data);
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** The address of a fixture model's JSON. */
export function modelUrl(model: string): string {
  const own: Record<string, string> = {
    'human-antispoof-f16': 'antispoof.json',
    'human-gender': 'gender.json',
    'faceapi-landmark68-tiny-uint8': 'face_landmark_68_tiny_model-weights_manifest.json',
    'faceapi-tiny-detector-uint8': 'tiny_face_detector_model-weights_manifest.json',
  };
  return fixture(`models/${model}/${own[model] ?? 'model.json'}`);
}
