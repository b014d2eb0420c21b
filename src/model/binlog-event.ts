/** One event as SHOW BINLOG EVENTS and SHOW RELAYLOG EVENTS tell it. */
export interface BinlogEvent {
  /** The log file that it stands in. */
  readonly file: string;
  /** Byte offset of its begin in that file. */
  readonly position: number;
  /** e.g. `Query`, `Write_rows_v1`, `Anonymous_Gtid`. */
  readonly type: string;
  /** The server that wrote it first; kept when it is replicated. */
  readonly serverId: number;
  /** Where the next event begins: in a binary log its own offset, in a relay log the offset in the source's binary log. */
  readonly endPosition: number;
  readonly info: string;
}

export type LogKind = 'binlog' | 'relaylog';

/** A binary log of a server. */
export interface LogFile {
  readonly name: string;
  readonly sizeBytes: number;
}
