import type { CorrelationRefusal } from '../../binlog/correlate.ts';
import type { RelayEntry } from '../../binlog/relay-position.ts';
import type { BinlogCoordinates } from '../../model/coordinates.ts';
import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { Instance } from '../../model/instance.ts';

/** Why there is no answer: those of binlog/correlate.ts, and what lies before any reading. */
export type RefusalCode =
  | CorrelationRefusal
  | 'not-configured'
  | 'same-server'
  | 'no-logs'
  | 'gaps'
  | 'unreadable'
  | 'cancelled'
  | 'purged';

export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  /** One sentence naming the servers and what to do. */
  readonly reason: string;
}

export type Correlated =
  | {
      readonly kind: 'matched';
      /** Where the instance goes on in the destination's binary logs. */
      readonly coordinates: BinlogCoordinates;
      /** Changes that both logs have alike; at least 1. */
      readonly eventsMatched: number;
      readonly marker: string;
      /** Up to where the instance's own logs were compared: if it has moved on since, the answer is stale. */
      readonly instanceEnd: BinlogCoordinates;
    }
  | Refused;

export interface CorrelateOptions {
  /** Search all logs to their begin (flag -strict). */
  readonly strict?: boolean;
  /** Take the instance's relay logs, not its binary logs (flag -skip-binlog-search). */
  readonly skipBinlogSearch?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export type EntryFound =
  | { readonly kind: 'found'; readonly text: string; readonly coordinates: BinlogCoordinates }
  | Refused;
export type RelayEntryFound = ({ readonly kind: 'found' } & RelayEntry) | Refused;
export type RelayCorrelated =
  | {
      readonly kind: 'matched';
      readonly instanceCoordinates: BinlogCoordinates;
      readonly destinationCoordinates: BinlogCoordinates;
      /** The event after it on the destination; null when it has received none yet. */
      readonly next: BinlogCoordinates | null;
    }
  | Refused;
export type ErrantLocated = { readonly kind: 'located'; readonly files: readonly string[] } | Refused;

export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Matching of servers by Pseudo-GTID entries and other reading of logs. Changes nothing, and never throws what was to be expected. */
export interface PseudoGtid {
  /**
   * Where `instance` would go on below `destination`, up to what it has executed now. While its applier runs, the answer is that of
   * a moment: stop it first when the answer is to be used.
   */
  correlate(instance: Instance, destination: Instance, options?: CorrelateOptions): Promise<Correlated>;
  /** The same for a position of the instance's binary log; null: its end. */
  correlateBinlogPosition(
    instance: Instance,
    destination: Instance,
    position: BinlogCoordinates | null,
    options?: CorrelateOptions,
  ): Promise<Correlated>;
  /** The place of an event of the instance's relay log (null: the last one executed) in another replica's relay log. */
  correlateRelayPosition(
    instance: Instance,
    destination: Instance,
    position: BinlogCoordinates | null,
    options?: Cancellable,
  ): Promise<RelayCorrelated>;
  lastExecutedRelayEntry(instance: Instance, options?: Cancellable): Promise<RelayEntryFound>;
  /** The newest Pseudo-GTID entry that the instance has executed, and where. */
  lastEntry(instance: Instance, options?: Cancellable): Promise<EntryFound>;
  /** Where the instance's binary logs have exactly this text; the newest place. */
  findEntry(instance: Instance, text: string, options?: Cancellable): Promise<EntryFound>;
  /** Names of the binary logs which hold any transaction of an Oracle GTID set (the instance's errant ones). */
  locateErrant(instance: Instance, errantGtid: string, options?: Cancellable): Promise<ErrantLocated>;
}

/** What servers answer is an expected outcome; anything else is a defect and passes. */
export async function guarded<T>(work: () => Promise<T | Refused>): Promise<T | Refused> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError)) throw thrown;
    return refuse(thrown.code === 'cancelled' ? 'cancelled' : 'unreadable', messageOf(thrown));
  }
}

export const refuse = (code: RefusalCode, reason: string): Refused => ({ kind: 'refused', code, reason });

export const NOT_CONFIGURED = refuse(
  'not-configured',
  'Pseudo-GTID is not configured; set AutoPseudoGTID to true, or PseudoGTIDPattern to what your own entries look like',
);
