import { setMaxListeners } from 'node:events';
import type { Clock } from '../ports.ts';

/** The real clock. Timers do not keep the process alive by themselves, except a sleep somebody waits for. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        if (signal === undefined) return;
        // Twenty servers may be waited for under one signal: that is no leak, which is what Node would warn of.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', done, { once: true });
      }),
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
