/** What is told of epochs; `logs` may hold scalars that the caller goes on to dispose of. */
export interface EpochHooks {
  begin(): void;
  end(epoch: number, logs: Readonly<Record<string, unknown>>): void;
}

type Callback = (this: unknown, epoch: number, logs?: Record<string, unknown>) => unknown;

interface Config {
  readonly onEpochBegin?: Callback;
  readonly onEpochEnd?: Callback;
}

/** An instance of tf.Callback, as `CallbackList` knows it. */
const isInstance = (x: unknown): x is object => ['setParams', 'setModel', 'onEpochEnd'].every((name) => typeof (x as Record<string, unknown> | null)?.[name] === 'function');

/**
 * The callbacks of a `fit` with ours among them, the given ones left as they are. Instances of tf.Callback get one more
 * beside them. Of plain objects the first is stood in for: another object would wait for frames of its own.
 */
export function withEpochHooks(callbacks: unknown, hooks: EpochHooks): unknown {
  const list: readonly unknown[] = Array.isArray(callbacks) ? callbacks : callbacks === undefined || callbacks === null ? [] : [callbacks];
  if (isInstance(list[0])) return [...list, instance(hooks)];
  const first = (list[0] ?? {}) as Config;
  // what the object has beside, on its class too, shows through
  const ours: unknown = Object.create(first, {
    onEpochBegin: {
      async value(this: unknown, epoch: number, logs?: Record<string, unknown>): Promise<void> {
        hooks.begin();
        await first.onEpochBegin?.call(this, epoch, logs);
      },
    },
    onEpochEnd: {
      async value(this: unknown, epoch: number, logs?: Record<string, unknown>): Promise<void> {
        hooks.end(epoch, logs ?? {});
        await first.onEpochEnd?.call(this, epoch, logs);
      },
    },
  });
  return [ours, ...list.slice(1)];
}

function instance(hooks: EpochHooks): object {
  const nothing = (): void => undefined;
  return {
    setParams: nothing,
    setModel: nothing,
    onEpochBegin: () => hooks.begin(),
    onEpochEnd: (epoch: number, logs?: Record<string, unknown>) => hooks.end(epoch, logs ?? {}),
    onBatchBegin: nothing,
    onBatchEnd: nothing,
    onTrainBegin: nothing,
    onTrainEnd: nothing,
  };
}
