/** A property that has another value for the length of one synchronous call. */
export interface Swap {
  readonly of: object;
  readonly key: string;
  readonly value: unknown;
}

/** Runs something synchronous with properties swapped, and puts them back, in the opposite order, also where it fails. */
export function withSwaps<T>(swaps: readonly Swap[], run: () => T): T {
  const done: {of: object; key: string; own: PropertyDescriptor | undefined}[] = [];
  try {
    for (const {of, key, value} of swaps) {
      done.push({of, key, own: Object.getOwnPropertyDescriptor(of, key)});
      Object.defineProperty(of, key, {value, writable: true, configurable: true, enumerable: true});
    }
    return run();
  } finally {
    for (const {of, key, own} of done.reverse()) {
      if (own) Object.defineProperty(of, key, own);
      else delete (of as Record<string, unknown>)[key];
    }
  }
}
