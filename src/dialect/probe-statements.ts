import type { SemiSyncStatus } from '../model/instance.ts';
import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';
import { busyWorkersSql } from './applier-workers.ts';
import { unlessCommitsWaitSql, WAITING_COMMITS_SQL } from './held-log.ts';
import type { ProbeClass } from './probe-class.ts';
import { hasOfflineMode, hasSuperReadOnly, wordsOf } from './words.ts';

/** Parts of a reading. `identity` and `replication` are essential: without them there is no reading at all. */
export const PROBE_PARTS = [
  'identity',
  'replication',
  'ownPosition',
  'ownPositionAtOnce',
  'waitingCommits',
  'busyWorkers',
  'status',
  'binlogFormat',
  'semiSync',
  'semiSyncSwitches',
  'credentials',
  'connection',
  'reportedReplicas',
  'dumpSessions',
  'groupMembers',
  'groupVariables',
] as const;
export type ProbePart = (typeof PROBE_PARTS)[number];

/** One statement of a probe. `whatIsLost` completes the sentence "… cannot be read" of a warning. */
export interface ProbeStatement {
  readonly part: ProbePart;
  readonly sql: string;
  readonly isEssential: boolean;
  readonly whatIsLost: string;
}

/** Everything that is read of a server, to be sent as one batch (design §3.2). */
export function fullProbe(probeClass: ProbeClass): readonly ProbeStatement[] {
  const { version, performanceSchema } = probeClass;
  const words = wordsOf(version);
  const isOracle = isOracleFamily(version);
  const hasPerformanceSchema = isOracle && performanceSchema && isAtLeast(version, 8);
  const statements: ProbeStatement[] = [
    essential('identity', identitySql(version)),
    essential('replication', replicationSql(version)),
    ownPositionStatement(version),
    ...busyWorkersStatement(probeClass),
    optional(
      'status',
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'Slave_heartbeat_period') OR Variable_name LIKE 'Rpl_semi_sync%'",
      'its uptime and semi-sync status',
    ),
    optional('semiSync', "SHOW GLOBAL VARIABLES LIKE 'rpl_semi_sync%'", 'its semi-sync settings'),
    optional('binlogFormat', binlogFormatSql(version), 'its binary log format'),
    optional('reportedReplicas', words.showReplicas, 'the replicas that reported themselves to it'),
    optional('dumpSessions', dumpSessionsSql(hasPerformanceSchema && isAtLeast(version, 8, 0, 22)), 'its process list'),
  ];
  if (isOracle) statements.push(credentialsStatement());
  if (hasPerformanceSchema) {
    statements.push(connectionStatement(version), groupMembersStatement(), groupVariablesStatement());
  }
  return statements;
}

/**
 * Only what changes in a failure: the few statements of a quick reading. Who acknowledges decides whether a successor waits for
 * acknowledgements; `semiSync`: whether the server has semi-sync, and under which names.
 */
export function replicationProbe(probeClass: ProbeClass, semiSync: SemiSyncStatus): readonly ProbeStatement[] {
  const { version } = probeClass;
  return [
    essential('identity', identitySql(version)),
    essential('replication', replicationSql(version)),
    ownPositionStatement(version),
    ...(semiSync.available ? [optional('semiSyncSwitches', switchesSql(semiSync), 'its semi-sync switches')] : []),
    ...busyWorkersStatement(probeClass),
  ];
}

export const ownPositionStatement = (version: ServerVersion): ProbeStatement =>
  optional('ownPosition', wordsOf(version).showOwnPosition, 'its own binary log position');

/** Asked instead of the own position where the server can put it off (held-log.ts); what a refusal costs is a round trip. */
export const ownPositionAtOnceStatement = (version: ServerVersion): ProbeStatement =>
  optional(
    'ownPositionAtOnce',
    unlessCommitsWaitSql(wordsOf(version).showOwnPosition),
    'its own binary log position in one round trip',
  );

/** Asked in a quick reading before the own position, which follows when the log is not held (held-log.ts). */
export const waitingCommitsStatement = (): ProbeStatement =>
  optional('waitingCommits', WAITING_COMMITS_SQL, 'how many of its commits wait');

