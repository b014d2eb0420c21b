import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { LoggedChange, LoggedTransaction } from './transaction.ts';

/** How far two servers' logs, read side by side, say the same. */
export type Comparison =
  | {
      readonly kind: 'same';
      /** On the second server: behind the last transaction that both have. null: the first has none. */
      readonly end: BinlogCoordinates | null;
      /** Changes that were compared. */
      readonly changes: number;
    }
  | { readonly kind: 'different'; readonly first: LoggedChange; readonly second: LoggedChange; readonly why: string }
  /** The first ends where the second is inside a transaction, which goes on with `next`. */
  | { readonly kind: 'first-inside'; readonly last: LoggedChange; readonly next: LoggedChange }
  /** The second server ends before the first. */
  | { readonly kind: 'second-behind'; readonly next: LoggedChange };

/** A change, and the transaction in which the server wrote it. */
interface Placed {
  readonly change: LoggedChange;
  readonly index: number;
  readonly transaction: LoggedTransaction;
}

async function* changesOf(transactions: AsyncIterable<LoggedTransaction>): AsyncGenerator<Placed, void, undefined> {
  for await (const transaction of transactions) {
    for (const [index, change] of transaction.changes.entries()) yield { change, index, transaction };
  }
}

/**
 * Reads both on until the first ends. Texts and the server that wrote first must be equal in each pair of changes; where the
 * servers commit may differ, but the second must be between two transactions at the end. GTIDs are compared where `comparesGtids`
 * says that both servers count alike (MariaDB numbers what comes without GTIDs by itself).
 */
export async function compareTransactions(
  first: AsyncIterable<LoggedTransaction>,
  second: AsyncIterable<LoggedTransaction>,
  comparesGtids: boolean,
): Promise<Comparison> {
  const others = changesOf(second);
  let last: Placed | null = null;
  let changes = 0;
  try {
    for await (const one of changesOf(first)) {
      const next = await others.next();
      if (next.done === true) return { kind: 'second-behind', next: one.change };
      last = next.value;
      const why = differenceOf(one, last, comparesGtids);
      if (why !== null) return { kind: 'different', first: one.change, second: last.change, why };
      changes += 1;
    }
  } finally {
    await others.return();
  }
  const rest = last?.transaction.changes[last.index + 1];
  if (last !== null && rest !== undefined) return { kind: 'first-inside', last: last.change, next: rest };
  return { kind: 'same', end: last?.transaction.end ?? null, changes };
}

function differenceOf(one: Placed, other: Placed, comparesGtids: boolean): string | null {
  if (one.change.text !== other.change.text) return 'the texts differ';
  const [a, b] = [one.transaction, other.transaction];
  if (a.serverId !== b.serverId) return `one was written by server id ${a.serverId}, the other by ${b.serverId}`;
  const isBegin = one.index === 0 && other.index === 0;
  if (isBegin && comparesGtids && a.gtid !== null && b.gtid !== null && a.gtid !== b.gtid) {
    return `one is GTID ${a.gtid}, the other ${b.gtid}`;
  }
  return null;
}
