import type { Instance, ReplicationStatus, ThreadState } from '../../model/instance.ts';
import { usesMariadbGtid, usesOracleGtid } from '../../model/instance.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { isOracleFamily, majorVersion } from '../../model/version.ts';
import type { SqlValue } from '../database.ts';
import type { ColumnDefinition } from '../schema/table-definition.ts';
import { DATABASE_INSTANCE_COLUMNS } from '../schema/tables.ts';
import { quoteAscii } from './quoted-ascii.ts';
import { jsonOfKeys, NEVER_UNIX, unixSeconds } from './values.ts';

/** One value per column of database_instance, in the order of DATABASE_INSTANCE_COLUMNS; times are epoch seconds. */
export type InstanceRow = readonly SqlValue[];

type Value = SqlValue | boolean;

/**
 * One server as a row of database_instance (column notes of the historic schema). Values are cut to what the columns take, so
 * that one odd server cannot make a whole batch fail. A server never read keeps empty columns.
 */
export const instanceToRow = (record: ServerRecord): InstanceRow => WRITERS.map((write) => write(record));

const FROM_RECORD: Readonly<Record<string, (record: ServerRecord) => Value>> = {
  hostname: ({ key }) => key.hostname,
  port: ({ key }) => key.port,
  last_checked: ({ check }) => unixSeconds(check.lastCheckedAtMs, NEVER_UNIX),
  last_attempted_check: ({ check }) => unixSeconds(check.lastAttemptAtMs, NEVER_UNIX),
  last_seen: ({ check }) => unixSeconds(check.lastSeenAtMs, null),
  last_check_partial_success: ({ check }) => check.lastCheckPartialSuccess,
  cluster_name: ({ position }) => position.clusterName,
  replication_depth: ({ position }) => position.depth,
  is_co_master: ({ position }) => position.isCoPrimary,
  ancestry_uuid: ({ position }) => position.ancestryUuid,
  gtid_errant: ({ position }) => position.errantGtid,
  num_slave_hosts: ({ position }) => position.replicas.length,
  slave_hosts: ({ position }) => jsonOfKeys(position.replicas),
};

const FROM_INSTANCE: Readonly<Record<string, (instance: Instance) => Value>> = {
  uptime: (i) => i.uptimeSeconds,
  server_id: (i) => i.serverId,
  server_uuid: (i) => i.serverUuid,
  version: (i) => i.version.text,
  version_comment: (i) => i.version.comment,
  major_version: (i) => majorVersion(i.version),
  binlog_server: (i) => i.isBinlogServer,
  read_only: (i) => i.isReadOnly,
  binlog_format: (i) => i.binlogFormat,
  binlog_row_image: (i) => i.binlogRowImage,
  log_bin: (i) => i.binlogEnabled,
  log_slave_updates: (i) => i.logsReplicaUpdates,
  binary_log_file: (i) => i.ownCoordinates?.file ?? '',
  binary_log_pos: (i) => i.ownCoordinates?.position ?? 0,
  oracle_gtid: (i) => usesOracleGtid(i),
  mariadb_gtid: (i) => usesMariadbGtid(i),
  pseudo_gtid: (i) => i.pseudoGtid,
  supports_oracle_gtid: (i) => i.supportsOracleGtid,
  gtid_mode: (i) => i.gtidMode,
  // Historically an Oracle set only; MariaDB's positions stay out of it.
  executed_gtid_set: (i) => (isOracleFamily(i.version) ? i.executedGtid : ''),
  gtid_purged: (i) => (isOracleFamily(i.version) ? i.purgedGtid : ''),
  slave_lag_seconds: (i) => i.lagSeconds,
  has_replication_credentials: (i) => i.hasReplicationCredentials,
  replication_credentials_available: (i) => i.replicationCredentialsAvailable,
  suggested_cluster_alias: (i) => i.classification.suggestedClusterAlias,
  data_center: (i) => i.classification.dataCenter,
  region: (i) => i.classification.region,
  physical_environment: (i) => i.classification.physicalEnvironment,
  instance_alias: (i) => i.classification.instanceAlias,
  // Despite its name this column holds the priority.
  semi_sync_enforced: (i) => i.classification.semiSyncPriority,
  last_discovery_latency: (i) => Math.round(i.latencyMs * 1e6),
  semi_sync_available: ({ semiSync }) => semiSync.available,
  semi_sync_master_enabled: ({ semiSync }) => semiSync.sourceEnabled,
  semi_sync_master_timeout: ({ semiSync }) => semiSync.sourceTimeoutMs,
  semi_sync_master_wait_for_slave_count: ({ semiSync }) => semiSync.waitForReplicaCount,
  semi_sync_master_status: ({ semiSync }) => semiSync.sourceActive,
  semi_sync_master_clients: ({ semiSync }) => semiSync.connectedReplicas,
  semi_sync_replica_enabled: ({ semiSync }) => semiSync.replicaEnabled,
  semi_sync_replica_status: ({ semiSync }) => semiSync.replicaActive,
  replication_group_name: ({ group }) => group?.groupName ?? '',
  replication_group_is_single_primary_mode: ({ group }) => group?.isSinglePrimary ?? false,
  replication_group_member_state: ({ group }) => group?.memberState ?? '',
  replication_group_member_role: ({ group }) => group?.memberRole ?? '',
  replication_group_members: ({ group }) => jsonOfKeys(group?.members ?? []),
  replication_group_primary_host: ({ group }) => group?.primary?.hostname ?? '',
  replication_group_primary_port: ({ group }) => group?.primary?.port ?? 0,
};

