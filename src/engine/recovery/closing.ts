import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { LOST_IN_RECOVERY } from '../../model/lost-in-recovery.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, IntentStore, Servers } from '../ports.ts';
import { listenAgain } from '../receivers/listen-again.ts';
import type { Silence } from '../receivers/silences.ts';
import { noteDomainWriter } from './domain-writer.ts';
import { type IsOfAnother, ownIdentity } from './own-identity.ts';
import type { RecoveryRun } from './run.ts';

/** Historic: a server lost in a recovery is downtimed for a year, until it is well again. */
const LOST_DOWNTIME_MS = 365 * 24 * 3600 * 1000;
const MAINTENANCE_OWNER = 'orchestrator';

/** Marks servers as lost in a recovery: downtimed, so that nothing acts on them by itself. */
export async function downtimeLost(
  deps: { readonly intent: IntentStore; readonly clock: Clock },
  keys: readonly InstanceKey[],
): Promise<void> {
  const beginAtMs = deps.clock.now();
  for (const key of keys) {
    await deps.intent.beginDowntime(key, {
      owner: MAINTENANCE_OWNER,
      reason: LOST_IN_RECOVERY,
      beginAtMs,
      endAtMs: beginAtMs + LOST_DOWNTIME_MS,
    });
  }
}

/** The cluster goes on under its new primary: aliases and the domain's writer follow, the successor is not downtimed, the failed primary is. */
export async function moveClusterIntent(
  deps: { readonly intent: IntentStore; readonly clock: Clock; readonly isAliasOfAnother: IsOfAnother },
  run: RecoveryRun,
  successor: InstanceKey,
): Promise<void> {
  const { clusterName, failed } = run.intent;
  const after = formatKey(successor);
  const own = await ownIdentity({ ...run.entry.view, clusterName, key: failed }, successor, deps.isAliasOfAnother);
  if (clusterName !== after) await deps.intent.renameCluster(clusterName, after);
  if (own.clusterAlias !== '') await deps.intent.setClusterAlias(after, own.clusterAlias);
  await noteDomainWriter(deps.intent, own, successor);
  if (!run.skipHooks) await deps.intent.endDowntime(successor);
  await downtimeLost(deps, [failed]);
}

/**
 * Takes back a silence: receivers that this recovery stopped run again, as they were found, and appliers that it brought to rest; not
 * those that a person had stopped.
 * @returns what could not be started by now, or was found running though it was told to stop: that may come late.
 */
export async function unsilence(
  deps: { readonly servers: Servers; readonly fleet: Fleet },
  { intent, silenced }: RecoveryRun,
  audit: (message: string) => void,
): Promise<readonly Silence[]> {
  const stopped = intent.members
    .map((key) => ({
      key,
      others: intent.members,
      isReceiverStopped: silenced.has(formatKey(key)),
      isApplierStopped: intent.rested?.some((one) => sameKey(one, key)) === true,
    }))
    .filter(({ isReceiverStopped, isApplierStopped }) => isReceiverStopped || isApplierStopped);
  const ends = await Promise.all(stopped.map((one) => listenAgain(one, deps, { audit })));
  for (const end of ends)
    if (end.kind === 'owed') audit(`${end.reason}; the service starts it again as soon as it can be`);
  return stopped.filter((_, index) => ends[index]?.kind !== 'settled');
}
