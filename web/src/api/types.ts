/** What the page reads of the API's JSON. The names are the historic ones of the wire; fields that the page ignores are left out. */

export interface KeyJson {
  readonly Hostname: string;
  readonly Port: number;
}

export interface CoordinatesJson {
  readonly LogFile: string;
  readonly LogPos: number;
}

export interface NullableNumberJson {
  readonly Int64: number;
  readonly Valid: boolean;
}

export interface InstanceJson {
  readonly Key: KeyJson;
  readonly InstanceAlias: string;
  readonly Uptime: number;
  readonly ServerID: number;
  readonly ServerUUID: string;
  readonly Version: string;
  readonly VersionComment: string;
  readonly FlavorName: string;
  readonly ReadOnly: boolean;
  readonly Binlog_format: string;
  readonly BinlogRowImage: string;
  readonly LogBinEnabled: boolean;
  readonly LogReplicationUpdatesEnabled: boolean;
  readonly SelfBinlogCoordinates: CoordinatesJson;
  readonly MasterKey: KeyJson;
  readonly IsDetachedMaster: boolean;
  /** −1 no such thread, 0 stopped, 1 running, 2 other (e.g. connecting). */
  readonly ReplicationSQLThreadState: number;
  readonly ReplicationIOThreadState: number;
  readonly HasReplicationFilters: boolean;
  readonly GTIDMode: string;
  readonly UsingOracleGTID: boolean;
  readonly UsingMariaDBGTID: boolean;
  readonly UsingPseudoGTID: boolean;
  readonly ReadBinlogCoordinates: CoordinatesJson;
  readonly ExecBinlogCoordinates: CoordinatesJson;
  readonly RelaylogCoordinates: CoordinatesJson;
  readonly LastSQLError: string;
  readonly LastIOError: string;
  readonly SecondsBehindMaster: NullableNumberJson;
  readonly ReplicationLagSeconds: NullableNumberJson;
  readonly SQLDelay: number;
  readonly ExecutedGtidSet: string;
  readonly GtidPurged: string;
  readonly GtidErrant: string;
  readonly Replicas: readonly KeyJson[];
  readonly ClusterName: string;
  readonly DataCenter: string;
  readonly Region: string;
  readonly PhysicalEnvironment: string;
  readonly ReplicationDepth: number;
  readonly IsCoMaster: boolean;
  readonly HasReplicationCredentials: boolean;
  readonly SemiSyncMasterEnabled: boolean;
  readonly SemiSyncReplicaEnabled: boolean;
  readonly SemiSyncMasterTimeout: number;
  readonly SemiSyncMasterWaitForReplicaCount: number;
  readonly SemiSyncMasterStatus: boolean;
  readonly SemiSyncMasterClients: number;
  readonly SemiSyncReplicaStatus: boolean;
  readonly LastSeenTimestamp: string;
  readonly IsLastCheckValid: boolean;
  readonly IsUpToDate: boolean;
  readonly IsRecentlyChecked: boolean;
  readonly SecondsSinceLastSeen: NullableNumberJson;
  readonly PromotionRule: string;
  readonly IsDowntimed: boolean;
  readonly DowntimeReason: string;
  readonly DowntimeOwner: string;
  readonly DowntimeEndTimestamp: string;
  readonly AllowTLS: boolean;
  readonly Problems: readonly string[] | null;
  /** Nanoseconds. */
  readonly LastDiscoveryLatency: number;
  /** Not of the wire: laid on by the page from /api/deposed-primaries. */
  readonly IsDeposed?: boolean;
}

export interface ClusterInfoJson {
  readonly ClusterName: string;
  readonly ClusterAlias: string;
  readonly ClusterDomain: string;
  readonly CountInstances: number;
  readonly HeuristicLag: number;
  readonly HasAutomatedMasterRecovery: boolean;
  readonly HasAutomatedIntermediateMasterRecovery: boolean;
}

export interface AnalysisJson {
  readonly AnalyzedInstanceKey: KeyJson;
  readonly Analysis: string;
  readonly Description: string;
  readonly StructureAnalysis: readonly string[] | null;
  readonly IsDowntimed: boolean;
  readonly ClusterDetails: ClusterInfoJson;
}

export interface RecoveryJson {
  readonly Id: number;
  readonly UID: string;
  readonly AnalysisEntry: AnalysisJson & { readonly CountReplicas: number };
  readonly SuccessorKey: KeyJson | null;
  readonly IsActive: boolean;
  readonly IsSuccessful: boolean;
  readonly LostReplicas: readonly KeyJson[] | null;
  readonly ParticipatingInstanceKeys: readonly KeyJson[] | null;
  readonly AllErrors: readonly string[] | null;
  readonly RecoveryStartTimestamp: string;
  readonly RecoveryEndTimestamp: string;
  readonly ProcessingNodeHostname: string;
  readonly Acknowledged: boolean;
  readonly AcknowledgedAt: string;
  readonly AcknowledgedBy: string;
  readonly AcknowledgedComment: string;
}

export interface RecoveryStepJson {
  readonly Id: number;
  readonly RecoveryUID: string;
  readonly AuditAt: string;
  readonly Message: string;
}

export interface EnvelopeJson<T> {
  readonly Code: string;
  readonly Message: string;
  readonly Details: T;
}

export type {
  DeposedJson,
  ExplanationJson,
  LiveEventJson as LiveEvent,
  WebSettingsJson,
} from '../../../src/http/contract/live.ts';
export type { ReadinessJson } from '../../../src/http/contract/readiness.ts';
