import { formatGtidSet, parseGtidSet } from '../../src/model/gtid-set.ts';
import { uuidOf } from '../../src/model/testing/instances.ts';

/** One transaction: who wrote it first, and its number. MySQL numbers per writer, MariaDB through the whole domain. */
export interface Transaction {
  readonly origin: number;
  readonly sequence: number;
}

export const nameOf = ({ origin, sequence }: Transaction): string => `${origin}:${sequence}`;

/** The transactions as an Oracle GTID set. */
export function asGtidSet(transactions: Iterable<Transaction>): string {
  const byOrigin = new Map<number, number[]>();
  for (const { origin, sequence } of transactions) {
    const known = byOrigin.get(origin);
    if (known === undefined) byOrigin.set(origin, [sequence]);
    else known.push(sequence);
  }
  if (byOrigin.size === 0) return '';
  const text = [...byOrigin].map(([origin, sequences]) => `${uuidOf(origin)}:${sequences.join(':')}`).join(',');
  return formatGtidSet(parseGtidSet(text));
}

/** The position after a transaction as MariaDB writes it, in domain 0. */
export const asPosition = (last: Transaction | null | undefined): string =>
  last === null || last === undefined ? '' : `0-${last.origin}-${last.sequence}`;
