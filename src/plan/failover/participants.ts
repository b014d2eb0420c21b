import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput, Participant } from './input.ts';

/** The failed primary's record, where it is known at all. */
export const failedRecord = (input: FailoverInput): ServerRecord | null =>
  input.records.find((record) => sameKey(record.key, input.failed)) ?? null;

/**
 * Direct replicas of the failed primary that answered just now. A successor that was committed earlier belongs to them even
 * when it has forgotten its source already.
 */
export function participantsOf(input: FailoverInput): Participant[] {
  return input.records.flatMap((record) => {
    const name = formatKey(record.key);
    const { instance } = record;
    if (instance === null || !input.fresh.has(name) || sameKey(record.key, input.failed)) return [];
    const follows = instance.replication !== null && sameKey(instance.replication.source, input.failed);
    const isCommitted = input.committedSuccessor !== null && sameKey(record.key, input.committedSuccessor);
    const mayReceive = input.silenced.has(name) || instance.replication?.receiver.state !== 'stopped';
    return follows || isCommitted ? [{ key: record.key, name, record, instance, mayReceive }] : [];
  });
}

/** Direct replicas that did not answer: they cannot be moved now and are lost unless they come back. */
export function absentReplicas(input: FailoverInput): ServerRecord[] {
  return input.records.filter(
    ({ key, instance }) =>
      instance?.replication != null &&
      sameKey(instance.replication.source, input.failed) &&
      !input.fresh.has(formatKey(key)),
  );
}