function switchesSql({ sourceWordsNew, replicaWordsNew }: SemiSyncStatus): string {
  const [source, replica] = [sourceWordsNew ? 'source' : 'master', replicaWordsNew ? 'replica' : 'slave'];
  const of = (side: string): string => `@@global.rpl_semi_sync_${side}_enabled`;
  return `SELECT ${of(source)} AS source_enabled, ${of(replica)} AS replica_enabled`;
}

/** After the replication status, so that workers seen idle have done all that the coordinator had read by then. */
function busyWorkersStatement(probeClass: ProbeClass): ProbeStatement[] {
  const sql = busyWorkersSql(probeClass);
  return sql === null ? [] : [optional('busyWorkers', sql, 'whether the workers of its applier are executing')];
}

function essential(part: ProbePart, sql: string): ProbeStatement {
  return { part, sql, isEssential: true, whatIsLost: part === 'identity' ? 'who it is' : 'its replication status' };
}

function optional(part: ProbePart, sql: string, whatIsLost: string): ProbeStatement {
  return { part, sql, isEssential: false, whatIsLost };
}

function identitySql(version: ServerVersion): string {
  const names = [
    'version',
    'version_comment',
    'hostname',
    'report_host',
    'port',
    'server_id',
    'read_only',
    'log_bin',
    wordsOf(version).logUpdatesVariable,
    'relay_log_recovery',
    'performance_schema',
  ];
  if (hasSuperReadOnly(version)) names.push('super_read_only');
  if (hasOfflineMode(version)) names.push('offline_mode');
  if (version.flavour === 'mariadb') names.push('gtid_slave_pos', 'gtid_current_pos', 'gtid_binlog_pos');
  else if (isOracleFamily(version) && isAtLeast(version, 5, 6, 5)) {
    names.push('gtid_mode', 'server_uuid', 'gtid_executed', 'gtid_purged');
  }
  return `SELECT ${names.map((name) => `@@global.${name} AS ${name}`).join(', ')}`;
}

/** Status of all channels. MariaDB lists its channels only in the ALL form; MySQL lists them always. */
export function replicationSql(version: ServerVersion): string {
  if (version.flavour === 'mariadb') return 'SHOW ALL SLAVES STATUS';
  return `SHOW ${wordsOf(version).replica} STATUS`;
}

function binlogFormatSql(version: ServerVersion): string {
  const hasRowImage =
    version.flavour === 'mariadb'
      ? isAtLeast(version, 10, 1, 6)
      : isOracleFamily(version) && isAtLeast(version, 5, 6, 2);
  return `SELECT @@global.binlog_format AS binlog_format${
    hasRowImage ? ', @@global.binlog_row_image AS binlog_row_image' : ''
  }`;
}

/** performance_schema takes no global lock; information_schema.processlist does, and is all that older servers have. */
const dumpSessionsSql = (inPerformanceSchema: boolean): string =>
  `SELECT HOST AS host FROM ${
    inPerformanceSchema ? 'performance_schema' : 'information_schema'
  }.processlist WHERE COMMAND IN ('Binlog Dump', 'Binlog Dump GTID')`;

const credentialsStatement = (): ProbeStatement =>
  optional(
    'credentials',
    "SELECT COUNT(*) AS present FROM mysql.slave_master_info WHERE User_name <> ''",
    'whether its replication account is stored in mysql.slave_master_info',
  );

const connectionStatement = (version: ServerVersion): ProbeStatement =>
  optional(
    'connection',
    `SELECT CHANNEL_NAME AS channel, HEARTBEAT_INTERVAL AS heartbeat${
      isAtLeast(version, 8, 0, 19) ? ', TLS_CIPHERSUITES AS ciphersuites' : ''
    } FROM performance_schema.replication_connection_configuration`,
    'the heartbeat period and cipher suites of its replication',
  );

const groupMembersStatement = (): ProbeStatement =>
  optional(
    'groupMembers',
    'SELECT MEMBER_ID AS id, MEMBER_HOST AS host, MEMBER_PORT AS port, MEMBER_STATE AS state, MEMBER_ROLE AS role FROM performance_schema.replication_group_members',
    'its replication group',
  );

/** As rows of a table, because @@group_replication_… is an error where the plugin is absent. */
const groupVariablesStatement = (): ProbeStatement =>
  optional(
    'groupVariables',
    "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.global_variables WHERE VARIABLE_NAME IN ('group_replication_group_name', 'group_replication_single_primary_mode')",
    'the name of its replication group',
  );
