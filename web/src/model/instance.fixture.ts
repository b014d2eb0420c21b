import type { InstanceJson } from '../api/types.ts';

interface Shape {
  readonly port: number;
  /** Port of the source; null for a primary. */
  readonly source: number | null;
}

/** A healthy MySQL server on 127.0.0.1 as the API tells it, for tests; `changes` are laid over it. */
export function instanceJson(shape: Shape, changes: Partial<InstanceJson> = {}): InstanceJson {
  const isReplica = shape.source !== null;
  const threadState = isReplica ? 1 : -1;
  const coordinates = { LogFile: 'bin.000001', LogPos: 649 };
  return {
    Key: { Hostname: '127.0.0.1', Port: shape.port },
    InstanceAlias: '',
    Uptime: 3_600,
    ServerID: shape.port,
    ServerUUID: `eabc0890-e566-11f1-83f5-${String(shape.port).padStart(12, '0')}`,
    Version: '9.7.4-2',
    VersionComment: '(Debian)',
    FlavorName: 'MySQL',
    ReadOnly: isReplica,
    Binlog_format: 'ROW',
    BinlogRowImage: 'FULL',
    LogBinEnabled: true,
    LogReplicationUpdatesEnabled: true,
    SelfBinlogCoordinates: coordinates,
    MasterKey: isReplica ? { Hostname: '127.0.0.1', Port: shape.source } : { Hostname: '', Port: 0 },
    IsDetachedMaster: false,
    ReplicationSQLThreadState: threadState,
    ReplicationIOThreadState: threadState,
    HasReplicationFilters: false,
    GTIDMode: 'ON',
    UsingOracleGTID: isReplica,
    UsingMariaDBGTID: false,
    UsingPseudoGTID: false,
    ReadBinlogCoordinates: coordinates,
    ExecBinlogCoordinates: coordinates,
    RelaylogCoordinates: { LogFile: 'relay.000002', LogPos: 404 },
    LastSQLError: '',
    LastIOError: '',
    SecondsBehindMaster: { Int64: 0, Valid: isReplica },
    ReplicationLagSeconds: { Int64: 0, Valid: isReplica },
    SQLDelay: 0,
    ExecutedGtidSet: 'e9ba0dc7-e566-11f1-ad12-02fc00000001:1-2',
    GtidPurged: '',
    GtidErrant: '',
    Replicas: [],
    ClusterName: '127.0.0.1:1',
    DataCenter: '',
    Region: '',
    PhysicalEnvironment: '',
    ReplicationDepth: isReplica ? 1 : 0,
    IsCoMaster: false,
    HasReplicationCredentials: isReplica,
    SemiSyncMasterEnabled: false,
    SemiSyncReplicaEnabled: false,
    SemiSyncMasterTimeout: 0,
    SemiSyncMasterWaitForReplicaCount: 0,
    SemiSyncMasterStatus: false,
    SemiSyncMasterClients: 0,
    SemiSyncReplicaStatus: false,
    LastSeenTimestamp: '2026-11-21T04:50:15Z',
    IsLastCheckValid: true,
    IsUpToDate: true,
    IsRecentlyChecked: true,
    SecondsSinceLastSeen: { Int64: 1, Valid: true },
    PromotionRule: 'neutral',
    IsDowntimed: false,
    DowntimeReason: '',
    DowntimeOwner: '',
    DowntimeEndTimestamp: '',
    AllowTLS: true,
    Problems: [],
    LastDiscoveryLatency: 4_000_000,
    ...changes,
  };
}
