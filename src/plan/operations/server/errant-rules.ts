import type { Objection } from '../../plan.ts';
import type { Member } from '../input.ts';
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
