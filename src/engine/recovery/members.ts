import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet.ts';
import type { Clock, Servers } from '../ports.ts';

/** A member that has not answered by then does not hold up the others. */
const PATIENCE_MS = 400;
const PROBE_DEADLINE_MS = 1_000;

export interface MemberReading {
  readonly records: readonly ServerRecord[];
  /** host:port of those that answered just now. */
  readonly fresh: ReadonlySet<string>;
}

/** Reads the members of a cluster side by side (not the failed one), quickly, and takes the answers into the fleet. */
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
      deadlineMs: PROBE_DEADLINE_MS,
      depth: previous === null ? 'full' : 'replication',
      previous,
    });
    if (outcome.kind === 'failed') return fleet.failed(key, outcome.failure.message, outcome.isPartial);
    fleet.answered(outcome.instance);
    fresh.add(formatKey(key));
  };
  const patience = new AbortController();
  const readings = Promise.all(members.filter((key) => !sameKey(key, failed)).map(readOne));
  await Promise.race([readings, clock.sleep(PATIENCE_MS, patience.signal)]);
  patience.abort();
  // A copy: late answers go into the fleet, not into a plan that is being made.
  return { records: members.flatMap((key) => fleet.recordOf(key) ?? []), fresh: new Set(fresh) };
}
