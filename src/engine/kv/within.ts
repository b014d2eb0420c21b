import { setMaxListeners } from 'node:events';

/** Runs `work` with a signal that ends after `ms`; rejects then with `late()`, also when the work does not listen to the signal. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, late: () => Error): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  // One per request; there may be many at once.
  setMaxListeners(0, signal);
  let stop = (): void => undefined;
  const deadline = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(late());
    signal.addEventListener('abort', onAbort);
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work(signal), deadline]);
  } finally {
    stop();
  }
}
