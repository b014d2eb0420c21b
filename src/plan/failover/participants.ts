import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput, Participant } from './input.ts';
import { readsFailedLog } from './readers.ts';

/** The failed primary's record, where it is known at all. */
export const failedRecord = (input: FailoverInput): ServerRecord | null =>
  input.records.find((record) => sameKey(record.key, input.failed)) ?? null;

/** True for a replica that this recovery (or the process before us) has moved below another of the same family. */
const isMovedWithin = ({ key, instance }: Pick<ServerRecord, 'key' | 'instance'>, { family }: FailoverInput): boolean =>
  family.has(formatKey(key)) && instance?.replication != null && family.has(formatKey(instance.replication.source));

/**
 * Readers of the failed primary's log that answered just now, and those that were when it failed and have been moved since: to
 * catch up from a donor, or to follow the successor. A successor that was committed earlier belongs to them even when it has
 * forgotten its source already.
 */
export function participantsOf(input: FailoverInput): Participant[] {
  return input.records.flatMap((record) => {
    const name = formatKey(record.key);
    const { instance } = record;
    if (instance === null || !input.fresh.has(name) || sameKey(record.key, input.failed)) return [];
    const follows = readsFailedLog(instance, input);
    const isCommitted = input.committedSuccessor !== null && sameKey(record.key, input.committedSuccessor);
    const receiver = instance.replication?.receiver;
    // One that rests with an error gave up by itself (Source_Retry_Count); one without was stopped by somebody.
    const gaveUp = receiver?.state !== 'stopped' || receiver.errorNumber !== 0;
    const mayReceive = input.silenced.has(name) || gaveUp;
    return follows || isCommitted || isMovedWithin(record, input)
      ? [{ key: record.key, name, record, instance, mayReceive }]
      : [];
  });
}

/** Readers that did not answer: they cannot be moved now and are lost unless they come back. */
export function absentReplicas(input: FailoverInput): ServerRecord[] {
  return input.records.filter(
    ({ key, instance }) =>
      instance?.replication != null &&
      (readsFailedLog(instance, input) || isMovedWithin({ key, instance }, input)) &&
      !input.fresh.has(formatKey(key)),
  );
}
