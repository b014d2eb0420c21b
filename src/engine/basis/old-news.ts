import type { Clock } from '../ports.ts';

/** The same failure is told again only after this long: a backend may be away for hours. */
const SAY_AGAIN_MS = 60_000;

/** Remembers what was told lately, so that a failure that comes again each second is told once a minute. */
export interface OldNews {
  /** Whether to tell this now; it counts as told then. */
  isNews(message: string): boolean;
  /** All is well again. Whether there was anything to tell. */
  forget(): boolean;
}

export function createOldNews(clock: Pick<Clock, 'monotonicMs'>): OldNews {
  const told = new Map<string, number>();
  return {
    isNews(message) {
      const nowMs = clock.monotonicMs();
      for (const [other, atMs] of told) if (nowMs - atMs >= SAY_AGAIN_MS) told.delete(other);
      if (told.has(message)) return false;
      told.set(message, nowMs);
      return true;
    },
    forget() {
      const wasAny = told.size > 0;
      told.clear();
      return wasAny;
    },
  };
}
