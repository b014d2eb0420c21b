import { formatKey, type InstanceKey } from '../../../model/instance-key.ts';
import { replicasOf, type ServerRecord } from '../../../model/server-record.ts';
import { chooseGroupHomes, groupMates } from '../../../plan/failover/intermediate/group-homes.ts';
import {
  chooseHomes,
  type Homes,
  type HomesInput,
  type HomesSettings,
  siblingsOf,
} from '../../../plan/failover/intermediate/homes.ts';
import { readMembers } from '../members.ts';
import type { TraceDeps } from '../traces.ts';

/** Failures after which the replicas of the failed server get another source. */
export type RehomedKind = 'dead-intermediate' | 'dead-group-member';

/** What was found around a failed source, just now. */
export interface Survey {
  readonly input: HomesInput;
  readonly homes: Homes;
  /** How many replicas of the failed server answered. */
  readonly countAnswering: number;
}

/** The servers above a failed source, as far as they are known, with those who replaced deposed ones. */
function above(failed: ServerRecord, successors: ReadonlyMap<string, InstanceKey>, deps: TraceDeps): InstanceKey[] {
  const found = new Map<string, InstanceKey>();
  let key = failed.instance?.replication?.source;
  while (key !== undefined && !found.has(formatKey(key))) {
    found.set(formatKey(key), key);
    key = successors.get(formatKey(key)) ?? deps.fleet.recordOf(key)?.instance?.replication?.source;
  }
  return [...found.values()].filter((one) => deps.fleet.recordOf(one) !== null);
}

/**
 * Reads the replicas of a failed source, its siblings (or the other members of its group) and the servers above, and finds
 * where the replicas may go. `members`: servers of the cluster; all are read where our memory may be younger than they are.
 */
export async function survey(
  failed: InstanceKey,
  { members, areAllRead }: { readonly members: readonly InstanceKey[]; readonly areAllRead: boolean },
  deps: TraceDeps,
  settings: HomesSettings,
  of: RehomedKind,
): Promise<Survey | null> {
  const { fleet, store } = deps;
  const record = fleet.recordOf(failed);
  if (record === null) return null;
  const successors = new Map(
    (await store.readDeposed()).flatMap(({ key, successor }) =>
      successor === null ? [] : [[formatKey(key), successor] as const],
    ),
  );
  const known = { failed: record, records: fleet.records() };
  const peers = of === 'dead-group-member' ? groupMates(known) : siblingsOf(known);
  const around = [...replicasOf(failed, fleet.records()), ...peers];
  // After our own restart the members of old may be all that is known.
  const keys = [
    ...(record.instance === null || areAllRead ? members : []),
    ...around.map(({ key }) => key),
    ...above(record, successors, deps),
  ];
  const unique = [...new Map(keys.map((key) => [formatKey(key), key])).values()];
  const { fresh } = await readMembers(deps, unique, failed);
  const input = { failed: record, records: fleet.records(), members, fresh, successors, settings };
  const isAnswering = ({ key }: ServerRecord): boolean => fresh.has(formatKey(key));
  return {
    input,
    homes: of === 'dead-group-member' ? chooseGroupHomes(input) : chooseHomes(input),
    countAnswering: replicasOf(failed, input.records).filter(isAnswering).length,
  };
}
