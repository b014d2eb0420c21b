import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Servers } from '../ports.ts';
import { readMembers } from './members.ts';
import type { RecoveryRun } from './run.ts';

/**
 * Replicas that this recovery silenced and that are silent still. A recovery that fails past its point of no return leaves them so:
 * were they to listen to the failed primary again, and it came back, they could receive what the successor, which may take writes,
 * will never have. They go into the recovery's record (as lost), by which the next one knows that no operator stopped them.
 */
export async function stillSilenced(
  run: RecoveryRun,
  deps: { readonly servers: Servers; readonly fleet: Fleet; readonly clock: Clock },
): Promise<readonly InstanceKey[]> {
  const { members, failed, successor } = run.intent;
  await readMembers(deps, members, failed);
  return members.filter((key) => {
    const replication = deps.fleet.recordOf(key)?.instance?.replication ?? null;
    const isSuccessor = successor !== null && sameKey(key, successor);
    return !isSuccessor && run.silenced.has(formatKey(key)) && replication?.receiver.state === 'stopped';
  });
}

/** One sentence for the record, naming the servers and the remedy. */
export const leftStoppedSentence = ({ lost, intent }: RecoveryRun): string =>
  `left with their receiver stopped: ${lost.map(formatKey).join(', ')}; the next recovery of ${formatKey(intent.failed)}, by itself or by "recover -i ${formatKey(intent.failed)}", goes on with them`;
