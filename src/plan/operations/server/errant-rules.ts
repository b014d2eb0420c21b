import { isDetachedKey } from '../../../model/instance-key.ts';
import type { Objection } from '../../plan.ts';
import { isObjection, type Member, memberOf, type OperationInput, sourceOf } from '../input.ts';
import { notFresh } from '../rules/can-move.ts';
import { objection } from './single.ts';

/** The historic sentence, which scripts have been seen to look for. */
export const noErrant = (member: Member, operation: string): Objection | null =>
  member.record.position.errantGtid !== ''
    ? null
    : objection(
        member,
        'no-errant-gtid',
        `${operation} will not operate on ${member.name} because no errant GTID is found`,
      );

export const noGtid = (member: Member): Objection | null =>
  member.instance.supportsOracleGtid
    ? null
    : objection(member, 'no-oracle-gtid', `${member.name} has no Oracle GTIDs (gtid_mode is off)`);

/**
 * Errant is what the source has not, by a reading that is not older than the server's own. What was said of it earlier may be wrong by now: a
 * GTID that the source has, dropped from the server's history, would be executed there a second time.
 */
export function notJudged(member: Member, input: OperationInput): Objection | null {
  const key = sourceOf(member);
  if (key === null || isDetachedKey(key)) return null;
  const source = memberOf(input, key);
  if (isObjection(source)) return source;
  const stale = notFresh(source, input);
  if (stale !== null)
    return {
      ...stale,
      explanation: `${stale.explanation}; without its source nobody can tell what is errant on ${member.name}`,
    };
  const [above, own] = [source, member].map(({ record }) => record.check.lastSeenAtMs ?? 0);
  if ((above ?? 0) >= (own ?? 0)) return null;
  return objection(
    source,
    'read-earlier',
    `${source.name} was read before ${member.name}, so that nobody can tell what is errant there; try again`,
  );
}
