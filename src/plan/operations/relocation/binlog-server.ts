import { sameKey } from '../../../model/instance-key.ts';
import type { Objection } from '../../plan.ts';
import { isObjection, type Member, memberOf, type OperationInput, sourceOf } from '../input.ts';
import { areSiblings } from '../rules/can-move.ts';
import type { Move, SoloWay } from './move.ts';
import { repointWay } from './repoint.ts';

/**
 * A binlog server serves its source's log unchanged: the same coordinates hold at the source, at the binlog server and at its
 * siblings, so moving among them is only another address.
 */
export const binlogServerWay: SoloWay = {
  ...repointWay,
  method: 'binlog-server',
  objectionTo: (move, input) => noSharedLog(move, input) ?? repointWay.objectionTo(move, input),
  reason: ({ replica, destination }) => `${replica.name} reads the same log at ${destination.name}`,
};

/** Why the two places do not share a log by way of a binlog server; null when they do. */
function noSharedLog({ replica, destination }: Move, input: OperationInput): Objection | null {
  const source = sourceMember(replica, input);
  const no: Objection = {
    subject: replica.name,
    rule: 'no-binlog-server',
    explanation: `no binlog server stands between ${replica.name} and ${destination.name}`,
  };
  if (source === null) return no;
  const isOntoServerOfSource = destination.instance.isBinlogServer && follows(destination, source);
  const isOntoSibling =
    destination.instance.isBinlogServer && source.instance.isBinlogServer && areSiblings(source, destination);
  const isUpFrom = source.instance.isBinlogServer && follows(source, destination);
  return isOntoServerOfSource || isOntoSibling || isUpFrom ? null : no;
}

function sourceMember(member: Member, input: OperationInput): Member | null {
  const key = sourceOf(member);
  const found = key === null ? null : memberOf(input, key);
  return found === null || isObjection(found) ? null : found;
}

function follows(member: Member, source: Member): boolean {
  const key = sourceOf(member);
  return key !== null && sameKey(key, source.key);
}
