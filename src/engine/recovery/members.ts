import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Servers } from '../ports.ts';

/** So long a member that answered the last time is waited for: it may be busy, and have received what no other has. */
const PATIENCE_MS = 1_000;
/** One that did not answer the last time does not hold up the others. */
const PATIENCE_WITH_SILENT_MS = 400;

export interface MemberReading {
  readonly records: readonly ServerRecord[];
  /** host:port of those that answered just now. */
  readonly fresh: ReadonlySet<string>;
}

/**
 * Reads the members of a cluster side by side (not the failed one), quickly, and takes the answers into the fleet. Where their own logs end is
 * not asked: a MariaDB successor that has writers already may not tell until its replicas acknowledge, and would hold up its own recovery. No
 * plan goes by it; where a place matters, the server notes it at rest (plan/failover/places.ts).
 */
export async function readMembers(
  deps: { readonly servers: Servers; readonly fleet: Fleet; readonly clock: Clock },
  members: readonly InstanceKey[],
  failed: InstanceKey,
): Promise<MemberReading> {
  const { servers, fleet, clock } = deps;
  const fresh = new Set<string>();
  const readOne = async (key: InstanceKey): Promise<void> => {
    const previous = fleet.recordOf(key)?.instance ?? null;
    const outcome = await servers.probe(key, {
      deadlineMs: PATIENCE_MS,
      depth: previous === null ? 'full' : 'replication',
      previous,
      withoutLogEnd: true,
    });
    if (outcome.kind === 'failed') return fleet.failed(key, outcome.failure.message, outcome.isPartial);
    fleet.answered(outcome.instance);
    fresh.add(formatKey(key));
  };
  /** Resolves when all are read, or their time is up. */
  const readWithin = async (keys: readonly InstanceKey[], ms: number): Promise<void> => {
    const patience = new AbortController();
    await Promise.race([Promise.all(keys.map(readOne)), clock.sleep(ms, patience.signal)]);
    patience.abort();
  };
  const others = members.filter((key) => !sameKey(key, failed));
  const isSilent = (key: InstanceKey): boolean => fleet.recordOf(key)?.check.failure !== null;
  const [silent, answering] = [others.filter(isSilent), others.filter((key) => !isSilent(key))];
  await Promise.all([readWithin(answering, PATIENCE_MS), readWithin(silent, PATIENCE_WITH_SILENT_MS)]);
  // A copy: late answers go into the fleet, not into a plan that is being made.
  return { records: members.flatMap((key) => fleet.recordOf(key) ?? []), fresh: new Set(fresh) };
}
