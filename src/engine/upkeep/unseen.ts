import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock } from '../ports.ts';

/** Somebody who answered this lately shows that servers can be reached from here, at the least. */
const REACH_MS = 60_000;

/** Which servers have not been seen for UnseenInstanceForgetHours. */
export interface Unseen {
  readonly gone: () => readonly ServerRecord[];
}

/**
 * A clock that steps, or a start before the network is up, makes nobody gone: whoever is, was asked in vain that long after its last answer,
 * and once more since, and others answer meanwhile. A deposed primary never is, since forgetting pardons it.
 */
export function createUnseen(
  deps: {
    readonly fleet: Pick<Fleet, 'records'>;
    readonly clock: Pick<Clock, 'now'>;
    isDeposed(key: InstanceKey): boolean;
  },
  settings: { readonly instancePollSeconds: number; readonly forgetUnseenMs: number },
): Unseen {
  const reachMs = Math.max(REACH_MS, 2 * settings.instancePollSeconds * 1000);
  /** Those that seem to be gone, and the check by which they first did. */
  let doubted: ReadonlyMap<string, number> = new Map();

  /** When it was asked in vain, long after its last answer; null: it was not. */
  function missedAtMs({ key, check }: ServerRecord): number | null {
    const { lastCheckedAtMs, lastSeenAtMs, failure } = check;
    if (failure === null || lastCheckedAtMs === null || lastSeenAtMs === null || deps.isDeposed(key)) return null;
    return lastCheckedAtMs - lastSeenAtMs > settings.forgetUnseenMs ? lastCheckedAtMs : null;
  }

  return {
    gone() {
      const records = deps.fleet.records();
      const nowMs = deps.clock.now();
      const answersNow = ({ check: { failure, lastSeenAtMs } }: ServerRecord): boolean =>
        failure === null && lastSeenAtMs !== null && nowMs - lastSeenAtMs <= reachMs;
      const next = new Map<string, number>();
      const gone: ServerRecord[] = [];
      for (const record of records.some(answersNow) ? records : []) {
        const atMs = missedAtMs(record);
        if (atMs === null) continue;
        const name = formatKey(record.key);
        const firstMs = doubted.get(name) ?? atMs;
        next.set(name, firstMs);
        if (atMs !== firstMs) gone.push(record);
      }
      doubted = next;
      return gone;
    },
  };
}
