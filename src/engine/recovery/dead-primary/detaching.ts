import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { detachStage } from '../../../plan/failover/detach.ts';
import { readMembers } from '../members.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './deps.ts';
import { runStage } from './stage.ts';

/**
 * Detaches the replicas that this recovery lost, as far as they answer and do not follow the successor after all
 * (DetachLostReplicasAfterMasterFailover), and the successor, where it has not forgotten its source
 * (MasterFailoverDetachReplicaMasterHost). What cannot be detached goes into the recovery's errors; nothing depends on it.
 */
export async function detach(run: RecoveryRun, deps: DeadPrimaryDeps, settings: DeadPrimarySettings): Promise<void> {
  const { members, failed, successor } = run.intent;
  const wanted = [
    ...(settings.detachLostReplicas ? run.lost : []),
    ...(settings.detachSuccessor && successor !== null ? [successor] : []),
  ];
  if (wanted.length === 0) return;
  const { records, fresh } = await readMembers(deps, members, failed);
  const replicas = records.flatMap(({ key, instance }) => {
    const source = instance?.replication?.source;
    const isWanted = wanted.some((one) => sameKey(one, key)) && fresh.has(formatKey(key));
    if (!isWanted || instance === null || source === undefined) return [];
    return successor !== null && sameKey(source, successor) ? [] : [{ key, name: formatKey(key), instance }];
  });
  for (const stage of detachStage(replicas)) {
    const { lanes } = await runStage(stage, run, deps, settings);
    for (const { lane, failure } of lanes)
      if (failure !== null) run.errors.push(`${formatKey(lane.server)} could not be detached: ${failure.reason}`);
  }
}
