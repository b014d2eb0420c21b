import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { EventSource } from './event-source.ts';
import type { Markers } from './marker.ts';
import { isBefore, type ReadingRules, readSegment, segmentsBackwards } from './read-transactions.ts';
import type { LoggedChange, LoggedTransaction } from './transaction.ts';

/** Where a text was found, and the transaction that holds it. */
export interface FoundEntry {
  readonly entry: LoggedChange;
  readonly transaction: LoggedTransaction;
}

export interface SearchOptions {
  /** Places between two transactions known from elsewhere; see segmentsBackwards. */
  readonly boundaries: readonly BinlogCoordinates[];
  /** Only what lies before; null: the whole log. */
  readonly end: BinlogCoordinates | null;
}

/** The newest Pseudo-GTID entry of a log, searched from its end backwards; null when none is left in it. */
export async function findLastMarker(
  source: EventSource,
  rules: ReadingRules,
  options: SearchOptions,
): Promise<FoundEntry | null> {
  for await (const segment of segmentsBackwards(source, options.boundaries, options.end)) {
    let found: FoundEntry | null = null;
    for await (const transaction of readSegment(source, segment, rules)) {
      if (options.end !== null && !isBefore(transaction, options.end)) break;
      if (transaction.marker !== null) found = { entry: transaction.marker, transaction };
    }
    if (found !== null) return found;
  }
  return null;
}

/**
 * The entry with exactly this text, searched from the end backwards. When entries are known to ascend (and not `strict`), a
 * stretch that begins with a newer entry is left at once, and the search ends where older entries begin.
 */
export async function findText(
  source: EventSource,
  text: string,
  markers: Markers & ReadingRules,
  options: SearchOptions & { readonly strict: boolean },
): Promise<FoundEntry | null> {
  for await (const segment of segmentsBackwards(source, options.boundaries, options.end)) {
    let sawOlder = false;
    for await (const transaction of readSegment(source, segment, markers)) {
      const entry = transaction.changes.find((change) => change.text === text);
      if (entry !== undefined) return { entry, transaction };
      if (options.strict || transaction.marker === null) continue;
      const age = markers.compareAge(transaction.marker.text, text);
      if (age === null) continue;
      if (age < 0) sawOlder = true;
      else break;
    }
    if (sawOlder) return null;
  }
  return null;
}
