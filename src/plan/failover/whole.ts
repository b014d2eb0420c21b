import type { Objection } from '../plan.ts';
import type { Participant } from './input.ts';

/** Replication filters leave out what others have, though by GTID the server counts it as executed. */
export const isFiltered = ({ instance }: Pick<Participant, 'instance'>): boolean =>
  instance.replication?.hasFilters === true;

/**
 * Candidates with replication filters, where there is one without: they lack rows that clients of the failed primary may read, and whoever
 * follows them would get no such rows any more. They are the last resort, since filters may be of no matter (a schema of tests), and a
 * primary with gaps may be better than none.
 */
export function leavesOut(candidates: readonly Participant[]): Objection[] {
  if (candidates.every(isFiltered)) return [];
  return candidates.filter(isFiltered).map(({ name }) => ({
    subject: name,
    rule: 'replication-filters',
    explanation: `${name} has replication filters: it lacks what they leave out, and others have it`,
  }));
}

/** What is said of a successor, or of whom it catches up from, that has filters. */
export const gapsOf = (one: Participant): readonly string[] =>
  isFiltered(one) ? [`${one.name} has replication filters: what they leave out it does not have`] : [];
