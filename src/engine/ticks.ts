import type { Clock, Logger } from './ports.ts';

export interface Ticks {
  /** Runs `work` every `ms`, never twice at a time; a failure is logged and the next tick comes all the same. */
  every(name: string, ms: number, work: () => Promise<void> | void): void;
  close(): void;
}

export function createTicks(deps: { readonly clock: Clock; readonly logger: Logger }): Ticks {
  const stops: (() => void)[] = [];
  return {
    every(name, ms, work) {
      let isRunning = false;
      const tick = async (): Promise<void> => {
        if (isRunning) return;
        isRunning = true;
        try {
          await work();
        } catch (thrown) {
          deps.logger.error({ err: thrown, tick: name }, 'a periodic task failed');
        } finally {
          isRunning = false;
        }
      };
      stops.push(deps.clock.every(ms, () => void tick()));
    },
    close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}
