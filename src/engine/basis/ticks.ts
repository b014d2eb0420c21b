import { messageOf } from '../../model/error.ts';
import type { Clock, Logger } from '../ports.ts';

export interface Ticks {
  /** Runs `work` every `ms`, never twice at a time; a failure is logged and the next tick comes all the same. */
  every(name: string, ms: number, work: () => Promise<void> | void): void;
  /** As `every`, the first time at once. */
  atOnceAndEvery(name: string, ms: number, work: () => Promise<void> | void): void;
  close(): void;
}

/** The same failure of the same task is told again only after this long: a backend may be away for hours. */
const SAY_AGAIN_MS = 60_000;

export function createTicks(deps: { readonly clock: Clock; readonly logger: Logger }): Ticks {
  const { clock, logger } = deps;
  const stops: (() => void)[] = [];

  function startTask(name: string, ms: number, work: () => Promise<void> | void): () => Promise<void> {
    let isRunning = false;
    let said: { readonly message: string; readonly atMs: number } | null = null;
    const run = async (): Promise<void> => {
      if (isRunning) return;
      isRunning = true;
      try {
        await work();
        if (said !== null) logger.info({ tick: name }, 'a periodic task works again');
        said = null;
      } catch (thrown) {
        const message = messageOf(thrown);
        const atMs = clock.monotonicMs();
        if (said === null || said.message !== message || atMs - said.atMs >= SAY_AGAIN_MS) {
          logger.error({ err: thrown, tick: name }, 'a periodic task failed');
          said = { message, atMs };
        }
      } finally {
        isRunning = false;
      }
    };
    stops.push(clock.every(ms, () => void run()));
    return run;
  }

  return {
    atOnceAndEvery: (name, ms, work) => void startTask(name, ms, work)(),
    every: (name, ms, work) => void startTask(name, ms, work),
    close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}
