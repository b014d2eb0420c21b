import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { isOracleFamily } from '../../model/version.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, IntentStore, Servers } from '../ports.ts';
import type { RecoveryRun } from './run.ts';

/** Historic: a server lost in a recovery is downtimed for a year, under this reason, until it is well again. */
export const LOST_IN_RECOVERY = 'lost-in-recovery';
const LOST_DOWNTIME_MS = 365 * 24 * 3600 * 1000;
const MAINTENANCE_OWNER = 'orchestrator';
const RESTART_DEADLINE_MS = 2_000;

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

/** The cluster goes on under its new primary: aliases follow, the successor is not downtimed, the failed primary is. */
export async function moveClusterIntent(
  deps: { readonly intent: IntentStore; readonly clock: Clock },
  run: RecoveryRun,
  successor: InstanceKey,
): Promise<void> {
  const { clusterName, failed } = run.intent;
  const after = formatKey(successor);
  if (clusterName !== after) await deps.intent.renameCluster(clusterName, after);
  const alias = run.entry.view.clusterAlias;
  if (alias !== '' && alias !== clusterName) await deps.intent.setClusterAlias(after, alias);
  if (!run.skipHooks) await deps.intent.endDowntime(successor);
  await downtimeLost(deps, [failed]);
}

/**
 * Takes back a silence: receivers that this recovery stopped run again, as they were found. On MariaDB by GTID only while the applier
 * runs, or the relay log would be lost (design §4). One that was moved to catch up from a sibling goes on behind that. By file and
 * position appliers were brought to rest as well: they run again, not those that a person had stopped.
 */
export async function unsilence(
  deps: { readonly servers: Servers; readonly fleet: Fleet },
  run: RecoveryRun,
  audit: (message: string) => void,
): Promise<void> {
  const isRested = (key: InstanceKey): boolean => run.intent.rested?.some((one) => sameKey(one, key)) === true;
  const restart = async (key: InstanceKey): Promise<void> => {
    const previous = deps.fleet.recordOf(key)?.instance ?? null;
    const reading = await deps.servers.probe(key, { deadlineMs: RESTART_DEADLINE_MS, depth: 'replication', previous });
    if (reading.kind === 'failed') return audit(`${formatKey(key)} does not answer, its receiver stays as it is`);
    const { replication } = reading.instance;
    if (replication === null) return;
    const isByPlace = replication.positioning === 'coordinates';
    if (isByPlace && replication.applier.state === 'stopped' && isRested(key)) {
      const started = await deps.servers.execute(
        reading.instance,
        { kind: 'start-applier' },
        { deadlineMs: RESTART_DEADLINE_MS },
      );
      if (started.kind === 'failed') audit(started.failure.message);
    }
    if (replication.receiver.state !== 'stopped' || !run.silenced.has(formatKey(key))) return;
    if (!isByPlace && !isOracleFamily(reading.instance.version) && replication.applier.state !== 'running')
      return audit(`the receiver of ${formatKey(key)} stays stopped, since its applier does not run`);
    const outcome = await deps.servers.execute(
      reading.instance,
      { kind: 'start-receiver' },
      { deadlineMs: RESTART_DEADLINE_MS },
    );
    audit(
      outcome.kind === 'done'
        ? `${formatKey(key)} listens to ${formatKey(replication.source)} again`
        : outcome.failure.message,
    );
  };
  const members = run.intent.members.filter((key) => run.silenced.has(formatKey(key)) || isRested(key));
  await Promise.all(members.map(restart));
}
