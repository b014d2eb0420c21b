/** Invented readings for tests; nothing outside tests imports this. */
import {
  type Classification,
  type Instance,
  type ReplicationStatus,
  type ReplicationThread,
  type SemiSyncStatus,
  UNKNOWN_PROFILE,
} from '../instance.ts';
import { type InstanceKey, parseKey } from '../instance-key.ts';
import { ALONE, type CheckState, NO_INTENT, type Position, type ServerRecord } from '../server-record.ts';
import { parseVersion } from '../version.ts';

const RUNNING: ReplicationThread = { state: 'running', errorNumber: 0, errorText: '' };

/** `1` → `00000001-0000-0000-0000-000000000001`. */
export const uuidOf = (number: number): string => {
  const digits = number.toString(16);
  return `${digits.padStart(8, '0')}-0000-0000-0000-${digits.padStart(12, '0')}`;
};

/** A running replica of `source` (`host:port`) by Oracle auto-position. */
export function replicationOf(source: string, changes: Partial<ReplicationStatus> = {}): ReplicationStatus {
  const key: InstanceKey = parseKey(source, 3306);
  return {
    channel: '',
    configuredSource: key,
    source: key,
    sourceUuid: null,
    sourceServerId: 1,
    receiver: RUNNING,
    applier: RUNNING,
    applierHasReadAll: true,
    positioning: 'oracle-auto',
    readCoordinates: { kind: 'binlog', file: 'bin.000001', position: 100 },
    executedCoordinates: { kind: 'binlog', file: 'bin.000001', position: 100 },
    relayCoordinates: { kind: 'relaylog', file: 'relay.000001', position: 100 },
    receivedGtid: '',
    secondsBehind: 0,
    delaySeconds: 0,
    hasFilters: false,
    profile: { ...UNKNOWN_PROFILE, user: 'replication', connectRetrySeconds: 60, heartbeatPeriodSeconds: 30 },
    ...changes,
  };
}

export const NO_CLASSIFICATION: Classification = {
  instanceAlias: '',
  dataCenter: '',
  region: '',
  physicalEnvironment: '',
  suggestedClusterAlias: '',
  clusterDomain: '',
  semiSyncPriority: 0,
  promotionRule: null,
};

/** A writable MySQL 8.4 with GTIDs and without a source, at `name` (`host:port`). */
export function instanceOf(name: string, changes: Partial<Instance> = {}): Instance {
  return {
    key: parseKey(name, 3306),
    serverId: 1,
    serverUuid: null,
    version: parseVersion('8.4.3', 'MySQL Community Server - GPL'),
    uptimeSeconds: 1000,
    mysqlHostname: name,
    reportHost: '',
    isReadOnly: false,
    isSuperReadOnly: false,
    isOfflineMode: false,
    binlogEnabled: true,
    binlogFormat: 'ROW',
    binlogRowImage: 'FULL',
    logsReplicaUpdates: true,
    ownCoordinates: { kind: 'binlog', file: 'bin.000001', position: 100 },
    gtidMode: 'ON',
    supportsOracleGtid: true,
    executedGtid: '',
    purgedGtid: '',
    binlogGtid: '',
    isBinlogServer: false,
    relayLogRecovery: null,
    hasReplicationCredentials: false,
    replicationCredentialsAvailable: false,
    replication: null,
    otherChannels: [],
    semiSync: {
      available: false,
      sourceEnabled: false,
      replicaEnabled: false,
      sourceActive: false,
      replicaActive: false,
      sourceTimeoutMs: 0,
      waitForReplicaCount: 0,
      connectedReplicas: 0,
      waitingCommits: 0,
      sourceWordsNew: false,
      replicaWordsNew: false,
    },
    group: null,
    attachedReplicas: [],
    lagSeconds: 0,
    pseudoGtid: false,
    classification: NO_CLASSIFICATION,
    latencyMs: 1,
    ...changes,
  };
}

/** A MariaDB 10.11 that replicates from `source` by slave_pos. */
export const mariadbReplica = (
  name: string,
  source: string,
  changes: Partial<Instance> = {},
  replication: Partial<ReplicationStatus> = {},
): Instance =>
  instanceOf(name, {
    version: parseVersion('10.11.19-MariaDB-log', 'Debian 12'),
    supportsOracleGtid: false,
    gtidMode: '',
    isSuperReadOnly: null,
    replication: replicationOf(source, { positioning: 'mariadb-slave-pos', ...replication }),
    ...changes,
  });

/** A record checked and seen at `checkedAtMs`. */
export const recordOf = (
  instance: Instance,
  changes: { position?: Partial<Position>; check?: Partial<CheckState>; checkedAtMs?: number } = {},
): ServerRecord => {
  const checkedAtMs = changes.checkedAtMs ?? 0;
  return {
    key: instance.key,
    instance,
    check: {
      lastAttemptAtMs: checkedAtMs,
      lastCheckedAtMs: checkedAtMs,
      lastSeenAtMs: checkedAtMs,
      lastCheckPartialSuccess: true,
      failure: null,
      ...changes.check,
    },
    position: { ...ALONE, ...changes.position },
    intent: NO_INTENT,
  };
};

const { semiSync: NO_SEMI_SYNC } = instanceOf('nobody:3306');

/** A primary that waits for one acknowledgement, with so many replicas connected. */
export const semiSyncSource = (connectedReplicas: number): SemiSyncStatus => ({
  ...NO_SEMI_SYNC,
  available: true,
  sourceEnabled: true,
  sourceActive: true,
  waitForReplicaCount: 1,
  connectedReplicas,
});

/** A replica that acknowledges, or could. */
export const semiSyncReplica = (replicaEnabled = true): SemiSyncStatus => ({
  ...NO_SEMI_SYNC,
  available: true,
  replicaEnabled,
});
