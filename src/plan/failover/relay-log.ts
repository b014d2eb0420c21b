import type { FailoverInput, Participant } from './input.ts';
import { failedRecord } from './participants.ts';

/**
 * A hole in the durability that semi-sync gives, named and not closed (design §4): a replica acknowledges what is in its relay log;
 * with relay_log_recovery=1 it throws that away when it starts after a crash, and fetches it again, from a source that is gone now.
 * Whether it had been synced to disk (sync_relay_log) is not read. One sentence for the plan's reasons; none where it does not matter.
 */
export function relayLogHole(participants: readonly Participant[], input: FailoverInput): readonly string[] {
  if (failedRecord(input)?.instance?.semiSync.sourceEnabled !== true) return [];
  const names = participants
    .filter(({ instance }) => instance.semiSync.replicaEnabled && instance.relayLogRecovery === true)
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const [run, it] = names.length === 1 ? ['runs', 'it'] : ['run', 'one of them'];
  return [
    `${names.join(', ')} ${run} with relay_log_recovery=1: had ${it} crashed lately, rows that it had acknowledged under semi-sync and not yet executed would be gone with its relay log (sync_relay_log is not known)`,
  ];
}
