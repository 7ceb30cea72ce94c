/**
 * Resolves when an element is near the viewport.
 * @param away called when it is known that it is not
 * @returns rejects with the signal's reason when aborted before
 */
export function nearViewport(element: Element, signal: AbortSignal, away: () => void = () => undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((e) => e.isIntersecting)) return away();
        observer.disconnect();
        resolve();
      },
      {rootMargin: '300px'},
    );
    observer.observe(element);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      reject(signal.reason as Error);
    });
  });
}
