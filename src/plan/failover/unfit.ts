import { formatGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import { progressOf, surplusOf } from '../../model/received.ts';
import type { Objection } from '../plan.ts';
import type { Participant } from './input.ts';

/**
 * Why a sibling must not follow a successor that takes writes: it has transactions which the successor lacks and will never get,
 * so that it would differ for good (an errant replica). That is one which did not answer while the choice was made, or that an
 * operator's choice passed over. null: it may follow.
 *
 * What may have arrived only in part does not count. MariaDB's position hides the difference once the successor has written in
 * the same domain; then the successor itself turns the replica away (error 1236). File positions of different logs tell nothing.
 */
export function unfitToFollow(sibling: Participant, successor: Participant): Objection | null {
  if (successor.instance.replication !== null) return null;
  const [own, above] = [progressOf(sibling.instance), progressOf(successor.instance)];
  if (own.kind === 'coordinates') return null;
  const surplus =
    own.kind === 'oracle' && above.kind === 'oracle'
      ? formatGtidSet(subtractGtidSets(subtractGtidSets(own.complete, own.doubtful), above.complete))
      : surplusOf(own, above);
  if (surplus === '') return null;
  const explanation = `${sibling.name} has ${surplus}, which ${successor.name} lacks; it is left as it is, to be looked at and rebuilt`;
  return { subject: sibling.name, rule: 'has-more', explanation };
}
