import type { BinlogCoordinates } from '../../model/coordinates.ts';
import {
  type GroupReplicationStatus,
  type Instance,
  type Positioning,
  type ReplicationStatus,
  type ReplicationThread,
  type SemiSyncStatus,
  type ThreadState,
  UNKNOWN_PROFILE,
} from '../../model/instance.ts';
import { parseVersion } from '../../model/version.ts';
import type { SqlRow } from '../database.ts';
import { unquoteAscii } from './quoted-ascii.ts';
import { flag, keyIn, keyOf, keysOfJson, number, numberOrNull, text, textOrNull } from './values.ts';

/**
 * A row of database_instance as an Instance, for rows that other programs wrote: what the 78 columns cannot say is unknown
 * (null) or empty. Null when the row holds no reading at all (a seed).
 */
export function rowToInstance(row: SqlRow): Instance | null {
  if (text(row, 'version') === '' && number(row, 'server_id') === 0) return null;
  return {
    key: keyOf(row),
    serverId: number(row, 'server_id'),
    serverUuid: textOrNull(row, 'server_uuid'),
    version: parseVersion(text(row, 'version'), text(row, 'version_comment')),
    uptimeSeconds: number(row, 'uptime'),
    mysqlHostname: '',
    reportHost: '',
    isReadOnly: flag(row, 'read_only'),
    isSuperReadOnly: null,
    isOfflineMode: null,
    binlogEnabled: flag(row, 'log_bin'),
    binlogFormat: text(row, 'binlog_format'),
    binlogRowImage: text(row, 'binlog_row_image'),
    logsReplicaUpdates: flag(row, 'log_slave_updates'),
    ownCoordinates:
      text(row, 'binary_log_file') === '' ? null : coordinates(row, 'binlog', 'binary_log_file', 'binary_log_pos'),
    gtidMode: text(row, 'gtid_mode'),
    supportsOracleGtid: flag(row, 'supports_oracle_gtid'),
    executedGtid: text(row, 'executed_gtid_set'),
    purgedGtid: text(row, 'gtid_purged'),
    binlogGtid: '',
    isBinlogServer: flag(row, 'binlog_server'),
    relayLogRecovery: null,
    hasReplicationCredentials: flag(row, 'has_replication_credentials'),
    replicationCredentialsAvailable: flag(row, 'replication_credentials_available'),
    replication: replicationOf(row),
    otherChannels: [],
    semiSync: semiSyncOf(row),
    group: groupOf(row),
    attachedReplicas: keysOfJson(text(row, 'slave_hosts')),
    lagSeconds: numberOrNull(row, 'slave_lag_seconds'),
    pseudoGtid: flag(row, 'pseudo_gtid'),
    classification: {
      instanceAlias: text(row, 'instance_alias'),
      dataCenter: text(row, 'data_center'),
      region: text(row, 'region'),
      physicalEnvironment: text(row, 'physical_environment'),
      suggestedClusterAlias: text(row, 'suggested_cluster_alias'),
      clusterDomain: '',
      semiSyncPriority: number(row, 'semi_sync_enforced'),
      promotionRule: null,
    },
    latencyMs: number(row, 'last_discovery_latency') / 1e6,
  };
}

function replicationOf(row: SqlRow): ReplicationStatus | null {
  const source = keyIn(row, 'master_host', 'master_port');
  if (source === null) return null;
  // Historic readers of a MariaDB server may leave a word of its GTID column here.
  const sourceUuid = /^[0-9a-f-]{36}$/i.exec(text(row, 'master_uuid'))?.[0] ?? null;
  return {
    channel: '',
    configuredSource: source,
    source,
    sourceUuid,
    sourceServerId: 0,
    receiver: threadOf(row, 'io'),
    applier: threadOf(row, 'sql'),
    applierHasReadAll: false,
    positioning: positioningOf(row),
    readCoordinates: coordinates(row, 'binlog', 'master_log_file', 'read_master_log_pos'),
    executedCoordinates: coordinates(row, 'binlog', 'relay_master_log_file', 'exec_master_log_pos'),
    relayCoordinates: coordinates(row, 'relaylog', 'relay_log_file', 'relay_log_pos'),
    receivedGtid: '',
    secondsBehind: numberOrNull(row, 'seconds_behind_master'),
    delaySeconds: number(row, 'sql_delay'),
    hasFilters: flag(row, 'has_replication_filters'),
    profile: { ...UNKNOWN_PROFILE, tlsAllowed: flag(row, 'allow_tls') },
  };
}

const THREAD_STATE_OF: ReadonlyMap<number, ThreadState> = new Map([
  [-1, 'none'],
  [0, 'stopped'],
  [1, 'running'],
]);
/** Errno of a lost or refused connection; stands for the texts by which older rows tell that a receiver cannot connect. */
const CANNOT_CONNECT_ERRNO = 2003;
/** "Unknown error": the columns keep texts only. */
const SOME_ERROR_ERRNO = 1105;

/** Scripts that insert rows leave the state columns at their default 0: then the booleans tell. */
function threadOf(row: SqlRow, thread: 'io' | 'sql'): ReplicationThread {
  const stateNumber = number(row, `replication_${thread}_thread_state`);
  const isRunning = flag(row, `slave_${thread}_running`);
  const errorText = unquoteAscii(text(row, `last_${thread}_error`));
  const cannotConnect = thread === 'io' && /error (re)?connecting to (master|source)/i.test(errorText);
  return {
    state: stateNumber === 0 && isRunning ? 'running' : (THREAD_STATE_OF.get(stateNumber) ?? 'other'),
    errorNumber: errorText === '' ? 0 : cannotConnect ? CANNOT_CONNECT_ERRNO : SOME_ERROR_ERRNO,
    errorText,
  };
}

function positioningOf(row: SqlRow): Positioning {
  if (flag(row, 'oracle_gtid')) return 'oracle-auto';
  return flag(row, 'mariadb_gtid') ? 'mariadb-slave-pos' : 'coordinates';
}

const coordinates = (
  row: SqlRow,
  kind: BinlogCoordinates['kind'],
  file: string,
  position: string,
): BinlogCoordinates => ({
  kind,
  file: text(row, file),
  position: number(row, position),
});

const semiSyncOf = (row: SqlRow): SemiSyncStatus => ({
  available: flag(row, 'semi_sync_available'),
  sourceEnabled: flag(row, 'semi_sync_master_enabled'),
  replicaEnabled: flag(row, 'semi_sync_replica_enabled'),
  sourceActive: flag(row, 'semi_sync_master_status'),
  replicaActive: flag(row, 'semi_sync_replica_status'),
  sourceTimeoutMs: number(row, 'semi_sync_master_timeout'),
  waitForReplicaCount: number(row, 'semi_sync_master_wait_for_slave_count'),
  connectedReplicas: number(row, 'semi_sync_master_clients'),
  waitingCommits: 0,
  sourceWordsNew: false,
  replicaWordsNew: false,
});

function groupOf(row: SqlRow): GroupReplicationStatus | null {
  if (text(row, 'replication_group_name') === '') return null;
  return {
    groupName: text(row, 'replication_group_name'),
    isSinglePrimary: flag(row, 'replication_group_is_single_primary_mode'),
    memberState: text(row, 'replication_group_member_state'),
    memberRole: text(row, 'replication_group_member_role'),
    members: keysOfJson(text(row, 'replication_group_members')),
    primary: keyIn(row, 'replication_group_primary_host', 'replication_group_primary_port'),
  };
}
