/** Ms between two pictures of a run that goes on. */
const LIVE = 250;

/**
 * Tells now and then that a run of `watch()` has gone on.
 * @param given a run, a list of them or of `{name, run}`; records, which never go on, are passed over
 * @returns what ends it
 */
export function followRuns(given: unknown, grown: () => void): () => void {
  const listening = new AbortController();
  const {signal} = listening;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      grown();
    }, LIVE);
  };
  for (const one of Array.isArray(given) ? given : [given]) {
    const run: unknown = (one as {run?: unknown} | null)?.run ?? one;
    if (run instanceof EventTarget) for (const type of ['step', 'epoch', 'anomaly', 'end']) run.addEventListener(type, soon, {signal});
  }
  return () => {
    listening.abort();
    clearTimeout(timer);
  };
}
