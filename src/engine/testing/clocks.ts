/** Invented time; nothing outside tests imports this. The simulator has its own, which its world drives (virtual-clock.ts). */
import type { Clock } from '../ports.ts';

const START_EPOCH_MS = 1_700_000_000_000;

interface Interval {
  readonly ms: number;
  readonly run: () => void;
  dueMs: number;
}

/** What was asked for with every(): `passTo` runs what is due by then, as often as it is. */
function createIntervals() {
  const intervals = new Set<Interval>();
  return {
    add(ms: number, run: () => void, nowMs: number): () => void {
      const interval = { ms, run, dueMs: nowMs + ms };
      intervals.add(interval);
      return () => void intervals.delete(interval);
    },
    passTo(nowMs: number): void {
      for (const interval of intervals)
        for (; interval.dueMs <= nowMs && intervals.has(interval); interval.dueMs += interval.ms) interval.run();
    },
  };
}

export interface StillClock extends Clock {
  /** So much time passes, and what is due by then is run. */
  pass(ms: number): void;
}

/**
 * Time that stands still until the test lets it pass. Whoever sleeps is awake at once, and nothing has passed.
 * @param startMs what both clocks say first, milliseconds; the wall clock says `epochMs` more.
 */
export function createStillClock(startMs = 0, epochMs = 0): StillClock {
  let nowMs = startMs;
  const intervals = createIntervals();
  return {
    now: () => epochMs + nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => undefined,
    every: (ms, run) => intervals.add(ms, run, nowMs),
    pass(ms) {
      nowMs += ms;
      intervals.passTo(nowMs);
    },
  };
}

export interface HurriedClock extends Clock {
  /** Called before the time of a sleep passes. */
  onSleep: (ms: number) => void;
}

interface Sleeper {
  readonly wakesAtMs: number;
  wake(): void;
}

/**
 * Time for tests of parts that wait a while: whoever sleeps is woken as soon as nobody else has anything to do, and time has passed by then.
 * It stands still otherwise. What must happen while somebody sleeps is done before the sleep, by a sleep of the test's own, or by onSleep.
 */
export function createHurriedClock(startEpochMs = START_EPOCH_MS): HurriedClock {
  let nowMs = 0;
  let isWaking = false;
  const sleepers = new Set<Sleeper>();
  const intervals = createIntervals();

  /** Promises run dry, and immediates have their turn. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async function wakeAll(): Promise<void> {
    isWaking = true;
    for (;;) {
      await settle();
      const [first] = [...sleepers].sort((one, other) => one.wakesAtMs - other.wakesAtMs);
      if (first === undefined) break;
      const passedMs = Math.max(0, first.wakesAtMs - nowMs);
      clock.onSleep(passedMs);
      nowMs += passedMs;
      intervals.passTo(nowMs);
      first.wake();
    }
    isWaking = false;
  }

  const clock: HurriedClock = {
    onSleep: () => undefined,
    now: () => startEpochMs + nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { wakesAtMs: nowMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        if (!isWaking) void wakeAll();
      }),
    every: (ms, run) => intervals.add(ms, run, nowMs),
  };
  return clock;
}
