import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { MaintenanceRecord, MaintenanceStore, OperationRecord, OperationStore } from '../ports.ts';

/** A lock that nobody ends is void after this long (historic bound). */
export const LOCK_SECONDS = 600;

export type LockOutcome =
  | { readonly kind: 'locked'; readonly maintenanceIds: readonly number[] }
  | { readonly kind: 'held'; readonly sentence: string };

/**
 * Puts every server under maintenance, all or none. The unique key of the table decides between processes; the servers are taken
 * in the order of their names, so that two operations cannot wait for each other.
 */
export async function lockServers(
  keys: readonly InstanceKey[],
  owner: string,
  reason: string,
  store: MaintenanceStore,
): Promise<LockOutcome> {
  const ids: number[] = [];
  for (const key of keys.toSorted((a, b) => (formatKey(a) < formatKey(b) ? -1 : 1))) {
    const outcome = await store.begin(key, owner, reason, LOCK_SECONDS);
    if (outcome.kind === 'held') {
      await unlockServers(ids, store);
      const { by } = outcome;
      const sentence = `${formatKey(key)} is in maintenance since ${by.beganAt}, by ${by.owner}: ${by.reason}; wait for it, or end it with end-maintenance; unfinished-operations lists what a process left that died`;
      return { kind: 'held', sentence };
    }
    ids.push(outcome.maintenanceId);
  }
  return { kind: 'locked', maintenanceIds: ids };
}

export async function unlockServers(ids: readonly number[], store: MaintenanceStore): Promise<void> {
  for (const id of ids) await store.endById(id);
}

/**
 * Ends the locks of an operation that a process left: those it had written down, and those it had only begun, which are known by
 * who took them and why. Locks that other open operations hold stay.
 */
export async function unlockLeft(
  left: OperationRecord,
  keys: readonly InstanceKey[],
  store: { readonly maintenance: MaintenanceStore; readonly operations: OperationStore },
): Promise<void> {
  const others = (await store.operations.readOpen()).filter(({ uid }) => uid !== left.uid);
  const held = new Set(others.flatMap(({ maintenanceIds }) => maintenanceIds));
  const isLeft = ({ maintenanceId, key, owner, reason }: MaintenanceRecord): boolean =>
    !held.has(maintenanceId) &&
    keys.some((one) => sameKey(one, key)) &&
    // Both columns are narrower than what an operation says.
    left.requestedBy.startsWith(owner) &&
    left.purpose.startsWith(reason);
  const begun = (await store.maintenance.readActive()).filter(isLeft).map(({ maintenanceId }) => maintenanceId);
  await unlockServers([...left.maintenanceIds, ...begun], store.maintenance);
}
