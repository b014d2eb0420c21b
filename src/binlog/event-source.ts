import type { BinlogEvent, LogKind } from '../model/binlog-event.ts';

/**
 * The logs of one server, whoever reads them. Files are asked for one by one, since a server lists its binary logs but not its
 * relay logs. Every function may throw what its reader throws (an OrchestratorError naming the server).
 */
export interface EventSource {
  readonly log: LogKind;
  /** The newest file; null when there is none. */
  newest(): Promise<string | null>;
  /** The file before; null when it was purged or never was. */
  before(file: string): Promise<string | null>;
  /** The file after; null when there is none yet. */
  after(file: string): Promise<string | null>;
  /** At most `limit` events from `fromPosition` (null: the begin of the file). Fewer only at the end of the file. */
  read(file: string, fromPosition: number | null, limit: number): Promise<readonly BinlogEvent[]>;
}
