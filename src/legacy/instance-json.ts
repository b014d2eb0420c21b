import type { Instance, ReplicationStatus, ThreadState } from '../model/instance.ts';
import { usesMariadbGtid, usesOracleGtid } from '../model/instance.ts';
import { compareKeys, DETACHED_PREFIX, isDetachedKey } from '../model/instance-key.ts';
import type { ProblemSettings } from '../model/problems.ts';
import { isRecentlyChecked, problemsOf } from '../model/problems.ts';
import type { ServerRecord } from '../model/server-record.ts';
import { isLastCheckValid } from '../model/server-record.ts';
import type { Flavour } from '../model/version.ts';
import { nullBoolJson, nullInt64Json, quotedErrorText } from './go-null.ts';
import { elapsedNanoseconds, historicTimestamp, toNanoseconds } from './go-time.ts';
import { coordinatesJson, keyJson, keysJson } from './key-json.ts';

/** What the shape of a server depends on besides the server. */
export interface InstanceJsonContext {
  readonly nowMs: number;
  readonly settings: ProblemSettings;
}

export type InstanceJson = ReturnType<typeof instanceJson>;

const FLAVOUR_NAMES: Readonly<Record<Flavour, string>> = {
  mysql: 'MySQL',
  percona: 'Percona',
  mariadb: 'MariaDB',
  maxscale: 'MaxScale',
  ndb: 'MySQL',
  unknown: 'unknown',
};

const THREAD_STATE_NUMBERS: Readonly<Record<ThreadState, -1 | 0 | 1 | 2>> = {
  none: -1,
  stopped: 0,
  running: 1,
  other: 2,
};

/**
 * Clients of typed languages refuse the whole answer above 2^64 - 1. "Wait for ever" is that number on the server, and as a number of
 * ours the power of two above it; this is the one below.
 */
const GREATEST_UINT64 = 2 ** 64 - 2 ** 11;

/**
 * A server in the historic shape: 102 fields in their order, old and new names side by side, misspellings included.
 * A server that never answered has the zero value in every field that only a reading can fill.
 */
export function instanceJson(record: ServerRecord, context: InstanceJsonContext) {
  const { instance } = record;
  const replication = instance?.replication ?? null;
  // Not one literal of spreads: that makes the engine keep 102 fields as a hash table, thirty times slower to build.
  const shape = Object.assign(
    identityFields(record, instance),
    replicationFields(replication),
    gtidFields(record, instance),
    placeFields(record, instance),
  );
  const withChecks = Object.assign(
    shape,
    semiSyncFields(instance),
    checkFields(record, context),
    intentFields(record, context.nowMs),
  );
  return Object.assign(
    withChecks,
    channelFields(replication),
    {
      Problems: [...problemsOf(record, context.settings, context.nowMs)],
      LastDiscoveryLatency: toNanoseconds(instance?.latencyMs ?? 0),
    },
    { ...groupFields(instance), QSP: {} },
  );
}

/** What of the shape changes by the mere passing of time: while this is the same, the same record has the same shape. */
export function instanceMoment(record: ServerRecord, { nowMs, settings }: InstanceJsonContext): string {
  const { downtime } = record.intent;
  // How long a downtime has lasted is told in nanoseconds.
  const elapsed = downtime === null || downtime.endAtMs <= nowMs ? '' : nowMs;
  const { secondsSinceSeen, isUpToDate } = agesOf(record, nowMs, settings);
  return `${secondsSinceSeen} ${isUpToDate} ${isRecentlyChecked(record, settings, nowMs)} ${elapsed}`;
}

function agesOf({ check }: ServerRecord, nowMs: number, settings: ProblemSettings) {
  const { lastSeenAtMs, lastCheckedAtMs } = check;
  return {
    secondsSinceSeen: lastSeenAtMs === null ? null : Math.max(0, Math.floor((nowMs - lastSeenAtMs) / 1000)),
    isUpToDate: lastCheckedAtMs !== null && nowMs - lastCheckedAtMs <= settings.instancePollSeconds * 1000,
  };
}

