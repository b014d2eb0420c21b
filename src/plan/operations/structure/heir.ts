import { formatKey, type InstanceKey, sameKey } from '../../../model/instance-key.ts';
import type { Objection } from '../../plan.ts';
import { isObjection, type Member, type OperationInput, replicasBelow } from '../input.ts';
import { firstOf, isGroupSecondary, notFresh } from '../rules/can-move.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { isAheadForGood } from './surplus.ts';
import { sourceKeyOf } from './up-and-below.ts';

/** A replica that is to take its source's place among its siblings. */
export interface Heir {
  readonly heir: Member;
  readonly source: InstanceKey;
  readonly siblings: readonly Member[];
}

/** The heir and its siblings; an objection when it may not have a place above them, or one of them has more than it ever gets. */
export function readHeir(heir: Member, input: OperationInput): Heir | Objection {
  const source = sourceKeyOf(heir);
  if (isObjection(source)) return source;
  const siblings = replicasBelow(input, source).filter(({ key }) => !sameKey(key, heir.key));
  const objection = firstOf(
    () => isGroupSecondary(heir),
    () => notFresh(heir, input),
    () => cannotComeToRest(heir),
    () => cannotLog(heir),
    ...siblings.map((sibling) => () => isAheadForGood(sibling, heir)),
  );
  return objection ?? { heir, source, siblings };
}

/** Its siblings could read nothing there. */
function cannotLog({ instance, name }: Member): Objection | null {
  if (instance.binlogEnabled && instance.logsReplicaUpdates) return null;
  const explanation = `${name} does not log what it applies (log_bin, log_replica_updates)`;
  return { subject: name, rule: 'no-replica-updates', explanation };
}

/** The same server once its receiver is stopped: nothing more comes to it. */
export const silenced = (member: Member): Member => {
  const { replication } = member.instance;
  if (replication === null) return member;
  const receiver = { ...replication.receiver, state: 'stopped' as const };
  return { ...member, instance: { ...member.instance, replication: { ...replication, receiver } } };
};

export const sourceName = ({ source }: Heir): string => formatKey(source);
