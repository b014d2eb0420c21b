import type { BinlogEvent, LogFile } from '../model/binlog-event.ts';
import { type Row, readNumber, readText } from './row.ts';

/** A row of SHOW BINARY LOGS. */
export const readLogFile = (row: Row): LogFile => ({
  name: readText(row, 'Log_name'),
  sizeBytes: readNumber(row, 'File_size') ?? 0,
});

/** A row of SHOW BINLOG EVENTS or SHOW RELAYLOG EVENTS. */
export const readBinlogEvent = (row: Row): BinlogEvent => ({
  file: readText(row, 'Log_name'),
  position: readNumber(row, 'Pos') ?? 0,
  type: readText(row, 'Event_type'),
  serverId: readNumber(row, 'Server_id') ?? 0,
  endPosition: readNumber(row, 'End_log_pos') ?? 0,
  info: readText(row, 'Info'),
});