function identityFields(record: ServerRecord, instance: Instance | null) {
  const source = instance?.replication?.source ?? null;
  const logsUpdates = instance?.logsReplicaUpdates ?? false;
  return {
    Key: keyJson(record.key),
    InstanceAlias: instance?.classification.instanceAlias ?? '',
    Uptime: instance?.uptimeSeconds ?? 0,
    ServerID: instance?.serverId ?? 0,
    ServerUUID: instance?.serverUuid ?? '',
    Version: instance?.version.text ?? '',
    VersionComment: instance?.version.comment ?? '',
    FlavorName: FLAVOUR_NAMES[instance?.version.flavour ?? 'unknown'],
    ReadOnly: instance?.isReadOnly ?? false,
    Binlog_format: instance?.binlogFormat ?? '',
    BinlogRowImage: instance?.binlogRowImage ?? '',
    LogBinEnabled: instance?.binlogEnabled ?? false,
    LogSlaveUpdatesEnabled: logsUpdates,
    LogReplicationUpdatesEnabled: logsUpdates,
    SelfBinlogCoordinates: coordinatesJson(instance?.ownCoordinates ?? null),
    MasterKey: keyJson(source),
    MasterUUID: instance?.replication?.sourceUuid ?? '',
    AncestryUUID: record.position.ancestryUuid,
    IsDetachedMaster: source !== null && isDetachedKey(source),
  };
}

function replicationFields(replication: ReplicationStatus | null) {
  const applier = replication?.applier.state ?? 'none';
  const receiver = replication?.receiver.state ?? 'none';
  return {
    Slave_SQL_Running: applier === 'running',
    ReplicationSQLThreadRuning: applier === 'running',
    Slave_IO_Running: receiver === 'running',
    ReplicationIOThreadRuning: receiver === 'running',
    ReplicationSQLThreadState: THREAD_STATE_NUMBERS[applier],
    ReplicationIOThreadState: THREAD_STATE_NUMBERS[receiver],
    HasReplicationFilters: replication?.hasFilters ?? false,
  };
}

function gtidFields(record: ServerRecord, instance: Instance | null) {
  const replication = instance?.replication ?? null;
  const lag = nullInt64Json(instance?.lagSeconds ?? null);
  const replicas = keysJson([...record.position.replicas].sort(compareKeys));
  return {
    GTIDMode: instance?.gtidMode ?? '',
    SupportsOracleGTID: instance?.supportsOracleGtid ?? false,
    UsingOracleGTID: instance !== null && usesOracleGtid(instance),
    UsingMariaDBGTID: instance !== null && usesMariadbGtid(instance),
    UsingPseudoGTID: instance?.pseudoGtid ?? false,
    ReadBinlogCoordinates: coordinatesJson(replication?.readCoordinates ?? null),
    ExecBinlogCoordinates: coordinatesJson(replication?.executedCoordinates ?? null),
    IsDetached: replication?.executedCoordinates.file.startsWith(DETACHED_PREFIX) ?? false,
    RelaylogCoordinates: coordinatesJson(replication?.relayCoordinates ?? null, 'relaylog'),
    LastSQLError: quotedErrorText(replication?.applier.errorText ?? ''),
    LastIOError: quotedErrorText(replication?.receiver.errorText ?? ''),
    SecondsBehindMaster: nullInt64Json(replication?.secondsBehind ?? null),
    SQLDelay: replication?.delaySeconds ?? 0,
    ExecutedGtidSet: instance?.executedGtid ?? '',
    GtidPurged: instance?.purgedGtid ?? '',
    GtidErrant: record.position.errantGtid,
    SlaveLagSeconds: lag,
    ReplicationLagSeconds: lag,
    SlaveHosts: replicas,
    Replicas: replicas,
  };
}

function placeFields(record: ServerRecord, instance: Instance | null) {
  const { clusterName, clusterAlias, depth, isCoPrimary } = record.position;
  const classification = instance?.classification;
  // A cluster without an alias goes by its own name; that is no suggestion.
  const alias = clusterAlias === clusterName ? '' : clusterAlias;
  return {
    ClusterName: clusterName,
    SuggestedClusterAlias: alias || (classification?.suggestedClusterAlias ?? ''),
    DataCenter: classification?.dataCenter ?? '',
    Region: classification?.region ?? '',
    PhysicalEnvironment: classification?.physicalEnvironment ?? '',
    ReplicationDepth: depth,
    IsCoMaster: isCoPrimary,
    HasReplicationCredentials: instance?.hasReplicationCredentials ?? false,
    ReplicationCredentialsAvailable: instance?.replicationCredentialsAvailable ?? false,
  };
}

