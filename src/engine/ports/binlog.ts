import type { BinlogEvent, LogFile, LogKind } from '../../model/binlog-event.ts';
import type { BinlogCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import type { ServerFailure } from './servers.ts';

/** Which events: from a position (null: the begin of the file), at most `limit`. */
export interface EventsRequest {
  readonly log: LogKind;
  readonly file: string;
  readonly fromPosition: number | null;
  readonly limit: number;
}

/** `cancelled`: the caller's signal ended it, nothing is said about the server. */
export type LogRead<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: ServerFailure }
  | { readonly kind: 'cancelled' };

export interface LogReadOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where a server stands now. */
export interface LogCoordinates {
  /** The end of its own binary log; null without one. */
  readonly own: BinlogCoordinates | null;
  /** Where the applier of the default channel goes on in the relay logs; null when it replicates from nowhere. */
  readonly relay: BinlogCoordinates | null;
  /** The same place in the source's binary log. */
  readonly executed: BinlogCoordinates | null;
  readonly isApplierRunning: boolean;
  /** The applier's last error; 0: none. */
  readonly applierErrorNumber: number;
}

/**
 * in-order: what is executed is a prefix of what was received. may-leave-gaps: several workers commit in any order, so that an
 * applier stopped by an error may have executed a later transaction without an earlier one.
 */
export const APPLIER_ORDERS = ['in-order', 'may-leave-gaps'] as const;
export type ApplierOrder = (typeof APPLIER_ORDERS)[number];

/** Reads servers' logs, each call on a control session of its own. Never throws. `instance` gives address, flavour and channel. */
export interface BinlogReader {
  /** The binary logs, oldest first. A server without answers error 1381. */
  listLogs(instance: Instance, options: LogReadOptions): Promise<LogRead<readonly LogFile[]>>;
  /** A file or position that is not there answers error 1220 (NO_SUCH_LOG). */
  readEvents(
    instance: Instance,
    request: EventsRequest,
    options: LogReadOptions,
  ): Promise<LogRead<readonly BinlogEvent[]>>;
  readCoordinates(instance: Instance, options: LogReadOptions): Promise<LogRead<LogCoordinates>>;
  readApplierOrder(instance: Instance, options: LogReadOptions): Promise<LogRead<ApplierOrder>>;
  close(): void;
}

/** The error number of a log file, or a position in it, that does not exist. */
export const NO_SUCH_LOG = 1220;

/** What became of a Pseudo-GTID entry. */
export type MarkerWriteOutcome =
  | { readonly kind: 'written' }
  /** The server turned read-only in the meantime; nothing was sent. */
  | { readonly kind: 'read-only' }
  | { readonly kind: 'failed'; readonly failure: ServerFailure };

/** Writes Pseudo-GTID entries. */
export interface MarkerWriter {
  /** Sends one statement to a primary, right after seeing on the same session that it is writable. Never throws. */
  write(instance: Instance, statement: string, options: { readonly deadlineMs: number }): Promise<MarkerWriteOutcome>;
}
