import type { Instance } from '../../model/instance.ts';
import { notProvenIn, ownWritesOf } from '../../model/own-writes.ts';
import { compareProgress, progressOf, surplusOf } from '../../model/received.ts';
import type { FailoverInput, Participant } from './input.ts';
import { failedRecord } from './participants.ts';

/*
 * MariaDB: what a replica wrote itself does not show in the position by which replicas are ranked, so that it is looked at apart.
 * Not where the failed primary itself replicated: in a pair that replicates from each other own writes are no error.
 */

/**
 * Transactions that only this replica has: neither the other server nor, when it was last read, the failed primary shows them. ''
 * when there are none.
 */
export function onlyThere(one: Participant, other: Participant, input: FailoverInput): string {
  const failed = failedRecord(input)?.instance ?? null;
  const writes = ownWritesOf(one.instance);
  if (writes.gtids.length === 0 || (failed !== null && failed.replication !== null)) return '';
  return notProvenIn(writes, [positionOf(other.instance), positionOf(failed)].filter(Boolean).join(','));
}

const positionOf = (instance: Instance | null): string => instance?.executedGtid ?? '';

/** Of two replicas, one has written itself what the other lacks, and lacks what the other has received: one sentence; else null. */
export function ownDivergence(participants: readonly Participant[], input: FailoverInput): string | null {
  for (const one of participants) {
    for (const other of participants) {
      const only = one === other ? '' : onlyThere(one, other, input);
      if (only === '') continue;
      const [own, theirs] = [progressOf(one.instance), progressOf(other.instance)];
      if (compareProgress(theirs, own) !== 'ahead') continue;
      const lacks = surplusOf(theirs, own);
      return `${one.name} and ${other.name} have diverged: ${one.name} lacks ${lacks}, and ${other.name} lacks ${only}`;
    }
  }
  return null;
}
