import { OrchestratorError } from '../../model/error.ts';
import {
  EMPTY_GTID_SET,
  formatGtidSet,
  type GtidSet,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
} from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import type { Progress } from '../../model/received.ts';
import type { FailoverInput, Participant } from './input.ts';
import { failedRecord } from './participants.ts';

/*
 * Strays: transactions that a replica is known to have written itself, by mistake, while its primary lived (a FLUSH, an account made
 * there). They say nothing about who has most of the failed primary's rows. Counted, one of them would make exactly this server the new
 * primary, and its siblings, unable to fetch it once it is purged, would be lost.
 *
 * Taken for one is only what cannot be a row of the failed primary, or of anybody who took writes, whatever the age of the readings:
 * it was errant before the failure, it bears the uuid of the very replica that has it, that replica is read-only, the failed primary was
 * read without it, and followed nobody (not the replica, not somebody who does, through no channel, in no group). What bears another
 * uuid may have come from the primary after its last reading; it counts as it always did.
 */

/** The strays of all these servers together: taken from everybody's set, so that none is behind another for want of one. */
export function straysIn(participants: readonly Participant[], input: FailoverInput): GtidSet {
  const known = participants.filter(isKnownErrant);
  const failed = known.length === 0 ? null : (failedRecord(input)?.instance ?? null);
  if (failed === null || !failed.supportsOracleGtid || mayHaveFollowed(failed, input)) return EMPTY_GTID_SET;
  try {
    const theirs = known.map(ownErrant).reduce(unionGtidSets, EMPTY_GTID_SET);
    return subtractGtidSets(theirs, parseGtidSet(failed.executedGtid));
  } catch (error) {
    // Scripts write the column of the backend, too: what cannot be read is no reason to promote nobody.
    if (error instanceof OrchestratorError) return EMPTY_GTID_SET;
    throw error;
  }
}

export const isKnownErrant = ({ record }: Participant): boolean => record.position.errantGtid !== '';

const mayHaveFollowed = ({ replication, otherChannels, group }: Instance, { pair }: FailoverInput): boolean =>
  replication !== null || otherChannels.length > 0 || group !== null || pair !== undefined;

function ownErrant({ record: { position }, instance }: Participant): GtidSet {
  const uuid = instance.serverUuid?.toLowerCase();
  const isWritten = !instance.isReadOnly || instance.replication === null || instance.group !== null;
  const errant = parseGtidSet(isWritten || position.isCoPrimary ? '' : position.errantGtid);
  return { ...errant, groups: errant.groups.filter((group) => group.uuid === uuid) };
}

/** What a server has apart from these. */
export function withoutStrays(progress: Progress, strays: GtidSet): Progress {
  if (isEmptyGtidSet(strays) || progress.kind !== 'oracle') return progress;
  const complete = subtractGtidSets(progress.complete, strays);
  return { ...progress, complete, completeText: formatGtidSet(complete) };
}
