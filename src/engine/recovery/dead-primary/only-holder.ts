import { compareCoordinates } from '../../../model/coordinates.ts';
import type { Instance } from '../../../model/instance.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { progressOf } from '../../../model/received.ts';
import { checkCondition } from '../../../plan/condition.ts';
import { readMembers } from '../members.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';
import { promisedBy } from './promised.ts';

/**
 * A successor that died past the point of no return was the one with everything that the failed primary, under semi-sync, had told its
 * clients is committed. One sentence when none of the replicas that answer is known to have all of it as well: then nobody takes its
 * place by itself (design §4: the promoted set contains every acknowledged transaction).
 */
export async function heldByNobodyElse(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  const { successor, failed, members } = run.intent;
  const primary = deps.fleet.recordOf(failed)?.instance ?? null;
  if (successor === null || primary === null || !promisedBy(primary, run).sourceEnabled) return null;
  const { records, fresh } = await readMembers(deps, members, failed);
  const others = records.flatMap(({ key, instance }) =>
    instance !== null && fresh.has(formatKey(key)) && !sameKey(key, successor) ? [instance] : [],
  );
  if (others.some((other) => hasAllOf(other, run, deps))) return null;
  return (
    `${formatKey(successor)} had begun to be the primary and refuses connections now; no other replica is known to have all that it had, ` +
    'and the failed primary waited for acknowledgements: start it again, or choose with "recover -i … -d <candidate>"'
  );
}

function hasAllOf(other: Instance, run: RecoveryRun, { fleet }: DeadPrimaryDeps): boolean {
  const { successor } = run.intent;
  if (successor === null) return false;
  const name = formatKey(successor);
  const rest = run.rests.get(name) ?? run.intent.successorRest;
  if (rest !== undefined) {
    const at = run.rests.get(formatKey(other.key))?.executed ?? other.replication?.executedCoordinates;
    return at !== undefined && compareCoordinates(at, rest.executed) >= 0;
  }
  const instance = fleet.recordOf(successor)?.instance ?? null;
  // What it was seen to have while it was silenced; a process that goes on after another's death has only its last reading.
  const seen = [...(run.seen.get(name) ?? (instance === null ? [] : [progressOf(instance).completeText]))];
  const withReceived = { ...other, executedGtid: progressOf(other).completeText };
  return (
    seen.length > 0 &&
    seen.every((gtid) => gtid !== '' && checkCondition({ kind: 'has-executed', gtid }, withReceived).holds)
  );
}
