import type { BinlogEvent } from '../model/binlog-event.ts';
import {
  formatGtidSet,
  type GtidSet,
  intersectGtidSets,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
} from '../model/gtid-set.ts';

/** A binary log and what the server had executed before its first event. */
export interface LogBegin {
  readonly file: string;
  readonly previous: GtidSet;
}

/**
 * The set in the Previous_gtids event among the first events of a binary log; null when there is none (GTIDs never on).
 * @throws OrchestratorError `bad-gtid-set`.
 */
export function readPreviousGtids(events: readonly BinlogEvent[]): GtidSet | null {
  const event = events.find(({ type }) => type.toLowerCase() === 'previous_gtids');
  return event === undefined ? null : parseGtidSet(event.info);
}

export type GtidLocation =
  | { readonly kind: 'located'; readonly files: readonly string[] }
  /** Some are in no binary log any more. */
  | { readonly kind: 'purged'; readonly purged: string };

/**
 * Which binary logs hold any of the wanted transactions. A log holds what its successor had before it and it had not itself; the
 * newest, what the server has executed beyond. `logs` are oldest first.
 */
export function locateGtids(logs: readonly LogBegin[], executed: GtidSet, wanted: GtidSet): GtidLocation {
  const oldest = logs[0];
  const purged = oldest === undefined ? wanted : intersectGtidSets(wanted, oldest.previous);
  if (!isEmptyGtidSet(purged)) return { kind: 'purged', purged: formatGtidSet(purged) };
  const files = logs
    .filter(({ previous }, index) => {
      const after = logs[index + 1]?.previous ?? executed;
      return !isEmptyGtidSet(intersectGtidSets(wanted, subtractGtidSets(after, previous)));
    })
    .map(({ file }) => file);
  return { kind: 'located', files };
}
