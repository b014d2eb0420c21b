import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { sameKey } from '../../model/instance-key.ts';
import type { DeposedPrimary, RecoveryIntent } from '../ports.ts';

/**
 * True when, by a reading of it made after the failover, the successor really replicates from the primary that it replaced,
 * read-only: a person has made the old one primary again. A silent receiver is a promotion that is not yet done.
 */
export const hasGivenWay = (successor: Instance | null, replaced: InstanceKey): boolean =>
  successor?.isReadOnly === true &&
  successor.replication?.receiver.state === 'running' &&
  sameKey(successor.replication.source, replaced);

/** True while a recovery of the server may still be on its way to the promotion: then nothing is concluded from who follows whom. */
export const isBeforePromotion = ({ phase }: Pick<RecoveryIntent, 'phase'>): boolean =>
  phase !== 'promoted' && phase !== 'repointed';

/**
 * True when a person has given the deposed primary a place below another server: it is a replica, read-only, of somebody it did not follow
 * before. A co-primary returns with the source that it had all along: the next restart may open it again. So may that of one whose receiver
 * broke down (it has what its new source never had): it belongs to nobody yet.
 */
export function hasRejoined({ isReadOnly, replication }: Instance, { source: before }: DeposedPrimary): boolean {
  if (replication === null || !isReadOnly || replication.receiver.errorNumber !== 0) return false;
  const { source, configuredSource } = replication;
  return before === null || !(sameKey(source, before) || sameKey(configuredSource, before));
}
