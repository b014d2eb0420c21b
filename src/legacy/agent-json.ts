import type { AgentRecord, AgentStatus, SeedRecord, SeedState } from '../model/agent.ts';

/** An agent in the historic shape; without a status what it would tell is empty. Its token is never shown. */
export const agentJson = (agent: Omit<AgentRecord, 'token' | 'countSnapshots'>, status: AgentStatus | null) => ({
  Hostname: agent.hostname,
  Port: agent.port,
  Token: '',
  LastSubmitted: agent.lastSubmitted,
  AvailableLocalSnapshots: [...(status?.localSnapshots ?? [])],
  AvailableSnapshots: [...(status?.snapshots ?? [])],
  LogicalVolumes: (status?.volumes ?? []).map((one) => ({
    Name: one.name,
    GroupName: one.groupName,
    Path: one.path,
    IsSnapshot: one.isSnapshot,
    SnapshotPercent: one.snapshotPercent,
  })),
  MountPoint: {
    Path: status?.mount.path ?? '',
    Device: status?.mount.device ?? '',
    LVPath: status?.mount.lvPath ?? '',
    FileSystem: status?.mount.fileSystem ?? '',
    IsMounted: status?.mount.isMounted ?? false,
    DiskUsage: status?.mount.diskUsage ?? 0,
    MySQLDataPath: status?.mount.mysqlDataPath ?? '',
    MySQLDiskUsage: status?.mount.mysqlDiskUsage ?? 0,
  },
  MySQLRunning: status?.mysqlIsRunning ?? false,
  MySQLDiskUsage: status?.mysqlDiskUsage ?? 0,
  MySQLPort: status?.mysqlPort ?? agent.mysqlPort ?? 0,
  MySQLDatadirDiskFree: status?.datadirFree ?? 0,
  MySQLErrorLogTail: [...(status?.errorLogTail ?? [])],
});

export const seedJson = (seed: SeedRecord) => ({
  SeedId: seed.seedId,
  TargetHostname: seed.targetHostname,
  SourceHostname: seed.sourceHostname,
  StartTimestamp: seed.startedAt,
  EndTimestamp: seed.endedAt,
  IsComplete: seed.isComplete,
  IsSuccessful: seed.isSuccessful,
});

export const seedStateJson = (state: SeedState) => ({
  SeedStateId: state.stateId,
  SeedId: state.seedId,
  StateTimestamp: state.at,
  Action: state.action,
  ErrorMessage: state.errorMessage,
});

export const hostAttributeJson = (one: {
  readonly hostname: string;
  readonly name: string;
  readonly value: string;
  readonly submittedAt: string;
  readonly expiresAt: string;
}) => ({
  Hostname: one.hostname,
  AttributeName: one.name,
  AttributeValue: one.value,
  SubmitTimestamp: one.submittedAt,
  ExpireTimestamp: one.expiresAt,
});
