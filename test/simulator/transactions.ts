import { formatGtidSet, parseGtidSet } from '../../src/model/gtid-set.ts';
import { uuidOf } from '../../src/model/testing/instances.ts';

/** One transaction: who wrote it first, and its number. MySQL numbers per writer, MariaDB through the whole domain. */
export interface Transaction {
  readonly origin: number;
  readonly sequence: number;
  /** Injected in place of another; changes nothing. */
  readonly isEmpty?: boolean;
  /** Written on a replica by mistake: nobody else can be expected to have it. */
  readonly isErrant?: boolean;
  readonly committedAtMs?: number;
  /** The last transaction of each origin that its writer had then: nobody may execute it before these. */
  readonly needs?: ReadonlyMap<number, number>;
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
  const text = [...byOrigin].map(([origin, sequences]) => `${uuidOf(origin)}:${intervalsOf(sequences)}`).join(',');
  return formatGtidSet(parseGtidSet(text));
}

function intervalsOf(sequences: number[]): string {
  const intervals: [number, number][] = [];
  for (const sequence of sequences.sort((a, b) => a - b)) {
    const last = intervals.at(-1);
    if (last !== undefined && sequence <= last[1] + 1) last[1] = Math.max(last[1], sequence);
    else intervals.push([sequence, sequence]);
  }
  return intervals.map(([first, last]) => `${first}-${last}`).join(':');
}

/** Names (as nameOf gives them) as an Oracle GTID set. */
export const namesAsGtidSet = (names: Iterable<string>): string =>
  asGtidSet(
    [...names].map((name) => {
      const [origin, sequence] = name.split(':').map(Number);
      return { origin: origin ?? 0, sequence: sequence ?? 0 };
    }),
  );

/** The transactions of an Oracle GTID set, as asGtidSet names them. */
export const transactionsOf = (gtidSet: string): Transaction[] =>
  parseGtidSet(gtidSet).groups.flatMap(({ uuid, intervals }) =>
    intervals.flatMap(({ first, last }) =>
      Array.from({ length: Number(last - first) + 1 }, (_, index) => ({
        origin: Number.parseInt(uuid.slice(0, 8), 16),
        sequence: Number(first) + index,
      })),
    ),
  );

/** The position after a transaction as MariaDB writes it, in domain 0. */
export const asPosition = (last: Transaction | null | undefined): string =>
  last === null || last === undefined ? '' : `0-${last.origin}-${last.sequence}`;
