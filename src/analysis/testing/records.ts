import type { BinlogCoordinates } from '../../model/coordinates.ts';
import {
  type Classification,
  type ConnectionProfile,
  type GroupReplicationStatus,
  type Instance,
  type Positioning,
  type ReplicationStatus,
  type SemiSyncStatus,
  type ThreadState,
  UNKNOWN_PROFILE,
} from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { PromotionRule, ServerRecord } from '../../model/server-record.ts';
import { NO_INTENT } from '../../model/server-record.ts';
import { parseVersion } from '../../model/version.ts';

/** The moment at which invented servers are looked at. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
export const HOST = '10.0.0.1';

/** What a test says of an invented server; everything unsaid is healthy. */
export interface Invented {
  readonly hostname?: string;
  /** null: follows nobody. A number is a port on HOST. */
  readonly source?: number | InstanceKey | null;
  readonly valid?: boolean;
  readonly partial?: boolean;
  /** An attempt is under way since the last good reading, for this long. */
  readonly hangingMs?: number;
  /** True: only its name is known. */
  readonly neverRead?: boolean;
  readonly receiver?: ThreadState;
  readonly applier?: ThreadState;
  readonly errorNumber?: number;
  readonly errorText?: string;
  readonly lag?: number | null;
  readonly delay?: number;
  readonly positioning?: Positioning;
  readonly gtidMode?: string;
  readonly executedGtid?: string;
  readonly errant?: string;
  readonly version?: string;
  readonly format?: string;
  readonly logs?: boolean;
  readonly logsUpdates?: boolean;
  readonly readOnly?: boolean;
  readonly binlogServer?: boolean;
  readonly pseudoGtid?: boolean;
  readonly coPrimary?: boolean;
  readonly depth?: number;
  readonly cluster?: string;
  readonly alias?: string;
  readonly instanceAlias?: string;
  readonly group?: Partial<GroupReplicationStatus>;
  readonly semiSync?: Partial<SemiSyncStatus>;
  readonly downtimed?: boolean;
  readonly inMaintenance?: boolean;
  readonly promotionRule?: PromotionRule;
  readonly tags?: Readonly<Record<string, string>>;
  readonly replicas?: readonly InstanceKey[];
}

const at = (file: string, position: number, kind: BinlogCoordinates['kind'] = 'binlog'): BinlogCoordinates => ({
  kind,
  file,
  position,
});

const PROFILE: ConnectionProfile = {
  ...UNKNOWN_PROFILE,
  user: 'repl',
  connectRetrySeconds: 1,
  heartbeatPeriodSeconds: 30,
  tlsAllowed: true,
  tlsVerifyServerCert: false,
};

const NO_SEMI_SYNC: SemiSyncStatus = {
  available: false,
  sourceEnabled: false,
  replicaEnabled: false,
  sourceActive: false,
  replicaActive: false,
  sourceTimeoutMs: 0,
  waitForReplicaCount: 0,
  connectedReplicas: 0,
  waitingCommits: 0,
  sourceWordsNew: true,
  replicaWordsNew: true,
};

const GROUP: GroupReplicationStatus = {
  groupName: 'c0ffee00-0000-0000-0000-000000000000',
  isSinglePrimary: true,
  memberState: 'ONLINE',
  memberRole: 'PRIMARY',
  members: [],
  primary: null,
};

const CLASSIFICATION: Classification = {
  instanceAlias: '',
  dataCenter: 'dc1',
  region: 'eu',
  physicalEnvironment: 'prod',
  suggestedClusterAlias: '',
  clusterDomain: '',
  semiSyncPriority: 0,
  promotionRule: null,
};

function replication(source: InstanceKey, said: Invented): ReplicationStatus {
  return {
    channel: '',
    configuredSource: source,
    source,
    sourceUuid: 'aaaa0000-0000-0000-0000-000000000000',
    sourceServerId: source.port,
    receiver: {
      state: said.receiver ?? 'running',
      errorNumber: said.errorNumber ?? 0,
      errorText: said.errorText ?? '',
    },
    applier: { state: said.applier ?? 'running', errorNumber: 0, errorText: '' },
    applierHasReadAll: true,
    positioning: said.positioning ?? 'oracle-auto',
    readCoordinates: at('bin.000001', 100),
    executedCoordinates: at('bin.000001', 100),
    relayCoordinates: at('relay.000002', 50, 'relaylog'),
    receivedGtid: '',
    secondsBehind: said.lag === undefined ? 0 : said.lag,
    delaySeconds: said.delay ?? 0,
    hasFilters: false,
    profile: PROFILE,
  };
}

