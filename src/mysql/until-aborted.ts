import { setMaxListeners } from 'node:events';

/** What `work` comes to, or null as soon as the signal comes; whatever hangs then is left to its own deadline. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  let leave: () => void = () => undefined;
  const aborted = new Promise<null>((resolve) => {
    const tell = (): void => resolve(null);
    // Many servers are read under one signal at once: no leak, which is what Node would warn of.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', tell, { once: true });
    // One signal outlives thousands of readings: none may leave its listener behind.
    leave = () => signal.removeEventListener('abort', tell);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    leave();
  }
}
