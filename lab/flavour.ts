import { LabError } from './error.ts';

/** The kinds of server the lab can run. */
export const FLAVOURS = ['mysql-9.7', 'mysql-5.6', 'mariadb-10.11'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** Checks a flavour written by a person. Throws LabError 'bad-flavour' listing the known ones. */
export function parseFlavour(text: string): Flavour {
  const found = FLAVOURS.find((flavour) => flavour === text);
  if (found === undefined) {
    throw new LabError('bad-flavour', `"${text}" is no flavour the lab knows; choose one of ${FLAVOURS.join(', ')}`);
  }
  return found;
}

/** Where a replica starts reading: by GTID, or at a file and position of its source. */
export type StartPoint =
  | { readonly kind: 'gtid' }
  | { readonly kind: 'file'; readonly file: string; readonly position: number };

export interface SourceAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly start: StartPoint;
}

/** The words one flavour uses for replication; every statement the lab sends that differs stands here. */
export interface Vocabulary {
  readonly stopReplica: string;
  readonly startReplica: string;
  readonly resetReplica: string;
  readonly showReplicaStatus: string;
  readonly showBinlogStatus: string;
  /** Statements after which the binary log and all GTID state are empty. */
  readonly emptyBinlog: readonly string[];
  /** Columns of showReplicaStatus. */
  readonly receiverColumn: string;
  readonly applierColumn: string;
  readonly changeSource: (source: SourceAddress) => string;
}

const CLASSIC = {
  stopReplica: 'STOP SLAVE',
  startReplica: 'START SLAVE',
  resetReplica: 'RESET SLAVE ALL',
  showReplicaStatus: 'SHOW SLAVE STATUS',
  showBinlogStatus: 'SHOW MASTER STATUS',
  receiverColumn: 'Slave_IO_Running',
  applierColumn: 'Slave_SQL_Running',
} as const;

function classicChange(source: SourceAddress, byGtid: string): string {
  const start =
    source.start.kind === 'gtid'
      ? byGtid
      : `MASTER_LOG_FILE='${source.start.file}', MASTER_LOG_POS=${source.start.position}`;
  return (
    `CHANGE MASTER TO MASTER_HOST='${source.host}', MASTER_PORT=${source.port}, MASTER_USER='${source.user}', ` +
    `MASTER_PASSWORD='${source.password}', MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1, ${start}`
  );
}

function modernChange(source: SourceAddress): string {
  const start =
    source.start.kind === 'gtid'
      ? 'SOURCE_AUTO_POSITION=1'
      : `SOURCE_AUTO_POSITION=0, SOURCE_LOG_FILE='${source.start.file}', SOURCE_LOG_POS=${source.start.position}`;
  return (
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST='${source.host}', SOURCE_PORT=${source.port}, SOURCE_USER='${source.user}', ` +
    `SOURCE_PASSWORD='${source.password}', SOURCE_CONNECT_RETRY=1, SOURCE_HEARTBEAT_PERIOD=1, GET_SOURCE_PUBLIC_KEY=1, ${start}`
  );
}

/**
 * MariaDB's RESET MASTER waits until InnoDB's redo log is flushed, which with relaxed durability happens once a second;
 * one small transaction that must be durable flushes it now.
 */
const FLUSH_REDO: readonly string[] = [
  'SET @usual=@@global.innodb_flush_log_at_trx_commit',
  'SET GLOBAL innodb_flush_log_at_trx_commit=1',
  'SET SESSION sql_log_bin=0',
  "INSERT INTO app.t (id, who, payload) VALUES (0, '', '')",
  'DELETE FROM app.t WHERE id=0',
  'SET SESSION sql_log_bin=1',
  'SET GLOBAL innodb_flush_log_at_trx_commit=@usual',
];

const VOCABULARIES: Readonly<Record<Flavour, Vocabulary>> = {
  'mysql-9.7': {
    stopReplica: 'STOP REPLICA',
    startReplica: 'START REPLICA',
    resetReplica: 'RESET REPLICA ALL',
    showReplicaStatus: 'SHOW REPLICA STATUS',
    showBinlogStatus: 'SHOW BINARY LOG STATUS',
    emptyBinlog: ['RESET BINARY LOGS AND GTIDS'],
    receiverColumn: 'Replica_IO_Running',
    applierColumn: 'Replica_SQL_Running',
    changeSource: modernChange,
  },
  'mysql-5.6': {
    ...CLASSIC,
    emptyBinlog: ['RESET MASTER'],
    changeSource: (source) => classicChange(source, 'MASTER_AUTO_POSITION=1'),
  },
  'mariadb-10.11': {
    ...CLASSIC,
    emptyBinlog: [...FLUSH_REDO, 'RESET MASTER', "SET GLOBAL gtid_slave_pos=''"],
    changeSource: (source) => classicChange(source, 'MASTER_USE_GTID=slave_pos'),
  },
};

/** The replication words of one flavour. */
export function vocabularyOf(flavour: Flavour): Vocabulary {
  return VOCABULARIES[flavour];
}
