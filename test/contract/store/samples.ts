import type { DeposedPrimary, NewDetection, NewRecovery, RecoveryIntent } from '../../../src/engine/ports.ts';
import { inventIntent } from '../../../src/engine/testing/recovery-intent.ts';
import type { BinlogCoordinates } from '../../../src/model/coordinates.ts';
import { type Instance, UNKNOWN_PROFILE } from '../../../src/model/instance.ts';
import type { InstanceKey } from '../../../src/model/instance-key.ts';
import { NO_INTENT, type ServerRecord } from '../../../src/model/server-record.ts';
import { parseVersion } from '../../../src/model/version.ts';

export const PRIMARY: InstanceKey = { hostname: 'db1', port: 3306 };
export const REPLICA: InstanceKey = { hostname: 'db2', port: 3307 };
/** 2026-03-29 00:59:59.750 UTC: milliseconds are not kept, and zones with daylight saving change a second later. */
export const SEEN_AT_MS = Date.UTC(2026, 2, 29, 0, 59, 59, 750);
export const SECOND = 1000;

const at = (file: string, position: number, kind: BinlogCoordinates['kind'] = 'binlog'): BinlogCoordinates => ({
  kind,
  file,
  position,
});

/** A replica with a value in every corner that the table of 78 columns cannot hold. */
export function sampleInstance(key: InstanceKey, source: InstanceKey | null): Instance {
  return {
    key,
    serverId: 4_294_967_295,
    serverUuid: '11111111-2222-3333-4444-555555555555',
    version: parseVersion('8.4.7-7', 'Percona Server (GPL)'),
    uptimeSeconds: 86_400,
    mysqlHostname: key.hostname,
    reportHost: '',
    isReadOnly: true,
    isSuperReadOnly: true,
    isOfflineMode: false,
    binlogEnabled: true,
    binlogFormat: 'ROW',
    binlogRowImage: 'FULL',
    logsReplicaUpdates: true,
    ownCoordinates: at('bin.000007', 9_007_199_254_740_991),
    gtidMode: 'ON',
    supportsOracleGtid: true,
    executedGtid: '11111111-2222-3333-4444-555555555555:1-100',
    purgedGtid: '11111111-2222-3333-4444-555555555555:1-50',
    binlogGtid: '',
    isBinlogServer: false,
    relayLogRecovery: true,
    hasReplicationCredentials: true,
    replicationCredentialsAvailable: true,
    replication:
      source === null
        ? null
        : {
            channel: '',
            configuredSource: { hostname: 'db1.alias', port: source.port },
            source,
            sourceUuid: 'aaaaaaaa-2222-3333-4444-555555555555',
            sourceServerId: 7,
            receiver: {
              state: 'other',
              errorNumber: 2003,
              errorText: 'error reconnecting to source \'repl@db1:3306\' – "again"\n',
            },
            applier: { state: 'running', errorNumber: 0, errorText: '' },
            applierHasReadAll: true,
            positioning: 'oracle-auto',
            readCoordinates: at('bin.000003', 44),
            executedCoordinates: at('bin.000003', 40),
            relayCoordinates: at('relay.000002', 4, 'relaylog'),
            receivedGtid: 'aaaaaaaa-2222-3333-4444-555555555555:1-9',
            secondsBehind: null,
            delaySeconds: 3600,
            hasFilters: true,
            profile: {
              ...UNKNOWN_PROFILE,
              user: 'repl',
              connectRetrySeconds: 1,
              heartbeatPeriodSeconds: 0.5,
              tlsAllowed: true,
              tlsCaFile: '/ca.pem',
              tlsVerifyServerCert: false,
              tlsVersion: 'TLSv1.3',
              getPublicKey: true,
            },
          },
    otherChannels: [],
    semiSync: {
      available: true,
      sourceEnabled: false,
      replicaEnabled: true,
      sourceActive: false,
      replicaActive: true,
      sourceTimeoutMs: 10_000,
      waitForReplicaCount: 1,
      connectedReplicas: 0,
      waitingCommits: 0,
      sourceWordsNew: true,
      replicaWordsNew: true,
    },
    group: null,
    attachedReplicas: [{ hostname: 'db9', port: 3306 }],
    lagSeconds: 3,
    pseudoGtid: false,
    classification: {
      instanceAlias: 'second',
      dataCenter: 'dc1',
      region: 'eu',
      physicalEnvironment: 'prod',
      suggestedClusterAlias: 'shop',
      clusterDomain: 'shop.example.com',
      semiSyncPriority: 3,
      promotionRule: 'prefer',
    },
    latencyMs: 1.25,
  };
}

export function sampleRecord(
  key: InstanceKey,
  source: InstanceKey | null,
  changes: Partial<ServerRecord> = {},
): ServerRecord {
  return {
    key,
    instance: sampleInstance(key, source),
    check: {
      lastAttemptAtMs: SEEN_AT_MS,
      lastCheckedAtMs: SEEN_AT_MS,
      lastSeenAtMs: SEEN_AT_MS,
      lastCheckPartialSuccess: true,
      failure: null,
    },
    position: {
      clusterName: 'db1:3306',
      clusterAlias: '',
      clusterDomain: '',
      depth: source === null ? 0 : 1,
      isCoPrimary: false,
      ancestryUuid: 'aaaaaaaa-2222-3333-4444-555555555555,11111111-2222-3333-4444-555555555555',
      errantGtid: '',
      replicas: source === null ? [REPLICA] : [],
    },
    intent: NO_INTENT,
    ...changes,
  };
}

export const sampleDetection = (changes: Partial<NewDetection> = {}): NewDetection => ({
  key: PRIMARY,
  analysis: 'DeadMaster',
  clusterName: 'db1:3306',
  clusterAlias: 'shop',
  replicas: [REPLICA, { hostname: '2001:db8::1', port: 3306 }],
  isActionable: true,
  ...changes,
});

export const sampleRecovery = (uid: string, changes: Partial<NewRecovery> = {}): NewRecovery => ({
  uid,
  key: PRIMARY,
  analysis: 'DeadMaster',
  clusterName: 'db1:3306',
  clusterAlias: 'shop',
  replicas: [REPLICA],
  detectionId: 1,
  isForced: false,
  ...changes,
});

export const sampleIntent = (uid: string, recoveryId: number, changes: Partial<RecoveryIntent> = {}): RecoveryIntent =>
  inventIntent({
    uid,
    recoveryId,
    epoch: 1,
    clusterName: 'db1:3306',
    failed: PRIMARY,
    failedServerId: 7,
    owner: 'node-a:1',
    members: [PRIMARY, REPLICA],
    updatedAtMs: SEEN_AT_MS,
    ...changes,
  });

/** The primary, replaced by the replica. */
export const SAMPLE_DEPOSED: DeposedPrimary = {
  key: PRIMARY,
  serverUuid: null,
  serverId: 7,
  clusterName: 'db1:3306',
  epoch: 3,
  successor: REPLICA,
  source: REPLICA,
  deposedAtMs: 1_774_746_000_123,
  fencedAtMs: null,
};

/** How a recovery ended well. */
export const RESOLVED = {
  isSuccessful: true,
  successor: REPLICA,
  successorAlias: 'second',
  lostReplicas: [{ hostname: 'db3', port: 3306 }],
  participants: [REPLICA],
  errors: ['first complaint', 'second complaint'],
};
