/** Invented logs for tests; nothing outside tests imports this. */

import type { BinlogEvent, LogKind } from '../../model/binlog-event.ts';
import type { BinlogCoordinates } from '../../model/coordinates.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { EventSource } from '../event-source.ts';

/** What a primary did once, in words of no server. */
export type History =
  | { readonly kind: 'marker'; readonly text: string }
  | { readonly kind: 'ddl'; readonly text: string }
  | { readonly kind: 'rows'; readonly tables: readonly string[] }
  | { readonly kind: 'statements'; readonly texts: readonly string[] };

/** How one server writes its log. */
export interface Style {
  readonly flavour: 'mysql-5.6' | 'mysql-9' | 'mariadb';
  readonly log: LogKind;
  readonly baseName: string;
  readonly serverId: number;
  /** Begin a new file after so many transactions. */
  readonly rotateEvery: number;
  /** Adds to the size of every event. */
  readonly padding: number;
  readonly firstTableId: number;
  /** Rows of one statement go into so many events. */
  readonly rowsEventsPerStatement: number;
  readonly annotates: boolean;
  readonly compresses: boolean;
  /** The last statement of a transaction of a table without transactions ends by COMMIT, not by Xid. */
  readonly endsByQuery: boolean;
}

export interface SimulatedLog {
  readonly source: EventSource;
  /** Where each transaction of the history begins and ends; index as in the history. */
  readonly places: readonly { readonly start: BinlogCoordinates; readonly end: BinlogCoordinates }[];
  /** Behind everything. */
  readonly end: BinlogCoordinates;
  /** Events read so far. */
  eventsRead(): number;
}

/** Entries of a history with the server that ran each, and the number that MariaDB gave it. */
export interface Ran {
  readonly item: History;
  readonly serverId: number;
  readonly sequence: number;
}

export function simulateLog(history: readonly Ran[], style: Style): SimulatedLog {
  const files: { name: string; events: BinlogEvent[] }[] = [];
  let position = 4;
  let sourcePosition = 4;
  let xid = 10 + style.padding;
  let tableId = style.firstTableId;
  const places: { start: BinlogCoordinates; end: BinlogCoordinates }[] = [];

  function current(): { name: string; events: BinlogEvent[] } {
    const file = files.at(-1);
    if (file === undefined) throw new Error('no file yet');
    return file;
  }
  function emit(type: string, info: string, serverId: number, size = 30): void {
    const begin = position;
    position += size + style.padding;
    sourcePosition += size;
    const endPosition = style.log === 'binlog' ? position : sourcePosition;
    current().events.push({ file: current().name, position: begin, type, serverId, endPosition, info });
  }
  function openFile(): void {
    const name = `${style.baseName}.${String(files.length + 1).padStart(6, '0')}`;
    if (files.length > 0) emit('Rotate', `${name};pos=4`, style.serverId);
    files.push({ name, events: [] });
    position = 4;
    emit('Format_desc', 'Server ver: simulated, Binlog ver: 4', style.serverId);
    if (style.flavour === 'mysql-9') emit('Previous_gtids', '', style.serverId);
    if (style.flavour === 'mariadb') {
      emit('Gtid_list', '[]', style.serverId);
      emit('Binlog_checkpoint', name, style.serverId);
    }
    if (style.log === 'relaylog') emit('Rotate', `source-bin.000007;pos=${sourcePosition}`, 0);
  }
  const here = (): BinlogCoordinates => ({ kind: style.log, file: current().name, position });

  function write({ item, serverId, sequence }: Ran): void {
    const isSingle = item.kind === 'marker' || item.kind === 'ddl';
    const put = (type: string, info: string): void => emit(type, info, serverId);
    if (style.flavour === 'mysql-9') put('Anonymous_Gtid', "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'");
    if (style.flavour === 'mariadb') put('Gtid', `${isSingle ? '' : 'BEGIN '}GTID 0-${serverId}-${sequence}`);
    xid += 3;
    if (isSingle) {
      put('Query', style.flavour === 'mysql-9' ? `${item.text} /* xid=${xid} */` : item.text);
      return;
    }
    const compresses = style.compresses && style.flavour === 'mysql-9' && style.log === 'binlog';
    if (compresses) emit('Transaction_payload', "compression='ZSTD'", serverId, 50);
    const inner = compresses
      ? (type: string, info: string): void => {
          current().events.push({ file: current().name, position, type, serverId, endPosition: position, info });
        }
      : put;
    if (style.flavour !== 'mariadb') inner('Query', 'BEGIN');
    if (item.kind === 'statements') {
      for (const text of item.texts) {
        inner('Intvar', `INSERT_ID=${text.length}`);
        inner('Query', text);
      }
    } else {
      for (const table of item.tables) writeRows(table, inner);
    }
    if (style.endsByQuery) inner('Query', 'COMMIT');
    else inner('Xid', `COMMIT /* xid=${xid} */`);
  }
  function writeRows(table: string, put: (type: string, info: string) => void): void {
    tableId += 1;
    const isMariadb = style.flavour === 'mariadb';
    if (style.annotates) put(isMariadb ? 'Annotate_rows' : 'Rows_query', `# INSERT INTO ${table} of ${style.serverId}`);
    put('Table_map', `table_id: ${tableId} (${table})`);
    for (let part = 1; part <= style.rowsEventsPerStatement; part += 1) {
      const flags = part === style.rowsEventsPerStatement ? ' flags: STMT_END_F' : '';
      put(isMariadb ? 'Write_rows_v1' : 'Write_rows', `table_id: ${tableId}${flags}`);
    }
  }

  openFile();
  history.forEach((ran, index) => {
    if (index > 0 && index % style.rotateEvery === 0) openFile();
    const start = here();
    write(ran);
    places.push({ start, end: here() });
  });
  return { ...sourceOf(files, style.log), places, end: here() };
}

function sourceOf(
  files: readonly { readonly name: string; readonly events: readonly BinlogEvent[] }[],
  log: LogKind,
): Pick<SimulatedLog, 'source' | 'eventsRead'> {
  let eventsRead = 0;
  const names = files.map((file) => file.name);
  const beside = (file: string, step: number): string | null => names[names.indexOf(file) + step] ?? null;
  return {
    eventsRead: () => eventsRead,
    source: {
      log,
      newest: async () => names.at(-1) ?? null,
      before: async (file) => beside(file, -1),
      after: async (file) => beside(file, 1),
      async read(name, fromPosition, limit) {
        const events = files.find((file) => file.name === name)?.events ?? [];
        // As the servers do: reading cannot begin inside a compressed transaction.
        const begins = (event: BinlogEvent): boolean => log === 'relaylog' || event.endPosition !== event.position;
        const isPlace =
          fromPosition === null || events.some((event) => begins(event) && event.position === fromPosition);
        if (!isPlace && events.at(-1)?.endPosition !== fromPosition)
          throw new OrchestratorError('wrong-offset', `${name}: no event begins at ${fromPosition}`);
        const from = events.findIndex((event) => begins(event) && event.position >= (fromPosition ?? 4));
        const read = from < 0 ? [] : events.slice(from, from + limit);
        eventsRead += read.length;
        return read;
      },
    },
  };
}
