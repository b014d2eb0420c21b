import type { Clock } from '../../src/engine/ports.ts';

/** Time that passes only when everybody waits: seconds of a failover take milliseconds, and always in the same order. */
export interface VirtualClock extends Clock {
  /** Lets time pass until the test holds or `limitMs` have passed; says which. Only one caller at a time. */
  runUntil(isDone: () => boolean, limitMs: number): Promise<boolean>;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Everybody who can go on now has gone on: promises run dry, and the few immediates of the engine have had their turn. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

export function createVirtualClock(startEpochMs: number): VirtualClock {
  let nowMs = 0;
  let order = 0;
  const timers = new Set<Timer>();

  function at(atMs: number, run: () => void): () => void {
    order += 1;
    const timer = { atMs, order, run };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  function earliest(): Timer | null {
    let first: Timer | null = null;
    for (const timer of timers) {
      if (first === null || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  return {
    now: () => startEpochMs + nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const cancel = at(nowMs + Math.max(0, Math.ceil(ms)), done);
        function done(): void {
          cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        }
        signal?.addEventListener('abort', done, { once: true });
      }),
    every(ms, run) {
      let cancel = (): unknown => undefined;
      const again = (): void => {
        cancel = at(nowMs + ms, () => {
          again();
          run();
        });
      };
      again();
      return () => void cancel();
    },
    async runUntil(isDone, limitMs) {
      const untilMs = nowMs + limitMs;
      for (;;) {
        await settle();
        if (isDone()) return true;
        const next = earliest();
        if (next === null || next.atMs > untilMs) {
          nowMs = untilMs;
          return false;
        }
        nowMs = next.atMs;
        for (;;) {
          const due = earliest();
          if (due === null || due.atMs > nowMs) break;
          timers.delete(due);
          due.run();
        }
      }
    },
  };
}
