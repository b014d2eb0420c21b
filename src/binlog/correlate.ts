import { type BinlogCoordinates, compareCoordinates, formatCoordinates } from '../model/coordinates.ts';
import { type Comparison, compareTransactions } from './compare.ts';
import type { EventSource } from './event-source.ts';
import type { Markers } from './marker.ts';
import { executedPart, isBefore, type ReadingRules, readOnwards } from './read-transactions.ts';
import { type FoundEntry, findLastMarker, findText } from './search.ts';
import type { LoggedChange, LoggedTransaction } from './transaction.ts';

/** One side of a correlation. */
export interface Side {
  /** `host:port`, for the reasons. */
  readonly name: string;
  readonly source: EventSource;
  readonly boundaries: readonly BinlogCoordinates[];
}

/** Why no position was found. Only `different` speaks against the data; the others of what is left of the logs. */
export const CORRELATION_REFUSALS = [
  'no-marker',
  'marker-missing',
  'different',
  'behind',
  'inside',
  'nothing',
] as const;
export type CorrelationRefusal = (typeof CORRELATION_REFUSALS)[number];

export type CorrelationOutcome =
  | {
      readonly kind: 'matched';
      /** In the destination's binary logs: behind the last transaction that the instance has. */
      readonly coordinates: BinlogCoordinates;
      /** Changes compared; at least 1. */
      readonly eventsMatched: number;
      /** Text of the Pseudo-GTID entry that both have. */
      readonly marker: string;
    }
  | { readonly kind: 'refused'; readonly code: CorrelationRefusal; readonly reason: string };

export interface CorrelateOptions {
  /** Where the instance ends: its executed point, or the position asked for; null: the end of its binary logs. */
  readonly end: BinlogCoordinates | null;
  /** Search every log to its begin, whatever the order of the entries says. */
  readonly strict: boolean;
}

/**
 * Finds where in the destination's binary logs an instance would go on: both logs are read on from the newest Pseudo-GTID entry
 * of the instance, change by change, until the instance ends (facts of relocation, "Pseudo-GTID matching").
 * @throws what the sources throw.
 */
export async function correlate(
  instance: Side,
  destination: Side,
  rules: Markers & ReadingRules,
  options: CorrelateOptions,
): Promise<CorrelationOutcome> {
  const { end, strict } = options;
  const last = await findLastMarker(instance.source, rules, { boundaries: instance.boundaries, end });
  if (last === null) return refuse('no-marker', noMarker(instance));
  const found = await findText(destination.source, last.entry.text, rules, {
    boundaries: destination.boundaries,
    end: null,
    strict,
  });
  if (found === null) return refuse('marker-missing', markerMissing(instance, destination, last, strict));
  const own = createLimited(readOnwards(instance.source, last.transaction.start, rules), end);
  const theirs = readOnwards(destination.source, found.transaction.start, rules);
  const comparesGtids = last.transaction.gtid !== null && last.transaction.gtid === found.transaction.gtid;
  const comparison = await compareTransactions(own.transactions, theirs, comparesGtids);
  if (comparison.kind !== 'same') return refuseComparison(instance, destination, comparison);
  if (own.cut() !== null && end !== null) {
    const reason = `${formatCoordinates(end)} on ${instance.name} lies inside the transaction that begins at ${place(own.cut())}; give the position of a transaction's begin`;
    return refuse('inside', reason);
  }
  if (comparison.end === null || comparison.changes === 0) {
    return refuse('nothing', `no event of ${instance.name} could be matched with one of ${destination.name}`);
  }
  return {
    kind: 'matched',
    coordinates: comparison.end,
    eventsMatched: comparison.changes,
    marker: last.entry.text,
  };
}

/** The transactions before `end`; `cut` is the one in which it lies. */
function createLimited(transactions: AsyncIterable<LoggedTransaction>, end: BinlogCoordinates | null) {
  let cut: LoggedTransaction | null = null;
  async function* limited(): AsyncGenerator<LoggedTransaction, void, undefined> {
    for await (const transaction of transactions) {
      if (end !== null && !isBefore(transaction, end)) {
        if (end.kind === 'relaylog') {
          const part = executedPart(transaction, end);
          if (part !== null) yield part;
        } else if (compareCoordinates(transaction.start, end) < 0) cut = transaction;
        return;
      }
      yield transaction;
    }
  }
  return { transactions: limited(), cut: (): LoggedTransaction | null => cut };
}

const refuse = (code: CorrelationRefusal, reason: string): CorrelationOutcome => ({ kind: 'refused', code, reason });

const place = (transaction: LoggedTransaction | null): string =>
  transaction === null ? '' : formatCoordinates(transaction.start);

const logsOf = (side: Side): string => `the ${side.source.log === 'binlog' ? 'binary' : 'relay'} logs of ${side.name}`;

const noMarker = (instance: Side): string =>
  `${logsOf(instance)} hold no Pseudo-GTID entry; see that entries are written (AutoPseudoGTID) and that PseudoGTIDPattern describes them`;

function markerMissing(instance: Side, destination: Side, last: FoundEntry, strict: boolean): string {
  const remedy = strict ? '' : ', or, if its logs go back far enough, search them all with strict';
  return `${logsOf(destination)} do not hold the newest Pseudo-GTID entry of ${instance.name} (${shorten(last.entry.text)} at ${formatCoordinates(last.entry.coordinates)}): ${destination.name} is behind, or has purged it; choose a server that is further ahead${remedy}`;
}

function refuseComparison(
  instance: Side,
  destination: Side,
  comparison: Exclude<Comparison, { readonly kind: 'same' }>,
): CorrelationOutcome {
  const told = (side: Side, change: LoggedChange): string =>
    `${side.name} has ${shorten(change.text)} at ${formatCoordinates(change.coordinates)}`;
  switch (comparison.kind) {
    case 'second-behind': {
      const reason = `${destination.name} is behind: ${told(instance, comparison.next)}, which ${destination.name} has not got yet; wait for it, or choose a server that is further ahead`;
      return refuse('behind', reason);
    }
    case 'first-inside': {
      const reason = `${instance.name} ends inside a transaction of ${destination.name}, which goes on: ${told(destination, comparison.next)}; let ${instance.name} execute it first`;
      return refuse('inside', reason);
    }
    case 'different': {
      const { first, second, why } = comparison;
      const reason = `${told(instance, first)}, but ${told(destination, second)} (${why}); if one of the two is a write that must not count, list a part of its text in SkipBinlogEventsContaining`;
      return refuse('different', reason);
    }
  }
}

/** A statement may be megabytes long. */
const shorten = (text: string): string => (text.length > 160 ? `"${text.slice(0, 160)}…"` : `"${text}"`);