function reading(key: InstanceKey, said: Invented): Instance {
  const source = typeof said.source === 'number' ? { hostname: HOST, port: said.source } : (said.source ?? null);
  return {
    key,
    serverId: key.port,
    serverUuid: `0000${key.port}-0000-0000-0000-000000000000`,
    version: parseVersion(said.version ?? '8.4.6', 'Source distribution'),
    uptimeSeconds: 1000,
    mysqlHostname: key.hostname,
    reportHost: key.hostname,
    isReadOnly: said.readOnly ?? source !== null,
    isSuperReadOnly: source !== null,
    isOfflineMode: false,
    binlogEnabled: said.logs ?? true,
    binlogFormat: said.format ?? 'ROW',
    binlogRowImage: 'FULL',
    logsReplicaUpdates: said.logsUpdates ?? true,
    ownCoordinates: at('bin.000001', 100),
    gtidMode: said.gtidMode ?? 'ON',
    supportsOracleGtid: (said.gtidMode ?? 'ON') !== '',
    executedGtid: said.executedGtid ?? '',
    purgedGtid: '',
    binlogGtid: '',
    isBinlogServer: said.binlogServer ?? false,
    relayLogRecovery: true,
    hasReplicationCredentials: source !== null,
    replicationCredentialsAvailable: source !== null,
    replication: source === null ? null : replication(source, said),
    otherChannels: [],
    semiSync: { ...NO_SEMI_SYNC, ...said.semiSync },
    group: said.group === undefined ? null : { ...GROUP, ...said.group },
    attachedReplicas: [],
    lagSeconds: source === null ? null : said.lag === undefined ? 0 : said.lag,
    pseudoGtid: said.pseudoGtid ?? false,
    classification: { ...CLASSIFICATION, instanceAlias: said.instanceAlias ?? '' },
    latencyMs: 2.5,
  };
}

/** One invented server on `HOST:port`. For tests only. */
export function inventServer(port: number, said: Invented = {}): ServerRecord {
  const key = { hostname: said.hostname ?? HOST, port };
  const seenMs = said.neverRead === true ? null : NOW_MS - 1000;
  const checkedMs = said.valid === false ? NOW_MS : seenMs;
  const instance = said.neverRead === true ? null : reading(key, said);
  return {
    key,
    instance,
    check: {
      lastAttemptAtMs: said.hangingMs === undefined || seenMs === null ? checkedMs : seenMs + said.hangingMs,
      lastCheckedAtMs: checkedMs,
      lastSeenAtMs: seenMs,
      lastCheckPartialSuccess: said.partial ?? said.valid !== false,
      failure: said.valid === false ? 'no answer' : null,
    },
    position: {
      clusterName: said.cluster ?? `${HOST}:1`,
      clusterAlias: said.alias ?? '',
      clusterDomain: '',
      depth: said.depth ?? (said.source === undefined || said.source === null ? 0 : 1),
      isCoPrimary: said.coPrimary ?? false,
      ancestryUuid: instance?.serverUuid ?? '',
      errantGtid: said.errant ?? '',
      replicas: said.replicas ?? [],
    },
    intent: {
      ...NO_INTENT,
      inMaintenance: said.inMaintenance ?? false,
      promotionRule: said.promotionRule ?? 'neutral',
      isCandidate: said.promotionRule === 'must' || said.promotionRule === 'prefer',
      tags: said.tags ?? {},
      downtime:
        said.downtimed === true
          ? { owner: 'ann', reason: 'test', beginAtMs: NOW_MS - 60_000, endAtMs: NOW_MS + 60_000 }
          : null,
    },
  };
}

/** A server on port 1 as said, and its direct replicas on ports 11, 12, … as said. For tests only. */
export const inventFamily = (subject: Invented, replicas: readonly Invented[]): ServerRecord[] => [
  inventServer(1, subject),
  ...replicas.map((said, index) => inventServer(11 + index, { source: 1, ...said })),
];
