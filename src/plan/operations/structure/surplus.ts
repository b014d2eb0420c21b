import { type BinlogCoordinates, compareCoordinates, formatCoordinates } from '../../../model/coordinates.ts';
import { formatMissing, missingFrom } from '../../../model/gtid-position.ts';
import { formatGtidSet, parseGtidSet, subtractGtidSets, unionGtidSets } from '../../../model/gtid-set.ts';
import type { Instance } from '../../../model/instance.ts';
import { progressOf } from '../../../model/received.ts';
import type { Objection } from '../../plan.ts';
import type { Member } from '../input.ts';

/** How far a replica has received its source's log, executed or not; null for a server without source. */
export function completeCoordinates({ replication }: Instance): BinlogCoordinates | null {
  if (replication === null) return null;
  const { readCoordinates, executedCoordinates } = replication;
  return compareCoordinates(readCoordinates, executedCoordinates) < 0 ? executedCoordinates : readCoordinates;
}

/**
 * What one replica has, executed or only received, and another of the same source has not, as text for people; '' when nothing. Its
 * errant transactions do not count: nobody else ever gets them. Servers of different kinds are compared by their source's log.
 * @throws OrchestratorError when a server's own GTID text cannot be read.
 */
export function surplusOver(one: Member, other: Member): string {
  const [own, its] = [progressOf(one.instance), progressOf(other.instance)];
  if (own.kind === 'oracle' && its.kind === 'oracle') {
    const known = unionGtidSets(its.complete, parseGtidSet(one.record.position.errantGtid));
    return formatGtidSet(subtractGtidSets(own.complete, known));
  }
  if (own.kind === 'mariadb' && its.kind === 'mariadb') return formatMissing(missingFrom(its.complete, own.complete));
  const [from, to] = [completeCoordinates(other.instance), completeCoordinates(one.instance)];
  if (from === null || to === null || compareCoordinates(to, from) <= 0) return '';
  return `${formatCoordinates(from)} to ${formatCoordinates(to)}`;
}

/** Something more may come to it: its receiver is connected. */
export const isReceiving = ({ instance }: Member): boolean => instance.replication?.receiver.state === 'running';

/** Why a leader will never have what a sibling has; null when it has it, or may still get it from their source. */
export function isAheadForGood(sibling: Member, leader: Member): Objection | null {
  const surplus = isReceiving(leader) ? '' : surplusOver(sibling, leader);
  if (surplus === '') return null;
  const explanation = `${sibling.name} is ahead of ${leader.name}, which lacks ${surplus}`;
  return { subject: sibling.name, rule: 'ahead', explanation };
}
