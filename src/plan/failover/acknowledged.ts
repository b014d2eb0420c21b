import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Objection, Refusal } from '../plan.ts';
import type { FailoverInput, Participant } from './input.ts';
import { absentReplicas, failedRecord } from './participants.ts';
import { readsFailedLog, wasDirect } from './readers.ts';

const RULE = 'hidden-acknowledgements';

/**
 * Could a transaction that the failed primary acknowledged under semi-sync be only on replicas that do not answer? Any
 * acknowledged transaction is on `wait count` of the replicas that were connected; so if fewer of those are missing than that,
 * the most advanced of the others has it. An objection when it cannot be ruled out (design §4: "after a semi-sync failover
 * the promoted set contains every acknowledged transaction").
 *
 * The primary's own word, whether it still waits at all and for how many connected replicas, tells that one which is long gone was not
 * among them. Of one that was there a moment ago that word may be older than its last connection, and says nothing.
 */
export function hiddenAcknowledgements(participants: readonly Participant[], input: FailoverInput): Objection | null {
  const failed = failedRecord(input);
  const before = failed?.instance?.semiSync;
  if (failed === null || before === undefined || !before.sourceEnabled) return null;
  const waitCount = Math.max(1, before.waitForReplicaCount);
  // Those below a binlog server acknowledge nothing to the primary, whatever their settings.
  const isBelow = (one: Pick<ServerRecord, 'key' | 'instance'>): boolean =>
    !wasDirect(one, input) && one.instance !== null && readsFailedLog(one.instance, input);
  const answering = participants.filter((one) => one.instance.semiSync.replicaEnabled && !isBelow(one)).length;
  const absent = absentReplicas(input).filter((one) => one.instance?.semiSync.replicaEnabled === true && !isBelow(one));
  const recent = absent.filter((one) => wasThereWith(one, failed, input.settings.semiSyncStatusMaxAgeMs));
  const longGone = absent.length - recent.length;
  const connectedElsewhere = before.sourceActive ? Math.max(0, before.connectedReplicas - answering) : 0;
  const missing = recent.length + Math.min(connectedElsewhere, longGone);
  if (missing < waitCount) return null;
  const names = absent.map(({ key }) => formatKey(key)).join(', ');
  return {
    subject: names,
    rule: RULE,
    explanation:
      `${names} acknowledged for the failed primary (semi-sync, wait count ${waitCount}) and may hold rows that nobody else has, but ${absent.length === 1 ? 'does' : 'do'} not answer; ` +
      'bring one of them back, or choose with "recover -i … -d <candidate>"',
  };
}

/** True when nobody is promoted only because a replica that may hold acknowledged rows does not answer. */
export const awaitsAcknowledger = ({ objections }: Refusal): boolean => objections.some(({ rule }) => rule === RULE);

/** It answered until so shortly before the primary's last answer that the primary's status may be from before it connected. */
function wasThereWith(replica: ServerRecord, failed: ServerRecord, maxAgeMs: number): boolean {
  return (replica.check.lastSeenAtMs ?? 0) >= (failed.check.lastSeenAtMs ?? 0) - maxAgeMs;
}