function semiSyncFields(instance: Instance | null) {
  const semiSync = instance?.semiSync;
  return {
    SemiSyncAvailable: semiSync?.available ?? false,
    SemiSyncPriority: instance?.classification.semiSyncPriority ?? 0,
    SemiSyncMasterPluginNewVersion: semiSync?.sourceWordsNew ?? false,
    SemiSyncReplicaPluginNewVersion: semiSync?.replicaWordsNew ?? false,
    SemiSyncMasterEnabled: semiSync?.sourceEnabled ?? false,
    SemiSyncReplicaEnabled: semiSync?.replicaEnabled ?? false,
    SemiSyncMasterTimeout: Math.min(semiSync?.sourceTimeoutMs ?? 0, GREATEST_UINT64),
    SemiSyncMasterWaitForReplicaCount: semiSync?.waitForReplicaCount ?? 0,
    SemiSyncMasterStatus: semiSync?.sourceActive ?? false,
    SemiSyncMasterClients: semiSync?.connectedReplicas ?? 0,
    SemiSyncReplicaStatus: semiSync?.replicaActive ?? false,
  };
}

function checkFields(record: ServerRecord, { nowMs, settings }: InstanceJsonContext) {
  const { secondsSinceSeen, isUpToDate } = agesOf(record, nowMs, settings);
  return {
    LastSeenTimestamp: historicTimestamp(record.check.lastSeenAtMs),
    IsLastCheckValid: record.instance !== null && isLastCheckValid(record.check, settings),
    IsUpToDate: isUpToDate,
    IsRecentlyChecked: isRecentlyChecked(record, settings, nowMs),
    SecondsSinceLastSeen: nullInt64Json(secondsSinceSeen),
    CountMySQLSnapshots: record.countSnapshots ?? 0,
  };
}

function intentFields(record: ServerRecord, nowMs: number) {
  const { intent } = record;
  const downtime = intent.downtime !== null && intent.downtime.endAtMs > nowMs ? intent.downtime : null;
  return {
    IsCandidate: intent.isCandidate,
    PromotionRule: intent.promotionRule,
    IsDowntimed: downtime !== null,
    DowntimeReason: downtime?.reason ?? '',
    DowntimeOwner: downtime?.owner ?? '',
    DowntimeEndTimestamp: historicTimestamp(downtime?.endAtMs ?? null),
    ElapsedDowntime: downtime === null ? 0 : elapsedNanoseconds(downtime.beginAtMs, nowMs),
    UnresolvedHostname: intent.unresolvedHostname,
  };
}

function channelFields(replication: ReplicationStatus | null) {
  const profile = replication?.profile;
  return {
    AllowTLS: profile?.tlsAllowed ?? false,
    ReplicationSSLCAFile: profile?.tlsCaFile ?? '',
    ReplicationSSLCAPath: profile?.tlsCaPath ?? '',
    ReplicationSSLCert: profile?.tlsCert ?? '',
    ReplicationSSLCipher: profile?.tlsCipher ?? '',
    ReplicationSSLCRLFile: profile?.tlsCrlFile ?? '',
    ReplicationSSLCRLPath: profile?.tlsCrlPath ?? '',
    ReplicationSSLKey: profile?.tlsKey ?? '',
    ReplicationSSLVerifyServerCert: nullBoolJson(profile?.tlsVerifyServerCert ?? null),
    ReplicationTLSVersion: profile?.tlsVersion ?? '',
    ReplicationTLSCiphersuites: profile?.tlsCiphersuites ?? '',
    ReplicationSourcePublicKeyPath: profile?.publicKeyPath ?? '',
    ReplicationGetSourcePublicKey: nullBoolJson(profile?.getPublicKey ?? null),
  };
}

function groupFields(instance: Instance | null) {
  const group = instance?.group ?? null;
  return {
    ReplicationGroupName: group?.groupName ?? '',
    ReplicationGroupIsSinglePrimary: group?.isSinglePrimary ?? false,
    ReplicationGroupMemberState: group?.memberState ?? '',
    ReplicationGroupMemberRole: group?.memberRole ?? '',
    ReplicationGroupMembers: keysJson(group?.members ?? []),
    ReplicationGroupPrimaryInstanceKey: keyJson(group?.primary ?? null),
  };
}