const THREAD_NUMBERS: Readonly<Record<ThreadState, number>> = { none: -1, stopped: 0, running: 1, other: 2 };

/** Without a source these columns are empty, except the two thread states, which say "no thread". */
const FROM_REPLICATION: Readonly<Record<string, (replication: ReplicationStatus) => Value>> = {
  master_host: (r) => r.source.hostname,
  master_port: (r) => r.source.port,
  master_uuid: (r) => r.sourceUuid,
  slave_sql_running: (r) => r.applier.state === 'running',
  slave_io_running: (r) => r.receiver.state === 'running',
  replication_sql_thread_state: (r) => THREAD_NUMBERS[r.applier.state],
  replication_io_thread_state: (r) => THREAD_NUMBERS[r.receiver.state],
  has_replication_filters: (r) => r.hasFilters,
  master_log_file: (r) => r.readCoordinates.file,
  read_master_log_pos: (r) => r.readCoordinates.position,
  relay_master_log_file: (r) => r.executedCoordinates.file,
  exec_master_log_pos: (r) => r.executedCoordinates.position,
  relay_log_file: (r) => r.relayCoordinates.file,
  relay_log_pos: (r) => r.relayCoordinates.position,
  last_sql_error: (r) => quoteAscii(r.applier.errorText),
  last_io_error: (r) => quoteAscii(r.receiver.errorText),
  seconds_behind_master: (r) => r.secondsBehind,
  sql_delay: (r) => r.delaySeconds,
  allow_tls: (r) => r.profile.tlsAllowed,
};

const UNSIGNED_MAXIMA: ReadonlyMap<string, number> = new Map([
  ['smallint', 65_535],
  ['int', 4_294_967_295],
  ['tinyint', 255],
]);

/** Per column, worked out once: where its value comes from and how it is made to fit. */
const WRITERS: readonly ((record: ServerRecord) => SqlValue)[] = DATABASE_INSTANCE_COLUMNS.map((column) => {
  const clamp = clampFor(column);
  const read = readerFor(column.name);
  return (record) => clamp(read(record));
});

function readerFor(name: string): (record: ServerRecord) => Value {
  const ofRecord = FROM_RECORD[name];
  if (ofRecord !== undefined) return ofRecord;
  const ofInstance = FROM_INSTANCE[name];
  if (ofInstance !== undefined) return ({ instance }) => (instance === null ? null : ofInstance(instance));
  const ofReplication = FROM_REPLICATION[name];
  if (ofReplication === undefined) return () => null;
  const withoutSource = name.endsWith('_thread_state') ? THREAD_NUMBERS.none : null;
  return ({ instance }) => (instance?.replication ? ofReplication(instance.replication) : withoutSource);
}

function clampFor({ type, isNotNull }: ColumnDefinition): (value: Value) => SqlValue {
  const kind = type.toLowerCase();
  const whenNull = isNotNull ? (/int|timestamp/.test(kind) ? 0 : '') : null;
  const length = Number(/^varchar\((\d+)\)/.exec(kind)?.[1] ?? Number.POSITIVE_INFINITY);
  const maximum = UNSIGNED_MAXIMA.get(kind) ?? Number.MAX_SAFE_INTEGER;
  const minimum = UNSIGNED_MAXIMA.has(kind) ? 0 : Number.MIN_SAFE_INTEGER;
  return (value) => {
    if (value === null) return whenNull;
    if (typeof value === 'boolean') return Number(value);
    if (typeof value === 'string') return value.length > length ? value.slice(0, length) : value;
    return Number.isFinite(value) ? Math.max(minimum, Math.min(Math.trunc(value), maximum)) : isNotNull ? 0 : null;
  };
}
