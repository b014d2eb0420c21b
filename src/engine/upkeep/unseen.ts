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
 * and once more since, and others answer meanwhile; or it is not asked any more at all (a filter leaves it out), while others answer for a
 * while. A deposed primary never is, since forgetting pardons it.
 */
export function createUnseen(
  deps: {
    readonly fleet: Pick<Fleet, 'records'>;
    readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
    isDeposed(key: InstanceKey): boolean;
  },
  settings: { readonly instancePollSeconds: number; readonly forgetUnseenMs: number },
): Unseen {
  const reachMs = Math.max(REACH_MS, 2 * settings.instancePollSeconds * 1000);
  /** Those that seem to be gone: the check by which they first did, and since when (monotonic). */
  let doubted: ReadonlyMap<string, { readonly checkedAtMs: number; readonly sinceMs: number }> = new Map();

  /** When it was last asked: in vain, long after its last answer, or long ago. null: it is not gone. */
  function missedAtMs({ key, check }: ServerRecord, nowMs: number): number | null {
    const { lastCheckedAtMs, lastSeenAtMs, failure } = check;
    if (lastCheckedAtMs === null || lastSeenAtMs === null || deps.isDeposed(key)) return null;
    const isMissed = failure !== null && lastCheckedAtMs - lastSeenAtMs > settings.forgetUnseenMs;
    return isMissed || nowMs - lastCheckedAtMs > settings.forgetUnseenMs ? lastCheckedAtMs : null;
  }

  return {
    gone() {
      const records = deps.fleet.records();
      const nowMs = deps.clock.now();
      const answersNow = ({ check: { failure, lastSeenAtMs } }: ServerRecord): boolean =>
        failure === null && lastSeenAtMs !== null && nowMs - lastSeenAtMs <= reachMs;
      const next = new Map<string, { readonly checkedAtMs: number; readonly sinceMs: number }>();
      const gone: ServerRecord[] = [];
      for (const record of records.some(answersNow) ? records : []) {
        const checkedAtMs = missedAtMs(record, nowMs);
        if (checkedAtMs === null) continue;
        const name = formatKey(record.key);
        const first = doubted.get(name) ?? { checkedAtMs, sinceMs: deps.clock.monotonicMs() };
        next.set(name, first);
        const isAskedNoMore =
          nowMs - checkedAtMs > settings.forgetUnseenMs && deps.clock.monotonicMs() - first.sinceMs >= reachMs;
        if (checkedAtMs !== first.checkedAtMs || isAskedNoMore) gone.push(record);
      }
      doubted = next;
      return gone;
    },
  };
}
