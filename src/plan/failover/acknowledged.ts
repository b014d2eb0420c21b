import { formatKey } from '../../model/instance-key.ts';
import type { FailoverInput, Participant } from './input.ts';
import { absentReplicas, failedRecord } from './participants.ts';

/**
 * Could a transaction that the failed primary acknowledged under semi-sync be only on replicas that do not answer? Any
 * acknowledged transaction is on `wait count` of the replicas that were connected; so if fewer of those are missing than that,
 * the most advanced of the others has it. Returns a sentence when it cannot be ruled out (design §4: "after a semi-sync failover
 * the promoted set contains every acknowledged transaction").
 */
export function hiddenAcknowledgements(participants: readonly Participant[], input: FailoverInput): string | null {
  const before = failedRecord(input)?.instance?.semiSync;
  if (before === undefined || !before.sourceEnabled || !before.sourceActive) return null;
  const waitCount = Math.max(1, before.waitForReplicaCount);
  const answering = participants.filter(({ instance }) => instance.semiSync.replicaEnabled).length;
  const absent = absentReplicas(input).filter(({ instance }) => instance?.semiSync.replicaEnabled === true);
  const missing = Math.min(before.connectedReplicas - answering, absent.length);
  if (missing < waitCount) return null;
  const names = absent.map(({ key }) => formatKey(key)).join(', ');
  return (
    `${names} acknowledged for the failed primary (semi-sync, wait count ${waitCount}) and may hold rows that nobody else has, but do not answer; ` +
    'bring one of them back, or choose with "recover -i … -d <candidate>"'
  );
}
