/**
 * How one fresh connection to the primary ended; the words are those of a failed probe.
 * `answered` covers both: it served us (errorNumber null), or it is alive but refused us (1040, 1045, 1129, ...).
 */
export const KNOCK_RESULTS = [
  'answered',
  'refused',
  'unreachable',
  'unresolved',
  'deadline',
  'closed',
  'shutting-down',
  'not-mysql',
] as const;
export type KnockResult = (typeof KNOCK_RESULTS)[number];

export interface Knock {
  /** When it ended, epoch milliseconds. */
  readonly atMs: number;
  readonly result: KnockResult;
  /** The server's error number; null when there was none. */
  readonly errorNumber: number | null;
}

/** Two knocks closer together than this are one observation. Source: design rule "when to act" (1). */
export const KNOCK_DISTANCE_MS = 20;
/** A verdict on older knocks is not acted upon: the server may have come back meanwhile. */
export const KNOCK_MAX_AGE_MS = 2000;

/** What the knocks say together. */
export type KnockVerdict =
  | { readonly kind: 'answered'; readonly errorNumber: number | null }
  /** The last knock tells nothing about the server: no address, or something that is not a MySQL server. */
  | { readonly kind: 'inconclusive'; readonly result: 'unresolved' | 'not-mysql' }
  /** Failed, but not twice with enough time between, or too long ago. `retryAtMs`: when the next knock is worth it. */
  | { readonly kind: 'unconfirmed'; readonly retryAtMs: number; readonly shuttingDownSinceMs: number | null }
  | {
      readonly kind: 'dead';
      readonly failures: number;
      readonly result: KnockResult;
      readonly shuttingDownSinceMs: number | null;
    };

/** refused, unreachable, no answer in time, closed before the greeting, or 1053: nobody served the connection. */
const FAILED: ReadonlySet<KnockResult> = new Set<KnockResult>([
  'refused',
  'unreachable',
  'deadline',
  'closed',
  'shutting-down',
]);

/**
 * Judges the knocks made since the suspicion arose, in any order. The latest one decides between alive and dead;
 * dead needs two failures at least KNOCK_DISTANCE_MS apart with nothing but failures between, and a recent last one.
 * @param nowMs epoch milliseconds.
 */
export function judgeKnocks(knocks: readonly Knock[], nowMs: number): KnockVerdict {
  const ordered = [...knocks].sort((a, b) => a.atMs - b.atMs);
  const last = ordered.at(-1);
  if (last === undefined) return { kind: 'unconfirmed', retryAtMs: nowMs, shuttingDownSinceMs: null };
  if (last.result === 'answered') return { kind: 'answered', errorNumber: last.errorNumber };
  if (last.result === 'unresolved' || last.result === 'not-mysql') return { kind: 'inconclusive', result: last.result };
  const run = ordered.slice(ordered.findLastIndex((knock) => !FAILED.has(knock.result)) + 1);
  const shuttingDownSinceMs = run.find((knock) => knock.result === 'shutting-down')?.atMs ?? null;
  const firstMs = run[0]?.atMs ?? last.atMs;
  if (nowMs - last.atMs > KNOCK_MAX_AGE_MS) return { kind: 'unconfirmed', retryAtMs: nowMs, shuttingDownSinceMs };
  if (last.atMs - firstMs < KNOCK_DISTANCE_MS) {
    return { kind: 'unconfirmed', retryAtMs: firstMs + KNOCK_DISTANCE_MS, shuttingDownSinceMs };
  }
  return { kind: 'dead', failures: run.length, result: last.result, shuttingDownSinceMs };
}
