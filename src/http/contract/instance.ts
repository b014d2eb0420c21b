import * as z from 'zod';
import { InstanceKeyJson, NullableIntJson } from './envelope.ts';

export const CoordinatesJson = z.object({
  LogFile: z.string(),
  LogPos: z.int(),
  /** 0 binary log, 1 relay log. */
  Type: z.int(),
});
export type CoordinatesJson = z.infer<typeof CoordinatesJson>;

/**
 * One server as the API shows it: the fields the web page and typed clients read. The wire carries all 102 historic
 * fields, old and new names side by side; the misspelling `Runing` is part of the contract.
 */
export const InstanceJson = z.looseObject({
  Key: InstanceKeyJson,
  InstanceAlias: z.string(),
  Uptime: z.int(),
  ServerID: z.int(),
  ServerUUID: z.string(),
  Version: z.string(),
  VersionComment: z.string(),
  FlavorName: z.string(),
  ReadOnly: z.boolean(),
  Binlog_format: z.string(),
  LogBinEnabled: z.boolean(),
  LogReplicationUpdatesEnabled: z.boolean(),
  SelfBinlogCoordinates: CoordinatesJson,
  MasterKey: InstanceKeyJson,
  MasterUUID: z.string(),
  IsDetachedMaster: z.boolean(),
  ReplicationSQLThreadRuning: z.boolean(),
  ReplicationIOThreadRuning: z.boolean(),
  /** −1 no thread, 0 stopped, 1 running, 2 other. */
  ReplicationSQLThreadState: z.int(),
  ReplicationIOThreadState: z.int(),
  HasReplicationFilters: z.boolean(),
  GTIDMode: z.string(),
  SupportsOracleGTID: z.boolean(),
  UsingOracleGTID: z.boolean(),
  UsingMariaDBGTID: z.boolean(),
  ReadBinlogCoordinates: CoordinatesJson,
  ExecBinlogCoordinates: CoordinatesJson,
  LastSQLError: z.string(),
  LastIOError: z.string(),
  SecondsBehindMaster: NullableIntJson,
  SQLDelay: z.int(),
  ExecutedGtidSet: z.string(),
  GtidPurged: z.string(),
  GtidErrant: z.string(),
  ReplicationLagSeconds: NullableIntJson,
  Replicas: z.array(InstanceKeyJson),
  ClusterName: z.string(),
  DataCenter: z.string(),
  Region: z.string(),
  PhysicalEnvironment: z.string(),
  ReplicationDepth: z.int(),
  IsCoMaster: z.boolean(),
  SemiSyncAvailable: z.boolean(),
  SemiSyncMasterEnabled: z.boolean(),
  SemiSyncReplicaEnabled: z.boolean(),
  SemiSyncMasterStatus: z.boolean(),
  SemiSyncReplicaStatus: z.boolean(),
  LastSeenTimestamp: z.string(),
  IsLastCheckValid: z.boolean(),
  IsUpToDate: z.boolean(),
  IsRecentlyChecked: z.boolean(),
  SecondsSinceLastSeen: NullableIntJson,
  IsCandidate: z.boolean(),
  PromotionRule: z.string(),
  IsDowntimed: z.boolean(),
  DowntimeReason: z.string(),
  DowntimeOwner: z.string(),
  DowntimeEndTimestamp: z.string(),
  Problems: z.array(z.string()),
});
export type InstanceJson = z.infer<typeof InstanceJson>;
