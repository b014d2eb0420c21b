import { messageOf } from '../../model/error.ts';
import type { Clock, Logger } from '../ports.ts';
import { createOldNews } from './old-news.ts';

export interface Ticks {
  /** Runs `work` every `ms`, never twice at a time; a failure is logged and the next tick comes all the same. */
  every(name: string, ms: number, work: () => Promise<void> | void): void;
  /** As `every`, the first time at once. */
  atOnceAndEvery(name: string, ms: number, work: () => Promise<void> | void): void;
  /** For work that a tick began and did not wait for: nothing more is to be begun. */
  isClosed(): boolean;
  close(): void;
}

export function createTicks(deps: { readonly clock: Clock; readonly logger: Logger }): Ticks {
  const { clock, logger } = deps;
  const stops: (() => void)[] = [];
  let isClosed = false;

  function startTask(name: string, ms: number, work: () => Promise<void> | void): () => Promise<void> {
    let isRunning = false;
    const failures = createOldNews(clock);
    const run = async (): Promise<void> => {
      if (isRunning) return;
      isRunning = true;
      try {
        await work();
        if (failures.forget()) logger.info({ tick: name }, 'a periodic task works again');
      } catch (thrown) {
        if (failures.isNews(messageOf(thrown))) logger.error({ err: thrown, tick: name }, 'a periodic task failed');
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
    isClosed: () => isClosed,
    close() {
      isClosed = true;
      for (const stop of stops.splice(0)) stop();
    },
  };
}
