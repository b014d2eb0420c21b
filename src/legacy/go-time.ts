const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/** How the historic wire says "no time" where it prints a time value of its own. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Epoch milliseconds → `YYYY-MM-DD HH:MM:SS` in UTC, the form of all times that come from the tables; '' for null. */
export const historicTimestamp = (atMs: number | null): string =>
  atMs === null ? '' : new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');

/** Milliseconds → whole nanoseconds, the historic form of a duration. */
export const toNanoseconds = (durationMs: number): number => Math.round(durationMs * NANOSECONDS_PER_MILLISECOND);

/** A time that has passed, in whole seconds told as nanoseconds; never negative. */
export const elapsedNanoseconds = (sinceMs: number, nowMs: number): number =>
  toNanoseconds(Math.max(0, Math.floor((nowMs - sinceMs) / 1000)) * 1000);
