import { formatGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import { progressOf, surplusOf } from '../../model/received.ts';
import type { Objection } from '../plan.ts';
import { usesGtid } from '../steps/flavour.ts';
import type { FailoverInput, Participant } from './input.ts';
import { unfitByPlace } from './join-by-place.ts';
import { onlyThere } from './own-writes.ts';
import { goByPlace } from './places.ts';
import { isBinlogServer } from './readers.ts';
import { straysIn, withoutStrays } from './strays.ts';

/**
 * Why a sibling must not follow a successor that takes writes: it has transactions which the successor lacks and will never get,
 * so that it would differ for good (an errant replica). That is one which did not answer while the choice was made, or that an
 * operator's choice passed over. null: it may follow.
 *
 * What may have arrived only in part does not count, nor a stray: with that it followed the failed primary, too. MariaDB's position hides the difference once the successor has written in
 * the same domain; then the successor itself turns the replica away (error 1236). One that goes by file and position: see
 * join-by-place.ts.
 */
export function unfitToFollow(
  sibling: Participant,
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Objection | null {
  if (goByPlace(participants) || isBinlogServer(sibling) || !usesGtid(sibling.instance))
    return unfitByPlace(sibling, successor, participants, input);
  if (successor.instance.replication !== null) return null;
  const only = onlyThere(sibling, successor, input);
  if (only !== '') return hasMore(sibling, successor, only);
  const own = withoutStrays(progressOf(sibling.instance), straysIn(participants, input));
  const above = progressOf(successor.instance);
  if (own.kind === 'coordinates') return null;
  const surplus =
    own.kind === 'oracle' && above.kind === 'oracle'
      ? formatGtidSet(subtractGtidSets(subtractGtidSets(own.complete, own.doubtful), above.complete))
      : surplusOf(own, above);
  return surplus === '' ? null : hasMore(sibling, successor, surplus);
}

function hasMore(sibling: Participant, successor: Participant, what: string): Objection {
  const explanation = `${sibling.name} has ${what}, which ${successor.name} lacks; it is left as it is, to be looked at and rebuilt`;
  return { subject: sibling.name, rule: 'has-more', explanation };
}
