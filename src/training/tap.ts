/** What stands in for a method: `next` goes on to what was there before. */
export type Around = (self: object, args: readonly unknown[], next: (args: readonly unknown[]) => unknown) => unknown;

interface Tap {
  readonly method: (...args: unknown[]) => unknown;
  readonly arounds: Around[];
  readonly restore: () => void;
}

const taps = new WeakMap<object, Map<string, Tap>>();

/**
 * Stands in for a method of one object, its class and its other instances left alone. However many do so, the object gets
 * one own property, which goes, or is again what it was, when the last has left, in whatever order they leave. Where
 * someone else has put a method over it since, it stays below that one and only passes on.
 * @returns what takes it away again
 */
export function tapMethod(target: object, name: string, around: Around): () => void {
  let named = taps.get(target);
  if (!named) taps.set(target, (named = new Map()));
  let tap = named.get(name);
  if (!tap || Object.getOwnPropertyDescriptor(target, name)?.value !== tap.method) named.set(name, (tap = newTap(target, name, named)));
  const {arounds, restore} = tap;
  arounds.push(around);
  return () => {
    const at = arounds.indexOf(around);
    if (at < 0) return;
    arounds.splice(at, 1);
    if (!arounds.length) restore();
  };
}

function newTap(target: object, name: string, named: Map<string, Tap>): Tap {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const arounds: Around[] = [];
  function method(this: object, ...args: unknown[]): unknown {
    const original = own ? (own.get ? (own.get.call(this) as unknown) : (own.value as unknown)) : Reflect.get(Object.getPrototypeOf(target) as object, name, this);
    const start = (given: readonly unknown[]): unknown => (original as (...args: unknown[]) => unknown).apply(this, [...given]);
    // a copy: who leaves while it runs is still in this call
    return [...arounds].reduce((next, around) => (given: readonly unknown[]) => around(this, given, next), start)(args);
  }
  const restore = (): void => {
    if (Object.getOwnPropertyDescriptor(target, name)?.value !== method) return;
    if (own) Object.defineProperty(target, name, own);
    else delete (target as Record<string, unknown>)[name];
    if (named.get(name)?.method === method) named.delete(name);
  };
  Object.defineProperty(target, name, {value: method, configurable: true, enumerable: own?.enumerable ?? false, writable: true});
  return {method, arounds, restore};
}
